/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Output: the same calls print text or JSON. Each value has a key for JSON and
 * a prefix for text. With a NULL prefix the value is not part of the text, with
 * a NULL key not part of the JSON.
 */
#ifndef ALGCTL_OUT_H
#define ALGCTL_OUT_H

#include "../kmod/engine/engine.h"

extern bool out_json;

/* around all objects of a command that prints a list */
void out_list_begin(void);
void out_list_end(void);
/* an outermost object is printed at its end, on one line */
void out_object_begin(const char *key);
void out_object_end(void);
void out_array_begin(const char *key);
void out_array_end(void);

void out_str(const char *key, const char *prefix, const char *value);
void out_num(const char *key, const char *prefix, u64 value);
void out_bool(const char *key, bool value);
/* arbitrary bytes, quoted and escaped; a line of output for each line */
void out_bytes(const char *key, const char *prefix, const void *data,
	       size_t len);
/* "1": bold, "31": red, "33": yellow; "0": end; nothing without colours */
void out_style(const char *sgr);
/* text only */
void out_text(const char *fmt, ...) __printf(1, 2);

#endif /* ALGCTL_OUT_H */

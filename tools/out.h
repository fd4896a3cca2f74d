/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one way to print: the same calls make text or JSON. Each value has a
 * key for JSON and a prefix for text; a NULL prefix leaves it out of the
 * text, a NULL key out of the JSON.
 */
#ifndef ALGCTL_OUT_H
#define ALGCTL_OUT_H

#include "../kmod/engine/engine.h"

extern bool out_json;

/* around all objects of a command that prints a list */
void out_list_begin(void);
void out_list_end(void);
/* outside of all others an object is printed when it ends, on one line */
void out_object_begin(const char *key);
void out_object_end(void);
void out_array_begin(const char *key);
void out_array_end(void);

void out_str(const char *key, const char *prefix, const char *value);
void out_num(const char *key, const char *prefix, u64 value);
void out_bool(const char *key, bool value);
/* bytes that need not be text, with escapes, in quotes; a line per line */
void out_bytes(const char *key, const char *prefix, const void *data,
	       size_t len);
/* text only */
void out_text(const char *fmt, ...) __printf(1, 2);

#endif /* ALGCTL_OUT_H */

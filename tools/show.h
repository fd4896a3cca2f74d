/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Output shared by lists and events. Each function prints a part of an object,
 * without the end of the text line.
 */
#ifndef ALGCTL_SHOW_H
#define ALGCTL_SHOW_H

#include "nl.h"

void plugin_print(const struct nlattr *nest);
void flow_print(const struct nlattr *nest);
void expect_print(const struct nlattr *nest);
/* the nonzero counters, on one line; in JSON an object "counters" */
void counters_print(const struct nlattr *nest, const char *prefix);

/* metrics.c: 0, or negative errno with nl->text */
int metrics_print(struct nl *nl);

struct counter_text {
	const char *name;
	const char *sentence;
};

extern const struct counter_text counter_text[__ALGATE_C_MAX];

#endif /* ALGCTL_SHOW_H */

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

/* by enum algate_counter: its name, and the sentence that explains it */
extern const char * const counter_name[__ALGATE_C_MAX];
extern const char * const counter_text[__ALGATE_C_MAX];

#endif /* ALGCTL_SHOW_H */

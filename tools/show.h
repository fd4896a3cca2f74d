/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What lists and events print alike. Each prints its part of an object; a
 * text line is not ended.
 */
#ifndef ALGCTL_SHOW_H
#define ALGCTL_SHOW_H

#include "nl.h"

void plugin_print(const struct nlattr *nest);
void flow_print(const struct nlattr *nest);
void expect_print(const struct nlattr *nest);
/* those that are not zero, on one line; a nest "counters" in JSON */
void counters_print(const struct nlattr *nest, const char *prefix);

struct counter_text {
	const char *name;
	const char *sentence;
};

extern const struct counter_text counter_text[__ALGATE_C_MAX];

#endif /* ALGCTL_SHOW_H */

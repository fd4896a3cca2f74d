/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sentences about flows.
 */
#ifndef ALGCTL_WHY_H
#define ALGCTL_WHY_H

#include "flow.h"

void why_print(const struct flow *f);
/* a sentence, inside of an array */
void why_say(const char *fmt, ...) __printf(1, 2);

#endif /* ALGCTL_WHY_H */

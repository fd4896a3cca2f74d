/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Golden files of the rule compiler: golden.c reads and compares them,
 * golden_send.c runs the programs.
 */
#ifndef ALGATE_GOLDEN_H
#define ALGATE_GOLDEN_H

#include "../../tools/compile.h"

/* golden.c */
void die(const char *what) __attribute__((__noreturn__));
char *line_next(char **at);
unsigned int hex(const char *p);

/* golden_send.c */
void send_all(FILE *out, const struct algate_prog *prog, const char *messages);

#endif /* ALGATE_GOLDEN_H */

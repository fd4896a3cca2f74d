/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ENGINE_GEN_H
#define ENGINE_GEN_H

#include "engine_test.h"

#define GEN_MESSAGE_MAX	1040

/* Puts the tables that generated programs use into @parts. */
void gen_tables(struct parts *parts);
/* A random program, or NULL if the verifier does not accept it. */
struct algate_prog *gen_prog(struct parts *parts, struct algate_reject *why);
/* A message that the program has some chance to handle; its length. */
u32 gen_message(const struct algate_prog *prog, u8 *out);

#endif /* ENGINE_GEN_H */

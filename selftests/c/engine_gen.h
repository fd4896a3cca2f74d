/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ENGINE_GEN_H
#define ENGINE_GEN_H

#include "engine_test.h"

#define GEN_MESSAGE_MAX	1200
#define GEN_ENTRIES	9	/* of all tables together */
#define GEN_TABLES	2
#define GEN_QUEUE	GEN_TABLES	/* index of the queue */
#define GEN_CASES	2
#define GEN_PARAMS	3
#define GEN_MAPS	2
#define GEN_LOOPS	17
/* more sets than slots, since both indices share a field of the instruction */
#define GEN_SETS	40
#define GEN_NAMES	LITERAL(11, 8)

extern const u8 gen_slot_types[ALGATE_MAX_SLOTS];
#define GEN_WORDS_LEN	19
extern const char gen_words[GEN_WORDS_LEN + 1];
extern u8 gen_sets[GEN_SETS][32];
extern const struct algate_ends gen_ends;
/* Returns lists of the parameters, some of them not filled. */
const struct algate_lists *gen_lists(void);
/* Returns maps, whose prefixes are short, so that many addresses fit. */
const struct algate_maps *gen_maps(void);
/* Returns ports that the flow's rules have opened. */
const struct algate_mapping *gen_known(void);

/* Puts the tables that generated programs use into @parts. */
void gen_entries(const struct algate_prog *prog,
		 struct algate_entries *entries, u32 now);
void gen_tables(struct parts *parts);
/* Returns a random program, or NULL if the verifier rejects it. */
struct algate_prog *gen_prog(struct parts *parts, struct algate_reject *why);
/* Writes a message that the program may handle. Returns its length. */
u32 gen_message(const struct algate_prog *prog, u8 *out);

#endif /* ENGINE_GEN_H */

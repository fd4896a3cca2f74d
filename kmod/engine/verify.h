/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ALGATE_VERIFY_H
#define ALGATE_VERIFY_H

#include "opcode.h"

u32 algate_check_names(const struct algate_prog *prog, u32 off, u32 n, u32 most);
int algate_check_literal(const struct algate_prog *prog, u32 off, u32 len);
bool algate_slot_is(const struct algate_prog *prog, u32 slot, u32 types);
int algate_check_tables(const struct algate_prog *prog);

/* In struct state: written slots in the low half, marked ones in the high. */
#define WRITTEN(slot)	((u64)1 << (slot))
#define MARKED(slot)	((u64)1 << ((slot) + 32))

#define NO_WALK		0xffff

/**
 * struct state - what holds before an instruction, whatever the path to it
 * @known: slots that are written, spans that are marked
 * @fixed: steps at most so far, in a walk since its PART; to which come ...
 * @byte: ... so many for each byte of the message
 * @part: PART of the walk that the instruction is in, or NO_WALK
 * @depth: walks that it is in
 * @reached: there is a path
 */
struct state {
	u64 known;
	u64 fixed;
	u64 byte;
	u16 part;
	u8 depth;
	bool reached;
};

/* verify_insn.c */
int algate_check_fields(const struct algate_prog *prog,
			const struct algate_instr *in);
int algate_check_reads(const struct algate_prog *prog,
		       const struct algate_instr *in, const struct state *s);
void algate_apply_writes(const struct algate_instr *in, struct state *s);
void algate_apply_cost(const struct algate_prog *prog,
		       const struct algate_instr *in, struct state *s);

#endif /* ALGATE_VERIFY_H */

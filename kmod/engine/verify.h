/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ALGATE_VERIFY_H
#define ALGATE_VERIFY_H

#include "opcode.h"

u32 algate_check_names(const struct algate_prog *prog, u32 off, u32 n, u32 most);
int algate_check_literal(const struct algate_prog *prog, u32 off, u32 len);
bool algate_slot_is(const struct algate_prog *prog, u32 slot, u32 types);
int algate_check_tables(const struct algate_prog *prog);

/* Bits of state.known; low half: written slots, high half: marked spans. */
#define WRITTEN(slot)	((u64)1 << (slot))
#define MARKED(slot)	((u64)1 << ((slot) + 32))

#define NO_LOOP		0xffff

/* Bits of state.gate: recogniser of first and of later messages, or rules. */
#define GATE_BEGIN	0x01
#define GATE_MESSAGE	0x02
#define GATE_RULES	0x04

/**
 * struct state - facts that hold before an instruction on every path
 * @known: written slots and marked spans
 * @head: index of the innermost loop's NEXT, or NO_LOOP
 * @depth: number of loops around the instruction, 0 to ALGATE_MAX_DEPTH
 * @gate: GATE_*: which entries lead to the instruction before an ACCEPT
 * @looked: a byte of the message was compared
 * @reached: some path leads to the instruction
 */
struct state {
	u64 known;
	u16 head;
	u8 depth;
	u8 gate;
	bool looked;
	bool reached;
};

/* verify_insn.c */
int algate_check_fields(const struct algate_prog *prog,
			const struct algate_instr *in);
int algate_check_reads(const struct algate_prog *prog,
		       const struct algate_instr *in, const struct state *s);
void algate_apply_writes(const struct algate_instr *in, struct state *s);

#endif /* ALGATE_VERIFY_H */

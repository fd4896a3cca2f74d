// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the prefix of an incomplete message that no rule can still rewrite.
 *
 * The stream forwards this prefix, and the receiver acknowledges the prefix. So
 * a sender that waits for acknowledgments continues. The values read so far are
 * not a sufficient limit: the waiting instruction may fail later, and another
 * rule may then read values from the front of the message.
 *
 * Therefore the verifier computes two lower bounds for each instruction. Both
 * limit the offsets of values that a run reads at or behind the instruction.
 * @near is relative to the cursor. @far is for values behind an instruction
 * that sets the cursor.
 */
#include "opcode.h"

struct bounds {
	u32 near;
	u32 far;
};

static const struct bounds nowhere = { ALGATE_NOWHERE, ALGATE_NOWHERE };

static u64 slot_bit(u8 slot)
{
	return slot < ALGATE_MAX_SLOTS ? 1ULL << slot : 0;
}

/* Set of slots whose bytes an instruction or action may rewrite. */
static u64 find_places(const struct algate_prog *prog)
{
	u64 places = 0;
	u32 i;

	for (i = 0; i < prog->ninsns; i++)
		if (algate_opcode[prog->insn[i].op].flags & INSN_PLACE)
			places |= slot_bit(prog->insn[i].a);
	for (i = 0; i < prog->nactions; i++)
		places |= slot_bit(prog->action[i].addr) |
			  slot_bit(prog->action[i].port) |
			  slot_bit(prog->action[i].port2);
	return places;
}

/* Least movement of the cursor in bytes if @in passes. */
static u32 least_move(const struct algate_instr *in)
{
	switch (algate_opcode[in->op].move) {
	case MOVE_LITERAL:
		return in->imm >> 16;
	case MOVE_SPAN:
		return in->imm & 0xffff;
	case MOVE_SKIP:
		return in->imm;
	case MOVE_VALUE:
		return 1;
	case MOVE_NAME:
		return 2;
	}
	return 0;
}

/* Bounds before an instruction that passes; @next: bounds behind it. */
static struct bounds bounds_passed(const struct algate_instr *in, u64 places,
				   const struct bounds *next)
{
	struct bounds f = { next->near + least_move(in), next->far };

	if (algate_opcode[in->op].flow >= FLOW_LEAVES)
		return nowhere;
	switch (algate_opcode[in->op].move) {
	case MOVE_NEXT:
		/* values in an element: run_wait() knows its offset */
		f.near = 0;
		f.far = ALGATE_NOWHERE;
		break;
	case MOVE_BACK:
	case MOVE_TO:
		/* the cursor's old position is irrelevant */
		f.far = min_t(u32, f.far, in->imm + next->near);
		f.near = ALGATE_NOWHERE;
		break;
	case MOVE_VALUE:
		if (places & slot_bit(in->a))
			f.near = 0;
		break;
	}
	return f;
}

static struct bounds bounds_at(const struct algate_prog *prog, u32 i)
{
	/* V1, V2: the last instruction has no successor */
	if (i >= prog->ninsns)
		return nowhere;
	return (struct bounds){ prog->insn[i].near, prog->insn[i].far };
}

static void bounds_lower(struct bounds *f, const struct bounds *other)
{
	f->near = min_t(u32, f->near, other->near);
	f->far = min_t(u32, f->far, other->far);
}

static void bounds_cases(const struct algate_prog *prog, u32 i,
			 struct bounds *f)
{
	const u8 *table = prog->cases[prog->insn[i].imm];
	u32 b;

	for (b = 0; b < 256; b++) {
		struct bounds next = bounds_at(prog, i + table[b]);

		if (table[b])
			bounds_lower(f, &next);
	}
}

/**
 * algate_prog_bounds() - compute the bounds of rewrites for each instruction
 * @prog: decoded program; fills in @near and @far of its instructions
 *
 * Jumps are forward (V2), so a pass from the end visits all successors of an
 * instruction before the instruction.
 *
 * Context: Any context.
 */
void algate_prog_bounds(struct algate_prog *prog)
{
	u64 places = find_places(prog);
	u32 i = prog->ninsns;

	while (i--) {
		struct algate_instr *in = &prog->insn[i];
		struct bounds next = bounds_at(prog, i + 1);
		struct bounds f = bounds_passed(in, places, &next);

		next = nowhere;
		if (algate_opcode[in->op].flags & INSN_FAILS)
			next = bounds_at(prog, i + 1 + in->jf);
		bounds_lower(&f, &next);
		if (algate_opcode[in->op].flow == FLOW_CASE)
			bounds_cases(prog, i, &f);
		in->near = min_t(u32, f.near, ALGATE_NOWHERE);
		in->far = min_t(u32, f.far, ALGATE_NOWHERE);
	}
}

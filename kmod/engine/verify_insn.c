// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of a single instruction: operands, slots read and written.
 */
#include "verify.h"

const struct algate_opcode algate_opcode[] = {
	ALGATE_OPCODES(ALGATE_OPCODE)
};

static int check_slot(const struct algate_prog *prog, u32 slot, u32 types)
{
	if (slot >= prog->nslots)
		return ALGATE_R_SLOT;
	return algate_slot_is(prog, slot, types) ? 0 : ALGATE_R_SLOT_KIND;
}

/* V4, V6 */
static int check_a(const struct algate_prog *prog,
		   const struct algate_instr *in, const struct algate_opcode *rule)
{
	switch (rule->a) {
	case A_NONE:
		return in->a ? ALGATE_R_UNUSED : 0;
	case A_NOCASE:
		return in->a > 1 ? ALGATE_R_FLAGS : 0;
	case A_SET:
		return in->a < prog->nsets ? 0 : ALGATE_R_SET;
	}
	return check_slot(prog, in->a, rule->types);
}

static int check_field(const struct algate_prog *prog, u32 off, u32 len)
{
	u32 end = off;

	do
		end = algate_check_names(prog, end, 1, 63);
	while (end && end < off + len);
	return end && end == off + len ? 0 : ALGATE_R_FIELD;
}

static int check_table(const struct algate_prog *prog, u32 table, bool queue)
{
	if (table >= prog->ntables)
		return ALGATE_R_TABLE;
	return prog->table[table].queue == queue ? 0 : ALGATE_R_QUEUE;
}

/* @counted: a slot has the number of bytes */
static int check_loop(const struct algate_prog *prog, u32 loop, bool counted)
{
	if (loop >= prog->nloops)
		return ALGATE_R_LOOP;
	return (prog->loop[loop].kind == ALGATE_LOOP_WITHIN) == counted ? 0 :
	       ALGATE_R_LOOP_WITHIN;
}

static int check_case(const struct algate_prog *prog, u32 i, u32 table)
{
	u32 b;

	if (table >= prog->ncases)
		return ALGATE_R_CASE;
	for (b = 0; b < 256; b++)
		if (i + prog->cases[table][b] >= prog->ninsns)
			return ALGATE_R_JUMP;
	return 0;
}

/* V4, V5, V7, V8 */
static int check_imm(const struct algate_prog *prog,
		     const struct algate_instr *in, const struct algate_opcode *rule)
{
	u32 low = in->imm & 0xffff;
	u32 high = in->imm >> 16;
	int reason;

	switch (rule->imm) {
	case IMM_NONE:
		return in->imm ? ALGATE_R_UNUSED : 0;
	case IMM_RESULT:
		return in->imm > 2 ? ALGATE_R_END_VALUE : 0;
	case IMM_WHOSE:
		return in->imm >= __ALGATE_IS_MAX ? ALGATE_R_IS : 0;
	case IMM_LITERAL:
		return algate_check_literal(prog, low, high);
	case IMM_SPAN:
		return low > high || !high ? ALGATE_R_SPAN_RANGE : 0;
	case IMM_SCALE:
		return !in->imm || (high <= 0xff &&
				    algate_slot_is(prog, in->a, T_READ_NUMS)) ?
		       0 : ALGATE_R_SCALE;
	case IMM_SKIP:
		return !low || high ? ALGATE_R_SKIP_RANGE : 0;
	case IMM_BITS:
		return in->imm && in->imm < 8 ? 0 : ALGATE_R_BITS;
	case IMM_AT:
		return high ? ALGATE_R_AT_RANGE : 0;
	case IMM_SLOT:
		return check_slot(prog, in->imm, rule->imm_types);
	case IMM_VAR:
		return in->imm < prog->nvars ? 0 : ALGATE_R_VAR;
	case IMM_META:
		return in->imm < __ALGATE_META_MAX ? 0 : ALGATE_R_META;
	case IMM_ENTRY:
		reason = check_table(prog, in->imm & 0xff, false);
		return reason ? reason :
		       check_slot(prog, in->imm >> 8, T_NUMS);
	case IMM_TABLE:
		return check_table(prog, in->imm, false);
	case IMM_QUEUE:
		return check_table(prog, in->imm, true);
	case IMM_PARAM:
		return in->imm < prog->nparams ? 0 : ALGATE_R_PARAM;
	case IMM_MAP:
		if ((in->imm & 0xff) >= prog->nmaps)
			return ALGATE_R_MAP;
		return check_slot(prog, in->imm >> 8, rule->imm_types);
	case IMM_CASE:
		return check_case(prog, in - prog->insn, in->imm);
	case IMM_LOOP:
		return check_loop(prog, in->imm, rule->a == A_READ);
	case IMM_ACTION:
		return in->imm < prog->nactions ? 0 : ALGATE_R_ACTION;
	case IMM_FIELD:
		return check_field(prog, low, high);
	case IMM_PAD:
		return in->imm == 0 || in->imm == 2 || in->imm == 4 ||
		       in->imm == 8 ? 0 : ALGATE_R_PAD;
	case IMM_COUNTER:
		return in->imm < prog->ncounters ? 0 : ALGATE_R_COUNTER;
	}
	return 0;
}

/**
 * algate_check_fields() - check the operands of an instruction
 * @prog: decoded program
 * @in: instruction of @prog, with a known opcode
 *
 * Context: Any context.
 *
 * Return: 0 or enum algate_reason.
 */
int algate_check_fields(const struct algate_prog *prog,
			const struct algate_instr *in)
{
	const struct algate_opcode *rule = &algate_opcode[in->op];
	int reason;

	reason = check_a(prog, in, rule);
	if (!reason)
		reason = check_imm(prog, in, rule);
	if (reason)
		return reason;
	if (!(rule->flags & INSN_FAILS) && in->jf)
		return ALGATE_R_UNUSED;
	if (in->op == ALGATE_OP_STOP && prog->shared)
		return ALGATE_R_SHARED_STOP;
	if (rule->flags & INSN_KINDS &&
	    algate_type_kind(prog->slot_type[in->a]) !=
	    algate_type_kind(prog->slot_type[in->imm]))
		return ALGATE_R_KINDS_DIFFER;
	return 0;
}

static u64 slot_read(u8 slot)
{
	return slot < ALGATE_MAX_SLOTS ? WRITTEN(slot) : 0;
}

static u64 action_reads(const struct algate_prog *prog,
			const struct algate_action *a)
{
	u64 slots = slot_read(a->addr) | slot_read(a->port) |
		    slot_read(a->port2) | slot_read(a->key) |
		    slot_read(a->time) | slot_read(a->only);
	u32 i;

	for (i = 0; a->other && i < ALGATE_MAX_GIVEN; i++)
		slots |= slot_read(prog->other[a->other - 1].slot[i]);
	return slots;
}

/**
 * algate_check_reads() - V3: check that every slot is written before the read
 * @prog: decoded program
 * @in: instruction of @prog, with checked operands
 * @s: state before @in
 *
 * Context: Any context.
 *
 * Return: 0 or enum algate_reason.
 */
int algate_check_reads(const struct algate_prog *prog,
		       const struct algate_instr *in, const struct state *s)
{
	const struct algate_opcode *rule = &algate_opcode[in->op];
	u64 needed = 0;

	if (rule->a == A_READ || rule->a == A_CHANGE)
		needed |= WRITTEN(in->a);
	if (rule->imm == IMM_SLOT)
		needed |= WRITTEN(in->imm);
	if (rule->imm == IMM_ENTRY || rule->imm == IMM_MAP)
		needed |= WRITTEN(in->imm >> 8);
	if (rule->imm == IMM_ACTION)
		needed |= action_reads(prog, &prog->action[in->imm]);
	if (needed & ~s->known)
		return ALGATE_R_SLOT_UNSET;
	if (rule->a == A_CLOSE && !(s->known & MARKED(in->a)))
		return ALGATE_R_SLOT_UNMARKED;
	return 0;
}

/* Has the instruction compared a byte of the message if it succeeds? */
static bool looks(const struct algate_instr *in)
{
	switch (algate_opcode[in->op].reads) {
	case READS_BYTE:
	case READS_CASE:
	case READS_LITERAL:
	case READS_FIND:
	case READS_SCAN:
	case READS_NAMES:
	case READS_VALUE:
	case READS_BITS:
		return true;
	case READS_SPAN:
		return in->imm & 0xffff;
	}
	return false;
}

/**
 * algate_apply_writes() - record the effects of a successful instruction
 * @in: instruction, with checked operands
 * @s: state before @in; on return, the state behind @in: slots written, bytes
 *	compared
 *
 * Context: Any context.
 */
void algate_apply_writes(const struct algate_instr *in, struct state *s)
{
	s->looked |= looks(in);
	switch (algate_opcode[in->op].a) {
	case A_WRITE:
	case A_CLOSE:
		/* TAKE and CLOSE overwrite the mark */
		s->known |= WRITTEN(in->a);
		s->known &= ~MARKED(in->a);
		break;
	case A_MARK:
		/* MARK empties a span that was written before */
		s->known |= MARKED(in->a);
		break;
	}
}

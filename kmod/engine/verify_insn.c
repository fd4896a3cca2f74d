// SPDX-License-Identifier: GPL-2.0
/*
 * An instruction by itself: what its fields may be, what it reads and writes,
 * and what it costs.
 */
#include "verify.h"

/* what field "a" is */
enum use_a {
	A_UNUSED,
	A_NOCASE,
	A_SET,
	A_READ,		/* slot */
	A_WRITE,
	A_CHANGE,	/* slot that is read and written */
	A_MARK,
	A_CLOSE,
};

/* what field "imm" is */
enum use_imm {
	IMM_UNUSED,
	IMM_ANY,
	IMM_BOOL,
	IMM_LITERAL,
	IMM_SPAN,
	IMM_SKIP,
	IMM_AT,
	IMM_SLOT,
	IMM_VAR,
	IMM_META,
	IMM_ENTRY,	/* table and slot */
	IMM_TABLE,
	IMM_CASE,
	IMM_WALK,
	IMM_ACTION,
	IMM_FIELD,
	IMM_PAD,
	IMM_COUNTER,
};

/**
 * struct rule - what an instruction may be like
 * @a: what @a is
 * @imm: what @imm is
 * @flags: INSN_FAILS, INSN_LEAVES
 * @types: allowed for slot @a
 * @imm_types: allowed for slot @imm
 */
struct rule {
	u8 a;
	u8 imm;
	u8 flags;
	u32 types;
	u32 imm_types;
};

#define COMPARE	{ A_READ, IMM_ANY, INSN_FAILS, T_NUMS, 0 }
#define CHANGE	{ A_CHANGE, IMM_ANY, 0, T(NUM), 0 }

static const struct rule rules[__ALGATE_OP_MAX] = {
	[ALGATE_OP_END] = { A_UNUSED, IMM_BOOL, INSN_LEAVES, 0, 0 },
	[ALGATE_OP_JUMP] = { A_UNUSED, IMM_UNUSED, INSN_FAILS | INSN_LEAVES,
			     0, 0 },
	[ALGATE_OP_LIT] = { A_NOCASE, IMM_LITERAL, INSN_FAILS, 0, 0 },
	[ALGATE_OP_FIND] = { A_NOCASE, IMM_LITERAL, INSN_FAILS, 0, 0 },
	[ALGATE_OP_SPAN] = { A_SET, IMM_SPAN, INSN_FAILS, 0, 0 },
	[ALGATE_OP_SCAN] = { A_SET, IMM_UNUSED, INSN_FAILS, 0, 0 },
	[ALGATE_OP_PEEK] = { A_SET, IMM_UNUSED, INSN_FAILS, 0, 0 },
	[ALGATE_OP_SKIP] = { A_UNUSED, IMM_SKIP, INSN_FAILS, 0, 0 },
	[ALGATE_OP_MOVE] = { A_READ, IMM_UNUSED, INSN_FAILS, T_NUMS, 0 },
	[ALGATE_OP_AT] = { A_UNUSED, IMM_AT, INSN_FAILS, 0, 0 },
	[ALGATE_OP_HERE] = { A_WRITE, IMM_UNUSED, 0, T(NUM), 0 },
	[ALGATE_OP_SEEK] = { A_READ, IMM_UNUSED, INSN_FAILS, T(NUM), 0 },
	[ALGATE_OP_EOM] = { A_UNUSED, IMM_UNUSED, INSN_FAILS, 0, 0 },
	[ALGATE_OP_TAKE] = { A_WRITE, IMM_UNUSED, INSN_FAILS, T_READ, 0 },
	[ALGATE_OP_MARK] = { A_MARK, IMM_UNUSED, 0, T(SPAN), 0 },
	[ALGATE_OP_CLOSE] = { A_CLOSE, IMM_UNUSED, 0, T(SPAN), 0 },
	[ALGATE_OP_SAME] = { A_READ, IMM_UNUSED, INSN_FAILS, T_READ, 0 },
	[ALGATE_OP_SET] = { A_WRITE, IMM_ANY, 0, T(NUM), 0 },
	[ALGATE_OP_COPY] = { A_WRITE, IMM_SLOT, 0, T(NUM), T_NUMS },
	[ALGATE_OP_ADD] = CHANGE,
	[ALGATE_OP_SUB] = CHANGE,
	[ALGATE_OP_AND] = CHANGE,
	[ALGATE_OP_OR] = CHANGE,
	[ALGATE_OP_ADDS] = { A_CHANGE, IMM_SLOT, 0, T(NUM), T_NUMS },
	[ALGATE_OP_SUBS] = { A_CHANGE, IMM_SLOT, 0, T(NUM), T_NUMS },
	[ALGATE_OP_LDF] = { A_WRITE, IMM_VAR, 0, T(NUM), 0 },
	[ALGATE_OP_STF] = { A_READ, IMM_VAR, 0, T_NUMS, 0 },
	[ALGATE_OP_LDM] = { A_WRITE, IMM_META, 0, T(NUM), 0 },
	[ALGATE_OP_EQ] = COMPARE,
	[ALGATE_OP_NE] = COMPARE,
	[ALGATE_OP_LT] = COMPARE,
	[ALGATE_OP_LE] = COMPARE,
	[ALGATE_OP_GT] = COMPARE,
	[ALGATE_OP_GE] = COMPARE,
	[ALGATE_OP_ANY] = COMPARE,
	[ALGATE_OP_EQS] = { A_READ, IMM_SLOT, INSN_FAILS, T_NUMS | T(SPAN),
			    T_NUMS | T(SPAN) },
	[ALGATE_OP_IS] = { A_READ, IMM_BOOL, INSN_FAILS, T_ENDS, 0 },
	[ALGATE_OP_HASH] = { A_WRITE, IMM_SLOT, 0, T(NUM), T(SPAN) },
	[ALGATE_OP_FIELD] = { A_UNUSED, IMM_FIELD, INSN_FAILS, 0, 0 },
	[ALGATE_OP_CASE] = { A_UNUSED, IMM_CASE, INSN_FAILS | INSN_LEAVES,
			     0, 0 },
	[ALGATE_OP_EACH] = { A_UNUSED, IMM_WALK, 0, 0, 0 },
	[ALGATE_OP_PART] = { A_UNUSED, IMM_UNUSED, INSN_FAILS, 0, 0 },
	[ALGATE_OP_TURN] = { A_UNUSED, IMM_ANY, INSN_LEAVES, 0, 0 },
	[ALGATE_OP_RECALL] = { A_WRITE, IMM_ENTRY, INSN_FAILS, T(NUM), 0 },
	[ALGATE_OP_REMEMBER] = { A_READ, IMM_ENTRY, 0, T_NUMS, 0 },
	[ALGATE_OP_FORGET] = { A_READ, IMM_TABLE, 0, T_NUMS, 0 },
	[ALGATE_OP_ACT] = { A_UNUSED, IMM_ACTION, 0, 0, 0 },
	[ALGATE_OP_REWRITE] = { A_READ, IMM_SLOT, INSN_FAILS, T_WRITTEN,
				T_NUMS | T_ENDS },
	[ALGATE_OP_ADJUST] = { A_READ, IMM_PAD, 0, T_READ_NUMS, 0 },
	[ALGATE_OP_COUNT] = { A_UNUSED, IMM_COUNTER, 0, 0, 0 },
	[ALGATE_OP_REFUSE] = { A_UNUSED, IMM_UNUSED, INSN_LEAVES, 0, 0 },
	[ALGATE_OP_STOP] = { A_UNUSED, IMM_UNUSED, 0, 0, 0 },
};

static int check_slot(const struct algate_prog *prog, u32 slot, u32 types)
{
	if (slot >= prog->nslots)
		return ALGATE_R_SLOT;
	return algate_slot_is(prog, slot, types) ? 0 : ALGATE_R_SLOT_KIND;
}

/* V4, V6 */
static int check_a(const struct algate_prog *prog,
		   const struct algate_instr *in, const struct rule *rule)
{
	switch (rule->a) {
	case A_UNUSED:
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

static int check_table(const struct algate_prog *prog, u32 table)
{
	return table < prog->ntables ? 0 : ALGATE_R_TABLE;
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
		     const struct algate_instr *in, const struct rule *rule)
{
	u32 low = in->imm & 0xffff;
	u32 high = in->imm >> 16;
	int reason;

	switch (rule->imm) {
	case IMM_UNUSED:
		return in->imm ? ALGATE_R_UNUSED : 0;
	case IMM_BOOL:
		if (in->imm > 1)
			return in->op == ALGATE_OP_IS ? ALGATE_R_IS :
							ALGATE_R_END_VALUE;
		return 0;
	case IMM_LITERAL:
		return algate_check_literal(prog, low, high);
	case IMM_SPAN:
		return low > high || !high ? ALGATE_R_SPAN_RANGE : 0;
	case IMM_SKIP:
		return !low || high ? ALGATE_R_SKIP_RANGE : 0;
	case IMM_AT:
		return high ? ALGATE_R_AT_RANGE : 0;
	case IMM_SLOT:
		return check_slot(prog, in->imm, rule->imm_types);
	case IMM_VAR:
		return in->imm < prog->nvars ? 0 : ALGATE_R_VAR;
	case IMM_META:
		return in->imm < __ALGATE_META_MAX ? 0 : ALGATE_R_META;
	case IMM_ENTRY:
		reason = check_table(prog, in->imm & 0xff);
		return reason ? reason :
		       check_slot(prog, in->imm >> 8, T_NUMS);
	case IMM_TABLE:
		return check_table(prog, in->imm);
	case IMM_CASE:
		return check_case(prog, in - prog->insn, in->imm);
	case IMM_WALK:
		return in->imm < prog->nwalks ? 0 : ALGATE_R_WALK;
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
 * algate_check_fields() - the fields by themselves, and slots that go together
 * @prog: decoded program
 * @in: instruction of it
 *
 * Return: 0 or enum algate_reason.
 */
int algate_check_fields(const struct algate_prog *prog,
			const struct algate_instr *in)
{
	const struct rule *rule = &rules[in->op];
	int reason;

	reason = check_a(prog, in, rule);
	if (!reason)
		reason = check_imm(prog, in, rule);
	if (reason)
		return reason;
	if (!(rule->flags & INSN_FAILS) && in->jf)
		return ALGATE_R_UNUSED;
	if ((in->op == ALGATE_OP_EQS || in->op == ALGATE_OP_REWRITE) &&
	    algate_type_kind(prog->slot_type[in->a]) !=
	    algate_type_kind(prog->slot_type[in->imm]))
		return ALGATE_R_KINDS_DIFFER;
	return 0;
}

static u64 slot_read(u8 slot)
{
	return slot < ALGATE_MAX_SLOTS ? WRITTEN(slot) : 0;
}

static u64 action_reads(const struct algate_action *a)
{
	return slot_read(a->addr) | slot_read(a->port) | slot_read(a->port2) |
	       slot_read(a->key) | slot_read(a->time);
}

/**
 * algate_check_reads() - V3: what it reads was written, on whatever path
 * @prog: decoded program
 * @in: instruction of it, whose fields are right
 * @s: what holds before it
 *
 * Return: 0 or enum algate_reason.
 */
int algate_check_reads(const struct algate_prog *prog,
		       const struct algate_instr *in, const struct state *s)
{
	const struct rule *rule = &rules[in->op];
	u64 needed = 0;

	if (rule->a == A_READ || rule->a == A_CHANGE)
		needed |= WRITTEN(in->a);
	if (rule->imm == IMM_SLOT)
		needed |= WRITTEN(in->imm);
	if (rule->imm == IMM_ENTRY)
		needed |= WRITTEN(in->imm >> 8);
	if (rule->imm == IMM_ACTION)
		needed |= action_reads(&prog->action[in->imm]);
	if (needed & ~s->known)
		return ALGATE_R_SLOT_UNSET;
	if (rule->a == A_CLOSE && !(s->known & MARKED(in->a)))
		return ALGATE_R_SLOT_UNMARKED;
	return 0;
}

/**
 * algate_apply_writes() - what it writes when it does not fail
 * @in: instruction
 * @s: what holds before it, then behind it
 */
void algate_apply_writes(const struct algate_instr *in, struct state *s)
{
	switch (rules[in->op].a) {
	case A_WRITE:
	case A_CLOSE:
		/* the place of the mark is the span's from here on */
		s->known |= WRITTEN(in->a);
		s->known &= ~MARKED(in->a);
		break;
	case A_MARK:
		/* written before, it is a span of no bytes now */
		s->known |= MARKED(in->a);
		break;
	}
}

/**
 * algate_apply_cost() - V10: a step, and one for each byte that it looks at
 * @prog: decoded program
 * @in: instruction of it
 * @s: what holds before it, then its cost too
 */
void algate_apply_cost(const struct algate_prog *prog,
		       const struct algate_instr *in, struct state *s)
{
	u32 high = in->imm >> 16;

	s->fixed++;
	switch (in->op) {
	case ALGATE_OP_LIT:
		s->fixed += high;
		break;
	case ALGATE_OP_FIND:
		s->fixed += high;
		s->byte += high;
		break;
	case ALGATE_OP_SPAN:
		/* and the byte that ends it; a short one is cheap to bound */
		s->fixed++;
		if (high < 256)
			s->fixed += high;
		else
			s->byte++;
		break;
	case ALGATE_OP_SCAN:
		s->fixed++;
		s->byte++;
		break;
	case ALGATE_OP_PEEK:
		s->fixed++;
		break;
	case ALGATE_OP_TAKE:
		s->fixed += ALGATE_VALUE_MAX;
		break;
	case ALGATE_OP_FIELD:
		s->fixed += high;
		s->byte++;
		break;
	case ALGATE_OP_CASE:
		s->fixed++;
		break;
	case ALGATE_OP_HASH:
		s->byte++;
		break;
	case ALGATE_OP_RECALL:
		s->fixed += ALGATE_MAX_ENTRIES;
		break;
	case ALGATE_OP_SAME:
		s->byte += 2;
		break;
	case ALGATE_OP_EQS:
		if (algate_slot_is(prog, in->a, T(SPAN)))
			s->byte += 2;
		break;
	}
}

/**
 * algate_insn_flags() - INSN_FAILS, INSN_LEAVES
 * @op: known instruction
 */
u32 algate_insn_flags(u8 op)
{
	return rules[op].flags;
}

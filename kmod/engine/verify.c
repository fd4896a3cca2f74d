// SPDX-License-Identifier: GPL-2.0
/*
 * Is a program safe to run? README in this folder states what is proved
 * here, as V1 to V12, and why that is enough.
 *
 * First the tables, then one pass over the instructions: all jumps are
 * forward, so when an instruction is looked at, every path to it is known.
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

#define FAILS	0x01	/* jf is used */
#define LEAVES	0x02	/* the next instruction does not follow */

/**
 * struct rule - what an instruction may be like
 * @a: what @a is
 * @imm: what @imm is
 * @flags: FAILS, LEAVES
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

#define COMPARE	{ A_READ, IMM_ANY, FAILS, T_NUMS, 0 }
#define CHANGE	{ A_CHANGE, IMM_ANY, 0, T(NUM), 0 }

static const struct rule rules[__ALGATE_OP_MAX] = {
	[ALGATE_OP_END] = { A_UNUSED, IMM_BOOL, LEAVES, 0, 0 },
	[ALGATE_OP_JUMP] = { A_UNUSED, IMM_UNUSED, FAILS | LEAVES, 0, 0 },
	[ALGATE_OP_LIT] = { A_NOCASE, IMM_LITERAL, FAILS, 0, 0 },
	[ALGATE_OP_FIND] = { A_NOCASE, IMM_LITERAL, FAILS, 0, 0 },
	[ALGATE_OP_SPAN] = { A_SET, IMM_SPAN, FAILS, 0, 0 },
	[ALGATE_OP_SCAN] = { A_SET, IMM_UNUSED, FAILS, 0, 0 },
	[ALGATE_OP_PEEK] = { A_SET, IMM_UNUSED, FAILS, 0, 0 },
	[ALGATE_OP_SKIP] = { A_UNUSED, IMM_SKIP, FAILS, 0, 0 },
	[ALGATE_OP_MOVE] = { A_READ, IMM_UNUSED, FAILS, T_NUMS, 0 },
	[ALGATE_OP_AT] = { A_UNUSED, IMM_AT, FAILS, 0, 0 },
	[ALGATE_OP_HERE] = { A_WRITE, IMM_UNUSED, 0, T(NUM), 0 },
	[ALGATE_OP_SEEK] = { A_READ, IMM_UNUSED, FAILS, T(NUM), 0 },
	[ALGATE_OP_EOM] = { A_UNUSED, IMM_UNUSED, FAILS, 0, 0 },
	[ALGATE_OP_TAKE] = { A_WRITE, IMM_UNUSED, FAILS, T_READ, 0 },
	[ALGATE_OP_MARK] = { A_MARK, IMM_UNUSED, 0, T(SPAN), 0 },
	[ALGATE_OP_CLOSE] = { A_CLOSE, IMM_UNUSED, 0, T(SPAN), 0 },
	[ALGATE_OP_SAME] = { A_READ, IMM_UNUSED, FAILS, T_READ, 0 },
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
	[ALGATE_OP_EQS] = { A_READ, IMM_SLOT, FAILS, T_NUMS | T(SPAN),
			    T_NUMS | T(SPAN) },
	[ALGATE_OP_IS] = { A_READ, IMM_BOOL, FAILS, T_ENDS, 0 },
	[ALGATE_OP_HASH] = { A_WRITE, IMM_SLOT, 0, T(NUM), T(SPAN) },
	[ALGATE_OP_FIELD] = { A_UNUSED, IMM_FIELD, FAILS, 0, 0 },
	[ALGATE_OP_CASE] = { A_UNUSED, IMM_CASE, FAILS | LEAVES, 0, 0 },
	[ALGATE_OP_EACH] = { A_UNUSED, IMM_WALK, 0, 0, 0 },
	[ALGATE_OP_PART] = { A_UNUSED, IMM_UNUSED, FAILS, 0, 0 },
	[ALGATE_OP_TURN] = { A_UNUSED, IMM_ANY, LEAVES, 0, 0 },
	[ALGATE_OP_RECALL] = { A_WRITE, IMM_ENTRY, FAILS, T(NUM), 0 },
	[ALGATE_OP_REMEMBER] = { A_READ, IMM_ENTRY, 0, T_NUMS, 0 },
	[ALGATE_OP_FORGET] = { A_READ, IMM_TABLE, 0, T_NUMS, 0 },
	[ALGATE_OP_ACT] = { A_UNUSED, IMM_ACTION, 0, 0, 0 },
	[ALGATE_OP_REWRITE] = { A_READ, IMM_SLOT, FAILS, T_WRITTEN,
				T_NUMS | T_ENDS },
	[ALGATE_OP_ADJUST] = { A_READ, IMM_PAD, 0, T_READ_NUMS, 0 },
	[ALGATE_OP_COUNT] = { A_UNUSED, IMM_COUNTER, 0, 0, 0 },
	[ALGATE_OP_REFUSE] = { A_UNUSED, IMM_UNUSED, LEAVES, 0, 0 },
	[ALGATE_OP_STOP] = { A_UNUSED, IMM_UNUSED, 0, 0, 0 },
};

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

/* Steps beyond what any program may take: sums of these do not overflow. */
#define STEPS_TOO_MANY	((u64)1 << 40)

const char *algate_reason_text(int reason)
{
#define REASON_TEXT(id, text) \
	[ALGATE_R_##id] = text,
	static const char * const texts[__ALGATE_R_MAX] = {
		[ALGATE_R_NONE] = "accepted",
		ALGATE_REASONS(REASON_TEXT)
	};
#undef REASON_TEXT

	if (reason < 0 || reason >= __ALGATE_R_MAX)
		return "unknown reason";
	return texts[reason];
}

static int reject(const struct algate_prog *prog, struct algate_reject *why,
		  int reason, int insn)
{
	const char *text = algate_reason_text(reason);

	why->reason = reason;
	why->insn = insn;
	why->line = 0;
	if (insn >= 0 && prog->lines)
		why->line = get_unaligned_le16(prog->lines + 2 * insn);
	if (why->line)
		snprintf(why->text, sizeof(why->text),
			 "line %d: instruction %d: %s", why->line, insn, text);
	else if (insn >= 0)
		snprintf(why->text, sizeof(why->text), "instruction %d: %s",
			 insn, text);
	else
		snprintf(why->text, sizeof(why->text), "program: %s", text);
	return reason == ALGATE_R_NO_MEMORY ? -ENOMEM : -EINVAL;
}

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

/* The fields by themselves, and two slots against each other. */
static int check_fields(const struct algate_prog *prog,
			const struct algate_instr *in)
{
	const struct rule *rule = &rules[in->op];
	int reason;

	reason = check_a(prog, in, rule);
	if (!reason)
		reason = check_imm(prog, in, rule);
	if (reason)
		return reason;
	if (!(rule->flags & FAILS) && in->jf)
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

/* V3: what the instruction reads was written, on whatever path */
static int check_reads(const struct algate_prog *prog,
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

/* What the instruction writes when it does not fail. */
static void apply_writes(const struct algate_instr *in, struct state *s)
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

/* V10: one for the instruction, one for each byte that it looks at */
static void apply_cost(const struct algate_prog *prog,
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

/* The dearest of the paths counts. */
static void cost_meet(struct state *at, const struct state *s)
{
	at->fixed = max_t(u64, at->fixed, s->fixed);
	at->byte = max_t(u64, at->byte, s->byte);
}

/* Where two paths meet, only what both know is known. */
static int state_meet(struct state *at, const struct state *s)
{
	cost_meet(at, s);
	if (!at->reached) {
		at->known = s->known;
		at->part = s->part;
		at->depth = s->depth;
		at->reached = true;
		return 0;
	}
	/* V12 */
	if (at->part != s->part)
		return ALGATE_R_WALK_CROSSED;
	at->known &= s->known;
	return 0;
}

/* V12: a jump, or the run's beginning; to a PART only its EACH leads */
static int jump_meet(const struct algate_prog *prog, u32 to,
		     const struct state *s, struct state *states)
{
	if (prog->insn[to].op == ALGATE_OP_PART)
		return ALGATE_R_WALK_CROSSED;
	return state_meet(&states[to], s);
}

/* What a path through instruction @i has cost when it is left. */
static void count_cost(struct algate_prog *prog, const struct state *s)
{
	if (s->depth)
		return;
	if (s->fixed > prog->steps_fixed)
		prog->steps_fixed = min_t(u64, s->fixed, STEPS_TOO_MANY >> 10);
	if (s->byte > prog->steps_byte)
		prog->steps_byte = min_t(u64, s->byte, STEPS_TOO_MANY >> 10);
}

/* V12: EACH, and the PART behind it */
static int check_each(const struct algate_prog *prog, u32 i)
{
	if (i + 1 >= prog->ninsns || prog->insn[i + 1].op != ALGATE_OP_PART)
		return ALGATE_R_WALK_PART;
	return 0;
}

/* V12: @s is what holds before the PART; then, what holds for each part */
static int enter_part(const struct algate_prog *prog, u32 i, struct state *s)
{
	const struct algate_instr *in = &prog->insn[i];
	u32 turn = i + in->jf;

	if (!i || prog->insn[i - 1].op != ALGATE_OP_EACH)
		return ALGATE_R_WALK_PART;
	if (turn + 1 >= prog->ninsns ||
	    prog->insn[turn].op != ALGATE_OP_TURN ||
	    prog->insn[turn].imm != turn - i)
		return ALGATE_R_WALK_TURN;
	if (s->depth == ALGATE_MAX_DEPTH)
		return ALGATE_R_WALK_DEPTH;
	s->depth++;
	s->part = i;
	s->fixed = 0;
	s->byte = 0;
	return 0;
}

static u32 longest_message(const struct algate_prog *prog)
{
	return prog->nframes < 2 ? prog->frame[0].max :
	       max_t(u32, prog->frame[0].max, prog->frame[1].max);
}

/* How often the walk whose PART is at @part may have a part in a message. */
static u64 turns_most(const struct algate_prog *prog,
		      const struct state *states, u32 part)
{
	u64 n = 1;

	for (; part != NO_WALK; part = states[part].part) {
		n *= prog->walk[prog->insn[part - 1].imm].max;
		n = min_t(u64, n, STEPS_TOO_MANY);
	}
	return n;
}

/*
 * V12, V10: the walk is over. What a part costs at most comes as often as
 * there may be parts; or once for each byte, since each part has moved on by
 * one at least, when this is less often. What it costs per byte comes once,
 * since parts do not overlap. Only REPEAT has the same bytes in its window
 * again, and may have a last part that does not move on.
 */
static int leave_walk(const struct algate_prog *prog, u32 i,
		      const struct state *s, struct state *states)
{
	u32 part = i - prog->insn[i].imm;
	const struct algate_walk *w;
	const struct state *head;
	struct state out;
	u64 turn;

	/* a PART that it is in is one that there is */
	if (s->part == NO_WALK || s->part != part ||
	    part + prog->insn[part].jf != i)
		return ALGATE_R_WALK_TURN;
	head = &states[part];
	if (head->known & ~s->known)
		return ALGATE_R_WALK_UNSET;
	out = *head;
	w = &prog->walk[prog->insn[part - 1].imm];
	turn = s->fixed + 2 + (w->until >> 16);
	out.fixed += 2 + turn;
	out.byte += w->kind == ALGATE_WALK_REPEAT ? w->max * s->byte :
						    s->byte + 2;
	if (turns_most(prog, states, part) <= longest_message(prog))
		out.fixed += w->max * turn;
	else
		out.byte += turn;
	out.fixed = min_t(u64, out.fixed, STEPS_TOO_MANY);
	out.byte = min_t(u64, out.byte, STEPS_TOO_MANY);
	return state_meet(&states[i + 1], &out);
}

static int meet_cases(const struct algate_prog *prog, u32 i,
		      const struct state *s, struct state *states)
{
	const u8 *table = prog->cases[prog->insn[i].imm];
	int reason = 0;
	u32 b;

	for (b = 0; !reason && b < 256; b++)
		if (table[b])
			reason = jump_meet(prog, i + table[b], s, states);
	return reason;
}

/* Tells those that may follow instruction @i what holds there. */
static int check_successors(struct algate_prog *prog, u32 i, struct state *s,
			    struct state *states)
{
	const struct algate_instr *in = &prog->insn[i];
	u32 flags = rules[in->op].flags;
	int reason = 0;

	switch (in->op) {
	case ALGATE_OP_TURN:
		return leave_walk(prog, i, s, states);
	case ALGATE_OP_PART:
		/* TURN knows what holds behind the walk */
		reason = enter_part(prog, i, s);
		return reason ? reason : state_meet(&states[i + 1], s);
	case ALGATE_OP_EACH:
		reason = check_each(prog, i);
		break;
	case ALGATE_OP_CASE:
		reason = meet_cases(prog, i, s, states);
		break;
	case ALGATE_OP_END:
		reason = s->depth ? ALGATE_R_WALK_END : 0;
		break;
	case ALGATE_OP_REFUSE:
		/* V10: a part that ends the run costs what it costs too */
		if (s->depth)
			cost_meet(&states[s->part + prog->insn[s->part].jf], s);
		break;
	}
	if (!reason && flags & FAILS) {
		/* V2; an instruction that fails has written nothing */
		if (i + 1 + in->jf >= prog->ninsns)
			return ALGATE_R_JUMP;
		reason = jump_meet(prog, i + 1 + in->jf, s, states);
	}
	if (reason || flags & LEAVES)
		return reason;
	/* V1 */
	if (i + 1 >= prog->ninsns)
		return ALGATE_R_FALLS_OFF;
	apply_writes(in, s);
	return state_meet(&states[i + 1], s);
}

/* Checks instruction @i, and tells those that may follow it. */
static int check_insn(struct algate_prog *prog, u32 i, struct state *states)
{
	const struct algate_instr *in = &prog->insn[i];
	struct state s = states[i];
	int reason;

	if (!in->op || in->op >= __ALGATE_OP_MAX)
		return ALGATE_R_OP;
	reason = check_fields(prog, in);
	if (reason)
		return reason;
	if (!s.reached)
		return ALGATE_R_UNREACHABLE;
	reason = check_reads(prog, in, &s);
	if (reason)
		return reason;
	apply_cost(prog, in, &s);
	count_cost(prog, &s);
	return check_successors(prog, i, &s, states);
}

/* V10 */
static int check_cost(struct algate_prog *prog)
{
	u32 max = longest_message(prog);

	if ((u64)prog->steps_byte * max + prog->steps_fixed > ALGATE_MAX_STEPS)
		return ALGATE_R_COST;
	prog->steps = prog->steps_byte * 256 +
		      min_t(u64, (prog->steps_fixed * 256ULL + max - 1) / max,
			    1U << 31);
	return 0;
}

/**
 * algate_prog_verify() - prove that a program is safe to run
 * @prog: decoded program; how many steps it takes is filled in
 * @why: filled in on failure
 *
 * May sleep.
 *
 * Return: 0; -EINVAL or -ENOMEM with @why filled in.
 */
int algate_prog_verify(struct algate_prog *prog, struct algate_reject *why)
{
	const struct state start = { .part = NO_WALK, .reached = true };
	struct state *states;
	int reason;
	u32 i;

	prog->verified = false;
	prog->steps_fixed = 0;
	prog->steps_byte = 0;
	reason = algate_check_tables(prog);
	if (reason)
		return reject(prog, why, reason, -1);
	states = algate_alloc_big(prog->ninsns * sizeof(*states));
	if (!states)
		return reject(prog, why, ALGATE_R_NO_MEMORY, -1);

	for (i = 0; i < ARRAY_SIZE(prog->entry) && !reason; i++)
		reason = jump_meet(prog, prog->entry[i], &start, states);
	if (reason) {
		algate_free_big(states);
		return reject(prog, why, reason, -1);
	}
	for (i = 0; i < prog->ninsns && !reason; i++)
		reason = check_insn(prog, i, states);
	algate_free_big(states);
	if (reason)
		return reject(prog, why, reason, i - 1);
	reason = check_cost(prog);
	if (reason)
		return reject(prog, why, reason, -1);
	algate_prog_floors(prog);
	prog->verified = true;
	return 0;
}

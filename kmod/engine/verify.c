// SPDX-License-Identifier: GPL-2.0
/*
 * Is a program safe to run? README in this folder states what is proved
 * here, as V1 to V11, and why that is enough.
 *
 * First the tables, then one pass over the instructions: all jumps are
 * forward, so when an instruction is looked at, every path to it is known.
 */
#include "engine.h"

#define T(type)		(1U << ALGATE_T_##type)
#define T_ADDRS4	(T(IP4) | T(IP4_COMMAS) | T(IP4_DEC) | T(IP4_RAW))
#define T_ADDRS		(T_ADDRS4 | T(IP6) | T(IP6_RAW))
#define T_READ_NUMS	(T(DEC) | T(PORT) | T(HEX) | T(U8) | T(U16BE) | \
			 T(U16LE) | T(U32BE) | T(U32LE) | T(PORT_COMMAS) | \
			 T(PORT_DOTS))
#define T_NUMS		(T(NUM) | T_READ_NUMS)
#define T_WRITTEN	(T_READ_NUMS | T_ADDRS)		/* has a place */
#define T_READ		(T_WRITTEN | T(SPAN))

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
	IMM_OPEN,
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
	[ALGATE_OP_OPEN] = { A_UNUSED, IMM_OPEN, 0, 0, 0 },
	[ALGATE_OP_REWRITE] = { A_READ, IMM_SLOT, FAILS, T_WRITTEN,
				T_NUMS | T_ADDRS },
	[ALGATE_OP_COUNT] = { A_UNUSED, IMM_COUNTER, 0, 0, 0 },
	[ALGATE_OP_REFUSE] = { A_UNUSED, IMM_UNUSED, LEAVES, 0, 0 },
	[ALGATE_OP_STOP] = { A_UNUSED, IMM_UNUSED, 0, 0, 0 },
};

/* In struct state: written slots in the low half, marked ones in the high. */
#define WRITTEN(slot)	(1U << (slot))
#define MARKED(slot)	(1U << ((slot) + 16))

/**
 * struct state - what holds before an instruction, whatever the path to it
 * @known: slots that are written, spans that are marked
 * @fixed: steps so far at most, to which come ...
 * @byte: ... so many for each byte of the message
 * @intents: opens so far at most
 * @edits: places rewritten so far at most
 * @reached: there is a path
 */
struct state {
	u32 known;
	u32 fixed;
	u32 byte;
	u16 intents;
	u16 edits;
	bool reached;
};

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

static int check_services(const struct algate_prog *prog)
{
	const struct algate_service *s = prog->service;
	u32 i, j;

	for (i = 0; i < prog->nservices; i++) {
		for (j = 0; j < i; j++)
			if (s[i].proto == s[j].proto && s[i].port == s[j].port)
				return ALGATE_R_SERVICE_TWICE;
		if (s[i].proto == IPPROTO_TCP &&
		    prog->frame.kind == ALGATE_FRAME_DATAGRAM)
			return ALGATE_R_FRAME_SERVICE;
	}
	return 0;
}

/* V11 */
static int check_frame_names(const struct algate_prog *prog)
{
	u32 off = 0;
	u32 i;

	if (!prog->frame.nnames)
		return ALGATE_R_FRAME_NAMES;
	for (i = 0; i < prog->frame.nnames; i++) {
		if (off >= prog->literals_len || !prog->literals[off])
			return ALGATE_R_FRAME_NAMES;
		off += 1 + prog->literals[off];
		if (off > prog->literals_len)
			return ALGATE_R_FRAME_NAMES;
	}
	return 0;
}

/* V11: some message holds the field and is not too long */
static int check_frame_length(const struct algate_framing *f)
{
	u32 field = f->width == 4 ? f->mask : f->mask & ((1U << 8 * f->width) - 1);
	u32 least = f->offset + f->width;

	if (least > f->max || !field || f->bias > f->max ||
	    (s64)field + f->bias < least)
		return ALGATE_R_FRAME_LENGTH;
	return 0;
}

static int check_frame(const struct algate_prog *prog)
{
	const struct algate_framing *f = &prog->frame;
	bool length = f->kind == ALGATE_FRAME_LENGTH;

	if (!f->kind || f->kind >= __ALGATE_FRAME_MAX)
		return ALGATE_R_FRAME_KIND;
	if (f->flags & ~ALGATE_FRAME_LITTLE)
		return ALGATE_R_FRAME_FLAGS;
	if (!f->max)
		return ALGATE_R_FRAME_MAX;
	if (!length && (f->flags || f->width || f->offset || f->bias || f->mask))
		return ALGATE_R_FRAME_UNUSED;
	if (f->kind == ALGATE_FRAME_HEADERS)
		return check_frame_names(prog);
	if (f->nnames)
		return ALGATE_R_FRAME_UNUSED;
	if (!length)
		return 0;
	if (f->width != 1 && f->width != 2 && f->width != 4)
		return ALGATE_R_FRAME_LENGTH;
	return check_frame_length(f);
}

static bool slot_is(const struct algate_prog *prog, u32 slot, u32 types)
{
	return slot < prog->nslots && types & (1U << prog->slot_type[slot]);
}

/* V7 */
static int check_open(const struct algate_prog *prog,
		      const struct algate_open *o)
{
	if (o->class >= prog->nclasses)
		return ALGATE_R_OPEN_CLASS;
	if (o->proto != IPPROTO_TCP && o->proto != IPPROTO_UDP)
		return ALGATE_R_OPEN_PROTO;
	if (!o->from || o->from >= __ALGATE_FROM_MAX)
		return ALGATE_R_OPEN_FROM;
	if (o->flags & ~(ALGATE_OPEN_F_THIRD_PARTY | ALGATE_OPEN_F_LOW_PORTS))
		return ALGATE_R_OPEN_FLAGS;
	if (o->addr != ALGATE_SLOT_NONE && !slot_is(prog, o->addr, T_ADDRS))
		return ALGATE_R_OPEN_ADDR;
	if (o->port != ALGATE_SLOT_NONE && !slot_is(prog, o->port, T_NUMS))
		return ALGATE_R_OPEN_PORT;
	if (!o->count || o->count > 16)
		return ALGATE_R_OPEN_COUNT;
	if (o->parity != 0 && o->parity != 2)
		return ALGATE_R_OPEN_PARITY;
	return 0;
}

static int check_tables(const struct algate_prog *prog)
{
	int reason = check_frame(prog);
	u32 i;

	if (!reason)
		reason = check_services(prog);
	for (i = 0; !reason && i < prog->nopens; i++)
		reason = check_open(prog, &prog->open[i]);
	for (i = 0; !reason && i < ARRAY_SIZE(prog->entry); i++)
		if (prog->entry[i] >= prog->ninsns)
			reason = ALGATE_R_ENTRY;
	return reason;
}

static int check_slot(const struct algate_prog *prog, u32 slot, u32 types)
{
	if (slot >= prog->nslots)
		return ALGATE_R_SLOT;
	return slot_is(prog, slot, types) ? 0 : ALGATE_R_SLOT_KIND;
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

/* V5 */
static int check_literal(const struct algate_prog *prog, u32 off, u32 len)
{
	if (!len || len > 255)
		return ALGATE_R_LITERAL_EMPTY;
	return off + len > prog->literals_len ? ALGATE_R_LITERAL : 0;
}

/* V4, V5, V7, V8 */
static int check_imm(const struct algate_prog *prog,
		     const struct algate_instr *in, const struct rule *rule)
{
	u32 low = in->imm & 0xffff;
	u32 high = in->imm >> 16;

	switch (rule->imm) {
	case IMM_UNUSED:
		return in->imm ? ALGATE_R_UNUSED : 0;
	case IMM_BOOL:
		return in->imm > 1 ? ALGATE_R_END_VALUE : 0;
	case IMM_LITERAL:
		return check_literal(prog, low, high);
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
	case IMM_OPEN:
		return in->imm < prog->nopens ? 0 : ALGATE_R_OPEN;
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

/* V3: what the instruction reads was written, on whatever path */
static int check_reads(const struct algate_prog *prog,
		       const struct algate_instr *in, const struct state *s)
{
	const struct rule *rule = &rules[in->op];
	u32 needed = 0;

	if (rule->a == A_READ || rule->a == A_CHANGE)
		needed |= WRITTEN(in->a);
	if (rule->imm == IMM_SLOT)
		needed |= WRITTEN(in->imm);
	if (rule->imm == IMM_OPEN) {
		const struct algate_open *o = &prog->open[in->imm];

		if (o->addr != ALGATE_SLOT_NONE)
			needed |= WRITTEN(o->addr);
		if (o->port != ALGATE_SLOT_NONE)
			needed |= WRITTEN(o->port);
	}
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
		s->known &= ~WRITTEN(in->a);
		s->known |= MARKED(in->a);
		break;
	}
}

/* V9 */
static int apply_intents(const struct algate_prog *prog,
			 const struct algate_instr *in, struct state *s)
{
	if (in->op == ALGATE_OP_OPEN) {
		const struct algate_open *o = &prog->open[in->imm];

		s->intents++;
		s->edits += o->addr != ALGATE_SLOT_NONE;
		s->edits += o->port != ALGATE_SLOT_NONE &&
			    slot_is(prog, o->port, T_WRITTEN);
	} else if (in->op == ALGATE_OP_REWRITE) {
		s->edits++;
	}
	if (s->intents > ALGATE_MAX_INTENTS)
		return ALGATE_R_INTENTS;
	return s->edits > ALGATE_MAX_EDITS ? ALGATE_R_EDITS : 0;
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
	case ALGATE_OP_SAME:
		s->byte += 2;
		break;
	case ALGATE_OP_EQS:
		if (slot_is(prog, in->a, T(SPAN)))
			s->byte += 2;
		break;
	}
}

/* Where two paths meet, only what both know is known. */
static void state_meet(struct state *at, const struct state *s)
{
	if (!at->reached) {
		*at = *s;
		return;
	}
	at->known &= s->known;
	at->fixed = max_t(u32, at->fixed, s->fixed);
	at->byte = max_t(u32, at->byte, s->byte);
	at->intents = max_t(u16, at->intents, s->intents);
	at->edits = max_t(u16, at->edits, s->edits);
}

/* Checks instruction @i, and tells those that may follow it. */
static int check_insn(struct algate_prog *prog, u32 i, struct state *states)
{
	const struct algate_instr *in = &prog->insn[i];
	struct state s = states[i];
	u32 flags;
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
	prog->steps_fixed = max_t(u32, prog->steps_fixed, s.fixed);
	prog->steps_byte = max_t(u32, prog->steps_byte, s.byte);
	flags = rules[in->op].flags;
	if (flags & FAILS) {
		/* V2; an instruction that fails has written nothing */
		if (i + 1 + in->jf >= prog->ninsns)
			return ALGATE_R_JUMP;
		state_meet(&states[i + 1 + in->jf], &s);
	}
	if (flags & LEAVES)
		return 0;
	/* V1 */
	if (i + 1 >= prog->ninsns)
		return ALGATE_R_FALLS_OFF;
	apply_writes(in, &s);
	reason = apply_intents(prog, in, &s);
	if (!reason)
		state_meet(&states[i + 1], &s);
	return reason;
}

/* V10 */
static int check_cost(struct algate_prog *prog)
{
	u32 max = prog->frame.max;

	if ((u64)prog->steps_byte * max + prog->steps_fixed > ALGATE_MAX_STEPS)
		return ALGATE_R_COST;
	prog->steps = prog->steps_byte * 256 +
		      (prog->steps_fixed * 256 + max - 1) / max;
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
	const struct state start = { .reached = true };
	struct state *states;
	int reason;
	u32 i;

	prog->verified = false;
	prog->steps_fixed = 0;
	prog->steps_byte = 0;
	reason = check_tables(prog);
	if (reason)
		return reject(prog, why, reason, -1);
	states = algate_alloc_big(prog->ninsns * sizeof(*states));
	if (!states)
		return reject(prog, why, ALGATE_R_NO_MEMORY, -1);

	state_meet(&states[prog->entry[ALGATE_CLIENT]], &start);
	state_meet(&states[prog->entry[ALGATE_SERVER]], &start);
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

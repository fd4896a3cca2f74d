// SPDX-License-Identifier: GPL-2.0
/*
 * Random programs that the verifier mostly accepts: rules of random parts
 * that use what the parts before them have written. Most failures lead to the
 * next rule, some elsewhere, and some instructions are replaced by others.
 */
#include "engine_gen.h"

#define MESSAGE_LEN	160
#define MAX_INSNS	200

static const u8 slot_types[ALGATE_MAX_SLOTS] = {
	ALGATE_T_NUM, ALGATE_T_NUM, ALGATE_T_NUM, ALGATE_T_SPAN, ALGATE_T_SPAN,
	ALGATE_T_DEC, ALGATE_T_PORT, ALGATE_T_HEX, ALGATE_T_U8, ALGATE_T_U16BE,
	ALGATE_T_PORT_COMMAS, ALGATE_T_IP4, ALGATE_T_IP4_COMMAS,
	ALGATE_T_IP4_DEC, ALGATE_T_IP6, ALGATE_T_IP6_RAW,
};

enum {
	NUMS = 0x07, SPANS = 0x18, NUMBERS = 0x7e7, PLACES = 0x7e0,
	READABLE = 0xfff8, ADDRESSES = 0xf800, IP4S = 0x3800, IP6S = 0xc000
};

static const char words[] = "aabABa,;  x";
/* More sets than slots: both share a field of the instruction. */
#define SETS	20

static u8 sets[SETS][32] = {
	{ [12] = 6 },				/* ab */
	{ [6] = 0xff, 3 },			/* digits */
	{ [5] = 0x10, [7] = 8 },		/* , ; */
	{ [8] = 6, [12] = 6 },			/* ABab */
	{ [0] = 0xff, [6] = 0xff, [31] = 0xff },
};

/* The program being made; @known: slots written in this rule so far. */
static struct {
	struct algate_instr insn[MAX_INSNS];
	bool to_next_rule[MAX_INSNS];
	u32 n;
	u32 known;
	u32 places;
} gen;

static u32 one_of(u32 slots)
{
	u32 slot;

	do
		slot = rnd(ALGATE_MAX_SLOTS);
	while (!(slots >> slot & 1));
	return slot;
}

static void emit(u8 op, u8 a, u32 imm, bool fails)
{
	gen.insn[gen.n] = (struct algate_instr){ .op = op, .a = a, .imm = imm };
	gen.to_next_rule[gen.n] = fails && rnd(8);
	if (fails && !gen.to_next_rule[gen.n] && !rnd(3))
		gen.insn[gen.n].jf = rnd(3);
	gen.n++;
}

static u32 random_literal(void)
{
	u32 len = 1 + rnd(3);

	return len << 16 | rnd(sizeof(words) - len);
}

static u32 random_number(void)
{
	return rnd(3) ? rnd(12) : rnd(0) >> rnd(32);
}

static void emit_match(void)
{
	static const u8 ops[] = { ALGATE_OP_LIT, ALGATE_OP_LIT, ALGATE_OP_FIND };
	u32 min;

	switch (rnd(9)) {
	case 0:
	case 1:
		emit(ops[rnd(3)], rnd(2), random_literal(), true);
		break;
	case 2:
		min = rnd(4);
		emit(ALGATE_OP_SPAN, rnd(SETS),
		     (min + !min + rnd(rnd(2) ? 4 : 300)) << 16 | min, true);
		break;
	case 3:
		emit(ALGATE_OP_SCAN, rnd(SETS), 0, true);
		break;
	case 4:
		emit(ALGATE_OP_PEEK, rnd(SETS), 0, true);
		break;
	case 5:
		emit(ALGATE_OP_SKIP, 0, 1 + rnd(5), true);
		break;
	case 6:
		emit(ALGATE_OP_AT, 0, rnd(rnd(2) ? 8 : 65536), true);
		break;
	case 7:
		if (!rnd(4))
			emit(ALGATE_OP_EOM, 0, 0, true);
		break;
	case 8:
		emit(ALGATE_OP_HERE, min = one_of(NUMS), 0, false);
		gen.known |= 1 << min;
		break;
	}
}

static void emit_take(void)
{
	u32 slot = one_of(READABLE);

	emit(ALGATE_OP_TAKE, slot, 0, true);
	gen.known |= 1 << slot;
}

static void emit_span(void)
{
	u32 slot = one_of(SPANS);

	emit(ALGATE_OP_MARK, slot, 0, false);
	gen.known &= ~(1 << slot);
	emit_match();
	if (rnd(2))
		emit_match();
	emit(ALGATE_OP_CLOSE, slot, 0, false);
	gen.known |= 1 << slot;
}

static void emit_number(void)
{
	static const u8 ops[] = { ALGATE_OP_ADD, ALGATE_OP_SUB, ALGATE_OP_AND,
				  ALGATE_OP_OR, ALGATE_OP_ADDS,
				  ALGATE_OP_SUBS };
	u32 slot = one_of(NUMS);
	bool known = gen.known >> slot & 1;
	u32 op;

	switch (rnd(known ? 5 : 4)) {
	case 0:
		emit(ALGATE_OP_SET, slot, random_number(), false);
		break;
	case 1:
		emit(ALGATE_OP_LDF, slot, rnd(3), false);
		break;
	case 2:
		emit(ALGATE_OP_LDM, slot, rnd(__ALGATE_META_MAX), false);
		break;
	case 3:
		if (!(gen.known & NUMBERS))
			return;
		emit(ALGATE_OP_COPY, slot, one_of(gen.known & NUMBERS), false);
		break;
	case 4:
		op = ops[rnd(ARRAY_SIZE(ops))];
		emit(op, slot, op == ALGATE_OP_ADDS || op == ALGATE_OP_SUBS ?
		     one_of(gen.known & NUMBERS) : random_number(), false);
		break;
	}
	gen.known |= 1 << slot;
}

static void emit_test(void)
{
	u32 nums = gen.known & NUMBERS;
	u32 spans = gen.known & SPANS;

	if (nums && rnd(2))
		emit(ALGATE_OP_EQ + rnd(7), one_of(nums), random_number(),
		     true);
	else if (nums && rnd(2))
		emit(ALGATE_OP_EQS, one_of(nums), one_of(nums), true);
	else if (spans)
		emit(ALGATE_OP_EQS, one_of(spans), one_of(spans), true);
}

static void emit_use(void)
{
	u32 taken = gen.known & READABLE;

	switch (rnd(4)) {
	case 0:
		if (gen.known & NUMBERS)
			emit(ALGATE_OP_MOVE, one_of(gen.known & NUMBERS), 0,
			     true);
		break;
	case 1:
		if (gen.known & NUMS)
			emit(ALGATE_OP_SEEK, one_of(gen.known & NUMS), 0, true);
		break;
	case 2:
		if (taken)
			emit(ALGATE_OP_SAME, one_of(taken), 0, true);
		break;
	case 3:
		if (gen.known & NUMBERS)
			emit(ALGATE_OP_STF, one_of(gen.known & NUMBERS), rnd(3),
			     false);
		break;
	}
}

static void emit_rewrite(void)
{
	u32 places = gen.known & (PLACES | ADDRESSES);
	u32 to, kind;

	if (!places) {
		emit_take();
		return;
	}
	to = one_of(places);
	kind = PLACES >> to & 1 ? NUMBERS : IP4S >> to & 1 ? IP4S : IP6S;
	if (gen.places++ < ALGATE_MAX_EDITS)
		emit(ALGATE_OP_REWRITE, to, one_of(gen.known & kind), true);
}

/* Opens: 0 is of nothing, 1 + n is of slot n, if it can be. */
static void emit_intent(void)
{
	u32 slots = gen.known & (NUMBERS | ADDRESSES);

	switch (rnd(6)) {
	case 0:
		emit(ALGATE_OP_OPEN, 0, 0, false);
		break;
	case 1:
		if (slots && gen.places++ < ALGATE_MAX_EDITS)
			emit(ALGATE_OP_OPEN, 0, 1 + one_of(slots), false);
		break;
	case 2:
	case 3:
		emit_rewrite();
		break;
	case 4:
		emit(ALGATE_OP_COUNT, 0, rnd(16), false);
		break;
	case 5:
		emit(ALGATE_OP_STOP, 0, 0, false);
		break;
	}
}

static void emit_rule(void)
{
	static void (* const parts[])(void) = {
		emit_match, emit_match, emit_take, emit_take, emit_span,
		emit_number, emit_number, emit_test, emit_use, emit_intent,
		emit_intent, emit_rewrite,
	};
	u32 start = gen.n;
	u32 k;

	gen.known = 0;
	gen.places = 0;
	for (k = 2 + rnd(11); k; k--)
		parts[rnd(ARRAY_SIZE(parts))]();
	/* the way to the next rule, should nothing else lead there */
	emit(ALGATE_OP_PEEK, 4, 0, false);
	gen.to_next_rule[gen.n - 1] = true;
	if (rnd(8))
		emit(ALGATE_OP_END, 0, 1, false);
	else
		emit(ALGATE_OP_REFUSE, 0, 0, false);
	for (k = start; k < gen.n; k++)
		if (gen.to_next_rule[k])
			gen.insn[k].jf = gen.n - k - 1;
}

void gen_tables(struct parts *parts)
{
	u8 opens[1 + ALGATE_MAX_SLOTS][ALGATE_OPEN_LEN] = { 0 };
	char counters[ALGATE_MAX_COUNTERS][ALGATE_NAME_LEN] = { 0 };
	u32 i;

	for (i = 0; i <= ALGATE_MAX_SLOTS; i++) {
		u8 *o = opens[i];

		o[ALGATE_OPEN_PROTO] = IPPROTO_TCP;
		o[ALGATE_OPEN_FROM] = ALGATE_FROM_PEER;
		o[ALGATE_OPEN_COUNT] = 1;
		o[ALGATE_OPEN_ADDR] = ALGATE_SLOT_NONE;
		o[ALGATE_OPEN_PORT] = ALGATE_SLOT_NONE;
		if (i && ADDRESSES >> (i - 1) & 1)
			o[ALGATE_OPEN_ADDR] = i - 1;
		else if (i && NUMBERS >> (i - 1) & 1)
			o[ALGATE_OPEN_PORT] = i - 1;
	}
	for (i = 5; i < SETS; i++)
		memcpy(sets[i], sets[i % 5], sizeof(sets[i]));
	for (i = 0; i < ALGATE_MAX_COUNTERS; i++)
		counters[i][0] = 'a' + i;
	parts_set(parts, ALGATE_SEC_OPENS, opens, sizeof(opens));
	parts_set(parts, ALGATE_SEC_COUNTERS, counters, sizeof(counters));
	parts_set(parts, ALGATE_SEC_VARS, counters, 3 * ALGATE_NAME_LEN);
	parts_set(parts, ALGATE_SEC_SLOTS, slot_types, sizeof(slot_types));
	parts_set(parts, ALGATE_SEC_SETS, sets, sizeof(sets));
	parts_set(parts, ALGATE_SEC_LITERALS, words, sizeof(words) - 1);
}

struct algate_prog *gen_prog(struct parts *parts, struct algate_reject *why)
{
	u16 second = 0;
	u32 rules;

	memset(&gen, 0, sizeof(gen));
	for (rules = 1 + rnd(3); rules; rules--) {
		if (rnd(2))
			second = gen.n;
		emit_rule();
	}
	emit(ALGATE_OP_END, 0, 0, false);
	/* one in 16 may be anything */
	if (!rnd(16))
		gen.insn[rnd(gen.n)].op = rnd(__ALGATE_OP_MAX);
	put_unaligned_le16(second, parts->bytes[ALGATE_SEC_ENTRIES] +
			   2 * ALGATE_SERVER);
	parts_insns(parts, gen.insn, gen.n);
	return parts_prog(parts, why);
}

static u32 put_value(u8 type, u8 *out)
{
	struct algate_value v = { .num = rnd(3) ? rnd(40) : rnd(0) >> rnd(32) };
	int n;

	if (type == ALGATE_T_SPAN) {
		*out = "abAB,;0"[rnd(7)];
		return 1;
	}
	if (algate_type_kind(type) != ALGATE_KIND_NUM)
		for (n = 0; n < 16; n++)
			v.addr[n] = rnd(2) * rnd(256);
	n = algate_value_write(type, &v, out);
	return n < 0 ? 0 : n;
}

static u32 put_from_set(u32 set, u32 n, u8 *out)
{
	u32 i, c;

	for (i = 0; i < n; i++) {
		do
			c = rnd(256);
		while (!(sets[set][c / 8] >> c % 8 & 1));
		out[i] = c;
	}
	return n;
}

/* Some bytes that the instruction likes. */
static u32 put_bytes(const struct algate_instr *in, u8 *out)
{
	u32 n = 0;

	switch (in->op) {
	case ALGATE_OP_FIND:
		n = put_from_set(4, rnd(4), out);
		fallthrough;
	case ALGATE_OP_LIT:
		memcpy(out + n, words + (in->imm & 0xffff), in->imm >> 16);
		return n + (in->imm >> 16);
	case ALGATE_OP_SPAN:
		return put_from_set(in->a, (in->imm & 7) + rnd(3), out);
	case ALGATE_OP_SCAN:
		n = put_from_set(rnd(5), rnd(4), out);
		return n + put_from_set(in->a, 1, out + n);
	case ALGATE_OP_SKIP:
		return put_from_set(4, in->imm & 7, out);
	case ALGATE_OP_TAKE:
		return put_value(slot_types[in->a], out);
	}
	return 0;
}

u32 gen_message(const struct algate_prog *prog, u8 *out)
{
	u32 i = rnd(2) ? 0 : rnd(prog->ninsns);
	u32 len = 0;
	u32 k;

	for (; i < prog->ninsns && len < MESSAGE_LEN; i++) {
		if (prog->insn[i].op == ALGATE_OP_END && rnd(2))
			break;
		if (prog->insn[i].op == ALGATE_OP_SAME && len > 2) {
			k = 1 + rnd(2);
			memcpy(out + len, out + len - k, k);
			len += k;
		}
		if (rnd(40))
			len += put_bytes(&prog->insn[i], out + len);
		if (!rnd(20))
			out[len++] = ",;ab0"[rnd(5)];
	}
	for (k = rnd(12); k; k--)
		out[len++] = "ab,0A "[rnd(6)];
	return len;
}

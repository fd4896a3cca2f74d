// SPDX-License-Identifier: GPL-2.0
/*
 * Random programs that the verifier usually accepts: rules of random parts that
 * use the slots written by earlier parts. Most failures jump to the next rule,
 * some elsewhere, and some instructions are replaced by others.
 */
#include "engine_gen.h"

#define MAX_INSNS	600

const u8 gen_slot_types[ALGATE_MAX_SLOTS] = {
	ALGATE_T_NUM, ALGATE_T_NUM, ALGATE_T_NUM, ALGATE_T_SPAN, ALGATE_T_SPAN,
	ALGATE_T_DEC, ALGATE_T_PORT, ALGATE_T_HEX, ALGATE_T_U8, ALGATE_T_U16BE,
	ALGATE_T_PORT_COMMAS, ALGATE_T_IP4, ALGATE_T_IP4_COMMAS,
	ALGATE_T_IP4_DEC, ALGATE_T_IP6, ALGATE_T_IP6_RAW, ALGATE_T_IP,
	ALGATE_T_HOST, ALGATE_T_ENDPOINT, ALGATE_T_U32LE, ALGATE_T_PORT_DOTS,
	ALGATE_T_PER, ALGATE_T_BER,
	ALGATE_T_ADDR, ALGATE_T_ADDR,
	ALGATE_T_IP4_UTF16, ALGATE_T_PORT_UTF16,
};

enum {
	SLOTS = 27, NUMS = 0x07, SPANS = 0x18, NUMBERS = 0x41807e7,
	PLACES = 0x41807e0, READABLE = 0x61ffff8, ADDRESSES = 0x203f800,
	ENDS = 0x40000, LENGTHS = 0x600000,
	MAPPED = 0x1800000, HOSTS = ADDRESSES | MAPPED,
	GIVEN = 3	/* number of NUMS */
};

const char gen_words[GEN_WORDS_LEN + 1] =
	"aabABa,;\1 x\3aBa\1x\1b";
#define WORDS	11	/* length of the words; names of fields follow */
u8 gen_sets[GEN_SETS][32] = {
	{ [12] = 6 },				/* ab */
	{ [6] = 0xff, 3 },			/* digits */
	{ [5] = 0x10, [7] = 8 },		/* , ; */
	{ [8] = 6, [12] = 6 },			/* ABab */
	{ [0] = 0xff, [6] = 0xff, [31] = 0xff },
	{ [0] = 6 },				/* control characters 1, 2 */
};

/* There are two loops of each kind, and a REPEAT of one element. */
static u32 loop_kind(u32 loop)
{
	return loop == GEN_LOOPS - 1 ? ALGATE_LOOP_REPEAT :
				       ALGATE_LOOP_LINE + loop / 2;
}

/* The generated program; @known: slots that this rule has written so far. */
static struct {
	struct algate_instr insn[MAX_INSNS];
	enum { STAYS, TO_NEXT_RULE, TO_TURN, TO_RULES } to[MAX_INSNS];
	u32 n;
	u32 depth;
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
	gen.to[gen.n] = fails && (gen.depth ? rnd(30) : rnd(8)) ? TO_NEXT_RULE :
								  STAYS;
	if (fails && gen.to[gen.n] == STAYS && !rnd(3))
		gen.insn[gen.n].jf = rnd(3);
	gen.n++;
}

static u32 random_literal(void)
{
	u32 len = 1 + rnd(3);

	return len << 16 | rnd((WORDS + 1) - len);
}

static u32 random_number(void)
{
	return rnd(3) ? rnd(12) : rnd(0) >> rnd(32);
}

static void emit_match(void)
{
	static const u8 ops[] = { ALGATE_OP_LIT, ALGATE_OP_LIT, ALGATE_OP_FIND };
	u32 min;

	switch (rnd(10)) {
	case 9:
		emit(ALGATE_OP_FIELD, 0, GEN_NAMES, true);
		break;
	case 0:
	case 1:
		emit(ops[rnd(3)], rnd(2), random_literal(), true);
		break;
	case 2:
		min = rnd(4);
		emit(ALGATE_OP_SPAN, rnd(GEN_SETS),
		     (min + !min + rnd(rnd(2) ? 4 : 300)) << 16 | min, true);
		break;
	case 3:
		emit(ALGATE_OP_SCAN, rnd(GEN_SETS), 0, true);
		break;
	case 4:
		emit(ALGATE_OP_PEEK, rnd(GEN_SETS), 0, true);
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

/* A relation between a number and its notation; rarely one for other values */
static u32 some_scale(u32 slot)
{
	if (rnd(4) || (!(PLACES >> slot & 1) && rnd(50)))
		return 0;
	return rnd(3) << 16 | (rnd(3) ? rnd(4) : 0xffff);
}

static void emit_take(void)
{
	u32 slot = one_of(READABLE | LENGTHS);

	emit(ALGATE_OP_TAKE, slot, some_scale(slot), true);
	gen.known |= 1 << slot;
}

static void emit_span(void)
{
	u32 slot = one_of(SPANS);

	emit(ALGATE_OP_MARK, slot, 0, false);
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

	switch (rnd(known ? 6 : 5)) {
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
		if (!(gen.known & (NUMBERS | LENGTHS)))
			return;
		emit(ALGATE_OP_COPY, slot,
		     one_of(gen.known & (NUMBERS | LENGTHS)), false);
		break;
	case 4:
		if (!(gen.known & (SPANS | HOSTS)))
			return;
		emit(ALGATE_OP_HASH, slot,
		     one_of(gen.known & (SPANS | HOSTS)), false);
		if (rnd(2))
			emit(ALGATE_OP_MIX, slot,
			     one_of(gen.known & (SPANS | NUMBERS | HOSTS)),
			     false);
		break;
	case 5:
		op = ops[rnd(ARRAY_SIZE(ops))];
		emit(op, slot, op == ALGATE_OP_ADDS || op == ALGATE_OP_SUBS ?
		     one_of(gen.known & NUMBERS) : random_number(), false);
		break;
	}
	gen.known |= 1 << slot;
}

/* Bits, and often a way back to a place inside of a byte */
static void emit_bits(void)
{
	u32 n = 1 + rnd(3), mark = one_of(NUMS), slot;

	while (n--) {
		if (!rnd(3)) {
			emit(ALGATE_OP_HERE, mark, 0, false);
			gen.known |= 1 << mark;
		}
		slot = one_of(NUMS);
		emit(ALGATE_OP_BITS, slot, 1 + rnd(7), true);
		gen.known |= 1 << slot;
		if (gen.known >> mark & 1 && !rnd(3))
			emit(ALGATE_OP_BACK, mark, 0, true);
	}
}

static void emit_test(void)
{
	u32 nums = gen.known & NUMBERS;
	u32 spans = gen.known & SPANS;
	u32 ends = gen.known & (HOSTS | ENDS);

	if (ends && rnd(2))
		emit(ALGATE_OP_IS, one_of(ends), rnd(__ALGATE_IS_MAX), true);
	else if (nums && rnd(2))
		emit(ALGATE_OP_EQ + rnd(7), one_of(nums), random_number(),
		     true);
	else if (nums && rnd(2))
		emit(ALGATE_OP_EQS, one_of(nums), one_of(nums), true);
	else if (nums && rnd(2))
		emit(ALGATE_OP_LISTED, one_of(nums), rnd(GEN_PARAMS), true);
	else if (spans)
		emit(ALGATE_OP_EQS, one_of(spans), one_of(spans), true);
}

static void emit_use(void)
{
	u32 taken = gen.known & READABLE;

	switch (rnd(5)) {
	case 4:
		if (gen.known & NUMS)
			emit(ALGATE_OP_BACK, one_of(gen.known & NUMS), 0, true);
		break;
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

static void emit_table(void)
{
	u32 key, slot;

	if (!(gen.known & NUMBERS))
		return;
	key = one_of(gen.known & NUMBERS);
	switch (rnd(4)) {
	case 0:
	case 1:
		slot = one_of(NUMS);
		emit(ALGATE_OP_RECALL, slot, key << 8 | rnd(GEN_TABLES), true);
		gen.known |= 1 << slot;
		break;
	case 2:
		emit(ALGATE_OP_REMEMBER, one_of(gen.known & NUMBERS),
		     key << 8 | rnd(GEN_TABLES), false);
		break;
	case 3:
		emit(ALGATE_OP_FORGET, key, rnd(GEN_TABLES), false);
		break;
	}
}

static void emit_queue(void)
{
	u32 slot = one_of(NUMS);

	if (gen.known & NUMBERS && rnd(2)) {
		emit(ALGATE_OP_ASK, one_of(gen.known & NUMBERS), GEN_QUEUE,
		     false);
		return;
	}
	emit(ALGATE_OP_ANSWER, slot, GEN_QUEUE, false);
	gen.known |= 1 << slot;
}

/* Usually writes the result in the place of an address. */
static void emit_map(void)
{
	u32 slot = one_of(MAPPED);

	if (!(gen.known & HOSTS)) {
		emit_take();
		return;
	}
	emit(rnd(2) ? ALGATE_OP_MAP : ALGATE_OP_UNMAP, slot,
	     one_of(gen.known & HOSTS) << 8 | rnd(GEN_MAPS), true);
	gen.known |= 1 << slot;
	if (gen.known & ADDRESSES && rnd(4))
		emit(ALGATE_OP_REWRITE, one_of(gen.known & ADDRESSES), slot,
		     true);
}

static void emit_loop(void);

/* CASE: sets a slot to a number that depends on the next byte. */
static void emit_cases(void)
{
	u32 slot = one_of(NUMS);
	u32 i;

	emit(ALGATE_OP_CASE, 0, rnd(GEN_CASES), true);
	emit(ALGATE_OP_JUMP, 0, 0, false);
	gen.insn[gen.n - 1].jf = 3;
	emit(ALGATE_OP_JUMP, 0, 0, false);
	gen.insn[gen.n - 1].jf = 4;
	for (i = 0; i < 3; i++) {
		emit(ALGATE_OP_SET, slot, random_number(), false);
		emit(ALGATE_OP_JUMP, 0, 0, false);
		gen.insn[gen.n - 1].jf = 2 * (2 - i);
	}
	gen.known |= 1 << slot;
}

static void emit_rewrite(void)
{
	u32 places = gen.known & (PLACES | ADDRESSES | ENDS);
	u32 to, kind;

	if (!places) {
		emit_take();
		return;
	}
	to = one_of(places);
	kind = PLACES >> to & 1 ? NUMBERS : ENDS >> to & 1 ? ENDS : HOSTS;
	emit(ALGATE_OP_REWRITE, to, one_of(gen.known & kind), true);
}

/*
 * gen_tables() has two actions for each slot, one without any, and one for each
 * number made by arithmetic that is handed to another plug-in.
 */
static void emit_act(void)
{
	u32 slots = gen.known | SPANS;

	if (gen.known & NUMS && !rnd(4))
		emit(ALGATE_OP_ACT, 0, 1 + 2 * SLOTS + one_of(gen.known & NUMS),
		     false);
	else if (rnd(4))
		emit(ALGATE_OP_ACT, 0, 1 + one_of(slots) + SLOTS * rnd(2),
		     false);
	else
		emit(ALGATE_OP_ACT, 0, 0, false);
}

static void emit_intent(void)
{
	switch (rnd(8)) {
	case 0:
	case 1:
	case 2:
		emit_act();
		break;
	case 3:
		if (rnd(2)) {
			emit_map();
			break;
		}
		fallthrough;
	case 4:
		emit_rewrite();
		break;
	case 5:
		emit(ALGATE_OP_COUNT, 0, rnd(16), false);
		break;
	case 6:
		if (!rnd(3))
			emit(ALGATE_OP_STOP, 0, 0, false);
		break;
	case 7:
		if (gen.known & PLACES)
			emit(ALGATE_OP_ADJUST, one_of(gen.known & PLACES),
			     "\0\2\4\10"[rnd(4)], false);
		break;
	}
}

static void emit_some(u32 n)
{
	static void (* const parts[])(void) = {
		emit_match, emit_match, emit_take, emit_take, emit_span,
		emit_number, emit_number, emit_test, emit_use, emit_bits,
		emit_intent,
		emit_intent, emit_intent, emit_rewrite, emit_table, emit_table,
		emit_queue,
		emit_cases, emit_loop,
	};

	while (n--)
		parts[rnd(ARRAY_SIZE(parts))]();
}

/* Makes jumps to @to, from @start on, jump to the next instruction. */
static void resolve(u32 start, u32 to)
{
	u32 k;

	for (k = start; k < gen.n; k++) {
		if (gen.to[k] != to)
			continue;
		gen.insn[k].jf = gen.n - k - 1;
		gen.to[k] = STAYS;
	}
}

static void emit_each(u32 loop)
{
	u32 slot = one_of(NUMS);

	if (loop_kind(loop) != ALGATE_LOOP_WITHIN) {
		emit(ALGATE_OP_EACH, 0, loop, false);
		return;
	}
	if (gen.known & NUMBERS && rnd(2))
		slot = one_of(gen.known & NUMBERS);
	else
		emit(ALGATE_OP_SET, slot, rnd(9), false);
	emit(ALGATE_OP_WITHIN, slot, loop, false);
}

/* Rules for the elements of a loop; slots written there are unset behind it. */
static void emit_loop(void)
{
	u32 known = gen.known;
	u32 each, rules, start;

	if (gen.depth == ALGATE_MAX_DEPTH || gen.n > MAX_INSNS - 200)
		return;
	gen.depth++;
	emit_each(rnd(GEN_LOOPS));
	each = gen.n - 1;
	emit(ALGATE_OP_NEXT, 0, 0, false);
	for (rules = 1 + rnd(2); rules; rules--) {
		start = gen.n;
		gen.known = known;
		emit(ALGATE_OP_PEEK, rnd(2) ? 4 : rnd(GEN_SETS), 0, false);
		gen.to[gen.n - 1] = TO_NEXT_RULE;
		emit_some(1 + rnd(5));
		if (!rnd(60)) {
			emit(ALGATE_OP_REFUSE, 0, 0, false);
		} else {
			emit(ALGATE_OP_JUMP, 0, 0, false);
			gen.to[gen.n - 1] = TO_TURN;
		}
		resolve(start, TO_NEXT_RULE);
		emit(ALGATE_OP_AT, 0, 0, false);
	}
	resolve(each, TO_TURN);
	gen.insn[each + 1].jf = gen.n - each - 1;
	emit(ALGATE_OP_LOOP, 0, gen.n - each - 1, false);
	gen.known = known;
	gen.depth--;
}

static void emit_rule(void)
{
	u32 start = gen.n;

	gen.known = 0;
	emit_some(2 + rnd(8));
	/* makes the next rule reachable if no other instruction jumps there */
	emit(ALGATE_OP_PEEK, 4, 0, false);
	gen.to[gen.n - 1] = TO_NEXT_RULE;
	if (rnd(8))
		emit(ALGATE_OP_END, 0, 1, false);
	else
		emit(ALGATE_OP_REFUSE, 0, 0, false);
	resolve(start, TO_NEXT_RULE);
	if (rnd(2))
		emit(ALGATE_OP_AT, 0, 0, false);
}

/* A recogniser: false tests lead to END 2. Returns its first instruction. */
static u32 emit_gate(void)
{
	static void (* const parts[])(void) = {
		emit_match, emit_match, emit_take, emit_span,
	};
	u32 start = gen.n, n = rnd(2);

	gen.known = 0;
	while (n--)
		parts[rnd(ARRAY_SIZE(parts))]();
	emit(ALGATE_OP_PEEK, rnd(GEN_SETS), 0, false);
	gen.to[gen.n - 1] = TO_NEXT_RULE;
	emit(ALGATE_OP_ACCEPT, 0, 0, false);
	emit(ALGATE_OP_JUMP, 0, 0, false);
	gen.to[gen.n - 1] = TO_RULES;
	resolve(start, TO_NEXT_RULE);
	emit(ALGATE_OP_END, 0, 2, false);
	return start;
}

/* Two recognisers, each for the first or for later messages of either end. */
static void emit_gates(struct parts *parts)
{
	u32 gate[2] = { emit_gate(), emit_gate() };
	u8 begins[4], entries[4];
	u32 i;

	for (i = 0; i < 2; i++) {
		u32 first = rnd(2);

		put_unaligned_le16(gate[first], begins + 2 * i);
		put_unaligned_le16(gate[!first], entries + 2 * i);
	}
	parts_set(parts, ALGATE_SEC_BEGINS, begins, sizeof(begins));
	parts_set(parts, ALGATE_SEC_ENTRIES, entries, sizeof(entries));
	resolve(0, TO_RULES);
}

/* Another plug-in for each slot of NUMS, which is the last */
static void put_others(struct parts *parts)
{
	u8 others[GIVEN][68] = { 0 };
	u32 i;

	for (i = 0; i < GIVEN; i++) {
		u8 *o = others[i];

		o[0] = 'a' + i;
		o[16] = 'x';
		o[48] = 'y';
		o[64] = i;
		o[65] = ALGATE_SLOT_NONE;
		o[66] = i;
	}
	parts_set(parts, ALGATE_SEC_OTHERS, others, sizeof(others));
}

static void put_actions(struct parts *parts)
{
	u8 actions[1 + 2 * SLOTS + GIVEN][ALGATE_ACTION_LEN] = { 0 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(actions); i++) {
		u32 given = i > 2 * SLOTS ? i - 2 * SLOTS : 0;
		u32 slot = i && !given ? (i - 1) % SLOTS : SLOTS;
		bool open = i <= SLOTS || given;
		u8 *a = actions[i];

		memset(a + ALGATE_ACTION_ADDR, ALGATE_SLOT_NONE, 3);
		memset(a + ALGATE_ACTION_KEY, ALGATE_SLOT_NONE, 2);
		a[ALGATE_ACTION_ONLY] = ALGATE_SLOT_NONE;
		a[ALGATE_ACTION_VERB] = open ? ALGATE_VERB_OPEN :
					       ALGATE_VERB_TRANSLATE;
		a[ALGATE_ACTION_PROTO] = IPPROTO_TCP;
		a[ALGATE_ACTION_FROM] = open * ALGATE_FROM_PEER;
		a[ALGATE_ACTION_COUNT] = open;
		a[ALGATE_ACTION_OTHER] = given;
		if (given)
			a[ALGATE_ACTION_FLAGS] = ALGATE_ACTION_F_INSPECT;
		if ((ADDRESSES | ENDS) >> slot & 1) {
			a[ALGATE_ACTION_ADDR] = slot;
		} else if (PLACES >> slot & 1) {
			a[ALGATE_ACTION_PORT] = slot;
			if (!open)
				a[ALGATE_ACTION_PORT2] = slot;
		} else if (NUMS >> slot & 1) {
			memset(a, 0, ALGATE_ACTION_ADDR);
			a[ALGATE_ACTION_COUNT] = 0;
			a[ALGATE_ACTION_VERB] = open ? ALGATE_VERB_CONFIRM :
						       ALGATE_VERB_EXTEND;
			a[open ? ALGATE_ACTION_KEY : ALGATE_ACTION_TIME] = slot;
			a[ALGATE_ACTION_NUMBER] = open * 30;
			if (open)
				a[ALGATE_ACTION_ONLY] = slot;
		}
	}
	parts_set(parts, ALGATE_SEC_ACTIONS, actions, sizeof(actions));
}

/* Two loops of each kind, for few elements and for many. */
static void put_loops(struct parts *parts)
{
	u8 loops[GEN_LOOPS][ALGATE_LOOP_LEN] = { 0 };
	u32 i;

	for (i = 0; i < GEN_LOOPS; i++) {
		u8 *w = loops[i];

		w[ALGATE_LOOP_KIND] = loop_kind(i);
		w[ALGATE_LOOP_MAX] = loop_kind(i) == ALGATE_LOOP_WITHIN ||
				     i == GEN_LOOPS - 1 ? 1 :
				     i & 1 ? 40 : 3;
		if (w[ALGATE_LOOP_KIND] == ALGATE_LOOP_REPEAT && i & 1)
			w[ALGATE_LOOP_FLAGS] = ALGATE_LOOP_INSIDE;
		if (w[ALGATE_LOOP_KIND] == ALGATE_LOOP_ITEM)
			w[ALGATE_LOOP_SEP] = i & 1 ? ',' : ';';
		if (w[ALGATE_LOOP_KIND] == ALGATE_LOOP_PREFIXED) {
			w[ALGATE_LOOP_WIDTH] = 1 + (i & 1);
			w[ALGATE_LOOP_FLAGS] = i & 1 ? ALGATE_FRAME_LITTLE : 0;
			w[ALGATE_LOOP_OFFSET] = i & 1;
			w[ALGATE_LOOP_MASK] = 0x3f;
			w[ALGATE_LOOP_BIAS] = i & 1 ? 3 : 0;
		}
		if (w[ALGATE_LOOP_KIND] == ALGATE_LOOP_LINE && i & 1)
			put_unaligned_le32(LITERAL(4, 2),
					   w + ALGATE_LOOP_UNTIL);
	}
	parts_set(parts, ALGATE_SEC_LOOPS, loops, sizeof(loops));
}

static void put_cases(struct parts *parts)
{
	static const u8 cases[GEN_CASES][256] = {
		{ ['a'] = 1, ['A'] = 1, ['b'] = 2, [','] = 3 },
		{ ['0'] = 1, ['1'] = 2, [1] = 3, ['a'] = 3, [' '] = 2 },
	};
	static const u8 tables[GEN_TABLES + 1][24] = {
		{ 'a', [16] = 3, [20] = 60 }, { 'b', [16] = 2, [20] = 10 },
		{ 'c', [16] = 4, [18] = ALGATE_TABLE_QUEUE, [20] = 60 },
	};

	static const u8 params[GEN_PARAMS][20] = {
		{ 'a', [16] = 1 }, { 'b', [16] = 64 }, { 'c', [16] = 8 },
	};

	static const u8 maps[GEN_MAPS][20] = {
		{ 'a', [16] = 8 }, { 'b', [16] = 64 },
	};

	parts_set(parts, ALGATE_SEC_PARAMS, params, sizeof(params));
	parts_set(parts, ALGATE_SEC_MAPS, maps, sizeof(maps));
	parts_set(parts, ALGATE_SEC_CASES, cases, sizeof(cases));
	parts_set(parts, ALGATE_SEC_TABLES, tables, sizeof(tables));
}

void gen_tables(struct parts *parts)
{
	char counters[ALGATE_MAX_COUNTERS][ALGATE_NAME_LEN] = { 0 };
	u32 i;

	for (i = 6; i < GEN_SETS; i++)
		memcpy(gen_sets[i], gen_sets[i % 5], sizeof(gen_sets[i]));
	for (i = 0; i < ALGATE_MAX_COUNTERS; i++)
		counters[i][0] = 'a' + i;
	parts_udp(parts);
	put_others(parts);
	put_actions(parts);
	put_loops(parts);
	put_cases(parts);
	parts_set(parts, ALGATE_SEC_COUNTERS, counters, sizeof(counters));
	parts_set(parts, ALGATE_SEC_VARS, counters, 3 * ALGATE_NAME_LEN);
	parts_set(parts, ALGATE_SEC_SLOTS, gen_slot_types, SLOTS);
	parts_set(parts, ALGATE_SEC_SETS, gen_sets, sizeof(gen_sets));
	parts_set(parts, ALGATE_SEC_LITERALS, gen_words, GEN_WORDS_LEN);
}

struct algate_prog *gen_prog(struct parts *parts, struct algate_reject *why)
{
	u16 second = 0;
	bool gated;
	u32 rules;

	memset(&gen, 0, sizeof(gen));
	parts->present[ALGATE_SEC_BEGINS] = false;
	parts_set(parts, ALGATE_SEC_ENTRIES, "\0\0\0\0", 4);
	gated = !rnd(8);
	if (gated)
		emit_gates(parts);
	for (rules = 1 + rnd(3); rules; rules--) {
		if (rnd(2))
			second = gen.n;
		emit_rule();
	}
	emit(ALGATE_OP_END, 0, 0, false);
	/* in one of 16 programs, an instruction gets a random opcode */
	if (!rnd(16))
		gen.insn[rnd(gen.n)].op = rnd(__ALGATE_OP_MAX);
	if (!gated)
		put_unaligned_le16(second, parts->bytes[ALGATE_SEC_ENTRIES] +
				   2 * ALGATE_SERVER);
	parts_insns(parts, gen.insn, gen.n);
	return parts_prog(parts, why);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * V10: whatever the message, a run takes at most ALGATE_MAX_STEPS steps. Each
 * program is made so that a long message would take more. Most handle a short
 * message of the same kind.
 */
#include "engine_test.h"
#include "steps.h"

#define LONGEST		65535
#define LIT_A		LITERAL(0, 1)
#define LIT_LONG	LITERAL(0, 255)		/* 254 times 'a', and 'b' */
#define SET_ALL		0
#define LITS		500

static u8 pool[256];
static struct parts parts;
static struct algate_instr in[ALGATE_MAX_INSNS];
static u32 n;

static void put(u8 op, u8 a, u16 jf, u32 imm)
{
	in[n++] = (struct algate_instr){ .op = op, .a = a, .jf = jf, .imm = imm };
}

static void put_each(u32 loop, u32 inside)
{
	put(ALGATE_OP_EACH, 0, 0, loop);
	put(ALGATE_OP_NEXT, 0, inside + 1, 0);
}

static void put_loop(u32 inside)
{
	put(ALGATE_OP_LOOP, 0, 0, inside + 1);
}

/* Each element of a loop passes many literals. */
static void put_elements(void)
{
	u32 i;

	put_each(W_ITEM, 100);
	for (i = 0; i < 100; i++)
		put(ALGATE_OP_LIT, 0, 0, LIT_LONG);
	put_loop(100);
}

/* Each repetition goes through all lines of the message, and moves by a byte. */
static void put_nested(void)
{
	put_each(W_REPEAT, 7);
	put(ALGATE_OP_HERE, S_NUM, 0, 0);
	put_each(W_LINE, 1);
	put(ALGATE_OP_LIT, 0, 0, LIT_A);
	put_loop(1);
	put(ALGATE_OP_BACK, S_NUM, 0, 0);
	put(ALGATE_OP_SKIP, 0, 0, 1);
	put_loop(7);
}

/* Each element searches the rest of the message for a literal. */
static void put_repeat(void)
{
	put_each(W_REPEAT, 4);
	put(ALGATE_OP_HERE, S_NUM, 0, 0);
	put(ALGATE_OP_FIND, 0, 0, LIT_LONG);
	put(ALGATE_OP_BACK, S_NUM, 0, 0);
	put(ALGATE_OP_LIT, 0, 0, LIT_A);
	put_loop(4);
}

static void put_find(void)
{
	put(ALGATE_OP_FIND, 0, 0, LIT_LONG);
}

/* The cursor returns to the first byte before each search. */
static void put_again(u8 op)
{
	u32 i;

	for (i = 0; i < 800; i++) {
		put(op, SET_ALL, 0, op == ALGATE_OP_SPAN ? SPAN(0, 65535) : 0);
		put(ALGATE_OP_AT, 0, 0, 0);
	}
}

static void put_spans(void)
{
	put_again(ALGATE_OP_SPAN);
}

/* In a loop, since SPAN at a message's beginning has a fast path */
static void put_inner_spans(void)
{
	put(ALGATE_OP_SET, S_NUM, 0, 0);
	put_spans();
}

/* Captures the message, and reads the capture again and again. */
static void put_capture(u8 op, u8 a, u32 imm)
{
	u32 i;

	put(ALGATE_OP_MARK, S_SPAN, 0, 0);
	put(ALGATE_OP_SPAN, SET_ALL, 0, SPAN(0, 65535));
	put(ALGATE_OP_CLOSE, S_SPAN, 0, 0);
	for (i = 0; i < 800; i++) {
		put(ALGATE_OP_AT, 0, 0, 0);
		put(op, a, 0, imm);
	}
}

static void put_hashes(void)
{
	put_capture(ALGATE_OP_HASH, S_NUM, S_SPAN);
}

static void put_equal(void)
{
	put_capture(ALGATE_OP_EQS, S_SPAN, S_SPAN);
}

static void put_same(void)
{
	put_capture(ALGATE_OP_SAME, S_SPAN, 0);
}

/* Empty lines that no rule matches, in a loop with a long end marker */
static void put_until(void)
{
	put_each(W_LINE, 1);
	put(ALGATE_OP_LIT, 0, 0, LIT_A);
	put_loop(1);
}

/* Repetitions inside each other that all end with the message */
static void put_ends(void)
{
	u32 i, j, inside = 6 * LITS + 1 + 5 * 3;

	for (i = 0; i < 6; i++, inside -= LITS + 3) {
		put_each(W_REPEAT, inside);
		for (j = 0; j < LITS; j++)
			put(ALGATE_OP_LIT, 0, 0, LIT_LONG);
	}
	put(ALGATE_OP_SPAN, SET_ALL, 0, SPAN(0, 65535));
	for (i = 0; i < 6; i++)
		put_loop(LITS + 1 + i * (LITS + 3));
}

/* Loops one after the other, none of whose elements a rule matches */
static void put_skipped(void)
{
	u32 i;

	for (i = 0; i < 800; i++) {
		put(ALGATE_OP_AT, 0, 0, 0);
		put_each(W_LINE, 1);
		put(ALGATE_OP_LIT, 0, 0, LIT_LONG);
		put_loop(1);
	}
}

static const struct {
	const char *name;
	void (*put)(void);
	u8 sep;
	u8 every;	/* distance of the separators in bytes */
	u32 until;	/* end marker of lines */
	bool always;	/* a short message is refused, too */
} table[] = {
	{ "elements with many literals", put_elements, ',', 64, 0, false },
	{ "nested repetitions", put_nested, '\n', 64, 0, false },
	{ "a search in each repetition", put_repeat, 'a', 64, 0, false },
	{ "a literal that almost matches", put_find, 'a', 64, 0, false },
	{ "spans at the beginning", put_spans, 'a', 64, 0, false },
	{ "spans in a run", put_inner_spans, 'a', 64, 0, false },
	{ "hashes", put_hashes, 'a', 64, 0, false },
	{ "comparisons of spans", put_equal, 'a', 64, 0, false },
	{ "the same bytes again", put_same, 'a', 64, 0, false },
	{ "lines of no interest", put_skipped, '\n', 64, 0, false },
	{ "empty lines and a long end marker", put_until, '\n', 1, LIT_LONG,
	  false },
	{ "repetitions that end together", put_ends, 'a', 64, 0, true },
};

/* The loop has as many elements as there are, up to the message's end. */
static void loop_most(u32 loop, u32 until)
{
	u8 *record = parts.bytes[ALGATE_SEC_LOOPS] + loop * ALGATE_LOOP_LEN;

	put_unaligned_le16(ALGATE_MAX_ELEMENTS, record + ALGATE_LOOP_MAX);
	put_unaligned_le32(until, record + ALGATE_LOOP_UNTIL);
}

static struct algate_prog *make(void (*what)(void), u32 until)
{
	struct algate_reject why;
	u8 sets[32];

	memset(sets, 0xff, sizeof(sets));
	parts_init(&parts);
	parts_udp(&parts);
	parts_set(&parts, ALGATE_SEC_LITERALS, pool, sizeof(pool));
	parts_set(&parts, ALGATE_SEC_SETS, sets, sizeof(sets));
	put_unaligned_le16(LONGEST, parts.bytes[ALGATE_SEC_FRAME] + 4);
	loop_most(W_REPEAT, 0);
	loop_most(W_ITEM, 0);
	loop_most(W_LINE, until);
	n = 0;
	what();
	put(ALGATE_OP_END, 0, 0, 1);
	parts_insns(&parts, in, n);
	return parts_prog(&parts, &why);
}

/* Runs the program on a message of @len bytes, with @sep at each @every-th. */
static enum algate_outcome run(const struct algate_prog *prog, u8 sep,
			       u32 every, u32 len,
			       struct algate_result *res)
{
	static u8 data[LONGEST];
	struct algate_message msg = {
		.data = data, .len = len, .proto = IPPROTO_UDP, .nr = 1,
		.family = AF_INET,
	};
	u32 i;

	for (i = 0; i < len; i++)
		data[i] = i % every == every - 1 ? sep : 'a';
	return algate_run(prog, &msg, res);
}

/* The run exceeds its budget by a path and a search at most. */
static bool within(const struct algate_prog *prog,
		   const struct algate_result *res)
{
	return res->steps <= ALGATE_MAX_STEPS &&
	       res->steps <= steps_most(prog, res) &&
	       res->budget >= -(ALGATE_PATH_STEPS + ALGATE_LAST_STEPS);
}

int main(void)
{
	static struct algate_result res;
	u32 i;

	memset(pool, 'a', 254);
	pool[254] = 'b';
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		struct algate_prog *prog = make(table[i].put, table[i].until);
		u32 every = table[i].every;
		enum algate_outcome outcome;
		char name[80];

		snprintf(name, sizeof(name), "cost: %s, few bytes",
			 table[i].name);
		outcome = prog ? run(prog, table[i].sep, every, 20, &res) : 0;
		verdict(prog && within(prog, &res) &&
			outcome == (table[i].always ? ALGATE_REFUSED :
						      ALGATE_HANDLED), name);
		snprintf(name, sizeof(name), "cost: %s, many bytes",
			 table[i].name);
		outcome = prog ? run(prog, table[i].sep, every, LONGEST, &res) : 0;
		note("outcome %d, %u steps, budget %d", outcome, res.steps,
		     res.budget);
		verdict(prog && within(prog, &res) &&
			outcome == ALGATE_REFUSED &&
			res.why == ALGATE_C_LIMIT, name);
		algate_prog_free(prog);
	}
	return verdict_exit();
}

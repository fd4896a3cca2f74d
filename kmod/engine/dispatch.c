// SPDX-License-Identifier: GPL-2.0
/*
 * Jump tables, indexed by the first byte of a message or element.
 *
 * Rules begin with tests of the first bytes. A table entry is the first step
 * whose outcome depends on more than the first byte, so a run begins there. A
 * table only skips tests with a known outcome: all other instructions run as
 * without a table.
 */
#include "opcode.h"
#include "step.h"

#define TESTS_MAX	64	/* tests that a table entry skips at most */
#define UNKNOWN_BYTE	(ALGATE_NO_BYTE + 1)

enum outcome {
	TEST_PASS,
	TEST_FAIL,
	TEST_UNKNOWN,
};

/**
 * struct input - known bytes of a message or element
 * @first: byte at the cursor; ALGATE_NO_BYTE: the element is empty;
 *	UNKNOWN_BYTE: neither the byte nor the cursor is known
 * @second: byte behind @first, or UNKNOWN_BYTE
 * @text: no byte is a control character up to ALGATE_LOW
 */
struct input {
	u16 first;
	u16 second;
	bool text;
};

static u8 reads(const struct algate_step *step)
{
	return algate_opcode[step->op].reads;
}

static bool in_set(const struct algate_step *step, u8 c)
{
	return step->in[c] & step->bit;
}

static bool is_low_set(const struct algate_step *step)
{
	u32 c;

	for (c = ALGATE_LOW + 1; c < 256; c++)
		if (in_set(step, c))
			return false;
	return true;
}

static bool is_low_literal(const struct algate_prog *prog,
			   const struct algate_step *step)
{
	const u8 *lit = prog->literals + (step->imm & 0xffff);
	u32 i;

	for (i = 0; i < step->len; i++)
		if (lit[i] <= ALGATE_LOW)
			return true;
	return false;
}

static bool is_optional(const struct algate_step *span)
{
	return !(span->imm & 0xffff);
}

/* Does the test need a control character, which text does not contain? */
static bool needs_low(const struct algate_prog *prog,
		      const struct algate_step *step)
{
	switch (reads(step)) {
	case READS_LITERAL:
		return is_low_literal(prog, step);
	case READS_SPAN:
		return !is_optional(step) && is_low_set(step);
	case READS_BYTE:
		return is_low_set(step);
	}
	return false;
}

static bool literal_differs(const struct algate_step *step,
			    const struct input *in)
{
	return ((step->word ^ in->first) & step->mask & 0xff) ||
	       (in->second < ALGATE_NO_BYTE &&
		((step->word >> 8 ^ in->second) & step->mask >> 8 & 0xff));
}

/* FIELD: step->byte has only a few names, so long lists stay unknown. */
static bool field_differs(const struct algate_step *step, u8 c)
{
	c |= 0x20;
	return step->few && ((u8)step->word | 0x20) != c &&
	       step->byte[0] != c && step->byte[1] != c && step->byte[2] != c;
}

/* Test for an instruction that always moves the cursor to the window's start */
static bool goes_to_start(const struct algate_step *step)
{
	return algate_opcode[step->op].move == MOVE_TO && !step->imm;
}

/* The outcome of a test. A passed test leaves the cursor in place. */
static enum outcome test(const struct algate_prog *prog,
			 const struct algate_step *step,
			 const struct input *in)
{
	bool none = in->first == ALGATE_NO_BYTE;

	if (in->text && needs_low(prog, step))
		return TEST_FAIL;
	if (in->first == UNKNOWN_BYTE)
		return TEST_UNKNOWN;
	if (goes_to_start(step))
		return TEST_PASS;
	switch (reads(step)) {
	case READS_LITERAL:
		return none || literal_differs(step, in) ? TEST_FAIL :
							   TEST_UNKNOWN;
	case READS_NAMES:
		return none || field_differs(step, in->first) ? TEST_FAIL :
								TEST_UNKNOWN;
	case READS_SPAN:
		if (!none && in_set(step, in->first))
			return TEST_UNKNOWN;
		return is_optional(step) ? TEST_PASS : TEST_FAIL;
	case READS_BYTE:
		return !none && in_set(step, in->first) ? TEST_PASS :
							  TEST_FAIL;
	}
	return TEST_UNKNOWN;
}

/* The successor of @step, or NULL if @in does not decide the outcome. */
static const struct algate_step *successor(const struct algate_prog *prog,
					   const struct algate_step *step,
					   const struct input *in)
{
	u8 n = 0;

	if (reads(step) == READS_CASE) {
		if (in->first == UNKNOWN_BYTE)
			return NULL;
		if (in->first != ALGATE_NO_BYTE)
			n = prog->cases[step->imm][in->first];
		return n ? step[n].into : step->fail;
	}
	switch (test(prog, step, in)) {
	case TEST_PASS:
		return step->next;
	case TEST_FAIL:
		return step->fail;
	default:
		return NULL;
	}
}

/* The first step from @step on whose outcome @in does not decide. */
static const struct algate_step *follow_bytes(const struct algate_prog *prog,
					      const struct algate_step *step,
					      const struct input *in)
{
	const struct algate_step *next;
	u32 tests;

	for (tests = 0; tests < TESTS_MAX; tests++) {
		next = successor(prog, step, in);
		if (!next)
			break;
		step = next;
	}
	return step;
}

/**
 * algate_prog_follow() - skip the tests that the first byte decides
 * @prog: verified program, with its steps
 * @step: step of @prog
 * @c: first byte of the message or element, or ALGATE_NO_BYTE: it is empty
 *
 * Context: nobody else sees @prog yet.
 *
 * Return: the first step from @step on whose outcome depends on more than @c.
 */
const struct algate_step *algate_prog_follow(const struct algate_prog *prog,
					     const struct algate_step *step,
					     u16 c)
{
	const struct input in = { .first = c, .second = UNKNOWN_BYTE };

	return follow_bytes(prog, step, &in);
}

/*
 * The functions below handle lines of text with an unknown first byte. In these
 * lines, a test is irrelevant if both outcomes lead to the same step with the
 * cursor in the same place. This is common: many rules end with a test for a
 * control character, which always fails in text, so the tests in front of it
 * are irrelevant.
 *
 * in_text() is the first relevant step from @step on, for any cursor;
 * at_start() is the same for a cursor at the line's first byte.
 */
static const struct algate_step *in_text(const struct algate_prog *prog,
					 const struct algate_step *step)
{
	return &prog->step[step->text];
}

static const struct algate_step *at_start(const struct algate_prog *prog,
					  const struct algate_step *step)
{
	return &prog->step[step->start];
}

/* As at_start(), if @step goes to the start or ends the run; else NULL. */
static const struct algate_step *restart(const struct algate_prog *prog,
					 const struct algate_step *step)
{
	step = in_text(prog, step);
	if (algate_opcode[step->op].flow == FLOW_END)
		return step;
	return goes_to_start(step) ? at_start(prog, step) : NULL;
}

/* The successor of a failed test. An optional span passes with no bytes. */
static const struct algate_step *failed(const struct algate_step *step)
{
	if (reads(step) == READS_SPAN && is_optional(step))
		return step->next;
	return step->fail;
}

static bool is_test(const struct algate_step *step)
{
	return reads(step) == READS_LITERAL || reads(step) == READS_SPAN ||
	       reads(step) == READS_BYTE || reads(step) == READS_CASE;
}

typedef const struct algate_step *(*where_fn)(const struct algate_prog *prog,
					      const struct algate_step *step);

/* Does @where lead to the same step from all successors of the test? */
static bool outcomes_agree(const struct algate_prog *prog,
			   const struct algate_step *step, where_fn where)
{
	const struct algate_step *out = where(prog, failed(step));
	u32 c;

	if (!out)
		return false;
	if (reads(step) != READS_CASE)
		return where(prog, step->next) == out;
	for (c = 0; c < 256; c++) {
		u8 n = prog->cases[step->imm][c];

		if (n && where(prog, step[n].into) != out)
			return false;
	}
	return true;
}

/*
 * Successors come first: jumps are forward (V2), and the caller goes backwards.
 */
static void fill_step(const struct algate_prog *prog, struct algate_step *step)
{
	const struct input in = {
		.first = UNKNOWN_BYTE, .second = UNKNOWN_BYTE, .text = true,
	};
	bool fails = test(prog, step, &in) == TEST_FAIL;

	if (goes_to_start(step))
		step->start = step->next->start;
	if (!is_test(step))
		return;
	if (fails || outcomes_agree(prog, step, restart))
		step->text = failed(step)->text;
	/* LIT and SPAN move the cursor away from the start */
	if (fails)
		step->start = failed(step)->start;
	else if (reads(step) == READS_BYTE || reads(step) == READS_CASE ?
		 outcomes_agree(prog, step, at_start) :
		 restart(prog, step->next) == at_start(prog, failed(step)))
		step->start = failed(step)->start;
}

static void fill_rest_of_text(struct algate_prog *prog)
{
	u32 i;

	for (i = 0; i < prog->ninsns; i++) {
		prog->step[i].text = i;
		prog->step[i].start = i;
	}
	for (i = prog->ninsns; i--;)
		fill_step(prog, &prog->step[i]);
}

/* The common step of both outcomes of a test in text, or NULL. */
static const struct algate_step *
either_outcome(const struct algate_prog *prog, const struct algate_step *step,
	       const struct input *in)
{
	const struct algate_step *pass, *fail;

	if (reads(step) != READS_LITERAL && reads(step) != READS_SPAN)
		return NULL;
	pass = restart(prog, step->next);
	if (!pass)
		return NULL;
	pass = algate_prog_follow(prog, pass, in->first);
	fail = algate_prog_follow(prog, failed(step), in->first);
	return at_start(prog, pass) == at_start(prog, fail) ? fail : NULL;
}

/* As follow_bytes(), for a line of text. */
static const struct algate_step *
follow_line(const struct algate_prog *prog, const struct algate_step *step,
	    const struct input *in)
{
	const struct algate_step *next;
	u32 tests;

	for (tests = 0; tests < TESTS_MAX; tests++) {
		next = successor(prog, step, in);
		if (!next)
			next = either_outcome(prog, step, in);
		if (!next)
			break;
		step = next;
	}
	return step;
}

/* Index of the row of second bytes for a first byte @c; 0: any second byte. */
static u8 fill_second(struct algate_prog *prog, const struct algate_step *entry,
		      u8 c)
{
	struct input in = { .first = c };
	bool any = false;
	u8 *row;
	u32 i;

	if (prog->npairs == ALGATE_PAIRS)
		return 0;
	row = prog->second[1 + prog->npairs];
	memset(row, 0, sizeof(prog->second[0]));
	for (in.second = 0; in.second < 256; in.second++) {
		const struct algate_step *to = follow_bytes(prog, entry, &in);

		if (algate_opcode[to->op].flow == FLOW_END && !to->imm)
			any = true;
		else
			row[in.second / 8] |= 1 << (in.second % 8);
	}
	if (!any)
		return 0;
	for (i = 1; i <= prog->npairs; i++)
		if (!memcmp(prog->second[i], row, sizeof(prog->second[0])))
			return i;
	return ++prog->npairs;
}

/* Fill a direction's table entries for messages with the first byte @c. */
static void fill_first(struct algate_prog *prog, u32 dir, u8 c)
{
	const struct algate_step *entry = &prog->step[prog->entry[dir]];
	const struct algate_step *to;
	const struct input in = {
		.first = c, .second = UNKNOWN_BYTE, .text = true,
	};

	to = algate_prog_follow(prog, entry, c);
	prog->first[dir][c] = to - prog->step;
	if (!prog->line_max)
		return;
	/* only LIT tests the second byte */
	prog->pair[dir][c] = reads(to) == READS_LITERAL ?
			     fill_second(prog, entry, c) : 0;
	prog->first_text[dir][c] = follow_line(prog, entry, &in) - prog->step;
}

/* The table entry for elements with the first byte @c. */
static u8 element_entry(const struct algate_prog *prog,
			const struct algate_step *head, u16 c)
{
	const struct algate_step *to = algate_prog_follow(prog, head->next, c);

	if (to == head && head->a != ALGATE_LOOP_REPEAT)
		return ALGATE_ELEMENT_SKIP;
	return to > head && to < head + ALGATE_ELEMENT_SKIP ? to - head : 0;
}

/* Find or fill a loop's table. Loops with equal tables share it. */
static const u8 *fill_element(struct algate_prog *prog,
			      const struct algate_step *head)
{
	u8 *table;
	u32 i;

	if (prog->nparts == ALGATE_ELEMENT_TABLES)
		return NULL;
	table = prog->element[prog->nparts];
	for (i = 0; i <= ALGATE_NO_BYTE; i++)
		table[i] = element_entry(prog, head, i);
	for (i = 0; i < prog->nparts; i++)
		if (!memcmp(prog->element[i], table, sizeof(prog->element[0])))
			return prog->element[i];
	prog->nparts++;
	return table;
}

/**
 * algate_prog_dispatch() - fill the jump tables of a program
 * @prog: verified program, with its steps
 *
 * Context: nobody else sees @prog yet.
 */
void algate_prog_dispatch(struct algate_prog *prog)
{
	u32 i;

	prog->npairs = 0;
	prog->nparts = 0;
	if (prog->line_max)
		fill_rest_of_text(prog);
	for (i = 0; i < 256; i++) {
		fill_first(prog, ALGATE_CLIENT, i);
		fill_first(prog, ALGATE_SERVER, i);
	}
	/*
	 * Header fields are looked up by name, see fields.c. A table takes an
	 * AT for a test, but inside a byte AT moves the position. So a loop
	 * whose elements may begin inside a byte has no table, or run.c uses
	 * the table only at a whole byte.
	 */
	for (i = 0; i < prog->ninsns; i++) {
		struct algate_step *head = &prog->step[i];

		if (algate_opcode[head->op].flow == FLOW_NEXT &&
		    head->a != ALGATE_LOOP_HEADER &&
		    (!head->bit || head[-1].few))
			head->in = fill_element(prog, head);
	}
}

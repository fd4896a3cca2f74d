/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Comparisons: the instructions that write only the cursor.
 *
 * Most messages match no rule, and comparisons of their first bytes are enough
 * to see that. So comparisons run in two places: in algate_fast_path(), at a
 * message's beginning before a run is set up, and in run.c.
 */
#ifndef ALGATE_COMPARE_H
#define ALGATE_COMPARE_H

#include "run.h"

/**
 * struct cursor - a run's cursor and the end of its window, held in registers
 * @at: see run.cur
 * @end: see run.end
 */
struct cursor {
	u32 at;
	u32 end;
};

/* LIT of at most 8 bytes: compare the first @n bytes with those at @p. */
static __always_inline bool compare_short(const struct algate_step *op,
					  const u8 *p, u32 n)
{
	u64 word = algate_word_of(p, n);

	return !n || !(((word ^ op->word) & op->mask) << (64 - 8 * n));
}

/* Do the first 8 bytes of a LIT show that it fails at @at? */
static __always_inline bool compare_fails(const struct run *r,
					  const struct algate_step *op, u32 at)
{
	return op->op == ALGATE_OP_LIT && (s32)at <= r->words &&
	       (get_unaligned_le64(r->data + at) ^ op->word) & op->mask;
}

/* LIT longer than a word, or too close to the message's end for a word (V5) */
static __always_inline int compare_bytes(const struct run *r, struct cursor *c,
					 const struct algate_step *op, u32 left)
{
	u32 n = min_t(u32, left, op->len);
	const u8 *p = r->data + c->at;

	if (op->len > 8 ?
	    !algate_same_bytes(p, r->prog->literals + (op->imm & 0xffff), n,
			       op->a) : !compare_short(op, p, n))
		return FAIL;
	if (n < op->len)
		return run_out(r);
	c->at += n;
	return PASS;
}

/* LIT: compare 8 bytes at once; the mask hides the bytes behind the literal */
static __always_inline int compare_literal(const struct run *r,
					   struct cursor *c,
					   const struct algate_step *op)
{
	u32 left = c->end - c->at;

	STEP(r, min_t(u32, left, op->len));
	if ((s32)c->at > r->words)
		return compare_bytes(r, c, op, left);
	if ((get_unaligned_le64(r->data + c->at) ^ op->word) & op->mask)
		return FAIL;
	if (op->len > 8 || op->len > left)
		return compare_bytes(r, c, op, left);
	c->at += op->len;
	return PASS;
}

static __always_inline u32 compare_until(const struct run *r,
					 const struct cursor *c, u32 end,
					 const struct algate_step *op)
{
	return algate_until(op->byte, r->data, c->at, end, r->there);
}

/* SPAN (V6) */
static __always_inline int compare_span(struct run *r, struct cursor *c,
					const struct algate_step *op)
{
	const u8 *in = op->in;
	const u8 *p = r->data + c->at;
	u32 left = c->end - c->at;
	u32 most = min_t(u32, left, op->imm >> 16);
	u8 bit = op->bit;
	u32 n = 0;

	if (op->few)
		n = compare_until(r, c, c->at + most, op) - c->at;
	else
		while (n < most && in[p[n]] & bit)
			n++;
	STEP(r, 1);
	SPEND(r, n);
	if (n == left && n < op->imm >> 16 && r->partial)
		return MORE;
	if (n < (op->imm & 0xffff))
		return FAIL;
	c->at += n;
	return PASS;
}

/* AT and SEEK: set the cursor to an offset in the window */
static __always_inline int compare_seek(const struct run *r, struct cursor *c,
					u32 to)
{
	if (to > c->end - r->lo)
		return run_out(r);
	c->at = r->lo + to;
	return PASS;
}

/* PEEK (V6) */
static __always_inline int compare_peek(const struct run *r,
					const struct cursor *c,
					const struct algate_step *op)
{
	STEP(r, 1);
	if (c->at == c->end)
		return run_out(r);
	return op->in[r->data[c->at]] & op->bit ? PASS : FAIL;
}

/* CASE: @to is the successor for the byte at the cursor (V6) */
static __always_inline int compare_case(const struct run *r,
					const struct cursor *c,
					const struct algate_step *op,
					const struct algate_step **to)
{
	u8 n;

	STEP(r, 1);
	if (c->at == c->end)
		return run_out(r);
	n = r->prog->cases[op->imm][r->data[c->at]];
	*to = n ? op[n].into : op->fail;
	return GO;
}

/**
 * struct algate_fast_path - state of a message's fast path
 * @prog: verified program
 * @data: complete message
 * @cur: cursor, an offset in the message
 * @end: length of the message in bytes
 * @steps: see algate_result.steps
 * @budget: see algate_result.budget
 * @text: the message is a line without control characters up to ALGATE_LOW
 */
struct algate_fast_path {
	const struct algate_prog *prog;
	const u8 *data;
	u32 cur;
	u32 end;
	u32 steps;
	s32 budget;
	bool text;
};

/* ACCEPT: the rules begin at the first byte, @to is their first step. */
static __always_inline int compare_accept(const struct algate_fast_path *l,
					  const struct run *r, struct cursor *c,
					  const struct algate_step **to)
{
	*to = l->text ? &l->prog->step[(*to)->start] : (*to)->next;
	compare_seek(r, c, 0);
	return GO;
}

/**
 * algate_begin() - first step for a message
 * @prog: verified program
 * @first: algate_prog.first, or algate_prog.first_text if the message is a line
 *	without control characters
 * @dir: direction of the message
 * @data: complete message
 * @len: length of the message in bytes, 0 or more
 *
 * Context: Any context.
 *
 * Return: the first step whose outcome depends on more than the first byte.
 */
static __always_inline const struct algate_step *
algate_begin(const struct algate_prog *prog, const u16 (*first)[256],
	     enum algate_dir dir, const u8 *data, u32 len)
{
	return &prog->step[len ? first[dir][*data] : prog->entry[dir]];
}

/**
 * algate_fast_path() - run the comparisons at a message's beginning
 * @l: message; sets @l->cur and @l->budget
 * @op: first step
 *
 * Goes forward (V2) up to the first step that is not a comparison, or to a SPAN
 * if the budget is spent. In a line of text, ACCEPT leads past tests that are
 * irrelevant in text (dispatch.c).
 *
 * Context: Any context.
 *
 * Return: this step.
 */
static __always_inline const struct algate_step *
algate_fast_path(struct algate_fast_path *l, const struct algate_step *op)
{
	struct run r = {
		.prog = l->prog, .data = l->data, .there = l->end,
		.words = (s32)l->end - 8, .steps = &l->steps,
		.budget = &l->budget,
	};
	struct cursor c = { .end = l->end };
	int ret;

	l->budget = ALGATE_RUN_STEPS;
	for (;;) {
		if (op->op == ALGATE_OP_LIT)
			ret = compare_literal(&r, &c, op);
		else if (op->op == ALGATE_OP_SPAN && l->budget >= 0)
			ret = compare_span(&r, &c, op);
		else if (op->op == ALGATE_OP_AT)
			ret = compare_seek(&r, &c, op->imm);
		else if (op->op == ALGATE_OP_CASE)
			ret = compare_case(&r, &c, op, &op);
		else if (op->op == ALGATE_OP_PEEK)
			ret = compare_peek(&r, &c, op);
		else if (op->op == ALGATE_OP_EOM)
			ret = c.at < c.end ? FAIL : PASS;
		else if (op->op == ALGATE_OP_ACCEPT)
			ret = compare_accept(l, &r, &c, &op);
		else
			break;
		STEP(&r, 1);
		if (ret == PASS)
			op = op->next;
		else if (ret == FAIL)
			op = op->fail;
	}
	l->cur = c.at;
	return op;
}

/**
 * algate_no_match() - test whether a step ends a run without a match
 * @op: step
 *
 * Context: Any context.
 *
 * Return: true if no rule has matched.
 */
static __always_inline bool algate_no_match(const struct algate_step *op)
{
	return op->op == ALGATE_OP_END && !op->imm;
}

/**
 * algate_no_match_pair() - test whether two bytes rule out a line
 * @prog: verified program whose messages are lines
 * @dir: direction of the line
 * @p: the line's first two bytes
 *
 * Context: Any context.
 *
 * Return: true if no rule matches a line with these bytes; false if undecided.
 */
static __always_inline bool algate_no_match_pair(const struct algate_prog *prog,
						 enum algate_dir dir,
						 const u8 *p)
{
	u32 place = prog->pair[dir][p[0]];

	return place && !(prog->second[place][p[1] / 8] >> (p[1] % 8) & 1);
}

#endif /* ALGATE_COMPARE_H */

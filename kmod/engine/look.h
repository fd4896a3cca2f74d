/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first look at a message.
 *
 * Most messages are none that a rule wants, and their first bytes say so. The
 * instructions that look at these write nothing, so that the cursor is all
 * there is to keep, up to the first one that needs a run.
 */
#ifndef ALGATE_LOOK_H
#define ALGATE_LOOK_H

#include "run.h"

/**
 * struct algate_look - a first look
 * @prog: verified program
 * @data: message, complete
 * @cur: cursor
 * @end: the message's length
 * @steps: see algate_result.steps
 */
struct algate_look {
	const struct algate_prog *prog;
	const u8 *data;
	u32 cur;
	u32 end;
	u32 steps;
};

/* V5. These return where the cursor is then, or NULL for a failure. */
static __always_inline const u8 *look_literal(struct algate_look *l,
					      const struct algate_step *op,
					      const u8 *p, const u8 *end)
{
	u32 left = end - p;

	STEPS(l->steps, min_t(u32, left, op->len));
	if (left >= 8 && ((get_unaligned_le64(p) ^ op->word) & op->mask))
		return NULL;
	if (left >= 8 && op->len <= 8)
		return p + op->len;
	if (op->len > left ||
	    !algate_same(p, l->prog->literals + (op->imm & 0xffff), op->len,
			 op->a))
		return NULL;
	return p + op->len;
}

/* V6 */
static __always_inline const u8 *look_span(struct algate_look *l,
					   const struct algate_step *op,
					   const u8 *p, const u8 *end)
{
	u32 most = min_t(u32, end - p, op->imm >> 16);
	const u8 *in = op->in;
	const u8 *stop = p + most;
	const u8 *at = p;
	u8 bit = op->bit;

	if (!most || !(in[*p] & bit)) {
		STEPS(l->steps, 1);
		return op->imm & 0xffff ? NULL : p;
	}
	if (op->few)
		at = l->data + algate_until(op, l->data, p - l->data,
					    stop - l->data, l->end);
	else
		while (++at != stop && in[*at] & bit)
			;
	STEPS(l->steps, at - p + 1);
	return (u32)(at - p) < (op->imm & 0xffff) ? NULL : at;
}

/* V6 */
static __always_inline const struct algate_step *
look_case(struct algate_look *l, const struct algate_step *op, const u8 *p,
	  const u8 *end)
{
	u8 n = p == end ? 0 : l->prog->cases[op->imm][*p];

	STEPS(l->steps, 2);
	return n ? op[n].into : op->fail;
}

/**
 * algate_begin() - where to begin with a message
 * @prog: verified program
 * @first: algate_prog.first, or algate_prog.plain if the message is such a line
 * @dir: who sent it
 * @data: message, complete
 * @len: its length
 *
 * Return: the first instruction that asks for more than the first byte.
 */
static __always_inline const struct algate_step *
algate_begin(const struct algate_prog *prog, const u16 (*first)[256],
	     enum algate_dir dir, const u8 *data, u32 len)
{
	return &prog->step[len ? first[dir][*data] : prog->entry[dir]];
}

/**
 * algate_look() - look at a message
 * @l: look, filled in but for the cursor
 * @op: where to begin
 *
 * Goes forward (V2) as long as the instructions only look.
 *
 * Return: the one that does more, with the cursor where it is then.
 */
static __always_inline const struct algate_step *
algate_look(struct algate_look *l, const struct algate_step *op)
{
	const u8 *p = l->data, *end = p + l->end;
	const u8 *to;

	for (;;) {
		if (op->op == ALGATE_OP_LIT) {
			to = look_literal(l, op, p, end);
		} else if (op->op == ALGATE_OP_SPAN) {
			to = look_span(l, op, p, end);
		} else if (op->op == ALGATE_OP_AT) {
			to = op->imm <= l->end ? l->data + op->imm : NULL;
		} else if (op->op == ALGATE_OP_CASE) {
			op = look_case(l, op, p, end);
			continue;
		} else {
			l->cur = p - l->data;
			return op;
		}
		STEPS(l->steps, 1);
		op = to ? op->next : op->fail;
		if (to)
			p = to;
	}
}

/** algate_is_dull() - @op is where no rule has matched */
static __always_inline bool algate_is_dull(const struct algate_step *op)
{
	return op->op == ALGATE_OP_END && !op->imm;
}

/** algate_is_dull_pair() - @p's first two bytes say that no rule wants the line */
static __always_inline bool algate_is_dull_pair(const struct algate_prog *prog,
						enum algate_dir dir,
						const u8 *p)
{
	u32 place = prog->pair[dir][p[0]];

	return place && !(prog->second[place][p[1] / 8] >> (p[1] % 8) & 1);
}

#endif /* ALGATE_LOOK_H */

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

/* V5 */
static __always_inline bool look_literal(struct algate_look *l,
					 const struct algate_step *op)
{
	const u8 *p = l->data + l->cur;
	u32 left = l->end - l->cur;

	STEPS(l->steps, min_t(u32, left, op->len));
	if (op->len > left)
		return false;
	if (left >= 8 && ((get_unaligned_le64(p) ^ op->word) & op->mask))
		return false;
	if ((left < 8 || op->len > 8) &&
	    !algate_same(p, l->prog->literals + (op->imm & 0xffff), op->len,
			 op->a))
		return false;
	l->cur += op->len;
	return true;
}

/* V6 */
static __always_inline bool look_span(struct algate_look *l,
				      const struct algate_step *op)
{
	u32 most = min_t(u32, l->end - l->cur, op->imm >> 16);
	const u8 *p = l->data + l->cur;
	const u8 *in = op->in;
	u8 bit = op->bit;
	u32 n = 0;

	if (!most || !(in[*p] & bit)) {
		STEPS(l->steps, 1);
		return !(op->imm & 0xffff);
	}
	if (op->few)
		n = algate_until(op, l->data, l->cur, l->cur + most, l->end) -
		    l->cur;
	else
		while (n < most && in[p[n]] & bit)
			n++;
	STEPS(l->steps, n + 1);
	if (n < (op->imm & 0xffff))
		return false;
	l->cur += n;
	return true;
}

/* V6 */
static __always_inline const struct algate_step *
look_case(struct algate_look *l, const struct algate_step *op)
{
	u8 n = 0;

	STEPS(l->steps, 2);
	if (l->cur < l->end)
		n = l->prog->cases[op->imm][l->data[l->cur]];
	return n ? op[n].into : op->fail;
}

/**
 * algate_look() - look at a message
 * @l: look, filled in but for the cursor
 * @dir: who sent it
 *
 * Goes forward (V2) as long as the instructions only look.
 *
 * Return: the one that does more, with the cursor where it is then.
 */
static __always_inline const struct algate_step *
algate_look(struct algate_look *l, enum algate_dir dir)
{
	const struct algate_prog *prog = l->prog;
	const struct algate_step *op;
	bool ok;

	op = &prog->step[l->end ? prog->first[dir][*l->data] :
				  prog->entry[dir]];
	for (;;) {
		if (op->op == ALGATE_OP_LIT) {
			ok = look_literal(l, op);
		} else if (op->op == ALGATE_OP_SPAN) {
			ok = look_span(l, op);
		} else if (op->op == ALGATE_OP_AT) {
			ok = op->imm <= l->end;
			if (ok)
				l->cur = op->imm;
		} else if (op->op == ALGATE_OP_CASE) {
			op = look_case(l, op);
			continue;
		} else {
			return op;
		}
		STEPS(l->steps, 1);
		op = ok ? op->next : op->fail;
	}
}

/** algate_is_dull() - @op is where no rule has matched */
static __always_inline bool algate_is_dull(const struct algate_step *op)
{
	return op->op == ALGATE_OP_END && !op->imm;
}

#endif /* ALGATE_LOOK_H */

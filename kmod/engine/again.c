// SPDX-License-Identifier: GPL-2.0
/*
 * What was found out need not be asked again.
 *
 * Rules often begin alike. One that fails behind what it has in common with
 * the next one would go back to the beginning, come the same way again, and
 * fail again or go on. Where it comes out is the same for all messages, so it
 * is found out beforehand.
 *
 * A way is what instructions did one after the other since the cursor was at
 * the beginning of its message or part: each has its one predecessor. Only
 * such are looked at that do the same in the same place, whatever was before.
 */
#include "engine.h"
#include "step.h"

#define WAY_MAX		16	/* instructions of a way */
#define LOOKS_MAX	64	/* instructions looked at for one that fails */

enum {
	UNSEEN,
	START,		/* nothing was before */
	MIXED,		/* several ways lead here, or some other */
	BEHIND,		/* + index of the predecessor */
};

/* @from leads to @to, before which was @what. */
static void lead(struct algate_prog *prog, const struct algate_step *to,
		 u16 what)
{
	u16 *way = &prog->step[to - prog->step].way;

	*way = *way == UNSEEN || *way == what ? what : MIXED;
}

/* Does it move the cursor, and in the same place always by the same? */
static bool is_steady(const struct algate_step *step)
{
	switch (step->op) {
	case ALGATE_OP_LIT:
	case ALGATE_OP_SPAN:
	case ALGATE_OP_SCAN:
	case ALGATE_OP_FIND:
	case ALGATE_OP_FIELD:
	case ALGATE_OP_SKIP:
	case ALGATE_OP_TAKE:
		return true;
	}
	return false;
}

static void lead_cases(struct algate_prog *prog, const struct algate_step *step)
{
	u32 c;

	for (c = 0; c < 256; c++) {
		u8 n = prog->cases[step->imm][c];

		if (n)
			lead(prog, step[n].into, step->way);
	}
}

/* Where does @step lead, and what way is it to there? */
static void lead_on(struct algate_prog *prog, const struct algate_step *step)
{
	u16 next = MIXED;

	switch (step->op) {
	case ALGATE_OP_CASE:
		lead_cases(prog, step);
		lead(prog, step->fail, step->way);
		return;
	case ALGATE_OP_PEEK:
		next = step->way;
		break;
	case ALGATE_OP_AT:
		if (!step->imm)
			next = START;
		break;
	case ALGATE_OP_PART:
		next = step->a == ALGATE_WALK_REPEAT ? MIXED : START;
		break;
	case ALGATE_OP_HERE:
		if (step->few)
			lead(prog, step->into, MIXED);
		break;
	default:
		if (is_steady(step))
			next = BEHIND + (step - prog->step);
	}
	if (step->next)
		lead(prog, step->next, next);
	/* what fails has not moved; a span of any length does not fail */
	if (step->fail && (step->op != ALGATE_OP_SPAN || step->imm & 0xffff))
		lead(prog, step->fail,
		     step->op == ALGATE_OP_PART ? MIXED : step->way);
}

static bool is_same(const struct algate_prog *prog,
		    const struct algate_step *a, const struct algate_step *b)
{
	const u8 *lit = prog->literals;

	if (a->op != b->op || a->a != b->a)
		return false;
	if (a->op != ALGATE_OP_LIT)
		return a->imm == b->imm;
	return a->len == b->len && !memcmp(lit + (a->imm & 0xffff),
					   lit + (b->imm & 0xffff), a->len);
}

/* Two literals that cannot both be in a place. */
static bool is_other(const struct algate_step *a, const struct algate_step *b)
{
	return a->op == ALGATE_OP_LIT && b->op == ALGATE_OP_LIT &&
	       ((a->word ^ b->word) & a->mask & b->mask);
}

/* The way to @step, the first one first: how long, or -1 if it is not known. */
static int way_to(const struct algate_prog *prog, const struct algate_step *step,
		  const struct algate_step **way)
{
	const struct algate_step *s;
	int n = 0;
	int i;

	for (s = step; s->way >= BEHIND; n++) {
		if (n == WAY_MAX)
			return -1;
		s = &prog->step[s->way - BEHIND];
	}
	if (s->way != START)
		return -1;
	for (s = step, i = n; i--; way[i] = s)
		s = &prog->step[s->way - BEHIND];
	return n;
}

/* Wherever the cursor is: it ends the run, or the part. */
static bool is_over(const struct algate_step *step)
{
	return step->op == ALGATE_OP_END ||
	       (step->op == ALGATE_OP_PART && step->a != ALGATE_WALK_REPEAT);
}

/* Where it comes out when @failed has failed. */
static const struct algate_step *way_out(const struct algate_prog *prog,
					 const struct algate_step *failed)
{
	const struct algate_step *way[WAY_MAX + 1];
	const struct algate_step *step = failed->fail;
	const struct algate_step *out = step;
	int n = way_to(prog, failed, way);
	int at = n;
	u32 looks;

	if (n < 0)
		return out;
	way[n] = failed;
	for (looks = 0; looks < LOOKS_MAX; looks++) {
		if (step->op == ALGATE_OP_AT && !step->imm) {
			at = 0;
			out = step;
			step = step->next;
		} else if (is_same(prog, step, way[at])) {
			step = at < n ? step->next : step->fail;
			at += at < n;
		} else if (at < n && is_other(step, way[at])) {
			step = step->fail;
		} else {
			break;
		}
		if (at == n || is_over(step))
			out = step;
	}
	return out;
}

/**
 * algate_prog_again() - leave out what was found out already
 * @prog: verified program, with its steps
 */
void algate_prog_again(struct algate_prog *prog)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(prog->entry); i++)
		lead(prog, &prog->step[prog->entry[i]], START);
	for (i = 0; i < prog->ninsns; i++)
		if (prog->step[i].way != UNSEEN)
			lead_on(prog, &prog->step[i]);
	/* from the last one on: what fails leads forward, to what is done */
	for (i = prog->ninsns; i--;) {
		struct algate_step *step = &prog->step[i];

		if (is_steady(step))
			step->fail = way_out(prog, step);
	}
}

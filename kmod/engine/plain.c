// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of lines without control characters.
 *
 * Some protocols put messages into lines of text, set off by a character that
 * text has not. Rules for these cannot match a line in which nothing is as low
 * as LF, and that is known of most lines, as it was looked for LF. What is left
 * of the rules then is found out beforehand, by the byte that a line begins
 * with: often just that there is none.
 */
#include "engine.h"
#include "step.h"

#define LOOKS_MAX	64	/* instructions that are looked at for a byte */

static bool has_low(const u8 *lit, u32 len)
{
	while (len--)
		if (lit[len] <= ALGATE_LOW)
			return true;
	return false;
}

static bool is_low_set(const struct algate_step *step)
{
	u32 c;

	for (c = ALGATE_LOW + 1; c < 256; c++)
		if (step->in[c] & step->bit)
			return false;
	return true;
}

/* Does it fail where no byte is low? */
static bool always_fails(const struct algate_prog *prog,
			 const struct algate_step *step)
{
	switch (step->op) {
	case ALGATE_OP_LIT:
		return has_low(prog->literals + (step->imm & 0xffff),
			       step->len);
	case ALGATE_OP_SPAN:
		return step->imm & 0xffff && is_low_set(step);
	case ALGATE_OP_PEEK:
		return is_low_set(step);
	}
	return false;
}

/* Where @to leads on to, as said so far: what comes later is known. */
static const struct algate_step *led(const struct algate_prog *prog,
				     const struct algate_step *to)
{
	return &prog->step[prog->step[to - prog->step].way];
}

/* Wherever the cursor is: a message's beginning, or the end of the run. */
static bool is_anywhere(const struct algate_step *step)
{
	return step->op == ALGATE_OP_END ||
	       (step->op == ALGATE_OP_AT && !step->imm);
}

/* Does it come to @out in all cases? */
static bool cases_agree(const struct algate_prog *prog,
			const struct algate_step *step,
			const struct algate_step *out)
{
	u32 c;

	for (c = 0; c < 256; c++) {
		u8 n = prog->cases[step->imm][c];

		if (n && led(prog, step[n].into) != out)
			return false;
	}
	return true;
}

/* Does it look, and nothing else? */
static bool only_looks(const struct algate_step *step)
{
	return step->op == ALGATE_OP_LIT || step->op == ALGATE_OP_SPAN ||
	       step->op == ALGATE_OP_PEEK || step->op == ALGATE_OP_CASE;
}

/* What follows when it has failed; a span of any length never does. */
static const struct algate_step *failed(const struct algate_step *step)
{
	if (step->op == ALGATE_OP_SPAN && !(step->imm & 0xffff))
		return step->next;
	return step->fail;
}

/* Does @step come to @out, too, when it has not failed? */
static bool agrees(const struct algate_prog *prog,
		   const struct algate_step *step,
		   const struct algate_step *out)
{
	if (step->op == ALGATE_OP_CASE)
		return cases_agree(prog, step, out);
	return led(prog, step->next) == out;
}

/*
 * Where @step comes to in any line without a low byte, past what would only
 * look; @step itself, if that depends on the line or if it does more.
 */
static const struct algate_step *way_on(const struct algate_prog *prog,
					const struct algate_step *step)
{
	const struct algate_step *out;

	if (!only_looks(step))
		return step;
	out = led(prog, failed(step));
	if (always_fails(prog, step))
		return out;
	if (is_anywhere(out) && agrees(prog, step, out))
		return out;
	return step;
}

/* The same of @step at the first byte @c, where the cursor stays if it fails. */
static const struct algate_step *way_on_first(const struct algate_prog *prog,
					      const struct algate_step *step,
					      u8 c)
{
	const struct algate_step *next, *fail;

	/* these have been looked at */
	if (!only_looks(step) || step->op == ALGATE_OP_CASE)
		return led(prog, step);
	next = led(prog, step->next);
	fail = led(prog, failed(step));
	if (always_fails(prog, step))
		return fail;
	if (is_anywhere(next) && algate_lead_on(prog, next, c) ==
				 algate_lead_on(prog, fail, c))
		return fail;
	return step;
}

/* From @step, at the first byte @c of such a line. */
static const struct algate_step *plain_on(const struct algate_prog *prog,
					  const struct algate_step *step, u8 c)
{
	const struct algate_step *from;
	u32 looks;

	for (looks = 0; looks < LOOKS_MAX; looks++) {
		from = algate_lead_on(prog, step, c);
		step = way_on_first(prog, from, c);
		if (step == from)
			break;
	}
	return step;
}

/**
 * algate_prog_plain() - find out what is known of lines without low bytes
 * @prog: verified program, with its steps, and what algate_prog_dull() knows
 *
 * Overwrites algate_step.way.
 */
void algate_prog_plain(struct algate_prog *prog)
{
	const struct algate_step *entry;
	u32 i, c;

	if (!prog->line_max)
		return;
	for (i = 0; i < prog->ninsns; i++)
		prog->step[i].way = i;
	/* jumps are forward (V2), or to a PART, which does not just look */
	for (i = prog->ninsns; i--;)
		prog->step[i].way = way_on(prog, &prog->step[i]) - prog->step;
	for (i = 0; i < ARRAY_SIZE(prog->entry); i++) {
		entry = &prog->step[prog->entry[i]];
		for (c = 0; c < 256; c++)
			prog->plain[i][c] = plain_on(prog, entry, c) -
					    prog->step;
	}
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What is known by the first byte, and of lines by the first two.
 *
 * Most lines of a message concern no rule. What the instructions do about one
 * is found out beforehand, for each byte that it may begin with: if that only
 * leads on to the next one, the instructions need not run. An empty one is left
 * to them. So it is of messages: they begin with the instruction that their
 * first byte leads to.
 */
#include "engine.h"
#include "step.h"

#define LOOKS_MAX	64	/* instructions that are looked at for a byte */

static bool literal_begins(const struct algate_step *step, u8 c)
{
	return !((step->word ^ c) & step->mask & 0xff);
}

/* Of a field with many names it is not asked. */
static bool field_begins(const struct algate_step *step, u8 c)
{
	c |= 0x20;
	return !step->few || ((u8)step->word | 0x20) == c ||
	       step->byte[0] == c || step->byte[1] == c || step->byte[2] == c;
}

/**
 * algate_lead_on() - go on through what only looks at the first byte
 * @prog: verified program, with its steps
 * @step: go from here
 * @c: that byte
 *
 * Return: where more is asked for, or something remembered.
 */
const struct algate_step *algate_lead_on(const struct algate_prog *prog,
					 const struct algate_step *step, u8 c)
{
	u32 looks;
	u8 n;

	for (looks = 0; looks < LOOKS_MAX; looks++) {
		switch (step->op) {
		case ALGATE_OP_CASE:
			n = prog->cases[step->imm][c];
			step = n ? step[n].into : step->fail;
			break;
		case ALGATE_OP_PEEK:
			step = step->in[c] & step->bit ? step->next :
							 step->fail;
			break;
		case ALGATE_OP_LIT:
			if (literal_begins(step, c))
				return step;
			step = step->fail;
			break;
		case ALGATE_OP_SPAN:
			if (step->in[c] & step->bit)
				return step;
			step = step->imm & 0xffff ? step->fail : step->next;
			break;
		case ALGATE_OP_FIELD:
			if (field_begins(step, c))
				return step;
			step = step->fail;
			break;
		case ALGATE_OP_AT:
			if (step->imm)
				return step;
			step = step->next;
			break;
		default:
			return step;
		}
	}
	return step;
}

/*
 * The bytes with which @part is left at once: the set that they are, or 0 if
 * there are none, or too many such sets.
 */
static u8 dull_set(struct algate_prog *prog, const struct algate_step *part)
{
	u32 set = ALGATE_MAX_SETS + prog->ndull;
	bool any = false;
	u32 c;

	if (prog->ndull == ALGATE_DULL_SETS)
		return 0;
	for (c = 0; c < 256; c++) {
		if (algate_lead_on(prog, part->next, c) != part)
			continue;
		prog->member[set / 8][c] |= 1 << (set % 8);
		any = true;
	}
	if (!any)
		return 0;
	prog->ndull++;
	return set;
}

/* Does no rule want a line that begins with @c and @next? */
static bool pair_dull(const struct algate_prog *prog,
		      const struct algate_step *step, u8 c, u8 next)
{
	u32 looks;

	for (looks = 0; looks < LOOKS_MAX; looks++) {
		step = algate_lead_on(prog, step, c);
		if (step->op != ALGATE_OP_LIT)
			return step->op == ALGATE_OP_END && !step->imm;
		if (!((step->word >> 8 ^ next) & step->mask >> 8 & 0xff))
			return false;
		step = step->fail;
	}
	return false;
}

/* Which one of @prog->second says what may follow on @c; 0: any byte may. */
static u8 pair_set(struct algate_prog *prog, const struct algate_step *step,
		   u8 c)
{
	bool any = false;
	u32 next, i;
	u8 *row;

	/* what else it may be does not ask for just one second byte */
	if (step->op != ALGATE_OP_LIT || prog->npairs == ALGATE_PAIRS)
		return 0;
	row = prog->second[1 + prog->npairs];
	memset(row, 0, sizeof(prog->second[0]));
	for (next = 0; next < 256; next++) {
		if (pair_dull(prog, step, c, next))
			any = true;
		else
			row[next / 8] |= 1 << (next % 8);
	}
	if (!any)
		return 0;
	for (i = 1; i <= prog->npairs; i++)
		if (!memcmp(prog->second[i], row, sizeof(prog->second[0])))
			return i;
	return ++prog->npairs;
}

static void first_set(struct algate_prog *prog, u32 dir)
{
	const struct algate_step *entry = &prog->step[prog->entry[dir]];
	u32 c;

	for (c = 0; c < 256; c++) {
		const struct algate_step *step = algate_lead_on(prog, entry, c);

		prog->first[dir][c] = step - prog->step;
		prog->pair[dir][c] = prog->line_max ?
				     pair_set(prog, step, c) : 0;
	}
}

/**
 * algate_prog_dull() - find out what is known by the first byte
 * @prog: verified program, with its steps
 */
void algate_prog_dull(struct algate_prog *prog)
{
	u32 i;
	u8 set;

	prog->npairs = 0;
	first_set(prog, ALGATE_CLIENT);
	first_set(prog, ALGATE_SERVER);

	prog->ndull = 0;
	for (i = 0; i < prog->ninsns; i++) {
		struct algate_step *part = &prog->step[i];

		if (part->op != ALGATE_OP_PART ||
		    part->a == ALGATE_WALK_REPEAT)
			continue;
		set = dull_set(prog, part);
		if (!set)
			continue;
		part->in = prog->member[set / 8];
		part->bit = 1 << (set % 8);
	}
}

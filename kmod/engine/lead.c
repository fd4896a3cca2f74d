// SPDX-License-Identifier: GPL-2.0
/*
 * Where the first byte of a part leads.
 *
 * The rules of a walk mostly begin by looking at a part's first byte, to see
 * whether it is one for them. What that comes to is found out beforehand, for
 * each byte: parts that no rule wants are passed over (dull.c), of others the
 * instructions run from where more than that byte is asked for.
 */
#include "engine.h"
#include "step.h"

#define LOOKS_MAX	64	/* instructions that are looked at */

/* What is known of parts that begin with @c. */
static u8 lead_of(const struct algate_prog *prog,
		  const struct algate_step *part, u8 c)
{
	const struct algate_step *to = algate_lead_on(prog, part->next, c);

	if (to == part && part->a != ALGATE_WALK_REPEAT)
		return ALGATE_LEAD_DULL;
	/* else the walk's own beginning has to do */
	return to > part && to < part + ALGATE_LEAD_DULL ? to - part : 0;
}

/* Does no rule want a part that is empty? */
static bool empty_is_dull(const struct algate_step *part)
{
	const struct algate_step *step = part->next;
	u32 looks;

	for (looks = 0; looks < LOOKS_MAX; looks++) {
		switch (step->op) {
		case ALGATE_OP_CASE:
		case ALGATE_OP_PEEK:
		case ALGATE_OP_LIT:
		case ALGATE_OP_FIELD:
			step = step->fail;
			continue;
		case ALGATE_OP_SPAN:
			if (!(step->imm & 0xffff))
				return false;
			step = step->fail;
			continue;
		}
		break;
	}
	return step == part;
}

/* Walks that are alike have one table. */
static const u8 *lead_table(struct algate_prog *prog,
			    const struct algate_step *part)
{
	u32 c, i;
	u8 *new;

	if (prog->nleads == ALGATE_LEADS)
		return NULL;
	new = prog->lead[prog->nleads];
	for (c = 0; c < 256; c++)
		new[c] = lead_of(prog, part, c);
	for (i = 0; i < prog->nleads; i++)
		if (!memcmp(prog->lead[i], new, 256))
			return prog->lead[i];
	prog->nleads++;
	return new;
}

/**
 * algate_prog_leads() - find out where the first byte of parts leads
 * @prog: verified program, with its steps, and what algate_prog_dull() knows
 */
void algate_prog_leads(struct algate_prog *prog)
{
	u32 i;

	prog->nleads = 0;
	for (i = 0; i < prog->ninsns; i++) {
		struct algate_step *part = &prog->step[i];
		const u8 *table;

		/* fields.c knows more of header fields */
		if (part->op != ALGATE_OP_PART ||
		    part->a == ALGATE_WALK_HEADER)
			continue;
		table = lead_table(prog, part);
		if (!table)
			continue;
		part->in = table;
		part->bit = ALGATE_LEAD_DULL;
		part->few = ALGATE_LEAD_KNOWN;
		if (part->a != ALGATE_WALK_REPEAT && empty_is_dull(part))
			part->few = ALGATE_LEAD_EMPTY;
	}
}

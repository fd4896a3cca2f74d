// SPDX-License-Identifier: GPL-2.0
/*
 * A verified program, made ready to run.
 *
 * What an instruction does is not changed. But where it leads is looked up
 * once and not for each message: a step has the address of the next one, and
 * one that would only jump is left out. So a run takes no more steps than the
 * verifier has counted, through no others than it has seen.
 */
#include "engine.h"
#include "step.h"

/* Instruction @i, or the first that does something where it leads. */
static const struct algate_step *lead(const struct algate_prog *prog, u32 i)
{
	const struct algate_instr *in = &prog->insn[i];

	/* V2, V12: forward, and to a PART at last; that is no jump */
	while (in->op == ALGATE_OP_JUMP)
		in += 1 + in->jf;
	/* REPEAT's TURN has something to note */
	if (in->op == ALGATE_OP_TURN &&
	    prog->walk[(in - in->imm - 1)->imm].kind != ALGATE_WALK_REPEAT)
		in -= in->imm;
	return &prog->step[in - prog->insn];
}

static bool in_set(const u8 *set, u32 c)
{
	return set[c >> 3] & (1 << (c & 7));
}

/*
 * The bytes that end a search, if they are few: those in @set, or, with
 * @span, those that are not.
 */
static void few_bytes(struct algate_step *step, const u8 *set, bool span)
{
	u32 n = 0;
	u32 c;

	for (c = 0; c < 256; c++) {
		if (in_set(set, c) == span)
			continue;
		if (n == ALGATE_STEP_FEW)
			return;
		step->byte[n++] = c;
	}
	if (!n)
		return;
	step->few = true;
	/* looking for one twice is no harm */
	for (; n < ALGATE_STEP_FEW; n++)
		step->byte[n] = step->byte[0];
}

/* The first eight bytes, and which of their bits count. */
static void literal_word(struct algate_step *step, const u8 *lit, bool nocase)
{
	u32 i;

	for (i = 0; i < min_t(u32, step->len, 8); i++) {
		bool letter = nocase && algate_fold(lit[i]) >= 'a' &&
			      algate_fold(lit[i]) <= 'z';

		step->word |= (u64)lit[i] << (8 * i);
		step->mask |= (u64)(letter ? 0xdf : 0xff) << (8 * i);
	}
	step->word &= step->mask;
}

/* The first name, and what the others begin with. */
static void field_names(struct algate_step *step, const u8 *names)
{
	const u8 *last = names + (step->imm >> 16);
	u32 n = 0;

	step->len = names[0];
	literal_word(step, names + 1, true);
	while ((names += 1 + names[0]) < last) {
		if (n == ALGATE_STEP_FEW)
			return;
		step->byte[n++] = names[1] | 0x20;
	}
	/* no byte is 0 with that bit set */
	step->few = true;
}

/* Short as it mostly is, it is seen at once. */
static void part_until(const struct algate_prog *prog,
		       const struct algate_walk *w, struct algate_step *step)
{
	if (!w->until || w->until >> 16 > 8)
		return;
	step->len = w->until >> 16;
	literal_word(step, prog->literals + (w->until & 0xffff), false);
}

/* How many SETs of one number, to slots that follow each other, begin here? */
static u32 sets_alike(const struct algate_prog *prog, u32 i)
{
	const struct algate_instr *in = &prog->insn[i];
	u32 n = 1;

	while (in[n].op == ALGATE_OP_SET && in[n].imm == in->imm &&
	       in[n].a == in->a + n)
		n++;
	return n;
}

static void step_make(const struct algate_prog *prog, u32 i,
		      struct algate_step *step)
{
	const struct algate_instr *in = &prog->insn[i];
	u32 after = i + 1;

	step->op = in->op;
	step->a = in->a;
	step->imm = in->imm;
	switch (in->op) {
	case ALGATE_OP_LIT:
		step->len = in->imm >> 16;
		literal_word(step, prog->literals + (in->imm & 0xffff), in->a);
		break;
	case ALGATE_OP_FIELD:
		field_names(step, prog->literals + (in->imm & 0xffff));
		break;
	case ALGATE_OP_SPAN:
		few_bytes(step, prog->set[in->a], true);
		break;
	case ALGATE_OP_SCAN:
		few_bytes(step, prog->set[in->a], false);
		break;
	case ALGATE_OP_PART:
		step->a = prog->walk[in[-1].imm].kind;
		step->byte[0] = prog->walk[in[-1].imm].sep;
		part_until(prog, &prog->walk[in[-1].imm], step);
		break;
	case ALGATE_OP_SET:
		step->len = sets_alike(prog, i);
		after = i + step->len;
		break;
	}
	/* V1: what has none behind it ends the run */
	if (in->op == ALGATE_OP_TURN)
		step->next = &prog->step[i - in->imm];
	else if (after < prog->ninsns)
		step->next = lead(prog, after);
	if (i + 1 + in->jf < prog->ninsns)
		step->fail = lead(prog, i + 1 + in->jf);
	step->into = lead(prog, i);
}

/**
 * algate_prog_prepare() - make a program ready to run
 * @prog: verified program
 */
void algate_prog_prepare(struct algate_prog *prog)
{
	u32 i, c;

	memset(prog->member, 0, sizeof(prog->member));
	for (i = 0; i < prog->nsets; i++)
		for (c = 0; c < 256; c++)
			if (in_set(prog->set[i], c))
				prog->member[i / 8][c] |= 1 << (i % 8);
	memset(prog->step, 0, prog->ninsns * sizeof(prog->step[0]));
	for (i = 0; i < prog->ninsns; i++)
		step_make(prog, i, &prog->step[i]);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The decoder: turns the instructions of a verified program into steps.
 *
 * A step points to its successors, and bypasses instructions that only jump.
 * Its operands are in the form that run.c needs. Decoding preserves the meaning
 * of each instruction: a run takes a path that the verifier has checked, in at
 * most as many steps as the verifier has counted.
 */
#include "opcode.h"
#include "step.h"

static bool flows(const struct algate_instr *in, enum use_flow flow)
{
	return algate_opcode[in->op].flow == flow;
}

/* Follow jumps from instruction @i to the first instruction of another kind. */
static const struct algate_step *skip_jumps(const struct algate_prog *prog, u32 i)
{
	const struct algate_instr *in = &prog->insn[i];

	/* V2, V12: jumps go forward; the target of LOOP is a NEXT */
	while (flows(in, FLOW_JUMP))
		in += 1 + in->jf;
	/* keep the LOOP of REPEAT, since this LOOP stores the cursor */
	if (flows(in, FLOW_LOOP) &&
	    prog->loop[(in - in->imm - 1)->imm].kind != ALGATE_LOOP_REPEAT)
		in -= in->imm;
	return &prog->step[in - prog->insn];
}

static bool in_set(const u8 *set, u32 c)
{
	return set[c >> 3] & (1 << (c & 7));
}

/*
 * Find the bytes that end a search, if they are few: the bytes in @set, or,
 * with @span, the bytes outside of @set.
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
	/* duplicates are harmless */
	for (; n < ALGATE_STEP_FEW; n++)
		step->byte[n] = step->byte[0];
}

static void literal_word(struct algate_step *step, const u8 *lit, bool nocase)
{
	algate_word(lit, step->len, nocase, &step->word, &step->mask);
}

/* Decode the first name as a word, and the first bytes of the other names. */
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
	/* unused entries stay 0, which never equals a byte with bit 0x20 */
	step->few = true;
}

/* Decode an end marker of at most eight bytes as a word. */
static void element_until(const struct algate_prog *prog,
			  const struct algate_loop *w, struct algate_step *step)
{
	if (!w->until || w->until >> 16 > 8)
		return;
	step->len = w->until >> 16;
	literal_word(step, prog->literals + (w->until & 0xffff), false);
}

/* Test for a loop whose elements may begin inside a byte. */
static bool is_inside(const struct algate_loop *w)
{
	return w->kind == ALGATE_LOOP_REPEAT && w->prefix.flags;
}

static void member_of(const struct algate_prog *prog, struct algate_step *step,
		      u32 set)
{
	step->in = prog->member[set / 8];
	step->bit = 1 << (set % 8);
}

/* Set algate_step.len of TAKE: the value begins with a digit or this byte. */
static void take_first(const struct algate_prog *prog, struct algate_step *step)
{
	switch (prog->slot_type[step->a]) {
	case ALGATE_T_HOST:
	case ALGATE_T_ENDPOINT:
		step->len = '[';
		break;
	case ALGATE_T_DEC:
	case ALGATE_T_PORT:
	case ALGATE_T_IP4:
	case ALGATE_T_IP4_COMMAS:
	case ALGATE_T_IP4_DEC:
	case ALGATE_T_PORT_COMMAS:
	case ALGATE_T_IP4_UTF16:
	case ALGATE_T_PORT_UTF16:
		step->len = '0';
		break;
	}
}

/* Decode the operands that say which bytes of the message are examined. */
static void step_reads(const struct algate_prog *prog,
		       const struct algate_instr *in, struct algate_step *step)
{
	switch (algate_opcode[in->op].reads) {
	case READS_LITERAL:
		step->len = in->imm >> 16;
		literal_word(step, prog->literals + (in->imm & 0xffff), in->a);
		break;
	case READS_NAMES:
		field_names(step, prog->literals + (in->imm & 0xffff));
		break;
	case READS_BYTE:
		member_of(prog, step, in->a);
		break;
	case READS_SPAN:
		member_of(prog, step, in->a);
		few_bytes(step, prog->set[in->a], true);
		break;
	case READS_SCAN:
		member_of(prog, step, in->a);
		few_bytes(step, prog->set[in->a], false);
		break;
	case READS_VALUE:
		step->notation = algate_notation(prog->slot_type[in->a]);
		take_first(prog, step);
		break;
	}
}

/* Decode the instructions of a loop. */
static void step_loop(const struct algate_prog *prog,
		      const struct algate_instr *in, struct algate_step *step)
{
	switch (algate_opcode[in->op].flow) {
	case FLOW_NEXT:
		step->a = prog->loop[in[-1].imm].kind;
		step->byte[0] = prog->loop[in[-1].imm].sep;
		step->bit = algate_loop_once(&prog->loop[in[-1].imm]) ||
			    is_inside(&prog->loop[in[-1].imm]);
		element_until(prog, &prog->loop[in[-1].imm], step);
		break;
	case FLOW_EACH:
		step->few = algate_loop_once(&prog->loop[in->imm]);
		break;
	case FLOW_LOOP:
		step->few = algate_loop_once(&prog->loop[(in - in->imm - 1)->imm]);
		break;
	}
}

static void step_make(const struct algate_prog *prog, u32 i,
		      struct algate_step *step)
{
	const struct algate_instr *in = &prog->insn[i];

	step->op = in->op;
	step->a = in->a;
	step->imm = in->imm;
	step->cost = algate_own_cost(prog, in);
	step_reads(prog, in, step);
	step_loop(prog, in, step);
	/* V1: an instruction without a successor ends the run */
	if (flows(in, FLOW_LOOP))
		step->next = &prog->step[i - in->imm];
	else if (i + 1 < prog->ninsns)
		step->next = skip_jumps(prog, i + 1);
	if (i + 1 + in->jf < prog->ninsns)
		step->fail = skip_jumps(prog, i + 1 + in->jf);
	step->into = skip_jumps(prog, i);
}

/**
 * algate_prog_prepare() - decode a program and fill its tables
 * @prog: verified program
 *
 * Context: the caller has not published @prog yet.
 */
void algate_prog_prepare(struct algate_prog *prog)
{
	u32 i, c;

	prog->line_max = 0;
	if (prog->frame[0].kind == ALGATE_FRAME_LINES)
		prog->line_max = prog->frame[0].max;
	memset(prog->member, 0, sizeof(prog->member));
	for (i = 0; i < prog->nsets; i++)
		for (c = 0; c < 256; c++)
			if (in_set(prog->set[i], c))
				prog->member[i / 8][c] |= 1 << (i % 8);
	memset(prog->step, 0, prog->ninsns * sizeof(prog->step[0]));
	for (i = 0; i < prog->ninsns; i++)
		step_make(prog, i, &prog->step[i]);
	algate_prog_dispatch(prog);
	algate_prog_fields(prog);
}

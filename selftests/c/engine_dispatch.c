// SPDX-License-Identifier: GPL-2.0
/*
 * Jump tables: for a program of two rules with a common prefix, the first bytes
 * of a line select the right step. engine_oracle.c tests that the tables change
 * no outcome.
 */
#include "engine_test.h"
#include "../../kmod/engine/compare.h"

#define INSN(what, to, value) \
	{ .op = ALGATE_OP_##what, .jf = to, .imm = value }

enum { KEY = 0, CONTROL = 3, END = 7 };

static const u8 pool[16] = "key\x01\x02";

static const struct algate_instr insns[] = {
	INSN(LIT, END - 1, LITERAL(KEY, 3)),
	INSN(LIT, 1, LITERAL(CONTROL, 1)),
	INSN(END, 0, 1),
	INSN(AT, 0, 0),
	INSN(LIT, END - 5, LITERAL(KEY, 3)),
	INSN(LIT, END - 6, LITERAL(CONTROL + 1, 1)),
	INSN(END, 0, 1),
	[END] = INSN(END, 0, 0),
};

static bool is_skipped(const struct algate_prog *prog, const char *line)
{
	return algate_no_match_pair(prog, ALGATE_CLIENT, (const u8 *)line);
}

int main(void)
{
	struct algate_prog *prog = calloc(1, sizeof(*prog) + sizeof(insns));

	prog->nframes = 1;
	prog->frame[0].kind = ALGATE_FRAME_LINES;
	prog->frame[0].max = 512;
	prog->literals = pool;
	prog->ninsns = ARRAY_SIZE(insns);
	prog->step = calloc(prog->ninsns, sizeof(*prog->step));
	memcpy(prog->insn, insns, sizeof(insns));
	algate_prog_prepare(prog);
	verdict(prog->first[ALGATE_CLIENT]['k'] == 0 &&
		prog->first[ALGATE_CLIENT]['x'] == END,
		"dispatch: the first byte selects a rule, or the end");
	verdict(is_skipped(prog, "kx") && !is_skipped(prog, "ke") &&
		!is_skipped(prog, "x\n"),
		"dispatch: the second byte tells that no rule matches");
	verdict(prog->first_text[ALGATE_CLIENT]['k'] == END,
		"dispatch: text matches no rule that asks for a control character");
	free(prog->step);
	free(prog);
	return verdict_exit();
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Bounds the steps of a path through the rules (V10).
 *
 * Outside of loops, each instruction runs at most once, and so it does in each
 * element of a loop. So the most expensive path is known at load time. The
 * message decides how many elements there are, and how many bytes a search passes
 * over. The run counts these steps: it subtracts them from a budget, the
 * instructions at each NEXT (run.c) and the bytes after each search (SPEND()).
 */
#include "opcode.h"

/* A loop with a single element at most is part of a path. */
static bool is_once(const struct algate_prog *prog,
		    const struct algate_instr *each)
{
	return algate_loop_once(&prog->loop[each->imm]);
}

/**
 * algate_own_cost() - steps of an instruction itself
 * @prog: program
 * @in: instruction of @prog
 *
 * Without the bytes that the instruction passes over.
 *
 * Context: Any context.
 *
 * Return: the steps, at least 1.
 */
u32 algate_own_cost(const struct algate_prog *prog,
		    const struct algate_instr *in)
{
	switch (algate_opcode[in->op].reads) {
	case READS_BYTE:
	case READS_CASE:
	case READS_BITS:
	case READS_SPAN:
	case READS_SCAN:
		return 2;
	case READS_LITERAL:
	case READS_NAMES:
		return 1 + (in->imm >> 16);
	case READS_VALUE:
		return 1 + ALGATE_VALUE_MAX;
	case READS_TABLE:
		return 1 + ALGATE_TABLE_STEPS;
	case READS_QUEUE:
		return 1 + prog->max_entries;
	case READS_LIST:
		return 1 + ALGATE_LIST_STEPS;
	case READS_MAP:
		return 1 + ALGATE_MAX_PAIRS;
	}
	return 1;
}

/* Steps from instruction @i on */
static u32 cost_at(const struct algate_prog *prog, u32 i)
{
	/* V1: the last instruction has no successor */
	return i < prog->ninsns ? prog->insn[i].cost : 0;
}

static u32 most_of_cases(const struct algate_prog *prog, u32 i)
{
	const u8 *table = prog->cases[prog->insn[i].imm];
	u32 b, most = 0;

	for (b = 0; b < 256; b++)
		if (table[b])
			most = max_t(u32, most, cost_at(prog, i + table[b]));
	return most;
}

/* The steps behind instruction @i, whose successor is @next */
static u32 most_behind(const struct algate_prog *prog, u32 i)
{
	const struct algate_instr *in = &prog->insn[i];
	u32 next = cost_at(prog, i + 1), fail = 0;

	if (algate_opcode[in->op].flags & INSN_FAILS)
		fail = cost_at(prog, i + 1 + in->jf);
	switch (algate_opcode[in->op].flow) {
	case FLOW_END:
	case FLOW_REFUSE:
		return 0;
	case FLOW_JUMP:
		return fail;
	case FLOW_CASE:
		return max_t(u32, most_of_cases(prog, i), fail);
	case FLOW_EACH:
		/* the last NEXT, and the instructions behind the loop */
		return is_once(prog, in) ? next :
		       1 + cost_at(prog, i + 2 + in[1].jf);
	case FLOW_NEXT:
		return is_once(prog, in - 1) ? max_t(u32, next, fail) : next;
	case FLOW_LOOP:
		return is_once(prog, in - in->imm - 1) ? next : 0;
	}
	return max_t(u32, next, fail);
}

/**
 * algate_prog_cost() - bound the steps from each instruction on
 * @prog: program whose instructions are checked; fills in @cost of these
 *
 * Jumps are forward (V2), so a pass from the end visits all successors of an
 * instruction before the instruction.
 *
 * Context: Any context.
 *
 * Return: index of an instruction with the greatest of these bounds.
 */
u32 algate_prog_cost(struct algate_prog *prog)
{
	u32 i = prog->ninsns;
	u32 most = i - 1;

	while (i--) {
		prog->insn[i].cost = algate_own_cost(prog, &prog->insn[i]) +
				     most_behind(prog, i);
		if (prog->insn[i].cost > prog->insn[most].cost)
			most = i;
	}
	return most;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier proves that a program is safe to run. VERIFIER in this folder
 * lists the proved properties, V1 to V13, and derives safety from them.
 *
 * The verifier checks the tables first, then the instructions in one pass. All
 * jumps are forward, so the pass has seen every path to an instruction before
 * the instruction.
 */
#include "verify.h"

/**
 * algate_reason_text() - describe a reject reason
 * @reason: enum algate_reason; other values are allowed
 *
 * Context: Any context.
 *
 * Return: a constant string.
 */
const char *algate_reason_text(int reason)
{
#define REASON_TEXT(id, text) \
	[ALGATE_R_##id] = text,
	static const char * const texts[__ALGATE_R_MAX] = {
		[ALGATE_R_NONE] = "accepted",
		ALGATE_REASONS(REASON_TEXT)
	};
#undef REASON_TEXT

	if (reason < 0 || reason >= __ALGATE_R_MAX)
		return "unknown reason";
	return texts[reason];
}

static int reject(const struct algate_prog *prog, struct algate_reject *why,
		  int reason, int insn)
{
	why->reason = reason;
	why->insn = insn;
	why->off = 0;
	if (insn >= 0)
		why->off = prog->insns_off + insn * sizeof(struct algate_insn);
	return reason == ALGATE_R_NO_MEMORY ? -ENOMEM : -EINVAL;
}

/* Where paths meet, keep the facts that hold on both. */
static int state_meet(struct state *at, const struct state *s)
{
	if (!at->reached) {
		at->known = s->known;
		at->head = s->head;
		at->depth = s->depth;
		at->gate = s->gate;
		at->looked = s->looked;
		at->reached = true;
		return 0;
	}
	/* V12 */
	if (at->head != s->head)
		return ALGATE_R_LOOP_CROSSED;
	/* V13 */
	if ((at->gate ^ s->gate) & GATE_RULES)
		return ALGATE_R_GATE_CROSSED;
	at->gate |= s->gate;
	at->looked &= s->looked;
	at->known &= s->known;
	return 0;
}

static bool is_known(const struct algate_instr *in)
{
	return in->op && in->op < ARRAY_SIZE(algate_opcode);
}

/* An instruction further on has not been checked yet. */
static u8 flow(const struct algate_instr *in)
{
	return is_known(in) ? algate_opcode[in->op].flow : FLOW_ON;
}

/* V12: no jump and no entry leads to a NEXT. */
static int jump_meet(const struct algate_prog *prog, u32 to,
		     const struct state *s, struct state *states)
{
	if (flow(&prog->insn[to]) == FLOW_NEXT)
		return ALGATE_R_LOOP_CROSSED;
	return state_meet(&states[to], s);
}

/* V12: a NEXT follows each EACH. */
static int check_each(const struct algate_prog *prog, u32 i)
{
	const struct algate_instr *in = &prog->insn[i];

	if (i + 1 >= prog->ninsns || flow(in + 1) != FLOW_NEXT)
		return ALGATE_R_LOOP_NEXT;
	return 0;
}

/* V12: @s is the state before the NEXT; on return, that in each element. */
static int enter_element(const struct algate_prog *prog, u32 i, struct state *s)
{
	const struct algate_instr *in = &prog->insn[i];
	u32 last = i + in->jf;

	if (!i || flow(in - 1) != FLOW_EACH)
		return ALGATE_R_LOOP_NEXT;
	if (last + 1 >= prog->ninsns || flow(&prog->insn[last]) != FLOW_LOOP ||
	    prog->insn[last].imm != last - i)
		return ALGATE_R_LOOP_BACK;
	if (s->depth == ALGATE_MAX_DEPTH)
		return ALGATE_R_LOOP_DEPTH;
	s->depth++;
	s->head = i;
	return 0;
}

/* V12: leave a loop at its end. */
static int leave_loop(const struct algate_prog *prog, u32 i,
		      const struct state *s, struct state *states)
{
	u32 first = i - prog->insn[i].imm;
	const struct state *head;

	/* s->head is the index of a checked NEXT */
	if (s->head == NO_LOOP || s->head != first ||
	    first + prog->insn[first].jf != i)
		return ALGATE_R_LOOP_BACK;
	head = &states[first];
	if (head->known & ~s->known)
		return ALGATE_R_LOOP_UNSET;
	return state_meet(&states[i + 1], head);
}

static int meet_cases(const struct algate_prog *prog, u32 i,
		      const struct state *s, struct state *states)
{
	const u8 *table = prog->cases[prog->insn[i].imm];
	struct state found = *s;
	int reason = 0;
	u32 b;

	algate_apply_writes(&prog->insn[i], &found);
	for (b = 0; !reason && b < 256; b++)
		if (table[b])
			reason = jump_meet(prog, i + table[b], &found, states);
	return reason;
}

/* Merge the state behind instruction @i into the states of its successors. */
static int check_successors(struct algate_prog *prog, u32 i, struct state *s,
			    struct state *states)
{
	const struct algate_instr *in = &prog->insn[i];
	int reason = 0;

	switch (flow(in)) {
	case FLOW_LOOP:
		return leave_loop(prog, i, s, states);
	case FLOW_NEXT:
		/* LOOP sets the state behind the loop */
		reason = enter_element(prog, i, s);
		return reason ? reason : state_meet(&states[i + 1], s);
	case FLOW_EACH:
		reason = check_each(prog, i);
		break;
	case FLOW_CASE:
		reason = meet_cases(prog, i, s, states);
		break;
	case FLOW_END:
		reason = s->depth ? ALGATE_R_LOOP_END : 0;
		break;
	}
	if (!reason && algate_opcode[in->op].flags & INSN_FAILS) {
		/* V2; a failed instruction has written nothing */
		if (i + 1 + in->jf >= prog->ninsns)
			return ALGATE_R_JUMP;
		reason = jump_meet(prog, i + 1 + in->jf, s, states);
	}
	if (reason || flow(in) >= FLOW_LEAVES)
		return reason;
	/* V1 */
	if (i + 1 >= prog->ninsns)
		return ALGATE_R_FALLS_OFF;
	algate_apply_writes(in, s);
	return state_meet(&states[i + 1], s);
}

/* V13: a recogniser only compares, and ends in its own way. */
static int check_gate(const struct algate_instr *in, struct state *s)
{
	bool gate = !(s->gate & GATE_RULES);

	if (flow(in) == FLOW_END)
		return gate == (in->imm == 2) ? 0 : ALGATE_R_GATE_END;
	if (gate && algate_opcode[in->op].flags & INSN_ACTS)
		return ALGATE_R_GATE_WRITES;
	if (flow(in) != FLOW_ACCEPT)
		return 0;
	if (!gate)
		return ALGATE_R_GATE_ACCEPT;
	if (s->gate & GATE_BEGIN && !s->looked)
		return ALGATE_R_BEGIN_BLIND;
	s->gate = GATE_RULES;
	return 0;
}

static bool reads_route(const struct algate_instr *in)
{
	return algate_opcode[in->op].imm == IMM_META &&
	       (in->imm == ALGATE_META_OUTBOUND ||
		in->imm == ALGATE_META_INBOUND);
}

/* A translation counts only if it may change something, see algate_run_act(). */
static bool reads_ends(const struct algate_prog *prog,
		       const struct algate_instr *in)
{
	u8 use = algate_opcode[in->op].imm;

	if (use == IMM_ACTION)
		return prog->action[in->imm].verb == ALGATE_VERB_TRANSLATE &&
		       prog->action[in->imm].addr < ALGATE_MAX_SLOTS;

	return reads_route(in) ||
	       (use == IMM_WHOSE && in->imm != ALGATE_IS_PRIVATE) ||
	       (use == IMM_META && (in->imm == ALGATE_META_SPORT ||
				    in->imm == ALGATE_META_BROADCAST));
}

/* Check instruction @i, and pass the state on to its successors. */
static int check_insn(struct algate_prog *prog, u32 i, struct state *states)
{
	const struct algate_instr *in = &prog->insn[i];
	struct state s = states[i];
	int reason;

	if (!is_known(in))
		return ALGATE_R_OP;
	reason = algate_check_fields(prog, in);
	if (reason)
		return reason;
	if (!s.reached)
		return ALGATE_R_UNREACHABLE;
	reason = algate_check_reads(prog, in, &s);
	if (!reason)
		reason = check_gate(in, &s);
	if (reason)
		return reason;
	prog->reads_ends |= reads_ends(prog, in);
	prog->reads_route |= reads_route(in);
	return check_successors(prog, i, &s, states);
}

/* The two entries of a direction. */
static int enter(const struct algate_prog *prog, u32 dir, struct state *states)
{
	struct state s = {
		.head = NO_LOOP, .reached = true,
		.gate = prog->gated[dir] ? GATE_MESSAGE : GATE_RULES,
	};
	int reason = jump_meet(prog, prog->entry[dir], &s, states);

	if (reason || !prog->gated[dir])
		return reason;
	s.gate = GATE_BEGIN;
	return jump_meet(prog, prog->begin[dir], &s, states);
}

static bool can_open(const struct algate_prog *prog)
{
	u32 i;

	for (i = 0; i < prog->nactions; i++)
		if (prog->action[i].verb == ALGATE_VERB_OPEN ||
		    prog->action[i].verb == ALGATE_VERB_TRANSLATE)
			return true;
	return false;
}

static bool is_for_tcp(const struct algate_prog *prog)
{
	u32 i;

	for (i = 0; i < prog->nservices; i++)
		if (prog->service[i].proto == IPPROTO_TCP)
			return true;
	return false;
}

/* V13: the direction with rules and without recogniser, or -1 */
static int find_ungated(const struct algate_prog *prog)
{
	int dir;

	if (!can_open(prog) || !is_for_tcp(prog))
		return -1;
	for (dir = ALGATE_CLIENT; dir <= ALGATE_SERVER; dir++) {
		const struct algate_instr *in = &prog->insn[prog->entry[dir]];

		if (!prog->gated[dir] &&
		    (flow(in) != FLOW_END || in->imm))
			return dir;
	}
	return -1;
}

/**
 * algate_prog_verify() - prove that a program is safe to run
 * @prog: decoded program; its bounds and decoded steps are filled in
 * @why: filled in on failure
 *
 * Context: Process context; may sleep.
 *
 * Return: 0; -EINVAL or -ENOMEM with @why filled in.
 */
int algate_prog_verify(struct algate_prog *prog, struct algate_reject *why)
{
	struct state *states;
	int reason, dir;
	u32 i;

	prog->verified = false;
	prog->reads_ends = false;
	prog->reads_route = false;
	reason = algate_check_tables(prog);
	if (reason)
		return reject(prog, why, reason, -1);
	states = algate_alloc_big(prog->ninsns * sizeof(*states));
	if (!states)
		return reject(prog, why, ALGATE_R_NO_MEMORY, -1);

	for (i = 0; i < ARRAY_SIZE(prog->entry) && !reason; i++)
		reason = enter(prog, i, states);
	if (reason) {
		algate_free_big(states);
		return reject(prog, why, reason, -1);
	}
	for (i = 0; i < prog->ninsns && !reason; i++)
		reason = check_insn(prog, i, states);
	algate_free_big(states);
	if (reason)
		return reject(prog, why, reason, i - 1);
	dir = find_ungated(prog);
	if (dir >= 0)
		return reject(prog, why, ALGATE_R_BEGIN_MISSING,
			      prog->entry[dir]);
	i = algate_prog_cost(prog);
	prog->steps = prog->insn[i].cost;
	if (prog->steps > ALGATE_PATH_STEPS)
		return reject(prog, why, ALGATE_R_COST, i);
	algate_prog_bounds(prog);
	algate_prog_prepare(prog);
	prog->verified = true;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions: one function for each. Only this file of the compiler knows
 * opcodes, and how an instruction encodes its operands.
 *
 * @fail is the label to continue at if the instruction fails.
 */
#include "gen.h"

static void emit(struct gen *g, enum algate_op op, u8 a, u32 imm, int fail)
{
	if (g->ninsns == ALGATE_MAX_INSNS)
		comp_fail(g->c, g->pos, "more than %d instructions",
			  ALGATE_MAX_INSNS);
	g->insn[g->ninsns] = (struct algate_instr){
		.op = op, .a = a, .imm = imm, .jf = fail + 1,
	};
	g->line[g->ninsns++] = g->pos.line;
	if (fail >= 0)
		g->used[fail] = true;
}

void insn_end(struct gen *g, u32 result)
{
	emit(g, ALGATE_OP_END, 0, result, NO_FAIL);
}

void insn_refuse(struct gen *g)
{
	emit(g, ALGATE_OP_REFUSE, 0, 0, NO_FAIL);
}

void insn_accept(struct gen *g)
{
	emit(g, ALGATE_OP_ACCEPT, 0, 0, NO_FAIL);
}

void insn_stop(struct gen *g)
{
	emit(g, ALGATE_OP_STOP, 0, 0, NO_FAIL);
}

void insn_jump(struct gen *g, int label)
{
	emit(g, ALGATE_OP_JUMP, 0, 0, label);
}

void insn_case(struct gen *g, u32 table, int fail)
{
	emit(g, ALGATE_OP_CASE, 0, table, fail);
}

void insn_each(struct gen *g, u32 loop)
{
	emit(g, ALGATE_OP_EACH, 0, loop, NO_FAIL);
}

/* @slot: number of bytes of the element */
void insn_within(struct gen *g, u8 slot, u32 loop)
{
	emit(g, ALGATE_OP_WITHIN, slot, loop, NO_FAIL);
}

void insn_next(struct gen *g, int done)
{
	emit(g, ALGATE_OP_NEXT, 0, 0, done);
}

/* @next: index of the NEXT */
void insn_loop(struct gen *g, unsigned int next)
{
	emit(g, ALGATE_OP_LOOP, 0, g->ninsns - next, NO_FAIL);
}

void insn_literal(struct gen *g, u32 literal, bool nocase, int fail)
{
	emit(g, ALGATE_OP_LIT, nocase, literal, fail);
}

void insn_find(struct gen *g, u32 literal, bool nocase, int fail)
{
	emit(g, ALGATE_OP_FIND, nocase, literal, fail);
}

void insn_field(struct gen *g, u32 names, int fail)
{
	emit(g, ALGATE_OP_FIELD, 0, names, fail);
}

void insn_peek(struct gen *g, u8 set, int fail)
{
	emit(g, ALGATE_OP_PEEK, set, 0, fail);
}

void insn_scan(struct gen *g, u8 set, int fail)
{
	emit(g, ALGATE_OP_SCAN, set, 0, fail);
}

/* A minimum of 0 cannot fail. */
void insn_span(struct gen *g, u8 set, u32 min, u32 max, int fail)
{
	emit(g, ALGATE_OP_SPAN, set, min | max << 16, min ? fail : NO_FAIL);
}

void insn_at(struct gen *g, u32 offset, int fail)
{
	emit(g, ALGATE_OP_AT, 0, offset, fail);
}

void insn_skip(struct gen *g, u32 n, int fail)
{
	emit(g, ALGATE_OP_SKIP, 0, n, fail);
}

void insn_move(struct gen *g, u8 slot, int fail)
{
	emit(g, ALGATE_OP_MOVE, slot, 0, fail);
}

void insn_here(struct gen *g, u8 slot)
{
	emit(g, ALGATE_OP_HERE, slot, 0, NO_FAIL);
}

/* To a position that insn_here() has stored */
void insn_back(struct gen *g, u8 slot)
{
	emit(g, ALGATE_OP_BACK, slot, 0, NO_FAIL);
}

void insn_seek(struct gen *g, u8 slot, int fail)
{
	emit(g, ALGATE_OP_SEEK, slot, 0, fail);
}

void insn_end_of_message(struct gen *g, int fail)
{
	emit(g, ALGATE_OP_EOM, 0, 0, fail);
}

void insn_take(struct gen *g, u8 slot, u32 scale, int fail)
{
	emit(g, ALGATE_OP_TAKE, slot, scale, fail);
}

void insn_bits(struct gen *g, u8 slot, u32 n, int fail)
{
	emit(g, ALGATE_OP_BITS, slot, n, fail);
}

void insn_same(struct gen *g, u8 slot, int fail)
{
	emit(g, ALGATE_OP_SAME, slot, 0, fail);
}

void insn_mark(struct gen *g, u8 slot)
{
	emit(g, ALGATE_OP_MARK, slot, 0, NO_FAIL);
}

void insn_close(struct gen *g, u8 slot)
{
	emit(g, ALGATE_OP_CLOSE, slot, 0, NO_FAIL);
}

void insn_set(struct gen *g, u8 slot, u32 number)
{
	emit(g, ALGATE_OP_SET, slot, number, NO_FAIL);
}

void insn_copy(struct gen *g, u8 to, u8 from)
{
	emit(g, ALGATE_OP_COPY, to, from, NO_FAIL);
}

void insn_load_var(struct gen *g, u8 slot, u32 var)
{
	emit(g, ALGATE_OP_LDF, slot, var, NO_FAIL);
}

void insn_store_var(struct gen *g, u8 slot, u32 var)
{
	emit(g, ALGATE_OP_STF, slot, var, NO_FAIL);
}

void insn_load_meta(struct gen *g, u8 slot, enum algate_meta meta)
{
	emit(g, ALGATE_OP_LDM, slot, meta, NO_FAIL);
}

void insn_hash(struct gen *g, u8 slot, u8 span)
{
	emit(g, ALGATE_OP_HASH, slot, span, NO_FAIL);
}

void insn_mix(struct gen *g, u8 slot, u8 value)
{
	emit(g, ALGATE_OP_MIX, slot, value, NO_FAIL);
}

/* @op: '+', '-', '&' or '|' */
void insn_number(struct gen *g, char op, u8 slot, u32 number)
{
	emit(g, op == '+' ? ALGATE_OP_ADD : op == '-' ? ALGATE_OP_SUB :
		op == '&' ? ALGATE_OP_AND : ALGATE_OP_OR, slot, number, NO_FAIL);
}

/* @op: '+' or '-' */
void insn_slot(struct gen *g, char op, u8 slot, u8 from)
{
	emit(g, op == '+' ? ALGATE_OP_ADDS : ALGATE_OP_SUBS, slot, from,
	     NO_FAIL);
}

/* @op: a comparison of the rule language */
void insn_compare(struct gen *g, const char *op, u8 slot, u32 number, int fail)
{
	static const struct {
		const char *text;
		enum algate_op op;
	} ops[] = {
		{ "==", ALGATE_OP_EQ }, { "!=", ALGATE_OP_NE },
		{ "<", ALGATE_OP_LT }, { "<=", ALGATE_OP_LE },
		{ ">", ALGATE_OP_GT }, { ">=", ALGATE_OP_GE },
		{ "&", ALGATE_OP_ANY },
	};
	unsigned int i;

	for (i = 0; strcmp(ops[i].text, op); i++)
		;
	emit(g, ops[i].op, slot, number, fail);
}

void insn_equal(struct gen *g, u8 a, u8 b, int fail)
{
	emit(g, ALGATE_OP_EQS, a, b, fail);
}

void insn_is(struct gen *g, u8 slot, u32 whose, int fail)
{
	emit(g, ALGATE_OP_IS, slot, whose, fail);
}

void insn_recall(struct gen *g, u8 slot, u32 table, u8 key, int fail)
{
	emit(g, ALGATE_OP_RECALL, slot, table | (u32)key << 8, fail);
}

void insn_remember(struct gen *g, u32 table, u8 key, u8 slot)
{
	emit(g, ALGATE_OP_REMEMBER, slot, table | (u32)key << 8, NO_FAIL);
}

void insn_forget(struct gen *g, u32 table, u8 key)
{
	emit(g, ALGATE_OP_FORGET, key, table, NO_FAIL);
}

void insn_ask(struct gen *g, u8 slot, u32 queue)
{
	emit(g, ALGATE_OP_ASK, slot, queue, NO_FAIL);
}

void insn_answer(struct gen *g, u8 slot, u32 queue)
{
	emit(g, ALGATE_OP_ANSWER, slot, queue, NO_FAIL);
}

void insn_listed(struct gen *g, u8 slot, u32 param, int fail)
{
	emit(g, ALGATE_OP_LISTED, slot, param, fail);
}

/* @back: from the right sides of the pairs to the left ones */
void insn_map(struct gen *g, u8 slot, u32 map, u8 addr, bool back, int fail)
{
	emit(g, back ? ALGATE_OP_UNMAP : ALGATE_OP_MAP, slot,
	     map | (u32)addr << 8, fail);
}

void insn_act(struct gen *g, u32 action)
{
	emit(g, ALGATE_OP_ACT, 0, action, NO_FAIL);
}

void insn_rewrite(struct gen *g, u8 place, u8 value, int fail)
{
	emit(g, ALGATE_OP_REWRITE, place, value, fail);
}

void insn_adjust(struct gen *g, u8 place, u32 pad)
{
	emit(g, ALGATE_OP_ADJUST, place, pad, NO_FAIL);
}

void insn_count(struct gen *g, u32 counter)
{
	emit(g, ALGATE_OP_COUNT, 0, counter, NO_FAIL);
}

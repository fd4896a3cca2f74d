// SPDX-License-Identifier: GPL-2.0
/*
 * Conditions -> instructions.
 */
#include "gen.h"

/* Are both sides captures of bytes? */
static bool both_spans(struct gen *g, const struct cond *cond)
{
	return gen_is_span(g, &cond->a) && gen_is_span(g, &cond->b);
}

/* Continues if the instruction fails, and jumps to @fail otherwise. */
static void gen_not(struct gen *g, u8 op, u8 a, u32 imm, int fail)
{
	int done = gen_label(g);

	gen_op(g, op, a, imm, done);
	gen_op(g, ALGATE_OP_JUMP, 0, 0, fail);
	gen_place(g, done);
}

static void cond_slots(struct gen *g, const struct cond *cond, u8 a, int fail)
{
	bool temp = false;
	u8 b;

	if (strcmp(cond->op, "==") && strcmp(cond->op, "!="))
		comp_fail(g->c, cond->b.pos,
			  "the right side of \"%s\" must be a number", cond->op);
	b = both_spans(g, cond) ? gen_capture(g, &cond->b)->slot :
				  gen_number(g, &cond->b, &temp);
	if (cond->op[0] == '=')
		gen_op(g, ALGATE_OP_EQS, a, b, fail);
	else
		gen_not(g, ALGATE_OP_EQS, a, b, fail);
	if (temp)
		gen_release(g, b);
}

static u8 cond_op(const struct cond *cond)
{
	static const struct {
		const char *text;
		u8 op;
	} ops[] = {
		{ "", ALGATE_OP_NE }, { "==", ALGATE_OP_EQ },
		{ "!=", ALGATE_OP_NE }, { "<", ALGATE_OP_LT },
		{ "<=", ALGATE_OP_LE }, { ">", ALGATE_OP_GT },
		{ ">=", ALGATE_OP_GE }, { "&", ALGATE_OP_ANY },
	};
	unsigned int i;

	if (cond->not)
		return ALGATE_OP_EQ;
	for (i = 0; strcmp(ops[i].text, cond->op); i++)
		;
	return ops[i].op;
}

static void cond_compare(struct gen *g, const struct cond *cond, int fail)
{
	bool temp = false;
	u8 slot;

	if (!cond->a.name)
		comp_fail(g->c, cond->a.pos,
			  "the left side must be a name: write the number on the right");
	slot = both_spans(g, cond) ? gen_capture(g, &cond->a)->slot :
				     gen_number(g, &cond->a, &temp);
	if (cond->b.name)
		cond_slots(g, cond, slot, fail);
	else
		gen_op(g, cond_op(cond), slot, cond->b.number, fail);
	if (temp)
		gen_release(g, slot);
}

static void cond_whose(struct gen *g, const struct cond *cond, int fail)
{
	u8 slot = gen_capture(g, &cond->a)->slot;
	enum algate_kind kind = algate_type_kind(g->slot_type[slot]);
	bool peer = cond->op[0] == 'p';

	if (kind != ALGATE_KIND_ADDR && kind != ALGATE_KIND_ENDPOINT)
		comp_fail(g->c, cond->a.pos, "\"%s\" is not an address",
			  cond->a.name);
	if (cond->not)
		gen_not(g, ALGATE_OP_IS, slot, peer, fail);
	else
		gen_op(g, ALGATE_OP_IS, slot, peer, fail);
}

static void cond_recall(struct gen *g, const struct cond *cond, int fail)
{
	u32 table = gen_table(g, cond->a.pos, cond->a.name);
	struct bound *b;
	bool temp;
	u8 key;

	if (g->gate)
		comp_fail(g->c, cond->a.pos,
			  "\"%s\" is a table of the flow: begin and message see only the message",
			  cond->a.name);
	g->read_tables |= 1U << table;
	key = gen_number(g, &cond->key, &temp);
	b = gen_bind(g, cond->b.name, cond->b.pos, ALGATE_T_NUM);
	gen_op(g, ALGATE_OP_RECALL, b->slot, table | (u32)key << 8, fail);
	b->set = true;
	if (temp)
		gen_release(g, key);
}

/* Continues if all conditions of an "and" hold. */
static void gen_all(struct gen *g, const struct cond *cond, int fail,
		    bool capture)
{
	for (; cond; cond = cond->next) {
		g->pos = cond->a.pos;
		if (!strcmp(cond->op, "own") || !strcmp(cond->op, "peer")) {
			cond_whose(g, cond, fail);
		} else if (strcmp(cond->op, "->")) {
			cond_compare(g, cond, fail);
		} else if (capture) {
			cond_recall(g, cond, fail);
		} else {
			comp_fail(g->c, cond->a.pos,
				  "a table is looked up with if: if %s[KEY] -> NAME",
				  cond->a.name);
		}
	}
}

/**
 * gen_cond() - continue if the condition holds, otherwise jump to @fail
 * @g: program
 * @cond: condition
 * @fail: label
 * @capture: the condition may capture: in an if, but not in a require
 */
void gen_cond(struct gen *g, const struct cond *cond, int fail, bool capture)
{
	int holds;

	if (!cond->other) {
		gen_all(g, cond, fail, capture);
		return;
	}
	holds = gen_label(g);
	for (; cond->other; cond = cond->other) {
		int next = gen_label(g);

		gen_all(g, cond, next, false);
		gen_op(g, ALGATE_OP_JUMP, 0, 0, holds);
		gen_place(g, next);
	}
	gen_all(g, cond, fail, false);
	gen_place(g, holds);
}

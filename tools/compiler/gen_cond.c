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

/*
 * A test between not_begin() and not_end() jumps to the label of not_begin() if
 * it fails. With @not, the code continues there, and a passed test jumps to
 * @fail.
 */
static int not_begin(struct gen *g, bool not, int fail)
{
	return not ? gen_label(g) : fail;
}

static void not_end(struct gen *g, int label, int fail)
{
	if (label == fail)
		return;
	insn_jump(g, fail);
	gen_place(g, label);
}

static void cond_slots(struct gen *g, const struct cond *cond, u8 a, int fail)
{
	bool temp = false;
	int label;
	u8 b;

	if (strcmp(cond->op, "==") && strcmp(cond->op, "!="))
		comp_fail(g->c, cond->b.pos,
			  "the right side of \"%s\" must be a number", cond->op);
	b = both_spans(g, cond) ? gen_capture(g, &cond->b)->slot :
				  gen_number(g, &cond->b, &temp);
	label = not_begin(g, cond->op[0] == '!', fail);
	insn_equal(g, a, b, label);
	not_end(g, label, fail);
	if (temp)
		gen_release(g, b);
}

/* The comparison with a number. A name alone is compared with 0. */
static const char *cond_op(const struct cond *cond)
{
	if (cond->not)
		return "==";
	return cond->op[0] ? cond->op : "!=";
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
		insn_compare(g, cond_op(cond), slot, cond->b.number, fail);
	if (temp)
		gen_release(g, slot);
}

static void cond_whose(struct gen *g, const struct cond *cond, int fail)
{
	u8 slot = gen_capture(g, &cond->a)->slot;
	enum algate_kind kind = algate_type_kind(g->slot_type[slot]);
	int label;

	if (kind != ALGATE_KIND_ADDR && kind != ALGATE_KIND_ENDPOINT)
		comp_fail(g->c, cond->a.pos, "\"%s\" is not an address",
			  cond->a.name);
	label = not_begin(g, cond->not, fail);
	insn_is(g, slot, cond->whose, label);
	not_end(g, label, fail);
}

static int map_find(const struct gen *g, const char *name)
{
	const struct tree *t = &g->c->tree;
	unsigned int i;

	for (i = 0; i < t->nmaps; i++)
		if (!strcmp(t->map[i].name, name))
			return i;
	return -1;
}

/* MAP[ADDRESS] -> NAME, or MAP to ADDRESS -> NAME */
static void cond_map(struct gen *g, const struct cond *cond, int fail)
{
	int map = map_find(g, cond->a.name);
	struct bound *b;
	u8 slot;

	if (map < 0)
		comp_fail(g->c, cond->a.pos,
			  "no map \"%s\": declare it with map", cond->a.name);
	if (g->gate)
		comp_fail(g->c, cond->a.pos,
			  "the administrator fills \"%s\": begin and message see only the message",
			  cond->a.name);
	g->read_maps |= 1U << map;
	if (!cond->key.name)
		comp_fail(g->c, cond->key.pos,
			  "a map translates addresses: capture one");
	slot = gen_capture(g, &cond->key)->slot;
	if (algate_type_kind(g->slot_type[slot]) != ALGATE_KIND_ADDR)
		comp_fail(g->c, cond->key.pos, "\"%s\" is not an address",
			  cond->key.name);
	b = gen_bind(g, cond->b.name, cond->b.pos, ALGATE_T_ADDR);
	insn_map(g, b->slot, map, slot, cond->back, fail);
	b->set = true;
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
	insn_recall(g, b->slot, table, key, fail);
	b->set = true;
	if (temp)
		gen_release(g, key);
}

static u32 param_find(struct gen *g, const struct operand *v)
{
	const struct tree *t = &g->c->tree;
	unsigned int i;

	for (i = 0; i < t->nparams; i++)
		if (!strcmp(t->param[i].name, v->name))
			return i;
	comp_fail(g->c, v->pos, "no param \"%s\": declare it with param",
		  v->name);
}

static void cond_listed(struct gen *g, const struct cond *cond, int fail)
{
	u32 param = param_find(g, &cond->b);
	bool temp;
	u8 slot;

	if (g->gate)
		comp_fail(g->c, cond->b.pos,
			  "the administrator fills \"%s\": begin and message see only the message",
			  cond->b.name);
	g->read_params |= 1U << param;
	slot = gen_number(g, &cond->a, &temp);
	insn_listed(g, slot, param, fail);
	if (temp)
		gen_release(g, slot);
}

/* Does "->" look up a map rather than a table? */
static bool is_map(const struct gen *g, const struct cond *cond)
{
	return cond->back || map_find(g, cond->a.name) >= 0;
}

/* Continues if all conditions of an "and" hold. */
static void gen_all(struct gen *g, const struct cond *cond, int fail,
		    bool capture)
{
	for (; cond; cond = cond->next) {
		g->pos = cond->a.pos;
		if (!strcmp(cond->op, "is")) {
			cond_whose(g, cond, fail);
		} else if (!strcmp(cond->op, "in")) {
			cond_listed(g, cond, fail);
		} else if (strcmp(cond->op, "->")) {
			cond_compare(g, cond, fail);
		} else if (!capture) {
			comp_fail(g->c, cond->a.pos,
				  "a %s is looked up with if: if %s%s -> NAME",
				  is_map(g, cond) ? "map" : "table",
				  cond->a.name, cond->back ? " to ADDRESS" :
				  is_map(g, cond) ? "[ADDRESS]" : "[KEY]");
		} else if (is_map(g, cond)) {
			cond_map(g, cond, fail);
		} else {
			cond_recall(g, cond, fail);
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
		insn_jump(g, holds);
		gen_place(g, next);
	}
	gen_all(g, cond, fail, false);
	gen_place(g, holds);
}

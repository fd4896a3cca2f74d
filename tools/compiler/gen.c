// SPDX-License-Identifier: GPL-2.0
/*
 * Rules -> program.
 */
#include "ast.h"

static int class_find(struct gen *g, const struct stmt *s)
{
	const struct tree *t = &g->c->tree;
	unsigned int i;

	for (i = 0; i < t->nclasses; i++)
		if (!strcmp(t->class[i].name, s->name))
			return i;
	comp_fail(g->c, s->pos, "no class \"%s\": declare it with expect",
		  s->name);
}

static u8 open_from(struct gen *g, const struct stmt *s)
{
	if (!strcmp(s->from, "any"))
		return ALGATE_FROM_ANY;
	if (!strcmp(s->from, "peer"))
		return ALGATE_FROM_PEER;
	if (strcmp(s->from, "client") && strcmp(s->from, "server"))
		comp_fail(g->c, s->from_pos,
			  "expected client, server, peer or any, found \"%s\"",
			  s->from);
	if (!strcmp(s->from, g->sender))
		comp_fail(g->c, s->from_pos,
			  "the %s announces the endpoint, so it does not connect to it",
			  s->from);
	return ALGATE_FROM_PEER;
}

static u8 open_slot(struct gen *g, const struct operand *v, bool addr)
{
	enum algate_kind kind;
	u8 slot;

	if (!v->name || !strcmp(v->name, "self"))
		return ALGATE_SLOT_NONE;
	slot = gen_capture(g, v)->slot;
	kind = algate_type_kind(g->slot_type[slot]);
	if (addr && kind != ALGATE_KIND_IP4 && kind != ALGATE_KIND_IP6)
		comp_fail(g->c, v->pos, "\"%s\" is not an address", v->name);
	if (!addr && kind != ALGATE_KIND_NUM)
		comp_fail(g->c, v->pos, "\"%s\" is not a port", v->name);
	return slot;
}

static void gen_open(struct gen *g, const struct stmt *s)
{
	u8 rec[ALGATE_OPEN_LEN] = {};
	unsigned int i;

	rec[ALGATE_OPEN_CLASS] = class_find(g, s);
	rec[ALGATE_OPEN_PROTO] = s->proto;
	rec[ALGATE_OPEN_FROM] = open_from(g, s);
	rec[ALGATE_OPEN_FLAGS] =
		(s->third_party ? ALGATE_OPEN_F_THIRD_PARTY : 0) |
		(s->low_ports ? ALGATE_OPEN_F_LOW_PORTS : 0);
	rec[ALGATE_OPEN_ADDR] = open_slot(g, &s->addr, true);
	rec[ALGATE_OPEN_PORT] = open_slot(g, &s->port, false);
	rec[ALGATE_OPEN_COUNT] = s->ports;
	rec[ALGATE_OPEN_PARITY] = s->even;
	for (i = 0; i < g->nopens; i++)
		if (!memcmp(g->open[i], rec, sizeof(rec)))
			break;
	if (i == ALGATE_MAX_OPENS)
		comp_fail(g->c, s->pos, "more than %d different opens",
			  ALGATE_MAX_OPENS);
	if (i == g->nopens)
		memcpy(g->open[g->nopens++], rec, sizeof(rec));
	gen_op(g, ALGATE_OP_OPEN, 0, i, -1);
}

static void gen_term(struct gen *g, const struct term *t, u8 slot)
{
	bool temp;
	u8 from;

	if (!t->v.name) {
		gen_op(g, t->op == '+' ? ALGATE_OP_ADD :
			  t->op == '-' ? ALGATE_OP_SUB :
			  t->op == '&' ? ALGATE_OP_AND : ALGATE_OP_OR,
		       slot, t->v.number, -1);
		return;
	}
	if (t->op != '+' && t->op != '-')
		comp_fail(g->c, t->v.pos, "\"%c\" takes a number only", t->op);
	from = gen_number(g, &t->v, &temp);
	gen_op(g, t->op == '+' ? ALGATE_OP_ADDS : ALGATE_OP_SUBS, slot, from,
	       -1);
	if (temp)
		gen_release(g, from);
}

static void gen_assign(struct gen *g, const struct stmt *s)
{
	int var = gen_var(g, s->name);
	const struct term *t = s->expr;
	bool temp;
	u8 slot;

	if (var < 0)
		comp_fail(g->c, s->pos,
			  "\"%s\" is neither a statement nor a variable: declare it with flow",
			  s->name);
	slot = gen_number(g, &t->v, &temp);
	if (t->next && !temp) {
		u8 copy = gen_temp(g);

		gen_op(g, ALGATE_OP_COPY, copy, slot, -1);
		slot = copy;
		temp = true;
	}
	while ((t = t->next))
		gen_term(g, t, slot);
	gen_op(g, ALGATE_OP_STF, slot, var, -1);
	if (temp)
		gen_release(g, slot);
}

static void gen_count(struct gen *g, const struct stmt *s)
{
	unsigned int i;

	for (i = 0; i < g->ncounters; i++)
		if (!strcmp(g->counter[i], s->name))
			break;
	if (i == ALGATE_MAX_COUNTERS)
		comp_fail(g->c, s->pos, "more than %d counters",
			  ALGATE_MAX_COUNTERS);
	if (i == g->ncounters)
		g->counter[g->ncounters++] = s->name;
	gen_op(g, ALGATE_OP_COUNT, 0, i, -1);
}

static void gen_rewrite(struct gen *g, const struct stmt *s, int fail)
{
	struct operand to = { s->pos, s->name, 0 };
	u8 a = gen_capture(g, &to)->slot, b;
	enum algate_kind kind = algate_type_kind(g->slot_type[a]);
	bool temp = false;

	if (kind == ALGATE_KIND_SPAN)
		comp_fail(g->c, s->pos, "\"%s\" is not a value", s->name);
	if (kind != ALGATE_KIND_NUM && !s->source.name)
		comp_fail(g->c, s->source.pos, "\"%s\" is not a number",
			  s->name);
	b = kind == ALGATE_KIND_NUM ? gen_number(g, &s->source, &temp) :
				      gen_capture(g, &s->source)->slot;
	if (algate_type_kind(g->slot_type[b]) != kind)
		comp_fail(g->c, s->source.pos,
			  "\"%s\" and \"%s\" are of different kinds", s->name,
			  s->source.name);
	gen_op(g, ALGATE_OP_REWRITE, a, b, fail);
	if (temp)
		gen_release(g, b);
}

static void gen_stmts(struct gen *g, const struct stmt *s, int refuse)
{
	for (; s; s = s->next) {
		g->pos = s->pos;
		switch (s->kind) {
		case STMT_OPEN:
			gen_open(g, s);
			break;
		case STMT_REQUIRE:
			gen_cond(g, s->cond, refuse);
			break;
		case STMT_ASSIGN:
			gen_assign(g, s);
			break;
		case STMT_REWRITE:
			gen_rewrite(g, s, refuse);
			break;
		case STMT_COUNT:
			gen_count(g, s);
			break;
		case STMT_STOP:
			gen_op(g, ALGATE_OP_STOP, 0, 0, -1);
			break;
		}
	}
}

static void gen_rule(struct gen *g, const struct rule *rule, int next,
		     int refuse)
{
	memset(g->slot_busy, 0, sizeof(g->slot_busy));
	g->nbound = 0;
	gen_pattern(g, rule->pattern, next);
	gen_stmts(g, rule->stmts, refuse);
	gen_op(g, ALGATE_OP_END, 0, 1, -1);
}

static bool rule_of(const struct rule *rule, const char *sender)
{
	return !strcmp(rule->dir, sender) || !strcmp(rule->dir, "either");
}

/* Most messages mean nothing to any rule: one look at the first byte tells. */
static void gen_peek(struct gen *g, int none)
{
	const struct rule *rule;
	const struct seq *seq;
	u8 set[32] = {};

	for (rule = g->c->tree.rules; rule; rule = rule->next)
		for (seq = rule->pattern; seq; seq = seq->next)
			if (rule_of(rule, g->sender) &&
			    !first_set(seq->items, set))
				return;
	if (g->nsets == ALGATE_MAX_SETS)
		return;
	memcpy(g->set[g->nsets], set, sizeof(set));
	gen_op(g, ALGATE_OP_PEEK, g->nsets++, 0, none);
}

static void gen_direction(struct gen *g, const char *sender)
{
	int none = gen_label(g), refuse = gen_label(g), next = none;
	const struct rule *rule;
	bool first = true;

	g->sender = sender;
	g->pos = g->c->tree.rules->pos;
	for (rule = g->c->tree.rules; rule; rule = rule->next) {
		if (!rule_of(rule, sender))
			continue;
		g->pos = rule->pos;
		if (first) {
			gen_peek(g, none);
		} else {
			if (!g->used[next])
				comp_fail(g->c, rule->pos,
					  "a rule before always matches: this one is never tried");
			gen_place(g, next);
			gen_op(g, ALGATE_OP_AT, 0, 0, -1);
		}
		first = false;
		next = gen_label(g);
		gen_rule(g, rule, next, refuse);
	}
	gen_place(g, next);
	gen_place(g, none);
	if (first || g->used[next] || g->used[none])
		gen_op(g, ALGATE_OP_END, 0, 0, -1);
	gen_place(g, refuse);
	if (g->used[refuse])
		gen_op(g, ALGATE_OP_REFUSE, 0, 0, -1);
}

/**
 * gen_program() - make a program of the tree
 * @g: zeroed, but for the compilation; filled in
 */
void gen_program(struct gen *g)
{
	unsigned int i;

	/* the fields that give a length come first in the pool */
	for (i = 0; i < g->c->tree.frame.nnames; i++) {
		const char *name = g->c->tree.frame_name[i];

		if (strlen(name) > 255)
			comp_fail(g->c, g->c->tree.frame_pos,
				  "a header field's name has 255 bytes at most");
		g->lit[g->nlit++] = strlen(name);
		memcpy(g->lit + g->nlit, name, strlen(name));
		g->nlit += strlen(name);
	}
	g->entry[ALGATE_CLIENT] = g->ninsns;
	gen_direction(g, "client");
	g->entry[ALGATE_SERVER] = g->ninsns;
	gen_direction(g, "server");
	for (i = 0; i < g->ninsns; i++)
		if (g->insn[i].jf)
			g->insn[i].jf = g->label[g->insn[i].jf - 1] - i - 1;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The program as a whole: labels, tables; its two entries.
 */
#include "gen.h"

int gen_label(struct gen *g)
{
	if (g->nlabels == MAX_LABELS)
		comp_fail(g->c, g->pos, "the plug-in is too large");
	g->label[g->nlabels] = -1;
	g->used[g->nlabels] = false;
	return g->nlabels++;
}

void gen_place(struct gen *g, int label)
{
	g->label[label] = g->ninsns;
}

/**
 * gen_record() - find or add a record of a table
 * @g: program
 * @table: table
 * @n: number of records; incremented for a new record
 * @max: maximum of @n
 * @record: the record
 * @len: its length in bytes
 * @what: name of the records for the error, or NULL: no error
 *
 * Return: its index; @max if the table is full and @what is NULL.
 */
u32 gen_record(struct gen *g, void *table, unsigned int *n, unsigned int max,
	       const void *record, size_t len, const char *what)
{
	unsigned int i;

	for (i = 0; i < *n; i++)
		if (!memcmp((u8 *)table + i * len, record, len))
			return i;
	if (i == max && !what)
		return max;
	if (i == max)
		comp_fail(g->c, g->pos, "more than %u %s", max, what);
	memcpy((u8 *)table + i * len, record, len);
	return (*n)++;
}

/**
 * gen_literal() - find or add a literal in the pool
 * @g: program
 * @pos: its position in the rule text
 * @text: its bytes
 * @len: number of bytes
 *
 * Return: offset and length, encoded as in an instruction.
 */
u32 gen_literal(struct gen *g, struct pos pos, const void *text, size_t len)
{
	const u8 *at = memmem(g->lit, g->nlit, text, len);
	u32 off = g->nlit;

	if (at)
		return (at - g->lit) | (u32)len << 16;
	if (len > ALGATE_MAX_LITERALS - g->nlit)
		comp_fail(g->c, pos, "the literals take more than %d bytes",
			  ALGATE_MAX_LITERALS);
	memcpy(g->lit + g->nlit, text, len);
	g->nlit += len;
	return off | (u32)len << 16;
}

/* Locals are 0 at the beginning of a rule. */
static void gen_zero(struct gen *g, u32 locals)
{
	unsigned int i;

	for (i = 0; locals; i++, locals >>= 1)
		if (locals & 1)
			insn_set(g, gen_local(g, g->c->tree.local[i])->slot, 0);
}

/* Forget the captures of the rule before; allocate the locals in @locals. */
void gen_names(struct gen *g, u32 locals)
{
	unsigned int i;

	memset(g->slot_busy, 0, sizeof(g->slot_busy));
	memset(g->slot_used, 0, sizeof(g->slot_used));
	g->nbound = 0;
	for (i = 0; i < g->c->tree.nlocals; i++)
		if (locals & (1U << i))
			g->bound[g->nbound++] = (struct bound){
				.name = g->c->tree.local[i], .local = true,
				.slot = gen_temp(g), .set = true,
			};
}

static void gen_rule(struct gen *g, const struct rule *rule,
		     const struct fail_labels *fail)
{
	gen_names(g, rule->locals);
	gen_zero(g, rule->early);
	gen_pattern(g, rule->pattern, fail);
	gen_zero(g, rule->locals & ~rule->early);
	gen_stmts(g, rule->stmts);
	insn_end(g, 1);
	warn_captures(g, 0);
}

static void gen_rules(struct gen *g)
{
	struct fail_labels none = { gen_label(g), 0 };

	none.moved = none.unmoved;
	g->refuse = gen_label(g);
	g->pos = g->c->tree.rules->pos;
	if (!gen_list(g, g->c->tree.rules, gen_rule, &none) ||
	    g->used[none.unmoved]) {
		gen_place(g, none.unmoved);
		insn_end(g, 0);
	}
	gen_place(g, g->refuse);
	if (g->used[g->refuse])
		insn_refuse(g);
}

static void gen_sender(struct gen *g, enum algate_dir dir)
{
	g->sender = dir == ALGATE_CLIENT ? "client" : "server";
	gen_gates(g, dir);
}

/* No rule tells the directions apart, so one copy of the rules is enough. */
static bool rules_for_both(const struct tree *t)
{
	const struct rule *rule;

	for (rule = t->rules; rule; rule = rule->next)
		if (strcmp(rule->dir, "either"))
			return false;
	return !t->directed;
}

/* The names of the framing's length field are the first literals. */
static void gen_frame_names(struct gen *g)
{
	const struct tree *t = &g->c->tree;
	unsigned int i;

	for (i = 0; i < t->frame[0].nnames; i++) {
		size_t len = strlen(t->frame_name[i]);

		if (len > 255)
			comp_fail(g->c, t->frame_pos,
				  "a header field's name has 255 bytes at most");
		g->lit[g->nlit++] = len;
		memcpy(g->lit + g->nlit, t->frame_name[i], len);
		g->nlit += len;
	}
}

/**
 * gen_program() - generate the program from the syntax tree
 * @g: zeroed except for @g->c; filled in
 */
void gen_program(struct gen *g)
{
	unsigned int i;
	int rules;

	gen_frame_names(g);
	g->both = rules_for_both(&g->c->tree);
	gen_sender(g, ALGATE_CLIENT);
	if (g->both && g->c->tree.gates) {
		rules = gen_label(g);
		insn_jump(g, rules);
		gen_sender(g, ALGATE_SERVER);
		gen_place(g, rules);
	} else if (g->both) {
		gen_sender(g, ALGATE_SERVER);
	} else {
		gen_rules(g);
		gen_sender(g, ALGATE_SERVER);
	}
	gen_rules(g);
	gen_check_gates(g);
	warn_names(g);
	for (i = 0; i < g->ninsns; i++)
		if (g->insn[i].jf)
			g->insn[i].jf = g->label[g->insn[i].jf - 1] - i - 1;
}

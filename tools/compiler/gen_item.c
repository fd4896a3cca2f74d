// SPDX-License-Identifier: GPL-2.0
/*
 * Patterns and conditions -> instructions. Every jump is forward: what fails
 * goes to a label that is placed later.
 */
#include <ctype.h>

#include "ast.h"

/* instructions that cannot fail have no label to go to */
#define NO_FAIL	(-1)

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

void gen_op(struct gen *g, u8 op, u8 a, u32 imm, int fail)
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

static u8 slot_get(struct gen *g, u8 type)
{
	unsigned int i;

	for (i = 0; i < g->nslots; i++)
		if (g->slot_type[i] == type && !g->slot_busy[i])
			break;
	if (i == g->nslots) {
		if (i == ALGATE_MAX_SLOTS)
			comp_fail(g->c, g->pos,
				  "the plug-in needs more than %d captures and values at a time",
				  ALGATE_MAX_SLOTS);
		g->slot_type[g->nslots++] = type;
	}
	g->slot_busy[i] = true;
	return i;
}

u8 gen_temp(struct gen *g)
{
	return slot_get(g, ALGATE_T_NUM);
}

void gen_release(struct gen *g, u8 slot)
{
	g->slot_busy[slot] = false;
}

static struct bound *bound_find(struct gen *g, const char *name)
{
	unsigned int i;

	for (i = 0; i < g->nbound; i++)
		if (!strcmp(g->bound[i].name, name))
			return &g->bound[i];
	return NULL;
}

static const char * const reserved[] = {
	"self", "length", "message", "sport", "proto", "family",
};

/* a capture is written: by the same name in another alternative, or new */
static struct bound *bound_make(struct gen *g, const struct item *item, u8 type)
{
	struct bound *b = bound_find(g, item->name);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reserved); i++)
		if (!strcmp(reserved[i], item->name))
			comp_fail(g->c, item->pos, "\"%s\" is a reserved word",
				  item->name);
	if (gen_var(g, item->name) >= 0)
		comp_fail(g->c, item->pos, "\"%s\" is a variable of the flow",
			  item->name);
	if (b && b->set)
		comp_fail(g->c, item->pos, "\"%s\" is captured twice",
			  item->name);
	if (b && g->slot_type[b->slot] != type)
		comp_fail(g->c, item->pos,
			  "\"%s\" is of another type in another alternative",
			  item->name);
	if (b)
		return b;
	b = &g->bound[g->nbound];
	b->slot = slot_get(g, type);
	b->name = item->name;
	b->set = false;
	g->nbound++;
	return b;
}

/**
 * gen_capture() - the capture that a name stands for
 * @g: program
 * @v: name
 *
 * Return: the capture; does not return when there is none.
 */
const struct bound *gen_capture(struct gen *g, const struct operand *v)
{
	struct bound *b = bound_find(g, v->name);

	if (!b)
		comp_fail(g->c, v->pos, "nothing is called \"%s\" here",
			  v->name);
	if (!b->set)
		comp_fail(g->c, v->pos, "\"%s\" is not captured on every way here",
			  v->name);
	return b;
}

int gen_var(const struct gen *g, const char *name)
{
	const struct tree *t = &g->c->tree;
	unsigned int i;

	for (i = 0; i < t->nvars; i++)
		if (!strcmp(t->var[i], name))
			return i;
	return -1;
}

static int meta_find(const char *name)
{
	static const char * const names[] = {
		[ALGATE_META_LEN] = "length",
		[ALGATE_META_NR] = "message",
		[ALGATE_META_SPORT] = "sport",
		[ALGATE_META_PROTO] = "proto",
		[ALGATE_META_FAMILY] = "family",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

/**
 * gen_number() - a slot with a value
 * @g: program
 * @v: name or number
 * @temp: set when the slot is to be released
 *
 * Return: the slot.
 */
u8 gen_number(struct gen *g, const struct operand *v, bool *temp)
{
	const struct bound *b;
	u8 slot;
	int i;

	*temp = true;
	if (!v->name) {
		slot = gen_temp(g);
		gen_op(g, ALGATE_OP_SET, slot, v->number, NO_FAIL);
		return slot;
	}
	i = gen_var(g, v->name);
	if (i >= 0) {
		slot = gen_temp(g);
		gen_op(g, ALGATE_OP_LDF, slot, i, NO_FAIL);
		return slot;
	}
	i = meta_find(v->name);
	if (i >= 0) {
		slot = gen_temp(g);
		gen_op(g, ALGATE_OP_LDM, slot, i, NO_FAIL);
		return slot;
	}
	*temp = false;
	b = gen_capture(g, v);
	if (algate_type_kind(g->slot_type[b->slot]) != ALGATE_KIND_NUM)
		comp_fail(g->c, v->pos, "\"%s\" is not a number", v->name);
	return b->slot;
}

/* both are captures of bytes */
static bool both_spans(struct gen *g, const struct cond *cond)
{
	const struct bound *a, *b;

	if (!cond->a.name || !cond->b.name)
		return false;
	a = bound_find(g, cond->a.name);
	b = bound_find(g, cond->b.name);
	return a && b && g->slot_type[a->slot] == ALGATE_T_SPAN &&
	       g->slot_type[b->slot] == ALGATE_T_SPAN;
}

static void gen_cond_slots(struct gen *g, const struct cond *cond, u8 a,
			   int fail)
{
	bool temp = false;
	int done;
	u8 b;

	if (strcmp(cond->op, "==") && strcmp(cond->op, "!="))
		comp_fail(g->c, cond->b.pos,
			  "\"%s\" compares with a number only", cond->op);
	b = both_spans(g, cond) ? gen_capture(g, &cond->b)->slot :
				  gen_number(g, &cond->b, &temp);
	if (cond->op[0] == '=') {
		gen_op(g, ALGATE_OP_EQS, a, b, fail);
	} else {
		done = gen_label(g);
		gen_op(g, ALGATE_OP_EQS, a, b, done);
		gen_op(g, ALGATE_OP_JUMP, 0, 0, fail);
		gen_place(g, done);
	}
	if (temp)
		gen_release(g, b);
}

static u8 cond_op(const char *op)
{
	static const struct {
		const char *text;
		u8 op;
	} ops[] = {
		{ "", ALGATE_OP_NE }, { "not", ALGATE_OP_EQ },
		{ "==", ALGATE_OP_EQ }, { "!=", ALGATE_OP_NE },
		{ "<", ALGATE_OP_LT }, { "<=", ALGATE_OP_LE },
		{ ">", ALGATE_OP_GT }, { ">=", ALGATE_OP_GE },
		{ "&", ALGATE_OP_ANY },
	};
	unsigned int i;

	for (i = 0; strcmp(ops[i].text, op); i++)
		;
	return ops[i].op;
}

/**
 * gen_cond() - go on when all conditions hold, else to @fail
 * @g: program
 * @cond: conditions
 * @fail: label
 */
void gen_cond(struct gen *g, const struct cond *cond, int fail)
{
	for (; cond; cond = cond->next) {
		bool temp = false;
		u8 slot;

		g->pos = cond->a.pos;
		if (!cond->a.name)
			comp_fail(g->c, cond->a.pos,
				  "a number on the left side: write it on the right");
		slot = both_spans(g, cond) ? gen_capture(g, &cond->a)->slot :
					     gen_number(g, &cond->a, &temp);
		if (cond->b.name)
			gen_cond_slots(g, cond, slot, fail);
		else
			gen_op(g, cond_op(cond->op), slot, cond->b.number,
			       fail);
		if (temp)
			gen_release(g, slot);
	}
}

/**
 * gen_literal() - a literal in the pool
 * @g: program
 * @pos: where it is written
 * @text: its bytes
 * @len: how many
 *
 * Return: offset and length as an instruction has them.
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

static u8 set_index(struct gen *g, const u8 *set)
{
	unsigned int i;

	for (i = 0; i < g->nsets; i++)
		if (!memcmp(g->set[i], set, sizeof(g->set[i])))
			return i;
	if (i == ALGATE_MAX_SETS)
		comp_fail(g->c, g->pos, "more than %d byte sets",
			  ALGATE_MAX_SETS);
	memcpy(g->set[g->nsets], set, sizeof(g->set[i]));
	return g->nsets++;
}

static void set_add(u8 *set, u8 ch)
{
	set[ch / 8] |= 1 << ch % 8;
}

static void set_text(u8 *set, const char *chars)
{
	for (; *chars; chars++)
		set_add(set, *chars);
}

static bool first_of_type(u8 type, u8 *set)
{
	switch (type) {
	case ALGATE_T_IP6:
		set_text(set, ":");
		/* fall through */
	case ALGATE_T_HEX:
		set_text(set, "abcdefABCDEF");
		/* fall through */
	case ALGATE_T_DEC:
	case ALGATE_T_PORT:
	case ALGATE_T_PORT_COMMAS:
	case ALGATE_T_PORT_DOTS:
	case ALGATE_T_IP4:
	case ALGATE_T_IP4_COMMAS:
	case ALGATE_T_IP4_DEC:
		set_text(set, "0123456789");
		return true;
	default:
		return false;
	}
}

/**
 * first_set() - the bytes that a pattern can begin with
 * @item: first of its items
 * @set: these bytes are added
 *
 * Return: false when any byte will do, or none.
 */
bool first_set(const struct item *item, u8 *set)
{
	const struct seq *seq;
	unsigned int i;

	while (item && item->kind == ITEM_IF)
		item = item->next;
	if (!item)
		return false;
	switch (item->kind) {
	case ITEM_LITERAL:
		set_add(set, item->text[0]);
		if (item->nocase) {
			set_add(set, tolower((unsigned char)item->text[0]));
			set_add(set, toupper((unsigned char)item->text[0]));
		}
		return true;
	case ITEM_TAKE:
		return first_of_type(item->type->type, set);
	case ITEM_CLASS:
		for (i = 0; i < 32; i++)
			set[i] |= item->set[i];
		return item->min > 0 || first_set(item->next, set);
	case ITEM_GROUP:
		for (seq = item->alts; seq; seq = seq->next)
			if (!first_set(seq->items, set))
				return false;
		return !item->optional || first_set(item->next, set);
	default:
		return false;
	}
}

static void gen_ranges(struct gen *g, u8 slot, const struct range *r, int fail)
{
	int done = gen_label(g);

	for (; r; r = r->next) {
		int next = r->next ? gen_label(g) : fail;

		if (r->lo == r->hi) {
			gen_op(g, ALGATE_OP_EQ, slot, r->lo, next);
		} else {
			gen_op(g, ALGATE_OP_GE, slot, r->lo, next);
			gen_op(g, ALGATE_OP_LE, slot, r->hi, next);
		}
		if (r->next) {
			gen_op(g, ALGATE_OP_JUMP, 0, 0, done);
			gen_place(g, next);
		}
	}
	gen_place(g, done);
}

static void gen_take(struct gen *g, const struct item *item, int fail)
{
	struct bound *b = bound_make(g, item, item->type->type);

	gen_op(g, ALGATE_OP_TAKE, b->slot, 0, fail);
	b->set = true;
	if (!item->ranges)
		return;
	if (algate_type_kind(item->type->type) != ALGATE_KIND_NUM)
		comp_fail(g->c, item->pos, "\"in\" is for numbers");
	gen_ranges(g, b->slot, item->ranges, fail);
}

static void gen_class(struct gen *g, const struct item *item, int fail)
{
	struct bound *b = NULL;

	if (item->name) {
		b = bound_make(g, item, ALGATE_T_SPAN);
		gen_op(g, ALGATE_OP_MARK, b->slot, 0, NO_FAIL);
	}
	gen_op(g, ALGATE_OP_SPAN, set_index(g, item->set),
	       item->min | item->max << 16, fail);
	if (b) {
		gen_op(g, ALGATE_OP_CLOSE, b->slot, 0, NO_FAIL);
		b->set = true;
	}
}

static void gen_same(struct gen *g, const struct item *item, int fail)
{
	struct operand v = { item->pos, item->name, 0 };
	const struct bound *b = gen_capture(g, &v);

	gen_op(g, ALGATE_OP_SAME, b->slot, 0, fail);
}

static void gen_place_item(struct gen *g, const struct item *item, int fail)
{
	struct operand v = { item->pos, item->name, item->min };
	bool skip = item->kind == ITEM_SKIP, temp;
	u8 slot;

	if (!item->name) {
		gen_op(g, skip ? ALGATE_OP_SKIP : ALGATE_OP_AT, 0, item->min,
		       fail);
		return;
	}
	slot = gen_number(g, &v, &temp);
	if (!skip && !temp) {
		/* places are temporary values, of no notation */
		u8 copy = gen_temp(g);

		gen_op(g, ALGATE_OP_COPY, copy, slot, NO_FAIL);
		slot = copy;
		temp = true;
	}
	gen_op(g, skip ? ALGATE_OP_MOVE : ALGATE_OP_SEEK, slot, 0, fail);
	if (temp)
		gen_release(g, slot);
}

/* returns the item that comes after */
static const struct item *gen_dots(struct gen *g, const struct item *item,
				   int fail)
{
	const struct item *next = item->next;
	u8 set[32] = {};

	if (next && next->kind == ITEM_LITERAL) {
		gen_op(g, ALGATE_OP_FIND, next->nocase,
		       gen_literal(g, next->pos, next->text, next->len), fail);
		return next->next;
	}
	if (!next || next->kind == ITEM_IF || !first_set(next, set))
		comp_fail(g->c, item->pos,
			  "\"...\" needs something behind it that can be looked for");
	gen_op(g, ALGATE_OP_SCAN, set_index(g, set), 0, fail);
	return next;
}

static void gen_seq(struct gen *g, const struct item *item, int fail);

static void bound_save(const struct gen *g, bool *set)
{
	unsigned int i;

	for (i = 0; i < ALGATE_MAX_SLOTS; i++)
		set[i] = i < g->nbound && g->bound[i].set;
}

/* what is set after a choice is what is set in all of its branches */
static void bound_meet(struct gen *g, bool *all, bool first)
{
	unsigned int i;

	for (i = 0; i < g->nbound; i++)
		all[i] = (first || all[i]) && g->bound[i].set;
}

static void bound_restore(struct gen *g, const bool *set)
{
	unsigned int i;

	for (i = 0; i < g->nbound; i++)
		g->bound[i].set = set[i];
}

/* @optional: when nothing matches, go on where it began */
static void gen_alts(struct gen *g, const struct seq *seq, bool optional,
		     bool at_start, int fail)
{
	bool before[ALGATE_MAX_SLOTS], all[ALGATE_MAX_SLOTS] = {};
	bool choice = seq->next || optional, first = true;
	int done = gen_label(g);
	u8 mark = 0;

	bound_save(g, before);
	if (choice && !at_start) {
		mark = gen_temp(g);
		gen_op(g, ALGATE_OP_HERE, mark, 0, NO_FAIL);
	}
	for (; seq; seq = seq->next) {
		bool last = !seq->next && !optional;
		int next = last ? fail : gen_label(g);

		gen_seq(g, seq->items, next);
		bound_meet(g, all, first);
		first = false;
		if (last)
			break;
		if (!g->used[next])
			comp_fail(g->c, g->pos,
				  "what comes before always matches: the next alternative is never tried");
		gen_op(g, ALGATE_OP_JUMP, 0, 0, done);
		gen_place(g, next);
		if (at_start)
			gen_op(g, ALGATE_OP_AT, 0, 0, NO_FAIL);
		else
			gen_op(g, ALGATE_OP_SEEK, mark, 0, NO_FAIL);
		bound_restore(g, before);
	}
	if (optional)
		bound_meet(g, all, first);
	gen_place(g, done);
	bound_restore(g, all);
	if (choice && !at_start)
		gen_release(g, mark);
}

static void gen_seq(struct gen *g, const struct item *item, int fail)
{
	while (item) {
		const struct item *next = item->next;

		g->pos = item->pos;
		switch (item->kind) {
		case ITEM_LITERAL:
			gen_op(g, ALGATE_OP_LIT, item->nocase,
			       gen_literal(g, item->pos, item->text, item->len),
			       fail);
			break;
		case ITEM_DOTS:
			next = gen_dots(g, item, fail);
			break;
		case ITEM_TAKE:
			gen_take(g, item, fail);
			break;
		case ITEM_CLASS:
			gen_class(g, item, fail);
			break;
		case ITEM_SAME:
			gen_same(g, item, fail);
			break;
		case ITEM_GROUP:
			gen_alts(g, item->alts, item->optional, false, fail);
			break;
		case ITEM_SKIP:
		case ITEM_AT:
			gen_place_item(g, item, fail);
			break;
		case ITEM_EOM:
			gen_op(g, ALGATE_OP_EOM, 0, 0, fail);
			break;
		case ITEM_IF:
			gen_cond(g, item->cond, fail);
			break;
		}
		item = next;
	}
}

/**
 * gen_pattern() - match a rule's pattern, from the message's first byte
 * @g: program
 * @alts: its alternatives
 * @fail: label to go to when none matches
 */
void gen_pattern(struct gen *g, const struct seq *alts, int fail)
{
	gen_alts(g, alts, false, true, fail);
}

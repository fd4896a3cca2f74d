// SPDX-License-Identifier: GPL-2.0
/*
 * Warnings about parts of the text that have no effect.
 */
#include "gen.h"

/* Can the capture do without a name? Not an address or the value of a table. */
static bool can_omit(u8 type)
{
	return algate_type_kind(type) == ALGATE_KIND_SPAN ||
	       (algate_type_kind(type) == ALGATE_KIND_NUM &&
		type != ALGATE_T_NUM);
}

/**
 * warn_captures() - warn about captures that nothing uses
 * @g: program
 * @from: number of captures and locals to leave out
 *
 * A definition may serve rules that do not use all its captures.
 */
void warn_captures(struct gen *g, unsigned int from)
{
	unsigned int i;

	for (i = from; i < g->nbound; i++) {
		const struct bound *b = &g->bound[i];
		u8 type = g->slot_type[b->slot];

		if (b->local || b->used || b->pos.use || !can_omit(type))
			continue;
		comp_warn(g->c, b->pos, "\"%s\" is captured and never used",
			  b->name);
	}
}

/**
 * warn_names() - warn about declarations that nothing uses
 * @g: program, complete
 */
void warn_names(struct gen *g)
{
	const struct tree *t = &g->c->tree;
	unsigned int i;

	for (i = 0; i < t->nclasses; i++)
		if (!(g->opened & 1U << i))
			comp_warn(g->c, t->class_pos[i],
				  "no rule opens the class \"%s\"",
				  t->class[i].name);
	for (i = 0; i < t->nvars; i++)
		if (!(g->read_vars & 1U << i))
			comp_warn(g->c, t->var_pos[i],
				  "no rule reads the variable \"%s\"",
				  t->var[i]);
	for (i = 0; i < t->nlocals; i++)
		if (!(g->read_locals & 1U << i))
			comp_warn(g->c, t->local_pos[i],
				  "no rule reads the local \"%s\"",
				  t->local[i]);
	for (i = 0; i < t->ntables; i++)
		if (!(g->read_tables & 1U << i))
			comp_warn(g->c, t->table_pos[i],
				  "no rule reads the table \"%s\"",
				  t->table[i].name);
	for (i = 0; i < t->nparams; i++)
		if (!(g->read_params & 1U << i))
			comp_warn(g->c, t->param_pos[i],
				  "no rule reads the param \"%s\"",
				  t->param[i].name);
	for (i = 0; i < t->nmaps; i++)
		if (!(g->read_maps & 1U << i))
			comp_warn(g->c, t->map_pos[i],
				  "no rule reads the map \"%s\"",
				  t->map[i].name);
}

static u32 greatest_read(u8 type)
{
	switch (type) {
	case ALGATE_T_U8:
		return 0xff;
	case ALGATE_T_U24BE:
		return 0xffffff;
	case ALGATE_T_U16BE:
	case ALGATE_T_U16LE:
	case ALGATE_T_PORT:
	case ALGATE_T_PORT_COMMAS:
	case ALGATE_T_PORT_DOTS:
	case ALGATE_T_PORT_UTF16:
		return 0xffff;
	default:
		return 0xffffffff;
	}
}

/* The greatest value of a TAKE */
static u32 greatest(const struct item *item)
{
	struct algate_value v = { .num = greatest_read(item->type->type) };

	if (item->scale && !algate_value_scale(&v, item->scale))
		return 0xffffffff;
	return v.num;
}

/* Does the item match at least a byte, or look at the next one? */
static bool needs_bytes(const struct item *item)
{
	switch (item->kind) {
	case ITEM_AT:
	case ITEM_IF:
	case ITEM_EOM:
	case ITEM_SAME:
	case ITEM_GROUP:
		return false;
	case ITEM_SKIP:
		return !item->place->v.name;
	case ITEM_CLASS:
		return item->min;
	default:
		return true;
	}
}

/**
 * warn_item() - warn about an item that never matches
 * @g: program
 * @item: item of a pattern
 */
void warn_item(struct gen *g, const struct item *item)
{
	const struct item *next = item->next;
	const struct range *r;

	if (item->kind == ITEM_EOM && next && needs_bytes(next))
		comp_warn(g->c, next->pos,
			  "this never matches: the item behind \"end\" needs a byte");
	if (item->kind != ITEM_TAKE)
		return;
	for (r = item->ranges; r; r = r->next)
		if (r->lo > greatest(item))
			comp_warn(g->c, item->pos,
				  "%u never matches: %s is at most %u", r->lo,
				  item->type->name, greatest(item));
}

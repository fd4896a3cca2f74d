// SPDX-License-Identifier: GPL-2.0
/*
 * Lookup of names: captures, locals, variables of the flow, properties of the
 * message. Allocation of the slots for their values.
 */
#include "gen.h"

static u8 slot_find(struct gen *g, u8 type, bool fresh)
{
	unsigned int i;

	for (i = 0; i < g->nslots; i++)
		if (g->slot_type[i] == type && !g->slot_busy[i] &&
		    !(fresh && g->slot_used[i]))
			break;
	if (i == g->nslots) {
		if (i == ALGATE_MAX_SLOTS)
			comp_fail(g->c, g->pos,
				  "the plug-in needs more than %d captures and values at a time",
				  ALGATE_MAX_SLOTS);
		g->slot_type[g->nslots++] = type;
	}
	g->slot_busy[i] = true;
	g->slot_used[i] = true;
	return i;
}

u8 gen_slot(struct gen *g, u8 type)
{
	return slot_find(g, type, false);
}

u8 gen_temp(struct gen *g)
{
	return slot_find(g, ALGATE_T_NUM, false);
}

/*
 * A slot for a number that is read at the end of the run. In a loop, earlier
 * instructions run again for the next element. So the rule must not use the
 * slot for any other value, before or after.
 */
u8 gen_kept(struct gen *g)
{
	return slot_find(g, ALGATE_T_NUM, true);
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

struct bound *gen_local(struct gen *g, const char *name)
{
	struct bound *b = bound_find(g, name);

	return b && b->local ? b : NULL;
}

static void check_name(struct gen *g, const char *name, struct pos pos)
{
	static const char * const reserved[] = {
		"self", "own", "peer", "private", "length", "number", "sport", "proto",
		"family", "stun", "side", "broadcast", "outbound", "inbound",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reserved); i++)
		if (!strcmp(reserved[i], name))
			comp_fail(g->c, pos, "\"%s\" is a reserved word", name);
	if (gen_var(g, name) >= 0)
		comp_fail(g->c, pos, "\"%s\" is a variable of the flow", name);
}

/**
 * gen_bind() - find or add the capture to write
 * @g: program
 * @name: its name: new, or captured in another alternative or outside the loop
 * @pos: its position in the rule text
 * @type: its type
 *
 * Return: the capture.
 */
struct bound *gen_bind(struct gen *g, const char *name, struct pos pos, u8 type)
{
	struct bound *b = bound_find(g, name);
	bool outside = b && b < g->bound + g->outer;

	check_name(g, name, pos);
	if (b && b->local)
		outside = true;
	if (b && b->set && !outside)
		comp_fail(g->c, pos, "\"%s\" is captured twice", name);
	if (b && g->slot_type[b->slot] != type)
		comp_fail(g->c, pos, "\"%s\" is of another type %s", name,
			  outside ? "outside the loop" :
				    "in another alternative");
	if (b)
		return b;
	b = &g->bound[g->nbound];
	b->slot = gen_slot(g, type);
	b->name = name;
	b->pos = pos;
	b->used = false;
	b->set = false;
	b->local = false;
	g->nbound++;
	return b;
}

/* Notes that the value of a capture or local is used. */
void gen_read(struct gen *g, struct bound *b)
{
	unsigned int i;

	b->used = true;
	for (i = 0; b->local && i < g->c->tree.nlocals; i++)
		if (!strcmp(g->c->tree.local[i], b->name))
			g->read_locals |= 1U << i;
}

/* What a name that is not captured may be meant for */
static const char *name_hint(const char *name)
{
	static const char * const statements[] = {
		"open", "translate", "confirm", "close", "extend", "require",
		"rewrite", "adjust", "forget", "count", "stop", "each",
	};
	const struct type_word *type;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(statements); i++)
		if (!strcmp(statements[i], name))
			return ": statements stand in braces behind the pattern";
	for (type = type_words; type->name; type++)
		if (!strcmp(type->name, name))
			return ": a type follows the name of a capture and a colon";
	return "";
}

/**
 * gen_capture() - find a capture or local by name
 * @g: program
 * @v: name
 *
 * Return: the capture; an unknown or unset name ends the compilation.
 */
const struct bound *gen_capture(struct gen *g, const struct operand *v)
{
	struct bound *b = bound_find(g, v->name);
	const char *hint = b ? "" : name_hint(v->name);

	if (!b)
		comp_fail(g->c, v->pos, "unknown name \"%s\"%s", v->name, hint);
	if (!b->set)
		comp_fail(g->c, v->pos, "\"%s\" is not captured on every path to this place",
			  v->name);
	gen_read(g, b);
	return b;
}

/* The slot of a capture with a place in the message */
u8 gen_place_of(struct gen *g, const struct operand *v)
{
	u8 slot = gen_capture(g, v)->slot;

	if (g->slot_type[slot] == ALGATE_T_NUM ||
	    g->slot_type[slot] == ALGATE_T_ADDR)
		comp_fail(g->c, v->pos, "\"%s\" has no place in the message",
			  v->name);
	return slot;
}

/* Is the name a capture of a loop? */
bool gen_is_inner(struct gen *g, const char *name)
{
	const struct bound *b = bound_find(g, name);

	return b && g->depth && b >= g->bound + g->outermost;
}

bool gen_is_span(struct gen *g, const struct operand *v)
{
	const struct bound *b = v->name ? bound_find(g, v->name) : NULL;

	return b && g->slot_type[b->slot] == ALGATE_T_SPAN;
}

/* Captured bytes or an address: a value whose hash is not that of a number */
bool gen_is_hashed(struct gen *g, const struct operand *v)
{
	const struct bound *b = v->name ? bound_find(g, v->name) : NULL;

	return b && (g->slot_type[b->slot] == ALGATE_T_SPAN ||
		     algate_type_kind(g->slot_type[b->slot]) ==
		     ALGATE_KIND_ADDR);
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

static int table_find(const struct gen *g, const char *name, bool queue)
{
	const struct tree *t = &g->c->tree;
	unsigned int i;

	for (i = 0; i < t->ntables; i++)
		if (!strcmp(t->table[i].name, name) &&
		    t->table[i].queue == queue)
			return i;
	return -1;
}

static u32 table_get(struct gen *g, struct pos pos, const char *name,
		     bool queue)
{
	const char *what = queue ? "queue" : "table";
	int i = table_find(g, name, queue);

	if (i < 0)
		comp_fail(g->c, pos, "no %s \"%s\": declare it with %s", what,
			  name, what);
	return i;
}

u32 gen_table(struct gen *g, struct pos pos, const char *name)
{
	return table_get(g, pos, name, false);
}

u32 gen_queue(struct gen *g, struct pos pos, const char *name)
{
	return table_get(g, pos, name, true);
}

static int meta_find(const char *name)
{
	static const char * const names[] = {
		[ALGATE_META_LEN] = "length",
		[ALGATE_META_NR] = "number",
		[ALGATE_META_SPORT] = "sport",
		[ALGATE_META_PROTO] = "proto",
		[ALGATE_META_FAMILY] = "family",
		[ALGATE_META_STUN] = "stun",
		[ALGATE_META_SIDE] = "side",
		[ALGATE_META_BROADCAST] = "broadcast",
		[ALGATE_META_ADDITION] = "addition",
		[ALGATE_META_OUTBOUND] = "outbound",
		[ALGATE_META_INBOUND] = "inbound",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

static u8 number_slot(struct gen *g, const struct operand *v)
{
	u8 slot = gen_capture(g, v)->slot;

	if (algate_type_kind(g->slot_type[slot]) != ALGATE_KIND_NUM)
		comp_fail(g->c, v->pos, "\"%s\" is not a number", v->name);
	return slot;
}

static bool is_direction(const struct operand *v)
{
	return !strcmp(v->name, "direction");
}

/* Is the value a capture or a local? */
static bool is_in_slot(const struct gen *g, const struct operand *v)
{
	return v->name && !is_direction(v) && gen_var(g, v->name) < 0 &&
	       meta_find(v->name) < 0;
}

static void load_meta(struct gen *g, const struct operand *v, u8 slot,
		      enum algate_meta meta)
{
	if (meta == ALGATE_META_ADDITION && !g->additions)
		comp_fail(g->c, v->pos,
			  "\"addition\" is the number of an element: write it in a loop each addition");
	insn_load_meta(g, slot, meta);
}

/* Load a value that is in no slot. */
static void load(struct gen *g, const struct operand *v, u8 slot)
{
	int var;

	if (!v->name) {
		insn_set(g, slot, v->number);
		return;
	}
	if (is_direction(v)) {
		insn_set(g, slot, !strcmp(g->sender, "server"));
		return;
	}
	var = gen_var(g, v->name);
	if (var >= 0 && g->gate)
		comp_fail(g->c, v->pos,
			  "\"%s\" is a variable of the flow: begin and message see only the message",
			  v->name);
	if (var >= 0) {
		g->read_vars |= 1U << var;
		insn_load_var(g, slot, var);
	} else {
		load_meta(g, v, slot, meta_find(v->name));
	}
}

/**
 * gen_load() - load a value into a slot
 * @g: program
 * @v: name or number
 * @slot: slot of type NUM
 */
void gen_load(struct gen *g, const struct operand *v, u8 slot)
{
	u8 from;

	if (!is_in_slot(g, v)) {
		load(g, v, slot);
		return;
	}
	from = number_slot(g, v);
	if (from != slot)
		insn_copy(g, slot, from);
}

/**
 * gen_number() - find the slot of a number, or load the number into a slot
 * @g: program
 * @v: name or number
 * @temp: set to true if the caller must release the slot
 *
 * Return: the slot.
 */
u8 gen_number(struct gen *g, const struct operand *v, bool *temp)
{
	u8 slot;

	*temp = !is_in_slot(g, v);
	if (!*temp)
		return number_slot(g, v);
	slot = gen_temp(g);
	load(g, v, slot);
	return slot;
}

void gen_save_bound(const struct gen *g, bool *set)
{
	unsigned int i;

	for (i = 0; i < ALGATE_MAX_SLOTS; i++)
		set[i] = i < g->nbound && g->bound[i].set;
}

void gen_restore_bound(struct gen *g, const bool *set)
{
	unsigned int i;

	for (i = 0; i < g->nbound; i++)
		g->bound[i].set = set[i];
}

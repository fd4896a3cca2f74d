// SPDX-License-Identifier: GPL-2.0
/*
 * Patterns -> instructions.
 */
#include <ctype.h>

#include "gen.h"

static u8 set_index(struct gen *g, const u8 *set)
{
	return gen_record(g, g->set, &g->nsets, ALGATE_MAX_SETS, set,
			  sizeof(g->set[0]), "byte sets");
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

static void set_letter(u8 *set, u8 ch, bool nocase)
{
	set_add(set, ch);
	if (nocase) {
		set_add(set, tolower(ch));
		set_add(set, toupper(ch));
	}
}

static bool first_of_type(u8 type, u8 *set)
{
	switch (type) {
	case ALGATE_T_IP6:
	case ALGATE_T_IP:
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
	case ALGATE_T_IP4_UTF16:
	case ALGATE_T_PORT_UTF16:
		set_text(set, "0123456789");
		return true;
	case ALGATE_T_HOST:
	case ALGATE_T_ENDPOINT:
		set_text(set, "[0123456789");
		return true;
	default:
		return false;
	}
}

/**
 * item_fails() - is there a text that the item does not match?
 * @item: item
 *
 * Return: false if the item matches everywhere, perhaps no byte.
 */
bool item_fails(const struct item *item)
{
	if (item->kind == ITEM_CLASS)
		return item->min > 0;
	if (item->kind == ITEM_GROUP && item->repeated)
		return item->min > 0 || item->times.name;
	return item->kind != ITEM_GROUP || !item->optional;
}

/**
 * gen_first() - find the possible first bytes of a pattern
 * @item: its first item
 * @set: the possible first bytes are added
 *
 * Return: false if the pattern can begin with any byte, or match no bytes.
 */
bool gen_first(const struct item *item, u8 *set)
{
	const struct field_name *field;
	const struct seq *seq;
	unsigned int i;

	while (item && item->kind == ITEM_IF)
		item = item->next;
	if (!item)
		return false;
	switch (item->kind) {
	case ITEM_LITERAL:
		set_letter(set, item->text[0], item->nocase);
		return true;
	case ITEM_FIELD:
		for (field = item->fields; field; field = field->next)
			set_letter(set, field->text[0], true);
		return true;
	case ITEM_TAKE:
		return first_of_type(item->type->type, set);
	case ITEM_CLASS:
		for (i = 0; i < 32; i++)
			set[i] |= item->set[i];
		return item->min > 0 || gen_first(item->next, set);
	case ITEM_GROUP:
		for (seq = item->alts; seq; seq = seq->next)
			if (!gen_first(seq->items, set))
				return false;
		return item_fails(item) || gen_first(item->next, set);
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
			insn_compare(g, "==", slot, r->lo, next);
		} else {
			insn_compare(g, ">=", slot, r->lo, next);
			insn_compare(g, "<=", slot, r->hi, next);
		}
		if (r->next) {
			insn_jump(g, done);
			gen_place(g, next);
		}
	}
	gen_place(g, done);
}

/* Bits and lengths are never written, so they become numbers without a place. */
static u8 value_type(const struct item *item)
{
	switch (item->type->type) {
	case ALGATE_T_PER:
	case ALGATE_T_BER:
		return ALGATE_T_NUM;
	}
	return item->type->type;
}

/* Reads a value into a slot of its value_type() */
static void gen_value(struct gen *g, const struct item *item, u8 slot, int fail)
{
	u8 from;

	if (type_bits(item->type)) {
		insn_bits(g, slot, type_bits(item->type), fail);
	} else if (item->type->type == g->slot_type[slot]) {
		insn_take(g, slot, item->scale, fail);
	} else {
		from = gen_slot(g, item->type->type);
		insn_take(g, from, item->scale, fail);
		insn_copy(g, slot, from);
		gen_release(g, from);
	}
}

static void gen_take_local(struct gen *g, const struct item *item,
			   const struct bound *b,
			   const struct fail_labels *fail)
{
	u8 slot = gen_slot(g, value_type(item));

	if (algate_type_kind(item->type->type) != ALGATE_KIND_NUM)
		comp_fail(g->c, item->pos, "the local \"%s\" can hold only a number",
			  item->name);
	gen_value(g, item, slot, fail->unmoved);
	if (item->ranges)
		gen_ranges(g, slot, item->ranges, fail->moved);
	insn_copy(g, b->slot, slot);
	gen_release(g, slot);
}

/* a value without a name */
static void gen_take_number(struct gen *g, const struct item *item,
			    const struct fail_labels *fail)
{
	u8 slot = gen_slot(g, value_type(item));

	gen_value(g, item, slot, fail->unmoved);
	gen_ranges(g, slot, item->ranges, fail->moved);
	gen_release(g, slot);
}

static void gen_take(struct gen *g, const struct item *item,
		     const struct fail_labels *fail)
{
	struct bound *b;

	if (!item->name) {
		gen_take_number(g, item, fail);
		return;
	}
	if (item->ranges &&
	    algate_type_kind(item->type->type) != ALGATE_KIND_NUM)
		comp_fail(g->c, item->pos, "\"in\" is for numbers");
	b = gen_local(g, item->name);
	if (b) {
		gen_take_local(g, item, b, fail);
		return;
	}
	b = gen_bind(g, item->name, item->pos, value_type(item));
	gen_value(g, item, b->slot, fail->unmoved);
	b->set = true;
	if (item->ranges)
		gen_ranges(g, b->slot, item->ranges, fail->moved);
}

static void gen_class(struct gen *g, const struct item *item, int fail)
{
	struct bound *b = NULL;

	if (item->name) {
		if (gen_local(g, item->name))
			comp_fail(g->c, item->pos, "the local \"%s\" can hold only a number",
				  item->name);
		b = gen_bind(g, item->name, item->pos, ALGATE_T_SPAN);
		insn_mark(g, b->slot);
	}
	if (item->peek) {
		insn_peek(g, set_index(g, item->set), fail);
		return;
	}
	insn_span(g, set_index(g, item->set), item->min, item->max, fail);
	if (b) {
		insn_close(g, b->slot);
		b->set = true;
	}
}

static void gen_same(struct gen *g, const struct item *item, int fail)
{
	struct operand v = { item->pos, item->name, 0 };

	insn_same(g, gen_place_of(g, &v), fail);
}

static void gen_seek(struct gen *g, const struct operand *v, int fail)
{
	u8 slot;
	bool temp;

	slot = gen_number(g, v, &temp);
	if (g->slot_type[slot] != ALGATE_T_NUM) {
		/* SEEK needs a slot without notation */
		slot = gen_temp(g);
		temp = true;
		gen_load(g, v, slot);
	}
	insn_seek(g, slot, fail);
	if (temp)
		gen_release(g, slot);
}

static void gen_move(struct gen *g, const struct operand *v, int fail)
{
	bool temp;
	u8 slot = gen_number(g, v, &temp);

	insn_move(g, slot, fail);
	if (temp)
		gen_release(g, slot);
}

/* Is the sum a number? */
static bool is_constant(struct gen *g, const struct item *item, u32 *number)
{
	u32 least = item->kind == ITEM_SKIP;
	const struct term *t;
	s64 sum = 0;

	for (t = item->place; t; t = t->next) {
		if (t->v.name)
			return false;
		sum += t->op == '-' ? -(s64)t->v.number : t->v.number;
	}
	if (item->pad && sum > 0)
		sum = (sum + item->pad - 1) & ~(s64)(item->pad - 1);
	if (sum < least || sum > ALGATE_MAX_MESSAGE)
		comp_fail(g->c, item->pos, "a number of bytes must be %u to %d",
			  least, ALGATE_MAX_MESSAGE);
	*number = sum;
	return true;
}

/*
 * The slot of a sum. No term is greater than the longest message, so a sum that
 * wraps around is below 0 and too large for any message.
 */
static u8 gen_sum(struct gen *g, const struct item *item, int fail)
{
	const struct term *t = item->place;
	u8 slot = gen_temp(g), from;
	bool temp;

	gen_load(g, &t->v, slot);
	insn_compare(g, "<=", slot, ALGATE_MAX_MESSAGE, fail);
	while ((t = t->next)) {
		if (!t->v.name) {
			insn_number(g, t->op, slot, t->v.number);
			continue;
		}
		from = gen_number(g, &t->v, &temp);
		insn_compare(g, "<=", from, ALGATE_MAX_MESSAGE, fail);
		insn_slot(g, t->op, slot, from);
		if (temp)
			gen_release(g, from);
	}
	if (item->pad) {
		if (item->place->next)
			insn_compare(g, "<=", slot, ALGATE_MAX_MESSAGE, fail);
		insn_number(g, '+', slot, item->pad - 1);
		insn_number(g, '&', slot, ~(item->pad - 1));
	}
	return slot;
}

static void gen_place_item(struct gen *g, const struct item *item, int fail)
{
	bool skip = item->kind == ITEM_SKIP;
	u32 number;
	u8 slot;

	if (!skip && g->repeats)
		comp_fail(g->c, item->pos,
			  "\"at\" cannot stand in a repeated group: use skip");
	if (is_constant(g, item, &number)) {
		if (skip)
			insn_skip(g, number, fail);
		else
			insn_at(g, number, fail);
	} else if (item->place->next || item->pad) {
		slot = gen_sum(g, item, fail);
		if (skip)
			insn_move(g, slot, fail);
		else
			insn_seek(g, slot, fail);
		gen_release(g, slot);
	} else if (skip) {
		gen_move(g, &item->place->v, fail);
	} else {
		gen_seek(g, &item->place->v, fail);
	}
}

/* Returns the next item to generate. */
static const struct item *gen_dots(struct gen *g, const struct item *item,
				   int fail)
{
	const struct item *next = item->next;
	u8 set[32] = {};

	if (next && next->kind == ITEM_LITERAL) {
		insn_find(g, gen_literal(g, next->pos, next->text, next->len),
			  next->nocase, fail);
		return next->next;
	}
	if (!next || next->kind == ITEM_IF || !gen_first(next, set))
		comp_fail(g->c, item->pos,
			  "\"...\" cannot search the item behind it");
	insn_scan(g, set_index(g, set), fail);
	return next;
}

static void gen_field(struct gen *g, const struct item *item, int fail)
{
	const struct field_name *name;
	u8 names[256];
	size_t len = 0;

	for (name = item->fields; name; name = name->next) {
		if (len + 1 + name->len > 255)
			comp_fail(g->c, item->pos,
				  "the names of the field take more than 255 bytes");
		names[len++] = name->len;
		memcpy(names + len, name->text, name->len);
		len += name->len;
	}
	insn_field(g, gen_literal(g, item->pos, names, len), fail);
}

static void gen_seq(struct gen *g, const struct item *item,
		    const struct fail_labels *fail);

/* May an item end inside a byte? @inside: it may begin there */
static bool item_inside(const struct item *item, bool inside)
{
	bool any;

	switch (item->kind) {
	case ITEM_TAKE:
		return type_bits(item->type);
	case ITEM_IF:
	case ITEM_EOM:
		return inside;
	case ITEM_GROUP:
		/* a turn may begin where the turn before ended */
		any = gen_inside(item->alts, inside) ||
		      (item->repeated && gen_inside(item->alts, true));
		return any || (inside && !item_fails(item));
	default:
		return false;
	}
}

/**
 * gen_inside() - may a pattern end inside a byte?
 * @seq: alternatives
 * @inside: the pattern may begin inside a byte
 *
 * Return: true if the last item that matches bytes may be one of bits.
 */
bool gen_inside(const struct seq *seq, bool inside)
{
	const struct item *item;
	bool at, any = false;

	for (; seq; seq = seq->next) {
		at = inside;
		for (item = seq->items; item; item = item->next)
			at = item_inside(item, at);
		any |= at;
	}
	return any;
}

/* After a choice, a name is set if all branches have set the name. */
static void bound_intersect(struct gen *g, bool *all, bool first)
{
	unsigned int i;

	for (i = 0; i < g->nbound; i++)
		all[i] = (first || all[i]) && g->bound[i].set;
}

static bool fails_moved(const struct item *item);

/* Before every alternative but the last, the cursor goes back to the start. */
static bool group_fails_moved(const struct item *item)
{
	const struct seq *last = item->alts;

	if (item->repeated)
		return item_fails(item);
	while (last->next)
		last = last->next;
	return !item->optional && fails_moved(last->items);
}

/* Can a pattern fail after moving the cursor? */
static bool fails_moved(const struct item *item)
{
	bool moved = false;

	for (; item; item = item->next) {
		if (moved && item_fails(item))
			return true;
		if (item->kind == ITEM_TAKE && item->ranges)
			return true;
		if (item->kind == ITEM_GROUP && group_fails_moved(item))
			return true;
		moved |= item->kind != ITEM_IF && item->kind != ITEM_EOM;
	}
	return false;
}

/* Must the cursor go back between alternatives? */
static bool needs_mark(const struct seq *seq, bool optional)
{
	for (; seq && (seq->next || optional); seq = seq->next)
		if (fails_moved(seq->items))
			return true;
	return false;
}

/**
 * struct choice - alternatives in generation
 * @optional: if no alternative matches, continue at the start of the choice
 * @start: the choice starts at the window's first byte
 * @mark: slot with the start of the choice, unless @start
 * @done: label behind the alternatives
 */
struct choice {
	bool optional;
	bool start;
	u8 mark;
	int done;
};

/* Ends an alternative; the next one begins at the start of the choice. */
static void gen_next_alt(struct gen *g, const struct choice *choice,
			 const struct fail_labels *next)
{
	if (!g->used[next->unmoved] && !g->used[next->moved])
		comp_fail(g->c, g->pos,
			  "this always matches: no other alternative is ever tried");
	insn_jump(g, choice->done);
	gen_place(g, next->moved);
	if (g->used[next->moved]) {
		if (choice->start)
			insn_at(g, 0, NO_FAIL);
		else
			insn_back(g, choice->mark);
	}
	gen_place(g, next->unmoved);
}

static void gen_each_alt(struct gen *g, const struct seq *seq,
			 const struct choice *choice,
			 const struct fail_labels *fail)
{
	bool before[ALGATE_MAX_SLOTS], all[ALGATE_MAX_SLOTS] = {};
	bool first = true, inside = g->inside;

	gen_save_bound(g, before);
	for (; seq; seq = seq->next, first = false) {
		struct fail_labels next = *fail;
		bool last = !seq->next && !choice->optional;

		if (!last)
			next = (struct fail_labels){
				gen_label(g), gen_label(g),
			};
		g->inside = inside;
		gen_seq(g, seq->items, &next);
		bound_intersect(g, all, first);
		if (last)
			break;
		gen_next_alt(g, choice, &next);
		gen_restore_bound(g, before);
	}
	if (choice->optional)
		bound_intersect(g, all, false);
	gen_place(g, choice->done);
	gen_restore_bound(g, all);
}

/**
 * gen_alts() - match alternatives
 * @g: program
 * @seq: alternatives
 * @optional: if no alternative matches, continue at the start of the choice
 * @start: the choice starts at the window's first byte
 * @fail: jump targets if no alternative matches
 */
void gen_alts(struct gen *g, const struct seq *seq, bool optional, bool start,
	      const struct fail_labels *fail)
{
	struct choice choice = {
		.optional = optional, .start = start, .done = gen_label(g),
	};
	bool mark = !start && needs_mark(seq, optional);

	if (mark) {
		choice.mark = gen_temp(g);
		insn_here(g, choice.mark);
	}
	gen_each_alt(g, seq, &choice, fail);
	if (mark)
		gen_release(g, choice.mark);
}

/* Returns the next item to generate. */
static const struct item *gen_item(struct gen *g, const struct item *item,
				   const struct fail_labels *fail)
{
	switch (item->kind) {
	case ITEM_LITERAL:
		insn_literal(g, gen_literal(g, item->pos, item->text,
					    item->len),
			     item->nocase, fail->unmoved);
		break;
	case ITEM_DOTS:
		return gen_dots(g, item, fail->unmoved);
	case ITEM_TAKE:
		gen_take(g, item, fail);
		break;
	case ITEM_CLASS:
		gen_class(g, item, fail->unmoved);
		break;
	case ITEM_SAME:
		gen_same(g, item, fail->unmoved);
		break;
	case ITEM_GROUP:
		if (item->repeated)
			gen_repeat(g, item, fail);
		else
			gen_alts(g, item->alts, item->optional, false, fail);
		break;
	case ITEM_SKIP:
	case ITEM_AT:
		gen_place_item(g, item, fail->unmoved);
		break;
	case ITEM_ADDITIONS:
		gen_skip_additions(g, item);
		break;
	case ITEM_EOM:
		insn_end_of_message(g, fail->unmoved);
		break;
	case ITEM_IF:
		gen_cond(g, item->cond, fail->unmoved, true);
		break;
	case ITEM_FIELD:
		gen_field(g, item, fail->unmoved);
		break;
	}
	return item->next;
}

static void gen_seq(struct gen *g, const struct item *item,
		    const struct fail_labels *fail)
{
	const struct fail_labels gone = { fail->moved, fail->moved };

	while (item) {
		bool moves = item->kind != ITEM_IF && item->kind != ITEM_EOM;
		bool inside = item_inside(item, g->inside);

		g->pos = item->pos;
		warn_item(g, item);
		item = gen_item(g, item, fail);
		g->inside = inside;
		if (moves)
			fail = &gone;
	}
}

/**
 * gen_pattern() - match a rule's pattern from the window's first byte
 * @g: program
 * @alts: its alternatives
 * @fail: jump targets if no alternative matches
 */
void gen_pattern(struct gen *g, const struct seq *alts,
		 const struct fail_labels *fail)
{
	g->inside = false;
	gen_alts(g, alts, false, true, fail);
}

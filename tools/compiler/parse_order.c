// SPDX-License-Identifier: GPL-2.0
/*
 * The order of bytes that a message says.
 *
 *	order little CLASS at PLACE
 *
 * The parser reads a rule with u16 or u32 twice, as it reads a definition again
 * at each use: first these types are little-endian, then big-endian. A test of
 * the byte that says the order precedes each of the two patterns. So the
 * generator and the engine know only numbers of a fixed order.
 */
#include "parse.h"

/**
 * parse_order() - read the declaration behind its first word
 * @c: compilation
 * @pos: position of the declaration
 */
void parse_order(struct comp *c, struct pos pos)
{
	struct tree *t = &c->tree;
	unsigned int i;

	if (t->order.kind != TOK_END)
		comp_fail(c, pos, "a second order");
	tok_need(c, "little");
	if (!tok_is(c, "["))
		fail_expected(c, "a byte class");
	lex_class(c);
	for (i = 0; i < sizeof(c->tok.set) && c->tok.set[i] == 0xff; i++)
		;
	if (i == sizeof(c->tok.set))
		comp_fail(c, c->tok.pos, "the class has each byte, so no message is big-endian");
	t->order = c->tok;
	lex_next(c);
	tok_need(c, "at");
	t->order_place = parse_number(c, "a place", 0, 65535);
}

/**
 * order_used() - note a number whose order the message says
 * @c: compilation
 * @pos: position of the type
 * @type: its name
 */
void order_used(struct comp *c, struct pos pos, const char *type)
{
	if (c->tree.order.kind == TOK_END)
		comp_fail(c, pos,
			  "%s needs the declaration \"order\" in front; numbers of a fixed order are %sbe and %sle",
			  type, type, type);
	c->ordered = true;
}

/**
 * order_first() - begin text that may be read twice
 * @c: compilation
 * @p: the current position is saved here, for order_again()
 */
void order_first(struct comp *c, struct passage *p)
{
	*p = (struct passage){
		.at = c->at, .line = c->line, .line_start = c->line_start,
		.tok = c->tok,
	};
	c->little = true;
	c->ordered = false;
}

/**
 * order_fixed() - give the length of an element the order of the text's numbers
 * @c: compilation
 * @f: framing of the element
 */
void order_fixed(const struct comp *c, struct algate_framing *f)
{
	if (f->flags & ALGATE_FRAME_ORDER)
		f->flags = c->little ? ALGATE_FRAME_LITTLE : 0;
}

static struct item *place_item(struct comp *c, u32 place)
{
	struct item *item = comp_alloc(c, sizeof(*item));

	item->kind = ITEM_AT;
	item->pos = c->tree.order.pos;
	item->place = comp_alloc(c, sizeof(*item->place));
	item->place->v.pos = item->pos;
	item->place->v.number = place;
	return item;
}

/* the test of the order, and back to the first byte */
static struct item *order_items(struct comp *c)
{
	struct item *first = place_item(c, c->tree.order_place);
	struct item *byte = comp_alloc(c, sizeof(*byte));
	unsigned int i;

	byte->kind = ITEM_CLASS;
	byte->pos = first->pos;
	byte->min = 1;
	byte->max = 1;
	for (i = 0; i < sizeof(byte->set); i++)
		byte->set[i] = c->little ? c->tree.order.set[i] :
					   ~c->tree.order.set[i];
	first->next = byte;
	byte->next = place_item(c, 0);
	return first;
}

/**
 * order_again() - end text that was read in one order
 * @c: compilation
 * @p: filled in by order_first()
 * @seq: alternatives of the text's pattern; if the text has numbers whose order
 *	the message says, they begin with a test of this order
 *
 * Return: true if the text is to be read again, in the other order: the current
 * position is its beginning.
 */
bool order_again(struct comp *c, const struct passage *p, struct seq *seq)
{
	if (!c->ordered)
		return false;
	for (; seq; seq = seq->next) {
		struct item *items = order_items(c);

		items->next->next->next = seq->items;
		seq->items = items;
	}
	if (!c->little)
		return false;
	c->little = false;
	c->at = p->at;
	c->line = p->line;
	c->line_start = p->line_start;
	c->tok = p->tok;
	return true;
}

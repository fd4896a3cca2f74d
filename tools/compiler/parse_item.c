// SPDX-License-Identifier: GPL-2.0
/*
 * Patterns.
 */
#include <ctype.h>

#include "parse.h"

#define MAX_FIELD_NAMES	8

const struct type_word type_words[] = {
	{ "char", NULL, ALGATE_T_SPAN },
	{ "dec", NULL, ALGATE_T_DEC },
	{ "hex", NULL, ALGATE_T_HEX },
	{ "port", NULL, ALGATE_T_PORT },
	{ "port", "commas", ALGATE_T_PORT_COMMAS },
	{ "port", "dots", ALGATE_T_PORT_DOTS },
	{ "port", "raw", ALGATE_T_U16BE },
	{ "u8", NULL, ALGATE_T_U8 },
	{ "u16be", NULL, ALGATE_T_U16BE },
	{ "u16le", NULL, ALGATE_T_U16LE },
	{ "u32be", NULL, ALGATE_T_U32BE },
	{ "u32le", NULL, ALGATE_T_U32LE },
	{ "ip4", NULL, ALGATE_T_IP4 },
	{ "ip4", "commas", ALGATE_T_IP4_COMMAS },
	{ "ip4", "decimal", ALGATE_T_IP4_DEC },
	{ "ip4", "raw", ALGATE_T_IP4_RAW },
	{ "ip6", NULL, ALGATE_T_IP6 },
	{ "ip6", "raw", ALGATE_T_IP6_RAW },
	{ "ip", NULL, ALGATE_T_IP },
	{ "host", NULL, ALGATE_T_HOST },
	{ "endpoint", NULL, ALGATE_T_ENDPOINT },
	{ }
};

static void parse_quantifier(struct comp *c, struct item *item)
{
	item->min = 1;
	item->max = 1;
	if (!c->tok.glued || c->tok.kind != TOK_PUNCT)
		return;
	if (tok_take(c, "+")) {
		item->max = 65535;
	} else if (tok_take(c, "*")) {
		item->min = 0;
		item->max = 65535;
	} else if (tok_take(c, "?")) {
		item->min = 0;
	} else if (tok_take(c, "{")) {
		struct pos pos = c->tok.pos;

		item->min = parse_number(c, "a count", 0, 65535);
		item->max = item->min;
		if (tok_take(c, ","))
			item->max = parse_number(c, "a count", 1, 65535);
		if (!item->max || item->min > item->max)
			comp_fail(c, pos, "the count is 0 or ends before it begins");
		tok_need(c, "}");
	}
}

static void parse_class(struct comp *c, struct item *item)
{
	item->kind = ITEM_CLASS;
	lex_class(c);
	memcpy(item->set, c->tok.set, sizeof(item->set));
	lex_next(c);
	parse_quantifier(c, item);
}

static const struct type_word *parse_type(struct comp *c)
{
	const struct type_word *type;
	struct pos pos = c->tok.pos;
	char *name = parse_word(c, "a type");
	char *with = NULL;

	for (type = type_words; type->name; type++)
		if (!strcmp(type->name, name))
			break;
	if (!type->name)
		comp_fail(c, pos, "unknown type \"%s\"", name);
	if (tok_take(c, "with")) {
		pos = c->tok.pos;
		with = parse_word(c, "a notation");
	} else if (tok_is(c, "raw")) {
		with = parse_word(c, "a notation");
	}
	for (; type->name; type++)
		if (!strcmp(type->name, name) && !with == !type->with &&
		    (!with || !strcmp(with, type->with)))
			return type;
	comp_fail(c, pos, "\"%s\" has no notation \"%s\"", name, with);
}

static struct range *parse_range(struct comp *c)
{
	struct range *r = comp_alloc(c, sizeof(*r));
	struct pos pos = c->tok.pos;

	r->lo = parse_number(c, "a number", 0, 0xffffffff);
	r->hi = r->lo;
	if (tok_take(c, ".."))
		r->hi = parse_number(c, "a number", 0, 0xffffffff);
	if (r->lo > r->hi)
		comp_fail(c, pos, "the range ends before it begins");
	return r;
}

static struct range *parse_ranges(struct comp *c)
{
	struct range *first = NULL, **tail = &first;

	do {
		*tail = parse_range(c);
		tail = &(*tail)->next;
	} while (tok_take(c, ","));
	return first;
}

static void parse_named(struct comp *c, struct item *item)
{
	item->name = parse_word(c, "a name");
	if (!tok_take(c, ":")) {
		item->kind = ITEM_SAME;
		return;
	}
	define_check(c, item->pos, item->name);
	if (tok_is(c, "[")) {
		parse_class(c, item);
		return;
	}
	item->kind = ITEM_TAKE;
	item->type = parse_type(c);
	if (tok_take(c, "in"))
		item->ranges = parse_ranges(c);
}

static void parse_place(struct comp *c, struct item *item, enum item_kind kind)
{
	struct token number;

	item->kind = kind;
	if (c->tok.kind == TOK_WORD && !define_const(c, &number))
		item->name = parse_word(c, "a name");
	else
		item->min = parse_number(c, "a number of bytes",
					 kind == ITEM_SKIP, 65535);
}

/* A word that begins a rule or declaration at the start of a line. */
static bool begins_line(const struct comp *c)
{
	static const char * const words[] = {
		"plugin", "client", "server", "either",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (tok_is(c, words[i]))
			return true;
	return is_declaration(c) || is_definition(c);
}

static bool item_begins(const struct comp *c)
{
	switch (c->tok.kind) {
	case TOK_STRING:
		return true;
	case TOK_PUNCT:
		return tok_is(c, "...") || tok_is(c, "(") || tok_is(c, "[");
	case TOK_WORD:
		/* a colon follows both a rule's sender and a capture */
		return !(c->tok.newline && begins_line(c));
	default:
		return false;
	}
}

static void parse_literal(struct comp *c, struct item *item)
{
	item->kind = ITEM_LITERAL;
	item->text = c->tok.text;
	item->len = c->tok.len;
	item->nocase = c->tok.nocase;
	if (item->len < 1 || item->len > 255)
		comp_fail(c, item->pos, "a literal has 1 to 255 bytes");
	lex_next(c);
}

static void parse_group(struct comp *c, struct item *item)
{
	parse_deeper(c, item->pos, "groups");
	item->kind = ITEM_GROUP;
	item->alts = parse_pattern(c);
	tok_need(c, ")");
	c->depth--;
	item->optional = tok_take(c, "?");
}

/* A string that cannot be a name was probably meant as a literal. */
static void check_field_name(struct comp *c)
{
	const struct token *t = &c->tok;
	size_t i;

	for (i = 0; i < t->len; i++)
		if (!isalnum((unsigned char)t->text[i]) &&
		    !strchr("-_.", t->text[i]))
			break;
	if (i < t->len || !t->len || t->len > 63)
		comp_fail(c, t->pos,
			  "a field's name has 1 to 63 letters, digits, - . _ (a literal behind it goes in parentheses)");
}

static void parse_field(struct comp *c, struct item *item)
{
	struct field_name **tail = &item->fields;
	unsigned int n = 0;

	item->kind = ITEM_FIELD;
	if (c->tok.kind != TOK_STRING || c->tok.nocase)
		fail_expected(c, "a header field's name");
	/* a string that ignores case is the next item */
	for (; c->tok.kind == TOK_STRING && !c->tok.nocase; n++) {
		if (n == MAX_FIELD_NAMES)
			comp_fail(c, c->tok.pos, "more than %d names",
				  MAX_FIELD_NAMES);
		check_field_name(c);
		*tail = comp_alloc(c, sizeof(**tail));
		(*tail)->text = c->tok.text;
		(*tail)->len = c->tok.len;
		tail = &(*tail)->next;
		lex_next(c);
	}
}

/* A pattern's name. A single alternative takes the place of the name. */
static struct item *parse_defined(struct comp *c, const struct define *def)
{
	struct item *item = comp_alloc(c, sizeof(*item));

	item->pos = c->tok.pos;
	item->kind = ITEM_GROUP;
	if (def->kind != DEFINE_PATTERN)
		comp_fail(c, item->pos,
			  "\"%s\" is the name of a %s, not of a pattern",
			  def->name, def->kind == DEFINE_CONST ? "const" :
								 "block");
	lex_next(c);
	if (tok_is(c, ":"))
		define_check(c, item->pos, def->name);
	item->alts = define_pattern(c, def, item->pos);
	item->optional = tok_take(c, "?");
	item->defined = !item->optional;
	return item->defined && !item->alts->next ? item->alts->items : item;
}

static const struct define *item_define(const struct comp *c)
{
	return c->tok.kind == TOK_WORD ? define_find(c, c->tok.text) : NULL;
}

/* Returns an item, or the items of a named pattern. */
static struct item *parse_item(struct comp *c)
{
	const struct define *def = item_define(c);
	struct item *item;

	expand_count(c);
	if (def)
		return parse_defined(c, def);
	item = comp_alloc(c, sizeof(*item));
	item->pos = c->tok.pos;
	if (c->tok.kind == TOK_STRING) {
		parse_literal(c, item);
	} else if (tok_is(c, "[")) {
		parse_class(c, item);
	} else if (tok_take(c, "...")) {
		item->kind = ITEM_DOTS;
	} else if (tok_take(c, "(")) {
		parse_group(c, item);
	} else if (tok_take(c, "skip")) {
		parse_place(c, item, ITEM_SKIP);
	} else if (tok_take(c, "at")) {
		parse_place(c, item, ITEM_AT);
	} else if (tok_take(c, "end")) {
		item->kind = ITEM_EOM;
	} else if (tok_take(c, "if")) {
		item->kind = ITEM_IF;
		item->cond = parse_cond(c);
	} else if (tok_take(c, "field")) {
		parse_field(c, item);
	} else {
		parse_named(c, item);
	}
	return item;
}

static struct seq *parse_seq(struct comp *c)
{
	struct seq *seq = comp_alloc(c, sizeof(*seq));
	struct item **tail = &seq->items;

	if (!item_begins(c))
		fail_expected(c, "a pattern");
	while (item_begins(c)) {
		*tail = parse_item(c);
		while (*tail)
			tail = &(*tail)->next;
	}
	return seq;
}

/* The alternatives of a named pattern that stands alone are alternatives here. */
static struct seq *parse_alts(struct comp *c)
{
	struct seq *seq = parse_seq(c);

	return seq->items->defined && !seq->items->next ? seq->items->alts : seq;
}

struct seq *parse_pattern(struct comp *c)
{
	struct seq *first = NULL, **tail = &first;

	do {
		*tail = parse_alts(c);
		while (*tail)
			tail = &(*tail)->next;
	} while (tok_take(c, "|"));
	return first;
}


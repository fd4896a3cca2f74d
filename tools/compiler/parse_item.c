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
	{ "port", "utf16", ALGATE_T_PORT_UTF16 },
	{ "u8", NULL, ALGATE_T_U8 },
	{ "u16be", NULL, ALGATE_T_U16BE },
	{ "u16le", NULL, ALGATE_T_U16LE },
	{ "u24be", NULL, ALGATE_T_U24BE },
	{ "u32be", NULL, ALGATE_T_U32BE },
	{ "u32le", NULL, ALGATE_T_U32LE },
	{ "u16", NULL, ALGATE_T_U16BE },
	{ "u32", NULL, ALGATE_T_U32BE },
	{ "ip4", NULL, ALGATE_T_IP4 },
	{ "ip4", "commas", ALGATE_T_IP4_COMMAS },
	{ "ip4", "decimal", ALGATE_T_IP4_DEC },
	{ "ip4", "raw", ALGATE_T_IP4_RAW },
	{ "ip4", "utf16", ALGATE_T_IP4_UTF16 },
	{ "ip6", NULL, ALGATE_T_IP6 },
	{ "ip6", "raw", ALGATE_T_IP6_RAW },
	{ "ip", NULL, ALGATE_T_IP },
	{ "host", NULL, ALGATE_T_HOST },
	{ "endpoint", NULL, ALGATE_T_ENDPOINT },
	{ "per", NULL, ALGATE_T_PER },
	{ "ber", NULL, ALGATE_T_BER },
	{ "u1", NULL, ALGATE_T_NUM },
	{ "u2", NULL, ALGATE_T_NUM },
	{ "u3", NULL, ALGATE_T_NUM },
	{ "u4", NULL, ALGATE_T_NUM },
	{ "u5", NULL, ALGATE_T_NUM },
	{ "u6", NULL, ALGATE_T_NUM },
	{ "u7", NULL, ALGATE_T_NUM },
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

		if (c->tok.kind == TOK_WORD && !tok_is_number(c))
			comp_fail(c, pos,
				  "only a group repeats a number of times that has a name: ([...]){%s}",
				  c->tok.text);
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

static const struct type_word *find_type(const char *name)
{
	const struct type_word *type;

	for (type = type_words; type->name; type++)
		if (!strcmp(type->name, name))
			return type;
	return NULL;
}

/* A number of the order that the message says; otherwise NULL */
static const struct type_word *ordered_type(struct comp *c,
					    const struct type_word *type,
					    struct pos pos)
{
	static const struct type_word little[] = {
		{ "u16", NULL, ALGATE_T_U16LE },
		{ "u32", NULL, ALGATE_T_U32LE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(little); i++) {
		if (strcmp(type->name, little[i].name))
			continue;
		order_used(c, pos, type->name);
		return c->little ? &little[i] : type;
	}
	return NULL;
}

/* The type whose name was read */
static const struct type_word *parse_type(struct comp *c, char *name,
					  struct pos pos)
{
	const struct type_word *type = find_type(name), *ordered;
	struct pos at = pos;
	char *with = NULL;

	if (!type)
		comp_fail(c, pos, "unknown type \"%s\"", name);
	if (tok_take(c, "with")) {
		pos = c->tok.pos;
		with = parse_word(c, "a notation");
	} else if (tok_is(c, "raw")) {
		with = parse_word(c, "a notation");
	}
	for (; type->name; type++)
		if (!strcmp(type->name, name) && !with == !type->with &&
		    (!with || !strcmp(with, type->with))) {
			ordered = ordered_type(c, type, at);
			return ordered ? ordered : type;
		}
	comp_fail(c, pos, "\"%s\" has no notation \"%s\"", name, with);
}

/* [times N] [plus N]: the number in the message, multiplied and increased */
static u32 parse_scale(struct comp *c, const struct type_word *type)
{
	struct pos pos = c->tok.pos;
	u32 times = 0, plus = 0;

	if (tok_take(c, "times"))
		times = parse_number(c, "a factor", 2, 255);
	if (tok_take(c, "plus"))
		plus = parse_number(c, "a number to add", 1, 65535);
	if (!times && !plus)
		return 0;
	switch (type->type) {
	case ALGATE_T_NUM:
	case ALGATE_T_PER:
	case ALGATE_T_BER:
		comp_fail(c, pos, "%s cannot be written back, so it takes no times or plus",
			  type->name);
	}
	if (algate_type_kind(type->type) != ALGATE_KIND_NUM)
		comp_fail(c, pos, "%s is not the type of a number", type->name);
	return times << 16 | plus;
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
	if (tok_is(c, "-"))
		comp_fail(c, c->tok.pos, "a range has two dots: %u..%u", r->lo,
			  r->lo < 0xffffffff ? r->lo + 1 : r->lo);
	return r;
}

struct range *parse_ranges(struct comp *c)
{
	struct range *first = NULL, **tail = &first;

	do {
		*tail = parse_range(c);
		tail = &(*tail)->next;
	} while (tok_take(c, ","));
	return first;
}

static bool is_binary(u8 type)
{
	switch (type) {
	case ALGATE_T_NUM:
	case ALGATE_T_U8:
	case ALGATE_T_U16BE:
	case ALGATE_T_U16LE:
	case ALGATE_T_U24BE:
	case ALGATE_T_U32BE:
	case ALGATE_T_U32LE:
	case ALGATE_T_PER:
	case ALGATE_T_BER:
		return true;
	}
	return false;
}

/*
 * Is the item the name of a type? Behind a type that may also be the name of a
 * capture stands a notation, a number or ranges.
 */
static bool is_number_item(const struct comp *c, const char *name)
{
	const struct type_word *type = find_type(name);

	return type && (is_binary(type->type) || tok_is_number(c) ||
			tok_is(c, "in") || tok_is(c, "with") ||
			tok_is(c, "raw"));
}

/* The bytes of a binary number; false if the notation is another one */
static bool number_bytes(struct comp *c, struct item *item, u32 number)
{
	static const struct {
		u8 type;
		u8 len;
		bool little;
	} widths[] = {
		{ ALGATE_T_U8, 1, false }, { ALGATE_T_U16BE, 2, false },
		{ ALGATE_T_U16LE, 2, true }, { ALGATE_T_U24BE, 3, false },
		{ ALGATE_T_U32BE, 4, false },
		{ ALGATE_T_U32LE, 4, true },
	};
	unsigned int i, n, len;

	for (i = 0; i < ARRAY_SIZE(widths); i++)
		if (widths[i].type == item->type->type)
			break;
	if (i == ARRAY_SIZE(widths))
		return false;
	len = widths[i].len;
	if (len < 4 && number >> 8 * len)
		comp_fail(c, item->pos, "%s takes 0 to %u", item->type->name,
			  (1U << 8 * len) - 1);
	item->kind = ITEM_LITERAL;
	item->binary = true;
	item->text = comp_alloc(c, len);
	item->len = len;
	for (n = 0; n < len; n++)
		item->text[n] = number >> 8 * (widths[i].little ? n :
							len - 1 - n);
	return true;
}

/* Bits hold no number above all ones. */
static void check_bits(struct comp *c, const struct item *item)
{
	u32 bits = type_bits(item->type);
	const struct range *r;

	for (r = item->ranges; bits && r; r = r->next)
		if (r->hi >> bits)
			comp_fail(c, item->pos, "%s takes 0 to %u",
				  item->type->name, (1U << bits) - 1);
}

/* TYPE, TYPE NUMBER, or TYPE in RANGES: a value without a name */
static void parse_number_item(struct comp *c, struct item *item, char *name)
{
	struct range *r;

	item->kind = ITEM_TAKE;
	item->type = parse_type(c, name, item->pos);
	if (algate_type_kind(item->type->type) != ALGATE_KIND_NUM)
		comp_fail(c, item->pos,
			  "%s is not the type of a number: write NAME:%s",
			  name, name);
	item->scale = parse_scale(c, item->type);
	if (tok_take(c, "in")) {
		item->ranges = parse_ranges(c);
		check_bits(c, item);
		return;
	}
	if (is_binary(item->type->type) && !tok_is_number(c))
		return;
	r = comp_alloc(c, sizeof(*r));
	r->lo = parse_number(c, "a number or \"in\"", 0, 0xffffffff);
	r->hi = r->lo;
	if (!item->scale && number_bytes(c, item, r->lo))
		return;
	item->ranges = r;
	check_bits(c, item);
}

static void parse_named(struct comp *c, struct item *item)
{
	struct pos pos;

	item->name = parse_word(c, "a name");
	if (!tok_take(c, ":")) {
		char *name = item->name;

		item->kind = ITEM_SAME;
		if (!is_number_item(c, name))
			return;
		item->name = NULL;
		parse_number_item(c, item, name);
		return;
	}
	define_check(c, item->pos, item->name);
	if (tok_is(c, "[")) {
		parse_class(c, item);
		return;
	}
	pos = c->tok.pos;
	item->kind = ITEM_TAKE;
	item->type = parse_type(c, parse_word(c, "a type"), pos);
	item->scale = parse_scale(c, item->type);
	if (tok_take(c, "in"))
		item->ranges = parse_ranges(c);
	check_bits(c, item);
}

/* SUM [pad N] */
static void parse_place(struct comp *c, struct item *item, enum item_kind kind)
{
	const struct term *t;
	struct pos pos = c->tok.pos;

	item->kind = kind;
	if (c->tok.kind != TOK_NUMBER && c->tok.kind != TOK_WORD)
		fail_expected(c, "a number of bytes");
	item->place = parse_expr(c, "+-");
	for (t = item->place; t; t = t->next)
		if (t->v.number > 65535)
			comp_fail(c, t->v.pos,
				  "a number of bytes must be %u to 65535",
				  kind == ITEM_SKIP);
	if (kind == ITEM_SKIP && !item->place->next && !item->place->v.name &&
	    !item->place->v.number)
		comp_fail(c, pos, "a number of bytes must be 1 to 65535");
	if (!tok_take(c, "pad"))
		return;
	pos = c->tok.pos;
	item->pad = parse_number(c, "a number of bytes", 2, 256);
	if (item->pad & (item->pad - 1))
		comp_fail(c, pos, "padding is to a multiple of 2, 4, 8 and so on to 256");
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

/* Is this "{" the beginning of a number of repetitions, and not a block? */
static bool is_count(const struct comp *c)
{
	const char *p = c->at;

	if (!c->tok.glued || !tok_is(c, "{"))
		return false;
	while (p < c->end && (isalnum((unsigned char)*p) || *p == '_'))
		p++;
	return p < c->end && p > c->at && (*p == '}' || *p == ',') &&
	       strncmp(c->at, "stop}", p - c->at + 1);
}

/* {N}, {N,M} or {NAME} */
static void parse_count(struct comp *c, struct item *item)
{
	struct pos pos = c->tok.pos;

	item->min = 0;
	item->max = ALGATE_MAX_ELEMENTS;
	if (c->tok.kind == TOK_WORD && !tok_is_number(c)) {
		item->times = parse_name_operand(c, "a count");
		tok_need(c, "}");
		return;
	}
	item->min = parse_number(c, "a count", 0, ALGATE_MAX_ELEMENTS);
	item->max = item->min;
	if (tok_take(c, ","))
		item->max = parse_number(c, "a count", 1, ALGATE_MAX_ELEMENTS);
	if (!item->max || item->min > item->max)
		comp_fail(c, pos, "the count is 0 or ends before it begins");
	tok_need(c, "}");
}

/* How often a group or named pattern matches */
static void parse_times(struct comp *c, struct item *item)
{
	item->optional = tok_take(c, "?");
	if (item->optional || !c->tok.glued)
		return;
	item->max = ALGATE_MAX_ELEMENTS;
	if (tok_take(c, "*")) {
		item->repeated = true;
	} else if (tok_take(c, "+")) {
		item->repeated = true;
		item->min = 1;
	} else if (is_count(c)) {
		lex_next(c);
		item->repeated = true;
		parse_count(c, item);
	}
}

static void parse_group(struct comp *c, struct item *item)
{
	parse_deeper(c, item->pos, "groups");
	item->kind = ITEM_GROUP;
	item->alts = parse_pattern(c);
	tok_need(c, ")");
	c->depth--;
	parse_times(c, item);
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
	if (c->tok.kind != TOK_STRING || c->tok.nocase || c->tok.utf16)
		fail_expected(c, "a header field's name");
	/* a string that ignores case is the next item */
	for (; c->tok.kind == TOK_STRING && !c->tok.nocase && !c->tok.utf16;
	     n++) {
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
	lex_next(c);
	if (tok_is(c, ":"))
		define_check(c, item->pos, def->name);
	if (def->kind == DEFINE_CONST)
		comp_fail(c, item->pos,
			  "\"%s\" is a constant: a type stands in front, such as u8 %s",
			  def->name, def->name);
	if (def->kind == DEFINE_BLOCK)
		comp_fail(c, item->pos,
			  "\"%s\" is a block of rules: write use %s among the rules of a loop",
			  def->name, def->name);
	item->alts = define_pattern(c, def, item->pos);
	parse_times(c, item);
	item->defined = !item->optional && !item->repeated;
	return item->defined && !item->alts->next ? item->alts->items : item;
}

static const struct define *item_define(const struct comp *c)
{
	return c->tok.kind == TOK_WORD ? define_find(c, c->tok.text) : NULL;
}

/* Only classes, groups and named patterns repeat. */
static void check_times(struct comp *c)
{
	if (tok_is(c, "?") || tok_is(c, "*") || tok_is(c, "+"))
		comp_fail(c, c->tok.pos,
			  "\"%s\" stands directly behind a class or a group: put the item in parentheses, as in (\"a\")%s",
			  c->tok.text, c->tok.text);
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
		if (tok_take(c, "additions"))
			item->kind = ITEM_ADDITIONS;
		else
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
	if (item->kind != ITEM_IF)
		check_times(c);
	return item;
}

static bool may_join(const struct item *a, const struct item *b)
{
	return a && b && a->kind == ITEM_LITERAL && b->kind == ITEM_LITERAL &&
	       (a->binary || b->binary) && !a->nocase && !b->nocase &&
	       a->len + b->len <= 255;
}

/* A number and the bytes beside it are compared as a single literal. */
static void join_numbers(struct comp *c, struct item *item)
{
	while (item) {
		struct item *next = item->next;
		char *text;

		if (!may_join(item, next)) {
			item = next;
			continue;
		}
		text = comp_alloc(c, item->len + next->len);
		memcpy(text, item->text, item->len);
		memcpy(text + item->len, next->text, next->len);
		item->text = text;
		item->len += next->len;
		item->binary = true;
		item->next = next->next;
	}
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
	join_numbers(c, seq->items);
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


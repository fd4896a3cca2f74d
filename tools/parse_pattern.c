// SPDX-License-Identifier: GPL-2.0
/* Tokens -> tree: patterns and conditions. */
#include "parse.h"

#define MAX_DEPTH	16	/* parentheses in parentheses */

static const struct {
	const char *type;
	const char *notation;
	u8 id;
} types[] = {
	{ "char", NULL, ALGATE_T_SPAN },
	{ "dec", NULL, ALGATE_T_DEC },
	{ "hex", NULL, ALGATE_T_HEX },
	{ "port", NULL, ALGATE_T_PORT },
	{ "port", "commas", ALGATE_T_PORT_COMMAS },
	{ "port", "dots", ALGATE_T_PORT_DOTS },
	{ "u8", NULL, ALGATE_T_U8 },
	{ "u16be", NULL, ALGATE_T_U16BE },
	{ "port", "raw", ALGATE_T_U16BE },
	{ "u16le", NULL, ALGATE_T_U16LE },
	{ "u32be", NULL, ALGATE_T_U32BE },
	{ "u32le", NULL, ALGATE_T_U32LE },
	{ "ip4", NULL, ALGATE_T_IP4 },
	{ "ip4", "commas", ALGATE_T_IP4_COMMAS },
	{ "ip4", "decimal", ALGATE_T_IP4_DEC },
	{ "ip4", "raw", ALGATE_T_IP4_RAW },
	{ "ip6", NULL, ALGATE_T_IP6 },
	{ "ip6", "raw", ALGATE_T_IP6_RAW },
};

const char *type_text(u8 type)
{
	static char text[32];
	unsigned int i;

	for (i = 0; types[i].id != type; i++)
		;
	if (!types[i].notation)
		return types[i].type;
	snprintf(text, sizeof(text), "%s %s%s", types[i].type,
		 strcmp(types[i].notation, "raw") ? "with " : "",
		 types[i].notation);
	return text;
}

static u8 parse_type(struct parser *p)
{
	struct token type = p->t;
	struct token notation;
	const char *how = NULL;
	unsigned int i;

	if (type.kind != TOKEN_WORD)
		parse_unexpected(p, "a type or a byte class");
	parse_next(p);
	notation = p->t;
	if (parse_accept(p, "with")) {
		notation = p->t;
		if (notation.kind != TOKEN_WORD)
			parse_unexpected(p, "a notation");
		how = notation.text;
		parse_next(p);
	} else if (parse_accept(p, "raw")) {
		how = "raw";
	}
	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i].type, type.text))
			break;
	if (i == ARRAY_SIZE(types))
		compile_fail(p->c, type.at, "unknown type '%.40s'", type.text);
	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i].type, type.text) &&
		    (how ? types[i].notation && !strcmp(types[i].notation, how) :
			   !types[i].notation))
			return types[i].id;
	compile_fail(p->c, notation.at, "%s has no notation '%.40s'", type.text, how);
}

static struct range *parse_ranges(struct parser *p, struct item *item)
{
	struct range *first = NULL, **tail = &first;

	if (algate_type_kind(item->type) != ALGATE_KIND_NUM)
		compile_fail(p->c, p->t.at, "only a number can be in a range");
	parse_next(p);
	do {
		struct range *r = compile_alloc(p->c, sizeof(*r));
		struct place at = p->t.at;

		r->low = parse_number(p, 0, UINT32_MAX, "a number");
		r->high = r->low;
		if (parse_accept(p, ".."))
			r->high = parse_number(p, 0, UINT32_MAX, "a number");
		if (r->high < r->low)
			compile_fail(p->c, at, "range ends before it begins");
		if (!r->low && r->high == UINT32_MAX)
			compile_fail(p->c, at, "this range holds every number");
		*tail = r;
		tail = &r->next;
	} while (parse_accept(p, ","));
	return first;
}

static void parse_class_item(struct parser *p, struct item *item)
{
	item->kind = ITEM_CLASS;
	item->set = p->t.set;
	item->least = 1;
	item->most = 1;
	parse_next(p);
	if (parse_accept(p, "+")) {
		item->most = 65535;
	} else if (parse_accept(p, "*")) {
		item->least = 0;
		item->most = 65535;
	} else if (parse_accept(p, "?")) {
		item->least = 0;
	} else if (parse_is(p, "{") && p->t.glued) {
		parse_next(p);
		item->least = parse_number(p, 0, 65535, "a number of bytes");
		item->most = item->least;
		if (parse_accept(p, ","))
			item->most = parse_number(p, 0, 65535, "a number of bytes");
		if (item->most < item->least || !item->most)
			compile_fail(p->c, item->at, "a class repeated from %u to %u times",
				     item->least, item->most);
		parse_expect(p, "}", "after the number of bytes");
	}
}

static void parse_named(struct parser *p, struct item *item)
{
	item->name = parse_name(p, "an item of a pattern");
	item->kind = ITEM_SAME;
	if (!parse_accept(p, ":"))
		return;
	if (p->t.kind == TOKEN_CLASS) {
		parse_class_item(p, item);
		return;
	}
	item->kind = ITEM_TYPED;
	item->type = parse_type(p);
	if (parse_is(p, "in"))
		item->ranges = parse_ranges(p, item);
}

static void parse_group(struct parser *p, struct item *item)
{
	item->kind = ITEM_GROUP;
	if (++p->depth > MAX_DEPTH)
		compile_fail(p->c, item->at, "more than %d parentheses in one another",
			     MAX_DEPTH);
	item->group = parse_pattern(p);
	parse_expect(p, ")", "at the end of the group");
	p->depth--;
	item->optional = parse_accept(p, "?");
}

static void parse_distance(struct parser *p, struct item *item, u32 least)
{
	item->operand.at = p->t.at;
	if (p->t.kind == TOKEN_NUMBER) {
		item->operand.number = parse_number(p, least, 65535, "a number of bytes");
		return;
	}
	item->operand.kind = OPERAND_NAME;
	item->operand.name = parse_name(p, "a number or a capture");
}

static struct item *parse_item(struct parser *p)
{
	struct item *item = compile_alloc(p->c, sizeof(*item));

	item->at = p->t.at;
	if (p->t.kind == TOKEN_STRING) {
		item->kind = ITEM_LITERAL;
		item->literal = p->t.bytes;
		item->nocase = p->t.nocase;
		if (!item->literal.len)
			compile_fail(p->c, item->at, "empty string");
		parse_next(p);
	} else if (p->t.kind == TOKEN_CLASS) {
		parse_class_item(p, item);
	} else if (parse_accept(p, "...")) {
		item->kind = ITEM_DOTS;
	} else if (parse_accept(p, "(")) {
		parse_group(p, item);
	} else if (parse_accept(p, "skip")) {
		item->kind = ITEM_SKIP;
		parse_distance(p, item, 1);
	} else if (parse_accept(p, "at")) {
		item->kind = ITEM_AT;
		parse_distance(p, item, 0);
	} else if (parse_accept(p, "end")) {
		item->kind = ITEM_END;
	} else if (parse_accept(p, "if")) {
		item->kind = ITEM_IF;
		item->cond = parse_cond(p);
	} else if (p->t.kind == TOKEN_WORD) {
		parse_named(p, item);
	} else {
		parse_unexpected(p, "an item of a pattern");
	}
	return item;
}

static bool at_pattern_end(const struct parser *p)
{
	return p->t.kind == TOKEN_EOF || parse_is(p, "|") ||
	       parse_is(p, ")") || parse_is(p, "{") || parse_at_rule(p);
}

struct pattern *parse_pattern(struct parser *p)
{
	struct pattern *first = NULL, **tail = &first;

	do {
		struct pattern *alt = compile_alloc(p->c, sizeof(*alt));
		struct item **items = &alt->items;

		alt->at = p->t.at;
		do {
			*items = parse_item(p);
			items = &(*items)->next;
		} while (!at_pattern_end(p));
		*tail = alt;
		tail = &alt->next;
	} while (parse_accept(p, "|"));
	return first;
}

struct operand parse_operand(struct parser *p)
{
	static const char * const meta[__ALGATE_META_MAX] = {
		[ALGATE_META_LEN] = "length",
		[ALGATE_META_NR] = "message",
		[ALGATE_META_SPORT] = "sport",
		[ALGATE_META_PROTO] = "proto",
		[ALGATE_META_FAMILY] = "family",
	};
	struct operand o = { .at = p->t.at };

	if (p->t.kind == TOKEN_NUMBER) {
		o.number = parse_number(p, 0, UINT32_MAX, "a number");
		return o;
	}
	o.kind = OPERAND_META;
	for (o.number = 0; o.number < __ALGATE_META_MAX; o.number++)
		if (parse_is(p, meta[o.number]))
			break;
	if (o.number < __ALGATE_META_MAX) {
		o.name.text = p->t.text;
		parse_next(p);
		return o;
	}
	o.kind = OPERAND_NAME;
	o.name = parse_name(p, "a number or a name");
	return o;
}

static u8 parse_comparison(struct parser *p)
{
	static const struct {
		const char *text;
		u8 op;
	} ops[] = {
		{ "==", ALGATE_OP_EQ }, { "!=", ALGATE_OP_NE },
		{ "<", ALGATE_OP_LT }, { "<=", ALGATE_OP_LE },
		{ ">", ALGATE_OP_GT }, { ">=", ALGATE_OP_GE },
		{ "&", ALGATE_OP_ANY },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		if (parse_accept(p, ops[i].text))
			return ops[i].op;
	return 0;
}

struct cond *parse_cond(struct parser *p)
{
	struct cond *first = NULL, **tail = &first;

	do {
		struct cond *cond = compile_alloc(p->c, sizeof(*cond));

		cond->at = p->t.at;
		cond->not = parse_accept(p, "not");
		cond->left = parse_operand(p);
		cond->op = parse_comparison(p);
		if (cond->op)
			cond->right = parse_operand(p);
		*tail = cond;
		tail = &cond->next;
	} while (parse_accept(p, "and"));
	return first;
}

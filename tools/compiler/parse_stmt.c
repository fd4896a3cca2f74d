// SPDX-License-Identifier: GPL-2.0
/*
 * Statements, including loops and their rules.
 */
#include "parse.h"

/* a time, or the name of a number of seconds */
static struct operand parse_seconds(struct comp *c)
{
	struct operand v = { .pos = c->tok.pos };

	if (tok_is_number(c))
		v.number = parse_time(c);
	else
		v.name = parse_word(c, "a time or a name");
	return v;
}

/* A number of an option; @pos: its position, for errors */
static u32 parse_option(struct comp *c, struct pos *pos, const char *what,
			u32 max)
{
	*pos = c->tok.pos;
	return parse_number(c, what, 1, max);
}

/* VARIABLE = VALUE */
static void parse_given(struct comp *c, struct stmt *s)
{
	struct pos pos = c->tok.pos;
	char *name = parse_name(c, "a variable of the other plug-in");
	unsigned int i;

	for (i = 0; i < s->ngiven; i++)
		if (!strcmp(s->given[i].name, name))
			comp_fail(c, pos, "the variable \"%s\" twice", name);
	if (s->ngiven == ALGATE_MAX_GIVEN)
		comp_fail(c, pos, "more than %d variables", ALGATE_MAX_GIVEN);
	tok_need(c, "=");
	s->given[s->ngiven].name = name;
	s->given[s->ngiven++].value = parse_operand(c);
}

/* self, or another plug-in with values for its variables */
static void parse_inspector(struct comp *c, struct stmt *s)
{
	s->inspect = true;
	s->inspector = NULL;
	s->inspector_pos = c->tok.pos;
	if (!tok_take(c, "self"))
		s->inspector = parse_plugin_name(c, "self or a plug-in's name");
	if (!tok_is(c, "with") || c->tok.newline)
		return;
	if (!s->inspector)
		comp_fail(c, c->tok.pos,
			  "\"with\" is for another plug-in: flows of this plug-in have the same tables");
	lex_next(c);
	do {
		parse_given(c, s);
	} while (tok_take(c, ","));
}

static bool parse_open_option(struct comp *c, struct stmt *s)
{
	if (tok_take(c, "ports")) {
		if (c->tok.kind == TOK_WORD && !tok_is_number(c))
			s->ports_name = parse_name_operand(c, "a name");
		else
			s->ports = parse_option(c, &s->ports_pos,
						"a number of ports", MAX_PORTS);
	} else if (tok_take(c, "default")) {
		s->number = parse_option(c, &s->number_pos, "a port", 65535);
	} else if (tok_take(c, "pair")) {
		s->pair = true;
	} else if (tok_take(c, "third-party")) {
		s->third_party = true;
	} else if (tok_take(c, "low-ports")) {
		s->low_ports = true;
	} else if (tok_take(c, "inactive")) {
		s->inactive = true;
	} else if (tok_take(c, "for")) {
		s->key = parse_name_operand(c, "a name");
	} else if (tok_take(c, "only")) {
		s->only = parse_name_operand(c, "a name");
	} else if (tok_take(c, "as")) {
		parse_inspector(c, s);
	} else {
		return false;
	}
	return true;
}

static bool is_option(const struct comp *c)
{
	static const char * const words[] = {
		"ports", "default", "pair", "third-party", "low-ports",
		"inactive", "for", "only", "as", "else", "with",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (tok_is(c, words[i]))
			return true;
	return false;
}

/* ADDR [PORT [, PORT2]] */
static void parse_places(struct comp *c, struct stmt *s, const char *what)
{
	s->addr = parse_name_operand(c, what);
	s->port.pos = c->tok.pos;
	if (c->tok.newline || is_option(c))
		return;
	if (tok_is_number(c))
		s->port.number = parse_number(c, "a port", 1, 65535);
	else if (c->tok.kind == TOK_WORD)
		s->port = parse_name_operand(c, "a port");
	else
		return;
	if (tok_take(c, ","))
		s->port2 = parse_name_operand(c, "a port");
}

static void parse_open(struct comp *c, struct stmt *s)
{
	struct pos pos;

	s->pos = c->tok.pos;
	s->name = parse_word(c, "a class");
	s->proto = parse_proto(c, true);
	s->from_pos = c->tok.pos;
	s->from = parse_word(c, "client, server, peer or any");
	tok_need(c, "->");
	parse_places(c, s, "an address or self");
	while (parse_open_option(c, s))
		;
	if (c->tok.newline || !tok_take(c, "else"))
		return;
	pos = c->tok.pos;
	if (parse_number(c, "a port", 0, 65535))
		comp_fail(c, pos,
			  "only 0 may stand here: the endpoint is not used");
	s->or_zero = true;
}

static void parse_translate(struct comp *c, struct stmt *s)
{
	if (tok_is(c, "tcp") || tok_is(c, "udp") || tok_is(c, "gre"))
		s->proto = parse_proto(c, true);
	parse_places(c, s, "an address, self or peer");
	if (tok_take(c, "default"))
		s->number = parse_option(c, &s->number_pos, "a port", 65535);
	if (!tok_take(c, "with"))
		return;
	s->pos = c->tok.pos;
	s->name = parse_word(c, "a class");
}

static void parse_confirm(struct comp *c, struct stmt *s)
{
	s->pos = c->tok.pos;
	s->name = parse_word(c, "a class");
	tok_need(c, "for");
	s->key = parse_name_operand(c, "a name");
	tok_need(c, "timeout");
	s->time = parse_seconds(c);
	if (tok_take(c, "only"))
		s->only = parse_name_operand(c, "a name");
}

static void parse_close(struct comp *c, struct stmt *s)
{
	s->pos = c->tok.pos;
	s->name = parse_word(c, "a class");
	if (tok_take(c, "for"))
		s->key = parse_name_operand(c, "a name");
}

static void parse_extend(struct comp *c, struct stmt *s)
{
	s->time = parse_seconds(c);
}

static void parse_require(struct comp *c, struct stmt *s)
{
	s->cond = parse_cond(c);
}

static void parse_stop(struct comp *c, struct stmt *s)
{
	(void)c;
	(void)s;
}

static void parse_count(struct comp *c, struct stmt *s)
{
	s->pos = c->tok.pos;
	s->name = parse_name(c, "a counter's name");
}

static void parse_rewrite(struct comp *c, struct stmt *s)
{
	s->pos = c->tok.pos;
	s->name = parse_word(c, "a capture");
	tok_need(c, "=");
	s->source = parse_operand(c);
}

static void parse_adjust(struct comp *c, struct stmt *s)
{
	struct pos pos;

	s->pos = c->tok.pos;
	s->name = parse_word(c, "a capture");
	if (!tok_take(c, "pad"))
		return;
	pos = c->tok.pos;
	s->number = parse_number(c, "a number of bytes", 2, 8);
	if (s->number & (s->number - 1))
		comp_fail(c, pos, "padding is to a multiple of 2, 4 or 8");
}

static void parse_forget(struct comp *c, struct stmt *s)
{
	s->pos = c->tok.pos;
	s->name = parse_word(c, "a table");
	s->key = parse_key(c);
}

static void parse_ask(struct comp *c, struct stmt *s)
{
	s->pos = c->tok.pos;
	s->name = parse_word(c, "a queue");
	tok_need(c, "=");
	s->source = parse_operand(c);
}

static struct stmt *parse_block(struct comp *c, struct pos pos)
{
	struct stmt *first;

	tok_need(c, "{");
	parse_deeper(c, pos, "blocks");
	first = parse_stmts(c);
	c->depth--;
	return first;
}

/* A loop instead of recursion: a chain of "else if" has no limit. */
static void parse_if(struct comp *c, struct stmt *s)
{
	for (;;) {
		s->cond = parse_cond(c);
		s->then = parse_block(c, s->pos);
		if (!tok_take(c, "else"))
			return;
		if (!tok_is(c, "if")) {
			s->other = parse_block(c, s->pos);
			return;
		}
		s->other = comp_alloc(c, sizeof(*s));
		s = s->other;
		s->kind = STMT_IF;
		s->pos = c->tok.pos;
		lex_next(c);
	}
}

static struct rule *parse_element_rule(struct comp *c)
{
	struct rule *rule = comp_alloc(c, sizeof(*rule));

	rule->pos = c->tok.pos;
	/* a rule without a pattern matches any element */
	rule->pattern = tok_is(c, "{") ?
		comp_alloc(c, sizeof(*rule->pattern)) : parse_pattern(c);
	rule->stmts = parse_block(c, rule->pos);
	return rule;
}

/* Rules of a loop or block, up to and including the closing brace */
struct rule *parse_rules(struct comp *c)
{
	struct rule *first = NULL, **tail = &first;

	while (!tok_take(c, "}")) {
		*tail = tok_take(c, "use") ? define_block(c) :
					     parse_element_rule(c);
		while (*tail)
			tail = &(*tail)->next;
	}
	return first;
}

static u8 parse_separator(struct comp *c)
{
	u8 sep;

	if (c->tok.kind != TOK_STRING || c->tok.nocase || c->tok.len != 1)
		fail_expected(c, "a string of one byte");
	sep = c->tok.text[0];
	lex_next(c);
	return sep;
}

static u8 parse_walk_kind(struct comp *c)
{
	static const char * const words[__ALGATE_LOOP_MAX] = {
		[ALGATE_LOOP_LINE] = "line",
		[ALGATE_LOOP_HEADER] = "header",
		[ALGATE_LOOP_ITEM] = "item",
		[ALGATE_LOOP_PREFIXED] = "length",
		[ALGATE_LOOP_BER] = "ber",
		[ALGATE_LOOP_ADDITION] = "addition",
	};
	u8 kind;

	for (kind = 1; kind < ARRAY_SIZE(words); kind++)
		if (words[kind] && tok_take(c, words[kind]))
			return kind;
	if (!tok_is(c, "max") && !tok_is(c, "{"))
		fail_expected(c, "line, header, item, length, ber, addition, max or \"{\"");
	return ALGATE_LOOP_REPEAT;
}

static void parse_until(struct comp *c, struct stmt *s)
{
	struct pos pos;

	if (s->loop.kind != ALGATE_LOOP_LINE || !tok_take(c, "until"))
		return;
	pos = c->tok.pos;
	s->until = parse_string(c, "the beginning of a line");
	if (!*s->until || strlen(s->until) > 255)
		comp_fail(c, pos, "a literal has 1 to 255 bytes");
}

static void parse_elements(struct comp *c, struct stmt *s, struct pos pos)
{
	tok_need(c, "{");
	parse_deeper(c, pos, "blocks");
	s->rules = parse_rules(c);
	c->depth--;
	if (!s->rules)
		comp_fail(c, s->pos, "a loop without rules for its elements");
}

/* A number of bytes is a loop with a single element. */
static void parse_within(struct comp *c, struct stmt *s)
{
	struct pos pos = c->tok.pos;

	s->loop.kind = ALGATE_LOOP_WITHIN;
	s->loop.max = 1;
	s->source = parse_operand(c);
	if (!s->source.name && (!s->source.number || s->source.number > 65535))
		comp_fail(c, pos, "a number of bytes must be 1 to 65535");
	parse_elements(c, s, pos);
}

static void parse_each(struct comp *c, struct stmt *s)
{
	struct pos pos = c->tok.pos;

	s->loop.kind = parse_walk_kind(c);
	if (s->loop.kind == ALGATE_LOOP_ITEM)
		s->loop.sep = parse_separator(c);
	if (s->loop.kind == ALGATE_LOOP_PREFIXED) {
		parse_length(c, &s->loop.prefix);
		order_fixed(c, &s->loop.prefix);
	}
	s->loop.max = ALGATE_MAX_ELEMENTS;
	if (tok_take(c, "max"))
		s->loop.max = parse_number(c, "a number of elements", 1,
					   ALGATE_MAX_ELEMENTS);
	parse_until(c, s);
	parse_elements(c, s, pos);
}

static void parse_remember(struct comp *c, struct stmt *s)
{
	s->kind = STMT_REMEMBER;
	s->key = parse_key(c);
	tok_need(c, "=");
	s->source = parse_operand(c);
}

/* A word that is neither a statement nor in front of "=" */
static void fail_statement(struct comp *c, const struct stmt *s)
{
	static const char * const drops[] = {
		"drop", "reject", "deny", "block", "accept", "pass", "log",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(drops); i++)
		if (!strcmp(drops[i], s->name))
			comp_fail(c, s->pos,
				  "no statement \"%s\": the firewall decides about packets; a rule can count or stop",
				  s->name);
	if (is_definition_word(s->name))
		comp_fail(c, s->pos, "a definition stands outside of rules");
	if (!strcmp(s->name, "else"))
		comp_fail(c, s->pos, "\"else\" without \"if\"");
	if (tok_is(c, "+") || tok_is(c, "-"))
		comp_fail(c, c->tok.pos, "write %s = %s %s ...", s->name,
			  s->name, c->tok.text);
	comp_fail(c, s->pos,
		  "\"%s\" is not a statement, and no \"=\" follows", s->name);
}

/* NAME { "," NAME } */
static struct term *parse_values(struct comp *c)
{
	struct term *first = comp_alloc(c, sizeof(*first)), *t = first;

	for (;;) {
		t->v = parse_name_operand(c, "a name");
		if (!tok_take(c, ","))
			return first;
		t->next = comp_alloc(c, sizeof(*t));
		t = t->next;
	}
}

static void parse_assign(struct comp *c, struct stmt *s)
{
	s->name = parse_word(c, "a statement");
	if (tok_is(c, "[")) {
		parse_remember(c, s);
		return;
	}
	s->kind = STMT_ASSIGN;
	if (!tok_is(c, "="))
		fail_statement(c, s);
	lex_next(c);
	if (tok_take(c, "hash")) {
		s->kind = STMT_HASH;
		s->expr = parse_values(c);
		return;
	}
	if (tok_take(c, "answer")) {
		s->kind = STMT_ANSWER;
		s->source = parse_name_operand(c, "a queue");
		return;
	}
	s->expr = parse_expr(c, "+-&|");
}

static const struct {
	const char *word;
	enum stmt_kind kind;
	void (*parse)(struct comp *c, struct stmt *s);
} statements[] = {
	{ "open", STMT_OPEN, parse_open },
	{ "translate", STMT_TRANSLATE, parse_translate },
	{ "confirm", STMT_CONFIRM, parse_confirm },
	{ "close", STMT_CLOSE, parse_close },
	{ "extend", STMT_EXTEND, parse_extend },
	{ "require", STMT_REQUIRE, parse_require },
	{ "ask", STMT_ASK, parse_ask },
	{ "forget", STMT_FORGET, parse_forget },
	{ "rewrite", STMT_REWRITE, parse_rewrite },
	{ "adjust", STMT_ADJUST, parse_adjust },
	{ "count", STMT_COUNT, parse_count },
	{ "stop", STMT_STOP, parse_stop },
	{ "if", STMT_IF, parse_if },
	{ "each", STMT_EACH, parse_each },
	{ "within", STMT_EACH, parse_within },
};

static struct stmt *parse_stmt(struct comp *c)
{
	struct stmt *s = comp_alloc(c, sizeof(*s));
	unsigned int i;

	expand_count(c);
	s->pos = c->tok.pos;
	for (i = 0; i < ARRAY_SIZE(statements); i++) {
		if (!tok_take(c, statements[i].word))
			continue;
		s->kind = statements[i].kind;
		statements[i].parse(c, s);
		return s;
	}
	parse_assign(c, s);
	return s;
}

/* Statements up to and including the closing brace. */
struct stmt *parse_stmts(struct comp *c)
{
	struct stmt *first = NULL, **tail = &first;

	while (!tok_take(c, "}")) {
		struct stmt *s;

		if (tok_take(c, ";"))
			continue;
		s = parse_stmt(c);
		*tail = s;
		tail = &s->next;
		/* no separator is needed behind a brace */
		if (s->kind == STMT_IF || s->kind == STMT_EACH)
			continue;
		if (!tok_is(c, ";") && !tok_is(c, "}") && !c->tok.newline)
			fail_expected(c, "\";\", a new line or \"}\"");
	}
	return first;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Tokens -> tree. The code generator checks the meaning of names.
 */
#include <ctype.h>

#include "parse.h"

bool tok_is(const struct comp *c, const char *text)
{
	return (c->tok.kind == TOK_WORD || c->tok.kind == TOK_PUNCT) &&
	       !strcmp(c->tok.text, text);
}

bool tok_take(struct comp *c, const char *text)
{
	if (!tok_is(c, text))
		return false;
	lex_next(c);
	return true;
}

static const char *token_text(const struct comp *c, char *buf, size_t len)
{
	const struct token *t = &c->tok;

	switch (t->kind) {
	case TOK_END:
		return "the end of the text";
	case TOK_STRING:
		return "a string";
	default:
		if (tok_is(c, "["))
			return "a byte class";
		snprintf(buf, len, "\"%.40s\"", t->text);
		return buf;
	}
}

void fail_expected(struct comp *c, const char *what)
{
	char buf[48];

	comp_fail(c, c->tok.pos, "expected %s, found %s", what,
		  token_text(c, buf, sizeof(buf)));
}

void tok_need(struct comp *c, const char *text)
{
	char what[48];

	if (tok_take(c, text))
		return;
	snprintf(what, sizeof(what), "\"%s\"", text);
	fail_expected(c, what);
}

char *parse_word(struct comp *c, const char *what)
{
	char *word = c->tok.text;
	unsigned int i;

	if (c->tok.kind != TOK_WORD)
		fail_expected(c, what);
	for (i = 0; i < c->tree.nlocals; i++)
		if (!strcmp(c->tree.local[i], word))
			c->locals |= 1U << i;
	lex_next(c);
	return word;
}

u32 parse_number(struct comp *c, const char *what, u32 min, u32 max)
{
	struct token t;

	define_number(c, &t, what);
	if (!isxdigit((unsigned char)t.text[t.len - 1]))
		comp_fail(c, t.pos, "%s has no unit", what);
	if (t.number < min || t.number > max)
		comp_fail(c, t.pos, "%s must be %u to %u", what, min, max);
	lex_next(c);
	return t.number;
}

char *parse_string(struct comp *c, const char *what)
{
	char *text = c->tok.text;

	if (c->tok.kind != TOK_STRING || c->tok.nocase || c->tok.utf16)
		fail_expected(c, what);
	if (memchr(text, 0, c->tok.len))
		comp_fail(c, c->tok.pos, "a NUL in %s", what);
	lex_next(c);
	return text;
}

/* a name in statistics or the ABI, of at most 15 bytes */
char *parse_name(struct comp *c, const char *what)
{
	struct pos pos = c->tok.pos;
	char *name = parse_word(c, what);

	if (strlen(name) >= ALGATE_NAME_LEN)
		comp_fail(c, pos, "\"%s\" is longer than 15 letters", name);
	return name;
}

u32 parse_time(struct comp *c)
{
	struct token t;
	u64 v;

	define_number(c, &t, "a time, such as 30s, 5m or 1h");
	v = t.number;
	switch (t.text[t.len - 1]) {
	case 'h':
		v *= 60;
		/* fall through */
	case 'm':
		v *= 60;
		/* fall through */
	case 's':
		break;
	default:
		comp_fail(c, t.pos, "a time needs a unit: s, m or h");
	}
	if (v < 1 || v > ALGATE_TIME_MAX)
		comp_fail(c, t.pos, "a time must be 1s to 24h");
	lex_next(c);
	return v;
}

struct operand parse_name_operand(struct comp *c, const char *what)
{
	struct operand v = { .pos = c->tok.pos };

	v.name = parse_word(c, what);
	c->tree.directed |= !strcmp(v.name, "direction");
	return v;
}

struct operand parse_operand(struct comp *c)
{
	struct operand v = { .pos = c->tok.pos };

	if (!tok_is_number(c))
		return parse_name_operand(c, "a name or a number");
	v.number = parse_number(c, "a number", 0, 0xffffffff);
	return v;
}

/* the key in brackets behind the name of a table */
struct operand parse_key(struct comp *c)
{
	struct operand v;

	tok_need(c, "[");
	v = parse_operand(c);
	tok_need(c, "]");
	return v;
}

const char * const whose_words[__ALGATE_IS_MAX] = {
	[ALGATE_IS_OWN] = "own",
	[ALGATE_IS_PEER] = "peer",
	[ALGATE_IS_PRIVATE] = "private",
};

/* "own X", "peer X" or "private X": a test of an address */
static bool parse_whose(struct comp *c, struct cond *cond)
{
	unsigned int i;

	for (i = 0; i < __ALGATE_IS_MAX; i++) {
		if (!tok_take(c, whose_words[i]))
			continue;
		cond->op = "is";
		cond->whose = i;
		cond->a = parse_name_operand(c, "an address");
		return true;
	}
	return false;
}

static void parse_recall(struct comp *c, struct cond *cond)
{
	cond->op = "->";
	cond->key = parse_key(c);
	tok_need(c, "->");
	define_check(c, c->tok.pos, c->tok.text);
	cond->b = parse_name_operand(c, "a name");
}

/* MAP to ADDRESS -> NAME, behind "to" */
static void parse_back(struct comp *c, struct cond *cond)
{
	cond->op = "->";
	cond->back = true;
	cond->key = parse_name_operand(c, "an address");
	tok_need(c, "->");
	define_check(c, c->tok.pos, c->tok.text);
	cond->b = parse_name_operand(c, "a name");
}

static void parse_compare(struct comp *c, struct cond *cond)
{
	static const char * const ops[] = {
		"==", "!=", "<=", ">=", "<", ">", "&",
	};
	unsigned int i;

	if (tok_take(c, "in")) {
		cond->op = "in";
		cond->b = parse_name_operand(c, "the name of a param");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		if (!tok_take(c, ops[i]))
			continue;
		cond->op = ops[i];
		cond->b = parse_operand(c);
		return;
	}
}

static struct cond *parse_test(struct comp *c)
{
	struct cond *cond = comp_alloc(c, sizeof(*cond));

	cond->op = "";
	cond->not = tok_take(c, "not");
	if (parse_whose(c, cond))
		return cond;
	cond->a = parse_operand(c);
	if (cond->not)
		return cond;
	if (cond->a.name && tok_is(c, "[") && c->tok.glued)
		parse_recall(c, cond);
	else if (cond->a.name && tok_take(c, "to"))
		parse_back(c, cond);
	else
		parse_compare(c, cond);
	return cond;
}

/* Operators of C have words here. */
static void check_operator(struct comp *c)
{
	static const struct {
		const char *punct;
		const char *word;
	} words[] = {
		{ "&&", "and" }, { "||", "or" }, { "!", "not" }, { "=", "==" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (tok_is(c, words[i].punct))
			comp_fail(c, c->tok.pos, "write \"%s\" for \"%s\"",
				  words[i].word, words[i].punct);
}

static struct cond *parse_all(struct comp *c)
{
	struct cond *first = NULL, **tail = &first;

	do {
		check_operator(c);
		*tail = parse_test(c);
		tail = &(*tail)->next;
		check_operator(c);
	} while (tok_take(c, "and"));
	return first;
}

/* A rule behind "or" could not know whether the name is set. */
static void check_captures(struct comp *c, const struct cond *all)
{
	for (; all; all = all->next)
		if (!strcmp(all->op, "->"))
			comp_fail(c, all->a.pos,
				  "\"%s%s -> %s\" cannot stand beside \"or\": write two rules, or if and else if",
				  all->a.name, all->back ? " to ..." : "[...]",
				  all->b.name);
}

struct cond *parse_cond(struct comp *c)
{
	struct cond *first = NULL, **tail = &first, *cond;

	do {
		*tail = parse_all(c);
		tail = &(*tail)->other;
	} while (tok_take(c, "or"));
	for (cond = first; first->other && cond; cond = cond->other)
		check_captures(c, cond);
	return first;
}

/**
 * parse_expr() - read a sum of names and numbers
 * @c: compilation
 * @ops: allowed operators
 *
 * Return: its terms.
 */
struct term *parse_expr(struct comp *c, const char *ops)
{
	struct term *first = comp_alloc(c, sizeof(*first)), *t = first;

	first->v = parse_operand(c);
	while (c->tok.kind == TOK_PUNCT && c->tok.len == 1 &&
	       strchr(ops, c->tok.text[0])) {
		t->next = comp_alloc(c, sizeof(*t));
		t = t->next;
		t->op = c->tok.text[0];
		lex_next(c);
		t->v = parse_operand(c);
	}
	if (tok_is(c, "*") || tok_is(c, "/") || tok_is(c, "%") ||
	    tok_is(c, "&"))
		comp_fail(c, c->tok.pos,
			  "\"%s\" is not an operator here: only %s; write a product as a sum",
			  c->tok.text, ops[2] ? "+ - & |" : "+ -");
	return first;
}

/* Limits the recursion, so that no text overflows the stack. */
void parse_deeper(struct comp *c, struct pos pos, const char *what)
{
	if (++c->depth > MAX_DEPTH)
		comp_fail(c, pos, "%s more than %d deep", what, MAX_DEPTH);
}

static struct rule *parse_rule(struct comp *c)
{
	struct rule *rule = comp_alloc(c, sizeof(*rule));

	rule->pos = c->tok.pos;
	rule->dir = parse_word(c, "client, server or either");
	tok_need(c, ":");
	c->locals = 0;
	rule->pattern = parse_pattern(c);
	rule->early = c->locals;
	if (tok_take(c, "{"))
		rule->stmts = parse_stmts(c);
	rule->locals = c->locals;
	return rule;
}

/* A rule; two, if the message says the order of its numbers */
static struct rule *parse_rules_of_order(struct comp *c)
{
	struct rule *first = NULL, **tail = &first;
	struct passage passage;

	order_first(c, &passage);
	do {
		if (*tail)
			tail = &(*tail)->next;
		*tail = parse_rule(c);
	} while (order_again(c, &passage, (*tail)->pattern));
	return first;
}

/* The text goes on where a rule or declaration must begin. */
static void fail_top(struct comp *c)
{
	if (tok_is(c, "=") || tok_is(c, "->"))
		comp_fail(c, c->tok.pos,
			  "statements stand in braces behind the pattern: { ... }");
	if (tok_is(c, ")") || tok_is(c, "}") || tok_is(c, "]"))
		comp_fail(c, c->tok.pos, "\"%s\" closes nothing here",
			  c->tok.text);
	if (tok_is(c, "||"))
		comp_fail(c, c->tok.pos, "alternatives have \"|\" between them");
	fail_expected(c, "a declaration or a rule");
}

/* Only a stream keeps the order of requests and replies. */
static void check_queues(struct comp *c)
{
	const struct tree *t = &c->tree;
	unsigned int i;

	for (i = 0; t->queue_pos.line && i < t->nservices; i++)
		if (t->service[i].proto != IPPROTO_TCP)
			comp_fail(c, t->queue_pos,
				  "a queue needs an order, which datagrams do not have: only for tcp");
}

/* Both have entries in brackets. */
static void check_maps(struct comp *c)
{
	const struct tree *t = &c->tree;
	unsigned int i, k;

	for (i = 0; i < t->nmaps; i++)
		for (k = 0; k < t->ntables; k++)
			if (!strcmp(t->map[i].name, t->table[k].name))
				comp_fail(c, t->map_pos[i],
					  "\"%s\" is also the name of a table",
					  t->map[i].name);
}

/**
 * parse_file() - read a rule text into @c->tree
 * @c: compilation
 */
void parse_file(struct comp *c)
{
	struct rule **tail = &c->tree.rules;

	define_find_all(c);
	lex_next(c);
	parse_header(c);
	while (parse_declaration(c) || parse_definition(c))
		;
	while (tok_is(c, "client") || tok_is(c, "server") ||
	       tok_is(c, "either") || is_definition(c)) {
		if (parse_definition(c))
			continue;
		*tail = parse_rules_of_order(c);
		while (*tail)
			tail = &(*tail)->next;
	}
	if (is_declaration(c))
		comp_fail(c, c->tok.pos, "declarations come before the rules");
	if (c->tok.kind != TOK_END)
		fail_top(c);
	if (!c->tree.nservices)
		comp_fail(c, c->tok.pos, "the plug-in has no service");
	if (!c->tree.nframes)
		comp_fail(c, c->tok.pos, "the plug-in has no frame");
	if (!c->tree.rules)
		comp_fail(c, c->tok.pos, "the plug-in has no rules");
	check_queues(c);
	check_maps(c);
}

// SPDX-License-Identifier: GPL-2.0
/* Tokens -> tree: rules and their statements. */
#include "parse.h"

static bool same_line(const struct parser *p)
{
	return p->t.at.line == p->last_line;
}

/* "self", or a capture's name */
static struct word parse_endpoint(struct parser *p, const char *what)
{
	if (parse_accept(p, "self"))
		return (struct word){ 0 };
	return parse_name(p, what);
}

static void parse_open_options(struct parser *p, struct statement *s)
{
	s->ports = 1;
	while (same_line(p)) {
		if (parse_accept(p, "ports"))
			s->ports = parse_number(p, 1, 16, "the number of ports");
		else if (parse_accept(p, "even"))
			s->parity = 2;
		else if (parse_accept(p, "third-party"))
			s->flags |= ALGATE_OPEN_F_THIRD_PARTY;
		else if (parse_accept(p, "low-ports"))
			s->flags |= ALGATE_OPEN_F_LOW_PORTS;
		else
			return;
	}
}

static void parse_open(struct parser *p, struct statement *s)
{
	s->kind = STATEMENT_OPEN;
	s->name = parse_name(p, "a class of expectations");
	s->proto = parse_proto(p);
	s->from_at = p->t.at;
	if (parse_accept(p, "client"))
		s->from = FROM_CLIENT;
	else if (parse_accept(p, "server"))
		s->from = FROM_SERVER;
	else if (parse_accept(p, "peer"))
		s->from = FROM_PEER;
	else if (parse_accept(p, "any"))
		s->from = FROM_ANY;
	else
		parse_unexpected(p, "client, server, peer or any");
	parse_expect(p, "->", "and the endpoint");
	s->addr = parse_endpoint(p, "a captured address or self");
	if (same_line(p) && p->t.kind == TOKEN_WORD && !parse_is(p, "ports") &&
	    !parse_is(p, "even") && !parse_is(p, "third-party") &&
	    !parse_is(p, "low-ports"))
		s->port = parse_endpoint(p, "a captured port or self");
	parse_open_options(p, s);
}

static void parse_assign(struct parser *p, struct statement *s)
{
	struct term **tail = &s->expr;
	char op = 0;

	s->kind = STATEMENT_ASSIGN;
	s->name = parse_name(p, "a statement");
	parse_expect(p, "=", "after the variable");
	do {
		struct term *t = compile_alloc(p->c, sizeof(*t));

		t->op = op;
		t->operand = parse_operand(p);
		*tail = t;
		tail = &t->next;
		op = p->t.kind == TOKEN_MARK && !p->t.text[1] ? p->t.text[0] : 0;
		if (!op || !strchr("+-&|", op))
			return;
		parse_next(p);
	} while (true);
}

static struct statement *parse_statement(struct parser *p)
{
	struct statement *s = compile_alloc(p->c, sizeof(*s));

	s->at = p->t.at;
	if (parse_accept(p, "open")) {
		parse_open(p, s);
	} else if (parse_accept(p, "require")) {
		s->kind = STATEMENT_REQUIRE;
		s->cond = parse_cond(p);
	} else if (parse_accept(p, "rewrite")) {
		s->kind = STATEMENT_REWRITE;
		s->name = parse_name(p, "a capture");
		parse_expect(p, "=", "after the place to write to");
		s->value = parse_name(p, "a capture");
	} else if (parse_accept(p, "count")) {
		s->kind = STATEMENT_COUNT;
		s->name = parse_name(p, "the counter's name");
	} else if (parse_accept(p, "stop")) {
		s->kind = STATEMENT_STOP;
	} else {
		parse_assign(p, s);
	}
	if (!parse_is(p, ";") && !parse_is(p, "}") && same_line(p))
		parse_unexpected(p, "the end of the statement");
	return s;
}

struct ruledef *parse_rule(struct parser *p)
{
	struct ruledef *rule = compile_alloc(p->c, sizeof(*rule));
	struct statement **tail = &rule->statements;

	rule->at = p->t.at;
	if (parse_is(p, "client"))
		rule->sides = SIDE_CLIENT;
	else if (parse_is(p, "server"))
		rule->sides = SIDE_SERVER;
	else
		rule->sides = SIDE_CLIENT | SIDE_SERVER;
	parse_next(p);
	parse_expect(p, ":", "after the rule's side");
	rule->pattern = parse_pattern(p);
	if (!parse_accept(p, "{"))
		return rule;
	while (!parse_accept(p, "}")) {
		if (parse_accept(p, ";"))
			continue;
		*tail = parse_statement(p);
		tail = &(*tail)->next;
	}
	return rule;
}

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ALGATE_PARSE_H
#define ALGATE_PARSE_H

#include "lex.h"

/**
 * struct parser - one token ahead
 * @c: the compilation
 * @lexer: where tokens come from
 * @t: the token that is looked at
 * @ahead: the one after it
 * @last_line: line of the token before it
 * @depth: parentheses that are open
 */
struct parser {
	struct compile *c;
	struct lexer lexer;
	struct token t;
	struct token ahead;
	int last_line;
	int depth;
};

void parse_next(struct parser *p);
bool parse_is(const struct parser *p, const char *text);
bool parse_accept(struct parser *p, const char *text);
void parse_expect(struct parser *p, const char *text, const char *where);
u32 parse_number(struct parser *p, u32 least, u32 most, const char *what);
struct word parse_name(struct parser *p, const char *what);
u8 parse_proto(struct parser *p);
bool parse_at_rule(const struct parser *p);
void parse_unexpected(struct parser *p, const char *wanted)
	__attribute__((noreturn));

/* parse_pattern.c */
struct pattern *parse_pattern(struct parser *p);
struct cond *parse_cond(struct parser *p);
struct operand parse_operand(struct parser *p);

/* parse_rule.c */
struct ruledef *parse_rule(struct parser *p);

#endif /* ALGATE_PARSE_H */

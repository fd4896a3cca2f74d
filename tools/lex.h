/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tokens of the rule language, and what the parser's files share.
 */
#ifndef ALGATE_LEX_H
#define ALGATE_LEX_H

#include "ast.h"

/* a token of one character is that character */
enum token_kind {
	TOK_END = 256,
	TOK_WORD,
	TOK_NUMBER,
	TOK_TIME,
	TOK_STRING,
	TOK_CLASS,
	TOK_FIND,	/* ... */
	TOK_TO,		/* .. */
	TOK_ARROW,	/* -> */
	TOK_EQ,
	TOK_NE,
	TOK_LE,
	TOK_GE,
};

/**
 * struct token - a token
 * @kind: enum token_kind, or a character
 * @pos: where it begins
 * @text: there
 * @len: how many bytes it has
 * @first: it is the first on its line
 * @glued: nothing is between it and the one before
 * @nocase: STRING with an i
 * @num: NUMBER; TIME in seconds
 * @bytes: STRING; WORD, with a NUL
 * @nbytes: how many bytes that has
 * @set: CLASS
 */
struct token {
	int kind;
	struct pos pos;
	const char *text;
	u32 len;
	bool first;
	bool glued;
	bool nocase;
	u32 num;
	const u8 *bytes;
	u32 nbytes;
	struct byteset set;
};

#define MAX_DEPTH	16	/* of groups */

struct lexer {
	struct compiler *c;
	const char *at;
	const char *end;
	const char *line_start;
	int line;
	unsigned int depth;
	struct token tok;	/* the current one */
};

/* lex.c */
void lex_start(struct lexer *l, struct compiler *c);
void lex_next(struct lexer *l);

/* parse.c: about the current token */
void parse_unexpected(struct lexer *l, const char *wanted)
	__attribute__((__noreturn__));
bool parse_is_word(const struct lexer *l, const char *word);
bool parse_accept_word(struct lexer *l, const char *word);
bool parse_accept(struct lexer *l, int kind);
void parse_expect(struct lexer *l, int kind, const char *wanted);
struct name parse_word(struct lexer *l, const char *wanted);
/* the same, for a name that the rules make */
struct name parse_new_name(struct lexer *l, const char *wanted);
u32 parse_number(struct lexer *l, const char *what, u32 min, u32 max);

/* pattern.c */
struct alt *parse_pattern(struct lexer *l);

/* statement.c */
struct cond *parse_cond(struct lexer *l);
struct operand parse_operand(struct lexer *l);
struct stmt *parse_statements(struct lexer *l);

#endif /* ALGATE_LEX_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * Text to tokens.
 */
#include "lex.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_word_char(char c)
{
	return is_word_start(c) || is_digit(c);
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* the character @n further on, NUL past the end */
static char ahead(const struct lexer *l, size_t n)
{
	return n < (size_t)(l->end - l->at) ? l->at[n] : 0;
}

static struct pos pos_of(const struct lexer *l, const char *p)
{
	return (struct pos){ l->line, p - l->line_start + 1 };
}

static void skip_blanks(struct lexer *l, bool *newline)
{
	while (l->at < l->end) {
		char c = *l->at;

		if (c == '#') {
			while (l->at < l->end && *l->at != '\n')
				l->at++;
			continue;
		}
		if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			return;
		l->at++;
		if (c == '\n') {
			l->line++;
			l->line_start = l->at;
			*newline = true;
		}
	}
}

/* A word may have a '-' inside, not at its end: "a->b" is three tokens. */
static void lex_word(struct lexer *l)
{
	struct token *t = &l->tok;
	u8 *s;

	while (is_word_char(ahead(l, 0)) ||
	       (ahead(l, 0) == '-' && is_word_char(ahead(l, 1))))
		l->at++;
	t->kind = TOK_WORD;
	t->nbytes = l->at - t->text;
	s = arena_alloc(l->c, t->nbytes + 1);
	memcpy(s, t->text, t->nbytes);
	t->bytes = s;
}

static u32 unit_seconds(char unit)
{
	switch (unit) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	}
	return 0;
}

static void lex_number(struct lexer *l)
{
	struct token *t = &l->tok;
	bool hex = ahead(l, 0) == '0' && (ahead(l, 1) | 0x20) == 'x' &&
		   hex_digit(ahead(l, 2)) >= 0;
	u64 num = 0;
	u32 unit;

	if (hex)
		l->at += 2;
	while (hex ? hex_digit(ahead(l, 0)) >= 0 : is_digit(ahead(l, 0))) {
		num = num * (hex ? 16 : 10) + hex_digit(*l->at++);
		if (num > UINT32_MAX)
			compile_fail(l->c, t->pos,
				     "the number is larger than 4294967295");
	}
	t->kind = TOK_NUMBER;
	t->num = num;
	if (!is_word_char(ahead(l, 0)))
		return;
	unit = unit_seconds(ahead(l, 0));
	if (hex || !unit || is_word_char(ahead(l, 1))) {
		while (is_word_char(ahead(l, 0)))
			l->at++;
		compile_fail(l->c, t->pos,
			     "'%.*s' is neither a number nor a time",
			     (int)min_t(size_t, l->at - t->text, 40), t->text);
	}
	l->at++;
	t->kind = TOK_TIME;
	t->num = min_t(u64, num * unit, UINT32_MAX);
}

/* @special: what a backslash may stand before, to mean itself */
static u8 lex_escape(struct lexer *l, const char *special)
{
	const char *start = l->at;
	int high, low;
	char c;

	l->at++;
	c = ahead(l, 0);
	if (l->at < l->end)
		l->at++;
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'x':
		high = hex_digit(ahead(l, 0));
		low = hex_digit(ahead(l, 1));
		if (high < 0 || low < 0)
			compile_fail(l->c, pos_of(l, start),
				     "'\\x' needs two hexadecimal digits");
		l->at += 2;
		return high << 4 | low;
	}
	if (!c || !strchr(special, c))
		compile_fail(l->c, pos_of(l, start),
			     "unknown escape: there are \\n \\r \\t \\xHH and a backslash before %s",
			     special[1] == '"' ? "\\ and \"" :
						 "\\ ] [ ^ and -");
	return c;
}

static bool lex_in_line(const struct lexer *l)
{
	return l->at < l->end && *l->at != '\n';
}

static void lex_string(struct lexer *l)
{
	struct buf b = { .c = l->c };
	struct token *t = &l->tok;
	u8 c;

	l->at++;
	while (lex_in_line(l) && *l->at != '"') {
		c = *l->at == '\\' ? lex_escape(l, "\\\"") : (u8)*l->at++;
		buf_put(&b, &c, 1);
	}
	if (!lex_in_line(l))
		compile_fail(l->c, t->pos, "the string does not end on its line");
	l->at++;
	t->kind = TOK_STRING;
	t->bytes = b.p;
	t->nbytes = b.len;
	if (ahead(l, 0) == 'i' && !is_word_char(ahead(l, 1))) {
		t->nocase = true;
		l->at++;
	} else if (is_word_char(ahead(l, 0))) {
		compile_fail(l->c, pos_of(l, l->at),
			     "only 'i' may follow a string without a blank");
	}
}

static u8 lex_class_byte(struct lexer *l)
{
	if (!lex_in_line(l))
		compile_fail(l->c, l->tok.pos,
			     "the class does not end on its line");
	return *l->at == '\\' ? lex_escape(l, "\\]^-[") : (u8)*l->at++;
}

static void lex_class(struct lexer *l)
{
	struct token *t = &l->tok;
	bool negated = ahead(l, 1) == '^';
	u32 i;

	l->at += negated ? 2 : 1;
	while (!lex_in_line(l) || *l->at != ']') {
		const char *start = l->at;
		u32 from = lex_class_byte(l);
		u32 to = from;

		if (ahead(l, 0) == '-' && ahead(l, 1) != ']') {
			l->at++;
			to = lex_class_byte(l);
		}
		if (to < from)
			compile_fail(l->c, pos_of(l, start),
				     "the range ends before it begins");
		while (from <= to)
			set_add(&t->set, from++);
	}
	l->at++;
	if (negated)
		for (i = 0; i < sizeof(t->set.bit); i++)
			t->set.bit[i] = ~t->set.bit[i];
	if (!set_count(&t->set))
		compile_fail(l->c, t->pos, "no byte is in the class");
	t->kind = TOK_CLASS;
}

static const struct {
	const char *text;
	int kind;
} puncts[] = {
	{ "...", TOK_FIND },
	{ "..", TOK_TO },
	{ "->", TOK_ARROW },
	{ "==", TOK_EQ },
	{ "!=", TOK_NE },
	{ "<=", TOK_LE },
	{ ">=", TOK_GE },
};

static void lex_punct(struct lexer *l)
{
	struct token *t = &l->tok;
	u8 c = *l->at;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(puncts); i++) {
		size_t len = strlen(puncts[i].text);

		if (len <= (size_t)(l->end - l->at) &&
		    !memcmp(l->at, puncts[i].text, len)) {
			t->kind = puncts[i].kind;
			l->at += len;
			return;
		}
	}
	if (!c || !strchr("(){}|;,:=<>&+-*?", c)) {
		if (c > ' ' && c <= '~')
			compile_fail(l->c, t->pos, "unexpected character '%c'",
				     c);
		compile_fail(l->c, t->pos, "unexpected byte 0x%02x", c);
	}
	t->kind = c;
	l->at++;
}

/**
 * lex_next() - go on to the next token
 * @l: lexer
 */
void lex_next(struct lexer *l)
{
	const char *before = l->at;
	struct token *t = &l->tok;
	bool newline = false;

	skip_blanks(l, &newline);
	*t = (struct token){ .pos = pos_of(l, l->at), .text = l->at,
			     .first = newline, .glued = l->at == before };
	if (l->at == l->end)
		t->kind = TOK_END;
	else if (is_word_start(*l->at))
		lex_word(l);
	else if (is_digit(*l->at))
		lex_number(l);
	else if (*l->at == '"')
		lex_string(l);
	else if (*l->at == '[')
		lex_class(l);
	else
		lex_punct(l);
	t->len = l->at - t->text;
}

/**
 * lex_start() - go to the first token
 * @l: lexer
 * @c: compilation
 */
void lex_start(struct lexer *l, struct compiler *c)
{
	*l = (struct lexer){ .c = c, .at = c->text, .end = c->text + c->len,
			     .line_start = c->text, .line = 1 };
	lex_next(l);
}

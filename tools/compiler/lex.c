// SPDX-License-Identifier: GPL-2.0
/*
 * Rule text -> tokens.
 */
#include <ctype.h>
#include <stdarg.h>

#include "ast.h"

struct chunk {
	struct chunk *next;
	max_align_t data[];
};

/**
 * comp_fail() - end a compilation with an error
 * @c: compilation
 * @pos: position of the error in the text
 * @fmt: message, as for printf()
 *
 * Does not return.
 */
void comp_fail(struct comp *c, struct pos pos, const char *fmt, ...)
{
	va_list ap;

	c->err->line = pos.line;
	c->err->column = pos.column;
	if (pos.use) {
		c->err->use_line = pos.use->line;
		c->err->use_column = pos.use->column;
	}
	va_start(ap, fmt);
	vsnprintf(c->err->text, sizeof(c->err->text), fmt, ap);
	va_end(ap);
	longjmp(c->fail, 1);
}

/**
 * comp_warn() - report a part of the text that has no effect
 * @c: compilation
 * @pos: its position
 * @fmt: message, as for printf()
 *
 * The program for each direction and each use of a definition repeats a
 * warning, which is kept once.
 */
void comp_warn(struct comp *c, struct pos pos, const char *fmt, ...)
{
	struct compile_warning w = { .line = pos.line, .column = pos.column };
	struct compile_error *err = c->err;
	unsigned int i;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w.text, sizeof(w.text), fmt, ap);
	va_end(ap);
	for (i = 0; i < err->nwarnings; i++)
		if (err->warnings[i].line == w.line &&
		    err->warnings[i].column == w.column &&
		    !strcmp(err->warnings[i].text, w.text))
			return;
	if (i < ARRAY_SIZE(err->warnings))
		err->warnings[err->nwarnings++] = w;
}

/* Allocates zeroed memory, which comp_free() frees. */
void *comp_alloc(struct comp *c, size_t len)
{
	struct chunk *chunk = calloc(1, sizeof(*chunk) + len);

	if (!chunk)
		comp_fail(c, c->tok.pos, "out of memory");
	chunk->next = c->chunks;
	c->chunks = chunk;
	return chunk->data;
}

static struct pos lex_pos(const struct comp *c)
{
	return (struct pos){ c->line, c->at - c->line_start + 1, c->use };
}

static void lex_blank(struct comp *c)
{
	c->tok.glued = true;
	c->tok.newline = c->at == c->src;
	for (; c->at < c->end; c->at++) {
		if (*c->at == '#') {
			while (c->at < c->end && *c->at != '\n')
				c->at++;
			if (c->at == c->end)
				return;
		}
		if (*c->at == '\n') {
			c->line++;
			c->line_start = c->at + 1;
			c->tok.newline = true;
		} else if (*c->at != ' ' && *c->at != '\t' && *c->at != '\r') {
			return;
		}
		c->tok.glued = false;
	}
}

static int hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* a byte of a string or class, with its escape */
static u8 lex_byte(struct comp *c, const char *specials)
{
	struct pos pos = lex_pos(c);
	char ch = *c->at++;
	int hi, lo;

	if (ch != '\\')
		return ch;
	if (c->at == c->end)
		comp_fail(c, pos, "a backslash at the end of the text");
	ch = *c->at++;
	switch (ch) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'x':
		hi = c->end - c->at >= 2 ? hex_digit(c->at[0]) : -1;
		lo = hi >= 0 ? hex_digit(c->at[1]) : -1;
		if (lo < 0)
			comp_fail(c, pos, "\\x needs two hexadecimal digits");
		c->at += 2;
		return hi << 4 | lo;
	}
	if (!strchr(specials, ch) || !ch)
		comp_fail(c, pos, "unknown escape");
	return ch;
}

/* The letters directly behind a string: "i" and "u", each at most once */
static void lex_suffix(struct comp *c)
{
	struct token *t = &c->tok;
	const char *p = c->at;
	bool nocase = false, utf16 = false;

	for (; p < c->end && ((*p == 'i' && !nocase) || (*p == 'u' && !utf16)); p++) {
		nocase |= *p == 'i';
		utf16 |= *p == 'u';
	}
	t->nocase = false;
	t->utf16 = false;
	if (p < c->end && isalnum((unsigned char)*p))
		return;
	t->nocase = nocase;
	t->utf16 = utf16;
	c->at = p;
}

/* UTF-16, little-endian */
static void widen(struct comp *c)
{
	struct token *t = &c->tok;
	size_t i;

	for (i = t->len; i--;) {
		if (t->text[i] & 0x80)
			comp_fail(c, t->pos, "a string in UTF-16 has only ASCII characters");
		t->text[2 * i] = t->text[i];
		t->text[2 * i + 1] = 0;
	}
	t->len *= 2;
}

static void lex_string(struct comp *c)
{
	struct token *t = &c->tok;
	const char *eol = memchr(c->at, '\n', c->end - c->at);

	t->kind = TOK_STRING;
	t->text = comp_alloc(c, 2 * ((eol ? eol : c->end) - c->at));
	t->len = 0;
	c->at++;
	for (;;) {
		if (c->at == c->end || *c->at == '\n')
			comp_fail(c, t->pos, "the string does not end on its line");
		if (*c->at == '"')
			break;
		t->text[t->len++] = lex_byte(c, "\\\"");
	}
	c->at++;
	lex_suffix(c);
	if (t->utf16)
		widen(c);
}

/**
 * lex_class() - read the token "[" as a byte class
 * @c: compilation
 *
 * Only the parser of patterns can tell a byte class from the key of a table.
 */
void lex_class(struct comp *c)
{
	struct token *t = &c->tok;
	bool invert = false;
	unsigned int i;

	t->kind = TOK_CLASS;
	memset(t->set, 0, sizeof(t->set));
	if (c->at < c->end && *c->at == '^') {
		invert = true;
		c->at++;
	}
	for (;;) {
		struct pos pos = lex_pos(c);
		u8 lo, hi;

		if (c->at == c->end || *c->at == '\n')
			comp_fail(c, t->pos, "the byte class does not end on its line");
		if (*c->at == ']')
			break;
		lo = lex_byte(c, "\\\"]^-[");
		hi = lo;
		if (c->end - c->at >= 2 && c->at[0] == '-' && c->at[1] != ']') {
			c->at++;
			hi = lex_byte(c, "\\\"]^-[");
		}
		if (lo > hi)
			comp_fail(c, pos, "the range ends before it begins");
		for (i = lo; i <= hi; i++)
			t->set[i / 8] |= 1 << i % 8;
	}
	c->at++;
	for (i = 0; invert && i < sizeof(t->set); i++)
		t->set[i] = ~t->set[i];
	for (i = 0; i < sizeof(t->set) && !t->set[i]; i++)
		;
	if (i == sizeof(t->set))
		comp_fail(c, t->pos, "the byte class is empty");
}

static bool word_char(char ch)
{
	return isalnum((unsigned char)ch) || ch == '_';
}

static void lex_text(struct comp *c, size_t len)
{
	struct token *t = &c->tok;

	t->text = comp_alloc(c, len + 1);
	memcpy(t->text, c->at, len);
	t->len = len;
	c->at += len;
}

static void lex_word(struct comp *c)
{
	const char *p = c->at;

	/* a dash in front of a letter is part of a word: third-party */
	while (p < c->end && (word_char(*p) ||
			      (*p == '-' && p + 1 < c->end &&
			       isalpha((unsigned char)p[1]))))
		p++;
	c->tok.kind = TOK_WORD;
	lex_text(c, p - c->at);
}

/**
 * lex_dots() - read on behind a word: the rest of a name that may have dots
 * @c: compilation; the current token is the word, without dots so far
 *
 * A dot in front of a letter or a digit is part of the name.
 */
void lex_dots(struct comp *c)
{
	const char *start = c->at - c->tok.len;

	while (c->end - c->at > 1 && *c->at == '.' &&
	       isalnum((unsigned char)c->at[1])) {
		c->at++;
		lex_word(c);
	}
	c->tok.len = c->at - start;
	c->at = start;
	lex_text(c, c->tok.len);
}

static void lex_number(struct comp *c)
{
	struct token *t = &c->tok;
	const char *p = c->at;
	u64 value = 0;
	char *end;

	while (p < c->end && word_char(*p))
		p++;
	t->kind = TOK_NUMBER;
	lex_text(c, p - c->at);
	value = strtoull(t->text, &end,
			 !strncasecmp(t->text, "0x", 2) ? 16 : 10);
	/* a time ends with its unit */
	if (*end && !(strchr("smh", *end) && !end[1]))
		comp_fail(c, t->pos, "\"%s\" is not a number", t->text);
	if (value > 0xffffffffU || t->len > 12)
		comp_fail(c, t->pos, "the number is above 4294967295");
	t->number = value;
}

static void lex_punct(struct comp *c)
{
	static const char * const list[] = {
		"...", "..", "->", "==", "!=", "<=", ">=", "&&", "||", ":", "{",
		"}", "(", ")", "[", "]", "|", ",", ";", "?", "+", "*", "<", ">",
		"&", "=", "-", "!", "/", "%",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		size_t len = strlen(list[i]);

		if ((size_t)(c->end - c->at) >= len &&
		    !memcmp(c->at, list[i], len)) {
			c->tok.kind = TOK_PUNCT;
			lex_text(c, len);
			return;
		}
	}
	if (isprint((unsigned char)*c->at))
		comp_fail(c, c->tok.pos, "unexpected '%c'", *c->at);
	comp_fail(c, c->tok.pos, "unexpected byte 0x%02x", (u8)*c->at);
}

/**
 * lex_next() - read the next token into @c->tok
 * @c: compilation
 */
void lex_next(struct comp *c)
{
	lex_blank(c);
	c->tok.pos = lex_pos(c);
	if (c->at == c->end) {
		c->tok.kind = TOK_END;
		c->tok.text = "";
		c->tok.len = 0;
	} else if (*c->at == '"') {
		lex_string(c);
	} else if (isdigit((unsigned char)*c->at)) {
		lex_number(c);
	} else if (word_char(*c->at)) {
		lex_word(c);
	} else {
		lex_punct(c);
	}
}

/* Replaces control characters, which the terminal would interpret. */
static void print_line(FILE *out, const char *p, const char *eol)
{
	if (eol > p && eol[-1] == '\r')
		eol--;
	for (; p < eol; p++)
		fputc(*p == '\t' || !iscntrl((unsigned char)*p) ? *p : '?',
		      out);
	fputc('\n', out);
}

/**
 * compile_place_show() - print a line of a rule text, and a caret below
 * @out: output
 * @text: rule text
 * @len: its length
 * @line: line, from 1
 * @column: column of the caret, from 1, in bytes
 */
void compile_place_show(FILE *out, const char *text, size_t len, int line,
			int column)
{
	const char *p = text, *end = text + len, *eol;
	int i;

	for (; line > 1 && p < end; line--) {
		eol = memchr(p, '\n', end - p);
		p = eol ? eol + 1 : end;
	}
	eol = memchr(p, '\n', end - p);
	if (!eol)
		eol = end;
	print_line(out, p, eol);
	/* a continuation byte of UTF-8 takes no column */
	for (i = 0; i < column - 1 && p + i < eol; i++)
		if ((p[i] & 0xc0) != 0x80)
			fputc(p[i] == '\t' ? '\t' : ' ', out);
	fputs("^\n", out);
}

/**
 * compile_error_print() - print an error with its line
 * @out: output
 * @file: name of the rule file
 * @text: rule text
 * @len: its length
 * @err: the error
 */
void compile_error_print(FILE *out, const char *file, const char *text,
			 size_t len, const struct compile_error *err)
{
	fprintf(out, "%s:%d:%d: error: %s\n", file, err->line, err->column,
		err->text);
	compile_place_show(out, text, len, err->line, err->column);
	if (!err->use_line)
		return;
	fprintf(out, "%s:%d:%d: note: " COMPILE_USE_NOTE "\n", file,
		err->use_line, err->use_column);
	compile_place_show(out, text, len, err->use_line, err->use_column);
}

/**
 * compile_warnings_print() - print the warnings, each with its line
 * @out: output
 * @file: name of the rule file
 * @text: rule text
 * @len: its length
 * @err: filled in by a compilation without error
 */
void compile_warnings_print(FILE *out, const char *file, const char *text,
			    size_t len, const struct compile_error *err)
{
	const struct compile_warning *w = err->warnings;
	unsigned int i;

	for (i = 0; i < err->nwarnings; i++, w++) {
		fprintf(out, "%s:%d:%d: warning: %s\n", file, w->line,
			w->column, w->text);
		compile_place_show(out, text, len, w->line, w->column);
	}
}

/* Frees all memory from comp_alloc(). */
void comp_free(struct comp *c)
{
	while (c->chunks) {
		struct chunk *chunk = c->chunks;

		c->chunks = chunk->next;
		free(chunk);
	}
}

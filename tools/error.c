// SPDX-License-Identifier: GPL-2.0
/*
 * The compiler's memory, and the way out when a rule text is wrong.
 */
#include "ast.h"

struct arena_chunk {
	struct arena_chunk *next;
	size_t used;
	size_t room;
	u8 bytes[] __attribute__((__aligned__(16)));
};

#define CHUNK	16384

/**
 * compile_fail() - end the compilation with an error
 * @c: compilation
 * @pos: where the text is wrong
 * @fmt: what is wrong
 *
 * Does not return.
 */
void compile_fail(struct compiler *c, struct pos pos, const char *fmt, ...)
{
	va_list args;

	c->err->line = pos.line;
	c->err->column = pos.column;
	va_start(args, fmt);
	vsnprintf(c->err->text, sizeof(c->err->text), fmt, args);
	va_end(args);
	longjmp(c->fail, 1);
}

/**
 * arena_alloc() - memory that lasts as long as the compilation
 * @c: compilation
 * @len: how many bytes
 *
 * Return: @len zeroes, aligned for anything.
 */
void *arena_alloc(struct compiler *c, size_t len)
{
	struct arena_chunk *chunk = c->chunks;
	void *p;

	len = (len + 15) & ~(size_t)15;
	if (!chunk || len > chunk->room - chunk->used) {
		size_t room = len > CHUNK ? len : CHUNK;

		chunk = calloc(1, sizeof(*chunk) + room);
		if (!chunk)
			compile_fail(c, (struct pos){ 1, 1 }, "out of memory");
		chunk->room = room;
		chunk->next = c->chunks;
		c->chunks = chunk;
	}
	p = chunk->bytes + chunk->used;
	chunk->used += len;
	return p;
}

/**
 * arena_free() - free all that arena_alloc() returned
 * @c: compilation
 */
void arena_free(struct compiler *c)
{
	while (c->chunks) {
		struct arena_chunk *chunk = c->chunks;

		c->chunks = chunk->next;
		free(chunk);
	}
}

static void buf_reserve(struct buf *b, size_t more)
{
	size_t room = b->room ? b->room : 256;
	u8 *p;

	if (more <= b->room - b->len)
		return;
	while (room - b->len < more)
		room *= 2;
	p = arena_alloc(b->c, room);
	if (b->len)
		memcpy(p, b->p, b->len);
	b->p = p;
	b->room = room;
}

/**
 * buf_put() - append bytes
 * @b: where
 * @p: bytes
 * @len: how many
 */
void buf_put(struct buf *b, const void *p, size_t len)
{
	if (!len)
		return;
	buf_reserve(b, len);
	memcpy(b->p + b->len, p, len);
	b->len += len;
}

/**
 * buf_printf() - append formatted text, without a NUL
 * @b: where
 * @fmt: format
 */
void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	buf_reserve(b, n + 1);
	va_start(args, fmt);
	vsnprintf((char *)b->p + b->len, n + 1, fmt, args);
	va_end(args);
	b->len += n;
}

/* Finds the line, without its end. */
static const char *find_line(const char *text, size_t len, int line,
			     size_t *line_len)
{
	const char *end = text + len;
	const char *lf;

	while (--line > 0) {
		lf = memchr(text, '\n', end - text);
		if (!lf)
			return NULL;
		text = lf + 1;
	}
	lf = memchr(text, '\n', end - text);
	*line_len = (lf ? lf : end) - text;
	return text;
}

/**
 * compile_error_print() - print an error for people
 * @out: where
 * @file: name of the rule file
 * @text: its text
 * @len: length of that
 * @err: what compile_image() said
 */
void compile_error_print(FILE *out, const char *file, const char *text,
			 size_t len, const struct compile_error *err)
{
	size_t n = 0;
	const char *line = find_line(text, len, err->line, &n);
	size_t i;

	fprintf(out, "%s:%d:%d: error: %s\n", file, err->line, err->column,
		err->text);
	if (!line)
		return;
	/* what is in the file is not for the terminal to obey */
	for (i = 0; i < n; i++) {
		u8 c = line[i];

		if (c == '\r' && i + 1 == n)
			continue;
		putc(c == '\t' || (c >= ' ' && c != 0x7f) ? c : '?', out);
	}
	putc('\n', out);
	/* one column for a character of several bytes, as the terminal does */
	for (i = 0; i + 1 < (size_t)err->column && i < n; i++)
		if ((line[i] & 0xc0) != 0x80)
			putc(line[i] == '\t' ? '\t' : ' ', out);
	fputs("^\n", out);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes as a rule shows them.
 */
#include "ast.h"

/* @special: bytes that need a backslash here */
static void text_byte(struct buf *out, u8 c, const char *special)
{
	switch (c) {
	case '\n':
		buf_printf(out, "\\n");
		return;
	case '\r':
		buf_printf(out, "\\r");
		return;
	case '\t':
		buf_printf(out, "\\t");
		return;
	}
	if (c < ' ' || c > '~')
		buf_printf(out, "\\x%02x", c);
	else
		buf_printf(out, "%s%c", strchr(special, c) ? "\\" : "", c);
}

/**
 * text_string() - append bytes as a string
 * @out: where
 * @p: bytes
 * @len: how many
 */
void text_string(struct buf *out, const u8 *p, u32 len)
{
	u32 i;

	buf_printf(out, "\"");
	for (i = 0; i < len; i++)
		text_byte(out, p[i], "\\\"");
	buf_printf(out, "\"");
}

/* Last byte of the run of bytes that begins at @c. */
static unsigned int run_end(const struct byteset *set, unsigned int c, bool in)
{
	while (c < 255 && set_has(set, c + 1) == in)
		c++;
	return c;
}

/**
 * text_class() - append a set of bytes as a class
 * @out: where
 * @set: set
 */
void text_class(struct buf *out, const struct byteset *set)
{
	unsigned int n = set_count(set);
	bool in = n <= 128 || n == 256;
	unsigned int c, end;

	buf_printf(out, in ? "[" : "[^");
	for (c = 0; c < 256; c++) {
		if (set_has(set, c) != in)
			continue;
		end = run_end(set, c, in);
		text_byte(out, c, "\\]^-");
		if (end > c + 1)
			buf_printf(out, "-");
		if (end > c)
			text_byte(out, end, "\\]^-");
		c = end;
	}
	buf_printf(out, "]");
}

/**
 * text_time() - append a time
 * @out: where
 * @seconds: time
 */
void text_time(struct buf *out, u32 seconds)
{
	if (seconds % 3600 == 0)
		buf_printf(out, "%uh", seconds / 3600);
	else if (seconds % 60 == 0)
		buf_printf(out, "%um", seconds / 60);
	else
		buf_printf(out, "%us", seconds);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The elements of a loop: a table of windows, good and malformed. A prefix of a
 * message gives the same elements as the whole message, as far as it goes.
 */
#include "engine_test.h"

#define MAX	4	/* elements of these loops */

enum { LINE, UNTIL, HEADER, ITEM, U8, U16LE, BER, REPEAT };

static const u8 pool[] = "m=";

#define LOOP(which)	.kind = ALGATE_LOOP_##which, .max = MAX
#define PREFIX		.kind = ALGATE_FRAME_LENGTH, .max = ALGATE_MAX_MESSAGE

static const struct algate_loop loops[] = {
	[LINE] = { LOOP(LINE) },
	[UNTIL] = { LOOP(LINE), .until = LITERAL(0, 2) },
	[HEADER] = { LOOP(HEADER) },
	[ITEM] = { LOOP(ITEM), .sep = ',' },
	[U8] = { LOOP(PREFIXED), .prefix = { PREFIX, .width = 1,
					     .mask = 0x7f } },
	[U16LE] = { LOOP(PREFIXED), .prefix = { PREFIX, .width = 2, .bias = 3,
						.flags = ALGATE_FRAME_LITTLE,
						.offset = 1, .mask = ~0U } },
	[BER] = { LOOP(BER) },
	[REPEAT] = { LOOP(REPEAT) },
};

/*
 * The elements of @text, in brackets, followed by "." if the loop ends there,
 * "!" if the rest is malformed and the message is refused, or "?" if the loop
 * needs more bytes. @whole: @text is the whole message; @some: more bytes may
 * follow.
 */
static const struct {
	u8 loop;
	const char *text;
	u32 len;
	const char *whole;
	u32 whole_len;
	const char *some;
	u32 some_len;
} table[] = {
#define W(loop, text, whole, some) \
	{ loop, text, sizeof(text) - 1, whole, sizeof(whole) - 1, some, \
	  sizeof(some) - 1 }
	W(LINE, "", ".", "?"),
	W(LINE, "a\nb\r\n", "[a][b].", "[a][b]?"),
	W(LINE, "a\n\n\r\nb", "[a][][][b].", "[a][][]?"),
	W(LINE, "a\r", "[a\r].", "?"),
	W(LINE, "\r\r\n", "[\r].", "[\r]?"),
	W(LINE, "1\n2\n3\n4\n", "[1][2][3][4].", "[1][2][3][4]?"),
	W(LINE, "1\n2\n3\n4\n5\n", "[1][2][3][4]!", "[1][2][3][4]!"),
	W(LINE, "m=\n", "[m=].", "[m=]?"),
	W(UNTIL, "a\nm=1\nb\n", "[a].", "[a]."),
	W(UNTIL, "m=1\nb\n", ".", "."),
	W(UNTIL, "a\nm\nm", "[a][m][m].", "[a][m]?"),
	W(UNTIL, "a\nm=", "[a].", "[a]."),
	W(UNTIL, " m=\n", "[ m=].", "[ m=]?"),
	W(HEADER, "", ".", "?"),
	W(HEADER, "\r\n", ".", "."),
	W(HEADER, "\nx\n", ".", "."),
	W(HEADER, "a: 1\r\nb: 2\r\n\r\nbody", "[a: 1][b: 2].", "[a: 1][b: 2]."),
	W(HEADER, "a: 1\r\n", "[a: 1].", "?"),
	W(HEADER, "a: 1\r\n 2\n\t3\r\nb", "[a: 1\r\n 2\n\t3][b].",
	  "[a: 1\r\n 2\n\t3]?"),
	W(HEADER, "a\n\x20\n\n", "[a\n ].", "[a\n ]."),
	W(HEADER, " a\nb\n\n", "[ a][b].", "[ a][b]."),
	W(HEADER, "a\n b", "[a\n b].", "?"),
	W(HEADER, "1\n2\n3\n4\n\n", "[1][2][3][4].", "[1][2][3][4]."),
	W(HEADER, "1\n2\n3\n4\n5\n\n", "[1][2][3][4]!", "[1][2][3][4]!"),
	W(ITEM, "", ".", "?"),
	W(ITEM, " \t\r\n", ".", "?"),
	W(ITEM, "a, b ,\r\n c", "[a][b ][c].", "[a][b ]?"),
	W(ITEM, "a,", "[a].", "[a]?"),
	W(ITEM, ",,a", "[][][a].", "[][]?"),
	W(ITEM, "\"a,b\",c", "[\"a,b\"][c].", "[\"a,b\"]?"),
	W(ITEM, "\"a\\\",b\",c", "[\"a\\\",b\"][c].", "[\"a\\\",b\"]?"),
	W(ITEM, "<a,b>,c", "[<a,b>][c].", "[<a,b>]?"),
	W(ITEM, "<\">,\">,c", "[<\">,\">][c].", "[<\">,\">]?"),
	W(ITEM, "\"<\",c", "[\"<\"][c].", "[\"<\"]?"),
	W(ITEM, "\"a,b", "[\"a,b].", "?"),
	W(ITEM, "\"a\\", "[\"a\\].", "?"),
	W(ITEM, "<a,b", "[<a,b].", "?"),
	W(ITEM, "1,2,3,4,", "[1][2][3][4].", "[1][2][3][4]?"),
	W(ITEM, "1,2,3,4,5", "[1][2][3][4]!", "[1][2][3][4]?"),
	W(ITEM, "1,2,3,4,5,", "[1][2][3][4]!", "[1][2][3][4]!"),
	W(U8, "", ".", "?"),
	W(U8, "\002a\x81\003bc", "[\002a][\x81][\003bc].", "[\002a][\x81][\003bc]?"),
	W(U8, "\002a\004bc", "[\002a]!", "[\002a]?"),
	W(U8, "\002a\x80", "[\002a]!", "[\002a]!"),
	W(U8, "\1\1\1\1\1", "[\1][\1][\1][\1]!", "[\1][\1][\1][\1]!"),
	W(U16LE, "a\1\0b", "[a\1\0b].", "[a\1\0b]?"),
	W(U16LE, "a\0", "!", "?"),
	W(U16LE, "a\1\0", "!", "?"),
	W(U16LE, "a\xff\xff", "!", "!"),
	W(BER, "", ".", "?"),
	W(BER, "\2\1a\4\0", "[\2\1a][\4\0].", "?"),
	W(BER, "\x30\4\2\2ab\5\0", "[\2\2ab][\5\0].", "?"),
	W(BER, "\x30\0\2\1a", "[\2\1a].", "?"),
	W(BER, "\x30\5\xa0\3\4\1x\2\1y", "[\4\1x][\2\1y].", "?"),
	W(BER, "\x04\x81\1x", "[\x04\x81\1x].", "?"),
	W(BER, "\x04\x84\0\0\0\1x", "[\x04\x84\0\0\0\1x].", "?"),
	W(BER, "\x1f\x81\1\1x", "[\x1f\x81\1\1x].", "?"),
	W(BER, "\x04", "!", "?"),
	W(BER, "\x04\2a", "!", "?"),
	W(BER, "\x1f\x81", "!", "?"),
	W(BER, "\x1f\x81\1", "!", "?"),
	W(BER, "\x1f\x81\x81", "!", "?"),
	W(BER, "\x04\x80\0\0", "!", "?"),
	W(BER, "\x04\x85\0\0\0\0\1x", "!", "?"),
	W(BER, "\x04\x84\xff\xff\xff\xff", "!", "?"),
	W(BER, "\x04\x82\1", "!", "?"),
	W(BER, "\x30\2\4\1x", "!", "?"),
	W(BER, "\2\1a\x30\1\4", "[\2\1a]!", "?"),
	W(BER, "\x30\x10\x30\x0e\x30\x0c\x30\x0a\x30\x08\x30\6\x30\4\x30\2\5\0",
	  "[\5\0].", "?"),
	W(BER, "\x30\x12\x30\x10\x30\x0e\x30\x0c\x30\x0a\x30\x08\x30\6\x30\4"
	  "\x30\2\5\0", "!", "?"),
	W(BER, "\5\0\5\0\5\0\5\0\5\0", "[\5\0][\5\0][\5\0][\5\0]!", "?"),
	/* go_on() takes a byte of each element */
	W(REPEAT, "", ".", "?"),
	W(REPEAT, "ab", "[ab][b].", "[ab][b]?"),
	W(REPEAT, "a.b", "[a.b][.b].", "[a.b][.b]."),
	W(REPEAT, "abcdef", "[abcdef][bcdef][cdef][def].",
	  "[abcdef][bcdef][cdef][def]."),
#undef W
};

/* In place of the instructions of REPEAT: takes any byte except for a dot. */
static void go_on(struct algate_iter *s, const u8 *data)
{
	if (s->loop->kind != ALGATE_LOOP_REPEAT)
		return;
	s->stuck = data[s->element] == '.';
	s->next = s->element + !s->stuck;
}

/* result of a loop, as in the table */
struct trace {
	u8 text[400];
	u32 len;
	struct algate_iter s;
};

static void put(struct trace *t, const void *p, u32 n)
{
	memcpy(t->text + t->len, p, n);
	t->len += n;
}

static void trace_loop(u32 loop, const u8 *data, u32 from, u32 n, bool partial,
		       struct trace *t)
{
	static const char ends[] = { '.', 0, '?', '!' };
	struct algate_prog prog = { .literals = pool,
				    .literals_len = sizeof(pool) - 1 };
	int ret;

	*t = (struct trace){ .s = { .loop = &loops[loop], .lo = from,
				    .end = n, .next = from, .element = from,
				    .partial = partial } };
	while ((ret = algate_iter_next(&prog, &t->s, data)) == 1) {
		put(t, "[", 1);
		put(t, data + t->s.element, t->s.element_end - t->s.element);
		put(t, "]", 1);
		go_on(&t->s, data);
	}
	put(t, &ends[!ret ? 0 : ret == ALGATE_MORE ? 2 : 3], 1);
}

/*
 * Copies the bytes behind two other bytes, to a block of exact size, so that
 * ASan detects a read past the end.
 */
static void trace_copy(u32 loop, const void *p, u32 n, bool partial,
		       struct trace *t)
{
	u8 *copy = malloc(n + 2);

	memcpy(copy, "\n,", 2);
	memcpy(copy + 2, p, n);
	trace_loop(loop, copy, 2, n + 2, partial, t);
	free(copy);
}

static bool as_wanted(u32 i, bool partial, const char *want, u32 len)
{
	struct trace t;

	trace_copy(table[i].loop, table[i].text, table[i].len, partial, &t);
	if (t.len == len && !memcmp(t.text, want, len))
		return true;
	note("%u%s: %.*s, should be %s", i, partial ? ", partial" : "",
	     (int)t.len, t.text, want);
	return false;
}

static void test_table(void)
{
	bool whole = true, some = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		whole &= as_wanted(i, false, table[i].whole,
				   table[i].whole_len);
		some &= as_wanted(i, true, table[i].some, table[i].some_len);
	}
	verdict(whole, "loop: table of windows");
	verdict(some, "loop: the same with more to come");
}

/* The result for the first @n bytes is a prefix of the result for all bytes. */
static bool prefix_agrees(u32 loop, const u8 *p, u32 n, const struct trace *all)
{
	struct trace t;
	u32 sure;

	trace_copy(loop, p, n, true, &t);
	sure = t.len - (t.text[t.len - 1] == '?');
	if (sure <= all->len && !memcmp(t.text, all->text, sure) &&
	    (sure < t.len ? sure < all->len : sure == all->len))
		return true;
	note("loop %u, %u bytes: %.*s, then %.*s", loop, n, (int)t.len, t.text,
	     (int)all->len, all->text);
	return false;
}

static bool prefixes_agree(u32 loop, const u8 *p, u32 len)
{
	struct trace all;
	bool good = true;
	u32 n;

	/* an element of REPEAT extends to the window's end */
	if (loop == REPEAT)
		return true;
	trace_copy(loop, p, len, false, &all);
	for (n = 0; n <= len; n++)
		good &= prefix_agrees(loop, p, n, &all);
	return good;
}

static u32 random_window(u32 loop, u8 *p)
{
	static const u8 bytes[] = { 0, 1, 2, 3, 4, 5, 0x04, 0x30, 0x81, 0xa0 };
	static const char texts[] = "aab,,\"\\<>\n\n\r m=:";
	u32 n = rnd(40);
	u32 i;

	for (i = 0; i < n; i++) {
		if (loop >= U8)
			p[i] = bytes[rnd(sizeof(bytes))];
		else
			p[i] = texts[rnd(sizeof(texts) - 1)];
	}
	return n;
}

static void test_prefixes(void)
{
	bool good = true;
	u8 p[40];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		good &= prefixes_agree(table[i].loop, (u8 *)table[i].text,
				       table[i].len);
	for (i = 0; i < 20000; i++) {
		u32 loop = rnd(ARRAY_SIZE(loops));

		good &= prefixes_agree(loop, p, random_window(loop, p));
	}
	verdict(good, "loop: an element stays the same with more bytes");
}

/* Elements lie in the window, in order, and each call makes progress. */
static bool in_order(u32 loop, const u8 *p, u32 n)
{
	struct algate_prog prog = { .literals = pool,
				    .literals_len = sizeof(pool) - 1 };
	struct algate_iter s = { .loop = &loops[loop], .end = n };
	u32 before = 0, behind = 0;

	while (algate_iter_next(&prog, &s, p) == 1) {
		if (s.element < behind || s.element_end < s.element ||
		    s.element_end > n ||
		    (loop != REPEAT && s.next < s.element_end))
			return false;
		behind = loop == REPEAT ? s.element : s.element_end;
		go_on(&s, p);
		if (s.next <= before && !s.stuck)
			return false;
		before = s.next;
	}
	return s.next <= n && s.count <= MAX + 1;
}

static void test_order(void)
{
	bool good = true;
	u32 i;

	for (i = 0; i < 40000; i++) {
		u32 loop = rnd(ARRAY_SIZE(loops));
		u8 *p = malloc(40);

		good &= in_order(loop, p, random_window(loop, p));
		free(p);
	}
	verdict(good, "loop: elements in the window, each behind the other");
}

int main(void)
{
	rnd_seed(6);
	test_table();
	test_prefixes();
	test_order();
	return verdict_exit();
}

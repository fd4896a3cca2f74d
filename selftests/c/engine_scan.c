// SPDX-License-Identifier: GPL-2.0
/*
 * Words at a time find what bytes at a time do, and read nothing beyond.
 */
#include "engine_test.h"
#include "../../kmod/engine/scan.h"

#define LONGEST	300

/* Text, and what is taken for LF at first: below it, above 127. */
static u8 some_byte(u32 kind)
{
	static const u8 odd[] = { 0, 1, 9, 10, 11, 13, 0x7f, 0x80, 0x8a, 0x8b,
				  0xff };

	return rnd(kind) ? ' ' + rnd(95) : odd[rnd(ARRAY_SIZE(odd))];
}

static u8 *some_bytes(u32 len)
{
	u32 kind = rnd(2) ? 1000 : 4 + rnd(40);
	u8 *p = malloc(len + !len);
	u32 i;

	for (i = 0; i < len; i++)
		p[i] = some_byte(kind);
	return p;
}

static void test_line(void)
{
	u32 i, len, yes = 0, no = 0;
	bool good = true;

	for (i = 0; i < 20000; i++) {
		bool want;
		u8 *p;

		len = 1 + rnd(LONGEST);
		p = some_bytes(len);
		p[len - 1] = '\n';
		if (rnd(4) == 0)
			p[rnd(len)] = '\n';
		want = memchr(p, '\n', len) == p + len - 1;
		if (algate_is_line(p, len) != want) {
			note("%u bytes, is a line: %d", len, want);
			good = false;
		}
		yes += want;
		no += !want;
		free(p);
	}
	verdict(good && yes > 2000 && no > 2000,
		"scan: a line has one LF, at its end");
}

static void test_byte(void)
{
	u32 i, found = 0;
	bool good = true;

	for (i = 0; i < 20000; i++) {
		u32 len = rnd(LONGEST);
		u8 *p = some_bytes(len);
		u8 c = some_byte(2);
		const u8 *want = memchr(p, c, len);

		if (algate_find_byte(p, c, len) != want) {
			note("%u bytes, %u", len, c);
			good = false;
		}
		found += !!want;
		free(p);
	}
	verdict(good && found > 2000, "scan: the first of a byte");
}

int main(void)
{
	rnd_seed(1);
	test_line();
	test_byte();
	return verdict_exit();
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Scanning word by word finds the same as scanning byte by byte, and reads
 * nothing past the end.
 */
#include "engine_test.h"
#include "../../kmod/engine/scan.h"

#define LONGEST	300

/* Text, or bytes that a scan of words may mistake for LF. */
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

static bool has_low(const u8 *p, u32 len)
{
	while (len--)
		if (p[len] <= ALGATE_LOW)
			return true;
	return false;
}

/* algate_is_text_line() must accept these lines. */
static bool is_text(const u8 *p, u32 len)
{
	u32 i;

	for (i = 0; i < len - 1; i++)
		if (p[i] < ' ' || p[i] > '~')
			return false;
	return len >= 8;
}

static void test_text_line(void)
{
	u32 i, len, yes = 0, no = 0;
	bool good = true;

	for (i = 0; i < 20000; i++) {
		bool low, plain;
		u8 *p;

		len = 1 + rnd(LONGEST);
		p = some_bytes(len);
		p[len - 1] = '\n';
		if (rnd(4) == 0)
			p[rnd(len)] = '\n';
		low = has_low(p, len - 1);
		plain = algate_is_text_line(p, len);
		if (plain ? low : is_text(p, len)) {
			note("%u bytes, low: %d, plain: %d", len, low, plain);
			good = false;
		}
		yes += plain;
		no += low;
		free(p);
	}
	verdict(good && yes > 2000 && no > 2000,
		"scan: a plain line has nothing low but its end, and text is plain");
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
	test_text_line();
	test_byte();
	return verdict_exit();
}

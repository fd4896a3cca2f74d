// SPDX-License-Identifier: GPL-2.0
/*
 * Framing: a table of messages and cuts. For each prefix of a message, the
 * result is either "more", or equal to the result for the whole message.
 */
#include "engine_test.h"

#define MORE	ALGATE_MORE
#define TEN	"1234567890"
#define FIFTY	TEN TEN TEN TEN TEN
#define BODY32	"Length: 32\r\n\r\n"

static const u8 names[] = "\016Content-Length\001l\006Length";

enum {
	LINES, HEADERS, FIRST, DATAGRAM, U8, U16, U32LE, MASKED, ORDERED,
	ORDERED_LAST,
};

static const struct algate_framing framings[] = {
	[LINES] = { .kind = ALGATE_FRAME_LINES, .max = 16 },
	[HEADERS] = { .kind = ALGATE_FRAME_HEADERS, .max = 100, .nnames = 3 },
	[FIRST] = { .kind = ALGATE_FRAME_FIRST, .max = 8 },
	[DATAGRAM] = { .kind = ALGATE_FRAME_DATAGRAM, .max = 8 },
	[U8] = { .kind = ALGATE_FRAME_LENGTH, .width = 1, .max = 16,
		 .mask = 0xff },
	[U16] = { .kind = ALGATE_FRAME_LENGTH, .width = 2, .offset = 1,
		  .max = 65535, .mask = ~0U, .bias = 3 },
	[U32LE] = { .kind = ALGATE_FRAME_LENGTH, .width = 4, .max = 65535,
		    .flags = ALGATE_FRAME_LITTLE, .mask = ~0U, .bias = 4 },
	[MASKED] = { .kind = ALGATE_FRAME_LENGTH, .width = 4, .max = 64,
		     .mask = 0x7fffffff, .bias = -2 },
	[ORDERED] = { .kind = ALGATE_FRAME_LENGTH, .width = 2, .offset = 2,
		      .max = 600, .mask = ~0U, .flags = ALGATE_FRAME_ORDER,
		      .lead = 'l', .more = 1, .place = 1 },
	/* the field's own last byte says the order */
	[ORDERED_LAST] = { .kind = ALGATE_FRAME_LENGTH, .width = 2, .max = 16,
			   .mask = ~0U, .flags = ALGATE_FRAME_ORDER,
			   .lead = 0, .more = 0, .place = 1 },
};

/* @ret: error, or 0 with @len; @total: 0: unknown; @n: length of @text */
static const struct {
	u8 frame;
	const char *text;
	int ret;
	u32 total;
	u32 len;
	u32 n;
} cuts[] = {
	{ LINES, "", MORE, 0, 0, 0 },
	{ LINES, "PORT", MORE, 0, 0, 0 },
	{ LINES, "PORT\r", MORE, 0, 0, 0 },
	{ LINES, "PORT\r\nX", 0, 6, 4, 0 },
	{ LINES, "PORT\nX", 0, 5, 4, 0 },
	{ LINES, "P\rT\r\r\n", 0, 6, 4, 0 },
	{ LINES, "\n", 0, 1, 0, 0 },
	{ LINES, "\r\n", 0, 2, 0, 0 },
	{ LINES, "123456789012345\n", 0, 16, 15, 0 },
	{ LINES, "123456789012345", MORE, 0, 0, 0 },
	{ LINES, "1234567890123456", -EMSGSIZE, 0, 0, 0 },
	{ LINES, "1234567890123456\n", -EMSGSIZE, 0, 0, 0 },
	{ FIRST, "1023\0x", 0, 5, 4, 6 },
	{ FIRST, "\0", 0, 1, 0, 1 },
	{ FIRST, "1023", MORE, 0, 0, 0 },
	{ FIRST, "12345678", 0, 8, 8, 0 },
	{ FIRST, "1234567\0", 0, 8, 7, 8 },
	{ FIRST, "12345678\0", 0, 8, 8, 9 },
	{ DATAGRAM, "", 0, 0, 0, 0 },
	{ DATAGRAM, "12345678", 0, 8, 8, 0 },
	{ DATAGRAM, "123456789", -EMSGSIZE, 0, 0, 0 },
	{ U8, "", MORE, 0, 0, 0 },
	{ U8, "\x03", MORE, 3, 0, 0 },
	{ U8, "\003ab", 0, 3, 3, 0 },
	{ U8, "\003abc", 0, 3, 3, 0 },
	{ U8, "\x01", 0, 1, 1, 0 },
	{ U8, "\0", -EPROTO, 0, 0, 1 },
	{ U8, "\x10", MORE, 16, 0, 0 },
	{ U8, "\x11", -EMSGSIZE, 17, 0, 0 },
	{ U16, "x\0", MORE, 0, 0, 2 },
	{ U16, "x\0\0", 0, 3, 3, 3 },
	{ U16, "x\0\x02yz", 0, 5, 5, 5 },
	{ U16, "x\xff\xfc", MORE, 65535, 0, 3 },
	{ U16, "x\xff\xfd", -EMSGSIZE, 65536, 0, 3 },
	{ U32LE, "\x01\0\0\0z", 0, 5, 5, 5 },
	{ U32LE, "\xff\xff\xff\xff", -EMSGSIZE, 0, 0, 4 },
	{ MASKED, "\x80\0\0\x06", 0, 4, 4, 4 },
	{ MASKED, "\x80\0\0\x05", -EPROTO, 0, 0, 4 },
	{ MASKED, "\0\0\0\x01", -EPROTO, 0, 0, 4 },
	{ MASKED, "\0\0\0\x43", -EMSGSIZE, 65, 0, 4 },
	{ ORDERED, "", MORE, 0, 0, 0 },
	{ ORDERED, "xl\4", MORE, 0, 0, 0 },
	{ ORDERED, "xl\5\0z", 0, 5, 5, 5 },
	{ ORDERED, "xm\5\0z", 0, 5, 5, 5 },
	{ ORDERED, "xl\0\5z", -EMSGSIZE, 1280, 0, 5 },
	{ ORDERED, "xk\0\5z", 0, 5, 5, 5 },
	{ ORDERED, "xn\0\5z", 0, 5, 5, 5 },
	{ ORDERED, "xn\5\0z", -EMSGSIZE, 1280, 0, 5 },
	{ ORDERED, "xk\2\1z", MORE, 513, 0, 5 },
	{ ORDERED, "xl\1\2z", MORE, 513, 0, 5 },
	{ ORDERED, "xl\3\0", -EPROTO, 0, 0, 4 },
	{ ORDERED_LAST, "\3", MORE, 0, 0, 0 },
	{ ORDERED_LAST, "\3\0z", 0, 3, 3, 3 },
	{ ORDERED_LAST, "\0\3z", 0, 3, 3, 3 },
	{ HEADERS, "", MORE, 0, 0, 0 },
	{ HEADERS, "\r", MORE, 0, 0, 0 },
	{ HEADERS, "\r\n\r\n", 0, 2, 2, 0 },
	{ HEADERS, "\nA", 0, 1, 1, 0 },
	{ HEADERS, "A b\r\nC: d\r\n", MORE, 0, 0, 0 },
	{ HEADERS, "A b\r\nC: d\r\n\r", MORE, 0, 0, 0 },
	{ HEADERS, "A b\r\nC: d\r\n\r\n", 0, 13, 13, 0 },
	{ HEADERS, "A b\nC: d\n\nE", 0, 10, 10, 0 },
	{ HEADERS, "A\nContent-Length: 2\n\n", MORE, 23, 0, 0 },
	{ HEADERS, "A\nContent-Length: 2\n\nx", MORE, 23, 0, 0 },
	{ HEADERS, "A\nContent-Length: 2\n\nxyz", 0, 23, 23, 0 },
	{ HEADERS, "A\ncONTENT-lENGTH \t:2 \r\n\r\nxy", 0, 27, 27, 0 },
	{ HEADERS, "A\nl: 2\n\nxy", 0, 10, 10, 0 },
	{ HEADERS, "A\nL:2\n\nxy", 0, 9, 9, 0 },
	{ HEADERS, "A\nLl: 2\n\n", 0, 9, 9, 0 },
	{ HEADERS, "A\nX: l: 2\n\n", 0, 11, 11, 0 },
	{ HEADERS, "l: 2\n\n", 0, 6, 6, 0 },
	{ HEADERS, "A\nX: y\n l: 2\n\n", 0, 14, 14, 0 },
	{ HEADERS, "A\nl:\n\t2\n\nxy", 0, 11, 11, 0 },
	{ HEADERS, "A\nl:\n\t\n 2\n\t\n\nxy", 0, 15, 15, 0 },
	{ HEADERS, "A\nl: 1\n 2\n\n", -EPROTO, 0, 0, 0 },
	{ HEADERS, "A\nl:\n\n", -EPROTO, 0, 0, 0 },
	{ HEADERS, "A\nl:\nB: c\n\n", -EPROTO, 0, 0, 0 },
	{ HEADERS, "A\nl: x\n\n", -EPROTO, 0, 0, 0 },
	{ HEADERS, "A\nl: -1\n\n", -EPROTO, 0, 0, 0 },
	{ HEADERS, "A\nl: 1 2\n\n", -EPROTO, 0, 0, 0 },
	{ HEADERS, "A\nl: 2, 2\n\n", -EPROTO, 0, 0, 0 },
	{ HEADERS, "A\nl: 2\nLength: 2\n\nxy", 0, 20, 20, 0 },
	{ HEADERS, "A\nl: 2\nLength: 3\n\nxyz", -EPROTO, 0, 0, 0 },
	{ HEADERS, "A\nl: 91\n\n", MORE, 100, 0, 0 },
	{ HEADERS, "A\nl: 92\n\n", -EMSGSIZE, 101, 0, 0 },
	{ HEADERS, "A\nl: 16777201\n\n", -EMSGSIZE, 1 << 24, 0, 0 },
	{ HEADERS, "A\nl: 16777202\n\n", -EMSGSIZE, 0, 0, 0 },
	{ HEADERS, "A\nl: 4294967328\n\n", -EMSGSIZE, 0, 0, 0 },
	{ HEADERS, "A\nl: 18446744073709551648\n\n", -EMSGSIZE, 0, 0, 0 },
	{ HEADERS, "A\nl: 00000000000000000002\n\nxy", 0, 29, 29, 0 },
	{ HEADERS, "A\x01", -EPROTO, 0, 0, 0 },
	{ HEADERS, "A\0\n", -EPROTO, 0, 0, 3 },
	{ HEADERS, "\x16\x03\x01", -EPROTO, 0, 0, 0 },
	{ HEADERS, "A\x7f", -EPROTO, 0, 0, 0 },
	{ HEADERS, "\xc3\xa4\tb\r\n\n", 0, 7, 7, 0 },
	{ HEADERS, "A\nB: \x01\n\n", 0, 8, 8, 0 },
	{ HEADERS, FIFTY TEN TEN TEN TEN "123456789", MORE, 0, 0, 0 },
	{ HEADERS, FIFTY FIFTY, -EMSGSIZE, 0, 0, 0 },
	{ HEADERS, FIFTY TEN TEN TEN TEN "12345678\n\n", 0, 100, 100, 0 },
	{ HEADERS, FIFTY TEN TEN TEN TEN "123456789\n\n", -EMSGSIZE, 0, 0, 0 },
	{ HEADERS, FIFTY TEN TEN TEN TEN "12345678\n", MORE, 0, 0, 0 },
};

static struct algate_prog prog_of(u32 frame)
{
	struct algate_prog prog = { .frame = { framings[frame] },
				    .nframes = 1 };

	prog.literals = names;
	prog.literals_len = sizeof(names) - 1;
	return prog;
}

/* Makes a copy of exact size, so that ASan detects a read past the end. */
static int cut_copy(u32 frame, const void *p, u32 n, struct algate_cut *cut)
{
	struct algate_prog prog = prog_of(frame);
	u8 *copy = malloc(n ? n : 1);
	int ret;

	if (n)
		memcpy(copy, p, n);
	cut->total = 0;
	cut->len = 0;
	ret = algate_frame_cut(&prog, copy, n, cut);
	free(copy);
	return ret;
}

static void test_cuts(void)
{
	bool good = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		u32 n = cuts[i].n ? cuts[i].n : strlen(cuts[i].text);
		struct algate_cut cut;
		int ret = cut_copy(cuts[i].frame, cuts[i].text, n, &cut);

		if (ret == cuts[i].ret && cut.total == cuts[i].total &&
		    cut.len == cuts[i].len)
			continue;
		note("cut %u \"%s\": %d, %u, %u", i, cuts[i].text, ret,
		     cut.total, cut.len);
		good = false;
	}
	verdict(good, "frame: table of cuts");
}

static bool prefixes_agree(u32 frame, const u8 *p, u32 len)
{
	struct algate_cut cut, part;
	int whole = cut_copy(frame, p, len, &cut);
	u32 n;

	for (n = 0; n < len; n++) {
		int ret = cut_copy(frame, p, n, &part);

		if (ret == MORE)
			continue;
		if (ret == whole && part.total == cut.total &&
		    part.len == cut.len && (ret || part.total <= n))
			continue;
		note("frame %u: %d at %u of %u bytes, then %d", frame, ret, n,
		     len, whole);
		return false;
	}
	return whole || (cut.total <= len && cut.len <= cut.total && cut.total);
}

static u32 random_bytes(u32 frame, u8 *p)
{
	static const char * const words[] = {
		"\r\n", "\n", "\r", " ", "\t", ":", "l", "Length: 3", "l: 3",
		"l:", "INVITE x", "1", "0", "9", "\x01", "Content-Length",
		"a", "\x7f", BODY32,
	};
	u32 len = 0;
	u32 i;

	if (frame >= U8) {
		len = 1 + rnd(40);
		for (i = 0; i < len; i++)
			p[i] = rnd(2) ? rnd(20) : 0;
		return len;
	}
	for (i = rnd(16); i; i--) {
		const char *word = words[rnd(ARRAY_SIZE(words))];

		memcpy(p + len, word, strlen(word));
		len += strlen(word);
	}
	if (!rnd(4))
		p[len++] = 0;
	return len;
}

static void test_prefixes(void)
{
	u8 p[16 * 20];
	bool good = true;
	u32 i;

	for (i = 0; i < 6000; i++) {
		u32 frame = rnd(ARRAY_SIZE(framings));

		if (frame != DATAGRAM)
			good &= prefixes_agree(frame, p,
					       random_bytes(frame, p));
	}
	for (i = 0; i < ARRAY_SIZE(cuts); i++)
		if (cuts[i].frame != DATAGRAM && !cuts[i].ret)
			good &= prefixes_agree(cuts[i].frame,
					       (const u8 *)cuts[i].text,
					       cuts[i].n ? cuts[i].n :
					       strlen(cuts[i].text));
	verdict(good, "frame: the same however many bytes are there");
}

int main(void)
{
	rnd_seed(2);
	test_cuts();
	test_prefixes();
	return verdict_exit();
}

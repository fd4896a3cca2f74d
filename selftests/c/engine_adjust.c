// SPDX-License-Identifier: GPL-2.0
/*
 * Adjusting lengths after edits: lengths that count edited bytes, with padding,
 * nested, and the length field of the framing.
 */
#include "engine_test.h"

#define BAD	(-EINVAL)
#define NINE	"123456789"
#define NINETY	NINE NINE NINE NINE NINE NINE NINE NINE NINE NINE

static const u8 names[] = "\016Content-Length\1l";

enum { DATAGRAM, HEADERS, U16, MARK, ORDER, TWO };

#define LENGTH	.kind = ALGATE_FRAME_LENGTH, .max = 65535

static struct algate_prog progs[] = {
	[DATAGRAM] = { .frame = { { .kind = ALGATE_FRAME_DATAGRAM,
				    .max = 2000 } } },
	[HEADERS] = { .frame = { { .kind = ALGATE_FRAME_HEADERS, .max = 2000,
				   .nnames = 2 } } },
	[U16] = { .frame = { { LENGTH, .width = 2, .offset = 1, .bias = 3,
			       .mask = 0xffff } } },
	[MARK] = { .frame = { { LENGTH, .width = 4, .bias = 4,
				.mask = 0x7fffffff } } },
	[ORDER] = { .frame = { { LENGTH, .width = 2, .offset = 1, .bias = 3,
				 .mask = 0xffff, .flags = ALGATE_FRAME_ORDER,
				 .lead = 'l', .place = 0 } } },
	[TWO] = { .frame = { { .kind = ALGATE_FRAME_HEADERS, .max = 2000,
			       .nnames = 2 },
			     { LENGTH, .width = 1, .offset = 1, .bias = 2,
			       .mask = 0xff, .lead = '$' } },
		  .nframes = 2 },
};

#define COUNTS	2

/**
 * struct row - a message with edits and lengths, and the result
 * @frame: framing
 * @text: message; the byte '#' or '@' is replaced by 1, or 1,000 in decimal,
 *	and of a run "%%%" one byte stays
 * @len: length of the message
 * @want: expected result, or NULL
 * @want_len: length of the result, or a negative errno
 * @count: lengths: place, type and padding; type 0: none
 * @frozen: number of bytes that have already left
 */
struct row {
	const char *name;
	u8 frame;
	const char *text;
	u32 len;
	const char *want;
	int want_len;
	struct {
		u8 at;
		u8 len;
		u8 type;
		u8 pad;
		u32 num;
	} count[COUNTS];
	u32 frozen;
};

#define R(name, frame, text, want, ...) \
	{ name, frame, text, sizeof(text) - 1, want, sizeof(want) - 1, \
	  { __VA_ARGS__ }, 0 }
#define NO(name, frame, text, err, frozen, ...) \
	{ name, frame, text, sizeof(text) - 1, NULL, err, \
	  { __VA_ARGS__ }, frozen }
#define U8(at, num, pad)	{ at, 1, ALGATE_T_U8, pad, num }
#define U32(at, num, pad)	{ at, 4, ALGATE_T_U32BE, pad, num }
#define DEC(at, len, num)	{ at, len, ALGATE_T_DEC, 0, num }

static const struct row rows[] = {
	R("no edit", DATAGRAM, "\3abcd", "\3abcd", U8(0, 3, 0)),
	R("grows", DATAGRAM, "\3a@cd", "\6a1000cd", U8(0, 3, 0)),
	R("shrinks", DATAGRAM, "\5a%%%bc", "\3a5bc", U8(0, 5, 0)),
	R("same length", DATAGRAM, "\3a#bc", "\3a1bc", U8(0, 3, 0)),
	R("edit behind it", DATAGRAM, "\3abc@", "\3abc1000", U8(0, 3, 0)),
	R("edit before it", DATAGRAM, "@\3abc", "1000\3abc", U8(1, 3, 0)),
	R("first and last byte", DATAGRAM, "\3@b@", "\0111000b1000",
	  U8(0, 3, 0)),
	R("counts nothing", DATAGRAM, "\0@", "\0001000", U8(0, 0, 0)),
	R("decimal", DATAGRAM, "9@23456789", "12100023456789", DEC(0, 1, 9)),
	R("padding grows", DATAGRAM, "\0\0\0\4abc#x@", "\0\0\0\4abc1x1000",
	  U32(0, 4, 4)),
	R("padding needed", DATAGRAM, "\0\0\0\4abc@x",
	  "\0\0\0\7abc1000\0x", U32(0, 4, 4)),
	R("padding less", DATAGRAM, "\0\0\0\1@\0\0\0x",
	  "\0\0\0\0041000x", U32(0, 1, 4)),
	R("padding of 8", DATAGRAM, "\0\0\0\2a@\0\0\0\0\0\0x",
	  "\0\0\0\5a1000\0\0\0x", U32(0, 2, 8)),
	R("padding of 2", DATAGRAM, "\2a@x", "\5a1000\0x", U8(0, 2, 2)),
	R("padding to none", DATAGRAM, "\5ab%%%\0x", "\3ab5\0x", U8(0, 5, 2)),
	/* the inner length becomes "12", a byte more for the outer length */
	R("one in the other", DATAGRAM, "\0139abc@efghix",
	  "\01712abc1000efghix", U8(0, 11, 0), DEC(1, 1, 9)),
	R("the same, in another order", DATAGRAM, "\0139abc@efghix",
	  "\01712abc1000efghix", DEC(1, 1, 9), U8(0, 11, 0)),
	R("with the inner one's padding", DATAGRAM, "\7\2a@\0\0bc",
	  "\13\5a1000\0\0\0bc", U8(0, 7, 0), U8(1, 2, 4)),
	R("one behind the other", DATAGRAM, "\2a@\2b@", "\5a1000\5b1000",
	  U8(0, 2, 0), U8(3, 2, 0)),
	NO("counts more than there is", DATAGRAM, "\5a@c", BAD, 0,
	   U8(0, 5, 0)),
	NO("padding is missing", DATAGRAM, "\3a@cd", BAD, 0, U8(0, 3, 8)),
	NO("has left already", DATAGRAM, "\3a@cd", BAD, 1, U8(0, 3, 0)),
	NO("does not fit", DATAGRAM, "\376@" NINETY NINETY NINE NINE NINE NINE
	   NINE NINE NINE NINE "b", -ERANGE, 0, U8(0, 254, 0)),
	NO("an edit over its end", DATAGRAM, "\3a%%%", BAD, 0, U8(0, 2, 0)),
	NO("an edit over its place", DATAGRAM, "x%%%x", BAD, 0, U8(2, 1, 0)),

	R("little-endian, says the message", ORDER, "l\2\0b@", "l\5\0b1000"),
	R("big-endian, says the message", ORDER, "b\0\2b@", "b\0\5b1000"),
	R("the other order's length", ORDER, "b\2\0b@", "b\2\0b1000"),
	R("body grows", HEADERS, "A\nl: 1\n\n@", "A\nl: 4\n\n1000"),
	R("body shrinks", HEADERS, "A\nl: 3\n\n%%%", "A\nl: 1\n\n5"),
	R("99 to 102", HEADERS, "A\nContent-Length: 99\r\nB: c\r\n\r\n" NINETY
	  "12345678@", "A\nContent-Length: 102\r\nB: c\r\n\r\n" NINETY
	  "123456781000"),
	R("100 to 98", HEADERS, "A\nl:100\n\n" NINETY "1234567%%%",
	  "A\nl:98\n\n" NINETY "12345675"),
	R("leading zeros", HEADERS, "A\nl: 01\n\n@", "A\nl: 4\n\n1000"),
	R("header grows", HEADERS, "A\nB: @\nl: 1\n\nx",
	  "A\nB: 1000\nl: 1\n\nx"),
	R("both grow", HEADERS, "A @\nl: 1\n\n@", "A 1000\nl: 4\n\n1000"),
	R("no length field", HEADERS, "A @\n\n", "A 1000\n\n"),
	R("field wrong already", HEADERS, "A\nl: 9\n\n@", "A\nl: 9\n\n1000"),
	R("bytes behind the body", HEADERS, "A\nl: 2\n\n@\n\r\n",
	  "A\nl: 5\n\n1000\n\r\n"),
	R("edit behind the body", HEADERS, "A\nl: 1\n\n@@",
	  "A\nl: 4\n\n10001000"),
	R("no header block's end", HEADERS, "A\nl: 1\n@", "A\nl: 1\n1000"),
	R("folded", HEADERS, "A\nl:\n 1\n\n@", "A\nl:\n 4\n\n1000"),
	R("length in a body", HEADERS, "A\nl: 3\n\n\2a@",
	  "A\nl: 6\n\n\5a1000", U8(8, 2, 0)),
	NO("field has left already", HEADERS, "A\nl: 1\n\n@", BAD, 7),
	R("u16", U16, "x\0\2a@", "x\0\5a1000"),
	R("u16 in front of it", U16, "@\0\2ab", "1000\0\5ab"),
	NO("u16 has left already", U16, "x\0\2a@", BAD, 2),
	R("record mark", MARK, "\x80\0\0\2a@", "\x80\0\0\5a1000"),
	R("record mark, adjusted inside", MARK, "\x80\0\0\3\2a@",
	  "\x80\0\0\6\5a1000", U8(4, 2, 0)),
	R("no record mark in this datagram", MARK, "\x80\0\0\3a@",
	  "\x80\0\0\3a1000"),
	R("nor in this one", MARK, "\0\0\0\1a@", "\0\0\0\1a1000"),
	R("headers of two", TWO, "A\nl: 1\n\n@", "A\nl: 4\n\n1000"),
	R("the other one", TWO, "$\2a@", "$\5a1000"),
	NO("the other one does not fit", TWO, "$\xff@" NINETY NINETY NINE NINE
	   NINE NINE NINE NINE NINE NINE "ab", -ERANGE, 0),
};

static void add_edits(struct algate_result *r, const struct row *row)
{
	u32 i, n;

	for (i = 0; i < row->len; i += n) {
		struct algate_value v = { 0 };

		n = 1;
		if (row->text[i] == '#')
			v.num = 1;
		else if (row->text[i] == '@')
			v.num = 1000;
		else if (row->text[i] == '%')
			v.num = 5;
		else
			continue;
		if (row->text[i] == '%')
			n = 3;
		if (algate_edit_add(r, i, n, ALGATE_T_DEC, &v))
			abort();
	}
}

static void add_counts(struct algate_result *r, const struct row *row)
{
	u32 i;

	for (i = 0; i < COUNTS && row->count[i].type; i++) {
		struct algate_adjust *a = &r->adjust[r->nadjusts++];

		a->count.off = row->count[i].at;
		a->count.len = row->count[i].len;
		a->count.num = row->count[i].num;
		a->type = row->count[i].type;
		a->pad = row->count[i].pad;
	}
}

static bool becomes(const struct row *row)
{
	static struct algate_result r;
	const u8 *data = (const u8 *)row->text;
	struct algate_message msg = { .data = data, .len = row->len,
				      .frozen = row->frozen };
	struct algate_prog *prog = &progs[row->frame];
	u8 out[400];
	int n;

	prog->literals = names;
	prog->literals_len = sizeof(names) - 1;
	memset(&r, 0, sizeof(r));
	add_edits(&r, row);
	add_counts(&r, row);
	n = algate_edit_finish(prog, &msg, &r);
	if (n == row->want_len &&
	    (n < 0 || (algate_edit_apply(&r, data, row->len, out) == n &&
		       !memcmp(out, row->want, n))))
		return true;
	note("%s: %d, should be %d", row->name, n, row->want_len);
	return false;
}

int main(void)
{
	bool good = true, refused = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].want)
			good &= becomes(&rows[i]);
		else
			refused &= becomes(&rows[i]);
	verdict(good, "adjust: table of lengths");
	verdict(refused, "adjust: lengths that cannot be kept right");
	return verdict_exit();
}

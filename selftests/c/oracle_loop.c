// SPDX-License-Identifier: GPL-2.0
/*
 * Splits the input of a loop into elements, byte by byte, into an array.
 */
#include "oracle.h"

/* The bytes to split: [at, end) of the message */
static const struct algate_loop *loop;
static const u8 *data;
static u32 end;
static bool partial;
static struct oracle_elements *out;

static void add(u32 from, u32 to)
{
	if (out->n == ORACLE_ELEMENTS)
		abort();
	out->element[out->n].from = from;
	out->element[out->n].to = to;
	out->n++;
}

static void finish(u32 after, enum oracle_verdict how)
{
	out->after = after;
	out->how = how;
}

/* The available bytes end. */
static void run_dry(void)
{
	finish(end, partial ? ORACLE_WAIT : ORACLE_PASS);
}

struct line {
	u32 from;
	u32 text;	/* behind it */
	u32 next;
	bool open;	/* has no end yet */
};

static struct line line_at(u32 at)
{
	struct line l = { .from = at, .text = at, .next = at, .open = true };

	while (l.open && l.next < end)
		l.open = data[l.next++] != '\n';
	l.text = l.open ? l.next : l.next - 1;
	if (!l.open && l.text > l.from && data[l.text - 1] == '\r')
		l.text--;
	return l;
}

static bool is_blank(u32 at)
{
	return at < end && (data[at] == ' ' || data[at] == '\t');
}

static bool stands(const u8 *want, u32 len, u32 at)
{
	for (; len; len--, at++)
		if (at >= end || data[at] != *want++)
			return false;
	return true;
}

static void split_lines(const u8 *literals, u32 at)
{
	const u8 *until = literals + (loop->until & 0xffff);
	u32 len = loop->until >> 16;

	while (at < end) {
		struct line l = line_at(at);

		if (len && stands(until, len, at))
			return finish(at, ORACLE_PASS);
		if (l.open && partial)
			return finish(at, ORACLE_WAIT);
		add(l.from, l.text);
		at = l.next;
	}
	run_dry();
}

static void split_headers(u32 at)
{
	while (at < end) {
		struct line first = line_at(at), last = first;

		if (first.open && partial)
			return finish(at, ORACLE_WAIT);
		if (first.from == first.text)
			return finish(first.next, ORACLE_PASS);
		while (is_blank(last.next))
			last = line_at(last.next);
		if (partial && (last.open || last.next == end))
			return finish(at, ORACLE_WAIT);
		add(first.from, last.text);
		at = last.next;
	}
	run_dry();
}

/* One byte after the other; @state: in front of, in or behind quotes */
static void split_items(u32 at)
{
	enum { FRONT, BARE, QUOTED, ESCAPED } state = FRONT;
	bool angle = false;
	u32 from = at;

	for (; at < end; at++) {
		u8 c = data[at];

		if (state == FRONT && memchr(" \t\r\n", c, 4))
			continue;
		if (state == FRONT) {
			state = BARE;
			from = at;
			angle = false;
		}
		if (state == ESCAPED) {
			state = QUOTED;
		} else if (state == QUOTED) {
			state = c == '\\' ? ESCAPED : c == '"' ? BARE : QUOTED;
		} else if (!angle && c == loop->sep) {
			add(from, at);
			state = FRONT;
		} else if (c == '"') {
			state = QUOTED;
		} else if (c == '<') {
			angle = true;
		} else if (c == '>') {
			angle = false;
		}
	}
	if (state != FRONT && !partial)
		add(from, end);
	run_dry();
}

static void split_prefixed(u32 at)
{
	const struct algate_framing *f = &loop->prefix;
	u32 head = f->offset + f->width;

	while (at < end) {
		u64 num = 0;
		s64 len;
		u32 i;

		if (end - at < head)
			return finish(at, partial ? ORACLE_WAIT : ORACLE_FAIL);
		for (i = 0; i < f->width; i++)
			num += (u64)data[at + f->offset + i] <<
			       8 * (f->flags ? i : f->width - 1 - i);
		len = (s64)(num & f->mask) + f->bias;
		if (len < head || len > ALGATE_MAX_MESSAGE)
			return finish(at, ORACLE_FAIL);
		if (len > end - at)
			return finish(at, partial ? ORACLE_WAIT : ORACLE_FAIL);
		add(at, at + len);
		at += len;
	}
	run_dry();
}

/* Elements up to @limit; false: one is malformed. */
static bool split_ber(u32 at, u32 limit, u32 depth)
{
	while (at < limit) {
		u32 from = at;
		u64 len = 0;
		u32 n;

		at++;
		if ((data[from] & 0x1f) == 0x1f) {
			while (at < limit && data[at] & 0x80)
				at++;
			at++;
		}
		if (at >= limit)
			return false;
		n = data[at++];
		if (n == 0x80 || n > 0x84)
			return false;
		if (n < 0x80) {
			len = n;
		} else {
			for (n &= 0x7f; n; n--) {
				if (at == limit)
					return false;
				len = len * 256 + data[at++];
			}
		}
		if (len > limit - at)
			return false;
		if (!(data[from] & 0x20))
			add(from, at + len);
		else if (depth == ALGATE_BER_DEPTH ||
			 !split_ber(at, at + len, depth + 1))
			return false;
		at += len;
	}
	return true;
}

/* The bit at @at; -1: the available bytes end */
static int bit_at(u32 at)
{
	return at >= 8 * end ? -1 : data[at / 8] >> (7 - at % 8) & 1;
}

static void short_of(u32 at)
{
	finish(at, partial ? ORACLE_WAIT : ORACLE_FAIL);
}

/* Bit by bit: a 0, the number of bits less 1, the bits; then the open types. */
static void split_additions(u32 bit)
{
	u32 count = 0, at, i, len;

	if (bit_at(bit) < 0)
		return short_of(end);
	if (bit_at(bit))
		return finish(end, ORACLE_FAIL);
	for (i = 1; i <= 6; i++) {
		if (bit_at(bit + i) < 0)
			return short_of(end);
		count = 2 * count + bit_at(bit + i);
	}
	bit += 7;
	count++;
	for (i = 0; i < count; i++)
		if (bit_at(bit + i) < 0)
			return short_of(end);
	for (at = (bit + count + 7) / 8, i = 0; i < count; i++) {
		if (!bit_at(bit + i))
			continue;
		if (at == end)
			return short_of(end);
		len = data[at++];
		if (len >= 192)
			return finish(end, ORACLE_FAIL);
		if (len >= 128) {
			if (at == end)
				return short_of(end);
			len = (len - 128) * 256 + data[at++];
		}
		if (len > end - at)
			return short_of(end);
		add(at, at + len);
		out->element[out->n - 1].index = i;
		at += len;
	}
	finish(at, ORACLE_PASS);
}

void oracle_split_additions(const u8 *bytes, u32 bit, u32 to, bool more,
			    struct oracle_elements *elements)
{
	data = bytes;
	end = to;
	partial = more;
	out = elements;
	out->n = 0;
	split_additions(bit);
	/* nothing is read before the whole is there */
	if (out->how != ORACLE_PASS)
		out->n = 0;
}

void oracle_split(const struct algate_loop *w, const u8 *literals,
		  const u8 *bytes, u32 from, u32 to, bool more,
		  struct oracle_elements *elements)
{
	loop = w;
	data = bytes;
	end = to;
	partial = more;
	out = elements;
	out->n = 0;
	switch (w->kind) {
	case ALGATE_LOOP_LINE:
		return split_lines(literals, from);
	case ALGATE_LOOP_HEADER:
		return split_headers(from);
	case ALGATE_LOOP_ITEM:
		return split_items(from);
	case ALGATE_LOOP_PREFIXED:
		return split_prefixed(from);
	case ALGATE_LOOP_BER:
		if (partial)
			return finish(from, ORACLE_WAIT);
		return finish(end, split_ber(from, end, 0) ? ORACLE_PASS :
							     ORACLE_FAIL);
	}
	abort();
}

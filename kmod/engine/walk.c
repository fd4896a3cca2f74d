// SPDX-License-Identifier: GPL-2.0
/*
 * The parts of a message that a walk goes through, one after the other.
 *
 * Each part begins at or behind the end of the one before it, and each call
 * moves on by a byte at least: a walk is over at the window's end at last,
 * whatever the bytes are.
 */
#include "engine.h"
#include "scan.h"

enum {
	OVER,
	PART,
};

static int malformed(void)
{
	return -EINVAL;
}

/* The window is at its end: is that the end of all? */
static int over(const struct algate_stroll *s)
{
	return s->partial ? ALGATE_MORE : OVER;
}

/*
 * The line at @at: *@text is behind its text, the result behind its end; or
 * ALGATE_MORE. The window's last line needs no end.
 */
static int line_at(const struct algate_stroll *s, const u8 *data, u32 at,
		   u32 *text)
{
	const u8 *lf = algate_find_byte(data + at, '\n', s->end - at);
	u32 n;

	if (!lf) {
		*text = s->end;
		return s->partial ? ALGATE_MORE : (int)s->end;
	}
	n = lf - data;
	*text = n > at && data[n - 1] == '\r' ? n - 1 : n;
	return n + 1;
}

static bool begins_with(const struct algate_stroll *s, const u8 *data,
			const u8 *lit, u32 len)
{
	return len <= s->end - s->next && !memcmp(data + s->next, lit, len);
}

static int part_line(const struct algate_prog *prog, struct algate_stroll *s,
		     const u8 *data)
{
	u32 len = s->walk->until >> 16;
	int next;

	if (s->next == s->end)
		return over(s);
	next = line_at(s, data, s->next, &s->part_end);
	if (next < 0)
		return next;
	/* V5 */
	if (len &&
	    begins_with(s, data, prog->literals + (s->walk->until & 0xffff),
			len))
		return OVER;
	s->part = s->next;
	s->next = next;
	return PART;
}

static bool is_blank(u8 c)
{
	return c == ' ' || c == '\t';
}

/* A line that begins with a blank continues the one before (RFC 5322). */
static int part_header(struct algate_stroll *s, const u8 *data)
{
	int next;

	if (s->next == s->end)
		return over(s);
	next = line_at(s, data, s->next, &s->part_end);
	if (next < 0)
		return next;
	s->part = s->next;
	if (s->part == s->part_end) {
		s->next = next;
		return OVER;
	}
	while ((u32)next < s->end && is_blank(data[next])) {
		next = line_at(s, data, next, &s->part_end);
		if (next < 0)
			return next;
	}
	/* the next line may be one more */
	if ((u32)next == s->end && s->partial)
		return ALGATE_MORE;
	s->next = next;
	return PART;
}

static bool is_space(u8 c)
{
	return is_blank(c) || c == '\r' || c == '\n';
}

/* Behind the quote that ends what the one at @at begins. */
static u32 quote_end(const struct algate_stroll *s, const u8 *data, u32 at)
{
	while (++at < s->end && data[at] != '"')
		if (data[at] == '\\' && at + 1 < s->end)
			at++;
	return at < s->end ? at + 1 : s->end;
}

/* Where the item ends: at a separator that nothing encloses. */
static u32 item_end(const struct algate_stroll *s, const u8 *data, u32 at)
{
	static const u8 marks[256] = { ['"'] = 1, ['<'] = 1, ['>'] = 1 };
	u8 sep = s->walk->sep;
	bool angle = false;

	while (at < s->end) {
		u8 c = data[at];

		if (c == sep && !angle)
			break;
		if (likely(!marks[c])) {
			at++;
		} else if (c == '"') {
			at = quote_end(s, data, at);
		} else {
			angle = c == '<';
			at++;
		}
	}
	return at;
}

static int part_item(struct algate_stroll *s, const u8 *data)
{
	u32 at = s->next;

	while (at < s->end && is_space(data[at]))
		at++;
	if (at == s->end) {
		s->next = at;
		return over(s);
	}
	s->part = at;
	s->part_end = item_end(s, data, at);
	if (s->part_end == s->end && s->partial)
		return ALGATE_MORE;
	s->next = s->part_end + (s->part_end < s->end);
	return PART;
}

static int part_prefixed(struct algate_stroll *s, const u8 *data)
{
	struct algate_cut cut;
	int err;

	if (s->next == s->end)
		return over(s);
	err = algate_frame_prefixed(&s->walk->prefix, data + s->next,
				    s->end - s->next, &cut);
	if (err == ALGATE_MORE && s->partial)
		return err;
	if (err)
		return malformed();
	s->part = s->next;
	s->next += cut.total;
	s->part_end = s->next;
	return PART;
}

/*
 * Tag and length of the element at @at (X.690, 8.1): *@content is where its
 * contents begin, *@end behind them. Lengths are definite.
 */
static int ber_header(const u8 *data, u32 at, u32 limit, u32 *content, u32 *end)
{
	u32 len = 0;
	u8 n;

	/* a tag above 30 goes on as long as the highest bit is set */
	if (limit - at < 2)
		return malformed();
	if ((data[at++] & 0x1f) == 0x1f)
		while (data[at++] & 0x80)
			if (at == limit)
				return malformed();
	if (at == limit)
		return malformed();
	n = data[at++];
	if (n < 0x80) {
		len = n;
	} else {
		n &= 0x7f;
		if (!n || n > 4 || n > limit - at)
			return malformed();
		for (; n; n--)
			len = len << 8 | data[at++];
	}
	if (len > limit - at)
		return malformed();
	*content = at;
	*end = at + len;
	return 0;
}

/* Depth first: what is constructed is entered, what is primitive is a part. */
static int part_ber(struct algate_stroll *s, const u8 *data)
{
	for (;;) {
		u32 limit, content, end;
		bool constructed;

		while (s->depth && s->next == s->limit[s->depth - 1])
			s->depth--;
		limit = s->depth ? s->limit[s->depth - 1] : s->end;
		if (s->next == limit)
			return over(s);
		if (s->partial)
			return ALGATE_MORE;
		constructed = data[s->next] & 0x20;
		if (ber_header(data, s->next, limit, &content, &end))
			return malformed();
		if (!constructed) {
			s->part = s->next;
			s->part_end = end;
			s->next = end;
			return PART;
		}
		if (s->depth == ALGATE_BER_DEPTH)
			return malformed();
		s->limit[s->depth++] = end;
		s->next = content;
	}
}

static int part_repeat(struct algate_stroll *s)
{
	if (s->stuck || s->turns == s->walk->max)
		return OVER;
	if (s->next == s->end)
		return over(s);
	s->part = s->next;
	s->part_end = s->end;
	return PART;
}

static int find_part(const struct algate_prog *prog, struct algate_stroll *s,
		     const u8 *data)
{
	switch (s->walk->kind) {
	case ALGATE_WALK_LINE:
		return part_line(prog, s, data);
	case ALGATE_WALK_HEADER:
		return part_header(s, data);
	case ALGATE_WALK_ITEM:
		return part_item(s, data);
	case ALGATE_WALK_PREFIXED:
		return part_prefixed(s, data);
	case ALGATE_WALK_BER:
		return part_ber(s, data);
	default:
		return part_repeat(s);
	}
}

/**
 * algate_walk_part() - find the next part
 * @prog: verified program, whose walk it is
 * @s: the walk; @s->part, @s->part_end and @s->next are set
 * @data: the message
 *
 * Return: 1 for a part; 0 if the walk is over; ALGATE_MORE if that depends on
 * bytes that are yet to come; -EINVAL if what should be a part is none, or
 * if there are more than the walk allows.
 */
int algate_walk_part(const struct algate_prog *prog, struct algate_stroll *s,
		     const u8 *data)
{
	int ret = find_part(prog, s, data);

	if (ret == PART && s->turns++ == s->walk->max)
		return malformed();
	return ret;
}

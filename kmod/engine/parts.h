/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts of text: lines, header fields, items. Most walks are through these.
 *
 * Each part begins at or behind the end of the one before it, and each call
 * moves on by a byte at least: a walk is over at the window's end at last,
 * whatever the bytes are.
 */
#ifndef ALGATE_PARTS_H
#define ALGATE_PARTS_H

#include "run.h"

enum {
	OVER,
	PART,
};

/* The window is at its end: is that the end of all? */
static __always_inline int over(const struct algate_stroll *s)
{
	return s->partial ? ALGATE_MORE : OVER;
}

/*
 * The line at @at: *@text is behind its text, the result behind its end; or
 * ALGATE_MORE. The window's last line needs no end.
 */
static __always_inline int line_at(const struct algate_stroll *s,
				   const u8 *data, u32 at, u32 *text)
{
	u32 n = algate_find_line(data, at, s->end, s->there);

	*text = n;
	if (n == s->end)
		return s->partial ? ALGATE_MORE : (int)n;
	if (n > at && data[n - 1] == '\r')
		*text = n - 1;
	return n + 1;
}

static inline bool begins_with(const struct algate_stroll *s, const u8 *data,
			       const u8 *lit, u32 len)
{
	return len <= s->end - s->next && data[s->next] == lit[0] &&
	       !memcmp(data + s->next, lit, len);
}

static inline int part_line(const struct algate_prog *prog,
			    struct algate_stroll *s, const u8 *data)
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

static __always_inline bool is_blank(u8 c)
{
	return c == ' ' || c == '\t';
}

/* A line that begins with a blank continues the one before (RFC 5322). */
static __always_inline int part_header(struct algate_stroll *s, const u8 *data)
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

static __always_inline bool is_space(u8 c)
{
	return is_blank(c) || c == '\r' || c == '\n';
}

/* Behind the quote that ends what the one at @at begins. */
static inline u32 quote_end(const struct algate_stroll *s, const u8 *data, u32 at)
{
	while (++at < s->end && data[at] != '"')
		if (data[at] == '\\' && at + 1 < s->end)
			at++;
	return at < s->end ? at + 1 : s->end;
}

/* The first byte from @at on that may end an item: @sep, a quote or an angle. */
static __always_inline u32 find_mark(const struct algate_stroll *s,
				     const u8 *data, u32 at, u8 sep)
{
	const u64 apart = ('<' ^ '>') * ALGATE_ONES;
	u64 seps = sep * ALGATE_ONES;
	u32 last = algate_words_end(s->end, s->there);
	u32 end = s->end;

	for (; at < last; at += 8) {
		u64 word = get_unaligned_le64(data + at);
		u64 quote = word ^ '"' * ALGATE_ONES;
		u64 angle = (word | apart) ^ ('<' | '>') * ALGATE_ONES;
		u64 hit;

		if (likely(!algate_maybe_any(word ^ seps, quote, angle)))
			continue;
		hit = algate_zero_bytes(word ^ seps) |
		      algate_zero_bytes(quote) | algate_zero_bytes(angle);
		if (hit)
			return min_t(u32, at + (__builtin_ctzll(hit) >> 3),
				     end);
	}
	while (at < end && data[at] != sep && data[at] != '"' &&
	       data[at] != '<' && data[at] != '>')
		at++;
	return min_t(u32, at, end);
}

/* Where the item ends: at a separator that nothing encloses. */
static __always_inline u32 item_end(const struct algate_stroll *s,
				    const u8 *data, u32 at, u8 sep)
{
	bool angle = false;

	for (;;) {
		u8 c;

		at = find_mark(s, data, at, sep);
		if (at == s->end)
			return at;
		c = data[at];
		if (c == sep && !angle)
			return at;
		if (c == '"') {
			at = quote_end(s, data, at);
			continue;
		}
		if (c == '<' || c == '>')
			angle = c == '<';
		at++;
	}
}

static __always_inline int part_item(struct algate_stroll *s, const u8 *data,
				     u8 sep)
{
	u32 end = s->end;
	u32 at = s->next;

	while (at < end && data[at] <= ' ' && is_space(data[at]))
		at++;
	if (at == end) {
		s->next = at;
		return over(s);
	}
	s->part = at;
	at = item_end(s, data, at, sep);
	s->part_end = at;
	if (at == end && s->partial)
		return ALGATE_MORE;
	s->next = at + (at < end);
	return PART;
}

/* A part more; not if that is one too many. */
static __always_inline int count_part(struct algate_stroll *s, int ret)
{
	if (ret == PART && s->turns++ == s->walk->max)
		return -EINVAL;
	return ret;
}

/* There is no further part, of whatever reason. */
int algate_run_leave(struct run *r, u32 from, int ret);

#endif /* ALGATE_PARTS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Elements of text: lines, header fields, items. Most loops use these.
 *
 * Each element begins at or behind the end of the previous element, and each
 * call consumes at least one byte. So a loop always reaches the window's end.
 */
#ifndef ALGATE_ELEMENT_H
#define ALGATE_ELEMENT_H

#include "run.h"

enum {
	OVER,
	FOUND,
};

/* The loop has reached the window's end, which may still move. */
static __always_inline int over(const struct algate_iter *s)
{
	return s->partial ? ALGATE_MORE : OVER;
}

/*
 * Offset behind the line at @at; 0 if undecided, for the slower line_at(). The
 * window ends at @end, and the search at @last, at least @at. Eight bytes of the
 * message are there from @last on.
 */
static __always_inline u32 line_end(const u8 *data, u32 at, u32 last, u32 end)
{
	u64 word, hit;

	for (; at <= last; at += 8) {
		word = get_unaligned_le64(data + at);
		/* text rarely has bytes up to LF, or above 127 */
		if (likely(!((word - ('\n' + 1) * ALGATE_ONES) & ALGATE_HIGHS)))
			continue;
		hit = algate_zero_bytes(word ^ '\n' * ALGATE_ONES);
		if (hit)
			goto found;
	}
	if (at - last >= 8)
		return 0;
	word = get_unaligned_le64(data + last) >> 8 * (at - last);
	hit = algate_zero_bytes(word ^ '\n' * ALGATE_ONES);
	if (!hit)
		return 0;
found:
	at += (__builtin_ctzll(hit) >> 3) + 1;
	return at <= end ? at : 0;
}

/*
 * The line at @at: *@text is set to the offset behind its text. Returns the
 * offset behind its end, or ALGATE_MORE. The window's last line needs no LF.
 */
static __always_inline int line_at(const struct algate_iter *s,
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

static inline bool begins_with(const struct algate_iter *s, const u8 *data,
			       const u8 *lit, u32 len)
{
	return len <= s->end - s->next && data[s->next] == lit[0] &&
	       !memcmp(data + s->next, lit, len);
}

static inline int element_line(const struct algate_prog *prog,
			       struct algate_iter *s, const u8 *data)
{
	u32 len = s->loop->until >> 16;
	int next;

	if (s->next == s->end)
		return over(s);
	/* V5: the literal lies in the pool */
	if (len &&
	    begins_with(s, data, prog->literals + (s->loop->until & 0xffff),
			len))
		return OVER;
	next = line_at(s, data, s->next, &s->element_end);
	if (next < 0)
		return next;
	s->element = s->next;
	s->next = next;
	return FOUND;
}

static __always_inline bool is_blank(u8 c)
{
	return c == ' ' || c == '\t';
}

/* A line that begins with a blank continues the field (RFC 5322, 2.2.3). */
static __always_inline int element_header(struct algate_iter *s, const u8 *data)
{
	int next;

	if (s->next == s->end)
		return over(s);
	next = line_at(s, data, s->next, &s->element_end);
	if (next < 0)
		return next;
	s->element = s->next;
	if (s->element == s->element_end) {
		s->next = next;
		return OVER;
	}
	while ((u32)next < s->end && is_blank(data[next])) {
		next = line_at(s, data, next, &s->element_end);
		if (next < 0)
			return next;
	}
	/* the next line may continue the field */
	if ((u32)next == s->end && s->partial)
		return ALGATE_MORE;
	s->next = next;
	return FOUND;
}

static __always_inline bool is_space(u8 c)
{
	return is_blank(c) || c == '\r' || c == '\n';
}

/* The byte behind the quoted string at @p, or @end. */
static inline const u8 *quote_end(const u8 *p, const u8 *end)
{
	while (++p < end && *p != '"')
		if (*p == '\\' && p + 1 < end)
			p++;
	return p < end ? p + 1 : end;
}

/*
 * Mark the bytes in @word that may end an item: the separator (eight copies in
 * @seps), a quote, '<' or '>'. The result is as of algate_zero_bytes().
 */
static __always_inline u64 item_marks(u64 word, u64 seps)
{
	u64 sep = word ^ seps;
	u64 quote = word ^ '"' * ALGATE_ONES;
	u64 angle = (word | ('<' ^ '>') * ALGATE_ONES) ^
		    ('<' | '>') * ALGATE_ONES;

	if (likely(!algate_maybe_any(sep, quote, angle)))
		return 0;
	return algate_zero_bytes(sep) | algate_zero_bytes(quote) |
	       algate_zero_bytes(angle);
}

/*
 * The end of an item from @p on: a separator outside of quotes and angle
 * brackets, or @end. Words are read only at offsets before @last.
 */
static noinline const u8 *item_end(const u8 *p, const u8 *last, const u8 *end,
				   u8 sep)
{
	u64 seps = sep * ALGATE_ONES;
	bool angle = false;
	u64 hit;

	for (;;) {
		for (; p < last; p += 8) {
			hit = item_marks(get_unaligned_le64(p), seps);
			if (hit) {
				p += __builtin_ctzll(hit) >> 3;
				break;
			}
		}
		if (p >= end)
			return end;
		if (*p == sep && !angle)
			return p;
		if (*p == '"') {
			p = quote_end(p, end);
			continue;
		}
		if (*p == '<' || *p == '>')
			angle = *p == '<';
		p++;
	}
}

static __always_inline int element_item(struct algate_iter *s, const u8 *data,
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
	s->element = at;
	at = item_end(data + at, data + algate_words_end(end, s->there),
		      data + end, sep) - data;
	s->element_end = at;
	if (at == end && s->partial)
		return ALGATE_MORE;
	s->next = at + (at < end);
	return FOUND;
}

/* Count an element; -E2BIG if the loop's maximum is exceeded. */
static __always_inline int count_element(struct algate_iter *s, int ret)
{
	if (ret == FOUND && s->count++ == s->loop->max)
		return -E2BIG;
	return ret;
}

/* loop.c */
int algate_run_leave(struct run *r, u32 from, int ret);

#endif /* ALGATE_ELEMENT_H */

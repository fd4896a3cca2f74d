/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Looking for bytes, a word at a time.
 */
#ifndef ALGATE_SCAN_H
#define ALGATE_SCAN_H

#include "platform.h"

#define ALGATE_ONES	0x0101010101010101ULL
#define ALGATE_HIGHS	0x8080808080808080ULL

#define ALGATE_LOW	'\n'	/* text has nothing below, and this ends a line */

static __always_inline u8 algate_fold(u8 c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/*
 * The lowest high bit in the result is that of the first byte of @word, as it
 * stands in memory, that is zero. Bits above may be wrong: a borrow comes from
 * a zero below.
 */
static __always_inline u64 algate_zero_bytes(u64 word)
{
	return (word - ALGATE_ONES) & ~word & ALGATE_HIGHS;
}

/*
 * Whether @word may have a zero byte. It has none if this says no; it may say
 * yes to bytes above 127, which text mostly has not.
 */
static __always_inline bool algate_maybe_zero(u64 word)
{
	return (word - ALGATE_ONES) & ALGATE_HIGHS;
}

/* likewise, in any of three */
static __always_inline bool algate_maybe_any(u64 a, u64 b, u64 c)
{
	return ((a - ALGATE_ONES) | (b - ALGATE_ONES) | (c - ALGATE_ONES)) &
	       ALGATE_HIGHS;
}

/* likewise, one up to ALGATE_LOW, if this has one of ALGATE_HIGHS */
static __always_inline u64 algate_maybe_low(u64 word)
{
	return word - (ALGATE_LOW + 1) * ALGATE_ONES;
}

static __always_inline bool algate_maybe_four(u64 a, u64 b, u64 c, u64 d)
{
	return ((a - ALGATE_ONES) | (b - ALGATE_ONES) | (c - ALGATE_ONES) |
		(d - ALGATE_ONES)) & ALGATE_HIGHS;
}

/* Words may begin before this: they end within @there, some behind @end. */
static __always_inline u32 algate_words_end(u32 end, u32 there)
{
	return there < 8 ? 0 : min_t(u32, end, there - 7);
}

/**
 * algate_find_byte() - find the first of a byte
 * @p: where to look
 * @c: byte to look for
 * @n: bytes there are
 *
 * memchr() in the kernel looks at one byte after the other.
 *
 * Return: where it is, or NULL.
 */
static __always_inline const u8 *algate_find_byte(const u8 *p, u8 c, u32 n)
{
	u64 pattern = c * ALGATE_ONES;
	u32 before = n;

	for (; n >= 32; n -= 32, p += 32) {
		u64 a = get_unaligned_le64(p) ^ pattern;
		u64 b = get_unaligned_le64(p + 8) ^ pattern;
		u64 d = get_unaligned_le64(p + 16) ^ pattern;
		u64 e = get_unaligned_le64(p + 24) ^ pattern;

		if (unlikely(algate_maybe_four(a, b, d, e)) &&
		    (algate_zero_bytes(a) | algate_zero_bytes(b) |
		     algate_zero_bytes(d) | algate_zero_bytes(e)))
			break;
	}
	for (; n >= 8; n -= 8, p += 8) {
		u64 hit = algate_zero_bytes(get_unaligned_le64(p) ^ pattern);

		if (hit)
			return p + (__builtin_ctzll(hit) >> 3);
	}
	if (n && before >= 8) {
		/* some of the bytes before again */
		u64 hit;

		p -= 8 - n;
		hit = algate_zero_bytes(get_unaligned_le64(p) ^ pattern);
		return hit ? p + (__builtin_ctzll(hit) >> 3) : NULL;
	}
	for (; n; n--, p++)
		if (*p == c)
			return p;
	return NULL;
}

/**
 * algate_find_member() - find the first byte of a set
 * @p: where to look
 * @n: bytes there are
 * @in: by byte, sets that have it
 * @bit: the set's
 *
 * Return: how many bytes are before it; @n if there is none.
 */
static __always_inline u32 algate_find_member(const u8 *p, u32 n, const u8 *in,
					      u8 bit)
{
	u32 i = 0;

	for (; n - i >= 8; i += 8, p += 8)
		if ((in[p[0]] | in[p[1]] | in[p[2]] | in[p[3]] | in[p[4]] |
		     in[p[5]] | in[p[6]] | in[p[7]]) & bit)
			break;
	for (; i < n && !(in[*p] & bit); i++, p++)
		;
	return i;
}

/**
 * algate_find_folded() - find the first of a letter, in whatever case
 * @p: where to look
 * @c: the letter, in small
 * @n: bytes there are
 *
 * Return: where it is, or NULL.
 */
static __always_inline const u8 *algate_find_folded(const u8 *p, u8 c, u32 n)
{
	u64 pattern = c * ALGATE_ONES;

	for (; n >= 8; n -= 8, p += 8) {
		u64 word = get_unaligned_le64(p) | 0x20 * ALGATE_ONES;
		u64 hit = algate_zero_bytes(word ^ pattern);

		if (hit)
			return p + (__builtin_ctzll(hit) >> 3);
	}
	for (; n; n--, p++)
		if ((*p | 0x20) == c)
			return p;
	return NULL;
}

/**
 * algate_find_few() - find the first of three bytes
 * @data: message
 * @at: where to begin
 * @end: where to stop
 * @there: bytes of the message, @end at least
 * @c: bytes to look for
 *
 * Return: where it is; @end if there is none.
 */
static __always_inline u32 algate_find_few(const u8 *data, u32 at, u32 end,
					   u32 there, const u8 *c)
{
	u32 last = algate_words_end(end, there);
	u64 a = c[0] * ALGATE_ONES;
	u64 b = c[1] * ALGATE_ONES;
	u64 d = c[2] * ALGATE_ONES;

	for (; at < last; at += 8) {
		u64 word = get_unaligned_le64(data + at);
		u64 hit;

		if (likely(!algate_maybe_any(word ^ a, word ^ b, word ^ d)))
			continue;
		hit = algate_zero_bytes(word ^ a) |
		      algate_zero_bytes(word ^ b) |
		      algate_zero_bytes(word ^ d);
		if (hit)
			return min_t(u32, at + (__builtin_ctzll(hit) >> 3),
				     end);
	}
	while (at < end && data[at] != c[0] && data[at] != c[1] &&
	       data[at] != c[2])
		at++;
	return min_t(u32, at, end);
}

/**
 * algate_find_low() - find the first of some bytes, none of them above a blank
 * @data: message
 * @at: where to begin
 * @end: where to stop
 * @there: bytes of the message, @end at least
 * @in: by byte ...
 * @bit: ... bits
 * @not: bytes to look for have none of these, else one
 *
 * Return: where it is; @end if there is none.
 */
static __always_inline u32 algate_find_low(const u8 *data, u32 at, u32 end,
					   u32 there, const u8 *in, u8 bit,
					   bool not)
{
	u32 last = algate_words_end(end, there);

	for (; at < end; at++) {
		while (at < last) {
			u64 word = get_unaligned_le64(data + at);
			u64 hit = (word - (' ' + 1) * ALGATE_ONES) & ~word &
				  ALGATE_HIGHS;

			if (hit) {
				at += __builtin_ctzll(hit) >> 3;
				break;
			}
			at += 8;
		}
		if (at >= end)
			break;
		if (!(in[data[at]] & bit) == not)
			break;
	}
	return min_t(u32, at, end);
}

/**
 * algate_find_line() - find the end of a line
 * @data: message
 * @at: where to begin
 * @end: where to stop
 * @there: bytes of the message, @end at least
 *
 * Return: where its LF is; @end if there is none.
 */
static __always_inline u32 algate_find_line(const u8 *data, u32 at, u32 end,
					    u32 there)
{
	u32 last = algate_words_end(end, there);

	for (; at < last; at += 8) {
		u64 word = get_unaligned_le64(data + at) ^
			   '\n' * ALGATE_ONES;
		u64 hit;

		if (likely(!algate_maybe_zero(word)))
			continue;
		hit = algate_zero_bytes(word);
		if (hit)
			return min_t(u32, at + (__builtin_ctzll(hit) >> 3),
				     end);
	}
	while (at < end && data[at] != '\n')
		at++;
	return min_t(u32, at, end);
}

/**
 * algate_is_plain() - is it a line, and surely without low bytes?
 * @p: bytes, the last of them LF
 * @len: how many, at least one
 *
 * Text has mostly nothing up to ALGATE_LOW, and nothing above 127: three
 * instructions for eight bytes say so.
 *
 * Return: if so, all bytes but the last are above ALGATE_LOW; if not, they may
 * be.
 */
static __always_inline bool algate_is_plain(const u8 *p, u32 len)
{
	const u8 *last, *at;
	u64 low;

	if (len < 8)
		return false;
	last = p + len - 8;
	/* the LF at the end is made to be none */
	low = algate_maybe_low(get_unaligned_le64(last) | 0x7fULL << 56);
	for (at = p; last - at >= 64; at += 64)
		low |= algate_maybe_low(get_unaligned_le64(at)) |
		       algate_maybe_low(get_unaligned_le64(at + 8)) |
		       algate_maybe_low(get_unaligned_le64(at + 16)) |
		       algate_maybe_low(get_unaligned_le64(at + 24)) |
		       algate_maybe_low(get_unaligned_le64(at + 32)) |
		       algate_maybe_low(get_unaligned_le64(at + 40)) |
		       algate_maybe_low(get_unaligned_le64(at + 48)) |
		       algate_maybe_low(get_unaligned_le64(at + 56));
	for (; at < last; at += 8)
		low |= algate_maybe_low(get_unaligned_le64(at));
	return !(low & ALGATE_HIGHS);
}

/* Length of a line's text: without the LF at @len and one CR before that. */
static __always_inline u32 algate_line_text(const u8 *p, u32 len)
{
	return len && p[len - 1] == '\r' ? len - 1 : len;
}

/* all capital letters in @word become small ones */
static __always_inline u64 algate_fold_word(u64 word)
{
	u64 low = word & ~ALGATE_HIGHS;
	u64 from_a = low + (0x80 - 'A') * ALGATE_ONES;
	u64 beyond_z = low + (0x7f - 'Z') * ALGATE_ONES;

	return word | ((from_a & ~beyond_z & ~word & ALGATE_HIGHS) >> 2);
}

static __always_inline bool algate_same_folded(const u8 *a, const u8 *b,
					       u32 len)
{
	for (; len >= 8; len -= 8, a += 8, b += 8) {
		u64 x = get_unaligned_le64(a);
		u64 y = get_unaligned_le64(b);

		if (x != y && algate_fold_word(x) != algate_fold_word(y))
			return false;
	}
	for (; len; len--, a++, b++)
		if (*a != *b && algate_fold(*a) != algate_fold(*b))
			return false;
	return true;
}

/* The @n bytes at @p, at most eight, as get_unaligned_le64() reads them. */
static __always_inline u64 algate_word_of(const u8 *p, u32 n)
{
	if (n >= 8)
		return get_unaligned_le64(p);
	if (n >= 4)
		return get_unaligned_le32(p) |
		       (u64)get_unaligned_le32(p + n - 4) << 8 * (n - 4);
	if (n >= 2)
		return get_unaligned_le16(p) |
		       (u32)get_unaligned_le16(p + n - 2) << 8 * (n - 2);
	return n ? *p : 0;
}

/* The first eight bytes of a literal, and which of their bits count. */
static inline void algate_word(const u8 *lit, u32 len, bool nocase, u64 *word,
			       u64 *mask)
{
	u32 i;

	*word = 0;
	*mask = 0;
	for (i = 0; i < min_t(u32, len, 8); i++) {
		bool letter = nocase && algate_fold(lit[i]) >= 'a' &&
			      algate_fold(lit[i]) <= 'z';

		*word |= (u64)lit[i] << (8 * i);
		*mask |= (u64)(letter ? 0xdf : 0xff) << (8 * i);
	}
	*word &= *mask;
}

#endif /* ALGATE_SCAN_H */

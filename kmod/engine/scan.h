/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Searches for bytes, a word of eight bytes at a time.
 */
#ifndef ALGATE_SCAN_H
#define ALGATE_SCAN_H

#include "platform.h"

#define ALGATE_ONES	0x0101010101010101ULL
#define ALGATE_HIGHS	0x8080808080808080ULL

#define ALGATE_LOW	'\n'	/* plain text has no byte up to LF */

static __always_inline u8 algate_fold(u8 c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/*
 * Set the high bit of each zero byte in @word. Only the lowest set bit is
 * exact, and marks the first zero byte in memory. Higher bits may be wrong: the
 * subtraction borrows from the byte above a zero byte.
 */
static __always_inline u64 algate_zero_bytes(u64 word)
{
	return (word - ALGATE_ONES) & ~word & ALGATE_HIGHS;
}

/*
 * False: @word has no zero byte. True: undecided, since bytes above 127, which
 * are rare in text, may also give true.
 */
static __always_inline bool algate_maybe_zero(u64 word)
{
	return (word - ALGATE_ONES) & ALGATE_HIGHS;
}

/* as algate_maybe_zero(), for three words */
static __always_inline bool algate_maybe_any(u64 a, u64 b, u64 c)
{
	return ((a - ALGATE_ONES) | (b - ALGATE_ONES) | (c - ALGATE_ONES)) &
	       ALGATE_HIGHS;
}

/*
 * If the result has no bit of ALGATE_HIGHS, @word has no byte up to ALGATE_LOW.
 * Otherwise, this is undecided.
 */
static __always_inline u64 algate_maybe_low(u64 word)
{
	return word - (ALGATE_LOW + 1) * ALGATE_ONES;
}

static __always_inline bool algate_maybe_four(u64 a, u64 b, u64 c, u64 d)
{
	return ((a - ALGATE_ONES) | (b - ALGATE_ONES) | (c - ALGATE_ONES) |
		(d - ALGATE_ONES)) & ALGATE_HIGHS;
}

/*
 * Bound on the offsets of word reads: a word at a lower offset ends within
 * @there, but maybe behind @end.
 */
static __always_inline u32 algate_words_end(u32 end, u32 there)
{
	return there < 8 ? 0 : min_t(u32, end, there - 7);
}

/**
 * algate_find_byte() - find the first occurrence of a byte
 * @p: bytes to search
 * @c: byte to find
 * @n: number of bytes at @p
 *
 * The kernel's memchr() compares a byte at a time.
 *
 * Context: Any context.
 *
 * Return: pointer to the byte, or NULL.
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
		/* the last word overlaps the bytes already searched */
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
 * @p: bytes to search
 * @n: number of bytes at @p
 * @in: for each byte value, a bitmap of the sets that contain it
 * @bit: mask of the set
 *
 * Context: Any context.
 *
 * Return: number of bytes before the found byte; @n if there is none.
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
 * algate_find_folded() - find the first occurrence of a letter in either case
 * @p: bytes to search
 * @c: the letter in lower case, a-z
 * @n: number of bytes at @p
 *
 * Context: Any context.
 *
 * Return: pointer to the letter, or NULL.
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
 * algate_find_line() - find the end of a line
 * @data: message
 * @at: offset to begin at
 * @end: offset to stop at
 * @there: number of bytes in the message, at least @end
 *
 * Context: Any context.
 *
 * Return: offset of the LF; @end if there is none.
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
 * algate_is_text_line() - test for a line without control characters
 * @p: bytes, the last byte is LF
 * @len: number of bytes at @p, at least 1
 *
 * The test takes three instructions for eight bytes. It may also fail because of
 * bytes above 127, but these are rare in text.
 *
 * Context: Any context.
 *
 * Return: true: all bytes but the last are above ALGATE_LOW; false: undecided.
 */
static __always_inline bool algate_is_text_line(const u8 *p, u32 len)
{
	const u8 *last, *at;
	u64 low;

	if (len < 8)
		return false;
	last = p + len - 8;
	/* hide the LF at the end */
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

/* Length of a line's text: drop the LF at offset @len and a CR before it. */
static __always_inline u32 algate_line_text(const u8 *p, u32 len)
{
	return len && p[len - 1] == '\r' ? len - 1 : len;
}

/* Convert the upper-case ASCII letters in @word to lower case. */
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

/* Read the @n bytes at @p, at most 8, like get_unaligned_le64(). */
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

/* The first 8 bytes of a literal as a word, and the mask of its bits. */
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

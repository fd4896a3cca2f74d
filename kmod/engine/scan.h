/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Looking for bytes, a word at a time.
 */
#ifndef ALGATE_SCAN_H
#define ALGATE_SCAN_H

#include "platform.h"

#define ALGATE_ONES	0x0101010101010101ULL
#define ALGATE_HIGHS	0x8080808080808080ULL

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

	for (; n >= 8; n -= 8, p += 8) {
		u64 hit = algate_zero_bytes(get_unaligned_le64(p) ^ pattern);

		if (hit)
			return p + (__builtin_ctzll(hit) >> 3);
	}
	for (; n; n--, p++)
		if (*p == c)
			return p;
	return NULL;
}

static __always_inline bool algate_same_folded(const u8 *a, const u8 *b, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		if (a[i] != b[i] && algate_fold(a[i]) != algate_fold(b[i]))
			return false;
	return true;
}

#endif /* ALGATE_SCAN_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's functions that the engine uses, for programs in userspace.
 */
#ifndef ALGCTL_PLATFORM_H
#define ALGCTL_PLATFORM_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define min_t(t, a, b) ((t)(a) < (t)(b) ? (t)(a) : (t)(b))
#define max_t(t, a, b) ((t)(a) > (t)(b) ? (t)(a) : (t)(b))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define fallthrough __attribute__((__fallthrough__))
#ifndef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#endif
#define __aligned(n) __attribute__((__aligned__(n)))
#define noinline __attribute__((__noinline__))
#define __always_unused __attribute__((__unused__))
#define __printf(a, b) __attribute__((__format__(printf, a, b)))

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

static inline u16 get_unaligned_le16(const void *p)
{
	const u8 *b = p;

	return b[0] | b[1] << 8;
}

static inline u32 get_unaligned_le32(const void *p)
{
	const u8 *b = p;

	return b[0] | b[1] << 8 | b[2] << 16 | (u32)b[3] << 24;
}

static inline u64 get_unaligned_le64(const void *p)
{
	const u8 *b = p;

	return get_unaligned_le32(b) | (u64)get_unaligned_le32(b + 4) << 32;
}

static inline u16 get_unaligned_be16(const void *p)
{
	const u8 *b = p;

	return b[0] << 8 | b[1];
}

static inline u32 get_unaligned_be32(const void *p)
{
	const u8 *b = p;

	return (u32)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
}

static inline void put_unaligned_be16(u16 v, void *p)
{
	u8 *b = p;

	b[0] = v >> 8;
	b[1] = v;
}

static inline void put_unaligned_be32(u32 v, void *p)
{
	u8 *b = p;

	b[0] = v >> 24;
	b[1] = v >> 16;
	b[2] = v >> 8;
	b[3] = v;
}

static inline void put_unaligned_le16(u16 v, void *p)
{
	u8 *b = p;

	b[0] = v;
	b[1] = v >> 8;
}

static inline void put_unaligned_le32(u32 v, void *p)
{
	u8 *b = p;

	b[0] = v;
	b[1] = v >> 8;
	b[2] = v >> 16;
	b[3] = v >> 24;
}

static inline u64 rol64(u64 word, unsigned int shift)
{
	return word << shift | word >> (64 - shift);
}

static inline void sip_round(u64 v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rol64(v[1], 13) ^ v[0];
	v[3] = rol64(v[3], 16) ^ v[2];
	v[0] = rol64(v[0], 32) + v[3];
	v[2] += v[1];
	v[3] = rol64(v[3], 21) ^ v[0];
	v[1] = rol64(v[1], 17) ^ v[2];
	v[2] = rol64(v[2], 32);
}

static inline void sip_word(u64 v[4], u64 word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

/* SipHash-2-4 */
static inline u64 algate_siphash(const void *data, size_t len,
				 const u64 key[2])
{
	u64 v[4] = {
		key[0] ^ 0x736f6d6570736575ULL,
		key[1] ^ 0x646f72616e646f6dULL,
		key[0] ^ 0x6c7967656e657261ULL,
		key[1] ^ 0x7465646279746573ULL,
	};
	u64 last = (u64)len << 56;
	const u8 *p = data;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8)
		sip_word(v, get_unaligned_le64(p + i));
	for (; i < len; i++)
		last |= (u64)p[i] << 8 * (i % 8);
	sip_word(v, last);
	v[2] ^= 0xff;
	for (i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Allocations before the failing allocation, set by tests; <0: none fails. */
extern long algate_fail_alloc;

static inline void *algate_alloc_atomic(size_t len)
{
	if (algate_fail_alloc >= 0 && algate_fail_alloc-- == 0)
		return NULL;
	return malloc(len ? len : 1);
}

static inline size_t algate_alloc_size(size_t len)
{
	return len;
}

static inline void algate_free(const void *p)
{
	free((void *)p);
}

static inline void *algate_alloc_big(size_t len)
{
	if (algate_fail_alloc >= 0 && algate_fail_alloc-- == 0)
		return NULL;
	return calloc(1, len ? len : 1);
}

static inline void algate_free_big(const void *p)
{
	free((void *)p);
}

#endif /* ALGCTL_PLATFORM_H */

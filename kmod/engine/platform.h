/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Platform layer of the engine: the kernel, or a program in userspace (the CLI,
 * the tests, the fuzzers; see tools/platform.h). Of the other files in this
 * folder, only run.h depends on the platform: the kernel does not count steps.
 */
#ifndef ALGATE_PLATFORM_H
#define ALGATE_PLATFORM_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/mm.h>
#include <linux/in.h>
#include <linux/socket.h>
/* for get_unaligned_*(), whose header has moved from asm/ to linux/ */
#include <linux/etherdevice.h>

static inline u64 algate_siphash(const void *data, size_t len,
				 const u64 key[2])
{
	const siphash_key_t k = { { key[0], key[1] } };

	return siphash(data, len, &k);
}

static inline void *algate_alloc_atomic(size_t len)
{
	return kmalloc(len, GFP_ATOMIC | __GFP_NOWARN);
}

/* the size that algate_alloc_atomic() really allocates for @len bytes */
static inline size_t algate_alloc_size(size_t len)
{
	return kmalloc_size_roundup(len);
}

/* Common case: @p is NULL. The inline test saves a call of kfree(). */
static inline void algate_free(const void *p)
{
	if (likely(!p))
		return;
	kfree(p);
}

/* may sleep; zeroed */
static inline void *algate_alloc_big(size_t len)
{
	return kvzalloc(len, GFP_KERNEL_ACCOUNT);
}

static inline void algate_free_big(const void *p)
{
	kvfree(p);
}
#else
#include "../../tools/platform.h"
#endif /* __KERNEL__ */

#include "../../include/uapi/linux/algate.h"

/* sequence numbers wrap (RFC 9293, section 3.4) */
static inline bool algate_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool algate_after(u32 a, u32 b)
{
	return algate_before(b, a);
}

#endif /* ALGATE_PLATFORM_H */

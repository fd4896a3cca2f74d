// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that a flow's packets make: within a budget, which the caller has.
 */
#include "stream_internal.h"

/**
 * algate_stream_alloc() - memory for what a flow's packets make
 * @s: stream
 * @len: bytes
 *
 * Return: the memory, or NULL. A counter says why.
 */
void *algate_stream_alloc(struct algate_stream *s, u32 len)
{
	s32 size = algate_alloc_size(len);
	void *p;

	if (s->charge && !s->charge(s->ctx, size))
		return NULL;
	p = algate_alloc_atomic(len);
	if (p)
		return p;
	if (s->charge)
		s->charge(s->ctx, -size);
	s->count(s->ctx, ALGATE_C_NO_MEMORY, 1);
	return NULL;
}

/**
 * algate_stream_free() - give memory back
 * @s: stream
 * @p: what algate_stream_alloc() returned
 * @len: how many bytes that was
 */
void algate_stream_free(struct algate_stream *s, const void *p, u32 len)
{
	algate_free(p);
	if (s->charge)
		s->charge(s->ctx, -(s32)algate_alloc_size(len));
}

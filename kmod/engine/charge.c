// SPDX-License-Identifier: GPL-2.0
/*
 * Allocate memory for a flow's packets, within the budget of the caller.
 */
#include "stream_internal.h"

/**
 * algate_stream_alloc() - allocate memory and charge the flow's budget
 * @s: stream
 * @len: number of bytes
 *
 * Return: the memory, or NULL. Without memory, ALGATE_C_NO_MEMORY counts the
 * failure. Over budget, algate_stream.charge may count the failure.
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
 * algate_stream_free() - free memory and give back the charged bytes
 * @s: stream
 * @p: memory from algate_stream_alloc()
 * @len: length of the memory, as passed to algate_stream_alloc()
 */
void algate_stream_free(struct algate_stream *s, const void *p, u32 len)
{
	algate_free(p);
	if (s->charge)
		s->charge(s->ctx, -(s32)algate_alloc_size(len));
}

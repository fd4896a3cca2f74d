// SPDX-License-Identifier: GPL-2.0
/*
 * Memory budget of a namespace. The budget covers memory allocated by packets:
 * pending rewrites, held bytes, table entries, port mappings, cold stats and
 * the list of stopped flows. Flows themselves have a separate limit.
 *
 * A flow counts the bytes charged, and returns all of them at the end. A child
 * charges held bytes, rewrites and table entries to its root. A single
 * host may use up the budget while no other host asks; see share.c.
 */
#include <linux/mm.h>
#include <linux/sizes.h>

#include "algate.h"

/* default budget: 1/SHARE of the machine's memory */
#define SHARE	256

/**
 * algate_memory_default() - default memory budget of a namespace
 *
 * Return: bytes, between 1 MB and ALGATE_MEMORY_MAX.
 */
u32 algate_memory_default(void)
{
	u64 bytes = (u64)totalram_pages() << PAGE_SHIFT;

	return clamp_t(u64, bytes / SHARE, SZ_1M, ALGATE_MEMORY_MAX);
}

/**
 * algate_memory_charge() - charge memory to the budget
 * @flow: flow; @flow->root->lock is held
 * @len: bytes
 *
 * Context: BHs off.
 *
 * Return: false when both the budget and the host's share are used up, or when
 * the flow has ended.
 */
bool algate_memory_charge(struct algate_flow *flow, u32 len)
{
	struct algate_net *an = flow->use->an;
	u32 limit = READ_ONCE(an->limits.memory);

	lockdep_assert_held(&flow->root->lock);
	/* A released flow has returned all charges; later ones would leak. */
	if (flow->ended && !flow->members)
		return false;
	if (atomic_long_add_return(len, &an->memory) > limit &&
	    !algate_share_room(flow, ALGATE_SHARED_MEMORY, len, limit)) {
		atomic_long_sub(len, &an->memory);
		return false;
	}
	flow->memory += len;
	algate_share_taken(flow, ALGATE_SHARED_MEMORY, len);
	return true;
}

/**
 * algate_memory_take() - charge memory that belongs to no flow to the budget
 * @an: namespace
 * @len: bytes
 *
 * Context: any.
 *
 * Return: false when the budget is used up.
 */
bool algate_memory_take(struct algate_net *an, u32 len)
{
	if (atomic_long_add_return(len, &an->memory) <=
	    READ_ONCE(an->limits.memory))
		return true;
	algate_memory_give(an, len);
	return false;
}

/**
 * algate_memory_give() - return memory that belongs to no flow
 * @an: namespace
 * @len: bytes
 *
 * Context: any.
 */
void algate_memory_give(struct algate_net *an, u32 len)
{
	atomic_long_sub(len, &an->memory);
}

/**
 * algate_memory_uncharge() - return memory to the budget
 * @flow: flow with at least @len bytes charged; @flow->root->lock is held
 * @len: bytes
 *
 * Context: BHs off.
 */
void algate_memory_uncharge(struct algate_flow *flow, u32 len)
{
	lockdep_assert_held(&flow->root->lock);
	WARN_ON_ONCE(len > flow->memory);
	flow->memory -= len;
	atomic_long_sub(len, &flow->use->an->memory);
	algate_share_taken(flow, ALGATE_SHARED_MEMORY, -len);
}

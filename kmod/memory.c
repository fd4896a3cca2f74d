// SPDX-License-Identifier: GPL-2.0
/*
 * The budget of a namespace for memory that packets make: pending rewrites,
 * held bytes, entries of tables, bindings, and counters that a flow has no room
 * for. Flows themselves have a limit of their own.
 *
 * A flow knows how much it has taken, and gives it back when it ends. One host
 * may use up the budget while no other host asks; see share.c.
 */
#include <linux/mm.h>
#include <linux/sizes.h>

#include "algate.h"

/* a namespace's part of the machine's memory */
#define PART	256

/**
 * algate_memory_default() - the budget of a namespace, unless it is set
 *
 * Return: bytes, between 1 MB and ALGATE_MEMORY_MAX.
 */
u32 algate_memory_default(void)
{
	u64 bytes = (u64)totalram_pages() << PAGE_SHIFT;

	return clamp_t(u64, bytes / PART, SZ_1M, ALGATE_MEMORY_MAX);
}

/**
 * algate_memory_charge() - take memory from the budget
 * @flow: flow, its lock held
 * @len: bytes
 *
 * Context: BHs off.
 *
 * Return: false when the budget is used up, and the host's share of it; or the
 * flow has ended.
 */
bool algate_memory_charge(struct algate_flow *flow, u32 len)
{
	struct algate_net *an = flow->use->an;
	u32 limit = READ_ONCE(an->limits.memory);

	lockdep_assert_held(&flow->lock);
	/* Nothing is given back after the end. */
	if (flow->ended)
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
 * algate_memory_uncharge() - give memory back to the budget
 * @flow: flow, its lock held; it has taken as much
 * @len: bytes
 *
 * Context: BHs off.
 */
void algate_memory_uncharge(struct algate_flow *flow, u32 len)
{
	lockdep_assert_held(&flow->lock);
	WARN_ON_ONCE(len > flow->memory);
	flow->memory -= len;
	atomic_long_sub(len, &flow->use->an->memory);
	algate_share_taken(flow, ALGATE_SHARED_MEMORY, -len);
}

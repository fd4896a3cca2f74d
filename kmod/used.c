// SPDX-License-Identifier: GPL-2.0
/*
 * Used expectations that conntrack still lists. Open vSwitch and tc look up an
 * expectation without removal until the expected flow is committed. A flow
 * remembers its last used expectations, so that each use counts once.
 */
#include "algate.h"
#include "expect.h"

/**
 * algate_used_has() - was an expectation used that conntrack still lists?
 * @flow: flow
 * @exp: expectation of @flow
 *
 * Context: under RCU.
 *
 * Return: true if the flow remembers a use of @exp.
 */
bool algate_used_has(const struct algate_flow *flow,
		     const struct nf_conntrack_expect *exp)
{
	const struct algate_used *used;
	unsigned int i;

	used = rcu_dereference(algate_flow_cold(flow)->used);
	if (likely(!used))
		return false;
	for (i = 0; i < READ_ONCE(used->n); i++)
		if (READ_ONCE(used->exp[i]) == exp)
			return true;
	return false;
}

/* The flow's used expectations. @flow->root->lock is held. */
static struct algate_used *used_of(const struct algate_flow *flow)
{
	const spinlock_t *lock = &flow->root->lock;
	const struct algate_cold *cold;

	cold = rcu_dereference_protected(flow->cold, lockdep_is_held(lock));
	return cold ? rcu_dereference_protected(cold->used,
						lockdep_is_held(lock)) :
		      NULL;
}

/* The same, allocated if missing; NULL without memory or budget. */
static struct algate_used *used_get(struct algate_flow *flow)
{
	struct algate_cold *cold = algate_flow_cold_get(flow);
	struct algate_used *used = used_of(flow);
	u32 len = algate_alloc_size(sizeof(*used));

	if (used || !cold || !algate_memory_charge(flow, len))
		return used;
	used = algate_alloc_atomic(len);
	if (!used) {
		algate_memory_uncharge(flow, len);
		return NULL;
	}
	memset(used, 0, sizeof(*used));
	rcu_assign_pointer(cold->used, used);
	return used;
}

/**
 * algate_used_first() - is this the first use of an expectation?
 * @flow: flow; @flow->root->lock is held
 * @exp: expectation of @flow that a packet uses
 *
 * A use counts once. Without memory the use is not remembered and may count
 * again.
 *
 * Context: BHs off, under RCU.
 *
 * Return: false if the use has been counted.
 */
bool algate_used_first(struct algate_flow *flow,
		       const struct nf_conntrack_expect *exp)
{
	struct algate_used *used;

	if (algate_used_has(flow, exp))
		return false;
	if (exp->flags & NF_CT_EXPECT_PERMANENT ||
	    exp->lnode.pprev == LIST_POISON2)
		return true;
	used = used_get(flow);
	if (!used)
		return true;
	WRITE_ONCE(used->exp[used->next], exp);
	used->next = (used->next + 1) % ALGATE_MAX_USED;
	if (used->n < ALGATE_MAX_USED)
		WRITE_ONCE(used->n, used->n + 1);
	return true;
}

/**
 * algate_used_forget() - forget an earlier expectation at the same address
 * @flow: flow; @flow->root->lock is held
 * @exp: new expectation
 *
 * The new expectation may reuse the memory of a used expectation.
 */
void algate_used_forget(struct algate_flow *flow,
			const struct nf_conntrack_expect *exp)
{
	struct algate_used *used = used_of(flow);
	unsigned int i;

	for (i = 0; used && i < used->n; i++)
		if (used->exp[i] == exp)
			WRITE_ONCE(used->exp[i], NULL);
}

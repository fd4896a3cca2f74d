// SPDX-License-Identifier: GPL-2.0
/*
 * Extended life: a rule may keep the conntrack entry of a flow for a time, for
 * example as long as a registration lasts. Each packet sets the timeout of the
 * entry anew, so each packet raises the timeout again.
 */
#include <net/netfilter/nf_conntrack_core.h>

#include "algate.h"
#include "packet.h"

static void flow_linger(struct nf_conn *ct, u32 until)
{
	u32 left = until - nfct_time_stamp;

	if (test_bit(IPS_FIXED_TIMEOUT_BIT, &ct->status))
		return;
	if (!nf_ct_is_confirmed(ct))
		ct->timeout = max(ct->timeout, left);
	else if ((s32)(READ_ONCE(ct->timeout) - until) < 0)
		WRITE_ONCE(ct->timeout, until);
}

/**
 * algate_flow_extend() - extend the life of the conntrack entry
 * @flow: flow; @flow->root->lock is held
 * @ct: conntrack entry of @flow
 * @seconds: minimum lifetime from now, at most ALGATE_TIME_MAX; 0 restores
 *	conntrack's own timeout
 * @answered: the message confirms an opening; otherwise a longer life stays
 */
void algate_flow_extend(struct algate_flow *flow, struct nf_conn *ct,
			u32 seconds, bool answered)
{
	u32 until = nfct_time_stamp +
		    min_t(u32, seconds, ALGATE_TIME_MAX) * HZ;

	lockdep_assert_held(&flow->root->lock);
	if (seconds && !answered && flow->extended &&
	    (s32)(flow->until - until) > 0)
		return;
	WRITE_ONCE(flow->until, until);
	WRITE_ONCE(flow->extended, seconds);
	if (seconds)
		flow_linger(ct, flow->until);
}

/* The extended life is over. Its end must not be compared once jiffies wrap. */
static noinline void flow_extended(struct algate_flow *flow)
{
	spin_lock_bh(&flow->root->lock);
	if ((s32)(flow->until - nfct_time_stamp) <= 0)
		WRITE_ONCE(flow->extended, false);
	spin_unlock_bh(&flow->root->lock);
}

/**
 * algate_flow_linger() - raise the timeout of the entry to the extended life
 * @flow: flow; @flow->root->lock is not held
 * @ct: conntrack entry of @flow; a packet has just refreshed the timeout
 */
void algate_flow_linger(struct algate_flow *flow, struct nf_conn *ct)
{
	if ((s32)(READ_ONCE(flow->until) - nfct_time_stamp) > 0)
		flow_linger(ct, READ_ONCE(flow->until));
	else
		flow_extended(flow);
}

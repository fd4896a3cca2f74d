// SPDX-License-Identifier: GPL-2.0
/*
 * The sweep: every two seconds a namespace with flows searches for expired
 * expectations, and for flows without a conntrack entry. Conntrack has no
 * callback for either.
 */
#include "algate.h"
#include "expect.h"

#define SWEEP_PERIOD	(2 * HZ)
/*
 * Flows checked per sweep for a conntrack entry: SWEEP_FLOWS, or 1/SWEEP_PART
 * of all flows if larger. A round over all flows then takes about two minutes.
 */
#define SWEEP_FLOWS	1024
#define SWEEP_PART	64

/* Insert the flow into the timer wheel at flow->due. */
static void wheel_put(struct algate_flow *flow)
{
	struct algate_net *an = flow->use->an;
	s32 left = flow->missing ? 0 : flow->due - nfct_time_stamp;
	u32 ticks = clamp(DIV_ROUND_UP(left, SWEEP_PERIOD), 1,
			  ALGATE_WHEEL - 1);

	xa_lock(&an->flows);
	if (!hlist_unhashed(&flow->wait))
		hlist_del_init(&flow->wait);
	hlist_add_head(&flow->wait,
		       &an->wheel[(an->tick + ticks) % ALGATE_WHEEL]);
	xa_unlock(&an->flows);
}

/**
 * algate_sweep_wait() - schedule a check of a flow's expectations
 * @flow: flow; @flow->root->lock is held
 * @seconds: maximum delay of the check
 *
 * Conntrack removes an expectation without a callback. Flows with open
 * expectations are in the timer wheel, so a sweep visits only flows with an
 * expired timer.
 */
void algate_sweep_wait(struct algate_flow *flow, u32 seconds)
{
	u32 due = nfct_time_stamp + min_t(u32, seconds, ALGATE_TIME_MAX) * HZ;

	lockdep_assert_held(&flow->root->lock);
	if (!flow->missing) {
		if (!hlist_unhashed_lockless(&flow->wait) &&
		    (s32)(due - flow->due) >= 0)
			return;
		flow->due = due;
	}
	wheel_put(flow);
}

/* Count expired expectations; open expectations keep the flow in the wheel. */
static void flow_visit(struct algate_flow *flow)
{
	u32 seconds = 0;

	spin_lock_bh(&flow->root->lock);
	if (flow->ended || !flow->expecting) {
		/* nothing to wait for */
	} else if (!flow->missing &&
		   (s32)(flow->due - nfct_time_stamp) > SWEEP_PERIOD) {
		/* beyond the range of the wheel */
		wheel_put(flow);
	} else {
		if (nf_ct_is_confirmed(flow->ct))
			seconds = algate_expect_settle(flow, flow->ct);
		if (flow->expecting)
			algate_sweep_wait(flow, seconds);
	}
	spin_unlock_bh(&flow->root->lock);
}

static struct algate_flow *wheel_take(struct algate_net *an,
				      struct hlist_head *slot)
{
	struct algate_flow *flow;

	xa_lock_bh(&an->flows);
	flow = hlist_entry_safe(slot->first, struct algate_flow, wait);
	if (flow)
		hlist_del_init(&flow->wait);
	xa_unlock_bh(&an->flows);
	return flow;
}

/* Visit the flows in the next slot of the wheel. */
static void sweep_wheel(struct algate_net *an)
{
	struct algate_flow *flow;
	struct hlist_head *slot;

	xa_lock_bh(&an->flows);
	an->tick++;
	xa_unlock_bh(&an->flows);
	slot = &an->wheel[an->tick % ALGATE_WHEEL];
	do {
		rcu_read_lock();
		flow = wheel_take(an, slot);
		if (flow)
			flow_visit(flow);
		rcu_read_unlock();
		cond_resched();
	} while (flow);
}

/*
 * Conntrack has no callback for a never confirmed entry, nor after ctnetlink
 * removed the helper. The flow holds the last reference to a never confirmed
 * entry.
 */
static bool flow_is_stale(const struct algate_flow *flow)
{
	const struct nf_conn *ct = flow->ct;

	return refcount_read(&ct->ct_general.use) == 1 ||
	       (nf_ct_is_confirmed(ct) && !algate_flow_helped(ct));
}

static void guest_visit(struct algate_flow *flow)
{
	spin_lock_bh(&flow->root->lock);
	algate_heir_settle(flow);
	spin_unlock_bh(&flow->root->lock);
}

/*
 * End some of the flows that conntrack has forgotten, and withdraw the openings
 * of guests whose hosts have ended.
 */
static void sweep_stale(struct algate_net *an)
{
	unsigned int n = max_t(u32, READ_ONCE(an->nflows) / SWEEP_PART,
			       SWEEP_FLOWS);
	struct algate_flow *flow;

	do {
		rcu_read_lock();
		flow = algate_flow_next(an, &an->swept);
		if (flow && flow_is_stale(flow))
			algate_flow_end(flow, NULL);
		else if (flow && unlikely(flow->depth))
			guest_visit(flow);
		rcu_read_unlock();
		cond_resched();
		an->swept = flow ? an->swept + 1 : 0;
	} while (flow && --n);
}

/* Queue the next sweep; the lock of @an->flows is held. */
static void sweep_queue(struct algate_net *an)
{
	queue_delayed_work(system_power_efficient_wq, &an->sweep,
			   SWEEP_PERIOD);
}

static void sweep(struct work_struct *work)
{
	struct algate_net *an = container_of(to_delayed_work(work),
					     struct algate_net, sweep);

	sweep_wheel(an);
	sweep_stale(an);
	xa_lock_bh(&an->flows);
	/* The next flow restarts the sweep. */
	an->sweeping = an->nflows;
	if (an->sweeping)
		sweep_queue(an);
	xa_unlock_bh(&an->flows);
}

/**
 * algate_sweep_start() - start the sweep of a namespace, unless running
 * @an: namespace with a flow
 *
 * Context: under the lock of @an->flows.
 */
void algate_sweep_start(struct algate_net *an)
{
	if (an->sweeping)
		return;
	an->sweeping = true;
	sweep_queue(an);
}

/**
 * algate_sweep_init() - prepare the sweep of a namespace
 * @an: namespace
 *
 * Context: any.
 */
void algate_sweep_init(struct algate_net *an)
{
	INIT_DELAYED_WORK(&an->sweep, sweep);
}

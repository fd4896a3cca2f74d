// SPDX-License-Identifier: GPL-2.0
/*
 * The expectations of a flow, and what became of those that are gone:
 *
 *	opened = used + expired + cancelled + algate_flow.expecting
 *
 * holds whenever the flow's lock is free. Conntrack takes expectations away
 * without a word: when they ran out, and when it needs their place. What this
 * module withdraws it therefore takes away itself, under conntrack's lock,
 * which tells whether it was still there; and it never lets conntrack come to
 * need a place.
 */
#include <linux/rcupdate.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_nat_helper.h>

#include "algate.h"
#include "compat.h"

/*
 * Set when it was used and conntrack has not taken it away: Open vSwitch and tc
 * look an expected flow up without, until they commit it.
 */
#define EXPECT_USED	BIT(31)

static void expecting_set(struct algate_flow *flow, u16 n)
{
	atomic_add((int)n - flow->expecting, &flow->an->nexpects);
	flow->expecting = n;
}

/* @n of them are gone */
static void expecting_less(struct algate_flow *flow, u16 n,
			   enum algate_counter why)
{
	n = min(n, flow->expecting);
	algate_count(flow, why, n);
	expecting_set(flow, flow->expecting - n);
}

/* A use of @exp counts once; the flow's lock is held. */
static bool expect_first_use(struct nf_conntrack_expect *exp)
{
	if (exp->flags & EXPECT_USED)
		return false;
	if (!(exp->flags & NF_CT_EXPECT_PERMANENT) &&
	    exp->lnode.pprev != LIST_POISON2)
		exp->flags |= EXPECT_USED;
	return true;
}

/**
 * algate_expect_used() - an expected flow's first packet arrived
 * @ct: conntrack entry of that flow
 * @exp: expectation, which conntrack has mostly taken away by then
 *
 * Context: the packet's path, under RCU.
 */
void algate_expect_used(struct nf_conn *ct, struct nf_conntrack_expect *exp)
{
	struct nf_conn *master = exp->master;
	struct algate_flow *flow;
	bool first;

	if (master->status & IPS_NAT_MASK && algate_expect_follows(exp))
		nf_nat_follow_master(ct, exp);
	flow = algate_flow_find(master);
	if (!flow)
		return;
	spin_lock_bh(&flow->lock);
	first = expect_first_use(exp);
	/* one that has ended has counted it as gone */
	if (first && !flow->ended) {
		algate_count(flow, ALGATE_C_USED, 1);
		if (flow->expecting && !(exp->flags & NF_CT_EXPECT_PERMANENT))
			expecting_set(flow, flow->expecting - 1);
		/* it may have been among those that were missing */
		if (flow->missing && !--flow->missing)
			flow->due = nfct_time_stamp;
	}
	spin_unlock_bh(&flow->lock);
	if (first)
		algate_event_expect(flow, ALGATE_EV_EXPECT_USED, exp);
}

/* ctnetlink can add others */
static bool is_open(const struct nf_conntrack_expect *exp)
{
	return exp->expectfn == algate_expect_used &&
	       !(READ_ONCE(exp->flags) & EXPECT_USED) &&
	       !algate_expect_gone(exp);
}

/* how many there are; *@left: seconds until the first runs out */
static unsigned int expect_count(const struct nf_conn *ct, u32 *left)
{
	const struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_expect *exp;
	unsigned int n = 0;

	*left = U32_MAX;
	if (!help)
		return 0;
	hlist_for_each_entry_rcu(exp, &help->expectations, lnode) {
		if (!is_open(exp))
			continue;
		*left = min(*left, algate_expect_left(exp));
		n++;
	}
	return n;
}

/**
 * algate_expect_settle() - count the expectations that went without a word
 * @flow: flow, its lock held
 * @ct: its conntrack entry
 *
 * One that is missing has run out, or a packet has just used it and is on its
 * way to algate_expect_used(), where it gets within a grace period.
 *
 * Context: under RCU.
 *
 * Return: in how many seconds there may be more to count.
 */
u32 algate_expect_settle(struct algate_flow *flow, const struct nf_conn *ct)
{
	u32 left;
	unsigned int n = expect_count(ct, &left);
	u16 missing = flow->expecting > n ? flow->expecting - n : 0;

	lockdep_assert_held(&flow->lock);
	if (flow->missing && poll_state_synchronize_rcu(flow->missing_since)) {
		n = min(missing, flow->missing);
		flow->missing = 0;
		flow->due = nfct_time_stamp;
		missing -= n;
		expecting_less(flow, n, ALGATE_C_EXPIRED);
		if (n)
			algate_event_expect(flow, ALGATE_EV_EXPECT_EXPIRED,
					    NULL);
	}
	if (missing && !flow->missing) {
		flow->missing = missing;
		flow->missing_since = start_poll_synchronize_rcu();
	}
	return flow->missing ? 0 : left + 1;
}

/**
 * algate_expect_end() - a flow goes: its expectations go with it
 * @flow: flow, its lock held, and marked as ended
 * @ct: its conntrack entry, NULL: that has lost its expectations already
 *
 * Context: under RCU.
 */
void algate_expect_end(struct algate_flow *flow, const struct nf_conn *ct)
{
	u32 left;
	unsigned int n = ct ? expect_count(ct, &left) : flow->expecting;

	if (n < flow->expecting)
		expecting_less(flow, flow->expecting - n, ALGATE_C_EXPIRED);
	expecting_less(flow, flow->expecting, ALGATE_C_CANCELLED);
}

/**
 * algate_expect_opened() - account what a message did
 * @flow: flow, its lock held
 * @opened: how many expectations it opened
 * @withdrawn: how many of these and of older ones were withdrawn for it
 */
void algate_expect_opened(struct algate_flow *flow, unsigned int opened,
			  unsigned int withdrawn)
{
	unsigned int n = flow->expecting + opened;

	lockdep_assert_held(&flow->lock);
	withdrawn = min(n, withdrawn);
	algate_count(flow, ALGATE_C_OPENED, opened);
	algate_count(flow, ALGATE_C_CANCELLED, withdrawn);
	expecting_set(flow, n - withdrawn);
}

/**
 * algate_expect_withdraw() - take an expectation away
 * @exp: expectation, which a reference or RCU keeps
 *
 * Context: BHs off.
 *
 * Return: true; false when it was gone before, most likely since a packet has
 * used it.
 */
bool algate_expect_withdraw(struct nf_conntrack_expect *exp)
{
	bool there;

	spin_lock(&nf_conntrack_expect_lock);
	there = exp->lnode.pprev != LIST_POISON2;
	if (there)
		algate_expect_unlink(exp);
	spin_unlock(&nf_conntrack_expect_lock);
	return there;
}

/**
 * algate_expect_age() - take the oldest one of a class away
 * @others: as algate_expect_replace() has filled it in; there are some
 *
 * Others, which ctnetlink has added, stay.
 *
 * Context: BHs off, and under the same RCU.
 *
 * Return: whether it was there, and ours.
 */
bool algate_expect_age(const struct algate_others *others)
{
	return is_open(others->oldest) &&
	       algate_expect_withdraw(others->oldest);
}

/* An older one like @exp, or NULL; then @others are those of its class. */
static __always_inline struct nf_conntrack_expect *
expect_like(const struct nf_conntrack_expect *exp, struct algate_others *others)
{
	const struct nf_conn_help *help = nfct_help(exp->master);
	struct nf_conntrack_expect *old;

	if (!help)
		return NULL;
	/* what differs most comes first: a flow may have many */
	hlist_for_each_entry_rcu(old, &help->expectations, lnode) {
		if (old->tuple.dst.u.all == exp->tuple.dst.u.all &&
		    old->class == exp->class &&
		    nf_ct_tuple_equal(&old->tuple, &exp->tuple) &&
		    nf_ct_tuple_mask_equal(&old->mask, &exp->mask) &&
		    is_open(old))
			return old;
		if (others && old->class == exp->class) {
			others->oldest = old;
			others->n++;
		}
	}
	return NULL;
}

/**
 * algate_expect_replace() - take away an older one like this, if there is one
 * @exp: expectation that is about to be opened
 * @others: filled in: those of its class, none if one was taken away; or NULL
 *
 * Conntrack would do so on its own.
 *
 * Context: BHs off, under RCU, which keeps @others->oldest.
 *
 * Return: whether there was one.
 */
bool algate_expect_replace(const struct nf_conntrack_expect *exp,
			   struct algate_others *others)
{
	struct algate_others seen = { 0 };
	struct nf_conntrack_expect *old;

	if (!others) {
		old = expect_like(exp, NULL);
		return old && algate_expect_withdraw(old);
	}
	old = expect_like(exp, &seen);
	if (old)
		seen.n = 0;
	*others = seen;
	return old && algate_expect_withdraw(old);
}

/* the same, for another flow of the same plug-in; under conntrack's lock */
static bool is_twin(const struct nf_conntrack_expect *old,
		    const struct nf_conntrack_expect *exp)
{
	const struct nf_conn_help *help = nfct_help(exp->master);
	const struct nf_conn_help *other = nfct_help(old->master);

	return is_open(old) && old->class == exp->class && help && other &&
	       rcu_access_pointer(other->helper) ==
	       rcu_access_pointer(help->helper) &&
	       nf_ct_tuple_equal(&old->tuple, &exp->tuple) &&
	       nf_ct_tuple_mask_equal(&old->mask, &exp->mask) &&
	       nf_inet_addr_cmp(&old->saved_addr, &exp->saved_addr) &&
	       old->saved_proto.all == exp->saved_proto.all;
}

/**
 * algate_expect_take_over() - take away another flow's one that is the same
 * @exp: expectation that is about to be opened, and cannot wait elsewhere
 *
 * Who asks a port mapper twice does so in two flows. What both open is the
 * same, and is to live as long as the newer flow. The other one notices that
 * it is gone, as if it had run out.
 *
 * An expectation has no reference to its master, whose extensions are freed
 * without a grace period: they are there while it is, under the lock.
 *
 * Context: BHs off, under RCU.
 *
 * Return: whether there was one.
 */
bool algate_expect_take_over(const struct nf_conntrack_expect *exp)
{
	struct nf_conntrack_expect *old;
	bool there;

	spin_lock(&nf_conntrack_expect_lock);
	old = __nf_ct_expect_find(nf_ct_net(exp->master),
				  nf_ct_zone(exp->master), &exp->tuple);
	there = old && is_twin(old, exp);
	if (there)
		algate_expect_unlink(old);
	spin_unlock(&nf_conntrack_expect_lock);
	return there;
}

/**
 * algate_expect_trim() - take away what classes have too many of
 * @ct: their master
 * @most: by class, how many may stay: the newest
 *
 * Others, which ctnetlink has added, are counted, but not taken away.
 *
 * Context: BHs off, under RCU, and the flow's lock: nobody else adds any.
 *
 * Return: how many were taken away.
 */
unsigned int algate_expect_trim(const struct nf_conn *ct,
				const u8 most[ALGATE_MAX_CLASSES])
{
	const struct nf_conn_help *help = nfct_help(ct);
	unsigned int seen[ALGATE_MAX_CLASSES] = {};
	struct nf_conntrack_expect *exp;
	struct hlist_node *next;
	unsigned int n = 0;

	if (!help)
		return 0;
	spin_lock(&nf_conntrack_expect_lock);
	hlist_for_each_entry_safe(exp, next, &help->expectations, lnode) {
		/* a flow may have many: the most of these are gone over here */
		if (++seen[exp->class] <= most[exp->class] || !is_open(exp))
			continue;
		algate_expect_unlink(exp);
		n++;
	}
	spin_unlock(&nf_conntrack_expect_lock);
	return n;
}

static bool is_at(const struct nf_conntrack_expect *exp, u8 class, u8 proto,
		  const struct algate_end *end, u8 count)
{
	u16 port = ntohs(exp->tuple.dst.u.all);

	return is_open(exp) && exp->class == class &&
	       exp->tuple.dst.protonum == proto && port >= end->port &&
	       port - end->port < count &&
	       !memcmp(&exp->tuple.dst.u3, end->addr, sizeof(end->addr));
}

/**
 * algate_expect_active() - is something open already, and confirmed?
 * @ct: its master
 * @o: what is to be opened
 *
 * Context: under RCU.
 */
bool algate_expect_active(const struct nf_conn *ct,
			  const struct algate_opening *o)
{
	const struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_expect *exp;

	if (!help)
		return false;
	hlist_for_each_entry_rcu(exp, &help->expectations, lnode)
		if (is_at(exp, o->act->class, o->act->proto, &o->mapped,
			  o->act->count) &&
		    !(READ_ONCE(exp->flags) & NF_CT_EXPECT_INACTIVE))
			return true;
	return false;
}

/**
 * algate_expect_bound() - confirm or withdraw the expectations of a binding
 * @ct: their master
 * @b: binding
 * @time: seconds that they stay; 0: they are withdrawn
 *
 * Context: BHs off.
 *
 * Return: how many were withdrawn.
 */
unsigned int algate_expect_bound(const struct nf_conn *ct,
				 const struct algate_binding *b, u32 time)
{
	const struct nf_conn_help *help = nfct_help(ct);
	struct nf_conntrack_expect *exp;
	struct hlist_node *next;
	unsigned int n = 0;

	if (!help)
		return 0;
	spin_lock(&nf_conntrack_expect_lock);
	hlist_for_each_entry_safe(exp, next, &help->expectations, lnode) {
		if (!is_at(exp, b->class, b->proto, &b->mapped, b->count))
			continue;
		if (time) {
			algate_expect_refresh(exp, time);
			continue;
		}
		algate_expect_unlink(exp);
		n++;
	}
	spin_unlock(&nf_conntrack_expect_lock);
	return n;
}

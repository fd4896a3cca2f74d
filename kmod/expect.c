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

static void expecting_set(struct algate_flow *flow, u16 n)
{
	int more = (int)n - flow->expecting;

	atomic_add(more, &flow->use->an->nexpects);
	algate_share_taken(flow, ALGATE_SHARED_EXPECTS, more);
	atomic_add(!!n - !!flow->expecting, &flow->use->an->nexpecting);
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

/*
 * Was it used, though conntrack has not taken it away? Open vSwitch and tc look
 * an expected flow up without, until they commit it.
 */
static bool is_used(const struct algate_flow *flow,
		    const struct nf_conntrack_expect *exp)
{
	const struct algate_rare *rare = algate_flow_rare(flow);
	unsigned int i;

	for (i = 0; i < rare->nused; i++)
		if (READ_ONCE(rare->used[i]) == exp)
			return true;
	return false;
}

/*
 * A use of @exp counts once; the flow's lock is held. Without memory it is not
 * remembered, and may count again.
 */
static bool expect_first_use(struct algate_flow *flow,
			     const struct nf_conntrack_expect *exp)
{
	struct algate_rare *rare;

	if (is_used(flow, exp))
		return false;
	if (exp->flags & NF_CT_EXPECT_PERMANENT ||
	    exp->lnode.pprev == LIST_POISON2)
		return true;
	rare = algate_flow_rare_get(flow);
	if (!rare)
		return true;
	WRITE_ONCE(rare->used[rare->next_used], exp);
	rare->next_used = (rare->next_used + 1) % ALGATE_MAX_USED;
	if (rare->nused < ALGATE_MAX_USED)
		WRITE_ONCE(rare->nused, rare->nused + 1);
	return true;
}

/**
 * algate_expect_made() - an expectation is new, where there may have been one
 * @flow: flow, its lock held
 * @exp: expectation
 *
 * Its memory may be that of one that was used.
 */
void algate_expect_made(struct algate_flow *flow,
			const struct nf_conntrack_expect *exp)
{
	struct algate_rare *rare;
	unsigned int i;

	rare = rcu_dereference_protected(flow->rare,
					 lockdep_is_held(&flow->lock));
	for (i = 0; rare && i < rare->nused; i++)
		if (rare->used[i] == exp)
			WRITE_ONCE(rare->used[i], NULL);
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
	first = expect_first_use(flow, exp);
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
static bool is_open(const struct algate_flow *flow,
		    const struct nf_conntrack_expect *exp)
{
	return exp->expectfn == algate_expect_used &&
	       !algate_expect_gone(exp) && !is_used(flow, exp);
}

/* how many there are; *@left: seconds until the first runs out */
static unsigned int expect_count(const struct algate_flow *flow,
				 const struct nf_conn *ct, u32 *left)
{
	const struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_expect *exp;
	unsigned int n = 0;

	*left = U32_MAX;
	if (!help)
		return 0;
	hlist_for_each_entry_rcu(exp, &help->expectations, lnode) {
		if (!is_open(flow, exp))
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
	unsigned int n = expect_count(flow, ct, &left);
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
	unsigned int n = ct ? expect_count(flow, ct, &left) : flow->expecting;

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

/* Nothing but the time that it has left is different. */
static bool is_same(const struct nf_conntrack_expect *old,
		    const struct nf_conntrack_expect *exp)
{
	return nf_ct_tuple_mask_equal(&old->mask, &exp->mask) &&
	       nf_inet_addr_cmp(&old->saved_addr, &exp->saved_addr) &&
	       old->saved_proto.all == exp->saved_proto.all &&
	       old->dir == exp->dir &&
	       algate_expect_assigned(old) == algate_expect_assigned(exp);
}

/* What is there already gets as much time as @exp would have. */
static bool expect_extend(struct nf_conntrack_expect *old, u32 seconds)
{
	bool there;

	spin_lock(&nf_conntrack_expect_lock);
	there = old->lnode.pprev != LIST_POISON2 &&
		algate_expect_refresh(old, seconds);
	if (there)
		refcount_inc(&old->use);
	spin_unlock(&nf_conntrack_expect_lock);
	return there;
}

/**
 * algate_expect_again() - is something open already?
 * @flow: flow, its lock held
 * @exp: expectation that is about to be opened
 * @seconds: its time
 * @old: set to the one that is extended instead, with a reference
 *
 * Nothing is withdrawn before there is another in its place: conntrack may
 * have no room. One that differs goes, which leaves room for @exp.
 *
 * Context: BHs off, under RCU.
 *
 * Return: what is to be done.
 */
enum algate_again algate_expect_again(struct algate_flow *flow,
				      const struct nf_conntrack_expect *exp,
				      u32 seconds,
				      struct nf_conntrack_expect **old)
{
	const struct nf_conn *ct = exp->master;
	struct nf_conntrack_expect *like;
	u32 differs;

	like = __nf_ct_expect_find(nf_ct_net(ct), nf_ct_zone(ct), &exp->tuple);
	if (!like || like->master != ct || like->class != exp->class ||
	    !is_open(flow, like))
		return ALGATE_AGAIN_NOT;
	differs = READ_ONCE(like->flags) ^ exp->flags;
	/* what is confirmed stays so while it is asked for again */
	if (differs & exp->flags & NF_CT_EXPECT_INACTIVE)
		return ALGATE_AGAIN_ACTIVE;
	*old = like;
	if (!differs && is_same(like, exp))
		return expect_extend(like, seconds) ? ALGATE_AGAIN_EXTENDED :
						      ALGATE_AGAIN_NOT;
	return algate_expect_withdraw(like) ? ALGATE_AGAIN_WITHDRAWN :
					      ALGATE_AGAIN_NOT;
}

/* the same, for another flow of the same plug-in; under conntrack's lock */
static bool is_twin(const struct nf_conntrack_expect *old,
		    const struct nf_conntrack_expect *exp)
{
	const struct nf_conn_help *help = nfct_help(exp->master);
	const struct nf_conn_help *other = nfct_help(old->master);
	const struct algate_flow *flow = algate_flow_find(old->master);

	return flow && is_open(flow, old) && old->class == exp->class &&
	       help && other &&
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
 * @flow: flow, its lock held: nobody else adds any
 * @ct: its conntrack entry
 * @most: by class, how many may stay: the newest
 *
 * Others, which ctnetlink has added, are counted, but not taken away.
 *
 * Context: BHs off, under RCU.
 *
 * Return: how many were taken away.
 */
unsigned int algate_expect_trim(const struct algate_flow *flow,
				const struct nf_conn *ct,
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
		if (++seen[exp->class] <= most[exp->class] ||
		    !is_open(flow, exp))
			continue;
		algate_expect_unlink(exp);
		n++;
	}
	spin_unlock(&nf_conntrack_expect_lock);
	return n;
}

static bool is_at(const struct algate_flow *flow,
		  const struct nf_conntrack_expect *exp,
		  const struct algate_binding *b)
{
	u16 port = ntohs(exp->tuple.dst.u.all);

	return exp->class == b->class && exp->tuple.dst.protonum == b->proto &&
	       port >= b->mapped.port && port - b->mapped.port < b->count &&
	       !memcmp(&exp->tuple.dst.u3, b->mapped.addr,
		       sizeof(b->mapped.addr)) && is_open(flow, exp);
}

/**
 * algate_expect_bound() - confirm or withdraw the expectations of a binding
 * @flow: flow, its lock held
 * @ct: its conntrack entry
 * @b: binding
 * @time: seconds that they stay; 0: they are withdrawn
 *
 * Context: BHs off.
 *
 * Return: how many were withdrawn.
 */
unsigned int algate_expect_bound(const struct algate_flow *flow,
				 const struct nf_conn *ct,
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
		if (!is_at(flow, exp, b))
			continue;
		if (time) {
			algate_expect_refresh(exp, time);
			WRITE_ONCE(exp->flags,
				   exp->flags & ~NF_CT_EXPECT_INACTIVE);
			continue;
		}
		algate_expect_unlink(exp);
		n++;
	}
	spin_unlock(&nf_conntrack_expect_lock);
	return n;
}

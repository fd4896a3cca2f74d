// SPDX-License-Identifier: GPL-2.0
/*
 * Expectations of a flow and their accounting. The equation
 *
 *	opened = used + expired + cancelled + algate_flow.expecting
 *
 * holds whenever the flow's lock is free. Conntrack removes an expectation
 * without a callback when the expectation expires or when conntrack needs room.
 * The module therefore withdraws expectations itself under
 * nf_conntrack_expect_lock, where presence in conntrack's list can be tested.
 * The module also keeps below conntrack's limit, so conntrack never needs room.
 */
#include <linux/rcupdate.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_nat.h>

#include "algate.h"
#include "compat.h"
#include "control.h"
#include "expect.h"

static void expecting_set(struct algate_flow *flow, u16 n)
{
	int more = (int)n - flow->expecting;

	atomic_add(more, &flow->use->an->nexpects);
	algate_share_taken(flow, ALGATE_SHARED_EXPECTS, more);
	atomic_add(!!n - !!flow->expecting, &flow->use->an->nexpecting);
	flow->expecting = n;
}

/* Account @n expectations as gone, for reason @why. */
static void expecting_less(struct algate_flow *flow, u16 n,
			   enum algate_counter why)
{
	n = min(n, flow->expecting);
	algate_count(flow, why, n);
	expecting_set(flow, flow->expecting - n);
}

/* Is @exp open and opened by the module? ctnetlink can add others. */
static bool is_open(const struct algate_flow *flow,
		    const struct nf_conntrack_expect *exp)
{
	return (exp->expectfn == algate_expect_used ||
		exp->expectfn == algate_side_any ||
		exp->expectfn == algate_side_later) &&
	       !algate_expect_gone(exp) && !algate_used_has(flow, exp);
}

static bool is_mapped(const struct nf_conntrack_expect *exp,
		      const struct algate_mapping *b)
{
	u16 port = ntohs(exp->tuple.dst.u.all);

	return exp->class == b->class && exp->tuple.dst.protonum == b->proto &&
	       port >= b->mapped.port && port - b->mapped.port < b->count &&
	       !memcmp(&exp->tuple.dst.u3, b->mapped.addr,
		       sizeof(b->mapped.addr));
}

static bool is_at(const struct algate_flow *flow,
		  const struct nf_conntrack_expect *exp,
		  const struct algate_mapping *b)
{
	return is_mapped(exp, b) && is_open(flow, exp);
}

/**
 * algate_expect_mapping() - the mapping of an expectation
 * @flow: flow of the master of @exp; @flow->root->lock is held
 * @exp: expectation, which a packet may have used
 *
 * Return: the newest mapping; NULL if none was stored, or it was evicted.
 */
const struct algate_mapping *
algate_expect_mapping(const struct algate_flow *flow,
		      const struct nf_conntrack_expect *exp)
{
	const struct algate_mapping *b;

	lockdep_assert_held(&flow->root->lock);
	for (b = flow->mapping; b && !is_mapped(exp, b); b = b->next)
		;
	return b;
}

/* The mapping of @exp, or NULL. @flow->root->lock is held. */
static struct algate_mapping *mapping_of(struct algate_flow *flow,
					 const struct nf_conntrack_expect *exp)
{
	struct algate_mapping *b;

	for (b = flow->mapping; b; b = b->next)
		if (is_at(flow, exp, b))
			return b;
	return NULL;
}

/**
 * algate_expect_serves() - may a host use an expectation for any host?
 * @flow: flow of the master of @exp; @flow->root->lock is held
 * @exp: expectation
 * @addr: address of the host, which is not the peer
 *
 * Context: BHs off, under RCU.
 *
 * Return: true unless the rules named another host.
 */
bool algate_expect_serves(struct algate_flow *flow,
			  const struct nf_conntrack_expect *exp,
			  const union nf_inet_addr *addr)
{
	const struct algate_mapping *b = mapping_of(flow, exp);

	lockdep_assert_held(&flow->root->lock);
	return !b || algate_mapping_serves(b, flow->use->secret,
					   nf_ct_l3num(exp->master),
					   (const u8 *)addr);
}

/*
 * Count a use of a permanent expectation, and withdraw the expectation after
 * the last use, or if its mapping was evicted. @flow->root->lock is held.
 */
static void expect_wear(struct algate_flow *flow,
			struct nf_conntrack_expect *exp)
{
	struct algate_mapping *b = mapping_of(flow, exp);

	if (b && ++b->uses < ALGATE_MAX_USES)
		return;
	if (algate_expect_withdraw(exp))
		expecting_less(flow, 1, ALGATE_C_CANCELLED);
}

/**
 * algate_expect_nat() - set up NAT for an expected flow
 * @ct: conntrack entry of the expected flow
 * @exp: expectation
 *
 * A flow of the master's peer gets both translations of the master. If the peer
 * has announced the source, the source gets the public port: packets to the
 * public port then belong to the same entry. In a stranger's flow only the
 * destination follows the master, so that the host inside sees who it is. The
 * administrator's rules decide on the stranger's source, as for any other flow;
 * if they translate the peer's source, so that answers come back to the router,
 * they translate the stranger's as well.
 *
 * The destination comes first, so that NAT sees an entry which the announced
 * endpoint began with another port. NAT then changes the port of the source,
 * and conntrack does not drop the packet.
 *
 * Context: packet path, under RCU.
 */
void algate_expect_nat(struct nf_conn *ct, struct nf_conntrack_expect *exp)
{
	const struct nf_conntrack_tuple_hash *way = exp->master->tuplehash;
	const struct nf_conntrack_tuple *back = &way[!exp->dir].tuple;
	struct nf_nat_range2 range = {
		.flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED,
	};

	algate_root_mark(ct, exp);
	if (!(exp->master->status & IPS_NAT_MASK) ||
	    !algate_expect_follows(exp))
		return;
	range.min_addr = back->src.u3;
	range.max_addr = range.min_addr;
	range.min_proto = exp->saved_proto;
	range.max_proto = exp->saved_proto;
	nf_nat_setup_info(ct, &range, NF_NAT_MANIP_DST);

	if (!nf_inet_addr_cmp(&ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.src.u3,
			      &way[exp->dir].tuple.src.u3))
		return;
	range.min_addr = back->dst.u3;
	range.max_addr = range.min_addr;
	range.min_proto.all = algate_mapping_public(exp->master, ct, exp->dir);
	range.max_proto = range.min_proto;
	if (!range.min_proto.all)
		range.flags = NF_NAT_RANGE_MAP_IPS;
	nf_nat_setup_info(ct, &range, NF_NAT_MANIP_SRC);
}

/**
 * algate_expect_used() - NAT and accounting of the first packet expected
 * @ct: conntrack entry of the expected flow
 * @exp: expectation, usually removed by conntrack already
 *
 * Context: packet path, under RCU.
 */
void algate_expect_used(struct nf_conn *ct, struct nf_conntrack_expect *exp)
{
	struct algate_flow *flow = algate_flow_find(exp->master);
	bool first;

	/* NAT gives a flow with a helper its sequence adjustment. */
	if (flow)
		algate_heir_assign(flow, ct, exp);
	algate_expect_nat(ct, exp);
	if (!flow)
		return;
	spin_lock_bh(&flow->root->lock);
	first = algate_used_first(flow, exp);
	if (exp->flags & NF_CT_EXPECT_PERMANENT && !flow->ended)
		expect_wear(flow, exp);
	/* An ended flow has counted the expectation as gone. */
	if (first && !flow->ended) {
		algate_count(flow, ALGATE_C_USED, 1);
		if (flow->expecting && !(exp->flags & NF_CT_EXPECT_PERMANENT))
			expecting_set(flow, flow->expecting - 1);
		/* The expectation may have been counted as missing. */
		if (flow->missing && !--flow->missing)
			flow->due = nfct_time_stamp;
	}
	spin_unlock_bh(&flow->root->lock);
	if (first)
		algate_event_expect(flow, ALGATE_EV_EXPECT_USED, exp);
}

/* Number of open expectations. *@left: seconds to the first expiry. */
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
 * algate_expect_settle() - count the expectations removed by conntrack
 * @flow: flow; @flow->root->lock is held
 * @ct: conntrack entry of @flow
 *
 * A missing expectation has expired, or a packet has just used it. The packet
 * then calls algate_expect_used() within a grace period.
 *
 * Context: under RCU.
 *
 * Return: seconds until the next count may find more.
 */
u32 algate_expect_settle(struct algate_flow *flow, const struct nf_conn *ct)
{
	u32 left;
	unsigned int n = expect_count(flow, ct, &left);
	u16 missing = flow->expecting > n ? flow->expecting - n : 0;

	lockdep_assert_held(&flow->root->lock);
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
 * algate_expect_end() - account the expectations of an ending flow as gone
 * @flow: flow, marked as ended; @flow->root->lock is held
 * @ct: conntrack entry of @flow; NULL if conntrack has already removed the
 *	expectations
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
 * algate_expect_opened() - account the expectations of a message
 * @flow: flow; @flow->root->lock is held
 * @opened: number of expectations opened
 * @withdrawn: number of new and old expectations withdrawn for the message
 */
void algate_expect_opened(struct algate_flow *flow, unsigned int opened,
			  unsigned int withdrawn)
{
	unsigned int n = flow->expecting + opened;

	lockdep_assert_held(&flow->root->lock);
	withdrawn = min(n, withdrawn);
	algate_count(flow, ALGATE_C_OPENED, opened);
	algate_count(flow, ALGATE_C_CANCELLED, withdrawn);
	expecting_set(flow, n - withdrawn);
}

/**
 * algate_expect_withdraw() - remove an expectation
 * @exp: expectation, kept by a reference or RCU
 *
 * Context: BHs off.
 *
 * Return: true when removed; false when already gone, most likely used by a
 * packet.
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

/* Must a rule still confirm the expectation? */
static bool is_inactive(const struct nf_conntrack_expect *exp)
{
	return exp->expectfn == algate_side_later ||
	       (exp->expectfn == algate_expect_used &&
		READ_ONCE(exp->flags) & NF_CT_EXPECT_INACTIVE);
}

/* nf_conntrack_expect_lock is held. */
static void expect_activate(struct nf_conntrack_expect *exp)
{
	if (exp->expectfn == algate_expect_used)
		WRITE_ONCE(exp->flags, exp->flags & ~NF_CT_EXPECT_INACTIVE);
	else
		WRITE_ONCE(exp->expectfn, algate_side_any);
}

/* Does NAT translate to the same endpoint? */
static bool is_same_end(const struct nf_conntrack_expect *old,
			const struct nf_conntrack_expect *exp)
{
	return nf_inet_addr_cmp(&old->saved_addr, &exp->saved_addr) &&
	       old->saved_proto.all == exp->saved_proto.all;
}

/* Do both expectations differ in nothing but the remaining time? */
static bool is_same(const struct nf_conntrack_expect *old,
		    const struct nf_conntrack_expect *exp)
{
	return READ_ONCE(old->flags) == exp->flags &&
	       old->expectfn == exp->expectfn &&
	       nf_ct_tuple_mask_equal(&old->mask, &exp->mask) &&
	       is_same_end(old, exp) &&
	       algate_expect_assigned(old) == algate_expect_assigned(exp);
}

/*
 * Restart the timeout of @old with @seconds, unless a confirmation gave more,
 * and take a reference.
 */
static bool expect_extend(struct nf_conntrack_expect *old, u32 seconds)
{
	bool there;

	spin_lock(&nf_conntrack_expect_lock);
	there = old->lnode.pprev != LIST_POISON2 &&
		(algate_expect_left(old) >= seconds ||
		 algate_expect_refresh(old, seconds));
	if (there)
		refcount_inc(&old->use);
	spin_unlock(&nf_conntrack_expect_lock);
	return there;
}

/**
 * algate_expect_repeat() - search for an equal open expectation
 * @flow: flow; @flow->root->lock is held
 * @exp: expectation to be opened
 * @seconds: timeout of @exp
 * @movable: @exp may get another public port
 * @old: set to the extended expectation, with a reference, or to the different
 *	expectation, without a reference
 *
 * An equal expectation is extended rather than replaced, since conntrack may
 * have no room for a replacement. The caller replaces a different expectation
 * for the same tuple, but none of another class or of the other direction, and
 * none for another endpoint if @exp may get another port.
 *
 * Context: BHs off, under RCU.
 *
 * Return: enum algate_repeat.
 */
enum algate_repeat algate_expect_repeat(struct algate_flow *flow,
					const struct nf_conntrack_expect *exp,
					u32 seconds, bool movable,
					struct nf_conntrack_expect **old)
{
	const struct nf_conn *ct = exp->master;
	struct nf_conntrack_expect *like;

	like = __nf_ct_expect_find(nf_ct_net(ct), nf_ct_zone(ct), &exp->tuple);
	if (!like || like->master != ct || !is_open(flow, like))
		return ALGATE_REPEAT_NONE;
	/* Conntrack replaces no expectation of another class. */
	if (like->class != exp->class || like->dir != exp->dir ||
	    (movable && !is_same_end(like, exp)))
		return ALGATE_REPEAT_TAKEN;
	/* A confirmed expectation stays active when opened inactive again. */
	if (is_inactive(exp) && !is_inactive(like))
		return ALGATE_REPEAT_ACTIVE;
	*old = like;
	if (is_same(like, exp))
		return expect_extend(like, seconds) ? ALGATE_REPEAT_EXTENDED :
						      ALGATE_REPEAT_NONE;
	return ALGATE_REPEAT_DIFFERENT;
}

/*
 * Are both expectations equal, and of flows of the same plug-in?
 * nf_conntrack_expect_lock is held.
 */
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
	       is_same_end(old, exp);
}

/**
 * algate_expect_take_over() - remove an equal expectation of another flow
 * @exp: expectation to be opened, which cannot use another port
 *
 * A client that asks a port mapper twice may do so in two flows. Both flows
 * open the same expectation, which must live as long as the newer flow. The
 * older flow sees the expectation as expired.
 *
 * An expectation holds no reference to the master entry, and conntrack frees
 * the master's extensions without a grace period. The extensions are valid
 * under nf_conntrack_expect_lock as long as the expectation is in the table.
 *
 * Context: BHs off, under RCU.
 *
 * Return: true if an expectation was removed.
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
 * algate_expect_trim() - remove the oldest expectations above a class limit
 * @flow: flow; @flow->root->lock is held: no other CPU adds expectations
 * @ct: conntrack entry of @flow
 * @most: limit by class
 * @dirs: bit per enum ip_conntrack_dir: only expectations that messages of
 *	these directions opened count and are removed
 *
 * Expectations added by ctnetlink count towards the limit, but are kept.
 *
 * Context: BHs off, under RCU.
 *
 * Return: number of expectations removed.
 */
unsigned int algate_expect_trim(const struct algate_flow *flow,
				const struct nf_conn *ct,
				const u8 most[ALGATE_MAX_CLASSES],
				unsigned int dirs)
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
		/* An expected flow has the other direction than the opener. */
		if (!(dirs & BIT(!exp->dir)))
			continue;
		/*
		 * A flow may have many expectations: test the cheap limit
		 * first.
		 */
		if (++seen[exp->class] <= most[exp->class] ||
		    !is_open(flow, exp))
			continue;
		algate_expect_unlink(exp);
		n++;
	}
	spin_unlock(&nf_conntrack_expect_lock);
	return n;
}

/**
 * algate_expect_bound() - confirm or withdraw the expectations of a mapping
 * @flow: flow; @flow->root->lock is held
 * @ct: conntrack entry of @flow
 * @b: port mapping
 * @time: new timeout in seconds; 0 withdraws the expectations
 *
 * Context: BHs off.
 *
 * Return: number of expectations found.
 */
unsigned int algate_expect_bound(const struct algate_flow *flow,
				 const struct nf_conn *ct,
				 const struct algate_mapping *b, u32 time)
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
		n++;
		if (time) {
			algate_expect_refresh(exp, time);
			expect_activate(exp);
		} else {
			algate_expect_unlink(exp);
		}
	}
	spin_unlock(&nf_conntrack_expect_lock);
	return n;
}

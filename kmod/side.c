// SPDX-License-Identifier: GPL-2.0
/*
 * Expectations for any host on the peer's side, which rules open with "any".
 *
 * Conntrack finds an expectation by addresses and ports. It does not know by
 * which device a packet came in, so another host of the announcer's own side
 * could use the expectation as well. Therefore conntrack ignores these
 * expectations: they have NF_CT_EXPECT_INACTIVE. A hook between conntrack and
 * NAT looks for them, and accepts a flow of the peer itself, or a flow that
 * comes in by a device by which packets to the peer leave. If the rules know the
 * address of the host that will send (for example, the answer to an offer of
 * media names it), they let only this host and the peer in. Any other flow stays
 * an ordinary new flow, and has no effect on the expectation.
 *
 * Each packet that passes the hook pays for it. Therefore a namespace gets the
 * hook with the first attachment or inspected flow of a plug-in with "any", and
 * keeps the hook until the last such plug-in is unloaded. Open vSwitch and tc
 * call conntrack without hooks. There, "any" counts as "peer".
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/dst_metadata.h>
#include <net/l3mdev.h>
#include <net/netfilter/nf_conntrack_core.h>

#include "algate.h"
#include "compat.h"
#include "expect.h"

/* loaded plug-ins that need the hook; written under algate_mutex */
static unsigned int users;

/**
 * algate_side_any() - expectfn of an expectation for any host
 * @ct: conntrack entry of the expected flow
 * @exp: expectation
 *
 * Context: packet path, under RCU.
 */
void algate_side_any(struct nf_conn *ct, struct nf_conntrack_expect *exp)
{
	algate_expect_used(ct, exp);
}

/**
 * algate_side_later() - the same, before a rule has confirmed the expectation
 * @ct: conntrack entry of the expected flow
 * @exp: expectation
 *
 * Context: packet path, under RCU.
 */
void algate_side_later(struct nf_conn *ct, struct nf_conntrack_expect *exp)
{
	algate_expect_used(ct, exp);
}

/* Does @exp wait for the hook? */
static bool waits(const struct nf_conntrack_expect *exp)
{
	void (*fn)(struct nf_conn *ct, struct nf_conntrack_expect *exp) =
		READ_ONCE(exp->expectfn);

	return (fn == algate_side_any || fn == algate_handover_any) &&
	       !algate_expect_gone(exp);
}

/* As conntrack does, require a living master; nf_conntrack_expect_lock held. */
static bool expect_hold(struct nf_conntrack_expect *exp)
{
	struct nf_conn *master = exp->master;

	if (exp->lnode.pprev == LIST_POISON2 || !waits(exp) ||
	    !nf_ct_is_confirmed(master) || nf_ct_is_dying(master) ||
	    !refcount_inc_not_zero(&master->ct_general.use))
		return false;
	refcount_inc(&exp->use);
	return true;
}

/* The expectation of a new flow, with a reference to it and to its master. */
static struct nf_conntrack_expect *expect_get(const struct nf_conn *ct)
{
	struct nf_conntrack_expect *exp;
	bool held;

	exp = __nf_ct_expect_find(nf_ct_net(ct), nf_ct_zone(ct),
				  &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple);
	if (likely(!exp) || !waits(exp))
		return NULL;
	spin_lock_bh(&nf_conntrack_expect_lock);
	held = expect_hold(exp);
	spin_unlock_bh(&nf_conntrack_expect_lock);
	return held ? exp : NULL;
}

/*
 * Use @exp, unless another packet has used the expectation up, or a rule has
 * withdrawn it.
 */
static bool expect_take(struct nf_conntrack_expect *exp)
{
	bool there;

	spin_lock_bh(&nf_conntrack_expect_lock);
	there = exp->lnode.pprev != LIST_POISON2;
	if (there && !(exp->flags & NF_CT_EXPECT_PERMANENT))
		algate_expect_unlink(exp);
	spin_unlock_bh(&nf_conntrack_expect_lock);
	return there;
}

/* Does a packet that came in by @in come from the side of the master's peer? */
static bool from_side(const struct nf_conntrack_expect *exp,
		      const struct net_device *in)
{
	const struct nf_conn *master = exp->master;
	const struct nf_conntrack_tuple_hash *h = master->tuplehash;
	struct algate_way way = {
		.net = nf_ct_net(master),
		.family = nf_ct_l3num(master),
		.to = h[!exp->dir].tuple.src.u3,
		.from = h[exp->dir].tuple.src.u3,
	};

	/* A device that leads to both does not tell them apart. */
	if (algate_route_uses(&way, in))
		return false;
	/* the route of the announcer's packets to the peer */
	way.iif = algate_route_iif(&way);
	swap(way.to, way.from);
#ifdef CONFIG_NF_CONNTRACK_MARK
	way.mark = READ_ONCE(master->mark);
#endif
	return algate_route_uses(&way, in);
}

/* Do the rules let @host use @exp? */
static bool is_served(const struct nf_conntrack_expect *exp,
		      const union nf_inet_addr *host)
{
	struct algate_flow *flow = algate_flow_find(exp->master);
	bool served;

	if (!flow)
		return true;
	spin_lock_bh(&flow->root->lock);
	served = flow->ended || algate_expect_serves(flow, exp, host);
	spin_unlock_bh(&flow->root->lock);
	return served;
}

static bool may_use(const struct nf_conntrack_expect *exp,
		    const struct nf_conn *ct, const struct net_device *in)
{
	const struct nf_conntrack_tuple *t, *peer;

	t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	peer = &exp->master->tuplehash[exp->dir].tuple;
	if (nf_inet_addr_cmp(&t->src.u3, &peer->src.u3))
		return true;
	return is_served(exp, &t->src.u3) && from_side(exp, in);
}

static void count_refused(const struct nf_conntrack_expect *exp)
{
	struct algate_flow *flow = algate_flow_find(exp->master);

	if (!flow)
		return;
	spin_lock_bh(&flow->root->lock);
	if (!flow->ended)
		algate_count(flow, ALGATE_C_OTHER_SIDE, 1);
	spin_unlock_bh(&flow->root->lock);
}

static void flow_assign(struct nf_conn *ct,
			const struct nf_conntrack_expect *exp)
{
	struct nf_conntrack_helper *helper;
	struct nf_conn_help *help;

	helper = rcu_dereference(exp->algate_assign_helper);
	if (!helper || nfct_help(ct))
		return;
	help = nf_ct_helper_ext_add(ct, GFP_ATOMIC);
	if (help && algate_helper_hold(helper))
		rcu_assign_pointer(help->helper, helper);
}

/* What conntrack does for an expected flow. @ct takes the reference. */
static void flow_expected(struct nf_conn *ct, struct sk_buff *skb,
			  struct nf_conntrack_expect *exp)
{
	set_bit(IPS_EXPECTED_BIT, &ct->status);
	ct->master = exp->master;
#ifdef CONFIG_NF_CONNTRACK_MARK
	ct->mark = READ_ONCE(exp->master->mark);
#endif
#ifdef CONFIG_NF_CONNTRACK_SECMARK
	ct->secmark = exp->master->secmark;
#endif
	flow_assign(ct, exp);
	nf_ct_set(skb, ct, IP_CT_RELATED);
	NF_CT_STAT_INC_ATOMIC(nf_ct_net(ct), expect_new);
	exp->expectfn(ct, exp);
}

static void flow_decide(struct nf_conn *ct, struct sk_buff *skb,
			const struct net_device *in)
{
	struct nf_conntrack_expect *exp = expect_get(ct);

	if (likely(!exp))
		return;
	if (!may_use(exp, ct, in)) {
		count_refused(exp);
		nf_ct_put(exp->master);
	} else if (expect_take(exp)) {
		flow_expected(ct, skb, exp);
	} else {
		nf_ct_put(exp->master);
	}
	nf_ct_expect_put(exp);
}

static unsigned int side_hook(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (ctinfo == IP_CT_NEW && ct && !nf_ct_is_confirmed(ct) &&
	    !nf_ct_is_template(ct) && !(ct->status & IPS_NAT_DONE_MASK))
		flow_decide(ct, skb, state->in);
	return NF_ACCEPT;
}

#define SIDE_HOOK(family, num, prio) {		\
	.hook = side_hook,			\
	.pf = (family),				\
	.hooknum = (num),			\
	.priority = (prio) + 1,			\
}

static const struct nf_hook_ops side_hooks[] = {
	SIDE_HOOK(NFPROTO_IPV4, NF_INET_PRE_ROUTING, NF_IP_PRI_CONNTRACK),
	SIDE_HOOK(NFPROTO_IPV4, NF_INET_LOCAL_OUT, NF_IP_PRI_CONNTRACK),
	SIDE_HOOK(NFPROTO_IPV6, NF_INET_PRE_ROUTING, NF_IP6_PRI_CONNTRACK),
	SIDE_HOOK(NFPROTO_IPV6, NF_INET_LOCAL_OUT, NF_IP6_PRI_CONNTRACK),
};

/**
 * algate_side_now() - have the hook in a namespace
 * @an: namespace
 *
 * Without memory, "any" counts as "peer", and the next flow tries again.
 *
 * Context: under algate_mutex; may sleep.
 */
void algate_side_now(struct algate_net *an)
{
	lockdep_assert_held(&algate_mutex);
	if (users && !an->closed && !an->side_hooked)
		an->side_hooked = !nf_register_net_hooks(an->net, side_hooks,
							 ARRAY_SIZE(side_hooks));
	WRITE_ONCE(an->sided, an->side_hooked);
}

static void side_work(struct work_struct *work)
{
	mutex_lock(&algate_mutex);
	algate_side_now(container_of(work, struct algate_net, side_work));
	mutex_unlock(&algate_mutex);
}

/**
 * algate_side_want() - have the hook in a namespace soon
 * @an: namespace with a flow, or with an entry that another router has begun
 *
 * nft and iptables assign helpers without notice, and a packet cannot wait for
 * the registration.
 *
 * Context: any.
 */
void algate_side_want(struct algate_net *an)
{
	if (READ_ONCE(an->sided) || !READ_ONCE(users))
		return;
	WRITE_ONCE(an->sided, true);
	schedule_work(&an->side_work);
}

/**
 * algate_side_net_init() - prepare a namespace, which has no hook yet
 * @an: namespace
 */
void algate_side_net_init(struct algate_net *an)
{
	INIT_WORK(&an->side_work, side_work);
}

/**
 * algate_side_net_exit() - unregister the hook in a namespace
 * @an: namespace that takes no new flows, or where no plug-in needs the hook
 *
 * A packet may be in the hook until a grace period has ended, and may ask for
 * the hook until then.
 *
 * Context: under algate_mutex; may sleep.
 */
void algate_side_net_exit(struct algate_net *an)
{
	lockdep_assert_held(&algate_mutex);
	if (an->side_hooked)
		nf_unregister_net_hooks(an->net, side_hooks,
					ARRAY_SIZE(side_hooks));
	an->side_hooked = false;
	WRITE_ONCE(an->sided, false);
}

/**
 * algate_side_net_free() - wait for the work of a namespace
 * @an: namespace; a grace period has ended since algate_side_net_exit()
 *
 * Context: without algate_mutex; may sleep.
 */
void algate_side_net_free(struct algate_net *an)
{
	cancel_work_sync(&an->side_work);
}

/**
 * algate_side_get() - have the hook where a plug-in is in use
 * @plugin: plug-in; a replaced one has attachments and flows already
 *
 * Context: under algate_mutex; may sleep.
 */
void algate_side_get(const struct algate_plugin *plugin)
{
	struct algate_net *an;

	lockdep_assert_held(&algate_mutex);
	WRITE_ONCE(users, users + 1);
	list_for_each_entry(an, &algate_nets, list)
		if (algate_use_find(an, plugin))
			algate_side_now(an);
}

/**
 * algate_side_put() - drop the hook unless another plug-in needs it
 *
 * Context: under algate_mutex; may sleep.
 */
void algate_side_put(void)
{
	struct algate_net *an;

	lockdep_assert_held(&algate_mutex);
	WRITE_ONCE(users, users - 1);
	if (users)
		return;
	list_for_each_entry(an, &algate_nets, list)
		algate_side_net_exit(an);
}

/*
 * Does the default route lead to the destination of @way, which packets reach
 * by @dev? Either route may be multipath.
 */
static bool by_default(const struct algate_way *way,
		       const struct net_device *dev)
{
	struct algate_way any = *way;

	memset(&any.to, 0, sizeof(any.to));
	if (algate_route_uses(&any, dev))
		return true;
	dev = dev_get_by_index_rcu(way->net, algate_route_iif(&any));
	return dev && algate_route_uses(way, dev);
}

/*
 * Is the default route on the peer's side (1), on the announcer's (0), or does
 * it not tell (-1)?
 */
static int default_side(const struct sk_buff *skb, const struct nf_conn *ct,
			enum ip_conntrack_dir dir)
{
	const struct net_device *out = skb_dst(skb)->dev, *in;
	struct algate_way way = {
		.net = nf_ct_net(ct),
		.family = nf_ct_l3num(ct),
		.to = ct->tuplehash[!dir].tuple.src.u3,
		.from = ct->tuplehash[dir].tuple.src.u3,
		.mark = skb->mark,
		.iif = skb->skb_iif,
	};
	bool ahead = by_default(&way, out), behind;

	in = dev_get_by_index_rcu(way.net, skb->skb_iif);
	swap(way.to, way.from);
	way.iif = out->ifindex;
	behind = in && by_default(&way, in);
	return ahead == behind ? -1 : ahead;
}

/*
 * Do two devices tell the sides of a packet apart? A packet of Open vSwitch or
 * of tc's ingress has no route, and a bridged packet has a fake route.
 */
static bool has_sides(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	return skb_valid_dst(skb) && !(dst->flags & DST_FAKE_RTABLE) &&
	       dst->dev->ifindex != skb->skb_iif &&
	       !(dst->dev->flags & IFF_LOOPBACK) &&
	       !netif_is_l3_master(dst->dev);
}

/**
 * algate_side_outward() - does a packet leave by the default route?
 * @skb: packet, about to leave
 * @ct: conntrack entry of @skb
 * @dir: direction of @skb
 *
 * Context: packet path, under RCU.
 *
 * Return: 1 if the default route leads to the receiver alone, -1 if to the
 * sender alone; 0: to both or neither, or the packet has no route.
 */
int algate_side_outward(const struct sk_buff *skb, const struct nf_conn *ct,
			enum ip_conntrack_dir dir)
{
	int side = has_sides(skb) ? default_side(skb, ct, dir) : -1;

	return side < 0 ? 0 : side ? 1 : -1;
}

/**
 * algate_side_open() - may more hosts than the peer use an expectation?
 * @an: namespace
 * @skb: packet with the announcement, about to leave
 * @ct: conntrack entry of @skb
 * @dir: direction of @skb
 * @from: hosts that may use the opening, as far as NAT tells
 *
 * The hook must see the flows, and must be able to tell the peer's side from
 * the announcer's, so both have different devices. The peer's side must be
 * outside: where NAT hides the other side, else where the default route leads,
 * else the side of the flow's server.
 *
 * Context: packet path, under RCU.
 *
 * Return: true for any host on the peer's side; false for the peer alone.
 */
bool algate_side_open(const struct algate_net *an, const struct sk_buff *skb,
		      const struct nf_conn *ct, enum ip_conntrack_dir dir,
		      enum algate_users from)
{
	int outside;

	if (from == ALGATE_USERS_PEER || !READ_ONCE(an->sided) ||
	    !has_sides(skb))
		return false;
	if (from == ALGATE_USERS_SIDE)
		return true;
	outside = default_side(skb, ct, dir);
	return outside < 0 ? dir == IP_CT_DIR_ORIGINAL : outside;
}

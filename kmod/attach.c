// SPDX-License-Identifier: GPL-2.0
/*
 * The attachment table: which new flows a plug-in inspects. The hook is
 * there only in namespaces that have attachments, behind conntrack and the
 * administrator's own helper rules and in front of NAT, which gives a flow
 * its sequence adjustment when it has a helper by then.
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/rculist.h>

#include "algate.h"

static struct hlist_head *attach_bucket(const struct algate_net *an, u8 proto,
					bool by_sport, u16 port)
{
	unsigned int hash = port ^ (proto == IPPROTO_UDP) << 9 ^ by_sport << 8;

	return &an->attach_table[hash % ALGATE_ATTACH_BUCKETS];
}

static bool prefix_match(const union nf_inet_addr *a,
			 const union nf_inet_addr *b, unsigned int bits)
{
	unsigned int i;

	for (i = 0; bits >= 32; i++, bits -= 32)
		if (a->all[i] != b->all[i])
			return false;
	return !bits || !((ntohl(a->ip6[i]) ^ ntohl(b->ip6[i])) >>
			  (32 - bits));
}

static bool attach_match(const struct algate_attachment *a,
			 const struct nf_conntrack_tuple *t, bool by_sport,
			 u16 port, const struct net_device *in)
{
	const struct algate_attach_key *k = &a->key;

	if (k->port != port || k->by_sport != by_sport ||
	    k->proto != t->dst.protonum)
		return false;
	if (k->iif[0] && (!in || strcmp(in->name, k->iif)))
		return false;
	if (k->family == AF_UNSPEC)
		return true;
	return k->family == t->src.l3num &&
	       prefix_match(&t->src.u3, &k->from, k->prefixlen);
}

/* the first that matches: a bucket has the most specific ones in front */
static struct algate_attachment *
attach_find(const struct algate_net *an, const struct nf_conntrack_tuple *t,
	    bool by_sport, u16 port, const struct net_device *in)
{
	struct hlist_head *bucket;
	struct algate_attachment *a;

	bucket = attach_bucket(an, t->dst.protonum, by_sport, port);
	hlist_for_each_entry_rcu(a, bucket, node)
		if (attach_match(a, t, by_sport, port, in))
			return a;
	return NULL;
}

static void attach_flow(struct algate_net *an, struct nf_conn *ct,
			const struct net_device *in)
{
	struct nf_conntrack_tuple *t;
	struct nf_conntrack_helper *helper;
	struct algate_attachment *a;
	struct nf_conn_help *help;

	t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	a = attach_find(an, t, false, ntohs(t->dst.u.all), in);
	if (!a)
		a = attach_find(an, t, true, ntohs(t->src.u.all), in);
	if (!a)
		return;
	helper = algate_plugin_helper(a->plugin, t->src.l3num,
				      t->dst.protonum);
	if (!helper)
		return;
	help = nf_ct_helper_ext_add(ct, GFP_ATOMIC);
	if (!help)
		return;
	rcu_assign_pointer(help->helper, helper);
	atomic64_inc(&a->flows);
}

static unsigned int attach_hook(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	u8 proto;

	if (!ct || (ctinfo != IP_CT_NEW && ctinfo != IP_CT_RELATED))
		return NF_ACCEPT;
	proto = nf_ct_protonum(ct);
	if ((proto != IPPROTO_TCP && proto != IPPROTO_UDP) ||
	    nf_ct_is_confirmed(ct) || nf_ct_is_template(ct) || nfct_help(ct))
		return NF_ACCEPT;
	attach_flow(algate_pernet(state->net), ct, state->in);
	return NF_ACCEPT;
}

#define ATTACH_HOOK(family, num, prio) {	\
	.hook = attach_hook,			\
	.pf = (family),				\
	.hooknum = (num),			\
	.priority = (prio) - 1,			\
}

static const struct nf_hook_ops attach_hooks[] = {
	ATTACH_HOOK(NFPROTO_IPV4, NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST),
	ATTACH_HOOK(NFPROTO_IPV4, NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST),
	ATTACH_HOOK(NFPROTO_IPV6, NF_INET_PRE_ROUTING, NF_IP6_PRI_NAT_DST),
	ATTACH_HOOK(NFPROTO_IPV6, NF_INET_LOCAL_OUT, NF_IP6_PRI_NAT_DST),
};

static int hooks_add(struct algate_net *an)
{
	int err;

	/* the table is read by the hook, so it stays until the namespace goes */
	if (!an->attach_table)
		an->attach_table = kvcalloc(ALGATE_ATTACH_BUCKETS,
					    sizeof(*an->attach_table),
					    GFP_KERNEL_ACCOUNT);
	if (!an->attach_table)
		return -ENOMEM;
	err = nf_ct_netns_get(an->net, NFPROTO_INET);
	if (err)
		return err;
	err = nf_register_net_hooks(an->net, attach_hooks,
				    ARRAY_SIZE(attach_hooks));
	if (err)
		nf_ct_netns_put(an->net, NFPROTO_INET);
	return err;
}

static void hooks_remove(struct algate_net *an)
{
	nf_unregister_net_hooks(an->net, attach_hooks,
				ARRAY_SIZE(attach_hooks));
	nf_ct_netns_put(an->net, NFPROTO_INET);
}

static int specificity(const struct algate_attach_key *k)
{
	return (k->iif[0] ? 256 : 0) + k->prefixlen +
	       (k->family == AF_UNSPEC ? 0 : 1);
}

static bool same_flows(const struct algate_attach_key *a,
		       const struct algate_attach_key *b)
{
	return a->proto == b->proto && a->port == b->port &&
	       a->by_sport == b->by_sport && a->family == b->family &&
	       a->prefixlen == b->prefixlen && !strcmp(a->iif, b->iif) &&
	       nf_inet_addr_cmp(&a->from, &b->from);
}

static struct algate_attachment *attach_lookup(const struct algate_net *an,
					       const struct algate_attach_key *k)
{
	struct algate_attachment *a;
	struct hlist_head *bucket;

	if (!an->attach_table)
		return NULL;
	bucket = attach_bucket(an, k->proto, k->by_sport, k->port);
	hlist_for_each_entry(a, bucket, node)
		if (same_flows(&a->key, k))
			return a;
	return NULL;
}

static void attach_insert(struct algate_net *an, struct algate_attachment *a)
{
	struct algate_attachment *pos, *last = NULL;
	struct hlist_head *bucket;

	bucket = attach_bucket(an, a->key.proto, a->key.by_sport, a->key.port);
	hlist_for_each_entry(pos, bucket, node) {
		if (specificity(&pos->key) < specificity(&a->key))
			break;
		last = pos;
	}
	if (last)
		hlist_add_behind_rcu(&a->node, &last->node);
	else
		hlist_add_head_rcu(&a->node, bucket);
	an->nattachments++;
}

static int key_check(const struct algate_attach_key *k,
		     struct netlink_ext_ack *extack)
{
	union nf_inet_addr zero = {};
	unsigned int word = k->prefixlen / 32, i;

	for (i = word; i < 4; i++) {
		u32 host = ntohl(k->from.ip6[i]);

		if (i == word && k->prefixlen % 32)
			host <<= k->prefixlen % 32;
		if (host)
			return algate_reject(extack, -EINVAL,
					     "the prefix has bits set beyond its length");
	}
	if (k->family == AF_UNSPEC && !nf_inet_addr_cmp(&k->from, &zero))
		return algate_reject(extack, -EINVAL,
				     "a prefix needs a length");
	return 0;
}

/**
 * algate_attach_add() - attach a plug-in to new flows
 * @an: namespace
 * @key: which flows, and which plug-in
 * @extack: says why not
 *
 * Context: under algate_mutex; may sleep.
 *
 * Return: 0; -ENOENT: no such plug-in; -EPROTONOSUPPORT: it does not serve
 * the protocol; -EEXIST: these flows are attached; -EINVAL; -ENOSPC: the
 * namespace's limit; -ENOMEM. Nothing is done then.
 */
int algate_attach_add(struct algate_net *an,
		      const struct algate_attach_key *key,
		      struct netlink_ext_ack *extack)
{
	struct algate_attachment *a;
	struct algate_plugin *plugin;
	int err;

	lockdep_assert_held(&algate_mutex);
	plugin = algate_plugin_find(key->plugin);
	if (!plugin)
		return algate_reject(extack, -ENOENT,
				     "no plug-in \"%s\" is loaded",
				     key->plugin);
	if (!algate_plugin_helper(plugin, NFPROTO_IPV4, key->proto))
		return algate_reject(extack, -EPROTONOSUPPORT,
				     "plug-in \"%s\" has no service of that protocol",
				     key->plugin);
	err = key_check(key, extack);
	if (err)
		return err;
	a = attach_lookup(an, key);
	if (a)
		return algate_reject(extack, -EEXIST,
				     "plug-in \"%s\" is attached to these flows already",
				     a->key.plugin);
	if (an->nattachments >= an->limits.attachments)
		return algate_reject(extack, -ENOSPC,
				     "the namespace's limit of %u attachments is reached (limit set attachments)",
				     an->limits.attachments);
	a = kzalloc(sizeof(*a), GFP_KERNEL_ACCOUNT);
	if (!a || !algate_use_get(an, plugin, GFP_KERNEL_ACCOUNT)) {
		kfree(a);
		return -ENOMEM;
	}
	a->key = *key;
	a->plugin = plugin;
	if (!an->nattachments) {
		err = hooks_add(an);
		if (err) {
			kfree(a);
			return err;
		}
	}
	attach_insert(an, a);
	algate_event_attach(an, ALGATE_EV_ATTACH_NEW, a);
	return 0;
}

static void attach_remove(struct algate_net *an, struct algate_attachment *a)
{
	hlist_del_rcu(&a->node);
	an->nattachments--;
	algate_event_attach(an, ALGATE_EV_ATTACH_DEL, a);
	kfree_rcu(a, rcu);
	if (!an->nattachments)
		hooks_remove(an);
}

/**
 * algate_attach_del() - take an attachment back
 * @an: namespace
 * @key: as it was added
 * @extack: says why not
 *
 * Flows that are inspected already go on being so.
 *
 * Context: under algate_mutex; may sleep.
 *
 * Return: 0, or -ENOENT.
 */
int algate_attach_del(struct algate_net *an,
		      const struct algate_attach_key *key,
		      struct netlink_ext_ack *extack)
{
	struct algate_attachment *a;

	lockdep_assert_held(&algate_mutex);
	a = attach_lookup(an, key);
	if (!a || strcmp(a->key.plugin, key->plugin))
		return algate_reject(extack, -ENOENT,
				     "no such attachment of \"%s\"",
				     key->plugin);
	attach_remove(an, a);
	return 0;
}

/**
 * algate_attach_count() - how often a plug-in is attached
 * @an: namespace
 * @plugin: plug-in
 *
 * Return: the number of its attachments there.
 */
u32 algate_attach_count(const struct algate_net *an,
			const struct algate_plugin *plugin)
{
	const struct algate_attachment *a;
	unsigned int i;
	u32 n = 0;

	for (i = 0; an->attach_table && i < ALGATE_ATTACH_BUCKETS; i++)
		hlist_for_each_entry(a, &an->attach_table[i], node)
			n += a->plugin == plugin;
	return n;
}

/**
 * algate_attach_drop() - delete the attachments of a plug-in
 * @an: namespace
 * @plugin: plug-in; NULL: all
 *
 * Context: under algate_mutex; may sleep.
 */
void algate_attach_drop(struct algate_net *an,
			const struct algate_plugin *plugin)
{
	struct algate_attachment *a;
	struct hlist_node *next;
	unsigned int i;

	lockdep_assert_held(&algate_mutex);
	for (i = 0; an->nattachments && i < ALGATE_ATTACH_BUCKETS; i++)
		hlist_for_each_entry_safe(a, next, &an->attach_table[i], node)
			if (!plugin || a->plugin == plugin)
				attach_remove(an, a);
}

/**
 * algate_attach_net_exit() - a namespace goes, or the module
 * @an: namespace
 *
 * Context: under algate_mutex; may sleep.
 */
void algate_attach_net_exit(struct algate_net *an)
{
	algate_attach_drop(an, NULL);
	/* a packet may be in the hook still */
	if (an->attach_table)
		synchronize_rcu();
	kvfree(an->attach_table);
	an->attach_table = NULL;
}

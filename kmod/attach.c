// SPDX-License-Identifier: GPL-2.0
/*
 * The attachment table: selects the new flows that a plug-in inspects.
 *
 * Only namespaces with attachments have the hook. It runs behind conntrack and
 * behind the administrator's helper rules, and in front of NAT: NAT gives a
 * flow with a helper its sequence adjustment.
 */
#include <linux/bitmap.h>
#include <linux/jhash.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/random.h>
#include <linux/rculist.h>

#include "algate.h"
#include "compat.h"
#include "control.h"
#include "expect.h"

#define BUCKETS		4096
/* bit 0: any address of either family; bit n: prefixes of n - 1 bits */
#define LENGTHS		130

/* prefix lengths in use, and the number of attachments for each length */
struct lengths {
	unsigned long used[BITS_TO_LONGS(LENGTHS)];
	u32 n[LENGTHS];
	u32 all;
};

/**
 * struct algate_attach_table - attachments of a namespace
 * @seed: seed of the hash
 * @lengths: prefix lengths in use, by three indices, each 0 or 1: attachments
 *	to an interface, attachments by the client's port, IPv6
 * @bucket: hash table, keyed by all fields that select flows; written under
 *	algate_mutex, read under RCU
 *
 * A lookup hashes the packet's fields once for each prefix length in use, so
 * the number of attachments does not matter.
 */
struct algate_attach_table {
	u32 seed;
	struct lengths lengths[2][2][2];
	struct hlist_head bucket[BUCKETS];
};

static struct hlist_head *attach_bucket(struct algate_attach_table *table,
					const struct algate_attach_key *k)
{
	u32 hash = jhash_2words(k->port | k->proto << 16 | k->by_sport << 24,
				k->family | k->prefixlen << 8, table->seed);

	if (k->prefixlen)
		hash = jhash2(k->from.all, ARRAY_SIZE(k->from.all), hash);
	if (k->iif[0])
		hash = jhash(k->iif, strlen(k->iif), hash);
	return &table->bucket[hash % BUCKETS];
}

static bool same_flows(const struct algate_attach_key *a,
		       const struct algate_attach_key *b)
{
	return a->proto == b->proto && a->port == b->port &&
	       a->by_sport == b->by_sport && a->family == b->family &&
	       a->prefixlen == b->prefixlen && !strcmp(a->iif, b->iif) &&
	       nf_inet_addr_cmp(&a->from, &b->from);
}

static struct algate_attachment *
attach_lookup(struct algate_attach_table *table,
	      const struct algate_attach_key *k)
{
	struct algate_attachment *a;

	hlist_for_each_entry_rcu(a, attach_bucket(table, k), node,
				 lockdep_is_held(&algate_mutex))
		if (same_flows(&a->key, k))
			return a;
	return NULL;
}

static struct lengths *attach_lengths(struct algate_attach_table *table,
				      const struct algate_attach_key *k,
				      bool v6)
{
	return &table->lengths[k->iif[0] != 0][k->by_sport][v6];
}

/**
 * algate_attach_prefix() - set the prefix of a key
 * @k: key
 * @bit: length of the prefix + 1; 0: any address of either family
 * @family: family of @addr
 * @addr: address; the prefix is its first bits
 *
 * Context: any.
 */
void algate_attach_prefix(struct algate_attach_key *k, unsigned int bit,
			  u8 family, const union nf_inet_addr *addr)
{
	unsigned int i, left = bit ? bit - 1 : 0;

	memset(&k->from, 0, sizeof(k->from));
	k->family = bit ? family : AF_UNSPEC;
	k->prefixlen = left;
	for (i = 0; left >= 32; i++, left -= 32)
		k->from.all[i] = addr->all[i];
	if (left)
		k->from.ip6[i] = addr->ip6[i] & htonl(~0U << (32 - left));
}

/*
 * Find the longest matching prefix, then any address. @in: attachments to this
 * interface; NULL: attachments to all interfaces.
 */
static struct algate_attachment *
attach_longest(struct algate_attach_table *table, struct algate_attach_key *k,
	       const struct nf_conntrack_tuple *t, const struct net_device *in)
{
	bool v6 = t->src.l3num == NFPROTO_IPV6;
	struct lengths *l = &table->lengths[!!in][k->by_sport][v6];
	unsigned int bit = LENGTHS, next;
	struct algate_attachment *a;

	if (!READ_ONCE(l->all))
		return NULL;
	if (in)
		strscpy(k->iif, in->name, sizeof(k->iif));
	else
		k->iif[0] = '\0';
	while ((next = find_last_bit(l->used, bit)) < bit) {
		bit = next;
		algate_attach_prefix(k, bit, t->src.l3num, &t->src.u3);
		a = attach_lookup(table, k);
		if (a)
			return a;
	}
	return NULL;
}

static struct algate_attachment *
attach_find(const struct algate_net *an, const struct nf_conntrack_tuple *t,
	    bool by_sport, u16 port, const struct net_device *in)
{
	struct algate_attach_key k = {
		.proto = t->dst.protonum, .by_sport = by_sport, .port = port,
	};
	struct algate_attachment *a = NULL;

	if (in)
		a = attach_longest(an->attach_table, &k, t, in);
	return a ?: attach_longest(an->attach_table, &k, t, NULL);
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
	if (!help || !algate_helper_hold(helper))
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

	/* the hook reads the table, so free it only with the namespace */
	if (!an->attach_table) {
		an->attach_table = kvzalloc(sizeof(*an->attach_table),
					    GFP_KERNEL_ACCOUNT);
		if (!an->attach_table)
			return -ENOMEM;
		an->attach_table->seed = get_random_u32();
	}
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

static void length_add(struct lengths *l, unsigned int bit)
{
	if (!l->n[bit]++)
		set_bit(bit, l->used);
	WRITE_ONCE(l->all, l->all + 1);
}

static void length_remove(struct lengths *l, unsigned int bit)
{
	if (!--l->n[bit])
		clear_bit(bit, l->used);
	WRITE_ONCE(l->all, l->all - 1);
}

/* Update the lengths of the key's family, or of both families. */
static void attach_length(struct algate_attach_table *table,
			  const struct algate_attach_key *k,
			  void (*act)(struct lengths *l, unsigned int bit))
{
	unsigned int bit = k->family == AF_UNSPEC ? 0 : k->prefixlen + 1;

	if (k->family != NFPROTO_IPV6)
		act(attach_lengths(table, k, false), bit);
	if (k->family != NFPROTO_IPV4)
		act(attach_lengths(table, k, true), bit);
}

static void attach_insert(struct algate_net *an, struct algate_attachment *a)
{
	attach_length(an->attach_table, &a->key, length_add);
	hlist_add_head_rcu(&a->node, attach_bucket(an->attach_table, &a->key));
	list_add_tail(&a->list, &an->attachments);
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
 * @key: flows to inspect, and name of the plug-in
 * @extack: gets the reason of a failure
 *
 * On failure, nothing has changed.
 *
 * Context: under algate_mutex; may sleep.
 *
 * Return: 0; -ENOENT: no such plug-in; -EPROTONOSUPPORT: the plug-in does not
 * serve the protocol; -EEXIST: these flows have an attachment; -EINVAL: bad
 * prefix; -ENOSPC: the namespace's limit is reached; -ENOMEM.
 */
int algate_attach_add(struct algate_net *an,
		      const struct algate_attach_key *key,
		      struct netlink_ext_ack *extack)
{
	struct algate_attachment *a;
	struct algate_plugin *plugin;
	int err;

	lockdep_assert_held(&algate_mutex);
	plugin = algate_plugin_named(key->plugin, extack);
	if (!plugin)
		return -ENOENT;
	if (!algate_plugin_helper(plugin, NFPROTO_IPV4, key->proto))
		return algate_reject(extack, -EPROTONOSUPPORT,
				     "the plug-in has no service of that protocol");
	err = key_check(key, extack);
	if (err)
		return err;
	a = an->attach_table ? attach_lookup(an->attach_table, key) : NULL;
	if (a)
		return algate_reject(extack, -EEXIST,
				     "a plug-in is attached to these flows already");
	if (an->nattachments >= an->limits.attachments)
		return algate_reject(extack, -ENOSPC,
				     "the namespace's limit of attachments is reached (limit set attachments)");
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
	if (plugin->sided)
		algate_side_now(an);
	attach_insert(an, a);
	algate_event_attach(an, ALGATE_EV_ATTACH_NEW, a);
	return 0;
}

static void attach_remove(struct algate_net *an, struct algate_attachment *a)
{
	hlist_del_rcu(&a->node);
	attach_length(an->attach_table, &a->key, length_remove);
	list_del(&a->list);
	an->nattachments--;
	algate_event_attach(an, ALGATE_EV_ATTACH_DEL, a);
	kfree_rcu(a, rcu);
	if (!an->nattachments)
		hooks_remove(an);
}

/**
 * algate_attach_del() - delete an attachment
 * @an: namespace
 * @key: key of the attachment
 * @extack: gets the reason of a failure
 *
 * The plug-in continues to inspect existing flows.
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
	a = an->attach_table ? attach_lookup(an->attach_table, key) : NULL;
	if (!a || strcmp(a->key.plugin, key->plugin))
		return algate_reject(extack, -ENOENT,
				     "the plug-in has no such attachment");
	attach_remove(an, a);
	return 0;
}

/**
 * algate_attach_count() - count the attachments of a plug-in
 * @an: namespace
 * @plugin: plug-in
 *
 * Context: under algate_mutex.
 *
 * Return: number of attachments in the namespace.
 */
u32 algate_attach_count(const struct algate_net *an,
			const struct algate_plugin *plugin)
{
	const struct algate_attachment *a;
	u32 n = 0;

	list_for_each_entry(a, &an->attachments, list)
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
	struct algate_attachment *a, *next;

	lockdep_assert_held(&algate_mutex);
	list_for_each_entry_safe(a, next, &an->attachments, list)
		if (!plugin || a->plugin == plugin)
			attach_remove(an, a);
}

/**
 * algate_attach_net_free() - free a namespace's attachment table
 * @an: namespace, without attachments for at least a grace period
 *
 * Context: may sleep.
 */
void algate_attach_net_free(struct algate_net *an)
{
	kvfree(an->attach_table);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Public ports of announced endpoints that NAT maps.
 *
 * A host behind NAT must not choose a port of the public address, which also
 * belongs to the router's own services, to forwarded ports and to other hosts.
 * So an announced port is kept only inside of the namespace's range, and no
 * port is opened where a local socket receives or another host's flow exists.
 */
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netlink.h>

#include "algate.h"
#include "compat.h"
#include "control.h"
#include "expect.h"

/*
 * Bound of the search for a port that the system does not reserve: the distance
 * of two tries in the range of all ports.
 */
#define MAX_SKIPS	((U16_MAX + 1) / ALGATE_PORT_TRIES)

/* The identifier of a call is no port of the router: every value is allowed. */
static bool is_call(const struct algate_opening *o)
{
	return o->act->proto == IPPROTO_GRE;
}

/**
 * algate_port_search() - find out which public ports an opening may get
 * @an: namespace
 * @o: resolved open action, movable
 * @search: filled in
 *
 * An explicit range may consist of ports that the system reserves, so that no
 * local socket gets them.
 *
 * Context: under RCU, also while @search is in use.
 */
void algate_port_search(const struct algate_net *an,
			const struct algate_opening *o,
			struct algate_port_search *search)
{
	const struct algate_reserved *r = rcu_dereference(an->reserved);
	u32 range = READ_ONCE(an->limits.ports);
	int first = range >> 16, last = range & U16_MAX;

	*search = (struct algate_port_search){
		.net = an->net, .ports.all = { 1, U16_MAX },
	};
	if (is_call(o))
		return;
	if (!range)
		inet_get_local_port_range(an->net, &first, &last);
	search->ports.all = (struct algate_range){ first, last };
	if (r) {
		search->ports.reserved = r->range;
		search->ports.nreserved = r->n;
	}
	search->system = algate_port_low(&search->ports, o) || !range;
}

static bool is_reserved(const struct algate_port_search *search,
			const struct algate_opening *o, u32 port)
{
	unsigned int i;

	for (i = 0; search->system && i < o->act->count; i++)
		if (inet_is_local_reserved_port(search->net, port + i))
			return true;
	return false;
}

/**
 * algate_port_keep() - may an opening keep the announced port?
 * @search: ports that @o may get
 * @o: resolved open action, movable
 *
 * Context: under RCU.
 *
 * Return: true if all ports of @o are in the namespace's range.
 */
bool algate_port_keep(const struct algate_port_search *search,
		      const struct algate_opening *o)
{
	u32 port = o->mapped.port;

	return is_call(o) || (!is_reserved(search, o, port) &&
			      algate_port_allowed(&search->ports, o, port));
}

/**
 * algate_port_other() - choose another public port
 * @search: ports that @o may get
 * @o: resolved open action, movable
 * @start: number below 2^31, the same for all tries
 * @i: number of the try, from 0 to ALGATE_PORT_TRIES - 1
 *
 * Context: under RCU.
 *
 * Return: first of the ports, or 0 if this try finds no port.
 */
u32 algate_port_other(const struct algate_port_search *search,
		      const struct algate_opening *o, u32 start, u32 i)
{
	u32 port = algate_port_candidate(&search->ports, o, start, i);
	unsigned int skips = MAX_SKIPS;

	while (port && is_reserved(search, o, port))
		port = skips-- ? algate_port_next(&search->ports, o,
						  port + 1) : 0;
	return port;
}

/* Does a local socket receive at @port of the public address? */
static bool is_local4(struct net *net, u8 proto,
		      const union nf_inet_addr *peer,
		      const union nf_inet_addr *public, u16 port)
{
	const struct net_device *dev = __ip_dev_find(net, public->ip, false);
	int ifindex = dev ? dev->ifindex : 0;

	return proto == IPPROTO_TCP ?
	       algate_listens4(net, peer->ip, public->ip, port, ifindex) :
	       algate_receives4(net, peer->ip, public->ip, port, ifindex);
}

static bool is_local6(struct net *net, u8 proto,
		      const union nf_inet_addr *peer,
		      const union nf_inet_addr *public, u16 port)
{
#if IS_ENABLED(CONFIG_IPV6)
	const struct net_device *dev = ipv6_dev_find(net, &public->in6, NULL);
	int ifindex = dev ? dev->ifindex : 0;

	return proto == IPPROTO_TCP ?
	       algate_listens6(net, &peer->in6, &public->in6, port, ifindex) :
	       algate_receives6(net, &peer->in6, &public->in6, port, ifindex);
#else
	return false;
#endif
}

/*
 * Does conntrack pass packets from @sport of the peer to @port of the public
 * address to another endpoint than the announced endpoint? Such packets would
 * never use the expectation.
 */
static bool is_entry(const struct nf_conn *ct,
		     const struct nf_conntrack_tuple *back,
		     const struct algate_opening *o, __be16 sport, u16 i)
{
	const struct nf_conntrack_tuple *inside;
	struct nf_conntrack_tuple_hash *h;
	struct nf_conn *there;
	struct nf_conntrack_tuple t = {
		.src = { .u3 = back->src.u3, .u.all = sport,
			 .l3num = nf_ct_l3num(ct) },
		.dst = { .protonum = o->act->proto },
	};
	bool other;

	memcpy(&t.dst.u3, o->mapped.addr, sizeof(t.dst.u3));
	t.dst.u.all = htons(o->mapped.port + i);
	h = nf_conntrack_find_get(nf_ct_net(ct), nf_ct_zone(ct), &t);
	if (!h)
		return false;
	there = nf_ct_tuplehash_to_ctrack(h);
	inside = &there->tuplehash[!NF_CT_DIRECTION(h)].tuple;
	other = memcmp(&inside->src.u3, o->real.addr, sizeof(t.src.u3)) ||
		inside->src.u.all != htons(o->real.port + i);
	nf_ct_put(there);
	return other;
}

/* Is the port number @i of the opening in use on the router? */
static bool is_used(const struct nf_conn *ct,
		    const struct nf_conntrack_tuple *back,
		    const struct algate_opening *o, u16 i)
{
	const union nf_inet_addr *public = (const void *)o->mapped.addr;
	u16 port = o->mapped.port + i;
	struct net *net = nf_ct_net(ct);
	u8 proto = o->act->proto;

	/* Media often comes from the same port number. */
	if (is_entry(ct, back, o, back->src.u.all, i) ||
	    is_entry(ct, back, o, htons(port), i))
		return true;
	return nf_ct_l3num(ct) == NFPROTO_IPV4 ?
	       is_local4(net, proto, &back->src.u3, public, port) :
	       is_local6(net, proto, &back->src.u3, public, port);
}

/**
 * algate_port_free() - is a public port free for an opening?
 * @ct: conntrack entry of the flow
 * @dir: direction of the announcing message
 * @o: resolved open action, movable; its mapped port is tested
 *
 * Expectations are not tested, since conntrack does so. Neither are entries
 * with another port of the peer, since conntrack cannot find them.
 *
 * Context: BHs off, under RCU.
 *
 * Return: false if a local socket receives at the port, or another endpoint's
 * conntrack entry exists there.
 */
bool algate_port_free(const struct nf_conn *ct, enum ip_conntrack_dir dir,
		      const struct algate_opening *o)
{
	const struct nf_conntrack_tuple *back = &ct->tuplehash[!dir].tuple;
	u16 i;

	if (is_call(o))
		return true;
	for (i = 0; i < o->act->count; i++)
		if (is_used(ct, back, o, i))
			return false;
	return true;
}

/**
 * algate_port_read() - read a list of reserved ports
 * @attr: ALGATE_LIMIT_RESERVED, or NULL
 * @extack: gets the reason of a failure
 *
 * Context: may sleep.
 *
 * Return: the list; NULL if it is empty; -EINVAL or -ENOMEM.
 */
struct algate_reserved *algate_port_read(const struct nlattr *attr,
					 struct netlink_ext_ack *extack)
{
	const u32 *range = attr ? nla_data(attr) : NULL;
	u32 i, n = attr ? nla_len(attr) / sizeof(*range) : 0;
	struct algate_reserved *r;
	int err;

	if (attr && nla_len(attr) % sizeof(*range)) {
		err = algate_reject(extack, -EINVAL,
				    "reserved ports are a list of u32");
		return ERR_PTR(err);
	}
	if (!n)
		return NULL;
	r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
	if (!r)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < n; i++) {
		if (!algate_port_range(range[i])) {
			kfree(r);
			err = algate_reject(extack, -EINVAL,
					    "a reserved range is empty");
			return ERR_PTR(err);
		}
		r->range[i].first = range[i] >> 16;
		r->range[i].last = range[i] & U16_MAX;
	}
	r->n = n;
	return r;
}

/**
 * algate_port_put() - add the list of reserved ports to a message
 * @skb: message
 * @an: namespace
 *
 * Context: under algate_mutex.
 *
 * Return: 0 or -EMSGSIZE.
 */
int algate_port_put(struct sk_buff *skb, const struct algate_net *an)
{
	const struct algate_reserved *r;
	struct nlattr *attr;
	u32 i, n, *range;

	r = rcu_dereference_protected(an->reserved,
				      lockdep_is_held(&algate_mutex));
	n = r ? r->n : 0;
	attr = nla_reserve(skb, ALGATE_LIMIT_RESERVED, n * sizeof(*range));
	if (!attr)
		return -EMSGSIZE;
	range = nla_data(attr);
	for (i = 0; i < n; i++)
		range[i] = (u32)r->range[i].first << 16 | r->range[i].last;
	return 0;
}

/**
 * algate_port_reserve() - replace the list of reserved ports of a namespace
 * @an: namespace
 * @list: new list, or NULL; owned by @an afterwards
 *
 * Context: under algate_mutex.
 */
void algate_port_reserve(struct algate_net *an, struct algate_reserved *list)
{
	struct algate_reserved *old;

	old = rcu_replace_pointer(an->reserved, list,
				  lockdep_is_held(&algate_mutex));
	if (old)
		kfree_rcu(old, rcu);
}

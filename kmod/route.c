// SPDX-License-Identifier: GPL-2.0
/*
 * Routes, for expectations of the peer's side: is a device one by which packets
 * to an address leave? A multipath route has several devices.
 */
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/dst_metadata.h>
#include <net/ip_fib.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include <net/sock.h>

#include "algate.h"
#include "expect.h"

static int lookup4(const struct algate_way *way, const struct net_device *dev,
		   struct fib_result *res)
{
	struct flowi4 fl4 = {
		.daddr = way->to.ip,
		.saddr = way->from.ip,
		.flowi4_iif = way->iif ?: LOOPBACK_IFINDEX,
		.flowi4_mark = way->mark,
		.flowi4_scope = RT_SCOPE_UNIVERSE,
		.flowi4_uid = sock_net_uid(way->net, NULL),
		.flowi4_l3mdev = l3mdev_master_ifindex_rcu(dev),
	};

	return fib_lookup(way->net, &fl4, res, FIB_LOOKUP_IGNORE_LINKSTATE);
}

/*
 * A group has no route, or the route of another network: a host sends to it by
 * the device with the sender's address.
 */
static bool sends4(const struct algate_way *way, const struct net_device *dev)
{
	return dev && __ip_dev_find(way->net, way->from.ip, false) == dev;
}

static bool uses4(const struct algate_way *way, const struct net_device *dev)
{
	struct fib_result res;

	if (ipv4_is_multicast(way->to.ip) || ipv4_is_lbcast(way->to.ip))
		return sends4(way, dev);
	if (lookup4(way, dev, &res))
		return false;
	if (res.type == RTN_LOCAL)
		return !dev || dev->flags & IFF_LOOPBACK;
	return dev && (res.type == RTN_UNICAST || res.type == RTN_BROADCAST) &&
	       fib_info_nh_uses_dev(res.fi, dev);
}

static int iif4(const struct algate_way *way)
{
	struct fib_result res;

	if (lookup4(way, NULL, &res) || res.type != RTN_UNICAST)
		return 0;
	return fib_info_nhc(res.fi, 0)->nhc_dev->ifindex;
}

#if IS_ENABLED(CONFIG_IPV6)
/* @oif: only routes by this device; 0: any device */
static struct rt6_info *lookup6(const struct algate_way *way,
				const struct net_device *dev, int oif)
{
	struct flowi6 fl6 = {
		.daddr = way->to.in6,
		.saddr = way->from.in6,
		.flowi6_iif = way->iif ?: LOOPBACK_IFINDEX,
		.flowi6_oif = oif,
		.flowi6_mark = way->mark,
		.flowi6_uid = sock_net_uid(way->net, NULL),
		.flowi6_l3mdev = l3mdev_master_ifindex_rcu(dev),
	};
	int flags = RT6_LOOKUP_F_HAS_SADDR | (oif ? RT6_LOOKUP_F_IFACE : 0);

	return (struct rt6_info *)ip6_route_lookup(way->net, &fl6, NULL,
						   flags);
}

/* Do both routes have the same table, prefix and metric? */
static bool same_rank(const struct rt6_info *a, const struct rt6_info *b)
{
	const struct fib6_info *x = rcu_dereference(a->from);
	const struct fib6_info *y = rcu_dereference(b->from);

	return !a->dst.error && !b->dst.error && x && y &&
	       x->fib6_table == y->fib6_table &&
	       x->fib6_metric == y->fib6_metric &&
	       x->fib6_dst.plen == y->fib6_dst.plen;
}

/*
 * The best route is one of several if the route is multipath. Therefore compare
 * it with the best route by @dev.
 */
static bool uses6(const struct algate_way *way, const struct net_device *dev)
{
	struct rt6_info *best, *by;
	bool uses;

	if (ipv6_addr_is_multicast(&way->to.in6))
		return dev && ipv6_chk_addr(way->net, &way->from.in6, dev, 0);
	best = lookup6(way, dev, 0);
	if (!dev || best->rt6i_flags & RTF_LOCAL) {
		uses = best->rt6i_flags & RTF_LOCAL &&
		       (!dev || dev->flags & IFF_LOOPBACK);
	} else {
		by = lookup6(way, dev, dev->ifindex);
		uses = same_rank(best, by);
		ip6_rt_put(by);
	}
	ip6_rt_put(best);
	return uses;
}

static int iif6(const struct algate_way *way)
{
	struct rt6_info *rt = lookup6(way, NULL, 0);
	int iif = rt->dst.error || rt->rt6i_flags & RTF_LOCAL ? 0 :
		  rt->dst.dev->ifindex;

	ip6_rt_put(rt);
	return iif;
}
#else
static bool uses6(const struct algate_way *way, const struct net_device *dev)
{
	return false;
}

static int iif6(const struct algate_way *way)
{
	return 0;
}
#endif

/**
 * algate_route_uses() - do packets to an address leave by a device?
 * @way: the packets
 * @dev: device; NULL for packets that the router itself receives
 *
 * Context: under RCU.
 *
 * Return: true if @dev is a device of the best route, or of one of several
 * routes that are as good; for a multicast group, of the device that has the
 * sender's address. For the router's own address: true for the loopback device
 * and for NULL.
 */
bool algate_route_uses(const struct algate_way *way,
		       const struct net_device *dev)
{
	return way->family == NFPROTO_IPV4 ? uses4(way, dev) : uses6(way, dev);
}

/**
 * algate_route_iif() - device by which packets from an address come in
 * @way: packets to that address
 *
 * Context: under RCU.
 *
 * Return: index of a device of the best route, the first if there are several;
 * 0 if the address is the router's own, or without a route.
 */
int algate_route_iif(const struct algate_way *way)
{
	return way->family == NFPROTO_IPV4 ? iif4(way) : iif6(way);
}

/**
 * algate_route_many() - does a packet go to many hosts?
 * @skb: packet, routed if it is IPv4
 * @ct: its conntrack entry
 * @dir: its direction
 *
 * For IPv4, the route says whether an address is the broadcast address of a
 * network.
 *
 * Context: any context; under RCU.
 *
 * Return: true for a broadcast address or a multicast group.
 */
bool algate_route_many(const struct sk_buff *skb, const struct nf_conn *ct,
		       enum ip_conntrack_dir dir)
{
	const union nf_inet_addr *to = &ct->tuplehash[dir].tuple.dst.u3;

	if (nf_ct_l3num(ct) == NFPROTO_IPV6)
		return ipv6_addr_is_multicast(&to->in6);
	if (ipv4_is_multicast(to->ip) || ipv4_is_lbcast(to->ip))
		return true;
	return skb_valid_dst(skb) && skb_rtable(skb)->rt_flags & RTCF_BROADCAST;
}

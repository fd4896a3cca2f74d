/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Wrappers for differences between kernels. Kbuild tests for features rather
 * than for kernel versions, since stable and distribution kernels backport
 * changes.
 */
#ifndef ALGATE_COMPAT_H
#define ALGATE_COMPAT_H

#include <linux/local_lock.h>
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/udp.h>

/* attributes of a dump request */
static inline struct nlattr **algate_dump_attrs(struct netlink_callback *cb)
{
#ifdef HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* seconds until the expectation expires */
static inline u32 algate_expect_left(const struct nf_conntrack_expect *exp)
{
#ifdef HAVE_EXPECT_TIMER
	s32 left = exp->timeout.expires - jiffies;
#else
	s32 left = READ_ONCE(exp->timeout) - nfct_time_stamp;
#endif

	return left > 0 ? left / HZ : 0;
}

/* The expectation has expired or was withdrawn, but is still in the table. */
static inline bool algate_expect_gone(const struct nf_conntrack_expect *exp)
{
#ifdef HAVE_EXPECT_TIMER
	return false;
#else
	return nf_ct_exp_is_expired(exp);
#endif
}

/* Remove the expectation; nf_conntrack_expect_lock is held. */
static inline void algate_expect_unlink(struct nf_conntrack_expect *exp)
{
#ifdef HAVE_EXPECT_TIMER
	nf_ct_remove_expect(exp);
#else
	nf_ct_unlink_expect(exp);
#endif
}

/*
 * Restart the timeout. False: the timer has fired already.
 * nf_conntrack_expect_lock is held.
 */
static inline bool algate_expect_refresh(struct nf_conntrack_expect *exp,
					 u32 seconds)
{
#ifdef HAVE_EXPECT_TIMER
	return mod_timer_pending(&exp->timeout, jiffies + seconds * HZ);
#else
	WRITE_ONCE(exp->timeout, nfct_time_stamp + seconds * HZ);
	return true;
#endif
}

/*
 * Without assign_helper, exp->helper is the helper assigned to the expected
 * flow, and the owner of the expectation is the helper of the master flow.
 * Conntrack then finds the expectations of a helper through the master, so
 * callers of the functions below must keep the master alive.
 */
#ifdef HAVE_EXPECT_ASSIGN
#define algate_assign_helper	assign_helper

/* Conntrack removes an owned expectation when the owner is unregistered. */
static inline bool algate_expect_owned(const struct nf_conntrack_expect *exp)
{
	return rcu_access_pointer(exp->helper);
}

/* helper of the master flow, or NULL; under RCU */
static inline const struct nf_conntrack_helper *
algate_expect_owner(const struct nf_conntrack_expect *exp)
{
	return rcu_dereference(exp->helper);
}
#else
#define algate_assign_helper	helper

static inline bool algate_expect_owned(const struct nf_conntrack_expect *exp)
{
	const struct nf_conn_help *help = nfct_help(exp->master);

	return help && rcu_access_pointer(help->helper);
}

static inline const struct nf_conntrack_helper *
algate_expect_owner(const struct nf_conntrack_expect *exp)
{
	const struct nf_conn_help *help = nfct_help(exp->master);

	return help ? rcu_dereference(help->helper) : NULL;
}
#endif

/* Assign a helper to the expected flow, before the expectation is published. */
static inline void algate_expect_assign(struct nf_conntrack_expect *exp,
					struct nf_conntrack_helper *helper)
{
	rcu_assign_pointer(exp->algate_assign_helper, helper);
}

/* helper assigned to the expected flow */
static inline const void *
algate_expect_assigned(const struct nf_conntrack_expect *exp)
{
	return rcu_access_pointer(exp->algate_assign_helper);
}

static inline u8 algate_helper_family(const struct nf_conntrack_helper *h)
{
#ifdef HAVE_HELPER_NFPROTO
	return h->nfproto;
#else
	return h->tuple.src.l3num;
#endif
}

static inline u8 algate_helper_proto(const struct nf_conntrack_helper *h)
{
#ifdef HAVE_HELPER_NFPROTO
	return h->l4proto;
#else
	return h->tuple.dst.protonum;
#endif
}

/* @port: unique among helpers, for kernels that identify helpers by port */
static inline void
algate_helper_init(struct nf_conntrack_helper *h, u8 family, u8 proto,
		   const char *name, u16 port,
		   const struct nf_conntrack_expect_policy *policy,
		   unsigned int last_class,
		   int (*help)(struct sk_buff *skb, unsigned int protoff,
			       struct nf_conn *ct,
			       enum ip_conntrack_info ctinfo))
{
#ifdef HAVE_HELPER_NFPROTO
	nf_ct_helper_init(h, family, proto, name, policy, last_class, help,
			  NULL, THIS_MODULE);
#else
	nf_ct_helper_init(h, family, proto, name, port, port, port, policy,
			  last_class, help, NULL, THIS_MODULE);
#endif
}

/* policy in use by conntrack: a copy of @given in newer kernels */
static inline struct nf_conntrack_expect_policy *
algate_helper_policy(struct nf_conntrack_helper *h,
		     struct nf_conntrack_expect_policy *given)
{
#ifdef HAVE_HELPER_REFS
	return h->expect_policy;
#else
	return given;
#endif
}

/*
 * Since 7.x a flow holds a reference to its helper. The module allocates a new
 * helper for each registration. After unregistration conntrack frees the helper
 * with the last reference of a flow or a rule. Until then conntrack may call
 * ->destroy and ->to_nlattr, but not ->help.
 *
 * Older kernels do not report the last user of a helper. There the module keeps
 * the memory and may register the helper again.
 */
#ifdef HAVE_HELPER_REFS
#define ALGATE_FLOWS_HOLD_HELPER	1

static inline int algate_helper_register(struct nf_conntrack_helper *h)
{
	return __nf_conntrack_helper_register(h);
}

/* @h may be freed on return. */
static inline void algate_helper_unregister(struct nf_conntrack_helper *h)
{
	WRITE_ONCE(h->destroy, NULL);
	WRITE_ONCE(h->to_nlattr, NULL);
	nf_conntrack_helper_unregister(h);
}

/* Take a reference for a flow. False: the helper is being unregistered. */
static inline bool algate_helper_hold(struct nf_conntrack_helper *h)
{
	return refcount_inc_not_zero(&h->ct_refcnt);
}

/* false after unregistration */
#define algate_helper_calls(h, function) \
	(rcu_access_pointer((h)->help) == (function))
#define algate_helper_refcnt	ct_refcnt
#else
#define ALGATE_FLOWS_HOLD_HELPER	0

static inline int algate_helper_register(struct nf_conntrack_helper *h)
{
	return nf_conntrack_helper_register(h);
}

static inline void algate_helper_unregister(struct nf_conntrack_helper *h)
{
	nf_conntrack_helper_unregister(h);
}

static inline bool algate_helper_hold(struct nf_conntrack_helper *h)
{
	return true;
}

#define algate_helper_calls(h, function)	((h)->help == (function))
#define algate_helper_refcnt	refcnt
#endif

/*
 * Lock for per-CPU scratch space, used with BHs off. On PREEMPT_RT other tasks
 * may run on the CPU even with BHs off. local_lock_nested_bh() excludes other
 * tasks. In kernels without that function, disabling BHs takes a per-CPU lock.
 */
#ifdef HAVE_NESTED_BH_LOCK
#define algate_local_lock(lock)		local_lock_nested_bh(lock)
#define algate_local_unlock(lock)	local_unlock_nested_bh(lock)
#else
#define algate_local_lock(lock)		lockdep_assert_in_softirq()
#define algate_local_unlock(lock)	do { } while (0)
#endif

/* arguments of socket lookups: the table of a namespace, or of all */
#ifdef HAVE_LOOKUP_HASHINFO
#define ALGATE_TCP_TABLE(net)	(net)->ipv4.tcp_death_row.hashinfo,
#else
#define ALGATE_TCP_TABLE(net)
#endif
#ifndef HAVE_LOOKUP_UDP_TABLE
#define ALGATE_UDP_TABLE(net)
#elif defined(HAVE_NET_UDP_TABLE)
#define ALGATE_UDP_TABLE(net)	(net)->ipv4.udp_table,
#else
#define ALGATE_UDP_TABLE(net)	&udp_table,
#endif

/*
 * Does a TCP socket listen, or a UDP socket receive from @peer, at @port of
 * @public? @ifindex: device of @public, or 0. Under RCU.
 */
static inline bool algate_listens4(struct net *net, __be32 peer, __be32 public,
				   u16 port, int ifindex)
{
	return __inet_lookup_listener(net, ALGATE_TCP_TABLE(net) NULL, 0, peer,
				      0, public, port, ifindex, 0);
}

static inline bool algate_receives4(struct net *net, __be32 peer,
				    __be32 public, u16 port, int ifindex)
{
	return __udp4_lib_lookup(net, peer, 0, public, htons(port), ifindex, 0,
				 ALGATE_UDP_TABLE(net) NULL);
}

#if IS_ENABLED(CONFIG_IPV6)
static inline bool algate_listens6(struct net *net, const struct in6_addr *peer,
				   const struct in6_addr *public, u16 port,
				   int ifindex)
{
	return inet6_lookup_listener(net, ALGATE_TCP_TABLE(net) NULL, 0, peer,
				     0, public, port, ifindex, 0);
}

static inline bool algate_receives6(struct net *net,
				    const struct in6_addr *peer,
				    const struct in6_addr *public, u16 port,
				    int ifindex)
{
	return __udp6_lib_lookup(net, peer, 0, public, htons(port), ifindex, 0,
				 ALGATE_UDP_TABLE(net) NULL);
}
#endif

#endif /* ALGATE_COMPAT_H */

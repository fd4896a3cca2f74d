/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernels, and only those. What is asked for is what a
 * kernel has (Kbuild finds out), not which version it claims to be: stable
 * and distribution kernels carry changes of later ones.
 */
#ifndef ALGATE_COMPAT_H
#define ALGATE_COMPAT_H

#include <linux/local_lock.h>
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>

/* attributes of the request that a dump answers */
static inline struct nlattr **algate_dump_attrs(struct netlink_callback *cb)
{
#ifdef HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* seconds that an expectation has left */
static inline u32 algate_expect_left(const struct nf_conntrack_expect *exp)
{
#ifdef HAVE_EXPECT_TIMER
	s32 left = exp->timeout.expires - jiffies;
#else
	s32 left = READ_ONCE(exp->timeout) - nfct_time_stamp;
#endif

	return left > 0 ? left / HZ : 0;
}

/* it has run out or was withdrawn, but is not taken away yet */
static inline bool algate_expect_gone(const struct nf_conntrack_expect *exp)
{
#ifdef HAVE_EXPECT_TIMER
	return false;
#else
	return nf_ct_exp_is_expired(exp);
#endif
}

/* take it away; under nf_conntrack_expect_lock */
static inline void algate_expect_unlink(struct nf_conntrack_expect *exp)
{
#ifdef HAVE_EXPECT_TIMER
	nf_ct_remove_expect(exp);
#else
	nf_ct_unlink_expect(exp);
#endif
}

/* it has so many seconds, unless it is gone; under nf_conntrack_expect_lock */
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
 * Before an expectation had assign_helper, exp->helper was the helper that the
 * expected flow gets, and only the flow that made the expectation said whose
 * it is. There conntrack finds the expectations of a helper by that flow, and
 * the caller of the functions below has to hold it.
 */
#ifdef HAVE_EXPECT_ASSIGN
#define algate_assign_helper	assign_helper

/* conntrack takes the expectation away when that helper is unregistered */
static inline bool algate_expect_owned(const struct nf_conntrack_expect *exp)
{
	return rcu_access_pointer(exp->helper);
}

/* helper of the flow that made the expectation, or NULL; under RCU */
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

/* the expected flow gets this helper; before it is known to others */
static inline void algate_expect_assign(struct nf_conntrack_expect *exp,
					struct nf_conntrack_helper *helper)
{
	rcu_assign_pointer(exp->algate_assign_helper, helper);
}

/* which helper that is */
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

/* @port: of no other helper, where conntrack tells helpers apart by it */
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

/* the limits that conntrack keeps: its copy of @given, where it makes one */
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
 * A flow holds its helper since 7.x. conntrack frees the helper, which was
 * allocated for this one registration, when it is unregistered and the last
 * flow and the last rule let it go. Until then it may call ->destroy, but not
 * ->help. Before, nothing tells when the last packet has let go: the memory
 * stays with the module, and may be registered again.
 */
#ifdef HAVE_HELPER_REFS
#define ALGATE_FLOWS_HOLD_HELPER	1

static inline int algate_helper_register(struct nf_conntrack_helper *h)
{
	return __nf_conntrack_helper_register(h);
}

/* @h may be gone afterwards */
static inline void algate_helper_unregister(struct nf_conntrack_helper *h)
{
	WRITE_ONCE(h->destroy, NULL);
	nf_conntrack_helper_unregister(h);
}

/* for a flow that gets the helper; false: the helper is on its way out */
static inline bool algate_helper_hold(struct nf_conntrack_helper *h)
{
	return refcount_inc_not_zero(&h->ct_refcnt);
}

/* no more, once it is unregistered */
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
 * A CPU's room to work in, with BHs off. On PREEMPT_RT another task may run
 * meanwhile, also with BHs off. Kernels that have local_lock_nested_bh() keep
 * it out by that. In older ones a lock of the CPU belongs to BHs that are off.
 */
#ifdef HAVE_NESTED_BH_LOCK
#define algate_local_lock(lock)		local_lock_nested_bh(lock)
#define algate_local_unlock(lock)	local_unlock_nested_bh(lock)
#else
#define algate_local_lock(lock)		lockdep_assert_in_softirq()
#define algate_local_unlock(lock)	do { } while (0)
#endif

#endif /* ALGATE_COMPAT_H */

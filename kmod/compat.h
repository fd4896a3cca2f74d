/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernels, and only those. What is asked for is what a
 * kernel has (Kbuild finds out), not which version it claims to be: stable
 * and distribution kernels carry changes of later ones.
 */
#ifndef ALGATE_COMPAT_H
#define ALGATE_COMPAT_H

#include <net/genetlink.h>
#include <net/netfilter/nf_conntrack_expect.h>

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

/* the expected flow gets this helper; before it is known to others */
static inline void algate_expect_assign(struct nf_conntrack_expect *exp,
					struct nf_conntrack_helper *helper)
{
#ifdef HAVE_EXPECT_ASSIGN
	rcu_assign_pointer(exp->assign_helper, helper);
#else
	/* there exp->helper is this one, and no longer says whose exp is */
#error "this kernel's struct nf_conntrack_expect has no assign_helper"
#endif
}

/* which helper that is */
static inline const void *
algate_expect_assigned(const struct nf_conntrack_expect *exp)
{
	return rcu_access_pointer(exp->assign_helper);
}

#endif /* ALGATE_COMPAT_H */

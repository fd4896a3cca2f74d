// SPDX-License-Identifier: GPL-2.0
/* Inspected flows: creation, lookup, listing, end. */
#include <net/netfilter/nf_conntrack_core.h>

#include "algate.h"
#include "compat.h"
#include "control.h"
#include "expect.h"
#include "trace.h"

/* Number of flows that a packet examines to find an evictable flow. */
#define EVICT_TRIES	16

static struct kmem_cache *flow_cache;
static struct kmem_cache *cold_cache;
static const struct algate_cold cold_none;

static struct algate_flow __rcu **flow_place(const struct nf_conn *ct)
{
	struct nf_conn_help *help = nfct_help(ct);

	return help ? algate_flow_place(help) : NULL;
}

/**
 * algate_flow_next() - iterate over the flows of a namespace
 * @an: namespace
 * @i: first index to search, 0 at first; set to the index of the flow
 *
 * Context: under RCU, which keeps the flow.
 *
 * Return: first flow at or after @i, or NULL.
 */
struct algate_flow *algate_flow_next(struct algate_net *an, unsigned long *i)
{
	return xa_find(&an->flows, i, INT_MAX, XA_PRESENT);
}

/**
 * algate_flow_helped() - is the helper of an entry an algate helper?
 * @ct: conntrack entry
 *
 * Only then does the helper data of the entry have algate's layout.
 *
 * Context: under RCU.
 *
 * Return: true for an algate helper.
 */
bool algate_flow_helped(const struct nf_conn *ct)
{
	const struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_helper *helper;

	helper = help ? rcu_dereference(help->helper) : NULL;
	return helper && algate_helper_calls(helper, algate_help);
}

/**
 * algate_flow_find() - find the flow of a conntrack entry
 * @ct: conntrack entry
 *
 * Context: under RCU, which keeps the flow.
 *
 * Return: the flow, or NULL when no plug-in inspects the entry.
 */
struct algate_flow *algate_flow_find(const struct nf_conn *ct)
{
	struct algate_flow __rcu **place = NULL;

	if (algate_flow_helped(ct))
		place = flow_place(ct);
	return place ? rcu_dereference(*place) : NULL;
}

/*
 * Count a refused flow at the first packet only: each later packet of the flow
 * is refused as well.
 */
static void flow_refused(const struct nf_conn *ct, struct algate_use *use,
			 enum algate_counter why)
{
	if (nf_ct_is_confirmed(ct))
		return;
	local_bh_disable();
	algate_use_count(use, why, 1);
	trace_algate_refuse(use, ct, why);
	local_bh_enable();
}

static struct algate_flow *flow_alloc(struct nf_conn *ct,
				      struct algate_plugin *plugin)
{
	struct algate_net *an = algate_pernet(nf_ct_net(ct));
	struct algate_flow *flow;
	struct algate_use *use;

	/* Without algate_use there is no counter for the failure either. */
	use = algate_use_get(an, plugin, GFP_ATOMIC | __GFP_NOWARN);
	if (!use)
		return NULL;
	flow = kmem_cache_zalloc(flow_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!flow) {
		flow_refused(ct, use, ALGATE_C_FLOW_MEMORY);
		return NULL;
	}
	spin_lock_init(&flow->lock);
	flow->root = flow;
	flow->use = use;
	flow->host = algate_share_host(ct, an->seed);
	flow->ct = ct;
	nf_conntrack_get(&ct->ct_general);
	INIT_HLIST_NODE(&flow->wait);
	algate_root_find(flow);
	algate_heir_begin(flow);
	algate_handover_begin(flow);
	if (nf_ct_protonum(ct) == IPPROTO_UDP && algate_stopped_has(flow)) {
		flow->state |= ALGATE_FLOW_S_DETACHED;
		flow_refused(ct, use, ALGATE_C_NOT_BEGUN);
	}
	return flow;
}

static void flow_free(struct algate_flow *flow)
{
	struct algate_cold *cold = rcu_dereference_protected(flow->cold, true);

	if (cold) {
		algate_free(rcu_dereference_protected(cold->used, true));
		kmem_cache_free(cold_cache, cold);
	}
	nf_ct_put(flow->ct);
	kmem_cache_free(flow_cache, flow);
}

static void flow_free_rcu(struct rcu_head *rcu)
{
	flow_free(container_of(rcu, struct algate_flow, rcu));
}

/* 0; -ENOSPC at the limit; -ENOMEM; -ESHUTDOWN if the namespace is going */
static int flow_link(struct algate_flow *flow)
{
	struct algate_net *an = flow->use->an;
	u32 limit = READ_ONCE(an->limits.flows);
	int err = -ENOSPC;
	u32 index = 0;

	algate_share_init(an);
	xa_lock(&an->flows);
	flow->id = an->last_id + 1;
	if (an->closed)
		err = -ESHUTDOWN;
	else if (an->nflows < limit ||
		 algate_share_room(flow, ALGATE_SHARED_FLOWS, 1, limit))
		err = __xa_alloc(&an->flows, &index, flow,
				 XA_LIMIT(0, BIT(ALGATE_INDEX_BITS) - 1),
				 GFP_ATOMIC | __GFP_NOWARN);
	if (!err) {
		flow->index = index;
		an->last_id++;
		WRITE_ONCE(an->nflows, an->nflows + 1);
		algate_share_taken(flow, ALGATE_SHARED_FLOWS, 1);
		atomic_inc(&flow->use->flows);
	}
	if (!err)
		algate_sweep_start(an);
	xa_unlock(&an->flows);
	return err;
}

static void flow_unlink(struct algate_flow *flow)
{
	struct algate_net *an = flow->use->an;

	xa_lock(&an->flows);
	__xa_erase(&an->flows, flow->index);
	WRITE_ONCE(an->nflows, an->nflows - 1);
	algate_share_taken(flow, ALGATE_SHARED_FLOWS, -1);
	if (!hlist_unhashed(&flow->wait))
		hlist_del_init(&flow->wait);
	xa_unlock(&an->flows);
	atomic_dec(&flow->use->flows);
}

/*
 * Publish @flow as the flow of the entry. If another packet was first, *@flow
 * becomes the other packet's flow. Errors as in flow_link().
 */
static int flow_publish(struct algate_flow **flow,
			struct algate_flow __rcu **place)
{
	struct algate_flow *mine = *flow, *first = NULL;
	int err;

	/*
	 * Another CPU may find the flow and end it at once. The lock makes that
	 * CPU wait until the flow is linked and published.
	 */
	spin_lock_bh(&mine->root->lock);
	if (!algate_root_takes(mine)) {
		spin_unlock_bh(&mine->root->lock);
		algate_root_alone(mine);
		spin_lock_bh(&mine->root->lock);
	}
	err = flow_link(mine);
	if (!err)
		first = unrcu_pointer(cmpxchg(place, NULL,
					      RCU_INITIALIZER(mine)));
	if (first) {
		mine->ended = true;
		flow_unlink(mine);
		*flow = first;
	} else if (!err) {
		mine->root->members++;
	}
	spin_unlock_bh(&mine->root->lock);
	if (first)
		call_rcu(&mine->rcu, flow_free_rcu);
	return err;
}

/* May the flow be evicted? The source of an unanswered packet is unproven. */
static bool flow_can_give_way(const struct algate_flow *flow)
{
	return !test_bit(IPS_SEEN_REPLY_BIT, &flow->ct->status) &&
	       !READ_ONCE(flow->expecting) && !READ_ONCE(flow->extended) &&
	       READ_ONCE(flow->members) < 2;
}

/*
 * Search a few flows for an unanswered flow without open expectations, and end
 * it.
 */
static bool flow_evict(struct algate_net *an)
{
	unsigned long i = READ_ONCE(an->hand);
	struct algate_flow *flow;
	unsigned int tries;

	for (tries = EVICT_TRIES; tries; tries--, i++) {
		flow = algate_flow_next(an, &i);
		if (!flow) {
			i = -1UL;
			continue;
		}
		if (!flow_can_give_way(flow))
			continue;
		WRITE_ONCE(an->hand, i + 1);
		local_bh_disable();
		algate_use_count(flow->use, ALGATE_C_EVICTED, 1);
		local_bh_enable();
		algate_flow_end(flow, NULL);
		return true;
	}
	WRITE_ONCE(an->hand, i);
	return false;
}

/**
 * algate_flow_make() - create the flow of a conntrack entry
 * @ct: conntrack entry of a packet, without flow
 * @plugin: plug-in of the entry's helper, NULL after unload
 *
 * Context: packet path, under RCU.
 *
 * Return: the flow, possibly created by another packet. NULL without memory, at
 * the namespace's limit, or while the entry, the plug-in or the namespace is
 * going away.
 */
struct algate_flow *algate_flow_make(struct nf_conn *ct,
				     struct algate_plugin *plugin)
{
	struct algate_flow __rcu **place = flow_place(ct);
	struct algate_flow *flow;
	int err;

	if (!place || !plugin || READ_ONCE(plugin->dying) ||
	    nf_ct_is_dying(ct))
		return NULL;
	flow = flow_alloc(ct, plugin);
	if (!flow)
		return NULL;
	err = flow_publish(&flow, place);
	if (err == -ENOSPC && flow_evict(flow->use->an))
		err = flow_publish(&flow, place);
	if (err) {
		flow_refused(ct, flow->use, err == -ENOSPC ?
			     ALGATE_C_FLOW_LIMIT : ALGATE_C_FLOW_MEMORY);
		flow_free(flow);
		return NULL;
	}
	if (READ_ONCE(plugin->sided))
		algate_side_want(flow->use->an);
	/*
	 * The entry was deleted meanwhile, perhaps before the flow was visible.
	 */
	if (nf_ct_is_dying(ct)) {
		algate_flow_end(flow, NULL);
		return NULL;
	}
	return flow;
}

/**
 * algate_flow_end() - end the inspection of a flow
 * @flow: flow; repeated calls have no effect
 * @ct: conntrack entry of @flow; NULL if conntrack has already removed the
 *	expectations
 *
 * Context: any; under RCU.
 */
void algate_flow_end(struct algate_flow *flow, const struct nf_conn *ct)
{
	struct algate_flow __rcu **place;
	struct algate_flow *root = flow->root;
	bool last;

	spin_lock_bh(&root->lock);
	if (flow->ended) {
		spin_unlock_bh(&root->lock);
		return;
	}
	flow->ended = true;
	algate_handover_end(flow);
	algate_expect_end(flow, ct);
	last = algate_root_leave(flow);
	flow_unlink(flow);
	spin_unlock_bh(&root->lock);

	place = flow_place(flow->ct);
	if (place)
		cmpxchg(place, RCU_INITIALIZER(flow), NULL);
	algate_event_flow(flow, ALGATE_EV_FLOW_END, -1);
	if (flow != root)
		call_rcu(&flow->rcu, flow_free_rcu);
	/* An ended root stays as long as a child is linked. */
	if (last)
		call_rcu(&root->rcu, flow_free_rcu);
}

/**
 * algate_flow_destroy() - end the flow of a deleted conntrack entry
 * @ct: conntrack entry
 *
 * Context: under RCU.
 */
void algate_flow_destroy(struct nf_conn *ct)
{
	struct algate_flow *flow = algate_flow_find(ct);

	if (flow)
		algate_flow_end(flow, ct);
}

/**
 * algate_flow_end_all() - end the flows of a plug-in
 * @an: namespace
 * @plugin: plug-in with unregistered helpers; NULL: all plug-ins
 *
 * Context: may sleep.
 */
void algate_flow_end_all(struct algate_net *an,
			 const struct algate_plugin *plugin)
{
	struct algate_flow *flow;
	unsigned long i = 0;

	do {
		rcu_read_lock();
		flow = algate_flow_next(an, &i);
		if (flow && (!plugin || flow->use->plugin == plugin))
			algate_flow_end(flow, NULL);
		rcu_read_unlock();
		cond_resched();
		i++;
	} while (flow);
}

/**
 * algate_flow_cold() - cold stats of a flow
 * @flow: flow
 *
 * Context: under RCU.
 *
 * Return: the cold stats; all fields are zero if the flow has none.
 */
const struct algate_cold *algate_flow_cold(const struct algate_flow *flow)
{
	const struct algate_cold *cold = rcu_dereference(flow->cold);

	return cold ? cold : &cold_none;
}

/**
 * algate_flow_cold_get() - cold stats of a flow, allocated if missing
 * @flow: flow; @flow->root->lock is held
 *
 * Return: the cold stats; NULL without memory or budget.
 */
struct algate_cold *algate_flow_cold_get(struct algate_flow *flow)
{
	struct algate_cold *cold;

	cold = rcu_dereference_protected(flow->cold,
					 lockdep_is_held(&flow->root->lock));
	if (cold || !algate_memory_charge(flow, sizeof(*cold)))
		return cold;
	cold = kmem_cache_zalloc(cold_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (cold)
		rcu_assign_pointer(flow->cold, cold);
	else
		algate_memory_uncharge(flow, sizeof(*cold));
	return cold;
}

/**
 * algate_flow_note() - store the last endpoint for listings
 * @flow: flow; @flow->root->lock is held
 * @found: announced endpoint
 * @written: endpoint written in place of @found
 */
void algate_flow_note(struct algate_flow *flow, const struct algate_end *found,
		      const struct algate_end *written)
{
	struct algate_cold *cold = algate_flow_cold_get(flow);

	if (!cold)
		return;
	cold->found = *found;
	cold->written = *written;
}

/* Does this cold counter say why a message or a flow passes without effect? */
static bool is_refusal(enum algate_counter c)
{
	switch (c) {
	case ALGATE_C_GROWN:
	case ALGATE_C_SHRUNK:
	case ALGATE_C_HELD:
	case ALGATE_C_JOINED:
	case ALGATE_C_REPEATED:
	case ALGATE_C_STOPPED:
	case ALGATE_C_EVICTED:
	case ALGATE_C_RESUMED:
		return false;
	default:
		return true;
	}
}

/**
 * algate_flow_count_cold() - add to a counter in the cold stats
 * @flow: flow; @flow->root->lock is held
 * @c: counter, ALGATE_OWN_COUNTERS or above
 * @n: number to add
 *
 * For algate_count() only.
 */
void algate_flow_count_cold(struct algate_flow *flow, enum algate_counter c,
			    u32 n)
{
	struct algate_cold *cold = n ? algate_flow_cold_get(flow) : NULL;

	if (cold)
		cold->counter[c - ALGATE_OWN_COUNTERS] += n;
	if (trace_algate_refuse_enabled() && n && is_refusal(c))
		trace_algate_refuse(flow->use, flow->ct, c);
}

/**
 * algate_flow_counter() - read a counter of a flow
 * @flow: flow
 * @c: counter
 *
 * Context: under RCU.
 *
 * Return: value of the counter.
 */
u32 algate_flow_counter(const struct algate_flow *flow, enum algate_counter c)
{
	if (c < ALGATE_OWN_COUNTERS)
		return flow->counter[c];
	return algate_flow_cold(flow)->counter[c - ALGATE_OWN_COUNTERS];
}

/**
 * algate_flow_net_init() - prepare a namespace for flows
 * @an: namespace
 *
 * Context: any.
 */
void algate_flow_net_init(struct algate_net *an)
{
	xa_init_flags(&an->flows, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_BH);
	algate_sweep_init(an);
}

static int flow_delete_ours(struct nf_conn *ct, void *data)
{
	bool ours;

	rcu_read_lock();
	ours = algate_flow_find(ct);
	rcu_read_unlock();
	return ours;
}

/**
 * algate_flow_net_end() - end all flows of a namespace
 * @an: namespace
 *
 * The memory of the flows is freed a grace period later.
 *
 * Context: may sleep.
 */
void algate_flow_net_end(struct algate_net *an)
{
	struct nf_ct_iter_data iter = { .net = an->net };

	/* Later packets use an existing flow and create no new flow. */
	xa_lock_bh(&an->flows);
	an->closed = true;
	xa_unlock_bh(&an->flows);
	cancel_delayed_work_sync(&an->sweep);
	/* An entry deleted later must not refer to a freed flow. */
	nf_ct_iterate_cleanup_net(flow_delete_ours, &iter);
	algate_flow_end_all(an, NULL);
}

/**
 * algate_flow_init() - create the slab caches for flows and cold stats
 *
 * Context: may sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int __init algate_flow_init(void)
{
	BUILD_BUG_ON(sizeof(struct algate_help_data) >
		     sizeof_field(struct nf_conn_help, data));
	/* A spinlock without debugging has 4 bytes. */
	BUILD_BUG_ON(IS_ENABLED(CONFIG_64BIT) && sizeof(spinlock_t) == 4 &&
		     sizeof(struct algate_flow) > 256);
	flow_cache = KMEM_CACHE(algate_flow, 0);
	cold_cache = KMEM_CACHE(algate_cold, 0);
	if (flow_cache && cold_cache)
		return 0;
	kmem_cache_destroy(flow_cache);
	kmem_cache_destroy(cold_cache);
	return -ENOMEM;
}

/**
 * algate_flow_exit() - wait for freed flows and destroy the slab caches
 *
 * Context: may sleep.
 */
void algate_flow_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(flow_cache);
	kmem_cache_destroy(cold_cache);
}

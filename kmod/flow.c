// SPDX-License-Identifier: GPL-2.0
/*
 * Flows that are inspected: made, found, listed, ended.
 */
#include <net/netfilter/nf_conntrack_core.h>

#include "algate.h"

/* A flow that conntrack forgot is found after this long at the latest. */
#define SWEEP_PERIOD	(10 * HZ)
/* A look at what was missing then: after a grace period, more or less. */
#define SWEEP_AGAIN	(HZ / 4)

static struct kmem_cache *flow_cache;
static const struct algate_rare rare_none;

static struct algate_flow __rcu **flow_place(const struct nf_conn *ct)
{
	struct nf_conn_help *help = nfct_help(ct);

	return help ? algate_flow_place(help) : NULL;
}

/* the entry's helper is one of ours; another's data is not ours to read */
static bool flow_has_helper(const struct nf_conn *ct)
{
	const struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_helper *helper;

	helper = help ? rcu_dereference(help->helper) : NULL;
	return helper && helper->help == algate_help;
}

/**
 * algate_flow_find() - the flow of a conntrack entry
 * @ct: conntrack entry
 *
 * Context: under RCU, which keeps the flow.
 *
 * Return: the flow, or NULL when no plug-in inspects it.
 */
struct algate_flow *algate_flow_find(const struct nf_conn *ct)
{
	return flow_has_helper(ct) ? rcu_dereference(*flow_place(ct)) : NULL;
}

static struct hlist_head *flow_bucket(const struct algate_flow *flow)
{
	return &flow->an->flow_table[flow->id % ALGATE_FLOW_BUCKETS];
}

/* Its first packet counts: every later one comes here as well. */
static void flow_refused(const struct nf_conn *ct, struct algate_use *use,
			 enum algate_counter why)
{
	if (nf_ct_is_confirmed(ct))
		return;
	local_bh_disable();
	algate_use_count(use, why, 1);
	local_bh_enable();
}

static struct algate_flow *flow_alloc(struct nf_conn *ct,
				      struct algate_plugin *plugin)
{
	struct algate_net *an = algate_pernet(nf_ct_net(ct));
	enum algate_counter why = ALGATE_C_FLOW_LIMIT;
	struct algate_flow *flow;
	struct algate_use *use;

	/* nor is there anything to count with */
	use = algate_use_get(an, plugin, GFP_ATOMIC | __GFP_NOWARN);
	if (!use)
		return NULL;
	if (atomic_inc_return(&an->nflows) > READ_ONCE(an->limits.flows))
		goto refuse;
	why = ALGATE_C_FLOW_MEMORY;
	flow = kmem_cache_zalloc(flow_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!flow)
		goto refuse;
	spin_lock_init(&flow->lock);
	flow->plugin = plugin;
	flow->use = use;
	atomic_inc(&use->flows);
	flow->an = an;
	flow->ct = ct;
	nf_conntrack_get(&ct->ct_general);
	flow->id = atomic64_inc_return(&an->last_id);
	return flow;

refuse:
	atomic_dec(&an->nflows);
	flow_refused(ct, use, why);
	return NULL;
}

static void flow_free(struct algate_flow *flow)
{
	algate_half_free(&flow->half[0]);
	algate_half_free(&flow->half[1]);
	algate_binding_free_all(flow);
	algate_free(flow->memo);
	kfree(rcu_dereference_protected(flow->rare, true));
	nf_ct_put(flow->ct);
	kmem_cache_free(flow_cache, flow);
}

static void flow_free_rcu(struct rcu_head *rcu)
{
	flow_free(container_of(rcu, struct algate_flow, rcu));
}

/* Makes it known, unless another packet was first: then that one's flow. */
static struct algate_flow *flow_publish(struct algate_flow *flow,
					struct algate_flow __rcu **place)
{
	struct algate_net *an = flow->an;
	struct algate_flow *first;

	/* who finds it and ends it at once waits until it is linked */
	spin_lock_bh(&flow->lock);
	first = unrcu_pointer(cmpxchg(place, NULL, RCU_INITIALIZER(flow)));
	if (!first) {
		spin_lock(&an->flows_lock);
		hlist_add_head_rcu(&flow->node, flow_bucket(flow));
		spin_unlock(&an->flows_lock);
	}
	spin_unlock_bh(&flow->lock);
	if (!first)
		return flow;
	atomic_dec(&an->nflows);
	atomic_dec(&flow->use->flows);
	flow_free(flow);
	return first;
}

/**
 * algate_flow_make() - make the flow of a conntrack entry
 * @ct: conntrack entry of a packet, without flow
 * @plugin: plug-in of its helper
 *
 * Context: the packet's path, under RCU.
 *
 * Return: the flow, which another packet may have made; NULL for want of
 * memory, at the namespace's limit, or when the entry or the plug-in is on its
 * way out.
 */
struct algate_flow *algate_flow_make(struct nf_conn *ct,
				     struct algate_plugin *plugin)
{
	struct algate_flow __rcu **place = flow_place(ct);
	struct algate_flow *flow;

	if (!place || READ_ONCE(plugin->dying) || nf_ct_is_dying(ct))
		return NULL;
	flow = flow_alloc(ct, plugin);
	if (!flow)
		return NULL;
	flow = flow_publish(flow, place);
	/* deleted meanwhile: whoever did that may have found no flow to end */
	if (nf_ct_is_dying(ct)) {
		algate_flow_end(flow, NULL);
		return NULL;
	}
	return flow;
}

/**
 * algate_flow_end() - a flow is inspected no more
 * @flow: flow; ended once, however often this is called
 * @ct: its conntrack entry, NULL: that has lost its expectations already
 *
 * Context: any; under RCU.
 */
void algate_flow_end(struct algate_flow *flow, const struct nf_conn *ct)
{
	struct algate_net *an = flow->an;
	struct algate_flow __rcu **place;

	spin_lock_bh(&flow->lock);
	if (flow->ended) {
		spin_unlock_bh(&flow->lock);
		return;
	}
	flow->ended = true;
	flow->generation = 0;
	algate_expect_end(flow, ct);
	spin_lock(&an->flows_lock);
	hlist_del_rcu(&flow->node);
	spin_unlock(&an->flows_lock);
	spin_unlock_bh(&flow->lock);

	place = flow_place(flow->ct);
	if (place)
		cmpxchg(place, RCU_INITIALIZER(flow), NULL);
	algate_event_flow(flow, ALGATE_EV_FLOW_END, -1);
	atomic_dec(&an->nflows);
	atomic_dec(&flow->use->flows);
	call_rcu(&flow->rcu, flow_free_rcu);
}

/**
 * algate_flow_end_all() - end the flows of a plug-in
 * @an: namespace
 * @plugin: plug-in whose helpers conntrack has forgotten; NULL: all
 *
 * Context: may sleep.
 */
void algate_flow_end_all(struct algate_net *an,
			 const struct algate_plugin *plugin)
{
	struct algate_flow *flow;
	unsigned int i;

	for (i = 0; i < ALGATE_FLOW_BUCKETS; i++) {
		rcu_read_lock();
		hlist_for_each_entry_rcu(flow, &an->flow_table[i], node) {
			if (plugin && flow->plugin != plugin)
				continue;
			algate_flow_end(flow, NULL);
		}
		rcu_read_unlock();
		cond_resched();
	}
}

/* NULL for want of memory */
static struct algate_rare *rare_get(struct algate_flow *flow)
{
	struct algate_rare *rare;

	rare = rcu_dereference_protected(flow->rare,
					 lockdep_is_held(&flow->lock));
	if (rare)
		return rare;
	rare = kzalloc(sizeof(*rare), GFP_ATOMIC | __GFP_NOWARN);
	rcu_assign_pointer(flow->rare, rare);
	return rare;
}

/**
 * algate_flow_rare() - what most flows need not remember
 * @flow: flow
 *
 * Context: under RCU.
 *
 * Return: it; all of it is zero when the flow has none.
 */
const struct algate_rare *algate_flow_rare(const struct algate_flow *flow)
{
	const struct algate_rare *rare = rcu_dereference(flow->rare);

	return rare ? rare : &rare_none;
}

/**
 * algate_flow_note() - remember the last endpoint, for people
 * @flow: flow, its lock held
 * @found: endpoint as announced
 * @written: what it was translated to
 */
void algate_flow_note(struct algate_flow *flow, const struct algate_end *found,
		      const struct algate_end *written)
{
	struct algate_rare *rare = rare_get(flow);

	if (!rare)
		return;
	rare->found = *found;
	rare->written = *written;
}

/**
 * algate_flow_count_rare() - add to a counter that flows have no room for
 * @flow: flow, its lock held
 * @c: counter, ALGATE_OWN_COUNTERS or above
 * @n: how much
 *
 * For algate_count() only.
 */
void algate_flow_count_rare(struct algate_flow *flow, enum algate_counter c,
			    u32 n)
{
	struct algate_rare *rare = n ? rare_get(flow) : NULL;

	if (rare)
		rare->counter[c - ALGATE_OWN_COUNTERS] += n;
}

/**
 * algate_flow_counter() - a counter of a flow
 * @flow: flow
 * @c: counter
 *
 * Context: under RCU.
 *
 * Return: its value.
 */
u32 algate_flow_counter(const struct algate_flow *flow, enum algate_counter c)
{
	if (c < ALGATE_OWN_COUNTERS)
		return flow->counter[c];
	return algate_flow_rare(flow)->counter[c - ALGATE_OWN_COUNTERS];
}

/**
 * algate_flow_extend() - the flow's entry is to stay
 * @flow: flow, its lock held
 * @seconds: how long at least; 0: no longer than conntrack says
 */
void algate_flow_extend(struct algate_flow *flow, u32 seconds)
{
	lockdep_assert_held(&flow->lock);
	flow->until = nfct_time_stamp + min_t(u32, seconds, 86400) * HZ;
	WRITE_ONCE(flow->extended, seconds);
}

/**
 * algate_flow_linger() - make the flow's entry stay as it was told
 * @flow: flow
 * @ct: its conntrack entry, whose timeout a packet has just set anew
 */
void algate_flow_linger(struct algate_flow *flow, struct nf_conn *ct)
{
	u32 until = READ_ONCE(flow->until);
	s32 left = until - nfct_time_stamp;

	if (left <= 0 || test_bit(IPS_FIXED_TIMEOUT_BIT, &ct->status))
		return;
	if (!nf_ct_is_confirmed(ct))
		ct->timeout = max_t(u32, ct->timeout, left);
	else if ((s32)(READ_ONCE(ct->timeout) - until) < 0)
		WRITE_ONCE(ct->timeout, until);
}

/*
 * An entry that was never confirmed goes without a word, and so does one that
 * ctnetlink took the helper from. Of the former nobody but the flow is left.
 */
static bool flow_is_stale(const struct algate_flow *flow)
{
	const struct nf_conn *ct = flow->ct;

	return refcount_read(&ct->ct_general.use) == 1 ||
	       (nf_ct_is_confirmed(ct) && !flow_has_helper(ct));
}

/*
 * What expectations have run out meanwhile is counted as well. True: some seem
 * to have.
 */
static bool flow_visit(struct algate_flow *flow)
{
	bool missing = false;

	if (flow_is_stale(flow)) {
		algate_flow_end(flow, NULL);
		return false;
	}
	if (!READ_ONCE(flow->expecting) || !nf_ct_is_confirmed(flow->ct))
		return false;
	spin_lock_bh(&flow->lock);
	if (!flow->ended) {
		algate_expect_settle(flow, flow->ct);
		missing = flow->missing;
	}
	spin_unlock_bh(&flow->lock);
	return missing;
}

static void flow_sweep(struct work_struct *work)
{
	struct algate_net *an = container_of(to_delayed_work(work),
					     struct algate_net, sweep);
	struct algate_flow *flow;
	bool missing = false;
	unsigned int i;

	for (i = 0; i < ALGATE_FLOW_BUCKETS; i++) {
		rcu_read_lock();
		hlist_for_each_entry_rcu(flow, &an->flow_table[i], node)
			missing |= flow_visit(flow);
		rcu_read_unlock();
		cond_resched();
	}
	queue_delayed_work(system_power_efficient_wq, &an->sweep,
			   missing ? SWEEP_AGAIN : SWEEP_PERIOD);
}

int algate_flow_net_init(struct algate_net *an)
{
	spin_lock_init(&an->flows_lock);
	an->flow_table = kvcalloc(ALGATE_FLOW_BUCKETS,
				  sizeof(*an->flow_table), GFP_KERNEL_ACCOUNT);
	if (!an->flow_table)
		return -ENOMEM;
	INIT_DELAYED_WORK(&an->sweep, flow_sweep);
	queue_delayed_work(system_power_efficient_wq, &an->sweep, SWEEP_PERIOD);
	return 0;
}

static int flow_delete_ours(struct nf_conn *ct, void *data)
{
	bool ours;

	rcu_read_lock();
	ours = algate_flow_find(ct);
	rcu_read_unlock();
	return ours;
}

/* The flows go; their memory after a grace period, like the table's. */
void algate_flow_net_end(struct algate_net *an)
{
	struct nf_ct_iter_data iter = { .net = an->net };

	cancel_delayed_work_sync(&an->sweep);
	/* entries that end after this must not lead to what is freed here */
	nf_ct_iterate_cleanup_net(flow_delete_ours, &iter);
	algate_flow_end_all(an, NULL);
}

void algate_flow_net_free(struct algate_net *an)
{
	kvfree(an->flow_table);
}

int __init algate_flow_init(void)
{
	BUILD_BUG_ON(sizeof(struct algate_flow *) >
		     sizeof_field(struct nf_conn_help, data));
	/* with a lock that nothing debugs */
	BUILD_BUG_ON(IS_ENABLED(CONFIG_64BIT) && sizeof(spinlock_t) == 4 &&
		     sizeof(struct algate_flow) > 256);
	flow_cache = KMEM_CACHE(algate_flow, 0);
	return flow_cache ? 0 : -ENOMEM;
}

void algate_flow_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(flow_cache);
}

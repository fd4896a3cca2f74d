// SPDX-License-Identifier: GPL-2.0
/*
 * Flows that are inspected: made, found, counted, listed, ended.
 */
#include <linux/jhash.h>
#include <net/netfilter/nf_conntrack_core.h>

#include "algate.h"

/* A flow that conntrack forgot is found after this long at the latest. */
#define SWEEP_PERIOD	(10 * HZ)

static struct kmem_cache *flow_cache;
static atomic64_t last_id;

/* helper data of a conntrack entry: a pointer, then nothing */
static struct algate_flow **flow_place(const struct nf_conn *ct)
{
	return nfct_help_data(ct);
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
	const struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_helper *helper;

	if (!help)
		return NULL;
	helper = rcu_dereference(help->helper);
	if (!helper || helper->help != algate_help)
		return NULL;
	return READ_ONCE(*flow_place(ct));
}

static struct hlist_head *flow_bucket(const struct algate_flow *flow)
{
	u32 hash = jhash_1word((u32)flow->id, 0);

	return &flow->an->flow_table[hash % ALGATE_FLOW_BUCKETS];
}

static struct algate_flow *flow_make(struct nf_conn *ct,
				     struct algate_plugin *plugin)
{
	struct algate_net *an = algate_pernet(nf_ct_net(ct));
	struct algate_flow *flow;

	if (atomic_read(&an->nflows) >= READ_ONCE(an->limits.flows))
		return NULL;
	flow = kmem_cache_zalloc(flow_cache, GFP_ATOMIC);
	if (!flow)
		return NULL;
	spin_lock_init(&flow->lock);
	flow->plugin = plugin;
	flow->an = an;
	flow->zone = nf_ct_zone(ct)->id;
	flow->id = atomic64_inc_return(&last_id);
	flow->tuple[IP_CT_DIR_ORIGINAL] =
		ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	flow->tuple[IP_CT_DIR_REPLY] = ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	return flow;
}

/**
 * algate_flow_get() - the flow of a conntrack entry, made if need be
 * @ct: conntrack entry of a packet
 * @plugin: plug-in of its helper
 *
 * Context: the packet's path, under RCU.
 *
 * Return: the flow; NULL for want of memory or at the namespace's limit.
 */
struct algate_flow *algate_flow_get(struct nf_conn *ct,
				    struct algate_plugin *plugin)
{
	struct algate_flow **place = flow_place(ct);
	struct algate_flow *flow = READ_ONCE(*place);
	struct algate_net *an;

	if (likely(flow))
		return flow;
	if (nf_ct_is_dying(ct))
		return NULL;
	flow = flow_make(ct, plugin);
	if (!flow)
		return NULL;
	/* two packets of a flow may both be its first here */
	if (cmpxchg(place, NULL, flow)) {
		kmem_cache_free(flow_cache, flow);
		return READ_ONCE(*place);
	}
	an = flow->an;
	spin_lock_bh(&an->flows_lock);
	hlist_add_head_rcu(&flow->node, flow_bucket(flow));
	spin_unlock_bh(&an->flows_lock);
	atomic_inc(&an->nflows);
	return flow;
}

static void flow_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(flow_cache, container_of(rcu, struct algate_flow, rcu));
}

static void flow_finish(struct algate_flow *flow)
{
	spin_lock_bh(&flow->lock);
	/* a packet may still be on its way here: nothing more to keep */
	flow->state |= ALGATE_FLOW_S_DETACHED;
	flow->half[0].ended = true;
	flow->half[1].ended = true;
	algate_half_free(&flow->half[0]);
	algate_half_free(&flow->half[1]);
	spin_unlock_bh(&flow->lock);
	algate_event_flow(flow, ALGATE_EV_FLOW_END, -1);
	atomic_dec(&flow->an->nflows);
	call_rcu(&flow->rcu, flow_free_rcu);
}

/**
 * algate_flow_end() - a flow is inspected no more
 * @flow: flow, after algate_commit_end(); no longer used by the caller
 *
 * Context: any; under RCU.
 */
void algate_flow_end(struct algate_flow *flow)
{
	bool linked;

	spin_lock_bh(&flow->an->flows_lock);
	linked = !hlist_unhashed(&flow->node);
	if (linked)
		hlist_del_init_rcu(&flow->node);
	spin_unlock_bh(&flow->an->flows_lock);
	if (linked)
		flow_finish(flow);
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
			spin_lock_bh(&flow->lock);
			algate_commit_end(flow, NULL);
			spin_unlock_bh(&flow->lock);
			algate_flow_end(flow);
		}
		rcu_read_unlock();
		cond_resched();
	}
}

/**
 * algate_flow_count() - how many flows a plug-in inspects
 * @an: namespace
 * @plugin: plug-in
 *
 * Context: may sleep.
 *
 * Return: their number at some time during the call.
 */
u32 algate_flow_count(struct algate_net *an, const struct algate_plugin *plugin)
{
	const struct algate_flow *flow;
	unsigned int i;
	u32 n = 0;

	rcu_read_lock();
	for (i = 0; i < ALGATE_FLOW_BUCKETS; i++)
		hlist_for_each_entry_rcu(flow, &an->flow_table[i], node)
			n += flow->plugin == plugin;
	rcu_read_unlock();
	return n;
}

/**
 * algate_flow_note() - remember the last endpoint, for people
 * @flow: flow, its lock held
 * @found: address as announced
 * @found_port: port as announced, host order
 * @written: address that it was translated to
 * @written_port: port likewise
 */
void algate_flow_note(struct algate_flow *flow, const union nf_inet_addr *found,
		      u16 found_port, const union nf_inet_addr *written,
		      u16 written_port)
{
	lockdep_assert_held(&flow->lock);
	flow->found = *found;
	flow->found_port = found_port;
	flow->written = *written;
	flow->written_port = written_port;
}

/**
 * algate_count() - add to a counter of a flow and of its plug-in
 * @flow: flow
 * @c: counter
 * @n: how much
 *
 * Context: BHs off.
 */
void algate_count(struct algate_flow *flow, enum algate_counter c, u32 n)
{
	struct algate_stats *stats;

	if (!n)
		return;
	flow->counter[c] += n;
	stats = this_cpu_ptr(flow->an->stats[flow->plugin->index]);
	u64_stats_update_begin(&stats->sync);
	u64_stats_add(&stats->v[c], n);
	u64_stats_update_end(&stats->sync);
}

/**
 * algate_count_rule() - add one to a counter that a rule names
 * @flow: flow
 * @i: index of the counter in the program
 *
 * Context: BHs off.
 */
void algate_count_rule(struct algate_flow *flow, unsigned int i)
{
	struct algate_stats *stats;

	stats = this_cpu_ptr(flow->an->stats[flow->plugin->index]);
	u64_stats_update_begin(&stats->sync);
	u64_stats_inc(&stats->rule[i]);
	u64_stats_update_end(&stats->sync);
}

/**
 * algate_stats_sum() - a counter of a plug-in over all CPUs
 * @an: namespace
 * @plugin: plug-in, which stays
 * @i: enum algate_counter, or index of a rule's counter
 * @rule: which of these
 *
 * Return: its value.
 */
u64 algate_stats_sum(const struct algate_net *an,
		     const struct algate_plugin *plugin, unsigned int i,
		     bool rule)
{
	u64 sum = 0, v;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct algate_stats *s;
		unsigned int start;

		s = per_cpu_ptr(an->stats[plugin->index], cpu);
		do {
			start = u64_stats_fetch_begin(&s->sync);
			v = u64_stats_read(rule ? &s->rule[i] : &s->v[i]);
		} while (u64_stats_fetch_retry(&s->sync, start));
		sum += v;
	}
	return sum;
}

/*
 * Userspace can take the helper away from a conntrack entry, and then nobody
 * tells of the entry's end. So the entry is looked up now and then; and what
 * expectations have run out meanwhile is counted.
 */
static void flow_visit(struct algate_net *an, struct algate_flow *flow)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_zone zone;
	struct nf_conn *ct = NULL;
	bool alive = false;

	nf_ct_zone_init(&zone, flow->zone, NF_CT_DEFAULT_ZONE_DIR, 0);
	h = nf_conntrack_find_get(an->net, &zone,
				  &flow->tuple[IP_CT_DIR_ORIGINAL]);
	if (h) {
		ct = nf_ct_tuplehash_to_ctrack(h);
		alive = algate_flow_find(ct) == flow;
	}
	spin_lock_bh(&flow->lock);
	if (alive)
		algate_commit_settle(flow, ct);
	else
		algate_commit_end(flow, NULL);
	spin_unlock_bh(&flow->lock);
	if (!alive)
		algate_flow_end(flow);
	if (ct)
		nf_ct_put(ct);
}

static void flow_sweep(struct work_struct *work)
{
	struct algate_net *an = container_of(to_delayed_work(work),
					     struct algate_net, sweep);
	struct algate_flow *flow;
	unsigned int i;

	for (i = 0; i < ALGATE_FLOW_BUCKETS; i++) {
		rcu_read_lock();
		hlist_for_each_entry_rcu(flow, &an->flow_table[i], node) {
			/* its first packet is not through conntrack yet */
			if (flow->counter[ALGATE_C_PACKETS])
				flow_visit(an, flow);
		}
		rcu_read_unlock();
		cond_resched();
	}
	queue_delayed_work(system_power_efficient_wq, &an->sweep, SWEEP_PERIOD);
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
	return !!algate_flow_find(ct);
}

void algate_flow_net_exit(struct algate_net *an)
{
	struct nf_ct_iter_data iter = { .net = an->net };

	cancel_delayed_work_sync(&an->sweep);
	/* entries that end after this must not lead to what is freed here */
	nf_ct_iterate_cleanup_net(flow_delete_ours, &iter);
	algate_flow_end_all(an, NULL);
	kvfree(an->flow_table);
}

int __init algate_flow_init(void)
{
	BUILD_BUG_ON(sizeof(struct algate_flow *) >
		     sizeof_field(struct nf_conn_help, data));
	flow_cache = KMEM_CACHE(algate_flow, 0);
	return flow_cache ? 0 : -ENOMEM;
}

void algate_flow_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(flow_cache);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * State of a plug-in in a namespace: number of flows, counters, and the secret
 * for hashes, and its lists and maps. A replacement keeps all of them.
 *
 * The first attachment or the first flow allocates the state. The state is
 * freed with the plug-in or the namespace. A namespace without algate holds
 * only an empty table.
 */
#include <linux/random.h>
#include <linux/slab.h>

#include "algate.h"

/* names of the counters, by enum algate_counter */
const char * const algate_counter_name[] = {
#define COUNTER_NAME(id, name) name,
	ALGATE_COUNTERS(COUNTER_NAME)
};

static void use_free(struct algate_use *use)
{
	free_percpu(use->stats);
	kfree(rcu_dereference_protected(use->lists, true));
	kfree(rcu_dereference_protected(use->maps, true));
	kfree(use);
}

static struct algate_use *use_alloc(struct algate_net *an,
				    const struct algate_plugin *plugin,
				    gfp_t gfp)
{
	struct algate_use *use = kzalloc(sizeof(*use), gfp);

	if (!use)
		return NULL;
	get_random_bytes(use->secret, sizeof(use->secret));
	use->an = an;
	use->plugin = plugin;
	use->stats = alloc_percpu_gfp(struct algate_stats, gfp);
	if (use->stats)
		return use;
	kfree(use);
	return NULL;
}

/**
 * algate_use_get() - state of a plug-in in a namespace, allocated if missing
 * @an: namespace
 * @plugin: plug-in
 * @gfp: allocation flags
 *
 * Context: packet path under RCU, which keeps the state; or under algate_mutex.
 *
 * Return: the state, or NULL without memory.
 */
struct algate_use *algate_use_get(struct algate_net *an,
				  const struct algate_plugin *plugin, gfp_t gfp)
{
	struct algate_use *use = xa_load(&an->uses, plugin->index);
	struct algate_use *first;

	if (likely(use))
		return use;
	use = use_alloc(an, plugin, gfp);
	if (!use)
		return NULL;
	first = xa_cmpxchg_bh(&an->uses, plugin->index, NULL, use, gfp);
	if (!first)
		return use;
	use_free(use);
	return xa_is_err(first) ? NULL : first;
}

/**
 * algate_use_find() - state of a plug-in in a namespace
 * @an: namespace
 * @plugin: plug-in
 *
 * Context: under algate_mutex or RCU.
 *
 * Return: the state, or NULL if the namespace does not use the plug-in.
 */
struct algate_use *algate_use_find(struct algate_net *an,
				   const struct algate_plugin *plugin)
{
	return xa_load(&an->uses, plugin->index);
}

/**
 * algate_use_drop() - free the state of an unloaded plug-in
 * @an: namespace
 * @plugin: plug-in without flows, unreachable for packets
 *
 * Context: under algate_mutex.
 */
void algate_use_drop(struct algate_net *an, const struct algate_plugin *plugin)
{
	struct algate_use *use = xa_erase_bh(&an->uses, plugin->index);

	if (!use)
		return;
	algate_stopped_drop(an, use);
	use_free(use);
}

/**
 * algate_use_flows() - number of flows inspected by a plug-in
 * @an: namespace
 * @plugin: plug-in
 *
 * Context: under algate_mutex or RCU.
 *
 * Return: number of flows.
 */
u32 algate_use_flows(struct algate_net *an, const struct algate_plugin *plugin)
{
	const struct algate_use *use = xa_load(&an->uses, plugin->index);

	return use ? atomic_read(&use->flows) : 0;
}

/**
 * algate_count_rule() - increment a counter named by a rule
 * @flow: flow
 * @i: index of the counter in the program
 *
 * Context: BHs off.
 */
void algate_count_rule(struct algate_flow *flow, unsigned int i)
{
	struct algate_stats *stats = this_cpu_ptr(flow->use->stats);

	u64_stats_update_begin(&stats->sync);
	u64_stats_inc(&stats->rule[i]);
	u64_stats_update_end(&stats->sync);
}

/**
 * algate_stats_sum() - sum a counter of a plug-in over all CPUs
 * @an: namespace
 * @plugin: plug-in
 * @i: enum algate_counter, or index of a rule's counter
 * @rule: @i is the index of a rule's counter
 *
 * Context: under algate_mutex or RCU.
 *
 * Return: the sum.
 */
u64 algate_stats_sum(struct algate_net *an, const struct algate_plugin *plugin,
		     unsigned int i, bool rule)
{
	const struct algate_use *use = xa_load(&an->uses, plugin->index);
	u64 sum = 0, v;
	int cpu;

	if (!use)
		return 0;
	for_each_possible_cpu(cpu) {
		const struct algate_stats *s = per_cpu_ptr(use->stats, cpu);
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&s->sync);
			v = u64_stats_read(rule ? &s->rule[i] : &s->v[i]);
		} while (u64_stats_fetch_retry(&s->sync, start));
		sum += v;
	}
	return sum;
}

/**
 * algate_use_net_init() - prepare the table of states of a namespace
 * @an: namespace
 *
 * Context: any.
 */
void algate_use_net_init(struct algate_net *an)
{
	xa_init_flags(&an->uses, XA_FLAGS_LOCK_BH);
}

/**
 * algate_use_net_exit() - free the states of all plug-ins of a namespace
 * @an: namespace without flows
 *
 * Context: may sleep.
 */
void algate_use_net_exit(struct algate_net *an)
{
	struct algate_use *use;
	unsigned long index;

	xa_for_each(&an->uses, index, use)
		use_free(use);
	xa_destroy(&an->uses);
}

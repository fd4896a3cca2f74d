// SPDX-License-Identifier: GPL-2.0
/*
 * Root flows and their children. A message may expect a flow that the plug-in
 * inspects, too ("as"). If this flow is between the same two hosts, it goes on
 * with the conversation, so an answer in one flow belongs to a request in the
 * other: a phone that sends from one port may ask for its answers at another.
 *
 * The root flow has one lock for itself and its children, so no packet ever
 * holds the locks of two flows. The tables and queues are in the root. The
 * root's entry is the master of the expectations of its children, so the root's
 * keys, limits and lifetimes count. After the end of this entry, the root stays
 * until the last child ends, for its lock and its tables.
 */
#include <net/netfilter/nf_conntrack_core.h>

#include "algate.h"
#include "compat.h"
#include "expect.h"

/**
 * algate_root_mark() - mark the entry of a flow expected with "as"
 * @ct: conntrack entry of the expected flow
 * @exp: expectation
 *
 * Context: packet path, under RCU.
 */
void algate_root_mark(const struct nf_conn *ct,
		      const struct nf_conntrack_expect *exp)
{
	const struct algate_flow *flow;
	struct algate_help_data *data;

	if (!algate_expect_assigned(exp) || !algate_flow_helped(ct))
		return;
	flow = algate_flow_find(exp->master);
	data = algate_entry_data(ct);
	if (!data)
		return;
	data->as = 1 + exp->dir;
	data->depth = flow ? flow->depth : 0;
}

/* Is @flow a flow between the two hosts of @root? */
static bool same_hosts(const struct algate_flow *flow,
		       const struct algate_flow *root)
{
	unsigned int dir;

	for (dir = 0; dir < IP_CT_DIR_MAX; dir++) {
		const struct nf_conntrack_tuple *t, *r;

		t = &flow->ct->tuplehash[dir].tuple;
		r = &root->ct->tuplehash[dir ^ flow->swapped].tuple;
		if (!nf_inet_addr_cmp(&t->src.u3, &r->src.u3) ||
		    !nf_inet_addr_cmp(&t->dst.u3, &r->dst.u3))
			return false;
	}
	return true;
}

/**
 * algate_root_alone() - make a new flow a root
 * @flow: new flow, which no other CPU can see
 */
void algate_root_alone(struct algate_flow *flow)
{
	flow->root = flow;
	flow->swapped = false;
}

/* Make a new flow of another plug-in a guest of its master. */
static void guest_begin(struct algate_flow *flow,
			const struct algate_flow *master)
{
	flow->guest = same_hosts(flow, master);
	flow->swapped = false;
	if (flow->guest)
		flow->host = master->host;
}

/**
 * algate_root_find() - make a new flow a child of its root, if it has one
 * @flow: new flow, which no other CPU can see
 *
 * A flow of a third host is a root: that host must not confirm or close what
 * only the peer may. So is a flow whose master has ended, and a flow of another
 * plug-in than its master's, see heir.c.
 *
 * Context: under RCU, which keeps the root until algate_root_takes().
 */
void algate_root_find(struct algate_flow *flow)
{
	const struct algate_help_data *data;
	struct algate_flow *master;

	data = algate_entry_data(flow->ct);
	if (!data || !data->as)
		return;
	master = algate_flow_find(flow->ct->master);
	if (!master)
		return;
	flow->swapped = data->as - 1 == IP_CT_DIR_REPLY;
	if (master->use != flow->use) {
		guest_begin(flow, master);
		return;
	}
	flow->swapped ^= master->swapped;
	if (same_hosts(flow, master->root))
		flow->root = master->root;
	else
		algate_root_alone(flow);
}

/**
 * algate_root_takes() - can the root of a flow take the flow?
 * @flow: new flow; @flow->root->lock is held
 *
 * Return: false if @flow is a child, and no flow is linked to its root any
 * more, or too many.
 */
bool algate_root_takes(const struct algate_flow *flow)
{
	const struct algate_flow *root = flow->root;

	lockdep_assert_held(&root->lock);
	return root == flow || (root->members && root->members < U16_MAX);
}

/**
 * algate_root_leave() - free the memory that packets of a flow have allocated
 * @flow: flow, marked as ended; @flow->root->lock is held
 *
 * The cold stats stay, since listings read cold stats under RCU.
 *
 * Return: true if no flow is linked to the root any more.
 */
bool algate_root_leave(struct algate_flow *flow)
{
	struct algate_flow *root = flow->root;
	u32 bytes;

	lockdep_assert_held(&root->lock);
	bytes = algate_sender_free(&flow->sender[0]) +
		algate_sender_free(&flow->sender[1]);
	algate_memory_uncharge(root, bytes);
	algate_mapping_free_all(flow);
	if (flow != root)
		algate_memory_uncharge(flow, flow->memory);
	if (--root->members)
		return false;
	algate_free(root->entries);
	root->entries = NULL;
	algate_memory_uncharge(root, root->memory);
	return true;
}

/* Reset the variables and table entries: a new program has others. */
static void state_forget(struct algate_flow *flow)
{
	memset(flow->var, 0, sizeof(flow->var));
	if (!flow->entries)
		return;
	algate_memory_uncharge(flow, algate_entries_size(flow->entries));
	algate_free(flow->entries);
	flow->entries = NULL;
}

/* Zero the variables and table entries if their meaning changed. */
static void state_renew(struct algate_flow *flow,
			const struct algate_code *code, u32 generation)
{
	if (flow->generation < code->compatible)
		state_forget(flow);
	flow->generation = generation;
}

/**
 * algate_root_renew() - adopt the current program
 * @flow: flow; @flow->root->lock is held
 * @code: program
 *
 * The table entries of a child are the root's.
 *
 * Return: false if the flow has ended, or the plug-in is being unloaded.
 */
bool algate_root_renew(struct algate_flow *flow, const struct algate_code *code)
{
	u32 generation = READ_ONCE(code->generation);

	if (flow->ended || generation == ALGATE_DYING)
		return false;
	state_renew(flow->root, code, generation);
	state_renew(flow, code, generation);
	return true;
}

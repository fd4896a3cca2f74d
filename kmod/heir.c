// SPDX-License-Identifier: GPL-2.0
/*
 * Flows that a message of one plug-in expects for another ("as NAME").
 *
 * The mapping of the opening has the name of the other plug-in, and the numbers
 * for its variables. The first packet of the expected flow looks up the name:
 * the other plug-in may have been loaded, replaced or unloaded since then. The
 * expectation refers to its own plug-in alone, so each may be unloaded first.
 *
 * The expected flow is a root, with tables, keys and expectations of its own,
 * since its program gives them another meaning. If the flow is between the same
 * two hosts, it is the guest of the flow that expected it: what it opens counts
 * for the first flow of the chain, and ends soon after the flow that expected
 * it. A chain has at most ALGATE_MAX_CHAIN plug-ins, so plug-ins that expect for
 * each other come to an end.
 */
#include "algate.h"
#include "compat.h"
#include "expect.h"
#include "trace.h"

#define ALL_DIRS	(BIT(IP_CT_DIR_ORIGINAL) | BIT(IP_CT_DIR_REPLY))

/* Note the numbers for the flow's variables, see algate_heir_begin(). */
static void data_give(struct algate_help_data *data,
		      const struct algate_heir *heir,
		      const struct algate_code *code)
{
	u8 var[ALGATE_MAX_GIVEN];
	unsigned int i;

	data->refused = !algate_heir_takes(heir, code->prog, var);
	data->generation = data->refused ? 0 : READ_ONCE(code->generation);
	data->vars = 0;
	for (i = 0; i < ALGATE_MAX_GIVEN; i++) {
		data->vars |= var[i] << 4 * i;
		data->value[i] = heir->value[i];
	}
}

/* Let the plug-in that @heir names inspect @ct. False: nobody does. */
static bool heir_assign(const struct algate_flow *flow, struct nf_conn *ct,
			const struct nf_conntrack_expect *exp,
			const struct algate_heir *heir)
{
	const struct algate_plugin *plugin = algate_plugin_find(heir->name);
	struct nf_conntrack_helper *helper;
	struct algate_help_data *data;
	struct nf_conn_help *help;

	if (!plugin || READ_ONCE(plugin->dying) ||
	    flow->depth + 1 >= ALGATE_MAX_CHAIN)
		return false;
	helper = algate_plugin_helper(plugin, nf_ct_l3num(ct),
				      nf_ct_protonum(ct));
	if (!helper)
		return false;
	help = nf_ct_helper_ext_add(ct, GFP_ATOMIC);
	if (!help || !algate_helper_hold(helper))
		return false;
	data = algate_help_data(help);
	data->as = 1 + exp->dir;
	data->depth = flow->depth + 1;
	data_give(data, heir, algate_plugin_code(plugin));
	rcu_assign_pointer(help->helper, helper);
	return true;
}

/**
 * algate_heir_assign() - let another plug-in inspect an expected flow
 * @flow: flow that opened @exp
 * @ct: new entry of the expected flow, before NAT is set up
 * @exp: expectation
 *
 * Nothing happens unless the opening names another plug-in. If nobody inspects
 * the flow, it passes.
 *
 * Context: packet path, under RCU.
 */
void algate_heir_assign(struct algate_flow *flow, struct nf_conn *ct,
			const struct nf_conntrack_expect *exp)
{
	const struct algate_mapping *b;

	/* "as self", or the administrator's own helper */
	if (algate_expect_assigned(exp) || nfct_help(ct))
		return;
	spin_lock_bh(&flow->root->lock);
	b = flow->ended ? NULL : algate_expect_mapping(flow, exp);
	if (b && b->heir && !heir_assign(flow, ct, exp, b->heir))
		algate_count(flow, ALGATE_C_NO_PLUGIN, 1);
	spin_unlock_bh(&flow->root->lock);
}

/**
 * algate_heir_begin() - give a new flow the numbers for its variables
 * @flow: new flow, which no other CPU can see
 *
 * The program may have been replaced since the numbers were checked. Then they
 * have the generation of the old program, as the variables of an older flow.
 */
void algate_heir_begin(struct algate_flow *flow)
{
	const struct algate_help_data *data;
	unsigned int i;

	data = algate_entry_data(flow->ct);
	if (!data)
		return;
	flow->depth = data->depth;
	if (data->refused && !nf_ct_is_confirmed(flow->ct)) {
		local_bh_disable();
		algate_use_count(flow->use, ALGATE_C_BAD_INPUT, 1);
		trace_algate_refuse(flow->use, flow->ct, ALGATE_C_BAD_INPUT);
		local_bh_enable();
	}
	if (!data->generation)
		return;
	flow->generation = data->generation;
	for (i = 0; i < ALGATE_MAX_GIVEN; i++) {
		u8 var = data->vars >> 4 * i & 0xf;

		if (var < ALGATE_MAX_VARS)
			flow->var[var] = data->value[i];
	}
}

/**
 * algate_heir_payer() - the flow for which the openings of a flow count
 * @flow: flow
 *
 * Context: under RCU, which keeps the result.
 *
 * Return: @flow, unless it is a guest. An entry holds a reference to its
 * master, so the masters of a living flow exist.
 */
const struct algate_flow *algate_heir_payer(const struct algate_flow *flow)
{
	const struct algate_flow *host;
	unsigned int i;

	for (i = 1; i < ALGATE_MAX_CHAIN && flow->guest; i++) {
		host = algate_flow_find(flow->ct->master);
		if (!host)
			break;
		flow = host;
	}
	return flow;
}

/**
 * algate_heir_settle() - withdraw the openings of a guest without its host
 * @flow: flow; @flow->root->lock is held
 *
 * Afterwards, the flow is no guest any more: what it opens is its own.
 *
 * Context: BHs off, under RCU.
 */
void algate_heir_settle(struct algate_flow *flow)
{
	u8 most[ALGATE_MAX_CLASSES] = {};
	unsigned int n;

	lockdep_assert_held(&flow->root->lock);
	if (!flow->guest || flow->ended || algate_flow_find(flow->ct->master))
		return;
	flow->guest = false;
	n = algate_expect_trim(flow, flow->ct, most, ALL_DIRS);
	algate_expect_opened(flow, 0, n);
}

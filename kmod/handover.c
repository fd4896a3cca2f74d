// SPDX-License-Identifier: GPL-2.0
/*
 * Flows handed over by another router. A daemon (conntrackd) creates the entry
 * of such a flow, and its expectations, through ctnetlink. The start of the
 * stream went through the other router, so the rules cannot check the stream's
 * first message.
 */
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>

#include "algate.h"
#include "compat.h"
#include "expect.h"
#include "trace.h"

/* Payload that each receiver accepts (RFC 9293, section 3.7.1). */
#define PAYLOAD_MIN	536

/**
 * struct handover - state of a flow in CTA_HELP_INFO
 * @version: HANDOVER_VERSION; later versions append members
 * @state: ALGATE_FLOW_S_*
 */
struct handover {
	u8 version;
	u8 state;
};

#define HANDOVER_VERSION	1
#define HANDOVER_STATES	(ALGATE_FLOW_S_STOPPED | ALGATE_FLOW_S_DETACHED)

static u8 state_read(const struct nlattr *attr)
{
	const struct handover *in = nla_data(attr);

	/* Without a readable state, the flow may be a stopped flow. */
	if (nla_len(attr) < (int)sizeof(*in) || in->version < HANDOVER_VERSION)
		return ALGATE_FLOW_S_DETACHED;
	return in->state & HANDOVER_STATES;
}

/**
 * algate_handover_read() - from_nlattr function of all algate helpers
 * @attr: CTA_HELP_INFO, see struct handover; NULL if absent
 * @ct: conntrack entry
 *
 * Ctnetlink calls this function for an entry that a request creates, before the
 * entry gets its helper and enters the table. An entry with a helper keeps its
 * state: the entry is in the table, or belongs to a queued packet.
 *
 * Context: under RCU.
 *
 * Return: 0.
 */
int algate_handover_read(struct nlattr *attr, struct nf_conn *ct)
{
	struct nf_conn_help *help = nfct_help(ct);
	struct algate_help_data *data;

	if (!help || rcu_access_pointer(help->helper) || nf_ct_is_confirmed(ct))
		return 0;
	data = algate_help_data(help);
	data->given = true;
	data->state = attr ? state_read(attr) : 0;
	/* Its expectations may be for any host. */
	algate_side_want(algate_pernet(nf_ct_net(ct)));
	return 0;
}

/**
 * algate_handover_write() - to_nlattr function of all algate helpers
 * @skb: gets CTA_HELP_INFO, see struct handover
 * @ct: conntrack entry with an algate helper
 *
 * Context: under RCU.
 *
 * Return: 0; -EMSGSIZE: no room, which ctnetlink ignores.
 */
int algate_handover_write(struct sk_buff *skb, const struct nf_conn *ct)
{
	const struct algate_flow *flow = algate_flow_find(ct);
	struct nf_conn_help *help = nfct_help(ct);
	struct handover out = { .version = HANDOVER_VERSION };

	if (flow)
		out.state = READ_ONCE(flow->state);
	else if (help && algate_help_data(help)->given)
		out.state = algate_help_data(help)->state;
	else
		return 0;
	return nla_put(skb, CTA_HELP_INFO, sizeof(out), &out);
}

/**
 * algate_handover_begin() - adopt the state of a flow that was handed over
 * @flow: new flow, which no other CPU can see
 */
void algate_handover_begin(struct algate_flow *flow)
{
	const struct algate_net *an = flow->use->an;
	const struct algate_help_data *data;
	unsigned int i;

	data = algate_entry_data(flow->ct);
	if (!data || !data->given)
		return;
	flow->given = true;
	flow->state = data->state;
	for (i = 0; i < ARRAY_SIZE(flow->sender); i++) {
		/* the first message was on the other router */
		flow->sender[i].nr = 1;
		flow->sender[i].longest = PAYLOAD_MIN;
	}
	if (READ_ONCE(an->limits.pickup) != ALGATE_PICKUP_OFF)
		return;
	flow->state |= ALGATE_FLOW_S_DETACHED;
	local_bh_disable();
	algate_use_count(flow->use, ALGATE_C_MIDSTREAM, 1);
	trace_algate_refuse(flow->use, flow->ct, ALGATE_C_MIDSTREAM);
	local_bh_enable();
}

/**
 * algate_handover_end() - keep the state of a flow that was handed over
 * @flow: flow; @flow->root->lock is held
 *
 * The entry may get another flow: then a stopped flow stays stopped.
 */
void algate_handover_end(const struct algate_flow *flow)
{
	struct nf_conn_help *help = nfct_help(flow->ct);

	if (flow->given && help)
		algate_help_data(help)->state |= flow->state;
}

/**
 * algate_handover_resume() - may reading begin in the middle of a stream?
 * @flow: flow; @flow->root->lock is held
 * @dir: direction, of which no byte was read
 * @seq: sequence number of the segment
 * @delta: set to the bytes that the other router's rewrites have added up to
 *	@seq, as conntrack adjusts @seq
 *
 * Return: true if the namespace's setting allows to read the flow.
 */
bool algate_handover_resume(const struct algate_flow *flow,
			    enum ip_conntrack_dir dir, u32 seq, s32 *delta)
{
	u32 pickup = READ_ONCE(flow->use->an->limits.pickup);
	struct nf_conn_seqadj *adj = nfct_seqadj(flow->ct);
	const struct nf_ct_seqadj *way;

	if (pickup == ALGATE_PICKUP_OFF ||
	    (pickup == ALGATE_PICKUP_KNOWN && !flow->given))
		return false;
	*delta = 0;
	if (!adj || !test_bit(IPS_SEQ_ADJUST_BIT, &flow->ct->status))
		return true;
	way = &adj->seq[dir];
	spin_lock(&flow->ct->lock);
	*delta = algate_after(seq, way->correction_pos) ? way->offset_after :
							  way->offset_before;
	spin_unlock(&flow->ct->lock);
	return true;
}

/*
 * First packet of a flow that an expectation of ctnetlink expects. The flow's
 * accounting does not include this expectation.
 */
static void expect_given(struct nf_conn *ct, struct nf_conntrack_expect *exp)
{
	algate_expect_nat(ct, exp);
}

/**
 * algate_handover_any() - the same, for an expectation of any host
 * @ct: conntrack entry of the expected flow
 * @exp: expectation, which side.c finds
 *
 * Context: packet path, under RCU.
 */
void algate_handover_any(struct nf_conn *ct, struct nf_conntrack_expect *exp)
{
	algate_expect_nat(ct, exp);
}

/*
 * Ctnetlink dumps an expectation with the name of its function, and looks the
 * name up for an expectation that a request creates. Both lookups find the
 * function that was registered last. An expectation that a rule must still
 * confirm stays inactive on the other router.
 */
static struct nf_ct_helper_expectfn expect_functions[] = {
	{ .name = "algate-later", .expectfn = algate_side_later },
	{ .name = "algate-later", .expectfn = expect_given },
	{ .name = "algate-any", .expectfn = algate_side_any },
	{ .name = "algate-any", .expectfn = algate_handover_any },
	{ .name = "algate", .expectfn = algate_expect_used },
	{ .name = "algate", .expectfn = expect_given },
};

/**
 * algate_handover_init() - register the expectation functions
 *
 * Context: may sleep.
 */
void algate_handover_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(expect_functions); i++)
		nf_ct_helper_expectfn_register(&expect_functions[i]);
}

static bool is_given(struct nf_conntrack_expect *exp, void *data)
{
	return exp->expectfn == expect_given ||
	       exp->expectfn == algate_handover_any;
}

/**
 * algate_handover_exit() - unregister the expectation functions
 *
 * Afterwards, no expectation refers to expect_given(). The removal of helpers
 * has removed the module's own expectations.
 *
 * Context: may sleep.
 */
void algate_handover_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(expect_functions); i++)
		nf_ct_helper_expectfn_unregister(&expect_functions[i]);
	/* a request may have looked up the name already */
	synchronize_rcu();
	nf_ct_expect_iterate_destroy(is_given, NULL);
	/* a packet may have found the expectation already */
	synchronize_rcu();
}

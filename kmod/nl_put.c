// SPDX-License-Identifier: GPL-2.0
/*
 * Writes objects as attributes, for replies, dumps and events. All functions
 * return 0; or -EMSGSIZE, with a part of the object left in the message. The
 * caller then drops the message.
 */
#include <linux/inet.h>
#include <net/genetlink.h>

#include "algate.h"
#include "compat.h"
#include "control.h"
#include "expect.h"

static int put_u64(struct sk_buff *skb, int type, u64 v, int pad)
{
	return nla_put_u64_64bit(skb, type, v, pad);
}

static int put_addr(struct sk_buff *skb, int type, u16 l3num,
		    const union nf_inet_addr *addr)
{
	return nla_put(skb, type, l3num == AF_INET6 ? 16 : 4, addr);
}

/* Classes whose openings serve the peer alone */
static int put_narrow(struct sk_buff *skb, struct algate_net *an,
		      const struct algate_plugin *plugin)
{
	const struct algate_prog *prog = algate_plugin_code(plugin)->prog;
	const struct algate_use *use = algate_use_find(an, plugin);
	unsigned int i;

	for (i = 0; use && i < prog->nclasses; i++)
		if (READ_ONCE(use->narrow) & BIT(i) &&
		    nla_put_string(skb, ALGATE_PLUGIN_PEER,
				   prog->class[i].name))
			return -EMSGSIZE;
	return 0;
}

/* @attr: types of the nest, and in it of the name and of the contents */
static int put_setting(struct sk_buff *skb, const u16 attr[3], const char *name,
		       const void *contents, size_t len)
{
	struct nlattr *nest = nla_nest_start(skb, attr[0]);

	if (!nest || nla_put_string(skb, attr[1], name) ||
	    (len && nla_put(skb, attr[2], len, contents)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_params(struct sk_buff *skb, struct algate_net *an,
		      const struct algate_plugin *plugin)
{
	static const u16 attr[] = {
		ALGATE_PLUGIN_PARAM, ALGATE_PLUGIN_PARAM_NAME,
		ALGATE_PLUGIN_PARAM_RANGES,
	};
	const struct algate_prog *prog = algate_plugin_code(plugin)->prog;
	const struct algate_use *use = algate_use_find(an, plugin);
	const struct algate_lists *lists;
	int err = 0;
	u32 i;

	rcu_read_lock();
	lists = use ? rcu_dereference(use->lists) : NULL;
	for (i = 0; i < prog->nparams && !err; i++) {
		u32 n = lists ? lists->list[i].n : 0;

		err = put_setting(skb, attr, prog->param[i].name,
				  n ? lists->list[i].range : NULL,
				  n * sizeof(struct algate_numbers));
	}
	rcu_read_unlock();
	return err;
}

static int put_maps(struct sk_buff *skb, struct algate_net *an,
		    const struct algate_plugin *plugin)
{
	static const u16 attr[] = {
		ALGATE_PLUGIN_MAP, ALGATE_PLUGIN_MAP_NAME,
		ALGATE_PLUGIN_MAP_PAIRS,
	};
	const struct algate_prog *prog = algate_plugin_code(plugin)->prog;
	const struct algate_use *use = algate_use_find(an, plugin);
	const struct algate_maps *maps;
	int err = 0;
	u32 i;

	rcu_read_lock();
	maps = use ? rcu_dereference(use->maps) : NULL;
	for (i = 0; i < prog->nmaps && !err; i++) {
		u32 n = maps ? maps->map[i].n : 0;

		err = put_setting(skb, attr, prog->map[i].name,
				  n ? maps->map[i].pair : NULL,
				  n * sizeof(struct algate_pair));
	}
	rcu_read_unlock();
	return err;
}

/**
 * algate_put_plugin() - write a plug-in as attributes
 * @skb: gets the attributes
 * @an: namespace
 * @plugin: plug-in
 * @show: optional attributes, ALGATE_SHOW_*
 *
 * Context: under algate_mutex or RCU.
 *
 * Return: 0, or -EMSGSIZE.
 */
int algate_put_plugin(struct sk_buff *skb, struct algate_net *an,
		      const struct algate_plugin *plugin, unsigned int show)
{
	const struct algate_code *code = algate_plugin_code(plugin);
	const struct algate_prog *prog = code->prog;
	struct nlattr *nest = nla_nest_start(skb, ALGATE_A_PLUGIN);

	if (!nest ||
	    nla_put_string(skb, ALGATE_PLUGIN_NAME, plugin->name) ||
	    nla_put_string(skb, ALGATE_PLUGIN_TITLE, prog->title) ||
	    nla_put_u32(skb, ALGATE_PLUGIN_INSNS, prog->ninsns) ||
	    nla_put_u32(skb, ALGATE_PLUGIN_STEPS, prog->steps) ||
	    nla_put_u32(skb, ALGATE_PLUGIN_GENERATION, code->generation) ||
	    nla_put_u32(skb, ALGATE_PLUGIN_FLOWS,
			algate_use_flows(an, plugin)) ||
	    put_narrow(skb, an, plugin) ||
	    put_params(skb, an, plugin) ||
	    put_maps(skb, an, plugin) ||
	    (show & ALGATE_SHOW_REFS &&
	     nla_put_u32(skb, ALGATE_PLUGIN_REFS,
			 algate_plugin_refs(plugin))) ||
	    (show & ALGATE_SHOW_IMAGE &&
	     nla_put(skb, ALGATE_PLUGIN_IMAGE, prog->image_len,
		     prog->image)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * algate_put_attach() - write an attachment as attributes
 * @skb: gets the attributes
 * @key: key of the attachment
 * @flows: number of flows that the attachment has selected
 *
 * Context: Any context.
 *
 * Return: 0, or -EMSGSIZE.
 */
int algate_put_attach(struct sk_buff *skb, const struct algate_attach_key *key,
		      u64 flows)
{
	struct nlattr *nest = nla_nest_start(skb, ALGATE_A_ATTACH);

	if (!nest ||
	    nla_put_string(skb, ALGATE_ATTACH_NAME, key->plugin) ||
	    nla_put_u8(skb, ALGATE_ATTACH_PROTO, key->proto) ||
	    nla_put_u16(skb, key->by_sport ? ALGATE_ATTACH_SPORT :
					     ALGATE_ATTACH_DPORT, key->port) ||
	    (key->iif[0] &&
	     nla_put_string(skb, ALGATE_ATTACH_IIF, key->iif)) ||
	    (key->family != AF_UNSPEC &&
	     (put_addr(skb, ALGATE_ATTACH_FROM, key->family, &key->from) ||
	      nla_put_u8(skb, ALGATE_ATTACH_PREFIXLEN, key->prefixlen))) ||
	    put_u64(skb, ALGATE_ATTACH_FLOWS, flows, ALGATE_ATTACH_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_tuples(struct sk_buff *skb, const struct algate_flow *flow)
{
	const struct nf_conntrack_tuple *o, *r;
	u16 l3;

	o = &flow->ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	r = &flow->ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	l3 = o->src.l3num;
	return nla_put_u8(skb, ALGATE_FLOW_FAMILY, l3) ||
	       nla_put_u8(skb, ALGATE_FLOW_PROTO, o->dst.protonum) ||
	       put_addr(skb, ALGATE_FLOW_ORIG_SRC, l3, &o->src.u3) ||
	       put_addr(skb, ALGATE_FLOW_ORIG_DST, l3, &o->dst.u3) ||
	       put_addr(skb, ALGATE_FLOW_REPLY_SRC, l3, &r->src.u3) ||
	       put_addr(skb, ALGATE_FLOW_REPLY_DST, l3, &r->dst.u3) ||
	       nla_put_u16(skb, ALGATE_FLOW_ORIG_SPORT, ntohs(o->src.u.all)) ||
	       nla_put_u16(skb, ALGATE_FLOW_ORIG_DPORT, ntohs(o->dst.u.all)) ||
	       nla_put_u16(skb, ALGATE_FLOW_REPLY_SPORT, ntohs(r->src.u.all)) ||
	       nla_put_u16(skb, ALGATE_FLOW_REPLY_DPORT, ntohs(r->dst.u.all));
}

static int put_endpoint(struct sk_buff *skb, int type, u16 l3num,
			const struct algate_end *end)
{
	char text[INET6_ADDRSTRLEN + sizeof("[]:65535")];

	if (!end->port)
		return 0;
	if (l3num == AF_INET6)
		snprintf(text, sizeof(text), "[%pI6c]:%u", end->addr,
			 end->port);
	else
		snprintf(text, sizeof(text), "%pI4:%u", end->addr, end->port);
	return nla_put_string(skb, type, text);
}

static int put_counters(struct sk_buff *skb, const struct algate_flow *flow,
			int only)
{
	struct nlattr *nest = nla_nest_start(skb, ALGATE_FLOW_COUNTERS);
	u32 n;
	int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < __ALGATE_C_MAX; i++) {
		n = algate_flow_counter(flow, i);
		if (only < 0 ? n : i == only)
			if (put_u64(skb, i + 1, n, ALGATE_COUNTER_PAD))
				return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * algate_put_flow() - write a flow as attributes
 * @skb: gets the attributes
 * @flow: flow
 * @only: counter to write; -1: all counters except zeros
 *
 * Context: the caller keeps @flow in memory.
 *
 * Return: 0, or -EMSGSIZE.
 */
int algate_put_flow(struct sk_buff *skb, const struct algate_flow *flow,
		    int only)
{
	const struct algate_cold *cold = algate_flow_cold(flow);
	struct nlattr *nest = nla_nest_start(skb, ALGATE_A_FLOW);
	u16 l3 = nf_ct_l3num(flow->ct);

	if (!nest ||
	    put_u64(skb, ALGATE_FLOW_ID, flow->id, ALGATE_FLOW_PAD) ||
	    nla_put_string(skb, ALGATE_FLOW_PLUGIN, flow->use->plugin->name) ||
	    put_tuples(skb, flow) ||
	    nla_put_u16(skb, ALGATE_FLOW_ZONE, nf_ct_zone(flow->ct)->id) ||
	    nla_put_u32(skb, ALGATE_FLOW_STATE, flow->state) ||
	    put_endpoint(skb, ALGATE_FLOW_LAST_FOUND, l3, &cold->found) ||
	    put_endpoint(skb, ALGATE_FLOW_LAST_WRITTEN, l3, &cold->written) ||
	    put_counters(skb, flow, only))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_expected(struct sk_buff *skb, const char *class,
			const struct nf_conntrack_expect *exp)
{
	const struct nf_conntrack_tuple *t = &exp->tuple;
	u16 l3 = t->src.l3num;

	return nla_put_string(skb, ALGATE_EXPECT_CLASS, class) ||
	       nla_put_u8(skb, ALGATE_EXPECT_PROTO, t->dst.protonum) ||
	       nla_put_u8(skb, ALGATE_EXPECT_FAMILY, l3) ||
	       (exp->mask.src.u3.ip &&
		put_addr(skb, ALGATE_EXPECT_SRC, l3, &t->src.u3)) ||
	       put_addr(skb, ALGATE_EXPECT_DST, l3, &t->dst.u3) ||
	       nla_put_u16(skb, ALGATE_EXPECT_DPORT, ntohs(t->dst.u.all)) ||
	       put_addr(skb, ALGATE_EXPECT_REAL, l3, algate_expect_follows(exp) ?
			&exp->saved_addr : &t->dst.u3) ||
	       nla_put_u16(skb, ALGATE_EXPECT_REAL_PORT,
			   ntohs(exp->saved_proto.all)) ||
	       nla_put_u32(skb, ALGATE_EXPECT_TIMEOUT,
			   algate_expect_left(exp));
}

static const char *class_name(const struct nf_conntrack_expect *exp)
{
	const struct nf_conntrack_helper *helper = algate_expect_owner(exp);

	return helper && algate_helper_calls(helper, algate_help) ?
	       helper->expect_policy[exp->class].name : "";
}

/**
 * algate_put_expect() - write an expectation as attributes
 * @skb: gets the attributes
 * @flow: master of the expectation, or NULL
 * @plugin: name of the plug-in
 * @exp: expectation; NULL: already removed
 *
 * Context: the caller keeps @flow and @exp in memory.
 *
 * Return: 0, or -EMSGSIZE.
 */
int algate_put_expect(struct sk_buff *skb, const struct algate_flow *flow,
		      const char *plugin, const struct nf_conntrack_expect *exp)
{
	struct nlattr *nest = nla_nest_start(skb, ALGATE_A_EXPECT);

	if (!nest ||
	    nla_put_string(skb, ALGATE_EXPECT_PLUGIN, plugin) ||
	    (flow && put_u64(skb, ALGATE_EXPECT_FLOW, flow->id,
			     ALGATE_EXPECT_PAD)) ||
	    (exp && put_expected(skb, class_name(exp), exp)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_rule_counter(struct sk_buff *skb, const char *name, u64 v)
{
	struct nlattr *nest = nla_nest_start(skb, ALGATE_STATS_RULE_COUNTER);

	if (!nest || nla_put_string(skb, ALGATE_STATS_RULE_NAME, name) ||
	    put_u64(skb, ALGATE_STATS_RULE_VALUE, v, ALGATE_STATS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * algate_put_stats() - write the counters of a plug-in as attributes
 * @skb: gets the attributes
 * @an: namespace
 * @plugin: plug-in
 *
 * Context: under algate_mutex or RCU.
 *
 * Return: 0, or -EMSGSIZE.
 */
int algate_put_stats(struct sk_buff *skb, struct algate_net *an,
		     const struct algate_plugin *plugin)
{
	const struct algate_prog *prog = algate_plugin_code(plugin)->prog;
	struct nlattr *nest = nla_nest_start(skb, ALGATE_A_STATS), *counters;
	unsigned int i;

	if (!nest || nla_put_string(skb, ALGATE_STATS_PLUGIN, plugin->name))
		return -EMSGSIZE;
	counters = nla_nest_start(skb, ALGATE_STATS_COUNTERS);
	if (!counters)
		return -EMSGSIZE;
	for (i = 0; i < __ALGATE_C_MAX; i++)
		if (put_u64(skb, i + 1, algate_stats_sum(an, plugin, i, false),
			    ALGATE_COUNTER_PAD))
			return -EMSGSIZE;
	nla_nest_end(skb, counters);
	for (i = 0; i < prog->ncounters; i++)
		if (put_rule_counter(skb, prog->counter[i],
				     algate_stats_sum(an, plugin, i, true)))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

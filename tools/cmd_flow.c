// SPDX-License-Identifier: GPL-2.0
/*
 * algctl flow show, expect show
 */
#include "ct.h"
#include "out.h"
#include "show.h"

enum {
	KW_PLUGIN,
	KW_PROTO,
	KW_FROM,
	KW_TO,
	KW_DPORT,
};

const struct keyword flow_keywords[] = {
	[KW_PLUGIN] = { "plugin", "PLUGIN", "inspected by this plug-in" },
	[KW_PROTO] = { "proto", "tcp|udp", "of this protocol" },
	[KW_FROM] = { "from", "PREFIX", "whose client address is in this prefix" },
	[KW_TO] = { "to", "PREFIX", "whose server address, as seen by the client, is in this prefix" },
	[KW_DPORT] = { "dport", "PORT", "to this port, as seen by the client" },
	{}
};

const struct keyword expect_keywords[] = {
	[KW_PLUGIN] = { "plugin", "PLUGIN", "opened by this plug-in" },
	{}
};

struct filter {
	u8 proto;
	u16 dport;
	struct prefix from;
	struct prefix to;
};

struct flow {
	u8 proto;
	u16 zone;
	struct tuple orig;
	struct tuple reply;
};

static void flow_read(const struct nlattr **tb, struct flow *f)
{
	*f = (struct flow){
		.proto = attr_num(tb[ALGATE_FLOW_PROTO]),
		.zone = attr_num(tb[ALGATE_FLOW_ZONE]),
		.orig.sport = attr_num(tb[ALGATE_FLOW_ORIG_SPORT]),
		.orig.dport = attr_num(tb[ALGATE_FLOW_ORIG_DPORT]),
		.reply.sport = attr_num(tb[ALGATE_FLOW_REPLY_SPORT]),
		.reply.dport = attr_num(tb[ALGATE_FLOW_REPLY_DPORT]),
	};
	attr_addr(tb[ALGATE_FLOW_ORIG_SRC], &f->orig.src);
	attr_addr(tb[ALGATE_FLOW_ORIG_DST], &f->orig.dst);
	attr_addr(tb[ALGATE_FLOW_REPLY_SRC], &f->reply.src);
	attr_addr(tb[ALGATE_FLOW_REPLY_DST], &f->reply.dst);
}

static bool flow_wanted(const struct filter *want, const struct flow *f)
{
	if (want->proto && want->proto != f->proto)
		return false;
	if (want->dport && want->dport != f->orig.dport)
		return false;
	if (want->from.addr.family && !addr_in(&f->orig.src, &want->from))
		return false;
	return !want->to.addr.family || addr_in(&f->orig.dst, &want->to);
}

static void tuple_print(const char *key, const char *prefix,
			const struct tuple *t)
{
	char a[ENDPOINT_LEN], b[ENDPOINT_LEN];

	out_object_begin(key);
	out_text("%s%s -> %s", prefix, endpoint_text(&t->src, t->sport, a),
		 endpoint_text(&t->dst, t->dport, b));
	out_str("src", NULL, addr_text(&t->src, a));
	out_num("sport", NULL, t->sport);
	out_str("dst", NULL, addr_text(&t->dst, b));
	out_num("dport", NULL, t->dport);
	out_object_end();
}

static void state_print(u32 state)
{
	out_str("inspection", " inspection ",
		state & ALGATE_FLOW_S_STOPPED ? "stopped" :
		state & ALGATE_FLOW_S_DETACHED ? "detached" : "on");
}

/**
 * flow_print() - print a flow, its counters and its last endpoint
 * @nest: its attributes
 */
void flow_print(const struct nlattr *nest)
{
	const struct nlattr *tb[ALGATE_FLOW_MAX + 1];
	struct flow f;

	attr_nest(nest, tb, ALGATE_FLOW_MAX);
	flow_read(tb, &f);
	out_str("plugin", "", attr_str(tb[ALGATE_FLOW_PLUGIN]));
	out_num("flow", " flow ", attr_num(tb[ALGATE_FLOW_ID]));
	out_str("proto", " ", proto_text(f.proto));
	tuple_print("orig", " ", &f.orig);
	tuple_print("reply", " reply ", &f.reply);
	if (f.zone)
		out_num("zone", " zone ", f.zone);
	state_print(attr_num(tb[ALGATE_FLOW_STATE]));
	if (tb[ALGATE_FLOW_COUNTERS])
		counters_print(tb[ALGATE_FLOW_COUNTERS], "\n    ");
	if (*attr_str(tb[ALGATE_FLOW_LAST_FOUND])) {
		out_str("last_found", "\n    last endpoint ",
			attr_str(tb[ALGATE_FLOW_LAST_FOUND]));
		out_str("last_written", " written as ",
			attr_str(tb[ALGATE_FLOW_LAST_WRITTEN]));
	}
}

static void conntrack_print(const struct flow *f)
{
	struct ct ct;

	if (!ct_find(f->proto, f->zone, &f->orig, &ct))
		return;
	out_object_begin("conntrack");
	out_text("\n    conntrack");
	if (ct.state)
		out_str("state", " ", ct.state);
	out_num("timeout", " timeout ", ct.timeout);
	out_bool("assured", ct.assured);
	out_text("%s", ct.assured ? " assured" : "");
	out_object_end();
}

static void flow_show(const struct nlattr *nest, void *arg)
{
	const struct nlattr *tb[ALGATE_FLOW_MAX + 1];
	struct flow f;

	attr_nest(nest, tb, ALGATE_FLOW_MAX);
	flow_read(tb, &f);
	if (!flow_wanted(arg, &f))
		return;
	out_object_begin(NULL);
	flow_print(nest);
	conntrack_print(&f);
	out_text("\n");
	out_object_end();
}

static int filter_parse(const struct args *args, struct filter *want)
{
	const char *proto = args->kw[KW_PROTO];

	*want = (struct filter){ .proto = proto ? proto_number(proto) : 0 };
	if (args->kw[KW_FROM] && arg_prefix(args->kw[KW_FROM], &want->from))
		return -1;
	if (args->kw[KW_TO] && arg_prefix(args->kw[KW_TO], &want->to))
		return -1;
	if (args->kw[KW_DPORT])
		return arg_port(args->kw[KW_DPORT], proto, &want->dport);
	return 0;
}

struct tally {
	const char *plugin;
	size_t flows;
};

static void flows_count(const struct nlattr *nest, void *arg)
{
	const struct nlattr *tb[ALGATE_PLUGIN_MAX + 1];
	struct tally *tally = arg;

	attr_nest(nest, tb, ALGATE_PLUGIN_MAX);
	if (!tally->plugin ||
	    !strcmp(tally->plugin, attr_str(tb[ALGATE_PLUGIN_NAME])))
		tally->flows += attr_num(tb[ALGATE_PLUGIN_FLOWS]);
}

/* Tells ct.c how many flows will be printed; unknown if there are filters. */
static void flows_expect(struct nl *nl, const char *plugin,
			 const struct filter *want)
{
	struct tally tally = { .plugin = plugin };

	if (want->proto || want->dport || want->from.addr.family ||
	    want->to.addr.family)
		return;
	if (!nl_dump(nl, nl_prepare(nl, ALGATE_CMD_PLUGIN_GET),
		     ALGATE_A_PLUGIN, flows_count, &tally))
		ct_expect(tally.flows);
}

/**
 * cmd_flow_show() - algctl flow show
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_flow_show(const struct args *args)
{
	struct nlmsghdr *nlh;
	struct filter want;
	int ret = DONE;
	struct nl *nl;

	if (filter_parse(args, &want))
		return MISUSED;
	nl = nl_open();
	if (!nl)
		return FAILED;
	flows_expect(nl, args->kw[KW_PLUGIN], &want);
	nlh = nl_prepare(nl, ALGATE_CMD_FLOW_GET);
	if (args->kw[KW_PLUGIN])
		mnl_attr_put_strz(nlh, ALGATE_A_NAME, args->kw[KW_PLUGIN]);
	out_list_begin();
	if (nl_dump_live(nl, nlh, ALGATE_A_FLOW, flow_show, &want))
		ret = nl_fail(nl, "flow show");
	out_list_end();
	ct_end();
	nl_close(nl);
	return ret;
}

/**
 * expect_print() - print an expectation
 * @nest: its attributes
 */
void expect_print(const struct nlattr *nest)
{
	const struct nlattr *tb[ALGATE_EXPECT_MAX + 1];
	struct addr src, dst, real;
	char text[ENDPOINT_LEN];
	u16 port, real_port;

	attr_nest(nest, tb, ALGATE_EXPECT_MAX);
	attr_addr(tb[ALGATE_EXPECT_SRC], &src);
	attr_addr(tb[ALGATE_EXPECT_DST], &dst);
	attr_addr(tb[ALGATE_EXPECT_REAL], &real);
	port = attr_num(tb[ALGATE_EXPECT_DPORT]);
	real_port = attr_num(tb[ALGATE_EXPECT_REAL_PORT]);
	out_str("plugin", "", attr_str(tb[ALGATE_EXPECT_PLUGIN]));
	out_num("flow", " flow ", attr_num(tb[ALGATE_EXPECT_FLOW]));
	if (dst.family == AF_UNSPEC)
		return;
	out_str("class", " ", attr_str(tb[ALGATE_EXPECT_CLASS]));
	out_str("proto", " ",
		proto_text(attr_num(tb[ALGATE_EXPECT_PROTO])));
	out_str("from", " ", addr_text(&src, text));
	out_str("to", " -> ", endpoint_text(&dst, port, text));
	if (!addr_same(&real, &dst) || real_port != port)
		out_str("real", " real ",
			endpoint_text(&real, real_port, text));
	if (tb[ALGATE_EXPECT_TIMEOUT])
		out_num("timeout", " timeout ",
			attr_num(tb[ALGATE_EXPECT_TIMEOUT]));
}

static void expect_show(const struct nlattr *nest, void *arg)
{
	(void)arg;
	out_object_begin(NULL);
	expect_print(nest);
	out_text("\n");
	out_object_end();
}

/**
 * cmd_expect_show() - algctl expect show
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_expect_show(const struct args *args)
{
	struct nl *nl = nl_open();
	struct nlmsghdr *nlh;
	int ret = DONE;

	if (!nl)
		return FAILED;
	nlh = nl_prepare(nl, ALGATE_CMD_EXPECT_GET);
	if (args->kw[KW_PLUGIN])
		mnl_attr_put_strz(nlh, ALGATE_A_NAME, args->kw[KW_PLUGIN]);
	out_list_begin();
	if (nl_dump_live(nl, nlh, ALGATE_A_EXPECT, expect_show, NULL))
		ret = nl_fail(nl, "expect show");
	out_list_end();
	nl_close(nl);
	return ret;
}

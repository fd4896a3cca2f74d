// SPDX-License-Identifier: GPL-2.0
/*
 * algctl flow show, flow forget, expect show
 */
#include <unistd.h>

#include "flow.h"
#include "out.h"
#include "show.h"

#define PROGRESS	8192	/* flows between two lines of progress */

const struct keyword forget_keywords[] = {
	[KW_PLUGIN] = { "plugin", "PLUGIN", "inspected by this plug-in" },
	[KW_PROTO] = { "proto", "tcp|udp", "of this protocol" },
	[KW_FROM] = { "from", "PREFIX", "whose client address is in this prefix" },
	[KW_DPORT] = { "dport", "PORT", "to this port, as seen by the client" },
	{}
};

const struct keyword expect_keywords[] = {
	[KW_PLUGIN] = { "plugin", "PLUGIN", "opened by this plug-in" },
	{}
};

/**
 * flow_read() - read a flow from the kernel
 * @nest: its attributes
 * @f: filled in; its strings point into @nest
 */
void flow_read(const struct nlattr *nest, struct flow *f)
{
	const struct nlattr *tb[ALGATE_FLOW_MAX + 1];

	attr_nest(nest, tb, ALGATE_FLOW_MAX);
	*f = (struct flow){
		.id = attr_num(tb[ALGATE_FLOW_ID]),
		.plugin = attr_str(tb[ALGATE_FLOW_PLUGIN]),
		.proto = attr_num(tb[ALGATE_FLOW_PROTO]),
		.zone = attr_num(tb[ALGATE_FLOW_ZONE]),
		.state = attr_num(tb[ALGATE_FLOW_STATE]),
		.orig.sport = attr_num(tb[ALGATE_FLOW_ORIG_SPORT]),
		.orig.dport = attr_num(tb[ALGATE_FLOW_ORIG_DPORT]),
		.reply.sport = attr_num(tb[ALGATE_FLOW_REPLY_SPORT]),
		.reply.dport = attr_num(tb[ALGATE_FLOW_REPLY_DPORT]),
		.found = attr_str(tb[ALGATE_FLOW_LAST_FOUND]),
		.written = attr_str(tb[ALGATE_FLOW_LAST_WRITTEN]),
	};
	attr_addr(tb[ALGATE_FLOW_ORIG_SRC], &f->orig.src);
	attr_addr(tb[ALGATE_FLOW_ORIG_DST], &f->orig.dst);
	attr_addr(tb[ALGATE_FLOW_REPLY_SRC], &f->reply.src);
	attr_addr(tb[ALGATE_FLOW_REPLY_DST], &f->reply.dst);
	attr_counters(tb[ALGATE_FLOW_COUNTERS], f->counter);
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

/**
 * flow_print() - print a flow, its counters and its last endpoint
 * @nest: its attributes
 */
void flow_print(const struct nlattr *nest)
{
	const struct nlattr *tb[ALGATE_FLOW_MAX + 1];
	struct flow f;

	attr_nest(nest, tb, ALGATE_FLOW_MAX);
	flow_read(nest, &f);
	out_str("plugin", "", f.plugin);
	out_num("flow", " flow ", f.id);
	out_str("proto", " ", proto_text(f.proto));
	tuple_print("orig", " ", &f.orig);
	tuple_print("reply", " reply ", &f.reply);
	if (f.zone)
		out_num("zone", " zone ", f.zone);
	out_str("inspection", " inspection ", inspection_text(f.state));
	if (tb[ALGATE_FLOW_COUNTERS])
		counters_print(tb[ALGATE_FLOW_COUNTERS], "\n    ");
	if (*f.found) {
		out_str("last_found", "\n    last endpoint ", f.found);
		out_str("last_written", " written as ", f.written);
	}
}

/* @ct: NULL if conntrack does not know the flow */
static void conntrack_print(const struct ct *ct)
{
	if (!ct)
		return;
	out_object_begin("conntrack");
	out_text("\n    conntrack");
	if (ct->state)
		out_str("state", " ", ct->state);
	out_num("timeout", " timeout ", ct->timeout);
	out_num("mark", ct->mark ? " mark " : NULL, ct->mark);
	out_bool("assured", ct->assured);
	out_text("%s", ct->assured ? " assured" : "");
	out_object_end();
}

/* everything that a rule or a limit refused */
static u64 refused(const struct flow *f)
{
	static const enum algate_counter counter[] = {
		ALGATE_C_REQUIRE, ALGATE_C_MALFORMED, ALGATE_C_THIRD_PARTY,
		ALGATE_C_LOW_PORT, ALGATE_C_BAD_PORT, ALGATE_C_LIMIT,
		ALGATE_C_NO_PORT, ALGATE_C_NO_SEQADJ, ALGATE_C_NO_ROOM,
	};
	unsigned int i;
	u64 n = 0;

	for (i = 0; i < ARRAY_SIZE(counter); i++)
		n += f->counter[counter[i]];
	return n;
}

static void table_head(void)
{
	out_style("1");
	out_text("%-8s %4s %-5s %-21s %-21s %-10s %8s %6s %9s %7s", "PLUGIN",
		 "FLOW", "PROTO", "CLIENT", "SERVER", "INSPECTION", "MESSAGES",
		 "OPENED", "REWRITTEN", "REFUSED");
	out_style("0");
	out_text("\n");
}

/* A cell with a colour, which does not count for the width */
static void cell(const char *style, int width, const char *text)
{
	out_style(style);
	out_text("%*s", width, text);
	out_style("0");
}

static void table_row(const struct flow *f)
{
	char client[ENDPOINT_LEN], server[ENDPOINT_LEN], number[24];
	u64 n = refused(f);

	out_text("%-8s %4llu %-5s %-21s %-21s ", f->plugin,
		 (unsigned long long)f->id, proto_text(f->proto),
		 endpoint_text(&f->orig.src, f->orig.sport, client),
		 endpoint_text(&f->orig.dst, f->orig.dport, server));
	cell(f->state ? "33" : "0", -10, inspection_text(f->state));
	out_text(" %8llu %6llu %9llu ",
		 (unsigned long long)f->counter[ALGATE_C_MESSAGES],
		 (unsigned long long)f->counter[ALGATE_C_OPENED],
		 (unsigned long long)f->counter[ALGATE_C_REWRITTEN]);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)n);
	cell(n ? "31" : "0", 7, number);
	out_text("\n");
}

/**
 * struct listing - a list of flows being printed
 * @want: filter
 * @details: all details in text
 * @read: flows that the kernel sent
 * @shown: flows that were printed
 */
struct listing {
	struct filter want;
	bool details;
	size_t read;
	size_t shown;
};

static void flow_show(const struct nlattr *nest, void *arg)
{
	struct listing *list = arg;
	bool full = list->details || out_json;
	struct ct ct, *known = NULL;
	struct flow f;

	/* On a terminal, the list itself shows the progress. */
	if (!(++list->read % PROGRESS) && !isatty(STDOUT_FILENO))
		progress("flows", list->read, 0);
	flow_read(nest, &f);
	if (!filter_flow(&list->want, &f))
		return;
	if ((full || list->want.mark_mask) &&
	    ct_find(f.proto, f.zone, &f.orig, &ct))
		known = &ct;
	if (!filter_mark(&list->want, known))
		return;
	if (!full) {
		if (!list->shown++)
			table_head();
		table_row(&f);
		return;
	}
	out_object_begin(NULL);
	flow_print(nest);
	conntrack_print(known);
	out_text("\n");
	out_object_end();
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
static void flows_expect(struct nl *nl, const struct filter *want)
{
	struct tally tally = { .plugin = want->plugin };

	if (filter_narrows(want))
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
	struct listing list = { .details = args->kw[KW_DETAILS] };
	struct nlmsghdr *nlh;
	int ret = DONE;
	struct nl *nl;

	if (filter_parse(args, &list.want))
		return MISUSED;
	nl = nl_open();
	if (!nl)
		return FAILED;
	if (list.details || out_json)
		flows_expect(nl, &list.want);
	nlh = nl_prepare(nl, ALGATE_CMD_FLOW_GET);
	if (args->kw[KW_PLUGIN])
		mnl_attr_put_strz(nlh, ALGATE_A_NAME, args->kw[KW_PLUGIN]);
	out_list_begin();
	if (nl_dump_live(nl, nlh, ALGATE_A_FLOW, flow_show, &list))
		ret = nl_fail(nl, "flow show");
	out_list_end();
	progress_end();
	ct_end();
	nl_close(nl);
	return ret;
}

static void forget_put(struct nlmsghdr *nlh, const char *plugin,
		       const struct filter *want)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, ALGATE_A_ATTACH);

	if (plugin)
		mnl_attr_put_strz(nlh, ALGATE_ATTACH_NAME, plugin);
	if (want->proto)
		mnl_attr_put_u8(nlh, ALGATE_ATTACH_PROTO, want->proto);
	if (want->dport)
		mnl_attr_put_u16(nlh, ALGATE_ATTACH_DPORT, want->dport);
	if (want->src.addr.family) {
		mnl_attr_put(nlh, ALGATE_ATTACH_FROM,
			     addr_len(&want->src.addr), want->src.addr.b);
		mnl_attr_put_u8(nlh, ALGATE_ATTACH_PREFIXLEN, want->src.len);
	}
	mnl_attr_nest_end(nlh, nest);
}

/**
 * cmd_flow_forget() - algctl flow forget
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_flow_forget(const struct args *args)
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
	nlh = nl_prepare(nl, ALGATE_CMD_FLOW_FORGET);
	forget_put(nlh, args->kw[KW_PLUGIN], &want);
	if (nl_talk(nl, nlh, 0, NULL, NULL))
		ret = nl_fail(nl, "flow forget");
	nl_close(nl);
	return ret;
}

/**
 * expect_read() - read an expectation
 * @nest: its attributes
 * @e: filled in; without an endpoint, only the plug-in and the flow are known
 */
void expect_read(const struct nlattr *nest, struct expectation *e)
{
	const struct nlattr *tb[ALGATE_EXPECT_MAX + 1];

	attr_nest(nest, tb, ALGATE_EXPECT_MAX);
	e->plugin = attr_str(tb[ALGATE_EXPECT_PLUGIN]);
	e->class = attr_str(tb[ALGATE_EXPECT_CLASS]);
	e->flow = attr_num(tb[ALGATE_EXPECT_FLOW]);
	e->proto = attr_num(tb[ALGATE_EXPECT_PROTO]);
	attr_addr(tb[ALGATE_EXPECT_SRC], &e->src);
	attr_addr(tb[ALGATE_EXPECT_DST], &e->dst);
	attr_addr(tb[ALGATE_EXPECT_REAL], &e->real);
	e->port = attr_num(tb[ALGATE_EXPECT_DPORT]);
	e->real_port = attr_num(tb[ALGATE_EXPECT_REAL_PORT]);
	e->timed = tb[ALGATE_EXPECT_TIMEOUT];
	e->timeout = attr_num(tb[ALGATE_EXPECT_TIMEOUT]);
}

/**
 * expect_print() - print an expectation
 * @nest: its attributes
 */
void expect_print(const struct nlattr *nest)
{
	char text[ENDPOINT_LEN];
	struct expectation e;

	expect_read(nest, &e);
	out_str("plugin", "", e.plugin);
	out_num("flow", " flow ", e.flow);
	if (e.dst.family == AF_UNSPEC)
		return;
	out_str("class", " ", e.class);
	out_str("proto", " ", proto_text(e.proto));
	out_str("from", " ", addr_text(&e.src, text));
	out_str("to", " -> ", endpoint_text(&e.dst, e.port, text));
	if (!addr_same(&e.real, &e.dst) || e.real_port != e.port)
		out_str("real", " real ",
			endpoint_text(&e.real, e.real_port, text));
	if (e.timed)
		out_num("timeout", " timeout ", e.timeout);
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

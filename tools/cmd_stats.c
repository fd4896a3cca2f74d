// SPDX-License-Identifier: GPL-2.0
/*
 * algctl stats show
 */
#include "out.h"
#include "show.h"

enum {
	KW_ALL,
	KW_EXPLAIN,
	KW_OPENMETRICS,
};

const struct keyword stats_keywords[] = {
	[KW_ALL] = { "--all", NULL, "print all counters, including zero" },
	[KW_EXPLAIN] = { "--explain", NULL, "explain each counter" },
	[KW_OPENMETRICS] = { "--openmetrics", NULL, "print all counters and limits for a monitoring system" },
	{}
};

#define COUNTER_NAME(id, name) \
	[ALGATE_C_##id] = name,
const char * const counter_name[__ALGATE_C_MAX] = {
	ALGATE_COUNTERS(COUNTER_NAME)
};

const char * const counter_text[] = {
	[ALGATE_C_PACKETS] = "packets of inspected flows that carried payload",
	[ALGATE_C_BYTES] = "payload bytes of those packets",
	[ALGATE_C_MESSAGES] = "complete messages that the rules saw",
	[ALGATE_C_MATCHED] = "messages that a rule handled",
	[ALGATE_C_OPENED] = "expectations opened",
	[ALGATE_C_USED] = "expected flows that arrived",
	[ALGATE_C_EXPIRED] = "expectations that expired unused",
	[ALGATE_C_CANCELLED] =
		"expectations withdrawn by a rule, at the end of the flow or of the plug-in",
	[ALGATE_C_REWRITTEN] = "messages rewritten",
	[ALGATE_C_GROWN] = "payload bytes added by rewriting",
	[ALGATE_C_SHRUNK] = "payload bytes removed by rewriting",
	[ALGATE_C_HELD] =
		"segments held back until the rest of a message arrived",
	[ALGATE_C_JOINED] = "segments sent together with held bytes",
	[ALGATE_C_REPEATED] =
		"retransmissions rewritten in the same way as before",
	[ALGATE_C_FAIL_OPEN] =
		"incomplete messages passed unread, since the sender repeated them",
	[ALGATE_C_GAP] = "segments beyond missing bytes passed unread",
	[ALGATE_C_TOO_LONG] =
		"messages above the frame's maximum or the limit of held bytes, passed unread",
	[ALGATE_C_BAD_FRAME] =
		"flows detached since their stream cannot belong to the protocol",
	[ALGATE_C_MIDSTREAM] = "flows detached since their start was missed",
	[ALGATE_C_FLOW_LIMIT] =
		"new flows not inspected: limit of flows reached",
	[ALGATE_C_FLOW_MEMORY] = "new flows not inspected for want of memory",
	[ALGATE_C_REQUIRE] = "messages refused by a require statement",
	[ALGATE_C_MALFORMED] =
		"messages refused: an element is malformed",
	[ALGATE_C_THIRD_PARTY] =
		"endpoints refused: address not the sender's own",
	[ALGATE_C_LOW_PORT] = "endpoints refused: port below 1024",
	[ALGATE_C_BAD_PORT] =
		"endpoints refused: port 0 or outside the range that the rule asks for",
	[ALGATE_C_LIMIT] =
		"refused: limit of expectations, rate or class reached, and share used up; or more elements or actions than a message may have",
	[ALGATE_C_NO_PORT] =
		"expectations refused: no free port, or conntrack refused them",
	[ALGATE_C_NO_SEQADJ] =
		"rewrites refused: helper assigned after NAT, so the length cannot change",
	[ALGATE_C_NO_ROOM] =
		"rewrites refused: a value does not fit its place, or the packet could not grow",
	[ALGATE_C_NO_MEMORY] =
		"packets passed unread, or dropped if rewritten before, for want of memory",
	[ALGATE_C_STOPPED] = "flows whose rules ended the inspection",
	[ALGATE_C_EVICTED] =
		"unanswered flows no longer inspected: limit of flows reached",
	[ALGATE_C_MEMORY_LIMIT] =
		"packets passed unread: limit of memory reached, and share used up",
	[ALGATE_C_RESUMED] =
		"directions of flows read from the middle on, see limit pickup",
	[ALGATE_C_NOT_BEGUN] =
		"flows detached since their first message does not begin the protocol",
	[ALGATE_C_UNRECOGNISED] =
		"later messages not recognised: a stream is detached unless many users share it; a datagram passes unread",
	[ALGATE_C_STRANGERS] =
		"flows detached since they announced another host's address three times",
	[ALGATE_C_OTHER_SIDE] =
		"flows not expected: not from the peer's side, or not the host that the rules named",
	[ALGATE_C_NO_PLUGIN] =
		"flows expected for another plug-in that pass unread: not loaded, without that service, or the fifth of a chain",
	[ALGATE_C_BAD_INPUT] =
		"flows that begin without the numbers that another plug-in gave: unknown input, or number not allowed",
};

_Static_assert(ARRAY_SIZE(counter_text) == __ALGATE_C_MAX,
	       "a counter without a text");

/**
 * counters_print() - print the nonzero counters
 * @nest: counters, or NULL
 * @prefix: text in front of the first counter
 */
void counters_print(const struct nlattr *nest, const char *prefix)
{
	u64 counter[__ALGATE_C_MAX];
	unsigned int i;

	attr_counters(nest, counter);
	out_object_begin("counters");
	for (i = 0; i < __ALGATE_C_MAX; i++) {
		if (!counter[i])
			continue;
		out_text("%s%s", prefix, counter_name[i]);
		out_num(counter_name[i], " ", counter[i]);
		prefix = " ";
	}
	out_object_end();
}

/* Prints a line, and with --explain an object in JSON. */
static void print_counter(const struct args *args, const char *name, u64 value,
			  const char *sentence)
{
	if (!value && !args->kw[KW_ALL])
		return;
	out_text("  %-16s", name);
	if (!args->kw[KW_EXPLAIN]) {
		out_num(name, " ", value);
		out_text("\n");
		return;
	}
	out_object_begin(name);
	out_text(" %10llu", (unsigned long long)value);
	out_num("value", NULL, value);
	out_str("meaning", "  ", sentence);
	out_object_end();
	out_text("\n");
}

static void print_rule_counter(const struct args *args,
			       const struct nlattr *nest)
{
	const struct nlattr *tb[ALGATE_STATS_MAX + 1];

	attr_nest(nest, tb, ALGATE_STATS_MAX);
	print_counter(args, attr_str(tb[ALGATE_STATS_RULE_NAME]),
		      attr_num(tb[ALGATE_STATS_RULE_VALUE]),
		  "messages that a rule of the plug-in counts");
}

struct show {
	const struct args *args;
	unsigned int shown;
};

static void stats_show(const struct nlattr *nest, void *arg)
{
	const struct nlattr *tb[ALGATE_STATS_MAX + 1], *attr;
	struct show *show = arg;
	const struct args *args = show->args;
	u64 counter[__ALGATE_C_MAX];
	unsigned int i;

	show->shown++;
	attr_nest(nest, tb, ALGATE_STATS_MAX);
	attr_counters(tb[ALGATE_STATS_COUNTERS], counter);
	out_object_begin(NULL);
	out_str("plugin", "", attr_str(tb[ALGATE_STATS_PLUGIN]));
	out_text("\n");
	out_object_begin("counters");
	for (i = 0; i < __ALGATE_C_MAX; i++)
		print_counter(args, counter_name[i], counter[i],
			      counter_text[i]);
	out_object_end();
	out_object_begin("rules");
	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) == ALGATE_STATS_RULE_COUNTER)
			print_rule_counter(args, attr);
	out_object_end();
	out_object_end();
}

/**
 * cmd_stats_show() - algctl stats show [NAME]
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_stats_show(const struct args *args)
{
	struct show show = { .args = args };
	struct nlmsghdr *nlh;
	int ret = DONE;
	struct nl *nl;

	if (args->kw[KW_OPENMETRICS] && (args->n || out_json)) {
		complain("--openmetrics prints all plug-ins, and no JSON");
		return MISUSED;
	}
	nl = nl_open();
	if (!nl)
		return FAILED;
	if (args->kw[KW_OPENMETRICS]) {
		if (metrics_print(nl))
			ret = nl_fail(nl, "stats show");
		nl_close(nl);
		return ret;
	}
	nlh = nl_prepare(nl, ALGATE_CMD_STATS_GET);
	if (args->n)
		mnl_attr_put_strz(nlh, ALGATE_A_NAME, args->v[0]);
	out_list_begin();
	if (nl_dump(nl, nlh, ALGATE_A_STATS, stats_show, &show))
		ret = nl_fail(nl, args->n ? args->v[0] : "stats show");
	out_list_end();
	nl_close(nl);
	if (args->n && ret == DONE && !show.shown) {
		complain("no plug-in \"%s\" is loaded", args->v[0]);
		return FAILED;
	}
	return ret;
}

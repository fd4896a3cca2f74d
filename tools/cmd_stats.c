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

#define COUNTER_TEXT(id, name, sentence) { name, sentence },
const struct counter_text counter_text[__ALGATE_C_MAX] = {
	ALGATE_COUNTERS(COUNTER_TEXT)
};

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
		out_text("%s%s", prefix, counter_text[i].name);
		out_num(counter_text[i].name, " ", counter[i]);
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
		print_counter(args, counter_text[i].name, counter[i],
			      counter_text[i].sentence);
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

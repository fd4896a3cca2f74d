// SPDX-License-Identifier: GPL-2.0
/*
 * algctl stats show --openmetrics: everything that can be counted, in the
 * format that openmetrics.io describes. Types and comments are those that
 * Prometheus' older text format knows as well.
 */
#include "apply.h"
#include "show.h"

struct rule_counter {
	const char *name;
	u64 value;
};

/* the numbers of a plug-in; the strings belong to the sample */
struct plugin_sample {
	char *name;
	char *title;
	u32 flows;
	u32 generation;
	bool has_refs;
	u32 refs;
	u64 expects;
	u64 counter[__ALGATE_C_MAX];
	struct rule_counter rule[ALGATE_MAX_COUNTERS];
	unsigned int rules;
};

struct samples {
	struct plugin_sample *plugin;
	size_t plugins;
	size_t attachments;
	struct limits limits;
};

static char *copy(const char *text)
{
	char *p = strdup(text);

	if (!p)
		die("out of memory");
	return p;
}

static struct plugin_sample *plugin_find(struct samples *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->plugins; i++)
		if (!strcmp(s->plugin[i].name, name))
			return &s->plugin[i];
	return NULL;
}

static void plugin_sample(const struct nlattr *nest, void *arg)
{
	const struct nlattr *tb[ALGATE_PLUGIN_MAX + 1];
	struct samples *s = arg;

	attr_nest(nest, tb, ALGATE_PLUGIN_MAX);
	s->plugin = xrealloc(s->plugin, (s->plugins + 1) * sizeof(*s->plugin));
	s->plugin[s->plugins++] = (struct plugin_sample){
		.name = copy(attr_str(tb[ALGATE_PLUGIN_NAME])),
		.title = copy(attr_str(tb[ALGATE_PLUGIN_TITLE])),
		.flows = attr_num(tb[ALGATE_PLUGIN_FLOWS]),
		.generation = attr_num(tb[ALGATE_PLUGIN_GENERATION]),
		.has_refs = tb[ALGATE_PLUGIN_REFS],
		.refs = attr_num(tb[ALGATE_PLUGIN_REFS]),
	};
}

static void rule_sample(const struct nlattr *nest, struct plugin_sample *p)
{
	const struct nlattr *tb[ALGATE_STATS_MAX + 1];

	if (p->rules == ALGATE_MAX_COUNTERS)
		return;
	attr_nest(nest, tb, ALGATE_STATS_MAX);
	p->rule[p->rules++] = (struct rule_counter){
		.name = copy(attr_str(tb[ALGATE_STATS_RULE_NAME])),
		.value = attr_num(tb[ALGATE_STATS_RULE_VALUE]),
	};
}

/* A plug-in that was loaded after the list of plug-ins is missing. */
static void stats_sample(const struct nlattr *nest, void *arg)
{
	const struct nlattr *tb[ALGATE_STATS_MAX + 1], *attr;
	struct plugin_sample *p;

	attr_nest(nest, tb, ALGATE_STATS_MAX);
	p = plugin_find(arg, attr_str(tb[ALGATE_STATS_PLUGIN]));
	if (!p)
		return;
	attr_counters(tb[ALGATE_STATS_COUNTERS], p->counter);
	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) == ALGATE_STATS_RULE_COUNTER)
			rule_sample(attr, p);
}

static void expect_sample(const struct nlattr *nest, void *arg)
{
	const struct nlattr *tb[ALGATE_EXPECT_MAX + 1];
	struct plugin_sample *p;

	attr_nest(nest, tb, ALGATE_EXPECT_MAX);
	p = plugin_find(arg, attr_str(tb[ALGATE_EXPECT_PLUGIN]));
	if (p)
		p->expects++;
}

static void attachment_sample(const struct nlattr *nest, void *arg)
{
	struct samples *s = arg;

	(void)nest;
	s->attachments++;
}

static int samples_read(struct nl *nl, struct samples *s)
{
	return limits_get(nl, &s->limits) ?:
	       nl_dump(nl, nl_prepare(nl, ALGATE_CMD_PLUGIN_GET),
		       ALGATE_A_PLUGIN, plugin_sample, s) ?:
	       nl_dump(nl, nl_prepare(nl, ALGATE_CMD_STATS_GET),
		       ALGATE_A_STATS, stats_sample, s) ?:
	       nl_dump(nl, nl_prepare(nl, ALGATE_CMD_ATTACH_GET),
		       ALGATE_A_ATTACH, attachment_sample, s) ?:
	       nl_dump_live(nl, nl_prepare(nl, ALGATE_CMD_EXPECT_GET),
			    ALGATE_A_EXPECT, expect_sample, s);
}

static void samples_free(struct samples *s)
{
	unsigned int j;
	size_t i;

	for (i = 0; i < s->plugins; i++) {
		for (j = 0; j < s->plugin[i].rules; j++)
			free((char *)s->plugin[i].rule[j].name);
		free(s->plugin[i].name);
		free(s->plugin[i].title);
	}
	free(s->plugin);
}

static void put_escaped(const char *text)
{
	for (; *text; text++) {
		if (*text == '\n') {
			fputs("\\n", stdout);
			continue;
		}
		if (*text == '\\' || *text == '"')
			putchar('\\');
		putchar(*text);
	}
}

/* @unit: the last part of @name, or "" */
static void family(const char *type, const char *name, const char *unit,
		   const char *help)
{
	printf("# TYPE algate_%s %s\n", name, type);
	if (*unit)
		printf("# UNIT algate_%s %s\n", name, unit);
	printf("# HELP algate_%s ", name);
	put_escaped(help);
	fputs(".\n", stdout);
}

static void label(const char *before, const char *key, const char *value)
{
	printf("%s%s=\"", before, key);
	put_escaped(value);
	putchar('"');
}

static void sample(const char *name, const char *suffix, const char *plugin,
		   u64 value)
{
	printf("algate_%s%s", name, suffix);
	if (plugin) {
		label("{", "plugin", plugin);
		putchar('}');
	}
	printf(" %llu\n", (unsigned long long)value);
}

static void gauge(const char *name, const char *unit, const char *help,
		  u64 value)
{
	family("gauge", name, unit, help);
	sample(name, "", NULL, value);
}

static void plugins_print(const struct samples *s)
{
	size_t i;

	family("gauge", "plugin_info", "", "loaded plug-in; always 1");
	for (i = 0; i < s->plugins; i++) {
		printf("algate_plugin_info");
		label("{", "plugin", s->plugin[i].name);
		label(",", "title", s->plugin[i].title);
		puts("} 1");
	}
	family("gauge", "plugin_generation", "",
	       "1 when loaded, and 1 more for each replacement");
	for (i = 0; i < s->plugins; i++)
		sample("plugin_generation", "", s->plugin[i].name,
		       s->plugin[i].generation);
	family("gauge", "plugin_references", "",
	       "references by objects of nft and iptables, in all namespaces");
	for (i = 0; i < s->plugins; i++)
		if (s->plugin[i].has_refs)
			sample("plugin_references", "", s->plugin[i].name,
			       s->plugin[i].refs);
	family("gauge", "flows", "", "inspected flows");
	for (i = 0; i < s->plugins; i++)
		sample("flows", "", s->plugin[i].name, s->plugin[i].flows);
	family("gauge", "expectations", "", "expectations");
	for (i = 0; i < s->plugins; i++)
		sample("expectations", "", s->plugin[i].name,
		       s->plugin[i].expects);
}

static void counters_family(const struct samples *s, enum algate_counter c)
{
	bool bytes = c == ALGATE_C_BYTES || c == ALGATE_C_GROWN ||
		     c == ALGATE_C_SHRUNK;
	char name[64];
	size_t i;

	snprintf(name, sizeof(name), "%s%s", counter_name[c],
		 bytes && c != ALGATE_C_BYTES ? "_bytes" : "");
	family("counter", name, bytes ? "bytes" : "",
	       counter_text[c]);
	for (i = 0; i < s->plugins; i++)
		sample(name, "_total", s->plugin[i].name,
		       s->plugin[i].counter[c]);
}

static void rules_print(const struct samples *s)
{
	unsigned int j;
	size_t i;

	family("counter", "rule_messages", "",
	       "messages that a rule of the plug-in counts");
	for (i = 0; i < s->plugins; i++) {
		const struct plugin_sample *p = &s->plugin[i];

		for (j = 0; j < p->rules; j++) {
			printf("algate_rule_messages_total");
			label("{", "plugin", p->name);
			label(",", "counter", p->rule[j].name);
			printf("} %llu\n",
			       (unsigned long long)p->rule[j].value);
		}
	}
}

/* @limit: enum algate_limit_attr; with the usage as a fraction of the limit */
static void limit_print_usage(const struct samples *s, unsigned int limit,
			      const char *what, const char *unit,
			      const char *help, u64 used)
{
	u32 value = s->limits.value[limit];
	char name[64];

	if (!s->limits.set[limit])
		return;
	snprintf(name, sizeof(name), "%s_limit%s%s", what, *unit ? "_" : "",
		 unit);
	gauge(name, unit, help, value);
	snprintf(name, sizeof(name), "%s_usage_ratio", what);
	family("gauge", name, "ratio", "used part of the limit");
	printf("algate_%s %.6f\n", name,
	       value ? (double)used / value : used ? 1.0 : 0.0);
}

static void limits_print(const struct samples *s)
{
	u64 flows = 0, expects = 0;
	size_t i;

	for (i = 0; i < s->plugins; i++) {
		flows += s->plugin[i].flows;
		expects += s->plugin[i].expects;
	}
	gauge("attachments", "", "attachments", s->attachments);
	gauge("memory_bytes", "bytes", "memory that packets made",
	      s->limits.used);
	limit_print_usage(s, ALGATE_LIMIT_FLOWS, "flows", "",
			  "limit of inspected flows", flows);
	limit_print_usage(s, ALGATE_LIMIT_EXPECTS, "expectations", "",
			  "limit of expectations", expects);
	limit_print_usage(s, ALGATE_LIMIT_ATTACHMENTS, "attachments", "",
			  "limit of attachments", s->attachments);
	limit_print_usage(s, ALGATE_LIMIT_MEMORY, "memory", "bytes",
			  "limit of the memory that packets make",
			  s->limits.used);
	if (s->limits.set[ALGATE_LIMIT_EXPECT_RATE])
		gauge("expectations_rate_limit", "",
		      "limit of new expectations per second",
		      s->limits.value[ALGATE_LIMIT_EXPECT_RATE]);
	if (s->limits.set[ALGATE_LIMIT_KEPT])
		gauge("held_limit_bytes", "bytes",
		      "limit of bytes held per flow and direction",
		      s->limits.value[ALGATE_LIMIT_KEPT]);
}

/**
 * metrics_print() - print all counters and limits in OpenMetrics' format
 * @nl: socket
 *
 * Return: 0, or negative errno with @nl->text; nothing is printed then.
 */
int metrics_print(struct nl *nl)
{
	struct samples s = { .plugins = 0 };
	unsigned int c;
	int err;

	err = samples_read(nl, &s);
	if (!err) {
		plugins_print(&s);
		for (c = 0; c < __ALGATE_C_MAX; c++)
			counters_family(&s, c);
		rules_print(&s);
		limits_print(&s);
		puts("# EOF");
	}
	samples_free(&s);
	return err;
}

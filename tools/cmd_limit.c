// SPDX-License-Identifier: GPL-2.0
/*
 * algctl limit show, set
 */
#include "apply.h"
#include "out.h"

const struct keyword limit_keywords[] = {
	{ "flows", "N", "inspected flows" },
	{ "expects", "N", "expectations" },
	{ "rate", "N", "new expectations per second" },
	{ "kept", "N", "bytes held per flow and direction, 64 to 32767" },
	{ "attachments", "N", "attachments" },
	{ "memory", "N", "bytes that packets make, at most 1000000000" },
	{ "pickup", "off|known|all", "flows read from the middle on" },
	{ "ports", "FIRST-LAST|system", "public ports that NAT gives to announced endpoints" },
	{ "reserved", "RANGE[,RANGE...]|none", "public ports that NAT never gives to them" },
	{}
};

const unsigned int limit_attr[] = {
	ALGATE_LIMIT_FLOWS, ALGATE_LIMIT_EXPECTS, ALGATE_LIMIT_EXPECT_RATE,
	ALGATE_LIMIT_KEPT, ALGATE_LIMIT_ATTACHMENTS, ALGATE_LIMIT_MEMORY,
	ALGATE_LIMIT_PICKUP, ALGATE_LIMIT_PORTS, ALGATE_LIMIT_RESERVED,
};

/* words for the values of ALGATE_LIMIT_PICKUP */
static const char *const pickups[] = {
	[ALGATE_PICKUP_OFF] = "off",
	[ALGATE_PICKUP_KNOWN] = "known",
	[ALGATE_PICKUP_ALL] = "all",
};

static int pickup_parse(const char *word, u32 *value)
{
	for (*value = 0; *value <= ALGATE_PICKUP_MAX; ++*value)
		if (!strcmp(word, pickups[*value]))
			return 0;
	complain("pickup is off, known or all, not '%s'", word);
	return -1;
}

static int ports_parse(const char *word, u32 *range)
{
	*range = 0;
	return strcmp(word, "system") ? arg_ports(word, range) : 0;
}

/* *@n: number of ranges in @range */
static int reserved_parse(const char *word, u32 *range, u32 *n)
{
	char text[32];
	size_t len;

	for (*n = 0; strcmp(word, "none"); word += len + 1) {
		len = strcspn(word, ",");
		if (*n == ALGATE_MAX_RESERVED) {
			complain("reserved takes at most %u ranges",
				 ALGATE_MAX_RESERVED);
			return -1;
		}
		if (len >= sizeof(text)) {
			complain("'%s' is no list of ranges", word);
			return -1;
		}
		snprintf(text, sizeof(text), "%.*s", (int)len, word);
		if (arg_ports(text, &range[(*n)++]))
			return -1;
		if (!word[len])
			break;
	}
	return 0;
}

static int limit_parse(unsigned int i, const char *word, struct limits *limits)
{
	u32 *value = &limits->value[limit_attr[i]];

	switch (limit_attr[i]) {
	case ALGATE_LIMIT_PICKUP:
		return pickup_parse(word, value);
	case ALGATE_LIMIT_PORTS:
		return ports_parse(word, value);
	case ALGATE_LIMIT_RESERVED:
		return reserved_parse(word, limits->reserved, value);
	}
	return arg_number(limit_keywords[i].name, word, 0, UINT32_MAX, value);
}

/* @text: RANGES_LEN bytes */
#define RANGES_LEN	(ALGATE_MAX_RESERVED * sizeof("65535-65535,"))

static void ranges_text(const u32 *range, u32 n, const char *none, char *text)
{
	size_t at = 0;
	u32 i;

	snprintf(text, RANGES_LEN, "%s", none);
	for (i = 0; i < n; i++)
		at += snprintf(text + at, RANGES_LEN - at,
			       range[i] >> 16 == (range[i] & 0xffff) ?
			       "%s%u" : "%s%u-%u", i ? "," : "",
			       range[i] >> 16, range[i] & 0xffff);
}

/**
 * limit_print() - print the value of a limit
 * @limits: limits
 * @i: index into limit_keywords
 */
void limit_print(const struct limits *limits, unsigned int i)
{
	u32 value = limits->value[limit_attr[i]];
	const char *name = limit_keywords[i].name;
	char text[RANGES_LEN];

	switch (limit_attr[i]) {
	case ALGATE_LIMIT_PORTS:
		ranges_text(&value, !!value, "system", text);
		out_str(name, " ", text);
		return;
	case ALGATE_LIMIT_RESERVED:
		ranges_text(limits->reserved, value, "none", text);
		out_str(name, " ", text);
		return;
	case ALGATE_LIMIT_PICKUP:
		if (value <= ALGATE_PICKUP_MAX) {
			out_str(name, " ", pickups[value]);
			return;
		}
	}
	out_num(name, " ", value);
}

/**
 * limits_parse() - read limits
 * @args: arguments of limit set
 * @limits: filled in
 *
 * Return: 0, or -1 after a message.
 */
int limits_parse(const struct args *args, struct limits *limits)
{
	unsigned int i;
	bool any = false;

	*limits = (struct limits){ .set = { false } };
	for (i = 0; limit_keywords[i].name; i++) {
		if (!args->kw[i])
			continue;
		if (limit_parse(i, args->kw[i], limits))
			return -1;
		limits->set[limit_attr[i]] = true;
		any = true;
	}
	if (!any)
		complain("a limit is missing; 'algctl limit set -h' lists them");
	return any ? 0 : -1;
}

/**
 * limits_put() - add limits to a request
 * @nlh: request
 * @limits: limits
 */
void limits_put(struct nlmsghdr *nlh, const struct limits *limits)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, ALGATE_A_LIMIT);
	unsigned int i;

	for (i = 0; limit_keywords[i].name; i++) {
		unsigned int attr = limit_attr[i];
		u32 value = limits->value[attr];

		if (!limits->set[attr])
			continue;
		if (attr == ALGATE_LIMIT_RESERVED)
			mnl_attr_put(nlh, attr, value * sizeof(u32),
				     limits->reserved);
		else
			mnl_attr_put_u32(nlh, attr, value);
	}
	mnl_attr_nest_end(nlh, nest);
}

static void reserved_read(const struct nlattr *attr, struct limits *limits)
{
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;

	if (len > sizeof(limits->reserved))
		len = sizeof(limits->reserved);
	if (len)
		memcpy(limits->reserved, mnl_attr_get_payload(attr), len);
	limits->value[ALGATE_LIMIT_RESERVED] = len / sizeof(u32);
}

static void limits_read(const struct nlattr *nest, void *arg)
{
	const struct nlattr *tb[ALGATE_LIMIT_MAX + 1];
	struct limits *limits = arg;
	unsigned int i;

	attr_nest(nest, tb, ALGATE_LIMIT_MAX);
	for (i = 1; i <= LIMIT_LAST; i++) {
		limits->set[i] = tb[i];
		limits->value[i] = attr_num(tb[i]);
	}
	reserved_read(tb[ALGATE_LIMIT_RESERVED], limits);
	limits->used = attr_num(tb[ALGATE_LIMIT_MEMORY_USED]);
}

/**
 * limits_get() - the limits of this network namespace
 * @nl: socket
 * @limits: filled in
 *
 * Return: 0, or negative errno with @nl->text.
 */
int limits_get(struct nl *nl, struct limits *limits)
{
	*limits = (struct limits){ .set = { false } };
	return nl_talk(nl, nl_prepare(nl, ALGATE_CMD_LIMIT_GET),
		       ALGATE_A_LIMIT, limits_read, limits);
}

/**
 * cmd_limit_show() - algctl limit show
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_limit_show(const struct args *args)
{
	struct nl *nl = nl_open();
	struct limits limits;
	unsigned int i;
	int err;

	(void)args;
	if (!nl)
		return FAILED;
	err = limits_get(nl, &limits);
	if (err)
		nl_fail(nl, "limit show");
	nl_close(nl);
	if (err)
		return FAILED;
	out_object_begin(NULL);
	for (i = 0; limit_keywords[i].name; i++) {
		if (!limits.set[limit_attr[i]])
			continue;
		out_text("%-12s", limit_keywords[i].name);
		limit_print(&limits, i);
		out_text("  %s\n", limit_keywords[i].help);
	}
	out_text("%-12s", "memory_used");
	out_num("memory_used", " ", limits.used);
	out_text("  bytes of it in use\n");
	out_object_end();
	return DONE;
}

/**
 * cmd_limit_set() - algctl limit set ...
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_limit_set(const struct args *args)
{
	struct journal j = { .nl = NULL };
	struct limits limits;
	int err;

	if (limits_parse(args, &limits))
		return MISUSED;
	j.nl = nl_open();
	if (!j.nl)
		return FAILED;
	err = apply_limits(&j, &limits);
	journal_free(&j);
	nl_close(j.nl);
	return err ? FAILED : DONE;
}

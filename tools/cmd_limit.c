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

/* A range in a u32, see enum algate_limit_attr */
static u32 range_pack(const struct algate_numbers *range)
{
	return range->first << 16 | range->last;
}

static struct algate_numbers range_unpack(u32 range)
{
	return (struct algate_numbers){ range >> 16, range & 0xffff };
}

static int ports_parse(const char *word, u32 *value)
{
	struct algate_numbers range;

	*value = 0;
	if (!strcmp(word, "system"))
		return 0;
	if (range_parse(&list_of_ports, word, &range))
		return -1;
	*value = range_pack(&range);
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
		return list_parse(&list_of_ports, word, &limits->reserved);
	}
	return arg_number(limit_keywords[i].name, word, 0, UINT32_MAX, value);
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
	struct list ports = { !!value, { range_unpack(value) } };
	char text[LIST_LEN];

	switch (limit_attr[i]) {
	case ALGATE_LIMIT_PORTS:
		out_str(name, " ", list_text(&ports, "system", text));
		return;
	case ALGATE_LIMIT_RESERVED:
		out_str(name, " ", list_text(&limits->reserved,
					     list_of_ports.none, text));
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

static void reserved_put(struct nlmsghdr *nlh, const struct list *list)
{
	u32 i, packed[ALGATE_MAX_RESERVED];

	for (i = 0; i < list->n; i++)
		packed[i] = range_pack(&list->range[i]);
	mnl_attr_put(nlh, ALGATE_LIMIT_RESERVED, list->n * sizeof(u32), packed);
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

		if (!limits->set[attr])
			continue;
		if (attr == ALGATE_LIMIT_RESERVED)
			reserved_put(nlh, &limits->reserved);
		else
			mnl_attr_put_u32(nlh, attr, limits->value[attr]);
	}
	mnl_attr_nest_end(nlh, nest);
}

static void reserved_read(const struct nlattr *attr, struct list *list)
{
	size_t n = attr ? mnl_attr_get_payload_len(attr) / sizeof(u32) : 0;
	const u32 *packed = n ? mnl_attr_get_payload(attr) : NULL;

	list->n = min_t(size_t, n, ALGATE_MAX_RESERVED);
	for (n = 0; n < list->n; n++)
		list->range[n] = range_unpack(packed[n]);
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
	reserved_read(tb[ALGATE_LIMIT_RESERVED], &limits->reserved);
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

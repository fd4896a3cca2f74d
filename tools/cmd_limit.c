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
	{}
};

const unsigned int limit_attr[] = {
	ALGATE_LIMIT_FLOWS, ALGATE_LIMIT_EXPECTS, ALGATE_LIMIT_EXPECT_RATE,
	ALGATE_LIMIT_KEPT, ALGATE_LIMIT_ATTACHMENTS, ALGATE_LIMIT_MEMORY,
	ALGATE_LIMIT_PICKUP,
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

static int limit_parse(unsigned int i, const char *word, u32 *value)
{
	if (limit_attr[i] == ALGATE_LIMIT_PICKUP)
		return pickup_parse(word, value);
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

	if (limit_attr[i] == ALGATE_LIMIT_PICKUP && value <= ALGATE_PICKUP_MAX)
		out_str(limit_keywords[i].name, " ", pickups[value]);
	else
		out_num(limit_keywords[i].name, " ", value);
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
		if (limit_parse(i, args->kw[i], &limits->value[limit_attr[i]]))
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

	for (i = 0; limit_keywords[i].name; i++)
		if (limits->set[limit_attr[i]])
			mnl_attr_put_u32(nlh, limit_attr[i],
					 limits->value[limit_attr[i]]);
	mnl_attr_nest_end(nlh, nest);
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

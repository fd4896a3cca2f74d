// SPDX-License-Identifier: GPL-2.0
/*
 * algctl attach add, del, show
 */
#include "apply.h"
#include "out.h"

enum {
	KW_DPORT,
	KW_SPORT,
	KW_IIF,
	KW_FROM,
};

const struct keyword attach_keywords[] = {
	[KW_DPORT] = { "dport", "PORT", "to this port: a number or the name of a service" },
	[KW_SPORT] = { "sport", "PORT", "from this port; either dport or sport is needed" },
	[KW_IIF] = { "iif", "DEV", "whose first packet arrives on this interface" },
	[KW_FROM] = { "from", "PREFIX", "whose client address is in this prefix" },
	{}
};

/**
 * attachment_parse() - read an attachment
 * @args: arguments of attach add
 * @a: filled in
 *
 * Return: 0, or -1 after a message.
 */
int attachment_parse(const struct args *args, struct attachment *a)
{
	const char *dport = args->kw[KW_DPORT], *sport = args->kw[KW_SPORT];

	*a = (struct attachment){ .by_sport = sport };
	if (!dport == !sport) {
		complain("either dport or sport is needed");
		return -1;
	}
	if (strlen(args->v[0]) >= sizeof(a->plugin)) {
		complain("'%s' is too long for a plug-in's name", args->v[0]);
		return -1;
	}
	strcpy(a->plugin, args->v[0]);
	a->proto = proto_number(args->v[1]);
	if (arg_port(dport ?: sport, args->v[1], &a->port))
		return -1;
	if (args->kw[KW_IIF]) {
		if (strlen(args->kw[KW_IIF]) >= sizeof(a->iif)) {
			complain("'%s' is too long for an interface's name",
				 args->kw[KW_IIF]);
			return -1;
		}
		strcpy(a->iif, args->kw[KW_IIF]);
	}
	return args->kw[KW_FROM] ? arg_prefix(args->kw[KW_FROM], &a->from) : 0;
}

/**
 * attachment_put() - add an attachment to a request
 * @nlh: request
 * @a: attachment
 */
void attachment_put(struct nlmsghdr *nlh, const struct attachment *a)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, ALGATE_A_ATTACH);

	mnl_attr_put_strz(nlh, ALGATE_ATTACH_NAME, a->plugin);
	mnl_attr_put_u8(nlh, ALGATE_ATTACH_PROTO, a->proto);
	mnl_attr_put_u16(nlh, a->by_sport ? ALGATE_ATTACH_SPORT :
					    ALGATE_ATTACH_DPORT, a->port);
	if (*a->iif)
		mnl_attr_put_strz(nlh, ALGATE_ATTACH_IIF, a->iif);
	if (a->from.addr.family != AF_UNSPEC) {
		mnl_attr_put(nlh, ALGATE_ATTACH_FROM, addr_len(&a->from.addr),
			     a->from.addr.b);
		mnl_attr_put_u8(nlh, ALGATE_ATTACH_PREFIXLEN, a->from.len);
	}
	mnl_attr_nest_end(nlh, nest);
}

/**
 * attachment_read() - read an attachment from the kernel
 * @nest: its attributes
 * @a: filled in
 */
void attachment_read(const struct nlattr *nest, struct attachment *a)
{
	const struct nlattr *tb[ALGATE_ATTACH_MAX + 1];

	attr_nest(nest, tb, ALGATE_ATTACH_MAX);
	*a = (struct attachment){
		.proto = attr_num(tb[ALGATE_ATTACH_PROTO]),
		.by_sport = tb[ALGATE_ATTACH_SPORT],
		.port = attr_num(tb[ALGATE_ATTACH_SPORT] ?:
				 tb[ALGATE_ATTACH_DPORT]),
		.from.len = attr_num(tb[ALGATE_ATTACH_PREFIXLEN]),
	};
	snprintf(a->plugin, sizeof(a->plugin), "%s",
		 attr_str(tb[ALGATE_ATTACH_NAME]));
	snprintf(a->iif, sizeof(a->iif), "%s",
		 attr_str(tb[ALGATE_ATTACH_IIF]));
	attr_addr(tb[ALGATE_ATTACH_FROM], &a->from.addr);
}

/**
 * attachment_print() - print an attachment as arguments of attach add
 * @a: attachment
 */
void attachment_print(const struct attachment *a)
{
	char text[ENDPOINT_LEN], prefix[ENDPOINT_LEN + 8];

	out_str("plugin", "", a->plugin);
	out_str("proto", " ", proto_text(a->proto));
	out_num(a->by_sport ? "sport" : "dport",
		a->by_sport ? " sport " : " dport ", a->port);
	if (*a->iif)
		out_str("iif", " iif ", a->iif);
	if (a->from.addr.family != AF_UNSPEC) {
		snprintf(prefix, sizeof(prefix), "%s/%u",
			 addr_text(&a->from.addr, text), a->from.len);
		out_str("from", " from ", prefix);
	}
}

/**
 * cmd_attach_add() - algctl attach add PLUGIN tcp|udp ...
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_attach_add(const struct args *args)
{
	struct journal j = { .nl = NULL };
	struct attachment a;
	int err;

	if (attachment_parse(args, &a))
		return MISUSED;
	j.nl = nl_open();
	if (!j.nl)
		return FAILED;
	err = apply_attach(&j, &a, false);
	journal_free(&j);
	nl_close(j.nl);
	return err ? FAILED : DONE;
}

/**
 * cmd_attach_del() - algctl attach del PLUGIN tcp|udp ...
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_attach_del(const struct args *args)
{
	struct nlmsghdr *nlh;
	struct attachment a;
	int ret = DONE;
	struct nl *nl;

	if (attachment_parse(args, &a))
		return MISUSED;
	nl = nl_open();
	if (!nl)
		return FAILED;
	nlh = nl_prepare(nl, ALGATE_CMD_ATTACH_DEL);
	attachment_put(nlh, &a);
	if (nl_talk(nl, nlh, 0, NULL, NULL))
		ret = nl_fail(nl, a.plugin);
	nl_close(nl);
	return ret;
}

static void attachment_show(const struct nlattr *nest, void *arg)
{
	const struct nlattr *tb[ALGATE_ATTACH_MAX + 1];
	struct attachment a;

	(void)arg;
	attr_nest(nest, tb, ALGATE_ATTACH_MAX);
	attachment_read(nest, &a);
	out_object_begin(NULL);
	attachment_print(&a);
	out_num("flows", " flows ", attr_num(tb[ALGATE_ATTACH_FLOWS]));
	out_text("\n");
	out_object_end();
}

/**
 * cmd_attach_show() - algctl attach show
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_attach_show(const struct args *args)
{
	struct nl *nl = nl_open();
	int ret = DONE;

	(void)args;
	if (!nl)
		return FAILED;
	out_list_begin();
	if (nl_dump(nl, nl_prepare(nl, ALGATE_CMD_ATTACH_GET),
		    ALGATE_A_ATTACH, attachment_show, NULL))
		ret = nl_fail(nl, "attach show");
	out_list_end();
	nl_close(nl);
	return ret;
}

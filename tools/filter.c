// SPDX-License-Identifier: GPL-2.0
/*
 * Filters of flow show and flow forget, with the names and the meaning of
 * conntrack -L's.
 */
#include "flow.h"

const struct keyword flow_keywords[] = {
	[KW_PLUGIN] = { "plugin", "PLUGIN", "inspected by this plug-in" },
	[KW_PROTO] = { "proto", "tcp|udp", "of this protocol" },
	[KW_FROM] = { "from", "PREFIX", "the same as src" },
	[KW_DPORT] = { "dport", "PORT", "to this port, as seen by the client" },
	[KW_TO] = { "to", "PREFIX", "the same as dst" },
	[KW_SRC] = { "src", "PREFIX", "whose client address is in this prefix" },
	[KW_DST] = { "dst", "PREFIX", "whose server address, as seen by the client, is in this prefix" },
	[KW_SPORT] = { "sport", "PORT", "from this port of the client" },
	[KW_REPLY_SRC] = { "reply-src", "PREFIX", "whose server's own address is in this prefix" },
	[KW_REPLY_DST] = { "reply-dst", "PREFIX", "whose client address, as seen by the server, is in this prefix" },
	[KW_FAMILY] = { "family", "ipv4|ipv6", "of this family of addresses" },
	[KW_ZONE] = { "zone", "N", "in this zone" },
	[KW_MARK] = { "mark", "N[/MASK]", "with this conntrack mark" },
	[KW_INSPECTION] = { "inspection", "on|stopped|detached", "in this state" },
	[KW_DETAILS] = { "--details", NULL, "several lines for each flow, with all counters; also -d" },
	{}
};

/**
 * inspection_text() - state of a flow's inspection
 * @state: ALGATE_FLOW_S_*
 *
 * Return: "on", "stopped" or "detached".
 */
const char *inspection_text(u32 state)
{
	return state & ALGATE_FLOW_S_STOPPED ? "stopped" :
	       state & ALGATE_FLOW_S_DETACHED ? "detached" : "on";
}

/* either of two keywords with the same meaning */
static int prefix_parse(const struct args *args, unsigned int kw,
			unsigned int other, struct prefix *prefix)
{
	if (args->kw[kw] && args->kw[other] && kw != other) {
		complain("%s and %s mean the same", flow_keywords[kw].name,
			 flow_keywords[other].name);
		return -1;
	}
	if (!args->kw[kw])
		kw = other;
	return args->kw[kw] ? arg_prefix(args->kw[kw], prefix) : 0;
}

static int mark_parse(const char *word, struct filter *want)
{
	const char *slash = strchr(word, '/');
	char text[16];

	want->mark_mask = UINT32_MAX;
	snprintf(text, sizeof(text), "%.*s",
		 slash ? (int)(slash - word) : (int)strlen(word), word);
	if (arg_number("mark", text, 0, UINT32_MAX, &want->mark))
		return -1;
	return slash ? arg_number("mask of the mark", slash + 1, 1, UINT32_MAX,
				  &want->mark_mask) : 0;
}

static int numbers_parse(const struct args *args, struct filter *want)
{
	const char *proto = args->kw[KW_PROTO], *word;
	u32 zone;

	word = args->kw[KW_SPORT];
	if (word && arg_port(word, proto, &want->sport))
		return -1;
	word = args->kw[KW_DPORT];
	if (word && arg_port(word, proto, &want->dport))
		return -1;
	word = args->kw[KW_ZONE];
	if (word) {
		if (arg_number("zone", word, 0, 65535, &zone))
			return -1;
		want->zone = zone;
		want->zoned = true;
	}
	word = args->kw[KW_MARK];
	return word ? mark_parse(word, want) : 0;
}

/**
 * filter_parse() - read the filters of flow show or flow forget
 * @args: arguments
 * @want: filled in
 *
 * Return: 0, or -1 after a message.
 */
int filter_parse(const struct args *args, struct filter *want)
{
	const char *proto = args->kw[KW_PROTO], *family = args->kw[KW_FAMILY];

	/* filter_narrows() compares the bytes */
	memset(want, 0, sizeof(*want));
	want->plugin = args->kw[KW_PLUGIN];
	want->proto = proto ? proto_number(proto) : 0;
	want->inspection = args->kw[KW_INSPECTION];
	if (family)
		want->family = strcmp(family, "ipv6") ? AF_INET : AF_INET6;
	if (prefix_parse(args, KW_FROM, KW_SRC, &want->src) ||
	    prefix_parse(args, KW_TO, KW_DST, &want->dst) ||
	    prefix_parse(args, KW_REPLY_SRC, KW_REPLY_SRC, &want->reply_src) ||
	    prefix_parse(args, KW_REPLY_DST, KW_REPLY_DST, &want->reply_dst))
		return -1;
	return numbers_parse(args, want);
}

/**
 * filter_narrows() - can the filter reject a flow of the plug-in?
 * @want: filter
 *
 * Return: true if there is a filter besides the plug-in.
 */
bool filter_narrows(const struct filter *want)
{
	struct filter none;

	memset(&none, 0, sizeof(none));
	none.plugin = want->plugin;
	return memcmp(want, &none, sizeof(none));
}

static bool in_prefix(const struct addr *a, const struct prefix *p)
{
	return !p->addr.family || addr_in(a, p);
}

/**
 * filter_flow() - does a flow pass the filter?
 * @want: filter
 * @f: flow
 *
 * Return: true if the flow is wanted, apart from its mark.
 */
bool filter_flow(const struct filter *want, const struct flow *f)
{
	return (!want->plugin || !strcmp(want->plugin, f->plugin)) &&
	       (!want->proto || want->proto == f->proto) &&
	       (!want->family || want->family == f->orig.src.family) &&
	       (!want->sport || want->sport == f->orig.sport) &&
	       (!want->dport || want->dport == f->orig.dport) &&
	       (!want->zoned || want->zone == f->zone) &&
	       (!want->inspection ||
		!strcmp(want->inspection, inspection_text(f->state))) &&
	       in_prefix(&f->orig.src, &want->src) &&
	       in_prefix(&f->orig.dst, &want->dst) &&
	       in_prefix(&f->reply.src, &want->reply_src) &&
	       in_prefix(&f->reply.dst, &want->reply_dst);
}

/**
 * filter_mark() - does a flow's mark pass the filter?
 * @want: filter
 * @ct: conntrack's entry of the flow; NULL: unknown
 *
 * Return: true if there is no filter for marks, or the mark passes.
 */
bool filter_mark(const struct filter *want, const struct ct *ct)
{
	if (!want->mark_mask)
		return true;
	return ct && !((ct->mark ^ want->mark) & want->mark_mask);
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flows as the module lists them, and the filters of flow show.
 */
#ifndef ALGCTL_FLOW_H
#define ALGCTL_FLOW_H

#include "ct.h"
#include "nl.h"

/**
 * struct flow - an inspected flow
 * @id: unique in its namespace
 * @plugin: name of its plug-in
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @zone: conntrack's zone
 * @state: ALGATE_FLOW_S_*
 * @orig: direction of the client, as the client sees it
 * @reply: direction of the server, as the server sees it
 * @counter: by enum algate_counter
 * @found: last announced endpoint, or ""
 * @written: the endpoint that replaced it, or ""
 */
struct flow {
	u64 id;
	const char *plugin;
	u8 proto;
	u16 zone;
	u32 state;
	struct tuple orig;
	struct tuple reply;
	u64 counter[__ALGATE_C_MAX];
	const char *found;
	const char *written;
};

/**
 * struct expectation - an expectation of a flow
 * @plugin: name of the flow's plug-in
 * @class: its class
 * @flow: the flow that announced it
 * @proto: protocol of the expected flow
 * @port: destination port
 * @real_port: announced port
 * @src: expected source
 * @dst: destination; AF_UNSPEC: conntrack has no such expectation any more
 * @real: announced address
 * @timed: @timeout is known
 * @timeout: seconds until it expires
 */
struct expectation {
	const char *plugin;
	const char *class;
	u64 flow;
	u8 proto;
	u16 port;
	u16 real_port;
	struct addr src;
	struct addr dst;
	struct addr real;
	bool timed;
	u64 timeout;
};

/* cmd_flow.c; the strings point into @nest */
void flow_read(const struct nlattr *nest, struct flow *f);
void expect_read(const struct nlattr *nest, struct expectation *e);

/* filter.c: wanted flows; 0 and AF_UNSPEC: any */
struct filter {
	const char *plugin;
	u8 proto;
	u8 family;
	u16 sport;
	u16 dport;
	bool zoned;
	u16 zone;
	u32 mark;
	u32 mark_mask;
	const char *inspection;
	struct prefix src;
	struct prefix dst;
	struct prefix reply_src;
	struct prefix reply_dst;
};

/* indices into flow_keywords; the first four: also into forget_keywords */
enum {
	KW_PLUGIN,
	KW_PROTO,
	KW_FROM,
	KW_DPORT,
	KW_TO,
	KW_SRC,
	KW_DST,
	KW_SPORT,
	KW_REPLY_SRC,
	KW_REPLY_DST,
	KW_FAMILY,
	KW_ZONE,
	KW_MARK,
	KW_INSPECTION,
	KW_DETAILS,
};

int filter_parse(const struct args *args, struct filter *want);
/* true unless all flows of a plug-in pass */
bool filter_narrows(const struct filter *want);
bool filter_flow(const struct filter *want, const struct flow *f);
bool filter_mark(const struct filter *want, const struct ct *ct);
const char *inspection_text(u32 state);

#endif /* ALGCTL_FLOW_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Conntrack's state of a flow.
 */
#ifndef ALGCTL_CT_H
#define ALGCTL_CT_H

#include "algctl.h"

/**
 * struct tuple - one direction of a flow
 * @src: source
 * @dst: destination
 * @sport: source port
 * @dport: destination port
 */
struct tuple {
	struct addr src;
	struct addr dst;
	u16 sport;
	u16 dport;
};

/**
 * struct ct - a flow's state in conntrack
 * @state: TCP's state, or NULL
 * @timeout: seconds left
 * @mark: its mark
 * @assured: conntrack does not drop the flow early
 */
struct ct {
	const char *state;
	u32 timeout;
	u32 mark;
	bool assured;
};

/**
 * struct ct_entry - an entry of conntrack, for TCP or UDP
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @expected: @master announced the flow
 * @orig: original direction
 * @reply: reply direction
 * @master: original direction of the master
 * @helper: name of its helper, or ""
 */
struct ct_entry {
	u8 proto;
	bool expected;
	struct tuple orig;
	struct tuple reply;
	struct tuple master;
	char helper[32];
};

void ct_each(void (*fn)(const struct ct_entry *e, void *arg), void *arg);
/* false: conntrack does not know the flow, or the query failed */
bool ct_find(u8 proto, u16 zone, const struct tuple *orig, struct ct *ct);
void ct_expect(size_t n);
void ct_end(void);

#endif /* ALGCTL_CT_H */

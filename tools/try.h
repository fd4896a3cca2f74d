/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A plug-in tried on a capture: what files cmd_try.c and try.c share.
 */
#ifndef ALGCTL_TRY_H
#define ALGCTL_TRY_H

#include "../kmod/engine/stream.h"
#include "packet.h"

/**
 * struct nat - the NAT to assume
 * @public: what the client's and the server's address becomes, by enum
 *	algate_dir; of no family: stays as it is
 * @offset: added to the ports that are opened on such an address
 */
struct nat {
	struct addr public[2];
	int offset;
};

/**
 * struct trial - a plug-in on a capture
 * @prog: it
 * @nat: NAT to assume
 * @port: the server's, 0: those of the plug-in's services
 * @frame: number of the frame at hand, from 1
 * @flows: flows seen, the last one first
 * @expected: endpoints opened, the last one first
 * @counter: by enum algate_counter
 * @rule: counters of the rules
 * @result: room to work in
 */
struct trial {
	const struct algate_prog *prog;
	struct nat nat;
	u16 port;
	unsigned long frame;
	struct flow_tried *flows;
	struct expected *expected;
	u64 counter[__ALGATE_C_MAX];
	u64 rule[ALGATE_MAX_COUNTERS];
	struct algate_result result;
};

/**
 * struct flow_tried - a flow
 * @next: the one that began before it
 * @trial: what it is part of
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @addr: of client and server
 * @port: of client and server
 * @over: rules or stream said stop
 * @memo: what rules remember, or NULL
 * @binding: what they have opened and may ask for
 */
struct flow_tried {
	struct flow_tried *next;
	struct trial *trial;
	u8 proto;
	bool over;
	struct addr addr[2];
	u16 port[2];
	u32 isn;
	struct algate_sender sender[2];
	u32 var[ALGATE_MAX_VARS];
	struct algate_memo *memo;
	struct algate_binding *binding;
};

/* an endpoint that a message opened */
struct expected {
	struct expected *next;
	unsigned long frame;
	struct algate_opening o;
	u8 family;
	struct addr from;	/* of no family: any */
	u32 key;
};

/* for struct algate_stream; their context is the flow */
bool try_commit(void *ctx, const struct algate_message *msg,
		struct algate_result *result);
void try_count(void *ctx, enum algate_counter counter, u32 n);
void try_ends(const struct flow_tried *flow, u8 dir, struct algate_ends *ends);
void try_flow_free(struct flow_tried *flow);
void try_expected(struct trial *t, const struct packet *p);

#endif /* ALGCTL_TRY_H */

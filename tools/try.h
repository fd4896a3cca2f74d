/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Running a plug-in on a capture: shared by cmd_try.c, try.c
 * and try_expect.c.
 */
#ifndef ALGCTL_TRY_H
#define ALGCTL_TRY_H

#include "../kmod/engine/intent.h"
#include "../kmod/engine/stream.h"
#include "packet.h"

/**
 * struct nat - the NAT to assume
 * @public: translated address of client and server, by enum algate_dir; family
 *	AF_UNSPEC: not translated
 * @offset: added to the ports opened on a translated address
 * @ports: the ports that these ports may become; none: no port changes but by
 *	@offset
 */
struct nat {
	struct addr public[2];
	int offset;
	struct algate_ports ports;
};

/**
 * struct trial - a plug-in on a capture
 * @prog: the plug-in's program
 * @nat: assumed NAT
 * @port: the server's port; 0: the ports of the plug-in's services
 * @lists: lists of the plug-in's parameters
 * @maps: maps of the plug-in
 * @frame: number of the current frame, from 1
 * @now: time of the current frame in seconds
 * @flows: list of flows, the newest first
 * @expected: list of opened endpoints, the newest first
 * @counter: by enum algate_counter
 * @rule: counters of the rules
 * @result: scratch memory
 */
struct trial {
	const struct algate_prog *prog;
	struct nat nat;
	u16 port;
	struct algate_lists lists;
	struct algate_maps maps;
	unsigned long frame;
	u32 now;
	struct flow_tried *flows;
	struct expected *expected;
	u64 counter[__ALGATE_C_MAX];
	u64 rule[ALGATE_MAX_COUNTERS];
	struct algate_result result;
};

/**
 * struct flow_tried - a flow
 * @next: the flow that began before
 * @trial: the trial
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @dir: enum algate_dir: sender of the current packet
 * @swapped: NAT's view of client and server is the other way round, as in an
 *	expected flow to the client of the flow that announced it
 * @root: the flow itself; or, in a child, the flow that has its requests and
 *	openings (see root.c of the module)
 * @members: number of flows left among the root and its children; 0 in a child
 * @inverse: the client of this child is the server of @root
 * @ended: a root that ended before its children
 * @over: the rules or the stream ended the inspection
 * @addr: of client and server
 * @port: of client and server
 * @isn: sequence number of the first packet
 * @sender: stream of client and server
 * @var: variables of the flow
 * @entries: table entries of the flow, or NULL
 * @mapping: opened endpoints that the rules may refer to
 * @strangers: refusals of another host's address
 */
struct flow_tried {
	struct flow_tried *next;
	struct trial *trial;
	u8 proto;
	u8 dir;
	bool swapped;
	bool inverse;
	bool ended;
	bool over;
	unsigned int members;
	struct flow_tried *root;
	struct addr addr[2];
	u16 port[2];
	u32 isn;
	struct algate_sender sender[2];
	u32 var[ALGATE_MAX_VARS];
	struct algate_entries *entries;
	struct algate_mapping *mapping;
	u32 strangers;
};

/**
 * struct expected - an endpoint that a message opened
 * @next: the endpoint opened before
 * @flow: flow that owns the opening: that of the message, or its root
 * @frame: number of the frame
 * @o: the endpoint
 * @family: its address family
 * @from: address that may connect; AF_UNSPEC: any
 * @mapping: its sender, key and time, for confirm and close
 * @inactive: not confirmed yet
 * @until: time in seconds at which it expires
 */
struct expected {
	struct expected *next;
	const struct flow_tried *flow;
	unsigned long frame;
	struct algate_opening o;
	u8 family;
	struct addr from;
	struct algate_mapping mapping;
	bool inactive;
	u32 until;
};

/* callbacks of struct algate_stream; @ctx is the flow */
bool try_commit(void *ctx, const struct algate_message *msg,
		struct algate_result *result);
void try_count(void *ctx, enum algate_counter counter, u32 n);
bool try_outside(const struct flow_tried *flow);
void try_ends(const struct flow_tried *flow, u8 dir, struct algate_ends *ends);
void try_flow_free(struct flow_tried *flow);

/* try_expect.c */
void try_expect_keep(struct trial *t, const struct expected *e);
void try_expect_change(struct flow_tried *flow,
		       const struct algate_message *msg,
		       const struct algate_intent *in);
u32 try_expect_age(const struct flow_tried *flow,
		   const struct algate_message *msg,
		   const struct algate_intent *in);
void try_expect_forget(struct trial *t, const struct flow_tried *flow);
bool try_expected(struct trial *t, const struct packet *p,
		  struct expected *used);
struct flow_tried *try_owner(struct flow_tried *flow);
void try_child(struct flow_tried *flow, const struct expected *e);

#endif /* ALGCTL_TRY_H */

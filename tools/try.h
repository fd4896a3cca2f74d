/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Running a plug-in on a capture: shared by cmd_try.c, try.c, try_expect.c and
 * try_heir.c.
 */
#ifndef ALGCTL_TRY_H
#define ALGCTL_TRY_H

#include "../kmod/engine/intent.h"
#include "../kmod/engine/stream.h"
#include "algctl.h"
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
 * struct plugin_tried - a plug-in that inspects flows of a trial
 * @next: plug-in that was found later
 * @src: its rules; of all but the first, the memory belongs to the trial
 * @prog: its program; NULL: there is no such plug-in
 * @name: its name
 * @lists: lists of its parameters
 * @maps: its maps
 * @rule: counters of its rules
 */
struct plugin_tried {
	struct plugin_tried *next;
	struct source src;
	const struct algate_prog *prog;
	char name[ALGATE_NAME_LEN];
	struct algate_lists lists;
	struct algate_maps maps;
	u64 rule[ALGATE_MAX_COUNTERS];
};

/**
 * struct trial - a plug-in on a capture
 * @plugin: the plug-in; others follow that it names ("as NAME")
 * @nat: assumed NAT
 * @port: the server's port; 0: the ports of the plug-in's services
 * @frame: number of the current frame, from 1
 * @now: time of the current frame in seconds
 * @flows: list of flows, the newest first
 * @expected: list of opened endpoints, the newest first
 * @counter: by enum algate_counter
 * @result: scratch memory
 */
struct trial {
	struct plugin_tried plugin;
	struct nat nat;
	u16 port;
	unsigned long frame;
	u32 now;
	struct flow_tried *flows;
	struct expected *expected;
	u64 counter[__ALGATE_C_MAX];
	struct algate_result result;
};

/**
 * struct flow_tried - a flow
 * @next: the flow that began before
 * @trial: the trial
 * @plugin: plug-in that inspects the flow
 * @host: the flow of another plug-in that expected this guest, with whose end
 *	its openings end (see heir.c of the module); NULL: it is no guest
 * @depth: number of plug-ins in front that expected for another
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
	struct plugin_tried *plugin;
	const struct flow_tried *host;
	u8 depth;
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
 * @heir: the plug-in that inspects the expected flow, if @o.act names one
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
	struct algate_heir heir;
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
		  struct expected *used, struct plugin_tried **by);
struct flow_tried *try_owner(struct flow_tried *flow);
void try_child(struct flow_tried *flow, const struct expected *e);

/* try_heir.c */
struct plugin_tried *try_heir(struct trial *t, const struct expected *e);
void try_heir_begin(struct flow_tried *flow, const struct expected *e);
void try_heir_settle(struct trial *t, const struct flow_tried *host);
void try_plugins_free(struct trial *t);

#endif /* ALGCTL_TRY_H */

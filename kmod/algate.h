/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flows and namespaces, and the files of the module. expect.h, packet.h,
 * control.h and trace.h declare more.
 *
 *	main.c     module and namespace init and exit
 *	plugin.c   registry of plug-ins
 *	source.c   rule texts of the plug-ins
 *	helper.c   conntrack helpers of the plug-ins
 *	attach.c   attachment table and attachment hook
 *	flow.c     per-flow state: creation, lookup, listing, end
 *	root.c     root flows and their children
 *	heir.c     flows expected for another plug-in
 *	handover.c flows handed over by another router
 *	sweep.c    periodic search for expired expectations and stale flows
 *	stats.c    flow count and counters per plug-in and namespace
 *	help.c     packet path: stream / run / commit
 *	tcp.c      TCP headers
 *	seqadj.c   sequence number corrections
 *	commit.c   intents -> expectations and edits; reserve.c the ports and
 *		   expectations of each opening
 *	linger.c   extended life of conntrack entries
 *	port.c     public ports of announced endpoints
 *	share.c    fair shares of the namespace's limits
 *	stopped.c  datagram flows that were stopped within the last hour
 *	memory.c   budget for memory allocated in the packet path
 *	mapping.c  port mappings of a flow
 *	expect.c   life and accounting of expectations
 *	used.c     used expectations that conntrack still lists
 *	side.c     expectations for all hosts of the peer's side
 *	route.c    devices by which an address is reached, broadcast
 *	splice.c   edits -> packet
 *	setting.c  what an administrator gives to a plug-in
 *	param.c    lists of a plug-in in a namespace
 *	map.c      maps of a plug-in in a namespace
 *	netlink.c  requests, nl_set.c settings; nl_dump.c listings; nl_put.c
 *		   objects -> attributes
 *	event.c    events
 *	proc.c     /proc/net/algate
 *	trace.c    tracepoints
 *
 * Lock order, outermost first: algate_mutex (plug-ins, attachments, limits),
 * algate_flow.lock of a root flow (state of the root and of its children), the
 * lock of algate_net.flows (set of flows), conntrack's own locks. A packet
 * holds the lock of one root flow at a time.
 */
#ifndef ALGATE_KMOD_H
#define ALGATE_KMOD_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_seqadj.h>

#include "plugin.h"

struct algate_attach_key;

/* hash cells of a host or a flow, see share.c */
struct algate_place {
	u8 cell[2];
};

/* The first counters of enum algate_counter are stored in the flow itself. */
#define ALGATE_OWN_COUNTERS	(ALGATE_C_REWRITTEN + 1)

/* used expectations remembered by a flow */
#define ALGATE_MAX_USED		16

/**
 * struct algate_used - used expectations still in conntrack's table
 * @exp: the expectations
 * @n: number of entries in @exp
 * @next: next entry of @exp to overwrite
 */
struct algate_used {
	const struct nf_conntrack_expect *exp[ALGATE_MAX_USED];
	u8 n;
	u8 next;
};

/**
 * struct algate_cold - cold stats of a flow
 * @found: last announced endpoint
 * @written: endpoint written in place of @found
 * @used: NULL if none; written under the flow's lock, read under RCU
 * @way: by direction, see seqadj.c; RCU grace period cookies
 * @way.moved: another CPU began to handle the segments, if @way.has_moved
 * @way.corrected: a segment was sent on whose number depends on the last
 *	correction, if @way.is_corrected
 * @counter: values of enum algate_counter from ALGATE_OWN_COUNTERS on
 *
 * Most flows need no cold stats. A flow gets the structure with the first value
 * to store. Without memory or budget the value is lost for this flow; the
 * plug-in's counters still include the event.
 */
struct algate_cold {
	struct algate_end found;
	struct algate_end written;
	struct algate_used __rcu *used;
	struct {
		unsigned long moved;
		unsigned long corrected;
		bool has_moved;
		bool is_corrected;
	} way[2];
	u32 counter[__ALGATE_C_MAX - ALGATE_OWN_COUNTERS];
};

#define ALGATE_INDEX_BITS	28

/**
 * struct algate_flow - a flow inspected by a plug-in
 * @lock: in a root flow: serialises the stream state, the variables and the
 *	counters of the root and of its children; unused in a child
 * @state: ALGATE_FLOW_S_*
 * @ended: the flow is unlinked; later changes by a packet are lost
 * @extended: @until is valid
 * @given: the flow was handed over, see handover.c
 * @swapped: the client of this child is the server of @root
 * @guest: the openings of this root count for another flow, see heir.c
 * @depth: number of plug-ins in front of this one that expected for another
 * @generation: generation of the program that last wrote @var
 * @until: earliest expiry of the conntrack entry (jiffies), if @extended
 * @root: the root flow of a child, valid as long as the child; otherwise the
 *	flow itself
 * @use: state of the plug-in in the namespace, valid as long as the flow is
 *	linked
 * @memory: bytes charged to the budget, see memory.c
 * @members: in a root flow: number of linked flows among the root and its
 *	children
 * @host: hash cells of the client
 * @counter: values of enum algate_counter, see algate_flow_counter()
 * @expecting: expectations opened, and neither used nor counted as gone
 * @missing: how many of @expecting were absent from conntrack's table at
 *	@missing_since
 * @sender: stream state by direction
 * @var: variables of the program, valid until @ended
 * @rcu: frees the flow after @ended
 * @entries: table entries and queues of a root flow, valid until no flow is
 *	linked to the root; NULL if none
 * @mapping: port mappings and keyed expectations, newest first
 * @cold: cold stats, NULL if none; written under @lock, read under RCU
 * @ct: conntrack entry, with a reference
 * @wait: entry in algate_net.wheel while @expecting may be nonzero; under the
 *	lock of algate_net.flows
 * @id: unique in the namespace
 * @index: index into algate_net.flows
 * @due: earliest expiry of an expectation (jiffies), if @missing is 0
 * @missing_since: RCU grace period cookie, if @missing is nonzero
 *
 * The first packet in help() creates the flow. Later packets find the flow
 * through the helper data of the conntrack entry. Conntrack calls the helper's
 * destroy function for a deleted entry, but not for a never confirmed entry,
 * nor after ctnetlink removed the helper. The reference to the entry lets the
 * sweep detect both cases. The reference also lets algate_flow_end() clear the
 * pointer in the entry, even while a queued packet keeps the entry alive.
 *
 * A flow that a message expected with "as", between the hosts of the root flow,
 * is a child of the root. A child of a child has the same root. The requests,
 * keys, quotas and lifetimes of all these flows are the root's: the children
 * use the root's tables and queues, and the root's entry is the master of all
 * their expectations. The root, and its tables, outlive its entry as long as a
 * child is linked. A child without a living root opens expectations of its own.
 *
 * The size is 256 bytes, since a router may have very many flows. A packet
 * without work for the rules touches only the first two or three cache lines.
 */
struct algate_flow {
	/* see above */
	spinlock_t lock;
	u8 state;
	bool ended;
	bool extended;
	bool given : 1;
	bool swapped : 1;
	bool guest : 1;
	u8 depth : 2;
	u32 generation;
	u32 until;
	struct algate_flow *root;
	struct algate_use *use;
	u32 memory;
	u16 members;
	struct algate_place host;
	u32 counter[ALGATE_OWN_COUNTERS];
	u16 expecting;
	u16 missing;
	struct algate_sender sender[2];
	union {
		u32 var[ALGATE_MAX_VARS];
		struct rcu_head rcu;
	};
	struct algate_entries *entries;
	struct algate_mapping *mapping;
	struct algate_cold __rcu *cold;
	struct nf_conn *ct;
	struct hlist_node wait;
	u64 id : 36;
	u64 index : ALGATE_INDEX_BITS;
	union {
		u32 due;
		unsigned long missing_since;
	};
};

struct algate_limits {
	u32 flows;
	u32 expects;
	u32 expect_rate;
	u32 kept;
	u32 attachments;
	u32 memory;
	u32 pickup;
	u32 ports;	/* see ALGATE_LIMIT_PORTS */
};

#define ALGATE_WHEEL		32

/**
 * struct algate_net - state of a network namespace
 * @list: entry in algate_nets, under algate_mutex
 * @net: the namespace
 * @flows: flows, each at the lowest free index
 * @last_id: last flow ID; counted per namespace, so that IDs disclose nothing
 *	about other namespaces
 * @nflows: number of flows
 * @tick: slot of @wheel visited last
 * @hand: index into @flows after the last evicted flow
 * @sweeping: @sweep is queued or running
 * @closed: no new flows
 * @nexpects: number of open expectations
 * @nexpecting: number of flows with open expectations
 * @memory: bytes charged to the budget, see memory.c
 * @shares: see share.c; NULL if none
 * @stopped: see stopped.c; NULL if none
 * @seed: seed for hashes of hosts and flows
 * @limits: written under algate_mutex, read by packets
 * @reserved: reserved public ports, NULL if none; written under algate_mutex,
 *	read under RCU
 * @uses: struct algate_use by algate_plugin.index, read under RCU
 * @sweep: work that searches for expired expectations and for flows without a
 *	conntrack entry; queued as long as the namespace has flows
 * @swept: next index into @flows for the search for stale flows
 * @wheel: timer wheel of flows with open expectations
 * @sided: the hooks of side.c are registered, or will be soon
 * @side_hooked: the hooks are registered; under algate_mutex
 * @side_work: work that registers the hooks
 * @attach_table: see attach.c; NULL until the first attachment
 * @attachments: attachments in order of creation
 * @nattachments: number of attachments
 */
struct algate_net {
	struct list_head list;
	struct net *net;
	struct algate_limits limits;
	struct algate_reserved __rcu *reserved;
	struct xarray uses;
	struct algate_attach_table *attach_table;
	struct list_head attachments;
	u32 nattachments;
	struct work_struct side_work;
	bool sided;
	bool side_hooked;
	u32 seed;
	struct delayed_work sweep;
	unsigned long swept;
	struct hlist_head wheel[ALGATE_WHEEL];

	/* written by each new flow, under the lock of @flows */
	struct xarray flows ____cacheline_aligned_in_smp;
	u64 last_id;
	u32 nflows;
	u32 tick;
	u32 hand;
	bool sweeping;
	bool closed;

	/* written by each new expectation and each rewritten message */
	atomic_t nexpects ____cacheline_aligned_in_smp;
	atomic_t nexpecting;
	atomic_long_t memory;
	struct algate_shares *shares;
	struct algate_stopped *stopped;
};

extern unsigned int algate_net_id;
extern struct algate_limits algate_default_limits;
extern struct list_head algate_nets;

static inline struct algate_net *algate_pernet(const struct net *net)
{
	return net_generic(net, algate_net_id);
}

/* help.c */
int algate_help_init(void);
void algate_help_exit(void);
int algate_help(struct sk_buff *skb, unsigned int protoff, struct nf_conn *ct,
		enum ip_conntrack_info ctinfo);

/**
 * struct algate_help_data - helper data of a conntrack entry
 * @flow: flow; NULL before creation and after the end
 * @mark: helper.c: the entry was counted; under algate_mutex
 * @given: the flow was handed over, see handover.c
 * @state: ALGATE_FLOW_S_* of a flow that was handed over
 * @as: 1 + the direction of the expectation, if a message expected the flow
 *	with "as"; else 0
 * @depth: algate_flow.depth
 * @refused: heir.c: the program does not take the numbers
 * @vars: heir.c: indices of the variables for @value, 4 bits each
 * @generation: heir.c: generation of the program that takes @value; 0: none
 * @value: heir.c: numbers that variables of the flow begin with
 */
struct algate_help_data {
	struct algate_flow __rcu *flow;
	u32 mark;
	bool given : 1;
	bool refused : 1;
	u8 as : 2;
	u8 depth : 2;
	u8 state;
	u16 vars;
	u32 generation;
	u32 value[ALGATE_MAX_GIVEN];
};

static inline struct algate_help_data *
algate_help_data(struct nf_conn_help *help)
{
	return (struct algate_help_data *)help->data;
}

/*
 * The helper data of an entry with an algate helper. NULL: before confirmation,
 * the kernel may have just invalidated the extension, on another CPU (gen_id).
 */
static inline struct algate_help_data *
algate_entry_data(const struct nf_conn *ct)
{
	struct nf_conn_help *help = nfct_help(ct);

	return help ? algate_help_data(help) : NULL;
}

/* NAT translates the destination alone: the server is behind NAT. */
static inline bool algate_client_outside(const struct nf_conn *ct)
{
	return (READ_ONCE(ct->status) & IPS_NAT_MASK) == IPS_DST_NAT;
}

static inline struct algate_flow __rcu **
algate_flow_place(struct nf_conn_help *help)
{
	return &algate_help_data(help)->flow;
}

/*
 * The flow whose entry is the master of the expectations that @flow opens.
 * @flow->root->lock is held.
 */
static inline struct algate_flow *algate_flow_owner(struct algate_flow *flow)
{
	return unlikely(flow->root->ended) ? flow : flow->root;
}

/* flow.c */
int algate_flow_init(void);
void algate_flow_exit(void);
void algate_flow_net_init(struct algate_net *an);
void algate_flow_net_end(struct algate_net *an);
struct algate_flow *algate_flow_next(struct algate_net *an, unsigned long *i);
bool algate_flow_helped(const struct nf_conn *ct);
struct algate_flow *algate_flow_find(const struct nf_conn *ct);
struct algate_flow *algate_flow_make(struct nf_conn *ct,
				     struct algate_plugin *plugin);
void algate_flow_end(struct algate_flow *flow, const struct nf_conn *ct);
void algate_flow_destroy(struct nf_conn *ct);
void algate_flow_end_all(struct algate_net *an,
			 const struct algate_plugin *plugin);
void algate_flow_note(struct algate_flow *flow, const struct algate_end *found,
		      const struct algate_end *written);
void algate_flow_count_cold(struct algate_flow *flow, enum algate_counter c,
			    u32 n);
u32 algate_flow_counter(const struct algate_flow *flow, enum algate_counter c);
const struct algate_cold *algate_flow_cold(const struct algate_flow *flow);
struct algate_cold *algate_flow_cold_get(struct algate_flow *flow);

/**
 * algate_use_count() - add to a counter of a plug-in
 * @use: state of the plug-in in the namespace
 * @c: counter
 * @n: number to add
 *
 * Context: BHs off.
 */
static inline void algate_use_count(struct algate_use *use,
				    enum algate_counter c, u32 n)
{
	struct algate_stats *stats = this_cpu_ptr(use->stats);

	u64_stats_update_begin(&stats->sync);
	u64_stats_add(&stats->v[c], n);
	u64_stats_update_end(&stats->sync);
}

/**
 * algate_count() - add to a counter of a flow and of its plug-in
 * @flow: flow
 * @c: counter
 * @n: number to add
 *
 * Context: @flow->root->lock held.
 */
static inline void algate_count(struct algate_flow *flow,
				enum algate_counter c, u32 n)
{
	if (c < ALGATE_OWN_COUNTERS)
		flow->counter[c] += n;
	else
		algate_flow_count_cold(flow, c, n);
	algate_use_count(flow->use, c, n);
}

/* count a packet with payload, in one update of the statistics */
static inline void algate_count_payload(struct algate_flow *flow, u32 bytes,
					u32 messages)
{
	struct algate_stats *stats = this_cpu_ptr(flow->use->stats);

	flow->counter[ALGATE_C_PACKETS]++;
	flow->counter[ALGATE_C_BYTES] += bytes;
	flow->counter[ALGATE_C_MESSAGES] += messages;
	u64_stats_update_begin(&stats->sync);
	u64_stats_inc(&stats->v[ALGATE_C_PACKETS]);
	u64_stats_add(&stats->v[ALGATE_C_BYTES], bytes);
	u64_stats_add(&stats->v[ALGATE_C_MESSAGES], messages);
	u64_stats_update_end(&stats->sync);
}

/* root.c */
void algate_root_mark(const struct nf_conn *ct,
		      const struct nf_conntrack_expect *exp);
void algate_root_find(struct algate_flow *flow);
void algate_root_alone(struct algate_flow *flow);
bool algate_root_takes(const struct algate_flow *flow);
bool algate_root_leave(struct algate_flow *flow);
bool algate_root_renew(struct algate_flow *flow,
		       const struct algate_code *code);

/* heir.c */
void algate_heir_assign(struct algate_flow *flow, struct nf_conn *ct,
			const struct nf_conntrack_expect *exp);
void algate_heir_begin(struct algate_flow *flow);
const struct algate_flow *algate_heir_payer(const struct algate_flow *flow);
void algate_heir_settle(struct algate_flow *flow);

/* handover.c */
int algate_handover_read(struct nlattr *attr, struct nf_conn *ct);
int algate_handover_write(struct sk_buff *skb, const struct nf_conn *ct);
void algate_handover_begin(struct algate_flow *flow);
void algate_handover_end(const struct algate_flow *flow);
bool algate_handover_resume(const struct algate_flow *flow,
			    enum ip_conntrack_dir dir, u32 seq, s32 *delta);
void algate_handover_any(struct nf_conn *ct, struct nf_conntrack_expect *exp);
void algate_handover_init(void);
void algate_handover_exit(void);

/* sweep.c */
void algate_sweep_init(struct algate_net *an);
void algate_sweep_start(struct algate_net *an);
void algate_sweep_wait(struct algate_flow *flow, u32 seconds);

/* share.c */
enum algate_shared {
	ALGATE_SHARED_FLOWS,
	ALGATE_SHARED_EXPECTS,
	ALGATE_SHARED_MEMORY,
	ALGATE_SHARED_MAX
};

struct algate_place algate_share_host(const struct nf_conn *ct, u32 seed);
void algate_share_init(struct algate_net *an);
void algate_share_exit(struct algate_net *an);
void algate_share_taken(const struct algate_flow *flow, enum algate_shared what,
			int n);
bool algate_share_room(const struct algate_flow *flow, enum algate_shared what,
		       u32 n, u32 limit);
bool algate_share_rate(const struct algate_flow *flow, u32 n);
void algate_share_opened(const struct algate_flow *flow, u32 n);

/* memory.c */
u32 algate_memory_default(void);
bool algate_memory_charge(struct algate_flow *flow, u32 len);
void algate_memory_uncharge(struct algate_flow *flow, u32 len);
bool algate_memory_take(struct algate_net *an, u32 len);
void algate_memory_give(struct algate_net *an, u32 len);

/* stopped.c */
void algate_stopped_add(const struct algate_flow *flow);
bool algate_stopped_has(const struct algate_flow *flow);
void algate_stopped_forget(struct algate_net *an, const struct algate_use *use,
			   const struct algate_attach_key *key);
void algate_stopped_drop(struct algate_net *an, const struct algate_use *use);
void algate_stopped_exit(struct algate_net *an);

#endif /* ALGATE_KMOD_H */

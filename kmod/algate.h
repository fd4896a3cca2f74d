/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Declarations shared by the files of the module.
 *
 *	main.c     module and namespace init and exit
 *	plugin.c   registry of plug-ins
 *	source.c   rule texts of the plug-ins
 *	helper.c   conntrack helpers of the plug-ins
 *	attach.c   attachment table and attachment hook
 *	flow.c     per-flow state: creation, lookup, listing, end
 *	handover.c flows handed over by another router
 *	sweep.c    periodic search for expired expectations and stale flows
 *	stats.c    flow count and counters per plug-in and namespace
 *	help.c     packet path: stream / run / commit
 *	tcp.c      TCP headers
 *	seqadj.c   sequence number corrections
 *	commit.c   intents -> expectations and edits
 *	linger.c   extended life of conntrack entries
 *	port.c     public ports of announced endpoints
 *	share.c    fair shares of the namespace's limits
 *	stopped.c  datagram flows that were stopped within the last hour
 *	memory.c   budget for memory allocated in the packet path
 *	mapping.c  port mappings of a flow
 *	expect.c   life and accounting of expectations
 *	side.c     expectations for all hosts of the peer's side
 *	route.c    devices by which an address is reached
 *	splice.c   edits -> packet
 *	param.c    lists of a plug-in in a namespace
 *	netlink.c  requests, nl_set.c settings; nl_dump.c listings; nl_put.c
 *		   objects -> attributes
 *	event.c    events
 *	proc.c     /proc/net/algate
 *
 * Lock order, outermost first: algate_mutex (plug-ins, attachments, limits),
 * algate_flow.lock (stream state of a flow), the lock of algate_net.flows (set
 * of flows), conntrack's own locks.
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

#include "engine/stream.h"

struct algate_plugin;
struct genl_info;
struct tcphdr;

/**
 * struct algate_source - the rule text of a program
 * @len: length of @text in bytes
 * @compiler: version of the compiler, or ""
 * @text: rule text, without NUL
 *
 * Constant once read; lives as long as its struct algate_code.
 */
struct algate_source {
	u32 len;
	char compiler[ALGATE_COMPILER_LEN];
	char text[];
};

#define ALGATE_DYING	U32_MAX		/* never a flow's generation */

/**
 * struct algate_code - a program in use by a plug-in
 * @prog: verified program
 * @source: rule text, NULL if the program was loaded without its text
 * @generation: 1 after load, +1 per replacement; ALGATE_DYING while the plug-in
 *	is being unloaded, so that packets are not inspected
 * @compatible: oldest generation whose variables have the same meaning
 *
 * Reached through plugin->code under RCU; freed after a grace period.
 */
struct algate_code {
	struct algate_prog *prog;
	struct algate_source *source;
	u32 generation;
	u32 compatible;
};

/**
 * struct algate_helper - one registration with conntrack
 * @h: helper for one address family and one protocol
 * @plugin: plug-in, NULL after unload; written under algate_mutex, read under
 *	RCU
 * @list: entry in the list of helpers kept until module exit
 * @policy: conntrack's limits by class, see algate_helper_policy()
 */
struct algate_helper {
	struct nf_conntrack_helper h;
	struct algate_plugin __rcu *plugin;
	struct list_head list;
	struct nf_conntrack_expect_policy policy[ALGATE_MAX_CLASSES];
};

#define ALGATE_MAX_HELPERS	4	/* IPv4, IPv6 x TCP, UDP */
#define ALGATE_MAX_PLUGINS	1024

/**
 * struct algate_plugin - a loaded plug-in
 * @list: entry in algate_plugins
 * @name: name known to conntrack
 * @code: current program; a replacement swaps the pointer
 * @index: index into algate_net.uses
 * @nhelpers: number of registered helpers in @helper
 * @dying: unload has begun; no new flows
 * @sided: a program of the plug-in may have opened expectations for any host,
 *	so its flows need the hooks of side.c
 * @helper: helpers, registered as long as the plug-in is loaded
 *
 * All fields are written under algate_mutex. @list and @code are read under
 * RCU.
 */
struct algate_plugin {
	struct list_head list;
	char name[ALGATE_NAME_LEN];
	struct algate_code __rcu *code;
	unsigned int index;
	unsigned int nhelpers;
	bool dying;
	bool sided;
	struct algate_helper *helper[ALGATE_MAX_HELPERS];
};

/* counters of a plug-in in a namespace, per CPU */
struct algate_stats {
	u64_stats_t v[__ALGATE_C_MAX];
	u64_stats_t rule[ALGATE_MAX_COUNTERS];
	struct u64_stats_sync sync;
};

/* state of a plug-in in a namespace, see stats.c */
struct algate_use {
	struct algate_stats __percpu *stats;
	struct algate_net *an;
	u64 secret[2];
	u8 narrow;		/* by class: "any" is the peer alone */
	struct algate_lists __rcu *lists;	/* NULL: none is filled */

	/* written by each new flow; all packets read the fields above */
	atomic_t flows ____cacheline_aligned_in_smp;
};

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
 * @lock: serialises the stream state, the variables and the counters
 * @state: ALGATE_FLOW_S_*
 * @ended: the flow is unlinked; later changes by a packet are lost
 * @extended: @until is valid
 * @given: the flow was handed over, see handover.c
 * @generation: generation of the program that last wrote @var; 0 after @ended
 * @until: earliest expiry of the conntrack entry (jiffies), if @extended
 * @plugin: plug-in, valid as long as the flow is linked
 * @use: state of @plugin in the namespace, valid as long as the flow is linked
 * @memory: bytes charged to the budget, see memory.c
 * @host: hash cells of the client
 * @counter: values of enum algate_counter, see algate_flow_counter()
 * @expecting: expectations opened, and neither used nor counted as gone
 * @missing: how many of @expecting were absent from conntrack's table at
 *	@missing_since
 * @sender: stream state by direction
 * @var: variables of the program, valid until @ended
 * @rcu: frees the flow after @ended
 * @entries: table entries, NULL if none
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
 * The size is 256 bytes, since a router may have very many flows. A packet
 * without work for the rules touches only the first two or three cache lines.
 */
struct algate_flow {
	/* see above */
	spinlock_t lock;
	u8 state;
	bool ended;
	bool extended;
	bool given;
	u32 generation;
	u32 until;
	struct algate_plugin *plugin;
	struct algate_use *use;
	u32 memory;
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

/* reserved public ports of a namespace, constant once published */
struct algate_reserved {
	struct rcu_head rcu;
	u32 n;
	struct algate_range range[ALGATE_MAX_RESERVED];
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
extern struct mutex algate_mutex;
extern struct list_head algate_nets;
extern struct list_head algate_plugins;

static inline struct algate_net *algate_pernet(const struct net *net)
{
	return net_generic(net, algate_net_id);
}

/* current program; in the packet path or under algate_mutex */
static inline const struct algate_code *
algate_plugin_code(const struct algate_plugin *plugin)
{
	return rcu_dereference_check(plugin->code,
				     lockdep_is_held(&algate_mutex));
}

/* plugin.c: all under algate_mutex */
int algate_plugin_load(const void *image, size_t len,
		       struct algate_source *source,
		       struct netlink_ext_ack *extack);
int algate_plugin_replace(const void *image, size_t len,
			  struct algate_source *source,
			  struct netlink_ext_ack *extack);
int algate_plugin_unload(const char *name, struct netlink_ext_ack *extack);
void algate_plugin_unload_all(void);
int algate_plugin_set(struct algate_net *an, const char *name,
		      const char *class, u8 from,
		      struct netlink_ext_ack *extack);
struct algate_plugin *algate_plugin_find(const char *name);

/* param.c */
int algate_param_set(struct algate_net *an, const char *name,
		     const char *param, const struct algate_numbers *range,
		     unsigned int n, struct netlink_ext_ack *extack);
bool algate_params_kept(const struct algate_prog *old,
			const struct algate_prog *new);

/* source.c */
struct algate_source *algate_source_read(struct genl_info *info);
void algate_source_free(const struct algate_source *source);
int algate_put_source(struct sk_buff *skb, const char *name, size_t at);

/* helper.c */
struct nf_conntrack_helper *
algate_plugin_helper(struct algate_plugin *plugin, u8 family, u8 proto);
u32 algate_plugin_refs(const struct algate_plugin *plugin);
bool algate_prog_serves(const struct algate_prog *prog, u8 proto);
int algate_helpers_add(struct algate_plugin *plugin,
		       const struct algate_prog *prog);
void algate_helpers_policy(struct algate_plugin *plugin,
			   const struct algate_prog *prog);
bool algate_helpers_freeze(struct algate_plugin *plugin);
void algate_helpers_remove(struct algate_plugin *plugin);
void algate_helpers_retire(struct algate_plugin *plugin);
void algate_helpers_exit(void);

/* plug-in of an algate helper, NULL after unload; under RCU */
static inline struct algate_plugin *
algate_helper_plugin(const struct nf_conntrack_helper *h)
{
	return rcu_dereference(container_of(h, struct algate_helper,
					    h)->plugin);
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
 */
struct algate_help_data {
	struct algate_flow __rcu *flow;
	u32 mark;
	bool given;
	u8 state;
};

static inline struct algate_help_data *
algate_help_data(struct nf_conn_help *help)
{
	return (struct algate_help_data *)help->data;
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
void algate_flow_forget(struct algate_flow *flow);
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
 * Context: @flow->lock held.
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

/* stats.c */
struct algate_use *algate_use_get(struct algate_net *an,
				  const struct algate_plugin *plugin,
				  gfp_t gfp);
struct algate_use *algate_use_find(struct algate_net *an,
				   const struct algate_plugin *plugin);
void algate_use_drop(struct algate_net *an, const struct algate_plugin *plugin);
u32 algate_use_flows(struct algate_net *an, const struct algate_plugin *plugin);
void algate_count_rule(struct algate_flow *flow, unsigned int i);
u64 algate_stats_sum(struct algate_net *an, const struct algate_plugin *plugin,
		     unsigned int i, bool rule);
void algate_use_net_init(struct algate_net *an);
void algate_use_net_exit(struct algate_net *an);

/* commit.c */
int algate_commit_init(void);
void algate_commit_exit(void);
bool algate_commit(struct algate_flow *flow, struct nf_conn *ct,
		   enum ip_conntrack_info ctinfo,
		   const struct algate_prog *prog,
		   const struct algate_message *msg,
		   struct algate_result *result, const struct sk_buff *skb);

/* port.c */
bool algate_port_keep(const struct algate_net *an,
		      const struct algate_opening *o);
u32 algate_port_other(const struct algate_net *an,
		      const struct algate_opening *o, u32 start, u32 i);
bool algate_port_free(const struct nf_conn *ct, enum ip_conntrack_dir dir,
		      const struct algate_opening *o);
struct algate_reserved *algate_port_read(const struct nlattr *attr,
					 struct netlink_ext_ack *extack);
int algate_port_put(struct sk_buff *skb, const struct algate_net *an);
void algate_port_reserve(struct algate_net *an, struct algate_reserved *list);

/* Does a range of ALGATE_LIMIT_PORTS contain a port? */
static inline bool algate_port_range(u32 range)
{
	return range >> 16 && range >> 16 <= (range & U16_MAX);
}

/* mapping.c */
struct algate_mapping *algate_mapping_make(struct algate_flow *flow,
					   const struct algate_opening *o,
					   const struct algate_message *msg,
					   u32 key);
void algate_mapping_free(struct algate_flow *flow, struct algate_mapping *b);
void algate_mapping_keep(struct algate_flow *flow, struct algate_mapping *list,
			 unsigned int n, bool again);
__be16 algate_mapping_public(const struct nf_conn *master,
			     const struct nf_conn *ct,
			     enum ip_conntrack_dir dir);
void algate_mapping_free_all(struct algate_flow *flow);
void algate_mapping_close(struct algate_flow *flow, const struct nf_conn *ct,
			  const struct algate_intent *in);
u32 algate_mapping_confirm(struct algate_flow *flow, const struct nf_conn *ct,
			   const struct algate_prog *prog,
			   const struct algate_message *msg,
			   const struct algate_intent *in);

/* the expected flow gets the address translation of its master */
static inline bool algate_expect_follows(const struct nf_conntrack_expect *exp)
{
	return memchr_inv(&exp->saved_addr, 0, sizeof(exp->saved_addr));
}

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

/**
 * enum algate_repeat - result of the search for an equal open expectation
 * @ALGATE_REPEAT_NONE: no expectation found
 * @ALGATE_REPEAT_ACTIVE: found an active expectation, which stays active
 * @ALGATE_REPEAT_EXTENDED: found an equal expectation and restarted its timeout
 * @ALGATE_REPEAT_DIFFERENT: found a different expectation, to be withdrawn
 * @ALGATE_REPEAT_TAKEN: the port is open for another endpoint or class, or by
 *	the other direction
 */
enum algate_repeat {
	ALGATE_REPEAT_NONE,
	ALGATE_REPEAT_ACTIVE,
	ALGATE_REPEAT_EXTENDED,
	ALGATE_REPEAT_DIFFERENT,
	ALGATE_REPEAT_TAKEN,
};

/* expect.c */
enum algate_repeat algate_expect_repeat(struct algate_flow *flow,
					const struct nf_conntrack_expect *exp,
					u32 seconds, bool movable,
					struct nf_conntrack_expect **old);
void algate_expect_made(struct algate_flow *flow,
			const struct nf_conntrack_expect *exp);
unsigned int algate_expect_bound(const struct algate_flow *flow,
				 const struct nf_conn *ct,
				 const struct algate_mapping *b, u32 time);
void algate_expect_nat(struct nf_conn *ct, struct nf_conntrack_expect *exp);
void algate_expect_used(struct nf_conn *ct, struct nf_conntrack_expect *exp);
u32 algate_expect_settle(struct algate_flow *flow, const struct nf_conn *ct);
void algate_expect_end(struct algate_flow *flow, const struct nf_conn *ct);
void algate_expect_opened(struct algate_flow *flow, unsigned int opened,
			  unsigned int withdrawn);
bool algate_expect_withdraw(struct nf_conntrack_expect *exp);
bool algate_expect_take_over(const struct nf_conntrack_expect *exp);
unsigned int algate_expect_trim(const struct algate_flow *flow,
				const struct nf_conn *ct,
				const u8 most[ALGATE_MAX_CLASSES],
				unsigned int dirs);

/* side.c */
void algate_side_get(const struct algate_plugin *plugin);
void algate_side_put(void);
void algate_side_now(struct algate_net *an);
void algate_side_want(struct algate_net *an);
void algate_side_net_init(struct algate_net *an);
void algate_side_net_exit(struct algate_net *an);
void algate_side_net_free(struct algate_net *an);
bool algate_side_open(const struct algate_net *an, const struct sk_buff *skb,
		      const struct nf_conn *ct, enum ip_conntrack_dir dir,
		      enum algate_users from);
void algate_side_any(struct nf_conn *ct, struct nf_conntrack_expect *exp);
void algate_side_later(struct nf_conn *ct, struct nf_conntrack_expect *exp);

/* route.c */
struct algate_way {
	struct net *net;
	u8 family;
	union nf_inet_addr to;
	union nf_inet_addr from;
	u32 mark;
	int iif;
};

bool algate_route_uses(const struct algate_way *way,
		       const struct net_device *dev);
int algate_route_iif(const struct algate_way *way);

/* tcp.c */
bool algate_tcp_syn(const struct nf_conn *ct, enum ip_conntrack_dir dir,
		    const struct tcphdr *th, u32 len);
bool algate_tcp_rst(const struct nf_conn *ct);
u16 algate_tcp_size(const struct sk_buff *skb, u16 family, unsigned int protoff,
		    const struct tcphdr *th, u32 len);

/* seqadj.c */
void algate_seqadj_age(struct nf_conn *ct, enum ip_conntrack_info ctinfo,
		       u32 seq);
bool algate_seqadj_set(struct nf_conn *ct, enum ip_conntrack_dir dir, u32 seq,
		       s32 delta, s32 total);
void algate_seqadj_clear(struct nf_conn *ct);
bool algate_seqadj_busy(struct algate_flow *flow, enum algate_dir dir);
void algate_seqadj_passes(struct algate_flow *flow, enum algate_dir dir,
			  u32 seq);

/* splice.c */
int algate_splice_apply(struct sk_buff *skb, unsigned int protoff,
			unsigned int dataoff, const struct algate_splice *sp,
			const u8 *copy);
int algate_splice_ack(struct sk_buff *skb, unsigned int protoff,
		      const struct algate_splice *sp);
int algate_splice_unfold(struct sk_buff *skb, unsigned int protoff);

/**
 * struct algate_attach_key - new flows covered by an attachment
 * @plugin: name of the inspecting plug-in
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @family: family of @from; AF_UNSPEC: both families, any address
 * @prefixlen: bits of @from
 * @by_sport: @port is the client's port
 * @port: host order
 * @iif: input interface of the first packet; "": any interface, and locally
 *	generated packets
 * @from: client's prefix
 */
struct algate_attach_key {
	char plugin[ALGATE_NAME_LEN];
	u8 proto;
	u8 family;
	u8 prefixlen;
	bool by_sport;
	u16 port;
	char iif[IFNAMSIZ];
	union nf_inet_addr from;
};

struct algate_attachment {
	struct hlist_node node;
	struct list_head list;
	struct algate_attach_key key;
	struct algate_plugin *plugin;
	atomic64_t flows;
	struct rcu_head rcu;
};

/* attach.c: all under algate_mutex */
int algate_attach_add(struct algate_net *an,
		      const struct algate_attach_key *key,
		      struct netlink_ext_ack *extack);
int algate_attach_del(struct algate_net *an,
		      const struct algate_attach_key *key,
		      struct netlink_ext_ack *extack);
u32 algate_attach_count(const struct algate_net *an,
			const struct algate_plugin *plugin);
void algate_attach_drop(struct algate_net *an,
			const struct algate_plugin *plugin);
void algate_attach_net_free(struct algate_net *an);
void algate_attach_prefix(struct algate_attach_key *k, unsigned int bit,
			  u8 family, const union nf_inet_addr *addr);

/* linger.c */
void algate_flow_extend(struct algate_flow *flow, struct nf_conn *ct,
			u32 seconds);
void algate_flow_linger(struct algate_flow *flow, struct nf_conn *ct);

/* stopped.c */
void algate_stopped_add(const struct algate_flow *flow);
bool algate_stopped_has(const struct algate_flow *flow);
void algate_stopped_forget(struct algate_net *an, const struct algate_use *use,
			   const struct algate_attach_key *key);
void algate_stopped_drop(struct algate_net *an, const struct algate_use *use);
void algate_stopped_exit(struct algate_net *an);

/* netlink.c, nl_dump.c, nl_put.c, nl_set.c */
#define ALGATE_SHOW_REFS	0x01
#define ALGATE_SHOW_IMAGE	0x02

extern struct genl_family algate_genl;
u32 algate_genl_seq(void);
unsigned int algate_genl_show(struct sk_buff *skb);
int algate_genl_set(struct sk_buff *skb, struct genl_info *info);

/**
 * algate_reject() - reject a request with a reason
 * @extack: extended ack, may be NULL
 * @err: negative errno
 * @text: string literal: a sentence that says how to mend the request
 *
 * An extended ack holds a pointer. Netlink follows the pointer after the
 * request handler has returned, so a text in the handler's memory would not
 * live long enough.
 *
 * Return: @err.
 */
#define algate_reject(extack, err, text) ({	\
	NL_SET_ERR_MSG(extack, text);		\
	(err);					\
})

int algate_dump_plugins(struct sk_buff *skb, struct netlink_callback *cb);
int algate_dump_source(struct sk_buff *skb, struct netlink_callback *cb);
int algate_dump_attachments(struct sk_buff *skb, struct netlink_callback *cb);
int algate_dump_flows(struct sk_buff *skb, struct netlink_callback *cb);
int algate_dump_expects(struct sk_buff *skb, struct netlink_callback *cb);
int algate_dump_stats(struct sk_buff *skb, struct netlink_callback *cb);
int algate_put_plugin(struct sk_buff *skb, struct algate_net *an,
		      const struct algate_plugin *plugin, unsigned int show);
int algate_put_attach(struct sk_buff *skb, const struct algate_attach_key *key,
		      u64 flows);
int algate_put_flow(struct sk_buff *skb, const struct algate_flow *flow,
		    int only);
int algate_put_expect(struct sk_buff *skb, const struct algate_flow *flow,
		      const char *plugin, const struct nf_conntrack_expect *exp);
int algate_put_stats(struct sk_buff *skb, struct algate_net *an,
		     const struct algate_plugin *plugin);

/* event.c */
void algate_event_plugin(u32 event, const struct algate_plugin *plugin);
void algate_event_attach(struct algate_net *an, u32 event,
			 const struct algate_attachment *a);
void algate_event_flow(const struct algate_flow *flow, u32 event, int counter);
bool algate_event_wanted(const struct algate_flow *flow);
void algate_event_expect(const struct algate_flow *flow, u32 event,
			 const struct nf_conntrack_expect *exp);

/* proc.c */
int algate_proc_net_init(struct algate_net *an);
void algate_proc_net_exit(struct algate_net *an);

#endif /* ALGATE_KMOD_H */

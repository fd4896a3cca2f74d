/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module's files share.
 *
 *	main.c     module and namespace init and exit
 *	plugin.c   the registry of plug-ins
 *	helper.c   their conntrack helpers
 *	attach.c   the attachment table and its hook
 *	flow.c     per-flow state: made, found, listed, ended
 *	sweep.c    flows and expectations that ended without a word
 *	stats.c    what a plug-in has in a namespace: flows, counters
 *	help.c     the way of a packet: stream / run / commit
 *	tcp.c      headers of TCP
 *	seqadj.c   corrections of sequence numbers
 *	commit.c   intents -> expectations and edits
 *	share.c    what hosts and flows may use of what they use together
 *	memory.c   the budget of memory that packets make
 *	binding.c  what was opened and may be asked for
 *	expect.c   what becomes of expectations
 *	splice.c   edits -> packet
 *	netlink.c  requests; nl_dump.c listings; nl_put.c objects -> attributes
 *	event.c    events
 *	proc.c     /proc/net/algate
 *
 * Locks, outermost first: algate_mutex (plug-ins, attachments, limits),
 * algate_flow.lock (a flow's stream), the lock of algate_net.flows (which
 * flows there are), conntrack's own.
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

#define ALGATE_DYING	U32_MAX		/* no flow has that generation */

/**
 * struct algate_code - a program in use by a plug-in
 * @prog: verified program
 * @generation: 1 when loaded, +1 per replacement; ALGATE_DYING: packets pass
 *	by, since the plug-in is on its way out
 * @compatible: oldest generation whose variables mean the same
 * @looks: the rules ask for the flow's ends while they run
 *
 * Reached through plugin->code under RCU; freed after a grace period.
 */
struct algate_code {
	struct algate_prog *prog;
	u32 generation;
	u32 compatible;
	bool looks;
};

/**
 * struct algate_helper - one registration with conntrack
 * @h: of a family and a protocol
 * @plugin: NULL: unloaded; written under algate_mutex, read under RCU
 * @list: in the list of those that stay until the module goes
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
 * @list: in algate_plugins
 * @name: as conntrack knows it
 * @code: its program; replacing swaps it
 * @index: its place in algate_net.uses
 * @nhelpers: how many of @helper are registered
 * @dying: on its way out: no flow is made
 * @helper: registered as long as the plug-in is loaded
 *
 * All is written under algate_mutex; @list and @code are read under RCU.
 */
struct algate_plugin {
	struct list_head list;
	char name[ALGATE_NAME_LEN];
	struct algate_code __rcu *code;
	unsigned int index;
	unsigned int nhelpers;
	bool dying;
	struct algate_helper *helper[ALGATE_MAX_HELPERS];
};

/* of a plug-in in a namespace, per CPU */
struct algate_stats {
	u64_stats_t v[__ALGATE_C_MAX];
	u64_stats_t rule[ALGATE_MAX_COUNTERS];
	struct u64_stats_sync sync;
};

/* what a plug-in has in a namespace: see stats.c */
struct algate_use {
	struct algate_stats __percpu *stats;
	struct algate_net *an;
	atomic_t flows;
	u64 secret[2];
};

/* the cells of a host or a flow, see share.c */
struct algate_place {
	u8 cell[2];
};

/* counters that each flow has room for: of enum algate_counter, the first */
#define ALGATE_OWN_COUNTERS	(ALGATE_C_REWRITTEN + 1)

/* expectations in use that a flow remembers */
#define ALGATE_MAX_USED		16

/**
 * struct algate_rare - what most flows need not remember
 * @found: last endpoint as announced
 * @written: what it was translated to
 * @used: expectations that were used, and which conntrack still has
 * @nused: how many
 * @next_used: the one that gives way next
 * @counter: those of enum algate_counter that the flow has no room for
 *
 * Most of it is for people. A flow gets one when there is something to tell;
 * without memory or budget that is not told: the plug-in's counters have it.
 */
struct algate_rare {
	struct algate_end found;
	struct algate_end written;
	const struct nf_conntrack_expect *used[ALGATE_MAX_USED];
	u8 nused;
	u8 next_used;
	u32 counter[__ALGATE_C_MAX - ALGATE_OWN_COUNTERS];
};

#define ALGATE_INDEX_BITS	28

/**
 * struct algate_flow - a flow that a plug-in inspects
 * @lock: serialises the stream's state, the variables and the counters
 * @state: ALGATE_FLOW_S_*
 * @ended: unlinked; what a last packet does with it is lost
 * @extended: @until is valid
 * @generation: of the program that last wrote @var; 0: @ended
 * @until: the entry stays until then (jiffies), @extended
 * @plugin: whose; stays as long as the flow is linked
 * @use: what that has in the namespace; likewise
 * @memory: bytes that its packets have made, see memory.c
 * @nmemo: how many entries @memo has
 * @host: the client's cells
 * @counter: by enum algate_counter; see algate_flow_counter()
 * @expecting: opened, and neither used nor counted as gone
 * @missing: how many of these conntrack did not have at @missing_since
 * @sender: stream, by direction
 * @var: the program's variables; not when it has @ended
 * @rcu: frees it, then
 * @memo: entries of its tables, NULL: none yet
 * @binding: what rules have opened and may ask for, the last one first
 * @rare: NULL: none yet; written under @lock, read under RCU
 * @ct: the conntrack entry; a reference is held
 * @wait: in algate_net.wheel as long as it may be @expecting; under the lock
 *	of algate_net.flows
 * @id: unique in its namespace
 * @index: in algate_net.flows
 * @due: when an expectation may run out, at the earliest (jiffies); none is
 *	@missing
 * @missing_since: a grace period's state; some are
 *
 * Made by the first packet that reaches help(), found again through the
 * conntrack entry's helper data. The entry tells when it is deleted; it may
 * also go without a word (never confirmed, or its helper taken off by
 * ctnetlink). Thanks to the reference, a sweep can look and see, and whoever
 * ends the flow can take it out of the entry: a packet may hold on to that
 * for as long as it likes, in a queue for instance.
 *
 * There may be very many: it has 256 bytes. A packet with nothing to do for
 * the rules stays within the first two or three cache lines.
 */
struct algate_flow {
	/* see above */
	spinlock_t lock;
	u8 state;
	bool ended;
	bool extended;
	u32 generation;
	u32 until;
	struct algate_plugin *plugin;
	struct algate_use *use;
	u32 memory;
	u16 nmemo;
	struct algate_place host;
	u32 counter[ALGATE_OWN_COUNTERS];
	u16 expecting;
	u16 missing;
	struct algate_sender sender[2];
	union {
		u32 var[ALGATE_MAX_VARS];
		struct rcu_head rcu;
	};
	struct algate_memo *memo;
	struct algate_binding *binding;
	struct algate_rare __rcu *rare;
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
};

#define ALGATE_WHEEL		32

/**
 * struct algate_net - what a network namespace has
 * @list: in algate_nets, under algate_mutex
 * @net: the namespace
 * @flows: the flows, each in the first free place
 * @last_id: of a flow; what others do is not to be told by it
 * @nflows: how many flows
 * @tick: slot of @wheel that was visited last
 * @hand: place in @flows behind the flow that gave way last
 * @sweeping: @sweep is on its way
 * @closed: no flow is made
 * @nexpects: expectations that are waited for
 * @nexpecting: how many flows do
 * @memory: bytes that packets have made, see memory.c
 * @shares: see share.c; NULL: none yet
 * @seed: for hashes of hosts and flows
 * @limits: written under algate_mutex, read by packets
 * @uses: struct algate_use by algate_plugin.index, read under RCU
 * @sweep: looks for expectations that ran out, and for flows whose conntrack
 *	entry forgot them; on its way as long as there are flows
 * @swept: place in @flows that it has come to
 * @wheel: flows by when it is to visit them
 * @attach_table: see attach.c; NULL: no attachment was ever made
 * @attachments: in the order in which they were made
 * @nattachments: how many
 */
struct algate_net {
	struct list_head list;
	struct net *net;
	struct algate_limits limits;
	struct xarray uses;
	struct algate_attach_table *attach_table;
	struct list_head attachments;
	u32 nattachments;
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

	/* written by each new expectation, and each rewritten message */
	atomic_t nexpects ____cacheline_aligned_in_smp;
	atomic_t nexpecting;
	atomic_long_t memory;
	struct algate_shares *shares;
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

/* the program; in the packet's path, or under algate_mutex */
static inline const struct algate_code *
algate_plugin_code(const struct algate_plugin *plugin)
{
	return rcu_dereference_check(plugin->code,
				     lockdep_is_held(&algate_mutex));
}

/* plugin.c: all under algate_mutex */
int algate_plugin_load(const void *image, size_t len,
		       struct netlink_ext_ack *extack);
int algate_plugin_replace(const void *image, size_t len,
			  struct netlink_ext_ack *extack);
int algate_plugin_unload(const char *name, struct netlink_ext_ack *extack);
void algate_plugin_unload_all(void);
struct algate_plugin *algate_plugin_find(const char *name);

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

/* the plug-in of a helper of ours; NULL: unloaded; under RCU */
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
void algate_help_destroy(struct nf_conn *ct);

/**
 * struct algate_help_data - the helper data of a conntrack entry
 * @flow: NULL: none yet, or no more
 * @mark: helper.c: the entry was counted; under algate_mutex
 */
struct algate_help_data {
	struct algate_flow __rcu *flow;
	u32 mark;
};

static inline struct algate_help_data *
algate_help_data(struct nf_conn_help *help)
{
	return (struct algate_help_data *)help->data;
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
void algate_flow_end_all(struct algate_net *an,
			 const struct algate_plugin *plugin);
void algate_flow_forget(struct algate_flow *flow);
void algate_flow_note(struct algate_flow *flow, const struct algate_end *found,
		      const struct algate_end *written);
void algate_flow_count_rare(struct algate_flow *flow, enum algate_counter c,
			    u32 n);
u32 algate_flow_counter(const struct algate_flow *flow, enum algate_counter c);
const struct algate_rare *algate_flow_rare(const struct algate_flow *flow);
struct algate_rare *algate_flow_rare_get(struct algate_flow *flow);
void algate_flow_extend(struct algate_flow *flow, u32 seconds);
void algate_flow_linger(struct algate_flow *flow, struct nf_conn *ct);

/**
 * algate_use_count() - add to a counter of a plug-in
 * @use: what it has in the namespace
 * @c: counter
 * @n: how much
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
 * @n: how much
 *
 * Context: the flow's lock held.
 */
static inline void algate_count(struct algate_flow *flow,
				enum algate_counter c, u32 n)
{
	if (c < ALGATE_OWN_COUNTERS)
		flow->counter[c] += n;
	else
		algate_flow_count_rare(flow, c, n);
	algate_use_count(flow->use, c, n);
}

/* the same for a packet with payload, at once */
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
		   struct algate_result *result);

/* binding.c */
struct algate_binding *algate_binding_make(struct algate_flow *flow,
					   const struct algate_opening *o,
					   u8 dir, u32 key);
void algate_binding_free(struct algate_flow *flow, struct algate_binding *b);
void algate_binding_keep(struct algate_flow *flow, struct algate_binding *list,
			 unsigned int n, bool again);
void algate_binding_free_all(struct algate_flow *flow);
void algate_binding_close(struct algate_flow *flow, const struct nf_conn *ct,
			  const struct algate_intent *in);
void algate_binding_confirm(struct algate_flow *flow, const struct nf_conn *ct,
			    const struct algate_intent *in);

/* NAT takes the expected flow where it took its master */
static inline bool algate_expect_follows(const struct nf_conntrack_expect *exp)
{
	return memchr_inv(&exp->saved_addr, 0, sizeof(exp->saved_addr));
}

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

/**
 * enum algate_again - an expectation is asked for that may be there
 * @ALGATE_AGAIN_NOT: it is not
 * @ALGATE_AGAIN_ACTIVE: it is there and active, which it stays
 * @ALGATE_AGAIN_EXTENDED: it has been given the time that it would have anew
 * @ALGATE_AGAIN_WITHDRAWN: another one stood in its place, and is gone
 */
enum algate_again {
	ALGATE_AGAIN_NOT,
	ALGATE_AGAIN_ACTIVE,
	ALGATE_AGAIN_EXTENDED,
	ALGATE_AGAIN_WITHDRAWN,
};

/* expect.c */
enum algate_again algate_expect_again(struct algate_flow *flow,
				      const struct nf_conntrack_expect *exp,
				      u32 seconds,
				      struct nf_conntrack_expect **old);
void algate_expect_made(struct algate_flow *flow,
			const struct nf_conntrack_expect *exp);
unsigned int algate_expect_bound(const struct algate_flow *flow,
				 const struct nf_conn *ct,
				 const struct algate_binding *b, u32 time);
void algate_expect_used(struct nf_conn *ct, struct nf_conntrack_expect *exp);
u32 algate_expect_settle(struct algate_flow *flow, const struct nf_conn *ct);
void algate_expect_end(struct algate_flow *flow, const struct nf_conn *ct);
void algate_expect_opened(struct algate_flow *flow, unsigned int opened,
			  unsigned int withdrawn);
bool algate_expect_withdraw(struct nf_conntrack_expect *exp);
bool algate_expect_take_over(const struct nf_conntrack_expect *exp);
unsigned int algate_expect_trim(const struct algate_flow *flow,
				const struct nf_conn *ct,
				const u8 most[ALGATE_MAX_CLASSES]);

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

/* splice.c */
int algate_splice_apply(struct sk_buff *skb, unsigned int protoff,
			unsigned int dataoff, const struct algate_splice *sp,
			const u8 *copy);
int algate_splice_ack(struct sk_buff *skb, unsigned int protoff,
		      const struct algate_splice *sp);
int algate_splice_unfold(struct sk_buff *skb, unsigned int protoff);

/**
 * struct algate_attach_key - which new flows
 * @plugin: who inspects them
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @family: of @from; AF_UNSPEC: both, any address
 * @prefixlen: bits of @from
 * @by_sport: @port is the client's
 * @port: host order
 * @iif: interface that the first packet comes in on; "": any, and local
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

/* netlink.c, nl_dump.c, nl_put.c */
#define ALGATE_SHOW_REFS	0x01
#define ALGATE_SHOW_IMAGE	0x02

extern struct genl_family algate_genl;
u32 algate_genl_seq(void);
unsigned int algate_genl_show(struct sk_buff *skb);

/**
 * algate_reject() - say why a request is refused
 * @extack: where to; may be NULL
 * @err: negative errno
 * @text: string literal: a sentence for people, with what to do
 *
 * An extended ack holds a pointer, which is followed after the request has
 * returned: a text that is made for the request would not live long enough.
 *
 * Return: @err.
 */
#define algate_reject(extack, err, text) ({	\
	NL_SET_ERR_MSG(extack, text);		\
	(err);					\
})

int algate_dump_plugins(struct sk_buff *skb, struct netlink_callback *cb);
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

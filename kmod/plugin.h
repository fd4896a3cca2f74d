/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Plug-ins: their programs, helpers, and counters in a namespace.
 */
#ifndef ALGATE_PLUGIN_H
#define ALGATE_PLUGIN_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>
#include <net/netfilter/nf_conntrack_helper.h>

#include "engine/stream.h"

struct algate_flow;
struct algate_net;
struct algate_plugin;
struct genl_info;

extern struct mutex algate_mutex;
extern struct list_head algate_plugins;

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
	const struct algate_plugin *plugin;
	u64 secret[2];
	u8 narrow;		/* by class: "any" is the peer alone */
	struct algate_lists __rcu *lists;	/* NULL: none is filled */
	struct algate_maps __rcu *maps;		/* NULL: all are empty */

	/* written by each new flow; all packets read the fields above */
	atomic_t flows ____cacheline_aligned_in_smp;
};

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
int algate_plugin_set(struct algate_net *an, const struct algate_plugin *plugin,
		      const char *class, u8 from,
		      struct netlink_ext_ack *extack);
struct algate_plugin *algate_plugin_find(const char *name);
struct algate_plugin *algate_plugin_named(const char *name,
					  struct netlink_ext_ack *extack);

/* setting.c */
int algate_setting_find(const struct algate_setting *setting, unsigned int n,
			const char *name);
bool algate_settings_kept(const struct algate_setting *old, unsigned int nold,
			  const struct algate_setting *new, unsigned int nnew);

/* param.c */
int algate_param_set(struct algate_net *an, const struct algate_plugin *plugin,
		     const char *param, const struct algate_numbers *range,
		     unsigned int n, struct netlink_ext_ack *extack);

/* map.c */
int algate_map_set(struct algate_net *an, const struct algate_plugin *plugin,
		   const char *name, const struct algate_pair *pair,
		   unsigned int n, struct netlink_ext_ack *extack);

/* source.c */
struct algate_source *algate_source_read(struct genl_info *info);
void algate_source_free(const struct algate_source *source);
int algate_put_source(struct sk_buff *skb, const char *name, size_t at);

/* helper.c */
struct nf_conntrack_helper *
algate_plugin_helper(const struct algate_plugin *plugin, u8 family, u8 proto);
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

/* stats.c */
extern const char * const algate_counter_name[];
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

#endif /* ALGATE_PLUGIN_H */

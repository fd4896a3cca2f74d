/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attachments, the netlink family, and /proc.
 */
#ifndef ALGATE_CONTROL_H
#define ALGATE_CONTROL_H

#include <net/genetlink.h>

#include "algate.h"

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

/* netlink.c, nl_dump.c, nl_put.c, nl_set.c */
#define ALGATE_SHOW_REFS	0x01
#define ALGATE_SHOW_IMAGE	0x02

extern struct genl_family algate_genl;
u32 algate_genl_seq(void);
unsigned int algate_genl_show(struct sk_buff *skb);
int algate_genl_set(struct sk_buff *skb, struct genl_info *info);

/* bytes of the attributes of a plug-in, without its image */
#define ALGATE_PLUGIN_ROOM	(1024 + sizeof(struct algate_lists) + \
				 sizeof(struct algate_maps))

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

/* Without the attribute, the request is rejected. */
#define algate_need(info, attr, what)					\
	((info)->attrs[attr] ? 0 :					\
	 algate_reject((info)->extack, -EINVAL, "the " what " is missing"))

/*
 * Blame @attr for the failure of a well-formed request, unless a nested
 * attribute is blamed already. Returns @err.
 */
static inline int algate_blame(struct genl_info *info, int attr, int err)
{
	if (err && !info->extack->bad_attr)
		NL_SET_BAD_ATTR(info->extack, info->attrs[attr]);
	return err;
}

int algate_dump_start(struct netlink_callback *cb);
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

#endif /* ALGATE_CONTROL_H */

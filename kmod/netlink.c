// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink requests: parse all attributes first, then apply the request, or
 * reject the request with a reason and change nothing.
 */
#include <linux/if.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "algate.h"
#include "control.h"
#include "expect.h"

static const struct nla_policy attach_policy[ALGATE_ATTACH_MAX + 1] = {
	[ALGATE_ATTACH_NAME] = { .type = NLA_NUL_STRING,
				 .len = ALGATE_NAME_LEN - 1 },
	[ALGATE_ATTACH_PROTO] = { .type = NLA_U8 },
	[ALGATE_ATTACH_DPORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[ALGATE_ATTACH_SPORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[ALGATE_ATTACH_IIF] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[ALGATE_ATTACH_FROM] = { .type = NLA_BINARY, .len = 16 },
	[ALGATE_ATTACH_PREFIXLEN] = NLA_POLICY_MAX(NLA_U8, 128),
};

/* not const: nla_policy of 6.1 takes a non-const pointer */
static struct netlink_range_validation memory_range = {
	.max = ALGATE_MEMORY_MAX,
};

static const struct nla_policy limit_policy[ALGATE_LIMIT_MAX + 1] = {
	[ALGATE_LIMIT_FLOWS] = { .type = NLA_U32 },
	[ALGATE_LIMIT_EXPECTS] = { .type = NLA_U32 },
	[ALGATE_LIMIT_EXPECT_RATE] = { .type = NLA_U32 },
	[ALGATE_LIMIT_KEPT] = NLA_POLICY_RANGE(NLA_U32, 64,
						 ALGATE_KEPT_MAX),
	[ALGATE_LIMIT_ATTACHMENTS] = { .type = NLA_U32 },
	[ALGATE_LIMIT_MEMORY] = NLA_POLICY_FULL_RANGE(NLA_U32, &memory_range),
	[ALGATE_LIMIT_MEMORY_USED] = {
		.type = NLA_REJECT,
		.reject_message = "the memory in use is no limit",
	},
	[ALGATE_LIMIT_PICKUP] = NLA_POLICY_MAX(NLA_U32, ALGATE_PICKUP_MAX),
	[ALGATE_LIMIT_PORTS] = { .type = NLA_U32 },
	[ALGATE_LIMIT_RESERVED] = { .type = NLA_BINARY,
				    .len = ALGATE_MAX_RESERVED * 4 },
};

/* A request accepts only the attributes of the command. */
static const struct nla_policy name_policy[ALGATE_A_NAME + 1] = {
	[ALGATE_A_NAME] = { .type = NLA_NUL_STRING,
			    .len = ALGATE_NAME_LEN - 1 },
};

static const struct nla_policy load_policy[ALGATE_A_COMPILER + 1] = {
	[ALGATE_A_IMAGE] = { .type = NLA_BINARY },
	[ALGATE_A_SOURCE] = NLA_POLICY_RANGE(NLA_BINARY, 1,
					     ALGATE_SOURCE_PIECE),
	[ALGATE_A_COMPILER] = { .type = NLA_NUL_STRING,
				.len = ALGATE_COMPILER_LEN - 1 },
};

static const struct nla_policy set_policy[ALGATE_A_PAIRS + 1] = {
	[ALGATE_A_NAME] = { .type = NLA_NUL_STRING,
			    .len = ALGATE_NAME_LEN - 1 },
	[ALGATE_A_CLASS] = { .type = NLA_NUL_STRING,
			     .len = ALGATE_NAME_LEN - 1 },
	[ALGATE_A_FROM] = NLA_POLICY_RANGE(NLA_U8, ALGATE_FROM_PEER,
					   ALGATE_FROM_ANY),
	[ALGATE_A_PARAM] = { .type = NLA_NUL_STRING,
			     .len = ALGATE_NAME_LEN - 1 },
	[ALGATE_A_RANGES] = NLA_POLICY_RANGE(NLA_BINARY,
					     sizeof(struct algate_numbers),
					     ALGATE_MAX_RANGES *
					     sizeof(struct algate_numbers)),
	[ALGATE_A_MAP] = { .type = NLA_NUL_STRING,
			   .len = ALGATE_NAME_LEN - 1 },
	[ALGATE_A_PAIRS] = NLA_POLICY_RANGE(NLA_BINARY,
					    sizeof(struct algate_pair),
					    ALGATE_MAX_PAIRS *
					    sizeof(struct algate_pair)),
};

static const struct nla_policy key_policy[ALGATE_A_ATTACH + 1] = {
	[ALGATE_A_ATTACH] = NLA_POLICY_NESTED(attach_policy),
};

static const struct nla_policy limits_policy[ALGATE_A_LIMIT + 1] = {
	[ALGATE_A_LIMIT] = NLA_POLICY_NESTED(limit_policy),
};

/* Without a policy any attribute would be accepted unchecked. */
static const struct nla_policy no_policy[ALGATE_A_NAME + 1];

/*
 * Sequence number of the lists, which lets a listing detect a change. The
 * number grows before a change, for listings in progress, and after the change,
 * for listings begun meanwhile. Listings read the lists under RCU, or while
 * unload has dropped algate_mutex.
 */
static u32 genl_seq = 1;

/**
 * algate_genl_seq() - sequence number of the lists of plug-ins and attachments
 *
 * A listing reads the number first and the list afterwards.
 *
 * Context: under RCU or algate_mutex.
 *
 * Return: the number; a change of a list changes the number.
 */
u32 algate_genl_seq(void)
{
	/* Acquire: the list is read at this state or later. */
	return smp_load_acquire(&genl_seq);
}

/* Begin a change of a list; algate_mutex is held. */
static void change_begin(void)
{
	WRITE_ONCE(genl_seq, genl_seq + 1);
	/* A reader of the change also reads the new number. */
	smp_wmb();
}

/* End a change of a list, and return @err; algate_mutex is held. */
static int change_end(int err)
{
	/* A reader of the new number also reads the change. */
	smp_store_release(&genl_seq, genl_seq + 1);
	return err;
}

static int do_image(struct genl_info *info,
		    int (*act)(const void *image, size_t len,
			       struct algate_source *source,
			       struct netlink_ext_ack *extack))
{
	const struct nlattr *image = info->attrs[ALGATE_A_IMAGE];
	int err = algate_need(info, ALGATE_A_IMAGE, "image");
	struct algate_source *source;

	if (err)
		return err;
	source = algate_source_read(info);
	if (IS_ERR(source))
		return PTR_ERR(source);
	mutex_lock(&algate_mutex);
	change_begin();
	err = change_end(act(nla_data(image), nla_len(image), source,
			     info->extack));
	mutex_unlock(&algate_mutex);
	return algate_blame(info, ALGATE_A_IMAGE, err);
}

static int do_load(struct sk_buff *skb, struct genl_info *info)
{
	return do_image(info, algate_plugin_load);
}

static int do_replace(struct sk_buff *skb, struct genl_info *info)
{
	return do_image(info, algate_plugin_replace);
}

static int do_unload(struct sk_buff *skb, struct genl_info *info)
{
	int err = algate_need(info, ALGATE_A_NAME, "name of the plug-in");

	if (err)
		return err;
	mutex_lock(&algate_mutex);
	change_begin();
	err = algate_plugin_unload(nla_data(info->attrs[ALGATE_A_NAME]),
				   info->extack);
	change_end(err);
	mutex_unlock(&algate_mutex);
	return algate_blame(info, ALGATE_A_NAME, err);
}

/**
 * algate_genl_show() - parts of a plug-in visible to the sender of a request
 * @skb: request
 *
 * Rules can disclose the structure of a network, so the image needs
 * CAP_NET_ADMIN in the user namespace of the network namespace. The reference
 * count includes all namespaces, so the count needs CAP_NET_ADMIN in the
 * initial user namespace.
 *
 * Return: ALGATE_SHOW_*
 */
unsigned int algate_genl_show(struct sk_buff *skb)
{
	const struct net *net = sock_net(NETLINK_CB(skb).sk);
	unsigned int show = 0;

	if (netlink_ns_capable(skb, net->user_ns, CAP_NET_ADMIN))
		show |= ALGATE_SHOW_IMAGE;
	if (netlink_capable(skb, CAP_NET_ADMIN))
		show |= ALGATE_SHOW_REFS;
	return show;
}

static int do_get(struct sk_buff *skb, struct genl_info *info)
{
	struct algate_net *an = algate_pernet(genl_info_net(info));
	int err = algate_need(info, ALGATE_A_NAME, "name of the plug-in");
	const struct algate_plugin *plugin;
	struct sk_buff *reply = NULL;
	const char *name;
	void *hdr;

	if (err)
		return err;
	name = nla_data(info->attrs[ALGATE_A_NAME]);
	mutex_lock(&algate_mutex);
	plugin = algate_plugin_named(name, info->extack);
	if (!plugin) {
		err = algate_blame(info, ALGATE_A_NAME, -ENOENT);
		goto unlock;
	}
	err = -ENOMEM;
	reply = genlmsg_new(algate_plugin_code(plugin)->prog->image_len +
			    ALGATE_PLUGIN_ROOM, GFP_KERNEL);
	if (!reply)
		goto unlock;
	hdr = genlmsg_put_reply(reply, info, &algate_genl, 0,
				ALGATE_CMD_PLUGIN_GET);
	err = hdr ? algate_put_plugin(reply, an, plugin,
				      algate_genl_show(skb)) : -EMSGSIZE;
	if (!err)
		genlmsg_end(reply, hdr);
unlock:
	mutex_unlock(&algate_mutex);
	if (!err)
		return genlmsg_reply(reply, info);
	nlmsg_free(reply);
	return err;
}

static int key_from(struct nlattr **tb, struct algate_attach_key *key,
		    struct netlink_ext_ack *extack)
{
	const struct nlattr *from = tb[ALGATE_ATTACH_FROM];
	unsigned int bits;

	if (!from) {
		if (!tb[ALGATE_ATTACH_PREFIXLEN])
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, tb[ALGATE_ATTACH_PREFIXLEN],
				    "a prefix length without a prefix");
		return -EINVAL;
	}
	bits = nla_len(from) * 8;
	if (bits != 32 && bits != 128) {
		NL_SET_ERR_MSG_ATTR(extack, from,
				    "an address has 4 or 16 bytes");
		return -EINVAL;
	}
	key->family = bits == 32 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	memcpy(&key->from, nla_data(from), nla_len(from));
	key->prefixlen = tb[ALGATE_ATTACH_PREFIXLEN] ?
			 nla_get_u8(tb[ALGATE_ATTACH_PREFIXLEN]) : bits;
	if (key->prefixlen > bits) {
		NL_SET_ERR_MSG_ATTR(extack, tb[ALGATE_ATTACH_PREFIXLEN],
				    "an IPv4 prefix has 32 bits at most");
		return -EINVAL;
	}
	return 0;
}

static int key_read(struct genl_info *info, struct algate_attach_key *key)
{
	struct nlattr *tb[ALGATE_ATTACH_MAX + 1];
	int err = algate_need(info, ALGATE_A_ATTACH, "attachment");

	if (err)
		return err;
	err = nla_parse_nested(tb, ALGATE_ATTACH_MAX,
			       info->attrs[ALGATE_A_ATTACH], attach_policy,
			       info->extack);
	if (err)
		return err;
	memset(key, 0, sizeof(*key));
	if (!tb[ALGATE_ATTACH_NAME] || !tb[ALGATE_ATTACH_PROTO])
		return algate_reject(info->extack, -EINVAL,
				     "an attachment needs a plug-in and a protocol");
	if (!tb[ALGATE_ATTACH_DPORT] == !tb[ALGATE_ATTACH_SPORT])
		return algate_reject(info->extack, -EINVAL,
				     "an attachment needs one of dport and sport");
	strscpy(key->plugin, nla_data(tb[ALGATE_ATTACH_NAME]),
		sizeof(key->plugin));
	key->proto = nla_get_u8(tb[ALGATE_ATTACH_PROTO]);
	key->by_sport = tb[ALGATE_ATTACH_SPORT];
	key->port = nla_get_u16(tb[key->by_sport ? ALGATE_ATTACH_SPORT :
						   ALGATE_ATTACH_DPORT]);
	if (tb[ALGATE_ATTACH_IIF])
		strscpy(key->iif, nla_data(tb[ALGATE_ATTACH_IIF]),
			sizeof(key->iif));
	return key_from(tb, key, info->extack);
}

/* The attributes of an attachment as a filter: absent ones cover all flows. */
static int filter_read(struct genl_info *info, struct algate_attach_key *key)
{
	struct nlattr *tb[ALGATE_ATTACH_MAX + 1];
	int err;

	memset(key, 0, sizeof(*key));
	if (!info->attrs[ALGATE_A_ATTACH])
		return 0;
	err = nla_parse_nested(tb, ALGATE_ATTACH_MAX,
			       info->attrs[ALGATE_A_ATTACH], attach_policy,
			       info->extack);
	if (err)
		return err;
	if (tb[ALGATE_ATTACH_SPORT] || tb[ALGATE_ATTACH_IIF])
		return algate_reject(info->extack, -EINVAL,
				     "flows are selected neither by sport nor by iif");
	if (tb[ALGATE_ATTACH_NAME])
		strscpy(key->plugin, nla_data(tb[ALGATE_ATTACH_NAME]),
			sizeof(key->plugin));
	if (tb[ALGATE_ATTACH_PROTO])
		key->proto = nla_get_u8(tb[ALGATE_ATTACH_PROTO]);
	if (tb[ALGATE_ATTACH_DPORT])
		key->port = nla_get_u16(tb[ALGATE_ATTACH_DPORT]);
	return key_from(tb, key, info->extack);
}

static int do_flow_forget(struct sk_buff *skb, struct genl_info *info)
{
	struct algate_net *an = algate_pernet(genl_info_net(info));
	const struct algate_plugin *plugin = NULL;
	struct algate_attach_key key;
	struct algate_use *use = NULL;
	int err = filter_read(info, &key);

	if (err)
		return algate_blame(info, ALGATE_A_ATTACH, err);
	mutex_lock(&algate_mutex);
	if (key.plugin[0]) {
		plugin = algate_plugin_named(key.plugin, info->extack);
		if (plugin)
			use = algate_use_find(an, plugin);
		else
			err = -ENOENT;
	}
	if (!err && (use || !plugin))
		algate_stopped_forget(an, use, &key);
	mutex_unlock(&algate_mutex);
	return err ? algate_blame(info, ALGATE_A_ATTACH, err) : 0;
}

static int do_attach(struct genl_info *info,
		     int (*act)(struct algate_net *an,
				const struct algate_attach_key *key,
				struct netlink_ext_ack *extack))
{
	struct algate_attach_key key;
	int err = key_read(info, &key);

	if (err)
		return algate_blame(info, ALGATE_A_ATTACH, err);
	mutex_lock(&algate_mutex);
	change_begin();
	err = change_end(act(algate_pernet(genl_info_net(info)), &key,
			     info->extack));
	mutex_unlock(&algate_mutex);
	return algate_blame(info, ALGATE_A_ATTACH, err);
}

static int do_attach_add(struct sk_buff *skb, struct genl_info *info)
{
	return do_attach(info, algate_attach_add);
}

static int do_attach_del(struct sk_buff *skb, struct genl_info *info)
{
	return do_attach(info, algate_attach_del);
}

/* algate_mutex is held. */
static int put_limits(struct sk_buff *skb, const struct algate_net *an)
{
	const struct algate_limits *l = &an->limits;
	struct nlattr *nest = nla_nest_start(skb, ALGATE_A_LIMIT);

	if (!nest ||
	    nla_put_u32(skb, ALGATE_LIMIT_FLOWS, l->flows) ||
	    nla_put_u32(skb, ALGATE_LIMIT_EXPECTS, l->expects) ||
	    nla_put_u32(skb, ALGATE_LIMIT_EXPECT_RATE, l->expect_rate) ||
	    nla_put_u32(skb, ALGATE_LIMIT_KEPT, l->kept) ||
	    nla_put_u32(skb, ALGATE_LIMIT_ATTACHMENTS, l->attachments) ||
	    nla_put_u32(skb, ALGATE_LIMIT_MEMORY, l->memory) ||
	    nla_put_u32(skb, ALGATE_LIMIT_MEMORY_USED,
			atomic_long_read(&an->memory)) ||
	    nla_put_u32(skb, ALGATE_LIMIT_PICKUP, l->pickup) ||
	    nla_put_u32(skb, ALGATE_LIMIT_PORTS, l->ports) ||
	    algate_port_put(skb, an))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int do_limit_get(struct sk_buff *skb, struct genl_info *info)
{
	struct algate_net *an = algate_pernet(genl_info_net(info));
	struct sk_buff *reply = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;
	int err;

	if (!reply)
		return -ENOMEM;
	hdr = genlmsg_put_reply(reply, info, &algate_genl, 0,
				ALGATE_CMD_LIMIT_GET);
	mutex_lock(&algate_mutex);
	err = hdr ? put_limits(reply, an) : -EMSGSIZE;
	mutex_unlock(&algate_mutex);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}

static void limit_set(struct nlattr *attr, u32 *limit)
{
	if (attr)
		WRITE_ONCE(*limit, nla_get_u32(attr));
}

static bool limit_above(const struct nlattr *attr, u32 most)
{
	return attr && nla_get_u32(attr) > most;
}

/*
 * Memory and CPU time belong to the whole machine, so a namespace alone must
 * not raise a limit above the default.
 */
static int limit_check(struct sk_buff *skb, struct nlattr **tb,
		       struct netlink_ext_ack *extack)
{
	const struct algate_limits *d = &algate_default_limits;

	if (netlink_capable(skb, CAP_NET_ADMIN))
		return 0;
	if (!limit_above(tb[ALGATE_LIMIT_FLOWS], d->flows) &&
	    !limit_above(tb[ALGATE_LIMIT_EXPECTS], d->expects) &&
	    !limit_above(tb[ALGATE_LIMIT_EXPECT_RATE], d->expect_rate) &&
	    !limit_above(tb[ALGATE_LIMIT_KEPT], d->kept) &&
	    !limit_above(tb[ALGATE_LIMIT_ATTACHMENTS], d->attachments) &&
	    !limit_above(tb[ALGATE_LIMIT_MEMORY], d->memory))
		return 0;
	return algate_reject(extack, -EPERM,
			     "a limit above its default needs CAP_NET_ADMIN in the initial user namespace");
}

static int ports_check(struct nlattr **tb, struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[ALGATE_LIMIT_PORTS];
	u32 ports = attr ? nla_get_u32(attr) : 0;

	if (ports && !algate_port_range(ports))
		return algate_reject(extack, -EINVAL,
				     "the range of ports is empty");
	return 0;
}

static int do_limit_set(struct sk_buff *skb, struct genl_info *info)
{
	struct algate_net *an = algate_pernet(genl_info_net(info));
	struct nlattr *tb[ALGATE_LIMIT_MAX + 1];
	struct algate_limits *l = &an->limits;
	struct algate_reserved *reserved;
	int err = algate_need(info, ALGATE_A_LIMIT, "limit");

	if (err)
		return err;
	err = nla_parse_nested(tb, ALGATE_LIMIT_MAX,
			       info->attrs[ALGATE_A_LIMIT], limit_policy,
			       info->extack);
	if (!err)
		err = limit_check(skb, tb, info->extack);
	if (!err)
		err = ports_check(tb, info->extack);
	if (err)
		return algate_blame(info, ALGATE_A_LIMIT, err);
	reserved = algate_port_read(tb[ALGATE_LIMIT_RESERVED], info->extack);
	if (IS_ERR(reserved))
		return algate_blame(info, ALGATE_A_LIMIT, PTR_ERR(reserved));
	mutex_lock(&algate_mutex);
	limit_set(tb[ALGATE_LIMIT_FLOWS], &l->flows);
	limit_set(tb[ALGATE_LIMIT_EXPECTS], &l->expects);
	limit_set(tb[ALGATE_LIMIT_EXPECT_RATE], &l->expect_rate);
	limit_set(tb[ALGATE_LIMIT_KEPT], &l->kept);
	limit_set(tb[ALGATE_LIMIT_ATTACHMENTS], &l->attachments);
	limit_set(tb[ALGATE_LIMIT_MEMORY], &l->memory);
	limit_set(tb[ALGATE_LIMIT_PICKUP], &l->pickup);
	limit_set(tb[ALGATE_LIMIT_PORTS], &l->ports);
	if (tb[ALGATE_LIMIT_RESERVED])
		algate_port_reserve(an, reserved);
	mutex_unlock(&algate_mutex);
	return 0;
}

#define POLICY(p) .policy = (p), .maxattr = ARRAY_SIZE(p) - 1

static const struct genl_ops algate_ops[] = {
	{ .cmd = ALGATE_CMD_PLUGIN_LOAD, .flags = GENL_ADMIN_PERM,
	  POLICY(load_policy), .doit = do_load },
	{ .cmd = ALGATE_CMD_PLUGIN_REPLACE, .flags = GENL_ADMIN_PERM,
	  POLICY(load_policy), .doit = do_replace },
	{ .cmd = ALGATE_CMD_PLUGIN_UNLOAD, .flags = GENL_ADMIN_PERM,
	  POLICY(name_policy), .doit = do_unload },
	{ .cmd = ALGATE_CMD_PLUGIN_GET, POLICY(name_policy), .doit = do_get,
	  .start = algate_dump_start, .dumpit = algate_dump_plugins },
	{ .cmd = ALGATE_CMD_ATTACH_ADD, .flags = GENL_UNS_ADMIN_PERM,
	  POLICY(key_policy), .doit = do_attach_add },
	{ .cmd = ALGATE_CMD_ATTACH_DEL, .flags = GENL_UNS_ADMIN_PERM,
	  POLICY(key_policy), .doit = do_attach_del },
	{ .cmd = ALGATE_CMD_ATTACH_GET, .flags = GENL_UNS_ADMIN_PERM,
	  POLICY(no_policy), .dumpit = algate_dump_attachments },
	{ .cmd = ALGATE_CMD_FLOW_GET, .flags = GENL_UNS_ADMIN_PERM,
	  POLICY(name_policy), .dumpit = algate_dump_flows },
	{ .cmd = ALGATE_CMD_EXPECT_GET, .flags = GENL_UNS_ADMIN_PERM,
	  POLICY(name_policy), .dumpit = algate_dump_expects },
	{ .cmd = ALGATE_CMD_STATS_GET, POLICY(name_policy),
	  .dumpit = algate_dump_stats },
	{ .cmd = ALGATE_CMD_LIMIT_GET, POLICY(no_policy),
	  .doit = do_limit_get },
	{ .cmd = ALGATE_CMD_LIMIT_SET, .flags = GENL_UNS_ADMIN_PERM,
	  POLICY(limits_policy), .doit = do_limit_set },
	{ .cmd = ALGATE_CMD_SOURCE_GET, .flags = GENL_UNS_ADMIN_PERM,
	  POLICY(name_policy), .dumpit = algate_dump_source },
	{ .cmd = ALGATE_CMD_FLOW_FORGET, .flags = GENL_UNS_ADMIN_PERM,
	  POLICY(key_policy), .doit = do_flow_forget },
	{ .cmd = ALGATE_CMD_PLUGIN_SET, .flags = GENL_UNS_ADMIN_PERM,
	  POLICY(set_policy), .doit = algate_genl_set },
};

static const struct genl_multicast_group algate_groups[] = {
	/* Events disclose endpoints, so only an administrator may listen. */
	{ .name = ALGATE_GENL_GROUP, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

struct genl_family algate_genl __ro_after_init = {
	.name = ALGATE_GENL_NAME,
	.version = ALGATE_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = algate_ops,
	.n_ops = ARRAY_SIZE(algate_ops),
	.mcgrps = algate_groups,
	.n_mcgrps = ARRAY_SIZE(algate_groups),
	.resv_start_op = ALGATE_CMD_PLUGIN_LOAD,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink dumps. A dump may take many messages, and objects may change between
 * two messages. The next message continues at the saved position, and reports
 * NLM_F_DUMP_INTR if objects were added or removed meanwhile.
 */
#include <net/genetlink.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/sock.h>

#include "algate.h"
#include "compat.h"
#include "control.h"

/* Name of the requested plug-in, NULL: any. -ENOENT if it is not loaded. */
static int dump_name(struct netlink_callback *cb, const char **name)
{
	struct nlattr **attrs = algate_dump_attrs(cb);
	bool there;

	*name = attrs[ALGATE_A_NAME] ? nla_data(attrs[ALGATE_A_NAME]) : NULL;
	if (!*name)
		return 0;
	rcu_read_lock();
	there = algate_plugin_named(*name, cb->extack);
	rcu_read_unlock();
	return there ? 0 : -ENOENT;
}

static void *dump_begin(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct genlmsghdr *gh = nlmsg_data(cb->nlh);

	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &algate_genl, NLM_F_MULTI, gh->cmd);
}

/*
 * End the message, or cancel it if the object did not fit. A change of the list
 * is reported once, so a message that is cancelled must not report it.
 */
static int dump_end(struct sk_buff *skb, struct netlink_callback *cb, void *hdr,
		    int err)
{
	if (err) {
		genlmsg_cancel(skb, hdr);
		return err;
	}
	genl_dump_check_consistent(cb, hdr);
	genlmsg_end(skb, hdr);
	return 0;
}

static struct algate_net *dump_net(const struct sk_buff *skb)
{
	return algate_pernet(sock_net(skb->sk));
}

typedef int (*plugin_put)(struct sk_buff *skb, struct algate_net *an,
			  const struct algate_plugin *plugin,
			  unsigned int show);

static int dump_by_plugin(struct sk_buff *skb, struct netlink_callback *cb,
			  plugin_put put)
{
	unsigned int show = algate_genl_show(cb->skb) & ALGATE_SHOW_REFS;
	struct algate_net *an = dump_net(skb);
	struct algate_plugin *plugin;
	const char *name;
	long n = 0;
	void *hdr;
	int err;

	err = dump_name(cb, &name);
	if (err)
		return err;
	rcu_read_lock();
	cb->seq = algate_genl_seq();
	list_for_each_entry_rcu(plugin, &algate_plugins, list) {
		if (n++ < cb->args[0] ||
		    (name && strcmp(name, plugin->name)))
			continue;
		hdr = dump_begin(skb, cb);
		if (!hdr ||
		    dump_end(skb, cb, hdr, put(skb, an, plugin, show))) {
			n--;
			break;
		}
	}
	rcu_read_unlock();
	cb->args[0] = n;
	return skb->len;
}

static int put_stats(struct sk_buff *skb, struct algate_net *an,
		     const struct algate_plugin *plugin, unsigned int show)
{
	return algate_put_stats(skb, an, plugin);
}

/**
 * algate_dump_start() - begin a dump of plug-ins
 * @cb: state of the dump
 *
 * The lists and maps of a plug-in may exceed the usual size of a message.
 *
 * Context: Process context.
 *
 * Return: 0.
 */
int algate_dump_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = ALGATE_PLUGIN_ROOM;
	return 0;
}

/**
 * algate_dump_plugins() - dump the plug-ins of a namespace
 * @skb: gets the messages
 * @cb: state of the dump
 *
 * Context: Process context.
 *
 * Return: length of @skb in bytes, 0: the dump is complete; or -ENOENT.
 */
int algate_dump_plugins(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_by_plugin(skb, cb, algate_put_plugin);
}

/**
 * algate_dump_stats() - dump the counters of plug-ins of a namespace
 * @skb: gets the messages
 * @cb: state of the dump
 *
 * Context: Process context.
 *
 * Return: length of @skb in bytes, 0: the dump is complete; or -ENOENT.
 */
int algate_dump_stats(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_by_plugin(skb, cb, put_stats);
}

/**
 * algate_dump_source() - dump the source of a plug-in, a piece per message
 * @skb: gets a message
 * @cb: state of the dump
 *
 * Context: Process context.
 *
 * Return: length of @skb in bytes, 0: the dump is complete; or -EINVAL: the
 * request names no plug-in; -ENOENT: the plug-in is not loaded.
 */
int algate_dump_source(struct sk_buff *skb, struct netlink_callback *cb)
{
	const char *name;
	void *hdr;
	int n;

	n = dump_name(cb, &name);
	if (n)
		return n;
	if (!name)
		return algate_reject(cb->extack, -EINVAL,
				     "the name of the plug-in is missing");
	rcu_read_lock();
	cb->seq = algate_genl_seq();
	hdr = dump_begin(skb, cb);
	n = hdr ? algate_put_source(skb, name, cb->args[0]) : -EMSGSIZE;
	rcu_read_unlock();
	if (!hdr)
		return n;
	/* without bytes there is no message, but no error either */
	if (!dump_end(skb, cb, hdr, n > 0 ? 0 : -ENODATA))
		cb->args[0] += n;
	return n < 0 ? n : skb->len;
}

/**
 * algate_dump_attachments() - dump the attachments of a namespace
 * @skb: gets the messages
 * @cb: state of the dump
 *
 * Context: Process context; takes algate_mutex.
 *
 * Return: length of @skb in bytes, 0: the dump is complete.
 */
int algate_dump_attachments(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct algate_net *an = dump_net(skb);
	struct algate_attachment *a;
	long n = 0;
	void *hdr;

	mutex_lock(&algate_mutex);
	cb->seq = algate_genl_seq();
	list_for_each_entry(a, &an->attachments, list) {
		if (n++ < cb->args[0])
			continue;
		hdr = dump_begin(skb, cb);
		if (!hdr ||
		    dump_end(skb, cb, hdr,
			     algate_put_attach(skb, &a->key,
					       atomic64_read(&a->flows)))) {
			n--;
			break;
		}
	}
	mutex_unlock(&algate_mutex);
	cb->args[0] = n;
	return skb->len;
}

static int dump_flow(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct algate_flow *flow, const char *name)
{
	void *hdr;

	if (name && strcmp(name, flow->use->plugin->name))
		return 0;
	hdr = dump_begin(skb, cb);
	if (!hdr)
		return -EMSGSIZE;
	return dump_end(skb, cb, hdr, algate_put_flow(skb, flow, -1));
}

/**
 * algate_dump_flows() - dump the flows of a namespace
 * @skb: gets the messages
 * @cb: state of the dump
 *
 * Each flow has its own RCU read section. So a dump never delays a grace period
 * for long, even if no flow belongs to the requested plug-in.
 *
 * Context: Process context; may sleep.
 *
 * Return: length of @skb in bytes, 0: the dump is complete; or -ENOENT.
 */
int algate_dump_flows(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct algate_net *an = dump_net(skb);
	unsigned long i = cb->args[0];
	const struct algate_flow *flow;
	const char *name;
	int err;

	err = dump_name(cb, &name);
	if (err)
		return err;
	do {
		rcu_read_lock();
		flow = algate_flow_next(an, &i);
		err = flow ? dump_flow(skb, cb, flow, name) : 0;
		rcu_read_unlock();
		if (err)
			break;
		cond_resched();
		i++;
	} while (flow);
	cb->args[0] = i;
	return skb->len;
}

/* Name of the plug-in whose expectation this is; NULL: none, or not @name. */
static const char *expect_plugin(const struct nf_conntrack_expect *exp,
				 const char *name)
{
	const struct nf_conntrack_helper *helper = algate_expect_owner(exp);

	if (!helper || !algate_helper_calls(helper, algate_help) ||
	    (name && strcmp(name, helper->name)))
		return NULL;
	return helper->name;
}

/*
 * Take a reference to an expectation's master. NULL: the expectation is being
 * removed.
 *
 * Conntrack unlinks the expectations of an entry before it frees the entry. So
 * if the expectation is still linked after the increment, the reference is to
 * the master, and not to an entry that reuses the master's memory.
 */
static struct nf_conn *master_get(const struct nf_conntrack_expect *exp)
{
	struct nf_conn *master = exp->master;

	if (!refcount_inc_not_zero(&master->ct_general.use))
		return NULL;
	smp_acquire__after_ctrl_dep();
	if (READ_ONCE(exp->lnode.pprev) != LIST_POISON2)
		return master;
	nf_ct_put(master);
	return NULL;
}

static int put_expect(struct sk_buff *skb, struct netlink_callback *cb,
		      const char *plugin, const struct nf_conntrack_expect *exp)
{
	void *hdr = dump_begin(skb, cb);

	if (!hdr)
		return -EMSGSIZE;
	return dump_end(skb, cb, hdr,
			algate_put_expect(skb, algate_flow_find(exp->master),
					  plugin, exp));
}

/* @name: of the plug-in that is asked for, or NULL */
static int dump_expect(struct sk_buff *skb, struct netlink_callback *cb,
		       const char *name, const struct nf_conntrack_expect *exp)
{
	const char *plugin;
	struct nf_conn *master;
	int err = 0;

	if (!net_eq(read_pnet(&exp->net), sock_net(skb->sk)) ||
	    algate_expect_gone(exp))
		return 0;
	master = master_get(exp);
	if (!master)
		return 0;
	plugin = expect_plugin(exp, name);
	if (plugin)
		err = put_expect(skb, cb, plugin, exp);
	nf_ct_put(master);
	return err;
}

/**
 * algate_dump_expects() - dump the expectations of a namespace
 * @skb: gets the messages
 * @cb: state of the dump
 *
 * Packets need nf_conntrack_expect_lock, so a dump uses only RCU.
 *
 * Context: Process context.
 *
 * Return: length of @skb in bytes, 0: the dump is complete; or -ENOENT.
 */
int algate_dump_expects(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nf_conntrack_expect *exp;
	const char *name;
	long i, n;
	int err;

	err = dump_name(cb, &name);
	if (err)
		return err;
	rcu_read_lock();
	for (i = cb->args[0]; i < nf_ct_expect_hsize; i++, cb->args[1] = 0) {
		n = 0;
		hlist_for_each_entry_rcu(exp, &nf_ct_expect_hash[i], hnode) {
			if (n++ < cb->args[1])
				continue;
			if (dump_expect(skb, cb, name, exp)) {
				cb->args[1] = n - 1;
				goto out;
			}
		}
	}
out:
	rcu_read_unlock();
	cb->args[0] = i;
	return skb->len;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The conntrack helpers of a plug-in: a helper for each family and protocol
 * that the plug-in serves, registered while the plug-in is loaded. Packets, nft
 * objects and flows hold helpers, not plug-ins; see compat.h for how long.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_core.h>

#include "algate.h"
#include "compat.h"

/*
 * Before 7.3, conntrack also identifies helpers by a port. These ports are
 * above the ports of the helpers in the tree.
 */
#define FIRST_PORT	40000

/* Unloading waits for packets: they hold a helper in the same way as rules. */
#define HELD_TRIES	10
#define HELD_WAIT_MS	20

static const struct nf_conntrack_expect_policy no_class = {
	.max_expected = 1,
	.timeout = 1,
};

/* helpers whose memory stays until module removal; under algate_mutex */
static LIST_HEAD(retired);

/**
 * algate_plugin_helper() - find the helper for a flow
 * @plugin: plug-in
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 *
 * Context: under algate_mutex or RCU.
 *
 * Return: the helper; NULL if the plug-in does not serve the protocol.
 */
struct nf_conntrack_helper *
algate_plugin_helper(const struct algate_plugin *plugin, u8 family, u8 proto)
{
	unsigned int i;

	for (i = 0; i < plugin->nhelpers; i++) {
		struct nf_conntrack_helper *h = &plugin->helper[i]->h;

		if (algate_helper_family(h) == family &&
		    algate_helper_proto(h) == proto)
			return h;
	}
	return NULL;
}

/* Packets may read @policy meanwhile, if the plug-in has classes. */
static void policy_set(struct nf_conntrack_expect_policy *policy,
		       const struct algate_prog *prog)
{
	unsigned int i;

	if (!prog->nclasses)
		policy[0] = no_class;
	/* expect.c enforces the limits of classes, which are lower */
	for (i = 0; i < prog->nclasses; i++) {
		WRITE_ONCE(policy[i].max_expected, NF_CT_EXPECT_MAX_CNT);
		WRITE_ONCE(policy[i].timeout, prog->class[i].timeout);
		strscpy(policy[i].name, prog->class[i].name,
			sizeof(policy[i].name));
	}
}

/**
 * algate_helpers_policy() - update conntrack's policies for a new program
 * @plugin: plug-in
 * @prog: new program, with the same classes as the old program
 *
 * Context: under algate_mutex.
 */
void algate_helpers_policy(struct algate_plugin *plugin,
			   const struct algate_prog *prog)
{
	unsigned int i;

	for (i = 0; i < plugin->nhelpers; i++) {
		struct algate_helper *h = plugin->helper[i];

		policy_set(algate_helper_policy(&h->h, h->policy), prog);
	}
}

/*
 * Reuse a retired helper if name, family and protocol are equal. A packet may
 * still have it, but the packet's flow wants the same helper.
 */
static struct algate_helper *helper_alloc(const char *name, u8 family, u8 proto)
{
	struct algate_helper *h;

	list_for_each_entry(h, &retired, list)
		if (!strcmp(h->h.name, name) &&
		    algate_helper_family(&h->h) == family &&
		    algate_helper_proto(&h->h) == proto) {
			list_del(&h->list);
			return h;
		}
	return kzalloc(sizeof(*h), GFP_KERNEL_ACCOUNT);
}

static int helper_add(struct algate_plugin *plugin,
		      const struct algate_prog *prog, u8 family, u8 proto)
{
	unsigned int last = prog->nclasses ? prog->nclasses - 1 : 0;
	u16 port = FIRST_PORT + plugin->index * ALGATE_MAX_HELPERS +
		   plugin->nhelpers;
	struct algate_helper *h;
	int err;

	/* conntrack frees struct algate_helper by the address of @h */
	BUILD_BUG_ON(offsetof(struct algate_helper, h));
	h = helper_alloc(plugin->name, family, proto);
	if (!h)
		return -ENOMEM;
	policy_set(h->policy, prog);
	algate_helper_init(&h->h, family, proto, plugin->name, port,
			   h->policy, last, algate_help);
	h->h.destroy = algate_flow_destroy;
	h->h.from_nlattr = algate_handover_read;
	h->h.to_nlattr = algate_handover_write;
	strscpy(h->h.nat_mod_name, NF_NAT_HELPER_NAME("algate"),
		sizeof(h->h.nat_mod_name));
	rcu_assign_pointer(h->plugin, plugin);
	plugin->helper[plugin->nhelpers] = h;
	err = algate_helper_register(&h->h);
	if (!err) {
		plugin->nhelpers++;
		return 0;
	}
	RCU_INIT_POINTER(h->plugin, NULL);
	/* keep the memory: packets may still have a retired helper */
	list_add(&h->list, &retired);
	return err;
}

/**
 * algate_prog_serves() - test whether a program serves a protocol
 * @prog: program
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 *
 * Context: Any context.
 *
 * Return: true if the program has a service of the protocol.
 */
bool algate_prog_serves(const struct algate_prog *prog, u8 proto)
{
	unsigned int i;

	for (i = 0; i < prog->nservices; i++)
		if (prog->service[i].proto == proto)
			return true;
	return false;
}

/**
 * algate_helpers_add() - register the helpers of a plug-in
 * @plugin: plug-in without helpers
 * @prog: program of the plug-in
 *
 * On failure, helpers that are already registered stay registered.
 *
 * Context: under algate_mutex; may sleep.
 *
 * Return: 0; -EBUSY or -EEXIST: conntrack has a helper with this name; -ENOMEM.
 */
int algate_helpers_add(struct algate_plugin *plugin,
		       const struct algate_prog *prog)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP };
	unsigned int i;
	int err;

	lockdep_assert_held(&algate_mutex);
	for (i = 0; i < ARRAY_SIZE(protos); i++) {
		if (!algate_prog_serves(prog, protos[i]))
			continue;
		err = helper_add(plugin, prog, NFPROTO_IPV4, protos[i]);
		if (!err)
			err = helper_add(plugin, prog, NFPROTO_IPV6,
					 protos[i]);
		if (err)
			return err;
	}
	return 0;
}

/* Number of flows that hold a helper of @plugin; under RCU. */
static u32 flows_counted(const struct algate_plugin *plugin)
{
	struct net *net;
	u32 n = 0;

	if (!ALGATE_FLOWS_HOLD_HELPER)
		return 0;
	for_each_net_rcu(net)
		n += algate_use_flows(algate_pernet(net), plugin);
	return n;
}

static refcount_t *helper_refcnt(const struct algate_plugin *plugin,
				 unsigned int i)
{
	return &plugin->helper[i]->h.algate_helper_refcnt;
}

/* Number of holders of the helpers of @plugin: rules and, since 7.x, flows. */
static u32 holders(const struct algate_plugin *plugin)
{
	unsigned int i;
	u32 n = 0;

	for (i = 0; i < plugin->nhelpers; i++) {
		u32 refs = refcount_read(helper_refcnt(plugin, i));

		/* without our reference; a frozen helper has none */
		n += refs ? refs - 1 : 0;
	}
	return n;
}

/**
 * algate_plugin_refs() - count the nft and iptables objects that hold a plug-in
 * @plugin: plug-in
 *
 * Where flows hold helpers, too, the result is an upper bound: it includes
 * entries that conntrack has deleted, but others still hold.
 *
 * Context: under RCU.
 *
 * Return: number of objects.
 */
u32 algate_plugin_refs(const struct algate_plugin *plugin)
{
	u32 all = holders(plugin);

	/* an object would also hold the module */
	if (ALGATE_FLOWS_HOLD_HELPER && !module_refcount(THIS_MODULE))
		return 0;
	return all - min(all, flows_counted(plugin));
}

/**
 * struct tally - count of conntrack entries that hold a helper of a plug-in
 * @plugin: plug-in
 * @from: count only entries with this mark; 0: all entries
 * @mark: new mark of counted entries; an entry with this mark is not recounted
 * @n: number of counted entries
 */
struct tally {
	const struct algate_plugin *plugin;
	u32 from;
	u32 mark;
	u32 n;
};

static bool plugin_has(const struct algate_plugin *plugin, const void *helper)
{
	unsigned int i;

	for (i = 0; i < plugin->nhelpers; i++)
		if (helper == &plugin->helper[i]->h)
			return true;
	return false;
}

/* Data connections hold their masters, even those that left the table. */
static int tally_entry(struct nf_conn *ct, void *data)
{
	struct tally *t = data;

	for (; ct; ct = ct->master) {
		struct nf_conn_help *help = nfct_help(ct);
		u32 *mark;

		if (!help || !plugin_has(t->plugin,
					 rcu_access_pointer(help->helper)))
			continue;
		mark = &algate_help_data(help)->mark;
		if (*mark == t->mark || (t->from && *mark != t->from))
			continue;
		*mark = t->mark;
		t->n++;
	}
	return 0;
}

static u32 tally(const struct algate_plugin *plugin, u32 from, u32 mark)
{
	struct tally t = { .plugin = plugin, .from = from, .mark = mark };
	struct algate_net *an;

	list_for_each_entry(an, &algate_nets, list) {
		struct nf_ct_iter_data iter = { .net = an->net, .data = &t };

		if (xa_load(&an->uses, plugin->index))
			nf_ct_iterate_cleanup_net(tally_entry, &iter);
	}
	return t.n;
}

/*
 * Does a rule hold a helper? Flows hold helpers, too, and only counting tells
 * flows from rules. So subtract the flows that existed both before and after
 * the number of holders was read. A flow that starts or ends meanwhile may give
 * a false yes, but a rule never gives a false no.
 */
static bool rule_holds(const struct algate_plugin *plugin)
{
	static u32 mark;
	u32 all;

	if (!module_refcount(THIS_MODULE))
		return false;
	/* two marks that no entry has */
	mark += 2;
	tally(plugin, 0, mark - 1);
	all = holders(plugin);
	return all > tally(plugin, mark - 1, mark);
}

/*
 * Wait until no rule holds a helper. Conntrack frees the helpers, so a rule
 * that is added later is safe, but has no effect.
 */
static bool helpers_unheld(const struct algate_plugin *plugin)
{
	unsigned int tries = HELD_TRIES;

	while (rule_holds(plugin)) {
		if (!tries--)
			return false;
		msleep(HELD_WAIT_MS);
	}
	return true;
}

/**
 * algate_helpers_freeze() - prepare the helpers of a plug-in for removal
 * @plugin: plug-in
 *
 * Context: under algate_mutex; may sleep.
 *
 * Return: true: no rule holds a helper; on kernels where a rule does not keep a
 * helper in memory, no rule can take a reference any more. False: a rule holds
 * a helper, and nothing has changed.
 */
bool algate_helpers_freeze(struct algate_plugin *plugin)
{
	unsigned int i;

	lockdep_assert_held(&algate_mutex);
	if (ALGATE_FLOWS_HOLD_HELPER)
		return helpers_unheld(plugin);
	for (i = 0; i < plugin->nhelpers; i++)
		if (!refcount_dec_if_one(helper_refcnt(plugin, i)))
			break;
	if (i == plugin->nhelpers)
		return true;
	while (i--)
		refcount_set(helper_refcnt(plugin, i), 1);
	return false;
}

/**
 * algate_helpers_remove() - unregister the helpers of a plug-in
 * @plugin: plug-in that opens no more expectations
 *
 * Afterwards, conntrack has no expectation of the plug-in. A packet that waits,
 * for example for a neighbour's address, may still have a helper: then help()
 * finds no plug-in, or, since 7.x, is not called.
 *
 * Context: may sleep; conntrack waits for namespaces that start or end.
 */
void algate_helpers_remove(struct algate_plugin *plugin)
{
	unsigned int i;

	for (i = 0; i < plugin->nhelpers; i++) {
		RCU_INIT_POINTER(plugin->helper[i]->plugin, NULL);
		algate_helper_unregister(&plugin->helper[i]->h);
	}
}

/**
 * algate_helpers_retire() - keep the helpers that conntrack does not free
 * @plugin: plug-in whose helpers were removed
 *
 * Context: under algate_mutex.
 */
void algate_helpers_retire(struct algate_plugin *plugin)
{
	unsigned int i;

	lockdep_assert_held(&algate_mutex);
	for (i = 0; i < plugin->nhelpers && !ALGATE_FLOWS_HOLD_HELPER; i++)
		list_add(&plugin->helper[i]->list, &retired);
	plugin->nhelpers = 0;
}

/* Detach the helper of a packet that was in flight at unregistration. */
static int helper_forget(struct nf_conn *ct, void *data)
{
	struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_helper *h;

	h = help ? rcu_dereference_raw(help->helper) : NULL;
	if (h && algate_helper_calls(h, algate_help))
		RCU_INIT_POINTER(help->helper, NULL);
	return 0;
}

/**
 * algate_helpers_exit() - free the helpers' memory at module removal
 *
 * Since 7.x, conntrack frees the helpers.
 *
 * On older kernels, conntrack removes an unregistered helper from the entries
 * in its table. The entry of a new flow enters the table when the flow's first
 * packet leaves. An incoming packet usually stays under RCU until then, or in a
 * userspace queue, which conntrack empties. A packet from a local process is
 * under RCU in each hook, but not between two hooks: there, the process may be
 * preempted for longer than a grace period. On kernels whose extensions have a
 * generation (6.1), conntrack ignores the extensions of this entry; later
 * kernels confirm the entry with the old helper.
 *
 * A sending process does not sleep between two hooks. synchronize_rcu_tasks()
 * waits until every preempted process has run to a voluntary sleep. By then,
 * the process's entry is in the table or gone, and a second pass over the table
 * finds it.
 *
 * Some packets wait outside of RCU, and nothing lists them: multicast packets,
 * for up to 10 seconds for a routing daemon; bridged packets with a translated
 * destination, for up to 3 seconds for a neighbour's address. The second pass
 * misses these. The helpers in the tree have the same gap.
 *
 * Context: may sleep.
 */
void algate_helpers_exit(void)
{
	struct algate_helper *h, *next;

	if (!ALGATE_FLOWS_HOLD_HELPER && !list_empty(&retired)) {
		synchronize_rcu_tasks();
		nf_ct_iterate_destroy(helper_forget, NULL);
		synchronize_rcu();
	}
	list_for_each_entry_safe(h, next, &retired, list)
		kfree(h);
}

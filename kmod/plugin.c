// SPDX-License-Identifier: GPL-2.0
/*
 * The registry of plug-ins. A plug-in is a few conntrack helpers, registered
 * for as long as it is loaded, and a program that they run, which can be
 * swapped at any time: nft objects and flows hold on to the former only.
 */
#include <linux/idr.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_core.h>

#include "algate.h"

/*
 * Helpers are told apart by a port as well, which nothing else here uses:
 * these are above those of the helpers in the tree.
 */
#define FIRST_PORT	40000

LIST_HEAD(algate_plugins);

static DEFINE_IDA(indexes);
/* the module goes; under algate_mutex */
static bool closing;

static const struct nf_conntrack_expect_policy no_class = {
	.max_expected = 1,
	.timeout = 1,
};

/**
 * algate_plugin_find() - find a plug-in by name
 * @name: name
 *
 * Context: under algate_mutex or RCU.
 *
 * Return: the plug-in, or NULL.
 */
struct algate_plugin *algate_plugin_find(const char *name)
{
	struct algate_plugin *plugin;

	list_for_each_entry_rcu(plugin, &algate_plugins, list,
				lockdep_is_held(&algate_mutex))
		if (!strcmp(plugin->name, name))
			return plugin;
	return NULL;
}

/**
 * algate_plugin_refs() - how many nft and iptables objects hold a plug-in
 * @plugin: plug-in
 *
 * Return: their number.
 */
u32 algate_plugin_refs(const struct algate_plugin *plugin)
{
	unsigned int i, refs;
	u32 n = 0;

	for (i = 0; i < plugin->nhelpers; i++) {
		/* one is ours; that of a plug-in on its way out is gone */
		refs = refcount_read(&plugin->helper[i].h.refcnt);
		n += refs ? refs - 1 : 0;
	}
	return n;
}

/**
 * algate_plugin_helper() - the helper that a flow is given
 * @plugin: plug-in
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 *
 * Return: the helper, or NULL when the plug-in has no such service.
 */
struct nf_conntrack_helper *
algate_plugin_helper(struct algate_plugin *plugin, u8 family, u8 proto)
{
	unsigned int i;

	for (i = 0; i < plugin->nhelpers; i++) {
		struct nf_conntrack_helper *h = &plugin->helper[i].h;

		if (h->tuple.src.l3num == family &&
		    h->tuple.dst.protonum == proto)
			return h;
	}
	return NULL;
}

static struct algate_prog *prog_read(const void *image, size_t len,
				     struct netlink_ext_ack *extack, int *err)
{
	struct algate_reject why = {};
	struct algate_prog *prog;

	prog = algate_image_decode(image, len, &why);
	*err = why.reason == ALGATE_R_NO_MEMORY ? -ENOMEM : -EINVAL;
	if (!prog)
		goto reject;
	*err = algate_prog_verify(prog, &why);
	if (!*err)
		return prog;
	algate_prog_free(prog);
reject:
	if (extack) {
		extack->_msg = algate_reason_text(why.reason);
		if (why.off)
			NL_SET_BAD_ATTR(extack, image + why.off);
	}
	return NULL;
}

static bool prog_looks(const struct algate_prog *prog)
{
	unsigned int i;

	for (i = 0; i < prog->ninsns; i++) {
		const struct algate_instr *insn = &prog->insn[i];

		if (insn->op == ALGATE_OP_IS ||
		    (insn->op == ALGATE_OP_LDM &&
		     insn->imm == ALGATE_META_SPORT))
			return true;
	}
	return false;
}

static struct algate_code *code_make(struct algate_prog *prog,
				     const struct algate_code *old)
{
	struct algate_code *code;

	code = kzalloc(sizeof(*code), GFP_KERNEL_ACCOUNT);
	if (!code)
		return NULL;
	code->prog = prog;
	code->generation = old ? old->generation + 1 : 1;
	code->compatible = code->generation;
	code->looks = prog_looks(prog);
	/* what flows have stays when the new program only adds variables */
	if (old && old->prog->nvars <= prog->nvars &&
	    !memcmp(old->prog->var, prog->var,
		    old->prog->nvars * sizeof(prog->var[0])) &&
	    old->prog->ntables == prog->ntables &&
	    !memcmp(old->prog->table, prog->table, sizeof(prog->table)))
		code->compatible = old->compatible;
	return code;
}

static void code_free(struct algate_code *code)
{
	if (!code)
		return;
	algate_prog_free(code->prog);
	kfree(code);
}

static void policy_set(struct algate_plugin *plugin,
		       const struct algate_prog *prog)
{
	unsigned int i;

	/*
	 * Packets read it: of a plug-in with classes it is never in between. The
	 * classes' own limits are less, and not conntrack's to keep: expect.c.
	 */
	if (!prog->nclasses)
		plugin->policy[0] = no_class;
	for (i = 0; i < prog->nclasses; i++) {
		struct nf_conntrack_expect_policy *p = &plugin->policy[i];

		WRITE_ONCE(p->max_expected, NF_CT_EXPECT_MAX_CNT);
		WRITE_ONCE(p->timeout, prog->class[i].timeout);
		strscpy(p->name, prog->class[i].name, sizeof(p->name));
	}
}

static int helper_add(struct algate_plugin *plugin, u8 family, u8 proto,
		      unsigned int nclasses)
{
	struct algate_helper *h = &plugin->helper[plugin->nhelpers];
	u16 port = FIRST_PORT + plugin->index * ALGATE_MAX_HELPERS +
		   plugin->nhelpers;
	int err;

	nf_ct_helper_init(&h->h, family, proto, plugin->name, port, port, port,
			  plugin->policy, nclasses ? nclasses - 1 : 0,
			  algate_help, NULL, THIS_MODULE);
	h->h.destroy = algate_help_destroy;
	strscpy(h->h.nat_mod_name, NF_NAT_HELPER_NAME("algate"),
		sizeof(h->h.nat_mod_name));
	h->plugin = plugin;
	err = nf_conntrack_helper_register(&h->h);
	if (!err)
		plugin->nhelpers++;
	return err;
}

static bool prog_serves(const struct algate_prog *prog, u8 proto)
{
	unsigned int i;

	for (i = 0; i < prog->nservices; i++)
		if (prog->service[i].proto == proto)
			return true;
	return false;
}

static int helpers_add(struct algate_plugin *plugin,
		       const struct algate_prog *prog)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP };
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(protos); i++) {
		if (!prog_serves(prog, protos[i]))
			continue;
		err = helper_add(plugin, NFPROTO_IPV4, protos[i],
				 prog->nclasses);
		if (!err)
			err = helper_add(plugin, NFPROTO_IPV6, protos[i],
					 prog->nclasses);
		if (err)
			return err;
	}
	return 0;
}

/* Nobody can take a reference to a helper any more, or nothing has changed. */
static bool helpers_freeze(struct algate_plugin *plugin)
{
	unsigned int i;

	for (i = 0; i < plugin->nhelpers; i++)
		if (!refcount_dec_if_one(&plugin->helper[i].h.refcnt))
			break;
	if (i == plugin->nhelpers)
		return true;
	while (i--)
		refcount_set(&plugin->helper[i].h.refcnt, 1);
	return false;
}

/* the entry of a packet that was on its way when conntrack took helpers off */
static int helper_forget(struct nf_conn *ct, void *data)
{
	struct nf_conn_help *help = nfct_help(ct);
	const struct algate_plugin *plugin = data;
	const void *h;

	h = help ? rcu_access_pointer(help->helper) : NULL;
	if (h >= (void *)plugin->helper &&
	    h < (void *)(plugin->helper + ARRAY_SIZE(plugin->helper)))
		RCU_INIT_POINTER(help->helper, NULL);
	return 0;
}

/*
 * Conntrack takes the helper off the entries that it knows. That of a new flow
 * it does not know before its packet leaves. Packets that come in stay under
 * RCU until then, or in a queue of userspace, which conntrack empties. One that
 * a process sends is under RCU in each hook, but not in between: after it was
 * given a helper its process may be preempted for long, and grace periods of
 * RCU end meanwhile. Where extensions have a generation (6.1), conntrack lets
 * go of the entry's; later kernels confirm it with the helper of old.
 *
 * A process that sends does not sleep in there: once every one that was
 * preempted has come to where it sleeps, its entry is known or gone, and a
 * second look finds it. Until then help() passes packets by, as of a plug-in
 * that is dying.
 *
 * What is left are packets to a multicast group that wait up to 10 seconds for
 * a routing daemon: nothing knows those, nor with the kernel's own helpers.
 */
static void helpers_remove(struct algate_plugin *plugin)
{
	unsigned int i;

	for (i = 0; i < plugin->nhelpers; i++)
		nf_conntrack_helper_unregister(&plugin->helper[i].h);
	if (!plugin->nhelpers)
		return;
	synchronize_rcu_tasks();
	nf_ct_iterate_destroy(helper_forget, plugin);
}

/*
 * Waits until no packet, flow or expectation knows the plug-in. algate_mutex
 * is given up meanwhile: conntrack waits for namespaces that come and go, and
 * these may wait for the mutex. Nobody finds the plug-in; its index is taken
 * until the end.
 */
static void plugin_destroy(struct algate_plugin *plugin)
{
	struct algate_code *code;
	struct algate_net *an;

	/*
	 * Between conntrack's taking away the expectations and the helpers, a
	 * packet could open more, with code that may be gone when they are used.
	 */
	WRITE_ONCE(plugin->dying, true);
	code = rcu_dereference_protected(plugin->code, true);
	WRITE_ONCE(code->generation, ALGATE_DYING);
	mutex_unlock(&algate_mutex);
	helpers_remove(plugin);
	mutex_lock(&algate_mutex);
	list_for_each_entry(an, &algate_nets, list)
		algate_flow_end_all(an, plugin);
	/* events and listings may still be at it, under RCU */
	synchronize_rcu();
	list_for_each_entry(an, &algate_nets, list)
		algate_use_drop(an, plugin);
	code_free(code);
	ida_free(&indexes, plugin->index);
	kfree(plugin);
}

static struct algate_plugin *plugin_alloc(struct algate_code *code)
{
	struct algate_plugin *plugin;
	int index;

	plugin = kzalloc(sizeof(*plugin), GFP_KERNEL_ACCOUNT);
	if (!plugin)
		return ERR_PTR(-ENOMEM);
	index = ida_alloc_max(&indexes, ALGATE_MAX_PLUGINS - 1, GFP_KERNEL);
	if (index < 0) {
		kfree(plugin);
		return ERR_PTR(index);
	}
	plugin->index = index;
	strscpy(plugin->name, code->prog->name, sizeof(plugin->name));
	policy_set(plugin, code->prog);
	RCU_INIT_POINTER(plugin->code, code);
	return plugin;
}

/* takes over @prog, whatever comes of it */
static int plugin_add(struct algate_prog *prog, struct netlink_ext_ack *extack)
{
	struct algate_code *code = code_make(prog, NULL);
	struct algate_plugin *plugin;
	int err;

	if (!code) {
		algate_prog_free(prog);
		return -ENOMEM;
	}
	plugin = plugin_alloc(code);
	if (IS_ERR(plugin)) {
		code_free(code);
		if (PTR_ERR(plugin) == -ENOSPC)
			algate_reject(extack, -ENOSPC,
				      __stringify(ALGATE_MAX_PLUGINS)
				      " plug-ins are loaded, that is the most");
		return PTR_ERR(plugin);
	}
	err = helpers_add(plugin, prog);
	if (!err) {
		list_add_tail_rcu(&plugin->list, &algate_plugins);
		algate_event_plugin(ALGATE_EV_PLUGIN_NEW, plugin);
		return 0;
	}
	if (err == -EBUSY || err == -EEXIST)
		algate_reject(extack, err,
			      "conntrack has a helper of that name already: unload its module (rmmod nf_conntrack_NAME) or name the plug-in otherwise");
	if (helpers_freeze(plugin)) {
		plugin_destroy(plugin);
		return err;
	}
	/* a rule was faster: what it holds stays, known, until it is unloaded */
	list_add_tail_rcu(&plugin->list, &algate_plugins);
	algate_event_plugin(ALGATE_EV_PLUGIN_NEW, plugin);
	return algate_reject(extack, err,
			     "the plug-in is loaded in part, and a rule holds it: delete the rule, unload the plug-in, and load it again");
}

/**
 * algate_plugin_load() - load a plug-in
 * @image: compiled program
 * @len: its length in bytes
 * @extack: says why not
 *
 * Context: under algate_mutex; may sleep.
 *
 * Return: 0; -EINVAL: not accepted; -EEXIST: loaded already; -EBUSY: another
 * module has a helper of that name; -ENOSPC; -ENOMEM; -ESHUTDOWN. Nothing is
 * done then, unless the message says otherwise.
 */
int algate_plugin_load(const void *image, size_t len,
		       struct netlink_ext_ack *extack)
{
	struct algate_prog *prog;
	int err;

	lockdep_assert_held(&algate_mutex);
	if (closing)
		return algate_reject(extack, -ESHUTDOWN,
				     "the module is being removed");
	prog = prog_read(image, len, extack, &err);
	if (!prog)
		return err;
	if (!algate_plugin_find(prog->name))
		return plugin_add(prog, extack);
	err = algate_reject(extack, -EEXIST,
			    "a plug-in of that name is loaded already: use replace");
	algate_prog_free(prog);
	return err;
}

/* What conntrack was told when the plug-in was loaded cannot change. */
static int replace_check(const struct algate_prog *old,
			 const struct algate_prog *new,
			 struct netlink_ext_ack *extack)
{
	unsigned int i;

	if (prog_serves(old, IPPROTO_TCP) != prog_serves(new, IPPROTO_TCP) ||
	    prog_serves(old, IPPROTO_UDP) != prog_serves(new, IPPROTO_UDP))
		return algate_reject(extack, -EINVAL,
				     "the new plug-in serves other protocols than the loaded one: unload that first");
	for (i = 0; i < max(old->nclasses, new->nclasses); i++)
		if (i >= old->nclasses || i >= new->nclasses ||
		    strcmp(old->class[i].name, new->class[i].name))
			return algate_reject(extack, -EINVAL,
					     "the new plug-in expects other classes than the loaded one: unload that first");
	return 0;
}

/**
 * algate_plugin_replace() - swap the program of a loaded plug-in
 * @image: compiled program
 * @len: its length in bytes
 * @extack: says why not
 *
 * Flows and expectations go on. Variables of flows keep their values when
 * the new program has the same ones, perhaps more; else they are 0.
 *
 * Context: under algate_mutex; may sleep.
 *
 * Return: 0; -EINVAL: not accepted, or the plug-in has other services or
 * classes; -ENOENT: not loaded; -ENOMEM. Nothing is done then.
 */
int algate_plugin_replace(const void *image, size_t len,
			  struct netlink_ext_ack *extack)
{
	struct algate_code *code, *old;
	struct algate_plugin *plugin;
	struct algate_prog *prog;
	int err;

	lockdep_assert_held(&algate_mutex);
	prog = prog_read(image, len, extack, &err);
	if (!prog)
		return err;
	plugin = algate_plugin_find(prog->name);
	if (!plugin) {
		err = algate_reject(extack, -ENOENT,
				    "no plug-in of that name is loaded: use load");
		goto free;
	}
	old = rcu_dereference_protected(plugin->code,
					lockdep_is_held(&algate_mutex));
	err = replace_check(old->prog, prog, extack);
	if (err)
		goto free;
	err = -ENOMEM;
	code = code_make(prog, old);
	if (!code)
		goto free;
	policy_set(plugin, prog);
	rcu_assign_pointer(plugin->code, code);
	synchronize_rcu();
	code_free(old);
	algate_event_plugin(ALGATE_EV_PLUGIN_REPLACED, plugin);
	return 0;
free:
	algate_prog_free(prog);
	return err;
}

static void plugin_remove(struct algate_plugin *plugin)
{
	struct algate_net *an;

	list_for_each_entry(an, &algate_nets, list)
		algate_attach_drop(an, plugin);
	list_del_rcu(&plugin->list);
	algate_event_plugin(ALGATE_EV_PLUGIN_DEL, plugin);
	plugin_destroy(plugin);
}

/**
 * algate_plugin_unload() - unload a plug-in
 * @name: its name
 * @extack: says why not
 *
 * Its flows go on without it; its expectations are withdrawn, and so are its
 * attachments in namespaces of other user namespaces.
 *
 * Context: under algate_mutex; may sleep.
 *
 * Return: 0; -ENOENT: not loaded; -EBUSY: in use by attachments or by
 * objects of nft or iptables.
 */
int algate_plugin_unload(const char *name, struct netlink_ext_ack *extack)
{
	struct algate_plugin *plugin;
	struct algate_net *an;
	u32 n = 0;

	lockdep_assert_held(&algate_mutex);
	plugin = algate_plugin_find(name);
	if (!plugin)
		return algate_reject(extack, -ENOENT,
				     "no plug-in of that name is loaded");
	/* those that contained users made do not hold the machine's plug-ins */
	list_for_each_entry(an, &algate_nets, list)
		if (an->net->user_ns == &init_user_ns)
			n += algate_attach_count(an, plugin);
	if (n)
		return algate_reject(extack, -EBUSY,
				     "the plug-in has attachments, in this or other namespaces: delete them first");
	if (algate_plugin_refs(plugin) || !helpers_freeze(plugin))
		return algate_reject(extack, -EBUSY,
				     "ct helper objects of nft or CT rules of iptables hold the plug-in: delete them first");
	plugin_remove(plugin);
	return 0;
}

/* The module goes: no reference is left, but attachments may be. */
void algate_plugin_unload_all(void)
{
	lockdep_assert_held(&algate_mutex);
	closing = true;
	/* the mutex is given up in between, and requests are still served */
	while (!list_empty(&algate_plugins))
		plugin_remove(list_first_entry(&algate_plugins,
					       struct algate_plugin, list));
}

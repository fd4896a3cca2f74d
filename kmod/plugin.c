// SPDX-License-Identifier: GPL-2.0
/*
 * The registry of plug-ins. A plug-in consists of its conntrack helpers
 * (helper.c), registered while the plug-in is loaded, and of their program with
 * its source (source.c). nft objects and flows hold only helpers, so the program
 * can be replaced.
 */
#include <linux/idr.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_core.h>

#include "algate.h"
#include "control.h"
#include "expect.h"

LIST_HEAD(algate_plugins);

static DEFINE_IDA(indexes);
/* the module is being removed; under algate_mutex */
static bool closing;

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

/*
 * Is a plug-in loaded whose name differs from @name in nothing but the case of
 * letters? Conntrack tells the two apart, but people hardly do.
 */
static bool plugin_alike(const char *name)
{
	const struct algate_plugin *plugin;

	list_for_each_entry(plugin, &algate_plugins, list)
		if (!strcasecmp(plugin->name, name) &&
		    strcmp(plugin->name, name))
			return true;
	return false;
}

/**
 * algate_plugin_named() - the plug-in that a request names
 * @name: name
 * @extack: gets the reason of a failure
 *
 * Context: under algate_mutex or RCU.
 *
 * Return: the plug-in, or NULL: the request fails with -ENOENT.
 */
struct algate_plugin *algate_plugin_named(const char *name,
					  struct netlink_ext_ack *extack)
{
	struct algate_plugin *plugin = algate_plugin_find(name);

	if (!plugin)
		NL_SET_ERR_MSG(extack, "no plug-in of that name is loaded");
	return plugin;
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

static bool prog_opens_any(const struct algate_prog *prog)
{
	unsigned int i;

	for (i = 0; i < prog->nactions; i++)
		if (prog->action[i].from == ALGATE_FROM_ANY)
			return true;
	return false;
}

/* Keep the hooks of side.c while @plugin is loaded, if @prog needs them. */
static void plugin_side(struct algate_plugin *plugin,
			const struct algate_prog *prog)
{
	if (plugin->sided || !prog_opens_any(prog))
		return;
	algate_side_get(plugin);
	WRITE_ONCE(plugin->sided, true);
}

static void code_free(struct algate_code *code)
{
	if (!code)
		return;
	algate_prog_free(code->prog);
	algate_source_free(code->source);
	kfree(code);
}

/* Takes ownership of @source, also on failure. */
static struct algate_code *code_make(const void *image, size_t len,
				     struct algate_source *source,
				     struct netlink_ext_ack *extack)
{
	struct algate_code *code;
	int err = -ENOMEM;

	code = kzalloc(sizeof(*code), GFP_KERNEL_ACCOUNT);
	if (!code) {
		algate_source_free(source);
		return ERR_PTR(err);
	}
	code->source = source;
	code->prog = prog_read(image, len, extack, &err);
	if (!code->prog) {
		code_free(code);
		return ERR_PTR(err);
	}
	code->generation = 1;
	code->compatible = 1;
	return code;
}

/* Make @code the successor of @old. */
static void code_follow(struct algate_code *code, const struct algate_code *old)
{
	const struct algate_prog *before = old->prog, *prog = code->prog;

	code->generation = old->generation + 1;
	code->compatible = code->generation;
	/*
	 * Flows keep their state if the new program only adds variables. The
	 * ranges of inputs say what the variables can contain.
	 */
	if (before->nvars <= prog->nvars &&
	    !memcmp(before->var, prog->var,
		    before->nvars * sizeof(prog->var[0])) &&
	    before->ninputs == prog->ninputs &&
	    !memcmp(before->input, prog->input, sizeof(prog->input)) &&
	    before->ntables == prog->ntables &&
	    !memcmp(before->table, prog->table, sizeof(prog->table)))
		code->compatible = old->compatible;
}

/*
 * Wait until no packet, flow or expectation refers to the plug-in, and free it.
 *
 * Removing helpers drops algate_mutex meanwhile: conntrack waits for namespaces
 * that start or end, and these may wait for the mutex. Nobody can find the
 * plug-in by then; its index stays reserved until the end.
 */
static void plugin_destroy(struct algate_plugin *plugin)
{
	struct algate_code *code;
	struct algate_net *an;

	/*
	 * Conntrack removes the expectations before the helpers. In between, a
	 * packet must not open more: their code may be gone when they match.
	 */
	WRITE_ONCE(plugin->dying, true);
	code = rcu_dereference_protected(plugin->code, true);
	WRITE_ONCE(code->generation, ALGATE_DYING);
	mutex_unlock(&algate_mutex);
	algate_helpers_remove(plugin);
	mutex_lock(&algate_mutex);
	algate_helpers_retire(plugin);
	list_for_each_entry(an, &algate_nets, list)
		algate_flow_end_all(an, plugin);
	if (plugin->sided)
		algate_side_put();
	/* events and dumps may still use the plug-in under RCU */
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
	RCU_INIT_POINTER(plugin->code, code);
	return plugin;
}

/* Takes ownership of @code, also on failure. */
static int plugin_add(struct algate_code *code, struct netlink_ext_ack *extack)
{
	struct algate_plugin *plugin = plugin_alloc(code);
	int err;

	if (IS_ERR(plugin)) {
		code_free(code);
		if (PTR_ERR(plugin) == -ENOSPC)
			algate_reject(extack, -ENOSPC,
				      __stringify(ALGATE_MAX_PLUGINS)
				      " plug-ins are loaded, that is the most");
		return PTR_ERR(plugin);
	}
	plugin_side(plugin, code->prog);
	err = algate_helpers_add(plugin, code->prog);
	if (!err) {
		list_add_tail_rcu(&plugin->list, &algate_plugins);
		algate_event_plugin(ALGATE_EV_PLUGIN_NEW, plugin);
		return 0;
	}
	if (err == -EBUSY || err == -EEXIST)
		algate_reject(extack, err,
			      "conntrack has a helper of that name already: unload its module (rmmod nf_conntrack_NAME) or name the plug-in otherwise");
	if (algate_helpers_freeze(plugin)) {
		plugin_destroy(plugin);
		return err;
	}
	/* a rule holds a helper already: stay visible, until unloaded */
	list_add_tail_rcu(&plugin->list, &algate_plugins);
	algate_event_plugin(ALGATE_EV_PLUGIN_NEW, plugin);
	return algate_reject(extack, err,
			     "the plug-in is loaded in part, and a rule holds it: delete the rule, unload the plug-in, and load it again");
}

/**
 * algate_plugin_load() - load a plug-in
 * @image: compiled program
 * @len: length of the image in bytes
 * @source: rule text of the program, or NULL; owned by the function, also on
 *	failure
 * @extack: gets the reason of a failure
 *
 * On failure, nothing has changed, unless the message says otherwise.
 *
 * Context: under algate_mutex; may sleep.
 *
 * Return: 0; -EINVAL: rejected; -EEXIST: already loaded, or a plug-in whose name
 * differs only in case; -EBUSY: another module has a helper with this name;
 * -ENOSPC; -ENOMEM; -ESHUTDOWN.
 */
int algate_plugin_load(const void *image, size_t len,
		       struct algate_source *source,
		       struct netlink_ext_ack *extack)
{
	struct algate_code *code;
	int err;

	lockdep_assert_held(&algate_mutex);
	if (closing) {
		algate_source_free(source);
		return algate_reject(extack, -ESHUTDOWN,
				     "the module is being removed");
	}
	code = code_make(image, len, source, extack);
	if (IS_ERR(code))
		return PTR_ERR(code);
	if (algate_plugin_find(code->prog->name))
		err = algate_reject(extack, -EEXIST,
				    "a plug-in of that name is loaded already: use replace");
	else if (plugin_alike(code->prog->name))
		err = algate_reject(extack, -EEXIST,
				    "a plug-in is loaded whose name differs only in capitals: unload it, or name the plug-in otherwise");
	else
		return plugin_add(code, extack);
	code_free(code);
	return err;
}

static bool same_service(const struct algate_prog *a,
			 const struct algate_prog *b, u8 proto)
{
	return algate_prog_serves(a, proto) == algate_prog_serves(b, proto);
}

/*
 * Conntrack knows the services and class names, so these cannot change. The
 * namespaces keep their lists and maps.
 */
static int replace_check(const struct algate_prog *old,
			 const struct algate_prog *new,
			 struct netlink_ext_ack *extack)
{
	unsigned int i;

	if (!same_service(old, new, IPPROTO_TCP) ||
	    !same_service(old, new, IPPROTO_UDP))
		return algate_reject(extack, -EINVAL,
				     "the new plug-in serves other protocols than the loaded one: unload that first");
	for (i = 0; i < max(old->nclasses, new->nclasses); i++)
		if (i >= old->nclasses || i >= new->nclasses ||
		    strcmp(old->class[i].name, new->class[i].name))
			return algate_reject(extack, -EINVAL,
					     "the new plug-in expects other classes than the loaded one: unload that first");
	if (!algate_settings_kept(old->param, old->nparams, new->param,
				  new->nparams))
		return algate_reject(extack, -EINVAL,
				     "the new plug-in has not all parameters of the loaded one, in the same order and as long: unload that first");
	if (!algate_settings_kept(old->map, old->nmaps, new->map, new->nmaps))
		return algate_reject(extack, -EINVAL,
				     "the new plug-in has not all maps of the loaded one, in the same order and as long: unload that first");
	return 0;
}

/**
 * algate_plugin_replace() - replace the program of a loaded plug-in
 * @image: compiled program
 * @len: length of the image in bytes
 * @source: rule text of the program, or NULL; owned by the function, also on
 *	failure
 * @extack: gets the reason of a failure
 *
 * Flows and expectations continue. A flow keeps its variables and table entries
 * if the new program begins with the same variables and has the same tables;
 * else both are reset. On failure, nothing has changed.
 *
 * Context: under algate_mutex; may sleep.
 *
 * Return: 0; -EINVAL: rejected, or the program has other services, classes or
 * parameters or maps; -ENOENT: not loaded; -ENOMEM.
 */
int algate_plugin_replace(const void *image, size_t len,
			  struct algate_source *source,
			  struct netlink_ext_ack *extack)
{
	struct algate_code *code, *old;
	struct algate_plugin *plugin;
	int err;

	lockdep_assert_held(&algate_mutex);
	code = code_make(image, len, source, extack);
	if (IS_ERR(code))
		return PTR_ERR(code);
	plugin = algate_plugin_find(code->prog->name);
	if (!plugin) {
		err = algate_reject(extack, -ENOENT,
				    "no plug-in of that name is loaded: use load");
		goto free;
	}
	old = rcu_dereference_protected(plugin->code,
					lockdep_is_held(&algate_mutex));
	err = replace_check(old->prog, code->prog, extack);
	if (err)
		goto free;
	plugin_side(plugin, code->prog);
	code_follow(code, old);
	algate_helpers_policy(plugin, code->prog);
	rcu_assign_pointer(plugin->code, code);
	synchronize_rcu();
	code_free(old);
	algate_event_plugin(ALGATE_EV_PLUGIN_REPLACED, plugin);
	return 0;
free:
	code_free(code);
	return err;
}

static int class_find(const struct algate_prog *prog, const char *name)
{
	unsigned int i;

	for (i = 0; i < prog->nclasses; i++)
		if (!strcmp(prog->class[i].name, name))
			return i;
	return -1;
}

/**
 * algate_plugin_set() - choose the hosts that may use the openings of a class
 * @an: namespace
 * @plugin: plug-in
 * @class: name of the class
 * @from: ALGATE_FROM_PEER: the peer alone, also if a rule says "any";
 *	ALGATE_FROM_ANY: as the rules say
 * @extack: gets the reason of a failure
 *
 * Open expectations stay. A replacement has the same classes, so the choice
 * holds until the plug-in is unloaded.
 *
 * Context: under algate_mutex; may sleep.
 *
 * Return: 0; -ENOENT: no such class; -ENOMEM.
 */
int algate_plugin_set(struct algate_net *an, const struct algate_plugin *plugin,
		      const char *class, u8 from,
		      struct netlink_ext_ack *extack)
{
	struct algate_use *use;
	int i;

	lockdep_assert_held(&algate_mutex);
	i = class_find(algate_plugin_code(plugin)->prog, class);
	if (i < 0)
		return algate_reject(extack, -ENOENT,
				     "the plug-in has no class of that name");
	use = algate_use_get(an, plugin, GFP_KERNEL_ACCOUNT);
	if (!use)
		return -ENOMEM;
	WRITE_ONCE(use->narrow, from == ALGATE_FROM_PEER ?
		   use->narrow | BIT(i) : use->narrow & ~BIT(i));
	return 0;
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
 * @name: name of the plug-in
 * @extack: gets the reason of a failure
 *
 * Flows continue without the plug-in. Its expectations are removed, and so are
 * its attachments in namespaces that other user namespaces own.
 *
 * Context: under algate_mutex; may sleep.
 *
 * Return: 0; -ENOENT: not loaded; -EBUSY: attachments, or objects of nft or
 * iptables, use the plug-in.
 */
int algate_plugin_unload(const char *name, struct netlink_ext_ack *extack)
{
	struct algate_plugin *plugin;
	struct algate_net *an;
	u32 n = 0;

	lockdep_assert_held(&algate_mutex);
	plugin = algate_plugin_named(name, extack);
	if (!plugin)
		return -ENOENT;
	/* attachments by contained users do not block the machine's plug-ins */
	list_for_each_entry(an, &algate_nets, list)
		if (an->net->user_ns == &init_user_ns)
			n += algate_attach_count(an, plugin);
	if (n)
		return algate_reject(extack, -EBUSY,
				     "the plug-in has attachments, in this or other namespaces: delete them first");
	if (!algate_helpers_freeze(plugin))
		return algate_reject(extack, -EBUSY,
				     "ct helper objects of nft or CT rules of iptables hold the plug-in: delete them first");
	plugin_remove(plugin);
	return 0;
}

/**
 * algate_plugin_unload_all() - unload all plug-ins at module removal
 *
 * No references are left, except attachments.
 *
 * Context: under algate_mutex, dropped and taken again meanwhile; may sleep.
 */
void algate_plugin_unload_all(void)
{
	lockdep_assert_held(&algate_mutex);
	closing = true;
	/* plugin_remove() drops the mutex, so requests are still served */
	while (!list_empty(&algate_plugins))
		plugin_remove(list_first_entry(&algate_plugins,
					       struct algate_plugin, list));
}

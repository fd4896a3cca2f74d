// SPDX-License-Identifier: GPL-2.0
/*
 * Parameters: lists of numbers that an administrator fills, by which the rules
 * narrow their own limits in a namespace.
 *
 * All lists of a plug-in in a namespace are one block. Packets read the block
 * under RCU, and a change replaces it. A replacement of the plug-in declares
 * the same parameters, so an index means the same list to both programs.
 */
#include <linux/slab.h>

#include "algate.h"
#include "control.h"

/* The binary search of the engine needs this order. */
static bool ascends(const struct algate_numbers *range, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (range[i].first > range[i].last ||
		    (i && range[i].first <= range[i - 1].last))
			return false;
	return true;
}

static int list_fill(struct algate_use *use, unsigned int i,
		     const struct algate_numbers *range, unsigned int n)
{
	struct algate_lists *old, *lists;

	old = rcu_dereference_protected(use->lists,
					lockdep_is_held(&algate_mutex));
	lists = kzalloc(sizeof(*lists), GFP_KERNEL_ACCOUNT);
	if (!lists)
		return -ENOMEM;
	if (old)
		*lists = *old;
	lists->list[i].n = n;
	if (n)
		memcpy(lists->list[i].range, range, n * sizeof(*range));
	rcu_assign_pointer(use->lists, lists);
	if (old)
		synchronize_rcu();
	kfree(old);
	return 0;
}

/**
 * algate_param_set() - fill the list of a parameter
 * @an: namespace
 * @plugin: plug-in
 * @param: name of the parameter
 * @range: the ranges, in ascending order, without a common number
 * @n: number of ranges; 0: the list is as if never filled
 * @extack: gets the reason of a failure
 *
 * Open expectations stay. The list holds until the plug-in is unloaded.
 *
 * Context: under algate_mutex; may sleep.
 *
 * Return: 0; -ENOENT: no such parameter; -EINVAL: the list is too
 * long or not in order; -ENOMEM.
 */
int algate_param_set(struct algate_net *an, const struct algate_plugin *plugin,
		     const char *param, const struct algate_numbers *range,
		     unsigned int n, struct netlink_ext_ack *extack)
{
	const struct algate_prog *prog = algate_plugin_code(plugin)->prog;
	int i = algate_setting_find(prog->param, prog->nparams, param);
	struct algate_use *use;

	lockdep_assert_held(&algate_mutex);
	if (i < 0)
		return algate_reject(extack, -ENOENT,
				     "the plug-in has no parameter of that name");
	if (n > prog->param[i].max)
		return algate_reject(extack, -EINVAL,
				     "the list is longer than the plug-in allows");
	if (!ascends(range, n))
		return algate_reject(extack, -EINVAL,
				     "the ranges of the list are not in ascending order");
	use = algate_use_get(an, plugin, GFP_KERNEL_ACCOUNT);
	return use ? list_fill(use, i, range, n) : -ENOMEM;
}

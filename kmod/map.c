// SPDX-License-Identifier: GPL-2.0
/*
 * Maps: pairs of addresses that an administrator gives, by which the rules
 * rewrite addresses in messages of a namespace.
 *
 * As with lists (param.c), all maps of a plug-in in a namespace are one block,
 * and an index means the same map to a program and to its replacement.
 */
#include <linux/slab.h>

#include "algate.h"
#include "control.h"

/* Are all bits behind the prefix 0? */
static bool ends_in_zeros(const u8 *addr, unsigned int bits)
{
	unsigned int i = bits / 8;

	if (bits % 8 && (u8)(addr[i++] << bits % 8))
		return false;
	return i == 16 || !memchr_inv(addr + i, 0, 16 - i);
}

static bool pair_valid(const struct algate_pair *p)
{
	if (p->family != AF_INET && p->family != AF_INET6)
		return false;
	return p->bits <= 8 * algate_family_len(p->family) &&
	       !p->reserved[0] && !p->reserved[1] &&
	       ends_in_zeros(p->from, p->bits) && ends_in_zeros(p->to, p->bits);
}

/* See struct algate_pair. */
static bool in_order(const struct algate_pair *a, const struct algate_pair *b)
{
	if (a->bits != b->bits)
		return a->bits > b->bits;
	if (a->family != b->family)
		return a->family < b->family;
	return memcmp(a->from, b->from, sizeof(a->from)) < 0;
}

static bool same_to(const struct algate_pair *a, const struct algate_pair *b)
{
	return a->bits == b->bits && a->family == b->family &&
	       !memcmp(a->to, b->to, sizeof(a->to));
}

static int pairs_check(const struct algate_pair *pair, unsigned int n,
		       struct netlink_ext_ack *extack)
{
	unsigned int i, k;

	for (i = 0; i < n; i++) {
		if (!pair_valid(&pair[i]))
			return algate_reject(extack, -EINVAL,
					     "a pair is not two prefixes of the same family and length");
		if (i && !in_order(&pair[i - 1], &pair[i]))
			return algate_reject(extack, -EINVAL,
					     "the pairs of the map are not in order, or a left side is there twice");
		for (k = 0; k < i; k++)
			if (same_to(&pair[k], &pair[i]))
				return algate_reject(extack, -EINVAL,
						     "a right side of the map is there twice");
	}
	return 0;
}

static int map_fill(struct algate_use *use, unsigned int i,
		    const struct algate_pair *pair, unsigned int n)
{
	struct algate_maps *old, *maps;

	old = rcu_dereference_protected(use->maps,
					lockdep_is_held(&algate_mutex));
	maps = kzalloc(sizeof(*maps), GFP_KERNEL_ACCOUNT);
	if (!maps)
		return -ENOMEM;
	if (old)
		*maps = *old;
	maps->map[i].n = n;
	if (n)
		memcpy(maps->map[i].pair, pair, n * sizeof(*pair));
	rcu_assign_pointer(use->maps, maps);
	if (old)
		synchronize_rcu();
	kfree(old);
	return 0;
}

/**
 * algate_map_set() - fill a map
 * @an: namespace
 * @plugin: plug-in
 * @name: name of the map
 * @pair: the pairs, in the order of struct algate_pair
 * @n: number of pairs; 0: the map translates nothing
 * @extack: gets the reason of a failure
 *
 * The map holds until the plug-in is unloaded.
 *
 * Context: under algate_mutex; may sleep.
 *
 * Return: 0; -ENOENT: no such map; -EINVAL: too many pairs, or a pair is
 * invalid or not in order; -ENOMEM.
 */
int algate_map_set(struct algate_net *an, const struct algate_plugin *plugin,
		   const char *name, const struct algate_pair *pair,
		   unsigned int n, struct netlink_ext_ack *extack)
{
	const struct algate_prog *prog = algate_plugin_code(plugin)->prog;
	int err, i = algate_setting_find(prog->map, prog->nmaps, name);
	struct algate_use *use;

	lockdep_assert_held(&algate_mutex);
	if (i < 0)
		return algate_reject(extack, -ENOENT,
				     "the plug-in has no map of that name");
	if (n > prog->map[i].max)
		return algate_reject(extack, -EINVAL,
				     "the map has more pairs than the plug-in allows");
	err = pairs_check(pair, n, extack);
	if (err)
		return err;
	use = algate_use_get(an, plugin, GFP_KERNEL_ACCOUNT);
	return use ? map_fill(use, i, pair, n) : -ENOMEM;
}

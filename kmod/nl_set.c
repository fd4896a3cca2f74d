// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink request for the settings of a plug-in in a namespace.
 */
#include <net/genetlink.h>

#include "algate.h"
#include "control.h"

/* NAME CLASS FROM, or NAME PARAM [RANGES], or NAME MAP [PAIRS] */
static int set_check(struct genl_info *info)
{
	struct nlattr **a = info->attrs;
	const struct nlattr *ranges = a[ALGATE_A_RANGES];
	const struct nlattr *pairs = a[ALGATE_A_PAIRS];
	bool class = !a[ALGATE_A_PARAM] && !a[ALGATE_A_MAP];
	int err = algate_need(info, ALGATE_A_NAME, "name of the plug-in");

	if (!err && class)
		err = algate_need(info, ALGATE_A_CLASS, "name of the class");
	if (!err && class)
		err = algate_need(info, ALGATE_A_FROM, "choice of hosts");
	if (err)
		return err;
	if ((a[ALGATE_A_CLASS] || a[ALGATE_A_FROM]) +
	    (a[ALGATE_A_PARAM] || ranges) + (a[ALGATE_A_MAP] || pairs) > 1)
		return algate_reject(info->extack, -EINVAL,
				     "a request sets either a class, a parameter or a map");
	if (ranges && nla_len(ranges) % sizeof(struct algate_numbers))
		return algate_reject(info->extack, -EINVAL,
				     "the last range is not complete");
	if (pairs && nla_len(pairs) % sizeof(struct algate_pair))
		return algate_reject(info->extack, -EINVAL,
				     "the last pair is not complete");
	return 0;
}

static int list_set(struct algate_net *an, const struct algate_plugin *plugin,
		    struct genl_info *info)
{
	const struct nlattr *ranges = info->attrs[ALGATE_A_RANGES];
	const struct algate_numbers *range = ranges ? nla_data(ranges) : NULL;

	return algate_param_set(an, plugin,
				nla_data(info->attrs[ALGATE_A_PARAM]), range,
				range ? nla_len(ranges) / sizeof(*range) : 0,
				info->extack);
}

static int map_set(struct algate_net *an, const struct algate_plugin *plugin,
		   struct genl_info *info)
{
	const struct nlattr *pairs = info->attrs[ALGATE_A_PAIRS];
	const struct algate_pair *pair = pairs ? nla_data(pairs) : NULL;

	return algate_map_set(an, plugin, nla_data(info->attrs[ALGATE_A_MAP]),
			      pair, pair ? nla_len(pairs) / sizeof(*pair) : 0,
			      info->extack);
}

static int class_set(struct algate_net *an, const struct algate_plugin *plugin,
		     struct genl_info *info)
{
	return algate_plugin_set(an, plugin,
				 nla_data(info->attrs[ALGATE_A_CLASS]),
				 nla_get_u8(info->attrs[ALGATE_A_FROM]),
				 info->extack);
}

/**
 * algate_genl_set() - ALGATE_CMD_PLUGIN_SET
 * @skb: request
 * @info: its attributes
 *
 * Return: as algate_plugin_set(), algate_param_set() and algate_map_set();
 * -EINVAL: attributes are missing or do not fit together; -ENOENT: no such
 * plug-in.
 */
int algate_genl_set(struct sk_buff *skb, struct genl_info *info)
{
	struct algate_net *an = algate_pernet(genl_info_net(info));
	const struct algate_plugin *plugin;
	int err = set_check(info);

	if (err)
		return err;
	mutex_lock(&algate_mutex);
	plugin = algate_plugin_named(nla_data(info->attrs[ALGATE_A_NAME]),
				     info->extack);
	if (!plugin)
		err = -ENOENT;
	else if (info->attrs[ALGATE_A_PARAM])
		err = list_set(an, plugin, info);
	else if (info->attrs[ALGATE_A_MAP])
		err = map_set(an, plugin, info);
	else
		err = class_set(an, plugin, info);
	mutex_unlock(&algate_mutex);
	return algate_blame(info, ALGATE_A_NAME, err);
}

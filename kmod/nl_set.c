// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink request for the settings of a plug-in in a namespace.
 */
#include <net/genetlink.h>

#include "algate.h"
#include "control.h"

/* NAME CLASS FROM, or NAME PARAM [RANGES] */
static const char *fault(struct nlattr **a)
{
	if (!a[ALGATE_A_NAME])
		return "the name of the plug-in is missing";
	if (a[ALGATE_A_PARAM]) {
		if (a[ALGATE_A_CLASS] || a[ALGATE_A_FROM])
			return "either a class or a parameter";
		if (a[ALGATE_A_RANGES] && nla_len(a[ALGATE_A_RANGES]) %
					  sizeof(struct algate_numbers))
			return "a part of a range";
		return NULL;
	}
	if (!a[ALGATE_A_CLASS])
		return "the name of the class is missing";
	if (!a[ALGATE_A_FROM])
		return "the choice of hosts is missing";
	return a[ALGATE_A_RANGES] ? "ranges without a parameter" : NULL;
}

static int list_set(struct algate_net *an, struct nlattr **a,
		    struct netlink_ext_ack *extack)
{
	const struct nlattr *ranges = a[ALGATE_A_RANGES];
	const struct algate_numbers *range = ranges ? nla_data(ranges) : NULL;

	return algate_param_set(an, nla_data(a[ALGATE_A_NAME]),
				nla_data(a[ALGATE_A_PARAM]), range,
				range ? nla_len(ranges) / sizeof(*range) : 0,
				extack);
}

/**
 * algate_genl_set() - ALGATE_CMD_PLUGIN_SET
 * @skb: request
 * @info: its attributes
 *
 * Return: as algate_plugin_set() and algate_param_set(); -EINVAL: attributes
 * are missing or do not fit together.
 */
int algate_genl_set(struct sk_buff *skb, struct genl_info *info)
{
	struct algate_net *an = algate_pernet(genl_info_net(info));
	struct nlattr **a = info->attrs;
	const char *why = fault(a);
	int err;

	if (why) {
		if (info->extack)
			info->extack->_msg = why;
		return -EINVAL;
	}
	mutex_lock(&algate_mutex);
	if (a[ALGATE_A_PARAM])
		err = list_set(an, a, info->extack);
	else
		err = algate_plugin_set(an, nla_data(a[ALGATE_A_NAME]),
					nla_data(a[ALGATE_A_CLASS]),
					nla_get_u8(a[ALGATE_A_FROM]),
					info->extack);
	mutex_unlock(&algate_mutex);
	if (err)
		NL_SET_BAD_ATTR(info->extack, a[ALGATE_A_NAME]);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Reads attributes. The module may be newer or older than this program, so
 * unknown attributes are ignored, and missing attributes read as 0 or "".
 */
#include "nl.h"

/**
 * attr_nest() - sort the attributes of a nest
 * @nest: nest, or NULL
 * @tb: attributes by type, @max + 1 of them
 * @max: highest known type
 */
void attr_nest(const struct nlattr *nest, const struct nlattr **tb,
	       unsigned int max)
{
	const struct nlattr *attr;

	memset(tb, 0, (max + 1) * sizeof(*tb));
	if (!nest)
		return;
	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) <= max)
			tb[mnl_attr_get_type(attr)] = attr;
}

/**
 * attr_num() - a number of any width
 * @attr: attribute, or NULL
 *
 * Return: the number, or 0.
 */
u64 attr_num(const struct nlattr *attr)
{
	switch (attr ? mnl_attr_get_payload_len(attr) : 0) {
	case 1:
		return mnl_attr_get_u8(attr);
	case 2:
		return mnl_attr_get_u16(attr);
	case 4:
		return mnl_attr_get_u32(attr);
	case 8:
		return mnl_attr_get_u64(attr);
	default:
		return 0;
	}
}

/**
 * attr_str() - a string
 * @attr: attribute, or NULL
 *
 * Return: the string, or "".
 */
const char *attr_str(const struct nlattr *attr)
{
	if (!attr || mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return "";
	return mnl_attr_get_str(attr);
}

/**
 * attr_addr() - an address
 * @attr: attribute, or NULL
 * @addr: set to the address; AF_UNSPEC without an address
 */
void attr_addr(const struct nlattr *attr, struct addr *addr)
{
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;

	*addr = (struct addr){ .family = AF_UNSPEC };
	if (len == 4)
		addr->family = AF_INET;
	else if (len == 16)
		addr->family = AF_INET6;
	else
		return;
	memcpy(addr->b, mnl_attr_get_payload(attr), len);
}

/**
 * attr_counters() - counters
 * @nest: nest, or NULL
 * @counter: set to the values; __ALGATE_C_MAX elements
 */
void attr_counters(const struct nlattr *nest, u64 *counter)
{
	const struct nlattr *tb[__ALGATE_C_MAX + 1];
	unsigned int i;

	attr_nest(nest, tb, __ALGATE_C_MAX);
	for (i = 0; i < __ALGATE_C_MAX; i++)
		counter[i] = attr_num(tb[i + 1]);
}

/*
 * A list or map of a plug-in; returns its name. @name, @contents: types of the
 * attributes; @n: set to the number of records of @size bytes, at most @most
 */
static const char *attr_setting(const struct nlattr *nest, u16 name,
				u16 contents, void *records, size_t size,
				size_t most, u32 *n)
{
	const struct nlattr *tb[ALGATE_PLUGIN_MAX + 1];
	size_t len = 0;

	attr_nest(nest, tb, ALGATE_PLUGIN_MAX);
	if (tb[contents])
		len = mnl_attr_get_payload_len(tb[contents]);
	*n = min_t(size_t, len / size, most);
	if (*n)
		memcpy(records, mnl_attr_get_payload(tb[contents]), *n * size);
	return attr_str(tb[name]);
}

/**
 * attr_param() - a parameter of a plug-in
 * @nest: ALGATE_PLUGIN_PARAM
 * @list: set to its list
 *
 * Return: its name.
 */
const char *attr_param(const struct nlattr *nest, struct list *list)
{
	return attr_setting(nest, ALGATE_PLUGIN_PARAM_NAME,
			    ALGATE_PLUGIN_PARAM_RANGES, list->range,
			    sizeof(list->range[0]), ALGATE_MAX_RANGES, &list->n);
}

/**
 * attr_map() - a map of a plug-in
 * @nest: ALGATE_PLUGIN_MAP
 * @map: set to its pairs
 *
 * Return: its name.
 */
const char *attr_map(const struct nlattr *nest, struct map *map)
{
	return attr_setting(nest, ALGATE_PLUGIN_MAP_NAME,
			    ALGATE_PLUGIN_MAP_PAIRS, map->pair,
			    sizeof(map->pair[0]), ALGATE_MAX_PAIRS, &map->n);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The source of a plug-in: the rule text as its author wrote it, which the
 * module keeps beside the program for "plugin show" and "save". The module does
 * not interpret the text. A request carries the text in pieces, since an
 * attribute holds less than 64 KiB; a dump returns the text in pieces as well.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "algate.h"
#include "compat.h"

static size_t pieces_len(const struct genl_info *info)
{
	const struct nlattr *attr;
	size_t len = 0;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(attr) == ALGATE_A_SOURCE)
			len += nla_len(attr);
	return len;
}

static void pieces_join(const struct genl_info *info, char *to)
{
	const struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != ALGATE_A_SOURCE)
			continue;
		memcpy(to, nla_data(attr), nla_len(attr));
		to += nla_len(attr);
	}
}

/**
 * algate_source_read() - copy the source from a request
 * @info: request; its attributes passed their policies
 *
 * The memory is charged to the sender's memory cgroup.
 *
 * Context: Process context; may sleep.
 *
 * Return: the source, for algate_source_free(); NULL: the request has none; or
 * -EINVAL, -ENOMEM as an error pointer.
 */
struct algate_source *algate_source_read(struct genl_info *info)
{
	const struct nlattr *compiler = info->attrs[ALGATE_A_COMPILER];
	const struct nlattr *last = info->attrs[ALGATE_A_SOURCE];
	struct algate_source *source;
	size_t len = pieces_len(info);

	if (!len)
		return NULL;
	if (len > ALGATE_SOURCE_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, last,
				    "the source is longer than "
				    __stringify(ALGATE_SOURCE_MAX) " bytes");
		return ERR_PTR(-EINVAL);
	}
	source = kvzalloc(struct_size(source, text, len), GFP_KERNEL_ACCOUNT);
	if (!source)
		return ERR_PTR(-ENOMEM);
	source->len = len;
	pieces_join(info, source->text);
	if (memchr(source->text, 0, len)) {
		NL_SET_ERR_MSG_ATTR(info->extack, last,
				    "the source contains a NUL");
		algate_source_free(source);
		return ERR_PTR(-EINVAL);
	}
	if (compiler)
		strscpy(source->compiler, nla_data(compiler),
			sizeof(source->compiler));
	return source;
}

/**
 * algate_source_free() - free a source
 * @source: source, or NULL
 *
 * Context: Process context.
 */
void algate_source_free(const struct algate_source *source)
{
	kvfree(source);
}

/*
 * Put the bytes from offset @at on into the message, as many as fit. Returns
 * the number of bytes, or -EMSGSIZE.
 */
static int put_piece(struct sk_buff *skb, const struct algate_source *source,
		     size_t at)
{
	int room = round_down(skb_tailroom(skb), NLA_ALIGNTO) - NLA_HDRLEN;
	int n = min3((int)(source->len - at), ALGATE_SOURCE_PIECE, room);

	if (n <= 0)
		return -EMSGSIZE;
	return nla_put(skb, ALGATE_PLUGIN_SOURCE, n, source->text + at) ?: n;
}

static int put_source(struct sk_buff *skb, const struct algate_plugin *plugin,
		      const struct algate_code *code, size_t at)
{
	const struct algate_source *source = code->source;
	struct nlattr *nest = nla_nest_start(skb, ALGATE_A_PLUGIN);
	int n;

	if (!nest ||
	    nla_put_string(skb, ALGATE_PLUGIN_NAME, plugin->name) ||
	    nla_put_u32(skb, ALGATE_PLUGIN_GENERATION, code->generation) ||
	    nla_put_string(skb, ALGATE_PLUGIN_COMPILER, source->compiler))
		return -EMSGSIZE;
	n = put_piece(skb, source, at);
	if (n > 0)
		nla_nest_end(skb, nest);
	return n;
}

/**
 * algate_put_source() - write a piece of a plug-in's source as attributes
 * @skb: gets the attributes
 * @name: name of the plug-in
 * @at: offset of the first byte
 *
 * Context: under algate_mutex or RCU.
 *
 * Return: number of bytes written from @at on; 0: the source is complete;
 * -ENOENT: the plug-in was unloaded; or -EMSGSIZE, with a part of the
 * attributes left in the message.
 */
int algate_put_source(struct sk_buff *skb, const char *name, size_t at)
{
	const struct algate_plugin *plugin = algate_plugin_find(name);
	const struct algate_code *code;

	if (!plugin)
		return -ENOENT;
	code = algate_plugin_code(plugin);
	if (!code->source || at >= code->source->len)
		return 0;
	return put_source(skb, plugin, code, at);
}

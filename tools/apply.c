// SPDX-License-Identifier: GPL-2.0
/*
 * Changes in the kernel, recorded for undo.
 */
#include <signal.h>

#include "apply.h"

enum kind {
	LOADED,
	REPLACED,
	ATTACHED,
	LIMITED,
	CHOSEN,
};

struct change {
	struct change *before;
	enum kind kind;
	char name[ALGATE_NAME_LEN];
	struct source old;
	struct attachment attachment;
	struct limits limits;
	struct choice choice;
};

static struct change *change_add(struct journal *j, enum kind kind)
{
	struct change *c = xalloc(sizeof(*c));

	c->kind = kind;
	c->before = j->last;
	j->last = c;
	return c;
}

struct reading {
	struct source *src;
	u32 generation;
	bool torn;	/* replaced meanwhile */
};

static void image_keep(const struct nlattr *nest, void *arg)
{
	const struct nlattr *tb[ALGATE_PLUGIN_MAX + 1], *attr;
	struct reading *r = arg;

	attr_nest(nest, tb, ALGATE_PLUGIN_MAX);
	r->generation = attr_num(tb[ALGATE_PLUGIN_GENERATION]);
	attr = tb[ALGATE_PLUGIN_IMAGE];
	if (!attr)
		return;
	r->src->image_len = mnl_attr_get_payload_len(attr);
	r->src->image = xalloc(r->src->image_len);
	memcpy(r->src->image, mnl_attr_get_payload(attr), r->src->image_len);
}

static void piece_keep(const struct nlattr *nest, void *arg)
{
	const struct nlattr *tb[ALGATE_PLUGIN_MAX + 1], *attr;
	struct reading *r = arg;
	struct source *src = r->src;
	size_t n;

	attr_nest(nest, tb, ALGATE_PLUGIN_MAX);
	attr = tb[ALGATE_PLUGIN_SOURCE];
	if (r->generation != attr_num(tb[ALGATE_PLUGIN_GENERATION]))
		r->torn = true;
	if (!attr)
		return;
	n = mnl_attr_get_payload_len(attr);
	src->text = xrealloc(src->text, src->len + n + 1);
	memcpy(src->text + src->len, mnl_attr_get_payload(attr), n);
	src->len += n;
	src->text[src->len] = 0;
	snprintf(src->compiler, sizeof(src->compiler), "%s",
		 attr_str(tb[ALGATE_PLUGIN_COMPILER]));
}

static int plugin_read(struct nl *nl, const char *name, struct reading *r)
{
	struct nlmsghdr *nlh = nl_prepare(nl, ALGATE_CMD_PLUGIN_GET);
	int err;

	mnl_attr_put_strz(nlh, ALGATE_A_NAME, name);
	err = nl_talk(nl, nlh, ALGATE_A_PLUGIN, image_keep, r);
	if (err)
		return err;
	if (!r->src->image) {
		snprintf(nl->text, sizeof(nl->text),
			 "reading the rules needs CAP_NET_ADMIN");
		return -EPERM;
	}
	nlh = nl_prepare(nl, ALGATE_CMD_SOURCE_GET);
	mnl_attr_put_strz(nlh, ALGATE_A_NAME, name);
	return nl_dump(nl, nlh, ALGATE_A_PLUGIN, piece_keep, r);
}

/**
 * plugin_get() - the image and the rule text of a loaded plug-in
 * @nl: socket
 * @name: its name
 * @src: filled in, without the program; for source_free()
 *
 * The two come by two requests, so a replacement in between means to ask again.
 *
 * Return: 0, or negative errno with @nl->text.
 */
int plugin_get(struct nl *nl, const char *name, struct source *src)
{
	struct reading r;
	int err;

	do {
		*src = (struct source){ .file = name };
		r = (struct reading){ .src = src };
		err = plugin_read(nl, name, &r);
		if (err || r.torn)
			source_free(src);
	} while (!err && r.torn);
	return err;
}

static int source_send(struct nl *nl, u8 cmd, const struct source *src)
{
	struct nlmsghdr *nlh = nl_prepare(nl, cmd);
	int err = nl_put_source(nl, nlh, src);

	return err ?: nl_talk(nl, nlh, 0, NULL, NULL);
}

static int request_failed(const struct journal *j, const char *what)
{
	nl_fail(j->nl, what);
	return -1;
}

/**
 * apply_load() - load a plug-in
 * @j: journal
 * @src: its source, compiled
 *
 * Return: 0, or -1 after a message.
 */
int apply_load(struct journal *j, const struct source *src)
{
	const char *name = src->prog->name;
	int err = source_send(j->nl, ALGATE_CMD_PLUGIN_LOAD, src);

	if (err) {
		request_failed(j, name);
		if (err == -EBUSY || err == -EEXIST)
			conflict_explain(name);
		return -1;
	}
	snprintf(change_add(j, LOADED)->name, ALGATE_NAME_LEN, "%s", name);
	return 0;
}

/* Takes ownership of @old's memory, also on failure. */
static int replace_by(struct journal *j, struct source *old,
		      const struct source *src)
{
	struct change *c;

	if (source_send(j->nl, ALGATE_CMD_PLUGIN_REPLACE, src)) {
		source_free(old);
		return request_failed(j, src->prog->name);
	}
	c = change_add(j, REPLACED);
	snprintf(c->name, sizeof(c->name), "%s", src->prog->name);
	c->old = *old;
	return 0;
}

/**
 * apply_replace() - replace a plug-in
 * @j: journal
 * @src: its new source, compiled
 *
 * Return: 0, or -1 after a message.
 */
int apply_replace(struct journal *j, const struct source *src)
{
	struct source old;

	if (plugin_get(j->nl, src->prog->name, &old))
		return request_failed(j, src->prog->name);
	return replace_by(j, &old, src);
}

/**
 * apply_ensure() - load or replace a plug-in unless the source is loaded
 * @j: journal
 * @src: its source, compiled
 *
 * Return: 0, or -1 after a message.
 */
int apply_ensure(struct journal *j, const struct source *src)
{
	struct source old;
	int err = plugin_get(j->nl, src->prog->name, &old);

	if (err == -ENOENT)
		return apply_load(j, src);
	if (err)
		return request_failed(j, src->prog->name);
	if (source_same(&old, src)) {
		source_free(&old);
		return 0;
	}
	return replace_by(j, &old, src);
}

static int attach_send(struct nl *nl, u8 cmd, const struct attachment *a)
{
	struct nlmsghdr *nlh = nl_prepare(nl, cmd);

	attachment_put(nlh, a);
	return nl_talk(nl, nlh, 0, NULL, NULL);
}

struct search {
	const struct attachment *a;
	bool found;
};

static void attach_compare(const struct nlattr *nest, void *arg)
{
	struct search *search = arg;
	const struct attachment *a = search->a;
	struct attachment b;

	attachment_read(nest, &b);
	if (!strcmp(a->plugin, b.plugin) && a->proto == b.proto &&
	    a->by_sport == b.by_sport && a->port == b.port &&
	    !strcmp(a->iif, b.iif) && a->from.len == b.from.len &&
	    addr_same(&a->from.addr, &b.from.addr))
		search->found = true;
}

/* Does this very attachment exist? */
static bool attach_exists(struct nl *nl, const struct attachment *a)
{
	struct search search = { .a = a };

	return !nl_dump(nl, nl_prepare(nl, ALGATE_CMD_ATTACH_GET),
			ALGATE_A_ATTACH, attach_compare, &search) &&
	       search.found;
}

/**
 * apply_attach() - add an attachment
 * @j: journal
 * @a: attachment
 * @may_exist: succeed if the same attachment exists
 *
 * Return: 0, or -1 after a message.
 */
int apply_attach(struct journal *j, const struct attachment *a, bool may_exist)
{
	int err = attach_send(j->nl, ALGATE_CMD_ATTACH_ADD, a);

	if (err == -EEXIST && may_exist && attach_exists(j->nl, a))
		return 0;
	if (err)
		return request_failed(j, a->plugin);
	change_add(j, ATTACHED)->attachment = *a;
	return 0;
}

static int limits_send(struct nl *nl, const struct limits *limits)
{
	struct nlmsghdr *nlh = nl_prepare(nl, ALGATE_CMD_LIMIT_SET);

	limits_put(nlh, limits);
	return nl_talk(nl, nlh, 0, NULL, NULL);
}

/**
 * apply_limits() - change limits
 * @j: journal
 * @limits: new values
 *
 * Return: 0, or -1 after a message.
 */
int apply_limits(struct journal *j, const struct limits *limits)
{
	struct limits old;

	if (limits_get(j->nl, &old) || limits_send(j->nl, limits))
		return request_failed(j, "limits");
	change_add(j, LIMITED)->limits = old;
	return 0;
}

static int choice_send(struct nl *nl, const struct choice *choice)
{
	struct nlmsghdr *nlh = nl_prepare(nl, ALGATE_CMD_PLUGIN_SET);

	mnl_attr_put_strz(nlh, ALGATE_A_NAME, choice->plugin);
	switch (choice->kind) {
	case CHOICE_HOSTS:
		mnl_attr_put_strz(nlh, ALGATE_A_CLASS, choice->name);
		mnl_attr_put_u8(nlh, ALGATE_A_FROM, choice->from);
		break;
	case CHOICE_LIST:
		mnl_attr_put_strz(nlh, ALGATE_A_PARAM, choice->name);
		if (choice->list.n)
			mnl_attr_put(nlh, ALGATE_A_RANGES, choice->list.n *
				     sizeof(struct algate_numbers),
				     choice->list.range);
		break;
	case CHOICE_MAP:
		mnl_attr_put_strz(nlh, ALGATE_A_MAP, choice->name);
		if (choice->map.n)
			mnl_attr_put(nlh, ALGATE_A_PAIRS, choice->map.n *
				     sizeof(struct algate_pair),
				     choice->map.pair);
		break;
	}
	return nl_talk(nl, nlh, 0, NULL, NULL);
}

/* Reads the current choice for the class, the parameter or the map. */
static void choice_find(const struct nlattr *nest, void *arg)
{
	struct choice *choice = arg;
	const struct nlattr *attr;
	struct list list;
	struct map map;

	mnl_attr_for_each_nested(attr, nest) {
		u16 type = mnl_attr_get_type(attr);

		if (choice->kind == CHOICE_HOSTS &&
		    type == ALGATE_PLUGIN_PEER &&
		    !strcmp(mnl_attr_get_str(attr), choice->name))
			choice->from = ALGATE_FROM_PEER;
		if (choice->kind == CHOICE_LIST &&
		    type == ALGATE_PLUGIN_PARAM &&
		    !strcmp(attr_param(attr, &list), choice->name))
			choice->list = list;
		if (choice->kind == CHOICE_MAP && type == ALGATE_PLUGIN_MAP &&
		    !strcmp(attr_map(attr, &map), choice->name))
			choice->map = map;
	}
}

/**
 * apply_choice() - choose the hosts that may use the openings of a class, or
 *	fill a list or a map
 * @j: journal
 * @choice: new choice
 *
 * Return: 0, or -1 after a message.
 */
int apply_choice(struct journal *j, const struct choice *choice)
{
	struct nlmsghdr *nlh = nl_prepare(j->nl, ALGATE_CMD_PLUGIN_GET);
	struct choice old = *choice;

	old.from = ALGATE_FROM_ANY;
	old.list.n = 0;
	old.map.n = 0;
	mnl_attr_put_strz(nlh, ALGATE_A_NAME, choice->plugin);
	if (nl_talk(j->nl, nlh, ALGATE_A_PLUGIN, choice_find, &old) ||
	    choice_send(j->nl, choice))
		return request_failed(j, choice->plugin);
	change_add(j, CHOSEN)->choice = old;
	return 0;
}

static int change_undo(struct nl *nl, const struct change *c)
{
	struct nlmsghdr *nlh;

	switch (c->kind) {
	case LOADED:
		nlh = nl_prepare(nl, ALGATE_CMD_PLUGIN_UNLOAD);
		mnl_attr_put_strz(nlh, ALGATE_A_NAME, c->name);
		return nl_talk(nl, nlh, 0, NULL, NULL);
	case REPLACED:
		return source_send(nl, ALGATE_CMD_PLUGIN_REPLACE, &c->old);
	case ATTACHED:
		return attach_send(nl, ALGATE_CMD_ATTACH_DEL, &c->attachment);
	case CHOSEN:
		return choice_send(nl, &c->choice);
	default:
		return limits_send(nl, &c->limits);
	}
}

static void change_drop(struct journal *j)
{
	struct change *c = j->last;

	j->last = c->before;
	source_free(&c->old);
	free(c);
}

/**
 * journal_undo() - undo all changes
 * @j: journal; empty afterwards
 */
void journal_undo(struct journal *j)
{
	while (j->last) {
		if (change_undo(j->nl, j->last))
			request_failed(j, "cannot undo a change");
		change_drop(j);
	}
}

/**
 * journal_free() - keep all changes
 * @j: journal; empty afterwards
 */
void journal_free(struct journal *j)
{
	while (j->last)
		change_drop(j);
}

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
static struct sigaction before[ARRAY_SIZE(signals)];
static int came;	/* number of the signal, or 0 */

static void signal_note(int signal)
{
	__atomic_store_n(&came, signal, __ATOMIC_RELAXED);
}

/**
 * journal_begin() - begin a sequence of changes that belong together
 * @j: journal
 *
 * Signals that end the program wait until journal_end(). A running request of
 * the kernel is completed.
 */
void journal_begin(struct journal *j)
{
	struct sigaction note = { .sa_handler = signal_note,
				  .sa_flags = SA_RESTART };
	unsigned int i;

	__atomic_store_n(&came, 0, __ATOMIC_RELAXED);
	j->last = NULL;
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaction(signals[i], NULL, &before[i]);
		/* nohup and shells in the background ignore signals */
		if (before[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &note, NULL);
	}
}

/**
 * journal_interrupted() - did a signal ask for the end?
 *
 * Return: true after SIGINT, SIGTERM or SIGHUP since journal_begin().
 */
bool journal_interrupted(void)
{
	return __atomic_load_n(&came, __ATOMIC_RELAXED);
}

/**
 * journal_end() - end a sequence of changes
 * @j: journal; empty afterwards
 * @keep: keep the changes, rather than undo them
 *
 * Undoes the changes and ends the program if a signal asked for the end.
 *
 * Return: exit code.
 */
int journal_end(struct journal *j, bool keep)
{
	unsigned int i;

	if (!keep)
		journal_undo(j);
	journal_free(j);
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &before[i], NULL);
	if (!keep && journal_interrupted()) {
		complain("interrupted; all changes are undone");
		raise(__atomic_load_n(&came, __ATOMIC_RELAXED));
	}
	return keep ? DONE : FAILED;
}

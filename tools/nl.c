// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink with the module: requests, dumps, events.
 */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compile.h"
#include "nl.h"

/*
 * A request holds an image and its source, a reply an image or a piece of a
 * source; an attribute is below 64 KiB.
 */
#define ROOM		(384 * 1024)
#define MAX_DUMPS	10

#define MISSING "algate: the module is not loaded (insmod kmod/algate.ko, or modprobe algate)"

static void set_text(struct nl *nl, const char *text)
{
	snprintf(nl->text, sizeof(nl->text), "%s", text);
}

static int set_errno(struct nl *nl, int err)
{
	set_text(nl, strerror(err));
	return -err;
}

struct ack {
	const char *text;
	u32 missing;
	u32 offset;	/* of the error in the request; 0: unknown */
};

static int ack_attr(const struct nlattr *attr, void *data)
{
	struct ack *ack = data;

	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
	    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
		ack->text = mnl_attr_get_str(attr);
	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_OFFS &&
	    !mnl_attr_validate(attr, MNL_TYPE_U32))
		ack->offset = mnl_attr_get_u32(attr);
#ifdef NLMSGERR_ATTR_MAX
	/* 5 is NLMSGERR_ATTR_MISS_TYPE, which older headers lack */
	if (mnl_attr_get_type(attr) == 5 &&
	    !mnl_attr_validate(attr, MNL_TYPE_U32))
		ack->missing = mnl_attr_get_u32(attr);
#endif
	return MNL_CB_OK;
}

/* If the ack points into the image, the text names the instruction, too. */
static void set_place(struct nl *nl, const struct ack *ack)
{
	size_t at = nl->image ? nl->image - (char *)nl->request : 0;
	const struct source *src = nl->src;
	char file[256] = "";
	struct place place;

	if (!nl->image || ack->offset < at ||
	    ack->offset - at >= src->image_len) {
		set_text(nl, ack->text);
		return;
	}
	place = image_place(src->image, src->image_len, ack->offset - at);
	if (place.line && src->text)
		include_place(src->text, src->len, &place.line, file,
			      sizeof(file));
	place_fault(nl->text, sizeof(nl->text), &place, *file ? file : NULL,
		    ack->text);
}

/* @offset: of the extended ack's attributes in the payload */
static int set_ack(struct nl *nl, const struct nlmsghdr *nlh, size_t offset,
		   int err)
{
	struct ack ack = { .text = NULL };

	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS &&
	    mnl_nlmsg_get_payload_len(nlh) >= offset)
		mnl_attr_parse(nlh, offset, ack_attr, &ack);
	if (ack.text && *ack.text)
		set_place(nl, &ack);
	else if (ack.missing)
		snprintf(nl->text, sizeof(nl->text),
			 "%s (attribute %u is missing)", strerror(err),
			 ack.missing);
	else
		set_text(nl, strerror(err));
	return -err;
}

static int end_error(struct nl *nl, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	size_t offset = sizeof(*e);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*e))
		return set_errno(nl, EBADMSG);
	if (!e->error)
		return 0;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		offset += mnl_nlmsg_get_payload_len(&e->msg);
	return set_ack(nl, nlh, offset, -e->error);
}

/* the DONE of a dump contains its error and extended ack */
static int end_done(struct nl *nl, const struct nlmsghdr *nlh)
{
	int err = 0;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(err))
		memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
	return err < 0 ? set_ack(nl, nlh, sizeof(err), -err) : 0;
}

struct exchange {
	struct nl *nl;
	bool interrupted;
	bool over;
	nl_message_fn fn;
	void *arg;
};

/* Reads a datagram; 0, or negative errno with nl->text */
static int receive_some(struct exchange *x)
{
	struct nl *nl = x->nl;
	ssize_t len = mnl_socket_recvfrom(nl->sock, nl->reply, ROOM);
	const struct nlmsghdr *nlh = nl->reply;
	int left = len, err;

	if (len < 0)
		return set_errno(nl, errno);
	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_seq != nl->seq)
			continue;
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			x->interrupted = true;
		if (nlh->nlmsg_type == NLMSG_ERROR ||
		    nlh->nlmsg_type == NLMSG_DONE) {
			x->over = true;
			return nlh->nlmsg_type == NLMSG_DONE ?
			       end_done(nl, nlh) : end_error(nl, nlh);
		}
		if (nlh->nlmsg_type < NLMSG_MIN_TYPE)
			continue;
		err = x->fn ? x->fn(nlh, x->arg) : 0;
		if (err)
			return err;
	}
	return 0;
}

static int exchange(struct exchange *x, struct nlmsghdr *nlh)
{
	struct nl *nl = x->nl;
	int err = 0;

	nlh->nlmsg_seq = ++nl->seq;
	if (mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len) < 0)
		return set_errno(nl, errno);
	while (!x->over && !err)
		err = receive_some(x);
	return err;
}

/**
 * nl_prepare() - begin a request
 * @nl: socket
 * @cmd: enum algate_cmd
 *
 * Return: request, for the caller to add attributes.
 */
struct nlmsghdr *nl_prepare(struct nl *nl, u8 cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(nl->request);
	struct genlmsghdr *g;

	nlh->nlmsg_type = nl->family;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nl->image = NULL;
	g = mnl_nlmsg_put_extra_header(nlh, sizeof(*g));
	g->cmd = cmd;
	g->version = ALGATE_GENL_VERSION;
	return nlh;
}

/**
 * nl_put_source() - add an image and its rule text to a request
 * @nl: socket
 * @nlh: request
 * @src: image, text and version of the compiler
 *
 * Return: 0, or -EMSGSIZE with @nl->text if the image or the text is too long.
 */
int nl_put_source(struct nl *nl, struct nlmsghdr *nlh, const struct source *src)
{
	size_t at, n;

	if (src->image_len > ALGATE_IMAGE_MAX || src->len > ALGATE_SOURCE_MAX) {
		set_text(nl, "the plug-in is too long");
		return -EMSGSIZE;
	}
	nl->image = (char *)mnl_nlmsg_get_payload_tail(nlh) + MNL_ATTR_HDRLEN;
	nl->src = src;
	mnl_attr_put(nlh, ALGATE_A_IMAGE, src->image_len, src->image);
	for (at = 0; at < src->len; at += n) {
		n = min_t(size_t, src->len - at, ALGATE_SOURCE_PIECE);
		mnl_attr_put(nlh, ALGATE_A_SOURCE, n, src->text + at);
	}
	mnl_attr_put_strz(nlh, ALGATE_A_COMPILER, src->compiler);
	return 0;
}

struct nests {
	u16 attr;
	nl_nest_fn fn;
	void *arg;
};

static int each_nest(const struct nlmsghdr *nlh, void *arg)
{
	const struct nests *n = arg;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == n->attr)
			n->fn(attr, n->arg);
	return 0;
}

/**
 * nl_talk() - send a request and wait for the acknowledgment
 * @nl: socket
 * @nlh: request
 * @attr: enum algate_attr of the nests in the reply
 * @fn: called for each nest; NULL: no reply is expected
 * @arg: passed to @fn
 *
 * Return: 0, or negative errno with @nl->text.
 */
int nl_talk(struct nl *nl, struct nlmsghdr *nlh, u16 attr, nl_nest_fn fn,
	    void *arg)
{
	struct nests nests = { .attr = attr, .fn = fn, .arg = arg };
	struct exchange x = { .nl = nl, .fn = fn ? each_nest : NULL,
			      .arg = &nests };

	nlh->nlmsg_flags |= NLM_F_ACK;
	return exchange(&x, nlh);
}

/* messages of a dump, stored until the dump is known to be consistent */
struct store {
	char *data;
	size_t len;
	size_t room;
};

static int store_message(const struct nlmsghdr *nlh, void *arg)
{
	struct store *s = arg;
	size_t len = NLMSG_ALIGN(nlh->nlmsg_len);

	if (s->room - s->len < len) {
		s->room = s->room * 2 + len;
		s->data = xrealloc(s->data, s->room);
	}
	memcpy(s->data + s->len, nlh, nlh->nlmsg_len);
	s->len += len;
	return 0;
}

/**
 * nl_dump() - request a list; repeat if the list changed meanwhile
 * @nl: socket
 * @nlh: request
 * @attr: enum algate_attr of the nests in the reply
 * @fn: called for each nest
 * @arg: passed to @fn
 *
 * Return: 0, or negative errno with @nl->text and without a call of @fn.
 */
int nl_dump(struct nl *nl, struct nlmsghdr *nlh, u16 attr, nl_nest_fn fn,
	    void *arg)
{
	struct nests nests = { .attr = attr, .fn = fn, .arg = arg };
	struct store store = { .data = NULL };
	struct exchange x;
	unsigned int i;
	size_t at = 0;
	int err;

	nlh->nlmsg_flags |= NLM_F_DUMP;
	for (i = 0; i < MAX_DUMPS; i++) {
		store.len = 0;
		x = (struct exchange){ .nl = nl, .fn = store_message,
				       .arg = &store };
		err = exchange(&x, nlh);
		if (err || !x.interrupted)
			break;
	}
	if (!err && x.interrupted) {
		set_text(nl, "the list changes faster than it can be read");
		err = -EINTR;
	}
	while (!err && at < store.len) {
		nlh = (struct nlmsghdr *)(store.data + at);
		each_nest(nlh, &nests);
		at += NLMSG_ALIGN(nlh->nlmsg_len);
	}
	free(store.data);
	return err;
}

/**
 * nl_dump_live() - request a long list that changes all the time
 * @nl: socket
 * @nlh: request
 * @attr: enum algate_attr of the nests in the reply
 * @fn: called for each nest, while the list is read
 * @arg: passed to @fn
 *
 * Return: 0, or negative errno with @nl->text.
 */
int nl_dump_live(struct nl *nl, struct nlmsghdr *nlh, u16 attr, nl_nest_fn fn,
		 void *arg)
{
	struct nests nests = { .attr = attr, .fn = fn, .arg = arg };
	struct exchange x = { .nl = nl, .fn = each_nest, .arg = &nests };

	nlh->nlmsg_flags |= NLM_F_DUMP;
	return exchange(&x, nlh);
}

/**
 * nl_listen() - receive events until an error
 * @nl: socket
 * @fn: called for each event; with NULL after lost events
 * @arg: passed to @fn
 *
 * Return: negative errno with @nl->text.
 */
int nl_listen(struct nl *nl, nl_message_fn fn, void *arg)
{
	int group = nl->group;

	if (mnl_socket_setsockopt(nl->sock, NETLINK_ADD_MEMBERSHIP, &group,
				  sizeof(group)) < 0)
		return set_errno(nl, errno);
	for (;;) {
		ssize_t len = mnl_socket_recvfrom(nl->sock, nl->reply, ROOM);
		const struct nlmsghdr *nlh = nl->reply;
		int left = len;

		if (len < 0 && errno != ENOBUFS && errno != EINTR)
			return set_errno(nl, errno);
		if (len < 0 && errno == ENOBUFS)
			fn(NULL, arg);
		for (; len > 0 && mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left))
			if (nlh->nlmsg_type == nl->family)
				fn(nlh, arg);
	}
}

/**
 * nl_fail() - print a message about a failed request
 * @nl: socket
 * @what: subject of the request
 *
 * Return: FAILED.
 */
int nl_fail(const struct nl *nl, const char *what)
{
	complain("%s: %s", what, nl->text);
	version_compare();
	return FAILED;
}

static void group_read(struct nl *nl, const struct nlattr *groups)
{
	const struct nlattr *group, *attr;

	mnl_attr_for_each_nested(group, groups) {
		const char *name = "";
		u32 id = 0;

		mnl_attr_for_each_nested(attr, group) {
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
				name = attr_str(attr);
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				id = attr_num(attr);
		}
		if (!strcmp(name, ALGATE_GENL_GROUP))
			nl->group = id;
	}
}

static int family_read(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;
	struct nl *nl = arg;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			nl->family = attr_num(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			group_read(nl, attr);
	}
	return 0;
}

static int family_resolve(struct nl *nl)
{
	struct nlmsghdr *nlh = nl_prepare(nl, CTRL_CMD_GETFAMILY);
	struct exchange x = { .nl = nl, .fn = family_read, .arg = nl };
	int err;

	nlh->nlmsg_type = GENL_ID_CTRL;
	nlh->nlmsg_flags |= NLM_F_ACK;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, ALGATE_GENL_NAME);
	err = exchange(&x, nlh);
	if (err == -ENOENT)
		set_text(nl, MISSING);
	return err;
}

static int nl_start(struct nl *nl)
{
	int on = 1, room = ROOM;

	nl->request = xalloc(ROOM);
	nl->reply = xalloc(ROOM);
	nl->sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl->sock || mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0)
		return set_errno(nl, errno);
	/* The default may be too small for a long source. */
	setsockopt(mnl_socket_get_fd(nl->sock), SOL_SOCKET, SO_SNDBUFFORCE,
		   &room, sizeof(room));
	/* without these options only the kernel's messages are missing */
	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->sock, NETLINK_CAP_ACK, &on, sizeof(on));
	return family_resolve(nl);
}

/**
 * nl_open() - open a socket to the module
 *
 * Return: a socket, for nl_close(); NULL after a message.
 */
struct nl *nl_open(void)
{
	struct nl *nl = xalloc(sizeof(*nl));

	if (!nl_start(nl)) {
		/* scripts need the message only with a failure */
		if (isatty(STDERR_FILENO))
			version_compare();
		return nl;
	}
	complain("%s", nl->text);
	nl_close(nl);
	return NULL;
}

/**
 * nl_close() - close a socket
 * @nl: socket
 */
void nl_close(struct nl *nl)
{
	if (nl->sock)
		mnl_socket_close(nl->sock);
	free(nl->request);
	free(nl->reply);
	free(nl);
}

struct names {
	void (*fn)(const char *name, int len, const char *start);
	const char *start;
};

static void name_offer(const struct nlattr *nest, void *arg)
{
	const struct nlattr *tb[ALGATE_PLUGIN_MAX + 1];
	const struct names *n = arg;
	const char *name;

	attr_nest(nest, tb, ALGATE_PLUGIN_MAX);
	name = attr_str(tb[ALGATE_PLUGIN_NAME]);
	n->fn(name, strlen(name), n->start);
}

/**
 * nl_plugin_names() - names of the loaded plug-ins; no message on errors
 * @fn: called for each name
 * @start: passed to @fn
 */
void nl_plugin_names(void (*fn)(const char *name, int len, const char *start),
		     const char *start)
{
	struct nl *nl = xalloc(sizeof(*nl));
	struct names names = { .fn = fn, .start = start };

	if (!nl_start(nl))
		nl_dump(nl, nl_prepare(nl, ALGATE_CMD_PLUGIN_GET),
			ALGATE_A_PLUGIN, name_offer, &names);
	nl_close(nl);
}

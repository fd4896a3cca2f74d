// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel for algctl in tests: these functions replace the functions of the
 * same names in libmnl and libnetfilter_conntrack. They answer each request
 * with the recorded messages of its command. From the environment:
 *
 *	REPLAY		file of messages, written by quick/replay.py. A
 *			message has the type FAMILY and the command of the
 *			request that it answers
 *	REPLAY_CT	file of conntrack entries, see entry_read()
 *	REPLAY_LOG	gets a line for each request: its command's number
 *	REPLAY_FAIL	number of the request that fails, from 1
 *	REPLAY_SIGNAL	number of the request at which SIGINT comes
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/genetlink.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../include/uapi/linux/algate.h"

#define FAMILY	0x20
#define LOST	0	/* command of a record: events were lost here */

static char *data;
static size_t len, at;
static struct nlmsghdr request;
static uint8_t cmd;
static char name[ALGATE_NAME_LEN];	/* of the plug-in in the request, or "" */
static bool found;	/* a message of this plug-in */
static unsigned int requests;
static bool listening;

static bool is_number(const char *name, unsigned int n)
{
	const char *value = getenv(name);

	return value && strtoul(value, NULL, 10) == n;
}

static void recording_read(void)
{
	const char *file = getenv("REPLAY");
	FILE *f = file ? fopen(file, "re") : NULL;

	if (!f)
		return;
	data = malloc(1 << 20);
	len = data ? fread(data, 1, 1 << 20, f) : 0;
	fclose(f);
}

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	(void)bus;
	(void)flags;
	recording_read();
	return (struct mnl_socket *)&data;
}

int mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	(void)nl;
	(void)groups;
	(void)pid;
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *nl)
{
	(void)nl;
	return -1;
}

int mnl_socket_close(struct mnl_socket *nl)
{
	(void)nl;
	free(data);
	data = NULL;
	len = 0;
	return 0;
}

int mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf,
			  socklen_t size)
{
	(void)nl;
	(void)buf;
	(void)size;
	if (type == NETLINK_ADD_MEMBERSHIP) {
		listening = true;
		cmd = ALGATE_CMD_EVENT;
		at = 0;
	}
	return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *buf,
			  size_t size)
{
	const char *log = getenv("REPLAY_LOG");
	const struct genlmsghdr *g;
	const struct nlattr *attr;
	FILE *f;

	(void)nl;
	memcpy(&request, buf, sizeof(request));
	g = mnl_nlmsg_get_payload(buf);
	cmd = g->cmd;
	at = 0;
	name[0] = 0;
	found = false;
	mnl_attr_for_each(attr, (const struct nlmsghdr *)buf, sizeof(*g))
		if (mnl_attr_get_type(attr) == ALGATE_A_NAME)
			snprintf(name, sizeof(name), "%s",
				 mnl_attr_get_str(attr));
	if (request.nlmsg_type != FAMILY)
		return size;
	requests++;
	f = log ? fopen(log, "ae") : NULL;
	if (f) {
		fprintf(f, "%u\n", cmd);
		fclose(f);
	}
	if (is_number("REPLAY_SIGNAL", requests))
		raise(SIGINT);
	return size;
}

/* The reply to a request, without further messages */
static ssize_t end(void *buf)
{
	bool dump = request.nlmsg_flags & NLM_F_DUMP;
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlmsgerr *e;

	nlh->nlmsg_seq = request.nlmsg_seq;
	nlh->nlmsg_type = dump ? NLMSG_DONE : NLMSG_ERROR;
	nlh->nlmsg_flags = NLM_F_CAPPED;
	e = mnl_nlmsg_put_extra_header(nlh, dump ? sizeof(int) : sizeof(*e));
	if (request.nlmsg_type == FAMILY && is_number("REPLAY_FAIL", requests))
		e->error = -EINVAL;
	else if (!dump && cmd == ALGATE_CMD_PLUGIN_GET && !found)
		e->error = -ENOENT;
	return nlh->nlmsg_len;
}

static ssize_t family(void *buf)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlattr *groups, *group;

	request.nlmsg_flags = 0;
	cmd = 0xff;
	nlh->nlmsg_type = GENL_ID_CTRL;
	nlh->nlmsg_seq = request.nlmsg_seq;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY);
	groups = mnl_attr_nest_start(nlh, CTRL_ATTR_MCAST_GROUPS);
	group = mnl_attr_nest_start(nlh, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_MCAST_GRP_NAME, ALGATE_GENL_GROUP);
	mnl_attr_put_u32(nlh, CTRL_ATTR_MCAST_GRP_ID, 1);
	mnl_attr_nest_end(nlh, group);
	mnl_attr_nest_end(nlh, groups);
	return nlh->nlmsg_len;
}

/* Is a message about the plug-in of the request? */
static bool is_named(const struct nlmsghdr *nlh)
{
	const struct nlattr *nest, *attr;

	if (!*name)
		return true;
	mnl_attr_for_each(nest, nlh, sizeof(struct genlmsghdr))
		mnl_attr_for_each_nested(attr, nest)
			if (!strncmp(mnl_attr_get_payload(attr), name,
				     mnl_attr_get_payload_len(attr)))
				return true;
	return false;
}

/* The next message of the recording for this command, or NULL */
static struct nlmsghdr *next(void)
{
	while (at < len) {
		struct nlmsghdr *nlh = (struct nlmsghdr *)(data + at);
		const struct genlmsghdr *g = mnl_nlmsg_get_payload(nlh);

		at += NLMSG_ALIGN(nlh->nlmsg_len);
		if (g->cmd == LOST ? listening :
				     g->cmd == cmd && is_named(nlh)) {
			found = true;
			return nlh;
		}
	}
	return NULL;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t room)
{
	struct nlmsghdr *nlh;

	(void)nl;
	(void)room;
	if (!listening && request.nlmsg_type == GENL_ID_CTRL && cmd != 0xff)
		return family(buf);
	nlh = next();
	if (!nlh && !listening)
		return end(buf);
	if (!nlh ||
	    ((struct genlmsghdr *)mnl_nlmsg_get_payload(nlh))->cmd == LOST) {
		errno = nlh ? ENOBUFS : ENOTCONN;
		return -1;
	}
	nlh->nlmsg_seq = request.nlmsg_seq;
	memcpy(buf, nlh, nlh->nlmsg_len);
	return nlh->nlmsg_len;
}

/*
 * conntrack
 */

static int (*entry_fn)(enum nf_conntrack_msg_type type,
		       struct nf_conntrack *ct, void *arg);
static void *entry_arg;

struct nfct_handle *nfct_open(uint8_t subsys, unsigned int groups)
{
	(void)subsys;
	(void)groups;
	return (struct nfct_handle *)&entry_arg;
}

int nfct_close(struct nfct_handle *h)
{
	(void)h;
	return 0;
}

int nfct_callback_register(struct nfct_handle *h,
			   enum nf_conntrack_msg_type type,
			   int (*fn)(enum nf_conntrack_msg_type type,
				     struct nf_conntrack *ct, void *arg),
			   void *arg)
{
	(void)h;
	(void)type;
	entry_fn = fn;
	entry_arg = arg;
	return 0;
}

void nfct_callback_unregister(struct nfct_handle *h)
{
	(void)h;
}

static void addr_set(struct nf_conntrack *ct, const char *text,
		     enum nf_conntrack_attr v4, enum nf_conntrack_attr v6)
{
	int af = strchr(text, ':') ? AF_INET6 : AF_INET;
	uint8_t b[16];

	if (inet_pton(af, text, b) != 1)
		abort();
	nfct_set_attr_u8(ct, ATTR_L3PROTO, af);
	nfct_set_attr(ct, af == AF_INET ? v4 : v6, b);
}

/*
 * PROTO CLIENT PORT SERVER PORT ZONE MARK TIMEOUT STATE STATUS HELPER MASTER:
 * STATE is the number of TCP's state; HELPER or "-"; MASTER is the address of
 * the master's client, or "-"
 */
static bool entry_read(const char *line, struct nf_conntrack *ct)
{
	unsigned int proto, sport, dport, zone, mark, timeout, state, status;
	char src[64], dst[64], helper[64], master[64];

	if (sscanf(line, "%u %63s %u %63s %u %u %u %u %u %u %63s %63s", &proto,
		   src, &sport, dst, &dport, &zone, &mark, &timeout, &state,
		   &status, helper, master) != 12)
		return false;
	addr_set(ct, src, ATTR_IPV4_SRC, ATTR_IPV6_SRC);
	addr_set(ct, dst, ATTR_IPV4_DST, ATTR_IPV6_DST);
	nfct_set_attr_u8(ct, ATTR_L4PROTO, proto);
	nfct_set_attr_u16(ct, ATTR_PORT_SRC, htons(sport));
	nfct_set_attr_u16(ct, ATTR_PORT_DST, htons(dport));
	nfct_set_attr_u16(ct, ATTR_ZONE, zone);
	nfct_set_attr_u32(ct, ATTR_MARK, mark);
	nfct_set_attr_u32(ct, ATTR_TIMEOUT, timeout);
	nfct_set_attr_u32(ct, ATTR_STATUS, status);
	if (proto == IPPROTO_TCP)
		nfct_set_attr_u8(ct, ATTR_TCP_STATE, state);
	if (strcmp(helper, "-"))
		nfct_set_attr(ct, ATTR_HELPER_NAME, helper);
	if (strcmp(master, "-")) {
		addr_set(ct, master, ATTR_MASTER_IPV4_SRC,
			 ATTR_MASTER_IPV6_SRC);
		nfct_set_attr_u16(ct, ATTR_MASTER_PORT_SRC, htons(sport));
	}
	return true;
}

static bool is_same(const struct nf_conntrack *ct,
		    const struct nf_conntrack *key)
{
	return nfct_cmp(ct, key, NFCT_CMP_ORIG | NFCT_CMP_MASK) > 0 &&
	       nfct_get_attr_u16(ct, ATTR_ZONE) ==
	       (nfct_attr_is_set(key, ATTR_ZONE) > 0 ?
		nfct_get_attr_u16(key, ATTR_ZONE) : 0);
}

int nfct_query(struct nfct_handle *h, const enum nf_conntrack_query query,
	       const void *key)
{
	const char *file = getenv("REPLAY_CT");
	FILE *f = file ? fopen(file, "re") : NULL;
	struct nf_conntrack *ct;
	char line[512];
	int err = -1;

	(void)h;
	while (f && fgets(line, sizeof(line), f)) {
		ct = nfct_new();
		if (!ct || !entry_read(line, ct))
			abort();
		if (query == NFCT_Q_DUMP || is_same(ct, key)) {
			entry_fn(NFCT_T_UPDATE, ct, entry_arg);
			err = 0;
		}
		nfct_destroy(ct);
	}
	if (f)
		fclose(f);
	errno = ENOENT;
	return query == NFCT_Q_DUMP ? 0 : err;
}

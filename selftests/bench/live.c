// SPDX-License-Identifier: GPL-2.0
/* Removes what a router has tracked, over ctnetlink. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exchange.h"
#include "live.h"

struct request {
	struct nlmsghdr nlh;
	struct nfgenmsg nf;
	char attrs[128];
};

static void *attr_put(struct request *r, int type, const void *data, int len)
{
	struct nlattr *a = (void *)((char *)r + NLMSG_ALIGN(r->nlh.nlmsg_len));

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)a + NLA_HDRLEN, data, len);
	r->nlh.nlmsg_len = NLMSG_ALIGN(r->nlh.nlmsg_len) +
			   NLA_ALIGN(a->nla_len);
	return a;
}

static struct nlattr *nest_begin(struct request *r, int type)
{
	return attr_put(r, type | NLA_F_NESTED, NULL, 0);
}

static void nest_end(const struct request *r, struct nlattr *nest)
{
	nest->nla_len = (char *)r + r->nlh.nlmsg_len - (char *)nest;
}

static void request_begin(struct request *r, int subsystem, int type)
{
	memset(r, 0, sizeof(*r));
	r->nlh.nlmsg_len = NLMSG_LENGTH(sizeof(r->nf));
	r->nlh.nlmsg_type = subsystem << 8 | type;
	r->nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	r->nf.nfgen_family = AF_INET;
}

static void request_do(int ns, struct request *r)
{
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr err;
		char rest[512];
	} ack;
	int fd;

	if (setns(ns, CLONE_NEWNET) < 0)
		die("setns: %s", strerror(errno));
	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
	if (fd < 0 || send(fd, r, r->nlh.nlmsg_len, 0) < 0 ||
	    recv(fd, &ack, sizeof(ack), 0) < (int)NLMSG_LENGTH(sizeof(ack.err)))
		die("ctnetlink: %s", strerror(errno));
	if (ack.nlh.nlmsg_type != NLMSG_ERROR || ack.err.error)
		die("ctnetlink: %s", strerror(-ack.err.error));
	close(fd);
}

/* Removes the UDP flow from @client to @server, each at @port. */
void flow_remove(int ns, const char *client, const char *server, int port)
{
	__be32 src = inet_addr(client), dst = inet_addr(server);
	struct nlattr *tuple, *nest;
	unsigned char udp = IPPROTO_UDP;
	__be16 p = htons(port);
	struct request r;

	request_begin(&r, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE);
	tuple = nest_begin(&r, CTA_TUPLE_ORIG);
	nest = nest_begin(&r, CTA_TUPLE_IP);
	attr_put(&r, CTA_IP_V4_SRC, &src, sizeof(src));
	attr_put(&r, CTA_IP_V4_DST, &dst, sizeof(dst));
	nest_end(&r, nest);
	nest = nest_begin(&r, CTA_TUPLE_PROTO);
	attr_put(&r, CTA_PROTO_NUM, &udp, sizeof(udp));
	attr_put(&r, CTA_PROTO_SRC_PORT, &p, sizeof(p));
	attr_put(&r, CTA_PROTO_DST_PORT, &p, sizeof(p));
	nest_end(&r, nest);
	nest_end(&r, tuple);
	request_do(ns, &r);
}

/* Removes all expectations. */
void expects_remove(int ns)
{
	struct request r;

	request_begin(&r, NFNL_SUBSYS_CTNETLINK_EXP, IPCTNL_MSG_EXP_DELETE);
	request_do(ns, &r);
}

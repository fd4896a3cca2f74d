// SPDX-License-Identifier: GPL-2.0
/*
 * A client of the netlink family for tests; see abi.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "abi.h"

#ifndef NLM_F_ACK_TLVS
#define NLM_F_ACK_TLVS	0x200
#endif
#ifndef NLM_F_CAPPED
#define NLM_F_CAPPED	0x100
#endif

static void begin(struct abi *a, uint16_t family, uint8_t cmd, uint16_t flags)
{
	struct genlmsghdr *gh;

	a->nlh = mnl_nlmsg_put_header(a->buf);
	a->nlh->nlmsg_type = family;
	a->nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	a->nlh->nlmsg_seq = ++a->seq;
	gh = mnl_nlmsg_put_extra_header(a->nlh, sizeof(*gh));
	gh->cmd = cmd;
	gh->version = ALGATE_GENL_VERSION;
}

void abi_begin(struct abi *a, uint8_t cmd, uint16_t flags)
{
	begin(a, a->family, cmd, flags);
}

int abi_send(struct abi *a)
{
	return mnl_socket_sendto(a->sock, a->nlh, a->nlh->nlmsg_len) < 0 ?
	       -errno : 0;
}

static void read_ack(const struct nlmsghdr *nlh, struct abi_reply *reply)
{
	size_t offset = sizeof(int32_t);
	const struct nlattr *attr;
	int32_t err = 0;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(err))
		err = *(int32_t *)mnl_nlmsg_get_payload(nlh);
	reply->err = -err;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

		offset = nlh->nlmsg_flags & NLM_F_CAPPED ? sizeof(*e) :
			 sizeof(e->error) + MNL_ALIGN(e->msg.nlmsg_len);
	}
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	mnl_attr_for_each(attr, nlh, offset) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			snprintf(reply->text, sizeof(reply->text), "%s",
				 mnl_attr_get_str(attr));
		else if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_OFFS)
			reply->at = mnl_attr_get_u32(attr);
	}
}

/*
 * Receives once. Returns 1 when that was the end of the reply, 0 when more
 * comes, or -errno.
 */
int abi_part(struct abi *a, struct abi_reply *reply, abi_each each, void *data)
{
	static char buf[ABI_ROOM];
	const struct nlmsghdr *nlh;
	ssize_t got;
	int len;

	got = mnl_socket_recvfrom(a->sock, buf, sizeof(buf));
	if (got < 0)
		return -errno;
	len = got;
	for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, len);
	     nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != a->seq)
			continue;
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			reply->torn = true;
		if (nlh->nlmsg_type == NLMSG_ERROR ||
		    nlh->nlmsg_type == NLMSG_DONE) {
			read_ack(nlh, reply);
			return 1;
		}
		reply->n++;
		if (each)
			each(nlh, data);
	}
	return 0;
}

struct abi_reply abi_talk(struct abi *a, abi_each each, void *data)
{
	struct abi_reply reply = { 0 };
	int ret = abi_send(a);

	while (!ret)
		ret = abi_part(a, &reply, each, data);
	if (ret < 0)
		reply.err = -ret;
	return reply;
}

static void read_family(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *group, *one;
	struct abi *a = data;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			a->family = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) != CTRL_ATTR_MCAST_GROUPS)
			continue;
		mnl_attr_for_each_nested(group, attr)
			mnl_attr_for_each_nested(one, group)
				if (mnl_attr_get_type(one) ==
				    CTRL_ATTR_MCAST_GRP_ID)
					a->group = mnl_attr_get_u32(one);
	}
}

/* Returns 0, or -errno. */
int abi_open(struct abi *a)
{
	struct timeval limit = { .tv_sec = 60 };
	struct abi_reply reply;
	int on = 1, room = ABI_ROOM;

	a->sock = mnl_socket_open(NETLINK_GENERIC);
	if (!a->sock || mnl_socket_bind(a->sock, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_setsockopt(a->sock, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(mnl_socket_get_fd(a->sock), SOL_SOCKET, SO_RCVTIMEO,
		       &limit, sizeof(limit)))
		return -errno;
	/* for long requests; needs CAP_NET_ADMIN, as these do */
	setsockopt(mnl_socket_get_fd(a->sock), SOL_SOCKET, SO_SNDBUFFORCE,
		   &room, sizeof(room));
	begin(a, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	mnl_attr_put_strz(a->nlh, CTRL_ATTR_FAMILY_NAME, ALGATE_GENL_NAME);
	reply = abi_talk(a, read_family, a);
	return -reply.err;
}

void abi_close(struct abi *a)
{
	mnl_socket_close(a->sock);
}

struct abi_reply abi_simple(struct abi *a, uint8_t cmd, uint16_t flags)
{
	abi_begin(a, cmd, flags);
	return abi_talk(a, NULL, NULL);
}

struct abi_reply abi_name(struct abi *a, uint8_t cmd, uint16_t flags,
			  const char *name)
{
	abi_begin(a, cmd, flags);
	mnl_attr_put_strz(a->nlh, ALGATE_A_NAME, name);
	return abi_talk(a, NULL, NULL);
}

struct abi_reply abi_load(struct abi *a, uint8_t cmd, const void *image,
			  size_t len)
{
	abi_begin(a, cmd, NLM_F_ACK);
	mnl_attr_put(a->nlh, ALGATE_A_IMAGE, len, image);
	mnl_attr_put(a->nlh, ALGATE_A_SOURCE, 6, "# text");
	mnl_attr_put_strz(a->nlh, ALGATE_A_COMPILER, "abi");
	return abi_talk(a, NULL, NULL);
}

/* Adds or deletes an attachment to the UDP port @port. */
struct abi_reply abi_attach(struct abi *a, uint8_t cmd, const char *plugin,
			    uint16_t port)
{
	struct nlattr *nest;

	abi_begin(a, cmd, NLM_F_ACK);
	nest = mnl_attr_nest_start(a->nlh, ALGATE_A_ATTACH);
	mnl_attr_put_strz(a->nlh, ALGATE_ATTACH_NAME, plugin);
	mnl_attr_put_u8(a->nlh, ALGATE_ATTACH_PROTO, IPPROTO_UDP);
	mnl_attr_put_u16(a->nlh, ALGATE_ATTACH_DPORT, port);
	mnl_attr_nest_end(a->nlh, nest);
	return abi_talk(a, NULL, NULL);
}

struct abi_reply abi_limit(struct abi *a, uint16_t type, uint32_t value)
{
	struct nlattr *nest;

	abi_begin(a, ALGATE_CMD_LIMIT_SET, NLM_F_ACK);
	nest = mnl_attr_nest_start(a->nlh, ALGATE_A_LIMIT);
	mnl_attr_put_u32(a->nlh, type, value);
	mnl_attr_nest_end(a->nlh, nest);
	return abi_talk(a, NULL, NULL);
}

/* Number of messages in a listing */
unsigned int abi_count(struct abi *a, uint8_t cmd)
{
	return abi_simple(a, cmd, NLM_F_DUMP).n;
}

struct image {
	void *to;
	size_t room;
	size_t len;
};

static void read_image(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *one;
	struct image *image = data;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != ALGATE_A_PLUGIN)
			continue;
		mnl_attr_for_each_nested(one, attr) {
			if (mnl_attr_get_type(one) != ALGATE_PLUGIN_IMAGE ||
			    mnl_attr_get_payload_len(one) > image->room)
				continue;
			image->len = mnl_attr_get_payload_len(one);
			memcpy(image->to, mnl_attr_get_payload(one), image->len);
		}
	}
}

/* Reads the image of a loaded plug-in. Returns its length, or 0. */
size_t abi_image(struct abi *a, const char *plugin, void *to, size_t room)
{
	struct image image = { to, room, 0 };

	abi_begin(a, ALGATE_CMD_PLUGIN_GET, NLM_F_ACK);
	mnl_attr_put_strz(a->nlh, ALGATE_A_NAME, plugin);
	abi_talk(a, read_image, &image);
	return image.len;
}

int abi_lo_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int ret = ioctl(fd, SIOCSIFFLAGS, &ifr);

	close(fd);
	return ret;
}

/* xorshift64*: the same numbers in each run */
uint64_t abi_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717ull;
}

/* Joins the multicast group of events. Returns 0 or a positive errno. */
int abi_join(struct abi *a)
{
	return mnl_socket_setsockopt(a->sock, NETLINK_ADD_MEMBERSHIP,
				     &a->group, sizeof(a->group)) ? errno : 0;
}

/* Sends a UDP datagram of a byte from 127.0.0.1 to 127.0.0.1. */
int abi_datagram(uint16_t port, uint16_t from_port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	}, from = to;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), ret;

	from.sin_port = htons(from_port);
	ret = bind(fd, (void *)&from, sizeof(from)) ||
	      sendto(fd, "x", 1, 0, (void *)&to, sizeof(to)) != 1;
	close(fd);
	return ret;
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to the netlink family, built byte by byte, so that a test can send
 * invalid requests.
 */
#ifndef SELFTESTS_ABI_H
#define SELFTESTS_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libmnl/libmnl.h>
#include <linux/algate.h>
#include <linux/genetlink.h>

#define ABI_ROOM	(384 * 1024)

/**
 * struct abi - a socket of the calling process's network namespace
 * @sock: generic netlink, extended acks on
 * @family: id of the family "algate"
 * @group: id of its multicast group
 * @seq: sequence number of the last request
 * @buf: buffer of the request
 * @nlh: the request in @buf
 */
struct abi {
	struct mnl_socket *sock;
	uint16_t family;
	uint32_t group;
	uint32_t seq;
	struct nlmsghdr *nlh;
	char buf[ABI_ROOM];
};

/**
 * struct abi_reply - result of a request
 * @err: positive errno, 0 for success
 * @at: offset of the attribute from the extended ack, 0: none
 * @text: message of the extended ack, or ""
 * @n: number of messages
 * @torn: the listing was interrupted (NLM_F_DUMP_INTR)
 */
struct abi_reply {
	int err;
	uint32_t at;
	char text[256];
	unsigned int n;
	bool torn;
};

typedef void (*abi_each)(const struct nlmsghdr *nlh, void *data);

/* where the first attribute stands: behind both headers */
#define ABI_FIRST	(MNL_NLMSG_HDRLEN + GENL_HDRLEN)

int abi_open(struct abi *a);
void abi_close(struct abi *a);
void abi_begin(struct abi *a, uint8_t cmd, uint16_t flags);
int abi_send(struct abi *a);
int abi_part(struct abi *a, struct abi_reply *reply, abi_each each, void *data);
struct abi_reply abi_talk(struct abi *a, abi_each each, void *data);
struct abi_reply abi_simple(struct abi *a, uint8_t cmd, uint16_t flags);
struct abi_reply abi_name(struct abi *a, uint8_t cmd, uint16_t flags,
			  const char *name);
struct abi_reply abi_load(struct abi *a, uint8_t cmd, const void *image,
			  size_t len);
struct abi_reply abi_attach(struct abi *a, uint8_t cmd, const char *plugin,
			    uint16_t port);
struct abi_reply abi_limit(struct abi *a, uint16_t type, uint32_t value);
unsigned int abi_count(struct abi *a, uint8_t cmd);

size_t abi_image(struct abi *a, const char *plugin, void *to, size_t room);
int abi_lo_up(void);
int abi_join(struct abi *a);
int abi_datagram(uint16_t port, uint16_t from_port);
uint64_t abi_random(uint64_t *state);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Generic netlink with the module.
 */
#ifndef ALGCTL_NL_H
#define ALGCTL_NL_H

#include <libmnl/libmnl.h>

#include "algctl.h"

/**
 * struct nl - a socket
 * @sock: socket
 * @family: id of the family
 * @group: id of its multicast group
 * @seq: sequence number of the last request
 * @request: buffer for a request
 * @reply: buffer for received datagrams
 * @image: the image in the request; NULL: none
 * @src: source of @image
 * @text: after a failure: the reason, from the extended ack if there is one
 */
struct nl {
	struct mnl_socket *sock;
	u16 family;
	u32 group;
	u32 seq;
	void *request;
	void *reply;
	const char *image;
	const struct source *src;
	char text[256];
};

/* called for each message of a reply, and for each nest of a message */
typedef int (*nl_message_fn)(const struct nlmsghdr *nlh, void *arg);
typedef void (*nl_nest_fn)(const struct nlattr *nest, void *arg);

struct nl *nl_open(void);
void nl_close(struct nl *nl);
struct nlmsghdr *nl_prepare(struct nl *nl, u8 cmd);
int nl_put_source(struct nl *nl, struct nlmsghdr *nlh,
		  const struct source *src);
int nl_talk(struct nl *nl, struct nlmsghdr *nlh, u16 attr, nl_nest_fn fn,
	    void *arg);
int nl_dump(struct nl *nl, struct nlmsghdr *nlh, u16 attr, nl_nest_fn fn,
	    void *arg);
int nl_dump_live(struct nl *nl, struct nlmsghdr *nlh, u16 attr, nl_nest_fn fn,
		 void *arg);
int nl_listen(struct nl *nl, nl_message_fn fn, void *arg);
int nl_fail(const struct nl *nl, const char *what);
void nl_plugin_names(void (*fn)(const char *name, int len, const char *start),
		     const char *start);

/* an absent or too short attribute reads as 0, "" or no address */
void attr_nest(const struct nlattr *nest, const struct nlattr **tb,
	       unsigned int max);
u64 attr_num(const struct nlattr *attr);
const char *attr_str(const struct nlattr *attr);
void attr_addr(const struct nlattr *attr, struct addr *addr);
const char *attr_param(const struct nlattr *nest, struct list *list);
const char *attr_map(const struct nlattr *nest, struct map *map);
void attr_counters(const struct nlattr *nest, u64 *counter);

#endif /* ALGCTL_NL_H */

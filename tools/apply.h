/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Changes in the kernel that can be taken back: each that was made is noted,
 * and when a later one fails all are undone, the last one first.
 */
#ifndef ALGCTL_APPLY_H
#define ALGCTL_APPLY_H

#include <net/if.h>

#include "nl.h"

/**
 * struct attachment - which new flows a plug-in inspects
 * @plugin: its name
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @by_sport: @port is the source port
 * @port: port
 * @iif: interface, "": any
 * @from: client's prefix, of no family: any
 */
struct attachment {
	char plugin[ALGATE_NAME_LEN];
	u8 proto;
	bool by_sport;
	u16 port;
	char iif[IFNAMSIZ];
	struct prefix from;
};

/**
 * struct limits - limits by enum algate_limit_attr
 * @set: which have a value
 * @value: the value
 */
struct limits {
	bool set[ALGATE_LIMIT_MAX + 1];
	u32 value[ALGATE_LIMIT_MAX + 1];
};

/* what the kernel has; 0, or negative errno with nl->text */
struct image {
	void *data;
	size_t len;
};

int plugin_get(struct nl *nl, const char *name, struct image *image);

int attachment_parse(const struct args *args, struct attachment *a);
void attachment_put(struct nlmsghdr *nlh, const struct attachment *a);
void attachment_read(const struct nlattr *nest, struct attachment *a);
/* as attach add takes it */
void attachment_print(const struct attachment *a);

int limits_parse(const struct args *args, struct limits *limits);
void limits_put(struct nlmsghdr *nlh, const struct limits *limits);
int limits_get(struct nl *nl, struct limits *limits);

struct change;

/**
 * struct journal - changes made so far
 * @nl: where
 * @last: the last one, with those before it behind
 */
struct journal {
	struct nl *nl;
	struct change *last;
};

/* 0, or -1 after a complaint: journal_undo() is up to the caller */
int apply_load(struct journal *j, const char *name, const void *image,
	       size_t len);
int apply_replace(struct journal *j, const char *name, const void *image,
		  size_t len);
/* whichever of both is needed, or neither */
int apply_ensure(struct journal *j, const char *name, const void *image,
		 size_t len);
int apply_attach(struct journal *j, const struct attachment *a,
		 bool may_exist);
int apply_limits(struct journal *j, const struct limits *limits);
void journal_undo(struct journal *j);
void journal_free(struct journal *j);

#endif /* ALGCTL_APPLY_H */

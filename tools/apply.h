/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Changes in the kernel, with undo: a journal records each change, and if a
 * later change fails, all recorded changes are undone, the last change first.
 */
#ifndef ALGCTL_APPLY_H
#define ALGCTL_APPLY_H

#include <net/if.h>

#include "nl.h"

/**
 * struct attachment - selects the new flows that a plug-in inspects
 * @plugin: its name
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @by_sport: @port is the source port
 * @port: port
 * @iif: interface, "": any
 * @from: client's prefix; family AF_UNSPEC: any
 */
struct attachment {
	char plugin[ALGATE_NAME_LEN];
	u8 proto;
	bool by_sport;
	u16 port;
	char iif[IFNAMSIZ];
	struct prefix from;
};

#define LIMIT_LAST	ALGATE_LIMIT_RESERVED

/**
 * struct limits - limits by enum algate_limit_attr
 * @set: true if @value is set
 * @value: value of the limit
 * @reserved: value of ALGATE_LIMIT_RESERVED
 * @used: memory in use, in bytes
 */
struct limits {
	bool set[LIMIT_LAST + 1];
	u32 value[LIMIT_LAST + 1];
	struct list reserved;
	u32 used;
};

/* 0, or negative errno with nl->text; the caller calls source_free() */
int plugin_get(struct nl *nl, const char *name, struct source *src);

int attachment_parse(const struct args *args, struct attachment *a);
void attachment_put(struct nlmsghdr *nlh, const struct attachment *a);
void attachment_read(const struct nlattr *nest, struct attachment *a);
/* prints the arguments of attach add */
void attachment_print(const struct attachment *a);

/* enum algate_limit_attr of each element of limit_keywords */
extern const unsigned int limit_attr[];
void limit_print(const struct limits *limits, unsigned int i);
int limits_parse(const struct args *args, struct limits *limits);
void limits_put(struct nlmsghdr *nlh, const struct limits *limits);
int limits_get(struct nl *nl, struct limits *limits);

enum choice_kind {
	CHOICE_HOSTS,
	CHOICE_LIST,
	CHOICE_MAP,
};

/**
 * struct choice - hosts that may use the openings of a class, the list of a
 *	parameter, or the pairs of a map
 * @kind: what is chosen
 * @plugin: name of the plug-in
 * @name: name of the class, parameter or map
 * @from: hosts: ALGATE_FROM_PEER or ALGATE_FROM_ANY
 * @list: list of the parameter
 * @map: pairs of the map
 */
struct choice {
	enum choice_kind kind;
	char plugin[ALGATE_NAME_LEN];
	char name[ALGATE_NAME_LEN];
	u8 from;
	struct list list;
	struct map map;
};

int choice_parse(const struct args *args, struct choice *choice);

struct change;

/**
 * struct journal - changes made so far
 * @nl: socket
 * @last: the last change; linked to the changes before
 */
struct journal {
	struct nl *nl;
	struct change *last;
};

/* 0, or -1 after a message: the caller decides about journal_undo() */
int apply_load(struct journal *j, const struct source *src);
int apply_replace(struct journal *j, const struct source *src);
/* loads or replaces the plug-in, unless the same image and text are loaded */
int apply_ensure(struct journal *j, const struct source *src);
int apply_attach(struct journal *j, const struct attachment *a,
		 bool may_exist);
int apply_limits(struct journal *j, const struct limits *limits);
/* A signal asked for the end: the caller undoes its changes. */
bool journal_interrupted(void);
void journal_begin(struct journal *j);
int journal_end(struct journal *j, bool keep);
int apply_choice(struct journal *j, const struct choice *choice);
void journal_undo(struct journal *j);
void journal_free(struct journal *j);

void conflict_explain(const char *name);

#endif /* ALGCTL_APPLY_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The commit of a message, shared by commit.c and reserve.c. */
#ifndef ALGATE_COMMIT_H
#define ALGATE_COMMIT_H

#include "expect.h"

/**
 * struct reservation - ports and expectations for one open
 * @o: resolved open in commit.resolver; @o->mapped.port is the reserved port
 * @mapping: new port mapping, or NULL
 * @first: index of the first expectation in commit.exp
 * @n: number of expectations
 */
struct reservation {
	struct algate_opening *o;
	struct algate_mapping *mapping;
	u8 first;
	u8 n;
};

/*
 * The owner is the packet's flow or its root, and has the openings. @dir is the
 * packet's direction in @ct; @way is the direction of the same end in @master.
 */
struct commit {
	struct algate_flow *flow;
	struct algate_flow *owner;
	struct nf_conn *ct;
	struct nf_conn *master;		/* entry of @owner */
	enum ip_conntrack_dir dir;
	enum ip_conntrack_dir way;
	const struct algate_prog *prog;
	const struct algate_message *msg;
	const struct sk_buff *skb;
	struct algate_result *result;
	struct algate_resolver resolver;
	unsigned int bound;		/* new mappings in resolver.known */
	bool again;			/* new mappings may replace old */
	unsigned int tries;		/* ports that may still be tried */
	bool settled;			/* expired ones are counted */
	bool sided;			/* @side is valid */
	bool side;			/* "any" is more than the peer */
	unsigned int withdrawn;		/* old expectations withdrawn */
	unsigned int extended;		/* entries of @exp set in @old */
	unsigned int used;		/* used before withdrawal */
	unsigned int nres;
	unsigned int nexp;
	struct reservation res[ALGATE_MAX_INTENTS];
	struct nf_conntrack_expect *exp[ALGATE_MAX_OPEN_PORTS];
	bool old[ALGATE_MAX_OPEN_PORTS];	/* extended, not new */
	/* expectations to be replaced; NULL: @exp is in the table already */
	struct nf_conntrack_expect *like[ALGATE_MAX_OPEN_PORTS];
};

/* reserve.c */
int algate_reserve(void *ctx, const struct algate_intent *in,
		   struct algate_opening *o);
void algate_reserve_undo(void *ctx);
void algate_reserve_replace(struct commit *c);

#endif /* ALGATE_COMMIT_H */

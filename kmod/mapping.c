// SPDX-License-Identifier: GPL-2.0
/*
 * Port mappings of a flow. A mapping records an open that later messages may
 * refer to: by key, or by a port moved by NAT.
 */
#include "algate.h"
#include "compat.h"
#include "expect.h"

#define ALL_DIRS	(BIT(IP_CT_DIR_ORIGINAL) | BIT(IP_CT_DIR_REPLY))
#define MAX_MAPPINGS	64	/* per direction; evicts the oldest */

static u32 mapping_size(const struct algate_mapping *b)
{
	return algate_alloc_size(sizeof(*b)) +
	       (b->heir ? algate_alloc_size(sizeof(*b->heir)) : 0);
}

/* memory for a mapping, and for the plug-in that the open action names */
static struct algate_mapping *mapping_alloc(const struct algate_intent *in,
					    struct algate_heir **heir)
{
	struct algate_mapping *b;

	b = algate_alloc_atomic(algate_alloc_size(sizeof(*b)));
	*heir = NULL;
	if (!b || !in->act->other)
		return b;
	*heir = algate_alloc_atomic(algate_alloc_size(sizeof(**heir)));
	if (*heir)
		return b;
	algate_free(b);
	return NULL;
}

/**
 * algate_mapping_make() - allocate a port mapping
 * @flow: flow; @flow->root->lock is held
 * @prog: program that ran
 * @o: opened endpoint and mapped endpoint
 * @msg: announcing message
 * @in: the open action's intent
 *
 * Context: BHs off.
 *
 * Return: the mapping, in no list yet; -ENOMEM, or -ENOSPC when the memory
 * budget is used up.
 */
struct algate_mapping *algate_mapping_make(struct algate_flow *flow,
					   const struct algate_prog *prog,
					   const struct algate_opening *o,
					   const struct algate_message *msg,
					   const struct algate_intent *in)
{
	struct algate_heir *heir;
	struct algate_mapping *b = mapping_alloc(in, &heir);

	if (!b)
		return ERR_PTR(-ENOMEM);
	algate_mapping_init(b, o, msg, in);
	b->heir = heir;
	if (heir)
		algate_heir_init(heir, prog, in);
	if (algate_memory_charge(flow, mapping_size(b)))
		return b;
	algate_free(heir);
	algate_free(b);
	return ERR_PTR(-ENOSPC);
}

/**
 * algate_mapping_free() - free a port mapping
 * @flow: flow; @flow->root->lock is held
 * @b: port mapping of @flow, in no list; may be NULL
 *
 * Context: BHs off.
 */
void algate_mapping_free(struct algate_flow *flow, struct algate_mapping *b)
{
	if (!b)
		return;
	algate_memory_uncharge(flow, mapping_size(b));
	algate_free(b->heir);
	algate_free(b);
}

/* Do both mappings cover the same ports of the same endpoint? */
static bool same_mapping(const struct algate_mapping *a,
			 const struct algate_mapping *b)
{
	return a->real.port == b->real.port && a->class == b->class &&
	       a->proto == b->proto && a->dir == b->dir &&
	       a->count == b->count &&
	       !memcmp(a->real.addr, b->real.addr, sizeof(a->real.addr));
}

/*
 * Does one of the @n mappings from @newer on replace @b? A mapping without a
 * key leaves the older mapping to the rules that know its key.
 */
static bool is_replaced(const struct algate_mapping *b,
			const struct algate_mapping *newer, unsigned int n)
{
	for (; n--; newer = newer->next)
		if (same_mapping(b, newer) && (newer->keyed || !b->keyed))
			return true;
	return false;
}

static void mappings_free(struct algate_flow *flow, struct algate_mapping *b)
{
	while (b) {
		struct algate_mapping *next = b->next;

		algate_mapping_free(flow, b);
		b = next;
	}
}

/**
 * algate_mapping_keep() - add new port mappings to a flow
 * @flow: flow; @flow->root->lock is held
 * @list: new mappings, followed by the mappings of @flow
 * @n: number of new mappings
 * @again: new mappings may replace older mappings
 *
 * The mappings of each direction beyond MAX_MAPPINGS are freed, oldest first.
 */
void algate_mapping_keep(struct algate_flow *flow, struct algate_mapping *list,
			 unsigned int n, bool again)
{
	struct algate_mapping **place = &flow->mapping, *b;
	unsigned int i = 0, kept[2] = {};

	lockdep_assert_held(&flow->root->lock);
	flow->mapping = list;
	while ((b = *place)) {
		if (kept[b->dir] == MAX_MAPPINGS ||
		    (again && i >= n && is_replaced(b, list, n))) {
			*place = b->next;
			algate_mapping_free(flow, b);
			continue;
		}
		kept[b->dir]++;
		i++;
		place = &b->next;
	}
}

/**
 * algate_mapping_public() - public port of the source of an expected flow
 * @master: conntrack entry of the flow that expected it
 * @ct: conntrack entry of the expected flow
 * @dir: direction of @master in which the source sends
 *
 * Context: packet path, under RCU.
 *
 * Return: the public port, if the source is an announced endpoint with another
 * public port; otherwise 0.
 */
__be16 algate_mapping_public(const struct nf_conn *master,
			     const struct nf_conn *ct, enum ip_conntrack_dir dir)
{
	struct algate_flow *flow = algate_flow_find(master);
	const struct nf_conntrack_tuple *t;
	const struct algate_mapping *b;
	__be16 port = 0;
	u32 i;

	t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	if (!flow)
		return 0;
	spin_lock_bh(&flow->root->lock);
	for (b = flow->mapping; b && !port; b = b->next) {
		i = ntohs(t->src.u.all) - b->real.port;
		if (b->dir == (dir ^ flow->swapped) &&
		    b->proto == t->dst.protonum &&
		    b->mapped.port != b->real.port && i < b->count &&
		    !memcmp(b->real.addr, &t->src.u3, sizeof(b->real.addr)))
			port = htons(b->mapped.port + i);
	}
	spin_unlock_bh(&flow->root->lock);
	return port;
}

/**
 * algate_mapping_free_all() - free all port mappings of a flow
 * @flow: flow; @flow->root->lock is held
 */
void algate_mapping_free_all(struct algate_flow *flow)
{
	mappings_free(flow, flow->mapping);
	flow->mapping = NULL;
}

/**
 * algate_mapping_close() - withdraw expectations
 * @flow: flow; @flow->root->lock is held
 * @ct: conntrack entry of @flow
 * @in: intent: a class, and optionally a key
 */
void algate_mapping_close(struct algate_flow *flow, const struct nf_conn *ct,
			  const struct algate_intent *in)
{
	struct algate_mapping **place = &flow->mapping, *b;
	u8 most[ALGATE_MAX_CLASSES];
	unsigned int gone = 0;

	lockdep_assert_held(&flow->root->lock);
	while ((b = *place)) {
		if (!algate_mapping_asked(b, in)) {
			place = &b->next;
			continue;
		}
		gone += algate_expect_bound(flow, ct, b, 0);
		*place = b->next;
		algate_mapping_free(flow, b);
	}
	if (in->act->key == ALGATE_SLOT_NONE) {
		memset(most, NF_CT_EXPECT_MAX_CNT, sizeof(most));
		most[in->act->class] = 0;
		gone += algate_expect_trim(flow, ct, most, ALL_DIRS);
	}
	algate_expect_opened(flow, 0, gone);
}

/**
 * algate_mapping_confirm() - activate expectations opened as inactive
 * @flow: flow; @flow->root->lock is held
 * @ct: conntrack entry of @flow
 * @prog: program that ran
 * @msg: message that answers
 * @in: intent: a class, a key, a timeout, and perhaps the host that may use
 *	the expectations; without a timeout the expectations are withdrawn
 *
 * Return: seconds since the youngest opening that was confirmed; U32_MAX if
 * none was.
 */
u32 algate_mapping_confirm(struct algate_flow *flow, const struct nf_conn *ct,
			   const struct algate_prog *prog,
			   const struct algate_message *msg,
			   const struct algate_intent *in)
{
	struct algate_mapping *b;
	u32 left, age = U32_MAX;

	lockdep_assert_held(&flow->root->lock);
	if (!in->time) {
		algate_mapping_close(flow, ct, in);
		return age;
	}
	for (b = flow->mapping; b; b = b->next) {
		left = algate_mapping_answer(prog, b, msg, in);
		if (!left)
			continue;
		algate_mapping_narrow(b, in);
		if (algate_expect_bound(flow, ct, b, left))
			age = min(age, in->time - left);
	}
	if (age != U32_MAX)
		algate_sweep_wait(flow, in->time - age + 1);
	return age;
}

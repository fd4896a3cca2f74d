// SPDX-License-Identifier: GPL-2.0
/*
 * What a flow's rules have opened, as long as someone may ask for it: by its
 * key, or by a port that NAT has moved.
 */
#include "algate.h"
#include "compat.h"

#define MAX_BINDINGS	64	/* of a flow; the oldest gives way */

/**
 * algate_binding_make() - a binding for an open
 * @flow: flow, its lock held
 * @o: what is opened, and where
 * @dir: enum algate_dir: who announced it
 * @key: what for
 *
 * Context: BHs off.
 *
 * Return: the binding, in no list yet; -ENOMEM, or -ENOSPC: the budget of
 * memory is used up.
 */
struct algate_binding *algate_binding_make(struct algate_flow *flow,
					   const struct algate_opening *o,
					   u8 dir, u32 key)
{
	struct algate_binding *b;

	if (!algate_memory_charge(flow, algate_alloc_size(sizeof(*b))))
		return ERR_PTR(-ENOSPC);
	b = algate_alloc_atomic(sizeof(*b));
	if (!b) {
		algate_memory_uncharge(flow, algate_alloc_size(sizeof(*b)));
		return ERR_PTR(-ENOMEM);
	}
	*b = (struct algate_binding){
		.real = o->real, .mapped = o->mapped,
		.count = o->act->count, .dir = dir,
		.class = o->act->class, .proto = o->act->proto,
		.key = key,
	};
	return b;
}

/**
 * algate_binding_free() - a binding goes
 * @flow: flow, its lock held
 * @b: its binding, in no list; may be NULL
 *
 * Context: BHs off.
 */
void algate_binding_free(struct algate_flow *flow, struct algate_binding *b)
{
	if (!b)
		return;
	algate_memory_uncharge(flow, algate_alloc_size(sizeof(*b)));
	algate_free(b);
}

/* the same ports of the same endpoint */
static bool same_binding(const struct algate_binding *a,
			 const struct algate_binding *b)
{
	return a->real.port == b->real.port && a->class == b->class &&
	       a->proto == b->proto && a->dir == b->dir &&
	       a->count == b->count &&
	       !memcmp(a->real.addr, b->real.addr, sizeof(a->real.addr));
}

/* Is @b like one of the @n in front of it? */
static bool is_replaced(const struct algate_binding *b,
			const struct algate_binding *newer, unsigned int n)
{
	for (; n--; newer = newer->next)
		if (same_binding(b, newer))
			return true;
	return false;
}

static void bindings_free(struct algate_flow *flow, struct algate_binding *b)
{
	while (b) {
		struct algate_binding *next = b->next;

		algate_binding_free(flow, b);
		b = next;
	}
}

/**
 * algate_binding_keep() - new bindings come to stay
 * @flow: flow, its lock held
 * @list: what algate_binding_make() returned, in front of those of the flow
 * @n: how many are new
 * @again: some may take the place of older ones
 *
 * What is beyond the limit goes.
 */
void algate_binding_keep(struct algate_flow *flow, struct algate_binding *list,
			 unsigned int n, bool again)
{
	struct algate_binding **place = &flow->binding, *b;
	unsigned int kept = 0;

	lockdep_assert_held(&flow->lock);
	flow->binding = list;
	while ((b = *place) && kept < MAX_BINDINGS) {
		if (again && kept >= n && is_replaced(b, list, n)) {
			*place = b->next;
			algate_binding_free(flow, b);
			continue;
		}
		kept++;
		place = &b->next;
	}
	*place = NULL;
	bindings_free(flow, b);
}

/**
 * algate_binding_free_all() - a flow needs its bindings no more
 * @flow: flow, its lock held
 */
void algate_binding_free_all(struct algate_flow *flow)
{
	bindings_free(flow, flow->binding);
	flow->binding = NULL;
}

static bool asked_for(const struct algate_binding *b,
		      const struct algate_intent *in)
{
	return b->class == in->act->class &&
	       (in->act->key == ALGATE_SLOT_NONE || b->key == in->key);
}

/**
 * algate_binding_close() - withdraw expectations
 * @flow: flow, its lock held
 * @ct: its conntrack entry
 * @in: which class, and which key if there is one
 */
void algate_binding_close(struct algate_flow *flow, const struct nf_conn *ct,
			  const struct algate_intent *in)
{
	struct algate_binding **place = &flow->binding, *b;
	u8 most[ALGATE_MAX_CLASSES];
	unsigned int gone = 0;

	lockdep_assert_held(&flow->lock);
	while ((b = *place)) {
		if (!asked_for(b, in)) {
			place = &b->next;
			continue;
		}
		gone += algate_expect_bound(flow, ct, b, 0);
		*place = b->next;
		algate_binding_free(flow, b);
	}
	if (in->act->key == ALGATE_SLOT_NONE) {
		memset(most, NF_CT_EXPECT_MAX_CNT, sizeof(most));
		most[in->act->class] = 0;
		gone += algate_expect_trim(flow, ct, most);
	}
	algate_expect_opened(flow, 0, gone);
}

/**
 * algate_binding_confirm() - what was opened inactive becomes active
 * @flow: flow, its lock held
 * @ct: its conntrack entry
 * @in: which class, which key, and how long; no time: it is withdrawn
 */
void algate_binding_confirm(struct algate_flow *flow, const struct nf_conn *ct,
			    const struct algate_intent *in)
{
	struct algate_binding *b;

	lockdep_assert_held(&flow->lock);
	if (!in->time) {
		algate_binding_close(flow, ct, in);
		return;
	}
	for (b = flow->binding; b; b = b->next)
		if (asked_for(b, in))
			algate_expect_bound(flow, ct, b, in->time);
	if (flow->expecting)
		algate_sweep_wait(flow, in->time + 1);
}

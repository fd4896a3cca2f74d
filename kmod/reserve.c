// SPDX-License-Identifier: GPL-2.0
/*
 * Reservations: the ports and expectations of a message's openings, each of
 * which can be undone as long as a later one may fail.
 */
#include <linux/jhash.h>

#include "algate.h"
#include "commit.h"
#include "compat.h"
#include "expect.h"

/* The helper of this plug-in for an expected flow. */
static struct nf_conntrack_helper *open_helper(const struct commit *c, u8 proto)
{
	return algate_plugin_helper(c->flow->use->plugin, nf_ct_l3num(c->ct),
				    proto);
}

static void expect_flags(const struct commit *c,
			 const struct algate_action *act,
			 struct nf_conntrack_expect *exp, bool any)
{
	exp->expectfn = algate_expect_used;
	if (c->prog->class[act->class].flags & ALGATE_CLASS_PERMANENT)
		exp->flags |= NF_CT_EXPECT_PERMANENT;
	if (act->flags & ALGATE_ACTION_F_INACTIVE)
		exp->flags |= NF_CT_EXPECT_INACTIVE;
	if (any) {
		/* Conntrack ignores the expectation; side.c finds it. */
		exp->expectfn = exp->flags & NF_CT_EXPECT_INACTIVE ?
				algate_side_later : algate_side_any;
		exp->flags |= NF_CT_EXPECT_INACTIVE;
	}
	/* The first packet of the flow looks up another plug-in: see heir.c. */
	if (act->flags & ALGATE_ACTION_F_INSPECT && !act->other)
		algate_expect_assign(exp, open_helper(c, act->proto));
}

/* May more hosts than the peer use the opening? The same for all openings. */
static bool open_any(struct commit *c, const struct algate_opening *o)
{
	if (o->from == ALGATE_USERS_PEER ||
	    READ_ONCE(c->flow->use->narrow) & BIT(o->act->class))
		return false;
	if (!c->sided)
		c->side = algate_side_open(c->flow->use->an, c->skb, c->ct,
					   c->dir, o->from);
	c->sided = true;
	return c->side;
}

static struct nf_conntrack_expect *expect_make(struct commit *c,
					       const struct algate_opening *o,
					       unsigned int i, u16 port)
{
	const union nf_inet_addr *to = (const void *)o->mapped.addr;
	const union nf_inet_addr *from = NULL;
	struct nf_conntrack_expect *exp;
	__be16 dport = htons(port + i);
	bool any;

	exp = nf_ct_expect_alloc(c->master);
	if (!exp)
		return NULL;
	any = open_any(c, o);
	if (!any)
		from = &c->ct->tuplehash[!c->dir].tuple.src.u3;
	nf_ct_expect_init(exp, o->act->class, nf_ct_l3num(c->ct), from, to,
			  o->act->proto, NULL, &dport);
	/*
	 * Conntrack removes expectations by helper, so an expectation without
	 * owner would outlive the plug-in.
	 */
	if (!algate_expect_owned(exp)) {
		nf_ct_expect_put(exp);
		return NULL;
	}
	expect_flags(c, o->act, exp, any);
	/*
	 * NAT translates to the saved endpoint. A third party's endpoint is not
	 * translated.
	 */
	memset(&exp->saved_addr, 0, sizeof(exp->saved_addr));
	if (o->follow)
		memcpy(&exp->saved_addr, o->real.addr,
		       sizeof(exp->saved_addr));
	exp->saved_proto.all = htons(o->real.port + i);
	exp->dir = !c->way;
	return exp;
}

/* Withdraw the expectations of @r. Used expectations still count as opened. */
static void reservation_drop(struct commit *c, struct reservation *r)
{
	for (; r->n; c->nexp--) {
		unsigned int i = r->first + --r->n;

		if (c->old[i])
			c->extended--;
		else if (!c->like[i])
			c->used += !algate_expect_withdraw(c->exp[i]);
		nf_ct_expect_put(c->exp[i]);
	}
}

/* An expectation that this message replaces already is replaced in turn. */
static void expect_keep(struct commit *c, struct reservation *r,
			struct nf_conntrack_expect *exp, bool old,
			struct nf_conntrack_expect *like)
{
	unsigned int i;

	for (i = 0; like && i < c->nexp; i++)
		if (c->like[i] == like)
			like = c->exp[i];
	c->old[c->nexp] = old;
	c->like[c->nexp] = like;
	c->exp[c->nexp++] = exp;
	r->n++;
}

/*
 * Insert @exp, unless a matching expectation is open. 0, -EBUSY or another
 * error.
 */
static int expect_open(struct commit *c, struct reservation *r,
		       struct nf_conntrack_expect *exp)
{
	u32 seconds = c->prog->class[r->o->act->class].timeout;
	struct nf_conntrack_expect *old;
	int err;

	switch (algate_expect_repeat(c->owner, exp, seconds, r->o->movable,
				     &old)) {
	case ALGATE_REPEAT_ACTIVE:
		nf_ct_expect_put(exp);
		return 0;
	case ALGATE_REPEAT_EXTENDED:
		nf_ct_expect_put(exp);
		c->extended++;
		expect_keep(c, r, old, true, NULL);
		return 0;
	case ALGATE_REPEAT_TAKEN:
		nf_ct_expect_put(exp);
		return -EBUSY;
	case ALGATE_REPEAT_DIFFERENT:
		expect_keep(c, r, exp, false, old);
		return 0;
	case ALGATE_REPEAT_NONE:
		break;
	}
	algate_used_forget(c->owner, exp);
	err = nf_ct_expect_related(exp, 0);
	if (err == -EBUSY && !r->o->movable && algate_expect_take_over(exp))
		err = nf_ct_expect_related(exp, 0);
	if (err < 0) {
		nf_ct_expect_put(exp);
		return err;
	}
	expect_keep(c, r, exp, false, NULL);
	return 0;
}

/**
 * algate_reserve_replace() - replace expectations that differ
 * @c: commit of a message that can no longer fail, which would leave the flow
 *	without the old and the new expectation
 *
 * Conntrack has room for the new expectation, unless another flow takes the room
 * meanwhile.
 *
 * Context: BHs off, under RCU.
 */
void algate_reserve_replace(struct commit *c)
{
	unsigned int i;

	for (i = 0; i < c->nexp; i++) {
		if (!c->like[i])
			continue;
		c->withdrawn += algate_expect_withdraw(c->like[i]);
		algate_used_forget(c->owner, c->exp[i]);
		c->withdrawn += nf_ct_expect_related(c->exp[i], 0) < 0;
	}
}

/* Open all ports from @port on, or none. */
static int reservation_try(struct commit *c, struct reservation *r, u16 port)
{
	unsigned int i;
	int err;

	for (i = 0; i < r->o->act->count; i++) {
		struct nf_conntrack_expect *exp = expect_make(c, r->o, i,
							      port);

		err = exp ? expect_open(c, r, exp) : -ENOMEM;
		if (err < 0) {
			reservation_drop(c, r);
			return err;
		}
	}
	r->o->mapped.port = port;
	return 0;
}

/*
 * Find free ports for an endpoint that NAT maps, and open them. The search
 * begins at a port that depends on the endpoint, so that the endpoint usually
 * gets the port again that conntrack's entries of an earlier call have.
 */
static int reservation_move(struct commit *c, struct reservation *r)
{
	const struct algate_net *an = c->flow->use->an;
	struct algate_port_search search;
	struct algate_opening *o = r->o;
	u32 start = jhash(o->real.addr, sizeof(o->real.addr),
			  an->seed ^ o->real.port) / 2;
	u32 i, port = o->mapped.port;
	bool may;
	int err;

	algate_port_search(an, o, &search);
	may = algate_port_keep(&search, o);
	for (i = 0;; i++) {
		o->mapped.port = port;
		if (may && algate_port_free(c->ct, c->dir, o)) {
			err = reservation_try(c, r, port);
			if (err != -EBUSY)
				return err;
		}
		if (i == ALGATE_PORT_TRIES || !c->tries)
			return -EBUSY;
		c->tries--;
		port = algate_port_other(&search, o, start, i);
		may = port;
	}
}

static int reservation_make(struct commit *c, struct reservation *r)
{
	r->first = c->nexp;
	return r->o->movable ? reservation_move(c, r) :
			       reservation_try(c, r, r->o->mapped.port);
}

static bool is_permanent(const struct commit *c, const struct algate_opening *o)
{
	return c->prog->class[o->act->class].flags & ALGATE_CLASS_PERMANENT;
}

/* Does an earlier opening of one of these ports name the plug-in for its flows? */
static bool is_willed(const struct commit *c, const struct algate_opening *o)
{
	const struct algate_mapping *b = c->resolver.known;
	u32 port = o->mapped.port;

	for (; b; b = b->next)
		if (b->heir && b->class == o->act->class &&
		    b->proto == o->act->proto &&
		    port < (u32)b->mapped.port + b->count &&
		    b->mapped.port < port + o->act->count &&
		    !memcmp(b->mapped.addr, o->mapped.addr,
			    sizeof(b->mapped.addr)))
			return true;
	return false;
}

/*
 * Store a port mapping if the port moved, rules can ask by key, uses are
 * counted, or the rule may name the host that may use the opening: without a
 * name, the mapping replaces an earlier one with a name. So it does with the
 * name of a plug-in.
 */
static int reservation_bind(struct commit *c, struct reservation *r,
			    const struct algate_intent *in)
{
	struct algate_mapping *mapping;

	if (r->o->mapped.port == r->o->real.port &&
	    r->o->act->key == ALGATE_SLOT_NONE &&
	    r->o->act->only == ALGATE_SLOT_NONE && !r->o->act->other &&
	    !is_permanent(c, r->o) && !is_willed(c, r->o))
		return 0;
	mapping = algate_mapping_make(c->owner, c->prog, r->o, c->msg, in);
	if (IS_ERR(mapping))
		return PTR_ERR(mapping);
	r->mapping = mapping;
	mapping->next = c->resolver.known;
	c->resolver.known = mapping;
	c->bound++;
	c->again |= r->o->again;
	return 0;
}

/**
 * algate_reserve_undo() - undo the last reservation
 * @ctx: commit of a message
 *
 * See struct algate_resolver. An expectation that a packet has used meanwhile
 * counts as opened.
 *
 * Context: BHs off, under RCU.
 */
void algate_reserve_undo(void *ctx)
{
	struct commit *c = ctx;
	struct reservation *r = &c->res[--c->nres];

	reservation_drop(c, r);
	if (!r->mapping)
		return;
	c->resolver.known = r->mapping->next;
	c->bound--;
	algate_mapping_free(c->owner, r->mapping);
}

/**
 * algate_reserve() - open the expectations of an open action
 * @ctx: commit of a message
 * @in: open action's intent
 * @o: its opening; the mapped port is set
 *
 * See struct algate_resolver.
 *
 * Context: BHs off, under RCU.
 *
 * Return: -1, or the counter (enum algate_counter) of the refusal.
 */
int algate_reserve(void *ctx, const struct algate_intent *in,
		   struct algate_opening *o)
{
	struct commit *c = ctx;
	struct reservation *r = &c->res[c->nres];
	int err;

	r->o = o;
	r->mapping = NULL;
	r->n = 0;
	if (reservation_make(c, r) < 0)
		return ALGATE_C_NO_PORT;
	err = reservation_bind(c, r, in);
	if (err < 0) {
		reservation_drop(c, r);
		return err == -ENOSPC ? ALGATE_C_MEMORY_LIMIT :
					ALGATE_C_NO_MEMORY;
	}
	c->nres++;
	return -1;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Carry out the intents of a message: expectations and edits.
 *
 * A message announces an endpoint as the sender sees it. NAT maps the endpoint
 * for everybody else. The expectation waits at the mapped endpoint, and the
 * edit writes the mapped endpoint into the message.
 */
#include <linux/jhash.h>

#include "algate.h"
#include "compat.h"
#include "control.h"
#include "expect.h"
#include "packet.h"
#include "trace.h"

/*
 * Upper bound for a class and a direction, even if the program allows more. The
 * message's own expectations find room in conntrack's table before older ones
 * are evicted.
 */
#define MAX_CLASS	((NF_CT_EXPECT_MAX_CNT - ALGATE_MAX_OPEN_PORTS) / 2)

/*
 * Other ports that a message tries for all its openings together: a message with
 * many openings does not cost many times as much if no port is free.
 */
#define MAX_TRIES	(2 * ALGATE_PORT_TRIES)

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

/* used by the owner of the CPU's packet context, see help.c */
static struct commit __percpu *scratch;

/**
 * algate_commit_init() - allocate the per-CPU scratch space
 *
 * Context: may sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int algate_commit_init(void)
{
	scratch = alloc_percpu(struct commit);
	return scratch ? 0 : -ENOMEM;
}

/** algate_commit_exit() - free the per-CPU scratch space */
void algate_commit_exit(void)
{
	free_percpu(scratch);
}

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
	if (act->flags & ALGATE_ACTION_F_INSPECT)
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

/*
 * Replace expectations that differ. The message can no longer fail, which would
 * leave the flow without the old and the new expectation. Conntrack has room
 * for the new expectation, unless another flow takes the room meanwhile.
 */
static void expect_replace(struct commit *c)
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

/*
 * Store a port mapping if the port moved, rules can ask by key, uses are
 * counted, or the rule may name the host that may use the opening: without a
 * name, the mapping replaces an earlier one with a name.
 */
static int reservation_bind(struct commit *c, struct reservation *r,
			    const struct algate_intent *in)
{
	struct algate_mapping *mapping;

	if (r->o->mapped.port == r->o->real.port &&
	    r->o->act->key == ALGATE_SLOT_NONE &&
	    r->o->act->only == ALGATE_SLOT_NONE &&
	    !is_permanent(c, r->o))
		return 0;
	mapping = algate_mapping_make(c->owner, r->o, c->msg, in);
	if (IS_ERR(mapping))
		return PTR_ERR(mapping);
	r->mapping = mapping;
	mapping->next = c->resolver.known;
	c->resolver.known = mapping;
	c->bound++;
	c->again |= r->o->again;
	return 0;
}

/* Undo the last reservation. See struct algate_resolver. */
static void commit_release(void *ctx)
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

/* Count a refusal: of an intent, or of the message, which has no @in. */
static void commit_refused(void *ctx, const struct algate_intent *in, int why)
{
	struct commit *c = ctx;

	algate_count(c->flow, why, 1);
	algate_event_flow(c->flow, ALGATE_EV_REFUSED, why);
}

/* Account expectations that were used before the message withdrew them. */
static void commit_used(struct commit *c)
{
	algate_expect_opened(c->owner, c->used, c->withdrawn);
	algate_share_opened(c->owner, c->used);
}

static bool commit_refuse(struct commit *c, enum algate_counter why)
{
	while (c->nres)
		commit_release(c);
	commit_used(c);
	commit_refused(c, NULL, why);
	if (why == ALGATE_C_THIRD_PARTY)
		c->result->over =
			algate_strangers(c->prog, c->msg,
					 algate_flow_counter(c->flow, why));
	return false;
}

/*
 * Withdraw the oldest expectations of classes above their limit. A direction
 * does not withdraw expectations of the other direction, whose sender would
 * lose them.
 */
static void commit_trim(struct commit *c)
{
	const struct nf_conn_help *help = nfct_help(c->master);
	u8 most[ALGATE_MAX_CLASSES];
	bool many = false;
	unsigned int i;

	memset(most, NF_CT_EXPECT_MAX_CNT, sizeof(most));
	for (i = 0; i < c->nres; i++) {
		u8 class = c->res[i].o->act->class;

		most[class] = min_t(u8, MAX_CLASS, c->prog->class[class].max);
		many |= READ_ONCE(help->expecting[class]) > most[class];
	}
	if (many)
		c->withdrawn += algate_expect_trim(c->owner, c->master, most,
						   BIT(c->way));
}

static void commit_trace(const struct commit *c)
{
	unsigned int i;

	for (i = 0; i < c->nres; i++) {
		const struct algate_opening *o = c->res[i].o;

		/* The same endpoint may be open already. */
		if (c->res[i].n)
			trace_algate_open(c->flow,
					  &c->prog->class[o->act->class], o);
	}
}

static void commit_opened(struct commit *c)
{
	struct algate_flow *owner = c->owner;
	const struct algate_opening *last;
	unsigned int i;
	u32 timeout = U32_MAX;

	expect_replace(c);
	if (algate_event_wanted(owner))
		for (i = 0; i < c->nexp; i++)
			algate_event_expect(owner, ALGATE_EV_EXPECT_NEW,
					    c->exp[i]);
	if (trace_algate_open_enabled())
		commit_trace(c);
	for (i = 0; i < c->nexp; i++)
		nf_ct_expect_put(c->exp[i]);
	if (c->bound)
		algate_mapping_keep(owner, c->resolver.known, c->bound,
				    c->again);
	last = c->res[c->nres - 1].o;
	algate_flow_note(c->flow, &last->real, &last->mapped);
	commit_trim(c);
	algate_expect_opened(owner, c->used + c->nexp,
			     c->withdrawn + c->extended);
	algate_share_opened(owner, c->used + c->nexp - c->extended);
	for (i = 0; i < c->nres; i++)
		timeout = min(timeout,
			      c->prog->class[c->res[i].o->act->class].timeout);
	algate_sweep_wait(owner, timeout + 1);
}

/* Room within the namespace's limit, or within the host's or flow's share? */
static bool commit_room(const struct algate_flow *flow, unsigned int n)
{
	const struct algate_net *an = flow->use->an;
	u32 limit = READ_ONCE(an->limits.expects);
	u32 flows;

	if (atomic_read(&an->nexpects) + n <= limit)
		return true;
	flows = atomic_read(&an->nexpecting) + !flow->expecting;
	return flow->expecting + n <= limit / max(flows, 1U) ||
	       algate_share_room(flow, ALGATE_SHARED_EXPECTS, n, limit);
}

/* Is there room for @ports more expectations? See struct algate_resolver. */
static int commit_limits(void *ctx, u32 ports)
{
	struct commit *c = ctx;
	struct algate_flow *owner = c->owner;

	ports += c->nexp;
	if (!commit_room(owner, ports) && !c->settled) {
		/* Expired expectations may not have been counted yet. */
		algate_sweep_wait(owner, algate_expect_settle(owner,
							      c->master));
		c->settled = true;
	}
	if (!commit_room(owner, ports))
		return ALGATE_C_LIMIT;
	/* as commit_opened() charges the rate */
	ports += c->used - c->extended;
	return algate_share_rate(owner, ports) ? -1 : ALGATE_C_LIMIT;
}

/* Open the expectations of an open action. See struct algate_resolver. */
static int commit_reserve(void *ctx, const struct algate_intent *in,
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

/*
 * Without sequence adjustment, a stream cannot change its length. See struct
 * algate_resolver.
 */
static int commit_fits(void *ctx, u32 size)
{
	const struct commit *c = ctx;

	if (c->msg->proto == IPPROTO_TCP && !nfct_seqadj(c->ct) &&
	    size != c->msg->len)
		return ALGATE_C_NO_SEQADJ;
	return -1;
}

/* Carry out the intents that cannot fail, after the others. */
static void commit_do(struct commit *c)
{
	const struct algate_intent *extend = NULL;
	unsigned long counted = c->result->counted;
	u32 seconds, age = U32_MAX;
	unsigned int i;

	for (i = 0; i < c->result->nintents; i++) {
		const struct algate_intent *in = &c->result->intent[i];

		switch (in->act->verb) {
		case ALGATE_VERB_CONFIRM:
			age = min(age, algate_mapping_confirm(c->owner,
							      c->master,
							      c->prog, c->msg,
							      in));
			break;
		case ALGATE_VERB_CLOSE:
			algate_mapping_close(c->owner, c->master, in);
			break;
		case ALGATE_VERB_EXTEND:
			extend = in;
			break;
		}
	}
	if (extend) {
		seconds = algate_extension(c->prog, c->result, age);
		/* 0 seconds end an earlier extension */
		if (seconds || !extend->time)
			algate_flow_extend(c->owner, c->master, seconds,
					   age != U32_MAX);
	}
	for (i = 0; counted; i++, counted >>= 1)
		if (counted & 1)
			algate_count_rule(c->flow, i);
}

/**
 * algate_commit() - carry out the intents of a message
 * @flow: flow; @flow->root->lock is held
 * @ct: conntrack entry of @flow
 * @ctinfo: state of @ct for the packet
 * @prog: program that ran
 * @msg: the message
 * @result: result of algate_run(); edits are added
 * @skb: packet that completes the message
 *
 * Context: BHs off, under RCU.
 *
 * Counters tell which intents are refused, and why.
 *
 * Return: true when intents are carried out and only the edits remain. False
 * when the message is refused, and nothing is carried out.
 */
bool algate_commit(struct algate_flow *flow, struct nf_conn *ct,
		   enum ip_conntrack_info ctinfo,
		   const struct algate_prog *prog,
		   const struct algate_message *msg,
		   struct algate_result *result, const struct sk_buff *skb)
{
	struct commit *c = this_cpu_ptr(scratch);
	int why;

	lockdep_assert_held(&flow->root->lock);
	c->flow = flow;
	c->owner = algate_flow_owner(flow);
	c->ct = ct;
	c->master = c->owner == flow ? ct : c->owner->ct;
	c->dir = CTINFO2DIR(ctinfo);
	c->way = c->owner == flow ? c->dir : c->dir ^ flow->swapped;
	c->prog = prog;
	c->msg = msg;
	c->skb = skb;
	c->result = result;
	c->resolver.prog = prog;
	c->resolver.known = c->owner->mapping;
	c->resolver.ctx = c;
	c->resolver.room = commit_limits;
	c->resolver.reserve = commit_reserve;
	c->resolver.release = commit_release;
	c->resolver.fits = commit_fits;
	c->resolver.refused = commit_refused;
	c->bound = 0;
	c->again = false;
	c->tries = MAX_TRIES;
	c->settled = false;
	c->sided = false;
	c->withdrawn = 0;
	c->extended = 0;
	c->used = 0;
	c->nres = 0;
	c->nexp = 0;

	why = algate_resolve(&c->resolver, msg, result);
	if (why >= 0)
		return commit_refuse(c, why);
	if (c->nres)
		commit_opened(c);
	else if (c->used)
		commit_used(c);
	commit_do(c);
	return true;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Carry out the intents of a message: expectations and edits.
 *
 * A message announces an endpoint as the sender sees it. NAT maps the endpoint
 * for everybody else. The expectation waits at the mapped endpoint, and the
 * edit writes the mapped endpoint into the message.
 */
#include "algate.h"
#include "commit.h"
#include "control.h"
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
		algate_reserve_undo(c);
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

	algate_reserve_replace(c);
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

/*
 * Room within the namespace's limit, or within the host's or flow's share? A
 * guest has no share of its own.
 */
static bool commit_room(const struct algate_flow *flow, unsigned int n)
{
	const struct algate_net *an = flow->use->an;
	u32 limit = READ_ONCE(an->limits.expects);
	u32 flows;

	if (atomic_read(&an->nexpects) + n <= limit)
		return true;
	flows = atomic_read(&an->nexpecting) + !flow->expecting;
	return (!flow->guest &&
		flow->expecting + n <= limit / max(flows, 1U)) ||
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
	algate_heir_settle(c->owner);
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
	c->resolver.reserve = algate_reserve;
	c->resolver.release = algate_reserve_undo;
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

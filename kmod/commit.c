// SPDX-License-Identifier: GPL-2.0
/*
 * What a message asks for becomes expectations and edits: all, or nothing.
 *
 * The endpoint that a message announces is the sender's own, as the sender
 * sees itself. For everybody else it is where NAT mapped it: an expectation
 * waits there, and that is what is written into the message.
 */
#include <linux/random.h>

#include "algate.h"

#define MAX_PORTS	16	/* of an intent; the verifier sees to it */
#define MAX_ATTEMPTS	128	/* as nf_nat_exp_find_port() */
#define FIRST_PORT	1024

/* an intent on its way to expectations */
struct reservation {
	const struct algate_open *open;
	union nf_inet_addr real;	/* as the sender sees it */
	union nf_inet_addr mapped;	/* as the others do */
	u16 port;			/* real, of the first */
	u16 mapped_port;
	bool movable;			/* another port would do */
	bool follow;			/* NAT takes it where it took the master */
	u8 n;
	struct nf_conntrack_expect *exp[MAX_PORTS];
};

struct commit {
	struct algate_flow *flow;
	struct nf_conn *ct;
	enum ip_conntrack_dir dir;
	const struct algate_prog *prog;
	const struct algate_message *msg;
	struct algate_result *result;
	unsigned int withdrawn;		/* older expectations, for these */
	unsigned int used;		/* before they could be taken back */
	struct reservation res[ALGATE_MAX_INTENTS];
};

static DEFINE_PER_CPU(struct commit, scratch);

/* within the namespace's limits: of expectations, and of new ones a second */
static bool commit_allowed(struct algate_flow *flow, unsigned int n)
{
	struct algate_net *an = flow->an;
	unsigned long now = jiffies / HZ;

	if (atomic_read(&an->nexpects) + n > READ_ONCE(an->limits.expects))
		return false;
	if (READ_ONCE(an->rate_second) != now) {
		WRITE_ONCE(an->rate_second, now);
		atomic_set(&an->rate_count, 0);
	}
	return atomic_add_return(n, &an->rate_count) <=
	       READ_ONCE(an->limits.expect_rate);
}

static bool same_addr(const struct commit *c, const union nf_inet_addr *a,
		      const union nf_inet_addr *b)
{
	return nf_ct_l3num(c->ct) == AF_INET ? a->ip == b->ip :
					       nf_inet_addr_cmp(a, b);
}

static bool addr_from_slot(const struct commit *c,
			   const struct algate_intent *in,
			   union nf_inet_addr *addr)
{
	bool v6 = algate_type_kind(in->addr_type) == ALGATE_KIND_IP6;

	memset(addr, 0, sizeof(*addr));
	if (v6 != (nf_ct_l3num(c->ct) == AF_INET6))
		return false;
	memcpy(addr, in->addr.addr, v6 ? 16 : 4);
	return true;
}

/* Sets where the endpoint is; the counter that says why not, or -1. */
static int endpoint_resolve(const struct commit *c,
			    const struct algate_intent *in,
			    struct reservation *r)
{
	const struct nf_conntrack_tuple *own, *seen;
	u32 port;

	own = &c->ct->tuplehash[c->dir].tuple;
	seen = &c->ct->tuplehash[!c->dir].tuple;
	r->open = in->open;
	r->n = 0;
	port = in->has_port ? in->port.num : ntohs(own->src.u.all);

	r->real = own->src.u3;
	r->mapped = seen->dst.u3;
	r->follow = true;
	if (in->has_addr && (!addr_from_slot(c, in, &r->real) ||
			     !same_addr(c, &r->real, &own->src.u3))) {
		if (!(in->open->flags & ALGATE_OPEN_F_THIRD_PARTY))
			return ALGATE_C_THIRD_PARTY;
		if (!addr_from_slot(c, in, &r->real))
			return ALGATE_C_BAD_PORT;
		r->mapped = r->real;
		r->follow = false;
	}
	if (!port || port + in->open->count - 1 > U16_MAX ||
	    (in->open->parity && port % in->open->parity))
		return ALGATE_C_BAD_PORT;
	if (port < FIRST_PORT && in->has_port &&
	    !(in->open->flags & ALGATE_OPEN_F_LOW_PORTS))
		return ALGATE_C_LOW_PORT;

	r->port = port;
	r->mapped_port = port;
	r->movable = !same_addr(c, &r->real, &r->mapped) && in->has_port &&
		     in->port.len;
	/* the flow's own endpoint is where NAT put it already */
	if (same_addr(c, &r->real, &own->src.u3) &&
	    port == ntohs(own->src.u.all) &&
	    in->open->proto == nf_ct_protonum(c->ct)) {
		r->mapped_port = ntohs(seen->dst.u.all);
		r->movable = false;
	}
	return -1;
}

static struct nf_conntrack_expect *expect_make(const struct commit *c,
					       const struct reservation *r,
					       unsigned int i, u16 port)
{
	const struct algate_open *open = r->open;
	const union nf_inet_addr *from = NULL;
	struct nf_conntrack_expect *exp;
	__be16 dport = htons(port + i);

	exp = nf_ct_expect_alloc(c->ct);
	if (!exp)
		return NULL;
	if (open->from == ALGATE_FROM_PEER)
		from = &c->ct->tuplehash[!c->dir].tuple.src.u3;
	nf_ct_expect_init(exp, open->class, nf_ct_l3num(c->ct), from,
			  &r->mapped, open->proto, NULL, &dport);
	/* it would outlive the plug-in: conntrack finds those by their helper */
	if (!rcu_access_pointer(exp->helper)) {
		nf_ct_expect_put(exp);
		return NULL;
	}
	if (c->prog->class[open->class].flags & ALGATE_CLASS_PERMANENT)
		exp->flags |= NF_CT_EXPECT_PERMANENT;
	exp->expectfn = algate_expect_used;
	exp->saved_proto.all = r->follow ? htons(r->port + i) : 0;
	exp->saved_addr = r->real;
	exp->dir = !c->dir;
	return exp;
}

/* Takes them back; how many were used already, and have to count as opened. */
static unsigned int reservation_drop(struct reservation *r)
{
	unsigned int used = 0;

	while (r->n) {
		struct nf_conntrack_expect *exp = r->exp[--r->n];

		used += !algate_expect_withdraw(exp);
		nf_ct_expect_put(exp);
	}
	return used;
}

/* all ports from @port on, or none */
static int reservation_try(struct commit *c, struct reservation *r, u16 port)
{
	unsigned int i;
	int err;

	for (i = 0; i < r->open->count; i++) {
		struct nf_conntrack_expect *exp = expect_make(c, r, i, port);

		err = -ENOMEM;
		if (exp) {
			c->withdrawn += algate_expect_replace(exp);
			err = nf_ct_expect_related(exp, 0);
		}
		if (err < 0) {
			if (exp)
				nf_ct_expect_put(exp);
			c->used += reservation_drop(r);
			return err;
		}
		r->exp[r->n++] = exp;
	}
	r->mapped_port = port;
	return 0;
}

static int reservation_make(struct commit *c, struct reservation *r)
{
	unsigned int range = U16_MAX + 1 - FIRST_PORT - r->open->count;
	unsigned int left = r->movable ? MAX_ATTEMPTS : 0;
	u16 port = r->mapped_port;
	int err;

	for (;;) {
		err = reservation_try(c, r, port);
		if (err != -EBUSY || !left--)
			return err;
		port = FIRST_PORT + get_random_u32() % range;
		if (r->open->parity)
			port -= port % r->open->parity;
	}
}

static int edit_slot(struct commit *c, const struct algate_value *place,
		     u8 type, const struct algate_value *value)
{
	if (!place->len)
		return 0;
	/* those bytes have left already */
	if (place->off < c->msg->frozen)
		return -EINVAL;
	return algate_edit_add(c->result, place->off, place->len, type, value);
}

static int reservation_edit(struct commit *c, const struct algate_intent *in,
			    const struct reservation *r)
{
	struct algate_value v = {};
	int err = 0;

	if (in->has_addr && !same_addr(c, &r->real, &r->mapped)) {
		memcpy(v.addr, &r->mapped, sizeof(v.addr));
		err = edit_slot(c, &in->addr, in->addr_type, &v);
	}
	if (!err && in->has_port && r->mapped_port != r->port) {
		v.num = r->mapped_port;
		err = edit_slot(c, &in->port, in->port_type, &v);
	}
	return err;
}

static bool commit_refuse(struct commit *c, unsigned int n,
			  enum algate_counter why)
{
	while (n)
		c->used += reservation_drop(&c->res[--n]);
	algate_expect_opened(c->flow, c->used, c->withdrawn);
	algate_count(c->flow, why, 1);
	algate_event_flow(c->flow, ALGATE_EV_REFUSED, why);
	return false;
}

/* how many the message wants of a class */
static unsigned int class_wanted(const struct commit *c, unsigned int class)
{
	unsigned int i, n = 0;

	for (i = 0; i < c->result->nintents; i++)
		if (c->res[i].open->class == class)
			n += c->res[i].open->count;
	return n;
}

/* A message may push out older expectations, but not its own. */
static bool commit_fits(const struct commit *c)
{
	unsigned int i;

	for (i = 0; i < c->prog->nclasses; i++)
		if (class_wanted(c, i) > c->prog->class[i].max)
			return false;
	return true;
}

/* Takes away what is beyond @most, or the class's own limit, of its classes. */
static void commit_trim(struct commit *c, unsigned int most)
{
	unsigned int i, n, keep;

	for (i = 0; i < c->prog->nclasses; i++) {
		n = class_wanted(c, i);
		if (!n)
			continue;
		keep = min_t(unsigned int, most, c->prog->class[i].max);
		c->withdrawn += algate_expect_trim(c->ct, i, keep);
	}
}

static void commit_opened(struct commit *c)
{
	struct algate_flow *flow = c->flow;
	unsigned int i, j, opened = c->used;

	for (i = 0; i < c->result->nintents; i++) {
		struct reservation *r = &c->res[i];

		opened += r->n;
		algate_flow_note(flow, &r->real, r->port, &r->mapped,
				 r->mapped_port);
		for (j = 0; j < r->n; j++) {
			algate_event_expect(flow, ALGATE_EV_EXPECT_NEW,
					    r->exp[j]);
			nf_ct_expect_put(r->exp[j]);
		}
	}
	commit_trim(c, NF_CT_EXPECT_MAX_CNT);
	algate_expect_opened(flow, opened, c->withdrawn);
}

/**
 * algate_commit() - carry out what a message asks for
 * @flow: its flow; @flow->lock is held
 * @ct: its conntrack entry
 * @ctinfo: its state
 * @prog: the program that ran
 * @msg: the message
 * @result: what algate_run() made of it; edits are added
 *
 * Context: BHs off, under RCU.
 *
 * Return: true when all is done but for the edits; false when nothing is,
 * and a counter says why.
 */
bool algate_commit(struct algate_flow *flow, struct nf_conn *ct,
		   enum ip_conntrack_info ctinfo,
		   const struct algate_prog *prog,
		   const struct algate_message *msg,
		   struct algate_result *result)
{
	struct commit *c = this_cpu_ptr(&scratch);
	unsigned int i, ports = 0;
	int why, size;

	lockdep_assert_held(&flow->lock);
	c->flow = flow;
	c->ct = ct;
	c->dir = CTINFO2DIR(ctinfo);
	c->prog = prog;
	c->msg = msg;
	c->result = result;
	c->withdrawn = 0;
	c->used = 0;

	for (i = 0; i < result->nedits; i++)
		if (result->edit[i].off < msg->frozen)
			return commit_refuse(c, 0, ALGATE_C_FAIL_OPEN);
	for (i = 0; i < result->nintents; i++) {
		why = endpoint_resolve(c, &result->intent[i], &c->res[i]);
		if (why >= 0)
			return commit_refuse(c, 0, why);
		ports += c->res[i].open->count;
	}
	if (result->nintents) {
		algate_expect_settle(flow, ct);
		if (!commit_fits(c) || !commit_allowed(flow, ports))
			return commit_refuse(c, 0, ALGATE_C_LIMIT);
		/* conntrack has so many places, and would make room itself */
		commit_trim(c, NF_CT_EXPECT_MAX_CNT - ports);
	}
	for (i = 0; i < result->nintents; i++) {
		if (reservation_make(c, &c->res[i]) < 0)
			return commit_refuse(c, i, ALGATE_C_NO_PORT);
		if (reservation_edit(c, &result->intent[i], &c->res[i]) < 0)
			return commit_refuse(c, i + 1, ALGATE_C_FAIL_OPEN);
	}
	size = algate_edit_size(result, msg->len);
	/* a value that its place has no room for */
	if (size < 0)
		return commit_refuse(c, result->nintents, ALGATE_C_FAIL_OPEN);
	if (nf_ct_protonum(ct) == IPPROTO_TCP && !nfct_seqadj(ct) &&
	    size != (int)msg->len)
		return commit_refuse(c, result->nintents, ALGATE_C_NO_SEQADJ);
	commit_opened(c);
	for (i = 0; i < ALGATE_MAX_COUNTERS; i++)
		if (result->counted & (1 << i))
			algate_count_rule(flow, i);
	return true;
}

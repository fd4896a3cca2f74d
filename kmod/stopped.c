// SPDX-License-Identifier: GPL-2.0
/*
 * Datagram flows whose first datagram was not the protocol's. Such a flow stays
 * stopped after its conntrack entry has expired. Otherwise a web page, which
 * cannot choose the first datagram of a flow, could be silent until the entry
 * has expired, and go on with a datagram that it can choose. Each namespace
 * remembers such flows of clients inside for an hour, the last MAX_STOPPED of
 * them, as part of the memory budget.
 */
#include <linux/jhash.h>

#include "algate.h"
#include "compat.h"
#include "control.h"

#define MAX_STOPPED	4096
#define BUCKETS		256
#define LIFETIME	(3600 * HZ)

/**
 * struct stopped - a stopped flow
 * @node: entry in algate_stopped.bucket
 * @age: entry in algate_stopped.age
 * @until: expiry (jiffies)
 * @use: the plug-in
 * @tuple: the client's packets before NAT
 * @zone: conntrack zone of these packets
 */
struct stopped {
	struct hlist_node node;
	struct list_head age;
	unsigned long until;
	const struct algate_use *use;
	struct nf_conntrack_tuple tuple;
	u16 zone;
};

/**
 * struct algate_stopped - stopped flows of a namespace
 * @lock: serialises all fields
 * @n: number of flows
 * @age: the flows, oldest first
 * @bucket: the flows by the hash of the tuple
 *
 * Allocated with the first flow.
 */
struct algate_stopped {
	spinlock_t lock;	/* see above */
	u32 n;
	struct list_head age;
	struct hlist_head bucket[BUCKETS];
};

static struct hlist_head *bucket_of(const struct algate_net *an,
				    struct algate_stopped *s,
				    const struct nf_conntrack_tuple *t)
{
	u32 a, b;

	a = jhash2(t->src.u3.all, ARRAY_SIZE(t->src.u3.all), an->seed);
	b = jhash2(t->dst.u3.all, ARRAY_SIZE(t->dst.u3.all), a);
	return &s->bucket[jhash_2words((__force u32)t->src.u.all << 16 |
				       (__force u32)t->dst.u.all, b, an->seed) %
			  BUCKETS];
}

static void stopped_free(struct algate_net *an, struct algate_stopped *s,
			 struct stopped *e)
{
	hlist_del(&e->node);
	list_del(&e->age);
	s->n--;
	algate_memory_give(an, algate_alloc_size(sizeof(*e)));
	algate_free(e);
}

/* The table of a namespace, allocated if missing; NULL without memory */
static struct algate_stopped *table_get(struct algate_net *an)
{
	struct algate_stopped *s = READ_ONCE(an->stopped), *first;
	u32 len = algate_alloc_size(sizeof(*s));

	if (s || !algate_memory_take(an, len))
		return s;
	s = algate_alloc_atomic(len);
	if (s) {
		memset(s, 0, sizeof(*s));
		spin_lock_init(&s->lock);
		INIT_LIST_HEAD(&s->age);
		first = cmpxchg(&an->stopped, NULL, s);
		if (!first)
			return s;
		algate_free(s);
	}
	algate_memory_give(an, len);
	return READ_ONCE(an->stopped);
}

static const struct nf_conntrack_tuple *tuple_of(const struct nf_conn *ct)
{
	return &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
}

static u16 zone_of(const struct nf_conn *ct)
{
	return nf_ct_zone_id(nf_ct_zone(ct), IP_CT_DIR_ORIGINAL);
}

/* The flow of @ct in the table, unless it has expired. @s->lock is held. */
static struct stopped *stopped_find(struct algate_net *an,
				    struct algate_stopped *s,
				    const struct nf_conn *ct,
				    const struct algate_use *use)
{
	const struct nf_conntrack_tuple *t = tuple_of(ct);
	struct stopped *e;

	hlist_for_each_entry(e, bucket_of(an, s, t), node)
		if (e->use == use && e->zone == zone_of(ct) &&
		    nf_ct_tuple_equal(&e->tuple, t))
			return time_before(jiffies, e->until) ? e : NULL;
	return NULL;
}

/* Make room for a flow: free expired flows, and the oldest if necessary. */
static void stopped_age(struct algate_net *an, struct algate_stopped *s,
			u32 most)
{
	struct stopped *e, *next;

	list_for_each_entry_safe(e, next, &s->age, age) {
		if (s->n <= most && time_before(jiffies, e->until))
			return;
		stopped_free(an, s, e);
	}
}

/**
 * algate_stopped_add() - remember a stopped flow
 * @flow: flow; @flow->root->lock is held
 *
 * Without memory, the flow is not remembered. At the limit of memory, it takes
 * the place of the oldest flow.
 *
 * Context: BHs off.
 */
void algate_stopped_add(const struct algate_flow *flow)
{
	struct algate_net *an = flow->use->an;
	struct algate_stopped *s = table_get(an);
	u32 len = algate_alloc_size(sizeof(struct stopped));
	struct stopped *e;

	if (!s)
		return;
	spin_lock(&s->lock);
	stopped_age(an, s, MAX_STOPPED - 1);
	if (stopped_find(an, s, flow->ct, flow->use))
		goto unlock;
	if (!algate_memory_take(an, len)) {
		stopped_age(an, s, s->n ? s->n - 1 : 0);
		if (!algate_memory_take(an, len))
			goto unlock;
	}
	e = algate_alloc_atomic(len);
	if (!e) {
		algate_memory_give(an, len);
		goto unlock;
	}
	e->until = jiffies + LIFETIME;
	e->use = flow->use;
	e->tuple = *tuple_of(flow->ct);
	e->zone = zone_of(flow->ct);
	hlist_add_head(&e->node, bucket_of(an, s, &e->tuple));
	list_add_tail(&e->age, &s->age);
	s->n++;
unlock:
	spin_unlock(&s->lock);
}

/**
 * algate_stopped_has() - was a flow stopped before?
 * @flow: new flow, which no other CPU can see
 *
 * Context: packet path.
 *
 * Return: true if a flow of the same plug-in, tuple and zone was stopped within
 * the last hour.
 */
bool algate_stopped_has(const struct algate_flow *flow)
{
	struct algate_net *an = flow->use->an;
	struct algate_stopped *s = READ_ONCE(an->stopped);
	bool has;

	if (likely(!s))
		return false;
	spin_lock_bh(&s->lock);
	has = stopped_find(an, s, flow->ct, flow->use);
	spin_unlock_bh(&s->lock);
	return has;
}

static bool prefix_covers(const struct algate_attach_key *k,
			  const struct nf_conntrack_tuple *t)
{
	struct algate_attach_key its, wanted;
	unsigned int bit = k->prefixlen + 1;

	algate_attach_prefix(&its, bit, t->src.l3num, &t->src.u3);
	algate_attach_prefix(&wanted, bit, k->family, &k->from);
	return its.family == wanted.family &&
	       nf_inet_addr_cmp(&its.from, &wanted.from);
}

/* Would an attachment with @k cover @t? Fields of 0 cover everything. */
static bool key_covers(const struct algate_attach_key *k,
		       const struct nf_conntrack_tuple *t)
{
	return (!k->proto || k->proto == t->dst.protonum) &&
	       (!k->port || k->port == ntohs(t->dst.u.all)) &&
	       (k->family == AF_UNSPEC || prefix_covers(k, t));
}

static void forget_table(struct algate_net *an, const struct algate_use *use,
			 const struct algate_attach_key *key)
{
	struct algate_stopped *s = READ_ONCE(an->stopped);
	struct stopped *e, *next;

	if (!s)
		return;
	spin_lock_bh(&s->lock);
	list_for_each_entry_safe(e, next, &s->age, age)
		if ((!use || e->use == use) && key_covers(key, &e->tuple))
			stopped_free(an, s, e);
	spin_unlock_bh(&s->lock);
}

/* The next packet of an ended flow makes a flow whose state is new. */
static void forget_flows(struct algate_net *an, const struct algate_use *use,
			 const struct algate_attach_key *key)
{
	struct algate_flow *flow;
	unsigned long i = 0;

	do {
		rcu_read_lock();
		flow = algate_flow_next(an, &i);
		if (flow && nf_ct_protonum(flow->ct) == IPPROTO_UDP &&
		    READ_ONCE(flow->state) == ALGATE_FLOW_S_DETACHED &&
		    (!use || flow->use == use) &&
		    key_covers(key, tuple_of(flow->ct)))
			algate_flow_end(flow, NULL);
		rcu_read_unlock();
		cond_resched();
		i++;
	} while (flow);
}

/**
 * algate_stopped_forget() - forget stopped flows
 * @an: namespace
 * @use: plug-in; NULL: all plug-ins
 * @key: only flows that such an attachment covers; fields of 0 cover all
 *
 * Flows that still exist are inspected again from the next packet on.
 *
 * Context: may sleep.
 */
void algate_stopped_forget(struct algate_net *an, const struct algate_use *use,
			   const struct algate_attach_key *key)
{
	/* a flow that is stopped now is in the table at once */
	forget_flows(an, use, key);
	forget_table(an, use, key);
}

/**
 * algate_stopped_drop() - forget the stopped flows of an unloaded plug-in
 * @an: namespace
 * @use: plug-in without flows
 *
 * Context: any.
 */
void algate_stopped_drop(struct algate_net *an, const struct algate_use *use)
{
	const struct algate_attach_key all = {};

	forget_table(an, use, &all);
}

/**
 * algate_stopped_exit() - free the stopped flows of a namespace
 * @an: namespace without flows
 *
 * Context: any.
 */
void algate_stopped_exit(struct algate_net *an)
{
	if (!an->stopped)
		return;
	algate_stopped_drop(an, NULL);
	algate_memory_give(an, algate_alloc_size(sizeof(*an->stopped)));
	algate_free(an->stopped);
}

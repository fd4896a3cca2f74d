// SPDX-License-Identifier: GPL-2.0
/*
 * Shares of what the flows of a namespace use together: the flows that there
 * are, the memory that their packets make, the expectations that there are, and
 * those opened in a second.
 *
 * A limit is all that anybody may use while nobody else does. Beyond it, a
 * host still gets its share, the limit divided by the number of hosts that
 * use some; of expectations, so does a flow. Whoever used up the limit is
 * beyond its share and waits. A limit is therefore exceeded by its shares at
 * most: up to twice, and three times for expectations.
 *
 * Hosts and flows are counted in cells by a hash, as in a count-min sketch: a
 * host is taken for another only if both of its cells are. The memory does not
 * depend on how many there are. What counts for a second is hashed anew in
 * each, as sch_sfq does.
 */
#include <linux/jhash.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "algate.h"

#define CELLS	101	/* so that a namespace's shares take a page */
#define ROWS	2

/**
 * struct held - how much each host has
 * @cell: by hash, the same amount in each row
 * @hosts: how many cells of the first row are in use
 */
struct held {
	atomic_t cell[ROWS][CELLS];
	atomic_t hosts;
};

/**
 * struct spent - how much each host, or each flow, has used in a second
 * @cell: as in struct held
 * @users: how many cells of the first row are in use
 */
struct spent {
	u32 cell[ROWS][CELLS];
	u32 users;
};

/**
 * struct algate_shares - of a namespace
 * @lock: serialises all below
 * @second: that @total, @host and @flow are about, since boot
 * @total: expectations opened
 * @host: by host
 * @flow: by flow
 * @held: by enum algate_shared, not under @lock
 *
 * Made with the first flow.
 */
struct algate_shares {
	struct held held[ALGATE_SHARED_MAX];
	spinlock_t lock;	/* see above */
	u32 second;
	u32 total;
	struct spent host;
	struct spent flow;
};

/* one cell in each row */
static struct algate_place place_of(u32 hash)
{
	BUILD_BUG_ON(sizeof_field(struct algate_place, cell) != ROWS);
	return (struct algate_place){ { hash % CELLS, hash / CELLS % CELLS } };
}

/**
 * algate_share_host() - the cells of a flow's client
 * @ct: conntrack entry of the flow
 * @seed: of the hash
 *
 * Return: its cells.
 */
struct algate_place algate_share_host(const struct nf_conn *ct, u32 seed)
{
	const struct nf_conntrack_tuple *t;

	t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	return place_of(jhash2(t->src.u3.all, ARRAY_SIZE(t->src.u3.all), seed));
}

static struct algate_place place_flow(const struct algate_flow *flow, u32 seed)
{
	return place_of(jhash_2words(flow->id, (u64)flow->id >> 32, seed));
}

/**
 * algate_share_init() - make room for a namespace's shares, once
 * @an: namespace
 *
 * Without memory there are no shares, but the limits.
 *
 * Context: any.
 */
void algate_share_init(struct algate_net *an)
{
	struct algate_shares *s;

	BUILD_BUG_ON(sizeof(spinlock_t) == 4 && sizeof(*s) > SZ_4K);
	if (READ_ONCE(an->shares))
		return;
	s = kzalloc(sizeof(*s), GFP_ATOMIC | __GFP_NOWARN);
	if (!s)
		return;
	spin_lock_init(&s->lock);
	/* another packet may have been first */
	if (cmpxchg(&an->shares, NULL, s))
		kfree(s);
}

void algate_share_exit(struct algate_net *an)
{
	kfree(an->shares);
}

/**
 * algate_share_taken() - a flow has more of something, or less
 * @flow: flow
 * @what: enum algate_shared
 * @n: how much more
 *
 * Context: any.
 */
void algate_share_taken(const struct algate_flow *flow, enum algate_shared what,
			int n)
{
	struct algate_shares *s = READ_ONCE(flow->use->an->shares);
	struct held *held;
	int now;

	if (!s || !n)
		return;
	held = &s->held[what];
	now = atomic_add_return(n, &held->cell[0][flow->host.cell[0]]);
	atomic_add(n, &held->cell[1][flow->host.cell[1]]);
	/* what was there before there were cells makes them less than 0 */
	if (n < 0 && !now)
		atomic_dec(&held->hosts);
	else if (n > 0 && now == n)
		atomic_inc(&held->hosts);
}

/**
 * algate_share_room() - may a flow have more of something?
 * @flow: flow
 * @what: enum algate_shared
 * @n: how much more
 * @limit: what the namespace may have
 *
 * To be asked when the limit is reached.
 *
 * Context: any.
 *
 * Return: whether its host has less than its share.
 */
bool algate_share_room(const struct algate_flow *flow, enum algate_shared what,
		       u32 n, u32 limit)
{
	struct algate_shares *s = READ_ONCE(flow->use->an->shares);
	int hosts, most = INT_MAX;
	struct held *held;
	unsigned int i;

	if (!s)
		return false;
	held = &s->held[what];
	for (i = 0; i < ROWS; i++)
		most = min(most,
			   atomic_read(&held->cell[i][flow->host.cell[i]]));
	most = max(most, 0);
	hosts = atomic_read(&held->hosts) + !most;
	return most + n <= limit / max(hosts, 1);
}

/* the smaller cell: it has used that much at most */
static u32 spent_by(const struct spent *spent, struct algate_place place)
{
	return min(spent->cell[0][place.cell[0]],
		   spent->cell[1][place.cell[1]]);
}

static bool spent_less(const struct spent *spent, struct algate_place place,
		       u32 n, u32 limit)
{
	u32 used = spent_by(spent, place);

	return used + n <= limit / max(spent->users + !used, 1U);
}

static void spend(struct spent *spent, struct algate_place place, u32 n)
{
	spent->users += !spent->cell[0][place.cell[0]];
	spent->cell[0][place.cell[0]] += n;
	spent->cell[1][place.cell[1]] += n;
}

/* under @s->lock */
static void second_begin(struct algate_shares *s)
{
	u32 now = jiffies / HZ;

	if (s->second == now)
		return;
	s->second = now;
	s->total = 0;
	memset(&s->host, 0, sizeof(s->host));
	memset(&s->flow, 0, sizeof(s->flow));
}

/**
 * algate_share_rate() - may a flow open expectations in this second?
 * @flow: flow
 * @n: how many
 *
 * Context: BHs off.
 *
 * Return: whether it may. Nothing counts before algate_share_opened().
 */
bool algate_share_rate(const struct algate_flow *flow, u32 n)
{
	u32 limit = READ_ONCE(flow->use->an->limits.expect_rate);
	struct algate_shares *s = READ_ONCE(flow->use->an->shares);
	struct algate_place host;
	bool may;
	u32 seed;

	if (!s)
		return n <= limit;
	spin_lock(&s->lock);
	second_begin(s);
	seed = flow->use->an->seed + s->second;
	host = algate_share_host(flow->ct, seed);
	may = s->total + n <= limit ||
	      spent_less(&s->host, host, n, limit) ||
	      spent_less(&s->flow, place_flow(flow, seed), n, limit);
	spin_unlock(&s->lock);
	return may;
}

/**
 * algate_share_opened() - a flow has opened expectations
 * @flow: flow
 * @n: how many
 *
 * Context: BHs off.
 */
void algate_share_opened(const struct algate_flow *flow, u32 n)
{
	struct algate_shares *s = READ_ONCE(flow->use->an->shares);
	u32 seed;

	if (!s || !n)
		return;
	spin_lock(&s->lock);
	second_begin(s);
	seed = flow->use->an->seed + s->second;
	s->total += n;
	spend(&s->host, algate_share_host(flow->ct, seed), n);
	spend(&s->flow, place_flow(flow, seed), n);
	spin_unlock(&s->lock);
}

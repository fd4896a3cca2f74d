// SPDX-License-Identifier: GPL-2.0
/*
 * Fair shares of the limits of a namespace: flows, open expectations, memory
 * allocated by packets, and expectations opened per second.
 *
 * A single host may use up a limit while no other host asks. Beyond the limit
 * each host still gets a share: the limit divided by the number of active
 * hosts. The hosts are those that NAT protects: a flow from outside counts for
 * its server. For expectations each flow gets a share as well. A host that used
 * up the limit has exceeded its share and must wait. Shares can exceed a limit
 * up to twice, and three times for expectations.
 *
 * Hosts and flows are counted in hash cells, as in a count-min sketch. Two
 * hosts are confused only if both cells collide. The size of the table does not
 * depend on the number of hosts and flows. The per-second counts use a new hash
 * seed each second, as sch_sfq perturbs hashes.
 */
#include <linux/jhash.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "algate.h"

#define CELLS	101	/* struct algate_shares fits a page */
#define ROWS	2

/**
 * struct held - amount held by each host
 * @cell: amount by hash, the same in each row
 * @hosts: number of nonzero cells in the first row
 */
struct held {
	atomic_t cell[ROWS][CELLS];
	atomic_t hosts;
};

/**
 * struct spent - amount used by each host, or each flow, in a second
 * @cell: as in struct held
 * @users: number of nonzero cells in the first row
 */
struct spent {
	u32 cell[ROWS][CELLS];
	u32 users;
};

/**
 * struct algate_shares - shares of a namespace
 * @held: by enum algate_shared, atomic, not under @lock
 * @lock: serialises all fields below
 * @second: second counted by @total, @host and @flow, since boot
 * @total: expectations opened in @second
 * @host: expectations opened in @second, by host
 * @flow: expectations opened in @second, by flow
 *
 * Allocated with the first flow.
 */
struct algate_shares {
	struct held held[ALGATE_SHARED_MAX];
	spinlock_t lock;	/* see above */
	u32 second;
	u32 total;
	struct spent host;
	struct spent flow;
};

/* Hash cells for a hash: a cell in each row. */
static struct algate_place place_of(u32 hash)
{
	BUILD_BUG_ON(sizeof_field(struct algate_place, cell) != ROWS);
	return (struct algate_place){ { hash % CELLS, hash / CELLS % CELLS } };
}

/**
 * algate_share_host() - hash cells of the host that a flow belongs to
 * @ct: conntrack entry of the flow, after NAT was set up
 * @seed: seed of the hash
 *
 * A flow belongs to its client, or to its server if the client is outside. A
 * host outside could otherwise take a share for each of its addresses.
 *
 * Return: the hash cells.
 */
struct algate_place algate_share_host(const struct nf_conn *ct, u32 seed)
{
	enum ip_conntrack_dir dir = algate_client_outside(ct) ?
				    IP_CT_DIR_REPLY : IP_CT_DIR_ORIGINAL;
	const struct nf_conntrack_tuple *t = &ct->tuplehash[dir].tuple;

	return place_of(jhash2(t->src.u3.all, ARRAY_SIZE(t->src.u3.all), seed));
}

static struct algate_place place_flow(const struct algate_flow *flow, u32 seed)
{
	return place_of(jhash_2words(flow->id, (u64)flow->id >> 32, seed));
}

/**
 * algate_share_init() - allocate the shares of a namespace, once
 * @an: namespace
 *
 * Without memory there are no shares; the limits still hold.
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
	/* Another packet may have allocated the shares meanwhile. */
	if (cmpxchg(&an->shares, NULL, s))
		kfree(s);
}

/**
 * algate_share_exit() - free the shares of a namespace
 * @an: namespace without flows
 *
 * Context: any.
 */
void algate_share_exit(struct algate_net *an)
{
	kfree(an->shares);
}

/**
 * algate_share_taken() - account an amount taken or returned by a flow
 * @flow: flow
 * @what: enum algate_shared
 * @n: amount, negative if returned
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
	/* Amounts taken before the allocation make a cell negative. */
	if (n < 0 && !now)
		atomic_dec(&held->hosts);
	else if (n > 0 && now == n)
		atomic_inc(&held->hosts);
}

/**
 * algate_share_room() - may a flow take more beyond the limit?
 * @flow: flow
 * @what: enum algate_shared
 * @n: further amount
 * @limit: limit of the namespace
 *
 * Callers check the limit first.
 *
 * Context: any.
 *
 * Return: true while the host of @flow stays within the host's share.
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

/* The smaller cell is an upper bound of the amount used. */
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

/* Reset the counts in a new second. @s->lock is held. */
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
 * @n: number of expectations
 *
 * Only algate_share_opened() counts.
 *
 * Context: BHs off.
 *
 * Return: true if @flow may.
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
	flow = algate_heir_payer(flow);
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
 * algate_share_opened() - account expectations opened by a flow
 * @flow: flow
 * @n: number of expectations
 *
 * Context: BHs off.
 */
void algate_share_opened(const struct algate_flow *flow, u32 n)
{
	struct algate_shares *s = READ_ONCE(flow->use->an->shares);
	u32 seed;

	if (!s || !n)
		return;
	flow = algate_heir_payer(flow);
	spin_lock(&s->lock);
	second_begin(s);
	seed = flow->use->an->seed + s->second;
	s->total += n;
	spend(&s->host, algate_share_host(flow->ct, seed), n);
	spend(&s->flow, place_flow(flow, seed), n);
	spin_unlock(&s->lock);
}

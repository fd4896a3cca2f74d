// SPDX-License-Identifier: GPL-2.0
/*
 * Tables: numbers that rules store for a flow, by key, for a limited time.
 *
 * The tables of a flow share an array, which grows with the entries in use.
 */
#include "stream_internal.h"

#define MEMOS_MIN	64	/* bytes */

/* algate_memo.table has two bits */
static_assert(ALGATE_MAX_TABLES <= 4);

static u32 memo_age(const struct algate_memo *m, u32 now)
{
	struct algate_memo age = { .at = now - m->at };

	return age.at;
}

/* An entry older than the timeout of its table counts as unused. */
static bool is_live(const struct algate_prog *prog, const struct algate_memo *m,
		    u32 now)
{
	return m->used && memo_age(m, now) <= prog->table[m->table].timeout;
}

static u32 memos_len(u32 room)
{
	return sizeof(struct algate_memos) + room * sizeof(struct algate_memo);
}

/**
 * algate_memos_size() - memory of a flow's table entries
 * @memos: table entries of the flow
 *
 * Return: bytes, as charged to the flow's budget.
 */
u32 algate_memos_size(const struct algate_memos *memos)
{
	return algate_alloc_size(memos_len(memos->room));
}

/**
 * algate_memo_find() - look up a table entry
 * @prog: verified program
 * @memos: table entries of the flow; NULL: no entries
 * @now: clock, in seconds; wraps
 * @table: index of the table (V7)
 * @key: key of the entry
 *
 * Context: Any context.
 *
 * Return: the entry; NULL if there is none or it has timed out.
 */
struct algate_memo *algate_memo_find(const struct algate_prog *prog,
				     struct algate_memos *memos, u32 now,
				     u32 table, u32 key)
{
	struct algate_memo *m;
	u32 i;

	for (i = 0; memos && i < memos->room; i++) {
		m = &memos->entry[i];
		if (m->key == key && m->table == table && is_live(prog, m, now))
			return m;
	}
	return NULL;
}

/* Entry for @key: the existing, an unused, or the oldest of a full table. */
static struct algate_memo *memo_place(const struct algate_prog *prog,
				      struct algate_memos *memos, u32 now,
				      u32 table, u32 key)
{
	struct algate_memo *unused = NULL, *oldest = NULL;
	u32 i, n = 0;

	for (i = 0; i < memos->room; i++) {
		struct algate_memo *m = &memos->entry[i];

		if (!is_live(prog, m, now)) {
			unused = unused ?: m;
		} else if (m->table == table) {
			if (m->key == key)
				return m;
			if (!oldest || memo_age(m, now) > memo_age(oldest, now))
				oldest = m;
			n++;
		}
	}
	return n < prog->table[table].max ? unused : oldest;
}

/**
 * algate_memo_need() - number of table entries after a handled message
 * @prog: the program that ran
 * @result: its result
 * @now: clock, in seconds; wraps
 * @memos: table entries of the flow; NULL: no entries
 *
 * Context: the caller serialises access to @memos.
 *
 * Return: an upper bound of the number, at most prog->max_memos.
 */
u32 algate_memo_need(const struct algate_prog *prog,
		     const struct algate_result *result, u32 now,
		     const struct algate_memos *memos)
{
	u32 i, n = 0;

	for (i = 0; memos && i < memos->room; i++)
		n += is_live(prog, &memos->entry[i], now);
	for (i = 0; i < result->nnotes; i++)
		n += !result->note[i].forget;
	return min_t(u32, n, prog->max_memos);
}

/**
 * algate_memo_reserve() - make room for the entries that a message writes
 * @s: stream; @s->result is the result of the current message
 *
 * The room doubles, so that each entry is copied a constant number of times.
 *
 * Return: false without memory; a counter records the failure.
 */
bool algate_memo_reserve(struct algate_stream *s)
{
	struct algate_memos *old = *s->memos, *memos;
	u32 room = old ? old->room : 0;
	u32 need, len;

	if (!s->result->nnotes)
		return true;
	need = algate_memo_need(s->prog, s->result, s->msg.now, old);
	if (need <= room)
		return true;
	need = min_t(u32, max_t(u32, need, 2 * room), s->prog->max_memos);
	len = algate_alloc_size(max_t(u32, memos_len(need), MEMOS_MIN));
	memos = algate_stream_alloc(s, len);
	if (!memos)
		return false;
	memset(memos, 0, len);
	if (old) {
		memcpy(memos->entry, old->entry, room * sizeof(old->entry[0]));
		algate_stream_free(s, old, memos_len(room));
	}
	memos->room = (len - memos_len(0)) / sizeof(memos->entry[0]);
	*s->memos = memos;
	return true;
}

/**
 * algate_memo_apply() - write the table entries that a handled message requests
 * @prog: the program that ran
 * @result: its result
 * @now: clock, in seconds; wraps
 * @memos: table entries of the flow, with room for algate_memo_need() entries;
 *	NULL if these are none
 *
 * Context: the caller serialises access to @memos.
 */
void algate_memo_apply(const struct algate_prog *prog,
		       const struct algate_result *result, u32 now,
		       struct algate_memos *memos)
{
	u32 i;

	for (i = 0; i < result->nnotes; i++) {
		const struct algate_note *n = &result->note[i];
		struct algate_memo *m;

		if (n->forget)
			m = algate_memo_find(prog, memos, now, n->table,
					     n->key);
		else
			m = memo_place(prog, memos, now, n->table, n->key);
		if (n->forget && m)
			m->used = false;
		else if (m)
			*m = (struct algate_memo){ n->key, n->value, now,
						   n->table, true };
	}
}

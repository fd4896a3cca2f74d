// SPDX-License-Identifier: GPL-2.0
/*
 * Tables: numbers that rules store for a flow, by key, for a limited time.
 */
#include "engine.h"

/**
 * algate_memo_find() - look up a table entry
 * @prog: verified program
 * @memo: table entries of the flow
 * @now: clock, in seconds; wraps
 * @table: index of the table (V7)
 * @key: key of the entry
 *
 * Context: Any context.
 *
 * Return: the entry; NULL if there is none or it has timed out.
 */
const struct algate_memo *algate_memo_find(const struct algate_prog *prog,
					   const struct algate_memo *memo,
					   u32 now, u32 table, u32 key)
{
	u32 i;

	for (i = prog->first_memo[table]; i < prog->first_memo[table + 1]; i++)
		if (memo[i].key == key && memo[i].used &&
		    now - memo[i].at <= prog->table[table].timeout)
			return &memo[i];
	return NULL;
}

/* Entry for @key: the existing, a free, or the oldest entry. */
static struct algate_memo *memo_room(const struct algate_prog *prog,
				     struct algate_memo *memo, u32 now,
				     u32 table, u32 key)
{
	struct algate_memo *m = memo + prog->first_memo[table];
	struct algate_memo *last = memo + prog->first_memo[table + 1];
	struct algate_memo *best = m, *free = NULL;

	for (; m < last; m++) {
		if (!m->used)
			free = free ?: m;
		else if (m->key == key)
			return m;
		else if (now - m->at > now - best->at)
			best = m;
	}
	return free ?: best;
}

/**
 * algate_memo_apply() - write the table entries that a handled message requests
 * @prog: the program that ran
 * @result: its result
 * @now: clock, in seconds; wraps
 * @memo: table entries of the flow, prog->first_memo[prog->ntables] of them
 *
 * Context: the caller serialises access to @memo.
 */
void algate_memo_apply(const struct algate_prog *prog,
		       const struct algate_result *result, u32 now,
		       struct algate_memo *memo)
{
	u32 i;

	for (i = 0; i < result->nnotes; i++) {
		const struct algate_note *n = &result->note[i];
		struct algate_memo *m = memo_room(prog, memo, now, n->table,
						  n->key);

		if (!n->forget)
			*m = (struct algate_memo){ n->key, n->value, now,
						   true };
		else if (m->used && m->key == n->key)
			m->used = false;
	}
}

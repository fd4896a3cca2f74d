// SPDX-License-Identifier: GPL-2.0
/*
 * Tables: what rules remember of a flow, under a number, for some time.
 */
#include "engine.h"

/**
 * algate_memo_find() - look up an entry
 * @prog: verified program
 * @memo: the flow's entries
 * @now: clock, in seconds
 * @table: which table (V7)
 * @key: under this number
 *
 * Return: the entry, or NULL if there is none or it is too old.
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

/* The entry to write to: the same key's, a free one, or the oldest. */
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
 * algate_memo_apply() - write what a handled message has left in tables
 * @prog: the program that ran
 * @result: what it said
 * @now: clock, in seconds
 * @memo: the flow's entries, prog->first_memo[prog->ntables] of them
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

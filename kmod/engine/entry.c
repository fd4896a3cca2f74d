// SPDX-License-Identifier: GPL-2.0
/*
 * Tables: numbers that rules store for a flow, by key, for a limited time.
 *
 * The tables of a flow share an array, which grows with the entries in use.
 */
#include "stream_internal.h"

#define ENTRIES_MIN	64	/* bytes */

/* algate_entry.table has two bits */
static_assert(ALGATE_MAX_TABLES <= 4, "table is too narrow");

static u32 entry_age(const struct algate_entry *m, u32 now)
{
	struct algate_entry age = { .at = now - m->at };

	return age.at;
}

/* An entry older than the timeout of its table counts as unused. */
static bool is_live(const struct algate_prog *prog,
		    const struct algate_entry *m, u32 now)
{
	return m->used && entry_age(m, now) <= prog->table[m->table].timeout;
}

static u32 entries_len(u32 room)
{
	return sizeof(struct algate_entries) +
	       room * sizeof(struct algate_entry);
}

/**
 * algate_entries_size() - memory of a flow's table entries
 * @entries: table entries of the flow
 *
 * Return: bytes, as charged to the flow's budget.
 */
u32 algate_entries_size(const struct algate_entries *entries)
{
	return algate_alloc_size(entries_len(entries->room));
}

/**
 * algate_entry_find() - look up a table entry
 * @prog: verified program
 * @entries: table entries of the flow; NULL: no entries
 * @now: clock, in seconds; wraps
 * @table: index of the table (V7)
 * @key: key of the entry
 *
 * Context: Any context.
 *
 * Return: the entry; NULL if there is none or it has timed out.
 */
struct algate_entry *algate_entry_find(const struct algate_prog *prog,
				       struct algate_entries *entries, u32 now,
				       u32 table, u32 key)
{
	struct algate_entry *m;
	u32 i;

	for (i = 0; entries && i < entries->room; i++) {
		m = &entries->entry[i];
		if (m->key == key && m->table == table && is_live(prog, m, now))
			return m;
	}
	return NULL;
}

/* Entry for @key: the existing, an unused, or the oldest of a full table. */
static struct algate_entry *entry_place(const struct algate_prog *prog,
					struct algate_entries *entries, u32 now,
					u32 table, u32 key)
{
	struct algate_entry *unused = NULL, *oldest = NULL;
	u32 i, n = 0;

	for (i = 0; i < entries->room; i++) {
		struct algate_entry *m = &entries->entry[i];

		if (!is_live(prog, m, now)) {
			unused = unused ?: m;
		} else if (m->table == table) {
			if (m->key == key)
				return m;
			if (!oldest ||
			    entry_age(m, now) > entry_age(oldest, now))
				oldest = m;
			n++;
		}
	}
	return n < prog->table[table].max ? unused : oldest;
}

/**
 * algate_entries_need() - number of table entries after a handled message
 * @prog: the program that ran
 * @result: its result
 * @now: clock, in seconds; wraps
 * @entries: table entries of the flow; NULL: no entries
 *
 * Context: the caller serialises access to @entries.
 *
 * Return: an upper bound of the number, at most prog->max_entries.
 */
u32 algate_entries_need(const struct algate_prog *prog,
			const struct algate_result *result, u32 now,
			const struct algate_entries *entries)
{
	u32 i, n = 0;

	for (i = 0; entries && i < entries->room; i++)
		n += is_live(prog, &entries->entry[i], now);
	for (i = 0; i < result->nnotes; i++)
		n += !result->note[i].forget;
	return min_t(u32, n, prog->max_entries);
}

/**
 * algate_entries_reserve() - make room for the entries that a message writes
 * @s: stream; @s->result is the result of the current message
 *
 * The room doubles, so that each entry is copied a constant number of times.
 *
 * Return: false without memory; a counter records the failure.
 */
bool algate_entries_reserve(struct algate_stream *s)
{
	struct algate_entries *old = *s->entries, *entries;
	u32 room = old ? old->room : 0;
	u32 need, len;

	if (!s->result->nnotes)
		return true;
	need = algate_entries_need(s->prog, s->result, s->msg.now, old);
	if (need <= room)
		return true;
	need = min_t(u32, max_t(u32, need, 2 * room), s->prog->max_entries);
	len = algate_alloc_size(max_t(u32, entries_len(need), ENTRIES_MIN));
	entries = algate_stream_alloc(s, len);
	if (!entries)
		return false;
	memset(entries, 0, len);
	if (old) {
		memcpy(entries->entry, old->entry,
		       room * sizeof(old->entry[0]));
		algate_stream_free(s, old, entries_len(room));
	}
	entries->room = (len - entries_len(0)) / sizeof(entries->entry[0]);
	*s->entries = entries;
	return true;
}

/**
 * algate_entry_apply() - write the table entries that a message requests
 * @prog: the program that handled the message
 * @result: its result
 * @now: clock, in seconds; wraps
 * @entries: table entries of the flow, with room for algate_entries_need()
 *	entries; NULL if these are none
 *
 * Context: the caller serialises access to @entries.
 */
void algate_entry_apply(const struct algate_prog *prog,
			const struct algate_result *result, u32 now,
			struct algate_entries *entries)
{
	u32 i;

	for (i = 0; i < result->nnotes; i++) {
		const struct algate_note *n = &result->note[i];
		struct algate_entry *m;

		if (n->forget)
			m = algate_entry_find(prog, entries, now, n->table,
					      n->key);
		else
			m = entry_place(prog, entries, now, n->table, n->key);
		if (n->forget && m)
			m->used = false;
		else if (m)
			*m = (struct algate_entry){ n->key, n->value, now,
						   n->table, true };
	}
}

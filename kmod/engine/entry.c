// SPDX-License-Identifier: GPL-2.0
/*
 * Tables: numbers that rules store for a flow, by key, for a limited time.
 * Queues: numbers of the requests that wait for their replies.
 *
 * The tables and queues of a flow share an array, which grows with the entries
 * in use. Each table has a list of its entries in the order of their last
 * writes. All entries of a table live equally long, so the oldest expire first.
 * A hash finds the entry with a key. Peers choose keys, so the hash multiplies
 * by a secret odd number: any two keys share a bucket with a probability of at
 * most 2 / buckets. The requests of a queue are only in its list.
 */
#include "stream_internal.h"

#define ENTRIES_MIN	96		/* bytes */
#define SPREAD		0x9e3779b1	/* without a secret */
#define NONE		ALGATE_ENTRY_NONE

/* An index has to fit algate_entry.older */
static_assert(ALGATE_MAX_TABLES * ALGATE_MAX_ENTRIES < NONE, "index is narrow");

/* Room for @n entries, with a bucket for each */
static u32 entries_len(u32 n)
{
	return sizeof(struct algate_entries) +
	       n * (sizeof(struct algate_entry) + sizeof(u16));
}

static u16 *entry_bucket(struct algate_entries *entries, u32 table, u32 key)
{
	u16 *bucket = (u16 *)&entries->entry[entries->room];
	u32 hash = (key + table * SPREAD) * entries->spread;

	return &bucket[(u64)hash * entries->buckets >> 32];
}

/**
 * algate_entries_size() - memory of a flow's table entries
 * @entries: table entries of the flow
 *
 * Return: bytes, as charged to the flow's budget.
 */
u32 algate_entries_size(const struct algate_entries *entries)
{
	return algate_alloc_size(max_t(u32, entries_len(entries->room),
				       ENTRIES_MIN));
}

/**
 * algate_entries_init() - initialise memory for table entries, all unused
 * @entries: memory
 * @len: its length in bytes, at least ENTRIES_MIN
 * @spread: secret multiplier of the hash; the function makes it odd
 *
 * Context: Any context.
 */
void algate_entries_init(struct algate_entries *entries, u32 len, u32 spread)
{
	u32 i, room = (len - entries_len(0)) / (entries_len(1) - entries_len(0));

	memset(entries, 0, len);
	entries->spread = spread | 1;
	entries->room = room;
	entries->buckets = room;
	entries->nunused = room;
	memset(entries->list, 0xff, sizeof(entries->list));
	memset(&entries->entry[room], 0xff, room * sizeof(u16));
	for (i = 0; i < ALGATE_MAX_TABLES; i++)
		entries->list[i].n = 0;
	for (i = 0; i < room; i++) {
		entries->entry[i].chain = i + 1 < room ? i + 1 : NONE;
		entries->entry[i].table = ALGATE_MAX_TABLES;
	}
}

/* The entry at index @i, or NULL */
static struct algate_entry *entry_at(struct algate_entries *entries, u16 i)
{
	return i == NONE ? NULL : &entries->entry[i];
}

static struct algate_entry *entry_oldest(struct algate_entries *entries,
					 u32 table)
{
	return entry_at(entries, entries->list[table].oldest);
}

static struct algate_entry *entry_newest(struct algate_entries *entries,
					 u32 table)
{
	return entry_at(entries, entries->list[table].newest);
}

/* An entry older than the timeout of its table counts as unused. */
static bool is_live(const struct algate_prog *prog,
		    const struct algate_entry *m, u32 now)
{
	return now - m->at <= prog->table[m->table].timeout;
}

/* Append @m to the list of its table. */
static void entry_link(struct algate_entries *entries, struct algate_entry *m)
{
	struct algate_entry *newest = entry_newest(entries, m->table);
	u16 i = m - entries->entry;

	m->older = entries->list[m->table].newest;
	m->newer = NONE;
	if (newest)
		newest->newer = i;
	else
		entries->list[m->table].oldest = i;
	entries->list[m->table].newest = i;
	entries->list[m->table].n++;
}

static void entry_unlink(struct algate_entries *entries, struct algate_entry *m)
{
	struct algate_entry *older = entry_at(entries, m->older);
	struct algate_entry *newer = entry_at(entries, m->newer);

	if (older)
		older->newer = m->newer;
	else
		entries->list[m->table].oldest = m->newer;
	if (newer)
		newer->older = m->older;
	else
		entries->list[m->table].newest = m->older;
	entries->list[m->table].n--;
}

static void entry_remove(const struct algate_prog *prog,
			 struct algate_entries *entries, struct algate_entry *m)
{
	u16 i = m - entries->entry;
	u16 *at;

	if (!prog->table[m->table].queue) {
		at = entry_bucket(entries, m->table, m->key);
		while (*at != i)
			at = &entries->entry[*at].chain;
		*at = m->chain;
	}
	entry_unlink(entries, m);
	m->table = ALGATE_MAX_TABLES;
	m->chain = entries->unused;
	entries->unused = i;
	entries->nunused++;
}

/* False without an unused entry. */
static bool entry_add(const struct algate_prog *prog,
		      struct algate_entries *entries, u32 table, u32 key,
		      u32 value, u32 at)
{
	struct algate_entry *m = entry_at(entries, entries->unused);
	u16 *bucket;

	if (!m)
		return false;
	entries->unused = m->chain;
	entries->nunused--;
	*m = (struct algate_entry){
		.key = key, .value = value, .at = at, .table = table,
		.chain = NONE,
	};
	entry_link(entries, m);
	if (prog->table[table].queue)
		return true;
	bucket = entry_bucket(entries, table, key);
	m->chain = *bucket;
	*bucket = m - entries->entry;
	return true;
}

static struct algate_entry *entry_chained(struct algate_entries *entries,
					  u32 table, u32 key)
{
	struct algate_entry *m;

	m = entry_at(entries, *entry_bucket(entries, table, key));
	while (m && (m->key != key || m->table != table))
		m = entry_at(entries, m->chain);
	return m;
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

	if (!entries)
		return NULL;
	m = entry_chained(entries, table, key);
	return m && is_live(prog, m, now) ? m : NULL;
}

static void table_expire(const struct algate_prog *prog,
			 struct algate_entries *entries, u32 now, u32 table)
{
	struct algate_entry *m;

	while ((m = entry_oldest(entries, table)) && !is_live(prog, m, now))
		entry_remove(prog, entries, m);
}

/* A write makes the entry the newest. A full table loses its oldest entry. */
static void table_write(const struct algate_prog *prog,
			struct algate_entries *entries, u32 now,
			const struct algate_note *note)
{
	struct algate_entry *m;

	table_expire(prog, entries, now, note->table);
	m = entry_chained(entries, note->table, note->key);
	if (m) {
		entry_unlink(entries, m);
		m->value = note->value;
		m->at = now;
		entry_link(entries, m);
		return;
	}
	if (entries->list[note->table].n >= prog->table[note->table].max)
		entry_remove(prog, entries, entry_oldest(entries, note->table));
	entry_add(prog, entries, note->table, note->key, note->value, now);
}

static void table_forget(const struct algate_prog *prog,
			 struct algate_entries *entries,
			 const struct algate_note *note)
{
	struct algate_entry *m = entry_chained(entries, note->table, note->key);

	if (m)
		entry_remove(prog, entries, m);
}

/* Number of entries that a message writes, some perhaps again. */
static u32 notes_written(const struct algate_result *result)
{
	u32 i, n = 0;

	for (i = 0; i < result->nnotes; i++)
		n += result->note[i].kind == ALGATE_NOTE_WRITE ||
		     result->note[i].kind == ALGATE_NOTE_ASK;
	return n;
}

/* Copy the used entries, each list from its oldest entry on. */
static void entries_copy(const struct algate_prog *prog,
			 struct algate_entries *to, struct algate_entries *from)
{
	const struct algate_entry *m;
	u32 i;

	for (i = 0; i < ALGATE_MAX_TABLES; i++)
		for (m = entry_oldest(from, i); m; m = entry_at(from, m->newer))
			entry_add(prog, to, i, m->key, m->value, m->at);
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
	u32 written = notes_written(s->result);
	u32 spread = s->msg.secret ? s->msg.secret[0] : SPREAD;
	u32 room = old ? old->room : 0;
	u32 need = written, len, i;

	if (!written || (old && written <= old->nunused))
		return true;
	if (old) {
		for (i = 0; i < s->prog->ntables; i++)
			table_expire(s->prog, old, s->msg.now, i);
		need += room - old->nunused;
		spread = old->spread;
	}
	need = min_t(u32, need, s->prog->max_entries);
	if (need <= room)
		return true;
	need = min_t(u32, max_t(u32, need, 2 * room), s->prog->max_entries);
	len = algate_alloc_size(max_t(u32, entries_len(need), ENTRIES_MIN));
	entries = algate_stream_alloc(s, len);
	if (!entries)
		return false;
	algate_entries_init(entries, len, spread);
	if (old) {
		entries_copy(s->prog, entries, old);
		algate_stream_free(s, old, algate_entries_size(old));
	}
	*s->entries = entries;
	return true;
}

/**
 * algate_queue_next() - look up the oldest request of a queue
 * @prog: verified program
 * @entries: table entries of the flow; NULL: no entries
 * @now: clock, in seconds; wraps
 * @table: index of the queue (V7)
 * @taken: number of older requests that the message has taken already
 *
 * Context: Any context.
 *
 * Return: the number of the request; 0 if there is none, or if an unknown
 * request may be next.
 */
u32 algate_queue_next(const struct algate_prog *prog,
		      struct algate_entries *entries, u32 now, u32 table,
		      u32 taken)
{
	const struct algate_entry *m;

	m = entries ? entry_oldest(entries, table) : NULL;
	while (m && !is_live(prog, m, now))
		m = entry_at(entries, m->newer);
	while (m && taken--)
		m = entry_at(entries, m->newer);
	return m && m->value != ALGATE_QUEUE_LOST ? m->value : 0;
}

/* In a full queue, the newest request stands for all requests behind it. */
static void queue_ask(const struct algate_prog *prog,
		      struct algate_entries *entries, u32 now,
		      const struct algate_note *note)
{
	struct algate_entry *last;
	u32 key;

	table_expire(prog, entries, now, note->table);
	last = entry_newest(entries, note->table);
	if (last && last->value == ALGATE_QUEUE_LOST)
		return;
	key = last ? last->key + 1 : 0;
	if (entries->list[note->table].n < prog->table[note->table].max &&
	    entry_add(prog, entries, note->table, key, note->value, now))
		return;
	if (last)
		last->value = ALGATE_QUEUE_LOST;
}

static void queue_answer(const struct algate_prog *prog,
			 struct algate_entries *entries, u32 now, u32 table)
{
	struct algate_entry *m;

	table_expire(prog, entries, now, table);
	m = entry_oldest(entries, table);
	if (m && m->value != ALGATE_QUEUE_LOST)
		entry_remove(prog, entries, m);
}

/**
 * algate_queue_apply() - change the queues as a message requests
 * @prog: the program that ran
 * @result: its result
 * @now: clock, in seconds; wraps
 * @entries: table entries of the flow
 *
 * Requests and replies count even if the message was refused, since the
 * receiver still gets the message. Without room for a request, the queue counts
 * as full.
 *
 * Context: the caller serialises access to @entries.
 */
void algate_queue_apply(const struct algate_prog *prog,
			const struct algate_result *result, u32 now,
			struct algate_entries *entries)
{
	u32 i;

	for (i = 0; entries && i < result->nnotes; i++) {
		const struct algate_note *n = &result->note[i];

		if (n->kind == ALGATE_NOTE_ASK)
			queue_ask(prog, entries, now, n);
		else if (n->kind == ALGATE_NOTE_ANSWER)
			queue_answer(prog, entries, now, n->table);
	}
}

/**
 * algate_queue_forget() - forget the requests that wait for replies
 * @s: stream
 *
 * Some bytes were not read, so later replies may belong to other requests.
 * After an unread reply, each waiting request would stay behind its reply; so
 * the waiting requests count as answered. The mark of a full queue stays.
 */
void algate_queue_forget(struct algate_stream *s)
{
	struct algate_entries *entries = *s->entries;
	struct algate_entry *m;
	u32 i;

	for (i = 0; entries && i < s->prog->ntables; i++) {
		if (!s->prog->table[i].queue)
			continue;
		while ((m = entry_oldest(entries, i)) &&
		       m->value != ALGATE_QUEUE_LOST)
			entry_remove(s->prog, entries, m);
	}
}

/**
 * algate_entry_apply() - write the table entries that a message requests
 * @prog: the program that handled the message
 * @result: its result
 * @now: clock, in seconds; wraps
 * @entries: table entries of the flow, with room for the entries that the
 *	message writes; NULL if it writes none
 *
 * Context: the caller serialises access to @entries.
 */
void algate_entry_apply(const struct algate_prog *prog,
			const struct algate_result *result, u32 now,
			struct algate_entries *entries)
{
	u32 i;

	for (i = 0; entries && i < result->nnotes; i++) {
		const struct algate_note *n = &result->note[i];

		if (n->kind == ALGATE_NOTE_FORGET)
			table_forget(prog, entries, n);
		else if (n->kind == ALGATE_NOTE_WRITE)
			table_write(prog, entries, now, n);
	}
	algate_queue_apply(prog, result, now, entries);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Tables: numbers that rules store for a flow, by key, for a limited time.
 * Queues: numbers of the requests that wait for their replies.
 *
 * The tables and queues of a flow share an array, which grows with the entries
 * in use. The keys of a queue's entries are consecutive numbers.
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
	u32 timeout = prog->table[table].timeout;
	u32 i, age, older = 0, n = 0;

	for (i = 0; i < entries->room; i++) {
		struct algate_entry *m = &entries->entry[i];

		if (m->table != table) {
			if (!unused && !is_live(prog, m, now))
				unused = m;
			continue;
		}
		age = entry_age(m, now);
		if (!m->used || age > timeout) {
			unused = unused ?: m;
			continue;
		}
		if (m->key == key)
			return m;
		if (age >= older) {
			oldest = m;
			older = age + 1;
		}
		n++;
	}
	return n < prog->table[table].max ? unused : oldest;
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

/* Are @n entries unused? Mostly the last ones are, so begin with these. */
static bool entries_unused(const struct algate_prog *prog,
			   const struct algate_entries *entries, u32 now, u32 n)
{
	u32 i = entries ? entries->room : 0;

	while (n && i--)
		n -= !is_live(prog, &entries->entry[i], now);
	return !n;
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
	n += notes_written(result);
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

	if (room >= s->prog->max_entries ||
	    entries_unused(s->prog, old, s->msg.now, notes_written(s->result)))
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

/* Oldest or newest entry of a queue, or NULL. *@n: number of its entries */
static struct algate_entry *queue_end(const struct algate_prog *prog,
				      struct algate_entries *entries, u32 now,
				      u32 table, bool newest, u32 *n)
{
	struct algate_entry *m, *end = NULL;
	u32 i;

	*n = 0;
	for (i = 0; entries && i < entries->room; i++) {
		m = &entries->entry[i];
		if (m->table != table || !is_live(prog, m, now))
			continue;
		if (!end || (newest ? algate_after(m->key, end->key) :
				      algate_before(m->key, end->key)))
			end = m;
		++*n;
	}
	return end;
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
	u32 n;

	m = queue_end(prog, entries, now, table, false, &n);
	if (m && taken)
		m = algate_entry_find(prog, entries, now, table,
				      m->key + taken);
	return m && m->value != ALGATE_QUEUE_LOST ? m->value : 0;
}

static void queue_ask(const struct algate_prog *prog,
		      struct algate_entries *entries, u32 now,
		      const struct algate_note *note)
{
	struct algate_entry *last, *m;
	u32 n, key;

	last = queue_end(prog, entries, now, note->table, true, &n);
	if (last && last->value == ALGATE_QUEUE_LOST)
		return;
	if (n == prog->table[note->table].max) {
		last->value = ALGATE_QUEUE_LOST;
		return;
	}
	key = last ? last->key + 1 : 0;
	m = entry_place(prog, entries, now, note->table, key);
	if (m)
		*m = (struct algate_entry){ key, note->value, now, note->table,
					    true };
}

static void queue_answer(const struct algate_prog *prog,
			 struct algate_entries *entries, u32 now, u32 table)
{
	struct algate_entry *m;
	u32 n;

	m = queue_end(prog, entries, now, table, false, &n);
	if (m && m->value != ALGATE_QUEUE_LOST)
		m->used = false;
}

/**
 * algate_queue_apply() - change the queues as a message requests
 * @prog: the program that ran
 * @result: its result
 * @now: clock, in seconds; wraps
 * @entries: table entries of the flow; NULL: no entries
 *
 * Requests and replies count even if the message was refused, since the
 * receiver still gets the message. Without room for a request, its reply takes
 * the next request.
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
	u32 i;

	for (i = 0; entries && i < entries->room; i++) {
		struct algate_entry *m = &entries->entry[i];

		if (m->used && s->prog->table[m->table].queue &&
		    m->value != ALGATE_QUEUE_LOST)
			m->used = false;
	}
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

		if (n->kind == ALGATE_NOTE_FORGET) {
			m = algate_entry_find(prog, entries, now, n->table,
					      n->key);
			if (m)
				m->used = false;
		} else if (n->kind == ALGATE_NOTE_WRITE) {
			m = entry_place(prog, entries, now, n->table, n->key);
			if (m)
				*m = (struct algate_entry){ n->key, n->value,
							    now, n->table,
							    true };
		}
	}
	algate_queue_apply(prog, result, now, entries);
}

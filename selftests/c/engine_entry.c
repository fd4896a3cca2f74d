// SPDX-License-Identifier: GPL-2.0
/*
 * Tables: an entry is found until its timeout; a new entry evicts the oldest
 * entry of its table only. Random writes are compared with a simple list. The
 * memory grows with the number of used entries.
 */
#include "../../kmod/engine/stream_internal.h"
#include "engine_test.h"
#include "entries.h"

#define ENTRIES	5

static const struct algate_prog prog = {
	.ntables = 2,
	.table = { { .max = 3, .timeout = 60 }, { .max = 2, .timeout = 10 } },
	.max_entries = ENTRIES,
};

static const struct algate_prog many = {
	.ntables = 1,
	.table = { { .max = ALGATE_MAX_ENTRIES, .timeout = 60 } },
	.max_entries = ALGATE_MAX_ENTRIES,
};

static struct algate_entries *entries;
static s32 charged;

static bool charge(void *ctx, s32 bytes)
{
	(void)ctx;
	charged += bytes;
	return true;
}

static void count(void *ctx, enum algate_counter counter, u32 n)
{
	(void)ctx;
	(void)counter;
	(void)n;
}

static bool reserve(const struct algate_prog *p, struct algate_result *result,
		    u32 now)
{
	struct algate_stream s = {
		.prog = p, .entries = &entries, .result = result,
		.msg.now = now,
		.charge = charge, .count = count,
	};

	return algate_entries_reserve(&s);
}

static void clear(void)
{
	algate_free(entries);
	entries = NULL;
	charged = 0;
}

static void apply(u32 table, bool forget, u32 key, u32 value, u32 now)
{
	static struct algate_result result;

	result.nnotes = 1;
	result.note[0] = (struct algate_note){ table, forget, key, value };
	if (reserve(&prog, &result, now))
		algate_entry_apply(&prog, &result, now, entries);
}

static bool has(u32 table, u32 key, u32 value, u32 now)
{
	const struct algate_entry *e;

	e = algate_entry_find(&prog, entries, now, table, key);
	return e && e->value == value;
}

static bool lacks(u32 table, u32 key, u32 now)
{
	return !algate_entry_find(&prog, entries, now, table, key);
}

static void test_time(void)
{
	clear();
	verdict(lacks(0, 0, 0) && lacks(1, 0, 0), "entries: nothing at first");
	apply(0, false, 7, 70, 100);
	verdict(has(0, 7, 70, 100) && has(0, 7, 70, 160) && lacks(0, 7, 161) &&
		lacks(0, 8, 100) && lacks(1, 7, 100), "entries: for some time");
	apply(0, false, 7, 71, 150);
	verdict(has(0, 7, 71, 210) && lacks(0, 7, 211) &&
		entries->room - entries->nunused == 1,
		"entries: written again");
	apply(0, false, 8, 80, 0xfffffff0);
	verdict(has(0, 8, 80, 0xfffffff0) && has(0, 8, 80, 44) &&
		lacks(0, 8, 45), "entries: the clock wraps");
}

static void test_room(void)
{
	clear();
	apply(0, true, 1, 0, 100);
	verdict(!entries, "entries: nothing to forget");
	apply(0, false, 1, 10, 100);
	apply(0, false, 2, 20, 101);
	apply(0, false, 3, 30, 102);
	apply(1, false, 1, 11, 102);
	apply(0, false, 1, 12, 103);
	apply(0, false, 4, 40, 104);
	verdict(lacks(0, 2, 104) && has(0, 1, 12, 104) && has(0, 3, 30, 104) &&
		has(0, 4, 40, 104) && has(1, 1, 11, 104),
		"entries: the oldest gives way");
	apply(0, true, 3, 0, 105);
	verdict(lacks(0, 3, 105) && has(0, 1, 12, 105) && has(0, 4, 40, 105),
		"entries: forgotten");
	apply(0, false, 5, 50, 106);
	verdict(has(0, 5, 50, 106) && has(0, 1, 12, 106) && has(0, 4, 40, 106),
		"entries: what is free comes first");
	apply(0, true, 9, 0, 107);
	verdict(has(0, 5, 50, 107) && has(0, 1, 12, 107) && has(0, 4, 40, 107),
		"entries: nothing else is forgotten");
}

static void test_many(void)
{
	static struct algate_result result;

	clear();
	result.nnotes = 3;
	result.note[0] = (struct algate_note){ 0, false, 1, 10 };
	result.note[1] = (struct algate_note){ 0, true, 1, 0 };
	result.note[2] = (struct algate_note){ 0, false, 2, 20 };
	reserve(&prog, &result, 5);
	algate_entry_apply(&prog, &result, 5, entries);
	verdict(lacks(0, 1, 5) && has(0, 2, 20, 5),
		"entries: several of a message, in their order");
}

/*
 * The naive table: all written entries in order. A new entry replaces the entry
 * with the same key. A forgotten entry is removed.
 */
struct log {
	u32 key[400];
	u32 value[400];
	u32 at[400];
	u32 n;
};

static void log_remove(struct log *log, u32 i)
{
	memmove(&log->key[i], &log->key[i + 1], (log->n - i - 1) * 4);
	memmove(&log->value[i], &log->value[i + 1], (log->n - i - 1) * 4);
	memmove(&log->at[i], &log->at[i + 1], (log->n - i - 1) * 4);
	log->n--;
}

static void log_write(struct log *log, bool forget, u32 key, u32 value, u32 now)
{
	u32 i;

	for (i = 0; i < log->n; i++)
		if (log->key[i] == key)
			log_remove(log, i--);
	if (forget)
		return;
	log->key[log->n] = key;
	log->value[log->n] = value;
	log->at[log->n++] = now;
}

/* The table has the newest entries of the log, as many as fit into it. */
static bool log_agrees(const struct log *log, u32 table, u32 key, u32 now)
{
	const struct algate_table *t = &prog.table[table];
	u32 i;

	for (i = log->n; i-- && log->n - i <= t->max;)
		if (log->key[i] == key && now - log->at[i] <= t->timeout)
			return has(table, key, log->value[i], now);
	return lacks(table, key, now);
}

static bool random_run(void)
{
	static struct log log[2];
	u32 now = rnd(2) ? -rnd(300) : rnd(300);
	u32 i, key;

	clear();
	memset(log, 0, sizeof(log));
	for (i = 0; i < 300; i++) {
		u32 table = rnd(2);
		bool forget = !rnd(5);

		now += rnd(8);
		key = rnd(6);
		apply(table, forget, key, i, now);
		log_write(&log[table], forget, key, i, now);
		if (log[table].n > prog.table[table].max)
			log_remove(&log[table], 0);
		for (key = 0; key < 6; key++)
			if (!log_agrees(&log[0], 0, key, now) ||
			    !log_agrees(&log[1], 1, key, now)) {
				note("table %u at step %u, key %u", table, i,
				     key);
				return false;
			}
	}
	return true;
}

static void test_random(void)
{
	bool good = true;
	u32 i;

	for (i = 0; i < 200; i++)
		good &= random_run();
	verdict(good, "entries: as a list of what was written");
}

/* Writes @n entries, @pause seconds apart. Returns their size in bytes. */
static s32 size_after(u32 n, u32 pause)
{
	static struct algate_result result = { .nnotes = 1 };
	u32 i;

	clear();
	for (i = 0; i < n; i++) {
		result.note[0].key = i;
		if (!reserve(&many, &result, 100 + i * pause))
			return 0;
		algate_entry_apply(&many, &result, 100 + i * pause, entries);
	}
	for (i = 0; i < n && !pause; i++)
		if (!algate_entry_find(&many, entries, 100, 0, i) !=
		    (i + ALGATE_MAX_ENTRIES < n))
			return 0;
	return charged;
}

/*
 * Peers choose keys. Writes keys with the same low bits, then with the same
 * high bits. Returns the length of the longest chain.
 */
static u32 longest_chain(u32 shift)
{
	static struct algate_result result = { .nnotes = 1 };
	const u16 *bucket;
	u32 i, n, at, longest = 0;

	clear();
	for (i = 0; i < ALGATE_MAX_ENTRIES; i++) {
		result.note[0].key = i << shift;
		if (!reserve(&many, &result, 100))
			return ALGATE_MAX_ENTRIES;
		algate_entry_apply(&many, &result, 100, entries);
	}
	bucket = (const u16 *)&entries->entry[entries->room];
	for (i = 0; i < entries->buckets; i++) {
		for (n = 0, at = bucket[i]; at != ALGATE_ENTRY_NONE; n++)
			at = entries->entry[at].chain;
		longest = max_t(u32, longest, n);
	}
	return longest;
}

static void test_chains(void)
{
	u32 shift, longest = 0;

	for (shift = 0; shift <= 22; shift++)
		longest = max_t(u32, longest, longest_chain(shift));
	if (longest > 16)
		note("%u entries in a bucket", longest);
	verdict(longest <= 16, "entries: regular keys do not share a bucket");
}

static void test_growth(void)
{
	static struct algate_result none = { .nnotes = 0 };
	static struct algate_result one = { .nnotes = 1 };

	clear();
	verdict(reserve(&prog, &none, 0) && !charged && !entries,
		"entries: no memory for no entries");
	verdict(size_after(1, 0) == 96 && size_after(5, 0) == entries_len(8) &&
		size_after(16, 0) == entries_len(16) &&
		size_after(ALGATE_MAX_ENTRIES + 100, 0) ==
		entries_len(ALGATE_MAX_ENTRIES) &&
		charged == (s32)algate_entries_size(entries),
		"entries: as large as what is used");
	verdict(size_after(100, 61) == 96,
		"entries: an entry that has timed out makes room");
	size_after(8, 0);
	algate_fail_alloc = 0;
	verdict(!reserve(&many, &one, 100) && charged == entries_len(8) &&
		algate_entry_find(&many, entries, 100, 0, 4),
		"entries: without memory, the entries stay");
	clear();
	algate_fail_alloc = 0;
	verdict(!reserve(&many, &one, 100) && !charged && !entries,
		"entries: no memory for the first entry");
	algate_fail_alloc = -1;
}

int main(void)
{
	rnd_seed(7);
	test_time();
	test_room();
	test_many();
	test_random();
	test_growth();
	test_chains();
	return verdict_exit();
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Searches the most expensive message for each plug-in of plugins/. A message
 * with more steps for its length than all messages before counts as new
 * coverage for libFuzzer, which mutates it further. No run takes more steps than
 * were subtracted from its budget. The input:
 *
 *	8 bytes		the plug-in's name, padded with NULs
 *	1 byte		flags, see below
 *	the rest	message in the plug-in's framing
 *
 * At its end the fuzzer prints a table of the maxima, and writes the messages
 * to the directory ALGATE_COSTLIEST, if this variable is set.
 */
#include "fuzz.h"
#include "plugin.h"
#include "../c/engine_gen.h"
#include "../c/entries.h"
#include "../c/steps.h"

#define HEAD_LEN	(NAME_LEN + 1)
#define F_SERVER	0x01
#define F_IP6		0x02
#define F_UDP		0x04	/* a datagram, if the plug-in serves UDP */
#define F_REMEMBERED	0x08	/* variables and tables have contents */

/* Eight levels per factor of two, from 1/256 step per byte on. */
#define LEVELS		256

/* Added to each length, since short messages have a high cost per byte. */
#define SHORT		64

static __attribute__((section("__libfuzzer_extra_counters")))
u8 reached[PLUGINS_MAX][LEVELS];

static struct dear {
	unsigned long messages;
	u32 steps;
	u32 most;	/* see steps_most() */
	u32 len;
	u8 *data;
	size_t size;
} costliest[PLUGINS_MAX];

static struct algate_entries *entries[PLUGINS_MAX];

static u32 level(u32 steps, u32 len)
{
	u64 cost = ((u64)steps << 8) / (len + SHORT) + 1;
	u32 log = 63 - __builtin_clzll(cost);
	u32 eighth = (log < 3 ? cost << (3 - log) : cost >> (log - 3)) & 7;

	return min_t(u32, 8 * log + eighth, LEVELS - 1);
}

static void keep(const char *dir, const struct dear *d, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f || fwrite(d->data, d->size, 1, f) != 1 || fclose(f))
		bug("%s: cannot be written", path);
}

static void tell(void)
{
	const char *dir = getenv("ALGATE_COSTLIEST");
	unsigned long messages = 0;
	u32 i;

	for (i = 0; i < nplugins; i++)
		messages += costliest[i].messages;
	fprintf(stderr, "# %lu messages within the bound\n", messages);
	fprintf(stderr, "# %-15s %6s %8s %8s %6s %9s  %s\n", "plug-in", "path",
		"bound", "steps", "bytes", "a byte", "of the most");
	for (i = 0; i < nplugins; i++) {
		const struct algate_prog *prog = plugins[i];
		const struct dear *d = &costliest[i];

		algate_free_big(entries[i]);
		if (!d->messages)
			continue;
		fprintf(stderr, "# %-15s %6u %8u %8u %6u %9.2f  %.1f %%\n",
			prog->name, prog->steps, d->most, d->steps, d->len,
			d->len ? 1.0 * d->steps / d->len : 0,
			100.0 * d->most / ALGATE_MAX_STEPS);
		if (dir)
			keep(dir, d, prog->name);
		free(d->data);
	}
	plugins_free();
}

/* Entries for the keys 0 to 11 in each table, and as many requests */
static struct algate_entries *entries_filled(const struct algate_prog *prog)
{
	static struct algate_result result = { .nnotes = 1 };
	struct algate_entries *filled = entries_make(ALGATE_MAX_TABLES * 12);
	u32 i;

	for (i = 0; i < prog->ntables * 12; i++) {
		result.note[0] = (struct algate_note){
			.table = i / 12, .key = i % 12, .value = i % 7,
			.kind = prog->table[i / 12].queue ? ALGATE_NOTE_ASK :
							    ALGATE_NOTE_WRITE,
		};
		algate_entry_apply(prog, &result, 10, filled);
	}
	return filled;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	u32 i;

	(void)argc;
	(void)argv;
	plugins_load();
	for (i = 0; i < nplugins; i++)
		entries[i] = entries_filled(plugins[i]);
	atexit(tell);
	return 0;
}

/* Length of the first message, as cut by the stream layer; 0: none */
static u32 framed(const struct algate_prog *prog, bool udp, const u8 *data,
		  u32 len)
{
	u32 max = prog->frame[0].max;
	struct algate_cut cut;

	if (udp || prog->frame[0].kind == ALGATE_FRAME_TURNS)
		return min_t(u32, len, max);
	return algate_frame_cut(prog, data, len, &cut) ? 0 : cut.len;
}

static void compare(struct dear *d, u32 steps, u32 most, u32 len,
		    const u8 *data, size_t size)
{
	reached[d - costliest][level(steps, len)] = 1;
	d->messages++;
	if (d->data &&
	    (u64)steps * (d->len + SHORT) <= (u64)d->steps * (len + SHORT))
		return;
	d->data = realloc(d->data, size);
	memcpy(d->data, data, size);
	d->size = size;
	d->steps = steps;
	d->most = most;
	d->len = len;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	static struct algate_result res;
	struct algate_message msg = { .nr = 1, .sport = 40000, .now = 10,
				      .ends = &gen_ends };
	const struct algate_prog *prog;
	u32 which, i;
	bool udp;
	u8 flags;

	if (len < HEAD_LEN)
		return -1;
	which = plugin_index(data);
	prog = plugins[which];
	flags = data[NAME_LEN];
	udp = plugin_serves(prog, flags & F_UDP ? IPPROTO_UDP : IPPROTO_TCP) ==
	      !!(flags & F_UDP);
	msg.proto = udp ? IPPROTO_UDP : IPPROTO_TCP;
	msg.data = data + HEAD_LEN;
	msg.len = framed(prog, udp, msg.data, len - HEAD_LEN);
	if (!msg.len)
		return -1;
	msg.dir = flags & F_SERVER ? ALGATE_SERVER : ALGATE_CLIENT;
	msg.family = flags & F_IP6 ? AF_INET6 : AF_INET;
	for (i = 0; i < ARRAY_SIZE(res.var); i++)
		res.var[i] = !!(flags & F_REMEMBERED);
	if (flags & F_REMEMBERED) {
		msg.entries = entries[which];
		msg.known = gen_known();
	}
	algate_run(prog, &msg, &res);
	if (res.steps > steps_most(prog, &res))
		bug("%s: %u steps, not %u", prog->name, res.steps,
		    steps_most(prog, &res));
	compare(&costliest[which], res.steps, steps_most(prog, &res), msg.len,
		data, len);
	return 0;
}

/* Repeats some of the bytes: an expensive part costs as much again. */
static size_t repeat(u8 *data, size_t len, size_t max, unsigned int seed)
{
	size_t at = seed % len;
	size_t n = min_t(size_t, seed / 64 % 256 + 1, len - at);
	size_t more = min_t(size_t, n * (seed / 16384 % 512 + 1), max - len);
	size_t i;

	memmove(data + at + more, data + at, len - at);
	for (i = 0; i < more; i++)
		data[at + i] = data[at + more + i % n];
	return len + more;
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t len, size_t max,
			       unsigned int seed)
{
	u8 *text = data + HEAD_LEN;

	if (len <= HEAD_LEN || seed % 16 == 0)
		return LLVMFuzzerMutate(data, len, max);
	len -= HEAD_LEN;
	max -= HEAD_LEN;
	if (seed % 4 == 1)
		return HEAD_LEN + repeat(text, len, max, seed / 4);
	return HEAD_LEN + LLVMFuzzerMutate(text, len, max);
}

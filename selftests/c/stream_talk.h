/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A TCP flow between two ends that speak line by line, for tests of the stream
 * layer: commits are counted, and refused if the test says so.
 */
#ifndef STREAM_TALK_H
#define STREAM_TALK_H

#include "stream_test.h"
#include "../../kmod/engine/intent.h"

#define ISN	0xfffffff0	/* the numbers wrap */

long algate_fail_alloc = -1;

static struct algate_prog *prog;
static struct algate_sender sender[2];
static u32 var[ALGATE_MAX_VARS], seq[2], now;
static struct algate_entries *entries;
static struct algate_mapping *known;
static struct algate_result result;
static unsigned int commits;
static bool over, refuse, outside, stranger, handed_over;
static u32 strangers;

static bool commit(void *ctx, const struct algate_message *msg,
		   struct algate_result *res)
{
	(void)ctx;
	if (refuse)
		return false;
	if (stranger) {
		res->over = algate_strangers(prog, msg, ++strangers);
		return false;
	}
	commits += res->nintents;
	return true;
}

/* Another router has read the start of both directions. */
static bool resume(void *ctx, enum algate_dir dir, u32 at, s32 *delta)
{
	(void)ctx;
	(void)dir;
	(void)at;
	*delta = 0;
	return handed_over;
}

static inline struct algate_stream stream(void)
{
	return (struct algate_stream){
		.prog = prog, .sender = sender, .var = var, .kept_max = 4096,
		.outside = outside,
		.commit = commit, .count = count, .resume = resume,
		.result = &result, .entries = &entries, .known = &known,
		.msg = { .family = AF_INET, .sport = 40000 },
	};
}

static inline void load(const char *text)
{
	algate_prog_free(prog);
	prog = rules_load(text);
}

static inline void segment(enum algate_dir dir, u32 at, const char *data,
			   u32 len, bool syn)
{
	struct algate_stream s = stream();
	/* of exact size: ASan detects a read past the end */
	u8 *copy = memcpy(malloc(len + !len), data, len);
	struct algate_segment seg = {
		.seq = at, .ack = seq[!dir], .has_ack = !syn || dir,
		.syn = syn, .data = copy, .len = len, .now = now += 1000,
	};
	struct algate_splice sp;

	algate_stream_segment(&s, dir, &seg, &sp);
	algate_free(sp.temp);
	free(copy);
	over |= s.detach || s.stop;
}

static inline void start(const char *text)
{
	load(text);
	algate_sender_free(&sender[0]);
	algate_sender_free(&sender[1]);
	memset(sender, 0, sizeof(sender));
	memset(counter, 0, sizeof(counter));
	commits = 0;
	over = false;
	refuse = false;
	stranger = false;
	strangers = 0;
	handed_over = false;
	algate_free(entries);
	entries = NULL;
	seq[0] = ISN + 1;
	seq[1] = ISN + 1;
}

/* A flow of TCP after its handshake */
static inline void open_flow(const char *text)
{
	start(text);
	segment(ALGATE_CLIENT, ISN, "", 0, true);
	segment(ALGATE_SERVER, ISN, "", 0, true);
}

static inline void say_bytes(enum algate_dir dir, const char *data, u32 len)
{
	segment(dir, seq[dir], data, len, false);
	seq[dir] += len;
}

static inline void say(enum algate_dir dir, const char *data)
{
	say_bytes(dir, data, strlen(data));
}

static inline void tell_bytes(enum algate_dir dir, const char *data, u32 len)
{
	struct algate_stream s = stream();
	/* of exact size, as above */
	u8 *copy = memcpy(malloc(len + !len), data, len);
	struct algate_splice sp;

	algate_stream_datagram(&s, dir, copy, len, &sp);
	algate_free(sp.temp);
	free(copy);
	over |= s.detach || s.stop;
}

/* A datagram */
static inline void tell(enum algate_dir dir, const char *data)
{
	tell_bytes(dir, data, strlen(data));
}

/* A message that never arrives here; the sender goes on, and repeats that. */
static inline void lose(enum algate_dir dir, const char *lost, const char *next)
{
	u32 i;

	seq[dir] += strlen(lost);
	for (i = 0; i < 4; i++)
		segment(dir, seq[dir], next, strlen(next), false);
	seq[dir] += strlen(next);
}

static inline char *padded(char *buf, const char *text, u32 len)
{
	memset(buf, 'x', len);
	memcpy(buf, text, strlen(text));
	memcpy(buf + len - 2, "\r\n", 3);
	return buf;
}

#define C	ALGATE_CLIENT
#define S	ALGATE_SERVER
#define GONE	(over && sender[0].ended && sender[1].ended)

#endif /* STREAM_TALK_H */

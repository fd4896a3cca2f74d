// SPDX-License-Identifier: GPL-2.0
/*
 * Limits of the stream layer: packets that cannot grow, payloads that cannot be
 * read, failing allocations, and the cost of a packet with many messages.
 */
#include "stream_test.h"

#define ISN	0xffff8000	/* sequence numbers wrap around */
#define LONGEST	65483		/* payload of a packet of 65,535 bytes */

long algate_fail_alloc = -1;

static const char rules[] =
	"plugin limits \"endpoints in lines\"\nservice udp 21\n"
	"frame lines max 512\nexpect data max 255 timeout 5m\n"
	"client: \"PORT \" a:ip4 with commas \",\" p:port with commas end\n"
	"	{ open data tcp server -> a p }\n"
	"client: \"QUIT\" end { stop }\n";

static struct algate_prog *prog;
static struct algate_sender sender[2];
static u32 var[ALGATE_MAX_VARS];
static struct algate_entries *entries;
static struct algate_mapping *known;
static struct algate_result result;
static unsigned int commits;
static s64 charged, charged_sum, budget;
static s32 corrected;
static bool uncorrected;
static u32 now, apart = 250;	/* time; milliseconds between two segments */

static void verdict(const char *name, bool good)
{
	stream_verdict("limits", name, good);
}

/* NAT translates each address to a longer address. */
static bool commit(void *ctx, const struct algate_message *msg,
		   struct algate_result *res)
{
	static const u8 public[4] = { 203, 0, 113, 177 };
	unsigned int i;

	(void)ctx;
	commits++;
	for (i = 0; i < res->nintents; i++) {
		struct algate_intent *in = &res->intent[i];
		struct algate_value v = in->addr;

		if (in->addr.off < msg->frozen)
			return false;
		memcpy(v.addr, public, 4);
		algate_edit_add(res, in->addr.off, in->addr.len,
				in->addr_type, &v);
	}
	return true;
}

static bool charge(void *ctx, s32 bytes)
{
	(void)ctx;
	if (bytes > 0 && charged + bytes > budget)
		return false;
	charged += bytes;
	if (bytes > 0)
		charged_sum += bytes;
	return true;
}

static bool correct(void *ctx, enum algate_dir dir, u32 seq, s32 delta,
		    s32 total)
{
	(void)ctx;
	(void)seq;
	return !uncorrected && dir == ALGATE_CLIENT &&
	       (corrected += delta) == total;
}

/* Returns the outgoing payload, which the caller frees; NULL: it is held. */
static u8 *leaves(const struct algate_segment *seg,
		  const struct algate_splice *sp, u32 *len)
{
	u32 tail = seg->len - sp->off - sp->old_len;
	u8 *p;

	if (sp->move == ALGATE_HOLD)
		return NULL;
	if (sp->move == ALGATE_PASS) {
		*len = seg->len;
		return seg->data ? memcpy(malloc(seg->len + 1), seg->data,
					  seg->len) : malloc(1);
	}
	*len = sp->off + sp->new_len + tail;
	p = malloc(*len + 1);
	memcpy(p, seg->data, sp->off);
	if (sp->new_len)
		memcpy(p + sp->off, sp->bytes, sp->new_len);
	memcpy(p + sp->off + sp->new_len, seg->data + sp->off + sp->old_len,
	       tail);
	return p;
}

/* @data: NULL if there was no memory to read the payload */
static u8 *segment(enum algate_dir dir, u32 seq, const void *data, u32 len,
		   u32 *out_len)
{
	struct algate_stream s = {
		.prog = prog, .sender = sender, .var = var, .kept_max = 16384,
		.commit = commit, .correct = correct, .count = count,
		.charge = charge, .result = &result, .entries = &entries,
		.known = &known,
		.msg = { .family = AF_INET, .sport = 40000 },
	};
	struct algate_segment seg = {
		.seq = seq, .has_ack = true, .ack = ISN + 1, .len = len,
		.max_len = LONGEST, .now = now += apart,
	};
	struct algate_splice sp;
	u8 *out;

	if (data)
		seg.data = memcpy(malloc(len + !len), data, len);
	algate_stream_segment(&s, dir, &seg, &sp);
	out = leaves(&seg, &sp, out_len);
	algate_free(sp.temp);
	free((void *)seg.data);
	return out;
}

/* Does the segment leave? */
static bool passes(u32 seq, const char *text)
{
	u32 len;
	u8 *out = segment(ALGATE_CLIENT, seq, text, strlen(text), &len);

	free(out);
	return out;
}

static void begin(void)
{
	enum algate_dir dir;

	memset(sender, 0, sizeof(sender));
	memset(counter, 0, sizeof(counter));
	commits = 0;
	charged = 0;
	charged_sum = 0;
	budget = 1 << 24;
	corrected = 0;
	uncorrected = false;
	for (dir = 0; dir < 2; dir++) {
		sender[dir].next = ISN + 1;
		sender[dir].synced = true;
	}
}

static void end(const char *name)
{
	char text[80];

	charged -= algate_sender_free(&sender[0]);
	charged -= algate_sender_free(&sender[1]);
	snprintf(text, sizeof(text), "%s: all memory is given back", name);
	verdict(text, !charged);
}

/* Writes as many announcements as fit into @size bytes. */
static u32 announcements(char *buf, u32 size)
{
	u32 len = 0, n = 0;

	for (; len + 40 < size; n++)
		len += sprintf(buf + len, "PORT 10,0,0,1,%u,%u\r\n",
			       10 + n % 200, n % 256);
	return len;
}

static void test_many_messages(void)
{
	static char buf[LONGEST];
	u32 len = announcements(buf, 40000), out_len = 0;
	u8 *out;

	begin();
	out = segment(ALGATE_CLIENT, ISN + 1, buf, len, &out_len);
	verdict("40 KB of announcements leave rewritten",
		out && out_len > len && commits > 1000);
	free(out);
	/* the sum of doubled sizes, and an allocation of the exact size */
	verdict("memory asked for grows as the packet does",
		charged_sum < 5 * (s64)out_len);
	/* a buffer is copied to its exact size only if this saves much */
	verdict("and what stays is at most twice what is used",
		charged < 2 * (s64)out_len);
	end("many messages");
}

static void test_no_room(void)
{
	static char buf[LONGEST];
	u32 len = announcements(buf, LONGEST - 100), out_len = 0, again_len = 0;
	u8 *out, *again;

	begin();
	out = segment(ALGATE_CLIENT, ISN + 1, buf, len, &out_len);
	verdict("the longest packet is not dropped", out);
	verdict("it grows as far as it can", out && out_len > len &&
		out_len <= LONGEST && counter[ALGATE_C_NO_ROOM]);
	again = segment(ALGATE_CLIENT, ISN + 1, buf, len, &again_len);
	verdict("its repetition is the same", again && again_len == out_len &&
		!memcmp(out, again, out_len));
	free(out);
	free(again);
	verdict("and the stream goes on", passes(ISN + 1 + len, "NOOP\r\n") &&
		!counter[ALGATE_C_FAIL_OPEN]);
	end("no room");
}

/* With held bytes in front, the longest packet is too long; its end is cut. */
static void test_joined_too_long(void)
{
	static char buf[LONGEST];
	u32 len = announcements(buf, LONGEST), first = 0, rest = 0;
	u8 *out, *more;

	begin();
	free(segment(ALGATE_CLIENT, ISN + 1, buf, 12, &first));
	out = segment(ALGATE_CLIENT, ISN + 13, buf + 12, len - 12, &first);
	verdict("joined to held bytes it is not dropped either",
		out && first <= LONGEST);
	more = segment(ALGATE_CLIENT, ISN + 1 + len - 500, buf + len - 500,
		       500, &rest);
	verdict("its end leaves when it is repeated", more);
	free(out);
	free(more);
	end("joined too long");
}

static void test_unread(void)
{
	u32 len;
	u8 *out;

	begin();
	passes(ISN + 1, "NOOP\r\n");
	out = segment(ALGATE_CLIENT, ISN + 7, NULL, 12, &len);
	verdict("a payload that cannot be had passes",
		out && counter[ALGATE_C_NO_MEMORY] == 1);
	free(out);
	verdict("the next segment is in order",
		passes(ISN + 19, "OOP\r\nPORT 10,0,0,1,9,9\r\n") &&
		commits == 1 && !counter[ALGATE_C_GAP]);
	out = segment(ALGATE_CLIENT, ISN + 24, NULL, 21, &len);
	verdict("bytes that were rewritten do not pass unread", !out);
	free(out);
	end("unread");

	begin();
	free(segment(ALGATE_CLIENT, ISN + 1, NULL, 6, &len));
	verdict("nothing is read behind a beginning that was not seen",
		passes(ISN + 7, "PORT 10,0,0,1,9,9\r\n") && !commits &&
		sender[0].ended && sender[1].ended);
	end("unread beginning");
}

/* Bytes took another route: the sender never retransmits them. */
static void test_elsewhere(void)
{
	begin();
	passes(ISN + 1, "NOOP\r\n");
	verdict("a segment beyond missing bytes waits",
		!passes(ISN + 13, "NOOP\r\n"));
	verdict("and passes at the second repetition",
		!passes(ISN + 13, "NOOP\r\n") && passes(ISN + 13, "NOOP\r\n"));
	verdict("the stream is read again from the next line on",
		passes(ISN + 19, "x\r\nPORT 10,0,0,1,9,9\r\n") && commits == 1);
	end("elsewhere");

	begin();
	passes(ISN + 1, "NOOP\r\n");
	passes(ISN + 7, "PORT 10,0");
	verdict("the same behind a held tail", !passes(ISN + 20, "NOOP\r\n") &&
		!passes(ISN + 20, "NOOP\r\n") &&
		passes(ISN + 20, "NOOP\r\n") &&
		passes(ISN + 26, "x\r\nPORT 10,0,0,1,9,9\r\n") && commits == 1);
	end("elsewhere behind a tail");
}

/* The network duplicates a segment. A duplicate is no retransmission. */
static void test_copies(void)
{
	const char *first = "PORT 10,0", *rest = ",0,1,9,9\r\n";
	unsigned int i, passed = 0;

	begin();
	passes(ISN + 1, "NOOP\r\n");
	passes(ISN + 7, first);
	apart = 1;
	for (i = 0; i < 4; i++)
		passed += passes(ISN + 7, first);
	verdict("copies of held bytes wait for the rest",
		!passed && passes(ISN + 16, rest) && commits == 1);
	apart = 250;
	end("copies of a held segment");

	begin();
	passes(ISN + 1, "NOOP\r\n");
	passes(ISN + 16, rest);
	apart = 1;
	for (i = 0; i < 4; i++)
		passed += passes(ISN + 16, rest);
	apart = 250;
	verdict("copies beyond missing bytes wait for these",
		!passed && !passes(ISN + 16, rest) &&
		passes(ISN + 7, first) && commits == 1);
	end("copies beyond missing bytes");

	/* a retransmission timeout of 5 ms, which doubles */
	begin();
	passes(ISN + 1, "NOOP\r\n");
	passes(ISN + 7, first);
	for (apart = 5; apart < 1000 && !passed; apart *= 2)
		passed = passes(ISN + 7, first);
	verdict("a sender that repeats early gets through later",
		passed && apart <= 400);
	apart = 250;
	end("early repetitions");
}

/* The receiver acknowledges bytes that took another route. */
static void test_acked_elsewhere(void)
{
	struct algate_stream s = {
		.prog = prog, .sender = sender, .var = var, .kept_max = 1024,
		.commit = commit, .correct = correct, .count = count,
		.charge = charge, .result = &result, .entries = &entries,
		.known = &known,
		.msg = { .family = AF_INET, .sport = 40000 },
	};
	struct algate_segment ack = {
		.seq = ISN + 1, .has_ack = true, .ack = ISN + 13,
		.data = (const u8 *)"",
	};
	struct algate_splice sp;

	begin();
	passes(ISN + 1, "NOOP\r\n");
	passes(ISN + 13, "x\r\nPORT 10,0,0,1,9,9\r\n");
	algate_stream_segment(&s, ALGATE_SERVER, &ack, &sp);
	verdict("acknowledged missing bytes are not waited for",
		passes(ISN + 13, "x\r\nPORT 10,0,0,1,9,9\r\n") && commits == 1);
	ack.ack = ISN + 0x10000000;
	algate_stream_segment(&s, ALGATE_SERVER, &ack, &sp);
	verdict("an acknowledgment beyond all that was sent releases nothing",
		sender[0].rewrites);
	end("acknowledged elsewhere");
}

/*
 * The correction of sequence numbers fails: somebody else adjusts them, or the
 * flow has no extension for it.
 */
static void test_uncorrected(void)
{
	static const char text[] = "PORT 10,0,0,1,9,9\r\nPORT 10,0,0,1,9,8\r\n";
	u32 line = 19, first_len = 0, again_len = 0;
	u8 *first, *again;

	begin();
	first = segment(ALGATE_CLIENT, ISN + 1, text, line, &first_len);
	uncorrected = true;
	again = segment(ALGATE_CLIENT, ISN + 1, text, 2 * line, &again_len);
	verdict("without a correction nothing more is rewritten",
		first && again && again_len == first_len + line &&
		!memcmp(again + first_len, text + line, line) &&
		counter[ALGATE_C_NO_SEQADJ] == 1);
	verdict("what was rewritten before is repeated",
		first && again && first_len > line &&
		!memcmp(again, first, first_len));
	verdict("and the inspection ends", sender[0].ended && sender[1].ended &&
		sender[0].delta == corrected);
	free(first);
	free(again);
	end("uncorrected");
}

/* A FIN takes a sequence number, acknowledged only after the FIN was sent. */
static void test_fin(void)
{
	static const char text[] = "PORT 10,0,0,1,9,9\r\n";
	struct algate_stream s = {
		.prog = prog, .sender = sender, .var = var, .kept_max = 1024,
		.commit = commit, .correct = correct, .count = count,
		.charge = charge, .result = &result, .entries = &entries,
		.known = &known,
		.msg = { .family = AF_INET, .sport = 40000 },
	};
	struct algate_segment ack = {
		.seq = ISN + 1, .has_ack = true, .data = (const u8 *)"",
	}, fin = {
		.seq = ISN + 1 + strlen(text), .has_ack = true, .fin = true,
		.ack = ISN + 1, .data = (const u8 *)"",
	};
	struct algate_splice sp;

	begin();
	passes(ISN + 1, text);
	ack.ack = fin.seq + sender[0].delta + 1;
	algate_stream_segment(&s, ALGATE_SERVER, &ack, &sp);
	verdict("an acknowledgment of a FIN that was not sent releases nothing",
		sender[0].rewrites);
	algate_stream_segment(&s, ALGATE_CLIENT, &fin, &sp);
	algate_stream_segment(&s, ALGATE_SERVER, &ack, &sp);
	verdict("one of a FIN that was sent does", !sender[0].rewrites);
	end("fin");
}

static void test_budget(void)
{
	begin();
	budget = 0;
	passes(ISN + 1, "NOOP\r\n");
	verdict("without budget an announcement passes as it is",
		passes(ISN + 7, "PORT 10,0,0,1,9,9\r\n") && !commits);
	verdict("and a tail is not held",
		passes(ISN + 26, "PORT 10,0,0") && counter[ALGATE_C_FAIL_OPEN]);
	budget = 4096;
	verdict("with budget the stream is read again",
		passes(ISN + 37, "\r\nPORT 10,0,0,1,9,9\r\n") && commits == 1);
	end("budget");
}

int main(void)
{
	prog = rules_load(rules);
	test_many_messages();
	test_no_room();
	test_joined_too_long();
	test_unread();
	test_elsewhere();
	test_copies();
	test_acked_elsewhere();
	test_uncorrected();
	test_fin();
	test_budget();
	algate_prog_free(prog);
	return failed ? 1 : 0;
}

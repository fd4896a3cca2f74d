// SPDX-License-Identifier: GPL-2.0
/*
 * The stream layer between a sender and a receiver over a bad network.
 *
 * A sender cuts a conversation into segments, at random or at a given byte. The
 * network loses, duplicates and reorders the segments on both sides of the
 * router. The router is the engine's stream layer with a model of conntrack's
 * sequence adjustment behind it. An oracle edits the whole conversation at once.
 * Invariants:
 *   - if the receiver gets a byte twice before acknowledging it, both copies are
 *     equal,
 *   - all bytes arrive,
 *   - unless a counter reports unread bytes, the oracle's bytes arrive.
 */
#include <stdarg.h>

#include "rules.h"
#include "seqadj.h"

#define MAX_STREAM	65536
#define MAX_FLIGHT	64

long algate_fail_alloc = -1;

static const char rules[] =
	"plugin lines \"endpoints in lines\"\n"
	"service udp 21\n"	/* needs no "begin" */
	"frame lines max 512\n"
	"expect data max 8 timeout 5m\n"
	"client: \"PORT \"i a:ip4 with commas \",\" p:port with commas end\n"
	"	{ open data tcp server -> a p }\n"
	"client: \"EPRT \"i d:char \"1\" d a:ip4 d p:port d end\n"
	"	{ open data tcp server -> a p }\n";

static const struct algate_prog *prog;
static unsigned int seed;
static int failed, passed;

static u32 rnd(u32 n)
{
	seed = seed * 1103515245 + 12345;
	return n ? (seed >> 8) % n : 0;
}

static void result(const char *name, bool good)
{
	printf("%s %s\n", good ? "ok" : "not ok", name);
	if (good)
		passed++;
	else
		failed++;
}

struct world {
	/* sender */
	u8 out[MAX_STREAM];
	u32 out_len;
	u32 isn;
	u32 una;
	u32 nxt;
	u32 sent_segments;
	u32 repeated;
	bool fin;
	/* router */
	struct algate_sender sender[2];
	u32 var[ALGATE_MAX_VARS];
	struct algate_entries *entries;
	struct algate_mapping *known;
	struct algate_result result;
	struct seqadj adj;
	u32 counter[__ALGATE_C_MAX];
	bool state;
	/* receiver */
	u8 in[MAX_STREAM * 2];
	bool have[MAX_STREAM * 2];
	u32 in_next;
	bool in_fin;
	bool torn;
	/* expected bytes */
	u8 want[MAX_STREAM * 2];
	u32 want_len;
};

static struct world w;

/* milliseconds between two segments, and until a sender's timeout */
#define STEP		1
#define TIMEOUT		250
static u32 now;

/* NAT translates each address to 203.0.113.77, and a third of the ports. */
static bool commit(void *ctx, const struct algate_message *msg,
		   struct algate_result *res)
{
	static const u8 public[4] = { 203, 0, 113, 77 };
	unsigned int i;

	(void)ctx;
	for (i = 0; i < res->nintents; i++) {
		struct algate_intent *in = &res->intent[i];
		struct algate_value v = in->addr;

		if (in->addr.off < msg->frozen)
			return false;
		memcpy(v.addr, public, 4);
		algate_edit_add(res, in->addr.off, in->addr.len,
				in->addr_type, &v);
		if (in->port.num % 3 == 0) {
			v = in->port;
			v.num = in->port.num / 3 + 1024;
			algate_edit_add(res, in->port.off, in->port.len,
					in->port_type, &v);
		}
	}
	return true;
}

static void count(void *ctx, enum algate_counter c, u32 n)
{
	(void)ctx;
	w.counter[c] += n;
}

static bool correct(void *ctx, enum algate_dir dir, u32 seq, s32 delta,
		    s32 total)
{
	(void)ctx;
	return dir == ALGATE_CLIENT && seqadj_set(&w.adj, seq, delta, total);
}

static struct algate_stream stream(void)
{
	return (struct algate_stream){
		.prog = prog, .sender = w.sender, .var = w.var, .kept_max = 1024,
		.commit = commit, .correct = correct, .count = count,
		.result = &w.result,
		.entries = &w.entries, .known = &w.known,
		.msg = { .family = AF_INET, .sport = 40000 },
	};
}

static void receive(u32 seq, const u8 *data, u32 len, bool fin)
{
	u32 pos = seq - (w.isn + 1);
	u32 i;

	for (i = 0; i < len; i++, pos++) {
		if ((s32)pos < 0 || pos < w.in_next)
			continue;
		if (pos >= sizeof(w.in))
			w.torn = true;
		else if (w.have[pos] && w.in[pos] != data[i])
			w.torn = true;
		else
			w.in[pos] = data[i], w.have[pos] = true;
		if (w.torn) {
			printf("# torn at byte %u\n", pos);
			return;
		}
	}
	while (w.in_next < sizeof(w.in) && w.have[w.in_next])
		w.in_next++;
	if (fin && w.in_next == pos)
		w.in_fin = true;
}

static void acknowledge(void)
{
	struct algate_stream s = stream();
	struct algate_segment seg = {
		.seq = 5000, .ack = w.isn + 1 + w.in_next + w.in_fin,
		.has_ack = true,
	};
	struct algate_splice sp;
	u32 ack;

	algate_stream_segment(&s, ALGATE_SERVER, &seg, &sp);
	ack = seqadj_ack(&w.adj, sp.ack);
	if (algate_after(ack, w.una) && !algate_after(ack, w.nxt))
		w.una = ack;
}

/* Sends a segment through the router; @lose: the segment is lost behind it. */
static void route(u32 seq, const u8 *data, u32 len, bool fin, bool lose)
{
	/* exact size, so that the sanitizer sees a read past the end */
	u8 *copy = malloc(len ? len : 1), *payload;
	bool adjust = w.adj.on;
	struct algate_stream s = stream();
	struct algate_segment seg = {
		.seq = seq, .data = copy, .len = len, .fin = fin,
		.has_ack = true, .ack = 5000, .now = now += STEP,
	};
	struct algate_splice sp;
	u32 out_len;

	memcpy(copy, data, len);
	algate_stream_segment(&s, ALGATE_CLIENT, &seg, &sp);
	if (sp.move != ALGATE_HOLD && !lose) {
		payload = spliced(&seg, &sp, &out_len);
		w.torn |= !payload;
		if (payload)
			receive(adjust ? seqadj_seq(&w.adj, sp.seq) : sp.seq,
				payload, out_len, fin);
		free(payload);
	}
	algate_free(sp.temp);
	free(copy);
}

static void oracle(void)
{
	u32 pos = 0, nr = 0;

	while (pos < w.out_len) {
		struct algate_message msg = { .family = AF_INET,
			.proto = IPPROTO_TCP, .sport = 40000, .nr = nr };
		struct algate_cut cut;
		int n;

		if (algate_frame_cut(prog, w.out + pos, w.out_len - pos,
				     &cut) < 0) {
			const u8 *lf = memchr(w.out + pos, '\n',
					      w.out_len - pos);

			/* Too long a first line ends the inspection. */
			if (!nr)
				lf = NULL;
			n = lf ? lf - (w.out + pos) + 1 : (int)(w.out_len - pos);
			memcpy(w.want + w.want_len, w.out + pos, n);
			w.want_len += n;
			pos += n;
			continue;
		}
		msg.data = w.out + pos;
		msg.len = cut.len;
		memset(w.result.var, 0, sizeof(w.result.var));
		n = cut.len;
		if (algate_run(prog, &msg, &w.result) == ALGATE_HANDLED &&
		    commit(NULL, &msg, &w.result))
			n = algate_edit_apply(&w.result, msg.data, msg.len,
					      w.want + w.want_len);
		else
			memcpy(w.want + w.want_len, msg.data, msg.len);
		w.want_len += n;
		memcpy(w.want + w.want_len, w.out + pos + cut.len,
		       cut.total - cut.len);
		w.want_len += cut.total - cut.len;
		pos += cut.total;
		nr++;
	}
}

static void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	w.out_len += vsnprintf((char *)w.out + w.out_len,
			       MAX_STREAM - w.out_len, fmt, ap);
	va_end(ap);
}

static void say_anything(void)
{
	switch (rnd(8)) {
	case 0:
	case 1:
		say("PORT 10,%u,%u,%u,%u,%u\r\n", rnd(256), rnd(256), rnd(256),
		    rnd(252) + 4, rnd(256));
		break;
	case 2:
		say("eprt |1|10.%u.%u.9|%u|%s", rnd(256), rnd(256),
		    rnd(64000) + 1024, rnd(2) ? "\r\n" : "\n");
		break;
	case 3:
		say("PORT 10,0,0,1,999,1\r\n");
		break;
	case 4:
		say("PORTER %0*u\r\n", rnd(100) + 1, 7);
		break;
	case 5:
		say("%0*u\r\n", rnd(8) ? 20 : 900, 5);
		break;
	case 6:
		say("\r\n");
		break;
	default:
		say("RETR file%u\r\n", rnd(1000));
	}
}

static void world_begin(u32 isn)
{
	memset(&w, 0, sizeof(w));
	w.isn = isn;
	w.una = isn + 1;
	w.nxt = isn + 1;
}

static void handshake(void)
{
	struct algate_stream s = stream();
	struct algate_segment seg = { .seq = w.isn, .syn = true };
	struct algate_splice sp;

	algate_stream_segment(&s, ALGATE_CLIENT, &seg, &sp);
	seg = (struct algate_segment){ .seq = 4999, .syn = true, .has_ack = true,
				       .ack = w.isn + 1 };
	algate_stream_segment(&s, ALGATE_SERVER, &seg, &sp);
}

static void world_end(void)
{
	algate_sender_free(&w.sender[0]);
	algate_sender_free(&w.sender[1]);
}

static bool unread(void)
{
	return w.counter[ALGATE_C_FAIL_OPEN] || w.counter[ALGATE_C_GAP] ||
	       w.counter[ALGATE_C_NO_MEMORY];
}

static bool arrived(void)
{
	if (w.torn)
		return false;
	if (unread())
		return true;
	return w.in_next == w.want_len && !memcmp(w.in, w.want, w.want_len);
}

static void send_range(u32 from, u32 to, bool lose)
{
	bool fin = w.fin && to == w.isn + 1 + w.out_len;

	w.sent_segments++;
	route(from, w.out + (from - w.isn - 1), to - from, fin, lose);
}

/* Sends the text in two segments, cut at each byte, without retransmission. */
static void test_cuts(const char *name, const char *text)
{
	bool good = true;
	u32 cut, i, len = strlen(text);

	for (cut = 1; cut < len; cut++) {
		world_begin(0xffffff00 + cut);
		say("%s", text);
		oracle();
		handshake();
		send_range(w.isn + 1, w.isn + 1 + cut, false);
		send_range(w.isn + 1 + cut, w.isn + 1 + len, false);
		if (!arrived() || unread() || w.in_next != w.want_len) {
			printf("# cut at %u: %u of %u bytes\n", cut, w.in_next,
			       w.want_len);
			good = false;
		}
		world_end();
	}
	world_begin(0xfffffff0);
	say("%s", text);
	oracle();
	handshake();
	for (i = 0; i < len; i++)
		send_range(w.isn + 1 + i, w.isn + 2 + i, false);
	if (!arrived() || unread()) {
		printf("# byte by byte\n");
		good = false;
	}
	world_end();
	result(name, good);
}

/* A sender retransmits unacknowledged bytes over a bad network. */
static bool test_network(u32 bad, bool bytewise)
{
	struct { u32 from, to; } queue[MAX_FLIGHT];
	u32 n = 0, idle = 0, steps = 0, i;
	bool good;

	world_begin(rnd(2) ? 0xfffff000 + rnd(8000) : rnd(0xffffff));
	w.fin = true;
	for (i = 0; i < 12; i++)
		say_anything();
	oracle();
	handshake();
	while (w.una != w.isn + 2 + w.out_len && steps++ < 100000) {
		u32 end = w.isn + 1 + w.out_len;

		if (n < MAX_FLIGHT && w.nxt - w.una < 1500 &&
		    algate_before(w.nxt, end) && rnd(2)) {
			u32 len = bytewise ? 1 : 1 + rnd(rnd(3) ? 40 : 400);

			if (len > end - w.nxt)
				len = end - w.nxt;
			queue[n].from = w.nxt;
			queue[n++].to = w.nxt += len;
			if (w.nxt == end)
				w.nxt++;	/* for the FIN */
			continue;
		}
		if (n) {
			u32 at = rnd(100) < bad ? rnd(n) : 0;
			u32 from = queue[at].from, to = queue[at].to;

			idle = 0;
			if (rnd(100) >= bad / 2)
				memmove(&queue[at], &queue[at + 1],
					(--n - at) * sizeof(queue[0]));
			if (rnd(100) < bad)
				continue;	/* lost before the router */
			send_range(from, to, rnd(100) < bad);
			if (rnd(100) >= bad)
				acknowledge();
			continue;
		}
		if (idle++ < 3) {
			acknowledge();
			continue;
		}
		/* retransmit from the first unacknowledged byte, cut anew */
		idle = 0;
		now += TIMEOUT;
		if (w.una != w.nxt) {
			u32 most = w.nxt - w.una, len;

			if (algate_after(w.nxt, end))
				most--;
			len = most ? 1 + rnd(most) : 0;
			queue[n].from = w.una;
			queue[n++].to = w.una + len;
			w.repeated++;
		}
	}
	good = steps < 100000 && arrived();
	if (!good)
		printf("# %u of %u bytes, %u steps, torn %d, unread %d\n",
		       w.in_next, w.want_len, steps, w.torn, unread());
	world_end();
	return good;
}

static void test_networks(const char *name, u32 bad, bool bytewise, u32 runs)
{
	u32 i, read = 0;
	bool good = true;

	for (i = 0; i < runs; i++) {
		seed = i * 7919 + bad;
		if (!test_network(bad, bytewise)) {
			printf("# run %u\n", i);
			good = false;
			break;
		}
		read += !unread();
	}
	printf("# %s: %u of %u runs with nothing unread\n", name, read, runs);
	result(name, good && (bad > 10 || read > runs / 2));
}

/* Each allocation fails in turn: the stream may pass unread, but intact. */
static void test_memory(void)
{
	bool good = true;
	long i;

	for (i = 0; i < 200 && good; i++) {
		seed = i;
		algate_fail_alloc = i % 40;
		good = test_network(5, false);
		algate_fail_alloc = -1;
	}
	result("stream: no memory", good);
}

int main(void)
{
	struct algate_prog *p = rules_load(rules);

	prog = p;
	test_cuts("stream: PORT cut at every byte",
		  "PORT 10,1,2,3,200,10\r\n");
	test_cuts("stream: EPRT cut at every byte",
		  "EPRT |1|10.1.2.3|40000|\r\n");
	test_cuts("stream: several commands cut at every byte",
		  "NOOP\r\nPORT 10,1,2,3,200,10\nTYPE I\r\n"
		  "EPRT ,1,10.1.2.30,60000,\r\nRETR x\r\n");
	test_networks("stream: good network", 0, false, 300);
	test_networks("stream: 5 % lost, doubled, reordered", 5, false, 2000);
	test_networks("stream: 25 % lost, doubled, reordered", 25, false, 2000);
	test_networks("stream: byte by byte", 0, true, 100);
	test_networks("stream: byte by byte, 10 % lost", 11, true, 200);
	test_memory();
	algate_prog_free(p);
	return failed ? 1 : 0;
}

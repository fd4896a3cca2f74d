// SPDX-License-Identifier: GPL-2.0
/*
 * A conversation in segments, cut anywhere, repeated, overlapping, lost and
 * reordered on both sides of the router. The router is the engine's stream
 * layer and a model of conntrack's sequence adjustment behind it.
 *
 * If the receiver gets a byte twice before acknowledging it, both copies must
 * be equal. All bytes must arrive. Unless a counter reports unread bytes, the
 * arriving bytes must be the bytes that the oracle computes (truth.c).
 */
#include "../c/seqadj.h"
#include "talk.h"

#define FLIGHT_MAX	16
#define WINDOW		3000
#define STEPS_MAX	100000
#define KEPT_MAX	16384

/**
 * struct pipe - one direction
 * @out: bytes that the sender has written, @out_len of them
 * @fin: the stream ends there
 * @isn: initial sequence number
 * @una: first unacknowledged sequence number
 * @nxt: first unsent sequence number
 * @adj: sequence adjustment of the router
 * @in: arrived bytes, where @have is set; all before @in_next have arrived
 * @in_fin: the FIN has arrived
 * @flight: segments on the way to the router
 * @flights: number of these segments
 */
struct pipe {
	u8 out[TALK_MAX];
	u32 out_len;
	bool fin;
	u32 isn;
	u32 una;
	u32 nxt;
	struct seqadj adj;
	u8 in[ARRIVES_MAX];
	bool have[ARRIVES_MAX];
	u32 in_next;
	bool in_fin;
	struct {
		u32 from;
		u32 to;
	} flight[FLIGHT_MAX];
	u32 flights;
};

static struct pipe pipes[2];
static struct algate_sender sender[2];
static struct flow flow;
static struct algate_result result;
static u32 state;

static u32 rnd(u32 below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return below ? state % below : state;
}

static bool misfortune(u32 share)
{
	return rnd(100 * share) < flow.talk->bad;
}

static bool correct(void *ctx, enum algate_dir dir, u32 seq, s32 delta,
		    s32 total)
{
	(void)ctx;
	return seqadj_set(&pipes[dir].adj, seq, delta, total);
}

static struct algate_stream stream(u8 dir, struct algate_ends *ends)
{
	flow_ends(&flow, dir, ends);
	return (struct algate_stream){
		.prog = flow.talk->prog, .sender = sender, .var = flow.var,
		.entries = &flow.entries, .known = &flow.known,
		.kept_max = KEPT_MAX, .commit = nat_commit, .count = nat_count,
		.correct = correct, .ctx = &flow, .result = &result,
		.msg = { .ends = ends, .now = 1000, .sport = ends->own.port,
			 .family = flow.talk->family },
	};
}

/* The acknowledgment of @p's receiver */
static u32 received(const struct pipe *p)
{
	return p->isn + 1 + p->in_next + p->in_fin;
}

static void acknowledged(struct pipe *p, u32 ack)
{
	ack = seqadj_ack(&p->adj, ack);
	if (algate_after(ack, p->una) && !algate_after(ack, p->nxt))
		p->una = ack;
}

static void receive(struct pipe *p, u32 seq, const u8 *data, u32 len, bool fin)
{
	u32 pos = seq - (p->isn + 1);
	u32 i;

	for (i = 0; i < len; i++, pos++) {
		if ((s32)pos < 0 || pos < p->in_next)
			continue;
		if (pos >= ARRIVES_MAX)
			bug("byte %u is beyond all that was said", pos);
		if (p->have[pos] && p->in[pos] != data[i])
			bug("byte %u is torn", pos);
		p->in[pos] = data[i];
		p->have[pos] = true;
	}
	while (p->in_next < ARRIVES_MAX && p->have[p->in_next])
		p->in_next++;
	if (fin && p->in_next == pos)
		p->in_fin = true;
}

/* milliseconds of a step of the network, and of a sender's timeout */
#define STEP		1
#define TIMEOUT		250
static u32 clock_ms;

static void route(u8 dir, struct algate_segment *seg, bool lose)
{
	struct pipe *p = &pipes[dir], *back = &pipes[!dir];
	bool adjust = p->adj.on;
	struct algate_ends ends;
	struct algate_stream s = stream(dir, &ends);
	struct algate_splice sp;
	u8 *payload;
	u32 len;

	seg->now = clock_ms;
	algate_stream_segment(&s, dir, seg, &sp);
	flow.over = flow.over || s.stop || s.detach;
	if (sp.move != ALGATE_HOLD && !lose) {
		payload = spliced(seg, &sp, &len);
		if (!payload)
			bug("a splice of more than the segment");
		receive(p, adjust ? seqadj_seq(&p->adj, sp.seq) : sp.seq,
			payload, len, seg->fin);
		free(payload);
		if (seg->has_ack)
			acknowledged(back, sp.ack);
	}
	algate_free(sp.temp);
}

static void send_range(u8 dir, u32 from, u32 to, bool lose)
{
	struct pipe *p = &pipes[dir];
	u32 len = to - from;
	/* of exact size, so that the sanitizer detects a read past the end */
	u8 *copy = malloc(len ? len : 1);
	struct algate_segment seg = {
		.seq = from, .data = copy, .len = len, .has_ack = true,
		.ack = received(&pipes[!dir]),
		.fin = p->fin && to == p->isn + 1 + p->out_len,
	};

	memcpy(copy, p->out + (from - p->isn - 1), len);
	route(dir, &seg, lose);
	free(copy);
}

/* The receiver of direction @dir sends a pure acknowledgment. */
static void answer(u8 dir)
{
	struct algate_segment seg = {
		.seq = pipes[!dir].nxt, .has_ack = true,
		.ack = received(&pipes[dir]),
		.data = (const u8 *)"",
	};

	route(!dir, &seg, false);
}

static u32 length(u32 most)
{
	u32 some = rnd(4) ? 1 + rnd(rnd(3) ? 60 : 1400) : 1 + rnd(4);

	return min_t(u32, some, most);
}

static void fly(struct pipe *p, u32 from, u32 to)
{
	p->flight[p->flights].from = from;
	p->flight[p->flights++].to = to;
}

/* Sends new bytes, sometimes with old bytes in front. */
static void say(struct pipe *p, u32 end)
{
	u32 from = p->nxt, len = length(end - p->nxt);

	if (misfortune(2) && from != p->una)
		from -= 1 + rnd(from - p->una);
	p->nxt += len;
	fly(p, from, p->nxt);
	if (p->nxt == end && p->fin)
		p->nxt++;
}

/* A segment in flight arrives at the router or is lost. */
static void step_flight(u8 dir)
{
	struct pipe *p = &pipes[dir];
	u32 at = misfortune(1) ? rnd(p->flights) : 0;
	u32 from = p->flight[at].from, to = p->flight[at].to;

	/* or only a copy of the segment arrives, and the segment stays */
	if (!misfortune(2))
		memmove(&p->flight[at], &p->flight[at + 1],
			(--p->flights - at) * sizeof(p->flight[0]));
	if (misfortune(1))
		return;
	send_range(dir, from, to, misfortune(1));
	if (!misfortune(1))
		answer(dir);
}

/* Repeats from the first unacknowledged byte on, with new segment sizes. */
static void repeat(struct pipe *p, u32 end)
{
	u32 most = min_t(u32, p->nxt - p->una, end - p->una);

	if (p->una == p->nxt)
		return;
	/* only the FIN is unacknowledged */
	fly(p, p->una, p->una + (most ? rnd(2) ? most : length(most) : 0));
}

/* Runs the network until all bytes of @dir are acknowledged. */
static void get_across(u8 dir)
{
	struct pipe *p = &pipes[dir];
	u32 end = p->isn + 1 + p->out_len;
	u32 steps = 0, idle = 0;

	while (p->una != end + p->fin) {
		if (steps++ > STEPS_MAX)
			bug("%u of %u bytes get across", p->una - p->isn - 1,
			    p->out_len);
		clock_ms += STEP;
		if (p->flights < FLIGHT_MAX && p->nxt - p->una < WINDOW &&
		    algate_before(p->nxt, end) && rnd(2)) {
			say(p, end);
		} else if (p->flights) {
			step_flight(dir);
			idle = 0;
		} else if (idle++ < 3) {
			answer(dir);
		} else {
			idle = 0;
			if (p->nxt == p->isn + 1 + p->out_len && p->fin)
				p->nxt++;
			clock_ms += TIMEOUT;
			repeat(p, end);
		}
	}
}

static void handshake(void)
{
	struct algate_ends ends;
	struct algate_stream s;
	struct algate_splice sp;
	struct algate_segment seg;
	u8 dir;

	for (dir = 0; dir < 2; dir++) {
		struct pipe *p = &pipes[dir];

		/* in most runs the sequence numbers wrap around */
		p->isn = rnd(4) ? 0 - rnd(TALK_MAX) : rnd(0);
		p->nxt = p->isn + 1;
		p->una = p->nxt;
		seg = (struct algate_segment){ .seq = p->isn, .syn = true };
		if (dir == ALGATE_SERVER) {
			seg.has_ack = true;
			seg.ack = pipes[0].nxt;
		}
		s = stream(dir, &ends);
		algate_stream_segment(&s, dir, &seg, &sp);
	}
}

static void compare(const struct arrival *got, const struct arrival *want)
{
	u32 i;

	for (i = 0; i < got->len && i < want->len; i++)
		if (got->data[i] != want->data[i])
			bug("byte %u arrives as %02x, not %02x", i,
			    got->data[i], want->data[i]);
	if (got->len != want->len)
		bug("%u bytes arrive, not %u", got->len, want->len);
}

static void one_datagram(const struct turn *turn, struct arrival *a)
{
	struct algate_ends ends;
	struct algate_stream s = stream(turn->dir, &ends);
	struct algate_segment seg = { .data = malloc(turn->len + 1),
				      .len = turn->len };
	struct algate_splice sp = { 0 };
	u8 *payload;
	u32 len;

	memcpy((u8 *)seg.data, turn->data, turn->len);
	if (!flow.over)
		algate_stream_datagram(&s, turn->dir, seg.data, seg.len, &sp);
	flow.over = flow.over || s.stop || s.detach;
	payload = spliced(&seg, &sp, &len);
	if (!payload || len > ARRIVES_MAX - a->len)
		bug("more arrives than was said");
	memcpy(a->data + a->len, payload, len);
	a->len += len;
	free(payload);
	free((u8 *)seg.data);
	algate_free(sp.temp);
}

static void converse(const struct talk *t, struct arrival *got)
{
	u32 i;

	for (i = 0; i < t->turns; i++) {
		const struct turn *turn = &t->turn[i];
		struct pipe *p = &pipes[turn->dir];

		if (t->proto == IPPROTO_UDP) {
			one_datagram(turn, &got[turn->dir]);
			continue;
		}
		memcpy(p->out + p->out_len, turn->data, turn->len);
		p->out_len += turn->len;
		p->fin = turn->fin;
		get_across(turn->dir);
	}
	for (i = 0; i < 2 && t->proto == IPPROTO_TCP; i++) {
		got[i].len = pipes[i].in_next;
		memcpy(got[i].data, pipes[i].in, got[i].len);
	}
}

bool network(const struct talk *t, const struct arrival *want,
	     unsigned long *rewritten)
{
	static struct arrival got[2];
	bool read;
	u32 i;

	memset(pipes, 0, sizeof(pipes));
	memset(sender, 0, sizeof(sender));
	flow_init(&flow, t);
	state = t->seed | 1;
	got[0].len = 0;
	got[1].len = 0;
	handshake();
	converse(t, got);
	*rewritten += flow.counter[ALGATE_C_REWRITTEN];
	read = !flow_unread(&flow) || t->proto == IPPROTO_UDP;
	for (i = 0; read && i < 2; i++)
		compare(&got[i], &want[i]);
	flow_free(&flow);
	algate_sender_free(&sender[0]);
	algate_sender_free(&sender[1]);
	return read;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * A router's stream layer between two ends that may send any segment. The
 * invariants:
 *
 *  - Each segment is in a block of exact size, so that the sanitizer detects a
 *    read outside of the segment.
 *  - Each outgoing byte is the sender's byte or the rewritten byte for its
 *    place in the stream.
 *  - No rewrite changes bytes that have arrived, and no acknowledgment covers
 *    bytes that have not arrived.
 *  - A segment without payload is never held.
 *
 * The receivers behave like TCP: they accept a segment that is in the window
 * and has an ACK, unless the segment resets or begins the connection.
 */
#include "wire.h"

#define KEPT_MAX	4096

struct way ways[2];
struct flow wire_flow;

static struct algate_sender sender[2];
static struct algate_result result;
/* stream layer of the current segment; its number of edited messages */
static struct algate_stream stream;
static u32 committed;
static u32 now, rewritten;

static u32 way_begin(const struct way *w)
{
	return w->isn + 1;
}

u32 way_end(const struct way *w)
{
	return way_begin(w) + w->text_len;
}

static u32 edit_end(const struct edit *e)
{
	return e->seq + e->old_len;
}

u32 way_forward(const struct way *w, u32 seq)
{
	u32 there = seq, i;

	for (i = 0; i < w->edits; i++)
		if (!algate_before(seq, edit_end(&w->edit[i])))
			there += w->edit[i].new_len - w->edit[i].old_len;
	return there;
}

u32 way_received(const struct way *w)
{
	return way_begin(w) + w->in_next + w->in_fin;
}

bool way_through(const struct way *w, u32 seq, bool fin)
{
	return !algate_before(way_begin(w) + w->in_next, way_forward(w, seq)) &&
	       (w->in_fin || !fin);
}

/*
 * Returns the edit that wrote the receiver's byte @there, and sets @pos to the
 * offset in the edit. Otherwise returns NULL, and sets @pos to the sender's
 * sequence number.
 */
static const struct edit *edit_at(const struct way *w, u32 there, u32 *pos)
{
	u32 delta = 0, i;

	for (i = 0; i < w->edits; i++) {
		const struct edit *e = &w->edit[i];

		if (algate_before(there, e->seq + delta))
			break;
		*pos = there - (e->seq + delta);
		if (*pos < e->new_len)
			return e;
		delta += e->new_len - e->old_len;
	}
	*pos = there - delta;
	return NULL;
}

/* The sender's byte at @seq; beyond the end of its text, any letter */
static u8 byte_at(const struct way *w, u32 seq)
{
	u32 pos = seq - way_begin(w);

	return pos < w->text_len ? w->text[pos] : 'a' + seq % 26;
}

static bool was_lied(const struct way *w, u32 seq, u8 c)
{
	u32 i;

	for (i = 0; i < w->lies; i++)
		if (seq - w->lie[i].seq < w->lie[i].len &&
		    w->lie[i].data[seq - w->lie[i].seq] == c)
			return true;
	return false;
}

static void check_bytes(const struct way *w, u32 there, const u8 *data, u32 len)
{
	u32 pos, i;

	for (i = 0; i < len; i++, there++) {
		const struct edit *e = edit_at(w, there, &pos);
		u8 want = e ? e->text[pos] : byte_at(w, pos);

		if (data[i] != want && (e || !was_lied(w, pos, data[i])))
			bug("%s %u leaves as %02x, not %02x",
			    e ? "rewritten byte" : "byte",
			    there - way_begin(w), data[i], want);
	}
}

/* No byte of a new edit may have arrived. */
static void check_edit(const struct way *w, const struct edit *e)
{
	u32 pos = way_forward(w, e->seq) - way_begin(w);
	u32 end = pos + max_t(u32, e->old_len, e->new_len);

	if (w->edits && algate_before(e->seq, edit_end(&w->edit[w->edits - 1])))
		bug("a byte is read after what is behind it");
	for (; pos < end && pos < ARRIVES_MAX; pos++)
		if (w->have[pos])
			bug("byte %u has arrived, and is rewritten", pos);
}

static void note_edit(struct way *w, const struct algate_edit *edit, u32 seq)
{
	struct edit *e = &w->edit[w->edits];

	if (w->edits == EDITS_MAX)
		bug("too many edits");
	e->seq = seq + edit->off;
	e->old_len = edit->len;
	e->new_len = edit->n;
	memcpy(e->text, edit->text, edit->n);
	check_edit(w, e);
	w->edits++;
}

static bool is_same(const struct algate_edit *e, const u8 *data)
{
	return e->n == e->len && !memcmp(e->text, data + e->off, e->n);
}

static bool commit(void *ctx, const struct algate_message *msg,
		   struct algate_result *res)
{
	u32 seq = stream.view.seq + (u32)(msg->data - stream.view.data);
	bool differs = false;
	u32 i;

	if (!nat_commit(ctx, msg, res))
		return false;
	for (i = 0; i < res->nedits; i++)
		differs |= !is_same(&res->edit[i], msg->data);
	for (i = 0; differs && i < res->nedits; i++)
		note_edit(&ways[msg->dir], &res->edit[i], seq);
	committed += differs;
	return true;
}

static void receive(struct way *w, const struct algate_segment *seg, u32 seq,
		    const u8 *data, u32 len, bool real)
{
	u32 pos = seq - way_begin(w), i;

	if (seg->syn || seg->rst || !seg->has_ack)
		return;
	for (i = 0; i < len; i++, pos++) {
		if (pos < w->in_next || pos >= ARRIVES_MAX)
			continue;
		w->in[pos] = data[i];
		w->have[pos] = true;
	}
	while (w->in_next < ARRIVES_MAX && w->have[w->in_next])
		w->in_next++;
	/* bytes behind the FIN do not belong to the stream */
	if (real && seg->fin && w->in_next >= pos)
		w->in_fin = true;
}

/* An acknowledgment must not cover bytes that have not arrived. */
static void way_acknowledged(struct way *w, u32 there, u32 ack)
{
	if (!algate_after(ack, w->una) || algate_after(ack, w->nxt))
		return;
	if (algate_after(way_forward(w, ack), there))
		bug("%u bytes are acknowledged, of which the last is missing",
		    ack - way_begin(w));
	w->una = ack;
}

static void leave(u8 dir, const struct algate_segment *seg,
		  const struct algate_splice *sp, u32 seq, bool real, bool lost)
{
	struct way *w = &ways[dir], *back = &ways[!dir];
	u8 *payload;
	u32 len;

	payload = spliced(seg, sp, &len);
	if (!payload)
		bug("a splice of more than the segment");
	/* a receiver does not accept the data of other segments */
	if (!seg->syn && !seg->rst && seg->has_ack) {
		check_bytes(w, seq, payload, len);
		if (algate_after(seq + len, w->left))
			w->left = seq + len;
	}
	if (!lost) {
		receive(w, seg, seq, payload, len, real);
		if (seg->has_ack && !seg->syn && !seg->rst)
			way_acknowledged(back, seg->ack,
					 seqadj_ack(&back->adj, sp->ack));
	}
	free(payload);
}

static bool correct(void *ctx, enum algate_dir dir, u32 seq, s32 delta,
		    s32 total)
{
	(void)ctx;
	if (seqadj_set(&ways[dir].adj, seq, delta, total))
		return true;
	bug("a correction of %d bytes cannot be remembered", delta);
	return false;
}

static void stream_begin(u8 dir, struct algate_ends *ends)
{
	flow_ends(&wire_flow, dir, ends);
	committed = 0;
	stream = (struct algate_stream){
		.prog = wire_flow.talk->prog, .sender = sender,
		.var = wire_flow.var, .entries = &wire_flow.entries,
		.known = &wire_flow.known, .kept_max = KEPT_MAX,
		.commit = commit, .count = nat_count, .ctx = &wire_flow,
		.correct = correct, .result = &result,
		.msg = { .ends = ends, .now = 1000, .sport = ends->own.port,
			 .family = wire_flow.talk->family },
	};
}

/* To analyse a finding: ALGATE_TRACE=1 build/fuzz/fuzz_stream FILE */
static void trace(u8 dir, const struct algate_segment *seg, u8 how,
		  const struct algate_splice *sp)
{
	static const char * const moves[] = { "pass", "hold", "edit" };
	const struct way *w = &ways[dir];
	u32 shown = min_t(u32, seg->len, 40);

	if (!getenv("ALGATE_TRACE"))
		return;
	fprintf(stderr, "%6u %s %d+%u ack %d%s%s%s%s%s%s: %s \"%.*s\"\n", now,
		dir ? "server" : "client", (int)(seg->seq - way_begin(w)),
		seg->len, (int)(seg->ack - way_begin(&ways[!dir])),
		seg->syn ? " SYN" : "", seg->fin ? " FIN" : "",
		seg->rst ? " RST" : "", seg->has_ack ? " ACK" : "",
		how & T_LOST ? " lost" : "",
		how & T_NO_MEMORY ? " no memory" : "", moves[sp->move],
		(int)shown, (const char *)seg->data);
}

static void route(u8 dir, const struct algate_segment *seg, bool real, u8 how)
{
	struct way *w = &ways[dir];
	u32 before = wire_flow.counter[ALGATE_C_REWRITTEN], anew;
	bool adjust = w->adj.on;
	struct algate_ends ends;
	struct algate_splice sp;

	stream_begin(dir, &ends);
	algate_fail_alloc = how & T_NO_MEMORY ? 0 : -1;
	algate_stream_segment(&stream, dir, seg, &sp);
	algate_fail_alloc = -1;
	trace(dir, seg, how, &sp);
	anew = wire_flow.counter[ALGATE_C_REWRITTEN] - before;
	if (committed != anew)
		bug("%u messages are to be rewritten, %u are", committed, anew);
	rewritten += anew;
	wire_flow.over |= stream.stop || stream.detach;
	if (sp.move != ALGATE_HOLD)
		leave(dir, seg, &sp,
		      adjust ? seqadj_seq(&w->adj, sp.seq) : sp.seq, real,
		      how & T_LOST);
	else if (!seg->len && !(how & T_NO_MEMORY))
		bug("a segment without payload is held");
	algate_free(sp.temp);
}

void wire_segment(u8 dir, const struct algate_segment *seg, const u8 *data,
		  bool real, u8 how)
{
	struct algate_segment copy = *seg;
	/* an empty payload is at the end of a block */
	u8 *block = malloc(seg->len + !seg->len), *bytes = block + !seg->len;
	u32 i;

	for (i = 0; i < seg->len; i++)
		bytes[i] = data ? data[i] :
				  byte_at(&ways[dir], seg->seq + seg->syn + i);
	copy.data = bytes;
	copy.now = now;
	/* conntrack ignores a further SYN: see syn_is_believed() */
	if (real || !seg->syn)
		route(dir, &copy, real, how);
	free(block);
}

void wire_wait(u32 ms)
{
	now += ms;
}

u32 wire_rewritten(void)
{
	return rewritten;
}

void wire_forget(void)
{
	memset(wire_flow.var, 0, sizeof(wire_flow.var));
	algate_free(wire_flow.entries);
	wire_flow.entries = NULL;
}

void wire_begin(struct talk *t, u32 client_isn, u32 server_isn)
{
	u32 isn[2] = { client_isn, server_isn };
	u8 dir;

	memset(sender, 0, sizeof(sender));
	flow_init(&wire_flow, t);
	now = 0;
	rewritten = 0;
	for (dir = 0; dir < 2; dir++) {
		struct algate_segment seg = { .seq = isn[dir], .syn = true };

		ways[dir].isn = isn[dir];
		ways[dir].una = isn[dir] + 1;
		ways[dir].nxt = isn[dir] + 1;
		ways[dir].left = isn[dir] + 1;
		if (dir == ALGATE_SERVER) {
			seg.has_ack = true;
			seg.ack = ways[ALGATE_CLIENT].nxt;
		}
		wire_segment(dir, &seg, NULL, true, 0);
	}
}

void wire_end(void)
{
	flow_free(&wire_flow);
	algate_sender_free(&sender[0]);
	algate_sender_free(&sender[1]);
}

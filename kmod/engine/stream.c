// SPDX-License-Identifier: GPL-2.0
/*
 * Handle a TCP segment: in order, retransmitted, or beyond missing bytes.
 *
 * The engine consumes a direction in order, up to algate_sender.next. An
 * in-order segment adds bytes there. The engine cuts these bytes into messages
 * and runs the rules on each message. When the last message is incomplete and
 * may still match a rule, the engine holds its bytes and drops the segment. The
 * held data leaves in front of the next segment, with the sender's own sequence
 * numbers. Bytes that no edit can touch (the literal at the front of a command)
 * leave at once.
 *
 * The receiver cannot acknowledge held data, so the sender retransmits it. The
 * engine drops the first retransmission, since the rest of the message may be
 * in flight. The second retransmission passes unread: an application layer
 * gateway must not stop a stream.
 *
 * Bytes that pass unread advance algate_sender.next to their end. The sender's
 * next segment is then in order again, so no segment can do lasting harm.
 */
#include "stream_internal.h"

/* A SYN less than this far before algate_sender.next is a retransmission. */
#define SYN_AGAIN	65536

/*
 * The first byte of a segment that may leave. The engine has freed the rewrites
 * before algate_sender.acked, since the receiver acknowledged them. Without
 * these rewrites, the sender's original bytes may be longer and overlap later
 * bytes of the receiver's stream. So no byte before algate_sender.acked leaves.
 */
static u32 segment_front(struct algate_sender *from, u32 seq)
{
	if (!from->rewritten)
		return seq;
	if (algate_acked_long_ago(from))
		from->rewritten = false;
	else if (algate_before(seq, from->acked))
		return from->acked;
	return seq;
}

/* A retransmission leaves with the pending rewrites of its bytes. */
static void segment_old(struct algate_stream *s, struct algate_sender *from,
			const struct algate_segment *seg,
			struct algate_splice *out)
{
	u32 lo = segment_front(from, seg->seq);
	u32 hi = seg->seq + seg->len;

	algate_view_set(s, seg->data, seg->seq, seg->len);
	if (lo != seg->seq && !algate_after(hi, lo)) {
		/* like a keepalive: empty and old, so the receiver sends ACK */
		out->move = ALGATE_EDIT;
		out->old_len = seg->len;
		out->seq = algate_rewrite_seq(from, lo - 1);
	} else if (algate_rewrite_splice(s, from, seg->seq, seg->len, lo, hi,
					 out) < 0) {
		/* Unchanged, it would corrupt the stream: drop the segment. */
		s->count(s->ctx, ALGATE_C_NO_MEMORY, 1);
		out->move = ALGATE_HOLD;
	} else if (out->new_len) {
		s->count(s->ctx, ALGATE_C_REPEATED, 1);
	}
}

/* The sender retransmits held data; see the top of this file. */
static void segment_repeated(struct algate_stream *s,
			     struct algate_sender *from,
			     const struct algate_segment *seg,
			     struct algate_splice *out)
{
	u32 end = seg->seq + seg->len;

	if (algate_after(end, from->next + from->released)) {
		if (!algate_held_repeated(s, from)) {
			out->move = ALGATE_HOLD;
			return;
		}
		algate_stream_lose(s, from, end, ALGATE_C_FAIL_OPEN);
	}
	segment_old(s, from, seg, out);
}

/*
 * A segment beyond missing bytes is dropped until the missing bytes arrive; its
 * payload is held if there is room. If the sender retransmits this segment
 * instead, the missing bytes took another path to the receiver. The segment
 * then passes, and the engine skips all bytes up to its end: no rewrite may
 * move bytes that the receiver already has.
 */
static void segment_ahead(struct algate_stream *s, struct algate_sender *from,
			  const struct algate_segment *seg,
			  struct algate_splice *out)
{
	u32 end = seg->seq + seg->len;

	if (from->ended) {
		from->next = end;
	} else if (algate_held_note(s, from, seg->seq, end)) {
		/* Held data would lose the FIN flag. */
		if (!seg->fin &&
		    algate_held_ahead(s, from, seg->data, seg->seq, seg->len))
			s->count(s->ctx, ALGATE_C_HELD, 1);
		out->move = ALGATE_HOLD;
	} else {
		algate_stream_lose(s, from, end, ALGATE_C_GAP);
	}
}

/*
 * Set the view to the segment's payload, joined with adjacent held data.
 * Returns a buffer that the caller frees, or NULL.
 */
static u8 *segment_view(struct algate_stream *s,
			const struct algate_sender *from,
			const struct algate_segment *seg)
{
	const struct algate_held *held = from->held;
	u32 seq = seg->seq, end = seq + seg->len;
	u32 lo = seq, hi = end;
	u8 *buf;

	algate_view_set(s, seg->data, seq, seg->len);
	if (!held || !held->len || algate_before(end, held->seq))
		return NULL;
	if (algate_before(held->seq, lo))
		lo = held->seq;
	if (algate_after(held->seq + held->len, hi))
		hi = held->seq + held->len;
	if (lo == seq && hi == end)
		return NULL;
	buf = algate_alloc_atomic(hi - lo);
	if (!buf) {
		s->count(s->ctx, ALGATE_C_NO_MEMORY, 1);
		return NULL;
	}
	memcpy(buf + (held->seq - lo), held->bytes, held->len);
	memcpy(buf + (seq - lo), seg->data, seg->len);
	algate_view_set(s, buf, lo, hi - lo);
	s->count(s->ctx, ALGATE_C_JOINED, 1);
	return buf;
}

/*
 * Hold the last @tail bytes of the view. Returns the end of the bytes that may
 * leave, in sender space.
 */
static u32 segment_hold(struct algate_stream *s, struct algate_sender *from,
			u32 tail)
{
	u32 hi = s->view.seq + s->view.len;

	if (!algate_held_tail(s, from, tail)) {
		algate_held_drop(s, from);
		if (!algate_message_pass(s, from,
					 s->view.data + s->view.len - tail,
					 tail, hi, ALGATE_C_FAIL_OPEN))
			algate_stream_lose(s, from, hi, ALGATE_C_FAIL_OPEN);
		return hi;
	}
	if (from->released < s->result->untouched)
		from->released = s->result->untouched;
	if (from->released < tail)
		s->count(s->ctx, ALGATE_C_HELD, 1);
	return from->next + from->released;
}

/*
 * If the sequence adjustment refuses the correction, drop the segment's rewrite
 * and end the inspection. Older pending rewrites still apply to
 * retransmissions.
 */
static void segment_correct(struct algate_stream *s,
			    const struct algate_sender *from)
{
	s32 delta = algate_rewrite_delta(s);

	if (!delta || !s->correct ||
	    s->correct(s->ctx, s->msg.dir, s->rewrite->seq, delta,
		       from->delta + delta))
		return;
	algate_rewrite_drop(s);
	algate_stream_detach(s, ALGATE_C_NO_SEQADJ);
}

/*
 * The rules have run on the view. Hold the last @tail bytes of the view. The
 * other bytes may leave, from @lo on.
 */
static noinline void segment_leave(struct algate_stream *s,
				   struct algate_sender *from,
				   const struct algate_segment *seg, u32 lo,
				   u32 tail, struct algate_splice *out)
{
	u32 hi = s->view.seq + s->view.len;
	int err;

	if (tail)
		hi = segment_hold(s, from, tail);
	if (algate_before(hi, lo))
		hi = lo;
	segment_correct(s, from);
	algate_rewrite_finish(s, from);
	if (hi == lo && !seg->fin) {
		out->move = ALGATE_HOLD;
		return;
	}
	err = algate_rewrite_splice(s, from, seg->seq, seg->len, lo, hi, out);
	if (err < 0) {
		s->count(s->ctx, err == -ENOMEM ? ALGATE_C_NO_MEMORY :
						  ALGATE_C_NO_ROOM, 1);
		out->move = ALGATE_HOLD;
	}
}

/* A segment with bytes at algate_sender.next, or a FIN behind held data. */
static void segment_next(struct algate_stream *s, enum algate_dir dir,
			 const struct algate_segment *seg,
			 struct algate_splice *out)
{
	struct algate_sender *from = &s->sender[dir];
	u8 *joined = segment_view(s, from, seg);
	u32 lo = segment_front(from, seg->seq);
	u32 end = s->view.seq + s->view.len;
	u32 start = from->next;
	u32 tail;

	if (algate_after(s->view.seq, from->next)) {
		/* No memory to join: the sender retransmits the held bytes. */
		algate_stream_lose(s, from, end, ALGATE_C_FAIL_OPEN);
		return;
	}
	if (joined && algate_before(from->next + from->released, lo))
		lo = from->next + from->released;
	tail = algate_message_parse(s, dir, seg->fin);
	if (from->next != start) {
		from->released = 0;
		algate_held_settle(s, from);
	}
	segment_leave(s, from, seg, lo, tail, out);
	algate_free(joined);
}

/*
 * The payload is unavailable: too long, or out of memory. The segment passes
 * unread, unless a pending rewrite changes its payload or its sequence number.
 */
static void segment_unread(struct algate_stream *s, struct algate_sender *from,
			   const struct algate_segment *seg,
			   struct algate_splice *out)
{
	u32 end = seg->seq + seg->len;

	if (algate_rewrite_touches(from, seg->seq, end) ||
	    algate_rewrite_seq(from, seg->seq) != seg->seq) {
		s->count(s->ctx, ALGATE_C_NO_MEMORY, 1);
		out->move = ALGATE_HOLD;
	} else if (algate_after(end, from->next)) {
		algate_stream_lose(s, from, end, ALGATE_C_NO_MEMORY);
	}
}

static void segment_payload(struct algate_stream *s, enum algate_dir dir,
			    const struct algate_segment *seg,
			    struct algate_splice *out)
{
	struct algate_sender *from = &s->sender[dir];
	u32 end = seg->seq + seg->len;
	u32 tail = algate_tail_len(from);

	if (seg->len && !seg->data)
		segment_unread(s, from, seg, out);
	else if (seg->len && !algate_after(end, from->next))
		segment_old(s, from, seg, out);
	else if (algate_after(seg->seq, from->next + tail))
		segment_ahead(s, from, seg, out);
	else if (tail && !seg->fin && !algate_after(end, from->next + tail))
		segment_repeated(s, from, seg, out);
	else
		segment_next(s, dir, seg, out);
}

static void sender_restart(struct algate_stream *s, struct algate_sender *from,
			   u32 next)
{
	u32 bytes = algate_sender_free(from);
	u16 longest = from->longest;
	bool ended = from->ended;

	if (s->charge)
		s->charge(s->ctx, -(s32)bytes);
	algate_queue_forget(s);
	memset(from, 0, sizeof(*from));
	from->ended = ended;
	from->longest = longest;
	from->next = next;
	from->synced = true;
}

/*
 * A connection begins. Conntrack may reuse its entry for a new connection, so
 * discard the state of the old connection.
 */
static void stream_syn(struct algate_stream *s, enum algate_dir dir,
		       const struct algate_segment *seg)
{
	struct algate_sender *from = &s->sender[dir];
	struct algate_sender *back = &s->sender[!dir];
	u32 first = seg->seq + 1;

	if (!from->synced || from->next - first >= SYN_AGAIN) {
		sender_restart(s, from, first);
		if (seg->has_ack && (!back->synced || back->next != seg->ack))
			sender_restart(s, back, seg->ack);
	}
	/* Data in a SYN (RFC 7413) passes unread. */
	if (seg->len && algate_after(first + seg->len, from->next))
		algate_stream_lose(s, from, first + seg->len, ALGATE_C_GAP);
}

/*
 * A reset at the expected sequence number ends the inspection, since no message
 * follows. Ignore a reset with any other sequence number, as the receiver does
 * (RFC 5961, section 3.2).
 */
static void stream_reset(struct algate_stream *s,
			 const struct algate_sender *from, u32 seq)
{
	if (!from->synced ||
	    (seq != from->next && seq != from->next + algate_tail_len(from)))
		return;
	s->sender[ALGATE_CLIENT].ended = true;
	s->sender[ALGATE_SERVER].ended = true;
}

/*
 * The receiver acknowledges bytes that the engine missed or saw early. It may
 * also acknowledge bytes that were never sent, which the sender ignores. So do
 * not believe it while rewrites are pending: they would be freed, and without
 * them the sender could not repeat their bytes. The sender's next segment then
 * passes when it is repeated.
 */
static void gap_acked(struct algate_stream *s, struct algate_sender *back,
		      u32 ack)
{
	const struct algate_held *held = back->held;
	u32 to = ack - back->delta;

	if (held && held->ahead && !back->rewrites &&
	    algate_after(to, back->next) &&
	    !algate_after(to, held->ahead_end))
		algate_stream_lose(s, back, to, ALGATE_C_GAP);
}

/* Free acknowledged rewrites, and correct the acknowledgment number. */
static noinline void stream_acked(struct algate_stream *s,
				  struct algate_sender *back,
				  const struct algate_segment *seg,
				  struct algate_splice *out)
{
	gap_acked(s, back, seg->ack);
	algate_rewrite_release(s, back, seg->ack);
	out->ack = algate_rewrite_ack(back, seg->ack);
	out->no_sack = back->rewrites && back->rewrites->next;
}

/*
 * A FIN without payload matters only behind held data: the FIN ends the held
 * message. Elsewhere there are no bytes to parse.
 */
static bool fin_behind_held(const struct algate_sender *from,
			    const struct algate_segment *seg)
{
	u32 tail = algate_tail_len(from);

	return seg->fin && tail && seg->seq == from->next + tail;
}

/*
 * The longest segment so far fits the path, because the sender learns the path's
 * MTU (RFC 1191, RFC 8899). A SYN announces the size that its sender accepts.
 */
static __always_inline void segment_size(struct algate_stream *s,
					 enum algate_dir dir,
					 const struct algate_segment *seg)
{
	struct algate_sender *sender = &s->sender[seg->syn ? !dir : dir];

	if (seg->size > sender->longest)
		sender->longest = seg->size;
}

/* Slow path: all segments that stream_fast() does not consume. */
static noinline void stream_read(struct algate_stream *s, enum algate_dir dir,
				 const struct algate_segment *seg,
				 struct algate_splice *out)
{
	struct algate_sender *from = &s->sender[dir];
	struct algate_sender *back = &s->sender[!dir];
	struct algate_segment read;
	u32 end = seg->seq + seg->len;

	if (seg->rst) {
		stream_reset(s, from, seg->seq);
		return;
	}
	if (seg->busy) {	/* The sender retransmits. */
		s->count(s->ctx, ALGATE_C_HELD, 1);
		out->move = ALGATE_HOLD;
		return;
	}
	if (seg->syn) {
		stream_syn(s, dir, seg);
		return;
	}
	/* The receiver drops a segment without ACK (RFC 9293, 3.10.7.4). */
	if (!seg->has_ack || (!seg->len && !fin_behind_held(from, seg)))
		return;
	if (!from->synced && !algate_stream_resume(s, dir, seg->seq)) {
		algate_stream_detach(s, ALGATE_C_MIDSTREAM);
		from->synced = true;
		from->next = end;
		return;
	}
	/* New bytes from one end close the turn of the other end. */
	if (algate_by_turns(s) && algate_after(end, from->next) && !back->held)
		back->skip = false;
	read = *seg;
	if (!seg->data && seg->len && s->payload)
		read.data = s->payload(s->ctx);
	segment_payload(s, dir, &read, out);
}

/* A FIN takes a sequence number, which the receiver acknowledges. */
static void stream_fin(struct algate_sender *from,
		       const struct algate_segment *seg)
{
	if (from->synced && seg->has_ack && seg->seq + seg->len == from->next)
		from->finished = true;
}

/* In order, no flag but ACK, no held data, no pending or recent rewrite. */
static __always_inline bool is_plain(const struct algate_sender *from,
				     const struct algate_segment *seg)
{
	return seg->seq == from->next && seg->len && seg->has_ack &&
	       !(seg->syn | seg->fin | seg->rst | seg->busy) && from->synced &&
	       !from->held && !from->rewrites && !from->skip && !from->ended &&
	       from->begun &&
	       !(from->rewritten && algate_acked_long_ago(from));
}

/* Fast path: consume lines that match no rule, without a copy. */
static __always_inline bool stream_fast(struct algate_stream *s,
					enum algate_dir dir,
					const struct algate_segment *seg)
{
	const u8 *data = seg->data ?: seg->peek;
	struct algate_sender *from = &s->sender[dir];
	u32 lines;

	if (!data || !is_plain(from, seg))
		return false;
	lines = algate_lines_unwanted(s->prog, dir, data, seg->len);
	if (!lines)
		return false;
	from->next += seg->len;
	from->nr += lines;
	s->messages += lines;
	return true;
}

/* Pass unchanged. Single stores are faster than a cleared structure. */
static void splice_none(struct algate_splice *out, u32 seq, u32 ack)
{
	out->move = ALGATE_PASS;
	out->no_sack = false;
	out->seq = seq;
	out->ack = ack;
	out->off = 0;
	out->old_len = 0;
	out->new_len = 0;
	out->bytes = NULL;
	out->temp = NULL;
	out->longest = 0;
}

/**
 * algate_stream_segment() - decide on a TCP segment
 * @s: the flow's program, state and callbacks
 * @dir: sender
 * @seg: the segment
 * @out: filled in. The caller passes @out->temp to algate_free(), and drops
 *	the packet when @out->move is ALGATE_HOLD.
 *
 * Any context; the caller serialises calls for a flow.
 */
void algate_stream_segment(struct algate_stream *s, enum algate_dir dir,
			   const struct algate_segment *seg,
			   struct algate_splice *out)
{
	struct algate_sender *back = &s->sender[!dir];

	splice_none(out, seg->seq, seg->ack);
	s->rewrite = NULL;
	s->max_len = seg->max_len;
	s->now = seg->now;
	segment_size(s, dir, seg);
	out->longest = s->sender[dir].longest;
	if (seg->has_ack && (back->rewrites || back->held))
		stream_acked(s, back, seg, out);
	if (!stream_fast(s, dir, seg))
		stream_read(s, dir, seg, out);
	if (unlikely(seg->fin) && out->move != ALGATE_HOLD)
		stream_fin(&s->sender[dir], seg);
}

/**
 * algate_stream_datagram() - decide on a UDP datagram
 * @s: the flow's program, state and callbacks
 * @dir: sender
 * @data: payload
 * @len: length of the payload, in bytes
 * @out: filled in, as for a segment, without sequence numbers
 *
 * Any context; the caller serialises calls for a flow.
 */
void algate_stream_datagram(struct algate_stream *s, enum algate_dir dir,
			    const u8 *data, u32 len,
			    struct algate_splice *out)
{
	struct algate_sender *from = &s->sender[dir];
	struct algate_rewrite *r;

	splice_none(out, 0, 0);
	s->rewrite = NULL;
	s->max_len = 0;
	s->now = 0;
	if (from->ended)
		return;
	algate_view_set(s, data, 0, len);
	algate_message_datagram(s, dir);
	algate_rewrite_finish(s, from);
	r = s->rewrite;
	if (!r)
		return;
	/* The rules run again on a repeated datagram: keep no rewrite. */
	from->rewrites = NULL;
	from->pending = 0;
	from->delta = 0;
	if (s->charge)
		s->charge(s->ctx,
			  -(s32)algate_alloc_size(sizeof(*r) + r->room));
	out->move = ALGATE_EDIT;
	out->off = r->seq;
	out->old_len = r->old_len;
	out->new_len = r->new_len;
	out->bytes = r->bytes;
	out->temp = r;
}

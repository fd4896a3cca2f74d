// SPDX-License-Identifier: GPL-2.0
/*
 * A TCP segment: in order, repeated, or beyond missing bytes.
 *
 * A direction is consumed in order up to algate_sender.next. A segment adds
 * bytes there, which are cut into messages and run. When the last message is
 * incomplete and could still concern a rule, its bytes are held: the segment
 * that brought them is dropped, and they leave in front of the next one, with
 * the sender's own sequence numbers. Bytes that no edit can touch (the literal
 * at the front of a command) leave at once.
 *
 * A sender that repeats held bytes gets no answer until they leave. They are
 * swallowed once more, since the rest may be on its way, and then they leave
 * unread: an application layer gateway must not stop a stream.
 *
 * No segment can do lasting harm. Bytes that pass unread move the direction to
 * their end at once, so the sender's next segment is in order again.
 */
#include "stream_internal.h"

/* A SYN whose number is this close to what was consumed is a repeated one. */
#define SYN_AGAIN	65536

/**
 * algate_stream_detach() - end the inspection: the stream cannot be read
 * @s: stream
 * @why: counter that says why
 */
void algate_stream_detach(struct algate_stream *s, enum algate_counter why)
{
	s->count(s->ctx, why, 1);
	s->detach = true;
	s->sender[ALGATE_CLIENT].ended = true;
	s->sender[ALGATE_SERVER].ended = true;
}

/**
 * algate_stream_lose() - bytes passed unread: find the way back in, or give up
 * @s: stream
 * @from: direction
 * @to: sender space, behind these bytes
 * @why: counter that says why
 *
 * Lines and turns are found again. Nothing is found again in a direction whose
 * first message was not seen: nobody knows which protocol that is.
 */
void algate_stream_lose(struct algate_stream *s, struct algate_sender *from,
			u32 to, enum algate_counter why)
{
	from->next = to;
	from->unwanted = false;
	algate_held_drop(s, from);
	if (from->nr && (algate_by_lines(s) || algate_by_turns(s))) {
		s->count(s->ctx, why, 1);
		from->skip = true;
	} else if (!from->ended) {
		algate_stream_detach(s, why);
	}
}

/* Length of the incomplete message that is held. */
static u32 tail_len(const struct algate_sender *from)
{
	const struct algate_held *held = from->held;

	return held && held->seq == from->next ? held->len : 0;
}

/*
 * The first byte of a segment that may leave. The rewrites before
 * algate_sender.acked are forgotten, since the receiver has them: as they came,
 * these bytes could be longer and reach where others belong.
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

/* A repeated segment leaves with the rewrites of the first time. */
static void segment_old(struct algate_stream *s, struct algate_sender *from,
			const struct algate_segment *seg,
			struct algate_splice *out)
{
	u32 lo = segment_front(from, seg->seq);
	u32 hi = seg->seq + seg->len;

	algate_view_set(s, seg->data, seg->seq, seg->len);
	if (lo != seg->seq && !algate_after(hi, lo)) {
		/* empty, and old enough to be answered, as a keepalive is */
		out->move = ALGATE_EDIT;
		out->old_len = seg->len;
		out->seq = algate_rewrite_seq(from, lo - 1);
	} else if (algate_rewrite_splice(s, from, seg->seq, seg->len, lo, hi,
					 out) < 0) {
		/* Unchanged it would tear the stream. The sender repeats it. */
		s->count(s->ctx, ALGATE_C_NO_MEMORY, 1);
		out->move = ALGATE_HOLD;
	} else if (out->new_len) {
		s->count(s->ctx, ALGATE_C_REPEATED, 1);
	}
}

/* The sender repeats held bytes; see the top of this file. */
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
 * A segment beyond missing bytes is held, or at least swallowed, until these
 * come. If the sender repeats it instead, they went by elsewhere. Then it
 * passes, and all bytes up to its end are lost: no rewrite may move bytes that
 * the receiver already has.
 */
static void segment_ahead(struct algate_stream *s, struct algate_sender *from,
			  const struct algate_segment *seg,
			  struct algate_splice *out)
{
	u32 end = seg->seq + seg->len;

	if (from->ended) {
		from->next = end;
	} else if (algate_held_note(s, from, seg->seq, end)) {
		/* The held bytes would lose a FIN. */
		if (!seg->fin &&
		    algate_held_ahead(s, from, seg->data, seg->seq, seg->len))
			s->count(s->ctx, ALGATE_C_HELD, 1);
		out->move = ALGATE_HOLD;
	} else {
		algate_stream_lose(s, from, end, ALGATE_C_GAP);
	}
}

/*
 * The bytes at hand: the segment's, with held ones before or behind them where
 * these join on. Returns a buffer to free, or NULL.
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

/* Hold @tail bytes at the end of the view; returns where the rest ends. */
static u32 segment_hold(struct algate_stream *s, struct algate_sender *from,
			u32 tail)
{
	u32 hi = s->view.seq + s->view.len;

	if (!algate_held_tail(s, from, tail)) {
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
 * Without a correction of the numbers nothing is rewritten. What was rewritten
 * before is still repeated.
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
	s->rewritten = 0;
	algate_stream_detach(s, ALGATE_C_NO_SEQADJ);
}

/*
 * The rules have seen the bytes at hand. @tail bytes at their end are to be
 * held; of the others, those from @lo on may leave.
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

/* A segment with bytes at algate_sender.next, or a FIN behind held bytes. */
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
		/* There was no memory to join: the sender repeats held bytes. */
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
 * The payload cannot be had: it is too long, or there is no memory. It passes
 * unread, unless it repeats bytes that were rewritten.
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
	u32 tail = tail_len(from);

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
	memset(from, 0, sizeof(*from));
	from->ended = ended;
	from->longest = longest;
	from->next = next;
	from->synced = true;
}

/*
 * A connection begins. Conntrack may keep its entry when one begins anew, so
 * nothing of an older one is left.
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
	/* The data of a SYN (RFC 7413) is not read. */
	if (seg->len && algate_after(first + seg->len, from->next))
		algate_stream_lose(s, from, first + seg->len, ALGATE_C_GAP);
}

/*
 * Behind a reset nothing can be announced. Its receiver does not believe one
 * that is elsewhere either (RFC 5961, section 3.2).
 */
static void stream_reset(struct algate_stream *s,
			 const struct algate_sender *from, u32 seq)
{
	if (!from->synced ||
	    (seq != from->next && seq != from->next + tail_len(from)))
		return;
	s->sender[ALGATE_CLIENT].ended = true;
	s->sender[ALGATE_SERVER].ended = true;
}

/* The receiver has bytes that were never seen, or not in order. */
static void gap_acked(struct algate_stream *s, struct algate_sender *back,
		      u32 ack)
{
	const struct algate_held *held = back->held;
	u32 to = ack - back->delta;

	if (held && held->ahead && algate_after(to, back->next) &&
	    !algate_after(to, held->ahead_end))
		algate_stream_lose(s, back, to, ALGATE_C_GAP);
}

/* Forget rewrites that the receiver has, and correct its acknowledgment. */
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
 * A FIN without payload matters at one place only: behind the held data, which
 * then is complete. Anywhere else there are no bytes to parse.
 */
static bool fin_behind_held(const struct algate_sender *from,
			    const struct algate_segment *seg)
{
	u32 tail = tail_len(from);

	return seg->fin && tail && seg->seq == from->next + tail;
}

/*
 * Which segments fit the path is known by those that the sender sends, as it
 * learns the path's MTU (RFC 1191, RFC 8899). A SYN says what its own sender
 * takes.
 */
static __always_inline void segment_size(struct algate_stream *s,
					 enum algate_dir dir,
					 const struct algate_segment *seg)
{
	struct algate_sender *sender = &s->sender[seg->syn ? !dir : dir];

	if (seg->size > sender->longest)
		sender->longest = seg->size;
}

/* All segments but those of the fast path. */
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
	if (seg->syn) {
		stream_syn(s, dir, seg);
		return;
	}
	/* The receiver drops a segment without ACK (RFC 9293, 3.10.7.4). */
	if (!seg->has_ack || (!seg->len && !fin_behind_held(from, seg)))
		return;
	if (!from->synced) {
		algate_stream_detach(s, ALGATE_C_MIDSTREAM);
		from->synced = true;
		from->next = end;
		return;
	}
	/* Bytes of one end close the turn of the other one. */
	if (algate_by_turns(s) && algate_after(end, from->next) && !back->held)
		back->skip = false;
	read = *seg;
	if (!seg->data && seg->len && s->payload)
		read.data = s->payload(s->ctx);
	segment_payload(s, dir, &read, out);
}

/* A FIN takes a number, which the receiver acknowledges. */
static void stream_fin(struct algate_sender *from,
		       const struct algate_segment *seg)
{
	if (from->synced && seg->has_ack && seg->seq + seg->len == from->next)
		from->finished = true;
}

/* In order, no flag but ACK, and nothing is held or rewritten. */
static __always_inline bool is_plain(const struct algate_sender *from,
				     const struct algate_segment *seg)
{
	return seg->seq == from->next && seg->len && seg->has_ack &&
	       !(seg->syn | seg->fin | seg->rst) && from->synced &&
	       !from->held && !from->rewrites && !from->skip && !from->ended &&
	       !(from->rewritten && algate_acked_long_ago(from));
}

/* Fast path: lines that no rule wants are consumed without a copy. */
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

/* The packet as it is. Single stores are faster than a cleared structure. */
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
 * @out: filled in. The caller gives @out->temp to algate_free(), and drops the
 *	packet when @out->move is ALGATE_HOLD.
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
 * @data: its payload
 * @len: length of that, in bytes
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
	if (from->ended || len > s->prog->frame[0].max) {
		if (!from->ended)
			s->count(s->ctx, ALGATE_C_TOO_LONG, 1);
		return;
	}
	algate_view_set(s, data, 0, len);
	algate_message_datagram(s, dir);
	algate_rewrite_finish(s, from);
	r = s->rewrite;
	if (!r)
		return;
	/* Only its sender repeats a datagram, and the rules run again then. */
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

// SPDX-License-Identifier: GPL-2.0
/*
 * TCP segments in, messages through the rules, edited segments out.
 *
 * A direction is consumed in order up to @next. A segment adds bytes there;
 * they are cut into messages and run. When the last message is not complete
 * and could still concern a rule, its bytes are kept. Those that no edit can
 * touch (the literal at the front of a command) leave at once, the others
 * are held: they leave in front of the next segment, with the sender's own
 * sequence numbers, so nobody notices but for the size of a segment. A
 * segment that came before the one in front of it is held likewise.
 *
 * A sender that repeats held bytes gets nowhere without an answer, so they
 * are swallowed once more, since the rest may be on its way, and then leave
 * unread: an ALG must not stop a stream.
 */
#include "patch.h"
#include "scan.h"

/* A copy of a segment this young (ms) was made by the network; no sender
 * repeats itself that fast (RFC 6298: a second; Linux: 200 ms, a tail loss
 * probe in a LAN somewhat less).
 */
#define COPY_AGE	20

/* Segments beyond missing bytes for which there is no room are swallowed,
 * as if these had been lost too, so many times: the sender must repeat the
 * missing ones first. More, and these went by elsewhere.
 */
#define AHEAD_MAX	16

static void kept_drop(struct algate_half *half)
{
	algate_free(half->kept);
	half->kept = NULL;
	half->released = 0;
	half->ahead = 0;
}

/* behind the last byte that is kept */
static u32 kept_end(const struct algate_kept *kept)
{
	return kept->seq + kept->len;
}

/**
 * algate_half_free() - give back what a direction holds
 * @half: direction that sees no more segments
 */
void algate_half_free(struct algate_half *half)
{
	kept_drop(half);
	while (half->patch) {
		struct algate_patch *p = half->patch;

		half->patch = p->next;
		algate_free(p);
	}
}

/**
 * algate_stream_detach() - the stream cannot be read
 * @s: stream
 * @why: counter that says why
 */
void algate_stream_detach(struct algate_stream *s, enum algate_counter why)
{
	s->count(s->ctx, why, 1);
	s->detach = true;
	s->half[ALGATE_CLIENT].ended = true;
	s->half[ALGATE_SERVER].ended = true;
}

/**
 * algate_stream_lose() - bytes went by unread: find the way back in, or give up
 * @s: stream
 * @half: the sender's direction
 * @to: sender space, behind these bytes
 * @why: counter that says why
 */
void algate_stream_lose(struct algate_stream *s, struct algate_half *half,
			u32 to, enum algate_counter why)
{
	half->next = to;
	half->unwanted = false;
	kept_drop(half);
	if (algate_by_lines(s) || algate_by_turns(s)) {
		s->count(s->ctx, why, 1);
		half->skip = true;
	} else {
		algate_stream_detach(s, why);
	}
}

/* Keep @len bytes at @data, which begin at @seq. */
static noinline bool kept_set(struct algate_stream *s,
			      struct algate_half *half, u32 seq,
			      const u8 *data, u32 len, u32 now)
{
	struct algate_kept *kept = algate_alloc_atomic(sizeof(*kept) + len);

	if (!kept) {
		s->count(s->ctx, ALGATE_C_NO_MEMORY, 1);
		return false;
	}
	kept->seq = seq;
	kept->len = len;
	kept->at = now;
	kept->tries = 0;
	memcpy(kept->bytes, data, len);
	algate_free(half->kept);
	half->kept = kept;
	half->ahead = 0;
	return true;
}

/*
 * The first byte of a segment that may leave. The replacement of what lies
 * before half->done is forgotten, since the receiver has it: as they are,
 * these bytes could be longer and reach where others belong.
 */
static u32 stream_front(struct algate_half *half, u32 seq)
{
	if (!half->patched)
		return seq;
	if (algate_patched_long_ago(half))
		half->patched = false;
	else if (algate_before(seq, half->done))
		return half->done;
	return seq;
}

/* Bytes that went by before: as they were rewritten then. */
static noinline void stream_old(struct algate_stream *s,
				struct algate_half *half,
				const struct algate_segment *seg, u32 seq,
				struct algate_splice *out)
{
	struct algate_view view = { seg->data, seq, seg->len };
	u32 lo = stream_front(half, seq);
	u32 hi = seq + seg->len;

	if (lo != seq && !algate_after(hi, lo)) {
		/* empty, and old enough to be answered, as a keepalive is */
		out->move = ALGATE_EDIT;
		out->old_len = seg->len;
		out->seq = algate_patch_seq(half, lo - 1);
	} else if (algate_patch_splice(half, &view, seq, seg->len, lo, hi,
				       out) < 0) {
		/* as it is it would tear the stream; the sender comes again */
		s->count(s->ctx, ALGATE_C_NO_MEMORY, 1);
		out->move = ALGATE_HOLD;
	} else if (out->new_len) {
		s->count(s->ctx, ALGATE_C_REPEATED, 1);
	}
}

/* The sender repeats kept bytes; see the top of this file. */
static void stream_again(struct algate_stream *s, struct algate_half *half,
			 const struct algate_segment *seg, u32 seq,
			 struct algate_splice *out)
{
	struct algate_kept *kept = half->kept;
	u32 end = seq + seg->len;

	if (algate_after(end, half->next + half->released)) {
		if (seg->now - kept->at < COPY_AGE || !kept->tries++) {
			kept->at = seg->now;
			out->move = ALGATE_HOLD;
			return;
		}
		algate_stream_lose(s, half, end, ALGATE_C_FAIL_OPEN);
	}
	stream_old(s, half, seg, seq, out);
}

/* Keep a segment beyond missing bytes; false: there is no room for it. */
static bool ahead_keep(struct algate_stream *s, struct algate_half *half,
		       const struct algate_segment *seg, u32 seq)
{
	const struct algate_kept *kept = half->kept;
	u32 len = kept ? kept->len : 0;
	u8 *joined;
	bool ok;

	if (seg->len > s->kept_max - min_t(u32, len, s->kept_max))
		return false;
	if (!kept)
		return kept_set(s, half, seq, seg->data, seg->len, seg->now);
	if (kept->seq == half->next || seq != kept_end(kept))
		return false;
	joined = algate_alloc_atomic(len + seg->len);
	if (!joined)
		return false;
	memcpy(joined, kept->bytes, len);
	memcpy(joined + len, seg->data, seg->len);
	ok = kept_set(s, half, kept->seq, joined, len + seg->len, seg->now);
	algate_free(joined);
	return ok;
}

/* A segment beyond missing bytes, which may come still. */
static void stream_ahead(struct algate_stream *s, struct algate_half *half,
			 const struct algate_segment *seg, u32 seq,
			 struct algate_splice *out)
{
	const struct algate_kept *kept = half->kept;
	u32 end = seq + seg->len;
	bool again = kept && !algate_before(seq, kept->seq) &&
		     !algate_after(end, kept_end(kept));

	if (half->ended) {
		half->next = end;
		return;
	}
	if (!seg->fin && !again && ahead_keep(s, half, seg, seq)) {
		s->count(s->ctx, ALGATE_C_HELD, 1);
		out->move = ALGATE_HOLD;
	} else if (!seg->fin && half->ahead < AHEAD_MAX) {
		half->ahead++;
		out->move = ALGATE_HOLD;
	} else {
		algate_stream_lose(s, half, end, ALGATE_C_GAP);
	}
}

/*
 * The bytes at hand: the segment's, with the kept ones before or behind
 * them where these join on. Returns a buffer to free, or NULL.
 */
static u8 *stream_view(struct algate_stream *s, struct algate_half *half,
		       const struct algate_segment *seg)
{
	const struct algate_kept *kept = half->kept;
	u32 seq = seg->seq, end = seq + seg->len;
	u32 lo = seq, hi = end;
	u8 *buf;

	algate_view_set(s, seg->data, seq, seg->len);
	if (!kept || algate_before(end, kept->seq))
		return NULL;
	if (algate_before(kept->seq, lo))
		lo = kept->seq;
	if (algate_after(kept_end(kept), hi))
		hi = kept_end(kept);
	if (lo == seq && hi == end)
		return NULL;
	buf = algate_alloc_atomic(hi - lo);
	if (!buf) {
		s->count(s->ctx, ALGATE_C_NO_MEMORY, 1);
		return NULL;
	}
	memcpy(buf + (kept->seq - lo), kept->bytes, kept->len);
	memcpy(buf + (seq - lo), seg->data, seg->len);
	algate_view_set(s, buf, lo, hi - lo);
	s->count(s->ctx, ALGATE_C_JOINED, 1);
	return buf;
}

/*
 * The rules have seen what is at hand. @tail bytes at its end are to be kept;
 * of the segment's, those from @lo on may leave.
 */
static noinline void stream_leave(struct algate_stream *s,
				  struct algate_half *half,
				  const struct algate_segment *seg, u32 lo,
				  u32 tail, struct algate_splice *out)
{
	const struct algate_view *view = &s->view;
	u32 hi = view->seq + view->len;

	if (tail && !kept_set(s, half, half->next,
			      view->data + (half->next - view->seq), tail,
			      seg->now)) {
		algate_stream_lose(s, half, hi, ALGATE_C_FAIL_OPEN);
	} else if (tail) {
		if (half->released < s->result->untouched)
			half->released = s->result->untouched;
		if (half->released < tail)
			s->count(s->ctx, ALGATE_C_HELD, 1);
		hi = half->next + half->released;
		if (algate_before(hi, lo))
			hi = lo;
	} else {
		half->next = hi;
		if (half->kept && !algate_after(half->kept->seq, hi))
			kept_drop(half);
	}
	if (s->fresh) {
		out->fix_seq = s->fresh->seq;
		out->fix_delta = s->fresh->new_len - s->fresh->old_len;
	}
	if (hi == lo && !seg->fin) {
		out->move = ALGATE_HOLD;
	} else if (algate_patch_splice(half, view, seg->seq, seg->len, lo, hi,
				       out) < 0) {
		s->count(s->ctx, ALGATE_C_NO_MEMORY, 1);
		out->move = ALGATE_HOLD;
	}
}

/* A segment with bytes at half->next, or with the FIN behind kept bytes. */
static noinline void stream_new(struct algate_stream *s, enum algate_dir dir,
				const struct algate_segment *seg,
				struct algate_splice *out)
{
	struct algate_half *half = &s->half[dir];
	u32 start = half->next;
	u32 lo, tail;
	u8 *buf;

	buf = stream_view(s, half, seg);
	if (algate_after(s->view.seq, half->next)) {
		/* no memory to join: what is kept is lost to the rules */
		algate_stream_lose(s, half, seg->seq + seg->len,
				   ALGATE_C_FAIL_OPEN);
		return;
	}
	lo = stream_front(half, seg->seq);
	if (algate_before(half->next + half->released, lo) && buf)
		lo = half->next + half->released;
	tail = algate_message_parse(s, dir, seg->fin);
	if (half->next != start) {
		half->released = 0;
		half->ahead = 0;
	}
	stream_leave(s, half, seg, lo, tail, out);
	algate_free(buf);
}

/* the usual: in its place, nothing kept, nothing rewritten in front of it */
static bool is_usual(const struct algate_half *half,
		     const struct algate_segment *seg)
{
	return seg->seq == half->next && seg->len && half->synced &&
	       !half->kept && !half->patch &&
	       !(seg->syn | seg->fin | seg->rst);
}

/* Such a segment; most often it is through after that. */
static void stream_usual(struct algate_stream *s, enum algate_dir dir,
			 const struct algate_segment *seg,
			 struct algate_splice *out)
{
	struct algate_half *half = &s->half[dir];
	u32 lo = stream_front(half, seg->seq);
	u32 tail;

	algate_view_set(s, seg->data, seg->seq, seg->len);
	tail = algate_message_parse(s, dir, false);
	half->ahead = 0;
	if (tail || lo != seg->seq)
		stream_leave(s, half, seg, lo, tail, out);
	else if (s->fresh)
		algate_splice_fresh(out, s->fresh, seg->seq);
}

/*
 * Behind a reset nothing can be announced. One that is not in its place is
 * not believed by its receiver either (RFC 5961, section 3.2).
 */
static void stream_reset(struct algate_stream *s,
			 const struct algate_half *half, u32 seq)
{
	if (!half->synced)
		return;
	if (seq != half->next &&
	    (!half->kept || seq != kept_end(half->kept)))
		return;
	s->half[ALGATE_CLIENT].ended = true;
	s->half[ALGATE_SERVER].ended = true;
}

/*
 * A FIN without payload matters at one place only: behind the held data, which
 * then is complete. Anywhere else there are no bytes at half->next to parse.
 */
static bool fin_behind_kept(const struct algate_half *half,
			    const struct algate_segment *seg)
{
	return seg->fin && half->kept && half->kept->seq == half->next &&
	       seg->seq + seg->syn == kept_end(half->kept);
}

/* What the receiver has is forgotten, and what it says made right. */
static noinline void stream_acked(struct algate_stream *s,
				  struct algate_half *back,
				  const struct algate_segment *seg,
				  struct algate_splice *out)
{
	algate_patch_release(back, seg->ack, s->spare);
	out->ack = algate_patch_ack(back, seg->ack);
	out->no_sack = back->patch && back->patch->next;
}

/* All others; see is_usual(). */
static noinline void stream_other(struct algate_stream *s, enum algate_dir dir,
				  const struct algate_segment *seg,
				  struct algate_splice *out)
{
	struct algate_half *half = &s->half[dir];
	struct algate_half *back = &s->half[!dir];
	u32 seq = seg->seq + seg->syn;
	u32 end = seq + seg->len;
	bool tail_kept;
	u32 reach;

	if (seg->syn && !half->nr && !half->kept) {
		half->next = seq;
		half->synced = true;
	}
	if (seg->rst)
		stream_reset(s, half, seg->seq);
	if (seg->rst || (!seg->len && !fin_behind_kept(half, seg)))
		return;
	if (!half->synced) {
		algate_stream_detach(s, ALGATE_C_MIDSTREAM);
		half->synced = true;
		half->next = end;
		return;
	}
	if (seg->syn) {
		/* data on a SYN (RFC 7413): its number is the SYN's */
		if (algate_after(end, half->next))
			algate_stream_lose(s, half, end, ALGATE_C_GAP);
		return;
	}
	/* who speaks ends the other one's turn */
	if (algate_by_turns(s) && algate_after(end, half->next) &&
	    !back->kept)
		back->skip = false;
	tail_kept = half->kept && half->kept->seq == half->next;
	reach = half->next + (tail_kept ? half->kept->len : 0);
	if (seg->len && !algate_after(end, half->next))
		stream_old(s, half, seg, seq, out);
	else if (algate_after(seq, reach))
		stream_ahead(s, half, seg, seq, out);
	else if (tail_kept && !seg->fin && !algate_after(end, reach))
		stream_again(s, half, seg, seq, out);
	else
		stream_new(s, dir, seg, out);
}

/* as it is; a field after the other, which is fast */
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
	out->fix_seq = 0;
	out->fix_delta = 0;
}

/**
 * algate_stream_segment() - what becomes of a TCP segment
 * @s: the flow's program, state and callbacks
 * @dir: who sent it
 * @seg: the segment; its payload is linear
 * @out: filled in; the caller applies @out->fix_seq and @out->fix_delta
 *	before it lets the packet go, gives @out->temp to algate_free(), and
 *	drops the packet when @out->move is ALGATE_HOLD
 *
 * Any context; the caller serialises calls for a flow.
 */
void algate_stream_segment(struct algate_stream *s, enum algate_dir dir,
			   const struct algate_segment *seg,
			   struct algate_splice *out)
{
	struct algate_half *back = &s->half[!dir];

	splice_none(out, seg->seq, seg->ack);
	if (seg->has_ack && back->patch)
		stream_acked(s, back, seg, out);
	if (is_usual(&s->half[dir], seg) && !algate_by_turns(s))
		stream_usual(s, dir, seg, out);
	else
		stream_other(s, dir, seg, out);
}

/**
 * algate_stream_datagram() - what becomes of a datagram
 * @s: the flow's program, state and callbacks
 * @dir: who sent it
 * @data: its payload
 * @len: length of that
 * @out: filled in, as for a segment, without sequence numbers
 */
void algate_stream_datagram(struct algate_stream *s, enum algate_dir dir,
			    const u8 *data, u32 len,
			    struct algate_splice *out)
{
	struct algate_half *half = &s->half[dir];
	struct algate_patch *p;

	splice_none(out, 0, 0);
	if (half->ended || len > s->prog->frame[0].max) {
		if (!half->ended)
			s->count(s->ctx, ALGATE_C_TOO_LONG, 1);
		return;
	}
	algate_view_set(s, data, 0, len);
	algate_message_datagram(s, dir);
	p = s->fresh;
	if (!p)
		return;
	/* nothing repeats a datagram but its sender, which runs it again */
	half->patch = NULL;
	half->delta = 0;
	out->move = ALGATE_EDIT;
	out->off = p->seq;
	out->old_len = p->old_len;
	out->new_len = p->new_len;
	out->bytes = p->bytes;
	out->temp = p;
}

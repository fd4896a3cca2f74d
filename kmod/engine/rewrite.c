// SPDX-License-Identifier: GPL-2.0
/*
 * Pending rewrites. The edits of a segment's messages form a rewrite. The
 * rewrite stays pending until the receiver acknowledges the replacement.
 * Meanwhile, each segment that touches the replaced bytes gets the replacement.
 */
#include "stream_internal.h"

/* The usual rewrite is within a single command. */
#define ROOM_MIN	128

static u32 rewrite_end(const struct algate_rewrite *r)
{
	return r->seq + r->old_len;
}

static s32 rewrite_delta(const struct algate_rewrite *r)
{
	return r->new_len - r->old_len;
}

static u32 rewrite_size(u32 room)
{
	return sizeof(struct algate_rewrite) + room;
}

/* Room for at least @len bytes, rounded up to the allocator's size. */
static u32 rewrite_room(u32 len)
{
	return algate_alloc_size(rewrite_size(len)) - rewrite_size(0);
}

static void rewrite_free(struct algate_stream *s, struct algate_rewrite *r)
{
	algate_stream_free(s, r, rewrite_size(r->room));
}

/* Copy @old, which may be NULL, to a rewrite with @room bytes; free @old. */
static struct algate_rewrite *rewrite_resize(struct algate_stream *s,
					     struct algate_rewrite *old,
					     u32 room)
{
	struct algate_rewrite *r = algate_stream_alloc(s, rewrite_size(room));

	if (!r)
		return NULL;
	if (old) {
		memcpy(r, old, rewrite_size(old->new_len));
		rewrite_free(s, old);
	} else {
		memset(r, 0, sizeof(*r));
	}
	r->room = room;
	return r;
}

/* Start of the current message, in sender space. */
static u32 message_seq(const struct algate_stream *s)
{
	return s->view.seq + (u32)(s->msg.data - s->view.data);
}

/**
 * algate_rewrite_reserve() - make room for the rewrite of the current message
 * @s: stream
 * @values: maximum total length of all new values, in bytes
 *
 * All messages of a segment share a rewrite, since conntrack takes a single
 * correction for each packet. A full rewrite doubles its room, so that each
 * byte is copied a constant number of times for any number of messages.
 *
 * Return: false when there is no room in the packet or in memory. A counter
 * records the failure, and nothing changes.
 */
bool algate_rewrite_reserve(struct algate_stream *s, u32 values)
{
	struct algate_rewrite *r = s->rewrite;
	u32 need = s->msg.len + values;

	if (r && r->old_len)
		need += r->new_len + message_seq(s) - rewrite_end(r);
	if (s->max_len && s->view.len + values +
	    (r ? rewrite_delta(r) : 0) > s->max_len) {
		s->count(s->ctx, ALGATE_C_NO_ROOM, 1);
		return false;
	}
	if (r && need <= r->room)
		return true;
	need = max_t(u32, need, r ? 2 * r->room : ROOM_MIN);
	r = rewrite_resize(s, r, rewrite_room(need));
	if (!r)
		return false;
	s->rewrite = r;
	return true;
}

/**
 * algate_rewrite_add() - add the edits of the current message to the rewrite
 * @s: stream; algate_rewrite_reserve() has made room
 *
 * The rewrite reaches from the segment's first edit to the last edit, with the
 * unchanged bytes in between.
 */
void algate_rewrite_add(struct algate_stream *s)
{
	const struct algate_result *result = s->result;
	const struct algate_edit *last = &result->edit[result->nedits - 1];
	u32 first = message_seq(s) + result->edit[0].off;
	struct algate_rewrite *r = s->rewrite;
	u32 between;

	if (!r->old_len) {
		r->seq = first;
	} else {
		between = first - rewrite_end(r);
		memcpy(r->bytes + r->new_len,
		       s->view.data + (rewrite_end(r) - s->view.seq), between);
		r->new_len += between;
	}
	r->new_len += algate_edit_gather(result, s->msg.data,
					 r->bytes + r->new_len);
	r->old_len = message_seq(s) + last->off + last->len - r->seq;
}

/**
 * algate_rewrite_delta() - growth of the segment by its rewrite
 * @s: stream
 *
 * Return: bytes, negative when the segment shrinks; 0 without a rewrite.
 */
s32 algate_rewrite_delta(const struct algate_stream *s)
{
	const struct algate_rewrite *r = s->rewrite;

	return r && r->old_len ? rewrite_delta(r) : 0;
}

/**
 * algate_rewrite_drop() - drop the rewrite of the current segment
 * @s: stream
 */
void algate_rewrite_drop(struct algate_stream *s)
{
	rewrite_free(s, s->rewrite);
	s->rewrite = NULL;
}

/**
 * algate_rewrite_finish() - turn the segment's rewrite into a pending rewrite
 * @s: stream
 * @from: the segment's sender
 *
 * The rewrite of a TCP segment gives unused room back. The rewrite of a
 * datagram does not, since the caller frees the rewrite with the packet.
 */
void algate_rewrite_finish(struct algate_stream *s, struct algate_sender *from)
{
	struct algate_rewrite *r = s->rewrite;
	struct algate_rewrite *small;
	u32 room;

	if (!r)
		return;
	if (!r->old_len) {
		algate_rewrite_drop(s);
		return;
	}
	room = rewrite_room(max_t(u32, r->new_len, ROOM_MIN));
	if (room < r->room && s->msg.proto == IPPROTO_TCP) {
		small = rewrite_resize(s, r, room);
		if (small)
			r = small;
	}
	r->before = from->delta;
	r->next = from->rewrites;
	from->rewrites = r;
	from->delta += rewrite_delta(r);
	from->pending++;
	s->rewrite = r;
}

/* The receiver can acknowledge only bytes that have left, and their FIN. */
static bool ack_is_possible(const struct algate_sender *from, u32 ack)
{
	u32 end = from->next + from->released + from->delta;

	return !algate_after(ack, end + from->finished);
}

/**
 * algate_rewrite_release() - free acknowledged rewrites
 * @s: stream
 * @from: the direction with pending rewrites
 * @ack: receiver space, acknowledgment from the receiver. A number beyond all
 *	sent bytes is ignored, as the sender ignores it.
 */
void algate_rewrite_release(struct algate_stream *s,
			    struct algate_sender *from, u32 ack)
{
	struct algate_rewrite **pos = &from->rewrites, *r;

	if (!ack_is_possible(from, ack))
		return;
	/* Newest first: rewrites after an acknowledged rewrite are older. */
	while ((r = *pos)) {
		if (!algate_before(ack, r->seq + r->before + r->new_len))
			break;
		pos = &r->next;
	}
	*pos = NULL;
	if (r) {
		from->acked = rewrite_end(r);
		from->rewritten = true;
	}
	while (r) {
		struct algate_rewrite *older = r->next;

		rewrite_free(s, r);
		from->pending--;
		r = older;
	}
}

/**
 * algate_sender_free() - free the held data and pending rewrites of a direction
 * @from: direction without further segments
 *
 * Return: number of bytes charged for this memory, see algate_stream.charge.
 */
u32 algate_sender_free(struct algate_sender *from)
{
	u32 bytes = 0;

	if (from->held)
		bytes += algate_alloc_size(sizeof(*from->held) +
					   from->held->room);
	algate_free(from->held);
	from->held = NULL;
	from->released = 0;
	while (from->rewrites) {
		struct algate_rewrite *r = from->rewrites;

		from->rewrites = r->next;
		bytes += algate_alloc_size(rewrite_size(r->room));
		algate_free(r);
	}
	from->pending = 0;
	return bytes;
}

/* Conntrack's correction point: the newest rewrite that changes the length. */
static const struct algate_rewrite *
rewrite_corrected(const struct algate_sender *from)
{
	const struct algate_rewrite *r;

	for (r = from->rewrites; r; r = r->next)
		if (rewrite_delta(r))
			return r;
	return NULL;
}

/* The offset that conntrack's sequence adjustment adds at @seq. */
static s32 offset_applied(const struct algate_sender *from, u32 seq)
{
	const struct algate_rewrite *r = rewrite_corrected(from);

	return r && !algate_after(seq, r->seq) ? r->before : from->delta;
}

/* The correct offset at @seq. */
static s32 offset_wanted(const struct algate_sender *from, u32 seq)
{
	s32 offset = from->delta;
	const struct algate_rewrite *r;

	for (r = from->rewrites; r; r = r->next) {
		if (!algate_before(seq, rewrite_end(r)))
			break;
		offset = r->before;
	}
	return offset;
}

/**
 * algate_rewrite_seq() - compute the sequence number of a packet
 * @from: direction of the packet
 * @seq: sender space, start of the payload
 *
 * Conntrack's sequence adjustment remembers a single correction point. While
 * two or more rewrites are pending, the adjustment may add a wrong offset to
 * numbers before the newest rewrite. The returned number compensates for the
 * difference.
 *
 * Return: the number that the adjustment turns into the correct number.
 */
u32 algate_rewrite_seq(const struct algate_sender *from, u32 seq)
{
	return seq + offset_wanted(from, seq) - offset_applied(from, seq);
}

/* Translate @ack to sender space; inside a replacement: to its start. */
static u32 ack_wanted(const struct algate_sender *from, u32 ack)
{
	s32 offset = from->delta;
	const struct algate_rewrite *r;

	for (r = from->rewrites; r; r = r->next) {
		u32 start = r->seq + r->before;

		if (!algate_before(ack, start + r->new_len))
			break;
		if (algate_after(ack, start))
			return r->seq;
		offset = r->before;
	}
	return ack - offset;
}

/**
 * algate_rewrite_ack() - compute the acknowledgment number of a packet
 * @from: the acknowledged direction
 * @ack: receiver space, acknowledgment number from the receiver
 *
 * The counterpart of algate_rewrite_seq(). While two or more rewrites are
 * pending, conntrack's adjustment alone may acknowledge bytes that the receiver
 * does not have.
 *
 * Return: the number that the adjustment turns into the correct number.
 */
u32 algate_rewrite_ack(const struct algate_sender *from, u32 ack)
{
	const struct algate_rewrite *r = rewrite_corrected(from);
	u32 want;

	if (!r || !from->rewrites->next)
		return ack;
	want = ack_wanted(from, ack);
	return want + (algate_after(want, r->seq) ? from->delta : r->before);
}

static bool touches(const struct algate_rewrite *r, u32 lo, u32 hi)
{
	return algate_before(r->seq, hi) && algate_after(rewrite_end(r), lo);
}

/* The oldest pending rewrite that touches [lo, hi), or NULL. */
static const struct algate_rewrite *
rewrite_first(const struct algate_sender *from, u32 lo, u32 hi)
{
	const struct algate_rewrite *r, *found = NULL;

	for (r = from->rewrites; r; r = r->next)
		if (touches(r, lo, hi))
			found = r;
	return found;
}

/* The newest pending rewrite that touches [lo, hi), or NULL. */
static const struct algate_rewrite *
rewrite_last(const struct algate_sender *from, u32 lo, u32 hi)
{
	const struct algate_rewrite *r;

	for (r = from->rewrites; r; r = r->next)
		if (touches(r, lo, hi))
			return r;
	return NULL;
}

/**
 * algate_rewrite_touches() - test whether a pending rewrite touches [@lo, @hi)
 * @from: direction
 * @lo: sender space, first byte
 * @hi: sender space, end of the range
 *
 * Return: true when a pending rewrite replaces a byte of the range.
 */
bool algate_rewrite_touches(const struct algate_sender *from, u32 lo, u32 hi)
{
	return rewrite_last(from, lo, hi);
}

/*
 * Apply all pending rewrites to the sender's bytes [lo, hi). Returns the length
 * of the result, and copies the result to @out unless @out is NULL. The caller
 * ensures that neither end of the range lies inside a rewrite.
 */
static u32 rewrite_gather(const struct algate_sender *from,
			  const struct algate_view *view, u32 lo, u32 hi,
			  u8 *out)
{
	u32 len = 0, pos = lo;

	while (algate_before(pos, hi)) {
		const struct algate_rewrite *r = rewrite_first(from, pos, hi);
		u32 raw = (r ? r->seq : hi) - pos;

		if (out)
			memcpy(out + len, view->data + (pos - view->seq), raw);
		len += raw;
		pos += raw;
		if (!r)
			break;
		if (out)
			memcpy(out + len, r->bytes, r->new_len);
		len += r->new_len;
		pos = rewrite_end(r);
	}
	return len;
}

/* Upper bound on the length of [lo, hi) after all pending rewrites. */
static u32 rewrite_bound(const struct algate_sender *from, u32 lo, u32 hi)
{
	const struct algate_rewrite *r;
	u32 len = hi - lo;

	for (r = from->rewrites; r; r = r->next)
		if (touches(r, lo, hi))
			len += r->new_len;
	return len;
}

/* Shorten [lo, hi) until its result fits into @max bytes; returns the end. */
static u32 rewrite_fit(const struct algate_sender *from,
		       const struct algate_view *view, u32 lo, u32 hi, u32 max)
{
	u32 len;

	while (algate_after(hi, lo) &&
	       (len = rewrite_gather(from, view, lo, hi, NULL)) > max) {
		const struct algate_rewrite *last;

		hi -= min_t(u32, len - max, hi - lo);
		last = rewrite_last(from, hi - 1, hi + 1);
		if (last && algate_before(last->seq, hi) &&
		    algate_after(rewrite_end(last), hi))
			hi = last->seq;
	}
	return hi;
}

/**
 * algate_rewrite_splice() - apply pending rewrites to a packet
 * @s: stream; @s->view covers at least [@lo, @hi)
 * @from: the packet's direction
 * @seq: sender space, start of the packet's payload
 * @len: length of the packet's payload, in bytes
 * @lo: sender space, first byte of the result
 * @hi: sender space, end of the result
 * @out: filled in: move, seq, off, old_len, new_len, bytes, temp
 *
 * The function widens [@lo, @hi) to include every touched rewrite entirely. If
 * the result exceeds @s->max_len, its end is cut off, and the sender
 * retransmits the bytes that were cut off.
 *
 * Return: 0, -ENOMEM, or -EMSGSIZE when not even the first rewrite fits.
 */
int algate_rewrite_splice(struct algate_stream *s,
			  const struct algate_sender *from, u32 seq, u32 len,
			  u32 lo, u32 hi, struct algate_splice *out)
{
	const struct algate_rewrite *first = rewrite_first(from, lo, hi);
	const struct algate_rewrite *last = rewrite_last(from, lo, hi);
	const struct algate_view *view = &s->view;
	u32 end = seq + len;
	u32 from_seq, to_seq;

	if (first && algate_before(first->seq, lo))
		lo = first->seq;
	if (last && algate_after(rewrite_end(last), hi))
		hi = rewrite_end(last);
	if (s->max_len && rewrite_bound(from, lo, hi) > s->max_len) {
		hi = rewrite_fit(from, view, lo, hi, s->max_len);
		if (lo == hi)
			return -EMSGSIZE;
		last = rewrite_last(from, lo, hi);
		first = last ? first : NULL;
	}
	out->seq = algate_rewrite_seq(from, lo);

	/* Keep the packet's bytes before the first and behind the last edit. */
	from_seq = lo;
	if (lo == seq) {
		from_seq = first ? first->seq : hi;
		if (algate_after(from_seq, end))
			from_seq = end;
	}
	to_seq = hi;
	if (hi == end) {
		to_seq = last ? rewrite_end(last) : from_seq;
		if (algate_before(to_seq, seq))
			to_seq = seq;
	}
	if (lo == seq && hi == end && !first) {
		out->move = out->seq == seq ? ALGATE_PASS : ALGATE_EDIT;
		out->off = len;
		return 0;
	}
	out->move = ALGATE_EDIT;
	out->off = lo == seq ? from_seq - seq : 0;
	out->old_len = (hi == end ? to_seq - seq : len) - out->off;

	if (first && first == last && from_seq == first->seq &&
	    to_seq == rewrite_end(first)) {
		out->bytes = first->bytes;
		out->new_len = first->new_len;
		return 0;
	}
	out->new_len = rewrite_gather(from, view, from_seq, to_seq, NULL);
	if (!out->new_len)
		return 0;
	out->temp = algate_alloc_atomic(out->new_len);
	if (!out->temp)
		return -ENOMEM;
	rewrite_gather(from, view, from_seq, to_seq, out->temp);
	out->bytes = out->temp;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Held data of a direction: an incomplete message, or payload beyond missing
 * bytes.
 */
#include "stream_internal.h"

/*
 * The engine drops up to this many segments beyond missing bytes. The sender
 * treats these segments as lost, and retransmits the missing bytes first.
 */
#define AHEAD_MAX	64

/*
 * The network may duplicate segments. A segment that comes again within this
 * time, in milliseconds, counts as a copy and not as a retransmission. Senders
 * retransmit later (RFC 6298, section 2.4: after a second). If a sender
 * retransmits earlier, its timeout doubles until the timeout exceeds COPY_MS.
 */
#define COPY_MS		50

static void held_free(struct algate_stream *s, struct algate_held *held)
{
	if (held)
		algate_stream_free(s, held, sizeof(*held) + held->room);
}

/* sender space, end of the held bytes */
static u32 held_end(const struct algate_held *held)
{
	return held->seq + held->len;
}

/**
 * algate_held_drop() - free the held data of a direction
 * @s: stream
 * @from: direction
 */
void algate_held_drop(struct algate_stream *s, struct algate_sender *from)
{
	held_free(s, from->held);
	from->held = NULL;
	from->released = 0;
}

/*
 * Allocate held data with room for @len bytes from @seq on. The other members
 * are copied from the old held data. After the caller has copied the old bytes,
 * held_replace() frees the old held data.
 */
static struct algate_held *held_make(struct algate_stream *s,
				     const struct algate_sender *from, u32 seq,
				     u32 len)
{
	struct algate_held *held;

	held = algate_stream_alloc(s, sizeof(*held) + len);
	if (!held)
		return NULL;
	if (from->held)
		*held = *from->held;
	else
		memset(held, 0, sizeof(*held));
	held->seq = seq;
	held->len = len;
	held->room = len;
	return held;
}

static void held_replace(struct algate_stream *s, struct algate_sender *from,
			 struct algate_held *held)
{
	held_free(s, from->held);
	from->held = held;
}

/**
 * algate_held_settle() - free held data at or before algate_sender.next
 * @s: stream
 * @from: direction that has advanced
 */
void algate_held_settle(struct algate_stream *s, struct algate_sender *from)
{
	struct algate_held *held = from->held;

	if (!held)
		return;
	held->repeated = false;
	held->ahead = 0;
	if (!held->len || !algate_after(held->seq, from->next))
		algate_held_drop(s, from);
}

/**
 * algate_held_tail() - hold an incomplete message, the end of the view
 * @s: stream; @s->view ends where the incomplete message ends
 * @from: direction
 * @len: length of the incomplete message, from @from->next on
 *
 * Return: false without memory.
 */
bool algate_held_tail(struct algate_stream *s, struct algate_sender *from,
		      u32 len)
{
	struct algate_held *held = held_make(s, from, from->next, len);

	if (!held)
		return false;
	held->repeated = false;
	held->at = s->now;
	memcpy(held->bytes, s->view.data + (from->next - s->view.seq), len);
	held_replace(s, from, held);
	return true;
}

/* Test for a retransmission by the sender, not a copy by the network. */
static bool repeats(const struct algate_stream *s, struct algate_held *held)
{
	if (s->now - held->at < COPY_MS)
		return false;
	held->at = s->now;
	return true;
}

/**
 * algate_held_repeated() - note that bytes of the held message arrive again
 * @s: stream
 * @from: direction with held data
 *
 * Return: true at the second retransmission by the sender.
 */
bool algate_held_repeated(const struct algate_stream *s,
			  struct algate_sender *from)
{
	struct algate_held *held = from->held;
	bool before = held->repeated;

	if (!repeats(s, held))
		return false;
	held->repeated = true;
	return before;
}

/**
 * algate_held_note() - note the arrival of a segment beyond missing bytes
 * @s: stream
 * @from: direction
 * @seq: sender space, start of the segment
 * @end: sender space, end of the segment
 *
 * After a timeout, a sender retransmits its first unacknowledged segment
 * (RFC 6298, section 5.4). If the sender retransmits a segment beyond missing
 * bytes, the receiver has these bytes: they took another path. A single
 * retransmission proves nothing, since a tail loss probe (RFC 8985, section
 * 7.3) retransmits the last segment before the missing bytes.
 *
 * Return: true when the caller may drop the segment. False at its second
 * retransmission, after AHEAD_MAX dropped segments, or without memory.
 */
bool algate_held_note(struct algate_stream *s, struct algate_sender *from,
		      u32 seq, u32 end)
{
	struct algate_held *held = from->held;

	if (!held)
		held = held_make(s, from, from->next, 0);
	if (!held)
		return false;
	from->held = held;
	if (!held->ahead) {
		held->ahead_end = end;
		held->ahead_old = 0;
		held->at = s->now;
	} else if (!algate_before(seq, held->ahead_end)) {
		held->at = s->now;
	} else if (repeats(s, held) && ++held->ahead_old > 1 &&
		   seq == held->ahead_last) {
		return false;
	}
	if (held->ahead++ == AHEAD_MAX)
		return false;
	if (algate_after(end, held->ahead_end))
		held->ahead_end = end;
	held->ahead_last = seq;
	return true;
}

/**
 * algate_held_ahead() - hold a segment beyond missing bytes
 * @s: stream
 * @from: direction
 * @data: payload of the segment
 * @seq: sender space, start of the segment
 * @len: length of the payload, in bytes
 *
 * Return: false without memory, beyond algate_stream.kept_max, or when the
 * segment is not adjacent to the data already held.
 */
bool algate_held_ahead(struct algate_stream *s, struct algate_sender *from,
		       const u8 *data, u32 seq, u32 len)
{
	const struct algate_held *old = from->held;
	u32 had = old ? old->len : 0;
	struct algate_held *held;
	bool in_front = had && seq + len == old->seq;

	if (len > s->kept_max - min_t(u32, had, s->kept_max))
		return false;
	if (had && (old->seq == from->next ||
		    (seq != held_end(old) && !in_front)))
		return false;
	held = held_make(s, from, had && !in_front ? old->seq : seq, had + len);
	if (!held)
		return false;
	if (had)
		memcpy(held->bytes + (in_front ? len : 0), old->bytes, had);
	memcpy(held->bytes + (in_front ? 0 : had), data, len);
	held_replace(s, from, held);
	return true;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes of a direction that wait: the tail of an incomplete message, or
 * segments that came before the ones in front of them.
 */
#include "stream_internal.h"

/*
 * Segments beyond missing bytes that are swallowed, as if they had been lost
 * too: the sender then repeats the missing ones first.
 */
#define AHEAD_MAX	64

/*
 * The network makes copies of segments, too. They come this soon, in
 * milliseconds, and say nothing about the sender, which repeats a segment later
 * than that (RFC 6298, section 2.4: after a second). If one repeats earlier, its
 * time-out doubles until it is longer than this.
 */
#define COPY_MS		50

static void held_free(struct algate_stream *s, struct algate_held *held)
{
	if (held)
		algate_stream_free(s, held, sizeof(*held) + held->room);
}

/* behind the last byte that is held */
static u32 held_end(const struct algate_held *held)
{
	return held->seq + held->len;
}

/**
 * algate_held_drop() - forget all that is held
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
 * Room for @len bytes from @seq on. The rest is copied from the old ones, which
 * held_replace() frees when the caller has copied their bytes.
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
 * algate_held_settle() - forget what lies before algate_sender.next
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
 * algate_held_tail() - hold the end of the bytes at hand
 * @s: stream; @s->view reaches to the end of the incomplete message
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

/* The sender repeats what is held: it is no copy by the network. */
static bool repeats(const struct algate_stream *s, struct algate_held *held)
{
	if (s->now - held->at < COPY_MS)
		return false;
	held->at = s->now;
	return true;
}

/**
 * algate_held_repeated() - bytes of the incomplete message come again
 * @s: stream
 * @from: direction, of which bytes are held
 *
 * Return: true when the sender repeats them for the second time.
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
 * algate_held_note() - a segment beyond missing bytes comes
 * @s: stream
 * @from: direction
 * @seq: sender space, where it begins
 * @end: sender space, behind it
 *
 * After a time-out, a sender repeats the first segment that is not acknowledged
 * (RFC 6298, section 5.4). When that is this one, the missing bytes went by
 * elsewhere. A single repetition says nothing, since a tail loss probe
 * (RFC 8985, section 7.3) repeats the last segment before the missing ones.
 *
 * Return: true when the segment may be swallowed. False at its second
 * repetition, when AHEAD_MAX segments were swallowed, or without memory.
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
 * @data: its payload
 * @seq: sender space, where it begins
 * @len: its length
 *
 * Return: false when there is no room: in memory, within the limit, or since
 * other bytes are held to which it does not join on.
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

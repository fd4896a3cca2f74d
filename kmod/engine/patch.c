// SPDX-License-Identifier: GPL-2.0
/*
 * Rewritings that the receiver has not acknowledged, and how a segment that
 * touches one of them leaves: with the rewriting, whole.
 */
#include "patch.h"

/* Most rewritings are of a command. */
#define SPARE_ROOM	(256 - (u32)sizeof(struct algate_patch))

static u32 patch_end(const struct algate_patch *p)
{
	return p->seq + p->old_len;
}

static s32 patch_delta(const struct algate_patch *p)
{
	return p->new_len - p->old_len;
}

/**
 * algate_patch_alloc() - room for a rewriting
 * @len: bytes it may come to
 * @spare: see algate_stream.spare
 *
 * Return: the patch, with nothing in it yet, or NULL.
 */
struct algate_patch *algate_patch_alloc(u32 len, struct algate_patch **spare)
{
	struct algate_patch *p;

	if (len <= SPARE_ROOM && spare && *spare) {
		p = *spare;
		*spare = NULL;
		return p;
	}
	len = max_t(u32, len, SPARE_ROOM);
	p = algate_alloc_atomic(sizeof(*p) + len);
	if (p)
		p->room = len;
	return p;
}

/**
 * algate_patch_free() - a rewriting is done with, or none came of it
 * @p: patch, in no list; or NULL
 * @spare: see algate_stream.spare
 */
void algate_patch_free(struct algate_patch *p, struct algate_patch **spare)
{
	if (p && p->room == SPARE_ROOM && spare && !*spare)
		*spare = p;
	else
		algate_free(p);
}

/**
 * algate_patch_release() - forget what the receiver has acknowledged
 * @half: the direction that was rewritten
 * @ack: receiver space, acknowledgment that came from the other side
 * @spare: see algate_stream.spare
 */
void algate_patch_release(struct algate_half *half, u32 ack,
			  struct algate_patch **spare)
{
	struct algate_patch **pos = &half->patch, *p;

	/* the list is ordered: behind the first acknowledged all are */
	while ((p = *pos)) {
		if (!algate_before(ack, p->seq + p->before + p->new_len))
			break;
		pos = &p->next;
	}
	*pos = NULL;
	if (p) {
		half->done = patch_end(p);
		half->patched = true;
	}
	while (p) {
		struct algate_patch *older = p->next;

		algate_patch_free(p, spare);
		p = older;
	}
}

/* the patch at conntrack's correction point, NULL: it is behind all of them */
static const struct algate_patch *patch_corrected(const struct algate_half *half)
{
	const struct algate_patch *p;

	for (p = half->patch; p; p = p->next)
		if (patch_delta(p))
			return p;
	return NULL;
}

static s32 offset_applied(const struct algate_half *half, u32 seq)
{
	const struct algate_patch *p = patch_corrected(half);

	return p && !algate_after(seq, p->seq) ? p->before : half->delta;
}

static s32 offset_wanted(const struct algate_half *half, u32 seq)
{
	s32 offset = half->delta;
	const struct algate_patch *p;

	for (p = half->patch; p; p = p->next) {
		if (!algate_before(seq, patch_end(p)))
			break;
		offset = p->before;
	}
	return offset;
}

/**
 * algate_patch_seq() - the sequence number to give to a packet
 * @half: its direction
 * @seq: sender space, where its payload begins
 *
 * Conntrack's sequence adjustment remembers one correction point. While two
 * or more rewritings are on their way, it would shift what lies before the
 * last of them wrongly; the difference is made up for here.
 *
 * Return: what the adjustment turns into the right number.
 */
u32 algate_patch_seq(const struct algate_half *half, u32 seq)
{
	return seq + offset_wanted(half, seq) - offset_applied(half, seq);
}

/* sender space, what an acknowledgment means; inside a patch: its start */
static u32 ack_wanted(const struct algate_half *half, u32 ack)
{
	s32 offset = half->delta;
	const struct algate_patch *p;

	for (p = half->patch; p; p = p->next) {
		u32 start = p->seq + p->before;

		if (!algate_before(ack, start + p->new_len))
			break;
		if (algate_after(ack, start))
			return p->seq;
		offset = p->before;
	}
	return ack - offset;
}

/**
 * algate_patch_ack() - the acknowledgment to give to a packet
 * @half: the direction that it acknowledges
 * @ack: receiver space
 *
 * The counterpart of algate_patch_seq(): conntrack would let the sender
 * take bytes for delivered that are not.
 *
 * Return: what the adjustment turns into the right number.
 */
u32 algate_patch_ack(const struct algate_half *half, u32 ack)
{
	const struct algate_patch *p = patch_corrected(half);
	u32 want;

	if (!p || !half->patch->next)
		return ack;
	want = ack_wanted(half, ack);
	return want + (algate_after(want, p->seq) ? half->delta : p->before);
}

/* the oldest patch that covers a byte of [lo, hi), NULL: none */
static const struct algate_patch *patch_first(const struct algate_half *half,
					      u32 lo, u32 hi)
{
	const struct algate_patch *p, *found = NULL;

	for (p = half->patch; p; p = p->next)
		if (algate_before(p->seq, hi) && algate_after(patch_end(p), lo))
			found = p;
	return found;
}

static const struct algate_patch *patch_last(const struct algate_half *half,
					     u32 lo, u32 hi)
{
	const struct algate_patch *p;

	for (p = half->patch; p; p = p->next)
		if (algate_before(p->seq, hi) && algate_after(patch_end(p), lo))
			return p;
	return NULL;
}

/*
 * Length of [lo, hi) of the sender's bytes after all patches; copied to
 * @out unless that is NULL. No patch is cut by either end.
 */
static u32 patch_gather(const struct algate_half *half,
			const struct algate_view *view, u32 lo, u32 hi, u8 *out)
{
	u32 len = 0, pos = lo;

	while (algate_before(pos, hi)) {
		const struct algate_patch *p = patch_first(half, pos, hi);
		u32 raw = (p ? p->seq : hi) - pos;

		if (out)
			memcpy(out + len, view->data + (pos - view->seq), raw);
		len += raw;
		pos += raw;
		if (!p)
			break;
		if (out)
			memcpy(out + len, p->bytes, p->new_len);
		len += p->new_len;
		pos = patch_end(p);
	}
	return len;
}

/**
 * algate_patch_splice() - what to do to a packet so that it leaves right
 * @half: its direction
 * @view: the sender's bytes that are at hand: at least [@lo, @hi)
 * @seq: sender space, where the packet's payload begins
 * @len: bytes of its payload
 * @lo: sender space, first byte that is to leave
 * @hi: sender space, behind the last byte that is to leave
 * @out: filled in: move, seq, off, old_len, new_len, bytes, temp
 *
 * [@lo, @hi) is widened to the whole of every patch that it touches.
 *
 * Return: 0 or -ENOMEM.
 */
int algate_patch_splice(const struct algate_half *half,
			const struct algate_view *view, u32 seq, u32 len,
			u32 lo, u32 hi, struct algate_splice *out)
{
	const struct algate_patch *first = patch_first(half, lo, hi);
	const struct algate_patch *last = patch_last(half, lo, hi);
	u32 end = seq + len;
	u32 from, to;

	if (first && algate_before(first->seq, lo))
		lo = first->seq;
	if (last && algate_after(patch_end(last), hi))
		hi = patch_end(last);
	out->seq = algate_patch_seq(half, lo);

	/* what stays in the packet before and behind the changed bytes */
	from = lo;
	if (lo == seq) {
		from = first ? first->seq : hi;
		if (algate_after(from, end))
			from = end;
	}
	to = hi;
	if (hi == end) {
		to = last ? patch_end(last) : from;
		if (algate_before(to, seq))
			to = seq;
	}
	if (lo == seq && hi == end && !first) {
		out->move = out->seq == seq ? ALGATE_PASS : ALGATE_EDIT;
		out->off = len;
		return 0;
	}
	out->move = ALGATE_EDIT;
	out->off = lo == seq ? from - seq : 0;
	out->old_len = (hi == end ? to - seq : len) - out->off;

	if (first && first == last && from == first->seq &&
	    to == patch_end(first)) {
		out->bytes = first->bytes;
		out->new_len = first->new_len;
		return 0;
	}
	out->new_len = patch_gather(half, view, from, to, NULL);
	if (!out->new_len)
		return 0;
	out->temp = algate_alloc_atomic(out->new_len);
	if (!out->temp)
		return -ENOMEM;
	patch_gather(half, view, from, to, out->temp);
	out->bytes = out->temp;
	return 0;
}

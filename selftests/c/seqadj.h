/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A segment behind the stream layer: its payload is spliced, and conntrack
 * adjusts the sequence numbers, but remembers only a single correction.
 */
#ifndef SEQADJ_H
#define SEQADJ_H

#include "../../kmod/engine/stream.h"

struct seqadj {
	u32 pos;
	s32 before;
	s32 after;
	bool on;
};

/* as algate_seqadj_set() */
static inline bool seqadj_set(struct seqadj *a, u32 seq, s32 off, s32 total)
{
	if (a->after + off != total ||
	    (a->before != a->after && !algate_before(a->pos, seq)))
		return false;
	a->on = true;
	a->pos = seq;
	a->before = a->after;
	a->after = total;
	return true;
}

static inline u32 seqadj_seq(const struct seqadj *a, u32 seq)
{
	if (!a->on)
		return seq;
	return seq + (algate_after(seq, a->pos) ? a->after : a->before);
}

static inline u32 seqadj_ack(const struct seqadj *a, u32 ack)
{
	if (!a->on)
		return ack;
	return ack - (algate_after(ack - a->before, a->pos) ? a->after :
							      a->before);
}

/*
 * Returns the payload behind the router, which the caller frees; NULL: the
 * splice is not within the segment.
 */
static inline u8 *spliced(const struct algate_segment *seg,
			  const struct algate_splice *sp, u32 *len)
{
	u32 off = sp->off, old_len = sp->old_len, new_len = sp->new_len;
	u8 *payload;

	if (sp->move == ALGATE_PASS) {
		off = 0;
		old_len = 0;
		new_len = 0;
	}
	if (off > seg->len || old_len > seg->len - off)
		return NULL;
	*len = seg->len - old_len + new_len;
	payload = malloc(*len + !*len);
	memcpy(payload, seg->data, off);
	if (new_len)
		memcpy(payload + off, sp->bytes, new_len);
	memcpy(payload + off + new_len, seg->data + off + old_len,
	       seg->len - off - old_len);
	return payload;
}

#endif /* SEQADJ_H */

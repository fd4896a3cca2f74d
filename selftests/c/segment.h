/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A segment as the module has it: first at a glance.
 */
#ifndef SEGMENT_H
#define SEGMENT_H

#include "../../kmod/engine/stream.h"

static inline void segment_run(struct algate_stream *s, enum algate_dir dir,
			       const struct algate_segment *seg,
			       struct algate_splice *out)
{
	struct algate_half *back = &s->half[!dir];
	u32 lines = 0;

	if (back->patch && seg->has_ack)
		algate_patch_release(back, seg->ack, s->spare);
	s->spot.op = NULL;
	if (!seg->syn && !seg->fin && !seg->rst && !back->patch &&
	    seg->seq == s->half[dir].next)
		lines = algate_glance(s->prog, &s->half[dir], dir, seg->data,
				      seg->len, &s->spot);
	s->messages += lines;
	if (!lines && !(s->spot.op && s->spot.cut.total == seg->len)) {
		algate_stream_segment(s, dir, seg, out);
		return;
	}
	*out = (struct algate_splice){ .seq = seg->seq, .ack = seg->ack };
	if (!lines)
		algate_stream_line(s, dir, seg->data, out);
}

#endif /* SEGMENT_H */

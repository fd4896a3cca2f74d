/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ALGATE_PATCH_H
#define ALGATE_PATCH_H

#include "stream.h"

static inline bool algate_lines_only(const struct algate_prog *prog)
{
	return prog->line_max;
}

static inline bool algate_by_lines(const struct algate_stream *s)
{
	return algate_lines_only(s->prog);
}

static inline bool algate_by_turns(const struct algate_stream *s)
{
	return s->prog->frame[0].kind == ALGATE_FRAME_TURNS;
}

/* Sequence numbers are compared over half of their range only. */
static inline bool algate_patched_long_ago(const struct algate_half *half)
{
	return half->next - half->done > 1U << 30;
}

static inline void algate_view_set(struct algate_stream *s, const u8 *data,
				   u32 seq, u32 len)
{
	s->view.data = data;
	s->view.seq = seq;
	s->view.len = len;
	s->fresh = NULL;
}

/* What was rewritten is all the segment's own, and nothing else waits. */
static inline void algate_splice_fresh(struct algate_splice *out,
				       const struct algate_patch *p, u32 seq)
{
	out->move = ALGATE_EDIT;
	out->off = p->seq - seq;
	out->old_len = p->old_len;
	out->new_len = p->new_len;
	out->bytes = p->bytes;
	out->fix_seq = p->seq;
	out->fix_delta = p->new_len - p->old_len;
}

struct algate_patch *algate_patch_alloc(u32 len, struct algate_patch **spare);
void algate_patch_free(struct algate_patch *p, struct algate_patch **spare);
u32 algate_patch_ack(const struct algate_half *half, u32 ack);
u32 algate_patch_seq(const struct algate_half *half, u32 seq);
int algate_patch_splice(const struct algate_half *half,
			const struct algate_view *view, u32 seq, u32 len,
			u32 lo, u32 hi, struct algate_splice *out);

/* stream.c */
void algate_stream_detach(struct algate_stream *s, enum algate_counter why);
void algate_stream_lose(struct algate_stream *s, struct algate_half *half,
			u32 to, enum algate_counter why);

/* message.c */
u32 algate_message_parse(struct algate_stream *s, enum algate_dir dir,
			 bool final);
void algate_message_datagram(struct algate_stream *s, enum algate_dir dir);

#endif /* ALGATE_PATCH_H */

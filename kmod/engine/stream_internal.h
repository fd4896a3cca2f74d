/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Declarations shared by the files of the stream layer:
 *
 *	stream.c   a segment: in order, retransmitted, or beyond missing bytes
 *	held.c     held data: incomplete messages, segments out of order
 *	charge.c   memory, within a budget; entry.c: room for table entries
 *	unread.c   bytes that no rule reads
 *	resume.c   a direction whose start was not seen
 *	lines.c    fast path: lines that match no rule
 *	message.c  view -> messages -> rules -> edits
 *	rewrite.c  edits -> pending rewrites -> packets, until acknowledged
 */
#ifndef ALGATE_STREAM_INTERNAL_H
#define ALGATE_STREAM_INTERNAL_H

#include "stream.h"

static inline bool algate_by_lines(const struct algate_stream *s)
{
	return s->prog->line_max;
}

/* Is the message at @p a line? */
static inline bool algate_is_line(const struct algate_stream *s, const u8 *p,
				  u32 len)
{
	return algate_by_lines(s) &&
	       !(len && algate_frame_second(s->prog, p[0]));
}

static inline bool algate_by_turns(const struct algate_stream *s)
{
	return s->prog->frame[0].kind == ALGATE_FRAME_TURNS;
}

/*
 * Comparing sequence numbers works over half of their range only, so
 * algate_sender.acked expires after a quarter of the range.
 */
static inline bool algate_acked_long_ago(const struct algate_sender *from)
{
	return from->next - from->acked > 1U << 30;
}

/* Length of the held incomplete message; 0: none. */
static inline u32 algate_tail_len(const struct algate_sender *from)
{
	const struct algate_held *held = from->held;

	return held && held->seq == from->next ? held->len : 0;
}

static inline void algate_view_set(struct algate_stream *s, const u8 *data,
				   u32 seq, u32 len)
{
	s->view.data = data;
	s->view.seq = seq;
	s->view.len = len;
}

/* charge.c */
void *algate_stream_alloc(struct algate_stream *s, u32 len);
void algate_stream_free(struct algate_stream *s, const void *p, u32 len);

/* entry.c */
bool algate_entries_reserve(struct algate_stream *s);
void algate_queue_forget(struct algate_stream *s);

/* unread.c */
void algate_stream_detach(struct algate_stream *s, enum algate_counter why);
void algate_stream_unreadable(struct algate_stream *s,
			      struct algate_sender *from,
			      enum algate_counter why);
bool algate_message_pass(struct algate_stream *s, struct algate_sender *from,
			 const u8 *p, u32 len, u32 to, enum algate_counter why);
void algate_stream_lose(struct algate_stream *s, struct algate_sender *from,
			u32 to, enum algate_counter why);

/* resume.c */
bool algate_stream_resume(struct algate_stream *s, enum algate_dir dir, u32 seq);

/* held.c */
void algate_held_drop(struct algate_stream *s, struct algate_sender *from);
void algate_held_settle(struct algate_stream *s, struct algate_sender *from);
bool algate_held_tail(struct algate_stream *s, struct algate_sender *from,
		      u32 len);
bool algate_held_repeated(const struct algate_stream *s,
			  struct algate_sender *from);
bool algate_held_ahead(struct algate_stream *s, struct algate_sender *from,
		       const u8 *data, u32 seq, u32 len);
bool algate_held_note(struct algate_stream *s, struct algate_sender *from,
		      u32 seq, u32 end);

/* lines.c */
u32 algate_lines_unwanted(const struct algate_prog *prog, enum algate_dir dir,
			  const u8 *p, u32 len);

/* message.c */
u32 algate_message_parse(struct algate_stream *s, enum algate_dir dir,
			 bool final);
bool algate_message_judge(struct algate_stream *s, struct algate_sender *from,
			  const u8 *p, u32 len);
void algate_message_datagram(struct algate_stream *s, enum algate_dir dir);

/* rewrite.c */
bool algate_rewrite_reserve(struct algate_stream *s, u32 values);
void algate_rewrite_add(struct algate_stream *s);
s32 algate_rewrite_delta(const struct algate_stream *s);
void algate_rewrite_drop(struct algate_stream *s);
void algate_rewrite_finish(struct algate_stream *s,
			   struct algate_sender *from);
void algate_rewrite_release(struct algate_stream *s,
			    struct algate_sender *from, u32 ack);
bool algate_rewrite_touches(const struct algate_sender *from, u32 lo, u32 hi);
u32 algate_rewrite_ack(const struct algate_sender *from, u32 ack);
u32 algate_rewrite_seq(const struct algate_sender *from, u32 seq);
int algate_rewrite_splice(struct algate_stream *s,
			  const struct algate_sender *from, u32 seq, u32 len,
			  u32 lo, u32 hi, struct algate_splice *out);

#endif /* ALGATE_STREAM_INTERNAL_H */

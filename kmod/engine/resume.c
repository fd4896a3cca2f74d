// SPDX-License-Identifier: GPL-2.0
/*
 * Begin to read a direction in the middle, because its start went another way.
 */
#include "stream_internal.h"

/**
 * algate_stream_resume() - begin to read a direction whose start was not seen
 * @s: stream
 * @dir: direction
 * @seq: sender space, start of the current segment
 *
 * If the caller knows the flow, reading resumes at this segment, which most
 * likely begins with a message. As after unread bytes, this message is not the
 * first message of its direction.
 *
 * Return: false if the direction must not be read.
 */
bool algate_stream_resume(struct algate_stream *s, enum algate_dir dir, u32 seq)
{
	struct algate_sender *from = &s->sender[dir];

	if (!s->resume || !s->resume(s->ctx, dir, seq, &from->delta))
		return false;
	s->count(s->ctx, ALGATE_C_RESUMED, 1);
	from->synced = true;
	from->next = seq;
	from->nr = 1;
	/* the other router has read the first message */
	from->begun = true;
	/* the program reads the first message only */
	if (s->prog->frame[0].kind == ALGATE_FRAME_FIRST)
		from->ended = true;
	return true;
}

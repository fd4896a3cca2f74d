// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes of a stream that no rule reads: end the inspection, or resume it behind
 * these bytes, at the beginning of a message.
 */
#include "stream_internal.h"

/**
 * algate_stream_detach() - end the inspection of a stream
 * @s: stream
 * @why: counter for the reason
 */
void algate_stream_detach(struct algate_stream *s, enum algate_counter why)
{
	s->count(s->ctx, why, 1);
	s->detach = true;
	s->sender[ALGATE_CLIENT].ended = true;
	s->sender[ALGATE_SERVER].ended = true;
}

/**
 * algate_stream_unreadable() - end the inspection of an unreadable direction
 * @s: stream
 * @from: direction
 * @why: counter for the reason
 *
 * On a flow that many users share, a user's message ends the inspection of its
 * own direction only, once the client has begun the protocol.
 */
void algate_stream_unreadable(struct algate_stream *s,
			      struct algate_sender *from,
			      enum algate_counter why)
{
	const struct algate_sender *client = &s->sender[ALGATE_CLIENT];
	const struct algate_sender *server = &s->sender[ALGATE_SERVER];

	if (!s->prog->shared || !client->begun) {
		algate_stream_detach(s, why);
		return;
	}
	s->count(s->ctx, why, 1);
	from->ended = true;
	s->detach = client->ended && server->ended;
}

/*
 * Length of the message at @p, or 0 if its end is in doubt. A record whose
 * length field has other bits may be a fragment of a message: bytes that its
 * sender chose would then begin the next record.
 */
static u32 message_total(const struct algate_stream *s, const u8 *p, u32 len)
{
	const struct algate_framing *f = algate_frame_of(s->prog, p, len);
	struct algate_cut cut;

	if (f->kind == ALGATE_FRAME_LENGTH &&
	    ~f->mask << (32 - 8 * f->width))
		return 0;
	algate_frame_cut(s->prog, p, len, &cut);
	return cut.total;
}

/**
 * algate_message_pass() - let a message pass whose end is known
 * @s: stream
 * @from: sender
 * @p: first bytes of the message at algate_sender.next
 * @len: number of bytes at @p
 * @to: sender space, end of the bytes that pass unread
 * @why: counter for the reason
 *
 * Rules judge the message by its head. Reading resumes behind the message, so
 * algate_sender.next may be ahead of the sender.
 *
 * Return: false if the end is unknown or before @to, or if the direction has
 * not begun. Nothing changed then. True also if the inspection has ended.
 */
bool algate_message_pass(struct algate_stream *s, struct algate_sender *from,
			 const u8 *p, u32 len, u32 to, enum algate_counter why)
{
	u32 end = from->next;

	if (!from->begun || from->ended || !len || algate_is_line(s, p, len) ||
	    algate_by_turns(s))
		return false;
	end += message_total(s, p, len);
	if (end == from->next || algate_before(end, to))
		return false;
	s->msg.dir = from == &s->sender[ALGATE_SERVER];
	s->msg.proto = IPPROTO_TCP;
	if (!algate_message_judge(s, from, p, len))
		return true;
	s->count(s->ctx, why, 1);
	algate_queue_forget(s);
	from->unwanted = false;
	from->next = end;
	from->nr++;
	return true;
}

/**
 * algate_stream_lose() - resynchronise after unread bytes, or end inspection
 * @s: stream
 * @from: direction
 * @to: sender space, end of the unread bytes
 * @why: counter for the reason
 *
 * If the unread bytes belong to a held message with a known end, inspection
 * resumes behind this message. With lines or turns, inspection resumes at the
 * next line or turn, unless messages of a second framing were among the lines.
 * Otherwise the beginning of the next message is unknown. A direction whose
 * first message was not read to its end does not resume, since its protocol is
 * unknown.
 */
void algate_stream_lose(struct algate_stream *s, struct algate_sender *from,
			u32 to, enum algate_counter why)
{
	u32 tail = algate_tail_len(from);
	bool passed;

	passed = tail && algate_message_pass(s, from, from->held->bytes, tail,
					     to, why);
	algate_held_drop(s, from);
	if (passed && !from->ended)
		return;
	from->next = to;
	from->unwanted = false;
	algate_queue_forget(s);
	if (from->begun && !from->mixed &&
	    (algate_by_lines(s) || algate_by_turns(s))) {
		s->count(s->ctx, why, 1);
		from->skip = true;
	} else if (!from->ended) {
		algate_stream_unreadable(s, from, why);
	}
}

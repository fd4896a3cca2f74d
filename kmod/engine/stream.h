/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP segments in, messages through the rules, edited segments out.
 *
 * Sequence numbers here are the sender's own ("sender space"): those of the
 * packet before the flow's sequence adjustment. Acknowledgments that come
 * back are in "receiver space": the sender's plus all that rewriting added.
 */
#ifndef ALGATE_STREAM_H
#define ALGATE_STREAM_H

#include "engine.h"

/**
 * struct algate_rewrite - a rewrite that the receiver has not acknowledged yet
 * @next: the rewrite before it in the stream
 * @seq: sender space, first byte that is replaced
 * @old_len: number of the sender's bytes that are replaced
 * @new_len: number of bytes that take their place
 * @before: bytes that earlier rewrites had added to the stream up to @seq
 * @room: size of @bytes
 * @bytes: the replacement
 *
 * A retransmission that touches the replaced bytes is widened to all of
 * them. However the sender cuts its retransmission, the receiver sees the same
 * stream.
 */
struct algate_rewrite {
	struct algate_rewrite *next;
	u32 seq;
	u32 old_len;
	u32 new_len;
	s32 before;
	u32 room;
	u8 bytes[];
};

/**
 * struct algate_held - bytes of a direction that wait for others
 * @seq: sender space, first byte of @bytes. Equal to algate_sender.next: the
 *	bytes are an incomplete message. Beyond it: segments before them are
 *	missing.
 * @len: number of bytes, 0: none
 * @room: size of @bytes
 * @at: when the last segment came that is not a copy; in milliseconds
 * @repeated: the incomplete message was repeated, and swallowed again
 * @ahead: segments beyond missing bytes that were swallowed since the
 *	direction advanced; 0: the next three are not valid
 * @ahead_old: those that were not beyond all before them: repeated ones, or
 *	reordered ones, but not copies
 * @ahead_last: sender space, where the last of them begins
 * @ahead_end: sender space, where the furthest of them ends
 * @bytes: the bytes that wait; the packets that brought them were dropped
 */
struct algate_held {
	u32 seq;
	u32 len;
	u32 room;
	u32 at;
	bool repeated;
	u8 ahead;
	u8 ahead_old;
	u32 ahead_last;
	u32 ahead_end;
	u8 bytes[];
};

#define ALGATE_KEPT_MAX		32767	/* algate_sender.released has 16 bits */
#define ALGATE_REWRITES_MAX	255	/* algate_sender.pending has 8 bits */

/**
 * struct algate_sender - what one end of a TCP flow sends
 * @rewrites: rewrites that are not acknowledged yet, the last one first
 * @held: bytes that wait; or NULL
 * @next: sender space, first byte that is not consumed yet
 * @nr: messages so far
 * @delta: bytes that all rewrites have added to the stream
 * @acked: sender space, behind the last rewrite that was acknowledged
 * @released: number of bytes at the front of @held that the receiver has
 * @longest: payload of the longest segment that was sent so far, or that the
 *	other end takes at least
 * @pending: number of @rewrites
 * @rewritten: @acked is valid
 * @synced: @next is valid
 * @skip: inside a line that passes unread, up to its LF; or in a turn whose
 *	message is complete, up to the next turn
 * @ended: this direction is not inspected any more
 * @unwanted: no rule wants the incomplete message at @next
 * @finished: a FIN is at @next
 *
 * The caller serialises: in the kernel, under the flow's lock.
 */
struct algate_sender {
	struct algate_rewrite *rewrites;
	struct algate_held *held;
	u32 next;
	u32 nr;
	s32 delta;
	u32 acked;
	u16 released;
	u16 longest;
	u8 pending;
	u8 rewritten : 1;
	u8 synced : 1;
	u8 skip : 1;
	u8 ended : 1;
	u8 unwanted : 1;
	u8 finished : 1;
};

/**
 * struct algate_segment - a TCP segment
 * @seq: sequence number
 * @ack: acknowledgment number, @has_ack
 * @has_ack: the ACK flag
 * @syn: the segment opens the connection. The caller has seen that conntrack
 *	takes it for that, since anybody can send a SYN.
 * @fin: the FIN flag
 * @rst: the segment ends the connection; likewise
 * @data: payload; NULL: ask algate_stream.payload for it
 * @peek: payload that others may write to meanwhile; NULL: there is none
 * @len: length of the payload, in bytes
 * @size: payload of each segment on the wire, which is less than @len in an
 *	aggregate. In a SYN: the longest payload that its sender takes in any
 *	case.
 * @max_len: longest payload that the packet can carry; 0: no limit
 * @now: clock, in milliseconds; wraps
 */
struct algate_segment {
	u32 seq;
	u32 ack;
	bool has_ack;
	bool syn;
	bool fin;
	bool rst;
	const u8 *data;
	const u8 *peek;
	u32 len;
	u16 size;
	u32 max_len;
	u32 now;
};

enum algate_move {
	ALGATE_PASS,		/* as it is */
	ALGATE_HOLD,		/* swallow it, its bytes are kept */
	ALGATE_EDIT,		/* splice the payload */
};

/**
 * struct algate_splice - what becomes of a segment
 * @move: see above; the rest is for ALGATE_EDIT, but @seq for ALGATE_PASS too
 * @seq: sequence number to give the packet, sender space
 * @ack: acknowledgment number to give the packet, receiver space of the
 *	other direction; whatever @move
 * @no_sack: blank its selective acknowledgments, which conntrack would
 *	adjust wrongly; whatever @move
 * @off: payload bytes to keep in front
 * @old_len: payload bytes to replace, from @off on
 * @new_len: bytes that take their place
 * @bytes: these bytes; owned by the sender's rewrite or by @temp
 * @temp: to be given to algate_free() when done, may be NULL
 * @longest: see struct algate_sender; a longer payload is to be cut
 */
struct algate_splice {
	enum algate_move move;
	bool no_sack;
	u32 seq;
	u32 ack;
	u32 off;
	u32 old_len;
	u32 new_len;
	const u8 *bytes;
	void *temp;
	u16 longest;
};

/* bytes of the sender's, from @seq (sender space) on */
struct algate_view {
	const u8 *data;
	u32 seq;
	u32 len;
};

/**
 * struct algate_stream - a flow, for the time of one call
 * @prog: verified program
 * @sender: both directions, by enum algate_dir
 * @var: the flow's variables
 * @memo: the flow's entries of tables; NULL until there is one
 * @known: the list of what its rules have opened and may ask for
 * @kept_max: limit of held bytes, at most ALGATE_KEPT_MAX
 * @stop: set when a rule ended the inspection
 * @detach: set when the inspection ended since the stream cannot be read
 * @commit: called for each message that a rule handled. It does what
 *	@result asks for, all or nothing, and adds the edits that follow from it,
 *	as algate_edit_finish() does. False: it did nothing, and the message
 *	passes as it is.
 * @correct: called before bytes are added or removed: from @seq (sender space)
 *	on, the sequence adjustment is to add @delta to the numbers of @dir, and
 *	@total with all that was added before. False: it cannot, and nothing
 *	has changed. NULL: there is none.
 * @count: adds to a counter
 * @charge: asks for memory, in bytes; false: the budget is used up. A negative
 *	number gives memory back and always succeeds. NULL: there is no budget.
 * @payload: the payload of a segment that has no @data, in memory that nobody
 *	else writes to; NULL: it cannot be had. Called once a segment at most.
 * @ctx: handed to all five
 * @result: room to work in
 * @messages: complete messages; the caller sets this counter and the next two
 *	to 0 before the call
 * @matched: messages that a rule handled
 * @rewritten: messages that were rewritten
 * @view: the bytes at hand
 * @max_len: see struct algate_segment
 * @now: likewise
 * @rewrite: the rewrite of the bytes at hand; NULL: none
 * @cut: end of the current message
 * @msg: the current message; the caller sets @msg.family, @msg.sport, @msg.now
 *	and @msg.ends, which are those of the segment's sender
 */
struct algate_stream {
	const struct algate_prog *prog;
	struct algate_sender *sender;
	u32 *var;
	struct algate_memo **memo;
	struct algate_binding **known;
	u32 kept_max;
	bool stop;
	bool detach;
	bool (*commit)(void *ctx, const struct algate_message *msg,
		       struct algate_result *result);
	bool (*correct)(void *ctx, enum algate_dir dir, u32 seq, s32 delta,
			s32 total);
	void (*count)(void *ctx, enum algate_counter counter, u32 n);
	bool (*charge)(void *ctx, s32 bytes);
	const u8 *(*payload)(void *ctx);
	void *ctx;
	struct algate_result *result;
	u32 messages;
	u32 matched;
	u32 rewritten;
	struct algate_view view;
	u32 max_len;
	u32 now;
	struct algate_rewrite *rewrite;
	struct algate_cut cut;
	struct algate_message msg;
};

void algate_stream_segment(struct algate_stream *s, enum algate_dir dir,
			   const struct algate_segment *seg,
			   struct algate_splice *out);
void algate_stream_datagram(struct algate_stream *s, enum algate_dir dir,
			    const u8 *data, u32 len,
			    struct algate_splice *out);
u32 algate_sender_free(struct algate_sender *from);

#endif /* ALGATE_STREAM_H */

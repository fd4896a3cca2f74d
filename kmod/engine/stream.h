/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP segments in, messages through the rules, edited segments out.
 *
 * "Sender space" is the sequence space of the sender: the numbers of a packet
 * before the flow's sequence adjustment. "Receiver space" is the sequence space
 * of the receiver: the sender's numbers plus the bytes that rewrites have
 * added. Acknowledgments are in receiver space.
 */
#ifndef ALGATE_STREAM_H
#define ALGATE_STREAM_H

#include "engine.h"

/**
 * struct algate_rewrite - pending rewrite: not acknowledged by the receiver yet
 * @next: the previous rewrite in the stream
 * @seq: sender space, first replaced byte
 * @old_len: number of replaced bytes
 * @new_len: number of bytes in the replacement
 * @before: bytes that earlier rewrites had added to the stream up to @seq
 * @room: size of @bytes
 * @bytes: the replacement
 *
 * A retransmission that touches a replaced byte is widened to all @old_len
 * bytes. So the receiver sees the same stream, however the sender cuts its
 * retransmissions.
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
 * struct algate_held - held data of a direction
 * @seq: sender space, first byte of @bytes. At algate_sender.next: @bytes are
 *	an incomplete message. Beyond algate_sender.next: the bytes in between
 *	are missing.
 * @len: number of held bytes, 0: none
 * @room: size of @bytes
 * @at: arrival of the last segment that is not a copy, in milliseconds
 * @repeated: the sender retransmitted the incomplete message once, and the
 *	engine dropped the retransmission
 * @ahead: segments beyond missing bytes that the engine dropped since
 *	algate_sender.next advanced; 0: the next three members are not valid
 * @ahead_old: number of retransmitted or reordered segments among @ahead, not
 *	counting copies: segments that began before @ahead_end
 * @ahead_last: sender space, start of the last segment of @ahead
 * @ahead_end: sender space, furthest end of a segment of @ahead
 * @bytes: the held bytes; the engine dropped their packets
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

#define ALGATE_KEPT_MAX		32767	/* algate_sender.released has 15 bits */
#define ALGATE_REWRITES_MAX	255	/* algate_sender.pending has 8 bits */

/**
 * struct algate_sender - one direction of a TCP flow
 * @rewrites: pending rewrites, newest first
 * @held: held data, or NULL
 * @next: sender space, first unconsumed byte
 * @nr: messages so far
 * @delta: bytes that all rewrites have added to the stream
 * @acked: sender space, end of the last acknowledged rewrite
 * @released: number of bytes at the front of @held that have left already
 * @mixed: messages of the second framing were among the messages
 * @longest: longest payload of a segment so far, or the payload that the other
 *	end announced in its SYN, if longer
 * @handler: who handled the last segment with payload; for the caller
 * @pending: number of @rewrites
 * @rewritten: @acked is valid
 * @synced: @next is valid
 * @skip: inside an unread line, up to its LF; or in a turn with a complete
 *	message, up to the next turn
 * @ended: the inspection of this direction has ended
 * @unwanted: the incomplete message at @next matches no rule
 * @finished: a FIN is at @next
 * @begun: the plug-in has recognised the first message
 * @stun: a keep-alive was STUN
 *
 * The caller serialises access: in the kernel, under the flow's lock.
 */
struct algate_sender {
	struct algate_rewrite *rewrites;
	struct algate_held *held;
	u32 next;
	u32 nr;
	s32 delta;
	u32 acked;
	u16 released : 15;
	u16 mixed : 1;
	u16 longest;
	u16 handler;
	u8 pending;
	u8 rewritten : 1;
	u8 synced : 1;
	u8 skip : 1;
	u8 ended : 1;
	u8 unwanted : 1;
	u8 finished : 1;
	u8 begun : 1;
	u8 stun : 1;
};

/**
 * struct algate_segment - a TCP segment
 * @seq: sequence number
 * @ack: acknowledgment number, @has_ack
 * @has_ack: the ACK flag
 * @syn: the segment opens the connection. Anybody can send a SYN, so the
 *	caller checks that conntrack accepted the SYN as an opening.
 * @fin: the FIN flag
 * @rst: the segment ends the connection. The caller checks conntrack, as for
 *	@syn.
 * @data: payload; NULL: call algate_stream.payload
 * @peek: payload that may change during the call; NULL: none
 * @len: length of the payload, in bytes
 * @size: payload of each segment on the wire, which is less than @len in an
 *	aggregate. In a SYN: the longest payload that its sender always
 *	accepts.
 * @max_len: longest payload that the packet can carry; 0: no limit
 * @now: clock, in milliseconds; wraps
 * @busy: another CPU may be about to adjust an earlier segment of the direction,
 *	so this segment must wait
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
	bool busy;
};

enum algate_move {
	ALGATE_PASS,		/* leave the payload unchanged */
	ALGATE_HOLD,		/* drop the packet */
	ALGATE_EDIT,		/* splice the payload */
};

/**
 * struct algate_splice - decision on a segment
 * @move: see enum algate_move. @ack and @no_sack are valid for each @move,
 *	@seq for ALGATE_PASS and ALGATE_EDIT, the payload for ALGATE_EDIT.
 * @seq: new sequence number of the packet, sender space
 * @ack: new acknowledgment number of the packet, receiver space of the other
 *	direction
 * @no_sack: blank the selective acknowledgments of the packet, because
 *	conntrack would adjust these wrongly
 * @off: payload bytes to keep in front
 * @old_len: payload bytes to replace, from @off on
 * @new_len: length of the replacement, in bytes
 * @bytes: the replacement; owned by a pending rewrite or by @temp
 * @temp: the caller passes this to algate_free() when done; may be NULL
 * @longest: see struct algate_sender; the caller splits a longer payload
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

/* the sender's bytes that the engine reads now, from @seq (sender space) on */
struct algate_view {
	const u8 *data;
	u32 seq;
	u32 len;
};

/**
 * struct algate_stream - a flow during a call
 * @prog: verified program
 * @sender: both directions, by enum algate_dir
 * @var: the flow's variables
 * @entries: the flow's table entries; NULL before the first entry
 * @known: the list of the flow's port mappings that rules may look up
 * @kept_max: limit of held bytes, at most ALGATE_KEPT_MAX
 * @outside: the client is outside, so that anybody can forge its datagrams
 * @stop: set when a rule ends the inspection
 * @detach: set when the inspection ends because the stream is unreadable
 * @commit: called for each message that a rule handled. The callback carries
 *	out the intents of @result, and adds the resulting edits, like
 *	algate_resolve(). False: nothing changed, and the message passes
 *	unchanged; @result->over ends the inspection.
 * @correct: called before a rewrite adds or removes bytes. From @seq (sender
 *	space) on, the sequence adjustment must add @delta to the numbers of
 *	@dir; @total is the sum of @delta and all earlier corrections. False:
 *	the callback failed, and nothing changed. NULL: no adjustment.
 * @resume: called for the first segment of a direction whose start was not
 *	seen. True: read the direction from @seq (sender space) on; @delta is
 *	set to the bytes that earlier rewrites have added up to @seq. NULL:
 *	never.
 * @count: adds to a counter
 * @charge: charges memory, in bytes; false: the budget is used up. A negative
 *	number returns memory and always succeeds. NULL: no budget.
 * @payload: returns the payload of a segment without @data, in memory that
 *	nobody else writes to; NULL: not available. Called at most once a
 *	segment.
 * @ctx: argument of the six callbacks
 * @result: working memory for the result of a run
 * @messages: complete messages; the caller sets this counter and the next one
 *	to 0 before the call
 * @matched: messages that a rule handled
 * @view: the bytes that the engine reads now
 * @max_len: see struct algate_segment
 * @now: see struct algate_segment
 * @rewrite: the rewrite of the current segment; NULL: none
 * @cut: end of the current message
 * @msg: the current message; the caller sets @msg.family, @msg.sport, @msg.now
 *	and @msg.ends to the values of the segment's sender
 */
struct algate_stream {
	const struct algate_prog *prog;
	struct algate_sender *sender;
	u32 *var;
	struct algate_entries **entries;
	struct algate_mapping **known;
	u32 kept_max;
	bool outside;
	bool stop;
	bool detach;
	bool (*commit)(void *ctx, const struct algate_message *msg,
		       struct algate_result *result);
	bool (*correct)(void *ctx, enum algate_dir dir, u32 seq, s32 delta,
			s32 total);
	bool (*resume)(void *ctx, enum algate_dir dir, u32 seq, s32 *delta);
	void (*count)(void *ctx, enum algate_counter counter, u32 n);
	bool (*charge)(void *ctx, s32 bytes);
	const u8 *(*payload)(void *ctx);
	void *ctx;
	struct algate_result *result;
	u32 messages;
	u32 matched;
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

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
 * struct algate_patch - a rewriting that the receiver has not acknowledged
 * @next: the one before it in the stream
 * @seq: sender space, where the replaced bytes begin
 * @old_len: how many bytes of the sender's are replaced
 * @new_len: how many bytes take their place
 * @before: what earlier rewritings had added to the stream up to @seq
 * @room: how many bytes there is room for
 * @bytes: the replacement
 *
 * A retransmission that touches the replaced bytes is widened to all of
 * them, so however the sender cuts it, the receiver sees the same stream.
 */
struct algate_patch {
	struct algate_patch *next;
	u32 seq;
	u32 old_len;
	u32 new_len;
	s32 before;
	u32 room;
	u8 bytes[];
};

/**
 * struct algate_kept - bytes of segments that were held back
 * @seq: sender space, where they begin: at algate_half.next, or beyond it when
 *	a segment came before the one in front of it
 * @len: how many
 * @at: clock when they were kept, in ms
 * @tries: retransmissions swallowed since then
 * @bytes: they
 */
struct algate_kept {
	u32 seq;
	u32 len;
	u32 at;
	u8 tries;
	u8 bytes[];
};

#define ALGATE_KEPT_MAX		32767	/* algate_half.released has 16 bits */

/**
 * struct algate_half - one direction of a TCP flow
 * @patch: rewritings not yet acknowledged, the last one first
 * @kept: what was held back; or NULL
 * @next: sender space, first byte that is not yet consumed
 * @nr: messages so far
 * @delta: bytes that rewriting has added so far
 * @done: sender space, behind the last rewriting that was acknowledged
 * @released: how many bytes at the front of @kept the receiver has already
 * @ahead: segments beyond missing bytes swallowed since @kept last grew
 * @patched: @done is valid
 * @synced: @next is valid
 * @skip: inside a line that is let through unread, up to its LF; or in a
 *	turn whose message is over, up to the next turn
 * @ended: nothing more is inspected in this direction
 * @unwanted: no rule wants the message at @next, whose end is not there yet
 *
 * The caller serialises: in the kernel, under the flow's lock. There are two
 * in each flow, so what few of them need is not here.
 */
struct algate_half {
	struct algate_patch *patch;
	struct algate_kept *kept;
	u32 next;
	u32 nr;
	s32 delta;
	u32 done;
	u16 released;
	u8 ahead;
	u8 patched : 1;
	u8 synced : 1;
	u8 skip : 1;
	u8 ended : 1;
	u8 unwanted : 1;
};

struct algate_segment {
	u32 seq;
	u32 ack;
	bool has_ack;
	bool syn;
	bool fin;
	bool rst;
	const u8 *data;
	u32 len;
	u32 now;		/* ms, wraps */
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
 * @bytes: these bytes; owned by the half (a patch) or by @temp
 * @temp: to be given to algate_free() when done, may be NULL
 * @fix_seq: sender space; the sequence adjustment's correction point
 * @fix_delta: its change, 0: none
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
	u32 fix_seq;
	s32 fix_delta;
};

/* bytes of the sender's, from @seq (sender space) on */
struct algate_view {
	const u8 *data;
	u32 seq;
	u32 len;
};

/**
 * struct algate_spot - where algate_glance() has come to in a line
 * @op: what is to be done next; NULL: it does not say
 * @cur: cursor
 * @cut: the line
 */
struct algate_spot {
	const struct algate_step *op;
	u32 cur;
	struct algate_cut cut;
};

/**
 * struct algate_stream - what the stream layer works with, per call
 * @prog: verified program
 * @half: of both directions, by enum algate_dir
 * @var: the flow's variables
 * @memo: the flow's entries of tables; NULL until there is one
 * @known: where the list is of what its rules have opened and may ask for
 * @kept_max: limit of kept bytes, ALGATE_KEPT_MAX at most
 * @stop: set when the flow is to be inspected no more
 * @detach: set likewise, when the reason is that the stream cannot be read
 * @commit: called for each message that a rule handled: does what
 *	@result asks for and adds the edits that follow from it, as
 *	algate_edit_finish() does; all or nothing. False: nothing was done, the
 *	message passes as it is
 * @count: adds to a counter
 * @ctx: handed to both
 * @result: room to work in
 * @spare: where a rewriting that is done with is kept for the next one, which
 *	is then not cleared; NULL: none is
 * @messages: how many there were; the caller sets this and the next two, and
 *	counts them
 * @matched: how many of these rules handled
 * @rewritten: how many of these became others
 * @spot: what algate_glance() has said of the segment; op NULL: nothing
 * @view: the bytes at hand
 * @fresh: what was rewritten of these; or NULL
 * @cut: where the first message of the rest ends
 * @msg: the message at hand; of the caller are @msg.family, @msg.sport,
 *	@msg.now and @msg.ends, which are those of the segment's sender
 */
struct algate_stream {
	const struct algate_prog *prog;
	struct algate_half *half;
	u32 *var;
	struct algate_memo **memo;
	struct algate_binding **known;
	u32 kept_max;
	bool stop;
	bool detach;
	bool (*commit)(void *ctx, const struct algate_message *msg,
		       struct algate_result *result);
	void (*count)(void *ctx, enum algate_counter counter, u32 n);
	void *ctx;
	struct algate_result *result;
	struct algate_patch **spare;
	u32 messages;
	u32 matched;
	u32 rewritten;
	struct algate_spot spot;
	struct algate_view view;
	struct algate_patch *fresh;
	struct algate_cut cut;
	struct algate_message msg;
};

/* patch.c; algate_stream_segment() does so itself */
void algate_patch_release(struct algate_half *half, u32 ack,
			  struct algate_patch **spare);

/* glance.c; whoever has segments asks this first */
u32 algate_glance(const struct algate_prog *prog, struct algate_half *half,
		  enum algate_dir dir, const u8 *p, u32 len,
		  struct algate_spot *spot);
void algate_stream_segment(struct algate_stream *s, enum algate_dir dir,
			   const struct algate_segment *seg,
			   struct algate_splice *out);
void algate_stream_line(struct algate_stream *s, enum algate_dir dir,
			const u8 *data, struct algate_splice *out);
/* UDP: @data is the datagram's payload. */
void algate_stream_datagram(struct algate_stream *s, enum algate_dir dir,
			    const u8 *data, u32 len,
			    struct algate_splice *out);
void algate_half_free(struct algate_half *half);

#endif /* ALGATE_STREAM_H */

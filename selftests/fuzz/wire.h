/* SPDX-License-Identifier: GPL-2.0 */
/* Two ends and the router between them, for stream.c: see wire.c. */
#ifndef FUZZ_WIRE_H
#define FUZZ_WIRE_H

#include "../c/seqadj.h"
#include "talk.h"

#define EDITS_MAX	1024

/* an edit of a message, with its place in the sender's stream */
struct edit {
	u32 seq;
	u32 old_len;
	u32 new_len;
	u8 text[ALGATE_VALUE_MAX];
};

/* false bytes at a place in the sender's stream */
struct lie {
	u32 seq;
	u32 len;
	const u8 *data;
};

/**
 * struct way - one direction
 * @text: the whole stream of the sender, @text_len bytes
 * @fin: the stream ends with a FIN
 * @isn: initial sequence number
 * @una: first unacknowledged sequence number
 * @nxt: first unsent sequence number
 * @adj: sequence adjustment of conntrack, behind the router
 * @edit: edits of committed messages, in stream order
 * @edits: number of edits
 * @lie: segments sent with other bytes than @text
 * @lies: number of these segments
 * @left: end of the bytes that have passed the router, as the receiver counts
 * @in: arrived bytes, where @have is set; all before @in_next have arrived
 * @in_fin: the FIN has arrived
 */
struct way {
	u8 text[TALK_MAX + 16];
	u32 text_len;
	bool fin;
	u32 isn;
	u32 una;
	u32 nxt;
	struct seqadj adj;
	struct edit edit[EDITS_MAX];
	u32 edits;
	struct lie lie[TURNS_MAX];
	u32 lies;
	u32 left;
	u8 in[ARRIVES_MAX];
	bool have[ARRIVES_MAX];
	u32 in_next;
	bool in_fin;
};

extern struct way ways[2];
extern struct flow wire_flow;

/* Begins a flow with a handshake. @t->prog may change until wire_end(). */
void wire_begin(struct talk *t, u32 client_isn, u32 server_isn);
void wire_end(void);
/* The flow's rule state is lost, as after a replacement by other rules. */
void wire_forget(void);

/* The sequence number at the end of the sender's stream. */
u32 way_end(const struct way *w);
/* Translates the sender's sequence number @seq to the receiver's. */
u32 way_forward(const struct way *w, u32 seq);
/* End of the bytes that have arrived without a gap, as the receiver counts. */
u32 way_received(const struct way *w);
/* Have all bytes before the sender's @seq arrived, and with @fin the FIN? */
bool way_through(const struct way *w, u32 seq, bool fin);

/**
 * wire_segment() - a segment arrives at the router
 * @dir: direction
 * @seg: the segment, without its time and payload
 * @data: payload, or NULL: the bytes of the stream at this sequence number
 * @real: a regular segment of its sender: its FIN ends the stream
 * @how: T_LOST, T_NO_MEMORY
 */
void wire_segment(u8 dir, const struct algate_segment *seg, const u8 *data,
		  bool real, u8 how);
/* Time passes, in ms. */
void wire_wait(u32 ms);
/* Number of rewritten messages. */
u32 wire_rewritten(void);

#endif /* FUZZ_WIRE_H */

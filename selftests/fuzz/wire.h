/* SPDX-License-Identifier: GPL-2.0 */
/* Two ends and the router between them, of stream.c: see wire.c. */
#ifndef FUZZ_WIRE_H
#define FUZZ_WIRE_H

#include "../c/seqadj.h"
#include "talk.h"

#define EDITS_MAX	1024

/* an edit of a message, where it stands in the sender's stream */
struct edit {
	u32 seq;
	u32 old_len;
	u32 new_len;
	u8 text[ALGATE_VALUE_MAX];
};

/* bytes at a place where the sender says others */
struct lie {
	u32 seq;
	u32 len;
	const u8 *data;
};

/**
 * struct way - one direction
 * @text: all that the sender will say, @text_len bytes
 * @fin: and then nothing
 * @isn: sequence numbers begin here
 * @una: first one that is not acknowledged
 * @nxt: first one that was not sent
 * @adj: conntrack's, behind the router
 * @edit: what the router was told to rewrite, in the stream's order
 * @edits: how many
 * @lie: segments that were sent with other bytes than @text
 * @lies: how many
 * @left: receiver's numbers, behind what has passed the router
 * @in: what has arrived, where @have says so; @in_next: all before it
 * @in_fin: and the FIN
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

/* Handshake of a flow with @t->prog, which may change until wire_end(). */
void wire_begin(struct talk *t, u32 client_isn, u32 server_isn);
void wire_end(void);
/* The rules' memory of a flow is lost, as when other ones replace them. */
void wire_forget(void);

/* The sender's number behind all that it will say. */
u32 way_end(const struct way *w);
/* The receiver's number for what comes behind all bytes before @seq. */
u32 way_forward(const struct way *w, u32 seq);
/* Behind what has arrived without a gap, in the receiver's numbers. */
u32 way_received(const struct way *w);
/* Have all before the sender's number @seq arrived, and the FIN, if @fin? */
bool way_through(const struct way *w, u32 seq, bool fin);

/**
 * wire_segment() - a segment comes to the router
 * @dir: who sent it
 * @seg: the segment, but for its time and its payload
 * @data: payload, or NULL: what the sender says at these numbers
 * @real: its sender means it: its FIN ends the stream
 * @how: T_LOST, T_NO_MEMORY
 */
void wire_segment(u8 dir, const struct algate_segment *seg, const u8 *data,
		  bool real, u8 how);
/* Time passes, in ms. */
void wire_wait(u32 ms);
/* Messages that were rewritten. */
u32 wire_rewritten(void);

#endif /* FUZZ_WIRE_H */

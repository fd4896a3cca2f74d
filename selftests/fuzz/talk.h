/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Conversations through the stream layer, and what should come of them.
 *
 *	talk.c     bytes -> conversation, and the mutator
 *	nat.c      what a message asks for, as the module's commit does it
 *	truth.c    the whole conversation at once
 *	network.c  the same in segments, over a bad network
 *	wire.c     a router and two ends that may send any segment
 *	plugins.c  fuzzer: the network
 *	stream.c   fuzzer: the wire
 */
#ifndef FUZZ_TALK_H
#define FUZZ_TALK_H

#include "fuzz.h"
#include "../../kmod/engine/stream.h"

#define TALK_MAX	8192	/* bytes that one end says */
#define ARRIVES_MAX	(8 * TALK_MAX)
#define TURNS_MAX	128
#define TURN_LEN	3	/* bytes in front of a turn's own */

/* the first byte of a turn; all but the first two are for stream.c */
#define T_SERVER	0x01	/* it is the server's, not the client's */
#define T_FIN		0x02	/* nothing follows from this end */
#define T_KIND		0x1c
#define T_HOW		0xfc
#define T_SAY		0x00	/* bytes that this end says */
#define T_ODD		0x04	/* a segment, of bytes that it says some time */
#define T_LIE		0x08	/* a segment, of other bytes */
#define T_ACK		0x0c	/* the end acknowledges what it has */
#define T_REPLACE	0x10	/* the program is replaced */
#define T_AGAIN		0x14	/* the end repeats what has no answer */
#define T_LATER		0x20	/* the end does not wait for an answer */
#define T_LOST		0x40	/* the segment is lost behind the router */
#define T_NO_MEMORY	0x80	/* memory is refused to the router */

/**
 * struct turn - what one end says until the other one answers
 * @dir: enum algate_dir
 * @how: what else can happen, T_HOW; 0: it says so
 * @data: its bytes
 * @len: how many
 * @fin: nothing follows from this end
 */
struct turn {
	u8 dir;
	u8 how;
	bool fin;
	const u8 *data;
	u32 len;
};

static inline u8 turn_kind(const struct turn *turn)
{
	return turn->how & T_KIND;
}

/**
 * struct talk - a conversation
 * @prog: plug-in
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @family: AF_INET or AF_INET6
 * @real: the ends, as they see themselves
 * @public: as the other one sees them
 * @offset: NAT adds this to the ports that are opened
 * @seed: of the network's misfortunes
 * @bad: how many percent of the segments these concern
 * @turn: who says what
 * @turns: how many
 */
struct talk {
	const struct algate_prog *prog;
	u8 proto;
	u8 family;
	struct algate_end real[2];
	struct algate_end public[2];
	u16 offset;
	u32 seed;
	u8 bad;
	struct turn turn[TURNS_MAX];
	u32 turns;
};

/**
 * struct flow - a flow and its rules' memory, of the router or of the truth
 * @talk: conversation
 * @var: variables
 * @memo: entries of tables, or NULL
 * @known: what was opened
 * @counter: by enum algate_counter
 * @over: rules or stream said stop
 * @changed: by direction: the other one's rules did something since a message
 *	of this one was handled last, and may decide otherwise about the next
 */
struct flow {
	const struct talk *talk;
	u32 var[ALGATE_MAX_VARS];
	struct algate_memo *memo;
	struct algate_binding *known;
	u32 counter[__ALGATE_C_MAX];
	bool over;
	bool changed[2];
};

/* what arrives at the other end */
struct arrival {
	u8 data[ARRIVES_MAX];
	u32 len;
};

/* talk.c: false: too short; @odd: not only what ends say is read */
bool talk_read(struct talk *t, const u8 *data, size_t len, bool odd);
size_t talk_mutate(u8 *data, size_t len, size_t max, unsigned int seed);
/* One bit of a turn's first byte is another one. */
size_t talk_mutate_how(u8 *data, size_t len, unsigned int seed);
/* The turn at @which becomes two, of which the first does not wait. */
size_t talk_split(u8 *data, size_t len, size_t max, u32 which, u32 cut);
/* The turn that @n bytes at @turn are comes in front of the one at @which. */
size_t talk_insert(u8 *data, size_t len, size_t max, u32 which, const u8 *turn,
		   size_t n);

/* nat.c */
void flow_init(struct flow *f, const struct talk *t);
void flow_free(struct flow *f);
void flow_ends(const struct flow *f, u8 dir, struct algate_ends *ends);
/* Counts of what was let through unread. */
bool flow_unread(const struct flow *f);
/* For struct algate_stream; the context is the flow. */
bool nat_commit(void *ctx, const struct algate_message *msg,
		struct algate_result *res);
void nat_count(void *ctx, enum algate_counter c, u32 n);

/* truth.c: false: nothing is known, what arrives would be too long */
bool truth(const struct talk *t, struct arrival *arrival);

/*
 * network.c: true: all was read, and what arrived has been compared; adds how
 * many messages were rewritten to @rewritten
 */
bool network(const struct talk *t, const struct arrival *want,
	     unsigned long *rewritten);

#endif /* FUZZ_TALK_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Conversations through the stream layer, and their expected results.
 *
 *	talk.c     bytes -> conversation, and the mutator
 *	nat.c      carries out intents, like the module's commit.c
 *	truth.c    oracle: processes the whole conversation at once
 *	network.c  the conversation in segments, over a bad network
 *	wire.c     a router and two ends that may send any segment
 *	plugins.c  fuzzer: the network
 *	stream.c   fuzzer: the wire
 */
#ifndef FUZZ_TALK_H
#define FUZZ_TALK_H

#include "fuzz.h"
#include "../../kmod/engine/stream.h"

#define TALK_MAX	8192	/* bytes of an end */
#define ARRIVES_MAX	(8 * TALK_MAX)
#define TURNS_MAX	128
#define TURN_LEN	3	/* bytes in front of a turn's bytes */

/* the first byte of a turn; all but the first two are for stream.c */
#define T_SERVER	0x01	/* a turn of the server */
#define T_FIN		0x02	/* nothing follows from this end */
#define T_KIND		0x1c
#define T_HOW		0xfc
#define T_SAY		0x00	/* bytes of the end's stream */
#define T_ODD		0x04	/* a segment with bytes of the stream */
#define T_LIE		0x08	/* a segment with other bytes */
#define T_ACK		0x0c	/* the end acknowledges the arrived bytes */
#define T_REPLACE	0x10	/* the program is replaced */
#define T_AGAIN		0x14	/* the end repeats unacknowledged bytes */
#define T_LATER		0x20	/* the end does not wait for an ACK */
#define T_LOST		0x40	/* the segment is lost behind the router */
#define T_NO_MEMORY	0x80	/* the router's allocations fail */

/**
 * struct turn - bytes that an end sends before the other end answers
 * @dir: enum algate_dir
 * @how: special kinds of turns, T_HOW; 0: bytes of the stream
 * @data: its bytes
 * @len: number of bytes
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
 * @real: address and port of each end
 * @public: address and port of each end as the other end sees them
 * @offset: NAT adds this to opened ports
 * @seed: of the network's faults
 * @bad: percentage of segments with a fault
 * @turn: turns
 * @turns: number of turns
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
 * struct flow - a flow and the state of its rules, in the router or the oracle
 * @talk: conversation
 * @var: variables
 * @entries: entries of tables, or NULL
 * @known: opened endpoints
 * @counter: by enum algate_counter
 * @over: the rules or the stream ended the inspection
 * @changed: by direction: rules for the other direction have run since this
 *	direction's last handled message, and may change the next result
 */
struct flow {
	const struct talk *talk;
	u32 var[ALGATE_MAX_VARS];
	struct algate_entries *entries;
	struct algate_mapping *known;
	u32 counter[__ALGATE_C_MAX];
	bool over;
	bool changed[2];
};

/* the bytes that arrive at the other end */
struct arrival {
	u8 data[ARRIVES_MAX];
	u32 len;
};

/* talk.c: false: too short; @odd: accept all kinds of turns */
bool talk_read(struct talk *t, const u8 *data, size_t len, bool odd);
size_t talk_mutate(u8 *data, size_t len, size_t max, unsigned int seed);
/* Inverts a bit of a turn's first byte. */
size_t talk_mutate_how(u8 *data, size_t len, unsigned int seed);
/* Splits the turn at @which; the first half does not wait. */
size_t talk_split(u8 *data, size_t len, size_t max, u32 which, u32 cut);
/* Inserts the turn in the @n bytes at @turn in front of the turn at @which. */
size_t talk_insert(u8 *data, size_t len, size_t max, u32 which, const u8 *turn,
		   size_t n);

/* nat.c */
void flow_init(struct flow *f, const struct talk *t);
void flow_free(struct flow *f);
void flow_ends(const struct flow *f, u8 dir, struct algate_ends *ends);
/* Does a counter report unread bytes? */
bool flow_unread(const struct flow *f);
/* Callbacks of struct algate_stream; @ctx is the flow. */
bool nat_commit(void *ctx, const struct algate_message *msg,
		struct algate_result *res);
void nat_count(void *ctx, enum algate_counter c, u32 n);

/* truth.c: false: no result, since the arriving bytes would be too many */
bool truth(const struct talk *t, struct arrival *arrival);

/*
 * network.c: true: all bytes were read, and the arrived bytes were compared;
 * adds the number of rewritten messages to @rewritten
 */
bool network(const struct talk *t, const struct arrival *want,
	     unsigned long *rewritten);

#endif /* FUZZ_TALK_H */

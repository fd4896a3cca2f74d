/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Openings: resolved open actions, the port mappings that remain of them, and
 * the public ports that they may get.
 */
#ifndef ALGATE_INTENT_H
#define ALGATE_INTENT_H

#include "engine.h"

/* heir.c */
/**
 * struct algate_heir - the other plug-in that inspects an expected flow
 * @name: its name
 * @var: names of its variables; "": none
 * @value: numbers that @var begin with
 */
struct algate_heir {
	char name[ALGATE_NAME_LEN];
	char var[ALGATE_MAX_GIVEN][ALGATE_NAME_LEN];
	u32 value[ALGATE_MAX_GIVEN];
};

#define ALGATE_NO_VAR	15	/* in 4 bits */

void algate_heir_init(struct algate_heir *heir, const struct algate_prog *prog,
		      const struct algate_intent *in);
bool algate_heir_takes(const struct algate_heir *heir,
		       const struct algate_prog *prog,
		       u8 var[ALGATE_MAX_GIVEN]);

/* intent.c */
/**
 * struct algate_mapping - mapping of opened ports
 * @next: next older mapping
 * @real: endpoint as announced by the sender
 * @mapped: endpoint after NAT
 * @count: number of consecutive ports, 1 to 16
 * @dir: end of the root flow that announced the endpoint, enum algate_dir
 * @class: index of the program's class
 * @proto: IPPROTO_*
 * @keyed: the open action has a key
 * @uses: connections that used the permanent expectations
 * @key: key of the open action
 * @only: hash of the host that may use the openings besides the peer; 0: any
 *	host that the action allows
 * @at: algate_message.now of the announcing message
 * @heir: the other plug-in that inspects the expected flows, or NULL
 */
struct algate_mapping {
	struct algate_mapping *next;
	struct algate_end real;
	struct algate_end mapped;
	u8 count;
	u8 dir;
	u8 class;
	u8 proto;
	bool keyed;
	u16 uses;
	u32 key;
	u32 only;
	u32 at;
	struct algate_heir *heir;
};

/**
 * enum algate_users - hosts that may use an opening
 * @ALGATE_USERS_PEER: the peer of the announcing flow
 * @ALGATE_USERS_SIDE: any host on the peer's side, which is outside
 * @ALGATE_USERS_BEGAN: NAT does not tell which side is outside. Without a
 *	better criterion: as SIDE for the flow's client, as PEER for its server
 */
enum algate_users {
	ALGATE_USERS_PEER,
	ALGATE_USERS_SIDE,
	ALGATE_USERS_BEGAN,
};

/**
 * struct algate_opening - resolved open action
 * @act: action record
 * @real: endpoint as the sender sees it
 * @mapped: endpoint as the receiver sees it, with the preferred port
 * @movable: another port is acceptable
 * @follow: the endpoint has the sender's own address, so NAT of the expected
 *	connection follows NAT of the flow
 * @again: a mapping for the same endpoint may exist
 * @from: hosts that may use the opening
 */
struct algate_opening {
	const struct algate_action *act;
	struct algate_end real;
	struct algate_end mapped;
	bool movable;
	bool follow;
	bool again;
	enum algate_users from;
};

#define ALGATE_MAX_OPEN_PORTS	64	/* per message, all opens together */

int algate_intent_open(const struct algate_message *msg,
		       const struct algate_intent *in,
		       const struct algate_mapping *known,
		       struct algate_opening *o);
int algate_intent_write(const struct algate_message *msg,
			struct algate_result *result,
			const struct algate_intent *in,
			const struct algate_opening *o);
int algate_intent_unused(const struct algate_message *msg,
			 struct algate_result *result,
			 const struct algate_intent *in);
int algate_intent_translate(const struct algate_message *msg,
			    struct algate_result *result,
			    const struct algate_intent *in,
			    const struct algate_mapping *known);

/* resolve.c */
/**
 * struct algate_resolver - carries out the intents of a message under NAT
 * @prog: program that ran
 * @known: port mappings of the flow, newest first; @reserve may add mappings
 * @ctx: argument of the functions
 * @room: asks for room for a number of expectations more than are reserved.
 *	NULL: there is room. Returns -1, or the counter (enum algate_counter) of
 *	the refusal
 * @reserve: reserves the ports of an opening, sets the mapped port, and adds a
 *	mapping to @known. NULL: open actions are skipped. Returns -1; or the
 *	counter of the refusal, and then nothing is reserved
 * @release: undoes the last call of @reserve that is not undone yet
 * @fits: may the edited message have a length? NULL: any length. Returns -1, or
 *	the counter of the message's refusal
 * @refused: told of each intent that is refused while the message stands, with
 *	the counter of the refusal. NULL: not told
 * @size: set by algate_resolve() to the length of the edited message in bytes
 * @stands: an opening, translation or confirmation is carried out
 * @refusing: an intent is refused
 * @ports: number of ports that are reserved
 * @wanted: the same by class
 * @why: by intent: -1, or the counter of its refusal
 * @group: by intent, of open actions: the first opening of the group of openings
 *	that stand or fall together
 * @open: by intent, of open actions: the opening
 */
struct algate_resolver {
	const struct algate_prog *prog;
	struct algate_mapping *known;
	void *ctx;
	int (*room)(void *ctx, u32 ports);
	int (*reserve)(void *ctx, const struct algate_intent *in,
		       struct algate_opening *o);
	void (*release)(void *ctx);
	int (*fits)(void *ctx, u32 size);
	void (*refused)(void *ctx, const struct algate_intent *in, int why);
	u32 size;
	bool stands;
	bool refusing;
	u32 ports;
	u32 wanted[ALGATE_MAX_CLASSES];
	int why[ALGATE_MAX_INTENTS];
	u8 group[ALGATE_MAX_INTENTS];
	struct algate_opening open[ALGATE_MAX_INTENTS];
};

int algate_resolve(struct algate_resolver *r, const struct algate_message *msg,
		   struct algate_result *result);

/*
 * A stream that announces another host's address so often is no longer read. On
 * a flow that many users share, and on datagrams, which anybody can forge, a
 * refusal concerns the openings of its message alone.
 */
#define ALGATE_STRANGERS_MAX	3

static inline bool algate_strangers(const struct algate_prog *prog,
				    const struct algate_message *msg, u32 n)
{
	return n >= ALGATE_STRANGERS_MAX && !prog->shared &&
	       msg->proto == IPPROTO_TCP;
}

/* answer.c */
void algate_mapping_init(struct algate_mapping *b,
			 const struct algate_opening *o,
			 const struct algate_message *msg,
			 const struct algate_intent *in);
bool algate_mapping_asked(const struct algate_mapping *b,
			  const struct algate_intent *in);
u32 algate_mapping_answer(const struct algate_prog *prog,
			  const struct algate_mapping *b,
			  const struct algate_message *msg,
			  const struct algate_intent *in);
void algate_mapping_narrow(struct algate_mapping *b,
			   const struct algate_intent *in);
bool algate_mapping_serves(const struct algate_mapping *b, const u64 *secret,
			   u8 family, const u8 *addr);
u32 algate_extension(const struct algate_prog *prog,
		     const struct algate_result *result, u32 age);

/* port.c */
#define ALGATE_PORT_TRIES	128	/* as nf_nat_exp_find_port() */

/* ports from @first to @last */
struct algate_range {
	u16 first;
	u16 last;
};

/**
 * struct algate_ports - public ports that openings may get
 * @all: the allowed range
 * @nreserved: number of elements of @reserved
 * @reserved: ranges of ports that no opening gets, in any order
 */
struct algate_ports {
	struct algate_range all;
	u32 nreserved;
	const struct algate_range *reserved;
};

u32 algate_port_next(const struct algate_ports *ports,
		     const struct algate_opening *o, u32 from);
u32 algate_port_candidate(const struct algate_ports *ports,
			  const struct algate_opening *o, u32 start, u32 i);

/*
 * Some servers trust only ports that an ordinary user cannot bind. Therefore an
 * announced port below 1024 becomes another one below 1024: from 512 on, as
 * rresvport(3) chooses them, or from a lower port on if the range has it.
 */
static inline bool algate_port_low(struct algate_ports *ports,
				   const struct algate_opening *o)
{
	if (o->real.port >= 1024)
		return false;
	if (ports->all.first > 512)
		ports->all.first = 512;
	ports->all.last = 1023;
	return true;
}

/* May the opening get @port? */
static inline bool algate_port_allowed(const struct algate_ports *ports,
				       const struct algate_opening *o, u32 port)
{
	return port && algate_port_next(ports, o, port) == port;
}

#endif /* ALGATE_INTENT_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engine runs a program on a message and returns the requested actions and
 * edits. All functions depend only on their arguments: no packet, no conntrack,
 * no lock, no clock. The kernel module, the CLI, the tests and the fuzzers
 * compile the same files.
 *
 *	image.c   image -> struct algate_prog; checks the format, not the
 *		instructions
 *	verify.c  proves that a program is safe to run, or gives the reason
 *		for its rejection; tables.c checks the tables, verify_insn.c a
 *		single instruction; opcode.h has the properties of each opcode
 *	bounds.c   prefix of an incomplete message that no rule can rewrite
 *	prepare.c verified program -> decoded steps (step.h); dispatch.c fills
 *		the jump tables, fields.c the tables of header names
 *	value.c   notations: bytes <-> values; value_read.c, value_write.c
 *	frame.c   finds the end of a message
 *	loop.c    splits a message into the elements of a loop
 *	run.c     program + message -> intents; run_bytes.c compares and
 *		searches bytes, run_ask.c reads metadata and records requests
 *	entry.c    tables: numbers that rules store for a flow
 *	intent.c  intents + NAT -> endpoints as the receiver sees them; intent.h
 *		lists resolve.c, the openings and edits of a message, answer.c,
 *		openings that an answer confirms, and port.c, public ports
 *	edit.c    message + edits -> new bytes
 *	stream.c  TCP segments -> messages, and back; stream_internal.h lists
 *		the other files of the stream
 */
#ifndef ALGATE_ENGINE_H
#define ALGATE_ENGINE_H

#include "program.h"

/* value.c */
enum algate_kind {
	ALGATE_KIND_NONE,
	ALGATE_KIND_NUM,
	ALGATE_KIND_SPAN,
	ALGATE_KIND_ADDR,
	ALGATE_KIND_ENDPOINT,
};

/* Longest text of any notation: [IPv6]:port, 53 bytes without NUL. */
#define ALGATE_VALUE_MAX	56

/**
 * struct algate_value - value of a slot
 * @off: offset in the message of the bytes that were read
 * @len: number of these bytes; 0: the value was computed
 * @num: number (NUM)
 * @addr: address in network order, IPv4: the first 4 bytes (ADDR, ENDPOINT)
 * @family: AF_INET, AF_INET6 (ADDR, ENDPOINT)
 * @port: host order; 0: none (ENDPOINT)
 * @scale: relation of @num to the number in the message: operand of TAKE; 0: they
 *	are equal
 */
struct algate_value {
	u32 off;
	u32 len;
	union {
		u32 num;
		u8 addr[16];
	};
	u16 port;
	u8 family;
	u32 scale;
} __aligned(8);

/* Engine-internal notation: algate_value.num zero bytes, written as padding */
#define ALGATE_T_ZEROS	__ALGATE_T_MAX

#define ALGATE_MORE	(-EAGAIN)	/* depends on bytes still to come */

enum algate_kind algate_type_kind(u8 type);
const char *algate_type_name(u8 type);
/* Bytes read (>0), -EINVAL, or ALGATE_MORE when @partial. */
int algate_value_read(u8 type, const u8 *p, u32 len, bool partial,
		      struct algate_value *v);
/* Bytes written (<= ALGATE_VALUE_MAX), or -ERANGE when @v does not fit. */
int algate_value_write(u8 type, const struct algate_value *v, u8 *out);
bool algate_value_scale(struct algate_value *v, u32 scale);
bool algate_value_unscale(struct algate_value *v, u32 scale);
bool algate_value_same(u8 type, const struct algate_value *a,
		       const struct algate_value *b);

static inline u32 algate_family_len(u8 family)
{
	return family == AF_INET6 ? 16 : 4;
}

/* The compiler inlines memcmp() for a constant length. */
static inline bool algate_same_addr(u8 family, const u8 *a, const u8 *b)
{
	return family == AF_INET6 ? !memcmp(a, b, 16) : !memcmp(a, b, 4);
}

/* frame.c */
/**
 * struct algate_cut - first message of a byte sequence
 * @total: length of the message on the wire, in bytes. If no message could be
 *	cut: the length that the message announces, 0: unknown
 * @len: length of the part that rules see, in bytes
 */
struct algate_cut {
	u32 total;
	u32 len;
};

/* Longest message that is skipped, in bytes; TCP can compare 2^31 numbers */
#define ALGATE_SKIP_MAX		(16 * 1024 * 1024)

/**
 * struct algate_field - length field of a message
 * @off: offset of the field in the message
 * @len: size of the field in bytes; 0: the message has no length field
 * @type: notation of the number, enum algate_type
 * @value: the number in the field
 * @from: offset of the first counted byte
 * @to: offset behind the last counted byte
 * @mask: bits of the field that hold the length; 0: all bits
 */
struct algate_field {
	u32 off;
	u32 len;
	u8 type;
	u32 value;
	u32 from;
	u32 to;
	u32 mask;
};

/* Does the second framing cut messages that begin with @c? */
static inline bool algate_frame_second(const struct algate_prog *prog, u8 c)
{
	const struct algate_framing *f = &prog->frame[1];

	return prog->nframes > 1 && (u8)(c - f->lead) <= f->more;
}

const struct algate_framing *algate_frame_of(const struct algate_prog *prog,
					     const u8 *p, u32 len);
/* 0, ALGATE_MORE, -EMSGSIZE (longer than max) or -EPROTO (not the protocol) */
int algate_frame_cut(const struct algate_prog *prog, const u8 *p, u32 len,
		     struct algate_cut *cut);
int algate_frame_prefixed(const struct algate_framing *f, const u8 *p, u32 len,
			  struct algate_cut *cut);
void algate_frame_field(const struct algate_prog *prog, const u8 *p, u32 len,
			struct algate_field *field);

/* loop.c */
#define ALGATE_BER_DEPTH	8
#define ALGATE_MAX_ADDITIONS	64

/**
 * struct algate_iter - iterator over the elements of a loop
 * @loop: the loop's kind, separator and limits
 * @lo: start of the window at the EACH instruction
 * @end: end of the window at the EACH instruction
 * @next: offset of the next element
 * @element: offset of the current element
 * @element_end: end of the current element
 * @there: number of readable bytes in the message, at least @end
 * @count: number of elements so far
 * @partial: more bytes may arrive behind @end
 * @stuck: REPEAT: the previous pass consumed no byte
 * @depth: BER: number of constructed elements around the cursor
 * @limit: BER: the end of each of these elements, outermost first. WITHIN: the
 *	end of the element
 * @bit: ADDITION: position in bits in the message: of the next bit of the
 *	bitmap
 * @bits: ADDITION: the same, behind the bitmap
 * @addition: ADDITION: index of the current element
 */
struct algate_iter {
	const struct algate_loop *loop;
	u32 lo;
	u32 end;
	u32 next;
	u32 element;
	u32 element_end;
	u32 there;
	u16 count;
	bool partial;
	bool stuck;
	u8 depth;
	u8 addition;
	union {
		u32 limit[ALGATE_BER_DEPTH];
		struct {
			u32 bit;
			u32 bits;
		};
	};
};

/* 1: found an element; 0: no more; ALGATE_MORE; -EINVAL: bad; -E2BIG: too many */
int algate_iter_next(const struct algate_prog *prog, struct algate_iter *s,
		     const u8 *data);

/* run.c */
enum algate_dir {
	ALGATE_CLIENT,
	ALGATE_SERVER,
};

#define ALGATE_MAX_INTENTS	48	/* actions per message */
#define ALGATE_MAX_EDITS	64	/* rewritten places per message */
#define ALGATE_MAX_ADJUSTS	4	/* dependent lengths per message */
#define ALGATE_MAX_NOTES	8	/* entries written per message */

struct algate_end {
	u8 addr[16] __aligned(4);
	u16 port;	/* host order */
};

/**
 * struct algate_ends - the two endpoints of a flow, before and after NAT
 * @own: the sender's endpoint in the sender's view
 * @peer: the receiver's endpoint in the sender's view
 * @own_seen: the sender's endpoint in the receiver's view
 * @peer_real: the receiver's endpoint in the receiver's view
 */
struct algate_ends {
	struct algate_end own;
	struct algate_end peer;
	struct algate_end own_seen;
	struct algate_end peer_real;
};

/* 1: NAT hides the sender alone; -1: the receiver alone; 0: neither or both */
static inline int algate_hides(u8 family, const struct algate_ends *ends)
{
	bool own = !algate_same_addr(family, ends->own.addr,
				     ends->own_seen.addr);
	bool peer = !algate_same_addr(family, ends->peer.addr,
				      ends->peer_real.addr);

	return own - peer;
}

/**
 * struct algate_entry - table entry of a flow, or request in a queue
 * @key: key of the entry; requests of a queue have consecutive keys
 * @value: stored number
 * @at: time of the last write, in seconds; wraps
 * @older: index of the next older entry of the table, or ALGATE_ENTRY_NONE
 * @newer: index of the next newer entry of the table, or ALGATE_ENTRY_NONE
 * @chain: index of the next entry in the bucket, or of the next unused entry;
 *	ALGATE_ENTRY_NONE: none
 * @table: index of the table; ALGATE_MAX_TABLES: the entry is unused
 */
struct algate_entry {
	u32 key;
	u32 value;
	u32 at;
	u16 older;
	u16 newer;
	u16 chain;
	u8 table;
};

#define ALGATE_ENTRY_NONE	0xffff

/**
 * struct algate_entries - entries of all tables of a flow
 * @spread: odd multiplier of the hash of keys; secret
 * @room: number of elements of @entry, used or not
 * @buckets: number of buckets behind @entry; a bucket is a u16, the index of
 *	its first entry or ALGATE_ENTRY_NONE
 * @unused: index of the first unused entry, or ALGATE_ENTRY_NONE
 * @nunused: number of unused entries
 * @list: of each table, its oldest and newest entry, and their number
 * @entry: the entries
 */
struct algate_entries {
	u32 spread;
	u16 room;
	u16 buckets;
	u16 unused;
	u16 nunused;
	struct {
		u16 oldest;
		u16 newest;
		u16 n;
	} list[ALGATE_MAX_TABLES];
	struct algate_entry entry[];
};

/* Steps of a search among ALGATE_MAX_RANGES ranges */
#define ALGATE_LIST_STEPS	7

/* Steps of a table lookup: few entries share a bucket of the hash (entry.c) */
#define ALGATE_TABLE_STEPS	8

/**
 * struct algate_lists - lists of a plug-in's parameters
 * @list: by index of the parameter
 * @n: number of ranges; 0: the administrator has not filled the list
 * @range: the ranges, in ascending order, without a common number
 */
struct algate_lists {
	struct {
		u32 n;
		struct algate_numbers range[ALGATE_MAX_RANGES];
	} list[ALGATE_MAX_PARAMS];
};

/**
 * struct algate_maps - maps of a plug-in
 * @map: by index of the map
 * @n: number of pairs; 0: the map translates nothing
 * @pair: the pairs, in the order of struct algate_pair
 */
struct algate_maps {
	struct {
		u32 n;
		struct algate_pair pair[ALGATE_MAX_PAIRS];
	} map[ALGATE_MAX_MAPS];
};

struct algate_mapping;

/**
 * struct algate_message - message to inspect, and its context
 * @data: bytes of the message
 * @len: number of bytes in @data
 * @frozen: length of the prefix that the receiver already has, in bytes; no
 *	edit may change the prefix
 * @nr: number of the message in its direction, from 0
 * @partial: the rest of the message may still arrive
 * @early: accept a match although @partial is set
 * @first: no message of this direction was recognised before
 * @stun: the sender's keep-alives were STUN
 * @swapped: the client of the flow is the server of the root flow
 * @broadcast: goes to a broadcast address or a multicast group
 * @routed: if NAT does not tell the outside, the default route does: 1: it leads
 *	to the receiver, -1: to the sender, 0: unknown, or not asked for
 * @dir: enum algate_dir
 * @family: AF_INET, AF_INET6
 * @proto: IPPROTO_TCP, IPPROTO_UDP
 * @sport: the sender's port, host order, before NAT
 * @now: clock, in seconds; wraps
 * @ends: endpoints of the flow; NULL: unknown, so no address is the sender's
 *	or the peer's
 * @known: port mappings of the flow, newest first; or NULL
 * @entries: table entries of the flow; NULL: no entries
 * @secret: hash key of the plug-in in this namespace, two words; NULL: zeros
 * @lists: lists of the plug-in in this namespace; NULL: none is filled
 * @maps: maps of the plug-in in this namespace; NULL: all are empty
 */
struct algate_message {
	const u8 *data;
	u32 len;
	u32 frozen;
	u32 nr;
	bool partial;
	bool early;
	bool first;
	bool stun;
	bool swapped;
	bool broadcast;
	s32 routed;
	u8 dir;
	u8 family;
	u8 proto;
	u16 sport;
	u32 now;
	const struct algate_ends *ends;
	const struct algate_mapping *known;
	struct algate_entries *entries;
	const u64 *secret;
	const struct algate_lists *lists;
	const struct algate_maps *maps;
};

/* The end of the root flow that sent a message, by enum algate_dir */
static inline u8 algate_side(const struct algate_message *msg)
{
	return msg->dir ^ msg->swapped;
}

/*
 * Replaces the bytes [off, off + len) of a message with the @n bytes of @text;
 * @owner is algate_result.owner when the edit was added
 */
struct algate_edit {
	u32 off;
	u32 len;
	u8 n;
	u8 owner;
	u8 text[ALGATE_VALUE_MAX];
};

/**
 * struct algate_intent - action that a rule requests
 * @act: action record of the program
 * @key: number in the slot act->key at the end of the run; 0: no key
 * @time: confirm, extend: number in the slot act->time at the end of the run,
 *	or act->number without a slot, up to the class's lifetime; seconds
 * @only: open, confirm: number in the slot act->only at the end of the run; 0:
 *	no hash
 * @given: open with act->other: numbers in the slots of that record at the end
 *	of the run; 0 without a slot
 * @addr_type: notation of @addr; ALGATE_T_UNSPEC: no slot
 * @port_type: notation of @port; ALGATE_T_UNSPEC: no slot
 * @port2_type: notation of @port2; ALGATE_T_UNSPEC: no slot
 * @addr: copy of the slot act->addr
 * @port: copy of the slot act->port
 * @port2: copy of the slot act->port2
 */
struct algate_intent {
	const struct algate_action *act;
	u32 key;
	u32 time;
	u32 only;
	u32 given[ALGATE_MAX_GIVEN];
	u8 addr_type;
	u8 port_type;
	u8 port2_type;
	struct algate_value addr;
	struct algate_value port;
	struct algate_value port2;
};

/* Dependent length: @count counts the bytes directly behind the number */
struct algate_adjust {
	struct algate_value count;
	u8 type;
	u8 pad;
};

enum algate_note_kind {
	ALGATE_NOTE_WRITE,	/* write the entry with the key */
	ALGATE_NOTE_FORGET,	/* remove the entry with the key */
	ALGATE_NOTE_ASK,	/* put the value into the queue */
	ALGATE_NOTE_ANSWER,	/* remove the oldest value of the queue */
};

/* Change of a table or queue; the kind determines the used members */
struct algate_note {
	u8 table;
	u8 kind;
	u32 key;
	u32 value;
};

/* The mark at the end of a queue that was full. */
#define ALGATE_QUEUE_LOST	(~0U)

/* The first three are also the operands of END. */
enum algate_outcome {
	ALGATE_UNMATCHED,
	ALGATE_HANDLED,
	ALGATE_ALIEN,		/* not a message of the protocol */
	ALGATE_REFUSED,		/* algate_result.why has the counter */
	ALGATE_NEED_MORE,
};

/**
 * struct algate_result - requests of a program for a message
 *
 * Valid only if algate_run() returned ALGATE_HANDLED, except @why, @untouched,
 * @accepted and @steps. The flow's variables are in @var: the old values on
 * entry, the new values on return.
 */
struct algate_result {
	u8 nintents;
	u8 nedits;
	u8 nadjusts;
	u8 nnotes;
	u8 owner;		/* of the edits that are added next */
	bool stop;
	bool accepted;		/* the run of an incomplete message has passed
				 * ACCEPT
				 */
	bool over;		/* set by the caller: with this refusal of the
				 * message, the inspection ends
				 */
	u8 why;			/* enum algate_counter */
	u16 counted;		/* bit per rule counter */
	u16 beyond;		/* translations left out: too many intents */
	u32 steps;		/* executed instructions plus inspected bytes;
				 * counted in userspace only
				 */
	s32 budget;		/* steps left to the run (V10), without those
				 * since the last NEXT; below 0: too many
				 */
	int size;		/* new length of the message, in bytes; set by
				 * algate_edit_finish()
				 */
	u32 untouched;		/* length of the prefix without any value that
				 * was read; no edit can change the prefix
				 */
	u32 var[ALGATE_MAX_VARS];
	struct algate_value slot[ALGATE_MAX_SLOTS];
	/* scratch: iterators of nested loops, from index 1 on */
	struct algate_iter iter[ALGATE_MAX_DEPTH + 1];
	struct algate_note note[ALGATE_MAX_NOTES];
	struct algate_adjust adjust[ALGATE_MAX_ADJUSTS];
	struct algate_intent intent[ALGATE_MAX_INTENTS];
	struct algate_edit edit[ALGATE_MAX_EDITS + 1];	/* last: scratch */
};

u32 algate_addr_hash(const u64 *secret, u8 family, const u8 *addr);

/* On entry, @result->var holds the flow's variables. */
enum algate_outcome algate_run(const struct algate_prog *prog,
			       const struct algate_message *msg,
			       struct algate_result *result);

/* entry.c */
u32 algate_entries_size(const struct algate_entries *entries);
void algate_entries_init(struct algate_entries *entries, u32 len, u32 spread);
struct algate_entry *algate_entry_find(const struct algate_prog *prog,
				       struct algate_entries *entries, u32 now,
				       u32 table, u32 key);
u32 algate_queue_next(const struct algate_prog *prog,
		      struct algate_entries *entries, u32 now, u32 table,
		      u32 taken);
void algate_entry_apply(const struct algate_prog *prog,
			const struct algate_result *result, u32 now,
			struct algate_entries *entries);
void algate_queue_apply(const struct algate_prog *prog,
			const struct algate_result *result, u32 now,
			struct algate_entries *entries);

/* edit.c */
/*
 * Adds an edit, sorted by offset. -E2BIG: no room, -EINVAL: overlap. Adding an
 * identical edit twice succeeds and has no effect.
 */
int algate_edit_add(struct algate_result *result, u32 off, u32 len, u8 type,
		    const struct algate_value *value);
int algate_edit_value(struct algate_result *result,
		      const struct algate_value *place, u8 type,
		      const struct algate_value *value);

/* Removes the edits of an owner. */
void algate_edit_drop(struct algate_result *result, u8 owner);
/* Adds the edits of dependent lengths and of the framing's length field. */
int algate_edit_finish(const struct algate_prog *prog,
		       const struct algate_message *msg,
		       struct algate_result *result);
/* New length of @len bytes at @data after the edits, or negative errno. */
int algate_edit_size(const struct algate_result *result, u32 len);
/* Writes the new bytes from the first edit to the last. */
u32 algate_edit_gather(const struct algate_result *result, const u8 *data,
		       u8 *out);
/* Writes the edited message to @out, with room for algate_edit_size() bytes. */
int algate_edit_apply(const struct algate_result *result, const u8 *data,
		      u32 len, u8 *out);

#endif /* ALGATE_ENGINE_H */

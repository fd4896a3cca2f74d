/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engine: programs and what they say about a message. Pure functions of
 * their arguments: no packet, no conntrack, no lock, no clock. The kernel
 * module, the CLI, the tests and the fuzzers compile the same files.
 *
 *	image.c   bytes  -> struct algate_prog (tables in range, nothing more)
 *	verify.c  struct algate_prog -> safe to run, or the reason why not;
 *		verify_insn.c for an instruction by itself, opcode.h for the
 *		facts about each, tables.c
 *	floor.c   how much of an incomplete message cannot be rewritten
 *	prepare.c verified program -> steps to run (step.h); dispatch.c for
 *		jump tables by the first byte, fields.c for header fields
 *	value.c   notations: bytes <-> values; value_read.c, value_write.c
 *	frame.c   where a message ends
 *	walk.c    the parts of a message that a walk goes through
 *	run.c     program + message -> intents; run_bytes.c for what compares
 *		or looks for many bytes, run_ask.c for what asks for something
 *	memo.c    tables: what rules remember of a flow
 *	intent.c  intents + NAT -> where endpoints are for the receiver
 *	edit.c    message + edits -> new bytes
 *	stream.c  TCP segments -> bytes at hand, and edited segments back;
 *		stream_internal.h names the files that it consists of
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
 * struct algate_value - what a slot holds
 * @off: offset of its bytes in the message
 * @len: length of its bytes; 0 where the value has none
 * @num: number (NUM)
 * @addr: address in network order, IPv4: the first 4 bytes (ADDR, ENDPOINT)
 * @family: AF_INET, AF_INET6 (ADDR, ENDPOINT)
 * @port: host order; 0: none (ENDPOINT)
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
} __aligned(8);

/* What is written only by the engine itself: so many zero bytes as num says */
#define ALGATE_T_ZEROS	__ALGATE_T_MAX

#define ALGATE_MORE	(-EAGAIN)	/* needs bytes that may still come */

enum algate_kind algate_type_kind(u8 type);
const char *algate_type_name(u8 type);
/* Bytes read (>0), -EINVAL, or ALGATE_MORE when @partial. */
int algate_value_read(u8 type, const u8 *p, u32 len, bool partial,
		      struct algate_value *v);
/* Bytes written (<= ALGATE_VALUE_MAX), or -ERANGE when it does not fit. */
int algate_value_write(u8 type, const struct algate_value *v, u8 *out);
bool algate_value_same(u8 type, const struct algate_value *a,
		       const struct algate_value *b);

static inline u32 algate_family_len(u8 family)
{
	return family == AF_INET6 ? 16 : 4;
}

/* lengths that a compiler knows are compared in place */
static inline bool algate_same_addr(u8 family, const u8 *a, const u8 *b)
{
	return family == AF_INET6 ? !memcmp(a, b, 16) : !memcmp(a, b, 4);
}

/* frame.c */
/**
 * struct algate_cut - one message at the head of some bytes
 * @total: bytes of the message on the wire
 * @len: bytes that rules see
 */
struct algate_cut {
	u32 total;
	u32 len;
};

/**
 * struct algate_field - the length field of a message
 * @off: where its number stands
 * @len: bytes of that; 0: the message has none
 * @type: its notation
 * @value: the number that stands there
 * @from: offset of the bytes that it counts, which go to the message's end
 * @mask: bits of the number that count, 0: all
 */
struct algate_field {
	u32 off;
	u32 len;
	u8 type;
	u32 value;
	u32 from;
	u32 mask;
};

const struct algate_framing *algate_frame_of(const struct algate_prog *prog,
					     const u8 *p, u32 len);
/* 0, ALGATE_MORE, -EMSGSIZE (longer than max) or -EPROTO (not the protocol) */
int algate_frame_cut(const struct algate_prog *prog, const u8 *p, u32 len,
		     struct algate_cut *cut);
int algate_frame_prefixed(const struct algate_framing *f, const u8 *p, u32 len,
			  struct algate_cut *cut);
void algate_frame_field(const struct algate_prog *prog, const u8 *p, u32 len,
			struct algate_field *field);

/* walk.c */
#define ALGATE_BER_DEPTH	8

/**
 * struct algate_stroll - a walk on its way
 * @walk: the parts that it has
 * @lo: window that it began in
 * @end: behind that
 * @next: where the next part begins
 * @part: where the current part begins
 * @part_end: behind it
 * @there: bytes of the message, @end at least
 * @turns: parts so far
 * @partial: bytes may follow that window
 * @stuck: REPEAT: the last turn has consumed nothing
 * @depth: BER: constructed elements that are open
 * @limit: behind each of these
 */
struct algate_stroll {
	const struct algate_walk *walk;
	u32 lo;
	u32 end;
	u32 next;
	u32 part;
	u32 part_end;
	u32 there;
	u16 turns;
	bool partial;
	bool stuck;
	u8 depth;
	u32 limit[ALGATE_BER_DEPTH];
};

/* 1: a part; 0: no more; ALGATE_MORE; -EINVAL: malformed, or too many */
int algate_walk_part(const struct algate_prog *prog, struct algate_stroll *s,
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
 * struct algate_ends - the two ends of a flow, and what NAT makes of them
 * @own: the sender, as it sees itself
 * @peer: the receiver, as the sender sees it
 * @own_seen: the sender, as the receiver sees it
 * @peer_real: the receiver, as it sees itself
 */
struct algate_ends {
	struct algate_end own;
	struct algate_end peer;
	struct algate_end own_seen;
	struct algate_end peer_real;
};

/**
 * struct algate_memo - an entry of a table, of a flow
 * @key: under this number
 * @value: there is this
 * @at: clock when it was written, in seconds; wraps
 * @used: there is something
 */
struct algate_memo {
	u32 key;
	u32 value;
	u32 at;
	bool used;
};

struct algate_binding;

/**
 * struct algate_message - what rules see
 * @data: its bytes
 * @len: how many there are
 * @frozen: bytes at the front that the receiver has already; no edit may
 *	touch them
 * @nr: number of the message in its direction, from 0
 * @partial: more of it may come
 * @early: what matches now counts, though more may come
 * @dir: enum algate_dir
 * @family: AF_INET, AF_INET6
 * @proto: IPPROTO_TCP, IPPROTO_UDP
 * @sport: the sender's port, host order, before NAT
 * @now: clock, in seconds; wraps
 * @ends: addresses and ports of the flow; NULL: no address is anybody's
 * @known: what the flow's rules have opened and may ask for; or NULL
 * @memo: entries of the tables, prog->first_memo[] says which; NULL: none
 * @secret: two words of the plug-in in this namespace, for hashes; NULL: zeros
 */
struct algate_message {
	const u8 *data;
	u32 len;
	u32 frozen;
	u32 nr;
	bool partial;
	bool early;
	u8 dir;
	u8 family;
	u8 proto;
	u16 sport;
	u32 now;
	const struct algate_ends *ends;
	const struct algate_binding *known;
	const struct algate_memo *memo;
	const u64 *secret;
};

/* one place to overwrite: bytes [off, off + len) become @text */
struct algate_edit {
	u32 off;
	u32 len;
	u8 n;
	u8 text[ALGATE_VALUE_MAX];
};

/**
 * struct algate_intent - an action that a rule asks for
 * @act: what, of the program
 * @key: what its slot holds when the run is over
 * @time: likewise; or act->number
 * @addr_type: notation of @addr; ALGATE_T_UNSPEC: no slot
 * @port_type: of @port
 * @port2_type: of @port2
 * @addr: the slots' values, with their places
 * @port: ...
 * @port2: ...
 */
struct algate_intent {
	const struct algate_action *act;
	u32 key;
	u32 time;
	u8 addr_type;
	u8 port_type;
	u8 port2_type;
	struct algate_value addr;
	struct algate_value port;
	struct algate_value port2;
};

/* a number that counts bytes behind it */
struct algate_adjust {
	struct algate_value count;
	u8 type;
	u8 pad;
};

/* an entry of a table to write, or to remove */
struct algate_note {
	u8 table;
	bool forget;
	u32 key;
	u32 value;
};

enum algate_outcome {
	ALGATE_UNMATCHED,
	ALGATE_HANDLED,
	ALGATE_REFUSED,		/* algate_result.why says which counter */
	ALGATE_NEED_MORE,
};

/**
 * struct algate_result - what a program wants done about a message
 *
 * Valid only when algate_run() returned ALGATE_HANDLED, but for @why,
 * @untouched and @steps; @var then holds the variables' new values.
 */
struct algate_result {
	u8 nintents;
	u8 nedits;
	u8 nadjusts;
	u8 nnotes;
	bool stop;
	u8 why;			/* enum algate_counter */
	u16 counted;		/* bit per rule counter */
	u32 steps;		/* instructions run and bytes looked at;
				 * counted in userspace only
				 */
	int size;		/* the new message's, by algate_edit_finish() */
	u32 untouched;		/* bytes before the first that was read as a
				 * value: no edit can touch them
				 */
	u32 var[ALGATE_MAX_VARS];
	struct algate_value slot[ALGATE_MAX_SLOTS];
	/* room to work in: that of depth 1 and deeper */
	struct algate_stroll stroll[ALGATE_MAX_DEPTH + 1];
	struct algate_note note[ALGATE_MAX_NOTES];
	struct algate_adjust adjust[ALGATE_MAX_ADJUSTS];
	struct algate_intent intent[ALGATE_MAX_INTENTS];
	struct algate_edit edit[ALGATE_MAX_EDITS + 1];	/* one to work in */
};

/* @result->var holds the flow's variables on entry. */
enum algate_outcome algate_run(const struct algate_prog *prog,
			       const struct algate_message *msg,
			       struct algate_result *result);

/* memo.c */
const struct algate_memo *algate_memo_find(const struct algate_prog *prog,
					   const struct algate_memo *memo,
					   u32 now, u32 table, u32 key);
void algate_memo_apply(const struct algate_prog *prog,
		       const struct algate_result *result, u32 now,
		       struct algate_memo *memo);

/* intent.c */
/**
 * struct algate_binding - ports that rules have opened and NAT has moved
 * @next: an older one
 * @real: endpoint as announced
 * @mapped: what it became
 * @count: this many ports, from there on
 * @dir: enum algate_dir: who announced it
 * @class: of the program
 * @proto: IPPROTO_*
 * @key: what it was opened for
 */
struct algate_binding {
	struct algate_binding *next;
	struct algate_end real;
	struct algate_end mapped;
	u8 count;
	u8 dir;
	u8 class;
	u8 proto;
	u32 key;
};

/**
 * struct algate_opening - an open on its way
 * @act: what is to be opened
 * @real: endpoint as the sender sees it
 * @mapped: as the receiver does; the port is the one that would be best
 * @movable: another port would do
 * @follow: NAT takes it where it took the flow
 * @again: there may be a binding for the same endpoint
 */
struct algate_opening {
	const struct algate_action *act;
	struct algate_end real;
	struct algate_end mapped;
	bool movable;
	bool follow;
	bool again;
};

int algate_open_resolve(const struct algate_message *msg,
			const struct algate_intent *in,
			const struct algate_binding *known,
			struct algate_opening *o);
int algate_open_edit(const struct algate_message *msg,
		     struct algate_result *result,
		     const struct algate_intent *in,
		     const struct algate_opening *o);
int algate_translate(const struct algate_message *msg,
		     struct algate_result *result,
		     const struct algate_intent *in,
		     const struct algate_binding *known);

/* edit.c */
/*
 * Adds an edit, sorted by offset; -E2BIG when full, -EINVAL on overlap; the
 * same once more is no edit.
 */
int algate_edit_add(struct algate_result *result, u32 off, u32 len, u8 type,
		    const struct algate_value *value);
/* Adds what follows from the others: dependent lengths, and the framing's. */
int algate_edit_finish(const struct algate_prog *prog,
		       const struct algate_message *msg,
		       struct algate_result *result);
/* New length of @len bytes at @data after the edits, or negative errno. */
int algate_edit_size(const struct algate_result *result, u32 len);
/* Writes what becomes of the bytes from the first edit to the last. */
u32 algate_edit_gather(const struct algate_result *result, const u8 *data,
		       u8 *out);
/* Writes the edited message to @out, which has the size just computed. */
int algate_edit_apply(const struct algate_result *result, const u8 *data,
		      u32 len, u8 *out);

#endif /* ALGATE_ENGINE_H */

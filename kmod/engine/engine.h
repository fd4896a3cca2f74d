/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engine: programs and what they say about a message. Pure functions of
 * their arguments: no packet, no conntrack, no lock, no clock. The kernel
 * module, the CLI, the tests and the fuzzers compile the same files.
 *
 *	image.c   bytes  -> struct algate_prog (tables in range, nothing more)
 *	verify.c  struct algate_prog -> safe to run, or the reason why not
 *	floor.c   how much of an incomplete message cannot be rewritten
 *	value.c   notations: bytes <-> values
 *	frame.c   where a message ends
 *	walk.c    the parts of a message that a walk goes through
 *	run.c     program + message -> intents
 *	memo.c    tables: what rules remember of a flow
 *	intent.c  intents + NAT -> where endpoints are for the receiver
 *	edit.c    message + edits -> new bytes
 *	stream.c  TCP segments -> messages, and edited segments back
 */
#ifndef ALGATE_ENGINE_H
#define ALGATE_ENGINE_H

#include "platform.h"

struct algate_service {
	u8 proto;
	u16 port;
};

struct algate_class {
	char name[ALGATE_NAME_LEN];
	u8 max;
	u8 flags;
	u32 timeout;	/* seconds */
};

struct algate_framing {
	u8 kind;	/* enum algate_frame */
	u8 flags;
	u8 width;
	u8 nnames;
	u16 max;	/* bytes of a message */
	u16 offset;
	s32 bias;
	u32 mask;
	u8 lead;	/* second framing: first byte of its messages */
};

struct algate_table {
	char name[ALGATE_NAME_LEN];
	u8 max;		/* entries per flow */
	u32 timeout;	/* seconds */
};

/* enum algate_action_field says what these are */
struct algate_action {
	u8 verb;
	u8 class;
	u8 proto;
	u8 from;
	u8 flags;
	u8 addr;
	u8 port;
	u8 port2;
	u8 count;
	u8 parity;
	u8 key;
	u8 time;
	u32 number;
};

/**
 * struct algate_walk - parts to go through
 * @kind: enum algate_walk_kind
 * @sep: see enum algate_walk_field
 * @max: parts at most
 * @until: literal: offset in the pool and length; 0: none
 * @prefix: of PREFIXED: a framing of ALGATE_FRAME_LENGTH
 */
struct algate_walk {
	u8 kind;
	u8 sep;
	u16 max;
	u32 until;
	struct algate_framing prefix;
};

/**
 * struct algate_instr - an instruction, decoded
 * @op: enum algate_op
 * @a: see there
 * @jf: see there
 * @imm: see there
 * @near: set by the verifier: where a place that may be rewritten is read
 *	next, it is at least so many bytes beyond the cursor
 * @far: ... or, if the cursor is set before, at least at this offset
 */
struct algate_instr {
	u8 op;
	u8 a;
	u16 jf;
	u32 imm;
	u16 near;
	u16 far;
};

#define ALGATE_NOWHERE	0xffff	/* no place is read */

/**
 * struct algate_prog - a decoded program
 *
 * Written by algate_image_decode() and algate_prog_verify() before anyone
 * else sees it, read-only afterwards. One allocation; @image is a copy of
 * the image's bytes at its end, into which the other pointers lead.
 */
struct algate_prog {
	char name[ALGATE_NAME_LEN];
	char title[ALGATE_TITLE_LEN];
	struct algate_framing frame[2];
	u8 nframes;
	u8 nservices;
	u8 nclasses;
	u8 nvars;
	u8 ncounters;
	u8 ntables;
	u8 nactions;
	u8 nwalks;
	u8 ncases;
	u8 nslots;
	u8 nsets;
	bool verified;
	u16 entry[2];		/* enum algate_dir */
	u16 ninsns;
	u16 literals_len;
	u32 text_len;
	u32 image_len;
	u32 steps_fixed;	/* set by the verifier: running costs at most */
	u32 steps_byte;		/* steps_fixed + steps_byte * message length */
	u32 steps;		/* the same per byte of a message of the
				 * longest length, in 1/256, rounded up
				 */
	struct algate_service service[ALGATE_MAX_SERVICES];
	struct algate_class class[ALGATE_MAX_CLASSES];
	char var[ALGATE_MAX_VARS][ALGATE_NAME_LEN];
	char counter[ALGATE_MAX_COUNTERS][ALGATE_NAME_LEN];
	struct algate_table table[ALGATE_MAX_TABLES];
	u16 first_memo[ALGATE_MAX_TABLES + 1];	/* entries of each table */
	struct algate_action action[ALGATE_MAX_ACTIONS];
	struct algate_walk walk[ALGATE_MAX_WALKS];
	u8 slot_type[ALGATE_MAX_SLOTS];
	const u8 (*set)[32];
	const u8 (*cases)[256];
	const u8 *literals;
	const u8 *lines;	/* le16 per instruction, or NULL */
	const char *text;	/* not NUL-terminated, or NULL */
	const u8 *image;
	struct algate_instr insn[];
};

/*
 * X(id, sentence for people): why an image or a program is not accepted.
 * Those up to LINES_COUNT come from image.c, the others from verify.c.
 */
#define ALGATE_REASONS(X) \
	X(NO_MEMORY, "out of memory") \
	X(TOO_SHORT, "the image is shorter than its header") \
	X(TOO_LONG, "the image is longer than is allowed") \
	X(MAGIC, "this is not a compiled plug-in") \
	X(VERSION, "the image is of another version") \
	X(RESERVED, "a reserved byte is not zero") \
	X(TOTAL, "the length in the header is not the image's") \
	X(SECTION_CUT, "a section goes past the image's end") \
	X(SECTION_ID, "unknown section") \
	X(SECTION_ORDER, "sections are repeated or not in ascending order") \
	X(SECTION_PADDING, "the padding is not zero") \
	X(SECTION_MISSING, "a mandatory section is missing") \
	X(SECTION_RECORD, "the length is not a whole number of records") \
	X(SECTION_COUNT, "too few or too many records") \
	X(NAME, "the name is not 1-15 of a-z 0-9 _ . -") \
	X(RECORD_NAME, "a name is not 1-15 of A-Z a-z 0-9 _ . - and NULs") \
	X(RECORD_TWICE, "two records have the same name") \
	X(TITLE, "the title is not UTF-8 without control characters") \
	X(SERVICE_PROTO, "a service is neither tcp nor udp") \
	X(CLASS_MAX, "a class allows no expectation") \
	X(CLASS_FLAGS, "a class has unknown flags") \
	X(CLASS_TIMEOUT, "a timeout is not 1-86400 seconds") \
	X(SLOT_TYPE, "a slot has an unknown type") \
	X(LINES_COUNT, "not as many line numbers as instructions") \
	X(SERVICE_TWICE, "the same service twice") \
	X(FRAME_KIND, "unknown framing") \
	X(FRAME_FLAGS, "the framing has unknown flags") \
	X(FRAME_MAX, "the longest message has no bytes") \
	X(FRAME_UNUSED, "a field that the framing does not use is not zero") \
	X(FRAME_NAMES, "the names of the length field are missing or outside the literal pool") \
	X(FRAME_LENGTH, "no value of the length field gives a message that fits") \
	X(FRAME_SERVICE, "datagram framing on a tcp service") \
	X(ACTION_VERB, "unknown action") \
	X(ACTION_UNUSED, "a field that the action does not use is set") \
	X(ACTION_CLASS, "an action names a class that does not exist") \
	X(ACTION_PROTO, "an action is neither for tcp nor udp nor gre") \
	X(ACTION_FROM, "an open does not say who may connect") \
	X(ACTION_FLAGS, "an open has unknown flags, or is inactive without a key") \
	X(ACTION_ADDR, "an action's address is not a slot with an address") \
	X(ACTION_PORT, "an action's port is not a slot with a number, or has no place to be written to") \
	X(ACTION_COUNT, "an open is not for 1-16 ports, or has a second port of one") \
	X(ACTION_PARITY, "an open's parity is neither 0 nor 2") \
	X(ACTION_NUMBER, "an action's number is not a port, or not 1-86400 seconds") \
	X(ACTION_KEY, "an action's key or time is not a slot made by arithmetic") \
	X(WALK_KIND, "unknown walk") \
	X(WALK_MAX, "a walk has not 1-1024 parts at most") \
	X(WALK_UNUSED, "a field that the walk does not use is not zero") \
	X(WALK_PREFIX, "no value of the length gives a part") \
	X(WALK_UNTIL, "the literal that ends a walk is outside the pool") \
	X(TABLE_MAX, "a table has not 1-64 entries") \
	X(ENTRY, "an entry is past the last instruction") \
	X(OP, "unknown instruction") \
	X(FLAGS, "unknown flags") \
	X(UNUSED, "a field that the instruction does not use is not zero") \
	X(SET, "no such byte set") \
	X(SLOT, "no such slot") \
	X(SLOT_KIND, "the slot's type does not fit the instruction") \
	X(KINDS_DIFFER, "the two slots are of different kinds") \
	X(LITERAL_EMPTY, "the literal is not 1-255 bytes long") \
	X(LITERAL, "the literal is outside the pool") \
	X(SPAN_RANGE, "the span's least is above its most, or its most is 0") \
	X(SKIP_RANGE, "not a skip of 1-65535 bytes") \
	X(AT_RANGE, "no message has that many bytes") \
	X(END_VALUE, "the run can only end with 0 or 1") \
	X(VAR, "no such variable") \
	X(META, "no such datum") \
	X(COUNTER, "no such counter") \
	X(TABLE, "no such table") \
	X(ACTION, "no such action") \
	X(WALK, "no such walk") \
	X(CASE, "no such case table") \
	X(FIELD, "the names of the field are not 1-63 bytes each") \
	X(PAD, "the padding is not to a multiple of 2, 4 or 8") \
	X(IS, "an address is either the sender's or the peer's") \
	X(JUMP, "jump past the last instruction") \
	X(FALLS_OFF, "the program runs past its last instruction") \
	X(UNREACHABLE, "no path leads to the instruction") \
	X(SLOT_UNSET, "the slot may be read before it is written") \
	X(SLOT_UNMARKED, "the span may be closed before it is marked") \
	X(WALK_DEPTH, "walks more than 4 deep") \
	X(WALK_PART, "a walk is not followed by its parts") \
	X(WALK_TURN, "a turn does not lead back to the parts of its own walk, or these not behind the turn") \
	X(WALK_CROSSED, "a jump leads into a walk or out of it") \
	X(WALK_END, "the run ends inside a walk") \
	X(WALK_UNSET, "a span is marked before the walk, but no more after each turn") \
	X(COST, "a message of the longest length may take too many steps")

#define ALGATE_REASON_ENUM(id, text) ALGATE_R_##id,
enum algate_reason {
	ALGATE_R_NONE,
	ALGATE_REASONS(ALGATE_REASON_ENUM)
	__ALGATE_R_MAX
};

/**
 * struct algate_reject - why an image or a program is not accepted
 * @reason: enum algate_reason
 * @insn: index of the instruction, or -1
 * @line: line of the rule file, or 0 if unknown
 * @text: the whole sentence for people, with instruction and line
 */
struct algate_reject {
	int reason;
	int insn;
	int line;
	char text[160];
};

/* Steps that a message may take at most, whatever its bytes are. */
#define ALGATE_MAX_STEPS	(64U * 1024 * 1024)

/* image.c */
struct algate_prog *algate_image_decode(const void *image, size_t len,
					struct algate_reject *why);
void algate_prog_free(struct algate_prog *prog);

/* verify.c */
int algate_prog_verify(struct algate_prog *prog, struct algate_reject *why);
const char *algate_reason_text(int reason);

/* floor.c */
void algate_prog_floors(struct algate_prog *prog);

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
};

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
	u8 addr[16];
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
	u32 untouched;		/* bytes before the first that was read as a
				 * value: no edit can touch them
				 */
	u32 var[ALGATE_MAX_VARS];
	struct algate_value slot[ALGATE_MAX_SLOTS];
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
 */
struct algate_opening {
	const struct algate_action *act;
	struct algate_end real;
	struct algate_end mapped;
	bool movable;
	bool follow;
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
/* Writes the edited message to @out, which has the size just computed. */
int algate_edit_apply(const struct algate_result *result, const u8 *data,
		      u32 len, u8 *out);

#endif /* ALGATE_ENGINE_H */

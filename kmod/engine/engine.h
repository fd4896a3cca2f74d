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
 *	run.c     program + message -> intents
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
};

struct algate_open {
	u8 class;
	u8 proto;
	u8 from;
	u8 flags;
	u8 addr;
	u8 port;
	u8 count;
	u8 parity;
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
	struct algate_framing frame;
	u8 nservices;
	u8 nclasses;
	u8 nvars;
	u8 ncounters;
	u8 nopens;
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
	struct algate_open open[ALGATE_MAX_OPENS];
	u8 slot_type[ALGATE_MAX_SLOTS];
	const u8 (*set)[32];
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
	X(OPEN_CLASS, "an open names a class that does not exist") \
	X(OPEN_PROTO, "an open is neither for tcp nor for udp") \
	X(OPEN_FROM, "an open does not say who may connect") \
	X(OPEN_FLAGS, "an open has unknown flags") \
	X(OPEN_ADDR, "an open's address is not a slot with an address") \
	X(OPEN_PORT, "an open's port is not a slot with a number") \
	X(OPEN_COUNT, "an open is not for 1-16 ports") \
	X(OPEN_PARITY, "an open's parity is neither 0 nor 2") \
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
	X(OPEN, "no such open") \
	X(JUMP, "jump past the last instruction") \
	X(FALLS_OFF, "the program runs past its last instruction") \
	X(UNREACHABLE, "no path leads to the instruction") \
	X(SLOT_UNSET, "the slot may be read before it is written") \
	X(SLOT_UNMARKED, "the span may be closed before it is marked") \
	X(INTENTS, "a path opens more than is allowed for a message") \
	X(EDITS, "a path rewrites more places than is allowed in a message") \
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
	ALGATE_KIND_IP4,
	ALGATE_KIND_IP6,
};

/* Longest text of any notation: an IPv6 address, 45 bytes without NUL. */
#define ALGATE_VALUE_MAX	48

/**
 * struct algate_value - what a slot holds
 * @off: offset of its bytes in the message
 * @len: length of its bytes; 0 where the value has none
 * @num: number (NUM kinds)
 * @addr: address in network order (IP4: first 4 bytes)
 */
struct algate_value {
	u32 off;
	u32 len;
	union {
		u32 num;
		u8 addr[16];
	};
};

#define ALGATE_MORE	(-EAGAIN)	/* needs bytes that may still come */

enum algate_kind algate_type_kind(u8 type);
const char *algate_type_name(u8 type);
/* Bytes read (>0), -EINVAL, or ALGATE_MORE when @partial. */
int algate_value_read(u8 type, const u8 *p, u32 len, bool partial,
		      struct algate_value *v);
/* Bytes written (<= ALGATE_VALUE_MAX), or -ERANGE when it does not fit. */
int algate_value_write(u8 type, const struct algate_value *v, u8 *out);

/* frame.c */
/**
 * struct algate_cut - one message at the head of some bytes
 * @total: bytes of the message on the wire
 * @head: bytes before what rules see (0 today)
 * @len: bytes that rules see
 */
struct algate_cut {
	u32 total;
	u32 len;
};

/* 0, ALGATE_MORE, -EMSGSIZE (longer than max) or -EPROTO (not the protocol) */
int algate_frame_cut(const struct algate_prog *prog, const u8 *p, u32 len,
		     struct algate_cut *cut);

/* run.c */
enum algate_dir {
	ALGATE_CLIENT,
	ALGATE_SERVER,
};

#define ALGATE_MAX_INTENTS	8	/* opens per message */
#define ALGATE_MAX_EDITS	16	/* rewritten places per message */

/**
 * struct algate_message - what rules see
 * @data: its bytes
 * @len: how many there are
 * @frozen: bytes at the front that the receiver has already; no edit may
 *	touch them
 * @nr: number of the message in its direction, from 0
 * @partial: more of it may come
 * @dir: enum algate_dir
 * @family: AF_INET, AF_INET6
 * @proto: IPPROTO_TCP, IPPROTO_UDP
 * @sport: the sender's port, host order, before NAT
 */
struct algate_message {
	const u8 *data;
	u32 len;
	u32 frozen;
	u32 nr;
	bool partial;
	u8 dir;
	u8 family;
	u8 proto;
	u16 sport;
};

/* one place to overwrite: bytes [off, off + len) become the value */
struct algate_edit {
	u32 off;
	u32 len;
	u8 type;
	struct algate_value value;
};

/* one expectation that a rule asks for; the slots tell where it was said */
struct algate_intent {
	const struct algate_open *open;
	bool has_addr;
	bool has_port;
	u8 addr_type;
	u8 port_type;
	struct algate_value addr;
	struct algate_value port;
};

enum algate_outcome {
	ALGATE_UNMATCHED,
	ALGATE_HANDLED,
	ALGATE_REFUSED,		/* a require said no */
	ALGATE_NEED_MORE,
};

/**
 * struct algate_result - what a program wants done about a message
 *
 * Valid only when algate_run() returned ALGATE_HANDLED, but for @untouched and
 * @steps; @var then holds the variables' new values.
 */
struct algate_result {
	u8 nintents;
	u8 nedits;
	bool stop;
	u16 counted;		/* bit per rule counter */
	u32 steps;		/* instructions run and bytes looked at;
				 * counted in userspace only
				 */
	u32 untouched;		/* bytes before the first that was read as a
				 * value: no edit can touch them
				 */
	u32 var[ALGATE_MAX_VARS];
	struct algate_intent intent[ALGATE_MAX_INTENTS];
	struct algate_edit edit[ALGATE_MAX_EDITS];
	struct algate_value slot[ALGATE_MAX_SLOTS];
};

/* @result->var holds the flow's variables on entry. */
enum algate_outcome algate_run(const struct algate_prog *prog,
			       const struct algate_message *msg,
			       struct algate_result *result);

/* edit.c */
/* Adds an edit, sorted by offset; -E2BIG when full, -EINVAL on overlap. */
int algate_edit_add(struct algate_result *result, u32 off, u32 len, u8 type,
		    const struct algate_value *value);
/* New length of @len bytes at @data after the edits, or negative errno. */
int algate_edit_size(const struct algate_result *result, u32 len);
/* Writes the edited message to @out, which has the size just computed. */
int algate_edit_apply(const struct algate_result *result, const u8 *data,
		      u32 len, u8 *out);

#endif /* ALGATE_ENGINE_H */

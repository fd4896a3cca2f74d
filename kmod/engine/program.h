/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs: image.c decodes an image into a program, verify.c proves that the
 * program is safe, prepare.c decodes its instructions into steps.
 */
#ifndef ALGATE_PROGRAM_H
#define ALGATE_PROGRAM_H

#include "platform.h"

struct algate_step;

/* Tables of header names: see fields.c */
#define ALGATE_NAMED_LOOPS	4
#define ALGATE_NAMES		96
#define ALGATE_NAME_BUCKETS	64

/**
 * struct algate_name - name of a header field that some rule tests
 * @word: first 8 bytes of the name, as get_unaligned_le64() reads them
 * @mask: bits of @word to compare
 * @to: next step, with the cursor behind the colon and blanks
 * @off: offset of the name in the literal pool
 * @len: length of the name, 1 to 63 bytes
 * @next: index of the next name in the same bucket; 0: none
 */
struct algate_name {
	u64 word;
	u64 mask;
	const struct algate_step *to;
	u16 off;
	u8 len;
	u8 next;
};

struct algate_service {
	u8 proto;
	u16 port;
};

struct algate_class {
	char name[ALGATE_NAME_LEN];
	u8 max;
	u8 flags;
	u32 timeout;	/* seconds */
	u32 lifetime;	/* seconds after a confirm, at most */
};

struct algate_framing {
	u8 kind;	/* enum algate_frame */
	u8 flags;
	u8 width;
	u8 nnames;
	u16 max;	/* longest message in bytes */
	u16 offset;
	s32 bias;
	u32 mask;
	u8 lead;	/* second framing: its messages begin with this byte */
	u8 more;	/* or with one of so many following bytes */
	u16 place;	/* ORDER: of the byte that is @lead and so on if little */
};

struct algate_table {
	char name[ALGATE_NAME_LEN];
	u16 max;	/* entries per flow */
	bool queue;	/* requests that wait for replies */
	u32 timeout;	/* seconds */
};

/* A list of numbers, or a map of addresses, that the administrator fills */
struct algate_setting {
	char name[ALGATE_NAME_LEN];
	u16 max;	/* ranges of the list, or pairs of the map */
};

/* Numbers that another plug-in may give to a variable */
struct algate_input {
	u8 var;
	u32 first;
	u32 last;
};

/**
 * struct algate_other - another plug-in, which inspects an expected flow
 * @name: its name
 * @var: names of its variables; "": none
 * @slot: slots with the numbers that @var begin with
 */
struct algate_other {
	char name[ALGATE_NAME_LEN];
	char var[ALGATE_MAX_GIVEN][ALGATE_NAME_LEN];
	u8 slot[ALGATE_MAX_GIVEN];
};

/* Fields as in enum algate_action_field */
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
	u8 only;
	u8 other;
	u32 number;
};

/**
 * struct algate_loop - description of a loop
 * @kind: enum algate_loop_kind
 * @sep: see enum algate_loop_field
 * @max: highest number of elements, 1 to ALGATE_MAX_ELEMENTS
 * @until: end marker, a literal: offset in the pool (low 16 bits) and length
 *	(high 16 bits); 0: none
 * @prefix: PREFIXED: framing of an element, of ALGATE_FRAME_LENGTH
 */
struct algate_loop {
	u8 kind;
	u8 sep;
	u16 max;
	u32 until;
	struct algate_framing prefix;
};

/* Test for a loop with a single element at most: the rest of the window. */
static inline bool algate_loop_once(const struct algate_loop *w)
{
	return w->kind == ALGATE_LOOP_REPEAT && w->max == 1;
}

/**
 * struct algate_instr - unpacked instruction
 * @op: enum algate_op
 * @a: see struct algate_insn
 * @jf: see struct algate_insn
 * @imm: see struct algate_insn
 * @near: lower bound on the distance in bytes from the cursor to the next value
 *	that a rule may rewrite; set by the verifier (bounds.c)
 * @far: lower bound on the offset of this value, if an instruction sets the
 *	cursor before
 * @cost: bound on the steps from here to the end of the element, or of the run;
 *	set by the verifier (cost.c)
 */
struct algate_instr {
	u8 op;
	u8 a;
	u16 jf;
	u32 imm;
	u16 near;
	u16 far;
	u32 cost;
};

/* Jump tables: see dispatch.c */
#define ALGATE_NO_BYTE		256	/* index for an empty element */
#define ALGATE_ELEMENT_TABLES	16
#define ALGATE_PAIRS		8
#define ALGATE_ROWS		(ALGATE_MAX_SETS / 8)

#define ALGATE_NOWHERE	0xffff	/* no value follows */

/**
 * struct algate_prog - decoded program
 *
 * algate_image_decode() and algate_prog_verify() write the program before
 * anyone else sees it; later, the program is read-only. It is a single
 * allocation. At its end is @image, a copy of the image, into which the other
 * pointers point.
 */
struct algate_prog {
	char name[ALGATE_NAME_LEN];
	char title[ALGATE_TITLE_LEN];
	struct algate_framing frame[2];
	u16 line_max;		/* longest line with its LF, in bytes, if the
				 * first framing is lines; else 0
				 */
	u8 nframes;
	u8 nservices;
	u8 nclasses;
	u8 nvars;
	u8 ncounters;
	u8 ntables;
	u8 nparams;
	u8 nmaps;
	u8 ninputs;
	u8 nothers;
	bool shared;			/* ALGATE_PROG_SHARED */
	u8 nactions;
	u8 nloops;
	u8 ncases;
	u8 nslots;
	u8 nsets;
	bool verified;
	bool reads_ends;	/* set by the verifier: a run may read the
				 * addresses and ports of the flow
				 */
	bool reads_route;	/* the same: which side is outside */
	u16 entry[2];		/* first instruction, by enum algate_dir */
	u16 begin[2];		/* the same for a direction's first message */
	bool gated[2];		/* the direction has a recogniser */
	u16 ninsns;
	u16 literals_len;
	u32 image_len;
	u32 insns_off;		/* offset in the image, in bytes */
	u32 steps;		/* set by the verifier: the most steps of a path
				 * outside of loops, or in an element
				 */
	struct algate_service service[ALGATE_MAX_SERVICES];
	struct algate_class class[ALGATE_MAX_CLASSES];
	char var[ALGATE_MAX_VARS][ALGATE_NAME_LEN];
	char counter[ALGATE_MAX_COUNTERS][ALGATE_NAME_LEN];
	struct algate_table table[ALGATE_MAX_TABLES];
	u16 max_entries;		/* entries of all tables together */
	struct algate_setting param[ALGATE_MAX_PARAMS];
	struct algate_setting map[ALGATE_MAX_MAPS];
	struct algate_input input[ALGATE_MAX_INPUTS];
	struct algate_other other[ALGATE_MAX_OTHERS];
	struct algate_action action[ALGATE_MAX_ACTIONS];
	struct algate_loop loop[ALGATE_MAX_LOOPS];
	u8 slot_type[ALGATE_MAX_SLOTS];
	const u8 (*set)[32];
	const u8 (*cases)[256];
	const u8 *literals;
	const u8 *lines;	/* le16 for each instruction, or NULL */
	const u8 *image;
	struct algate_step *step;	/* of each instruction: see step.h */
	u8 member[ALGATE_ROWS][256];	/* bit n % 8 of [n / 8][c]:
					 * set n contains c
					 */
	u16 first[2][256];	/* first step, by a message's first byte */
	u16 first_text[2][256];	/* the same for a line without control
				 * characters up to ALGATE_LOW
				 */
	u8 npairs;
	u8 pair[2][256];	/* row of @second by first byte; 0: any */
	u8 second[1 + ALGATE_PAIRS][256 / 8];	/* second bytes with which a rule
						 * may match the line, a bitmap;
						 * row 0 is unused
						 */
	u8 nparts;
	u8 element[ALGATE_ELEMENT_TABLES][ALGATE_NO_BYTE + 1];	/* see step.h */
	u8 nfields;
	struct algate_name field[1 + ALGATE_NAMES];	/* entry 0 is unused */
	/* index in @field of each bucket's first name; 0: empty */
	u8 named[ALGATE_NAMED_LOOPS][ALGATE_NAME_BUCKETS];
	/* the steps behind need an alignment of 8 bytes */
	struct algate_instr insn[] __aligned(8);
};

/*
 * X(id, text): the reasons to reject an image or a program. image.c uses the
 * reasons up to LINES_COUNT, TABLE_*, PARAM_MAX, MAP_MAX, INPUT_* and OTHER_VAR;
 * the verifier uses the others, and NO_MEMORY.
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
	X(NAME, "the name is not 1-15 of A-Z a-z 0-9 _ . -") \
	X(RECORD_NAME, "a name is not 1-15 of A-Z a-z 0-9 _ . - and NULs") \
	X(RECORD_TWICE, "two records have the same name") \
	X(TITLE, "the title is not UTF-8 without control characters") \
	X(SERVICE_PROTO, "a service is neither tcp nor udp") \
	X(CLASS_MAX, "a class allows no expectation") \
	X(CLASS_FLAGS, "a class has unknown flags") \
	X(CLASS_TIMEOUT, "a timeout is not 1-86400 seconds") \
	X(CLASS_LIFETIME, "a class's lifetime is above 1440 minutes or below its timeout") \
	X(PROG_FLAGS, "the plug-in has unknown flags") \
	X(SLOT_TYPE, "a slot has an unknown type") \
	X(LINES_COUNT, "not as many line numbers as instructions") \
	X(SERVICE_TWICE, "the same service twice") \
	X(FRAME_KIND, "unknown framing") \
	X(FRAME_FLAGS, "the framing has unknown flags") \
	X(FRAME_MAX, "the longest message has no bytes") \
	X(FRAME_UNUSED, "a field that the framing does not use is not zero") \
	X(FRAME_NAMES, "the names of the length field are missing or outside the literal pool") \
	X(FRAME_LENGTH, "no value of the length field gives a message that fits") \
	X(FRAME_ORDER, "the byte that says the order is behind the length field, or the order is given") \
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
	X(ACTION_KEY, "an action's key, time or host is not a slot made by arithmetic") \
	X(SHARED_CLOSE, "a close without a key, on a flow that many users share") \
	X(ACTION_OTHER, "an action names another plug-in that does not exist, or does not inspect the expected flow") \
	X(INPUT_VAR, "an input is not one of the variables") \
	X(INPUT_RANGE, "the numbers of an input end before they begin") \
	X(OTHER_VAR, "a variable of another plug-in has no slot, or a slot has no variable") \
	X(OTHER_SLOT, "a value for another plug-in is not a slot made by arithmetic") \
	X(LOOP_KIND, "unknown loop") \
	X(LOOP_MAX, "a loop has no elements, or a number of bytes has more than one") \
	X(LOOP_UNUSED, "a field that the loop does not use is not zero") \
	X(LOOP_PREFIX, "no value of the length gives an element") \
	X(LOOP_UNTIL, "the literal that ends a loop is outside the pool") \
	X(TABLE_MAX, "a table has not 1-1024 entries") \
	X(TABLE_FLAGS, "a table has unknown flags") \
	X(PARAM_MAX, "a list has not 1-64 ranges") \
	X(MAP_MAX, "a map has not 1-64 pairs") \
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
	X(SCALE, "a sum or product of a value that is no number, or of more than a byte") \
	X(SKIP_RANGE, "not a skip of 1-65535 bytes") \
	X(AT_RANGE, "no message has that many bytes") \
	X(BITS, "not a number of 1-7 bits") \
	X(END_VALUE, "the run can only end with 0 or 1") \
	X(VAR, "no such variable") \
	X(META, "no such datum") \
	X(COUNTER, "no such counter") \
	X(TABLE, "no such table") \
	X(QUEUE, "a queue is used as a table, or a table as a queue") \
	X(PARAM, "no such list") \
	X(MAP, "no such map") \
	X(ACTION, "no such action") \
	X(LOOP, "no such loop") \
	X(LOOP_WITHIN, "EACH of a number of bytes, or WITHIN of another loop") \
	X(CASE, "no such case table") \
	X(FIELD, "the names of the field are not 1-63 bytes each") \
	X(PAD, "the padding is not to a multiple of 2, 4 or 8") \
	X(IS, "no such kind of address") \
	X(SHARED_STOP, "a stop, on a flow that many users share") \
	X(JUMP, "jump past the last instruction") \
	X(FALLS_OFF, "the program runs past its last instruction") \
	X(UNREACHABLE, "no path leads to the instruction") \
	X(SLOT_UNSET, "the slot may be read before it is written") \
	X(SLOT_UNMARKED, "the span may be closed before it is marked") \
	X(LOOP_DEPTH, "loops more than 6 deep") \
	X(LOOP_NEXT, "EACH and NEXT do not stand together") \
	X(LOOP_BACK, "a LOOP does not lead back to the NEXT of its own loop, or does not end it") \
	X(LOOP_CROSSED, "a jump leads into a loop or out of it") \
	X(LOOP_END, "the run ends inside a loop") \
	X(LOOP_UNSET, "a span is marked before the loop, but not at its end") \
	X(BEGIN_MISSING, "the plug-in can open or translate on tcp, but does not say how this direction begins") \
	X(BEGIN_BLIND, "a first message is accepted without comparing any byte") \
	X(GATE_WRITES, "a recogniser does more than compare bytes") \
	X(GATE_END, "the run ends in a recogniser as if in a rule, or in a rule as if in a recogniser") \
	X(GATE_ACCEPT, "a message is accepted outside of a recogniser") \
	X(GATE_CROSSED, "paths from a recogniser and from a rule meet") \
	X(COST, "a path through the rules takes too many steps")

#define ALGATE_REASON_ENUM(id, text) ALGATE_R_##id,
enum algate_reason {
	ALGATE_R_NONE,
	ALGATE_REASONS(ALGATE_REASON_ENUM)
	__ALGATE_R_MAX
};

/**
 * struct algate_reject - rejection of an image or a program
 * @reason: enum algate_reason
 * @insn: index of the instruction, or -1
 * @off: offset in the image of the instruction or of the section, in bytes;
 *	0: the fault is in the header, or in no single place
 *
 * The text of a reason is constant. Userspace has the image, and finds the
 * instruction and the source line by the offset.
 */
struct algate_reject {
	int reason;
	int insn;
	u32 off;
};

/*
 * V10: a run takes at most ALGATE_MAX_STEPS steps. Its budget is
 * ALGATE_RUN_STEPS. A run exceeds it by two paths at most, the comparisons of the
 * fast path and the instructions since the last NEXT, and by two searches of the
 * longest message, ALGATE_LAST_STEPS, for the same reasons.
 */
#define ALGATE_MAX_STEPS	(1024 * 1024)
#define ALGATE_PATH_STEPS	(128 * 1024)
#define ALGATE_LAST_STEPS	(2 * 72 * 1024)
#define ALGATE_RUN_STEPS	(ALGATE_MAX_STEPS - 2 * ALGATE_PATH_STEPS - \
				 ALGATE_LAST_STEPS)

/* image.c */
struct algate_prog *algate_image_decode(const void *image, size_t len,
					struct algate_reject *why);
void algate_prog_free(struct algate_prog *prog);

/* verify.c */
int algate_prog_verify(struct algate_prog *prog, struct algate_reject *why);
const char *algate_reason_text(int reason);

/* cost.c */
u32 algate_own_cost(const struct algate_prog *prog,
		    const struct algate_instr *in);
u32 algate_prog_cost(struct algate_prog *prog);

/* bounds.c */
void algate_prog_bounds(struct algate_prog *prog);

/* prepare.c */
void algate_prog_prepare(struct algate_prog *prog);

/* dispatch.c */
void algate_prog_dispatch(struct algate_prog *prog);

/* fields.c */
void algate_prog_fields(struct algate_prog *prog);

#endif /* ALGATE_PROGRAM_H */

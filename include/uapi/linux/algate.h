/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * algate: programmable application layer gateway for netfilter NAT.
 *
 * The header shared by kernel and userspace: first the compiled program (the
 * image), then the generic netlink family that carries images.
 */
#ifndef _UAPI_LINUX_ALGATE_H
#define _UAPI_LINUX_ALGATE_H

#include <linux/types.h>

/*
 * The image
 * =========
 *
 * A plug-in is compiled to an image: a self-contained little-endian byte
 * string that the kernel decodes, verifies and runs.
 *
 *	header    "ALGP", u16 version, u16 reserved (0), u32 total length
 *	section*  u16 id, u16 reserved (0), u32 payload length,
 *	          payload, zero padding to a multiple of 4
 *
 * Sections appear at most once and in ascending order of their id. Mandatory
 * sections must be present. Records have the fixed sizes given below; strings
 * are NUL-padded to their field.
 */
#define ALGATE_IMAGE_MAGIC	0x50474c41	/* "ALGP" */
#define ALGATE_IMAGE_VERSION	1
#define ALGATE_IMAGE_HDR_LEN	12
#define ALGATE_IMAGE_MAX	(63 * 1024)	/* fits a netlink attribute */

/**
 * enum algate_section - sections of an image
 * @ALGATE_SEC_NAME: mandatory, plug-in name: 1-15 bytes [A-Za-z0-9_.-], no NUL
 * @ALGATE_SEC_TITLE: description in UTF-8, at most 127 bytes, no NUL
 * @ALGATE_SEC_SERVICES: mandatory, 1-8 records of 4 bytes: u8 protocol
 *	(IPPROTO_TCP or IPPROTO_UDP), u8 reserved, u16 usual server port
 *	(0: none)
 * @ALGATE_SEC_FRAME: mandatory, 1-2 records of 20 bytes: u8 kind (enum
 *	algate_frame), u8 flags (ALGATE_FRAME_*), u8 width, u8 header literal
 *	count, u16 max message length in bytes, u16 offset, s32 bias, u32 mask
 *	(see enum algate_frame), u8 lead, u8 more (at most 255 - lead), u16
 *	place of the byte that says the order (see ALGATE_FRAME_ORDER); the
 *	second record cuts messages whose first byte is "lead" to "lead" +
 *	"more"; all three are 0 in a first record without ALGATE_FRAME_ORDER
 * @ALGATE_SEC_CLASSES: 0-4 records of 24 bytes: char name[16], u8 max
 *	expectations at a time per flow and direction of the opening message
 *	(1-255; more than 95 count as 95), u8 flags (ALGATE_CLASS_*), u16
 *	longest lifetime in minutes that a confirm or extend may give (0: the
 *	timeout, else up to 1440 and not below the timeout), u32 timeout in
 *	seconds (1-86400)
 * @ALGATE_SEC_VARS: 0-8 records of char name[16]: variables of the flow
 * @ALGATE_SEC_COUNTERS: 0-16 records of char name[16]: counters of the rules
 * @ALGATE_SEC_TABLES: 0-6 records of 24 bytes: char name[16], u16 max entries
 *	per flow (1-1024), u8 flags (ALGATE_TABLE_*), u8 reserved, u32 timeout
 *	in seconds (1-86400)
 * @ALGATE_SEC_ACTIONS: 0-128 records of 20 bytes: see enum algate_action_field
 * @ALGATE_SEC_LOOPS: 0-32 records of 24 bytes: see enum algate_loop_field
 * @ALGATE_SEC_CASES: 0-48 records of 256 bytes: see ALGATE_OP_CASE
 * @ALGATE_SEC_SLOTS: 0-32 bytes: u8 type (enum algate_type) of each slot
 * @ALGATE_SEC_SETS: 0-64 records of 32 bytes: byte sets, bit n of byte n / 8
 * @ALGATE_SEC_LITERALS: 0-32768 bytes: the literal pool
 * @ALGATE_SEC_INSNS: mandatory, 1-4096 instruction words (struct algate_insn)
 * @ALGATE_SEC_ENTRIES: mandatory, 2 x u16: index of the first instruction
 *	for messages of the client and of the server
 * @ALGATE_SEC_LINES: one u16 per instruction: line of the rule file
 * @ALGATE_SEC_BEGINS: 2 x u16: index of the first instruction for the first
 *	message of the client and of the server, or ALGATE_NO_BEGIN. A direction
 *	with such an index has a recogniser: see ALGATE_OP_ACCEPT.
 * @ALGATE_SEC_FLAGS: u32: ALGATE_PROG_*
 * @ALGATE_SEC_PARAMS: 0-4 records of 20 bytes: char name[16], u16 max ranges
 *	(1-64), u16 reserved: lists of numbers that the administrator fills
 * @ALGATE_SEC_MAPS: 0-2 records of 20 bytes: char name[16], u16 max pairs
 *	(1-64), u16 reserved: maps of addresses that the administrator fills
 * @ALGATE_SEC_INPUTS: 0-16 records of 12 bytes: u8 variable, u8 reserved[3],
 *	u32 first, u32 last: numbers that another plug-in may give to the
 *	variable. A variable may have several records
 * @ALGATE_SEC_OTHERS: 0-8 records of 68 bytes: char name[16] of another plug-in,
 *	char variable[3][16] of that plug-in, u8 slot[3], u8 reserved: the
 *	variables of a flow that the other plug-in inspects begin with the
 *	numbers in the slots. An empty name, with slot NONE, gives nothing
 */
enum algate_section {
	ALGATE_SEC_UNSPEC,
	ALGATE_SEC_NAME,
	ALGATE_SEC_TITLE,
	ALGATE_SEC_SERVICES,
	ALGATE_SEC_FRAME,
	ALGATE_SEC_CLASSES,
	ALGATE_SEC_VARS,
	ALGATE_SEC_COUNTERS,
	ALGATE_SEC_TABLES,
	ALGATE_SEC_ACTIONS,
	ALGATE_SEC_LOOPS,
	ALGATE_SEC_CASES,
	ALGATE_SEC_SLOTS,
	ALGATE_SEC_SETS,
	ALGATE_SEC_LITERALS,
	ALGATE_SEC_INSNS,
	ALGATE_SEC_ENTRIES,
	ALGATE_SEC_LINES,
	ALGATE_SEC_BEGINS,
	ALGATE_SEC_FLAGS,
	ALGATE_SEC_PARAMS,
	ALGATE_SEC_MAPS,
	ALGATE_SEC_INPUTS,
	ALGATE_SEC_OTHERS,
	__ALGATE_SEC_MAX
};
#define ALGATE_SEC_MAX (__ALGATE_SEC_MAX - 1)

#define ALGATE_NAME_LEN		16	/* with the NUL: a conntrack helper's name */
#define ALGATE_TITLE_LEN	128
#define ALGATE_MAX_SERVICES	8
#define ALGATE_MAX_CLASSES	4
#define ALGATE_MAX_VARS		8
#define ALGATE_MAX_COUNTERS	16
#define ALGATE_MAX_TABLES	6
#define ALGATE_MAX_ENTRIES	1024	/* of a table, per flow */
#define ALGATE_MAX_PARAMS	4
#define ALGATE_MAX_RANGES	64	/* of a list */
#define ALGATE_MAX_MAPS		2
#define ALGATE_MAX_PAIRS	64	/* of a map */
#define ALGATE_MAX_INPUTS	16
#define ALGATE_MAX_OTHERS	8
#define ALGATE_MAX_GIVEN	3	/* variables of another plug-in's flow */
#define ALGATE_MAX_CHAIN	4	/* plug-ins, each expecting for the next */
#define ALGATE_MAX_ACTIONS	128
#define ALGATE_MAX_LOOPS	32
#define ALGATE_MAX_ELEMENTS	65535	/* of a loop */
#define ALGATE_MAX_DEPTH	6	/* loops inside loops */
#define ALGATE_MAX_CASES	48
#define ALGATE_MAX_SLOTS	32
#define ALGATE_MAX_SETS		64
#define ALGATE_MAX_LITERALS	32768
#define ALGATE_MAX_INSNS	4096
#define ALGATE_MAX_MESSAGE	65535
#define ALGATE_NO_BEGIN		0xffff	/* the direction has no recogniser */
#define ALGATE_TIME_MAX		86400	/* seconds that anything stays open */

/**
 * enum algate_frame - framing of messages
 *
 * A UDP payload is a message under each framing. The framing then only locates
 * the length field that the kernel corrects after rewriting.
 * @ALGATE_FRAME_DATAGRAM: a UDP payload is a message (UDP only)
 * @ALGATE_FRAME_LINES: up to and including LF; rules see the line without the
 *	LF and without a CR before the LF
 * @ALGATE_FRAME_HEADERS: header block up to an empty line, then a body; a
 *	header field gives the body length in decimal; the names of the field
 *	are the first "header literal count" literals, each stored as u8
 *	length + bytes at the start of the pool, compared ignoring case
 * @ALGATE_FRAME_LENGTH: a length of @width bytes (1, 2, 4) at @offset,
 *	big-endian unless ALGATE_FRAME_LITTLE or _ORDER; message length is
 *	(value & mask) + bias
 * @ALGATE_FRAME_FIRST: the bytes up to the first NUL, at most the first "max"
 *	bytes; the rest of that direction is not inspected
 * @ALGATE_FRAME_TURNS: the two ends take turns, as in a remote call; a message
 *	is at most the first "max" bytes of a turn, and is handled as soon as
 *	the result of the rules is certain
 *
 * If rewriting changes the length of a message, the kernel also rewrites the
 * length field of HEADERS and LENGTH.
 */
enum algate_frame {
	ALGATE_FRAME_UNSPEC,
	ALGATE_FRAME_DATAGRAM,
	ALGATE_FRAME_LINES,
	ALGATE_FRAME_HEADERS,
	ALGATE_FRAME_LENGTH,
	ALGATE_FRAME_FIRST,
	ALGATE_FRAME_TURNS,
	__ALGATE_FRAME_MAX
};

#define ALGATE_FRAME_LITTLE	0x01
/*
 * The message says the order of its length: little-endian if the byte at "place"
 * is "lead" to "lead" + "more", else big-endian. Only in the first and only
 * record, and without ALGATE_FRAME_LITTLE.
 */
#define ALGATE_FRAME_ORDER	0x02

/*
 * Many users share a flow, as on a trunk between exchanges: no message ends the
 * inspection of the flow, nor closes all expectations of a class.
 */
#define ALGATE_PROG_SHARED	0x01

#define ALGATE_CLASS_PERMANENT	0x01	/* expectation survives its use */
#define ALGATE_MAX_USES		1024	/* of a permanent expectation */

/*
 * The table is a queue: the entries are requests that wait for their replies,
 * in the order of the stream. Only ASK and ANSWER use a queue.
 */
#define ALGATE_TABLE_QUEUE	0x01

/**
 * enum algate_type - types of a slot and notations in a message
 *
 * The notation defines how a value is read from a message and written back. The
 * notation also determines the kind of the value: number, address, endpoint or
 * bytes.
 * @ALGATE_T_NUM: number made by arithmetic; without notation, so TAKE cannot
 *	read it
 * @ALGATE_T_SPAN: bytes between MARK and CLOSE, or a single byte read by TAKE
 * @ALGATE_T_DEC: decimal digits, 0 - 4294967295, at most 10 digits
 * @ALGATE_T_PORT: decimal digits, 0 - 65535, at most 5 digits
 * @ALGATE_T_HEX: hexadecimal digits, at most 8
 * @ALGATE_T_U8: one byte
 * @ALGATE_T_U16BE: two bytes, big-endian
 * @ALGATE_T_U16LE: two bytes, little-endian
 * @ALGATE_T_U32BE: four bytes, big-endian
 * @ALGATE_T_U32LE: four bytes, little-endian
 * @ALGATE_T_PORT_COMMAS: "p1,p2" (RFC 959)
 * @ALGATE_T_PORT_DOTS: "p1.p2" (tail of a universal address, RFC 5665)
 * @ALGATE_T_IP4: dotted quad, each part 0-255 without superfluous digits
 *	beyond three
 * @ALGATE_T_IP4_COMMAS: "h1,h2,h3,h4" (RFC 959)
 * @ALGATE_T_IP4_DEC: the address as one decimal number
 * @ALGATE_T_IP4_RAW: four bytes in network order
 * @ALGATE_T_IP6: RFC 4291 text (also ::ffff:1.2.3.4), written as RFC 5952
 * @ALGATE_T_IP6_RAW: sixteen bytes
 * @ALGATE_T_IP: as IP4 or as IP6
 * @ALGATE_T_HOST: as IP4, or as IP6 in brackets (the host of a URI, RFC 3986)
 * @ALGATE_T_ENDPOINT: HOST, optionally followed by ":" and PORT
 * @ALGATE_T_PER: length of aligned PER (X.691, 11.9): one byte up to 127, or
 *	two bytes with the highest bit set up to 16383; never written
 * @ALGATE_T_BER: length of BER (X.690, 8.1.3): one byte up to 127, or one or two
 *	bytes behind 0x81 or 0x82; never written
 * @ALGATE_T_IP4_UTF16: as IP4, each character as two bytes, little-endian
 * @ALGATE_T_PORT_UTF16: as PORT, likewise
 * @ALGATE_T_ADDR: address from a map; without notation or place, so TAKE cannot
 *	read it, and no action takes it
 */
enum algate_type {
	ALGATE_T_UNSPEC,
	ALGATE_T_NUM,
	ALGATE_T_SPAN,
	ALGATE_T_DEC,
	ALGATE_T_PORT,
	ALGATE_T_HEX,
	ALGATE_T_U8,
	ALGATE_T_U16BE,
	ALGATE_T_U16LE,
	ALGATE_T_U32BE,
	ALGATE_T_U32LE,
	ALGATE_T_PORT_COMMAS,
	ALGATE_T_PORT_DOTS,
	ALGATE_T_IP4,
	ALGATE_T_IP4_COMMAS,
	ALGATE_T_IP4_DEC,
	ALGATE_T_IP4_RAW,
	ALGATE_T_IP6,
	ALGATE_T_IP6_RAW,
	ALGATE_T_IP,
	ALGATE_T_HOST,
	ALGATE_T_ENDPOINT,
	ALGATE_T_PER,
	ALGATE_T_BER,
	ALGATE_T_ADDR,
	ALGATE_T_U24BE,
	ALGATE_T_IP4_UTF16,
	ALGATE_T_PORT_UTF16,
	__ALGATE_T_MAX
};

/**
 * struct algate_insn - the instruction word
 * @op: enum algate_op
 * @a: slot or set index, or flags
 * @jf: jump target if the instruction fails: relative to the next
 *	instruction, forward only
 * @imm: immediate operand
 *
 * The window is the message, or in a loop the current element. The cursor
 * starts at the first byte of the window. An instruction that needs bytes past
 * the end of the window fails, unless the window may still grow by bytes that
 * have not arrived: then the run ends and asks for more.
 */
struct algate_insn {
	__u8 op;
	__u8 a;
	__le16 jf;
	__le32 imm;
};

/**
 * enum algate_op - instructions
 * @ALGATE_OP_END: the run ends; @imm 0: no rule matched, 1: handled, 2: the
 *	message is not the protocol's
 * @ALGATE_OP_JUMP: go to @jf
 * @ALGATE_OP_LIT: literal at the cursor, or fail. @imm: offset in the pool
 *	(low 16 bits), length 1-255 (high 16); @a bit 0: ignore ASCII case
 * @ALGATE_OP_FIND: like LIT, at the first occurrence from the cursor on
 * @ALGATE_OP_SPAN: skip bytes in set @a: at least @imm low 16 bits, or fail;
 *	at most @imm high 16 bits (1-65535)
 * @ALGATE_OP_SCAN: move to the first byte in set @a, or fail
 * @ALGATE_OP_PEEK: fail unless the next byte is in set @a; cursor stays
 * @ALGATE_OP_SKIP: skip @imm bytes (1-65535)
 * @ALGATE_OP_MOVE: skip the number of bytes in slot @a
 * @ALGATE_OP_AT: cursor to byte @imm of the window (0-65535), or fail
 * @ALGATE_OP_HERE: slot @a (NUM) = position in the message, in bits
 * @ALGATE_OP_SEEK: cursor to the offset in slot @a (NUM), or fail
 * @ALGATE_OP_EOM: fail unless the cursor is at the window's end
 * @ALGATE_OP_TAKE: read slot @a in its notation and skip the bytes, or fail.
 *	@imm, of a number that can be written: low 16 bits added to the number
 *	that was read, after a multiplication with bits 16-23; 0: with 1
 * @ALGATE_OP_MARK: slot @a (SPAN) begins at the cursor, with no bytes yet
 * @ALGATE_OP_CLOSE: slot @a (SPAN) ends at the cursor; the span is empty if
 *	the cursor is before its beginning
 * @ALGATE_OP_SAME: the bytes of slot @a again, or fail
 * @ALGATE_OP_SET: slot @a (NUM) = @imm
 * @ALGATE_OP_COPY: slot @a (NUM) = number in slot @imm
 * @ALGATE_OP_ADD: slot @a (NUM) += @imm, modulo 2^32
 * @ALGATE_OP_SUB: slot @a (NUM) -= @imm
 * @ALGATE_OP_AND: slot @a (NUM) &= @imm
 * @ALGATE_OP_OR: slot @a (NUM) |= @imm
 * @ALGATE_OP_ADDS: slot @a (NUM) += slot @imm
 * @ALGATE_OP_SUBS: slot @a (NUM) -= slot @imm
 * @ALGATE_OP_LDF: slot @a (NUM) = variable @imm of the flow
 * @ALGATE_OP_STF: variable @imm of the flow = number in slot @a
 * @ALGATE_OP_LDM: slot @a (NUM) = datum @imm (enum algate_meta)
 * @ALGATE_OP_EQ: fail unless slot @a == @imm
 * @ALGATE_OP_NE: fail unless slot @a != @imm
 * @ALGATE_OP_LT: fail unless slot @a < @imm
 * @ALGATE_OP_LE: fail unless slot @a <= @imm
 * @ALGATE_OP_GT: fail unless slot @a > @imm
 * @ALGATE_OP_GE: fail unless slot @a >= @imm
 * @ALGATE_OP_ANY: fail unless slot @a & @imm
 * @ALGATE_OP_EQS: fail unless slot @a == slot @imm (numbers, or spans of the
 *	same bytes)
 * @ALGATE_OP_IS: fail unless the address in slot @a is @imm, see enum
 *	algate_whose
 * @ALGATE_OP_HASH: slot @a (NUM) = hash of the bytes of slot @imm; of an
 *	address, not 0 and whatever its notation
 * @ALGATE_OP_FIELD: name of a header field, ignoring case, blanks, ":", and
 *	blanks and line ends, or fail. @imm as for LIT: the names, each as u8
 *	length (1-63) + bytes
 * @ALGATE_OP_CASE: look at the next byte, b, and go to the current
 *	instruction + n, where n is byte b of case table @imm; fail if n is 0
 * @ALGATE_OP_EACH: enter loop @imm from the cursor on; a NEXT follows
 * @ALGATE_OP_NEXT: the loop's next element becomes the window, the cursor its
 *	first byte; after the last element, leave the loop and go to @jf, with
 *	the cursor behind the loop and the window of EACH
 * @ALGATE_OP_LOOP: end of the loop's instructions: go back @imm instructions
 *	to the NEXT; the NEXT's @jf leads behind the LOOP
 * @ALGATE_OP_RECALL: slot @a (NUM) = entry of table (@imm bits 0-7) with the
 *	key in slot (@imm bits 8-15), or fail
 * @ALGATE_OP_REMEMBER: write the number in slot @a to an entry, operands like
 *	RECALL, if the message is handled; in a full table, replace the oldest
 *	entry
 * @ALGATE_OP_FORGET: remove the entry with the key in slot @a from table @imm,
 *	if the message is handled
 * @ALGATE_OP_ACT: intent: action record @imm; refuse the message if it has too
 *	many intents
 * @ALGATE_OP_REWRITE: intent: write the value of slot @imm in the place and
 *	the notation of slot @a (not a span); both of the same kind; fail if
 *	another intent writes something else in this place
 * @ALGATE_OP_ADJUST: intent: the number in slot @a counts the bytes directly
 *	behind the number; write the count after rewriting; @imm 2, 4, 8: pad
 *	these bytes with zeros to a multiple of @imm; 0: no padding
 * @ALGATE_OP_COUNT: add one to counter @imm of the plug-in
 * @ALGATE_OP_REFUSE: drop the message's intents and writes to variables, count
 *	the message as refused, end the run
 * @ALGATE_OP_STOP: intent: end the inspection of this flow
 * @ALGATE_OP_ACCEPT: end of a recogniser: the message is the protocol's. The
 *	cursor goes to the first byte, and the rules follow.
 * @ALGATE_OP_MIX: slot @a (NUM) = hash of the number in slot @a, and the number,
 *	the bytes or the address of slot @imm
 * @ALGATE_OP_ASK: put the number in slot @a into queue @imm, also if the
 *	message is refused later; into a full queue, put a mark, and then
 *	nothing more
 * @ALGATE_OP_ANSWER: take the oldest number from queue @imm, also if the
 *	message is refused later; slot @a (NUM) = the number; 0 if the queue is
 *	empty, or at the mark, which stays in the queue
 * @ALGATE_OP_LISTED: fail if the administrator has filled list @imm, and the
 *	list does not contain the number in slot @a
 * @ALGATE_OP_BITS: slot @a (NUM) = the next @imm bits (1-7), most significant
 *	first. Behind a BITS that ended inside a byte, the next bits are the rest
 *	of this byte; otherwise they begin at the cursor. The cursor is behind
 *	the byte with the last bit, so all other instructions begin at the next
 *	whole byte. AT, SEEK, MOVE, ACCEPT and NEXT forget the rest of a
 *	byte, except NEXT of a REPEAT of one element or with ALGATE_LOOP_INSIDE.
 * @ALGATE_OP_BACK: go to the position in slot @a (NUM), as stored by HERE, or
 *	fail if it is outside of the window
 * @ALGATE_OP_WITHIN: as EACH, for a loop of the kind WITHIN: the only element
 *	is the next bytes; slot @a has their number
 * @ALGATE_OP_MAP: slot @a (ADDR) = the address to which map (@imm bits 0-7)
 *	translates the address in slot (@imm bits 8-15), or fail
 * @ALGATE_OP_UNMAP: the same, translated back; operands like MAP
 *
 * In a direction of ALGATE_SEC_BEGINS, both entries (for the first message and
 * for later messages) lead into a recogniser. Its instructions only compare
 * bytes. Each path through a recogniser leads to ACCEPT, or to END with @imm 2.
 * Behind ACCEPT are the rules, where @imm of END is 0 or 1. For the first
 * message, each path to ACCEPT has compared a byte.
 */
enum algate_op {
	ALGATE_OP_UNSPEC,
	ALGATE_OP_END,
	ALGATE_OP_JUMP,
	ALGATE_OP_LIT,
	ALGATE_OP_FIND,
	ALGATE_OP_SPAN,
	ALGATE_OP_SCAN,
	ALGATE_OP_PEEK,
	ALGATE_OP_SKIP,
	ALGATE_OP_MOVE,
	ALGATE_OP_AT,
	ALGATE_OP_HERE,
	ALGATE_OP_SEEK,
	ALGATE_OP_EOM,
	ALGATE_OP_TAKE,
	ALGATE_OP_MARK,
	ALGATE_OP_CLOSE,
	ALGATE_OP_SAME,
	ALGATE_OP_SET,
	ALGATE_OP_COPY,
	ALGATE_OP_ADD,
	ALGATE_OP_SUB,
	ALGATE_OP_AND,
	ALGATE_OP_OR,
	ALGATE_OP_ADDS,
	ALGATE_OP_SUBS,
	ALGATE_OP_LDF,
	ALGATE_OP_STF,
	ALGATE_OP_LDM,
	ALGATE_OP_EQ,
	ALGATE_OP_NE,
	ALGATE_OP_LT,
	ALGATE_OP_LE,
	ALGATE_OP_GT,
	ALGATE_OP_GE,
	ALGATE_OP_ANY,
	ALGATE_OP_EQS,
	ALGATE_OP_IS,
	ALGATE_OP_HASH,
	ALGATE_OP_FIELD,
	ALGATE_OP_CASE,
	ALGATE_OP_EACH,
	ALGATE_OP_NEXT,
	ALGATE_OP_LOOP,
	ALGATE_OP_RECALL,
	ALGATE_OP_REMEMBER,
	ALGATE_OP_FORGET,
	ALGATE_OP_ACT,
	ALGATE_OP_REWRITE,
	ALGATE_OP_ADJUST,
	ALGATE_OP_COUNT,
	ALGATE_OP_REFUSE,
	ALGATE_OP_STOP,
	ALGATE_OP_ACCEPT,
	ALGATE_OP_MIX,
	ALGATE_OP_ASK,
	ALGATE_OP_ANSWER,
	ALGATE_OP_LISTED,
	ALGATE_OP_BITS,
	ALGATE_OP_BACK,
	ALGATE_OP_WITHIN,
	ALGATE_OP_MAP,
	ALGATE_OP_UNMAP,
	__ALGATE_OP_MAX
};

/**
 * enum algate_meta - properties of a message, read by LDM
 * @ALGATE_META_LEN: message length in bytes
 * @ALGATE_META_NR: number of the message in its direction, from 0
 * @ALGATE_META_SPORT: sender's port before NAT
 * @ALGATE_META_PROTO: IPPROTO_TCP or IPPROTO_UDP
 * @ALGATE_META_FAMILY: 4 or 6
 * @ALGATE_META_STUN: 1 if the sender's keep-alives were STUN (RFC 8489), else 0
 * @ALGATE_META_SIDE: sender's end of the root flow: 0 client, 1 server
 * @ALGATE_META_BROADCAST: 1 if the message goes to all hosts of a network or to
 *	a multicast group, else 0
 * @ALGATE_META_ADDITION: in a loop of the kind ADDITION: index of the addition,
 *	from 0; elsewhere 0
 * @ALGATE_META_OUTBOUND: 1 if the message leaves for the outside, else 0. The
 *	outside is where NAT hides the other side; if NAT hides neither side or
 *	both, where the default route leads, unless it leads to both or neither
 * @ALGATE_META_INBOUND: 1 if the message comes from the outside, else 0
 */
enum algate_meta {
	ALGATE_META_LEN,
	ALGATE_META_NR,
	ALGATE_META_SPORT,
	ALGATE_META_PROTO,
	ALGATE_META_FAMILY,
	ALGATE_META_STUN,
	ALGATE_META_SIDE,
	ALGATE_META_BROADCAST,
	ALGATE_META_ADDITION,
	ALGATE_META_OUTBOUND,
	ALGATE_META_INBOUND,
	__ALGATE_META_MAX
};

/**
 * enum algate_whose - kinds of an address, tested by IS
 * @ALGATE_IS_OWN: the sender's own address
 * @ALGATE_IS_PEER: the peer's address as the sender sees the peer; a port of the
 *	endpoint must be the flow's port or an opened port
 * @ALGATE_IS_PRIVATE: an address that may belong to other hosts elsewhere: of a
 *	private or shared network (RFC 1918, RFC 6598, RFC 4193), of a link or a
 *	site (RFC 3927, RFC 4291), of the host itself or of none (RFC 6890)
 */
enum algate_whose {
	ALGATE_IS_OWN,
	ALGATE_IS_PEER,
	ALGATE_IS_PRIVATE,
	__ALGATE_IS_MAX
};

/**
 * enum algate_verb - verb of an action
 * @ALGATE_VERB_OPEN: open expectations, and write the mapped endpoint in the
 *	places of the slots
 * @ALGATE_VERB_TRANSLATE: write the endpoint as the receiver sees it: the
 *	address and port of the sender and of the peer as NAT maps the flow, and
 *	ports opened by the flow's rules as NAT maps the expectations
 * @ALGATE_VERB_CONFIRM: activate the inactive expectations with the key for a
 *	number of seconds, up to the lifetime of the class; 0: withdraw them
 * @ALGATE_VERB_CLOSE: withdraw the class's expectations with the key, or all
 * @ALGATE_VERB_EXTEND: keep the flow's conntrack entry for at least a number
 *	of seconds, up to the longest lifetime of any class; without effect on
 *	a flow that has opened nothing
 */
enum algate_verb {
	ALGATE_VERB_UNSPEC,
	ALGATE_VERB_OPEN,
	ALGATE_VERB_TRANSLATE,
	ALGATE_VERB_CONFIRM,
	ALGATE_VERB_CLOSE,
	ALGATE_VERB_EXTEND,
	__ALGATE_VERB_MAX
};

/**
 * enum algate_action_field - bytes of a record in ALGATE_SEC_ACTIONS
 *
 * Bytes that the verb does not use are 0, unused slots are NONE.
 * @ALGATE_ACTION_VERB: enum algate_verb
 * @ALGATE_ACTION_CLASS: index of the class (open, confirm, close; translate with
 *	ALGATE_ACTION_F_WITH_CLASS)
 * @ALGATE_ACTION_PROTO: open, translate: IPPROTO_TCP, IPPROTO_UDP, or
 *	IPPROTO_GRE with the call identifier of RFC 2637 as "port"; translate:
 *	0: the flow's protocol
 * @ALGATE_ACTION_FROM: open: enum algate_from: allowed source
 * @ALGATE_ACTION_FLAGS: open, translate: ALGATE_ACTION_F_*
 * @ALGATE_ACTION_ADDR: open, translate: slot of the address or endpoint;
 *	NONE: the sender's own; translate: PEER: the peer's
 * @ALGATE_ACTION_PORT: slot of the port; NONE: the endpoint's port, or (open)
 *	the sender's own, or (translate) no port
 * @ALGATE_ACTION_PORT2: slot of the next port, or NONE
 * @ALGATE_ACTION_COUNT: open: number of consecutive ports, 1-16
 * @ALGATE_ACTION_PARITY: open: 2: an even port stays even and an odd port odd
 * @ALGATE_ACTION_KEY: open, confirm, close: slot of the key, read at the end of
 *	the run; or NONE
 * @ALGATE_ACTION_TIME: confirm, extend: slot of the seconds, read at the end of
 *	the run; or NONE
 * @ALGATE_ACTION_NUMBER: u32: seconds, if ALGATE_ACTION_TIME is NONE; open,
 *	translate: default port of an endpoint
 * @ALGATE_ACTION_ONLY: open with ALGATE_FROM_ANY, confirm: slot of the hash of
 *	an address, read at the end of the run; of the peer's side only the peer
 *	and this host may use the openings. A hash of 0, or open with NONE: all
 *	hosts. Confirm with NONE: no change
 * @ALGATE_ACTION_OTHER: open with ALGATE_ACTION_F_INSPECT: n: the plug-in of
 *	record n - 1 of ALGATE_SEC_OTHERS inspects the expected flow; 0: this
 *	plug-in. The slots of the record are read at the end of the run
 */
enum algate_action_field {
	ALGATE_ACTION_VERB = 0,
	ALGATE_ACTION_CLASS = 1,
	ALGATE_ACTION_PROTO = 2,
	ALGATE_ACTION_FROM = 3,
	ALGATE_ACTION_FLAGS = 4,
	ALGATE_ACTION_ADDR = 5,
	ALGATE_ACTION_PORT = 6,
	ALGATE_ACTION_PORT2 = 7,
	ALGATE_ACTION_COUNT = 8,
	ALGATE_ACTION_PARITY = 9,
	ALGATE_ACTION_KEY = 10,
	ALGATE_ACTION_TIME = 11,
	ALGATE_ACTION_NUMBER = 12,
	ALGATE_ACTION_ONLY = 16,
	ALGATE_ACTION_OTHER = 17,
	ALGATE_ACTION_LEN = 20
};

enum algate_from {
	ALGATE_FROM_UNSPEC,
	ALGATE_FROM_PEER,	/* the other end of the flow, any port */
	ALGATE_FROM_ANY,	/* any host on the peer's side, if outside; see
				 * ALGATE_ACTION_ONLY
				 */
	__ALGATE_FROM_MAX
};

#define ALGATE_SLOT_NONE	0xff
#define ALGATE_SLOT_PEER	0xfe
#define ALGATE_ACTION_F_THIRD_PARTY	0x01	/* address need not be the sender's */
#define ALGATE_ACTION_F_LOW_PORTS	0x02	/* ports below 1024 allowed */
#define ALGATE_ACTION_F_INACTIVE	0x04	/* until confirmed */
#define ALGATE_ACTION_F_INSPECT		0x08	/* expected flow too */
#define ALGATE_ACTION_F_OR_ZERO		0x10	/* if refused while another
						 * opening of the class stands,
						 * write 0 as the port
						 */
#define ALGATE_ACTION_F_WITH_CLASS	0x20	/* translate: not if all openings
						 * of the class are refused
						 */

/**
 * enum algate_loop_field - bytes of a record in ALGATE_SEC_LOOPS
 *
 * Bytes that the kind does not use are 0.
 * @ALGATE_LOOP_KIND: enum algate_loop_kind
 * @ALGATE_LOOP_FLAGS: PREFIXED: ALGATE_FRAME_LITTLE; REPEAT: ALGATE_LOOP_INSIDE
 * @ALGATE_LOOP_WIDTH: PREFIXED: bytes of the length (1, 2, 4)
 * @ALGATE_LOOP_SEP: ITEM: separator
 * @ALGATE_LOOP_MAX: u16: maximum number of elements, 1-65535; a message with
 *	more elements is refused, a REPEAT ends there
 * @ALGATE_LOOP_OFFSET: u16: PREFIXED: offset of the length in an element
 * @ALGATE_LOOP_BIAS: s32: PREFIXED: element's length is (value & mask) + bias
 * @ALGATE_LOOP_MASK: u32: PREFIXED
 * @ALGATE_LOOP_UNTIL: u32: LINE: literal, as for LIT: the loop ends before a
 *	line that begins with the literal; or 0
 * @ALGATE_LOOP_RESERVED: 4 bytes of 0
 */
enum algate_loop_field {
	ALGATE_LOOP_KIND = 0,
	ALGATE_LOOP_FLAGS = 1,
	ALGATE_LOOP_WIDTH = 2,
	ALGATE_LOOP_SEP = 3,
	ALGATE_LOOP_MAX = 4,
	ALGATE_LOOP_OFFSET = 6,
	ALGATE_LOOP_BIAS = 8,
	ALGATE_LOOP_MASK = 12,
	ALGATE_LOOP_UNTIL = 16,
	ALGATE_LOOP_RESERVED = 20,
	ALGATE_LOOP_LEN = 24
};

/* an element may begin inside a byte, where BITS of the element before ended */
#define ALGATE_LOOP_INSIDE	0x01

/**
 * enum algate_loop_kind - kinds of loops, by their elements
 * @ALGATE_LOOP_LINE: lines, each without the LF and without a CR before the LF
 * @ALGATE_LOOP_HEADER: header fields with their continuation lines, without
 *	the line end; ends behind an empty line
 * @ALGATE_LOOP_ITEM: items of a list, without blanks and line ends in front;
 *	separators in double quotes or angle brackets do not count
 * @ALGATE_LOOP_PREFIXED: elements that contain their length
 * @ALGATE_LOOP_BER: primitive elements of X.690, each with tag and length; the
 *	loop enters constructed elements
 * @ALGATE_LOOP_REPEAT: the window's rest, repeated while rules match and bytes
 *	are left
 * @ALGATE_LOOP_WITHIN: a number of bytes, once, unless the number is 0
 * @ALGATE_LOOP_ADDITION: the extension additions of a sequence in aligned PER
 *	(X.691, 19.7 to 19.9), 64 at most; the loop begins at the number of bits in
 *	the bitmap. The elements are the contents of the additions that are present
 *
 * A message with a malformed element is refused.
 */
enum algate_loop_kind {
	ALGATE_LOOP_UNSPEC,
	ALGATE_LOOP_LINE,
	ALGATE_LOOP_HEADER,
	ALGATE_LOOP_ITEM,
	ALGATE_LOOP_PREFIXED,
	ALGATE_LOOP_BER,
	ALGATE_LOOP_REPEAT,
	ALGATE_LOOP_WITHIN,
	ALGATE_LOOP_ADDITION,
	__ALGATE_LOOP_MAX
};

/**
 * struct algate_numbers - numbers in the list of a parameter
 * @first: least number
 * @last: greatest number, not below @first
 */
struct algate_numbers {
	__u32 first;
	__u32 last;
};

/**
 * struct algate_pair - two prefixes of a map, whose addresses correspond
 * @family: AF_INET, AF_INET6
 * @bits: length of both prefixes
 * @reserved: 0
 * @from: a prefix in network order; all bits behind @bits are 0
 * @to: the prefix to which the map translates @from; likewise
 *
 * The pairs of a map are in descending order of @bits, then in ascending order
 * of @family and of @from. So the first pair that fits is the most specific. No
 * two pairs with the same @bits and @family have the same @from or the same @to.
 */
struct algate_pair {
	__u8 family;
	__u8 bits;
	__u8 reserved[2];
	__u8 from[16];
	__u8 to[16];
};

/*
 * Generic netlink
 * ===============
 *
 * Family "algate", version 1. Attributes are only ever appended. Every
 * request carries attributes of enum algate_attr at the top level:
 *
 *	command          needs                      carries
 *	PLUGIN_LOAD      CAP_NET_ADMIN, initial ns  IMAGE [SOURCE]... [COMPILER]
 *	PLUGIN_REPLACE   CAP_NET_ADMIN, initial ns  likewise
 *	PLUGIN_UNLOAD    CAP_NET_ADMIN, initial ns  NAME
 *	PLUGIN_GET       - (1)                      [NAME]; dump or one
 *	ATTACH_ADD/DEL   CAP_NET_ADMIN in the ns    ATTACH {...}
 *	ATTACH_GET       CAP_NET_ADMIN in the ns    dump
 *	FLOW_GET         CAP_NET_ADMIN in the ns    [NAME]; dump
 *	EXPECT_GET       CAP_NET_ADMIN in the ns    [NAME]; dump
 *	STATS_GET        -                          [NAME]; dump
 *	LIMIT_GET        -                          one
 *	LIMIT_SET        CAP_NET_ADMIN in the ns    LIMIT {...}
 *	SOURCE_GET       CAP_NET_ADMIN in the ns    NAME; dump
 *	FLOW_FORGET      CAP_NET_ADMIN in the ns    [ATTACH {...}] (2)
 *	PLUGIN_SET       CAP_NET_ADMIN in the ns    NAME CLASS FROM (3), or
 *	                                            NAME PARAM [RANGES] (4), or
 *	                                            NAME MAP [PAIRS] (5)
 *
 * (1) The reply contains IMAGE only for callers with CAP_NET_ADMIN in the
 * namespace. REFS counts the references of all namespaces, and is present only
 * for callers with CAP_NET_ADMIN in the initial user namespace, and in events
 * of network namespaces owned by the initial user namespace.
 *
 * (2) Inspect datagram flows again whose first datagram was not the protocol's;
 * with ATTACH, only flows that an attachment with these attributes covers. NAME,
 * PROTO, DPORT, FROM and PREFIXLEN are optional.
 *
 * (3) ALGATE_FROM_PEER: in the namespace, openings of the class serve the peer
 * alone, even if a rule says "any". ALGATE_FROM_ANY: as the rules say.
 *
 * (4) In the namespace, the list of the parameter contains these numbers.
 * Without RANGES, the list is as if never filled. A replacement keeps the list.
 *
 * (5) In the namespace, the map has these pairs. Without PAIRS, it translates
 * nothing. A replacement keeps the map.
 *
 * The SOURCE attributes of a request are consecutive pieces of the rule text,
 * together at most ALGATE_SOURCE_MAX bytes without NUL. The kernel keeps the
 * text and the version of the compiler, and does not interpret them. SOURCE_GET
 * returns the pieces in order, a piece per message, each with NAME, GENERATION
 * and COMPILER; no message if the plug-in was loaded without its text.
 *
 * A request with any other attribute is refused. A dump with an unknown NAME
 * fails (ENOENT).
 *
 * All numbers are in host order, ports too, so that a policy can check their
 * ranges.
 *
 * Extended acks: each reason has a constant text. NLMSGERR_ATTR_OFFS points to
 * an attribute, or, if the verifier rejects an image, to the instruction or the
 * section header inside of IMAGE.
 *
 * Replies and events carry PLUGIN, ATTACH, FLOW, EXPECT, STATS or LIMIT
 * nests. Events go to the multicast group "events" of the namespace
 * concerned and carry EVENT (enum algate_event).
 */
#define ALGATE_GENL_NAME	"algate"
#define ALGATE_GENL_VERSION	1
#define ALGATE_GENL_GROUP	"events"

#define ALGATE_SOURCE_MAX	262144	/* bytes of a rule text */
#define ALGATE_SOURCE_PIECE	16384	/* bytes of an attribute */
#define ALGATE_COMPILER_LEN	32	/* with the NUL */

enum algate_cmd {
	ALGATE_CMD_UNSPEC,
	ALGATE_CMD_PLUGIN_LOAD,
	ALGATE_CMD_PLUGIN_REPLACE,
	ALGATE_CMD_PLUGIN_UNLOAD,
	ALGATE_CMD_PLUGIN_GET,
	ALGATE_CMD_ATTACH_ADD,
	ALGATE_CMD_ATTACH_DEL,
	ALGATE_CMD_ATTACH_GET,
	ALGATE_CMD_FLOW_GET,
	ALGATE_CMD_EXPECT_GET,
	ALGATE_CMD_STATS_GET,
	ALGATE_CMD_LIMIT_GET,
	ALGATE_CMD_LIMIT_SET,
	ALGATE_CMD_EVENT,
	ALGATE_CMD_SOURCE_GET,
	ALGATE_CMD_FLOW_FORGET,
	ALGATE_CMD_PLUGIN_SET,
	__ALGATE_CMD_MAX
};
#define ALGATE_CMD_MAX (__ALGATE_CMD_MAX - 1)

/* top level */
enum algate_attr {
	ALGATE_A_UNSPEC,
	ALGATE_A_NAME,		/* string: plug-in */
	ALGATE_A_IMAGE,		/* binary: image */
	ALGATE_A_PLUGIN,	/* nest: enum algate_plugin_attr */
	ALGATE_A_ATTACH,	/* nest: enum algate_attach_attr */
	ALGATE_A_FLOW,		/* nest: enum algate_flow_attr */
	ALGATE_A_EXPECT,	/* nest: enum algate_expect_attr */
	ALGATE_A_STATS,		/* nest: enum algate_stats_attr */
	ALGATE_A_LIMIT,		/* nest: enum algate_limit_attr */
	ALGATE_A_EVENT,		/* u32: enum algate_event */
	ALGATE_A_PAD,
	ALGATE_A_SOURCE,	/* binary, 1 to ALGATE_SOURCE_PIECE bytes; repeated */
	ALGATE_A_COMPILER,	/* string: version of the compiler */
	ALGATE_A_CLASS,		/* string: class of a plug-in */
	ALGATE_A_FROM,		/* u8: enum algate_from */
	ALGATE_A_PARAM,		/* string: parameter of a plug-in */
	ALGATE_A_RANGES,	/* binary: struct algate_numbers, ascending */
	ALGATE_A_MAP,		/* string: map of a plug-in */
	ALGATE_A_PAIRS,		/* binary: struct algate_pair, in the order of a map */
	__ALGATE_A_MAX
};
#define ALGATE_A_MAX (__ALGATE_A_MAX - 1)

enum algate_plugin_attr {
	ALGATE_PLUGIN_UNSPEC,
	ALGATE_PLUGIN_NAME,		/* string */
	ALGATE_PLUGIN_IMAGE,		/* binary: as loaded; not in a dump */
	ALGATE_PLUGIN_INSNS,		/* u32 */
	ALGATE_PLUGIN_STEPS,		/* u32: steps of the longest path through the rules, for a message or an element */
	ALGATE_PLUGIN_GENERATION,	/* u32: 1 when loaded, +1 per replacement */
	ALGATE_PLUGIN_FLOWS,		/* u32: inspected now, in this namespace */
	ALGATE_PLUGIN_REFS,		/* u32: references by nft or iptables objects */
	ALGATE_PLUGIN_TITLE,		/* string */
	ALGATE_PLUGIN_PAD,
	ALGATE_PLUGIN_SOURCE,		/* binary: piece of the rule text */
	ALGATE_PLUGIN_COMPILER,		/* string: as loaded, or "" */
	ALGATE_PLUGIN_PEER,		/* string: class that serves the peer alone; repeated */
	ALGATE_PLUGIN_PARAM,		/* nest, repeated: see below */
	ALGATE_PLUGIN_PARAM_NAME,	/* string, inside PARAM */
	ALGATE_PLUGIN_PARAM_RANGES,	/* binary, inside PARAM; absent: not filled */
	ALGATE_PLUGIN_MAP,		/* nest, repeated: see below */
	ALGATE_PLUGIN_MAP_NAME,		/* string, inside MAP */
	ALGATE_PLUGIN_MAP_PAIRS,	/* binary, inside MAP; absent: empty */
	__ALGATE_PLUGIN_MAX
};
#define ALGATE_PLUGIN_MAX (__ALGATE_PLUGIN_MAX - 1)

enum algate_attach_attr {
	ALGATE_ATTACH_UNSPEC,
	ALGATE_ATTACH_NAME,		/* string: plug-in */
	ALGATE_ATTACH_PROTO,		/* u8: IPPROTO_TCP, IPPROTO_UDP */
	ALGATE_ATTACH_DPORT,		/* u16, host order: either DPORT or SPORT */
	ALGATE_ATTACH_SPORT,		/* u16, host order */
	ALGATE_ATTACH_IIF,		/* string: interface the first packet came in on */
	ALGATE_ATTACH_FROM,		/* binary 4 or 16: client's prefix */
	ALGATE_ATTACH_PREFIXLEN,	/* u8 */
	ALGATE_ATTACH_FLOWS,		/* u64: attached flows */
	ALGATE_ATTACH_PAD,
	__ALGATE_ATTACH_MAX
};
#define ALGATE_ATTACH_MAX (__ALGATE_ATTACH_MAX - 1)

enum algate_flow_attr {
	ALGATE_FLOW_UNSPEC,
	ALGATE_FLOW_ID,			/* u64: unique in its namespace */
	ALGATE_FLOW_PLUGIN,		/* string */
	ALGATE_FLOW_PROTO,		/* u8 */
	ALGATE_FLOW_FAMILY,		/* u8: AF_INET, AF_INET6 */
	ALGATE_FLOW_ORIG_SRC,		/* binary 4 or 16 */
	ALGATE_FLOW_ORIG_DST,
	ALGATE_FLOW_ORIG_SPORT,		/* u16, host order */
	ALGATE_FLOW_ORIG_DPORT,
	ALGATE_FLOW_REPLY_SRC,
	ALGATE_FLOW_REPLY_DST,
	ALGATE_FLOW_REPLY_SPORT,
	ALGATE_FLOW_REPLY_DPORT,
	ALGATE_FLOW_ZONE,		/* u16 */
	ALGATE_FLOW_STATE,		/* u32: ALGATE_FLOW_S_* */
	ALGATE_FLOW_COUNTERS,		/* nest: see enum algate_counter */
	ALGATE_FLOW_LAST_FOUND,		/* string: last endpoint as announced */
	ALGATE_FLOW_LAST_WRITTEN,	/* string: the written endpoint */
	ALGATE_FLOW_PAD,
	__ALGATE_FLOW_MAX
};
#define ALGATE_FLOW_MAX (__ALGATE_FLOW_MAX - 1)

#define ALGATE_FLOW_S_STOPPED	0x01	/* rules said stop */
#define ALGATE_FLOW_S_DETACHED	0x02	/* inspection ended, a counter says why */

enum algate_expect_attr {
	ALGATE_EXPECT_UNSPEC,
	ALGATE_EXPECT_PLUGIN,		/* string */
	ALGATE_EXPECT_FLOW,		/* u64: id of the master */
	ALGATE_EXPECT_CLASS,		/* string */
	ALGATE_EXPECT_PROTO,		/* u8 */
	ALGATE_EXPECT_FAMILY,		/* u8 */
	ALGATE_EXPECT_SRC,		/* binary; absent: any */
	ALGATE_EXPECT_DST,		/* binary: destination of the expected flow */
	ALGATE_EXPECT_DPORT,		/* u16 */
	ALGATE_EXPECT_REAL,		/* binary: the endpoint as announced */
	ALGATE_EXPECT_REAL_PORT,	/* u16 */
	ALGATE_EXPECT_TIMEOUT,		/* u32: seconds left */
	ALGATE_EXPECT_PAD,
	__ALGATE_EXPECT_MAX
};
#define ALGATE_EXPECT_MAX (__ALGATE_EXPECT_MAX - 1)

/* Statistics of a plug-in in this namespace. */
enum algate_stats_attr {
	ALGATE_STATS_UNSPEC,
	ALGATE_STATS_PLUGIN,		/* string */
	ALGATE_STATS_COUNTERS,		/* nest: see enum algate_counter */
	ALGATE_STATS_RULE_COUNTER,	/* nest, repeated: see below */
	ALGATE_STATS_RULE_NAME,		/* string, inside RULE_COUNTER */
	ALGATE_STATS_RULE_VALUE,	/* u64, inside RULE_COUNTER */
	ALGATE_STATS_PAD,
	__ALGATE_STATS_MAX
};
#define ALGATE_STATS_MAX (__ALGATE_STATS_MAX - 1)

/*
 * A single host may use up FLOWS, MEMORY, EXPECTS and EXPECT_RATE while other
 * hosts need none. At the limit, each host still gets its share: the limit
 * divided by the number of hosts that use some of it. For EXPECTS and
 * EXPECT_RATE each flow has a share in the same way. Shares can exceed FLOWS and
 * MEMORY by a factor of two, the others by a factor of three.
 *
 * MEMORY is for pending rewrites, held bytes, entries of tables, mappings, and
 * cold stats. The 256 bytes of each flow are not part of it.
 *
 * A range of ports is the first port, shifted left by 16 bits, plus the last
 * port. Where NAT maps an announced endpoint, the public port is in PORTS and
 * not in a range of RESERVED. The system's range is ip_local_port_range without
 * ip_local_reserved_ports.
 */
enum algate_limit_attr {
	ALGATE_LIMIT_UNSPEC,
	ALGATE_LIMIT_FLOWS,		/* u32: inspected flows in the namespace */
	ALGATE_LIMIT_EXPECTS,		/* u32: expectations in the namespace */
	ALGATE_LIMIT_EXPECT_RATE,	/* u32: new expectations per second in the namespace */
	ALGATE_LIMIT_KEPT,		/* u32: bytes kept per flow and direction */
	ALGATE_LIMIT_ATTACHMENTS,	/* u32: in the namespace */
	ALGATE_LIMIT_MEMORY,		/* u32: bytes that packets make, in the namespace */
	ALGATE_LIMIT_MEMORY_USED,	/* u32: so many are in use; in a reply only */
	ALGATE_LIMIT_PICKUP,		/* u32: enum algate_pickup */
	ALGATE_LIMIT_PORTS,		/* u32: a range; 0: the system's */
	ALGATE_LIMIT_RESERVED,		/* binary: ranges, u32 each */
	__ALGATE_LIMIT_MAX
};
#define ALGATE_LIMIT_MAX (__ALGATE_LIMIT_MAX - 1)

/**
 * enum algate_pickup - flows that the rules read from the middle on
 * @ALGATE_PICKUP_OFF: none
 * @ALGATE_PICKUP_KNOWN: flows that were handed over: another program created
 *	the conntrack entry through ctnetlink, as conntrackd does; the default
 * @ALGATE_PICKUP_ALL: also TCP flows that conntrack itself picked up
 */
enum algate_pickup {
	ALGATE_PICKUP_OFF,
	ALGATE_PICKUP_KNOWN,
	ALGATE_PICKUP_ALL,
	__ALGATE_PICKUP_MAX
};
#define ALGATE_PICKUP_MAX (__ALGATE_PICKUP_MAX - 1)

#define ALGATE_MAX_RESERVED	32	/* ranges */
#define ALGATE_MEMORY_MAX	1000000000	/* so that twice as much fits an s32 */

/**
 * enum algate_counter - counters per flow and per plug-in
 *
 * X(counter, name): the order is ABI. In a nest of counters, each counter is a
 * u64 attribute of type counter + 1. Padding has type 0, so new counters do not
 * change its type. "algctl stats show --explain" explains each counter.
 */
#define ALGATE_COUNTER_PAD	0

#define ALGATE_COUNTERS(X) \
	X(PACKETS, "packets") \
	X(BYTES, "bytes") \
	X(MESSAGES, "messages") \
	X(MATCHED, "matched") \
	X(OPENED, "opened") \
	X(USED, "used") \
	X(EXPIRED, "expired") \
	X(CANCELLED, "cancelled") \
	X(REWRITTEN, "rewritten") \
	X(GROWN, "grown") \
	X(SHRUNK, "shrunk") \
	X(HELD, "held") \
	X(JOINED, "joined") \
	X(REPEATED, "repeated") \
	X(FAIL_OPEN, "fail_open") \
	X(GAP, "gap") \
	X(TOO_LONG, "too_long") \
	X(BAD_FRAME, "bad_frame") \
	X(MIDSTREAM, "midstream") \
	X(FLOW_LIMIT, "flow_limit") \
	X(FLOW_MEMORY, "flow_memory") \
	X(REQUIRE, "require") \
	X(MALFORMED, "malformed") \
	X(THIRD_PARTY, "third_party") \
	X(LOW_PORT, "low_port") \
	X(BAD_PORT, "bad_port") \
	X(LIMIT, "limit") \
	X(NO_PORT, "no_port") \
	X(NO_SEQADJ, "no_seqadj") \
	X(NO_ROOM, "no_room") \
	X(NO_MEMORY, "no_memory") \
	X(STOPPED, "stopped") \
	X(EVICTED, "evicted") \
	X(MEMORY_LIMIT, "memory_limit") \
	X(RESUMED, "resumed") \
	X(NOT_BEGUN, "not_begun") \
	X(UNRECOGNISED, "unrecognised") \
	X(STRANGERS, "strangers") \
	X(OTHER_SIDE, "other_side") \
	X(NO_PLUGIN, "no_plugin") \
	X(BAD_INPUT, "bad_input")

#define ALGATE_COUNTER_ENUM(id, name) ALGATE_C_##id,
enum algate_counter {
	ALGATE_COUNTERS(ALGATE_COUNTER_ENUM)
	__ALGATE_C_MAX
};

/**
 * enum algate_event - events, each with the nest in brackets
 * @ALGATE_EV_PLUGIN_NEW: plug-in loaded [PLUGIN]
 * @ALGATE_EV_PLUGIN_REPLACED: [PLUGIN]
 * @ALGATE_EV_PLUGIN_DEL: [PLUGIN]
 * @ALGATE_EV_ATTACH_NEW: [ATTACH]
 * @ALGATE_EV_ATTACH_DEL: [ATTACH]
 * @ALGATE_EV_EXPECT_NEW: [EXPECT]
 * @ALGATE_EV_EXPECT_USED: [EXPECT]
 * @ALGATE_EV_EXPECT_EXPIRED: [EXPECT] with plug-in and flow only
 * @ALGATE_EV_FLOW_END: [FLOW] with its final counters
 * @ALGATE_EV_REFUSED: [FLOW]; COUNTERS holds the counter of the reason. A message,
 *	or an opening or translation of a message
 */
enum algate_event {
	ALGATE_EV_UNSPEC,
	ALGATE_EV_PLUGIN_NEW,
	ALGATE_EV_PLUGIN_REPLACED,
	ALGATE_EV_PLUGIN_DEL,
	ALGATE_EV_ATTACH_NEW,
	ALGATE_EV_ATTACH_DEL,
	ALGATE_EV_EXPECT_NEW,
	ALGATE_EV_EXPECT_USED,
	ALGATE_EV_EXPECT_EXPIRED,
	ALGATE_EV_FLOW_END,
	ALGATE_EV_REFUSED,
	__ALGATE_EV_MAX
};

#endif /* _UAPI_LINUX_ALGATE_H */

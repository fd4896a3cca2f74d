/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of opcodes. Verifier, decoder, jump tables and disassembler
 * (tools/compiler/dump.c) know an instruction only by its properties in this
 * table. run.c and compare.h execute the instructions.
 */
#ifndef ALGATE_OPCODE_H
#define ALGATE_OPCODE_H

#include "engine.h"

/* sets of notations that a slot may have */
#define T(type)		(1U << ALGATE_T_##type)
#define T_ADDRS4	(T(IP4) | T(IP4_COMMAS) | T(IP4_DEC) | T(IP4_RAW) | \
			 T(IP4_UTF16))
#define T_ADDRS		(T_ADDRS4 | T(IP6) | T(IP6_RAW) | T(IP) | T(HOST))
#define T_ENDS		(T_ADDRS | T(ENDPOINT))
#define T_HOSTS		(T_ADDRS | T(ADDR))	/* perhaps without a place */
#define T_READ_NUMS	(T(DEC) | T(PORT) | T(HEX) | T(U8) | T(U16BE) | \
			 T(U16LE) | T(U24BE) | T(U32BE) | T(U32LE) | \
			 T(PORT_COMMAS) | T(PORT_DOTS) | T(PORT_UTF16))
#define T_NUMS		(T(NUM) | T_READ_NUMS)
#define T_LENGTHS	(T(PER) | T(BER))	/* only read and copied */
#define T_WRITTEN	(T_READ_NUMS | T_ENDS)		/* has a place */
#define T_READ		(T_WRITTEN | T(SPAN))
#define T_VALUES	(T_NUMS | T(SPAN))

/* use of operand a */
enum use_a {
	A_NONE,
	A_NOCASE,
	A_SET,
	A_READ,		/* slot */
	A_WRITE,
	A_CHANGE,	/* slot, read and written */
	A_MARK,
	A_CLOSE,
};

/* use of operand imm */
enum use_imm {
	IMM_NONE,
	IMM_ANY,
	IMM_RESULT,	/* result of the run */
	IMM_WHOSE,
	IMM_LITERAL,
	IMM_SPAN,
	IMM_SKIP,
	IMM_SCALE,	/* of the number in slot a */
	IMM_BITS,
	IMM_AT,
	IMM_SLOT,
	IMM_VAR,
	IMM_META,
	IMM_ENTRY,	/* table and slot */
	IMM_TABLE,
	IMM_QUEUE,
	IMM_PARAM,
	IMM_MAP,	/* map and slot */
	IMM_CASE,
	IMM_LOOP,
	IMM_BACK,	/* distance back to the NEXT */
	IMM_ACTION,
	IMM_FIELD,
	IMM_PAD,
	IMM_COUNTER,
};

/*
 * What the instruction examines, and the steps for this in addition to the
 * instruction's own: n is the high half of imm, L the number of bytes passed
 * over. The verifier counts the other steps, and the run counts L (V10).
 */
enum use_reads {
	READS_NONE,
	READS_BYTE,	/* the byte at the cursor: 1 */
	READS_CASE,	/* the same, with a successor for each byte */
	READS_LITERAL,	/* n */
	READS_FIND,	/* L, and n at each first byte of the literal */
	READS_SPAN,	/* 1 + L */
	READS_SCAN,	/* 1 + L */
	READS_NAMES,	/* n + L */
	READS_VALUE,	/* ALGATE_VALUE_MAX */
	READS_BITS,	/* 1 */
	READS_BYTES,	/* L */
	READS_TABLE,	/* no bytes: ALGATE_TABLE_STEPS */
	READS_QUEUE,	/* no bytes: the entries of all tables */
	READS_LIST,	/* no bytes: ALGATE_LIST_STEPS */
	READS_MAP,	/* no bytes: ALGATE_MAX_PAIRS */
};

/* lower bound on the cursor's movement in bytes */
enum use_move {
	MOVE_NONE,
	MOVE_LITERAL,	/* the high half of imm */
	MOVE_SPAN,	/* the low half of imm */
	MOVE_SKIP,	/* imm */
	MOVE_VALUE,	/* 1, behind a value in slot a */
	MOVE_NAME,	/* 2 */
	MOVE_BACK,	/* to the position in slot a */
	MOVE_TO,	/* to the offset imm in the window */
	MOVE_NEXT,	/* to another window */
};

/* where execution continues, besides jf */
enum use_flow {
	FLOW_ON,	/* at the next instruction */
	FLOW_EACH,	/* there: a loop begins with its NEXT */
	FLOW_NEXT,	/* there: an element, or jf behind the last element */
	FLOW_ACCEPT,	/* there: the rules behind a recogniser */
	FLOW_LEAVES,	/* from here on: not at the next instruction */
	FLOW_END = FLOW_LEAVES,
	FLOW_REFUSE,
	FLOW_JUMP,
	FLOW_CASE,	/* at the successor of a byte */
	FLOW_LOOP,	/* at the NEXT */
};

#define INSN_FAILS	0x01	/* jf is used */
#define INSN_KINDS	0x02	/* both slots have the same kind */
#define INSN_PLACE	0x04	/* rewrites the bytes of slot a */
#define INSN_ACTS	0x08	/* not allowed in a recogniser */
#define FAILS		INSN_FAILS
#define ACTS		INSN_ACTS

/*
 * X(id, name, a, types of slot a, imm, types of slot imm, flags, reads, move,
 *   flow)
 */
#define ALGATE_OPCODES(X) \
X(END, "end", NONE, 0, RESULT, 0, 0, NONE, NONE, END) \
X(JUMP, "jump", NONE, 0, NONE, 0, FAILS, NONE, NONE, JUMP) \
X(LIT, "lit", NOCASE, 0, LITERAL, 0, FAILS, LITERAL, LITERAL, ON) \
X(FIND, "find", NOCASE, 0, LITERAL, 0, FAILS, FIND, LITERAL, ON) \
X(SPAN, "span", SET, 0, SPAN, 0, FAILS, SPAN, SPAN, ON) \
X(SCAN, "scan", SET, 0, NONE, 0, FAILS, SCAN, NONE, ON) \
X(PEEK, "peek", SET, 0, NONE, 0, FAILS, BYTE, NONE, ON) \
X(SKIP, "skip", NONE, 0, SKIP, 0, FAILS, NONE, SKIP, ON) \
X(MOVE, "move", READ, T_NUMS, NONE, 0, FAILS, NONE, NONE, ON) \
X(AT, "at", NONE, 0, AT, 0, FAILS, NONE, TO, ON) \
X(HERE, "here", WRITE, T(NUM), NONE, 0, 0, NONE, NONE, ON) \
X(SEEK, "seek", READ, T(NUM), NONE, 0, FAILS, NONE, BACK, ON) \
X(EOM, "eom", NONE, 0, NONE, 0, FAILS, NONE, NONE, ON) \
X(TAKE, "take", WRITE, T_READ | T_LENGTHS, SCALE, 0, FAILS, VALUE, VALUE, ON) \
X(MARK, "mark", MARK, T(SPAN), NONE, 0, 0, NONE, NONE, ON) \
X(CLOSE, "close", CLOSE, T(SPAN), NONE, 0, 0, NONE, NONE, ON) \
X(SAME, "same", READ, T_READ, NONE, 0, FAILS, BYTES, NONE, ON) \
X(SET, "set", WRITE, T(NUM), ANY, 0, 0, NONE, NONE, ON) \
X(COPY, "copy", WRITE, T(NUM), SLOT, T_NUMS | T_LENGTHS, 0, NONE, NONE, ON) \
X(ADD, "add", CHANGE, T(NUM), ANY, 0, 0, NONE, NONE, ON) \
X(SUB, "sub", CHANGE, T(NUM), ANY, 0, 0, NONE, NONE, ON) \
X(AND, "and", CHANGE, T(NUM), ANY, 0, 0, NONE, NONE, ON) \
X(OR, "or", CHANGE, T(NUM), ANY, 0, 0, NONE, NONE, ON) \
X(ADDS, "adds", CHANGE, T(NUM), SLOT, T_NUMS, 0, NONE, NONE, ON) \
X(SUBS, "subs", CHANGE, T(NUM), SLOT, T_NUMS, 0, NONE, NONE, ON) \
X(LDF, "ldf", WRITE, T(NUM), VAR, 0, ACTS, NONE, NONE, ON) \
X(STF, "stf", READ, T_NUMS, VAR, 0, ACTS, NONE, NONE, ON) \
X(LDM, "ldm", WRITE, T(NUM), META, 0, 0, NONE, NONE, ON) \
X(EQ, "eq", READ, T_NUMS, ANY, 0, FAILS, NONE, NONE, ON) \
X(NE, "ne", READ, T_NUMS, ANY, 0, FAILS, NONE, NONE, ON) \
X(LT, "lt", READ, T_NUMS, ANY, 0, FAILS, NONE, NONE, ON) \
X(LE, "le", READ, T_NUMS, ANY, 0, FAILS, NONE, NONE, ON) \
X(GT, "gt", READ, T_NUMS, ANY, 0, FAILS, NONE, NONE, ON) \
X(GE, "ge", READ, T_NUMS, ANY, 0, FAILS, NONE, NONE, ON) \
X(ANY, "any", READ, T_NUMS, ANY, 0, FAILS, NONE, NONE, ON) \
X(EQS, "eqs", READ, T_VALUES, SLOT, T_VALUES, \
	FAILS | INSN_KINDS, BYTES, NONE, ON) \
X(IS, "is", READ, T_ENDS | T(ADDR), WHOSE, 0, FAILS, NONE, NONE, ON) \
X(HASH, "hash", WRITE, T(NUM), SLOT, T(SPAN) | T_HOSTS, 0, BYTES, NONE, ON) \
X(FIELD, "field", NONE, 0, FIELD, 0, FAILS, NAMES, NAME, ON) \
X(CASE, "case", NONE, 0, CASE, 0, FAILS, CASE, NONE, CASE) \
X(EACH, "each", NONE, 0, LOOP, 0, ACTS, NONE, NONE, EACH) \
X(NEXT, "next", NONE, 0, NONE, 0, FAILS | ACTS, NONE, NEXT, NEXT) \
X(LOOP, "loop", NONE, 0, BACK, 0, ACTS, NONE, NONE, LOOP) \
X(RECALL, "recall", WRITE, T(NUM), ENTRY, 0, FAILS | ACTS, TABLE, NONE, ON) \
X(REMEMBER, "remember", READ, T_NUMS, ENTRY, 0, ACTS, NONE, NONE, ON) \
X(FORGET, "forget", READ, T_NUMS, TABLE, 0, ACTS, NONE, NONE, ON) \
X(ACT, "act", NONE, 0, ACTION, 0, ACTS, NONE, NONE, ON) \
X(REWRITE, "rewrite", READ, T_WRITTEN, SLOT, T_NUMS | T_ENDS | T(ADDR), \
	FAILS | INSN_KINDS | INSN_PLACE | ACTS, NONE, NONE, ON) \
X(ADJUST, "adjust", READ, T_READ_NUMS, PAD, 0, \
	INSN_PLACE | ACTS, NONE, NONE, ON) \
X(COUNT, "count", NONE, 0, COUNTER, 0, ACTS, NONE, NONE, ON) \
X(REFUSE, "refuse", NONE, 0, NONE, 0, ACTS, NONE, NONE, REFUSE) \
X(STOP, "stop", NONE, 0, NONE, 0, ACTS, NONE, NONE, ON) \
X(ACCEPT, "accept", NONE, 0, NONE, 0, 0, NONE, TO, ACCEPT) \
X(MIX, "mix", CHANGE, T(NUM), SLOT, T_VALUES | T_HOSTS, 0, BYTES, NONE, ON) \
X(ASK, "ask", READ, T_NUMS, QUEUE, 0, ACTS, NONE, NONE, ON) \
X(ANSWER, "answer", WRITE, T(NUM), QUEUE, 0, ACTS, QUEUE, NONE, ON) \
X(LISTED, "listed", READ, T_NUMS, PARAM, 0, FAILS | ACTS, LIST, NONE, ON) \
X(BITS, "bits", WRITE, T(NUM), BITS, 0, FAILS, BITS, NONE, ON) \
X(BACK, "back", READ, T(NUM), NONE, 0, FAILS, NONE, BACK, ON) \
X(WITHIN, "within", READ, T_NUMS, LOOP, 0, ACTS, NONE, NONE, EACH) \
X(MAP, "map", WRITE, T(ADDR), MAP, T_HOSTS, FAILS | ACTS, MAP, NONE, ON) \
X(UNMAP, "unmap", WRITE, T(ADDR), MAP, T_HOSTS, FAILS | ACTS, MAP, NONE, ON)

/**
 * struct algate_opcode - properties of an opcode
 * @name: mnemonic in a disassembly
 * @types: notations that slot @a may have, a bitmap of enum algate_type
 * @imm_types: notations that slot @imm may have
 * @a: enum use_a
 * @imm: enum use_imm
 * @flags: INSN_*
 * @reads: enum use_reads
 * @move: enum use_move
 * @flow: enum use_flow
 */
struct algate_opcode {
	const char *name;
	u32 types;
	u32 imm_types;
	u8 a;
	u8 imm;
	u8 flags;
	u8 reads;
	u8 move;
	u8 flow;
};

/* initialiser of algate_opcode */
#define ALGATE_OPCODE(id, text, a_is, a_types, imm_is, imm_slots, has, looks, \
		      moves, goes) \
	[ALGATE_OP_##id] = { \
		.name = text, .a = A_##a_is, .types = a_types, \
		.imm = IMM_##imm_is, .imm_types = imm_slots, .flags = has, \
		.reads = READS_##looks, .move = MOVE_##moves, \
		.flow = FLOW_##goes, \
	},

/* verify_insn.c */
extern const struct algate_opcode algate_opcode[__ALGATE_OP_MAX];

#endif /* ALGATE_OPCODE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of opcodes. The verifier, bounds.c and the disassembler
 * (tools/compiler/dump.c) use this table; run.c executes the instructions.
 */
#ifndef ALGATE_OPCODE_H
#define ALGATE_OPCODE_H

#include "engine.h"

/* sets of notations that a slot may have */
#define T(type)		(1U << ALGATE_T_##type)
#define T_ADDRS4	(T(IP4) | T(IP4_COMMAS) | T(IP4_DEC) | T(IP4_RAW))
#define T_ADDRS		(T_ADDRS4 | T(IP6) | T(IP6_RAW) | T(IP) | T(HOST))
#define T_ENDS		(T_ADDRS | T(ENDPOINT))
#define T_READ_NUMS	(T(DEC) | T(PORT) | T(HEX) | T(U8) | T(U16BE) | \
			 T(U16LE) | T(U32BE) | T(U32LE) | T(PORT_COMMAS) | \
			 T(PORT_DOTS))
#define T_NUMS		(T(NUM) | T_READ_NUMS)
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
	IMM_AT,
	IMM_SLOT,
	IMM_VAR,
	IMM_META,
	IMM_ENTRY,	/* table and slot */
	IMM_TABLE,
	IMM_CASE,
	IMM_LOOP,
	IMM_BACK,	/* distance back to the NEXT */
	IMM_ACTION,
	IMM_FIELD,
	IMM_PAD,
	IMM_COUNTER,
};

/* steps in addition to the instruction's own; n is the high half of imm */
enum use_steps {
	COST_NONE,
	COST_BYTE,	/* 1 */
	COST_LITERAL,	/* n */
	COST_FIND,	/* n, and n for each byte of the message */
	COST_SPAN,	/* n + 1, or 1 and 1 for each byte if n is large */
	COST_SCAN,	/* 1, and 1 for each byte */
	COST_NAMES,	/* n, and 1 for each byte */
	COST_VALUE,	/* ALGATE_VALUE_MAX */
	COST_BYTES,	/* 1 for each byte */
	COST_SAME,	/* 2 for each byte */
	COST_SPANS,	/* as COST_SAME if slot a is a span, else none */
	COST_TABLE,	/* the entries of all tables */
};

/* lower bound on the cursor's movement in bytes */
enum use_move {
	MOVE_NONE,
	MOVE_LITERAL,	/* the high half of imm */
	MOVE_SPAN,	/* the low half of imm */
	MOVE_SKIP,	/* imm */
	MOVE_VALUE,	/* 1, behind a value in slot a */
	MOVE_NAME,	/* 2 */
	MOVE_TO,	/* to an offset in the window, at least imm */
	MOVE_NEXT,	/* to another window */
};

#define INSN_FAILS	0x01	/* jf is used */
#define INSN_LEAVES	0x02	/* execution does not continue behind */
#define INSN_KINDS	0x04	/* both slots have the same kind */
#define INSN_PLACE	0x08	/* rewrites the bytes of slot a */
#define INSN_ACTS	0x10	/* not allowed in a recogniser */
#define FAILS		INSN_FAILS
#define LEAVES		INSN_LEAVES
#define ACTS		INSN_ACTS

/* X(id, name, a, types of slot a, imm, types of slot imm, flags, steps, move) */
#define ALGATE_OPCODES(X) \
X(END, "end", NONE, 0, RESULT, 0, LEAVES, NONE, NONE) \
X(JUMP, "jump", NONE, 0, NONE, 0, FAILS | LEAVES, NONE, NONE) \
X(LIT, "lit", NOCASE, 0, LITERAL, 0, FAILS, LITERAL, LITERAL) \
X(FIND, "find", NOCASE, 0, LITERAL, 0, FAILS, FIND, LITERAL) \
X(SPAN, "span", SET, 0, SPAN, 0, FAILS, SPAN, SPAN) \
X(SCAN, "scan", SET, 0, NONE, 0, FAILS, SCAN, NONE) \
X(PEEK, "peek", SET, 0, NONE, 0, FAILS, BYTE, NONE) \
X(SKIP, "skip", NONE, 0, SKIP, 0, FAILS, NONE, SKIP) \
X(MOVE, "move", READ, T_NUMS, NONE, 0, FAILS, NONE, NONE) \
X(AT, "at", NONE, 0, AT, 0, FAILS, NONE, TO) \
X(HERE, "here", WRITE, T(NUM), NONE, 0, 0, NONE, NONE) \
X(SEEK, "seek", READ, T(NUM), NONE, 0, FAILS, NONE, TO) \
X(EOM, "eom", NONE, 0, NONE, 0, FAILS, NONE, NONE) \
X(TAKE, "take", WRITE, T_READ, NONE, 0, FAILS, VALUE, VALUE) \
X(MARK, "mark", MARK, T(SPAN), NONE, 0, 0, NONE, NONE) \
X(CLOSE, "close", CLOSE, T(SPAN), NONE, 0, 0, NONE, NONE) \
X(SAME, "same", READ, T_READ, NONE, 0, FAILS, SAME, NONE) \
X(SET, "set", WRITE, T(NUM), ANY, 0, 0, NONE, NONE) \
X(COPY, "copy", WRITE, T(NUM), SLOT, T_NUMS, 0, NONE, NONE) \
X(ADD, "add", CHANGE, T(NUM), ANY, 0, 0, NONE, NONE) \
X(SUB, "sub", CHANGE, T(NUM), ANY, 0, 0, NONE, NONE) \
X(AND, "and", CHANGE, T(NUM), ANY, 0, 0, NONE, NONE) \
X(OR, "or", CHANGE, T(NUM), ANY, 0, 0, NONE, NONE) \
X(ADDS, "adds", CHANGE, T(NUM), SLOT, T_NUMS, 0, NONE, NONE) \
X(SUBS, "subs", CHANGE, T(NUM), SLOT, T_NUMS, 0, NONE, NONE) \
X(LDF, "ldf", WRITE, T(NUM), VAR, 0, ACTS, NONE, NONE) \
X(STF, "stf", READ, T_NUMS, VAR, 0, ACTS, NONE, NONE) \
X(LDM, "ldm", WRITE, T(NUM), META, 0, 0, NONE, NONE) \
X(EQ, "eq", READ, T_NUMS, ANY, 0, FAILS, NONE, NONE) \
X(NE, "ne", READ, T_NUMS, ANY, 0, FAILS, NONE, NONE) \
X(LT, "lt", READ, T_NUMS, ANY, 0, FAILS, NONE, NONE) \
X(LE, "le", READ, T_NUMS, ANY, 0, FAILS, NONE, NONE) \
X(GT, "gt", READ, T_NUMS, ANY, 0, FAILS, NONE, NONE) \
X(GE, "ge", READ, T_NUMS, ANY, 0, FAILS, NONE, NONE) \
X(ANY, "any", READ, T_NUMS, ANY, 0, FAILS, NONE, NONE) \
X(EQS, "eqs", READ, T_VALUES, SLOT, T_VALUES, FAILS | INSN_KINDS, SPANS, NONE) \
X(IS, "is", READ, T_ENDS, WHOSE, 0, FAILS, NONE, NONE) \
X(HASH, "hash", WRITE, T(NUM), SLOT, T(SPAN), 0, BYTES, NONE) \
X(FIELD, "field", NONE, 0, FIELD, 0, FAILS, NAMES, NAME) \
X(CASE, "case", NONE, 0, CASE, 0, FAILS | LEAVES, BYTE, NONE) \
X(EACH, "each", NONE, 0, LOOP, 0, ACTS, NONE, NONE) \
X(NEXT, "next", NONE, 0, NONE, 0, FAILS | ACTS, NONE, NEXT) \
X(LOOP, "loop", NONE, 0, BACK, 0, LEAVES | ACTS, NONE, NONE) \
X(RECALL, "recall", WRITE, T(NUM), ENTRY, 0, FAILS | ACTS, TABLE, NONE) \
X(REMEMBER, "remember", READ, T_NUMS, ENTRY, 0, ACTS, NONE, NONE) \
X(FORGET, "forget", READ, T_NUMS, TABLE, 0, ACTS, NONE, NONE) \
X(ACT, "act", NONE, 0, ACTION, 0, ACTS, NONE, NONE) \
X(REWRITE, "rewrite", READ, T_WRITTEN, SLOT, T_NUMS | T_ENDS, \
	FAILS | INSN_KINDS | INSN_PLACE | ACTS, NONE, NONE) \
X(ADJUST, "adjust", READ, T_READ_NUMS, PAD, 0, INSN_PLACE | ACTS, NONE, NONE) \
X(COUNT, "count", NONE, 0, COUNTER, 0, ACTS, NONE, NONE) \
X(REFUSE, "refuse", NONE, 0, NONE, 0, LEAVES | ACTS, NONE, NONE) \
X(STOP, "stop", NONE, 0, NONE, 0, ACTS, NONE, NONE) \
X(ACCEPT, "accept", NONE, 0, NONE, 0, 0, NONE, TO)

/**
 * struct algate_opcode - properties of an opcode
 * @name: mnemonic in a disassembly
 * @types: notations that slot @a may have, a bitmap of enum algate_type
 * @imm_types: notations that slot @imm may have
 * @a: enum use_a
 * @imm: enum use_imm
 * @flags: INSN_*
 * @steps: enum use_steps
 * @move: enum use_move
 */
struct algate_opcode {
	const char *name;
	u32 types;
	u32 imm_types;
	u8 a;
	u8 imm;
	u8 flags;
	u8 steps;
	u8 move;
};

/* verify_insn.c */
extern const struct algate_opcode algate_opcode[__ALGATE_OP_MAX];

#endif /* ALGATE_OPCODE_H */

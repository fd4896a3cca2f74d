// SPDX-License-Identifier: GPL-2.0
/*
 * Programs with recognisers that the verifier accepts or refuses. The client's
 * first message begins at instruction @begin[0], its later messages at
 * @entry[0]; likewise the server's.
 */
#include "engine_verify.h"

#define I(op, a, jf, imm)	VERIFY_WORD(ALGATE_OP_##op, a, jf, imm)
#define END(n)			I(END, 0, 0, n)
#define LIT(jf)			I(LIT, 0, jf, LIT_HELLO)
#define ACCEPT			I(ACCEPT, 0, 0, 0)
#define NO			ALGATE_NO_BEGIN
#define ENTRY(table, slot)	((slot) << 8 | (table))

const struct verify_gate verify_gates[] = {
#define R(name, reason, at, begin0, begin1, entry0, entry1, ...) \
	{ { name, ALGATE_R_##reason, at, { __VA_ARGS__ } }, \
	  { begin0, begin1 }, { entry0, entry1 } }
#define A(name, ...)	R(name, NONE, 0, __VA_ARGS__)
	A("a recogniser of both ends, for all messages", 0, 0, 0, 0,
	  LIT(2), ACCEPT, END(0), END(2)),
	A("a recogniser of the client", 0, NO, 0, 3,
	  LIT(3), ACCEPT, END(1), END(0), END(2)),
	A("any later message", 0, 0, 4, 4,
	  LIT(2), ACCEPT, I(JUMP, 0, 2, 0), END(2), ACCEPT, END(1)),
	A("each way of comparing", 0, 0, 0, 0,
	  I(FIND, 0, 13, LIT_FIELD), I(SPAN, 1, 12, SPAN(0, 65535)),
	  I(SCAN, 0, 11, 0), I(PEEK, 0, 10, 0), I(SKIP, 0, 9, 1),
	  I(TAKE, S_DEC, 8, 0), I(GE, S_DEC, 7, 9), I(MOVE, S_DEC, 6, 0),
	  I(HERE, S_NUM, 0, 0), I(SEEK, S_NUM, 4, 0),
	  I(LDM, S_NUM, 0, ALGATE_META_PROTO), I(EQ, S_NUM, 2, 6), ACCEPT,
	  END(0), END(2)),
	A("a case that compares", 0, 0, 0, 0,
	  I(CASE, 0, 3, 0), I(JUMP, 0, 0, 0), ACCEPT, END(0), END(2)),
	A("rules that stop behind a recogniser", 0, 0, 0, 0,
	  LIT(3), ACCEPT, I(STOP, 0, 0, 0), END(1), END(2)),

	R("an end without a recogniser", GATE_END, 1, NO, NO, 0, 0,
	  LIT(0), END(2)),
	R("an end like a rule's, 0", GATE_END, 0, 0, 0, 0, 0, END(0)),
	R("an end like a rule's, 1", GATE_END, 1, 0, 0, 0, 0, LIT(0),
	  END(1)),
	R("a rule's end like a recogniser's", GATE_END, 2, 0, 0, 0, 0,
	  LIT(2), ACCEPT, END(2), END(2)),
	R("a later message's end like a rule's", GATE_END, 4, 0, 0, 4, 4,
	  LIT(2), ACCEPT, END(1), END(2), END(0)),
	R("nothing compared", BEGIN_BLIND, 0, 0, 0, 0, 0, ACCEPT, END(1)),
	R("nothing compared on one of two paths", BEGIN_BLIND, 1, 0, 0,
	  0, 0, LIT(0), ACCEPT, END(1)),
	R("the length compared only", BEGIN_BLIND, 2, 0, 0, 0, 0,
	  I(LDM, S_NUM, 0, ALGATE_META_LEN), I(EQ, S_NUM, 2, 6), ACCEPT, END(1),
	  END(2)),
	R("skipped only", BEGIN_BLIND, 1, 0, 0, 0, 0, I(SKIP, 0, 2, 1),
	  ACCEPT, END(1), END(2)),
	R("a span of no bytes", BEGIN_BLIND, 2, 0, 0, 0, 0,
	  I(SPAN, 0, 3, SPAN(0, 9)), I(EOM, 0, 2, 0), ACCEPT, END(1), END(2)),
	R("the way of a case that fails", BEGIN_BLIND, 1, 0, 0, 0, 0,
	  I(CASE, 0, 0, 0), ACCEPT, END(1)),
	R("the server's first message not compared", BEGIN_BLIND, 4, 0, 4,
	  0, 4, LIT(2), ACCEPT, END(1), END(2), ACCEPT, END(1)),
	R("an open in it", GATE_WRITES, 1, 0, 0, 0, 0, LIT(3),
	  I(ACT, 0, 0, A_SELF), ACCEPT, END(1), END(2)),
	R("an open in it, for later messages", GATE_WRITES, 4, 0, 0,
	  4, 4, LIT(2), ACCEPT, END(1), END(2), I(ACT, 0, 0, A_SELF),
	  ACCEPT, END(1)),
	R("an assignment in it", GATE_WRITES, 2, 0, 0, 0, 0, LIT(4),
	  I(SET, S_NUM, 0, 1), I(STF, S_NUM, 0, 0), ACCEPT, END(1), END(2)),
	R("a variable read in it", GATE_WRITES, 1, 0, 0, 0, 0, LIT(3),
	  I(LDF, S_NUM, 0, 0), ACCEPT, END(1), END(2)),
	R("a table read in it", GATE_WRITES, 2, 0, 0, 0, 0, LIT(4),
	  I(SET, S_NUM, 0, 1), I(RECALL, S_NUM2, 2, ENTRY(0, S_NUM)), ACCEPT,
	  END(1), END(2)),
	R("a list read in it", GATE_WRITES, 2, 0, 0, 0, 0, LIT(4),
	  I(SET, S_NUM, 0, 1), I(LISTED, S_NUM, 2, 0), ACCEPT, END(1), END(2)),
	R("a map read in it", GATE_WRITES, 1, 0, 0, 0, 0,
	  I(TAKE, S_IP4, 3, 0), I(MAP, S_ADDR, 2, ENTRY(0, S_IP4)), ACCEPT,
	  END(1), END(2)),
	R("a table written in it", GATE_WRITES, 2, 0, 0, 0, 0, LIT(4),
	  I(SET, S_NUM, 0, 1), I(REMEMBER, S_NUM, 0, ENTRY(0, S_NUM)), ACCEPT,
	  END(1), END(2)),
	R("an entry removed in it", GATE_WRITES, 2, 0, 0, 0, 0, LIT(4),
	  I(SET, S_NUM, 0, 1), I(FORGET, S_NUM, 0, 0), ACCEPT, END(1), END(2)),
	R("a rewrite in it", GATE_WRITES, 1, 0, 0, 0, 0,
	  I(TAKE, S_DEC, 3, 0), I(REWRITE, S_DEC, 2, S_DEC), ACCEPT, END(1),
	  END(2)),
	R("an adjusted length in it", GATE_WRITES, 1, 0, 0, 0, 0,
	  I(TAKE, S_DEC, 3, 0), I(ADJUST, S_DEC, 0, 0), ACCEPT, END(1), END(2)),
	R("a counter in it", GATE_WRITES, 1, 0, 0, 0, 0, LIT(3),
	  I(COUNT, 0, 0, 0), ACCEPT, END(1), END(2)),
	R("a stop in it", GATE_WRITES, 1, 0, 0, 0, 0, LIT(3),
	  I(STOP, 0, 0, 0), ACCEPT, END(1), END(2)),
	R("a refusal in it", GATE_WRITES, 3, 0, 0, 0, 0, LIT(2),
	  ACCEPT, END(1), I(REFUSE, 0, 0, 0)),
	R("a walk in it", GATE_WRITES, 0, 0, 0, 0, 0,
	  I(EACH, 0, 0, W_ITEM), I(NEXT, 0, 2, 0), LIT(0), I(LOOP, 0, 0, 2),
	  LIT(2), ACCEPT, END(1), END(2)),
	R("accepted twice", GATE_ACCEPT, 2, 0, 0, 0, 0, LIT(3), ACCEPT,
	  ACCEPT, END(1), END(2)),
	R("accepted without a recogniser", GATE_ACCEPT, 1, NO, NO,
	  0, 0, LIT(0), ACCEPT, END(1)),
	R("one end's recogniser, the other end's rules", GATE_CROSSED, -1,
	  NO, 0, 0, 0, ACCEPT, END(1)),
	R("a way around", GATE_CROSSED, 1, 0, 0, 0, 0, LIT(1), ACCEPT,
	  END(1)),
	R("a case's way around", GATE_CROSSED, 1, 0, 0, 0, 0,
	  I(CASE, 0, 2, 0), ACCEPT, END(1), END(2)),
	{ .prog.name = NULL }
#undef R
#undef A
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Programs with walks that the verifier accepts or refuses.
 */
#include "engine_verify.h"

#define I(op, a, jf, imm)	VERIFY_WORD(ALGATE_OP_##op, a, jf, imm)
#define END(n)			I(END, 0, 0, n)
#define LIT(jf)			I(LIT, 0, jf, LIT_HELLO)
#define EACH(walk)		I(EACH, 0, 0, walk)
#define PART(turn)		I(PART, 0, turn, 0)
#define TURN(part)		I(TURN, 0, 0, part)
#define SET(slot)		I(SET, slot, 0, 1)

const struct verify_prog verify_walks[] = {
#define R(name, reason, at, ...) \
	{ name, ALGATE_R_##reason, at, { __VA_ARGS__ } }
#define A(name, ...)	R(name, NONE, 0, __VA_ARGS__)
	A("walk", EACH(W_LINE), PART(2), LIT(0), TURN(2), END(1)),
	A("walk of nothing", EACH(W_BER), PART(1), TURN(1), END(1)),
	A("one walk after the other", EACH(W_LINE), PART(1), TURN(1),
	  EACH(W_HEADER), PART(1), TURN(1), END(1)),
	A("walk that may be left out", LIT(3), EACH(W_ITEM), PART(1), TURN(1),
	  END(1)),
	A("4 walks inside each other", EACH(W_LINE), PART(10), EACH(W_ITEM),
	  PART(7), EACH(W_ITEM), PART(4), EACH(W_REPEAT), PART(1), TURN(1),
	  TURN(4), TURN(7), TURN(10), END(1)),
	A("jumps and cases in a walk", EACH(W_PREFIXED), PART(5),
	  I(CASE, 0, 3, 0), I(JUMP, 0, 2, 0), LIT(1), I(STOP, 0, 0, 0),
	  TURN(5), END(1)),
	A("refused in a walk", EACH(W_ITEM), PART(3), LIT(1),
	  I(REFUSE, 0, 0, 0), TURN(3), END(1)),
	A("written before a walk, changed in it", SET(S_NUM), EACH(W_ITEM),
	  PART(2), I(ADD, S_NUM, 0, 1), TURN(2), I(STF, S_NUM, 0, 0), END(1)),
	A("marked before a walk and in it", I(MARK, S_SPAN, 0, 0), EACH(W_ITEM),
	  PART(2), I(MARK, S_SPAN, 0, 0), TURN(2), I(CLOSE, S_SPAN, 0, 0),
	  END(1)),
	R("each without parts", WALK_PART, 0, EACH(W_LINE), END(0)),
	R("each at the end", WALK_PART, 0, EACH(W_LINE)),
	R("parts without a walk", WALK_PART, 1, I(STOP, 0, 0, 0), PART(1),
	  TURN(1), END(0)),
	R("parts not behind each", WALK_PART, 3, EACH(W_LINE), PART(1), TURN(1),
	  PART(1), TURN(1), END(0)),
	R("walk", WALK, 0, EACH(W_COUNT), PART(1), TURN(1), END(0)),
	R("walk far away", WALK, 0, EACH(256), PART(1), TURN(1), END(0)),
	R("no turn", WALK_TURN, 1, EACH(W_LINE), PART(1), END(0), END(0)),
	R("turn past the end", WALK_TURN, 1, EACH(W_LINE), PART(9), TURN(1)),
	R("nothing behind the turn", WALK_TURN, 1, EACH(W_LINE), PART(1),
	  TURN(1)),
	R("turn to another instruction", WALK_TURN, 1, EACH(W_LINE), PART(2),
	  LIT(0), TURN(1), END(0)),
	R("turn to before the program", WALK_TURN, 2, EACH(W_LINE), PART(2),
	  TURN(9), TURN(2), END(0)),
	R("turn of no walk", WALK_TURN, 0, TURN(0), END(0)),
	R("two turns", WALK_TURN, 3, EACH(W_LINE), PART(3), LIT(1), TURN(2),
	  TURN(3), END(0)),
	R("turns crossed", WALK_TURN, 4, EACH(W_LINE), PART(3), EACH(W_ITEM),
	  PART(2), TURN(3), TURN(2), END(0)),
	R("5 walks inside each other", WALK_DEPTH, 9, EACH(0), PART(13),
	  EACH(0), PART(10), EACH(0), PART(7), EACH(0), PART(4), EACH(0),
	  PART(1), TURN(1), TURN(4), TURN(7), TURN(10), TURN(13), END(0)),
	R("jump into a walk", WALK_CROSSED, 2, LIT(2), EACH(W_LINE), PART(2),
	  LIT(0), TURN(2), END(0)),
	R("jump to a turn", WALK_CROSSED, 2, LIT(2), EACH(W_LINE), PART(1),
	  TURN(1), END(0)),
	R("jump out of a walk", WALK_CROSSED, 3, EACH(W_LINE), PART(2), LIT(1),
	  TURN(2), END(0)),
	R("jump out of the inner walk", WALK_CROSSED, 5, EACH(W_LINE), PART(5),
	  EACH(W_ITEM), PART(2), LIT(1), TURN(2), TURN(5), END(0)),
	R("jump from walk to walk", WALK_CROSSED, 5, EACH(W_LINE), PART(2),
	  LIT(3), TURN(2), EACH(W_ITEM), PART(2), LIT(0), TURN(2), END(0)),
	R("case out of a walk", WALK_CROSSED, 3, EACH(W_LINE), PART(2),
	  I(CASE, 0, 0, 0), TURN(2), END(0), END(0)),
	R("jump to parts", WALK_CROSSED, 0, LIT(1), EACH(W_LINE), PART(1),
	  TURN(1), END(0)),
	R("case of parts", WALK_CROSSED, 0, I(CASE, 0, 3, 0),
	  EACH(W_LINE), PART(1), TURN(1), END(0)),
	R("parts of the inner walk", WALK_CROSSED, 2, EACH(W_LINE), PART(5),
	  LIT(1), EACH(W_ITEM), PART(1), TURN(1), TURN(5), END(0)),
	R("end in a walk", WALK_END, 2, EACH(W_LINE), PART(2), END(1), TURN(2),
	  END(0)),
	R("written in a walk", SLOT_UNSET, 4, EACH(W_LINE), PART(2), SET(S_NUM),
	  TURN(2), I(ADD, S_NUM, 0, 1), END(0)),
	R("written in the turn before", SLOT_UNSET, 2, EACH(W_LINE), PART(3),
	  I(ADD, S_NUM, 0, 1), SET(S_NUM), TURN(3), END(0)),
	R("closed in a walk", WALK_UNSET, 4, I(MARK, S_SPAN, 0, 0),
	  EACH(W_LINE), PART(2), I(CLOSE, S_SPAN, 0, 0), TURN(2), END(0)),
	{ .name = NULL }
#undef A
#undef R
};

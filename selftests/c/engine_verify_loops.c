// SPDX-License-Identifier: GPL-2.0
/*
 * Programs with loops that the verifier accepts or rejects.
 */
#include "engine_verify.h"

#define I(op, a, jf, imm)	VERIFY_WORD(ALGATE_OP_##op, a, jf, imm)
#define END(n)			I(END, 0, 0, n)
#define LIT(jf)			I(LIT, 0, jf, LIT_HELLO)
#define EACH(loop)		I(EACH, 0, 0, loop)
#define NEXT(turn)		I(NEXT, 0, turn, 0)
#define LOOP(element)		I(LOOP, 0, 0, element)
#define SET(slot)		I(SET, slot, 0, 1)

const struct verify_prog verify_loops[] = {
#define R(name, reason, at, ...) \
	{ name, ALGATE_R_##reason, at, { __VA_ARGS__ } }
#define A(name, ...)	R(name, NONE, 0, __VA_ARGS__)
	A("loop", EACH(W_LINE), NEXT(2), LIT(0), LOOP(2), END(1)),
	A("loop of nothing", EACH(W_BER), NEXT(1), LOOP(1), END(1)),
	A("one loop after the other", EACH(W_LINE), NEXT(1), LOOP(1),
	  EACH(W_HEADER), NEXT(1), LOOP(1), END(1)),
	A("loop that may be left out", LIT(3), EACH(W_ITEM), NEXT(1), LOOP(1),
	  END(1)),
	A("6 loops inside each other", EACH(W_LINE), NEXT(16), EACH(W_ITEM),
	  NEXT(13), EACH(W_ITEM), NEXT(10), EACH(W_REPEAT), NEXT(7),
	  EACH(W_BER), NEXT(4), EACH(W_ADDITION), NEXT(1), LOOP(1), LOOP(4),
	  LOOP(7), LOOP(10), LOOP(13), LOOP(16), END(1)),
	A("jumps and cases in a loop", EACH(W_PREFIXED), NEXT(5),
	  I(CASE, 0, 3, 0), I(JUMP, 0, 2, 0), LIT(1), I(STOP, 0, 0, 0),
	  LOOP(5), END(1)),
	A("refused in a loop", EACH(W_ITEM), NEXT(3), LIT(1),
	  I(REFUSE, 0, 0, 0), LOOP(3), END(1)),
	A("written before a loop, changed in it", SET(S_NUM), EACH(W_ITEM),
	  NEXT(2), I(ADD, S_NUM, 0, 1), LOOP(2), I(STF, S_NUM, 0, 0), END(1)),
	A("marked before a loop and in it", I(MARK, S_SPAN, 0, 0), EACH(W_ITEM),
	  NEXT(2), I(MARK, S_SPAN, 0, 0), LOOP(2), I(CLOSE, S_SPAN, 0, 0),
	  END(1)),
	A("a number of bytes", SET(S_NUM), I(WITHIN, S_NUM, 0, W_WITHIN),
	  NEXT(2), LIT(0), LOOP(2), END(1)),
	A("additions", EACH(W_ADDITION), NEXT(2),
	  I(LDM, S_NUM, 0, ALGATE_META_ADDITION), LOOP(2), END(1)),
	R("each of a number of bytes", LOOP_WITHIN, 0, EACH(W_WITHIN), NEXT(1),
	  LOOP(1), END(0)),
	R("a number of lines", LOOP_WITHIN, 1, SET(S_NUM),
	  I(WITHIN, S_NUM, 0, W_LINE), NEXT(1), LOOP(1), END(0)),
	R("bytes without a number", SLOT_UNSET, 0,
	  I(WITHIN, S_NUM, 0, W_WITHIN), NEXT(1), LOOP(1), END(0)),
	R("bytes of an unknown number", SLOT_KIND, 0,
	  I(WITHIN, S_SPAN, 0, W_WITHIN), NEXT(1), LOOP(1), END(0)),
	R("no such number of bytes", LOOP, 1, SET(S_NUM),
	  I(WITHIN, S_NUM, 0, W_COUNT), NEXT(1), LOOP(1), END(0)),
	R("each without elements", LOOP_NEXT, 0, EACH(W_LINE), END(0)),
	R("each at the end", LOOP_NEXT, 0, EACH(W_LINE)),
	R("elements without a loop", LOOP_NEXT, 1, I(STOP, 0, 0, 0), NEXT(1),
	  LOOP(1), END(0)),
	R("elements not behind each", LOOP_NEXT, 3, EACH(W_LINE), NEXT(1), LOOP(1),
	  NEXT(1), LOOP(1), END(0)),
	R("loop", LOOP, 0, EACH(W_COUNT), NEXT(1), LOOP(1), END(0)),
	R("loop far away", LOOP, 0, EACH(256), NEXT(1), LOOP(1), END(0)),
	R("no turn", LOOP_BACK, 1, EACH(W_LINE), NEXT(1), END(0), END(0)),
	R("turn past the end", LOOP_BACK, 1, EACH(W_LINE), NEXT(9), LOOP(1)),
	R("nothing behind the turn", LOOP_BACK, 1, EACH(W_LINE), NEXT(1),
	  LOOP(1)),
	R("turn to another instruction", LOOP_BACK, 1, EACH(W_LINE), NEXT(2),
	  LIT(0), LOOP(1), END(0)),
	R("turn to before the program", LOOP_BACK, 2, EACH(W_LINE), NEXT(2),
	  LOOP(9), LOOP(2), END(0)),
	R("turn of no loop", LOOP_BACK, 0, LOOP(0), END(0)),
	R("two turns", LOOP_BACK, 3, EACH(W_LINE), NEXT(3), LIT(1), LOOP(2),
	  LOOP(3), END(0)),
	R("turns crossed", LOOP_BACK, 4, EACH(W_LINE), NEXT(3), EACH(W_ITEM),
	  NEXT(2), LOOP(3), LOOP(2), END(0)),
	R("7 loops inside each other", LOOP_DEPTH, 13, EACH(0), NEXT(19),
	  EACH(0), NEXT(16), EACH(0), NEXT(13), EACH(0), NEXT(10), EACH(0),
	  NEXT(7), EACH(0), NEXT(4), EACH(0), NEXT(1), LOOP(1), LOOP(4),
	  LOOP(7), LOOP(10), LOOP(13), LOOP(16), LOOP(19), END(0)),
	R("jump into a loop", LOOP_CROSSED, 2, LIT(2), EACH(W_LINE), NEXT(2),
	  LIT(0), LOOP(2), END(0)),
	R("jump to a turn", LOOP_CROSSED, 2, LIT(2), EACH(W_LINE), NEXT(1),
	  LOOP(1), END(0)),
	R("jump out of a loop", LOOP_CROSSED, 3, EACH(W_LINE), NEXT(2), LIT(1),
	  LOOP(2), END(0)),
	R("jump out of the inner loop", LOOP_CROSSED, 5, EACH(W_LINE), NEXT(5),
	  EACH(W_ITEM), NEXT(2), LIT(1), LOOP(2), LOOP(5), END(0)),
	R("jump from loop to loop", LOOP_CROSSED, 5, EACH(W_LINE), NEXT(2),
	  LIT(3), LOOP(2), EACH(W_ITEM), NEXT(2), LIT(0), LOOP(2), END(0)),
	R("case out of a loop", LOOP_CROSSED, 3, EACH(W_LINE), NEXT(2),
	  I(CASE, 0, 0, 0), LOOP(2), END(0), END(0)),
	R("jump to elements", LOOP_CROSSED, 0, LIT(1), EACH(W_LINE), NEXT(1),
	  LOOP(1), END(0)),
	R("case of elements", LOOP_CROSSED, 0, I(CASE, 0, 3, 0),
	  EACH(W_LINE), NEXT(1), LOOP(1), END(0)),
	R("elements of the inner loop", LOOP_CROSSED, 2, EACH(W_LINE), NEXT(5),
	  LIT(1), EACH(W_ITEM), NEXT(1), LOOP(1), LOOP(5), END(0)),
	R("end in a loop", LOOP_END, 2, EACH(W_LINE), NEXT(2), END(1), LOOP(2),
	  END(0)),
	R("written in a loop", SLOT_UNSET, 4, EACH(W_LINE), NEXT(2), SET(S_NUM),
	  LOOP(2), I(ADD, S_NUM, 0, 1), END(0)),
	R("written in the turn before", SLOT_UNSET, 2, EACH(W_LINE), NEXT(3),
	  I(ADD, S_NUM, 0, 1), SET(S_NUM), LOOP(3), END(0)),
	R("closed in a loop", LOOP_UNSET, 4, I(MARK, S_SPAN, 0, 0),
	  EACH(W_LINE), NEXT(2), I(CLOSE, S_SPAN, 0, 0), LOOP(2), END(0)),
	{ .name = NULL }
#undef A
#undef R
};

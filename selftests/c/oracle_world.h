/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State shared by the oracle's files.
 */
#ifndef ORACLE_WORLD_H
#define ORACLE_WORLD_H

#include "oracle.h"

/* result of an instruction; REFUSED: of the message, LEFT: of the loop */
enum verdict { PASS, FAIL, WAIT, REFUSED, LEFT };

/* [lo, end) of the message; @more of it may come */
struct window {
	u32 lo;
	u32 end;
	bool more;
};

/* A loop that was entered: in @outer, and its @turn-th part is next. */
struct level {
	const struct algate_loop *loop;
	struct window outer;
	u32 turn;
	u32 next;	/* REPEAT: where that is */
	bool stuck;
};

/* All that changes, copied for each instruction; lists only get longer. */
struct world {
	u32 cur;
	struct window win;
	u32 depth;
	struct level level[ALGATE_MAX_DEPTH];
	u32 mark[ALGATE_MAX_SLOTS];
	struct algate_value slot[ALGATE_MAX_SLOTS];
	u32 var[ALGATE_MAX_VARS];
	u32 nintents, nedits, nadjusts, nnotes;
	u32 counted;
	bool stop;
};

/* oracle.c: program and message of this run */
extern const struct algate_prog *prog;
extern const struct algate_message *msg;

/* oracle_match.c: instructions that look at the message, or at numbers */
enum verdict oracle_match(struct world *w, const struct algate_instr *in);
/* The byte there in the window; or -1: there is none, -2: it may still come */
int oracle_byte(const struct world *w, u64 at);

#endif /* ORACLE_WORLD_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State shared by the oracle's files.
 */
#ifndef ORACLE_WORLD_H
#define ORACLE_WORLD_H

#include "oracle.h"

/* result of an instruction; REFUSED: refuses the message, LEFT: left a loop */
enum verdict { PASS, FAIL, WAIT, REFUSED, LEFT };

/* [lo, end) of the message; @more of it may come */
struct window {
	u32 lo;
	u32 end;
	bool more;
};

/* An entered loop; @outer: window of the loop, @turn: index of next element */
struct level {
	const struct algate_loop *loop;
	struct window outer;
	u32 turn;
	u32 next;	/* REPEAT: beginning of the next element */
	bool stuck;
};

/*
 * The state that instructions change, copied for each instruction. The lists in
 * the result only grow, so a copy of their lengths is enough.
 */
struct world {
	u32 cur;
	u32 left;	/* bits not read of the byte before the cursor */
	struct window win;
	u32 depth;
	struct level level[ALGATE_MAX_DEPTH];
	u32 mark[ALGATE_MAX_SLOTS];
	struct algate_value slot[ALGATE_MAX_SLOTS];
	u32 var[ALGATE_MAX_VARS];
	u32 nintents, nedits, nadjusts, nnotes;
	u32 counted, beyond;
	bool stop;
};

/* oracle.c: program and message of this run */
extern const struct algate_prog *prog;
extern const struct algate_message *msg;

/* Has the table entry not timed out? */
static inline bool oracle_is_live(const struct algate_entry *m)
{
	return msg->now - m->at <= prog->table[m->table].timeout;
}

/* oracle_match.c: instructions that match bytes or compute numbers */
enum verdict oracle_match(struct world *w, const struct algate_instr *in);
/* The byte at @at; or -1: behind the window's end, -2: it may still arrive */
int oracle_byte(const struct world *w, u64 at);

#endif /* ORACLE_WORLD_H */

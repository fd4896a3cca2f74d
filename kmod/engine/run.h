/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run on its way: what files run*.c share.
 */
#ifndef ALGATE_RUN_H
#define ALGATE_RUN_H

#include "step.h"

/*
 * Tests compare the steps with the verifier's bound; the packet's path does
 * without counting, and so does who measures it (selftests/c/cost.c).
 */
#if defined(__KERNEL__) || defined(ALGATE_UNCOUNTED)
#define STEPS(counter, n) do { } while (0)
#else
#define STEPS(counter, n) ((counter) += (n))
#endif
#define STEP(run, n) STEPS(*(run)->steps, n)

/* What an instruction came to. */
enum {
	NEXT,
	FAIL,
	MORE,
	REFUSE,
	GO,	/* the instruction has chosen its successor */
	DONE,	/* the run is over */
};

/**
 * struct run - a run on its way
 * @prog: verified program
 * @msg: message
 * @result: what comes of it
 * @steps: see algate_result.steps
 * @data: the message's bytes
 * @cur: cursor, an offset in the message; in the window or at its end
 * @lo: window
 * @end: behind it; never beyond the message
 * @there: the message's length, as far as it is there
 * @words: from here on to the message's end there are eight bytes; -1: it may
 *	be longer than that
 * @partial: bytes may follow the window
 * @settle: some action wants what a slot holds in the end
 * @far: behind the outermost walk, places are at this offset at least
 * @to: the successor, if an instruction of a walk comes to GO
 * @stroll: the innermost walk, of @result->stroll; its first one: none
 */
struct run {
	const struct algate_prog *prog;
	const struct algate_message *msg;
	struct algate_result *result;
	u32 *steps;
	const u8 *data;
	u32 cur;
	u32 lo;
	u32 end;
	u32 there;
	s32 words;
	bool partial;
	bool settle;
	u16 far;
	const struct algate_step *to;
	struct algate_stroll *stroll;
};

/* past the end of what is there: a failure, or too early to say */
static __always_inline int run_out(const struct run *r)
{
	return r->partial ? MORE : FAIL;
}

/* The rules have said too much about one message. */
static inline int algate_run_refuse(struct run *r, enum algate_counter why)
{
	r->result->why = why;
	return REFUSE;
}

static __always_inline bool algate_same(const u8 *a, const u8 *b, u32 len,
					bool nocase)
{
	return nocase ? algate_same_folded(a, b, len) : !memcmp(a, b, len);
}

/* run.c */
enum algate_outcome algate_run_on(const struct algate_prog *prog,
				  const struct algate_message *msg,
				  struct algate_result *result,
				  const struct algate_step *op, u32 cur);

/* run_bytes.c */
u32 algate_until(const struct algate_step *op, const u8 *data, u32 at, u32 end,
		 u32 there);
bool algate_same_bytes(const u8 *a, const u8 *b, u32 len, bool nocase);
int algate_run_same(struct run *r, const struct algate_value *v);
int algate_run_find(struct run *r, const struct algate_step *op);
int algate_run_field(struct run *r, const u8 *names, u32 len);
bool algate_run_equal(const struct run *r, u32 a, u32 b);
u32 algate_run_hash(const struct run *r, const struct algate_value *v);

/* walk.c */
void algate_run_enter(struct run *r, const struct algate_step *each);
int algate_run_part(struct run *r, const struct algate_step *op);
void algate_run_turn(struct run *r);

/* fields.c */
int algate_run_header(struct run *r, const struct algate_step *op);

/* run_ask.c */
int algate_run_meta(const struct run *r, u32 what, u32 *num);
bool algate_run_is(const struct run *r, const struct algate_value *v, bool peer);
int algate_run_recall(struct run *r, u32 to, u32 table, u32 key);
int algate_run_note(struct run *r, u32 table, u32 key, u32 value, bool forget);
int algate_run_act(struct run *r, const struct algate_action *act);
int algate_run_adjust(struct run *r, u32 slot, u32 pad);
int algate_run_rewrite(struct run *r, u32 to, u32 from);
void algate_run_settle(struct run *r);

#endif /* ALGATE_RUN_H */

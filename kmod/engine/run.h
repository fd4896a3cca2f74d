/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State of a run, shared by run.c, run_bytes.c, run_ask.c, loop.c and fields.c.
 */
#ifndef ALGATE_RUN_H
#define ALGATE_RUN_H

#include "step.h"

/*
 * Tests compare the counted steps with the verifier's bound. The kernel does
 * not count steps, nor do measurements (selftests/c/cost.c).
 */
#if defined(__KERNEL__) || defined(ALGATE_UNCOUNTED)
#define STEPS(counter, n) do { } while (0)
#else
#define STEPS(counter, n) ((counter) += (n))
#endif
#define STEP(run, n) STEPS(*(run)->steps, n)

/* Subtract @n steps whose number depends on the message from the budget. */
#define SPEND(run, n) \
	do { \
		u32 spent = (n); \
		\
		STEP(run, spent); \
		*(run)->budget -= spent; \
	} while (0)

/* Outcome of an instruction; PASS: passed, FAIL: failed, MORE: needs bytes. */
enum {
	PASS,
	FAIL,
	MORE,
	REFUSE,
	GO,	/* successor already chosen */
	DONE,	/* END: the run is over */
};

/**
 * struct run - state of a run
 * @prog: verified program
 * @msg: message
 * @result: requests of the program
 * @steps: see algate_result.steps
 * @budget: see algate_result.budget
 * @data: bytes of the message
 * @cur: cursor, an offset in the message, @lo to @end
 * @lo: start of the window
 * @end: end of the window; at most @there
 * @there: number of bytes present in the message
 * @words: last offset with eight bytes up to the message's end; negative: none,
 *	or the message is incomplete
 * @partial: bytes may follow the window
 * @settle: some action names a key, time or host slot, to be read at the end
 * @bit: position in the message, in bits, behind the last BITS; 0: none. Counts
 *	only inside the byte in front of the cursor, see algate_run_position()
 * @far: lower bound on the offset of the values that instructions behind the
 *	outermost loop read
 * @to: successor, if an instruction of a loop returns GO
 * @iter: iterator of the innermost loop; &@result->iter[0]: no loop
 */
struct run {
	const struct algate_prog *prog;
	const struct algate_message *msg;
	struct algate_result *result;
	u32 *steps;
	s32 *budget;
	const u8 *data;
	u32 cur;
	u32 lo;
	u32 end;
	u32 there;
	s32 words;
	bool partial;
	bool settle;
	u16 far;
	u32 bit;
	const struct algate_step *to;
	struct algate_iter *iter;
};

/*
 * Position of the next bit in the message: in the byte in front of the cursor, if
 * BITS has read only a part of this byte, or else at the cursor.
 */
static __always_inline u32 algate_run_position(const struct run *r, u32 cur)
{
	u32 at = 8 * cur;

	return r->bit < at && r->bit + 8 > at ? r->bit : at;
}

/* Past the end of the window: fail, or wait if bytes may follow. */
static __always_inline int run_out(const struct run *r)
{
	return r->partial ? MORE : FAIL;
}

/* Refuse the message: its requests exceed a limit. */
static inline int algate_run_refuse(struct run *r, enum algate_counter why)
{
	r->result->why = why;
	return REFUSE;
}

/* V10: refuse the message if its budget is spent. */
static __always_inline int algate_run_afford(struct run *r, int ret)
{
	return unlikely(*r->budget < 0) ? algate_run_refuse(r, ALGATE_C_LIMIT) :
					  ret;
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
u32 algate_until(const u8 byte[ALGATE_STEP_FEW], const u8 *data, u32 at,
		 u32 end, u32 there);
bool algate_same_bytes(const u8 *a, const u8 *b, u32 len, bool nocase);
int algate_run_same(struct run *r, const struct algate_value *v);
int algate_run_find(struct run *r, const struct algate_step *op);
int algate_run_field(struct run *r, const u8 *names, u32 len);
int algate_run_bits(struct run *r, u32 n, u32 *num);
bool algate_run_equal(const struct run *r, u32 a, u32 b);
u32 algate_run_hash(const struct run *r, u32 slot);
u32 algate_run_mix(const struct run *r, u32 num, u32 slot);

/* loop.c */
int algate_run_enter(struct run *r, const struct algate_step *each);
int algate_run_next(struct run *r, const struct algate_step *op);
void algate_run_loop(struct run *r);

/* fields.c */
int algate_run_header(struct run *r, const struct algate_step *op);

/* run_ask.c */
int algate_run_meta(const struct run *r, u32 what, u32 *num);
bool algate_run_is(const struct run *r, const struct algate_value *v,
		   u32 whose);
int algate_run_recall(struct run *r, u32 to, u32 table, u32 key);
int algate_run_note(struct run *r, u8 kind, u32 table, u32 key, u32 value);
int algate_run_listed(const struct run *r, u32 num, u32 param);
int algate_run_map(struct run *r, u32 to, u32 map, u32 from, bool back);
int algate_run_answer(struct run *r, u32 to, u32 table);
int algate_run_act(struct run *r, const struct algate_action *act);
int algate_run_adjust(struct run *r, u32 slot, u32 pad);
int algate_run_rewrite(struct run *r, u32 to, u32 from);
void algate_run_settle(struct run *r);

#endif /* ALGATE_RUN_H */

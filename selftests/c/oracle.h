/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A slow and simple interpreter, as an oracle for the engine. It requests bytes
 * one by one. Each instruction works on a copy of the state, which is discarded
 * on failure. At the start of a loop, all its elements are put into an array.
 * Only the notations are shared with the engine.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include "engine_test.h"

enum oracle_verdict { ORACLE_PASS, ORACLE_FAIL, ORACLE_WAIT };

#define ORACLE_ELEMENTS	1200

/**
 * struct oracle_elements - all elements of a loop
 * @element: places of the elements, and indices of extension additions
 * @n: number of elements
 * @after: cursor behind the loop
 * @how: PASS: the loop ends; FAIL: the rest is malformed; WAIT: more is needed
 */
struct oracle_elements {
	struct {
		u32 from;
		u32 to;
		u32 index;	/* of an addition */
	} element[ORACLE_ELEMENTS];
	u32 n;
	u32 after;
	enum oracle_verdict how;
};

/* oracle_loop.c: any loop but REPEAT, on [from, to) of the message */
void oracle_split(const struct algate_loop *w, const u8 *literals,
		  const u8 *bytes, u32 from, u32 to, bool more,
		  struct oracle_elements *elements);

/* oracle_loop.c: extension additions; @bit: where the loop begins, in bits */
void oracle_split_additions(const u8 *bytes, u32 bit, u32 to, bool more,
			    struct oracle_elements *elements);

enum algate_outcome oracle_run(const struct algate_prog *prog,
			       const struct algate_message *msg,
			       struct algate_result *result);

/* oracle_same.c: are two results equal, except for the variables? */
bool oracle_same(const struct algate_result *a, const struct algate_result *b);

/* How often each instruction has passed, and how often it has failed. */
extern unsigned long oracle_passed[__ALGATE_OP_MAX];
extern unsigned long oracle_failed[__ALGATE_OP_MAX];
/* By kind of loop: number of elements, and number of refused messages. */
extern unsigned long oracle_found[__ALGATE_LOOP_MAX];
extern unsigned long oracle_malformed[__ALGATE_LOOP_MAX];

#endif /* ORACLE_H */

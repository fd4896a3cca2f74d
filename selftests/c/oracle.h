/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A slow and simple interpreter, as an oracle for the engine. It requests bytes
 * one by one. Each instruction works on a copy of the state, which is discarded
 * on failure. The parts of a loop are an array made at the start of the loop.
 * Only the notations are shared with the engine.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include "engine_test.h"

enum oracle_verdict { ORACLE_PASS, ORACLE_FAIL, ORACLE_WAIT };

#define ORACLE_ELEMENTS	1200

/**
 * struct oracle_elements - all elements of a loop
 * @element: places of the elements
 * @n: number of elements
 * @after: cursor behind the loop
 * @how: the loop is over; FAIL: the rest is malformed; WAIT: needs more bytes
 */
struct oracle_elements {
	struct {
		u32 from;
		u32 to;
	} element[ORACLE_ELEMENTS];
	u32 n;
	u32 after;
	enum oracle_verdict how;
};

/* oracle_loop.c: any loop but REPEAT, on [from, to) of the message */
void oracle_split(const struct algate_loop *w, const u8 *literals,
		  const u8 *bytes, u32 from, u32 to, bool more,
		  struct oracle_elements *elements);

enum algate_outcome oracle_run(const struct algate_prog *prog,
			       const struct algate_message *msg,
			       struct algate_result *result);

/* oracle_same.c: of two messages that were handled; but for the variables */
bool oracle_same(const struct algate_result *a, const struct algate_result *b);

/* How often each instruction went on, and how often it failed. */
extern unsigned long oracle_passed[__ALGATE_OP_MAX];
extern unsigned long oracle_failed[__ALGATE_OP_MAX];
/* How often each kind of loop had an element, and how often it refused. */
extern unsigned long oracle_found[__ALGATE_LOOP_MAX];
extern unsigned long oracle_malformed[__ALGATE_LOOP_MAX];

#endif /* ORACLE_H */

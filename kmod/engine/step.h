/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instructions as they are run.
 */
#ifndef ALGATE_STEP_H
#define ALGATE_STEP_H

#include "engine.h"
#include "scan.h"

#define ALGATE_STEP_FEW	3	/* bytes that one pass looks for */

/**
 * struct algate_step - an instruction made ready to run
 * @op: enum algate_op
 * @a: of the instruction; PART: enum algate_walk_kind
 * @len: LIT, FIELD, PART: length, 0: none; SET: slots that get the number, from @a on
 * @few: SPAN, SCAN: it ends at one of @byte; FIELD: there are so few names
 * @byte: these; of names but the first, their first bytes in small, or 0;
 *	PART: what stands between items
 * @imm: of the instruction
 * @next: what follows when it has not failed
 * @fail: ... when it has
 * @into: what a CASE that leads here leads to
 * @word: LIT, FIELD, PART: the first 8 bytes, as get_unaligned_le64() reads them ...
 * @mask: ... bits of that which count
 */
struct algate_step {
	u8 op;
	u8 a;
	u8 len;
	bool few;
	u8 byte[ALGATE_STEP_FEW];
	u32 imm;
	const struct algate_step *next;
	const struct algate_step *fail;
	const struct algate_step *into;
	u64 word;
	u64 mask;
};

#endif /* ALGATE_STEP_H */

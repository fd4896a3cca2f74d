/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instructions as they are run.
 */
#ifndef ALGATE_STEP_H
#define ALGATE_STEP_H

#include "engine.h"
#include "scan.h"
#include "value.h"

#define ALGATE_STEP_FEW	3	/* bytes that one pass looks for */

#define ALGATE_PART_SKIP	0x80	/* no rule matches the part */

enum {
	ALGATE_FEW_BYTES = 1,	/* of algate_step.byte */
	ALGATE_FEW_LOW,		/* of algate_step.in, none above a blank */
};

/**
 * struct algate_step - an instruction made ready to run
 * @op: enum algate_op
 * @a: of the instruction; PART: enum algate_walk_kind
 * @len: LIT, FIELD, PART: length, 0: none; TAKE: the value begins with a digit
 *	or this, 0: it need not; HERE: see @into
 * @few: SPAN, SCAN: it ends at one of a few bytes; FIELD: there are so few
 *	names; HERE: see @into; EACH, TURN: of a walk of one part at most, which
 *	is what is left of the window
 * @byte: these; of names but the first, their first bytes in small, or 0;
 *	PART: what stands between items
 * @bit: PEEK, SPAN, SCAN: the set's, in @in
 * @in: by byte; PART: NULL, or a jump table by the part's first byte, or
 *	ALGATE_NO_BYTE: ALGATE_PART_SKIP, or the first step that runs as an
 *	offset from the PART, or 0: @next; with @named, by what fields.c says
 * @notation: TAKE: of the value, one that can be read
 * @named: PART: header fields are looked up by their names, of this place in
 *	algate_prog.named, less one; 0: they are not
 * @text: for dispatch.c, as an index: see in_text()
 * @start: likewise: see at_start()
 * @imm: of the instruction
 * @next: what follows when it has not failed
 * @fail: ... when it has
 * @into: what a CASE that leads here leads to; HERE, if @few: behind what goes
 *	on to one of @byte, and past it if that is @len, and else comes back
 * @word: LIT, FIELD, PART: the first 8 bytes, as get_unaligned_le64() reads them
 *	...
 * @mask: ... bits of that which count
 */
struct algate_step {
	u8 op;
	u8 a;
	u8 len;
	u8 few;
	u8 byte[ALGATE_STEP_FEW];
	u8 bit;
	u8 named;
	u16 text;
	u16 start;
	u32 imm;
	union {
		const u8 *in;
		const struct notation *notation;
	};
	const struct algate_step *next;
	const struct algate_step *fail;
	const struct algate_step *into;
	u64 word;
	u64 mask;
};

#endif /* ALGATE_STEP_H */

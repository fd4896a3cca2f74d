/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Steps: decoded instructions, in the form in which run.c executes them.
 */
#ifndef ALGATE_STEP_H
#define ALGATE_STEP_H

#include "engine.h"
#include "scan.h"
#include "value.h"

#define ALGATE_STEP_FEW	3	/* bytes that a search finds */

#define ALGATE_ELEMENT_SKIP	0x80	/* no rule matches the element */

/**
 * struct algate_step - decoded instruction
 * @op: enum algate_op
 * @a: operand a of the instruction; NEXT: enum algate_loop_kind
 * @len: length in bytes of the literal (LIT), the first name (FIELD), or the
 *	loop's end marker (NEXT, at most 8; 0: none or longer). TAKE: the value
 *	begins with a digit or with the byte @len; 0: with any byte
 * @few: SPAN, SCAN: the bytes in @byte, and no others, end the search. FIELD:
 *	@byte has the first bytes of all names but the first. EACH, LOOP: the
 *	loop has at most one element, the rest of the window
 * @byte: SPAN, SCAN: bytes that end the search. FIELD: first bytes of the second
 *	to fourth name, bit 0x20 set; 0: no name. NEXT: separator of items
 * @bit: PEEK, SPAN, SCAN: mask of the set in the bytes of @in. NEXT: 1: an element
 *	may begin inside a byte, and the loop may end there
 * @in: PEEK, SPAN, SCAN: for each byte value, a bitmap of the sets with this
 *	byte. NEXT: jump table by the element's first byte or ALGATE_NO_BYTE, or
 *	NULL; an entry is ALGATE_ELEMENT_SKIP, the offset of the first step from
 *	the NEXT, or 0 for @next. NEXT with @named: hash table of header names,
 *	see fields.c
 * @notation: TAKE: notation of the value
 * @named: NEXT: index in algate_prog.named plus 1; 0: no table of header names
 * @text: index of a step, for dispatch.c: see in_text()
 * @start: index of a step, see at_start() in dispatch.c
 * @cost: steps of the instruction itself, see algate_own_cost()
 * @imm: operand imm of the instruction
 * @next: successor of the passed instruction
 * @fail: successor of the failed instruction
 * @into: successor of a CASE that leads to this instruction
 * @word: LIT, FIELD, NEXT: the first 8 bytes of the literal, as
 *	get_unaligned_le64() reads them
 * @mask: bits of @word to compare
 */
struct algate_step {
	u8 op;
	u8 a;
	u8 len;
	bool few;
	u8 byte[ALGATE_STEP_FEW];
	u8 bit;
	u8 named;
	u16 text;
	u16 start;
	u32 cost;
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

/* The first step for a message, without a look at its bytes. */
static inline const struct algate_step *
algate_entry(const struct algate_prog *prog, const struct algate_message *msg)
{
	return &prog->step[msg->first ? prog->begin[msg->dir] :
					prog->entry[msg->dir]];
}

const struct algate_step *algate_prog_follow(const struct algate_prog *prog,
					     const struct algate_step *step,
					     u16 c);

#endif /* ALGATE_STEP_H */

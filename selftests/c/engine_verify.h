/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ENGINE_VERIFY_H
#define ENGINE_VERIFY_H

#include "engine_test.h"

#define VERIFY_INSNS	20	/* instructions of a case at most */
#define VERIFY_WORD(op_, a_, jf_, imm_) \
	{ .op = op_, .a = a_, .jf = jf_, .imm = imm_ }

/**
 * struct verify_prog - a program on the tables of parts_init()
 * @name: for people
 * @reason: why it is refused; 0: it is accepted
 * @at: the instruction that is refused
 * @insn: up to the first 0
 */
struct verify_prog {
	const char *name;
	int reason;
	int at;
	struct algate_instr insn[VERIFY_INSNS];
};

/**
 * struct verify_damage - damage to a section's payload
 * @name: for people
 * @reason: why the image is refused
 * @section: enum algate_section
 * @len: its length; 0: it is left out
 * @at: where to write ...
 * @bytes: ... this
 * @nbytes: so many bytes
 */
struct verify_damage {
	const char *name;
	int reason;
	int section;
	u32 len;
	u32 at;
	const char *bytes;
	u32 nbytes;
};

/* engine_verify_progs.c, engine_verify_loops.c; both end with no name */
extern const struct verify_prog verify_progs[];
extern const struct verify_prog verify_loops[];
/* engine_verify_images.c, likewise */
extern const struct verify_damage verify_damage[];

#endif /* ENGINE_VERIFY_H */

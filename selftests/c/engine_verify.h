/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ENGINE_VERIFY_H
#define ENGINE_VERIFY_H

#include "engine_test.h"

#define VERIFY_INSNS	24	/* instructions of a case at most */
#define VERIFY_WORD(op_, a_, jf_, imm_) \
	{ .op = op_, .a = a_, .jf = jf_, .imm = imm_ }

/**
 * struct verify_prog - a program on the tables of parts_init()
 * @name: for the verdict
 * @reason: expected reason of the rejection; 0: the program is accepted
 * @at: expected index of the wrong instruction
 * @insn: instructions, up to the first opcode 0
 */
struct verify_prog {
	const char *name;
	int reason;
	int at;
	struct algate_instr insn[VERIFY_INSNS];
};

/**
 * struct verify_gate - a program with recognisers
 * @prog: as above
 * @begin: of ALGATE_SEC_BEGINS; left out if both are ALGATE_NO_BEGIN
 * @entry: of ALGATE_SEC_ENTRIES
 */
struct verify_gate {
	struct verify_prog prog;
	u16 begin[2];
	u16 entry[2];
};

/**
 * struct verify_damage - damage to a section's payload
 * @name: for the verdict
 * @reason: expected reason of the rejection
 * @section: enum algate_section
 * @len: new length of the section; 0: the section is left out
 * @at: offset in the section
 * @bytes: bytes to write there
 * @nbytes: number of these bytes
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

/* engine_verify_progs.c, engine_verify_loops.c; the last entry has no name */
extern const struct verify_prog verify_progs[];
extern const struct verify_prog verify_loops[];
/* engine_verify_gates.c, likewise */
extern const struct verify_gate verify_gates[];
/* engine_verify_images.c, likewise */
extern const struct verify_damage verify_damage[];

#endif /* ENGINE_VERIFY_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the engine's tests: verdicts, reproducible random numbers, and
 * images made of parts.
 */
#ifndef ENGINE_TEST_H
#define ENGINE_TEST_H

#include "../../kmod/engine/engine.h"

/* Prints "ok NAME" or "not ok NAME", and counts failures. */
void verdict(bool good, const char *name);
/* Returns the exit status for main(). */
int verdict_exit(void);
/* Prints a line that explains the next verdict; at most 10 lines a verdict. */
void note(const char *format, ...) __printf(1, 2);

void rnd_seed(u32 seed);
u32 rnd(u32 below);

/**
 * struct parts - sections of an image
 * @bytes: payload of each section
 * @len: length of each payload
 * @present: whether the image has the section
 */
struct parts {
	u8 bytes[__ALGATE_SEC_MAX][ALGATE_MAX_INSNS * 8];
	u32 len[__ALGATE_SEC_MAX];
	bool present[__ALGATE_SEC_MAX];
};

/* Slots of parts_init(). */
enum {
	S_NUM,
	S_SPAN,
	S_PORT,
	S_IP4,
	S_IP6,
	S_NUM2,
	S_SPAN2,
	S_DEC,
	S_END,
	S_PER,
	S_ADDR,
	S_COUNT
};

/* Actions of parts_init(): opens with and without slots, then other verbs. */
enum {
	A_OPEN,
	A_SELF,
	A_TRANSLATE,
	A_CONFIRM,
	A_CLOSE,
	A_EXTEND,
	A_OTHER,
	A_COUNT
};

/* Loops of parts_init(): a loop of each kind; W_LINE ends before LIT_HELLO. */
enum {
	W_LINE,
	W_HEADER,
	W_ITEM,
	W_PREFIXED,
	W_BER,
	W_REPEAT,
	W_WITHIN,
	W_ADDITION,
	W_COUNT
};

#define FRAME_LEN	20	/* bytes of a record */

/* Literals of parts_init(): offset and length in the form of an operand. */
#define LITERAL(off, len)	((len) << 16 | (off))
#define LIT_FIELD		LITERAL(1, 6)
#define LIT_HELLO		LITERAL(7, 5)
#define LIT_NAMES		LITERAL(0, 7)	/* a name for FIELD */
#define SPAN(min, max)		((u32)(max) << 16 | (min))

/*
 * Makes a program with tables of all kinds, and the single instruction "END 0",
 * where both directions begin.
 */
void parts_init(struct parts *parts);
/* ... for UDP only */
void parts_udp(struct parts *parts);
void parts_set(struct parts *parts, int section, const void *bytes, u32 len);
void parts_insns(struct parts *parts, const struct algate_instr *in, u32 n);
/* Writes the image to @image (ALGATE_IMAGE_MAX bytes). Returns its length. */
u32 parts_image(const struct parts *parts, u8 *image);
struct algate_prog *parts_prog(const struct parts *parts,
			       struct algate_reject *why);

#endif /* ENGINE_TEST_H */

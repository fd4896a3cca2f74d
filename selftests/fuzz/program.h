/* SPDX-License-Identifier: GPL-2.0 */
/*
 *	program.c  fuzzer: image and message -> verifier, engine, oracle
 *	image.c    its mutator, which knows what an image is made of
 */
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#include "fuzz.h"

#define INPUT_HEAD	6	/* seed, length of the image */

/* image.c: compiles the plug-ins, to begin with */
void images_init(void);

#endif /* FUZZ_PROGRAM_H */

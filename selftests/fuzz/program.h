/* SPDX-License-Identifier: GPL-2.0 */
/*
 *	program.c  fuzzer: image and message -> verifier, engine, oracle
 *	image.c    its mutator, which keeps the structure of images
 */
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#include "fuzz.h"

#define INPUT_HEAD	6	/* seed, length of the image */

/* image.c: compiles the plug-ins as first images */
void images_init(void);

#endif /* FUZZ_PROGRAM_H */

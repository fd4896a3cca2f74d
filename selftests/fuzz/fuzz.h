/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Declarations shared by the fuzzers. libFuzzer calls LLVMFuzzerTestOneInput()
 * with an input, and a fuzzer's own mutator, if there is one, to change inputs.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "../../kmod/engine/engine.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t len);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t len, size_t max,
			       unsigned int seed);
/* libFuzzer's mutator, for a part of the bytes; returns the new length */
size_t LLVMFuzzerMutate(u8 *data, size_t len, size_t max);

/* Ends the process with a report, after a violated invariant. */
#define bug(...) \
	do { \
		fprintf(stderr, "%s:%d: ", __FILE__, __LINE__); \
		fprintf(stderr, __VA_ARGS__); \
		fprintf(stderr, "\n"); \
		abort(); \
	} while (0)

#endif /* FUZZ_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzzers share. libFuzzer calls LLVMFuzzerTestOneInput() with
 * bytes, and the mutator, where a fuzzer has its own, to make others of them.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "../../kmod/engine/engine.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t len);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t len, size_t max,
			       unsigned int seed);
/* libFuzzer's own mutations, for a part of the bytes; the new length */
size_t LLVMFuzzerMutate(u8 *data, size_t len, size_t max);

/* Ends the process with a report: this must not happen. */
#define bug(...) \
	do { \
		fprintf(stderr, "%s:%d: ", __FILE__, __LINE__); \
		fprintf(stderr, __VA_ARGS__); \
		fprintf(stderr, "\n"); \
		abort(); \
	} while (0)

#endif /* FUZZ_H */

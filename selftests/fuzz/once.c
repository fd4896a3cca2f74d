// SPDX-License-Identifier: GPL-2.0
/* Runs a fuzzer on a file without libFuzzer, for use with other tools. */
#include "fuzz.h"

size_t LLVMFuzzerMutate(u8 *data, size_t len, size_t max)
{
	(void)data;
	(void)max;
	return len;
}

int main(int argc, char **argv)
{
	static u8 data[65536];
	size_t len;
	FILE *f;

	if (argc != 2)
		bug("usage: %s FILE", argv[0]);
	f = fopen(argv[1], "r");
	if (!f)
		bug("%s: cannot be opened", argv[1]);
	len = fread(data, 1, sizeof(data), f);
	fclose(f);
	LLVMFuzzerInitialize(&argc, &argv);
	LLVMFuzzerTestOneInput(data, len);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/* Each plug-in of plugins/ on conversations (talk.c), over a bad network. */
#include "talk.h"
#include "plugin.h"

static unsigned long talks, whole, rewritten;

static void tell(void)
{
	plugins_free();
	fprintf(stderr, "# %lu of %lu conversations read as a whole, ", whole,
		talks);
	fprintf(stderr, "%lu messages rewritten\n", rewritten);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	plugins_load();
	atexit(tell);
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	static struct arrival want[2];
	static struct talk t;

	if (!talk_read(&t, data, len, false) || !truth(&t, want))
		return 0;
	talks++;
	whole += network(&t, want, &rewritten);
	return 0;
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t len, size_t max,
			       unsigned int seed)
{
	return talk_mutate(data, len, max, seed);
}

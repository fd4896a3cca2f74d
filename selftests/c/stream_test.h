/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the tests of the stream layer that look at counters.
 */
#ifndef STREAM_TEST_H
#define STREAM_TEST_H

#include "rules.h"

static u32 counter[__ALGATE_C_MAX];
static int failed;

/* the callback algate_stream.count */
static inline void count(void *ctx, enum algate_counter c, u32 n)
{
	(void)ctx;
	counter[c] += n;
}

/**
 * stream_verdict() - print the verdict of a check; on failure also the counters
 * @group: first word of the check's name
 * @name: rest of the name
 * @good: the check passed
 */
static inline void stream_verdict(const char *group, const char *name,
				  bool good)
{
	unsigned int i;

	printf("%s %s: %s\n", good ? "ok" : "not ok", group, name);
	failed += !good;
	for (i = 0; !good && i < __ALGATE_C_MAX; i++)
		if (counter[i])
			printf("# counter %u: %u\n", i, counter[i]);
}

#endif /* STREAM_TEST_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * Progress of long work, on a terminal only: a line on stderr that the next
 * line overwrites.
 */
#include <unistd.h>

#include "algctl.h"

static bool shown;

/**
 * progress() - show the progress
 * @what: the work
 * @n: number of units that are done
 * @all: number of all units; 0: unknown
 */
void progress(const char *what, size_t n, size_t all)
{
	if (!isatty(STDERR_FILENO))
		return;
	shown = true;
	fprintf(stderr, "\r%s: %zu", what, n);
	if (all)
		fprintf(stderr, " of %zu", all);
	fputs("\033[K", stderr);
}

/**
 * progress_end() - remove the progress from the terminal
 */
void progress_end(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
}

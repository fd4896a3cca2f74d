// SPDX-License-Identifier: GPL-2.0
/*
 * Whole files.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/**
 * file_read() - read a whole file
 * @file: its name; "-" is stdin
 * @max: longest length in bytes
 * @len: set to its length in bytes
 *
 * Return: its bytes and a NUL, for free(); NULL after a message.
 */
char *file_read(const char *file, size_t max, size_t *len)
{
	FILE *f = strcmp(file, "-") ? fopen(file, "re") : stdin;
	char *text = NULL;
	size_t room = 0, n = 0, got;

	if (!f) {
		complain("%s: %s", file, strerror(errno));
		return NULL;
	}
	do {
		if (room - n < 2) {
			room = room ? room * 2 : 16384;
			text = xrealloc(text, room);
		}
		got = fread(text + n, 1, room - n - 1, f);
		n += got;
	} while (got && n <= max);
	text[n] = 0;
	*len = n;
	if (ferror(f))
		complain("%s: %s", file, strerror(errno));
	else if (n > max)
		complain("%s: the file is longer than %zu bytes", file, max);
	if (ferror(f) || n > max) {
		free(text);
		text = NULL;
	}
	if (f != stdin)
		fclose(f);
	return text;
}

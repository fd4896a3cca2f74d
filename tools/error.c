// SPDX-License-Identifier: GPL-2.0
/*
 * Error messages, and memory or an error message.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "text.h"

/**
 * complain() - print an error message
 * @fmt: as for printf(); lower case, no newline
 */
void complain(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("algctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	putc('\n', stderr);
}

/**
 * die() - print an error message and exit
 * @fmt: as for printf()
 */
void die(const char *fmt, ...)
{
	va_list ap;

	fputs("algctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	putc('\n', stderr);
	exit(1);
}

/**
 * xalloc() - allocate zeroed memory, or exit
 * @len: bytes
 *
 * Return: never NULL.
 */
void *xalloc(size_t len)
{
	void *p = calloc(1, len ?: 1);

	if (!p)
		die("out of memory");
	return p;
}

/**
 * xrealloc() - resize memory, or exit
 * @p: memory
 * @len: bytes
 *
 * Return: never NULL.
 */
void *xrealloc(void *p, size_t len)
{
	p = realloc(p, len ?: 1);
	if (!p)
		die("out of memory");
	return p;
}

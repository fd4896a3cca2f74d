// SPDX-License-Identifier: GPL-2.0
/* Writing messages. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"

int filler = 100;

void die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fputs("exchange: ", stdout);
	vprintf(format, ap);
	putchar('\n');
	va_end(ap);
	exit(1);
}

unsigned int announced(unsigned int i)
{
	return 10000 + i * 8 % 20000;
}

void put_bytes(struct text *t, const void *bytes, int n)
{
	if (n > (int)sizeof(t->buf) - t->len)
		die("a message is too long");
	if (n)
		memcpy(t->buf + t->len, bytes, n);
	t->len += n;
}

void put(struct text *t, const char *format, ...)
{
	char line[2048];
	va_list ap;

	va_start(ap, format);
	put_bytes(t, line, vsnprintf(line, sizeof(line), format, ap));
	va_end(ap);
}

void put_be(struct text *t, unsigned int value, int width)
{
	char byte;

	while (width--) {
		byte = value >> 8 * width;
		put_bytes(t, &byte, 1);
	}
}

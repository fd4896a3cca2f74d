/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Texts of rule files, and error messages. These files use no library, so tests
 * link them, too.
 *
 *	error.c    error messages; memory
 *	file.c     whole files
 *	include.c  included files -> one text
 */
#ifndef ALGCTL_TEXT_H
#define ALGCTL_TEXT_H

#include "../kmod/engine/engine.h"

/* "algctl: ..." on stderr */
void complain(const char *fmt, ...) __printf(1, 2);
/* the same, then ends the program */
void die(const char *fmt, ...) __printf(1, 2) __attribute__((__noreturn__));
void *xalloc(size_t len);
void *xrealloc(void *p, size_t len);

char *file_read(const char *file, size_t max, size_t *len);

int include_files(const char *file, char **text, size_t *len);
void include_place(const char *text, size_t len, int *line, char *file,
		   size_t room);

#endif /* ALGCTL_TEXT_H */

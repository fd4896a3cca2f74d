/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rule compiler: rule text in, image out. No I/O but what is passed in.
 */
#ifndef ALGATE_COMPILE_H
#define ALGATE_COMPILE_H

#include <stddef.h>
#include <stdio.h>

#include "../kmod/engine/engine.h"

/**
 * struct compile_error - where a rule text is wrong, and what
 * @line: from 1
 * @column: from 1, in bytes; a tab is one
 * @text: message, lower case, no full stop
 */
struct compile_error {
	int line;
	int column;
	char text[200];
};

/**
 * compile_image() - compile a rule text
 * @text: rule text
 * @len: its length in bytes
 * @image: set to the image, to be given to free()
 * @image_len: set to its length
 * @err: filled in on failure
 *
 * The image carries the canonical text and passes the engine's verifier;
 * that it does not is a bug of the compiler and reported as such.
 *
 * Return: 0, or -1 with @err filled in.
 */
int compile_image(const char *text, size_t len, void **image,
		  size_t *image_len, struct compile_error *err);

/* Prints "FILE:LINE:COLUMN: error: TEXT", the line and a caret. */
void compile_error_print(FILE *out, const char *file, const char *text,
			 size_t len, const struct compile_error *err);

/* Prints the program in readable form, an instruction a line. */
void dump_prog(FILE *out, const struct algate_prog *prog);

#endif /* ALGATE_COMPILE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rule compiler: compiles a rule text to an image, without any I/O.
 */
#ifndef ALGATE_COMPILE_H
#define ALGATE_COMPILE_H

#include <stddef.h>
#include <stdio.h>

#include "../kmod/engine/engine.h"

#define COMPILE_MAX_WARNINGS	16

/**
 * struct compile_warning - a part of a rule text that has no effect
 * @line: from 1
 * @column: from 1, in bytes; a tab is one
 * @text: message, lower case, no full stop
 */
struct compile_warning {
	int line;
	int column;
	char text[160];
};

/**
 * struct compile_error - place and description of an error in a rule text
 * @line: from 1
 * @column: from 1, in bytes; a tab is one
 * @use_line: if the place is in a definition: line that uses it; otherwise 0
 * @use_column: column of the use
 * @text: message, lower case, no full stop
 * @warnings: if there is no error: the first warnings
 * @nwarnings: number of elements of @warnings
 */
struct compile_error {
	int line;
	int column;
	int use_line;
	int use_column;
	char text[200];
	struct compile_warning warnings[COMPILE_MAX_WARNINGS];
	unsigned int nwarnings;
};

#define COMPILE_USE_NOTE	"the definition is used here"

/**
 * compile_image() - compile a rule text
 * @text: rule text
 * @len: its length in bytes
 * @image: set to the image, to be given to free()
 * @image_len: set to its length
 * @err: filled in on failure; @err->warnings also on success
 *
 * The image passes the engine's verifier, or the compilation fails. The same
 * text makes the same image.
 *
 * Return: 0, or -1 with @err filled in.
 */
int compile_image(const char *text, size_t len, void **image,
		  size_t *image_len, struct compile_error *err);

/**
 * struct place - the contents at an offset of an image
 * @section: enum algate_section; 0: none
 * @insn: index of the instruction, or -1
 * @line: its line of the rule text, or 0 if unknown
 */
struct place {
	unsigned int section;
	int insn;
	int line;
};

struct place image_place(const void *image, size_t len, size_t off);
void place_fault(char *to, size_t room, const struct place *place,
		 const char *file, const char *why);
void image_fault(char *to, size_t room, const void *image, size_t len,
		 size_t off, const char *why);

/* Prints a line of the text and a caret. */
void compile_place_show(FILE *out, const char *text, size_t len, int line,
			int column);

/* Prints "FILE:LINE:COLUMN: error: TEXT", the line and a caret. */
void compile_error_print(FILE *out, const char *file, const char *text,
			 size_t len, const struct compile_error *err);

/* Prints the warnings in the same way. */
void compile_warnings_print(FILE *out, const char *file, const char *text,
			    size_t len, const struct compile_error *err);

/* Prints the program in readable form, an instruction a line. */
void dump_prog(FILE *out, const struct algate_prog *prog);

/* words of enum algate_whose */
extern const char * const whose_words[__ALGATE_IS_MAX];

#endif /* ALGATE_COMPILE_H */

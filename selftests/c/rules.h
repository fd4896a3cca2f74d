/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the tests of the stream layer: a program from a rule text.
 */
#ifndef RULES_H
#define RULES_H

#include "../../kmod/engine/stream.h"
#include "../../tools/compile.h"

/**
 * rules_load() - compile and verify a rule text
 * @text: rule text
 *
 * Ends the test program with an error if the text is rejected.
 *
 * Return: the program, for algate_prog_free().
 */
static inline struct algate_prog *rules_load(const char *text)
{
	struct compile_error err;
	struct algate_reject why;
	struct algate_prog *prog;
	void *image;
	size_t len;

	if (compile_image(text, strlen(text), &image, &len, &err)) {
		printf("not ok rules:%d:%d: %s\n", err.line, err.column,
		       err.text);
		exit(1);
	}
	prog = algate_image_decode(image, len, &why);
	free(image);
	if (!prog || algate_prog_verify(prog, &why)) {
		printf("not ok verify: %s\n", algate_reason_text(why.reason));
		exit(1);
	}
	return prog;
}

#endif /* RULES_H */

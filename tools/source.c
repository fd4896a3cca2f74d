// SPDX-License-Identifier: GPL-2.0
/*
 * Rule texts to images.
 */
#include "algctl.h"
#include "compile.h"

/**
 * image_check() - decode and verify an image
 * @image: image
 * @len: its length
 * @what: name of its plug-in or file, for the message
 *
 * Return: program, for algate_prog_free(); NULL after a message.
 */
struct algate_prog *image_check(const void *image, size_t len,
				const char *what)
{
	struct algate_reject why = {};
	char text[160];
	struct algate_prog *prog = algate_image_decode(image, len, &why);

	if (prog && algate_prog_verify(prog, &why)) {
		algate_prog_free(prog);
		prog = NULL;
	}
	if (prog)
		return prog;
	image_fault(text, sizeof(text), image, len, why.off,
		    algate_reason_text(why.reason));
	complain("%s: %s", what, text);
	return NULL;
}

/**
 * source_same() - compare two sources
 * @a: source with an image
 * @b: source with an image
 *
 * A here-document ends with a line end, so "save" adds a missing line end at
 * the end of a text. The difference does not count.
 *
 * Return: true if the images and texts are equal.
 */
bool source_same(const struct source *a, const struct source *b)
{
	size_t len = min_t(size_t, a->len, b->len);
	size_t more = max_t(size_t, a->len, b->len) - len;
	const char *longer = a->len > b->len ? a->text : b->text;

	if (a->image_len != b->image_len ||
	    memcmp(a->image, b->image, a->image_len))
		return false;
	if (!a->text || !b->text)
		return a->text == b->text;
	return !memcmp(a->text, b->text, len) &&
	       (!more || (more == 1 && longer[len] == '\n' && len &&
			  longer[len - 1] != '\n'));
}

/**
 * source_read() - read a rule file
 * @file: name of the file, or of a plug-in in the standard folders
 * @src: filled in
 *
 * Return: 0, or -1 after a message.
 */
int source_read(const char *file, struct source *src)
{
	char *path = find_file(file);

	*src = (struct source){ .file = path, .found = path };
	snprintf(src->compiler, sizeof(src->compiler), "%s", algctl_version);
	if (path)
		src->text = file_read(path, ALGATE_SOURCE_MAX, &src->len);
	if (src->text && !include_files(path, &src->text, &src->len))
		return 0;
	source_free(src);
	return -1;
}

/**
 * source_compile() - compile a source after source_read()
 * @src: source
 * @err: place and description of an error
 *
 * Return: 0; -1 with @err filled in; -2 after a message.
 */
int source_compile(struct source *src, struct compile_error *err)
{
	if (compile_image(src->text, src->len, &src->image, &src->image_len,
			  err)) {
		src->image = NULL;
		return -1;
	}
	src->prog = image_check(src->image, src->image_len, src->file);
	return src->prog ? 0 : -2;
}

/* Prints a line of the text, with a message for it. */
static void place_print(const struct source *src, int line, int column,
			const char *kind, const char *text)
{
	char included[256];
	int in_file = line;

	include_place(src->text, src->len, &in_file, included,
		      sizeof(included));
	fprintf(stderr, "%s:%d:%d: %s: %s\n",
		*included ? included : src->file, in_file, column, kind, text);
	compile_place_show(stderr, src->text, src->len, line, column);
}

/**
 * source_error_print() - print an error of source_compile()
 * @src: source
 * @err: the error; its line counts the lines of included files
 */
void source_error_print(const struct source *src,
			const struct compile_error *err)
{
	place_print(src, err->line, err->column, "error", err->text);
	if (err->use_line)
		place_print(src, err->use_line, err->use_column, "note",
			    COMPILE_USE_NOTE);
}

/**
 * source_warnings_print() - print the warnings of source_compile()
 * @src: source
 * @err: filled in by source_compile() without error
 */
void source_warnings_print(const struct source *src,
			   const struct compile_error *err)
{
	const struct compile_warning *w = err->warnings;
	unsigned int i;

	for (i = 0; i < err->nwarnings; i++, w++)
		place_print(src, w->line, w->column, "warning", w->text);
}

/**
 * source_open() - read and compile a rule file
 * @file: its name
 * @src: filled in
 *
 * Return: 0, or -1 after a message.
 */
int source_open(const char *file, struct source *src)
{
	struct compile_error err;
	int ret;

	if (source_read(file, src))
		return -1;
	ret = source_compile(src, &err);
	if (ret == -1)
		source_error_print(src, &err);
	else if (!ret)
		source_warnings_print(src, &err);
	if (ret)
		source_free(src);
	return ret ? -1 : 0;
}

/**
 * source_free() - free the memory of a source
 * @src: source
 */
void source_free(struct source *src)
{
	algate_prog_free(src->prog);
	free(src->image);
	free(src->text);
	free(src->found);
	*src = (struct source){ .file = src->found ? NULL : src->file };
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Rule files to images.
 */
#include "algctl.h"
#include "compile.h"

/* a longer file cannot fit an image of ALGATE_IMAGE_MAX bytes */
#define FILE_MAX	(1024 * 1024)

/**
 * file_read() - read a whole file
 * @file: its name; "-" is stdin
 * @len: set to its length
 *
 * Return: its bytes and a NUL, for free(); NULL after a message.
 */
char *file_read(const char *file, size_t *len)
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
	} while (got && n <= FILE_MAX);
	text[n] = 0;
	*len = n;
	if (ferror(f))
		complain("%s: %s", file, strerror(errno));
	else if (n > FILE_MAX)
		complain("%s: the file is longer than %u bytes", file,
			 FILE_MAX);
	if (ferror(f) || n > FILE_MAX) {
		free(text);
		text = NULL;
	}
	if (f != stdin)
		fclose(f);
	return text;
}

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
 * image_same() - compare two images without their line numbers
 * @a: image
 * @alen: its length
 * @b: image
 * @blen: its length
 *
 * The text in an image is in canonical form, so its line numbers differ from
 * the line numbers of the file.
 *
 * Return: true if the images are equal.
 */
bool image_same(const void *a, size_t alen, const void *b, size_t blen)
{
	const u8 *p = a, *q = b;
	size_t at = ALGATE_IMAGE_HDR_LEN;

	if (alen != blen || alen < at || memcmp(p, q, at))
		return false;
	while (alen - at >= 8) {
		u32 len = get_unaligned_le32(p + at + 4);

		if (len > alen - at - 8 || memcmp(p + at, q + at, 8))
			return false;
		if (get_unaligned_le16(p + at) != ALGATE_SEC_LINES &&
		    memcmp(p + at + 8, q + at + 8, len))
			return false;
		at += 8 + len;
		at += min_t(size_t, -at & 3, alen - at);
	}
	return true;
}

/**
 * source_read() - read a rule file
 * @file: its name
 * @src: filled in
 *
 * Return: 0, or -1 after a message.
 */
int source_read(const char *file, struct source *src)
{
	*src = (struct source){ .file = file };
	src->text = file_read(file, &src->len);
	return src->text ? 0 : -1;
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
		compile_error_print(stderr, file, src->text, src->len, &err);
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
	*src = (struct source){ .file = src->file };
}

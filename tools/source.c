// SPDX-License-Identifier: GPL-2.0
/*
 * Rule files to images.
 */
#include "algctl.h"
#include "compile.h"

/* far more than makes an image of ALGATE_IMAGE_MAX */
#define FILE_MAX	(1024 * 1024)

/**
 * file_read() - read a whole file
 * @file: its name; "-" is stdin
 * @len: set to its length
 *
 * Return: its bytes and a NUL, to be given to free(); NULL after a complaint.
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
 * @what: what it is of, for the complaint
 *
 * Return: program, to be given to algate_prog_free(); NULL after a complaint.
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
 * image_same() - do two images say the same
 * @a: image
 * @alen: its length
 * @b: image
 * @blen: its length
 *
 * Lines that the instructions come from do not count: the text that an image
 * carries is in canonical form, and has other lines than the file had.
 *
 * Return: true if they do.
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
 * Return: 0, or -1 after a complaint.
 */
int source_read(const char *file, struct source *src)
{
	*src = (struct source){ .file = file };
	src->text = file_read(file, &src->len);
	return src->text ? 0 : -1;
}

/**
 * source_compile() - compile what source_read() read
 * @src: source
 * @err: where it is wrong
 *
 * Return: 0; -1: @err says why; -2: a complaint said why.
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
 * Return: 0, or -1 after a complaint.
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
 * source_free() - give back what a source holds
 * @src: source
 */
void source_free(struct source *src)
{
	algate_prog_free(src->prog);
	free(src->image);
	free(src->text);
	*src = (struct source){ .file = src->file };
}

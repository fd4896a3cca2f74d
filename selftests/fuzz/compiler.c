// SPDX-License-Identifier: GPL-2.0
/*
 * The compiler on any text. Either it reports an error at a place in the text,
 * or it makes an image that the verifier accepts. The canonical text in the
 * image compiles to the same image, except for the line numbers.
 */
#include "fuzz.h"
#include "../../tools/compile.h"

long algate_fail_alloc = -1;

/* Only the verifier finds these errors in a text. */
static const int reasons[] = {
	ALGATE_R_COST, ALGATE_R_FRAME_SERVICE, ALGATE_R_FRAME_LENGTH,
	ALGATE_R_FRAME_NAMES, ALGATE_R_TITLE,
};

static bool is_known(const char *text)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++)
		if (strstr(text, algate_reason_text(reasons[i])))
			return true;
	return false;
}

static void check_error(const char *text, size_t len,
			const struct compile_error *err)
{
	const char *at = text;
	char *print;
	size_t size;
	FILE *out;
	int line;

	if (!*err->text || err->line < 1 || err->column < 1)
		bug("an error without words or place: '%s'", err->text);
	for (line = 1; line < err->line; line++) {
		at = memchr(at, '\n', text + len - at);
		if (!at)
			bug("no line %d: %s", err->line, err->text);
		at++;
	}
	if (err->column - 1 > text + len - at)
		bug("no column %d: %s", err->column, err->text);
	if (strstr(err->text, "the verifier") && !is_known(err->text))
		bug("%s", err->text);
	out = open_memstream(&print, &size);
	compile_error_print(out, "text", text, len, err);
	fclose(out);
	free(print);
}

static bool same_but_lines(const struct algate_prog *a,
			   const struct algate_prog *b)
{
	u32 at = ALGATE_IMAGE_HDR_LEN;

	if (a->image_len != b->image_len ||
	    memcmp(a->image, b->image, ALGATE_IMAGE_HDR_LEN))
		return false;
	while (at < a->image_len) {
		u32 len = get_unaligned_le32(a->image + at + 4);

		if (memcmp(a->image + at, b->image + at, 8))
			return false;
		if (get_unaligned_le16(a->image + at) != ALGATE_SEC_LINES &&
		    memcmp(a->image + at + 8, b->image + at + 8, len))
			return false;
		at += 8 + ((len + 3) & ~3U);
	}
	return true;
}

/* Returns NULL if there is an error in the text. */
static struct algate_prog *compile(const char *text, size_t len,
				   struct compile_error *err)
{
	struct algate_reject why;
	struct algate_prog *prog;
	size_t image_len = 0;
	void *image;

	if (compile_image(text, len, &image, &image_len, err))
		return NULL;
	prog = algate_image_decode(image, image_len, &why);
	free(image);
	if (!prog || algate_prog_verify(prog, &why))
		bug("%s", algate_reason_text(why.reason));
	return prog;
}

static void dump(const struct algate_prog *prog)
{
	size_t size;
	char *print;
	FILE *out = open_memstream(&print, &size);

	dump_prog(out, prog);
	fclose(out);
	free(print);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	struct algate_prog *prog, *again;
	struct compile_error err;
	/* of exact size: the compiler must not rely on a NUL at the end */
	char *text = malloc(len ? len : 1);

	memcpy(text, data, len);
	prog = compile(text, len, &err);
	if (!prog) {
		check_error(text, len, &err);
	} else {
		dump(prog);
		again = compile(prog->text, prog->text_len, &err);
		if (!again)
			bug("canonical text: %d:%d: %s", err.line, err.column,
			    err.text);
		if (!same_but_lines(prog, again))
			bug("the canonical text makes another image");
		algate_prog_free(again);
	}
	algate_prog_free(prog);
	free(text);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The compiler on any text. Either it reports an error at a place in the text,
 * or it makes an image that the verifier accepts, and the same image the second
 * time.
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
		again = compile(text, len, &err);
		if (!again || again->image_len != prog->image_len ||
		    memcmp(again->image, prog->image, prog->image_len))
			bug("the text makes another image the second time");
		if (memchr(text, 0, len))
			bug("a NUL in a text that compiles");
		algate_prog_free(again);
	}
	algate_prog_free(prog);
	free(text);
	return 0;
}

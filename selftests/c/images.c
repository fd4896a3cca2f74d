// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the images of rule files in hexadecimal. All architectures must print
 * the same.
 *
 *	images FILE...
 */
#include "../../tools/compile.h"
#include "../../tools/text.h"

long algate_fail_alloc = -1;

static int print_image(const char *path)
{
	const unsigned char *byte;
	struct compile_error err;
	size_t len, i;
	void *image;
	char *text = file_read(path, ALGATE_SOURCE_MAX, &len);

	if (!text || include_files(path, &text, &len))
		return 1;
	if (compile_image(text, len, &image, &len, &err)) {
		compile_error_print(stderr, path, text, len, &err);
		return 1;
	}
	free(text);
	printf("%s:", path);
	for (byte = image, i = 0; i < len; i++)
		printf("%s%02x", i % 32 ? "" : "\n", byte[i]);
	printf("\n");
	free(image);
	return 0;
}

int main(int argc, char **argv)
{
	int i, failed = 0;

	for (i = 1; i < argc; i++)
		failed |= print_image(argv[i]);
	return failed;
}

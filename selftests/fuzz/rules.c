// SPDX-License-Identifier: GPL-2.0
/* Rule files to images. */
#include "fuzz.h"
#include "plugin.h"
#include "../../tools/compile.h"
#include "../../tools/text.h"

void *plugin_image(const char *path, size_t *image_len)
{
	struct compile_error err;
	void *image;
	size_t len;
	char *text = file_read(path, ALGATE_SOURCE_MAX, &len);

	if (!text || include_files(path, &text, &len))
		bug("%s: cannot be read", path);
	if (compile_image(text, len, &image, image_len, &err))
		bug("%s:%d: %s", path, err.line, err.text);
	free(text);
	return image;
}

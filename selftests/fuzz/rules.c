// SPDX-License-Identifier: GPL-2.0
/* Rule files with the files that they include. */
#include <string.h>

#include "fuzz.h"
#include "plugin.h"

#define INCLUDE	"include \""
#define DEPTH	8

static size_t text_add(const char *path, char *text, size_t size, int depth)
{
	char line[1024], name[1024];
	FILE *f = fopen(path, "r");
	size_t len = 0;

	if (!f || depth == DEPTH)
		bug("%s: cannot be opened", path);
	while (fgets(line, sizeof(line), f)) {
		size_t n = strlen(line);

		if (!strncmp(line, INCLUDE, strlen(INCLUDE))) {
			snprintf(name, sizeof(name), "plugins/%.*s",
				 (int)strcspn(line + strlen(INCLUDE), "\""),
				 line + strlen(INCLUDE));
			len += text_add(name, text + len, size - len,
					depth + 1);
			continue;
		}
		if (n > size - len)
			bug("%s: too long", path);
		memcpy(text + len, line, n);
		len += n;
	}
	fclose(f);
	return len;
}

size_t rules_read(const char *path, char *text, size_t size)
{
	return text_add(path, text, size, 0);
}

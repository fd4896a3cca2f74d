// SPDX-License-Identifier: GPL-2.0
/*
 * Included files. The compiler and the kernel get one text, in which the
 * included file takes the place of the line that includes it, between two
 * marks:
 *
 *	#<include "sdp.alg"
 *	text of sdp.alg
 *	#>include
 *
 * Marks are comments, so the text can be compiled again without the files. The
 * marks also tell the file and the line of each line of the text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define WORD		"include \""
#define BEGIN		"#<" WORD
#define END		"#>include"
#define MAX_INCLUDES	8	/* files in files */

struct joined {
	char *text;
	size_t len;
};

/* a file that is being read, and the file that includes it */
struct including {
	const struct including *by;
	const char *file;
	int line;
};

static bool starts(const char *p, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - p) >= len && !memcmp(p, word, len);
}

/* The name in a line 'include "NAME"', which may end with a comment; or NULL */
static char *include_name(const char *line, const char *eol)
{
	const char *name = line + strlen(WORD), *quote, *p;

	if (!starts(line, eol, WORD))
		return NULL;
	quote = memchr(name, '"', eol - name);
	if (!quote || quote == name || memchr(name, '\\', quote - name) ||
	    memchr(name, 0, quote - name))
		return NULL;
	for (p = quote + 1; p < eol && *p != '#'; p++)
		if (*p != ' ' && *p != '\t' && *p != '\r')
			return NULL;
	return strndup(name, quote - name);
}

static int add(struct joined *all, const char *p, size_t len,
	       const struct including *in)
{
	if (len > ALGATE_SOURCE_MAX - all->len) {
		while (in->by)
			in = in->by;
		complain("%s: the file is longer than %u bytes, with all files that it includes",
			 in->file, ALGATE_SOURCE_MAX);
		return -1;
	}
	all->text = xrealloc(all->text, all->len + len + 1);
	memcpy(all->text + all->len, p, len);
	all->len += len;
	all->text[all->len] = 0;
	return 0;
}

static int join(struct joined *all, const char *text, size_t len,
		struct including *in);

/* The name relative to the folder of the file that includes it */
static char *include_path(const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');
	char *path = NULL;

	if (*name == '/' || !slash)
		return strdup(name);
	if (asprintf(&path, "%.*s/%s", (int)(slash - file), file, name) < 0)
		die("out of memory");
	return path;
}

static int include_add(struct joined *all, const char *name,
		       struct including *by)
{
	struct including in = { .by = by };
	char *path = include_path(by->file, name), *text = NULL;
	const struct including *at;
	size_t len;
	int depth = 0, err = -1;

	for (at = by; at; at = at->by)
		depth++;
	in.file = path;
	if (depth > MAX_INCLUDES)
		complain("more than %u files include each other", MAX_INCLUDES);
	else
		text = file_read(path, ALGATE_SOURCE_MAX, &len);
	if (text)
		err = add(all, BEGIN, strlen(BEGIN), &in) ?:
		      add(all, name, strlen(name), &in) ?:
		      add(all, "\"\n", 2, &in) ?:
		      join(all, text, len, &in) ?:
		      (len && text[len - 1] != '\n' ?
		       add(all, "\n", 1, &in) : 0) ?:
		      add(all, END "\n", strlen(END "\n"), &in);
	else
		complain("%s:%d: cannot include \"%s\"", by->file, by->line,
			 name);
	free(text);
	free(path);
	return err;
}

static int join(struct joined *all, const char *text, size_t len,
		struct including *in)
{
	const char *line = text, *end = text + len, *next;
	int err = 0;

	for (in->line = 1; line < end && !err; in->line++, line = next) {
		const char *eol = memchr(line, '\n', end - line);
		char *name = include_name(line, eol ?: end);

		next = eol ? eol + 1 : end;
		if (name)
			err = include_add(all, name, in);
		else
			err = add(all, line, next - line, in);
		free(name);
	}
	return err;
}

/**
 * include_files() - put included files into a text
 * @file: name of the rule file
 * @text: its bytes and a NUL, from file_read(); replaced
 * @len: their number without the NUL; replaced
 *
 * Return: 0; or -1 after a message, with @text freed and NULL.
 */
int include_files(const char *file, char **text, size_t *len)
{
	struct including in = { .file = file };
	struct joined all = { .text = xalloc(1) };
	int err = join(&all, *text, *len, &in);

	free(*text);
	if (err)
		free(all.text);
	*text = err ? NULL : all.text;
	*len = all.len;
	return err;
}

/**
 * include_place() - file and line of a line of a text with included files
 * @text: text from include_files()
 * @len: its length in bytes
 * @line: line of @text, from 1; becomes the line of the file
 * @file: gets the included file's name as in the text, "" for the rule file
 * @room: size of @file in bytes
 *
 * A mark has the place of the line that includes the file.
 */
void include_place(const char *text, size_t len, int *line, char *file,
		   size_t room)
{
	const char *p = text, *end = text + len, *eol;
	struct {
		const char *name;
		int len;
		int line;
	} stack[MAX_INCLUDES + 1] = { { "", 0, 0 } }, *top = stack;
	int left = *line;

	for (; p < end && left > 0; p = eol + 1) {
		eol = memchr(p, '\n', end - p) ?: end;
		top->line++;
		if (!--left)
			break;
		if (starts(p, eol, BEGIN) && top < stack + MAX_INCLUDES) {
			top++;
			top->name = p + strlen(BEGIN);
			top->len = strcspn(top->name, "\"\n");
			top->line = 0;
		} else if (starts(p, eol, END) && top > stack) {
			top--;
		}
	}
	/* the end of the text, behind the last line end */
	if (left > 0)
		top->line++;
	*line = top->line;
	snprintf(file, room, "%.*s", top->len, top->name);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Output as text, or as JSON through libjansson. A list is printed object by
 * object, so a million flows need no more memory than a single flow.
 */
#include <ctype.h>
#include <stdarg.h>
#include <unistd.h>
#include <jansson.h>

#include "algctl.h"
#include "out.h"

#define MAX_DEPTH	8

bool out_json;

static json_t *stack[MAX_DEPTH];
static unsigned int depth;
static bool listing;
static unsigned int listed;

static json_t *json_checked(json_t *value)
{
	if (!value)
		die("out of memory");
	return value;
}

static void json_put(const char *key, json_t *value)
{
	json_t *top = stack[depth - 1];
	int err;

	if (json_is_array(top))
		err = json_array_append_new(top, value);
	else
		err = json_object_set_new(top, key, value);
	if (err)
		die("out of memory");
}

static void json_push(json_t *value)
{
	stack[depth++] = json_checked(value);
}

static void json_pop(const char *key)
{
	json_t *value = stack[--depth];

	if (depth) {
		json_put(key, value);
		return;
	}
	if (listing)
		printf("%s\n", listed++ ? "," : "");
	json_dumpf(value, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	if (!listing)
		putchar('\n');
	json_decref(value);
}

/* keys of the open objects and arrays, needed at their end */
static const char *keys[MAX_DEPTH];

/**
 * out_list_begin() - a list of objects begins
 */
void out_list_begin(void)
{
	listing = true;
	listed = 0;
	if (out_json)
		putchar('[');
}

/**
 * out_list_end() - the list is complete
 */
void out_list_end(void)
{
	listing = false;
	if (out_json)
		printf("%s]\n", listed ? "\n" : "");
}

static void json_begin(const char *key, json_t *value)
{
	keys[depth] = key;
	json_push(value);
}

/**
 * out_object_begin() - an object begins
 * @key: its key in the outer object, if there is an outer object
 */
void out_object_begin(const char *key)
{
	if (out_json)
		json_begin(key, json_object());
}

/**
 * out_object_end() - the object is complete
 */
void out_object_end(void)
{
	if (out_json)
		json_pop(keys[depth - 1]);
}

/**
 * out_array_begin() - an array begins
 * @key: its key in the outer object
 */
void out_array_begin(const char *key)
{
	if (out_json)
		json_begin(key, json_array());
}

/**
 * out_array_end() - the array is complete
 */
void out_array_end(void)
{
	if (out_json)
		json_pop(keys[depth - 1]);
}

static void escape(FILE *f, const u8 *p, size_t len)
{
	static const char special[] = "\\\"\r\n\t", letter[] = "\\\"rnt";
	const char *at;

	for (; len; len--, p++) {
		at = *p ? strchr(special, *p) : NULL;
		if (at)
			fprintf(f, "\\%c", letter[at - special]);
		else if (isascii(*p) && isprint(*p))
			putc(*p, f);
		else
			fprintf(f, "\\x%02x", *p);
	}
}

static json_t *escaped(const void *data, size_t len)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	json_t *value;

	if (!f)
		die("out of memory");
	escape(f, data, len);
	fclose(f);
	value = json_checked(json_string(text));
	free(text);
	return value;
}

/**
 * out_str() - print a string
 * @key: for JSON
 * @prefix: for text, in front of the value
 * @value: string; in JSON, with escapes if it is not UTF-8
 */
void out_str(const char *key, const char *prefix, const char *value)
{
	if (!out_json) {
		if (prefix)
			printf("%s%s", prefix, value);
	} else if (key) {
		json_t *string = json_string(value);

		json_put(key, string ?: escaped(value, strlen(value)));
	}
}

/**
 * out_num() - print a number
 * @key: for JSON
 * @prefix: for text, in front of the value
 * @value: number
 */
void out_num(const char *key, const char *prefix, u64 value)
{
	if (out_json && key)
		json_put(key, json_checked(json_integer(value)));
	else if (!out_json && prefix)
		printf("%s%llu", prefix, (unsigned long long)value);
}

/**
 * out_bool() - print true or false, in JSON
 * @key: for JSON
 * @value: value
 */
void out_bool(const char *key, bool value)
{
	if (out_json)
		json_put(key, json_boolean(value));
}

/**
 * out_bytes() - print arbitrary bytes
 * @key: for JSON
 * @prefix: for text, in front of the value; further lines are indented
 * @data: bytes
 * @len: number of bytes
 */
void out_bytes(const char *key, const char *prefix, const void *data,
	       size_t len)
{
	const u8 *p = data, *lf;
	int indent = strlen(prefix);
	size_t n;

	if (out_json) {
		json_put(key, escaped(data, len));
		return;
	}
	fputs(prefix, stdout);
	do {
		lf = len ? memchr(p, '\n', len) : NULL;
		n = lf ? (size_t)(lf - p) + 1 : len;
		putchar('"');
		escape(stdout, p, n);
		puts("\"");
		p += n;
		len -= n;
		if (len)
			printf("%*s", indent, "");
	} while (len);
}

/**
 * out_text() - print text, but nothing in JSON
 * @fmt: as for printf()
 */
void out_text(const char *fmt, ...)
{
	va_list ap;

	if (out_json)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

/* Colours are for terminals; no-color.org describes NO_COLOR. */
static bool has_colours(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return !out_json && !(no && *no) && isatty(STDOUT_FILENO) &&
	       term && strcmp(term, "dumb");
}

/**
 * out_style() - change the style of the following text on a terminal
 * @sgr: parameters of ECMA-48's SGR
 */
void out_style(const char *sgr)
{
	static int on = -1;

	if (on < 0)
		on = has_colours();
	if (on)
		printf("\033[%sm", sgr);
}

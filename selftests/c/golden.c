// SPDX-License-Identifier: GPL-2.0
/*
 * The rule compiler against golden files: rule texts with the compiled programs,
 * the results of these programs on messages, or errors.
 *
 *	golden [-u] FILE...	-u: write the output into the files
 *
 * A file has cases; text before the first case is a comment:
 *
 *	=== NAME [%] [< PATH]
 *	rule text; with "%", %HH is a byte; with "<", the file at PATH
 *	@N text with $		N lines, $ counts from 0
 *	--- send
 *	client|server [6] [tcp|udp] [:PORT] "bytes"
 *			a message: over IPv6 with the 6, of another than the
 *			first service's protocol, from another port than 40000
 *	--- program, warning, result, error
 *	output
 *
 * With -u, each case gets all of these parts, except for "program", the
 * disassembly, and "warning". They are written only to cases that already have
 * them, with any text.
 */
#include <ctype.h>
#include <stdarg.h>

#include "golden.h"

#define NAME	"test.alg"

long algate_fail_alloc = -1;

enum part {
	PART_SOURCE,
	PART_SEND,
	PART_PROGRAM,
	PART_WARNING,
	PART_RESULT,
	PART_ERROR,
	NPARTS
};

static const char * const part_names[NPARTS] = {
	"source", "send", "program", "warning", "result",
	"error",
};

struct text {
	char *p;
	size_t len;
};

/**
 * struct golden - a case
 * @head: text behind "=== "
 * @name: name of the case
 * @path: file with the rule text, or NULL
 * @escaped: the rule text has %HH
 * @part: the parts of the case in the file
 * @rules: the rule text itself
 * @got: the parts that the test has computed
 */
struct golden {
	char head[256];
	char name[128];
	char *path;
	bool escaped;
	struct text part[NPARTS];
	struct text rules;
	struct text got[NPARTS];
};

static int failed;

void die(const char *what)
{
	printf("not ok golden: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void verdict(bool good, const char *file, const struct golden *g,
		    const char *what)
{
	printf("%sok golden: %s: %s%s%s\n", good ? "" : "not ", file, g->name,
	       *what ? ": " : "", what);
	failed |= !good;
}

static void text_add(struct text *t, const char *p, size_t len)
{
	t->p = realloc(t->p, t->len + len + 1);
	if (!t->p)
		die("memory");
	memcpy(t->p + t->len, p, len);
	t->len += len;
	t->p[t->len] = 0;
}

static bool text_same(const struct text *a, const struct text *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->p, b->p, a->len));
}

static struct text text_read(const char *path)
{
	struct text t = { NULL, 0 };
	FILE *f = fopen(path, "r");
	char buf[4096];
	size_t n;

	if (!f)
		die(path);
	text_add(&t, "", 0);
	while ((n = fread(buf, 1, sizeof(buf), f)))
		text_add(&t, buf, n);
	fclose(f);
	return t;
}

/* Returns the line at *@at without its line end, and moves *@at past it. */
char *line_next(char **at)
{
	char *line = *at;
	char *lf = strchr(line, '\n');

	if (!*line)
		return NULL;
	*at = lf ? lf + 1 : line + strlen(line);
	if (lf)
		*lf = 0;
	return line;
}

unsigned int hex(const char *p)
{
	char two[3] = { p[0], p[0] ? p[1] : 0 };

	return strtoul(two, NULL, 16);
}

/* "@N text": repeats the text N times; "$" becomes the repetition's number */
static void rules_repeat(struct text *rules, const char *line)
{
	unsigned int n, i, max = strtoul(line + 1, (char **)&line, 10);
	const char *p;
	char turn[12];

	for (i = 0; i < max; i++) {
		n = snprintf(turn, sizeof(turn), "%u", i);
		for (p = line + 1; *p; p++)
			text_add(rules, *p == '$' ? turn : p,
				 *p == '$' ? n : 1);
		text_add(rules, "\n", 1);
	}
}

static void rules_make(struct golden *g)
{
	char *copy, *at, *line;

	if (g->path) {
		g->rules = text_read(g->path);
		return;
	}
	text_add(&g->rules, "", 0);
	copy = strdup(g->part[PART_SOURCE].p ? g->part[PART_SOURCE].p : "");
	for (at = copy; (line = line_next(&at));) {
		if (*line == '@') {
			rules_repeat(&g->rules, line);
			continue;
		}
		for (; *line; line++) {
			char c = *line;

			if (c == '%' && g->escaped && line[1] && line[2]) {
				c = hex(line + 1);
				line += 2;
			}
			text_add(&g->rules, &c, 1);
		}
		text_add(&g->rules, "\n", 1);
	}
	free(copy);
}

static void head_read(struct golden *g, const char *head)
{
	char *p;

	snprintf(g->head, sizeof(g->head), "%s", head);
	snprintf(g->name, sizeof(g->name), "%s", head);
	p = strstr(g->name, " < ");
	if (p) {
		g->path = p + 3;
		*p = 0;
	}
	p = strstr(g->name, " %");
	if (p) {
		g->escaped = true;
		*p = 0;
	}
}

static int part_find(const char *name)
{
	int i;

	for (i = PART_SEND; i < NPARTS; i++)
		if (!strcmp(part_names[i], name))
			return i;
	printf("not ok golden: no part \"%s\"\n", name);
	exit(1);
}

/* Reads the case that begins at *@at, and moves *@at past it. */
static void golden_read(struct golden *g, char **at)
{
	int part = PART_SOURCE;
	char *line;

	memset(g, 0, sizeof(*g));
	head_read(g, line_next(at) + 4);
	while (strncmp(*at, "=== ", 4) && (line = line_next(at))) {
		if (!strncmp(line, "--- ", 4)) {
			part = part_find(line + 4);
			continue;
		}
		text_add(&g->part[part], line, strlen(line));
		text_add(&g->part[part], "\n", 1);
	}
	rules_make(g);
}

static void golden_free(struct golden *g)
{
	int i;

	for (i = 0; i < NPARTS; i++) {
		free(g->part[i].p);
		free(g->got[i].p);
	}
	free(g->rules.p);
}

static void golden_write(FILE *out, const struct golden *g)
{
	int i;

	fprintf(out, "=== %s\n", g->head);
	for (i = 0; i < NPARTS; i++) {
		const struct text *t = i < PART_PROGRAM ? &g->part[i] :
							  &g->got[i];

		/* The disassembly is long, and only few cases test these. */
		if ((i == PART_PROGRAM || i == PART_WARNING) && !g->part[i].len)
			continue;
		if (!t->len)
			continue;
		if (i > PART_SOURCE)
			fprintf(out, "--- %s\n", part_names[i]);
		fputs(t->p, out);
	}
}

/*
 * The same text makes the same image: "plugin show" and "restore" compare them.
 */
static void check_again(const char *file, const struct golden *g,
			const struct algate_prog *prog)
{
	struct compile_error err;
	size_t len = 0;
	void *again;

	if (compile_image(g->rules.p, g->rules.len, &again, &len, &err)) {
		verdict(false, file, g, "the text compiles again");
		return;
	}
	verdict(len == prog->image_len && !memcmp(again, prog->image, len),
		file, g, "the text makes the same image again");
	free(again);
}

/* The text compiles, or the error is at a place in the text. */
static bool survives(const char *text, size_t len)
{
	struct compile_error err;
	char *said = NULL;
	size_t said_len;
	void *image;
	FILE *out;

	if (!compile_image(text, len, &image, &said_len, &err)) {
		free(image);
		return true;
	}
	out = open_memstream(&said, &said_len);
	if (!out)
		die("memory");
	compile_error_print(out, NAME, text, len, &err);
	fclose(out);
	free(said);
	return !image && err.line >= 1 && err.column >= 1 && *err.text;
}

/* Compiles truncated texts, and texts with a changed byte. */
static void check_damaged(const char *file, const struct golden *g)
{
	static const char bytes[32] = "\"{}()[]|.,:;?+*\\#\0 a0\n<>=!&-^";
	static u32 seed = 1;
	size_t len = g->rules.len;
	char *text;
	bool good = true;
	u32 i;

	for (i = 0; i < 48 && good; i++) {
		size_t cut = len * i / 48;

		/* of exact size, so that ASan detects a read past the end */
		text = malloc(cut + !cut);
		memcpy(text, g->rules.p, cut);
		good = survives(text, cut);
		free(text);
	}
	for (i = 0; i < 48 && good && len; i++) {
		text = malloc(len);
		memcpy(text, g->rules.p, len);
		seed = seed * 1103515245 + 12345;
		text[(seed >> 8) % len] = bytes[seed >> 27];
		good = survives(text, len);
		free(text);
	}
	verdict(good, file, g, "damaged");
}

static void golden_compile(struct golden *g, const char *file)
{
	struct algate_reject why = {};
	struct compile_error err;
	struct algate_prog *prog;
	size_t len;
	void *image;
	FILE *out;

	if (compile_image(g->rules.p, g->rules.len, &image, &len, &err)) {
		out = open_memstream(&g->got[PART_ERROR].p,
				     &g->got[PART_ERROR].len);
		compile_error_print(out, NAME, g->rules.p, g->rules.len, &err);
		fclose(out);
		return;
	}
	prog = algate_image_decode(image, len, &why);
	free(image);
	if (!prog || algate_prog_verify(prog, &why)) {
		algate_prog_free(prog);
		verdict(false, file, g, algate_reason_text(why.reason));
		return;
	}
	check_again(file, g, prog);
	out = open_memstream(&g->got[PART_WARNING].p,
			     &g->got[PART_WARNING].len);
	compile_warnings_print(out, NAME, g->rules.p, g->rules.len, &err);
	fclose(out);
	out = open_memstream(&g->got[PART_PROGRAM].p,
			     &g->got[PART_PROGRAM].len);
	dump_prog(out, prog);
	fclose(out);
	if (g->part[PART_SEND].len) {
		out = open_memstream(&g->got[PART_RESULT].p,
				     &g->got[PART_RESULT].len);
		send_all(out, prog, g->part[PART_SEND].p);
		fclose(out);
	}
	algate_prog_free(prog);
}

static void show(const char *what, const char *part, const struct text *t)
{
	const char *p = t->p, *end = t->p + t->len;

	printf("# %s %s:\n", what, part);
	while (p < end) {
		const char *lf = memchr(p, '\n', end - p);
		size_t n = (lf ? lf : end) - p;

		printf("# %.*s\n", (int)n, p);
		p += n + 1;
	}
}

/* Compares only parts that the case has, and an unexpected error. */
static void golden_compare(const char *file, const struct golden *g)
{
	bool wrong = g->part[PART_ERROR].len || g->got[PART_ERROR].len;
	bool good = true;
	int i;

	for (i = PART_PROGRAM; i < NPARTS; i++) {
		if (!g->part[i].len && !(wrong && g->got[i].len))
			continue;
		if (text_same(&g->part[i], &g->got[i]))
			continue;
		good = false;
		show("wanted", part_names[i], &g->part[i]);
		show("got", part_names[i], &g->got[i]);
	}
	verdict(good, file, g, "");
}

static void file_write(const char *path, const struct text *t)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(t->p, 1, t->len, f) != t->len || fclose(f))
		die(path);
}

static void run_case(const char *file, char **at, FILE *update)
{
	struct golden g;

	golden_read(&g, at);
	golden_compile(&g, file);
	if (update)
		golden_write(update, &g);
	else
		golden_compare(file, &g);
	check_damaged(file, &g);
	golden_free(&g);
}

static void run_file(const char *path, bool update)
{
	struct text all = text_read(path), new = { NULL, 0 };
	const char *file = strrchr(path, '/');
	FILE *out = NULL;
	char *at = all.p;

	file = file ? file + 1 : path;
	if (strncmp(at, "=== ", 4)) {
		at = strstr(at, "\n=== ");
		if (!at++)
			die("a file without cases");
	}
	if (update) {
		out = open_memstream(&new.p, &new.len);
		if (!out)
			die("memory");
		fwrite(all.p, 1, at - all.p, out);
	}
	while (*at)
		run_case(file, &at, out);
	if (out) {
		fclose(out);
		file_write(path, &new);
		free(new.p);
	}
	free(all.p);
}

int main(int argc, char **argv)
{
	bool update = argc > 1 && !strcmp(argv[1], "-u");
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 1 + update; i < argc; i++)
		run_file(argv[i], update);
	return failed;
}

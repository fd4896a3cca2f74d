// SPDX-License-Identifier: GPL-2.0
/*
 * Syntax tree -> canonical text, a standard form of the rules that compiles to
 * the same program.
 */
#include "ast.h"

static void print_rule(FILE *out, const struct rule *rule)
{
	fprintf(out, "\n%s: ", rule->dir);
	canon_pattern(out, rule->pattern);
	if (rule->stmts) {
		fputs(" {\n", out);
		canon_stmts(out, rule->stmts, 1);
		fputc('}', out);
	}
	fputc('\n', out);
}

static void print_framing(FILE *out, const struct tree *t,
			  const struct algate_framing *f)
{
	unsigned int i;

	fprintf(out, " %s", frame_word(f->kind));
	for (i = 0; i < f->nnames; i++) {
		fputc(' ', out);
		canon_bytes(out, t->frame_name[i], strlen(t->frame_name[i]),
			    true);
	}
	if (f->kind == ALGATE_FRAME_LENGTH)
		canon_length(out, f);
	fprintf(out, f->kind == ALGATE_FRAME_FIRST ? " %u" : " max %u", f->max);
}

static void print_frame(FILE *out, const struct tree *t)
{
	const char lead = t->frame[1].lead;

	fputs("frame", out);
	print_framing(out, t, t->frame);
	if (t->nframes > 1) {
		fputs(" or ", out);
		canon_bytes(out, &lead, 1, false);
		print_framing(out, t, t->frame + 1);
	}
	fputc('\n', out);
}

static void print_services(FILE *out, const struct tree *t)
{
	unsigned int i;

	for (i = 0; i < t->nservices; i++) {
		fprintf(out, "service %s",
			t->service[i].proto == IPPROTO_TCP ? "tcp" : "udp");
		if (t->service[i].port)
			fprintf(out, " %u", t->service[i].port);
		fputc('\n', out);
	}
}

static void print_classes(FILE *out, const struct tree *t)
{
	unsigned int i;

	for (i = 0; i < t->nclasses; i++) {
		fprintf(out, "expect %s max %u timeout ", t->class[i].name,
			t->class[i].max);
		canon_time(out, t->class[i].timeout);
		fputs(t->class[i].flags & ALGATE_CLASS_PERMANENT ?
		      " permanent\n" : "\n", out);
	}
}

static void print_tables(FILE *out, const struct tree *t)
{
	unsigned int i;

	for (i = 0; i < t->ntables; i++) {
		fprintf(out, "table %s max %u timeout ", t->table[i].name,
			t->table[i].max);
		canon_time(out, t->table[i].timeout);
		fputc('\n', out);
	}
}

static void print_names(FILE *out, const char *word, char * const *names,
			unsigned int n)
{
	unsigned int i;

	if (!n)
		return;
	fputs(word, out);
	for (i = 0; i < n; i++)
		fprintf(out, " %s", names[i]);
	fputc('\n', out);
}

/**
 * canon_text() - the canonical text of a plug-in
 * @t: tree
 * @len: set to its length in bytes
 *
 * Return: the text, for free().
 */
char *canon_text(const struct tree *t, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);
	const struct rule *rule;

	if (!out)
		abort();
	fprintf(out, "plugin %s", t->name);
	if (*t->title) {
		fputc(' ', out);
		canon_bytes(out, t->title, strlen(t->title), true);
	}
	fputc('\n', out);
	print_services(out, t);
	print_frame(out, t);
	print_classes(out, t);
	print_tables(out, t);
	print_names(out, "flow", t->var, t->nvars);
	print_names(out, "local", t->local, t->nlocals);
	for (rule = t->rules; rule; rule = rule->next)
		print_rule(out, rule);
	fclose(out);
	return text;
}

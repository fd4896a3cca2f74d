// SPDX-License-Identifier: GPL-2.0
/*
 * Tree -> canonical text: one way to write a plug-in. It compiles to the
 * same program again.
 */
#include "ast.h"

static void print_byte(FILE *out, u8 ch, const char *specials)
{
	if (ch == '\n')
		fputs("\\n", out);
	else if (ch == '\r')
		fputs("\\r", out);
	else if (ch == '\t')
		fputs("\\t", out);
	else if (ch < 0x20 || ch > 0x7e)
		fprintf(out, "\\x%02x", ch);
	else if (strchr(specials, ch))
		fprintf(out, "\\%c", ch);
	else
		fputc(ch, out);
}

static void print_string(FILE *out, const char *text, size_t len)
{
	fputc('"', out);
	/* UTF-8 of a title stays as it is */
	while (len--) {
		if ((u8)*text >= 0x80)
			fputc(*text++, out);
		else
			print_byte(out, *text++, "\\\"");
	}
	fputc('"', out);
}

static void print_literal(FILE *out, const char *text, size_t len)
{
	fputc('"', out);
	while (len--)
		print_byte(out, *text++, "\\\"");
	fputc('"', out);
}

static bool in(const u8 *set, unsigned int i)
{
	return set[i / 8] & (1 << i % 8);
}

static void print_class(FILE *out, const struct item *item)
{
	unsigned int i, from, n = 0;
	bool invert;

	for (i = 0; i < 256; i++)
		n += in(item->set, i);
	invert = n > 128 && n < 256;
	fputs(invert ? "[^" : "[", out);
	for (i = 0; i < 256; i++) {
		if (in(item->set, i) == invert)
			continue;
		for (from = i; i < 255 && in(item->set, i + 1) != invert; i++)
			;
		print_byte(out, from, "\\]^-[");
		if (i > from + 1)
			fputc('-', out);
		if (i > from)
			print_byte(out, i, "\\]^-[");
	}
	fputc(']', out);
	if (item->min == 1 && item->max == 1)
		return;
	if (item->min == 1 && item->max == 65535)
		fputc('+', out);
	else if (!item->min && item->max == 65535)
		fputc('*', out);
	else if (!item->min && item->max == 1)
		fputc('?', out);
	else if (item->min == item->max)
		fprintf(out, "{%u}", item->min);
	else
		fprintf(out, "{%u,%u}", item->min, item->max);
}

static void print_operand(FILE *out, const struct operand *v)
{
	if (v->name)
		fputs(v->name, out);
	else
		fprintf(out, "%u", v->number);
}

static void print_cond(FILE *out, const struct cond *cond)
{
	for (; cond; cond = cond->next) {
		if (!strcmp(cond->op, "not"))
			fputs("not ", out);
		print_operand(out, &cond->a);
		if (*cond->op && strcmp(cond->op, "not")) {
			fprintf(out, " %s ", cond->op);
			print_operand(out, &cond->b);
		}
		if (cond->next)
			fputs(" and ", out);
	}
}

static void print_seq(FILE *out, const struct seq *seq);

static void print_take(FILE *out, const struct item *item)
{
	const struct range *r;

	fprintf(out, "%s:%s", item->name, item->type->name);
	if (item->type->with && !strcmp(item->type->with, "raw"))
		fputs(" raw", out);
	else if (item->type->with)
		fprintf(out, " with %s", item->type->with);
	for (r = item->ranges; r; r = r->next) {
		fputs(r == item->ranges ? " in " : ", ", out);
		fprintf(out, "%u", r->lo);
		if (r->hi != r->lo)
			fprintf(out, "..%u", r->hi);
	}
}

static void print_place(FILE *out, const char *word, const struct item *item)
{
	if (item->name)
		fprintf(out, "%s %s", word, item->name);
	else
		fprintf(out, "%s %u", word, item->min);
}

static void print_item(FILE *out, const struct item *item)
{
	switch (item->kind) {
	case ITEM_LITERAL:
		print_literal(out, item->text, item->len);
		if (item->nocase)
			fputc('i', out);
		break;
	case ITEM_DOTS:
		fputs("...", out);
		break;
	case ITEM_TAKE:
		print_take(out, item);
		break;
	case ITEM_CLASS:
		if (item->name)
			fprintf(out, "%s:", item->name);
		print_class(out, item);
		break;
	case ITEM_SAME:
		fputs(item->name, out);
		break;
	case ITEM_GROUP:
		fputc('(', out);
		print_seq(out, item->alts);
		fputs(item->optional ? ")?" : ")", out);
		break;
	case ITEM_SKIP:
		print_place(out, "skip", item);
		break;
	case ITEM_AT:
		print_place(out, "at", item);
		break;
	case ITEM_EOM:
		fputs("end", out);
		break;
	case ITEM_IF:
		fputs("if ", out);
		print_cond(out, item->cond);
		break;
	}
}

static void print_seq(FILE *out, const struct seq *seq)
{
	const struct item *item;

	for (; seq; seq = seq->next) {
		for (item = seq->items; item; item = item->next) {
			print_item(out, item);
			if (item->next)
				fputc(' ', out);
		}
		if (seq->next)
			fputs(" | ", out);
	}
}

static void print_open(FILE *out, const struct stmt *s)
{
	fprintf(out, "open %s %s %s -> %s", s->name,
		s->proto == IPPROTO_TCP ? "tcp" : "udp", s->from,
		s->addr.name);
	if (s->port.name)
		fprintf(out, " %s", s->port.name);
	if (s->ports > 1)
		fprintf(out, " ports %u", s->ports);
	if (s->even)
		fputs(" even", out);
	if (s->third_party)
		fputs(" third-party", out);
	if (s->low_ports)
		fputs(" low-ports", out);
}

static void print_stmt(FILE *out, const struct stmt *s)
{
	const struct term *t;

	fputc('\t', out);
	switch (s->kind) {
	case STMT_OPEN:
		print_open(out, s);
		break;
	case STMT_REQUIRE:
		fputs("require ", out);
		print_cond(out, s->cond);
		break;
	case STMT_ASSIGN:
		fprintf(out, "%s = ", s->name);
		for (t = s->expr; t; t = t->next) {
			if (t->op)
				fprintf(out, " %c ", t->op);
			print_operand(out, &t->v);
		}
		break;
	case STMT_REWRITE:
		fprintf(out, "rewrite %s = ", s->name);
		print_operand(out, &s->source);
		break;
	case STMT_COUNT:
		fprintf(out, "count %s", s->name);
		break;
	case STMT_STOP:
		fputs("stop", out);
		break;
	}
	fputc('\n', out);
}

static void print_rule(FILE *out, const struct rule *rule)
{
	const struct stmt *s;

	fprintf(out, "\n%s: ", rule->dir);
	print_seq(out, rule->pattern);
	if (rule->stmts) {
		fputs(" {\n", out);
		for (s = rule->stmts; s; s = s->next)
			print_stmt(out, s);
		fputc('}', out);
	}
	fputc('\n', out);
}

static void print_length(FILE *out, const struct algate_framing *f)
{
	bool little = f->flags & ALGATE_FRAME_LITTLE;

	fprintf(out, " u%d%s at %u", f->width * 8,
		f->width == 1 ? "" : little ? "le" : "be", f->offset);
	if (f->mask != 0xffffffff >> (32 - 8 * f->width))
		fprintf(out, " mask 0x%x", f->mask);
	if (f->bias > 0)
		fprintf(out, " plus %d", f->bias);
	else if (f->bias < 0)
		fprintf(out, " minus %d", -f->bias);
}

static void print_frame(FILE *out, const struct tree *t)
{
	const struct algate_framing *f = &t->frame;
	unsigned int i;

	fprintf(out, "frame %s", frame_word(f->kind));
	for (i = 0; i < f->nnames; i++) {
		fputc(' ', out);
		print_string(out, t->frame_name[i], strlen(t->frame_name[i]));
	}
	if (f->kind == ALGATE_FRAME_LENGTH)
		print_length(out, f);
	fprintf(out, f->kind == ALGATE_FRAME_FIRST ? " %u\n" : " max %u\n",
		f->max);
}

static void print_time(FILE *out, u32 seconds)
{
	if (seconds % 3600 == 0)
		fprintf(out, "%uh", seconds / 3600);
	else if (seconds % 60 == 0)
		fprintf(out, "%um", seconds / 60);
	else
		fprintf(out, "%us", seconds);
}

/**
 * canon_text() - the canonical text of a plug-in
 * @t: tree
 * @len: set to its length in bytes
 *
 * Return: the text, to be given to free().
 */
char *canon_text(const struct tree *t, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);
	const struct rule *rule;
	unsigned int i;

	if (!out)
		abort();
	fprintf(out, "plugin %s", t->name);
	if (*t->title) {
		fputc(' ', out);
		print_string(out, t->title, strlen(t->title));
	}
	fputc('\n', out);
	for (i = 0; i < t->nservices; i++) {
		fprintf(out, "service %s",
			t->service[i].proto == IPPROTO_TCP ? "tcp" : "udp");
		if (t->service[i].port)
			fprintf(out, " %u", t->service[i].port);
		fputc('\n', out);
	}
	print_frame(out, t);
	for (i = 0; i < t->nclasses; i++) {
		fprintf(out, "expect %s max %u timeout ", t->class[i].name,
			t->class[i].max);
		print_time(out, t->class[i].timeout);
		fputs(t->class[i].flags & ALGATE_CLASS_PERMANENT ?
		      " permanent\n" : "\n", out);
	}
	for (i = 0; i < t->nvars; i++)
		fprintf(out, "%s%s%s", i ? " " : "flow ", t->var[i],
			i + 1 == t->nvars ? "\n" : "");
	for (rule = t->rules; rule; rule = rule->next)
		print_rule(out, rule);
	fclose(out);
	return text;
}

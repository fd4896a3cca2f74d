// SPDX-License-Identifier: GPL-2.0
/*
 * Patterns -> canonical text.
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

/* Quotes and escapes bytes; @utf8: bytes from 0x80 on are not escaped */
void canon_bytes(FILE *out, const char *text, size_t len, bool utf8)
{
	fputc('"', out);
	for (; len--; text++) {
		if (utf8 && (u8)*text >= 0x80)
			fputc(*text, out);
		else
			print_byte(out, *text, "\\\"");
	}
	fputc('"', out);
}

static bool set_has(const u8 *set, unsigned int i)
{
	return set[i / 8] & (1 << i % 8);
}

static void print_class(FILE *out, const struct item *item)
{
	unsigned int i, from, n = 0;
	bool invert;

	for (i = 0; i < 256; i++)
		n += set_has(item->set, i);
	invert = n > 128 && n < 256;
	fputs(invert ? "[^" : "[", out);
	for (i = 0; i < 256; i++) {
		if (set_has(item->set, i) == invert)
			continue;
		from = i;
		while (i < 255 && set_has(item->set, i + 1) != invert)
			i++;
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

void canon_operand(FILE *out, const struct operand *v)
{
	if (v->name)
		fputs(v->name, out);
	else
		fprintf(out, "%u", v->number);
}

static void print_test(FILE *out, const struct cond *cond)
{
	bool whose = !strcmp(cond->op, "own") || !strcmp(cond->op, "peer");

	if (cond->not)
		fputs("not ", out);
	if (whose)
		fprintf(out, "%s ", cond->op);
	canon_operand(out, &cond->a);
	if (whose || !*cond->op)
		return;
	if (!strcmp(cond->op, "->")) {
		fputc('[', out);
		canon_operand(out, &cond->key);
		fputc(']', out);
	}
	fprintf(out, " %s ", cond->op);
	canon_operand(out, &cond->b);
}

void canon_cond(FILE *out, const struct cond *cond)
{
	for (; cond; cond = cond->next) {
		print_test(out, cond);
		if (cond->next)
			fputs(" and ", out);
	}
}

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
	const struct field_name *name;

	switch (item->kind) {
	case ITEM_LITERAL:
		canon_bytes(out, item->text, item->len, false);
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
		canon_pattern(out, item->alts);
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
		canon_cond(out, item->cond);
		break;
	case ITEM_FIELD:
		fputs("field", out);
		for (name = item->fields; name; name = name->next) {
			fputc(' ', out);
			canon_bytes(out, name->text, name->len, false);
		}
		break;
	}
}

void canon_pattern(FILE *out, const struct seq *alts)
{
	const struct item *item;

	for (; alts; alts = alts->next) {
		for (item = alts->items; item; item = item->next) {
			print_item(out, item);
			if (item->next)
				fputc(' ', out);
		}
		if (alts->next)
			fputs(" | ", out);
	}
}


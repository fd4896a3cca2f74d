// SPDX-License-Identifier: GPL-2.0
/*
 * Statements -> canonical text.
 */
#include "ast.h"

static void indent(FILE *out, unsigned int depth)
{
	while (depth--)
		fputc('\t', out);
}

void canon_time(FILE *out, u32 seconds)
{
	if (seconds % 3600 == 0)
		fprintf(out, "%uh", seconds / 3600);
	else if (seconds % 60 == 0)
		fprintf(out, "%um", seconds / 60);
	else
		fprintf(out, "%us", seconds);
}

void canon_length(FILE *out, const struct algate_framing *f)
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

static void print_seconds(FILE *out, const struct operand *v)
{
	if (v->name)
		fputs(v->name, out);
	else
		canon_time(out, v->number);
}

static void print_places(FILE *out, const struct stmt *s)
{
	fputs(s->addr.name, out);
	if (s->port.name)
		fprintf(out, " %s", s->port.name);
	if (s->port2.name)
		fprintf(out, ", %s", s->port2.name);
}

static const char *proto_word(u8 proto)
{
	return proto == IPPROTO_TCP ? "tcp" :
	       proto == IPPROTO_UDP ? "udp" : "gre";
}

static void print_open(FILE *out, const struct stmt *s)
{
	fprintf(out, " %s %s %s -> ", s->name, proto_word(s->proto), s->from);
	print_places(out, s);
	if (s->number)
		fprintf(out, " default %u", s->number);
	if (s->ports > (s->pair || s->port2.name ? 2U : 1U))
		fprintf(out, " ports %u", s->ports);
	fputs(s->pair ? " pair" : "", out);
	fputs(s->third_party ? " third-party" : "", out);
	fputs(s->low_ports ? " low-ports" : "", out);
	fputs(s->inactive ? " inactive" : "", out);
	if (s->key.name)
		fprintf(out, " for %s", s->key.name);
	fputs(s->inspect ? " as self" : "", out);
}

static void print_translate(FILE *out, const struct stmt *s)
{
	if (s->proto)
		fprintf(out, " %s", proto_word(s->proto));
	fputc(' ', out);
	print_places(out, s);
	if (s->number)
		fprintf(out, " default %u", s->number);
}

static void print_confirm(FILE *out, const struct stmt *s)
{
	fprintf(out, " %s for %s timeout ", s->name, s->key.name);
	print_seconds(out, &s->time);
}

static void print_close(FILE *out, const struct stmt *s)
{
	fprintf(out, " %s", s->name);
	if (s->key.name)
		fprintf(out, " for %s", s->key.name);
}

static void print_extend(FILE *out, const struct stmt *s)
{
	fputc(' ', out);
	print_seconds(out, &s->time);
}

static void print_require(FILE *out, const struct stmt *s)
{
	fputc(' ', out);
	canon_cond(out, s->cond);
}

static void print_assign(FILE *out, const struct stmt *s)
{
	const struct term *t;

	fprintf(out, "%s = ", s->name);
	for (t = s->expr; t; t = t->next) {
		if (t->op)
			fprintf(out, " %c ", t->op);
		canon_operand(out, &t->v);
	}
}

static void print_hash(FILE *out, const struct stmt *s)
{
	fprintf(out, "%s = hash %s", s->name, s->source.name);
}

static void print_entry(FILE *out, const struct stmt *s)
{
	fprintf(out, "%s[", s->name);
	canon_operand(out, &s->key);
	fputc(']', out);
}

static void print_remember(FILE *out, const struct stmt *s)
{
	print_entry(out, s);
	fputs(" = ", out);
	canon_operand(out, &s->source);
}

static void print_forget(FILE *out, const struct stmt *s)
{
	fputc(' ', out);
	print_entry(out, s);
}

static void print_rewrite(FILE *out, const struct stmt *s)
{
	fprintf(out, " %s = ", s->name);
	canon_operand(out, &s->source);
}

static void print_adjust(FILE *out, const struct stmt *s)
{
	fprintf(out, " %s", s->name);
	if (s->number)
		fprintf(out, " pad %u", s->number);
}

static void print_count(FILE *out, const struct stmt *s)
{
	fprintf(out, " %s", s->name);
}

static void print_loop(FILE *out, const struct stmt *s)
{
	const char sep = s->loop.sep;

	switch (s->loop.kind) {
	case ALGATE_LOOP_LINE:
		fputs(" line", out);
		break;
	case ALGATE_LOOP_HEADER:
		fputs(" header", out);
		break;
	case ALGATE_LOOP_ITEM:
		fputs(" item ", out);
		canon_bytes(out, &sep, 1, false);
		break;
	case ALGATE_LOOP_PREFIXED:
		fputs(" length", out);
		canon_length(out, &s->loop.prefix);
		break;
	case ALGATE_LOOP_BER:
		fputs(" ber", out);
		break;
	}
	fprintf(out, " max %u", s->loop.max);
	if (s->until) {
		fputs(" until ", out);
		canon_bytes(out, s->until, strlen(s->until), false);
	}
}

static void print_each(FILE *out, const struct stmt *s, unsigned int depth)
{
	const struct rule *rule;

	print_loop(out, s);
	fputs(" {\n", out);
	for (rule = s->rules; rule; rule = rule->next) {
		indent(out, depth + 1);
		canon_pattern(out, rule->pattern);
		if (rule->pattern->items)
			fputc(' ', out);
		if (rule->stmts) {
			fputs("{\n", out);
			canon_stmts(out, rule->stmts, depth + 2);
			indent(out, depth + 1);
			fputs("}\n", out);
		} else {
			fputs("{}\n", out);
		}
	}
	indent(out, depth);
	fputc('}', out);
}

static void print_if(FILE *out, const struct stmt *s, unsigned int depth)
{
	for (;;) {
		fputc(' ', out);
		canon_cond(out, s->cond);
		fputs(" {\n", out);
		canon_stmts(out, s->then, depth + 1);
		indent(out, depth);
		fputc('}', out);
		s = s->other;
		if (!s || s->kind != STMT_IF || s->next)
			break;
		fputs(" else if", out);
	}
	if (!s)
		return;
	fputs(" else {\n", out);
	canon_stmts(out, s, depth + 1);
	indent(out, depth);
	fputc('}', out);
}

/* @word: the statement's first word, or "" */
static const struct {
	const char *word;
	void (*print)(FILE *out, const struct stmt *s);
	void (*block)(FILE *out, const struct stmt *s, unsigned int depth);
} printers[] = {
	[STMT_OPEN] = { "open", print_open, NULL },
	[STMT_TRANSLATE] = { "translate", print_translate, NULL },
	[STMT_CONFIRM] = { "confirm", print_confirm, NULL },
	[STMT_CLOSE] = { "close", print_close, NULL },
	[STMT_EXTEND] = { "extend", print_extend, NULL },
	[STMT_REQUIRE] = { "require", print_require, NULL },
	[STMT_ASSIGN] = { "", print_assign, NULL },
	[STMT_HASH] = { "", print_hash, NULL },
	[STMT_REMEMBER] = { "", print_remember, NULL },
	[STMT_FORGET] = { "forget", print_forget, NULL },
	[STMT_REWRITE] = { "rewrite", print_rewrite, NULL },
	[STMT_ADJUST] = { "adjust", print_adjust, NULL },
	[STMT_COUNT] = { "count", print_count, NULL },
	[STMT_STOP] = { "stop", NULL, NULL },
	[STMT_IF] = { "if", NULL, print_if },
	[STMT_EACH] = { "each", NULL, print_each },
};

/**
 * canon_stmts() - print the canonical text of statements, a statement per line
 * @out: output
 * @s: statements
 * @depth: number of enclosing blocks
 */
void canon_stmts(FILE *out, const struct stmt *s, unsigned int depth)
{
	for (; s; s = s->next) {
		indent(out, depth);
		fputs(printers[s->kind].word, out);
		if (printers[s->kind].print)
			printers[s->kind].print(out, s);
		if (printers[s->kind].block)
			printers[s->kind].block(out, s, depth);
		fputc('\n', out);
	}
}

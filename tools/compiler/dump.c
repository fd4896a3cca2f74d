// SPDX-License-Identifier: GPL-2.0
/*
 * Program -> text for people: an instruction a line.
 */
#include <ctype.h>

#include "../compile.h"

enum shape {
	SHAPE_PLAIN,	/* nothing */
	SHAPE_IMM,	/* number */
	SHAPE_LITERAL,
	SHAPE_SPAN,	/* set, least and most */
	SHAPE_SET,
	SHAPE_SLOT,
	SHAPE_SLOT_IMM,
	SHAPE_SLOTS,
	SHAPE_SLOT_VAR,
	SHAPE_SLOT_META,
	SHAPE_OPEN,
	SHAPE_COUNTER,
};

static const struct {
	const char *name;
	enum shape shape;
	bool fails;
} ops[__ALGATE_OP_MAX] = {
	[ALGATE_OP_END] = { "end", SHAPE_IMM, false },
	[ALGATE_OP_JUMP] = { "jump", SHAPE_PLAIN, true },
	[ALGATE_OP_LIT] = { "lit", SHAPE_LITERAL, true },
	[ALGATE_OP_FIND] = { "find", SHAPE_LITERAL, true },
	[ALGATE_OP_SPAN] = { "span", SHAPE_SPAN, true },
	[ALGATE_OP_SCAN] = { "scan", SHAPE_SET, true },
	[ALGATE_OP_PEEK] = { "peek", SHAPE_SET, true },
	[ALGATE_OP_SKIP] = { "skip", SHAPE_IMM, true },
	[ALGATE_OP_MOVE] = { "move", SHAPE_SLOT, true },
	[ALGATE_OP_AT] = { "at", SHAPE_IMM, true },
	[ALGATE_OP_HERE] = { "here", SHAPE_SLOT, false },
	[ALGATE_OP_SEEK] = { "seek", SHAPE_SLOT, true },
	[ALGATE_OP_EOM] = { "eom", SHAPE_PLAIN, true },
	[ALGATE_OP_TAKE] = { "take", SHAPE_SLOT, true },
	[ALGATE_OP_MARK] = { "mark", SHAPE_SLOT, false },
	[ALGATE_OP_CLOSE] = { "close", SHAPE_SLOT, false },
	[ALGATE_OP_SAME] = { "same", SHAPE_SLOT, true },
	[ALGATE_OP_SET] = { "set", SHAPE_SLOT_IMM, false },
	[ALGATE_OP_COPY] = { "copy", SHAPE_SLOTS, false },
	[ALGATE_OP_ADD] = { "add", SHAPE_SLOT_IMM, false },
	[ALGATE_OP_SUB] = { "sub", SHAPE_SLOT_IMM, false },
	[ALGATE_OP_AND] = { "and", SHAPE_SLOT_IMM, false },
	[ALGATE_OP_OR] = { "or", SHAPE_SLOT_IMM, false },
	[ALGATE_OP_ADDS] = { "adds", SHAPE_SLOTS, false },
	[ALGATE_OP_SUBS] = { "subs", SHAPE_SLOTS, false },
	[ALGATE_OP_LDF] = { "ldf", SHAPE_SLOT_VAR, false },
	[ALGATE_OP_STF] = { "stf", SHAPE_SLOT_VAR, false },
	[ALGATE_OP_LDM] = { "ldm", SHAPE_SLOT_META, false },
	[ALGATE_OP_EQ] = { "eq", SHAPE_SLOT_IMM, true },
	[ALGATE_OP_NE] = { "ne", SHAPE_SLOT_IMM, true },
	[ALGATE_OP_LT] = { "lt", SHAPE_SLOT_IMM, true },
	[ALGATE_OP_LE] = { "le", SHAPE_SLOT_IMM, true },
	[ALGATE_OP_GT] = { "gt", SHAPE_SLOT_IMM, true },
	[ALGATE_OP_GE] = { "ge", SHAPE_SLOT_IMM, true },
	[ALGATE_OP_ANY] = { "any", SHAPE_SLOT_IMM, true },
	[ALGATE_OP_EQS] = { "eqs", SHAPE_SLOTS, true },
	[ALGATE_OP_OPEN] = { "open", SHAPE_OPEN, false },
	[ALGATE_OP_REWRITE] = { "rewrite", SHAPE_SLOTS, true },
	[ALGATE_OP_COUNT] = { "count", SHAPE_COUNTER, false },
	[ALGATE_OP_REFUSE] = { "refuse", SHAPE_PLAIN, false },
	[ALGATE_OP_STOP] = { "stop", SHAPE_PLAIN, false },
};

static const char * const metas[] = {
	"length", "message", "sport", "proto", "family",
};

static void print_bytes(FILE *out, const u8 *p, unsigned int len)
{
	fputc('"', out);
	for (; len--; p++)
		if (isprint(*p) && *p != '"' && *p != '\\')
			fputc(*p, out);
		else
			fprintf(out, "\\x%02x", *p);
	fputc('"', out);
}

static void print_slot(FILE *out, const struct algate_prog *prog,
		       unsigned int slot)
{
	if (slot == ALGATE_SLOT_NONE)
		fputs("self", out);
	else
		fprintf(out, "s%u.%s", slot,
			algate_type_name(prog->slot_type[slot]));
}

static void print_open(FILE *out, const struct algate_prog *prog,
		       const struct algate_open *o)
{
	fprintf(out, "%s %s %s -> ", prog->class[o->class].name,
		o->proto == IPPROTO_TCP ? "tcp" : "udp",
		o->from == ALGATE_FROM_ANY ? "any" : "peer");
	print_slot(out, prog, o->addr);
	fputc(' ', out);
	print_slot(out, prog, o->port);
	if (o->count > 1)
		fprintf(out, " ports %u", o->count);
	if (o->parity)
		fputs(" even", out);
	if (o->flags & ALGATE_OPEN_F_THIRD_PARTY)
		fputs(" third-party", out);
	if (o->flags & ALGATE_OPEN_F_LOW_PORTS)
		fputs(" low-ports", out);
}

static void print_args(FILE *out, const struct algate_prog *prog,
		       const struct algate_instr *in)
{
	switch (ops[in->op].shape) {
	case SHAPE_PLAIN:
		break;
	case SHAPE_IMM:
		fprintf(out, " %u", in->imm);
		break;
	case SHAPE_LITERAL:
		fputc(' ', out);
		print_bytes(out, prog->literals + (in->imm & 0xffff),
			    in->imm >> 16);
		if (in->a)
			fputc('i', out);
		break;
	case SHAPE_SPAN:
		fprintf(out, " set%u %u..%u", in->a, in->imm & 0xffff,
			in->imm >> 16);
		break;
	case SHAPE_SET:
		fprintf(out, " set%u", in->a);
		break;
	case SHAPE_OPEN:
		fputc(' ', out);
		print_open(out, prog, &prog->open[in->imm]);
		break;
	case SHAPE_COUNTER:
		fprintf(out, " %s", prog->counter[in->imm]);
		break;
	default:
		fputc(' ', out);
		print_slot(out, prog, in->a);
		if (ops[in->op].shape != SHAPE_SLOT)
			fputc(' ', out);
		if (ops[in->op].shape == SHAPE_SLOT_IMM)
			fprintf(out, "%u", in->imm);
		else if (ops[in->op].shape == SHAPE_SLOTS)
			print_slot(out, prog, in->imm);
		else if (ops[in->op].shape == SHAPE_SLOT_VAR)
			fputs(prog->var[in->imm], out);
		else if (ops[in->op].shape == SHAPE_SLOT_META)
			fputs(metas[in->imm], out);
	}
}

static void print_sets(FILE *out, const struct algate_prog *prog)
{
	unsigned int i, ch;

	for (i = 0; i < prog->nsets; i++) {
		fprintf(out, "set%u: ", i);
		for (ch = 0; ch < 256; ch++) {
			u8 c = ch;

			if (!(prog->set[i][ch / 8] & (1 << ch % 8)))
				continue;
			if (isgraph(ch))
				fputc(c, out);
			else
				fprintf(out, "\\x%02x", ch);
		}
		fputc('\n', out);
	}
}

static void print_frame(FILE *out, const struct algate_framing *f)
{
	static const char * const kinds[__ALGATE_FRAME_MAX] = {
		[ALGATE_FRAME_DATAGRAM] = "datagram",
		[ALGATE_FRAME_LINES] = "lines",
		[ALGATE_FRAME_HEADERS] = "headers",
		[ALGATE_FRAME_LENGTH] = "length",
		[ALGATE_FRAME_FIRST] = "first",
	};

	fprintf(out, "frame: %s, at most %u bytes", kinds[f->kind], f->max);
	if (f->kind == ALGATE_FRAME_HEADERS)
		fprintf(out, ", %u names", f->nnames);
	if (f->kind == ALGATE_FRAME_LENGTH)
		fprintf(out, ", %u bytes%s at %u, mask 0x%x, plus %d", f->width,
			f->flags & ALGATE_FRAME_LITTLE ? " little-endian" : "",
			f->offset, f->mask, f->bias);
	fputc('\n', out);
}

static void print_declarations(FILE *out, const struct algate_prog *prog)
{
	unsigned int i;

	for (i = 0; i < prog->nservices; i++)
		fprintf(out, "service: %s %u\n",
			prog->service[i].proto == IPPROTO_TCP ? "tcp" : "udp",
			prog->service[i].port);
	print_frame(out, &prog->frame);
	for (i = 0; i < prog->nclasses; i++)
		fprintf(out, "class: %s, at most %u, %u s%s\n",
			prog->class[i].name, prog->class[i].max,
			prog->class[i].timeout,
			prog->class[i].flags & ALGATE_CLASS_PERMANENT ?
			", permanent" : "");
	for (i = 0; i < prog->nvars; i++)
		fprintf(out, "variable: %s\n", prog->var[i]);
	for (i = 0; i < prog->nslots; i++)
		fprintf(out, "s%u: %s\n", i,
			algate_type_name(prog->slot_type[i]));
}

/**
 * dump_prog() - print a program
 * @out: where to
 * @prog: verified program
 */
void dump_prog(FILE *out, const struct algate_prog *prog)
{
	unsigned int i;

	fprintf(out, "plugin %s: %u instructions, at most %u + %u * length steps\n",
		prog->name, prog->ninsns, prog->steps_fixed, prog->steps_byte);
	print_declarations(out, prog);
	print_sets(out, prog);
	for (i = 0; i < prog->ninsns; i++) {
		const struct algate_instr *in = &prog->insn[i];

		if (i == prog->entry[ALGATE_CLIENT])
			fputs("client:\n", out);
		if (i == prog->entry[ALGATE_SERVER])
			fputs("server:\n", out);
		fprintf(out, "%5u  %-7s", i, ops[in->op].name);
		print_args(out, prog, in);
		if (ops[in->op].fails)
			fprintf(out, " else %u", i + 1 + in->jf);
		if (prog->lines)
			fprintf(out, "\t# line %u",
				get_unaligned_le16(prog->lines + 2 * i));
		fputc('\n', out);
	}
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Program -> readable text, an instruction per line.
 */
#include <ctype.h>

#include "../compile.h"
#include "../../kmod/engine/opcode.h"

static const char * const metas[] = {
	"length", "number", "sport", "proto", "family", "stun", "side",
	"broadcast", "addition", "outbound", "inbound",
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
	fprintf(out, " s%u.%s", slot, algate_type_name(prog->slot_type[slot]));
}

/* An address or port of an action: a slot, or the sender's or peer's own */
static void print_end(FILE *out, const struct algate_prog *prog,
		      unsigned int slot, const char *none)
{
	if (slot < ALGATE_MAX_SLOTS)
		print_slot(out, prog, slot);
	else
		fputs(slot == ALGATE_SLOT_PEER ? " peer" : none, out);
}

static void print_ends(FILE *out, const struct algate_prog *prog,
		       const struct algate_action *a)
{
	bool self = a->verb == ALGATE_VERB_OPEN &&
		    (a->addr == ALGATE_SLOT_NONE ||
		     prog->slot_type[a->addr] != ALGATE_T_ENDPOINT);

	print_end(out, prog, a->addr, " self");
	print_end(out, prog, a->port, self ? " self" : "");
	if (a->port2 != ALGATE_SLOT_NONE) {
		fputc(',', out);
		print_slot(out, prog, a->port2);
	}
	if (a->number)
		fprintf(out, " default %u", a->number);
}

static const char *proto_word(u8 proto)
{
	return proto == IPPROTO_TCP ? "tcp" :
	       proto == IPPROTO_UDP ? "udp" : "gre";
}

static void print_inspector(FILE *out, const struct algate_prog *prog,
			    const struct algate_action *a)
{
	const char *before = " with";
	const struct algate_other *o;
	unsigned int i;

	if (!a->other) {
		fputs(" as self", out);
		return;
	}
	o = &prog->other[a->other - 1];
	fprintf(out, " as %s", o->name);
	for (i = 0; i < ALGATE_MAX_GIVEN; i++) {
		if (!*o->var[i])
			continue;
		fprintf(out, "%s %s =", before, o->var[i]);
		print_slot(out, prog, o->slot[i]);
		before = ",";
	}
}

static void print_open(FILE *out, const struct algate_prog *prog,
		       const struct algate_action *a)
{
	fprintf(out, " %s %s ->", proto_word(a->proto),
		a->from == ALGATE_FROM_ANY ? "any" : "peer");
	print_ends(out, prog, a);
	if (a->count > 1)
		fprintf(out, " ports %u", a->count);
	if (a->parity)
		fputs(" pair", out);
	if (a->flags & ALGATE_ACTION_F_THIRD_PARTY)
		fputs(" third-party", out);
	if (a->flags & ALGATE_ACTION_F_LOW_PORTS)
		fputs(" low-ports", out);
	if (a->flags & ALGATE_ACTION_F_INACTIVE)
		fputs(" inactive", out);
	if (a->flags & ALGATE_ACTION_F_INSPECT)
		print_inspector(out, prog, a);
	if (a->flags & ALGATE_ACTION_F_OR_ZERO)
		fputs(" else 0", out);
}

static void print_time(FILE *out, const struct algate_prog *prog,
		       const struct algate_action *a)
{
	fputs(" timeout", out);
	if (a->time == ALGATE_SLOT_NONE)
		fprintf(out, " %u s", a->number);
	else
		print_slot(out, prog, a->time);
}

static void print_action(FILE *out, const struct algate_prog *prog,
			 const struct algate_action *a)
{
	static const char * const verbs[__ALGATE_VERB_MAX] = {
		[ALGATE_VERB_OPEN] = "open",
		[ALGATE_VERB_TRANSLATE] = "translate",
		[ALGATE_VERB_CONFIRM] = "confirm",
		[ALGATE_VERB_CLOSE] = "close",
		[ALGATE_VERB_EXTEND] = "extend",
	};
	bool extend = a->verb == ALGATE_VERB_EXTEND;

	fprintf(out, " %s", verbs[a->verb]);
	if (!extend && a->verb != ALGATE_VERB_TRANSLATE)
		fprintf(out, " %s", prog->class[a->class].name);
	if (a->verb == ALGATE_VERB_OPEN)
		print_open(out, prog, a);
	if (a->verb == ALGATE_VERB_TRANSLATE) {
		if (a->proto)
			fprintf(out, " %s", proto_word(a->proto));
		print_ends(out, prog, a);
		if (a->flags & ALGATE_ACTION_F_WITH_CLASS)
			fprintf(out, " with %s", prog->class[a->class].name);
	}
	if (a->key != ALGATE_SLOT_NONE) {
		fputs(" for", out);
		print_slot(out, prog, a->key);
	}
	if (extend || a->verb == ALGATE_VERB_CONFIRM)
		print_time(out, prog, a);
	if (a->only != ALGATE_SLOT_NONE) {
		fputs(" only", out);
		print_slot(out, prog, a->only);
	}
}

static void print_literal(FILE *out, const struct algate_prog *prog, u32 imm)
{
	fputc(' ', out);
	print_bytes(out, prog->literals + (imm & 0xffff), imm >> 16);
}

static void print_field(FILE *out, const struct algate_prog *prog, u32 imm)
{
	const u8 *p = prog->literals + (imm & 0xffff);
	const u8 *end = p + (imm >> 16);

	for (; p < end; p += 1 + *p) {
		fputc(' ', out);
		print_bytes(out, p + 1, *p);
	}
}

static void print_leads(FILE *out, const struct algate_framing *f)
{
	u8 last = f->lead + f->more;

	print_bytes(out, &f->lead, 1);
	if (!f->more)
		return;
	fputs(" to ", out);
	print_bytes(out, &last, 1);
}

static void print_length(FILE *out, const struct algate_framing *f)
{
	fprintf(out, " %u bytes%s at %u, mask 0x%x, plus %d", f->width,
		f->flags & ALGATE_FRAME_LITTLE ? " little-endian" : "",
		f->offset, f->mask, f->bias);
	if (f->flags & ALGATE_FRAME_ORDER) {
		fputs(", little-endian if ", out);
		print_leads(out, f);
		fprintf(out, " at %u", f->place);
	}
}

static void print_loop(FILE *out, const struct algate_prog *prog,
		       const struct algate_loop *w)
{
	static const char * const kinds[__ALGATE_LOOP_MAX] = {
		[ALGATE_LOOP_LINE] = " line",
		[ALGATE_LOOP_HEADER] = " header",
		[ALGATE_LOOP_ITEM] = " item ",
		[ALGATE_LOOP_PREFIXED] = " length",
		[ALGATE_LOOP_BER] = " ber",
		[ALGATE_LOOP_REPEAT] = "",
		[ALGATE_LOOP_WITHIN] = "",
		[ALGATE_LOOP_ADDITION] = " addition",
	};

	fputs(kinds[w->kind], out);
	if (w->kind == ALGATE_LOOP_ITEM)
		print_bytes(out, &w->sep, 1);
	if (w->kind == ALGATE_LOOP_PREFIXED)
		print_length(out, &w->prefix);
	fprintf(out, " max %u", w->max);
	if (w->until) {
		fputs(" until", out);
		print_literal(out, prog, w->until);
	}
}

/* Operand "a"; print_imm() prints the flag of a literal */
static void print_a(FILE *out, const struct algate_prog *prog,
		    const struct algate_instr *in)
{
	switch (algate_opcode[in->op].a) {
	case A_NONE:
	case A_NOCASE:
		break;
	case A_SET:
		fprintf(out, " set%u", in->a);
		break;
	default:
		print_slot(out, prog, in->a);
	}
}

static void print_imm(FILE *out, const struct algate_prog *prog,
		      const struct algate_instr *in)
{
	switch (algate_opcode[in->op].imm) {
	case IMM_NONE:
		break;
	case IMM_ANY:
	case IMM_RESULT:
	case IMM_SKIP:
	case IMM_BITS:
	case IMM_AT:
		fprintf(out, " %u", in->imm);
		break;
	case IMM_SCALE:
		if (in->imm >> 16)
			fprintf(out, " times %u", in->imm >> 16);
		if (in->imm & 0xffff)
			fprintf(out, " plus %u", in->imm & 0xffff);
		break;
	case IMM_WHOSE:
		fprintf(out, " %s", whose_words[in->imm]);
		break;
	case IMM_LITERAL:
		print_literal(out, prog, in->imm);
		if (in->a)
			fputc('i', out);
		break;
	case IMM_SPAN:
		fprintf(out, " %u..%u", in->imm & 0xffff, in->imm >> 16);
		break;
	case IMM_SLOT:
		print_slot(out, prog, in->imm);
		break;
	case IMM_VAR:
		fprintf(out, " %s", prog->var[in->imm]);
		break;
	case IMM_META:
		fprintf(out, " %s", metas[in->imm]);
		break;
	case IMM_ENTRY:
		fprintf(out, " %s", prog->table[in->imm & 0xff].name);
		print_slot(out, prog, in->imm >> 8);
		break;
	case IMM_TABLE:
	case IMM_QUEUE:
		fprintf(out, " %s", prog->table[in->imm].name);
		break;
	case IMM_MAP:
		fprintf(out, " %s", prog->map[in->imm & 0xff].name);
		print_slot(out, prog, in->imm >> 8);
		break;
	case IMM_PARAM:
		fprintf(out, " %s", prog->param[in->imm].name);
		break;
	case IMM_CASE:
		fprintf(out, " case%u", in->imm);
		break;
	case IMM_LOOP:
		print_loop(out, prog, &prog->loop[in->imm]);
		break;
	case IMM_BACK:
		fprintf(out, " %d", (int)(in - prog->insn) - (int)in->imm);
		break;
	case IMM_ACTION:
		print_action(out, prog, &prog->action[in->imm]);
		break;
	case IMM_FIELD:
		print_field(out, prog, in->imm);
		break;
	case IMM_PAD:
		if (in->imm)
			fprintf(out, " pad %u", in->imm);
		break;
	case IMM_COUNTER:
		fprintf(out, " %s", prog->counter[in->imm]);
		break;
	}
}

static void print_char(FILE *out, unsigned int ch)
{
	if (isgraph(ch))
		fputc((u8)ch, out);
	else
		fprintf(out, "\\x%02x", ch);
}

static void print_sets(FILE *out, const struct algate_prog *prog)
{
	unsigned int i, ch;

	for (i = 0; i < prog->nsets; i++) {
		fprintf(out, "set%u: ", i);
		for (ch = 0; ch < 256; ch++)
			if (prog->set[i][ch / 8] & (1 << ch % 8))
				print_char(out, ch);
		fputc('\n', out);
	}
}

/* Prints "+DISTANCE BYTES" for each jump; other bytes fail. */
static void print_cases(FILE *out, const struct algate_prog *prog)
{
	unsigned int i, n, ch;

	for (i = 0; i < prog->ncases; i++) {
		fprintf(out, "case%u:", i);
		for (n = 1; n < 256; n++) {
			const u8 *at = memchr(prog->cases[i], n, 256);

			if (!at)
				continue;
			fprintf(out, " +%u ", n);
			for (ch = at - prog->cases[i]; ch < 256; ch++)
				if (prog->cases[i][ch] == n)
					print_char(out, ch);
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
		[ALGATE_FRAME_TURNS] = "turns",
	};

	fprintf(out, "%s, at most %u bytes", kinds[f->kind], f->max);
	if (f->kind == ALGATE_FRAME_HEADERS)
		fprintf(out, ", %u names", f->nnames);
	if (f->kind == ALGATE_FRAME_LENGTH) {
		fputc(',', out);
		print_length(out, f);
	}
	fputc('\n', out);
}

static void print_class(FILE *out, const struct algate_class *class)
{
	fprintf(out, "class: %s, at most %u, %u s", class->name, class->max,
		class->timeout);
	if (class->flags & ALGATE_CLASS_PERMANENT)
		fputs(", permanent", out);
	if (class->lifetime != class->timeout)
		fprintf(out, ", up to %u s", class->lifetime);
	fputc('\n', out);
}

static void print_var(FILE *out, const struct algate_prog *prog, u8 var)
{
	const char *before = " in ";
	unsigned int i;

	fprintf(out, "variable: %s", prog->var[var]);
	for (i = 0; i < prog->ninputs; i++) {
		const struct algate_input *in = &prog->input[i];

		if (in->var != var)
			continue;
		fprintf(out, "%s%u", before, in->first);
		if (in->last != in->first)
			fprintf(out, "..%u", in->last);
		before = ", ";
	}
	fputc('\n', out);
}

static void print_declarations(FILE *out, const struct algate_prog *prog)
{
	unsigned int i;

	for (i = 0; i < prog->nservices; i++)
		fprintf(out, "service: %s %u\n",
			prog->service[i].proto == IPPROTO_TCP ? "tcp" : "udp",
			prog->service[i].port);
	if (prog->shared)
		fputs("shared\n", out);
	fputs("frame: ", out);
	print_frame(out, prog->frame);
	if (prog->nframes > 1) {
		fputs("frame ", out);
		print_leads(out, prog->frame + 1);
		fputs(": ", out);
		print_frame(out, prog->frame + 1);
	}
	for (i = 0; i < prog->nclasses; i++)
		print_class(out, &prog->class[i]);
	for (i = 0; i < prog->ntables; i++)
		fprintf(out, "%s: %s, at most %u, %u s\n",
			prog->table[i].queue ? "queue" : "table",
			prog->table[i].name, prog->table[i].max,
			prog->table[i].timeout);
	for (i = 0; i < prog->nparams; i++)
		fprintf(out, "param: %s, at most %u ranges\n",
			prog->param[i].name, prog->param[i].max);
	for (i = 0; i < prog->nmaps; i++)
		fprintf(out, "map: %s, at most %u pairs\n",
			prog->map[i].name, prog->map[i].max);
	for (i = 0; i < prog->nvars; i++)
		print_var(out, prog, i);
	for (i = 0; i < prog->nslots; i++)
		fprintf(out, "s%u: %s\n", i,
			algate_type_name(prog->slot_type[i]));
}

/**
 * dump_prog() - print a program
 * @out: output
 * @prog: verified program
 */
void dump_prog(FILE *out, const struct algate_prog *prog)
{
	unsigned int i;

	fprintf(out, "plugin %s: %u instructions, paths of at most %u steps\n",
		prog->name, prog->ninsns, prog->steps);
	print_declarations(out, prog);
	print_sets(out, prog);
	print_cases(out, prog);
	for (i = 0; i < prog->ninsns; i++) {
		const struct algate_instr *in = &prog->insn[i];

		if (prog->gated[ALGATE_CLIENT] && i == prog->begin[ALGATE_CLIENT])
			fputs("begin client:\n", out);
		if (prog->gated[ALGATE_SERVER] && i == prog->begin[ALGATE_SERVER])
			fputs("begin server:\n", out);
		if (i == prog->entry[ALGATE_CLIENT])
			fputs("client:\n", out);
		if (i == prog->entry[ALGATE_SERVER])
			fputs("server:\n", out);
		fprintf(out, "%5u  %-7s", i, algate_opcode[in->op].name);
		print_a(out, prog, in);
		print_imm(out, prog, in);
		if (algate_opcode[in->op].flags & INSN_FAILS)
			fprintf(out, " else %u", i + 1 + in->jf);
		if (prog->lines)
			fprintf(out, "\t# line %u",
				get_unaligned_le16(prog->lines + 2 * i));
		fputc('\n', out);
	}
}

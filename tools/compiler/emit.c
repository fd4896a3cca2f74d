// SPDX-License-Identifier: GPL-2.0
/*
 * Program -> image, and compile_image().
 */
#include "gen.h"
#include "../../kmod/engine/opcode.h"

struct image {
	u8 *bytes;
	size_t len;
	size_t section;		/* offset of the open section */
};

static void put_bytes(struct comp *c, struct image *im, const void *bytes,
		      size_t len)
{
	if (len > ALGATE_IMAGE_MAX - im->len)
		comp_fail(c, c->tok.pos, "the image is above %d bytes",
			  ALGATE_IMAGE_MAX);
	memcpy(im->bytes + im->len, bytes, len);
	im->len += len;
}

static void put8(struct comp *c, struct image *im, u8 v)
{
	put_bytes(c, im, &v, 1);
}

static void put16(struct comp *c, struct image *im, u16 v)
{
	u8 b[2];

	put_unaligned_le16(v, b);
	put_bytes(c, im, b, sizeof(b));
}

static void put32(struct comp *c, struct image *im, u32 v)
{
	u8 b[4];

	put_unaligned_le32(v, b);
	put_bytes(c, im, b, sizeof(b));
}

static void put_name(struct comp *c, struct image *im, const char *name)
{
	char padded[ALGATE_NAME_LEN] = {};

	memcpy(padded, name, strlen(name));
	put_bytes(c, im, padded, sizeof(padded));
}

static void section_begin(struct comp *c, struct image *im,
			  enum algate_section id)
{
	im->section = im->len;
	put16(c, im, id);
	put16(c, im, 0);
	put32(c, im, 0);
}

/* An empty section is left out. */
static void section_end(struct comp *c, struct image *im)
{
	size_t len = im->len - im->section - 8;

	if (!len) {
		im->len = im->section;
		return;
	}
	put_unaligned_le32(len, im->bytes + im->section + 4);
	while (im->len % 4)
		put8(c, im, 0);
}

static void section_put(struct comp *c, struct image *im,
			enum algate_section id, const void *bytes, size_t len)
{
	section_begin(c, im, id);
	put_bytes(c, im, bytes, len);
	section_end(c, im);
}

static void emit_frames(struct comp *c, struct image *im)
{
	const struct tree *t = &c->tree;
	unsigned int i;

	section_begin(c, im, ALGATE_SEC_FRAME);
	for (i = 0; i < t->nframes; i++) {
		const struct algate_framing *f = &t->frame[i];

		put8(c, im, f->kind);
		put8(c, im, f->flags);
		put8(c, im, f->width);
		put8(c, im, f->nnames);
		put16(c, im, f->max);
		put16(c, im, f->offset);
		put32(c, im, f->bias);
		put32(c, im, f->mask);
		put8(c, im, f->lead);
		put8(c, im, f->more);
		put16(c, im, f->place);
	}
	section_end(c, im);
}

static void emit_classes(struct comp *c, struct image *im)
{
	const struct tree *t = &c->tree;
	unsigned int i;

	section_begin(c, im, ALGATE_SEC_CLASSES);
	for (i = 0; i < t->nclasses; i++) {
		put_name(c, im, t->class[i].name);
		put8(c, im, t->class[i].max);
		put8(c, im, t->class[i].flags);
		put16(c, im, t->class[i].lifetime / 60);
		put32(c, im, t->class[i].timeout);
	}
	section_end(c, im);
}

static void emit_tree(struct comp *c, struct image *im)
{
	const struct tree *t = &c->tree;
	unsigned int i;

	section_put(c, im, ALGATE_SEC_NAME, t->name, strlen(t->name));
	section_put(c, im, ALGATE_SEC_TITLE, t->title, strlen(t->title));
	section_begin(c, im, ALGATE_SEC_SERVICES);
	for (i = 0; i < t->nservices; i++) {
		put8(c, im, t->service[i].proto);
		put8(c, im, 0);
		put16(c, im, t->service[i].port);
	}
	section_end(c, im);
	emit_frames(c, im);
	emit_classes(c, im);
	section_begin(c, im, ALGATE_SEC_VARS);
	for (i = 0; i < t->nvars; i++)
		put_name(c, im, t->var[i]);
	section_end(c, im);
}

static void emit_names(struct comp *c, struct image *im, const struct gen *g)
{
	const struct tree *t = &c->tree;
	unsigned int i;

	section_begin(c, im, ALGATE_SEC_COUNTERS);
	for (i = 0; i < g->ncounters; i++)
		put_name(c, im, g->counter[i]);
	section_end(c, im);
	section_begin(c, im, ALGATE_SEC_TABLES);
	for (i = 0; i < t->ntables; i++) {
		put_name(c, im, t->table[i].name);
		put32(c, im, t->table[i].max |
		      (t->table[i].queue ? ALGATE_TABLE_QUEUE << 16 : 0));
		put32(c, im, t->table[i].timeout);
	}
	section_end(c, im);
}

static void emit_insns(struct comp *c, struct image *im, const struct gen *g)
{
	unsigned int i;

	section_begin(c, im, ALGATE_SEC_INSNS);
	for (i = 0; i < g->ninsns; i++) {
		put8(c, im, g->insn[i].op);
		put8(c, im, g->insn[i].a);
		put16(c, im, g->insn[i].jf);
		put32(c, im, g->insn[i].imm);
	}
	section_end(c, im);
	section_begin(c, im, ALGATE_SEC_ENTRIES);
	put16(c, im, g->entry[ALGATE_CLIENT]);
	put16(c, im, g->entry[ALGATE_SERVER]);
	section_end(c, im);
	section_begin(c, im, ALGATE_SEC_LINES);
	for (i = 0; i < g->ninsns; i++)
		put16(c, im, g->line[i] > 65535 ? 0 : g->line[i]);
	section_end(c, im);
}

static void emit_program(struct comp *c, struct image *im, const struct gen *g)
{
	emit_names(c, im, g);
	section_put(c, im, ALGATE_SEC_ACTIONS, g->action,
		    g->nactions * sizeof(g->action[0]));
	section_put(c, im, ALGATE_SEC_LOOPS, g->loop,
		    g->nloops * sizeof(g->loop[0]));
	section_put(c, im, ALGATE_SEC_CASES, g->cases,
		    g->ncases * sizeof(g->cases[0]));
	section_put(c, im, ALGATE_SEC_SLOTS, g->slot_type, g->nslots);
	section_put(c, im, ALGATE_SEC_SETS, g->set,
		    g->nsets * sizeof(g->set[0]));
	section_put(c, im, ALGATE_SEC_LITERALS, g->lit, g->nlit);
	emit_insns(c, im, g);
}

static void emit_begins(struct comp *c, struct image *im, const struct gen *g)
{
	if (g->begin[0] == ALGATE_NO_BEGIN && g->begin[1] == ALGATE_NO_BEGIN)
		return;
	section_begin(c, im, ALGATE_SEC_BEGINS);
	put16(c, im, g->begin[ALGATE_CLIENT]);
	put16(c, im, g->begin[ALGATE_SERVER]);
	section_end(c, im);
}

static void emit_flags(struct comp *c, struct image *im)
{
	if (!c->tree.shared)
		return;
	section_begin(c, im, ALGATE_SEC_FLAGS);
	put32(c, im, ALGATE_PROG_SHARED);
	section_end(c, im);
}

static void emit_settings(struct comp *c, struct image *im,
			  enum algate_section section,
			  const struct algate_setting *setting, unsigned int n)
{
	unsigned int i;

	section_begin(c, im, section);
	for (i = 0; i < n; i++) {
		put_name(c, im, setting[i].name);
		put32(c, im, setting[i].max);
	}
	section_end(c, im);
}

static void emit_inputs(struct comp *c, struct image *im)
{
	const struct tree *t = &c->tree;
	unsigned int i;

	section_begin(c, im, ALGATE_SEC_INPUTS);
	for (i = 0; i < t->ninputs; i++) {
		put32(c, im, t->input[i].var);
		put32(c, im, t->input[i].first);
		put32(c, im, t->input[i].last);
	}
	section_end(c, im);
}

/* The verifier must accept the image, but rules may exceed its limits. */
static void check_image(struct comp *c, const struct image *im)
{
	struct algate_reject why = {};
	struct algate_prog *prog;
	u32 steps = 0;
	char text[160];
	struct pos pos;
	int line;

	prog = algate_image_decode(im->bytes, im->len, &why);
	if (prog && !algate_prog_verify(prog, &why)) {
		algate_prog_free(prog);
		return;
	}
	if (prog)
		steps = prog->steps;
	algate_prog_free(prog);
	line = image_place(im->bytes, im->len, why.off).line;
	pos = line ? (struct pos){ .line = line, .column = 1 } :
	      why.reason == ALGATE_R_TITLE ? c->tree.title_pos :
					     c->tree.frame_pos;
	if (why.reason == ALGATE_R_COST)
		comp_fail(c, pos,
			  "the rules from here on take up to %u steps for a message or an element, more than %u: write fewer or shorter rules",
			  steps, ALGATE_PATH_STEPS);
	image_fault(text, sizeof(text), im->bytes, im->len, why.off,
		    algate_reason_text(why.reason));
	comp_fail(c, pos, "rejected by the verifier: %s", text);
}

/* A rule text is a C string for the kernel and for users of its output. */
static void check_text(struct comp *c)
{
	const char *nul = memchr(c->src, 0, c->end - c->src);
	struct pos pos = { .line = 1, .column = 1 };
	const char *at;

	if (!nul)
		return;
	for (at = c->src; at < nul; at++) {
		pos.column++;
		if (*at == '\n') {
			pos.line++;
			pos.column = 1;
		}
	}
	comp_fail(c, pos, "a NUL in the text");
}

/* not inlined: no local variable may live across setjmp() */
static noinline void *compile(struct comp *c, size_t *image_len)
{
	struct image im = { comp_alloc(c, ALGATE_IMAGE_MAX), 0, 0 };
	struct gen *g = comp_alloc(c, sizeof(*g));
	void *copy;

	check_text(c);
	parse_file(c);
	g->c = c;
	gen_program(g);
	put32(c, &im, ALGATE_IMAGE_MAGIC);
	put16(c, &im, ALGATE_IMAGE_VERSION);
	put16(c, &im, 0);
	put32(c, &im, 0);
	emit_tree(c, &im);
	emit_program(c, &im, g);
	emit_begins(c, &im, g);
	emit_flags(c, &im);
	emit_settings(c, &im, ALGATE_SEC_PARAMS, c->tree.param,
		      c->tree.nparams);
	emit_settings(c, &im, ALGATE_SEC_MAPS, c->tree.map, c->tree.nmaps);
	emit_inputs(c, &im);
	section_put(c, &im, ALGATE_SEC_OTHERS, g->other,
		    g->nothers * sizeof(g->other[0]));
	put_unaligned_le32(im.len, im.bytes + 8);
	check_image(c, &im);
	copy = malloc(im.len);
	if (!copy)
		comp_fail(c, c->tok.pos, "out of memory");
	memcpy(copy, im.bytes, im.len);
	*image_len = im.len;
	return copy;
}

int compile_image(const char *text, size_t len, void **image, size_t *image_len,
		  struct compile_error *err)
{
	struct comp *c = calloc(1, sizeof(*c));

	*image = NULL;
	memset(err, 0, sizeof(*err));
	if (!c) {
		snprintf(err->text, sizeof(err->text), "out of memory");
		return -1;
	}
	c->src = text;
	c->at = text;
	c->end = text + len;
	c->line = 1;
	c->line_start = text;
	c->err = err;
	if (!setjmp(c->fail))
		*image = compile(c, image_len);
	comp_free(c);
	free(c);
	return *image ? 0 : -1;
}

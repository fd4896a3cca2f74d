// SPDX-License-Identifier: GPL-2.0
/*
 * Decodes an image into a struct algate_prog. Checks the lengths, and the
 * format of each table; the verifier checks instructions, framings and actions.
 */
#include "engine.h"
#include "step.h"

#define SECTION_HDR_LEN	8
#define OTHER_LEN	((1 + ALGATE_MAX_GIVEN) * ALGATE_NAME_LEN + \
			 ALGATE_MAX_GIVEN + 1)

struct payload {
	u32 off;	/* offset in the image, in bytes */
	u32 n;		/* number of records */
	bool present;
};

/**
 * struct section - format of a section
 * @record: size of a record in bytes
 * @min: lowest number of records
 * @max: highest number of records
 * @mandatory: every image has the section
 * @decode: decodes the records; returns 0 or enum algate_reason
 */
struct section {
	u32 record;
	u32 min;
	u32 max;
	bool mandatory;
	int (*decode)(struct algate_prog *prog, const u8 *p, u32 n);
};

static bool is_name_char(u8 c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '-';
}

/* Decode a NUL-padded name. */
static int decode_padded_name(char *name, const u8 *p)
{
	u32 i = 0;
	u32 len;

	while (i < ALGATE_NAME_LEN && is_name_char(p[i]))
		i++;
	len = i;
	while (i < ALGATE_NAME_LEN && !p[i])
		i++;
	if (!len || len == ALGATE_NAME_LEN || i < ALGATE_NAME_LEN)
		return ALGATE_R_RECORD_NAME;
	memcpy(name, p, ALGATE_NAME_LEN);
	return 0;
}

/* Decode a name that must differ from the @n names before it. */
static int decode_record_name(char (*table)[ALGATE_NAME_LEN], u32 stride,
			      u32 n, const u8 *p)
{
	char *name = (char *)table + n * stride;
	int reason = decode_padded_name(name, p);
	u32 i;

	if (reason)
		return reason;
	for (i = 0; i < n; i++)
		if (!strcmp((char *)table + i * stride, name))
			return ALGATE_R_RECORD_TWICE;
	return 0;
}

static int decode_name(struct algate_prog *prog, const u8 *p, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		if (!is_name_char(p[i]))
			return ALGATE_R_NAME;
	memcpy(prog->name, p, n);
	return 0;
}

/* Length of the UTF-8 character at @p (RFC 3629); 0: invalid or a control. */
static u32 utf8_len(const u8 *p, u32 left)
{
	u32 len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	u32 i;

	if (len == 1)
		return p[0] >= ' ' && p[0] != 0x7f;
	if (p[0] < 0xc2 || p[0] > 0xf4 || len > left)
		return 0;
	for (i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* overlong, a surrogate, above U+10FFFF, or U+0080 to U+009F */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f) ||
	    (p[0] == 0xc2 && p[1] < 0xa0))
		return 0;
	return len;
}

static int decode_title(struct algate_prog *prog, const u8 *p, u32 n)
{
	u32 i = 0;

	while (i < n) {
		u32 len = utf8_len(p + i, n - i);

		if (!len)
			return ALGATE_R_TITLE;
		i += len;
	}
	memcpy(prog->title, p, n);
	return 0;
}

static int decode_services(struct algate_prog *prog, const u8 *p, u32 n)
{
	struct algate_service *s = prog->service;
	u32 i;

	for (i = 0; i < n; i++, p += 4, s++) {
		s->proto = p[0];
		s->port = get_unaligned_le16(p + 2);
		if (s->proto != IPPROTO_TCP && s->proto != IPPROTO_UDP)
			return ALGATE_R_SERVICE_PROTO;
		if (p[1])
			return ALGATE_R_RESERVED;
	}
	prog->nservices = n;
	return 0;
}

static int decode_frame(struct algate_prog *prog, const u8 *p, u32 n)
{
	struct algate_framing *f = prog->frame;
	u32 i;

	for (i = 0; i < n; i++, p += 20, f++) {
		f->kind = p[0];
		f->flags = p[1];
		f->width = p[2];
		f->nnames = p[3];
		f->max = get_unaligned_le16(p + 4);
		f->offset = get_unaligned_le16(p + 6);
		f->bias = get_unaligned_le32(p + 8);
		f->mask = get_unaligned_le32(p + 12);
		f->lead = p[16];
		f->more = p[17];
		f->place = get_unaligned_le16(p + 18);
		if (f->more > 255 - f->lead ||
		    (!(f->flags & ALGATE_FRAME_ORDER) &&
		     (f->place || (!i && (f->lead || f->more)))))
			return ALGATE_R_RESERVED;
	}
	prog->nframes = n;
	return 0;
}

static int decode_classes(struct algate_prog *prog, const u8 *p, u32 n)
{
	struct algate_class *c = prog->class;
	u32 i;

	for (i = 0; i < n; i++, p += 24, c++) {
		int reason = decode_record_name(&prog->class->name, sizeof(*c),
						i, p);

		if (reason)
			return reason;
		c->max = p[16];
		c->flags = p[17];
		c->timeout = get_unaligned_le32(p + 20);
		if (!c->max)
			return ALGATE_R_CLASS_MAX;
		if (c->flags & ~ALGATE_CLASS_PERMANENT)
			return ALGATE_R_CLASS_FLAGS;
		if (!c->timeout || c->timeout > ALGATE_TIME_MAX)
			return ALGATE_R_CLASS_TIMEOUT;
		c->lifetime = 60 * get_unaligned_le16(p + 18);
		if (!c->lifetime)
			c->lifetime = c->timeout;
		if (c->lifetime < c->timeout || c->lifetime > ALGATE_TIME_MAX)
			return ALGATE_R_CLASS_LIFETIME;
	}
	prog->nclasses = n;
	return 0;
}

static int decode_names(char (*table)[ALGATE_NAME_LEN], const u8 *p, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++, p += ALGATE_NAME_LEN) {
		int reason = decode_record_name(table, ALGATE_NAME_LEN, i, p);

		if (reason)
			return reason;
	}
	return 0;
}

static int decode_vars(struct algate_prog *prog, const u8 *p, u32 n)
{
	prog->nvars = n;
	return decode_names(prog->var, p, n);
}

static int decode_counters(struct algate_prog *prog, const u8 *p, u32 n)
{
	prog->ncounters = n;
	return decode_names(prog->counter, p, n);
}

static int decode_tables(struct algate_prog *prog, const u8 *p, u32 n)
{
	struct algate_table *t = prog->table;
	u32 i;

	for (i = 0; i < n; i++, p += 24, t++) {
		int reason = decode_record_name(&prog->table->name, sizeof(*t),
						i, p);

		if (reason)
			return reason;
		t->max = get_unaligned_le16(p + 16);
		t->timeout = get_unaligned_le32(p + 20);
		if (!t->max || t->max > ALGATE_MAX_ENTRIES)
			return ALGATE_R_TABLE_MAX;
		if (p[18] & ~ALGATE_TABLE_QUEUE)
			return ALGATE_R_TABLE_FLAGS;
		t->queue = p[18] & ALGATE_TABLE_QUEUE;
		if (p[19])
			return ALGATE_R_RESERVED;
		if (!t->timeout || t->timeout > ALGATE_TIME_MAX)
			return ALGATE_R_CLASS_TIMEOUT;
		prog->max_entries += t->max;
	}
	prog->ntables = n;
	return 0;
}

static int decode_actions(struct algate_prog *prog, const u8 *p, u32 n)
{
	struct algate_action *a = prog->action;
	u32 i;

	for (i = 0; i < n; i++, p += ALGATE_ACTION_LEN, a++) {
		a->verb = p[ALGATE_ACTION_VERB];
		a->class = p[ALGATE_ACTION_CLASS];
		a->proto = p[ALGATE_ACTION_PROTO];
		a->from = p[ALGATE_ACTION_FROM];
		a->flags = p[ALGATE_ACTION_FLAGS];
		a->addr = p[ALGATE_ACTION_ADDR];
		a->port = p[ALGATE_ACTION_PORT];
		a->port2 = p[ALGATE_ACTION_PORT2];
		a->count = p[ALGATE_ACTION_COUNT];
		a->parity = p[ALGATE_ACTION_PARITY];
		a->key = p[ALGATE_ACTION_KEY];
		a->time = p[ALGATE_ACTION_TIME];
		a->number = get_unaligned_le32(p + ALGATE_ACTION_NUMBER);
		a->only = p[ALGATE_ACTION_ONLY];
		a->other = p[ALGATE_ACTION_OTHER];
		if (get_unaligned_le16(p + ALGATE_ACTION_OTHER + 1))
			return ALGATE_R_RESERVED;
	}
	prog->nactions = n;
	return 0;
}

static int decode_loops(struct algate_prog *prog, const u8 *p, u32 n)
{
	struct algate_loop *w = prog->loop;
	u32 i;

	for (i = 0; i < n; i++, p += ALGATE_LOOP_LEN, w++) {
		w->kind = p[ALGATE_LOOP_KIND];
		w->sep = p[ALGATE_LOOP_SEP];
		w->max = get_unaligned_le16(p + ALGATE_LOOP_MAX);
		w->until = get_unaligned_le32(p + ALGATE_LOOP_UNTIL);
		w->prefix.kind = ALGATE_FRAME_LENGTH;
		w->prefix.max = ALGATE_MAX_MESSAGE;
		w->prefix.flags = p[ALGATE_LOOP_FLAGS];
		w->prefix.width = p[ALGATE_LOOP_WIDTH];
		w->prefix.offset = get_unaligned_le16(p + ALGATE_LOOP_OFFSET);
		w->prefix.bias = get_unaligned_le32(p + ALGATE_LOOP_BIAS);
		w->prefix.mask = get_unaligned_le32(p + ALGATE_LOOP_MASK);
		if (get_unaligned_le32(p + ALGATE_LOOP_RESERVED))
			return ALGATE_R_RESERVED;
	}
	prog->nloops = n;
	return 0;
}

static int decode_cases(struct algate_prog *prog, const u8 *p, u32 n)
{
	prog->cases = (const u8 (*)[256])p;
	prog->ncases = n;
	return 0;
}

static int decode_slots(struct algate_prog *prog, const u8 *p, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		if (algate_type_kind(p[i]) == ALGATE_KIND_NONE)
			return ALGATE_R_SLOT_TYPE;
		prog->slot_type[i] = p[i];
	}
	prog->nslots = n;
	return 0;
}

static int decode_sets(struct algate_prog *prog, const u8 *p, u32 n)
{
	prog->set = (const u8 (*)[32])p;
	prog->nsets = n;
	return 0;
}

static int decode_literals(struct algate_prog *prog, const u8 *p, u32 n)
{
	prog->literals = p;
	prog->literals_len = n;
	return 0;
}

static int decode_insns(struct algate_prog *prog, const u8 *p, u32 n)
{
	u32 i;

	prog->insns_off = p - prog->image;
	for (i = 0; i < n; i++, p += sizeof(struct algate_insn)) {
		prog->insn[i].op = p[0];
		prog->insn[i].a = p[1];
		prog->insn[i].jf = get_unaligned_le16(p + 2);
		prog->insn[i].imm = get_unaligned_le32(p + 4);
	}
	prog->ninsns = n;
	return 0;
}

static int decode_entries(struct algate_prog *prog, const u8 *p, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		prog->entry[i] = get_unaligned_le16(p + 2 * i);
	memcpy(prog->begin, prog->entry, sizeof(prog->begin));
	return 0;
}

/* The section is behind ENTRIES, which has set the default. */
static int decode_begins(struct algate_prog *prog, const u8 *p, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		u16 begin = get_unaligned_le16(p + 2 * i);

		if (begin == ALGATE_NO_BEGIN)
			continue;
		prog->begin[i] = begin;
		prog->gated[i] = true;
	}
	return 0;
}

static int decode_flags(struct algate_prog *prog, const u8 *p, u32 n)
{
	u32 flags = n ? get_unaligned_le32(p) : 0;

	if (flags & ~ALGATE_PROG_SHARED)
		return ALGATE_R_PROG_FLAGS;
	prog->shared = flags & ALGATE_PROG_SHARED;
	return 0;
}

/* @most: greatest number of ranges or pairs; @reason: of a number above it */
static int decode_settings(struct algate_setting *setting, const u8 *p, u32 n,
			   u32 most, int reason)
{
	u32 i;

	for (i = 0; i < n; i++, p += 20) {
		int err = decode_record_name(&setting->name, sizeof(*setting),
					     i, p);

		if (err)
			return err;
		setting[i].max = get_unaligned_le16(p + 16);
		if (!setting[i].max || setting[i].max > most)
			return reason;
		if (get_unaligned_le16(p + 18))
			return ALGATE_R_RESERVED;
	}
	return 0;
}

static int decode_params(struct algate_prog *prog, const u8 *p, u32 n)
{
	prog->nparams = n;
	return decode_settings(prog->param, p, n, ALGATE_MAX_RANGES,
			       ALGATE_R_PARAM_MAX);
}

static int decode_maps(struct algate_prog *prog, const u8 *p, u32 n)
{
	prog->nmaps = n;
	return decode_settings(prog->map, p, n, ALGATE_MAX_PAIRS,
			       ALGATE_R_MAP_MAX);
}

/* The section is behind VARS. */
static int decode_inputs(struct algate_prog *prog, const u8 *p, u32 n)
{
	struct algate_input *in = prog->input;
	u32 i;

	for (i = 0; i < n; i++, p += 12, in++) {
		in->var = p[0];
		in->first = get_unaligned_le32(p + 4);
		in->last = get_unaligned_le32(p + 8);
		if (in->var >= prog->nvars)
			return ALGATE_R_INPUT_VAR;
		if (in->first > in->last)
			return ALGATE_R_INPUT_RANGE;
		if (p[1] || get_unaligned_le16(p + 2))
			return ALGATE_R_RESERVED;
	}
	prog->ninputs = n;
	return 0;
}

static int decode_other(struct algate_other *o, const u8 *p)
{
	const u8 *slot = p + (1 + ALGATE_MAX_GIVEN) * ALGATE_NAME_LEN;
	int reason = decode_padded_name(o->name, p);
	u32 i;

	for (i = 0; !reason && i < ALGATE_MAX_GIVEN; i++) {
		bool none = slot[i] == ALGATE_SLOT_NONE;

		p += ALGATE_NAME_LEN;
		o->slot[i] = slot[i];
		if (!*p && none)
			continue;
		reason = *p && !none ? decode_padded_name(o->var[i], p) :
				       ALGATE_R_OTHER_VAR;
	}
	return reason ? reason : slot[i] ? ALGATE_R_RESERVED : 0;
}

static int decode_others(struct algate_prog *prog, const u8 *p, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++, p += OTHER_LEN) {
		int reason = decode_other(&prog->other[i], p);

		if (reason)
			return reason;
	}
	prog->nothers = n;
	return 0;
}

static int decode_lines(struct algate_prog *prog, const u8 *p, u32 n)
{
	/* sections are in ascending order, so INSNS is decoded by now */
	if (n != prog->ninsns)
		return ALGATE_R_LINES_COUNT;
	prog->lines = p;
	return 0;
}

static const struct section sections[__ALGATE_SEC_MAX] = {
	[ALGATE_SEC_NAME] = { 1, 1, ALGATE_NAME_LEN - 1, true, decode_name },
	[ALGATE_SEC_TITLE] = { 1, 0, ALGATE_TITLE_LEN - 1, false,
			       decode_title },
	[ALGATE_SEC_SERVICES] = { 4, 1, ALGATE_MAX_SERVICES, true,
				  decode_services },
	[ALGATE_SEC_FRAME] = { 20, 1, 2, true, decode_frame },
	[ALGATE_SEC_CLASSES] = { 24, 0, ALGATE_MAX_CLASSES, false,
				 decode_classes },
	[ALGATE_SEC_VARS] = { ALGATE_NAME_LEN, 0, ALGATE_MAX_VARS, false,
			      decode_vars },
	[ALGATE_SEC_COUNTERS] = { ALGATE_NAME_LEN, 0, ALGATE_MAX_COUNTERS,
				  false, decode_counters },
	[ALGATE_SEC_TABLES] = { 24, 0, ALGATE_MAX_TABLES, false,
				decode_tables },
	[ALGATE_SEC_ACTIONS] = { ALGATE_ACTION_LEN, 0, ALGATE_MAX_ACTIONS,
				 false, decode_actions },
	[ALGATE_SEC_LOOPS] = { ALGATE_LOOP_LEN, 0, ALGATE_MAX_LOOPS, false,
			       decode_loops },
	[ALGATE_SEC_CASES] = { 256, 0, ALGATE_MAX_CASES, false, decode_cases },
	[ALGATE_SEC_SLOTS] = { 1, 0, ALGATE_MAX_SLOTS, false, decode_slots },
	[ALGATE_SEC_SETS] = { 32, 0, ALGATE_MAX_SETS, false, decode_sets },
	[ALGATE_SEC_LITERALS] = { 1, 0, ALGATE_MAX_LITERALS, false,
				  decode_literals },
	[ALGATE_SEC_INSNS] = { sizeof(struct algate_insn), 1, ALGATE_MAX_INSNS,
			       true, decode_insns },
	[ALGATE_SEC_ENTRIES] = { 2, 2, 2, true, decode_entries },
	[ALGATE_SEC_LINES] = { 2, 1, ALGATE_MAX_INSNS, false, decode_lines },
	[ALGATE_SEC_BEGINS] = { 2, 2, 2, false, decode_begins },
	[ALGATE_SEC_FLAGS] = { 4, 1, 1, false, decode_flags },
	[ALGATE_SEC_PARAMS] = { 20, 0, ALGATE_MAX_PARAMS, false,
				decode_params },
	[ALGATE_SEC_MAPS] = { 20, 0, ALGATE_MAX_MAPS, false, decode_maps },
	[ALGATE_SEC_INPUTS] = { 12, 0, ALGATE_MAX_INPUTS, false,
				decode_inputs },
	[ALGATE_SEC_OTHERS] = { OTHER_LEN, 0, ALGATE_MAX_OTHERS, false,
				decode_others },
};

static int check_header(const u8 *image, size_t len)
{
	if (len < ALGATE_IMAGE_HDR_LEN)
		return ALGATE_R_TOO_SHORT;
	if (len > ALGATE_IMAGE_MAX)
		return ALGATE_R_TOO_LONG;
	if (get_unaligned_le32(image) != ALGATE_IMAGE_MAGIC)
		return ALGATE_R_MAGIC;
	if (get_unaligned_le16(image + 4) != ALGATE_IMAGE_VERSION)
		return ALGATE_R_VERSION;
	if (get_unaligned_le16(image + 6))
		return ALGATE_R_RESERVED;
	if (get_unaligned_le32(image + 8) != len)
		return ALGATE_R_TOTAL;
	return 0;
}

/*
 * Locate the section at *@off. On success, *@off moves behind the section and
 * its padding. *@last is the id of the previous section, then of this section.
 */
static int locate_section(const u8 *image, u32 len, u32 *off, u32 *last,
			  struct payload *found)
{
	const u8 *hdr = image + *off;
	u32 at = *off + SECTION_HDR_LEN;
	const struct section *sec;
	u32 prev = *last;
	u32 id, bytes, pad;

	if (len - *off < SECTION_HDR_LEN)
		return ALGATE_R_SECTION_CUT;
	id = get_unaligned_le16(hdr);
	bytes = get_unaligned_le32(hdr + 4);
	if (!id || id > ALGATE_SEC_MAX)
		return ALGATE_R_SECTION_ID;
	*last = id;
	if (id <= prev)
		return ALGATE_R_SECTION_ORDER;
	if (get_unaligned_le16(hdr + 2))
		return ALGATE_R_RESERVED;
	pad = -bytes & 3;
	if (bytes > len - at || pad > len - at - bytes)
		return ALGATE_R_SECTION_CUT;
	sec = &sections[id];
	if (bytes % sec->record)
		return ALGATE_R_SECTION_RECORD;
	found[id].off = at;
	found[id].n = bytes / sec->record;
	found[id].present = true;
	if (found[id].n < sec->min || found[id].n > sec->max)
		return ALGATE_R_SECTION_COUNT;
	for (at += bytes; pad; pad--)
		if (image[at++])
			return ALGATE_R_SECTION_PADDING;
	*off = at;
	return 0;
}

/* On failure, *@off is the offset of the faulty section, or 0. */
static int locate_sections(const u8 *image, u32 len, struct payload *found,
			   u32 *off)
{
	u32 id, last = 0;

	for (*off = ALGATE_IMAGE_HDR_LEN; *off < len;) {
		int reason = locate_section(image, len, off, &last, found);

		if (reason)
			return reason;
	}
	*off = 0;
	for (id = 1; id <= ALGATE_SEC_MAX; id++)
		if (sections[id].mandatory && !found[id].present)
			return ALGATE_R_SECTION_MISSING;
	return 0;
}

static struct algate_prog *prog_alloc(const u8 *image, u32 len, u32 ninsns)
{
	/* an even number keeps the steps behind on multiples of 8 bytes */
	size_t insns = ((ninsns + 1) & ~1) * sizeof(struct algate_instr);
	struct algate_prog *prog;
	u8 *copy;

	/* a spare word: word reads of a literal may pass the end */
	prog = algate_alloc_big(sizeof(*prog) + insns +
				ninsns * sizeof(prog->step[0]) + len +
				sizeof(u64));
	if (!prog)
		return NULL;
	prog->step = (struct algate_step *)((u8 *)prog->insn + insns);
	copy = (u8 *)&prog->step[ninsns];
	memcpy(copy, image, len);
	prog->image = copy;
	prog->image_len = len;
	/* absent sections are empty, but have a valid pointer */
	prog->set = (const u8 (*)[32])copy;
	prog->cases = (const u8 (*)[256])copy;
	prog->literals = copy;
	return prog;
}

/**
 * algate_image_decode() - decode an image
 * @image: untrusted bytes
 * @len: number of bytes at @image
 * @why: filled in on failure
 *
 * The program must not run before algate_prog_verify() has accepted it.
 *
 * Context: Process context; may sleep.
 *
 * Return: the program, for algate_prog_free(); NULL with @why filled in.
 */
struct algate_prog *algate_image_decode(const void *image, size_t len,
					struct algate_reject *why)
{
	struct payload found[__ALGATE_SEC_MAX] = { 0 };
	struct algate_prog *prog = NULL;
	u32 id, off = 0;
	int reason;

	reason = check_header(image, len);
	if (!reason)
		reason = locate_sections(image, len, found, &off);
	if (reason)
		goto rejected;
	prog = prog_alloc(image, len, found[ALGATE_SEC_INSNS].n);
	if (!prog) {
		reason = ALGATE_R_NO_MEMORY;
		goto rejected;
	}
	for (id = 1; id <= ALGATE_SEC_MAX; id++) {
		if (!found[id].present)
			continue;
		off = found[id].off - SECTION_HDR_LEN;
		reason = sections[id].decode(prog, prog->image + found[id].off,
					     found[id].n);
		if (reason)
			goto rejected;
	}
	return prog;

rejected:
	*why = (struct algate_reject){
		.reason = reason, .insn = -1, .off = off
	};
	algate_prog_free(prog);
	return NULL;
}

/**
 * algate_prog_free() - free a program
 * @prog: program from algate_image_decode(), or NULL
 *
 * Context: Process context; may sleep.
 */
void algate_prog_free(struct algate_prog *prog)
{
	algate_free_big(prog);
}

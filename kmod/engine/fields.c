// SPDX-License-Identifier: GPL-2.0
/*
 * Header fields, looked up by their names.
 *
 * The rules of a walk through header fields are tried one after the other, and
 * mostly ask for a name first. Where each of these leads is found out
 * beforehand; a field with another name leads on to the next one. That is done
 * for a walk whose rules ask for nothing else before the name.
 */
#include "parts.h"

/* Of a longer name it is not sure here how it ends. */
#define LOOKED_UP_MAX	23

/* Of rules that are more, or that want more names, none is looked up. */
#define FIELDS_MAX	64
#define NAMES_LEN	256

static __always_inline u32 name_bucket(u8 first, u32 len)
{
	return ((first | 0x20) ^ len) % ALGATE_NAME_BUCKETS;
}

/* At @p are eight bytes at least, in the message or in what is built here. */
static __always_inline const struct algate_name *
name_find(const struct algate_prog *prog, const u8 *buckets, const u8 *p,
	  u32 len)
{
	const struct algate_name *n;
	u8 i = buckets[name_bucket(p[0], len)];

	for (; i; i = n->next) {
		n = &prog->field[i - 1];
		if (n->len == len &&
		    !((get_unaligned_le64(p) ^ n->word) & n->mask) &&
		    (len <= 8 ||
		     algate_same_folded(p + 8, prog->literals + n->off + 8,
					len - 8)))
			return n;
	}
	return NULL;
}

/* Where the colon is behind the name at @at; 0: that is not for sure. */
static __always_inline u32 name_end(const struct run *r, u32 at)
{
	u32 to = at + LOOKED_UP_MAX + 1;

	for (; at < to && (s32)at <= r->words; at += 8) {
		u64 hit = algate_zero_bytes(get_unaligned_le64(r->data + at) ^
					    ':' * ALGATE_ONES);

		if (hit)
			return at + (__builtin_ctzll(hit) >> 3);
	}
	return 0;
}

static __always_inline u32 pass_space(const struct run *r, u32 at, u32 end)
{
	const u8 *data = r->data;

	while (at < end && data[at] <= ' ' && is_space(data[at]))
		at++;
	return at;
}

/*
 * GO with where the field leads in @r->to, the cursor behind the name, the
 * colon and blanks; FAIL if no rule wants it; NEXT if the instructions behind
 * @part are to say that.
 */
static __always_inline int field_lookup(struct run *r,
					const struct algate_step *part, u32 at,
					u32 end)
{
	u32 colon = name_end(r, at);
	const struct algate_name *name;

	if (colon <= at || colon >= end)
		return NEXT;
	name = name_find(r->prog, r->prog->named[part->named - 1],
			 r->data + at, colon - at);
	STEP(r, colon - at);
	if (!name)
		return is_blank(r->data[colon - 1]) || colon - at > LOOKED_UP_MAX ?
		       NEXT : FAIL;
	r->cur = pass_space(r, colon + 1, end);
	STEP(r, r->cur - colon);
	r->to = name->to;
	return GO;
}

/**
 * algate_run_header() - go on to the next header field that a rule may want
 * @r: run
 * @op: the instruction
 *
 * Return: as algate_run_part().
 */
int algate_run_header(struct run *r, const struct algate_step *op)
{
	struct algate_stroll *s = r->stroll;
	int ret;

	do {
		u32 from = s->next;

		ret = count_part(s, part_header(s, r->data));
		STEP(r, s->next - from);
		if (ret != PART)
			return algate_run_leave(r, from, ret);
		r->cur = s->part;
		ret = op->named ? field_lookup(r, op, s->part, s->part_end) :
				  NEXT;
	} while (ret == FAIL);
	r->lo = s->part;
	r->end = s->part_end;
	r->partial = false;
	return ret;
}

/* From @step on to what is done about a part that begins with @c. */
static const struct algate_step *next_field(const struct algate_prog *prog,
					    const struct algate_step *step,
					    u8 c)
{
	u32 looks;
	u8 n;

	for (looks = 0; looks < FIELDS_MAX; looks++) {
		if (step->op == ALGATE_OP_CASE) {
			n = prog->cases[step->imm][c];
			step = n ? step[n].into : step->fail;
		} else if (step->op == ALGATE_OP_AT && !step->imm) {
			step = step->next;
		} else {
			break;
		}
	}
	return step;
}

static bool field_has(const struct algate_prog *prog,
		      const struct algate_step *field, const u8 *name)
{
	const u8 *n = prog->literals + (field->imm & 0xffff);
	const u8 *last = n + (field->imm >> 16);

	for (; n < last; n += 1 + n[0])
		if (n[0] == name[0] &&
		    algate_same_folded(n + 1, name + 1, n[0]))
			return true;
	return false;
}

/* The FIELD that a field with @name comes to, when it begins with @c. */
static const struct algate_step *field_of(const struct algate_prog *prog,
					  const struct algate_step *step,
					  const u8 *name, u8 c)
{
	step = next_field(prog, step, c);
	while (step->op == ALGATE_OP_FIELD && !field_has(prog, step, name))
		step = next_field(prog, step->fail, c);
	return step;
}

/* Does it end where a name does, and nowhere before? */
static bool name_plain(const u8 *name)
{
	u32 i;

	for (i = 1; i <= name[0]; i++)
		if (is_blank(name[i]) || name[i] == ':')
			return false;
	return name[0] <= LOOKED_UP_MAX;
}

static bool name_add(struct algate_prog *prog, const struct algate_step *part,
		     u8 *buckets, const u8 *name)
{
	struct algate_name *new = &prog->field[prog->nfields];
	u8 c = algate_fold(name[1]);
	u8 upper = c >= 'a' && c <= 'z' ? c & 0xdf : c;
	const struct algate_step *field;
	u8 *bucket;

	/* a word may be read here, as of a message */
	if (name_find(prog, buckets, name + 1, name[0]))
		return true;
	if (prog->nfields == ALGATE_NAMES || !name_plain(name))
		return false;
	field = field_of(prog, part->next, name, c);
	if (field->op != ALGATE_OP_FIELD ||
	    field_of(prog, part->next, name, upper) != field)
		return false;
	algate_word(name + 1, name[0], true, &new->word, &new->mask);
	new->to = field->next;
	new->off = name + 1 - prog->literals;
	new->len = name[0];
	bucket = &buckets[name_bucket(c, new->len)];
	new->next = *bucket;
	*bucket = ++prog->nfields;
	return true;
}

/* Adds the names that a field which begins with @c may have. */
static bool names_from(struct algate_prog *prog, const struct algate_step *part,
		       u8 *buckets, u8 c)
{
	const struct algate_step *step = next_field(prog, part->next, c);
	u32 n;

	for (n = 0; step->op == ALGATE_OP_FIELD; n++) {
		const u8 *name = prog->literals + (step->imm & 0xffff);
		const u8 *last = name + (step->imm >> 16);

		if (n == FIELDS_MAX || last - name > NAMES_LEN)
			return false;
		for (; name < last; name += 1 + name[0])
			if (!name_add(prog, part, buckets, name))
				return false;
		step = next_field(prog, step->fail, c);
	}
	/* what has none of the names is nothing for the other rules either */
	return step == part;
}

static bool names_make(struct algate_prog *prog, const struct algate_step *part,
		       u8 *buckets)
{
	u32 c;

	for (c = 0; c < 256; c++)
		if (!names_from(prog, part, buckets, c))
			return false;
	return true;
}

/**
 * algate_prog_fields() - find out where the names of header fields lead
 * @prog: verified program, with its steps
 */
void algate_prog_fields(struct algate_prog *prog)
{
	u32 n = 0;
	u32 i;

	prog->nfields = 0;
	memset(prog->named, 0, sizeof(prog->named));
	for (i = 0; i < prog->ninsns && n < ALGATE_NAMED_WALKS; i++) {
		struct algate_step *part = &prog->step[i];
		u8 before = prog->nfields;

		if (part->op != ALGATE_OP_PART ||
		    part->a != ALGATE_WALK_HEADER)
			continue;
		if (names_make(prog, part, prog->named[n])) {
			part->named = ++n;
		} else {
			memset(prog->named[n], 0, sizeof(prog->named[n]));
			prog->nfields = before;
		}
	}
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Lookup of header fields by name.
 *
 * Rules for header fields usually begin with FIELD, and a loop tries the rules
 * one after the other. A hash table maps each name to the step behind the FIELD
 * with this name; a field with another name is skipped. A loop gets a table
 * only if its rules test nothing else before the name.
 */
#include "element.h"
#include "opcode.h"

/*
 * Limits of a table: FIELD instructions for a first byte, and bytes of names in
 * a FIELD. Above the limits, a loop gets no table.
 */
#define FIELDS_MAX	64
#define NAMES_LEN	256

/* Hash of the first two bytes. A colon follows a name of one byte, usually. */
static __always_inline u32 name_bucket(u32 word)
{
	return (u16)((u16)(word | 0x2020) * 0x9e5) >> 10;
}

/* As name_find(); @at is the offset behind the name. */
static __always_inline int name_pass(struct run *r, const struct algate_name *n,
				     u32 at, u32 end)
{
	const u8 *data = r->data;

	if (at >= end)
		return at == end ? PASS : FAIL;
	if (data[at] != ':')
		return is_blank(data[at]) ? PASS : FAIL;
	for (at++; at < end && data[at] <= ' ' && is_space(data[at]); at++)
		SPEND(r, 1);
	r->cur = at;
	r->to = n->to;
	return GO;
}

static noinline int name_long(struct run *r, const struct algate_name *n,
			      u32 at, u32 end)
{
	if (n->len > end - at ||
	    !algate_same_folded(r->data + at + 8,
				r->prog->literals + n->off + 8, n->len - 8))
		return FAIL;
	return name_pass(r, n, at + n->len, end);
}

/*
 * Compare the field [@at, @end), whose first 8 bytes match @n, with the name.
 * GO: the cursor is behind the name, the colon and blanks; FAIL: another name;
 * PASS: undecided.
 */
static noinline int name_find(struct run *r, const struct algate_name *n,
			      u32 at, u32 end)
{
	return n->len > 8 ? name_long(r, n, at, end) :
			    name_pass(r, n, at + n->len, end);
}

/*
 * Look up the field [@at, @end), whose first 8 bytes are @word. GO: found, the
 * step is in r->to and the cursor behind the name, the colon and blanks; FAIL:
 * no rule matches; PASS: undecided, run the instructions behind @head.
 */
static __always_inline int field_lookup(struct run *r,
					const struct algate_step *head,
					u64 word, u32 at, u32 end)
{
	const struct algate_name *field = r->prog->field;
	u8 i = head->in[name_bucket(word)];
	int ret;

	for (; i; i = field[i].next) {
		SPEND(r, field[i].len);
		if ((word ^ field[i].word) & field[i].mask)
			continue;
		ret = name_find(r, &field[i], at, end);
		if (ret != FAIL)
			return ret;
	}
	/* a blank behind a name of one byte leads to another bucket */
	return is_blank(word >> 8) ? PASS : FAIL;
}

/* General case: folded fields, incomplete messages, loops without a table. */
static noinline int header_elements(struct run *r, const struct algate_step *op)
{
	struct algate_iter *s = r->iter;
	const u8 *data = r->data;
	int ret;

	do {
		u32 from = s->next;

		ret = count_element(s, element_header(s, data));
		SPEND(r, s->next - from);
		if (ret != FOUND)
			return algate_run_leave(r, from, ret);
		ret = PASS;
		if (op->named && (s32)s->element <= r->words)
			ret = field_lookup(r, op,
					   get_unaligned_le64(data +
							      s->element),
					   s->element, s->element_end);
	} while (ret == FAIL && *r->budget >= 0);
	r->lo = s->element;
	r->end = s->element_end;
	r->partial = false;
	if (ret == PASS)
		r->cur = s->element;
	return ret;
}

/**
 * algate_run_header() - NEXT: go to the next header field that a rule may match
 * @r: run; its window becomes the field, or the window around the loop
 * @op: the instruction
 *
 * Fast path for the common case: a field of a single line in a complete
 * message.
 *
 * Context: Any context.
 *
 * Return: as algate_run_next().
 */
int algate_run_header(struct run *r, const struct algate_step *op)
{
	struct algate_iter *s = r->iter;
	const u8 *data = r->data;
	u32 at = s->next;
	u32 count = s->count;
	s32 last = min_t(s32, r->words, s->end);
	u32 next, text;
	int ret = FAIL;

	if (!op->named || r->words < 0)
		return header_elements(r, op);
	for (; count != s->loop->max && *r->budget >= 0; count++, at = next) {
		if ((s32)at > last || data[at] <= '\r')
			break;
		next = line_end(data, at, last, s->end);
		if (!next || (next < s->end && is_blank(data[next])))
			break;
		text = next - 1 - (data[next - 2] == '\r');
		SPEND(r, next - at);
		ret = field_lookup(r, op, get_unaligned_le64(data + at), at,
				   text);
		if (ret == FAIL)
			continue;
		s->count = count + 1;
		s->next = next;
		r->lo = at;
		r->end = text;
		if (ret == PASS)
			r->cur = at;
		return ret;
	}
	s->count = count;
	s->next = at;
	return header_elements(r, op);
}

static bool is_field(const struct algate_step *step)
{
	return algate_opcode[step->op].reads == READS_NAMES;
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

/* The FIELD that accepts @name in a field with the first byte @c. */
static const struct algate_step *field_of(const struct algate_prog *prog,
					  const struct algate_step *step,
					  const u8 *name, u8 c)
{
	step = algate_prog_follow(prog, step, c);
	while (is_field(step) && !field_has(prog, step, name))
		step = algate_prog_follow(prog, step->fail, c);
	return step;
}

/* Is @name free of blanks and colons, which would end a field's name? */
static bool name_is_token(const u8 *name)
{
	u32 i;

	for (i = 1; i <= name[0]; i++)
		if (is_blank(name[i]) || name[i] == ':')
			return false;
	return true;
}

/* Does the bucket with the first name @i contain @name? */
static bool name_known(const struct algate_prog *prog, u8 i, const u8 *name)
{
	for (; i; i = prog->field[i].next)
		if (prog->field[i].len == name[0] &&
		    algate_same_folded(prog->literals + prog->field[i].off,
				       name + 1, name[0]))
			return true;
	return false;
}

static bool name_add(struct algate_prog *prog,
		     const struct algate_step *head, u8 *buckets,
		     const u8 *name)
{
	struct algate_name *new = &prog->field[prog->nfields + 1];
	u8 c = algate_fold(name[1]);
	u8 upper = c >= 'a' && c <= 'z' ? c & 0xdf : c;
	u32 second = name[0] > 1 ? name[2] : ':';
	u8 *bucket = &buckets[name_bucket(name[1] | second << 8)];
	const struct algate_step *field;

	if (name_known(prog, *bucket, name))
		return true;
	if (prog->nfields == ALGATE_NAMES || !name_is_token(name))
		return false;
	field = field_of(prog, head->next, name, c);
	if (!is_field(field) ||
	    field_of(prog, head->next, name, upper) != field)
		return false;
	algate_word(name + 1, name[0], true, &new->word, &new->mask);
	new->to = field->next;
	new->off = name + 1 - prog->literals;
	new->len = name[0];
	new->next = *bucket;
	*bucket = ++prog->nfields;
	return true;
}

/* Add the names that rules accept for a first byte @c. */
static bool names_from(struct algate_prog *prog,
		       const struct algate_step *head, u8 *buckets, u8 c)
{
	const struct algate_step *step = algate_prog_follow(prog, head->next, c);
	u32 n;

	for (n = 0; is_field(step); n++) {
		const u8 *name = prog->literals + (step->imm & 0xffff);
		const u8 *last = name + (step->imm >> 16);

		if (n == FIELDS_MAX || last - name > NAMES_LEN)
			return false;
		for (; name < last; name += 1 + name[0])
			if (!name_add(prog, head, buckets, name))
				return false;
		step = algate_prog_follow(prog, step->fail, c);
	}
	/* a field with another name must match no other rule */
	return step == head;
}

static bool names_make(struct algate_prog *prog,
		       const struct algate_step *head, u8 *buckets)
{
	u32 c;

	for (c = 0; c < 256; c++)
		if (!names_from(prog, head, buckets, c))
			return false;
	return true;
}

/**
 * algate_prog_fields() - fill the tables of header names
 * @prog: verified program, with its steps
 *
 * Context: nobody else sees @prog yet.
 */
void algate_prog_fields(struct algate_prog *prog)
{
	u32 n = 0;
	u32 i;

	prog->nfields = 0;
	memset(prog->named, 0, sizeof(prog->named));
	for (i = 0; i < prog->ninsns && n < ALGATE_NAMED_LOOPS; i++) {
		struct algate_step *head = &prog->step[i];
		u8 before = prog->nfields;

		if (algate_opcode[head->op].flow != FLOW_NEXT ||
		    head->a != ALGATE_LOOP_HEADER)
			continue;
		if (names_make(prog, head, prog->named[n])) {
			head->in = prog->named[n];
			head->named = ++n;
		} else {
			memset(prog->named[n], 0, sizeof(prog->named[n]));
			prog->nfields = before;
		}
	}
}

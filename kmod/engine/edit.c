// SPDX-License-Identifier: GPL-2.0
/*
 * Applies edits to a message, and keeps dependent lengths right.
 */
#include "engine.h"

/* Move the edit at index @last to index @at. */
static noinline void edit_insert(struct algate_edit *edit, u32 at, u32 last)
{
	struct algate_edit copy = edit[last];

	memmove(&edit[at + 1], &edit[at], (last - at) * sizeof(*edit));
	edit[at] = copy;
}

/**
 * algate_edit_add() - add an edit, sorted by offset
 * @result: the edit is added
 * @off: offset of the first replaced byte
 * @len: number of replaced bytes; 0: insert in front of the byte at @off
 * @type: notation of the new text, enum algate_type
 * @value: value to write
 *
 * On failure, nothing is added.
 *
 * Context: Any context.
 *
 * Return: 0, also for an identical edit; -E2BIG: ALGATE_MAX_EDITS reached;
 * -EINVAL: the edit overlaps another edit, or the notation cannot be written;
 * -ERANGE: the value does not fit the notation.
 */
int algate_edit_add(struct algate_result *result, u32 off, u32 len, u8 type,
		    const struct algate_value *value)
{
	struct algate_edit *edit = result->edit;
	struct algate_edit *new = &edit[result->nedits];
	u32 at = result->nedits;
	int n;

	if (off + len < off)
		return -EINVAL;
	n = algate_value_write(type, value, new->text);
	if (n < 0)
		return n;
	new->off = off;
	new->len = len;
	new->n = n;
	new->owner = result->owner;
	while (at && edit[at - 1].off >= off)
		at--;
	if (new != &edit[at] && edit[at].off == off && edit[at].len == len &&
	    edit[at].n == n && !memcmp(edit[at].text, new->text, n))
		return 0;
	if ((at && edit[at - 1].off + edit[at - 1].len > off) ||
	    (new != &edit[at] && off + len > edit[at].off))
		return -EINVAL;
	if (result->nedits == ALGATE_MAX_EDITS)
		return -E2BIG;
	/* common case: edits arrive in ascending order */
	if (new != &edit[at])
		edit_insert(edit, at, result->nedits);
	result->nedits++;
	return 0;
}

/**
 * algate_edit_value() - add an edit that replaces a value of the message
 * @result: the edit is added
 * @place: value that was read; its place and scale count
 * @type: notation of @place, enum algate_type
 * @value: value to write
 *
 * Context: Any context.
 *
 * Return: as algate_edit_add(); -ERANGE also if the scale of @place has no number
 * that means the value.
 */
int algate_edit_value(struct algate_result *result,
		      const struct algate_value *place, u8 type,
		      const struct algate_value *value)
{
	struct algate_value v;

	if (!place->scale)
		return algate_edit_add(result, place->off, place->len, type,
				       value);
	v = *value;
	if (!algate_value_unscale(&v, place->scale))
		return -ERANGE;
	return algate_edit_add(result, place->off, place->len, type, &v);
}

/**
 * algate_edit_drop() - remove the edits of an owner
 * @result: the edits are removed
 * @owner: algate_result.owner when the edits were added
 *
 * An edit that was added twice belongs to the first owner.
 *
 * Context: Any context.
 */
void algate_edit_drop(struct algate_result *result, u8 owner)
{
	u32 i, n = 0;

	for (i = 0; i < result->nedits; i++) {
		if (result->edit[i].owner == owner)
			continue;
		if (n != i)
			result->edit[n] = result->edit[i];
		n++;
	}
	result->nedits = n;
}

/* Does the edit replace bytes before and behind the offset @at? */
static bool edit_over(const struct algate_edit *e, u32 at)
{
	return e->off < at && e->off + e->len > at;
}

/* Bytes that the edits add to [from, to); -EINVAL if an edit crosses an end. */
static int edit_growth(const struct algate_result *result, u32 from, u32 to,
		       s32 *growth)
{
	const struct algate_edit *e = result->edit;
	u32 i;

	*growth = 0;
	for (i = 0; i < result->nedits; i++, e++) {
		if (edit_over(e, from) || edit_over(e, to))
			return -EINVAL;
		if (e->off >= from && e->off + e->len <= to)
			*growth += e->n - (s32)e->len;
	}
	return 0;
}

/*
 * Update a dependent length: the number counts the bytes behind it. Padding to
 * a multiple of a->pad follows these bytes.
 */
static int edit_adjust(struct algate_result *result, u32 len,
		       const struct algate_adjust *a)
{
	struct algate_value v = a->count;
	u32 from = v.off + v.len, mask = a->pad ? a->pad - 1 : 0;
	u32 pad = -v.num & mask;
	s32 growth;
	int err;

	if (v.num > len - from || pad > len - from - v.num)
		return -EINVAL;
	err = edit_growth(result, from, from + v.num, &growth);
	if (err || !growth)
		return err;
	v.num += growth;
	err = algate_edit_value(result, &a->count, a->type, &v);
	v.num = -v.num & mask;
	if (!err && v.num != pad)
		err = algate_edit_add(result, from + a->count.num, pad,
				      ALGATE_T_ZEROS, &v);
	return err;
}

/* Lengths may change although the total does not: check each edit. */
static bool edits_resize(const struct algate_result *result)
{
	u32 i;

	for (i = 0; i < result->nedits; i++)
		if (result->edit[i].n != result->edit[i].len)
			return true;
	return false;
}

/*
 * Update dependent lengths from the highest offset down. An inner length comes
 * first, since its number may gain digits, which an outer length counts.
 */
static noinline int edit_adjusts(const struct algate_message *msg,
				 struct algate_result *result)
{
	struct algate_adjust *a = result->adjust;
	u32 i, last;
	int err;

	while (result->nadjusts) {
		for (i = 1, last = 0; i < result->nadjusts; i++)
			if (a[i].count.off > a[last].count.off)
				last = i;
		if (a[last].count.off < msg->frozen)
			return -EINVAL;
		err = edit_adjust(result, msg->len, &a[last]);
		if (err)
			return err;
		a[last] = a[--result->nadjusts];
	}
	return 0;
}

/* Update the framing's length field. */
static noinline int edit_frame(const struct algate_prog *prog,
			       const struct algate_message *msg,
			       struct algate_result *result)
{
	struct algate_value v = { 0 };
	struct algate_field f;
	u32 mask, num;
	s32 growth;
	int err;

	if (!edits_resize(result))
		return 0;
	algate_frame_field(prog, msg->data, msg->len, &f);
	if (!f.len)
		return 0;
	err = edit_growth(result, f.from, f.to, &growth);
	if (err || !growth)
		return err;
	if (f.off < msg->frozen)
		return -EINVAL;
	mask = f.mask ? f.mask : 0xffffffff;
	num = (f.value & mask) + growth;
	if (num & ~mask)
		return -ERANGE;
	v.num = (f.value & ~mask) | num;
	return algate_edit_add(result, f.off, f.len, f.type, &v);
}

/**
 * algate_edit_finish() - add the edits of dependent lengths
 * @prog: the program that ran
 * @msg: the message
 * @result: with all other edits; sets @result->size
 *
 * Context: Any context.
 *
 * Return: new length of the message in bytes. A negative errno if a length
 * counts bytes past the message's end, an edit crosses the end of the counted
 * bytes, the receiver already has the number, or the new number does not fit.
 */
int algate_edit_finish(const struct algate_prog *prog,
		       const struct algate_message *msg,
		       struct algate_result *result)
{
	int err = 0;

	if (result->nedits && result->nadjusts)
		err = edit_adjusts(msg, result);
	/* lines have no length field */
	if (result->nedits && (!prog->line_max || prog->nframes > 1) && !err)
		err = edit_frame(prog, msg, result);
	if (err)
		return err;
	result->size = algate_edit_size(result, msg->len);
	return result->size;
}

/**
 * algate_edit_size() - compute the length of an edited message
 * @result: edits from algate_edit_add()
 * @len: length of the message in bytes
 *
 * Context: Any context.
 *
 * Return: new length in bytes; -EMSGSIZE: @len exceeds ALGATE_MAX_MESSAGE;
 * -EINVAL: an edit lies outside of the message.
 */
int algate_edit_size(const struct algate_result *result, u32 len)
{
	const struct algate_edit *edit = result->edit;
	int size = len;
	u32 i;

	if (len > ALGATE_MAX_MESSAGE)
		return -EMSGSIZE;
	for (i = 0; i < result->nedits; i++, edit++) {
		if (edit->off > len || edit->len > len - edit->off)
			return -EINVAL;
		size += edit->n - (int)edit->len;
	}
	return size;
}

/**
 * algate_edit_gather() - write the bytes from the first edit to the last
 * @result: one edit or more, accepted by algate_edit_size()
 * @data: the message
 * @out: room for the new bytes between the first edit and the last
 *
 * Context: Any context.
 *
 * Return: number of bytes written.
 */
u32 algate_edit_gather(const struct algate_result *result, const u8 *data,
		       u8 *out)
{
	const struct algate_edit *edit = result->edit;
	const struct algate_edit *end = edit + result->nedits;
	u32 from = edit->off;
	u8 *at = out;

	for (; edit != end; edit++) {
		u32 between = edit->off - from;

		if (between)
			memcpy(at, data + from, between);
		at += between;
		memcpy(at, edit->text, edit->n);
		at += edit->n;
		from = edit->off + edit->len;
	}
	return at - out;
}

/**
 * algate_edit_apply() - write the edited message
 * @result: edits from algate_edit_add()
 * @data: the message
 * @len: length of the message in bytes
 * @out: room for algate_edit_size() bytes
 *
 * Context: Any context.
 *
 * Return: number of bytes written; or the error of algate_edit_size(), with
 * nothing written.
 */
int algate_edit_apply(const struct algate_result *result, const u8 *data,
		      u32 len, u8 *out)
{
	int size = algate_edit_size(result, len);
	const struct algate_edit *last;
	u32 behind = 0;

	if (size < 0)
		return size;
	if (result->nedits) {
		last = &result->edit[result->nedits - 1];
		behind = last->off + last->len;
		memcpy(out, data, result->edit[0].off);
		out += result->edit[0].off;
		out += algate_edit_gather(result, data, out);
	}
	memcpy(out, data + behind, len - behind);
	return size;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * A message and its edits make the new message.
 */
#include "engine.h"

/**
 * algate_edit_add() - add an edit, keeping them in order
 * @result: where to add it
 * @off: first byte to replace
 * @len: how many, at least one
 * @type: notation to write @value in
 * @value: what to write
 *
 * Return: 0; -E2BIG if there are ALGATE_MAX_EDITS already; -EINVAL if one of
 * them is in the same place, or the place is none. Nothing is added then.
 */
int algate_edit_add(struct algate_result *result, u32 off, u32 len, u8 type,
		    const struct algate_value *value)
{
	struct algate_edit *edit = result->edit;
	u32 at = result->nedits;

	if (!len || off + len < off)
		return -EINVAL;
	if (result->nedits >= ALGATE_MAX_EDITS)
		return -E2BIG;
	while (at && edit[at - 1].off >= off)
		at--;
	if (at && edit[at - 1].off + edit[at - 1].len > off)
		return -EINVAL;
	if (at < result->nedits && off + len > edit[at].off)
		return -EINVAL;
	memmove(&edit[at + 1], &edit[at],
		(result->nedits - at) * sizeof(*edit));
	edit[at] = (struct algate_edit){ .off = off, .len = len, .type = type,
					 .value = *value };
	result->nedits++;
	return 0;
}

/**
 * algate_edit_size() - how long a message is after its edits
 * @result: with the edits, as algate_edit_add() sorted them
 * @len: length of the message
 *
 * Return: the new length; -EMSGSIZE if @len is none of a message; -EINVAL if
 * an edit is outside of it or has nothing to write; -ERANGE if a value does
 * not fit its notation.
 */
int algate_edit_size(const struct algate_result *result, u32 len)
{
	const struct algate_edit *edit = result->edit;
	u8 text[ALGATE_VALUE_MAX];
	int size = len;
	u32 i;

	if (len > ALGATE_MAX_MESSAGE)
		return -EMSGSIZE;
	for (i = 0; i < result->nedits; i++, edit++) {
		int n = algate_value_write(edit->type, &edit->value, text);

		if (n < 0)
			return n;
		if (edit->off > len || edit->len > len - edit->off)
			return -EINVAL;
		size += n - (int)edit->len;
	}
	return size;
}

/**
 * algate_edit_apply() - write the edited message
 * @result: with the edits
 * @data: the message
 * @len: its length
 * @out: room for as much as algate_edit_size() said
 *
 * Return: bytes written, or the error that algate_edit_size() returns, with
 * nothing written.
 */
int algate_edit_apply(const struct algate_result *result, const u8 *data,
		      u32 len, u8 *out)
{
	const struct algate_edit *edit = result->edit;
	int size = algate_edit_size(result, len);
	u8 text[ALGATE_VALUE_MAX];
	u32 from = 0;
	u32 i;

	if (size < 0)
		return size;
	for (i = 0; i < result->nedits; i++, edit++) {
		int n = algate_value_write(edit->type, &edit->value, text);

		memcpy(out, data + from, edit->off - from);
		out += edit->off - from;
		memcpy(out, text, n);
		out += n;
		from = edit->off + edit->len;
	}
	memcpy(out, data + from, len - from);
	return size;
}

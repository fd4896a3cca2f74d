// SPDX-License-Identifier: GPL-2.0
/*
 * Notations: the forms in which values are encoded in messages.
 */
#include "value.h"

#define TEXT_NUMBER(text, radix, width, most) \
	{ .name = text, .kind = ALGATE_KIND_NUM, .form = FORM_TEXT, \
	  .base = radix, .digits = width, .max = most }
#define RAW(text, width, most, le) \
	{ .name = text, .kind = ALGATE_KIND_NUM, .form = FORM_RAW, \
	  .digits = width, .max = most, .little = le }
#define PORT_PARTS(text, c) \
	{ .name = text, .kind = ALGATE_KIND_NUM, \
	  .form = FORM_PORT_PARTS, .max = 0xffff, .sep = c }
#define IP4_PARTS(text, c) \
	{ .name = text, .kind = ALGATE_KIND_ADDR, .form = FORM_IP4, .sep = c }
#define IN_UTF16(text, of, width, most, c) \
	{ .name = text, .kind = ALGATE_KIND_##of, .form = FORM_UTF16, \
	  .base = 10, .digits = width, .max = most, .sep = c }
#define ADDR_RAW(text, width) \
	{ .name = text, .kind = ALGATE_KIND_ADDR, \
	  .form = FORM_ADDR_RAW, .digits = width }

static const struct notation notations[__ALGATE_T_MAX] = {
	[ALGATE_T_NUM] = { .name = "number", .kind = ALGATE_KIND_NUM },
	[ALGATE_T_SPAN] = { .name = "span", .kind = ALGATE_KIND_SPAN,
			    .form = FORM_SPAN, .digits = 1 },
	[ALGATE_T_DEC] = TEXT_NUMBER("dec", 10, 10, 0xffffffff),
	[ALGATE_T_PORT] = TEXT_NUMBER("port", 10, 5, 0xffff),
	[ALGATE_T_HEX] = TEXT_NUMBER("hex", 16, 8, 0xffffffff),
	[ALGATE_T_U8] = RAW("u8", 1, 0xff, false),
	[ALGATE_T_U16BE] = RAW("u16be", 2, 0xffff, false),
	[ALGATE_T_U16LE] = RAW("u16le", 2, 0xffff, true),
	[ALGATE_T_U24BE] = RAW("u24be", 3, 0xffffff, false),
	[ALGATE_T_U32BE] = RAW("u32be", 4, 0xffffffff, false),
	[ALGATE_T_U32LE] = RAW("u32le", 4, 0xffffffff, true),
	[ALGATE_T_PORT_COMMAS] = PORT_PARTS("port with commas", ','),
	[ALGATE_T_PORT_DOTS] = PORT_PARTS("port with dots", '.'),
	[ALGATE_T_IP4] = IP4_PARTS("ip4", '.'),
	[ALGATE_T_IP4_COMMAS] = IP4_PARTS("ip4 with commas", ','),
	[ALGATE_T_IP4_DEC] = { .name = "ip4 with decimal",
			       .kind = ALGATE_KIND_ADDR, .form = FORM_IP4_DEC,
			       .digits = 10, .max = 0xffffffff },
	[ALGATE_T_IP4_RAW] = ADDR_RAW("ip4 raw", 4),
	[ALGATE_T_IP6] = { .name = "ip6", .kind = ALGATE_KIND_ADDR,
			   .form = FORM_IP6 },
	[ALGATE_T_IP6_RAW] = ADDR_RAW("ip6 raw", 16),
	[ALGATE_T_IP] = { .name = "ip", .kind = ALGATE_KIND_ADDR,
			  .form = FORM_IP, .sep = '.' },
	[ALGATE_T_HOST] = { .name = "host", .kind = ALGATE_KIND_ADDR,
			    .form = FORM_HOST,
			    .sep = '.' },
	[ALGATE_T_ENDPOINT] = { .name = "endpoint",
				.kind = ALGATE_KIND_ENDPOINT,
				.form = FORM_ENDPOINT, .sep = '.' },
	[ALGATE_T_PER] = { .name = "per", .kind = ALGATE_KIND_NUM,
			   .form = FORM_PER },
	[ALGATE_T_BER] = { .name = "ber", .kind = ALGATE_KIND_NUM,
			   .form = FORM_BER },
	[ALGATE_T_IP4_UTF16] = IN_UTF16("ip4 with utf16", ADDR, 0, 0, '.'),
	[ALGATE_T_PORT_UTF16] = IN_UTF16("port with utf16", NUM, 5, 0xffff, 0),
	[ALGATE_T_ADDR] = { .name = "address", .kind = ALGATE_KIND_ADDR },
};

/**
 * algate_type_kind() - kind of the values of a notation
 * @type: enum algate_type; other values are allowed
 *
 * Context: Any context.
 *
 * Return: the kind; ALGATE_KIND_NONE for an unknown type.
 */
enum algate_kind algate_type_kind(u8 type)
{
	return type < __ALGATE_T_MAX ? notations[type].kind : ALGATE_KIND_NONE;
}

/**
 * algate_type_name() - name of a notation, as in a rule
 * @type: enum algate_type; other values are allowed
 *
 * Context: Any context.
 *
 * Return: the name; "unknown" for an unknown type.
 */
const char *algate_type_name(u8 type)
{
	if (algate_type_kind(type) == ALGATE_KIND_NONE)
		return "unknown";
	return notations[type].name;
}

/**
 * algate_notation() - look up a notation
 * @type: enum algate_type; other values are allowed
 *
 * Context: Any context.
 *
 * Return: the notation; NULL if values of @type are never read.
 */
const struct notation *algate_notation(u8 type)
{
	return type < __ALGATE_T_MAX && notations[type].form ?
	       &notations[type] : NULL;
}

/**
 * algate_value_read() - read a value in a notation
 * @type: enum algate_type
 * @p: bytes
 * @len: number of bytes at @p
 * @partial: more bytes may follow
 * @v: filled in except @off and @len; unchanged on failure
 *
 * Context: Any context.
 *
 * Return: number of bytes read; -EINVAL: @p does not begin with a valid value,
 * or the notation cannot be read; ALGATE_MORE: the result depends on bytes
 * still to come.
 */
int algate_value_read(u8 type, const u8 *p, u32 len, bool partial,
		      struct algate_value *v)
{
	const struct notation *n = algate_notation(type);

	return n ? algate_notation_read(n, p, len, partial, v) : -EINVAL;
}

/**
 * algate_value_write() - write a value in a notation
 * @type: enum algate_type, of the value's kind; or ALGATE_T_ZEROS
 * @v: value
 * @out: room for ALGATE_VALUE_MAX bytes; no NUL is written
 *
 * Context: Any context.
 *
 * Return: number of bytes written; -ERANGE: the value is too large for the
 * notation, or of another address family; -EINVAL: the notation cannot be
 * written.
 */
int algate_value_write(u8 type, const struct algate_value *v, u8 *out)
{
	if (type == ALGATE_T_ZEROS) {
		memset(out, 0, min_t(u32, v->num, ALGATE_VALUE_MAX));
		return v->num > ALGATE_VALUE_MAX ? -ERANGE : (int)v->num;
	}
	if (type >= __ALGATE_T_MAX)
		return -EINVAL;
	return algate_notation_write(&notations[type], v, out);
}

/* Parts of the operand of TAKE */
static u32 scale_times(u32 scale)
{
	return max_t(u32, scale >> 16, 1);
}

static u32 scale_plus(u32 scale)
{
	return scale & 0xffff;
}

/**
 * algate_value_scale() - compute a number from the number in the message
 * @v: number as read; changed on success
 * @scale: operand of TAKE, not 0
 *
 * Context: Any context.
 *
 * Return: false if the number would be above 2^32 - 1.
 */
bool algate_value_scale(struct algate_value *v, u32 scale)
{
	u64 num = (u64)v->num * scale_times(scale) + scale_plus(scale);

	if (num >> 32)
		return false;
	v->num = num;
	return true;
}

/**
 * algate_value_unscale() - compute the number for a message from a number
 * @v: number; changed on success
 * @scale: operand of TAKE of the value whose place is written, not 0
 *
 * Context: Any context.
 *
 * Return: false if no number in the message means this number.
 */
bool algate_value_unscale(struct algate_value *v, u32 scale)
{
	u32 num = v->num - scale_plus(scale);

	if (v->num < scale_plus(scale) || num % scale_times(scale))
		return false;
	v->num = num / scale_times(scale);
	return true;
}

/**
 * algate_value_same() - compare two values of a notation
 * @type: enum algate_type, but not a span; or ALGATE_T_ZEROS
 * @a: value; its place in the message is ignored
 * @b: value; its place in the message is ignored
 *
 * Context: Any context.
 *
 * Return: true if the values are equal.
 */
bool algate_value_same(u8 type, const struct algate_value *a,
		       const struct algate_value *b)
{
	switch (algate_type_kind(type)) {
	case ALGATE_KIND_ADDR:
	case ALGATE_KIND_ENDPOINT:
		return a->family == b->family && a->port == b->port &&
		       algate_same_addr(a->family, a->addr, b->addr);
	default:
		return a->num == b->num;
	}
}

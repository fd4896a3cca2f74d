// SPDX-License-Identifier: GPL-2.0
/*
 * Writes values in their notations.
 */
#include "value.h"

/* Write 0 to 255 without a division; returns the end of the text. */
static __always_inline u8 *put_small(u32 num, u8 *p)
{
	u32 hundreds = num >= 200 ? 2 : 1;
	u32 tens;

	if (num >= 10) {
		if (num >= 100) {
			*p++ = '0' + hundreds;
			num -= hundreds * 100;
		}
		tens = num * 205 >> 11;
		*p++ = '0' + tens;
		num -= tens * 10;
	}
	*p++ = '0' + num;
	return p;
}

static int put_number(u32 num, u8 base, u8 *out)
{
	u8 text[10];
	u8 *p = text + sizeof(text);
	int n;

	/* the compiler replaces a division by a constant */
	do {
		u32 rest = base == 16 ? num / 16 : num / 10;

		*--p = "0123456789abcdef"[num - rest * base];
		num = rest;
	} while (num);
	n = text + sizeof(text) - p;
	memcpy(out, p, n);
	return n;
}

static int put_parts(const u8 *part, u8 parts, u8 sep, u8 *out)
{
	const u8 *end = part + parts;
	u8 *p = put_small(*part, out);

	while (++part != end) {
		*p++ = sep;
		p = put_small(*part, p);
	}
	return p - out;
}

static int write_text(const struct notation *n, const struct algate_value *v,
		      u8 *out)
{
	return v->num > n->max ? -ERANGE : put_number(v->num, n->base, out);
}

static int write_raw(const struct notation *n, const struct algate_value *v,
		     u8 *out)
{
	u8 i;

	if (v->num > n->max)
		return -ERANGE;
	for (i = 0; i < n->digits; i++)
		out[n->little ? i : n->digits - 1 - i] = v->num >> (8 * i);
	return n->digits;
}

static int write_port_parts(const struct notation *n,
			    const struct algate_value *v, u8 *out)
{
	u8 part[2] = { v->num >> 8, v->num };

	return v->num > n->max ? -ERANGE : put_parts(part, 2, n->sep, out);
}

static int write_ip4(const struct notation *n, const struct algate_value *v,
		     u8 *out)
{
	if (v->family != AF_INET)
		return -ERANGE;
	return put_parts(v->addr, 4, n->sep, out);
}

static int write_ip4_dec(const struct notation __always_unused *n,
			 const struct algate_value *v, u8 *out)
{
	if (v->family != AF_INET)
		return -ERANGE;
	return put_number(get_unaligned_be32(v->addr), 10, out);
}

static int write_utf16(const struct notation *n, const struct algate_value *v,
		       u8 *out)
{
	int len = n->kind == ALGATE_KIND_ADDR ? write_ip4(n, v, out) :
						write_text(n, v, out);
	int i;

	if (len < 0)
		return len;
	for (i = len - 1; i >= 0; i--) {
		out[2 * i] = out[i];
		out[2 * i + 1] = 0;
	}
	return 2 * len;
}

static int write_addr_raw(const struct notation *n,
			  const struct algate_value *v, u8 *out)
{
	if (algate_family_len(v->family) != n->digits)
		return -ERANGE;
	memcpy(out, v->addr, n->digits);
	return n->digits;
}

/* Start of the first longest run of two or more zero groups (RFC 5952, 4.2). */
static int ip6_longest_gap(const u8 *addr, int *len)
{
	int best = IP6_NO_GAP;
	int run = 0;
	int i;

	*len = 1;
	for (i = 0; i < IP6_GROUPS; i++) {
		run = get_unaligned_be16(addr + 2 * i) ? 0 : run + 1;
		if (run > *len) {
			*len = run;
			best = i + 1 - run;
		}
	}
	return best;
}

static int write_ip6(const struct notation __always_unused *n,
		     const struct algate_value *v, u8 *out)
{
	static const u8 mapped[12] = { [10] = 0xff, [11] = 0xff };
	int gap, gap_len;
	int len = 0;
	int i = 0;

	if (v->family != AF_INET6)
		return -ERANGE;
	if (!memcmp(v->addr, mapped, sizeof(mapped))) {
		memcpy(out, "::ffff:", 7);
		return 7 + put_parts(v->addr + 12, 4, '.', out + 7);
	}
	gap = ip6_longest_gap(v->addr, &gap_len);
	while (i < IP6_GROUPS) {
		if (i == gap) {
			out[len++] = ':';
			out[len++] = ':';
			i += gap_len;
			continue;
		}
		if (i && i != gap + gap_len)
			out[len++] = ':';
		len += put_number(get_unaligned_be16(v->addr + 2 * i++), 16,
				  out + len);
	}
	return len;
}

static int write_ip(const struct notation *n, const struct algate_value *v,
		    u8 *out)
{
	return v->family == AF_INET ? write_ip4(n, v, out) :
				      write_ip6(n, v, out);
}

static int write_host(const struct notation *n, const struct algate_value *v,
		      u8 *out)
{
	int len;

	if (v->family == AF_INET)
		return write_ip4(n, v, out);
	out[0] = '[';
	len = write_ip6(n, v, out + 1);
	if (len < 0)
		return len;
	out[len + 1] = ']';
	return len + 2;
}

static int write_endpoint(const struct notation *n,
			  const struct algate_value *v, u8 *out)
{
	int len = write_host(n, v, out);

	if (len < 0 || !v->port)
		return len;
	out[len++] = ':';
	return len + put_number(v->port, 10, out + len);
}

/**
 * algate_notation_write() - write a value
 * @n: notation of the value
 * @v: value
 * @out: room for ALGATE_VALUE_MAX bytes
 *
 * Context: Any context.
 *
 * Return: number of bytes written; -ERANGE: the value does not fit; -EINVAL:
 * the notation cannot be written.
 */
int algate_notation_write(const struct notation *n,
			  const struct algate_value *v, u8 *out)
{
	switch (n->form) {
	case FORM_TEXT:
		return write_text(n, v, out);
	case FORM_RAW:
		return write_raw(n, v, out);
	case FORM_PORT_PARTS:
		return write_port_parts(n, v, out);
	case FORM_IP4:
		return write_ip4(n, v, out);
	case FORM_IP4_DEC:
		return write_ip4_dec(n, v, out);
	case FORM_ADDR_RAW:
		return write_addr_raw(n, v, out);
	case FORM_UTF16:
		return write_utf16(n, v, out);
	case FORM_IP6:
		return write_ip6(n, v, out);
	case FORM_IP:
		return write_ip(n, v, out);
	case FORM_HOST:
		return write_host(n, v, out);
	case FORM_ENDPOINT:
		return write_endpoint(n, v, out);
	default:
		return -EINVAL;
	}
}

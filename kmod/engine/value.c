// SPDX-License-Identifier: GPL-2.0
/*
 * Notations: how a value stands in a message, read and written.
 *
 * A text notation takes all digits that are there: one digit too many makes
 * the value invalid, it is not left for the next instruction. So the byte
 * after the value decides too, and at the end of what is there of a message
 * a value that is complete so far asks for more.
 */
#include "engine.h"

/* the bytes that are left to read */
struct reader {
	const u8 *p;
	u32 len;
	u32 pos;
	bool partial;
};

struct notation {
	const char *name;
	enum algate_kind kind;
	int (*read)(const struct notation *n, struct reader *r,
		    struct algate_value *v);
	int (*write)(const struct notation *n, const struct algate_value *v,
		     u8 *out);
	u32 max;	/* largest number */
	u8 digits;	/* at most, or bytes of a raw one */
	u8 base;
	u8 parts;	/* dotted or comma-separated */
	u8 sep;
	bool little;
};

static int digit_value(u8 c, u8 base)
{
	u8 lower = c | 0x20;

	if (c >= '0' && c <= '9')
		return c - '0';
	if (base == 16 && lower >= 'a' && lower <= 'f')
		return lower - 'a' + 10;
	return -1;
}

static bool at_end(const struct reader *r)
{
	return r->pos == r->len;
}

/* past the end of what is there: invalid, or too early to say */
static int run_out(const struct reader *r)
{
	return r->partial ? ALGATE_MORE : -EINVAL;
}

static int read_digits(struct reader *r, u8 base, u8 most, u32 max, u32 *num)
{
	u64 value = 0;
	u8 n = 0;

	while (!at_end(r)) {
		int d = digit_value(r->p[r->pos], base);

		if (d < 0)
			break;
		value = value * base + d;
		if (++n > most || value > max)
			return -EINVAL;
		r->pos++;
	}
	if (at_end(r) && (r->partial || !n))
		return run_out(r);
	*num = value;
	return n ? 0 : -EINVAL;
}

static int read_char(struct reader *r, u8 c)
{
	if (at_end(r))
		return run_out(r);
	return r->p[r->pos++] == c ? 0 : -EINVAL;
}

/* numbers of at most three digits and 255, with separators between them */
static int read_parts(struct reader *r, u8 parts, u8 sep, u8 *out)
{
	u32 num;
	int err;
	u8 i;

	for (i = 0; i < parts; i++) {
		if (i) {
			err = read_char(r, sep);
			if (err)
				return err;
		}
		err = read_digits(r, 10, 3, 255, &num);
		if (err)
			return err;
		out[i] = num;
	}
	return 0;
}

static int read_text(const struct notation *n, struct reader *r,
		     struct algate_value *v)
{
	return read_digits(r, n->base, n->digits, n->max, &v->num);
}

static int read_raw(const struct notation *n, struct reader *r,
		    struct algate_value *v)
{
	u8 i;

	if (r->len < n->digits)
		return run_out(r);
	for (i = 0; i < n->digits; i++)
		v->num = v->num << 8 |
			 r->p[n->little ? n->digits - 1 - i : i];
	r->pos = n->digits;
	return 0;
}

static int read_span(const struct notation *n, struct reader *r,
		     struct algate_value __always_unused *v)
{
	if (r->len < n->digits)
		return run_out(r);
	r->pos = n->digits;
	return 0;
}

static int read_port_parts(const struct notation *n, struct reader *r,
			   struct algate_value *v)
{
	u8 part[2] = { 0 };
	int err = read_parts(r, 2, n->sep, part);

	v->num = part[0] << 8 | part[1];
	return err;
}

static int read_ip4(const struct notation *n, struct reader *r,
		    struct algate_value *v)
{
	v->family = AF_INET;
	return read_parts(r, 4, n->sep, v->addr);
}

static int read_ip4_dec(const struct notation *n, struct reader *r,
			struct algate_value *v)
{
	u32 num;
	int err = read_digits(r, 10, n->digits, n->max, &num);

	v->family = AF_INET;
	if (!err)
		put_unaligned_be32(num, v->addr);
	return err;
}

static int read_addr_raw(const struct notation *n, struct reader *r,
			 struct algate_value *v)
{
	if (r->len < n->digits)
		return run_out(r);
	v->family = n->digits == 4 ? AF_INET : AF_INET6;
	memcpy(v->addr, r->p, n->digits);
	r->pos = n->digits;
	return 0;
}

#define IP6_GROUPS	8
#define IP6_NO_GAP	(-1)

/*
 * An IPv6 address while it is read: @gap is the group before which "::" is;
 * @dots: a port with dots may follow it; @port: it does.
 */
struct ip6_reader {
	u8 *addr;
	int n;
	int gap;
	bool dots;
	bool port;
};

/* How many groups may stand, given that "::" is for at least one. */
static int ip6_room(const struct ip6_reader *ip)
{
	return (ip->gap == IP6_NO_GAP ? IP6_GROUPS : IP6_GROUPS - 1) - ip->n;
}

/* "1.2.3.4" takes the place of the last two groups */
static int ip6_read_ip4(struct ip6_reader *ip, struct reader *r)
{
	int room = ip6_room(ip);
	int err;

	if (ip->gap == IP6_NO_GAP ? room != 2 : room < 2)
		return -EINVAL;
	err = read_parts(r, 4, '.', ip->addr + 2 * ip->n);
	if (err)
		return err;
	ip->n += 2;
	return 0;
}

/* Two numbers with dots behind the group that ends at @end: a port (RFC 5665) */
static int ip6_read_port(struct ip6_reader *ip, struct reader *r, u32 end)
{
	u8 port[2];
	int err;

	if (!ip->dots || (ip->gap == IP6_NO_GAP && ip6_room(ip) != 1))
		return -EINVAL;
	r->pos = end + 1;
	err = read_parts(r, 2, '.', port);
	if (!err && !at_end(r) && r->p[r->pos] == '.')
		err = -EINVAL;
	r->pos = end;
	ip->port = !err;
	return err;
}

/* Dots behind a group: a dotted quad begins with it, or the address ends. */
static int ip6_read_dots(struct ip6_reader *ip, struct reader *r, u32 start)
{
	u32 end = r->pos;
	int err;

	r->pos = start;
	err = ip6_read_ip4(ip, r);
	if (err == -EINVAL)
		err = ip6_read_port(ip, r, end);
	return err;
}

/*
 * Reads a group and the colons after it.
 * Return: 1 if another group has to follow, 0 if the address is complete,
 * or an error.
 */
static int ip6_read_group(struct ip6_reader *ip, struct reader *r)
{
	u32 start = r->pos;
	u32 num, end;
	int err;

	err = read_digits(r, 16, 4, 0xffff, &num);
	if (err)
		return err;
	end = r->pos;
	if (!at_end(r) && r->p[end] == '.') {
		err = ip6_read_dots(ip, r, start);
		if (err || r->pos != end)
			return err;
	}
	put_unaligned_be16(num, ip->addr + 2 * ip->n++);
	if (at_end(r) || r->p[r->pos] != ':')
		return 0;
	r->pos++;
	if (!ip6_room(ip))
		return -EINVAL;
	if (at_end(r))
		return run_out(r);
	if (r->p[r->pos] != ':')
		return 1;
	if (ip->gap != IP6_NO_GAP)
		return -EINVAL;
	r->pos++;
	ip->gap = ip->n;
	return ip6_room(ip) > 0;
}

/* After "::" the address may be over. */
static bool ip6_may_end(const struct ip6_reader *ip, const struct reader *r)
{
	return ip->gap == ip->n && !at_end(r) &&
	       digit_value(r->p[r->pos], 16) < 0;
}

/* Nothing that would make it longer may follow: "1::2:", "::1.2.3.4.5". */
static int ip6_check_end(const struct ip6_reader *ip, const struct reader *r)
{
	if (at_end(r)) {
		if (r->partial)
			return ALGATE_MORE;
	} else if (r->p[r->pos] == ':' ||
		   (r->p[r->pos] == '.' && !ip->port) ||
		   digit_value(r->p[r->pos], 16) >= 0) {
		return -EINVAL;
	}
	return ip->gap == IP6_NO_GAP && ip->n != IP6_GROUPS ? -EINVAL : 0;
}

static int read_ip6_text(struct reader *r, struct algate_value *v, bool dots)
{
	struct ip6_reader ip = { v->addr, 0, IP6_NO_GAP, dots, false };
	int more = 1;

	v->family = AF_INET6;
	if (!at_end(r) && r->p[r->pos] == ':') {
		r->pos++;
		more = read_char(r, ':');
		if (more)
			return more;
		ip.gap = 0;
		more = 1;
	}
	while (more > 0) {
		if (ip6_may_end(&ip, r) ||
		    (ip.gap == ip.n && at_end(r) && !r->partial))
			break;
		more = ip6_read_group(&ip, r);
	}
	if (more >= 0)
		more = ip6_check_end(&ip, r);
	if (more < 0)
		return more;
	if (ip.gap != IP6_NO_GAP) {
		int tail = 2 * (ip.n - ip.gap);

		memmove(v->addr + 16 - tail, v->addr + 2 * ip.gap, tail);
		memset(v->addr + 2 * ip.gap, 0, 16 - tail - 2 * ip.gap);
	}
	return 0;
}

static int read_ip6(const struct notation __always_unused *n,
		    struct reader *r, struct algate_value *v)
{
	return read_ip6_text(r, v, true);
}

/* Is it a dotted quad? Up to three digits, and then a dot. */
static int looks_like_ip4(const struct reader *r)
{
	u32 i = r->pos;

	while (i < r->len && i - r->pos < 4 && digit_value(r->p[i], 10) >= 0)
		i++;
	if (i == r->len)
		return run_out(r);
	return i > r->pos && r->p[i] == '.';
}

static int read_ip(const struct notation *n, struct reader *r,
		   struct algate_value *v)
{
	int v4 = looks_like_ip4(r);

	if (v4 == ALGATE_MORE)
		return v4;
	return v4 > 0 ? read_ip4(n, r, v) : read_ip6(n, r, v);
}

/* an IPv6 address ends at the bracket, whatever follows */
static int read_host(const struct notation *n, struct reader *r,
		     struct algate_value *v)
{
	int err;

	if (at_end(r))
		return run_out(r);
	if (r->p[r->pos] != '[')
		return read_ip4(n, r, v);
	r->pos++;
	err = read_ip6_text(r, v, false);
	return err ? err : read_char(r, ']');
}

static int read_endpoint(const struct notation *n, struct reader *r,
			 struct algate_value *v)
{
	int err = read_host(n, r, v);
	u32 port;

	if (err)
		return err;
	if (at_end(r))
		return r->partial ? ALGATE_MORE : 0;
	if (r->p[r->pos] != ':')
		return 0;
	r->pos++;
	err = read_digits(r, 10, 5, 0xffff, &port);
	if (err)
		return err;
	v->port = port;
	return port ? 0 : -EINVAL;
}

/* up to 255, without a division */
static int put_small(u8 num, u8 *out)
{
	u8 *p = out;

	if (num >= 100) {
		*p++ = num >= 200 ? '2' : '1';
		num -= num >= 200 ? 200 : 100;
		*p++ = '0' + (num * 205 >> 11);
		num -= (num * 205 >> 11) * 10;
	} else if (num >= 10) {
		*p++ = '0' + (num * 205 >> 11);
		num -= (num * 205 >> 11) * 10;
	}
	*p++ = '0' + num;
	return p - out;
}

static int put_number(u32 num, u8 base, u8 *out)
{
	u8 text[10];
	int n = 0;
	int i;

	/* by constants: a compiler makes no division of these */
	do {
		u32 rest = base == 16 ? num / 16 : num / 10;

		text[n++] = "0123456789abcdef"[num - rest * base];
		num = rest;
	} while (num);
	for (i = 0; i < n; i++)
		out[i] = text[n - 1 - i];
	return n;
}

static int put_parts(const u8 *part, u8 parts, u8 sep, u8 *out)
{
	int len = 0;
	u8 i;

	for (i = 0; i < parts; i++) {
		if (i)
			out[len++] = sep;
		len += put_small(part[i], out + len);
	}
	return len;
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

static int write_addr_raw(const struct notation *n,
			  const struct algate_value *v, u8 *out)
{
	if (algate_family_len(v->family) != n->digits)
		return -ERANGE;
	memcpy(out, v->addr, n->digits);
	return n->digits;
}

/* Start of the longest run of two zero groups or more, the first of these. */
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

#define TEXT(text, radix, width, most) \
	{ .name = text, .kind = ALGATE_KIND_NUM, .read = read_text, \
	  .write = write_text, .base = radix, .digits = width, .max = most }
#define RAW(text, width, most, le) \
	{ .name = text, .kind = ALGATE_KIND_NUM, .read = read_raw, \
	  .write = write_raw, .digits = width, .max = most, .little = le }
#define PORT_PARTS(text, c) \
	{ .name = text, .kind = ALGATE_KIND_NUM, .read = read_port_parts, \
	  .write = write_port_parts, .max = 0xffff, .sep = c }
#define IP4_PARTS(text, c) \
	{ .name = text, .kind = ALGATE_KIND_ADDR, .read = read_ip4, \
	  .write = write_ip4, .sep = c }
#define ADDR_RAW(text, width) \
	{ .name = text, .kind = ALGATE_KIND_ADDR, .read = read_addr_raw, \
	  .write = write_addr_raw, .digits = width }

static const struct notation notations[__ALGATE_T_MAX] = {
	[ALGATE_T_NUM] = { .name = "number", .kind = ALGATE_KIND_NUM },
	[ALGATE_T_SPAN] = { .name = "span", .kind = ALGATE_KIND_SPAN,
			    .read = read_span, .digits = 1 },
	[ALGATE_T_DEC] = TEXT("dec", 10, 10, 0xffffffff),
	[ALGATE_T_PORT] = TEXT("port", 10, 5, 0xffff),
	[ALGATE_T_HEX] = TEXT("hex", 16, 8, 0xffffffff),
	[ALGATE_T_U8] = RAW("u8", 1, 0xff, false),
	[ALGATE_T_U16BE] = RAW("u16be", 2, 0xffff, false),
	[ALGATE_T_U16LE] = RAW("u16le", 2, 0xffff, true),
	[ALGATE_T_U32BE] = RAW("u32be", 4, 0xffffffff, false),
	[ALGATE_T_U32LE] = RAW("u32le", 4, 0xffffffff, true),
	[ALGATE_T_PORT_COMMAS] = PORT_PARTS("port with commas", ','),
	[ALGATE_T_PORT_DOTS] = PORT_PARTS("port with dots", '.'),
	[ALGATE_T_IP4] = IP4_PARTS("ip4", '.'),
	[ALGATE_T_IP4_COMMAS] = IP4_PARTS("ip4 with commas", ','),
	[ALGATE_T_IP4_DEC] = { .name = "ip4 with decimal",
			       .kind = ALGATE_KIND_ADDR, .read = read_ip4_dec,
			       .write = write_ip4_dec, .digits = 10,
			       .max = 0xffffffff },
	[ALGATE_T_IP4_RAW] = ADDR_RAW("ip4 raw", 4),
	[ALGATE_T_IP6] = { .name = "ip6", .kind = ALGATE_KIND_ADDR,
			   .read = read_ip6, .write = write_ip6 },
	[ALGATE_T_IP6_RAW] = ADDR_RAW("ip6 raw", 16),
	[ALGATE_T_IP] = { .name = "ip", .kind = ALGATE_KIND_ADDR,
			  .read = read_ip, .write = write_ip, .sep = '.' },
	[ALGATE_T_HOST] = { .name = "host", .kind = ALGATE_KIND_ADDR,
			    .read = read_host, .write = write_host,
			    .sep = '.' },
	[ALGATE_T_ENDPOINT] = { .name = "endpoint",
				.kind = ALGATE_KIND_ENDPOINT,
				.read = read_endpoint,
				.write = write_endpoint, .sep = '.' },
};

/**
 * algate_type_kind() - what kind of value a notation stands for
 * @type: enum algate_type, or anything
 *
 * Return: the kind; ALGATE_KIND_NONE for an unknown type.
 */
enum algate_kind algate_type_kind(u8 type)
{
	return type < __ALGATE_T_MAX ? notations[type].kind : ALGATE_KIND_NONE;
}

/**
 * algate_type_name() - name of a notation, as in a rule
 * @type: enum algate_type, or anything
 *
 * Return: the name, "unknown" for an unknown type.
 */
const char *algate_type_name(u8 type)
{
	if (algate_type_kind(type) == ALGATE_KIND_NONE)
		return "unknown";
	return notations[type].name;
}

/**
 * algate_value_read() - read a value in its notation
 * @type: enum algate_type
 * @p: bytes
 * @len: how many are there
 * @partial: more may follow @len
 * @v: filled in but for its place; unspecified on failure
 *
 * Return: bytes read; -EINVAL if @p does not begin with such a value or the
 * notation cannot be read; ALGATE_MORE if that depends on bytes that are yet
 * to come.
 */
int algate_value_read(u8 type, const u8 *p, u32 len, bool partial,
		      struct algate_value *v)
{
	struct reader r = { .p = p, .len = len, .partial = partial };
	const struct notation *n;
	int err;

	memset(v, 0, sizeof(*v));
	if (type >= __ALGATE_T_MAX || !notations[type].read)
		return -EINVAL;
	n = &notations[type];
	err = n->read(n, &r, v);
	return err ? err : (int)r.pos;
}

/**
 * algate_value_write() - write a value in a notation of its kind
 * @type: enum algate_type, or ALGATE_T_ZEROS
 * @v: value
 * @out: room for ALGATE_VALUE_MAX bytes; no NUL is written
 *
 * Return: bytes written; -ERANGE if the value is too large for the notation,
 * or of another address family; -EINVAL if nothing can be written in it.
 */
int algate_value_write(u8 type, const struct algate_value *v, u8 *out)
{
	if (type == ALGATE_T_ZEROS) {
		memset(out, 0, min_t(u32, v->num, ALGATE_VALUE_MAX));
		return v->num > ALGATE_VALUE_MAX ? -ERANGE : (int)v->num;
	}
	if (type >= __ALGATE_T_MAX || !notations[type].write)
		return -EINVAL;
	return notations[type].write(&notations[type], v, out);
}

/**
 * algate_value_same() - whether two values of a notation are the same
 * @type: enum algate_type, or ALGATE_T_ZEROS; not a span
 * @a: one of them; its place does not matter
 * @b: the other one
 */
bool algate_value_same(u8 type, const struct algate_value *a,
		       const struct algate_value *b)
{
	switch (algate_type_kind(type)) {
	case ALGATE_KIND_ADDR:
	case ALGATE_KIND_ENDPOINT:
		return a->family == b->family && a->port == b->port &&
		       !memcmp(a->addr, b->addr, algate_family_len(a->family));
	default:
		return a->num == b->num;
	}
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Reads values in their notations.
 *
 * A text notation takes all digits at the cursor. A digit too many makes the
 * value invalid, instead of staying for the next instruction. So the byte
 * behind a value matters: at the end of an incomplete message, a value that
 * looks complete needs more bytes.
 */
#include "value.h"

/* bytes to read: @pos of @len are read, @partial: more may follow */
struct reader {
	const u8 *p;
	u32 len;
	u32 pos;
	bool partial;
};

static __always_inline int digit_value(u8 c, u8 base)
{
	u8 lower = c | 0x20;

	if (c >= '0' && c <= '9')
		return c - '0';
	if (base == 16 && lower >= 'a' && lower <= 'f')
		return lower - 'a' + 10;
	return -1;
}

static __always_inline bool at_end(const struct reader *r)
{
	return r->pos == r->len;
}

/* Past the end of the bytes: invalid, or undecided if bytes may follow. */
static __always_inline int run_out(const struct reader *r)
{
	return r->partial ? ALGATE_MORE : -EINVAL;
}

/* Each caller passes a constant @base. */
static __always_inline int digits(struct reader *r, u8 base, u8 most, u32 max,
				  u32 *num)
{
	const u8 *p = r->p + r->pos;
	u32 left = r->len - r->pos;
	u64 value = 0;
	u32 n = 0;

	while (n < left) {
		int d = digit_value(p[n], base);

		if (d < 0)
			break;
		value = value * base + d;
		if (++n > most || value > max)
			return -EINVAL;
	}
	r->pos += n;
	if (n == left && (r->partial || !n))
		return run_out(r);
	*num = value;
	return n ? 0 : -EINVAL;
}

static __always_inline int read_decimal(struct reader *r, u8 most, u32 max,
					u32 *num)
{
	return digits(r, 10, most, max, num);
}

static __always_inline int read_hex(struct reader *r, u8 most, u32 max,
				    u32 *num)
{
	return digits(r, 16, most, max, num);
}

static __always_inline int read_char(struct reader *r, u8 c)
{
	if (at_end(r))
		return run_out(r);
	return r->p[r->pos++] == c ? 0 : -EINVAL;
}

/*
 * Read up to three digits of the @left bytes at @p. Returns the number of
 * digits; 4 if a fourth digit follows.
 */
static __always_inline u32 read_three(const u8 *p, u32 left, u32 *num)
{
	u32 d;

	*num = 0;
	d = left > 0 ? p[0] - (u32)'0' : 10;
	if (d > 9)
		return 0;
	*num = d;
	d = left > 1 ? p[1] - (u32)'0' : 10;
	if (d > 9)
		return 1;
	*num = *num * 10 + d;
	d = left > 2 ? p[2] - (u32)'0' : 10;
	if (d > 9)
		return 2;
	*num = *num * 10 + d;
	d = left > 3 ? p[3] - (u32)'0' : 10;
	return d > 9 ? 3 : 4;
}

/*
 * Read @parts numbers of at most three digits, 0 to 255, between commas. A blank
 * may follow a comma, since many readers accept it.
 */
static noinline s64 parts_blanks(struct reader *r, u8 parts)
{
	struct reader at = *r;
	u32 num, all = 0;
	int err;

	for (;;) {
		err = read_decimal(&at, 3, 255, &num);
		if (err)
			return err;
		all = all << 8 | num;
		if (!--parts)
			break;
		err = read_char(&at, ',');
		if (err)
			return err;
		if (!at_end(&at) && at.p[at.pos] == ' ')
			at.pos++;
	}
	r->pos = at.pos;
	return all;
}

/*
 * Read @parts numbers of at most three digits, 0 to 255, between separators.
 * @there: at least the longest such text is readable.
 */
static __always_inline s64 parts_read(struct reader *r, u8 parts, u8 sep,
				      bool there)
{
	const u8 *p = r->p + r->pos;
	const u8 *end = r->p + r->len;
	u32 num, n, all = 0;
	u8 left = parts;

	for (;; p++) {
		n = read_three(p, there ? 4 : end - p, &num);
		if (n > 3 || num > 255)
			return -EINVAL;
		p += n;
		if (!there && p == end && (r->partial || !n || left > 1))
			return run_out(r);
		if (!n && sep == ',' && *p == ' ')
			return parts_blanks(r, parts);
		if (!n)
			return -EINVAL;
		all = all << 8 | num;
		if (!--left)
			break;
		if (*p != sep)
			return -EINVAL;
	}
	r->pos = p - r->p;
	return all;
}

/* Return: the numbers, a byte each, first number highest; or an error. */
static __always_inline s64 read_parts(struct reader *r, u8 parts, u8 sep)
{
	if (r->len - r->pos >= 4 * parts)
		return parts_read(r, parts, sep, true);
	return parts_read(r, parts, sep, false);
}

static __always_inline s64 read_quad(struct reader *r, u8 sep)
{
	return read_parts(r, 4, sep);
}

static __always_inline s64 read_pair(struct reader *r, u8 sep)
{
	return read_parts(r, 2, sep);
}

static __always_inline void value_num(struct algate_value *v, u32 num)
{
	*v = (struct algate_value){ .num = num };
}

static __always_inline void value_ip4(struct algate_value *v, u32 addr)
{
	*v = (struct algate_value){ .family = AF_INET };
	put_unaligned_be32(addr, v->addr);
}

static __always_inline int read_text(const struct notation *n,
				     struct reader *r, struct algate_value *v)
{
	u32 num;
	int err = n->base == 16 ?
		  read_hex(r, n->digits, n->max, &num) :
		  read_decimal(r, n->digits, n->max, &num);

	if (!err)
		value_num(v, num);
	return err;
}

static __always_inline int read_raw(const struct notation *n,
				    struct reader *r, struct algate_value *v)
{
	u32 num = 0;
	u8 i;

	if (r->len < n->digits)
		return run_out(r);
	for (i = 0; i < n->digits; i++)
		num = num << 8 | r->p[n->little ? n->digits - 1 - i : i];
	value_num(v, num);
	r->pos = n->digits;
	return 0;
}

static __always_inline int read_span(const struct notation *n,
				     struct reader *r, struct algate_value *v)
{
	if (r->len < n->digits)
		return run_out(r);
	value_num(v, 0);
	r->pos = n->digits;
	return 0;
}

static __always_inline int read_port_parts(const struct notation *n,
					   struct reader *r, struct algate_value *v)
{
	s64 num = read_pair(r, n->sep);

	if (num < 0)
		return num;
	value_num(v, num);
	return 0;
}

static __always_inline int read_ip4(const struct notation *n,
				    struct reader *r, struct algate_value *v)
{
	s64 addr = read_quad(r, n->sep);

	if (addr < 0)
		return addr;
	value_ip4(v, addr);
	return 0;
}

static __always_inline int read_ip4_dec(const struct notation *n,
					struct reader *r, struct algate_value *v)
{
	u32 num;
	int err = read_decimal(r, n->digits, n->max, &num);

	if (!err)
		value_ip4(v, num);
	return err;
}

static __always_inline int read_addr_raw(const struct notation *n,
					 struct reader *r, struct algate_value *v)
{
	if (r->len < n->digits)
		return run_out(r);
	*v = (struct algate_value){
		.family = n->digits == 4 ? AF_INET : AF_INET6,
	};
	memcpy(v->addr, r->p, n->digits);
	r->pos = n->digits;
	return 0;
}

/*
 * Parser of an IPv6 address. @gap: index of the group behind "::"; @dots: a
 * port with dots may follow the address; @port: the port was found.
 */
struct ip6_reader {
	u8 *addr;
	int n;
	int gap;
	bool dots;
	bool port;
};

/* Highest number of groups, given that "::" stands for at least one group. */
static int ip6_room(const struct ip6_reader *ip)
{
	return (ip->gap == IP6_NO_GAP ? IP6_GROUPS : IP6_GROUPS - 1) - ip->n;
}

/* "1.2.3.4" replaces the last two groups (RFC 4291, 2.2) */
static int ip6_read_ip4(struct ip6_reader *ip, struct reader *r)
{
	int room = ip6_room(ip);
	s64 addr;

	if (ip->gap == IP6_NO_GAP ? room != 2 : room < 2)
		return -EINVAL;
	addr = read_quad(r, '.');
	if (addr < 0)
		return addr;
	put_unaligned_be32(addr, ip->addr + 2 * ip->n);
	ip->n += 2;
	return 0;
}

/* A port behind the group up to @end: two numbers with dots (RFC 5665) */
static int ip6_read_port(struct ip6_reader *ip, struct reader *r, u32 end)
{
	s64 port;

	if (!ip->dots || (ip->gap == IP6_NO_GAP && ip6_room(ip) != 1))
		return -EINVAL;
	r->pos = end + 1;
	port = read_pair(r, '.');
	if (port >= 0 && !at_end(r) && r->p[r->pos] == '.')
		port = -EINVAL;
	r->pos = end;
	ip->port = port >= 0;
	return min_t(s64, port, 0);
}

/* Dots behind a group: it begins a dotted quad, or the address ends before. */
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
 * Read a group and the colons behind it.
 *
 * Return: 1: another group has to follow; 0: the address is complete; or an
 * error.
 */
static int ip6_read_group(struct ip6_reader *ip, struct reader *r)
{
	u32 start = r->pos;
	u32 num, end;
	int err;

	err = read_hex(r, 4, 0xffff, &num);
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

/* May the address end here, behind "::"? */
static bool ip6_may_end(const struct ip6_reader *ip, const struct reader *r)
{
	return ip->gap == ip->n && !at_end(r) &&
	       digit_value(r->p[r->pos], 16) < 0;
}

/* The next byte must not continue the address: "1::2:", "::1.2.3.4.5". */
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
	struct algate_value read = { .family = AF_INET6 };
	struct ip6_reader ip = { read.addr, 0, IP6_NO_GAP, dots, false };
	int more = 1;

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

		memmove(read.addr + 16 - tail, read.addr + 2 * ip.gap, tail);
		memset(read.addr + 2 * ip.gap, 0, 16 - tail - 2 * ip.gap);
	}
	*v = read;
	return 0;
}

static int read_ip6(const struct notation __always_unused *n, struct reader *r,
		    struct algate_value *v)
{
	return read_ip6_text(r, v, true);
}

/* Does a dotted quad begin here: up to three digits, then a dot? */
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

/* The closing bracket ends an IPv6 address (RFC 3986, 3.2.2). */
static int read_host(const struct notation *n, struct reader *r,
		     struct algate_value *v)
{
	struct algate_value read;
	int err;

	if (at_end(r))
		return run_out(r);
	if (r->p[r->pos] != '[')
		return read_ip4(n, r, v);
	r->pos++;
	err = read_ip6_text(r, &read, false);
	if (!err)
		err = read_char(r, ']');
	if (!err)
		*v = read;
	return err;
}

static int read_endpoint(const struct notation *n, struct reader *r,
			 struct algate_value *v)
{
	struct algate_value read;
	int err = read_host(n, r, &read);
	u32 port = 0;

	if (err)
		return err;
	if (at_end(r) && r->partial)
		return ALGATE_MORE;
	if (!at_end(r) && r->p[r->pos] == ':') {
		r->pos++;
		err = read_decimal(r, 5, 0xffff, &port);
		if (err)
			return err;
		if (!port)
			return -EINVAL;
	}
	read.port = port;
	*v = read;
	return 0;
}

/**
 * algate_per_length() - read a length of aligned PER (X.691, 11.9)
 * @p: bytes
 * @len: number of bytes at @p
 * @num: set to the length, 0 to 16383
 *
 * A fragment of 16384 bytes or more has a different form, which no message of
 * algate's size needs.
 *
 * Context: Any context.
 *
 * Return: number of bytes read; -EINVAL: a fragment; ALGATE_MORE: @p ends before.
 */
int algate_per_length(const u8 *p, u32 len, u32 *num)
{
	if (!len)
		return ALGATE_MORE;
	if (p[0] < 0x80) {
		*num = p[0];
		return 1;
	}
	if (p[0] & 0x40)
		return -EINVAL;
	if (len < 2)
		return ALGATE_MORE;
	*num = (p[0] & 0x3f) << 8 | p[1];
	return 2;
}

static noinline int read_per(struct reader *r, struct algate_value *v)
{
	u32 num;
	int n = algate_per_length(r->p, r->len, &num);

	if (n < 0)
		return n == ALGATE_MORE ? run_out(r) : n;
	value_num(v, num);
	r->pos = n;
	return 0;
}

/* A definite length up to 65535, in any of its forms (X.690, 8.1.3) */
static noinline int read_ber(struct reader *r, struct algate_value *v)
{
	u32 num, n;

	if (at_end(r))
		return run_out(r);
	num = r->p[0];
	n = num > 0x80 ? num & 0x7f : 0;
	if (num == 0x80 || n > 2)
		return -EINVAL;
	if (r->len < 1 + n)
		return run_out(r);
	if (n)
		num = n == 2 ? get_unaligned_be16(r->p + 1) : r->p[1];
	value_num(v, num);
	r->pos = 1 + n;
	return 0;
}

/* Characters of the longest value in UTF-16, and the one behind it */
#define UTF16_MAX	16

/* May the value have the character @c behind @before others? */
static bool is_value_char(const struct notation *n, u8 c, u32 before)
{
	return (c >= '0' && c <= '9') || (before && n->sep && c == n->sep);
}

/*
 * Reads the characters as ASCII; others become NUL, which no value contains. If
 * only the first byte of the last character is there, the character may be one
 * of a value if this byte is.
 */
static noinline int read_utf16(const struct notation *n, struct reader *r,
			       struct algate_value *v)
{
	struct reader ascii = { };
	u8 text[UTF16_MAX];
	int err;
	u32 i;

	for (i = 0; i < UTF16_MAX && 2 * i < r->len; i++) {
		bool half = 2 * i + 1 == r->len;

		if (half && is_value_char(n, r->p[2 * i], i))
			break;
		text[i] = half || r->p[2 * i + 1] ? 0 : r->p[2 * i];
	}
	ascii.p = text;
	ascii.len = i;
	ascii.partial = r->partial && i < UTF16_MAX;
	if (n->kind == ALGATE_KIND_ADDR)
		err = read_ip4(n, &ascii, v);
	else
		err = read_text(n, &ascii, v);
	r->pos = 2 * ascii.pos;
	return err;
}

/* Notations that may hold an IPv6 address */
static noinline int read_address(const struct notation *n, const u8 *p, u32 len,
				 bool partial, struct algate_value *v)
{
	struct reader r = { .p = p, .len = len, .partial = partial };
	int err;

	if (n->form == FORM_ENDPOINT)
		err = read_endpoint(n, &r, v);
	else if (n->form == FORM_HOST)
		err = read_host(n, &r, v);
	else if (n->form == FORM_IP)
		err = read_ip(n, &r, v);
	else
		err = read_ip6(n, &r, v);
	return err ? err : (int)r.pos;
}

/**
 * algate_notation_read() - read a value
 * @n: notation of the value
 * @p: bytes
 * @len: number of bytes at @p
 * @partial: more bytes may follow
 * @v: filled in except @off and @len; unchanged on failure
 *
 * Calls the readers directly: with retpolines, an indirect call takes longer
 * than reading the value.
 *
 * Context: Any context.
 *
 * Return: number of bytes read, -EINVAL, or ALGATE_MORE.
 */
int algate_notation_read(const struct notation *n, const u8 *p, u32 len,
			 bool partial, struct algate_value *v)
{
	struct reader r = { .p = p, .len = len, .partial = partial };
	int err;

	switch (n->form) {
	case FORM_NONE:
		return -EINVAL;
	case FORM_TEXT:
		err = read_text(n, &r, v);
		break;
	case FORM_RAW:
		err = read_raw(n, &r, v);
		break;
	case FORM_SPAN:
		err = read_span(n, &r, v);
		break;
	case FORM_PORT_PARTS:
		err = read_port_parts(n, &r, v);
		break;
	case FORM_IP4:
		err = read_ip4(n, &r, v);
		break;
	case FORM_IP4_DEC:
		err = read_ip4_dec(n, &r, v);
		break;
	case FORM_ADDR_RAW:
		err = read_addr_raw(n, &r, v);
		break;
	case FORM_PER:
		err = read_per(&r, v);
		break;
	case FORM_BER:
		err = read_ber(&r, v);
		break;
	case FORM_UTF16:
		err = read_utf16(n, &r, v);
		break;
	default:
		return read_address(n, p, len, partial, v);
	}
	return err ? err : (int)r.pos;
}

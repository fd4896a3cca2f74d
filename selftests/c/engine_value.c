// SPDX-License-Identifier: GPL-2.0
/*
 * Notations: a table of texts and values, IPv4 and IPv6 against the C library,
 * and partial reads: the first bytes of a valid value never fail while more may
 * come, and more bytes never change a result.
 */
#include <arpa/inet.h>

#include "engine_test.h"

#define BAD	(-EINVAL)
#define MORE	ALGATE_MORE

/* @whole: result if the message is complete; @part: if more bytes may follow */
static const struct {
	u8 type;
	const char *text;
	int whole;
	int part;
	u32 num;
} reads[] = {
	{ ALGATE_T_NUM, "1", BAD, BAD, 0 },
	{ ALGATE_T_UNSPEC, "1", BAD, BAD, 0 },
	{ __ALGATE_T_MAX, "1", BAD, BAD, 0 },
	{ ALGATE_T_SPAN, "xy", 1, 1, 0 },
	{ ALGATE_T_SPAN, "", BAD, MORE, 0 },
	{ ALGATE_T_DEC, "", BAD, MORE, 0 },
	{ ALGATE_T_DEC, "19", 2, MORE, 19 },
	{ ALGATE_T_DEC, "19 ", 2, 2, 19 },
	{ ALGATE_T_DEC, "x", BAD, BAD, 0 },
	{ ALGATE_T_DEC, "-1", BAD, BAD, 0 },
	{ ALGATE_T_DEC, "+1", BAD, BAD, 0 },
	{ ALGATE_T_DEC, " 1", BAD, BAD, 0 },
	{ ALGATE_T_DEC, "4294967295.", 10, 10, 4294967295u },
	{ ALGATE_T_DEC, "4294967296", BAD, BAD, 0 },
	{ ALGATE_T_DEC, "0000000007", 10, MORE, 7 },
	{ ALGATE_T_DEC, "00000000007", BAD, BAD, 0 },
	{ ALGATE_T_PORT, "65535,", 5, 5, 65535 },
	{ ALGATE_T_PORT, "65536", BAD, BAD, 0 },
	{ ALGATE_T_PORT, "6553", 4, MORE, 6553 },
	{ ALGATE_T_PORT, "000021", BAD, BAD, 0 },
	{ ALGATE_T_HEX, "fFfFfFfF ", 8, 8, 0xffffffff },
	{ ALGATE_T_HEX, "123456789", BAD, BAD, 0 },
	{ ALGATE_T_HEX, "g", BAD, BAD, 0 },
	{ ALGATE_T_HEX, "1g", 1, 1, 1 },
	{ ALGATE_T_U8, "A", 1, 1, 'A' },
	{ ALGATE_T_U16BE, "AB", 2, 2, 0x4142 },
	{ ALGATE_T_U16BE, "A", BAD, MORE, 0 },
	{ ALGATE_T_U16LE, "AB", 2, 2, 0x4241 },
	{ ALGATE_T_U32BE, "\377BCDE", 4, 4, 0xff424344 },
	{ ALGATE_T_U24BE, "ABCD", 3, 3, 0x414243 },
	{ ALGATE_T_U24BE, "AB", BAD, MORE, 0 },
	{ ALGATE_T_U32LE, "ABCD", 4, 4, 0x44434241 },
	{ ALGATE_T_U32LE, "ABC", BAD, MORE, 0 },
	{ ALGATE_T_PORT_COMMAS, "4,1\r", 3, 3, 1025 },
	{ ALGATE_T_PORT_COMMAS, "4,1", 3, MORE, 1025 },
	{ ALGATE_T_PORT_COMMAS, "4,", BAD, MORE, 0 },
	{ ALGATE_T_PORT_COMMAS, "256,", BAD, BAD, 0 },
	{ ALGATE_T_PORT_COMMAS, "4.1", BAD, BAD, 0 },
	{ ALGATE_T_PORT_COMMAS, "0004,1", BAD, BAD, 0 },
	{ ALGATE_T_PORT_COMMAS, "4, 1\r", 4, 4, 1025 },
	{ ALGATE_T_PORT_COMMAS, "4, 1", 4, MORE, 1025 },
	{ ALGATE_T_PORT_COMMAS, "4, ", BAD, MORE, 0 },
	{ ALGATE_T_PORT_COMMAS, "4,  1 ", BAD, BAD, 0 },
	{ ALGATE_T_PORT_COMMAS, "4 ,1 ", BAD, BAD, 0 },
	{ ALGATE_T_PORT_COMMAS, " 4,1 ", BAD, BAD, 0 },
	{ ALGATE_T_PORT_DOTS, "255.255 ", 7, 7, 65535 },
	{ ALGATE_T_PORT_DOTS, "1.2.3", 3, 3, 258 },
	{ ALGATE_T_PER, "", BAD, MORE, 0 },
	{ ALGATE_T_PER, "A", 1, 1, 'A' },
	{ ALGATE_T_PER, "\177", 1, 1, 127 },
	{ ALGATE_T_PER, "\200", BAD, MORE, 0 },
	{ ALGATE_T_PER, "\200\5", 2, 2, 5 },
	{ ALGATE_T_PER, "\277\377", 2, 2, 16383 },
	{ ALGATE_T_PER, "\300\1", BAD, BAD, 0 },
	{ ALGATE_T_PER, "\301", BAD, BAD, 0 },
	{ ALGATE_T_BER, "", BAD, MORE, 0 },
	{ ALGATE_T_BER, "\177", 1, 1, 127 },
	{ ALGATE_T_BER, "\200", BAD, BAD, 0 },
	{ ALGATE_T_BER, "\201", BAD, MORE, 0 },
	{ ALGATE_T_BER, "\201\5", 2, 2, 5 },
	{ ALGATE_T_BER, "\202\1", BAD, MORE, 0 },
	{ ALGATE_T_BER, "\202\1\2", 3, 3, 258 },
	{ ALGATE_T_BER, "\203\1\1\1", BAD, BAD, 0 },
	{ ALGATE_T_IP4, "10.0.0.1 ", 8, 8, 0x0a000001 },
	{ ALGATE_T_IP4, "10.0.0.1", 8, MORE, 0x0a000001 },
	{ ALGATE_T_IP4, "10.0.0.1.4.1", 8, 8, 0x0a000001 },
	{ ALGATE_T_IP4, "010.0.0.1 ", 9, 9, 0x0a000001 },
	{ ALGATE_T_IP4, "0010.0.0.1", BAD, BAD, 0 },
	{ ALGATE_T_IP4, "10.0.0.256", BAD, BAD, 0 },
	{ ALGATE_T_IP4, "10.0.0.2555", BAD, BAD, 0 },
	{ ALGATE_T_IP4, "10..0.1", BAD, BAD, 0 },
	{ ALGATE_T_IP4, "10.0.0", BAD, MORE, 0 },
	{ ALGATE_T_IP4_COMMAS, "10,0,0,1,4,1", 8, 8, 0x0a000001 },
	{ ALGATE_T_IP4_COMMAS, "10, 0, 0, 1, 4, 1", 11, 11, 0x0a000001 },
	{ ALGATE_T_IP4_COMMAS, "10,0, 0,1", 9, MORE, 0x0a000001 },
	{ ALGATE_T_IP4_COMMAS, "10, 0, 0, 256,", BAD, BAD, 0 },
	{ ALGATE_T_IP4_COMMAS, "10, 0, 0", BAD, MORE, 0 },
	{ ALGATE_T_IP4_COMMAS, "192, 168, 100, 200, ", 18, 18, 0xc0a864c8 },
	{ ALGATE_T_IP4, "10. 0. 0. 1 ", BAD, BAD, 0 },
	{ ALGATE_T_IP4_DEC, "3232235777 ", 10, 10, 0xc0a80101 },
	{ ALGATE_T_IP4_DEC, "9999999999", BAD, BAD, 0 },
	/* only the first byte of a character that the value may have, or not */
	{ ALGATE_T_PORT_UTF16, "8", BAD, MORE, 0 },
	{ ALGATE_T_IP4_UTF16, "8", BAD, MORE, 0 },
	{ ALGATE_T_IP4_UTF16, ".", BAD, BAD, 0 },
	{ ALGATE_T_PORT_UTF16, "x", BAD, BAD, 0 },
	{ ALGATE_T_IP4_RAW, "ABCD", 4, 4, 0x41424344 },
	{ ALGATE_T_IP4_RAW, "ABC", BAD, MORE, 0 },
	{ ALGATE_T_IP6, "", BAD, MORE, 0 },
	{ ALGATE_T_IP6, ":", BAD, MORE, 0 },
	{ ALGATE_T_IP6, ":1", BAD, BAD, 0 },
	{ ALGATE_T_IP6, "::", 2, MORE, 0 },
	{ ALGATE_T_IP6, ":: ", 2, 2, 0 },
	{ ALGATE_T_IP6, ":::", BAD, BAD, 0 },
	{ ALGATE_T_IP6, "::1]", 3, 3, 0 },
	{ ALGATE_T_IP6, "::1:", BAD, MORE, 0 },
	{ ALGATE_T_IP6, "1::2::3", BAD, BAD, 0 },
	{ ALGATE_T_IP6, "2001:db8::1|", 11, 11, 0x20010db8 },
	{ ALGATE_T_IP6, "20010:db8::1", BAD, BAD, 0 },
	{ ALGATE_T_IP6, "1:2:3:4:5:6:7", BAD, MORE, 0 },
	{ ALGATE_T_IP6, "1:2:3:4:5:6:7|", BAD, BAD, 0 },
	{ ALGATE_T_IP6, "1:2:3:4:5:6:7::|", 15, 15, 0x00010002 },
	{ ALGATE_T_IP6, "1:2:3:4:5:6:7:8|", 15, 15, 0x00010002 },
	{ ALGATE_T_IP6, "1:2:3:4:5:6:7:8:", BAD, BAD, 0 },
	{ ALGATE_T_IP6, "1:2:3:4:5:6:7::8", BAD, BAD, 0 },
	{ ALGATE_T_IP6, "::ffff:1.2.3.4 ", 14, 14, 0 },
	{ ALGATE_T_IP6, "::ffff:1.2.3.4", 14, MORE, 0 },
	{ ALGATE_T_IP6, "::ffff:1.2.3", 8, MORE, 0 },
	{ ALGATE_T_IP6, "::ffff:1.2", BAD, MORE, 0 },
	{ ALGATE_T_IP6, "2001:db8::a.2.3 ", 11, 11, 0x20010db8 },
	{ ALGATE_T_IP6, "::1.156.65", 3, MORE, 0 },
	{ ALGATE_T_IP6, "1:2:3:4:5:6:7:8.156.65\n", 15, 15, 0x00010002 },
	{ ALGATE_T_IP6, "::ffff:1.2.3.4.5", BAD, BAD, 0 },
	{ ALGATE_T_IP6, "::ffff:1.2.3.4:5", BAD, BAD, 0 },
	{ ALGATE_T_IP6, "1:2:3:4:5:6:1.2.3.4 ", 19, 19, 0x00010002 },
	{ ALGATE_T_IP6, "1:2:3:4:5:1.", BAD, BAD, 0 },
	{ ALGATE_T_IP6, "1:2:3:4:5:6:7:1.2.3.4", BAD, BAD, 0 },
	{ ALGATE_T_IP6, "1:2:3:4:5::1.2.3.4 ", 18, 18, 0x00010002 },
	{ ALGATE_T_IP6, "1:2:3:4:5:6::1.", BAD, MORE, 0 },
	{ ALGATE_T_IP6, "1.2.3.4", BAD, BAD, 0 },
	{ ALGATE_T_IP6, "::f.1.1.1", BAD, BAD, 0 },
	{ ALGATE_T_IP6, "g::", BAD, BAD, 0 },
	{ ALGATE_T_IP, "", BAD, MORE, 0 },
	{ ALGATE_T_IP, "10", BAD, MORE, 0 },
	{ ALGATE_T_IP, "10.0.0.1 ", 8, 8, 0x0a000001 },
	{ ALGATE_T_IP, "10.0.0.1", 8, MORE, 0x0a000001 },
	{ ALGATE_T_IP, "10:0:0:1::", 10, MORE, 0x00100000 },
	{ ALGATE_T_IP, "2001:db8::1/", 11, 11, 0x20010db8 },
	{ ALGATE_T_IP, "1000.0.0.1", BAD, BAD, 0 },
	{ ALGATE_T_IP, "::1.2.3.4 ", 9, 9, 0 },
	{ ALGATE_T_IP, ".1", BAD, BAD, 0 },
	{ ALGATE_T_IP, "[::1]", BAD, BAD, 0 },
	{ ALGATE_T_HOST, "", BAD, MORE, 0 },
	{ ALGATE_T_HOST, "10.0.0.1;", 8, 8, 0x0a000001 },
	{ ALGATE_T_HOST, "10.0.0.1", 8, MORE, 0x0a000001 },
	{ ALGATE_T_HOST, "[", BAD, MORE, 0 },
	{ ALGATE_T_HOST, "[2001:db8::1]", 13, 13, 0x20010db8 },
	{ ALGATE_T_HOST, "[2001:db8::1", BAD, MORE, 0 },
	{ ALGATE_T_HOST, "[2001:db8::1;", BAD, BAD, 0 },
	{ ALGATE_T_HOST, "2001:db8::1", BAD, BAD, 0 },
	{ ALGATE_T_HOST, "[10.0.0.1]", BAD, BAD, 0 },
	{ ALGATE_T_HOST, "[]", BAD, BAD, 0 },
	{ ALGATE_T_HOST, "phone", BAD, BAD, 0 },
	{ ALGATE_T_ENDPOINT, "", BAD, MORE, 0 },
	{ ALGATE_T_ENDPOINT, "10.0.0.1;", 8, 8, 0x0a000001 },
	{ ALGATE_T_ENDPOINT, "10.0.0.1:5060;", 13, 13, 0x0a000001 },
	{ ALGATE_T_ENDPOINT, "10.0.0.1:5060", 13, MORE, 0x0a000001 },
	{ ALGATE_T_ENDPOINT, "10.0.0.1:", BAD, MORE, 0 },
	{ ALGATE_T_ENDPOINT, "10.0.0.1:x", BAD, BAD, 0 },
	{ ALGATE_T_ENDPOINT, "10.0.0.1:0 ", BAD, BAD, 0 },
	{ ALGATE_T_ENDPOINT, "10.0.0.1:65536", BAD, BAD, 0 },
	{ ALGATE_T_ENDPOINT, "10.0.0.1:000001", BAD, BAD, 0 },
	{ ALGATE_T_ENDPOINT, "[2001:db8::1]:5060>", 18, 18, 0x20010db8 },
	{ ALGATE_T_ENDPOINT, "[2001:db8::1]", 13, MORE, 0x20010db8 },
	{ ALGATE_T_ENDPOINT, "[2001:db8::1]>", 13, 13, 0x20010db8 },
	{ ALGATE_T_ENDPOINT, "2001:db8::1:5060", BAD, BAD, 0 },
	{ ALGATE_T_ADDR, "10.0.0.1", BAD, BAD, 0 },
	{ ALGATE_T_IP6_RAW, "ABCDEFGHIJKLMNOPQ", 16, 16, 0x41424344 },
	{ ALGATE_T_IP6_RAW, "ABCDEFGHIJKLMNO", BAD, MORE, 0 },
};

static void test_reads(void)
{
	bool good = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(reads); i++) {
		const u8 *p = (const u8 *)reads[i].text;
		u32 len = strlen(reads[i].text);
		struct algate_value v = { 0 };
		int part = algate_value_read(reads[i].type, p, len, true, &v);
		int whole = algate_value_read(reads[i].type, p, len, false, &v);
		enum algate_kind kind = algate_type_kind(reads[i].type);
		u32 num = kind == ALGATE_KIND_NUM || kind == ALGATE_KIND_SPAN ?
			  v.num : get_unaligned_be32(v.addr);

		if (whole == reads[i].whole && part == reads[i].part &&
		    (whole < 0 || num == reads[i].num))
			continue;
		note("%s \"%s\": %d, partial %d, %u",
		     algate_type_name(reads[i].type), reads[i].text, whole,
		     part, num);
		good = false;
	}
	verdict(good, "value: table of notations");
}

static const struct {
	u8 type;
	u32 num;
	const char *text;
	int len;
} writes[] = {
	{ ALGATE_T_NUM, 1, "", -EINVAL },
	{ ALGATE_T_SPAN, 1, "", -EINVAL },
	{ __ALGATE_T_MAX + 1, 1, "", -EINVAL },
	{ ALGATE_T_ZEROS, 1, "", 1 },
	{ ALGATE_T_DEC, 0, "0", 1 },
	{ ALGATE_T_DEC, 4294967295u, "4294967295", 10 },
	{ ALGATE_T_PORT, 65535, "65535", 5 },
	{ ALGATE_T_PORT, 65536, "", -ERANGE },
	{ ALGATE_T_HEX, 0xabcd1234, "abcd1234", 8 },
	{ ALGATE_T_U8, 255, "\xff", 1 },
	{ ALGATE_T_U8, 256, "", -ERANGE },
	{ ALGATE_T_U16BE, 0x4142, "AB", 2 },
	{ ALGATE_T_U16LE, 0x4142, "BA", 2 },
	{ ALGATE_T_U16LE, 0x10000, "", -ERANGE },
	{ ALGATE_T_U32BE, 0x41424344, "ABCD", 4 },
	{ ALGATE_T_U24BE, 0x414243, "ABC", 3 },
	{ ALGATE_T_U24BE, 0x1000000, "", -ERANGE },
	{ ALGATE_T_U32LE, 0x41424344, "DCBA", 4 },
	{ ALGATE_T_PORT_COMMAS, 1025, "4,1", 3 },
	{ ALGATE_T_PORT_COMMAS, 65536, "", -ERANGE },
	{ ALGATE_T_PORT_DOTS, 65535, "255.255", 7 },
	{ ALGATE_T_PORT_UTF16, 135, "1\0003\0005", 6 },
	{ ALGATE_T_PORT_UTF16, 65536, "", -ERANGE },
};

/* A notation writes only addresses of its own family. */
static void test_families(void)
{
	static const struct {
		u8 type;
		const char *v4;
		const char *v6;
	} all[] = {
		{ ALGATE_T_IP4, "1.2.3.4", NULL },
		{ ALGATE_T_IP4_COMMAS, "1,2,3,4", NULL },
		{ ALGATE_T_IP4_DEC, "16909060", NULL },
		{ ALGATE_T_IP4_RAW, "\1\2\3\4", NULL },
		{ ALGATE_T_IP6, NULL, "102:304::" },
		{ ALGATE_T_IP, "1.2.3.4", "102:304::" },
		{ ALGATE_T_HOST, "1.2.3.4", "[102:304::]" },
		{ ALGATE_T_ENDPOINT, "1.2.3.4:5", "[102:304::]:5" },
	};
	struct algate_value v = { .addr = { 1, 2, 3, 4 }, .port = 5 };
	u8 out[ALGATE_VALUE_MAX];
	bool good = true;
	u32 i;

	for (i = 0; i < 2 * ARRAY_SIZE(all); i++) {
		const char *want = i & 1 ? all[i / 2].v6 : all[i / 2].v4;
		int n;

		v.family = i & 1 ? AF_INET6 : AF_INET;
		n = algate_value_write(all[i / 2].type, &v, out);
		if (want ? n == (int)strlen(want) && !memcmp(out, want, n) :
			   n == -ERANGE)
			continue;
		note("%s: %d", algate_type_name(all[i / 2].type), n);
		good = false;
	}
	v.num = ALGATE_VALUE_MAX;
	good &= algate_value_write(ALGATE_T_ZEROS, &v, out) ==
		ALGATE_VALUE_MAX && !out[0] && !out[ALGATE_VALUE_MAX - 1];
	v.num++;
	good &= algate_value_write(ALGATE_T_ZEROS, &v, out) == -ERANGE;
	verdict(good, "value: addresses of the other family are not written");
}

static void test_writes(void)
{
	bool good = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(writes); i++) {
		struct algate_value v = { .num = writes[i].num };
		u8 out[ALGATE_VALUE_MAX];
		int len = algate_value_write(writes[i].type, &v, out);

		if (len == writes[i].len &&
		    (len < 0 || !memcmp(out, writes[i].text, len)))
			continue;
		note("%s %u: %d", algate_type_name(writes[i].type),
		     writes[i].num, len);
		good = false;
	}
	verdict(good, "value: table of what is written");
}

/* An address with many zeros, since zeros are abbreviated as "::". */
static void random_addr(u8 *addr)
{
	u32 i;

	for (i = 0; i < 16; i++)
		addr[i] = i & 1 ? rnd(256) : rnd(2) * rnd(256);
	for (i = 0; i < 8; i++)
		if (rnd(2))
			memset(addr + 2 * i, 0, 2);
	if (!rnd(8))
		memcpy(addr, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
}

/* Sets a family that @type can write; IPv4 clears the address's other bytes. */
static void set_family(u8 type, struct algate_value *v)
{
	switch (type) {
	case ALGATE_T_IP6:
	case ALGATE_T_IP6_RAW:
		v->family = AF_INET6;
		break;
	case ALGATE_T_IP:
	case ALGATE_T_HOST:
	case ALGATE_T_ENDPOINT:
		v->family = rnd(2) ? AF_INET : AF_INET6;
		break;
	default:
		v->family = AF_INET;
	}
	if (v->family == AF_INET)
		memset(v->addr + 4, 0, 12);
	if (type == ALGATE_T_ENDPOINT)
		v->port = rnd(2) * rnd(65536);
}

/* The C library writes deprecated addresses (RFC 4291) as ::1.2.3.4. */
static bool is_compatible(const u8 *addr)
{
	static const u8 zero[12];

	return !memcmp(addr, zero, 12);
}

static bool same_as_ntop(u8 type, int family)
{
	char want[INET6_ADDRSTRLEN];
	struct algate_value v = { 0 };
	struct algate_value back;
	u8 out[ALGATE_VALUE_MAX];
	int len;

	random_addr(v.addr);
	v.family = family;
	if (family == AF_INET6 && is_compatible(v.addr))
		return true;
	if (!inet_ntop(family, v.addr, want, sizeof(want)))
		return false;
	len = algate_value_write(type, &v, out);
	if (len != (int)strlen(want) || memcmp(out, want, len)) {
		note("%.*s, should be %s", len, out, want);
		return false;
	}
	if (algate_value_read(type, out, len, false, &back) != len)
		return false;
	return back.family == family &&
	       !memcmp(back.addr, v.addr, family == AF_INET6 ? 16 : 4);
}

static void test_ntop(void)
{
	bool good = true;
	u32 i;

	for (i = 0; i < 20000; i++)
		good &= same_as_ntop(ALGATE_T_IP6, AF_INET6) &&
			same_as_ntop(ALGATE_T_IP4, AF_INET) &&
			same_as_ntop(ALGATE_T_IP, AF_INET6) &&
			same_as_ntop(ALGATE_T_IP, AF_INET);
	verdict(good, "value: addresses written as inet_ntop() does");
}

/* The engine reads leading zeros in IPv4 addresses, the C library does not. */
static bool has_leading_zero(const char *text)
{
	const char *p;

	if (!strchr(text, '.'))
		return false;
	for (p = text; *p; p++)
		if (*p == '0' && p[1] >= '0' && p[1] <= '9' &&
		    (p == text || p[-1] == '.' || p[-1] == ':'))
			return true;
	return false;
}

static bool same_as_pton(u8 type, int family, const char *text)
{
	struct algate_value v;
	u32 len = strlen(text);
	u8 want[16];
	int valid = inet_pton(family, text, want) == 1;
	int n = algate_value_read(type, (const u8 *)text, len, false, &v);
	bool ours = n == (int)len;

	if (has_leading_zero(text))
		return true;
	if (ours != valid ||
	    (valid && memcmp(v.addr, want, family == AF_INET6 ? 16 : 4))) {
		note("%s: %d, should be %d", text, n, valid);
		return false;
	}
	return true;
}

/*
 * The same characters in UTF-16 are the same value, in twice the bytes. @foreign:
 * behind them, a character whose first byte is a digit.
 */
static bool same_in_utf16(u8 type, u8 utf16, const char *text, u32 len,
			  bool partial, bool foreign)
{
	u8 wide[2 * (ALGATE_VALUE_MAX + 1)] = { 0 };
	struct algate_value v = { 0 }, w = { 0 };
	char ascii[ALGATE_VALUE_MAX + 1];
	int want, got;
	u32 i;

	memcpy(ascii, text, len);
	for (i = 0; i < len; i++)
		wide[2 * i] = text[i];
	if (foreign) {
		ascii[len] = ' ';
		wide[2 * len] = '1';
		wide[2 * len + 1] = 1;
		len++;
	}
	want = algate_value_read(type, (u8 *)ascii, len, partial, &v);
	got = algate_value_read(utf16, wide, 2 * len, partial, &w);
	if (got == (want < 0 ? want : 2 * want) &&
	    (got < 0 || algate_value_same(utf16, &v, &w)))
		return true;
	note("%s of %.*s: %d, should be twice %d", algate_type_name(utf16), len,
	     ascii, got, want);
	return false;
}

static void random_text(int family, char *text);

static void test_utf16(void)
{
	char text[2 * ALGATE_VALUE_MAX + 10];
	bool good = true;
	u32 i, n;

	for (i = 0; i < 20000; i++) {
		bool partial = rnd(2), foreign = rnd(2);

		random_text(AF_INET, text);
		n = min_t(u32, strlen(text), ALGATE_VALUE_MAX);
		good &= same_in_utf16(ALGATE_T_IP4, ALGATE_T_IP4_UTF16, text, n,
				      partial, foreign);
		snprintf(text, sizeof(text), "%010u", rnd(0) >> rnd(32));
		n = rnd(8);
		good &= same_in_utf16(ALGATE_T_PORT, ALGATE_T_PORT_UTF16,
				      text + 10 - n, n, partial, foreign);
	}
	verdict(good, "value: UTF-16 is read as ASCII is");
}

/* An address in text form, with some bytes changed, inserted or removed. */
static void random_text(int family, char *text)
{
	static const char alphabet[] = "0123459afF::::..";
	struct algate_value v = { .family = family };
	u8 out[ALGATE_VALUE_MAX];
	int len, at;
	u32 i;

	random_addr(v.addr);
	len = algate_value_write(family == AF_INET6 ? ALGATE_T_IP6 :
				 ALGATE_T_IP4, &v, out);
	memcpy(text, out, len);
	for (i = rnd(4); i; i--) {
		at = rnd(len);
		if (rnd(3) == 0 && len > 1) {
			memmove(text + at, text + at + 1, len - at - 1);
			len--;
			continue;
		}
		if (rnd(2)) {
			memmove(text + at + 1, text + at, len - at);
			len++;
		}
		text[at] = alphabet[rnd(sizeof(alphabet) - 1)];
	}
	text[len] = 0;
}

/* Reads @text (IPv6 in brackets) as a host, and with a port as an endpoint. */
static bool host_as_pton(int family, const char *text)
{
	char host[2 * ALGATE_VALUE_MAX + 10];
	struct algate_value v;
	u8 want[16];
	bool valid = inet_pton(family, text, want) == 1, good;
	u32 port = 1 + rnd(65535);
	int n;

	if (has_leading_zero(text))
		return true;
	n = sprintf(host, family == AF_INET6 ? "[%s]" : "%s", text);
	good = (algate_value_read(ALGATE_T_HOST, (u8 *)host, n, false, &v) ==
		n) == valid;
	n += sprintf(host + n, ":%u", port);
	good &= (algate_value_read(ALGATE_T_ENDPOINT, (u8 *)host, n, false,
				   &v) == n) == valid;
	if (good && valid)
		good = v.port == port && v.family == family &&
		       !memcmp(v.addr, want, algate_family_len(family));
	if (!good)
		note("%s: should be %d", host, valid);
	return good;
}

static void test_pton(void)
{
	char text[2 * ALGATE_VALUE_MAX];
	bool good = true, hosts = true;
	u32 i;

	for (i = 0; i < 60000; i++) {
		random_text(AF_INET6, text);
		good &= same_as_pton(ALGATE_T_IP6, AF_INET6, text);
		good &= same_as_pton(ALGATE_T_IP, AF_INET6, text);
		hosts &= host_as_pton(AF_INET6, text);
		random_text(AF_INET, text);
		good &= same_as_pton(ALGATE_T_IP4, AF_INET, text);
		hosts &= host_as_pton(AF_INET, text);
	}
	verdict(hosts, "value: hosts and endpoints likewise");
	verdict(good, "value: addresses read as inet_pton() does");
}

/*
 * With more to come, each prefix either asks for more or gives the result of the
 * longer prefix. A prefix that asks for more may still become valid. Nothing is
 * written without a value.
 */
static bool prefixes_agree(u8 type, const u8 *p, u32 len)
{
	struct algate_value v, w, before;
	int whole = algate_value_read(type, p, len, true, &w);
	u32 n;

	for (n = 0; n < len; n++) {
		int got;

		memset(&v, 0xa5 ^ n, sizeof(v));
		before = v;
		got = algate_value_read(type, p, n, true, &v);
		if (got <= 0 && memcmp(&v, &before, sizeof(v))) {
			note("%s \"%.*s\": %d, but it wrote",
			     algate_type_name(type), n, p, got);
			return false;
		}
		if (got == ALGATE_MORE)
			continue;
		if (got != whole ||
		    (got > 0 && (memcmp(v.addr, w.addr, 16) ||
				 v.port != w.port || v.family != w.family))) {
			note("%s \"%.*s\": %d at %u bytes, then %d",
			     algate_type_name(type), len, p, got, n, whole);
			return false;
		}
	}
	return true;
}

static bool can_become_valid(u8 type, const char *text)
{
	static const char * const tails[] = {
		"", "0", ":0", ":", "::", ":0:0", ":0:0:0", "0:0", "0.0.0.0",
		".0", ".0.0", ".0.0.0", "0.0", "0.0.0", "0:0:0", "0:0:0:0",
		"1", "]", ":]", "::]", ":0:0:0:0]", "0]", "0:0]", ":0]", "0:0:0]",
		":0:0:0]", ":0:0:0:0:0]", ":0:0:0:0:0:0]", ":0:0:0:0:0:0:0]",
		"0.0.0.0]", ".0]", ".0.0]", ".0.0.0]", "0.0]", "0.0.0]",
		":0:0:0:0", ":0:0:0:0:0", ":0:0:0:0:0:0", ":0:0:0:0:0:0:0",
		"0:0:0:0:0", "0:0:0:0:0:0", "0:0:0:0:0:0:0",
	};
	char all[3 * ALGATE_VALUE_MAX];
	struct algate_value v;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(tails); i++) {
		snprintf(all, sizeof(all), "%s%s ", text, tails[i]);
		if (algate_value_read(type, (u8 *)all, strlen(all), false,
				      &v) > 0)
			return true;
	}
	note("%s \"%s\" asks for more, but nothing helps",
	     algate_type_name(type), text);
	return false;
}

/* An address, host or endpoint with some bytes changed. */
static void random_host(u8 type, char *text)
{
	bool v6 = type == ALGATE_T_IP6 || (type != ALGATE_T_IP4 && rnd(2));
	bool host = type == ALGATE_T_HOST || type == ALGATE_T_ENDPOINT;

	random_text(v6 ? AF_INET6 : AF_INET, text + (host && v6));
	if (host && v6) {
		text[0] = '[';
		strcat(text, "]");
	}
	if (host && rnd(2))
		sprintf(text + strlen(text), ":%u", rnd(70000));
}

static void test_partial(void)
{
	static const char alphabet[] = "0192358af:.,, |[]";
	char text[2 * ALGATE_VALUE_MAX + 10];
	bool agree = true, hope = true;
	struct algate_value v;
	u32 i, n;

	for (i = 0; i < 40000; i++) {
		u8 type = ALGATE_T_DEC + rnd(__ALGATE_T_MAX - ALGATE_T_DEC);

		if (algate_type_kind(type) >= ALGATE_KIND_ADDR && rnd(4)) {
			random_host(type, text);
		} else {
			for (n = 0; n < 18; n++)
				text[n] = alphabet[rnd(sizeof(alphabet) - 1)];
			text[n] = 0;
		}
		n = strlen(text);
		agree &= prefixes_agree(type, (u8 *)text, n);
		text[rnd(n + 1)] = 0;
		n = strlen(text);
		if (type == ALGATE_T_IP6_RAW || type == ALGATE_T_IP4_RAW ||
		    (type >= ALGATE_T_U8 && type <= ALGATE_T_U32LE) ||
		    type == ALGATE_T_U24BE ||
		    type == ALGATE_T_PER || type == ALGATE_T_BER ||
		    algate_value_read(type, (u8 *)text, n, true, &v) !=
		    ALGATE_MORE)
			continue;
		/* the tails have dots, where these notations have commas */
		if (type == ALGATE_T_PORT_COMMAS || type == ALGATE_T_IP4_COMMAS)
			continue;
		/* nor have they zeros behind each character */
		if (type == ALGATE_T_PORT_UTF16 || type == ALGATE_T_IP4_UTF16)
			continue;
		hope &= can_become_valid(type, text);
	}
	verdict(agree, "value: more bytes never change an answer");
	verdict(hope, "value: more is asked for only where it can help");
}

static bool round_trip(u8 type)
{
	static const u8 width[__ALGATE_T_MAX] = {
		[ALGATE_T_PORT] = 16, [ALGATE_T_U8] = 8, [ALGATE_T_U16BE] = 16,
		[ALGATE_T_U16LE] = 16, [ALGATE_T_PORT_COMMAS] = 16,
		[ALGATE_T_PORT_DOTS] = 16, [ALGATE_T_PORT_UTF16] = 16 };
	struct algate_value v = { 0 };
	struct algate_value back;
	u8 out[ALGATE_VALUE_MAX];
	int len;

	if (algate_type_kind(type) == ALGATE_KIND_NUM)
		v.num = rnd(0) >> rnd(32) >> (width[type] ? 32 - width[type] : 0);
	else
		random_addr(v.addr);
	set_family(type, &v);
	len = algate_value_write(type, &v, out);
	if (len <= 0 || len > ALGATE_VALUE_MAX ||
	    algate_value_read(type, out, len, false, &back) != len ||
	    !algate_value_same(type, &v, &back)) {
		note("%s: %d bytes", algate_type_name(type), len);
		return false;
	}
	return true;
}

static void test_round_trip(void)
{
	bool good = true;
	u32 type, i;

	for (type = ALGATE_T_DEC; type <= ALGATE_T_ENDPOINT; type++)
		for (i = 0; i < 1000; i++)
			good &= round_trip(type);
	for (i = 0; i < 1000; i++)
		good &= round_trip(ALGATE_T_IP4_UTF16) &&
			round_trip(ALGATE_T_PORT_UTF16);
	verdict(good, "value: what is written is read back");
}

int main(void)
{
	rnd_seed(1);
	test_reads();
	test_writes();
	test_families();
	test_ntop();
	test_pton();
	test_utf16();
	test_partial();
	test_round_trip();
	return verdict_exit();
}

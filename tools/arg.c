// SPDX-License-Identifier: GPL-2.0
/*
 * Words to values and back.
 */
#include <arpa/inet.h>
#include <netdb.h>

#include "algctl.h"

/**
 * addr_len() - length of an address
 * @a: address
 *
 * Return: bytes.
 */
unsigned int addr_len(const struct addr *a)
{
	return a->family == AF_INET6 ? 16 : 4;
}

/**
 * addr_same() - compare two addresses
 * @a: address
 * @b: address
 *
 * Return: true if family and address are equal.
 */
bool addr_same(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && !memcmp(a->b, b->b, addr_len(a));
}

/**
 * addr_in() - test if a prefix contains an address
 * @a: address
 * @p: prefix
 *
 * Return: true if @p contains @a.
 */
bool addr_in(const struct addr *a, const struct prefix *p)
{
	unsigned int bytes = p->len / 8, bits = p->len % 8;

	if (a->family != p->addr.family || memcmp(a->b, p->addr.b, bytes))
		return false;
	return !bits || !((a->b[bytes] ^ p->addr.b[bytes]) >> (8 - bits));
}

/**
 * addr_text() - write an address
 * @a: address; AF_UNSPEC: "any"
 * @buf: ENDPOINT_LEN bytes
 *
 * Return: @buf.
 */
const char *addr_text(const struct addr *a, char *buf)
{
	if (a->family == AF_UNSPEC)
		return strcpy(buf, "any");
	if (!inet_ntop(a->family, a->b, buf, ENDPOINT_LEN))
		strcpy(buf, "?");
	return buf;
}

/**
 * endpoint_text() - write an address and a port
 * @a: address
 * @port: port
 * @buf: ENDPOINT_LEN bytes
 *
 * Return: @buf.
 */
const char *endpoint_text(const struct addr *a, unsigned int port, char *buf)
{
	char text[ENDPOINT_LEN];
	bool v6 = a->family == AF_INET6;

	/* an address has at most 45 bytes, so nothing is cut off */
	snprintf(buf, ENDPOINT_LEN, v6 ? "[%.45s]:%u" : "%.45s:%u",
		 addr_text(a, text), port);
	return buf;
}

/**
 * proto_text() - name of a protocol
 * @proto: its number
 *
 * Return: "tcp", "udp", "gre", or "?".
 */
const char *proto_text(u8 proto)
{
	return proto == IPPROTO_TCP ? "tcp" :
	       proto == IPPROTO_UDP ? "udp" :
	       proto == IPPROTO_GRE ? "gre" : "?";
}

/**
 * proto_number() - number of a protocol
 * @name: "tcp" or "udp"; tree_args() rejects other names
 *
 * Return: the number.
 */
u8 proto_number(const char *name)
{
	return strcmp(name, "udp") ? IPPROTO_TCP : IPPROTO_UDP;
}

/**
 * arg_number() - read a number
 * @what: name of the number, for the message
 * @word: decimal, or hexadecimal after 0x
 * @min: minimum
 * @max: maximum
 * @value: set to the number
 *
 * Return: 0, or -1 after a message.
 */
int arg_number(const char *what, const char *word, u32 min, u32 max,
	       u32 *value)
{
	bool hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(word, &end, hex ? 16 : 10);
	if (*word < '0' || *word > '9' || *end || errno || n < min || n > max) {
		complain("%s: a number from %u to %u is needed, not '%s'",
			 what, min, max, word);
		return -1;
	}
	*value = n;
	return 0;
}

/**
 * arg_port() - read a port
 * @word: number, or name of a service
 * @proto: name of the protocol, NULL: any
 * @port: set to the port
 *
 * Return: 0, or -1 after a message.
 */
int arg_port(const char *word, const char *proto, u16 *port)
{
	const struct servent *service;
	u32 n;

	if (*word < '0' || *word > '9') {
		service = getservbyname(word, proto);
		if (service) {
			*port = ntohs(service->s_port);
			return 0;
		}
		complain("'%s' is neither a port nor a service's name", word);
		return -1;
	}
	if (arg_number("port", word, 1, 65535, &n))
		return -1;
	*port = n;
	return 0;
}

static bool addr_read(const char *word, struct addr *addr)
{
	addr->family = strchr(word, ':') ? AF_INET6 : AF_INET;
	memset(addr->b, 0, sizeof(addr->b));
	return inet_pton(addr->family, word, addr->b) == 1;
}

/**
 * arg_addr() - read an address
 * @word: IPv4 or IPv6
 * @addr: set to the address
 *
 * Return: 0, or -1 after a message.
 */
int arg_addr(const char *word, struct addr *addr)
{
	if (addr_read(word, addr))
		return 0;
	complain("'%s' is not an address", word);
	return -1;
}

/**
 * arg_prefix() - read a prefix
 * @word: address, or address/length
 * @prefix: set to the prefix
 *
 * Return: 0, or -1 after a message.
 */
int arg_prefix(const char *word, struct prefix *prefix)
{
	const char *slash = strchr(word, '/');
	unsigned int bits, i;
	char text[64];
	u32 len;

	snprintf(text, sizeof(text), "%.*s",
		 slash ? (int)(slash - word) : (int)strlen(word), word);
	if (arg_addr(text, &prefix->addr))
		return -1;
	bits = addr_len(&prefix->addr) * 8;
	len = bits;
	if (slash && arg_number("prefix length", slash + 1, 0, bits, &len))
		return -1;
	prefix->len = len;
	for (i = len; i < bits; i++) {
		if (prefix->addr.b[i / 8] & 0x80 >> i % 8) {
			complain("'%s' has bits beyond its length", word);
			return -1;
		}
	}
	return 0;
}

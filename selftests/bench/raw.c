// SPDX-License-Identifier: GPL-2.0
/* Exchanges of binary protocols. */
#include <arpa/inet.h>
#include <string.h>

#include "exchange.h"

static void tftp(struct text *t, const char *client, unsigned int i)
{
	(void)client;
	put_be(t, 1, 2);
	put(t, "file%u", i);
	put_bytes(t, "\0octet", 7);
}

/* a reply from the server's own port, which arrives even without a helper */
static void tftp_error(struct text *t, const char *client, unsigned int i)
{
	(void)client;
	put_be(t, 5, 2);
	put_be(t, 1, 2);
	put(t, "no file%u", i);
	put_bytes(t, "", 1);
}

/* header of a PPTP control message */
static void pptp(struct text *t, int len, int type)
{
	put_be(t, len, 2);
	put_be(t, 1, 2);
	put_be(t, 0x1a2b3c4d, 4);
	put_be(t, type, 2);
	put_be(t, 0, 2);
}

static void pad(struct text *t, int len)
{
	while (t->len < len)
		put_be(t, 0, 1);
}

/* the first exchange starts the connection */
static void pptp_request(struct text *t, const char *client, unsigned int i)
{
	(void)client;
	if (!i) {
		pptp(t, 156, 1);
		put_be(t, 0x0100, 2);
		pad(t, 156);
		return;
	}
	pptp(t, 168, 7);
	put_be(t, announced(i), 2);	/* the client's call */
	put_be(t, i & 0xffff, 2);	/* its serial number */
	put_be(t, 300, 4);
	put_be(t, 100000000, 4);
	put_be(t, 3, 4);
	put_be(t, 3, 4);
	put_be(t, 64, 2);
	pad(t, 168);
}

static void pptp_reply(struct text *t, const char *client, unsigned int i)
{
	(void)client;
	if (!i) {
		pptp(t, 156, 2);
		put_be(t, 0x0100, 2);
		put_be(t, 1, 1);	/* success */
		pad(t, 156);
		return;
	}
	pptp(t, 32, 8);
	put_be(t, announced(i) + 20000, 2);
	put_be(t, announced(i), 2);	/* the client's call */
	put_be(t, 1, 1);		/* connected */
	put_be(t, 0, 3);
	put_be(t, 100000000, 4);
	put_be(t, 64, 2);
	pad(t, 32);
}

static void getport(struct text *t, const char *client, unsigned int i)
{
	(void)client;
	put_be(t, i * 69069u, 4);	/* xid */
	put_be(t, 0, 4);		/* call */
	put_be(t, 2, 4);
	put_be(t, 100000, 4);
	put_be(t, 2, 4);
	put_be(t, 3, 4);
	pad(t, t->len + 16);		/* no credentials, no verifier */
	put_be(t, 100003, 4);
	put_be(t, 3, 4);
	put_be(t, 17, 4);
	put_be(t, 0, 4);
}

static void getport_ok(struct text *t, const char *client, unsigned int i)
{
	(void)client;
	put_be(t, i * 69069u, 4);
	put_be(t, 1, 4);		/* reply */
	pad(t, t->len + 16);		/* accepted, no verifier, success */
	put_be(t, announced(i), 4);
}

static void snmp_head(struct text *t, int binds, int type, unsigned int i)
{
	put_bytes(t, "\x30\x82", 2);
	put_be(t, 3 + 8 + 4 + 6 + 3 + 3 + 4 + binds, 2);
	put_bytes(t, "\x02\x01\x01\x04\x06public", 11);
	put_be(t, type, 1);
	put_be(t, 0x82, 1);
	put_be(t, 6 + 3 + 3 + 4 + binds, 2);
	put_be(t, 0x0204, 2);
	put_be(t, 0x10000000 + i, 4);
	put_bytes(t, "\x02\x01\x00\x02\x01\x00\x30\x82", 8);
	put_be(t, binds, 2);
}

/* an object of ipAdEntAddr, the table of an agent's addresses */
static void snmp_bind(struct text *t, int n, const void *value, int len)
{
	put_bytes(t, "\x30", 1);
	put_be(t, 11 + len, 1);
	put_bytes(t, "\x06\x09\x2b\x06\x01\x02\x01\x04\x14\x01", 10);
	put_be(t, n, 1);
	put_bytes(t, value, len);
}

static void snmp_get(struct text *t, const char *client, unsigned int i)
{
	int n;

	(void)client;
	snmp_head(t, 10 * 15, 0xa0, i);
	for (n = 0; n < 10; n++)
		snmp_bind(t, n, "\x05\x00", 2);
}

static void snmp_response(struct text *t, const char *client, unsigned int i)
{
	char value[6] = "\x40\x04";
	struct in_addr addr;
	int n;

	inet_pton(AF_INET, client, &addr);
	memcpy(value + 2, &addr, 4);
	snmp_head(t, 10 * 19, 0xa2, i);
	for (n = 0; n < 10; n++)
		snmp_bind(t, n, value, 6);
}

const struct exchange raw_exchanges[] = {
	{ "tftp", IPPROTO_UDP, 69, false, 1, tftp, tftp_error },
	{ "tftp-new", IPPROTO_UDP, 69, true, 1, tftp, tftp_error },
	{ "pptp-call", IPPROTO_TCP, 1723, false, 2, pptp_request, pptp_reply },
	{ "rpc-getport", IPPROTO_UDP, 111, false, 1, getport, getport_ok },
	{ "snmp-get", IPPROTO_UDP, 161, false, 0, snmp_get, snmp_response },
	{}
};

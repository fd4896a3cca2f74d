// SPDX-License-Identifier: GPL-2.0
/* Exchanges of text protocols. */
#include <arpa/inet.h>
#include <string.h>

#include "exchange.h"

static void put_commas(struct text *t, const char *addr, unsigned int port)
{
	unsigned int a = ntohl(inet_addr(addr));

	put(t, "%u,%u,%u,%u,%u,%u", a >> 24, a >> 16 & 255, a >> 8 & 255,
	    a & 255, port >> 8, port & 255);
}

static void noop(struct text *t, const char *client, unsigned int i)
{
	(void)client;
	put(t, "NOOP %u\r\n", i);
}

static void noop_ok(struct text *t, const char *client, unsigned int i)
{
	(void)client;
	put(t, "200 done %u\r\n", i);
}

/* The first line is no announcement: a helper may check the protocol first. */
static void port(struct text *t, const char *client, unsigned int i)
{
	if (!i) {
		put(t, "USER ftp\r\n");
		return;
	}
	put(t, "PORT ");
	put_commas(t, client, announced(i));
	put(t, "\r\n");
}

static void pasv(struct text *t, const char *client, unsigned int i)
{
	(void)client;
	put(t, i ? "PASV\r\n" : "USER ftp\r\n");
}

static void passive(struct text *t, const char *client, unsigned int i)
{
	(void)client;
	if (!i) {
		put(t, "230 welcome\r\n");
		return;
	}
	put(t, "227 Entering Passive Mode (");
	put_commas(t, SERVER, announced(i));
	put(t, ").\r\n");
}

/* a line of 415 bytes, including its line end */
static void chat(struct text *t, const char *client, unsigned int i)
{
	(void)client;
	if (!i) {
		put(t, "NICK alice\r\n");
		return;
	}
	put(t, "PRIVMSG #channel :%05u ", i);
	while (t->len < 413)
		put(t, "%c", "the quick brown fox "[t->len % 20]);
	put(t, "\r\n");
}

static void pong(struct text *t, const char *client, unsigned int i)
{
	(void)client;
	put(t, ":irc.example PONG irc.example :%u\r\n", i);
}

static void dcc(struct text *t, const char *client, unsigned int i)
{
	if (!i) {
		put(t, "NICK alice\r\n");
		return;
	}
	put(t, "PRIVMSG bob :\1DCC SEND file%u %u %u %u\1\r\n", i,
	    ntohl(inet_addr(client)), announced(i), 1000 + i);
}

/* the user's name, with or without quotes */
static const char *alice = "\"Alice\"";

/* the first lines and headers of each request of a phone */
static void sip_request(struct text *t, const char *method, const char *client,
			unsigned int i)
{
	put(t, "%s sip:bob@" SERVER " SIP/2.0\r\n"
	    "Via: SIP/2.0/UDP %s:5060;branch=z9hG4bK%08x\r\n"
	    "Max-Forwards: 70\r\n"
	    "From: %s <sip:alice@example.org>;tag=%08x\r\n"
	    "To: <sip:bob@example.org>\r\n"
	    "Call-ID: %08x@phone.example.org\r\n"
	    "CSeq: %u %s\r\n"
	    "Contact: <sip:alice@%s:5060>\r\n"
	    "User-Agent: exchange\r\n",
	    method, client, i * 2654435761u, alice, i * 40503u,
	    i * 69069u, i + 1,
	    method, client);
}

static void sip_reply(struct text *t, const char *method, const char *client,
		      unsigned int i)
{
	put(t, "SIP/2.0 200 OK\r\n"
	    "Via: SIP/2.0/UDP %s:5060;branch=z9hG4bK%08x\r\n"
	    "From: %s <sip:alice@example.org>;tag=%08x\r\n"
	    "To: <sip:bob@example.org>;tag=%08x\r\n"
	    "Call-ID: %08x@phone.example.org\r\n"
	    "CSeq: %u %s\r\n"
	    "Contact: <sip:bob@" SERVER ":5060>\r\n",
	    client, i * 2654435761u, alice, i * 40503u, i * 30011u,
	    i * 69069u, i + 1,
	    method);
}

static void sip_body(struct text *t, const char *addr, unsigned int i,
		     unsigned int first)
{
	struct text sdp = {};

	put(&sdp, "v=0\r\n"
	    "o=- %u %u IN IP4 %s\r\n"
	    "s=call\r\n"
	    "c=IN IP4 %s\r\n"
	    "t=0 0\r\n"
	    "m=audio %u RTP/AVP 0 8 101\r\n"
	    "a=rtpmap:0 PCMU/8000\r\n"
	    "a=rtpmap:8 PCMA/8000\r\n"
	    "a=rtpmap:101 telephone-event/8000\r\n"
	    "a=sendrecv\r\n"
	    "m=video %u RTP/AVP 96\r\n"
	    "a=rtpmap:96 H264/90000\r\n"
	    "a=sendrecv\r\n",
	    1000 + i, 1000 + i, addr, addr, first, first + 2);
	put(t, "Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
	    sdp.len, sdp.buf);
}

static void options(struct text *t, const char *client, unsigned int i)
{
	sip_request(t, "OPTIONS", client, i);
	put(t, "Accept: application/sdp\r\nContent-Length: 0\r\n\r\n");
}

static void options_ok(struct text *t, const char *client, unsigned int i)
{
	sip_reply(t, "OPTIONS", client, i);
	put(t, "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE\r\n"
	    "Content-Length: 0\r\n\r\n");
}

static void invite(struct text *t, const char *client, unsigned int i)
{
	sip_request(t, "INVITE", client, i);
	sip_body(t, client, i, announced(i));
}

static void invite_ok(struct text *t, const char *client, unsigned int i)
{
	sip_reply(t, "INVITE", client, i);
	sip_body(t, SERVER, i, announced(i) + 20000);
}

static void plainly(void (*part)(struct text *t, const char *client,
				 unsigned int i),
		    struct text *t, const char *client, unsigned int i)
{
	alice = "Alice";
	part(t, client, i);
	alice = "\"Alice\"";
}

static void options_plain(struct text *t, const char *client, unsigned int i)
{
	plainly(options, t, client, i);
}

static void options_plain_ok(struct text *t, const char *client, unsigned int i)
{
	plainly(options_ok, t, client, i);
}

static void invite_plain(struct text *t, const char *client, unsigned int i)
{
	plainly(invite, t, client, i);
}

static void invite_plain_ok(struct text *t, const char *client, unsigned int i)
{
	plainly(invite_ok, t, client, i);
}

static void setup(struct text *t, const char *client, unsigned int i)
{
	(void)client;
	put(t, "SETUP rtsp://" SERVER "/film/track%u RTSP/1.0\r\n"
	    "CSeq: %u\r\n"
	    "User-Agent: exchange\r\n"
	    "Transport: RTP/AVP;unicast;client_port=%u-%u\r\n\r\n",
	    i % 7, i + 1, announced(i), announced(i) + 1);
}

static void setup_ok(struct text *t, const char *client, unsigned int i)
{
	(void)client;
	put(t, "RTSP/1.0 200 OK\r\n"
	    "CSeq: %u\r\n"
	    "Session: %08x\r\n"
	    "Transport: RTP/AVP;unicast;client_port=%u-%u;server_port=%u-%u\r\n"
	    "\r\n",
	    i + 1, i * 69069u, announced(i), announced(i) + 1,
	    announced(i) + 20000, announced(i) + 20001);
}

/* a line of @filler bytes that matches no command */
static void fill(struct text *t, const char *client, unsigned int i)
{
	(void)client;
	if (!i) {
		put(t, "USER ftp\r\n");
		return;
	}
	put(t, "XFILL %u ", i);
	while (t->len < filler - 2)
		put(t, "%c", "the quick brown fox "[t->len % 20]);
	put(t, "\r\n");
}

const struct exchange text_exchanges[] = {
	{ "ftp-noop", IPPROTO_TCP, 21, false, 0, noop, noop_ok },
	{ "ftp-port", IPPROTO_TCP, 21, false, 1, port, noop_ok },
	{ "ftp-227", IPPROTO_TCP, 21, false, 1, pasv, passive },
	{ "irc-line", IPPROTO_TCP, 6667, false, 0, chat, pong },
	{ "irc-dcc", IPPROTO_TCP, 6667, false, 1, dcc, pong },
	{ "sip-options", IPPROTO_UDP, 5060, false, 0, options, options_ok },
	{ "sip-invite", IPPROTO_UDP, 5060, false, 4, invite, invite_ok },
	{ "sip-options-plain", IPPROTO_UDP, 5060, false, 0, options_plain,
	  options_plain_ok },
	{ "sip-invite-plain", IPPROTO_UDP, 5060, false, 4, invite_plain,
	  invite_plain_ok },
	{ "rtsp-setup", IPPROTO_TCP, 554, false, 2, setup, setup_ok },
	{ "plain", IPPROTO_TCP, 2000, false, 0, noop, noop_ok },
	{ "plain-new", IPPROTO_UDP, 2000, true, 0, noop, noop_ok },
	{ "bulk", IPPROTO_TCP, 2002, false, 0, fill, noop_ok },
	{ "fill", IPPROTO_TCP, 2001, false, 0, fill, noop_ok },
	{ "fill-new", IPPROTO_UDP, 2001, true, 0, noop, noop_ok },
	{}
};

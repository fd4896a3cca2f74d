/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The measured exchanges: the client's request, the server's reply, and the
 * number of expectations that a helper must make.
 */
#ifndef ALGATE_BENCH_EXCHANGE_H
#define ALGATE_BENCH_EXCHANGE_H

#include <netinet/in.h>
#include <stdbool.h>

#define SERVER	"192.0.2.2"
#define ROUTER	"192.0.2.1"

/* a message to send, or a received message */
struct text {
	char buf[16384];
	int len;
};

/**
 * struct exchange - a request and its reply
 * @name: name on the command line
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @port: port of the server
 * @fresh: each exchange is a new flow
 * @opens: minimum number of expectations that a helper makes
 * @request: writes the @i-th request; @client is the address in it
 * @reply: writes the reply to it
 *
 * @request and @reply are called twice: with the client's own address, and with
 * the router's address. The first result is the message at the client, the
 * second result is the message at the server.
 */
struct exchange {
	const char *name;
	int proto;
	int port;
	bool fresh;
	int opens;
	void (*request)(struct text *t, const char *client, unsigned int i);
	void (*reply)(struct text *t, const char *client, unsigned int i);
};

/* a different port for each exchange */
unsigned int announced(unsigned int i);
extern int filler;	/* length of a "fill" line, from the command line */

void die(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void put(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void put_bytes(struct text *t, const void *bytes, int n);
void put_be(struct text *t, unsigned int value, int width);

extern const struct exchange text_exchanges[];
extern const struct exchange raw_exchanges[];

#endif

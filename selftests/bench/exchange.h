/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exchanges whose cost is measured: what the client says, what the server
 * answers, and what a helper has to do about it.
 */
#ifndef ALGATE_BENCH_EXCHANGE_H
#define ALGATE_BENCH_EXCHANGE_H

#include <netinet/in.h>
#include <stdbool.h>

#define SERVER	"192.0.2.2"
#define ROUTER	"192.0.2.1"

/* a message being written, or as it was received */
struct text {
	char buf[16384];
	int len;
};

/**
 * struct exchange - a request and its reply
 * @name: on the command line
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @port: where the server is
 * @fresh: each exchange is a new flow
 * @opens: expectations that a helper makes for it, at least
 * @request: writes the @i-th request; @client is the address in it
 * @reply: writes the reply to it
 *
 * Both are called with the client's own address and with that of the router:
 * what the other end must have received is what would have been written there.
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

/* a port that is not the one before */
unsigned int announced(unsigned int i);
extern int filler;	/* bytes that "fill" has, from the command line */

void die(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void put(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void put_bytes(struct text *t, const void *bytes, int n);
void put_be(struct text *t, unsigned int value, int width);

extern const struct exchange text_exchanges[];
extern const struct exchange raw_exchanges[];

#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * exchange - measures the time of a request and its reply through a router, in
 * ns.
 *
 * The same process is the client in a namespace and the server in another
 * namespace, so the measured time contains no context switch: all packets are
 * processed within the two calls of send(). Each arriving message is compared
 * with the expected bytes; the measured time does not contain this comparison.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "exchange.h"
#include "live.h"

#define CLIENT	"10.0.1.10"
#define BLANKS	"\n "

/*
 * the two ends; @seen: the client's address at the server; @next: number of the
 * next exchange; @live: expectations that a measured exchange finds, or -1
 */
struct ends {
	const struct exchange *x;
	unsigned int next;
	int live;
	int port;
	const char *seen;
	int client_ns, router_ns, server_ns;
	int listener, client, server;
};

static int try(int ret, const char *what)
{
	if (ret < 0)
		die("%s: %s", what, strerror(errno));
	return ret;
}

static int namespace_open(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	return try(open(path, O_RDONLY | O_CLOEXEC), path);
}

/* A read that takes longer than the timeout waits for a lost message. */
static int socket_in(int ns, int proto)
{
	struct timeval patience = { .tv_sec = 2 };
	int one = 1, fd;

	try(setns(ns, CLONE_NEWNET), "setns");
	fd = try(socket(AF_INET, proto == IPPROTO_TCP ? SOCK_STREAM :
			SOCK_DGRAM, 0), "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (proto == IPPROTO_TCP)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void bind_to(int fd, const char *addr, unsigned int port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = inet_addr(addr),
	};

	try(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), "bind");
}

static void connect_to(int fd, const char *addr, int port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = inet_addr(addr),
	};

	try(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), "connect");
}

static void listen_up(struct ends *e)
{
	int fd = socket_in(e->server_ns, e->x->proto);

	bind_to(fd, SERVER, e->port);
	if (e->x->proto == IPPROTO_TCP) {
		try(listen(fd, 1), "listen");
		e->listener = fd;
	} else {
		e->server = fd;
	}
}

/* A SIP server answers to the port in Via, other servers to the source port. */
static void client_up(struct ends *e, unsigned int i)
{
	unsigned int port = e->x->port == 5060 ? 5060 : 2047;
	int one = 1;

	e->client = socket_in(e->client_ns, e->x->proto);
	if (e->x->proto == IPPROTO_UDP)
		bind_to(e->client, CLIENT, e->x->fresh ? 3000 + i : port);
	connect_to(e->client, SERVER, e->port);
	if (e->x->proto == IPPROTO_TCP) {
		e->server = try(accept(e->listener, NULL, NULL), "accept");
		setsockopt(e->server, IPPROTO_TCP, TCP_NODELAY, &one,
			   sizeof(one));
	}
}

static void receive(int fd, int len, struct text *t, struct sockaddr_in *from)
{
	socklen_t size = sizeof(*from);
	int n;

	t->len = 0;
	do {
		n = recvfrom(fd, t->buf + t->len, sizeof(t->buf) - t->len, 0,
			     (struct sockaddr *)from, from ? &size : NULL);
		if (n > 0)
			t->len += n;
	} while (n > 0 && t->len < len);
}

static void print(const char *what, const struct text *t)
{
	int i;

	printf("%s", what);
	for (i = 0; i < t->len && i < 1500; i++)
		printf(t->buf[i] >= ' ' && t->buf[i] <= '~' ? "%c" : "\\x%02x",
		       (unsigned char)t->buf[i]);
	putchar('\n');
}

static void compare(const struct exchange *x, const char *who, unsigned int i,
		    const struct text *got, const struct text *wanted)
{
	if (got->len == wanted->len && !memcmp(got->buf, wanted->buf, got->len))
		return;
	print("got    ", got);
	print("wanted ", wanted);
	die("%s: the %s did not receive what it should, exchange %u", x->name,
	    who, i);
}

static unsigned long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void compose(struct text *t,
		    void (*part)(struct text *t, const char *client,
				 unsigned int i),
		    const char *client, unsigned int i)
{
	t->len = 0;
	part(t, client, i);
}

/* Returns the time, for a new flow including the time to open its socket. */
static unsigned long long exchange_do(struct ends *e, unsigned int i)
{
	static struct text request, request_seen, reply, reply_seen, got, back;
	const struct exchange *x = e->x;
	struct sockaddr_in from = {};
	unsigned long long start, end;

	compose(&request, x->request, CLIENT, i);
	compose(&request_seen, x->request, e->seen, i);
	compose(&reply, x->reply, e->seen, i);
	compose(&reply_seen, x->reply, CLIENT, i);

	start = now();
	if (x->fresh)
		client_up(e, i);
	try(send(e->client, request.buf, request.len, 0), "send");
	receive(e->server, request_seen.len, &got, &from);
	if (x->proto == IPPROTO_TCP)
		try(send(e->server, reply.buf, reply.len, 0), "reply");
	else if (from.sin_port)
		try(sendto(e->server, reply.buf, reply.len, 0,
			   (struct sockaddr *)&from, sizeof(from)), "reply");
	receive(e->client, reply_seen.len, &back, NULL);
	end = now();

	if (x->fresh)
		close(e->client);
	compare(x, "server", i, &got, &request_seen);
	compare(x, "client", i, &back, &reply_seen);
	return end - start;
}

/* number of all expectations made so far in the router's namespace */
static unsigned long expects_made(int ns)
{
	char line[1024], *word, *save;
	unsigned long sum = 0;
	int column = 0, n;
	FILE *f;

	try(setns(ns, CLONE_NEWNET), "setns");
	f = fopen("/proc/thread-self/net/stat/nf_conntrack", "r");
	if (!f || !fgets(line, sizeof(line), f))
		die("no statistics of conntrack");
	for (word = strtok_r(line, BLANKS, &save); word;
	     word = strtok_r(NULL, BLANKS, &save), column++)
		if (!strcmp(word, "expect_create"))
			break;
	if (!word)
		die("conntrack does not count expectations");
	while (fgets(line, sizeof(line), f)) {
		word = strtok_r(line, BLANKS, &save);
		for (n = 0; word && n < column; n++)
			word = strtok_r(NULL, BLANKS, &save);
		sum += word ? strtoul(word, NULL, 16) : 0;
	}
	fclose(f);
	return sum;
}

/* Does conntrack's entry on the router tell that a flowtable has the flow? */
static bool offloaded(const struct ends *e)
{
	char line[1024], port[16];
	bool found = false;
	FILE *f;

	snprintf(port, sizeof(port), "dport=%d ", e->port);
	try(setns(e->router_ns, CLONE_NEWNET), "setns");
	f = fopen("/proc/thread-self/net/nf_conntrack", "r");
	if (!f)
		die("no list of conntrack's entries");
	while (!found && fgets(line, sizeof(line), f))
		found = strstr(line, port) && strstr(line, "OFFLOAD");
	fclose(f);
	return found;
}

static const struct exchange *find(const char *name)
{
	const struct exchange *x;

	for (x = text_exchanges; x->name; x++)
		if (!strcmp(x->name, name))
			return x;
	for (x = raw_exchanges; x->name; x++)
		if (!strcmp(x->name, name))
			return x;
	die("no exchange %s", name);
	return NULL;
}

/* Announces a connection by a 227 of FTP; only this connection is measured. */
static void announce(struct ends *e)
{
	struct ends master = *e;

	master.x = find("ftp-227");
	master.port = master.x->port;
	listen_up(&master);
	client_up(&master, 0);
	exchange_do(&master, 0);
	exchange_do(&master, 1);
	e->port = announced(1);
}

static int compare_ns(const void *a, const void *b)
{
	unsigned long long x = *(unsigned long long *)a;
	unsigned long long y = *(unsigned long long *)b;

	return x < y ? -1 : x > y;
}

/*
 * Mean of the sorted times, except for times that exceed the median by 1 ms: in
 * these another process ran. Freeing a batch of memory takes a tenth of that.
 */
static double mean_of(const unsigned long long *ns, unsigned int n)
{
	unsigned long long most = ns[n / 2] + 1000000, sum = 0;
	unsigned int i;

	for (i = 0; i < n && ns[i] <= most; i++)
		sum += ns[i];
	return (double)sum / i;
}

static unsigned long long exchange_next(struct ends *e)
{
	return exchange_do(e, e->next++);
}

/*
 * Begins another flow and opens @e->live expectations. The first exchange of the
 * flow has allocated what its first expectations need; its own are removed.
 */
static void live_begin(struct ends *e)
{
	unsigned long made;

	if (e->live < 0)
		return;
	flow_remove(e->router_ns, CLIENT, SERVER, e->port);
	exchange_next(e);
	expects_remove(e->router_ns);
	made = expects_made(e->router_ns) + e->live;
	while (expects_made(e->router_ns) < made)
		exchange_next(e);
	if (expects_made(e->router_ns) != made)
		die("%s: not %d expectations", e->x->name, e->live);
}

/*
 * Prints the figure, the mean, the median, and the expectations per exchange.
 * If exchanges make expectations, the figure is the mean, which contains the
 * later freeing of expectations. Otherwise, and for new flows, it is the
 * median, which excludes exchanges with a timer and exchanges that need a new
 * page for a flow: clearing a page takes half as long as all the rest.
 */
static void measure(struct ends *e, unsigned int n, unsigned int warm,
		    bool helped)
{
	unsigned long long *ns = calloc(n, sizeof(*ns));
	unsigned long long median;
	unsigned long opened;
	double mean;
	unsigned int i;

	if (!ns)
		die("no memory");
	for (i = 0; i < warm; i++)
		exchange_next(e);
	opened = expects_made(e->router_ns);
	for (i = 0; i < n; i++) {
		live_begin(e);
		ns[i] = exchange_next(e);
	}
	opened = expects_made(e->router_ns) - opened;
	if (helped ? opened < (unsigned long)n * e->x->opens : opened)
		die("%s: %lu expectations in %u exchanges", e->x->name, opened,
		    n);
	qsort(ns, n, sizeof(*ns), compare_ns);
	mean = mean_of(ns, n);
	median = ns[n / 2];
	printf("%.1f %.1f %llu %.2f\n", e->x->fresh || !e->x->opens ||
	       e->live >= 0 ? median : mean, mean,
	       median, (double)opened / n);
	free(ns);
}

static int misused(void)
{
	fputs("usage: exchange [-n N] [-w N] [-l BYTES] [-x N] [-eo] none|helped\n"
	      "                NAME CLIENT-NS ROUTER-NS SERVER-NS\n"
	      "  -n N      measured exchanges (400)\n"
	      "  -w N      unmeasured exchanges before (50)\n"
	      "  -l BYTES  length of the line in bulk and fill (100)\n"
	      "  -x N      new flow for each exchange, with N live expectations\n"
	      "  -e        on a data connection that FTP announced\n"
	      "  -o        a flowtable must have the connection\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	unsigned int n = 400, warm = 50;
	struct ends e = { .live = -1 };
	bool expected = false, offload = false, helped;
	int opt;

	while ((opt = getopt(argc, argv, "n:w:l:x:eo")) != -1) {
		if (opt == 'n')
			n = atoi(optarg);
		else if (opt == 'w')
			warm = atoi(optarg);
		else if (opt == 'l')
			filler = atoi(optarg);
		else if (opt == 'x')
			e.live = atoi(optarg);
		else if (opt == 'e')
			expected = true;
		else if (opt == 'o')
			offload = true;
		else
			return misused();
	}
	if (argc - optind != 5 || !n)
		return misused();
	argv += optind;
	helped = !strcmp(argv[0], "helped");
	e.x = find(argv[1]);
	e.port = e.x->port;
	e.seen = helped ? ROUTER : CLIENT;
	e.client_ns = namespace_open(argv[2]);
	e.router_ns = namespace_open(argv[3]);
	e.server_ns = namespace_open(argv[4]);
	if (expected)
		announce(&e);
	listen_up(&e);
	if (!e.x->fresh)
		client_up(&e, 0);
	measure(&e, n, warm, helped);
	if (offload && !offloaded(&e))
		die("%s: not in the flowtable", e.x->name);
	return 0;
}

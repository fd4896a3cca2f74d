// SPDX-License-Identifier: GPL-2.0
/*
 * Choice of public ports, compared with a search that tests each port of the
 * range by itself, for random ranges; and the coverage of the tries.
 */
#include "engine_test.h"
#include "../../kmod/engine/intent.h"

#define ROUNDS		2000
#define RESERVED	4
#define ALL_PORTS	65536

static struct algate_range reserved[RESERVED];
static struct algate_ports ports = { .reserved = reserved };
static struct algate_action act;
static struct algate_opening o = { .act = &act };

/* Is each port of an opening at @port allowed, and its parity right? */
static bool may_be(u32 port)
{
	u32 i, p;

	for (p = port; p < port + act.count; p++) {
		if (p < ports.all.first || p > ports.all.last)
			return false;
		for (i = 0; i < ports.nreserved; i++)
			if (p >= reserved[i].first && p <= reserved[i].last)
				return false;
	}
	return !act.parity || port % 2 == o.real.port % 2u;
}

static u32 naive_next(u32 from)
{
	u32 port;

	for (port = from; port < ALL_PORTS; port++)
		if (may_be(port))
			return port;
	return 0;
}

static struct algate_range range_within(u32 first, u32 last)
{
	u32 a = first + rnd(last - first + 1);

	return (struct algate_range){ a, a + rnd(last - a + 1) };
}

/* Random ports: every other range is at an end of all ports. */
static void set_up(u32 round)
{
	u32 first = round % 4 ? 1 + rnd(65535) : 65535 - rnd(300);
	u32 i;

	ports.all = range_within(round % 4 == 1 ? 1 : first, 65535);
	ports.nreserved = rnd(RESERVED + 1);
	for (i = 0; i < ports.nreserved; i++)
		reserved[i] = range_within(ports.all.first, ports.all.last);
	act.count = 1 + rnd(16);
	act.parity = rnd(2) * 2;
	o.real.port = 1024 + rnd(60000);
}

static void test_next(void)
{
	bool good = true;
	u32 i, j, from, want;

	rnd_seed(1);
	for (i = 0; i < ROUNDS; i++) {
		set_up(i);
		for (j = 0; j < 8; j++) {
			from = j ? rnd(ALL_PORTS + 1) : ports.all.last;
			want = naive_next(from);
			if (algate_port_next(&ports, &o, from) == want)
				continue;
			good = false;
			note("from %u in %u-%u, %u ports: not %u", from,
			     ports.all.first, ports.all.last, act.count, want);
		}
	}
	verdict(good, "port: the next port is the lowest allowed one");
}

static void test_allowed(void)
{
	bool good = true;
	u32 i, port;

	rnd_seed(2);
	for (i = 0; i < ROUNDS; i++) {
		set_up(i);
		port = rnd(2) ? rnd(ALL_PORTS) : ports.all.last;
		good &= algate_port_allowed(&ports, &o, port) == may_be(port);
	}
	verdict(good, "port: an announced port is kept only if allowed");
}

static void test_candidates(void)
{
	bool good = true;
	u32 i, try, port;

	rnd_seed(3);
	for (i = 0; i < ROUNDS; i++) {
		set_up(i);
		for (try = 0; try < ALGATE_PORT_TRIES; try += 1 + rnd(9)) {
			port = algate_port_candidate(&ports, &o, rnd(1u << 31),
						     try);
			good &= port ? may_be(port) : !naive_next(0);
		}
	}
	verdict(good, "port: each try is an allowed port, if there is any");
}

/* Number of different candidates of all tries */
static u32 visited(u32 first, u32 last)
{
	static bool seen[ALL_PORTS];
	u32 start = rnd(1u << 31), n = 0, i, port;

	memset(seen, 0, sizeof(seen));
	ports.all = (struct algate_range){ first, last };
	for (i = 0; i < ALGATE_PORT_TRIES; i++) {
		port = algate_port_candidate(&ports, &o, start, i);
		n += !seen[port];
		seen[port] = true;
	}
	return n;
}

static void test_coverage(void)
{
	bool good = true;
	u32 i;

	rnd_seed(4);
	ports.nreserved = 0;
	act.count = 1;
	act.parity = 0;
	for (i = 0; i < 100; i++) {
		good &= visited(40000, 40000) == 1;
		good &= visited(40000, 40063) == 64;
		good &= visited(65408, 65535) == ALGATE_PORT_TRIES;
		good &= visited(40000, 40128) == ALGATE_PORT_TRIES;
		good &= visited(1024, 65535) == ALGATE_PORT_TRIES;
	}
	verdict(good, "port: the tries visit all ports of a small range");
	act.parity = 2;
	o.real.port = 5004;
	for (i = 0, good = true; i < 100; i++)
		good &= visited(40001, 40100) == 50;
	verdict(good, "port: the tries visit all even ports of a small range");
}

int main(void)
{
	test_next();
	test_allowed();
	test_candidates();
	test_coverage();
	return verdict_exit();
}

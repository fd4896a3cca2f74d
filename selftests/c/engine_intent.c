// SPDX-License-Identifier: GPL-2.0
/*
 * Translation of endpoints: a table of announced endpoints and the expected
 * rewritten endpoints, for both ends of a flow with source and destination NAT.
 */
#include "engine_test.h"
#include "../../kmod/engine/intent.h"

enum { C4, S4, C6, PLAIN };	/* flows: client or server sends; IPv4, IPv6 */

/*
 * Client 10.0.0.1:40000, seen as 203.0.113.7:41000; server 192.168.1.9:5062,
 * seen as 198.51.100.9:5060; the same over IPv6; and a flow without NAT.
 */
static struct algate_ends flows[] = {
	[C4] = { { { 10, 0, 0, 1 }, 40000 }, { { 198, 51, 100, 9 }, 5060 },
		 { { 203, 0, 113, 7 }, 41000 }, { { 192, 168, 1, 9 }, 5062 } },
	[S4] = { { { 192, 168, 1, 9 }, 5062 }, { { 203, 0, 113, 7 }, 41000 },
		 { { 198, 51, 100, 9 }, 5060 }, { { 10, 0, 0, 1 }, 40000 } },
	[C6] = { { { 0x20, 1, 0xd, 0xb8, [15] = 1 }, 40000 },
		 { { 0x20, 1, 0xd, 0xb8, [15] = 9 }, 5060 },
		 { { 0x20, 1, 0xd, 0xb8, [15] = 7 }, 41000 },
		 { { 0x20, 1, 0xd, 0xb8, [15] = 8 }, 5062 } },
	[PLAIN] = { { { 10, 0, 0, 1 }, 40000 }, { { 198, 51, 100, 9 }, 5060 },
		    { { 10, 0, 0, 1 }, 40000 }, { { 198, 51, 100, 9 }, 5060 } },
};

/*
 * The client has opened two ports for UDP, and a port that NAT maps to the same
 * number as the flow's port; the server one for TCP.
 */
static struct algate_mapping server_port = {
	.real = { { 192, 168, 1, 9 }, 8000 },
	.mapped = { { 198, 51, 100, 9 }, 8100 },
	.count = 1, .dir = ALGATE_SERVER, .class = 1, .proto = IPPROTO_TCP,
};

static struct algate_mapping same_number = {
	.next = &server_port,
	.real = { { 10, 0, 0, 1 }, 6100 },
	.mapped = { { 203, 0, 113, 7 }, 41000 },
	.count = 1, .dir = ALGATE_CLIENT, .proto = IPPROTO_UDP,
};

static struct algate_mapping known = {
	.next = &same_number,
	.real = { { 10, 0, 0, 1 }, 6000 },
	.mapped = { { 203, 0, 113, 7 }, 7000 },
	.count = 2, .dir = ALGATE_CLIENT, .proto = IPPROTO_UDP,
};

#define THIRD	ALGATE_ACTION_F_THIRD_PARTY
#define LOW	ALGATE_ACTION_F_LOW_PORTS
#define UDP	IPPROTO_UDP
#define TCP	IPPROTO_TCP
#define GRE	IPPROTO_GRE
#define END	ALGATE_T_ENDPOINT
#define HOST	ALGATE_T_HOST
#define IP	ALGATE_T_IP
#define COMMAS	ALGATE_T_IP4_COMMAS
#define OWN	0		/* no slot: the sender's own address, ... */
#define PEER	0xff		/* ... or the peer's */

/**
 * struct row - a case
 * @flow: sender
 * @type: notation of the address; OWN, PEER
 * @text: address, port, second port
 * @want: expected text after rewriting
 * @proto: of the action; the flow's is UDP
 * @number: default port
 * @count: open: number of ports
 * @flags: open: ALGATE_ACTION_F_*
 * @why: open: counter of the refusal, +1
 * @fixed: open: the port cannot be moved
 * @computed: open: the port is a number without a place
 * @moved: open: added to the port by the test's NAT
 */
struct row {
	u8 flow;
	u8 type;
	const char *text;
	const char *want;
	u8 proto;
	u16 number;
	u8 count;
	u8 flags;
	u8 why;
	bool fixed;
	bool computed;
	u16 moved;
};

#define T(flow, type, text, want, proto, number) \
	{ flow, type, text, want, proto, number, 0, 0, 0, false, false, 0 }

static const struct row translations[] = {
	T(C4, HOST, "10.0.0.1", "203.0.113.7", 0, 0),
	T(C4, COMMAS, "10,0,0,1", "203,0,113,7", 0, 0),
	T(C4, END, "10.0.0.1:40000", "203.0.113.7:41000", 0, 0),
	T(C4, END, "10.0.0.1:40000", "203.0.113.7:41000", UDP, 0),
	T(C4, END, "10.0.0.1:40000", "203.0.113.7:40000", TCP, 0),
	T(C4, END, "10.0.0.1", "203.0.113.7", 0, 0),
	T(C4, END, "10.0.0.1", "203.0.113.7", 0, 5060),
	T(C4, END, "10.0.0.1", "203.0.113.7:41000", 0, 40000),
	T(C4, END, "10.0.0.1", "203.0.113.7:7000", 0, 6000),
	T(C4, END, "10.0.0.1:5060", "203.0.113.7:5060", 0, 5060),
	/* opened ports, and the ports before and behind them */
	T(C4, END, "10.0.0.1:6000", "203.0.113.7:7000", 0, 0),
	T(C4, END, "10.0.0.1:6001", "203.0.113.7:7001", 0, 0),
	T(C4, END, "10.0.0.1:6002", "203.0.113.7:6002", 0, 0),
	T(C4, END, "10.0.0.1:5999", "203.0.113.7:5999", 0, 0),
	T(C4, END, "10.0.0.1:6001", "203.0.113.7:6001", TCP, 0),
	T(C4, END, "10.0.0.1:8000", "203.0.113.7:8000", TCP, 0),
	/* the receiver's own address, as the sender sees it */
	T(C4, END, "198.51.100.9:5060", "192.168.1.9:5062", 0, 0),
	T(C4, END, "198.51.100.9", "192.168.1.9:5062", 0, 5060),
	T(C4, END, "198.51.100.9:8100", "192.168.1.9:8000", TCP, 0),
	T(C4, END, "198.51.100.9:8100", "192.168.1.9:8100", UDP, 0),
	T(C4, IP, "198.51.100.9", "192.168.1.9", 0, 0),
	/* addresses of other hosts */
	T(C4, END, "192.0.2.1:40000", "192.0.2.1:40000", 0, 0),
	T(C4, HOST, "[2001:db8::1]", "[2001:db8::1]", 0, 0),
	T(C4, HOST, "192.0.2.1 40000", "192.0.2.1 40000", 0, 0),
	/* from the server */
	T(S4, END, "203.0.113.7:41000", "10.0.0.1:40000", 0, 0),
	T(S4, END, "203.0.113.7:7001", "10.0.0.1:6001", 0, 0),
	T(S4, END, "203.0.113.7:7002", "10.0.0.1:7002", 0, 0),
	T(S4, END, "192.168.1.9:5062", "198.51.100.9:5060", 0, 0),
	T(S4, END, "192.168.1.9:8000", "198.51.100.9:8100", TCP, 0),
	T(S4, END, "10.0.0.1:6000", "10.0.0.1:6000", 0, 0),
	/* ports with places of their own */
	T(C4, IP, "10.0.0.1 6000 6001", "203.0.113.7 7000 7001", 0, 0),
	T(C4, IP, "198.51.100.9 5060", "192.168.1.9 5062", 0, 0),
	T(C4, OWN, "40000", "41000", 0, 0),
	T(C4, OWN, "5060 40000", "5060 41000", 0, 0),
	T(C4, PEER, "5060", "5062", 0, 0),
	T(C4, PEER, "40000", "40000", 0, 0),
	T(C4, OWN, "105536 71536", "105536 71536", 0, 0),
	T(C4, PEER, "70596", "70596", 0, 0),
	/* NAT gave the same number twice */
	T(C4, OWN, "6100", "41000", 0, 0),
	T(C4, OWN, "40000", "41000", 0, 0),
	T(S4, PEER, "41000", "6100", 0, 0),
	T(S4, PEER, "41000", "41000", TCP, 0),
	T(S4, IP, "203.0.113.7 41000", "10.0.0.1 40000", 0, 0),
	/* IPv6 */
	T(C6, END, "[2001:db8::1]:40000", "[2001:db8::7]:41000", 0, 0),
	T(C6, END, "[2001:DB8:0:0::9]", "[2001:db8::8]:5062", 0, 5060),
	T(C6, IP, "2001:db8::1 40000", "2001:db8::7 41000", 0, 0),
	T(C6, IP, "10.0.0.1 40000", "10.0.0.1 40000", 0, 0),
	/* without NAT, an unusual notation of an address stays */
	T(PLAIN, END, "010.0.0.1:40000", "010.0.0.1:40000", 0, 0),
};

#define O(flow, type, text, want, proto, count) \
	{ flow, type, text, want, proto, 0, count, 0, 0, false, false, 0 }
#define NO(counter, flow, type, text, proto, number, count, flags) \
	{ flow, type, text, NULL, proto, number, count, flags, \
	  ALGATE_C_##counter + 1, false, false, 0 }

static const struct row opens[] = {
	O(C4, IP, "10.0.0.1 9000", "203.0.113.7 9000", TCP, 1),
	O(C4, END, "10.0.0.1:9000", "203.0.113.7:9000", TCP, 16),
	O(C6, END, "[2001:db8::1]:9000", "[2001:db8::7]:9000", UDP, 1),
	O(S4, IP, "192.168.1.9 9000", "198.51.100.9 9000", TCP, 1),
	O(C4, OWN, "9000", "9000", TCP, 1),
	/* the flow's own endpoint is where NAT put it */
	{ C4, END, "10.0.0.1:40000", "203.0.113.7:41000", UDP, .count = 1,
	  .fixed = true },
	{ C4, OWN, "40000", "41000", UDP, .count = 1, .fixed = true },
	{ C4, OWN, "", "", UDP, .count = 1, .fixed = true },
	{ C4, OWN, "", "", TCP, .count = 1, .fixed = true },
	O(C4, END, "10.0.0.1:40000", "203.0.113.7:40000", TCP, 1),
	/* opened before: the same mapped port, unless class or count differ */
	O(C4, END, "10.0.0.1:6000", "203.0.113.7:7000", UDP, 2),
	O(C4, IP, "10.0.0.1 6000 6001", "203.0.113.7 7000 7001", UDP, 2),
	O(C4, END, "10.0.0.1:6000", "203.0.113.7:6000", UDP, 1),
	O(C4, END, "10.0.0.1:6000", "203.0.113.7:6000", TCP, 2),
	O(C4, END, "10.0.0.1:6001", "203.0.113.7:6001", UDP, 2),
	/* another port is found */
	{ C4, IP, "10.0.0.1 9000 9001", "203.0.113.7 9010 9011", UDP,
	  .count = 2, .moved = 10 },
	{ C4, END, "10.0.0.1", "203.0.113.7", UDP, 5060, .count = 1 },
	{ C4, END, "10.0.0.1", "203.0.113.7:5061", UDP, 5060, .count = 1,
	  .moved = 1 },
	{ C4, END, "10.0.0.1", "203.0.113.7:41000", UDP, 40000, .count = 1,
	  .fixed = true },
	/* a computed port, which stands nowhere in the message */
	{ C4, IP, "10.0.0.1 9000", "203.0.113.7 9000", UDP, .count = 1,
	  .computed = true, .fixed = true },
	NO(LOW_PORT, C4, IP, "10.0.0.1 80", UDP, 0, 1, 0),
	/* a sender that knows its public address */
	{ C4, IP, "203.0.113.7 9000", "203.0.113.7 9100", TCP, .count = 1,
	  .moved = 100 },
	{ C4, END, "203.0.113.7:40000", "203.0.113.7:41000", UDP, .count = 1,
	  .fixed = true },
	/* no NAT, no other port */
	{ PLAIN, IP, "10.0.0.1 9000", "10.0.0.1 9000", TCP, .count = 1,
	  .fixed = true },
	/* third party */
	NO(THIRD_PARTY, C4, IP, "192.0.2.1 9000", TCP, 0, 1, 0),
	NO(THIRD_PARTY, C4, IP, "198.51.100.9 9000", TCP, 0, 1, 0),
	NO(THIRD_PARTY, C4, IP, "2001:db8::1 9000", TCP, 0, 1, 0),
	NO(BAD_PORT, C4, IP, "2001:db8::1 9000", TCP, 0, 1, THIRD),
	{ C4, IP, "192.0.2.1 9000", "192.0.2.1 9000", TCP, .count = 1,
	  .flags = THIRD, .fixed = true },
	/* low ports */
	NO(LOW_PORT, C4, IP, "10.0.0.1 1023", TCP, 0, 1, 0),
	NO(LOW_PORT, C4, END, "10.0.0.1:80", TCP, 0, 1, THIRD),
	NO(LOW_PORT, C4, END, "10.0.0.1", TCP, 80, 1, 0),
	O(C4, IP, "10.0.0.1 1024", "203.0.113.7 1024", TCP, 1),
	{ C4, IP, "10.0.0.1 1023", "203.0.113.7 1023", TCP, .count = 1,
	  .flags = LOW },
	O(C4, IP, "10.0.0.1 80", "203.0.113.7 80", GRE, 1),
	O(C4, IP, "10.0.0.1 0", "203.0.113.7 0", GRE, 1),
	/* invalid ports */
	NO(BAD_PORT, C4, IP, "10.0.0.1 0", TCP, 0, 1, LOW),
	NO(BAD_PORT, C4, IP, "10.0.0.1 65535", TCP, 0, 2, 0),
	NO(BAD_PORT, C4, IP, "10.0.0.1 65521", TCP, 0, 16, 0),
	O(C4, IP, "10.0.0.1 65520", "203.0.113.7 65520", TCP, 16),
	NO(BAD_PORT, C4, IP, "10.0.0.1 9000 9002", TCP, 0, 2, 0),
	NO(BAD_PORT, C4, IP, "10.0.0.1 9001 9000", TCP, 0, 2, 0),
	NO(BAD_PORT, C4, IP, "10.0.0.1 65536", TCP, 0, 1, 0),
};

/* The current case. */
static struct {
	struct algate_action act;
	struct algate_intent in;
	struct algate_message msg;
	struct algate_result result;
} one;

static u32 read_value(u8 type, u32 off, struct algate_value *v)
{
	int n = algate_value_read(type, one.msg.data + off, one.msg.len - off,
				  false, v);

	if (n <= 0)
		abort();
	v->off = off;
	v->len = n;
	return off + n + 1;
}

/* Reads the slots from the text. Without an address, @type is OWN or PEER. */
static void set_up(const struct row *row, u8 verb)
{
	u32 off = 0;

	memset(&one, 0, sizeof(one));
	one.act = (struct algate_action){
		.verb = verb, .proto = row->proto, .flags = row->flags,
		.addr = row->type == PEER ? ALGATE_SLOT_PEER : ALGATE_SLOT_NONE,
		.port = ALGATE_SLOT_NONE, .port2 = ALGATE_SLOT_NONE,
		.count = row->count, .number = row->number,
	};
	one.msg = (struct algate_message){
		.data = (const u8 *)row->text, .len = strlen(row->text),
		.ends = &flows[row->flow], .proto = UDP,
		.family = row->flow == C6 ? AF_INET6 : AF_INET,
		.dir = row->flow == S4 ? ALGATE_SERVER : ALGATE_CLIENT,
	};
	one.in.act = &one.act;
	if (row->type != OWN && row->type != PEER) {
		one.act.addr = 0;
		one.in.addr_type = row->type;
		off = read_value(row->type, 0, &one.in.addr);
	}
	if (off < one.msg.len) {
		one.in.port_type = ALGATE_T_DEC;
		off = read_value(ALGATE_T_DEC, off, &one.in.port);
		if (row->computed) {
			one.in.port_type = ALGATE_T_NUM;
			one.in.port.len = 0;
		}
	}
	if (off < one.msg.len) {
		one.in.port2_type = ALGATE_T_DEC;
		read_value(ALGATE_T_DEC, off, &one.in.port2);
	}
}

/* The open action that the resolver wants a port for, and its port's change */
static struct reserved {
	struct algate_opening o;
	u16 moved;
} reserved;

static int reserve_one(void *ctx, const struct algate_intent *in,
		       struct algate_opening *o)
{
	struct reserved *r = ctx;

	(void)in;
	r->o = *o;
	o->mapped.port += r->moved;
	return -1;
}

static void release_one(void *ctx)
{
	(void)ctx;
}

/* Carries out one.in. */
static int resolve_one(struct algate_mapping *list)
{
	static const struct algate_prog prog = { .class[0].max = 255 };
	struct algate_resolver r = {
		.prog = &prog, .known = list, .ctx = &reserved,
		.reserve = reserve_one, .release = release_one,
	};

	one.result.intent[0] = one.in;
	one.result.nintents = 1;
	return algate_resolve(&r, &one.msg, &one.result);
}

static bool written(const char *want)
{
	u8 out[200];
	int n = algate_edit_apply(&one.result, one.msg.data, one.msg.len, out);

	if (n == (int)strlen(want) && !memcmp(out, want, n))
		return true;
	note("%.*s becomes %.*s, should be %s", (int)one.msg.len, one.msg.data,
	     n < 0 ? 0 : n, out, want);
	return false;
}

static void test_translate(void)
{
	bool good = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(translations); i++) {
		const struct row *row = &translations[i];

		set_up(row, ALGATE_VERB_TRANSLATE);
		good &= resolve_one(&known) == -1 && written(row->want);
	}
	verdict(good, "intent: table of translations");
}

static bool opens_as(const struct row *row)
{
	const struct algate_opening *o = &reserved.o;
	int why;

	set_up(row, ALGATE_VERB_OPEN);
	reserved.moved = row->moved;
	why = resolve_one(&known);
	reserved.moved = 0;
	if (why != row->why - 1 ||
	    (why < 0 && (o->movable == row->fixed || o->act != &one.act))) {
		note("%s: %d, movable %d", row->text, why, o->movable);
		return false;
	}
	return why >= 0 || written(row->want);
}

static void test_open(void)
{
	bool good = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(opens); i++)
		good &= opens_as(&opens[i]);
	verdict(good, "intent: table of opens");
}

static void test_resolved(void)
{
	static const struct row row = O(C4, IP, "10.0.0.1 6000", NULL, UDP, 2);
	static const struct row third = {
		C4, IP, "192.0.2.1 6000", NULL, UDP, .count = 2,
		.flags = THIRD };
	const struct algate_opening *o = &reserved.o;
	bool good;

	set_up(&row, ALGATE_VERB_OPEN);
	verdict(resolve_one(NULL) == -1 &&
		!memcmp(o->real.addr, flows[C4].own.addr, 4) &&
		o->real.port == 6000 && o->mapped.port == 6000 && o->follow &&
		!memcmp(o->mapped.addr, flows[C4].own_seen.addr, 4),
		"intent: an open is where NAT takes the flow");
	set_up(&third, ALGATE_VERB_OPEN);
	verdict(resolve_one(&known) == -1 &&
		!memcmp(o->mapped.addr, one.in.addr.addr, 4) && !o->follow &&
		!memcmp(o->real.addr, o->mapped.addr, 4),
		"intent: a third party is where it is");
	set_up(&row, ALGATE_VERB_OPEN);
	one.msg.ends = NULL;
	good = resolve_one(&known) == ALGATE_C_THIRD_PARTY;
	one.act.verb = ALGATE_VERB_TRANSLATE;
	verdict(good && resolve_one(&known) == -1 && !one.result.nedits,
		"intent: without a flow nothing is done");
}

/* Test the hosts that may use an opening for any host, as far as NAT tells. */
static void test_users(void)
{
	static const struct row row = O(C4, IP, "10.0.0.1 6000", NULL, UDP, 2);
	static const struct {
		u8 from;
		u8 own, peer;	/* NAT replaces the address */
		enum algate_users want;
	} cases[] = {
		{ ALGATE_FROM_ANY, 0, 0, ALGATE_USERS_BEGAN },
		{ ALGATE_FROM_ANY, 1, 0, ALGATE_USERS_SIDE },
		{ ALGATE_FROM_ANY, 0, 1, ALGATE_USERS_PEER },
		{ ALGATE_FROM_ANY, 1, 1, ALGATE_USERS_BEGAN },
		{ ALGATE_FROM_PEER, 1, 0, ALGATE_USERS_PEER },
	};
	bool good = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct algate_ends ends = flows[PLAIN];

		set_up(&row, ALGATE_VERB_OPEN);
		one.act.from = cases[i].from;
		ends.own_seen.addr[3] ^= cases[i].own;
		ends.peer_real.addr[3] ^= cases[i].peer;
		one.msg.ends = &ends;
		good &= resolve_one(NULL) == -1 &&
			reserved.o.from == cases[i].want;
	}
	one.msg.ends = NULL;
	verdict(good, "intent: any host outside");
}

/* Bytes that have left, and places that are taken. */
static void test_places(void)
{
	static const struct row row = T(C4, END, "10.0.0.1:40000", NULL, 0, 0);
	static const struct row plain = T(PLAIN, END, "10.0.0.1:40000",
					  "10.0.0.1:40000", 0, 0);
	struct algate_value other = { .num = 1 };

	set_up(&row, ALGATE_VERB_TRANSLATE);
	one.msg.frozen = 1;
	verdict(resolve_one(&known) == ALGATE_C_NO_ROOM && !one.result.nedits,
		"intent: frozen bytes stay");
	set_up(&plain, ALGATE_VERB_TRANSLATE);
	one.msg.frozen = 1;
	verdict(resolve_one(&known) == -1 && !one.result.nedits,
		"intent: frozen, but right already");
	set_up(&row, ALGATE_VERB_TRANSLATE);
	algate_edit_add(&one.result, 3, 2, ALGATE_T_DEC, &other);
	verdict(resolve_one(&known) == ALGATE_C_NO_ROOM,
		"intent: the place is taken");
	set_up(&row, ALGATE_VERB_TRANSLATE);
	verdict(resolve_one(&known) == -1 && resolve_one(&known) == -1 &&
		one.result.nedits == 1, "intent: the same twice is done once");
}

int main(void)
{
	test_translate();
	test_open();
	test_resolved();
	test_users();
	test_places();
	return verdict_exit();
}

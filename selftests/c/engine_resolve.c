// SPDX-License-Identifier: GPL-2.0
/*
 * The intents of a message together: which stand and which are refused, and
 * what is left in the message.
 */
#include <ctype.h>

#include "engine_test.h"
#include "../../kmod/engine/intent.h"

#define TEXT	"10.0.0.1 6000 6010 10.0.0.1 80 198.51.100.9"

enum token { HOME, P6000, P6010, HOME2, P80, PEER, NTOKENS, NONE = NTOKENS };

/*
 * The client 10.0.0.1 is seen as 203.0.113.7; the server, which the client
 * knows as 198.51.100.9, is 192.168.1.9.
 */
static const struct algate_ends ends = {
	{ { 10, 0, 0, 1 }, 40000 }, { { 198, 51, 100, 9 }, 5060 },
	{ { 203, 0, 113, 7 }, 41000 }, { { 192, 168, 1, 9 }, 5062 },
};

static const char letters[__ALGATE_VERB_MAX] = {
	[ALGATE_VERB_OPEN] = 'o', [ALGATE_VERB_TRANSLATE] = 't',
	[ALGATE_VERB_CONFIRM] = 'y', [ALGATE_VERB_CLOSE] = 'c',
};

#define MAX_STEPS	5
#define OPEN(class, addr, port)	{ 'o', class, addr, port }
#define OR_ZERO(class, port)	{ 'O', class, NONE, port }
#define TRANSLATE(addr)	{ 't', 0, addr, NONE }
#define WITH(class, addr)	{ 'T', class, addr, NONE }
#define CLOSE(class)	{ 'c', class, NONE, NONE }
#define CONFIRM(class)	{ 'y', class, NONE, NONE }

/**
 * struct scene - a message and what becomes of it
 * @name: name of the case
 * @step: the intents in their order; an open in upper case has "else 0", a
 *	translate in upper case belongs to a class
 * @max: expectations that each class holds
 * @room: expectations that the caller has room for
 * @fail_at: the call of reserve() that fails, from 1; 0: none
 * @taken: place that a statement of the rules has rewritten
 * @frozen: length of the prefix that the receiver already has
 * @longest: the longest message that the caller accepts; 0: any
 * @kept: reservations that a refused message leaves for the caller to undo
 * @want: the edited message; NULL: it is refused
 * @left: the verbs of the intents that stand
 * @why: the counters of the refusals, or of the message's refusal
 */
struct scene {
	const char *name;
	struct {
		char verb;
		u8 class;
		u8 addr;
		u8 port;
	} step[MAX_STEPS];
	u8 max;
	u8 room;
	u8 fail_at;
	u8 taken;
	u8 frozen;
	u8 longest;
	u8 kept;
	const char *want;
	const char *left;
	u8 why[MAX_STEPS];
};

#define FREE	.max = 9, .room = 9, .taken = NONE

static const struct scene scenes[] = {
	{ "two endpoints",
	  { OPEN(0, HOME, P6000), OPEN(0, HOME2, P6010) }, FREE,
	  .want = "203.0.113.7 7000 7010 203.0.113.7 80 198.51.100.9",
	  .left = "oo" },
	{ "the port of one of two endpoints is refused",
	  { OPEN(0, HOME, P6000), OPEN(0, HOME2, P6010) }, FREE, .fail_at = 2,
	  .want = "203.0.113.7 7000 6010 10.0.0.1 80 198.51.100.9",
	  .left = "o", .why = { ALGATE_C_NO_PORT } },
	{ "the first endpoint is refused",
	  { OPEN(0, HOME, P6000), OPEN(0, HOME2, P6010) }, FREE, .fail_at = 1,
	  .want = "10.0.0.1 6000 7010 203.0.113.7 80 198.51.100.9",
	  .left = "o", .why = { ALGATE_C_NO_PORT } },
	{ "an address for two ports, of which one is refused",
	  { OPEN(0, HOME, P6000), OPEN(0, HOME, P6010) }, FREE, .fail_at = 2,
	  .why = { ALGATE_C_NO_PORT } },
	{ "an address for two ports, and a translation",
	  { OPEN(0, HOME, P6000), OPEN(0, HOME, P6010), TRANSLATE(PEER) }, FREE,
	  .fail_at = 2,
	  .want = "10.0.0.1 6000 6010 10.0.0.1 80 192.168.1.9",
	  .left = "t", .why = { ALGATE_C_NO_PORT, ALGATE_C_NO_PORT } },
	{ "an address for two ports, around another endpoint",
	  { OPEN(0, HOME, P6000), OPEN(0, HOME2, P80), OPEN(0, HOME, P6010) },
	  FREE,
	  .want = "203.0.113.7 7000 7010 10.0.0.1 80 198.51.100.9",
	  .left = "oo", .why = { ALGATE_C_LOW_PORT } },
	{ "a place that ties two endpoints",
	  { OPEN(0, HOME, P6000), OPEN(0, HOME2, P6010), OPEN(0, HOME, P6010),
	    CONFIRM(0) }, FREE, .fail_at = 3,
	  .want = TEXT, .left = "y",
	  .why = { ALGATE_C_NO_PORT, ALGATE_C_NO_PORT, ALGATE_C_NO_PORT } },
	{ "a class that holds one expectation",
	  { OPEN(0, HOME, P6000), OPEN(0, HOME2, P6010) }, .max = 1, .room = 9,
	  .taken = NONE,
	  .want = "203.0.113.7 7000 6010 10.0.0.1 80 198.51.100.9",
	  .left = "o", .why = { ALGATE_C_LIMIT } },
	{ "what is refused takes no room of its class",
	  { OPEN(0, HOME, P6000), OPEN(0, HOME2, P6010) }, .max = 1, .room = 9,
	  .taken = NONE, .fail_at = 1,
	  .want = "10.0.0.1 6000 7010 203.0.113.7 80 198.51.100.9",
	  .left = "o", .why = { ALGATE_C_NO_PORT } },
	{ "room for one expectation",
	  { OPEN(0, HOME, P6000), OPEN(1, HOME2, P6010) }, .max = 9, .room = 1,
	  .taken = NONE,
	  .want = "203.0.113.7 7000 6010 10.0.0.1 80 198.51.100.9",
	  .left = "o", .why = { ALGATE_C_LIMIT } },
	{ "no room",
	  { OPEN(0, HOME, P6000) }, .max = 9, .room = 0, .taken = NONE,
	  .why = { ALGATE_C_LIMIT } },
	{ "another host's address refuses the message",
	  { OPEN(0, HOME, P6000), OPEN(0, PEER, P6010) }, FREE,
	  .why = { ALGATE_C_THIRD_PARTY } },
	{ "the port's place is taken",
	  { OPEN(0, HOME, P6000), OPEN(0, HOME2, P6010) }, .max = 9, .room = 9,
	  .taken = P6010,
	  .want = "203.0.113.7 7000 1 10.0.0.1 80 198.51.100.9",
	  .left = "o", .why = { ALGATE_C_NO_ROOM } },
	{ "the place of a translation is taken",
	  { OPEN(0, HOME, P6000), TRANSLATE(PEER) }, .max = 9, .room = 9,
	  .taken = PEER,
	  .want = "203.0.113.7 7000 6010 10.0.0.1 80 0.0.0.1",
	  .left = "o", .why = { ALGATE_C_NO_ROOM } },
	{ "the receiver has the first endpoint already",
	  { OPEN(0, HOME, P6000), OPEN(0, HOME2, P6010) }, FREE, .frozen = 3,
	  .want = "10.0.0.1 6000 7010 203.0.113.7 80 198.51.100.9",
	  .left = "o", .why = { ALGATE_C_NO_ROOM } },
	{ "a translation that shares the place of a refused endpoint",
	  { OPEN(0, HOME, P6000), TRANSLATE(HOME), TRANSLATE(PEER) }, FREE,
	  .fail_at = 1,
	  .want = "10.0.0.1 6000 6010 10.0.0.1 80 192.168.1.9",
	  .left = "t", .why = { ALGATE_C_NO_PORT } },
	{ "a refused port becomes 0",
	  { WITH(0, HOME), OR_ZERO(0, P6000), OR_ZERO(0, P6010) }, FREE,
	  .fail_at = 2,
	  .want = "203.0.113.7 7000 0 10.0.0.1 80 198.51.100.9",
	  .left = "to", .why = { ALGATE_C_NO_PORT } },
	{ "if all ports are refused, they stay as they are",
	  { WITH(0, HOME), OR_ZERO(0, P6000), OR_ZERO(0, P6010), CONFIRM(0) },
	  .max = 9, .room = 0, .taken = NONE,
	  .want = TEXT, .left = "y",
	  .why = { ALGATE_C_LIMIT, ALGATE_C_LIMIT } },
	{ "another class does not count",
	  { WITH(0, HOME), OR_ZERO(0, P6000), OR_ZERO(1, P6010) }, FREE,
	  .fail_at = 1,
	  .want = "10.0.0.1 6000 7010 10.0.0.1 80 198.51.100.9",
	  .left = "o", .why = { ALGATE_C_NO_PORT } },
	{ "a translation of a class without openings",
	  { WITH(1, HOME), OPEN(0, NONE, P6000) }, FREE, .fail_at = 1,
	  .want = "203.0.113.7 6000 6010 10.0.0.1 80 198.51.100.9",
	  .left = "t", .why = { ALGATE_C_NO_PORT } },
	{ "a part of a refused medium does not count",
	  { WITH(0, HOME), OR_ZERO(0, P6000), OPEN(0, NONE, P6010) }, FREE,
	  .fail_at = 1,
	  .want = "10.0.0.1 6000 7010 10.0.0.1 80 198.51.100.9",
	  .left = "o", .why = { ALGATE_C_NO_PORT } },
	{ "no room for the address of a class",
	  { WITH(0, HOME), OR_ZERO(0, P6000), OR_ZERO(0, P6010) }, .max = 9,
	  .room = 9, .taken = HOME, .kept = 2, .why = { ALGATE_C_NO_ROOM } },
	{ "a length that the caller refuses",
	  { OPEN(0, HOME, P6000) }, FREE, .longest = sizeof(TEXT) - 1,
	  .kept = 1, .why = { ALGATE_C_NO_SEQADJ } },
	{ "nothing but a close", { CLOSE(0) }, FREE, .want = TEXT, .left = "c" },
	{ "a close beside a refused endpoint",
	  { CLOSE(0), OPEN(0, HOME, P6000) }, FREE, .fail_at = 1,
	  .want = TEXT, .left = "c", .why = { ALGATE_C_NO_PORT } },
	/* the last scene, see main() */
	{ "an endpoint that is known to be refused",
	  { OPEN(0, HOME, P6000), OPEN(0, HOME, P80), TRANSLATE(PEER) }, FREE,
	  .want = "10.0.0.1 6000 6010 10.0.0.1 80 192.168.1.9",
	  .left = "t", .why = { ALGATE_C_LOW_PORT, ALGATE_C_LOW_PORT } },
};

/* The caller's side: how many expectations are reserved, and the refusals */
struct caller {
	const struct scene *scene;
	u32 calls;
	u32 reserved;
	u32 nrefused;
	u8 refused[MAX_STEPS];
};

static int room(void *ctx, u32 ports)
{
	const struct caller *c = ctx;

	return c->reserved + ports > c->scene->room ? ALGATE_C_LIMIT : -1;
}

static int reserve(void *ctx, const struct algate_intent *in,
		   struct algate_opening *o)
{
	struct caller *c = ctx;

	if (in->act != o->act || ++c->calls == c->scene->fail_at)
		return ALGATE_C_NO_PORT;
	c->reserved++;
	o->mapped.port += 1000;
	return -1;
}

static void release(void *ctx)
{
	struct caller *c = ctx;

	c->reserved--;
}

static int fits(void *ctx, u32 size)
{
	const struct caller *c = ctx;

	return c->scene->longest && size > c->scene->longest ?
	       ALGATE_C_NO_SEQADJ : -1;
}

static void refused(void *ctx, const struct algate_intent *in, int why)
{
	struct caller *c = ctx;

	(void)in;
	c->refused[c->nrefused++] = why;
}

static struct algate_message msg = {
	.data = (const u8 *)TEXT, .len = sizeof(TEXT) - 1, .ends = &ends,
	.proto = IPPROTO_UDP, .family = AF_INET, .dir = ALGATE_CLIENT,
};
static struct algate_action act[MAX_STEPS];
static struct algate_result result;

static u8 read_token(u8 token, struct algate_value *v)
{
	u8 type = token == P6000 || token == P6010 || token == P80 ?
		  ALGATE_T_DEC : ALGATE_T_IP4;
	u32 off = 0;
	int n;

	if (token == NONE)
		return ALGATE_T_UNSPEC;
	while (token--)
		off += strcspn(TEXT + off, " ") + 1;
	n = algate_value_read(type, msg.data + off, msg.len - off, false, v);
	v->off = off;
	v->len = n;
	return type;
}

static void set_up(const struct scene *s)
{
	struct algate_value place, one = {
		.addr = { 0, 0, 0, 1 }, .family = AF_INET,
	};
	u8 type;
	u32 i;

	memset(&result, 0, sizeof(result));
	for (i = 0; i < MAX_STEPS && s->step[i].verb; i++) {
		struct algate_intent *in = &result.intent[i];

		act[i] = (struct algate_action){
			.class = s->step[i].class, .proto = IPPROTO_UDP,
			.count = 1,
		};
		while (letters[act[i].verb] != tolower(s->step[i].verb))
			act[i].verb++;
		if (s->step[i].verb == 'O')
			act[i].flags = ALGATE_ACTION_F_OR_ZERO;
		else if (s->step[i].verb == 'T')
			act[i].flags = ALGATE_ACTION_F_WITH_CLASS;
		in->act = &act[i];
		in->addr_type = read_token(s->step[i].addr, &in->addr);
		in->port_type = read_token(s->step[i].port, &in->port);
	}
	result.nintents = i;
	msg.frozen = s->frozen;
	type = read_token(s->taken, &place);
	if (type == ALGATE_T_DEC)
		one.num = 1;
	if (type != ALGATE_T_UNSPEC)
		algate_edit_add(&result, place.off, place.len, type, &one);
}

/* Do the intents with these verbs stand? Each opening is reserved. */
static bool is_left(const char *verbs, u32 reserved)
{
	u32 i, opens = 0;

	for (i = 0; i < result.nintents; i++) {
		opens += verbs[i] == 'o';
		if (verbs[i] != letters[result.intent[i].act->verb])
			return false;
	}
	return !verbs[i] && opens == reserved;
}

static bool is_written(const char *want)
{
	u8 out[200];
	int n = algate_edit_apply(&result, msg.data, msg.len, out);

	if (n == (int)strlen(want) && !memcmp(out, want, n))
		return true;
	note("becomes %.*s", n < 0 ? 0 : n, out);
	return false;
}

static u32 last_calls;

static bool plays(const struct scene *s)
{
	static struct algate_prog prog;
	struct caller caller = { .scene = s };
	struct algate_resolver r = {
		.prog = &prog, .ctx = &caller, .room = room, .reserve = reserve,
		.release = release, .fits = fits, .refused = refused,
	};
	int why;

	prog.class[0].max = s->max;
	prog.class[1].max = s->max;
	set_up(s);
	why = algate_resolve(&r, &msg, &result);
	last_calls = caller.calls;
	if (!s->want)
		return why == s->why[0] && caller.reserved == s->kept &&
		       !caller.nrefused;
	return why == -1 && is_written(s->want) && r.size == strlen(s->want) &&
	       is_left(s->left, caller.reserved) &&
	       !memcmp(caller.refused, s->why, sizeof(s->why));
}

int main(void)
{
	char name[100];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(scenes); i++) {
		snprintf(name, sizeof(name), "resolve: %s", scenes[i].name);
		verdict(plays(&scenes[i]), name);
	}
	verdict(!last_calls, "resolve: and nothing is reserved for it");
	return verdict_exit();
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Carries out the intents of a message; every port is free, and no limit is
 * reached.
 */
#include "talk.h"
#include "../../kmod/engine/intent.h"

void flow_init(struct flow *f, const struct talk *t)
{
	memset(f, 0, sizeof(*f));
	f->talk = t;
}

void flow_free(struct flow *f)
{
	while (f->known) {
		struct algate_mapping *b = f->known;

		f->known = b->next;
		free(b);
	}
	algate_free(f->entries);
}

void flow_ends(const struct flow *f, u8 dir, struct algate_ends *ends)
{
	ends->own = f->talk->real[dir];
	ends->own_seen = f->talk->public[dir];
	ends->peer = f->talk->public[!dir];
	ends->peer_real = f->talk->real[!dir];
}

bool flow_unread(const struct flow *f)
{
	u8 framing = f->talk->prog->frame[0].kind;
	bool cut = framing == ALGATE_FRAME_HEADERS ||
		   framing == ALGATE_FRAME_LENGTH;

	/* truth.c skips long messages, too, if their lengths are announced */
	return f->counter[ALGATE_C_FAIL_OPEN] || f->counter[ALGATE_C_GAP] ||
	       (f->counter[ALGATE_C_TOO_LONG] && !cut) ||
	       f->counter[ALGATE_C_NO_MEMORY];
}

void nat_count(void *ctx, enum algate_counter c, u32 n)
{
	struct flow *f = ctx;

	f->counter[c] += n;
}

static bool map_port(const struct talk *t, struct algate_opening *o)
{
	u32 port = o->mapped.port;

	if (o->movable && o->mapped.port == o->real.port) {
		port += t->offset;
		if (o->act->parity && (port ^ o->real.port) & 1)
			port ^= 1;
	}
	if (!port || port + o->act->count - 1 > UINT16_MAX)
		return false;
	o->mapped.port = port;
	return true;
}

struct attempt {
	struct flow *flow;
	const struct algate_message *msg;
	struct algate_resolver resolver;
	u32 refused;
};

static int reserve(void *ctx, const struct algate_intent *in,
		   struct algate_opening *o)
{
	struct attempt *a = ctx;
	struct algate_mapping *b;

	if (!map_port(a->flow->talk, o))
		return ALGATE_C_NO_PORT;
	b = malloc(sizeof(*b));
	algate_mapping_init(b, o, a->msg, in);
	b->next = a->resolver.known;
	a->resolver.known = b;
	return -1;
}

static void release(void *ctx)
{
	struct attempt *a = ctx;
	struct algate_mapping *b = a->resolver.known;

	a->resolver.known = b->next;
	free(b);
}

static void refused(void *ctx, const struct algate_intent *in, int why)
{
	struct attempt *a = ctx;

	(void)in;
	(void)why;
	a->refused++;
}

/* Sets @refused to the number of intents that are refused. */
static bool nat_all(struct flow *f, const struct algate_message *msg,
		    struct algate_result *res, u32 *refused_intents)
{
	u32 n = res->nintents;
	struct attempt a = {
		.flow = f, .msg = msg,
		.resolver = {
			.prog = f->talk->prog, .known = f->known, .ctx = &a,
			.reserve = reserve, .release = release,
			.refused = refused,
		},
	};
	int why = algate_resolve(&a.resolver, msg, res);

	f->known = a.resolver.known;
	*refused_intents = why < 0 ? a.refused : n;
	return why < 0;
}

static void nat_undo(struct flow *f, struct algate_mapping *before)
{
	while (f->known != before) {
		struct algate_mapping *b = f->known;

		f->known = b->next;
		free(b);
	}
}

/*
 * @refused intents of @res were refused. If the reason is an edit of bytes that
 * have left, then the rules did not rewrite these bytes at that time, and a
 * message of the other end has changed the state of the rules since.
 */
static void nat_frozen(struct flow *f, const struct algate_message *msg,
		       struct algate_result *res, u32 refused)
{
	struct algate_mapping *before = f->known;
	struct algate_message whole = *msg;
	u32 otherwise;

	whole.frozen = 0;
	nat_all(f, &whole, res, &otherwise);
	nat_undo(f, before);
	if (otherwise >= refused)
		return;
	if (!f->changed[msg->dir])
		bug("%u bytes have left, of which one is to be edited",
		    msg->frozen);
	f->counter[ALGATE_C_FAIL_OPEN]++;
}

bool nat_commit(void *ctx, const struct algate_message *msg,
		struct algate_result *res)
{
	static struct algate_result copy;
	struct flow *f = ctx;
	struct algate_mapping *before = f->known;
	bool done;
	u32 i, refused;

	if (msg->frozen)
		copy = *res;
	done = nat_all(f, msg, res, &refused);
	if (!done)
		nat_undo(f, before);
	if (refused && msg->frozen)
		nat_frozen(f, msg, &copy, refused);
	for (i = 0; done && i < res->nedits; i++)
		if (res->edit[i].off < msg->frozen)
			bug("a byte is edited that has left already");
	f->changed[!msg->dir] |= done;
	f->changed[msg->dir] = false;
	return done;
}

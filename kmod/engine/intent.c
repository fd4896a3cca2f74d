// SPDX-License-Identifier: GPL-2.0
/*
 * Carries out the intents of a message: resolves the announced endpoints, lets
 * the caller reserve their ports, and rewrites endpoints into the receiver's
 * view.
 *
 * A sender writes addresses and ports in its own view. NAT gives the receiver a
 * different view of the sender's address, of the receiver's own address, and of
 * opened ports that had to be remapped.
 */
#include "intent.h"

#define FIRST_PORT	1024	/* lower ports belong to services */

static bool same_addr(const struct algate_message *msg, const u8 *a,
		      const u8 *b)
{
	return algate_same_addr(msg->family, a, b);
}

/* The sender's @port in the view of others; @b: port mappings of the flow. */
static u32 port_out(const struct algate_message *msg,
		    const struct algate_mapping *b, u8 proto, u32 port)
{
	if (port == msg->ends->own.port && proto == msg->proto)
		return msg->ends->own_seen.port;
	for (; b; b = b->next)
		if (b->dir == algate_side(msg) && b->proto == proto &&
		    port >= b->real.port &&
		    port - b->real.port < b->count &&
		    same_addr(msg, b->real.addr, msg->ends->own.addr))
			return b->mapped.port + (port - b->real.port);
	return port;
}

/*
 * The receiver's own port, of which @port is the view of others. NAT may give
 * the number of the flow's port to an opened port, too: @alone, without an
 * address, the port is more likely an announced port.
 */
static u32 port_in(const struct algate_message *msg,
		   const struct algate_mapping *b, u8 proto, u32 port,
		   bool alone)
{
	bool own = port == msg->ends->peer.port && proto == msg->proto;

	if (own && !alone)
		return msg->ends->peer_real.port;
	for (; b; b = b->next)
		if (b->dir != algate_side(msg) && b->proto == proto &&
		    port >= b->mapped.port &&
		    port - b->mapped.port < b->count &&
		    same_addr(msg, b->mapped.addr, msg->ends->peer.addr))
			return b->real.port + (port - b->mapped.port);
	return own ? msg->ends->peer_real.port : port;
}

static u32 port_seen(const struct algate_message *msg,
		     const struct algate_intent *in,
		     const struct algate_mapping *known, bool own, u32 port)
{
	u8 proto = in->act->proto ? in->act->proto : msg->proto;

	return own ? port_out(msg, known, proto, port) :
		     port_in(msg, known, proto, port,
			     in->addr_type == ALGATE_T_UNSPEC);
}

/*
 * The edit functions return a negative errno if an edit overlaps another edit,
 * or the receiver already has the bytes.
 */
static int edit_place(const struct algate_message *msg,
		      struct algate_result *result,
		      const struct algate_value *place, u8 type,
		      const struct algate_value *value)
{
	if (!place->len || algate_value_same(type, place, value))
		return 0;
	/* the receiver already has these bytes */
	if (place->off < msg->frozen)
		return -EINVAL;
	return algate_edit_add(result, place->off, place->len, type, value);
}

static int edit_port(const struct algate_message *msg,
		     struct algate_result *result,
		     const struct algate_value *place, u8 type, u32 port)
{
	struct algate_value v = { .num = port };

	return edit_place(msg, result, place, type, &v);
}

/*
 * Write @end over an address or endpoint. @absent is the default port: an
 * endpoint without a port keeps this form if the new port is the default port.
 */
static int edit_end(const struct algate_message *msg,
		    struct algate_result *result,
		    const struct algate_value *place, u8 type,
		    const struct algate_end *end, u16 absent)
{
	struct algate_value v = { .family = msg->family };

	memcpy(v.addr, end->addr, sizeof(v.addr));
	if (algate_type_kind(type) == ALGATE_KIND_ENDPOINT) {
		v.port = end->port;
		if (!place->port && v.port == absent)
			v.port = 0;
	}
	return edit_place(msg, result, place, type, &v);
}

/* Owner of the intent's address. 1: the sender, 0: the peer, -1: neither. */
static int whose(const struct algate_message *msg, const struct algate_intent *in)
{
	if (in->addr_type == ALGATE_T_UNSPEC)
		return in->act->addr != ALGATE_SLOT_PEER;
	if (in->addr.family != msg->family)
		return -1;
	if (same_addr(msg, in->addr.addr, msg->ends->own.addr))
		return 1;
	return same_addr(msg, in->addr.addr, msg->ends->peer.addr) ? 0 : -1;
}

/*
 * Rewrite the endpoint of a translate action into the receiver's view. An
 * address of neither the sender nor the peer stays unchanged, and so do its
 * ports: nothing is known about them.
 */
static int translate_intent(const struct algate_message *msg,
			    struct algate_result *result,
			    const struct algate_intent *in,
			    const struct algate_mapping *known)
{
	int own = msg->ends ? whose(msg, in) : -1;
	struct algate_end seen;
	u16 absent = 0;
	int err = 0;

	if (own < 0)
		return 0;
	seen = own ? msg->ends->own_seen : msg->ends->peer_real;
	if (algate_type_kind(in->addr_type) == ALGATE_KIND_ENDPOINT) {
		u16 port = in->addr.port ? in->addr.port : in->act->number;

		seen.port = port ? port_seen(msg, in, known, own, port) : 0;
		absent = port;
	}
	if (in->addr_type != ALGATE_T_UNSPEC)
		err = edit_end(msg, result, &in->addr, in->addr_type, &seen,
			       absent);
	if (!err && in->port_type != ALGATE_T_UNSPEC)
		err = edit_port(msg, result, &in->port, in->port_type,
				port_seen(msg, in, known, own, in->port.num));
	if (!err && in->port2_type != ALGATE_T_UNSPEC)
		err = edit_port(msg, result, &in->port2, in->port2_type,
				port_seen(msg, in, known, own, in->port2.num));
	return err;
}

/* Port of the announced endpoint, host order; 0 is no valid port. */
static u32 open_port(const struct algate_message *msg,
		     const struct algate_intent *in)
{
	if (in->port_type != ALGATE_T_UNSPEC)
		return in->port.num;
	if (algate_type_kind(in->addr_type) == ALGATE_KIND_ENDPOINT &&
	    in->addr.port)
		return in->addr.port;
	return in->act->number ? in->act->number : msg->ends->own.port;
}

static bool port_said(const struct algate_intent *in)
{
	return in->port_type != ALGATE_T_UNSPEC ||
	       algate_type_kind(in->addr_type) == ALGATE_KIND_ENDPOINT;
}

/* A port from a local or a table has no place where another could be written. */
static bool port_written(const struct algate_intent *in)
{
	return in->port_type != ALGATE_T_NUM && port_said(in);
}

/* Mapped port of an earlier mapping of the same endpoint, or 0. */
static u16 known_port(const struct algate_message *msg,
		      const struct algate_mapping *b,
		      const struct algate_opening *o)
{
	for (; b; b = b->next)
		if (b->real.port == o->real.port && b->dir == algate_side(msg) &&
		    b->class == o->act->class && b->proto == o->act->proto &&
		    b->count == o->act->count &&
		    same_addr(msg, b->real.addr, o->real.addr))
			return b->mapped.port;
	return 0;
}

/*
 * Does the sender announce itself? Some senders know their public address, and
 * write it; the receiver's view is the same then.
 */
static bool is_sender(const struct algate_message *msg,
		      const struct algate_intent *in)
{
	return in->addr_type == ALGATE_T_UNSPEC || whose(msg, in) == 1 ||
	       (in->addr.family == msg->family &&
		same_addr(msg, in->addr.addr, msg->ends->own_seen.addr));
}

static int open_addr(const struct algate_message *msg,
		     const struct algate_intent *in, struct algate_opening *o)
{
	o->real = msg->ends->own;
	o->mapped = msg->ends->own_seen;
	o->follow = true;
	if (is_sender(msg, in))
		return -1;
	if (!(in->act->flags & ALGATE_ACTION_F_THIRD_PARTY))
		return ALGATE_C_THIRD_PARTY;
	if (in->addr.family != msg->family)
		return ALGATE_C_BAD_PORT;
	memcpy(o->real.addr, in->addr.addr, sizeof(o->real.addr));
	o->mapped = o->real;
	o->follow = false;
	return -1;
}

/*
 * "any" never serves another host of the protected side: an announcement from
 * outside would otherwise let every host of that side out. NAT hides the
 * protected side from the other.
 */
static enum algate_users open_users(const struct algate_message *msg,
				    const struct algate_action *act)
{
	const struct algate_ends *ends = msg->ends;
	bool own_hidden = !same_addr(msg, ends->own.addr, ends->own_seen.addr);
	bool peer_hidden = !same_addr(msg, ends->peer.addr,
				      ends->peer_real.addr);

	if (act->from != ALGATE_FROM_ANY)
		return ALGATE_USERS_PEER;
	if (own_hidden == peer_hidden)
		return ALGATE_USERS_BEGAN;
	return own_hidden ? ALGATE_USERS_SIDE : ALGATE_USERS_PEER;
}

/* Find the endpoint of an open action. -1, or the counter of the refusal. */
static int resolve_open(const struct algate_message *msg,
			const struct algate_intent *in,
			const struct algate_mapping *known,
			struct algate_opening *o)
{
	bool gre = in->act->proto == IPPROTO_GRE;
	u32 port;
	int why;

	o->act = in->act;
	if (!msg->ends)
		return ALGATE_C_THIRD_PARTY;
	o->from = open_users(msg, in->act);
	why = open_addr(msg, in, o);
	if (why >= 0)
		return why;
	port = open_port(msg, in);
	/* 0 is a valid call ID of GRE */
	if ((!port && !gre) || port + in->act->count - 1 > 0xffff ||
	    (in->port2_type != ALGATE_T_UNSPEC && in->port2.num != port + 1))
		return ALGATE_C_BAD_PORT;
	if (port < FIRST_PORT && port_said(in) && !gre &&
	    !(in->act->flags & ALGATE_ACTION_F_LOW_PORTS))
		return ALGATE_C_LOW_PORT;

	o->real.port = port;
	/* NAT has mapped the flow's own endpoint already */
	if (o->follow && port == msg->ends->own.port &&
	    in->act->proto == msg->proto) {
		o->movable = false;
		o->again = true;
		return -1;
	}
	o->movable = !same_addr(msg, o->real.addr, o->mapped.addr) &&
		     port_written(in);
	o->mapped.port = known_port(msg, known, o);
	o->again = o->mapped.port;
	if (!o->again)
		o->mapped.port = port;
	return -1;
}

/* Rewrite an opened endpoint into the receiver's view. */
static int edit_open(const struct algate_message *msg,
		     struct algate_result *result,
		     const struct algate_intent *in,
		     const struct algate_opening *o)
{
	int err = 0;

	if (in->addr_type != ALGATE_T_UNSPEC)
		err = edit_end(msg, result, &in->addr, in->addr_type,
			       &o->mapped, o->real.port);
	/* common case: the port stays the same */
	if (!err && in->port_type != ALGATE_T_UNSPEC &&
	    in->port.num != o->mapped.port)
		err = edit_port(msg, result, &in->port, in->port_type,
				o->mapped.port);
	if (!err && in->port2_type != ALGATE_T_UNSPEC)
		err = edit_port(msg, result, &in->port2, in->port2_type,
				o->mapped.port + 1);
	return err;
}

/*
 * Resolve the open actions, before the first is reserved. A message may evict
 * older expectations of a class, but not its own. -1, or the counter of the
 * refusal.
 */
static int resolve_opens(struct algate_resolver *r,
			 const struct algate_message *msg,
			 const struct algate_result *result)
{
	u8 wanted[ALGATE_MAX_CLASSES] = {};
	u32 i, ports = 0;

	for (i = 0; i < result->nintents; i++) {
		const struct algate_intent *in = &result->intent[i];
		const struct algate_action *act = in->act;
		int why;

		if (act->verb != ALGATE_VERB_OPEN)
			continue;
		ports += act->count;
		if (r->nopens == ALGATE_MAX_OPENS ||
		    ports > ALGATE_MAX_OPEN_PORTS)
			return ALGATE_C_LIMIT;
		why = resolve_open(msg, in, r->known, &r->open[r->nopens]);
		if (why >= 0)
			return why;
		r->nopens++;
		wanted[act->class] += act->count;
		if (wanted[act->class] > r->prog->class[act->class].max)
			return ALGATE_C_LIMIT;
	}
	return ports && r->room ? r->room(r->ctx, ports) : -1;
}

/* Reserve the ports and write them. -1, or the counter of the refusal. */
static int reserve_opens(struct algate_resolver *r,
			 const struct algate_message *msg,
			 struct algate_result *result)
{
	struct algate_opening *o = r->open;
	u32 i;
	int why;

	for (i = 0; o < r->open + r->nopens; i++) {
		const struct algate_intent *in = &result->intent[i];

		if (in->act->verb != ALGATE_VERB_OPEN)
			continue;
		why = r->reserve(r->ctx, in, o);
		if (why >= 0)
			return why;
		if (edit_open(msg, result, in, o) < 0)
			return ALGATE_C_NO_ROOM;
		o++;
	}
	return -1;
}

/* Add the edits that depend on the mappings. -1, or the counter. */
static int resolve_edits(struct algate_resolver *r,
			 const struct algate_message *msg,
			 struct algate_result *result)
{
	int size = msg->len;
	u32 i;

	for (i = 0; i < result->nintents; i++)
		if (result->intent[i].act->verb == ALGATE_VERB_TRANSLATE &&
		    translate_intent(msg, result, &result->intent[i],
				     r->known) < 0)
			return ALGATE_C_NO_ROOM;
	if (result->nedits)
		size = algate_edit_finish(r->prog, msg, result);
	/* the new value does not fit into the field */
	if (size < 0)
		return ALGATE_C_NO_ROOM;
	r->size = size;
	return -1;
}

/**
 * algate_resolve() - carry out the intents of a message under NAT
 * @r: resolver
 * @msg: message
 * @result: result of algate_run(); edits are added
 *
 * All open actions are resolved before the first port is reserved. The verbs
 * confirm, close and extend are left to the caller. After a failure, the caller
 * undoes its reservations.
 *
 * Context: Any context that the functions of @r accept.
 *
 * Return: -1; or the counter (enum algate_counter) of the refusal.
 */
int algate_resolve(struct algate_resolver *r, const struct algate_message *msg,
		   struct algate_result *result)
{
	int why = -1;
	u32 i;

	r->nopens = 0;
	/* the receiver already has these bytes */
	for (i = 0; i < result->nedits; i++)
		if (result->edit[i].off < msg->frozen)
			return ALGATE_C_FAIL_OPEN;
	if (r->reserve)
		why = resolve_opens(r, msg, result);
	if (why < 0)
		why = reserve_opens(r, msg, result);
	return why < 0 ? resolve_edits(r, msg, result) : why;
}

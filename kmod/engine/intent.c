// SPDX-License-Identifier: GPL-2.0
/*
 * Announced endpoints: where they are, and how the receiver sees them.
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
	return algate_edit_value(result, place, type, value);
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

/**
 * algate_intent_translate() - rewrite an endpoint into the receiver's view
 * @msg: message
 * @result: the edits are added
 * @in: translate action's intent
 * @known: port mappings of the flow, newest first
 *
 * An address of neither the sender nor the peer stays unchanged, and so do its
 * ports: nothing is known about them.
 *
 * Context: Any context.
 *
 * Return: 1; 0 if the address is of neither end; a negative errno if a place
 * has no room.
 */
int algate_intent_translate(const struct algate_message *msg,
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
	return err ? err : 1;
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
	int hides = algate_hides(msg->family, msg->ends);

	if (act->from != ALGATE_FROM_ANY)
		return ALGATE_USERS_PEER;
	if (!hides)
		return ALGATE_USERS_BEGAN;
	return hides > 0 ? ALGATE_USERS_SIDE : ALGATE_USERS_PEER;
}

/**
 * algate_intent_open() - find the endpoint of an open action
 * @msg: message
 * @in: open action's intent
 * @known: port mappings of the flow, newest first
 * @o: set to the endpoint
 *
 * Context: Any context.
 *
 * Return: -1, or the counter (enum algate_counter) of the refusal.
 */
int algate_intent_open(const struct algate_message *msg,
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

/**
 * algate_intent_write() - rewrite an opened endpoint into the receiver's view
 * @msg: message
 * @result: the edits are added
 * @in: open action's intent
 * @o: opening with its mapped port
 *
 * Context: Any context.
 *
 * Return: 0, or a negative errno if a place has no room.
 */
int algate_intent_write(const struct algate_message *msg,
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

/**
 * algate_intent_unused() - write 0 as the ports of an endpoint that is not opened
 * @msg: message
 * @result: the edits are added
 * @in: open action's intent, whose port has a place
 *
 * Context: Any context.
 *
 * Return: 0, or a negative errno if a place has no room.
 */
int algate_intent_unused(const struct algate_message *msg,
			 struct algate_result *result,
			 const struct algate_intent *in)
{
	int err = edit_port(msg, result, &in->port, in->port_type, 0);

	if (!err && in->port2_type != ALGATE_T_UNSPEC)
		err = edit_port(msg, result, &in->port2, in->port2_type, 0);
	return err;
}

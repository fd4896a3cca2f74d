// SPDX-License-Identifier: GPL-2.0
/*
 * Carries out and prints the intents of a message under an assumed NAT. Works
 * like the module's commit.c, except that the router itself uses no port and
 * only the limits of the plug-in itself count.
 */
#include "out.h"
#include "show.h"
#include "try.h"
#include "../kmod/engine/intent.h"

/* Does the counter say why the rules do not handle a message? */
static bool is_refusal(enum algate_counter counter)
{
	return counter == ALGATE_C_REQUIRE || counter == ALGATE_C_MALFORMED ||
	       counter == ALGATE_C_LIMIT ||
	       counter == ALGATE_C_TOO_LONG || counter == ALGATE_C_BAD_FRAME ||
	       counter == ALGATE_C_NOT_BEGUN ||
	       counter == ALGATE_C_UNRECOGNISED;
}

/* The flow of the current packet, and the packet's sender */
static void flow_head(const struct flow_tried *flow)
{
	char text[ENDPOINT_LEN];

	out_num("packet", "packet ", flow->trial->frame);
	out_str("proto", " ", proto_text(flow->proto));
	out_str("client", " ", endpoint_text(&flow->addr[0], flow->port[0],
					     text));
	out_str("server", " -> ", endpoint_text(&flow->addr[1], flow->port[1],
						text));
	if (flow->plugin != &flow->trial->plugin)
		out_str("plugin", " ", flow->plugin->name);
	out_str("sender", " ", flow->dir == ALGATE_CLIENT ? "client" :
							    "server");
}

static void refused_print(const struct flow_tried *flow,
			  enum algate_counter counter)
{
	out_object_begin(NULL);
	flow_head(flow);
	out_str("refused", " refused ", counter_name[counter]);
	out_text(": %s\n", counter_text[counter]);
	out_object_end();
}

static void counter_add(const struct flow_tried *flow,
			enum algate_counter counter, u32 n)
{
	flow->trial->counter[counter] += n;
}

/**
 * try_count() - add to a counter, as the engine asks
 * @ctx: flow
 * @counter: counter
 * @n: number to add
 */
void try_count(void *ctx, enum algate_counter counter, u32 n)
{
	struct flow_tried *flow = ctx;

	counter_add(flow, counter, n);
	if (is_refusal(counter))
		refused_print(flow, counter);
}

static void end_set(struct algate_end *end, const struct addr *a, u16 port)
{
	memset(end, 0, sizeof(*end));
	memcpy(end->addr, a->b, addr_len(a));
	end->port = port;
}

/* an end's address as the other end sees it */
static const struct addr *public_addr(const struct flow_tried *flow, u8 dir)
{
	const struct addr *public =
		&flow->trial->nat.public[flow->swapped ? !dir : dir];

	return public->family == flow->addr[dir].family ? public :
							  &flow->addr[dir];
}

/**
 * try_outside() - is the client on the outer side of the assumed NAT?
 * @flow: flow
 *
 * Return: true if NAT translates the server's address alone.
 */
bool try_outside(const struct flow_tried *flow)
{
	const struct addr *client = &flow->addr[ALGATE_CLIENT];
	const struct addr *server = &flow->addr[ALGATE_SERVER];

	return addr_same(public_addr(flow, ALGATE_CLIENT), client) &&
	       !addr_same(public_addr(flow, ALGATE_SERVER), server);
}

/**
 * try_ends() - addresses and ports of a flow under the assumed NAT
 * @flow: flow
 * @dir: enum algate_dir: sender
 * @ends: filled in
 */
void try_ends(const struct flow_tried *flow, u8 dir, struct algate_ends *ends)
{
	end_set(&ends->own, &flow->addr[dir], flow->port[dir]);
	end_set(&ends->own_seen, public_addr(flow, dir), flow->port[dir]);
	end_set(&ends->peer, public_addr(flow, !dir), flow->port[!dir]);
	end_set(&ends->peer_real, &flow->addr[!dir], flow->port[!dir]);
}

/* Is the address that of an end of @root, before or after NAT? */
static bool is_end(const struct flow_tried *root, u8 dir, const struct addr *a)
{
	return addr_same(a, &root->addr[dir]) ||
	       addr_same(a, public_addr(root, dir));
}

/**
 * try_child() - relate an inspected flow to the flow that expected it
 * @flow: new flow
 * @e: used endpoint; the announcing end is the server of @flow
 *
 * As in the module, a flow of a third host is a root itself, and so is a flow
 * of another plug-in.
 */
void try_child(struct flow_tried *flow, const struct expected *e)
{
	struct flow_tried *root = e->flow->root;
	bool inverse = e->mapping.dir == ALGATE_CLIENT;

	flow->swapped = (inverse ^ e->flow->inverse) != e->flow->swapped;
	flow->depth = e->flow->depth;
	if (!is_end(root, inverse, &flow->addr[ALGATE_CLIENT]) ||
	    !is_end(root, !inverse, &flow->addr[ALGATE_SERVER]))
		return;
	if (e->o.act->other) {
		flow->host = e->flow;
		return;
	}
	flow->members = 0;
	flow->inverse = inverse;
	flow->root = root;
	root->members++;
}

/**
 * try_owner() - the flow that owns the openings of a flow
 * @flow: flow
 *
 * Return: the root of @flow; @flow itself after the root's end.
 */
struct flow_tried *try_owner(struct flow_tried *flow)
{
	return flow->root->ended ? flow : flow->root;
}

static void flow_clear(struct flow_tried *flow)
{
	while (flow->mapping) {
		struct algate_mapping *b = flow->mapping;

		flow->mapping = b->next;
		free(b);
	}
	algate_sender_free(&flow->sender[ALGATE_CLIENT]);
	algate_sender_free(&flow->sender[ALGATE_SERVER]);
}

/**
 * try_flow_free() - end a flow; its root stays as long as a child
 * @flow: flow
 */
void try_flow_free(struct flow_tried *flow)
{
	struct flow_tried *root = flow->root;

	flow_clear(flow);
	flow->ended = true;
	if (flow != root)
		free(flow);
	if (--root->members)
		return;
	algate_free(root->entries);
	free(root);
}

/* The intents of a message being carried out, what they open, and refusals */
struct attempt {
	struct flow_tried *flow;
	struct flow_tried *owner;
	const struct algate_message *msg;
	struct algate_result *result;
	struct algate_resolver resolver;
	struct expected e[ALGATE_MAX_INTENTS];
	unsigned int n;
	struct {
		const struct algate_action *act;
		int why;
	} refusal[ALGATE_MAX_INTENTS];
	unsigned int nrefusals;
};

/* Is a port of @o, from @port on, a port of another endpoint @e? */
static bool overlaps(const struct algate_opening *e,
		     const struct algate_opening *o, u32 port)
{
	return e->act->proto == o->act->proto &&
	       port < e->mapped.port + e->act->count &&
	       e->mapped.port < port + o->act->count &&
	       !memcmp(e->mapped.addr, o->mapped.addr,
		       sizeof(o->mapped.addr)) &&
	       memcmp(&e->real, &o->real, sizeof(o->real));
}

/* Did this message or an earlier message open such a port? */
static bool is_taken(const struct attempt *a, const struct algate_opening *o,
		     u32 port)
{
	const struct expected *e;
	unsigned int i;

	for (i = 0; i < a->n; i++)
		if (overlaps(&a->e[i].o, o, port))
			return true;
	for (e = a->flow->trial->expected; e; e = e->next)
		if (overlaps(&e->o, o, port))
			return true;
	return false;
}

/* @port, or the first free port of the administrator's range; 0: none */
static u32 ranged_port(const struct attempt *a, const struct algate_opening *o,
		       u32 port)
{
	struct algate_ports ports = a->flow->trial->nat.ports;

	if (!ports.all.last || o->act->proto == IPPROTO_GRE)
		return port;
	algate_port_low(&ports, o);
	if (algate_port_allowed(&ports, o, port) && !is_taken(a, o, port))
		return port;
	for (port = algate_port_next(&ports, o, 0);
	     port && is_taken(a, o, port);
	     port = algate_port_next(&ports, o, port + 1))
		;
	return port;
}

/* The port plus the assumed NAT's number; a port below 1024 stays there. */
static s64 shifted_port(const struct attempt *a, const struct algate_opening *o)
{
	s64 port = o->mapped.port + a->flow->trial->nat.offset;

	if (port != o->mapped.port && o->real.port < 1024 &&
	    o->act->proto != IPPROTO_GRE)
		return 512 + (port & 511);
	return port;
}

/* Maps the port; -1, or the counter of the failure */
static int commit_port(const struct attempt *a, struct algate_opening *o)
{
	/* 0 is a valid call ID of GRE */
	s64 least = o->act->proto == IPPROTO_GRE ? 0 : 1;
	s64 port = o->mapped.port;

	if (o->movable && !o->again) {
		port = shifted_port(a, o);
		if (o->act->parity && (port ^ o->real.port) & 1)
			port ^= 1;
		if (port > 0)
			port = ranged_port(a, o, port);
	}
	if (port < least || port + o->act->count - 1 > UINT16_MAX)
		return ALGATE_C_NO_PORT;
	o->mapped.port = port;
	return -1;
}

/* Does a later message need the mapping? */
static bool is_mapped(const struct expected *e)
{
	return e->o.mapped.port != e->o.real.port || e->mapping.keyed;
}

static int reserve(void *ctx, const struct algate_intent *in,
		   struct algate_opening *o)
{
	struct attempt *a = ctx;
	struct expected *e = &a->e[a->n];
	struct algate_mapping *b;
	int why = commit_port(a, o);

	if (why >= 0)
		return why;
	*e = (struct expected){
		.frame = a->flow->trial->frame, .family = a->msg->family,
		.o = *o, .flow = a->owner,
		.inactive = in->act->flags & ALGATE_ACTION_F_INACTIVE,
	};
	if (o->from == ALGATE_USERS_PEER ||
	    (o->from == ALGATE_USERS_BEGAN && a->msg->dir == ALGATE_SERVER))
		e->from = a->flow->addr[!a->msg->dir];
	algate_mapping_init(&e->mapping, o, a->msg, in);
	if (o->act->other)
		algate_heir_init(&e->heir, a->flow->plugin->prog, in);
	if (is_mapped(e)) {
		b = xalloc(sizeof(*b));
		*b = e->mapping;
		b->next = a->resolver.known;
		a->resolver.known = b;
	}
	a->n++;
	return -1;
}

static void release(void *ctx)
{
	struct attempt *a = ctx;
	struct algate_mapping *b = a->resolver.known;

	if (!is_mapped(&a->e[--a->n]))
		return;
	a->resolver.known = b->next;
	free(b);
}

static void refused(void *ctx, const struct algate_intent *in, int why)
{
	struct attempt *a = ctx;

	a->refusal[a->nrefusals].act = in->act;
	a->refusal[a->nrefusals++].why = why;
	counter_add(a->flow, why, 1);
}

/* -1, or the counter of the failure */
static int commit_intents(struct attempt *a)
{
	int why = algate_resolve(&a->resolver, a->msg, a->result);

	if (why < 0)
		a->owner->mapping = a->resolver.known;
	else
		while (a->n)
			release(a);
	return why;
}

static void endpoints_print(const char *key, const char *prefix, u8 family,
			    const struct algate_end *end, unsigned int count)
{
	char text[ENDPOINT_LEN], all[ENDPOINT_LEN + 8];
	struct addr a = { .family = family };

	memcpy(a.b, end->addr, addr_len(&a));
	endpoint_text(&a, end->port, text);
	if (count > 1)
		snprintf(all, sizeof(all), "%s-%u", text,
			 end->port + count - 1);
	out_str(key, prefix, count > 1 ? all : text);
}

static void inspector_print(const struct expected *e)
{
	unsigned int i;

	out_str("plugin", " as ", e->heir.name);
	if (!*e->heir.var[0])
		return;
	out_object_begin("given");
	for (i = 0; i < ALGATE_MAX_GIVEN && *e->heir.var[i]; i++) {
		out_text("%s %s =", i ? "," : " with", e->heir.var[i]);
		out_num(e->heir.var[i], " ", e->heir.value[i]);
	}
	out_object_end();
}

static void open_print(const struct expected *e)
{
	const struct algate_prog *prog = e->flow->plugin->prog;
	const struct algate_action *act = e->o.act;
	const struct algate_class *class = &prog->class[act->class];
	char text[ENDPOINT_LEN];

	out_object_begin(NULL);
	out_str("class", "  open ", class->name);
	out_str("proto", " ", proto_text(act->proto));
	out_str("from", " ", addr_text(&e->from, text));
	endpoints_print("to", " -> ", e->family, &e->o.mapped, act->count);
	if (memcmp(&e->o.real, &e->o.mapped, sizeof(e->o.real)))
		endpoints_print("real", " real ", e->family, &e->o.real,
				act->count);
	out_num("timeout", " timeout ", class->timeout);
	if (act->flags & ALGATE_ACTION_F_INACTIVE)
		out_text(" inactive");
	if (act->key != ALGATE_SLOT_NONE)
		out_num("key", " for ", e->mapping.key);
	if (e->mapping.only && !e->from.family)
		out_num("only", " only ", e->mapping.only);
	if (act->other)
		inspector_print(e);
	out_text("\n");
	out_object_end();
}

/* @good: the intent has an effect */
static void act_print(const struct algate_prog *prog,
		      const struct algate_intent *in, bool good)
{
	static const char * const verbs[__ALGATE_VERB_MAX] = {
		[ALGATE_VERB_CONFIRM] = "confirm",
		[ALGATE_VERB_CLOSE] = "close",
		[ALGATE_VERB_EXTEND] = "extend",
	};
	const struct algate_action *act = in->act;

	if (!verbs[act->verb])
		return;
	out_object_begin(NULL);
	out_str("action", "  ", verbs[act->verb]);
	if (act->verb != ALGATE_VERB_EXTEND)
		out_str("class", " ", prog->class[act->class].name);
	if (act->key != ALGATE_SLOT_NONE)
		out_num("key", " for ", in->key);
	if (act->verb != ALGATE_VERB_CLOSE)
		out_num("timeout", " timeout ", in->time);
	if (in->only)
		out_num("only", " only ", in->only);
	if (!good) {
		out_text(" without effect: no answer to an opening");
		out_bool("effect", false);
	}
	out_text("\n");
	out_object_end();
}

static bool has_actions(const struct algate_result *result)
{
	unsigned int i;

	for (i = 0; i < result->nintents; i++)
		if (result->intent[i].act->verb > ALGATE_VERB_TRANSLATE)
			return true;
	return false;
}

static void bytes_print(const struct algate_message *msg,
			const struct algate_result *result, bool committed)
{
	int size = committed ? algate_edit_size(result, msg->len) : -1;
	u8 *after;

	out_bytes("before", "  before ", msg->data, msg->len);
	if (size < 0 || !result->nedits)
		return;
	after = xalloc(size);
	algate_edit_apply(result, msg->data, msg->len, after);
	out_bytes("after", "  after  ", after, size);
	free(after);
}

static void acts_print(struct flow_tried *flow,
		       const struct algate_message *msg,
		       const struct algate_result *result)
{
	const struct algate_prog *prog = flow->plugin->prog;
	u32 age, least = UINT32_MAX;
	unsigned int i;

	if (!has_actions(result))
		return;
	out_array_begin("actions");
	/* all but extend, which depends on the others */
	for (i = 0; i < result->nintents; i++) {
		const struct algate_intent *in = &result->intent[i];

		age = try_expect_age(try_owner(flow), msg, in);
		least = min_t(u32, least, age);
		if (in->act->verb != ALGATE_VERB_EXTEND)
			act_print(prog, in, age < in->time || !in->time);
	}
	for (i = 0; i < result->nintents; i++) {
		const struct algate_intent *in = &result->intent[i];

		if (in->act->verb == ALGATE_VERB_EXTEND)
			act_print(prog, in, !in->time ||
				  algate_extension(prog, result, least));
	}
	out_array_end();
}

static void refusals_print(const struct attempt *a)
{
	const struct algate_prog *prog = a->flow->plugin->prog;
	unsigned int i;

	if (!a->nrefusals)
		return;
	out_array_begin("refusals");
	for (i = 0; i < a->nrefusals; i++) {
		const struct algate_action *act = a->refusal[i].act;
		bool open = act->verb == ALGATE_VERB_OPEN;
		int why = a->refusal[i].why;

		out_object_begin(NULL);
		out_str("action", "  refused ", open ? "open" : "translate");
		if (open)
			out_str("class", " ", prog->class[act->class].name);
		out_str("refused", " ", counter_name[why]);
		out_text(": %s\n", counter_text[why]);
		out_object_end();
	}
	out_array_end();
}

static void effects_print(const struct attempt *a)
{
	const struct algate_result *result = a->result;
	struct plugin_tried *plugin = a->flow->plugin;
	unsigned int i;

	if (a->n)
		out_array_begin("opens");
	for (i = 0; i < a->n; i++)
		open_print(&a->e[i]);
	if (a->n)
		out_array_end();
	refusals_print(a);
	acts_print(a->flow, a->msg, result);
	if (result->counted)
		out_array_begin("counts");
	for (i = 0; i < plugin->prog->ncounters; i++) {
		if (!(result->counted & 1 << i))
			continue;
		plugin->rule[i]++;
		out_str("", "  count ", plugin->prog->counter[i]);
		out_text("\n");
	}
	if (result->counted)
		out_array_end();
	if (result->stop)
		out_text("  stop\n");
	out_bool("stop", result->stop);
}

/**
 * try_commit() - carry out and print the intents of a message
 * @ctx: flow
 * @msg: message
 * @result: result of algate_run(); edits are added
 *
 * Return: true if the caller may apply the edits.
 */
bool try_commit(void *ctx, const struct algate_message *msg,
		struct algate_result *result)
{
	struct flow_tried *flow = ctx;
	struct attempt a = {
		.flow = flow, .owner = try_owner(flow), .msg = msg,
		.result = result,
		.resolver = {
			.prog = flow->plugin->prog,
			.known = try_owner(flow)->mapping,
			.ctx = &a, .reserve = reserve, .release = release,
			.refused = refused,
		},
	};
	int why = commit_intents(&a);
	unsigned int i;

	out_object_begin(NULL);
	flow_head(flow);
	out_num("message", " message ", msg->nr);
	out_text("\n");
	if (why < 0) {
		effects_print(&a);
		while (a.n--)
			try_expect_keep(flow->trial, &a.e[a.n]);
		for (i = 0; i < result->nintents; i++)
			try_expect_change(try_owner(flow), msg,
					  &result->intent[i]);
	} else {
		counter_add(flow, why, 1);
		flow->strangers += why == ALGATE_C_THIRD_PARTY;
		if (why == ALGATE_C_THIRD_PARTY)
			result->over = algate_strangers(flow->plugin->prog, msg,
							flow->strangers);
		out_str("refused", "  refused ", counter_name[why]);
		out_text(": %s\n", counter_text[why]);
	}
	bytes_print(msg, result, why < 0);
	out_object_end();
	return why < 0;
}

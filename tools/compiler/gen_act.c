// SPDX-License-Identifier: GPL-2.0
/*
 * Statements with a record in the program's table of actions.
 */
#include "gen.h"

static void action_init(u8 *rec, enum algate_verb verb)
{
	memset(rec, 0, ALGATE_ACTION_LEN);
	rec[ALGATE_ACTION_VERB] = verb;
	rec[ALGATE_ACTION_ADDR] = ALGATE_SLOT_NONE;
	rec[ALGATE_ACTION_PORT] = ALGATE_SLOT_NONE;
	rec[ALGATE_ACTION_PORT2] = ALGATE_SLOT_NONE;
	rec[ALGATE_ACTION_KEY] = ALGATE_SLOT_NONE;
	rec[ALGATE_ACTION_TIME] = ALGATE_SLOT_NONE;
	rec[ALGATE_ACTION_ONLY] = ALGATE_SLOT_NONE;
}

static void gen_action(struct gen *g, const u8 *rec)
{
	insn_act(g, gen_record(g, g->action, &g->nactions, ALGATE_MAX_ACTIONS,
			       rec, ALGATE_ACTION_LEN, "different actions"));
}

static u8 class_find(struct gen *g, const struct stmt *s)
{
	const struct tree *t = &g->c->tree;
	unsigned int i;

	for (i = 0; i < t->nclasses; i++)
		if (!strcmp(t->class[i].name, s->name))
			return i;
	comp_fail(g->c, s->pos, "no class \"%s\": declare it with expect",
		  s->name);
}

static u8 open_from(struct gen *g, const struct stmt *s)
{
	if (!strcmp(s->from, "any"))
		return ALGATE_FROM_ANY;
	if (!strcmp(s->from, "peer"))
		return ALGATE_FROM_PEER;
	if (strcmp(s->from, "client") && strcmp(s->from, "server"))
		comp_fail(g->c, s->from_pos,
			  "expected client, server, peer or any, found \"%s\"",
			  s->from);
	if (g->both || !strcmp(s->from, g->sender))
		comp_fail(g->c, s->from_pos,
			  "the %s announces the endpoint and cannot connect to it",
			  s->from);
	return ALGATE_FROM_PEER;
}

/*
 * The slot of a number that the action reads at the end of the run. A capture
 * of a loop cannot be used, since a further element may have changed its value.
 */
static u8 kept_slot(struct gen *g, const struct operand *v)
{
	struct bound *b;
	u8 slot;

	if (!v->name)
		return ALGATE_SLOT_NONE;
	b = gen_local(g, v->name);
	if (b) {
		gen_read(g, b);
		return b->slot;
	}
	if (gen_is_inner(g, v->name))
		comp_fail(g->c, v->pos,
			  "\"%s\" is captured in a loop: copy it to a local first",
			  v->name);
	slot = gen_kept(g);
	gen_load(g, v, slot);
	return slot;
}

static u8 addr_slot(struct gen *g, const struct operand *v)
{
	enum algate_kind kind;
	u8 slot;

	if (!strcmp(v->name, "self"))
		return ALGATE_SLOT_NONE;
	slot = gen_capture(g, v)->slot;
	kind = algate_type_kind(g->slot_type[slot]);
	if (kind != ALGATE_KIND_ADDR && kind != ALGATE_KIND_ENDPOINT)
		comp_fail(g->c, v->pos, "\"%s\" is not an address", v->name);
	if (g->slot_type[slot] == ALGATE_T_ADDR)
		comp_fail(g->c, v->pos,
			  "\"%s\" comes from a map: it can be written with rewrite alone",
			  v->name);
	return slot;
}

static bool is_endpoint(const struct gen *g, u8 slot)
{
	return slot < ALGATE_MAX_SLOTS &&
	       g->slot_type[slot] == ALGATE_T_ENDPOINT;
}

/* An endpoint includes the port, and only an endpoint has a default port. */
static void check_port(struct gen *g, const struct stmt *s, u8 addr)
{
	if (is_endpoint(g, addr) && (s->port.name || s->port.number))
		comp_fail(g->c, s->port.pos,
			  "\"%s\" is an endpoint, which includes the port",
			  s->addr.name);
	if (!is_endpoint(g, addr) && s->number)
		comp_fail(g->c, s->number_pos,
			  "\"default\" is only for an endpoint");
}

/* The slot of a port that is rewritten */
static u8 port_slot(struct gen *g, const struct operand *v)
{
	u8 slot;

	if (v->number)
		comp_fail(g->c, v->pos,
			  "a number has no place in the message: capture the port");
	if (!v->name)
		return ALGATE_SLOT_NONE;
	slot = gen_place_of(g, v);
	if (algate_type_kind(g->slot_type[slot]) != ALGATE_KIND_NUM)
		comp_fail(g->c, v->pos, "\"%s\" is not a port", v->name);
	return slot;
}

/* Has the number in a slot a place of its own in the message? */
static bool has_place(const struct gen *g, u8 slot)
{
	return slot < ALGATE_MAX_SLOTS && g->slot_type[slot] != ALGATE_T_NUM;
}

/* The slot of a port to open; may be a number, a local or a value of a table */
static u8 open_port(struct gen *g, const struct operand *v)
{
	u8 slot;

	if (v->number) {
		slot = gen_kept(g);
		gen_load(g, v, slot);
		return slot;
	}
	if (!v->name || !strcmp(v->name, "self"))
		return ALGATE_SLOT_NONE;
	slot = gen_capture(g, v)->slot;
	if (algate_type_kind(g->slot_type[slot]) != ALGATE_KIND_NUM)
		comp_fail(g->c, v->pos, "\"%s\" is not a port", v->name);
	return slot;
}

static u8 open_count(struct gen *g, const struct stmt *s)
{
	u8 least = s->pair || s->port2.name ? 2 : 1;

	if (s->ports && s->ports < least)
		comp_fail(g->c, s->ports_pos, "a pair has two ports or more");
	if (s->proto == IPPROTO_GRE &&
	    (s->ports > 1 || least > 1 || s->ports_name.name))
		comp_fail(g->c, s->pos, "a call has one identifier");
	return s->ports ? s->ports : least;
}

/*
 * The module inspects only flows of the plug-in's services. The services of
 * another plug-in are not known here.
 */
static void check_inspect(struct gen *g, const struct stmt *s)
{
	const struct tree *t = &g->c->tree;
	unsigned int i;

	if (s->inspector && !strcmp(s->inspector, t->name))
		comp_fail(g->c, s->inspector_pos,
			  "\"%s\" is this plug-in: say \"as self\"",
			  s->inspector);
	if (s->inspector && s->proto == IPPROTO_GRE)
		comp_fail(g->c, s->pos,
			  "\"as %s\" needs tcp or udp: gre carries no messages",
			  s->inspector);
	if (s->inspector)
		return;
	for (i = 0; i < t->nservices; i++)
		if (t->service[i].proto == s->proto)
			return;
	if (s->proto == IPPROTO_GRE)
		comp_fail(g->c, s->pos,
			  "\"as self\" needs tcp or udp: gre carries no messages");
	comp_fail(g->c, s->pos,
		  "\"as self\" needs \"service %s\": without it the expected flow is not inspected",
		  s->proto == IPPROTO_TCP ? "tcp" : "udp");
}

static u8 open_flags(struct gen *g, const struct stmt *s)
{
	if (s->inspect)
		check_inspect(g, s);
	if (s->inactive && !s->key.name)
		comp_fail(g->c, s->pos,
			  "\"inactive\" needs \"for\", the key to confirm");
	return (s->third_party ? ALGATE_ACTION_F_THIRD_PARTY : 0) |
	       (s->low_ports ? ALGATE_ACTION_F_LOW_PORTS : 0) |
	       (s->inactive ? ALGATE_ACTION_F_INACTIVE : 0) |
	       (s->inspect ? ALGATE_ACTION_F_INSPECT : 0) |
	       (s->or_zero ? ALGATE_ACTION_F_OR_ZERO : 0);
}

/* Rewriting two ports or a call identifier needs captures. */
static void check_places(struct gen *g, const struct stmt *s)
{
	bool own = !s->port.name || !strcmp(s->port.name, "self");

	if (s->port2.name && own)
		comp_fail(g->c, s->port2.pos,
			  "a second port needs a captured first port");
	if (s->proto == IPPROTO_GRE && own)
		comp_fail(g->c, s->port.pos,
			  "gre needs a captured call identifier");
}

/* The record of the plug-in that inspects the expected flow; 0: this plug-in */
static u8 open_other(struct gen *g, const struct stmt *s)
{
	u8 rec[OTHER_LEN] = {}, *slot = rec + OTHER_LEN - 1 - ALGATE_MAX_GIVEN;
	unsigned int i;

	if (!s->inspector)
		return 0;
	strcpy((char *)rec, s->inspector);
	memset(slot, ALGATE_SLOT_NONE, ALGATE_MAX_GIVEN);
	for (i = 0; i < s->ngiven; i++) {
		const struct operand *v = &s->given[i].value;

		strcpy((char *)rec + (1 + i) * ALGATE_NAME_LEN,
		       s->given[i].name);
		if (v->name) {
			slot[i] = kept_slot(g, v);
			continue;
		}
		slot[i] = gen_kept(g);
		gen_load(g, v, slot[i]);
	}
	return 1 + gen_record(g, g->other, &g->nothers, ALGATE_MAX_OTHERS, rec,
			      sizeof(rec),
			      "plug-ins behind \"as\", or different variables of them");
}

/* An action has a fixed number of ports, so a named number selects an action. */
static void gen_open_some(struct gen *g, const struct stmt *s, const u8 *rec)
{
	unsigned int n = open_count(g, s);
	u8 some[ALGATE_ACTION_LEN];
	int done = gen_label(g);
	bool temp;
	u8 slot = gen_number(g, &s->ports_name, &temp);

	memcpy(some, rec, sizeof(some));
	for (; n <= MAX_PORTS; n++) {
		int next = gen_label(g);

		insn_compare(g, "==", slot, n, next);
		some[ALGATE_ACTION_COUNT] = n;
		gen_action(g, some);
		insn_jump(g, done);
		gen_place(g, next);
	}
	insn_jump(g, g->refuse);
	gen_place(g, done);
	if (temp)
		gen_release(g, slot);
}

void gen_open(struct gen *g, const struct stmt *s)
{
	u8 rec[ALGATE_ACTION_LEN];

	action_init(rec, ALGATE_VERB_OPEN);
	rec[ALGATE_ACTION_CLASS] = class_find(g, s);
	g->opened |= 1U << rec[ALGATE_ACTION_CLASS];
	rec[ALGATE_ACTION_PROTO] = s->proto;
	rec[ALGATE_ACTION_FROM] = open_from(g, s);
	rec[ALGATE_ACTION_FLAGS] = open_flags(g, s);
	rec[ALGATE_ACTION_COUNT] = open_count(g, s);
	rec[ALGATE_ACTION_PARITY] = s->pair ? 2 : 0;
	check_places(g, s);
	rec[ALGATE_ACTION_ADDR] = addr_slot(g, &s->addr);
	check_port(g, s, rec[ALGATE_ACTION_ADDR]);
	rec[ALGATE_ACTION_PORT] = s->proto == IPPROTO_GRE ?
				  port_slot(g, &s->port) :
				  open_port(g, &s->port);
	if (s->or_zero && (s->proto == IPPROTO_GRE ||
			   !has_place(g, rec[ALGATE_ACTION_PORT])))
		comp_fail(g->c, s->port.pos,
			  "\"else 0\" needs a captured port of tcp or udp");
	rec[ALGATE_ACTION_PORT2] = port_slot(g, &s->port2);
	put_unaligned_le32(s->number, rec + ALGATE_ACTION_NUMBER);
	rec[ALGATE_ACTION_KEY] = kept_slot(g, &s->key);
	if (s->only.name && rec[ALGATE_ACTION_FROM] != ALGATE_FROM_ANY)
		comp_fail(g->c, s->only.pos,
			  "\"only\" is for an open from any");
	rec[ALGATE_ACTION_ONLY] = kept_slot(g, &s->only);
	rec[ALGATE_ACTION_OTHER] = open_other(g, s);
	if (s->ports_name.name)
		gen_open_some(g, s, rec);
	else
		gen_action(g, rec);
}

void gen_translate(struct gen *g, const struct stmt *s)
{
	u8 rec[ALGATE_ACTION_LEN];
	bool peer = !strcmp(s->addr.name, "peer");

	action_init(rec, ALGATE_VERB_TRANSLATE);
	rec[ALGATE_ACTION_PROTO] = s->proto;
	rec[ALGATE_ACTION_ADDR] = peer ? ALGATE_SLOT_PEER :
					 addr_slot(g, &s->addr);
	if (rec[ALGATE_ACTION_ADDR] >= ALGATE_MAX_SLOTS && !s->port.name)
		comp_fail(g->c, s->addr.pos,
			  "\"%s\" needs a captured port to translate",
			  s->addr.name);
	check_port(g, s, rec[ALGATE_ACTION_ADDR]);
	rec[ALGATE_ACTION_PORT] = port_slot(g, &s->port);
	rec[ALGATE_ACTION_PORT2] = port_slot(g, &s->port2);
	put_unaligned_le32(s->number, rec + ALGATE_ACTION_NUMBER);
	if (s->name) {
		rec[ALGATE_ACTION_CLASS] = class_find(g, s);
		rec[ALGATE_ACTION_FLAGS] = ALGATE_ACTION_F_WITH_CLASS;
	}
	gen_action(g, rec);
}

void gen_confirm(struct gen *g, const struct stmt *s)
{
	u8 rec[ALGATE_ACTION_LEN];

	action_init(rec, ALGATE_VERB_CONFIRM);
	rec[ALGATE_ACTION_CLASS] = class_find(g, s);
	rec[ALGATE_ACTION_KEY] = kept_slot(g, &s->key);
	rec[ALGATE_ACTION_TIME] = kept_slot(g, &s->time);
	put_unaligned_le32(s->time.number, rec + ALGATE_ACTION_NUMBER);
	rec[ALGATE_ACTION_ONLY] = kept_slot(g, &s->only);
	gen_action(g, rec);
}

void gen_close(struct gen *g, const struct stmt *s)
{
	u8 rec[ALGATE_ACTION_LEN];

	if (g->c->tree.shared && !s->key.name)
		comp_fail(g->c, s->pos,
			  "many users share the flow: close with a key (for)");
	action_init(rec, ALGATE_VERB_CLOSE);
	rec[ALGATE_ACTION_CLASS] = class_find(g, s);
	rec[ALGATE_ACTION_KEY] = kept_slot(g, &s->key);
	gen_action(g, rec);
}

void gen_extend(struct gen *g, const struct stmt *s)
{
	u8 rec[ALGATE_ACTION_LEN];

	action_init(rec, ALGATE_VERB_EXTEND);
	rec[ALGATE_ACTION_TIME] = kept_slot(g, &s->time);
	put_unaligned_le32(s->time.number, rec + ALGATE_ACTION_NUMBER);
	gen_action(g, rec);
}

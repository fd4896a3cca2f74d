// SPDX-License-Identifier: GPL-2.0
/*
 * The expectations of "plugin try": opened by a message, activated or withdrawn
 * by a later one, used by a flow, or expired.
 */
#include "out.h"
#include "show.h"
#include "try.h"
#include "../kmod/engine/intent.h"

static const struct algate_class *class_of(const struct expected *e)
{
	return &e->flow->plugin->prog->class[e->o.act->class];
}

static void expected_drop(struct expected **at)
{
	struct expected *e = *at;

	*at = e->next;
	free(e);
}

/*
 * A further expectation of a full class replaces the oldest one that the same
 * end of the flow has opened.
 */
static void class_trim(struct trial *t, const struct expected *new)
{
	unsigned int left = class_of(new)->max;
	struct expected **at = &t->expected, *e;

	while ((e = *at)) {
		if (e->flow != new->flow ||
		    e->mapping.dir != new->mapping.dir ||
		    e->o.act->class != new->o.act->class) {
			at = &e->next;
		} else if (left >= e->o.act->count) {
			left -= e->o.act->count;
			at = &e->next;
		} else {
			left = 0;
			expected_drop(at);
		}
	}
}

/**
 * try_expect_keep() - keep an opened endpoint
 * @t: trial
 * @e: endpoint; copied
 */
void try_expect_keep(struct trial *t, const struct expected *e)
{
	struct expected *copy = xalloc(sizeof(*copy));

	*copy = *e;
	copy->until = t->now + class_of(e)->timeout;
	copy->next = t->expected;
	t->expected = copy;
	t->counter[ALGATE_C_OPENED] += copy->o.act->count;
	class_trim(t, copy);
}

static void withdraw(struct flow_tried *flow, const struct algate_intent *in)
{
	struct expected **at = &flow->trial->expected, *e;
	struct algate_mapping **place = &flow->mapping, *b;

	while ((e = *at)) {
		if (e->flow == flow && algate_mapping_asked(&e->mapping, in))
			expected_drop(at);
		else
			at = &e->next;
	}
	while ((b = *place)) {
		if (!algate_mapping_asked(b, in)) {
			place = &b->next;
			continue;
		}
		*place = b->next;
		free(b);
	}
}

/* Seconds that a confirm gives to an open expectation; 0: no effect */
static u32 confirmed(const struct expected *e, const struct flow_tried *flow,
		     const struct algate_message *msg,
		     const struct algate_intent *in)
{
	const struct trial *t = flow->trial;

	if (e->flow != flow || (s32)(t->now - e->until) > 0)
		return 0;
	return algate_mapping_answer(flow->plugin->prog, &e->mapping, msg, in);
}

/**
 * try_expect_age() - find the openings that an intent confirms
 * @flow: flow that owns the openings
 * @msg: message, before it is carried out
 * @in: intent of the message
 *
 * Return: seconds since the youngest opening that is confirmed; UINT32_MAX:
 * none.
 */
u32 try_expect_age(const struct flow_tried *flow,
		   const struct algate_message *msg,
		   const struct algate_intent *in)
{
	const struct expected *e;
	u32 left, age = UINT32_MAX;

	if (in->act->verb != ALGATE_VERB_CONFIRM)
		return age;
	for (e = flow->trial->expected; e; e = e->next) {
		left = confirmed(e, flow, msg, in);
		if (left)
			age = min_t(u32, age, in->time - left);
	}
	return age;
}

/**
 * try_expect_change() - activate or withdraw expectations
 * @flow: flow that owns the openings
 * @msg: message
 * @in: intent of the message; only confirm and close have an effect
 */
void try_expect_change(struct flow_tried *flow,
		       const struct algate_message *msg,
		       const struct algate_intent *in)
{
	struct expected *e;
	u32 left;

	if (in->act->verb == ALGATE_VERB_CLOSE ||
	    (in->act->verb == ALGATE_VERB_CONFIRM && !in->time)) {
		withdraw(flow, in);
		return;
	}
	if (in->act->verb != ALGATE_VERB_CONFIRM)
		return;
	for (e = flow->trial->expected; e; e = e->next) {
		left = confirmed(e, flow, msg, in);
		if (!left)
			continue;
		e->inactive = false;
		algate_mapping_narrow(&e->mapping, in);
		e->until = flow->trial->now + left;
	}
}

/**
 * try_expect_forget() - withdraw the expectations of a flow that ends
 * @t: trial
 * @flow: flow
 */
void try_expect_forget(struct trial *t, const struct flow_tried *flow)
{
	struct expected **at = &t->expected;

	while (*at) {
		if ((*at)->flow == flow)
			expected_drop(at);
		else
			at = &(*at)->next;
	}
}

static void expire(struct trial *t)
{
	struct expected **at = &t->expected;

	while (*at) {
		if ((s32)(t->now - (*at)->until) <= 0) {
			at = &(*at)->next;
			continue;
		}
		t->counter[ALGATE_C_EXPIRED]++;
		expected_drop(at);
	}
}

static bool end_is(const struct expected *e, const struct algate_end *end,
		   const struct packet *p)
{
	u16 port = p->port[1];

	return p->addr[1].family == e->family &&
	       !memcmp(end->addr, p->addr[1].b, addr_len(&p->addr[1])) &&
	       port >= end->port && port - end->port < e->o.act->count;
}

/* May the sender of @p use the expectation? */
static bool is_served(const struct expected *e, const struct packet *p)
{
	const struct addr *peer = &e->flow->addr[!e->mapping.dir];

	if (e->from.family)
		return addr_same(&e->from, &p->addr[0]);
	return addr_same(peer, &p->addr[0]) ||
	       algate_mapping_serves(&e->mapping, NULL, p->addr[0].family,
				     p->addr[0].b);
}

static bool expected_is(const struct expected *e, const struct packet *p)
{
	if (e->inactive || e->o.act->proto != p->proto || !is_served(e, p))
		return false;
	/* the capture may be from either side of NAT */
	return end_is(e, &e->o.real, p) || end_is(e, &e->o.mapped, p);
}

/* @by: the other plug-in of @e */
static void heir_print(const struct expected *e, const struct plugin_tried *by)
{
	out_str("plugin", " for ", e->heir.name);
	if (by)
		return;
	out_str("refused", " refused ", counter_name[ALGATE_C_NO_PLUGIN]);
}

static void used_print(const struct trial *t, const struct expected *e,
		       const struct packet *p, const struct plugin_tried *by)
{
	char a[ENDPOINT_LEN], b[ENDPOINT_LEN];

	out_object_begin(NULL);
	out_num("packet", "packet ", t->frame);
	out_str("proto", " ", proto_text(p->proto));
	out_str("from", " ", endpoint_text(&p->addr[0], p->port[0], a));
	out_str("to", " -> ", endpoint_text(&p->addr[1], p->port[1], b));
	out_str("expected", " expected as ", class_of(e)->name);
	out_num("opened_by", " by packet ", e->frame);
	if (e->o.act->other)
		heir_print(e, by);
	out_text("\n");
	out_object_end();
}

/**
 * try_expected() - report a packet that begins an expected flow
 * @t: trial
 * @p: packet
 * @used: set to the used endpoint
 * @by: set to the plug-in that inspects the expected flow, or NULL
 *
 * Return: true if a plug-in inspects the expected flow.
 */
bool try_expected(struct trial *t, const struct packet *p,
		  struct expected *used, struct plugin_tried **by)
{
	struct expected **at, *e;

	if (p->proto == IPPROTO_TCP && (!p->syn || p->has_ack))
		return false;
	expire(t);
	for (at = &t->expected; (e = *at); at = &e->next)
		if (expected_is(e, p))
			break;
	if (!e)
		return false;
	t->counter[ALGATE_C_USED]++;
	*by = e->o.act->other ? try_heir(t, e) :
	      e->o.act->flags & ALGATE_ACTION_F_INSPECT ? e->flow->plugin :
							  NULL;
	used_print(t, e, p, *by);
	*used = *e;
	if (!(class_of(e)->flags & ALGATE_CLASS_PERMANENT) &&
	    e->o.act->count == 1)
		expected_drop(at);
	return *by;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What a message asks for, under an assumed NAT: as the module's commit.c
 * does it, but that every port is free and no limit is reached. Prints it.
 */
#include "out.h"
#include "show.h"
#include "try.h"

#define FIRST_PORT	1024

/**
 * try_count() - add to a counter
 * @ctx: flow
 * @counter: which
 * @n: how much
 */
void try_count(void *ctx, enum algate_counter counter, u32 n)
{
	struct flow_tried *flow = ctx;

	flow->trial->counter[counter] += n;
}

static bool is_v6(u8 type)
{
	return algate_type_kind(type) == ALGATE_KIND_IP6;
}

/* Sets the endpoint's address; a counter that says why not, or -1. */
static int resolve_addr(const struct flow_tried *flow, u8 dir,
			const struct algate_intent *in, struct expected *e)
{
	const struct addr *own = &flow->addr[dir];
	const struct addr *public = &flow->trial->nat.public[dir];
	struct addr said = *own;

	if (in->has_addr) {
		said = (struct addr){
			.family = is_v6(in->addr_type) ? AF_INET6 : AF_INET,
		};
		memcpy(said.b, in->addr.addr, addr_len(&said));
	}
	e->real = said;
	e->mapped = said;
	if (!addr_same(&said, own)) {
		if (!(in->open->flags & ALGATE_OPEN_F_THIRD_PARTY))
			return ALGATE_C_THIRD_PARTY;
		return said.family == own->family ? -1 : ALGATE_C_BAD_PORT;
	}
	if (public->family == own->family)
		e->mapped = *public;
	return -1;
}

/* The same for the port; the address is known. */
static int resolve_port(const struct flow_tried *flow, u8 dir,
			const struct algate_intent *in, struct expected *e)
{
	const struct algate_open *open = in->open;
	u32 port = in->has_port ? in->port.num : flow->port[dir];
	s64 mapped = port;

	if (!port || (u64)port + open->count - 1 > UINT16_MAX ||
	    (open->parity && port % open->parity))
		return ALGATE_C_BAD_PORT;
	if (port < FIRST_PORT && in->has_port &&
	    !(open->flags & ALGATE_OPEN_F_LOW_PORTS))
		return ALGATE_C_LOW_PORT;
	/* the flow's own endpoint is where NAT put it already */
	if (in->has_port && !addr_same(&e->real, &e->mapped) &&
	    !(port == flow->port[dir] && open->proto == flow->proto))
		mapped += flow->trial->nat.offset;
	if (mapped < 1 || mapped + open->count - 1 > UINT16_MAX)
		return ALGATE_C_NO_PORT;
	if (open->parity)
		mapped -= mapped % open->parity;
	e->real_port = port;
	e->mapped_port = mapped;
	return -1;
}

static int resolve(const struct flow_tried *flow, u8 dir,
		   const struct algate_intent *in, struct expected *e)
{
	int why = resolve_addr(flow, dir, in, e);

	if (why < 0)
		why = resolve_port(flow, dir, in, e);
	e->open = in->open;
	e->frame = flow->trial->frame;
	if (in->open->from == ALGATE_FROM_PEER)
		e->from = flow->addr[!dir];
	return why;
}

static int edit_slot(const struct algate_message *msg,
		     struct algate_result *result,
		     const struct algate_value *place, u8 type,
		     const struct algate_value *value)
{
	if (!place->len)
		return 0;
	/* those bytes have left already */
	if (place->off < msg->frozen)
		return -1;
	return algate_edit_add(result, place->off, place->len, type, value);
}

static int edit(const struct algate_message *msg, struct algate_result *result,
		const struct algate_intent *in, const struct expected *e)
{
	struct algate_value v = { .off = 0 };
	int err = 0;

	if (in->has_addr && !addr_same(&e->real, &e->mapped)) {
		memcpy(v.addr, e->mapped.b, sizeof(v.addr));
		err = edit_slot(msg, result, &in->addr, in->addr_type, &v);
	}
	if (!err && in->has_port && e->real_port != e->mapped_port) {
		v.num = e->mapped_port;
		err = edit_slot(msg, result, &in->port, in->port_type, &v);
	}
	return err;
}

/* All of a message, or the counter that says why nothing */
static int commit(const struct flow_tried *flow,
		  const struct algate_message *msg,
		  struct algate_result *result, struct expected *e)
{
	unsigned int i;
	int why;

	for (i = 0; i < result->nedits; i++)
		if (result->edit[i].off < msg->frozen)
			return ALGATE_C_FAIL_OPEN;
	for (i = 0; i < result->nintents; i++) {
		e[i] = (struct expected){ .next = NULL };
		why = resolve(flow, msg->dir, &result->intent[i], &e[i]);
		if (why >= 0)
			return why;
	}
	for (i = 0; i < result->nintents; i++)
		if (edit(msg, result, &result->intent[i], &e[i]) < 0)
			return ALGATE_C_FAIL_OPEN;
	if (algate_edit_size(result, msg->len) < 0)
		return ALGATE_C_FAIL_OPEN;
	return -1;
}

static void endpoints_print(const char *key, const char *prefix,
			    const struct addr *a, u32 port, unsigned int count)
{
	char text[ENDPOINT_LEN], all[ENDPOINT_LEN + 8];

	endpoint_text(a, port, text);
	if (count > 1)
		snprintf(all, sizeof(all), "%s-%u", text, port + count - 1);
	out_str(key, prefix, count > 1 ? all : text);
}

static void open_print(const struct trial *t, const struct expected *e)
{
	const struct algate_class *class = &t->prog->class[e->open->class];
	char text[ENDPOINT_LEN];

	out_object_begin(NULL);
	out_str("class", "  open ", class->name);
	out_str("proto", " ", proto_text(e->open->proto));
	out_str("from", " ", addr_text(&e->from, text));
	endpoints_print("to", " -> ", &e->mapped, e->mapped_port,
			e->open->count);
	if (!addr_same(&e->real, &e->mapped) ||
	    e->real_port != e->mapped_port)
		endpoints_print("real", " real ", &e->real, e->real_port,
				e->open->count);
	out_num("timeout", " timeout ", class->timeout);
	out_text("\n");
	out_object_end();
}

static void flow_head(const struct flow_tried *flow,
		      const struct algate_message *msg)
{
	char text[ENDPOINT_LEN];

	out_num("packet", "packet ", flow->trial->frame);
	out_str("proto", " ", proto_text(flow->proto));
	out_str("client", " ", endpoint_text(&flow->addr[0], flow->port[0],
					     text));
	out_str("server", " -> ", endpoint_text(&flow->addr[1], flow->port[1],
						text));
	out_str("sender", " ", msg->dir == ALGATE_CLIENT ? "client" :
							    "server");
	out_num("message", " message ", msg->nr);
	out_text("\n");
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

static void effects_print(struct trial *t, const struct algate_result *result,
			  const struct expected *e)
{
	unsigned int i;

	if (result->nintents)
		out_array_begin("opens");
	for (i = 0; i < result->nintents; i++)
		open_print(t, &e[i]);
	if (result->nintents)
		out_array_end();
	if (result->counted)
		out_array_begin("counts");
	for (i = 0; i < t->prog->ncounters; i++) {
		if (!(result->counted & 1 << i))
			continue;
		t->rule[i]++;
		out_str("", "  count ", t->prog->counter[i]);
		out_text("\n");
	}
	if (result->counted)
		out_array_end();
	if (result->stop)
		out_text("  stop\n");
	out_bool("stop", result->stop);
}

static void expected_keep(struct trial *t, const struct expected *e,
			  unsigned int n)
{
	while (n--) {
		struct expected *copy = xalloc(sizeof(*copy));

		*copy = *e++;
		copy->next = t->expected;
		t->expected = copy;
		t->counter[ALGATE_C_OPENED] += copy->open->count;
	}
}

/**
 * try_commit() - assume what NAT does, and print what a message comes to
 * @ctx: flow
 * @msg: message
 * @result: what algate_run() made of it; edits are added
 *
 * Return: true when all is done but for the edits.
 */
bool try_commit(void *ctx, const struct algate_message *msg,
		struct algate_result *result)
{
	struct expected e[ALGATE_MAX_INTENTS];
	struct flow_tried *flow = ctx;
	int why = commit(flow, msg, result, e);

	out_object_begin(NULL);
	flow_head(flow, msg);
	if (why < 0) {
		effects_print(flow->trial, result, e);
		expected_keep(flow->trial, e, result->nintents);
	} else {
		try_count(flow, why, 1);
		out_str("refused", "  refused ", counter_text[why].name);
		out_text(": %s\n", counter_text[why].sentence);
	}
	bytes_print(msg, result, why < 0);
	out_object_end();
	return why < 0;
}

static bool expected_is(const struct expected *e, const struct packet *p)
{
	u32 port = p->port[1];
	u32 n = e->open->count;

	if (e->open->proto != p->proto)
		return false;
	if (e->from.family && !addr_same(&e->from, &p->addr[0]))
		return false;
	/* the capture may be from before NAT or from behind it */
	return (addr_same(&e->real, &p->addr[1]) && port >= e->real_port &&
		port < e->real_port + n) ||
	       (addr_same(&e->mapped, &p->addr[1]) && port >= e->mapped_port &&
		port < e->mapped_port + n);
}

/**
 * try_expected() - say if a packet begins an expected flow
 * @t: trial
 * @p: packet
 */
void try_expected(struct trial *t, const struct packet *p)
{
	char a[ENDPOINT_LEN], b[ENDPOINT_LEN];
	struct expected **at, *e;

	if (p->proto == IPPROTO_TCP && (!p->syn || p->has_ack))
		return;
	for (at = &t->expected; (e = *at); at = &e->next)
		if (expected_is(e, p))
			break;
	if (!e)
		return;
	t->counter[ALGATE_C_USED]++;
	out_object_begin(NULL);
	out_num("packet", "packet ", t->frame);
	out_str("proto", " ", proto_text(p->proto));
	out_str("from", " ", endpoint_text(&p->addr[0], p->port[0], a));
	out_str("to", " -> ", endpoint_text(&p->addr[1], p->port[1], b));
	out_str("expected", " expected as ",
		t->prog->class[e->open->class].name);
	out_num("opened_by", " by packet ", e->frame);
	out_text("\n");
	out_object_end();
	if (t->prog->class[e->open->class].flags & ALGATE_CLASS_PERMANENT ||
	    e->open->count > 1)
		return;
	*at = e->next;
	free(e);
}

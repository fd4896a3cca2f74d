// SPDX-License-Identifier: GPL-2.0
/*
 * algctl why
 */
#include "apply.h"
#include "out.h"
#include "why.h"

/**
 * struct question - the endpoint that the user asks about
 * @nl: socket
 * @addr: its address
 * @port: its port
 * @known: number of inspected flows and of expectations with this endpoint
 */
struct question {
	struct nl *nl;
	struct addr addr;
	u16 port;
	size_t known;
};

static bool is_asked(const struct question *q, const struct addr *a, u16 port)
{
	return port == q->port && addr_same(a, &q->addr);
}

static bool tuple_asked(const struct question *q, const struct tuple *t)
{
	return is_asked(q, &t->src, t->sport) || is_asked(q, &t->dst, t->dport);
}

static void flow_answer(const struct nlattr *nest, void *arg)
{
	struct question *q = arg;
	struct flow f;

	flow_read(nest, &f);
	if (!tuple_asked(q, &f.orig) && !tuple_asked(q, &f.reply))
		return;
	q->known++;
	why_print(&f);
}

static void expect_answer(const struct nlattr *nest, void *arg)
{
	char text[ENDPOINT_LEN], to[ENDPOINT_LEN];
	struct question *q = arg;
	struct expectation e;

	expect_read(nest, &e);
	if (!is_asked(q, &e.dst, e.port) && !is_asked(q, &e.real, e.real_port))
		return;
	q->known++;
	out_object_begin(NULL);
	out_str("plugin", "", e.plugin);
	out_num("flow", " flow ", e.flow);
	out_text(": an expectation\n");
	out_array_begin("sentences");
	why_say("The flow announced the endpoint %s for %s, class %s.",
		endpoint_text(&e.real, e.real_port, text), proto_text(e.proto),
		e.class);
	why_say("A connection from %s to %s is expected for another %u seconds.",
		addr_text(&e.src, text), endpoint_text(&e.dst, e.port, to),
		(u32)e.timeout);
	out_array_end();
	out_object_end();
}

struct losses {
	u64 limit;
	u64 memory;
};

static void losses_read(const struct nlattr *nest, void *arg)
{
	const struct nlattr *tb[ALGATE_STATS_MAX + 1];
	u64 counter[__ALGATE_C_MAX];
	struct losses *l = arg;

	attr_nest(nest, tb, ALGATE_STATS_MAX);
	attr_counters(tb[ALGATE_STATS_COUNTERS], counter);
	l->limit += counter[ALGATE_C_FLOW_LIMIT];
	l->memory += counter[ALGATE_C_FLOW_MEMORY];
}

struct match {
	const struct question *q;
	const struct ct_entry *e;
	size_t found;
};

static void attachment_answer(const struct nlattr *nest, void *arg)
{
	struct match *m = arg;
	struct attachment a;

	attachment_read(nest, &a);
	if (a.proto != m->e->proto ||
	    a.port != (a.by_sport ? m->e->orig.sport : m->e->orig.dport))
		return;
	m->found++;
	if (a.from.addr.family && !addr_in(&m->e->orig.src, &a.from))
		why_say("The attachment of %s is for clients of another prefix.",
			a.plugin);
	else
		why_say("An attachment gives new flows of this port%s%s to %s; this flow may be older.",
			*a.iif ? " from interface " : "", a.iif, a.plugin);
}

static void losses_answer(struct nl *nl)
{
	struct losses l = {};

	nl_dump(nl, nl_prepare(nl, ALGATE_CMD_STATS_GET), ALGATE_A_STATS,
		losses_read, &l);
	if (l.limit)
		why_say("The limit of flows kept %llu new flows from inspection; see 'limit show'.",
			(unsigned long long)l.limit);
	if (l.memory)
		why_say("A lack of memory kept %llu new flows from inspection.",
			(unsigned long long)l.memory);
}

/* A flow in conntrack that no plug-in inspects */
static void entry_answer(const struct ct_entry *e, void *arg)
{
	char client[ENDPOINT_LEN], server[ENDPOINT_LEN];
	struct question *q = arg;
	struct match m = { .q = q, .e = e };

	if (!tuple_asked(q, &e->orig) && !tuple_asked(q, &e->reply))
		return;
	q->known++;
	out_object_begin(NULL);
	out_str("proto", "", proto_text(e->proto));
	out_str("client", " ",
		endpoint_text(&e->orig.src, e->orig.sport, client));
	out_str("server", " -> ",
		endpoint_text(&e->orig.dst, e->orig.dport, server));
	out_text("\n");
	out_array_begin("sentences");
	why_say("Conntrack knows the flow, and no plug-in inspects it.");
	if (*e->helper) {
		why_say("Its helper is %s, and a flow has at most one helper.",
			e->helper);
	} else if (e->expected) {
		why_say("A flow of the client %s announced it, so it needs no inspection.",
			endpoint_text(&e->master.src, e->master.sport, client));
	} else {
		nl_dump(q->nl, nl_prepare(q->nl, ALGATE_CMD_ATTACH_GET),
			ALGATE_A_ATTACH, attachment_answer, &m);
		if (m.found)
			losses_answer(q->nl);
		else
			why_say("No attachment is for this port; 'attach add PLUGIN %s dport %u' adds one.",
				proto_text(e->proto), e->orig.dport);
	}
	out_array_end();
	out_object_end();
}

static int answer(struct question *q)
{
	char text[ENDPOINT_LEN];
	struct nl *nl = q->nl;

	if (nl_dump_live(nl, nl_prepare(nl, ALGATE_CMD_FLOW_GET),
			 ALGATE_A_FLOW, flow_answer, q) ||
	    nl_dump_live(nl, nl_prepare(nl, ALGATE_CMD_EXPECT_GET),
			 ALGATE_A_EXPECT, expect_answer, q))
		return nl_fail(nl, "why");
	if (!q->known)
		ct_each(entry_answer, q);
	if (q->known)
		return DONE;
	out_object_begin(NULL);
	out_text("%s\n", endpoint_text(&q->addr, q->port, text));
	out_array_begin("sentences");
	why_say("Neither conntrack nor a plug-in knows a flow with this end.");
	out_array_end();
	out_object_end();
	return DONE;
}

/**
 * cmd_why() - algctl why ADDRESS PORT
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_why(const struct args *args)
{
	struct question q = { .known = 0 };
	int ret;

	if (arg_addr(args->v[0], &q.addr) ||
	    arg_port(args->v[1], NULL, &q.port))
		return MISUSED;
	q.nl = nl_open();
	if (!q.nl)
		return FAILED;
	out_list_begin();
	ret = answer(&q);
	out_list_end();
	ct_end();
	nl_close(q.nl);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * algctl plugin try: runs the module's engine on a capture.
 */
#include <pcap/pcap.h>

#include "out.h"
#include "show.h"
#include "try.h"

/* the default of a network namespace */
#define KEPT_MAX	4096

enum {
	KW_SNAT,
	KW_DNAT,
	KW_OFFSET,
	KW_PORT,
	KW_PORTS,
	KW_PARAM,
	KW_MAP,
};

const struct keyword try_keywords[] = {
	[KW_SNAT] = { "--snat", "ADDR", "assume that the client's address becomes ADDR" },
	[KW_DNAT] = { "--dnat", "ADDR", "assume that the server is reached at ADDR" },
	[KW_OFFSET] = { "--port-offset", "N", "assume that NAT adds N to opened ports" },
	[KW_PORT] = { "--port", "PORT", "the server's port, instead of the ports of the plug-in's services" },
	[KW_PORTS] = { "--ports", "FIRST-LAST", "assume that NAT opens only these ports" },
	[KW_PARAM] = { "--param", "NAME=LIST", "fill the list of a parameter, as in plugin set" },
	[KW_MAP] = { "--map", "NAME=PAIRS", "fill a map with pairs, which have commas between them" },
	{}
};

static const char * const skipped_text[] = {
	[PACKET_OTHER] = "other",
	[PACKET_FRAGMENT] = "fragment",
	[PACKET_CUT] = "cut short by the capture",
	[PACKET_BAD] = "bad lengths",
};

/* Is @port a server's port of protocol @proto? */
static bool is_service(const struct trial *t, u8 proto, u16 port)
{
	unsigned int i;

	for (i = 0; i < t->plugin.prog->nservices; i++)
		if (t->plugin.prog->service[i].proto == proto &&
		    (t->port ?: t->plugin.prog->service[i].port) == port)
			return true;
	return false;
}

static bool flow_has(const struct flow_tried *f, const struct packet *p,
		     bool client)
{
	return f->proto == p->proto &&
	       f->port[0] == p->port[!client] && f->port[1] == p->port[client] &&
	       addr_same(&f->addr[0], &p->addr[!client]) &&
	       addr_same(&f->addr[1], &p->addr[client]);
}

/* Finds the flow of a packet, and its direction; NULL: none */
static struct flow_tried *flow_find(const struct trial *t,
				    const struct packet *p,
				    enum algate_dir *dir)
{
	struct flow_tried *f;

	for (f = t->flows; f; f = f->next) {
		if (flow_has(f, p, true)) {
			*dir = ALGATE_CLIENT;
			return f;
		}
		if (flow_has(f, p, false)) {
			*dir = ALGATE_SERVER;
			return f;
		}
	}
	return NULL;
}

static struct flow_tried *flow_make(struct trial *t, const struct packet *p,
				    bool client)
{
	struct flow_tried *f = xalloc(sizeof(*f));

	f->trial = t;
	f->plugin = &t->plugin;
	f->proto = p->proto;
	f->addr[0] = p->addr[!client];
	f->addr[1] = p->addr[client];
	f->port[0] = p->port[!client];
	f->port[1] = p->port[client];
	f->isn = p->seq;
	f->root = f;
	f->members = 1;
	f->next = t->flows;
	t->flows = f;
	return f;
}

/* Makes a flow; a SYN tells client from server, otherwise the port does. */
static struct flow_tried *flow_new(struct trial *t, const struct packet *p,
				   enum algate_dir *dir)
{
	bool client = is_service(t, p->proto, p->port[1]);

	if (!client && !is_service(t, p->proto, p->port[0]))
		return NULL;
	if (p->syn)
		client = !p->has_ack;
	*dir = client ? ALGATE_CLIENT : ALGATE_SERVER;
	if (!is_service(t, p->proto, p->port[client]))
		return NULL;
	return flow_make(t, p, client);
}

/*
 * Acknowledgments in the capture refer to the captured bytes, but the engine
 * expects acknowledgments of the rewritten bytes: add the length changes.
 */
static u32 receiver_ack(const struct algate_sender *from, u32 ack)
{
	const struct algate_rewrite *r;
	s32 offset = from->delta;

	for (r = from->rewrites; r; r = r->next) {
		if (!algate_before(ack, r->seq + r->old_len))
			break;
		offset = r->before;
	}
	return ack + offset;
}

static void flow_segment(struct flow_tried *f, struct algate_stream *s,
			 enum algate_dir dir, const struct packet *p,
			 u32 now, struct algate_splice *out)
{
	struct algate_segment seg = {
		.seq = p->seq, .ack = receiver_ack(&f->sender[!dir], p->ack),
		.has_ack = p->has_ack, .syn = p->syn, .fin = p->fin,
		.rst = p->rst, .data = p->data, .len = p->len, .now = now,
	};

	algate_stream_segment(s, dir, &seg, out);
}

/* A capture does not tell the networks of its hosts. */
static bool to_many(const struct addr *a)
{
	const u8 *b = a->b;

	return a->family == AF_INET6 ? b[0] == 0xff : b[0] >= 224;
}

static void flow_packet(struct flow_tried *f, enum algate_dir dir,
			const struct packet *p, u32 now)
{
	struct algate_ends ends;
	struct algate_stream s = {
		.prog = f->plugin->prog, .sender = f->sender, .var = f->var,
		.entries = &f->root->entries,
		.known = &try_owner(f)->mapping,
		.outside = try_outside(f),
		.kept_max = KEPT_MAX, .commit = try_commit, .count = try_count,
		.ctx = f,
		.result = &f->trial->result,
		.msg = {
			.family = p->addr[0].family, .sport = p->port[0],
			.swapped = f->inverse,
			.broadcast = to_many(&p->addr[1]),
			.now = now / 1000, .ends = &ends,
			.lists = &f->plugin->lists,
			.maps = &f->plugin->maps,
		},
	};
	struct algate_splice out;

	f->dir = dir;
	try_ends(f, dir, &ends);
	if (p->len) {
		try_count(f, ALGATE_C_PACKETS, 1);
		try_count(f, ALGATE_C_BYTES, p->len);
	}
	if (p->proto == IPPROTO_TCP)
		flow_segment(f, &s, dir, p, now, &out);
	else if (!f->over && p->len)
		algate_stream_datagram(&s, dir, p->data, p->len, &out);
	else
		return;
	try_count(f, ALGATE_C_MESSAGES, s.messages);
	try_count(f, ALGATE_C_MATCHED, s.matched);
	if (s.stop && !f->over)
		try_count(f, ALGATE_C_STOPPED, 1);
	f->over = f->over || s.stop || s.detach;
	algate_free(out.temp);
}

/* A client's new SYN: a new connection with the ports of an old flow */
static bool flow_reused(const struct flow_tried *f, enum algate_dir dir,
			const struct packet *p)
{
	return p->syn && !p->has_ack && dir == ALGATE_CLIENT &&
	       p->seq != f->isn;
}

static void flow_drop(struct trial *t, struct flow_tried *f)
{
	struct flow_tried **at = &t->flows;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	try_expect_forget(t, f);
	try_heir_settle(t, f);
	try_flow_free(f);
}

static void trial_packet(struct trial *t, const struct packet *p, u32 now)
{
	enum algate_dir dir = ALGATE_CLIENT;
	struct flow_tried *f = flow_find(t, p, &dir);
	struct plugin_tried *by;
	struct expected used;

	if (f && flow_reused(f, dir, p)) {
		flow_drop(t, f);
		f = NULL;
	}
	if (!f && try_expected(t, p, &used, &by)) {
		/* the end that opens a flow is its client */
		dir = ALGATE_CLIENT;
		f = flow_make(t, p, true);
		f->plugin = by;
		try_child(f, &used);
		if (used.o.act->other)
			try_heir_begin(f, &used);
	} else if (!f) {
		f = flow_new(t, p, &dir);
	}
	if (f)
		flow_packet(f, dir, p, now);
}

static void trial_skipped(const struct trial *t, enum packet_kind kind)
{
	/* do not report ARP and other protocols */
	if (kind == PACKET_OTHER)
		return;
	out_object_begin(NULL);
	out_num("packet", "packet ", t->frame);
	out_str("skipped", " skipped: ", skipped_text[kind]);
	out_text("\n");
	out_object_end();
}

static int trial_run(struct trial *t, pcap_t *capture, const char *file)
{
	int link = pcap_datalink(capture);
	struct pcap_pkthdr *head;
	enum packet_kind kind;
	const u_char *frame;
	struct packet p;
	int got;

	while ((got = pcap_next_ex(capture, &head, &frame)) == 1) {
		t->frame++;
		t->now = head->ts.tv_sec;
		kind = packet_read(link, frame, head->caplen, head->len, &p);
		if (kind == PACKET_GOOD)
			trial_packet(t, &p, (u32)head->ts.tv_sec * 1000 +
					    head->ts.tv_usec / 1000);
		else
			trial_skipped(t, kind);
	}
	if (got == PCAP_ERROR_BREAK)
		return DONE;
	complain("%s: %s", file, pcap_geterr(capture));
	return FAILED;
}

/* The name of another plug-in stands in front of its counters. */
static void rules_print(const struct trial *t, const struct plugin_tried *p)
{
	char name[2 * ALGATE_NAME_LEN];
	unsigned int i;

	for (i = 0; p->prog && i < p->prog->ncounters; i++) {
		if (!p->rule[i])
			continue;
		snprintf(name, sizeof(name), "%s%s%s",
			 p == &t->plugin ? "" : p->name,
			 p == &t->plugin ? "" : ":", p->prog->counter[i]);
		out_text("  %-12s", name);
		out_num(name, " ", p->rule[i]);
		out_text("  messages that a rule of the plug-in counts\n");
	}
}

static void counts_print(const struct trial *t)
{
	const struct plugin_tried *p;
	unsigned int i;

	out_text("counters\n");
	out_object_begin("counters");
	for (i = 0; i < __ALGATE_C_MAX; i++) {
		if (!t->counter[i])
			continue;
		out_text("  %-12s", counter_name[i]);
		out_num(counter_name[i], " ", t->counter[i]);
		out_text("  %s\n", counter_text[i]);
	}
	out_object_end();
	out_object_begin("rules");
	for (p = &t->plugin; p; p = p->next)
		rules_print(t, p);
	out_object_end();
}

static void trial_free(struct trial *t)
{
	while (t->flows)
		flow_drop(t, t->flows);
	while (t->expected) {
		struct expected *e = t->expected;

		t->expected = e->next;
		free(e);
	}
}

static pcap_t *capture_open(const char *file)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *capture = pcap_open_offline(file, why);

	if (!capture) {
		/* libpcap's message may already contain the name */
		complain("%s%s%s", strstr(why, file) ? "" : file,
			 strstr(why, file) ? "" : ": ", why);
		return NULL;
	}
	if (packet_link_known(pcap_datalink(capture)))
		return capture;
	complain("%s: unsupported link type %d", file,
		 pcap_datalink(capture));
	pcap_close(capture);
	return NULL;
}

static int nat_parse(const struct args *args, struct trial *t)
{
	const char *offset = args->kw[KW_OFFSET];
	struct algate_numbers ports;
	u32 n;

	if (args->kw[KW_SNAT] &&
	    arg_addr(args->kw[KW_SNAT], &t->nat.public[ALGATE_CLIENT]))
		return -1;
	if (args->kw[KW_DNAT] &&
	    arg_addr(args->kw[KW_DNAT], &t->nat.public[ALGATE_SERVER]))
		return -1;
	if (args->kw[KW_PORT] &&
	    arg_port(args->kw[KW_PORT], NULL, &t->port))
		return -1;
	if (args->kw[KW_PORTS]) {
		if (range_parse(&list_of_ports, args->kw[KW_PORTS], &ports))
			return -1;
		t->nat.ports.all.first = ports.first;
		t->nat.ports.all.last = ports.last;
	}
	if (!offset)
		return 0;
	if (arg_number("port offset", offset + (*offset == '-'), 0, 65535, &n))
		return -1;
	t->nat.offset = *offset == '-' ? -(int)n : (int)n;
	return 0;
}

static int param_fill(struct trial *t, const char *word)
{
	const char *list = word ? strchr(word, '=') : NULL;
	struct list read;
	unsigned int i;

	if (!word)
		return 0;
	for (i = 0; list && i < t->plugin.prog->nparams; i++) {
		const struct algate_setting *p = &t->plugin.prog->param[i];

		if (strlen(p->name) != (size_t)(list - word) ||
		    strncmp(p->name, word, list - word))
			continue;
		if (list_parse(&list_of_numbers, list + 1, &read))
			return -1;
		if (read.n > p->max) {
			complain("%s: the list has at most %u ranges", p->name,
				 p->max);
			return -1;
		}
		t->plugin.lists.list[i].n = read.n;
		memcpy(t->plugin.lists.list[i].range, read.range,
		       read.n * sizeof(*read.range));
		return 0;
	}
	complain("'%s' does not begin with a parameter of the plug-in and =",
		 word);
	return -1;
}

static int map_fill(struct trial *t, const char *word)
{
	const char *pairs = word ? strchr(word, '=') : NULL;
	struct map read = { .n = 0 };
	unsigned int i;

	if (!word)
		return 0;
	for (i = 0; pairs && i < t->plugin.prog->nmaps; i++) {
		const struct algate_setting *m = &t->plugin.prog->map[i];

		if (strlen(m->name) != (size_t)(pairs - word) ||
		    strncmp(m->name, word, pairs - word))
			continue;
		if (map_parse(pairs + 1, &read))
			return -1;
		if (read.n > m->max) {
			complain("%s: the map has at most %u pairs", m->name,
				 m->max);
			return -1;
		}
		t->plugin.maps.map[i].n = read.n;
		memcpy(t->plugin.maps.map[i].pair, read.pair,
		       read.n * sizeof(*read.pair));
		return 0;
	}
	complain("'%s' does not begin with a map of the plug-in and =", word);
	return -1;
}

/* Without a port, no flow would be inspected. */
static bool has_port(const struct trial *t, const char *file)
{
	unsigned int i;

	for (i = 0; i < t->plugin.prog->nservices; i++)
		if (t->port || t->plugin.prog->service[i].port)
			return true;
	complain("%s: no service has a port; use --port", file);
	return false;
}

static int trial_start(struct trial *t, const struct args *args)
{
	pcap_t *capture;
	int ret;

	if (!has_port(t, args->v[0]) || param_fill(t, args->kw[KW_PARAM]) ||
	    map_fill(t, args->kw[KW_MAP]))
		return MISUSED;
	capture = capture_open(args->v[1]);
	if (!capture)
		return FAILED;
	out_object_begin(NULL);
	out_str("plugin", NULL, t->plugin.prog->name);
	out_array_begin("events");
	ret = trial_run(t, capture, args->v[1]);
	out_array_end();
	counts_print(t);
	out_object_end();
	pcap_close(capture);
	return ret;
}

/**
 * cmd_plugin_try() - algctl plugin try FILE CAPTURE
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_plugin_try(const struct args *args)
{
	struct trial *t = xalloc(sizeof(*t));
	struct source *src = &t->plugin.src;
	int ret = MISUSED;

	if (!nat_parse(args, t)) {
		ret = FAILED;
		if (!source_open(args->v[0], src)) {
			t->plugin.prog = src->prog;
			strcpy(t->plugin.name, src->prog->name);
			ret = trial_start(t, args);
			trial_free(t);
			try_plugins_free(t);
		}
	}
	free(t);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Conntrack's state of flows, through libnetfilter_conntrack. A few flows are
 * queried one by one. For more flows, a dump of all of conntrack is cheaper.
 */
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>

#include "ct.h"

static const char * const tcp_state[] = {
	"NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT",
	"CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2",
};

/* a query of a flow takes as long as a dump of so many flows */
#define QUERY_COST	8
#define FEW		16

/* no padding: compared as bytes */
struct key {
	struct tuple orig;
	u16 zone;
	u16 proto;
};

struct entry {
	struct key key;
	struct ct ct;
};

/**
 * struct table - a dump of conntrack
 * @entry: entries, sorted by key
 * @n: number of entries
 * @room: allocated entries
 * @listed: the dump succeeded
 */
struct table {
	struct entry *entry;
	size_t n;
	size_t room;
	bool listed;
};

static struct nfct_handle *handle;
static struct table table;
static size_t asked;
static size_t expected;
static bool tried;

static void ct_read(struct nf_conntrack *nfct, struct ct *ct)
{
	u8 state;

	ct->state = NULL;
	ct->timeout = nfct_get_attr_u32(nfct, ATTR_TIMEOUT);
	ct->mark = nfct_get_attr_u32(nfct, ATTR_MARK);
	ct->assured = nfct_get_attr_u32(nfct, ATTR_STATUS) & IPS_ASSURED;
	if (nfct_get_attr_u8(nfct, ATTR_L4PROTO) == IPPROTO_TCP &&
	    nfct_attr_is_set(nfct, ATTR_TCP_STATE) > 0) {
		state = nfct_get_attr_u8(nfct, ATTR_TCP_STATE);
		if (state < ARRAY_SIZE(tcp_state))
			ct->state = tcp_state[state];
	}
}

static int found(enum nf_conntrack_msg_type type, struct nf_conntrack *nfct,
		 void *data)
{
	(void)type;
	ct_read(nfct, data);
	return NFCT_CB_CONTINUE;
}

/* a zone of a single direction has a different attribute */
static u16 zone_read(const struct nf_conntrack *nfct)
{
	static const enum nf_conntrack_attr attr[] = {
		ATTR_ZONE, ATTR_ORIG_ZONE, ATTR_REPL_ZONE,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(attr); i++)
		if (nfct_attr_is_set(nfct, attr[i]) > 0)
			return nfct_get_attr_u16(nfct, attr[i]);
	return 0;
}

static void key_read(const struct nf_conntrack *nfct, struct key *key)
{
	struct tuple *t = &key->orig;
	bool v6;

	memset(key, 0, sizeof(*key));
	t->src.family = nfct_get_attr_u8(nfct, ATTR_L3PROTO);
	t->dst.family = t->src.family;
	v6 = t->src.family == AF_INET6;
	memcpy(t->src.b, nfct_get_attr(nfct, v6 ? ATTR_IPV6_SRC :
						 ATTR_IPV4_SRC), v6 ? 16 : 4);
	memcpy(t->dst.b, nfct_get_attr(nfct, v6 ? ATTR_IPV6_DST :
						 ATTR_IPV4_DST), v6 ? 16 : 4);
	t->sport = ntohs(nfct_get_attr_u16(nfct, ATTR_PORT_SRC));
	t->dport = ntohs(nfct_get_attr_u16(nfct, ATTR_PORT_DST));
	key->zone = zone_read(nfct);
	key->proto = nfct_get_attr_u8(nfct, ATTR_L4PROTO);
}

static int listed(enum nf_conntrack_msg_type type, struct nf_conntrack *nfct,
		  void *data)
{
	u8 proto = nfct_get_attr_u8(nfct, ATTR_L4PROTO);
	struct table *t = data;
	struct entry *e;

	(void)type;
	/* plug-ins inspect no other protocols; others may have no ports */
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return NFCT_CB_CONTINUE;
	if (t->n == t->room) {
		t->room = t->room ? 2 * t->room : 1024;
		t->entry = xrealloc(t->entry, t->room * sizeof(*t->entry));
	}
	e = &t->entry[t->n++];
	key_read(nfct, &e->key);
	ct_read(nfct, &e->ct);
	return NFCT_CB_CONTINUE;
}

static int entry_compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return memcmp(&x->key, &y->key, sizeof(x->key));
}

/* If the dump fails, flows are queried one by one. */
static void table_fill(void)
{
	u32 family = AF_UNSPEC;
	int err;

	nfct_callback_register(handle, NFCT_T_ALL, listed, &table);
	err = nfct_query(handle, NFCT_Q_DUMP, &family);
	nfct_callback_unregister(handle);
	table.listed = err >= 0;
	if (table.n)
		qsort(table.entry, table.n, sizeof(*table.entry),
		      entry_compare);
}

static size_t ct_count(void)
{
	FILE *f = fopen("/proc/sys/net/netfilter/nf_conntrack_count", "r");
	size_t n = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%zu", &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

/**
 * ct_expect() - announce the number of lookups
 * @n: about so many flows; 0: unknown
 */
void ct_expect(size_t n)
{
	expected = n;
}

/*
 * Makes a dump as soon as the queries have taken about as long as the dump
 * will. So both together take at most twice the time of the cheaper method.
 * Returns true if there is a dump.
 */
static bool ct_listed(void)
{
	static size_t few;

	if (!asked++) {
		few = FEW + ct_count() / QUERY_COST;
		if (expected > few)
			few = 1;
	}
	if (asked == few)
		table_fill();
	return table.listed;
}

static bool table_find(u8 proto, u16 zone, const struct tuple *orig,
		       struct ct *ct)
{
	const struct entry *e;
	struct entry want = { .key = { .orig = *orig, .zone = zone,
				       .proto = proto } };

	e = table.n ? bsearch(&want, table.entry, table.n, sizeof(*e),
			      entry_compare) : NULL;
	if (e)
		*ct = e->ct;
	return e;
}

static bool ct_open(void)
{
	if (tried)
		return handle;
	tried = true;
	handle = nfct_open(NFNL_SUBSYS_CTNETLINK, 0);
	if (!handle)
		complain("cannot read conntrack's states: %s",
			 strerror(errno));
	return handle;
}

static void tuple_set(struct nf_conntrack *key, const struct tuple *t)
{
	bool v6 = t->src.family == AF_INET6;

	nfct_set_attr_u8(key, ATTR_L3PROTO, t->src.family);
	nfct_set_attr(key, v6 ? ATTR_IPV6_SRC : ATTR_IPV4_SRC, t->src.b);
	nfct_set_attr(key, v6 ? ATTR_IPV6_DST : ATTR_IPV4_DST, t->dst.b);
	nfct_set_attr_u16(key, ATTR_PORT_SRC, htons(t->sport));
	nfct_set_attr_u16(key, ATTR_PORT_DST, htons(t->dport));
}

/**
 * ct_find() - look a flow up
 * @proto: its protocol
 * @zone: its zone
 * @orig: its original direction
 * @ct: filled in
 *
 * Return: false if conntrack does not know the flow, or the query failed.
 */
bool ct_find(u8 proto, u16 zone, const struct tuple *orig, struct ct *ct)
{
	struct nf_conntrack *key;
	int err;

	*ct = (struct ct){ .state = NULL };
	if (orig->src.family == AF_UNSPEC || !ct_open())
		return false;
	if (ct_listed())
		return table_find(proto, zone, orig, ct);
	key = nfct_new();
	if (!key)
		die("out of memory");
	tuple_set(key, orig);
	nfct_set_attr_u8(key, ATTR_L4PROTO, proto);
	if (zone)
		nfct_set_attr_u16(key, ATTR_ZONE, zone);
	nfct_callback_register(handle, NFCT_T_ALL, found, ct);
	err = nfct_query(handle, NFCT_Q_GET, key);
	nfct_callback_unregister(handle);
	nfct_destroy(key);
	return err >= 0;
}

struct each {
	void (*fn)(const struct ct_entry *e, void *arg);
	void *arg;
};

static void end_read(const struct nf_conntrack *nfct, struct addr *a, u16 *port,
		     enum nf_conntrack_attr v4, enum nf_conntrack_attr v6,
		     enum nf_conntrack_attr port_attr)
{
	bool has4 = nfct_attr_is_set(nfct, v4) > 0;
	bool has6 = nfct_attr_is_set(nfct, v6) > 0;

	*a = (struct addr){ .family = has4 ? AF_INET :
				      has6 ? AF_INET6 : AF_UNSPEC };
	if (has4 || has6)
		memcpy(a->b, nfct_get_attr(nfct, has4 ? v4 : v6), addr_len(a));
	*port = ntohs(nfct_get_attr_u16(nfct, port_attr));
}

static int each_entry(enum nf_conntrack_msg_type type,
		      struct nf_conntrack *nfct, void *data)
{
	const struct each *each = data;
	struct ct_entry e = {
		.proto = nfct_get_attr_u8(nfct, ATTR_L4PROTO),
	};
	const char *helper = nfct_get_attr(nfct, ATTR_HELPER_NAME);

	(void)type;
	if (e.proto != IPPROTO_TCP && e.proto != IPPROTO_UDP)
		return NFCT_CB_CONTINUE;
	end_read(nfct, &e.orig.src, &e.orig.sport, ATTR_ORIG_IPV4_SRC,
		 ATTR_ORIG_IPV6_SRC, ATTR_ORIG_PORT_SRC);
	end_read(nfct, &e.orig.dst, &e.orig.dport, ATTR_ORIG_IPV4_DST,
		 ATTR_ORIG_IPV6_DST, ATTR_ORIG_PORT_DST);
	end_read(nfct, &e.reply.src, &e.reply.sport, ATTR_REPL_IPV4_SRC,
		 ATTR_REPL_IPV6_SRC, ATTR_REPL_PORT_SRC);
	end_read(nfct, &e.reply.dst, &e.reply.dport, ATTR_REPL_IPV4_DST,
		 ATTR_REPL_IPV6_DST, ATTR_REPL_PORT_DST);
	end_read(nfct, &e.master.src, &e.master.sport, ATTR_MASTER_IPV4_SRC,
		 ATTR_MASTER_IPV6_SRC, ATTR_MASTER_PORT_SRC);
	e.expected = e.master.src.family != AF_UNSPEC;
	snprintf(e.helper, sizeof(e.helper), "%s", helper ?: "");
	each->fn(&e, each->arg);
	return NFCT_CB_CONTINUE;
}

/**
 * ct_each() - list conntrack's entries of TCP and UDP
 * @fn: called for each entry
 * @arg: passed to @fn
 *
 * Calls @fn for no entry after a message.
 */
void ct_each(void (*fn)(const struct ct_entry *e, void *arg), void *arg)
{
	struct each each = { .fn = fn, .arg = arg };
	u32 family = AF_UNSPEC;

	if (!ct_open())
		return;
	nfct_callback_register(handle, NFCT_T_ALL, each_entry, &each);
	if (nfct_query(handle, NFCT_Q_DUMP, &family) < 0)
		complain("cannot list conntrack's entries: %s",
			 strerror(errno));
	nfct_callback_unregister(handle);
}

/**
 * ct_end() - close the socket and free the dump
 */
void ct_end(void)
{
	if (handle)
		nfct_close(handle);
	handle = NULL;
	tried = false;
	free(table.entry);
	table = (struct table){ .entry = NULL };
	asked = 0;
	expected = 0;
}

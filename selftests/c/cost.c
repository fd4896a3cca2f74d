// SPDX-License-Identifier: GPL-2.0
/*
 * cost PLUGINS [EXCHANGE...] - the engine's cost of exchanges, without a kernel
 *
 * Runs the messages of selftests/bench through the stream layer and the rules,
 * and the engine's part of the intents. Under callgrind each case makes a
 * separate dump; selftests/bench/engine.sh makes a table.
 *
 * Compiled with the kernel's options; copies byte by byte like the kernel.
 */
#include <arpa/inet.h>

#if __has_include("valgrind/callgrind.h")
#include <valgrind/callgrind.h>
#else	/* without counting, only checks that all messages are rewritten */
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(label) ((void)(label))
#endif

#include "../../kmod/engine/stream.h"
#include "../../kmod/engine/intent.h"
#include "../../tools/compile.h"
#include "../bench/exchange.h"

#define CLIENT	"10.0.1.10"
#define ROUNDS	40

long algate_fail_alloc = -1;

#ifdef __x86_64__
/*
 * Copies byte by byte, as memcpy_64.S and memset_64.S may. Callgrind counts an
 * instruction for each byte. Other machines only check the messages.
 */
void *memcpy(void *to, const void *from, size_t n)
{
	void *p = to;

	asm volatile("rep movsb" : "+D"(p), "+S"(from), "+c"(n) : : "memory");
	return to;
}

void *memset(void *to, int c, size_t n)
{
	void *p = to;

	asm volatile("rep stosb" : "+D"(p), "+c"(n) : "a"(c) : "memory");
	return to;
}
#endif

struct flow {
	const struct algate_prog *prog;
	u32 var[ALGATE_MAX_VARS];
	struct algate_sender sender[2];
	struct algate_entries *entries;
	struct algate_mapping *known;
	struct algate_ends ends[2];
	struct algate_result result;
	u32 seq[2];
};

static void end_set(struct algate_end *end, const char *addr, u16 port)
{
	inet_pton(AF_INET, addr, end->addr);
	end->port = port;
}

static void flow_init(struct flow *f, u16 port)
{
	struct algate_ends *c = &f->ends[ALGATE_CLIENT];
	struct algate_ends *s = &f->ends[ALGATE_SERVER];

	end_set(&c->own, CLIENT, 5060);
	end_set(&c->own_seen, ROUTER, 5060);
	end_set(&c->peer, SERVER, port);
	c->peer_real = c->peer;
	s->own = c->peer;
	s->own_seen = c->peer;
	s->peer = c->own_seen;
	s->peer_real = c->own;
	f->sender[ALGATE_CLIENT].synced = true;
	f->sender[ALGATE_SERVER].synced = true;
}

/* Each port is free and stays the same. */
static int reserve(void *ctx, const struct algate_intent *in,
		   struct algate_opening *o)
{
	(void)ctx;
	(void)in;
	(void)o;
	return -1;
}

static void release(void *ctx)
{
	(void)ctx;
}

static bool commit(void *ctx, const struct algate_message *msg,
		   struct algate_result *res)
{
	/* as in the module, which does not clear it for each message */
	static struct algate_resolver r = {
		.reserve = reserve, .release = release,
	};
	const struct flow *f = ctx;

	r.prog = f->prog;
	r.known = f->known;
	return algate_resolve(&r, msg, res) < 0;
}

static void count(void *ctx, enum algate_counter counter, u32 n)
{
	(void)ctx;
	(void)counter;
	(void)n;
}

/* Sends a message through the engine; writes the outgoing message to @out. */
static void send_one(struct flow *f, int proto, u8 dir, const struct text *t,
		     struct text *out)
{
	struct algate_stream s = {
		.prog = f->prog, .sender = f->sender, .var = f->var,
		.entries = &f->entries, .known = &f->known, .kept_max = 8192,
		.commit = commit, .count = count, .ctx = f,
		.result = &f->result,
		.msg = { .family = AF_INET, .ends = &f->ends[dir] },
	};
	struct algate_segment seg = {
		.seq = f->seq[dir], .ack = f->seq[!dir] + f->sender[!dir].delta,
		.has_ack = true, .data = (const u8 *)t->buf, .len = t->len,
	};
	struct algate_splice sp;

	CALLGRIND_START_INSTRUMENTATION;
	if (proto == IPPROTO_TCP)
		algate_stream_segment(&s, dir, &seg, &sp);
	else
		algate_stream_datagram(&s, dir, (const u8 *)t->buf, t->len,
				       &sp);
	CALLGRIND_STOP_INSTRUMENTATION;
	f->seq[dir] += t->len;
	if (sp.move != ALGATE_EDIT)
		sp.off = t->len, sp.old_len = 0, sp.new_len = 0;
	out->len = 0;
	put_bytes(out, t->buf, sp.off);
	put_bytes(out, sp.bytes, sp.new_len);
	put_bytes(out, t->buf + sp.off + sp.old_len,
		  t->len - sp.off - sp.old_len);
	free(sp.temp);
}

static struct algate_prog *plugin(const char *dir, const char *name)
{
	static char text[65536];
	struct compile_error err;
	struct algate_reject why;
	struct algate_prog *prog;
	char path[256];
	size_t len;
	void *image;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.alg", dir, name);
	f = fopen(path, "r");
	if (!f)
		die("no %s", path);
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (compile_image(text, len, &image, &len, &err))
		die("%s is wrong", path);
	prog = algate_image_decode(image, len, &why);
	if (!prog || algate_prog_verify(prog, &why))
		die("%s", algate_reason_text(why.reason));
	free(image);
	return prog;
}

static void measure(const char *dir, const char *name, const struct exchange *x)
{
	static struct text t, want, out[2];
	struct flow *f = calloc(1, sizeof(*f));
	char label[64];
	unsigned int i;

	f->prog = plugin(dir, name);
	flow_init(f, x->port);
	CALLGRIND_ZERO_STATS;
	for (i = 0; i < ROUNDS; i++) {
		t.len = 0;
		want.len = 0;
		x->request(&t, CLIENT, i);
		x->request(&want, ROUTER, i);
		send_one(f, x->proto, ALGATE_CLIENT, &t, &out[0]);
		if (out[0].len != want.len ||
		    memcmp(out[0].buf, want.buf, want.len))
			die("%s: a request is not rewritten:\n%.*s", x->name,
			    out[0].len, out[0].buf);
		t.len = 0;
		want.len = 0;
		x->reply(&t, ROUTER, i);
		x->reply(&want, CLIENT, i);
		send_one(f, x->proto, ALGATE_SERVER, &t, &out[1]);
		if (out[1].len != want.len ||
		    memcmp(out[1].buf, want.buf, want.len))
			die("%s: a reply is not rewritten:\n%.*s", x->name,
			    out[1].len, out[1].buf);
	}
	snprintf(label, sizeof(label), "%s %d rounds", x->name, ROUNDS);
	CALLGRIND_DUMP_STATS_AT(label);
	algate_sender_free(&f->sender[ALGATE_CLIENT]);
	algate_sender_free(&f->sender[ALGATE_SERVER]);
	algate_free(f->entries);
	algate_prog_free((struct algate_prog *)f->prog);
	free(f);
}

static const struct exchange *find(const struct exchange *x, const char *name)
{
	while (x->name && strcmp(x->name, name))
		x++;
	return x->name ? x : NULL;
}

static bool wanted(char **names, const char *name)
{
	bool all = !*names;

	while (*names && strcmp(*names, name))
		names++;
	return all || *names;
}

/* exchanges, each with its plug-in */
static const char * const cases[][2] = {
	{ "ftp-noop", "ftp" }, { "ftp-port", "ftp" },
	{ "ftp-227", "ftp" }, { "irc-line", "irc" },
	{ "irc-dcc", "irc" }, { "tftp", "tftp" },
	{ "sip-options", "sip" }, { "sip-options-plain", "sip" },
	{ "sip-invite", "sip" }, { "sip-invite-plain", "sip" },
	{ "rtsp-setup", "rtsp" }, { "pptp-call", "pptp" },
	{ "rpc-getport", "sunrpc" }, { "snmp-get", "snmp" },
	{ "bulk", "ftp" },
};

static void must_be_case(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (!strcmp(name, cases[i][0]))
			return;
	fprintf(stderr, "no exchange '%s'; there are:", name);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		fprintf(stderr, " %s", cases[i][0]);
	fprintf(stderr, "\n");
	exit(1);
}

int main(int argc, char **argv)
{
	char **name;
	unsigned int i;

	if (argc < 2)
		die("where are the plug-ins?");
	for (name = argv + 2; *name; name++)
		must_be_case(*name);
	filler = 8000;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct exchange *x = find(text_exchanges, cases[i][0]);

		if (!x)
			x = find(raw_exchanges, cases[i][0]);
		if (!x)
			die("no %s", cases[i][0]);
		if (wanted(argv + 2, x->name))
			measure(argv[1], cases[i][1], x);
	}
	return 0;
}

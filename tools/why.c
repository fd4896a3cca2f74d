// SPDX-License-Identifier: GPL-2.0
/*
 * Explains a flow in sentences. The sentences depend on nothing but the flow's
 * counters and state, so a recorded flow gives the same sentences.
 */
#include <stdarg.h>

#include "flow.h"
#include "out.h"
#include "why.h"

/**
 * struct cause - a sentence about a counter
 * @counter: counter; the sentence is printed if it is not 0
 * @format: text with %s for the number and the noun, as in "2 endpoints"
 * @noun: singular; "s" makes the plural
 * @cure: a remedy, or NULL
 */
struct cause {
	enum algate_counter counter;
	const char *format;
	const char *noun;
	const char *cure;
};

/* reasons for the end of the inspection */
static const struct cause end[] = {
	{ ALGATE_C_NOT_BEGUN,
	  "The first message does not begin the protocol.",
	  NULL, NULL },
	{ ALGATE_C_UNRECOGNISED,
	  "A later message is not the protocol's.",
	  NULL, NULL },
	{ ALGATE_C_STRANGERS,
	  "It announced another host's address three times.",
	  NULL, NULL },
	{ ALGATE_C_BAD_FRAME,
	  "The stream cannot be cut into messages of the protocol.",
	  NULL, NULL },
	{ ALGATE_C_MIDSTREAM,
	  "The start of the flow was missed.",
	  NULL, "See 'limit set pickup' for flows that another router handed over." },
	{ ALGATE_C_EVICTED,
	  "The limit of flows was reached, and nobody had answered the flow.",
	  NULL, "See 'limit show'." },
	{}
};

static const struct cause refusal[] = {
	{ ALGATE_C_THIRD_PARTY,
	  "It refused %s: the address is not the sender's own.",
	  "endpoint", "The word third-party in the rule allows it." },
	{ ALGATE_C_LOW_PORT,
	  "It refused %s: the port is below 1024.",
	  "endpoint", "The word low-ports in the rule allows it." },
	{ ALGATE_C_BAD_PORT,
	  "It refused %s: the port is 0 or outside of the range that the rule asks for.",
	  "endpoint", NULL },
	{ ALGATE_C_REQUIRE,
	  "It refused %s: a condition of the rule (require) was not met.",
	  "message", NULL },
	{ ALGATE_C_MALFORMED,
	  "It refused %s: an element is malformed.",
	  "message", NULL },
	{ ALGATE_C_LIMIT,
	  "It refused %s: the limit of expectations, of their rate or of the class was reached, or the message had too many elements or actions.",
	  "request", "See 'limit show', and max in the plug-in." },
	{ ALGATE_C_NO_PORT,
	  "It refused %s: no port was free, or conntrack refused the expectation.",
	  "expectation", "See nf_conntrack_expect_max." },
	{ ALGATE_C_OTHER_SIDE,
	  "It did not expect %s from another side than the peer's, or from a host that the rules had not named.",
	  "flow", NULL },
	{ ALGATE_C_NO_PLUGIN,
	  "It expected %s for another plug-in, which was not loaded or does not serve the protocol.",
	  "flow", "Load that plug-in: 'plugin show NAME' prints the rules, which name it." },
	{ ALGATE_C_NO_SEQADJ,
	  "It refused %s: the helper was assigned after NAT, so the length cannot change.",
	  "rewrite", "Use an attachment, or a chain in front of NAT." },
	{ ALGATE_C_NO_ROOM,
	  "It refused %s: a value does not fit its place, or the packet could not grow.",
	  "rewrite", NULL },
	{}
};

static const struct cause unread[] = {
	{ ALGATE_C_FAIL_OPEN,
	  "%s passed unread, since the sender repeated the bytes.",
	  "incomplete message", NULL },
	{ ALGATE_C_GAP,
	  "%s beyond missing bytes passed unread.",
	  "segment", NULL },
	{ ALGATE_C_TOO_LONG,
	  "%s passed unread: longer than the plug-in's maximum, or than the limit of held bytes.",
	  "message", "See max in the plug-in, and 'limit set kept'." },
	{ ALGATE_C_MEMORY_LIMIT,
	  "%s passed unread: the limit of memory was reached.",
	  "packet", "See 'limit set memory'." },
	{ ALGATE_C_NO_MEMORY,
	  "%s passed unread, or no further if rewritten before: the kernel had no memory.",
	  "packet", NULL },
	{}
};

/**
 * why_say() - print a sentence
 * @fmt: as for printf()
 */
void why_say(const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		die("out of memory");
	va_end(ap);
	out_str("", "    ", text);
	out_text("\n");
	free(text);
}

/* "1 message", "2 messages" */
static const char *count(u64 n, const char *noun)
{
	static char text[2][64];
	static unsigned int i;

	i = !i;
	snprintf(text[i], sizeof(text[i]), "%llu %s%s", (unsigned long long)n,
		 noun, n == 1 ? "" : "s");
	return text[i];
}

static bool causes_say(const struct flow *f, const struct cause *c)
{
	bool said = false;
	char text[256];
	u64 n;

	for (; c->format; c++) {
		n = f->counter[c->counter];
		if (!n)
			continue;
		snprintf(text, sizeof(text), c->format,
			 c->noun ? count(n, c->noun) : "");
		why_say("%s%s%s", text, c->cure ? " " : "", c->cure ?: "");
		said = true;
	}
	return said;
}

static bool same_end(const struct addr *a, u16 port, const struct addr *b,
		     u16 other)
{
	return port == other && addr_same(a, b);
}

static void nat_say(const struct flow *f)
{
	char text[ENDPOINT_LEN];
	bool client = same_end(&f->orig.src, f->orig.sport, &f->reply.dst,
			       f->reply.dport);
	bool server = same_end(&f->orig.dst, f->orig.dport, &f->reply.src,
			       f->reply.sport);

	if (!client)
		why_say("NAT: the server sees the client as %s.",
			endpoint_text(&f->reply.dst, f->reply.dport, text));
	if (!server)
		why_say("NAT: the server's own endpoint is %s.",
			endpoint_text(&f->reply.src, f->reply.sport, text));
	if (client && server)
		why_say("NAT changes neither end, so no endpoint needs a rewrite.");
}

static void inspection_say(const struct flow *f)
{
	if (f->state & ALGATE_FLOW_S_STOPPED) {
		why_say("The rules of plug-in %s ended the inspection (stop).",
			f->plugin);
	} else if (f->state & ALGATE_FLOW_S_DETACHED) {
		why_say("Plug-in %s inspects the flow no longer.", f->plugin);
		causes_say(f, end);
	} else {
		why_say("Plug-in %s inspects the flow.", f->plugin);
	}
}

static void messages_say(const struct flow *f)
{
	u64 read = f->counter[ALGATE_C_MESSAGES];
	u64 matched = f->counter[ALGATE_C_MATCHED];

	if (!f->counter[ALGATE_C_PACKETS])
		why_say("No packet with payload has passed.");
	else if (!read)
		why_say("The rules have seen no complete message in %s.",
			count(f->counter[ALGATE_C_PACKETS], "packet"));
	else if (!matched)
		why_say("The rules saw %s, and none matched.",
			count(read, "message"));
	else
		why_say("The rules saw %s, and %llu matched.",
			count(read, "message"), (unsigned long long)matched);
}

static void effects_say(const struct flow *f)
{
	const u64 *n = f->counter;

	if (n[ALGATE_C_OPENED])
		why_say("It opened %s: %llu used, %llu expired, %llu cancelled.",
			count(n[ALGATE_C_OPENED], "expectation"),
			(unsigned long long)n[ALGATE_C_USED],
			(unsigned long long)n[ALGATE_C_EXPIRED],
			(unsigned long long)n[ALGATE_C_CANCELLED]);
	if (n[ALGATE_C_REWRITTEN])
		why_say("It rewrote %s.",
			count(n[ALGATE_C_REWRITTEN], "message"));
	if (*f->found && !strcmp(f->found, f->written))
		why_say("The last announced endpoint is %s.", f->found);
	else if (*f->found)
		why_say("The last announced endpoint is %s, written as %s.",
			f->found, f->written);
	if (n[ALGATE_C_HELD])
		why_say("It held %s until the rest of a message arrived.",
			count(n[ALGATE_C_HELD], "segment"));
}

/**
 * why_print() - explain a flow
 * @f: flow
 */
void why_print(const struct flow *f)
{
	char client[ENDPOINT_LEN], server[ENDPOINT_LEN];

	out_object_begin(NULL);
	out_str("plugin", "", f->plugin);
	out_num("flow", " flow ", f->id);
	out_str("proto", ": ", proto_text(f->proto));
	out_str("client", " ",
		endpoint_text(&f->orig.src, f->orig.sport, client));
	out_str("server", " -> ",
		endpoint_text(&f->orig.dst, f->orig.dport, server));
	out_text("\n");
	out_array_begin("sentences");
	nat_say(f);
	inspection_say(f);
	messages_say(f);
	effects_say(f);
	causes_say(f, refusal);
	causes_say(f, unread);
	out_array_end();
	out_object_end();
}

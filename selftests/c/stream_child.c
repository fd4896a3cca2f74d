// SPDX-License-Identifier: GPL-2.0
/*
 * A root flow and its child, which the root's server has opened: both have the
 * same tables and mappings, and the roles of the ends are exchanged.
 */
#include "stream_test.h"
#include "../../kmod/engine/intent.h"

#define C	ALGATE_CLIENT
#define S	ALGATE_SERVER

long algate_fail_alloc = -1;

static const char rules[] =
	"plugin t\nservice udp 7000\nframe datagram max 64\n"
	"expect data max 8 timeout 5m\n"
	"table asked max 4 timeout 5m\n"
	"flow seen\nlocal id tx\n"
	"begin either: [A-Z]\n"
	"either: \"ASK \" n:dec { tx = side\ntx = hash tx, n\nasked[tx] = 1\n"
	"	seen = n }\n"
	"either: \"SAY \" n:dec \" \" p:port {\n"
	"	tx = 1 - side\ntx = hash tx, n\n"
	"	if asked[tx] -> id { open data udp peer -> self p }\n}\n"
	"either: \"MINE\" if seen { open data udp peer -> self 4000 }\n"
	"either: \"AT \" p:port { translate udp peer p }\n";

/* The members of a flow that its root does not have. */
struct talk {
	struct algate_sender sender[2];
	u32 var[ALGATE_MAX_VARS];
	bool swapped;
};

static struct algate_prog *prog;
static struct algate_entries *entries;
static struct algate_mapping *known;
static struct talk root, child;
static unsigned int commits;

static void verdict(const char *name, bool good)
{
	stream_verdict("child", name, good);
}

static bool commit(void *ctx, const struct algate_message *msg,
		   struct algate_result *res)
{
	struct algate_resolver r = { .prog = prog, .known = known };

	(void)ctx;
	commits += res->nintents;
	return algate_resolve(&r, msg, res) < 0;
}

/* Sends a datagram. Returns it as edited, until the next call. */
static const char *tell(struct talk *t, enum algate_dir dir, const char *text)
{
	static const struct algate_ends ends = {
		.own = { { 10, 0, 0, 1 }, 5060 },
		.own_seen = { { 203, 0, 113, 1 }, 6060 },
		.peer = { { 203, 0, 113, 1 }, 6060 },
		.peer_real = { { 10, 0, 0, 1 }, 5060 },
	};
	static struct algate_result result;
	static char after[128];
	struct algate_stream s = {
		.prog = prog, .sender = t->sender, .var = t->var,
		.kept_max = 4096, .commit = commit, .count = count,
		.result = &result, .entries = &entries, .known = &known,
		.msg = { .family = AF_INET, .sport = 40000, .now = 100,
			 .swapped = t->swapped, .ends = &ends },
	};
	struct algate_splice sp;

	algate_stream_datagram(&s, dir, (const u8 *)text, strlen(text), &sp);
	snprintf(after, sizeof(after), "%s", text);
	if (sp.move == ALGATE_EDIT)
		snprintf(after, sizeof(after), "%.*s%.*s%s", (int)sp.off, text,
			 (int)sp.new_len, (const char *)sp.bytes,
			 text + sp.off + sp.old_len);
	algate_free(sp.temp);
	return after;
}

static void begin(void)
{
	algate_prog_free(prog);
	prog = rules_load(rules);
	algate_free(entries);
	entries = NULL;
	known = NULL;
	memset(counter, 0, sizeof(counter));
	memset(&root, 0, sizeof(root));
	memset(&child, 0, sizeof(child));
	child.swapped = true;
	commits = 0;
}

static void test_requests(void)
{
	begin();
	tell(&root, C, "ASK 1");
	tell(&child, C, "SAY 1 4000");
	verdict("an answer counts for the root's request", commits == 1);
	tell(&root, S, "SAY 1 4000");
	verdict("so it does in the root", commits == 2);
	tell(&child, S, "SAY 1 4000");
	verdict("no end answers itself in the child", commits == 2);
	tell(&child, C, "ASK 2");
	tell(&root, S, "SAY 2 4000");
	tell(&child, C, "SAY 2 4000");
	verdict("nor in the other flow", commits == 2);
	tell(&root, C, "SAY 2 4000");
	verdict("an answer in the root counts for the child's request",
		commits == 3);
	tell(&child, S, "SAY 2 4000");
	verdict("and so does an answer in the child", commits == 4);
}

static void test_variables(void)
{
	begin();
	tell(&root, C, "ASK 1");
	tell(&child, C, "MINE");
	verdict("variables are the flow's own", !commits);
	tell(&root, C, "MINE");
	verdict("in the root they are set", commits == 1);
}

/* The root's client has announced port 5070, which is 7070 outside. */
static void test_mappings(void)
{
	static struct algate_mapping opened = {
		.real = { { 10, 0, 0, 1 }, 5070 },
		.mapped = { { 203, 0, 113, 1 }, 7070 },
		.count = 1, .dir = ALGATE_CLIENT, .proto = IPPROTO_UDP,
	};

	begin();
	known = &opened;
	verdict("the peer finds the client's port in the root",
		!strcmp(tell(&root, S, "AT 7070"), "AT 5070"));
	verdict("and in the child",
		!strcmp(tell(&child, C, "AT 7070"), "AT 5070"));
	verdict("the client has no port of the peer",
		!strcmp(tell(&child, S, "AT 7070"), "AT 7070"));
	known = NULL;
}

int main(void)
{
	test_requests();
	test_variables();
	test_mappings();
	algate_free(entries);
	algate_prog_free(prog);
	return failed != 0;
}

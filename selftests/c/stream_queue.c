// SPDX-License-Identifier: GPL-2.0
/*
 * Queues on a stream: a reply counts for its request, also if some message is
 * refused; unread bytes, and more requests than fit, open nothing wrong.
 */
#include "stream_talk.h"

#define HELLO	"hello\r\n"
#define LISTEN	"listen\r\n"
#define PORT	"port 4000\r\n"

static const char rules[] =
	"plugin t\nservice tcp 21\nframe lines max 64\n"
	"expect data max 255 timeout 5m\nqueue q max 4\nlocal kind\n"
	"begin either: [a-z]\nmessage either: any\n"
	"client: \"listen\" end { ask q = 1 }\n"
	"client: \"give \" p:port {\n"
	"	ask q = 0\n"
	"	open data tcp server -> self p\n}\n"
	"client: \"hello\" end\n"
	"client: [a-z] { ask q = 0 }\n"
	"server: \"port \" p:port end {\n"
	"	kind = answer q\n"
	"	if kind == 1 { open data tcp client -> self p }\n}\n"
	"server: \"hello\" end\n"
	"server: [a-z] { kind = answer q }\n";

static void verdict(const char *name, bool good)
{
	stream_verdict("queue", name, good);
}

static void begin(void)
{
	open_flow(rules);
	say(C, HELLO);
	say(S, HELLO);
}

static void test_refused(void)
{
	begin();
	refuse = true;
	say(C, "give 4000\r\n" LISTEN);
	refuse = false;
	say(S, "no\r\n" PORT);
	verdict("a refused request waits for its reply", commits == 1);
	say(C, LISTEN "size\r\n" LISTEN);
	refuse = true;
	say(S, PORT);
	refuse = false;
	say(S, PORT PORT PORT);
	verdict("a refused reply takes its request", commits == 2);
}

static void test_pipelined(void)
{
	static const char all[] = "size\r\n" LISTEN "size\r\n" LISTEN;
	static const char replies[] = "no\r\n" PORT "no\r\n" PORT PORT;
	bool good = true;
	u32 i;

	for (i = 1; i < sizeof(replies) - 1; i++) {
		begin();
		say(C, all);
		say_bytes(S, replies, i);
		say(S, replies + i);
		good &= commits == 2 && !over;
	}
	verdict("replies cut anywhere", good);
}

static void test_full(void)
{
	begin();
	say(C, LISTEN LISTEN LISTEN LISTEN LISTEN);
	say(S, PORT PORT PORT);
	verdict("requests before the queue was full", commits == 3);
	say(S, PORT PORT);
	say(C, LISTEN);
	say(S, PORT);
	verdict("and none behind", commits == 3 && !over);
	say(S, "lost");
	segment(S, seq[S] + 100, "x\r\n", 3, false);
	say(C, LISTEN);
	say(S, "\r\n" PORT);
	verdict("unread bytes do not change this", commits == 3);
}

static void test_lost(void)
{
	begin();
	say(C, "size\r\n" LISTEN);
	lose(S, "no\r\n", "skipped\r\n");
	say(S, "x\r\n");
	commits = 0;
	say(C, LISTEN);
	say(S, PORT);
	verdict("behind a lost reply, the next request finds its reply",
		commits == 1 && !over);
	begin();
	lose(C, LISTEN, "size\r\n");
	commits = 0;
	say(C, "x\r\n" LISTEN);
	say(S, "no\r\nno\r\n");
	say(S, PORT PORT);
	say(C, LISTEN);
	say(S, PORT);
	verdict("behind a lost request, too", commits == 1 && !over);
}

/* A message without effect still counts as a request, if there is memory now. */
static void test_memory(void)
{
	begin();
	algate_fail_alloc = 0;
	say(C, LISTEN);
	algate_fail_alloc = -1;
	verdict("an allocation failed", counter[ALGATE_C_NO_MEMORY] == 1);
	say(S, PORT);
	verdict("the request counts nevertheless", commits == 1 && !over);
	say(S, PORT);
	verdict("but once", commits == 1);
}

static void test_again(void)
{
	begin();
	say(C, LISTEN LISTEN LISTEN);
	seq[C] += 100000;
	seq[S] += 100000;
	segment(C, seq[C] - 1, "", 0, true);
	segment(S, seq[S] - 1, "", 0, true);
	say(C, HELLO);
	say(S, HELLO PORT);
	verdict("a new connection has no requests", !commits);
}

int main(void)
{
	test_refused();
	test_pipelined();
	test_full();
	test_lost();
	test_memory();
	test_again();
	algate_prog_free(prog);
	algate_free(entries);
	algate_sender_free(&sender[0]);
	algate_sender_free(&sender[1]);
	return failed != 0;
}

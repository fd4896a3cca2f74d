// SPDX-License-Identifier: GPL-2.0
/*
 * "begin" and "message": nothing happens before the first message of a
 * direction is recognised, and what was not read is not trusted.
 */
#include <stdarg.h>

#include "stream_talk.h"

#define MAX	64		/* longest line */
#define HELLO	"HELLO you\r\n"
#define OPEN	"OPEN 4000\r\n"

static const char lines[] =
	"plugin t\nservice tcp 21\nframe lines max 64\n"
	"expect data max 255 timeout 5m\n"
	"begin client: \"HELLO \" [a-z]\n"
	"message client: [A-Z]+ (\" \" | end)\n"
	"begin server: \"200 \"\nmessage server: any\n"
	"client: \"OPEN \" p:port end { open data tcp server -> self p }\n"
	"server: \"GIVE \" p:port end { open data tcp client -> self p }\n";

static const char same[] =
	"plugin t\nservice tcp 21\nframe lines max 64\n"
	"expect data max 255 timeout 5m\n"
	"begin either: [HO] [A-Z]+ \" \"\n"
	"either: \"OPEN \" p:port end { open data tcp any -> self p }\n";

static const char turns[] =
	"plugin t\nservice tcp 21\nframe turns max 16\n"
	"expect data max 255 timeout 5m\n"
	"begin client: \"I\" skip 3\nmessage client: [A-Z] skip 3\n"
	"begin server: \"i\" skip 3\n"
	"client: \"O\" p:u16be { open data tcp server -> self p }\n"
	"server: \"o\" p:u16be { open data tcp client -> self p }\n";

static const char headers[] =
	"plugin t\nservice tcp 21\nframe headers \"Length\" max 64\n"
	"expect data max 255 timeout 5m\n"
	"begin client: \"HELLO\" \"\\r\\n\"\nmessage client: [A-Z]+ [ \\r]\n"
	"client: \"OPEN \" p:port [\\r] { open data tcp server -> self p }\n";

static const char datagrams[] =
	"plugin t\nservice udp 21\nframe datagram max 64\n"
	"expect data max 255 timeout 5m\n"
	"begin client: \"HELLO \" [a-z]\nmessage client: [A-Z]+ \" \"\n"
	"begin server: \"200 \"\nmessage server: [A-Z]+ \" \"\n"
	"client: \"OPEN \" p:port end { open data udp server -> self p }\n"
	"server: \"GIVE \" p:port end { open data udp client -> self p }\n";

/* Its first message, and its rule, may also be STUN. */
static const char like_stun[] =
	"plugin t\nservice udp 21\nframe datagram max 64\n"
	"expect data max 255 timeout 5m\n"
	"begin either: \"\\x01\" | \"\\x02\" | \"\\x04\"\n"
	"either: skip 8 p:u16be { open data udp any -> self p }\n";

static void verdict(const char *name, bool good)
{
	stream_verdict("begin", name, good);
	if (!good)
		printf("# %u commits%s\n", commits, over ? ", over" : "");
}

static void test_first(void)
{
	open_flow(lines);
	say(C, OPEN);
	say(C, HELLO OPEN);
	verdict("a first message that is not recognised ends the inspection",
		GONE && !commits && counter[ALGATE_C_NOT_BEGUN] == 1);
	open_flow(lines);
	say(C, HELLO OPEN);
	verdict("a recognised one lets rules run", !over && commits == 1);
	say(S, "GIVE 4000\r\n");
	verdict("the server's direction begins by itself", GONE &&
		commits == 1 && counter[ALGATE_C_NOT_BEGUN] == 1);
	open_flow(lines);
	say(S, "200 \r\nGIVE 4000\r\n");
	say(C, OPEN);
	verdict("and the client's", GONE && commits == 1 &&
		counter[ALGATE_C_NOT_BEGUN] == 1);
	open_flow(same);
	say(C, OPEN);
	verdict("rules see the first message, too", !over && commits == 1);
	open_flow(lines);
	say(C, "\r\n\n" HELLO OPEN);
	say(S, "\r\n200 \r\nGIVE 4000\r\n");
	verdict("an empty line in front of it is nothing", !over &&
		commits == 2 && !counter[ALGATE_C_NOT_BEGUN]);
	open_flow(lines);
	say(C, "\r\n" OPEN);
	verdict("and does not begin the direction", GONE && !commits &&
		counter[ALGATE_C_NOT_BEGUN] == 1);
}

static void test_later(void)
{
	open_flow(lines);
	say(C, HELLO "Host: a\r\n" OPEN);
	say(S, "200 \r\n");
	verdict("a later message that is not recognised ends the inspection",
		GONE && !commits && counter[ALGATE_C_UNRECOGNISED] == 1);
	open_flow(lines);
	say(S, "200 \r\n-\r\n\r\n\x01\r\nGIVE 4000\r\n");
	verdict("any message, if the plug-in says so", !over && commits == 1);
	open_flow(same);
	say(C, "HE 1\r\nx\r\n" OPEN);
	verdict("\"begin\" is also for later messages", GONE && !commits &&
		counter[ALGATE_C_UNRECOGNISED] == 1);
	open_flow(lines);
	say(C, HELLO HELLO "NOOP\r\nQUIT\r\n");
	verdict("lines of no interest are counted", !over &&
		sender[C].nr == 4);
}

/* The same at every cut, and the decision falls with the last byte it needs. */
static void test_cut(void)
{
	static const char good[] = HELLO OPEN, bad[] = HELLO "H: a\r\n" OPEN;
	bool same_good = true, same_bad = true;
	u32 i;

	for (i = 1; i < sizeof(good) - 1; i++) {
		open_flow(lines);
		say_bytes(C, good, i);
		say(C, good + i);
		same_good &= !over && commits == 1;
	}
	for (i = 1; i < sizeof(bad) - 1; i++) {
		open_flow(lines);
		say_bytes(C, bad, i);
		say(C, bad + i);
		same_bad &= GONE && !commits;
	}
	verdict("recognised wherever it is cut", same_good);
	verdict("or not recognised", same_bad);
	open_flow(lines);
	say(C, "HX");
	verdict("two bytes are enough to see that it is not", GONE);
	open_flow(lines);
	say(C, "HELLO y");
	verdict("seven do not prove that it ends", !over &&
		!sender[C].begun);
	say(C, "ou\r\n" OPEN);
	verdict("its end does", !over && commits == 1);
}

static void test_long(void)
{
	char buf[200];

	open_flow(lines);
	say(C, padded(buf, "HELLO ", 100));
	say(C, OPEN);
	verdict("nothing is read behind a first message that is too long",
		GONE && !commits && counter[ALGATE_C_TOO_LONG] == 1);
	open_flow(lines);
	say(C, padded(buf, "USER ", 100));
	say(C, OPEN);
	verdict("of another protocol", GONE && !commits);
	open_flow(lines);
	padded(buf, "HELLO", 100);
	memset(buf + 5, ' ', 90);
	say(C, buf);
	say(C, OPEN);
	verdict("a blank too many", GONE && !commits);
	open_flow(lines);
	say(C, HELLO);
	say(C, padded(buf, "STOR ", 150));
	say(C, OPEN);
	verdict("a later one is judged by its head", !over && commits == 1 &&
		counter[ALGATE_C_TOO_LONG] == 1);
	open_flow(lines);
	say(C, HELLO);
	say(C, padded(buf, "Cookie: ", 150));
	say(C, OPEN);
	verdict("of no word of the protocol", GONE && !commits);
	open_flow(lines);
	memset(buf, 'A', 150);
	memcpy(buf + 148, "\r\n", 3);
	say(C, HELLO);
	say(C, buf);
	say(C, OPEN);
	verdict("a head that does not say", GONE && !commits &&
		counter[ALGATE_C_UNRECOGNISED] == 1);
	open_flow(lines);
	say_bytes(C, padded(buf, "HELLO y", 150), 40);
	say(C, buf + 40);
	say(C, OPEN);
	verdict("a first message in two segments, too long", GONE &&
		!commits);
	open_flow(headers);
	say(C, padded(buf, "HELLO\r\n", 150));
	say(C, "OPEN 4000\r\n\r\n");
	verdict("without a next line there is no way back", GONE && !commits);
	open_flow(headers);
	say(C, "HELLO\r\n\r\nOPEN 4000\r\n\r\n");
	verdict("a header block", !over && commits == 1);
}

static void test_lost(void)
{
	open_flow(lines);
	lose(C, HELLO, "NOOP\r\n");
	say(C, HELLO OPEN);
	verdict("nothing is read behind a first message that was lost",
		GONE && !commits);
	open_flow(lines);
	say(C, HELLO);
	lose(C, "NOOP\r\n", "NOOP\r\n");
	say(C, OPEN);
	verdict("a later one is lost: reading resumes at a line", !over);
	say(C, OPEN);
	verdict("that matches", !over && commits >= 1);
	open_flow(lines);
	say(C, HELLO);
	lose(C, "NOOP\r\n", "NOOP\r\n");
	say(C, "skipped\r\nHost: a\r\n" OPEN);
	verdict("and ends at one that does not", GONE && !commits &&
		counter[ALGATE_C_UNRECOGNISED] == 1);
	open_flow(lines);
	say(C, HELLO);
	lose(S, "200 \r\n", "210 \r\n");
	say(S, "200 \r\nGIVE 4000\r\n");
	verdict("the client's beginning is not the server's", GONE && !commits);
	open_flow(lines);
	say(C, "HELLO ");
	segment(C, seq[C] - 6, "HELLO ", 6, false);
	segment(C, seq[C] - 6, "HELLO ", 6, false);
	say(C, "you\r\n" OPEN);
	verdict("a first message that is repeated before its end", GONE &&
		!commits);
}

static void test_syn(void)
{
	start(lines);
	segment(C, ISN, HELLO, strlen(HELLO), true);
	seq[C] += strlen(HELLO);
	segment(S, ISN, "", 0, true);
	say(C, OPEN);
	verdict("a first message in the SYN is not read: neither is the rest",
		GONE && !commits);
	start(lines);
	segment(C, ISN, "", 0, true);
	segment(S, ISN, "200 \r\n", 6, true);
	seq[S] += 6;
	say(S, "GIVE 4000\r\n");
	verdict("nor in the server's", GONE && !commits);
}

static void test_handed_over(void)
{
	start(lines);
	say(C, OPEN);
	verdict("nothing is read if nobody has read the first message",
		over && !commits && counter[ALGATE_C_MIDSTREAM] == 1);
	start(lines);
	handed_over = true;
	say(C, OPEN);
	verdict("another router has: reading resumes", !over && commits == 1 &&
		counter[ALGATE_C_RESUMED] == 1);
	start(lines);
	handed_over = true;
	say(C, "Host: a\r\n" OPEN);
	verdict("with a message of the protocol", GONE && !commits &&
		counter[ALGATE_C_UNRECOGNISED] == 1);
}

static void test_turns(void)
{
	open_flow(turns);
	say_bytes(C, "I\0\0\1", 4);
	say_bytes(S, "i\0\0\1", 4);
	say_bytes(C, "O\x20\0\1", 4);
	say_bytes(S, "i\0\0\1", 4);
	say_bytes(C, "O\x20\0\1", 4);
	verdict("turns", !over && commits == 2);
	say_bytes(S, "o\x20\0\1", 4);
	verdict("a turn that is not recognised", GONE && commits == 2 &&
		counter[ALGATE_C_UNRECOGNISED] == 1);
	open_flow(turns);
	say_bytes(C, "O\x20\0\1", 4);
	verdict("a first turn that is not recognised", GONE && !commits &&
		counter[ALGATE_C_NOT_BEGUN] == 1);
	open_flow(turns);
	say_bytes(C, "I", 1);
	say_bytes(C, "\0\0\1", 3);
	say_bytes(S, "i\0\0\1", 4);
	say_bytes(C, "O\x20\0\1", 4);
	verdict("a first turn in two segments", !over && commits == 1);
}

/* Another program takes over: what has begun, goes on by its "message". */
static void test_replaced(void)
{
	open_flow(lines);
	say(C, HELLO);
	load(same);
	say(C, "OPEN 4000\r\n");
	verdict("a flow that has begun goes on with another program",
		!over && commits == 1);
	say(S, "GIVE 4000\r\n");
	verdict("the other direction begins by the new one", GONE &&
		commits == 1 && counter[ALGATE_C_NOT_BEGUN] == 1);
	open_flow(lines);
	say(C, "HEL");
	load(same);
	say(C, "LO you\r\n" OPEN);
	verdict("a first message between the two", !over && commits == 1);
}

static void test_datagrams(void)
{
	char buf[200];

	start(datagrams);
	tell(C, "");
	tell(C, "0123456789abcdef");
	tell(C, "OPEN 4000");
	verdict("keep-alives are not the first datagram", !over && !commits &&
		!sender[C].nr && !counter[ALGATE_C_NOT_BEGUN]);
	tell(C, "HELLO y");
	tell(C, "OPEN 4000");
	verdict("which begins", !over && commits == 1);
	tell(C, "0123456789abcdefg");
	tell(C, "OPEN 4000");
	verdict("a later one that is not recognised passes unread", !over &&
		commits == 2 && counter[ALGATE_C_UNRECOGNISED] == 1);
	start(datagrams);
	tell(C, "0123456789abcdefg");
	tell(C, "HELLO y");
	tell(C, "OPEN 4000");
	verdict("a first one that is not recognised ends the inspection",
		GONE && !commits && counter[ALGATE_C_NOT_BEGUN] == 1);
	start(datagrams);
	tell(S, "anybody can send this");
	tell(S, "GIVE 4000 and this");
	tell(C, "HELLO y");
	tell(S, "GIVE 4000");
	verdict("nobody else's datagram ends it", !over && !commits &&
		counter[ALGATE_C_UNRECOGNISED] == 2);
	tell(S, "200 ");
	tell(S, "GIVE 4000");
	verdict("the server's, once it has begun", !over && commits == 1);
	start(datagrams);
	outside = true;
	tell(C, "anybody can send this");
	tell(C, "OPEN 4000 and this");
	verdict("nor does a datagram of a client outside", !over && !commits &&
		counter[ALGATE_C_UNRECOGNISED] == 2);
	tell(C, "HELLO y");
	tell(C, "OPEN 4000");
	verdict("which begins later", !over && commits == 1);
	outside = false;
	start(datagrams);
	tell_bytes(C, padded(buf, "HELLO ", 100), 100);
	tell(C, "OPEN 4000");
	verdict("a first datagram that is too long does not begin", !commits &&
		counter[ALGATE_C_TOO_LONG] == 1);
	start(datagrams);
	tell_bytes(C, padded(buf, "OTHER ", 100), 100);
	tell(C, "HELLO y");
	tell(C, "OPEN 4000");
	verdict("of another protocol: it ends the inspection", GONE &&
		!commits);
}

/* A datagram of @len bytes that would open port 4096, with STUN's cookie */
static void tell_stun(enum algate_dir dir, u8 type, u32 len)
{
	char buf[100] = { type, 0, 0, 8, 0x21, 0x12, 0xa4, 0x42, 0x10 };

	tell_bytes(dir, buf, len);
}

/* Searching the first message for the literal takes too many steps (V10). */
static void test_costly(void)
{
	static const char text[] =
		"plugin t\nservice udp 21\nframe datagram max 65535\n"
		"expect data max 255 timeout 5m\n"
		"begin client: ... \"aaaaaaaaaaaaaaaaaaaab\"\nmessage client: any\n"
		"client: \"OPEN \" p:port end { open data udp server -> self p }\n";
	static char buf[60000];

	memset(buf, 'a', sizeof(buf));
	start(text);
	tell_bytes(C, buf, sizeof(buf));
	tell(C, "OPEN 4000");
	verdict("a first message that takes too many steps does not begin",
		GONE && !commits && counter[ALGATE_C_NOT_BEGUN] == 1);
	start(text);
	memcpy(buf + 1000, "b", 1);
	tell_bytes(C, buf, sizeof(buf));
	tell(C, "OPEN 4000");
	verdict("and one that takes few does", !over && commits == 1);
}

static void test_keepalives(void)
{
	start(like_stun);
	tell_stun(C, 1, 28);
	tell_stun(S, 1, 28);
	tell_stun(C, 1, 90);
	verdict("STUN opens nothing, whatever the plug-in accepts", !over &&
		!commits && !sender[C].begun && !sender[S].begun &&
		!sender[C].nr && sender[C].stun && sender[S].stun);
	tell_stun(C, 2, 19);
	verdict("fewer bytes are no STUN", !over && commits == 1 &&
		sender[C].begun);
	tell_stun(C, 4, 28);
	verdict("nor is another first byte", !over && commits == 2);
	tell_stun(C, 2, 20);
	verdict("STUN opens nothing later either", !over && commits == 2);
}

int main(void)
{
	test_keepalives();
	test_costly();
	test_first();
	test_later();
	test_cut();
	test_long();
	test_lost();
	test_syn();
	test_handed_over();
	test_turns();
	test_replaced();
	test_datagrams();
	algate_prog_free(prog);
	algate_sender_free(&sender[0]);
	algate_sender_free(&sender[1]);
	return failed != 0;
}

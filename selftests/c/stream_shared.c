// SPDX-License-Identifier: GPL-2.0
/*
 * Long and bad messages on a stream: a message with a known end is skipped, also
 * if its bytes are lost or there is no memory to hold them. On a stream that
 * many users share, a message of another protocol is skipped, too, and a message
 * without an end ends its direction only. On another stream, the third address
 * of another host ends the inspection.
 */
#include "stream_talk.h"

#define HELLO	"HELLO\r\n\r\n"
#define OPEN	"OPEN 4000\r\n\r\n"
#define RULES \
	"expect data max 255 timeout 5m\n" \
	"begin client: \"HELLO\" \"\\r\\n\"\nmessage client: [A-Z]+ [ \\r]\n" \
	"begin server: \"HELLO\" \"\\r\\n\"\nmessage server: [A-Z]+ [ \\r]\n" \
	"client: \"OPEN \" p:port [\\r] { open data tcp server -> self p }\n" \
	"server: \"OPEN \" p:port [\\r] { open data tcp client -> self p }\n"

static const char own[] =
	"plugin t\nservice tcp 21\nframe headers \"Length\" max 256\n" RULES;

static const char shared[] =
	"plugin t\nservice tcp 21\nframe headers \"Length\" max 256\nshared\n"
	RULES;

static const char datagrams[] =
	"plugin t\nservice udp 21\nframe datagram max 64\n"
	"expect data max 255 timeout 5m\nbegin either: [A-Z]+ \" \"\n"
	"either: \"OPEN \" p:port { open data udp any -> self p }\n";

/* records: the letter of the kind, the length of the record, a value */
#define RECORDS(field) \
	"plugin t\nservice tcp 21\nframe length u16be at 1 " field "max 256\n" \
	"expect data max 255 timeout 5m\n" \
	"begin client: [A-Z]\nbegin server: [A-Z]\n" \
	"client: \"P\" skip 2 p:u16be { open data tcp server -> self p }\n" \
	"server: \"P\" skip 2 p:u16be { open data tcp client -> self p }\n"

static const char records[] = RECORDS("");
static const char fragments[] = RECORDS("mask 0x7fff ");

/* lines among records that begin with one of three bytes */
static const char mixed[] =
	"plugin t\nservice tcp 21\n"
	"frame lines max 256 or [\\x14-\\x16] length u16be at 1 max 1000\n"
	"expect data max 255 timeout 5m\n"
	"begin client: \"HELLO\" end\n"
	"message client: [A-Z]+ (\" \" | end) | [\\x14-\\x16]\n"
	"begin server: \"HELLO\" end\nmessage server: any\n"
	"client: \"OPEN \" p:port end { open data tcp server -> self p }\n"
	"server: \"OPEN \" p:port end { open data tcp client -> self p }\n";

static void verdict(const char *name, bool good)
{
	stream_verdict("shared", name, good);
}

/* A message with a body of @len bytes, in segments of @cut bytes */
static void say_long(enum algate_dir dir, u32 len, u32 cut, const char *start)
{
	u32 head, total, at;
	char *text;

	text = malloc(len + 100);
	head = sprintf(text, "%s\r\nLength: %u\r\n\r\n", start, len);
	memset(text + head, 'x', len);
	/* the body looks like messages */
	for (at = head; at + strlen(OPEN) <= head + len; at += strlen(OPEN))
		memcpy(text + at, OPEN, strlen(OPEN));
	total = head + len;
	for (at = 0; at < total; at += cut)
		say_bytes(dir, text + at, total - at < cut ? total - at : cut);
	free(text);
}

static void begin(const char *rules)
{
	open_flow(rules);
	say(C, HELLO);
	say(S, HELLO);
}

static void test_skip(const char *rules, const char *what)
{
	static const u32 cuts[] = { 1, 7, 100, 1400, 70000 };
	bool good = true;
	char name[80];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		begin(rules);
		say_long(C, 5000, cuts[i], "STORE");
		good &= !commits && !over && counter[ALGATE_C_TOO_LONG] == 1;
		say(C, OPEN);
		say(S, OPEN);
		good &= commits == 2 && !over;
	}
	snprintf(name, sizeof(name), "%s: a long message is skipped", what);
	verdict(name, good);
	begin(rules);
	say_long(C, 60000, 1400, "STORE");
	say(C, OPEN OPEN);
	snprintf(name, sizeof(name), "%s: a longer one", what);
	verdict(name, commits == 2 && !over);
	begin(rules);
	say_long(C, 257, 1400, "STORE");
	say_long(C, 5, 1400, "STORE");
	say(C, OPEN);
	snprintf(name, sizeof(name), "%s: one just too long", what);
	verdict(name, commits == 1 && !over);
}

static void test_own(void)
{
	open_flow(own);
	say_long(C, 1000, 100, "HELLO");
	say(C, OPEN);
	verdict("no first message is skipped", GONE && !commits);
	open_flow(own);
	say(C, HELLO);
	say_long(C, 1000, 100, "STORE");
	say(C, OPEN);
	verdict("a second one is, before the server has begun", !over &&
		commits == 1);
	begin(own);
	say_long(C, 1000, 100, "Host:");
	say(C, OPEN);
	verdict("no message of another protocol is", GONE && !commits &&
		counter[ALGATE_C_UNRECOGNISED] == 1);
	begin(own);
	say_long(C, 30000000, 1000000, "STORE");
	say(C, OPEN);
	verdict("nor as much as anybody likes", GONE && !commits);
	begin(own);
	say(C, "STORE\r\nLength: 1\r\nLength: 2\r\n\r\n" OPEN);
	verdict("nor with two lengths", GONE && !commits);
	begin(own);
	say(C, "Host:\r\n\r\n" OPEN);
	verdict("a message of another protocol ends the inspection", GONE);
}

/* A first message of the server without an end, in segments of @cut bytes */
static void say_bad(const char *text, u32 cut)
{
	u32 at, len = strlen(text);

	open_flow(shared);
	say(C, HELLO);
	for (at = 0; at < len; at += cut)
		say_bytes(S, text + at, len - at < cut ? len - at : cut);
	say(C, OPEN);
}

static void test_bad(void)
{
	static const u32 cuts[] = { 1, 3, 20, 70000 };
	bool alien = true, own = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		say_bad("\377HELLO\r\nLength: 1\r\nLength: 2\r\n\r\n", cuts[i]);
		alien &= GONE && !commits;
		say_bad("HELLO\r\nLength: 1\r\nLength: 2\r\n\r\n", cuts[i]);
		own &= !over && sender[S].ended && commits == 1;
	}
	verdict("shared: another protocol ends all, also without an end", alien);
	verdict("shared: an unreadable first message ends its direction", own);
}

static void test_shared(void)
{
	open_flow(shared);
	say_long(C, 1000, 100, "HELLO");
	say(C, OPEN);
	verdict("shared: no first message of the client is skipped", GONE &&
		!commits);
	open_flow(shared);
	say(C, "GET / HTTP/1.1\r\n\r\n" HELLO OPEN);
	verdict("shared: it is the protocol's", GONE && !commits);
	open_flow(shared);
	say(C, HELLO);
	say_long(S, 1000, 100, "HELLO");
	say(S, OPEN);
	verdict("shared: the server's direction ends alone", !over &&
		sender[S].ended && !commits);
	say(C, OPEN);
	verdict("shared: the client is still heard", !over && commits == 1);
	open_flow(shared);
	say(C, HELLO "Host:\r\n\r\n" OPEN);
	verdict("shared: no message of another protocol is skipped at once",
		GONE && !commits);
	begin(shared);
	say(C, "Host:\r\n\r\n" OPEN);
	say(S, OPEN);
	verdict("shared: a message of another protocol is skipped", !over &&
		commits == 2 && counter[ALGATE_C_UNRECOGNISED] == 1);
	begin(shared);
	say_long(C, 100, 7, "Host:");
	say(C, OPEN);
	say_long(S, 5000, 1400, "Host:");
	say(S, OPEN);
	verdict("shared: whatever its length and cuts", !over && commits == 2 &&
		counter[ALGATE_C_UNRECOGNISED] == 2);
	begin(shared);
	say(C, "STORE\r\nLength: 1\r\nLength: 2\r\n\r\n" OPEN);
	say(S, OPEN);
	verdict("shared: an unreadable message ends its direction", !over &&
		commits == 1 && sender[C].ended && !sender[S].ended);
	lose(S, OPEN, "STORE\r\n\r\n");
	verdict("shared: both unreadable ends the inspection", GONE);
}

/* Say a record of @len bytes, in segments of @cut bytes. */
static void say_record(enum algate_dir dir, u32 len, u32 cut)
{
	char *record = malloc(len);
	u32 at;

	for (at = 0; at < len; at++)
		record[at] = "P\0\5\x0f\xa0"[at % 5];
	record[0] = 'X';
	record[1] = len >> 8;
	record[2] = len & 255;
	for (at = 0; at < len; at += cut)
		say_bytes(dir, record + at, len - at < cut ? len - at : cut);
	free(record);
}

static void begin_records(const char *rules)
{
	open_flow(rules);
	say_record(C, 4, 4);
	say_record(S, 4, 4);
}

static void test_records(void)
{
	static const u32 cuts[] = { 1, 2, 7, 256, 1400 };
	bool good = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		begin_records(records);
		say_record(C, 5000, cuts[i]);
		good &= !commits && counter[ALGATE_C_TOO_LONG] == 1;
		say_bytes(C, "P\0\5\x0f\xa0", 5);
		good &= commits == 1 && !over;
	}
	verdict("a long record is skipped", good);
	begin_records(fragments);
	say_record(C, 5000, 1400);
	verdict("no long fragment is", GONE && !commits);
	open_flow(records);
	say_record(C, 5000, 1400);
	verdict("no first record is", GONE && !commits);
}

/* Say a record that contains lines, in segments of @cut bytes. */
static void say_lines(enum algate_dir dir, u8 kind, u32 len, u32 cut)
{
	char *record = malloc(len);
	u32 at;

	for (at = 0; at < len; at++)
		record[at] = "\nOPEN 4000\r"[at % 11];
	record[0] = kind;
	record[1] = len >> 8;
	record[2] = len & 255;
	for (at = 0; at < len; at += cut)
		say_bytes(dir, record + at, len - at < cut ? len - at : cut);
	free(record);
}

static void begin_mixed(void)
{
	open_flow(mixed);
	say(C, "HELLO\r\n");
	say(S, "HELLO\r\n");
}

static void test_mixed(void)
{
	static const u32 cuts[] = { 1, 2, 7, 256, 1400 };
	bool good = true, more = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		begin_mixed();
		say(C, "OPEN 4000\r\n");
		say_lines(C, 0x14 + i % 3, 900, cuts[i]);
		say(C, "OPEN 4000\r\n");
		good &= commits == 2 && !over;
		say_lines(C, 0x14, 9000, cuts[i]);
		say_lines(S, 0x16, 900, cuts[i]);
		say(C, "OPEN 4000\r\n");
		say(S, "OPEN 4000\r\n");
		more &= commits == 4 && !over &&
			counter[ALGATE_C_TOO_LONG] == 1;
	}
	verdict("mixed: no line in a record is read", good);
	verdict("mixed: a long record is skipped", more);
	begin_mixed();
	say_lines(S, 0x17, 900, 1400);
	verdict("mixed: another byte begins a line", commits && !over);
	begin_mixed();
	lose(C, "STORE\r\n", "STORE\r\n");
	say(C, "STORE\r\nOPEN 4000\r\n");
	verdict("mixed: reading resumes behind a lost line", commits == 1 &&
		!over && counter[ALGATE_C_GAP] == 1);
	begin_mixed();
	say_lines(C, 0x15, 20, 20);
	lose(C, "STORE\r\n", "STORE\r\n");
	say(C, "STORE\r\nOPEN 4000\r\n");
	verdict("mixed: but not if there were records", !commits && GONE);
}

/* The beginning and the end of a message with an endpoint and a body */
#define HALF	"OPEN 5000\r\nLength: 23\r\n\r\n01234"
#define REST	"56789" OPEN

/* Messages behind the message: read, or not */
static void lost_verdict(const char *what, const char *name, bool read)
{
	char text[80];

	snprintf(text, sizeof(text), "%s: %s", what, name);
	say(C, OPEN);
	if (read)
		verdict(text, commits == 1 && !over && !sender[C].ended &&
			counter[ALGATE_C_FAIL_OPEN] +
			counter[ALGATE_C_GAP] == 1);
	else
		verdict(text, !commits && sender[C].ended);
}

static void test_lost(const char *rules, const char *what)
{
	begin(rules);
	say(C, HALF);
	segment(C, seq[C] - strlen(HALF), HALF, strlen(HALF), false);
	segment(C, seq[C] - strlen(HALF), HALF, strlen(HALF), false);
	say(C, REST);
	lost_verdict(what, "half of a message, repeated", true);
	begin(rules);
	algate_fail_alloc = 0;
	say(C, HALF);
	algate_fail_alloc = -1;
	say(C, REST);
	lost_verdict(what, "no memory for half of a message", true);
	begin(rules);
	say(C, HALF);
	algate_fail_alloc = 0;
	say(C, "5");
	algate_fail_alloc = -1;
	say(C, REST + 1);
	lost_verdict(what, "no memory to join the halves", true);
	begin(rules);
	say(C, HALF);
	lose(C, "56789", OPEN);
	lost_verdict(what, "lost bytes of a body", true);
	begin(rules);
	say(C, HALF);
	lose(C, REST, OPEN);
	lost_verdict(what, "lost bytes at the end of a body", false);
	begin(rules);
	algate_fail_alloc = 0;
	say(C, "OPEN 5000\r\nLength: 23\r\n");
	algate_fail_alloc = -1;
	say(C, "\r\n01234" REST);
	lost_verdict(what, "no memory for part of a header block", false);
}

static void test_strangers(void)
{
	u32 i;

	begin(own);
	stranger = true;
	for (i = 0; i < 2; i++)
		say(C, OPEN);
	verdict("two addresses of other hosts", !over && !commits);
	say(S, OPEN);
	verdict("a third ends the inspection", GONE && !commits &&
		counter[ALGATE_C_STRANGERS] == 1);
	begin(shared);
	stranger = true;
	for (i = 0; i < 9; i++)
		say(C, OPEN);
	stranger = false;
	say(C, OPEN);
	verdict("shared: other users go on", !over && commits == 1);
	start(datagrams);
	stranger = true;
	for (i = 0; i < 9; i++)
		tell(i % 2, "OPEN 4000");
	stranger = false;
	tell(C, "OPEN 4000");
	verdict("datagrams: nobody ends the flow by forged ones", !over &&
		commits == 1);
}

int main(void)
{
	test_skip(own, "own");
	test_skip(shared, "shared");
	test_own();
	test_shared();
	test_bad();
	test_records();
	test_mixed();
	test_lost(own, "own");
	test_lost(shared, "shared");
	test_strangers();
	algate_prog_free(prog);
	algate_free(entries);
	algate_sender_free(&sender[0]);
	algate_sender_free(&sender[1]);
	return failed != 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Segments that no sender of stream.c makes: resets with a right or wrong
 * sequence number, data on a SYN, a stream without its beginning; messages that
 * are longer than the framing allows; and messages during which the state of
 * the flow or its program changes.
 */
#include "stream_test.h"

#define ISN	1000

long algate_fail_alloc = -1;

static u32 now;	/* milliseconds */
static struct algate_prog *prog;
static struct algate_sender sender[2];
static u32 var[ALGATE_MAX_VARS];
static struct algate_entries *entries;
static struct algate_mapping *known;
static struct algate_result result;
static unsigned int messages;

static void verdict(const char *name, bool good)
{
	stream_verdict("stream", name, good);
	if (!good)
		printf("# %u messages\n", messages);
}

static bool commit(void *ctx, const struct algate_message *msg,
		   struct algate_result *res)
{
	(void)ctx;
	(void)msg;
	(void)res;
	messages++;
	return true;
}

/* the client's direction may be read from the middle on */
static bool may_resume;

static bool resume(void *ctx, enum algate_dir dir, u32 seq, s32 *delta)
{
	(void)ctx;
	(void)seq;
	*delta = 2;
	return may_resume && dir == ALGATE_CLIENT;
}

static struct algate_stream stream(void)
{
	return (struct algate_stream){
		.prog = prog, .sender = sender, .var = var, .kept_max = 1024,
		.commit = commit, .count = count, .resume = resume,
		.result = &result, .entries = &entries, .known = &known,
		.msg = { .family = AF_INET, .sport = 40000 },
	};
}

static void begin(const char *rules)
{
	prog = rules_load(rules);
	memset(sender, 0, sizeof(sender));
	memset(var, 0, sizeof(var));
	memset(counter, 0, sizeof(counter));
	messages = 0;
}

static void end(void)
{
	algate_sender_free(&sender[0]);
	algate_sender_free(&sender[1]);
	algate_prog_free(prog);
}

/* Sends a copy of exact size, so that ASan detects a read past the end. */
static enum algate_move flagged(enum algate_dir dir, u32 seq, const char *text,
				bool syn, bool fin, bool rst)
{
	struct algate_stream s = stream();
	u32 len = strlen(text);
	struct algate_segment seg = {
		.seq = seq, .data = memcpy(malloc(len + !len), text, len),
		.len = len, .syn = syn, .fin = fin, .rst = rst,
		.has_ack = !syn || dir == ALGATE_SERVER, .ack = ISN + 1,
		.now = now += 250,
	};
	struct algate_splice out;

	algate_stream_segment(&s, dir, &seg, &out);
	algate_free(out.temp);
	free((void *)seg.data);
	return out.move;
}

static enum algate_move segment(enum algate_dir dir, u32 seq, const char *text,
				bool syn, bool rst)
{
	return flagged(dir, seq, text, syn, false, rst);
}

static void handshake(void)
{
	segment(ALGATE_CLIENT, ISN, "", true, false);
	segment(ALGATE_SERVER, ISN, "", true, false);
}

static const char lines[] =
	"plugin odd \"lines\"\nservice tcp 21\nservice udp 21\n"
	"frame lines max 16\nclient: \"A\" end { count a }\n"
	"server: \"A\" end { count a }\n";

static void test_reset(void)
{
	begin(lines);
	handshake();
	segment(ALGATE_CLIENT, ISN + 1, "A\n", false, false);
	verdict("a line is read", messages == 1);
	segment(ALGATE_CLIENT, ISN + 500, "", false, true);
	segment(ALGATE_CLIENT, ISN + 3, "A\n", false, false);
	verdict("a reset elsewhere ends nothing", messages == 2);
	segment(ALGATE_CLIENT, ISN + 5, "", false, true);
	segment(ALGATE_CLIENT, ISN + 5, "A\n", false, false);
	segment(ALGATE_SERVER, ISN + 1, "A\n", false, false);
	verdict("one in its place ends both directions", messages == 2);
	end();
}

/* A reset that follows kept bytes is in sequence, and valid. */
static void test_reset_behind_kept(void)
{
	begin(lines);
	handshake();
	segment(ALGATE_CLIENT, ISN + 1, "A", false, false);
	segment(ALGATE_CLIENT, ISN + 2, "", false, true);
	segment(ALGATE_CLIENT, ISN + 2, "\n", false, false);
	verdict("a reset behind the half of a line", !messages);
	end();
}

/*
 * A FIN without payload, at each sequence number around held data: the engine
 * reads nothing outside of the segment, and still reads the rest of the line.
 */
static void test_fin_around_kept(void)
{
	bool good = true;
	int at;

	for (at = -8; at <= 8; at++) {
		/* a FIN in sequence ends the line without LF */
		if (at == 1)
			continue;
		begin(lines);
		handshake();
		segment(ALGATE_CLIENT, ISN + 1, "B\nB\n", false, false);
		segment(ALGATE_CLIENT, ISN + 5, "A", false, false);
		flagged(ALGATE_CLIENT, ISN + 5 + at, "", false, true, false);
		segment(ALGATE_CLIENT, ISN + 6, "\n", false, false);
		good &= messages == 1 && !counter[ALGATE_C_TOO_LONG] &&
			!counter[ALGATE_C_BAD_FRAME];
		end();
	}
	verdict("a bare FIN elsewhere leaves held data as it is", good);
	begin(lines);
	handshake();
	segment(ALGATE_CLIENT, ISN + 1, "B\nA", false, false);
	flagged(ALGATE_CLIENT, ISN + 4, "", false, true, false);
	verdict("a bare FIN behind held data ends it",
		!messages && counter[ALGATE_C_FAIL_OPEN] == 1);
	end();
}

static void test_beginning(void)
{
	begin(lines);
	segment(ALGATE_CLIENT, ISN + 1, "A\n", false, false);
	segment(ALGATE_CLIENT, ISN + 3, "A\n", false, false);
	verdict("a stream from its midst is not read",
		!messages && counter[ALGATE_C_MIDSTREAM] == 1);
	end();
	begin(lines);
	segment(ALGATE_CLIENT, ISN, "A\nA", true, false);
	verdict("data on a SYN goes by unread",
		!messages && counter[ALGATE_C_GAP] == 1);
	end();
}

/* Another router has read the start of the stream. */
static void test_resume(void)
{
	static const char numbered[] =
		"plugin odd \"numbers\"\nservice tcp 21\nframe lines max 16\n"
		"client: \"A\" end if number == 0 { stop }\n"
		"client: \"A\" end { count a }\nserver: \"A\" end { count a }\n";

	may_resume = true;
	begin(numbered);
	segment(ALGATE_CLIENT, ISN + 1, "A\n", false, false);
	verdict("a stream that was handed over is read from its next segment on",
		messages == 1 && counter[ALGATE_C_RESUMED] == 1);
	verdict("with the bytes that were added before",
		sender[ALGATE_CLIENT].delta == 2);
	segment(ALGATE_CLIENT, ISN + 3, "A\nA", false, false);
	segment(ALGATE_CLIENT, ISN + 6, "\n", false, false);
	verdict("its messages are not the first", messages == 3);
	segment(ALGATE_SERVER, ISN + 1, "A\n", false, false);
	verdict("each direction needs permission",
		messages == 3 && counter[ALGATE_C_MIDSTREAM] == 1);
	end();
	begin("plugin odd \"first\"\nservice tcp 21\nframe first 8\n"
	      "client: \"A\" { count a }\n");
	segment(ALGATE_CLIENT, ISN + 1, "AAAAAAAAAAAAAAA", false, false);
	verdict("first bytes are not looked for in the middle",
		!messages && !counter[ALGATE_C_MIDSTREAM]);
	end();
	may_resume = false;
}

static void test_datagram(void)
{
	static const u8 data[17] = "AAAAAAAAAAAAAAAA";
	struct algate_splice out;
	struct algate_stream s;

	begin(lines);
	s = stream();
	algate_stream_datagram(&s, ALGATE_CLIENT, data, 1, &out);
	verdict("a datagram is read", messages == 1);
	algate_stream_datagram(&s, ALGATE_CLIENT, data, 17, &out);
	verdict("one that is longer than the frame passes, and is counted",
		messages == 1 && out.move == ALGATE_PASS &&
		counter[ALGATE_C_TOO_LONG] == 1);
	end();
}

static void test_first(void)
{
	begin("plugin odd \"first\"\nservice tcp 21\nframe first 8\n"
	      "client: \"A\" { count a }\n");
	handshake();
	segment(ALGATE_CLIENT, ISN + 1, "A", false, false);
	segment(ALGATE_CLIENT, ISN + 2, "AAAAAAAAAAAAAAA", false, false);
	verdict("the first bytes are one message", messages == 1);
	segment(ALGATE_CLIENT, ISN + 17, "AAAAAAAAAAAAAAA", false, false);
	verdict("and nothing behind them", messages == 1);
	end();
}

/* Halves of an answer; the rule matches it only after a question. */
static const struct halves {
	const char *frame, *first, *second;
} halves[] = {
	{ "lines max 16", "A", "\n" },
	{ "headers \"L\" max 16", "A\n", "\n" },
	{ "headers \"L\" max 16 or \"$\" length u8 at 2", "A\nL:", "0\n\n" },
	{ "length u8 at 1 max 16", "A\4", "xx" },
	{ "first 4", "Ax", "xx" },
};

static char *rules_for(const char *frame, const char *condition)
{
	static char text[512];

	snprintf(text, sizeof(text),
		 "plugin odd \"halves\"\nservice tcp 21\nframe %s\nflow asked\n"
		 "client: \"Q\" { asked = 1 }\nserver: %s \"A\" { count a }\n",
		 frame, condition);
	return text;
}

/* Sends the client's question, which sets "asked". */
static void ask(const struct halves *h)
{
	char text[16];

	snprintf(text, sizeof(text), "%s%s", h->first, h->second);
	text[0] = 'Q';
	segment(ALGATE_CLIENT, ISN + 1, text, false, false);
}

/*
 * The first half of an answer leaves if no rule matches. This decision is
 * final: when the second half arrives, no rule may match the answer, even if a
 * question or a new program came in between.
 */
static void test_settled(const struct halves *h)
{
	u32 next = ISN + 1 + strlen(h->first);
	char name[80];

	begin(rules_for(h->frame, "if asked"));
	handshake();
	segment(ALGATE_SERVER, ISN + 1, h->first, false, false);
	ask(h);
	segment(ALGATE_SERVER, next, h->second, false, false);
	snprintf(name, sizeof(name), "%s: a question amid an answer", h->frame);
	verdict(name, messages == 1);
	next += strlen(h->second);
	segment(ALGATE_SERVER, next, h->first, false, false);
	segment(ALGATE_SERVER, next + strlen(h->first), h->second, false,
		false);
	snprintf(name, sizeof(name), "%s: and the next answer", h->frame);
	verdict(name, messages == 1 + !sender[ALGATE_SERVER].ended);
	end();
	begin(rules_for(h->frame, "if asked"));
	handshake();
	segment(ALGATE_SERVER, ISN + 1, h->first, false, false);
	algate_prog_free(prog);
	prog = rules_load(rules_for(h->frame, ""));
	segment(ALGATE_SERVER, ISN + 1 + strlen(h->first), h->second, false,
		false);
	snprintf(name, sizeof(name), "%s: another program amid an answer",
		 h->frame);
	verdict(name, !messages);
	end();
}

int main(void)
{
	unsigned int i;

	test_reset();
	test_reset_behind_kept();
	test_fin_around_kept();
	test_beginning();
	test_resume();
	test_datagram();
	test_first();
	for (i = 0; i < ARRAY_SIZE(halves); i++)
		test_settled(&halves[i]);
	return failed ? 1 : 0;
}

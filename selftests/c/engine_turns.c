// SPDX-License-Identifier: GPL-2.0
/*
 * A conversation in turns, cut at every byte. The rules see only the first
 * message of each turn, as soon as its result is certain; the rest of the turn
 * passes.
 */
#include "../../kmod/engine/stream.h"
#include "engine_test.h"

#define FIRST	0xfffffff1	/* sequence number of each end */

/* Matches "hello" and a port, and rewrites the port to 4242. */
static const struct algate_instr insns[] = {
#define I(op_, a_, jf_, imm_) \
	{ .op = ALGATE_OP_##op_, .a = a_, .jf = jf_, .imm = imm_ }
	I(LIT, 0, 4, LIT_HELLO), I(TAKE, S_PORT, 3, 0), I(SET, S_NUM, 0, 4242),
	I(REWRITE, S_PORT, 1, S_NUM), I(END, 0, 0, 1), I(END, 0, 0, 0),
#undef I
};

#define MAX	24	/* bytes of a message */

/* Turns, from the client on, and the bytes that must arrive. */
static const struct {
	const char *name;
	const char *said[5];
	const char *heard[5];
} talks[] = {
	{ "turns: a message and its answer",
	  { "hello12 x", "hello99!" }, { "hello4242 x", "hello4242!" } },
	{ "turns: only the first of a turn",
	  { "hello1 hello2 ", "ok" }, { "hello4242 hello2 ", "ok" } },
	{ "turns: each one again",
	  { "hello1 ", "yes", "hello2,", "hello3,", "hello4,x" },
	  { "hello4242 ", "yes", "hello4242,", "hello4242,",
	    "hello4242,x" } },
	{ "turns: what no rule matches goes by",
	  { "help1 hello2 ", "hello", "hello5 " },
	  { "help1 hello2 ", "hello", "hello4242 " } },
	{ "turns: what is no port goes by",
	  { "hello00000000000000000000012345", "hello1 " },
	  { "hello00000000000000000000012345", "hello4242 " } },
};

static struct {
	const struct algate_prog *prog;
	struct algate_sender sender[2];
	u32 var[ALGATE_MAX_VARS];
	struct algate_entries *entries;
	struct algate_mapping *known;
	struct algate_result result;
	u32 counter[__ALGATE_C_MAX];
	u32 seq[2];
	u8 heard[2][400];
	u32 len[2];
} flow;

static bool commit(void *ctx, const struct algate_message *msg,
		   struct algate_result *result)
{
	return algate_edit_finish(ctx, msg, result) >= 0;
}

static void count(void *ctx, enum algate_counter counter, u32 n)
{
	(void)ctx;
	flow.counter[counter] += n;
}

static void hear(u8 dir, const void *p, u32 n)
{
	if (n)
		memcpy(flow.heard[dir] + flow.len[dir], p, n);
	flow.len[dir] += n;
}

static void segment(u8 dir, const struct algate_segment *seg)
{
	struct algate_stream s = {
		.prog = flow.prog, .sender = flow.sender, .var = flow.var,
		.entries = &flow.entries, .known = &flow.known,
		.kept_max = 1024, .commit = commit, .count = count,
		.ctx = (void *)flow.prog,
		.result = &flow.result, .msg = { .family = AF_INET },
	};
	struct algate_splice sp;
	u32 tail;

	algate_stream_segment(&s, dir, seg, &sp);
	if (sp.move == ALGATE_PASS) {
		hear(dir, seg->data, seg->len);
	} else if (sp.move == ALGATE_EDIT) {
		tail = sp.off + sp.old_len;
		hear(dir, seg->data, sp.off);
		hear(dir, sp.bytes, sp.new_len);
		hear(dir, seg->data + tail, seg->len - tail);
	}
	algate_free(sp.temp);
}

/* The copy has exact size, so that ASan detects a read past the end. */
static void say(u8 dir, const char *text, u32 len)
{
	u8 *copy = malloc(len ? len : 1);
	struct algate_segment seg = { .seq = flow.seq[dir], .data = copy,
				      .len = len, .has_ack = true,
				      .ack = FIRST };

	memcpy(copy, text, len);
	segment(dir, &seg);
	flow.seq[dir] += len;
	free(copy);
}

static void begin(const struct algate_prog *prog)
{
	static const struct algate_segment syn = { .seq = FIRST - 1,
						   .syn = true };
	u8 dir;

	memset(&flow, 0, sizeof(flow));
	flow.prog = prog;
	for (dir = 0; dir < 2; dir++) {
		segment(dir, &syn);
		flow.seq[dir] = syn.seq + 1;
	}
}

static bool arrived(u32 talk, u32 cut)
{
	char want[2][400] = { "", "" };
	bool good = true;
	u32 i;

	for (i = 0; i < 5 && talks[talk].heard[i]; i++)
		strcat(want[i & 1], talks[talk].heard[i]);
	for (i = 0; i < 2; i++) {
		if (flow.len[i] == strlen(want[i]) &&
		    !memcmp(flow.heard[i], want[i], flow.len[i]))
			continue;
		note("cut at %u: %.*s, should be %s", cut, (int)flow.len[i],
		     flow.heard[i], want[i]);
		good = false;
	}
	algate_sender_free(&flow.sender[0]);
	algate_sender_free(&flow.sender[1]);
	return good;
}

/* Sends each turn in two segments; @cut: length of the first */
static bool talk_cut(const struct algate_prog *prog, u32 talk, u32 cut)
{
	u32 i;

	begin(prog);
	for (i = 0; i < 5 && talks[talk].said[i]; i++) {
		const char *text = talks[talk].said[i];
		u32 len = strlen(text), n = min_t(u32, cut, len);

		say(i & 1, text, n);
		if (n < len)
			say(i & 1, text + n, len - n);
	}
	return arrived(talk, cut);
}

static bool talk_by_bytes(const struct algate_prog *prog, u32 talk)
{
	const char *p;
	u32 i;

	begin(prog);
	for (i = 0; i < 5 && talks[talk].said[i]; i++)
		for (p = talks[talk].said[i]; *p; p++)
			say(i & 1, p, 1);
	return arrived(talk, 1);
}

/* Only bytes that a rule may rewrite are held, until the result is certain. */
static void test_early(const struct algate_prog *prog)
{
	begin(prog);
	say(0, "hel", 3);
	say(0, "lo1", 3);
	verdict(flow.len[0] == 5 && flow.counter[ALGATE_C_HELD],
		"turns: what cannot be rewritten is not held");
	say(0, " ", 1);
	verdict(flow.len[0] == 10 && !memcmp(flow.heard[0], "hello4242 ", 10),
		"turns: handled once it is certain");
	say(0, "help", 4);
	verdict(flow.len[0] == 14, "turns: the rest of a turn is not held");
	algate_sender_free(&flow.sender[0]);
	algate_sender_free(&flow.sender[1]);
}

int main(void)
{
	struct parts *parts = calloc(1, sizeof(*parts));
	struct algate_reject why = { 0 };
	struct algate_prog *prog;
	u32 i, cut;

	parts_init(parts);
	parts_udp(parts);
	parts->bytes[ALGATE_SEC_FRAME][0] = ALGATE_FRAME_TURNS;
	put_unaligned_le16(MAX, parts->bytes[ALGATE_SEC_FRAME] + 4);
	parts_insns(parts, insns, ARRAY_SIZE(insns));
	prog = parts_prog(parts, &why);
	free(parts);
	if (!prog)
		note("%s", algate_reason_text(why.reason));
	for (i = 0; prog && i < ARRAY_SIZE(talks); i++) {
		bool good = talk_by_bytes(prog, i);

		for (cut = 1; cut < 40; cut++)
			good &= talk_cut(prog, i, cut);
		verdict(good, talks[i].name);
	}
	verdict(prog, "turns: program accepted");
	if (prog)
		test_early(prog);
	algate_prog_free(prog);
	return verdict_exit();
}

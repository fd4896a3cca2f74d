// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier: for each reason, at least one image or program is rejected for
 * exactly this reason. Images with random damage must do no harm.
 */
#include "../../tools/compile.h"
#include "engine_verify.h"

static bool seen[__ALGATE_R_MAX];
static u8 image[ALGATE_IMAGE_MAX + 64];

#define I(op, a, jf, imm)	VERIFY_WORD(ALGATE_OP_##op, a, jf, imm)
#define END(n)			I(END, 0, 0, n)
#define LIT			I(LIT, 0, 0, LIT_HELLO)

/* a changed byte in the image of parts_init(); the first section is at 12 */
static const struct {
	const char *name;
	int reason;
	u32 at;
	u8 byte;
} bytes[] = {
	{ "magic", ALGATE_R_MAGIC, 0, 'a' },
	{ "version 0", ALGATE_R_VERSION, 4, 0 },
	{ "version 2", ALGATE_R_VERSION, 4, 2 },
	{ "header's reserved bytes", ALGATE_R_RESERVED, 7, 1 },
	{ "total above", ALGATE_R_TOTAL, 11, 1 },
	{ "section 0", ALGATE_R_SECTION_ID, 12, 0 },
	{ "section above", ALGATE_R_SECTION_ID, 12, __ALGATE_SEC_MAX },
	{ "section 256", ALGATE_R_SECTION_ID, 13, 1 },
	{ "section's reserved bytes", ALGATE_R_RESERVED, 14, 1 },
	{ "section's length", ALGATE_R_SECTION_CUT, 18, 1 },
	{ "section's length negative", ALGATE_R_SECTION_CUT, 19, 0xff },
	{ "sections swapped", ALGATE_R_SECTION_ORDER, 12, 3 },
	{ "section repeated", ALGATE_R_SECTION_ORDER, 24, 1 },
	{ "padding", ALGATE_R_SECTION_PADDING, 43, 1 },
};

static bool rejected_for(const struct algate_reject *why, int reason, int at)
{
	seen[why->reason] = true;
	if (why->reason == reason && why->insn == at && (at < 0 || why->off))
		return true;
	note("%s (instruction %d, offset %u)", algate_reason_text(why->reason),
	     why->insn, why->off);
	return false;
}

static void expect(const char *name, struct algate_prog *prog,
		   const struct algate_reject *why, int reason, int at)
{
	char text[80];

	snprintf(text, sizeof(text), "verify: refuses %s", name);
	verdict(!prog && rejected_for(why, reason, at), text);
	algate_prog_free(prog);
}

static u32 count_insns(const struct algate_instr *in)
{
	u32 n = 0;

	while (n < VERIFY_INSNS && in[n].op)
		n++;
	return n;
}

static void set_prog(struct parts *parts, const struct verify_prog *p)
{
	parts_init(parts);
	parts_udp(parts);
	parts_insns(parts, p->insn, count_insns(p->insn));
}

static void expect_good(const char *name, struct algate_prog *prog,
			const struct algate_reject *why)
{
	char text[80];

	if (!prog)
		note("%s", algate_reason_text(why->reason));
	snprintf(text, sizeof(text), "verify: accepts %s", name);
	verdict(prog && prog->verified, text);
	algate_prog_free(prog);
}

static void test_progs(struct parts *parts, const struct verify_prog *p)
{
	struct algate_reject why;

	for (; p->name; p++) {
		set_prog(parts, p);
		if (p->reason)
			expect(p->name, parts_prog(parts, &why), &why,
			       p->reason, p->at);
		else
			expect_good(p->name, parts_prog(parts, &why), &why);
	}
}

static void test_gates(struct parts *parts)
{
	const struct verify_gate *g;
	struct algate_reject why;
	u8 begin[4], entry[4];
	u32 i;

	for (g = verify_gates; g->prog.name; g++) {
		set_prog(parts, &g->prog);
		for (i = 0; i < 2; i++) {
			put_unaligned_le16(g->begin[i], begin + 2 * i);
			put_unaligned_le16(g->entry[i], entry + 2 * i);
		}
		if (get_unaligned_le32(begin) != ~0U)
			parts_set(parts, ALGATE_SEC_BEGINS, begin, 4);
		parts_set(parts, ALGATE_SEC_ENTRIES, entry, 4);
		if (g->prog.reason)
			expect(g->prog.name, parts_prog(parts, &why), &why,
			       g->prog.reason, g->prog.at);
		else
			expect_good(g->prog.name, parts_prog(parts, &why),
				    &why);
	}
}

/* On a flow that many users share, no message ends the openings of others. */
static void test_shared(struct parts *parts)
{
	static const struct verify_prog stop = {
		.insn = { I(STOP, 0, 0, 0), END(1) }
	};
	static const struct verify_prog none = { .insn = { END(1) } };
	struct algate_reject why;

	set_prog(parts, &stop);
	parts_set(parts, ALGATE_SEC_FLAGS, "\1\0\0\0", 4);
	expect("close of all, shared", parts_prog(parts, &why), &why,
	       ALGATE_R_SHARED_CLOSE, -1);
	parts_set(parts, ALGATE_SEC_ACTIONS, parts->bytes[ALGATE_SEC_ACTIONS],
		  A_CLOSE * ALGATE_ACTION_LEN);
	expect("stop, shared", parts_prog(parts, &why), &why,
	       ALGATE_R_SHARED_STOP, 0);
	parts_set(parts, ALGATE_SEC_FLAGS, "\0\0\0\0", 4);
	expect_good("stop, not shared", parts_prog(parts, &why), &why);
	set_prog(parts, &none);
	parts_set(parts, ALGATE_SEC_FLAGS, "\2\0\0\0", 4);
	expect("flags", parts_prog(parts, &why), &why, ALGATE_R_PROG_FLAGS, -1);
	parts->present[ALGATE_SEC_FLAGS] = false;
}

/* On TCP, a program that can open says how each direction with rules begins. */
static void test_missing(struct parts *parts)
{
	static const u8 tcp[] = { IPPROTO_UDP, 0, 21, 0, IPPROTO_TCP, 0, 21, 0 };
	static const struct verify_prog rules = {
		.insn = { I(LIT, 0, 1, LIT_HELLO), END(1), END(0), END(0) }
	};
	struct algate_reject why;

	set_prog(parts, &rules);
	parts_set(parts, ALGATE_SEC_SERVICES, tcp, sizeof(tcp));
	parts_set(parts, ALGATE_SEC_ENTRIES, "\0\0\3\0", 4);
	expect("no word of the client's first message", parts_prog(parts, &why),
	       &why, ALGATE_R_BEGIN_MISSING, 0);
	parts_set(parts, ALGATE_SEC_ENTRIES, "\3\0\0\0", 4);
	expect("no word of the server's first message", parts_prog(parts, &why),
	       &why, ALGATE_R_BEGIN_MISSING, 0);
	/* actions but those that open or translate */
	parts_set(parts, ALGATE_SEC_ACTIONS, parts->bytes[ALGATE_SEC_ACTIONS] +
		  A_CONFIRM * ALGATE_ACTION_LEN, ALGATE_ACTION_LEN);
	expect_good("rules on tcp that only confirm", parts_prog(parts, &why),
		    &why);
	set_prog(parts, &rules);
	parts_set(parts, ALGATE_SEC_ENTRIES, "\0\0\3\0", 4);
	expect_good("rules on udp that open", parts_prog(parts, &why), &why);
}

static void test_damaged(struct parts *parts)
{
	const struct verify_damage *d;
	struct algate_reject why;

	for (d = verify_damage; d->name; d++) {
		bool insn = d->reason == ALGATE_R_OP;

		memset(parts->bytes[d->section], 0,
		       sizeof(parts->bytes[d->section]));
		parts_init(parts);
		parts->len[d->section] = d->len;
		parts->present[d->section] = d->len;
		memcpy(parts->bytes[d->section] + d->at, d->bytes, d->nbytes);
		expect(d->name, parts_prog(parts, &why), &why, d->reason,
		       insn ? 0 : -1);
	}
}

static void test_bytes(struct parts *parts)
{
	struct algate_reject why;
	u32 len, i;

	parts_init(parts);
	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		len = parts_image(parts, image);
		image[bytes[i].at] = bytes[i].byte;
		expect(bytes[i].name, algate_image_decode(image, len, &why),
		       &why, bytes[i].reason, -1);
	}
	len = parts_image(parts, image);
	expect("nothing", algate_image_decode(image, 0, &why), &why,
	       ALGATE_R_TOO_SHORT, -1);
	expect("a long image",
	       algate_image_decode(image, ALGATE_IMAGE_MAX + 1, &why), &why,
	       ALGATE_R_TOO_LONG, -1);
	expect("more than the total", algate_image_decode(image, len + 4, &why),
	       &why, ALGATE_R_TOTAL, -1);
	put_unaligned_le32(len + 4, image + 8);
	put_unaligned_le32(0, image + len);
	expect("half a section header",
	       algate_image_decode(image, len + 4, &why), &why,
	       ALGATE_R_SECTION_CUT, -1);
	put_unaligned_le32(ALGATE_IMAGE_HDR_LEN, image + 8);
	expect("no section",
	       algate_image_decode(image, ALGATE_IMAGE_HDR_LEN, &why), &why,
	       ALGATE_R_SECTION_MISSING, -1);
	put_unaligned_le32(len - 1, image + 8);
	parts_set(parts, ALGATE_SEC_LINES, "\1", 2);
	len = parts_image(parts, image);
	put_unaligned_le32(len - 1, image + 8);
	expect("padding cut short", algate_image_decode(image, len - 1, &why),
	       &why, ALGATE_R_SECTION_CUT, -1);
}

static void test_memory(struct parts *parts)
{
	struct algate_reject why;

	parts_init(parts);
	parts_udp(parts);
	algate_fail_alloc = 0;
	expect("no memory for the program", parts_prog(parts, &why), &why,
	       ALGATE_R_NO_MEMORY, -1);
	algate_fail_alloc = 1;
	expect("no memory for the proof", parts_prog(parts, &why), &why,
	       ALGATE_R_NO_MEMORY, -1);
	algate_fail_alloc = -1;
}

/* A program with @n literals of 255 bytes, and END. In a loop with @looped. */
static struct algate_prog *costly(struct parts *parts, u32 n, bool looped,
				  struct algate_reject *why)
{
	static struct algate_instr in[ALGATE_MAX_INSNS];
	u8 pool[256] = { 0 };
	u32 at = 0, i;

	parts_init(parts);
	parts_udp(parts);
	parts_set(parts, ALGATE_SEC_LITERALS, pool, sizeof(pool));
	if (looped) {
		in[at++] = (struct algate_instr)I(EACH, 0, 0, W_ITEM);
		in[at++] = (struct algate_instr)I(NEXT, 0, n + 1, 0);
	}
	for (i = 0; i < n; i++)
		in[at++] = (struct algate_instr)I(LIT, 0, 0, LITERAL(0, 255));
	if (looped)
		in[at++] = (struct algate_instr)I(LOOP, 0, 0, n + 1);
	in[at++] = (struct algate_instr)END(0);
	parts_insns(parts, in, at);
	return parts_prog(parts, why);
}

static void test_cost(struct parts *parts)
{
	struct algate_reject why;
	struct algate_prog *prog;

	prog = costly(parts, 3, false, &why);
	verdict(prog && prog->steps == 3 * 256 + 1, "verify: cost of a path");
	algate_prog_free(prog);
	/* NEXT, the literals, LOOP */
	prog = costly(parts, 3, true, &why);
	verdict(prog && prog->steps == 1 + 3 * 256 + 1,
		"verify: cost of an element");
	algate_prog_free(prog);
	prog = costly(parts, 511, false, &why);
	verdict(prog, "verify: accepts a path of 130,817 steps");
	algate_prog_free(prog);
	expect("a path of 131,073 steps", costly(parts, 512, false, &why), &why,
	       ALGATE_R_COST, 0);
	expect("an element of 131,074 steps", costly(parts, 512, true, &why),
	       &why, ALGATE_R_COST, 1);
}

/* The module prepares the addresses of a packet only for programs that ask. */
static void test_reads_ends(struct parts *parts)
{
	static const struct {
		struct algate_instr in[3];
		bool reads;
	} row[] = {
		{ { I(LIT, 0, 1, LIT_HELLO), END(1), END(0) }, false },
		{ { I(LDM, S_NUM, 0, ALGATE_META_LEN), END(1) }, false },
		{ { I(LDM, S_NUM, 0, ALGATE_META_SPORT), END(1) }, true },
		{ { I(LDM, S_NUM, 0, ALGATE_META_BROADCAST), END(1) }, true },
		{ { I(LDM, S_NUM, 0, ALGATE_META_INBOUND), END(1) }, true },
		{ { I(TAKE, S_END, 1, 0), I(IS, S_END, 0, 0), END(0) }, true },
		{ { I(TAKE, S_END, 1, 0), I(IS, S_END, 0, 1), END(0) }, true },
		{ { I(TAKE, S_END, 1, 0), I(IS, S_END, 0, 2), END(0) }, false },
		{ { I(TAKE, S_END, 1, 0), I(ACT, 0, 0, A_TRANSLATE), END(1) },
		  true },
		{ { I(ACT, 0, 0, A_SELF), END(1) }, false },
	};
	struct algate_reject why;
	struct algate_prog *prog;
	bool good = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		parts_init(parts);
		parts_udp(parts);
		parts_insns(parts, row[i].in, row[i].in[2].op ? 3 : 2);
		prog = parts_prog(parts, &why);
		good &= prog && prog->reads_ends == row[i].reads;
		algate_prog_free(prog);
	}
	verdict(good, "verify: programs that read addresses and ports");
}

/* The instruction where the server's messages begin must not be in a loop. */
static void test_entries(struct parts *parts)
{
	static const struct algate_instr in[] = {
		I(EACH, 0, 0, W_LINE), I(NEXT, 0, 2, 0), LIT, I(LOOP, 0, 0, 2),
		END(0) };
	struct algate_reject why;
	u16 at;

	for (at = 1; at < ARRAY_SIZE(in); at++) {
		char name[40];

		parts_init(parts);
		parts_udp(parts);
	parts_udp(parts);
		parts_insns(parts, in, ARRAY_SIZE(in));
		put_unaligned_le16(at, parts->bytes[ALGATE_SEC_ENTRIES] +
				   2 * ALGATE_SERVER);
		snprintf(name, sizeof(name), "entry %u, of a loop", at);
		if (at == 4)
			expect_good("entry behind a loop",
				    parts_prog(parts, &why), &why);
		else
			expect(name, parts_prog(parts, &why), &why,
			       ALGATE_R_LOOP_CROSSED, at == 1 ? -1 : at - 1);
	}
}

/* The place of the error in a rejected program */
static struct place place_of(const struct parts *parts)
{
	u32 len = parts_image(parts, image);
	struct algate_prog *prog;
	struct algate_reject why;

	prog = algate_image_decode(image, len, &why);
	if (prog && !algate_prog_verify(prog, &why))
		why.off = 0;
	algate_prog_free(prog);
	return image_place(image, len, why.off);
}

static void test_lines(struct parts *parts)
{
	static const struct algate_instr in[] = { LIT, END(2) };
	struct place place;

	parts_init(parts);
	parts_udp(parts);
	parts_insns(parts, in, 2);
	place = place_of(parts);
	verdict(place.insn == 1 && !place.line,
		"verify: says the instruction");
	parts_set(parts, ALGATE_SEC_LINES, "\5\0\x2a\1", 4);
	place = place_of(parts);
	verdict(place.insn == 1 && place.line == 298, "verify: says the line");
	parts_set(parts, ALGATE_SEC_LINES, "\5\0", 2);
	place = place_of(parts);
	verdict(place.section == ALGATE_SEC_LINES && place.insn < 0,
		"verify: says the section");
}

static void test_decoded(struct parts *parts)
{
	struct algate_reject why;
	struct algate_prog *p;

	parts_init(parts);
	parts_set(parts, ALGATE_SEC_FRAME, "\2\0\0\0\x80\0\0\0\0\0\0\0\0\0\0\0"
		  "\0\0\0\0\4\1\4\0\0\1\3\0\xfe\xff\xff\xff\xff\0\0\0$\2\0\0",
		  2 * FRAME_LEN);
	p = parts_prog(parts, &why);
	if (!p) {
		note("%s", algate_reason_text(why.reason));
		verdict(false, "verify: tables decoded");
		return;
	}
	verdict(!strcmp(p->name, "test") && strlen(p->title) == 10 &&
		p->nservices == 2 && p->service[1].proto == IPPROTO_UDP &&
		p->service[1].port == 21 && p->nclasses == 2 &&
		!strcmp(p->class[1].name, "RTP") && p->class[1].max == 255 &&
		p->class[1].flags == 1 && p->class[1].timeout == 86400 &&
		p->nvars == 2 && !strcmp(p->var[1], "second") &&
		p->ncounters == 2 && !strcmp(p->counter[0], "first") &&
		p->nslots == S_COUNT && p->nsets == 2 && p->set[1][8] == 0xfe &&
		p->literals_len == 12 && p->literals[7] == 'h' &&
		p->ninsns == 1 && p->image != image, "verify: tables decoded");
	verdict(p->nframes == 2 && p->frame[0].max == 128 &&
		p->frame[1].max == 256 && p->frame[1].bias == -2 &&
		p->frame[1].offset == 3 && p->frame[1].mask == 255 &&
		p->frame[1].lead == '$' && p->frame[1].more == 2,
		"verify: framings decoded");
	verdict(!algate_frame_second(p, '#') && algate_frame_second(p, '$') &&
		algate_frame_second(p, '&') && !algate_frame_second(p, '\''),
		"verify: first bytes of the second framing");
	verdict(p->ntables == 3 && p->table[2].queue &&
		!strcmp(p->table[1].name, "seen") &&
		p->table[0].max == 4 && p->table[1].timeout == 86400 &&
		p->max_entries == 7 && p->nactions == A_COUNT &&
		p->action[A_SELF].from == ALGATE_FROM_ANY &&
		p->action[A_SELF].addr == ALGATE_SLOT_NONE &&
		p->action[A_SELF].parity == 2 &&
		p->action[A_TRANSLATE].number == 5060 &&
		p->action[A_CONFIRM].key == S_NUM &&
		p->action[A_EXTEND].time == S_NUM2 &&
		p->action[A_OTHER].other == 2, "verify: actions decoded");
	verdict(p->ninputs == 2 && p->input[0].var == 1 &&
		p->input[0].first == 2 && p->input[0].last == 3 &&
		p->input[1].first == 256 && p->input[1].last == 0xffffffff &&
		p->nothers == 2 && !strcmp(p->other[0].name, "H.2") &&
		!*p->other[0].var[0] &&
		p->other[0].slot[2] == ALGATE_SLOT_NONE &&
		!strcmp(p->other[1].name, "a") &&
		!strcmp(p->other[1].var[0], "x") && !*p->other[1].var[1] &&
		!strcmp(p->other[1].var[2], "y") &&
		p->other[1].slot[0] == S_NUM &&
		p->other[1].slot[2] == S_NUM2,
		"verify: other plug-ins decoded");
	verdict(p->nloops == W_COUNT && p->loop[W_ITEM].sep == ',' &&
		p->loop[W_LINE].until == LIT_HELLO &&
		p->loop[W_BER].max == 4 &&
		p->loop[W_PREFIXED].prefix.width == 1 &&
		p->loop[W_PREFIXED].prefix.mask == 255 && p->ncases == 1 &&
		p->cases[0]['B'] == 2, "verify: loops decoded");
	algate_prog_free(p);
}

/* A random program of those that are accepted */
static const struct verify_prog *some_prog(void)
{
	const struct verify_prog *p, *some = NULL;
	u32 n = 0;

	for (p = verify_progs; p->name; p++)
		if (!p->reason && !rnd(++n))
			some = p;
	for (p = verify_loops; p->name; p++)
		if (!p->reason && !rnd(++n))
			some = p;
	return some;
}

/* Damages images at random; those that are still accepted run on a message. */
static void test_harmless(struct parts *parts)
{
	static struct algate_result result;
	struct algate_message msg = { .data = (const u8 *)"hello 1.2.3.4,5",
				      .len = 15, .proto = IPPROTO_TCP };
	struct algate_reject why = { 0 };
	u32 good = 0;
	u32 i, n, len;

	for (i = 0; i < 30000; i++) {
		struct algate_prog *prog;
		u8 *copy;

		set_prog(parts, some_prog());
		len = parts_image(parts, image);
		for (n = 1 + rnd(3); n; n--)
			image[rnd(len)] = rnd(4) ? rnd(20) : rnd(256);
		copy = malloc(len);
		memcpy(copy, image, len);
		prog = algate_image_decode(copy, len, &why);
		free(copy);
		if (prog && !algate_prog_verify(prog, &why)) {
			msg.dir = rnd(2);
			msg.partial = rnd(2);
			algate_run(prog, &msg, &result);
			good++;
		} else {
			seen[why.reason] = true;
		}
		algate_prog_free(prog);
	}
	if (good < 1000)
		note("only %u of 30000 accepted", good);
	verdict(good >= 1000, "verify: random damage does no harm");
}

static void test_reasons(void)
{
	bool good = true;
	int i, j;

	for (i = 1; i < __ALGATE_R_MAX; i++) {
		if (!seen[i]) {
			note("no case for: %s", algate_reason_text(i));
			good = false;
		}
		for (j = 1; j < i; j++)
			good &= strcmp(algate_reason_text(i),
				       algate_reason_text(j)) != 0;
	}
	verdict(good, "verify: a case for each reason, a sentence of its own");
	verdict(!strcmp(algate_reason_text(-1), "unknown reason") &&
		!strcmp(algate_reason_text(__ALGATE_R_MAX), "unknown reason"),
		"verify: unknown reason");
}

int main(void)
{
	struct parts *parts = calloc(1, sizeof(*parts));

	rnd_seed(4);
	test_progs(parts, verify_progs);
	test_progs(parts, verify_loops);
	test_gates(parts);
	test_shared(parts);
	test_missing(parts);
	test_damaged(parts);
	test_bytes(parts);
	test_memory(parts);
	test_entries(parts);
	test_cost(parts);
	test_reads_ends(parts);
	test_lines(parts);
	test_decoded(parts);
	test_reasons();
	test_harmless(parts);
	free(parts);
	return verdict_exit();
}

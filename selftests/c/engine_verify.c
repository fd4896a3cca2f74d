// SPDX-License-Identifier: GPL-2.0
/*
 * What is accepted and what is not: for each reason at least one image or
 * program that is refused for it, and for no other; and images with random
 * damage, which must do no harm.
 */
#include "engine_test.h"

static bool seen[__ALGATE_R_MAX];
static u8 image[ALGATE_IMAGE_MAX + 64];

#define N	16	/* instructions of a case at most */
#define WORD(op_, a_, jf_, imm_) \
	{ .op = op_, .a = a_, .jf = jf_, .imm = imm_ }
#define I(op, a, jf, imm)	WORD(ALGATE_OP_##op, a, jf, imm)
#define END(n)			I(END, 0, 0, n)
#define LIT			I(LIT, 0, 0, LIT_HELLO)
#define TAKE(slot)		I(TAKE, slot, 0, 0)

/* programs: the tables are those of parts_init() */
static const struct {
	const char *name;
	struct algate_instr insn[N];	/* up to the first 0 */
} accepted[] = {
	{ "end", { END(0) } },
	{ "jumps", { I(LIT, 1, 1, LIT_HELLO), END(1), I(JUMP, 0, 0, 0),
		     END(0) } },
	{ "each way of moving", {
		I(FIND, 0, 8, LIT_FIELD), I(SPAN, 1, 7, SPAN(0, 65535)),
		I(SCAN, 0, 6, 0), I(PEEK, 0, 5, 0), I(SKIP, 0, 4, 65535),
		I(AT, 0, 3, 65535), I(EOM, 0, 2, 0), I(STOP, 0, 0, 0), END(1),
		END(0) } },
	{ "positions", { I(HERE, S_NUM, 0, 0), I(SEEK, S_NUM, 0, 0),
			 I(MOVE, S_NUM, 0, 0), END(0) } },
	{ "span", { I(MARK, S_SPAN, 0, 0), LIT, I(CLOSE, S_SPAN, 0, 0),
		    I(SAME, S_SPAN, 0, 0), I(TAKE, S_SPAN2, 2, 0),
		    I(EQS, S_SPAN, 0, S_SPAN2), END(1), END(0) } },
	{ "numbers", { I(SET, S_NUM, 0, ~0U), I(COPY, S_NUM2, 0, S_NUM),
		       I(ADD, S_NUM, 0, 1), I(SUB, S_NUM, 0, 1),
		       I(AND, S_NUM, 0, 1), I(OR, S_NUM, 0, 1),
		       I(ADDS, S_NUM, 0, S_NUM2), I(SUBS, S_NUM, 0, S_NUM),
		       I(LDF, S_NUM, 0, 1), I(STF, S_NUM, 0, 0),
		       I(LDM, S_NUM, 0, ALGATE_META_FAMILY),
		       I(COUNT, 0, 0, 1), I(REFUSE, 0, 0, 0) } },
	{ "comparisons", { I(TAKE, S_DEC, 8, 0), I(EQ, S_DEC, 7, 1),
			   I(NE, S_DEC, 6, 1), I(LT, S_DEC, 5, 1),
			   I(LE, S_DEC, 4, 1), I(GT, S_DEC, 3, 1),
			   I(GE, S_DEC, 2, 1), I(ANY, S_DEC, 1, 1),
			   I(EQS, S_DEC, 0, S_DEC), END(0) } },
	{ "open", { I(TAKE, S_IP4, 2, 0), I(TAKE, S_PORT, 1, 0),
		    I(OPEN, 0, 0, 0), I(OPEN, 0, 0, 1), END(0) } },
	{ "rewrite", { I(TAKE, S_PORT, 3, 0), I(SET, S_NUM, 0, 7),
		       I(REWRITE, S_PORT, 0, S_NUM),
		       I(REWRITE, S_PORT, 0, S_PORT), END(0) } },
	{ "written on both paths", {
		I(LIT, 0, 2, LIT_HELLO), I(SET, S_NUM, 0, 1),
		I(JUMP, 0, 1, 0), I(SET, S_NUM, 0, 2),
		I(ADD, S_NUM, 0, 1), END(1) } },
	{ "8 opens on each of two paths", {
		I(LIT, 0, 5, LIT_HELLO), I(OPEN, 0, 0, 1), I(OPEN, 0, 0, 1),
		I(OPEN, 0, 0, 1), I(OPEN, 0, 0, 1), I(JUMP, 0, 4, 0),
		I(OPEN, 0, 0, 1), I(OPEN, 0, 0, 1), I(OPEN, 0, 0, 1),
		I(OPEN, 0, 0, 1), I(OPEN, 0, 0, 1), I(OPEN, 0, 0, 1),
		I(OPEN, 0, 0, 1), I(OPEN, 0, 0, 1), END(1) } },
};

static const struct {
	const char *name;
	int reason;
	int at;
	struct algate_instr insn[N];
} refused[] = {
#define R(name, reason, at, ...) \
	{ name, ALGATE_R_##reason, at, { __VA_ARGS__ } }
	R("op above", OP, 0, WORD(__ALGATE_OP_MAX, 0, 0, 0), END(0)),
	R("op 255", OP, 1, LIT, WORD(255, 0, 0, 0)),
	R("literal's flags", FLAGS, 0, I(LIT, 2, 0, LIT_HELLO), END(0)),
	R("find's flags", FLAGS, 0, I(FIND, 0x81, 0, LIT_HELLO), END(0)),
	R("end's a", UNUSED, 0, I(END, 1, 0, 0)),
	R("end's jf", UNUSED, 0, I(END, 0, 1, 0), END(0)),
	R("jump's imm", UNUSED, 0, I(JUMP, 0, 0, 1), END(0)),
	R("scan's imm", UNUSED, 0, I(SCAN, 0, 0, 1), END(0)),
	R("set's jf", UNUSED, 0, I(SET, S_NUM, 1, 0), END(0), END(0)),
	R("open's a", UNUSED, 0, I(OPEN, 1, 0, 1), END(0)),
	R("datum's jf", UNUSED, 0, I(LDM, S_NUM, 1, 0), END(0), END(0)),
	R("stop's imm", UNUSED, 0, I(STOP, 0, 0, 1), END(0)),
	R("refuse's jf", UNUSED, 0, I(REFUSE, 0, 1, 0), END(0)),
	R("set index", SET, 0, I(SPAN, 2, 0, SPAN(1, 1)), END(0)),
	R("set index of scan", SET, 0, I(SCAN, 255, 0, 0), END(0)),
	R("slot index", SLOT, 0, TAKE(S_COUNT), END(0)),
	R("slot index 255", SLOT, 0, TAKE(255), END(0)),
	R("operand's slot", SLOT, 0, I(COPY, S_NUM, 0, 0x10000), END(0)),
	R("take a number", SLOT_KIND, 0, TAKE(S_NUM), END(0)),
	R("set a port", SLOT_KIND, 0, I(SET, S_PORT, 0, 1), END(0)),
	R("mark a number", SLOT_KIND, 0, I(MARK, S_NUM, 0, 0), END(0)),
	R("close an address", SLOT_KIND, 0, I(CLOSE, S_IP4, 0, 0), END(0)),
	R("compare a span", SLOT_KIND, 1, TAKE(S_SPAN), I(EQ, S_SPAN, 0, 1),
	  END(0)),
	R("compare an address", SLOT_KIND, 1, TAKE(S_IP4), I(EQ, S_IP4, 0, 1),
	  END(0)),
	R("same number", SLOT_KIND, 1, I(SET, S_NUM, 0, 1),
	  I(SAME, S_NUM, 0, 0), END(0)),
	R("seek to a dec", SLOT_KIND, 1, TAKE(S_DEC), I(SEEK, S_DEC, 0, 0),
	  END(0)),
	R("add an address", SLOT_KIND, 1, TAKE(S_IP4),
	  I(ADDS, S_NUM, 0, S_IP4), END(0)),
	R("rewrite a number", SLOT_KIND, 1, I(SET, S_NUM, 0, 1),
	  I(REWRITE, S_NUM, 0, S_NUM), END(0)),
	R("rewrite a span", SLOT_KIND, 1, TAKE(S_SPAN),
	  I(REWRITE, S_SPAN, 0, S_SPAN), END(0)),
	R("address in a port's place", KINDS_DIFFER, 2, TAKE(S_IP4),
	  TAKE(S_PORT), I(REWRITE, S_PORT, 0, S_IP4), END(0)),
	R("ip6 in an ip4's place", KINDS_DIFFER, 2, TAKE(S_IP4), TAKE(S_IP6),
	  I(REWRITE, S_IP4, 0, S_IP6), END(0)),
	R("span equal to number", KINDS_DIFFER, 0,
	  I(EQS, S_SPAN, 0, S_NUM), END(0)),
	R("empty literal", LITERAL_EMPTY, 0, I(LIT, 0, 0, LITERAL(1, 0)),
	  END(0)),
	R("literal of 256", LITERAL_EMPTY, 0, I(FIND, 0, 0, LITERAL(0, 256)),
	  END(0)),
	R("literal past the pool", LITERAL, 0, I(LIT, 0, 0, LITERAL(7, 6)),
	  END(0)),
	R("literal far away", LITERAL, 0, I(LIT, 0, 0, LITERAL(0xffff, 1u)),
	  END(0)),
	R("span's least", SPAN_RANGE, 0, I(SPAN, 0, 0, SPAN(2, 1)), END(0)),
	R("span of 0", SPAN_RANGE, 0, I(SPAN, 0, 0, 0), END(0)),
	R("skip 0", SKIP_RANGE, 0, I(SKIP, 0, 0, 0), END(0)),
	R("skip 65536", SKIP_RANGE, 0, I(SKIP, 0, 0, 65536), END(0)),
	R("at 65536", AT_RANGE, 0, I(AT, 0, 0, 65536), END(0)),
	R("end 2", END_VALUE, 0, END(2)),
	R("variable", VAR, 0, I(LDF, S_NUM, 0, 2), END(0)),
	R("variable written", VAR, 1, I(SET, S_NUM, 0, 1),
	  I(STF, S_NUM, 0, 2), END(0)),
	R("datum", META, 0, I(LDM, S_NUM, 0, __ALGATE_META_MAX), END(0)),
	R("counter", COUNTER, 0, I(COUNT, 0, 0, 2), END(0)),
	R("open", OPEN, 0, I(OPEN, 0, 0, 2), END(0)),
	R("jump past the end", JUMP, 0, I(JUMP, 0, 1, 0), END(0)),
	R("far jump", JUMP, 0, I(LIT, 0, 0xffff, LIT_HELLO), END(0)),
	R("last falls off", FALLS_OFF, 1, LIT, I(STOP, 0, 0, 0)),
	R("last cannot fail to", FALLS_OFF, 0, I(STOP, 0, 0, 0)),
	R("last may fail", JUMP, 0, LIT),
	R("after end", UNREACHABLE, 1, END(0), END(0)),
	R("jumped over", UNREACHABLE, 1, I(JUMP, 0, 1, 0), END(0), END(0)),
	R("never written", SLOT_UNSET, 0, I(ADD, S_NUM, 0, 1), END(0)),
	R("operand never written", SLOT_UNSET, 1, I(SET, S_NUM, 0, 1),
	  I(ADDS, S_NUM, 0, S_NUM2), END(0)),
	R("written on one path", SLOT_UNSET, 2, I(LIT, 0, 1, LIT_HELLO),
	  I(SET, S_NUM, 0, 1), I(ADD, S_NUM, 0, 1), END(0)),
	R("failed take", SLOT_UNSET, 1, TAKE(S_DEC), I(EQ, S_DEC, 0, 1),
	  END(0)),
	R("open's address", SLOT_UNSET, 1, I(TAKE, S_PORT, 1, 0),
	  I(OPEN, 0, 0, 0), END(0)),
	R("open's port", SLOT_UNSET, 1, I(TAKE, S_IP4, 1, 0),
	  I(OPEN, 0, 0, 0), END(0)),
	R("marked, not closed", SLOT_UNSET, 1, I(MARK, S_SPAN, 0, 0),
	  I(SAME, S_SPAN, 0, 0), END(0)),
	R("marked again", SLOT_UNSET, 3, I(MARK, S_SPAN, 0, 0),
	  I(CLOSE, S_SPAN, 0, 0), I(MARK, S_SPAN, 0, 0),
	  I(SAME, S_SPAN, 0, 0), END(0)),
	R("close alone", SLOT_UNMARKED, 0, I(CLOSE, S_SPAN, 0, 0), END(0)),
	R("close twice", SLOT_UNMARKED, 2, I(MARK, S_SPAN, 0, 0),
	  I(CLOSE, S_SPAN, 0, 0), I(CLOSE, S_SPAN, 0, 0), END(0)),
	R("taken after its mark", SLOT_UNMARKED, 2, I(MARK, S_SPAN, 0, 0),
	  I(TAKE, S_SPAN, 1, 0), I(CLOSE, S_SPAN, 0, 0), END(0)),
	R("marked on one path", SLOT_UNMARKED, 2, I(LIT, 0, 1, LIT_HELLO),
	  I(MARK, S_SPAN, 0, 0), I(CLOSE, S_SPAN, 0, 0), END(0)),
	R("9 opens", INTENTS, 8, I(OPEN, 0, 0, 1), I(OPEN, 0, 0, 1),
	  I(OPEN, 0, 0, 1), I(OPEN, 0, 0, 1), I(OPEN, 0, 0, 1),
	  I(OPEN, 0, 0, 1), I(OPEN, 0, 0, 1), I(OPEN, 0, 0, 1),
	  I(OPEN, 0, 0, 1), END(0)),
	/* two places of each of 7 opens, and three more */
	R("17 places", EDITS, 11, I(TAKE, S_IP4, 11, 0), I(TAKE, S_PORT, 10, 0),
	  I(OPEN, 0, 0, 0), I(OPEN, 0, 0, 0), I(OPEN, 0, 0, 0),
	  I(OPEN, 0, 0, 0), I(OPEN, 0, 0, 0), I(OPEN, 0, 0, 0),
	  I(OPEN, 0, 0, 0), I(REWRITE, S_PORT, 0, S_PORT),
	  I(REWRITE, S_PORT, 0, S_PORT), I(REWRITE, S_PORT, 0, S_PORT),
	  END(0)),
#undef R
};

/* damage to a section's payload; @len of 0: the section is left out */
static const struct {
	const char *name;
	int reason;
	int section;
	u32 len;
	u32 at;
	const char *bytes;
	u32 nbytes;
} damaged[] = {
#define D(name, reason, section, len, at, bytes) \
	{ name, ALGATE_R_##reason, ALGATE_SEC_##section, len, at, bytes, \
	  sizeof(bytes) - 1 }
	D("no name", SECTION_MISSING, NAME, 0, 0, ""),
	D("no services", SECTION_MISSING, SERVICES, 0, 0, ""),
	D("no frame", SECTION_MISSING, FRAME, 0, 0, ""),
	D("no instructions", SECTION_MISSING, INSNS, 0, 0, ""),
	D("no entries", SECTION_MISSING, ENTRIES, 0, 0, ""),
	D("half a service", SECTION_RECORD, SERVICES, 6, 0, ""),
	D("half an instruction", SECTION_RECORD, INSNS, 12, 0, ""),
	D("9 services", SECTION_COUNT, SERVICES, 36, 0, ""),
	D("two frames", SECTION_COUNT, FRAME, 32, 0, ""),
	D("one entry", SECTION_COUNT, ENTRIES, 2, 0, ""),
	D("5 classes", SECTION_COUNT, CLASSES, 120, 0, ""),
	D("17 slots", SECTION_COUNT, SLOTS, 17, 0, ""),
	D("name of 16", SECTION_COUNT, NAME, 16, 0, "aaaaaaaaaaaaaaaa"),
	D("title of 128", SECTION_COUNT, TITLE, 128, 0, ""),
	D("upper case name", NAME, NAME, 4, 0, "Test"),
	D("name with a NUL", NAME, NAME, 4, 0, "te\0t"),
	D("name with a slash", NAME, NAME, 4, 0, "te/t"),
	D("empty record name", RECORD_NAME, VARS, 16, 0, "\0"),
	D("record name of 16", RECORD_NAME, VARS, 16, 0, "aaaaaaaaaaaaaaaa"),
	D("bytes after the NUL", RECORD_NAME, COUNTERS, 16, 0, "ab\0c"),
	D("blank in a record name", RECORD_NAME, CLASSES, 24, 0, "a b"),
	D("variables alike", RECORD_TWICE, VARS, 32, 16, "first\0"),
	D("classes alike", RECORD_TWICE, CLASSES, 48, 24, "data"),
	D("title with a NUL", TITLE, TITLE, 3, 0, "a\0b"),
	D("title with a control", TITLE, TITLE, 3, 0, "a\033b"),
	D("title with a C1 control", TITLE, TITLE, 3, 0, "a\xc2\x9b"),
	D("title cut short", TITLE, TITLE, 2, 0, "a\xc3"),
	D("title overlong", TITLE, TITLE, 2, 0, "\xc0\xaf"),
	D("title overlong, 3", TITLE, TITLE, 3, 0, "\xe0\x80\xaf"),
	D("title surrogate", TITLE, TITLE, 3, 0, "\xed\xa0\x80"),
	D("title past unicode", TITLE, TITLE, 4, 0, "\xf4\x90\x80\x80"),
	D("title continues", TITLE, TITLE, 1, 0, "\x80"),
	D("sctp", SERVICE_PROTO, SERVICES, 8, 4, "\x84"),
	D("service's reserved byte", RESERVED, SERVICES, 8, 5, "\1"),
	D("class's reserved byte", RESERVED, CLASSES, 48, 19, "\1"),
	D("open's reserved byte", RESERVED, OPENS, 24, 23, "\1"),
	D("class of none", CLASS_MAX, CLASSES, 48, 16, "\0"),
	D("class's flags", CLASS_FLAGS, CLASSES, 48, 17, "\2"),
	D("timeout 0", CLASS_TIMEOUT, CLASSES, 48, 20, "\0"),
	D("timeout too long", CLASS_TIMEOUT, CLASSES, 48, 20, "\x81\x51\1"),
	D("slot type 0", SLOT_TYPE, SLOTS, 8, 7, "\0"),
	D("slot type above", SLOT_TYPE, SLOTS, 8, 7, "\x13"),
	D("lines", LINES_COUNT, LINES, 4, 0, "\1\0\2\0"),
	D("service twice", SERVICE_TWICE, SERVICES, 8, 4, "\x06"),
	D("framing 0", FRAME_KIND, FRAME, 16, 0, "\0"),
	D("framing above", FRAME_KIND, FRAME, 16, 0, "\6"),
	D("framing's flags", FRAME_FLAGS, FRAME, 16, 1, "\2"),
	D("message of 0", FRAME_MAX, FRAME, 16, 5, "\0"),
	D("lines' width", FRAME_UNUSED, FRAME, 16, 2, "\1"),
	D("lines' names", FRAME_UNUSED, FRAME, 16, 3, "\1"),
	D("lines' mask", FRAME_UNUSED, FRAME, 16, 15, "\1"),
	D("lines' little", FRAME_UNUSED, FRAME, 16, 1, "\1"),
	D("no names", FRAME_NAMES, FRAME, 16, 0, "\3"),
	D("names past the pool", FRAME_NAMES, FRAME, 16, 0, "\3\0\0\2"),
	D("width 0", FRAME_LENGTH, FRAME, 16, 0, "\4"),
	D("width 3", FRAME_LENGTH, FRAME, 16, 0, "\4\0\3\0\0\2\0\0\0\0\0\0\xff"),
	D("mask 0", FRAME_LENGTH, FRAME, 16, 0, "\4\0\2\0\0\2\0\0\0\0\0\0"),
	D("mask outside", FRAME_LENGTH, FRAME, 16, 0,
	  "\4\0\2\0\0\2\0\0\0\0\0\0\0\0\xff\xff"),
	D("field outside", FRAME_LENGTH, FRAME, 16, 0,
	  "\4\0\2\0\4\0\3\0\0\0\0\0\xff\xff\0\0"),
	D("never that long", FRAME_LENGTH, FRAME, 16, 0,
	  "\4\0\2\0\0\2\0\0\0\0\0\0\1\0\0\0"),
	D("always longer", FRAME_LENGTH, FRAME, 16, 0,
	  "\4\0\1\0\0\2\0\0\1\2\0\0\xff\0\0\0"),
	D("tcp datagrams", FRAME_SERVICE, FRAME, 16, 0, "\1"),
	D("open's class", OPEN_CLASS, OPENS, 24, 0, "\2"),
	D("open's protocol", OPEN_PROTO, OPENS, 24, 1, "\1"),
	D("open from 0", OPEN_FROM, OPENS, 24, 2, "\0"),
	D("open from above", OPEN_FROM, OPENS, 24, 2, "\3"),
	D("open's flags", OPEN_FLAGS, OPENS, 24, 3, "\4"),
	D("open's address a port", OPEN_ADDR, OPENS, 24, 4, "\2"),
	D("open's address slot", OPEN_ADDR, OPENS, 24, 4, "\x08"),
	D("open's port an address", OPEN_PORT, OPENS, 24, 5, "\3"),
	D("open's port a span", OPEN_PORT, OPENS, 24, 5, "\1"),
	D("open's port slot", OPEN_PORT, OPENS, 24, 5, "\xfe"),
	D("open of 0 ports", OPEN_COUNT, OPENS, 24, 6, "\0"),
	D("open of 17 ports", OPEN_COUNT, OPENS, 24, 6, "\x11"),
	D("open's parity", OPEN_PARITY, OPENS, 24, 7, "\1"),
	D("client's entry", ENTRY, ENTRIES, 4, 0, "\1"),
	D("server's entry", ENTRY, ENTRIES, 4, 2, "\xff\xff"),
	D("instruction 0", OP, INSNS, 8, 0, "\0"),
#undef D
};

/* damage to the image of parts_init(), whose first section is at 12 */
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
	if (why->reason == reason && why->insn == at &&
	    strstr(why->text, algate_reason_text(reason)))
		return true;
	note("%s (instruction %d)", why->text, why->insn);
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

	while (n < N && in[n].op)
		n++;
	return n;
}

static void test_accepted(struct parts *parts)
{
	struct algate_reject why;
	struct algate_prog *prog;
	char text[80];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(accepted); i++) {
		parts_init(parts);
		parts_insns(parts, accepted[i].insn,
			    count_insns(accepted[i].insn));
		prog = parts_prog(parts, &why);
		if (!prog)
			note("%s", why.text);
		snprintf(text, sizeof(text), "verify: accepts %s",
			 accepted[i].name);
		verdict(prog && prog->verified, text);
		algate_prog_free(prog);
	}
}

static void test_refused(struct parts *parts)
{
	struct algate_reject why;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		parts_init(parts);
		parts_insns(parts, refused[i].insn,
			    count_insns(refused[i].insn));
		expect(refused[i].name, parts_prog(parts, &why), &why,
		       refused[i].reason, refused[i].at);
	}
}

static void test_damaged(struct parts *parts)
{
	struct algate_reject why;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(damaged); i++) {
		int sec = damaged[i].section;
		bool entry = damaged[i].reason == ALGATE_R_OP;

		parts_init(parts);
		parts->len[sec] = damaged[i].len;
		parts->present[sec] = damaged[i].len;
		memcpy(parts->bytes[sec] + damaged[i].at, damaged[i].bytes,
		       damaged[i].nbytes);
		expect(damaged[i].name, parts_prog(parts, &why), &why,
		       damaged[i].reason, entry ? 0 : -1);
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
	parts_set(parts, ALGATE_SEC_TEXT, "12345", 5);
	len = parts_image(parts, image);
	put_unaligned_le32(len - 1, image + 8);
	expect("padding cut short", algate_image_decode(image, len - 1, &why),
	       &why, ALGATE_R_SECTION_CUT, -1);
}

static void test_memory(struct parts *parts)
{
	struct algate_reject why;

	parts_init(parts);
	algate_fail_alloc = 0;
	expect("no memory for the program", parts_prog(parts, &why), &why,
	       ALGATE_R_NO_MEMORY, -1);
	algate_fail_alloc = 1;
	expect("no memory for the proof", parts_prog(parts, &why), &why,
	       ALGATE_R_NO_MEMORY, -1);
	algate_fail_alloc = -1;
}

/* @n times FIND of 255 bytes */
static struct algate_prog *costly(struct parts *parts, u32 n, u16 max,
				  struct algate_reject *why)
{
	static struct algate_instr in[ALGATE_MAX_INSNS];
	u8 pool[256] = { 0 };
	u32 i;

	parts_init(parts);
	parts_set(parts, ALGATE_SEC_LITERALS, pool, sizeof(pool));
	put_unaligned_le16(max, parts->bytes[ALGATE_SEC_FRAME] + 4);
	for (i = 0; i < n; i++)
		in[i] = (struct algate_instr)I(FIND, 0, 0, LITERAL(0, 255));
	in[n] = (struct algate_instr)END(0);
	parts_insns(parts, in, n + 1);
	return parts_prog(parts, why);
}

static void test_cost(struct parts *parts)
{
	struct algate_reject why;
	struct algate_prog *prog;

	prog = costly(parts, 4, 65535, &why);
	verdict(prog && prog->steps_fixed == 5 && prog->steps_byte == 1020 &&
		prog->steps == 1020 * 256 + 1, "verify: cost");
	algate_prog_free(prog);
	expect("what costs too much", costly(parts, 5, 65535, &why), &why,
	       ALGATE_R_COST, -1);
	prog = costly(parts, ALGATE_MAX_INSNS - 1, 64, &why);
	verdict(prog, "verify: accepts the same for short messages");
	algate_prog_free(prog);
}

static void test_lines(struct parts *parts)
{
	static const struct algate_instr in[] = { LIT, END(2) };
	struct algate_reject why;

	parts_init(parts);
	parts_insns(parts, in, 2);
	parts_set(parts, ALGATE_SEC_LINES, "\5\0\x2a\1", 4);
	verdict(!parts_prog(parts, &why) && why.line == 298 &&
		!strncmp(why.text, "line 298: instruction 1: ", 25),
		"verify: says the line");
}

static void test_decoded(struct parts *parts)
{
	struct algate_reject why;
	struct algate_prog *p;

	parts_init(parts);
	parts_set(parts, ALGATE_SEC_FRAME, "\4\1\4\0\0\1\3\0\xfe\xff\xff\xff"
		  "\xff\0\0\0", 16);
	p = parts_prog(parts, &why);
	if (!p) {
		note("%s", why.text);
		verdict(false, "verify: tables decoded");
		return;
	}
	verdict(!strcmp(p->name, "test") && strlen(p->title) == 10 &&
		p->nservices == 2 && p->service[1].proto == IPPROTO_UDP &&
		p->service[1].port == 21 && p->frame.max == 256 &&
		p->frame.bias == -2 && p->frame.offset == 3 &&
		p->frame.mask == 255 && p->nclasses == 2 &&
		!strcmp(p->class[1].name, "RTP") && p->class[1].max == 255 &&
		p->class[1].flags == 1 && p->class[1].timeout == 86400 &&
		p->nvars == 2 && !strcmp(p->var[1], "second") &&
		p->ncounters == 2 && !strcmp(p->counter[0], "first") &&
		p->nopens == 2 && p->open[1].from == ALGATE_FROM_ANY &&
		p->open[1].addr == ALGATE_SLOT_NONE && p->open[1].parity == 2 &&
		p->nslots == S_COUNT && p->nsets == 2 && p->set[1][8] == 0xfe &&
		p->literals_len == 12 && p->literals[7] == 'h' &&
		p->text_len == 12 && !memcmp(p->text, "plugin", 6) &&
		p->ninsns == 1 && p->image != image, "verify: tables decoded");
	algate_prog_free(p);
}

/* Random damage: whatever is accepted is run on a message that fits it. */
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

		n = rnd(ARRAY_SIZE(accepted));
		parts_init(parts);
		parts_insns(parts, accepted[n].insn,
			    count_insns(accepted[n].insn));
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
				       algate_reason_text(j));
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
	test_accepted(parts);
	test_refused(parts);
	test_damaged(parts);
	test_bytes(parts);
	test_memory(parts);
	test_cost(parts);
	test_lines(parts);
	test_decoded(parts);
	test_reasons();
	test_harmless(parts);
	free(parts);
	return verdict_exit();
}

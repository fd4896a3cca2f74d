// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>

#include "engine_test.h"

long algate_fail_alloc = -1;

static int failures;
static int notes;
static u32 rnd_state = 1;

void verdict(bool good, const char *name)
{
	printf("%s %s\n", good ? "ok" : "not ok", name);
	failures += !good;
	notes = 0;
}

int verdict_exit(void)
{
	return failures ? 1 : 0;
}

void note(const char *format, ...)
{
	va_list ap;

	if (++notes > 10)
		return;
	va_start(ap, format);
	printf("# ");
	vprintf(format, ap);
	printf("\n");
	va_end(ap);
}

void rnd_seed(u32 seed)
{
	rnd_state = seed * 2654435761u + 1;
}

/* xorshift */
u32 rnd(u32 below)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 17;
	rnd_state ^= rnd_state << 5;
	return below ? rnd_state % below : rnd_state;
}

void parts_set(struct parts *parts, int section, const void *bytes, u32 len)
{
	if (len)
		memcpy(parts->bytes[section], bytes, len);
	parts->len[section] = len;
	parts->present[section] = true;
}

void parts_insns(struct parts *parts, const struct algate_instr *in, u32 n)
{
	u8 *p = parts->bytes[ALGATE_SEC_INSNS];
	u32 i;

	for (i = 0; i < n; i++, p += 8) {
		p[0] = in[i].op;
		p[1] = in[i].a;
		put_unaligned_le16(in[i].jf, p + 2);
		put_unaligned_le32(in[i].imm, p + 4);
	}
	parts->len[ALGATE_SEC_INSNS] = 8 * n;
	parts->present[ALGATE_SEC_INSNS] = true;
	parts->present[ALGATE_SEC_LINES] = false;
}

/* An action of each verb, and further opens: A_* in the header */
static const u8 actions[A_COUNT][ALGATE_ACTION_LEN] = {
#define VERB(verb) \
	[ALGATE_ACTION_VERB] = ALGATE_VERB_##verb
#define SLOTS(addr, port, port2, key, time) \
	[ALGATE_ACTION_ADDR] = addr, [ALGATE_ACTION_PORT] = port, \
	[ALGATE_ACTION_PORT2] = port2, [ALGATE_ACTION_KEY] = key, \
	[ALGATE_ACTION_TIME] = time, [ALGATE_ACTION_ONLY] = NONE
#define NONE ALGATE_SLOT_NONE
	[A_OPEN] = { VERB(OPEN), [ALGATE_ACTION_PROTO] = IPPROTO_TCP,
		     [ALGATE_ACTION_FROM] = ALGATE_FROM_PEER,
		     [ALGATE_ACTION_FLAGS] = ALGATE_ACTION_F_THIRD_PARTY |
					     ALGATE_ACTION_F_LOW_PORTS,
		     SLOTS(S_IP4, S_PORT, NONE, NONE, NONE),
		     [ALGATE_ACTION_COUNT] = 1 },
	[A_SELF] = { VERB(OPEN), [ALGATE_ACTION_CLASS] = 1,
		     [ALGATE_ACTION_PROTO] = IPPROTO_UDP,
		     [ALGATE_ACTION_FROM] = ALGATE_FROM_ANY,
		     SLOTS(NONE, NONE, NONE, NONE, NONE),
		     [ALGATE_ACTION_COUNT] = 2, [ALGATE_ACTION_PARITY] = 2 },
	[A_TRANSLATE] = { VERB(TRANSLATE),
			  SLOTS(S_END, NONE, NONE, NONE, NONE),
			  [ALGATE_ACTION_NUMBER] = 0xc4, 0x13 },
	[A_CONFIRM] = { VERB(CONFIRM), SLOTS(NONE, NONE, NONE, S_NUM, NONE),
			[ALGATE_ACTION_NUMBER] = 60 },
	[A_CLOSE] = { VERB(CLOSE), SLOTS(NONE, NONE, NONE, NONE, NONE) },
	[A_EXTEND] = { VERB(EXTEND), SLOTS(NONE, NONE, NONE, NONE, S_NUM2) },
	[A_OTHER] = { VERB(OPEN), [ALGATE_ACTION_PROTO] = IPPROTO_TCP,
		      [ALGATE_ACTION_FROM] = ALGATE_FROM_PEER,
		      [ALGATE_ACTION_FLAGS] = ALGATE_ACTION_F_INSPECT,
		      SLOTS(NONE, NONE, NONE, NONE, NONE),
		      [ALGATE_ACTION_COUNT] = 1, [ALGATE_ACTION_OTHER] = 2 },
#undef NONE
#undef SLOTS
#undef VERB
};

/* a loop of each kind, with at most 4 elements, or as the kind demands */
static const u8 loops[W_COUNT][ALGATE_LOOP_LEN] = {
#define LOOP(kind) \
	[ALGATE_LOOP_KIND] = ALGATE_LOOP_##kind, [ALGATE_LOOP_MAX] = 4
	[W_LINE] = { LOOP(LINE), [ALGATE_LOOP_UNTIL] = 7, 0, 5, 0 },
	[W_HEADER] = { LOOP(HEADER) },
	[W_ITEM] = { LOOP(ITEM), [ALGATE_LOOP_SEP] = ',' },
	[W_PREFIXED] = { LOOP(PREFIXED), [ALGATE_LOOP_WIDTH] = 1,
			 [ALGATE_LOOP_MASK] = 0xff },
	[W_BER] = { LOOP(BER) },
	[W_REPEAT] = { LOOP(REPEAT) },
	[W_WITHIN] = { [ALGATE_LOOP_KIND] = ALGATE_LOOP_WITHIN,
		       [ALGATE_LOOP_MAX] = 1 },
	[W_ADDITION] = { LOOP(ADDITION) },
#undef LOOP
};

static void init_tables(struct parts *parts)
{
	static const u8 class[48] = { 'd', 'a', 't', 'a', [16] = 1, 0, 0, 0, 30,
				      [24] = 'R', 'T', 'P',
				      [40] = 255, 1, 0, 0, 0x80, 0x51, 1 };
	static const u8 tables[72] = { 'm', 'a', 'p', [16] = 4, [20] = 60,
				       [24] = 's', 'e', 'e', 'n', [40] = 1,
				       [44] = 0x80, 0x51, 1,
				       [48] = 'q', [64] = 2,
				       [66] = ALGATE_TABLE_QUEUE, [68] = 60 };
	static const u8 params[40] = { 'o', 'n', 'e', [16] = 1,
				       [20] = 'm', 'o', 'r', 'e', [36] = 64 };
	static const u8 maps[40] = { 'o', 'n', 'e', [16] = 1,
				     [20] = 'm', 'o', 'r', 'e', [36] = 64 };
	/* "second" from 2 to 3, or 256 and more */
	static const u8 inputs[24] = { 1, [4] = 2, [8] = 3,
				       [12] = 1, [17] = 1,
				       [20] = 0xff, 0xff, 0xff, 0xff };
	static const u8 others[2 * 68] = { 'H', '.', '2', [64] = 0xff, 0xff,
					   0xff,
					   [68] = 'a', [84] = 'x', [116] = 'y',
					   [132] = S_NUM, 0xff, S_NUM2 };
	static const char names[2][ALGATE_NAME_LEN] = { "first", "second" };
	static const u8 cases[256] = { ['A'] = 1, ['B'] = 2 };

	parts_set(parts, ALGATE_SEC_CLASSES, class, sizeof(class));
	parts_set(parts, ALGATE_SEC_VARS, names, sizeof(names));
	parts_set(parts, ALGATE_SEC_COUNTERS, names, sizeof(names));
	parts_set(parts, ALGATE_SEC_TABLES, tables, sizeof(tables));
	parts_set(parts, ALGATE_SEC_PARAMS, params, sizeof(params));
	parts_set(parts, ALGATE_SEC_MAPS, maps, sizeof(maps));
	parts_set(parts, ALGATE_SEC_INPUTS, inputs, sizeof(inputs));
	parts_set(parts, ALGATE_SEC_OTHERS, others, sizeof(others));
	parts_set(parts, ALGATE_SEC_ACTIONS, actions, sizeof(actions));
	parts_set(parts, ALGATE_SEC_LOOPS, loops, sizeof(loops));
	parts_set(parts, ALGATE_SEC_CASES, cases, sizeof(cases));
}

/* On TCP each direction would need a recogniser. */
void parts_udp(struct parts *parts)
{
	static const u8 services[] = { IPPROTO_UDP, 0, 21, 0 };

	parts_set(parts, ALGATE_SEC_SERVICES, services, sizeof(services));
}

void parts_init(struct parts *parts)
{
	static const u8 services[] = { IPPROTO_TCP, 0, 21, 0,
				       IPPROTO_UDP, 0, 21, 0 };
	static const u8 frame[FRAME_LEN] = { ALGATE_FRAME_LINES, [5] = 2 };
	static const u8 slots[S_COUNT] = {
		[S_NUM] = ALGATE_T_NUM, [S_SPAN] = ALGATE_T_SPAN,
		[S_PORT] = ALGATE_T_PORT, [S_IP4] = ALGATE_T_IP4,
		[S_IP6] = ALGATE_T_IP6, [S_NUM2] = ALGATE_T_NUM,
		[S_SPAN2] = ALGATE_T_SPAN, [S_DEC] = ALGATE_T_DEC,
		[S_END] = ALGATE_T_ENDPOINT, [S_PER] = ALGATE_T_PER,
		[S_ADDR] = ALGATE_T_ADDR };
	static const u8 sets[2][32] = {
		{ [6] = 0xff, 0x03 },		/* 0-9 */
		{ [8] = 0xfe, 0xff, 0xff, 7 }	/* A-Z */
	};
	static const struct algate_instr end = { .op = ALGATE_OP_END };

	memset(parts->present, 0, sizeof(parts->present));
	parts_set(parts, ALGATE_SEC_NAME, "test", 4);
	parts_set(parts, ALGATE_SEC_TITLE, "Test \xc3\xa4\xe2\x82\xac", 10);
	parts_set(parts, ALGATE_SEC_SERVICES, services, sizeof(services));
	parts_set(parts, ALGATE_SEC_FRAME, frame, sizeof(frame));
	init_tables(parts);
	parts_set(parts, ALGATE_SEC_SLOTS, slots, sizeof(slots));
	parts_set(parts, ALGATE_SEC_SETS, sets, sizeof(sets));
	parts_set(parts, ALGATE_SEC_LITERALS, "\x06lengthhello", 12);
	parts_set(parts, ALGATE_SEC_ENTRIES, "\0\0\0\0", 4);
	parts_insns(parts, &end, 1);
}

u32 parts_image(const struct parts *parts, u8 *image)
{
	u32 len = ALGATE_IMAGE_HDR_LEN;
	u32 id;

	for (id = 1; id <= ALGATE_SEC_MAX; id++) {
		if (!parts->present[id])
			continue;
		put_unaligned_le32(id, image + len);
		put_unaligned_le32(parts->len[id], image + len + 4);
		memcpy(image + len + 8, parts->bytes[id], parts->len[id]);
		len += 8 + parts->len[id];
		while (len & 3)
			image[len++] = 0;
	}
	put_unaligned_le32(ALGATE_IMAGE_MAGIC, image);
	put_unaligned_le32(ALGATE_IMAGE_VERSION, image + 4);
	put_unaligned_le32(len, image + 8);
	return len;
}

struct algate_prog *parts_prog(const struct parts *parts,
			       struct algate_reject *why)
{
	static u8 image[ALGATE_IMAGE_MAX];
	u32 len = parts_image(parts, image);
	struct algate_prog *prog;

	prog = algate_image_decode(image, len, why);
	if (prog && algate_prog_verify(prog, why)) {
		algate_prog_free(prog);
		return NULL;
	}
	return prog;
}

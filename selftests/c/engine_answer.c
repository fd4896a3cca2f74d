// SPDX-License-Identifier: GPL-2.0
/*
 * What remains of an opening: the answer that confirms it, the host that may
 * use it, and the life that it gives to its flow.
 */
#include "engine_test.h"
#include "../../kmod/engine/intent.h"

/*
 * A client's opening in class 1 under key 7, made at second 100; the class has
 * a timeout of 30 s. An answer for @time seconds comes at @now.
 */
static void test_answer(void)
{
	static const struct algate_prog prog = { .class[1].timeout = 30 };
	static const struct {
		u8 dir, class, key;
		u32 now, time;
		u32 want;	/* seconds; 0: no effect */
		bool swapped;	/* in a child that the server opened */
	} cases[] = {
		{ ALGATE_SERVER, 1, 7, 100, 600, 600, false },
		{ ALGATE_SERVER, 1, 7, 120, 600, 580, false },
		{ ALGATE_SERVER, 1, 7, 130, 600, 570, false },
		{ ALGATE_SERVER, 1, 7, 131, 600, 0, false },
		{ ALGATE_SERVER, 1, 7, 119, 20, 1, false },
		{ ALGATE_SERVER, 1, 7, 120, 20, 0, false },
		{ ALGATE_SERVER, 1, 7, 121, 20, 0, false },
		{ ALGATE_SERVER, 1, 7, 99, 600, 0, false },
		{ ALGATE_CLIENT, 1, 7, 100, 600, 0, false },
		{ ALGATE_SERVER, 0, 7, 100, 600, 0, false },
		{ ALGATE_SERVER, 1, 0, 100, 600, 0, false },
		{ ALGATE_CLIENT, 1, 7, 100, 600, 600, true },
		{ ALGATE_SERVER, 1, 7, 100, 600, 0, true },
	};
	struct algate_action act = { .class = 1 };
	struct algate_opening o = { .act = &act };
	struct algate_message msg = {};
	struct algate_intent in = { .act = &act }, open = { .act = &act, .key = 7 };
	struct algate_mapping b;
	bool good = true;
	u32 i, shift;

	/* every other time, the clock wraps meanwhile */
	for (i = 0; i < ARRAY_SIZE(cases) * 2; i++) {
		shift = i % 2 ? 0 - 115 : 0;
		act.class = 1;
		msg = (struct algate_message){ .now = 100 + shift };
		algate_mapping_init(&b, &o, &msg, &open);
		act.class = cases[i / 2].class;
		in.key = cases[i / 2].key;
		in.time = cases[i / 2].time;
		msg.dir = cases[i / 2].dir;
		msg.swapped = cases[i / 2].swapped;
		msg.now = cases[i / 2].now + shift;
		if (algate_mapping_answer(&prog, &b, &msg, &in) ==
		    cases[i / 2].want)
			continue;
		good = false;
		note("case %u: not %u s", i / 2, cases[i / 2].want);
	}
	verdict(good, "answer: only the other end's answer in time counts");
	act = (struct algate_action){ .class = 1, .key = ALGATE_SLOT_NONE };
	open.key = 0;
	algate_mapping_init(&b, &o, &msg, &open);
	good = algate_mapping_asked(&b, &in);
	act.key = 0;
	in.key = 0;
	verdict(good && !algate_mapping_asked(&b, &in),
		"answer: key 0 names no opening without a key");
}

/* A rule names the host that may use an opening for any host. */
static void test_hosts(void)
{
	const u8 a[16] = { 192, 0, 2, 1 }, b[16] = { 192, 0, 2, 2 };
	const u64 secret[2] = { 5, 6 };
	struct algate_action act = { .only = ALGATE_SLOT_NONE };
	struct algate_opening o = { .act = &act };
	struct algate_message msg = {};
	struct algate_intent in = { .act = &act };
	struct algate_mapping m;

	algate_mapping_init(&m, &o, &msg, &in);
	verdict(algate_mapping_serves(&m, secret, AF_INET, a),
		"answer: an opening without a named host serves all");
	in.only = algate_addr_hash(secret, AF_INET, a);
	algate_mapping_narrow(&m, &in);
	verdict(algate_mapping_serves(&m, secret, AF_INET, b),
		"answer: a confirm that names no host changes nothing");
	act.only = 0;
	algate_mapping_narrow(&m, &in);
	verdict(algate_mapping_serves(&m, secret, AF_INET, a) &&
		!algate_mapping_serves(&m, secret, AF_INET, b) &&
		!algate_mapping_serves(&m, secret, AF_INET6, a) &&
		!algate_mapping_serves(&m, NULL, AF_INET, a),
		"answer: a named host alone is served");
	in.only = 0;
	algate_mapping_narrow(&m, &in);
	verdict(algate_mapping_serves(&m, secret, AF_INET, b),
		"answer: a confirm with 0 lets all hosts in again");
}

/* A message that extends its flow by @wanted s, and opens or confirms. */
static void test_extension(void)
{
	static const struct algate_prog prog = { .class[0].timeout = 30 };
	static const struct {
		u32 wanted, age;
		u8 key, flags;
		u32 want;
	} cases[] = {
		{ 600, UINT32_MAX, 0, 0, 30 },
		{ 20, UINT32_MAX, 0, 0, 20 },
		{ 600, UINT32_MAX, ALGATE_SLOT_NONE, 0, 0 },
		{ 600, UINT32_MAX, 0, ALGATE_ACTION_F_INACTIVE, 0 },
		{ 600, 10, ALGATE_SLOT_NONE, 0, 590 },
		{ 600, 10, 0, 0, 590 },
		{ 35, 10, 0, 0, 30 },
		{ 10, 10, ALGATE_SLOT_NONE, 0, 0 },
		{ 0, 0, 0, 0, 0 },
	};
	static const struct algate_action extend = {
		.verb = ALGATE_VERB_EXTEND,
	};
	static struct algate_result res;
	struct algate_action open = { .verb = ALGATE_VERB_OPEN };
	bool good = true;
	u32 i;

	res.nintents = 2;
	res.intent[0].act = &extend;
	res.intent[1].act = &open;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		res.intent[0].time = cases[i].wanted;
		open.key = cases[i].key;
		open.flags = cases[i].flags;
		if (algate_extension(&prog, &res, cases[i].age) ==
		    cases[i].want)
			continue;
		good = false;
		note("extension %u: not %u s", i, cases[i].want);
	}
	verdict(good, "answer: a flow lives as long as its openings");
}

int main(void)
{
	test_answer();
	test_hosts();
	test_extension();
	return verdict_exit();
}

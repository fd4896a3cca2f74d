// SPDX-License-Identifier: GPL-2.0
/*
 * Random programs on random messages, complete and cut short: the engine and
 * the naive oracle agree, the number of steps is within the verifier's bound,
 * and a decision on the beginning of a message holds for the whole message.
 */
#include "engine_gen.h"
#include "entries.h"
#include "oracle.h"
#include "steps.h"
#include "text_line.h"

#define PROGRAMS	20000
#define MESSAGES	5
#define TEXTS		40

static struct {
	u32 accepted;
	u32 outcomes[ALGATE_NEED_MORE + 1];
	u32 intents;
	u32 edits;
	u32 notes;
	u32 adjusts;
	u32 pairs;
	u32 text[ALGATE_NEED_MORE + 1];
	bool agree, vars, bounded, prefixes, untouched;
} seen = { .agree = true, .vars = true, .bounded = true, .prefixes = true,
	   .untouched = true };

static void dump(const struct algate_prog *prog,
		 const struct algate_message *msg, const char *what)
{
	u32 i;

	note("%s: dir %u, %u bytes%s, entry %u", what, msg->dir, msg->len,
	     msg->partial ? ", partial" : "", prog->entry[msg->dir]);
	if (getenv("VERBOSE"))
		for (i = 0; i < prog->ninsns; i++)
			printf("# %3u: op %2u a %3u jf %3u imm %08x\n", i,
			       prog->insn[i].op, prog->insn[i].a,
			       prog->insn[i].jf, prog->insn[i].imm);
}

/*
 * Runs engine and oracle on a copy of the message of exact size, so that ASan
 * detects a read past the end.
 */
static enum algate_outcome compare(const struct algate_prog *prog,
				   struct algate_message *msg,
				   struct algate_result *result)
{
	static const u32 vars[ALGATE_MAX_VARS] = { 0, 1, ~0U };
	static struct algate_result naive;
	const u8 *data = msg->data;
	u8 *copy = malloc(msg->len ? msg->len : 1);
	enum algate_outcome got, want;

	memcpy(copy, data, msg->len);
	msg->data = copy;
	memset(result, 0xa5, sizeof(*result));
	memcpy(result->var, vars, sizeof(vars));
	naive = *result;
	got = algate_run(prog, msg, result);
	want = oracle_run(prog, msg, &naive);
	msg->data = data;
	free(copy);

	if (got != want ||
	    (got == ALGATE_HANDLED && !oracle_same(result, &naive)) ||
	    (got == ALGATE_REFUSED && result->why != naive.why)) {
		dump(prog, msg, "oracle");
		seen.agree = false;
	}
	if (msg->partial && prog->gated[msg->dir] &&
	    result->accepted != naive.accepted) {
		dump(prog, msg, "recognised");
		seen.agree = false;
	}
	if (got == ALGATE_HANDLED && got == want &&
	    memcmp(result->var, naive.var, sizeof(vars))) {
		dump(prog, msg, "variables");
		seen.vars = false;
	}
	if (prog->line_max && !msg->first && msg->len >= 2 &&
	    algate_no_match_pair(prog, msg->dir, msg->data)) {
		seen.pairs++;
		if (want != ALGATE_UNMATCHED) {
			dump(prog, msg, "first two bytes");
			seen.agree = false;
		}
	}
	if (result->steps > steps_most(prog, result)) {
		note("%u steps, not %u", result->steps,
		     steps_most(prog, result));
		dump(prog, msg, "bound");
		seen.bounded = false;
	}
	seen.outcomes[got]++;
	return got;
}

static bool knows_text(const struct algate_prog *prog)
{
	return memcmp(prog->first_text, prog->first, sizeof(prog->first_text));
}

/*
 * Makes a line of text from @msg, in @data, by replacing control characters.
 * Chooses a first byte for which the jump table for text has another entry than
 * the table for any bytes, if there is such a byte.
 */
static void make_text(const struct algate_prog *prog,
		      struct algate_message *msg, u8 *data)
{
	u32 i, c = rnd(256);

	for (i = 0; i < msg->len; i++)
		data[i] = msg->data[i] <= ALGATE_LOW ? "a,0 "[rnd(4)] :
						       msg->data[i];
	msg->data = data;
	if (!msg->len)
		return;
	for (i = 0; i < 256; i++, c = (c + 1) % 256)
		if (c > ALGATE_LOW && prog->first_text[msg->dir][c] !=
				      prog->first[msg->dir][c])
			data[0] = c;
}

/* The fast path for lines of text must agree with the oracle. */
static void try_text(const struct algate_prog *prog, struct algate_message msg)
{
	static struct algate_result result, naive;
	static u8 data[GEN_MESSAGE_MAX];
	enum algate_outcome got, want;
	bool agree;

	make_text(prog, &msg, data);
	memset(&result, 0xa5, sizeof(result));
	memset(result.var, 0, sizeof(result.var));
	naive = result;
	if (!text_line_run(prog, &msg, &result, &got))
		return;
	want = oracle_run(prog, &msg, &naive);
	agree = got == want;
	if (agree && got == ALGATE_HANDLED)
		agree = oracle_same(&result, &naive) &&
			!memcmp(result.var, naive.var, sizeof(result.var));
	if (agree && got == ALGATE_REFUSED)
		agree = result.why == naive.why;
	if (!agree) {
		dump(prog, &msg, "text");
		seen.agree = false;
	}
	seen.text[got]++;
}

/* The first byte that is rewritten, or that an intent may rewrite. */
static u32 first_place(const struct algate_result *r)
{
	u32 first = ~0U;
	u32 i;

	for (i = 0; i < r->nedits; i++)
		first = min_t(u32, first, r->edit[i].off);
	for (i = 0; i < r->nintents; i++) {
		const struct algate_intent *in = &r->intent[i];

		if (in->addr_type)
			first = min_t(u32, first, in->addr.off);
		if (in->port_type && in->port_type != ALGATE_T_NUM)
			first = min_t(u32, first, in->port.off);
		if (in->port2_type)
			first = min_t(u32, first, in->port2.off);
	}
	for (i = 0; i < r->nadjusts; i++)
		first = min_t(u32, first, r->adjust[i].count.off);
	return first;
}

static void try_message(const struct algate_prog *prog,
			struct algate_message *msg)
{
	static struct algate_result whole, part;
	enum algate_outcome all, some;
	u32 len = msg->len;
	u32 first = ~0U;

	msg->partial = false;
	all = compare(prog, msg, &whole);
	if (all == ALGATE_HANDLED) {
		first = first_place(&whole);
		seen.intents += whole.nintents;
		seen.edits += whole.nedits;
		seen.notes += whole.nnotes;
		seen.adjusts += whole.nadjusts;
	}
	msg->partial = true;
	for (msg->len = 0; msg->len <= len; msg->len += 1 + rnd(4)) {
		some = compare(prog, msg, &part);
		if (!msg->early && some != ALGATE_NEED_MORE && some != all) {
			dump(prog, msg, "decided too early");
			seen.prefixes = false;
		}
		if (!msg->early && part.untouched > first) {
			dump(prog, msg, "touched after all");
			seen.untouched = false;
		}
	}
}

static void try_prog(const struct algate_prog *prog)
{
	static u8 data[GEN_MESSAGE_MAX];
	struct algate_entries *entries = entries_make(GEN_ENTRIES);
	struct algate_message msg = { .data = data, .nr = 3, .sport = 40000,
				      .proto = IPPROTO_TCP, .now = 10 };
	u32 i;

	for (i = 0; i < MESSAGES; i++) {
		msg.dir = rnd(2);
		msg.family = rnd(2) ? AF_INET : AF_INET6;
		msg.early = !rnd(4);
		msg.first = !rnd(3);
		msg.broadcast = !rnd(3);
		msg.routed = (s32)rnd(3) - 1;
		msg.ends = rnd(4) ? &gen_ends : NULL;
		msg.known = rnd(4) ? gen_known() : NULL;
		msg.entries = rnd(4) ? entries : NULL;
		msg.lists = rnd(4) ? gen_lists() : NULL;
		msg.maps = rnd(4) ? gen_maps() : NULL;
		gen_entries(prog, entries, msg.now);
		msg.len = gen_message(prog, data);
		try_message(prog, &msg);
	}
	msg.partial = false;
	msg.first = false;
	for (i = 0; i < TEXTS && knows_text(prog); i++) {
		msg.dir = i % 2;
		msg.len = gen_message(prog, data);
		try_text(prog, msg);
	}
	algate_free_big(entries);
}

/* Each instruction has passed and, if it can fail, failed at least once. */
static bool covered(void)
{
	static const u8 never_fails[] = {
		ALGATE_OP_HERE, ALGATE_OP_MARK, ALGATE_OP_CLOSE, ALGATE_OP_SET,
		ALGATE_OP_COPY, ALGATE_OP_ADD, ALGATE_OP_SUB, ALGATE_OP_AND,
		ALGATE_OP_OR, ALGATE_OP_ADDS, ALGATE_OP_SUBS, ALGATE_OP_LDF,
		ALGATE_OP_STF, ALGATE_OP_LDM, ALGATE_OP_HASH, ALGATE_OP_MIX,
		ALGATE_OP_EACH, ALGATE_OP_LOOP, ALGATE_OP_REMEMBER,
		ALGATE_OP_FORGET, ALGATE_OP_ASK, ALGATE_OP_ANSWER,
		ALGATE_OP_ACT, ALGATE_OP_ADJUST, ALGATE_OP_COUNT,
		ALGATE_OP_STOP, ALGATE_OP_ACCEPT, ALGATE_OP_WITHIN };
	bool good = true;
	u32 op;

	for (op = ALGATE_OP_LIT; op < __ALGATE_OP_MAX; op++) {
		bool fails = !memchr(never_fails, op, sizeof(never_fails));

		if (op == ALGATE_OP_REFUSE ||
		    (op == ALGATE_OP_JUMP && oracle_failed[op]) ||
		    (oracle_passed[op] && (!fails || oracle_failed[op])))
			continue;
		note("op %u passed %lu, failed %lu", op, oracle_passed[op],
		     oracle_failed[op]);
		good = false;
	}
	for (op = ALGATE_LOOP_LINE; op < __ALGATE_LOOP_MAX; op++) {
		if (op == ALGATE_LOOP_REPEAT || (oracle_found[op] && oracle_malformed[op]))
			continue;
		note("loop %u: %lu parts, %lu refused", op, oracle_found[op],
		     oracle_malformed[op]);
		good = false;
	}
	return good;
}

int main(int argc, char **argv)
{
	struct parts *parts = calloc(1, sizeof(*parts));
	struct algate_reject why;
	u32 i;

	rnd_seed(argc > 1 ? strtoul(argv[1], NULL, 0) : 5);
	parts_init(parts);
	gen_tables(parts);
	for (i = 0; i < PROGRAMS; i++) {
		struct algate_prog *prog = gen_prog(parts, &why);

		if (!prog)
			continue;
		seen.accepted++;
		try_prog(prog);
		algate_prog_free(prog);
	}
	free(parts);
	printf("# %u of %u programs accepted; %u unmatched, %u handled, ",
	       seen.accepted, PROGRAMS, seen.outcomes[ALGATE_UNMATCHED],
	       seen.outcomes[ALGATE_HANDLED]);
	printf("%u refused, %u need more; %u intents, %u edits, %u notes, ",
	       seen.outcomes[ALGATE_REFUSED], seen.outcomes[ALGATE_NEED_MORE],
	       seen.intents, seen.edits, seen.notes);
	printf("%u adjusts; %u not the protocol's\n", seen.adjusts,
	       seen.outcomes[ALGATE_ALIEN]);
	verdict(seen.accepted > PROGRAMS / 2,
		"oracle: a good share of the programs is accepted");
	verdict(seen.outcomes[ALGATE_HANDLED] > PROGRAMS / 4 &&
		seen.outcomes[ALGATE_REFUSED] > PROGRAMS / 80 &&
		seen.outcomes[ALGATE_ALIEN] > PROGRAMS / 10 &&
		seen.intents > PROGRAMS / 20 && seen.edits > PROGRAMS / 50 &&
		seen.notes > PROGRAMS / 40 && seen.adjusts > PROGRAMS / 400,
		"oracle: a good share of the messages is handled");
	verdict(covered(), "oracle: each instruction goes on and fails");
	printf("# %u of no interest by their first two bytes\n", seen.pairs);
	printf("# more is known of text: %u unmatched, %u handled, %u refused\n",
	       seen.text[ALGATE_UNMATCHED], seen.text[ALGATE_HANDLED],
	       seen.text[ALGATE_REFUSED]);
	verdict(seen.agree && seen.pairs, "oracle: engine and oracle agree");
	verdict(seen.text[ALGATE_UNMATCHED] &&
		seen.text[ALGATE_HANDLED] + seen.text[ALGATE_REFUSED],
		"oracle: some of these are text, of which more is known");
	verdict(seen.vars, "oracle: and on the variables");
	verdict(seen.bounded, "oracle: steps stay within the verifier's bound");
	verdict(seen.prefixes, "oracle: a beginning never decides otherwise");
	verdict(seen.untouched, "oracle: untouched bytes stay untouched");
	return verdict_exit();
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier on any image, and accepted programs on messages. The engine
 * agrees with the naive oracle, within the number of steps that the verifier
 * computed. A decision on the beginning of a message holds for the whole
 * message. The edits of NAT fit. The input:
 *
 *	4 bytes		seed of the messages generated for the program
 *	2 bytes		length of the image, little endian
 *	length bytes	image
 *	the rest	a further message
 */
#include "talk.h"
#include "program.h"
#include "../c/engine_gen.h"
#include "../c/entries.h"
#include "../c/oracle.h"
#include "../c/steps.h"
#include "../c/text_line.h"

#define MADE		4	/* generated messages */
#define STEPS_MAX	20000	/* the oracle repeats only shorter runs */

static unsigned long programs, accepted, handled, rewritten;

static void tell(void)
{
	fprintf(stderr, "# %lu of %lu programs accepted, ", accepted, programs);
	fprintf(stderr, "%lu messages handled, %lu messages rewritten\n",
		handled, rewritten);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	atexit(tell);
	images_init();
	return 0;
}

/* The message has exact size: the sanitizer detects a read past the end. */
static enum algate_outcome run(const struct algate_prog *prog,
			       const struct algate_message *msg,
			       struct algate_result *res)
{
	static const u32 vars[ALGATE_MAX_VARS] = { 0, 1, ~0U };
	static struct algate_result naive, text;
	struct algate_message copy = *msg;
	enum algate_outcome got, want;
	u8 *data = malloc(msg->len ? msg->len : 1);

	memcpy(data, msg->data, msg->len);
	copy.data = data;
	memset(res, 0xa5, sizeof(*res));
	memcpy(res->var, vars, sizeof(vars));
	memcpy(naive.var, vars, sizeof(vars));
	got = algate_run(prog, &copy, res);
	if (res->steps > steps_most(prog, res))
		bug("%u steps, not %u", res->steps, steps_most(prog, res));
	if (prog->line_max && !msg->first && msg->len >= 2 &&
	    got != ALGATE_UNMATCHED &&
	    algate_no_match_pair(prog, msg->dir, data))
		bug("outcome %d of a line of no interest", got);
	if (res->steps < STEPS_MAX) {
		want = oracle_run(prog, &copy, &naive);
		if (got != want)
			bug("outcome %d, not %d", got, want);
		if (got == ALGATE_HANDLED &&
		    (!oracle_same(res, &naive) ||
		     memcmp(res->var, naive.var, sizeof(vars))))
			bug("the oracle wants something else");
		if (msg->partial && prog->gated[msg->dir] &&
		    res->accepted != naive.accepted)
			bug("recognised or not");
		if (got == ALGATE_REFUSED && res->why != naive.why)
			bug("refused for %d, not %d", res->why, naive.why);
		memcpy(text.var, vars, sizeof(vars));
		if (text_line_run(prog, &copy, &text, &got) && got != want)
			bug("outcome %d of a line of text, not %d", got, want);
	}
	free(data);
	return got;
}

/* The first rewritten byte */
static u32 first_edit(const struct algate_result *res)
{
	u32 first = ~0U, i;

	for (i = 0; i < res->nedits; i++)
		first = min_t(u32, first, res->edit[i].off);
	return first;
}

/* Carries out the intents of a handled message; @data: as for run() */
static u32 commit(const struct algate_prog *prog,
		  const struct algate_message *msg, struct algate_result *res)
{
	struct talk talk = { .prog = prog, .family = msg->family,
			     .proto = msg->proto, .offset = 1001 };
	struct flow flow;
	u32 first = ~0U;
	int size;
	u8 *out;

	flow_init(&flow, &talk);
	if (msg->ends && nat_commit(&flow, msg, res)) {
		first = first_edit(res);
		rewritten += res->nedits > 0;
		size = algate_edit_size(res, msg->len);
		out = malloc(size > 0 ? size : 1);
		if (size >= 0 && algate_edit_apply(res, msg->data, msg->len,
						   out) != size)
			bug("not the size that was said");
		free(out);
	}
	flow_free(&flow);
	return first;
}

static void try_frame(const struct algate_prog *prog, const u8 *data, u32 len)
{
	struct algate_cut some, all;
	struct algate_field field;
	u32 part = rnd(len + 1);
	u8 *copy = malloc(part ? part : 1);
	int err;

	memcpy(copy, data, part);
	err = algate_frame_cut(prog, copy, part, &some);
	algate_frame_field(prog, copy, part, &field);
	if (field.len > part || field.off > part - field.len)
		bug("the length field is outside of the message");
	free(copy);
	if (err == ALGATE_MORE || prog->frame[0].kind == ALGATE_FRAME_DATAGRAM ||
	    !part)
		return;
	if (algate_frame_cut(prog, data, len, &all) != err ||
	    (!err && (all.total != some.total || all.len != some.len)))
		bug("more bytes change where the message ends");
	if (!err && (!some.total || some.len > some.total || some.total > part))
		bug("a message of no bytes, or of too many");
}

static void try_message(const struct algate_prog *prog,
			struct algate_message *msg)
{
	static struct algate_result whole, part;
	enum algate_outcome all, some;
	u32 len = msg->len, first = ~0U;

	try_frame(prog, msg->data, len);
	msg->partial = false;
	all = run(prog, msg, &whole);
	if (all == ALGATE_HANDLED) {
		handled++;
		first = min_t(u32, first_edit(&whole),
			      commit(prog, msg, &whole));
	}
	msg->partial = true;
	msg->len = rnd(len + 1);
	some = run(prog, msg, &part);
	if (!msg->early && some != ALGATE_NEED_MORE && some != all)
		bug("%u of %u bytes: outcome %d becomes %d", msg->len, len,
		    some, all);
	/* the stream layer edits the length field of the framing */
	if (!msg->early && part.untouched > first &&
	    prog->frame[0].kind == ALGATE_FRAME_DATAGRAM)
		bug("%u bytes were not to be touched, but for %u",
		    part.untouched, first);
}

static void try_prog(const struct algate_prog *prog, u32 seed, const u8 *more,
		     u32 more_len)
{
	static u8 data[GEN_MESSAGE_MAX];
	struct algate_message msg = { .nr = 3, .sport = 40000, .now = 10,
				      .proto = IPPROTO_TCP };
	struct algate_entries *entries = entries_make(prog->max_entries);
	u32 i;

	rnd_seed(seed);
	gen_entries(prog, entries, msg.now);
	for (i = 0; i <= MADE; i++) {
		msg.dir = rnd(2);
		msg.family = rnd(3) ? AF_INET : AF_INET6;
		msg.early = !rnd(4);
		msg.first = !rnd(4);
		msg.ends = rnd(8) ? &gen_ends : NULL;
		msg.known = rnd(4) ? gen_known() : NULL;
		msg.entries = rnd(4) ? entries : NULL;
		msg.lists = rnd(4) ? gen_lists() : NULL;
		msg.maps = rnd(4) ? gen_maps() : NULL;
		msg.data = i ? data : more;
		msg.len = i ? gen_message(prog, data) :
			      min_t(u32, more_len, prog->frame[0].max);
		try_message(prog, &msg);
	}
	free(entries);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	struct algate_reject why = { 0 };
	struct algate_prog *prog;
	u32 image_len;
	u8 *image;

	if (len < INPUT_HEAD)
		return 0;
	image_len = min_t(size_t, get_unaligned_le16(data + 4),
			  len - INPUT_HEAD);
	/* of exact size: the sanitizer detects a read past the end */
	image = malloc(image_len + 1);
	memcpy(image, data + INPUT_HEAD, image_len);
	programs++;
	prog = algate_image_decode(image, image_len, &why);
	free(image);
	if (prog && !algate_prog_verify(prog, &why)) {
		accepted++;
		try_prog(prog, get_unaligned_le32(data),
			 data + INPUT_HEAD + image_len,
			 len - INPUT_HEAD - image_len);
	} else if (why.reason <= ALGATE_R_NONE ||
		   why.reason >= __ALGATE_R_MAX ||
		   !*algate_reason_text(why.reason)) {
		bug("rejected for no reason");
	}
	algate_prog_free(prog);
	return 0;
}

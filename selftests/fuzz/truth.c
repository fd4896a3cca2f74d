// SPDX-License-Identifier: GPL-2.0
/*
 * Processes the whole conversation at once, turn by turn: the naive oracle runs
 * each message in place, without segments, held bytes and repetitions.
 */
#include "talk.h"
#include "../../kmod/engine/stream_internal.h"
#include "../c/entries.h"
#include "../c/oracle.h"

/*
 * @pos: first byte behind all messages so far; @rest: bytes of a skipped message
 * that are still to come; @ended, @skip, @unwanted, @begun: see struct
 * algate_sender
 */
struct direction {
	u8 data[TALK_MAX];
	u32 len;
	u32 pos;
	u32 rest;
	u32 nr;
	bool ended;
	bool skip;
	bool unwanted;
	bool begun;
	bool stun;
	bool fin;
};

static struct flow flow;
static struct direction half[2];
static struct algate_result res;

static u8 framing(void)
{
	return flow.talk->prog->frame[0].kind;
}

static bool second(const u8 *p)
{
	const struct algate_framing *f = flow.talk->prog->frame + 1;

	return flow.talk->prog->nframes > 1 && *p >= f->lead &&
	       *p <= f->lead + f->more;
}

static bool is_line(const u8 *p)
{
	return framing() == ALGATE_FRAME_LINES && !second(p);
}

static bool arrive(struct arrival *a, const u8 *data, u32 len)
{
	if (len > ARRIVES_MAX - a->len)
		return false;
	memcpy(a->data + a->len, data, len);
	a->len += len;
	return true;
}

static struct algate_message message(u8 dir, struct algate_ends *ends)
{
	flow_ends(&flow, dir, ends);
	return (struct algate_message){
		.data = half[dir].data + half[dir].pos, .nr = half[dir].nr,
		.dir = dir, .first = !half[dir].begun, .stun = half[dir].stun,
		.family = flow.talk->family,
		.proto = flow.talk->proto, .sport = ends->own.port,
		.now = 1000, .ends = ends, .known = flow.known,
		.entries = flow.entries,
	};
}

static enum algate_outcome try(const struct algate_message *msg)
{
	memcpy(res.var, flow.var, sizeof(flow.var));
	return oracle_run(flow.talk->prog, msg, &res);
}

/* Of a refused message, only the queues' changes count. */
static void remember(bool refused)
{
	const struct algate_prog *prog = flow.talk->prog;

	if (!refused)
		memcpy(flow.var, res.var, sizeof(flow.var));
	if (!res.nnotes)
		return;
	if (!flow.entries)
		flow.entries = entries_make(prog->max_entries);
	if (refused)
		algate_queue_apply(prog, &res, 1000, flow.entries);
	else
		algate_entry_apply(prog, &res, 1000, flow.entries);
}

/* Passes bytes that no rule sees. */
static bool pass(struct direction *d, u32 n, struct arrival *a)
{
	bool ok = arrive(a, d->data + d->pos, n);

	d->pos += n;
	return ok;
}

/* Bytes were not read: the waiting requests count as answered. */
static void forget_queues(void)
{
	struct algate_stream s = {
		.prog = flow.talk->prog, .entries = &flow.entries,
	};

	algate_queue_forget(&s);
}

/* Nobody knows where the next message of @dir begins. */
static void unreadable(u8 dir)
{
	half[dir].ended = true;
	if (!flow.talk->prog->shared || !half[ALGATE_CLIENT].begun ||
	    half[!dir].ended)
		flow.over = true;
}

/*
 * Not the protocol: a stream is over, unless many users share it; a flow of
 * datagrams is over if its first one from the client is no keep-alive. Returns
 * whether reading goes on as if no rule matched.
 */
static bool alien(u8 dir, u32 len)
{
	bool udp = flow.talk->proto == IPPROTO_UDP;

	if (!udp && half[0].begun && half[1].begun && flow.talk->prog->shared) {
		forget_queues();
		return true;
	}
	if (!udp)
		flow.over = true;
	else if (dir == ALGATE_CLIENT && !half[dir].begun && len > 16)
		flow.over = true;
	return false;
}

/* Delivers @total bytes: the edited message, and its @total - @msg->len rest. */
static bool deliver(struct algate_message *msg, u32 total, struct arrival *a)
{
	struct direction *d = &half[msg->dir];
	static u8 edited[ARRIVES_MAX];
	enum algate_outcome outcome = ALGATE_UNMATCHED;
	u32 len = msg->len;
	const u8 *data = msg->data;
	int size;

	if (!d->unwanted)
		outcome = try(msg);
	if (outcome == ALGATE_ALIEN && !alien(msg->dir, msg->len))
		return pass(d, total, a);
	if (outcome == ALGATE_HANDLED && nat_commit(&flow, msg, &res)) {
		remember(false);
		size = algate_edit_size(&res, msg->len);
		if (size > (int)sizeof(edited))
			return false;
		if (size >= 0 && res.nedits) {
			algate_edit_apply(&res, msg->data, msg->len, edited);
			data = edited;
			len = size;
		}
		flow.over = flow.over || res.stop;
	} else if (outcome == ALGATE_HANDLED || outcome == ALGATE_REFUSED) {
		remember(true);
	}
	if (!arrive(a, data, len) ||
	    !arrive(a, msg->data + msg->len, total - msg->len))
		return false;
	d->pos += total;
	d->nr++;
	d->begun = true;
	d->unwanted = false;
	return true;
}

static bool pass_rest(struct direction *d, struct arrival *a)
{
	u32 n = min_t(u32, d->rest, d->len - d->pos);

	d->rest -= n;
	return pass(d, n, a);
}

static bool skip(struct direction *d, struct arrival *a)
{
	const u8 *p = d->data + d->pos, *lf;
	u32 left = d->len - d->pos;

	lf = framing() == ALGATE_FRAME_TURNS ? NULL : memchr(p, '\n', left);
	d->skip = !lf;
	return pass(d, lf ? lf - p + 1 : left, a);
}

/* 1: took a turn; 0: the rules need more bytes of the turn; -1: no room */
static int take_turn(u8 dir, struct arrival *a)
{
	struct direction *d = &half[dir];
	const struct algate_framing *f = flow.talk->prog->frame;
	struct algate_ends ends;
	struct algate_message msg = message(dir, &ends);

	msg.len = min_t(u32, d->len - d->pos, f->max);
	msg.early = true;
	msg.partial = !d->fin && msg.len < f->max;
	if (try(&msg) == ALGATE_NEED_MORE)
		return 0;
	d->skip = true;
	return deliver(&msg, msg.len, a) ? 1 : -1;
}

/*
 * Takes the beginning of an incomplete message if no rule matches the
 * beginning. This decision is final; bytes of the other end cannot change it
 * before the rest arrives. The rest of a line passes; for other framings, the
 * message's end is still searched. Returns whether there is more to take.
 */
static bool take_beginning(u8 dir)
{
	struct direction *d = &half[dir];
	struct algate_ends ends;
	struct algate_message msg = message(dir, &ends);
	enum algate_outcome outcome = ALGATE_UNMATCHED;
	bool line = is_line(msg.data);

	msg.len = d->len - d->pos;
	msg.partial = true;
	if (line && msg.len && msg.data[msg.len - 1] == '\r')
		msg.len--;
	if (!d->unwanted)
		outcome = try(&msg);
	if (outcome == ALGATE_ALIEN && !alien(dir, msg.len))
		return true;
	if (outcome != ALGATE_UNMATCHED && outcome != ALGATE_ALIEN)
		return false;
	d->skip = line;
	d->begun |= d->skip;
	d->unwanted = !line;
	return d->skip;
}

/* The rules judge the head of a long message. False: not the protocol. */
static bool judge(u8 dir, struct algate_message *msg, u32 max)
{
	u32 len = msg->len;

	if (half[dir].unwanted || !flow.talk->prog->gated[dir])
		return true;
	msg->len = min_t(u32, len, max);
	msg->partial = true;
	try(msg);
	return res.accepted || alien(dir, len);
}

/*
 * A message of @total bytes is too long. A length field with other bits may
 * belong to a fragment. Too long a line is not compared, as a counter reports.
 */
static void take_long(u8 dir, struct algate_message *msg, u32 total)
{
	const struct algate_prog *prog = flow.talk->prog;
	const struct algate_framing *f = prog->frame + second(msg->data);
	struct direction *d = &half[dir];

	msg->len = d->len - d->pos;
	if (!judge(dir, msg, f->max))
		return;
	forget_queues();
	if (!d->begun || !total ||
	    (f->kind == ALGATE_FRAME_LENGTH && f->width == 4 &&
	     f->mask != 0xffffffff)) {
		unreadable(dir);
		return;
	}
	d->rest = total;
	d->unwanted = false;
	d->nr++;
}

/* The end of a message cannot be found. */
static void take_bad(u8 dir, struct algate_message *msg)
{
	const struct algate_framing *f = flow.talk->prog->frame +
					 second(msg->data);

	msg->len = half[dir].len - half[dir].pos;
	if (judge(dir, msg, f->max))
		unreadable(dir);
}

/* 1: took a message, 0: no complete message, -1: no room */
static int take_message(u8 dir, struct arrival *a)
{
	struct direction *d = &half[dir];
	struct algate_ends ends;
	struct algate_message msg = message(dir, &ends);
	struct algate_cut cut;
	int err;

	err = algate_frame_cut(flow.talk->prog, msg.data, d->len - d->pos,
			       &cut);
	if (err == ALGATE_MORE)
		return take_beginning(dir);
	if (err) {
		if (err == -EMSGSIZE)
			take_long(dir, &msg, cut.total);
		else
			take_bad(dir, &msg);
		return 1;
	}
	msg.len = cut.len;
	err = deliver(&msg, cut.total, a) ? 1 : -1;
	flow.over = flow.over || framing() == ALGATE_FRAME_FIRST;
	return err;
}

static bool take(u8 dir, struct arrival *a)
{
	struct direction *d = &half[dir];
	int more = 1;

	if (framing() == ALGATE_FRAME_TURNS && half[!dir].pos == half[!dir].len)
		half[!dir].skip = false;
	while (more > 0 && d->pos < d->len) {
		if (flow.over || d->ended)
			more = pass(d, d->len - d->pos, a) ? 1 : -1;
		else if (d->rest)
			more = pass_rest(d, a) ? 1 : -1;
		else if (d->skip)
			more = skip(d, a) ? 1 : -1;
		else if (framing() == ALGATE_FRAME_TURNS)
			more = take_turn(dir, a);
		else
			more = take_message(dir, a);
	}
	return more >= 0;
}

static bool take_datagram(u8 dir, struct arrival *a)
{
	static const u8 cookie[] = { 0x21, 0x12, 0xa4, 0x42 };
	struct direction *d = &half[dir];
	u32 max = flow.talk->prog->frame[0].max;
	struct algate_ends ends;
	struct algate_message msg = message(dir, &ends);

	msg.len = d->len - d->pos;
	if (!flow.over && msg.len >= 20 && msg.data[0] < 4 &&
	    !memcmp(msg.data + 4, cookie, 4)) {
		d->stun = true;
		return pass(d, msg.len, a);
	}
	if (!flow.over && msg.len > max)
		judge(dir, &msg, max);
	if (flow.over || d->len - d->pos > max)
		return pass(d, d->len - d->pos, a);
	return deliver(&msg, msg.len, a);
}

bool truth(const struct talk *t, struct arrival *arrival)
{
	bool ok = true;
	u32 i;

	flow_init(&flow, t);
	memset(half, 0, sizeof(half));
	arrival[0].len = 0;
	arrival[1].len = 0;
	for (i = 0; ok && i < t->turns; i++) {
		const struct turn *turn = &t->turn[i];
		struct direction *d = &half[turn->dir];

		if (turn_kind(turn) != T_SAY)
			continue;
		memcpy(d->data + d->len, turn->data, turn->len);
		d->len += turn->len;
		d->fin = turn->fin;
		ok = t->proto == IPPROTO_UDP ?
		     take_datagram(turn->dir, &arrival[turn->dir]) :
		     !turn->len || take(turn->dir, &arrival[turn->dir]);
	}
	/* messages that remained incomplete */
	for (i = 0; ok && i < 2; i++)
		ok = pass(&half[i], half[i].len - half[i].pos, &arrival[i]);
	flow_free(&flow);
	return ok;
}

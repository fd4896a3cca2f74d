// SPDX-License-Identifier: GPL-2.0
/*
 * Cut the view into messages. Run the rules on each message, commit its
 * intents, and add its edits to the segment's rewrite.
 */
#include "compare.h"
#include "stream_internal.h"

/* The longest text of an IPv4 value: "255.255.255.255" in UTF-16, rounded up. */
#define VALUE_MAX_IP4	32

/* A datagram of at most so many bytes may be a keep-alive. */
#define KEEPALIVE_MAX	16

#define STUN_COOKIE	0x42a41221	/* RFC 8489, section 5; little-endian */
#define STUN_LEN	20		/* of a message without attributes */

/*
 * Upper bound on the total length of new values, in bytes: the texts of the
 * present edits, the addresses and ports that intents open or translate, and
 * the length fields to adjust. 0: no edits.
 */
static u32 values_max(const struct algate_message *msg,
		      const struct algate_result *result)
{
	u32 each = msg->family == AF_INET ? VALUE_MAX_IP4 : ALGATE_VALUE_MAX;
	u32 n = 0, len = 0;
	u32 i;

	for (i = 0; i < result->nedits; i++)
		len += result->edit[i].n;
	for (i = 0; i < result->nintents; i++) {
		const struct algate_intent *in = &result->intent[i];

		n += (in->addr_type != ALGATE_T_UNSPEC) +
		     (in->port_type != ALGATE_T_UNSPEC) +
		     (in->port2_type != ALGATE_T_UNSPEC);
	}
	if (!n && !result->nedits)
		return 0;
	/* plus 1: the length field of the framing */
	return len + (n + 2 * result->nadjusts + 1) * each;
}

static bool same_after(const struct algate_result *result, const u8 *data)
{
	unsigned int i;

	for (i = 0; i < result->nedits; i++) {
		const struct algate_edit *e = &result->edit[i];

		if (e->n != e->len ||
		    !algate_same(e->text, data + e->off, e->n, false))
			return false;
	}
	return true;
}

static void stream_stop(struct algate_stream *s)
{
	s->stop = true;
	s->sender[ALGATE_CLIENT].ended = true;
	s->sender[ALGATE_SERVER].ended = true;
}

/* Add the current message's edits; their values take at most @values bytes. */
static void message_rewrite(struct algate_stream *s, u32 values)
{
	const struct algate_message *msg = &s->msg;
	const struct algate_result *res = s->result;
	int delta = res->size - (int)msg->len;

	if (same_after(res, msg->data) || delta > (int)values)
		return;
	algate_rewrite_add(s);
	s->count(s->ctx, ALGATE_C_REWRITTEN, 1);
	if (delta)
		s->count(s->ctx, delta < 0 ? ALGATE_C_SHRUNK : ALGATE_C_GROWN,
			 delta < 0 ? -delta : delta);
}

/*
 * Carry out the intents of the current message. First reserve room for its
 * rewrite: without room, the message cannot announce an opened port.
 */
static noinline bool message_commit(struct algate_stream *s,
				    struct algate_sender *from)
{
	const struct algate_message *msg = &s->msg;
	struct algate_result *res = s->result;
	u32 values = values_max(msg, res);

	if (values && from->pending == ALGATE_REWRITES_MAX) {
		s->count(s->ctx, ALGATE_C_NO_MEMORY, 1);
		return false;
	}
	if ((values && !algate_rewrite_reserve(s, values)) ||
	    !algate_entries_reserve(s))
		return false;
	if (!s->commit(s->ctx, msg, res))
		return false;
	memcpy(s->var, res->var, sizeof(res->var));
	if (res->beyond)
		s->count(s->ctx, ALGATE_C_LIMIT, res->beyond);
	if (res->nnotes)
		algate_entry_apply(s->prog, res, msg->now, *s->entries);
	if (values)
		message_rewrite(s, values);
	if (res->stop)
		stream_stop(s);
	return true;
}

/* The message has no effect, but the queues count it as request or reply. */
static noinline void message_refused(struct algate_stream *s)
{
	if (s->result->nnotes) {
		algate_entries_reserve(s);
		algate_queue_apply(s->prog, s->result, s->msg.now, *s->entries);
	}
	if (s->result->over)
		algate_stream_detach(s, ALGATE_C_STRANGERS);
}

/*
 * The segment's message is not the protocol's. Inspection ends, unless many
 * users share the stream and both ends have begun the protocol. Returns whether
 * reading goes on behind the message.
 */
static bool segment_alien(struct algate_stream *s,
			  const struct algate_sender *from)
{
	if (s->prog->shared && s->sender[ALGATE_CLIENT].begun &&
	    s->sender[ALGATE_SERVER].begun) {
		s->count(s->ctx, ALGATE_C_UNRECOGNISED, 1);
		algate_queue_forget(s);
		return true;
	}
	algate_stream_detach(s, from->begun ? ALGATE_C_UNRECOGNISED :
					      ALGATE_C_NOT_BEGUN);
	return false;
}

/*
 * Datagrams have no order, and anybody can forge a datagram from outside: only
 * the first one of a client inside ends inspection, unless it is a keep-alive.
 */
static void datagram_alien(struct algate_stream *s, struct algate_sender *from,
			   u32 len)
{
	if (len <= KEEPALIVE_MAX)
		return;
	if (!from->begun && s->msg.dir == ALGATE_CLIENT && !s->outside)
		algate_stream_detach(s, ALGATE_C_NOT_BEGUN);
	else
		s->count(s->ctx, ALGATE_C_UNRECOGNISED, 1);
}

/*
 * The message is not the protocol's. Returns whether it counts as a message
 * that no rule matches. An empty line in front of the first message is nothing.
 */
static noinline bool message_alien(struct algate_stream *s,
				   struct algate_sender *from, u32 len)
{
	if (s->msg.proto != IPPROTO_UDP)
		return (len || from->begun) && segment_alien(s, from);
	datagram_alien(s, from, len);
	return false;
}

/* Set the members of @s->msg that differ from message to message. */
static void message_begin(struct algate_stream *s,
			  const struct algate_sender *from, const u8 *data,
			  u32 len, u32 frozen)
{
	struct algate_message *msg = &s->msg;

	msg->data = data;
	msg->len = len;
	msg->frozen = frozen;
	msg->nr = from->nr;
	msg->partial = false;
	msg->early = false;
	msg->first = !from->begun;
	msg->stun = from->stun;
	msg->known = *s->known;
	msg->entries = *s->entries;
}

/*
 * A rule may match @s->msg: run the program from @op, with the cursor @cur and
 * the budget that the result has.
 * False: the message is not the protocol's, and does not count.
 */
static bool message_run(struct algate_stream *s, struct algate_sender *from,
			const struct algate_step *op, u32 cur)
{
	struct algate_result *res = s->result;

	memcpy(res->var, s->var, sizeof(res->var));
	switch (algate_run_on(s->prog, &s->msg, res, op, cur)) {
	case ALGATE_ALIEN:
		return message_alien(s, from, s->msg.len);
	case ALGATE_HANDLED:
		s->matched++;
		if (!message_commit(s, from))
			message_refused(s);
		break;
	case ALGATE_REFUSED:
		/* the budget may be spent before the recogniser's end */
		if (res->budget < 0 && !from->begun &&
		    s->prog->gated[s->msg.dir])
			return message_alien(s, from, s->msg.len);
		s->count(s->ctx, res->why, 1);
		message_refused(s);
		break;
	default:
		break;
	}
	return true;
}

/* The message is complete, and counts. */
static __always_inline void message_done(struct algate_stream *s,
					 struct algate_sender *from)
{
	s->messages++;
	from->nr++;
	if (unlikely(!from->begun))
		from->begun = true;
}

/* Handle a complete message. Comparisons led to step @op, see @path. */
static __always_inline void message_whole(struct algate_stream *s,
					  struct algate_sender *from,
					  const u8 *data, u32 len, u32 frozen,
					  const struct algate_step *op,
					  const struct algate_fast_path *path)
{
	if (!algate_no_match(op)) {
		message_begin(s, from, data, len, frozen);
		s->result->budget = path->budget;
		if (!message_run(s, from, op, path->cur))
			return;
	}
	message_done(s, from);
}

/* Handle a complete message from @dir. */
static __always_inline void message_fast_path(struct algate_stream *s,
					      enum algate_dir dir,
					      struct algate_sender *from,
					      const u8 *data, u32 len,
					      u32 frozen)
{
	struct algate_fast_path path = {
		.prog = s->prog, .data = data, .end = len,
	};
	const struct algate_step *op;

	if (likely(from->begun))
		op = algate_begin(s->prog, s->prog->first, dir, data, len);
	else
		op = &s->prog->step[s->prog->begin[dir]];
	op = algate_fast_path(&path, op);
	message_whole(s, from, data, len, frozen, op, &path);
}

/* Handle the end of a message whose first bytes showed that no rule matches. */
static void message_skip(struct algate_stream *s, struct algate_sender *from)
{
	from->unwanted = false;
	message_done(s, from);
}

/*
 * Run the program on the head of a message. Returns the outcome; ALGATE_ALIEN
 * also if the head is undecided and @final.
 */
static enum algate_outcome message_head(struct algate_stream *s, bool final)
{
	bool gated = s->prog->gated[s->msg.dir];
	enum algate_outcome outcome;

	memcpy(s->result->var, s->var, sizeof(s->result->var));
	outcome = algate_run(s->prog, &s->msg, s->result);
	return gated && final && !s->result->accepted ? ALGATE_ALIEN : outcome;
}

/**
 * algate_message_judge() - compare the head of a message that is not read
 * @s: stream; @s->msg.dir and @s->msg.proto are set
 * @from: sender
 * @p: first bytes of the message
 * @len: number of bytes at @p
 *
 * Return: false if the message is not the protocol's, and does not count as a
 * message that no rule matches.
 */
bool algate_message_judge(struct algate_stream *s, struct algate_sender *from,
			  const u8 *p, u32 len)
{
	u32 max = algate_frame_of(s->prog, p, len)->max;

	if (from->unwanted || !s->prog->gated[s->msg.dir])
		return true;
	message_begin(s, from, p, min_t(u32, len, max), from->released);
	s->msg.partial = true;
	return message_head(s, true) != ALGATE_ALIEN ||
	       message_alien(s, from, len);
}

/*
 * Phones keep NAT open with a few bytes, or STUN (RFC 5626, section 3.5).
 * Browsers send STUN to any port that a web page names.
 */
static bool is_stun(const u8 *p, u32 len)
{
	return len >= STUN_LEN && p[0] <= 3 &&
	       get_unaligned_le32(p + 4) == STUN_COOKIE;
}

/**
 * algate_message_datagram() - run the rules on a datagram: the whole view
 * @s: stream
 * @dir: sender
 *
 * STUN is a keep-alive even if the program would accept it.
 */
void algate_message_datagram(struct algate_stream *s, enum algate_dir dir)
{
	struct algate_sender *from = &s->sender[dir];
	const struct algate_view *v = &s->view;

	s->msg.dir = dir;
	s->msg.proto = IPPROTO_UDP;
	if (unlikely(is_stun(v->data, v->len))) {
		from->stun = true;
		return;
	}
	if (likely(v->len <= s->prog->frame[0].max)) {
		message_fast_path(s, dir, from, v->data, v->len, 0);
		return;
	}
	s->count(s->ctx, ALGATE_C_TOO_LONG, 1);
	algate_message_judge(s, from, v->data, v->len);
}

/* Returns the bytes to skip: to the end of an unread line, or all of a turn. */
static u32 skip_rest(const struct algate_stream *s, struct algate_sender *from,
		     const u8 *p, u32 len)
{
	const u8 *lf = NULL;

	if (!algate_by_turns(s))
		lf = algate_find_byte(p, '\n', len);
	if (!lf)
		return len;
	from->skip = false;
	return lf - p + 1;
}

/*
 * Number of bytes before the framing's length field. A rewrite may change this
 * field, so its bytes may not leave early. Without a length field: the length
 * of the message.
 */
static u32 frame_bound(const struct algate_stream *s,
		       const struct algate_message *msg)
{
	const struct algate_framing *f =
		algate_frame_of(s->prog, msg->data, msg->len);
	struct algate_field field;
	u32 n = msg->len;

	if (f->kind == ALGATE_FRAME_LENGTH)
		return f->offset;
	if (f->kind != ALGATE_FRAME_HEADERS)
		return n;
	algate_frame_field(s->prog, msg->data, msg->len, &field);
	if (field.len)
		return field.off;
	/* the length field may be in the incomplete line */
	while (n && msg->data[n - 1] != '\n')
		n--;
	return n;
}

/*
 * Decide whether to hold the incomplete message. If no rule can match the
 * message, its bytes leave, and its later bytes are not tested again: before
 * the end of the message, another message may change the flow's state, or a new
 * program may be loaded.
 */
static bool message_wait(struct algate_stream *s, struct algate_sender *from)
{
	enum algate_outcome outcome = ALGATE_UNMATCHED;
	struct algate_message *msg = &s->msg;
	bool line = algate_is_line(s, msg->data, msg->len);

	msg->partial = true;
	/* the CR may be part of the line end */
	if (line && msg->len && msg->data[msg->len - 1] == '\r')
		msg->len--;
	if (!from->unwanted)
		outcome = message_head(s, false);
	if (outcome == ALGATE_ALIEN) {
		if (!message_alien(s, from, msg->len))
			return false;
		outcome = ALGATE_UNMATCHED;
	}
	if (outcome != ALGATE_UNMATCHED) {
		s->result->untouched = min_t(u32, s->result->untouched,
					     frame_bound(s, msg));
		return true;
	}
	/*
	 * Framings other than lines must read on to find the end of the
	 * message. So must the first line: if the line is too long, the
	 * inspection ends.
	 */
	s->result->untouched = msg->len;
	from->unwanted = (!line || !from->begun) && !from->ended;
	return from->unwanted;
}

/*
 * Test whether the message of a turn is complete: the rules have a certain
 * outcome, or the message has its maximum length.
 */
static bool turn_over(struct algate_stream *s, struct algate_sender *from,
		      bool final)
{
	struct algate_message *msg = &s->msg;
	enum algate_outcome outcome;

	msg->len = min_t(u32, msg->len, s->prog->frame[0].max);
	msg->early = true;
	msg->partial = !final && msg->len < s->prog->frame[0].max;
	outcome = message_head(s, false);
	from->skip = outcome != ALGATE_NEED_MORE;
	return from->skip;
}

/* Handle the bytes of a turn; returns the number of bytes to hold. */
static noinline u32 turn_run(struct algate_stream *s, struct algate_sender *from,
			     u32 left, bool final)
{
	if (turn_over(s, from, final)) {
		s->result->budget = ALGATE_RUN_STEPS;
		if (message_run(s, from, algate_entry(s->prog, &s->msg), 0))
			message_done(s, from);
		return 0;
	}
	if (left <= s->kept_max)
		return left;
	algate_stream_lose(s, from, from->next, ALGATE_C_TOO_LONG);
	return 0;
}

/*
 * Handle a message without an end; @err: result of algate_frame_cut(). Returns
 * the number of bytes to hold.
 */
static noinline u32 message_open(struct algate_stream *s,
				 struct algate_sender *from, u32 left,
				 bool final, int err)
{
	const u8 *p = s->msg.data;
	enum algate_counter why;

	if (err == -EMSGSIZE) {
		why = ALGATE_C_TOO_LONG;
		if (!algate_message_pass(s, from, p, left, from->next, why) &&
		    algate_message_judge(s, from, p, left))
			algate_stream_lose(s, from, from->next, why);
		return 0;
	}
	if (err != ALGATE_MORE) {
		if (algate_message_judge(s, from, p, left))
			algate_stream_unreadable(s, from, ALGATE_C_BAD_FRAME);
		return 0;
	}
	if (!message_wait(s, from)) {
		/* count the message like a complete message */
		from->nr++;
		from->skip = true;
		return 0;
	}
	if (!final && left <= s->kept_max)
		return left;
	why = final ? ALGATE_C_FAIL_OPEN : ALGATE_C_TOO_LONG;
	if (!algate_message_pass(s, from, p, left, from->next, why))
		algate_stream_lose(s, from, from->next, why);
	return 0;
}

/**
 * algate_message_parse() - cut the view into messages, run the rules on each
 * @s: stream
 * @dir: sender
 * @final: no more bytes will follow
 *
 * Reads from algate_sender.next to the end of @s->view. If algate_sender.next
 * lies outside the view, the caller has a bug: the function reads nothing, and
 * the inspection ends.
 *
 * Return: length of the incomplete message to hold, in bytes. The message
 * starts at algate_sender.next.
 */
u32 algate_message_parse(struct algate_stream *s, enum algate_dir dir,
			 bool final)
{
	struct algate_sender *from = &s->sender[dir];
	u32 to = s->view.seq + s->view.len;
	u32 frozen = from->released;
	u32 tail = 0;

	if (from->next - s->view.seq > s->view.len) {
		algate_stream_detach(s, ALGATE_C_BAD_FRAME);
		return 0;
	}
	s->msg.dir = dir;
	s->msg.proto = IPPROTO_TCP;
	while (algate_before(from->next, to) && !tail) {
		const u8 *p = s->view.data + (from->next - s->view.seq);
		u32 left = to - from->next;
		int err;

		if (from->ended) {
			from->next = to;
			break;
		}
		if (from->skip) {
			from->next += skip_rest(s, from, p, left);
			continue;
		}
		if (algate_by_turns(s)) {
			message_begin(s, from, p, left, frozen);
			tail = turn_run(s, from, left, final);
			continue;
		}
		if (algate_frame_second(s->prog, p[0]))
			from->mixed = true;
		err = algate_frame_cut(s->prog, p, left, &s->cut);
		if (err) {
			message_begin(s, from, p, left, frozen);
			tail = message_open(s, from, left, final, err);
			continue;
		}
		if (from->unwanted)
			message_skip(s, from);
		else
			message_fast_path(s, dir, from, p, s->cut.len, frozen);
		frozen = 0;
		from->next += s->cut.total;
		if (s->prog->frame[0].kind == ALGATE_FRAME_FIRST)
			from->ended = true;
	}
	return tail;
}

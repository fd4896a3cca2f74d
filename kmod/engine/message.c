// SPDX-License-Identifier: GPL-2.0
/*
 * The bytes at hand: cut into messages; run, commit, and what these become.
 */
#include "look.h"
#include "patch.h"

/* Rewritings of a direction that wait for their acknowledgment. */
#define PATCHES_MAX	256

/* A value's text, for IPv4: "255.255.255.255:65535" is the longest one. */
#define VALUE_MAX_IP4	24

/*
 * Bytes that values may come to: those of the edits that are there, of what is
 * to be opened or translated, and of the lengths that follow. 0: no edits.
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
	/* one more: the framing's */
	return len + (n + 2 * result->nadjusts + 1) * each;
}

/* Bytes in front of @s->msg that the patch for it begins with. */
static u32 room_before(const struct algate_stream *s)
{
	const struct algate_patch *fresh = s->fresh;
	u32 seq = s->view.seq + (u32)(s->msg.data - s->view.data);

	return fresh ? fresh->new_len + seq - (fresh->seq + fresh->old_len) : 0;
}

/* What comes in front of a message's first edit, since @p continues another. */
static void patch_continue(struct algate_stream *s, struct algate_half *half,
			   struct algate_patch *p, u32 first)
{
	struct algate_patch *fresh = s->fresh;
	u32 done = fresh->seq + fresh->old_len;

	memcpy(p->bytes, fresh->bytes, fresh->new_len);
	memcpy(p->bytes + fresh->new_len,
	       s->view.data + (done - s->view.seq), first - done);
	p->new_len = fresh->new_len + (first - done);
	p->seq = fresh->seq;
	p->before = fresh->before;
	half->patch = fresh->next;
	algate_patch_free(fresh, s->spare);
}

/*
 * The message at @seq, edited, becomes a patch: from its first edit to its
 * last. When one was made by this same segment, it is continued, so that a
 * segment has one: conntrack takes one correction for a packet.
 */
static void patch_add(struct algate_stream *s, struct algate_half *half,
		      struct algate_patch *p, u32 seq)
{
	const struct algate_result *result = s->result;
	const struct algate_edit *first = &result->edit[0];
	const struct algate_edit *last = &result->edit[result->nedits - 1];

	p->seq = seq + first->off;
	p->before = half->delta;
	p->new_len = 0;
	if (s->fresh)
		patch_continue(s, half, p, seq + first->off);
	p->new_len += algate_edit_gather(result, s->msg.data,
					 p->bytes + p->new_len);
	p->old_len = seq + last->off + last->len - p->seq;
	p->next = half->patch;
	half->patch = p;
	half->delta = p->before + (s32)(p->new_len - p->old_len);
	s->fresh = p;
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
	s->half[ALGATE_CLIENT].ended = true;
	s->half[ALGATE_SERVER].ended = true;
}

/* A receiver that acknowledges nothing must not fill the memory. */
static bool patch_full(const struct algate_half *half)
{
	const struct algate_patch *p;
	u32 n = 0;

	for (p = half->patch; p; p = p->next)
		if (++n == PATCHES_MAX)
			return true;
	return false;
}

/* The tables' entries are made when the first one is written. */
static bool memo_room(struct algate_stream *s)
{
	u32 n = s->prog->first_memo[s->prog->ntables];

	if (!s->result->nnotes || *s->memo)
		return true;
	*s->memo = algate_alloc_atomic(n * sizeof(**s->memo));
	if (*s->memo)
		memset(*s->memo, 0, n * sizeof(**s->memo));
	return *s->memo;
}

/* @room takes what becomes of @s->msg, which @values may come to, if any. */
static void message_rewrite(struct algate_stream *s, struct algate_half *half,
			    struct algate_patch *room, u32 values)
{
	const struct algate_message *msg = &s->msg;
	u32 seq = s->view.seq + (u32)(msg->data - s->view.data);
	const struct algate_result *res = s->result;
	s32 delta = half->delta;

	if (same_after(res, msg->data) || res->size > (int)(msg->len + values)) {
		algate_patch_free(room, s->spare);
		return;
	}
	patch_add(s, half, room, seq);
	delta = half->delta - delta;
	s->rewritten++;
	if (delta)
		s->count(s->ctx, delta < 0 ? ALGATE_C_SHRUNK : ALGATE_C_GROWN,
			 delta < 0 ? -delta : delta);
}

/* What @s->msg asks for; its rewriting joins the segment's others. */
static noinline void message_handled(struct algate_stream *s,
				     struct algate_half *half)
{
	const struct algate_message *msg = &s->msg;
	struct algate_result *res = s->result;
	u32 values = values_max(msg, res);
	struct algate_patch *room = NULL;

	s->matched++;
	if (values && !patch_full(half))
		room = algate_patch_alloc(room_before(s) + msg->len + values,
					  s->spare);
	if ((values && !room) || !memo_room(s)) {
		s->count(s->ctx, ALGATE_C_NO_MEMORY, 1);
		algate_patch_free(room, s->spare);
		return;
	}
	if (!s->commit(s->ctx, msg, res)) {
		algate_patch_free(room, s->spare);
		return;
	}
	memcpy(s->var, res->var, sizeof(res->var));
	if (res->nnotes)
		algate_memo_apply(s->prog, res, msg->now, *s->memo);
	if (room)
		message_rewrite(s, half, room, values);
	if (res->stop)
		stream_stop(s);
}

/* What @s->msg has of its own. */
static void message_begin(struct algate_stream *s,
			  const struct algate_half *half, const u8 *data,
			  u32 len, u32 frozen)
{
	struct algate_message *msg = &s->msg;

	msg->data = data;
	msg->len = len;
	msg->frozen = frozen;
	msg->nr = half->nr;
	msg->partial = false;
	msg->early = false;
	msg->known = *s->known;
	msg->memo = *s->memo;
}

/* A rule may want @s->msg: its program is looked at up to @op. */
static void message_run(struct algate_stream *s, struct algate_half *half,
			const struct algate_step *op, u32 cur)
{
	struct algate_result *res = s->result;

	memcpy(res->var, s->var, sizeof(res->var));
	switch (algate_run_on(s->prog, &s->msg, res, op, cur)) {
	case ALGATE_HANDLED:
		message_handled(s, half);
		break;
	case ALGATE_REFUSED:
		s->count(s->ctx, res->why, 1);
		break;
	default:
		break;
	}
}

/* A message that is complete, looked at up to @op */
static __always_inline void message_whole(struct algate_stream *s,
					  struct algate_half *half,
					  const u8 *data, u32 len, u32 frozen,
					  const struct algate_step *op, u32 cur)
{
	if (!algate_is_dull(op)) {
		message_begin(s, half, data, len, frozen);
		message_run(s, half, op, cur);
	}
	s->messages++;
	half->nr++;
}

/* A message that is complete, from @dir */
static __always_inline void message_look(struct algate_stream *s,
					 enum algate_dir dir,
					 struct algate_half *half,
					 const u8 *data, u32 len, u32 frozen)
{
	struct algate_look look = {
		.prog = s->prog, .data = data, .end = len,
	};
	const struct algate_step *op;

	op = algate_look(&look, algate_begin(s->prog, s->prog->first, dir,
					     data, len));
	message_whole(s, half, data, len, frozen, op, look.cur);
}

/* The end of a message that no rule wanted when less of it was there */
static void message_skip(struct algate_stream *s, struct algate_half *half)
{
	half->unwanted = false;
	s->messages++;
	half->nr++;
}

/**
 * algate_stream_line() - what becomes of a segment that is a line
 * @s: the flow's program, state and callbacks; algate_glance() has just said
 *	where in the line it has come to, and that it is all of the segment
 * @dir: who sent it
 * @data: the segment's payload, which nobody else writes to
 * @out: as algate_stream_segment() does, but for @out->ack and @out->no_sack:
 *	the segment needs neither; it is not ALGATE_HOLD
 *
 * Any context; the caller serialises calls for a flow.
 */
void algate_stream_line(struct algate_stream *s, enum algate_dir dir,
			const u8 *data, struct algate_splice *out)
{
	struct algate_half *half = &s->half[dir];
	u32 seq = half->next;

	algate_view_set(s, data, seq, s->spot.cut.total);
	s->msg.dir = dir;
	s->msg.proto = IPPROTO_TCP;
	message_whole(s, half, data, s->spot.cut.len, 0, s->spot.op,
		      s->spot.cur);
	half->next += s->spot.cut.total;
	half->ahead = 0;
	out->move = ALGATE_PASS;
	out->seq = seq;
	out->temp = NULL;
	out->fix_delta = 0;
	if (s->fresh)
		algate_splice_fresh(out, s->fresh, seq);
}

/**
 * algate_message_datagram() - the bytes at hand are a message
 * @s: stream
 * @dir: who sent it
 */
void algate_message_datagram(struct algate_stream *s, enum algate_dir dir)
{
	struct algate_half *half = &s->half[dir];

	s->msg.dir = dir;
	s->msg.proto = IPPROTO_UDP;
	message_look(s, dir, half, s->view.data, s->view.len, 0);
}

/* To the end of a line gone by unread, or of what is left of a turn. */
static u32 skip_rest(const struct algate_stream *s, struct algate_half *half,
		     const u8 *p, u32 len)
{
	const u8 *lf = NULL;

	if (!algate_by_turns(s))
		lf = algate_find_byte(p, '\n', len);
	if (!lf)
		return len;
	half->skip = false;
	return lf - p + 1;
}

/* Bytes in front of the length field, which rewriting may change. */
static u32 frame_floor(const struct algate_stream *s,
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
	/* it may be in the line that is not complete */
	while (n && msg->data[n - 1] != '\n')
		n--;
	return n;
}

/*
 * Could the incomplete message still concern a rule? If not, that is settled:
 * its bytes leave, so they cannot be rewritten when another message has changed
 * the flow's state or another program has come before the end is there.
 */
static bool stream_cares(struct algate_stream *s, struct algate_half *half)
{
	struct algate_message *msg = &s->msg;

	msg->partial = true;
	/* the CR may belong to the line's end */
	if (algate_by_lines(s) && msg->len && msg->data[msg->len - 1] == '\r')
		msg->len--;
	memcpy(s->result->var, s->var, sizeof(s->result->var));
	if (!half->unwanted &&
	    algate_run(s->prog, msg, s->result) != ALGATE_UNMATCHED) {
		s->result->untouched = min_t(u32, s->result->untouched,
					     frame_floor(s, msg));
		return true;
	}
	/* of other framings the end is found by reading on */
	s->result->untouched = msg->len;
	half->unwanted = !algate_by_lines(s) && !half->ended;
	return half->unwanted;
}

/*
 * A turn's message is over when the rules are certain about it, or its
 * longest length is there. False: they are not.
 */
static bool turn_over(struct algate_stream *s, struct algate_half *half,
		      bool final)
{
	struct algate_message *msg = &s->msg;
	enum algate_outcome outcome;

	msg->len = min_t(u32, msg->len, s->prog->frame[0].max);
	msg->early = true;
	msg->partial = !final && msg->len < s->prog->frame[0].max;
	memcpy(s->result->var, s->var, sizeof(s->result->var));
	outcome = algate_run(s->prog, msg, s->result);
	half->skip = outcome != ALGATE_NEED_MORE;
	return half->skip;
}

/* A turn's bytes; likewise returns how many are to be kept. */
static noinline u32 turn_run(struct algate_stream *s, struct algate_half *half,
			     u32 left, bool final)
{
	const struct algate_prog *prog = s->prog;

	if (turn_over(s, half, final)) {
		message_run(s, half, &prog->step[prog->entry[s->msg.dir]], 0);
		s->messages++;
		half->nr++;
		return 0;
	}
	if (left <= s->kept_max)
		return left;
	algate_stream_lose(s, half, half->next, ALGATE_C_TOO_LONG);
	return 0;
}

/* There is no end of a message, for @err. Likewise. */
static noinline u32 message_open(struct algate_stream *s,
				 struct algate_half *half, u32 left,
				 bool final, int err)
{
	if (err == -EMSGSIZE) {
		algate_stream_lose(s, half, half->next, ALGATE_C_TOO_LONG);
		return 0;
	}
	if (err != ALGATE_MORE) {
		algate_stream_detach(s, ALGATE_C_BAD_FRAME);
		return 0;
	}
	if (!stream_cares(s, half)) {
		/* counted as it would be if it had come whole */
		half->nr++;
		half->skip = true;
		return 0;
	}
	if (!final && left <= s->kept_max)
		return left;
	algate_stream_lose(s, half, half->next,
			   final ? ALGATE_C_FAIL_OPEN : ALGATE_C_TOO_LONG);
	return 0;
}

/**
 * algate_message_parse() - cut the bytes at hand into messages and run them
 * @s: stream
 * @dir: who sent them
 * @final: no more will follow
 *
 * From half->next to the end of @s->view. A position outside of the view is a
 * caller's mistake: there is nothing to read, and the stream is given up.
 *
 * Return: how many bytes at the end are to be kept; half->next is then where
 * these begin.
 */
u32 algate_message_parse(struct algate_stream *s, enum algate_dir dir,
			 bool final)
{
	struct algate_half *half = &s->half[dir];
	u32 end = s->view.seq + s->view.len;
	u32 frozen = half->released;
	u32 tail = 0;

	if (half->next - s->view.seq > s->view.len) {
		algate_stream_detach(s, ALGATE_C_BAD_FRAME);
		return 0;
	}
	s->msg.dir = dir;
	s->msg.proto = IPPROTO_TCP;
	if (s->spot.op) {
		message_whole(s, half, s->view.data, s->spot.cut.len, 0,
			      s->spot.op, s->spot.cur);
		half->next += s->spot.cut.total;
		frozen = 0;
	}
	while (half->next != end && !tail) {
		const u8 *p = s->view.data + (half->next - s->view.seq);
		u32 left = end - half->next;
		int err;

		if (half->ended) {
			half->next = end;
			break;
		}
		if (half->skip) {
			half->next += skip_rest(s, half, p, left);
			continue;
		}
		if (algate_by_turns(s)) {
			message_begin(s, half, p, left, frozen);
			tail = turn_run(s, half, left, final);
			continue;
		}
		err = algate_frame_cut(s->prog, p, left, &s->cut);
		if (err) {
			message_begin(s, half, p, left, frozen);
			tail = message_open(s, half, left, final, err);
			continue;
		}
		if (half->unwanted)
			message_skip(s, half);
		else
			message_look(s, dir, half, p, s->cut.len, frozen);
		frozen = 0;
		half->next += s->cut.total;
		if (s->prog->frame[0].kind == ALGATE_FRAME_FIRST)
			half->ended = true;
	}
	return tail;
}

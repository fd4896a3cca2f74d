// SPDX-License-Identifier: GPL-2.0
/*
 * One message: run, commit, and what it becomes.
 */
#include "patch.h"

/* Rewritings of a direction that wait for their acknowledgment. */
#define PATCHES_MAX	256

/*
 * Room for the message at @seq in the newest patch, or in a new one. When a
 * patch was made by this same segment (@fresh), it is continued, so that a
 * segment has one: conntrack takes one correction for a packet.
 */
static struct algate_patch *patch_room(const struct algate_patch *fresh,
				       const struct algate_result *result,
				       u32 seq, u32 len)
{
	u32 edits = result->nedits + 3 * result->nintents +
		    2 * result->nadjusts + 1;
	u32 gap = fresh ? seq - (fresh->seq + fresh->old_len) : 0;
	u32 have = fresh ? fresh->new_len + gap : 0;

	return algate_patch_alloc(have + len + edits * ALGATE_VALUE_MAX);
}

/*
 * The message of @len bytes at @seq, edited, becomes a patch: from its first
 * edit to its last, and all since @fresh.
 */
static void patch_add(struct algate_half *half, struct algate_patch *p,
		      struct algate_patch *fresh,
		      const struct algate_view *view, u32 seq, u32 len,
		      const struct algate_result *result)
{
	const struct algate_edit *first = &result->edit[0];
	const struct algate_edit *last = &result->edit[result->nedits - 1];
	const u8 *data = view->data + (seq - view->seq);
	u32 end = last->off + last->len;
	u32 from = first->off;
	u32 made;

	p->seq = seq + from;
	p->before = half->delta;
	if (fresh) {
		u32 done = fresh->seq + fresh->old_len;

		p->seq = fresh->seq;
		p->before = fresh->before;
		memcpy(p->bytes, fresh->bytes, fresh->new_len);
		memcpy(p->bytes + fresh->new_len,
		       view->data + (done - view->seq), seq - done);
		p->new_len = fresh->new_len + (seq - done);
		from = 0;
		half->patch = fresh->next;
		algate_free(fresh);
	}
	made = algate_edit_apply(result, data, len, p->bytes + p->new_len);
	made -= len - end;
	memmove(p->bytes + p->new_len, p->bytes + p->new_len + from,
		made - from);
	p->new_len += made - from;
	p->old_len = seq + end - p->seq;
	p->next = half->patch;
	half->patch = p;
	half->delta = p->before + (s32)(p->new_len - p->old_len);
}

static bool same_after(const struct algate_result *result, const u8 *data)
{
	unsigned int i;

	for (i = 0; i < result->nedits; i++) {
		const struct algate_edit *e = &result->edit[i];

		if (e->n != e->len || memcmp(e->text, data + e->off, e->n))
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

/**
 * algate_stream_message() - run, commit, rewrite
 * @s: stream
 * @half: the sender's direction
 * @fresh: the patch that this same segment made before, or NULL
 * @view: the bytes at hand
 * @msg: message, which lies in there
 *
 * Return: the patch that came of it, or @fresh as it was.
 */
struct algate_patch *algate_stream_message(struct algate_stream *s,
					   struct algate_half *half,
					   struct algate_patch *fresh,
					   const struct algate_view *view,
					   const struct algate_message *msg)
{
	struct algate_result *res = s->result;
	u32 seq = view->seq + (u32)(msg->data - view->data);
	struct algate_patch *room = NULL;
	s32 delta;

	s->count(s->ctx, ALGATE_C_MESSAGES, 1);
	memcpy(res->var, s->var, sizeof(res->var));
	switch (algate_run(s->prog, msg, res)) {
	case ALGATE_HANDLED:
		break;
	case ALGATE_REFUSED:
		s->count(s->ctx, res->why, 1);
		return fresh;
	default:
		return fresh;
	}
	s->count(s->ctx, ALGATE_C_MATCHED, 1);
	if (res->nintents || res->nedits)
		room = patch_full(half) ? NULL :
		       patch_room(fresh, res, seq, msg->len);
	if ((!room && (res->nintents || res->nedits)) || !memo_room(s)) {
		s->count(s->ctx, ALGATE_C_NO_MEMORY, 1);
		algate_free(room);
		return fresh;
	}
	if (!s->commit(s->ctx, msg, res)) {
		algate_free(room);
		return fresh;
	}
	memcpy(s->var, res->var, sizeof(res->var));
	if (res->nnotes)
		algate_memo_apply(s->prog, res, s->now, *s->memo);
	if (room && res->nedits && !same_after(res, msg->data) &&
	    algate_edit_size(res, msg->len) >= 0) {
		delta = half->delta;
		patch_add(half, room, fresh, view, seq, msg->len, res);
		delta = half->delta - delta;
		s->count(s->ctx, ALGATE_C_REWRITTEN, 1);
		s->count(s->ctx, delta < 0 ? ALGATE_C_SHRUNK : ALGATE_C_GROWN,
			 delta < 0 ? -delta : delta);
		fresh = room;
	} else {
		algate_free(room);
	}
	if (res->stop)
		stream_stop(s);
	return fresh;
}

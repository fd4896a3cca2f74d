// SPDX-License-Identifier: GPL-2.0
/*
 * Iterates over the parts of a message, for the instructions EACH, PART, TURN.
 */
#include "parts.h"

static int malformed(void)
{
	return -EINVAL;
}

static int part_prefixed(struct algate_stroll *s, const u8 *data)
{
	struct algate_cut cut;
	int err;

	if (s->next == s->end)
		return over(s);
	err = algate_frame_prefixed(&s->walk->prefix, data + s->next,
				    s->end - s->next, &cut);
	if (err == ALGATE_MORE && s->partial)
		return err;
	if (err)
		return malformed();
	s->part = s->next;
	s->next += cut.total;
	s->part_end = s->next;
	return PART;
}

/*
 * Read the header of the BER element at @at (X.690, 8.1). Its contents lie at
 * [*@content, *@end). Only definite lengths are accepted.
 */
static int ber_header(const u8 *data, u32 at, u32 limit, u32 *content, u32 *end)
{
	u32 len = 0;
	u8 n;

	/* tag number 31: the tag continues while the top bit is set */
	if (limit - at < 2)
		return malformed();
	if ((data[at++] & 0x1f) == 0x1f)
		while (data[at++] & 0x80)
			if (at == limit)
				return malformed();
	if (at == limit)
		return malformed();
	n = data[at++];
	if (n < 0x80) {
		len = n;
	} else {
		n &= 0x7f;
		if (!n || n > 4 || n > limit - at)
			return malformed();
		for (; n; n--)
			len = len << 8 | data[at++];
	}
	if (len > limit - at)
		return malformed();
	*content = at;
	*end = at + len;
	return 0;
}

/* Depth first: enter constructed elements; each primitive element is a part. */
static int part_ber(struct algate_stroll *s, const u8 *data)
{
	for (;;) {
		u32 limit, content, end;
		bool constructed;

		while (s->depth && s->next == s->limit[s->depth - 1])
			s->depth--;
		limit = s->depth ? s->limit[s->depth - 1] : s->end;
		if (s->next == limit)
			return over(s);
		if (s->partial)
			return ALGATE_MORE;
		constructed = data[s->next] & 0x20;
		if (ber_header(data, s->next, limit, &content, &end))
			return malformed();
		if (!constructed) {
			s->part = s->next;
			s->part_end = end;
			s->next = end;
			return PART;
		}
		if (s->depth == ALGATE_BER_DEPTH)
			return malformed();
		s->limit[s->depth++] = end;
		s->next = content;
	}
}

static int part_repeat(struct algate_stroll *s)
{
	if (s->stuck || s->turns == s->walk->max)
		return OVER;
	if (s->next == s->end)
		return over(s);
	s->part = s->next;
	s->part_end = s->end;
	return PART;
}

static int find_part(const struct algate_prog *prog, struct algate_stroll *s,
		     const u8 *data)
{
	switch (s->walk->kind) {
	case ALGATE_WALK_LINE:
		return part_line(prog, s, data);
	case ALGATE_WALK_HEADER:
		return part_header(s, data);
	case ALGATE_WALK_ITEM:
		return part_item(s, data, s->walk->sep);
	case ALGATE_WALK_PREFIXED:
		return part_prefixed(s, data);
	case ALGATE_WALK_BER:
		return part_ber(s, data);
	default:
		return part_repeat(s);
	}
}

/**
 * algate_walk_part() - find the next part
 * @prog: verified program with the walk
 * @s: iterator; @s->part, @s->part_end and @s->next are set
 * @data: the message
 *
 * Context: Any context.
 *
 * Return: 1: found a part; 0: no more parts; ALGATE_MORE: the answer depends on
 * bytes still to come; -EINVAL: malformed part, or more parts than the walk
 * allows.
 */
int algate_walk_part(const struct algate_prog *prog, struct algate_stroll *s,
		     const u8 *data)
{
	return count_part(s, find_part(prog, s, data));
}

/**
 * algate_run_enter() - EACH: begin a walk at the cursor
 * @r: run
 * @each: the instruction
 *
 * Context: Any context.
 */
void algate_run_enter(struct run *r, const struct algate_step *each)
{
	/* V12: at most ALGATE_MAX_DEPTH deep */
	struct algate_stroll *s = ++r->stroll;

	if (s == r->result->stroll + 1)
		r->far = r->prog->insn[each - r->prog->step].far;
	s->walk = &r->prog->walk[each->imm];
	s->lo = r->lo;
	s->end = r->end;
	s->there = r->msg->len;
	s->next = r->cur;
	s->part = r->cur;
	s->turns = 0;
	s->partial = r->partial;
	s->stuck = false;
	s->depth = 0;
}

/**
 * algate_run_leave() - handle the lack of a further part
 * @r: run; restored to the window around the walk if the walk is over
 * @from: offset at which the next part was searched
 * @ret: result of algate_walk_part(), 0 or negative
 *
 * Context: Any context.
 *
 * Return: FAIL: the walk is over; MORE; REFUSE: malformed.
 */
int algate_run_leave(struct run *r, u32 from, int ret)
{
	struct algate_stroll *s = r->stroll;

	if (ret < 0) {
		r->cur = from;
		return ret == ALGATE_MORE ? MORE :
			algate_run_refuse(r, ALGATE_C_MALFORMED);
	}
	r->stroll--;
	r->lo = s->lo;
	r->end = s->end;
	r->cur = s->next;
	r->partial = s->partial;
	return FAIL;
}

/* Does the walk's end marker stand at the next line? False if unsure. */
static __always_inline bool is_last(const struct run *r,
				    const struct algate_stroll *s,
				    const struct algate_step *op)
{
	return op->len && (s32)s->next <= r->words &&
	       op->len <= s->end - s->next &&
	       !((get_unaligned_le64(r->data + s->next) ^ op->word) & op->mask);
}

/*
 * Look up the part [@at, @end) by its first bytes. FAIL: no rule matches, GO:
 * continue at r->to, NEXT: the table does not decide.
 */
static __always_inline int first_bytes(struct run *r,
				       const struct algate_step *op, u32 at,
				       u32 end)
{
	const struct algate_step *to;
	u8 known;

	if (!op->in)
		return NEXT;
	known = op->in[at == end ? ALGATE_NO_BYTE : r->data[at]];
	if (known & ALGATE_PART_SKIP)
		return FAIL;
	if (!known)
		return NEXT;
	to = op + known;
	/* the only literal left differs, so the part ends */
	if (to->op == ALGATE_OP_LIT && to->fail == op && (s32)at <= r->words &&
	    (get_unaligned_le64(r->data + at) ^ to->word) & to->mask)
		return FAIL;
	r->to = to;
	return GO;
}

static __always_inline int run_part(struct run *r,
				    const struct algate_step *op, u8 kind)
{
	struct algate_stroll *s = r->stroll;
	int ret;

	do {
		u32 from = s->next;

		if (kind == ALGATE_WALK_ITEM)
			ret = part_item(s, r->data, op->byte[0]);
		else if (kind == ALGATE_WALK_LINE && is_last(r, s, op))
			ret = OVER;
		else if (kind == ALGATE_WALK_LINE)
			ret = part_line(r->prog, s, r->data);
		else
			ret = find_part(r->prog, s, r->data);
		ret = count_part(s, ret);
		STEP(r, s->next - from + (s->walk->until >> 16));
		if (ret != PART)
			return algate_run_leave(r, from, ret);
		ret = first_bytes(r, op, s->part, s->part_end);
	} while (ret == FAIL);
	r->lo = s->part;
	r->cur = s->part;
	r->end = s->part_end;
	r->partial = kind == ALGATE_WALK_REPEAT && s->partial;
	return ret;
}

static noinline int run_item(struct run *r, const struct algate_step *op)
{
	return run_part(r, op, ALGATE_WALK_ITEM);
}

static noinline int run_any_line(struct run *r, const struct algate_step *op)
{
	return run_part(r, op, ALGATE_WALK_LINE);
}

/* Fast path for complete lines whose LF line_end() finds at once */
static noinline int run_line(struct run *r, const struct algate_step *op)
{
	struct algate_stroll *s = r->stroll;
	const u8 *data = r->data;
	u32 at = s->next;
	u32 turns = s->turns;
	u32 next, text;
	int ret;

	for (; turns != s->walk->max && (s32)at <= r->words;
	     turns++, at = next) {
		if (op->len &&
		    !((get_unaligned_le64(data + at) ^ op->word) & op->mask))
			break;
		next = line_end(data, at, r->words, s->end);
		if (!next)
			break;
		text = next - 1;
		if (text > at && data[text - 1] == '\r')
			text--;
		STEP(r, next - at + (s->walk->until >> 16));
		ret = first_bytes(r, op, at, text);
		if (ret == FAIL)
			continue;
		s->turns = turns + 1;
		s->part = at;
		s->next = next;
		r->lo = at;
		r->cur = at;
		r->end = text;
		r->partial = false;
		return ret;
	}
	s->turns = turns;
	s->next = at;
	return run_any_line(r, op);
}

static noinline int run_other(struct run *r, const struct algate_step *op)
{
	return run_part(r, op, op->a);
}

/**
 * algate_run_part() - PART: go to the next part that a rule may match
 * @r: run; its window becomes the part, or the window around the walk
 * @op: the instruction
 *
 * Context: Any context.
 *
 * Return: NEXT or GO: found a part; FAIL: the walk is over; MORE; REFUSE.
 */
int algate_run_part(struct run *r, const struct algate_step *op)
{
	switch (op->a) {
	case ALGATE_WALK_ITEM:
		return run_item(r, op);
	case ALGATE_WALK_LINE:
		/* part_line() compares an end marker of more than 8 bytes */
		if (op->len || !r->stroll->walk->until)
			return run_line(r, op);
		return run_any_line(r, op);
	case ALGATE_WALK_HEADER:
		return algate_run_header(r, op);
	default:
		return run_other(r, op);
	}
}

/**
 * algate_run_turn() - TURN: end of a part
 * @r: run
 *
 * REPEAT continues at the cursor; other walks have found the next part's start
 * already.
 *
 * Context: Any context.
 */
void algate_run_turn(struct run *r)
{
	struct algate_stroll *s = r->stroll;

	if (s->walk->kind != ALGATE_WALK_REPEAT)
		return;
	s->stuck = r->cur == s->part;
	s->next = r->cur;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Iterates over the elements of a message: the instructions EACH, NEXT, LOOP.
 */
#include "compare.h"
#include "element.h"

static int malformed(void)
{
	return -EINVAL;
}

static int element_prefixed(struct algate_iter *s, const u8 *data)
{
	struct algate_cut cut;
	int err;

	if (s->next == s->end)
		return over(s);
	err = algate_frame_prefixed(&s->loop->prefix, data + s->next,
				    s->end - s->next, &cut);
	if (err == ALGATE_MORE && s->partial)
		return err;
	if (err)
		return malformed();
	s->element = s->next;
	s->next += cut.total;
	s->element_end = s->next;
	return FOUND;
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

/* Depth first: enter constructed elements, and return the primitive ones. */
static int element_ber(struct algate_iter *s, const u8 *data)
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
			s->element = s->next;
			s->element_end = end;
			s->next = end;
			return FOUND;
		}
		if (s->depth == ALGATE_BER_DEPTH)
			return malformed();
		s->limit[s->depth++] = end;
		s->next = content;
	}
}

static int element_repeat(struct algate_iter *s)
{
	if (s->stuck || s->count == s->loop->max)
		return OVER;
	if (s->next == s->end)
		return over(s);
	s->element = s->next;
	s->element_end = s->end;
	return FOUND;
}

static int element_within(struct algate_iter *s)
{
	if (s->next == s->limit[0])
		return OVER;
	s->element = s->next;
	s->element_end = s->limit[0];
	s->next = s->limit[0];
	return FOUND;
}

static bool bit_at(const u8 *data, u32 bit)
{
	return data[bit / 8] >> (7 - bit % 8) & 1;
}

/* enter_additions() has found the contents of all additions in the window. */
static int element_addition(struct algate_iter *s, const u8 *data)
{
	u32 len;

	while (s->bit < s->bits) {
		s->addition++;
		if (!bit_at(data, s->bit++))
			continue;
		s->element = s->next + algate_per_length(data + s->next,
							 s->end - s->next, &len);
		s->element_end = s->element + len;
		s->next = s->element_end;
		return FOUND;
	}
	return OVER;
}

static int find_element(const struct algate_prog *prog, struct algate_iter *s,
			const u8 *data)
{
	switch (s->loop->kind) {
	case ALGATE_LOOP_LINE:
		return element_line(prog, s, data);
	case ALGATE_LOOP_HEADER:
		return element_header(s, data);
	case ALGATE_LOOP_ITEM:
		return element_item(s, data, s->loop->sep);
	case ALGATE_LOOP_PREFIXED:
		return element_prefixed(s, data);
	case ALGATE_LOOP_BER:
		return element_ber(s, data);
	case ALGATE_LOOP_WITHIN:
		return element_within(s);
	case ALGATE_LOOP_ADDITION:
		return element_addition(s, data);
	default:
		return element_repeat(s);
	}
}

/**
 * algate_iter_next() - find the next element
 * @prog: verified program with the loop
 * @s: iterator; @s->element, @s->element_end and @s->next are set
 * @data: the message
 *
 * Context: Any context.
 *
 * Return: 1: found an element; 0: no more elements; ALGATE_MORE: the answer
 * depends on bytes still to come; -EINVAL: malformed element; -E2BIG: more
 * elements than the loop allows.
 */
int algate_iter_next(const struct algate_prog *prog, struct algate_iter *s,
		     const u8 *data)
{
	return count_element(s, find_element(prog, s, data));
}

/* The bytes of a loop end before the window does: wait or refuse. */
static int enter_short(struct run *r)
{
	return r->partial ? MORE : algate_run_refuse(r, ALGATE_C_MALFORMED);
}

static int enter_within(struct run *r, struct algate_iter *s, u32 len)
{
	if (len > r->end - r->cur)
		return enter_short(r);
	s->limit[0] = r->cur + len;
	return PASS;
}

/*
 * X.691, 19.7 to 19.9: the number of bits less 1, in six bits behind a 0; the
 * bitmap; and for each bit that is set, an open type, which begins with its
 * length at a whole byte. Behind a 1, a number above 64 would follow.
 */
static int enter_additions(struct run *r, struct algate_iter *s)
{
	u32 bit = algate_run_position(r, r->cur);
	const u8 *data = r->data;
	u32 at, len, i;
	int n;

	SPEND(r, 2 * ALGATE_MAX_ADDITIONS);
	if (bit / 8 >= r->end)
		return enter_short(r);
	if (bit_at(data, bit))
		return algate_run_refuse(r, ALGATE_C_MALFORMED);
	if ((bit + 7 + 7) / 8 > r->end)
		return enter_short(r);
	for (len = 0, i = 1; i < 7; i++)
		len = len << 1 | bit_at(data, bit + i);
	s->bit = bit + 7;
	s->bits = s->bit + len + 1;
	at = (s->bits + 7) / 8;
	if (at > r->end)
		return enter_short(r);
	s->next = at;
	s->addition = 255;
	for (i = s->bit; i < s->bits; i++) {
		if (!bit_at(data, i))
			continue;
		n = algate_per_length(data + at, r->end - at, &len);
		if (n == -EINVAL)
			return algate_run_refuse(r, ALGATE_C_MALFORMED);
		if (n < 0 || len > r->end - at - n)
			return enter_short(r);
		at += n + len;
	}
	return PASS;
}

/**
 * algate_run_enter() - EACH, WITHIN: begin a loop at the cursor
 * @r: run
 * @each: the instruction
 *
 * Context: Any context.
 *
 * Return: PASS; MORE or REFUSE if the loop does not end in the window.
 */
int algate_run_enter(struct run *r, const struct algate_step *each)
{
	/* V12: at most ALGATE_MAX_DEPTH deep */
	struct algate_iter *s = r->iter + 1;
	int ret = PASS;

	if (s == r->result->iter + 1)
		r->far = r->prog->insn[each - r->prog->step].far;
	s->loop = &r->prog->loop[each->imm];
	s->lo = r->lo;
	s->end = r->end;
	s->there = r->msg->len;
	s->next = r->cur;
	s->element = r->cur;
	s->count = 0;
	s->partial = r->partial;
	s->stuck = false;
	s->depth = 0;
	if (s->loop->kind == ALGATE_LOOP_WITHIN)
		ret = enter_within(r, s, r->result->slot[each->a].num);
	else if (s->loop->kind == ALGATE_LOOP_ADDITION)
		ret = enter_additions(r, s);
	if (ret == PASS)
		r->iter = s;
	return ret;
}

/**
 * algate_run_leave() - handle the lack of a further element
 * @r: run; restored to the window around the loop if the loop is over
 * @from: offset at which the next element was searched
 * @ret: result of algate_iter_next(), 0 or negative
 *
 * Context: Any context.
 *
 * Return: FAIL: the loop is over; MORE; REFUSE: malformed, or too many elements.
 */
int algate_run_leave(struct run *r, u32 from, int ret)
{
	struct algate_iter *s = r->iter;

	if (ret < 0) {
		r->cur = from;
		if (ret == ALGATE_MORE)
			return MORE;
		return algate_run_refuse(r, ret == -E2BIG ? ALGATE_C_LIMIT :
							    ALGATE_C_MALFORMED);
	}
	r->iter--;
	r->lo = s->lo;
	r->end = s->end;
	r->cur = s->next;
	r->partial = s->partial;
	return FAIL;
}

/* Does the loop's end marker stand at the next line? False if unsure. */
static __always_inline bool is_last(const struct run *r,
				    const struct algate_iter *s,
				    const struct algate_step *op)
{
	return op->len && (s32)s->next <= r->words &&
	       op->len <= s->end - s->next &&
	       !((get_unaligned_le64(r->data + s->next) ^ op->word) & op->mask);
}

/*
 * Look up the element [@at, @end) by its first bytes. FAIL: no rule matches;
 * GO: continue at r->to; PASS: the table does not decide.
 */
static __always_inline int first_bytes(struct run *r,
				       const struct algate_step *op, u32 at,
				       u32 end)
{
	const struct algate_step *to;
	u8 known;

	if (!op->in)
		return PASS;
	known = op->in[at == end ? ALGATE_NO_BYTE : r->data[at]];
	if (known & ALGATE_ELEMENT_SKIP)
		return FAIL;
	if (!known)
		return PASS;
	to = op + known;
	/* the only literal left differs, so the element ends */
	if (to->fail == op && compare_fails(r, to, at))
		return FAIL;
	r->to = to;
	return GO;
}

static __always_inline int run_next(struct run *r,
				    const struct algate_step *op, u8 kind)
{
	struct algate_iter *s = r->iter;
	int ret;

	do {
		u32 from = s->next;

		if (kind == ALGATE_LOOP_ITEM)
			ret = element_item(s, r->data, op->byte[0]);
		else if (kind == ALGATE_LOOP_LINE && is_last(r, s, op))
			ret = OVER;
		else if (kind == ALGATE_LOOP_LINE)
			ret = element_line(r->prog, s, r->data);
		else
			ret = find_element(r->prog, s, r->data);
		ret = count_element(s, ret);
		SPEND(r, s->next - from + (s->loop->until >> 16));
		if (ret != FOUND)
			return algate_run_leave(r, from, ret);
		ret = first_bytes(r, op, s->element, s->element_end);
	} while (ret == FAIL && *r->budget >= 0);
	r->lo = s->element;
	r->cur = s->element;
	r->end = s->element_end;
	r->partial = kind == ALGATE_LOOP_REPEAT && s->partial;
	return ret;
}

static noinline int run_item(struct run *r, const struct algate_step *op)
{
	return run_next(r, op, ALGATE_LOOP_ITEM);
}

static noinline int run_any_line(struct run *r, const struct algate_step *op)
{
	return run_next(r, op, ALGATE_LOOP_LINE);
}

/* Fast path for complete lines whose LF line_end() finds at once */
static noinline int run_line(struct run *r, const struct algate_step *op)
{
	struct algate_iter *s = r->iter;
	const u8 *data = r->data;
	u32 at = s->next;
	u32 count = s->count;
	s32 last = min_t(s32, r->words, s->end);
	u32 next, text;
	int ret;

	for (; count != s->loop->max && (s32)at <= last && *r->budget >= 0;
	     count++, at = next) {
		if (op->len &&
		    !((get_unaligned_le64(data + at) ^ op->word) & op->mask))
			break;
		next = line_end(data, at, last, s->end);
		if (!next)
			break;
		text = next - 1;
		if (text > at && data[text - 1] == '\r')
			text--;
		SPEND(r, next - at + (s->loop->until >> 16));
		ret = first_bytes(r, op, at, text);
		if (ret == FAIL)
			continue;
		s->count = count + 1;
		s->element = at;
		s->next = next;
		r->lo = at;
		r->cur = at;
		r->end = text;
		r->partial = false;
		return ret;
	}
	s->count = count;
	s->next = at;
	return run_any_line(r, op);
}

static noinline int run_other(struct run *r, const struct algate_step *op)
{
	return run_next(r, op, op->a);
}

/**
 * algate_run_next() - NEXT: go to the next element that a rule may match
 * @r: run; its window becomes the element, or the window around the loop
 * @op: the instruction
 *
 * If the budget is spent, the caller refuses the message, whatever the return
 * value.
 *
 * Context: Any context.
 *
 * Return: PASS or GO: found an element; FAIL: the loop is over; MORE; REFUSE.
 */
int algate_run_next(struct run *r, const struct algate_step *op)
{
	switch (op->a) {
	case ALGATE_LOOP_ITEM:
		return run_item(r, op);
	case ALGATE_LOOP_LINE:
		/* element_line() compares an end marker of more than 8 bytes */
		if (op->len || !r->iter->loop->until)
			return run_line(r, op);
		return run_any_line(r, op);
	case ALGATE_LOOP_HEADER:
		return algate_run_header(r, op);
	default:
		return run_other(r, op);
	}
}

/**
 * algate_run_loop() - LOOP: end of an element
 * @r: run
 *
 * REPEAT continues at the cursor. Other loops have already found the next
 * element's start.
 *
 * Context: Any context.
 */
void algate_run_loop(struct run *r)
{
	struct algate_iter *s = r->iter;

	if (s->loop->kind != ALGATE_LOOP_REPEAT)
		return;
	s->stuck = r->cur == s->element;
	s->next = r->cur;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The parts of a message that a walk goes through, one after the other.
 *
 * Each part begins at or behind the end of the one before it, and each call
 * moves on by a byte at least: a walk is over at the window's end at last,
 * whatever the bytes are.
 */
#include "run.h"

enum {
	OVER,
	PART,
};

static int malformed(void)
{
	return -EINVAL;
}

/* The window is at its end: is that the end of all? */
static __always_inline int over(const struct algate_stroll *s)
{
	return s->partial ? ALGATE_MORE : OVER;
}

/*
 * The line at @at: *@text is behind its text, the result behind its end; or
 * ALGATE_MORE. The window's last line needs no end.
 */
static __always_inline int line_at(const struct algate_stroll *s,
				   const u8 *data, u32 at, u32 *text)
{
	u32 n = algate_find_line(data, at, s->end, s->there);

	*text = n;
	if (n == s->end)
		return s->partial ? ALGATE_MORE : (int)n;
	if (n > at && data[n - 1] == '\r')
		*text = n - 1;
	return n + 1;
}

static bool begins_with(const struct algate_stroll *s, const u8 *data,
			const u8 *lit, u32 len)
{
	return len <= s->end - s->next && data[s->next] == lit[0] &&
	       !memcmp(data + s->next, lit, len);
}

static int part_line(const struct algate_prog *prog, struct algate_stroll *s,
		     const u8 *data)
{
	u32 len = s->walk->until >> 16;
	int next;

	if (s->next == s->end)
		return over(s);
	next = line_at(s, data, s->next, &s->part_end);
	if (next < 0)
		return next;
	/* V5 */
	if (len &&
	    begins_with(s, data, prog->literals + (s->walk->until & 0xffff),
			len))
		return OVER;
	s->part = s->next;
	s->next = next;
	return PART;
}

static __always_inline bool is_blank(u8 c)
{
	return c == ' ' || c == '\t';
}

/* A line that begins with a blank continues the one before (RFC 5322). */
static __always_inline int part_header(struct algate_stroll *s, const u8 *data)
{
	int next;

	if (s->next == s->end)
		return over(s);
	next = line_at(s, data, s->next, &s->part_end);
	if (next < 0)
		return next;
	s->part = s->next;
	if (s->part == s->part_end) {
		s->next = next;
		return OVER;
	}
	while ((u32)next < s->end && is_blank(data[next])) {
		next = line_at(s, data, next, &s->part_end);
		if (next < 0)
			return next;
	}
	/* the next line may be one more */
	if ((u32)next == s->end && s->partial)
		return ALGATE_MORE;
	s->next = next;
	return PART;
}

static __always_inline bool is_space(u8 c)
{
	return is_blank(c) || c == '\r' || c == '\n';
}

/* Behind the quote that ends what the one at @at begins. */
static u32 quote_end(const struct algate_stroll *s, const u8 *data, u32 at)
{
	while (++at < s->end && data[at] != '"')
		if (data[at] == '\\' && at + 1 < s->end)
			at++;
	return at < s->end ? at + 1 : s->end;
}

/* The first byte from @at on that may end an item: @sep, a quote or an angle. */
static __always_inline u32 find_mark(const struct algate_stroll *s,
				     const u8 *data, u32 at, u8 sep)
{
	const u64 apart = ('<' ^ '>') * ALGATE_ONES;
	u64 seps = sep * ALGATE_ONES;
	u32 last = algate_words_end(s->end, s->there);
	u32 end = s->end;

	for (; at < last; at += 8) {
		u64 word = get_unaligned_le64(data + at);
		u64 quote = word ^ '"' * ALGATE_ONES;
		u64 angle = (word | apart) ^ ('<' | '>') * ALGATE_ONES;
		u64 hit;

		if (likely(!algate_maybe_any(word ^ seps, quote, angle)))
			continue;
		hit = algate_zero_bytes(word ^ seps) |
		      algate_zero_bytes(quote) | algate_zero_bytes(angle);
		if (hit)
			return min_t(u32, at + (__builtin_ctzll(hit) >> 3),
				     end);
	}
	while (at < end && data[at] != sep && data[at] != '"' &&
	       data[at] != '<' && data[at] != '>')
		at++;
	return min_t(u32, at, end);
}

/* Where the item ends: at a separator that nothing encloses. */
static __always_inline u32 item_end(const struct algate_stroll *s,
				    const u8 *data, u32 at, u8 sep)
{
	bool angle = false;

	for (;;) {
		u8 c;

		at = find_mark(s, data, at, sep);
		if (at == s->end)
			return at;
		c = data[at];
		if (c == sep && !angle)
			return at;
		if (c == '"') {
			at = quote_end(s, data, at);
			continue;
		}
		if (c == '<' || c == '>')
			angle = c == '<';
		at++;
	}
}

static __always_inline int part_item(struct algate_stroll *s, const u8 *data,
				     u8 sep)
{
	u32 end = s->end;
	u32 at = s->next;

	while (at < end && data[at] <= ' ' && is_space(data[at]))
		at++;
	if (at == end) {
		s->next = at;
		return over(s);
	}
	s->part = at;
	at = item_end(s, data, at, sep);
	s->part_end = at;
	if (at == end && s->partial)
		return ALGATE_MORE;
	s->next = at + (at < end);
	return PART;
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
 * Tag and length of the element at @at (X.690, 8.1): *@content is where its
 * contents begin, *@end behind them. Lengths are definite.
 */
static int ber_header(const u8 *data, u32 at, u32 limit, u32 *content, u32 *end)
{
	u32 len = 0;
	u8 n;

	/* a tag above 30 goes on as long as the highest bit is set */
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

/* Depth first: what is constructed is entered, what is primitive is a part. */
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

/* A part more; not if that is one too many. */
static __always_inline int count_part(struct algate_stroll *s, int ret)
{
	if (ret == PART && s->turns++ == s->walk->max)
		return malformed();
	return ret;
}

/**
 * algate_walk_part() - find the next part
 * @prog: verified program, whose walk it is
 * @s: the walk; @s->part, @s->part_end and @s->next are set
 * @data: the message
 *
 * Return: 1 for a part; 0 if the walk is over; ALGATE_MORE if that depends on
 * bytes that are yet to come; -EINVAL if what should be a part is none, or
 * if there are more than the walk allows.
 */
int algate_walk_part(const struct algate_prog *prog, struct algate_stroll *s,
		     const u8 *data)
{
	return count_part(s, find_part(prog, s, data));
}

/**
 * algate_run_enter() - a walk begins at the cursor
 * @r: run
 * @each: the instruction
 */
void algate_run_enter(struct run *r, const struct algate_step *each)
{
	/* V12: never deeper than ALGATE_MAX_DEPTH */
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

/* There is no further part, of whatever reason. */
static noinline int leave(struct run *r, u32 from, int ret)
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

/* Is it for sure that lines end here, where another one would begin? */
static __always_inline bool is_last(const struct run *r,
				    const struct algate_stroll *s,
				    const struct algate_step *op)
{
	return op->len && (s32)s->next <= r->words &&
	       op->len <= s->end - s->next &&
	       !((get_unaligned_le64(r->data + s->next) ^ op->word) & op->mask);
}

/**
 * algate_run_part() - go on to the next part
 * @r: run
 * @op: the instruction
 *
 * The window becomes that part, or what it was before the walk.
 *
 * Return: NEXT, FAIL if there is none, MORE, or REFUSE.
 */
int algate_run_part(struct run *r, const struct algate_step *op)
{
	struct algate_stroll *s = r->stroll;
	u32 from = s->next;
	int ret;

	/* most are of these */
	if (op->a == ALGATE_WALK_ITEM)
		ret = part_item(s, r->data, op->byte[0]);
	else if (op->a == ALGATE_WALK_HEADER)
		ret = part_header(s, r->data);
	else if (op->a == ALGATE_WALK_LINE && is_last(r, s, op))
		ret = OVER;
	else
		ret = find_part(r->prog, s, r->data);
	ret = count_part(s, ret);
	STEP(r, s->next - from + (s->walk->until >> 16));
	if (ret != PART)
		return leave(r, from, ret);
	r->lo = s->part;
	r->cur = s->part;
	r->end = s->part_end;
	r->partial = op->a == ALGATE_WALK_REPEAT && s->partial;
	return NEXT;
}

/**
 * algate_run_turn() - a part is over
 * @r: run
 */
void algate_run_turn(struct run *r)
{
	struct algate_stroll *s = r->stroll;

	if (s->walk->kind != ALGATE_WALK_REPEAT)
		return;
	s->stuck = r->cur == s->part;
	s->next = r->cur;
}

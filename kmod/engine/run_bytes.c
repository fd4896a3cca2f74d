// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions that compare many bytes, or look for them.
 */
#include "run.h"

/**
 * algate_same_bytes() - are these bytes equal?
 * @a: bytes
 * @b: others
 * @len: how many
 * @nocase: capital letters equal small ones
 */
bool algate_same_bytes(const u8 *a, const u8 *b, u32 len, bool nocase)
{
	return algate_same(a, b, len, nocase);
}

/**
 * algate_run_same() - are the next bytes those of a span?
 * @r: run
 * @v: the span
 *
 * Return: NEXT with the cursor behind them, FAIL, or MORE.
 */
int algate_run_same(struct run *r, const struct algate_value *v)
{
	u32 n = min_t(u32, r->end - r->cur, v->len);

	STEP(r, n);
	if (memcmp(r->data + r->cur, r->data + v->off, n))
		return FAIL;
	if (n < v->len)
		return run_out(r);
	r->cur += n;
	return NEXT;
}

/**
 * algate_until() - look for one of the few bytes of a SPAN or SCAN
 * @op: the instruction
 * @data: message
 * @at: where to begin
 * @end: where to stop
 * @there: bytes of the message, @end at least
 *
 * Return: where it is; @end if there is none.
 */
u32 algate_until(const struct algate_step *op, const u8 *data, u32 at, u32 end,
		 u32 there)
{
	if (op->few == ALGATE_FEW_LOW)
		return algate_find_low(data, at, end, there, op->in, op->bit,
				       op->op == ALGATE_OP_SPAN);
	return algate_find_few(data, at, end, there, op->byte);
}

/* Where a literal could begin at or behind @at: its first byte is there. */
static u32 find_first(const struct run *r, u32 at, u8 c, bool nocase)
{
	const u8 *from = r->data + at;
	const u8 *p;

	c = nocase ? algate_fold(c) : c;
	if (nocase && c >= 'a' && c <= 'z')
		p = algate_find_folded(from, c, r->end - at);
	else
		p = algate_find_byte(from, c, r->end - at);
	return p ? (u32)(p - r->data) : r->end;
}

/**
 * algate_run_find() - go to where a literal is
 * @r: run
 * @op: the instruction, with the literal (V5)
 *
 * Return: NEXT with the cursor behind it, FAIL, or MORE.
 */
int algate_run_find(struct run *r, const struct algate_step *op)
{
	const u8 *lit = r->prog->literals + (op->imm & 0xffff);
	u32 len = op->imm >> 16;
	bool nocase = op->a;
	u32 i = r->cur;

	for (;; i++) {
		STEP(r, len);
		i = find_first(r, i, lit[0], nocase);
		if (len > r->end - i)
			return run_out(r);
		if (algate_same(r->data + i, lit, len, nocase)) {
			r->cur = i + len;
			return NEXT;
		}
	}
}

static u32 pass_blanks(const struct run *r, u32 at, bool lines)
{
	const u8 *data = r->data;

	while (at < r->end && (data[at] == ' ' || data[at] == '\t' ||
			       (lines && (data[at] == '\r' ||
					  data[at] == '\n'))))
		at++;
	return at;
}

/*
 * Are the bytes at the cursor, so far as they are there, those of @name? All
 * that are looked at are the message's, though behind the window perhaps, and
 * the image's.
 */
static bool is_name(const struct run *r, const u8 *name)
{
	const u8 *p = r->data + r->cur;
	u32 len = name[0];
	u64 differ;

	if ((s32)r->cur > r->words)
		return algate_same_folded(p, name + 1,
					  min_t(u32, r->end - r->cur, len));
	differ = algate_fold_word(get_unaligned_le64(p)) ^
		 algate_fold_word(get_unaligned_le64(name + 1));
	if (len <= 8)
		return !(differ << (64 - 8 * len));
	return !differ && len <= r->end - r->cur &&
	       algate_same_folded(p + 8, name + 9, len - 8);
}

/**
 * algate_run_field() - name of a header field
 * @r: run
 * @names: one of these
 * @len: bytes that they have
 *
 * The name, blanks, colon, blanks and line ends.
 *
 * Return: NEXT with the cursor behind these, FAIL, or MORE.
 */
int algate_run_field(struct run *r, const u8 *names, u32 len)
{
	const u8 *data = r->data;
	const u8 *last = names + len;
	u32 left = r->end - r->cur;
	u32 at;

	STEP(r, len);
	for (; names < last; names += 1 + names[0]) {
		if (!is_name(r, names))
			continue;
		if (names[0] > left) {
			if (r->partial)
				return MORE;
			continue;
		}
		at = pass_blanks(r, r->cur + names[0], false);
		STEP(r, at - r->cur);
		if (at == r->end && r->partial)
			return MORE;
		if (at == r->end || data[at] != ':') {
			/* V10: a name has no blanks, so no other one fits */
			if (at > r->cur + names[0])
				return FAIL;
			continue;
		}
		r->cur = pass_blanks(r, at + 1, true);
		STEP(r, r->cur - at);
		return r->cur == r->end && r->partial ? MORE : NEXT;
	}
	return FAIL;
}

/**
 * algate_run_equal() - are two slots equal?
 * @r: run
 * @a: slot of a number or a span
 * @b: one of the same kind
 */
bool algate_run_equal(const struct run *r, u32 a, u32 b)
{
	const struct algate_value *x = &r->result->slot[a];
	const struct algate_value *y = &r->result->slot[b];

	if (r->prog->slot_type[a] != ALGATE_T_SPAN)
		return x->num == y->num;
	STEP(r, min_t(u32, x->len, y->len));
	return x->len == y->len &&
	       !memcmp(r->data + x->off, r->data + y->off, x->len);
}

/**
 * algate_run_hash() - the number that stands for a string, such as a call's
 * @r: run
 * @v: span of the string in the message
 *
 * Without the secret nobody can make a second string with the same number,
 * which would close or extend what belongs to the first one. Trials and tests
 * have no secret, so that their numbers are always the same.
 *
 * Return: the number.
 */
u32 algate_run_hash(const struct run *r, const struct algate_value *v)
{
	static const u64 none[2];

	STEP(r, v->len);
	return algate_siphash(r->data + v->off, v->len, r->msg->secret ?: none);
}

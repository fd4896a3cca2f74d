// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions that compare or search many bytes.
 */
#include "run.h"

static const u64 no_secret[2];

/**
 * algate_same_bytes() - compare bytes
 * @a: bytes
 * @b: bytes
 * @len: number of bytes, 0 or more
 * @nocase: ignore the case of ASCII letters
 *
 * Context: Any context.
 *
 * Return: true if the bytes are equal.
 */
bool algate_same_bytes(const u8 *a, const u8 *b, u32 len, bool nocase)
{
	return algate_same(a, b, len, nocase);
}

/**
 * algate_run_same() - SAME: compare the next bytes with a slot's bytes
 * @r: run
 * @v: slot that was read from the message
 *
 * Context: Any context.
 *
 * Return: PASS with the cursor behind equal bytes, FAIL, or MORE.
 */
int algate_run_same(struct run *r, const struct algate_value *v)
{
	u32 n = min_t(u32, r->end - r->cur, v->len);

	SPEND(r, n);
	if (memcmp(r->data + r->cur, r->data + v->off, n))
		return FAIL;
	if (n < v->len)
		return run_out(r);
	r->cur += n;
	return PASS;
}

/**
 * algate_until() - find the first of three bytes
 * @byte: the bytes
 * @data: message
 * @at: offset to begin at
 * @end: offset to stop at
 * @there: number of bytes in the message, at least @end
 *
 * Context: Any context.
 *
 * Return: offset of the found byte; @end if there is none.
 */
u32 algate_until(const u8 byte[ALGATE_STEP_FEW], const u8 *data, u32 at,
		 u32 end, u32 there)
{
	u32 last = algate_words_end(end, there);
	u64 a = byte[0] * ALGATE_ONES;
	u64 b = byte[1] * ALGATE_ONES;
	u64 c = byte[2] * ALGATE_ONES;

	for (; at < last; at += 8) {
		u64 word = get_unaligned_le64(data + at);
		u64 hit;

		if (likely(!algate_maybe_any(word ^ a, word ^ b, word ^ c)))
			continue;
		hit = algate_zero_bytes(word ^ a) |
		      algate_zero_bytes(word ^ b) |
		      algate_zero_bytes(word ^ c);
		if (hit)
			return min_t(u32, at + (__builtin_ctzll(hit) >> 3),
				     end);
	}
	while (at < end && data[at] != byte[0] && data[at] != byte[1] &&
	       data[at] != byte[2])
		at++;
	return min_t(u32, at, end);
}

/* Offset of the first byte @c at or behind @at, or the window's end. */
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
 * algate_run_find() - FIND: search a literal
 * @r: run
 * @op: the instruction; its literal lies in the pool (V5)
 *
 * Context: Any context.
 *
 * Return: PASS with the cursor behind the literal, FAIL, or MORE.
 */
int algate_run_find(struct run *r, const struct algate_step *op)
{
	const u8 *lit = r->prog->literals + (op->imm & 0xffff);
	u32 len = op->imm >> 16;
	bool nocase = op->a;
	u32 i = r->cur;

	for (;; i++) {
		u32 from = i;

		i = find_first(r, i, lit[0], nocase);
		SPEND(r, i - from + len);
		if (len > r->end - i)
			return run_out(r);
		if (*r->budget < 0)
			return FAIL;
		if (algate_same(r->data + i, lit, len, nocase)) {
			r->cur = i + len;
			return PASS;
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
 * Compare the bytes at the cursor with @name, as far as the window goes. A word
 * may reach past the window's end and past the name's end. It stays inside the
 * message and inside the image copy, which has a spare word at its end.
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
 * algate_run_field() - FIELD: match the name of a header field
 * @r: run
 * @names: accepted names, each a length byte (1-63) and the characters
 * @len: size of @names in bytes
 *
 * Skips the name, blanks, the colon, then blanks and line ends.
 *
 * Context: Any context.
 *
 * Return: PASS with the cursor behind the skipped bytes, FAIL, or MORE.
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
		SPEND(r, at - r->cur);
		if (at == r->end && r->partial)
			return MORE;
		if (at == r->end || data[at] != ':') {
			/* V10: blanks end a name, so no other name matches */
			if (at > r->cur + names[0])
				return algate_run_afford(r, FAIL);
			continue;
		}
		r->cur = pass_blanks(r, at + 1, true);
		SPEND(r, r->cur - at);
		return algate_run_afford(r, r->cur == r->end && r->partial ?
					    MORE : PASS);
	}
	return FAIL;
}

/**
 * algate_run_bits() - BITS: read the next bits
 * @r: run; moves the cursor behind the byte with the last bit
 * @n: number of bits, 1 to 7
 * @num: filled in
 *
 * Context: Any context.
 *
 * Return: PASS; FAIL or MORE if the window ends before.
 */
int algate_run_bits(struct run *r, u32 n, u32 *num)
{
	u32 bit = algate_run_position(r, r->cur);
	u32 at = bit / 8, end = (bit + n + 7) / 8;
	u32 word;

	STEP(r, 1);
	if (end > r->end)
		return run_out(r);
	word = r->data[at] << 8 | r->data[end - 1];
	*num = word >> (16 - bit % 8 - n) & ((1 << n) - 1);
	r->bit = bit + n;
	r->cur = end;
	return PASS;
}

/**
 * algate_run_equal() - EQS: compare two slots
 * @r: run
 * @a: slot with a number or a span
 * @b: slot of the same kind
 *
 * Context: Any context.
 *
 * Return: true if the numbers, or the bytes of the spans, are equal.
 */
bool algate_run_equal(const struct run *r, u32 a, u32 b)
{
	const struct algate_value *x = &r->result->slot[a];
	const struct algate_value *y = &r->result->slot[b];

	if (r->prog->slot_type[a] != ALGATE_T_SPAN)
		return x->num == y->num;
	SPEND(r, min_t(u32, x->len, y->len));
	return x->len == y->len &&
	       !memcmp(r->data + x->off, r->data + y->off, x->len);
}

/**
 * algate_addr_hash() - hash of an address
 * @secret: hash key of the plug-in, two words; NULL: zeros
 * @family: AF_INET or AF_INET6
 * @addr: the address, network order
 *
 * Context: Any context.
 *
 * Return: the hash, not 0.
 */
u32 algate_addr_hash(const u64 *secret, u8 family, const u8 *addr)
{
	u32 hash = algate_siphash(addr, algate_family_len(family),
				  secret ?: no_secret);

	return hash ?: 1;
}

/**
 * algate_run_hash() - HASH: turn a string, such as a call ID, into a number
 * @r: run
 * @slot: slot of the value: a span in the message, or an address
 *
 * The hash has a secret key. Without the key, a peer could choose a second
 * string with the same number, and close or extend the openings of the first
 * string. Trials and tests use a zero key, which makes the numbers repeatable.
 *
 * Context: Any context.
 *
 * Return: the hash.
 */
u32 algate_run_hash(const struct run *r, u32 slot)
{
	const struct algate_value *v = &r->result->slot[slot];

	SPEND(r, v->len);
	if (r->prog->slot_type[slot] != ALGATE_T_SPAN)
		return algate_addr_hash(r->msg->secret, v->family, v->addr);
	return algate_siphash(r->data + v->off, v->len,
			      r->msg->secret ?: no_secret);
}

/**
 * algate_run_mix() - MIX: hash of several values
 * @r: run
 * @num: hash of the values before
 * @slot: slot of the next value: a number, a span in the message, or an address
 *
 * The lengths count, so "ab" and "c" together differ from "a" and "bc". An
 * address counts whatever its notation.
 *
 * Context: Any context.
 *
 * Return: the hash of the values before and this value.
 */
u32 algate_run_mix(const struct run *r, u32 num, u32 slot)
{
	const struct algate_value *v = &r->result->slot[slot];
	u8 type = r->prog->slot_type[slot];
	bool number = algate_type_kind(type) == ALGATE_KIND_NUM;
	u8 words[12];

	put_unaligned_le32(num, words);
	put_unaligned_le32(number ? v->num : algate_run_hash(r, slot),
			   words + 4);
	put_unaligned_le32(number ? ~0U : type == ALGATE_T_SPAN ? v->len :
			   algate_family_len(v->family), words + 8);
	return algate_siphash(words, sizeof(words),
			      r->msg->secret ?: no_secret);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * A verified program on one message: what does it want done?
 *
 * What the verifier proved is not checked again; README in this folder
 * names the invariants (V1 ...). What only the message decides, that is the
 * cursor against the message's end, is checked at every step.
 */
#include "engine.h"

/*
 * Tests compare the steps with the verifier's bound; the packet's path does
 * without counting.
 */
#ifdef __KERNEL__
#define STEP(run, n) do { } while (0)
#else
#define STEP(run, n) ((run)->result->steps += (n))
#endif

/* What an instruction came to, besides the index of the next one. */
enum {
	NEXT,
	FAIL,
	MORE,
};

struct run {
	const struct algate_prog *prog;
	const struct algate_message *msg;
	struct algate_result *result;
	u32 cur;	/* never beyond msg->len */
};

static __always_inline u8 fold(u8 c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static __always_inline bool in_set(const u8 *set, u8 c)
{
	return set[c >> 3] & (1 << (c & 7));
}

/* past the end of what is there: a failure, or too early to say */
static __always_inline int run_out(const struct run *r)
{
	return r->msg->partial ? MORE : FAIL;
}

static bool same_bytes(const u8 *a, const u8 *b, u32 len, bool nocase)
{
	u32 i;

	if (!nocase)
		return !memcmp(a, b, len);
	for (i = 0; i < len; i++)
		if (fold(a[i]) != fold(b[i]))
			return false;
	return true;
}

/* @lit: inside the pool, @len >= 1 (V5) */
static int run_literal(struct run *r, const u8 *lit, u32 len, bool nocase)
{
	u32 left = r->msg->len - r->cur;
	u32 n = min_t(u32, left, len);

	STEP(r, n);
	if (!same_bytes(r->msg->data + r->cur, lit, n, nocase))
		return FAIL;
	if (n < len)
		return run_out(r);
	r->cur += len;
	return NEXT;
}

static int run_find(struct run *r, const u8 *lit, u32 len, bool nocase)
{
	const u8 *data = r->msg->data;
	u32 i;

	for (i = r->cur; i + len <= r->msg->len; i++) {
		STEP(r, len);
		if (same_bytes(data + i, lit, len, nocase)) {
			r->cur = i + len;
			return NEXT;
		}
	}
	return run_out(r);
}

/* @set: one of the program's (V6) */
static int run_span(struct run *r, const u8 *set, u32 min, u32 max)
{
	const u8 *p = r->msg->data + r->cur;
	u32 left = r->msg->len - r->cur;
	u32 most = min_t(u32, left, max);
	u32 n = 0;

	while (n < most && in_set(set, p[n]))
		n++;
	STEP(r, n + 1);
	if (n == left && n < max && r->msg->partial)
		return MORE;
	if (n < min)
		return FAIL;
	r->cur += n;
	return NEXT;
}

static int run_scan(struct run *r, const u8 *set)
{
	u32 i = r->cur;

	while (i < r->msg->len && !in_set(set, r->msg->data[i]))
		i++;
	STEP(r, i - r->cur + 1);
	if (i == r->msg->len)
		return run_out(r);
	r->cur = i;
	return NEXT;
}

static int run_peek(struct run *r, const u8 *set)
{
	STEP(r, 1);
	if (r->cur == r->msg->len)
		return run_out(r);
	return in_set(set, r->msg->data[r->cur]) ? NEXT : FAIL;
}

static int run_skip(struct run *r, u32 n)
{
	if (n > r->msg->len - r->cur)
		return run_out(r);
	r->cur += n;
	return NEXT;
}

static int run_seek(struct run *r, u32 to)
{
	if (to > r->msg->len)
		return run_out(r);
	r->cur = to;
	return NEXT;
}

/* an edit may come to stand from here on */
static __always_inline void run_touch(struct run *r)
{
	if (r->cur < r->result->untouched)
		r->result->untouched = r->cur;
}

static int run_take(struct run *r, u32 slot)
{
	struct algate_value *v = &r->result->slot[slot];
	struct algate_value read;
	int n;

	STEP(r, ALGATE_VALUE_MAX);
	run_touch(r);
	n = algate_value_read(r->prog->slot_type[slot],
			      r->msg->data + r->cur, r->msg->len - r->cur,
			      r->msg->partial, &read);
	if (n == ALGATE_MORE)
		return MORE;
	if (n < 0)
		return FAIL;
	*v = read;
	v->off = r->cur;
	v->len = n;
	r->cur += n;
	return NEXT;
}

static int run_same(struct run *r, const struct algate_value *v)
{
	return run_literal(r, r->msg->data + v->off, v->len, false);
}

static bool slots_equal(const struct run *r, u32 a, u32 b)
{
	const struct algate_value *x = &r->result->slot[a];
	const struct algate_value *y = &r->result->slot[b];

	if (algate_type_kind(r->prog->slot_type[a]) != ALGATE_KIND_SPAN)
		return x->num == y->num;
	STEP(r, min_t(u32, x->len, y->len));
	return x->len == y->len &&
	       !memcmp(r->msg->data + x->off, r->msg->data + y->off, x->len);
}

static int run_meta(const struct run *r, u32 what, u32 *num)
{
	const struct algate_message *msg = r->msg;

	switch (what) {
	case ALGATE_META_LEN:
		if (msg->partial)
			return MORE;
		*num = msg->len;
		break;
	case ALGATE_META_NR:
		*num = msg->nr;
		break;
	case ALGATE_META_SPORT:
		*num = msg->sport;
		break;
	case ALGATE_META_PROTO:
		*num = msg->proto;
		break;
	default:
		*num = msg->family == AF_INET6 ? 6 : 4;
	}
	return NEXT;
}

/* Room is there: the verifier counted the intents of every path (V9). */
static void run_open(struct run *r, const struct algate_open *open)
{
	struct algate_result *res = r->result;
	struct algate_intent *in = &res->intent[res->nintents++];

	in->open = open;
	in->has_addr = open->addr != ALGATE_SLOT_NONE;
	in->has_port = open->port != ALGATE_SLOT_NONE;
	if (in->has_addr) {
		in->addr = res->slot[open->addr];
		in->addr_type = r->prog->slot_type[open->addr];
	}
	if (in->has_port) {
		in->port = res->slot[open->port];
		in->port_type = r->prog->slot_type[open->port];
		/* made by arithmetic, it has no place in the message */
		if (in->port_type == ALGATE_T_NUM)
			in->port.len = 0;
	}
}

static int run_rewrite(struct run *r, u32 to, u32 from)
{
	const struct algate_value *place = &r->result->slot[to];

	if (algate_edit_add(r->result, place->off, place->len,
			    r->prog->slot_type[to],
			    &r->result->slot[from]) < 0)
		return FAIL;
	return NEXT;
}

/* Slots read here are written before on every path (V3), of the kind (V4). */
static __always_inline int run_insn(struct run *r, const struct algate_instr *op)
{
	struct algate_result *res = r->result;
	const struct algate_prog *prog = r->prog;
	struct algate_value *slot = &res->slot[op->a];
	const u8 *lit = prog->literals + (op->imm & 0xffff);
	u32 len = op->imm >> 16;

	switch (op->op) {
	case ALGATE_OP_LIT:
		return run_literal(r, lit, len, op->a);
	case ALGATE_OP_FIND:
		return run_find(r, lit, len, op->a);
	case ALGATE_OP_SPAN:
		return run_span(r, prog->set[op->a], op->imm & 0xffff, len);
	case ALGATE_OP_SCAN:
		return run_scan(r, prog->set[op->a]);
	case ALGATE_OP_PEEK:
		return run_peek(r, prog->set[op->a]);
	case ALGATE_OP_SKIP:
		return run_skip(r, op->imm);
	case ALGATE_OP_MOVE:
		return run_skip(r, slot->num);
	case ALGATE_OP_AT:
		return run_seek(r, op->imm);
	case ALGATE_OP_HERE:
		slot->num = r->cur;
		return NEXT;
	case ALGATE_OP_SEEK:
		return run_seek(r, slot->num);
	case ALGATE_OP_EOM:
		return r->cur < r->msg->len ? FAIL :
		       r->msg->partial ? MORE : NEXT;
	case ALGATE_OP_TAKE:
		return run_take(r, op->a);
	case ALGATE_OP_MARK:
		slot->off = r->cur;
		slot->len = 0;
		return NEXT;
	case ALGATE_OP_CLOSE:
		/* a jump back over the mark leaves nothing to span */
		slot->len = r->cur > slot->off ? r->cur - slot->off : 0;
		return NEXT;
	case ALGATE_OP_SAME:
		return run_same(r, slot);
	case ALGATE_OP_SET:
		slot->num = op->imm;
		return NEXT;
	case ALGATE_OP_COPY:
		slot->num = res->slot[op->imm].num;
		return NEXT;
	case ALGATE_OP_ADD:
		slot->num += op->imm;
		return NEXT;
	case ALGATE_OP_SUB:
		slot->num -= op->imm;
		return NEXT;
	case ALGATE_OP_AND:
		slot->num &= op->imm;
		return NEXT;
	case ALGATE_OP_OR:
		slot->num |= op->imm;
		return NEXT;
	case ALGATE_OP_ADDS:
		slot->num += res->slot[op->imm].num;
		return NEXT;
	case ALGATE_OP_SUBS:
		slot->num -= res->slot[op->imm].num;
		return NEXT;
	case ALGATE_OP_LDF:
		slot->num = res->var[op->imm];
		return NEXT;
	case ALGATE_OP_STF:
		res->var[op->imm] = slot->num;
		return NEXT;
	case ALGATE_OP_LDM:
		return run_meta(r, op->imm, &slot->num);
	case ALGATE_OP_EQ:
		return slot->num == op->imm ? NEXT : FAIL;
	case ALGATE_OP_NE:
		return slot->num != op->imm ? NEXT : FAIL;
	case ALGATE_OP_LT:
		return slot->num < op->imm ? NEXT : FAIL;
	case ALGATE_OP_LE:
		return slot->num <= op->imm ? NEXT : FAIL;
	case ALGATE_OP_GT:
		return slot->num > op->imm ? NEXT : FAIL;
	case ALGATE_OP_GE:
		return slot->num >= op->imm ? NEXT : FAIL;
	case ALGATE_OP_ANY:
		return slot->num & op->imm ? NEXT : FAIL;
	case ALGATE_OP_EQS:
		return slots_equal(r, op->a, op->imm) ? NEXT : FAIL;
	case ALGATE_OP_OPEN:
		run_open(r, &prog->open[op->imm]);
		return NEXT;
	case ALGATE_OP_REWRITE:
		return run_rewrite(r, op->a, op->imm);
	case ALGATE_OP_COUNT:
		res->counted |= 1 << op->imm;
		return NEXT;
	case ALGATE_OP_STOP:
		res->stop = true;
		return NEXT;
	default:	/* JUMP; no other gets past the verifier (V1) */
		return FAIL;
	}
}

/* It waits here: what comes decides which way it goes on. */
static enum algate_outcome run_wait(const struct run *r,
				    const struct algate_instr *op)
{
	struct algate_result *res = r->result;

	res->untouched = min_t(u32, res->untouched, r->cur + op->near);
	res->untouched = min_t(u32, res->untouched, op->far);
	return ALGATE_NEED_MORE;
}

static enum algate_outcome run_end(const struct run *r,
				   enum algate_outcome outcome)
{
	/* what matches now may not when the rest of the message is there */
	if (r->msg->partial && outcome != ALGATE_UNMATCHED)
		return ALGATE_NEED_MORE;
	return outcome;
}

/**
 * algate_run() - run a program on a message
 * @prog: verified program
 * @msg: message, or its beginning when @msg->partial
 * @result: with the flow's variables in; filled in
 *
 * Every instruction runs at most once, since all jumps are forward and
 * inside the program (V2), whose last instruction ends the run (V1).
 * Writes to @result and nothing else. Any context.
 *
 * Return: ALGATE_HANDLED when a rule did, and @result says what it wants;
 * ALGATE_REFUSED when its require said no; ALGATE_UNMATCHED when no rule
 * matches, whatever may follow; ALGATE_NEED_MORE when @msg is partial and
 * the rest of it decides.
 */
enum algate_outcome algate_run(const struct algate_prog *prog,
			       const struct algate_message *msg,
			       struct algate_result *result)
{
	struct run r = { .prog = prog, .msg = msg, .result = result };
	const struct algate_instr *op = &prog->insn[prog->entry[msg->dir]];

	result->nintents = 0;
	result->nedits = 0;
	result->stop = false;
	result->counted = 0;
	result->untouched = msg->len;
	result->steps = 0;

	for (;; op++) {
		STEP(&r, 1);
		if (op->op == ALGATE_OP_END)
			return run_end(&r, op->imm ? ALGATE_HANDLED :
						     ALGATE_UNMATCHED);
		if (op->op == ALGATE_OP_REFUSE)
			return run_end(&r, ALGATE_REFUSED);
		switch (run_insn(&r, op)) {
		case FAIL:
			op += op->jf;
			break;
		case MORE:
			return run_wait(&r, op);
		}
	}
}

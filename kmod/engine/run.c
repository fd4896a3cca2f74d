// SPDX-License-Identifier: GPL-2.0
/*
 * A verified program on one message: what does it want done?
 *
 * What the verifier proved is not checked again; README in this folder
 * names the invariants (V1 ...). What only the message decides, that is the
 * cursor against the message's end, is checked at every step.
 */
#include "engine.h"
#include "scan.h"

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
	REFUSE,
};

/**
 * struct run - a run on its way
 * @prog: verified program
 * @msg: message
 * @result: what comes of it
 * @cur: cursor, an offset in the message; in the window or at its end
 * @lo: window
 * @end: behind it; never beyond the message
 * @partial: bytes may follow the window
 * @depth: walks that were entered
 * @far: behind the outermost of them, places are at this offset at least
 * @stroll: these
 */
struct run {
	const struct algate_prog *prog;
	const struct algate_message *msg;
	struct algate_result *result;
	u32 cur;
	u32 lo;
	u32 end;
	bool partial;
	u8 depth;
	u16 far;
	struct algate_stroll stroll[ALGATE_MAX_DEPTH];
};

static __always_inline bool in_set(const u8 *set, u8 c)
{
	return set[c >> 3] & (1 << (c & 7));
}

/* past the end of what is there: a failure, or too early to say */
static __always_inline int run_out(const struct run *r)
{
	return r->partial ? MORE : FAIL;
}

static __always_inline bool same_bytes(const u8 *a, const u8 *b, u32 len,
				       bool nocase)
{
	return nocase ? algate_same_folded(a, b, len) : !memcmp(a, b, len);
}

/* @lit: inside the pool, @len >= 1 (V5) */
static int run_literal(struct run *r, const u8 *lit, u32 len, bool nocase)
{
	u32 left = r->end - r->cur;
	u32 n = min_t(u32, left, len);

	STEP(r, n);
	if (!same_bytes(r->msg->data + r->cur, lit, n, nocase))
		return FAIL;
	if (n < len)
		return run_out(r);
	r->cur += len;
	return NEXT;
}

/* Where @lit could begin at or behind @at: its first byte is there. */
static u32 find_first(const struct run *r, u32 at, u8 c, bool nocase)
{
	const u8 *data = r->msg->data;
	const u8 *p;

	if (!nocase || algate_fold(c) < 'a' || algate_fold(c) > 'z') {
		p = algate_find_byte(data + at, c, r->end - at);
		return p ? p - data : r->end;
	}
	c = algate_fold(c);
	while (at < r->end && (data[at] | 0x20) != c)
		at++;
	return at;
}

static int run_find(struct run *r, const u8 *lit, u32 len, bool nocase)
{
	const u8 *data = r->msg->data;
	u32 i = r->cur;

	for (;; i++) {
		STEP(r, len);
		i = find_first(r, i, lit[0], nocase);
		if (len > r->end - i)
			return run_out(r);
		if (same_bytes(data + i, lit, len, nocase)) {
			r->cur = i + len;
			return NEXT;
		}
	}
}

/* @set: one of the program's (V6) */
static int run_span(struct run *r, const u8 *set, u32 min, u32 max)
{
	const u8 *p = r->msg->data + r->cur;
	u32 left = r->end - r->cur;
	u32 most = min_t(u32, left, max);
	u32 n = 0;

	while (n < most && in_set(set, p[n]))
		n++;
	STEP(r, n + 1);
	if (n == left && n < max && r->partial)
		return MORE;
	if (n < min)
		return FAIL;
	r->cur += n;
	return NEXT;
}

static int run_scan(struct run *r, const u8 *set)
{
	u32 i = r->cur;

	while (i < r->end && !in_set(set, r->msg->data[i]))
		i++;
	STEP(r, i - r->cur + 1);
	if (i == r->end)
		return run_out(r);
	r->cur = i;
	return NEXT;
}

static int run_peek(struct run *r, const u8 *set)
{
	STEP(r, 1);
	if (r->cur == r->end)
		return run_out(r);
	return in_set(set, r->msg->data[r->cur]) ? NEXT : FAIL;
}

static int run_skip(struct run *r, u32 n)
{
	if (n > r->end - r->cur)
		return run_out(r);
	r->cur += n;
	return NEXT;
}

static int run_seek(struct run *r, u32 to)
{
	if (to > r->end - r->lo)
		return run_out(r);
	r->cur = r->lo + to;
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
			      r->msg->data + r->cur, r->end - r->cur,
			      r->partial, &read);
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

	if (r->prog->slot_type[a] != ALGATE_T_SPAN)
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

static bool port_bound(const struct algate_message *msg, u16 port)
{
	const struct algate_binding *b;

	for (b = msg->known; b; b = b->next)
		if (b->dir != msg->dir && b->proto == msg->proto &&
		    b->mapped.port == port)
			return true;
	return false;
}

/* Others may be behind the peer's address too: the port tells. */
static bool run_is(const struct run *r, const struct algate_value *v, bool peer)
{
	const struct algate_message *msg = r->msg;
	const struct algate_ends *ends = msg->ends;

	if (!ends || v->family != msg->family ||
	    memcmp(v->addr, peer ? ends->peer.addr : ends->own.addr,
		   algate_family_len(v->family)))
		return false;
	return !peer || !v->port || v->port == ends->peer.port ||
	       port_bound(msg, v->port);
}

/* FNV-1a; who finds two keys that are the same harms his own flow */
static u32 run_hash(const struct run *r, const struct algate_value *v)
{
	const u8 *p = r->msg->data + v->off;
	u32 hash = 2166136261U;
	u32 i;

	STEP(r, v->len);
	for (i = 0; i < v->len; i++)
		hash = (hash ^ p[i]) * 16777619;
	return hash;
}

static u32 pass_blanks(const struct run *r, u32 at, bool lines)
{
	const u8 *data = r->msg->data;

	while (at < r->end && (data[at] == ' ' || data[at] == '\t' ||
			       (lines && (data[at] == '\r' ||
					  data[at] == '\n'))))
		at++;
	return at;
}

/* one of the names, blanks, colon, blanks and line ends */
static int run_field(struct run *r, const u8 *names, u32 len)
{
	const u8 *data = r->msg->data;
	const u8 *last = names + len;
	u32 left = r->end - r->cur;
	u32 at;

	STEP(r, len);
	for (; names < last; names += 1 + names[0]) {
		if (!algate_same_folded(data + r->cur, names + 1,
					min_t(u32, left, names[0])))
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

static int run_recall(struct run *r, u32 to, u32 table, u32 key)
{
	struct algate_value *slot = r->result->slot;
	const struct algate_memo *m = NULL;

	if (r->msg->memo)
		m = algate_memo_find(r->prog, r->msg->memo, r->msg->now, table,
				     slot[key].num);
	if (!m)
		return FAIL;
	slot[to].num = m->value;
	slot[to].len = 0;
	return NEXT;
}

/* The rules have said too much about one message. */
static int run_refuse(struct run *r, enum algate_counter why)
{
	r->result->why = why;
	return REFUSE;
}

static int run_note(struct run *r, u32 table, u32 key, u32 value, bool forget)
{
	struct algate_result *res = r->result;

	if (res->nnotes == ALGATE_MAX_NOTES)
		return run_refuse(r, ALGATE_C_MALFORMED);
	res->note[res->nnotes++] = (struct algate_note){
		.table = table, .key = key, .value = value, .forget = forget,
	};
	return NEXT;
}

static u8 take_slot(const struct run *r, u8 slot, struct algate_value *v)
{
	if (slot >= ALGATE_MAX_SLOTS)
		return ALGATE_T_UNSPEC;
	*v = r->result->slot[slot];
	return r->prog->slot_type[slot];
}

/* A later part may write the slots again: the intent has its own copies. */
static int run_act(struct run *r, const struct algate_action *act)
{
	struct algate_result *res = r->result;
	struct algate_intent *in = &res->intent[res->nintents];

	if (res->nintents == ALGATE_MAX_INTENTS)
		return run_refuse(r, ALGATE_C_MALFORMED);
	res->nintents++;
	in->act = act;
	in->addr_type = take_slot(r, act->addr, &in->addr);
	in->port_type = take_slot(r, act->port, &in->port);
	in->port2_type = take_slot(r, act->port2, &in->port2);
	return NEXT;
}

static int run_adjust(struct run *r, u32 slot, u32 pad)
{
	struct algate_result *res = r->result;

	if (res->nadjusts == ALGATE_MAX_ADJUSTS)
		return run_refuse(r, ALGATE_C_MALFORMED);
	res->adjust[res->nadjusts++] = (struct algate_adjust){
		.count = res->slot[slot], .pad = pad,
		.type = r->prog->slot_type[slot],
	};
	return NEXT;
}

static void run_enter(struct run *r, const struct algate_instr *each)
{
	const struct algate_walk *walk = &r->prog->walk[each->imm];
	/* V12: never deeper than ALGATE_MAX_DEPTH */
	struct algate_stroll *s = &r->stroll[r->depth];

	if (!r->depth++)
		r->far = each->far;
	s->walk = walk;
	s->lo = r->lo;
	s->end = r->end;
	s->next = r->cur;
	s->part = r->cur;
	s->turns = 0;
	s->partial = r->partial;
	s->stuck = false;
	s->depth = 0;
}

/* The window becomes the next part, or what it was before the walk. */
static int run_part(struct run *r)
{
	struct algate_stroll *s = &r->stroll[r->depth - 1];
	u32 from = s->next;
	int ret = algate_walk_part(r->prog, s, r->msg->data);

	STEP(r, s->next - from + (s->walk->until >> 16));
	if (ret < 0) {
		r->cur = from;
		return ret == ALGATE_MORE ? MORE :
					    run_refuse(r, ALGATE_C_MALFORMED);
	}
	if (!ret) {
		r->depth--;
		r->lo = s->lo;
		r->end = s->end;
		r->cur = s->next;
		r->partial = s->partial;
		return FAIL;
	}
	r->lo = s->part;
	r->cur = s->part;
	r->end = s->part_end;
	r->partial = s->partial && s->walk->kind == ALGATE_WALK_REPEAT;
	return NEXT;
}

static void run_turn(struct run *r)
{
	struct algate_stroll *s = &r->stroll[r->depth - 1];

	if (s->walk->kind != ALGATE_WALK_REPEAT)
		return;
	s->stuck = r->cur == s->part;
	s->next = r->cur;
}

static int run_rewrite(struct run *r, u32 to, u32 from)
{
	const struct algate_value *place = &r->result->slot[to];

	int err = algate_edit_add(r->result, place->off, place->len,
				  r->prog->slot_type[to],
				  &r->result->slot[from]);

	if (err == -ERANGE)
		return run_refuse(r, ALGATE_C_NO_ROOM);
	return err < 0 ? FAIL : NEXT;
}

/* Slots read here are written before on every path (V3), of the kind (V4). */
static __always_inline int run_insn(struct run *r, const struct algate_instr *op)
{
	struct algate_result *res = r->result;
	const struct algate_prog *prog = r->prog;
	/* @a may be a set instead, of which there are more */
	struct algate_value *slot = &res->slot[op->a % ALGATE_MAX_SLOTS];
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
		slot->num = r->cur - r->lo;
		slot->len = 0;
		return NEXT;
	case ALGATE_OP_SEEK:
		return run_seek(r, slot->num);
	case ALGATE_OP_EOM:
		return r->cur < r->end ? FAIL : r->partial ? MORE : NEXT;
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
		slot->len = 0;
		return NEXT;
	case ALGATE_OP_COPY:
		slot->num = res->slot[op->imm].num;
		slot->len = 0;
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
		slot->len = 0;
		return NEXT;
	case ALGATE_OP_STF:
		res->var[op->imm] = slot->num;
		return NEXT;
	case ALGATE_OP_LDM:
		slot->len = 0;
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
	case ALGATE_OP_IS:
		return run_is(r, slot, op->imm) ? NEXT : FAIL;
	case ALGATE_OP_HASH:
		slot->num = run_hash(r, &res->slot[op->imm]);
		slot->len = 0;
		return NEXT;
	case ALGATE_OP_FIELD:
		return run_field(r, lit, len);
	case ALGATE_OP_EACH:
		run_enter(r, op);
		return NEXT;
	case ALGATE_OP_PART:
		return run_part(r);
	case ALGATE_OP_RECALL:
		return run_recall(r, op->a, op->imm & 0xff, op->imm >> 8);
	case ALGATE_OP_REMEMBER:
		return run_note(r, op->imm & 0xff, res->slot[op->imm >> 8].num,
				slot->num, false);
	case ALGATE_OP_FORGET:
		return run_note(r, op->imm, slot->num, 0, true);
	case ALGATE_OP_ACT:
		return run_act(r, &prog->action[op->imm]);
	case ALGATE_OP_ADJUST:
		return run_adjust(r, op->a, op->imm);
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
	u32 floor = min_t(u32, r->cur + op->near, op->far);

	/* in a walk: parts come one after the other, and then the rest */
	if (r->depth)
		floor = min_t(u32, r->stroll[0].part, r->far);
	res->untouched = min_t(u32, res->untouched, floor);
	return ALGATE_NEED_MORE;
}

/* Where an action wants what a slot holds in the end. */
static void run_settle(struct run *r)
{
	struct algate_result *res = r->result;
	u32 i;

	for (i = 0; i < res->nintents; i++) {
		struct algate_intent *in = &res->intent[i];
		const struct algate_action *act = in->act;

		in->key = act->key == ALGATE_SLOT_NONE ? 0 :
			  res->slot[act->key].num;
		in->time = act->time == ALGATE_SLOT_NONE ? act->number :
			   res->slot[act->time].num;
	}
}

static enum algate_outcome run_end(struct run *r, enum algate_outcome outcome)
{
	/* what matches now may not when the rest of the message is there */
	if (r->msg->partial && !r->msg->early && outcome != ALGATE_UNMATCHED)
		return ALGATE_NEED_MORE;
	if (outcome == ALGATE_HANDLED)
		run_settle(r);
	return outcome;
}

/* How far to the next instruction, 0: none */
static u32 run_case(const struct run *r, const u8 *table)
{
	STEP(r, 1);
	return r->cur < r->end ? table[r->msg->data[r->cur]] : 0;
}

/**
 * algate_run() - run a program on a message
 * @prog: verified program
 * @msg: message, or its beginning when @msg->partial
 * @result: with the flow's variables in; filled in
 *
 * Every instruction outside a walk runs at most once, since all other jumps
 * are forward and inside the program (V2), whose last instruction ends the
 * run (V1); those in a walk once for each of its parts (V12). Writes to
 * @result and nothing else. Any context.
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
	struct run r;
	const struct algate_instr *op = &prog->insn[prog->entry[msg->dir]];
	u32 n;

	r.prog = prog;
	r.msg = msg;
	r.result = result;
	r.cur = 0;
	r.lo = 0;
	r.end = msg->len;
	r.partial = msg->partial;
	r.depth = 0;
	result->nintents = 0;
	result->nedits = 0;
	result->nadjusts = 0;
	result->nnotes = 0;
	result->stop = false;
	result->why = ALGATE_C_REQUIRE;
	result->counted = 0;
	result->untouched = msg->len;
	result->steps = 0;

	for (;; op++) {
		STEP(&r, 1);
		/* kernels have no jump tables: a switch is a search */
		if (op->op == ALGATE_OP_JUMP) {
			op += op->jf;
			continue;
		}
		if (op->op == ALGATE_OP_LIT) {
			switch (run_literal(&r, prog->literals +
					    (op->imm & 0xffff), op->imm >> 16,
					    op->a)) {
			case FAIL:
				op += op->jf;
				break;
			case MORE:
				return run_wait(&r, op);
			}
			continue;
		}
		switch (op->op) {
		case ALGATE_OP_END:
			return run_end(&r, op->imm ? ALGATE_HANDLED :
						     ALGATE_UNMATCHED);
		case ALGATE_OP_REFUSE:
			return run_end(&r, ALGATE_REFUSED);
		case ALGATE_OP_TURN:
			run_turn(&r);
			op -= op->imm + 1;
			continue;
		case ALGATE_OP_CASE:
			n = run_case(&r, prog->cases[op->imm]);
			if (!n && r.cur == r.end && r.partial)
				return run_wait(&r, op);
			op += n ? n - 1 : op->jf;
			continue;
		}
		switch (run_insn(&r, op)) {
		case FAIL:
			op += op->jf;
			break;
		case MORE:
			return run_wait(&r, op);
		case REFUSE:
			return run_end(&r, ALGATE_REFUSED);
		}
	}
}

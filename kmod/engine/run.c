// SPDX-License-Identifier: GPL-2.0
/*
 * A verified program on one message: what does it want done?
 *
 * What the verifier proved is not checked again; README in this folder
 * names the invariants (V1 ...). What only the message decides, that is the
 * cursor against the message's end, is checked at every step.
 */
#include "look.h"

/* V5. Eight bytes at once, unless the message may be over before that. */
static __always_inline int run_literal(struct run *r,
				       const struct algate_step *op)
{
	const u8 *lit = r->prog->literals + (op->imm & 0xffff);

	if ((s32)r->cur > r->words) {
		if (op->len != 1 || r->cur == r->end)
			return algate_run_compare(r, lit, op->len, op->a);
		STEP(r, 1);
		if ((r->data[r->cur] ^ op->word) & op->mask)
			return FAIL;
		r->cur++;
		return NEXT;
	}
	STEP(r, op->len);
	if ((get_unaligned_le64(r->data + r->cur) ^ op->word) & op->mask)
		return FAIL;
	if (op->len > 8 || op->len > r->end - r->cur)
		return algate_run_compare(r, lit, op->len, op->a);
	r->cur += op->len;
	return NEXT;
}

/* Behind a header field's name: mostly a colon and a blank */
static __always_inline bool pass_colon(struct run *r, u32 at)
{
	const u8 *p = r->data + at;

	if (r->end < at + 3 || p[0] != ':' || p[1] != ' ' || p[2] <= ' ')
		return false;
	STEP(r, 3);
	r->cur = at + 2;
	return true;
}

/*
 * The first name is compared at once, of others the first byte: mostly the
 * field has none of them, and that is certain then.
 */
static __always_inline int run_name(struct run *r, const struct algate_step *op)
{
	u64 word;
	u8 c;

	if ((s32)r->cur <= r->words && op->few) {
		word = get_unaligned_le64(r->data + r->cur);
		c = word | 0x20;
		if (!((word ^ op->word) & op->mask)) {
			if (op->len <= 8 && pass_colon(r, r->cur + op->len))
				return NEXT;
		} else if (c != op->byte[0] && c != op->byte[1] &&
			   c != op->byte[2]) {
			STEP(r, op->len);
			return FAIL;
		}
	}
	return algate_run_field(r, r->prog->literals + (op->imm & 0xffff),
				op->imm >> 16);
}

/* Is @c in the instruction's set (V6)? */
static __always_inline bool in_set(const struct algate_step *op, u8 c)
{
	return op->in[c] & op->bit;
}

static __always_inline u32 run_until(const struct run *r, u32 end,
				     const struct algate_step *op)
{
	return algate_until(op, r->data, r->cur, end, r->msg->len);
}

static __always_inline int run_span(struct run *r,
				    const struct algate_step *op)
{
	const u8 *in = op->in;
	const u8 *p = r->data + r->cur;
	u32 left = r->end - r->cur;
	u32 most = min_t(u32, left, op->imm >> 16);
	u8 bit = op->bit;
	u32 n = 0;

	if (op->few)
		n = run_until(r, r->cur + most, op) - r->cur;
	else
		while (n < most && in[p[n]] & bit)
			n++;
	STEP(r, n + 1);
	if (n == left && n < op->imm >> 16 && r->partial)
		return MORE;
	if (n < (op->imm & 0xffff))
		return FAIL;
	r->cur += n;
	return NEXT;
}

/* What is optional, up to a byte: see algate_step.into */
static int run_upto(struct run *r, const struct algate_step *op)
{
	u32 at = run_until(r, r->end, op);

	STEP(r, at - r->cur + 1);
	if (at == r->end) {
		if (r->partial)
			return NEXT;
	} else if (r->data[at] == op->len) {
		r->cur = at + 1;
	}
	r->to = op->into;
	return GO;
}

static int run_scan(struct run *r, const struct algate_step *op)
{
	u32 left = r->end - r->cur;
	u32 n;

	if (op->few)
		n = run_until(r, r->end, op) - r->cur;
	else
		n = algate_find_member(r->data + r->cur, left, op->in, op->bit);
	STEP(r, n + 1);
	if (n == left)
		return run_out(r);
	r->cur += n;
	return NEXT;
}

static __always_inline int run_peek(struct run *r,
				    const struct algate_step *op)
{
	STEP(r, 1);
	if (r->cur == r->end)
		return run_out(r);
	return in_set(op, r->data[r->cur]) ? NEXT : FAIL;
}

static __always_inline int run_skip(struct run *r, u32 n)
{
	if (n > r->end - r->cur)
		return run_out(r);
	r->cur += n;
	return NEXT;
}

static __always_inline int run_seek(struct run *r, u32 to)
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

static int run_take(struct run *r, const struct algate_step *op)
{
	struct algate_value *v = &r->result->slot[op->a];
	struct reader text = {
		.p = r->data + r->cur, .len = r->end - r->cur,
		.partial = r->partial,
	};
	int err;

	STEP(r, ALGATE_VALUE_MAX);
	run_touch(r);
	if (op->len && r->cur < r->end && r->data[r->cur] != op->len &&
	    (u8)(r->data[r->cur] - '0') > 9)
		return FAIL;
	err = op->notation->read(op->notation, &text, v);
	if (err)
		return err == ALGATE_MORE ? MORE : FAIL;
	v->off = r->cur;
	v->len = text.pos;
	r->cur += text.pos;
	return NEXT;
}

/* The walk has come to the end of its window, for good. */
static __always_inline bool run_over(struct run *r)
{
	struct algate_stroll *s = r->stroll;

	if (s->next != s->end || s->partial)
		return false;
	r->stroll--;
	r->lo = s->lo;
	r->end = s->end;
	r->cur = s->end;
	r->partial = false;
	return true;
}

/*
 * A walk that has one part at most, which is what is left of the window. If
 * there is nothing left, it is left to walk.c; else @r->to is where it begins.
 */
static __always_inline bool run_once(struct run *r,
				     const struct algate_step *each)
{
	const struct algate_step *part = each->next;
	struct algate_stroll *s;
	u8 known;

	if (!each->few || r->cur == r->end)
		return false;
	s = ++r->stroll;
	if (s == r->result->stroll + 1)
		r->far = r->prog->insn[each - r->prog->step].far;
	s->lo = r->lo;
	s->part = r->cur;
	r->lo = r->cur;
	known = part->in ? part->in[r->data[r->cur]] : 0;
	r->to = known ? part + known : part->next;
	return true;
}

/* Its part is over, and with it the walk. */
static __always_inline void run_once_over(struct run *r,
					  const struct algate_step *turn)
{
	r->lo = r->stroll->lo;
	r->stroll--;
	r->to = turn->next->fail;
}

/* Where the next byte leads. */
static __always_inline int run_case(struct run *r, const struct algate_step *op)
{
	const u8 *table = r->prog->cases[op->imm];
	u8 n;

	STEP(r, 1);
	if (r->cur == r->end)
		return run_out(r);
	n = table[r->data[r->cur]];
	r->to = n ? op[n].into : op->fail;
	return GO;
}

/* Where the cursor is, and perhaps past what is optional */
static __always_inline int run_here(struct run *r, const struct algate_step *op)
{
	struct algate_value *slot = &r->result->slot[op->a];

	slot->num = r->cur - r->lo;
	slot->len = 0;
	return op->few ? run_upto(r, op) : NEXT;
}

static __always_inline int run_turn(struct run *r, const struct algate_step *op)
{
	if (op->few) {
		run_once_over(r, op);
		return GO;
	}
	algate_run_turn(r);
	return NEXT;
}

/*
 * Slots read here are written before on every path (V3), of the kind (V4).
 * What runs often is in algate_run_on().
 */
static int run_seldom(struct run *r, const struct algate_step *op)
{
	struct algate_result *res = r->result;
	const struct algate_prog *prog = r->prog;
	/* @a may be a set instead, of which there are more */
	struct algate_value *slot = &res->slot[op->a % ALGATE_MAX_SLOTS];
	const u8 *lit = prog->literals + (op->imm & 0xffff);
	u32 len = op->imm >> 16;

	switch (op->op) {
	case ALGATE_OP_SKIP:
		return run_skip(r, op->imm);
	case ALGATE_OP_MARK:
		slot->off = r->cur;
		slot->len = 0;
		return NEXT;
	case ALGATE_OP_CLOSE:
		/* a jump back over the mark leaves nothing to span */
		slot->len = r->cur > slot->off ? r->cur - slot->off : 0;
		return NEXT;
	case ALGATE_OP_FIND:
		return algate_run_find(r, lit, len, op->a);
	case ALGATE_OP_MOVE:
		return run_skip(r, slot->num);
	case ALGATE_OP_SAME:
		return algate_run_compare(r, r->data + slot->off, slot->len,
					  false);
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
	case ALGATE_OP_LDM:
		slot->len = 0;
		return algate_run_meta(r, op->imm, &slot->num);
	case ALGATE_OP_LT:
		return slot->num < op->imm ? NEXT : FAIL;
	case ALGATE_OP_LE:
		return slot->num <= op->imm ? NEXT : FAIL;
	case ALGATE_OP_GT:
		return slot->num > op->imm ? NEXT : FAIL;
	case ALGATE_OP_ANY:
		return slot->num & op->imm ? NEXT : FAIL;
	case ALGATE_OP_EQS:
		return algate_run_equal(r, op->a, op->imm) ? NEXT : FAIL;
	case ALGATE_OP_HASH:
		slot->num = algate_run_hash(r, &res->slot[op->imm]);
		slot->len = 0;
		return NEXT;
	case ALGATE_OP_RECALL:
		return algate_run_recall(r, op->a, op->imm & 0xff, op->imm >> 8);
	case ALGATE_OP_REMEMBER:
		return algate_run_note(r, op->imm & 0xff, res->slot[op->imm >> 8].num,
				slot->num, false);
	case ALGATE_OP_FORGET:
		return algate_run_note(r, op->imm, slot->num, 0, true);
	case ALGATE_OP_ADJUST:
		return algate_run_adjust(r, op->a, op->imm);
	case ALGATE_OP_REWRITE:
		return algate_run_rewrite(r, op->a, op->imm);
	case ALGATE_OP_COUNT:
		res->counted |= 1 << op->imm;
		return NEXT;
	case ALGATE_OP_STOP:
		res->stop = true;
		return NEXT;
	default:	/* no other gets past the verifier (V1) */
		return FAIL;
	}
}

/* It waits here: what comes decides which way it goes on. */
static enum algate_outcome run_wait(const struct run *r,
				    const struct algate_step *op)
{
	const struct algate_instr *in = &r->prog->insn[op - r->prog->step];
	struct algate_result *res = r->result;
	u32 floor = min_t(u32, r->cur + in->near, in->far);

	/* in a walk: parts come one after the other, and then the rest */
	if (r->stroll > res->stroll)
		floor = min_t(u32, res->stroll[1].part, r->far);
	res->untouched = min_t(u32, res->untouched, floor);
	return ALGATE_NEED_MORE;
}

static enum algate_outcome run_end(struct run *r, enum algate_outcome outcome)
{
	/* what matches now may not when the rest of the message is there */
	if (r->msg->partial && !r->msg->early && outcome != ALGATE_UNMATCHED)
		return ALGATE_NEED_MORE;
	if (outcome == ALGATE_HANDLED && r->settle)
		algate_run_settle(r);
	return outcome;
}

/**
 * algate_run_on() - go on with a run; see algate_run()
 * @prog: verified program
 * @msg: message, or its beginning
 * @result: filled in
 * @op: what is to be done next
 * @cur: where the cursor is
 *
 * Nothing was written before that.
 *
 * Return: as algate_run().
 */
enum algate_outcome algate_run_on(const struct algate_prog *prog,
				  const struct algate_message *msg,
				  struct algate_result *result,
				  const struct algate_step *op, u32 cur)
{
	struct algate_value *slot = result->slot;
	struct run r = {
		.prog = prog, .msg = msg, .result = result, .data = msg->data,
		.cur = cur, .end = msg->len, .partial = msg->partial,
		.stroll = result->stroll,
		.words = msg->partial ? -1 : (s32)msg->len - 8,
	};
	int ret;

	result->nintents = 0;
	result->nedits = 0;
	result->nadjusts = 0;
	result->nnotes = 0;
	result->stop = false;
	result->why = ALGATE_C_REQUIRE;
	result->counted = 0;
	result->untouched = msg->len;

	for (;;) {
		STEP(&r, 1);
		switch (op->op) {
		case ALGATE_OP_SPAN:
			ret = run_span(&r, op);
			break;
		case ALGATE_OP_LIT:
			ret = run_literal(&r, op);
			break;
		case ALGATE_OP_TAKE:
			ret = run_take(&r, op);
			break;
		case ALGATE_OP_EOM:
			ret = r.cur < r.end ? FAIL : r.partial ? MORE : NEXT;
			break;
		case ALGATE_OP_ACT:
			ret = algate_run_act(&r, &prog->action[op->imm]);
			break;
		case ALGATE_OP_PART:
			ret = run_over(&r) ? FAIL : algate_run_part(&r, op);
			break;
		case ALGATE_OP_CASE:
			ret = run_case(&r, op);
			break;
		case ALGATE_OP_PEEK:
			ret = run_peek(&r, op);
			break;
		case ALGATE_OP_FIELD:
			ret = run_name(&r, op);
			break;
		case ALGATE_OP_EACH:
			if (run_once(&r, op)) {
				ret = GO;
				break;
			}
			algate_run_enter(&r, op);
			/* V12 */
			op = op->next;
			STEP(&r, 1);
			ret = algate_run_part(&r, op);
			break;
		case ALGATE_OP_HERE:
			ret = run_here(&r, op);
			break;
		case ALGATE_OP_TURN:
			ret = run_turn(&r, op);
			break;
		case ALGATE_OP_SET:
			slot[op->a].num = op->imm;
			slot[op->a].len = 0;
			ret = NEXT;
			break;
		case ALGATE_OP_END:
			ret = DONE;
			break;
		case ALGATE_OP_LDF:
			slot[op->a].num = result->var[op->imm];
			slot[op->a].len = 0;
			ret = NEXT;
			break;
		case ALGATE_OP_STF:
			result->var[op->imm] = slot[op->a].num;
			ret = NEXT;
			break;
		case ALGATE_OP_SCAN:
			ret = run_scan(&r, op);
			break;
		case ALGATE_OP_EQ:
			ret = slot[op->a].num == op->imm ? NEXT : FAIL;
			break;
		case ALGATE_OP_NE:
			ret = slot[op->a].num != op->imm ? NEXT : FAIL;
			break;
		case ALGATE_OP_COPY:
			slot[op->a].num = slot[op->imm].num;
			slot[op->a].len = 0;
			ret = NEXT;
			break;
		case ALGATE_OP_GE:
			ret = slot[op->a].num >= op->imm ? NEXT : FAIL;
			break;
		case ALGATE_OP_IS:
			ret = algate_run_is(&r, &slot[op->a], op->imm) ?
			      NEXT : FAIL;
			break;
		case ALGATE_OP_SEEK:
			ret = run_seek(&r, slot[op->a].num);
			break;
		case ALGATE_OP_AT:
			ret = run_seek(&r, op->imm);
			break;
		case ALGATE_OP_JUMP:
			ret = FAIL;
			break;
		case ALGATE_OP_REFUSE:
			ret = REFUSE;
			break;
		default:
			ret = run_seldom(&r, op);
		}
		if (ret == NEXT)
			op = op->next;
		else if (ret == FAIL)
			op = op->fail;
		else if (ret == GO)
			op = r.to;
		else if (ret == MORE)
			return run_wait(&r, op);
		else if (ret == REFUSE)
			return run_end(&r, ALGATE_REFUSED);
		else
			return run_end(&r, op->imm ? ALGATE_HANDLED :
						     ALGATE_UNMATCHED);
	}
}

/**
 * algate_run() - run a program on a message
 * @prog: verified program
 * @msg: message, or its beginning when @msg->partial
 * @result: with the flow's variables in; filled in unless no rule matches
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
	const struct algate_step *op = &prog->step[prog->entry[msg->dir]];
	struct algate_look l = {
		.prog = prog, .data = msg->data, .end = msg->len,
	};

	if (!msg->partial)
		op = algate_look(&l, algate_begin(prog, prog->first, msg->dir,
						  msg->data, msg->len));
	result->steps = l.steps;
	if (algate_is_dull(op))
		return ALGATE_UNMATCHED;
	return algate_run_on(prog, msg, result, op, l.cur);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a verified program on a message and collects the requested actions.
 *
 * The verifier has proved the properties V1 to V13 (VERIFIER in this folder), so
 * a run does not check these again. The run compares the cursor with the end of
 * the window at each step, since both depend on the message.
 */
#include "compare.h"

/* Common case behind a header field's name: a colon, one blank, the value */
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
 * FIELD: compare the first name as a word, and only the first byte of the other
 * names. Common case: the field has a different first byte, so FIELD fails.
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
				return PASS;
		} else if (c != op->byte[0] && c != op->byte[1] &&
			   c != op->byte[2]) {
			STEP(r, op->len);
			return FAIL;
		}
	}
	return algate_run_field(r, r->prog->literals + (op->imm & 0xffff),
				op->imm >> 16);
}

static __always_inline int run_scan(struct run *r, struct cursor *c,
				    const struct algate_step *op)
{
	u32 left = c->end - c->at;
	u32 n;

	if (op->few)
		n = compare_until(r, c, c->end, op) - c->at;
	else
		n = algate_find_member(r->data + c->at, left, op->in, op->bit);
	STEP(r, 1);
	SPEND(r, n);
	if (n == left)
		return run_out(r);
	c->at += n;
	return PASS;
}

static __always_inline int run_skip(const struct run *r, struct cursor *c,
				    u32 n)
{
	if (n > c->end - c->at)
		return run_out(r);
	c->at += n;
	return PASS;
}

/* A value is read here, so an edit may begin at the cursor. */
static __always_inline void run_touch(struct run *r)
{
	if (r->cur < r->result->untouched)
		r->result->untouched = r->cur;
}

static int run_take(struct run *r, const struct algate_step *op)
{
	struct algate_value *v = &r->result->slot[op->a];
	u32 old = v->num;
	int n;

	STEP(r, ALGATE_VALUE_MAX);
	run_touch(r);
	if (op->len && r->cur < r->end && r->data[r->cur] != op->len &&
	    (u8)(r->data[r->cur] - '0') > 9)
		return FAIL;
	n = algate_notation_read(op->notation, r->data + r->cur,
				 r->end - r->cur, r->partial, v);
	if (n < 0)
		return n == ALGATE_MORE ? MORE : FAIL;
	if (unlikely(op->imm) && !algate_value_scale(v, op->imm)) {
		v->num = old;
		return FAIL;
	}
	v->scale = op->imm;
	v->off = r->cur;
	v->len = n;
	r->cur += n;
	return PASS;
}

/* Leave the loop if no element is left and no byte can follow. */
static __always_inline bool run_over(struct run *r)
{
	struct algate_iter *s = r->iter;

	if (s->next != s->end || s->partial)
		return false;
	r->iter--;
	r->lo = s->lo;
	r->end = s->end;
	r->cur = s->end;
	r->partial = false;
	return true;
}

/*
 * EACH of a loop with at most one element, the rest of the window. Enters the
 * loop and the element; @r->to is the first step in the element. An empty rest
 * is left to loop.c.
 */
static __always_inline bool run_once(struct run *r,
				     const struct algate_step *each)
{
	const struct algate_step *head = each->next;
	struct algate_iter *s;
	u8 known;

	if (!each->few || r->cur == r->end)
		return false;
	s = ++r->iter;
	if (s == r->result->iter + 1)
		r->far = r->prog->insn[each - r->prog->step].far;
	s->loop = &r->prog->loop[each->imm];
	s->lo = r->lo;
	s->element = r->cur;
	r->lo = r->cur;
	known = head->in && !r->bit ? head->in[r->data[r->cur]] : 0;
	r->to = known ? head + known : head->next;
	return true;
}

/* LOOP of a loop with at most one element: leave the loop. */
static __always_inline void run_once_over(struct run *r,
					  const struct algate_step *op)
{
	r->lo = r->iter->lo;
	r->iter--;
	r->to = op->next->fail;
}

/* Return: GO with @r->to, or PASS. */
static __always_inline int run_loop(struct run *r, const struct algate_step *op)
{
	if (op->few) {
		run_once_over(r, op);
		return GO;
	}
	algate_run_loop(r);
	return PASS;
}

/* A cursor that moved back before MARK leaves an empty span. */
static __always_inline int run_close(struct algate_value *slot, u32 at)
{
	slot->len = at > slot->off ? at - slot->off : 0;
	return PASS;
}

/* AT, SEEK: go to a whole byte */
static __always_inline int run_seek(struct run *r, struct cursor *c, u32 to)
{
	int ret = compare_seek(r, c, to);

	if (ret == PASS)
		r->bit = 0;
	return ret;
}

/* BACK: return to a position that HERE has stored */
static __always_inline int run_back(struct run *r, struct cursor *c, u32 pos)
{
	u32 at = (pos >> 3) + !!(pos & 7);
	int ret = at < r->lo ? FAIL : compare_seek(r, c, at - r->lo);

	if (ret == PASS)
		r->bit = pos;
	return ret;
}

/* V3, V4 */
static __always_inline void slot_set(struct algate_value *slot, u32 num)
{
	slot->num = num;
	slot->len = 0;
}

/*
 * The rarely executed instructions that neither read the message nor move the
 * cursor. Each slot that an instruction reads was written on every path (V3)
 * and has the right kind (V4).
 */
static int run_value(struct run *r, const struct algate_step *op)
{
	struct algate_result *res = r->result;
	struct algate_value *slot = &res->slot[op->a];

	switch (op->op) {
	case ALGATE_OP_ADD:
		slot->num += op->imm;
		return PASS;
	case ALGATE_OP_SUB:
		slot->num -= op->imm;
		return PASS;
	case ALGATE_OP_AND:
		slot->num &= op->imm;
		return PASS;
	case ALGATE_OP_OR:
		slot->num |= op->imm;
		return PASS;
	case ALGATE_OP_ADDS:
		slot->num += res->slot[op->imm].num;
		return PASS;
	case ALGATE_OP_SUBS:
		slot->num -= res->slot[op->imm].num;
		return PASS;
	case ALGATE_OP_LDM:
		slot->len = 0;
		return algate_run_meta(r, op->imm, &slot->num);
	case ALGATE_OP_LT:
		return slot->num < op->imm ? PASS : FAIL;
	case ALGATE_OP_GT:
		return slot->num > op->imm ? PASS : FAIL;
	case ALGATE_OP_ANY:
		return slot->num & op->imm ? PASS : FAIL;
	case ALGATE_OP_EQS:
		return algate_run_afford(r, algate_run_equal(r, op->a, op->imm) ?
					    PASS : FAIL);
	case ALGATE_OP_IS:
		return algate_run_is(r, slot, op->imm) ? PASS : FAIL;
	case ALGATE_OP_HASH:
		slot_set(slot, algate_run_hash(r, op->imm));
		return algate_run_afford(r, PASS);
	case ALGATE_OP_MIX:
		slot_set(slot, algate_run_mix(r, slot->num, op->imm));
		return algate_run_afford(r, PASS);
	case ALGATE_OP_RECALL:
		return algate_run_recall(r, op->a, op->imm & 0xff,
					 op->imm >> 8);
	case ALGATE_OP_REMEMBER:
		return algate_run_note(r, ALGATE_NOTE_WRITE, op->imm & 0xff,
				       res->slot[op->imm >> 8].num, slot->num);
	case ALGATE_OP_FORGET:
		return algate_run_note(r, ALGATE_NOTE_FORGET, op->imm,
				       slot->num, 0);
	case ALGATE_OP_ASK:
		return algate_run_note(r, ALGATE_NOTE_ASK, op->imm, 0,
				       slot->num);
	case ALGATE_OP_ANSWER:
		return algate_run_answer(r, op->a, op->imm);
	case ALGATE_OP_LISTED:
		return algate_run_listed(r, slot->num, op->imm);
	case ALGATE_OP_MAP:
	case ALGATE_OP_UNMAP:
		return algate_run_map(r, op->a, op->imm & 0xff, op->imm >> 8,
				      op->op == ALGATE_OP_UNMAP);
	case ALGATE_OP_ADJUST:
		return algate_run_adjust(r, op->a, op->imm);
	case ALGATE_OP_REWRITE:
		return algate_run_rewrite(r, op->a, op->imm);
	case ALGATE_OP_COUNT:
		res->counted |= 1 << op->imm;
		return PASS;
	case ALGATE_OP_STOP:
		res->stop = true;
		return PASS;
	default:	/* unreachable (V1) */
		return FAIL;
	}
}

/*
 * @op waits at offset @cur for bytes to come. Lower @untouched to the first
 * offset that any continuation may rewrite.
 */
static enum algate_outcome run_wait(const struct run *r,
				    const struct algate_step *op, u32 cur)
{
	const struct algate_instr *in = &r->prog->insn[op - r->prog->step];
	struct algate_result *res = r->result;
	u32 bound = min_t(u32, cur + in->near, in->far);

	/* in a loop: the waiting element, or a value read behind the loop */
	if (r->iter > res->iter)
		bound = min_t(u32, res->iter[1].element, r->far);
	res->untouched = min_t(u32, res->untouched, bound);
	return ALGATE_NEED_MORE;
}

static enum algate_outcome run_end(struct run *r, enum algate_outcome outcome)
{
	/* the rest of the message may still change the outcome */
	if (r->msg->partial && !r->msg->early && outcome != ALGATE_UNMATCHED &&
	    outcome != ALGATE_ALIEN)
		return ALGATE_NEED_MORE;
	if (outcome == ALGATE_HANDLED && r->settle)
		algate_run_settle(r);
	return outcome;
}

/* NEXT and LOOP change the window and the cursor. */
static __always_inline void cursor_load(struct cursor *c, const struct run *r)
{
	c->at = r->cur;
	c->end = r->end;
}

static void result_init(struct algate_result *result, u32 len)
{
	result->nintents = 0;
	result->nedits = 0;
	result->owner = 0;
	result->nadjusts = 0;
	result->nnotes = 0;
	result->stop = false;
	result->accepted = false;
	result->over = false;
	result->why = ALGATE_C_REQUIRE;
	result->counted = 0;
	result->beyond = 0;
	result->untouched = len;
}

/**
 * algate_run_on() - continue a run; see algate_run()
 * @prog: verified program
 * @msg: message, or its beginning
 * @result: filled in; @result->budget is set
 * @op: next step; no earlier step has written to @result
 * @cur: cursor, an offset in the message, 0 to @msg->len
 *
 * Context: Any context.
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
		.iter = result->iter, .steps = &result->steps,
		.budget = &result->budget,
		.there = msg->len,
		.words = msg->partial ? -1 : (s32)msg->len - 8,
	};
	struct cursor c = { .at = cur, .end = msg->len };
	u32 taken = 0;
	int ret;

	result_init(result, msg->len);
	for (;;) {
		STEP(&r, 1);
		taken += op->cost;
		switch (op->op) {
		case ALGATE_OP_LIT:
			ret = compare_literal(&r, &c, op);
			break;
		case ALGATE_OP_SPAN:
			ret = algate_run_afford(&r, compare_span(&r, &c, op));
			break;
		case ALGATE_OP_AT:
			ret = run_seek(&r, &c, op->imm);
			break;
		case ALGATE_OP_CASE:
			ret = compare_case(&r, &c, op, &op);
			break;
		case ALGATE_OP_PEEK:
			ret = compare_peek(&r, &c, op);
			break;
		case ALGATE_OP_SCAN:
			ret = algate_run_afford(&r, run_scan(&r, &c, op));
			break;
		case ALGATE_OP_SKIP:
			ret = run_skip(&r, &c, op->imm);
			break;
		case ALGATE_OP_MOVE:
			ret = run_skip(&r, &c, slot[op->a].num);
			if (ret == PASS)
				r.bit = 0;
			break;
		case ALGATE_OP_MARK:
			slot[op->a].off = c.at;
			slot[op->a].len = 0;
			ret = PASS;
			break;
		case ALGATE_OP_CLOSE:
			ret = run_close(&slot[op->a], c.at);
			break;
		case ALGATE_OP_EOM:
			ret = c.at < c.end ? FAIL : r.partial ? MORE : PASS;
			break;
		case ALGATE_OP_HERE:
			slot_set(&slot[op->a], algate_run_position(&r, c.at));
			ret = PASS;
			break;
		case ALGATE_OP_BACK:
			ret = run_back(&r, &c, slot[op->a].num);
			break;
		case ALGATE_OP_SEEK:
			ret = run_seek(&r, &c, slot[op->a].num);
			break;
		case ALGATE_OP_SET:
			slot_set(&slot[op->a], op->imm);
			ret = PASS;
			break;
		case ALGATE_OP_COPY:
			slot_set(&slot[op->a], slot[op->imm].num);
			ret = PASS;
			break;
		case ALGATE_OP_LDF:
			slot_set(&slot[op->a], result->var[op->imm]);
			ret = PASS;
			break;
		case ALGATE_OP_STF:
			result->var[op->imm] = slot[op->a].num;
			ret = PASS;
			break;
		case ALGATE_OP_EQ:
			ret = slot[op->a].num == op->imm ? PASS : FAIL;
			break;
		case ALGATE_OP_NE:
			ret = slot[op->a].num != op->imm ? PASS : FAIL;
			break;
		case ALGATE_OP_LE:
			ret = slot[op->a].num <= op->imm ? PASS : FAIL;
			break;
		case ALGATE_OP_GE:
			ret = slot[op->a].num >= op->imm ? PASS : FAIL;
			break;
		case ALGATE_OP_JUMP:
			ret = FAIL;
			break;
		case ALGATE_OP_REFUSE:
			ret = REFUSE;
			break;
		case ALGATE_OP_ACCEPT:
			result->accepted = true;
			r.bit = 0;
			ret = compare_seek(&r, &c, 0);
			break;
		case ALGATE_OP_END:
			ret = DONE;
			break;
		case ALGATE_OP_TAKE:
			r.cur = c.at;
			ret = run_take(&r, op);
			c.at = r.cur;
			break;
		case ALGATE_OP_ACT:
			ret = algate_run_act(&r, &prog->action[op->imm]);
			break;
		case ALGATE_OP_FIELD:
			r.cur = c.at;
			ret = run_name(&r, op);
			c.at = r.cur;
			break;
		case ALGATE_OP_EACH:
		case ALGATE_OP_WITHIN:
			r.cur = c.at;
			if (run_once(&r, op)) {
				op = r.to;
				continue;
			}
			ret = algate_run_enter(&r, op);
			if (ret != PASS)
				break;
			/* the NEXT (V12) */
			op = op->next;
			STEP(&r, 1);
			taken++;
			fallthrough;
		case ALGATE_OP_NEXT:
			result->budget -= taken;
			taken = 0;
			if (!op->bit)
				r.bit = 0;
			ret = run_over(&r) ? FAIL : algate_run_next(&r, op);
			ret = algate_run_afford(&r, ret);
			op = ret == GO ? r.to : op;
			cursor_load(&c, &r);
			break;
		case ALGATE_OP_LOOP:
			r.cur = c.at;
			ret = run_loop(&r, op);
			op = ret == GO ? r.to : op;
			cursor_load(&c, &r);
			break;
		case ALGATE_OP_BITS:
			r.cur = c.at;
			ret = algate_run_bits(&r, op->imm, &slot[op->a].num);
			slot[op->a].len = 0;
			c.at = r.cur;
			break;
		case ALGATE_OP_FIND:
			r.cur = c.at;
			ret = algate_run_afford(&r, algate_run_find(&r, op));
			c.at = r.cur;
			break;
		case ALGATE_OP_SAME:
			r.cur = c.at;
			ret = algate_run_same(&r, &slot[op->a]);
			ret = algate_run_afford(&r, ret);
			c.at = r.cur;
			break;
		default:
			ret = run_value(&r, op);
		}
		if (ret == PASS)
			op = op->next;
		else if (ret == FAIL)
			op = op->fail;
		else if (ret == MORE)
			return run_wait(&r, op, c.at);
		else if (ret == REFUSE)
			return run_end(&r, ALGATE_REFUSED);
		else if (ret == DONE)
			return run_end(&r, (enum algate_outcome)op->imm);
	}
}

/**
 * algate_run() - run a program on a message
 * @prog: verified program
 * @msg: message, or its beginning when @msg->partial
 * @result: @result->var holds the flow's variables on entry; filled in unless
 *	no rule matches
 *
 * A run ends. Outside of loops, each instruction runs at most once: jumps are
 * forward and stay inside the program (V2), and the last instruction ends the
 * run (V1). In a loop, each instruction runs at most once for each element
 * (V12). A run takes at most ALGATE_MAX_STEPS steps (V10).
 *
 * Writes only to @result.
 *
 * Context: Any context.
 *
 * Return: ALGATE_HANDLED: a rule matched, @result has its requests;
 * ALGATE_REFUSED: a rule refused the message, or the requests exceed a limit;
 * ALGATE_UNMATCHED: no rule matches, regardless of further bytes;
 * ALGATE_ALIEN: the message is not the protocol's, regardless of further bytes;
 * ALGATE_NEED_MORE: @msg is partial, and the outcome depends on the rest.
 */
enum algate_outcome algate_run(const struct algate_prog *prog,
			       const struct algate_message *msg,
			       struct algate_result *result)
{
	const struct algate_step *op = algate_entry(prog, msg);
	struct algate_fast_path path = {
		.prog = prog, .data = msg->data, .end = msg->len,
	};

	if (!msg->partial && !msg->first)
		op = algate_begin(prog, prog->first, msg->dir, msg->data,
				  msg->len);
	if (!msg->partial)
		op = algate_fast_path(&path, op);
	else
		path.budget = ALGATE_RUN_STEPS;
	result->steps = path.steps;
	result->budget = path.budget;
	if (algate_no_match(op))
		return ALGATE_UNMATCHED;
	return algate_run_on(prog, msg, result, op, path.cur);
}

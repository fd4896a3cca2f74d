// SPDX-License-Identifier: GPL-2.0
#include "oracle_world.h"

unsigned long oracle_passed[__ALGATE_OP_MAX];
unsigned long oracle_failed[__ALGATE_OP_MAX];

unsigned long oracle_found[__ALGATE_LOOP_MAX];
unsigned long oracle_malformed[__ALGATE_LOOP_MAX];

const struct algate_prog *prog;
const struct algate_message *msg;
static struct algate_result *res;
static struct oracle_elements parts[ALGATE_MAX_DEPTH];

/* Refuses the message; @why: the counter of the reason */
static enum verdict refuse(enum algate_counter why)
{
	res->why = why;
	return REFUSED;
}

static void copy_slot(const struct world *w, u32 slot, u8 *type,
		      struct algate_value *v)
{
	*type = ALGATE_T_UNSPEC;
	if (slot == ALGATE_SLOT_NONE || slot == ALGATE_SLOT_PEER)
		return;
	*type = prog->slot_type[slot];
	*v = w->slot[slot];
}

static bool is_end(const struct algate_value *v, const struct algate_end *e)
{
	u32 i, len = msg->family == AF_INET ? 4 : 16;

	for (i = 0; i < len; i++)
		if (v->addr[i] != e->addr[i])
			return false;
	return v->family == msg->family;
}

static enum verdict do_act(struct world *w, const struct algate_action *act)
{
	struct algate_intent *in;

	if (act->verb == ALGATE_VERB_TRANSLATE && msg->ends &&
	    act->addr < ALGATE_MAX_SLOTS &&
	    !is_end(&w->slot[act->addr], &msg->ends->own) &&
	    !is_end(&w->slot[act->addr], &msg->ends->peer))
		return PASS;
	if (w->nintents == ALGATE_MAX_INTENTS) {
		if (act->verb != ALGATE_VERB_TRANSLATE ||
		    act->flags & ALGATE_ACTION_F_WITH_CLASS)
			return refuse(ALGATE_C_LIMIT);
		w->beyond++;
		return PASS;
	}
	in = &res->intent[w->nintents++];
	memset(in, 0, sizeof(*in));
	in->act = act;
	copy_slot(w, act->addr, &in->addr_type, &in->addr);
	copy_slot(w, act->port, &in->port_type, &in->port);
	copy_slot(w, act->port2, &in->port2_type, &in->port2);
	return PASS;
}

static enum verdict do_adjust(struct world *w, u32 slot, u32 pad)
{
	if (w->nadjusts == ALGATE_MAX_ADJUSTS)
		return refuse(ALGATE_C_LIMIT);
	res->adjust[w->nadjusts].count = w->slot[slot];
	res->adjust[w->nadjusts].type = prog->slot_type[slot];
	res->adjust[w->nadjusts++].pad = pad;
	return PASS;
}

static enum verdict do_note(struct world *w, u8 kind, u32 table, u32 key,
			    u32 value)
{
	if (w->nnotes == ALGATE_MAX_NOTES)
		return refuse(ALGATE_C_LIMIT);
	res->note[w->nnotes].table = table;
	res->note[w->nnotes].kind = kind;
	res->note[w->nnotes].key = key;
	res->note[w->nnotes++].value = value;
	return PASS;
}

/* Sorts the requests of a queue, and takes the first that is left. */
static enum verdict do_answer(struct world *w, struct algate_value *a,
			      u32 queue)
{
	const struct algate_entry *m, *oldest = NULL;
	u32 i, taken = 0, key = 0;

	for (i = 0; i < w->nnotes; i++)
		if (res->note[i].kind == ALGATE_NOTE_ANSWER)
			taken += res->note[i].table == queue;
	for (i = 0; msg->entries && i < msg->entries->room; i++) {
		m = &msg->entries->entry[i];
		if (m->table == queue && oracle_is_live(m) &&
		    (!oldest || (s32)(m->key - key) < 0)) {
			oldest = m;
			key = m->key;
		}
	}
	memset(a, 0, sizeof(*a));
	for (i = 0; oldest && i < msg->entries->room; i++) {
		m = &msg->entries->entry[i];
		if (m->table == queue && oracle_is_live(m) &&
		    m->key == key + taken) {
			a->num = m->value == ~0U ? 0 : m->value;
			break;
		}
	}
	return do_note(w, ALGATE_NOTE_ANSWER, queue, 0, 0);
}

static bool overlap(const struct algate_edit *a, const struct algate_edit *b)
{
	return a->off < b->off + b->len && b->off < a->off + a->len;
}

static enum verdict do_rewrite(struct world *w, u32 to, u32 from)
{
	const struct algate_value *place = &w->slot[to];
	struct algate_edit edit = { .off = place->off, .len = place->len };
	u32 times = place->scale >> 16, plus = place->scale & 0xffff;
	struct algate_value v = w->slot[from];
	bool fits = true;
	u32 i;
	int n;

	if (place->scale) {
		times = times ? times : 1;
		fits = v.num >= plus && (v.num - plus) % times == 0;
		v.num = (v.num - plus) / times;
	}
	n = algate_value_write(prog->slot_type[to], &v, edit.text);
	if (n == -ERANGE || !fits)
		return refuse(ALGATE_C_NO_ROOM);
	if (n < 0)
		return FAIL;
	edit.n = n;
	for (i = 0; i < w->nedits; i++) {
		const struct algate_edit *e = &res->edit[i];

		if (e->off == edit.off && e->len == edit.len &&
		    e->n == edit.n && !memcmp(e->text, edit.text, n))
			return PASS;
		if (overlap(e, &edit))
			return FAIL;
	}
	if (w->nedits == ALGATE_MAX_EDITS)
		return FAIL;
	res->edit[w->nedits++] = edit;
	return PASS;
}

static enum verdict enter_loop(struct world *w, u32 index, u32 slot)
{
	u32 len = w->slot[slot & 31].num;
	struct level *l = &w->level[w->depth];

	l->loop = &prog->loop[index];
	l->outer = w->win;
	l->turn = 0;
	l->next = w->cur;
	l->stuck = false;
	if (l->loop->kind == ALGATE_LOOP_WITHIN) {
		struct oracle_elements *p = &parts[w->depth];

		p->n = len > 0;
		p->element[0].from = w->cur;
		p->element[0].to = w->cur + len;
		p->after = w->cur + len;
		p->how = ORACLE_PASS;
		if (len > w->win.end - w->cur) {
			p->n = 0;
			p->how = w->win.more ? ORACLE_WAIT : ORACLE_FAIL;
		}
	} else if (l->loop->kind == ALGATE_LOOP_ADDITION) {
		oracle_split_additions(msg->data, 8 * w->cur - w->left,
				       w->win.end, w->win.more,
				       &parts[w->depth]);
	} else if (l->loop->kind != ALGATE_LOOP_REPEAT)
		oracle_split(l->loop, prog->literals, msg->data, w->cur,
			     w->win.end, w->win.more, &parts[w->depth]);
	w->depth++;
	return PASS;
}

/* Leaving a loop is not a failure: the changes of the copy stay. */
static enum verdict leave_loop(struct world *w, u32 after)
{
	w->depth--;
	w->win = w->level[w->depth].outer;
	w->cur = after;
	return LEFT;
}

static enum verdict do_repeat(struct world *w, struct level *l)
{
	if (l->stuck || l->turn == l->loop->max)
		return leave_loop(w, l->next);
	if (l->next == l->outer.end)
		return l->outer.more ? WAIT : leave_loop(w, l->next);
	l->turn++;
	w->win = (struct window){ l->next, l->outer.end, l->outer.more };
	w->cur = l->next;
	return PASS;
}

static enum verdict do_part(struct world *w)
{
	struct level *l = &w->level[w->depth - 1];
	const struct oracle_elements *p = &parts[w->depth - 1];
	u32 kind = l->loop->kind;

	if (kind != ALGATE_LOOP_REPEAT ||
	    (!l->loop->prefix.flags && l->loop->max > 1))
		w->left = 0;
	if (kind == ALGATE_LOOP_REPEAT)
		return do_repeat(w, l);
	if (l->turn == p->n && p->how == ORACLE_PASS)
		return leave_loop(w, p->after);
	if (l->turn == p->n && p->how == ORACLE_WAIT)
		return WAIT;
	if (l->turn == p->n) {
		oracle_malformed[kind]++;
		return refuse(ALGATE_C_MALFORMED);
	}
	if (l->turn == l->loop->max) {
		oracle_malformed[kind]++;
		return refuse(ALGATE_C_LIMIT);
	}
	oracle_found[kind]++;
	w->win = (struct window){ p->element[l->turn].from,
				  p->element[l->turn].to, false };
	w->cur = w->win.lo;
	l->turn++;
	return PASS;
}

static enum verdict do_turn(struct world *w)
{
	struct level *l = &w->level[w->depth - 1];

	l->stuck = w->cur == l->next;
	l->next = w->cur;
	return PASS;
}

static enum verdict do_addition(const struct world *w, struct algate_value *a)
{
	u32 depth = w->depth;

	memset(a, 0, sizeof(*a));
	while (depth--) {
		const struct level *l = &w->level[depth];

		if (l->loop->kind != ALGATE_LOOP_ADDITION)
			continue;
		a->num = parts[depth].element[l->turn - 1].index;
		break;
	}
	return PASS;
}

static enum verdict do_insn(struct world *w, const struct algate_instr *in)
{
	struct algate_value *a = &w->slot[in->a & 31];

	switch (in->op) {
	case ALGATE_OP_JUMP:
		return FAIL;
	case ALGATE_OP_MARK:
		w->mark[in->a] = w->cur;
		memset(a, 0, sizeof(*a));
		a->off = w->cur;
		return PASS;
	case ALGATE_OP_CLOSE:
		memset(a, 0, sizeof(*a));
		a->off = w->mark[in->a];
		a->len = w->cur < a->off ? 0 : w->cur - a->off;
		return PASS;
	case ALGATE_OP_STF:
		w->var[in->imm] = a->num;
		return PASS;
	case ALGATE_OP_EACH:
	case ALGATE_OP_WITHIN:
		return enter_loop(w, in->imm, in->a);
	case ALGATE_OP_LDM:
		return in->imm == ALGATE_META_ADDITION ? do_addition(w, a) :
							 oracle_match(w, in);
	case ALGATE_OP_NEXT:
		return do_part(w);
	case ALGATE_OP_LOOP:
		return do_turn(w);
	case ALGATE_OP_REMEMBER:
		return do_note(w, ALGATE_NOTE_WRITE, in->imm & 0xff,
			       w->slot[in->imm >> 8].num, a->num);
	case ALGATE_OP_FORGET:
		return do_note(w, ALGATE_NOTE_FORGET, in->imm, a->num, 0);
	case ALGATE_OP_ASK:
		return do_note(w, ALGATE_NOTE_ASK, in->imm, 0, a->num);
	case ALGATE_OP_ANSWER:
		return do_answer(w, a, in->imm);
	case ALGATE_OP_ACT:
		return do_act(w, &prog->action[in->imm]);
	case ALGATE_OP_ADJUST:
		return do_adjust(w, in->a, in->imm);
	case ALGATE_OP_REWRITE:
		return do_rewrite(w, in->a, in->imm);
	case ALGATE_OP_COUNT:
		w->counted |= 1 << in->imm;
		return PASS;
	case ALGATE_OP_STOP:
		w->stop = true;
		return PASS;
	case ALGATE_OP_ACCEPT:
		res->accepted = true;
		w->cur = 0;
		w->left = 0;
		return PASS;
	}
	return oracle_match(w, in);
}

/* Only UNMATCHED and ALIEN are final while more of the message may come. */
static enum algate_outcome final(enum algate_outcome outcome)
{
	return msg->partial && !msg->early ? ALGATE_NEED_MORE : outcome;
}

static int by_offset(const void *a, const void *b)
{
	const struct algate_edit *x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

/* Seconds that the action may give; an open has no such limit. */
static u32 longest(const struct algate_action *act)
{
	u32 i, most = 0;

	if (act->verb == ALGATE_VERB_CONFIRM)
		return prog->class[act->class].lifetime;
	if (act->verb != ALGATE_VERB_EXTEND)
		return ~0U;
	for (i = 0; i < prog->nclasses; i++)
		if (prog->class[i].lifetime > most)
			most = prog->class[i].lifetime;
	return most;
}

static enum algate_outcome handled(const struct world *w)
{
	u32 i, k;

	res->nintents = w->nintents;
	res->nedits = w->nedits;
	res->nadjusts = w->nadjusts;
	res->nnotes = w->nnotes;
	res->counted = w->counted;
	res->beyond = w->beyond;
	res->stop = w->stop;
	memcpy(res->var, w->var, sizeof(w->var));
	qsort(res->edit, w->nedits, sizeof(res->edit[0]), by_offset);
	for (i = 0; i < w->nintents; i++) {
		struct algate_intent *in = &res->intent[i];

		if (in->act->key != ALGATE_SLOT_NONE)
			in->key = w->slot[in->act->key].num;
		in->time = in->act->number;
		if (in->act->time != ALGATE_SLOT_NONE)
			in->time = w->slot[in->act->time].num;
		if (in->act->only != ALGATE_SLOT_NONE)
			in->only = w->slot[in->act->only].num;
		for (k = 0; in->act->other && k < ALGATE_MAX_GIVEN; k++) {
			u8 slot = prog->other[in->act->other - 1].slot[k];

			in->given[k] = slot == ALGATE_SLOT_NONE ? 0 :
				       w->slot[slot].num;
		}
		if (in->time > longest(in->act))
			in->time = longest(in->act);
	}
	return final(ALGATE_HANDLED);
}

/* The outcome of END; bytes that have not arrived cannot change it. */
static enum algate_outcome ended(const struct world *w, u32 how)
{
	return how == 0 ? ALGATE_UNMATCHED : how == 1 ? handled(w) :
							 ALGATE_ALIEN;
}

/* Target of the CASE at instruction @i, or -1: the byte may still arrive */
static s64 case_target(const struct world *w, u32 i)
{
	const struct algate_instr *in = &prog->insn[i];
	int byte = oracle_byte(w, w->cur);

	if (byte == -2)
		return -1;
	if (byte >= 0 && prog->cases[in->imm][byte]) {
		oracle_passed[in->op]++;
		return i + prog->cases[in->imm][byte];
	}
	oracle_failed[in->op]++;
	return i + 1 + in->jf;
}

/* Returns the next instruction; -1: needs more bytes; -2: message refused */
static s64 step(struct world *w, u32 i)
{
	const struct algate_instr *in = &prog->insn[i];
	struct world before = *w;
	enum verdict v;

	if (in->op == ALGATE_OP_CASE)
		return case_target(w, i);
	v = do_insn(w, in);
	if (v == WAIT)
		return -1;
	if (v == REFUSED)
		return -2;
	if (v == FAIL || v == LEFT) {
		oracle_failed[in->op]++;
		if (v == FAIL)
			*w = before;
		return i + 1 + in->jf;
	}
	oracle_passed[in->op]++;
	return in->op == ALGATE_OP_LOOP ? i - in->imm : i + 1;
}

enum algate_outcome oracle_run(const struct algate_prog *p,
			       const struct algate_message *m,
			       struct algate_result *result)
{
	static struct world w;
	s64 i = m->first ? p->begin[m->dir] : p->entry[m->dir];

	prog = p;
	msg = m;
	res = result;
	res->why = ALGATE_C_REQUIRE;
	res->accepted = false;
	memset(&w, 0, sizeof(w));
	w.win = (struct window){ 0, m->len, m->partial };
	memcpy(w.var, result->var, sizeof(w.var));
	while (i >= 0) {
		if (p->insn[i].op == ALGATE_OP_REFUSE)
			i = -2;
		else if (p->insn[i].op != ALGATE_OP_END)
			i = step(&w, i);
		else
			return ended(&w, p->insn[i].imm);
	}
	if (i == -1)
		return ALGATE_NEED_MORE;
	res->nnotes = w.nnotes;
	return final(ALGATE_REFUSED);
}

// SPDX-License-Identifier: GPL-2.0
#include "oracle.h"

unsigned long oracle_passed[__ALGATE_OP_MAX];
unsigned long oracle_failed[__ALGATE_OP_MAX];

/* a byte that is not there */
#define NEVER	(-1)	/* and will not be */
#define UNKNOWN	(-2)	/* but may come */

enum verdict { PASS, FAIL, WAIT };

/* All that changes, copied for each instruction. */
struct world {
	u32 cur;
	u32 mark[ALGATE_MAX_SLOTS];
	struct algate_result r;
};

static const struct algate_prog *prog;
static const struct algate_message *msg;

static int byte_at(u64 at)
{
	if (at < msg->len)
		return msg->data[at];
	return msg->partial ? UNKNOWN : NEVER;
}

static enum verdict missing(int byte)
{
	return byte == UNKNOWN ? WAIT : FAIL;
}

static bool in_set(u32 set, int byte)
{
	return prog->set[set][byte / 8] >> byte % 8 & 1;
}

static int lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* Do @len bytes stand at @at, given by their addresses one by one? */
static enum verdict stands(const u8 *want, u32 len, bool nocase, u64 at)
{
	int have;

	if (!len)
		return PASS;
	have = byte_at(at);
	if (have < 0)
		return missing(have);
	if (nocase ? lower(have) != lower(*want) : have != *want)
		return FAIL;
	return stands(want + 1, len - 1, nocase, at + 1);
}

static enum verdict go_to(struct world *w, u64 at)
{
	if (at > msg->len)
		return msg->partial ? WAIT : FAIL;
	w->cur = at;
	return PASS;
}

static enum verdict do_find(struct world *w, const u8 *lit, u32 len, bool nocase)
{
	u64 at;

	for (at = w->cur; ; at++) {
		enum verdict v = stands(lit, len, nocase, at);

		if (v == PASS)
			return go_to(w, at + len);
		if (v == WAIT)
			return WAIT;
		if (byte_at(at) == NEVER)
			return FAIL;
	}
}

static enum verdict do_span(struct world *w, u32 set, u32 min, u32 max)
{
	u32 n = 0;
	int byte;

	while (n < max) {
		byte = byte_at(w->cur + n);
		if (byte == UNKNOWN)
			return WAIT;
		if (byte == NEVER || !in_set(set, byte))
			break;
		n++;
	}
	if (n < min)
		return FAIL;
	w->cur += n;
	return PASS;
}

static enum verdict do_scan(struct world *w, u32 set)
{
	int byte = byte_at(w->cur);

	if (byte < 0)
		return missing(byte);
	if (in_set(set, byte))
		return PASS;
	w->cur++;
	return do_scan(w, set);
}

static enum verdict do_peek(const struct world *w, u32 set)
{
	int byte = byte_at(w->cur);

	if (byte < 0)
		return missing(byte);
	return in_set(set, byte) ? PASS : FAIL;
}

static enum verdict do_end_of_message(const struct world *w)
{
	int byte = byte_at(w->cur);

	if (byte == UNKNOWN)
		return WAIT;
	return byte == NEVER ? PASS : FAIL;
}

static enum verdict do_take(struct world *w, u32 slot)
{
	struct algate_value v;
	int n = algate_value_read(prog->slot_type[slot], msg->data + w->cur,
				  msg->len - w->cur, msg->partial, &v);

	if (n == ALGATE_MORE)
		return WAIT;
	if (n <= 0)
		return FAIL;
	v.off = w->cur;
	v.len = n;
	w->r.slot[slot] = v;
	w->cur += n;
	return PASS;
}

static enum verdict do_datum(u32 what, u32 *num)
{
	switch (what) {
	case ALGATE_META_LEN:
		*num = msg->len;
		return msg->partial ? WAIT : PASS;
	case ALGATE_META_NR:
		*num = msg->nr;
		break;
	case ALGATE_META_SPORT:
		*num = msg->sport;
		break;
	case ALGATE_META_PROTO:
		*num = msg->proto;
		break;
	case ALGATE_META_FAMILY:
		*num = msg->family == AF_INET ? 4 : 6;
		break;
	}
	return PASS;
}

static enum verdict do_equal(const struct world *w, u32 a, u32 b)
{
	const struct algate_value *x = &w->r.slot[a];
	const struct algate_value *y = &w->r.slot[b];
	u32 i;

	if (prog->slot_type[a] != ALGATE_T_SPAN)
		return x->num == y->num ? PASS : FAIL;
	if (x->len != y->len)
		return FAIL;
	for (i = 0; i < x->len; i++)
		if (msg->data[x->off + i] != msg->data[y->off + i])
			return FAIL;
	return PASS;
}

static void do_open(struct world *w, const struct algate_open *open)
{
	struct algate_intent *in = &w->r.intent[w->r.nintents++];

	memset(in, 0, sizeof(*in));
	in->open = open;
	if (open->addr != ALGATE_SLOT_NONE) {
		in->has_addr = true;
		in->addr_type = prog->slot_type[open->addr];
		in->addr = w->r.slot[open->addr];
	}
	if (open->port != ALGATE_SLOT_NONE) {
		in->has_port = true;
		in->port_type = prog->slot_type[open->port];
		in->port = w->r.slot[open->port];
	}
}

static bool is_edited(const struct world *w, u32 at)
{
	u32 i;

	for (i = 0; i < w->r.nedits; i++)
		if (at >= w->r.edit[i].off &&
		    at < w->r.edit[i].off + w->r.edit[i].len)
			return true;
	return false;
}

static int by_offset(const void *a, const void *b)
{
	const struct algate_edit *x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

static enum verdict do_rewrite(struct world *w, u32 to, u32 from)
{
	const struct algate_value *place = &w->r.slot[to];
	struct algate_edit *edit = &w->r.edit[w->r.nedits];
	u32 i;

	for (i = 0; i < place->len; i++)
		if (is_edited(w, place->off + i))
			return FAIL;
	edit->off = place->off;
	edit->len = place->len;
	edit->type = prog->slot_type[to];
	edit->value = w->r.slot[from];
	w->r.nedits++;
	qsort(w->r.edit, w->r.nedits, sizeof(*edit), by_offset);
	return PASS;
}

static enum verdict passes(bool condition)
{
	return condition ? PASS : FAIL;
}

/* arithmetic: a new number has no place */
static enum verdict set_num(struct algate_value *v, u32 num)
{
	memset(v, 0, sizeof(*v));
	v->num = num;
	return PASS;
}

static enum verdict do_match(struct world *w, const struct algate_instr *in)
{
	const struct algate_value *a = &w->r.slot[in->a & 15];
	const u8 *lit = prog->literals + (in->imm & 0xffff);
	enum verdict v;

	switch (in->op) {
	case ALGATE_OP_LIT:
		v = stands(lit, in->imm >> 16, in->a, w->cur);
		return v == PASS ? go_to(w, w->cur + (in->imm >> 16)) : v;
	case ALGATE_OP_FIND:
		return do_find(w, lit, in->imm >> 16, in->a);
	case ALGATE_OP_SPAN:
		return do_span(w, in->a, in->imm & 0xffff, in->imm >> 16);
	case ALGATE_OP_SCAN:
		return do_scan(w, in->a);
	case ALGATE_OP_PEEK:
		return do_peek(w, in->a);
	case ALGATE_OP_SKIP:
		return go_to(w, (u64)w->cur + in->imm);
	case ALGATE_OP_MOVE:
		return go_to(w, (u64)w->cur + a->num);
	case ALGATE_OP_AT:
		return go_to(w, in->imm);
	case ALGATE_OP_SEEK:
		return go_to(w, a->num);
	case ALGATE_OP_EOM:
		return do_end_of_message(w);
	case ALGATE_OP_TAKE:
		return do_take(w, in->a);
	case ALGATE_OP_SAME:
		v = stands(msg->data + a->off, a->len, false, w->cur);
		return v == PASS ? go_to(w, w->cur + a->len) : v;
	}
	abort();
}

static enum verdict do_number(struct world *w, const struct algate_instr *in)
{
	struct algate_value *a = &w->r.slot[in->a & 15];
	u32 num = a->num;
	enum verdict v;

	switch (in->op) {
	case ALGATE_OP_HERE:
		return set_num(a, w->cur);
	case ALGATE_OP_SET:
		return set_num(a, in->imm);
	case ALGATE_OP_COPY:
		return set_num(a, w->r.slot[in->imm].num);
	case ALGATE_OP_ADD:
		return set_num(a, num + in->imm);
	case ALGATE_OP_SUB:
		return set_num(a, num - in->imm);
	case ALGATE_OP_AND:
		return set_num(a, num & in->imm);
	case ALGATE_OP_OR:
		return set_num(a, num | in->imm);
	case ALGATE_OP_ADDS:
		return set_num(a, num + w->r.slot[in->imm].num);
	case ALGATE_OP_SUBS:
		return set_num(a, num - w->r.slot[in->imm].num);
	case ALGATE_OP_LDF:
		return set_num(a, w->r.var[in->imm]);
	case ALGATE_OP_LDM:
		v = do_datum(in->imm, &num);
		return v == PASS ? set_num(a, num) : v;
	case ALGATE_OP_EQ:
		return passes(num == in->imm);
	case ALGATE_OP_NE:
		return passes(num != in->imm);
	case ALGATE_OP_LT:
		return passes(num < in->imm);
	case ALGATE_OP_LE:
		return passes(num <= in->imm);
	case ALGATE_OP_GT:
		return passes(num > in->imm);
	case ALGATE_OP_GE:
		return passes(num >= in->imm);
	case ALGATE_OP_ANY:
		return passes(num & in->imm);
	case ALGATE_OP_EQS:
		return do_equal(w, in->a, in->imm);
	}
	return do_match(w, in);
}

static enum verdict do_insn(struct world *w, const struct algate_instr *in)
{
	struct algate_value *a = &w->r.slot[in->a & 15];

	switch (in->op) {
	case ALGATE_OP_JUMP:
		return FAIL;
	case ALGATE_OP_MARK:
		w->mark[in->a] = w->cur;
		return PASS;
	case ALGATE_OP_CLOSE:
		memset(a, 0, sizeof(*a));
		a->off = w->mark[in->a];
		a->len = w->cur < a->off ? 0 : w->cur - a->off;
		return PASS;
	case ALGATE_OP_STF:
		w->r.var[in->imm] = a->num;
		return PASS;
	case ALGATE_OP_OPEN:
		do_open(w, &prog->open[in->imm]);
		return PASS;
	case ALGATE_OP_REWRITE:
		return do_rewrite(w, in->a, in->imm);
	case ALGATE_OP_COUNT:
		w->r.counted |= 1 << in->imm;
		return PASS;
	case ALGATE_OP_STOP:
		w->r.stop = true;
		return PASS;
	}
	return do_number(w, in);
}

/* Only UNMATCHED is final while more of the message may come. */
static enum algate_outcome final(enum algate_outcome outcome)
{
	return msg->partial ? ALGATE_NEED_MORE : outcome;
}

static enum algate_outcome run_from(u32 i, const struct world *before,
				    struct algate_result *result)
{
	const struct algate_instr *in = &prog->insn[i];
	struct world w = *before;

	switch (in->op) {
	case ALGATE_OP_END:
		if (!in->imm)
			return ALGATE_UNMATCHED;
		*result = w.r;
		return final(ALGATE_HANDLED);
	case ALGATE_OP_REFUSE:
		return final(ALGATE_REFUSED);
	}
	switch (do_insn(&w, in)) {
	case PASS:
		oracle_passed[in->op]++;
		return run_from(i + 1, &w, result);
	case FAIL:
		oracle_failed[in->op]++;
		return run_from(i + 1 + in->jf, before, result);
	default:
		return ALGATE_NEED_MORE;
	}
}

enum algate_outcome oracle_run(const struct algate_prog *p,
			       const struct algate_message *m,
			       struct algate_result *result)
{
	struct world start = { 0 };

	prog = p;
	msg = m;
	memcpy(start.r.var, result->var, sizeof(start.r.var));
	return run_from(p->entry[m->dir], &start, result);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The oracle's instructions that only match bytes, move the cursor and compute
 * numbers.
 */
#include "oracle_world.h"
#include "../../kmod/engine/intent.h"

/* a missing byte */
#define NEVER	(-1)	/* behind the end of the window */
#define UNKNOWN	(-2)	/* may still arrive */

static const struct world *now;	/* byte_at() reads in its window */

static int byte_at(u64 at)
{
	if (at < now->win.end)
		return msg->data[at];
	return now->win.more ? UNKNOWN : NEVER;
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

/* Are the bytes at @at equal to the @len bytes @want? */
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
	if (at > w->win.end)
		return w->win.more ? WAIT : FAIL;
	if (at != w->cur)
		w->left = 0;
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
	return go_to(w, w->cur + n);
}

static enum verdict do_scan(struct world *w, u32 set)
{
	int byte = byte_at(w->cur);

	if (byte < 0)
		return missing(byte);
	if (in_set(set, byte))
		return PASS;
	w->left = 0;
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

static enum verdict do_take(struct world *w, u32 slot, u32 scale)
{
	u32 times = scale >> 16, plus = scale & 0xffff;
	struct algate_value v;
	int n = algate_value_read(prog->slot_type[slot], msg->data + w->cur,
				  w->win.end - w->cur, w->win.more, &v);

	if (n == ALGATE_MORE)
		return WAIT;
	if (n <= 0)
		return FAIL;
	if (scale) {
		double num = (double)v.num * (times ? times : 1) + plus;

		if (num >= 4294967296.0)
			return FAIL;
		v.num = num;
	}
	v.scale = scale;
	v.off = w->cur;
	v.len = n;
	w->slot[slot] = v;
	return go_to(w, w->cur + n);
}

static bool differs(const struct algate_end *a, const struct algate_end *b)
{
	u32 i;

	for (i = 0; i < (msg->family == AF_INET ? 4 : 16); i++)
		if (a->addr[i] != b->addr[i])
			return true;
	return false;
}

/* Is the receiver outside; or, in the other direction, the sender? */
static bool goes_out(bool receiver)
{
	const struct algate_ends *e = msg->ends;
	bool own = e && differs(&e->own, &e->own_seen);
	bool peer = e && differs(&e->peer, &e->peer_real);

	if (own != peer)
		return receiver ? own : peer;
	return receiver ? msg->routed == 1 : msg->routed == -1;
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
	case ALGATE_META_STUN:
		*num = msg->stun;
		break;
	case ALGATE_META_SIDE:
		*num = msg->swapped ? !msg->dir : msg->dir;
		break;
	case ALGATE_META_BROADCAST:
		*num = msg->broadcast;
		break;
	case ALGATE_META_OUTBOUND:
		*num = goes_out(true);
		break;
	case ALGATE_META_INBOUND:
		*num = goes_out(false);
		break;
	case ALGATE_META_FAMILY:
		*num = msg->family == AF_INET ? 4 : 6;
		break;
	}
	return PASS;
}

static enum verdict do_equal(const struct world *w, u32 a, u32 b)
{
	const struct algate_value *x = &w->slot[a];
	const struct algate_value *y = &w->slot[b];
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

/* arithmetic: a new number has no place */
static enum verdict set_num(struct algate_value *v, u32 num)
{
	memset(v, 0, sizeof(*v));
	v->num = num;
	return PASS;
}

static enum verdict do_recall(struct world *w, u32 to, u32 table, u32 key)
{
	const struct algate_entry *m = msg->entries ? msg->entries->entry :
						       NULL;
	u32 i;

	for (i = 0; m && i < msg->entries->room; i++, m++)
		if (m->table == table && m->key == w->slot[key].num &&
		    oracle_is_live(m))
			return set_num(&w->slot[to], m->value);
	return FAIL;
}

static enum verdict passes(bool condition)
{
	return condition ? PASS : FAIL;
}

static enum verdict do_listed(u32 num, u32 param)
{
	u32 i, n = msg->lists ? msg->lists->list[param].n : 0;

	for (i = 0; i < n; i++)
		if (num >= msg->lists->list[param].range[i].first &&
		    num <= msg->lists->list[param].range[i].last)
			return PASS;
	return passes(!n);
}

static u8 bit_of(const u8 *addr, u32 i)
{
	return addr[i / 8] >> (7 - i % 8) & 1;
}

/* Bit by bit: the longest prefix that the address begins with counts. */
static enum verdict do_map(struct world *w, u32 to, u32 map, u32 from,
			   bool back)
{
	const struct algate_value v = w->slot[from];
	const struct algate_pair *best = NULL;
	const u8 *old, *new;
	u32 i, bit;

	for (i = 0; msg->maps && i < msg->maps->map[map].n; i++) {
		const struct algate_pair *p = &msg->maps->map[map].pair[i];

		old = back ? p->to : p->from;
		for (bit = 0; bit < p->bits; bit++)
			if (bit_of(old, bit) != bit_of(v.addr, bit))
				break;
		if (bit == p->bits && p->family == v.family &&
		    (!best || p->bits > best->bits))
			best = p;
	}
	if (!best)
		return FAIL;
	new = back ? best->from : best->to;
	memset(&w->slot[to], 0, sizeof(w->slot[to]));
	w->slot[to].family = v.family;
	for (bit = 0; bit < (v.family == AF_INET ? 32 : 128); bit++)
		w->slot[to].addr[bit / 8] |=
			bit_of(bit < best->bits ? new : v.addr, bit) <<
			(7 - bit % 8);
	return PASS;
}

static bool is_one_of(int byte, const char *bytes)
{
	return byte > 0 && strchr(bytes, byte);
}

/* Tries each name in turn, byte by byte. */
static enum verdict do_field(struct world *w, const u8 *names, u32 len)
{
	const u8 *last = names + len;

	for (; names < last; names += 1 + names[0]) {
		u32 at = w->cur + names[0], blanks = 0;
		enum verdict v = stands(names + 1, names[0], true, w->cur);

		if (v == WAIT)
			return WAIT;
		if (v == FAIL)
			continue;
		for (; is_one_of(byte_at(at), " \t"); at++)
			blanks++;
		if (byte_at(at) == UNKNOWN)
			return WAIT;
		if (byte_at(at) != ':' && blanks)
			return FAIL;
		if (byte_at(at) != ':')
			continue;
		do
			at++;
		while (is_one_of(byte_at(at), " \t\r\n"));
		return byte_at(at) == UNKNOWN ? WAIT : go_to(w, at);
	}
	return FAIL;
}

/* engine_hash.c tests algate_siphash() with the test vectors of SipHash. */
static u32 hash(u32 slot, const struct algate_value *v)
{
	static const u64 none[2];
	u32 of_addr;

	if (prog->slot_type[slot] == ALGATE_T_SPAN)
		return algate_siphash(msg->data + v->off, v->len, none);
	of_addr = algate_siphash(v->addr, v->family == AF_INET6 ? 16 : 4, none);
	return of_addr ? of_addr : 1;
}

/*
 * Hash of a little-endian string: the number, the value, its length or -1. The
 * length of an address is the length of its binary form.
 */
static u32 mix(u32 num, u32 slot, const struct algate_value *v)
{
	u32 word[3] = { num, v->num, -1U };
	const u64 none[2] = { 0, 0 };
	u8 text[12];
	u32 i;

	if (prog->slot_type[slot] == ALGATE_T_SPAN) {
		word[1] = hash(slot, v);
		word[2] = v->len;
	} else if (algate_type_kind(prog->slot_type[slot]) ==
		   ALGATE_KIND_ADDR) {
		word[1] = hash(slot, v);
		word[2] = v->family == AF_INET6 ? 16 : 4;
	}
	for (i = 0; i < 12; i++)
		text[i] = word[i / 4] >> 8 * (i % 4);
	return algate_siphash(text, 12, none);
}

/* Has the receiver opened that port, as the sender sees it? */
static bool is_opened(u32 port)
{
	const struct algate_mapping *b = msg->known;

	while (b && (b->dir == msg->dir || b->proto != msg->proto ||
		     b->mapped.port != port))
		b = b->next;
	return b;
}

/* Private, shared, link, host and unspecified addresses. */
static bool is_private(const struct algate_value *v)
{
	const u8 *a = v->addr;

	if (v->family == AF_INET6)
		return (!a[0] && !a[1]) || a[0] == 0xfc || a[0] == 0xfd ||
		       (a[0] == 0xfe && a[1] >= 0x80);
	switch (a[0]) {
	case 0:
	case 10:
	case 127:
		return true;
	case 100:
		return a[1] >= 64 && a[1] <= 127;
	case 169:
		return a[1] == 254;
	case 172:
		return a[1] >= 16 && a[1] <= 31;
	case 192:
		return a[1] == 168;
	}
	return false;
}

static bool is_whose(const struct algate_value *v, u32 whose)
{
	bool peer = whose == ALGATE_IS_PEER;
	const struct algate_end *e;
	u32 i;

	if (whose == ALGATE_IS_PRIVATE)
		return is_private(v);
	if (!msg->ends || v->family != msg->family)
		return false;
	e = peer ? &msg->ends->peer : &msg->ends->own;
	for (i = 0; i < (v->family == AF_INET ? 4 : 16); i++)
		if (v->addr[i] != e->addr[i])
			return false;
	return !peer || !v->port || v->port == e->port || is_opened(v->port);
}

/* One bit after the other */
static enum verdict do_bits(struct world *w, u32 n, struct algate_value *a)
{
	u32 num = 0;
	int byte;

	for (; n; n--) {
		if (!w->left) {
			byte = byte_at(w->cur);
			if (byte < 0)
				return missing(byte);
			w->cur++;
			w->left = 8;
		}
		w->left--;
		num = 2 * num + (msg->data[w->cur - 1] >> w->left & 1);
	}
	return set_num(a, num);
}

static enum verdict do_back(struct world *w, u32 pos)
{
	u64 at = ((u64)pos + 7) / 8;
	enum verdict v = at < w->win.lo ? FAIL : go_to(w, at);

	w->left = pos % 8 ? 8 - pos % 8 : 0;
	return v;
}

/* AT and SEEK forget the rest of a byte, also if they stay. */
static enum verdict do_at(struct world *w, u64 at)
{
	w->left = 0;
	return go_to(w, w->win.lo + at);
}

static enum verdict do_match(struct world *w, const struct algate_instr *in)
{
	const struct algate_value *a = &w->slot[in->a & 31];
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
		w->left = 0;
		return go_to(w, (u64)w->cur + a->num);
	case ALGATE_OP_AT:
		return do_at(w, in->imm);
	case ALGATE_OP_SEEK:
		return do_at(w, a->num);
	case ALGATE_OP_BACK:
		return do_back(w, a->num);
	case ALGATE_OP_BITS:
		return do_bits(w, in->imm, &w->slot[in->a & 31]);
	case ALGATE_OP_FIELD:
		return do_field(w, lit, in->imm >> 16);
	case ALGATE_OP_EOM:
		return do_end_of_message(w);
	case ALGATE_OP_TAKE:
		return do_take(w, in->a, in->imm);
	case ALGATE_OP_SAME:
		v = stands(msg->data + a->off, a->len, false, w->cur);
		return v == PASS ? go_to(w, w->cur + a->len) : v;
	}
	abort();
}

static enum verdict do_number(struct world *w, const struct algate_instr *in)
{
	struct algate_value *a = &w->slot[in->a & 31];
	u32 num = a->num;
	enum verdict v;

	switch (in->op) {
	case ALGATE_OP_HERE:
		return set_num(a, 8 * w->cur - w->left);
	case ALGATE_OP_SET:
		return set_num(a, in->imm);
	case ALGATE_OP_COPY:
		return set_num(a, w->slot[in->imm].num);
	case ALGATE_OP_ADD:
		return set_num(a, num + in->imm);
	case ALGATE_OP_SUB:
		return set_num(a, num - in->imm);
	case ALGATE_OP_AND:
		return set_num(a, num & in->imm);
	case ALGATE_OP_OR:
		return set_num(a, num | in->imm);
	case ALGATE_OP_ADDS:
		return set_num(a, num + w->slot[in->imm].num);
	case ALGATE_OP_SUBS:
		return set_num(a, num - w->slot[in->imm].num);
	case ALGATE_OP_LDF:
		return set_num(a, w->var[in->imm]);
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
	case ALGATE_OP_IS:
		return passes(is_whose(a, in->imm));
	case ALGATE_OP_HASH:
		return set_num(a, hash(in->imm, &w->slot[in->imm]));
	case ALGATE_OP_MIX:
		return set_num(a, mix(a->num, in->imm, &w->slot[in->imm]));
	case ALGATE_OP_RECALL:
		return do_recall(w, in->a, in->imm & 0xff, in->imm >> 8);
	case ALGATE_OP_LISTED:
		return do_listed(a->num, in->imm);
	case ALGATE_OP_MAP:
	case ALGATE_OP_UNMAP:
		return do_map(w, in->a, in->imm & 0xff, in->imm >> 8,
			      in->op == ALGATE_OP_UNMAP);
	}
	return do_match(w, in);
}

int oracle_byte(const struct world *w, u64 at)
{
	now = w;
	return byte_at(at);
}

enum verdict oracle_match(struct world *w, const struct algate_instr *in)
{
	now = w;
	return do_number(w, in);
}

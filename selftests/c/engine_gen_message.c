// SPDX-License-Identifier: GPL-2.0
/*
 * Messages that a random program may handle: matching bytes for each of its
 * instructions in order, with some errors.
 */
#include "engine_gen.h"
#include "../../kmod/engine/intent.h"
#include "entries.h"

#define MESSAGE_LEN	160
#define PREFIX_FAR	40	/* no message has such a length field */

/* The ends of the flow; some messages contain their addresses. */
const struct algate_ends gen_ends = {
	.own = { { 10, 0, 0, 1 }, 5060 },
	.peer = { { 192, 0, 2, 9 }, 21 },
};

/* Opened ports with different directions and protocols. */
static const struct algate_mapping opened[] = {
	{ .mapped.port = 77, .dir = ALGATE_SERVER, .count = 1,
	  .proto = IPPROTO_TCP },
	{ .mapped.port = 78, .dir = ALGATE_CLIENT, .count = 1,
	  .proto = IPPROTO_TCP },
	{ .mapped.port = 79, .dir = ALGATE_SERVER, .count = 1,
	  .proto = IPPROTO_UDP },
};

const struct algate_mapping *gen_known(void)
{
	static struct algate_mapping list[ARRAY_SIZE(opened)];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(opened); i++) {
		list[i] = opened[i];
		list[i].next = i ? &list[i - 1] : NULL;
	}
	return &list[ARRAY_SIZE(opened) - 1];
}

static void random_end(u8 type, struct algate_value *v)
{
	const struct algate_end *e = rnd(2) ? &gen_ends.own : &gen_ends.peer;
	bool six = type == ALGATE_T_IP6 || type == ALGATE_T_IP6_RAW;
	bool both = type == ALGATE_T_IP || type == ALGATE_T_HOST ||
		    type == ALGATE_T_ENDPOINT;
	u32 i;

	memset(v, 0, sizeof(*v));
	v->family = six || (both && !rnd(3)) ? AF_INET6 : AF_INET;
	if (rnd(3))
		memcpy(v->addr, e->addr, sizeof(v->addr));
	else
		for (i = 0; i < 16; i++)
			v->addr[i] = rnd(2) * rnd(256);
	if (type == ALGATE_T_ENDPOINT)
		v->port = rnd(3) ? rnd(2) * e->port : 76 + rnd(5);
}

static u32 put_value(u8 type, u8 *out)
{
	struct algate_value v = { .num = rnd(3) ? rnd(40) : rnd(0) >> rnd(32) };
	int n;

	if (type == ALGATE_T_SPAN) {
		*out = "abAB,;0"[rnd(7)];
		return 1;
	}
	if (algate_type_kind(type) != ALGATE_KIND_NUM)
		random_end(type, &v);
	n = algate_value_write(type, &v, out);
	return n < 0 ? 0 : n;
}

static u32 put_any(u32 n, u8 *out)
{
	static const u8 some[] = "0123456701\0\xff;, aA";
	u32 i;

	for (i = 0; i < n; i++)
		out[i] = some[rnd(sizeof(some) - 1)];
	return n;
}

static u32 put_from_set(const struct algate_prog *prog, u32 set, u32 n, u8 *out)
{
	u32 i, first;
	u8 c;

	for (i = 0; i < n; i++) {
		first = rnd(256);
		c = first;
		/* the next byte in the set, if the set is not empty */
		while (!(prog->set[set][c / 8] >> c % 8 & 1) &&
		       ++c != (u8)first)
			;
		out[i] = c;
	}
	return n;
}

static u32 put_field(const struct algate_prog *prog, u32 off, u8 *out)
{
	u32 len = rnd(2) ? prog->literals[off] : 0;

	memcpy(out, prog->literals + off + 1, len);
	return len + sprintf((char *)out + len, "%s%s:%s", len ? "" : "x",
			     rnd(2) ? "" : " ", rnd(2) ? " " : "");
}

/* Usually a byte for which the table has a case. */
static u32 put_case(const u8 *table, u8 *out)
{
	u8 first = rnd(256);

	*out = first;
	while (rnd(20) && !table[*out])
		++*out;
	return 1;
}

/* Writes bytes on which the instruction may succeed. */
static u32 put_bytes(const struct algate_prog *prog,
		     const struct algate_instr *in, u8 *out)
{
	u32 n = 0;

	switch (in->op) {
	case ALGATE_OP_FIND:
		n = put_any(rnd(4), out);
		fallthrough;
	case ALGATE_OP_LIT:
		memcpy(out + n, prog->literals + (in->imm & 0xffff),
		       in->imm >> 16);
		return n + (in->imm >> 16);
	case ALGATE_OP_SPAN:
		return put_from_set(prog, in->a, (in->imm & 7) + rnd(3), out);
	case ALGATE_OP_SCAN:
		n = put_any(rnd(4), out);
		return n + put_from_set(prog, in->a, 1, out + n);
	case ALGATE_OP_SKIP:
		return put_any(in->imm & 7, out);
	case ALGATE_OP_BITS:
		return rnd(3) ? 0 : put_any(1, out);
	case ALGATE_OP_FIELD:
		return put_field(prog, in->imm & 0xffff, out);
	case ALGATE_OP_CASE:
		return put_case(prog->cases[in->imm], out);
	case ALGATE_OP_TAKE:
		return put_value(prog->slot_type[in->a], out);
	}
	return 0;
}

/* The entered loops: index of NEXT, and beginning of the element. */
struct nest {
	u32 depth;
	u32 head[ALGATE_MAX_DEPTH];
	u32 from[ALGATE_MAX_DEPTH];
};

static const struct algate_loop *loop_of(const struct algate_prog *prog,
					 u32 head)
{
	return &prog->loop[prog->insn[head - 1].imm];
}

static u32 part_begins(const struct algate_loop *w, u8 *out)
{
	u32 n = 0;

	switch (w->kind) {
	case ALGATE_LOOP_PREFIXED:
		n = w->prefix.offset < PREFIX_FAR ?
		    w->prefix.offset + w->prefix.width : 0;
		break;
	case ALGATE_LOOP_BER:
		n = 2;
		break;
	case ALGATE_LOOP_ADDITION:
		n = 1;
		break;
	case ALGATE_LOOP_ITEM:
		if (!rnd(8))
			return sprintf((char *)out, "\"a%c\\\"b\"", w->sep);
		return !rnd(4) ? put_any(1, out) : 0;
	}
	memset(out, 0, n);
	return n;
}

/* @len: length of the element at @from; @out: place for the element's end */
static u32 part_ends(const struct algate_loop *w, u8 *from, u32 len, u8 *out)
{
	switch (w->kind) {
	case ALGATE_LOOP_LINE:
		return sprintf((char *)out, "%s", rnd(2) ? "\r\n" : "\n");
	case ALGATE_LOOP_HEADER:
		return sprintf((char *)out, "%s", rnd(6) ? "\r\n" :
			       rnd(2) ? "\n b\n" : "\n\n");
	case ALGATE_LOOP_ITEM:
		*out = w->sep;
		return 1;
	case ALGATE_LOOP_PREFIXED:
		if (w->prefix.offset >= PREFIX_FAR)
			return 0;
		from[w->prefix.offset] = (len - w->prefix.bias) | (rnd(8) << 6);
		return 0;
	case ALGATE_LOOP_ADDITION:
		from[0] = rnd(8) ? len - 1 : rnd(256);
		return 0;
	case ALGATE_LOOP_BER:
		from[0] = rnd(8) ? 0x04 : 0x30;
		from[1] = len - 2;
		return 0;
	}
	return 0;
}

/* Bitmap of extension additions: a number of bits less 1, and the first bits */
static u32 put_bitmap(u8 *out)
{
	u32 n = rnd(4) ? 1 + rnd(2) : rnd(65);

	out[0] = (n - 1) << 1 | 1;
	out[1] = rnd(2) ? 0 : 0x80;
	return n > 1 ? 2 : 1;
}

/*
 * NEXT and LOOP: ends an element, begins another element or leaves the loop.
 * Returns the next instruction.
 */
static u32 put_part(const struct algate_prog *prog, u32 i, struct nest *nest,
		    u8 *out, u32 *len)
{
	const struct algate_instr *in = &prog->insn[i];
	u32 head = in->op == ALGATE_OP_NEXT ? i : i - in->imm;
	const struct algate_loop *w = loop_of(prog, head);

	if (in->op == ALGATE_OP_LOOP) {
		u32 from;

		/* gen_message() may have begun within the loop */
		if (!nest->depth || nest->head[nest->depth - 1] != head)
			return i + 1;
		from = nest->from[--nest->depth];
		*len += part_ends(w, out + from, *len - from, out + *len);
		if (!rnd(3))
			return i + 1;
	} else if (!rnd(8) || nest->depth == ALGATE_MAX_DEPTH) {
		return i + in->jf + 1;
	}
	if (w->kind == ALGATE_LOOP_ADDITION && in->op == ALGATE_OP_NEXT)
		*len += put_bitmap(out + *len);
	nest->head[nest->depth] = head;
	nest->from[nest->depth++] = *len;
	*len += part_begins(w, out + *len);
	return head + 1;
}

u32 gen_message(const struct algate_prog *prog, u8 *out)
{
	u32 i = rnd(2) ? 0 : rnd(prog->ninsns);
	struct nest nest = { .depth = 0 };
	u32 len = 0;
	u32 k;

	while (i < prog->ninsns && len < MESSAGE_LEN) {
		const struct algate_instr *in = &prog->insn[i];

		if (in->op == ALGATE_OP_END && rnd(2))
			break;
		if (in->op == ALGATE_OP_NEXT || in->op == ALGATE_OP_LOOP) {
			i = put_part(prog, i, &nest, out, &len);
			continue;
		}
		if (in->op == ALGATE_OP_SAME && len > 2) {
			k = 1 + rnd(2);
			memcpy(out + len, out + len - k, k);
			len += k;
		}
		if (rnd(40))
			len += put_bytes(prog, in, out + len);
		if (!rnd(20))
			out[len++] = ",;ab0"[rnd(5)];
		/* a JUMP skips the other rules for the element */
		i += in->op == ALGATE_OP_JUMP ? in->jf + 1 : 1;
	}
	while (nest.depth) {
		u32 from = nest.from[--nest.depth];

		len += part_ends(loop_of(prog, nest.head[nest.depth]),
				 out + from, len - from, out + len);
	}
	for (k = rnd(2) * rnd(12); k; k--)
		out[len++] = "ab,0A "[rnd(6)];
	return len;
}

/*
 * Makes the entries of a flow at the time @now: random writes during the last
 * seconds, some longer ago than the timeout of their table.
 */
void gen_entries(const struct algate_prog *prog,
		 struct algate_entries *entries, u32 now)
{
	static struct algate_result result = { .nnotes = 1 };
	u32 i, ago = 70;

	entries_clear(entries);
	for (i = 0; i < entries->room && prog->ntables; i++) {
		u32 table = rnd(prog->ntables);

		result.note[0] = (struct algate_note){
			.table = table, .key = rnd(12), .value = rnd(12),
			.kind = prog->table[table].queue ? ALGATE_NOTE_ASK :
				rnd(4) ? ALGATE_NOTE_WRITE : ALGATE_NOTE_FORGET,
		};
		algate_entry_apply(prog, &result, now - ago, entries);
		ago -= rnd(ago / 2 + 1);
	}
}

const struct algate_lists *gen_lists(void)
{
	static const u8 most[GEN_PARAMS] = { 1, ALGATE_MAX_RANGES, 8 };
	static struct algate_lists lists;
	u32 i, k, next;

	for (i = 0; i < GEN_PARAMS; i++) {
		lists.list[i].n = rnd(most[i] + 1);
		for (k = 0, next = 0; k < lists.list[i].n; k++) {
			lists.list[i].range[k].first = next + rnd(4);
			next = lists.list[i].range[k].first + rnd(3);
			lists.list[i].range[k].last = next++;
		}
	}
	return &lists;
}

static void random_prefix(u32 bits, u8 *prefix)
{
	u32 i;

	memcpy(prefix, rnd(2) ? gen_ends.own.addr : gen_ends.peer.addr, 16);
	for (i = 0; i < 128; i++)
		if (i >= bits || !rnd(8))
			prefix[i / 8] &= ~(0x80 >> i % 8);
}

const struct algate_maps *gen_maps(void)
{
	static const u8 most[GEN_MAPS] = { 8, ALGATE_MAX_PAIRS };
	static struct algate_maps maps;
	u32 i, k, bits;

	for (i = 0; i < GEN_MAPS; i++) {
		maps.map[i].n = rnd(most[i] + 1);
		bits = rnd(33);
		for (k = 0; k < maps.map[i].n; k++) {
			struct algate_pair *p = &maps.map[i].pair[k];

			p->family = rnd(2) ? AF_INET : AF_INET6;
			p->bits = bits;
			random_prefix(bits, p->from);
			random_prefix(bits, p->to);
			bits -= rnd(bits / 4 + 1);
		}
	}
	return &maps;
}

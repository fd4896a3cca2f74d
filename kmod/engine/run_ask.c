// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions that read the packet context or a table, or request an action.
 */
#include "run.h"
#include "intent.h"

/* Index of the element in the innermost loop over extension additions, or 0 */
static u32 addition(const struct run *r)
{
	const struct algate_iter *s;

	for (s = r->iter; s > r->result->iter; s--)
		if (s->loop->kind == ALGATE_LOOP_ADDITION)
			return s->addition;
	return 0;
}

/* 1: the message leaves for the outside; -1: it comes from there; 0: unknown */
static int outward(const struct algate_message *msg)
{
	int hides = msg->ends ? algate_hides(msg->family, msg->ends) : 0;

	return hides ?: msg->routed;
}

/**
 * algate_run_meta() - LDM: read a property of the message
 * @r: run
 * @what: enum algate_meta
 * @num: filled in
 *
 * Context: Any context.
 *
 * Return: PASS; MORE for the length of an incomplete message.
 */
int algate_run_meta(const struct run *r, u32 what, u32 *num)
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
	case ALGATE_META_STUN:
		*num = msg->stun;
		break;
	case ALGATE_META_SIDE:
		*num = algate_side(msg);
		break;
	case ALGATE_META_BROADCAST:
		*num = msg->broadcast;
		break;
	case ALGATE_META_OUTBOUND:
		*num = outward(msg) > 0;
		break;
	case ALGATE_META_INBOUND:
		*num = outward(msg) < 0;
		break;
	case ALGATE_META_ADDITION:
		*num = addition(r);
		break;
	default:
		*num = msg->family == AF_INET6 ? 6 : 4;
	}
	return PASS;
}

static bool port_bound(const struct algate_message *msg, u16 port)
{
	const struct algate_mapping *b;

	for (b = msg->known; b; b = b->next)
		if (b->dir != algate_side(msg) && b->proto == msg->proto &&
		    b->mapped.port == port)
			return true;
	return false;
}

/* See ALGATE_IS_PRIVATE. No prefix is longer than 16 bits. */
static bool is_private(const struct algate_value *v)
{
	static const struct {
		u8 family;
		u8 bits;
		u8 addr[2];
	} nets[] = {
		{ AF_INET, 8, { 0 } },
		{ AF_INET, 8, { 10 } },
		{ AF_INET, 10, { 100, 64 } },
		{ AF_INET, 8, { 127 } },
		{ AF_INET, 16, { 169, 254 } },
		{ AF_INET, 12, { 172, 16 } },
		{ AF_INET, 16, { 192, 168 } },
		{ AF_INET6, 16, { 0, 0 } },	/* ::, ::1, mapped IPv4 */
		{ AF_INET6, 7, { 0xfc } },
		{ AF_INET6, 9, { 0xfe, 0x80 } },	/* link and site */
	};
	u32 head = v->addr[0] << 8 | v->addr[1];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(nets); i++)
		if (v->family == nets[i].family &&
		    !((head ^ (nets[i].addr[0] << 8 | nets[i].addr[1])) >>
		      (16 - nets[i].bits)))
			return true;
	return false;
}

/**
 * algate_run_is() - IS: test whose address it is
 * @r: run
 * @v: address or endpoint
 * @whose: enum algate_whose. Other hosts may share the receiver's address, so a
 *	port has to match, too
 *
 * Context: Any context.
 *
 * Return: true if the address is of this kind.
 */
bool algate_run_is(const struct run *r, const struct algate_value *v, u32 whose)
{
	const struct algate_message *msg = r->msg;
	const struct algate_ends *ends = msg->ends;

	if (whose == ALGATE_IS_PRIVATE)
		return is_private(v);
	if (!ends || v->family != msg->family)
		return false;
	if (whose == ALGATE_IS_OWN)
		return algate_same_addr(v->family, v->addr, ends->own.addr);
	return algate_same_addr(v->family, v->addr, ends->peer.addr) &&
	       (!v->port || v->port == ends->peer.port ||
		port_bound(msg, v->port));
}

/**
 * algate_run_recall() - RECALL: look up a table entry
 * @r: run
 * @to: slot for the value
 * @table: index of the table
 * @key: slot with the key
 *
 * Context: Any context.
 *
 * Return: PASS, or FAIL without an entry.
 */
int algate_run_recall(struct run *r, u32 to, u32 table, u32 key)
{
	struct algate_value *slot = r->result->slot;
	const struct algate_entry *m;

	m = algate_entry_find(r->prog, r->msg->entries, r->msg->now, table,
			      slot[key].num);
	if (!m)
		return FAIL;
	slot[to].num = m->value;
	slot[to].len = 0;
	return PASS;
}

/**
 * algate_run_note() - request to change a table or queue
 * @r: run
 * @kind: enum algate_note_kind
 * @table: index of the table or queue
 * @key: key of the entry
 * @value: value of the entry
 *
 * Context: Any context.
 *
 * Return: PASS; REFUSE if the message has ALGATE_MAX_NOTES such requests.
 */
int algate_run_note(struct run *r, u8 kind, u32 table, u32 key, u32 value)
{
	struct algate_result *res = r->result;

	if (res->nnotes == ALGATE_MAX_NOTES)
		return algate_run_refuse(r, ALGATE_C_LIMIT);
	res->note[res->nnotes++] = (struct algate_note){
		.table = table, .kind = kind, .key = key, .value = value,
	};
	return PASS;
}

/**
 * algate_run_answer() - ANSWER: take the oldest request from a queue
 * @r: run
 * @to: slot for the number of the request; 0: the queue has no request
 * @table: index of the queue
 *
 * Context: Any context.
 *
 * Return: PASS; REFUSE as algate_run_note().
 */
int algate_run_answer(struct run *r, u32 to, u32 table)
{
	struct algate_result *res = r->result;
	u32 i, taken = 0;

	for (i = 0; i < res->nnotes; i++)
		taken += res->note[i].kind == ALGATE_NOTE_ANSWER &&
			 res->note[i].table == table;
	res->slot[to].num = algate_queue_next(r->prog, r->msg->entries,
					      r->msg->now, table, taken);
	res->slot[to].len = 0;
	return algate_run_note(r, ALGATE_NOTE_ANSWER, table, 0, 0);
}

/**
 * algate_run_listed() - LISTED: search a number in an administrator's list
 * @r: run
 * @num: number
 * @param: index of the list
 *
 * Context: Any context.
 *
 * Return: PASS if the list contains @num or is not filled; FAIL.
 */
int algate_run_listed(const struct run *r, u32 num, u32 param)
{
	const struct algate_lists *lists = r->msg->lists;
	const struct algate_numbers *range;
	u32 low = 0, high;

	if (!lists || !lists->list[param].n)
		return PASS;
	range = lists->list[param].range;
	high = lists->list[param].n;
	while (low < high) {
		u32 mid = (low + high) / 2;

		STEP(r, 1);
		if (num > range[mid].last)
			low = mid + 1;
		else if (num < range[mid].first)
			high = mid;
		else
			return PASS;
	}
	return FAIL;
}

/* Does the address begin with the bits of the prefix? */
static bool in_prefix(const u8 *addr, const u8 *prefix, u32 bits)
{
	u32 bytes = bits / 8;

	if (memcmp(addr, prefix, bytes))
		return false;
	return !(bits % 8) ||
	       !((addr[bytes] ^ prefix[bytes]) >> (8 - bits % 8));
}

/* Replaces the first bits of the address. */
static void prefix_put(u8 *addr, const u8 *prefix, u32 bits)
{
	u32 bytes = bits / 8;

	memcpy(addr, prefix, bytes);
	if (bits % 8)
		addr[bytes] = prefix[bytes] |
			      (addr[bytes] & 0xff >> bits % 8);
}

/**
 * algate_run_map() - MAP, UNMAP: translate an address by an administrator's map
 * @r: run
 * @to: slot for the translated address
 * @map: index of the map
 * @from: slot of the address
 * @back: from the right sides of the pairs to the left ones
 *
 * The pairs with the longest prefixes come first.
 *
 * Context: Any context.
 *
 * Return: PASS, or FAIL if no pair fits.
 */
int algate_run_map(struct run *r, u32 to, u32 map, u32 from, bool back)
{
	const struct algate_maps *maps = r->msg->maps;
	struct algate_value v = r->result->slot[from];
	u32 i, n = maps ? maps->map[map].n : 0;

	for (i = 0; i < n; i++) {
		const struct algate_pair *p = &maps->map[map].pair[i];

		STEP(r, 1);
		if (p->family != v.family ||
		    !in_prefix(v.addr, back ? p->to : p->from, p->bits))
			continue;
		prefix_put(v.addr, back ? p->from : p->to, p->bits);
		v.off = 0;
		v.len = 0;
		v.port = 0;
		r->result->slot[to] = v;
		return PASS;
	}
	return FAIL;
}

static __always_inline u8 take_slot(const struct algate_value *slots,
				    const u8 *types, u8 slot,
				    struct algate_value *v)
{
	if (slot >= ALGATE_MAX_SLOTS)
		return ALGATE_T_UNSPEC;
	*v = slots[slot];
	return types[slot];
}

/* Would the translation change nothing, since its address is of another host? */
static bool is_idle(const struct run *r, const struct algate_action *act)
{
	const struct algate_message *msg = r->msg;
	u32 len = msg->family == AF_INET ? 4 : 16;
	const struct algate_value *v;

	if (act->verb != ALGATE_VERB_TRANSLATE || !msg->ends ||
	    act->addr >= ALGATE_MAX_SLOTS)
		return false;
	v = &r->result->slot[act->addr];
	return v->family != msg->family ||
	       (memcmp(v->addr, msg->ends->own.addr, len) &&
		memcmp(v->addr, msg->ends->peer.addr, len));
}

/*
 * A message with all intents that fit. A further translation concerns only its
 * own place, but a place of a class goes with the openings of the class.
 */
static int act_beyond(struct run *r, const struct algate_action *act)
{
	if (act->verb != ALGATE_VERB_TRANSLATE ||
	    act->flags & ALGATE_ACTION_F_WITH_CLASS)
		return algate_run_refuse(r, ALGATE_C_LIMIT);
	r->result->beyond++;
	return PASS;
}

/**
 * algate_run_act() - ACT: request an action
 * @r: run
 * @act: action record
 *
 * The intent has copies of the slots, since a later element may overwrite
 * them. A translation that would change nothing makes no intent. If the message
 * has ALGATE_MAX_INTENTS intents, a further translation only counts.
 *
 * Context: Any context.
 *
 * Return: PASS; REFUSE if another action exceeds ALGATE_MAX_INTENTS.
 */
int algate_run_act(struct run *r, const struct algate_action *act)
{
	struct algate_result *res = r->result;
	struct algate_intent *in = &res->intent[res->nintents];
	const struct algate_value *slots = res->slot;
	const u8 *types = r->prog->slot_type;

	if (is_idle(r, act))
		return PASS;
	if (res->nintents == ALGATE_MAX_INTENTS)
		return act_beyond(r, act);
	res->nintents++;
	in->act = act;
	in->addr_type = take_slot(slots, types, act->addr, &in->addr);
	in->port_type = take_slot(slots, types, act->port, &in->port);
	in->port2_type = take_slot(slots, types, act->port2, &in->port2);
	in->key = 0;
	in->only = 0;
	in->time = act->number;
	r->settle |= act->key != ALGATE_SLOT_NONE ||
		     act->only != ALGATE_SLOT_NONE || act->other ||
		     act->verb == ALGATE_VERB_EXTEND;
	return PASS;
}

/**
 * algate_run_adjust() - ADJUST: keep a dependent length right
 * @r: run
 * @slot: slot of the number that counts the bytes behind it
 * @pad: the counted bytes are padded to a multiple of 2, 4 or 8; 0: no padding
 *
 * Context: Any context.
 *
 * Return: PASS; REFUSE if the message has ALGATE_MAX_ADJUSTS such numbers.
 */
int algate_run_adjust(struct run *r, u32 slot, u32 pad)
{
	struct algate_result *res = r->result;

	if (res->nadjusts == ALGATE_MAX_ADJUSTS)
		return algate_run_refuse(r, ALGATE_C_LIMIT);
	res->adjust[res->nadjusts++] = (struct algate_adjust){
		.count = res->slot[slot], .pad = pad,
		.type = r->prog->slot_type[slot],
	};
	return PASS;
}

/**
 * algate_run_rewrite() - REWRITE: overwrite a value in the message
 * @r: run
 * @to: slot whose bytes are replaced
 * @from: slot of the new value
 *
 * Context: Any context.
 *
 * Return: PASS; FAIL if the edit overlaps another edit or exceeds
 * ALGATE_MAX_EDITS; REFUSE if the value does not fit the notation.
 */
int algate_run_rewrite(struct run *r, u32 to, u32 from)
{
	int err = algate_edit_value(r->result, &r->result->slot[to],
				    r->prog->slot_type[to],
				    &r->result->slot[from]);

	if (err == -ERANGE)
		return algate_run_refuse(r, ALGATE_C_NO_ROOM);
	return err < 0 ? FAIL : PASS;
}

/* The longest time that a confirm or extend may give, in seconds */
static u32 time_limit(const struct algate_prog *prog,
		      const struct algate_action *act)
{
	u32 i, limit = 0;

	if (act->verb != ALGATE_VERB_EXTEND)
		return prog->class[act->class].lifetime;
	for (i = 0; i < prog->nclasses; i++)
		limit = max_t(u32, limit, prog->class[i].lifetime);
	return limit;
}

/* The numbers for the flow of another plug-in */
static void settle_given(const struct algate_result *res,
			 const struct algate_other *other,
			 struct algate_intent *in)
{
	u32 i;

	for (i = 0; i < ALGATE_MAX_GIVEN; i++)
		in->given[i] = other->slot[i] == ALGATE_SLOT_NONE ? 0 :
			       res->slot[other->slot[i]].num;
}

/**
 * algate_run_settle() - read the key, time, host and given slots of actions
 * @r: run that is over
 *
 * Rules may compute these slots behind the action. Peers choose times, for
 * example of a registration, so the class limits them. No lifetime is above
 * ALGATE_TIME_MAX seconds, so a time in jiffies does not wrap.
 *
 * Context: Any context.
 */
void algate_run_settle(struct run *r)
{
	struct algate_result *res = r->result;
	u32 i;

	for (i = 0; i < res->nintents; i++) {
		struct algate_intent *in = &res->intent[i];
		const struct algate_action *act = in->act;

		if (act->key != ALGATE_SLOT_NONE)
			in->key = res->slot[act->key].num;
		if (act->time != ALGATE_SLOT_NONE)
			in->time = res->slot[act->time].num;
		if (act->only != ALGATE_SLOT_NONE)
			in->only = res->slot[act->only].num;
		if (act->other)
			settle_given(res, &r->prog->other[act->other - 1], in);
		if (act->verb == ALGATE_VERB_CONFIRM ||
		    act->verb == ALGATE_VERB_EXTEND)
			in->time = min_t(u32, in->time,
					 time_limit(r->prog, act));
	}
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions that ask for something: about the message, for what was
 * remembered, or to be done.
 */
#include "run.h"

/**
 * algate_run_meta() - what is known of the message
 * @r: run
 * @what: enum algate_meta
 * @num: filled in
 *
 * Return: NEXT or MORE.
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

/**
 * algate_run_is() - is it the sender's address, or the receiver's?
 * @r: run
 * @v: address or endpoint
 * @peer: the receiver's; others may be behind it too: the port tells
 */
bool algate_run_is(const struct run *r, const struct algate_value *v, bool peer)
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

/**
 * algate_run_recall() - look up an entry of a table
 * @r: run
 * @to: slot for its value
 * @table: which
 * @key: slot with its key
 *
 * Return: NEXT, or FAIL if there is none.
 */
int algate_run_recall(struct run *r, u32 to, u32 table, u32 key)
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

/**
 * algate_run_note() - write an entry of a table, or remove it
 * @r: run
 * @table: which
 * @key: its key
 * @value: its value
 * @forget: remove it
 *
 * Return: NEXT or REFUSE.
 */
int algate_run_note(struct run *r, u32 table, u32 key, u32 value, bool forget)
{
	struct algate_result *res = r->result;

	if (res->nnotes == ALGATE_MAX_NOTES)
		return algate_run_refuse(r, ALGATE_C_MALFORMED);
	res->note[res->nnotes++] = (struct algate_note){
		.table = table, .key = key, .value = value, .forget = forget,
	};
	return NEXT;
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

/**
 * algate_run_act() - ask for an action
 * @r: run
 * @act: which
 *
 * A later part may write the slots again: the intent has its own copies.
 *
 * Return: NEXT or REFUSE.
 */
int algate_run_act(struct run *r, const struct algate_action *act)
{
	struct algate_result *res = r->result;
	struct algate_intent *in = &res->intent[res->nintents];
	const struct algate_value *slots = res->slot;
	const u8 *types = r->prog->slot_type;

	if (res->nintents == ALGATE_MAX_INTENTS)
		return algate_run_refuse(r, ALGATE_C_MALFORMED);
	res->nintents++;
	in->act = act;
	in->addr_type = take_slot(slots, types, act->addr, &in->addr);
	in->port_type = take_slot(slots, types, act->port, &in->port);
	in->port2_type = take_slot(slots, types, act->port2, &in->port2);
	in->key = 0;
	in->time = act->number;
	r->settle |= act->key != ALGATE_SLOT_NONE ||
		     act->time != ALGATE_SLOT_NONE;
	return NEXT;
}

/**
 * algate_run_adjust() - a number counts what is behind it
 * @r: run
 * @slot: where it is
 * @pad: what the end is padded to
 *
 * Return: NEXT or REFUSE.
 */
int algate_run_adjust(struct run *r, u32 slot, u32 pad)
{
	struct algate_result *res = r->result;

	if (res->nadjusts == ALGATE_MAX_ADJUSTS)
		return algate_run_refuse(r, ALGATE_C_MALFORMED);
	res->adjust[res->nadjusts++] = (struct algate_adjust){
		.count = res->slot[slot], .pad = pad,
		.type = r->prog->slot_type[slot],
	};
	return NEXT;
}

/**
 * algate_run_rewrite() - write a value in the place of another
 * @r: run
 * @to: slot of the place
 * @from: slot of the value
 *
 * Return: NEXT, FAIL or REFUSE.
 */
int algate_run_rewrite(struct run *r, u32 to, u32 from)
{
	const struct algate_value *place = &r->result->slot[to];
	int err = algate_edit_add(r->result, place->off, place->len,
				  r->prog->slot_type[to],
				  &r->result->slot[from]);

	if (err == -ERANGE)
		return algate_run_refuse(r, ALGATE_C_NO_ROOM);
	return err < 0 ? FAIL : NEXT;
}

/**
 * algate_run_settle() - read the slots that actions name, at the end of a run
 * @r: run that is over
 *
 * Peers choose a time, such as a registration's. It is cut to a day, so that
 * nothing stays open for ever, and no clock's difference overflows.
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
			in->time = min_t(u32, res->slot[act->time].num,
					 ALGATE_TIME_MAX);
	}
}

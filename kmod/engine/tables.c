// SPDX-License-Identifier: GPL-2.0
/*
 * Checks the tables of a program before its instructions: framings, services,
 * actions, loops. VERIFIER in this folder defines V5, V7, V11 and V12.
 */
#include "verify.h"

static int check_services(const struct algate_prog *prog)
{
	const struct algate_service *s = prog->service;
	u32 i, j;

	for (i = 0; i < prog->nservices; i++) {
		for (j = 0; j < i; j++)
			if (s[i].proto == s[j].proto && s[i].port == s[j].port)
				return ALGATE_R_SERVICE_TWICE;
		if (s[i].proto == IPPROTO_TCP &&
		    prog->frame[0].kind == ALGATE_FRAME_DATAGRAM)
			return ALGATE_R_FRAME_SERVICE;
	}
	return 0;
}

/**
 * algate_check_names() - check a list of names in the literal pool
 * @prog: decoded program
 * @off: offset of the list in the pool
 * @n: number of names, each behind a length byte
 * @most: longest name in bytes; the shortest has 1 byte
 *
 * Context: Any context.
 *
 * Return: offset behind the list; 0: a name is bad or outside of the pool.
 */
u32 algate_check_names(const struct algate_prog *prog, u32 off, u32 n, u32 most)
{
	while (n--) {
		u32 len = off < prog->literals_len ? prog->literals[off] : 0;

		if (!len || len > most)
			return 0;
		off += 1 + len;
		if (off > prog->literals_len)
			return 0;
	}
	return off;
}

/* V11: some value of the field gives a message that fits */
static int check_frame_length(const struct algate_framing *f)
{
	u32 field = f->width == 4 ? f->mask : f->mask & ((1U << 8 * f->width) - 1);
	u32 least = f->offset + f->width;

	if (least > f->max || !field || f->bias > f->max ||
	    (s64)field + f->bias < least)
		return ALGATE_R_FRAME_LENGTH;
	return 0;
}

static bool width_ok(const struct algate_framing *f)
{
	return f->width == 1 || f->width == 2 || f->width == 4;
}

/* V11: the byte that says the order arrives with the field at the latest. */
static bool order_ok(const struct algate_framing *f)
{
	if (!(f->flags & ALGATE_FRAME_ORDER))
		return true;
	return !(f->flags & ALGATE_FRAME_LITTLE) &&
	       f->place < f->offset + f->width;
}

static int check_framing(const struct algate_prog *prog,
			 const struct algate_framing *f)
{
	bool length = f->kind == ALGATE_FRAME_LENGTH;

	if (!f->kind || f->kind >= __ALGATE_FRAME_MAX)
		return ALGATE_R_FRAME_KIND;
	if (f->flags & ~(ALGATE_FRAME_LITTLE | ALGATE_FRAME_ORDER))
		return ALGATE_R_FRAME_FLAGS;
	if (!f->max)
		return ALGATE_R_FRAME_MAX;
	if (!length && (f->flags || f->width || f->offset || f->bias || f->mask))
		return ALGATE_R_FRAME_UNUSED;
	if (f->kind == ALGATE_FRAME_HEADERS)
		return f->nnames && algate_check_names(prog, 0, f->nnames, 255) ?
			0 : ALGATE_R_FRAME_NAMES;
	if (f->nnames)
		return ALGATE_R_FRAME_UNUSED;
	if (!length)
		return 0;
	if (!width_ok(f))
		return ALGATE_R_FRAME_LENGTH;
	return order_ok(f) ? check_frame_length(f) : ALGATE_R_FRAME_ORDER;
}

/* V11: of two framings on a stream, each finds a message's end by itself. */
static int check_frames(const struct algate_prog *prog)
{
	int reason = check_framing(prog, &prog->frame[0]);
	u32 i;

	if (reason || prog->nframes < 2)
		return reason;
	if ((prog->frame[0].flags | prog->frame[1].flags) & ALGATE_FRAME_ORDER)
		return ALGATE_R_FRAME_ORDER;
	for (i = 0; i < 2; i++)
		if (prog->frame[i].kind != ALGATE_FRAME_LINES &&
		    prog->frame[i].kind != ALGATE_FRAME_HEADERS &&
		    prog->frame[i].kind != ALGATE_FRAME_LENGTH)
			return ALGATE_R_FRAME_KIND;
	if (prog->frame[1].kind == ALGATE_FRAME_HEADERS)
		return ALGATE_R_FRAME_NAMES;
	return check_framing(prog, &prog->frame[1]);
}

/**
 * algate_slot_is() - test the notation of a slot
 * @prog: decoded program
 * @slot: index of the slot; other values are allowed
 * @types: allowed notations, a bitmap of enum algate_type
 *
 * Context: Any context.
 *
 * Return: true if the slot exists and has one of the notations.
 */
bool algate_slot_is(const struct algate_prog *prog, u32 slot, u32 types)
{
	return slot < prog->nslots && types & (1U << prog->slot_type[slot]);
}

static bool slot_none_or(const struct algate_prog *prog, u32 slot, u32 types)
{
	return slot == ALGATE_SLOT_NONE || algate_slot_is(prog, slot, types);
}

/* Fields of an action that a verb uses. */
#define U_CLASS		0x01
#define U_OPEN		0x02	/* proto, from, count, parity */
#define U_PLACES	0x04	/* addr, port, port2 */
#define U_KEY		0x08
#define U_KEY_NEEDED	0x10
#define U_TIME		0x20
#define U_PORT_NUMBER	0x40
#define U_ONLY		0x80
#define U_FLAGS		0x100

static const u16 verb_uses[__ALGATE_VERB_MAX] = {
	[ALGATE_VERB_OPEN] = U_CLASS | U_OPEN | U_PLACES | U_KEY |
			     U_PORT_NUMBER | U_ONLY | U_FLAGS,
	[ALGATE_VERB_TRANSLATE] = U_PLACES | U_PORT_NUMBER,
	[ALGATE_VERB_CONFIRM] = U_CLASS | U_KEY | U_KEY_NEEDED | U_TIME |
				U_ONLY,
	[ALGATE_VERB_CLOSE] = U_CLASS | U_KEY,
	[ALGATE_VERB_EXTEND] = U_TIME,
};

static int check_open(const struct algate_prog *prog,
		      const struct algate_action *a)
{
	const u8 flags = ALGATE_ACTION_F_THIRD_PARTY |
			 ALGATE_ACTION_F_LOW_PORTS | ALGATE_ACTION_F_INACTIVE |
			 ALGATE_ACTION_F_INSPECT | ALGATE_ACTION_F_OR_ZERO;

	if (!a->from || a->from >= __ALGATE_FROM_MAX)
		return ALGATE_R_ACTION_FROM;
	if (a->only != ALGATE_SLOT_NONE && a->from != ALGATE_FROM_ANY)
		return ALGATE_R_ACTION_UNUSED;
	if (a->flags & ~flags || (a->flags & ALGATE_ACTION_F_INACTIVE &&
				  a->key == ALGATE_SLOT_NONE))
		return ALGATE_R_ACTION_FLAGS;
	/* the port needs a place, and 0 is a call ID of GRE */
	if (a->flags & ALGATE_ACTION_F_OR_ZERO &&
	    (a->proto == IPPROTO_GRE ||
	     !algate_slot_is(prog, a->port, T_READ_NUMS)))
		return ALGATE_R_ACTION_FLAGS;
	if (a->other > prog->nothers ||
	    (a->other && !(a->flags & ALGATE_ACTION_F_INSPECT)))
		return ALGATE_R_ACTION_OTHER;
	if (!a->count || a->count > 16 ||
	    (a->port2 != ALGATE_SLOT_NONE && a->count < 2))
		return ALGATE_R_ACTION_COUNT;
	return a->parity == 0 || a->parity == 2 ? 0 : ALGATE_R_ACTION_PARITY;
}

static int check_places(const struct algate_prog *prog,
			const struct algate_action *a)
{
	bool open = a->verb == ALGATE_VERB_OPEN;
	/* the port of an open may be computed */
	u32 nums = open ? T_NUMS : T_READ_NUMS;

	if (a->proto != IPPROTO_TCP && a->proto != IPPROTO_UDP &&
	    a->proto != IPPROTO_GRE && (open || a->proto))
		return ALGATE_R_ACTION_PROTO;
	if (!slot_none_or(prog, a->addr, T_ENDS) &&
	    (open || a->addr != ALGATE_SLOT_PEER))
		return ALGATE_R_ACTION_ADDR;
	if (!slot_none_or(prog, a->port, nums) ||
	    !slot_none_or(prog, a->port2, T_READ_NUMS) ||
	    (a->port == ALGATE_SLOT_NONE && a->port2 != ALGATE_SLOT_NONE))
		return ALGATE_R_ACTION_PORT;
	return 0;
}

/* V7 */
static int check_action(const struct algate_prog *prog,
			const struct algate_action *a)
{
	u16 uses = a->verb < __ALGATE_VERB_MAX ? verb_uses[a->verb] : 0;
	int reason;

	if (!uses)
		return ALGATE_R_ACTION_VERB;
	if (a->verb == ALGATE_VERB_TRANSLATE &&
	    a->flags == ALGATE_ACTION_F_WITH_CLASS)
		uses |= U_CLASS | U_FLAGS;
	if (!(uses & U_CLASS) ? a->class : a->class >= prog->nclasses)
		return ALGATE_R_ACTION_CLASS;
	if ((!(uses & U_OPEN) && (a->from || a->count || a->parity ||
				  a->other)) ||
	    (!(uses & U_FLAGS) && a->flags) ||
	    (!(uses & U_PLACES) && a->proto) ||
	    (!(uses & U_PLACES) && (a->addr & a->port & a->port2) !=
				   ALGATE_SLOT_NONE) ||
	    (!(uses & U_KEY) && a->key != ALGATE_SLOT_NONE) ||
	    (!(uses & U_TIME) && a->time != ALGATE_SLOT_NONE) ||
	    (!(uses & U_ONLY) && a->only != ALGATE_SLOT_NONE))
		return ALGATE_R_ACTION_UNUSED;
	if (!slot_none_or(prog, a->key, T(NUM)) ||
	    !slot_none_or(prog, a->time, T(NUM)) ||
	    !slot_none_or(prog, a->only, T(NUM)) ||
	    (uses & U_KEY_NEEDED && a->key == ALGATE_SLOT_NONE))
		return ALGATE_R_ACTION_KEY;
	if (uses & U_PORT_NUMBER ? a->number > 0xffff :
	    !(uses & U_TIME) || a->time != ALGATE_SLOT_NONE ? a->number :
	    !a->number || a->number > ALGATE_TIME_MAX)
		return ALGATE_R_ACTION_NUMBER;
	if (prog->shared && a->verb == ALGATE_VERB_CLOSE &&
	    a->key == ALGATE_SLOT_NONE)
		return ALGATE_R_SHARED_CLOSE;
	reason = uses & U_OPEN ? check_open(prog, a) : 0;
	return reason || !(uses & U_PLACES) ? reason : check_places(prog, a);
}

/* V7 */
static int check_other(const struct algate_prog *prog,
		       const struct algate_other *o)
{
	u32 i;

	for (i = 0; i < ALGATE_MAX_GIVEN; i++)
		if (!slot_none_or(prog, o->slot[i], T(NUM)))
			return ALGATE_R_OTHER_SLOT;
	return 0;
}

/**
 * algate_check_literal() - V5: check the place of a literal
 * @prog: decoded program
 * @off: offset in the literal pool, 0 to 65535
 * @len: length of the literal in bytes
 *
 * Context: Any context.
 *
 * Return: 0 or enum algate_reason.
 */
int algate_check_literal(const struct algate_prog *prog, u32 off, u32 len)
{
	if (!len || len > 255)
		return ALGATE_R_LITERAL_EMPTY;
	return off + len > prog->literals_len ? ALGATE_R_LITERAL : 0;
}

/* V12 */
static int check_loop(const struct algate_prog *prog,
		      const struct algate_loop *w)
{
	const struct algate_framing *f = &w->prefix;

	if (!w->kind || w->kind >= __ALGATE_LOOP_MAX)
		return ALGATE_R_LOOP_KIND;
	if (!w->max || (w->kind == ALGATE_LOOP_WITHIN && w->max != 1))
		return ALGATE_R_LOOP_MAX;
	if ((w->kind != ALGATE_LOOP_ITEM && w->sep) ||
	    (w->kind != ALGATE_LOOP_LINE && w->until))
		return ALGATE_R_LOOP_UNUSED;
	if (w->until && algate_check_literal(prog, w->until & 0xffff, w->until >> 16))
		return ALGATE_R_LOOP_UNTIL;
	if (w->kind == ALGATE_LOOP_PREFIXED)
		return !width_ok(f) || f->flags & ~ALGATE_FRAME_LITTLE ||
		       check_frame_length(f) ? ALGATE_R_LOOP_PREFIX : 0;
	if (f->flags &&
	    (w->kind != ALGATE_LOOP_REPEAT || f->flags != ALGATE_LOOP_INSIDE))
		return ALGATE_R_LOOP_UNUSED;
	return f->width || f->offset || f->bias || f->mask ?
	       ALGATE_R_LOOP_UNUSED : 0;
}

/**
 * algate_check_tables() - check all tables of a program
 * @prog: decoded program
 *
 * Context: Any context.
 *
 * Return: 0 or enum algate_reason.
 */
int algate_check_tables(const struct algate_prog *prog)
{
	int reason = check_frames(prog);
	u32 i;

	if (!reason)
		reason = check_services(prog);
	for (i = 0; !reason && i < prog->nothers; i++)
		reason = check_other(prog, &prog->other[i]);
	for (i = 0; !reason && i < prog->nactions; i++)
		reason = check_action(prog, &prog->action[i]);
	for (i = 0; !reason && i < prog->nloops; i++)
		reason = check_loop(prog, &prog->loop[i]);
	for (i = 0; !reason && i < ARRAY_SIZE(prog->entry); i++)
		if (prog->entry[i] >= prog->ninsns ||
		    prog->begin[i] >= prog->ninsns)
			reason = ALGATE_R_ENTRY;
	return reason;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Carries out the intents of a message: lets the caller reserve the ports of
 * announced endpoints, and rewrites endpoints into the receiver's view.
 *
 * A refusal concerns the endpoint alone, and the rest of the message stands. A
 * receiver must not see half of an endpoint, so openings that have a place of
 * the message in common, such as one address for several ports, stand or fall
 * together. Another host's address refuses the message, since its sender does
 * not follow the rules.
 */
#include "intent.h"

/* owner of edits: a group of openings, or a translation; 0: a statement */
#define OWNER(i)	((i) + 1)

/* in place of a counter: the translation goes with a refused opening */
#define WITH_OPENING	__ALGATE_C_MAX

/* Do both values occupy a byte of the message? A computed value has no place. */
static bool same_place(const struct algate_value *a,
		       const struct algate_value *b)
{
	return a->len && b->len && a->off < b->off + b->len &&
	       b->off < a->off + a->len;
}

/* The places of an intent; returns their number. */
static u32 places(const struct algate_intent *in,
		  const struct algate_value *place[3])
{
	u32 n = 0;

	if (in->addr_type != ALGATE_T_UNSPEC)
		place[n++] = &in->addr;
	if (in->port_type != ALGATE_T_UNSPEC)
		place[n++] = &in->port;
	if (in->port2_type != ALGATE_T_UNSPEC)
		place[n++] = &in->port2;
	return n;
}

static bool is_tied(const struct algate_intent *a, const struct algate_intent *b)
{
	const struct algate_value *of_a[3], *of_b[3];
	u32 i, j, na = places(a, of_a), nb = places(b, of_b);

	for (i = 0; i < na; i++)
		for (j = 0; j < nb; j++)
			if (same_place(of_a[i], of_b[j]))
				return true;
	return false;
}

static bool is_open(const struct algate_result *result, u32 i)
{
	return result->intent[i].act->verb == ALGATE_VERB_OPEN;
}

/* Put an opening into the group of the earlier ones that it is tied to. */
static void join_group(struct algate_resolver *r,
		       const struct algate_result *result, u32 i)
{
	u32 j, k, from, to;

	r->group[i] = i;
	for (j = 0; j < i; j++) {
		if (!is_open(result, j) || r->group[j] == r->group[i] ||
		    !is_tied(&result->intent[i], &result->intent[j]))
			continue;
		from = max_t(u32, r->group[i], r->group[j]);
		to = min_t(u32, r->group[i], r->group[j]);
		for (k = from; k <= i; k++)
			if (is_open(result, k) && r->group[k] == from)
				r->group[k] = to;
	}
}

/*
 * Find the endpoints of the open actions. -1, or the counter of a refusal that
 * concerns the message.
 */
static int find_opens(struct algate_resolver *r,
		      const struct algate_message *msg,
		      const struct algate_result *result)
{
	u32 i;

	for (i = 0; i < result->nintents; i++) {
		if (!is_open(result, i))
			continue;
		r->why[i] = algate_intent_open(msg, &result->intent[i],
					       r->known, &r->open[i]);
		if (r->why[i] == ALGATE_C_THIRD_PARTY)
			return ALGATE_C_THIRD_PARTY;
		r->refusing |= r->why[i] >= 0;
		join_group(r, result, i);
	}
	return -1;
}

/*
 * A message may evict older expectations of a class, but not its own. -1, or
 * the counter of the refusal.
 */
static int open_room(struct algate_resolver *r, const struct algate_action *act)
{
	if (r->ports + act->count > ALGATE_MAX_OPEN_PORTS ||
	    r->wanted[act->class] + act->count > r->prog->class[act->class].max)
		return ALGATE_C_LIMIT;
	return r->room ? r->room(r->ctx, act->count) : -1;
}

static void open_count(struct algate_resolver *r,
		       const struct algate_action *act, int n)
{
	r->ports += n * act->count;
	r->wanted[act->class] += n * act->count;
}

/* Reserve and write an opening. -1, or the counter of the refusal. */
static int open_one(struct algate_resolver *r, const struct algate_message *msg,
		    struct algate_result *result, u32 i)
{
	const struct algate_intent *in = &result->intent[i];
	int why = r->why[i];

	if (why < 0)
		why = open_room(r, in->act);
	if (why < 0)
		why = r->reserve(r->ctx, in, &r->open[i]);
	if (why >= 0)
		return why;
	open_count(r, in->act, 1);
	if (!algate_intent_write(msg, result, in, &r->open[i]))
		return -1;
	r->release(r->ctx);
	open_count(r, in->act, -1);
	return ALGATE_C_NO_ROOM;
}

/* Is intent @i an opening of the group whose first opening is @first? */
static bool in_group(const struct algate_resolver *r,
		     const struct algate_result *result, u32 i, u32 first)
{
	return is_open(result, i) && r->group[i] == first;
}

/* The refusal of an endpoint of the group, or -1 */
static int group_refusal(const struct algate_resolver *r,
			 const struct algate_result *result, u32 first)
{
	u32 i;

	for (i = first; i < result->nintents; i++)
		if (in_group(r, result, i, first) && r->why[i] >= 0)
			return r->why[i];
	return -1;
}

/* Open all openings of a group, of which @first is the first, or none. */
static void open_group(struct algate_resolver *r,
		       const struct algate_message *msg,
		       struct algate_result *result, u32 first)
{
	int why = group_refusal(r, result, first);
	u32 i = first;

	result->owner = OWNER(first);
	for (; why < 0 && i < result->nintents; i++) {
		if (!in_group(r, result, i, first))
			continue;
		why = open_one(r, msg, result, i);
		if (why >= 0)
			break;
	}
	if (why < 0)
		return;
	r->refusing = true;
	algate_edit_drop(result, OWNER(first));
	while (i-- > first) {
		if (!in_group(r, result, i, first))
			continue;
		r->release(r->ctx);
		open_count(r, result->intent[i].act, -1);
	}
	for (i = first; i < result->nintents; i++)
		if (in_group(r, result, i, first))
			r->why[i] = why;
}

/*
 * Has the class an opening with these flags, or one of them that is not refused
 * (@standing)?
 */
static bool has_opening(const struct algate_resolver *r,
			const struct algate_result *result, u8 class, u8 flags,
			bool standing)
{
	u32 i;

	for (i = 0; i < result->nintents; i++) {
		const struct algate_action *act = result->intent[i].act;

		if (is_open(result, i) && act->class == class &&
		    (act->flags & flags) == flags &&
		    (r->why[i] < 0 || !standing))
			return true;
	}
	return false;
}

/*
 * Are all openings of the class refused, and is there one? If some of them have
 * OR_ZERO, the others are parts of them and do not count.
 */
static bool class_refused(const struct algate_resolver *r,
			  const struct algate_result *result, u8 class)
{
	u8 flags = ALGATE_ACTION_F_OR_ZERO;

	if (!has_opening(r, result, class, flags, false))
		flags = 0;
	return has_opening(r, result, class, flags, false) &&
	       !has_opening(r, result, class, flags, true);
}

/* Does the translation belong to a refused opening? */
static bool is_refused(const struct algate_resolver *r,
		       const struct algate_result *result, u32 i)
{
	const struct algate_action *act = result->intent[i].act;
	u32 j;

	if (!r->refusing)
		return false;
	if (act->flags & ALGATE_ACTION_F_WITH_CLASS &&
	    class_refused(r, result, act->class))
		return true;
	for (j = 0; j < result->nintents; j++)
		if (r->why[j] >= 0 && is_open(result, j) &&
		    is_tied(&result->intent[i], &result->intent[j]))
			return true;
	return false;
}

/*
 * Without room for an address that belongs to a class, the message is refused:
 * the openings of the class stand, and would be written without it. -1, or the
 * counter.
 */
static int translate(struct algate_resolver *r, const struct algate_message *msg,
		     struct algate_result *result, u32 i)
{
	int found;

	if (is_refused(r, result, i)) {
		r->why[i] = WITH_OPENING;
		return -1;
	}
	result->owner = OWNER(i);
	found = algate_intent_translate(msg, result, &result->intent[i],
					r->known);
	r->stands |= found > 0;
	if (found >= 0)
		return -1;
	if (result->intent[i].act->flags & ALGATE_ACTION_F_WITH_CLASS)
		return ALGATE_C_NO_ROOM;
	algate_edit_drop(result, OWNER(i));
	r->why[i] = ALGATE_C_NO_ROOM;
	r->refusing = true;
	return -1;
}

/*
 * Write 0 as the port of a refused opening: not used. If none of its class
 * stands, the message stays as it came.
 */
static void write_zero(struct algate_resolver *r,
		       const struct algate_message *msg,
		       struct algate_result *result, u32 i)
{
	const struct algate_intent *in = &result->intent[i];

	if (r->why[i] < 0 || !(in->act->flags & ALGATE_ACTION_F_OR_ZERO) ||
	    class_refused(r, result, in->act->class))
		return;
	result->owner = OWNER(i);
	if (algate_intent_unused(msg, result, in) < 0)
		algate_edit_drop(result, OWNER(i));
}

/* Carry out each intent. -1, or the counter of a refusal of the message. */
static int resolve_intents(struct algate_resolver *r,
			   const struct algate_message *msg,
			   struct algate_result *result)
{
	int why;
	u32 i;

	why = r->reserve ? find_opens(r, msg, result) : -1;
	if (why >= 0)
		return why;
	for (i = 0; r->reserve && i < result->nintents; i++) {
		if (is_open(result, i) && r->group[i] == i)
			open_group(r, msg, result, i);
		r->stands |= is_open(result, i) && r->why[i] < 0;
	}
	for (i = 0; why < 0 && i < result->nintents; i++) {
		switch (result->intent[i].act->verb) {
		case ALGATE_VERB_OPEN:
			write_zero(r, msg, result, i);
			break;
		case ALGATE_VERB_TRANSLATE:
			why = translate(r, msg, result, i);
			break;
		case ALGATE_VERB_CONFIRM:
		case ALGATE_VERB_CLOSE:
			r->stands = true;
			break;
		}
	}
	result->owner = 0;
	return why;
}

/* Drop the refused intents, and tell the caller. */
static void drop_refused(struct algate_resolver *r, struct algate_result *result)
{
	u32 i, n = 0;

	for (i = 0; i < result->nintents; i++) {
		const struct algate_intent *in = &result->intent[i];

		if (r->why[i] < 0) {
			if (n != i)
				result->intent[n] = *in;
			n++;
		} else if (r->refused && r->why[i] != WITH_OPENING) {
			r->refused(r->ctx, in, r->why[i]);
		}
	}
	result->nintents = n;
}

/* Add the edits of dependent lengths. -1, or the counter of the refusal. */
static int finish_edits(struct algate_resolver *r,
			const struct algate_message *msg,
			struct algate_result *result)
{
	int size = msg->len;

	if (result->nedits)
		size = algate_edit_finish(r->prog, msg, result);
	/* the new value does not fit into the field */
	if (size < 0)
		return ALGATE_C_NO_ROOM;
	r->size = size;
	return -1;
}

/* The first refusal, or -1 */
static int first_refusal(const struct algate_resolver *r, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		if (r->why[i] >= 0 && r->why[i] != WITH_OPENING)
			return r->why[i];
	return -1;
}

/**
 * algate_resolve() - carry out the intents of a message under NAT
 * @r: resolver
 * @msg: message
 * @result: result of algate_run(); edits are added, and refused intents removed
 *
 * The message is refused if it announces another host's address, if a length or
 * an address of a class has no room, or if openings or translations are refused
 * and no intent but extend is left. The verbs confirm, close and extend are left
 * to the caller. If the message is refused, the caller undoes its reservations.
 *
 * Context: Any context that the functions of @r accept.
 *
 * Return: -1; or the counter (enum algate_counter) of the message's refusal.
 */
int algate_resolve(struct algate_resolver *r, const struct algate_message *msg,
		   struct algate_result *result)
{
	int why;
	u32 i;

	memset(r->why, -1, sizeof(r->why));
	memset(r->wanted, 0, sizeof(r->wanted));
	r->ports = 0;
	r->stands = false;
	r->refusing = false;
	/* the receiver already has these bytes */
	for (i = 0; i < result->nedits; i++)
		if (result->edit[i].off < msg->frozen)
			return ALGATE_C_FAIL_OPEN;
	why = resolve_intents(r, msg, result);
	if (why < 0 && r->refusing && !r->stands)
		why = first_refusal(r, result->nintents);
	if (why < 0)
		why = finish_edits(r, msg, result);
	if (why < 0 && r->fits)
		why = r->fits(r->ctx, r->size);
	if (why < 0 && r->refusing)
		drop_refused(r, result);
	return why;
}

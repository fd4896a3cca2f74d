// SPDX-License-Identifier: GPL-2.0
/*
 * Openings that wait for an answer. A rule opens under a key, and the other end
 * confirms the key. Only an answer lengthens a lifetime. The lifetime counts
 * from the opening message: repeated answers give no more than the first one.
 */
#include "intent.h"

/**
 * algate_mapping_init() - record an opening
 * @b: mapping, in no list
 * @o: resolved open action with its mapped port
 * @msg: announcing message
 * @in: the open action's intent
 *
 * Context: Any context.
 */
void algate_mapping_init(struct algate_mapping *b,
			 const struct algate_opening *o,
			 const struct algate_message *msg,
			 const struct algate_intent *in)
{
	*b = (struct algate_mapping){
		.real = o->real, .mapped = o->mapped,
		.count = o->act->count, .dir = algate_side(msg),
		.class = o->act->class, .proto = o->act->proto,
		.keyed = o->act->key != ALGATE_SLOT_NONE,
		.key = in->key, .only = in->only, .at = msg->now,
	};
}

/**
 * algate_mapping_asked() - does an intent name a mapping?
 * @b: mapping
 * @in: confirm or close
 *
 * A key names only openings that have a key: 0 is a key, too.
 *
 * Context: Any context.
 *
 * Return: true if the class is the same, and the key if @in has one.
 */
bool algate_mapping_asked(const struct algate_mapping *b,
			  const struct algate_intent *in)
{
	return b->class == in->act->class &&
	       (in->act->key == ALGATE_SLOT_NONE ||
		(b->keyed && b->key == in->key));
}

/**
 * algate_mapping_answer() - seconds that an answer gives to an opening
 * @prog: verified program
 * @b: mapping of the opening
 * @msg: the answer
 * @in: its confirm
 *
 * No end confirms its own opening, and no answer comes after the timeout of the
 * class, when the opening without an answer has ended.
 *
 * Context: Any context.
 *
 * Return: seconds from now on, 1 to ALGATE_TIME_MAX; 0 if @msg is no answer to
 * the opening.
 */
u32 algate_mapping_answer(const struct algate_prog *prog,
			  const struct algate_mapping *b,
			  const struct algate_message *msg,
			  const struct algate_intent *in)
{
	u32 age = msg->now - b->at;

	if (!algate_mapping_asked(b, in) || b->dir == algate_side(msg) ||
	    age > prog->class[b->class].timeout || age >= in->time)
		return 0;
	return in->time - age;
}

/**
 * algate_mapping_narrow() - change the hosts that may use an opening
 * @b: mapping of the opening
 * @in: confirm that answers the opening
 *
 * Context: Any context.
 */
void algate_mapping_narrow(struct algate_mapping *b,
			   const struct algate_intent *in)
{
	if (in->act->only != ALGATE_SLOT_NONE)
		b->only = in->only;
}

/**
 * algate_mapping_serves() - may a host use an opening for any host?
 * @b: mapping of the opening
 * @secret: hash key of the plug-in, two words; NULL: zeros
 * @family: AF_INET or AF_INET6
 * @addr: address of the host, which is not the peer; network order
 *
 * Context: Any context.
 *
 * Return: true unless the rules named another host.
 */
bool algate_mapping_serves(const struct algate_mapping *b, const u64 *secret,
			   u8 family, const u8 *addr)
{
	return !b->only || b->only == algate_addr_hash(secret, family, addr);
}

/**
 * algate_extension() - seconds by which a message extends the life of its flow
 * @prog: verified program
 * @result: result of the message
 * @age: seconds since the youngest opening that the message confirms; U32_MAX:
 *	none
 *
 * Without an answer, the flow lives as long as an opening that the message
 * itself makes under a key.
 *
 * Context: Any context.
 *
 * Return: 0 to ALGATE_TIME_MAX.
 */
u32 algate_extension(const struct algate_prog *prog,
		     const struct algate_result *result, u32 age)
{
	u32 i, wanted = 0, opened = 0, answered;

	for (i = 0; i < result->nintents; i++) {
		const struct algate_intent *in = &result->intent[i];
		const struct algate_action *act = in->act;

		if (act->verb == ALGATE_VERB_EXTEND)
			wanted = in->time;
		else if (act->verb == ALGATE_VERB_OPEN &&
			 act->key != ALGATE_SLOT_NONE &&
			 !(act->flags & ALGATE_ACTION_F_INACTIVE))
			opened = max_t(u32, opened,
				       prog->class[act->class].timeout);
	}
	answered = age < wanted ? wanted - age : 0;
	return max_t(u32, answered, min_t(u32, wanted, opened));
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Compares the results of two runs of a program.
 */
#include "oracle.h"

static bool same_slot(u8 type, const struct algate_value *a,
		      const struct algate_value *b)
{
	return type == ALGATE_T_UNSPEC ||
	       (a->len == b->len && (!a->len || a->off == b->off) &&
		algate_value_same(type, a, b));
}

static bool same_intent(const struct algate_intent *a,
			const struct algate_intent *b)
{
	return a->act == b->act && a->addr_type == b->addr_type &&
	       a->port_type == b->port_type && a->port2_type == b->port2_type &&
	       a->key == b->key && a->time == b->time && a->only == b->only &&
	       (!a->act->other ||
		!memcmp(a->given, b->given, sizeof(a->given))) &&
	       same_slot(a->addr_type, &a->addr, &b->addr) &&
	       same_slot(a->port_type, &a->port, &b->port) &&
	       same_slot(a->port2_type, &a->port2, &b->port2);
}

static bool same_edit(const struct algate_edit *a, const struct algate_edit *b)
{
	return a->off == b->off && a->len == b->len && a->n == b->n &&
	       !memcmp(a->text, b->text, a->n);
}

static bool same_note(const struct algate_note *a, const struct algate_note *b)
{
	return a->table == b->table && a->kind == b->kind &&
	       a->key == b->key && a->value == b->value;
}

static bool same_adjust(const struct algate_adjust *a,
			const struct algate_adjust *b)
{
	return a->type == b->type && a->pad == b->pad &&
	       same_slot(a->type, &a->count, &b->count);
}

static bool same_lists(const struct algate_result *a,
		       const struct algate_result *b)
{
	u32 i;

	for (i = 0; i < a->nintents; i++)
		if (!same_intent(&a->intent[i], &b->intent[i]))
			return false;
	for (i = 0; i < a->nedits; i++)
		if (!same_edit(&a->edit[i], &b->edit[i]))
			return false;
	for (i = 0; i < a->nnotes; i++)
		if (!same_note(&a->note[i], &b->note[i]))
			return false;
	for (i = 0; i < a->nadjusts; i++)
		if (!same_adjust(&a->adjust[i], &b->adjust[i]))
			return false;
	return true;
}

bool oracle_same(const struct algate_result *a, const struct algate_result *b)
{
	return a->nintents == b->nintents && a->nedits == b->nedits &&
	       a->nnotes == b->nnotes && a->nadjusts == b->nadjusts &&
	       a->stop == b->stop && a->counted == b->counted &&
	       a->beyond == b->beyond &&
	       same_lists(a, b);
}

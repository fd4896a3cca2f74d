// SPDX-License-Identifier: GPL-2.0
/*
 * Openings for a flow that another plug-in inspects. The two programs are
 * compiled and loaded apart, so they know each other by names alone.
 */
#include "intent.h"

/**
 * algate_heir_init() - note who inspects the flows of an opening
 * @heir: filled in
 * @prog: program that ran
 * @in: the open action's intent, with another plug-in
 *
 * Context: Any context.
 */
void algate_heir_init(struct algate_heir *heir, const struct algate_prog *prog,
		      const struct algate_intent *in)
{
	const struct algate_other *other = &prog->other[in->act->other - 1];

	memcpy(heir->name, other->name, sizeof(heir->name));
	memcpy(heir->var, other->var, sizeof(heir->var));
	memcpy(heir->value, in->given, sizeof(heir->value));
}

static u32 var_find(const struct algate_prog *prog, const char *name)
{
	u32 i;

	for (i = 0; i < prog->nvars; i++)
		if (!strcmp(prog->var[i], name))
			break;
	return i;
}

static bool input_takes(const struct algate_prog *prog, u32 var, u32 value)
{
	u32 i;

	for (i = 0; i < prog->ninputs; i++)
		if (prog->input[i].var == var &&
		    value >= prog->input[i].first &&
		    value <= prog->input[i].last)
			return true;
	return false;
}

/**
 * algate_heir_takes() - does a program take the numbers that it is given?
 * @heir: names and numbers
 * @prog: verified program of the plug-in that @heir names
 * @var: set to the indices of the variables; ALGATE_NO_VAR: none
 *
 * The numbers belong together: with one of them refused, the rest could mean
 * something else. The program must serve a flow without any of them anyway, as
 * it does for flows that nobody expected.
 *
 * Context: Any context.
 *
 * Return: true; false if a name is not an input of @prog, or its number not
 * allowed: then the flow gets none of the numbers.
 */
bool algate_heir_takes(const struct algate_heir *heir,
		       const struct algate_prog *prog, u8 var[ALGATE_MAX_GIVEN])
{
	u32 i;

	memset(var, ALGATE_NO_VAR, ALGATE_MAX_GIVEN);
	for (i = 0; i < ALGATE_MAX_GIVEN; i++) {
		if (!*heir->var[i])
			continue;
		var[i] = var_find(prog, heir->var[i]);
		if (!input_takes(prog, var[i], heir->value[i]))
			return false;
	}
	return true;
}

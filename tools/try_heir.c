// SPDX-License-Identifier: GPL-2.0
/*
 * Flows that a message of one plug-in expects for another, in "plugin try". Works
 * like the module's heir.c, with a rule file in the place of a loaded plug-in.
 */
#include "try.h"

/* The plug-in of that name, perhaps without a program; looked for once. */
static struct plugin_tried *plugin_get(struct trial *t, const char *name)
{
	struct plugin_tried *p;
	char *path;

	for (p = &t->plugin; p; p = p->next)
		if (!strcmp(p->name, name))
			return p;
	p = xalloc(sizeof(*p));
	p->next = t->plugin.next;
	t->plugin.next = p;
	strcpy(p->name, name);
	path = find_beside(t->plugin.src.file, name);
	if (path && !source_open(path, &p->src))
		p->prog = p->src.prog;
	free(path);
	if (p->prog && strcmp(p->prog->name, name)) {
		complain("%s: not the plug-in %s, but %s", p->src.file, name,
			 p->prog->name);
		p->prog = NULL;
	}
	return p;
}

static bool serves(const struct algate_prog *prog, u8 proto)
{
	unsigned int i;

	for (i = 0; i < prog->nservices; i++)
		if (prog->service[i].proto == proto)
			return true;
	return false;
}

/**
 * try_heir() - find the other plug-in that inspects an expected flow
 * @t: trial
 * @e: used endpoint, whose action names another plug-in
 *
 * Return: the plug-in; NULL: nobody inspects the flow, which is counted.
 */
struct plugin_tried *try_heir(struct trial *t, const struct expected *e)
{
	struct plugin_tried *p = plugin_get(t, e->heir.name);

	if (p->prog && serves(p->prog, e->o.act->proto) &&
	    e->flow->depth + 1 < ALGATE_MAX_CHAIN)
		return p;
	t->counter[ALGATE_C_NO_PLUGIN]++;
	return NULL;
}

/**
 * try_heir_begin() - give a new flow the numbers for its variables
 * @flow: new flow of another plug-in
 * @e: used endpoint
 */
void try_heir_begin(struct flow_tried *flow, const struct expected *e)
{
	u8 var[ALGATE_MAX_GIVEN];
	unsigned int i;

	flow->depth++;
	if (!algate_heir_takes(&e->heir, flow->plugin->prog, var)) {
		flow->trial->counter[ALGATE_C_BAD_INPUT]++;
		return;
	}
	for (i = 0; i < ALGATE_MAX_GIVEN; i++)
		if (var[i] != ALGATE_NO_VAR)
			flow->var[var[i]] = e->heir.value[i];
}

/**
 * try_heir_settle() - withdraw the openings of guests whose host ends
 * @t: trial
 * @host: flow that ends
 */
void try_heir_settle(struct trial *t, const struct flow_tried *host)
{
	struct flow_tried *f;

	for (f = t->flows; f; f = f->next) {
		if (f->host != host)
			continue;
		f->host = NULL;
		try_expect_forget(t, f);
	}
}

/**
 * try_plugins_free() - free the plug-ins of a trial
 * @t: trial
 */
void try_plugins_free(struct trial *t)
{
	struct plugin_tried *p = t->plugin.next;

	source_free(&t->plugin.src);
	while (p) {
		struct plugin_tried *next = p->next;

		source_free(&p->src);
		free(p);
		p = next;
	}
}

// SPDX-License-Identifier: GPL-2.0
/*
 * begin and message -> recognisers: code that compares the bytes of a message
 * and leads to ACCEPT, with the rules behind, or to END 2.
 */
#include "gen.h"

/* The declaration for the current sender, or NULL */
static const struct gate *find_gate(const struct gen *g, bool first)
{
	const struct gate *gate = g->c->tree.gates;

	for (; gate; gate = gate->next)
		if (gate->first == first &&
		    (!strcmp(gate->dir, g->sender) ||
		     !strcmp(gate->dir, "either")))
			return gate;
	return NULL;
}

/*
 * A class of one byte at the end of the pattern becomes PEEK. The table of
 * first bytes knows the result of PEEK, so the check costs nothing.
 */
static void mark_peeks(struct seq *seq)
{
	struct item *item;

	for (; seq; seq = seq->next) {
		for (item = seq->items; item->next; item = item->next)
			;
		if (item->kind == ITEM_CLASS)
			item->peek = item->min == 1 && !item->name;
		else if (item->kind == ITEM_GROUP && !item->optional &&
			 !item->repeated)
			mark_peeks(item->alts);
	}
}

/* Jumps to @fail unless the message matches. */
static void gen_gate(struct gen *g, const struct gate *gate, int fail)
{
	const struct fail_labels labels = { fail, fail };

	g->gate = gate;
	g->pos = gate->pos;
	gen_names(g, 0);
	if (gate->pattern) {
		mark_peeks(gate->pattern);
		gen_pattern(g, gate->pattern, &labels);
	}
	g->pos = gate->pos;
	insn_accept(g);
	warn_captures(g, 0);
	g->gate = NULL;
}

/**
 * gen_gates() - generate the recognisers of a direction, in front of its rules
 * @g: program; @g->sender is the sender of the direction
 * @dir: the direction; its entries are set
 */
void gen_gates(struct gen *g, enum algate_dir dir)
{
	const struct gate *begin = find_gate(g, true);
	const struct gate *message = find_gate(g, false);
	int fail = gen_label(g), rules = gen_label(g);

	g->begin[dir] = ALGATE_NO_BEGIN;
	g->entry[dir] = g->ninsns;
	if (message && !begin)
		comp_fail(g->c, message->pos,
			  "\"message\" without \"begin %s\": say how the %s begins",
			  g->sender, g->sender);
	if (!begin)
		return;
	g->begin[dir] = g->ninsns;
	gen_gate(g, begin, fail);
	if (!g->used[fail])
		comp_fail(g->c, begin->pos, "every message matches this \"begin\"");
	insn_jump(g, rules);
	if (message) {
		g->entry[dir] = g->ninsns;
		gen_gate(g, message, fail);
		insn_jump(g, rules);
	}
	gen_place(g, fail);
	insn_end(g, 2);
	gen_place(g, rules);
}

static bool can_open(const struct gen *g)
{
	unsigned int i;

	for (i = 0; i < g->nactions; i++)
		if (g->action[i][ALGATE_ACTION_VERB] == ALGATE_VERB_OPEN ||
		    g->action[i][ALGATE_ACTION_VERB] == ALGATE_VERB_TRANSLATE)
			return true;
	return false;
}

static bool is_for_tcp(const struct tree *t)
{
	unsigned int i;

	for (i = 0; i < t->nservices; i++)
		if (t->service[i].proto == IPPROTO_TCP)
			return true;
	return false;
}

/**
 * gen_check_gates() - each direction with rules says how it begins
 * @g: program, complete
 *
 * Only on TCP, and if the plug-in can open or translate. The verifier proves
 * the same; the error is better here.
 */
void gen_check_gates(struct gen *g)
{
	static const char * const senders[] = { "client", "server" };
	const struct rule *rule;
	unsigned int i;

	if (!can_open(g) || !is_for_tcp(&g->c->tree))
		return;
	for (rule = g->c->tree.rules; rule; rule = rule->next)
		for (i = 0; i < ARRAY_SIZE(senders); i++)
			if (g->begin[i] == ALGATE_NO_BEGIN &&
			    (!strcmp(rule->dir, senders[i]) ||
			     !strcmp(rule->dir, "either")))
				comp_fail(g->c, rule->pos,
					  "a tcp plug-in that opens or translates says how the %s begins: add \"begin %s: PATTERN\" in front of the rules",
					  senders[i], senders[i]);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Rules that are tried in their order: of a direction, or of a walk.
 *
 * Most messages match no rule. The first byte selects the first rule that can
 * match; and where that does not match, the next one that can begin with the
 * same byte is tried. A literal that fails leads past all rules that begin with
 * it.
 */
#include "gen.h"

#define NOTHING		256	/* "byte" of an empty window */
#define FIRSTS		(NOTHING + 1)

/**
 * struct candidate - a rule of the list
 * @rule: the rule
 * @first: bytes that it can begin with
 * @comes: bytes with which it is tried
 * @at: labels in front of it
 */
struct candidate {
	const struct rule *rule;
	bool first[FIRSTS];
	bool comes[FIRSTS];
	struct ways at;
};

/**
 * struct list - rules on their way
 * @rule: candidates
 * @n: how many
 * @none: where to go when none matches
 * @to: by byte, the first that can begin with it, or @n
 */
struct list {
	struct candidate *rule;
	unsigned int n;
	struct ways none;
	unsigned int to[FIRSTS];
};

static bool rule_of(const struct gen *g, const struct rule *rule)
{
	return !rule->dir || !strcmp(rule->dir, g->sender) ||
	       !strcmp(rule->dir, "either");
}

static void find_firsts(struct candidate *cand)
{
	const struct seq *seq;
	u8 set[32] = {};
	bool any = false;
	unsigned int i;

	for (seq = cand->rule->pattern; seq && !any; seq = seq->next)
		any = !gen_first(seq->items, set);
	for (i = 0; i < NOTHING; i++)
		cand->first[i] = any || set[i / 8] & (1 << i % 8);
	cand->first[NOTHING] = any;
}

static void list_make(struct gen *g, struct list *l, const struct rule *rules)
{
	const struct rule *rule;
	unsigned int i, n = 0;

	for (rule = rules; rule; rule = rule->next)
		n++;
	l->rule = comp_alloc(g->c, n * sizeof(*l->rule));
	for (rule = rules; rule; rule = rule->next) {
		struct candidate *cand = &l->rule[l->n];

		if (!rule_of(g, rule))
			continue;
		cand->rule = rule;
		cand->at.stay = gen_label(g);
		cand->at.gone = gen_label(g);
		find_firsts(cand);
		l->n++;
	}
	for (i = 0; i < FIRSTS; i++)
		while (l->to[i] < l->n && !l->rule[l->to[i]].first[i])
			l->to[i]++;
}

static const struct ways *list_at(const struct list *l, unsigned int i)
{
	return i < l->n ? &l->rule[i].at : &l->none;
}

/* The first pattern looks at that byte itself, and then it is the same. */
static bool looks_itself(const struct list *l)
{
	const struct seq *seq = l->rule->rule->pattern;

	return l->to[NOTHING] == 1 && !seq->next &&
	       (!seq->items || (seq->items->kind != ITEM_GROUP &&
				seq->items->kind != ITEM_IF));
}

/* All bytes lead to the first rule, or where no byte leads. */
static bool gen_peek(struct gen *g, const struct list *l)
{
	unsigned int rest = l->to[NOTHING], i;
	u8 set[32] = {};

	if (looks_itself(l))
		return false;
	for (i = 0; i < NOTHING; i++)
		if (l->to[i] != rest)
			set[i / 8] |= 1 << i % 8;
	i = gen_record(g, g->set, &g->nsets, ALGATE_MAX_SETS, set, sizeof(set),
		       NULL);
	if (i == ALGATE_MAX_SETS)
		return false;
	gen_op(g, ALGATE_OP_PEEK, i, 0, list_at(l, rest)->stay);
	return true;
}

/*
 * One jump behind CASE for each rule that a byte leads to, but for the first
 * rule: that comes behind the jumps.
 */
static bool gen_case(struct gen *g, const struct list *l, const u8 *jump,
		     unsigned int njumps)
{
	unsigned int rest = l->to[NOTHING], i;
	u8 table[256];

	for (i = 0; i < NOTHING; i++)
		table[i] = l->to[i] == rest ? 0 :
			   l->to[i] ? jump[l->to[i]] : njumps + 1;
	i = gen_record(g, g->cases, &g->ncases, ALGATE_MAX_CASES, table,
		       sizeof(table), NULL);
	if (i == ALGATE_MAX_CASES)
		return false;
	gen_op(g, ALGATE_OP_CASE, 0, i, list_at(l, rest)->stay);
	for (i = 1; i < l->n; i++)
		if (jump[i])
			gen_op(g, ALGATE_OP_JUMP, 0, 0, l->rule[i].at.stay);
	return true;
}

/* Looks at the first byte, if that tells something. */
static void gen_dispatch(struct gen *g, const struct list *l)
{
	u8 *jump = comp_alloc(g->c, l->n);
	unsigned int njumps = 0, i;
	bool tells = false;

	for (i = 0; i < NOTHING; i++)
		tells |= l->to[i] != l->to[NOTHING];
	if (!tells)
		return;
	for (i = 0; i < NOTHING; i++)
		if (l->to[i] != l->to[NOTHING] && l->to[i])
			jump[l->to[i]] = 1;
	for (i = 1; i < l->n; i++)
		if (jump[i])
			jump[i] = ++njumps;
	if (njumps > 254 || !(njumps ? gen_case(g, l, jump, njumps) :
				       gen_peek(g, l)))
		return;
	for (i = 0; i < FIRSTS; i++)
		if (l->to[i] < l->n)
			l->rule[l->to[i]].comes[i] = true;
}

/* From @i on, a rule that can begin with a byte with which @from is tried. */
static unsigned int next_from(const struct list *l, unsigned int from,
			      unsigned int i)
{
	const struct candidate *cand = &l->rule[from];
	unsigned int b;

	for (; i < l->n; i++)
		for (b = 0; b < FIRSTS; b++)
			if (cand->comes[b] && l->rule[i].first[b])
				return i;
	return l->n;
}

static unsigned int next_rule(const struct list *l, unsigned int from)
{
	return next_from(l, from, from + 1);
}

/* The literal with which the rule begins, if there is no other way to begin. */
static const struct item *first_literal(const struct rule *rule)
{
	const struct seq *seq = rule->pattern;

	return seq && !seq->next && seq->items &&
	       seq->items->kind == ITEM_LITERAL ? seq->items : NULL;
}

static u8 fold(u8 c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* Where @a is not, can @b not be either? */
static bool fails_too(const struct item *a, const struct item *b)
{
	size_t i;

	if (b->len < a->len || (b->nocase && !a->nocase))
		return false;
	for (i = 0; i < a->len; i++)
		if (a->nocase ? fold(a->text[i]) != fold(b->text[i]) :
				a->text[i] != b->text[i])
			return false;
	return true;
}

/* Does the item have an instruction that can fail? */
static bool can_fail(const struct item *item)
{
	return item && (item->kind == ITEM_LITERAL || item->kind == ITEM_TAKE ||
			(item->kind == ITEM_CLASS && item->min));
}

/*
 * The rule that is tried where rule @from's literal is not: rules that begin
 * with the same literal do not match either. Behind the literal, @from can
 * fail, so that these rules are tried then.
 */
static unsigned int next_other(const struct list *l, unsigned int from)
{
	const struct item *lit = first_literal(l->rule[from].rule), *other;
	unsigned int i = next_rule(l, from);

	if (!lit || !can_fail(lit->next))
		return i;
	while (i < l->n) {
		other = first_literal(l->rule[i].rule);
		if (!other || !fails_too(lit, other))
			break;
		i = next_from(l, from, i + 1);
	}
	return i;
}

static bool is_tried(const struct candidate *cand)
{
	unsigned int b;

	for (b = 0; b < FIRSTS && !cand->comes[b]; b++)
		;
	return b < FIRSTS;
}

/* Does the rule go there when it does not match? */
static bool gen_one(struct gen *g, const struct list *l, unsigned int i,
		    gen_rule_fn fn, const struct ways *fail)
{
	const struct candidate *cand = &l->rule[i];
	bool stay = g->used[fail->stay], gone = g->used[fail->gone], fails;

	g->pos = cand->rule->pos;
	if (!is_tried(cand))
		comp_fail(g->c, g->pos,
			  "a rule before always matches: this one is never tried");
	gen_place(g, cand->at.gone);
	if (g->used[cand->at.gone])
		gen_op(g, ALGATE_OP_AT, 0, 0, NO_FAIL);
	gen_place(g, cand->at.stay);
	g->used[fail->stay] = false;
	g->used[fail->gone] = false;
	fn(g, cand->rule, fail);
	fails = g->used[fail->stay] || g->used[fail->gone];
	g->used[fail->stay] |= stay;
	g->used[fail->gone] |= gone;
	return fails;
}

/* Rule @to is tried with the bytes with which @from is. */
static void list_come(struct list *l, unsigned int from, unsigned int to)
{
	unsigned int b;

	for (b = 0; to < l->n && b < FIRSTS; b++)
		l->rule[to].comes[b] |= l->rule[from].comes[b];
}

/**
 * gen_list() - rules in their order
 * @g: program
 * @rules: rules, of which those for the other sender are left out
 * @fn: makes a rule, at whose end nothing may follow
 * @none: where to go when none matches
 *
 * Return: how many rules there are.
 */
unsigned int gen_list(struct gen *g, const struct rule *rules, gen_rule_fn fn,
		      const struct ways *none)
{
	struct list l = { .none = *none };
	unsigned int i, next, other;
	struct ways fail;

	list_make(g, &l, rules);
	if (!l.n)
		return 0;
	g->pos = l.rule[0].rule->pos;
	gen_dispatch(g, &l);
	/* without a look, all bytes come to the first rule */
	if (!is_tried(&l.rule[0]))
		memset(l.rule[0].comes, true, FIRSTS);
	for (i = 0; i < l.n; i++) {
		next = next_rule(&l, i);
		other = next_other(&l, i);
		fail = (struct ways){
			list_at(&l, other)->stay, list_at(&l, next)->gone,
		};
		if (!gen_one(g, &l, i, fn, &fail))
			continue;
		list_come(&l, i, next);
		list_come(&l, i, other);
	}
	return l.n;
}

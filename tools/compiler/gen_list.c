// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of rules: of a direction, or of a loop. Rules are tried in order.
 *
 * Most messages match no rule. The first byte selects the first rule that can
 * match. If this rule does not match, the next rule that can begin with the
 * same byte is tried. If a literal at the start of a rule does not match, all
 * following rules with the same literal are skipped.
 */
#include "gen.h"

#define EMPTY		256	/* "first byte" of an empty window */
#define FIRSTS		(EMPTY + 1)
#define MAX_COMPARED	64	/* rules that may hide another one */

/**
 * struct candidate - a rule of the list
 * @rule: the rule
 * @first: possible first bytes of the pattern
 * @tried: first bytes with which the rule is tried
 * @at: labels in front of the rule
 */
struct candidate {
	const struct rule *rule;
	bool first[FIRSTS];
	bool tried[FIRSTS];
	struct fail_labels at;
};

/**
 * struct list - a list of rules in generation
 * @rule: candidates
 * @n: number of candidates
 * @none: jump targets if no rule matches
 * @to: by first byte: the first candidate that can begin with the byte, or @n
 */
struct list {
	struct candidate *rule;
	unsigned int n;
	struct fail_labels none;
	unsigned int to[FIRSTS];
};

static bool is_for_sender(const struct gen *g, const struct rule *rule)
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
	for (i = 0; i < EMPTY; i++)
		cand->first[i] = any || set[i / 8] & (1 << i % 8);
	cand->first[EMPTY] = any;
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

		if (!is_for_sender(g, rule))
			continue;
		cand->rule = rule;
		cand->at.unmoved = gen_label(g);
		cand->at.moved = gen_label(g);
		find_firsts(cand);
		l->n++;
	}
	for (i = 0; i < FIRSTS; i++)
		while (l->to[i] < l->n && !l->rule[l->to[i]].first[i])
			l->to[i]++;
}

static const struct fail_labels *list_at(const struct list *l, unsigned int i)
{
	return i < l->n ? &l->rule[i].at : &l->none;
}

/* Does the first rule test the same byte itself? Then PEEK saves nothing. */
static bool tests_first_byte(const struct list *l)
{
	const struct seq *seq = l->rule->rule->pattern;

	return l->to[EMPTY] == 1 && !seq->next &&
	       (!seq->items || (seq->items->kind != ITEM_GROUP &&
				seq->items->kind != ITEM_IF));
}

/* Every byte selects the first rule, or the same as an empty window. */
static bool gen_peek(struct gen *g, const struct list *l)
{
	unsigned int rest = l->to[EMPTY], i;
	u8 set[32] = {};

	if (tests_first_byte(l))
		return false;
	for (i = 0; i < EMPTY; i++)
		if (l->to[i] != rest)
			set[i / 8] |= 1 << i % 8;
	i = gen_record(g, g->set, &g->nsets, ALGATE_MAX_SETS, set, sizeof(set),
		       NULL);
	if (i == ALGATE_MAX_SETS)
		return false;
	insn_peek(g, i, list_at(l, rest)->unmoved);
	return true;
}

/*
 * CASE, and a jump for each rule that a byte selects. The first rule needs no
 * jump, since it follows the jumps.
 */
static bool gen_case(struct gen *g, const struct list *l, const u8 *jump,
		     unsigned int njumps)
{
	unsigned int rest = l->to[EMPTY], i;
	u8 table[256];

	for (i = 0; i < EMPTY; i++)
		table[i] = l->to[i] == rest ? 0 :
			   l->to[i] ? jump[l->to[i]] : njumps + 1;
	i = gen_record(g, g->cases, &g->ncases, ALGATE_MAX_CASES, table,
		       sizeof(table), NULL);
	if (i == ALGATE_MAX_CASES)
		return false;
	insn_case(g, i, list_at(l, rest)->unmoved);
	for (i = 1; i < l->n; i++)
		if (jump[i])
			insn_jump(g, l->rule[i].at.unmoved);
	return true;
}

/* Selects a rule by the first byte, unless all bytes select the same rule. */
static void gen_dispatch(struct gen *g, const struct list *l)
{
	u8 *jump = comp_alloc(g->c, l->n);
	unsigned int njumps = 0, i;
	bool differ = false;

	for (i = 0; i < EMPTY; i++)
		differ |= l->to[i] != l->to[EMPTY];
	if (!differ)
		return;
	for (i = 0; i < EMPTY; i++)
		if (l->to[i] != l->to[EMPTY] && l->to[i])
			jump[l->to[i]] = 1;
	for (i = 1; i < l->n; i++)
		if (jump[i])
			jump[i] = ++njumps;
	if (njumps > 254 || !(njumps ? gen_case(g, l, jump, njumps) :
				       gen_peek(g, l)))
		return;
	for (i = 0; i < FIRSTS; i++)
		if (l->to[i] < l->n)
			l->rule[l->to[i]].tried[i] = true;
}

/* The first rule from @i on that can begin with a byte of @from->tried */
static unsigned int next_from(const struct list *l, unsigned int from,
			      unsigned int i)
{
	const struct candidate *cand = &l->rule[from];
	unsigned int b;

	for (; i < l->n; i++)
		for (b = 0; b < FIRSTS; b++)
			if (cand->tried[b] && l->rule[i].first[b])
				return i;
	return l->n;
}

static unsigned int next_rule(const struct list *l, unsigned int from)
{
	return next_from(l, from, from + 1);
}

/* The literal at the start of a rule, if all matches begin with it */
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

/* Does a mismatch of @a imply a mismatch of @b? */
static bool fails_with(const struct item *a, const struct item *b)
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
 * The next rule if the literal of rule @from does not match: rules that begin
 * with the same literal are skipped. The skipped rules must be reachable from
 * elsewhere, so @from must be able to fail behind its literal.
 */
static unsigned int next_other(const struct list *l, unsigned int from)
{
	const struct item *lit = first_literal(l->rule[from].rule), *other;
	unsigned int i = next_rule(l, from);

	if (!lit || !can_fail(lit->next))
		return i;
	while (i < l->n) {
		other = first_literal(l->rule[i].rule);
		if (!other || !fails_with(lit, other))
			break;
		i = next_from(l, from, i + 1);
	}
	return i;
}

static bool is_tried(const struct candidate *cand)
{
	unsigned int b;

	for (b = 0; b < FIRSTS && !cand->tried[b]; b++)
		;
	return b < FIRSTS;
}

/* Does a match of @other imply a match of @rule, which is tried before? */
static bool is_hidden(const struct rule *rule, const struct rule *other)
{
	const struct item *a = first_literal(rule), *b = first_literal(other);

	return a && b && !a->next && fails_with(a, b);
}

static void warn_hidden(struct gen *g, const struct list *l, unsigned int i)
{
	const struct rule *rule = l->rule[i].rule;
	unsigned int before = i > MAX_COMPARED ? i - MAX_COMPARED : 0;

	for (; before < i; before++)
		if (is_hidden(l->rule[before].rule, rule))
			comp_warn(g->c, rule->pattern->items->pos,
				  "this rule is never tried: the rule in line %d matches first",
				  l->rule[before].rule->pos.line);
}

/* Generates a rule. Returns true if the rule uses the labels in @fail. */
static bool gen_candidate(struct gen *g, const struct list *l, unsigned int i,
			  gen_rule_fn fn, const struct fail_labels *fail)
{
	const struct candidate *cand = &l->rule[i];
	bool stay = g->used[fail->unmoved], gone = g->used[fail->moved], fails;

	g->pos = cand->rule->pos;
	if (!is_tried(cand))
		comp_fail(g->c, g->pos,
			  "a previous rule always matches: this rule is never tried");
	gen_place(g, cand->at.moved);
	if (g->used[cand->at.moved])
		insn_at(g, 0, NO_FAIL);
	gen_place(g, cand->at.unmoved);
	g->used[fail->unmoved] = false;
	g->used[fail->moved] = false;
	fn(g, cand->rule, fail);
	fails = g->used[fail->unmoved] || g->used[fail->moved];
	g->used[fail->unmoved] |= stay;
	g->used[fail->moved] |= gone;
	return fails;
}

/* If @from does not match, @to is tried with the same first bytes. */
static void add_tried(struct list *l, unsigned int from, unsigned int to)
{
	unsigned int b;

	for (b = 0; to < l->n && b < FIRSTS; b++)
		l->rule[to].tried[b] |= l->rule[from].tried[b];
}

/**
 * gen_list() - generate a list of rules
 * @g: program
 * @rules: rules; rules for the other sender are left out
 * @fn: generates a rule that ends the run or jumps at its end
 * @none: jump targets if no rule matches
 *
 * Return: number of generated rules.
 */
unsigned int gen_list(struct gen *g, const struct rule *rules, gen_rule_fn fn,
		      const struct fail_labels *none)
{
	struct list l = { .none = *none };
	unsigned int i, next, other;
	struct fail_labels fail;

	list_make(g, &l, rules);
	if (!l.n)
		return 0;
	g->pos = l.rule[0].rule->pos;
	gen_dispatch(g, &l);
	/* without a dispatch, the first rule is tried with every byte */
	if (!is_tried(&l.rule[0]))
		memset(l.rule[0].tried, true, FIRSTS);
	for (i = 0; i < l.n; i++) {
		next = next_rule(&l, i);
		other = next_other(&l, i);
		fail = (struct fail_labels){
			list_at(&l, other)->unmoved, list_at(&l, next)->moved,
		};
		warn_hidden(g, &l, i);
		if (!gen_candidate(g, &l, i, fn, &fail))
			continue;
		add_tried(&l, i, next);
		add_tried(&l, i, other);
	}
	return l.n;
}

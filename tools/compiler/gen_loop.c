// SPDX-License-Identifier: GPL-2.0
/*
 * Loops -> instructions:
 *
 *	EACH
 *	NEXT	else done
 *	the rules, each of which jumps to the LOOP at its end
 *	REFUSE			target of a failing require
 *	AT 0			if no rule of a repetition matches
 *	LOOP
 *	done:
 *
 * Only the NEXT jumps out of the loop. A repeated group of a pattern is such a
 * loop, too, or several copies of the group.
 */
#include "gen.h"

/* A group that repeats up to this number of times becomes copies. */
#define MAX_COPIES	4
#define MAX_GATE_COPIES	16	/* in begin and message, which have no loops */

static void check_length(struct gen *g, const struct stmt *s)
{
	const struct algate_framing *f = &s->loop.prefix;
	u32 most = f->mask & (0xffffffff >> (32 - 8 * f->width));

	if (!most || (s64)most + f->bias < f->offset + f->width ||
	    f->bias > ALGATE_MAX_MESSAGE)
		comp_fail(g->c, s->pos,
			  "no value of the length makes an element that contains the length");
}

static u32 loop_index(struct gen *g, const struct stmt *s)
{
	const struct algate_loop *w = &s->loop;
	u8 rec[ALGATE_LOOP_LEN] = {};

	rec[ALGATE_LOOP_KIND] = w->kind;
	rec[ALGATE_LOOP_SEP] = w->sep;
	put_unaligned_le16(w->max, rec + ALGATE_LOOP_MAX);
	rec[ALGATE_LOOP_FLAGS] = w->prefix.flags;
	if (w->kind == ALGATE_LOOP_PREFIXED) {
		check_length(g, s);
		rec[ALGATE_LOOP_WIDTH] = w->prefix.width;
		put_unaligned_le16(w->prefix.offset, rec + ALGATE_LOOP_OFFSET);
		put_unaligned_le32(w->prefix.bias, rec + ALGATE_LOOP_BIAS);
		put_unaligned_le32(w->prefix.mask, rec + ALGATE_LOOP_MASK);
	}
	if (s->until)
		put_unaligned_le32(gen_literal(g, s->pos, s->until,
					       strlen(s->until)),
				   rec + ALGATE_LOOP_UNTIL);
	return gen_record(g, g->loop, &g->nloops, ALGATE_MAX_LOOPS, rec,
			  sizeof(rec), "different loops");
}

/* Captures of a rule exist only in the rule. */
static void gen_element_rule(struct gen *g, const struct rule *rule,
			     const struct fail_labels *fail)
{
	bool before[ALGATE_MAX_SLOTS];
	unsigned int outer = g->outer;

	gen_save_bound(g, before);
	g->outer = g->nbound;
	gen_pattern(g, rule->pattern, fail);
	gen_stmts(g, rule->stmts);
	warn_captures(g, g->outer);
	while (g->nbound > g->outer)
		gen_release(g, g->bound[--g->nbound].slot);
	g->outer = outer;
	gen_restore_bound(g, before);
	insn_jump(g, g->next);
}

static void loop_enter(struct gen *g, struct pos pos)
{
	if (g->depth == ALGATE_MAX_DEPTH)
		comp_fail(g->c, pos, "loops more than %d deep",
			  ALGATE_MAX_DEPTH);
	if (!g->depth++)
		g->outermost = g->nbound;
}

static void gen_enter(struct gen *g, const struct stmt *s)
{
	u32 loop = loop_index(g, s);
	bool temp;
	u8 slot;

	if (s->loop.kind != ALGATE_LOOP_WITHIN) {
		insn_each(g, loop);
		return;
	}
	slot = gen_number(g, &s->source, &temp);
	insn_within(g, slot, loop);
	if (temp)
		gen_release(g, slot);
}

/**
 * gen_each() - generate a loop
 * @g: program
 * @s: the statement
 */
void gen_each(struct gen *g, const struct stmt *s)
{
	int done = gen_label(g), refuse = g->refuse, outer_next = g->next;
	struct fail_labels none;
	unsigned int element;

	loop_enter(g, s->pos);
	g->next = gen_label(g);
	g->refuse = gen_label(g);
	none.unmoved = g->next;
	none.moved = s->loop.kind == ALGATE_LOOP_REPEAT ? gen_label(g) :
							  g->next;
	gen_enter(g, s);
	element = g->ninsns;
	insn_next(g, done);
	g->additions += s->loop.kind == ALGATE_LOOP_ADDITION;
	gen_list(g, s->rules, gen_element_rule, &none);
	g->additions -= s->loop.kind == ALGATE_LOOP_ADDITION;
	/* the last rule's jump is not needed directly in front of the LOOP */
	if (!g->used[g->refuse] &&
	    (none.moved == g->next || !g->used[none.moved]))
		g->ninsns--;
	gen_place(g, g->refuse);
	if (g->used[g->refuse])
		insn_refuse(g);
	if (none.moved != g->next) {
		gen_place(g, none.moved);
		if (g->used[none.moved])
			insn_at(g, 0, NO_FAIL);
	}
	gen_place(g, g->next);
	insn_loop(g, element);
	gen_place(g, done);
	g->next = outer_next;
	g->refuse = refuse;
	g->depth--;
}

/* A repetition of a group. Its captures exist only in the repetition. */
static void gen_repetition(struct gen *g, const struct item *item, bool start,
			   const struct fail_labels *fail)
{
	bool before[ALGATE_MAX_SLOTS];
	unsigned int outer = g->outer;

	gen_save_bound(g, before);
	g->outer = g->nbound;
	gen_alts(g, item->alts, false, start, fail);
	warn_captures(g, g->outer);
	while (g->nbound > g->outer)
		gen_release(g, g->bound[--g->nbound].slot);
	g->outer = outer;
	gen_restore_bound(g, before);
}

static void gen_copies(struct gen *g, const struct item *item,
		       const struct fail_labels *fail)
{
	const struct fail_labels gone = { fail->moved, fail->moved };
	struct fail_labels over = { gen_label(g), gen_label(g) };
	unsigned int i;
	u8 mark;

	for (i = 0; i < item->min; i++)
		gen_repetition(g, item, false, i ? &gone : fail);
	if (item->min == item->max)
		return;
	mark = gen_temp(g);
	for (; i < item->max; i++) {
		insn_here(g, mark);
		gen_repetition(g, item, false, &over);
	}
	if (g->used[over.moved]) {
		insn_jump(g, over.unmoved);
		gen_place(g, over.moved);
		insn_back(g, mark);
	}
	gen_place(g, over.unmoved);
	gen_release(g, mark);
}

/*
 * @count: slot for the number of repetitions, or ALGATE_SLOT_NONE
 * @times: slot with the wanted number, if it has a name
 */
static void gen_repeat_loop(struct gen *g, const struct item *item, u8 count,
			    u8 times)
{
	struct stmt loop = {
		.pos = item->pos,
		.loop = { .kind = ALGATE_LOOP_REPEAT, .max = item->max },
	};
	struct fail_labels over = { gen_label(g), gen_label(g) };
	int done = gen_label(g), body = gen_label(g);
	bool inside = g->inside;
	unsigned int element;
	u8 mark = ALGATE_SLOT_NONE;

	loop.loop.prefix.flags = inside ? ALGATE_LOOP_INSIDE : 0;
	loop_enter(g, item->pos);
	insn_each(g, loop_index(g, &loop));
	element = g->ninsns;
	insn_next(g, done);
	if (item->times.name) {
		insn_equal(g, count, times, body);
		insn_jump(g, over.unmoved);
	}
	gen_place(g, body);
	/* AT would forget the rest of a byte */
	if (inside) {
		mark = gen_temp(g);
		insn_here(g, mark);
	}
	gen_repetition(g, item, !inside, &over);
	if (count != ALGATE_SLOT_NONE)
		insn_number(g, '+', count, 1);
	if (g->used[over.moved]) {
		insn_jump(g, over.unmoved);
		gen_place(g, over.moved);
		if (inside)
			insn_back(g, mark);
		else
			insn_at(g, 0, NO_FAIL);
	}
	gen_place(g, over.unmoved);
	insn_loop(g, element);
	gen_place(g, done);
	if (inside)
		gen_release(g, mark);
	g->depth--;
}

/* A group that must repeat a number of times */
static void gen_counted(struct gen *g, const struct item *item, int fail)
{
	bool named = item->times.name, temp = false;
	u8 count = gen_temp(g), times = ALGATE_SLOT_NONE;

	insn_set(g, count, 0);
	if (named)
		times = gen_number(g, &item->times, &temp);
	gen_repeat_loop(g, item, count, times);
	if (named)
		insn_equal(g, count, times, fail);
	else
		insn_compare(g, ">=", count, item->min, fail);
	if (temp)
		gen_release(g, times);
	gen_release(g, count);
}

/**
 * gen_repeat() - match a repeated group
 * @g: program
 * @item: the group
 * @fail: jump targets if it does not repeat often enough
 */
void gen_repeat(struct gen *g, const struct item *item,
		const struct fail_labels *fail)
{
	if (g->gate && (item->times.name || item->max > MAX_GATE_COPIES))
		comp_fail(g->c, item->pos,
			  "in begin and message a group repeats at most %d times: write {0,%d} behind it",
			  MAX_GATE_COPIES, MAX_GATE_COPIES);
	/* a turn begins where the turn before ended */
	g->inside |= gen_inside(item->alts, g->inside);
	g->repeats++;
	if (g->gate || (!item->times.name && item->max <= MAX_COPIES))
		gen_copies(g, item, fail);
	else if (!item_fails(item))
		gen_repeat_loop(g, item, ALGATE_SLOT_NONE, ALGATE_SLOT_NONE);
	else
		gen_counted(g, item, fail->moved);
	g->repeats--;
}

/**
 * gen_skip_additions() - skip the extension additions of a sequence
 * @g: program
 * @item: skip additions
 */
void gen_skip_additions(struct gen *g, const struct item *item)
{
	struct stmt loop = {
		.pos = item->pos,
		.loop = {
			.kind = ALGATE_LOOP_ADDITION,
			.max = ALGATE_MAX_ADDITIONS,
		},
	};
	int done = gen_label(g);
	unsigned int element;

	if (g->gate)
		comp_fail(g->c, item->pos,
			  "begin and message do not skip additions");
	loop_enter(g, item->pos);
	insn_each(g, loop_index(g, &loop));
	element = g->ninsns;
	insn_next(g, done);
	insn_loop(g, element);
	gen_place(g, done);
	g->depth--;
}

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
 * Only the NEXT jumps out of the loop.
 */
#include "gen.h"

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
	if (w->kind == ALGATE_LOOP_PREFIXED) {
		check_length(g, s);
		rec[ALGATE_LOOP_FLAGS] = w->prefix.flags;
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
	while (g->nbound > g->outer)
		gen_release(g, g->bound[--g->nbound].slot);
	g->outer = outer;
	gen_restore_bound(g, before);
	gen_op(g, ALGATE_OP_JUMP, 0, 0, g->next);
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

	if (g->depth == ALGATE_MAX_DEPTH)
		comp_fail(g->c, s->pos, "loops more than %d deep",
			  ALGATE_MAX_DEPTH);
	if (!g->depth++)
		g->outermost = g->nbound;
	g->next = gen_label(g);
	g->refuse = gen_label(g);
	none.unmoved = g->next;
	none.moved = s->loop.kind == ALGATE_LOOP_REPEAT ? gen_label(g) :
							  g->next;
	gen_op(g, ALGATE_OP_EACH, 0, loop_index(g, s), NO_FAIL);
	element = g->ninsns;
	gen_op(g, ALGATE_OP_NEXT, 0, 0, done);
	gen_list(g, s->rules, gen_element_rule, &none);
	/* the last rule's jump is not needed directly in front of the LOOP */
	if (!g->used[g->refuse] &&
	    (none.moved == g->next || !g->used[none.moved]))
		g->ninsns--;
	gen_place(g, g->refuse);
	if (g->used[g->refuse])
		gen_op(g, ALGATE_OP_REFUSE, 0, 0, NO_FAIL);
	if (none.moved != g->next) {
		gen_place(g, none.moved);
		if (g->used[none.moved])
			gen_op(g, ALGATE_OP_AT, 0, 0, NO_FAIL);
	}
	gen_place(g, g->next);
	gen_op(g, ALGATE_OP_LOOP, 0, g->ninsns - element, NO_FAIL);
	gen_place(g, done);
	g->next = outer_next;
	g->refuse = refuse;
	g->depth--;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Walks -> instructions:
 *
 *	EACH
 *	PART	else done
 *	the rules, each of which jumps to the TURN at its end
 *	REFUSE			target of a failing require
 *	AT 0			if no rule of a repetition matches
 *	TURN
 *	done:
 *
 * Only the PART jumps out of the walk.
 */
#include "gen.h"

static void check_length(struct gen *g, const struct stmt *s)
{
	const struct algate_framing *f = &s->walk.prefix;
	u32 most = f->mask & (0xffffffff >> (32 - 8 * f->width));

	if (!most || (s64)most + f->bias < f->offset + f->width ||
	    f->bias > ALGATE_MAX_MESSAGE)
		comp_fail(g->c, s->pos,
			  "no value of the length makes a part that contains the length");
}

static u32 walk_index(struct gen *g, const struct stmt *s)
{
	const struct algate_walk *w = &s->walk;
	u8 rec[ALGATE_WALK_LEN] = {};

	rec[ALGATE_WALK_KIND] = w->kind;
	rec[ALGATE_WALK_SEP] = w->sep;
	put_unaligned_le16(w->max, rec + ALGATE_WALK_MAX);
	if (w->kind == ALGATE_WALK_PREFIXED) {
		check_length(g, s);
		rec[ALGATE_WALK_FLAGS] = w->prefix.flags;
		rec[ALGATE_WALK_WIDTH] = w->prefix.width;
		put_unaligned_le16(w->prefix.offset, rec + ALGATE_WALK_OFFSET);
		put_unaligned_le32(w->prefix.bias, rec + ALGATE_WALK_BIAS);
		put_unaligned_le32(w->prefix.mask, rec + ALGATE_WALK_MASK);
	}
	if (s->until)
		put_unaligned_le32(gen_literal(g, s->pos, s->until,
					       strlen(s->until)),
				   rec + ALGATE_WALK_UNTIL);
	return gen_record(g, g->walk, &g->nwalks, ALGATE_MAX_WALKS, rec,
			  sizeof(rec), "different walks");
}

/* Captures of a rule exist only in the rule. */
static void gen_part_rule(struct gen *g, const struct rule *rule,
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
	gen_op(g, ALGATE_OP_JUMP, 0, 0, g->turn);
}

/**
 * gen_each() - generate a walk
 * @g: program
 * @s: the statement
 */
void gen_each(struct gen *g, const struct stmt *s)
{
	int done = gen_label(g), refuse = g->refuse, turn = g->turn;
	struct fail_labels none;
	unsigned int part;

	if (g->depth == ALGATE_MAX_DEPTH)
		comp_fail(g->c, s->pos, "walks more than %d deep",
			  ALGATE_MAX_DEPTH);
	if (!g->depth++)
		g->outermost = g->nbound;
	g->turn = gen_label(g);
	g->refuse = gen_label(g);
	none.unmoved = g->turn;
	none.moved = s->walk.kind == ALGATE_WALK_REPEAT ? gen_label(g) :
							  g->turn;
	gen_op(g, ALGATE_OP_EACH, 0, walk_index(g, s), NO_FAIL);
	part = g->ninsns;
	gen_op(g, ALGATE_OP_PART, 0, 0, done);
	gen_list(g, s->rules, gen_part_rule, &none);
	/* the last rule's jump is not needed directly in front of the TURN */
	if (!g->used[g->refuse] &&
	    (none.moved == g->turn || !g->used[none.moved]))
		g->ninsns--;
	gen_place(g, g->refuse);
	if (g->used[g->refuse])
		gen_op(g, ALGATE_OP_REFUSE, 0, 0, NO_FAIL);
	if (none.moved != g->turn) {
		gen_place(g, none.moved);
		if (g->used[none.moved])
			gen_op(g, ALGATE_OP_AT, 0, 0, NO_FAIL);
	}
	gen_place(g, g->turn);
	gen_op(g, ALGATE_OP_TURN, 0, g->ninsns - part, NO_FAIL);
	gen_place(g, done);
	g->turn = turn;
	g->refuse = refuse;
	g->depth--;
}

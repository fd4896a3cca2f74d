// SPDX-License-Identifier: GPL-2.0
/*
 * Statements -> instructions.
 */
#include "gen.h"

static void gen_require(struct gen *g, const struct stmt *s)
{
	gen_cond(g, s->cond, g->refuse, false);
}

static void gen_term(struct gen *g, const struct term *t, u8 slot)
{
	bool temp;
	u8 from;

	if (!t->v.name) {
		insn_number(g, t->op, slot, t->v.number);
		return;
	}
	if (t->op != '+' && t->op != '-')
		comp_fail(g->c, t->v.pos, "the right side of \"%c\" must be a number", t->op);
	from = gen_number(g, &t->v, &temp);
	insn_slot(g, t->op, slot, from);
	if (temp)
		gen_release(g, from);
}

/* Evaluates an expression into @slot. */
static void gen_expr(struct gen *g, const struct term *t, u8 slot)
{
	gen_load(g, &t->v, slot);
	while ((t = t->next))
		gen_term(g, t, slot);
}

/* Does a later term read @name, whose slot the first term overwrites? */
static bool reads_overwritten(const struct term *t, const char *name)
{
	while ((t = t->next))
		if (t->v.name && !strcmp(t->v.name, name))
			return true;
	return false;
}

static void assign_local(struct gen *g, const struct stmt *s, u8 to)
{
	u8 slot = to;

	if (reads_overwritten(s->expr, s->name))
		slot = gen_temp(g);
	gen_expr(g, s->expr, slot);
	if (slot == to)
		return;
	insn_copy(g, to, slot);
	gen_release(g, slot);
}

static void assign_var(struct gen *g, const struct stmt *s, u32 var)
{
	const struct term *t = s->expr;
	bool temp = true;
	u8 slot;

	if (t->next) {
		slot = gen_temp(g);
		gen_expr(g, t, slot);
	} else {
		slot = gen_number(g, &t->v, &temp);
	}
	insn_store_var(g, slot, var);
	if (temp)
		gen_release(g, slot);
}

/* The assigned variable; -1: *@local is the slot of the assigned local */
static int assign_target(struct gen *g, const struct stmt *s, u8 *local)
{
	const struct bound *b = gen_local(g, s->name);
	int var = gen_var(g, s->name);

	if (b)
		*local = b->slot;
	else if (var < 0)
		comp_fail(g->c, s->pos,
			  "\"%s\" is neither a statement nor a variable: declare it with flow or local",
			  s->name);
	return var;
}

static void gen_assign(struct gen *g, const struct stmt *s)
{
	u8 local = 0;
	int var = assign_target(g, s, &local);

	if (var >= 0)
		assign_var(g, s, var);
	else
		assign_local(g, s, local);
}

/* Adds a value to the hash in @slot; the first value sets the hash. */
static void hash_value(struct gen *g, const struct term *t, bool first, u8 slot)
{
	bool temp = false, span = gen_is_hashed(g, &t->v);
	u8 from = span ? gen_capture(g, &t->v)->slot :
			 gen_number(g, &t->v, &temp);

	if (first && span) {
		insn_hash(g, slot, from);
		return;
	}
	if (first)
		insn_set(g, slot, 0);
	insn_mix(g, slot, from);
	if (temp)
		gen_release(g, from);
}

/* The hash of local X may include X, so it is computed in another slot. */
static void gen_hash(struct gen *g, const struct stmt *s)
{
	const struct term *t;
	u8 to = 0, slot;
	int var = assign_target(g, s, &to);
	bool apart = var >= 0 || s->expr->next ||
		     !gen_is_hashed(g, &s->expr->v);

	slot = apart ? gen_temp(g) : to;
	for (t = s->expr; t; t = t->next)
		hash_value(g, t, t == s->expr, slot);
	if (var >= 0)
		insn_store_var(g, slot, var);
	else if (apart)
		insn_copy(g, to, slot);
	if (apart)
		gen_release(g, slot);
}

static void gen_ask(struct gen *g, const struct stmt *s)
{
	u32 queue = gen_queue(g, s->pos, s->name);
	bool temp;
	u8 slot = gen_number(g, &s->source, &temp);

	insn_ask(g, slot, queue);
	if (temp)
		gen_release(g, slot);
}

static void gen_answer(struct gen *g, const struct stmt *s)
{
	u32 queue = gen_queue(g, s->source.pos, s->source.name);
	u8 slot = 0;
	int var = assign_target(g, s, &slot);

	if (var >= 0)
		slot = gen_temp(g);
	g->read_tables |= 1U << queue;
	insn_answer(g, slot, queue);
	if (var < 0)
		return;
	insn_store_var(g, slot, var);
	gen_release(g, slot);
}

static void gen_remember(struct gen *g, const struct stmt *s)
{
	u32 table = gen_table(g, s->pos, s->name);
	bool key_temp, temp;
	u8 key, slot;

	key = gen_number(g, &s->key, &key_temp);
	slot = gen_number(g, &s->source, &temp);
	insn_remember(g, table, key, slot);
	if (temp)
		gen_release(g, slot);
	if (key_temp)
		gen_release(g, key);
}

static void gen_forget(struct gen *g, const struct stmt *s)
{
	u32 table = gen_table(g, s->pos, s->name);
	bool temp;
	u8 key = gen_number(g, &s->key, &temp);

	insn_forget(g, table, key);
	if (temp)
		gen_release(g, key);
}

static void gen_count(struct gen *g, const struct stmt *s)
{
	unsigned int i;

	for (i = 0; i < g->ncounters; i++)
		if (!strcmp(g->counter[i], s->name))
			break;
	if (i == ALGATE_MAX_COUNTERS)
		comp_fail(g->c, s->pos, "more than %d counters",
			  ALGATE_MAX_COUNTERS);
	if (i == g->ncounters)
		g->counter[g->ncounters++] = s->name;
	insn_count(g, i);
}

static void gen_rewrite(struct gen *g, const struct stmt *s)
{
	struct operand to = { s->pos, s->name, 0 };
	u8 a = gen_place_of(g, &to), b;
	enum algate_kind kind = algate_type_kind(g->slot_type[a]);
	bool temp = false;

	if (kind == ALGATE_KIND_SPAN)
		comp_fail(g->c, s->pos, "\"%s\" is not a value", s->name);
	if (kind != ALGATE_KIND_NUM && !s->source.name)
		comp_fail(g->c, s->source.pos, "\"%s\" is not a number",
			  s->name);
	b = kind == ALGATE_KIND_NUM ? gen_number(g, &s->source, &temp) :
				      gen_capture(g, &s->source)->slot;
	if (algate_type_kind(g->slot_type[b]) != kind)
		comp_fail(g->c, s->source.pos,
			  "\"%s\" and \"%s\" are of different kinds", s->name,
			  s->source.name);
	insn_rewrite(g, a, b, g->refuse);
	if (temp)
		gen_release(g, b);
}

static void gen_adjust(struct gen *g, const struct stmt *s)
{
	struct operand v = { s->pos, s->name, 0 };
	u8 slot = gen_place_of(g, &v);

	if (algate_type_kind(g->slot_type[slot]) != ALGATE_KIND_NUM)
		comp_fail(g->c, s->pos, "\"%s\" is not a number", s->name);
	insn_adjust(g, slot, s->number);
}

static void gen_stop(struct gen *g, const struct stmt *s)
{
	if (g->c->tree.shared)
		comp_fail(g->c, s->pos,
			  "many users share the flow: no message ends the inspection");
	insn_stop(g);
}

/* Captures of the condition exist only in the block. */
static void gen_branch(struct gen *g, const struct stmt *s, int next)
{
	bool before[ALGATE_MAX_SLOTS];

	gen_save_bound(g, before);
	gen_cond(g, s->cond, next, true);
	gen_stmts(g, s->then);
	gen_restore_bound(g, before);
}

/* A loop instead of recursion: a chain of "else if" has no limit. */
static void gen_if(struct gen *g, const struct stmt *s)
{
	int done = gen_label(g);

	for (;;) {
		const struct stmt *other = s->other;
		int next = other ? gen_label(g) : done;

		gen_branch(g, s, next);
		if (!other)
			break;
		insn_jump(g, done);
		gen_place(g, next);
		if (other->kind != STMT_IF || other->next) {
			gen_stmts(g, other);
			break;
		}
		s = other;
		g->pos = s->pos;
	}
	gen_place(g, done);
}

void gen_stmts(struct gen *g, const struct stmt *s)
{
	static void (* const makers[])(struct gen *g, const struct stmt *s) = {
		[STMT_OPEN] = gen_open,
		[STMT_TRANSLATE] = gen_translate,
		[STMT_CONFIRM] = gen_confirm,
		[STMT_CLOSE] = gen_close,
		[STMT_EXTEND] = gen_extend,
		[STMT_REQUIRE] = gen_require,
		[STMT_ASSIGN] = gen_assign,
		[STMT_HASH] = gen_hash,
		[STMT_ASK] = gen_ask,
		[STMT_ANSWER] = gen_answer,
		[STMT_REMEMBER] = gen_remember,
		[STMT_FORGET] = gen_forget,
		[STMT_REWRITE] = gen_rewrite,
		[STMT_ADJUST] = gen_adjust,
		[STMT_COUNT] = gen_count,
		[STMT_STOP] = gen_stop,
		[STMT_IF] = gen_if,
		[STMT_EACH] = gen_each,
	};

	for (; s; s = s->next) {
		g->pos = s->pos;
		makers[s->kind](g, s);
	}
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Code generator: syntax tree -> program. All jumps are forward: a failing
 * instruction jumps to a label that is placed later.
 *
 *	gen.c       the program as a whole; labels, tables
 *	gen_insn.c  instructions
 *	gen_name.c  lookup of names; allocation of slots
 *	gen_cond.c  conditions
 *	gen_item.c  patterns
 *	gen_list.c  lists of rules, tried in order
 *	gen_gate.c  begin and message
 *	gen_stmt.c  statements
 *	gen_act.c   statements with an action record
 *	gen_loop.c  loops
 *	gen_warn.c  warnings about parts of the text without effect
 */
#ifndef ALGATE_GEN_H
#define ALGATE_GEN_H

#include "ast.h"

#define MAX_LABELS	8192

/* a record of ALGATE_SEC_OTHERS */
#define OTHER_LEN	((1 + ALGATE_MAX_GIVEN) * ALGATE_NAME_LEN + \
			 ALGATE_MAX_GIVEN + 1)

/* label of an instruction that cannot fail */
#define NO_FAIL		(-1)

/**
 * struct bound - a capture or local of the current rule
 * @name: name
 * @pos: position of the capture in the text
 * @slot: slot of its value
 * @used: the value is used
 * @set: the value is set on every path to the current instruction
 * @local: a local
 */
struct bound {
	const char *name;
	struct pos pos;
	u8 slot;
	bool used;
	bool set;
	bool local;
};

/**
 * struct fail_labels - jump targets of a pattern that does not match
 * @unmoved: target while the cursor is at the start of the pattern
 * @moved: target once the cursor may have moved
 */
struct fail_labels {
	int unmoved;
	int moved;
};

/**
 * struct gen - state of the code generator
 * @c: compilation
 * @insn: instructions; until the end, @jf is a label + 1, or 0
 * @line: line of each instruction
 * @label: index of the instruction at each label, -1: not placed
 * @used: an instruction jumps to the label
 * @slot_type: types of slots
 * @slot_busy: the slot is in use
 * @slot_used: the current rule has used the slot
 * @bound: captures and locals of the current rule
 * @outer: number of elements of @bound from outside the innermost loop
 * @outermost: number of elements of @bound from outside the outermost loop
 * @depth: number of open loops
 * @repeats: number of open repeated groups
 * @additions: number of open loops over extension additions
 * @inside: the last item may have ended inside a byte
 * @next: label of the innermost loop's LOOP
 * @refuse: label of the REFUSE
 * @sender: sender of the current direction: client or server
 * @both: the rules are generated once, for both directions
 * @gate: begin or message in generation; NULL: a rule
 * @opened: classes that are opened, a bit for each
 * @read_vars: variables that are read
 * @read_locals: locals that are read
 * @read_tables: tables that are read
 * @read_params: params that are read
 * @read_maps: maps that are read
 * @begin: first instruction for the first message, or ALGATE_NO_BEGIN
 * @pos: position in the text of the current item or statement
 */
struct gen {
	struct comp *c;
	struct algate_instr insn[ALGATE_MAX_INSNS];
	int line[ALGATE_MAX_INSNS];
	unsigned int ninsns;
	int label[MAX_LABELS];
	bool used[MAX_LABELS];
	unsigned int nlabels;
	u8 slot_type[ALGATE_MAX_SLOTS];
	bool slot_busy[ALGATE_MAX_SLOTS];
	bool slot_used[ALGATE_MAX_SLOTS];
	unsigned int nslots;
	u8 set[ALGATE_MAX_SETS][32];
	unsigned int nsets;
	u8 lit[ALGATE_MAX_LITERALS];
	unsigned int nlit;
	u8 action[ALGATE_MAX_ACTIONS][ALGATE_ACTION_LEN];
	unsigned int nactions;
	u8 other[ALGATE_MAX_OTHERS][OTHER_LEN];
	unsigned int nothers;
	u8 loop[ALGATE_MAX_LOOPS][ALGATE_LOOP_LEN];
	unsigned int nloops;
	u8 cases[ALGATE_MAX_CASES][256];
	unsigned int ncases;
	char *counter[ALGATE_MAX_COUNTERS];
	unsigned int ncounters;
	u16 entry[2];
	u16 begin[2];
	struct bound bound[ALGATE_MAX_SLOTS];
	unsigned int nbound;
	unsigned int outer;
	unsigned int outermost;
	unsigned int depth;
	unsigned int repeats;
	unsigned int additions;
	bool inside;
	int next;
	int refuse;
	const char *sender;
	bool both;
	const struct gate *gate;
	u32 opened;
	u32 read_vars;
	u32 read_locals;
	u32 read_tables;
	u32 read_params;
	u32 read_maps;
	struct pos pos;
};

/* gen.c */
void gen_program(struct gen *g);
void gen_names(struct gen *g, u32 locals);
int gen_label(struct gen *g);
void gen_place(struct gen *g, int label);
u32 gen_record(struct gen *g, void *table, unsigned int *n, unsigned int max,
	       const void *record, size_t len, const char *what);
u32 gen_literal(struct gen *g, struct pos pos, const void *text, size_t len);

/* gen_insn.c */
void insn_end(struct gen *g, u32 result);
void insn_refuse(struct gen *g);
void insn_accept(struct gen *g);
void insn_stop(struct gen *g);
void insn_jump(struct gen *g, int label);
void insn_case(struct gen *g, u32 table, int fail);
void insn_each(struct gen *g, u32 loop);
void insn_within(struct gen *g, u8 slot, u32 loop);
void insn_next(struct gen *g, int done);
void insn_loop(struct gen *g, unsigned int next);
void insn_literal(struct gen *g, u32 literal, bool nocase, int fail);
void insn_find(struct gen *g, u32 literal, bool nocase, int fail);
void insn_field(struct gen *g, u32 names, int fail);
void insn_peek(struct gen *g, u8 set, int fail);
void insn_scan(struct gen *g, u8 set, int fail);
void insn_span(struct gen *g, u8 set, u32 min, u32 max, int fail);
void insn_at(struct gen *g, u32 offset, int fail);
void insn_skip(struct gen *g, u32 n, int fail);
void insn_move(struct gen *g, u8 slot, int fail);
void insn_here(struct gen *g, u8 slot);
void insn_back(struct gen *g, u8 slot);
void insn_seek(struct gen *g, u8 slot, int fail);
void insn_end_of_message(struct gen *g, int fail);
void insn_take(struct gen *g, u8 slot, u32 scale, int fail);
void insn_bits(struct gen *g, u8 slot, u32 n, int fail);
void insn_same(struct gen *g, u8 slot, int fail);
void insn_mark(struct gen *g, u8 slot);
void insn_close(struct gen *g, u8 slot);
void insn_set(struct gen *g, u8 slot, u32 number);
void insn_copy(struct gen *g, u8 to, u8 from);
void insn_load_var(struct gen *g, u8 slot, u32 var);
void insn_store_var(struct gen *g, u8 slot, u32 var);
void insn_load_meta(struct gen *g, u8 slot, enum algate_meta meta);
void insn_hash(struct gen *g, u8 slot, u8 span);
void insn_mix(struct gen *g, u8 slot, u8 value);
void insn_number(struct gen *g, char op, u8 slot, u32 number);
void insn_slot(struct gen *g, char op, u8 slot, u8 from);
void insn_compare(struct gen *g, const char *op, u8 slot, u32 number, int fail);
void insn_equal(struct gen *g, u8 a, u8 b, int fail);
void insn_is(struct gen *g, u8 slot, u32 whose, int fail);
void insn_recall(struct gen *g, u8 slot, u32 table, u8 key, int fail);
void insn_remember(struct gen *g, u32 table, u8 key, u8 slot);
void insn_forget(struct gen *g, u32 table, u8 key);
void insn_ask(struct gen *g, u8 slot, u32 queue);
void insn_answer(struct gen *g, u8 slot, u32 queue);
void insn_listed(struct gen *g, u8 slot, u32 param, int fail);
void insn_map(struct gen *g, u8 slot, u32 map, u8 addr, bool back, int fail);
void insn_act(struct gen *g, u32 action);
void insn_rewrite(struct gen *g, u8 place, u8 value, int fail);
void insn_adjust(struct gen *g, u8 place, u32 pad);
void insn_count(struct gen *g, u32 counter);

/* gen_name.c */
u8 gen_slot(struct gen *g, u8 type);
u8 gen_temp(struct gen *g);
u8 gen_kept(struct gen *g);
void gen_release(struct gen *g, u8 slot);
struct bound *gen_bind(struct gen *g, const char *name, struct pos pos,
		       u8 type);
struct bound *gen_local(struct gen *g, const char *name);
const struct bound *gen_capture(struct gen *g, const struct operand *v);
u8 gen_place_of(struct gen *g, const struct operand *v);
bool gen_is_inner(struct gen *g, const char *name);
void gen_read(struct gen *g, struct bound *b);
bool gen_is_span(struct gen *g, const struct operand *v);
bool gen_is_hashed(struct gen *g, const struct operand *v);
int gen_var(const struct gen *g, const char *name);
u32 gen_table(struct gen *g, struct pos pos, const char *name);
u32 gen_queue(struct gen *g, struct pos pos, const char *name);
void gen_load(struct gen *g, const struct operand *v, u8 slot);
u8 gen_number(struct gen *g, const struct operand *v, bool *temp);
void gen_save_bound(const struct gen *g, bool *set);
void gen_restore_bound(struct gen *g, const bool *set);

/* gen_cond.c */
void gen_cond(struct gen *g, const struct cond *cond, int fail, bool capture);

/* gen_item.c */
void gen_alts(struct gen *g, const struct seq *seq, bool optional, bool start,
	      const struct fail_labels *fail);
void gen_pattern(struct gen *g, const struct seq *alts,
		 const struct fail_labels *fail);
bool gen_inside(const struct seq *seq, bool inside);
bool gen_first(const struct item *item, u8 *set);
bool item_fails(const struct item *item);

/* gen_list.c */
typedef void (*gen_rule_fn)(struct gen *g, const struct rule *rule,
			    const struct fail_labels *fail);
unsigned int gen_list(struct gen *g, const struct rule *rules, gen_rule_fn fn,
		      const struct fail_labels *none);

/* gen_gate.c */
void gen_gates(struct gen *g, enum algate_dir dir);
void gen_check_gates(struct gen *g);

/* gen_stmt.c */
void gen_stmts(struct gen *g, const struct stmt *s);

/* gen_act.c */
void gen_open(struct gen *g, const struct stmt *s);
void gen_translate(struct gen *g, const struct stmt *s);
void gen_confirm(struct gen *g, const struct stmt *s);
void gen_close(struct gen *g, const struct stmt *s);
void gen_extend(struct gen *g, const struct stmt *s);

/* gen_warn.c */
void warn_captures(struct gen *g, unsigned int from);
void warn_names(struct gen *g);
void warn_item(struct gen *g, const struct item *item);

/* gen_loop.c */
void gen_each(struct gen *g, const struct stmt *s);
void gen_skip_additions(struct gen *g, const struct item *item);
void gen_repeat(struct gen *g, const struct item *item,
		const struct fail_labels *fail);

#endif /* ALGATE_GEN_H */

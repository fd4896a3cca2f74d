/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Declarations shared by the files of the parser: parse.c has common functions
 * and parses the file as a whole, parse_decl.c declarations, parse_define.c
 * definitions and their uses, parse_item.c patterns, parse_order.c patterns in
 * both orders of bytes, parse_stmt.c statements.
 */
#ifndef ALGATE_PARSE_H
#define ALGATE_PARSE_H

#include "ast.h"

#define MAX_DEPTH	32	/* of groups, and of blocks */

/* parse.c */
/* tok_*(): test, skip or require a word or punctuation */
bool tok_is(const struct comp *c, const char *text);
bool tok_take(struct comp *c, const char *text);
void tok_need(struct comp *c, const char *text);
void fail_expected(struct comp *c, const char *what)
	__attribute__((__noreturn__));
char *parse_word(struct comp *c, const char *what);
char *parse_name(struct comp *c, const char *what);
char *parse_string(struct comp *c, const char *what);
u32 parse_number(struct comp *c, const char *what, u32 min, u32 max);
u32 parse_time(struct comp *c);
struct operand parse_operand(struct comp *c);
struct operand parse_name_operand(struct comp *c, const char *what);
struct operand parse_key(struct comp *c);
struct cond *parse_cond(struct comp *c);
struct term *parse_expr(struct comp *c, const char *ops);
void parse_deeper(struct comp *c, struct pos pos, const char *what);

/* parse_decl.c */
char *parse_plugin_name(struct comp *c, const char *what);
void parse_header(struct comp *c);
bool parse_declaration(struct comp *c);
bool is_declaration(const struct comp *c);
void check_var_name(struct comp *c, struct pos pos, const char *name);
u8 parse_proto(struct comp *c, bool gre);
void parse_length(struct comp *c, struct algate_framing *f);

/* parse_define.c */
void define_find_all(struct comp *c);
const struct define *define_find(const struct comp *c, const char *name);
void define_check(struct comp *c, struct pos pos, const char *name);
void expand_begin(struct comp *c, const struct define *def, struct pos pos,
		  struct expansion *e);
void expand_end(struct comp *c, const struct expansion *e);
void expand_count(struct comp *c);
bool tok_is_number(const struct comp *c);
void define_number(struct comp *c, struct token *number, const char *what);
struct seq *define_pattern(struct comp *c, const struct define *def,
			   struct pos pos);
struct rule *define_block(struct comp *c);
bool is_definition_word(const char *word);
bool is_definition(const struct comp *c);
bool parse_definition(struct comp *c);

/* parse_item.c */
struct range *parse_ranges(struct comp *c);
struct seq *parse_pattern(struct comp *c);

/* parse_order.c */
struct passage {
	const char *at;
	int line;
	const char *line_start;
	struct token tok;
};

void parse_order(struct comp *c, struct pos pos);
void order_used(struct comp *c, struct pos pos, const char *type);
void order_first(struct comp *c, struct passage *p);
bool order_again(struct comp *c, const struct passage *p, struct seq *seq);
void order_fixed(const struct comp *c, struct algate_framing *f);

/* parse_stmt.c */
struct stmt *parse_stmts(struct comp *c);
struct rule *parse_rules(struct comp *c);

#endif /* ALGATE_PARSE_H */

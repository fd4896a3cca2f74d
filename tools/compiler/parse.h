/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parser inside: parse.c has what all of it uses and the file as a whole,
 * parse_decl.c declarations, parse_item.c patterns, parse_stmt.c statements.
 */
#ifndef ALGATE_PARSE_H
#define ALGATE_PARSE_H

#include "ast.h"

#define MAX_DEPTH	32	/* of groups, and of blocks */

/* parse.c */
bool is(const struct comp *c, const char *text);
bool take(struct comp *c, const char *text);
void need(struct comp *c, const char *text);
void wanted(struct comp *c, const char *what) __attribute__((__noreturn__));
char *parse_word(struct comp *c, const char *what);
char *parse_name(struct comp *c, const char *what);
char *parse_string(struct comp *c, const char *what);
u32 parse_number(struct comp *c, const char *what, u32 min, u32 max);
u32 parse_time(struct comp *c);
struct operand parse_operand(struct comp *c);
struct operand parse_name_operand(struct comp *c, const char *what);
struct operand parse_key(struct comp *c);
struct cond *parse_cond(struct comp *c);
void parse_deeper(struct comp *c, struct pos pos, const char *what);

/* parse_decl.c */
void parse_header(struct comp *c);
bool parse_declaration(struct comp *c);
bool is_declaration(const struct comp *c);
u8 parse_proto(struct comp *c, bool gre);
void parse_length(struct comp *c, struct algate_framing *f);

/* parse_item.c */
struct seq *parse_pattern(struct comp *c);

/* parse_stmt.c */
struct stmt *parse_stmts(struct comp *c);

#endif /* ALGATE_PARSE_H */

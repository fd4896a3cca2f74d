/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rule compiler inside: tokens (lex.c), the tree (parse.c), what comes of
 * it (gen_item.c, gen.c, emit.c: the program; canon.c: the canonical text).
 */
#ifndef ALGATE_AST_H
#define ALGATE_AST_H

#include <setjmp.h>

#include "../compile.h"

struct pos {
	int line;
	int column;
};

enum token_kind {
	TOK_END,
	TOK_WORD,
	TOK_NUMBER,
	TOK_STRING,
	TOK_CLASS,
	TOK_PUNCT,	/* @text is it */
};

/**
 * struct token - a word of the rule text
 * @kind: what it is
 * @pos: where
 * @text: word or punctuation, NUL-terminated; string's bytes
 * @len: length of @text
 * @number: value of a number
 * @nocase: string that ignores case
 * @glued: no blank in front of it
 * @newline: first of its line
 * @set: of a byte class
 */
struct token {
	enum token_kind kind;
	struct pos pos;
	char *text;
	size_t len;
	u32 number;
	bool nocase;
	bool glued;
	bool newline;
	u8 set[32];
};

enum item_kind {
	ITEM_LITERAL,
	ITEM_DOTS,
	ITEM_TAKE,
	ITEM_CLASS,	/* @name: captured, or NULL */
	ITEM_SAME,
	ITEM_GROUP,
	ITEM_SKIP,	/* @name, or @min */
	ITEM_AT,	/* @name, or @min */
	ITEM_EOM,
	ITEM_IF,
};

struct range {
	u32 lo;
	u32 hi;
	struct range *next;
};

/* a value: a name, or a number when @name is NULL */
struct operand {
	struct pos pos;
	char *name;
	u32 number;
};

/* @op "": @a alone, "not": not @a; else a comparison */
struct cond {
	struct operand a;
	const char *op;
	struct operand b;
	struct cond *next;
};

struct seq {
	struct item *items;
	struct seq *next;
};

/**
 * struct item - part of a pattern
 * @kind: which; says what else is used
 * @text: literal
 * @len: its length
 * @nocase: it ignores case
 * @name: capture
 * @type: its notation
 * @ranges: that its value must be in; NULL: any
 * @set: of a class
 * @min: least of a class; number of skip and at
 * @max: most of a class
 * @alts: of a group
 * @optional: group that may be absent
 * @cond: of an if
 */
struct item {
	enum item_kind kind;
	struct pos pos;
	char *text;
	size_t len;
	bool nocase;
	char *name;
	const struct type_word *type;
	struct range *ranges;
	u8 set[32];
	u32 min;
	u32 max;
	struct seq *alts;
	bool optional;
	struct cond *cond;
	struct item *next;
};

enum stmt_kind {
	STMT_OPEN,
	STMT_REQUIRE,
	STMT_ASSIGN,
	STMT_REWRITE,
	STMT_COUNT,
	STMT_STOP,
};

struct term {
	char op;	/* 0 for the first; + - & | */
	struct operand v;
	struct term *next;
};

struct stmt {
	enum stmt_kind kind;
	struct pos pos;
	char *name;		/* class, variable, capture, counter */
	struct cond *cond;
	struct term *expr;
	struct operand source;	/* of a rewrite */
	/* open */
	u8 proto;
	char *from;
	struct pos from_pos;
	struct operand addr;
	struct operand port;	/* no name: the sender's own */
	u32 ports;
	u32 even;
	bool third_party;
	bool low_ports;
	struct stmt *next;
};

struct rule {
	struct pos pos;
	char *dir;		/* client, server, either */
	struct seq *pattern;	/* alternatives */
	struct stmt *stmts;
	struct rule *next;
};

struct tree {
	char *name;
	char *title;
	struct pos title_pos;
	struct pos frame_pos;
	struct algate_service service[ALGATE_MAX_SERVICES];
	unsigned int nservices;
	struct algate_framing frame;
	char *frame_name[8];	/* header fields that give the length */
	struct algate_class class[ALGATE_MAX_CLASSES];
	unsigned int nclasses;
	char *var[ALGATE_MAX_VARS];
	unsigned int nvars;
	struct rule *rules;
};

/* notations as they are written: TYPE [with WITH] */
struct type_word {
	const char *name;
	const char *with;
	u8 type;
};

extern const struct type_word type_words[];
const char *frame_word(u8 kind);

/**
 * struct comp - a compilation
 * @src: rule text
 * @end: behind it
 * @at: next byte to read
 * @line: of @at
 * @line_start: first byte of that line
 * @tok: the token at hand
 * @tree: what was read
 * @depth: groups that are open
 * @err: where to say what is wrong
 * @fail: where to go then
 * @chunks: all that was allocated
 */
struct comp {
	const char *src;
	const char *end;
	const char *at;
	int line;
	const char *line_start;
	struct token tok;
	struct tree tree;
	unsigned int depth;
	struct compile_error *err;
	jmp_buf fail;
	struct chunk *chunks;
};

/* lex.c */
void comp_fail(struct comp *c, struct pos pos, const char *fmt, ...)
	__printf(3, 4) __attribute__((__noreturn__));
void *comp_alloc(struct comp *c, size_t len);
void comp_free(struct comp *c);
void lex_next(struct comp *c);

/* parse.c */
void parse_file(struct comp *c);

/* canon.c: to be freed by the caller */
char *canon_text(const struct tree *tree, size_t *len);

/**
 * struct gen - a program in the making
 * @c: compilation
 * @insn: instructions; @jf is a label until gen_link()
 * @line: of each
 * @label: where each label is, -1: not yet
 * @used: whether a label is gone to
 * @slot_type: types of slots
 * @slot_busy: slot is in use by this rule
 * @bound: captures of this rule: name and slot, and whether it is set on
 *	every path that leads here
 */
#define MAX_LABELS	8192

struct bound {
	const char *name;
	u8 slot;
	bool set;
};

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
	unsigned int nslots;
	u8 set[ALGATE_MAX_SETS][32];
	unsigned int nsets;
	u8 lit[ALGATE_MAX_LITERALS];
	unsigned int nlit;
	u8 open[ALGATE_MAX_OPENS][ALGATE_OPEN_LEN];
	unsigned int nopens;
	char *counter[ALGATE_MAX_COUNTERS];
	unsigned int ncounters;
	u16 entry[2];
	struct bound bound[ALGATE_MAX_SLOTS];
	unsigned int nbound;
	const char *sender;	/* of the rule: client or server */
	struct pos pos;		/* of what is being generated */
};

/* gen_item.c */
int gen_label(struct gen *g);
void gen_place(struct gen *g, int label);
void gen_op(struct gen *g, u8 op, u8 a, u32 imm, int fail);
u8 gen_temp(struct gen *g);
void gen_release(struct gen *g, u8 slot);
const struct bound *gen_capture(struct gen *g, const struct operand *v);
u8 gen_number(struct gen *g, const struct operand *v, bool *temp);
int gen_var(const struct gen *g, const char *name);
void gen_cond(struct gen *g, const struct cond *cond, int fail);
void gen_pattern(struct gen *g, const struct seq *alts, int fail);
bool first_set(const struct item *item, u8 *set);
u32 gen_literal(struct gen *g, struct pos pos, const void *text, size_t len);

/* gen.c */
void gen_program(struct gen *g);

#endif /* ALGATE_AST_H */

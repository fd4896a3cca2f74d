/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rule compiler inside: tokens (lex.c) and the tree that they make
 * (parse*.c). What comes of it: the canonical text (canon*.c) and the program
 * (gen.h, emit.c).
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
	ITEM_FIELD,
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

/**
 * struct cond - a condition
 * @not: it must not hold
 * @op: "": @a alone; "own", "peer": address @a is that; "->": table @a has
 *	something under @key, which is captured as @b; else compares @a and @b
 * @a: left side
 * @b: right side
 * @key: of a table
 * @next: has to hold too
 */
struct cond {
	bool not;
	const char *op;
	struct operand a;
	struct operand b;
	struct operand key;
	struct cond *next;
};

struct seq {
	struct item *items;
	struct seq *next;
};

/* the name of a header field: one of these strings */
struct field_name {
	char *text;
	size_t len;
	struct field_name *next;
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
 * @fields: names of a header field
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
	struct field_name *fields;
	struct item *next;
};

enum stmt_kind {
	STMT_OPEN,
	STMT_TRANSLATE,
	STMT_CONFIRM,
	STMT_CLOSE,
	STMT_EXTEND,
	STMT_REQUIRE,
	STMT_ASSIGN,
	STMT_HASH,
	STMT_REMEMBER,
	STMT_FORGET,
	STMT_REWRITE,
	STMT_ADJUST,
	STMT_COUNT,
	STMT_STOP,
	STMT_IF,
	STMT_EACH,
};

struct term {
	char op;	/* 0 for the first; + - & | */
	struct operand v;
	struct term *next;
};

/**
 * struct stmt - a statement
 * @kind: which; says what else is used
 * @pos: where it is, or its @name
 * @name: class, variable, capture, counter, table
 * @cond: of require and if
 * @expr: right side of an assignment
 * @source: of rewrite, hash and remember
 * @key: of a table; what an action is for
 * @time: of confirm and extend: slot, or seconds
 * @addr: of open and translate
 * @port: ... and its port; no name: not said
 * @port2: ... and the one after that
 * @proto: of open
 * @from: ...
 * @from_pos: ...
 * @ports: ... how many; 0: not said
 * @ports_pos: where that is said
 * @number: port by default; padding
 * @number_pos: where that is said
 * @pair: options of open
 * @third_party: ...
 * @low_ports: ...
 * @inactive: ...
 * @inspect: ...
 * @then: statements of if
 * @other: ... and of its else
 * @walk: of each
 * @until: ... line that ends it, or NULL
 * @rules: ... for its parts
 */
struct stmt {
	enum stmt_kind kind;
	struct pos pos;
	char *name;
	struct cond *cond;
	struct term *expr;
	struct operand source;
	struct operand key;
	struct operand time;
	struct operand addr;
	struct operand port;
	struct operand port2;
	u8 proto;
	char *from;
	struct pos from_pos;
	u32 ports;
	struct pos ports_pos;
	u32 number;
	struct pos number_pos;
	bool pair;
	bool third_party;
	bool low_ports;
	bool inactive;
	bool inspect;
	struct stmt *then;
	struct stmt *other;
	struct algate_walk walk;
	char *until;
	struct rule *rules;
	struct stmt *next;
};

/**
 * struct rule - a pattern and what to do
 * @pos: where it begins
 * @dir: client, server or either; NULL in a walk
 * @pattern: alternatives
 * @stmts: what to do
 * @locals: bit per local that the rule speaks of
 * @early: ... in its pattern
 */
struct rule {
	struct pos pos;
	char *dir;
	struct seq *pattern;
	struct stmt *stmts;
	u32 locals;
	u32 early;
	struct rule *next;
};

#define MAX_LOCALS	16

struct tree {
	char *name;
	char *title;
	struct pos title_pos;
	struct pos frame_pos;
	struct algate_service service[ALGATE_MAX_SERVICES];
	unsigned int nservices;
	struct algate_framing frame[2];
	unsigned int nframes;
	char *frame_name[8];	/* header fields that give the length */
	struct algate_class class[ALGATE_MAX_CLASSES];
	unsigned int nclasses;
	char *var[ALGATE_MAX_VARS];
	unsigned int nvars;
	char *local[MAX_LOCALS];
	unsigned int nlocals;
	struct algate_table table[ALGATE_MAX_TABLES];
	unsigned int ntables;
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
 * @depth: groups and blocks that are open
 * @locals: bit per local that the rule at hand speaks of
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
	u32 locals;
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
void lex_class(struct comp *c);

/* parse.c */
void parse_file(struct comp *c);

/* canon.c: to be freed by the caller */
char *canon_text(const struct tree *tree, size_t *len);

/* canon_item.c */
void canon_bytes(FILE *out, const char *text, size_t len, bool utf8);
void canon_operand(FILE *out, const struct operand *v);
void canon_cond(FILE *out, const struct cond *cond);
void canon_pattern(FILE *out, const struct seq *alts);

/* canon_stmt.c */
void canon_time(FILE *out, u32 seconds);
void canon_length(FILE *out, const struct algate_framing *f);
void canon_stmts(FILE *out, const struct stmt *s, unsigned int depth);

#endif /* ALGATE_AST_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Data structures of the rule compiler: tokens (lex.c) and the syntax tree
 * (parse*.c), of which gen*.c make the program and emit.c the image.
 */
#ifndef ALGATE_AST_H
#define ALGATE_AST_H

#include <setjmp.h>

#include "../compile.h"

/**
 * struct pos - a position in the rule text
 * @line: from 1
 * @column: from 1, in bytes
 * @use: in a definition: position in the rule that uses it; otherwise NULL
 */
struct pos {
	int line;
	int column;
	const struct pos *use;
};

enum token_kind {
	TOK_END,
	TOK_WORD,
	TOK_NUMBER,
	TOK_STRING,
	TOK_CLASS,
	TOK_PUNCT,
};

/**
 * struct token - a word of the rule text
 * @kind: kind
 * @pos: position in the text
 * @text: NUL-terminated word or punctuation, or the bytes of a string
 * @len: length of @text
 * @number: value of a number
 * @nocase: string that ignores case
 * @utf16: string whose characters have two bytes
 * @glued: no blank in front of the token
 * @newline: first token of a line
 * @set: bytes of a byte class
 */
struct token {
	enum token_kind kind;
	struct pos pos;
	char *text;
	size_t len;
	u32 number;
	bool nocase;
	bool utf16;
	bool glued;
	bool newline;
	u8 set[32];
};

enum item_kind {
	ITEM_LITERAL,
	ITEM_DOTS,
	ITEM_TAKE,
	ITEM_CLASS,	/* @name: its capture, or NULL */
	ITEM_SAME,
	ITEM_GROUP,
	ITEM_SKIP,	/* @place */
	ITEM_ADDITIONS,
	ITEM_AT,	/* @place */
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
 * @not: negated
 * @op: "": @a is not 0; "is": @a is an address of the kind @whose; "->": table
 *	or map @a has an entry with @key, captured as @b; "in": the list @b
 *	contains @a or is not filled; otherwise a comparison of @a and @b
 * @back: "->": map @a translates the captured address to @key
 * @whose: enum algate_whose
 * @a: left side
 * @b: right side
 * @key: key of a table
 * @next: next condition of an "and"
 * @other: in the first condition of an "and": next alternative of an "or"
 */
struct cond {
	bool not;
	bool back;
	const char *op;
	u32 whose;
	struct operand a;
	struct operand b;
	struct operand key;
	struct cond *next;
	struct cond *other;
};

struct term {
	char op;	/* 0 for the first; + - & | */
	struct operand v;
	struct term *next;
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
 * @kind: kind; determines the used members
 * @text: literal
 * @len: length of the literal
 * @nocase: the literal ignores case
 * @binary: the literal stands for numbers
 * @name: name of a capture, or NULL
 * @type: type and notation of a capture
 * @ranges: allowed values of a capture; NULL: any
 * @set: bytes of a class
 * @min: minimum number of bytes of a class, or repetitions of a group
 * @max: maximum number of bytes of a class, or repetitions of a group
 * @alts: alternatives of a group
 * @repeated: the group repeats, @min to @max times
 * @times: name of the number of repetitions of a group, or absent
 * @optional: the group is optional
 * @defined: the group stands for a named pattern
 * @peek: a class at the end of a recogniser: the cursor need not move
 * @cond: condition of an if
 * @place: sum of a skip or at
 * @pad: multiple to which @place is rounded up, or 0
 * @fields: names of a header field
 */
struct item {
	enum item_kind kind;
	struct pos pos;
	char *text;
	size_t len;
	bool nocase;
	bool binary;
	char *name;
	const struct type_word *type;
	u32 scale;
	struct range *ranges;
	u8 set[32];
	u32 min;
	u32 max;
	struct seq *alts;
	bool repeated;
	struct operand times;
	bool optional;
	bool defined;
	bool peek;
	struct cond *cond;
	struct term *place;
	u32 pad;
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
	STMT_ASK,
	STMT_ANSWER,
	STMT_REMEMBER,
	STMT_FORGET,
	STMT_REWRITE,
	STMT_ADJUST,
	STMT_COUNT,
	STMT_STOP,
	STMT_IF,
	STMT_EACH,
};

/* a variable of another plug-in, and the value that it begins with */
struct given {
	char *name;
	struct operand value;
};

/**
 * struct stmt - a statement
 * @kind: kind; determines the used members
 * @pos: position of the statement or of @name
 * @name: class, variable, capture, counter, table or queue
 * @cond: require, if: condition
 * @source: rewrite, remember, ask: the written value; answer: the queue; each of
 *	a number of bytes: the number
 * @expr: assignment: right side; hash: the values, each a name
 * @key: key of a table or of an expectation
 * @time: confirm, extend: name, or number of seconds
 * @only: open, confirm: the hash of the host that may connect, or absent
 * @addr: open, translate: address or endpoint
 * @port: open, translate: port; with neither name nor number: absent
 * @port2: open, translate: second port; without a name: absent
 * @proto: open, translate: protocol
 * @from: open: source
 * @from_pos: position of @from
 * @ports: open: number of ports; 0: absent
 * @ports_pos: position of @ports
 * @ports_name: open: name of the number of ports, or absent
 * @number: open, translate: default port; adjust: padding
 * @number_pos: position of @number
 * @pair: option of open
 * @third_party: option of open
 * @low_ports: option of open
 * @inactive: option of open
 * @or_zero: open: 0 replaces the port if the opening is refused
 * @inspect: option of open: "as"
 * @inspector: open: the plug-in behind "as"; NULL: self
 * @inspector_pos: position of the word behind "as"
 * @given: open: variables of @inspector with their values
 * @ngiven: number of elements of @given
 * @then: if: statements
 * @other: if: statements of the else
 * @loop: each: the loop
 * @until: each: beginning of the line that ends the loop, or NULL
 * @rules: each: rules for the elements
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
	struct operand only;
	struct operand addr;
	struct operand port;
	struct operand port2;
	u8 proto;
	char *from;
	struct pos from_pos;
	u32 ports;
	struct pos ports_pos;
	struct operand ports_name;
	u32 number;
	struct pos number_pos;
	bool pair;
	bool third_party;
	bool low_ports;
	bool inactive;
	bool or_zero;
	bool inspect;
	char *inspector;
	struct pos inspector_pos;
	struct given given[ALGATE_MAX_GIVEN];
	unsigned int ngiven;
	struct stmt *then;
	struct stmt *other;
	struct algate_loop loop;
	char *until;
	struct rule *rules;
	struct stmt *next;
};

/**
 * struct rule - a pattern and its statements
 * @pos: position of the rule
 * @dir: client, server or either; NULL in a loop
 * @pattern: alternatives
 * @stmts: statements
 * @locals: locals that the rule uses, a bit for each
 * @early: locals that the pattern uses, a bit for each
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

/**
 * struct gate - a declaration begin or message
 * @pos: position of the declaration
 * @first: begin, not message
 * @dir: client, server or either
 * @pattern: alternatives; NULL: any message
 */
struct gate {
	struct pos pos;
	bool first;
	char *dir;
	struct seq *pattern;
	struct gate *next;
};

#define MAX_LOCALS	20
#define MAX_PORTS	16	/* of an open */

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
	struct token order;	/* the bytes that mean little-endian; or TOK_END */
	u16 order_place;	/* place of such a byte in a message */
	struct algate_class class[ALGATE_MAX_CLASSES];
	struct pos class_pos[ALGATE_MAX_CLASSES];
	unsigned int nclasses;
	char *var[ALGATE_MAX_VARS];
	struct pos var_pos[ALGATE_MAX_VARS];
	unsigned int nvars;
	char *local[MAX_LOCALS];
	struct pos local_pos[MAX_LOCALS];
	unsigned int nlocals;
	struct algate_table table[ALGATE_MAX_TABLES];
	struct pos table_pos[ALGATE_MAX_TABLES];
	unsigned int ntables;
	struct pos queue_pos;	/* of the last queue */
	struct algate_setting param[ALGATE_MAX_PARAMS];
	struct pos param_pos[ALGATE_MAX_PARAMS];
	unsigned int nparams;
	struct algate_setting map[ALGATE_MAX_MAPS];
	struct pos map_pos[ALGATE_MAX_MAPS];
	unsigned int nmaps;
	struct algate_input input[ALGATE_MAX_INPUTS];
	unsigned int ninputs;
	bool shared;
	bool directed;		/* names the value "direction" */
	struct gate *gates;
	struct rule *rules;
};

/* spelling of a type and notation: NAME [with WITH] */
struct type_word {
	const char *name;
	const char *with;
	u8 type;
};

extern const struct type_word type_words[];

/* Number of bits of the types u1 to u7; 0: the type takes whole bytes */
static inline unsigned int type_bits(const struct type_word *type)
{
	return type->type == ALGATE_T_NUM ? type->name[1] - '0' : 0;
}

enum define_kind {
	DEFINE_CONST,
	DEFINE_PATTERN,
	DEFINE_BLOCK,
};

/**
 * struct define - a named constant, pattern or block of rules
 * @kind: kind
 * @pos: position of its name
 * @name: name
 * @at: text behind the name
 * @line: line of @at
 * @line_start: first byte of @line
 * @next: next definition
 */
struct define {
	enum define_kind kind;
	struct pos pos;
	char *name;
	const char *at;
	int line;
	const char *line_start;
	struct define *next;
};

/**
 * struct expansion - a definition whose text is being read
 * @def: definition
 * @by: definition whose text contains the use, or NULL
 * @at: next byte to read behind the use
 * @line: line of @at
 * @line_start: first byte of @line
 * @tok: token behind the use
 * @use: value of comp.use at the use
 */
struct expansion {
	const struct define *def;
	const struct expansion *by;
	const char *at;
	int line;
	const char *line_start;
	struct token tok;
	const struct pos *use;
};

/**
 * struct comp - a compilation
 * @src: rule text
 * @end: end of the rule text
 * @at: next byte to read
 * @line: line of @at
 * @line_start: first byte of @line
 * @tok: current token
 * @tree: syntax tree
 * @defines: definitions of the text
 * @expansion: innermost definition whose text is being read, or NULL
 * @use: position in the rule that uses this definition, or NULL
 * @nexpanded: number of items and statements from uses of definitions
 * @depth: number of open groups, blocks and definitions
 * @locals: locals that the current rule uses, a bit for each
 * @little: u16 and u32 are little-endian in the text that is being read
 * @ordered: the text that was read has a u16 or u32
 * @err: filled in by comp_fail()
 * @fail: comp_fail() jumps here
 * @chunks: list of allocations
 */
struct comp {
	const char *src;
	const char *end;
	const char *at;
	int line;
	const char *line_start;
	struct token tok;
	struct tree tree;
	struct define *defines;
	const struct expansion *expansion;
	const struct pos *use;
	unsigned int nexpanded;
	unsigned int depth;
	u32 locals;
	bool little;
	bool ordered;
	struct compile_error *err;
	jmp_buf fail;
	struct chunk *chunks;
};

/* lex.c */
void comp_fail(struct comp *c, struct pos pos, const char *fmt, ...)
	__printf(3, 4) __attribute__((__noreturn__));
void comp_warn(struct comp *c, struct pos pos, const char *fmt, ...)
	__printf(3, 4);
void *comp_alloc(struct comp *c, size_t len);
void comp_free(struct comp *c);
void lex_next(struct comp *c);
void lex_class(struct comp *c);
void lex_dots(struct comp *c);

/* parse.c */
void parse_file(struct comp *c);

#endif /* ALGATE_AST_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inside of the rule compiler: the syntax tree, and its files.
 *
 *	compile.c     the order of things: compile_image()
 *	lex.c         text -> tokens
 *	parse.c       tokens -> tree: declarations and rules
 *	pattern.c     ... patterns
 *	statement.c   ... conditions and statements
 *	look.c        what a pattern can begin with, and whether it can fail
 *	gen.c         tree -> instructions: rules and patterns
 *	gen_stmt.c    ... conditions and statements
 *	code.c        instructions, labels, slots, pools
 *	emit.c        code and declarations -> image
 *	canon.c       tree -> canonical text
 *	error.c       memory, and the way out
 *	dump.c        image -> disassembly
 */
#ifndef ALGATE_AST_H
#define ALGATE_AST_H

#include <setjmp.h>
#include <stdarg.h>

#include "compile.h"

struct arena_chunk;

/**
 * struct compiler - a compilation
 * @text: rule text
 * @len: its length
 * @err: where the first error goes
 * @chunks: memory of the tree and of all that is made from it
 * @fail: where the first error leads
 *
 * The first error ends the compilation from wherever it is found: nothing is
 * held but memory, and that is all the arena's.
 */
struct compiler {
	const char *text;
	size_t len;
	struct compile_error *err;
	struct arena_chunk *chunks;
	jmp_buf fail;
};

struct pos {
	int line;
	int column;
};

struct byteset {
	u8 bit[32];
};

/* bytes that grow, in the arena */
struct buf {
	struct compiler *c;
	u8 *p;
	size_t len;
	size_t room;
};

/* a name where it stands */
struct name {
	const char *s;
	struct pos pos;
};

struct range {
	struct range *next;
	u32 from;
	u32 to;
};

enum operand_kind {
	OPERAND_NUMBER,
	OPERAND_NAME,		/* capture or variable of the flow */
	OPERAND_META,		/* enum algate_meta in @num */
	OPERAND_SELF,		/* of an open */
};

struct operand {
	enum operand_kind kind;
	struct name name;	/* @name.pos: of any operand */
	u32 num;
};

enum compare {
	COMPARE_TRUE,		/* @a is not 0 */
	COMPARE_NOT,		/* @a is 0 */
	COMPARE_EQ,
	COMPARE_NE,
	COMPARE_LT,
	COMPARE_LE,
	COMPARE_GT,
	COMPARE_GE,
	COMPARE_ANY,		/* bits in common */
};

/* all of the list hold */
struct cond {
	struct cond *next;
	enum compare compare;
	struct pos pos;		/* of the operator */
	struct operand a;
	struct operand b;
};

enum item_kind {
	ITEM_LITERAL,
	ITEM_CLASS,		/* captured if it has a name */
	ITEM_TAKE,
	ITEM_SAME,
	ITEM_GROUP,
	ITEM_FIND,		/* "..." */
	ITEM_SKIP,
	ITEM_AT,
	ITEM_END,
	ITEM_IF,
};

#define MOST_BYTES	65535	/* of a "+" or "*" */

/**
 * struct item - an item of a pattern
 * @next: the one after it
 * @kind: decides which of the others are used
 * @pos: where it begins
 * @name: capture that it makes (CLASS, TAKE) or means (SAME); @name.s NULL:
 *	none
 * @lit: LITERAL
 * @lit_len: its length
 * @nocase: LITERAL
 * @optional: GROUP
 * @type: TAKE, enum algate_type
 * @set: CLASS
 * @min: CLASS
 * @max: CLASS
 * @ranges: TAKE, NULL: any value
 * @operand: SKIP, AT
 * @alts: GROUP
 * @cond: IF
 */
struct item {
	struct item *next;
	enum item_kind kind;
	struct pos pos;
	struct name name;
	const u8 *lit;
	u32 lit_len;
	bool nocase;
	bool optional;
	u8 type;
	struct byteset set;
	u32 min;
	u32 max;
	struct range *ranges;
	struct operand operand;
	struct alt *alts;
	struct cond *cond;
};

/* one of a pattern's alternatives, the next is tried when it fails */
struct alt {
	struct alt *next;
	struct pos pos;
	struct item *items;
};

enum stmt_kind {
	STMT_OPEN,
	STMT_REQUIRE,
	STMT_ASSIGN,
	STMT_REWRITE,
	STMT_COUNT,
	STMT_STOP,
};

/* @op: of '+' '-' '&' '|'; 0 in front of the first */
struct term {
	struct term *next;
	char op;
	struct pos pos;
	struct operand operand;
};

enum from {
	FROM_CLIENT,
	FROM_SERVER,
	FROM_PEER,
	FROM_ANY,
};

/* what an open says besides its endpoint */
struct open_words {
	u8 proto;
	enum from from;
	struct pos from_pos;
	u32 ports;
	bool even;
	bool third_party;
	bool low_ports;
};

/**
 * struct stmt - a statement
 * @next: the one after it
 * @kind: decides which of the others are used
 * @pos: where it begins
 * @name: class (OPEN), variable (ASSIGN), place (REWRITE), counter (COUNT)
 * @open: OPEN
 * @addr: OPEN
 * @port: OPEN
 * @cond: REQUIRE
 * @terms: ASSIGN
 * @value: REWRITE
 */
struct stmt {
	struct stmt *next;
	enum stmt_kind kind;
	struct pos pos;
	struct name name;
	struct open_words open;
	struct operand addr;
	struct operand port;
	struct cond *cond;
	struct term *terms;
	struct operand value;
};

#define SIDE_CLIENT	(1 << ALGATE_CLIENT)
#define SIDE_SERVER	(1 << ALGATE_SERVER)
#define SIDE_EITHER	(SIDE_CLIENT | SIDE_SERVER)

struct rule {
	struct rule *next;
	struct pos pos;
	u8 sides;
	struct alt *alts;
	struct stmt *stmts;
};

#define MAX_LENGTH_NAMES	8	/* of a header block's length field */

/* the declarations as an image has them, and the rules */
struct tree {
	struct name name;
	const u8 *title;
	u32 title_len;
	struct pos title_pos;
	struct algate_service service[ALGATE_MAX_SERVICES];
	struct pos service_pos[ALGATE_MAX_SERVICES];
	u32 nservices;
	struct algate_framing frame;
	struct pos frame_pos;
	const u8 *length_name[MAX_LENGTH_NAMES];
	u32 length_name_len[MAX_LENGTH_NAMES];
	struct algate_class class[ALGATE_MAX_CLASSES];
	u32 nclasses;
	char var[ALGATE_MAX_VARS][ALGATE_NAME_LEN];
	u32 nvars;
	struct rule *rules;
};

/* error.c */
void compile_fail(struct compiler *c, struct pos pos, const char *fmt, ...)
	__printf(3, 4) __attribute__((__noreturn__));
void *arena_alloc(struct compiler *c, size_t len);
void arena_free(struct compiler *c);
void buf_put(struct buf *b, const void *p, size_t len);
void buf_printf(struct buf *b, const char *fmt, ...) __printf(2, 3);

/* parse.c */
struct tree *parse(struct compiler *c);

/* canon.c */
void canon(const struct tree *t, struct buf *out);

/* text.c: bytes as a rule shows them; also for dump.c */
void text_string(struct buf *out, const u8 *p, u32 len);
void text_class(struct buf *out, const struct byteset *set);
void text_time(struct buf *out, u32 seconds);

static inline bool set_has(const struct byteset *set, u8 c)
{
	return set->bit[c >> 3] & (1 << (c & 7));
}

static inline void set_add(struct byteset *set, u8 c)
{
	set->bit[c >> 3] |= 1 << (c & 7);
}

static inline unsigned int set_count(const struct byteset *set)
{
	unsigned int c, n = 0;

	for (c = 0; c < 256; c++)
		n += set_has(set, c);
	return n;
}

#endif /* ALGATE_AST_H */

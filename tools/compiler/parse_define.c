// SPDX-License-Identifier: GPL-2.0
/*
 * Named constants, patterns and blocks of rules.
 *
 *	const NAME = NUMBER
 *	pattern NAME = PATTERN
 *	block NAME { RULES }
 *
 * The parser reads the text of a definition again at each use, so each use has
 * its own part of the tree and the generator knows no definitions. A definition
 * begins a line. Therefore all definitions are found before the text is parsed,
 * and a use may precede the definition.
 */
#include <ctype.h>

#include "parse.h"

/* items and statements that uses may add to the text */
#define MAX_EXPANDED	16384

static const char * const kinds[] = {
	[DEFINE_CONST] = "const",
	[DEFINE_PATTERN] = "pattern",
	[DEFINE_BLOCK] = "block",
};

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

static const char *skip_word(const char *p, const char *end)
{
	while (p < end && (isalnum((unsigned char)*p) || *p == '_' ||
			   *p == '-'))
		p++;
	return p;
}

/* Does the word @p begin a definition? Returns its kind, or -1. */
static int define_kind(const char *p, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strlen(kinds[i]) == len && !memcmp(kinds[i], p, len))
			return i;
	return -1;
}

static void define_add(struct comp *c, const struct define *new)
{
	struct define *def;

	for (def = c->defines; def; def = def->next)
		if (!strcmp(def->name, new->name))
			comp_fail(c, new->pos, "\"%s\" is defined twice",
				  new->name);
	def = comp_alloc(c, sizeof(*def));
	*def = *new;
	def->next = c->defines;
	c->defines = def;
}

/* Adds the definition that begins at @p, if any. */
static void define_line(struct comp *c, int line, const char *start,
			const char *eol)
{
	const char *p = skip_blanks(start, eol), *word = p, *name;
	struct define new = { .line = line, .line_start = start };
	int kind;

	p = skip_word(p, eol);
	kind = define_kind(word, p - word);
	name = skip_blanks(p, eol);
	new.at = skip_word(name, eol);
	if (kind < 0 || name == p || name == new.at)
		return;
	p = skip_blanks(new.at, eol);
	if (p == eol || *p != (kind == DEFINE_BLOCK ? '{' : '='))
		return;
	new.kind = kind;
	new.pos = (struct pos){ line, name - start + 1, NULL };
	new.name = comp_alloc(c, new.at - name + 1);
	memcpy(new.name, name, new.at - name);
	define_add(c, &new);
}

/**
 * define_find_all() - find the definitions of the text
 * @c: compilation
 */
void define_find_all(struct comp *c)
{
	const char *p = c->src, *eol;
	int line;

	for (line = 1; p < c->end; line++, p = eol + 1) {
		eol = memchr(p, '\n', c->end - p);
		if (!eol)
			eol = c->end;
		define_line(c, line, p, eol);
	}
}

/**
 * define_find() - find a definition
 * @c: compilation
 * @name: its name
 *
 * Return: the definition, or NULL.
 */
const struct define *define_find(const struct comp *c, const char *name)
{
	const struct define *def;

	for (def = c->defines; def; def = def->next)
		if (!strcmp(def->name, name))
			return def;
	return NULL;
}

/**
 * define_check() - a name that is not the name of a definition
 * @c: compilation
 * @pos: position of the name
 * @name: name of a capture, variable or table
 */
void define_check(struct comp *c, struct pos pos, const char *name)
{
	const struct define *def = define_find(c, name);

	if (def)
		comp_fail(c, pos, "\"%s\" is the name of a %s", name,
			  kinds[def->kind]);
}

/* "a -> b -> a" */
static void fail_recursion(struct comp *c, const struct define *def,
			   struct pos pos)
{
	const struct expansion *e, *first = c->expansion;
	char chain[128];
	size_t n;

	n = snprintf(chain, sizeof(chain), "%s", def->name);
	for (e = first; e && n < sizeof(chain); e = e->by) {
		n += snprintf(chain + n, sizeof(chain) - n, " in %s",
			      e->def->name);
		if (e->def == def)
			break;
	}
	comp_fail(c, pos, "the %s \"%s\" contains itself: %s", kinds[def->kind],
		  def->name, chain);
}

/**
 * expand_begin() - continue at the text of a definition
 * @c: compilation
 * @def: definition
 * @pos: position of its use
 * @e: the current position is saved here, for expand_end()
 */
void expand_begin(struct comp *c, const struct define *def, struct pos pos,
		  struct expansion *e)
{
	const struct expansion *outer;
	struct pos *use;

	for (outer = c->expansion; outer; outer = outer->by)
		if (outer->def == def)
			fail_recursion(c, def, pos);
	parse_deeper(c, pos, "definitions");
	*e = (struct expansion){
		.def = def, .by = c->expansion, .at = c->at, .line = c->line,
		.line_start = c->line_start, .tok = c->tok, .use = c->use,
	};
	/* the outermost use is the rule's own */
	if (!c->use) {
		use = comp_alloc(c, sizeof(*use));
		*use = pos;
		c->use = use;
	}
	c->expansion = e;
	c->at = def->at;
	c->line = def->line;
	c->line_start = def->line_start;
	lex_next(c);
	tok_need(c, def->kind == DEFINE_BLOCK ? "{" : "=");
}

/**
 * expand_end() - return from the text of a definition
 * @c: compilation
 * @e: filled in by expand_begin()
 */
void expand_end(struct comp *c, const struct expansion *e)
{
	c->at = e->at;
	c->line = e->line;
	c->line_start = e->line_start;
	c->tok = e->tok;
	c->use = e->use;
	c->expansion = e->by;
	c->depth--;
}

/**
 * expand_count() - limit the text that results from uses of definitions
 * @c: compilation
 *
 * To be called for each item and statement. Each of a few definitions can use
 * the one before twice.
 */
void expand_count(struct comp *c)
{
	if (c->expansion && ++c->nexpanded > MAX_EXPANDED)
		comp_fail(c, c->expansion->def->pos,
			  "the uses of patterns and blocks expand to more than %d items and statements",
			  MAX_EXPANDED);
}

/**
 * tok_is_number() - is the current token a number or a constant?
 * @c: compilation
 *
 * Return: true if it is.
 */
bool tok_is_number(const struct comp *c)
{
	const struct define *def = NULL;

	if (c->tok.kind == TOK_WORD)
		def = define_find(c, c->tok.text);
	return c->tok.kind == TOK_NUMBER || (def && def->kind == DEFINE_CONST);
}

/**
 * define_number() - the number that the current token stands for
 * @c: compilation
 * @number: set to the number, with the position of the current token
 * @what: description of the number, for errors
 */
void define_number(struct comp *c, struct token *number, const char *what)
{
	const struct define *def;
	struct expansion e;

	if (!tok_is_number(c))
		fail_expected(c, what);
	*number = c->tok;
	if (c->tok.kind == TOK_NUMBER)
		return;
	def = define_find(c, c->tok.text);
	expand_begin(c, def, c->tok.pos, &e);
	if (c->tok.kind != TOK_NUMBER)
		fail_expected(c, "a number");
	number->text = c->tok.text;
	number->len = c->tok.len;
	number->number = c->tok.number;
	expand_end(c, &e);
}

/**
 * define_pattern() - read the pattern of a definition
 * @c: compilation
 * @def: a pattern
 * @pos: position of its use
 *
 * Return: its alternatives.
 */
struct seq *define_pattern(struct comp *c, const struct define *def,
			   struct pos pos)
{
	struct expansion e;
	struct seq *alts;

	expand_begin(c, def, pos, &e);
	alts = parse_pattern(c);
	if (c->tok.kind != TOK_END && !c->tok.newline)
		fail_expected(c, "an item of the pattern, or a new line");
	expand_end(c, &e);
	return alts;
}

/**
 * define_block() - read the rules of a block
 * @c: compilation
 *
 * Return: its rules.
 */
struct rule *define_block(struct comp *c)
{
	struct pos pos = c->tok.pos;
	char *name = parse_word(c, "the name of a block");
	const struct define *def = define_find(c, name);
	struct expansion e;
	struct rule *rules;

	if (!def || def->kind != DEFINE_BLOCK)
		comp_fail(c, pos, "no block \"%s\": define it with block %s { RULES }",
			  name, name);
	expand_begin(c, def, pos, &e);
	rules = parse_rules(c);
	expand_end(c, &e);
	return rules;
}

static void check_define_name(struct comp *c, struct pos pos, const char *name)
{
	static const char * const words[] = {
		"skip", "at", "end", "if", "field", "plugin", "and", "or", "in",
		"use", "i", "u", "iu", "ui",
	};
	const struct type_word *type;
	unsigned int i;

	check_var_name(c, pos, name);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i], name))
			comp_fail(c, pos, "\"%s\" is a reserved word", name);
	for (type = type_words; type->name; type++)
		if (!strcmp(type->name, name))
			comp_fail(c, pos, "\"%s\" is a type", name);
}

/* The result is thrown away: uses read the text again. */
static void parse_define(struct comp *c, enum define_kind kind)
{
	struct pos pos = c->tok.pos;
	char *name = parse_word(c, "a name");
	const struct define *def = define_find(c, name);
	struct expansion e = { .def = def, .by = c->expansion };

	tok_need(c, kind == DEFINE_BLOCK ? "{" : "=");
	if (!def || def->line != pos.line)
		comp_fail(c, pos, "a definition begins a line, and its name is on the same line");
	check_define_name(c, pos, name);
	c->expansion = &e;
	if (kind == DEFINE_BLOCK) {
		parse_rules(c);
	} else if (kind == DEFINE_PATTERN) {
		parse_pattern(c);
	} else {
		if (c->tok.kind != TOK_NUMBER)
			fail_expected(c, "a number");
		lex_next(c);
	}
	if (c->tok.kind != TOK_END && !c->tok.newline)
		fail_expected(c, "a new line");
	c->expansion = e.by;
}

bool is_definition_word(const char *word)
{
	return define_kind(word, strlen(word)) >= 0;
}

/* A colon follows the name of a capture. */
bool is_definition(const struct comp *c)
{
	return c->tok.kind == TOK_WORD && is_definition_word(c->tok.text) &&
	       (c->at == c->end || *c->at != ':');
}

/**
 * parse_definition() - check a definition
 * @c: compilation
 *
 * Return: false if the current token begins no definition.
 */
bool parse_definition(struct comp *c)
{
	int kind;

	if (!is_definition(c))
		return false;
	kind = define_kind(c->tok.text, c->tok.len);
	lex_next(c);
	parse_define(c, kind);
	return true;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Tokens -> tree. What a name means is checked when code is made of it.
 */
#include <ctype.h>

#include "ast.h"

#define MAX_DEPTH	32	/* of groups */

const struct type_word type_words[] = {
	{ "char", NULL, ALGATE_T_SPAN },
	{ "dec", NULL, ALGATE_T_DEC },
	{ "hex", NULL, ALGATE_T_HEX },
	{ "port", NULL, ALGATE_T_PORT },
	{ "port", "commas", ALGATE_T_PORT_COMMAS },
	{ "port", "dots", ALGATE_T_PORT_DOTS },
	{ "port", "raw", ALGATE_T_U16BE },
	{ "u8", NULL, ALGATE_T_U8 },
	{ "u16be", NULL, ALGATE_T_U16BE },
	{ "u16le", NULL, ALGATE_T_U16LE },
	{ "u32be", NULL, ALGATE_T_U32BE },
	{ "u32le", NULL, ALGATE_T_U32LE },
	{ "ip4", NULL, ALGATE_T_IP4 },
	{ "ip4", "commas", ALGATE_T_IP4_COMMAS },
	{ "ip4", "decimal", ALGATE_T_IP4_DEC },
	{ "ip4", "raw", ALGATE_T_IP4_RAW },
	{ "ip6", NULL, ALGATE_T_IP6 },
	{ "ip6", "raw", ALGATE_T_IP6_RAW },
	{ }
};

static const char * const frame_words[] = {
	[ALGATE_FRAME_DATAGRAM] = "datagram",
	[ALGATE_FRAME_LINES] = "lines",
	[ALGATE_FRAME_HEADERS] = "headers",
	[ALGATE_FRAME_LENGTH] = "length",
	[ALGATE_FRAME_FIRST] = "first",
};

const char *frame_word(u8 kind)
{
	return frame_words[kind];
}

/* longest message unless the plug-in says otherwise */
static const u16 frame_max[] = {
	[ALGATE_FRAME_DATAGRAM] = 65535,
	[ALGATE_FRAME_LINES] = 1024,
	[ALGATE_FRAME_HEADERS] = 16384,
	[ALGATE_FRAME_LENGTH] = 16384,
};

static bool is(const struct comp *c, const char *text)
{
	return (c->tok.kind == TOK_WORD || c->tok.kind == TOK_PUNCT) &&
	       !strcmp(c->tok.text, text);
}

static bool take(struct comp *c, const char *text)
{
	if (!is(c, text))
		return false;
	lex_next(c);
	return true;
}

static const char *found(const struct comp *c, char *buf, size_t len)
{
	const struct token *t = &c->tok;

	switch (t->kind) {
	case TOK_END:
		return "the end of the text";
	case TOK_STRING:
		return "a string";
	case TOK_CLASS:
		return "a byte class";
	default:
		snprintf(buf, len, "\"%.40s\"", t->text);
		return buf;
	}
}

static void wanted(struct comp *c, const char *what)
	__attribute__((__noreturn__));
static void wanted(struct comp *c, const char *what)
{
	char buf[48];

	comp_fail(c, c->tok.pos, "expected %s, found %s", what,
		  found(c, buf, sizeof(buf)));
}

static void need(struct comp *c, const char *text)
{
	char what[48];

	if (take(c, text))
		return;
	snprintf(what, sizeof(what), "\"%s\"", text);
	wanted(c, what);
}

static char *parse_word(struct comp *c, const char *what)
{
	char *word = c->tok.text;

	if (c->tok.kind != TOK_WORD)
		wanted(c, what);
	lex_next(c);
	return word;
}

static u32 parse_number(struct comp *c, const char *what, u32 min, u32 max)
{
	struct token t = c->tok;

	if (t.kind != TOK_NUMBER)
		wanted(c, what);
	if (!isxdigit((unsigned char)t.text[t.len - 1]))
		comp_fail(c, t.pos, "%s has no unit", what);
	if (t.number < min || t.number > max)
		comp_fail(c, t.pos, "%s must be %u to %u", what, min, max);
	lex_next(c);
	return t.number;
}

static char *parse_string(struct comp *c, const char *what)
{
	char *text = c->tok.text;

	if (c->tok.kind != TOK_STRING || c->tok.nocase)
		wanted(c, what);
	if (memchr(text, 0, c->tok.len))
		comp_fail(c, c->tok.pos, "a NUL in %s", what);
	lex_next(c);
	return text;
}

/* a name for people and the ABI: it has room for 15 bytes */
static char *parse_name(struct comp *c, const char *what)
{
	struct pos pos = c->tok.pos;
	char *name = parse_word(c, what);

	if (strlen(name) >= ALGATE_NAME_LEN)
		comp_fail(c, pos, "\"%s\" is longer than 15 letters", name);
	return name;
}

static void parse_header(struct comp *c)
{
	struct tree *t = &c->tree;
	struct pos pos;
	char *p;

	if (!is(c, "plugin"))
		wanted(c, "\"plugin\"");
	lex_next(c);
	pos = c->tok.pos;
	t->name = parse_name(c, "the plug-in's name");
	for (p = t->name; *p; p++)
		if (isupper((unsigned char)*p))
			comp_fail(c, pos, "a plug-in's name has no capitals");
	t->title = "";
	if (c->tok.kind == TOK_STRING) {
		t->title_pos = c->tok.pos;
		t->title = parse_string(c, "a title");
		if (strlen(t->title) >= ALGATE_TITLE_LEN)
			comp_fail(c, t->title_pos, "the title is longer than 127 bytes");
	}
}

static u8 parse_proto(struct comp *c)
{
	if (take(c, "tcp"))
		return IPPROTO_TCP;
	if (take(c, "udp"))
		return IPPROTO_UDP;
	wanted(c, "tcp or udp");
}

static void parse_service(struct comp *c, struct pos pos)
{
	struct tree *t = &c->tree;
	struct algate_service s = {};
	unsigned int i;

	s.proto = parse_proto(c);
	if (c->tok.kind == TOK_NUMBER)
		s.port = parse_number(c, "a port", 1, 65535);
	if (t->nservices == ALGATE_MAX_SERVICES)
		comp_fail(c, pos, "more than %d services", ALGATE_MAX_SERVICES);
	for (i = 0; i < t->nservices; i++)
		if (t->service[i].proto == s.proto &&
		    t->service[i].port == s.port)
			comp_fail(c, pos, "the same service twice");
	t->service[t->nservices++] = s;
}

static void parse_length(struct comp *c, struct algate_framing *f)
{
	static const struct {
		const char *name;
		u8 width;
		u8 flags;
	} widths[] = {
		{ "u8", 1, 0 }, { "u16be", 2, 0 },
		{ "u16le", 2, ALGATE_FRAME_LITTLE }, { "u32be", 4, 0 },
		{ "u32le", 4, ALGATE_FRAME_LITTLE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(widths); i++)
		if (take(c, widths[i].name))
			break;
	if (i == ARRAY_SIZE(widths))
		wanted(c, "u8, u16be, u16le, u32be or u32le");
	f->width = widths[i].width;
	f->flags = widths[i].flags;
	f->mask = 0xffffffff >> (32 - 8 * f->width);
	need(c, "at");
	f->offset = parse_number(c, "an offset", 0, 65535);
	if (take(c, "mask"))
		f->mask = parse_number(c, "a mask", 1, 0xffffffff);
	if (take(c, "plus"))
		f->bias = parse_number(c, "a length", 0, 65535);
	else if (take(c, "minus"))
		f->bias = -(s32)parse_number(c, "a length", 0, 65535);
}

static void parse_frame(struct comp *c, struct pos pos)
{
	struct tree *t = &c->tree;
	struct algate_framing *f = &t->frame;
	u8 kind;

	if (f->kind)
		comp_fail(c, pos, "a second frame");
	for (kind = 1; kind < __ALGATE_FRAME_MAX; kind++)
		if (take(c, frame_words[kind]))
			break;
	if (kind == __ALGATE_FRAME_MAX)
		wanted(c, "datagram, lines, headers, length or first");
	t->frame_pos = pos;
	f->kind = kind;
	if (kind == ALGATE_FRAME_FIRST) {
		f->max = parse_number(c, "a number of bytes", 1, 65535);
		return;
	}
	if (kind == ALGATE_FRAME_HEADERS) {
		do {
			if (f->nnames == ARRAY_SIZE(t->frame_name))
				comp_fail(c, c->tok.pos, "more than %zu names",
					  ARRAY_SIZE(t->frame_name));
			t->frame_name[f->nnames++] =
				parse_string(c, "a header field's name");
		} while (c->tok.kind == TOK_STRING);
	}
	if (kind == ALGATE_FRAME_LENGTH)
		parse_length(c, f);
	f->max = frame_max[kind];
	if (take(c, "max"))
		f->max = parse_number(c, "a number of bytes", 1, 65535);
}

static u32 parse_time(struct comp *c)
{
	struct token t = c->tok;
	u64 v = t.number;

	if (t.kind != TOK_NUMBER)
		wanted(c, "a time, such as 30s, 5m or 1h");
	switch (t.text[t.len - 1]) {
	case 'h':
		v *= 60;
		/* fall through */
	case 'm':
		v *= 60;
		/* fall through */
	case 's':
		break;
	default:
		comp_fail(c, t.pos, "a time needs a unit: s, m or h");
	}
	if (v < 1 || v > 86400)
		comp_fail(c, t.pos, "a time must be 1s to 24h");
	lex_next(c);
	return v;
}

static void parse_expect(struct comp *c, struct pos pos)
{
	struct tree *t = &c->tree;
	struct algate_class *class = &t->class[t->nclasses];
	unsigned int i;
	char *name;

	if (t->nclasses == ALGATE_MAX_CLASSES)
		comp_fail(c, pos, "more than %d classes", ALGATE_MAX_CLASSES);
	pos = c->tok.pos;
	name = parse_name(c, "a class's name");
	for (i = 0; i < t->nclasses; i++)
		if (!strcmp(t->class[i].name, name))
			comp_fail(c, pos, "the class \"%s\" twice", name);
	strcpy(class->name, name);
	need(c, "max");
	class->max = parse_number(c, "a number of expectations", 1, 255);
	need(c, "timeout");
	class->timeout = parse_time(c);
	if (take(c, "permanent"))
		class->flags |= ALGATE_CLASS_PERMANENT;
	t->nclasses++;
}

/* A variable of this name could not be told from what the word means. */
static void check_var_name(struct comp *c, struct pos pos, const char *name)
{
	static const char * const words[] = {
		"self", "length", "message", "sport", "proto", "family",
		"not", "open", "require", "rewrite", "count", "stop",
		"service", "frame", "expect", "flow", "client", "server",
		"either",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i], name))
			comp_fail(c, pos, "\"%s\" is a reserved word", name);
}

static void parse_vars(struct comp *c)
{
	struct tree *t = &c->tree;
	unsigned int i;

	do {
		struct pos pos = c->tok.pos;
		char *name = parse_name(c, "a variable's name");

		check_var_name(c, pos, name);
		for (i = 0; i < t->nvars; i++)
			if (!strcmp(t->var[i], name))
				comp_fail(c, pos, "the variable \"%s\" twice",
					  name);
		if (t->nvars == ALGATE_MAX_VARS)
			comp_fail(c, pos, "more than %d variables",
				  ALGATE_MAX_VARS);
		t->var[t->nvars++] = name;
	} while (c->tok.kind == TOK_WORD && !c->tok.newline);
}

static struct operand parse_operand(struct comp *c)
{
	struct operand v = { .pos = c->tok.pos };

	if (c->tok.kind == TOK_NUMBER)
		v.number = parse_number(c, "a number", 0, 0xffffffff);
	else
		v.name = parse_word(c, "a name or a number");
	return v;
}

static struct cond *parse_test(struct comp *c)
{
	static const char * const ops[] = {
		"==", "!=", "<=", ">=", "<", ">", "&",
	};
	struct cond *cond = comp_alloc(c, sizeof(*cond));
	unsigned int i;

	if (take(c, "not")) {
		cond->op = "not";
		cond->a = parse_operand(c);
	} else {
		cond->op = "";
		cond->a = parse_operand(c);
		for (i = 0; i < ARRAY_SIZE(ops); i++) {
			if (!take(c, ops[i]))
				continue;
			cond->op = ops[i];
			cond->b = parse_operand(c);
			break;
		}
	}
	return cond;
}

static struct cond *parse_cond(struct comp *c)
{
	struct cond *first = NULL, **tail = &first;

	do {
		*tail = parse_test(c);
		tail = &(*tail)->next;
	} while (take(c, "and"));
	return first;
}

static struct seq *parse_pattern(struct comp *c);

static void parse_quantifier(struct comp *c, struct item *item)
{
	item->min = 1;
	item->max = 1;
	if (!c->tok.glued || c->tok.kind != TOK_PUNCT)
		return;
	if (take(c, "+")) {
		item->max = 65535;
	} else if (take(c, "*")) {
		item->min = 0;
		item->max = 65535;
	} else if (take(c, "?")) {
		item->min = 0;
	} else if (take(c, "{")) {
		struct pos pos = c->tok.pos;

		item->min = parse_number(c, "a count", 0, 65535);
		item->max = item->min;
		if (take(c, ","))
			item->max = parse_number(c, "a count", 1, 65535);
		if (!item->max || item->min > item->max)
			comp_fail(c, pos, "a count of nothing");
		need(c, "}");
	}
}

static void parse_class(struct comp *c, struct item *item)
{
	item->kind = ITEM_CLASS;
	memcpy(item->set, c->tok.set, sizeof(item->set));
	lex_next(c);
	parse_quantifier(c, item);
}

static const struct type_word *parse_type(struct comp *c)
{
	const struct type_word *type;
	struct pos pos = c->tok.pos;
	char *name = parse_word(c, "a type");
	char *with = NULL;

	for (type = type_words; type->name; type++)
		if (!strcmp(type->name, name))
			break;
	if (!type->name)
		comp_fail(c, pos, "unknown type \"%s\"", name);
	if (take(c, "with")) {
		pos = c->tok.pos;
		with = parse_word(c, "a notation");
	} else if (is(c, "raw")) {
		with = parse_word(c, "a notation");
	}
	for (; type->name; type++)
		if (!strcmp(type->name, name) && !with == !type->with &&
		    (!with || !strcmp(with, type->with)))
			return type;
	comp_fail(c, pos, "\"%s\" has no notation \"%s\"", name, with);
}

static struct range *parse_range(struct comp *c)
{
	struct range *r = comp_alloc(c, sizeof(*r));
	struct pos pos = c->tok.pos;

	r->lo = parse_number(c, "a number", 0, 0xffffffff);
	r->hi = r->lo;
	if (take(c, ".."))
		r->hi = parse_number(c, "a number", 0, 0xffffffff);
	if (r->lo > r->hi)
		comp_fail(c, pos, "the range is upside down");
	return r;
}

static struct range *parse_ranges(struct comp *c)
{
	struct range *first = NULL, **tail = &first;

	do {
		*tail = parse_range(c);
		tail = &(*tail)->next;
	} while (take(c, ","));
	return first;
}

static void parse_named(struct comp *c, struct item *item)
{
	item->name = parse_word(c, "a name");
	if (!take(c, ":")) {
		item->kind = ITEM_SAME;
		return;
	}
	if (c->tok.kind == TOK_CLASS) {
		parse_class(c, item);
		return;
	}
	item->kind = ITEM_TAKE;
	item->type = parse_type(c);
	if (take(c, "in"))
		item->ranges = parse_ranges(c);
}

static void parse_place(struct comp *c, struct item *item, enum item_kind kind)
{
	item->kind = kind;
	if (c->tok.kind == TOK_WORD)
		item->name = parse_word(c, "a name");
	else
		item->min = parse_number(c, "a number of bytes",
					 kind == ITEM_SKIP, 65535);
}

/* A word that begins something else than a pattern where a line begins. */
static bool begins_line(const struct comp *c)
{
	static const char * const words[] = {
		"plugin", "service", "frame", "expect", "flow", "client",
		"server", "either",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (is(c, words[i]))
			return true;
	return false;
}

static bool item_begins(const struct comp *c)
{
	switch (c->tok.kind) {
	case TOK_STRING:
	case TOK_CLASS:
		return true;
	case TOK_PUNCT:
		return is(c, "...") || is(c, "(");
	case TOK_WORD:
		/* the next rule has a colon, but so has a capture */
		return !(c->tok.newline && begins_line(c));
	default:
		return false;
	}
}

static struct item *parse_item(struct comp *c)
{
	struct item *item = comp_alloc(c, sizeof(*item));

	item->pos = c->tok.pos;
	if (c->tok.kind == TOK_STRING) {
		item->kind = ITEM_LITERAL;
		item->text = c->tok.text;
		item->len = c->tok.len;
		item->nocase = c->tok.nocase;
		if (item->len < 1 || item->len > 255)
			comp_fail(c, item->pos, "a literal has 1 to 255 bytes");
		lex_next(c);
	} else if (c->tok.kind == TOK_CLASS) {
		parse_class(c, item);
	} else if (take(c, "...")) {
		item->kind = ITEM_DOTS;
	} else if (take(c, "(")) {
		if (++c->depth > MAX_DEPTH)
			comp_fail(c, item->pos, "groups more than %d deep",
				  MAX_DEPTH);
		item->kind = ITEM_GROUP;
		item->alts = parse_pattern(c);
		need(c, ")");
		c->depth--;
		item->optional = take(c, "?");
	} else if (take(c, "skip")) {
		parse_place(c, item, ITEM_SKIP);
	} else if (take(c, "at")) {
		parse_place(c, item, ITEM_AT);
	} else if (take(c, "end")) {
		item->kind = ITEM_EOM;
	} else if (take(c, "if")) {
		item->kind = ITEM_IF;
		item->cond = parse_cond(c);
	} else {
		parse_named(c, item);
	}
	return item;
}

static struct seq *parse_seq(struct comp *c)
{
	struct seq *seq = comp_alloc(c, sizeof(*seq));
	struct item **tail = &seq->items;

	if (!item_begins(c))
		wanted(c, "a pattern");
	while (item_begins(c)) {
		*tail = parse_item(c);
		tail = &(*tail)->next;
	}
	return seq;
}

static struct seq *parse_pattern(struct comp *c)
{
	struct seq *first = NULL, **tail = &first;

	do {
		*tail = parse_seq(c);
		tail = &(*tail)->next;
	} while (take(c, "|"));
	return first;
}

static void parse_options(struct comp *c, struct stmt *s)
{
	s->ports = 1;
	for (;;) {
		if (take(c, "ports"))
			s->ports = parse_number(c, "a number of ports", 1, 16);
		else if (take(c, "even"))
			s->even = 2;
		else if (take(c, "third-party"))
			s->third_party = true;
		else if (take(c, "low-ports"))
			s->low_ports = true;
		else
			return;
	}
}

static bool is_option(const struct comp *c)
{
	return is(c, "ports") || is(c, "even") || is(c, "third-party") ||
	       is(c, "low-ports");
}

static void parse_open(struct comp *c, struct stmt *s)
{
	s->kind = STMT_OPEN;
	s->pos = c->tok.pos;
	s->name = parse_word(c, "a class");
	s->proto = parse_proto(c);
	s->from_pos = c->tok.pos;
	s->from = parse_word(c, "client, server, peer or any");
	need(c, "->");
	s->addr.pos = c->tok.pos;
	s->addr.name = parse_word(c, "an address or self");
	s->port.pos = c->tok.pos;
	if (c->tok.kind == TOK_WORD && !c->tok.newline && !is_option(c))
		s->port.name = parse_word(c, "a port");
	parse_options(c, s);
}

static struct term *parse_expr(struct comp *c)
{
	static const char ops[] = "+-&|";
	struct term *first = comp_alloc(c, sizeof(*first)), *t = first;

	first->v = parse_operand(c);
	while (c->tok.kind == TOK_PUNCT && c->tok.len == 1 &&
	       strchr(ops, c->tok.text[0])) {
		t->next = comp_alloc(c, sizeof(*t));
		t = t->next;
		t->op = c->tok.text[0];
		lex_next(c);
		t->v = parse_operand(c);
	}
	return first;
}

static struct stmt *parse_stmt(struct comp *c)
{
	struct stmt *s = comp_alloc(c, sizeof(*s));

	s->pos = c->tok.pos;
	if (take(c, "open")) {
		parse_open(c, s);
	} else if (take(c, "require")) {
		s->kind = STMT_REQUIRE;
		s->cond = parse_cond(c);
	} else if (take(c, "stop")) {
		s->kind = STMT_STOP;
	} else if (take(c, "count")) {
		s->kind = STMT_COUNT;
		s->pos = c->tok.pos;
		s->name = parse_name(c, "a counter's name");
	} else if (take(c, "rewrite")) {
		s->kind = STMT_REWRITE;
		s->pos = c->tok.pos;
		s->name = parse_word(c, "a capture");
		need(c, "=");
		s->source = parse_operand(c);
	} else {
		s->kind = STMT_ASSIGN;
		s->name = parse_word(c, "a statement");
		need(c, "=");
		s->expr = parse_expr(c);
	}
	return s;
}

static struct stmt *parse_stmts(struct comp *c)
{
	struct stmt *first = NULL, **tail = &first;

	while (!take(c, "}")) {
		if (take(c, ";"))
			continue;
		*tail = parse_stmt(c);
		tail = &(*tail)->next;
		if (!is(c, ";") && !is(c, "}") && !c->tok.newline)
			wanted(c, "\";\", a new line or \"}\"");
	}
	return first;
}

static struct rule *parse_rule(struct comp *c)
{
	struct rule *rule = comp_alloc(c, sizeof(*rule));

	rule->pos = c->tok.pos;
	rule->dir = parse_word(c, "client, server or either");
	need(c, ":");
	rule->pattern = parse_pattern(c);
	if (take(c, "{"))
		rule->stmts = parse_stmts(c);
	return rule;
}

static bool parse_declaration(struct comp *c)
{
	struct pos pos = c->tok.pos;

	if (take(c, "service"))
		parse_service(c, pos);
	else if (take(c, "frame"))
		parse_frame(c, pos);
	else if (take(c, "expect"))
		parse_expect(c, pos);
	else if (take(c, "flow"))
		parse_vars(c);
	else
		return false;
	return true;
}

/**
 * parse_file() - read a rule text into @c->tree
 * @c: compilation
 */
void parse_file(struct comp *c)
{
	struct rule **tail = &c->tree.rules;

	lex_next(c);
	parse_header(c);
	while (parse_declaration(c))
		;
	while (is(c, "client") || is(c, "server") || is(c, "either")) {
		*tail = parse_rule(c);
		tail = &(*tail)->next;
	}
	if (is(c, "service") || is(c, "frame") || is(c, "expect") ||
	    is(c, "flow"))
		comp_fail(c, c->tok.pos, "declarations come before the rules");
	if (c->tok.kind != TOK_END)
		wanted(c, "a declaration or a rule");
	if (!c->tree.nservices)
		comp_fail(c, c->tok.pos, "the plug-in has no service");
	if (!c->tree.frame.kind)
		comp_fail(c, c->tok.pos, "the plug-in has no frame");
	if (!c->tree.rules)
		comp_fail(c, c->tok.pos, "the plug-in has no rules");
}

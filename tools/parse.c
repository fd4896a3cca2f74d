// SPDX-License-Identifier: GPL-2.0
/* Tokens -> tree: the declarations, and what all of the parser uses. */
#include "parse.h"

/* Words that no capture, variable or class may be called by. */
static const char * const reserved[] = {
	"plugin", "service", "frame", "expect", "flow", "client", "server",
	"either", "if", "skip", "at", "end", "not", "and", "in", "with", "raw",
	"open", "require", "rewrite", "count", "stop", "self", "peer", "any",
	"ports", "even", "third-party", "low-ports", "length", "message",
	"sport", "proto", "family",
};

void parse_next(struct parser *p)
{
	p->last_line = p->t.at.line;
	p->t = p->ahead;
	p->ahead = lex(&p->lexer);
}

bool parse_is(const struct parser *p, const char *text)
{
	return (p->t.kind == TOKEN_WORD || p->t.kind == TOKEN_MARK) &&
	       !strcmp(p->t.text, text);
}

bool parse_accept(struct parser *p, const char *text)
{
	if (!parse_is(p, text))
		return false;
	parse_next(p);
	return true;
}

void parse_unexpected(struct parser *p, const char *wanted)
{
	static const char * const kinds[] = {
		[TOKEN_NUMBER] = "a number",
		[TOKEN_STRING] = "a string",
		[TOKEN_CLASS] = "a byte class",
	};

	if (p->t.kind == TOKEN_EOF)
		compile_fail(p->c, p->t.at, "the file ends where %s is expected",
			     wanted);
	if (p->t.text)
		compile_fail(p->c, p->t.at, "expected %s, not '%.40s'", wanted,
			     p->t.text);
	compile_fail(p->c, p->t.at, "expected %s, not %s", wanted,
		     kinds[p->t.kind]);
}

void parse_expect(struct parser *p, const char *text, const char *where)
{
	char wanted[80];

	if (parse_accept(p, text))
		return;
	snprintf(wanted, sizeof(wanted), "'%s' %s", text, where);
	parse_unexpected(p, wanted);
}

u32 parse_number(struct parser *p, u32 least, u32 most, const char *what)
{
	u32 n = p->t.number;

	if (p->t.kind != TOKEN_NUMBER)
		parse_unexpected(p, what);
	if (p->t.unit)
		compile_fail(p->c, p->t.at, "%s has no unit", what);
	if (n < least || n > most)
		compile_fail(p->c, p->t.at, "%s must be %u-%u", what, least, most);
	parse_next(p);
	return n;
}

/* A name that the author chooses. */
struct word parse_name(struct parser *p, const char *what)
{
	struct word w = { p->t.text, p->t.at };
	unsigned int i;

	if (p->t.kind != TOKEN_WORD)
		parse_unexpected(p, what);
	for (i = 0; i < ARRAY_SIZE(reserved); i++)
		if (!strcmp(reserved[i], w.text))
			compile_fail(p->c, w.at, "expected %s; '%s' is a word of the language",
				     what, w.text);
	if (strlen(w.text) >= ALGATE_NAME_LEN)
		compile_fail(p->c, w.at, "name longer than %d bytes",
			     ALGATE_NAME_LEN - 1);
	parse_next(p);
	return w;
}

u8 parse_proto(struct parser *p)
{
	if (parse_accept(p, "tcp"))
		return IPPROTO_TCP;
	if (parse_accept(p, "udp"))
		return IPPROTO_UDP;
	parse_unexpected(p, "tcp or udp");
}

bool parse_at_rule(const struct parser *p)
{
	return parse_is(p, "client") || parse_is(p, "server") ||
	       parse_is(p, "either");
}

static void parse_plugin(struct parser *p, struct ast *ast, struct place at)
{
	char *s;

	if (ast->name.text)
		compile_fail(p->c, at, "a second plugin declaration");
	ast->name = parse_name(p, "the plug-in's name");
	for (s = ast->name.text; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			compile_fail(p->c, ast->name.at, "a plug-in's name is in lower case");
	if (p->t.kind != TOKEN_STRING)
		return;
	if (p->t.bytes.len >= ALGATE_TITLE_LEN)
		compile_fail(p->c, p->t.at, "title longer than %d bytes",
			     ALGATE_TITLE_LEN - 1);
	if (p->t.nocase || memchr(p->t.bytes.data, 0, p->t.bytes.len))
		compile_fail(p->c, p->t.at, "this is not a title");
	ast->title = (char *)p->t.bytes.data;
	parse_next(p);
}

static void parse_service(struct parser *p, struct ast *ast, struct place at)
{
	struct algate_service s = { 0 };
	u32 i;

	if (ast->nservices == ALGATE_MAX_SERVICES)
		compile_fail(p->c, at, "more than %d services",
			     ALGATE_MAX_SERVICES);
	s.proto = parse_proto(p);
	if (p->t.kind == TOKEN_NUMBER)
		s.port = parse_number(p, 1, 65535, "a port");
	for (i = 0; i < ast->nservices; i++)
		if (ast->service[i].proto == s.proto &&
		    ast->service[i].port == s.port)
			compile_fail(p->c, at, "the same service twice");
	ast->service[ast->nservices++] = s;
}

static void parse_frame_headers(struct parser *p, struct ast *ast)
{
	struct algate_framing *f = &ast->frame;

	f->kind = ALGATE_FRAME_HEADERS;
	f->max = 16384;
	do {
		if (p->t.kind != TOKEN_STRING)
			parse_unexpected(p, "the name of the length field as a string");
		if (!p->t.bytes.len || p->t.nocase)
			compile_fail(p->c, p->t.at, "this is not a field's name; they are compared ignoring case anyway");
		if (f->nnames == MAX_FRAME_NAMES)
			compile_fail(p->c, p->t.at, "more than %d names for the length field",
				     MAX_FRAME_NAMES);
		ast->frame_name[f->nnames++] = p->t.bytes;
		parse_next(p);
	} while (p->t.kind == TOKEN_STRING);
}

static void parse_frame_length(struct parser *p, struct algate_framing *f)
{
	static const struct {
		const char *name;
		u8 width;
		u8 flags;
	} fields[] = {
		{ "u8", 1, 0 },
		{ "u16be", 2, 0 },
		{ "u16le", 2, ALGATE_FRAME_LITTLE },
		{ "u32be", 4, 0 },
		{ "u32le", 4, ALGATE_FRAME_LITTLE },
	};
	unsigned int i;

	f->kind = ALGATE_FRAME_LENGTH;
	f->max = 65535;
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (parse_accept(p, fields[i].name))
			break;
	if (i == ARRAY_SIZE(fields))
		parse_unexpected(p, "u8, u16be, u16le, u32be or u32le");
	f->width = fields[i].width;
	f->flags = fields[i].flags;
	f->mask = f->width == 4 ? UINT32_MAX : (1U << 8 * f->width) - 1;
	parse_expect(p, "at", "and the offset of the length");
	f->offset = parse_number(p, 0, 65535, "an offset");
	if (parse_accept(p, "mask"))
		f->mask = parse_number(p, 1, f->mask, "a mask");
	if (parse_accept(p, "plus"))
		f->bias = parse_number(p, 0, 65535, "a number of bytes");
	else if (parse_accept(p, "minus"))
		f->bias = -(s32)parse_number(p, 0, 65535, "a number of bytes");
}

static void parse_frame(struct parser *p, struct ast *ast, struct place at)
{
	struct algate_framing *f = &ast->frame;

	if (f->kind)
		compile_fail(p->c, at, "a second frame declaration");
	ast->frame_at = at;
	if (parse_accept(p, "datagram")) {
		f->kind = ALGATE_FRAME_DATAGRAM;
		f->max = 65535;
	} else if (parse_accept(p, "lines")) {
		f->kind = ALGATE_FRAME_LINES;
		f->max = 4096;
	} else if (parse_accept(p, "headers")) {
		parse_frame_headers(p, ast);
	} else if (parse_accept(p, "length")) {
		parse_frame_length(p, f);
	} else if (parse_accept(p, "first")) {
		f->kind = ALGATE_FRAME_FIRST;
		f->max = parse_number(p, 1, 65535, "a number of bytes");
		return;
	} else {
		parse_unexpected(p, "datagram, lines, headers, length or first");
	}
	if (parse_accept(p, "max"))
		f->max = parse_number(p, 1, 65535, "the longest message");
}

static u32 parse_time(struct parser *p)
{
	u64 n = p->t.number;

	if (p->t.kind != TOKEN_NUMBER)
		parse_unexpected(p, "a time as 30s, 5m or 1h");
	switch (p->t.unit) {
	case 'h':
		n *= 60;
		fallthrough;
	case 'm':
		n *= 60;
		fallthrough;
	case 's':
		break;
	default:
		compile_fail(p->c, p->t.at, "a time needs a unit: s, m or h");
	}
	if (!n || n > 86400)
		compile_fail(p->c, p->t.at, "a timeout must be 1s-24h");
	parse_next(p);
	return n;
}

static void parse_class(struct parser *p, struct ast *ast, struct place at)
{
	struct algate_class *class = &ast->class[ast->nclasses];
	struct word name;
	u32 i;

	if (ast->nclasses == ALGATE_MAX_CLASSES)
		compile_fail(p->c, at, "more than %d classes of expectations",
			     ALGATE_MAX_CLASSES);
	name = parse_name(p, "the class's name");
	for (i = 0; i < ast->nclasses; i++)
		if (!strcmp(ast->class[i].name, name.text))
			compile_fail(p->c, name.at, "a second class '%s'",
				     name.text);
	strcpy(class->name, name.text);
	parse_expect(p, "max", "and how many at a time");
	class->max = parse_number(p, 1, 255, "the most expectations");
	parse_expect(p, "timeout", "and a time");
	class->timeout = parse_time(p);
	if (parse_accept(p, "permanent"))
		class->flags = ALGATE_CLASS_PERMANENT;
	ast->nclasses++;
}

static void parse_flow(struct parser *p, struct ast *ast)
{
	do {
		struct word name = parse_name(p, "the variable's name");
		u32 i;

		for (i = 0; i < ast->nvars; i++)
			if (!strcmp(ast->var[i], name.text))
				compile_fail(p->c, name.at, "a second variable '%s'",
					     name.text);
		if (ast->nvars == ALGATE_MAX_VARS)
			compile_fail(p->c, name.at, "more than %d variables",
				     ALGATE_MAX_VARS);
		strcpy(ast->var[ast->nvars++], name.text);
	} while (p->t.kind == TOKEN_WORD && p->t.at.line == p->last_line);
}

/* Returns whether there was one. */
static bool parse_declaration(struct parser *p, struct ast *ast)
{
	struct place at = p->t.at;

	if (parse_accept(p, "plugin"))
		parse_plugin(p, ast, at);
	else if (parse_accept(p, "service"))
		parse_service(p, ast, at);
	else if (parse_accept(p, "frame"))
		parse_frame(p, ast, at);
	else if (parse_accept(p, "expect"))
		parse_class(p, ast, at);
	else if (parse_accept(p, "flow"))
		parse_flow(p, ast);
	else
		return false;
	return true;
}

static void check_declarations(struct parser *p, struct ast *ast)
{
	u32 i;

	if (!ast->name.text)
		compile_fail(p->c, p->t.at, "no plugin declaration before this");
	if (!ast->nservices)
		compile_fail(p->c, p->t.at, "no service declaration before this");
	if (!ast->frame.kind)
		compile_fail(p->c, p->t.at, "no frame declaration before this");
	for (i = 0; i < ast->nservices; i++)
		if (ast->service[i].proto == IPPROTO_TCP &&
		    ast->frame.kind == ALGATE_FRAME_DATAGRAM)
			compile_fail(p->c, ast->frame_at, "a tcp service has no datagrams");
}

/**
 * parse() - read a rule text
 * @c: the compilation
 *
 * Names of captures and variables are looked up later, by gen().
 *
 * Return: the tree.
 */
struct ast *parse(struct compile *c)
{
	struct ast *ast = compile_alloc(c, sizeof(*ast));
	struct ruledef **tail = &ast->rules;
	struct parser p = { .c = c, .lexer = { .c = c, .line = 1 } };

	parse_next(&p);
	parse_next(&p);
	while (parse_declaration(&p, ast))
		;
	if (p.t.kind != TOKEN_EOF && !parse_at_rule(&p))
		parse_unexpected(&p, "a declaration or a rule");
	check_declarations(&p, ast);
	while (parse_at_rule(&p)) {
		*tail = parse_rule(&p);
		tail = &(*tail)->next;
	}
	if (p.t.kind == TOKEN_EOF && ast->rules)
		return ast;
	if (parse_is(&p, "plugin") || parse_is(&p, "service") ||
	    parse_is(&p, "frame") || parse_is(&p, "expect") ||
	    parse_is(&p, "flow"))
		compile_fail(c, p.t.at, "declarations stand before the first rule");
	parse_unexpected(&p, "a rule: client:, server: or either:");
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Declarations.
 */
#include <ctype.h>

#include "parse.h"

static const char * const frame_words[] = {
	[ALGATE_FRAME_DATAGRAM] = "datagram",
	[ALGATE_FRAME_LINES] = "lines",
	[ALGATE_FRAME_HEADERS] = "headers",
	[ALGATE_FRAME_LENGTH] = "length",
	[ALGATE_FRAME_FIRST] = "first",
	[ALGATE_FRAME_TURNS] = "turns",
};

/* default of the longest message */
static const u16 frame_max[] = {
	[ALGATE_FRAME_DATAGRAM] = 65535,
	[ALGATE_FRAME_LINES] = 1024,
	[ALGATE_FRAME_HEADERS] = 16384,
	[ALGATE_FRAME_LENGTH] = 16384,
	[ALGATE_FRAME_TURNS] = 64,
};

/* the name of a plug-in, which may have dots */
char *parse_plugin_name(struct comp *c, const char *what)
{
	if (c->tok.kind == TOK_WORD)
		lex_dots(c);
	return parse_name(c, what);
}

void parse_header(struct comp *c)
{
	struct tree *t = &c->tree;

	if (!tok_is(c, "plugin"))
		fail_expected(c, "\"plugin\"");
	lex_next(c);
	t->name = parse_plugin_name(c, "the plug-in's name");
	t->title = "";
	if (c->tok.kind == TOK_STRING) {
		t->title_pos = c->tok.pos;
		t->title = parse_string(c, "a title");
		if (strlen(t->title) >= ALGATE_TITLE_LEN)
			comp_fail(c, t->title_pos, "the title is longer than 127 bytes");
	}
}

u8 parse_proto(struct comp *c, bool gre)
{
	if (tok_take(c, "tcp"))
		return IPPROTO_TCP;
	if (tok_take(c, "udp"))
		return IPPROTO_UDP;
	if (gre && tok_take(c, "gre"))
		return IPPROTO_GRE;
	fail_expected(c, gre ? "tcp, udp or gre" : "tcp or udp");
}

static void parse_service(struct comp *c, struct pos pos)
{
	struct tree *t = &c->tree;
	struct algate_service s = {};
	unsigned int i;

	s.proto = parse_proto(c, false);
	if (tok_is_number(c))
		s.port = parse_number(c, "a port", 1, 65535);
	if (t->nservices == ALGATE_MAX_SERVICES)
		comp_fail(c, pos, "more than %d services", ALGATE_MAX_SERVICES);
	for (i = 0; i < t->nservices; i++)
		if (t->service[i].proto == s.proto &&
		    t->service[i].port == s.port)
			comp_fail(c, pos, "the same service twice");
	t->service[t->nservices++] = s;
}

void parse_length(struct comp *c, struct algate_framing *f)
{
	static const struct {
		const char *name;
		u8 width;
		u8 flags;
	} widths[] = {
		{ "u8", 1, 0 }, { "u16be", 2, 0 },
		{ "u16le", 2, ALGATE_FRAME_LITTLE }, { "u32be", 4, 0 },
		{ "u32le", 4, ALGATE_FRAME_LITTLE },
		{ "u16", 2, ALGATE_FRAME_ORDER },
		{ "u32", 4, ALGATE_FRAME_ORDER },
	};
	struct pos pos = c->tok.pos;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(widths); i++)
		if (tok_take(c, widths[i].name))
			break;
	if (i == ARRAY_SIZE(widths))
		fail_expected(c, "u8, u16be, u16le, u32be or u32le");
	f->width = widths[i].width;
	f->flags = widths[i].flags;
	if (f->flags & ALGATE_FRAME_ORDER)
		order_used(c, pos, widths[i].name);
	f->mask = 0xffffffff >> (32 - 8 * f->width);
	tok_need(c, "at");
	f->offset = parse_number(c, "an offset", 0, 65535);
	if (tok_take(c, "mask"))
		f->mask = parse_number(c, "a mask", 1, 0xffffffff);
	if (tok_take(c, "plus"))
		f->bias = parse_number(c, "a length", 0, 65535);
	else if (tok_take(c, "minus"))
		f->bias = -(s32)parse_number(c, "a length", 0, 65535);
}

static void parse_frame_names(struct comp *c, struct algate_framing *f)
{
	struct tree *t = &c->tree;
	struct pos pos;
	char *name;

	do {
		pos = c->tok.pos;
		if (f->nnames == ARRAY_SIZE(t->frame_name))
			comp_fail(c, c->tok.pos, "more than %zu names",
				  ARRAY_SIZE(t->frame_name));
		name = parse_string(c, "a header field's name");
		if (!*name)
			comp_fail(c, pos, "a header field's name is empty");
		t->frame_name[f->nnames++] = name;
	} while (c->tok.kind == TOK_STRING);
}

static void parse_framing(struct comp *c, struct algate_framing *f)
{
	u8 kind;

	for (kind = 1; kind < __ALGATE_FRAME_MAX; kind++)
		if (tok_take(c, frame_words[kind]))
			break;
	if (kind == __ALGATE_FRAME_MAX)
		fail_expected(c, "datagram, lines, headers, length, first or turns");
	f->kind = kind;
	if (kind == ALGATE_FRAME_FIRST) {
		f->max = parse_number(c, "a number of bytes", 1, 65535);
		return;
	}
	if (kind == ALGATE_FRAME_HEADERS)
		parse_frame_names(c, f);
	if (kind == ALGATE_FRAME_LENGTH)
		parse_length(c, f);
	f->max = frame_max[kind];
	if (tok_take(c, "max"))
		f->max = parse_number(c, "a number of bytes", 1, 65535);
}

static bool may_combine(const struct algate_framing *f)
{
	return f->kind == ALGATE_FRAME_LINES ||
	       f->kind == ALGATE_FRAME_HEADERS ||
	       f->kind == ALGATE_FRAME_LENGTH;
}

/* A framing stores a class of bytes as the first byte and their number. */
static void set_lead(struct comp *c, const struct token *t,
		     struct algate_framing *f)
{
	unsigned int lo = 0, hi, i;

	while (!(t->set[lo / 8] & 1 << lo % 8))
		lo++;
	for (hi = lo; hi < 255 && t->set[(hi + 1) / 8] & 1 << (hi + 1) % 8; hi++)
		;
	for (i = hi + 1; i < 256; i++)
		if (t->set[i / 8] & 1 << i % 8)
			comp_fail(c, t->pos, "the bytes of the class are not consecutive");
	f->lead = lo;
	f->more = hi - lo;
}

/* The first bytes of messages of the second framing */
static void parse_lead(struct comp *c, struct algate_framing *f)
{
	struct token *t = &c->tok;

	if (tok_is(c, "[")) {
		lex_class(c);
		set_lead(c, t, f);
	} else if (t->kind == TOK_STRING && !t->nocase && t->len == 1) {
		f->lead = t->text[0];
	} else {
		fail_expected(c, "a string of one byte or a class");
	}
	lex_next(c);
}

static bool is_ordered(const struct algate_framing *f)
{
	return f->flags & ALGATE_FRAME_ORDER;
}

/* A framing whose length has the order that the message says */
static void set_order(struct comp *c, struct pos pos, struct algate_framing *f)
{
	struct tree *t = &c->tree;

	set_lead(c, &t->order, f);
	f->place = t->order_place;
	if (f->place >= f->offset + f->width)
		comp_fail(c, pos, "the byte that says the order is behind the length");
}

static void parse_frame(struct comp *c, struct pos pos)
{
	struct tree *t = &c->tree;
	struct algate_framing *f = t->frame;

	if (t->nframes)
		comp_fail(c, pos, "a second frame");
	t->frame_pos = pos;
	pos = c->tok.pos;
	parse_framing(c, f);
	t->nframes = 1;
	if (is_ordered(f))
		set_order(c, pos, f);
	if (!tok_take(c, "or"))
		return;
	if (!may_combine(f) || is_ordered(f))
		comp_fail(c, pos, "the framing \"%s\" cannot be combined with another framing",
			  frame_words[f->kind]);
	parse_lead(c, f + 1);
	pos = c->tok.pos;
	parse_framing(c, f + 1);
	if (!may_combine(f + 1) || f[1].kind == ALGATE_FRAME_HEADERS)
		comp_fail(c, pos, "the second framing is lines or length");
	if (is_ordered(f + 1))
		comp_fail(c, pos, "of two framings, none has a length whose order the message says");
	t->nframes = 2;
}

static void parse_lifetime(struct comp *c, struct algate_class *class)
{
	struct pos pos;

	if (!tok_take(c, "lifetime"))
		return;
	pos = c->tok.pos;
	class->lifetime = parse_time(c);
	if (class->lifetime % 60)
		comp_fail(c, pos, "a lifetime has whole minutes");
	if (class->lifetime < class->timeout)
		comp_fail(c, pos, "the lifetime is shorter than the timeout");
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
	t->class_pos[t->nclasses] = pos;
	strcpy(class->name, name);
	tok_need(c, "max");
	class->max = parse_number(c, "a number of expectations", 1, 255);
	tok_need(c, "timeout");
	class->timeout = parse_time(c);
	if (tok_take(c, "permanent"))
		class->flags |= ALGATE_CLASS_PERMANENT;
	parse_lifetime(c, class);
	t->nclasses++;
}

/* A variable cannot have the name of a word of the language. */
void check_var_name(struct comp *c, struct pos pos, const char *name)
{
	static const char * const words[] = {
		"self", "own", "peer", "private", "length", "number", "sport", "proto",
		"family", "not", "open", "translate", "confirm", "close",
		"extend", "require", "rewrite", "adjust", "forget", "count",
		"stop", "each", "if", "else", "hash", "ports", "pair",
		"default", "inactive", "for", "only", "as", "service", "frame",
		"expect", "flow", "local", "table", "client", "server",
		"either", "begin", "message", "any", "stun", "const", "pattern",
		"block", "queue", "ask", "direction", "broadcast", "input",
		"order",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i], name))
			comp_fail(c, pos, "\"%s\" is a reserved word", name);
}

static bool is_declared(char * const *names, unsigned int n, const char *name)
{
	while (n--)
		if (!strcmp(names[n], name))
			return true;
	return false;
}

static void parse_var(struct comp *c, char **names, struct pos *at,
		      unsigned int *n, unsigned int max, const char *what)
{
	struct tree *t = &c->tree;
	struct pos pos = c->tok.pos;
	char *name = parse_name(c, "a variable's name");

	check_var_name(c, pos, name);
	define_check(c, pos, name);
	if (is_declared(t->var, t->nvars, name) ||
	    is_declared(t->local, t->nlocals, name))
		comp_fail(c, pos, "the variable \"%s\" twice", name);
	if (*n == max)
		comp_fail(c, pos, "more than %u %s", max, what);
	at[*n] = pos;
	names[(*n)++] = name;
}

/* The names on the same line as the word flow or local. */
static void parse_vars(struct comp *c, char **names, struct pos *at,
		       unsigned int *n, unsigned int max, const char *what)
{
	do {
		parse_var(c, names, at, n, max, what);
	} while (c->tok.kind == TOK_WORD && !c->tok.newline);
}

/* A variable of the flow that another plug-in may give */
static void parse_input(struct comp *c)
{
	struct range any = { .hi = 0xffffffff }, *r = &any;
	struct tree *t = &c->tree;
	struct pos pos = c->tok.pos;

	parse_var(c, t->var, t->var_pos, &t->nvars, ALGATE_MAX_VARS,
		  "variables");
	if (tok_take(c, "in"))
		r = parse_ranges(c);
	for (; r; r = r->next) {
		if (t->ninputs == ALGATE_MAX_INPUTS)
			comp_fail(c, pos, "more than %d ranges of inputs",
				  ALGATE_MAX_INPUTS);
		t->input[t->ninputs++] = (struct algate_input){
			.var = t->nvars - 1, .first = r->lo, .last = r->hi,
		};
	}
}

static void parse_table(struct comp *c, struct pos pos, bool queue)
{
	struct tree *t = &c->tree;
	struct algate_table *table = &t->table[t->ntables];
	unsigned int i;
	char *name;

	if (t->ntables == ALGATE_MAX_TABLES)
		comp_fail(c, pos, "more than %d tables and queues",
			  ALGATE_MAX_TABLES);
	pos = c->tok.pos;
	name = parse_name(c, queue ? "a queue's name" : "a table's name");
	define_check(c, pos, name);
	for (i = 0; i < t->ntables; i++)
		if (!strcmp(t->table[i].name, name))
			comp_fail(c, pos, "the table \"%s\" twice", name);
	t->table_pos[t->ntables] = pos;
	strcpy(table->name, name);
	tok_need(c, "max");
	table->max = parse_number(c, "a number of entries", 1,
				  ALGATE_MAX_ENTRIES);
	table->queue = queue;
	table->timeout = ALGATE_TIME_MAX;
	if (queue) {
		t->queue_pos = pos;
	} else {
		tok_need(c, "timeout");
		table->timeout = parse_time(c);
	}
	t->ntables++;
}

/* a kind of lists or maps that the administrator fills */
struct setting_kind {
	const char *what;
	const char *name;
	const char *contents;
	unsigned int count;
	u32 most;
};

/* @setting: the @n declarations of this kind so far; @at: their positions */
static void parse_setting(struct comp *c, struct pos pos,
			  const struct setting_kind *kind,
			  struct algate_setting *setting, struct pos *at,
			  unsigned int *n)
{
	unsigned int i;
	char *name;

	if (*n == kind->count)
		comp_fail(c, pos, "more than %u %ss", kind->count, kind->what);
	pos = c->tok.pos;
	name = parse_name(c, kind->name);
	define_check(c, pos, name);
	for (i = 0; i < *n; i++)
		if (!strcmp(setting[i].name, name))
			comp_fail(c, pos, "the %s \"%s\" twice", kind->what,
				  name);
	at[*n] = pos;
	strcpy(setting[*n].name, name);
	tok_need(c, "max");
	setting[(*n)++].max = parse_number(c, kind->contents, 1, kind->most);
}

static void parse_param(struct comp *c, struct pos pos)
{
	static const struct setting_kind kind = {
		"param", "a param's name", "a number of ranges",
		ALGATE_MAX_PARAMS, ALGATE_MAX_RANGES,
	};
	struct tree *t = &c->tree;

	parse_setting(c, pos, &kind, t->param, t->param_pos, &t->nparams);
}

static void parse_map(struct comp *c, struct pos pos)
{
	static const struct setting_kind kind = {
		"map", "a map's name", "a number of pairs",
		ALGATE_MAX_MAPS, ALGATE_MAX_PAIRS,
	};
	struct tree *t = &c->tree;

	parse_setting(c, pos, &kind, t->map, t->map_pos, &t->nmaps);
}

static bool same_sender(const char *a, const char *b)
{
	return !strcmp(a, b) || !strcmp(a, "either") || !strcmp(b, "either");
}

/* A pattern; in both orders, if the message says the order of its numbers */
static struct seq *parse_both(struct comp *c)
{
	struct seq *first = NULL, **tail = &first;
	struct passage passage;
	bool again;

	order_first(c, &passage);
	do {
		*tail = parse_pattern(c);
		again = order_again(c, &passage, *tail);
		while (*tail)
			tail = &(*tail)->next;
	} while (again);
	return first;
}

static void parse_gate(struct comp *c, struct pos pos, bool first)
{
	const char *word = first ? "begin" : "message";
	struct gate *gate = comp_alloc(c, sizeof(*gate));
	struct gate **tail = &c->tree.gates;

	gate->pos = pos;
	gate->first = first;
	if (!tok_is(c, "client") && !tok_is(c, "server") && !tok_is(c, "either"))
		fail_expected(c, "client, server or either");
	gate->dir = parse_word(c, "client, server or either");
	tok_need(c, ":");
	pos = c->tok.pos;
	if (!tok_take(c, "any"))
		gate->pattern = parse_both(c);
	else if (first)
		comp_fail(c, pos, "\"begin\" says how the protocol begins: describe the first message");
	for (; *tail; tail = &(*tail)->next)
		if ((*tail)->first == first &&
		    same_sender((*tail)->dir, gate->dir))
			comp_fail(c, gate->pos, "a second \"%s\" for the same sender", word);
	*tail = gate;
}

static const char * const declarations[] = {
	"service", "frame", "expect", "flow", "local", "table", "queue",
	"begin", "message", "shared", "param", "map", "input", "order",
};

bool is_declaration(const struct comp *c)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(declarations); i++)
		if (tok_is(c, declarations[i]))
			return true;
	return false;
}

bool parse_declaration(struct comp *c)
{
	struct tree *t = &c->tree;
	struct pos pos = c->tok.pos;

	if (tok_take(c, "service"))
		parse_service(c, pos);
	else if (tok_take(c, "frame"))
		parse_frame(c, pos);
	else if (tok_take(c, "expect"))
		parse_expect(c, pos);
	else if (tok_take(c, "flow"))
		parse_vars(c, t->var, t->var_pos, &t->nvars, ALGATE_MAX_VARS,
			   "variables");
	else if (tok_take(c, "input"))
		parse_input(c);
	else if (tok_take(c, "local"))
		parse_vars(c, t->local, t->local_pos, &t->nlocals, MAX_LOCALS,
			   "locals");
	else if (tok_take(c, "table"))
		parse_table(c, pos, false);
	else if (tok_take(c, "queue"))
		parse_table(c, pos, true);
	else if (tok_take(c, "param"))
		parse_param(c, pos);
	else if (tok_take(c, "map"))
		parse_map(c, pos);
	else if (tok_take(c, "order"))
		parse_order(c, pos);
	else if (tok_take(c, "shared"))
		t->shared = true;
	else if (tok_take(c, "begin"))
		parse_gate(c, pos, true);
	else if (tok_take(c, "message"))
		parse_gate(c, pos, false);
	else
		return false;
	return true;
}

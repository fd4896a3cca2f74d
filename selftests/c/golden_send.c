// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a program on messages. NAT translates the client's address, 10.0.0.1 or
 * 2001:db8::1, to 203.0.113.1 or 2001:db8:ffff::1; the server is 192.0.2.1 or
 * 2001:db8:5::1. Expectations are printed, but not made: no port is mapped.
 */
#include "golden.h"
#include "../../kmod/engine/intent.h"
#include "entries.h"
#include "steps.h"

struct flow {
	u32 var[ALGATE_MAX_VARS];
	u32 nr[2];
	bool begun[2];
	bool over;
	struct algate_entries *entries;
	struct algate_lists lists;
	struct algate_maps maps;
};

#define COUNTER_NAME(id, name) \
	[ALGATE_C_##id] = name,
static const char * const counter_name[__ALGATE_C_MAX] = {
	ALGATE_COUNTERS(COUNTER_NAME)
};

/* Decodes the C string in @p, in place. Returns its length. */
static size_t string_read(char *p, char **bytes)
{
	char *out;
	size_t n = 0;

	p = strchr(p, '"');
	if (!p)
		die("a message without a string");
	*bytes = ++p;
	for (out = p; *p && *p != '"'; p++, n++) {
		if (*p != '\\') {
			out[n] = *p;
		} else if (*++p == 'x' && p[1] && p[2]) {
			out[n] = hex(p + 1);
			p += 2;
		} else {
			out[n] = *p == 'n' ? '\n' : *p == 'r' ? '\r' :
				 *p == 't' ? '\t' : *p;
		}
		if (!*p)
			break;
	}
	if (*p != '"')
		die("a string without an end");
	return n;
}

static void print_bytes(FILE *out, const u8 *p, size_t len)
{
	fputc('"', out);
	for (; len--; p++) {
		if (*p < ' ' || *p > '~')
			fprintf(out, "\\x%02x", *p);
		else
			fprintf(out, "%s%c", *p == '"' || *p == '\\' ?
				"\\" : "", *p);
	}
	fputc('"', out);
}

static void print_addr(FILE *out, u8 type, const struct algate_value *v)
{
	u8 text[ALGATE_VALUE_MAX];
	int n;

	if (type == ALGATE_T_UNSPEC) {
		fputs(" self", out);
		return;
	}
	n = algate_value_write(algate_type_kind(type) == ALGATE_KIND_ENDPOINT ?
			       ALGATE_T_ENDPOINT : ALGATE_T_IP, v, text);
	fprintf(out, " %.*s", n, text);
}

static void print_only(FILE *out, const struct algate_intent *in)
{
	if (in->act->only != ALGATE_SLOT_NONE)
		fprintf(out, " only %u", in->only);
}

static void print_other(FILE *out, const struct algate_prog *prog,
			const struct algate_intent *in)
{
	const struct algate_other *o;
	u32 i;

	if (!in->act->other)
		return;
	o = &prog->other[in->act->other - 1];
	fprintf(out, " as %s", o->name);
	for (i = 0; i < ALGATE_MAX_GIVEN && *o->var[i]; i++)
		fprintf(out, "%s %s = %u", i ? "," : " with", o->var[i],
			in->given[i]);
}

static void print_open(FILE *out, const struct algate_prog *prog,
		       const struct algate_intent *in)
{
	u8 proto = in->act->proto;

	fprintf(out, " open %s %s", prog->class[in->act->class].name,
		proto == IPPROTO_TCP ? "tcp" :
		proto == IPPROTO_UDP ? "udp" : "gre");
	print_addr(out, in->addr_type, &in->addr);
	if (in->port_type != ALGATE_T_UNSPEC)
		fprintf(out, " %u", in->port.num);
	else if (algate_type_kind(in->addr_type) != ALGATE_KIND_ENDPOINT)
		fputs(" self", out);
	if (in->act->key != ALGATE_SLOT_NONE)
		fprintf(out, " for %u", in->key);
	print_only(out, in);
	print_other(out, prog, in);
	if (in->act->flags & ALGATE_ACTION_F_OR_ZERO)
		fputs(" else 0", out);
}

static void print_intent(FILE *out, const struct algate_prog *prog,
			 const struct algate_intent *in)
{
	const char *class = prog->class[in->act->class].name;

	switch (in->act->verb) {
	case ALGATE_VERB_OPEN:
		print_open(out, prog, in);
		break;
	case ALGATE_VERB_TRANSLATE:
		fputs(" translate", out);
		if (in->act->flags & ALGATE_ACTION_F_WITH_CLASS)
			fprintf(out, " with %s", class);
		break;
	case ALGATE_VERB_CONFIRM:
		fprintf(out, " confirm %s for %u, %u s", class, in->key,
			in->time);
		print_only(out, in);
		break;
	case ALGATE_VERB_CLOSE:
		fprintf(out, " close %s", class);
		if (in->act->key != ALGATE_SLOT_NONE)
			fprintf(out, " for %u", in->key);
		break;
	case ALGATE_VERB_EXTEND:
		fprintf(out, " extend %u s", in->time);
		break;
	}
}

static void print_state(FILE *out, const struct algate_prog *prog,
			const struct algate_result *res, const u32 *var)
{
	u32 i;

	for (i = 0; i < prog->nvars; i++)
		if (res->var[i] != var[i])
			fprintf(out, " %s=%u", prog->var[i], res->var[i]);
	for (i = 0; i < res->nnotes; i++) {
		const struct algate_note *n = &res->note[i];

		if (n->kind == ALGATE_NOTE_ASK)
			fprintf(out, " ask %s=%u", prog->table[n->table].name,
				n->value);
		else if (n->kind == ALGATE_NOTE_ANSWER)
			fprintf(out, " answer %s", prog->table[n->table].name);
		else if (n->kind == ALGATE_NOTE_FORGET)
			fprintf(out, " forget %s[%u]",
				prog->table[n->table].name, n->key);
		else
			fprintf(out, " %s[%u]=%u", prog->table[n->table].name,
				n->key, n->value);
	}
	for (i = 0; i < prog->ncounters; i++)
		if (res->counted & (1 << i))
			fprintf(out, " count %s", prog->counter[i]);
	if (res->stop)
		fputs(" stop", out);
}

static void print_edited(FILE *out, const struct algate_message *msg,
			 const struct algate_result *res)
{
	u8 edited[2 * ALGATE_VALUE_MAX * ALGATE_MAX_EDITS + 4096];
	int size = algate_edit_size(res, msg->len);

	if (!res->nedits)
		return;
	fputs(" rewrite ", out);
	if (size < 0 || (size_t)size > sizeof(edited))
		fprintf(out, "error %d", size);
	else
		print_bytes(out, edited,
			    algate_edit_apply(res, msg->data, msg->len,
					      edited));
}

static void print_handled(FILE *out, const struct algate_prog *prog,
			  const struct algate_message *msg,
			  struct algate_result *res, const u32 *var)
{
	/* no reserve(): expectations are printed only */
	struct algate_resolver r = { .prog = prog };
	int why;
	u32 i;

	for (i = 0; i < res->nintents; i++)
		print_intent(out, prog, &res->intent[i]);
	print_state(out, prog, res, var);
	why = algate_resolve(&r, msg, res);
	if (why >= 0)
		fprintf(out, " edit fails: %s", counter_name[why]);
	else
		print_edited(out, msg, res);
}

static void end_set(struct algate_end *end, u8 family, const char *ip4,
		    const char *ip6, u16 port)
{
	struct algate_value v;
	const char *text = family == AF_INET ? ip4 : ip6;

	memset(end, 0, sizeof(*end));
	algate_value_read(ALGATE_T_IP, (const u8 *)text, strlen(text), false,
			  &v);
	memcpy(end->addr, v.addr, algate_family_len(family));
	end->port = port;
}

static void ends_set(struct algate_ends *ends, const struct algate_message *msg,
		     u16 service)
{
	u16 port = msg->dir == ALGATE_CLIENT ? msg->sport : 40000;
	struct algate_end client, public, server;

	end_set(&client, msg->family, "10.0.0.1", "2001:db8::1", port);
	end_set(&public, msg->family, "203.0.113.1", "2001:db8:ffff::1", port);
	end_set(&server, msg->family, "192.0.2.1", "2001:db8:5::1", service);
	if (msg->dir == ALGATE_CLIENT)
		*ends = (struct algate_ends){ client, server, public, server };
	else
		*ends = (struct algate_ends){ server, public, server, client };
}

/*
 * "client" or "server", and perhaps: a 6 for IPv6, "broadcast", the protocol if
 * it is not that of the first service, a colon and the sender's port.
 */
static void sender_read(const char *line, struct algate_message *msg)
{
	if (strncmp(line, "client ", 7) && strncmp(line, "server ", 7))
		die("a message without a sender");
	msg->dir = line[0] == 'c' ? ALGATE_CLIENT : ALGATE_SERVER;
	line += 7;
	if (!strncmp(line, "6 ", 2)) {
		msg->family = AF_INET6;
		line += 2;
	}
	if (!strncmp(line, "broadcast ", 10)) {
		msg->broadcast = true;
		line += 10;
	}
	if (!strncmp(line, "tcp ", 4) || !strncmp(line, "udp ", 4)) {
		msg->proto = line[0] == 't' ? IPPROTO_TCP : IPPROTO_UDP;
		line += 4;
	}
	if (*line == ':')
		msg->sport = atoi(line + 1);
}

/* "list NAME FIRST-LAST ...": the administrator fills the list */
static void list_read(const char *line, const struct algate_prog *prog,
		      struct algate_lists *lists)
{
	char name[ALGATE_NAME_LEN];
	struct algate_numbers range;
	int used = 0;
	u32 i = 0;

	if (sscanf(line, "list %15s%n", name, &used) < 1)
		die("a list without a name");
	while (i < prog->nparams && strcmp(prog->param[i].name, name))
		i++;
	if (i == prog->nparams)
		die("a list that is not declared");
	lists->list[i].n = 0;
	while (line += used, sscanf(line, " %u-%u%n", &range.first, &range.last,
				    &used) == 2)
		lists->list[i].range[lists->list[i].n++] = range;
}

/* Returns the number of bytes read. */
static int prefix_read(const char *text, u8 *family, u8 *addr)
{
	struct algate_value v;
	int n = algate_value_read(ALGATE_T_IP, (const u8 *)text, strlen(text),
				  false, &v);

	if (n <= 0)
		die("a pair without addresses");
	*family = v.family;
	memcpy(addr, v.addr, algate_family_len(v.family));
	return n;
}

/* "map NAME ADDR=ADDR/BITS ...": the same for a map, in the order of a map */
static void map_read(const char *line, const struct algate_prog *prog,
		     struct algate_maps *maps)
{
	char name[ALGATE_NAME_LEN];
	int used = 0;
	u32 i = 0;

	if (sscanf(line, "map %15s%n", name, &used) < 1)
		die("a map without a name");
	while (i < prog->nmaps && strcmp(prog->map[i].name, name))
		i++;
	if (i == prog->nmaps)
		die("a map that is not declared");
	maps->map[i].n = 0;
	for (line += used; *line == ' ';) {
		struct algate_pair *p = &maps->map[i].pair[maps->map[i].n++];

		memset(p, 0, sizeof(*p));
		line += 1 + prefix_read(line + 1, &p->family, p->from);
		if (*line++ != '=')
			die("a pair without =");
		line += prefix_read(line, &p->family, p->to);
		if (sscanf(line, "/%hhu%n", &p->bits, &used) < 1)
			die("a pair without a length");
		line += used;
	}
}

static void send_one(FILE *out, const struct algate_prog *prog,
		     struct flow *flow, char *line)
{
	static const char * const outcomes[] = {
		"unmatched", "handled", "not recognised", "refused",
		"need more",
	};
	static struct algate_result res;
	enum algate_outcome outcome;
	struct algate_ends ends;
	struct algate_message msg = {
		.family = AF_INET,
		.proto = prog->service[0].proto,
		.sport = 40000,
		.now = 1,
		.ends = &ends,
		.entries = flow->entries,
		.lists = &flow->lists,
		.maps = &flow->maps,
	};
	char *bytes;

	sender_read(line, &msg);
	msg.first = !flow->begun[msg.dir];
	fprintf(out, "%s\n\t", line);
	ends_set(&ends, &msg, prog->service[0].port);
	msg.len = string_read(line, &bytes);
	msg.data = (u8 *)bytes;
	msg.nr = flow->nr[msg.dir]++;
	memcpy(res.var, flow->var, sizeof(res.var));
	if (flow->over) {
		fputs("not read\n", out);
		return;
	}
	outcome = algate_run(prog, &msg, &res);
	fputs(outcomes[outcome], out);
	if (outcome != ALGATE_ALIEN)
		flow->begun[msg.dir] = true;
	else
		flow->over = msg.proto == IPPROTO_TCP;
	if (res.steps > steps_most(prog, &res))
		fprintf(out, ", in %u steps", res.steps);
	if (outcome == ALGATE_REFUSED && res.why != ALGATE_C_REQUIRE)
		fprintf(out, " as %s", counter_name[res.why]);
	if (outcome == ALGATE_HANDLED) {
		print_handled(out, prog, &msg, &res, flow->var);
		if (res.beyond)
			fprintf(out, " beyond the limit %u", res.beyond);
		memcpy(flow->var, res.var, sizeof(flow->var));
		algate_entry_apply(prog, &res, msg.now, flow->entries);
	} else if (outcome == ALGATE_REFUSED) {
		algate_queue_apply(prog, &res, msg.now, flow->entries);
	}
	fputc('\n', out);
}

/* Runs the messages of a flow, one on each line, and prints the results. */
void send_all(FILE *out, const struct algate_prog *prog, const char *messages)
{
	struct flow flow = { .entries = entries_make(prog->max_entries) };
	char *copy = strdup(messages), *at, *line;

	if (!copy)
		die("memory");
	for (at = copy; (line = line_next(&at));) {
		if (!strncmp(line, "list ", 5)) {
			list_read(line, prog, &flow.lists);
		} else if (!strncmp(line, "map ", 4)) {
			map_read(line, prog, &flow.maps);
		} else {
			send_one(out, prog, &flow, line);
			continue;
		}
		fprintf(out, "%s\n", line);
	}
	free(flow.entries);
	free(copy);
}

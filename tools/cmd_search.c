// SPDX-License-Identifier: GPL-2.0
/*
 * algctl plugin search
 */
#include <strings.h>

#include "algctl.h"
#include "out.h"

static void services_print(const struct algate_prog *prog)
{
	unsigned int i;

	out_array_begin("services");
	for (i = 0; i < prog->nservices; i++) {
		out_object_begin(NULL);
		out_str("proto", " ", proto_text(prog->service[i].proto));
		if (prog->service[i].port)
			out_num("port", " ", prog->service[i].port);
		out_object_end();
	}
	out_array_end();
}

/* Is the word a part of the name or the title, or the port of a service? */
static bool is_wanted(const struct algate_prog *prog, const char *word)
{
	unsigned int i;
	char port[8];

	if (!word || strcasestr(prog->name, word) ||
	    strcasestr(prog->title, word))
		return true;
	for (i = 0; i < prog->nservices; i++) {
		snprintf(port, sizeof(port), "%u", prog->service[i].port);
		if (!strcmp(port, word))
			return true;
	}
	return false;
}

struct search {
	const char *word;
	unsigned int found;
	unsigned int bad;
};

static void search_file(const char *path, void *arg)
{
	struct search *s = arg;
	struct source src;

	if (source_open(path, &src)) {
		s->bad++;
		return;
	}
	if (is_wanted(src.prog, s->word)) {
		s->found++;
		out_object_begin(NULL);
		out_str("plugin", "", src.prog->name);
		services_print(src.prog);
		out_str("title", " \"", src.prog->title);
		out_str("file", "\" ", path);
		out_text("\n");
		out_object_end();
	}
	source_free(&src);
}

/**
 * cmd_plugin_search() - algctl plugin search [WORD]
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_plugin_search(const struct args *args)
{
	struct search s = { .word = args->n ? args->v[0] : NULL };

	out_list_begin();
	find_each(search_file, &s);
	out_list_end();
	if (!s.found)
		complain("no plug-in found");
	return s.found && !s.bad ? DONE : FAILED;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * algctl plugin load, replace, unload, show, check, dump
 */
#include "apply.h"
#include "compile.h"
#include "out.h"
#include "show.h"

typedef int (*apply_fn)(struct journal *j, const struct source *src);

/* Compiles all files before loading the first; loads all files or none. */
static int load_all(const struct args *args, apply_fn apply)
{
	struct source *src = xalloc(args->n * sizeof(*src));
	struct journal j = { .nl = NULL };
	unsigned int i = 0, n;
	int ret = FAILED;

	for (n = 0; n < args->n; n++)
		if (source_open(args->v[n], &src[n]))
			break;
	if (n == args->n)
		j.nl = nl_open();
	if (j.nl) {
		journal_begin(&j);
		while (i < n && !journal_interrupted() && !apply(&j, &src[i]))
			if (++i < n)
				progress("plug-ins", i, n);
		progress_end();
		ret = journal_end(&j, i == n);
		nl_close(j.nl);
	}
	while (n)
		source_free(&src[--n]);
	free(src);
	return ret;
}

/**
 * cmd_plugin_load() - algctl plugin load FILE...
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_plugin_load(const struct args *args)
{
	return load_all(args, apply_load);
}

/**
 * cmd_plugin_replace() - algctl plugin replace FILE...
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_plugin_replace(const struct args *args)
{
	return load_all(args, apply_replace);
}

/**
 * cmd_plugin_unload() - algctl plugin unload NAME...
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_plugin_unload(const struct args *args)
{
	struct nl *nl = nl_open();
	struct nlmsghdr *nlh;
	unsigned int i;
	int ret = DONE;

	if (!nl)
		return FAILED;
	for (i = 0; i < args->n; i++) {
		nlh = nl_prepare(nl, ALGATE_CMD_PLUGIN_UNLOAD);
		mnl_attr_put_strz(nlh, ALGATE_A_NAME, args->v[i]);
		if (nl_talk(nl, nlh, 0, NULL, NULL))
			ret = nl_fail(nl, args->v[i]);
	}
	nl_close(nl);
	return ret;
}

/* The words from the fourth on are a list or pairs. */
static int choice_values(const struct args *args, struct choice *choice)
{
	unsigned int i;
	int err = 0;

	choice->map.n = 0;
	if (!strcmp(args->v[1], "map")) {
		choice->kind = CHOICE_MAP;
		for (i = 3; i < args->n && !err; i++)
			err = map_parse(args->v[i], &choice->map);
		return err;
	}
	choice->kind = CHOICE_LIST;
	if (!strcmp(args->v[1], "param") && args->n == 4)
		return list_parse(&list_of_numbers, args->v[3], &choice->list);
	complain("'%s': a class has peer or any, a parameter the word param and a list, a map the word map and pairs",
		 args->v[1]);
	return -1;
}

/**
 * choice_parse() - read the arguments of plugin set
 * @args: arguments
 * @choice: filled in
 *
 * Return: 0, or -1 after a message.
 */
int choice_parse(const struct args *args, struct choice *choice)
{
	bool values = args->n > 3;
	const char *name = args->v[1 + values], *word = args->v[2];

	if (strlen(args->v[0]) >= ALGATE_NAME_LEN ||
	    strlen(name) >= ALGATE_NAME_LEN) {
		complain("a name has at most %d characters",
			 ALGATE_NAME_LEN - 1);
		return -1;
	}
	snprintf(choice->plugin, sizeof(choice->plugin), "%s", args->v[0]);
	snprintf(choice->name, sizeof(choice->name), "%s", name);
	if (values)
		return choice_values(args, choice);
	choice->kind = CHOICE_HOSTS;
	if (strcmp(word, "peer") && strcmp(word, "any")) {
		complain("the hosts are peer or any, not '%s'", word);
		return -1;
	}
	choice->from = strcmp(word, "any") ? ALGATE_FROM_PEER : ALGATE_FROM_ANY;
	return 0;
}

/**
 * cmd_plugin_set() - algctl plugin set NAME CLASS peer|any,
 *	algctl plugin set NAME param PARAM LIST, and
 *	algctl plugin set NAME map MAP PAIR...
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_plugin_set(const struct args *args)
{
	struct journal j = { .nl = NULL };
	struct choice choice;
	int err;

	if (choice_parse(args, &choice))
		return MISUSED;
	j.nl = nl_open();
	if (!j.nl)
		return FAILED;
	err = apply_choice(&j, &choice);
	journal_free(&j);
	nl_close(j.nl);
	return err ? FAILED : DONE;
}

/* @steps: of the longest path through the rules, see algate_prog.steps */
static void print_cost(u32 insns, u32 steps)
{
	out_num("instructions", " instructions ", insns);
	out_num("steps", " steps ", steps);
}

/* Classes whose openings serve the peer alone */
static void print_narrow(const struct nlattr *nest)
{
	const struct nlattr *attr;
	bool any = false;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) != ALGATE_PLUGIN_PEER)
			continue;
		if (!any)
			out_array_begin("peer");
		out_str("", any ? "," : " peer ", mnl_attr_get_str(attr));
		any = true;
	}
	if (any)
		out_array_end();
}

/* Lists that the administrator may fill */
static void print_params(const struct nlattr *nest)
{
	const struct nlattr *attr;
	char text[LIST_LEN];
	struct list list;
	bool any = false;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) != ALGATE_PLUGIN_PARAM)
			continue;
		if (!any)
			out_array_begin("params");
		any = true;
		out_object_begin(NULL);
		out_str("name", " param ", attr_param(attr, &list));
		out_str("list", " ", list_text(&list, "any", text));
		out_object_end();
	}
	if (any)
		out_array_end();
}

/* Maps that the administrator may fill */
static void print_maps(const struct nlattr *nest)
{
	const struct nlattr *attr;
	char text[MAP_LEN];
	struct map map;
	bool any = false;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) != ALGATE_PLUGIN_MAP)
			continue;
		if (!any)
			out_array_begin("maps");
		any = true;
		out_object_begin(NULL);
		out_str("name", " map ", attr_map(attr, &map));
		out_str("pairs", " ", map_text(&map, text));
		out_object_end();
	}
	if (any)
		out_array_end();
}

/**
 * plugin_print() - print a loaded plug-in
 * @nest: its attributes
 */
void plugin_print(const struct nlattr *nest)
{
	const struct nlattr *tb[ALGATE_PLUGIN_MAX + 1];

	attr_nest(nest, tb, ALGATE_PLUGIN_MAX);
	out_str("plugin", "", attr_str(tb[ALGATE_PLUGIN_NAME]));
	out_num("generation", " generation ",
		attr_num(tb[ALGATE_PLUGIN_GENERATION]));
	out_num("flows", " flows ", attr_num(tb[ALGATE_PLUGIN_FLOWS]));
	if (tb[ALGATE_PLUGIN_REFS])
		out_num("references", " references ",
			attr_num(tb[ALGATE_PLUGIN_REFS]));
	print_cost(attr_num(tb[ALGATE_PLUGIN_INSNS]),
		   attr_num(tb[ALGATE_PLUGIN_STEPS]));
	print_narrow(nest);
	print_params(nest);
	print_maps(nest);
	if (*attr_str(tb[ALGATE_PLUGIN_TITLE])) {
		out_str("title", " \"", attr_str(tb[ALGATE_PLUGIN_TITLE]));
		out_text("\"");
	}
}

static void list_one(const struct nlattr *nest, void *arg)
{
	(void)arg;
	out_object_begin(NULL);
	plugin_print(nest);
	out_text("\n");
	out_object_end();
}

static int list_all(struct nl *nl)
{
	int err;

	out_list_begin();
	err = nl_dump(nl, nl_prepare(nl, ALGATE_CMD_PLUGIN_GET),
		      ALGATE_A_PLUGIN, list_one, NULL);
	out_list_end();
	return err ? nl_fail(nl, "plugin show") : DONE;
}

/* Does the text compile to the image? */
static bool text_makes_image(const struct source *src)
{
	struct compile_error err;
	size_t len = 0;
	void *again = NULL;
	bool same;

	if (compile_image(src->text, src->len, &again, &len, &err))
		return false;
	same = len == src->image_len && !memcmp(again, src->image, len);
	free(again);
	return same;
}

/* Another version of the compiler may make another program of the same text. */
static int show_source(const struct source *src)
{
	bool mine = !strcmp(src->compiler, algctl_version);
	bool same = mine && text_makes_image(src);

	out_object_begin(NULL);
	out_str("plugin", NULL, src->file);
	out_str("compiler", NULL, src->compiler);
	out_str("text", "", src->text);
	if (mine)
		out_bool("text_makes_image", same);
	out_object_end();
	if (!mine)
		complain("%s: not compared with the loaded program: version %s of the compiler made it, this is %s",
			 src->file, *src->compiler ? src->compiler : "unknown",
			 algctl_version);
	else if (!same)
		complain("%s: the source compiles to a different program",
			 src->file);
	return mine && !same ? FAILED : DONE;
}

static int show_rules(struct nl *nl, const char *name)
{
	struct source src;
	int ret = FAILED;

	if (plugin_get(nl, name, &src))
		return nl_fail(nl, name);
	if (src.text)
		ret = show_source(&src);
	else
		complain("%s: the plug-in was loaded without its source", name);
	source_free(&src);
	return ret;
}

/**
 * cmd_plugin_show() - algctl plugin show [NAME]
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_plugin_show(const struct args *args)
{
	struct nl *nl = nl_open();
	int ret;

	if (!nl)
		return FAILED;
	ret = args->n ? show_rules(nl, args->v[0]) : list_all(nl);
	nl_close(nl);
	return ret;
}

static void error_json(const struct source *src,
		       const struct compile_error *err)
{
	char included[256];
	int line = err->line;

	include_place(src->text, src->len, &line, included, sizeof(included));
	if (*included)
		out_str("included", NULL, included);
	out_num("line", NULL, line);
	out_num("column", NULL, err->column);
	out_str("error", NULL, err->text);
}

static void warnings_json(const struct source *src,
			  const struct compile_error *err)
{
	const struct compile_warning *w = err->warnings;
	unsigned int i;

	if (!err->nwarnings)
		return;
	out_array_begin("warnings");
	for (i = 0; i < err->nwarnings; i++, w++) {
		char included[256];
		int line = w->line;

		include_place(src->text, src->len, &line, included,
			      sizeof(included));
		out_object_begin(NULL);
		if (*included)
			out_str("included", NULL, included);
		out_num("line", NULL, line);
		out_num("column", NULL, w->column);
		out_str("warning", NULL, w->text);
		out_object_end();
	}
	out_array_end();
}

static int check_one(const char *file)
{
	struct compile_error err;
	struct source src;
	int bad;

	if (source_read(file, &src))
		return FAILED;
	bad = source_compile(&src, &err);
	out_object_begin(NULL);
	out_str("file", bad ? NULL : "", src.file);
	out_bool("ok", !bad);
	if (!bad) {
		out_str("plugin", ": plug-in ", src.prog->name);
		print_cost(src.prog->ninsns, src.prog->steps);
		out_num("bytes", " bytes ", src.image_len);
		out_text("\n");
		warnings_json(&src, &err);
		source_warnings_print(&src, &err);
	} else if (bad == -1) {
		error_json(&src, &err);
		source_error_print(&src, &err);
	}
	out_object_end();
	source_free(&src);
	return bad ? FAILED : DONE;
}

/**
 * cmd_plugin_check() - algctl plugin check FILE...
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_plugin_check(const struct args *args)
{
	unsigned int i;
	int ret = DONE;

	out_list_begin();
	for (i = 0; i < args->n; i++)
		if (check_one(args->v[i]) != DONE)
			ret = FAILED;
	out_list_end();
	return ret;
}

static void dump_print(const struct algate_prog *prog)
{
	char *text = NULL, *line, *rest;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		die("out of memory");
	dump_prog(f, prog);
	fclose(f);
	out_object_begin(NULL);
	out_str("plugin", NULL, prog->name);
	out_array_begin("lines");
	for (rest = text; (line = strsep(&rest, "\n")) && (rest || *line);) {
		out_str("", "", line);
		out_text("\n");
	}
	out_array_end();
	out_object_end();
	free(text);
}

static int dump_file(const char *file)
{
	struct source src;

	if (source_open(file, &src))
		return FAILED;
	dump_print(src.prog);
	source_free(&src);
	return DONE;
}

static int dump_loaded(const char *name)
{
	struct nl *nl = nl_open();
	int ret = FAILED;
	struct source src;

	if (!nl)
		return FAILED;
	if (plugin_get(nl, name, &src)) {
		nl_fail(nl, name);
	} else {
		src.prog = image_check(src.image, src.image_len, name);
		if (src.prog) {
			dump_print(src.prog);
			ret = DONE;
		}
		source_free(&src);
	}
	nl_close(nl);
	return ret;
}

/**
 * cmd_plugin_dump() - algctl plugin dump NAME|FILE
 * @args: arguments; a file if a file of this name exists
 *
 * Return: exit code.
 */
int cmd_plugin_dump(const struct args *args)
{
	const char *what = args->v[0];

	if (find_is_file(what))
		return dump_file(what);
	return dump_loaded(what);
}

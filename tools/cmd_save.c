// SPDX-License-Identifier: GPL-2.0
/*
 * algctl save, restore
 *
 * The output of save is a list of commands: limits, then plug-ins with their
 * rules as here-documents, then settings of plug-ins, then attachments. With
 * "algctl" in front of each command, the output is a shell script.
 */
#include "apply.h"
#include "compile.h"
#include "out.h"

#define MAX_WORDS	128
#define SAVED_MAX	(64 * 1024 * 1024)	/* bytes of a file to restore */

/* names of the loaded plug-ins */
struct names {
	unsigned int n;
	char (*name)[ALGATE_NAME_LEN];
};

static void names_add(const struct nlattr *nest, void *arg)
{
	const struct nlattr *tb[ALGATE_PLUGIN_MAX + 1];
	struct names *names = arg;

	attr_nest(nest, tb, ALGATE_PLUGIN_MAX);
	names->name = xrealloc(names->name,
			       (names->n + 1) * sizeof(*names->name));
	snprintf(names->name[names->n++], ALGATE_NAME_LEN, "%s",
		 attr_str(tb[ALGATE_PLUGIN_NAME]));
}

static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);
	const char *at;

	for (at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, line, len) && (!at[len] || at[len] == '\n'))
			return true;
	}
	return false;
}

/* The text must not contain the line that ends the here-document. */
static void print_text(const char *text)
{
	unsigned int i = 0;
	char end[16] = "END";

	while (has_line(text, end))
		snprintf(end, sizeof(end), "END%u", ++i);
	out_text("plugin load - <<'%s'\n%s%s%s\n", end, text,
		 *text && text[strlen(text) - 1] == '\n' ? "" : "\n", end);
}

static int save_plugin(struct nl *nl, const char *name)
{
	struct source src;

	if (plugin_get(nl, name, &src))
		return nl_fail(nl, name);
	if (!src.text) {
		complain("%s: the plug-in was loaded without its source", name);
		source_free(&src);
		return FAILED;
	}
	out_object_begin(NULL);
	out_str("plugin", NULL, name);
	out_str("text", NULL, src.text);
	print_text(src.text);
	out_object_end();
	source_free(&src);
	return DONE;
}

static void save_begin(const char *plugin)
{
	out_object_begin(NULL);
	out_object_begin("set");
	out_str("plugin", "plugin set ", plugin);
}

static void save_end(void)
{
	out_text("\n");
	out_object_end();
	out_object_end();
}

static void save_hosts(const char *plugin, const struct nlattr *attr)
{
	save_begin(plugin);
	out_str("class", " ", mnl_attr_get_str(attr));
	out_str("from", " ", "peer");
	save_end();
}

static void save_list(const char *plugin, const struct nlattr *attr)
{
	char text[LIST_LEN];
	struct list list;
	const char *name = attr_param(attr, &list);

	if (!list.n)
		return;
	save_begin(plugin);
	out_str("param", " param ", name);
	out_str("list", " ", list_text(&list, "any", text));
	save_end();
}

static void save_map(const char *plugin, const struct nlattr *attr)
{
	char text[MAP_LEN];
	struct map map;
	const char *name = attr_map(attr, &map);

	if (!map.n)
		return;
	save_begin(plugin);
	out_str("map", " map ", name);
	out_str("pairs", " ", map_text(&map, text));
	save_end();
}

static void save_choices(const struct nlattr *nest, void *arg)
{
	const struct nlattr *tb[ALGATE_PLUGIN_MAX + 1], *attr;
	const char *plugin;

	(void)arg;
	attr_nest(nest, tb, ALGATE_PLUGIN_MAX);
	plugin = attr_str(tb[ALGATE_PLUGIN_NAME]);
	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case ALGATE_PLUGIN_PEER:
			save_hosts(plugin, attr);
			break;
		case ALGATE_PLUGIN_PARAM:
			save_list(plugin, attr);
			break;
		case ALGATE_PLUGIN_MAP:
			save_map(plugin, attr);
			break;
		}
	}
}

static void save_attachment(const struct nlattr *nest, void *arg)
{
	struct attachment a;

	(void)arg;
	attachment_read(nest, &a);
	out_object_begin(NULL);
	out_object_begin("attach");
	out_text("attach add ");
	attachment_print(&a);
	out_text("\n");
	out_object_end();
	out_object_end();
}

static void save_limits(const struct limits *limits)
{
	unsigned int i;

	out_object_begin(NULL);
	out_object_begin("limits");
	out_text("limit set");
	for (i = 0; limit_keywords[i].name; i++) {
		if (!limits->set[limit_attr[i]])
			continue;
		out_text(" %s", limit_keywords[i].name);
		limit_print(limits, i);
	}
	out_text("\n");
	out_object_end();
	out_object_end();
}

static int save_all(struct nl *nl)
{
	struct names names = { .n = 0 };
	struct limits limits;
	unsigned int i;
	int ret = DONE;

	if (limits_get(nl, &limits) ||
	    nl_dump(nl, nl_prepare(nl, ALGATE_CMD_PLUGIN_GET),
		    ALGATE_A_PLUGIN, names_add, &names)) {
		free(names.name);
		return nl_fail(nl, "save");
	}
	out_list_begin();
	save_limits(&limits);
	for (i = 0; i < names.n && ret == DONE; i++)
		ret = save_plugin(nl, names.name[i]);
	free(names.name);
	if (ret == DONE &&
	    (nl_dump(nl, nl_prepare(nl, ALGATE_CMD_PLUGIN_GET),
		     ALGATE_A_PLUGIN, save_choices, NULL) ||
	     nl_dump(nl, nl_prepare(nl, ALGATE_CMD_ATTACH_GET),
		     ALGATE_A_ATTACH, save_attachment, NULL)))
		ret = nl_fail(nl, "save");
	out_list_end();
	return ret;
}

/**
 * cmd_save() - algctl save
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_save(const struct args *args)
{
	struct nl *nl = nl_open();
	int ret;

	(void)args;
	if (!nl)
		return FAILED;
	ret = save_all(nl);
	nl_close(nl);
	return ret;
}

/* a command of a file to restore */
struct step {
	struct step *next;
	int (*run)(const struct args *args);
	struct source src;
	struct attachment attachment;
	struct limits limits;
	struct choice choice;
};

/* a file being read */
struct reader {
	const char *file;
	char *text;
	size_t len;
	char *at;
	int line;
};

/* The next line, without its line end; NULL at the end of the file */
static char *line_next(struct reader *r)
{
	char *line = r->at, *end;

	if (!*line)
		return NULL;
	end = strchrnul(line, '\n');
	r->at = *end ? end + 1 : end;
	*end = 0;
	r->line++;
	return line;
}

static int split_words(char *line, char **word)
{
	int n = 0;
	char *w;

	while ((w = strsep(&line, " \t\r")) && n < MAX_WORDS)
		if (*w)
			word[n++] = w;
	return n;
}

/* @before: number of the file's lines in front of the text */
static void text_complain(const char *file, int before,
			  const struct source *src, struct compile_error *err)
{
	size_t len = before + src->len;
	char *text = xalloc(len);

	memset(text, '\n', before);
	memcpy(text + before, src->text, src->len);
	err->line += before;
	compile_error_print(stderr, file, text, len, err);
	free(text);
}

/* Reads a here-document; @word: its end line after <<, perhaps quoted */
static int read_text(struct reader *r, const char *word, struct source *src)
{
	int first = r->line, len = strlen(word) - 2;
	struct compile_error err;
	char *line, *start = r->at;
	const char *end = word + 2;

	if (len > 2 && *end == '\'' && end[len - 1] == '\'') {
		end++;
		len -= 2;
	}
	do {
		line = line_next(r);
		if (!line) {
			complain("%s:%d: the here-document does not end", r->file,
				 first);
			return -1;
		}
		/* line_next() replaced the line end by a NUL */
		if (line != start)
			line[-1] = '\n';
	} while (len != (int)strlen(line) || strncmp(line, end, len));
	*src = (struct source){ .file = r->file, .len = line - start };
	src->text = xalloc(src->len + 1);
	memcpy(src->text, start, src->len);
	switch (source_compile(src, &err)) {
	case 0:
		return 0;
	case -1:
		text_complain(r->file, first, src, &err);
	}
	return -1;
}

static int step_read(struct reader *r, int argc, char **argv, struct step *s)
{
	const struct command *cmd;
	struct args args;

	cmd = tree_find(&argc, &argv);
	if (!cmd)
		return -1;
	s->run = cmd->run;
	if (s->run == cmd_plugin_load && argc == 2 && !strcmp(argv[0], "-") &&
	    !strncmp(argv[1], "<<", 2) && argv[1][2])
		return read_text(r, argv[1], &s->src);
	if (tree_args(cmd, argc, argv, &args))
		return -1;
	if (s->run == cmd_plugin_load && args.n == 1 && strcmp(args.v[0], "-"))
		return source_open(args.v[0], &s->src);
	if (s->run == cmd_attach_add)
		return attachment_parse(&args, &s->attachment);
	if (s->run == cmd_limit_set)
		return limits_parse(&args, &s->limits);
	if (s->run == cmd_plugin_set)
		return choice_parse(&args, &s->choice);
	complain("only 'limit set', 'plugin set', 'plugin load' of one file or of <<WORD, and 'attach add' can be restored");
	return -1;
}

static void steps_free(struct step *s)
{
	while (s) {
		struct step *next = s->next;

		source_free(&s->src);
		free(s);
		s = next;
	}
}

/* 0, or -1 after a message */
static int steps_read(struct reader *r, struct step **first)
{
	struct step **end = first;
	char *word[MAX_WORDS];
	char *line;
	int n, at;

	while ((line = line_next(r))) {
		at = r->line;
		n = split_words(line, word);
		if (!n || *word[0] == '#')
			continue;
		*end = xalloc(sizeof(**end));
		if (step_read(r, n, word, *end)) {
			complain("%s:%d: this line is invalid; nothing was changed",
				 r->file, at);
			return -1;
		}
		end = &(*end)->next;
	}
	return 0;
}

static int step_apply(struct journal *j, const struct step *s)
{
	if (s->run == cmd_plugin_load)
		return apply_ensure(j, &s->src);
	if (s->run == cmd_attach_add)
		return apply_attach(j, &s->attachment, true);
	if (s->run == cmd_plugin_set)
		return apply_choice(j, &s->choice);
	return apply_limits(j, &s->limits);
}

static int restore_all(const struct step *s)
{
	struct journal j = { .nl = nl_open() };
	size_t n = 0;
	int ret, err = 0;

	if (!j.nl)
		return FAILED;
	journal_begin(&j);
	for (; s && !err && !journal_interrupted(); s = s->next) {
		err = step_apply(&j, s);
		progress("commands", ++n, 0);
	}
	progress_end();
	ret = journal_end(&j, !s && !err);
	if (err)
		complain("all changes before that are undone");
	nl_close(j.nl);
	return ret;
}

/**
 * cmd_restore() - algctl restore FILE
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_restore(const struct args *args)
{
	struct reader r = { .file = args->v[0] };
	struct step *steps = NULL;
	int ret = FAILED;

	r.text = file_read(r.file, SAVED_MAX, &r.len);
	if (!r.text)
		return FAILED;
	r.at = r.text;
	if (!steps_read(&r, &steps))
		ret = restore_all(steps);
	steps_free(steps);
	free(r.text);
	return ret;
}

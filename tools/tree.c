// SPDX-License-Identifier: GPL-2.0
/*
 * Parsing, help and completion, all from the command tree.
 */
#include <ctype.h>
#include <net/if.h>

#include "algctl.h"
#include "nl.h"

#define PATH_LEN	64

/* the commands found by descend(), for messages */
static char path[PATH_LEN];

static void path_add(const char *word)
{
	size_t n = strlen(path);

	snprintf(path + n, sizeof(path) - n, " %s", word);
}

static void say_misuse(const char *what, const char *word)
{
	complain("%s '%s'; 'algctl%s -h' helps", what, word, path);
}

/* one word of an argument list */
struct token {
	const char *alt;	/* alternatives, separated by | */
	int len;
	bool optional;
	bool repeated;
};

static bool token_next(const char **list, struct token *t)
{
	const char *p = *list;

	if (!p || !*p)
		return false;
	t->len = strcspn(p, " ");
	*list = p + t->len + (p[t->len] == ' ');
	t->optional = *p == '[';
	if (t->optional) {
		p++;
		t->len -= 2;
	}
	t->repeated = t->len > 3 && !strncmp(p + t->len - 3, "...", 3);
	if (t->repeated)
		t->len -= 3;
	t->alt = p;
	return true;
}

/* calls @fn for each alternative of @t until it returns true */
static bool token_any(const struct token *t,
		      bool (*fn)(const char *alt, int len, const char *word),
		      const char *word)
{
	const char *p = t->alt, *end = t->alt + t->len;

	while (p < end) {
		const char *bar = memchr(p, '|', end - p);
		int len = (bar ?: end) - p;

		if (fn(p, len, word))
			return true;
		p += len + 1;
	}
	return false;
}

/* An alternative in capitals takes any word, others only themselves. */
static bool alternative_takes(const char *alt, int len, const char *word)
{
	if (isupper(*alt))
		return true;
	return (int)strlen(word) == len && !strncmp(alt, word, len);
}

static bool token_check(const struct token *t, const char *word)
{
	if (token_any(t, alternative_takes, word))
		return true;
	complain("%.*s is needed, not '%s'; 'algctl%s -h' helps", t->len,
		 t->alt, word, path);
	return false;
}

static bool value_check(const char *value, const char *word)
{
	struct token t;

	return token_next(&value, &t) && token_check(&t, word);
}

/*
 * Finds the command with this name or unambiguous abbreviation, or with this
 * alias.
 */
static const struct command *level_find(const struct command *level,
					const char *word, bool *ambiguous)
{
	const struct command *c, *found = NULL;
	size_t len = strlen(word);

	*ambiguous = false;
	for (c = level; len && c->name; c++) {
		if (strncmp(c->name, word, len))
			continue;
		if (!c->name[len])
			return c;
		*ambiguous = found;
		found = c;
	}
	if (found)
		return *ambiguous ? NULL : found;
	for (c = level; len && c->name; c++)
		if (c->alias && !strncmp(c->alias, word, len))
			return c;
	return NULL;
}

/*
 * Descends the tree by the words. Returns NULL after a message, or the last
 * command, which is not a leaf if there are not enough words.
 */
static const struct command *descend(int *argc, char ***argv)
{
	const struct command *c = &tree_root;
	bool ambiguous;

	path[0] = 0;
	while (c->sub && *argc) {
		c = level_find(c->sub, **argv, &ambiguous);
		if (!c) {
			say_misuse(ambiguous ? "ambiguous command" :
					       "unknown command", **argv);
			return NULL;
		}
		path_add(c->name);
		(*argc)--;
		(*argv)++;
	}
	return c;
}

/**
 * tree_find() - find a command by its words
 * @argc: number of words; reduced by the words of the command
 * @argv: the words; advanced likewise
 *
 * Return: a leaf of the tree, or NULL after a message.
 */
const struct command *tree_find(int *argc, char ***argv)
{
	const struct command *c = descend(argc, argv);

	if (c && c->sub) {
		complain("a command is missing; 'algctl%s -h' lists them",
			 path);
		return NULL;
	}
	return c;
}

static const char *without_dashes(const char *name)
{
	return name + (strncmp(name, "--", 2) ? 0 : 2);
}

/* Index of the keyword for @word; -1: none, -2: ambiguous */
static int keyword_find(const struct keyword *table, const char *word)
{
	const char *name = without_dashes(word);
	size_t len = strlen(name);
	int i, found = -1;

	for (i = 0; table && len && table[i].name; i++) {
		/* a switch needs its dashes: a plug-in may have its name */
		if (!table[i].value && name == word)
			continue;
		if (strncmp(without_dashes(table[i].name), name, len))
			continue;
		if (!without_dashes(table[i].name)[len])
			return i;
		found = found == -1 ? i : -2;
	}
	return found;
}

/* Takes a keyword and its value: number of words; 0: no keyword, -1: error */
static int args_keyword(const struct command *cmd, int argc, char **argv,
			struct args *args)
{
	const struct keyword *k;
	int i = keyword_find(cmd->keywords, *argv);

	if (i == -1)
		return 0;
	if (i < 0) {
		say_misuse("ambiguous word", *argv);
		return -1;
	}
	k = &cmd->keywords[i];
	if (args->kw[i]) {
		say_misuse("given twice:", k->name);
		return -1;
	}
	if (!k->value) {
		args->kw[i] = k->name;
		return 1;
	}
	if (argc < 2) {
		complain("%s %s: the value is missing; 'algctl%s -h' helps",
			 k->name, k->value, path);
		return -1;
	}
	if (!value_check(k->value, argv[1]))
		return -1;
	args->kw[i] = argv[1];
	return 2;
}

/**
 * tree_args() - parse a command's arguments
 * @cmd: command, from the last call of tree_find()
 * @argc: number of words
 * @argv: the words; reordered in place
 * @args: filled in
 *
 * Return: 0, or -1 after a message.
 */
int tree_args(const struct command *cmd, int argc, char **argv,
	      struct args *args)
{
	const char *list = cmd->args;
	struct token t = { .repeated = false };
	bool more = token_next(&list, &t);
	int taken;

	*args = (struct args){ .v = argv };
	while (argc) {
		bool due = more && !t.optional &&
			   !(t.repeated && args->n);

		if (!due || !strncmp(*argv, "--", 2)) {
			taken = args_keyword(cmd, argc, argv, args);
			if (taken < 0)
				return -1;
			argc -= taken;
			argv += taken;
			if (taken)
				continue;
		}
		if (!more || (**argv == '-' && (*argv)[1])) {
			say_misuse("unexpected word", *argv);
			return -1;
		}
		if (!token_check(&t, *argv))
			return -1;
		args->v[args->n++] = *argv++;
		argc--;
		if (!t.repeated)
			more = token_next(&list, &t);
	}
	if (more && !t.optional && !(t.repeated && args->n)) {
		complain("%.*s is missing; 'algctl%s -h' helps", t.len, t.alt,
			 path);
		return -1;
	}
	return 0;
}

static void help_leaf(const struct command *c)
{
	const struct keyword *k;
	int width = 0, n;

	printf("Usage: algctl%s%s%s", path, c->args ? " " : "", c->args ?: "");
	for (k = c->keywords; k && k->name; k++) {
		printf(" [%s%s%s]", k->name, k->value ? " " : "",
		       k->value ?: "");
		n = strlen(k->name) + (k->value ? strlen(k->value) + 1 : 0);
		if (n > width)
			width = n;
	}
	printf("\n\n%c%s.\n", toupper(c->help[0]), c->help + 1);
	if (c->keywords)
		putchar('\n');
	for (k = c->keywords; k && k->name; k++) {
		n = printf("  %s%s%s", k->name, k->value ? " " : "",
			   k->value ?: "");
		printf("%*s%s\n", width + 4 - n, "", k->help);
	}
}

static void help_level(const struct command *c)
{
	const struct command *s;

	printf("Usage: algctl [-j]%s COMMAND ...\n\n%c%s.\n\n", path,
	       toupper(c->help[0]), c->help + 1);
	for (s = c->sub; s->name; s++) {
		int n = printf("  %s%s%s%s%s", s->name, s->alias ? "|" : "",
			       s->alias ?: "", s->args ? " " : "",
			       s->args ?: "");

		printf("%*s%s\n", n < 30 ? 30 - n : 2, "", s->help);
	}
	if (c != &tree_root)
		return;
	puts("  help [COMMAND]              help on a command, as -h\n"
	     "\nOptions, anywhere:\n"
	     "  -h, --help      help on the command in front of the option\n"
	     "  -j, --json      print JSON\n"
	     "  -V, --version   print the version\n"
	     "  --              end of the options\n"
	     "\nCommands may be abbreviated.\n"
	     "Exit status: 0 success, 1 failure, 2 usage error.");
}

/**
 * tree_take_help() - remove the word "help" in the place of a command
 * @argc: number of words; reduced by 1 if the word is there
 * @argv: the words
 *
 * "help" may also follow a command that takes no argument.
 *
 * Return: true if the word was there.
 */
bool tree_take_help(int *argc, char **argv)
{
	const struct command *c = &tree_root;
	bool ambiguous;
	int i;

	for (i = 0; c && i < *argc && (c->sub || !c->args); i++) {
		if (!strcmp(argv[i], "help")) {
			memmove(argv + i, argv + i + 1,
				(--*argc - i) * sizeof(*argv));
			return true;
		}
		c = c->sub ? level_find(c->sub, argv[i], &ambiguous) : NULL;
	}
	return false;
}

/**
 * tree_help() - print the help on a command
 * @argc: number of words
 * @argv: words of the command, and perhaps of its arguments
 *
 * Return: exit code.
 */
int tree_help(int argc, char **argv)
{
	const struct command *c = descend(&argc, &argv);

	if (!c)
		return MISUSED;
	if (c->sub)
		help_level(c);
	else
		help_leaf(c);
	return DONE;
}

static void offer(const char *word, int len, const char *start)
{
	if (!strncmp(word, start, strlen(start)))
		printf("%.*s\n", len, word);
}

static void offer_devices(const char *start)
{
	struct if_nameindex *list = if_nameindex(), *i;

	for (i = list; i && i->if_name; i++)
		offer(i->if_name, strlen(i->if_name), start);
	if (list)
		if_freenameindex(list);
}

static void offer_rules(const char *path, void *start)
{
	const char *name = strrchr(path, '/') + 1;

	offer(name, strrchr(name, '.') - name, start);
}

/* Files, and plug-ins in the standard folders */
static void offer_files(const char *start)
{
	puts(":file");
	find_each(offer_rules, (void *)start);
}

/* The shell completes names of files. */
static bool alternative_offer(const char *alt, int len, const char *start)
{
	if (!isupper(*alt))
		offer(alt, len, start);
	else if (!strncmp(alt, "CAPTURE", len) || !strncmp(alt, "SAVED", len))
		puts(":file");
	else if (!strncmp(alt, "FILE", len))
		offer_files(start);
	else if (!strncmp(alt, "PLUGIN", len) || !strncmp(alt, "NAME", len))
		nl_plugin_names(offer, start);
	else if (!strncmp(alt, "DEV", len))
		offer_devices(start);
	return false;
}

static void complete_leaf(const struct command *c, int argc, char **argv)
{
	const char *list = c->args, *word = argv[argc - 1];
	const struct keyword *k;
	struct token t = { .repeated = false };
	bool more = token_next(&list, &t), first = true;
	int i, at;

	for (i = 0; i < argc - 1; i++) {
		bool due = more && !t.optional && !(t.repeated && !first);

		at = due ? -1 : keyword_find(c->keywords, argv[i]);
		if (at < 0) {
			first = false;
			if (!t.repeated)
				more = token_next(&list, &t);
		} else if (c->keywords[at].value && ++i == argc - 1) {
			list = c->keywords[at].value;
			if (token_next(&list, &t))
				token_any(&t, alternative_offer, word);
			return;
		}
	}
	if (more)
		token_any(&t, alternative_offer, word);
	if (more && !t.optional && !(t.repeated && !first))
		return;
	for (k = c->keywords; k && k->name; k++)
		offer(k->name, strlen(k->name), word);
}

/**
 * tree_complete() - print the possible completions of the last word
 * @argc: number of words
 * @argv: words after "algctl", the last word incomplete or empty
 *
 * A line ":file" makes the shell complete names of files.
 */
void tree_complete(int argc, char **argv)
{
	static const char * const option[] = { "--help", "--json", "--version" };
	const struct command *c = &tree_root;
	bool ambiguous;
	unsigned int i;

	if (!argc)
		return;
	for (i = 0; i < ARRAY_SIZE(option); i++)
		if (argv[argc - 1][0] == '-')
			offer(option[i], strlen(option[i]), argv[argc - 1]);
	if (argc > 1 && !strcmp(*argv, "help")) {
		argc--;
		argv++;
	} else if (argc == 1) {
		offer("help", 4, *argv);
	}
	while (c->sub && argc > 1) {
		if (**argv != '-')
			c = level_find(c->sub, *argv, &ambiguous);
		if (!c)
			return;
		argc--;
		argv++;
	}
	if (!c->sub) {
		complete_leaf(c, argc, argv);
		return;
	}
	for (c = c->sub; c->name; c++)
		offer(c->name, strlen(c->name), *argv);
}

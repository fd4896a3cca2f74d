// SPDX-License-Identifier: GPL-2.0
/*
 * algctl plugin sync
 *
 * The loaded plug-ins follow a folder: new and changed rule files are loaded,
 * and the plug-ins of removed files are unloaded. A list in /run has the
 * plug-ins that came from the folder, so other plug-ins stay.
 */
#include <unistd.h>

#include "apply.h"
#include "out.h"

#define RUN	"/run/algate"
#define LIST	"plugins"

/* a line of the list: plug-in and rule file */
struct origin {
	struct origin *next;
	char name[ALGATE_NAME_LEN];
	char *path;
};

struct sync {
	struct journal j;
	struct origin *before;
	struct origin *now;
	int ret;
};

static void origin_add(struct origin **list, const char *name, const char *path)
{
	struct origin *o = xalloc(sizeof(*o));

	snprintf(o->name, sizeof(o->name), "%.15s", name);
	o->path = strdup(path);
	if (!o->path)
		die("out of memory");
	o->next = *list;
	*list = o;
}

static void origins_free(struct origin *o)
{
	while (o) {
		struct origin *next = o->next;

		free(o->path);
		free(o);
		o = next;
	}
}

static const struct origin *origin_find(const struct origin *o,
					const char *name, const char *path)
{
	for (; o; o = o->next)
		if ((!name || !strcmp(o->name, name)) &&
		    (!path || !strcmp(o->path, path)))
			return o;
	return NULL;
}

static const char *run_folder(void)
{
	const char *folder = getenv("RUNTIME_DIRECTORY");

	return folder && *folder ? folder : RUN;
}

/* No list: nothing came from the folder since the boot. */
static struct origin *list_read(void)
{
	struct origin *list = NULL;
	char path[256], line[4096], *blank;
	FILE *f;

	snprintf(path, sizeof(path), "%s/" LIST, run_folder());
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		blank = strchr(line, ' ');
		if (!blank)
			continue;
		*blank = 0;
		origin_add(&list, line, blank + 1);
	}
	if (f)
		fclose(f);
	return list;
}

/* Replaces the list at once; 0, or -1 after a message */
static int list_write(const struct origin *o)
{
	char path[256], new[sizeof(path) + 4];
	bool bad;
	FILE *f;

	snprintf(path, sizeof(path), "%s/" LIST, run_folder());
	snprintf(new, sizeof(new), "%s.new", path);
	f = fopen(new, "we");
	for (; f && o; o = o->next)
		fprintf(f, "%s %s\n", o->name, o->path);
	bad = !f || ferror(f);
	if (f && fclose(f))
		bad = true;
	if (!bad && !rename(new, path))
		return 0;
	complain("%s: %s", path, strerror(errno));
	return -1;
}

/* A file that cannot be loaded keeps its present plug-in. */
static void file_sync(const char *path, void *arg)
{
	const struct origin *old;
	struct sync *s = arg;
	struct source src;
	bool good;

	if (journal_interrupted())
		return;
	good = !source_open(path, &src);
	if (good && origin_find(s->now, src.prog->name, NULL)) {
		complain("%s: another file has the plug-in %s", path,
			 src.prog->name);
		source_free(&src);
		good = false;
	}
	if (good) {
		good = !apply_ensure(&s->j, &src);
		if (good)
			origin_add(&s->now, src.prog->name, path);
		source_free(&src);
	}
	if (good)
		return;
	s->ret = FAILED;
	old = origin_find(s->before, NULL, path);
	if (old && !origin_find(s->now, old->name, NULL))
		origin_add(&s->now, old->name, path);
}

/* Unloads the plug-ins whose files are gone. */
static void gone_unload(struct sync *s)
{
	struct nl *nl = s->j.nl;
	const struct origin *o;
	struct nlmsghdr *nlh;
	int err;

	for (o = s->before; o; o = o->next) {
		if (origin_find(s->now, o->name, NULL))
			continue;
		nlh = nl_prepare(nl, ALGATE_CMD_PLUGIN_UNLOAD);
		mnl_attr_put_strz(nlh, ALGATE_A_NAME, o->name);
		err = nl_talk(nl, nlh, 0, NULL, NULL);
		if (!err || err == -ENOENT)
			continue;
		s->ret = nl_fail(nl, o->name);
		origin_add(&s->now, o->name, o->path);
	}
}

/**
 * cmd_plugin_sync() - algctl plugin sync FOLDER
 * @args: arguments
 *
 * Return: exit code.
 */
int cmd_plugin_sync(const struct args *args)
{
	struct sync s = { .ret = DONE };
	bool interrupted;

	if (access(args->v[0], R_OK | X_OK)) {
		complain("%s: %s", args->v[0], strerror(errno));
		return FAILED;
	}
	s.j.nl = nl_open();
	if (!s.j.nl)
		return FAILED;
	s.before = list_read();
	journal_begin(&s.j);
	find_folder(args->v[0], file_sync, &s);
	interrupted = journal_interrupted();
	if (!interrupted) {
		gone_unload(&s);
		if (list_write(s.now))
			s.ret = FAILED;
	}
	journal_end(&s.j, !interrupted);
	origins_free(s.before);
	origins_free(s.now);
	nl_close(s.j.nl);
	return s.ret;
}

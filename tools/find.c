// SPDX-License-Identifier: GPL-2.0
/*
 * Finds rule files in the standard folders: the administrator's plug-ins, then
 * the library. ALGATE_PATH replaces the folders.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "algctl.h"

#define FOLDERS	"/etc/algate/plugins.d:" LIBRARY

/* a list of folders, separated by colons */
static const char *folders(void)
{
	const char *list = getenv("ALGATE_PATH");

	return list && *list ? list : FOLDERS;
}

/* The next folder of the list, for free(), or NULL */
static char *folder_next(const char **list)
{
	size_t len = strcspn(*list, ":");
	char *folder;

	if (!len)
		return NULL;
	folder = strndup(*list, len);
	if (!folder)
		die("out of memory");
	*list += len + ((*list)[len] == ':');
	return folder;
}

static bool is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

/**
 * find_is_file() - does a word name a file, rather than a plug-in?
 * @word: the word
 *
 * Return: true for "-", for a word with a slash, and for an existing file.
 */
bool find_is_file(const char *word)
{
	return !strcmp(word, "-") || strchr(word, '/') || is_file(word);
}

/**
 * find_beside() - find the rule file of a plug-in that another one names
 * @file: rule file of the other plug-in
 * @name: name of the plug-in
 *
 * The folder of @file goes before the standard folders.
 *
 * Return: name of the file, for free(); NULL: there is none.
 */
char *find_beside(const char *file, const char *name)
{
	const char *slash = strrchr(file, '/'), *list = folders();
	char *folder = strndup(file, slash ? slash + 1 - file : 0), *path;

	do {
		size_t len = folder ? strlen(folder) : 0;

		if (!folder ||
		    asprintf(&path, "%s%s%s.alg", folder,
			     len && folder[len - 1] != '/' ? "/" : "",
			     name) < 0)
			die("out of memory");
		free(folder);
		if (is_file(path))
			return path;
		free(path);
	} while ((folder = folder_next(&list)));
	return NULL;
}

/**
 * find_file() - find a rule file
 * @word: name of a file or of a plug-in
 *
 * Return: name of the file, for free(); NULL after a message.
 */
char *find_file(const char *word)
{
	const char *list = folders();
	size_t len = strlen(word);
	bool suffix = len > 4 && !strcmp(word + len - 4, ".alg");
	char *folder, *path;

	if (find_is_file(word)) {
		path = strdup(word);
		if (!path)
			die("out of memory");
		return path;
	}
	while ((folder = folder_next(&list))) {
		if (asprintf(&path, "%s/%s%s", folder, word,
			     suffix ? "" : ".alg") < 0)
			die("out of memory");
		free(folder);
		if (is_file(path))
			return path;
		free(path);
	}
	complain("%s: no such file, and no %s%s in %s", word, word,
		 suffix ? "" : ".alg", folders());
	return NULL;
}

static int is_rules(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return *d->d_name != '.' && len > 4 &&
	       !strcmp(d->d_name + len - 4, ".alg");
}

/**
 * find_folder() - find the rule files of a folder
 * @folder: its name
 * @fn: called for each file, in the order of their names
 * @arg: passed to @fn
 */
void find_folder(const char *folder, void (*fn)(const char *path, void *arg),
		 void *arg)
{
	struct dirent **list;
	int i, n = scandir(folder, &list, is_rules, alphasort);
	char *path;

	for (i = 0; i < n; i++) {
		if (asprintf(&path, "%s/%s", folder, list[i]->d_name) < 0)
			die("out of memory");
		fn(path, arg);
		free(path);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

/**
 * find_each() - find all rule files of the standard folders
 * @fn: called for each file, in the order in which find_file() looks
 * @arg: passed to @fn
 */
void find_each(void (*fn)(const char *path, void *arg), void *arg)
{
	const char *list = folders();
	char *folder;

	while ((folder = folder_next(&list))) {
		find_folder(folder, fn, arg);
		free(folder);
	}
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What an administrator gives to a plug-in in a namespace: lists (param.c) and
 * maps (map.c). A program and its replacement know each of them by the same
 * index.
 */
#include "algate.h"
#include "control.h"

/**
 * algate_setting_find() - look up a list or map by its name
 * @setting: declarations of a program
 * @n: number of declarations
 * @name: name
 *
 * Context: any.
 *
 * Return: the index; -ENOENT.
 */
int algate_setting_find(const struct algate_setting *setting, unsigned int n,
			const char *name)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!strcmp(setting[i].name, name))
			return i;
	return -ENOENT;
}

/**
 * algate_settings_kept() - can a program take over the lists or maps of another?
 * @old: declarations of a program
 * @nold: number of declarations
 * @new: declarations of its successor
 * @nnew: number of declarations
 *
 * Context: any.
 *
 * Return: true if @new begins with @old, and what was given to @old fits.
 */
bool algate_settings_kept(const struct algate_setting *old, unsigned int nold,
			  const struct algate_setting *new, unsigned int nnew)
{
	unsigned int i;

	for (i = 0; i < nold; i++)
		if (i >= nnew || strcmp(old[i].name, new[i].name) ||
		    old[i].max > new[i].max)
			return false;
	return true;
}

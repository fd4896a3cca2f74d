// SPDX-License-Identifier: GPL-2.0
/*
 * The versions of algctl and of the module in the kernel. Both work together
 * if they differ, as after an upgrade of the packages.
 */
#include <stdio.h>
#include <string.h>

#include "algctl.h"

const char algctl_version[] = VERSION;

/* Reads the version of the module in the kernel; false without a module. */
static bool module_version(char *text, int len)
{
	FILE *f = fopen("/sys/module/algate/version", "re");
	bool found;

	if (!f)
		return false;
	found = fgets(text, len, f);
	fclose(f);
	if (found)
		text[strcspn(text, "\n")] = 0;
	return found;
}

/**
 * version_print() - print the versions of algctl and of the module
 *
 * Without a module, there is only the line of algctl.
 */
void version_print(void)
{
	char module[32];

	printf("algctl %s\n", algctl_version);
	if (module_version(module, sizeof(module)))
		printf("module %s\n", module);
}

/**
 * version_compare() - print a message if the module has another version
 *
 * Context: prints at most a single message per run.
 */
void version_compare(void)
{
	static bool done;
	char module[32];

	if (done)
		return;
	done = true;
	if (module_version(module, sizeof(module)) &&
	    strcmp(module, algctl_version))
		complain("the version is %s, that of the module in the kernel is %s; see UPGRADES in algctl(8)",
			 algctl_version, module);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * When conntrack has a helper of a plug-in's name already, "plugin load" names
 * the module of this helper, its holders, and the commands that remove them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"

/**
 * struct holders - a line of /proc/modules
 * @refs: number of references, with the references of other modules
 * @modules: number of modules that use this module
 * @names: names of these modules, with a space after each name
 */
struct holders {
	unsigned int refs;
	unsigned int modules;
	char names[256];
};

static bool line_parse(const char *line, const char *module, struct holders *h)
{
	char name[64], users[sizeof(h->names)];
	char *p;

	if (sscanf(line, "%63s %*u %u %255s", name, &h->refs, users) != 3 ||
	    strcmp(name, module))
		return false;
	h->modules = 0;
	h->names[0] = '\0';
	/* "-" means no module; a comma follows each name */
	if (!strcmp(users, "-"))
		return true;
	for (p = users; *p; p++) {
		if (*p != ',')
			continue;
		*p = ' ';
		h->modules++;
	}
	strcpy(h->names, users);
	return true;
}

static bool holders_read(const char *module, struct holders *h)
{
	FILE *f = fopen("/proc/modules", "r");
	bool found = false;
	char *line = NULL;
	size_t len = 0;

	if (!f)
		return false;
	while (!found && getline(&line, &len, f) >= 0)
		found = line_parse(line, module, h);
	free(line);
	fclose(f);
	return found;
}

static bool is_used(const char *module)
{
	struct holders h;

	return holders_read(module, &h) && h.refs;
}

/* commands that list the rules which may hold a helper of the kernel */
static const char *rule_commands(void)
{
	bool nft = is_used("nft_ct"), iptables = is_used("xt_CT");

	if (nft && !iptables)
		return "nft list ct helpers";
	if (iptables && !nft)
		return "iptables -t raw -S; ip6tables -t raw -S";
	return "nft list ct helpers; iptables -t raw -S; ip6tables -t raw -S";
}

/* the module of the kernel's helper with this name */
static void module_name(const char *helper, char *module, size_t len)
{
	static const char * const h323[] = { "RAS", "Q.931", "H.245" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(h323); i++)
		if (!strcmp(helper, h323[i]))
			helper = "h323";
	snprintf(module, len, "nf_conntrack_%s", helper);
}

/**
 * conflict_explain() - print the holders of a kernel helper, and commands
 * @name: name of the plug-in that the kernel refused
 *
 * Prints nothing if the module of the helper is not loaded.
 */
void conflict_explain(const char *name)
{
	char module[16 + ALGATE_NAME_LEN];
	struct holders h;

	module_name(name, module, sizeof(module));
	if (!holders_read(module, &h))
		return;
	if (h.refs > h.modules)
		complain("%s: rules hold %s; list them and delete them: %s",
			 name, module, rule_commands());
	complain("%s: unload the kernel's helper: rmmod %s%s", name, h.names,
		 module);
}

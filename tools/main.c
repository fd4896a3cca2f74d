// SPDX-License-Identifier: GPL-2.0
/*
 * algctl - the command line of algate.
 */
#include <ctype.h>
#include <stdarg.h>

#include "algctl.h"
#include "out.h"

/* for the engine: tests make allocations fail, this program does not */
long algate_fail_alloc = -1;

static const struct command plugin_commands[] = {
	{ "load", "FILE...", "compile rule files and load them",
	  .run = cmd_plugin_load },
	{ "replace", "FILE...", "compile rule files and replace loaded plug-ins",
	  .run = cmd_plugin_replace },
	{ "unload", "NAME...", "unload plug-ins",
	  .run = cmd_plugin_unload },
	{ "show", "[NAME]", "list the loaded plug-ins, or print the rules of a plug-in",
	  .alias = "list", .run = cmd_plugin_show },
	{ "search", "[WORD]", "list the rule files in the standard folders",
	  .run = cmd_plugin_search },
	{ "sync", "FOLDER", "load, replace and unload plug-ins as the files of a folder say",
	  .run = cmd_plugin_sync },
	{ "set", "NAME CLASS|param|map HOSTS|PARAM|MAP [LIST|PAIR...]",
	  "choose the hosts that may use a class's openings, or fill a list or a map",
	  .run = cmd_plugin_set },
	{ "check", "FILE...", "compile and verify rule files, nothing more",
	  .run = cmd_plugin_check },
	{ "dump", "NAME|FILE", "print the instructions of a loaded plug-in or of a file",
	  .run = cmd_plugin_dump },
	{ "try", "FILE CAPTURE", "run a rule file on a pcap file and print the effects",
	  .keywords = try_keywords, .run = cmd_plugin_try },
	{}
};

static const struct command attach_commands[] = {
	{ "add", "PLUGIN tcp|udp", "let a plug-in inspect new flows",
	  .keywords = attach_keywords, .run = cmd_attach_add },
	{ "del", "PLUGIN tcp|udp", "delete an attachment; its flows keep the plug-in",
	  .keywords = attach_keywords, .run = cmd_attach_del },
	{ "show", NULL, "list the attachments",
	  .alias = "list", .run = cmd_attach_show },
	{}
};

static const struct command flow_commands[] = {
	{ "show", NULL, "list inspected flows with counters and conntrack state",
	  .keywords = flow_keywords, .alias = "list",
	  .run = cmd_flow_show },
	{ "forget", NULL, "inspect UDP flows again that began with another protocol",
	  .keywords = forget_keywords, .run = cmd_flow_forget },
	{}
};

static const struct command expect_commands[] = {
	{ "show", NULL, "list expectations",
	  .keywords = expect_keywords, .alias = "list",
	  .run = cmd_expect_show },
	{}
};

static const struct command stats_commands[] = {
	{ "show", "[NAME]", "print the nonzero counters of plug-ins",
	  .keywords = stats_keywords, .alias = "list",
	  .run = cmd_stats_show },
	{}
};

static const struct command limit_commands[] = {
	{ "show", NULL, "print the limits of this network namespace",
	  .run = cmd_limit_show },
	{ "set", NULL, "change limits of this network namespace",
	  .keywords = limit_keywords, .run = cmd_limit_set },
	{}
};

static const struct command commands[] = {
	{ "plugin", NULL, "load, check and try plug-ins",
	  .sub = plugin_commands },
	{ "attach", NULL, "select the new flows that plug-ins inspect",
	  .sub = attach_commands },
	{ "flow", NULL, "show inspected flows",
	  .sub = flow_commands },
	{ "expect", NULL, "show expectations",
	  .sub = expect_commands },
	{ "stats", NULL, "show counters",
	  .sub = stats_commands },
	{ "why", "ADDRESS PORT", "say in sentences what happened to the flows of an endpoint",
	  .run = cmd_why },
	{ "monitor", NULL, "print events as they happen",
	  .run = cmd_monitor },
	{ "limit", NULL, "show and change limits",
	  .sub = limit_commands },
	{ "save", NULL, "print plug-ins, attachments and limits as commands for restore",
	  .run = cmd_save },
	{ "restore", "SAVED", "carry out the commands of save, all or nothing; '-' is stdin",
	  .run = cmd_restore },
	{}
};

const struct command tree_root = {
	.help = "control algate, the programmable application layer gateway",
	.sub = commands,
};

/* Removes the options from the words; -1 after a message */
static int take_options(int *argc, char **argv, bool *help, bool *version)
{
	int i, n = 0;

	for (i = 0; i < *argc && strcmp(argv[i], "--"); i++) {
		const char *w = argv[i];

		if (!strcmp(w, "-h") || !strcmp(w, "--help")) {
			*help = true;
		} else if (!strcmp(w, "-j") || !strcmp(w, "--json")) {
			out_json = true;
		} else if (!strcmp(w, "-d")) {
			argv[n++] = (char *)"--details";
		} else if (!strcmp(w, "-V") || !strcmp(w, "--version")) {
			*version = true;
		} else if (w[0] != '-' || !isalpha((unsigned char)w[1])) {
			argv[n++] = argv[i];
		} else {
			complain("unknown option '%s'; 'algctl -h' helps", w);
			return -1;
		}
	}
	while (++i < *argc)
		argv[n++] = argv[i];
	*argc = n;
	return 0;
}

static int run(int argc, char **argv)
{
	const struct command *cmd;
	bool help = false, version = false;
	struct args args;

	if (argc && !strcmp(*argv, "--complete")) {
		tree_complete(argc - 1, argv + 1);
		return DONE;
	}
	if (take_options(&argc, argv, &help, &version))
		return MISUSED;
	if (tree_take_help(&argc, argv) || help)
		return tree_help(argc, argv);
	if (version) {
		version_print();
		return DONE;
	}
	cmd = tree_find(&argc, &argv);
	if (!cmd || tree_args(cmd, argc, argv, &args))
		return MISUSED;
	return cmd->run(&args);
}

int main(int argc, char **argv)
{
	int ret = run(argc - !!argc, argv + !!argc);

	if (fflush(stdout) || ferror(stdout)) {
		complain("cannot write: %s", strerror(errno));
		return FAILED;
	}
	return ret;
}

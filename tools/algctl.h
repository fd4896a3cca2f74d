/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Declarations shared by the files of algctl.
 *
 *	main.c     the command tree, and main()
 *	tree.c     command lookup, help and completion from the command tree
 *	arg.c      words -> numbers, ports, addresses, prefixes
 *	list.c     lists of numbers
 *	map.c      maps of addresses
 *	out.c      output as text or as JSON
 *	nl.c       generic netlink
 *	source.c   rule files -> images
 *	find.c     rule files in the standard folders
 *	metrics.c  counters and limits for monitoring systems
 *	filter.c   filters of flow show and flow forget
 *	why.c      a flow's counters -> sentences
 *	progress.c progress of long work
 *	apply.c    changes in the kernel, with undo
 *	packet.c   captured frames -> segments and datagrams
 *	cmd_*.c    the commands
 *
 * The rule compiler (compile.h) has its own files, and so have texts (text.h).
 */
#ifndef ALGCTL_H
#define ALGCTL_H

#include "../kmod/engine/engine.h"
#include "text.h"

/* version.c: version of algctl, and of its compiler */
extern const char algctl_version[];
void version_print(void);
void version_compare(void);

/* exit codes */
enum {
	DONE,
	FAILED,
	MISUSED,
};

/*
 * tree.c
 */
#define MAX_KEYWORDS	16

/**
 * struct keyword - an argument with a name
 * @name: "iif" or "--all"; the dashes are optional if @value is not NULL
 * @value: pattern of the value, as in struct command; NULL: no value
 * @help: its purpose
 */
struct keyword {
	const char *name;
	const char *value;
	const char *help;
};

/**
 * struct args - a command's arguments
 * @n: number of words without a keyword
 * @v: these words
 * @kw: by the keyword's index in the table: its value, its name if the keyword
 *	takes no value, or NULL if the keyword is absent
 */
struct args {
	unsigned int n;
	char **v;
	const char *kw[MAX_KEYWORDS];
};

/**
 * struct command - a node of the command tree
 * @name: its word
 * @args: pattern of the arguments: "[X]" is optional, "X..." is repeated, "a|b"
 *	is a choice, and a word in capitals stands for any word
 * @help: its effect
 * @sub: commands below; NULL: a leaf
 * @keywords: arguments with a name, or NULL
 * @alias: another word for @name, or NULL
 * @run: implementation of a leaf; returns an exit code
 *
 * Arrays of commands and of keywords end with an empty element.
 */
struct command {
	const char *name;
	const char *args;
	const char *help;
	const struct command *sub;
	const struct keyword *keywords;
	const char *alias;
	int (*run)(const struct args *args);
};

const struct command *tree_find(int *argc, char ***argv);
int tree_args(const struct command *cmd, int argc, char **argv,
	      struct args *args);
bool tree_take_help(int *argc, char **argv);
int tree_help(int argc, char **argv);
void tree_complete(int argc, char **argv);
extern const struct command tree_root;

/*
 * arg.c: arg_*() print a message and return -1 if the word is invalid
 */
struct addr {
	u8 family;	/* AF_INET, AF_INET6; AF_UNSPEC: none */
	u8 b[16];
};

struct prefix {
	struct addr addr;
	u8 len;
};

#define ENDPOINT_LEN	64

unsigned int addr_len(const struct addr *a);
bool addr_same(const struct addr *a, const struct addr *b);
bool addr_in(const struct addr *a, const struct prefix *p);
/* addr_text() and endpoint_text() write at most ENDPOINT_LEN bytes to @buf */
const char *addr_text(const struct addr *a, char *buf);
const char *endpoint_text(const struct addr *a, unsigned int port, char *buf);
const char *proto_text(u8 proto);
u8 proto_number(const char *name);
int arg_number(const char *what, const char *word, u32 min, u32 max,
	       u32 *value);
int arg_port(const char *word, const char *proto, u16 *port);
int arg_addr(const char *word, struct addr *addr);
int arg_prefix(const char *word, struct prefix *prefix);

/*
 * list.c
 */

/**
 * struct list - numbers and ranges
 * @n: number of ranges
 * @range: the ranges, in ascending order, without a common number
 */
struct list {
	u32 n;
	struct algate_numbers range[ALGATE_MAX_RANGES];
};

/**
 * struct list_kind - lists that an argument may have
 * @what: name of the numbers, for messages
 * @none: word for the empty list
 * @min: least number
 * @max: greatest number
 * @most: number of ranges, at most ALGATE_MAX_RANGES
 */
struct list_kind {
	const char *what;
	const char *none;
	u32 min;
	u32 max;
	u32 most;
};

extern const struct list_kind list_of_numbers;
extern const struct list_kind list_of_ports;

#define LIST_LEN	(ALGATE_MAX_RANGES * sizeof("4294967295-4294967295"))

int range_parse(const struct list_kind *kind, const char *word,
		struct algate_numbers *range);
int list_parse(const struct list_kind *kind, const char *word,
	       struct list *list);
/* list_text() writes at most LIST_LEN bytes to @buf */
const char *list_text(const struct list *list, const char *none, char *buf);

/*
 * map.c
 */

/**
 * struct map - pairs of prefixes, whose addresses correspond
 * @n: number of pairs
 * @pair: the pairs, in the order of struct algate_pair
 */
struct map {
	u32 n;
	struct algate_pair pair[ALGATE_MAX_PAIRS];
};

#define PAIR_LEN	(2 * ENDPOINT_LEN)
#define MAP_LEN		(ALGATE_MAX_PAIRS * PAIR_LEN)

int map_parse(const char *word, struct map *map);
/* map_text() writes at most MAP_LEN bytes to @buf */
const char *map_text(const struct map *map, char *buf);

/*
 * source.c
 */

/**
 * struct source - a rule text and its image, from a file or from the kernel
 * @file: name of the file or of the plug-in, for messages
 * @found: the memory of @file if source_read() found the file, or NULL
 * @text: rule text and a NUL; NULL: the plug-in was loaded without its text
 * @len: length of @text in bytes, without the NUL
 * @image: the image
 * @image_len: its length in bytes
 * @prog: the image, decoded and verified, or NULL
 * @compiler: version of the compiler that made the image
 */
struct source {
	const char *file;
	char *found;
	char *text;
	size_t len;
	void *image;
	size_t image_len;
	struct algate_prog *prog;
	char compiler[ALGATE_COMPILER_LEN];
};

struct compile_error;

int source_read(const char *file, struct source *src);
int source_compile(struct source *src, struct compile_error *err);
int source_open(const char *file, struct source *src);
void source_free(struct source *src);
struct algate_prog *image_check(const void *image, size_t len,
				const char *what);
void source_error_print(const struct source *src,
			const struct compile_error *err);
void source_warnings_print(const struct source *src,
			   const struct compile_error *err);
bool source_same(const struct source *a, const struct source *b);

/*
 * find.c
 */
bool find_is_file(const char *word);
char *find_file(const char *word);
char *find_beside(const char *file, const char *name);
void find_folder(const char *folder, void (*fn)(const char *path, void *arg),
		 void *arg);
void find_each(void (*fn)(const char *path, void *arg), void *arg);

/*
 * progress.c
 */
void progress(const char *what, size_t n, size_t all);
void progress_end(void);

/*
 * commands, by file
 */
int cmd_plugin_load(const struct args *args);
int cmd_plugin_replace(const struct args *args);
int cmd_plugin_unload(const struct args *args);
int cmd_plugin_show(const struct args *args);
int cmd_plugin_check(const struct args *args);
int cmd_plugin_dump(const struct args *args);
int cmd_plugin_search(const struct args *args);
int cmd_plugin_sync(const struct args *args);

extern const struct keyword try_keywords[];
int cmd_plugin_set(const struct args *args);
int cmd_plugin_try(const struct args *args);

extern const struct keyword attach_keywords[];
int cmd_attach_add(const struct args *args);
int cmd_attach_del(const struct args *args);
int cmd_attach_show(const struct args *args);

extern const struct keyword flow_keywords[];
extern const struct keyword forget_keywords[];
extern const struct keyword expect_keywords[];
int cmd_flow_show(const struct args *args);
int cmd_flow_forget(const struct args *args);
int cmd_expect_show(const struct args *args);
int cmd_why(const struct args *args);

extern const struct keyword stats_keywords[];
int cmd_stats_show(const struct args *args);

int cmd_monitor(const struct args *args);

extern const struct keyword limit_keywords[];
int cmd_limit_show(const struct args *args);
int cmd_limit_set(const struct args *args);

int cmd_save(const struct args *args);
int cmd_restore(const struct args *args);

#endif /* ALGCTL_H */

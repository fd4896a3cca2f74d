/* SPDX-License-Identifier: GPL-2.0 */
/* The plug-ins of plugins/ for the fuzzers: plugin.c */
#ifndef FUZZ_PLUGIN_H
#define FUZZ_PLUGIN_H

#include "../../kmod/engine/engine.h"

#define PLUGINS_MAX	64
#define NAME_LEN	8	/* of a name in an input, NUL-padded */

extern struct algate_prog *plugins[PLUGINS_MAX];
extern u32 nplugins;

/* A compiled rule file; a failure is a bug. */
void *plugin_image(const char *path, size_t *len);

/* Compiles, decodes and verifies all plug-ins; a failure is a bug. */
void plugins_load(void);
void plugins_free(void);

/*
 * Selects a plug-in by the name in an input. Since the input contains a name
 * and not an index, new plug-ins do not change the meaning of the corpus. Each
 * name selects a plug-in.
 */
u32 plugin_index(const u8 *name);

/* The plug-in; @is_short: its framing allows short messages only. */
const struct algate_prog *plugin_select(const u8 *name, bool is_short);

/* Does a service of the plug-in use @proto? */
bool plugin_serves(const struct algate_prog *prog, u8 proto);

#endif /* FUZZ_PLUGIN_H */

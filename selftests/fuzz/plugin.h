/* SPDX-License-Identifier: GPL-2.0 */
/* The plug-ins of plugins/, as fuzzers have them: plugin.c */
#ifndef FUZZ_PLUGIN_H
#define FUZZ_PLUGIN_H

#include "../../kmod/engine/engine.h"

#define PLUGINS_MAX	64
#define NAME_LEN	8	/* of a name in an input, NULs behind it */

extern struct algate_prog *plugins[PLUGINS_MAX];
extern u32 nplugins;

/* Compiles, decodes, verifies all of them; a bug if that fails. */
void plugins_load(void);
void plugins_free(void);

/*
 * Which one an input means. By name, so that the corpus stays what it is when
 * there is a new one; any name means one.
 */
u32 plugin_index(const u8 *name);

/* Is it offered for IPPROTO_TCP, or IPPROTO_UDP? */
bool plugin_serves(const struct algate_prog *prog, u8 proto);

#endif /* FUZZ_PLUGIN_H */

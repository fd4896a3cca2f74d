/* SPDX-License-Identifier: GPL-2.0 */
/* Table entries for tests that write them without the stream layer. */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "../../kmod/engine/engine.h"

/* Allocates @room unused entries. The caller frees them. */
static inline struct algate_entries *entries_make(u32 room)
{
	struct algate_entries *entries;

	entries = algate_alloc_big(sizeof(*entries) +
				   room * sizeof(entries->entry[0]));
	if (!entries)
		abort();
	entries->room = room;
	return entries;
}

#endif

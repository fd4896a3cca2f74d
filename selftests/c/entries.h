/* SPDX-License-Identifier: GPL-2.0 */
/* Table entries for tests that write them without the stream layer. */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "../../kmod/engine/engine.h"

/* Length in bytes of @room entries. */
static inline s32 entries_len(u32 room)
{
	return sizeof(struct algate_entries) +
	       room * (sizeof(struct algate_entry) + sizeof(u16));
}

/* Allocates @room unused entries. The caller frees them. */
static inline struct algate_entries *entries_make(u32 room)
{
	struct algate_entries *entries = algate_alloc_big(entries_len(room));

	if (!entries)
		abort();
	algate_entries_init(entries, entries_len(room), 0x2545f491);
	return entries;
}

static inline void entries_clear(struct algate_entries *entries)
{
	algate_entries_init(entries, entries_len(entries->room),
			    entries->spread);
}

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/* Table entries for tests that write them without the stream layer. */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "../../kmod/engine/engine.h"

/* Allocates @room unused entries. The caller frees them. */
static inline struct algate_entries *entries_make(u32 room)
{
	u32 len = sizeof(struct algate_entries) +
		  room * (sizeof(struct algate_entry) + sizeof(u16));
	struct algate_entries *entries = algate_alloc_big(len);

	if (!entries)
		abort();
	algate_entries_init(entries, len, 0x2545f491);
	return entries;
}

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/* Table entries for tests that write them without the stream layer. */
#ifndef MEMOS_H
#define MEMOS_H

#include "../../kmod/engine/engine.h"

/* @room unused entries, which the caller frees */
static inline struct algate_memos *memos_make(u32 room)
{
	struct algate_memos *memos;

	memos = algate_alloc_big(sizeof(*memos) +
				 room * sizeof(memos->entry[0]));
	if (!memos)
		abort();
	memos->room = room;
	return memos;
}

#endif

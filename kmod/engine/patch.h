/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ALGATE_PATCH_H
#define ALGATE_PATCH_H

#include "stream.h"

/* bytes of the sender's, from @seq (sender space) on */
struct algate_view {
	const u8 *data;
	u32 seq;
	u32 len;
};

struct algate_patch *algate_patch_alloc(u32 len);
void algate_patch_release(struct algate_half *half, u32 ack);
u32 algate_patch_ack(const struct algate_half *half, u32 ack);
u32 algate_patch_seq(const struct algate_half *half, u32 seq);
int algate_patch_splice(const struct algate_half *half,
			const struct algate_view *view, u32 seq, u32 len,
			u32 lo, u32 hi, struct algate_splice *out);

/* message.c */
struct algate_patch *algate_stream_message(struct algate_stream *s,
					   struct algate_half *half,
					   struct algate_patch *fresh,
					   const struct algate_view *view,
					   const struct algate_message *msg);

#endif /* ALGATE_PATCH_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What conntrack knows of a flow.
 */
#ifndef ALGCTL_CT_H
#define ALGCTL_CT_H

#include "algctl.h"

/**
 * struct tuple - one direction of a flow
 * @src: source
 * @dst: destination
 * @sport: source port
 * @dport: destination port
 */
struct tuple {
	struct addr src;
	struct addr dst;
	u16 sport;
	u16 dport;
};

/**
 * struct ct - what conntrack knows
 * @state: TCP's state, or NULL
 * @timeout: seconds left
 * @assured: it will not be dropped early
 */
struct ct {
	const char *state;
	u32 timeout;
	bool assured;
};

/* false: conntrack does not know the flow, or does not tell */
bool ct_find(u8 proto, u16 zone, const struct tuple *orig, struct ct *ct);
void ct_expect(size_t n);
void ct_end(void);

#endif /* ALGCTL_CT_H */

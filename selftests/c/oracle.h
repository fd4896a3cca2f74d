/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ORACLE_H
#define ORACLE_H

#include "../../kmod/engine/engine.h"

/*
 * What algate_run() says, found the naive way from the comments of the uapi
 * header: recursive, a byte at a time. @result->untouched and @steps are not
 * its business.
 */
enum algate_outcome oracle_run(const struct algate_prog *prog,
			       const struct algate_message *msg,
			       struct algate_result *result);

/* How often each instruction went on, and how often it failed. */
extern unsigned long oracle_passed[__ALGATE_OP_MAX];
extern unsigned long oracle_failed[__ALGATE_OP_MAX];

#endif /* ORACLE_H */

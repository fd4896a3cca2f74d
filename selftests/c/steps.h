/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEPS_H
#define STEPS_H

#include "../../kmod/engine/engine.h"

/**
 * steps_most() - bound on the steps that a run has taken (V10)
 * @prog: verified program
 * @result: result of the run
 *
 * Return: the steps that the run has subtracted from its budget, and those of two
 * paths: of the fast path, and since the last element.
 */
static inline u32 steps_most(const struct algate_prog *prog,
			     const struct algate_result *result)
{
	return 2 * prog->steps + (ALGATE_RUN_STEPS - result->budget);
}

#endif /* STEPS_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEPS_H
#define STEPS_H

#include "../../kmod/engine/engine.h"

/**
 * steps_most() - bound on the steps that a run has taken (V10)
 * @prog: verified program
 * @result: result of the run
 *
 * Return: the steps of a path outside of loops, and the steps that the run has
 * subtracted from its budget.
 */
static inline u32 steps_most(const struct algate_prog *prog,
			     const struct algate_result *result)
{
	return prog->steps + (ALGATE_RUN_STEPS - result->budget);
}

#endif /* STEPS_H */

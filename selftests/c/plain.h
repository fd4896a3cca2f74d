/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A message as algate_glance() looks at it if it is a line of text, without
 * control characters.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include "engine_test.h"
#include "../../kmod/engine/look.h"

/**
 * plain_run() - run a program from where lines of text lead it
 * @prog: verified program
 * @msg: message
 * @result: as algate_run() has it
 * @got: the outcome
 *
 * Return: whether the message is such a line, and no more than the message's
 * first byte leads the program there.
 */
static inline bool plain_run(const struct algate_prog *prog,
			     const struct algate_message *msg,
			     struct algate_result *result,
			     enum algate_outcome *got)
{
	struct algate_look look = {
		.prog = prog, .data = msg->data, .end = msg->len,
	};
	const struct algate_step *op;
	u32 i;

	if (!prog->line_max || msg->partial || !msg->len)
		return false;
	for (i = 0; i < msg->len; i++)
		if (msg->data[i] <= ALGATE_LOW)
			return false;
	i = msg->data[0];
	if (prog->plain[msg->dir][i] == prog->first[msg->dir][i])
		return false;
	op = algate_look(&look, algate_begin(prog, prog->plain, msg->dir,
					     msg->data, msg->len));
	*got = algate_is_dull(op) ? ALGATE_UNMATCHED :
	       algate_run_on(prog, msg, result, op, look.cur);
	return true;
}

#endif /* PLAIN_H */

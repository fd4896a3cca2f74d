/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs a program from the step that the jump table for lines of text selects.
 */
#ifndef TEXT_LINE_H
#define TEXT_LINE_H

#include "engine_test.h"
#include "../../kmod/engine/compare.h"

/**
 * text_line_run() - run a program from the jump table for lines of text
 * @prog: verified program
 * @msg: message
 * @result: as algate_run() fills it
 * @got: set to the outcome
 *
 * Return: false if the message is no line of text, or if the run would not
 * differ from a run from the table for any bytes.
 */
static inline bool text_line_run(const struct algate_prog *prog,
				 const struct algate_message *msg,
				 struct algate_result *result,
				 enum algate_outcome *got)
{
	struct algate_fast_path path = {
		.prog = prog, .data = msg->data, .end = msg->len,
		.text = true,
	};
	const struct algate_step *op;
	u32 i;

	if (!prog->line_max || msg->partial || msg->first || !msg->len)
		return false;
	for (i = 0; i < msg->len; i++)
		if (msg->data[i] <= ALGATE_LOW)
			return false;
	i = msg->data[0];
	if (!prog->gated[msg->dir] &&
	    prog->first_text[msg->dir][i] == prog->first[msg->dir][i])
		return false;
	op = algate_fast_path(&path,
			      algate_begin(prog, prog->first_text, msg->dir,
					   msg->data, msg->len));
	result->budget = path.budget;
	*got = algate_no_match(op) ? ALGATE_UNMATCHED :
	       algate_run_on(prog, msg, result, op, path.cur);
	return true;
}

#endif /* TEXT_LINE_H */

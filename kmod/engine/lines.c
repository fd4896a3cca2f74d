// SPDX-License-Identifier: GPL-2.0
/*
 * The fast path of a stream of lines. Most segments of a control connection are
 * whole lines that match no rule. The fast path recognises these lines by their
 * first bytes, before a run is set up.
 *
 * The payload may change during the call: the sender may write to a page passed
 * to sendfile(). A change only defeats inspection of the sender's own traffic.
 */
#include "compare.h"
#include "stream_internal.h"

/*
 * The first step for the line at @p, with @text bytes before its CR and LF;
 * NULL: the first bytes show that no rule matches.
 */
static __always_inline const struct algate_step *
line_begin(const struct algate_prog *prog, const u16 (*first)[256],
	   enum algate_dir dir, const u8 *p, u32 text)
{
	const struct algate_step *op;

	if (text >= 2 && algate_no_match_pair(prog, dir, p))
		return NULL;
	op = algate_begin(prog, first, dir, p, text);
	return algate_no_match(op) ? NULL : op;
}

/* Test whether comparisons from @op on show that no rule matches. */
static noinline bool line_unwanted(const struct algate_prog *prog,
				   const struct algate_step *op, const u8 *p,
				   u32 len, bool text)
{
	struct algate_fast_path path = {
		.prog = prog, .data = p, .end = len, .text = text,
	};

	return algate_no_match(algate_fast_path(&path, op));
}

static __always_inline bool one_line(const struct algate_prog *prog,
				     const u16 (*first)[256],
				     enum algate_dir dir, const u8 *p, u32 len)
{
	u32 text = algate_line_text(p, len - 1);
	const struct algate_step *op = line_begin(prog, first, dir, p, text);

	if (algate_frame_second(prog, p[0]))
		return false;
	return !op || line_unwanted(prog, op, p, text,
				    first == prog->first_text);
}

/* General case: several lines, or control characters. Returns their number. */
static noinline u32 several_lines(const struct algate_prog *prog,
				  enum algate_dir dir, const u8 *p, u32 len)
{
	const u8 *end = p + len;
	u32 lines;

	for (lines = 0; p != end; lines++) {
		const u8 *lf = algate_find_byte(p, '\n', end - p);

		/* the sender has overwritten the LF at the end */
		if (unlikely(!lf))
			return 0;
		if (!one_line(prog, prog->first, dir, p, lf - p + 1))
			return 0;
		p = lf + 1;
	}
	return lines;
}

/**
 * algate_lines_unwanted() - test for a segment of lines that match no rule
 * @prog: verified program
 * @dir: direction of the segment
 * @p: payload; the sender may change the bytes during the call
 * @len: length of the payload in bytes, at least 1
 *
 * Context: Any context.
 *
 * Return: number of lines; 0: a rule may match, or the payload is not whole
 * lines.
 */
u32 algate_lines_unwanted(const struct algate_prog *prog, enum algate_dir dir,
			  const u8 *p, u32 len)
{
	/* line_max is 0 unless messages are lines */
	if (len - 1 >= prog->line_max || p[len - 1] != '\n')
		return 0;
	if (unlikely(!algate_is_text_line(p, len)))
		return several_lines(prog, dir, p, len);
	return one_line(prog, prog->first_text, dir, p, len);
}

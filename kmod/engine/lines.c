// SPDX-License-Identifier: GPL-2.0
/*
 * The fast path of a stream of lines: most segments of a control connection
 * are whole lines that no rule wants. They are recognised by looking at their
 * first bytes, before a run is made ready.
 *
 * The bytes may change meanwhile, if the sender writes to a page that it has
 * handed to sendfile(). That only defeats the inspection of its own traffic.
 */
#include "look.h"
#include "stream_internal.h"

/*
 * The first instruction for a line of @text bytes, without its end, at @p;
 * NULL: its first bytes say that no rule wants it.
 */
static __always_inline const struct algate_step *
line_begin(const struct algate_prog *prog, const u16 (*first)[256],
	   enum algate_dir dir, const u8 *p, u32 text)
{
	const struct algate_step *op;

	if (text >= 2 && algate_is_dull_pair(prog, dir, p))
		return NULL;
	op = algate_begin(prog, first, dir, p, text);
	return algate_is_dull(op) ? NULL : op;
}

/* Does the run of that line come to nothing, from @op on? */
static noinline bool line_unwanted(const struct algate_prog *prog,
				   const struct algate_step *op, const u8 *p,
				   u32 text)
{
	struct algate_look look = { .prog = prog, .data = p, .end = text };

	return algate_is_dull(algate_look(&look, op));
}

static __always_inline bool one_line(const struct algate_prog *prog,
				     const u16 (*first)[256],
				     enum algate_dir dir, const u8 *p, u32 len)
{
	u32 text = algate_line_text(p, len - 1);
	const struct algate_step *op = line_begin(prog, first, dir, p, text);

	return !op || line_unwanted(prog, op, p, text);
}

/* Some lines, or a line with control characters. */
static noinline u32 several_lines(const struct algate_prog *prog,
				  enum algate_dir dir, const u8 *p, u32 len)
{
	const u8 *end = p + len;
	u32 lines;

	for (lines = 0; p != end; lines++) {
		const u8 *lf = algate_find_byte(p, '\n', end - p);

		/* The last byte was one, and has changed. */
		if (unlikely(!lf))
			return 0;
		if (!one_line(prog, prog->first, dir, p, lf - p + 1))
			return 0;
		p = lf + 1;
	}
	return lines;
}

/**
 * algate_lines_unwanted() - is a segment whole lines that concern no rule?
 * @prog: verified program
 * @dir: sender
 * @p: the segment's payload; others may write to it meanwhile
 * @len: length of that, in bytes, not 0
 *
 * Any context.
 *
 * Return: number of lines; 0 if not, or when it takes a run to know.
 */
u32 algate_lines_unwanted(const struct algate_prog *prog, enum algate_dir dir,
			  const u8 *p, u32 len)
{
	/* line_max is 0 in programs that read no lines */
	if (len - 1 >= prog->line_max || p[len - 1] != '\n')
		return 0;
	if (unlikely(!algate_is_plain(p, len)))
		return several_lines(prog, dir, p, len);
	return one_line(prog, prog->plain, dir, p, len);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Most segments of a control connection: a line or some, none of which a rule
 * wants. That is seen before anything is made ready for more.
 */
#include "look.h"
#include "patch.h"

/*
 * The usual, with nothing on its way that has to do with what comes now; what
 * was rewritten is to be forgotten some time, see stream.c.
 */
static __always_inline bool is_idle(const struct algate_half *half)
{
	return !half->kept && !half->patch &&
	       (half->synced && !half->skip && !half->ended) &&
	       !(half->patched && algate_patched_long_ago(half));
}

/*
 * Does no rule want the line of @len bytes, with its LF, at @p? If one may,
 * where is that?
 */
static __always_inline bool is_dull(const struct algate_prog *prog,
				    enum algate_dir dir, const u8 *p, u32 len,
				    struct algate_spot *spot)
{
	struct algate_look look = {
		.prog = prog, .data = p, .end = algate_line_text(p, len - 1),
	};

	if (look.end >= 2 && algate_is_dull_pair(prog, dir, p))
		return true;
	spot->op = algate_look(&look, dir);
	spot->cur = look.cur;
	spot->cut.len = look.end;
	spot->cut.total = len;
	return algate_is_dull(spot->op);
}

/* The same for all of some lines: how many, or 0. */
static noinline u32 are_dull(const struct algate_prog *prog,
			     enum algate_dir dir, const u8 *p, u32 len,
			     struct algate_spot *spot)
{
	const u8 *end = p + len;
	const u8 *lf;
	u32 lines;

	for (lines = 0; p != end; lines++) {
		lf = algate_find_byte(p, '\n', end - p);
		/* there was one */
		if (unlikely(!lf))
			break;
		if (!is_dull(prog, dir, p, lf - p + 1, spot))
			break;
		p = lf + 1;
	}
	if (p == end)
		return lines;
	if (lines)
		spot->op = NULL;
	return 0;
}

/**
 * algate_glance() - is a segment of whole lines that concern no rule?
 * @prog: verified program
 * @half: direction
 * @dir: the same
 * @p: the segment's payload, which begins at @half->next; somebody else may
 *	write to it meanwhile
 * @len: length of that
 * @spot: for algate_stream.spot; @spot->op is NULL
 *
 * The segment has no SYN, FIN or RST, and acknowledges all that was rewritten
 * in the other direction.
 *
 * If so, it is done with. If not, nothing is, and algate_stream_segment() is to
 * be called. When it is the first line that a rule may want, that begins where
 * this one ended; else it looks once more.
 *
 * Any context; the caller serialises calls for a flow.
 *
 * Return: how many lines; 0 if not.
 */
u32 algate_glance(const struct algate_prog *prog, struct algate_half *half,
		  enum algate_dir dir, const u8 *p, u32 len,
		  struct algate_spot *spot)
{
	u32 lines;

	/* so if there are none */
	if (len - 1 >= prog->line_max || !is_idle(half) || p[len - 1] != '\n')
		return 0;
	if (algate_is_line(p, len))
		lines = is_dull(prog, dir, p, len, spot);
	else
		lines = are_dull(prog, dir, p, len, spot);
	if (!lines)
		return 0;
	half->next += len;
	half->nr += lines;
	half->ahead = 0;
	return lines;
}

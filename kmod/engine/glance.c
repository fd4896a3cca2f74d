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
	return !half->kept && !half->patch && half->synced &&
	       !(half->skip | half->ended) &&
	       !(half->patched && algate_patched_long_ago(half));
}

/* Does no rule want the line that @spot says, at @p? If so, where is that? */
static __always_inline bool is_dull(const struct algate_prog *prog,
				    enum algate_dir dir, const u8 *p,
				    struct algate_spot *spot)
{
	struct algate_look look = {
		.prog = prog, .data = p, .end = spot->cut.len,
	};

	spot->op = algate_look(&look, dir);
	spot->cur = look.cur;
	return algate_is_dull(spot->op);
}

/**
 * algate_glance() - is a segment of whole lines that concern no rule?
 * @prog: verified program
 * @half: direction
 * @dir: the same
 * @seq: where the segment begins, sender space; it has no SYN, FIN or RST, and
 *	acknowledges all that was rewritten in the other direction
 * @p: its payload; somebody else may write to it meanwhile
 * @len: length of that
 * @spot: for algate_stream.spot
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
		  enum algate_dir dir, u32 seq, const u8 *p, u32 len,
		  struct algate_spot *spot)
{
	const u8 *end = p + len;
	const u8 *lf;
	u32 lines;

	spot->op = NULL;
	if (!algate_lines_only(prog) || seq != half->next || !is_idle(half) ||
	    !len || len > prog->frame[0].max || end[-1] != '\n')
		return 0;
	for (lines = 0; p != end; lines++) {
		lf = algate_find_byte(p, '\n', end - p);
		/* there was one */
		if (unlikely(!lf))
			break;
		spot->cut.len = algate_line_text(p, lf - p);
		spot->cut.total = lf - p + 1;
		if (!is_dull(prog, dir, p, spot))
			break;
		p = lf + 1;
	}
	if (p != end) {
		if (lines)
			spot->op = NULL;
		return 0;
	}
	half->next += len;
	half->nr += lines;
	half->ahead = 0;
	return lines;
}

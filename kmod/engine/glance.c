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
 * Where to begin with the line of @len bytes at @p that has @text bytes without
 * its end; NULL: no rule wants one that begins so.
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

/*
 * Does no rule want the line of @len bytes, with its LF, at @p, of which @op is
 * what line_begin() has said? If one may, where is that?
 */
static __always_inline bool is_dull(const struct algate_prog *prog,
				    const struct algate_step *op, const u8 *p,
				    u32 len, struct algate_spot *spot)
{
	struct algate_look look = {
		.prog = prog, .data = p, .end = algate_line_text(p, len - 1),
	};

	op = algate_look(&look, op);
	if (algate_is_dull(op))
		return true;
	spot->op = op;
	spot->cur = look.cur;
	spot->cut.len = look.end;
	spot->cut.total = len;
	return false;
}

static __always_inline u32 done_with(struct algate_half *half, u32 len,
				     u32 lines)
{
	half->next += len;
	half->nr += lines;
	half->ahead = 0;
	return lines;
}

/* algate_glance() of a line for which @op is what line_begin() has said */
static noinline u32 glance_on(const struct algate_prog *prog,
			      struct algate_half *half,
			      const struct algate_step *op, const u8 *p,
			      u32 len, struct algate_spot *spot)
{
	return is_dull(prog, op, p, len, spot) ? done_with(half, len, 1) : 0;
}

static __always_inline u32 glance_line(const struct algate_prog *prog,
				       const u16 (*first)[256],
				       struct algate_half *half,
				       enum algate_dir dir, const u8 *p,
				       u32 len, struct algate_spot *spot)
{
	const struct algate_step *op;

	op = line_begin(prog, first, dir, p, algate_line_text(p, len - 1));
	if (op)
		return glance_on(prog, half, op, p, len, spot);
	return done_with(half, len, 1);
}

/* algate_glance() of some lines */
static noinline u32 glance_lines(const struct algate_prog *prog,
				 struct algate_half *half, enum algate_dir dir,
				 const u8 *p, u32 len, struct algate_spot *spot)
{
	const u8 *end = p + len;
	u32 lines;

	for (lines = 0; p != end; lines++) {
		const u8 *lf = algate_find_byte(p, '\n', end - p);
		const struct algate_step *op;

		/* there was one */
		if (unlikely(!lf))
			break;
		op = line_begin(prog, prog->first, dir, p,
				algate_line_text(p, lf - p));
		if (op && !is_dull(prog, op, p, lf - p + 1, spot))
			break;
		p = lf + 1;
	}
	if (p == end)
		return done_with(half, len, lines);
	if (lines)
		spot->op = NULL;
	return 0;
}

/* algate_glance() of some lines, or of one that is not surely plain */
static noinline u32 glance_odd(const struct algate_prog *prog,
			       struct algate_half *half, enum algate_dir dir,
			       const u8 *p, u32 len, struct algate_spot *spot)
{
	if (algate_find_byte(p, '\n', len - 1))
		return glance_lines(prog, half, dir, p, len, spot);
	return glance_line(prog, prog->first, half, dir, p, len, spot);
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
	/* so if there are none */
	if (len - 1 >= prog->line_max || !is_idle(half) || p[len - 1] != '\n')
		return 0;
	if (unlikely(!algate_is_plain(p, len)))
		return glance_odd(prog, half, dir, p, len, spot);
	return glance_line(prog, prog->plain, half, dir, p, len, spot);
}

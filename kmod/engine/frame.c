// SPDX-License-Identifier: GPL-2.0
/*
 * Where a message ends.
 *
 * The bytes begin where a message does. More of them never change what fewer
 * of them said, unless that was ALGATE_MORE: so it does not matter where
 * segments are cut.
 */
#include "engine.h"

static int cut_at(struct algate_cut *cut, u32 total, u32 len)
{
	cut->total = total;
	cut->len = len;
	return 0;
}

/* Length of a line's text: without the LF at @len and one CR before that. */
static u32 line_text(const u8 *p, u32 len)
{
	return len && p[len - 1] == '\r' ? len - 1 : len;
}

static int cut_datagram(const struct algate_framing *f, u32 len,
			struct algate_cut *cut)
{
	return len > f->max ? -EMSGSIZE : cut_at(cut, len, len);
}

static int cut_line(const struct algate_framing *f, const u8 *p, u32 len,
		    struct algate_cut *cut)
{
	const u8 *lf = memchr(p, '\n', min_t(u32, len, f->max));

	if (!lf)
		return len < f->max ? ALGATE_MORE : -EMSGSIZE;
	return cut_at(cut, lf - p + 1, line_text(p, lf - p));
}

static int cut_first(const struct algate_framing *f, const u8 *p, u32 len,
		     struct algate_cut *cut)
{
	const u8 *nul = memchr(p, 0, min_t(u32, len, f->max));

	if (nul)
		return cut_at(cut, nul - p + 1, nul - p);
	if (len < f->max)
		return ALGATE_MORE;
	return cut_at(cut, f->max, f->max);
}

/* V11: the field lies within the longest message */
static int cut_length(const struct algate_framing *f, const u8 *p, u32 len,
		      struct algate_cut *cut)
{
	bool little = f->flags & ALGATE_FRAME_LITTLE;
	u32 field = 0;
	s64 total;
	u32 i;

	if (len < (u32)f->offset + f->width)
		return ALGATE_MORE;
	p += f->offset;
	for (i = 0; i < f->width; i++)
		field = field << 8 | p[little ? f->width - 1 - i : i];
	total = (s64)(field & f->mask) + f->bias;
	if (total < (s64)f->offset + f->width)
		return -EPROTO;
	if (total > f->max)
		return -EMSGSIZE;
	return len < total ? ALGATE_MORE : cut_at(cut, total, total);
}

/**
 * struct headers - a header block while it is read
 * @prog: whose framing has the names of the length field
 * @max: longest message
 * @body: length of the body, at most @max + 1
 * @found: there was a length field
 * @field: the current line continues the length field ...
 * @digits: ... whose number was there already
 */
struct headers {
	const struct algate_prog *prog;
	u32 max;
	u32 body;
	bool found;
	bool field;
	bool digits;
};

static bool is_blank(u8 c)
{
	return c == ' ' || c == '\t';
}

static u8 fold(u8 c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool same_name(const u8 *a, const u8 *b, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		if (fold(a[i]) != fold(b[i]))
			return false;
	return true;
}

/* V11: the names are in the literal pool, one after the other */
static bool is_length_name(const struct algate_prog *prog, const u8 *p, u32 len)
{
	const u8 *name = prog->literals;
	u8 i;

	for (i = 0; i < prog->frame.nnames; i++) {
		if (len == name[0] && same_name(p, name + 1, len))
			return true;
		name += 1 + name[0];
	}
	return false;
}

/* Skips blanks, takes the number unless it was there, skips blanks. */
static int headers_value(struct headers *h, const u8 *p, u32 len)
{
	u32 body = 0;
	u32 i = 0;

	while (i < len && is_blank(p[i]))
		i++;
	if (i == len)
		return 0;
	if (h->digits)
		return -EPROTO;
	for (; i < len && p[i] >= '0' && p[i] <= '9'; i++) {
		h->digits = true;
		body = min_t(u32, body * 10 + (p[i] - '0'), h->max + 1);
	}
	while (i < len && is_blank(p[i]))
		i++;
	if (i < len || !h->digits)
		return -EPROTO;
	/* two that differ: the next reader may believe the other one */
	if (h->found && body != h->body)
		return -EPROTO;
	h->found = true;
	h->body = body;
	return 0;
}

/* One line of the header block, without its end. */
static int headers_line(struct headers *h, const u8 *p, u32 len)
{
	const u8 *colon;
	u32 name;

	if (is_blank(p[0]))
		return h->field ? headers_value(h, p, len) : 0;
	if (h->field && !h->digits)
		return -EPROTO;
	h->field = false;
	colon = memchr(p, ':', len);
	if (!colon)
		return 0;
	name = colon - p;
	while (name && is_blank(p[name - 1]))
		name--;
	if (!is_length_name(h->prog, p, name))
		return 0;
	h->field = true;
	h->digits = false;
	return headers_value(h, colon + 1, len - (colon + 1 - p));
}

static bool is_text_line(const u8 *p, u32 len)
{
	u32 i;

	for (i = 0; i < len && p[i] != '\n'; i++)
		if ((p[i] < ' ' && p[i] != '\t' && p[i] != '\r') ||
		    p[i] == 0x7f)
			return false;
	return true;
}

static int headers_end(const struct headers *h, u32 head, u32 len,
		       struct algate_cut *cut)
{
	u32 total = head + h->body;

	if (h->field && !h->digits)
		return -EPROTO;
	if (total > h->max)
		return -EMSGSIZE;
	return len < total ? ALGATE_MORE : cut_at(cut, total, total);
}

static int cut_headers(const struct algate_prog *prog, const u8 *p, u32 len,
		       struct algate_cut *cut)
{
	struct headers h = { .prog = prog, .max = prog->frame.max };
	u32 most = min_t(u32, len, h.max);
	u32 pos = 0;
	const u8 *lf;

	if (!is_text_line(p, most))
		return -EPROTO;
	while ((lf = memchr(p + pos, '\n', most - pos))) {
		u32 text = line_text(p + pos, lf - (p + pos));
		int err;

		if (!text)
			return headers_end(&h, lf - p + 1, len, cut);
		/* the first line is not a field, whatever it looks like */
		err = pos ? headers_line(&h, p + pos, text) : 0;
		if (err)
			return err;
		pos = lf - p + 1;
	}
	return len < h.max ? ALGATE_MORE : -EMSGSIZE;
}

/**
 * algate_frame_cut() - find the end of the message that the bytes begin with
 * @prog: verified program, whose framing is asked for
 * @p: bytes from the start of a message on
 * @len: how many are there
 * @cut: filled in on success
 *
 * An empty line where a header block should begin is a message of its own.
 *
 * Return: 0; ALGATE_MORE if the message is not all there; -EMSGSIZE if it is
 * longer than the framing allows; -EPROTO if these bytes are not of the
 * protocol, and no later ones can be told apart either.
 */
int algate_frame_cut(const struct algate_prog *prog, const u8 *p, u32 len,
		     struct algate_cut *cut)
{
	const struct algate_framing *f = &prog->frame;

	switch (f->kind) {
	case ALGATE_FRAME_DATAGRAM:
		return cut_datagram(f, len, cut);
	case ALGATE_FRAME_LINES:
		return cut_line(f, p, len, cut);
	case ALGATE_FRAME_HEADERS:
		return cut_headers(prog, p, len, cut);
	case ALGATE_FRAME_LENGTH:
		return cut_length(f, p, len, cut);
	case ALGATE_FRAME_FIRST:
		return cut_first(f, p, len, cut);
	}
	return -EPROTO;
}

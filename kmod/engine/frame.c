// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the end of a message.
 *
 * The given bytes begin with a message. Further bytes change no result except
 * ALGATE_MORE, so the boundaries of segments do not matter.
 */
#include "engine.h"
#include "scan.h"

static int cut_at(struct algate_cut *cut, u32 total, u32 len)
{
	cut->total = total;
	cut->len = len;
	return 0;
}

static int cut_datagram(const struct algate_framing *f, u32 len,
			struct algate_cut *cut)
{
	return len > f->max ? -EMSGSIZE : cut_at(cut, len, len);
}

static int cut_line(const struct algate_framing *f, const u8 *p, u32 len,
		    struct algate_cut *cut)
{
	const u8 *lf = algate_find_byte(p, '\n', min_t(u32, len, f->max));

	if (!lf)
		return len < f->max ? ALGATE_MORE : -EMSGSIZE;
	return cut_at(cut, lf - p + 1, algate_line_text(p, lf - p));
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

/* V11: a message with the length field has the byte that says the order */
static bool is_little(const struct algate_framing *f, const u8 *p)
{
	if (f->flags & ALGATE_FRAME_ORDER)
		return (u8)(p[f->place] - f->lead) <= f->more;
	return f->flags & ALGATE_FRAME_LITTLE;
}

static u32 length_field(const struct algate_framing *f, const u8 *p)
{
	bool little = is_little(f, p);
	u32 field = 0;
	u32 i;

	p += f->offset;
	for (i = 0; i < f->width; i++)
		field = field << 8 | p[little ? f->width - 1 - i : i];
	return field;
}

/**
 * algate_frame_prefixed() - find the end of a message with a length field
 * @f: verified framing of ALGATE_FRAME_LENGTH
 * @p: bytes from the message's start on
 * @len: number of bytes at @p
 * @cut: filled in on success
 *
 * Context: Any context.
 *
 * Return: as algate_frame_cut().
 */
int algate_frame_prefixed(const struct algate_framing *f, const u8 *p, u32 len,
			  struct algate_cut *cut)
{
	u32 field;
	s64 total;

	/* V11: the field lies within the longest message */
	if (len < (u32)f->offset + f->width)
		return ALGATE_MORE;
	field = length_field(f, p);
	total = (s64)(field & f->mask) + f->bias;
	if (total < (s64)f->offset + f->width)
		return -EPROTO;
	if (total <= ALGATE_SKIP_MAX)
		cut->total = total;
	if (total > f->max)
		return -EMSGSIZE;
	return len < total ? ALGATE_MORE : cut_at(cut, total, total);
}

/**
 * struct headers - parser of a header block
 * @prog: program; its literal pool begins with the length field's names
 * @frame: framing of the message
 * @max: longest message in bytes
 * @body: length of the body in bytes, at most ALGATE_SKIP_MAX + 1
 * @found: a length field was read
 * @field: the current line belongs to a length field
 * @digits: the current length field's number was read
 * @number: first digit of the number
 * @number_len: number of digits
 */
struct headers {
	const struct algate_prog *prog;
	const struct algate_framing *frame;
	u32 max;
	u32 body;
	bool found;
	bool field;
	bool digits;
	const u8 *number;
	u32 number_len;
};

static bool is_blank(u8 c)
{
	return c == ' ' || c == '\t';
}

/* V11: the literal pool begins with the names */
static bool is_length_name(const struct headers *h, const u8 *p, u32 len)
{
	const u8 *name = h->prog->literals;
	u8 i;

	for (i = 0; i < h->frame->nnames; i++) {
		if (len == name[0] && algate_same_folded(p, name + 1, len))
			return true;
		name += 1 + name[0];
	}
	return false;
}

/* Parse the value of a length field, or its continuation line. */
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
	h->number = p + i;
	for (; i < len && p[i] >= '0' && p[i] <= '9'; i++) {
		h->digits = true;
		body = min_t(u32, body * 10 + (p[i] - '0'),
			     ALGATE_SKIP_MAX + 1);
	}
	h->number_len = p + i - h->number;
	while (i < len && is_blank(p[i]))
		i++;
	if (i < len || !h->digits)
		return -EPROTO;
	/* reject different lengths: the receiver may use the other length */
	if (h->found && body != h->body)
		return -EPROTO;
	h->found = true;
	h->body = body;
	return 0;
}

/* Parse a line of the header block, without its CR and LF. */
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
	if (!is_length_name(h, p, name))
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
	if (total <= ALGATE_SKIP_MAX)
		cut->total = total;
	if (total > h->max)
		return -EMSGSIZE;
	return len < total ? ALGATE_MORE : cut_at(cut, total, total);
}

/*
 * Parse lines up to the empty line. Returns the offset behind the empty line,
 * or a negative errno.
 */
static int headers_read(struct headers *h, const u8 *p, u32 len)
{
	u32 most = min_t(u32, len, h->max);
	u32 pos = 0;
	u32 lf;

	while ((lf = algate_find_line(p, pos, most, len)) < most) {
		u32 text = algate_line_text(p + pos, lf - pos);
		int err;

		if (!text)
			return lf + 1;
		/* the first line is a start line, not a field */
		err = pos ? headers_line(h, p + pos, text) : 0;
		if (err)
			return err;
		pos = lf + 1;
	}
	return len < h->max ? ALGATE_MORE : -EMSGSIZE;
}

static noinline int cut_headers(const struct algate_prog *prog,
				const struct algate_framing *f, const u8 *p,
				u32 len, struct algate_cut *cut)
{
	struct headers h = { .prog = prog, .frame = f, .max = f->max };
	int head;

	if (!is_text_line(p, min_t(u32, len, h.max)))
		return -EPROTO;
	head = headers_read(&h, p, len);
	return head < 0 ? head : headers_end(&h, head, len, cut);
}

/**
 * algate_frame_of() - select the framing of a message by its first byte
 * @prog: verified program
 * @p: bytes from the message's start on
 * @len: number of bytes at @p
 *
 * Context: Any context.
 *
 * Return: the framing.
 */
const struct algate_framing *algate_frame_of(const struct algate_prog *prog,
					     const u8 *p, u32 len)
{
	if (len && algate_frame_second(prog, p[0]))
		return &prog->frame[1];
	return &prog->frame[0];
}

/**
 * algate_frame_cut() - find the end of a message
 * @prog: verified program
 * @p: bytes from the message's start on
 * @len: number of bytes at @p
 * @cut: filled in; without success only @cut->total
 *
 * Where a header block should begin, an empty line is a separate message.
 *
 * Context: Any context.
 *
 * Return: 0; ALGATE_MORE: the message is incomplete; -EMSGSIZE: the message
 * exceeds the framing's maximum; -EPROTO: the bytes do not follow the framing,
 * so the ends of later messages are unknown, too.
 */
int algate_frame_cut(const struct algate_prog *prog, const u8 *p, u32 len,
		     struct algate_cut *cut)
{
	const struct algate_framing *f = algate_frame_of(prog, p, len);

	cut->total = 0;
	switch (f->kind) {
	case ALGATE_FRAME_DATAGRAM:
		return cut_datagram(f, len, cut);
	case ALGATE_FRAME_LINES:
		return cut_line(f, p, len, cut);
	case ALGATE_FRAME_HEADERS:
		return cut_headers(prog, f, p, len, cut);
	case ALGATE_FRAME_LENGTH:
		return algate_frame_prefixed(f, p, len, cut);
	case ALGATE_FRAME_FIRST:
		return cut_first(f, p, len, cut);
	case ALGATE_FRAME_TURNS:
		return len < f->max ? ALGATE_MORE :
				      cut_at(cut, f->max, f->max);
	}
	return -EPROTO;
}

static void headers_field(const struct algate_prog *prog,
			  const struct algate_framing *f, const u8 *p, u32 len,
			  struct algate_field *field)
{
	struct headers h = { .prog = prog, .frame = f, .max = f->max };
	int head = headers_read(&h, p, len);

	if (!h.found)
		return;
	field->off = h.number - p;
	field->len = h.number_len;
	field->type = ALGATE_T_DEC;
	field->value = h.body;
	field->to = len;
	/*
	 * A length that exceeds the message stays as it is. Behind the body of
	 * a datagram, there may be bytes that nobody reads.
	 */
	if (head == ALGATE_MORE) {
		field->from = len;
	} else if (head < 0 || len - head < h.body) {
		field->len = 0;
	} else {
		field->from = head;
		field->to = head + h.body;
	}
}

static u8 field_type(const struct algate_framing *f, const u8 *p)
{
	bool little = is_little(f, p);

	if (f->width == 1)
		return ALGATE_T_U8;
	if (f->width == 2)
		return little ? ALGATE_T_U16LE : ALGATE_T_U16BE;
	return little ? ALGATE_T_U32LE : ALGATE_T_U32BE;
}

/**
 * algate_frame_field() - find the length field of a message
 * @prog: verified program
 * @p: message, or its beginning
 * @len: number of bytes at @p
 * @field: filled in; @field->len is 0 without a length field so far
 *
 * Context: Any context.
 */
void algate_frame_field(const struct algate_prog *prog, const u8 *p, u32 len,
			struct algate_field *field)
{
	const struct algate_framing *f = algate_frame_of(prog, p, len);
	struct algate_cut cut;

	memset(field, 0, sizeof(*field));
	if (f->kind == ALGATE_FRAME_HEADERS) {
		headers_field(prog, f, p, len, field);
	} else if (f->kind == ALGATE_FRAME_LENGTH &&
		   !algate_frame_prefixed(f, p, len, &cut) &&
		   cut.total == len) {
		/* a value other than the message's length stays as it is */
		field->off = f->offset;
		field->len = f->width;
		field->to = len;
		field->type = field_type(f, p);
		field->value = length_field(f, p);
		field->mask = f->mask;
	}
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of numbers and ranges, such as 22,80-90, in arguments and output.
 */
#include "algctl.h"

const struct list_kind list_of_numbers = {
	.what = "list", .none = "any", .max = UINT32_MAX,
	.most = ALGATE_MAX_RANGES,
};

const struct list_kind list_of_ports = {
	.what = "port", .none = "none", .min = 1, .max = UINT16_MAX,
	.most = ALGATE_MAX_RESERVED,
};

static int range_order(const void *a, const void *b)
{
	const struct algate_numbers *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* Sorts the ranges, and joins ranges without a gap between them. */
static void list_order(struct list *list)
{
	struct algate_numbers *last = list->range;
	u32 i;

	qsort(list->range, list->n, sizeof(*list->range), range_order);
	for (i = 1; i < list->n; i++) {
		if (list->range[i].first <= (u64)last->last + 1)
			last->last = max_t(u32, last->last,
					   list->range[i].last);
		else
			*++last = list->range[i];
	}
	list->n = last - list->range + 1;
}

/* Overwrites @word. */
static int range_split(const struct list_kind *kind, char *word,
		       struct algate_numbers *range)
{
	char *last = strchr(word, '-');

	if (last)
		*last++ = 0;
	if (arg_number(kind->what, word, kind->min, kind->max, &range->first) ||
	    arg_number(kind->what, last ?: word, range->first, kind->max,
		       &range->last))
		return -1;
	return 0;
}

static char *copy_of(const char *word)
{
	char *copy = xalloc(strlen(word) + 1);

	return strcpy(copy, word);
}

/**
 * range_parse() - read a number, or a range FIRST-LAST
 * @kind: kind of list that the range could belong to
 * @word: text
 * @range: set to the range
 *
 * Return: 0, or -1 after a message.
 */
int range_parse(const struct list_kind *kind, const char *word,
		struct algate_numbers *range)
{
	char *copy = copy_of(word);
	int err = range_split(kind, copy, range);

	free(copy);
	return err;
}

/**
 * list_parse() - read a list
 * @kind: kind of list
 * @word: numbers and ranges, with commas between them; or the word for no list
 * @list: set to the list, in ascending order
 *
 * Return: 0, or -1 after a message.
 */
int list_parse(const struct list_kind *kind, const char *word,
	       struct list *list)
{
	char *copy = copy_of(word), *rest = copy, *part;
	int err = 0;

	list->n = 0;
	if (!strcmp(word, kind->none))
		rest = NULL;
	while (!err && (part = strsep(&rest, ","))) {
		if (list->n < kind->most) {
			err = range_split(kind, part, &list->range[list->n++]);
			continue;
		}
		complain("a list has at most %u ranges", kind->most);
		err = -1;
	}
	free(copy);
	if (!err && list->n)
		list_order(list);
	return err;
}

/**
 * list_text() - write a list
 * @list: list
 * @none: text for the empty list
 * @buf: LIST_LEN bytes
 *
 * Return: @buf.
 */
const char *list_text(const struct list *list, const char *none, char *buf)
{
	char *at = buf;
	u32 i;

	strcpy(buf, none);
	for (i = 0; i < list->n; i++) {
		const struct algate_numbers *r = &list->range[i];

		at += sprintf(at, "%s%u", i ? "," : "", r->first);
		if (r->last != r->first)
			at += sprintf(at, "-%u", r->last);
	}
	return buf;
}

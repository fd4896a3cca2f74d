// SPDX-License-Identifier: GPL-2.0
/*
 * Maps of addresses, such as 10.0.1.0/24=203.0.113.0/24, in arguments and output.
 */
#include <stdlib.h>

#include "algctl.h"

static void prefix_text(const u8 *addr, const struct algate_pair *p, char *buf)
{
	struct addr a = { .family = p->family };

	memcpy(a.b, addr, sizeof(a.b));
	addr_text(&a, buf);
	if (p->bits < 8 * addr_len(&a))
		sprintf(buf + strlen(buf), "/%u", p->bits);
}

/* Returns the end of the text. */
static char *pair_text(const struct algate_pair *p, char *buf)
{
	prefix_text(p->from, p, buf);
	buf += strlen(buf);
	*buf++ = '=';
	prefix_text(p->to, p, buf);
	return buf + strlen(buf);
}

/* The order of struct algate_pair */
static int pair_order(const void *a, const void *b)
{
	const struct algate_pair *x = a, *y = b;

	if (x->bits != y->bits)
		return y->bits - x->bits;
	if (x->family != y->family)
		return x->family - y->family;
	return memcmp(x->from, y->from, sizeof(x->from));
}

static int pair_read(char *word, struct algate_pair *pair)
{
	struct prefix from, to;
	char *right = strchr(word, '=');

	if (!right) {
		complain("'%s': a pair of a map has = between its sides", word);
		return -1;
	}
	*right++ = 0;
	if (arg_prefix(word, &from) || arg_prefix(right, &to))
		return -1;
	if (from.addr.family != to.addr.family || from.len != to.len) {
		complain("'%s=%s': the two sides are not of the same family and length",
			 word, right);
		return -1;
	}
	*pair = (struct algate_pair){ .family = from.addr.family,
				      .bits = from.len };
	memcpy(pair->from, from.addr.b, sizeof(pair->from));
	memcpy(pair->to, to.addr.b, sizeof(pair->to));
	return 0;
}

/*
 * Prefixes of the same length overlap only if they are equal, and the longest
 * prefix counts.
 */
static int pair_add(struct map *map, const struct algate_pair *pair)
{
	char text[PAIR_LEN], other[PAIR_LEN];
	const struct algate_pair *p;
	const char *side = NULL;

	for (p = map->pair; !side && p < map->pair + map->n; p++) {
		if (p->family != pair->family || p->bits != pair->bits)
			continue;
		if (!memcmp(p->from, pair->from, sizeof(p->from)))
			side = "left";
		else if (!memcmp(p->to, pair->to, sizeof(p->to)))
			side = "right";
	}
	if (side) {
		pair_text(pair, text);
		pair_text(p - 1, other);
		complain("'%s' has the same %s side as '%s'", text, side,
			 other);
		return -1;
	}
	if (map->n == ALGATE_MAX_PAIRS) {
		complain("a map has at most %u pairs", ALGATE_MAX_PAIRS);
		return -1;
	}
	map->pair[map->n++] = *pair;
	return 0;
}

/**
 * map_parse() - read pairs of a map
 * @word: pairs, with commas between them; or "none"
 * @map: gets the pairs, in the order of struct algate_pair
 *
 * Return: 0, or -1 after a message.
 */
int map_parse(const char *word, struct map *map)
{
	char *copy = xalloc(strlen(word) + 1), *rest, *part;
	struct algate_pair pair;
	int err = 0;

	rest = strcmp(word, "none") ? strcpy(copy, word) : NULL;
	while (!err && (part = strsep(&rest, ",")))
		err = pair_read(part, &pair) || pair_add(map, &pair) ? -1 : 0;
	free(copy);
	qsort(map->pair, map->n, sizeof(*map->pair), pair_order);
	return err;
}

/**
 * map_text() - write a map
 * @map: map
 * @buf: MAP_LEN bytes
 *
 * Return: @buf.
 */
const char *map_text(const struct map *map, char *buf)
{
	char *at = buf;
	u32 i;

	strcpy(buf, "none");
	for (i = 0; i < map->n; i++) {
		if (i)
			*at++ = ',';
		at = pair_text(&map->pair[i], at);
	}
	return buf;
}

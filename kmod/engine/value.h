/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Notations: value.c has the table, value_read.c and value_write.c the codecs.
 */
#ifndef ALGATE_VALUE_H
#define ALGATE_VALUE_H

#include "engine.h"

#define IP6_GROUPS	8
#define IP6_NO_GAP	(-1)

/* encoding of a notation */
enum form {
	FORM_NONE,
	FORM_SPAN,	/* read only, never written */
	FORM_TEXT,
	FORM_RAW,
	FORM_PORT_PARTS,
	FORM_IP4,
	FORM_IP4_DEC,
	FORM_ADDR_RAW,
	FORM_IP6,
	FORM_IP,
	FORM_HOST,
	FORM_ENDPOINT,
	FORM_PER,
	FORM_BER,
	FORM_UTF16,	/* FORM_IP4 or FORM_TEXT, two bytes for each character */
};

struct notation {
	const char *name;
	enum algate_kind kind;
	enum form form;
	u32 max;	/* largest number */
	u8 digits;	/* highest number of digits; raw: bytes */
	u8 base;
	u8 parts;	/* numbers between separators */
	u8 sep;
	bool little;
};

const struct notation *algate_notation(u8 type);

int algate_per_length(const u8 *p, u32 len, u32 *num);

int algate_notation_read(const struct notation *n, const u8 *p, u32 len,
			 bool partial, struct algate_value *v);
int algate_notation_write(const struct notation *n,
			  const struct algate_value *v, u8 *out);

#endif /* ALGATE_VALUE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Notations: what value.c has a table of, value_read.c and value_write.c do.
 */
#ifndef ALGATE_VALUE_H
#define ALGATE_VALUE_H

#include "engine.h"

#define IP6_GROUPS	8
#define IP6_NO_GAP	(-1)

/* how the bytes of a notation are read and written */
enum form {
	FORM_NONE,
	FORM_SPAN,	/* these are only read */
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
};

struct notation {
	const char *name;
	enum algate_kind kind;
	enum form form;
	u32 max;	/* largest number */
	u8 digits;	/* at most, or bytes of a raw one */
	u8 base;
	u8 parts;	/* dotted or comma-separated */
	u8 sep;
	bool little;
};

const struct notation *algate_notation(u8 type);

int algate_notation_read(const struct notation *n, const u8 *p, u32 len,
			 bool partial, struct algate_value *v);
int algate_notation_write(const struct notation *n,
			  const struct algate_value *v, u8 *out);

#endif /* ALGATE_VALUE_H */

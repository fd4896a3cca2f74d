/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Notations: what value.c has a table of, value_read.c and value_write.c do.
 */
#ifndef ALGATE_VALUE_H
#define ALGATE_VALUE_H

#include "engine.h"

#define IP6_GROUPS	8
#define IP6_NO_GAP	(-1)

/* the bytes that are left to read */
struct reader {
	const u8 *p;
	u32 len;
	u32 pos;
	bool partial;
};

struct notation {
	const char *name;
	enum algate_kind kind;
	int (*read)(const struct notation *n, struct reader *r,
		    struct algate_value *v);
	int (*write)(const struct notation *n, const struct algate_value *v,
		     u8 *out);
	u32 max;	/* largest number */
	u8 digits;	/* at most, or bytes of a raw one */
	u8 base;
	u8 parts;	/* dotted or comma-separated */
	u8 sep;
	bool little;
};

const struct notation *algate_notation(u8 type);

/* 0, -EINVAL, or ALGATE_MORE; nothing is written then */
int algate_read_text(const struct notation *n, struct reader *r,
		     struct algate_value *v);
int algate_read_raw(const struct notation *n, struct reader *r,
		    struct algate_value *v);
int algate_read_span(const struct notation *n, struct reader *r,
		     struct algate_value *v);
int algate_read_port_parts(const struct notation *n, struct reader *r,
			   struct algate_value *v);
int algate_read_ip4(const struct notation *n, struct reader *r,
		    struct algate_value *v);
int algate_read_ip4_dec(const struct notation *n, struct reader *r,
			struct algate_value *v);
int algate_read_addr_raw(const struct notation *n, struct reader *r,
			 struct algate_value *v);
int algate_read_ip6(const struct notation *n, struct reader *r,
		    struct algate_value *v);
int algate_read_ip(const struct notation *n, struct reader *r,
		   struct algate_value *v);
int algate_read_host(const struct notation *n, struct reader *r,
		     struct algate_value *v);
int algate_read_endpoint(const struct notation *n, struct reader *r,
			 struct algate_value *v);

/* bytes written, or -ERANGE */
int algate_write_text(const struct notation *n, const struct algate_value *v,
		      u8 *out);
int algate_write_raw(const struct notation *n, const struct algate_value *v,
		     u8 *out);
int algate_write_port_parts(const struct notation *n, const struct algate_value *v,
			    u8 *out);
int algate_write_ip4(const struct notation *n, const struct algate_value *v,
		     u8 *out);
int algate_write_ip4_dec(const struct notation *n, const struct algate_value *v,
			 u8 *out);
int algate_write_addr_raw(const struct notation *n, const struct algate_value *v,
			  u8 *out);
int algate_write_ip6(const struct notation *n, const struct algate_value *v,
		     u8 *out);
int algate_write_ip(const struct notation *n, const struct algate_value *v,
		    u8 *out);
int algate_write_host(const struct notation *n, const struct algate_value *v,
		      u8 *out);
int algate_write_endpoint(const struct notation *n, const struct algate_value *v,
			  u8 *out);

#endif /* ALGATE_VALUE_H */

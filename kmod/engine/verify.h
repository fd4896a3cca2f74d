/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ALGATE_VERIFY_H
#define ALGATE_VERIFY_H

#include "engine.h"

/* sets of types */
#define T(type)		(1U << ALGATE_T_##type)
#define T_ADDRS4	(T(IP4) | T(IP4_COMMAS) | T(IP4_DEC) | T(IP4_RAW))
#define T_ADDRS		(T_ADDRS4 | T(IP6) | T(IP6_RAW) | T(IP) | T(HOST))
#define T_ENDS		(T_ADDRS | T(ENDPOINT))
#define T_READ_NUMS	(T(DEC) | T(PORT) | T(HEX) | T(U8) | T(U16BE) | \
			 T(U16LE) | T(U32BE) | T(U32LE) | T(PORT_COMMAS) | \
			 T(PORT_DOTS))
#define T_NUMS		(T(NUM) | T_READ_NUMS)
#define T_WRITTEN	(T_READ_NUMS | T_ENDS)		/* has a place */
#define T_READ		(T_WRITTEN | T(SPAN))

u32 algate_check_names(const struct algate_prog *prog, u32 off, u32 n, u32 most);
int algate_check_literal(const struct algate_prog *prog, u32 off, u32 len);
bool algate_slot_is(const struct algate_prog *prog, u32 slot, u32 types);
int algate_check_tables(const struct algate_prog *prog);

#endif /* ALGATE_VERIFY_H */

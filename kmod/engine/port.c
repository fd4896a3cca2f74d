// SPDX-License-Identifier: GPL-2.0
/*
 * Chooses public ports. An announced port is kept only if the administrator's
 * range contains it; otherwise NAT needs another port of the range. The caller
 * finds out whether a port is free.
 */
#include "intent.h"

/* Last port of a reserved range that overlaps the @count ports from @port on */
static u32 reserved_end(const struct algate_ports *ports, u32 port, u32 count)
{
	u32 i;

	for (i = 0; i < ports->nreserved; i++) {
		const struct algate_range *r = &ports->reserved[i];

		if (r->first <= port + count - 1 && r->last >= port)
			return r->last;
	}
	return 0;
}

/**
 * algate_port_next() - find the next port that an opening may get
 * @ports: allowed ports
 * @o: resolved open action
 * @from: first port to consider, 0 to 65536
 *
 * An opening of several ports gets consecutive ports, and none of them is
 * reserved. With parity, an even port stays even and an odd port odd.
 *
 * Context: Any context.
 *
 * Return: the lowest possible port from @from on, or 0.
 */
u32 algate_port_next(const struct algate_ports *ports,
		     const struct algate_opening *o, u32 from)
{
	u32 port = from > ports->all.first ? from : ports->all.first;
	u32 count = o->act->count;

	while (port + count - 1 <= ports->all.last) {
		u32 end = reserved_end(ports, port, count);

		if (end)
			port = end + 1;
		else if (o->act->parity && (port ^ o->real.port) & 1)
			port++;
		else
			return port;
	}
	return 0;
}

/**
 * algate_port_candidate() - a port to try for an opening
 * @ports: allowed ports
 * @o: resolved open action
 * @start: number below 2^31, the same for all tries
 * @i: number of the try, from 0 to ALGATE_PORT_TRIES - 1
 *
 * The tries visit all ports of a range of up to ALGATE_PORT_TRIES ports, and
 * are evenly spread over a larger range, so that a block of used ports does not
 * use up all tries.
 *
 * Context: Any context.
 *
 * Return: the port, or 0 if no port is possible.
 */
u32 algate_port_candidate(const struct algate_ports *ports,
			  const struct algate_opening *o, u32 start, u32 i)
{
	u32 span = ports->all.last - ports->all.first + 1;
	u32 step = span > ALGATE_PORT_TRIES ? span / ALGATE_PORT_TRIES : 1;
	u32 port;

	port = algate_port_next(ports, o, ports->all.first +
					  (start + i * step) % span);
	return port ? port : algate_port_next(ports, o, 0);
}

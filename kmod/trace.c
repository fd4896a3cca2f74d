// SPDX-License-Identifier: GPL-2.0
/* The tracepoints of trace.h. */
#include <linux/kernel.h>
#include <linux/socket.h>
#include <linux/string.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

/**
 * algate_trace_addr() - write an address as text
 * @text: gets the text, padded with zeros to ALGATE_TRACE_ADDR bytes
 * @l3num: AF_INET or AF_INET6
 * @addr: address
 */
void algate_trace_addr(char *text, u16 l3num, const void *addr)
{
	memset(text, 0, ALGATE_TRACE_ADDR);
	if (l3num == AF_INET6)
		snprintf(text, ALGATE_TRACE_ADDR, "%pI6c", addr);
	else
		snprintf(text, ALGATE_TRACE_ADDR, "%pI4", addr);
}

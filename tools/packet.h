/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Captured frames to segments and datagrams.
 */
#ifndef ALGCTL_PACKET_H
#define ALGCTL_PACKET_H

#include "algctl.h"

/**
 * struct packet - a segment or datagram
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @addr: source, destination
 * @port: source, destination
 * @data: payload
 * @len: its length
 * @seq: TCP only, like all members below
 */
struct packet {
	u8 proto;
	struct addr addr[2];
	u16 port[2];
	const u8 *data;
	u32 len;
	u32 seq;
	u32 ack;
	bool has_ack;
	bool syn;
	bool fin;
	bool rst;
};

enum packet_kind {
	PACKET_GOOD,
	PACKET_OTHER,		/* neither TCP nor UDP */
	PACKET_FRAGMENT,
	PACKET_CUT,		/* not captured in full length */
	PACKET_BAD,		/* inconsistent lengths */
};

bool packet_link_known(int link);
enum packet_kind packet_read(int link, const u8 *frame, u32 caplen, u32 len,
			     struct packet *p);

#endif /* ALGCTL_PACKET_H */

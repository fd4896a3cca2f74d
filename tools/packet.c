// SPDX-License-Identifier: GPL-2.0
/*
 * Captured frames to segments and datagrams: Ethernet, Linux "cooked" or raw
 * IP, with VLAN tags or without.
 */
#include <pcap/pcap.h>

#include "packet.h"

#define ETH_IP		0x0800
#define ETH_IPV6	0x86dd
#define ETH_VLAN	0x8100
#define ETH_QINQ	0x88a8

#define TCP_FIN		0x01
#define TCP_SYN		0x02
#define TCP_RST		0x04
#define TCP_ACK		0x10

/* the captured bytes of a frame; @cut: the frame was longer */
struct bytes {
	const u8 *p;
	u32 len;
	bool cut;
};

static enum packet_kind too_short(const struct bytes *b)
{
	return b->cut ? PACKET_CUT : PACKET_BAD;
}

static bool bytes_pull(struct bytes *b, u32 n)
{
	if (n > b->len)
		return false;
	b->p += n;
	b->len -= n;
	return true;
}

/* Bytes beyond the length in the header are padding of the link. */
static enum packet_kind bytes_trim(struct bytes *b, u32 len)
{
	if (len > b->len)
		return too_short(b);
	b->len = len;
	b->cut = false;
	return PACKET_GOOD;
}

static enum packet_kind read_tcp(struct bytes b, struct packet *p)
{
	const u8 *h = b.p;
	u32 hlen;

	if (b.len < 20)
		return too_short(&b);
	hlen = (h[12] >> 4) * 4;
	if (hlen < 20 || !bytes_pull(&b, hlen))
		return too_short(&b);
	p->seq = get_unaligned_be32(h + 4);
	p->ack = get_unaligned_be32(h + 8);
	p->fin = h[13] & TCP_FIN;
	p->syn = h[13] & TCP_SYN;
	p->rst = h[13] & TCP_RST;
	p->has_ack = h[13] & TCP_ACK;
	p->data = b.p;
	p->len = b.len;
	return PACKET_GOOD;
}

static enum packet_kind read_udp(struct bytes b, struct packet *p)
{
	u32 len;

	if (b.len < 8)
		return too_short(&b);
	len = get_unaligned_be16(b.p + 4);
	if (len < 8 || len > b.len)
		return too_short(&b);
	p->data = b.p + 8;
	p->len = len - 8;
	return PACKET_GOOD;
}

static enum packet_kind read_transport(struct bytes b, u8 proto,
				       struct packet *p)
{
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return PACKET_OTHER;
	if (b.cut)
		return PACKET_CUT;
	if (b.len < 4)
		return PACKET_BAD;
	p->proto = proto;
	p->port[0] = get_unaligned_be16(b.p);
	p->port[1] = get_unaligned_be16(b.p + 2);
	return proto == IPPROTO_TCP ? read_tcp(b, p) : read_udp(b, p);
}

static void set_addr(struct addr *a, u8 family, const u8 *p)
{
	*a = (struct addr){ .family = family };
	memcpy(a->b, p, addr_len(a));
}

static enum packet_kind read_ip4(struct bytes b, struct packet *p)
{
	const u8 *h = b.p;
	enum packet_kind kind;
	u32 hlen, total;

	if (b.len < 20)
		return too_short(&b);
	hlen = (h[0] & 15) * 4;
	/* 0: larger than 64 KiB, captured on the sender before segmentation */
	total = get_unaligned_be16(h + 2) ?: b.len;
	if (hlen < 20 || total < hlen)
		return PACKET_BAD;
	if (get_unaligned_be16(h + 6) & 0x3fff)
		return PACKET_FRAGMENT;
	set_addr(&p->addr[0], AF_INET, h + 12);
	set_addr(&p->addr[1], AF_INET, h + 16);
	if (h[9] != IPPROTO_TCP && h[9] != IPPROTO_UDP)
		return PACKET_OTHER;
	kind = bytes_trim(&b, total);
	if (kind != PACKET_GOOD)
		return kind;
	bytes_pull(&b, hlen);
	return read_transport(b, h[9], p);
}

/* Skips extension headers; @next: protocol of the next header */
static enum packet_kind skip_extensions(struct bytes *b, u8 *next)
{
	for (;;) {
		const u8 *h = b->p;
		u32 len = 8;

		switch (*next) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
		case IPPROTO_FRAGMENT:
			break;
		default:
			return PACKET_GOOD;
		}
		if (b->len < 8)
			return too_short(b);
		if (*next != IPPROTO_FRAGMENT)
			len += h[1] * 8;
		else if (get_unaligned_be16(h + 2) & 0xfff9)
			return PACKET_FRAGMENT;
		*next = h[0];
		if (!bytes_pull(b, len))
			return too_short(b);
	}
}

static enum packet_kind read_ip6(struct bytes b, struct packet *p)
{
	const u8 *h = b.p;
	enum packet_kind kind;
	u32 len;
	u8 next;

	if (b.len < 40)
		return too_short(&b);
	next = h[6];
	set_addr(&p->addr[0], AF_INET6, h + 8);
	set_addr(&p->addr[1], AF_INET6, h + 24);
	len = get_unaligned_be16(h + 4);
	bytes_pull(&b, 40);
	if (len) {
		kind = bytes_trim(&b, len);
		if (kind != PACKET_GOOD)
			return kind;
	}
	kind = skip_extensions(&b, &next);
	if (kind != PACKET_GOOD)
		return kind;
	return read_transport(b, next, p);
}

static enum packet_kind read_ip(const struct bytes *b, struct packet *p)
{
	if (!b->len)
		return too_short(b);
	switch (*b->p >> 4) {
	case 4:
		return read_ip4(*b, p);
	case 6:
		return read_ip6(*b, p);
	default:
		return PACKET_OTHER;
	}
}

/* @type: EtherType of the payload or of a VLAN tag */
static enum packet_kind read_tagged(struct bytes b, u16 type, struct packet *p)
{
	while (type == ETH_VLAN || type == ETH_QINQ) {
		if (b.len < 4)
			return too_short(&b);
		type = get_unaligned_be16(b.p + 2);
		bytes_pull(&b, 4);
	}
	if (type != ETH_IP && type != ETH_IPV6)
		return PACKET_OTHER;
	return read_ip(&b, p);
}

/* Offsets of the payload's EtherType (-1: raw IP) and of the payload */
static bool link_layout(int link, int *type, u32 *head)
{
	switch (link) {
	case DLT_EN10MB:
		*type = 12;
		*head = 14;
		return true;
	case DLT_LINUX_SLL:
		*type = 14;
		*head = 16;
		return true;
	case DLT_LINUX_SLL2:
		*type = 0;
		*head = 20;
		return true;
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		*type = -1;
		*head = 0;
		return true;
	default:
		return false;
	}
}

/**
 * packet_link_known() - test if frames of a link type can be read
 * @link: DLT_*
 *
 * Return: true if packet_read() supports the link type.
 */
bool packet_link_known(int link)
{
	u32 head;
	int type;

	return link_layout(link, &type, &head);
}

/**
 * packet_read() - read a frame
 * @link: DLT_*, accepted by packet_link_known()
 * @frame: its bytes
 * @caplen: number of captured bytes
 * @len: length of the frame
 * @p: filled in; its payload is inside @frame
 *
 * Return: kind of the packet; @p is valid only for PACKET_GOOD.
 */
enum packet_kind packet_read(int link, const u8 *frame, u32 caplen, u32 len,
			     struct packet *p)
{
	struct bytes b = { .p = frame, .len = caplen, .cut = caplen < len };
	u32 head = 0;
	int type = -1;

	*p = (struct packet){ .proto = 0 };
	link_layout(link, &type, &head);
	if (!bytes_pull(&b, head))
		return too_short(&b);
	if (type < 0)
		return read_ip(&b, p);
	return read_tagged(b, get_unaligned_be16(frame + type), p);
}

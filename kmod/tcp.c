// SPDX-License-Identifier: GPL-2.0
/*
 * TCP headers: SYN and RST segments accepted by conntrack, and the segment size
 * of a sender.
 */
#include <linux/tcp.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "algate.h"
#include "packet.h"

/**
 * algate_tcp_syn() - does a SYN open the connection?
 * @ct: conntrack entry of the packet
 * @dir: direction of the packet
 * @th: TCP header of the packet
 * @len: length of the payload, in bytes
 *
 * A spoofed SYN must not reset the stream state. Conntrack has just tracked the
 * packet. For an accepted SYN, conntrack's state is a SYN state, and
 * conntrack's highest sequence number of the sender is the end of the SYN.
 *
 * Return: true for an accepted SYN.
 */
bool algate_tcp_syn(const struct nf_conn *ct, enum ip_conntrack_dir dir,
		    const struct tcphdr *th, u32 len)
{
	u8 state = READ_ONCE(ct->proto.tcp.state);
	u32 end = READ_ONCE(ct->proto.tcp.seen[dir].td_end);

	if (end != ntohl(th->seq) + 1 + len)
		return false;
	if (th->ack)
		return state == TCP_CONNTRACK_SYN_RECV;
	return state == TCP_CONNTRACK_SYN_SENT ||
	       state == TCP_CONNTRACK_SYN_SENT2;
}

/**
 * algate_tcp_rst() - does a RST end the connection?
 * @ct: conntrack entry of the packet, which conntrack has just tracked
 *
 * Return: true for an accepted RST.
 */
bool algate_tcp_rst(const struct nf_conn *ct)
{
	return READ_ONCE(ct->proto.tcp.state) == TCP_CONNTRACK_CLOSE;
}

/*
 * Longest payload that the sender of a SYN accepts on any path: the MSS option,
 * capped at the default MSS. Every path carries the default MSS (RFC 9293,
 * section 3.7.1), which also applies without the option.
 */
static u16 syn_mss(const struct sk_buff *skb, u16 family, unsigned int protoff,
		   const struct tcphdr *th)
{
	u16 mss = family == NFPROTO_IPV6 ? IPV6_MIN_MTU - 60 : TCP_MSS_DEFAULT;
	u8 buf[MAX_TCP_OPTION_SPACE];
	int len = th->doff * 4 - sizeof(*th), i = 0;
	const u8 *opt;

	opt = len <= 0 ? NULL :
	      skb_header_pointer(skb, protoff + sizeof(*th), len, buf);
	while (opt && i + TCPOLEN_MSS <= len && opt[i] != TCPOPT_EOL) {
		if (opt[i] == TCPOPT_NOP) {
			i++;
			continue;
		}
		if (opt[i] == TCPOPT_MSS && opt[i + 1] == TCPOLEN_MSS)
			return min(mss, get_unaligned_be16(opt + i + 2));
		if (opt[i + 1] < 2)
			break;
		i += opt[i + 1];
	}
	return mss;
}

/**
 * algate_tcp_size() - payload size of each segment on the wire
 * @skb: packet, which may be an aggregate
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @protoff: offset of the TCP header
 * @th: TCP header of the packet
 * @len: length of the payload, in bytes
 *
 * Return: bytes; for a SYN, see struct algate_segment.
 */
u16 algate_tcp_size(const struct sk_buff *skb, u16 family, unsigned int protoff,
		    const struct tcphdr *th, u32 len)
{
	u16 size = skb_shinfo(skb)->gso_size;

	if (unlikely(th->syn))
		return syn_mss(skb, family, protoff, th);
	return min_t(u32, size ? size : U16_MAX, len);
}

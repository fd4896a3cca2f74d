// SPDX-License-Identifier: GPL-2.0
/* Apply an edit to a packet: payload, lengths, checksum, segmentation. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>

#include "algate.h"
#include "packet.h"

/*
 * Replace the payload pages by @copy, if the linear area has room for @copy
 * behind the headers. The copy costs less than reading the pages again. False:
 * the packet is unchanged.
 */
static bool splice_linear(struct sk_buff *skb, unsigned int dataoff,
			  const u8 *copy, int grow)
{
	unsigned int len = skb->len - dataoff;
	int room = skb_end_pointer(skb) - (skb->data + dataoff);

	if (!skb_is_nonlinear(skb) || skb_headlen(skb) < dataoff ||
	    room < (int)len + max(grow, 0))
		return false;
	if (skb_cloned(skb) || skb_has_frag_list(skb) ||
	    pskb_trim(skb, dataoff))
		return false;
	__skb_put_data(skb, copy, len);
	return true;
}

/* Make the packet writable and linear, with room for @grow more bytes. */
static int splice_room(struct sk_buff *skb, unsigned int dataoff,
		       const u8 *copy, int grow)
{
	if (splice_linear(skb, dataoff, copy, grow))
		return 0;
	if (skb_ensure_writable(skb, skb->len))
		return -ENOMEM;
	if (grow > 0 && skb_tailroom(skb) < grow &&
	    pskb_expand_head(skb, 0, grow - skb_tailroom(skb), GFP_ATOMIC))
		return -ENOMEM;
	return 0;
}

static void splice_payload(struct sk_buff *skb, unsigned int dataoff,
			   const struct algate_splice *sp)
{
	u8 *at = skb->data + dataoff + sp->off;
	unsigned int tail = skb->len - dataoff - sp->off - sp->old_len;
	int grow = sp->new_len - sp->old_len;

	if (grow)
		memmove(at + sp->new_len, at + sp->old_len, tail);
	if (sp->new_len)
		memcpy(at, sp->bytes, sp->new_len);
	if (grow > 0)
		__skb_put(skb, grow);
	else
		__skb_trim(skb, skb->len + grow);
}

static void splice_ip_length(struct sk_buff *skb)
{
	unsigned int len = skb->len - skb_network_offset(skb);

	if (ip_hdr(skb)->version == 4) {
		struct iphdr *iph = ip_hdr(skb);
		__be16 old = iph->tot_len;

		iph->tot_len = htons(len);
		csum_replace2(&iph->check, old, iph->tot_len);
	} else {
		ipv6_hdr(skb)->payload_len =
			htons(len - sizeof(struct ipv6hdr));
	}
}

/*
 * Trim surplus bytes behind the datagram (UDP options, RFC 9868). The surplus
 * has a checksum that covers the surplus length, and receivers work without
 * surplus.
 */
static void splice_surplus(struct sk_buff *skb, unsigned int protoff)
{
	const struct udphdr *uh = (struct udphdr *)(skb->data + protoff);

	__skb_trim(skb, min(skb->len, protoff + ntohs(uh->len)));
	splice_ip_length(skb);
}

static noinline void splice_sum(struct sk_buff *skb, unsigned int protoff,
				u8 proto, __sum16 *check, unsigned int offset)
{
	unsigned int len = skb->len - protoff;

	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + protoff;
	skb->csum_offset = offset;
	if (ip_hdr(skb)->version == 4)
		*check = ~csum_tcpudp_magic(ip_hdr(skb)->saddr,
					    ip_hdr(skb)->daddr, len, proto, 0);
	else
		*check = ~csum_ipv6_magic(&ipv6_hdr(skb)->saddr,
					  &ipv6_hdr(skb)->daddr, len, proto, 0);
}

/*
 * Leave the checksum to the device, or to the stack's software fallback. The
 * partial checksum covers the length, but not the payload, so only a new length
 * needs a new partial checksum.
 */
static __always_inline void splice_csum(struct sk_buff *skb,
					unsigned int protoff, u8 proto,
					__sum16 *check, unsigned int offset,
					bool resized)
{
	if (resized || skb->ip_summed != CHECKSUM_PARTIAL ||
	    skb_checksum_start_offset(skb) != protoff)
		splice_sum(skb, protoff, proto, check, offset);
}

/*
 * Let the stack cut a segment longer than the sender's own segments. Otherwise
 * the segment could exceed the path MTU behind the router, and the sender could
 * not react: the sender already sends shorter segments.
 */
static void splice_gso(struct sk_buff *skb, unsigned int dataoff,
		       unsigned int longest)
{
	unsigned int payload = skb->len - dataoff;
	struct skb_shared_info *sh = skb_shinfo(skb);

	if (sh->gso_size) {
		if (payload <= sh->gso_size)
			skb_gso_reset(skb);
		else
			sh->gso_segs = DIV_ROUND_UP(payload, sh->gso_size);
	} else if (longest && payload > longest) {
		sh->gso_size = longest;
		sh->gso_segs = DIV_ROUND_UP(payload, longest);
		sh->gso_type = ip_hdr(skb)->version == 4 ? SKB_GSO_TCPV4 :
							   SKB_GSO_TCPV6;
	}
}

/*
 * Fragment a datagram that outgrew the path MTU, even with DF set: the sender
 * cannot know about the growth. Without DF the identification field has a
 * meaning (RFC 6864), so select a new identification.
 */
static void splice_fragment(struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);
	struct iphdr *iph = ip_hdr(skb);

	if (!dst || skb->len - skb_network_offset(skb) <= dst_mtu(dst))
		return;
	skb->ignore_df = 1;
	if (iph->version == 4 && iph->frag_off & htons(IP_DF)) {
		iph->frag_off &= ~htons(IP_DF);
		__ip_select_ident(dev_net(dst->dev), iph, 1);
		ip_send_check(iph);
	}
}

/* Keep the urgent pointer at the same byte (RFC 9293, section 3.8.5). */
static void splice_urgent(struct tcphdr *th, const struct algate_splice *sp)
{
	u32 at = ntohs(th->urg_ptr);

	if (!th->urg || at <= sp->off)
		return;
	if (at > sp->off + sp->old_len)
		at += sp->new_len - sp->old_len;
	else
		at += ntohl(th->seq) - sp->seq;
	th->urg_ptr = htons(min_t(u32, at, U16_MAX));
}

/**
 * algate_splice_apply() - apply the stream layer's edit to a packet
 * @skb: packet
 * @protoff: offset of the TCP or UDP header
 * @dataoff: offset of the payload
 * @sp: edit; @sp->seq is used for TCP only
 * @copy: copy of the original payload, if the packet is not linear
 *
 * The new sequence number is the sender's number; conntrack adjusts the number
 * afterwards.
 *
 * Context: any.
 *
 * Return: 0, -ENOMEM, or -EMSGSIZE when IP cannot carry the result; the packet
 * is unchanged after an error.
 */
int algate_splice_apply(struct sk_buff *skb, unsigned int protoff,
			unsigned int dataoff, const struct algate_splice *sp,
			const u8 *copy)
{
	int grow = sp->new_len - sp->old_len;
	bool tcp = dataoff - protoff >= sizeof(struct tcphdr);
	struct tcphdr *th;
	struct udphdr *uh;

	if (skb->len + grow > IP_MAX_MTU)
		return -EMSGSIZE;
	if (splice_room(skb, dataoff, copy, grow) < 0)
		return -ENOMEM;
	if (!tcp)
		splice_surplus(skb, protoff);
	splice_payload(skb, dataoff, sp);
	if (grow)
		splice_ip_length(skb);
	skb_set_transport_header(skb, protoff);

	if (tcp) {
		th = (struct tcphdr *)(skb->data + protoff);
		splice_urgent(th, sp);
		th->seq = htonl(sp->seq);
		splice_csum(skb, protoff, IPPROTO_TCP, &th->check,
			    offsetof(struct tcphdr, check), grow);
		splice_gso(skb, dataoff, sp->longest);
		return 0;
	}
	uh = (struct udphdr *)(skb->data + protoff);
	uh->len = htons(skb->len - protoff);
	if (grow > 0)
		splice_fragment(skb);
	/* IPv4 allows datagrams without checksum (RFC 768). */
	if (uh->check || skb->ip_summed == CHECKSUM_PARTIAL)
		splice_csum(skb, protoff, IPPROTO_UDP, &uh->check,
			    offsetof(struct udphdr, check), grow);
	return 0;
}

/* Blank the SACK blocks of a packet (RFC 2018): NOPs take their place. */
static void blank_sack(struct tcphdr *th)
{
	u8 *opt = (u8 *)(th + 1);
	int left = th->doff * 4 - sizeof(*th);

	while (left > 0) {
		int len = opt[0] == TCPOPT_NOP ? 1 : left > 1 ? opt[1] : 0;

		if (opt[0] == TCPOPT_EOL || len < 1 || len > left ||
		    (opt[0] != TCPOPT_NOP && len < 2))
			return;
		if (opt[0] == TCPOPT_SACK)
			memset(opt, TCPOPT_NOP, len);
		opt += len;
		left -= len;
	}
}

/**
 * algate_splice_ack() - correct the acknowledgment of a packet
 * @skb: packet
 * @protoff: offset of the TCP header
 * @sp: @sp->ack and @sp->no_sack are used
 *
 * Context: any.
 *
 * Return: 0, or -ENOMEM with the packet unchanged.
 */
int algate_splice_ack(struct sk_buff *skb, unsigned int protoff,
		      const struct algate_splice *sp)
{
	struct tcphdr *th;
	unsigned int len;

	if (!pskb_may_pull(skb, protoff + sizeof(*th)))
		return -ENOMEM;
	th = (struct tcphdr *)(skb->data + protoff);
	len = th->doff * 4;
	if (len < sizeof(*th) || skb_ensure_writable(skb, protoff + len))
		return -ENOMEM;
	skb_set_transport_header(skb, protoff);
	th = (struct tcphdr *)(skb->data + protoff);
	th->ack_seq = htonl(sp->ack);
	if (sp->no_sack)
		blank_sack(th);
	splice_csum(skb, protoff, IPPROTO_TCP, &th->check,
		    offsetof(struct tcphdr, check), false);
	return 0;
}

/**
 * algate_splice_unfold() - turn a list of segments into an ordinary GSO packet
 * @skb: packet, SKB_GSO_FRAGLIST
 * @protoff: offset of the TCP header
 *
 * GRO can keep the headers of all joined segments (rx-gro-list). The stack then
 * sends each segment with its own header, and copies only addresses and ports
 * from the first header. Conntrack's sequence adjustment would change only the
 * first header. Without SKB_GSO_FRAGLIST the stack derives each header from the
 * first header, as for any other GSO packet.
 *
 * Context: any.
 *
 * Return: 0, or -ENOMEM with the packet unchanged.
 */
int algate_splice_unfold(struct sk_buff *skb, unsigned int protoff)
{
	struct tcphdr *th;

	if (skb_unclone(skb, GFP_ATOMIC) ||
	    skb_ensure_writable(skb, protoff + sizeof(*th)))
		return -ENOMEM;
	skb_shinfo(skb)->gso_type &= ~SKB_GSO_FRAGLIST;
	skb_set_transport_header(skb, protoff);
	th = (struct tcphdr *)(skb->data + protoff);
	splice_csum(skb, protoff, IPPROTO_TCP, &th->check,
		    offsetof(struct tcphdr, check), false);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The packet path of a helper: stream, run and commit, account.
 *
 * Conntrack calls the helper just before the packet leaves. NAT has translated
 * the headers, but not the payload. Sequence adjustment comes after the helper.
 */
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jiffies.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ipv6.h>

#include "algate.h"
#include "compat.h"
#include "expect.h"
#include "packet.h"
#include "trace.h"

/* A nonlinear payload up to this length is copied. */
#define COPY_MAX	2048

/**
 * struct packet_ctx - a packet under inspection
 * @lock: keeps other tasks of the CPU out, from packet_begin() to packet_end()
 * @flow: flow of the packet
 * @ct: conntrack entry of the flow
 * @ctinfo: state of the entry for the packet
 * @skb: the packet
 * @protoff: offset of the TCP or UDP header
 * @dataoff: offset of the payload
 * @len: length of the payload, in bytes; a UDP datagram may end before @skb
 * @stream: arguments of the stream layer
 * @splice: decision of the stream layer
 * @segment: the packet as input of the stream layer
 * @ends: addresses and ports of the flow, valid if @has_ends
 * @has_ends: @ends is filled in
 * @result: decision of the rules
 * @payload: copy of the payload, if the packet is not linear
 *
 * Each CPU has a context, used under @flow->root->lock and @lock with BHs off.
 * The context is not on the stack, since kernels may clear the stack.
 */
struct packet_ctx {
	local_lock_t lock;
	struct algate_flow *flow;
	struct nf_conn *ct;
	enum ip_conntrack_info ctinfo;
	struct sk_buff *skb;
	unsigned int protoff;
	unsigned int dataoff;
	u32 len;
	struct algate_stream stream;
	struct algate_segment segment;
	struct algate_splice splice;
	struct algate_ends ends;
	bool has_ends;
	struct algate_result result;
	u8 payload[COPY_MAX];
};

static struct packet_ctx __percpu *contexts;

static enum algate_dir sender(enum ip_conntrack_info ctinfo)
{
	return CTINFO2DIR(ctinfo) == IP_CT_DIR_ORIGINAL ? ALGATE_CLIENT :
							  ALGATE_SERVER;
}

static __always_inline void end_set(struct algate_end *end,
				    const union nf_inet_addr *addr,
				    __be16 port)
{
	memcpy(end->addr, addr, sizeof(end->addr));
	end->port = ntohs(port);
}

/* Sender's view: @t. Receiver's view: @r, the reply tuple, inverted. */
static __always_inline void ends_from(struct algate_ends *ends,
				      const struct nf_conntrack_tuple *t,
				      const struct nf_conntrack_tuple *r)
{
	end_set(&ends->own, &t->src.u3, t->src.u.all);
	end_set(&ends->peer, &t->dst.u3, t->dst.u.all);
	end_set(&ends->own_seen, &r->dst.u3, r->dst.u.all);
	end_set(&ends->peer_real, &r->src.u3, r->src.u.all);
}

/* Only called for rules that ask which side is outside. */
static void route_set(struct packet_ctx *p)
{
	p->stream.msg.routed = algate_hides(nf_ct_l3num(p->ct), &p->ends) ? 0 :
		algate_side_outward(p->skb, p->ct, CTINFO2DIR(p->ctinfo));
}

/* Only called for a commit, or for rules that read addresses and ports. */
static void ends_set(struct packet_ctx *p)
{
	const struct nf_conntrack_tuple_hash *way = p->ct->tuplehash;

	if (CTINFO2DIR(p->ctinfo) == IP_CT_DIR_ORIGINAL)
		ends_from(&p->ends, &way[0].tuple, &way[1].tuple);
	else
		ends_from(&p->ends, &way[1].tuple, &way[0].tuple);
	p->stream.msg.sport = p->ends.own.port;
	p->stream.msg.broadcast = algate_route_many(p->skb, p->ct,
						    CTINFO2DIR(p->ctinfo));
	if (p->stream.prog->reads_route)
		route_set(p);
	p->has_ends = true;
}

static bool packet_commit(void *ctx, const struct algate_message *msg,
			  struct algate_result *result)
{
	struct packet_ctx *p = ctx;

	/* Common case: a rule only stores a value. */
	if (!(result->nintents | result->nedits | result->counted))
		return true;
	if (!p->has_ends)
		ends_set(p);
	return algate_commit(p->flow, p->ct, p->ctinfo, p->stream.prog, msg,
			     result, p->skb);
}

static bool packet_correct(void *ctx, enum algate_dir dir, u32 seq, s32 delta,
			   s32 total)
{
	struct packet_ctx *p = ctx;

	return algate_seqadj_set(p->ct, CTINFO2DIR(p->ctinfo), seq, delta,
				 total);
}

static bool packet_resume(void *ctx, enum algate_dir dir, u32 seq, s32 *delta)
{
	struct packet_ctx *p = ctx;

	return algate_handover_resume(p->flow, CTINFO2DIR(p->ctinfo), seq,
				      delta);
}

static void packet_count(void *ctx, enum algate_counter counter, u32 n)
{
	struct packet_ctx *p = ctx;

	if (counter == ALGATE_C_REWRITTEN)
		trace_algate_rewrite(p->flow, &p->stream.msg, &p->result);
	algate_count(p->flow, counter, n);
}

static bool packet_charge(void *ctx, s32 bytes)
{
	struct packet_ctx *p = ctx;

	if (bytes < 0) {
		algate_memory_uncharge(p->flow->root, -bytes);
		return true;
	}
	if (algate_memory_charge(p->flow->root, bytes))
		return true;
	algate_count(p->flow, ALGATE_C_MEMORY_LIMIT, 1);
	return false;
}

/* See struct algate_stream. A copy is safe from writes to the pages. */
static const u8 *packet_payload(void *ctx)
{
	struct packet_ctx *p = ctx;
	struct sk_buff *skb = p->skb;
	unsigned int len = skb->len - p->dataoff;

	if (!skb_is_nonlinear(skb))
		return skb->data + p->dataoff;
	if (len > IP_MAX_MTU)
		return NULL;
	if (len > COPY_MAX)
		return skb_linearize(skb) ? NULL : skb->data + p->dataoff;
	if (p->segment.peek)
		memcpy(p->payload, p->segment.peek, len);
	else if (skb_copy_bits(skb, p->dataoff, p->payload, len) < 0)
		return NULL;
	return p->payload;
}

/**
 * algate_help_init() - allocate the packet contexts
 *
 * Context: may sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int algate_help_init(void)
{
	int cpu;

	contexts = alloc_percpu(struct packet_ctx);
	if (!contexts)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct packet_ctx *p = per_cpu_ptr(contexts, cpu);

		local_lock_init(&p->lock);
		p->stream.commit = packet_commit;
		p->stream.correct = packet_correct;
		p->stream.resume = packet_resume;
		p->stream.count = packet_count;
		p->stream.charge = packet_charge;
		p->stream.payload = packet_payload;
		p->stream.ctx = p;
		p->stream.result = &p->result;
		p->stream.msg.ends = &p->ends;
	}
	return 0;
}

/** algate_help_exit() - free the packet contexts */
void algate_help_exit(void)
{
	free_percpu(contexts);
}

/* Set the fields that algate_help_init() left out. */
static void stream_set(struct packet_ctx *p, const struct algate_prog *prog)
{
	struct algate_flow *flow = p->flow;
	struct algate_stream *s = &p->stream;

	s->prog = prog;
	s->sender = flow->sender;
	s->var = flow->var;
	s->entries = &flow->root->entries;
	s->known = &algate_flow_owner(flow)->mapping;
	s->kept_max = READ_ONCE(flow->use->an->limits.kept);
	s->stop = false;
	s->detach = false;
	s->messages = 0;
	s->matched = 0;
	s->msg.family = nf_ct_l3num(p->ct);
	s->msg.swapped = flow->swapped;
	s->msg.secret = flow->use->secret;
	s->msg.lists = rcu_dereference(flow->use->lists);
	s->msg.maps = rcu_dereference(flow->use->maps);
	/* Only table entries and openings have an age. */
	if (prog->ntables || prog->nclasses)
		s->msg.now = (u32)ktime_get_seconds();
}

/*
 * Under the flow's lock, so that no packet runs an older program than the
 * packet before. False: the packet passes.
 */
static __always_inline bool flow_ready(struct algate_flow *flow,
				       const struct algate_code *code)
{
	return likely(flow->generation == READ_ONCE(code->generation) &&
		      !flow->ended) ||
	       algate_root_renew(flow, code);
}

static __always_inline struct packet_ctx *
packet_begin(struct algate_flow *flow, const struct algate_code *code,
	     struct sk_buff *skb, unsigned int protoff, unsigned int dataoff,
	     unsigned int end, struct nf_conn *ct,
	     enum ip_conntrack_info ctinfo)
{
	struct packet_ctx *p;

	algate_local_lock(&contexts->lock);
	p = this_cpu_ptr(contexts);
	p->flow = flow;
	p->ct = ct;
	p->ctinfo = ctinfo;
	p->skb = skb;
	p->protoff = protoff;
	p->dataoff = dataoff;
	p->len = end - dataoff;
	stream_set(p, code->prog);
	p->has_ends = false;
	if (code->prog->reads_ends)
		ends_set(p);
	return p;
}

static __always_inline void packet_end(void)
{
	algate_local_unlock(&contexts->lock);
}

/* Payload in a single page, as sockets send; or NULL. */
static __always_inline const u8 *payload_peek(const struct sk_buff *skb,
					      unsigned int dataoff)
{
	if (!IS_ENABLED(CONFIG_HIGHMEM) && dataoff == skb_headlen(skb) &&
	    skb_shinfo(skb)->nr_frags == 1 && !skb_has_frag_list(skb))
		return skb_frag_address_safe(&skb_shinfo(skb)->frags[0]);
	return NULL;
}

/* Stop and detach are permanent; pending rewrites are still repeated. */
static void packet_stop(struct packet_ctx *p)
{
	struct algate_flow *flow = p->flow;

	if (p->stream.stop && !(flow->state & ALGATE_FLOW_S_STOPPED)) {
		flow->state |= ALGATE_FLOW_S_STOPPED;
		algate_count(flow, ALGATE_C_STOPPED, 1);
	}
	if (p->stream.detach && !(flow->state & ALGATE_FLOW_S_DETACHED)) {
		flow->state |= ALGATE_FLOW_S_DETACHED;
		/* Only a datagram of a client inside detaches a flow. */
		if (nf_ct_protonum(p->ct) == IPPROTO_UDP)
			algate_stopped_add(flow);
	}
}

static __always_inline void packet_account(struct packet_ctx *p)
{
	if (p->len)
		algate_count_payload(p->flow, p->len, p->stream.messages);
	if (p->stream.matched)
		algate_count(p->flow, ALGATE_C_MATCHED, p->stream.matched);
	if (p->stream.stop || p->stream.detach)
		packet_stop(p);
}

/*
 * No payload, no pending rewrite to acknowledge, and no held bytes? Or is the
 * inspection over, with no rewrite to repeat?
 */
static bool tcp_idle(const struct algate_flow *flow, enum algate_dir dir,
		     const struct tcphdr *th, unsigned int len)
{
	const struct algate_sender *from = &flow->sender[dir];
	const struct algate_sender *back = &flow->sender[!dir];

	if ((len && !READ_ONCE(flow->state)) || th->syn || th->rst ||
	    READ_ONCE(back->rewrites) || READ_ONCE(back->held))
		return false;
	if (len)
		return !READ_ONCE(from->rewrites) && !READ_ONCE(from->held);
	return !th->fin ||
	       !(READ_ONCE(from->rewrites) || READ_ONCE(from->held));
}

static const struct tcphdr *tcp_at(const struct sk_buff *skb,
				   unsigned int protoff)
{
	return (const struct tcphdr *)(skb->data + protoff);
}

static void tcp_segment(struct packet_ctx *p, const struct tcphdr *th)
{
	struct algate_segment *seg = &p->segment;
	const struct sk_buff *skb = p->skb;

	seg->seq = ntohl(th->seq);
	seg->ack = ntohl(th->ack_seq);
	seg->has_ack = th->ack;
	seg->syn = th->syn;
	seg->fin = th->fin;
	seg->rst = th->rst;
	seg->len = p->len;
	seg->size = algate_tcp_size(skb, nf_ct_l3num(p->ct), p->protoff, th,
				    p->len);
	seg->now = jiffies_to_msecs(jiffies);
	seg->max_len = IP_MAX_MTU - (p->dataoff - skb_network_offset(skb));
	if (skb_is_nonlinear(skb)) {
		seg->data = NULL;
		seg->peek = payload_peek(skb, p->dataoff);
	} else {
		seg->data = skb->data + p->dataoff;
		seg->peek = NULL;
	}
}

/* Drop on a failed edit: an unedited packet would tear the stream. */
static int tcp_apply(struct packet_ctx *p)
{
	const struct algate_splice *sp = &p->splice;

	if (sp->move == ALGATE_HOLD)
		return NF_DROP;
	if ((sp->move == ALGATE_PASS ||
	     !algate_splice_apply(p->skb, p->protoff, p->dataoff, sp,
				  p->payload)) &&
	    ((!sp->no_sack && sp->ack == p->segment.ack) ||
	     !algate_splice_ack(p->skb, p->protoff, sp)))
		return NF_ACCEPT;
	algate_count(p->flow, ALGATE_C_NO_ROOM, 1);
	return NF_DROP;
}

static int packet_tcp(struct packet_ctx *p, enum algate_dir dir,
		      const struct tcphdr *th)
{
	const struct algate_sender *sender = p->flow->sender;
	int verdict;

	tcp_segment(p, th);
	p->segment.busy = p->len && algate_seqadj_busy(p->flow, dir);
	if (unlikely(th->syn) && (sender[0].delta || sender[1].delta))
		algate_seqadj_clear(p->ct);
	algate_stream_segment(&p->stream, dir, &p->segment, &p->splice);
	packet_account(p);
	algate_seqadj_passes(p->flow, dir, p->splice.seq);
	verdict = tcp_apply(p);
	algate_free(p->splice.temp);
	return verdict;
}

/*
 * Sequence adjustment changes only the first header of a segment list. False:
 * no memory. The packet must be dropped; the sender retransmits.
 */
static bool tcp_unfold(struct algate_flow *flow, struct sk_buff *skb,
		       unsigned int protoff)
{
	if (likely(!(skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST)) ||
	    !algate_splice_unfold(skb, protoff))
		return true;
	spin_lock_bh(&flow->root->lock);
	algate_count(flow, ALGATE_C_NO_MEMORY, 1);
	spin_unlock_bh(&flow->root->lock);
	return false;
}

static int help_tcp(struct algate_flow *flow, struct sk_buff *skb,
		    unsigned int protoff, struct nf_conn *ct,
		    enum ip_conntrack_info ctinfo)
{
	enum algate_dir dir = sender(ctinfo);
	const struct algate_code *code;
	const struct tcphdr *th;
	unsigned int dataoff, len;
	int verdict = NF_ACCEPT;
	struct packet_ctx *p;
	bool adjusted, idle;

	if (!pskb_may_pull(skb, protoff + sizeof(*th)))
		return NF_ACCEPT;
	th = tcp_at(skb, protoff);
	dataoff = protoff + th->doff * 4;
	if (dataoff > skb->len)
		return NF_ACCEPT;
	len = skb->len - dataoff;
	adjusted = test_bit(IPS_SEQ_ADJUST_BIT, &ct->status);
	if (adjusted)
		algate_seqadj_age(ct, ctinfo, ntohl(th->seq));
	idle = tcp_idle(flow, dir, th, len) ||
	       (th->syn && !algate_tcp_syn(ct, CTINFO2DIR(ctinfo), th, len)) ||
	       (th->rst && !algate_tcp_rst(ct));
	if (idle && !adjusted)
		return NF_ACCEPT;
	if (!tcp_unfold(flow, skb, protoff))
		return NF_DROP;
	if (idle)
		return NF_ACCEPT;
	th = tcp_at(skb, protoff);
	spin_lock_bh(&flow->root->lock);
	code = algate_plugin_code(flow->use->plugin);
	if (flow_ready(flow, code)) {
		p = packet_begin(flow, code, skb, protoff, dataoff, skb->len,
				 ct, ctinfo);
		verdict = packet_tcp(p, dir, th);
		packet_end();
	}
	spin_unlock_bh(&flow->root->lock);
	return verdict;
}

/* Datagrams are independent: a datagram without room passes unedited. */
static void packet_udp(struct packet_ctx *p, enum algate_dir dir)
{
	const u8 *data;

	p->segment.peek = NULL;
	data = packet_payload(p);
	if (!data) {
		algate_count(p->flow, ALGATE_C_NO_MEMORY, 1);
		return;
	}
	p->stream.outside = algate_client_outside(p->ct);
	algate_stream_datagram(&p->stream, dir, data, p->len, &p->splice);
	packet_account(p);
	if (p->splice.move == ALGATE_EDIT &&
	    algate_splice_apply(p->skb, p->protoff, p->dataoff, &p->splice,
				p->payload) < 0)
		algate_count(p->flow, ALGATE_C_NO_ROOM, 1);
	algate_free(p->splice.temp);
}

/* End of the datagram, possibly before the end of the packet (RFC 9868). */
static unsigned int udp_end(const struct sk_buff *skb, unsigned int protoff)
{
	struct udphdr buf;
	const struct udphdr *uh;

	uh = skb_header_pointer(skb, protoff, sizeof(buf), &buf);
	return uh ? min(skb->len, protoff + ntohs(uh->len)) : 0;
}

static int help_udp(struct algate_flow *flow, struct sk_buff *skb,
		    unsigned int protoff, struct nf_conn *ct,
		    enum ip_conntrack_info ctinfo)
{
	unsigned int dataoff = protoff + sizeof(struct udphdr);
	unsigned int end = udp_end(skb, protoff);
	const struct algate_code *code;
	struct packet_ctx *p;

	if (dataoff >= end || READ_ONCE(flow->state))
		return NF_ACCEPT;
	spin_lock_bh(&flow->root->lock);
	code = algate_plugin_code(flow->use->plugin);
	if (skb_shinfo(skb)->gso_type & (SKB_GSO_UDP_L4 | SKB_GSO_FRAGLIST)) {
		/* The stack cuts by length: no datagram may change. */
		algate_count(flow, ALGATE_C_FAIL_OPEN, 1);
	} else if (flow_ready(flow, code)) {
		p = packet_begin(flow, code, skb, protoff, dataoff, end, ct,
				 ctinfo);
		packet_udp(p, sender(ctinfo));
		packet_end();
	}
	spin_unlock_bh(&flow->root->lock);
	return NF_ACCEPT;
}

/* Conntrack sets these states for ICMP errors and for expected flows. */
static bool may_be_icmp(enum ip_conntrack_info ctinfo)
{
	return BIT(ctinfo) & (BIT(IP_CT_RELATED) | BIT(IP_CT_RELATED_REPLY));
}

/* The loopback device passes a packet twice; the first pass was inspected. */
static bool was_here(const struct sk_buff *skb)
{
	/* Common case: skb->dev is another device. */
	return skb->dev && skb->dev->flags & IFF_LOOPBACK &&
	       nf_is_loopback_packet(skb);
}

/* An ICMP error carries the conntrack entry of the reported flow. */
static noinline bool is_icmp(const struct sk_buff *skb)
{
	__be16 frag;
	u8 proto;

	if (ip_hdr(skb)->version == 4)
		return ip_hdr(skb)->protocol == IPPROTO_ICMP;
	/* Extension headers may come before the transport header. */
	proto = ipv6_hdr(skb)->nexthdr;
	if (proto == IPPROTO_TCP || proto == IPPROTO_UDP)
		return false;
	ipv6_skip_exthdr(skb, skb_network_offset(skb) + sizeof(struct ipv6hdr),
			 &proto, &frag);
	return proto == IPPROTO_ICMPV6;
}

/**
 * algate_help() - help function of all algate helpers
 * @skb: packet with translated headers and untranslated payload
 * @protoff: offset of the TCP or UDP header
 * @ct: conntrack entry of @skb
 * @ctinfo: state of @ct for @skb
 *
 * Context: BHs on or off, under RCU. skb_dst() may be NULL (OVS, tc).
 *
 * Return: NF_ACCEPT, or NF_DROP for a segment with held bytes or a failed edit.
 */
int algate_help(struct sk_buff *skb, unsigned int protoff, struct nf_conn *ct,
		enum ip_conntrack_info ctinfo)
{
	struct nf_conn_help *help = nfct_help(ct);
	struct nf_conntrack_helper *helper;
	struct algate_flow *flow;

	if (was_here(skb) || (may_be_icmp(ctinfo) && is_icmp(skb)))
		return NF_ACCEPT;

	/* NULL if the kernel has just invalidated the extension (gen_id). */
	helper = help ? rcu_dereference(help->helper) : NULL;
	if (!helper)
		return NF_ACCEPT;
	flow = rcu_dereference(*algate_flow_place(help));
	if (unlikely(!flow))
		flow = algate_flow_make(ct, algate_helper_plugin(helper));
	if (!flow)
		return NF_ACCEPT;
	if (READ_ONCE(flow->extended))
		algate_flow_linger(flow, ct);
	if (nf_ct_protonum(ct) == IPPROTO_TCP)
		return help_tcp(flow, skb, protoff, ct, ctinfo);
	return help_udp(flow, skb, protoff, ct, ctinfo);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The way of a packet through a helper: stream, run and commit, account.
 *
 * conntrack calls in here when the packet is about to leave: headers are
 * translated, the payload is not, and sequence adjustment comes after.
 */
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jiffies.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ipv6.h>

#include "algate.h"

/* the largest window of TCP (RFC 7323): what lies further back is through */
#define SEQADJ_AGE	((s32)BIT(30))

/* one packet on its way */
struct passage {
	struct algate_stream stream;
	struct algate_ends ends;
	struct algate_flow *flow;
	struct nf_conn *ct;
	enum ip_conntrack_info ctinfo;
};

/* Room to work in, of a CPU; used under flow->lock with BHs off. */
static struct algate_result __percpu *scratch;

/**
 * algate_help_init() - make room to work in
 *
 * Return: 0 or -ENOMEM.
 */
int algate_help_init(void)
{
	scratch = alloc_percpu(struct algate_result);
	return scratch ? 0 : -ENOMEM;
}

/** algate_help_exit() - give it back */
void algate_help_exit(void)
{
	free_percpu(scratch);
}

static enum algate_dir sender(enum ip_conntrack_info ctinfo)
{
	return CTINFO2DIR(ctinfo) == IP_CT_DIR_ORIGINAL ? ALGATE_CLIENT :
							  ALGATE_SERVER;
}

static bool passage_commit(void *ctx, const struct algate_message *msg,
			   struct algate_result *result)
{
	struct passage *p = ctx;

	return algate_commit(p->flow, p->ct, p->ctinfo, p->stream.prog, msg,
			     result);
}

static void passage_count(void *ctx, enum algate_counter counter, u32 n)
{
	struct passage *p = ctx;

	algate_count(p->flow, counter, n);
}

static void end_set(struct algate_end *end, const union nf_inet_addr *addr,
		    __be16 port)
{
	memcpy(end->addr, addr, sizeof(end->addr));
	end->port = ntohs(port);
}

/* The sender's tuple is what it sees; the other one, turned, the receiver. */
static void ends_set(struct passage *p)
{
	enum ip_conntrack_dir dir = CTINFO2DIR(p->ctinfo);
	const struct nf_conntrack_tuple *t = &p->ct->tuplehash[dir].tuple;
	const struct nf_conntrack_tuple *r = &p->ct->tuplehash[!dir].tuple;

	end_set(&p->ends.own, &t->src.u3, t->src.u.all);
	end_set(&p->ends.peer, &t->dst.u3, t->dst.u.all);
	end_set(&p->ends.own_seen, &r->dst.u3, r->dst.u.all);
	end_set(&p->ends.peer_real, &r->src.u3, r->src.u.all);
}

/*
 * With the flow's lock held, so that no packet runs an older program than the
 * one before it did. False: the flow has ended, the packet passes.
 */
static bool passage_init(struct passage *p)
{
	const struct algate_code *code = algate_plugin_code(p->flow->plugin);
	struct algate_flow *flow = p->flow;

	if (flow->ended)
		return false;

	/* the program was replaced by one that has other variables */
	if (unlikely(flow->generation != code->generation)) {
		if (flow->generation < code->compatible) {
			memset(flow->var, 0, sizeof(flow->var));
			algate_free(flow->memo);
			flow->memo = NULL;
		}
		flow->generation = code->generation;
	}

	ends_set(p);
	p->stream = (struct algate_stream){
		.prog = code->prog,
		.half = flow->half,
		.var = flow->var,
		.memo = &flow->memo,
		.ends = &p->ends,
		.known = &flow->binding,
		.now = (u32)ktime_get_seconds(),
		.kept_max = READ_ONCE(flow->an->limits.kept),
		.family = nf_ct_l3num(p->ct),
		.sport = p->ends.own.port,
		.commit = passage_commit,
		.count = passage_count,
		.ctx = p,
		.result = this_cpu_ptr(scratch),
	};
	return true;
}

static int passage_unread(struct passage *p, enum algate_counter why)
{
	spin_lock_bh(&p->flow->lock);
	algate_count(p->flow, why, 1);
	spin_unlock_bh(&p->flow->lock);
	return NF_ACCEPT;
}

/* stop and detach are for good; rewritings on their way are still repeated */
static void passage_done(struct passage *p)
{
	struct algate_flow *flow = p->flow;

	if (p->stream.stop && !(flow->state & ALGATE_FLOW_S_STOPPED)) {
		flow->state |= ALGATE_FLOW_S_STOPPED;
		algate_count(flow, ALGATE_C_STOPPED, 1);
	}
	if (p->stream.detach)
		flow->state |= ALGATE_FLOW_S_DETACHED;
}

/* Nothing to look at: no payload, and nothing that it could acknowledge. */
static bool tcp_boring(const struct algate_flow *flow, enum algate_dir dir,
		       const struct algate_segment *seg)
{
	if (seg->syn || seg->rst || READ_ONCE(flow->half[!dir].patch))
		return false;
	if (seg->len)
		return flow->state && !READ_ONCE(flow->half[dir].patch) &&
		       !READ_ONCE(flow->half[dir].kept_len);
	return !(seg->fin && READ_ONCE(flow->half[dir].kept_len));
}

static void tcp_segment(struct algate_segment *seg, const struct sk_buff *skb,
			const struct tcphdr *th, unsigned int dataoff)
{
	*seg = (struct algate_segment){
		.seq = ntohl(th->seq),
		.ack = ntohl(th->ack_seq),
		.has_ack = th->ack,
		.syn = th->syn,
		.fin = th->fin,
		.rst = th->rst,
		.len = skb->len - dataoff,
		.now = jiffies_to_msecs(jiffies),
	};
}

/*
 * Conntrack tells by signed comparison whether a number lies before its last
 * correction: 2 GB later all of them would seem to, be adjusted as before it,
 * and further corrections be ignored. Long before that nothing from there is
 * on its way any more: what was after the correction is all there is.
 */
static void seqadj_age(const struct passage *p, u32 seq)
{
	struct nf_conn_seqadj *adj = nfct_seqadj(p->ct);
	struct nf_ct_seqadj *way;

	if (!adj)
		return;
	way = &adj->seq[CTINFO2DIR(p->ctinfo)];
	if (likely(READ_ONCE(way->offset_before) ==
		   READ_ONCE(way->offset_after)) ||
	    (s32)(seq - READ_ONCE(way->correction_pos)) < SEQADJ_AGE)
		return;
	spin_lock_bh(&p->ct->lock);
	way->offset_before = way->offset_after;
	spin_unlock_bh(&p->ct->lock);
}

/*
 * conntrack adjusts a selective acknowledgment by what the plain one beside it
 * needs, and when a longer announcement was lost takes it for one of bytes
 * that were never sent: invalid, so not translated, so answered with a reset.
 * The plain one is checked as before.
 */
static void sack_trust(struct nf_conn *ct)
{
	spin_lock(&ct->lock);
	ct->proto.tcp.seen[0].flags &= ~IP_CT_TCP_FLAG_SACK_PERM;
	ct->proto.tcp.seen[1].flags &= ~IP_CT_TCP_FLAG_SACK_PERM;
	spin_unlock(&ct->lock);
}

/*
 * Somebody else may adjust the same numbers (synproxy), or the correction not
 * be taken. Then nothing is rewritten: the numbers would come out wrong.
 */
static void seqadj_set(struct passage *p, enum algate_dir dir,
		       struct algate_splice *sp)
{
	struct algate_half *half = &p->flow->half[dir];

	nf_ct_seqadj_set(p->ct, p->ctinfo, htonl(sp->fix_seq), sp->fix_delta);
	sack_trust(p->ct);
	if (nf_ct_seq_offset(p->ct, CTINFO2DIR(p->ctinfo), sp->fix_seq + 1) ==
	    half->delta)
		return;
	algate_count(p->flow, ALGATE_C_NO_SEQADJ, 1);
	p->stream.detach = true;
	algate_half_free(half);
	sp->move = ALGATE_PASS;
	sp->bytes = NULL;
}

static int help_tcp(struct passage *p, struct sk_buff *skb,
		    unsigned int protoff)
{
	enum algate_dir dir = sender(p->ctinfo);
	struct algate_flow *flow = p->flow;
	const struct tcphdr *th;
	struct algate_splice sp;
	struct algate_segment seg;
	struct tcphdr _th;
	unsigned int dataoff;
	int ret = NF_ACCEPT;

	th = skb_header_pointer(skb, protoff, sizeof(_th), &_th);
	if (!th)
		return NF_ACCEPT;
	dataoff = protoff + th->doff * 4;
	if (dataoff > skb->len)
		return NF_ACCEPT;
	tcp_segment(&seg, skb, th, dataoff);
	seqadj_age(p, seg.seq);
	if (tcp_boring(flow, dir, &seg))
		return NF_ACCEPT;
	if (seg.len && skb_linearize(skb))
		return passage_unread(p, ALGATE_C_NO_MEMORY);
	seg.data = skb->data + dataoff;

	spin_lock_bh(&flow->lock);
	if (!passage_init(p)) {
		spin_unlock_bh(&flow->lock);
		return NF_ACCEPT;
	}
	if (seg.len) {
		algate_count(flow, ALGATE_C_PACKETS, 1);
		algate_count(flow, ALGATE_C_BYTES, seg.len);
	}
	algate_stream_segment(&p->stream, dir, &seg, &sp);
	if (sp.fix_delta)
		seqadj_set(p, dir, &sp);
	passage_done(p);
	/* as it is, a packet that must be edited would tear the stream */
	if (sp.move == ALGATE_HOLD) {
		ret = NF_DROP;
	} else if ((sp.move == ALGATE_EDIT &&
		    algate_splice_apply(skb, protoff, dataoff, &sp) < 0) ||
		   ((sp.no_sack || sp.ack != seg.ack) &&
		    algate_splice_ack(skb, protoff, &sp) < 0)) {
		algate_count(flow, ALGATE_C_NO_ROOM, 1);
		ret = NF_DROP;
	}
	spin_unlock_bh(&flow->lock);
	algate_free(sp.temp);
	return ret;
}

static int help_udp(struct passage *p, struct sk_buff *skb,
		    unsigned int protoff)
{
	unsigned int dataoff = protoff + sizeof(struct udphdr);
	enum algate_dir dir = sender(p->ctinfo);
	struct algate_flow *flow = p->flow;
	struct algate_splice sp;

	if (dataoff >= skb->len || READ_ONCE(flow->state))
		return NF_ACCEPT;
	/* a train of datagrams: cut by length, so none of them may change */
	if (skb_shinfo(skb)->gso_type & (SKB_GSO_UDP_L4 | SKB_GSO_FRAGLIST))
		return passage_unread(p, ALGATE_C_FAIL_OPEN);
	if (skb_linearize(skb))
		return passage_unread(p, ALGATE_C_NO_MEMORY);

	spin_lock_bh(&flow->lock);
	if (!passage_init(p)) {
		spin_unlock_bh(&flow->lock);
		return NF_ACCEPT;
	}
	algate_count(flow, ALGATE_C_PACKETS, 1);
	algate_count(flow, ALGATE_C_BYTES, skb->len - dataoff);
	algate_stream_datagram(&p->stream, dir, skb->data + dataoff,
			       skb->len - dataoff, &sp);
	passage_done(p);
	if (sp.move == ALGATE_EDIT &&
	    algate_splice_apply(skb, protoff, dataoff, &sp) < 0)
		algate_count(flow, ALGATE_C_NO_ROOM, 1);
	spin_unlock_bh(&flow->lock);
	algate_free(sp.temp);
	return NF_ACCEPT;
}

/* an ICMP error carries the conntrack entry of the flow that it is about */
static bool is_icmp(const struct sk_buff *skb)
{
	__be16 frag;
	u8 proto;

	if (ip_hdr(skb)->version == 4)
		return ip_hdr(skb)->protocol == IPPROTO_ICMP;
	/* there may be extension headers in front of it */
	proto = ipv6_hdr(skb)->nexthdr;
	if (proto == IPPROTO_TCP || proto == IPPROTO_UDP)
		return false;
	ipv6_skip_exthdr(skb, skb_network_offset(skb) + sizeof(struct ipv6hdr),
			 &proto, &frag);
	return proto == IPPROTO_ICMPV6;
}

/**
 * algate_help() - the function of every helper
 * @skb: packet, headers translated, payload not
 * @protoff: offset of its TCP or UDP header
 * @ct: its conntrack entry
 * @ctinfo: its state
 *
 * Context: BHs on or off, under RCU. skb_dst() may be NULL (OVS, tc).
 *
 * Return: NF_ACCEPT, or NF_DROP for a segment whose bytes are kept.
 */
int algate_help(struct sk_buff *skb, unsigned int protoff, struct nf_conn *ct,
		enum ip_conntrack_info ctinfo)
{
	struct passage p = { .ct = ct, .ctinfo = ctinfo };
	const struct nf_conn_help *help = nfct_help(ct);
	struct nf_conntrack_helper *helper;
	struct algate_plugin *plugin;
	int verdict;

	/* on lo a packet comes by twice; the second time it is done */
	if (nf_is_loopback_packet(skb) || is_icmp(skb))
		return NF_ACCEPT;

	/* kernels that invalidate extensions (gen_id) may do so right now */
	helper = help ? rcu_dereference(help->helper) : NULL;
	if (!helper)
		return NF_ACCEPT;
	plugin = container_of(helper, struct algate_helper, h)->plugin;
	p.flow = algate_flow_get(ct, plugin);
	if (!p.flow)
		return NF_ACCEPT;
	if (nf_ct_protonum(ct) == IPPROTO_TCP)
		verdict = help_tcp(&p, skb, protoff);
	else
		verdict = help_udp(&p, skb, protoff);
	if (READ_ONCE(p.flow->extended))
		algate_flow_linger(p.flow, ct);
	return verdict;
}

/**
 * algate_help_destroy() - a flow's conntrack entry goes
 * @ct: conntrack entry
 */
void algate_help_destroy(struct nf_conn *ct)
{
	struct algate_flow *flow = algate_flow_find(ct);

	if (flow)
		algate_flow_end(flow, ct);
}

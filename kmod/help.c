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

/* a payload up to this is copied where it is not linear, not made linear */
#define COPY_MAX	2048

/**
 * struct passage - one packet on its way
 * @flow: its flow
 * @ct: that one's conntrack entry
 * @ctinfo: its state
 * @stream: what the stream layer works with
 * @splice: what that wants done to the packet
 * @segment: what it is to that
 * @ends: the flow's; see ends_set()
 * @has_ends: that was done
 * @spare: see struct algate_stream
 * @result: what the rules say
 * @payload: a copy, if the packet is not linear
 *
 * There is one per CPU, used under @flow->lock with BHs off: kernels clear
 * what is on the stack, which would take longer than the rest.
 */
struct passage {
	struct algate_flow *flow;
	struct nf_conn *ct;
	enum ip_conntrack_info ctinfo;
	struct algate_stream stream;
	struct algate_segment segment;
	struct algate_splice splice;
	struct algate_ends ends;
	bool has_ends;
	struct algate_patch *spare;
	struct algate_result result;
	u8 payload[COPY_MAX];
};

static struct passage __percpu *passages;

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

/* The sender's tuple is what it sees; the other one, turned, the receiver. */
static __always_inline void ends_from(struct algate_ends *ends,
				      const struct nf_conntrack_tuple *t,
				      const struct nf_conntrack_tuple *r)
{
	end_set(&ends->own, &t->src.u3, t->src.u.all);
	end_set(&ends->peer, &t->dst.u3, t->dst.u.all);
	end_set(&ends->own_seen, &r->dst.u3, r->dst.u.all);
	end_set(&ends->peer_real, &r->src.u3, r->src.u.all);
}

/*
 * Done when it is needed: for a message that rules want something about, or
 * before they run if these look at it.
 */
static void ends_set(struct passage *p)
{
	const struct nf_conntrack_tuple_hash *way = p->ct->tuplehash;

	if (CTINFO2DIR(p->ctinfo) == IP_CT_DIR_ORIGINAL)
		ends_from(&p->ends, &way[0].tuple, &way[1].tuple);
	else
		ends_from(&p->ends, &way[1].tuple, &way[0].tuple);
	p->stream.msg.sport = p->ends.own.port;
	p->has_ends = true;
}

static bool passage_commit(void *ctx, const struct algate_message *msg,
			   struct algate_result *result)
{
	struct passage *p = ctx;

	/* most often a rule only takes a note */
	if (!(result->nintents | result->nedits | result->counted))
		return true;
	if (!p->has_ends)
		ends_set(p);
	return algate_commit(p->flow, p->ct, p->ctinfo, p->stream.prog, msg,
			     result);
}

static void passage_count(void *ctx, enum algate_counter counter, u32 n)
{
	struct passage *p = ctx;

	algate_count(p->flow, counter, n);
}

/*
 * The flow has ended, or its plug-in is on its way out: false. Or the program
 * was replaced; by one that has other variables, maybe.
 */
static noinline bool flow_renew(struct algate_flow *flow,
				const struct algate_code *code)
{
	u32 generation = READ_ONCE(code->generation);

	if (flow->ended || generation == ALGATE_DYING)
		return false;
	if (flow->generation < code->compatible) {
		memset(flow->var, 0, sizeof(flow->var));
		algate_free(flow->memo);
		flow->memo = NULL;
	}
	flow->generation = generation;
	return true;
}

/**
 * algate_help_init() - make room to work in
 *
 * Return: 0 or -ENOMEM.
 */
int algate_help_init(void)
{
	int cpu;

	passages = alloc_percpu(struct passage);
	if (!passages)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct passage *p = per_cpu_ptr(passages, cpu);

		p->stream.commit = passage_commit;
		p->stream.count = passage_count;
		p->stream.ctx = p;
		p->stream.result = &p->result;
		p->stream.spare = &p->spare;
		p->stream.msg.ends = &p->ends;
	}
	return 0;
}

/** algate_help_exit() - give it back */
void algate_help_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		algate_free(per_cpu_ptr(passages, cpu)->spare);
	free_percpu(passages);
}

/* what was not set by algate_help_init() */
static void stream_set(struct passage *p, const struct algate_prog *prog)
{
	struct algate_flow *flow = p->flow;
	const struct nf_conn *ct = p->ct;
	struct algate_stream *s = &p->stream;

	s->prog = prog;
	s->half = flow->half;
	s->var = flow->var;
	s->memo = &flow->memo;
	s->known = &flow->binding;
	s->kept_max = READ_ONCE(flow->an->limits.kept);
	s->stop = false;
	s->detach = false;
	s->messages = 0;
	s->matched = 0;
	s->rewritten = 0;
	s->msg.family = nf_ct_l3num(ct);
	/* time is for what tables remember */
	if (prog->ntables)
		s->msg.now = (u32)ktime_get_seconds();
}

/*
 * With the flow's lock held, so that no packet runs an older program than the
 * one before it did. False: the packet passes.
 */
static __always_inline bool flow_ready(struct algate_flow *flow,
				       const struct algate_code *code)
{
	return likely(flow->generation == READ_ONCE(code->generation)) ||
	       flow_renew(flow, code);
}

static __always_inline struct passage *
passage_begin(struct algate_flow *flow, const struct algate_code *code,
	      struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
	struct passage *p = this_cpu_ptr(passages);

	p->flow = flow;
	p->ct = ct;
	p->ctinfo = ctinfo;
	stream_set(p, code->prog);
	p->has_ends = false;
	if (code->looks)
		ends_set(p);
	return p;
}

/* Where the payload is, if it is in one place, as a socket sends it. */
static __always_inline const u8 *payload_at(const struct sk_buff *skb,
					    unsigned int dataoff)
{
	if (!skb_is_nonlinear(skb))
		return skb->data + dataoff;
	if (!IS_ENABLED(CONFIG_HIGHMEM) && dataoff == skb_headlen(skb) &&
	    skb_shinfo(skb)->nr_frags == 1 && !skb_has_frag_list(skb))
		return skb_frag_address_safe(&skb_shinfo(skb)->frags[0]);
	return NULL;
}

/*
 * The payload, or NULL for want of memory. It is copied also since nobody
 * else may write to it meanwhile, as one can to a page that is on its way.
 * @at is where it is, if it is in one place.
 */
static __always_inline const u8 *passage_payload(struct passage *p,
						 struct sk_buff *skb,
						 unsigned int dataoff,
						 const u8 *at)
{
	unsigned int len = skb->len - dataoff;

	if (!skb_is_nonlinear(skb))
		return skb->data + dataoff;
	if (len > COPY_MAX)
		return skb_linearize(skb) ? NULL : skb->data + dataoff;
	if (at)
		memcpy(p->payload, at, len);
	else if (skb_copy_bits(skb, dataoff, p->payload, len) < 0)
		return NULL;
	return p->payload;
}

/* stop and detach are for good; rewritings on their way are still repeated */
static void passage_stop(struct passage *p)
{
	struct algate_flow *flow = p->flow;

	if (p->stream.stop && !(flow->state & ALGATE_FLOW_S_STOPPED)) {
		flow->state |= ALGATE_FLOW_S_STOPPED;
		algate_count(flow, ALGATE_C_STOPPED, 1);
	}
	if (p->stream.detach)
		flow->state |= ALGATE_FLOW_S_DETACHED;
}

/* @len bytes of payload went by. */
static __always_inline void passage_done(struct passage *p, u32 len)
{
	if (len)
		algate_count_payload(p->flow, len, p->stream.messages);
	if (p->stream.matched)
		algate_count(p->flow, ALGATE_C_MATCHED, p->stream.matched);
	if (p->stream.rewritten)
		algate_count(p->flow, ALGATE_C_REWRITTEN, p->stream.rewritten);
	if (p->stream.stop || p->stream.detach)
		passage_stop(p);
}

/* Nothing to look at: no payload, and nothing that it could acknowledge. */
static bool tcp_boring(const struct algate_flow *flow, enum algate_dir dir,
		       const struct tcphdr *th, unsigned int len)
{
	const struct algate_half *half = &flow->half[dir];

	if ((len && !READ_ONCE(flow->state)) || th->syn || th->rst ||
	    READ_ONCE(flow->half[!dir].patch))
		return false;
	if (len)
		return !READ_ONCE(half->patch) && !READ_ONCE(half->kept);
	return !(th->fin && READ_ONCE(half->kept));
}

/*
 * Conntrack tells by signed comparison whether a number lies before its last
 * correction: 2 GB later all of them would seem to, be adjusted as before it,
 * and further corrections be ignored. Long before that nothing from there is
 * on its way any more: what was after the correction is all there is.
 */
static noinline void seqadj_age(struct nf_conn *ct,
				enum ip_conntrack_info ctinfo, u32 seq)
{
	struct nf_conn_seqadj *adj = nfct_seqadj(ct);
	struct nf_ct_seqadj *way;

	if (!adj)
		return;
	way = &adj->seq[CTINFO2DIR(ctinfo)];
	if (likely(READ_ONCE(way->offset_before) ==
		   READ_ONCE(way->offset_after)) ||
	    (s32)(seq - READ_ONCE(way->correction_pos)) < SEQADJ_AGE)
		return;
	spin_lock_bh(&ct->lock);
	way->offset_before = way->offset_after;
	spin_unlock_bh(&ct->lock);
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
static void seqadj_set(struct passage *p, enum algate_dir dir)
{
	struct algate_half *half = &p->flow->half[dir];
	struct algate_splice *sp = &p->splice;

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

static const struct tcphdr *tcp_at(const struct sk_buff *skb,
				   unsigned int protoff)
{
	return (const struct tcphdr *)(skb->data + protoff);
}

static void tcp_segment(struct algate_segment *seg, const struct tcphdr *th,
			const u8 *data, u32 len)
{
	seg->seq = ntohl(th->seq);
	seg->ack = ntohl(th->ack_seq);
	seg->has_ack = th->ack;
	seg->syn = th->syn;
	seg->fin = th->fin;
	seg->rst = th->rst;
	seg->data = data;
	seg->len = len;
	seg->now = jiffies_to_msecs(jiffies);
}

/* As it is, a packet that must be edited would tear the stream. */
static int tcp_apply(struct passage *p, struct sk_buff *skb,
		     unsigned int protoff, unsigned int dataoff)
{
	const struct algate_splice *sp = &p->splice;

	if (sp->move == ALGATE_HOLD)
		return NF_DROP;
	if ((sp->move == ALGATE_PASS ||
	     !algate_splice_apply(skb, protoff, dataoff, sp, p->payload)) &&
	    ((!sp->no_sack && sp->ack == p->segment.ack) ||
	     !algate_splice_ack(skb, protoff, sp)))
		return NF_ACCEPT;
	algate_count(p->flow, ALGATE_C_NO_ROOM, 1);
	return NF_DROP;
}

/* Nothing waits for a datagram: it leaves as it is, if need be. */
static int udp_apply(struct passage *p, struct sk_buff *skb,
		     unsigned int protoff, unsigned int dataoff)
{
	if (p->splice.move == ALGATE_EDIT &&
	    algate_splice_apply(skb, protoff, dataoff, &p->splice,
				p->payload) < 0)
		algate_count(p->flow, ALGATE_C_NO_ROOM, 1);
	return NF_ACCEPT;
}

static void passage_stream(struct passage *p, enum algate_dir dir,
			   const struct sk_buff *skb, unsigned int protoff,
			   const u8 *data, u32 len, bool tcp)
{
	if (!tcp) {
		algate_stream_datagram(&p->stream, dir, data, len, &p->splice);
		return;
	}
	tcp_segment(&p->segment, tcp_at(skb, protoff), data, len);
	algate_stream_segment(&p->stream, dir, &p->segment, &p->splice);
	if (p->splice.fix_delta)
		seqadj_set(p, dir);
}

/* The datagram may end before the packet does (RFC 9868). */
static unsigned int udp_end(const struct sk_buff *skb, unsigned int protoff)
{
	struct udphdr buf;
	const struct udphdr *uh;

	uh = skb_header_pointer(skb, protoff, sizeof(buf), &buf);
	return uh ? min(skb->len, protoff + ntohs(uh->len)) : 0;
}

/* with the flow's lock held */
static int passage_run(struct passage *p, struct sk_buff *skb,
		       unsigned int protoff, unsigned int dataoff, bool tcp)
{
	const u8 *data = passage_payload(p, skb, dataoff,
					 payload_at(skb, dataoff));
	u32 len = (tcp ? skb->len : udp_end(skb, protoff)) - dataoff;
	int verdict;

	if (!data) {
		algate_count(p->flow, ALGATE_C_NO_MEMORY, 1);
		return NF_ACCEPT;
	}
	passage_stream(p, sender(p->ctinfo), skb, protoff, data, len, tcp);
	passage_done(p, len);
	verdict = tcp ? tcp_apply(p, skb, protoff, dataoff) :
			udp_apply(p, skb, protoff, dataoff);
	algate_free(p->splice.temp);
	return verdict;
}

/* The same for a segment that is a line, at @at, which a rule may want. */
static int passage_line(struct passage *p, struct sk_buff *skb,
			unsigned int protoff, unsigned int dataoff,
			const u8 *at)
{
	enum algate_dir dir = sender(p->ctinfo);
	const u8 *data = passage_payload(p, skb, dataoff, at);

	if (!data) {
		algate_count(p->flow, ALGATE_C_NO_MEMORY, 1);
		return NF_ACCEPT;
	}
	algate_stream_line(&p->stream, dir, data, &p->splice);
	if (p->splice.fix_delta)
		seqadj_set(p, dir);
	passage_done(p, skb->len - dataoff);
	if (p->splice.move == ALGATE_PASS ||
	    !algate_splice_apply(skb, protoff, dataoff, &p->splice,
				 p->payload))
		return NF_ACCEPT;
	algate_count(p->flow, ALGATE_C_NO_ROOM, 1);
	return NF_DROP;
}

/*
 * Lines that no rule wants are counted, and that is all. Who writes to a page
 * that is on its way hides from nobody but himself what he has sent. @at: where
 * the payload is, if it was looked at.
 */
static __always_inline bool tcp_glance(struct algate_flow *flow,
				       const struct algate_code *code,
				       enum algate_dir dir,
				       const struct sk_buff *skb,
				       const struct tcphdr *th,
				       unsigned int dataoff, const u8 **at)
{
	struct passage *p = this_cpu_ptr(passages);
	struct algate_spot *spot = &p->stream.spot;
	struct algate_half *half = &flow->half[dir];
	struct algate_half *back = &flow->half[!dir];
	u32 lines, len;

	*at = NULL;
	spot->op = NULL;
	if (unlikely(back->patch)) {
		if (th->ack)
			algate_patch_release(back, ntohl(th->ack_seq),
					     &p->spare);
		if (back->patch)
			return false;
	}
	if (ntohl(th->seq) != half->next ||
	    tcp_flag_word(th) & (TCP_FLAG_SYN | TCP_FLAG_FIN | TCP_FLAG_RST))
		return false;
	*at = payload_at(skb, dataoff);
	if (!*at)
		return false;
	len = skb->len - dataoff;
	lines = algate_glance(code->prog, half, dir, *at, len, spot);
	if (lines)
		algate_count_payload(flow, len, lines);
	return lines;
}

/* What tcp_glance() has left; it has come to a spot in the first line. */
static int passage_tcp(struct passage *p, struct sk_buff *skb,
		       unsigned int protoff, unsigned int dataoff,
		       const u8 *at)
{
	const struct algate_spot *spot = &p->stream.spot;

	if (spot->op && spot->cut.total == skb->len - dataoff)
		return passage_line(p, skb, protoff, dataoff, at);
	return passage_run(p, skb, protoff, dataoff, true);
}

static int help_tcp(struct algate_flow *flow, struct sk_buff *skb,
		    unsigned int protoff, struct nf_conn *ct,
		    enum ip_conntrack_info ctinfo)
{
	enum algate_dir dir = sender(ctinfo);
	const struct algate_code *code;
	const struct tcphdr *th;
	unsigned int dataoff;
	int verdict = NF_ACCEPT;
	const u8 *at;

	if (!pskb_may_pull(skb, protoff + sizeof(*th)))
		return NF_ACCEPT;
	th = tcp_at(skb, protoff);
	dataoff = protoff + th->doff * 4;
	if (dataoff > skb->len)
		return NF_ACCEPT;
	if (test_bit(IPS_SEQ_ADJUST_BIT, &ct->status))
		seqadj_age(ct, ctinfo, ntohl(th->seq));
	if (tcp_boring(flow, dir, th, skb->len - dataoff))
		return NF_ACCEPT;
	spin_lock_bh(&flow->lock);
	code = algate_plugin_code(flow->plugin);
	if (flow_ready(flow, code) &&
	    !tcp_glance(flow, code, dir, skb, th, dataoff, &at))
		verdict = passage_tcp(passage_begin(flow, code, ct, ctinfo),
				      skb, protoff, dataoff, at);
	spin_unlock_bh(&flow->lock);
	return verdict;
}

static int help_udp(struct algate_flow *flow, struct sk_buff *skb,
		    unsigned int protoff, struct nf_conn *ct,
		    enum ip_conntrack_info ctinfo)
{
	unsigned int dataoff = protoff + sizeof(struct udphdr);
	const struct algate_code *code;
	int verdict = NF_ACCEPT;

	if (dataoff >= udp_end(skb, protoff) || READ_ONCE(flow->state))
		return NF_ACCEPT;
	spin_lock_bh(&flow->lock);
	code = algate_plugin_code(flow->plugin);
	if (skb_shinfo(skb)->gso_type & (SKB_GSO_UDP_L4 | SKB_GSO_FRAGLIST))
		/* a train of datagrams: cut by length, none may change */
		algate_count(flow, ALGATE_C_FAIL_OPEN, 1);
	else if (flow_ready(flow, code))
		verdict = passage_run(passage_begin(flow, code, ct, ctinfo),
				      skb, protoff, dataoff, false);
	spin_unlock_bh(&flow->lock);
	return verdict;
}

/* conntrack says so of errors, and of a flow that was expected */
static bool may_be_icmp(enum ip_conntrack_info ctinfo)
{
	return BIT(ctinfo) & (BIT(IP_CT_RELATED) | BIT(IP_CT_RELATED_REPLY));
}

/* On lo a packet comes by twice; the second time it is done. */
static bool was_here(const struct sk_buff *skb)
{
	/* that of most is another device */
	return skb->dev && skb->dev->flags & IFF_LOOPBACK &&
	       nf_is_loopback_packet(skb);
}

/* an ICMP error carries the conntrack entry of the flow that it is about */
static noinline bool is_icmp(const struct sk_buff *skb)
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
	struct nf_conn_help *help = nfct_help(ct);
	struct nf_conntrack_helper *helper;
	struct algate_flow *flow;

	if (was_here(skb) || (may_be_icmp(ctinfo) && is_icmp(skb)))
		return NF_ACCEPT;

	/* kernels that invalidate extensions (gen_id) may do so right now */
	helper = help ? rcu_dereference(help->helper) : NULL;
	if (!helper)
		return NF_ACCEPT;
	flow = rcu_dereference(*algate_flow_place(help));
	if (unlikely(!flow))
		flow = algate_flow_make(ct, container_of(helper,
							 struct algate_helper,
							 h)->plugin);
	if (!flow)
		return NF_ACCEPT;
	if (READ_ONCE(flow->extended))
		algate_flow_linger(flow, ct);
	if (nf_ct_protonum(ct) == IPPROTO_TCP)
		return help_tcp(flow, skb, protoff, ct, ctinfo);
	return help_udp(flow, skb, protoff, ct, ctinfo);
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

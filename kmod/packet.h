/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The path of a packet: intents, TCP headers, sequence numbers, new bytes.
 */
#ifndef ALGATE_PACKET_H
#define ALGATE_PACKET_H

#include "algate.h"

struct tcphdr;

/* commit.c */
int algate_commit_init(void);
void algate_commit_exit(void);
bool algate_commit(struct algate_flow *flow, struct nf_conn *ct,
		   enum ip_conntrack_info ctinfo,
		   const struct algate_prog *prog,
		   const struct algate_message *msg,
		   struct algate_result *result, const struct sk_buff *skb);

/* linger.c */
void algate_flow_extend(struct algate_flow *flow, struct nf_conn *ct,
			u32 seconds, bool answered);
void algate_flow_linger(struct algate_flow *flow, struct nf_conn *ct);

/* tcp.c */
bool algate_tcp_syn(const struct nf_conn *ct, enum ip_conntrack_dir dir,
		    const struct tcphdr *th, u32 len);
bool algate_tcp_rst(const struct nf_conn *ct);
u16 algate_tcp_size(const struct sk_buff *skb, u16 family, unsigned int protoff,
		    const struct tcphdr *th, u32 len);

/* seqadj.c */
void algate_seqadj_age(struct nf_conn *ct, enum ip_conntrack_info ctinfo,
		       u32 seq);
bool algate_seqadj_set(struct nf_conn *ct, enum ip_conntrack_dir dir, u32 seq,
		       s32 delta, s32 total);
void algate_seqadj_clear(struct nf_conn *ct);
bool algate_seqadj_busy(struct algate_flow *flow, enum algate_dir dir);
void algate_seqadj_passes(struct algate_flow *flow, enum algate_dir dir,
			  u32 seq);

/* splice.c */
int algate_splice_apply(struct sk_buff *skb, unsigned int protoff,
			unsigned int dataoff, const struct algate_splice *sp,
			const u8 *copy);
int algate_splice_ack(struct sk_buff *skb, unsigned int protoff,
		      const struct algate_splice *sp);
int algate_splice_unfold(struct sk_buff *skb, unsigned int protoff);

#endif /* ALGATE_PACKET_H */

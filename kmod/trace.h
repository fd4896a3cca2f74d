/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of messages. The fields are ABI; algctl(8) describes them.
 *
 * Addresses are texts, so that a filter or a script handles both families
 * alike. Texts are padded with zeros, because a script may use all bytes of a
 * field as a key.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM algate

#if !defined(ALGATE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define ALGATE_TRACE_H

#include <linux/string.h>
#include <linux/tracepoint.h>
#include <net/netfilter/nf_conntrack.h>

#include "algate.h"
#include "engine/intent.h"

/* INET6_ADDRSTRLEN as a plain number: the formats of events show it. */
#define ALGATE_TRACE_ADDR	48

void algate_trace_addr(char *text, u16 l3num, const void *addr);

TRACE_DEFINE_ENUM(IPPROTO_TCP);
TRACE_DEFINE_ENUM(IPPROTO_UDP);
TRACE_DEFINE_ENUM(IPPROTO_GRE);

#define algate_trace_proto(proto)				\
	__print_symbolic(proto,					\
			 { IPPROTO_TCP, "tcp" },		\
			 { IPPROTO_UDP, "udp" },		\
			 { IPPROTO_GRE, "gre" })

/* Which flow: the original tuple of its conntrack entry. */
#define ALGATE_TRACE_FLOW					\
	__field(u32, netns)					\
	__array(char, plugin, ALGATE_NAME_LEN)			\
	__field(u8, proto)					\
	__array(char, src, ALGATE_TRACE_ADDR)			\
	__array(char, dst, ALGATE_TRACE_ADDR)			\
	__field(u16, sport)					\
	__field(u16, dport)

#define ALGATE_TRACE_FLOW_SET(use, ct)				\
	do {							\
		const struct nf_conntrack_tuple *t;		\
								\
		t = &(ct)->tuplehash[IP_CT_DIR_ORIGINAL].tuple;	\
		__entry->netns = nf_ct_net(ct)->ns.inum;	\
		strscpy_pad(__entry->plugin,			\
			    (use)->plugin->name,		\
			    ALGATE_NAME_LEN);			\
		__entry->proto = t->dst.protonum;		\
		algate_trace_addr(__entry->src, t->src.l3num,	\
				  &t->src.u3);			\
		algate_trace_addr(__entry->dst, t->src.l3num,	\
				  &t->dst.u3);			\
		__entry->sport = ntohs(t->src.u.all);		\
		__entry->dport = ntohs(t->dst.u.all);		\
	} while (0)

#define ALGATE_TRACE_FLOW_FORMAT				\
	"netns=%u plugin=%s proto=%s src=%s dst=%s sport=%u dport=%u"

#define ALGATE_TRACE_FLOW_ARGS					\
	__entry->netns, __entry->plugin,			\
	algate_trace_proto(__entry->proto), __entry->src,	\
	__entry->dst, __entry->sport, __entry->dport

/* A message opened an endpoint, or renewed the opening. */
TRACE_EVENT(algate_open,
	    TP_PROTO(const struct algate_flow *flow,
		     const struct algate_class *class,
		     const struct algate_opening *o),
	    TP_ARGS(flow, class, o),
	    TP_STRUCT__entry(ALGATE_TRACE_FLOW
			     __array(char, class, ALGATE_NAME_LEN)
			     __field(u8, open_proto)
			     __field(u8, ports)
			     __array(char, announced, ALGATE_TRACE_ADDR)
			     __array(char, mapped, ALGATE_TRACE_ADDR)
			     __field(u16, announced_port)
			     __field(u16, mapped_port)
			     __field(u32, timeout)
	    ),
	    TP_fast_assign(ALGATE_TRACE_FLOW_SET(flow->use, flow->ct);
			   strscpy_pad(__entry->class, class->name,
				       ALGATE_NAME_LEN);
			   __entry->open_proto = o->act->proto;
			   __entry->ports = o->act->count;
			   algate_trace_addr(__entry->announced,
					     nf_ct_l3num(flow->ct),
					     o->real.addr);
			   algate_trace_addr(__entry->mapped,
					     nf_ct_l3num(flow->ct),
					     o->mapped.addr);
			   __entry->announced_port = o->real.port;
			   __entry->mapped_port = o->mapped.port;
			   __entry->timeout = class->timeout;
	    ),
	    TP_printk(ALGATE_TRACE_FLOW_FORMAT
		      " class=%s open_proto=%s announced=%s announced_port=%u mapped=%s mapped_port=%u ports=%u timeout=%u",
		      ALGATE_TRACE_FLOW_ARGS, __entry->class,
		      algate_trace_proto(__entry->open_proto),
		      __entry->announced, __entry->announced_port,
		      __entry->mapped, __entry->mapped_port, __entry->ports,
		      __entry->timeout)
);

/* A message, a new flow, or an intent of a message has no effect. */
TRACE_EVENT(algate_refuse,
	    TP_PROTO(const struct algate_use *use, const struct nf_conn *ct,
		     enum algate_counter why),
	    TP_ARGS(use, ct, why),
	    TP_STRUCT__entry(ALGATE_TRACE_FLOW
			     __array(char, reason, ALGATE_NAME_LEN)
	    ),
	    TP_fast_assign(ALGATE_TRACE_FLOW_SET(use, ct);
			   strscpy_pad(__entry->reason,
				       algate_counter_name[why],
				       ALGATE_NAME_LEN);
	    ),
	    TP_printk(ALGATE_TRACE_FLOW_FORMAT " reason=%s",
		      ALGATE_TRACE_FLOW_ARGS, __entry->reason)
);

/* A message is written anew. */
TRACE_EVENT(algate_rewrite,
	    TP_PROTO(const struct algate_flow *flow,
		     const struct algate_message *msg,
		     const struct algate_result *result),
	    TP_ARGS(flow, msg, result),
	    TP_STRUCT__entry(ALGATE_TRACE_FLOW
			     __field(u32, before)
			     __field(u32, after)
			     __field(u32, edits)
	    ),
	    TP_fast_assign(ALGATE_TRACE_FLOW_SET(flow->use, flow->ct);
			   __entry->before = msg->len;
			   __entry->after = result->size;
			   __entry->edits = result->nedits;
	    ),
	    TP_printk(ALGATE_TRACE_FLOW_FORMAT " before=%u after=%u edits=%u",
		      ALGATE_TRACE_FLOW_ARGS, __entry->before, __entry->after,
		      __entry->edits)
);

#endif /* ALGATE_TRACE_H */

/* kmod/Kbuild adds the folder of this file to the include path of trace.c. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

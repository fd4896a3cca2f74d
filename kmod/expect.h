/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Expectations: their public ports, their lives, and the hosts that use them.
 */
#ifndef ALGATE_EXPECT_H
#define ALGATE_EXPECT_H

#include "algate.h"
#include "engine/intent.h"

/**
 * struct algate_port_search - public ports that an opening may get
 * @net: namespace
 * @ports: the ports
 * @system: without the ports that the system reserves
 */
struct algate_port_search {
	struct net *net;
	struct algate_ports ports;
	bool system;
};

/* reserved public ports of a namespace, constant once published */
struct algate_reserved {
	struct rcu_head rcu;
	u32 n;
	struct algate_range range[ALGATE_MAX_RESERVED];
};

/* port.c */
void algate_port_search(const struct algate_net *an,
			const struct algate_opening *o,
			struct algate_port_search *search);
bool algate_port_keep(const struct algate_port_search *search,
		      const struct algate_opening *o);
u32 algate_port_other(const struct algate_port_search *search,
		      const struct algate_opening *o, u32 start, u32 i);
bool algate_port_free(const struct nf_conn *ct, enum ip_conntrack_dir dir,
		      const struct algate_opening *o);
struct algate_reserved *algate_port_read(const struct nlattr *attr,
					 struct netlink_ext_ack *extack);
int algate_port_put(struct sk_buff *skb, const struct algate_net *an);
void algate_port_reserve(struct algate_net *an, struct algate_reserved *list);

/* Does a range of ALGATE_LIMIT_PORTS contain a port? */
static inline bool algate_port_range(u32 range)
{
	return range >> 16 && range >> 16 <= (range & U16_MAX);
}

/* mapping.c */
struct algate_mapping *algate_mapping_make(struct algate_flow *flow,
					   const struct algate_prog *prog,
					   const struct algate_opening *o,
					   const struct algate_message *msg,
					   const struct algate_intent *in);
void algate_mapping_free(struct algate_flow *flow, struct algate_mapping *b);
void algate_mapping_keep(struct algate_flow *flow, struct algate_mapping *list,
			 unsigned int n, bool again);
__be16 algate_mapping_public(const struct nf_conn *master,
			     const struct nf_conn *ct,
			     enum ip_conntrack_dir dir);
void algate_mapping_free_all(struct algate_flow *flow);
void algate_mapping_close(struct algate_flow *flow, const struct nf_conn *ct,
			  const struct algate_intent *in);
u32 algate_mapping_confirm(struct algate_flow *flow, const struct nf_conn *ct,
			   const struct algate_prog *prog,
			   const struct algate_message *msg,
			   const struct algate_intent *in);

/* the expected flow gets the address translation of its master */
static inline bool algate_expect_follows(const struct nf_conntrack_expect *exp)
{
	return memchr_inv(&exp->saved_addr, 0, sizeof(exp->saved_addr));
}

/**
 * enum algate_repeat - result of the search for an equal open expectation
 * @ALGATE_REPEAT_NONE: no expectation found
 * @ALGATE_REPEAT_ACTIVE: found an active expectation, which stays active
 * @ALGATE_REPEAT_EXTENDED: found an equal expectation and restarted its timeout
 * @ALGATE_REPEAT_DIFFERENT: found a different expectation, to be withdrawn
 * @ALGATE_REPEAT_TAKEN: the port is open for another endpoint or class, or by
 *	the other direction
 */
enum algate_repeat {
	ALGATE_REPEAT_NONE,
	ALGATE_REPEAT_ACTIVE,
	ALGATE_REPEAT_EXTENDED,
	ALGATE_REPEAT_DIFFERENT,
	ALGATE_REPEAT_TAKEN,
};

/* expect.c */
enum algate_repeat algate_expect_repeat(struct algate_flow *flow,
					const struct nf_conntrack_expect *exp,
					u32 seconds, bool movable,
					struct nf_conntrack_expect **old);
const struct algate_mapping *
algate_expect_mapping(const struct algate_flow *flow,
		      const struct nf_conntrack_expect *exp);
unsigned int algate_expect_bound(const struct algate_flow *flow,
				 const struct nf_conn *ct,
				 const struct algate_mapping *b, u32 time);
bool algate_expect_serves(struct algate_flow *flow,
			  const struct nf_conntrack_expect *exp,
			  const union nf_inet_addr *addr);
void algate_expect_nat(struct nf_conn *ct, struct nf_conntrack_expect *exp);
void algate_expect_used(struct nf_conn *ct, struct nf_conntrack_expect *exp);
u32 algate_expect_settle(struct algate_flow *flow, const struct nf_conn *ct);
void algate_expect_end(struct algate_flow *flow, const struct nf_conn *ct);
void algate_expect_opened(struct algate_flow *flow, unsigned int opened,
			  unsigned int withdrawn);
bool algate_expect_withdraw(struct nf_conntrack_expect *exp);
bool algate_expect_take_over(const struct nf_conntrack_expect *exp);
unsigned int algate_expect_trim(const struct algate_flow *flow,
				const struct nf_conn *ct,
				const u8 most[ALGATE_MAX_CLASSES],
				unsigned int dirs);

/* used.c */
bool algate_used_has(const struct algate_flow *flow,
		     const struct nf_conntrack_expect *exp);
bool algate_used_first(struct algate_flow *flow,
		       const struct nf_conntrack_expect *exp);
void algate_used_forget(struct algate_flow *flow,
			const struct nf_conntrack_expect *exp);

/* side.c */
void algate_side_get(const struct algate_plugin *plugin);
void algate_side_put(void);
void algate_side_now(struct algate_net *an);
void algate_side_want(struct algate_net *an);
void algate_side_net_init(struct algate_net *an);
void algate_side_net_exit(struct algate_net *an);
void algate_side_net_free(struct algate_net *an);
bool algate_side_open(const struct algate_net *an, const struct sk_buff *skb,
		      const struct nf_conn *ct, enum ip_conntrack_dir dir,
		      enum algate_users from);
int algate_side_outward(const struct sk_buff *skb, const struct nf_conn *ct,
			enum ip_conntrack_dir dir);
void algate_side_any(struct nf_conn *ct, struct nf_conntrack_expect *exp);
void algate_side_later(struct nf_conn *ct, struct nf_conntrack_expect *exp);

/* route.c */
struct algate_way {
	struct net *net;
	u8 family;
	union nf_inet_addr to;
	union nf_inet_addr from;
	u32 mark;
	int iif;
};

bool algate_route_uses(const struct algate_way *way,
		       const struct net_device *dev);
int algate_route_iif(const struct algate_way *way);
bool algate_route_many(const struct sk_buff *skb, const struct nf_conn *ct,
		       enum ip_conntrack_dir dir);

#endif /* ALGATE_EXPECT_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * What conntrack knows of a flow, through libnetfilter_conntrack.
 */
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>

#include "ct.h"

static const char * const tcp_state[] = {
	"NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT",
	"CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2",
};

static struct nfct_handle *handle;
static bool tried;

static int found(enum nf_conntrack_msg_type type, struct nf_conntrack *nfct,
		 void *data)
{
	struct ct *ct = data;
	u8 state;

	(void)type;
	ct->timeout = nfct_get_attr_u32(nfct, ATTR_TIMEOUT);
	ct->assured = nfct_get_attr_u32(nfct, ATTR_STATUS) & IPS_ASSURED;
	if (nfct_get_attr_u8(nfct, ATTR_L4PROTO) == IPPROTO_TCP &&
	    nfct_attr_is_set(nfct, ATTR_TCP_STATE) > 0) {
		state = nfct_get_attr_u8(nfct, ATTR_TCP_STATE);
		if (state < ARRAY_SIZE(tcp_state))
			ct->state = tcp_state[state];
	}
	return NFCT_CB_CONTINUE;
}

static bool ct_open(void)
{
	if (tried)
		return handle;
	tried = true;
	handle = nfct_open(NFNL_SUBSYS_CTNETLINK, 0);
	if (!handle)
		complain("conntrack's states are not to be had: %s",
			 strerror(errno));
	return handle;
}

static void tuple_set(struct nf_conntrack *key, const struct tuple *t)
{
	bool v6 = t->src.family == AF_INET6;

	nfct_set_attr_u8(key, ATTR_L3PROTO, t->src.family);
	nfct_set_attr(key, v6 ? ATTR_IPV6_SRC : ATTR_IPV4_SRC, t->src.b);
	nfct_set_attr(key, v6 ? ATTR_IPV6_DST : ATTR_IPV4_DST, t->dst.b);
	nfct_set_attr_u16(key, ATTR_PORT_SRC, htons(t->sport));
	nfct_set_attr_u16(key, ATTR_PORT_DST, htons(t->dport));
}

/**
 * ct_find() - look a flow up
 * @proto: its protocol
 * @zone: its zone
 * @orig: its original direction
 * @ct: filled in
 *
 * Return: false if conntrack does not know the flow, or does not tell.
 */
bool ct_find(u8 proto, u16 zone, const struct tuple *orig, struct ct *ct)
{
	struct nf_conntrack *key;
	int err;

	*ct = (struct ct){ .state = NULL };
	if (orig->src.family == AF_UNSPEC || !ct_open())
		return false;
	key = nfct_new();
	if (!key)
		die("out of memory");
	tuple_set(key, orig);
	nfct_set_attr_u8(key, ATTR_L4PROTO, proto);
	if (zone)
		nfct_set_attr_u16(key, ATTR_ZONE, zone);
	nfct_callback_register(handle, NFCT_T_ALL, found, ct);
	err = nfct_query(handle, NFCT_Q_GET, key);
	nfct_callback_unregister(handle);
	nfct_destroy(key);
	return err >= 0;
}

/**
 * ct_end() - close what ct_find() opened
 */
void ct_end(void)
{
	if (handle)
		nfct_close(handle);
	handle = NULL;
	tried = false;
}

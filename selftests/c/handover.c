// SPDX-License-Identifier: GPL-2.0
/*
 * handover - deletes the conntrack entry of a TCP flow over IPv4 and creates it
 * again, as conntrackd commits it on a second router: with the helper's name,
 * status, NAT and sequence adjustment, but without helper data. The entry's
 * expectations follow.
 *
 * libnetfilter_conntrack drops NAT and function of an expectation, and the
 * length of helper data, so libmnl makes the messages with these.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#define LIFETIME	300	/* seconds */
#define INFO_LEN	2	/* bytes of CTA_HELP_INFO that algate writes */
#define MAX_EXPECTS	16

/* Attributes that a request to create an expectation takes. */
static const uint16_t expect_attr[] = {
	CTA_EXPECT_MASTER, CTA_EXPECT_TUPLE, CTA_EXPECT_MASK,
	CTA_EXPECT_TIMEOUT, CTA_EXPECT_HELP_NAME, CTA_EXPECT_FLAGS,
	CTA_EXPECT_CLASS, CTA_EXPECT_NAT, CTA_EXPECT_FN,
};

/* messages of a dump */
struct expects {
	unsigned int n;
	char *message[MAX_EXPECTS];
};

static int failed(const char *what)
{
	fprintf(stderr, "handover: %s: %s\n", what, strerror(errno));
	return 1;
}

static int expect_keep(const struct nlmsghdr *nlh, void *arg)
{
	struct expects *e = arg;
	char *copy;

	if (e->n == MAX_EXPECTS)
		return MNL_CB_ERROR;
	copy = malloc(nlh->nlmsg_len);
	if (!copy)
		return MNL_CB_ERROR;
	memcpy(copy, nlh, nlh->nlmsg_len);
	e->message[e->n++] = copy;
	return MNL_CB_OK;
}

static struct nlmsghdr *request(void *buf, uint8_t subsys, uint8_t type,
				uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = subsys << 8 | type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = 1;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = AF_INET;
	return nlh;
}

/* Returns 0, or -1 with errno. */
static int talk(struct mnl_socket *nl, struct nlmsghdr *nlh, mnl_cb_t fn,
		void *arg)
{
	unsigned int portid = mnl_socket_get_portid(nl);
	static char buf[65536];
	ssize_t n;
	int ret;

	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -1;
	do {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (n < 0)
			return -1;
		ret = mnl_cb_run(buf, n, 1, portid, fn, arg);
	} while (ret > 0);
	return ret;
}

static int expects_read(struct mnl_socket *nl, struct expects *e)
{
	char buf[256];

	e->n = 0;
	return talk(nl, request(buf, NFNL_SUBSYS_CTNETLINK_EXP,
				IPCTNL_MSG_EXP_GET, NLM_F_DUMP),
		    expect_keep, e);
}

static const struct nlattr *attr_find(const struct nlmsghdr *nlh, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

static int expect_create(struct mnl_socket *nl, const struct nlmsghdr *old)
{
	const struct nlattr *attr;
	struct nlmsghdr *nlh;
	char buf[4096];
	unsigned int i;

	nlh = request(buf, NFNL_SUBSYS_CTNETLINK_EXP, IPCTNL_MSG_EXP_NEW,
		      NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
	for (i = 0; i < sizeof(expect_attr) / sizeof(*expect_attr); i++) {
		attr = attr_find(old, expect_attr[i]);
		if (attr)
			mnl_attr_put(nlh, attr->nla_type,
				     mnl_attr_get_payload_len(attr),
				     mnl_attr_get_payload(attr));
	}
	return talk(nl, nlh, NULL, NULL);
}

/* Prints the function of each expectation. */
static int expects_print(struct mnl_socket *nl)
{
	const struct nlattr *attr;
	struct expects e;
	unsigned int i;

	if (expects_read(nl, &e))
		return failed("list of expectations");
	for (i = 0; i < e.n; i++) {
		attr = attr_find((struct nlmsghdr *)e.message[i],
				 CTA_EXPECT_FN);
		printf("fn=%s\n", attr ? mnl_attr_get_str(attr) : "-");
	}
	return 0;
}

static int flow_keep(enum nf_conntrack_msg_type type, struct nf_conntrack *ct,
		     void *data)
{
	struct nf_conntrack **found = data;

	(void)type;
	*found = ct;
	return NFCT_CB_STOLEN;
}

/* The tuple of CLIENT:PORT -> SERVER:21 */
static struct nf_conntrack *flow_key(char **arg)
{
	struct nf_conntrack *ct = nfct_new();

	if (!ct)
		return NULL;
	nfct_set_attr_u8(ct, ATTR_L3PROTO, AF_INET);
	nfct_set_attr_u8(ct, ATTR_L4PROTO, IPPROTO_TCP);
	nfct_set_attr_u32(ct, ATTR_IPV4_SRC, inet_addr(arg[0]));
	nfct_set_attr_u16(ct, ATTR_PORT_SRC, htons(atoi(arg[1])));
	nfct_set_attr_u32(ct, ATTR_IPV4_DST, inet_addr(arg[2]));
	nfct_set_attr_u16(ct, ATTR_PORT_DST, htons(21));
	nfct_setobjopt(ct, NFCT_SOPT_SETUP_REPLY);
	return ct;
}

static void copy_u32(struct nf_conntrack *to, const struct nf_conntrack *from,
		     enum nf_conntrack_attr attr)
{
	if (nfct_attr_is_set(from, attr))
		nfct_set_attr_u32(to, attr, nfct_get_attr_u32(from, attr));
}

static void copy_nat(struct nf_conntrack *to, const struct nf_conntrack *from)
{
	if (nfct_getobjopt(from, NFCT_GOPT_IS_SNAT))
		nfct_set_attr_u32(to, ATTR_SNAT_IPV4,
				  nfct_get_attr_u32(from, ATTR_REPL_IPV4_DST));
	if (nfct_getobjopt(from, NFCT_GOPT_IS_SPAT))
		nfct_set_attr_u16(to, ATTR_SNAT_PORT,
				  nfct_get_attr_u16(from, ATTR_REPL_PORT_DST));
	if (nfct_getobjopt(from, NFCT_GOPT_IS_DNAT))
		nfct_set_attr_u32(to, ATTR_DNAT_IPV4,
				  nfct_get_attr_u32(from, ATTR_REPL_IPV4_SRC));
	if (nfct_getobjopt(from, NFCT_GOPT_IS_DPAT))
		nfct_set_attr_u16(to, ATTR_DNAT_PORT,
				  nfct_get_attr_u16(from, ATTR_REPL_PORT_SRC));
}

/* Set the attributes that conntrackd carries. */
static void flow_copy(struct nf_conntrack *to, const struct nf_conntrack *from)
{
	uint8_t flags = IP_CT_TCP_FLAG_BE_LIBERAL | IP_CT_TCP_FLAG_SACK_PERM;
	unsigned int i;

	nfct_set_attr_u32(to, ATTR_TIMEOUT, LIFETIME);
	copy_u32(to, from, ATTR_STATUS);
	copy_u32(to, from, ATTR_MARK);
	for (i = ATTR_ORIG_NAT_SEQ_CORRECTION_POS;
	     i <= ATTR_REPL_NAT_SEQ_OFFSET_AFTER; i++)
		copy_u32(to, from, i);
	copy_nat(to, from);
	nfct_set_attr_u8(to, ATTR_TCP_STATE,
			 nfct_get_attr_u8(from, ATTR_TCP_STATE));
	for (i = ATTR_TCP_FLAGS_ORIG; i <= ATTR_TCP_MASK_REPL; i++)
		nfct_set_attr_u8(to, i, flags);
	if (nfct_attr_is_set(from, ATTR_HELPER_NAME))
		nfct_set_attr(to, ATTR_HELPER_NAME,
			      nfct_get_attr(from, ATTR_HELPER_NAME));
}

/* As nfct_query(), with helper data. */
static int create_with_data(struct mnl_socket *nl, struct nf_conntrack *to,
			    const void *info)
{
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	char buf[4096];

	nlh = request(buf, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW,
		      NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
	if (nfct_nlmsg_build(nlh, to))
		return -1;
	/* the last attribute of a type counts */
	nest = mnl_attr_nest_start(nlh, CTA_HELP);
	mnl_attr_put_strz(nlh, CTA_HELP_NAME, "ftp");
	mnl_attr_put(nlh, CTA_HELP_INFO, INFO_LEN, info);
	mnl_attr_nest_end(nlh, nest);
	return talk(nl, nlh, NULL, NULL);
}

static int flow_create(struct nfct_handle *h, struct mnl_socket *nl,
		       struct nf_conntrack *to, const void *info)
{
	if (info)
		return create_with_data(nl, to, info);
	return nfct_query(h, NFCT_Q_CREATE, to);
}

static int expects_move(struct mnl_socket *nl, const struct expects *e)
{
	unsigned int i;

	for (i = 0; i < e->n; i++)
		/* expectations of other flows are still there */
		if (expect_create(nl, (struct nlmsghdr *)e->message[i]) < 0 &&
		    errno != EEXIST)
			return failed("creating an expectation");
	return 0;
}

static int flow_move(struct nfct_handle *h, struct mnl_socket *nl, char **arg,
		     bool data)
{
	struct nf_conntrack *key = flow_key(arg), *from = NULL;
	struct nf_conntrack *to = flow_key(arg);
	const void *info = NULL;
	struct expects e;

	if (!key || !to)
		return failed("memory");
	nfct_callback_register(h, NFCT_T_ALL, flow_keep, &from);
	if (nfct_query(h, NFCT_Q_GET, key) || !from)
		return failed("the flow");
	if (data)
		info = nfct_get_attr(from, ATTR_HELPER_INFO);
	if (data && !info) {
		fputs("handover: the flow has no helper data\n", stderr);
		return 1;
	}
	if (expects_read(nl, &e))
		return failed("list of expectations");
	flow_copy(to, from);
	if (nfct_query(h, NFCT_Q_DESTROY, key))
		return failed("deleting the flow");
	if (flow_create(h, nl, to, info))
		return failed("creating the flow");
	return expects_move(nl, &e);
}

/* Names the helper of an entry again, which gives the entry its data anew. */
static int flow_update(struct nfct_handle *h, char **arg)
{
	struct nf_conntrack *ct = flow_key(arg);

	if (!ct)
		return failed("memory");
	nfct_set_attr(ct, ATTR_HELPER_NAME, "ftp");
	return nfct_query(h, NFCT_Q_UPDATE, ct) ? failed("update") : 0;
}

int main(int argc, char **argv)
{
	struct nfct_handle *h = nfct_open(CONNTRACK, 0);
	struct mnl_socket *nl = mnl_socket_open(NETLINK_NETFILTER);

	if (!h || !nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return failed("socket");
	if (argc == 2 && !strcmp(argv[1], "functions"))
		return expects_print(nl);
	if (argc == 5 && !strcmp(argv[1], "move"))
		return flow_move(h, nl, argv + 2, false);
	if (argc == 5 && !strcmp(argv[1], "move-data"))
		return flow_move(h, nl, argv + 2, true);
	if (argc == 5 && !strcmp(argv[1], "update"))
		return flow_update(h, argv + 2);
	fputs("usage: handover functions\n"
	      "       handover move|move-data|update CLIENT PORT SERVER\n",
	      stderr);
	return 2;
}

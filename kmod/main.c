// SPDX-License-Identifier: GPL-2.0
/*
 * algate: programmable application layer gateway for netfilter NAT.
 */
#include <linux/module.h>
#include <linux/random.h>
#include <net/genetlink.h>

#include "algate.h"
#include "control.h"
#include "expect.h"
#include "packet.h"

unsigned int algate_net_id __read_mostly;
/* plug-ins, attachments and limits, of all namespaces */
DEFINE_MUTEX(algate_mutex);
LIST_HEAD(algate_nets);

struct algate_limits algate_default_limits __ro_after_init = {
	.flows = 65536,
	.expects = 16384,
	.expect_rate = 32768,
	.kept = 4096,
	.attachments = 16384,
	.pickup = ALGATE_PICKUP_KNOWN,
};

static void net_free(struct algate_net *an)
{
	algate_side_net_free(an);
	algate_stopped_exit(an);
	/* the flows are gone, and what their packets have made */
	WARN_ON_ONCE(atomic_long_read(&an->memory));
	algate_attach_net_free(an);
	/* no packet or request is left */
	kfree(rcu_dereference_protected(an->reserved, true));
	algate_share_exit(an);
	algate_use_net_exit(an);
}

static int __net_init algate_net_init(struct net *net)
{
	struct algate_net *an = algate_pernet(net);
	int err;

	an->net = net;
	an->limits = algate_default_limits;
	an->seed = get_random_u32();
	INIT_LIST_HEAD(&an->attachments);
	algate_use_net_init(an);
	algate_flow_net_init(an);
	algate_side_net_init(an);
	mutex_lock(&algate_mutex);
	list_add_tail(&an->list, &algate_nets);
	mutex_unlock(&algate_mutex);
	err = algate_proc_net_init(an);
	if (!err)
		return 0;

	mutex_lock(&algate_mutex);
	list_del(&an->list);
	mutex_unlock(&algate_mutex);
	algate_flow_net_end(an);
	net_free(an);
	return err;
}

static void __net_exit net_end(struct algate_net *an)
{
	algate_proc_net_exit(an);
	mutex_lock(&algate_mutex);
	algate_attach_drop(an, NULL);
	algate_flow_net_end(an);
	algate_side_net_exit(an);
	list_del(&an->list);
	mutex_unlock(&algate_mutex);
}

/* Hosts of containers take down many at once: they wait together. */
static void __net_exit algate_net_exit_batch(struct list_head *nets)
{
	struct net *net;

	list_for_each_entry(net, nets, exit_list)
		net_end(algate_pernet(net));
	/*
	 * A packet may be in the hook and a listing have counted until now, and
	 * the flows' references would keep conntrack from letting the namespace
	 * go.
	 */
	synchronize_rcu();
	rcu_barrier();
	list_for_each_entry(net, nets, exit_list)
		net_free(algate_pernet(net));
}

static struct pernet_operations algate_net_ops = {
	.init = algate_net_init,
	.exit_batch = algate_net_exit_batch,
	.id = &algate_net_id,
	.size = sizeof(struct algate_net),
};

/* Open vSwitch and tc ask for a NAT helper beside each conntrack helper. */
static struct nf_conntrack_nat_helper nat_helper =
	NF_CT_NAT_HELPER_INIT("algate");

static int __init algate_init(void)
{
	int err;

	algate_default_limits.memory = algate_memory_default();
	err = algate_flow_init();
	if (err)
		return err;
	err = algate_help_init();
	if (err)
		goto free_flows;
	err = algate_commit_init();
	if (err)
		goto free_help;
	err = register_pernet_subsys(&algate_net_ops);
	if (err)
		goto free_commit;
	nf_nat_helper_register(&nat_helper);
	algate_handover_init();
	err = genl_register_family(&algate_genl);
	if (err)
		goto unregister_nets;
	return 0;

unregister_nets:
	algate_handover_exit();
	nf_nat_helper_unregister(&nat_helper);
	unregister_pernet_subsys(&algate_net_ops);
free_commit:
	algate_commit_exit();
free_help:
	algate_help_exit();
free_flows:
	algate_flow_exit();
	return err;
}

static void __exit algate_exit(void)
{
	/* while the family is there: events tell who listens */
	mutex_lock(&algate_mutex);
	algate_plugin_unload_all();
	mutex_unlock(&algate_mutex);
	algate_helpers_exit();
	algate_handover_exit();
	genl_unregister_family(&algate_genl);
	nf_nat_helper_unregister(&nat_helper);
	unregister_pernet_subsys(&algate_net_ops);
	algate_commit_exit();
	algate_help_exit();
	algate_flow_exit();
}

module_init(algate_init);
module_exit(algate_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION(ALGATE_VERSION);
MODULE_DESCRIPTION("Programmable application layer gateway for netfilter NAT");
MODULE_ALIAS_NF_NAT_HELPER("algate");

// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/algate/, for people and scripts. New columns are only appended.
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>

#include "algate.h"
#include "control.h"

/*
 * The first record is the header, each other record a plug-in. Every user may
 * read the file, so reading takes no mutex, which would delay changes.
 */
static void *plugins_start(struct seq_file *m, loff_t *pos)
	__acquires(RCU)
{
	rcu_read_lock();
	return seq_list_start_head_rcu(&algate_plugins, *pos);
}

static void *plugins_next(struct seq_file *m, void *v, loff_t *pos)
{
	return seq_list_next_rcu(v, &algate_plugins, pos);
}

static void plugins_stop(struct seq_file *m, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

static int plugins_show(struct seq_file *m, void *v)
{
	struct algate_net *an = algate_pernet(seq_file_net(m));
	const struct algate_plugin *plugin;
	const struct algate_code *code;

	if (v == &algate_plugins) {
		seq_puts(m, "name generation instructions steps flows refs title\n");
		return 0;
	}
	plugin = list_entry(v, struct algate_plugin, list);
	code = algate_plugin_code(plugin);
	seq_printf(m, "%s %u %u %u %u ", plugin->name, code->generation,
		   code->prog->ninsns, code->prog->steps,
		   algate_use_flows(an, plugin));
	if (file_ns_capable(m->file, &init_user_ns, CAP_NET_ADMIN))
		seq_printf(m, "%u", algate_plugin_refs(plugin));
	else
		seq_putc(m, '-');
	seq_printf(m, " %s\n", code->prog->title);
	return 0;
}

static const struct seq_operations plugins_ops = {
	.start = plugins_start,
	.next = plugins_next,
	.stop = plugins_stop,
	.show = plugins_show,
};

static int stats_show(struct seq_file *m, void *v)
{
	struct algate_net *an = algate_pernet(seq_file_net(m));
	const struct algate_plugin *plugin;
	const struct algate_prog *prog;
	unsigned int i;

	if (v == &algate_plugins) {
		seq_puts(m, "plugin counter value\n");
		return 0;
	}
	plugin = list_entry(v, struct algate_plugin, list);
	prog = algate_plugin_code(plugin)->prog;
	for (i = 0; i < __ALGATE_C_MAX; i++)
		seq_printf(m, "%s %s %llu\n", plugin->name,
			   algate_counter_name[i],
			   algate_stats_sum(an, plugin, i, false));
	for (i = 0; i < prog->ncounters; i++)
		seq_printf(m, "%s rule:%s %llu\n", plugin->name,
			   prog->counter[i],
			   algate_stats_sum(an, plugin, i, true));
	return 0;
}

static const struct seq_operations stats_ops = {
	.start = plugins_start,
	.next = plugins_next,
	.stop = plugins_stop,
	.show = stats_show,
};

/* The first record is the header, each other record a flow. */
static void *flows_from(struct seq_file *m, loff_t pos)
{
	unsigned long i = pos - 1;

	return algate_flow_next(algate_pernet(seq_file_net(m)), &i);
}

static void *flows_start(struct seq_file *m, loff_t *pos)
	__acquires(RCU)
{
	rcu_read_lock();
	return *pos ? flows_from(m, *pos) : SEQ_START_TOKEN;
}

static void *flows_next(struct seq_file *m, void *v, loff_t *pos)
{
	const struct algate_flow *flow = v;

	*pos = v == SEQ_START_TOKEN ? 1 : flow->index + 2LL;
	return flows_from(m, *pos);
}

static void flows_stop(struct seq_file *m, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

static void show_endpoint(struct seq_file *m, u16 l3num,
			  const void *addr, u16 port)
{
	if (!port)
		seq_puts(m, " -");
	else if (l3num == AF_INET6)
		seq_printf(m, " [%pI6c]:%u", addr, port);
	else
		seq_printf(m, " %pI4:%u", addr, port);
}

static void show_end(struct seq_file *m, u16 l3num,
		     const struct algate_end *end)
{
	show_endpoint(m, l3num, end->addr, end->port);
}

static void flow_show(struct seq_file *m, const struct algate_flow *flow)
{
	const struct algate_cold *cold = algate_flow_cold(flow);
	const struct nf_conntrack_tuple *t;
	u16 l3 = nf_ct_l3num(flow->ct);

	t = &flow->ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	seq_printf(m, "%llu %s %s", (u64)flow->id, flow->use->plugin->name,
		   t->dst.protonum == IPPROTO_TCP ? "tcp" : "udp");
	show_endpoint(m, l3, &t->src.u3, ntohs(t->src.u.all));
	show_endpoint(m, l3, &t->dst.u3, ntohs(t->dst.u.all));
	seq_printf(m, " %s %u %u %u %u %d",
		   flow->state & ALGATE_FLOW_S_DETACHED ? "detached" :
		   flow->state & ALGATE_FLOW_S_STOPPED ? "stopped" : "active",
		   flow->counter[ALGATE_C_MESSAGES],
		   flow->counter[ALGATE_C_OPENED],
		   flow->counter[ALGATE_C_USED],
		   flow->counter[ALGATE_C_REWRITTEN],
		   (s32)(algate_flow_counter(flow, ALGATE_C_GROWN) -
			 algate_flow_counter(flow, ALGATE_C_SHRUNK)));
	show_end(m, l3, &cold->found);
	show_end(m, l3, &cold->written);
	seq_putc(m, '\n');
}

static int flows_show(struct seq_file *m, void *v)
{
	if (v == SEQ_START_TOKEN)
		seq_puts(m, "id plugin proto client server state messages opened used rewritten delta found written\n");
	else
		flow_show(m, v);
	return 0;
}

static const struct seq_operations flows_ops = {
	.start = flows_start,
	.next = flows_next,
	.stop = flows_stop,
	.show = flows_show,
};

/**
 * algate_proc_net_init() - create /proc/net/algate/ in a namespace
 * @an: namespace
 *
 * Context: may sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int algate_proc_net_init(struct algate_net *an)
{
	struct proc_dir_entry *dir = proc_net_mkdir(an->net, "algate",
						    an->net->proc_net);

	if (!dir)
		return -ENOMEM;
	/* Endpoints are visible to the administrator only. */
	if (proc_create_net("plugins", 0444, dir, &plugins_ops,
			    sizeof(struct seq_net_private)) &&
	    proc_create_net("stats", 0444, dir, &stats_ops,
			    sizeof(struct seq_net_private)) &&
	    proc_create_net("flows", 0440, dir, &flows_ops,
			    sizeof(struct seq_net_private)))
		return 0;
	algate_proc_net_exit(an);
	return -ENOMEM;
}

/**
 * algate_proc_net_exit() - remove /proc/net/algate/ from a namespace
 * @an: namespace
 *
 * Context: may sleep.
 */
void algate_proc_net_exit(struct algate_net *an)
{
	remove_proc_subtree("algate", an->net->proc_net);
}

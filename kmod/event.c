// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink events. An event is built only if the namespace has listeners. After
 * a failed allocation the listeners get ENOBUFS, as for a lost event.
 */
#include <net/genetlink.h>

#include "algate.h"
#include "control.h"

struct event {
	struct net *net;
	struct sk_buff *skb;
	void *hdr;
};

static bool event_begin(struct event *ev, struct net *net, u32 event,
			size_t room)
{
	if (!genl_has_listeners(&algate_genl, net, 0))
		return false;
	ev->net = net;
	ev->skb = genlmsg_new(room, GFP_ATOMIC);
	if (!ev->skb) {
		genl_set_err(&algate_genl, net, 0, 0, ENOBUFS);
		return false;
	}
	ev->hdr = genlmsg_put(ev->skb, 0, 0, &algate_genl, 0,
			      ALGATE_CMD_EVENT);
	if (ev->hdr && !nla_put_u32(ev->skb, ALGATE_A_EVENT, event))
		return true;
	nlmsg_free(ev->skb);
	return false;
}

static void event_end(struct event *ev, int err)
{
	if (err) {
		genl_set_err(&algate_genl, ev->net, 0, 0, ENOBUFS);
		nlmsg_free(ev->skb);
		return;
	}
	genlmsg_end(ev->skb, ev->hdr);
	genlmsg_multicast_netns(&algate_genl, ev->net, ev->skb, 0, 0,
				GFP_ATOMIC);
}

/**
 * algate_event_plugin() - report a change of a plug-in in all namespaces
 * @event: enum algate_event
 * @plugin: plug-in
 *
 * Context: under algate_mutex.
 */
void algate_event_plugin(u32 event, const struct algate_plugin *plugin)
{
	struct algate_net *an;
	struct event ev;

	list_for_each_entry(an, &algate_nets, list) {
		/* The reference count includes all namespaces. */
		unsigned int show = an->net->user_ns == &init_user_ns ?
				    ALGATE_SHOW_REFS : 0;

		if (event_begin(&ev, an->net, event, ALGATE_PLUGIN_ROOM))
			event_end(&ev, algate_put_plugin(ev.skb, an, plugin,
							 show));
	}
}

/**
 * algate_event_attach() - report a change of an attachment
 * @an: namespace
 * @event: enum algate_event
 * @a: attachment
 *
 * Context: under algate_mutex.
 */
void algate_event_attach(struct algate_net *an, u32 event,
			 const struct algate_attachment *a)
{
	struct event ev;

	if (event_begin(&ev, an->net, event, NLMSG_DEFAULT_SIZE))
		event_end(&ev, algate_put_attach(ev.skb, &a->key,
						 atomic64_read(&a->flows)));
}

/**
 * algate_event_flow() - report an event of a flow
 * @flow: flow
 * @event: enum algate_event
 * @counter: counter to include, -1: all counters
 *
 * Context: any; under RCU.
 */
void algate_event_flow(const struct algate_flow *flow, u32 event, int counter)
{
	struct event ev;

	if (event_begin(&ev, flow->use->an->net, event, NLMSG_DEFAULT_SIZE))
		event_end(&ev, algate_put_flow(ev.skb, flow, counter));
}

/**
 * algate_event_wanted() - does a flow's namespace have listeners?
 * @flow: flow
 *
 * Lets a caller with many events skip all of them at once.
 *
 * Return: true if there may be a listener.
 */
bool algate_event_wanted(const struct algate_flow *flow)
{
	return genl_has_listeners(&algate_genl, flow->use->an->net, 0);
}

/**
 * algate_event_expect() - report an event of an expectation
 * @flow: master flow of the expectation
 * @event: enum algate_event
 * @exp: expectation; NULL after removal
 *
 * Context: any; under RCU.
 */
void algate_event_expect(const struct algate_flow *flow, u32 event,
			 const struct nf_conntrack_expect *exp)
{
	struct event ev;

	if (event_begin(&ev, flow->use->an->net, event, NLMSG_DEFAULT_SIZE))
		event_end(&ev, algate_put_expect(ev.skb, flow,
						 flow->use->plugin->name, exp));
}

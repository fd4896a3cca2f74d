// SPDX-License-Identifier: GPL-2.0
/*
 * algctl monitor
 */
#include <linux/genetlink.h>
#include <time.h>

#include "apply.h"
#include "out.h"
#include "show.h"

/*
 * Version of the objects that "monitor --json" prints: monitor.schema.json. New
 * keys do not change it; keys that go or change their meaning do.
 */
#define SCHEMA	1

static const char * const event_name[__ALGATE_EV_MAX] = {
	[ALGATE_EV_PLUGIN_NEW] = "plugin-new",
	[ALGATE_EV_PLUGIN_REPLACED] = "plugin-replaced",
	[ALGATE_EV_PLUGIN_DEL] = "plugin-del",
	[ALGATE_EV_ATTACH_NEW] = "attach-new",
	[ALGATE_EV_ATTACH_DEL] = "attach-del",
	[ALGATE_EV_EXPECT_NEW] = "expect-new",
	[ALGATE_EV_EXPECT_USED] = "expect-used",
	[ALGATE_EV_EXPECT_EXPIRED] = "expect-expired",
	[ALGATE_EV_FLOW_END] = "flow-end",
	[ALGATE_EV_REFUSED] = "refused",
};

static void attach_print(const struct nlattr *nest)
{
	struct attachment a;

	attachment_read(nest, &a);
	attachment_print(&a);
}

static void subject_print(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case ALGATE_A_PLUGIN:
			plugin_print(attr);
			break;
		case ALGATE_A_ATTACH:
			attach_print(attr);
			break;
		case ALGATE_A_FLOW:
			flow_print(attr);
			break;
		case ALGATE_A_EXPECT:
			expect_print(attr);
			break;
		}
	}
}

/* UTC, with milliseconds */
static void time_print(void)
{
	char text[64], day[32];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(day, sizeof(day), "%FT%T", &tm);
	snprintf(text, sizeof(text), "%s.%03ldZ", day, now.tv_nsec / 1000000);
	out_str("time", NULL, text);
}

static int event(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;
	u32 kind = 0;

	(void)arg;
	if (nlh)
		mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
			if (mnl_attr_get_type(attr) == ALGATE_A_EVENT)
				kind = attr_num(attr);
	out_object_begin(NULL);
	out_num("schema", NULL, SCHEMA);
	time_print();
	out_str("event", "", !nlh ? "lost" :
		kind < __ALGATE_EV_MAX && event_name[kind] ? event_name[kind] :
		"unknown");
	if (nlh) {
		out_text(" ");
		subject_print(nlh);
	} else {
		out_str("reason", ": ",
			"events came faster than they were read; some are missing");
	}
	out_text("\n");
	out_object_end();
	fflush(stdout);
	return 0;
}

/**
 * cmd_monitor() - algctl monitor
 * @args: arguments
 *
 * Return: exit code; does not return before an error.
 */
int cmd_monitor(const struct args *args)
{
	struct nl *nl = nl_open();
	int ret;

	(void)args;
	if (!nl)
		return FAILED;
	setvbuf(stdout, NULL, _IOLBF, 0);
	nl_listen(nl, event, NULL);
	ret = nl_fail(nl, "monitor");
	nl_close(nl);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Permissions to change and to read the module's state.
 */
#include "abi_fixture.h"

/* Root of a user namespace may change attachments there, but no plug-ins. */
ABI_TEST(contained_root)
{
	static const uint8_t global[] = {
		ALGATE_CMD_PLUGIN_LOAD, ALGATE_CMD_PLUGIN_REPLACE,
		ALGATE_CMD_PLUGIN_UNLOAD
	};
	struct abi_reply reply;
	unsigned int i;

	abi_close(&self->a);
	ASSERT_EQ(0, unshare(CLONE_NEWUSER | CLONE_NEWNET));
	ASSERT_EQ(0, abi_open(&self->a));
	/* EPERM takes precedence over all other errors */
	for (i = 0; i < sizeof(global); i++) {
		EXPECT_EQ(EPERM, abi_simple(&self->a, global[i], NLM_F_ACK).err);
		EXPECT_EQ(EPERM, abi_name(&self->a, global[i], NLM_F_ACK,
					  "hello").err);
		EXPECT_EQ(EPERM, abi_load(&self->a, global[i], self->image,
					  self->len).err);
	}
	EXPECT_EQ(0, abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD, "hello",
				PORT).err);
	EXPECT_EQ(1, abi_count(&self->a, ALGATE_CMD_ATTACH_GET));
	EXPECT_EQ(0, abi_simple(&self->a, ALGATE_CMD_FLOW_GET, NLM_F_DUMP).err);
	EXPECT_EQ(0, abi_limit(&self->a, ALGATE_LIMIT_ATTACHMENTS, 1).err);
	EXPECT_EQ(0, abi_join(&self->a));
	reply = abi_limit(&self->a, ALGATE_LIMIT_ATTACHMENTS, 1000000);
	EXPECT_EQ(EPERM, reply.err);
	EXPECT_NE(0, strlen(reply.text));
	EXPECT_EQ(0, abi_limit(&self->a, ALGATE_LIMIT_MEMORY, 4096).err);
	EXPECT_EQ(EPERM, abi_limit(&self->a, ALGATE_LIMIT_MEMORY,
				   ALGATE_MEMORY_MAX).err);
	EXPECT_NE(0, abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD, "hello",
				PORT + 1).err);
}

/* Without rights in the network namespace, only public state is readable. */
ABI_TEST(stranger)
{
	static const uint8_t closed[] = {
		ALGATE_CMD_ATTACH_GET, ALGATE_CMD_FLOW_GET,
		ALGATE_CMD_EXPECT_GET, ALGATE_CMD_SOURCE_GET
	};
	char none[16];
	unsigned int i;

	EXPECT_EQ(0, abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD, "hello",
				PORT).err);
	abi_close(&self->a);
	ASSERT_EQ(0, unshare(CLONE_NEWUSER));
	ASSERT_EQ(0, abi_open(&self->a));
	for (i = 0; i < sizeof(closed); i++) {
		EXPECT_EQ(EPERM, abi_simple(&self->a, closed[i],
					    NLM_F_DUMP).err);
	}
	EXPECT_EQ(EPERM, abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD, "hello",
				    PORT + 1).err);
	EXPECT_EQ(EPERM, abi_attach(&self->a, ALGATE_CMD_ATTACH_DEL, "hello",
				    PORT).err);
	EXPECT_EQ(EPERM, abi_limit(&self->a, ALGATE_LIMIT_FLOWS, 1).err);
	EXPECT_EQ(EPERM, abi_name(&self->a, ALGATE_CMD_PLUGIN_UNLOAD,
				  NLM_F_ACK, "hello").err);
	EXPECT_EQ(EPERM, abi_name(&self->a, ALGATE_CMD_PLUGIN_SET,
				  NLM_F_ACK, "hello").err);
	EXPECT_EQ(EPERM, abi_join(&self->a));
	/* the reply describes the plug-in, but does not contain its image */
	EXPECT_EQ(0, abi_name(&self->a, ALGATE_CMD_PLUGIN_GET, NLM_F_ACK,
			      "hello").err);
	EXPECT_EQ(0, abi_image(&self->a, "hello", none, sizeof(none)));
	EXPECT_EQ(0, abi_simple(&self->a, ALGATE_CMD_STATS_GET,
				NLM_F_DUMP).err);
}

/* --- isolation of namespaces */

/* numbers in listings that depend on previous requests */
struct figures {
	uint64_t sum;		/* of counters, flows and references */
	uint64_t flow_id;	/* of the last flow in the listing */
	bool refs;		/* the reply has the number of references */
};

static void counters(const struct nlattr *nest, struct figures *f)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
		f->sum += mnl_attr_get_u64(attr);
}

static void figures(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *one;
	struct figures *f = data;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		uint16_t outer = mnl_attr_get_type(attr);

		mnl_attr_for_each_nested(one, attr) {
			uint16_t type = mnl_attr_get_type(one);

			if (outer == ALGATE_A_STATS &&
			    type == ALGATE_STATS_COUNTERS)
				counters(one, f);
			if (outer == ALGATE_A_FLOW && type == ALGATE_FLOW_ID)
				f->flow_id = mnl_attr_get_u64(one);
			if (outer != ALGATE_A_PLUGIN)
				continue;
			if (type == ALGATE_PLUGIN_FLOWS)
				f->sum += mnl_attr_get_u32(one);
			f->refs |= type == ALGATE_PLUGIN_REFS;
		}
	}
}

static struct figures listed(struct abi *a, uint8_t cmd)
{
	struct figures f = { 0 };

	abi_begin(a, cmd, NLM_F_DUMP);
	abi_talk(a, figures, &f);
	return f;
}

/* A namespace shows no effect of requests in another namespace. */
ABI_TEST(nothing_of_others)
{
	struct figures f;
	unsigned int i;

	EXPECT_EQ(0, abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD, "hello",
				PORT).err);
	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, abi_datagram(PORT, 20000 + i));
	/* this namespace shows the effects */
	EXPECT_EQ(10, abi_count(&self->a, ALGATE_CMD_FLOW_GET));
	EXPECT_LT(0, listed(&self->a, ALGATE_CMD_STATS_GET).sum);
	f = listed(&self->a, ALGATE_CMD_PLUGIN_GET);
	EXPECT_EQ(10, f.sum);
	EXPECT_TRUE(f.refs);

	abi_close(&self->a);
	ASSERT_EQ(0, unshare(CLONE_NEWUSER | CLONE_NEWNET));
	ASSERT_EQ(0, abi_lo_up());
	ASSERT_EQ(0, abi_open(&self->a));
	EXPECT_EQ(0, abi_count(&self->a, ALGATE_CMD_ATTACH_GET));
	EXPECT_EQ(0, abi_count(&self->a, ALGATE_CMD_FLOW_GET));
	EXPECT_EQ(0, abi_count(&self->a, ALGATE_CMD_EXPECT_GET));
	EXPECT_EQ(0, listed(&self->a, ALGATE_CMD_STATS_GET).sum);
	f = listed(&self->a, ALGATE_CMD_PLUGIN_GET);
	EXPECT_EQ(0, f.sum);
	EXPECT_FALSE(f.refs);
	/* flow ids count each namespace separately, so the first id is 1 */
	EXPECT_EQ(0, abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD, "hello",
				PORT).err);
	ASSERT_EQ(0, abi_datagram(PORT, 20000));
	EXPECT_EQ(1, listed(&self->a, ALGATE_CMD_FLOW_GET).flow_id);
}

TEST_HARNESS_MAIN

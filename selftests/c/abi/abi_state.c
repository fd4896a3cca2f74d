// SPDX-License-Identifier: GPL-2.0
/*
 * Listings while the listed objects change; and events.
 */
#include "abi_fixture.h"

#define PLUGINS		120
#define ATTACHMENTS	2000
#define FLOWS		600
#define EVENT_ROOM	16384

/* as long as "hello", since it replaces this name in an image */
static void plugin_name(char *to, unsigned int n)
{
	snprintf(to, 6, "ab%03u", n % 1000);
}

static struct abi_reply load(struct abi *a, char *image, size_t len,
			     unsigned int n)
{
	char name[6], *at = memmem(image, len, "hello", 5);
	struct abi_reply reply;

	plugin_name(name, n);
	memcpy(at, name, 5);
	reply = abi_load(a, ALGATE_CMD_PLUGIN_LOAD, image, len);
	memcpy(at, "hello", 5);
	return reply;
}

static struct abi_reply unload(struct abi *a, unsigned int n)
{
	char name[6];

	plugin_name(name, n);
	return abi_name(a, ALGATE_CMD_PLUGIN_UNLOAD, NLM_F_ACK, name);
}

/* --- listings */

/* how often each port or flow was listed */
struct seen {
	unsigned int times[65536];
	uint16_t outer;
	uint16_t key;
};

static void see(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *one;
	struct seen *seen = data;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != seen->outer)
			continue;
		mnl_attr_for_each_nested(one, attr) {
			if (mnl_attr_get_type(one) == seen->key)
				seen->times[mnl_attr_get_u16(one)]++;
		}
	}
}

/* A second socket changes the list while the first socket reads it. */
ABI_TEST(attachments_come_and_go_in_a_listing)
{
	static struct seen seen = {
		.outer = ALGATE_A_ATTACH, .key = ALGATE_ATTACH_DPORT
	};
	struct abi_reply reply = { 0 };
	unsigned int i, parts = 0;
	struct abi other;
	int ret;

	ASSERT_EQ(0, abi_open(&other));
	ASSERT_EQ(0, abi_limit(&other, ALGATE_LIMIT_ATTACHMENTS, 10000).err);
	for (i = 0; i < ATTACHMENTS; i++) {
		ASSERT_EQ(0, abi_attach(&other, ALGATE_CMD_ATTACH_ADD, "hello",
					PORT + i).err);
	}
	/* without changes, each attachment is listed once */
	abi_begin(&self->a, ALGATE_CMD_ATTACH_GET, NLM_F_DUMP);
	reply = abi_talk(&self->a, see, &seen);
	EXPECT_EQ(ATTACHMENTS, reply.n);
	EXPECT_FALSE(reply.torn);
	for (i = 0; i < ATTACHMENTS; i++)
		EXPECT_EQ(1, seen.times[PORT + i]);

	memset(seen.times, 0, sizeof(seen.times));
	memset(&reply, 0, sizeof(reply));
	abi_begin(&self->a, ALGATE_CMD_ATTACH_GET, NLM_F_DUMP);
	ASSERT_EQ(0, abi_send(&self->a));
	while (!(ret = abi_part(&self->a, &reply, see, &seen))) {
		parts++;
		EXPECT_EQ(0, abi_attach(&other, ALGATE_CMD_ATTACH_ADD, "hello",
					PORT + ATTACHMENTS + parts).err);
		EXPECT_EQ(0, abi_attach(&other, ALGATE_CMD_ATTACH_DEL, "hello",
					PORT + ATTACHMENTS / 2 + parts).err);
	}
	EXPECT_EQ(1, ret);
	EXPECT_LT(2, parts);
	EXPECT_TRUE(reply.torn);
	EXPECT_EQ(0, reply.err);
	for (i = 0; i < ATTACHMENTS; i++)
		EXPECT_GE(1, seen.times[PORT + i]);
	abi_close(&other);
}

ABI_TEST(plugins_come_and_go_in_a_listing)
{
	struct abi_reply reply = { 0 };
	unsigned int i, parts = 0;
	struct abi other;
	int ret;

	ASSERT_EQ(0, abi_open(&other));
	for (i = 0; i < PLUGINS; i++) {
		reply = load(&other, self->image, self->len, i);
		ASSERT_EQ(0, reply.err)
			TH_LOG("%s", reply.text);
	}
	memset(&reply, 0, sizeof(reply));
	abi_begin(&self->a, ALGATE_CMD_STATS_GET, NLM_F_DUMP);
	ASSERT_EQ(0, abi_send(&self->a));
	while (!(ret = abi_part(&self->a, &reply, NULL, NULL))) {
		EXPECT_EQ(0, unload(&other, parts).err);
		EXPECT_EQ(0, load(&other, self->image, self->len,
				  PLUGINS + parts).err);
		parts++;
	}
	EXPECT_EQ(1, ret);
	EXPECT_LT(0, parts);
	EXPECT_TRUE(reply.torn);
	EXPECT_EQ(0, reply.err);
	for (i = parts; i < PLUGINS + parts; i++)
		EXPECT_EQ(0, unload(&other, i).err);
	abi_close(&other);
}

/* A flow that exists during the whole listing is listed exactly once. */
ABI_TEST(flows_come_in_a_listing)
{
	static struct seen seen = {
		.outer = ALGATE_A_FLOW, .key = ALGATE_FLOW_ORIG_SPORT
	};
	struct abi_reply reply = { 0 };
	unsigned int i, parts = 0;
	int ret;

	ASSERT_EQ(0, abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD, "hello",
				PORT).err);
	for (i = 0; i < FLOWS; i++)
		ASSERT_EQ(0, abi_datagram(PORT, 20000 + i));
	abi_begin(&self->a, ALGATE_CMD_FLOW_GET, NLM_F_DUMP);
	ASSERT_EQ(0, abi_send(&self->a));
	while (!(ret = abi_part(&self->a, &reply, see, &seen))) {
		for (i = 0; i < 10; i++)
			ASSERT_EQ(0, abi_datagram(PORT, 30000 + 10 * parts + i));
		parts++;
	}
	EXPECT_EQ(1, ret);
	EXPECT_LT(2, parts);
	EXPECT_EQ(0, reply.err);
	for (i = 0; i < FLOWS; i++)
		EXPECT_EQ(1, seen.times[20000 + i]);
	for (i = 0; i < 10 * parts; i++)
		EXPECT_GE(1, seen.times[30000 + i]);
}

/* A listing that is not read to its end holds no reference. */
ABI_TEST(listings_given_up)
{
	static const uint8_t lists[] = {
		ALGATE_CMD_PLUGIN_GET, ALGATE_CMD_ATTACH_GET,
		ALGATE_CMD_FLOW_GET, ALGATE_CMD_EXPECT_GET,
		ALGATE_CMD_STATS_GET
	};
	unsigned int i;

	ASSERT_EQ(0, load(&self->a, self->image, self->len, 0).err);
	for (i = 0; i < 200; i++) {
		ASSERT_EQ(0, abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD,
					"ab000", PORT + i).err);
		ASSERT_EQ(0, abi_datagram(PORT, 20000 + i));
	}
	for (i = 0; i < 100; i++) {
		struct abi given_up;

		ASSERT_EQ(0, abi_open(&given_up));
		abi_begin(&given_up, lists[i % sizeof(lists)], NLM_F_DUMP);
		ASSERT_EQ(0, abi_send(&given_up));
		abi_close(&given_up);
	}
	for (i = 0; i < 200; i++) {
		ASSERT_EQ(0, abi_attach(&self->a, ALGATE_CMD_ATTACH_DEL,
					"ab000", PORT + i).err);
	}
	EXPECT_EQ(0, unload(&self->a, 0).err);
}

/* --- events */

static int next_event(struct abi *a)
{
	char buf[EVENT_ROOM];
	ssize_t len = mnl_socket_recvfrom(a->sock, buf, sizeof(buf));
	const struct nlattr *attr;

	if (len < 0)
		return -errno;
	mnl_attr_for_each(attr, (struct nlmsghdr *)buf, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) == ALGATE_A_EVENT)
			return mnl_attr_get_u32(attr);
	}
	return 0;
}

ABI_TEST(events_in_order)
{
	struct abi other;

	ASSERT_EQ(0, abi_open(&other));
	ASSERT_EQ(0, abi_join(&self->a));
	EXPECT_EQ(0, abi_attach(&other, ALGATE_CMD_ATTACH_ADD, "hello",
				PORT).err);
	/* a refused request makes no event */
	EXPECT_EQ(EEXIST, abi_attach(&other, ALGATE_CMD_ATTACH_ADD, "hello",
				     PORT).err);
	EXPECT_EQ(0, abi_attach(&other, ALGATE_CMD_ATTACH_DEL, "hello",
				PORT).err);
	EXPECT_EQ(0, abi_attach(&other, ALGATE_CMD_ATTACH_ADD, "hello",
				PORT).err);
	EXPECT_EQ(ALGATE_EV_ATTACH_NEW, next_event(&self->a));
	EXPECT_EQ(ALGATE_EV_ATTACH_DEL, next_event(&self->a));
	EXPECT_EQ(ALGATE_EV_ATTACH_NEW, next_event(&self->a));
	abi_close(&other);
}

/* A slow reader gets ENOBUFS for lost events, and can continue. */
ABI_TEST(events_lost_are_told)
{
	int room = 4096, ret;
	char buf[EVENT_ROOM];
	unsigned int i, n = 0;
	struct abi other;

	ASSERT_EQ(0, abi_open(&other));
	ASSERT_EQ(0, setsockopt(mnl_socket_get_fd(self->a.sock), SOL_SOCKET,
				SO_RCVBUF, &room, sizeof(room)));
	ASSERT_EQ(0, abi_join(&self->a));
	for (i = 0; i < 300; i++) {
		ASSERT_EQ(0, abi_attach(&other, ALGATE_CMD_ATTACH_ADD, "hello",
					PORT + i).err);
	}
	while ((ret = next_event(&self->a)) == ALGATE_EV_ATTACH_NEW)
		n++;
	EXPECT_EQ(-ENOBUFS, ret);
	EXPECT_GT(300, n);
	/* events before the loss can still be read */
	while (recv(mnl_socket_get_fd(self->a.sock), buf, sizeof(buf),
		    MSG_DONTWAIT) > 0)
		n++;
	EXPECT_GT(300, n);
	EXPECT_EQ(0, abi_attach(&other, ALGATE_CMD_ATTACH_DEL, "hello",
				PORT).err);
	EXPECT_EQ(ALGATE_EV_ATTACH_DEL, next_event(&self->a));
	abi_close(&other);
}

/* A namespace receives no events of another namespace. */
ABI_TEST(events_of_others)
{
	char buf[EVENT_ROOM];
	struct abi other;

	ASSERT_EQ(0, abi_join(&self->a));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, abi_open(&other));
	EXPECT_EQ(0, abi_attach(&other, ALGATE_CMD_ATTACH_ADD, "hello",
				PORT).err);
	EXPECT_EQ(-1, recv(mnl_socket_get_fd(self->a.sock), buf, sizeof(buf),
			   MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	abi_close(&other);
}

TEST_HARNESS_MAIN

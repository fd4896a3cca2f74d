// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that algctl never makes are refused for the expected reason, and
 * have no effect.
 */

#include "abi_fixture.h"

/* The commands, and whether each supports dump and do */
static const struct command {
	uint8_t cmd;
	bool does;
	bool lists;
} commands[] = {
	{ ALGATE_CMD_PLUGIN_LOAD,	true,	false },
	{ ALGATE_CMD_PLUGIN_REPLACE,	true,	false },
	{ ALGATE_CMD_PLUGIN_UNLOAD,	true,	false },
	{ ALGATE_CMD_PLUGIN_GET,	true,	true },
	{ ALGATE_CMD_ATTACH_ADD,	true,	false },
	{ ALGATE_CMD_ATTACH_DEL,	true,	false },
	{ ALGATE_CMD_ATTACH_GET,	false,	true },
	{ ALGATE_CMD_FLOW_GET,		false,	true },
	{ ALGATE_CMD_EXPECT_GET,	false,	true },
	{ ALGATE_CMD_STATS_GET,		false,	true },
	{ ALGATE_CMD_LIMIT_GET,		true,	false },
	{ ALGATE_CMD_LIMIT_SET,		true,	false },
	{ ALGATE_CMD_SOURCE_GET,	false,	true },
	{ ALGATE_CMD_FLOW_FORGET,	true,	false },
	{ ALGATE_CMD_PLUGIN_SET,	true,	false },
};

#define EACH_COMMAND(c) \
	for (c = commands; c < commands + MNL_ARRAY_SIZE(commands); c++)

ABI_TEST(unknown_commands)
{
	static const uint8_t unknown[] = {
		ALGATE_CMD_UNSPEC, ALGATE_CMD_EVENT, ALGATE_CMD_MAX + 1, 255
	};
	unsigned int i;

	for (i = 0; i < sizeof(unknown); i++) {
		EXPECT_EQ(EOPNOTSUPP,
			  abi_simple(&self->a, unknown[i], NLM_F_ACK).err);
		EXPECT_EQ(EOPNOTSUPP,
			  abi_simple(&self->a, unknown[i], NLM_F_DUMP).err);
	}
}

ABI_TEST(listing_what_is_no_list)
{
	const struct command *c;

	EACH_COMMAND(c) {
		if (!c->lists) {
			EXPECT_EQ(EOPNOTSUPP,
				  abi_simple(&self->a, c->cmd, NLM_F_DUMP).err);
		}
		if (!c->does) {
			EXPECT_EQ(EOPNOTSUPP,
				  abi_simple(&self->a, c->cmd, NLM_F_ACK).err);
		}
	}
}

ABI_TEST(unknown_attributes)
{
	static const uint16_t types[] = {
		ALGATE_A_UNSPEC, ALGATE_A_EVENT, ALGATE_A_MAX + 1, 1000, 0x3fff
	};
	struct abi_reply reply;
	const struct command *c;
	unsigned int i;

	EACH_COMMAND(c) {
		for (i = 0; i < MNL_ARRAY_SIZE(types); i++) {
			abi_begin(&self->a, c->cmd,
				  c->lists ? NLM_F_DUMP : NLM_F_ACK);
			mnl_attr_put_u32(self->a.nlh, types[i], 0);
			reply = abi_talk(&self->a, NULL, NULL);
			EXPECT_EQ(EINVAL, reply.err)
				TH_LOG("command %u, attribute %u", c->cmd,
				       types[i]);
			EXPECT_EQ(ABI_FIRST, reply.at);
		}
	}
}

/* The extended ack names an unknown attribute behind valid attributes. */
ABI_TEST(an_unknown_attribute_behind_good_ones)
{
	struct abi_reply reply;
	struct nlattr *nest;

	abi_begin(&self->a, ALGATE_CMD_ATTACH_ADD, NLM_F_ACK);
	nest = mnl_attr_nest_start(self->a.nlh, ALGATE_A_ATTACH);
	mnl_attr_put_strz(self->a.nlh, ALGATE_ATTACH_NAME, "hello");
	mnl_attr_put_u8(self->a.nlh, ALGATE_ATTACH_PROTO, IPPROTO_UDP);
	mnl_attr_put_u16(self->a.nlh, ALGATE_ATTACH_DPORT, PORT);
	mnl_attr_nest_end(self->a.nlh, nest);
	mnl_attr_put_u32(self->a.nlh, 1000, 1);
	reply = abi_talk(&self->a, NULL, NULL);
	EXPECT_EQ(EINVAL, reply.err);
	EXPECT_EQ(ABI_FIRST + nest->nla_len, reply.at);
	EXPECT_EQ(0, abi_count(&self->a, ALGATE_CMD_ATTACH_GET));
}

static struct abi_reply nested(struct abi *a, uint8_t cmd, uint16_t outer,
			       uint16_t type, const void *data, size_t len)
{
	struct nlattr *nest;

	abi_begin(a, cmd, NLM_F_ACK);
	nest = mnl_attr_nest_start(a->nlh, outer);
	mnl_attr_put(a->nlh, type, len, data);
	mnl_attr_nest_end(a->nlh, nest);
	return abi_talk(a, NULL, NULL);
}

/* A number of another size is refused; the extended ack has its offset. */
ABI_TEST(numbers_of_other_sizes)
{
	static const struct {
		uint8_t cmd;
		uint16_t outer;
		uint16_t type;
		size_t size;
	} number[] = {
		{ ALGATE_CMD_ATTACH_ADD, ALGATE_A_ATTACH,
		  ALGATE_ATTACH_PROTO, 1 },
		{ ALGATE_CMD_ATTACH_ADD, ALGATE_A_ATTACH,
		  ALGATE_ATTACH_DPORT, 2 },
		{ ALGATE_CMD_ATTACH_ADD, ALGATE_A_ATTACH,
		  ALGATE_ATTACH_SPORT, 2 },
		{ ALGATE_CMD_ATTACH_ADD, ALGATE_A_ATTACH,
		  ALGATE_ATTACH_PREFIXLEN, 1 },
		{ ALGATE_CMD_LIMIT_SET, ALGATE_A_LIMIT,
		  ALGATE_LIMIT_FLOWS, 4 },
		{ ALGATE_CMD_LIMIT_SET, ALGATE_A_LIMIT,
		  ALGATE_LIMIT_KEPT, 4 },
		{ ALGATE_CMD_LIMIT_SET, ALGATE_A_LIMIT,
		  ALGATE_LIMIT_MEMORY, 4 },
	};
	static const char bytes[16] = { 1, 1 };
	struct abi_reply reply;
	unsigned int i;
	size_t len;

	for (i = 0; i < MNL_ARRAY_SIZE(number); i++) {
		for (len = 0; len <= sizeof(bytes); len++) {
			if (len == number[i].size)
				continue;
			reply = nested(&self->a, number[i].cmd, number[i].outer,
				       number[i].type, bytes, len);
			EXPECT_TRUE(reply.err == EINVAL || reply.err == ERANGE)
				TH_LOG("attribute %u of %zu bytes: %s",
				       number[i].type, len,
				       strerror(reply.err));
			EXPECT_EQ(ABI_FIRST + MNL_ATTR_HDRLEN, reply.at);
		}
	}
	EXPECT_EQ(0, abi_count(&self->a, ALGATE_CMD_ATTACH_GET));
}

ABI_TEST(prefixes_of_other_sizes)
{
	static const char bytes[20] = { 10 };
	struct nlattr *nest;
	size_t len;

	for (len = 0; len <= sizeof(bytes); len++) {
		struct abi_reply reply;

		abi_begin(&self->a, ALGATE_CMD_ATTACH_ADD, NLM_F_ACK);
		nest = mnl_attr_nest_start(self->a.nlh, ALGATE_A_ATTACH);
		mnl_attr_put_strz(self->a.nlh, ALGATE_ATTACH_NAME, "hello");
		mnl_attr_put_u8(self->a.nlh, ALGATE_ATTACH_PROTO, IPPROTO_UDP);
		mnl_attr_put_u16(self->a.nlh, ALGATE_ATTACH_DPORT, PORT);
		mnl_attr_put(self->a.nlh, ALGATE_ATTACH_FROM, len, bytes);
		mnl_attr_nest_end(self->a.nlh, nest);
		reply = abi_talk(&self->a, NULL, NULL);
		if (len == 4 || len == 16) {
			EXPECT_EQ(0, reply.err)
				TH_LOG("%s", reply.text);
		} else {
			EXPECT_TRUE(reply.err == EINVAL || reply.err == ERANGE)
				TH_LOG("%zu bytes", len);
		}
	}
	EXPECT_EQ(2, abi_count(&self->a, ALGATE_CMD_ATTACH_GET));
}

ABI_TEST(names)
{
	static const char longest[] = "fifteen-letters";
	struct abi_reply reply;

	ASSERT_EQ(ALGATE_NAME_LEN, sizeof(longest));
	EXPECT_EQ(ENOENT, abi_name(&self->a, ALGATE_CMD_PLUGIN_UNLOAD,
				   NLM_F_ACK, longest).err);
	EXPECT_EQ(ENOENT, abi_name(&self->a, ALGATE_CMD_PLUGIN_UNLOAD,
				   NLM_F_ACK, "").err);
	reply = abi_name(&self->a, ALGATE_CMD_PLUGIN_UNLOAD, NLM_F_ACK,
			 "sixteen-letters!");
	EXPECT_TRUE(reply.err == EINVAL || reply.err == ERANGE);
	/* a name must end with a NUL */
	abi_begin(&self->a, ALGATE_CMD_PLUGIN_UNLOAD, NLM_F_ACK);
	mnl_attr_put(self->a.nlh, ALGATE_A_NAME, 5, "hello");
	EXPECT_EQ(EINVAL, abi_talk(&self->a, NULL, NULL).err);
	abi_begin(&self->a, ALGATE_CMD_PLUGIN_UNLOAD, NLM_F_ACK);
	mnl_attr_put(self->a.nlh, ALGATE_A_NAME, 0, "");
	EXPECT_NE(0, abi_talk(&self->a, NULL, NULL).err);
}

static int fill(struct abi *a, const char *param, const uint32_t *ranges,
		size_t len)
{
	abi_begin(a, ALGATE_CMD_PLUGIN_SET, NLM_F_ACK);
	mnl_attr_put_strz(a->nlh, ALGATE_A_NAME, "hello");
	mnl_attr_put_strz(a->nlh, ALGATE_A_PARAM, param);
	if (ranges)
		mnl_attr_put(a->nlh, ALGATE_A_RANGES, len, ranges);
	return abi_talk(a, NULL, NULL).err;
}

/* The plug-in has a list of at most two ranges. */
ABI_TEST(lists)
{
	static const uint32_t good[] = { 0, 0, 2, ~0u }, back[] = { 2, 1 },
			      common[] = { 1, 3, 3, 4 }, falls[] = { 5, 6, 1, 2 },
			      three[] = { 1, 1, 3, 3, 5, 5 };
	static const uint32_t many[2 * ALGATE_MAX_RANGES + 2];
	struct abi *a = &self->a;

	EXPECT_EQ(0, fill(a, "ports", good, sizeof(good)));
	EXPECT_EQ(0, fill(a, "ports", NULL, 0));
	EXPECT_EQ(ENOENT, fill(a, "other", good, sizeof(good)));
	EXPECT_EQ(ENOENT, fill(a, "", NULL, 0));
	EXPECT_EQ(EINVAL, fill(a, "ports", back, sizeof(back)));
	EXPECT_EQ(EINVAL, fill(a, "ports", common, sizeof(common)));
	EXPECT_EQ(EINVAL, fill(a, "ports", falls, sizeof(falls)));
	EXPECT_EQ(EINVAL, fill(a, "ports", three, sizeof(three)));
	EXPECT_EQ(EINVAL, fill(a, "ports", good, 12));
	EXPECT_NE(0, fill(a, "ports", good, 4));
	EXPECT_NE(0, fill(a, "ports", many, sizeof(many)));
	/* neither a class and a list, nor ranges for a class */
	abi_begin(a, ALGATE_CMD_PLUGIN_SET, NLM_F_ACK);
	mnl_attr_put_strz(a->nlh, ALGATE_A_NAME, "hello");
	mnl_attr_put_strz(a->nlh, ALGATE_A_PARAM, "ports");
	mnl_attr_put_u8(a->nlh, ALGATE_A_FROM, ALGATE_FROM_PEER);
	EXPECT_EQ(EINVAL, abi_talk(a, NULL, NULL).err);
	abi_begin(a, ALGATE_CMD_PLUGIN_SET, NLM_F_ACK);
	mnl_attr_put_strz(a->nlh, ALGATE_A_NAME, "hello");
	mnl_attr_put_strz(a->nlh, ALGATE_A_CLASS, "data");
	mnl_attr_put_u8(a->nlh, ALGATE_A_FROM, ALGATE_FROM_PEER);
	mnl_attr_put(a->nlh, ALGATE_A_RANGES, sizeof(good), good);
	EXPECT_EQ(EINVAL, abi_talk(a, NULL, NULL).err);
}

static int fill_map(struct abi *a, const char *map,
		    const struct algate_pair *pair, size_t len)
{
	abi_begin(a, ALGATE_CMD_PLUGIN_SET, NLM_F_ACK);
	mnl_attr_put_strz(a->nlh, ALGATE_A_NAME, "hello");
	mnl_attr_put_strz(a->nlh, ALGATE_A_MAP, map);
	if (pair)
		mnl_attr_put(a->nlh, ALGATE_A_PAIRS, len, pair);
	return abi_talk(a, NULL, NULL).err;
}

#define PAIR(bits_, from_, to_) \
	{ .family = AF_INET, .bits = bits_, .from = { from_ }, .to = { to_ } }

/* The plug-in has a map of at most two pairs. */
ABI_TEST(maps)
{
	static const struct algate_pair good[] = {
		PAIR(32, 10, 11), PAIR(8, 10, 11)
	}, six[] = {
		PAIR(32, 10, 11),
		{ .family = AF_INET6, .bits = 32, .from = { 10 }, .to = { 11 } }
	}, rises[] = {
		PAIR(8, 10, 11), PAIR(9, 10, 11)
	}, falls[] = {
		PAIR(8, 11, 11), PAIR(8, 10, 12)
	}, left[] = {
		PAIR(8, 10, 11), PAIR(8, 10, 12)
	}, right[] = {
		PAIR(8, 10, 12), PAIR(8, 11, 12)
	}, three[] = {
		PAIR(8, 1, 1), PAIR(8, 2, 2), PAIR(8, 3, 3)
	}, bad[] = {
		PAIR(33, 10, 11), PAIR(7, 11, 12), PAIR(4, 16, 24),
		{ .bits = 8 }, { .family = 1, .bits = 8 },
		{ .family = AF_INET6, .bits = 129 },
		{ .family = AF_INET, .bits = 8, .reserved = { 0, 1 } },
		{ .family = AF_INET, .bits = 32, .from = { 1, 2, 3, 4, 5 } },
		{ .family = AF_INET, .bits = 24, .to = { [15] = 1 } },
	};
	static const struct algate_pair many[ALGATE_MAX_PAIRS + 1];
	struct abi *a = &self->a;
	unsigned int i;

	EXPECT_EQ(0, fill_map(a, "hosts", good, sizeof(good)));
	EXPECT_EQ(0, fill_map(a, "hosts", six, sizeof(six)));
	EXPECT_EQ(0, fill_map(a, "hosts", NULL, 0));
	EXPECT_EQ(ENOENT, fill_map(a, "ports", good, sizeof(good)));
	EXPECT_EQ(ENOENT, fill(a, "hosts", NULL, 0));
	EXPECT_EQ(EINVAL, fill_map(a, "hosts", rises, sizeof(rises)));
	EXPECT_EQ(EINVAL, fill_map(a, "hosts", falls, sizeof(falls)));
	EXPECT_EQ(EINVAL, fill_map(a, "hosts", left, sizeof(left)));
	EXPECT_EQ(EINVAL, fill_map(a, "hosts", right, sizeof(right)));
	EXPECT_EQ(EINVAL, fill_map(a, "hosts", three, sizeof(three)));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_EQ(EINVAL, fill_map(a, "hosts", &bad[i], sizeof(bad[i])))
			TH_LOG("pair %u", i);
	EXPECT_EQ(EINVAL, fill_map(a, "hosts", good, sizeof(good) - 4));
	EXPECT_NE(0, fill_map(a, "hosts", good, 4));
	EXPECT_NE(0, fill_map(a, "hosts", many, sizeof(many)));
	/* either a list or a map */
	abi_begin(a, ALGATE_CMD_PLUGIN_SET, NLM_F_ACK);
	mnl_attr_put_strz(a->nlh, ALGATE_A_NAME, "hello");
	mnl_attr_put_strz(a->nlh, ALGATE_A_PARAM, "ports");
	mnl_attr_put(a->nlh, ALGATE_A_PAIRS, sizeof(good), good);
	EXPECT_EQ(EINVAL, abi_talk(a, NULL, NULL).err);
}

static void good_attachment(struct abi *a, uint16_t port)
{
	struct nlattr *nest;

	abi_begin(a, ALGATE_CMD_ATTACH_ADD, NLM_F_ACK);
	nest = mnl_attr_nest_start(a->nlh, ALGATE_A_ATTACH);
	mnl_attr_put_strz(a->nlh, ALGATE_ATTACH_NAME, "hello");
	mnl_attr_put_u8(a->nlh, ALGATE_ATTACH_PROTO, IPPROTO_UDP);
	mnl_attr_put_u16(a->nlh, ALGATE_ATTACH_DPORT, port);
	mnl_attr_nest_end(a->nlh, nest);
}

/* Undefined bits in the flags of both headers are refused. */
ABI_TEST(unknown_flags)
{
	unsigned int bit;

	for (bit = 0; bit < 16; bit++) {
		/* skip the defined flags */
		if ((1u << bit) & (NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO))
			continue;
		good_attachment(&self->a, PORT);
		self->a.nlh->nlmsg_flags |= 1u << bit;
		EXPECT_EQ(EINVAL, abi_talk(&self->a, NULL, NULL).err)
			TH_LOG("flag %#x", 1u << bit);
		good_attachment(&self->a, PORT);
		((struct genlmsghdr *)mnl_nlmsg_get_payload(self->a.nlh))->reserved =
			1u << bit;
		EXPECT_EQ(EINVAL, abi_talk(&self->a, NULL, NULL).err)
			TH_LOG("reserved %#x", 1u << bit);
	}
	EXPECT_EQ(0, abi_count(&self->a, ALGATE_CMD_ATTACH_GET));
}

/* A truncated request is refused; the kernel ignores a truncated header. */
ABI_TEST(truncated)
{
	unsigned int full, len;

	good_attachment(&self->a, PORT);
	full = self->a.nlh->nlmsg_len;
	for (len = MNL_NLMSG_HDRLEN; len < full; len++) {
		good_attachment(&self->a, PORT);
		self->a.nlh->nlmsg_len = len;
		EXPECT_NE(0, abi_talk(&self->a, NULL, NULL).err)
			TH_LOG("cut at %u of %u", len, full);
	}
	for (len = 0; len < MNL_NLMSG_HDRLEN; len++) {
		good_attachment(&self->a, PORT);
		self->a.nlh->nlmsg_len = len;
		ASSERT_LT(0, mnl_socket_sendto(self->a.sock, self->a.nlh,
					       full));
	}
	EXPECT_EQ(0, abi_count(&self->a, ALGATE_CMD_ATTACH_GET));
	good_attachment(&self->a, PORT);
	EXPECT_EQ(0, abi_talk(&self->a, NULL, NULL).err);
	EXPECT_EQ(1, abi_count(&self->a, ALGATE_CMD_ATTACH_GET));
}

/*
 * Wrong lengths, from 0 to beyond the end: the request is refused, or makes the
 * same attachment.
 */
ABI_TEST(lengths_that_lie)
{
	/* offsets of the nest, and of the three attributes in the nest */
	static const unsigned int at[] = {
		ABI_FIRST, ABI_FIRST + 4, ABI_FIRST + 16, ABI_FIRST + 24
	};
	unsigned int i, lie, taken = 0;

	for (i = 0; i < MNL_ARRAY_SIZE(at); i++) {
		for (lie = 0; lie < 128; lie++) {
			good_attachment(&self->a, PORT);
			((struct nlattr *)(self->a.buf + at[i]))->nla_len = lie;
			if (abi_talk(&self->a, NULL, NULL).err)
				continue;
			taken++;
			EXPECT_EQ(0, abi_attach(&self->a, ALGATE_CMD_ATTACH_DEL,
						"hello", PORT).err)
				TH_LOG("length %u at %u", lie, at[i]);
		}
	}
	/* at least the right lengths */
	EXPECT_LE(4, taken);
	EXPECT_EQ(0, abi_count(&self->a, ALGATE_CMD_ATTACH_GET));
}

ABI_TEST(nests)
{
	struct nlattr *nest[200];
	struct abi_reply reply;
	unsigned int i;

	/* without the flag for nested attributes */
	abi_begin(&self->a, ALGATE_CMD_LIMIT_SET, NLM_F_ACK);
	mnl_attr_put(self->a.nlh, ALGATE_A_LIMIT, 0, "");
	reply = abi_talk(&self->a, NULL, NULL);
	EXPECT_EQ(EINVAL, reply.err);
	EXPECT_EQ(ABI_FIRST, reply.at);
	/* empty: nothing to set */
	abi_begin(&self->a, ALGATE_CMD_LIMIT_SET, NLM_F_ACK);
	mnl_attr_put(self->a.nlh, ALGATE_A_LIMIT | NLA_F_NESTED, 0, "");
	EXPECT_EQ(0, abi_talk(&self->a, NULL, NULL).err);
	/* nested deeper than any valid request */
	abi_begin(&self->a, ALGATE_CMD_ATTACH_ADD, NLM_F_ACK);
	for (i = 0; i < MNL_ARRAY_SIZE(nest); i++)
		nest[i] = mnl_attr_nest_start(self->a.nlh, ALGATE_A_ATTACH);
	while (i--)
		mnl_attr_nest_end(self->a.nlh, nest[i]);
	EXPECT_EQ(EINVAL, abi_talk(&self->a, NULL, NULL).err);
	/* the nest of another command */
	EXPECT_EQ(EINVAL, nested(&self->a, ALGATE_CMD_ATTACH_ADD,
				 ALGATE_A_LIMIT, ALGATE_LIMIT_FLOWS, "abcd",
				 4).err);
}

ABI_TEST(what_is_missing_is_named)
{
	struct abi_reply reply;

	reply = abi_simple(&self->a, ALGATE_CMD_PLUGIN_LOAD, NLM_F_ACK);
	EXPECT_EQ(EINVAL, reply.err);
	EXPECT_NE(NULL, strstr(reply.text, "image"));
	reply = abi_simple(&self->a, ALGATE_CMD_PLUGIN_UNLOAD, NLM_F_ACK);
	EXPECT_EQ(EINVAL, reply.err);
	EXPECT_NE(NULL, strstr(reply.text, "name"));
	reply = abi_simple(&self->a, ALGATE_CMD_ATTACH_DEL, NLM_F_ACK);
	EXPECT_EQ(EINVAL, reply.err);
	EXPECT_NE(NULL, strstr(reply.text, "attachment"));
	reply = abi_simple(&self->a, ALGATE_CMD_LIMIT_SET, NLM_F_ACK);
	EXPECT_EQ(EINVAL, reply.err);
	EXPECT_NE(NULL, strstr(reply.text, "limit"));
}

/* If a limit is out of range, no limit of the request is set. */
ABI_TEST(limits_are_set_whole)
{
	struct abi_reply reply;
	struct nlattr *nest;

	EXPECT_EQ(0, abi_limit(&self->a, ALGATE_LIMIT_ATTACHMENTS, 1).err);
	abi_begin(&self->a, ALGATE_CMD_LIMIT_SET, NLM_F_ACK);
	nest = mnl_attr_nest_start(self->a.nlh, ALGATE_A_LIMIT);
	mnl_attr_put_u32(self->a.nlh, ALGATE_LIMIT_ATTACHMENTS, 2);
	mnl_attr_put_u32(self->a.nlh, ALGATE_LIMIT_KEPT, 1000000);
	mnl_attr_nest_end(self->a.nlh, nest);
	reply = abi_talk(&self->a, NULL, NULL);
	EXPECT_EQ(ERANGE, reply.err);
	EXPECT_EQ(0, abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD, "hello",
				PORT).err);
	EXPECT_NE(0, abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD, "hello",
				PORT + 1).err);
}

/* The range of the limit; the attribute of replies cannot be set. */
ABI_TEST(the_limit_of_memory)
{
	struct abi_reply reply;

	EXPECT_EQ(0, abi_limit(&self->a, ALGATE_LIMIT_MEMORY, 0).err);
	EXPECT_EQ(0, abi_limit(&self->a, ALGATE_LIMIT_MEMORY,
			       ALGATE_MEMORY_MAX).err);
	EXPECT_EQ(ERANGE, abi_limit(&self->a, ALGATE_LIMIT_MEMORY,
				    ALGATE_MEMORY_MAX + 1).err);
	reply = abi_limit(&self->a, ALGATE_LIMIT_MEMORY_USED, 0);
	EXPECT_EQ(EINVAL, reply.err);
	EXPECT_NE(NULL, strstr(reply.text, "no limit"));
}

/* Errors of the policy come first, then wrong values, then missing objects. */
ABI_TEST(which_error_wins)
{
	struct abi_reply reply;

	/* no such plug-in, and two of three attributes missing */
	reply = nested(&self->a, ALGATE_CMD_ATTACH_ADD, ALGATE_A_ATTACH,
		       ALGATE_ATTACH_NAME, "nobody", 7);
	EXPECT_EQ(EINVAL, reply.err);
	reply = abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD, "nobody", PORT);
	EXPECT_EQ(ENOENT, reply.err);
	EXPECT_STREQ("no plug-in of that name is loaded", reply.text);
	EXPECT_EQ(ABI_FIRST, reply.at);
	/* the invalid port 0 takes precedence over the missing plug-in */
	reply = abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD, "nobody", 0);
	EXPECT_EQ(ERANGE, reply.err);
	/* the attachment, or the plug-in, already exists */
	EXPECT_EQ(0, abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD, "hello",
				PORT).err);
	reply = abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD, "hello", PORT);
	EXPECT_EQ(EEXIST, reply.err);
	EXPECT_NE(0, strlen(reply.text));
	reply = abi_load(&self->a, ALGATE_CMD_PLUGIN_LOAD, self->image,
			 self->len);
	EXPECT_EQ(EEXIST, reply.err);
	EXPECT_NE(0, strlen(reply.text));
}

static uint32_t le32(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

/* offset of a section's header in a valid image; 0: no such section */
static size_t section(const char *image, size_t len, uint16_t id)
{
	size_t at = ALGATE_IMAGE_HDR_LEN;

	while (at < len && (le32(image + at) & 0xffff) != id)
		at += 8 + ((le32(image + at + 4) + 3) & ~3u);
	return at < len ? at : 0;
}

/*
 * Damages each instruction in turn: the extended ack contains the offset of the
 * instruction, and the reason.
 */
ABI_TEST(the_verifier_names_the_place)
{
	size_t from = section(self->image, self->len, ALGATE_SEC_INSNS);
	unsigned int i, n = le32(self->image + from + 4) / 8;
	struct abi_reply reply;
	char first[256] = "";

	ASSERT_LT(0, from);
	ASSERT_LT(1, n);
	for (i = 0; i < n; i++) {
		char *insn = self->image + from + 8 + 8 * i;
		char op = *insn;

		*insn = 0;
		reply = abi_load(&self->a, ALGATE_CMD_PLUGIN_REPLACE,
				 self->image, self->len);
		*insn = op;
		EXPECT_EQ(EINVAL, reply.err);
		EXPECT_EQ(ABI_FIRST + MNL_ATTR_HDRLEN + from + 8 + 8 * i,
			  reply.at);
		if (!i)
			snprintf(first, sizeof(first), "%s", reply.text);
		EXPECT_STREQ("unknown instruction", first);
		EXPECT_STREQ(first, reply.text);
	}
	/* a section with an unknown number, and a header of another version */
	self->image[ALGATE_IMAGE_HDR_LEN] = 99;
	reply = abi_load(&self->a, ALGATE_CMD_PLUGIN_LOAD, self->image,
			 self->len);
	EXPECT_STREQ("unknown section", reply.text);
	EXPECT_EQ(ABI_FIRST + MNL_ATTR_HDRLEN + ALGATE_IMAGE_HDR_LEN,
		  reply.at);
	self->image[4]++;
	reply = abi_load(&self->a, ALGATE_CMD_PLUGIN_LOAD, self->image,
			 self->len);
	EXPECT_STREQ("the image is of another version", reply.text);
	EXPECT_EQ(ABI_FIRST, reply.at);
}

TEST_HARNESS_MAIN

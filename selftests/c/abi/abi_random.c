// SPDX-License-Identifier: GPL-2.0
/*
 * Random messages and images, the same in each run. Each message is answered,
 * and none has an effect that its sender has no permission for.
 */
#include "abi_fixture.h"

#define MESSAGES	10000
/* few, because unloading waits for grace periods of tasks */
#define IMAGES		300
#define NAME		"abi99"

static uint64_t state = 20011;

static uint32_t below(uint32_t n)
{
	return (abi_random(&state) >> 32) % n;
}

static void put_random(struct abi *a, unsigned int depth);

/* Puts an attribute of a known or unknown type, with the right length. */
static void put_attr(struct abi *a, unsigned int depth)
{
	static const char *const name[] = { "hello", "nobody", "", "lo" };
	uint16_t type = below(12) ? below(ALGATE_A_MAX + 2) : below(65536);
	char bytes[40];
	unsigned int i;

	switch (below(6)) {
	case 0:
		mnl_attr_put_u8(a->nlh, type, below(256));
		break;
	case 1:
		mnl_attr_put_u16(a->nlh, type, below(65536));
		break;
	case 2:
		mnl_attr_put_u32(a->nlh, type, below(8) ? below(100) : ~0u);
		break;
	case 3:
		mnl_attr_put_strz(a->nlh, type, name[below(4)]);
		break;
	case 4:
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = below(256);
		mnl_attr_put(a->nlh, type, below(sizeof(bytes) + 1), bytes);
		break;
	default:
		if (depth < 4) {
			struct nlattr *nest = mnl_attr_nest_start(a->nlh, type);

			put_random(a, depth + 1);
			mnl_attr_nest_end(a->nlh, nest);
		}
	}
}

static void put_random(struct abi *a, unsigned int depth)
{
	unsigned int n = below(6);

	while (n--)
		put_attr(a, depth);
}

/* Changes random bytes behind the netlink header. */
static void spoil(struct abi *a)
{
	unsigned int n = below(4), room = a->nlh->nlmsg_len - MNL_NLMSG_HDRLEN;

	while (n--)
		a->buf[MNL_NLMSG_HDRLEN + below(room)] = below(256);
}

ABI_TEST(messages)
{
	unsigned int i, done = 0, refused = 0;

	for (i = 0; i < MESSAGES; i++) {
		struct abi_reply reply;
		/* also unknown commands */
		uint8_t cmd = below(ALGATE_CMD_MAX + 3);
		struct nlattr *nest;

		/* an unload of "hello" would end the test */
		if (cmd == ALGATE_CMD_PLUGIN_UNLOAD)
			continue;
		abi_begin(&self->a, cmd, below(3) ? NLM_F_ACK : NLM_F_DUMP);
		if (below(2)) {
			nest = mnl_attr_nest_start(self->a.nlh,
						   below(2) ? ALGATE_A_ATTACH :
							      ALGATE_A_LIMIT);
			put_random(&self->a, 1);
			mnl_attr_nest_end(self->a.nlh, nest);
		} else {
			put_random(&self->a, 0);
		}
		if (!below(4))
			spoil(&self->a);
		if (((struct genlmsghdr *)mnl_nlmsg_get_payload(self->a.nlh))->cmd ==
		    ALGATE_CMD_PLUGIN_UNLOAD)
			continue;
		reply = abi_talk(&self->a, NULL, NULL);
		ASSERT_NE(EAGAIN, reply.err)
			TH_LOG("message %u is not answered", i);
		if (reply.err)
			refused++;
		else
			done++;
	}
	/* many requests succeed, and many are refused */
	EXPECT_LT(MESSAGES / 200, done);
	EXPECT_LT(MESSAGES / 4, refused);
	EXPECT_NE(0, abi_image(&self->a, "hello", self->image,
			       sizeof(self->image)));
}

/* Tries shorter names too: the random changes may have shortened the name. */
static int unload(struct abi *a)
{
	char name[] = NAME;
	int err = ENOENT;
	size_t len;

	for (len = strlen(name); len && err == ENOENT; len--) {
		name[len] = 0;
		err = abi_name(a, ALGATE_CMD_PLUGIN_UNLOAD, NLM_F_ACK,
			       name).err;
	}
	return err;
}

/* The plug-in's image with some bytes changed: refused with a reason, or run. */
ABI_TEST(images)
{
	static char spoilt[ALGATE_IMAGE_MAX];
	const char *at = memmem(self->image, self->len, "hello", 5);
	unsigned int i, n, loaded = 0;
	struct abi_reply reply;

	ASSERT_NE(NULL, at);
	for (i = 0; i < IMAGES; i++) {
		size_t len = self->len;

		memcpy(spoilt, self->image, len);
		for (n = 1 + below(3); n; n--)
			spoilt[below(len)] = below(2) ? below(256) : below(8);
		/* restore the name: it must not become another plug-in's */
		memcpy(spoilt + (at - self->image), NAME, 5);
		if (!below(10))
			len = below(len + 1);
		reply = abi_load(&self->a, ALGATE_CMD_PLUGIN_LOAD, spoilt, len);
		if (reply.err) {
			EXPECT_NE(0, strlen(reply.text))
				TH_LOG("image %u: %s", i, strerror(reply.err));
			continue;
		}
		loaded++;
		EXPECT_EQ(0, unload(&self->a));
	}
	EXPECT_LT(0, loaded);
	EXPECT_GT(IMAGES, loaded);
	/* images cut at each byte are refused */
	memcpy(spoilt, self->image, self->len);
	memcpy(spoilt + (at - self->image), NAME, 5);
	for (n = 0; n < self->len; n++) {
		ASSERT_NE(0, abi_load(&self->a, ALGATE_CMD_PLUGIN_LOAD, spoilt,
				      n).err);
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * The source of a plug-in: stored in pieces, returned in pieces, and refused
 * beyond its bounds.
 */
#include "abi_fixture.h"

#define ROOM	(ALGATE_SOURCE_MAX + ALGATE_SOURCE_PIECE)

static char text[ROOM];

/* a source as the kernel returns it */
struct kept {
	char text[ROOM];
	size_t len;
	char compiler[ALGATE_COMPILER_LEN];
	char name[ALGATE_NAME_LEN];
	uint32_t generation;
};

static struct kept kept;

static void keep(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *one;

	(void)data;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		mnl_attr_for_each_nested(one, attr) {
			const char *p = mnl_attr_get_payload(one);
			size_t n = mnl_attr_get_payload_len(one);

			switch (mnl_attr_get_type(one)) {
			case ALGATE_PLUGIN_SOURCE:
				if (n > ROOM - kept.len)
					break;
				memcpy(kept.text + kept.len, p, n);
				kept.len += n;
				break;
			case ALGATE_PLUGIN_COMPILER:
				snprintf(kept.compiler, sizeof(kept.compiler),
					 "%s", p);
				break;
			case ALGATE_PLUGIN_NAME:
				snprintf(kept.name, sizeof(kept.name), "%s", p);
				break;
			case ALGATE_PLUGIN_GENERATION:
				kept.generation = mnl_attr_get_u32(one);
			}
		}
	}
}

static struct abi_reply source_get(struct abi *a)
{
	memset(&kept, 0, sizeof(kept));
	abi_begin(a, ALGATE_CMD_SOURCE_GET, NLM_F_DUMP);
	mnl_attr_put_strz(a->nlh, ALGATE_A_NAME, "hello");
	return abi_talk(a, keep, NULL);
}

/* "hello" gets the first @len bytes of text as its source, in such pieces. */
static struct abi_reply source_set(struct abi *a, size_t len, size_t piece,
				   const char *compiler)
{
	static char image[ALGATE_IMAGE_MAX];
	size_t image_len = abi_image(a, "hello", image, sizeof(image));
	size_t at, n;

	abi_begin(a, ALGATE_CMD_PLUGIN_REPLACE, NLM_F_ACK);
	mnl_attr_put(a->nlh, ALGATE_A_IMAGE, image_len, image);
	for (at = 0; at < len; at += n) {
		n = len - at < piece ? len - at : piece;
		mnl_attr_put(a->nlh, ALGATE_A_SOURCE, n, text + at);
	}
	if (compiler)
		mnl_attr_put_strz(a->nlh, ALGATE_A_COMPILER, compiler);
	return abi_talk(a, NULL, NULL);
}

static void text_make(void)
{
	uint64_t state = 7;
	size_t i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = 1 + abi_random(&state) % 255;
}

/* Any bytes but NUL come back as they were, whatever the pieces were. */
ABI_TEST(same_bytes)
{
	static const struct {
		size_t len;
		size_t piece;
	} row[] = {
		{ 1, 1 }, { 2, 1 }, { 3, ALGATE_SOURCE_PIECE }, { 5000, 7 },
		{ ALGATE_SOURCE_PIECE, ALGATE_SOURCE_PIECE },
		{ ALGATE_SOURCE_PIECE + 1, ALGATE_SOURCE_PIECE },
		{ ALGATE_SOURCE_MAX, 4097 },
		{ ALGATE_SOURCE_MAX, ALGATE_SOURCE_PIECE },
	};
	struct abi_reply reply;
	unsigned int i;

	text_make();
	for (i = 0; i < MNL_ARRAY_SIZE(row); i++) {
		reply = source_set(&self->a, row[i].len, row[i].piece, "12.34");
		EXPECT_EQ(0, reply.err)
			TH_LOG("%s", reply.text);
		reply = source_get(&self->a);
		EXPECT_EQ(0, reply.err);
		EXPECT_EQ(row[i].len, kept.len);
		EXPECT_EQ(0, memcmp(kept.text, text, row[i].len));
		EXPECT_STREQ("12.34", kept.compiler);
		EXPECT_STREQ("hello", kept.name);
		EXPECT_NE(0, kept.generation);
		EXPECT_FALSE(reply.torn);
	}
	/* the last source was long */
	EXPECT_LT(4, reply.n);
}

ABI_TEST(without_source)
{
	struct abi_reply reply;

	EXPECT_EQ(0, source_set(&self->a, 0, 1, "1").err);
	reply = source_get(&self->a);
	EXPECT_EQ(0, reply.err);
	EXPECT_EQ(0, reply.n);
	text_make();
	EXPECT_EQ(0, source_set(&self->a, 10, 10, NULL).err);
	reply = source_get(&self->a);
	EXPECT_EQ(1, reply.n);
	EXPECT_EQ(10, kept.len);
	EXPECT_STREQ("", kept.compiler);
}

/* What is refused changes nothing. */
ABI_TEST(bounds)
{
	static const char longest[] = "thirty-one-bytes-of-a-version.1";
	struct abi_reply reply;
	uint32_t generation;

	ASSERT_EQ(ALGATE_COMPILER_LEN, sizeof(longest));
	text_make();
	EXPECT_EQ(0, source_set(&self->a, 10, 10, longest).err);
	source_get(&self->a);
	EXPECT_STREQ(longest, kept.compiler);
	generation = kept.generation;

	reply = source_set(&self->a, 10, 10, "thirty-two-bytes-of-a-version..1");
	EXPECT_TRUE(reply.err == EINVAL || reply.err == ERANGE);
	reply = source_set(&self->a, ALGATE_SOURCE_MAX + 1, ALGATE_SOURCE_PIECE,
			   "1");
	EXPECT_EQ(EINVAL, reply.err);
	EXPECT_STREQ("the source is longer than 262144 bytes", reply.text);
	reply = source_set(&self->a, ALGATE_SOURCE_PIECE + 1,
			   ALGATE_SOURCE_PIECE + 1, "1");
	EXPECT_EQ(ERANGE, reply.err);
	EXPECT_NE(0, reply.at);
	/* an empty piece, behind a good one */
	abi_begin(&self->a, ALGATE_CMD_PLUGIN_REPLACE, NLM_F_ACK);
	mnl_attr_put(self->a.nlh, ALGATE_A_IMAGE, self->len, self->image);
	mnl_attr_put(self->a.nlh, ALGATE_A_SOURCE, 4, text);
	mnl_attr_put(self->a.nlh, ALGATE_A_SOURCE, 0, "");
	EXPECT_EQ(ERANGE, abi_talk(&self->a, NULL, NULL).err);
	text[ALGATE_SOURCE_PIECE] = 0;
	reply = source_set(&self->a, 2 * ALGATE_SOURCE_PIECE,
			   ALGATE_SOURCE_PIECE, "1");
	EXPECT_EQ(EINVAL, reply.err);
	EXPECT_STREQ("the source contains a NUL", reply.text);
	/* a good source does not excuse a bad image */
	self->image[0]++;
	EXPECT_EQ(EINVAL, abi_load(&self->a, ALGATE_CMD_PLUGIN_REPLACE,
				   self->image, self->len).err);

	source_get(&self->a);
	EXPECT_EQ(generation, kept.generation);
	EXPECT_EQ(10, kept.len);
}

ABI_TEST(requests)
{
	struct abi_reply reply;

	reply = abi_simple(&self->a, ALGATE_CMD_SOURCE_GET, NLM_F_DUMP);
	EXPECT_EQ(EINVAL, reply.err);
	EXPECT_STREQ("the name of the plug-in is missing", reply.text);
	reply = abi_name(&self->a, ALGATE_CMD_SOURCE_GET, NLM_F_DUMP, "nobody");
	EXPECT_EQ(ENOENT, reply.err);
	EXPECT_STREQ("no plug-in of that name is loaded", reply.text);
}

/* A source that changes while it is read: the reader is told. */
ABI_TEST(replaced_meanwhile)
{
	struct abi_reply reply = { 0 };
	struct abi other;
	int ret;

	text_make();
	ASSERT_EQ(0, source_set(&self->a, ALGATE_SOURCE_MAX,
				ALGATE_SOURCE_PIECE, "1").err);
	ASSERT_EQ(0, abi_open(&other));
	memset(&kept, 0, sizeof(kept));
	abi_begin(&other, ALGATE_CMD_SOURCE_GET, NLM_F_DUMP);
	mnl_attr_put_strz(other.nlh, ALGATE_A_NAME, "hello");
	ASSERT_EQ(0, abi_send(&other));
	ASSERT_EQ(0, abi_part(&other, &reply, keep, NULL));
	ASSERT_EQ(0, source_set(&self->a, 10, 10, "2").err);
	while (!(ret = abi_part(&other, &reply, keep, NULL)))
		;
	EXPECT_EQ(1, ret);
	EXPECT_TRUE(reply.torn);
	EXPECT_GT(ALGATE_SOURCE_MAX, kept.len);
	abi_close(&other);
}

ABI_TEST(rights)
{
	text_make();
	ASSERT_EQ(0, source_set(&self->a, 10, 10, "1").err);
	/* root of its own namespaces reads, and does not write */
	abi_close(&self->a);
	ASSERT_EQ(0, unshare(CLONE_NEWUSER | CLONE_NEWNET));
	ASSERT_EQ(0, abi_open(&self->a));
	EXPECT_EQ(0, source_get(&self->a).err);
	EXPECT_EQ(10, kept.len);
	EXPECT_EQ(EPERM, source_set(&self->a, 10, 10, "1").err);
}

TEST_HARNESS_MAIN

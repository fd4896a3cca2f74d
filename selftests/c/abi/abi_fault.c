// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation for a request or a packet fails in turn: the request succeeds
 * or fails as a whole, and later requests work. Needs a kernel with fault
 * injection; tests/fault.sh selects the allocations.
 */
#include "abi_fixture.h"

#include <fcntl.h>
#include <sys/wait.h>

#define NAME		"fault"	/* as long as "hello" */
#define MOST		5000	/* no test here makes more allocations */
#define HELLO		"HELLO 127.0.0.1 %u x"

static int nth = -1;

/* From now on, the @n-th allocation of this task fails; 0: none fails. */
static bool fail_nth(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (nth < 0)
		nth = open("/proc/thread-self/fail-nth", O_RDWR);
	return pwrite(nth, text, len, 0) == len;
}

/* Has an allocation failed? Switches fault injection off. */
static bool has_failed(void)
{
	char text[16] = "";

	if (pread(nth, text, sizeof(text) - 1, 0) <= 0)
		return false;
	fail_nth(0);
	return atoi(text) == 0;
}

/*
 * ENOMEM: from the kernel. ENOBUFS: from the socket, when the request may have
 * succeeded. ENFILE: no memory for a file.
 */
static bool is_memory(int err)
{
	return err == ENOMEM || err == ENOBUFS || err == ENFILE;
}

/* state that a request can change */
struct have {
	unsigned int plugins;
	unsigned int attachments;
};

static struct have look(struct abi *a)
{
	struct have have = {
		.plugins = abi_count(a, ALGATE_CMD_PLUGIN_GET),
		.attachments = abi_count(a, ALGATE_CMD_ATTACH_GET),
	};

	return have;
}

/**
 * struct request - a request, and a request that undoes it
 * @name: for messages
 * @make: makes the request; returns a positive errno
 * @undo: undoes it, so that it can be repeated; NULL: not needed
 * @plugins: expected change of the number of plug-ins
 * @attachments: expected change of the number of attachments
 */
struct request {
	const char *name;
	int (*make)(struct abi *a, char *image, size_t len);
	int (*undo)(struct abi *a, char *image, size_t len);
	int plugins;
	int attachments;
};

static int do_load(struct abi *a, char *image, size_t len)
{
	return abi_load(a, ALGATE_CMD_PLUGIN_LOAD, image, len).err;
}

static int do_replace(struct abi *a, char *image, size_t len)
{
	return abi_load(a, ALGATE_CMD_PLUGIN_REPLACE, image, len).err;
}

static int do_unload(struct abi *a, char *image, size_t len)
{
	(void)image;
	(void)len;
	return abi_name(a, ALGATE_CMD_PLUGIN_UNLOAD, NLM_F_ACK, NAME).err;
}

static int do_attach(struct abi *a, char *image, size_t len)
{
	(void)image;
	(void)len;
	return abi_attach(a, ALGATE_CMD_ATTACH_ADD, "hello", PORT + 1).err;
}

static int do_detach(struct abi *a, char *image, size_t len)
{
	(void)image;
	(void)len;
	return abi_attach(a, ALGATE_CMD_ATTACH_DEL, "hello", PORT + 1).err;
}

static int do_limit(struct abi *a, char *image, size_t len)
{
	(void)image;
	(void)len;
	return abi_limit(a, ALGATE_LIMIT_ATTACHMENTS, 1000).err;
}

static int list_all(struct abi *a, char *image, size_t len)
{
	static const uint8_t cmds[] = {
		ALGATE_CMD_PLUGIN_GET, ALGATE_CMD_ATTACH_GET,
		ALGATE_CMD_FLOW_GET, ALGATE_CMD_EXPECT_GET, ALGATE_CMD_STATS_GET
	};
	unsigned int i;
	int err = 0;

	(void)image;
	(void)len;
	for (i = 0; i < sizeof(cmds) && !err; i++)
		err = abi_simple(a, cmds[i], NLM_F_DUMP).err;
	return err;
}

static int do_listen(struct abi *a, char *image, size_t len)
{
	struct abi other;
	int err = abi_open(&other);

	(void)a;
	(void)image;
	(void)len;
	if (err)
		return -err;
	err = mnl_socket_setsockopt(other.sock, NETLINK_ADD_MEMBERSHIP,
				    &other.group, sizeof(other.group)) ?
		      errno : 0;
	abi_close(&other);
	return err;
}

static const struct request requests[] = {
	{ "load", do_load, do_unload, 1, 0 },
	{ "replace", do_replace, NULL, 0, 0 },
	{ "unload", do_unload, do_load, -1, 0 },
	{ "attach", do_attach, do_detach, 0, 1 },
	{ "detach", do_detach, do_attach, 0, -1 },
	{ "limit", do_limit, NULL, 0, 0 },
	{ "listings", list_all, NULL, 0, 0 },
	{ "listen", do_listen, NULL, 0, 0 },
};

static void each_fails(struct __test_metadata *_metadata, struct abi *a,
		       const struct request *r, char *image, size_t len)
{
	struct have before, after;
	unsigned int n, failures = 0;
	struct abi other;
	int err;

	ASSERT_EQ(0, abi_open(&other));
	for (n = 1; n < MOST; n++) {
		before = look(&other);
		ASSERT_TRUE(fail_nth(n));
		err = r->make(a, image, len);
		if (!has_failed())
			break;
		after = look(&other);
		failures += !!err;
		if (err)
			EXPECT_TRUE(is_memory(err))
				TH_LOG("%s, %u: %s", r->name, n, strerror(err));
		/* with ENOBUFS, the request may still have succeeded */
		if (err && after.plugins == before.plugins &&
		    after.attachments == before.attachments)
			continue;
		EXPECT_EQ(before.plugins + r->plugins, after.plugins)
			TH_LOG("%s, %u: %s", r->name, n, strerror(err));
		EXPECT_EQ(before.attachments + r->attachments, after.attachments)
			TH_LOG("%s, %u: %s", r->name, n, strerror(err));
		if (r->undo)
			ASSERT_EQ(0, r->undo(&other, image, len));
	}
	EXPECT_EQ(0, err)
		TH_LOG("%s: undisturbed: %s", r->name, strerror(err));
	EXPECT_LT(0, failures)
		TH_LOG("%s: nothing has failed", r->name);
	EXPECT_GT(MOST, n);
	TH_LOG("%s: %u allocations, %u refusals", r->name, n - 1, failures);
	abi_close(&other);
}

ABI_TEST(requests)
{
	char *at = memmem(self->image, self->len, "hello", 5);
	unsigned int i;

	ASSERT_NE(NULL, at);
	memcpy(at, NAME, 5);
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		each_fails(_metadata, &self->a, &requests[i], self->image,
			   self->len);
	/* the last unload and detach were not undone: only "hello" is left */
	EXPECT_EQ(1, look(&self->a).plugins);
	EXPECT_EQ(0, look(&self->a).attachments);
}

struct ends {
	int c;
	int s;
};

static void ends_close(struct ends *e)
{
	close(e->c);
	close(e->s);
}

static bool ends_open(struct ends *e, uint16_t port)
{
	struct timeval limit = { .tv_sec = 60 };
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	}, from = to;

	from.sin_port = htons(port);
	e->c = socket(AF_INET, SOCK_DGRAM, 0);
	e->s = socket(AF_INET, SOCK_DGRAM, 0);
	return !setsockopt(e->s, SOL_SOCKET, SO_RCVTIMEO, &limit,
			   sizeof(limit)) &&
	       !bind(e->s, (void *)&to, sizeof(to)) &&
	       !bind(e->c, (void *)&from, sizeof(from)) &&
	       !connect(e->c, (void *)&to, sizeof(to));
}

/* The text arrives unchanged. */
static bool arrives(struct ends *e, const char *text)
{
	char got[64] = "";

	return recv(e->s, got, sizeof(got) - 1, 0) == (ssize_t)strlen(text) &&
	       !strcmp(got, text);
}

/* Allocations fail for the first packet of a flow, which opens a port. */
ABI_TEST(first_packets)
{
	unsigned int n, sent = 0, opened;
	struct ends e;
	char text[64];

	ASSERT_EQ(0, abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD, "hello",
				PORT).err);
	for (n = 1; n < MOST; n++) {
		bool failed;
		ssize_t len;

		ASSERT_TRUE(ends_open(&e, 20000 + n));
		snprintf(text, sizeof(text), HELLO, 30000 + n);
		ASSERT_TRUE(fail_nth(n));
		len = send(e.c, text, strlen(text), 0);
		failed = has_failed();
		if (len > 0) {
			sent++;
			EXPECT_TRUE(arrives(&e, text))
				TH_LOG("packet %u is not as it was", n);
		}
		/* and the flow goes on */
		EXPECT_EQ(1, send(e.c, "x", 1, 0));
		EXPECT_TRUE(arrives(&e, "x"));
		ends_close(&e);
		if (!failed)
			break;
	}
	EXPECT_GT(MOST, n);
	/* some packets were lost without a buffer, others passed uninspected */
	EXPECT_LT(1, sent);
	EXPECT_GT(n, sent);
	opened = abi_count(&self->a, ALGATE_CMD_EXPECT_GET);
	EXPECT_LT(0, opened);
	EXPECT_GT(n, opened);
	EXPECT_GE(n, abi_count(&self->a, ALGATE_CMD_FLOW_GET));
	TH_LOG("%u allocations, %u packets went on, %u of them opened", n - 1,
	       sent, opened);
}

/* Allocations fail for later packets of a flow. */
ABI_TEST(later_packets)
{
	unsigned int n, sent = 0;
	struct ends e;
	char text[64];

	ASSERT_EQ(0, abi_attach(&self->a, ALGATE_CMD_ATTACH_ADD, "hello",
				PORT).err);
	ASSERT_TRUE(ends_open(&e, 20000));
	ASSERT_EQ(1, send(e.c, "x", 1, 0));
	ASSERT_TRUE(arrives(&e, "x"));
	for (n = 1; n < MOST; n++) {
		bool failed;
		ssize_t len;

		snprintf(text, sizeof(text), HELLO, 30000 + n);
		ASSERT_TRUE(fail_nth(n));
		len = send(e.c, text, strlen(text), 0);
		failed = has_failed();
		if (len > 0) {
			sent++;
			EXPECT_TRUE(arrives(&e, text))
				TH_LOG("packet %u is not as it was", n);
		}
		if (!failed)
			break;
	}
	EXPECT_GT(MOST, n);
	EXPECT_LT(1, sent);
	EXPECT_EQ(1, abi_count(&self->a, ALGATE_CMD_FLOW_GET));
	EXPECT_LT(0, abi_count(&self->a, ALGATE_CMD_EXPECT_GET));
	ends_close(&e);
}

/* Allocations fail while a network namespace is made, which then ends. */
ABI_TEST(namespaces)
{
	unsigned int n, failures = 0;

	for (n = 1; n < MOST; n++) {
		int status;
		pid_t pid = fork();

		if (!pid) {
			int err;

			if (!fail_nth(n))
				_exit(3);
			err = unshare(CLONE_NEWNET);
			if (!has_failed())
				_exit(err ? 3 : 2);
			_exit(err ? 1 : 0);
		}
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_TRUE(WIFEXITED(status));
		ASSERT_NE(3, WEXITSTATUS(status));
		failures += WEXITSTATUS(status) == 1;
		if (WEXITSTATUS(status) == 2)
			break;
	}
	EXPECT_GT(MOST, n);
	EXPECT_LT(0, failures);
	TH_LOG("%u allocations, %u refusals", n - 1, failures);
}

TEST_HARNESS_MAIN

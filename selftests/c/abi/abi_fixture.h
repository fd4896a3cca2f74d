/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fixture of all tests of the ABI: kselftest's harness, with a separate process
 * and network namespace for each test. tests/abi.sh runs the tests in a VM with
 * the module and the plug-in "hello" loaded.
 */
#ifndef SELFTESTS_ABI_FIXTURE_H
#define SELFTESTS_ABI_FIXTURE_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "abi.h"

/* long, because emulated machines are slow; ends only a hanging test */
#define LIMIT_S		900
#define PORT		7000

FIXTURE(abi) {
	struct abi a;
	char image[ALGATE_IMAGE_MAX];
	size_t len;
};

FIXTURE_SETUP(abi)
{
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, abi_lo_up());
	ASSERT_EQ(0, abi_open(&self->a));
	self->len = abi_image(&self->a, "hello", self->image,
			      sizeof(self->image));
	ASSERT_NE(0, self->len);
}

FIXTURE_TEARDOWN(abi)
{
	abi_close(&self->a);
}

#define ABI_TEST(name) TEST_F_TIMEOUT(abi, name, LIMIT_S)

#endif

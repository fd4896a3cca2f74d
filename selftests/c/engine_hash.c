// SPDX-License-Identifier: GPL-2.0
/*
 * Hashes of strings: userspace's SipHash against the test vectors of SipHash's
 * authors; the hash depends on the secret.
 */
#include "engine_test.h"
#include "../../kmod/engine/run.h"

#define PHRASE_MAX	15

static void test_vectors(void)
{
	/* hashes of the bytes 0, 1, 2... with the key 0, 1, 2... 15 */
	static const struct {
		size_t len;
		u64 hash;
	} vector[] = {
		{ 0, 0x726fdb47dd0e0e31ULL }, { 1, 0x74f839c593dc67fdULL },
		{ 8, 0x93f5f5799a932462ULL }, { 15, 0xa129ca6149be45e5ULL },
	};
	const u64 key[2] = { 0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL };
	bool good = true;
	u8 data[PHRASE_MAX];
	unsigned int i;

	for (i = 0; i < PHRASE_MAX; i++)
		data[i] = i;
	for (i = 0; i < ARRAY_SIZE(vector); i++)
		good &= algate_siphash(data, vector[i].len, key) == vector[i].hash;
	verdict(good, "hash: the vectors of SipHash-2-4");
}

static u32 hash_of(const char *text, const u64 *secret)
{
	static struct algate_result result;
	struct algate_prog prog = { .slot_type = { ALGATE_T_SPAN } };
	struct algate_message msg = { .secret = secret };
	u32 steps = 0;
	struct run r = { .data = (const u8 *)text, .msg = &msg, .prog = &prog,
			 .result = &result, .steps = &steps,
			 .budget = &result.budget };

	result.slot[0] = (struct algate_value){ .len = strlen(text) };
	return algate_run_hash(&r, 0);
}

static void test_secret(void)
{
	const u64 one[2] = { 1, 2 }, other[2] = { 1, 3 };
	const char *call = "3848276298220188511@phone.example";

	verdict(hash_of(call, one) == hash_of(call, one),
		"hash: a string has one number");
	verdict(hash_of(call, one) != hash_of(call, other),
		"hash: with another secret it is another one");
	/* these two strings collide in a hash without a secret */
	verdict(hash_of(call, NULL) != hash_of("00000007z~pdT*0>", NULL),
		"hash: two strings have two");
}

static void test_addresses(void)
{
	const u64 one[2] = { 1, 2 }, other[2] = { 1, 3 };
	const u8 a[16] = { 192, 0, 2, 1 }, b[16] = { 192, 0, 2, 2 };
	u64 secret[2] = { 0, 0 };
	bool zero = false;
	u32 i;

	verdict(algate_addr_hash(one, AF_INET, a) !=
		algate_addr_hash(one, AF_INET, b) &&
		algate_addr_hash(one, AF_INET, a) !=
		algate_addr_hash(one, AF_INET6, a) &&
		algate_addr_hash(one, AF_INET, a) !=
		algate_addr_hash(other, AF_INET, a),
		"hash: of an address, with its family and the secret");
	for (i = 0; i < 1000; i++) {
		secret[0] = i;
		zero |= !algate_addr_hash(secret, AF_INET, a);
	}
	verdict(!zero, "hash: of an address, never 0");
}

int main(void)
{
	test_vectors();
	test_secret();
	test_addresses();
	return verdict_exit();
}

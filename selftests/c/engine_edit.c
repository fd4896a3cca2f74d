// SPDX-License-Identifier: GPL-2.0
/*
 * Edits: sorted and without overlap. The result equals a naive copy, byte by
 * byte.
 */
#include "engine_test.h"

static struct algate_result result;

static int add(u32 off, u32 len, u8 type, u32 num)
{
	struct algate_value v = { .num = num };

	return algate_edit_add(&result, off, len, type, &v);
}

static void test_add(void)
{
	u32 i;

	memset(&result, 0, sizeof(result));
	verdict(!add(10, 5, ALGATE_T_DEC, 1) && !add(0, 3, ALGATE_T_DEC, 2) &&
		!add(3, 7, ALGATE_T_DEC, 3) && !add(20, 1, ALGATE_T_DEC, 4) &&
		result.nedits == 4 && result.edit[0].off == 0 &&
		result.edit[1].off == 3 && result.edit[2].off == 10 &&
		result.edit[3].off == 20, "edit: sorted by offset");
	verdict(add(0, 1, ALGATE_T_DEC, 1) == -EINVAL &&
		add(2, 1, ALGATE_T_DEC, 1) == -EINVAL &&
		add(12, 1, ALGATE_T_DEC, 1) == -EINVAL &&
		add(14, 3, ALGATE_T_DEC, 1) == -EINVAL &&
		add(16, 5, ALGATE_T_DEC, 1) == -EINVAL &&
		add(16, 90, ALGATE_T_DEC, 1) == -EINVAL &&
		result.nedits == 4, "edit: overlap refused");
	verdict(add(~0U, 2, ALGATE_T_DEC, 1) == -EINVAL &&
		add(2, ~0U, ALGATE_T_DEC, 1) == -EINVAL &&
		result.nedits == 4, "edit: no place refused");
	verdict(!add(20, 1, ALGATE_T_DEC, 4) && result.nedits == 4 &&
		add(20, 1, ALGATE_T_DEC, 5) == -EINVAL &&
		add(20, 1, ALGATE_T_U8, 4) == -EINVAL,
		"edit: the same once more is no edit");
	verdict(!add(16, 0, ALGATE_T_ZEROS, 3) && result.nedits == 5 &&
		result.edit[3].off == 16 &&
		add(12, 0, ALGATE_T_ZEROS, 3) == -EINVAL,
		"edit: put between bytes");
	for (i = result.nedits; i < ALGATE_MAX_EDITS; i++)
		add(200 - i, 1, ALGATE_T_DEC, i);
	verdict(result.nedits == ALGATE_MAX_EDITS &&
		add(300, 1, ALGATE_T_DEC, 0) == -E2BIG &&
		result.nedits == ALGATE_MAX_EDITS, "edit: full");
}

/* Replaces the two bytes at 10, whose number was multiplied and increased. */
static int add_scaled(u32 scale, u32 num)
{
	struct algate_value place = { .off = 10, .len = 2, .scale = scale };
	struct algate_value v = { .num = num };

	result.nedits = 0;
	return algate_edit_value(&result, &place, ALGATE_T_U16BE, &v);
}

static bool wrote(const char *bytes)
{
	return result.nedits == 1 && !memcmp(result.edit[0].text, bytes, 2);
}

static void test_scale(void)
{
	verdict(!add_scaled(0, 0x4142) && wrote("AB") &&
		!add_scaled(6000, 6000 + 0x4142) && wrote("AB") &&
		!add_scaled(6000, 6000) && wrote("\0\0") &&
		!add_scaled(8 << 16, 8 * 0x4142) && wrote("AB") &&
		!add_scaled(8 << 16 | 3, 8 * 0x4142 + 3) && wrote("AB"),
		"edit: a number that was multiplied or increased");
	verdict(add_scaled(6000, 5999) == -ERANGE &&
		add_scaled(8 << 16, 12) == -ERANGE &&
		add_scaled(8 << 16 | 3, 12) == -ERANGE &&
		add_scaled(1, 65537) == -ERANGE &&
		!result.nedits, "edit: no number means this one");
}

static bool applies(const char *text, const char *want)
{
	u32 len = strlen(text);
	int size = algate_edit_size(&result, len);
	u8 *out;
	bool good;

	if (size != (int)strlen(want)) {
		note("%d bytes, should be %s", size, want);
		return false;
	}
	out = malloc(size ? size : 1);
	good = algate_edit_apply(&result, (const u8 *)text, len, out) == size &&
	       !memcmp(out, want, size);
	if (!good)
		note("%.*s, should be %s", size, out, want);
	free(out);
	return good;
}

static void test_apply(void)
{
	struct algate_value addr = { .family = AF_INET,
				     .addr = { 192, 0, 2, 1 } };

	memset(&result, 0, sizeof(result));
	verdict(applies("abc", "abc") && applies("", ""),
		"edit: nothing to do");
	add(14, 3, ALGATE_T_PORT_COMMAS, 65535);
	algate_edit_add(&result, 5, 8, ALGATE_T_IP4_COMMAS, &addr);
	verdict(applies("PORT 10,0,0,1,4,1\r\n",
			"PORT 192,0,2,1,255,255\r\n"), "edit: longer");
	memset(&result, 0, sizeof(result));
	add(0, 5, ALGATE_T_DEC, 7);
	add(6, 5, ALGATE_T_HEX, 255);
	verdict(applies("12345 67890", "7 ff"), "edit: first and last byte");

	verdict(algate_edit_size(&result, 10) == -EINVAL &&
		algate_edit_size(&result, 0) == -EINVAL,
		"edit: past the message refused");
	verdict(algate_edit_size(&result, ALGATE_MAX_MESSAGE + 1) == -EMSGSIZE,
		"edit: message too long");
	verdict(add(12, 1, ALGATE_T_U8, 256) == -ERANGE && result.nedits == 2,
		"edit: value that does not fit refused");
	verdict(algate_edit_add(&result, 12, 1, ALGATE_T_SPAN, &addr) ==
		-EINVAL && result.nedits == 2,
		"edit: nothing to write refused");
}

/*
 * Copies the message byte by byte. For each run of equal bytes 128 + n, writes
 * the number @num[n] in decimal.
 */
static u32 naive(const u8 *data, u32 len, const u32 *num, char *out)
{
	u32 n = 0;
	u32 i;

	for (i = 0; i < len; i++) {
		if (data[i] < 128)
			out[n++] = data[i];
		else if (!i || data[i - 1] != data[i])
			n += sprintf(out + n, "%u", num[data[i] - 128]);
	}
	out[n] = 0;
	return n;
}

/* Makes a message with random edits; edit n replaces bytes 128 + n. */
static bool random_edits(void)
{
	u32 num[ALGATE_MAX_EDITS], off[ALGATE_MAX_EDITS], len[ALGATE_MAX_EDITS];
	char want[22 * ALGATE_MAX_EDITS];
	u8 data[22 * ALGATE_MAX_EDITS], out[sizeof(want)];
	u32 n = rnd(ALGATE_MAX_EDITS + 1);
	u32 pos = 0;
	u32 i, at;

	for (i = 0; i < n; i++) {
		for (at = rnd(10); at; at--)
			data[pos++] = 'a' + rnd(26);
		num[i] = rnd(0) >> rnd(32);
		off[i] = pos;
		len[i] = 1 + rnd(12);
		memset(data + pos, 128 + i, len[i]);
		pos += len[i];
	}
	memset(&result, 0, sizeof(result));
	for (i = 0, at = rnd(n); i < n; i++, at = (at + 1) % n)
		if (add(off[at], len[at], ALGATE_T_DEC, num[at]))
			return false;
	i = naive(data, pos, num, want);
	return algate_edit_size(&result, pos) == (int)i &&
	       algate_edit_apply(&result, data, pos, out) == (int)i &&
	       !memcmp(out, want, i);
}

static void test_random(void)
{
	bool good = true;
	u32 i;

	for (i = 0; i < 5000; i++)
		good &= random_edits();
	verdict(good, "edit: as a copy byte by byte");
}

int main(void)
{
	rnd_seed(3);
	test_add();
	test_scale();
	test_apply();
	test_random();
	return verdict_exit();
}

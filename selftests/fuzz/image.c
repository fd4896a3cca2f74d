// SPDX-License-Identifier: GPL-2.0
/*
 * Mutates images: changes a section, a record or an instruction, and corrects
 * lengths and jumps, so that most of the image stays valid. The first images
 * are the plug-ins and random programs.
 */
#include "plugin.h"
#include "program.h"
#include "../c/engine_gen.h"

#include <glob.h>

#define INSN_LEN	8

static struct {
	void *bytes;
	size_t len;
} plugin[PLUGINS_MAX];
static u32 nimages;

static struct parts parts;

static void images_free(void)
{
	while (nimages)
		free(plugin[--nimages].bytes);
}

void images_init(void)
{
	glob_t paths;
	size_t i;

	if (glob("plugins/*.alg", 0, NULL, &paths) ||
	    paths.gl_pathc > PLUGINS_MAX)
		bug("no plug-ins in plugins/, or too many");
	for (i = 0; i < paths.gl_pathc; i++, nimages++)
		plugin[i].bytes = plugin_image(paths.gl_pathv[i],
					       &plugin[i].len);
	globfree(&paths);
	atexit(images_free);
}

/* Splits a well-formed image into its sections. */
static bool parts_take(const u8 *image, u32 len)
{
	u32 at = ALGATE_IMAGE_HDR_LEN;

	memset(parts.present, 0, sizeof(parts.present));
	while (at < len) {
		u32 id, n;

		if (len - at < 8)
			return false;
		id = get_unaligned_le16(image + at);
		n = get_unaligned_le32(image + at + 4);
		at += 8;
		if (!id || id > ALGATE_SEC_MAX || n > len - at ||
		    n > sizeof(parts.bytes[id]))
			return false;
		parts_set(&parts, id, image + at, n);
		at += (n + 3) & ~3U;
	}
	return at == len && parts.present[ALGATE_SEC_INSNS];
}

static void take_new(void)
{
	struct algate_reject why;
	u32 i;

	if (rnd(4)) {
		parts_init(&parts);
		gen_tables(&parts);
		algate_prog_free(gen_prog(&parts, &why));
		return;
	}
	i = rnd(nimages);
	parts_take(plugin[i].bytes, plugin[i].len);
}

static void change_field(u8 *insn)
{
	switch (rnd(6)) {
	case 0:
		insn[0] = rnd(__ALGATE_OP_MAX + 1);
		break;
	case 1:
		insn[1] = rnd(ALGATE_MAX_SLOTS + 1);
		break;
	case 2:
		put_unaligned_le16(rnd(rnd(8) ? 12 : 5000), insn + 2);
		break;
	case 3:
		put_unaligned_le16(rnd(rnd(8) ? 24 : 65536), insn + 4);
		break;
	case 4:
		put_unaligned_le16(rnd(rnd(8) ? 6 : 65536), insn + 6);
		break;
	case 5:
		insn[rnd(INSN_LEN)] ^= 1 << rnd(8);
		break;
	}
}

/* Makes jumps over instruction @at longer by @more, or shorter. */
static void move_jumps(u8 *insns, u32 at, int more)
{
	u32 i;

	for (i = 0; i < at; i++) {
		u8 *jf = insns + i * INSN_LEN + 2;
		u32 to = i + 1 + get_unaligned_le16(jf);

		if (to > at && to != i + 1)
			put_unaligned_le16(to + more - i - 1, jf);
	}
}

static void change_insns(void)
{
	u8 *insns = parts.bytes[ALGATE_SEC_INSNS];
	u32 *len = &parts.len[ALGATE_SEC_INSNS];
	u32 n = *len / INSN_LEN;
	u32 at = n ? rnd(n) : 0, from = n ? rnd(n) : 0;
	u8 *p = insns + at * INSN_LEN;
	u8 copy[INSN_LEN];

	if (!n)
		return;
	memcpy(copy, insns + from * INSN_LEN, INSN_LEN);
	switch (rnd(8)) {
	case 0:
		if (*len + INSN_LEN > sizeof(parts.bytes[0]))
			return;
		move_jumps(insns, at, 1);
		memmove(p + INSN_LEN, p, *len - at * INSN_LEN);
		memcpy(p, copy, INSN_LEN);
		*len += INSN_LEN;
		parts.present[ALGATE_SEC_LINES] = false;
		break;
	case 1:
		move_jumps(insns, at, -1);
		memmove(p, p + INSN_LEN, *len - (at + 1) * INSN_LEN);
		*len -= INSN_LEN;
		parts.present[ALGATE_SEC_LINES] = false;
		break;
	case 2:
		memcpy(p, copy, INSN_LEN);
		break;
	default:
		change_field(p);
	}
}

static void change_section(void)
{
	u32 id = 1 + rnd(ALGATE_SEC_MAX);
	u8 *bytes = parts.bytes[id];
	u32 len = parts.len[id];

	if (!parts.present[id] || !len)
		return;
	switch (rnd(4)) {
	case 0:
		parts.len[id] = LLVMFuzzerMutate(bytes, len, len + 32 <
						 sizeof(parts.bytes[id]) ?
						 len + 32 : len);
		break;
	case 1:
		LLVMFuzzerMutate(bytes, len, len);
		break;
	case 2:
		bytes[rnd(len)] = rnd(40);
		break;
	case 3:
		bytes[rnd(len)] ^= 1 << rnd(8);
		break;
	}
}

static size_t put_parts(u8 *data, size_t len, size_t max, u32 image_len)
{
	static u8 image[sizeof(parts.bytes) + 8 * __ALGATE_SEC_MAX + 64];
	size_t more = len - INPUT_HEAD - image_len;
	u32 made = parts_image(&parts, image);

	if (made > ALGATE_IMAGE_MAX || INPUT_HEAD + made + more > max)
		return len;
	memmove(data + INPUT_HEAD + made, data + INPUT_HEAD + image_len, more);
	memcpy(data + INPUT_HEAD, image, made);
	put_unaligned_le16(made, data + 4);
	return INPUT_HEAD + made + more;
}

static size_t mutate_message(u8 *data, size_t len, size_t max, u32 at)
{
	return at + LLVMFuzzerMutate(data + at, len - at, max - at);
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t len, size_t max,
			       unsigned int seed)
{
	u32 image_len, how, n;

	rnd_seed(seed);
	how = rnd(32);
	if (len < INPUT_HEAD) {
		if (max < INPUT_HEAD)
			return LLVMFuzzerMutate(data, len, max);
		memset(data, 0, INPUT_HEAD);
		len = INPUT_HEAD;
		how = 0;
	}
	image_len = min_t(size_t, get_unaligned_le16(data + 4),
			  len - INPUT_HEAD);
	if (how == 1)
		return LLVMFuzzerMutate(data, len, max);
	if (how == 2 || how == 3)
		return mutate_message(data, len, max, INPUT_HEAD + image_len);
	if (how == 4) {
		put_unaligned_le32(rnd(0), data);
		return len;
	}
	if (!how || !parts_take(data + INPUT_HEAD, image_len))
		take_new();
	for (n = rnd(4) ? 1 : rnd(4); n && how; n--)
		if (rnd(3))
			change_insns();
		else
			change_section();
	return put_parts(data, len, max, image_len);
}

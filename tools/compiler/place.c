// SPDX-License-Identifier: GPL-2.0
/*
 * An offset in an image -> section, instruction and source line. The kernel and
 * the verifier report an error by its offset.
 */
#include "../compile.h"

#define SECTION_HDR_LEN	8

static const char * const names[__ALGATE_SEC_MAX] = {
	[ALGATE_SEC_NAME] = "name",
	[ALGATE_SEC_TITLE] = "title",
	[ALGATE_SEC_SERVICES] = "services",
	[ALGATE_SEC_FRAME] = "frame",
	[ALGATE_SEC_CLASSES] = "classes",
	[ALGATE_SEC_VARS] = "variables",
	[ALGATE_SEC_COUNTERS] = "counters",
	[ALGATE_SEC_TABLES] = "tables",
	[ALGATE_SEC_ACTIONS] = "actions",
	[ALGATE_SEC_LOOPS] = "loops",
	[ALGATE_SEC_CASES] = "cases",
	[ALGATE_SEC_SLOTS] = "slots",
	[ALGATE_SEC_SETS] = "sets",
	[ALGATE_SEC_LITERALS] = "literals",
	[ALGATE_SEC_INSNS] = "instructions",
	[ALGATE_SEC_ENTRIES] = "entries",
	[ALGATE_SEC_LINES] = "lines",
	[ALGATE_SEC_PARAMS] = "params",
	[ALGATE_SEC_MAPS] = "maps",
	[ALGATE_SEC_INPUTS] = "inputs",
	[ALGATE_SEC_OTHERS] = "others",
};

/* Payload length of the section at @at, limited to the end of the image */
static size_t section_len(const u8 *image, size_t len, size_t at)
{
	return min_t(size_t, get_unaligned_le32(image + at + 4),
		     len - at - SECTION_HDR_LEN);
}

/**
 * image_place() - find the contents at an offset of an image
 * @image: image; may be malformed
 * @len: its length in bytes
 * @off: offset in bytes
 *
 * Return: section, instruction and line, as far as known.
 */
struct place image_place(const void *image, size_t len, size_t off)
{
	struct place place = { .insn = -1 };
	const u8 *p = image;
	size_t at = ALGATE_IMAGE_HDR_LEN;

	while (at < len && len - at >= SECTION_HDR_LEN) {
		size_t from = at + SECTION_HDR_LEN;
		size_t n = section_len(p, len, at);
		u16 id = get_unaligned_le16(p + at);

		if (off >= at && off < from + n)
			place.section = id;
		if (id == ALGATE_SEC_INSNS && off >= from && off < from + n)
			place.insn = (off - from) / sizeof(struct algate_insn);
		if (id == ALGATE_SEC_LINES && place.insn >= 0 &&
		    n / 2 > (size_t)place.insn)
			place.line = get_unaligned_le16(p + from +
							2 * place.insn);
		at = from + n + (-n & 3);
	}
	return place;
}

/**
 * place_fault() - format an error with its place in an image
 * @to: buffer
 * @room: size of @to in bytes
 * @place: place
 * @file: included file that the line belongs to; NULL: the rule file
 * @why: reason from the verifier
 */
void place_fault(char *to, size_t room, const struct place *place,
		 const char *file, const char *why)
{
	if (place->line && file)
		snprintf(to, room, "%s:%d: instruction %d: %s", file,
			 place->line, place->insn, why);
	else if (place->line)
		snprintf(to, room, "line %d: instruction %d: %s", place->line,
			 place->insn, why);
	else if (place->insn >= 0)
		snprintf(to, room, "instruction %d: %s", place->insn, why);
	else if (place->section < __ALGATE_SEC_MAX && names[place->section])
		snprintf(to, room, "section %s: %s", names[place->section],
			 why);
	else
		snprintf(to, room, "%s", why);
}

/**
 * image_fault() - format an error of an image with its place
 * @to: buffer
 * @room: size of @to in bytes
 * @image: image
 * @len: its length in bytes
 * @off: offset of the error; 0: no single place
 * @why: reason from the verifier
 */
void image_fault(char *to, size_t room, const void *image, size_t len,
		 size_t off, const char *why)
{
	struct place place = image_place(image, len, off);

	place_fault(to, room, &place, NULL, why);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Decodes an input to a conversation, and mutates inputs. An input is
 *
 *	8 bytes		the plug-in's name, padded with NULs
 *	1 byte		flags, see below
 *	1 byte		badness of the network
 *	4 bytes		seed of the network's faults
 *	2 bytes		offset that NAT adds to ports, little endian
 *	2 * 18 bytes	address and port of client and server
 *	each turn	1 byte: sender and kind, see talk.h;
 *			2 bytes: length, little endian; the bytes
 */
#include "talk.h"
#include "plugin.h"

#define F_UDP		0x01
#define F_IP6		0x02
#define F_SNAT		0x04
#define F_DNAT		0x08
#define F_SHORT		0x10	/* the framing allows short messages only */
#define AT_FLAGS	8
#define AT_BAD		9
#define AT_SEED		10
#define AT_OFFSET	14
#define AT_ENDS		16
#define HEAD_LEN	52

static u8 proto_of(const struct algate_prog *prog, bool udp)
{
	u8 wanted = udp ? IPPROTO_UDP : IPPROTO_TCP;

	return plugin_serves(prog, wanted) ? wanted : prog->service[0].proto;
}

static void read_ends(struct talk *t, const u8 *data)
{
	static const u8 public[2][16] = {
		{ 203, 0, 113, 77, 0xc0, 0xa8, [15] = 1 },
		{ 198, 51, 100, 9, 0xfe, 0x80, [15] = 2 },
	};
	u32 len = t->family == AF_INET ? 4 : 16;
	u32 i;

	for (i = 0; i < 2; i++) {
		const u8 *p = data + AT_ENDS + 18 * i;

		memcpy(t->real[i].addr, p, len);
		t->real[i].port = get_unaligned_le16(p + 16);
		t->public[i] = t->real[i];
		if (data[AT_FLAGS] & (F_SNAT << i))
			memcpy(t->public[i].addr, public[i], len);
	}
}

static void read_turns(struct talk *t, const u8 *p, size_t len, bool odd)
{
	u32 said[2] = { 0 };
	bool fin[2] = { false };

	while (len > TURN_LEN && t->turns < TURNS_MAX) {
		struct turn *turn = &t->turn[t->turns];
		u32 n = get_unaligned_le16(p + 1);

		n = min_t(size_t, n, len - TURN_LEN);
		*turn = (struct turn){ .dir = p[0] & T_SERVER,
				       .fin = p[0] & T_FIN,
				       .how = odd ? p[0] & T_HOW : 0,
				       .data = p + TURN_LEN, .len = n };
		p += TURN_LEN + n;
		len -= TURN_LEN + n;
		if (turn_kind(turn) == T_SAY) {
			if (fin[turn->dir])
				continue;
			said[turn->dir] += n;
			if (said[turn->dir] > TALK_MAX - 16)
				break;
			fin[turn->dir] = turn->fin;
		}
		t->turns++;
	}
}

bool talk_read(struct talk *t, const u8 *data, size_t len, bool odd)
{
	u8 flags;

	if (len < HEAD_LEN)
		return false;
	flags = data[AT_FLAGS];
	*t = (struct talk){
		.prog = plugin_select(data, flags & F_SHORT),
		.family = flags & F_IP6 ? AF_INET6 : AF_INET,
		.offset = get_unaligned_le16(data + AT_OFFSET),
		.seed = get_unaligned_le32(data + AT_SEED),
		.bad = data[AT_BAD] % 32,
	};
	t->proto = proto_of(t->prog, flags & F_UDP);
	read_ends(t, data);
	read_turns(t, data + HEAD_LEN, len - HEAD_LEN, odd);
	return true;
}

/* Offset of turn @n, or @len */
static size_t turn_at(const u8 *data, size_t len, u32 n)
{
	size_t at = HEAD_LEN;

	while (n-- && len - at > TURN_LEN)
		at += min_t(size_t, len - at, TURN_LEN +
			    get_unaligned_le16(data + at + 1));
	return at;
}

/* Offset of any turn, or of the end */
static size_t turn_some(const u8 *data, size_t len, u32 pick)
{
	u32 n = 1;

	while (len - turn_at(data, len, n) > TURN_LEN)
		n++;
	return turn_at(data, len, pick % (n + 1));
}

/* Mutates the bytes of a turn and corrects its length. */
static size_t mutate_turn(u8 *data, size_t len, size_t max, u32 which)
{
	size_t at = turn_at(data, len, which), n, made, tail;
	u8 *text;

	if (len - at <= TURN_LEN)
		return len;
	n = min_t(size_t, get_unaligned_le16(data + at + 1),
		  len - at - TURN_LEN);
	tail = len - at - TURN_LEN - n;
	text = malloc(n + max - len + 1);
	memcpy(text, data + at + TURN_LEN, n);
	made = LLVMFuzzerMutate(text, n, n + max - len);
	memmove(data + at + TURN_LEN + made, data + at + TURN_LEN + n, tail);
	memcpy(data + at + TURN_LEN, text, made);
	put_unaligned_le16(made, data + at + 1);
	free(text);
	return at + TURN_LEN + made + tail;
}

/* Removes or duplicates a turn. */
static size_t mutate_order(u8 *data, size_t len, size_t max, u32 which)
{
	size_t at = turn_at(data, len, which);
	size_t next = turn_at(data, len, which + 1);

	if (which & 1) {
		memmove(data + at, data + next, len - next);
		return len - (next - at);
	}
	if (len + (next - at) > max)
		return len;
	memmove(data + next, data + at, len - at);
	return len + (next - at);
}

size_t talk_insert(u8 *data, size_t len, size_t max, u32 which, const u8 *turn,
		   size_t n)
{
	size_t at;

	if (len < HEAD_LEN || n > max - len)
		return len;
	at = turn_some(data, len, which);
	memmove(data + at + n, data + at, len - at);
	memcpy(data + at, turn, n);
	return len + n;
}

size_t talk_split(u8 *data, size_t len, size_t max, u32 which, u32 cut)
{
	size_t at, n;
	u8 head[TURN_LEN];

	if (len < HEAD_LEN || max - len < TURN_LEN)
		return len;
	at = turn_some(data, len, which);
	if (len - at <= TURN_LEN)
		return len;
	n = min_t(size_t, get_unaligned_le16(data + at + 1),
		  len - at - TURN_LEN);
	if (n < 2)
		return len;
	cut = 1 + cut % (n - 1);
	head[0] = data[at];
	put_unaligned_le16(n - cut, head + 1);
	put_unaligned_le16(cut, data + at + 1);
	data[at] = (data[at] & ~T_FIN) | T_LATER;
	at += TURN_LEN + cut;
	memmove(data + at + TURN_LEN, data + at, len - at);
	memcpy(data + at, head, TURN_LEN);
	return len + TURN_LEN;
}

size_t talk_mutate_how(u8 *data, size_t len, unsigned int seed)
{
	size_t at = len < HEAD_LEN ? len : turn_some(data, len, seed / 8);

	if (len - at > TURN_LEN)
		data[at] ^= 1 << seed % 8;
	return len;
}

size_t talk_mutate(u8 *data, size_t len, size_t max, unsigned int seed)
{
	u32 which = seed / 16 % 24;

	if (len < HEAD_LEN + TURN_LEN)
		return LLVMFuzzerMutate(data, len, max);
	switch (seed % 16) {
	case 0:
	case 1:
	case 2:
		/* a different network */
		put_unaligned_le32(seed * 2654435761u, data + AT_SEED);
		data[AT_BAD] = seed / 16;
		return len;
	case 3:
		LLVMFuzzerMutate(data + AT_FLAGS, HEAD_LEN - AT_FLAGS,
				 HEAD_LEN - AT_FLAGS);
		return len;
	case 4:
		return mutate_order(data, len, max, which);
	case 5:
		return LLVMFuzzerMutate(data, len, max);
	}
	return mutate_turn(data, len, max, which);
}

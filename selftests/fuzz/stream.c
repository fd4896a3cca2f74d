// SPDX-License-Identifier: GPL-2.0
/*
 * Each plug-in of plugins/ for TCP on conversations (talk.c), mixed with
 * segments with any flags and sequence numbers, from both ends. Besides the
 * invariants of wire.c:
 *
 *  - Whatever happened before, the bytes of an end arrive when first sent, or
 *    with the first or second repetition.
 *  - If only old and empty segments were mixed in, and no counter reports
 *    unread bytes, the bytes that arrive are the bytes that the oracle
 *    computes.
 *
 * A turn of kind T_ODD or T_LIE is
 *
 *	1 byte		flags, as in a TCP header
 *	2 bytes		sequence number, and
 *	2 bytes		acknowledgment, both signed and little endian
 *	1 byte		base and scale of these numbers: see odd_number()
 *	2 bytes		length of the payload, little endian
 *	T_LIE: the payload
 */
#include "plugin.h"
#include "wire.h"

#define SENDS_MAX	3	/* two of these are repetitions */
#define TIMEOUT		250	/* ms, until an end repeats its bytes */
#define ODD_LEN		8
#define ODD_MAX		2000
#define LAST_WORDS	"\r\n.\r\n"

/* flags of a TCP header */
#define FIN	0x01
#define SYN	0x02
#define RST	0x04
#define ACK	0x10
#define URG	0x20

static unsigned long talks, whole, odd_ones, rewritten;
/* no segment so far may have changed the result of the rules */
static bool tame;

static void tell(void)
{
	plugins_free();
	fprintf(stderr, "# %lu of %lu conversations compared, ", whole, talks);
	fprintf(stderr, "%lu odd segments, %lu messages rewritten\n", odd_ones,
		rewritten);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	plugins_load();
	atexit(tell);
	return 0;
}

/* The plug-in, or the next plug-in that serves TCP. */
static const struct algate_prog *plugin_for(u32 i)
{
	while (!plugin_serves(plugins[i % nplugins], IPPROTO_TCP))
		i++;
	return plugins[i % nplugins];
}

/* The end of the sent bytes; a FIN may follow. */
static u32 way_said(const struct way *w)
{
	return algate_before(way_end(w), w->nxt) ? way_end(w) : w->nxt;
}

/* Sends a segment of @dir's own stream, from @from to @to. */
static void send_range(u8 dir, u32 from, u32 to, u8 how)
{
	struct way *w = &ways[dir];
	struct algate_segment seg = {
		.seq = from, .len = to - from, .has_ack = true,
		.ack = way_received(&ways[!dir]),
		.fin = w->fin && to == way_end(w),
	};

	wire_segment(dir, &seg, NULL, true, how);
}

/* The receiver of direction @dir sends a pure acknowledgment. */
static void answer(u8 dir)
{
	struct algate_segment seg = {
		.seq = ways[!dir].nxt, .has_ack = true,
		.ack = way_received(&ways[dir]),
	};

	wire_segment(!dir, &seg, NULL, true, 0);
}

/* Sends the end's bytes up to @to; the FIN follows the last byte. */
static void say(u8 dir, u32 to, u8 how)
{
	struct way *w = &ways[dir];
	bool fin = w->fin && to == way_end(w);
	u32 from = w->nxt == to + fin ? w->una : w->nxt;
	u32 sends = 0;

	w->nxt = to + fin;
	while (!way_through(w, to, fin)) {
		if (sends == SENDS_MAX)
			bug("bytes %u to %u do not get through",
			    from - w->isn - 1, to - w->isn - 1);
		/* bytes behind missing bytes cannot arrive */
		sends += !(how & T_LOST) && way_through(w, from, false);
		send_range(dir, from, to, how);
		if (how & T_LATER)
			break;
		how = 0;
		answer(dir);
		wire_wait(TIMEOUT);
		from = w->una;
	}
	/* the next turn may begin only after the end of this turn */
	tame &= way_through(w, to, fin);
}

/* A sequence number: @step from @near, @step from @far, or very far away */
static u32 odd_number(u8 how, u16 step, u32 near, u32 far)
{
	static const u8 shift[4] = { 0, 0, 6, 16 };

	return (how & 4 ? far : near) + ((u32)(int16_t)step << shift[how & 3]);
}

/*
 * An end acknowledges unsent bytes, or bytes that have arrived. If an end
 * acknowledges bytes that have not arrived, or a FIN that may have been sent,
 * it may never receive them.
 */
static u32 odd_ack(const struct way *back, u32 ack)
{
	u32 has = way_received(back), sent = way_forward(back, back->nxt);

	if (algate_after(back->left, sent))
		sent = back->left;
	if (algate_after(ack, has) && !algate_after(ack, sent + 1))
		return has;
	return ack;
}

static void odd(const struct turn *turn)
{
	struct way *w = &ways[turn->dir], *back = &ways[!turn->dir];
	u8 head[ODD_LEN] = { 0 };
	struct algate_segment seg;
	bool lie = turn_kind(turn) == T_LIE;
	u32 len;

	memcpy(head, turn->data, min_t(u32, turn->len, ODD_LEN));
	len = get_unaligned_le16(head + 6) % (ODD_MAX + 1);
	if (lie)
		len = turn->len - min_t(u32, turn->len, ODD_LEN);
	seg = (struct algate_segment){
		.seq = odd_number(head[5], get_unaligned_le16(head + 1),
				  w->nxt, w->una),
		.ack = odd_number(head[5] >> 4, get_unaligned_le16(head + 3),
				  way_received(back), back->left),
		.len = len, .has_ack = head[0] & ACK, .syn = head[0] & SYN,
		.fin = head[0] & FIN, .rst = head[0] & RST,
	};
	seg.ack = odd_ack(back, seg.ack);
	if (lie)
		w->lie[w->lies++] = (struct lie){ seg.seq + seg.syn, len,
						  turn->data + ODD_LEN };
	tame &= !lie && !(turn->how & T_NO_MEMORY) &&
		!(seg.rst && !algate_before(seg.seq, w->una)) &&
		!(len && algate_after(seg.seq + seg.syn + len, w->nxt));
	odd_ones++;
	wire_segment(turn->dir, &seg, lie ? turn->data + ODD_LEN : NULL, false,
		     turn->how);
}

/* Repeats as many unacknowledged bytes as the turn has bytes. */
static void again(const struct turn *turn)
{
	struct way *w = &ways[turn->dir];
	u32 sent = way_said(w);

	if (!algate_before(w->una, sent))
		return;
	send_range(turn->dir, w->una, w->una + min_t(u32, turn->len, sent - w->una),
		   turn->how);
	wire_wait(turn->len & 0xff);
}

static void replace(struct talk *t, u32 which)
{
	t->prog = plugin_for(which % nplugins);
	wire_forget();
	tame = false;
}

static void play(struct talk *t, const struct turn *turn)
{
	switch (turn_kind(turn)) {
	case T_SAY:
		tame &= !(turn->how & T_NO_MEMORY);
		say(turn->dir, way_said(&ways[turn->dir]) + turn->len,
		    turn->how);
		break;
	case T_ODD:
	case T_LIE:
		odd(turn);
		break;
	case T_ACK:
		answer(turn->dir);
		wire_wait(turn->len & 0xff);
		break;
	case T_REPLACE:
		replace(t, turn->len ? turn->data[0] : 0);
		break;
	case T_AGAIN:
		again(turn);
		break;
	}
}

/* Adds a last turn of each end, which must arrive whatever happened before. */
static void add_last_words(struct talk *t)
{
	bool fin[2] = { false };
	u32 i;

	t->turns = min_t(u32, t->turns, TURNS_MAX - 2);
	for (i = 0; i < t->turns; i++)
		fin[t->turn[i].dir] |= t->turn[i].fin &&
				       turn_kind(&t->turn[i]) == T_SAY;
	for (i = 0; i < 2; i++)
		if (!fin[i])
			t->turn[t->turns++] = (struct turn){
				.dir = i, .len = strlen(LAST_WORDS),
				.data = (const u8 *)LAST_WORDS,
			};
}

static void ways_begin(const struct talk *t)
{
	u32 i;

	memset(ways, 0, sizeof(ways));
	for (i = 0; i < t->turns; i++) {
		const struct turn *turn = &t->turn[i];
		struct way *w = &ways[turn->dir];

		if (turn_kind(turn) != T_SAY)
			continue;
		memcpy(w->text + w->text_len, turn->data, turn->len);
		w->text_len += turn->len;
		w->fin = turn->fin;
	}
}

/* Waits until both ends' bytes are acknowledged. */
static void finish(void)
{
	u8 dir;

	for (dir = 0; dir < 2; dir++) {
		struct way *w = &ways[dir];

		say(dir, way_end(w), 0);
		answer(dir);
		/* an end ignores an acknowledgment of unsent bytes */
		if (w->una != w->nxt &&
		    !algate_after(way_received(w), way_forward(w, w->nxt)))
			bug("%u of %u bytes have an answer", w->una - w->isn,
			    w->nxt - w->isn);
	}
}

static void compare(const struct way *w, const struct arrival *want)
{
	u32 i;

	for (i = 0; i < w->in_next && i < want->len; i++)
		if (w->in[i] != want->data[i])
			bug("byte %u arrives as %02x, not %02x", i, w->in[i],
			    want->data[i]);
	if (w->in_next != want->len)
		bug("%u bytes arrive, not %u", w->in_next, want->len);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	static struct arrival want[2];
	static struct talk t;
	bool known;
	u32 i;

	if (!talk_read(&t, data, len, true))
		return 0;
	t.prog = plugin_for(plugin_index(data));
	t.proto = IPPROTO_TCP;
	add_last_words(&t);
	ways_begin(&t);
	known = truth(&t, want);
	tame = true;
	talks++;
	/* in most runs the sequence numbers wrap around */
	wire_begin(&t, t.seed & 3 ? 0 - (t.seed >> 16) % TALK_MAX : t.seed,
		   t.seed & 12 ? 0 - (t.seed & 0xffff) % TALK_MAX : ~t.seed);
	for (i = 0; i < t.turns; i++)
		play(&t, &t.turn[i]);
	finish();
	if (known && tame && !flow_unread(&wire_flow)) {
		compare(&ways[ALGATE_CLIENT], &want[ALGATE_CLIENT]);
		compare(&ways[ALGATE_SERVER], &want[ALGATE_SERVER]);
		whole++;
	}
	rewritten += wire_rewritten();
	wire_end();
	return 0;
}

/* Inserts an odd segment near its sender's sequence numbers. */
static size_t add_odd(u8 *data, size_t len, size_t max, unsigned int seed)
{
	static const u8 flags[] = {
		0, SYN, SYN | ACK, FIN, FIN | ACK, RST, RST | ACK, ACK,
		FIN | SYN | RST | ACK, ACK | URG, 0xff, ACK,
	};
	u8 turn[TURN_LEN + ODD_LEN] = { 0 };
	u32 mix = seed * 2654435761u;

	turn[0] = T_ODD | (mix & T_SERVER);
	turn[1] = ODD_LEN;
	turn[TURN_LEN] = flags[(mix >> 8) % ARRAY_SIZE(flags)];
	if (mix & 0x10000)
		put_unaligned_le16((mix >> 17) % 32 - 16, turn + TURN_LEN + 1);
	if (mix & 0x20000)
		put_unaligned_le16((mix >> 18) % 32 - 16, turn + TURN_LEN + 3);
	if (mix & 0x40000)
		turn[TURN_LEN + 5] = mix >> 20;
	if (mix & 0x80000)
		turn[TURN_LEN + 6] = (mix >> 19) % 64;
	return talk_insert(data, len, max, seed / 8, turn, sizeof(turn));
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t len, size_t max,
			       unsigned int seed)
{
	switch (seed % 8) {
	case 0:
	case 1:
		return add_odd(data, len, max, seed / 8);
	case 2:
		return talk_split(data, len, max, seed / 8, seed >> 20);
	case 3:
		return talk_mutate_how(data, len, seed / 8);
	}
	return talk_mutate(data, len, max, seed / 8);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The stream layer where several CPUs handle the packets of a flow.
 *
 * For each packet, conntrack asks whether the flow is adjusted, the stream layer
 * decides under a lock, and conntrack adjusts the numbers. Other CPUs run in
 * between, in any order. The guard works as in kmod/seqadj.c: when another CPU
 * handles the segments behind a correction, they wait until all earlier packets
 * have left. Invariant: the receiver gets the bytes that a single CPU would have
 * sent on.
 */
#include "rules.h"
#include "seqadj.h"

#define CPUS		3
#define STREAM_MAX	4096
#define LINES		24
#define STEPS		20000

long algate_fail_alloc = -1;

static const char rules[] =
	"plugin lines \"endpoints in lines\"\n"
	"service udp 21\n"
	"frame lines max 512\n"
	"expect data max 8 timeout 5m\n"
	"client: \"PORT \"i a:ip4 with commas \",\" p:port with commas end\n"
	"	{ open data tcp server -> a p }\n";

static const struct algate_prog *prog;
static unsigned int seed;

static u32 rnd(u32 n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

struct cpu {
	enum { IDLE, ASKED, DECIDED } state;
	enum algate_dir dir;
	bool adjust;
	u32 from, to;		/* of the sender's bytes */
	u32 ack;
	u32 seq;		/* the decision */
	u8 *payload;
	u32 len;
};

static struct world {
	bool guarded;
	struct cpu cpu[CPUS];
	struct algate_sender sender[2];
	struct algate_entries *entries;
	struct algate_mapping *known;
	struct algate_result result;
	struct seqadj adj;
	u32 var[ALGATE_MAX_VARS];
	u32 unread;
	u32 waits;
	u32 now;
	/* CPUs that were busy, and still are: when the CPU changed, and when a
	 * segment passed whose number depends on the last correction
	 */
	u32 moved, corrected;
	/* the sender's lines, and where they end */
	u8 out[STREAM_MAX];
	u32 end[LINES];
	u32 una, nxt;		/* in lines */
	u8 want[STREAM_MAX];
	u32 want_len;
	u8 in[STREAM_MAX];
	bool have[STREAM_MAX];
	u32 in_next;
	bool torn;
} w;

static u32 line_seq(u32 line)
{
	return 1000 + (line ? w.end[line - 1] : 0);
}

static bool commit(void *ctx, const struct algate_message *msg,
		   struct algate_result *res)
{
	static const u8 public[4] = { 203, 0, 113, 77 };
	struct algate_intent *in = &res->intent[0];
	struct algate_value v = in->addr;

	(void)ctx;
	(void)msg;
	memcpy(v.addr, public, 4);
	algate_edit_add(res, in->addr.off, in->addr.len, in->addr_type, &v);
	return true;
}

static void count(void *ctx, enum algate_counter c, u32 n)
{
	(void)ctx;
	if (c == ALGATE_C_FAIL_OPEN || c == ALGATE_C_GAP)
		w.unread += n;
}

static bool correct(void *ctx, enum algate_dir dir, u32 seq, s32 delta,
		    s32 total)
{
	(void)ctx;
	return dir == ALGATE_CLIENT && seqadj_set(&w.adj, seq, delta, total);
}

/* as the cookie of a grace period */
static u32 cookie(void)
{
	u32 i, cpus = 0;

	for (i = 0; i < CPUS; i++)
		cpus |= (w.cpu[i].state != IDLE) << i;
	return cpus;
}

/* as algate_seqadj_busy() */
static bool busy(u32 c)
{
	struct algate_sender *from = &w.sender[ALGATE_CLIENT];

	if (from->handler && from->handler != c + 1)
		w.moved = cookie();
	from->handler = c + 1;
	return w.moved && w.corrected;
}

/* as algate_seqadj_passes() */
static void passes(u32 seq)
{
	if (w.adj.before != w.adj.after && !algate_after(seq, w.adj.pos))
		w.corrected = cookie();
}

static void leave(u32 c)
{
	w.cpu[c].state = IDLE;
	w.moved &= ~(1U << c);
	w.corrected &= ~(1U << c);
}

static void decide(u32 c)
{
	struct cpu *cpu = &w.cpu[c];
	u8 *copy = malloc(STREAM_MAX);
	struct algate_stream s = {
		.prog = prog, .sender = w.sender, .var = w.var, .kept_max = 1024,
		.commit = commit, .correct = correct, .count = count,
		.result = &w.result, .entries = &w.entries, .known = &w.known,
		.msg = { .family = AF_INET, .sport = 40000 },
	};
	struct algate_segment seg = {
		.seq = cpu->dir ? 5000 : cpu->from, .data = copy,
		.len = cpu->to - cpu->from, .has_ack = true,
		.ack = cpu->dir ? cpu->ack : 5000, .now = w.now += 60,
		.busy = !cpu->dir && busy(c) && w.guarded,
	};
	struct algate_splice sp;

	memcpy(copy, w.out + (cpu->from - 1000), seg.len);
	algate_stream_segment(&s, cpu->dir, &seg, &sp);
	if (!cpu->dir)
		passes(sp.seq);
	w.waits += seg.busy && sp.move == ALGATE_HOLD;
	if (sp.move == ALGATE_HOLD) {
		leave(c);
	} else {
		cpu->seq = sp.seq;
		cpu->ack = sp.ack;
		cpu->payload = spliced(&seg, &sp, &cpu->len);
		cpu->state = DECIDED;
	}
	algate_free(sp.temp);
	free(copy);
}

static void receive(u32 seq, const u8 *data, u32 len)
{
	u32 pos = seq - 1000, i;

	for (i = 0; i < len; i++, pos++) {
		if (pos >= STREAM_MAX || (w.have[pos] && w.in[pos] != data[i])) {
			w.torn = true;
			return;
		}
		w.in[pos] = data[i];
		w.have[pos] = true;
	}
	while (w.in_next < STREAM_MAX && w.have[w.in_next])
		w.in_next++;
}

static void adjust(u32 c)
{
	struct cpu *cpu = &w.cpu[c];
	u32 ack = cpu->adjust ? seqadj_ack(&w.adj, cpu->ack) : cpu->ack;

	if (cpu->dir) {
		while (w.una < w.nxt && !algate_after(line_seq(w.una + 1), ack))
			w.una++;
	} else {
		receive(cpu->adjust ? seqadj_seq(&w.adj, cpu->seq) : cpu->seq,
			cpu->payload, cpu->len);
	}
	free(cpu->payload);
	cpu->payload = NULL;
	leave(c);
}

/* A new segment, a repeated one, or an acknowledgment arrives at the CPU. */
static void arrive(u32 c)
{
	struct cpu *cpu = &w.cpu[c];
	u32 n = 1 + rnd(3), line;

	*cpu = (struct cpu){ .state = ASKED, .adjust = w.adj.on };
	if (rnd(3) == 0) {
		cpu->dir = ALGATE_SERVER;
		cpu->from = 1000;
		cpu->to = 1000;
		cpu->ack = 1000 + w.in_next;
		return;
	}
	line = w.nxt < LINES && w.nxt - w.una < 8 && rnd(8) ? w.nxt : w.una;
	n = min_t(u32, n, LINES - line);
	cpu->from = line_seq(line);
	cpu->to = line_seq(line + n);
	w.nxt = max_t(u32, w.nxt, line + n);
}

static void begin(void)
{
	struct algate_stream s = {
		.prog = prog, .sender = w.sender, .var = w.var, .count = count,
		.result = &w.result, .entries = &w.entries, .known = &w.known,
	};
	struct algate_segment seg = { .seq = 999, .syn = true };
	struct algate_splice sp;
	u32 i, len = 0;

	for (i = 0; i < LINES; i++) {
		u32 a = rnd(250), p = 4 + rnd(250);

		if (rnd(3)) {
			len += sprintf((char *)w.out + len, "NOOP %u\r\n", a);
			w.want_len += sprintf((char *)w.want + w.want_len,
					      "NOOP %u\r\n", a);
		} else {
			len += sprintf((char *)w.out + len,
				       "PORT 10,1,2,3,%u,%u\r\n", p, a);
			w.want_len += sprintf((char *)w.want + w.want_len,
					      "PORT 203,0,113,77,%u,%u\r\n", p,
					      a);
		}
		w.end[i] = len;
	}
	algate_stream_segment(&s, ALGATE_CLIENT, &seg, &sp);
	seg = (struct algate_segment){ .seq = 4999, .syn = true,
				       .has_ack = true, .ack = 1000 };
	algate_stream_segment(&s, ALGATE_SERVER, &seg, &sp);
}

/* Does the receiver get the right bytes? */
static bool run(bool guarded, u32 cpus)
{
	u32 steps;

	memset(&w, 0, sizeof(w));
	w.guarded = guarded;
	begin();
	for (steps = 0; w.una < LINES && steps < STEPS && !w.torn; steps++) {
		u32 c = rnd(cpus);

		if (w.cpu[c].state == IDLE)
			arrive(c);
		else if (w.cpu[c].state == ASKED)
			decide(c);
		else
			adjust(c);
	}
	for (steps = 0; steps < CPUS; steps++)
		free(w.cpu[steps].payload);
	algate_sender_free(&w.sender[0]);
	algate_sender_free(&w.sender[1]);
	return w.una == LINES && !w.torn &&
	       (w.unread || (w.in_next == w.want_len &&
			     !memcmp(w.in, w.want, w.want_len)));
}

static u32 runs(bool guarded, u32 cpus, u32 *waits)
{
	u32 i, good = 0;

	*waits = 0;
	for (i = 0; i < 3000; i++) {
		seed = i * 7919;
		good += run(guarded, cpus);
		*waits += w.waits;
	}
	printf("# %u CPUs%s: %u of 3000 arrive, %u segments wait\n", cpus,
	       guarded ? "" : ", not guarded", good, *waits);
	return good;
}

int main(void)
{
	struct algate_prog *p = rules_load(rules);
	bool good, guards;
	u32 waits;

	prog = p;
	good = runs(true, 1, &waits) == 3000 && !waits;
	printf("%s stream: one CPU: nothing waits\n", good ? "ok" : "not ok");
	guards = runs(true, CPUS, &waits) == 3000 && waits;
	printf("%s stream: several CPUs: all bytes arrive\n",
	       guards ? "ok" : "not ok");
	good &= guards;
	guards = runs(false, CPUS, &waits) < 3000;
	printf("%s stream: several CPUs: not so without the guard\n",
	       guards ? "ok" : "not ok");
	algate_prog_free(p);
	return !(good && guards);
}

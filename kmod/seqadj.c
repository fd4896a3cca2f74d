// SPDX-License-Identifier: GPL-2.0
/*
 * Conntrack's sequence adjustment shifts the sequence numbers of a TCP flow
 * after a segment grew or shrank. Conntrack remembers a single correction per
 * direction: the position, and the offsets before and after the position.
 *
 * algate_help() decides on the numbers of a packet under the flow's lock, but
 * conntrack adjusts them afterwards, without the lock. Meanwhile another CPU
 * may handle the next segment and add a correction. A correction moves the
 * position and both offsets:
 *
 *	number			offset before		offset after
 *	up to the old position	before			after
 *	up to the new position	after			after
 *	beyond			(not sent yet)		after + delta
 *
 * So the first correction harms no packet. The second harms the segment of the
 * first, retransmissions, and all that was decided before the first. A packet
 * may also pass unadjusted: conntrack asks before algate_help() whether a flow
 * is adjusted, and the first correction may come in between.
 *
 * A CPU handles packets one after another, so only packets that another CPU has
 * handled may not be adjusted yet. Each packet stays under RCU from conntrack's
 * question to the adjustment, so a grace period later it is adjusted. For each
 * direction the flow remembers which CPU handled the last segment with payload,
 * and takes two grace period cookies: when the CPU changes, and when a segment
 * passes whose number depends on the last correction, which is first of all the
 * corrected segment. Until one of these grace periods is over, the stream layer
 * drops the segments, and the sender repeats them. That is seldom: the packets
 * of a direction come from one queue, and a flow seldom moves to another CPU
 * just behind an announcement.
 *
 * Other CPUs may handle the acknowledgments. Two corrections during the
 * adjustment of an acknowledgment make it differ by the growth of the first. A
 * number that is too low looks like an old acknowledgment. After a segment that
 * shrank, the number is too high by a few bytes, which matters if these are lost.
 */
#include <linux/rcupdate.h>
#include <linux/smp.h>

#include "algate.h"
#include "packet.h"

/*
 * Largest TCP window (RFC 7323, section 2.3): older bytes are no longer in
 * flight.
 */
#define SEQADJ_AGE	((s32)BIT(30))

/**
 * algate_seqadj_age() - forget an old correction
 * @ct: conntrack entry with IPS_SEQ_ADJUST
 * @ctinfo: state of @ct for the packet
 * @seq: sequence number of the packet
 *
 * Conntrack compares against correction_pos with signed arithmetic, so 2 GB
 * after a correction every number looks older than the correction. Conntrack
 * would adjust numbers by the old offset and ignore further corrections.
 * Collapse the offsets well before that.
 *
 * Context: any.
 */
void algate_seqadj_age(struct nf_conn *ct, enum ip_conntrack_info ctinfo,
		       u32 seq)
{
	struct nf_conn_seqadj *adj = nfct_seqadj(ct);
	struct nf_ct_seqadj *way;

	if (!adj)
		return;
	way = &adj->seq[CTINFO2DIR(ctinfo)];
	if (likely(READ_ONCE(way->offset_before) ==
		   READ_ONCE(way->offset_after)) ||
	    (s32)(seq - READ_ONCE(way->correction_pos)) < SEQADJ_AGE)
		return;
	spin_lock_bh(&ct->lock);
	way->offset_before = way->offset_after;
	spin_unlock_bh(&ct->lock);
}

/*
 * Take SACK out of conntrack's check. Conntrack shifts SACK blocks by the
 * offset of the cumulative acknowledgment. After the loss of a grown segment, a
 * shifted SACK block can lie beyond all bytes seen by conntrack. Conntrack then
 * marks the packet invalid, NAT does not translate the packet, and the receiver
 * answers with a reset. The check of the cumulative acknowledgment stays.
 * @ct->lock is held.
 */
static void sack_trust(struct nf_conn *ct)
{
	ct->proto.tcp.seen[0].flags &= ~IP_CT_TCP_FLAG_SACK_PERM;
	ct->proto.tcp.seen[1].flags &= ~IP_CT_TCP_FLAG_SACK_PERM;
}

/**
 * algate_seqadj_set() - add a correction
 * @ct: conntrack entry
 * @dir: direction of the resized segment
 * @seq: sequence number of the change, in the sender's numbers
 * @delta: bytes added by the change, not 0
 * @total: bytes added by all corrections of the direction, including @delta
 *
 * Differs from nf_ct_seqadj_set() by reporting an ignored correction. Conntrack
 * ignores a correction before the last correction while the last correction is
 * in effect. Another party may shift the same numbers (synproxy). The lock
 * covers both checks and the change.
 *
 * The correction may be in effect already: the sender retransmits a segment
 * that another router has resized before it handed the flow over.
 *
 * Context: BHs off.
 *
 * Return: false when the adjusted numbers would not match @total; nothing has
 * changed.
 */
bool algate_seqadj_set(struct nf_conn *ct, enum ip_conntrack_dir dir, u32 seq,
		       s32 delta, s32 total)
{
	struct nf_conn_seqadj *adj = nfct_seqadj(ct);
	struct nf_ct_seqadj *way;
	bool good;

	if (!adj)
		return false;
	way = &adj->seq[dir];
	spin_lock(&ct->lock);
	if (way->correction_pos == seq && way->offset_after == total &&
	    way->offset_before + delta == total) {
		spin_unlock(&ct->lock);
		return true;
	}
	good = way->offset_after + delta == total &&
	       (way->offset_before == way->offset_after ||
		algate_before(way->correction_pos, seq));
	if (good) {
		way->correction_pos = seq;
		way->offset_before = way->offset_after;
		way->offset_after = total;
		sack_trust(ct);
		set_bit(IPS_SEQ_ADJUST_BIT, &ct->status);
	}
	spin_unlock(&ct->lock);
	return good;
}

/**
 * algate_seqadj_clear() - clear all corrections for a new connection
 * @ct: conntrack entry, reused by the new connection
 *
 * Context: BHs off.
 */
void algate_seqadj_clear(struct nf_conn *ct)
{
	struct nf_conn_seqadj *adj = nfct_seqadj(ct);

	if (!adj)
		return;
	spin_lock(&ct->lock);
	memset(adj->seq, 0, sizeof(adj->seq));
	spin_unlock(&ct->lock);
}

static bool is_over(bool *valid, unsigned long cookie)
{
	if (*valid && poll_state_synchronize_rcu(cookie))
		*valid = false;
	return !*valid;
}

/**
 * algate_seqadj_busy() - test for segments that another CPU may not have adjusted
 * @flow: TCP flow; @flow->root->lock is held
 * @dir: direction of the segment that this CPU handles
 *
 * Remembers the CPU. Without memory, a change of the CPU is not remembered.
 *
 * Context: BHs off, under RCU.
 *
 * Return: true if the segment must wait.
 */
bool algate_seqadj_busy(struct algate_flow *flow, enum algate_dir dir)
{
	u16 *last = &flow->sender[dir].handler;
	u16 now = smp_processor_id() + 1;
	struct algate_cold *cold;

	if (unlikely(*last != now)) {
		cold = *last ? algate_flow_cold_get(flow) : NULL;
		if (cold) {
			cold->way[dir].moved = get_state_synchronize_rcu();
			cold->way[dir].has_moved = true;
		}
		*last = now;
	}
	if (likely(!algate_flow_cold(flow)->way[dir].has_moved))
		return false;
	cold = algate_flow_cold_get(flow);
	if (is_over(&cold->way[dir].has_moved, cold->way[dir].moved) ||
	    is_over(&cold->way[dir].is_corrected, cold->way[dir].corrected))
		return false;
	/* The sender's next attempt should find a grace period over. */
	start_poll_synchronize_rcu();
	return true;
}

/**
 * algate_seqadj_passes() - note a segment that depends on the last correction
 * @flow: TCP flow; @flow->root->lock is held
 * @dir: direction of the segment
 * @seq: sequence number of the segment, not adjusted
 *
 * Without memory the segment is not noted.
 *
 * Context: BHs off, under RCU.
 */
void algate_seqadj_passes(struct algate_flow *flow, enum algate_dir dir,
			  u32 seq)
{
	const struct nf_conn_seqadj *adj = nfct_seqadj(flow->ct);
	const struct nf_ct_seqadj *way;
	struct algate_cold *cold;

	if (!adj)
		return;
	way = &adj->seq[dir == ALGATE_CLIENT ? IP_CT_DIR_ORIGINAL :
					       IP_CT_DIR_REPLY];
	if (likely(way->offset_before == way->offset_after ||
		   algate_after(seq, way->correction_pos)))
		return;
	cold = algate_flow_cold_get(flow);
	if (!cold)
		return;
	cold->way[dir].corrected = get_state_synchronize_rcu();
	cold->way[dir].is_corrected = true;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Conntrack's sequence adjustment shifts the sequence numbers of a TCP flow
 * after a segment grew or shrank. Conntrack remembers a single correction per
 * direction: the position, and the offsets before and after the position.
 */
#include "algate.h"

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

// SPDX-License-Identifier: GPL-2.0
/*
 * Conntrack's sequence adjustment, which shifts the numbers of a TCP flow
 * whose segments were made longer or shorter. It remembers one correction for
 * each direction: the position, and the offsets before and behind it.
 */
#include "algate.h"

/*
 * The largest window of TCP (RFC 7323, section 2.3): bytes further back are not
 * on their way any more.
 */
#define SEQADJ_AGE	((s32)BIT(30))

/**
 * algate_seqadj_age() - forget a correction that lies far back
 * @ct: conntrack entry with IPS_SEQ_ADJUST
 * @ctinfo: state of a packet
 * @seq: sequence number of the packet
 *
 * Conntrack compares against correction_pos with signed arithmetic, so 2 GB
 * after a correction every number looks older than it. Numbers would be
 * adjusted as before the correction, and further corrections be ignored.
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
 * Conntrack shifts selective acknowledgments by the offset of the cumulative
 * one. When a segment that grew was lost, a shifted SACK block can lie beyond
 * all bytes that conntrack saw. It then calls the packet invalid, NAT does not
 * translate it, and the receiver answers with a reset. Take SACK out of
 * conntrack's check; the cumulative acknowledgment is checked as before.
 * Under @ct->lock.
 */
static void sack_trust(struct nf_conn *ct)
{
	ct->proto.tcp.seen[0].flags &= ~IP_CT_TCP_FLAG_SACK_PERM;
	ct->proto.tcp.seen[1].flags &= ~IP_CT_TCP_FLAG_SACK_PERM;
}

/**
 * algate_seqadj_set() - add a correction
 * @ct: conntrack entry
 * @dir: direction whose segments change their length
 * @seq: sequence number of the sender, where the change begins
 * @delta: bytes that it adds, not 0
 * @total: bytes that all corrections of this direction add, with this one
 *
 * This is nf_ct_seqadj_set(), which does not tell when it ignores a correction:
 * one in front of the last correction, while that one has an effect. Another
 * party may shift the same numbers (synproxy). Both are seen under the lock,
 * before anything changes.
 *
 * Context: BHs off.
 *
 * Return: false when the numbers would not come out as @total says; nothing has
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
 * algate_seqadj_clear() - a connection begins anew in the same entry
 * @ct: conntrack entry
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

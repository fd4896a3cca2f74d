#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Packets are lost, reordered and duplicated on both sides of the router, while
# both ends announce ports. Each retransmission of an announcement is rewritten
# in the same way, and all data arrives.
# timeout: 300

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3 tc

impair()	# NAMESPACE DEVICE NETEM...
{
	local ns=$1 dev=$2

	shift 2
	tc -n "$ns" qdisc replace dev "$dev" root netem "$@"
}

everywhere()	# NETEM...
{
	impair "$c0" eth0 "$@" && impair "$r" lan "$@" &&
		impair "$r" wan "$@" && impair "$s" eth0 "$@"
}

# Without offloads, the sender computes each checksum, the router corrects it,
# and the receiver checks it.
no_bad_sums()
{
	local ns n

	for ns in "$c0" "$s"; do
		n=$(on "$ns" nstat -asz TcpInCsumErrors |
			awk '/^Tcp/ { print $2 }')
		[ "$n" = 0 ] || { echo "$n wrong sums"; return 1; }
	done
}

exchanges()	# NAME
{
	verdicts "$1" python3 "$ROOT/selftests/vm/netem.py" "$c0" "$s" "$s_ip" \
		"$r_lan" "$r_wan" 5 40
	check "$1: no wrong checksum" no_bad_sums
	comment < <(on "$r" "$ALGCTL" stats show ftp)
}

topo
nat_masq
nat_dnat tcp 21
strict tcp 21
for dev in "$c0 eth0" "$r lan" "$r wan" "$s eth0"; do
	check "checksums are made in software" on "${dev% *}" \
		ethtool -K "${dev#* }" tx off
done
plugin_up ftp tcp 21

exchanges "good network"
# 2.5 % makes 5 %: on its way, a packet leaves through two of these devices.
check "loss" everywhere loss 2.5%
exchanges "5% loss"
check "reordering" everywhere delay 5ms reorder 25% 50%
exchanges "25% reordering"
check "duplication" everywhere duplicate 5%
exchanges "5% duplication"
check "all of it" everywhere delay 5ms reorder 25% 50% loss 1% duplicate 5%
exchanges "all of it"
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
finish

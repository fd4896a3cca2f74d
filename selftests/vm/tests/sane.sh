#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# scanimage gets a picture from saned, which announces a data port for it:
# through plain routing, through source NAT with a filter that drops unexpected
# packets, and through destination NAT, also if the announced port is already
# taken.
# timeout: 400

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
# shellcheck source=selftests/peers_sane.sh
. "$ROOT/selftests/peers_sane.sh"
need scanimage saned

# The scan fails. scan_limit: without it, scanimage would wait long for the data
# connection.
without()	# NAMESPACE ADDRESS
{
	! scan_limit=5 sane_scan "$@"
}

topo routed 2
check "start" saned_start "$s" || finish
check "a picture without a network" sane_draw "$s" || finish
check "no NAT" sane_scan "$c0" $s_ip
check "no NAT, IPv6" sane_scan "$c0" $s_ip6

nat_masq
check "SNAT, no filter" sane_scan "$c0" $s_ip
strict tcp 6566
check "SNAT fails without the plug-in" without "$c0" $s_ip
check "IPv6 fails without the plug-in" without "$c0" $s_ip6
nat_dnat tcp 6566
check "DNAT fails without the plug-in" without "$c0" $r_lan

nat_none
plugin_up sane tcp 6566
n=0
for nat in none masq; do
	nat_$nat
	check "$nat" sane_scan "$c0" $s_ip
	check "$nat, IPv6" sane_scan "$c0" $s_ip6
	n=$((n + 2))
done
check "nothing was rewritten" counts "$r" sane rewritten 0

# Neither source nor destination NAT changes the announced port, so no message
# is rewritten.
for nat in none masq; do
	nat_none
	nat_$nat
	nat_dnat tcp 6566
	check "DNAT and $nat" sane_scan "$c0" $r_lan
	check "DNAT and $nat, the other client" sane_scan "$c1" $r_lan
	check "DNAT and $nat, IPv6" sane_scan "$c0" $r_lan6
	n=$((n + 3))
done
# The announced port is already taken, so another port is written in its place.
strict tcp 6567
check "attach to another port" on "$r" "$ALGCTL" attach add sane tcp dport 6567
# Another server has announced PORT, in its answer to NET_START after NET_INIT.
taken()	# PORT
{
	take_ports tcp 6567 000000000100000300000000 0000000001000003 \
		0000000700000000 "00000000$(printf %08x "$1")0000123400000000"
}

moved=0
for nat in none masq; do
	nat_none
	nat_$nat
	nat_dnat tcp 6566
	nat_dnat tcp 6567
	moved=$((moved + 1))
	port=$((40000 + moved))
	stop
	check "DNAT and $nat: saned with one port" saned_start "$s" \
		"data_portrange = $port - $port"
	check "DNAT and $nat: it is taken" taken $port
	check "DNAT and $nat: a picture from another one" sane_scan "$c0" $r_lan
	check "DNAT and $nat: that was written" counts "$r" sane rewritten $moved
	leave_ports
	n=$((n + 2))
done

check "an expectation for each" counts "$r" sane opened $n
check "and each was used" counts "$r" sane used $((n - moved))
check "detach from the other port" on "$r" "$ALGCTL" attach del sane tcp dport 6567
check "detach" on "$r" "$ALGCTL" attach del sane tcp dport 6566
finish

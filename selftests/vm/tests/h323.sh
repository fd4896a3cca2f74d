#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2154 # functions are called by check
#
# Scripted peers of H.323 register, call and open channels through source and
# destination NAT, with a filter that drops unexpected packets; calls and media
# arrive, in both directions, by IPv4 and IPv6. A registration that the phone
# renews without its address stays open.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

up()	# NAME tcp|udp PORT
{
	"$ALGCTL" plugin load "$PLUGINS/$1.alg" &&
		on "$r" "$ALGCTL" attach add "$1" "$2" dport "$3"
}

talks()	# NAME SERVER CONNECT
{
	verdicts "$1" "$ROOT/selftests/vm/h323.py" "$c0" "$s" "$2" "$3"
}

# The last lifetime was a day, and the former one a minute.
stays()
{
	on "$r" conntrack -L expect 2> /dev/null | tee "$tmp/expect" |
		awk '/helper=RAS/ && $1 > 7200 { found = 1 } END { exit !found }' ||
		{ cat "$tmp/expect"; return 1; }
}

topo 1
load_module
check "RAS" up RAS udp 1719 || finish
check "Q.931" up Q.931 tcp 1720 || finish
# The plug-in Q.931 names H.245 for the flows that it expects.
check "H.245" "$ALGCTL" plugin load "$PLUGINS/H.245.alg" || finish
strict udp 1719
strict tcp 1720
nat_masq
flows_anew
talks "SNAT" $s_ip $s_ip
check "a renewed registration is open for long" stays
talks "SNAT66" $s_ip6 $s_ip6
nat_dnat udp 1719
nat_dnat tcp 1720
talks "SNAT and DNAT" $s_ip $r_lan
talks "SNAT66 and DNAT66" $s_ip6 $r_lan6
for name in RAS Q.931 H.245; do
	check "$name: nothing was refused" counts "$r" "$name" require 0
done
finish

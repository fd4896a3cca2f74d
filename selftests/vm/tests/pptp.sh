#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Three simultaneous calls to one server carry packets: two calls of one client,
# and one call of another client behind the same address.
# timeout: 900

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
# shellcheck source=selftests/peers_pptp.sh
. "$ROOT/selftests/peers_pptp.sh"
need pptpd pptp pppd ping python3
modprobe -a ppp_generic ppp_async 2> /dev/null || skip_all "no PPP in this kernel"

calls()	# NAME ADDRESS
{
	check "$1: call" pptp_call "$c0" first "$2"
	check "$1: second call of the client" pptp_call "$c0" second "$2"
	check "$1: call of the other client" pptp_call "$c1" other "$2"
	check "$1: ping" pptp_ping "$c0" first
	check "$1: ping in the second call" pptp_ping "$c0" second
	check "$1: ping of the other client" pptp_ping "$c1" other
	check "$1: the calls end" pptp_end "$c0"
	check "$1: the other client's call remains" pptp_ping "$c1" other
	check "$1: and ends" pptp_end "$c1"
	flows_anew
}

# The control connection is established, but no PPP packet passes.
without()	# NAME ADDRESS
{
	check "$1: fails" fails pptp_call "$c0" lost "$2" lcp-max-configure 3
	check "$1: but for the control connection" assured "$2"
	check "$1: nothing came of it" grep "Connection terminated" "$tmp/lost.log"
}

assured()	# ADDRESS
{
	on "$r" conntrack -L -p tcp -s "$c0_ip" -d "$1" --dport 1723 |
		grep ASSURED
}

topo routed 2
check "start" pptpd_start "$s" || finish
calls "no NAT, no filter" $s_ip
strict tcp 1723
without "filter" $s_ip
nat_masq
without "SNAT" $s_ip

nat_none
plugin_up pptp tcp 1723
calls "no NAT" $s_ip
check "nothing was rewritten" counts "$r" pptp rewritten 0
nat_masq
calls "SNAT" $s_ip
nat_dnat tcp 1723
calls "SNAT and DNAT" $r_lan
nat_none
nat_dnat tcp 1723
calls "DNAT" $r_lan

# Two clients with the same call number. Real clients choose random numbers.
same_ids()	# NAME ADDRESS
{
	verdicts "$1, same number" python3 "$ROOT/selftests/vm/pptp_ids.py" \
		"$c0" "$c1" "$s" $s_ip "$2"
}

stop
nat_masq
same_ids "SNAT and DNAT" $r_lan
nat_none
nat_masq
same_ids "SNAT" $s_ip
check "detach" on "$r" "$ALGCTL" attach del pptp tcp dport 1723
finish

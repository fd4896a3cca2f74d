#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# When a call ends by BYE, CANCEL or a refusal, the expectations for its media
# are closed, and another call's expectations stay. Over TCP, messages are cut
# at every byte, and no cut makes a sender retransmit.
# timeout: 300

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3
topo routed

# Raises TCP's retransmission timeout, so that an end retransmits only lost
# segments, however slow the machine is.
patient()	# NAMESPACE
{
	local family route

	on "$1" sysctl -qw net.ipv4.tcp_early_retrans=0 || return
	for family in 4 6; do
		while read -r route; do
			# shellcheck disable=SC2086 # words of a route
			ip "-$family" -n "$1" route change $route rto_min 5s || return
		done < <(ip "-$family" -n "$1" route show | grep -v '^fe80')
	done
}

ends()	# NAME udp|tcp SERVER PUBLIC
{
	verdicts "$1, ${2^^}" python3 "$ROOT/selftests/vm/sip_ends.py" "$2" "$c0" \
		"$s" "$r" "$3" "$4" "$ALGCTL"
}

check "patience" patient "$c0"
check "patience" patient "$s"
plugin_up sip udp 5060
check "attach, TCP" on "$r" "$ALGCTL" attach add sip tcp dport 5060
nat_masq
ends "SNAT" udp $s_ip $r_wan
ends "SNAT" tcp $s_ip $r_wan
ends "NAT66" udp $s_ip6 $r_wan6
ends "NAT66" tcp $s_ip6 $r_wan6
check "detach" on "$r" "$ALGCTL" attach del sip udp dport 5060
check "detach, TCP" on "$r" "$ALGCTL" attach del sip tcp dport 5060
check "unload" "$ALGCTL" plugin unload sip
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# sip_matrix.sh - sourced by tests: all call flows of vm/sip, over UDP or TCP
# shellcheck disable=SC2034,SC2086,SC2154 # variables of lib.sh and peers_sip.sh

# NAME FLOW ROUNDS CALLER-NS ADDRESS CALLEE-NS ADDRESS [HOST]
sip_call()
{
	check "$1: $2" sip_flow "$2" "${@:4}"
	check "$1: $2: media" media_is "$3"
}

sip_calls()	# NAME CALLER-NS ADDRESS CALLEE-NS ADDRESS [HOST]
{
	local name=$1

	shift
	sip_call "$name" hold 2 "$@"
	sip_call "$name" early 2 "$@"
	sip_call "$name" cancel 0 "$@"
	sip_call "$name" busy 0 "$@"
	sipp_calls=4
	sip_call "$name, 4 calls" call 1 "$@"
	sipp_calls=1
}

# The call is established, but the callee receives the caller's inside address,
# so media cannot arrive.
no_media()	# NAMESPACE
{
	# Remove the lines that wait for media.
	sed '/^media/d' "$sip/call.flow" > "$tmp/deaf.flow"
	sip_flow "$tmp/deaf" "$c0" "$c0_ip" "$s" "$s_ip" || return
	sip_told callee "c=IN IP4 $c0_ip" || { sip_story; return 1; }
}

# A phone inside registers, and gets a call from another port than the
# registrar's.
sip_registered()	# NAME SEEN-ADDRESS CLIENT-ADDRESS SERVER-ADDRESS
{
	local contact

	check "$1: register" sip_flow register "$c0" "$3" "$s" "$4"
	contact=$(sip_contact)
	check "$1: the registrar is told $2" [ "${contact%:*}" = "$2" ]
	sipp_from=5070
	sip_call "$1, to the registered" call 1 "$s" "$4" "$c0" "$3" "$contact"
	sipp_from=5060
}

sip_matrix()	# u1|t1
{
	local protocol=udp

	[ "$1" = u1 ] || protocol=tcp
	sipp_transport=$1
	topo routed
	# First check that the peers themselves work without NAT.
	sip_call "no NAT" early 2 "$c0" "$c0_ip" "$s" $s_ip
	sip_call "no NAT, from outside" hold 2 "$s" $s_ip "$c0" "$c0_ip"
	sip_call "no NAT6" call 1 "$c0" "$c0_ip6" "$s" $s_ip6
	sip_registered "no NAT" "$c0_ip" "$c0_ip" $s_ip

	clients_route del
	strict $protocol 5060
	nat_masq
	check "without the plug-in the callee is told the inside address" no_media
	if [ ! -e "$PLUGINS/sip.alg" ]; then
		skip "with the plug-in" "no plugins/sip.alg"
		return
	fi
	plugin_up sip $protocol 5060
	sip_with_plugin
	check "detach" on "$r" "$ALGCTL" attach del sip $protocol dport 5060
}

sip_with_plugin()
{
	sip_calls "SNAT" "$c0" "$c0_ip" "$s" $s_ip
	check "the callee is not told the inside address" sip_not_told callee "$c0_ip"
	check "the caller finds its own Via in responses" \
		sip_told caller "${c0_ip}:5060;branch="
	sip_registered "SNAT" $r_wan "$c0_ip" $s_ip
	check "the phone is called by its own address" \
		sip_told callee "INVITE sip:callee@$c0_ip:5060"
	sip_call "NAT66" call 1 "$c0" "$c0_ip6" "$s" $s_ip6
	sip_registered "NAT66" "[$r_wan6]" "$c0_ip6" $s_ip6

	nat_none
	clients_route add
	nat_dnat $protocol 5060
	sip_call "DNAT" hold 2 "$c0" "$c0_ip" "$s" $s_ip $r_lan
	check "the caller is not told the inside address" sip_not_told caller $s_ip
	sip_call "DNAT6" call 1 "$c0" "$c0_ip6" "$s" $s_ip6 $r_lan6
}

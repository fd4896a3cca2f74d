#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# A phone sends from one port, and its Via names another port for the answers.
# The first answer arrives there, and the answers confirm, open and close what
# the requests of the phone's own flow have asked for.
# timeout: 120

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

used()	# BYTES
{
	on "$r" "$ALGCTL" limit show | grep -E "^memory_used +$1 "
}

topo routed
clients_route del
nat_masq
plugin_up sip udp 5060
verdicts "SNAT" python3 "$ROOT/selftests/vm/sip_port.py" "$c0" "$s" "$r" $s_ip \
	$r_wan "$ALGCTL"
check "detach" on "$r" "$ALGCTL" attach del sip udp dport 5060
check "unload" "$ALGCTL" plugin unload sip
check "no memory is left" used 0
finish

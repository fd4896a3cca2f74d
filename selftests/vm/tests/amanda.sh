#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Amanda's server makes a backup of a client: the client's reply, a datagram,
# names the TCP ports that the server connects to. The client is behind
# destination NAT, the server behind a masquerading router, or both.
# timeout: 1500

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
# shellcheck source=selftests/peers_amanda.sh
. "$ROOT/selftests/peers_amanda.sh"
need amdump inetd setpriv tar
[ -x /usr/lib/amanda/amandad ] || skip_all "no amandad"

# The client announces its ports, but the server cannot connect to them.
without()	# NAME ADDRESS
{
	check "$1 fails without the plug-in" fails amanda_backup "$c0" "$2"
	check "$1: ports were told" amanda_told "CONNECT DATA"
	check "$1: restart" amandad_restart "$s"
}

nat()	# KIND...
{
	local kind

	nat_none
	for kind; do
		"nat_$kind" udp 10080
	done
}

topo routed
check "start" amandad_start "$s" || finish
check "no NAT, no filter" amanda_backup "$c0" $s_ip
strict udp 10080
# Refuse connections instead of dropping them, so that a failing backup ends
# soon.
on "$r" nft add rule inet strict forward meta l4proto tcp reject with tcp reset
without "filter" $s_ip
nat dnat
without "DNAT" $r_lan

plugin_up amanda udp 10080
nat
check "no NAT" amanda_backup "$c0" $s_ip
nat masq
check "SNAT" amanda_backup "$c0" $s_ip
nat dnat masq
check "SNAT and DNAT" amanda_backup "$c0" $r_lan
nat dnat
check "DNAT" amanda_backup "$c0" $r_lan
check "expectations were used" [ "$(counter "$r" amanda used)" -ge 4 ]
check "detach" on "$r" "$ALGCTL" attach del amanda udp dport 10080
finish

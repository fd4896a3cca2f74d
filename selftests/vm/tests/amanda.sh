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

# The client tells its ports, and nothing can be connected to.
without()	# NAME ADDRESS
{
	check "$1 fails without the plug-in" fails amanda_backup "$c0" "$2"
	check "$1: ports were told" amanda_told "CONNECT DATA"
	check "$1: restart" amandad_restart "$s"
}

# What the flows of the last backup had was not what those of the next one get:
# the server's port may be the same.
nat()	# KIND...
{
	local kind

	nat_none
	for kind; do
		"nat_$kind" udp 10080
	done
	on "$r" conntrack -F 2> /dev/null
}

# What the server read is not what the client uses.
amanda_told_others()
{
	amanda_told "CONNECT DATA" && ! amanda_told "CONNECT DATA 4000"
}

topo routed
check "start" amandad_start "$s" || finish
check "no NAT, no filter" amanda_backup "$c0" $s_ip
strict udp 10080
# Who is refused does not wait.
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
# Each of its ports is taken already: others are written in their places.
taken()
{
	local hex=()

	mapfile -t hex < <(
		printf 'Amanda 2.6 REQ HANDLE 0-0 SEQ 1\n' | hexadecimal
		printf 'Amanda 2.6 REP HANDLE 0-0 SEQ 1\n%s\n' \
			'CONNECT DATA 40000 MESG 40001 INDEX 40002 STATE 40003' |
			hexadecimal)
	take_ports udp 10081 "${hex[@]}"
}

hexadecimal()
{
	od -An -v -tx1 | tr -d ' \n'
	echo
}

check "restart with four ports" amandad_restart "$s" 40000,40003
strict udp 10081
check "attach to another port" on "$r" "$ALGCTL" attach add amanda udp dport 10081
nat dnat
nat_dnat udp 10081
check "nothing was rewritten" counts "$r" amanda rewritten 0
check "DNAT: its ports are taken" taken
check "DNAT: a backup to others" amanda_backup "$c0" $r_lan
check "DNAT: those were written" [ "$(counter "$r" amanda rewritten)" -ge 1 ]
check "DNAT: all of them were told" amanda_told_others
leave_ports
check "expectations were used" [ "$(counter "$r" amanda used)" -ge 4 ]
check "detach from the other port" on "$r" "$ALGCTL" attach del amanda udp dport 10081
check "detach" on "$r" "$ALGCTL" attach del amanda udp dport 10080
finish

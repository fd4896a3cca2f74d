#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2154 # functions are called by check
#
# Scripted peers of talk, rsh, XDMCP, TNS, Skinny, MGCP, SSDP, SOCKS, NFS, MS-RPC,
# RealAudio and CU-SeeMe announce endpoints through source and destination NAT with
# a filter that drops unexpected packets; data arrives there.
# kernels: 6.1 7.3

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

attached=()
up()	# NAME tcp|udp PORT
{
	if [[ " ${attached[*]} " != *" $1 "* ]]; then
		"$ALGCTL" plugin load "$PLUGINS/$1.alg" || return
		attached+=("$1")
	fi
	on "$r" "$ALGCTL" attach add "$1" "$2" dport "$3" && strict "$2" "$3"
}

talks()	# NAME SERVER CONNECT
{
	verdicts "$1" "$ROOT/selftests/vm/conversations.py" \
		"$c0" "$c1" "$s" "$2" "$3"
}

topo 2
load_module
services="talk:udp:518 rsh:tcp:514 rsh:tcp:512 xdmcp:udp:177 tns:tcp:1521
	skinny:tcp:2000 mgcp:udp:2427 ssdp:udp:1900 socks:tcp:1080
	nfs4:tcp:2049 pna:tcp:7070 cuseeme:udp:7648 msrpc:tcp:135"
for service in $services; do
	IFS=: read -r name protocol port <<< "$service"
	check "$name" up "$name" "$protocol" "$port" || finish
done
nat_masq
flows_anew
talks "SNAT" $s_ip $s_ip
talks "NAT66" $s_ip6 $s_ip6
for service in $services; do
	IFS=: read -r name protocol port <<< "$service"
	nat_dnat "$protocol" "$port"
done
talks "SNAT and DNAT" $s_ip $r_lan
talks "SNAT and DNAT, IPv6" $s_ip6 $r_lan6
for name in "${attached[@]}"; do
	check "$name: nothing was refused" counts "$r" "$name" require 0
done
finish

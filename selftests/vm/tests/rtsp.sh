#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Films arrive over UDP, through a filter that drops unexpected packets, with
# the viewer or the server behind NAT. Films in the control connection stay
# intact.
# timeout: 900

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
# shellcheck source=selftests/peers_rtsp.sh
. "$ROOT/selftests/peers_rtsp.sh"
need ffmpeg gst-launch-1.0

viewers="ffmpeg gst"

films()	# NAME udp|tcp ADDRESS
{
	local client

	for client in $viewers; do
		check "$1: $client, $2" rtsp_play "$client" "$c0" "$3" "$2"
		[ "$client$2" = ffmpegudp ] || continue
		check "$1: the viewer finds its own ports in replies" same_ports
	done
}

# ffmpeg's trace shows each line that it sends or reads. For each of the two
# streams, the request and the reply contain the same client ports.
same_ports()
{
	local ports

	ports=$(grep -ao 'client_port=[0-9-]*' "$tmp/viewer" | sort | uniq -c)
	[ "$(awk '{ printf "%s ", $1 }' <<< "$ports")" = "2 2 " ] ||
		{ echo "$ports"; return 1; }
}

# No expectation is open. Without a rule that closes them, unused expectations
# would live as long as conntrack's entry of the control connection, which
# outlives the film.
nothing_open()
{
	[ -z "$(on "$r" "$ALGCTL" expect show plugin rtsp)" ]
}

closed()
{
	busywait 20 nothing_open || { "$ALGCTL" expect show plugin rtsp; return 1; }
	[ "$(counter "$r" rtsp cancelled)" -gt 0 ]
}

topo routed
check "start" rtsp_start "$s" || finish
films "no NAT" udp $s_ip
films "no NAT" tcp $s_ip
viewers=ffmpeg films "no NAT6" udp $s_ip6

clients_route del
strict tcp 554
nat_masq
check "fails without the plug-in" rtsp_dark "$c0" $s_ip
films "SNAT without the plug-in" tcp $s_ip
plugin_up rtsp tcp 554
films "SNAT" udp $s_ip
check "SNAT: what was not used is closed with the film" closed
films "SNAT" tcp $s_ip
viewers=ffmpeg films "NAT66" udp $s_ip6
nat_none
clients_route add
nat_dnat tcp 554
films "DNAT" udp $r_lan
films "DNAT" tcp $r_lan
nat_masq
films "SNAT and DNAT" udp $r_lan
check "detach" on "$r" "$ALGCTL" attach del rtsp tcp dport 554
finish

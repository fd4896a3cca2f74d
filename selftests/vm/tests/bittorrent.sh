#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2154 # functions are called by check
#
# Clients of BitTorrent behind NAT announce ports to opentracker, by HTTP and UDP.
# A host beside the tracker gets a file from the announced port, through a filter
# that drops unexpected packets.
# timeout: 480

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
# shellcheck source=selftests/peers_bittorrent.sh
. "$ROOT/selftests/peers_bittorrent.sh"
need opentracker aria2c transmission-cli python3

by_http=http://$s_ip:6969/announce by_udp=udp://$s_ip:6969
other=192.0.2.3

opened()	# COUNT
{
	[ "$(counter "$r" bittorrent opened)" = "$1" ]
}

# The program announces PORT, and the other host fetches the file.
shares()	# NAME URL PORT PROGRAM [OPTIONS...]
{
	local name=$1 before

	shift
	before=$(counter "$r" bittorrent opened)
	check "$name: begins" seed_start "$c0" "$@"
	check "$name: announces" busywait 10 opened $((before + 2))
	check "$name: a host beside the tracker gets the file" \
		fetches "$s" "$by_http" $other
	seed_stop
}

topo 2
ip -n "$s" addr add $other/24 dev eth0
ip -n "$s" addr add 2001:db8:2::3/64 dev eth0 nodad
nat_masq
strict tcp 6969
strict udp 6969
check "opentracker" tracker_start "$s" $s_ip

check "without: begins" seed_start "$c0" $by_http 6881 aria2 --seed-ratio=0
peer_limit=4 check "without: nobody gets the file" \
	fails fetches "$s" $by_http $other
seed_stop

plugin_up bittorrent tcp 6969
check "attach to UDP" on "$r" "$ALGCTL" attach add bittorrent udp dport 6969
shares "aria2, HTTP" $by_http 6881 aria2 --seed-ratio=0
shares "Transmission, HTTP" $by_http 51413 transmission -v
shares "Transmission, UDP" $by_udp 51414 transmission -v
check "nothing was refused" counts "$r" bittorrent require 0

# The other host connects, as a stranger, to what another client announces.
nat_dnat tcp 6969
nat_dnat udp 6969
for front in "$s_ip $s_ip" "$s_ip6 $s_ip6" "$s_ip $r_lan" "$s_ip6 $r_lan6"; do
	read -r address connect <<< "$front"
	stop
	verdicts "announced to $connect" "$ROOT/selftests/vm/tracker.py" \
		"$c0" "$c1" "$s" "$address" "$connect"
done
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_upnp.sh - MiniDLNA, and GUPnP as the control point (root/root.sh).
# Source it after peers.sh.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

minidlna_start()	# NAMESPACE
{
	mkdir -p "$tmp/minidlna/media"
	printf '%s\n' network_interface=eth0 port=8200 friendly_name=algate \
		"media_dir=$tmp/minidlna/media" "db_dir=$tmp/minidlna" \
		"log_dir=$tmp/minidlna" > "$tmp/minidlna/conf"
	start "$1" tcp 8200 minidlnad -S -f "$tmp/minidlna/conf" \
		-P "$tmp/minidlna/pid"
}

# A control point finds the media server and subscribes to events, for which the
# server connects to the control point, where conntrack sees the connection.
upnp_control()	# NAMESPACE ADDRESS of the server
{
	local rc=0

	(exec ip netns exec "$1" python3 "$ROOT/selftests/vm/control_point.py") \
		> "$tmp/control_point.log" 2>&1 &
	control_point=$!
	busywait "${upnp_limit:-20}" upnp_connected "$1" "$2" ||
		{ rc=1; cat "$tmp/control_point.log"; }
	kill $control_point
	wait $control_point || true
	return $rc
} 2> /dev/null

upnp_connected()	# NAMESPACE ADDRESS
{
	on "$1" conntrack -L -p tcp -s "$2" | grep -v SYN_
}

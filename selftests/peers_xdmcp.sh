#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_xdmcp.sh - xdm, and Xvfb as the display (root/root.sh). Source it after
# peers.sh.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

xdm_start()	# NAMESPACE
{
	mkdir -p "$tmp/xdm"
	echo '*' > "$tmp/xdm/access"
	: > "$tmp/xdm/servers"
	: > "$tmp/xdm/resources"
	cat > "$tmp/xdm/config" <<-END
		DisplayManager.requestPort: 177
		DisplayManager.accessFile: $tmp/xdm/access
		DisplayManager.servers: $tmp/xdm/servers
		DisplayManager.errorLogFile: $tmp/xdm/log
		DisplayManager.pidFile: $tmp/xdm/pid
		DisplayManager.authDir: $tmp/xdm
		DisplayManager*resources: $tmp/xdm/resources
		DisplayManager*grabServer: false
	END
	start "$1" udp 177 xdm -nodaemon -config "$tmp/xdm/config"
}

# The display asks for a session, and xdm draws a window for the login there.
xdmcp_login()	# NAMESPACE ADDRESS OWN-ADDRESS
{
	local rc=0

	(exec ip netns exec "$1" Xvfb :2 -query "$2" -from "$3" -listen tcp \
		-nolisten unix -once) > "$tmp/xvfb.log" 2>&1 &
	xvfb=$!
	busywait "${xdmcp_limit:-20}" xdmcp_connected "$1" || {
		rc=1
		tail "$tmp/xvfb.log" "$tmp/xdm/log"
	}
	kill $xvfb
	wait $xvfb || true
	return $rc
}

xdmcp_connected()	# NAMESPACE: a program of the host is a client of the display
{
	on "$1" ss -Htn state established sport = :6002 | grep -q .
}

# shellcheck disable=SC2034 # for capture.sh
capture_filter='udp port 177 or (tcp port 6002 and tcp[tcpflags] & tcp-syn != 0)'
capture_xdmcp()
{
	xdm_start "$s" && xdmcp_login "$c0" "$s_ip" "$c0_ip"
}

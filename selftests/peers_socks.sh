#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_socks.sh - Dante's proxy, and programs that use the proxy by Dante's
# library (in bookworm's root). Source it after peers.sh.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

danted_start()	# NAMESPACE
{
	cat > "$tmp/danted.conf" <<-END
		logoutput: stderr
		internal: $s_ip port = 1080
		external: $s_ip
		clientmethod: none
		socksmethod: none
		client pass { from: 0/0 to: 0/0 }
		socks pass { from: 0/0 to: 0/0 }
	END
	start "$1" tcp 1080 danted -f "$tmp/danted.conf" -p "$tmp/danted.pid"
}

# Runs COMMAND with the proxy at ADDRESS.
socksify_by()	# NAMESPACE ADDRESS COMMAND...
{
	local ns=$1

	cat > "$tmp/socks.conf" <<-END
		route {
			from: 0.0.0.0/0 to: 0.0.0.0/0 via: $2 port = 1080
			proxyprotocol: socks_v5
			command: connect bind udpassociate
			method: none
		}
	END
	shift 2
	SOCKS_CONF=$tmp/socks.conf on "$ns" timeout "${socks_limit:-$peer_limit}" \
		socksify "$@"
}

# The proxy relays a question of drill to a name server at the proxy's host.
names_start()	# NAMESPACE
{
	start "$1" udp 53 dnsmasq -k -C /dev/null -u root --log-facility=- \
		--pid-file= --address=/box.example/192.0.2.77
}

socks_datagram()	# NAMESPACE ADDRESS
{
	socksify_by "$1" "$2" drill @"$s_ip" box.example > "$tmp/drill" 2>&1
	grep -q '^box.example.*192.0.2.77$' "$tmp/drill" ||
		{ cat "$tmp/drill" "$tmp/danted.log"; return 1; }
}

# shellcheck disable=SC2034 # for capture.sh
capture_filter='tcp port 1080 or udp'
capture_socks()
{
	danted_start "$s" && names_start "$s" && socks_datagram "$c0" "$s_ip"
}

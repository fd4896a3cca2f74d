#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_pptp.sh - pptpd and pptp-linux (root/root.sh), after peers.sh. They
# need the kernel's PPP.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

ppp_options='noauth nodefaultroute noipv6 noccp novj
	lcp-restart 1 ipcp-restart 1 child-timeout 1'

pptpd_start()	# NAMESPACE: each call has addresses of its own on both ends
{
	cat > "$tmp/pptpd.conf" <<-END
		localip 172.16.0.1-20
		remoteip 172.16.1.1-20
	END
	echo "$ppp_options" > "$tmp/pptpd.options"
	modprobe -a ppp_generic ppp_async || return
	start "$1" tcp 1723 pptpd -f -c "$tmp/pptpd.conf" \
		-o "$tmp/pptpd.options" -p "$tmp/pptpd.pid"
}

# Calls to one server would share a control connection, which they find by a
# socket in /run; pptpd then forgets the earlier call. So each has its own /run.
pptp_call()	# NAMESPACE INTERFACE ADDRESS [OPTIONS...]: comes up or ends
{
	local ns=$1 name=$2 address=$3 run

	shift 3
	run=$(mktemp -d "$tmp/run-XXXXXX")
	# shellcheck disable=SC2016 # for that shell
	(exec ip netns exec "$ns" sh -c 'mount --bind "$0" /run && exec "$@"' \
		"$run" pppd pty "pptp $address --nolaunchpppd --nohostroute" \
		ifname "$name" nodetach file "$tmp/pptpd.options" "$@") \
		> "$tmp/$name.log" 2>&1 < /dev/null &
	pppd=$!
	busywait 40 pptp_settled "$ns" "$name"
	pptp_peer "$ns" "$name" | grep . || { cat "$tmp/$name.log"; return 1; }
}

pptp_settled()	# NAMESPACE INTERFACE
{
	! kill -0 "$pppd" 2> /dev/null || pptp_peer "$@" | grep -q .
}

pptp_peer()	# NAMESPACE INTERFACE: the address at the other end, once it is up
{
	ip -n "$1" -4 addr show "$2" 2> /dev/null |
		sed -n 's/.* peer \([0-9.]*\).*/\1/p'
}

# The routes to the ends are the tunnels.
pptp_ping()	# NAMESPACE INTERFACE
{
	on "$1" ping -q -c 3 -i 0.2 -s 1000 -W 5 -I "$2" "$(pptp_peer "$@")"
}

# Calls that end say so: CLEAR, or the connection's end.
pptp_end()	# NAMESPACE
{
	local pid

	for pid in $(ip netns pids "$1"); do
		[ "$(cat "/proc/$pid/comm" 2> /dev/null)" != pppd ] || kill "$pid"
	done
	busywait 20 pptp_ended "$1"
}

pptp_ended()	# NAMESPACE
{
	[ -z "$(ip netns pids "$1")" ]
}

# shellcheck disable=SC2034 # for capture.sh
capture_filter='tcp port 1723'
capture_pptp()
{
	pptpd_start "$s" && pptp_call "$c0" one "$s_ip" &&
		pptp_ping "$c0" one && pptp_call "$c0" two "$s_ip" &&
		pptp_ping "$c0" two && pptp_end "$c0"
}

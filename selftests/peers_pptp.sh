#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_pptp.sh - pptpd and pptp-linux (root/root.sh), which need the kernel's
# PPP. Source it after peers.sh.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

ppp_options='noauth nodefaultroute noipv6 noccp novj
	lcp-restart 1 ipcp-restart 1 child-timeout 1'

pptpd_start()	# NAMESPACE: each call gets its own addresses at both ends
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

# Each call has its own /run. With a common /run, calls to the same server find
# the socket of an earlier call there and share its control connection; pptpd
# then forgets the earlier call.
# Waits until the call is up, or pppd has ended.
pptp_call()	# NAMESPACE INTERFACE ADDRESS [OPTIONS...]
{
	local ns=$1 name=$2 address=$3 run

	shift 3
	run=$(mktemp -d "$tmp/run-XXXXXX")
	# shellcheck disable=SC2016 # the inner shell expands the variables
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

pptp_peer()	# NAMESPACE INTERFACE: prints the other end's address, if up
{
	ip -n "$1" -4 addr show "$2" 2> /dev/null |
		sed -n 's/.* peer \([0-9.]*\).*/\1/p'
}

# Pings the other end of the tunnel, through the tunnel.
pptp_ping()	# NAMESPACE INTERFACE
{
	on "$1" ping -q -c 3 -i 0.2 -s 1000 -W 5 -I "$2" "$(pptp_peer "$@")"
}

# Ends all calls. A call ends with a CLEAR message or the end of the control
# connection.
pptp_end()	# NAMESPACE
{
	local pid

	for pid in $(ip netns pids "$1"); do
		[ "$(cat "/proc/$pid/comm" 2> /dev/null)" != pppd ] || kill "$pid"
	done
	busywait 60 pptp_ended "$1"
}

pptp_ended()	# NAMESPACE
{
	local pid

	for pid in $(ip netns pids "$1"); do
		case $(cat "/proc/$pid/comm" 2> /dev/null) in
		pppd|pptp*) return 1 ;;
		esac
	done
}

# shellcheck disable=SC2034 # for capture.sh
capture_filter='tcp port 1723'
capture_pptp()
{
	pptpd_start "$s" && pptp_call "$c0" one "$s_ip" &&
		pptp_ping "$c0" one && pptp_call "$c0" two "$s_ip" &&
		pptp_ping "$c0" two && pptp_end "$c0"
}

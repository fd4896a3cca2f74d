#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_rsh.sh - rshd behind inetd, and rsh (in bookworm's root). Source it after
# peers.sh.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

# rshd trusts root at a host with a name: a client, or the router.
rshd_start()	# NAMESPACE
{
	local address

	mkdir -p "$tmp/home"
	for address in "$r_wan" "$r_wan6" "$r_lan" "$r_lan6" "$c0_ip" "$c0_ip6"; do
		echo "$address client.example"
	done > "$tmp/rsh.hosts"
	echo "client.example root" > "$tmp/home/.rhosts"
	chmod 600 "$tmp/home/.rhosts"
	printf '514 stream %s nowait root /usr/sbin/in.rshd in.rshd\n' tcp4 tcp6 \
		> "$tmp/rsh.conf"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	start "$1" tcp 514 sh -c 'mount --bind "$0/home" /root &&
		mount --bind "$0/rsh.hosts" /etc/hosts &&
		exec inetd -i "$0/rsh.conf"' "$tmp"
}

# A command returns its input, and writes to its standard error, which has a
# connection of its own.
rsh_run()	# NAMESPACE ADDRESS
{
	echo input > "$tmp/rsh.in"
	on "$1" timeout "${rsh_limit:-$peer_limit}" rsh "$2" \
		'echo error >&2; cat' < "$tmp/rsh.in" \
		> "$tmp/rsh.out" 2> "$tmp/rsh.err"
	cat "$tmp/rsh.out" "$tmp/rsh.err"
	[ "$(< "$tmp/rsh.out")" = input ] && [ "$(< "$tmp/rsh.err")" = error ]
}

# shellcheck disable=SC2034 # for capture.sh
capture_filter='tcp port 514'
capture_rsh()
{
	rshd_start "$s" && rsh_run "$c0" "$s_ip"
}

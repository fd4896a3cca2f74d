#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_mdns.sh - Avahi, and drill, which asks like a host that has no such
# daemon (root/root.sh). Source it after peers.sh.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

avahi_start()	# NAMESPACE NAME
{
	local dir=$tmp/avahi.$2

	mkdir -p "$dir/run"
	printf '%s\n' "[server]" "host-name=$2" "allow-interfaces=eth0" \
		"enable-dbus=no" > "$dir/conf"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	start "$1" udp 5353 sh -c 'mount --bind "$0/run" /run &&
		exec avahi-daemon --no-drop-root --no-chroot --no-rlimits \
		-f "$0/conf"' "$dir"
}

# The name has the address. Avahi answers after it has made sure of its name.
mdns_has()	# NAMESPACE NAME ADDRESS
{
	busywait 20 mdns_lookup "$@" || { cat "$tmp/drill"; return 1; }
}

mdns_lookup()	# NAMESPACE NAME ADDRESS
{
	on "$1" timeout 5 drill -p 5353 "$2.local" @224.0.0.251 > "$tmp/drill" 2>&1
	grep -q "^$2.local.*IN.*A.*$3\$" "$tmp/drill"
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_netbios.sh - Samba's nmbd and nmblookup (root/root.sh). Source it after
# peers.sh.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

smb_config()	# DIR NAME [LINE...]
{
	local dir=$1 name=$2

	shift 2
	mkdir -p "$dir"
	printf '%s\n' "[global]" "netbios name = $name" "workgroup = ALGATE" \
		"interfaces = eth0" "bind interfaces only = yes" \
		"log file = $dir/log" "lock directory = $dir" \
		"state directory = $dir" "cache directory = $dir" \
		"pid directory = $dir" "private dir = $dir" \
		"ncalrpc dir = $dir/ncalrpc" "nmbd:socket dir = $dir/socket" "$@" > "$dir/smb.conf"
}

nmbd_start()	# NAMESPACE NAME [LINE of smb.conf...]
{
	local ns=$1 dir=$tmp/nmbd.$2

	shift
	smb_config "$dir" "$@"
	start "$ns" udp 137 nmbd -F --no-process-group -s "$dir/smb.conf"
}

# The name has the address WANTED. nmbd answers after it has made sure of its
# name, and nmblookup waits two seconds.
nmb_has()	# NAMESPACE ADDRESS NAME WANTED
{
	smb_config "$tmp/nmblookup" ASKER
	busywait 20 nmb_lookup "$@" || { cat "$tmp/nmblookup/out"; return 1; }
}

nmb_lookup()	# NAMESPACE ADDRESS NAME WANTED...
{
	local ns=$1 how=-U address=$2 name=$3

	[[ $address != *.255 ]] || how=-B
	shift 3
	on "$ns" nmblookup -s "$tmp/nmblookup/smb.conf" $how "$address" "$name" \
		> "$tmp/nmblookup/out"
	[ "$(sed -n 's/ .*<00>$//p' "$tmp/nmblookup/out" | sort | xargs)" = "$*" ]
}

# nmbd announces itself to ADDRESS by a datagram whose header has the address of
# its sender, at RECEIVER as WANTED.
nmb_announces()	# NAMESPACE ADDRESS RECEIVER WANTED
{
	local rc=0 hex pid

	# shellcheck disable=SC2046,SC2086 # four numbers
	hex=$(printf %02x $(tr . ' ' <<< $4))
	(exec ip netns exec "$3" timeout $((2 * peer_limit)) tcpdump -n -i eth0 \
		-c 1 "udp dst port 138 and udp[12:4] = 0x$hex") \
		> "$tmp/tcpdump.log" 2>&1 &
	pid=$!
	busywait 10 grep -q "listening on" "$tmp/tcpdump.log" || return
	nmbd_start "$1" CALLER "remote announce = $2/ALGATE" || return
	wait "$pid" || { rc=1; cat "$tmp/tcpdump.log"; }
	stop
	return $rc
}

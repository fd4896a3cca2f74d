#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions are called by check
# The test network itself: it forwards allowed packets and filters all others.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need socat ping

refused()	# COMMAND...
{
	! "$@"
}

# -u: socat only receives. With an input, socat waits only half a second for the
# answer after the input's end, which is too short on a busy machine.
exchange()	# FAMILY NAMESPACE ADDRESS PORT [SECONDS]
{
	[ "$(on "$2" socat -u -T 60 "TCP$1:$3:$4,connect-timeout=${5:-60}" -)" = hello ]
}

listening()	# PORT
{
	on "$s" ss -Hltn "sport = $1" | grep -q .
}

# A file has the same device number as its directory. Otherwise tar
# --one-file-system skips the file, and Amanda's backups are empty.
one_file_system()
{
	mkdir "$tmp/dir" && : > "$tmp/dir/file" &&
		[ "$(stat -c %d "$tmp/dir")" = "$(stat -c %d "$tmp/dir/file")" ] &&
		find "$tmp/dir" -xdev -type f | grep -q . &&
		tar -C "$tmp/dir" -cf - --one-file-system \
			--listed-incremental="$tmp/snar" . | tar -tf - | grep -q file
}

check "files of tests are on one file system" one_file_system
topo 2
check "masquerading is set up" nat_masq
on "$s" socat TCP6-LISTEN:7,fork,reuseaddr,ipv6only=0 SYSTEM:'echo hello' &
busywait 5 listening 7

for ns in "$c0" "$c1"; do
	check "IPv4 ping" on "$ns" ping -q -c 1 -W 5 $s_ip
	check "IPv6 ping" on "$ns" ping -q -c 1 -W 5 $s_ip6
	check "IPv4 TCP" exchange 4 "$ns" $s_ip 7
	check "IPv6 TCP" exchange 6 "$ns" "[$s_ip6]" 7
done
check "no offloads" offload off
check "IPv4 TCP without offloads" exchange 4 "$c0" $s_ip 7
check "offloads" offload on

check "destination NAT is set up" nat_dnat tcp 70 7
check "IPv4 TCP to the router" exchange 4 "$c0" $r_lan 70
check "IPv6 TCP to the router" exchange 6 "$c0" "[$r_lan6]" 70

# DNAT comes before the forward hook, so the filter matches the server's port.
check "the strict filter is set up" strict tcp 8
check "IPv4 TCP is filtered" refused exchange 4 "$c0" $s_ip 7 3
finish

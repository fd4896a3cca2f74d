#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# A rewrite that makes a segment longer never makes it longer than the longest
# segment of its sender. The path behind the router may carry only smaller
# packets than the router's own link. The sender already respects the path's
# MTU, and could not react to a message that its segment was too long.
# timeout: 240

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

# The server's device silently drops frames longer than its MTU. The MTU also
# determines the MSS that the server announces.
small_mtu()	# BYTES
{
	on "$s" ip link set eth0 mtu "$1"
}

topo
check "source NAT" nat_snat 192.0.2.100
check "no offloads: segments are cut before the link" offload off
check "a small path" small_mtu 700
plugin_up ftp tcp 21
verdicts "small path" python3 "$ROOT/selftests/vm/small_path.py" "$c0" "$s" \
	$s_ip 192.0.2.100 660
comment < <(on "$r" "$ALGCTL" stats show ftp)
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
finish

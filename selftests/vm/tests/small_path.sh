#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# A segment that grew is never longer than those that its sender sends: behind
# the router the path may carry less than the router's own link, and a sender
# that already sends short segments cannot mend it.
# timeout: 240

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

# The link drops frames that the server's device does not take, without a word;
# the server's MSS is that of its device.
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

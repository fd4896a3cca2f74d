#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# With rx-gro-list (for TCP since Linux 6.10), GRO makes a list of packets with
# their own TCP headers. The sequence numbers in all headers are adjusted, not
# only in the first header.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3 ethtool

# Counts packets in which GRO has joined segments.
count_joined()
{
	router_nft <<-END
		table ip joined {
			chain forward {
				type filter hook forward priority filter;
				iifname lan meta length > 2000 counter
			}
		}
	END
}

topo
check "source NAT" nat_snat 192.0.2.100
check "joined segments are counted" count_joined
check "no offloads: segments are cut before the link" offload off
check "the router joins them to lists" on "$r" ethtool -K lan gro on rx-gro-list on
plugin_up ftp tcp 21
verdicts "fraglist" python3 "$ROOT/selftests/vm/fraglist.py" "$c0" "$r" "$s" \
	$s_ip 192.0.2.100
comment < <(on "$r" "$ALGCTL" stats show ftp)
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
finish

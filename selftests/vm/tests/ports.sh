#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# A client behind NAT does not choose ports of the router: an announced port is
# kept only inside of the range, and no port is opened that is reserved, at
# which a local socket receives, or at which another host's flow exists.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

nat_except()	# PORT
{
	router_nft <<-END
		table inet masq {
			chain postrouting {
				type nat hook postrouting priority srcnat;
				oifname wan tcp dport != $1 masquerade
				oifname wan udp dport != $1 masquerade
			}
		}
	END
}

attach()
{
	on "$r" "$ALGCTL" attach add ports tcp dport 21 &&
		on "$r" "$ALGCTL" attach add ports tcp dport 2121
}

topo routed 2
nat_except 2121
load_module
check "load" "$ALGCTL" plugin load "$ROOT/selftests/vm/ports.alg" || finish
check "attach" attach
flows_anew
verdicts "ports" python3 "$ROOT/selftests/vm/ports.py" "$c0" "$c1" "$r" "$s" \
	$s_ip $s_ip6 $r_wan "$ALGCTL"
finish

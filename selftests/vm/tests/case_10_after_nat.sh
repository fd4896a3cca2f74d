#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Case 10: "ct helper set" after NAT. The flow has no extension to correct
# sequence numbers, so a rewrite that would change the length is refused, and
# the stream stays intact.
# timeout: 60

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

# Translates to a longer address than the client's, and sets the helper in the
# last chain.
late_helper()
{
	ip -n "$r" addr add 192.0.2.100/24 dev wan && router_nft <<-END
		table ip late {
			ct helper alg {
				type "ftp" protocol tcp
			}
			chain prerouting {
				type nat hook prerouting priority dstnat;
				ip daddr 192.0.2.77 dnat to $s_ip
			}
			chain postrouting {
				type nat hook postrouting priority srcnat;
				oifname wan snat to 192.0.2.100
			}
			chain late {
				type filter hook postrouting priority 200;
				tcp dport 21 ct helper set "alg"
			}
		}
	END
}

topo
load_module
check "load" "$ALGCTL" plugin load "$PLUGINS/ftp.alg" || finish
check "a helper behind NAT" late_helper || finish
verdicts "ftp" python3 "$ROOT/selftests/vm/after_nat.py" "$c0" "$r" "$s" \
	$s_ip "$c0_ip" 192.0.2.100
check "the rules go" on "$r" nft delete table ip late
finish

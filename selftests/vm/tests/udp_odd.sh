#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Rewritten datagrams have the right checksum, also if they arrive in fragments
# or grow beyond a link's MTU. Rules see only complete datagrams.
# timeout: 180

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

public=192.0.2.100
public6=2001:db8:2::1000:100

# Translates to longer addresses than the client's.
long_addresses()
{
	ip -n "$r" addr add "$public/24" dev wan &&
		ip -n "$r" addr add "$public6/64" dev wan nodad && router_nft <<-END
		table inet masq {
			chain postrouting {
				type nat hook postrouting priority srcnat;
				oifname wan snat ip to $public
				oifname wan snat ip6 to $public6
			}
		}
	END
}

topo
check "source NAT" long_addresses
strict udp 7000
for dev in "$c0 eth0" "$r lan" "$r wan" "$s eth0"; do
	check "checksums are made in software" on "${dev% *}" \
		ethtool -K "${dev#* }" tx off
done
load_module
check "load" "$ALGCTL" plugin load "$ROOT/selftests/vm/hello.alg" || finish
check "attach" on "$r" "$ALGCTL" attach add hello udp dport 7000 || finish
odd()	# NAME SERVER PUBLIC
{
	verdicts "$1" python3 "$ROOT/selftests/vm/udp_odd.py" "$c0" "$r" "$s" "$2" "$3"
}
odd "IPv4" $s_ip $public
odd "IPv6" $s_ip6 $public6
check "detach" on "$r" "$ALGCTL" attach del hello udp dport 7000
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2154 # functions are called by check
#
# A host that accepts only expected packets asks all hosts of a network by
# broadcast or multicast. The answers come from the hosts' own addresses.
# kernels: 6.1 7.3

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

# A stranger is behind another device of the host.
second_device()
{
	ip -n "$c0" link add eth1 type veth peer name eth1 netns "$s" || return
	ip -n "$c0" -batch - <<-END || return
		addr add 198.51.100.10/24 dev eth1
		link set eth1 up
	END
	ip -n "$s" -batch - <<-END
		addr add 198.51.100.2/24 dev eth1
		link set eth1 up
		route add $c0_ip via 198.51.100.10 dev eth1
	END
}

input_filter()
{
	on "$c0" nft -f - <<-END
		table inet fw {
			counter lost { }
			chain input {
				type filter hook input priority filter; policy drop;
				ct state established,related accept
				meta l4proto { icmp, ipv6-icmp } accept
				meta l4proto udp counter name lost
			}
		}
	END
}

up()	# NAME PORT
{
	"$ALGCTL" plugin load "$PLUGINS/$1.alg" &&
		on "$c0" "$ALGCTL" attach add "$1" udp dport "$2"
}

topo 3
check "another device" second_device || finish
check "filter" input_filter || finish
verdicts "without" "$ROOT/selftests/vm/broadcast.py" closed "$c0" "$s" "$c1" "$c2"
load_module
check "netbios-ns" up netbios-ns 137
check "xdmcp" up xdmcp 177
check "mdns" up mdns 5353
check "slp" up slp 427
check "dhcpv6" up dhcpv6 547
check "snmp" up snmp 161
on "$c0" conntrack -F 2> /dev/null
verdicts "with" "$ROOT/selftests/vm/broadcast.py" open "$c0" "$s" "$c1" "$c2"
check "a neighbour's answer uses an expectation" counts "$c0" netbios-ns used 4
check "another device is refused" counts "$c0" netbios-ns other_side 2
finish

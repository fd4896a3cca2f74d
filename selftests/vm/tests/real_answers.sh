#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2154 # functions are called by check
#
# A host that accepts only expected packets asks all hosts of its network, by
# programs from Debian's packages: nmblookup, drill, a control point of GUPnP,
# and WIDE's DHCPv6 client. Samba, Avahi, MiniDLNA and dnsmasq answer.
# kernels: 6.1
# timeout: 400

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
for peers in netbios mdns upnp dhcpv6; do
	# shellcheck source=/dev/null # several
	. "$ROOT/selftests/peers_$peers.sh"
done

input_filter()
{
	on "$c0" nft -f - <<-END
		table inet fw {
			chain input {
				type filter hook input priority filter; policy drop;
				iifname lo accept
				ct state established,related accept
				meta l4proto { icmp, ipv6-icmp } accept
			}
		}
	END
}

up()	# NAME PROTOCOL PORT
{
	"$ALGCTL" plugin load "$PLUGINS/$1.alg" &&
		on "$c0" "$ALGCTL" attach add "$1" "$2" dport "$3"
}

all()	# NAME [fails]
{
	local name=$1

	shift
	check "$name: a name by broadcast" "$@" \
		nmb_lookup "$c0" 10.0.1.255 BOX "$c1_ip"
	check "$name: a name by multicast" "$@" mdns_lookup "$c0" box "$c1_ip"
	check "$name: events" "$@" upnp_control "$c0" "$c1_ip"
	check "$name: a lease" "$@" dhcpv6_lease "$c0"
}

topo 2
check "nmbd" nmbd_start "$c1" BOX
check "avahi" avahi_start "$c1" box
check "MiniDLNA" minidlna_start "$c1"
check "dnsmasq" dhcpv6_start "$c1"
smb_config "$tmp/nmblookup" ASKER
check "the name is there" nmb_has "$c0" 10.0.1.255 BOX "$c1_ip"
check "the other name, too" mdns_has "$c0" box "$c1_ip"
check "filter" input_filter || finish
upnp_limit=2 dhcpv6_limit=1 all "without" fails
load_module
check "netbios-ns" up netbios-ns udp 137
check "mdns" up mdns udp 5353
check "ssdp" up ssdp udp 1900
check "dhcpv6" up dhcpv6 udp 547
on "$c0" conntrack -F 2> /dev/null
all "with"
finish

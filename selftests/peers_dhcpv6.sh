#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_dhcpv6.sh - dnsmasq as the server, and WIDE's client (root/root.sh).
# Source it after peers.sh.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

dhcpv6_start()	# NAMESPACE
{
	start "$1" udp 547 dnsmasq -k -C /dev/null -p 0 -u root \
		--log-facility=- --log-dhcp --pid-file= --interface=eth0 \
		--dhcp-leasefile="$tmp/leases" \
		--dhcp-range=fd00:1::100,fd00:1::1ff,64,1h
}

# The host gets an address from the server.
dhcpv6_lease()	# NAMESPACE
{
	local rc=0

	mkdir -p "$tmp/dhcp6c"
	echo 'interface eth0 { send ia-na 0; }; id-assoc na 0 { };' \
		> "$tmp/dhcp6c/conf"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	(exec ip netns exec "$1" sh -c 'mkdir -p /var/lib/dhcpv6 &&
		mount --bind "$0" /var/lib/dhcpv6 &&
		exec dhcp6c -f -c "$0/conf" -p "$0/pid" -k "$0/key" eth0' \
		"$tmp/dhcp6c") > "$tmp/dhcp6c/log" 2>&1 &
	dhcp6c=$!
	busywait "${dhcpv6_limit:-20}" dhcpv6_has "$1" ||
		{ rc=1; cat "$tmp/dhcp6c/log"; }
	kill -9 $dhcp6c
	wait $dhcp6c || true
	return $rc
} 2> /dev/null

dhcpv6_has()	# NAMESPACE
{
	ip -n "$1" -6 addr show dev eth0 | grep 'fd00:1::1[0-9a-f][0-9a-f]/'
}

# shellcheck disable=SC2034 # for capture.sh
capture_filter='udp port 547'
capture_dhcpv6()
{
	dhcpv6_start "$c1" && dhcpv6_lease "$c0"
}

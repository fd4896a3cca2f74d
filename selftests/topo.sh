#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# topo.sh - part of lib.sh: a network of clients, a NAT router and a server
#
#	c0 eth0 --+
#	c1 eth0 --+-- lan r wan -- eth0 s
#	...
# shellcheck disable=SC2034,SC2154 # variables from lib.sh and for the tests

r_lan=10.0.1.1 r_lan6=fd00:1::1
r_wan=192.0.2.1 r_wan6=2001:db8:2::1
s_ip=192.0.2.2 s_ip6=2001:db8:2::2
r='' s='' c0='' c1='' c2='' c0_ip='' c0_ip6='' c1_ip='' c1_ip6='' c2_ip='' c2_ip6=''
clients=()

# Client cINDEX gets the addresses 10.0.1.(10 + INDEX) and fd00:1::(10 + INDEX).
client_link()	# INDEX
{
	local i=$1 ns=c$1 port=lan

	ns=${!ns}
	[ ${#clients[@]} = 1 ] || port=lan$i
	printf -v "c${i}_ip" %s "10.0.1.$((10 + i))"
	printf -v "c${i}_ip6" %s "fd00:1::$((10 + i))"
	ip -n "$r" link add "$port" type veth peer name eth0 netns "$ns"
	[ "$port" = lan ] || ip -n "$r" link set "$port" master lan up
	ip -n "$ns" -batch - <<-END
		addr add 10.0.1.$((10 + i))/24 dev eth0
		addr add fd00:1::$((10 + i))/64 dev eth0 nodad
		link set eth0 up
		route add default via $r_lan
		route add default via $r_lan6
	END
}

server_link()
{
	ip -n "$r" link add wan type veth peer name eth0 netns "$s"
	ip -n "$s" -batch - <<-END
		addr add $s_ip/24 dev eth0
		addr add $s_ip6/64 dev eth0 nodad
		link set eth0 up
	END
	[ "$1" != routed ] || clients_route add
}

# The server's routes to the clients
clients_route()	# add|del
{
	ip -n "$s" -batch - <<-END
		route $1 10.0.1.0/24 via $r_wan
		route $1 fd00:1::/64 via $r_wan6
	END
}

# routed: the server gets routes to the clients, for tests without NAT.
topo()	# [routed] [CLIENTS]
{
	local mode='' i

	[ "${1:-}" != routed ] || { mode=routed; shift; }
	for ((i = 0; i < ${1:-1}; i++)); do
		clients+=("c$i")
	done
	setup_ns r s "${clients[@]}" || return
	on "$r" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	[ ${#clients[@]} = 1 ] || ip -n "$r" link add lan type bridge mcast_snooping 0
	for i in "${!clients[@]}"; do
		client_link "$i"
	done
	server_link "$mode"
	ip -n "$r" -batch - <<-END
		addr add $r_lan/24 dev lan
		addr add $r_lan6/64 dev lan nodad
		addr add $r_wan/24 dev wan
		addr add $r_wan6/64 dev wan nodad
		link set lan up
		link set wan up
	END
}

offload()	# on|off
{
	local ns dev

	for ns in "${namespaces[@]}"; do
		for dev in $(ip -n "$ns" -br link show type veth | sed 's/[@ ].*//'); do
			on "$ns" ethtool -K "$dev" gro "$1" tso "$1" gso "$1" || return
		done
	done
}

# Deletes all flows of the router. Conntrack applies new NAT rules and new
# attachments only to new flows; without the deletion, a test that reuses a port
# would depend on the speed of the machine.
flows_anew()
{
	on "$r" conntrack -F 2> /dev/null
}

router_nft()
{
	on "$r" nft -f - && flows_anew
}

nat_masq()
{
	router_nft <<-END
		table inet masq {
			chain postrouting {
				type nat hook postrouting priority srcnat;
				oifname wan masquerade
			}
		}
	END
}

# Translates to ADDRESS instead of the router's own address, so that a test can
# choose an address with more characters than the client's address.
nat_snat()	# ADDRESS
{
	ip -n "$r" addr add "$1/24" dev wan && router_nft <<-END
		table inet masq {
			chain postrouting {
				type nat hook postrouting priority srcnat;
				oifname wan snat ip to $1
			}
		}
	END
}

# The server needs a route back to the clients: use topo routed, or nat_masq.
nat_dnat()	# PROTOCOL PORT [SERVERPORT]
{
	router_nft <<-END
		table inet portmap {
			chain prerouting {
				type nat hook prerouting priority dstnat;
				iifname lan ip daddr $r_lan $1 dport $2 dnat ip to $s_ip:${3:-$2}
				iifname lan ip6 daddr $r_lan6 $1 dport $2 dnat ip6 to [$s_ip6]:${3:-$2}
			}
		}
	END
}

nat_none()
{
	router_nft <<-END
		table inet masq
		delete table inet masq
		table inet portmap
		delete table inet portmap
	END
}

# The router forwards new flows only to PORT: a data connection needs an
# expectation. Each call allows another port.
strict()	# PROTOCOL PORT
{
	router_nft <<-END
		table inet strict {
			chain forward {
				type filter hook forward priority filter; policy drop;
				ct state established,related accept
				$1 dport $2 accept
			}
		}
	END
}

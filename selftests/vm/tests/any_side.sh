#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119,SC2154 # functions are called by check
#
# An expectation for any host serves hosts on the peer's side, by any device
# that leads to the peer. Another host of the protected side, or of another
# VLAN, has no use of it and does not use it up. If the rules name a host, no
# other host but the peer has a use of it.
# timeout: 180

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

provider=203.0.113.5 provider6=2001:db8:5::5
stranger=203.0.113.7 stranger6=2001:db8:5::7
third=203.0.113.9 third6=2001:db8:5::9
public=192.0.2.100 public6=2001:db8:2::100

# The provider and two strangers are behind both wan and wan2.
uplinks()
{
	ip -n "$r" link add wan2 type veth peer name eth1 netns "$s" || return
	ip -n "$r" -batch - <<-END || return
		addr add 198.51.100.1/24 dev wan2
		addr add 2001:db8:3::1/64 dev wan2 nodad
		addr add $public/24 dev wan
		addr add $public6/64 dev wan nodad
		link set wan2 up
		route add 203.0.113.0/24 nexthop via $s_ip dev wan nexthop via 198.51.100.2 dev wan2
		route add 2001:db8:5::/64 nexthop via $s_ip6 dev wan nexthop via 2001:db8:3::2 dev wan2
	END
	ip -n "$s" -batch - <<-END
		addr add 198.51.100.2/24 dev eth1
		addr add 2001:db8:3::2/64 dev eth1 nodad
		link set eth1 up
		addr add $provider/32 dev lo
		addr add $stranger/32 dev lo
		addr add $third/32 dev lo
		addr add $provider6/128 dev lo
		addr add $stranger6/128 dev lo
		addr add $third6/128 dev lo
		route add $public via 198.51.100.1 dev eth1 metric 100
		route add $public6 via 2001:db8:3::1 dev eth1 metric 4096
		route add 10.0.1.0/24 via $r_wan
		route add 10.0.1.0/24 via 198.51.100.1 dev eth1 metric 100
		route add fd00:1::/64 via $r_wan6
		route add fd00:1::/64 via 2001:db8:3::1 dev eth1 metric 4096
	END
}

vlan()
{
	setup_ns v || return
	ip -n "$r" link add trunk type veth peer name eth0 netns "$v" || return
	ip -n "$r" -batch - <<-END || return
		link add link trunk name vlan20 type vlan id 20
		addr add 10.0.20.1/24 dev vlan20
		addr add fd00:20::1/64 dev vlan20 nodad
		link set trunk up
		link set vlan20 up
	END
	ip -n "$v" -batch - <<-END
		link add link eth0 name vlan20 type vlan id 20
		addr add 10.0.20.10/24 dev vlan20
		addr add fd00:20::10/64 dev vlan20 nodad
		link set eth0 up
		link set vlan20 up
		route add default via 10.0.20.1
		route add default via fd00:20::1
	END
}

snat()
{
	router_nft <<-END
		table inet masq {
			chain postrouting {
				type nat hook postrouting priority srcnat;
				oifname { wan, wan2 } snat ip to $public
				oifname { wan, wan2 } snat ip6 to $public6
			}
		}
	END
}

# The hook that serves such expectations is there or not. Linux 6.1 of Debian does
# not list hooks.
hooked()	# NETNS yes|no
{
	local there=no

	on "$1" nft list hooks ip > "$tmp/hooks"
	cat "$tmp/hooks"
	! grep -q side_hook "$tmp/hooks" || there=yes
	[ "$there" = "$2" ]
}

hooks()	# NAME NETNS yes|no
{
	if [ -n "$listed" ]; then
		check "$1" hooked "$2" "$3"
	else
		skip "$1" "the kernel does not list hooks"
	fi
}

topo 2
check "two uplinks" uplinks || finish
check "another VLAN" vlan || finish
snat
strict udp 7002
load_module
check "load" "$ALGCTL" plugin load "$ROOT/selftests/vm/any_side.alg" || finish
listed=$(on "$r" nft list hooks ip 2> /dev/null | grep nf_conntrack)
hooks "the router has no hook before the attachment" "$r" no
check "attach" on "$r" "$ALGCTL" attach add side udp dport 7002 || finish
hooks "the router has a hook behind it" "$r" yes
verdicts "hosts" python3 "$ROOT/selftests/vm/any_side.py" "$c0" "$c1" "$v" \
	"$r" "$s" "$ALGCTL"
hooks "a namespace without attachments has no hook" "$c0" no
check "no other class" refused "no class of that name" \
	on "$r" "$ALGCTL" plugin set side other peer
check "detach" on "$r" "$ALGCTL" attach del side udp dport 7002
check "unload" "$ALGCTL" plugin unload side
hooks "the router has no hook after the unload" "$r" no
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions are called by check
#
# A plug-in is unloaded while the first packet of a flow waits in a bridge for a
# neighbour's address. Conntrack has not confirmed the flow yet, but the flow
# has a helper. Afterwards, no other plug-in may inspect the flow, and the
# kernel must print no warning. The plug-in itself may inspect the flow when it
# is loaded again. Linux 6.1 drops the waiting packet in the end, because the
# unload made its helper invalid.
# timeout: 120

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

there=10.0.1.20 alias=10.0.1.99

# c0 -- bridge of r -- s. Nobody answers neighbour requests for the address of
# s.
bridge()
{
	setup_ns r s c0 && modprobe -a bridge br_netfilter &&
		ip -n "$r" link add lan type bridge mcast_snooping 0 &&
		port "$c0" lan0 && port "$s" lan1 &&
		ip -n "$r" addr add 10.0.1.1/24 dev lan &&
		ip -n "$r" link set lan up &&
		ip -n "$c0" addr add 10.0.1.10/24 dev eth0 &&
		ip -n "$c0" neigh add "$alias" lladdr 02:00:00:00:00:20 dev eth0 &&
		ip -n "$s" link set eth0 address 02:00:00:00:00:20 &&
		on "$r" sysctl -qw net.bridge.bridge-nf-call-iptables=1 \
			net.ipv4.ip_forward=1 net.ipv4.neigh.lan.mcast_solicit=1000
}

port()	# NAMESPACE PORT
{
	ip -n "$r" link add "$2" type veth peer name eth0 netns "$1" &&
		ip -n "$r" link set "$2" master lan up &&
		ip -n "$1" link set eth0 up
}

translate()
{
	router_nft <<-END
		table ip translate {
			chain prerouting {
				type nat hook prerouting priority dstnat;
				ip daddr $alias udp dport 69 dnat to $there
			}
		}
	END
}

up()
{
	"$ALGCTL" plugin load "$PLUGINS/tftp.alg" &&
		on "$r" "$ALGCTL" attach add tftp udp dport 69
}

down()
{
	on "$r" "$ALGCTL" attach del tftp udp dport 69 &&
		"$ALGCTL" plugin unload tftp
}

attached()
{
	on "$r" "$ALGCTL" attach show | grep 'flows 1'
}

# Sends a request, which waits in the bridge until the neighbour answers.
ask()	# SOURCEPORT
{
	on "$c0" python3 -c '
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.bind(("", int(sys.argv[2])))
    s.sendto(b"\0\1file\0octet\0", (sys.argv[1], 69))' "$alias" "$1" &&
		busywait 10 asleep
}

asleep()
{
	ip -n "$r" neigh show "$there" dev lan | grep -q INCOMPLETE
}

# Loads other plug-ins, which may get the memory of the unloaded plug-in. The
# flow would call such a plug-in if it still pointed to that memory.
others()
{
	"$ALGCTL" plugin load "$PLUGINS"/{ftp,irc,sip,rtsp}.alg
}

wakes()	# SOURCEPORT
{
	dropped=$(drops)
	ip -n "$s" addr add "$there"/24 dev eth0 && busywait 20 woken "$1"
}

woken()	# SOURCEPORT
{
	confirmed "$1" || [ "$(drops)" -gt "$dropped" ]
}

# Prints the number of packets whose flow conntrack could not confirm.
drops()
{
	on "$r" conntrack -S | grep -oE '(insert_failed|drop)=[0-9]+' |
		awk -F = '{ n += $2 } END { print n + 0 }'
}

sleeps()
{
	ip -n "$s" addr del "$there"/24 dev eth0
	ip -n "$r" neigh flush dev lan
}

confirmed()	# SOURCEPORT
{
	on "$r" conntrack -L -p udp --sport "$1" 2> /dev/null | grep -q "$there"
}

others_have()
{
	on "$r" "$ALGCTL" flow show | grep "^[a-z]" | grep -v "^tftp "
}

bridge || skip_all "no bridge"
load_module
check "translation" translate
check "load" up || finish
check "a packet waits for the neighbour" ask 3001
check "its flow has a helper" attached
check "unload" down
check "load other plug-ins" others
check "the packet leaves the bridge or is dropped" wakes 3001
check "no other plug-in has a flow" fails others_have

sleeps
check "load again" up
check "a packet waits for the neighbour" ask 3002
check "unload" down
check "load again" up
check "the packet leaves the bridge or is dropped" wakes 3002
check "no other plug-in has a flow" fails others_have
check "unload" down
finish

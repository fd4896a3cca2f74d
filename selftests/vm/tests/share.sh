#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# One host uses up a limit that all hosts share, but nine other hosts still get
# their share. A host that is alone gets everything. Hosts outside use up the
# share of the host inside that they connect to. A new flow beyond the limit of
# flows evicts an unanswered flow.
# timeout: 180

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/talk.sh
. "$ROOT/selftests/talk.sh"
need python3

# Adds nine addresses to the client, and nine to the server, for other hosts.
addresses()
{
	local i

	for i in {101..109}; do
		others+=("${c0_ip%.*}.$i")
		outside+=("${s_ip%.*}.$i")
		ip -n "$c0" addr add "${others[-1]}/24" dev eth0 &&
			ip -n "$s" addr add "${outside[-1]}/24" dev eth0 || return
	done
}

nat_inward()
{
	router_nft <<-END
		table inet inward {
			chain prerouting {
				type nat hook prerouting priority dstnat;
				iifname wan tcp dport 21 dnat ip to $c0_ip
			}
		}
	END
}

limit()	# LIMIT NUMBER
{
	on "$r" "$ALGCTL" limit set "$1" "$2"
}

share()	# WHAT OTHER...
{
	local what=$1

	shift
	python3 "$ROOT/selftests/vm/share.py" "$what" "$c0" "$s" "$s_ip" \
		"$r_wan" "$c0_ip" "$@"
}

# The counter of refusals at a limit is above NUMBER.
refused_since()	# NUMBER
{
	[ "$(counter "$r" ftp limit)" -gt "$1" ]
}

flows()	# NUMBER
{
	local n

	n=$(on "$r" "$ALGCTL" flow show | grep -cE ' (tcp|udp) ')
	[ "$n" = "$1" ] || { echo "$n flows, not $1"; return 1; }
}

# A single flow announces NUMBER ports at once, as a trunk of many calls does.
# No announcement is refused.
trunk()	# FIRST NUMBER
{
	local refused

	refused=$(counter "$r" ftp limit)
	# shellcheck disable=SC2046 # words
	talk ports trunk $(seq "$1" $(($1 + $2 - 1))) > /dev/null &&
		counts "$r" ftp limit "$refused" &&
		[ "$(grep -o "$r_wan:" <<< "$answer" | wc -l)" = "$2" ]
}

# Sends datagrams that nobody answers, each from its own port, so in its own
# flow.
datagrams()	# FIRST LAST
{
	on "$c0" python3 - "$s_ip" "$1" "$2" <<-END
		import socket, sys
		for port in range(int(sys.argv[2]), int(sys.argv[3]) + 1):
		    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    s.bind(('', port))
		    s.sendto(b'x', (sys.argv[1], 7000))
	END
}

hello()	# PORT
{
	on "$c0" socat -u - "UDP4:$s_ip:7000,sourceport=$1" \
		<<< "HELLO $c0_ip 45000 "
}

inspected()	# PORT
{
	on "$r" "$ALGCTL" flow show plugin hello | grep -q "$c0_ip:$1 "
}

topo
others=() outside=()
check "nine other addresses" addresses || finish
nat_masq
plugin_up ftp tcp 21
check "limit of a hundred openings a second" limit rate 100
verdicts "rate" share rate "${others[@]}"
check "delete conntrack's entries" on "$r" conntrack -F
check "the flows end with them" busywait 20 flows 0
check "limit of 32768 openings a second, for a trunk" limit rate 32768
check "limit of twenty expectations" limit expects 20
verdicts "table" share table "${others[@]}"
check "translate connections from outside" nat_inward
check "the flows end" busywait 20 flows 0
refused=$(counter "$r" ftp limit)
verdicts "outside" share outside "${others[0]}" "${outside[@]}"
check "hosts outside are refused" refused_since "$refused"
check "delete conntrack's entries" on "$r" conntrack -F
check "the flows end with them" busywait 20 flows 0

check "talk" talk_start 21
check "open a flow for a trunk" talk open trunk
check "limit of 16384 expectations" limit expects 16384
check "the trunk opens two thousand ports at once" trunk 34000 2000

check "load" "$ALGCTL" plugin load "$ROOT/selftests/vm/hello.alg"
check "attach" on "$r" "$ALGCTL" attach add hello udp dport 7000
check "limit of three flows" limit flows 3
check "a datagram announces a port" hello 5000
check "the port is opened" counts "$r" hello opened 1
check "send twenty datagrams that nobody answers" datagrams 5001 5020
check "their flows evict each other" counts "$r" hello evicted 19
check "no flow is refused" counts "$r" hello flow_limit 0
check "the last flow is inspected" inspected 5020
check "the flow that has opened a port stays" inspected 5000
check "the answered flow stays" trunk 37000 1
check "three flows are inspected" flows 3
check "detach" on "$r" "$ALGCTL" attach del hello udp dport 7000
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
finish

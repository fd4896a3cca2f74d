#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# A UDP flow of a client inside whose first datagram is not the protocol's is
# stopped, and stays so when conntrack's entry ends and comes back. A datagram
# from outside stops nothing.
# timeout: 240

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3 socat

cat > "$tmp/begin.alg" <<-END
	plugin begin
	service udp 7005
	frame datagram
	expect data max 255 timeout 1h
	begin client: "OPEN "
	client: "OPEN " p:port end { open data udp server -> self p }
END

# A datagram of the client from PORT
datagram()	# PORT TEXT [ADDRESS]
{
	on "$c0" socat -u - "UDP4:${3:-$s_ip}:7005,sourceport=$1" <<< "$2"
}

# An OPEN from PORT opens a port, if STATE is read.
is()	# read|stopped PORT [ADDRESS]
{
	local before after

	before=$(counter "$r" begin opened)
	port=$((port + 1))
	printf 'OPEN %s' "$port" |
		on "$c0" socat -u - "UDP4:${3:-$s_ip}:7005,sourceport=$2" || return
	after=$(counter "$r" begin opened)
	[ $((after - before)) = "$([ "$1" = read ] && echo 1 || echo 0)" ]
}

# Conntrack forgets the flow from PORT.
gone()	# PORT
{
	on "$r" conntrack -D -p udp --orig-port-src "$1" > /dev/null
}

forget()	# FILTER...
{
	on "$r" "$ALGCTL" flow forget "$@"
}

port=41000
topo routed
nat_masq
load_module
check "load" "$ALGCTL" plugin load "$tmp/begin.alg" || finish
check "attach" on "$r" "$ALGCTL" attach add begin udp dport 7005
check "a flow is read" is read 5001
check "another one begins with another protocol" datagram 5002 "GET / HTTP/1.1 and more"
check "it is stopped" is stopped 5002
check "conntrack forgets it" gone 5002
check "it stays stopped" is stopped 5002
check "conntrack forgets both" on "$r" conntrack -F
check "it stays stopped" is stopped 5002
check "the other is read" is read 5001
check "it is counted each time" counts "$r" begin not_begun 3
check "forget flows to another port" forget dport 7006
check "forget another host's" forget from 10.0.1.64/26
check "it is still stopped" is stopped 5002
check "forget it" forget plugin begin proto udp from 10.0.1.0/24 dport 7005
check "it is read, in the same entry of conntrack" is read 5002
check "conntrack forgets it" gone 5002
check "it is read" is read 5002
check "of an unknown plug-in" refused "no plug-in of that name" forget plugin none
check "a flow that begins with another protocol" datagram 5003 "GET / HTTP/1.1 and more"
check "forget all" forget
check "it is read" is read 5003

nat_none
nat_dnat udp 7005
check "a datagram from outside" datagram 5004 "anybody can send this" $r_lan
check "the flow is read" is read 5004 $r_lan
check "detach" on "$r" "$ALGCTL" attach del begin udp dport 7005
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2154 # functions are called by check
#
# Programs from Debian's packages, through source and destination NAT with a
# filter that drops unexpected packets: rsh, talk, Samba's nmbd, the kernel's
# NFS 4.0, xdm with Xvfb, Dante.
# kernels: 6.1
# timeout: 600

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
for peers in rsh talk nfs4 xdmcp netbios socks; do
	# shellcheck source=/dev/null # several
	. "$ROOT/selftests/peers_$peers.sh"
done

up()	# NAME tcp|udp PORT
{
	"$ALGCTL" plugin load "$PLUGINS/$1.alg" &&
		on "$r" "$ALGCTL" attach add "$1" "$2" dport "$3"
}

# trixie has no rsh and no Dante.
has()	# COMMAND
{
	command -v "$1" > /dev/null
}

# Calls from outside reach c0.
talk_inwards()
{
	router_nft <<-END
		table inet inwards {
			chain prerouting {
				type nat hook prerouting priority dstnat;
				iifname wan ip daddr $r_wan udp dport 518 dnat ip to $c0_ip
			}
		}
	END
}

# The programs of c0 with the server at ADDRESS
all()	# NAME ADDRESS ADDRESS6
{
	check "$1: talk" talk_call "$c0" "$2" "$s" far $r_wan
	check "$1: NFS" nfs4_calls_back "$c0" "$2"
	check "$1: NFS, IPv6" nfs4_calls_back "$c0" "$3"
	check "$1: a display" xdmcp_login "$c0" "$2" "$c0_ip"
	check "$1: a display, IPv6" xdmcp_login "$c0" "$3" "$c0_ip6"
	check "$1: a name" nmb_has "$c0" "$2" SERVER "$2"
	check "$1: an announcement" nmb_announces "$c0" "$2" "$s" $r_wan
	if has rsh; then
		check "$1: rsh" rsh_run "$c0" "$2"
		check "$1: rsh, IPv6" rsh_run "$c0" "$3"
	fi
	if has danted; then
		check "$1: datagrams by a proxy" socks_datagram "$c0" "$2"
	fi
}

services="talk:udp:518 rsh:tcp:514 nfs4:tcp:2049 xdmcp:udp:177 socks:tcp:1080
	netbios-ns:udp:137 netbios-dgm:udp:138"
topo 2
nat_masq
talk_inwards
for service in $services; do
	IFS=: read -r _ protocol port <<< "$service"
	strict "$protocol" "$port"
done
check "talkd outside" talkd_start "$s" far
check "talkd inside" talkd_start "$c0" near
check "NFS" nfs4_start "$s"
check "xdm" xdm_start "$s"
check "nmbd" nmbd_start "$s" SERVER
! has in.rshd || check "rshd" rshd_start "$s"
check "name server" names_start "$s"
! has danted || check "danted" danted_start "$s"
check "without: NFS" nfs4_only_reads "$c0" $s_ip
xdmcp_limit=2 check "without: no display" fails xdmcp_login "$c0" $s_ip "$c0_ip"
! has rsh || rsh_limit=4 check "without: no rsh" fails rsh_run "$c0" $s_ip

load_module
for service in $services; do
	IFS=: read -r name protocol port <<< "$service"
	check "$name" up "$name" "$protocol" "$port" || finish
done
flows_anew
all "SNAT" $s_ip $s_ip6
check "SNAT: talk, from outside" talk_call "$s" $r_wan "$c0" near $s_ip
for service in $services; do
	IFS=: read -r _ protocol port <<< "$service"
	nat_dnat "$protocol" "$port"
done
all "SNAT and DNAT" $r_lan $r_lan6
for service in $services; do
	check "${service%%:*}: nothing was refused" \
		counts "$r" "${service%%:*}" require 0
done
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# A client asks rpcbind for the port of a service, over UDP and TCP, by version
# 2 (a number) and version 4 (a universal address), and then reaches the service
# at this port: through a filter that drops other packets, and through source
# and destination NAT. rusersd lists the logged-in user, and NFS transfers a
# file.
# timeout: 360

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
# shellcheck source=selftests/peers_sunrpc.sh
. "$ROOT/selftests/peers_sunrpc.sh"
need rpcbind rpcinfo rpc.mountd rpc.rusersd rpc.nfsd showmount exportfs rusers \
	mount.nfs python3

# Asks rpcbind for the ports of several services, and calls these services.
services()	# NAME ADDRESS
{
	local ask

	for ask in rpc_getport rpc_getaddr; do
		check "$1: $ask, rusersd" $ask "$c0" "$2" udp 100002
		check "$1: $ask, mountd, UDP" $ask "$c0" "$2" udp 100005
		check "$1: $ask, mountd, TCP" $ask "$c0" "$2" tcp 100005
	done
	check "$1: exports" rpc_exports "$c0" "$2"
	check "$1: users" rpc_rusers "$c0" "$2"
	check "$1: NFS" rpc_nfs "$c0" "$2"
	check "$1: all services" on "$c0" rpcinfo -p "$2"
}

# IPv6: universal addresses only, and no rusersd
services6()	# NAME ADDRESS
{
	check "$1: rpc_getaddr, mountd, UDP" rpc_getaddr "$c0" "$2" udp 100005
	check "$1: rpc_getaddr, mountd, TCP" rpc_getaddr "$c0" "$2" tcp 100005
	check "$1: NFS" rpc_nfs "$c0" "$2" 6
}

without()	# NAME ADDRESS
{
	local ask protocol rpc_limit=3

	for ask in rpc_getport rpc_getaddr; do
		for protocol in udp tcp; do
			check "$1: $ask, mountd, $protocol fails" fails \
				$ask "$c0" "$2" $protocol 100005
		done
	done
	check "$1: exports fail" fails rpc_exports "$c0" "$2"
	check "$1: users fail" fails rpc_rusers "$c0" "$2"
	check "$1: all services" on "$c0" rpcinfo -p "$2"
}

topo routed
check "start" sunrpc_start "$s" || finish
services "no NAT, no filter" $s_ip
services6 "no NAT, no filter, IPv6" $s_ip6
strict tcp 111
strict udp 111
without "filter" $s_ip
nat_masq
without "SNAT" $s_ip
nat_dnat tcp 111
nat_dnat udp 111
without "SNAT and DNAT" $r_lan

nat_none
plugin_up sunrpc tcp 111
check "attach, UDP" on "$r" "$ALGCTL" attach add sunrpc udp dport 111
shows_list()
{
	[[ $(on "$r" "$ALGCTL" plugin show) = *" param programs 100005 "* ]]
}

# The administrator allows mountd alone.
listed()	# NAME
{
	local rpc_limit=3

	check "$1: shown" shows_list
	check "$1: rusersd is not reached" fails rpc_getport "$c0" $s_ip udp 100002
	check "$1: mountd is reached" rpc_getport "$c0" $s_ip tcp 100005
}

check "list" on "$r" "$ALGCTL" plugin set sunrpc param programs 100005
listed "list"
check "replace" "$ALGCTL" plugin replace "$ROOT/plugins/sunrpc.alg"
listed "replaced"
on "$r" "$ALGCTL" save > "$tmp/saved"
check "any" on "$r" "$ALGCTL" plugin set sunrpc param programs any
check "restore" on "$r" "$ALGCTL" restore "$tmp/saved"
listed "restored"
printf 'plugin set sunrpc param programs %s\n' 100002 1-0 > "$tmp/wrong"
check "a wrong list is not restored" refused "nothing was changed" \
	on "$r" "$ALGCTL" restore "$tmp/wrong"
printf 'plugin set sunrpc param %s 100002\n' programs ports > "$tmp/wrong"
check "nor a list beside a wrong name" refused "are undone" \
	on "$r" "$ALGCTL" restore "$tmp/wrong"
check "undone" shows_list
check "no list of another name" refused "no parameter of that name" \
	on "$r" "$ALGCTL" plugin set sunrpc param ports 1
grep -v '^param' "$ROOT/plugins/sunrpc.alg" |
	sed 's/if program in programs//' > "$tmp/sunrpc.alg"
check "no replacement without the list" refused "not all parameters" \
	"$ALGCTL" plugin replace "$tmp/sunrpc.alg"
check "as before" on "$r" "$ALGCTL" plugin set sunrpc param programs any

services "no NAT" $s_ip
services6 "no NAT, IPv6" $s_ip6
check "nothing was rewritten" counts "$r" sunrpc rewritten 0
check "who asks again is answered again" counts "$r" sunrpc no_port 0
nat_masq
services "SNAT" $s_ip
services6 "NAT66" $s_ip6

# Universal addresses are rewritten, and so are ports outside of the range of
# public ports.
for nat in none masq; do
	nat_none
	nat_$nat
	nat_dnat tcp 111
	nat_dnat udp 111
	services "DNAT and $nat" $r_lan
	services6 "DNAT and $nat, IPv6" $r_lan6
done
check "detach" on "$r" "$ALGCTL" attach del sunrpc tcp dport 111
check "detach, UDP" on "$r" "$ALGCTL" attach del sunrpc udp dport 111
finish

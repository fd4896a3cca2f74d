#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# A client asks Samba's endpoint mapper for the ports of services, and then uses
# the services at these ports: through a filter that drops other packets, and
# through source and destination NAT, which changes the ports.
# timeout: 400

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
# shellcheck source=selftests/peers_msrpc.sh
. "$ROOT/selftests/peers_msrpc.sh"
need python3
[ -x /usr/libexec/samba/samba-dcerpcd ] || skip_all "no samba-dcerpcd"

services()	# NAME ADDRESS
{
	local service

	for service in srvsvc wkssvc winreg; do
		check "$1: $service" msrpc_asks "$c0" "$2" $service
	done
}

without()	# NAME ADDRESS
{
	local msrpc_limit=5

	check "$1: srvsvc fails" fails msrpc_asks "$c0" "$2" srvsvc
}

# The client reads the port and connects there. Samba's services themselves do not
# answer in this order.
big_endian()
{
	local before msrpc_limit=5

	before=$(counter "$r" msrpc used)
	msrpc_asks "$c0" "$r_lan" winreg
	[ "$(counter "$r" msrpc used)" -gt "$before" ]
}

topo routed
check "start" msrpc_start "$s" || finish
services "no NAT, no filter" $s_ip
strict tcp 135
without "filter" $s_ip
nat_masq
nat_dnat tcp 135
without "SNAT and DNAT" $r_lan

nat_none
plugin_up msrpc tcp 135
services "no NAT" $s_ip
services "no NAT, IPv6" $s_ip6
check "nothing was rewritten" counts "$r" msrpc rewritten 0
nat_masq
services "SNAT" $s_ip
services "NAT66" $s_ip6
check "ports for NAT" on "$r" "$ALGCTL" limit set ports 50000-50009
for nat in none masq; do
	nat_none
	nat_$nat
	nat_dnat tcp 135
	services "DNAT and $nat" $r_lan
	services "DNAT and $nat, IPv6" $r_lan6
done

# The administrator allows winreg alone: its number is 338cd001-...
check "list" on "$r" "$ALGCTL" plugin set msrpc param interfaces 864866305
check "list: winreg" msrpc_asks "$c0" "$r_lan" winreg
without "list" $r_lan
check "any" on "$r" "$ALGCTL" plugin set msrpc param interfaces any

# A server whose numbers are big-endian
stop
msrpc_start "$s" "rpc big endian = yes"
check "big-endian: the client connects" big_endian
check "nothing was refused" counts "$r" msrpc require 0
finish

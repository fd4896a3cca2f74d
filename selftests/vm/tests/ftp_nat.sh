#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# FTP transfers succeed with NAT on either side, on both or none, and with the
# router as the client. A filter drops all unexpected data connections.
# timeout: 400

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
need curl

# A get and a put in each active and passive mode. REWRITTEN is the expected
# number of rewritten messages.
transfers()	# NAME NAMESPACE ADDRESS REWRITTEN [OPTIONS...]
{
	local name=$1 ns=$2 address=$3 wanted=$4 mode before

	shift 4
	curl_options=("$@")
	before=$(counter "$r" ftp rewritten)
	for mode in port eprt pasv epsv; do
		case $mode$address in
		port*:*|pasv*:*) continue ;;
		esac
		check "$name: $mode get and put" both "$ns" $mode "$address"
	done
	check "$name: $wanted messages rewritten" \
		counts "$r" ftp rewritten $((before + wanted))
}

# Runs curl only once for both transfers: on an emulated machine, starting curl
# takes longer than a transfer.
both()	# NAMESPACE MODE ADDRESS
{
	rm -f "$received/file" "$served/in/put"
	curl_ftp "$@" both "${curl_options[@]}"
	cmp "$served/file" "$received/file" && cmp "$served/file" "$served/in/put"
}

strict_input()
{
	router_nft <<-END
		table inet strict {
			chain input {
				type filter hook input priority filter; policy drop;
				ct state established,related accept
				meta l4proto ipv6-icmp accept
			}
		}
	END
}

topo routed
strict tcp 21
strict_input
check "start" vsftpd_start "$s" || finish
plugin_up ftp tcp 21
# The server listens at any port above 1023, and no port has to move.
check "public ports" on "$r" "$ALGCTL" limit set ports 1024-65535

transfers "no NAT" "$c0" $s_ip 0
transfers "no NAT6" "$c0" $s_ip6 0

# The reply to EPSV contains only a port, which DNAT does not change.
nat_dnat tcp 21
transfers "DNAT" "$c0" $r_lan 2
transfers "DNAT6" "$c0" $r_lan6 0

nat_masq
transfers "SNAT and DNAT" "$c0" $r_lan 6
transfers "SNAT and DNAT6" "$c0" $r_lan6 2
nat_none

nat_masq
transfers "SNAT" "$c0" $s_ip 4
transfers "NAT66" "$c0" $s_ip6 2

transfers "on the router" "$r" $s_ip 0
transfers "on the router, IPv6" "$r" $s_ip6 0
transfers "on the router, translated" "$r" $s_ip 4 --interface $r_lan
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
finish

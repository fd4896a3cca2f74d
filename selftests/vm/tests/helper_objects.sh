#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# A rule of nft or of iptables can assign a plug-in as a helper. The rule holds
# a reference to the plug-in. If the kernel has a helper of the same name, the
# load is refused, and the message names the kernel's module.
# timeout: 120

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
need curl iptables

nft_helper()
{
	router_nft <<-END
		table ip helpers {
			ct helper files {
				type "ftp" protocol tcp
			}
			chain prerouting {
				type filter hook prerouting priority filter;
				tcp dport 21 ct helper set "files"
			}
		}
	END
}

without()
{
	! curl_ftp "$c0" port "$s_ip" get -m 5
}

load()
{
	"$ALGCTL" plugin load "$PLUGINS/ftp.alg"
}

topo
nat_masq
strict tcp 21
check "start" vsftpd_start "$s" || finish
load_module

check "a helper of the kernel" modprobe nf_conntrack_ftp
check "the error names it" refused "rmmod nf_conntrack_" load
check "which helps" rmmod nf_conntrack_ftp
check "load" load || finish
check "loaded and not attached: nothing is inspected" without

check "nft ct helper set" nft_helper
check "port get" ftp_get curl "$c0" port $s_ip
check "eprt put" ftp_put curl "$c0" eprt $s_ip
check "pasv get" ftp_get curl "$c0" pasv $s_ip
check "three were opened" counts "$r" ftp opened 3
check "unload is refused" refused "hold the plug-in" \
	"$ALGCTL" plugin unload ftp
check "replace is not" "$ALGCTL" plugin replace "$PLUGINS/ftp.alg"
check "port get" ftp_get curl "$c0" port $s_ip
check "the object goes" on "$r" nft delete table ip helpers
check "unload" busywait 5 "$ALGCTL" plugin unload ftp

check "load" load || finish
check "iptables -j CT --helper" on "$r" iptables -t raw -A PREROUTING -p tcp \
	--dport 21 -j CT --helper ftp
check "port get" ftp_get curl "$c0" port $s_ip
check "eprt put" ftp_put curl "$c0" eprt $s_ip
check "unload is refused" refused "hold the plug-in" \
	"$ALGCTL" plugin unload ftp
check "the rule goes" on "$r" iptables -t raw -F
check "unload" busywait 5 "$ALGCTL" plugin unload ftp
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# A rule of nft or of iptables can assign a plug-in as a helper. The rule holds
# a reference to the plug-in. If the kernel has a helper of the same name, the
# load is refused, and the message names the kernel's module. A name may have
# capitals and a dot.
# timeout: 180

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
need curl iptables

nft_helper()	# PLUGIN
{
	router_nft <<-END
		table ip helpers {
			ct helper files {
				type "$1" protocol tcp
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

openmetrics()
{
	on "$r" "$ALGCTL" stats show --openmetrics |
		grep -q 'opened_total{plugin="Q.931"} 2$'
}

save()
{
	on "$r" "$ALGCTL" save > "$tmp/saved"
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

check "nft ct helper set" nft_helper ftp
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

sed 's/^plugin ftp/plugin Q.931/' "$PLUGINS/ftp.alg" > "$tmp/Q.931.alg"
sed 's/^plugin ftp/plugin q.931/' "$PLUGINS/ftp.alg" > "$tmp/other.alg"
export ALGATE_PATH=$tmp
check "a name with capitals" "$ALGCTL" plugin load Q.931 || finish
check "a name with other capitals" refused "only in capitals" \
	"$ALGCTL" plugin load other
check "nft ct helper set" nft_helper Q.931
check "port get" ftp_get curl "$c0" port $s_ip
check "it was opened" counts "$r" Q.931 opened 1
check "the list has it" on "$r" grep -q ' Q.931 tcp ' /proc/net/algate/flows
check "the object goes" on "$r" nft delete table ip helpers
check "attach" on "$r" "$ALGCTL" attach add Q.931 tcp dport 21
check "pasv get" ftp_get curl "$c0" pasv $s_ip
check "it was opened" counts "$r" Q.931 opened 2
check "metrics" openmetrics
check "save" save
check "the attachment goes" on "$r" "$ALGCTL" attach del Q.931 tcp dport 21
check "unload" busywait 5 "$ALGCTL" plugin unload Q.931
check "restore" on "$r" "$ALGCTL" restore "$tmp/saved"
check "eprt put" ftp_put curl "$c0" eprt $s_ip
check "it was opened" counts "$r" Q.931 opened 1
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Each client gets and puts a file, through source NAT with a filter that drops
# unexpected packets, and through destination NAT.
# timeout: 240

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
need curl tftp atftp busybox python3

transfers()	# NAME SERVER ADDRESS CLIENT...
{
	local name=$1 server=$2 address=$3 client verb

	shift 3
	for client; do
		for verb in get put; do
			[ "$server$verb" != dnsmasqput ] || continue
			check "$name: $server $client $verb" \
				tftp_$verb "$client" "$c0" "$address"
			n=$((n + 1))
		done
	done
}

without()
{
	! on "$c0" curl -sS -m 4 -o "$received/file" "tftp://$s_ip/file"
}

port_free()
{
	! listens "$s" udp 69
}

# The process of a single transfer keeps the port open longer than the server
# process, so kill all processes of the namespace.
stop_all()
{
	stop
	ip netns pids "$s" | xargs -r kill
	check "the port is free" busywait 20 port_free
}

topo
nat_masq
strict udp 69
check "tftpd" tftpd_start "$s" || finish
check "fails without the plug-in" without
stop_all
plugin_up tftp udp 69

n=0
for name in tftpd atftpd dnsmasq; do
	check "$name" ${name}_start "$s" || finish
	transfers "SNAT" $name "$s_ip" curl tftpclient atftp busybox
	# atftpd answers only one address family
	[ $name = atftpd ] || transfers "NAT66" $name "$s_ip6" curl
	stop_all
done
check "an expectation for each" counts "$r" tftp used $n

check "tftpd again" tftpd_start "$s" || finish
nat_dnat udp 69
transfers "SNAT and DNAT" tftpd $r_lan curl tftpclient atftp busybox
nat_none
nat_dnat udp 69
ip -n "$s" route add 10.0.1.0/24 via $r_wan
transfers "DNAT" tftpd $r_lan curl busybox
stop_all
verdicts "retries" python3 "$ROOT/selftests/vm/tftp_retry.py" \
	"$c0" "$s" $s_ip $r_lan
check "detach" on "$r" "$ALGCTL" attach del tftp udp dport 69
finish

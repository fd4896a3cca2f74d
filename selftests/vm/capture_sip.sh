#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Records what phones really send, for `algctl plugin try`: capture_sip.sh DIR
# writes DIR/sip_*.pcap, signalling only, as seen on the router's inside. Not a
# test. In the VM: selftests/vm/run -o selftests/golden/try
# selftests/vm/capture_sip.sh /out

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh" > /dev/null
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
# shellcheck source=selftests/peers_sip.sh
. "$ROOT/selftests/peers_sip.sh"
out=$1

# -U: each packet is in the file when it is known to have passed.
record()	# NAME FILTER
{
	ip netns exec "$r" tcpdump -U -q -n -i lan -s 0 -Z root -w "$tmp/pcap" \
		"$2" > /dev/null 2> "$tmp/tcpdump" &
	tcpdump=$!
	busywait 20 grep -q "listening on" "$tmp/tcpdump" || exit 1
	name=$1
}

# It ends by itself when it has read what was queued.
record_end()
{
	kill -INT $tcpdump
	wait $tcpdump
	cp "$tmp/pcap" "$out/$name.pcap" || exit 1
	[ "$(stat -c %s "$tmp/pcap")" -lt 24576 ] || exit 1
}

sip_flows()	# NAME FLOW...: from the inside phone
{
	local flow

	record "$1" "port 5060"
	shift
	for flow; do
		sip_flow "$flow" "$c0" "$c0_ip" "$s" "$s_ip" || exit 1
	done
	record_end
}

topo routed
sip_flows sip_udp call
sip_flows sip_hold hold
sip_flows sip_early early
sip_flows sip_refused cancel busy
sipp_calls=3
sip_flows sip_several call
sipp_calls=1
sipp_transport=t1
sip_flows sip_tcp call
sipp_transport=u1

record sip_v6 "port 5060"
sip_flow call "$c0" "$c0_ip6" "$s" "$s_ip6" || exit 1
record_end

record sip_register "port 5060"
sip_flow register "$c0" "$c0_ip" "$s" "$s_ip" || exit 1
contact=$(cat "$media/contact")
sipp_from=5070
sip_flow call "$s" "$s_ip" "$c0" "$c0_ip" "$contact" || exit 1
record_end
exit 0

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions are called by busywait
#
# capture_sip.sh DIR - records SIP phones and RTSP viewers on the router's inner
# side, and writes DIR/sip_*.pcap and DIR/rtsp_*.pcap. The captures contain only
# signalling, and test `algctl plugin try`. This script is not a test. In the
# VM:
#
#	vm/run -o golden/try vm/capture_sip.sh /out

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh" > /dev/null
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
# shellcheck source=selftests/peers_sip.sh
. "$ROOT/selftests/peers_sip.sh"
# shellcheck source=selftests/peers_rtsp.sh
. "$ROOT/selftests/peers_rtsp.sh"
# shellcheck source=selftests/peers_phone.sh
. "$ROOT/selftests/peers_phone.sh"
out=$1

record()	# NAME FILTER
{
	: > "$tmp/tcpdump"
	ip netns exec "$r" tcpdump -U --immediate-mode -n -i lan -s 0 -Z root -w "$tmp/pcap" \
		"$2 or port 9" > /dev/null 2> "$tmp/tcpdump" &
	tcpdump=$!
	busywait 20 grep -q "listening on" "$tmp/tcpdump" || exit 1
	name=$1 filter=$2
}

marked()
{
	[ -n "$(tcpdump -n -r "$tmp/pcap" port 9 2> /dev/null)" ]
}

# Sends a datagram as a mark. When the file contains the mark, it also contains
# all earlier datagrams.
record_end()
{
	on "$c0" bash -c "echo > /dev/udp/$s_ip/9"
	busywait 20 marked || exit 1
	kill -INT $tcpdump
	wait $tcpdump
	tcpdump -n -Z root -r "$tmp/pcap" -w "$out/$name.pcap" "$filter" 2> /dev/null || exit 1
	[ "$(stat -c %s "$out/$name.pcap")" -lt 24576 ] || exit 1
}

sip_flows()	# NAME FLOW...: the phone inside is the caller
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
contact=$(sip_contact)
sipp_from=5070
sip_flow call "$s" "$s_ip" "$c0" "$c0_ip" "$contact" || exit 1
record_end

# the control connections of viewers, without the media
rtsp_start "$s" || exit 1
for viewer in ffmpeg gst; do
	record rtsp_$viewer "tcp port 554"
	rtsp_play $viewer "$c0" "$s_ip" udp || exit 1
	record_end
done

# Alice calls carol through the proxy, and carol calls alice.
kamailio_start "$s" "$s_ip" || exit 1
phone_start "$s" carol "$s_ip" 5062 "$s_ip" || exit 1
for transport in udp tcp; do
	record sip_baresip_$transport "port 5060"
	phone_start "$c0" alice "$c0_ip" 5060 "$s_ip" $transport || exit 1
	phones_talk alice "$c0" carol "$s" "sip:carol@$s_ip" > /dev/null || exit 1
	phones_talk carol "$s" alice "$c0" "sip:alice@$s_ip" > /dev/null || exit 1
	phone_stop alice
	record_end
done
exit 0

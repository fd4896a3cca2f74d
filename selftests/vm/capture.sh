#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2119 # servers without options
#
# capture.sh NAME DIR - records the control connection of the protocol NAME,
# between widely used programs and without NAT, on the router's inner side, and
# writes DIR/NAME.pcap. The captures test `algctl plugin try`:
#
#	selftests/vm/run -o selftests/golden/try -- selftests/vm/capture.sh sane /out

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
[ $# = 2 ] || skip_all "usage: capture.sh NAME DIR"
name=$1 dir=$2
peers=$ROOT/selftests/peers_$name.sh
[ -e "$peers" ] || skip_all "no $peers"
# shellcheck source=/dev/null # one of several
. "$peers"

# shellcheck disable=SC2317 # called by busywait
capturing()
{
	grep -q "listening on" "$tmp/tcpdump.log"
}

# capture_NAME runs the exchange, $capture_filter selects packets. Both are in
# peers_NAME.sh.
topo routed 2
on "$r" tcpdump -U --immediate-mode -Z root -n -i lan -s 0 -w "$tmp/pcap" "${capture_filter:?}" \
	2> "$tmp/tcpdump.log" &
tcpdump=$!
busywait 10 capturing || finish
check "$name" "capture_$name"

pkill -INT -P $tcpdump -x tcpdump || kill -INT $tcpdump
wait $tcpdump
cp "$tmp/pcap" "$dir/$name.pcap"
comment < "$tmp/tcpdump.log"
check "packets" tcpdump -q -n -c 1 -r "$dir/$name.pcap"
check "below 16 KB" [ "$(stat -c %s "$dir/$name.pcap")" -lt 16384 ]
finish

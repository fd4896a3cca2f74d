#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Compares the results of all plug-ins on all captures of the tree with an
# independent dissector, tshark, which runs in a private root (root/root.sh).

root=$(cd "$(dirname "$0")/../.." && pwd)
golden=$root/selftests/golden
out=$root/build/tshark
algctl=${ALGCTL:-$root/tools/algctl}

try()	# NAME PLUGIN CAPTURE OPTIONS...
{
	mkdir -p "$out/$2"
	"$algctl" --json plugin try "$root/plugins/$2.alg" "$3" "${@:4}" \
		> "$out/$2/$1.json"
}

rm -rf "$out"
for f in "$golden"/try/*.pcap; do
	name=$(basename "$f" .pcap)
	[ ! -e "$root/plugins/${name%%_*}.alg" ] ||
		try "$name" "${name%%_*}" "$f" --snat 192.0.2.1 \
			--dnat 198.51.100.222 --port-offset 1001
done
while read -r report plugin options; do
	for f in "$golden/reports/$report"/*.pcap "$golden/reports/$report.pcap"; do
		# shellcheck disable=SC2086
		[ ! -e "$f" ] || try "$(basename "$report")-$(basename "$f" .pcap)" \
			"$plugin" "$f" $options
	done
done < "$golden/reports/LIST"
for kind in legal dialogue; do
	"$golden/datagrams.py" "$out/$kind.pcap" 5060 "$golden/sip/$kind"-*
	try "$kind" sip "$out/$kind.pcap" --snat 192.0.2.1 --port-offset 1001
done
if [ -n "${ALGATE_TSHARK:-}" ]; then
	exec "$root/selftests/tshark/compare.py" "$out"
fi
exec "$root/selftests/root/root.sh" run tshark \
	"$root/selftests/tshark/compare.py" "$out"

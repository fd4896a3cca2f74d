#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs in the guest. Measures making, listing and ending many inspected flows.

# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
file=/proc/net/algate/flows
each=${1:-5000}	# number of flows for each of four ports
ports="4001 4002 4003 4004"

make()
{
	local port

	for port in $ports; do
		on "$c0" python3 "$ROOT/selftests/bench/flows.py" "$s_ip" \
			"$port" "$each"
	done
}

# Prints the bytes that a flow takes in its slab cache. The kernel may have
# merged the cache with another cache.
slab()
{
	cat /sys/kernel/slab/algate_flow/slab_size 2> /dev/null ||
		awk '$1 == "algate_flow" { print $4 }' /proc/slabinfo
}

# The figure is valid only if it equals WANTED.
exact()	# ROW WANTED FIGURE
{
	if [ "$3" = "$2" ]; then
		figure "$1" "" "$3"
	else
		figure "$1" "" invalid "$3, not $2"
		invalid=1
	fi
}

# Measures a new flow. The median excludes exchanges during which a listing ran.
one_more()	# ROW
{
	local out

	out=$("$generator" -n 200 -w 0 helped fill-new "$c0" "$r" "$s" \
		< /dev/null) || out="0 invalid"
	set -- "$1" "$out"
	out=${2#* }
	figure "$1" "" "${out%% *}" "$2"
}

in_router()	# COMMAND...
{
	spent ip netns exec "$r" "$@"
}

beside_listing()
{
	local lister

	while :; do
		on "$r" cat "$file" > /dev/null
	done &
	lister=$!
	one_more "new flow and its answer, while they are listed"
	kill "$lister"
	wait "$lister" 2> /dev/null
}

lines()
{
	on "$r" cat "$file" | tail -n +2 | wc -l
}

network
quiet
sysctl -qw net.netfilter.nf_conntrack_buckets=262144 \
	net.netfilter.nf_conntrack_max=1000000
on "$r" sysctl -qw net.netfilter.nf_conntrack_udp_timeout=3600
bench_module
plugin_file p1
load "$tmp/p1.alg"
attach p1 udp 2001
for port in $ports; do
	on "$r" "$ALGCTL" attach add p1 udp sport "$port"
done
one_more "new flow and its answer, first"
on "$r" conntrack -F > /dev/null 2>&1
on "$r" "$ALGCTL" limit set flows $((4 * each + 1000))
make
all=$((4 * each))
exact "flows" "$all" "$(lines)"
exact "of these in algctl flow show" "$all" \
	"$(on "$r" "$ALGCTL" flow show -d | grep -c conntrack)"
figure "bytes of a flow" "" "$(slab)"
figure "algctl flow show" "" "$(in_router "$ALGCTL" flow show -d)"
figure "its longest call of the kernel" "" \
	"$(on "$r" python3 "$ROOT/selftests/bench/held.py" netlink)"
figure "cat /proc/net/algate/flows" "" "$(in_router cat "$file")"
figure "its longest call" "" \
	"$(on "$r" python3 "$ROOT/selftests/bench/held.py" "$file")"
one_more "new flow and its answer, beside these"
beside_listing
figure "conntrack -F, which ends them" "" "$(in_router conntrack -F)"
exact "flows after it" 0 "$(lines)"
exit $invalid

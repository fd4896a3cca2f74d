#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# sweep.sh N - in the guest: what the sweep takes for N flows, each with an
# expectation that expires, and what it takes for N flows with none.

# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
flows=${1:-20000}
addresses=4
seconds=30
trace=/sys/kernel/tracing
table=sweep

# The work queue tells when the sweep begins and ends.
trace_begin()
{
	local address event

	mount -t tracefs none $trace 2> /dev/null
	address=$(awk '$3 == "sweep" && $4 == "[algate]" { print $1 }' \
		/proc/kallsyms)
	echo mono > $trace/trace_clock
	echo 8192 > $trace/buffer_size_kb
	for event in workqueue_execute_start workqueue_execute_end; do
		echo "function == 0x$address" > $trace/events/workqueue/$event/filter
		echo 1 > $trace/events/workqueue/$event/enable
	done
}

# Nanoseconds in the sweep since the last call; the number of sweeps.
swept()
{
	awk '
		/^#/ { next }
		{ match($0, / [0-9]+\.[0-9]+: /)
		  at = substr($0, RSTART + 1, RLENGTH - 3) }
		/workqueue_execute_start/ { start = at; next }
		start { sum += at - start; n++; start = 0 }
		END { printf "%.0f %d\n", sum * 1e9, n }' $trace/trace
	echo > $trace/trace
}

all_expired()
{
	[ "$(counter "$r" crowd expired)" = "$flows" ]
}

make()
{
	local i

	for ((i = 0; i < addresses; i++)); do
		on "$c0" python3 "$ROOT/selftests/bench/crowd.py" "$c0_ip" \
			"192.0.2.$((100 + i))" $((flows / addresses)) 1 1
	done
}

network
quiet
for ((i = 0; i < addresses; i++)); do
	ip -n "$s" addr add "192.0.2.$((100 + i))/24" dev eth0
	neighbour "$r" wan "192.0.2.$((100 + i))" "$s" eth0
done
sysctl -qw net.netfilter.nf_conntrack_buckets=262144 \
	net.netfilter.nf_conntrack_max=2000000 \
	net.netfilter.nf_conntrack_expect_max=2000000
on "$r" sysctl -qw net.netfilter.nf_conntrack_udp_timeout=36000
bench_module
on "$r" "$ALGCTL" limit set expects 2000000 flows 2000000
plugin_crowd 1m 1 1
trace_begin
make
opened=$(counter "$r" crowd opened)
if [ "$opened" != "$flows" ]; then
	figure "an expectation that expires" "" invalid "$opened of $flows opened"
	exit 1
fi
# seldom, since a process that asks runs within a sweep
for ((i = 0; i < 200; i++)); do
	! all_expired || break
	sleep 5
done
read -r ns n < <(swept)
sleep $seconds
read -r idle m < <(swept)
comment <<< "$ns ns in $n sweeps, then $idle ns in $m sweeps"
figure "a sweep of $flows flows without expectations" "" $((idle / m))
figure "more for each expectation that expires" "" \
	$(((ns - idle * n / m) / flows))
exit $invalid

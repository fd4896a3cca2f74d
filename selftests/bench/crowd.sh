#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# crowd.sh HASHSIZE - in the guest: the cost of a new flow that nobody inspects,
# beside so many expectations, with HASHSIZE lists in conntrack's table of
# expectations.

# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
each=10 ports=10
table=crowd

new_flow()	# ROW
{
	local out

	out=$("$generator" -n 400 none plain-new "$c0" "$r" "$s" < /dev/null) ||
		{ invalid=1; out="invalid $out"; }
	figure "$1" "$size lists" "${out%% *}" "$out"
}

expects()	# N
{
	on "$c0" python3 "$ROOT/selftests/bench/crowd.py" "$c0_ip" "$s_ip" \
		$(($1 / each / ports)) $each $ports
	if [ "$(on "$r" conntrack -C expect)" != "$1" ]; then
		figure "$1 expectations" "$size lists" invalid "not all are there"
		invalid=1
	fi
}

size=$1
modprobe nf_conntrack "expect_hashsize=$size"
network
quiet
sysctl -qw net.netfilter.nf_conntrack_expect_max=200000
bench_module
plugin_crowd 1h 191 $ports
new_flow "no expectation"
for n in 10000 100000; do
	on "$r" conntrack -F > /dev/null 2>&1
	expects $n
	new_flow "$n expectations"
done
exit $invalid

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench.sh [KERNEL...] - measures the cost of algate, prints tables, and keeps
# them in build/bench. BENCH_FLOWS: number of flows for the measurements with
# many flows.
set -u

cd "$(dirname "$0")/../.." || exit
out=build/bench
flows=${BENCH_FLOWS:-20000}
[ $# != 0 ] || set -- 6.12 6.1
rm -rf "$out"
mkdir -p "$out"
# compile for the libraries of the oldest guest
selftests/root/root.sh run bookworm gcc -O2 -Wall -Wextra -Werror \
	-o "$out/exchange" selftests/bench/*.c || exit
selftests/bench/costliest.sh > "$out/messages" || exit
mkdir "$out/costliest"
mv "$out/messages" "$out/costliest/figures"

# The VMs measure instructions, not time, so they can run in parallel.
kernel()	# KERNEL
{
	local part rc=0 args

	mkdir -p "$out/$1"
	: > "$out/$1/figures"
	for part in exchange growth many; do
		args=()
		[ $part != many ] || args=($((flows / 4)))
		selftests/vm/run -i -k "$1" -m 2048 -t "${BENCH_LIMIT:-1200}" \
			-l "$out/$1/console-$part" -o "$out/$1" \
			"selftests/bench/$part.sh" "${args[@]}" \
			> "$out/$1/log-$part" 2>&1 ||
			{ rc=$?; sed "s/^/$1: /" "$out/$1/log-$part"; }
	done
	return $rc
}

machines=()
for k; do
	kernel "$k" &
	machines+=($!)
done
rc=0
for machine in "${machines[@]}"; do
	wait "$machine" || rc=1
done
python3 selftests/bench/report.py "$out" "$@" || rc=1
exit $rc

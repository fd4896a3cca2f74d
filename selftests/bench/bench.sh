#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench.sh [KERNEL...] - measures the cost of algate, prints tables, and keeps
# them in build/bench. BENCH_FLOWS: number of flows for the measurements with
# many flows, and for the sweep.
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
	local part name rc=0 args

	mkdir -p "$out/$1"
	: > "$out/$1/figures"
	for part in exchange growth "many $((flows / 4))" sip "crowd 1024" \
		    "crowd 65536" "sweep $flows"; do
		read -ra args <<< "$part"
		name=${part// /-}
		selftests/vm/run -i -k "$1" -m 2048 -t "${BENCH_LIMIT:-1200}" \
			-l "$out/$1/console-$name" -o "$out/$1" \
			"selftests/bench/${args[0]}.sh" "${args[@]:1}" \
			> "$out/$1/log-$name" 2>&1 ||
			{ rc=$?; sed "s/^/$1: /" "$out/$1/log-$name"; }
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

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest.sh KERNEL... - builds programs for a guest of KERNEL, in the guest's
# private root: the module (build/VERSION/algate.ko), algctl and the tests of
# the netlink ABI (build/RELEASE/).
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
# In parallel: kernels of two releases need two private roots.
for kernel; do
	selftests/vm/kernel.sh "$kernel" > /dev/null &
done
wait
for kernel; do
	vars=$(selftests/vm/kernel.sh "$kernel")
	eval "$vars"
	echo "guest.sh: the module and the programs for guests of $kernel" \
		"($VERSION)" >&2
	if [ "$RELEASE" = "$kernel" ]; then
		selftests/cross.sh guest "$kernel" >&2
		continue
	fi
	flags=()
	[ "$kernel" != debug ] || flags=(KCFLAGS=-g)
	log=build/module-$kernel.log
	mkdir -p build
	selftests/module.sh "$kernel" "${flags[@]}" > "$log" 2>&1 || {
		grep -E '(error|warning|Error)' "$log" || tail -n 20 "$log"
		echo "guest.sh: no module for $kernel, see $log"
		exit 1
	} >&2
	selftests/root/root.sh run "$RELEASE" make -s -C tools \
		O="../build/$RELEASE/tools" OUT="../build/$RELEASE/algctl"
	selftests/kselftest.sh "$RELEASE"
done

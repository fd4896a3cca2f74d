#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs each fuzzer for a fixed number of executions from its kept corpus
# (selftests/fuzz/README). Uses clang of bookworm's private root if this root
# exists (make fuzz and make check make it), otherwise clang of this machine.

root=$(cd "$(dirname "$0")/../.." && pwd)
cc=${CLANG:-clang}

run=()
if [ -z "${ALGATE_ROOT:-}" ] && "$root/selftests/root/root.sh" made bookworm; then
	run=("$root/selftests/root/root.sh" run bookworm)
fi
if ! echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
	"${run[@]}" "$cc" -x c -fsanitize=fuzzer,address -o /dev/null - \
		2> /dev/null; then
	echo "# no clang with libFuzzer, nor bookworm's private root"
	exit 4
fi
exec "${run[@]}" "$root/selftests/fuzz/fuzz.sh" check

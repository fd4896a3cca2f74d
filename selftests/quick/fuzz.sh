#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The fuzzers, each for a fixed number of executions from its kept corpus:
# see selftests/fuzz/README. Without clang on this machine, uses clang of
# bookworm's private root, if this root exists (make fuzz, make check).

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

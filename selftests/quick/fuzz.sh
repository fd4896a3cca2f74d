#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The fuzzers, each for a fixed number of executions from its kept corpus:
# see selftests/fuzz/README.

root=$(cd "$(dirname "$0")/../.." && pwd)
cc=${CLANG:-clang}

if ! echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
	"$cc" -x c -fsanitize=fuzzer,address -o /dev/null - 2> /dev/null; then
	echo "# no clang with libFuzzer: selftests/deps.sh fuzz"
	exit 4
fi
exec "$root/selftests/fuzz/fuzz.sh" check

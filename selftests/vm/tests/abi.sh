#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # harness is called by verdicts
#
# The netlink ABI, byte by byte (selftests/c/abi).
# timeout: 600

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"

# The harness prints numbered verdicts; verdicts() expects them without number.
harness()	# PROGRAM
{
	"$ROOT/build/$RELEASE/abi_$1" | sed 's/^\(ok\|not ok\) [0-9]* abi\./\1 /'
	return "${PIPESTATUS[0]}"
}

for name in request rights state source random; do
	check "abi_$name was built (kselftest.sh)" \
		test -x "$ROOT/build/$RELEASE/abi_$name" || finish
done
load_module
check "load" "$ALGCTL" plugin load "$ROOT/selftests/vm/hello.alg" || finish
for name in request rights state source random; do
	verdicts "$name" harness $name
done
check "nothing else is loaded" \
	test "$(tail -n +2 /proc/net/algate/plugins | wc -l)" = 1
check "unload" "$ALGCTL" plugin unload hello
finish

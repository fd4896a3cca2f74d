#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # harness is called by verdicts
#
# Each memory allocation of a request fails in turn
# (selftests/c/abi/abi_fault.c). Needs a kernel with fault injection, such as
# the debug kernel.
# timeout: 600
# kernels: debug

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"

debugfs=/sys/kernel/debug
[ -e /proc/self/fail-nth ] || skip_all "no fault injection in this kernel"

# Lets sleeping allocations fail too, and switches the kernel's messages about
# injected faults off.
may_fail()	# failslab|fail_page_alloc
{
	echo N > "$debugfs/$1/ignore-gfp-wait" &&
		echo 0 > "$debugfs/$1/verbose"
}

harness()
{
	"$ROOT/build/$RELEASE/abi_fault" | sed 's/^\(ok\|not ok\) [0-9]* abi\./\1 /'
	return "${PIPESTATUS[0]}"
}

check "abi_fault was built (kselftest.sh)" test -x "$ROOT/build/$RELEASE/abi_fault" ||
	finish
for kind in failslab fail_page_alloc; do
	check "$kind" may_fail $kind
done
load_module
check "load" "$ALGCTL" plugin load "$ROOT/selftests/vm/hello.alg" || finish
verdicts "fault" harness
check "nothing else is loaded" \
	test "$(tail -n +2 /proc/net/algate/plugins | wc -l)" = 1
check "unload" "$ALGCTL" plugin unload hello
finish

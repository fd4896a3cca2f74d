#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests the stream layer over a bad network (c/stream.c), with segments that no
# well-behaved sender makes (c/stream_odd.c), at its limits (c/stream_limits.c),
# at the beginning of a direction (c/stream_begin.c), with queues of requests
# (c/stream_queue.c), with long and bad messages (c/stream_shared.c), in a flow
# and its child (c/stream_child.c), and where several CPUs handle the packets of
# a flow (c/stream_cpus.c).

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${ALGATE_BUILD:-$root/build/quick}
# cross.sh runs the programs with an emulator
read -ra emulator <<< "${ALGATE_EMULATOR:-}"
read -ra programs < <(make -s -C "$root/selftests" list-STREAM_TESTS)
rc=0

if ! make -s -C "$root/selftests" "${programs[@]}"; then
	echo "not ok stream: it compiles"
	exit 1
fi
for name in "${programs[@]}"; do
	"${emulator[@]}" "$build/$name" || rc=1
done
exit $rc

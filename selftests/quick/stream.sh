#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The stream layer over a bad network (c/stream.c), with segments that no
# well-behaved sender makes (c/stream_odd.c), and at its limits
# (c/stream_limits.c).

set -e
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${ALGATE_BUILD:-$root/build/quick}
mkdir -p "$out"
rc=0
for name in stream stream_odd stream_limits; do
	${CC:-gcc} -g -O1 -Wall -Wextra -D_GNU_SOURCE -std=gnu11 \
		-fsanitize=address,undefined -o "$out/$name" \
		"$root/selftests/c/$name.c" "$root"/tools/compiler/*.c \
		"$root"/kmod/engine/*.c
	"$out/$name" || rc=1
done
exit $rc

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
# cross.sh has other flags, and runs what it builds with an emulator
read -ra flags <<< "${ALGATE_CFLAGS:--fsanitize=address,undefined}"
read -ra emulator <<< "${ALGATE_EMULATOR:-}"
rc=0
for name in stream stream_odd stream_limits; do
	${CC:-gcc} -g -O1 -Wall -Wextra -D_GNU_SOURCE -std=gnu11 \
		"${flags[@]}" -o "$out/$name" \
		"$root/selftests/c/$name.c" "$root"/tools/compiler/*.c \
		"$root"/kmod/engine/*.c
	"${emulator[@]}" "$out/$name" || rc=1
done
exit $rc

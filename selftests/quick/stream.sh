#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The stream layer over a bad network, see c/stream.c.

set -e
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${ALGATE_BUILD:-$root/build/quick}
mkdir -p "$out"
${CC:-gcc} -g -O1 -Wall -Wextra -D_GNU_SOURCE -std=gnu11 \
	-fsanitize=address,undefined -o "$out/stream" \
	"$root"/selftests/c/stream.c "$root"/tools/compiler/*.c \
	"$root"/kmod/engine/*.c
exec "$out/stream"

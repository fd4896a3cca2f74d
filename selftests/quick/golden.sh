#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The rule compiler, in userspace under ASan and UBSan: what the rule texts
# of selftests/golden/*.txt and the plug-ins compile to, what the programs
# make of messages, and what is said about wrong texts. Built into
# $ALGATE_BUILD, build/quick if that is not set.
#
#	golden.sh [-u] [FILE...]	-u: write what comes out into the files

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${ALGATE_BUILD:-$root/build/quick}
cc=${CC:-gcc}
flags=(-g -O1 -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror)
# cross.sh has others, and runs what it builds with an emulator
checks="-fsanitize=address,undefined -fno-sanitize-recover=undefined"
read -ra more <<< "${ALGATE_CFLAGS:-$checks}"
read -ra emulator <<< "${ALGATE_EMULATOR:-}"
flags+=("${more[@]}")
update=
[ "${1:-}" = -u ] && { update=-u; shift; }
files=("$@")
[ $# != 0 ] || files=("$root"/selftests/golden/*.txt)
mapfile -t files < <(realpath "${files[@]}")

mkdir -p "$build" || exit 1
build=$(cd "$build" && pwd)
cd "$root" || exit 1
if ! "$cc" "${flags[@]}" -o "$build/golden" \
	selftests/c/golden{,_send}.c tools/compiler/*.c kmod/engine/*.c; then
	echo "not ok golden: it compiles"
	exit 1
fi
out=$(timeout $((60 * ${ALGATE_SLOW:-1})) "${emulator[@]}" "$build/golden" \
	$update "${files[@]}" 2>&1)
rc=$?
echo "$out"
# one that ends without a verdict has crashed or hung
[ $rc = 0 ] || grep -q '^not ok' <<< "$out" ||
	echo "not ok golden: the test ends ($rc)"
exit $rc

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The engine's tests, in userspace under ASan and UBSan: each engine_NAME.c
# with its engine_NAME_*.c. Built into $ALGATE_BUILD, build/quick if that is
# not set.

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${ALGATE_BUILD:-$root/build/quick}
cc=${CC:-gcc}
flags=(-g -O1 -Wall -Wextra -Werror)
# cross.sh has others, and runs what it builds with an emulator
checks="-fsanitize=address,undefined -fno-sanitize-recover=undefined"
read -ra more <<< "${ALGATE_CFLAGS:-$checks}"
read -ra emulator <<< "${ALGATE_EMULATOR:-}"
flags+=("${more[@]}")
tests=(verify scan value dispatch frame walk memo intent edit adjust turns oracle)
fail=0

cd "$root" || exit 1
mkdir -p "$build" || exit 1
shopt -s nullglob

# what all tests link
objects=()
for src in kmod/engine/*.c \
	selftests/c/{engine_test,engine_gen,engine_gen_message}.c \
	selftests/c/oracle{,_match,_same,_walk}.c tools/compiler/place.c; do
	obj=$build/engine-$(basename "$src" .c).o
	objects+=("$obj")
	if ! "$cc" "${flags[@]}" -c -o "$obj" "$src"; then
		echo "not ok engine: $src compiles"
		exit 1
	fi
done

for t in "${tests[@]}"; do
	if ! "$cc" "${flags[@]}" -o "$build/engine_$t" \
		"selftests/c/engine_$t.c" "selftests/c/engine_${t}"_*.c \
		"${objects[@]}"; then
		echo "not ok engine: engine_$t.c compiles"
		fail=1
		continue
	fi
	out=$(timeout $((30 * ${ALGATE_SLOW:-1})) "${emulator[@]}" \
		"$build/engine_$t" 2>&1)
	rc=$?
	echo "$out"
	[ $rc -eq 0 ] && continue
	fail=1
	# one that ends without a verdict has crashed or hung
	grep -q '^not ok' <<< "$out" || echo "not ok engine: engine_$t ends ($rc)"
done
[ ${#emulator[@]} = 0 ] || exit $fail
if selftests/bench/engine.sh -n; then
	echo "ok engine: the exchanges that are measured are rewritten"
else
	echo "not ok engine: the exchanges that are measured are rewritten"
	fail=1
fi
exit $fail

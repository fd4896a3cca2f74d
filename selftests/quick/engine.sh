#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the engine's tests in userspace, under ASan and UBSan. Each test is built
# from engine_NAME.c and engine_NAME_*.c.

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${ALGATE_BUILD:-$root/build/quick}
# cross.sh runs the programs with an emulator
read -ra emulator <<< "${ALGATE_EMULATOR:-}"
read -ra tests < <(make -s -C "$root/selftests" list-ENGINE)
fail=0

cd "$root" || exit 1
if ! make -s -C selftests engine cost images; then
	echo "not ok engine: it compiles"
	exit 1
fi
for t in "${tests[@]}"; do
	out=$(timeout $((120 * ${ALGATE_SLOW:-1})) "${emulator[@]}" \
		"$build/$t" 2>&1)
	rc=$?
	echo "$out"
	[ $rc -eq 0 ] && continue
	fail=1
	# a program that ends without a verdict has crashed or hung
	grep -q '^not ok' <<< "$out" || echo "not ok engine: $t ends ($rc)"
done
if "${emulator[@]}" "$build/cost" plugins > "$build/cost.log" 2>&1; then
	echo "ok engine: the exchanges that are measured are rewritten"
else
	echo "not ok engine: the exchanges that are measured are rewritten"
	sed 's/^/# /' "$build/cost.log"
	fail=1
fi
# cross.sh compares these images with those of other machines
if "${emulator[@]}" "$build/images" plugins/*.alg > "$build/images.log" 2>&1; then
	echo "ok engine: images of all plug-ins"
else
	echo "not ok engine: images of all plug-ins"
	tail -n 5 "$build/images.log" | sed 's/^/# /'
	fail=1
fi
exit $fail

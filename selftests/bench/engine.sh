#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# engine.sh [EXCHANGE...] - counts the engine's instructions for each exchange
# under callgrind, and lists the most expensive functions. Takes seconds,
# without a VM, in bookworm's private root. The engine is compiled with the
# kernel's options.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
out=${ALGATE_BUILD:-$root/build/bench}/engine
if [ -z "${ALGATE_ROOT:-}" ]; then
	exec "$root/selftests/root/root.sh" run bookworm \
		"$root/selftests/bench/engine.sh" "$@"
fi
rm -rf "$out"
cd "$root"
# shellcheck source=selftests/bench/compile.sh
. selftests/bench/compile.sh
compile_engine "$out" -DALGATE_UNCOUNTED
compile_program "$out/cost" -fno-builtin selftests/c/cost.c \
	selftests/bench/{text,raw,put}.c
valgrind -q --tool=callgrind --instr-atstart=no \
	--callgrind-out-file="$out/calls" "$out/cost" plugins "$@"
python3 selftests/bench/calls.py "$out"/calls.*

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# engine.sh [-n] [EXCHANGE...] - instructions of the engine for each exchange,
# and the functions that take the most, under callgrind: in seconds, without a
# VM. The engine is compiled as kernels are.
#	-n	only see whether every message is rewritten as it should
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
out=${ALGATE_BUILD:-$root/build/bench}/engine
only=
[ "${1:-}" != -n ] || { only=1; shift; }
[ -n "$only" ] || "$root/selftests/deps.sh" bench
flags=(-O2 -g -DALGATE_UNCOUNTED -mgeneral-regs-only -fno-jump-tables
	-fno-strict-aliasing -ftrivial-auto-var-init=zero
	-fstack-protector-strong)

rm -rf "$out"
mkdir -p "$out"
cd "$root"
objects=()
for src in kmod/engine/*.c; do
	objects+=("$out/$(basename "$src" .c).o")
	"${CC:-gcc}" "${flags[@]}" -c -o "${objects[-1]}" "$src"
done
"${CC:-gcc}" -O2 -g -std=gnu11 -D_GNU_SOURCE -fno-builtin -Wall -Wextra \
	-o "$out/cost" selftests/c/cost.c selftests/bench/{text,raw,put}.c \
	tools/compiler/*.c "${objects[@]}"
if [ -n "$only" ]; then
	"$out/cost" plugins "$@"
	exit
fi
valgrind -q --tool=callgrind --instr-atstart=no \
	--callgrind-out-file="$out/calls" "$out/cost" plugins "$@"
python3 selftests/bench/calls.py "$out"/calls.*

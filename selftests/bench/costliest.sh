#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# costliest.sh - measures the most expensive message that the fuzzer cost.c has
# found for each plug-in: the verifier's bound, the steps, and the instructions
# under callgrind. Runs in bookworm's private root, without a VM.
set -eu -o pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
out=${ALGATE_BUILD:-$root/build}/costliest
[ -n "${ALGATE_ROOT:-}" ] ||
	exec "$root/selftests/root/root.sh" run bookworm "$0" "$@"
cd "$root"
# shellcheck source=selftests/bench/compile.sh
. selftests/bench/compile.sh

rm -rf "$out"
mkdir -p "$out/messages"
tar -C "$out/messages" -xJf selftests/fuzz/corpus/cost.tar.xz
runner=(selftests/fuzz/{once,cost,plugin,rules}.c tools/{error,file,include}.c
	selftests/c/engine_{gen,gen_message,test}.c)
compile_engine "$out/counted"
compile_program "$out/steps" "${runner[@]}"
compile_engine "$out/plain" -DALGATE_UNCOUNTED
compile_program "$out/run" "${runner[@]}"

instructions()	# MESSAGE
{
	valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		--toggle-collect=algate_run "$out/run" "$1" 2>&1 |
		sed -n 's/.*Collected : //p'
}

for message in "$out"/messages/*; do
	taken=$(instructions "$message")
	"$out/steps" "$message" 2>&1 | awk -v taken="$taken" '
		function say(what, n)
		{
			printf "costliest\t%s\t%s\t%.12g\n", $2, what, n
		}
		$9 == "%" {
			say("bytes", $6)
			say("bound", $4)
			say("steps", $5)
			say("instructions", taken)
			say("a byte", taken / $6)
		}'
done

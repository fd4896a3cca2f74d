#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fuzz.sh - builds and runs the fuzzers, see README.
set -u

usage()
{
	cat << END
usage: fuzz.sh check|run|keep|coverage [-t SECONDS] [FUZZER...]
  check     run each for a fixed number of executions, from its kept corpus
  run       run each for SECONDS (60), from the kept corpus and build/fuzz
  keep      minimise the corpora of build/fuzz and keep the result
  coverage  line coverage of kmod/engine and tools/compiler by kept corpora
END
}

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 1
build=${ALGATE_BUILD:-build/fuzz}
cc=${CLANG:-clang}
seconds=60
# number of executions of each fuzzer, including those of its kept corpus
declare -A runs=([compiler]=8000 [cost]=1000 [plugins]=1500 [program]=4000
	[stream]=1000)
declare -A longest=([compiler]=4096 [cost]=16500 [plugins]=8192 [program]=12000
	[stream]=8192)
sanitize=(-fsanitize=fuzzer -fsanitize=address -fsanitize=undefined
	-fno-sanitize-recover=undefined)
counting=(-fsanitize=fuzzer -fprofile-instr-generate -fcoverage-mapping)
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1

# words of the language, for libFuzzer to insert
dictionary()
{
	grep -ohE '"[a-z0-9$>(){}=.-][a-z0-9=>-]*"' tools/compiler/*.c |
		sort -u > "$build/words"
}

compile()	# DIR FUZZER FLAG...
{
	local dir=$1 fuzzer=$2

	shift 2
	make -s -C selftests CC="$cc" ALGATE_BUILD="$dir" ALGATE_CFLAGS="$*" \
		"fuzz_$fuzzer"
}

prepare()	# FUZZER: builds it, unpacks its corpus
{
	mkdir -p "$build/$1" "$build/$1.kept" "$build/$1.found"
	[ ! -d "selftests/fuzz/found/$1" ] ||
		cp "selftests/fuzz/found/$1/"* "$build/$1.found"
	compile "$build" "$1" "${sanitize[@]}" || return 1
	[ ! -e "selftests/fuzz/corpus/$1.tar.xz" ] ||
		tar -C "$build/$1.kept" -xJf "selftests/fuzz/corpus/$1.tar.xz"
}

fuzz()	# FUZZER OPTION... -- CORPUS...
{
	local fuzzer=$1

	shift
	nice "$build/fuzz_$fuzzer" -max_len="${longest[$fuzzer]}" \
		-dict="$build/words" -artifact_prefix="$build/found-$fuzzer-" \
		-print_final_stats=1 -verbosity=1 "$@"
}

verdict()	# STATUS FUZZER LOG
{
	local n

	n=$(sed -n 's/^stat::number_of_executed_units: *//p' "$3")
	grep '^# ' "$3"
	# a fuzzer without a rewritten message compares nothing
	if [ "$1" = 0 ] && ! grep -q '^#.* 0 messages rewritten' "$3"; then
		echo "ok fuzz: $2, ${n:-no} executions"
	else
		echo "not ok fuzz: $2"
		grep -vE '^#[0-9]+[[:space:]]' "$3" | tail -n 50 | sed 's/^/# /'
		fail=1
	fi
}

check()	# FUZZER
{
	mkdir -p "$build/new"
	rm -f "$build/new/"*
	fuzz "$1" -seed=1 -runs="${runs[$1]}" "$build/new" "$build/$1.kept" \
		"$build/$1.found" > "$build/$1.log" 2>&1
	verdict $? "$1" "$build/$1.log"
}

run()	# FUZZER
{
	ALGATE_COSTLIEST=$build/$1 fuzz "$1" -max_total_time="$seconds" \
		"$build/$1" "$build/$1.kept" "$build/$1.found" \
		> "$build/$1.log" 2>&1
	verdict $? "$1" "$build/$1.log"
}

# Keeps the first file that covers something new. libFuzzer reads small files
# first.
keep()	# FUZZER
{
	rm -rf "$build/small"
	mkdir -p "$build/small" "$build/$1"
	if [ "$1" = cost ]; then
		ALGATE_COSTLIEST=$build/small fuzz "$1" -runs=0 \
			"$build/$1.kept" "$build/$1"
	else
		fuzz "$1" -merge=1 -use_counters=0 "$build/small" \
			"$build/$1.kept" "$build/$1"
	fi > "$build/$1.log" 2>&1 || return
	rm -rf "$build/$1.kept"
	mv "$build/small" "$build/$1.kept"
	tar -C "$build/$1.kept" --sort=name --mtime=@0 --owner=0 --group=0 \
		--numeric-owner -cf - . | xz -9e \
		> "selftests/fuzz/corpus/$1.tar.xz"
	echo "$1: $(find "$build/$1.kept" -type f | wc -l) files," \
		"$(stat -c %s "selftests/fuzz/corpus/$1.tar.xz") bytes packed"
}

# Compiles the fuzzer again with line counters, and runs it on the kept corpus.
coverage()	# FUZZER
{
	local counted=$build/counted

	compile "$counted" "$1" "${counting[@]}" || return 1
	LLVM_PROFILE_FILE=$build/$1.profraw "$counted/fuzz_$1" -runs=0 \
		"$build/$1.kept" > "$build/$1.log" 2>&1
	llvm-profdata merge -o "$build/$1.profdata" "$build/$1.profraw" ||
		return 1
	echo "$1:"
	llvm-cov report "$counted/fuzz_$1" -instr-profile="$build/$1.profdata" \
		kmod/engine tools/compiler | cut -c 1-30,95-
	llvm-cov show "$counted/fuzz_$1" -instr-profile="$build/$1.profdata" \
		kmod/engine tools/compiler > "$build/$1.lines"
}

mode=${1:-}
case $mode in
check|run|keep|coverage) shift ;;
-h|--help) usage; exit ;;
*) usage >&2; exit 2 ;;
esac
while getopts t:h opt; do
	case $opt in
	t) seconds=$OPTARG ;;
	h) usage; exit ;;
	*) usage >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# != 0 ] || set -- compiler cost plugins program stream

fail=0
mkdir -p "$build" && dictionary
for fuzzer; do
	if ! prepare "$fuzzer"; then
		echo "not ok fuzz: $fuzzer compiles"
		fail=1
		continue
	fi
	case $mode in
	check) check "$fuzzer" ;;
	run) run "$fuzzer" ;;
	keep) keep "$fuzzer" ;;
	coverage) coverage "$fuzzer" ;;
	esac
done
exit $fail

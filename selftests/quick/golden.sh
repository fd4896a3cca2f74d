#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests the rule compiler in userspace, under ASan and UBSan. For the rule texts
# in selftests/golden/*.txt, compares the compiled programs, their results on
# messages, and the errors of wrong texts.
#
#	golden.sh [-u] [FILE...]	-u: write the output into the files

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${ALGATE_BUILD:-$root/build/quick}
# cross.sh runs the program with an emulator
read -ra emulator <<< "${ALGATE_EMULATOR:-}"
update=
[ "${1:-}" = -u ] && { update=-u; shift; }
files=("$@")
[ $# != 0 ] || files=("$root"/selftests/golden/*.txt)
mapfile -t files < <(realpath "${files[@]}")

if ! make -s -C "$root/selftests" golden; then
	echo "not ok golden: it compiles"
	exit 1
fi
cd "$root" || exit 1
out=$(timeout $((240 * ${ALGATE_SLOW:-1})) "${emulator[@]}" "$build/golden" \
	$update "${files[@]}" 2>&1)
rc=$?
echo "$out"
# a program that ends without a verdict has crashed or hung
[ $rc = 0 ] || grep -q '^not ok' <<< "$out" ||
	echo "not ok golden: the test ends ($rc)"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# A broken line of "send" is reported. ASan finds a read past its end.
broken()	# NAME LINE WHY
{
	printf '=== t\nplugin t\nservice udp\nframe datagram\nclient: "a"\n%s\n' \
		$'--- send\nclient "a"\n'"$2" > "$tmp/t.txt"
	out=$("${emulator[@]}" "$build/golden" "$tmp/t.txt" 2>&1)
	if [[ $out = *"not ok golden: $3: "* ]]; then
		echo "ok golden: $1"
	else
		echo "not ok golden: $1"
		echo "# ${out//$'\n'/$'\n'# }"
		rc=1
	fi
}

broken "an empty line" "" "a message without a sender"
broken "a part of a sender" "server" "a message without a sender"
broken "a message without a string" "client " "a message without a string"
broken "a string without an end" 'client "a' "a string without an end"
broken "an escape at the end" $'client "a\\' "a string without an end"
broken "a byte at the end" $'client "\\x' "a string without an end"
exit $rc

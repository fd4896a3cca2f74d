#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests the plug-ins on captures of legal but unusual messages. Each folder of
# selftests/golden/reports is named after a report on a gateway. Compares the
# output of "plugin try" for all captures of a report with NAME/out.
#
#	reports.sh [-u] [NAME...]	-u: write the output into the files

root=$(cd "$(dirname "$0")/../.." && pwd)
reports=$root/selftests/golden/reports
update=
[ "${1:-}" = -u ] && { update=-u; shift; }
names=("$@")
fail=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

[ -n "${ALGCTL:-}" ] || make -s -C "$root" tools > "$tmp/make" 2>&1 || cat "$tmp/make"
algctl=${ALGCTL:-$root/tools/algctl}

# LIST has a line "NAME PLUGIN OPTIONS" for each report, or "NAME/CASE PLUGIN
# OPTIONS" for a single capture with other options.
options()	# NAME CASE
{
	awk -v name="$1" -v single="$1/$2" '
		$1 == name { any = $0 }
		$1 == single { one = $0 }
		END { $0 = one ? one : any; $1 = ""; print }' "$reports/LIST"
}

tried()	# NAME
{
	local f plugin rest

	for f in "$reports/$1"/*.pcap; do
		read -r plugin rest < <(options "$1" "$(basename "$f" .pcap)")
		echo "### $(basename "$f" .pcap)"
		# shellcheck disable=SC2086
		"$algctl" plugin try "$root/plugins/$plugin.alg" "$f" $rest 2>&1
	done
}

[ ${#names[@]} != 0 ] ||
	mapfile -t names < <(find "$reports" -mindepth 1 -type d -printf '%f\n' | sort)
for name in "${names[@]}"; do
	tried "$name" > "$tmp/out"
	[ "$update" != -u ] || cp "$tmp/out" "$reports/$name/out"
	if diff -u "$reports/$name/out" "$tmp/out" > "$tmp/diff" &&
	   grep -q '^counters' "$tmp/out"; then
		echo "ok reports: $name"
	else
		echo "not ok reports: $name"
		sed 's/^/# /' "$tmp/diff" | head -n 60
		fail=1
	fi
done
exit $fail

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034 # the test sets and reads them
#
# Sourced by the tests of algctl, which set: suite, the first word of a check's
# name; algctl, the program; tmp, a folder.
fail=0

verdict()	# STATUS NAME
{
	if [ "$1" = 0 ]; then
		echo "ok $suite: $2"
	else
		echo "not ok $suite: $2"
		sed 's/^/# /' "$tmp/out" "$tmp/err" | head -n 40
		fail=1
	fi
}

# Runs algctl; its output goes to $tmp/out and $tmp/err.
run()	# STATUS ARGUMENTS...
{
	local want=$1 got=0

	shift
	timeout 120 "$algctl" "$@" > "$tmp/out" 2> "$tmp/err" || got=$?
	[ "$got" = "$want" ] && return 0
	echo "status $got: algctl $*" >> "$tmp/err"
	return 1
}

is_json()	# EXPRESSION over "d", on $tmp/out
{
	python3 -c 'import json, sys
d = json.load(sys.stdin)
sys.exit(0 if eval(sys.argv[1]) else "not so: " + sys.argv[1])' "$1" \
		< "$tmp/out" 2>> "$tmp/err"
}

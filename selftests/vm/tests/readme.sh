#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# The demo works, and the README shows its output. The comparison ignores
# addresses with random ports, times, numbers of bytes, and the size and cost of
# the program.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"

plain()
{
	sed -E 's/[0-9.]+:[0-9]{4,5}\b/ENDPOINT/g; s/(timeout|bytes) [0-9]+/\1 N/g
		s/(instructions|steps) [0-9.]+/\1 N/g
		s/[[:space:]]+$//' | sed -n '/^client#/,$p'
}

shown()
{
	awk '/^WHAT IT LOOKS LIKE/ { on = 1; next } /^[A-Z]/ { on = 0 } on' \
		"$ROOT/README" | sed 's/^    //' |
		sed '/^`algctl why/,$d' | sed '$d' | plain
}

plugin()
{
	awk '/^A WHOLE PLUG-IN/ { on = 1; next } /^[A-Z]/ { on = 0 } on' \
		"$ROOT/README" | sed 's/^    //' |
		sed -n '/^# The server/,/^plugins\/README/p' | head -n -2
}

check "demo" "$ROOT/selftests/vm/demo.sh" || finish
plain < "$tmp/check" > "$tmp/got"
shown > "$tmp/shown"
check "README shows what it prints" diff -u "$tmp/shown" "$tmp/got"
check "README shows the plug-in as it is" \
	diff -u <(plugin) "$ROOT/plugins/tftp.alg"
check "README has 150 lines at most" test "$(wc -l < "$ROOT/README")" -le 150
finish

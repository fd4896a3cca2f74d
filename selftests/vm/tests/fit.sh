#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# If a value does not fit into its place, and nothing else stands, the whole
# message is left alone: no rewrite, no expectation, no variable and no counter of
# the rule changes. Of two endpoints, the one that is not refused stands.
# timeout: 120

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

expectations()	# NUMBER
{
	local n

	n=$(on "$r" "$ALGCTL" expect show plugin fit | wc -l)
	[ "$n" = "$1" ] || { echo "$n expectations, not $1"; return 1; }
}

topo 2
nat_masq
load_module
check "load" "$ALGCTL" plugin load "$ROOT/selftests/vm/fit.alg" || finish
check "attach" on "$r" "$ALGCTL" attach add fit udp dport 7001 || finish
# The one-byte port 200 is possible, and every other port is at least 1000.
check "low public ports" on "$r" "$ALGCTL" limit set ports 200-65535 \
	reserved 201-999
verdicts "fit" python3 "$ROOT/selftests/vm/fit.py" "$c0" "$c1" "$r" "$s" $s_ip \
	"$ALGCTL"
check "only what fits is expected" expectations 4
check "detach" on "$r" "$ALGCTL" attach del fit udp dport 7001
finish

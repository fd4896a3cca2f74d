#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# By default, some openings are refused and counted. For each such default, a
# word in a rule or an attachment allows the opening.
# timeout: 120

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

other=192.0.2.3
topo routed 2
ip -n "$s" addr add $other/24 dev eth0
nat_masq
strict udp "7002-7003"
load_module
check "load" "$ALGCTL" plugin load "$ROOT/selftests/vm/defaults.alg" || finish
check "attach" on "$r" "$ALGCTL" attach add defaults udp dport 7002 || finish
verdicts "default" python3 "$ROOT/selftests/vm/defaults.py" "$c0" "$c1" "$r" \
	"$s" $s_ip $other $r_wan "$ALGCTL"
check "a protocol that is not its service's is refused" \
	refused "no service of that protocol" \
	on "$r" "$ALGCTL" attach add defaults tcp dport 7002
finish

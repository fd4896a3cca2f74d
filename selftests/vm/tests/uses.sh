#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Openings of an end do not evict openings of the other end. A permanent
# expectation has a greatest number of uses.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

topo
nat_masq
load_module
check "load" "$ALGCTL" plugin load "$ROOT/selftests/vm/uses.alg" || finish
check "attach" on "$r" "$ALGCTL" attach add uses udp dport 7004
verdicts "uses" python3 "$ROOT/selftests/vm/uses.py" "$c0" "$r" "$s" $s_ip \
	$r_wan "$ALGCTL"
check "detach" on "$r" "$ALGCTL" attach del uses udp dport 7004
finish

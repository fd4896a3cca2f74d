#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# A flow that one plug-in expects for another is inspected by the other, with
# the numbers that it takes. The flow's openings count for the flow that expected
# it, and end with that flow. Each plug-in may be loaded, replaced and unloaded at
# any time. Plug-ins that expect for each other come to an end.
# timeout: 180

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

cp "$ROOT"/selftests/vm/as_*.alg "$tmp"
# the same with another variable, and with another range
sed 's/^input twice.*/&\nflow more/' "$tmp/as_second.alg" > "$tmp/as_second_more.alg"
sed 's/1\.\.3, 7/1, 3/' "$tmp/as_second_more.alg" > "$tmp/as_second_less.alg"

topo
nat_masq
load_module
check "load" "$ALGCTL" plugin load "$tmp/as_first.alg" "$tmp/as_second.alg" ||
	finish
check "attach" on "$r" "$ALGCTL" attach add First.1 udp dport 7005
verdicts "as_other" python3 "$ROOT/selftests/vm/as_other.py" "$c0" "$r" "$s" \
	$s_ip $r_wan "$ALGCTL" "$tmp"
check "unload" "$ALGCTL" plugin unload Second.2
finish

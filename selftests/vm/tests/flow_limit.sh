#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Beyond the limit of flows, a new flow passes uninspected, and is counted once.
# timeout: 60

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

# WANTED is the announced address that the server receives: the router's address
# if the flow is inspected, otherwise the client's.
told()	# WANTED
{
	local got

	got=$(python3 "$ROOT/selftests/vm/announce.py" "$c0" "$s" "$s_ip" 2121)
	[ "${got% *}" = "$1" ] || { echo "told $got, not $1"; return 1; }
}

held()
{
	python3 "$ROOT/selftests/vm/announce.py" "$c0" "$s" "$s_ip" 21 hold \
		> "$tmp/hold" &
	holder=$!
	busywait 10 grep -q "^$r_wan " "$tmp/hold"
}

no_flow()
{
	on "$r" "$ALGCTL" flow show > "$tmp/flows" && [ ! -s "$tmp/flows" ]
}

topo
nat_masq
plugin_up ftp tcp 21
check "another port" on "$r" "$ALGCTL" attach add ftp tcp dport 2121
check "limit of one flow" on "$r" "$ALGCTL" limit set flows 1
check "one flow is inspected" held
check "a second flow is not inspected" told "$c0_ip"
check "the second flow is counted once" counts "$r" ftp flow_limit 1
check "a third flow is not inspected" told "$c0_ip"
check "the third flow is counted, too" counts "$r" ftp flow_limit 2
kill "$holder"
check "delete conntrack's entries" on "$r" conntrack -F
check "the flow ends with them" busywait 20 no_flow
check "a new flow is inspected again" told "$r_wan"
check "the new flow is not counted as refused" counts "$r" ftp flow_limit 2
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 2121
finish

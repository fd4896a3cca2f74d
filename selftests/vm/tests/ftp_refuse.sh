#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Bounces, privileged ports, replies without a request, and commands under TLS:
# no port is opened, the line passes unchanged, and a counter tells the reason.
# timeout: 120

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

topo 2
nat_masq
nat_dnat tcp 21
plugin_up ftp tcp 21
verdicts "refuse" python3 "$ROOT/selftests/vm/refuse.py" "$c0" "$r" "$s" \
	"$s_ip" "$r_lan" "$r_wan" "$c1_ip"
shown()	# COUNTER VALUE
{
	on "$r" "$ALGCTL" stats show ftp > "$tmp/stats" || return
	grep -qE "^ *$1 +$2$" "$tmp/stats" || { cat "$tmp/stats"; return 1; }
}
check "algctl shows third_party" shown third_party 6
check "algctl shows low_port" shown low_port 2
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
finish

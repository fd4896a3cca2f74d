#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Rare TCP segments: lost behind the router and retransmitted, with the same
# boundaries or others; old bytes; data in a FIN and after a RST; urgent data.
# The stream arrives intact, and each announcement is opened once.
# timeout: 240

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

topo
check "source NAT" nat_snat 192.0.2.100
nat_dnat tcp 21
plugin_up ftp tcp 21
verdicts "tcp" python3 "$ROOT/selftests/vm/tcp_odd.py" "$c0" "$r" "$s" \
	$s_ip $r_lan 192.0.2.100
comment < <(on "$r" "$ALGCTL" stats show ftp)
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
finish

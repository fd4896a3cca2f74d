#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Segments that no sender makes, in a live connection: any flags, old and future
# sequence numbers, from both ends, and between the halves of a line. The
# connection goes on, and stays inspected (selftests/vm/tcp_stray.py).
# timeout: 240

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3 conntrack

topo
check "source NAT" nat_snat 192.0.2.100
nat_dnat tcp 21
plugin_up ftp tcp 21
verdicts "stray" python3 "$ROOT/selftests/vm/tcp_stray.py" "$c0" "$r" "$s" \
	$s_ip $r_lan 192.0.2.100
comment < <(on "$r" "$ALGCTL" stats show ftp)
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
finish

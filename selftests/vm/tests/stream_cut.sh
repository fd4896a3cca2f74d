#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Announcements cut at every byte, several in a segment, cut off, too long:
# rewritten where they can be, and never a segment sent twice for it.
# timeout: 400

. "$(dirname "$0")/../../lib.sh"
need python3
load_module
topo routed

# cut NAME SERVER CONNECT PUBLIC: cut.py's verdicts become this test's
cut()
{
	local line

	while read -r line; do
		case $line in
		"ok "*) ok "$1: ${line#ok }" ;;
		"not ok "*) not_ok "$1: ${line#not ok }" ;;
		*) echo "# $line" ;;
		esac
	done < <(python3 "$ROOT/selftests/vm/cut.py" "$c0" "$s" "$2" "$3" "$4" 2>&1)
}

check "load" "$ALGCTL" plugin load "$ROOT/plugins/ftp.alg" || finish
check "attach" on "$r" "$ALGCTL" attach add ftp tcp dport 21 || finish
nat_masq
cut "snat" "$s_ip" "$s_ip" "$r_wan"
cut "snat6" "$s_ip6" "$s_ip6" "$r_wan6"
nat_none
nat_dnat tcp 21
cut "dnat" "$s_ip" "$r_lan" "$r_lan"
cut "dnat6" "$s_ip6" "$r_lan6" "$r_lan6"
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
check "unload" "$ALGCTL" plugin unload ftp
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Announcements cut at every byte, several in a segment, cut off, too long:
# rewritten where they can be, and never a segment sent twice for it.
# timeout: 400

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3
topo routed

cut()	# NAME SERVER CONNECT PUBLIC
{
	verdicts "$1" python3 "$ROOT/selftests/vm/cut.py" "$c0" "$s" "$2" "$3" "$4"
}

# Bytes that are kept are not acknowledged: a sender of single bytes comes to
# the end of its initial window, of ten segments, before that of a line.
wide_window()	# NAMESPACE
{
	local family route

	for family in 4 6; do
		while read -r route; do
			# shellcheck disable=SC2086 # words of a route
			ip "-$family" -n "$1" route change $route initcwnd 64
		done < <(ip "-$family" -n "$1" route show | grep -v '^fe80')
	done
}

check "windows" wide_window "$c0"
check "windows" wide_window "$s"
plugin_up ftp tcp 21
# Expectations live as long as the entries of connections that were closed.
check "room for expectations" \
	sysctl -qw net.netfilter.nf_conntrack_expect_max=4096
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

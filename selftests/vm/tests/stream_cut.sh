#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Announcements are cut at every byte, several in a segment, cut off, or too
# long. Each complete announcement of legal length is rewritten, and no cut
# makes a sender retransmit.
# timeout: 400

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3
topo routed

cut()	# NAME SERVER CONNECT PUBLIC
{
	verdicts "$1" python3 "$ROOT/selftests/vm/cut.py" "$c0" "$s" "$2" "$3" "$4"
}

# Raises the initial congestion window. Kept bytes are not acknowledged, so a
# sender of single bytes would exhaust the usual window of ten segments before
# the end of a line.
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
# Expectations outlive the closed connections as long as conntrack keeps the
# connections' entries.
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

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_talk.sh - talkd behind inetd, and talk on terminals of vm/call.py
# (root/root.sh). Source it after peers.sh.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

# A host has a daemon, and a list of logged-in users, which call.py writes.
talkd_start()	# NAMESPACE NAME
{
	local dir=$tmp/talk.$2

	mkdir -p "$dir/run"
	echo "518 dgram udp wait root /usr/sbin/in.ntalkd in.ntalkd" \
		> "$dir/inetd.conf"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	start "$1" udp 518 sh -c 'mount --bind "$0/run" /run &&
		exec inetd -i "$0/inetd.conf"' "$dir"
}

# A user calls ADDRESS, where the user at the other host is told to answer to
# WANTED; both read the other's text.
talk_call()	# NAMESPACE ADDRESS OTHER-NAMESPACE OTHER-NAME WANTED
{
	timeout "${talk_limit:-$((3 * peer_limit))}" python3 \
		"$ROOT/selftests/vm/call.py" "$1" "$2" "$3" "$tmp/talk.$4" "$5"
}

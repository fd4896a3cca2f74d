#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# changes.sh - of soak.sh: what goes on while its clients are at work. Each of
# these ends when $tmp/stop is there, and counts what it did.
# shellcheck disable=SC2154 # variables from lib.sh, peers.sh and soak.sh

again()	# NAME COMMAND...: as long as the clients work
{
	local name=$1 n=0

	shift
	while [ ! -e "$tmp/stop" ]; do
		"$@" > "$tmp/$name.last" 2>&1 ||
			{ echo "$name: $(tail -n 1 "$tmp/$name.last")"; } >> "$tmp/wrong"
		n=$((n + 1))
		echo $n > "$tmp/$name.times"
	done
}

times()	# NAME
{
	cat "$tmp/$1.times" 2> /dev/null || echo 0
}

# One a second
replace_one()
{
	sleep 1
	"$ALGCTL" plugin replace "$PLUGINS/${plugins[RANDOM % ${#plugins[@]}]}.alg"
}

# "ftp2" goes in the midst of its transfers, and comes back.
reload()
{
	sleep $((2 + RANDOM % 6))
	on "$r" "$ALGCTL" attach del ftp2 tcp dport 2121 &&
		"$ALGCTL" plugin unload ftp2 || return
	sleep $((RANDOM % 2))
	"$ALGCTL" plugin load "$tmp/ftp2.alg" &&
		on "$r" "$ALGCTL" attach add ftp2 tcp dport 2121
}

# Attachments that see some clients' flows of a service that others see too
attach_more()
{
	local from=10.0.1.$((10 + RANDOM % 50))

	on "$r" "$ALGCTL" attach add tftp udp dport 6969 from "$from" &&
		on "$r" "$ALGCTL" attach add sip tcp dport 5061 iif lan || return
	sleep 1
	on "$r" "$ALGCTL" attach del tftp udp dport 6969 from "$from" &&
		on "$r" "$ALGCTL" attach del sip tcp dport 5061 iif lan
}

# A namespace goes with attachments, a flow and what that has asked for.
come_and_go()
{
	# shellcheck disable=SC2016 # for that shell
	unshare -n sh -c 'ip link set lo up
		"$0" attach add ftp tcp dport 2121 && "$0" attach add snmp udp dport 161
		socat -u TCP-LISTEN:2121 OPEN:/dev/null &
		until ss -Hltn "sport = 2121" | grep -q .; do sleep 0.1; done
		printf "PORT 127,0,0,1,100,1\r\n" | socat -u - TCP:127.0.0.1:2121
		grep -q " active 1 1 0" /proc/net/algate/flows ||
			{ tail -n 1 /proc/net/algate/flows; exit 1; }' "$ALGCTL"
}

look()
{
	local what

	for what in "plugin show" "attach show" "flow show" "expect show" \
		"stats show" "limit show" "save"; do
		# shellcheck disable=SC2086 # words
		on "$r" "$ALGCTL" $what || return
	done
	on "$r" sh -c 'cat /proc/net/algate/*' && sleep 2
}

# Half of it before the router, half behind; one client's is worse
network()
{
	local kinds=("delay 1ms" "loss 1%" "delay 5ms 2ms reorder 25% 50%"
		"duplicate 3%" "delay 3ms loss 0.5% duplicate 1%")

	# shellcheck disable=SC2086 # words
	impair replace ${kinds[RANDOM % 5]}
	sleep 10
}

impair()	# replace NETEM...|del
{
	local dev action=$1

	shift
	for dev in "$c1 eth0" "$r lan" "$r wan" "$s eth0"; do
		tc -n "${dev% *}" qdisc "$action" dev "${dev#* }" root \
			${1:+netem "$@"} || return
	done
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# changes.sh - part of soak.sh: changes of configuration while the clients work.
# Each change is repeated, and counted, until $tmp/stop exists.
# shellcheck disable=SC2154 # variables from lib.sh, peers.sh and soak.sh

again()	# NAME COMMAND...: repeats the command while the clients work
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

# Replaces a plug-in each second.
replace_one()
{
	sleep 1
	"$ALGCTL" plugin replace "$PLUGINS/${plugins[RANDOM % ${#plugins[@]}]}.alg"
}

# Unloads "ftp2" during its transfers, and loads it again.
reload()
{
	sleep $((2 + RANDOM % 6))
	on "$r" "$ALGCTL" attach del ftp2 tcp dport 2121 &&
		"$ALGCTL" plugin unload ftp2 || return
	sleep $((RANDOM % 2))
	"$ALGCTL" plugin load "$tmp/ftp2.alg" &&
		on "$r" "$ALGCTL" attach add ftp2 tcp dport 2121
}

# Adds and removes attachments: some match only flows of some clients, and other
# attachments of the plug-in stay.
attach_more()
{
	local from=10.0.1.$((10 + RANDOM % 50))

	on "$r" "$ALGCTL" attach add tftp udp dport 6969 from "$from" &&
		on "$r" "$ALGCTL" attach add sip tcp dport 5061 iif lan || return
	sleep 1
	on "$r" "$ALGCTL" attach del tftp udp dport 6969 from "$from" &&
		on "$r" "$ALGCTL" attach del sip tcp dport 5061 iif lan
}

# Makes a namespace with attachments, a flow and its expectation, and deletes
# it.
come_and_go()
{
	# shellcheck disable=SC2016 # the inner shell expands the variables
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

# Impairs the network on both sides of the router, and the client c1 in
# addition.
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

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# During transfers, the plug-in is replaced and unloaded, and the module is
# removed. The transfers go on, and no expectation stays behind.
# timeout: 180

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
need curl python3

# Starts a client that gets FILES files on one control connection, and stops the
# client in the first file, so that the transfer is not over before the test
# continues. $transfer is the client's pid.
transfer_start()	# FILES
{
	local i urls=()

	files=$1
	for ((i = 1; i <= files; i++)); do
		urls+=(-o "$received/$i" "ftp://$s_ip/file")
		rm -f "$received/$i"
	done
	(exec ip netns exec "$c0" curl -sS --ftp-port - --disable-eprt \
		"${urls[@]}" > "$tmp/transfer" 2>&1) &
	transfer=$!
	busywait 60 test -s "$received/1" && kill -STOP "$transfer"
}

transfer_running()
{
	kill -0 "$transfer"
}

transfer_ends()
{
	local i

	kill -CONT "$transfer"
	wait "$transfer" || { cat "$tmp/transfer"; return 1; }
	for ((i = 1; i <= files; i++)); do
		cmp "$served/file" "$received/$i" || return
	done
}

expectations()	# NUMBER
{
	local n

	n=$(on "$r" conntrack -L expect 2> /dev/null | grep -c helper=ftp)
	[ "$n" = "$1" ] || { echo "$n expectations, not $1"; return 1; }
}

# Opens a control connection with an expectation. $holder is the pid of the
# process that keeps the connection open.
hold()
{
	python3 "$ROOT/selftests/vm/announce.py" "$c0" "$s" "$s_ip" 2121 hold \
		> "$tmp/hold" 2>&1 &
	holder=$!
	busywait 60 grep -q "^$r_wan " "$tmp/hold" ||
		{ cat "$tmp/hold"; return 1; }
}

# Starts a monitor that writes to $tmp/events, and waits until it has reported a
# first event.
monitor()
{
	on "$r" "$ALGCTL" monitor > "$tmp/events" 2>&1 &
	defer kill $!
	busywait 60 monitored
}

monitored()
{
	"$ALGCTL" plugin replace "$PLUGINS/ftp.alg" &&
		told "^plugin-replaced ftp"
}

told()	# EVENT
{
	grep -q "$1" "$tmp/events"
}

no_alias()	# NAME
{
	! modinfo -F alias "$MODULE" | grep "$1"
}

attach()	# add|del
{
	on "$r" "$ALGCTL" attach "$1" ftp tcp dport 21 &&
		on "$r" "$ALGCTL" attach "$1" ftp tcp dport 2121
}


topo
mkdir -p "$served"
head -c 1000000 /dev/urandom > "$served/file"
nat_masq
strict tcp 21
strict tcp 2121
check "start" vsftpd_start "$s" anon_max_rate=100000 || finish
load_module
check "its version is that of the sources" cmp /sys/module/algate/version "$ROOT/VERSION"
check "a request for the family does not load the module" \
	no_alias net-pf-16-proto-16-family
check "load" "$ALGCTL" plugin load "$PLUGINS/ftp.alg" || finish
check "attach" attach add
check "a second load is refused" refused "use replace" \
	"$ALGCTL" plugin load "$PLUGINS/ftp.alg"

check "two transfers" transfer_start 2
check "an expectation" hold
before=$(counter "$r" ftp packets)
for i in 1 2 3; do
	check "replace" "$ALGCTL" plugin replace "$PLUGINS/ftp.alg"
done
check "the expectation is there" expectations 1
check "during the transfer" transfer_running
check "both files arrive complete" transfer_ends
check "statistics were kept" test "$(counter "$r" ftp packets)" -gt "$before"
check "all announcements were seen" counts "$r" ftp opened 3

check "a transfer" transfer_start 1
check "unload is refused while attached" refused "has attachments" \
	"$ALGCTL" plugin unload ftp
check "detach" attach del
check "unload" "$ALGCTL" plugin unload ftp
check "during the transfer" transfer_running
check "the transfer goes on" transfer_ends
check "no expectation is left" expectations 0
check "no plug-in" refused "no plug-in" "$ALGCTL" plugin unload ftp
kill "$holder"

check "load again" "$ALGCTL" plugin load "$PLUGINS/ftp.alg"
check "attach again" attach add
check "a transfer" transfer_start 1
check "an expectation" hold
check "start a monitor" monitor
check "remove the module" busywait 5 rmmod algate
check "the monitor reports the attachment's end" \
	busywait 5 told "^attach-del ftp"
check "the monitor reports the plug-in's end" busywait 5 told "^plugin-del ftp"
check "during the transfer" transfer_running
check "the transfer goes on" transfer_ends
check "no expectation is left" expectations 0
kill "$holder"
finish

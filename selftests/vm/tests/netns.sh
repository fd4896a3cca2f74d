#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Each network namespace has its own attachments and statistics, which end with
# the namespace. Plug-ins belong to the whole machine; only its administrator
# changes them.
# timeout: 120

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3 unshare

# WANTED is the announced address that the server receives: the router's address
# if the flow is inspected, otherwise the client's.
told()	# PORT WANTED
{
	local got

	got=$(python3 "$ROOT/selftests/vm/announce.py" "$c0" "$s" "$s_ip" "$1")
	[ "${got% *}" = "$2" ] || { echo "told $got, not $2"; return 1; }
}

fails()
{
	! "$@"
}

delete_ns()	# NAMESPACE
{
	local ns rest=()

	ip netns del "$1" || return
	for ns in "${namespaces[@]}"; do
		[ "$ns" = "$1" ] || rest+=("$ns")
	done
	namespaces=("${rest[@]}")
}

# Runs COMMAND as root of a new user and network namespace.
contained()	# COMMAND...
{
	unshare -Urn sh -c "$1"
}

hold_contained()
{
	unshare -Urn sh -c "$ALGCTL attach add ftp tcp dport 21 &&
		exec $ALGCTL monitor" > "$tmp/contained" 2>&1 &
	defer kill $!
	busywait 10 listening $!
}

# The monitor in the namespace also reports events of plug-ins.
listening()	# PID
{
	kill -0 "$1" && "$ALGCTL" plugin replace "$PLUGINS/ftp.alg" &&
		grep -q "^plugin-replaced ftp" "$tmp/contained"
}

trace=/sys/kernel/tracing

# The kernel tells which work its queues run.
trace_sweeps()
{
	local event=$trace/events/workqueue/workqueue_execute_start address

	mountpoint -q "$trace" || mount -t tracefs none "$trace" || return
	address=$(awk '$3 == "sweep" && $4 == "[algate]" { print $1 }' \
		/proc/kallsyms)
	echo "function == 0x$address" > "$event/filter" &&
		echo 1 > "$event/enable" &&
		defer sh -c "echo 0 > $event/enable; echo 0 > $event/filter"
}

sweeps()	# LEAST
{
	grep -o 'work struct [^:]*' "$trace/trace" > "$tmp/sweeps"
	[ "$(wc -l < "$tmp/sweeps")" -ge "$1" ]
}

one_is_swept()
{
	busywait 60 sweeps 6 && [ "$(sort -u "$tmp/sweeps" | wc -l)" = 1 ]
}

topo
nat_masq
one="$r $s $c0"
clients=()
topo
nat_masq
two="$r $s $c0"
use()
{
	read -r r s c0 <<< "$1"
}

plugin_up ftp tcp 2121
use "$one"
check "attach in one" on "$r" "$ALGCTL" attach add ftp tcp dport 21
check "a second one" on "$r" "$ALGCTL" attach add ftp tcp dport 210

check "trace sweeps" trace_sweeps
check "one: its port" told 21 $r_wan
check "only the namespace with a flow is swept" one_is_swept
check "one: the other's port" told 2121 "$c0_ip"
check "one: statistics" counts "$r" ftp opened 1
use "$two"
check "two: its port" told 2121 $r_wan
check "two: the other's port" told 21 "$c0_ip"
check "two: statistics" counts "$r" ftp opened 1

python3 "$ROOT/selftests/vm/announce.py" "$c0" "$s" "$s_ip" 2121 hold \
	> "$tmp/hold" &
holder=$!
check "a flow in two" busywait 5 grep -q . "$tmp/hold"
check "delete two" delete_ns "$r"
use "$one"
check "one: goes on" told 21 $r_wan
kill "$holder"

check "unload is refused, one is attached" fails "$ALGCTL" plugin unload ftp
check "a contained root may not load" fails contained \
	"$ALGCTL plugin load $PLUGINS/tftp.alg"
check "a contained root may not replace" \
	fails contained "$ALGCTL plugin replace $PLUGINS/ftp.alg"
check "a contained root may not unload" \
	fails contained "$ALGCTL plugin unload ftp"
check "a contained root may attach" \
	contained "$ALGCTL attach add ftp tcp dport 21 &&
	$ALGCTL attach show | grep -q 'ftp tcp dport 21'"
# The process attaches, keeps its namespace alive, and can do nothing else.
check "a contained attachment" hold_contained
check "nobody may attach" fails setpriv --reuid 65534 --clear-groups \
	"$ALGCTL" attach add ftp tcp dport 22
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 210
check "a contained root holds nothing: unload" busywait 20 \
	"$ALGCTL" plugin unload ftp
check "the contained root's monitor reports the end" \
	busywait 10 grep -q "^attach-del ftp" "$tmp/contained"
finish

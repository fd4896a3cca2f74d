#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests the commands of algctl that read from the module, with recorded messages
# in the place of the kernel (c/replay.c): lists, filters, sentences, events,
# signals. Without root and without the module. -u writes the expected outputs.

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${ALGATE_BUILD:-$root/build/quick}
golden=$root/selftests/golden/replay
export ASAN_OPTIONS=detect_leaks=1 LC_ALL=C TZ=UTC
suite=replay

cd "$root" || exit 1
algctl=$build/replay
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export ALGATE_PATH=$tmp/none
export REPLAY=$tmp/router REPLAY_CT=$golden/router.ct
unset REPLAY_LOG REPLAY_FAIL REPLAY_SIGNAL

# shellcheck source=selftests/algctl.sh
. "$root/selftests/algctl.sh"

expected()	# NAME STATUS ARGUMENTS...
{
	local name=$1

	shift
	run "$@" && [ -n "$update" ] && cp "$tmp/out" "$golden/$name.out"
	diff -u "$golden/$name.out" "$tmp/out" >> "$tmp/err" && run "$@"
	verdict $? "$name"
}

# The flows that a filter shows
flows()	# IDS ARGUMENTS...
{
	local ids=$1

	shift
	run 0 flow show "$@" &&
		[ "$(awk 'NR > 1 { print $2 }' "$tmp/out" | xargs)" = "$ids" ] &&
		run 0 -j flow show "$@" &&
		is_json "' '.join(str(f['flow']) for f in d) == '$ids'"
	verdict $? "flow show $*"
}

# Runs algctl on a terminal, of which stdin, stdout and stderr are the same.
on_terminal()	# ARGUMENTS...
{
	timeout 120 python3 -c 'import pty, sys
sys.exit(pty.spawn(sys.argv[1:]) >> 8)' "$algctl" "$@" < /dev/null \
		> "$tmp/out" 2> "$tmp/err"
}

update=
[ "${1:-}" != -u ] || update=1
if ! make -s -C selftests replay > "$tmp/out" 2> "$tmp/err" ||
	! python3 selftests/quick/replay.py . "$golden/router.json" \
		> "$tmp/router" 2>> "$tmp/err"; then
	verdict 1 "it builds"
	exit 1
fi

# Lists
expected flows 0 flow show
expected flows_details 0 flow list -d
expected plugins 0 plugin list
expected expects 0 expect show
flows "1 2 3 4" plugin ftp
flows "5 6" proto udp
flows "5" family ipv6
flows "1 2 3 4 6" family ipv4
flows "2" src 10.0.1.11
flows "4" --dst 203.0.113.0/24
flows "4" reply-src 10.0.2.5
flows "4" reply-dst 10.0.1.0/24
flows "3" sport 40001
flows "5 6" dport 5060
flows "2" zone 7
flows "1 3 4 5 6" zone 0
flows "2" mark 0x100
flows "2" mark 0xff00/0x100
flows "1" mark 0 src 10.0.1.10
flows "4" inspection detached
flows "3" inspection stopped
flows "" src 10.9.9.9
flows "2" from 10.0.1.0/24 to 192.0.2.2 zone 7
run 0 flow show src 10.9.9.9 && [ ! -s "$tmp/out" ]
verdict $? "no flow, no head of a table"
run 2 flow show src 10.0.0.1 from 10.0.0.2 && grep -q "mean the same" "$tmp/err"
verdict $? "two words for the same filter"
run 2 flow show mark 1/0 && run 2 flow show zone 65536
verdict $? "filters out of range"

# Sentences
expected why_rewritten 0 why 10.0.1.10 59026
expected why_refused 0 why 10.0.1.11 40000
expected why_stopped 0 why 10.0.1.12 40001
expected why_detached 0 why 10.0.2.5 2121
expected why_silent 0 why 2001:db8::10 5060
expected why_limit 0 why 10.0.1.20 5060
expected why_expected 0 why 192.0.2.1 4000
expected why_not_attached 0 why 10.0.1.31 41001
expected why_older 0 why 10.0.1.30 41000
expected why_other_prefix 0 why 192.0.2.77 5060
expected why_other_helper 0 why 10.0.1.32 41002
expected why_announced 0 why 192.0.2.1 36713
expected why_unknown 0 why 198.51.100.1 80
run 0 -j why 10.0.1.11 40000 && is_json "d[0]['flow'] == 2 and any(
	'third-party' in s for s in d[0]['sentences'])"
verdict $? "why, JSON"

# For monitoring systems
metrics()
{
	run 0 stats show --openmetrics &&
		python3 selftests/quick/openmetrics.py "$@" \
			< "$tmp/out" >> "$tmp/err"
}
metrics 'algate_packets_total{plugin="ftp"}=30' \
	'algate_bytes_total{plugin="sip"}=2100' \
	'algate_grown_bytes_total{plugin="sip"}=0' \
	'algate_low_port_total{plugin="ftp"}=1' \
	'algate_rule_messages_total{plugin="sip",counter="calls"}=12' \
	'algate_flows{plugin="ftp"}=4' 'algate_expectations{plugin="sip"}=2' \
	'algate_plugin_info{plugin="sip",title="Session \"Initiation\""}=1' \
	'algate_flows_limit{}=1000' 'algate_flows_usage_ratio{}=0.006' \
	'algate_expectations_usage_ratio{}=0.01' \
	'algate_memory_bytes{}=250000' 'algate_memory_usage_ratio{}=0.25' \
	'algate_attachments{}=2' 'algate_held_limit_bytes{}=4096'
verdict $? "OpenMetrics: grammar and values"
run 0 -j stats show --all && python3 -c 'import json, sys
print(*json.load(sys.stdin)[0]["counters"])' < "$tmp/out" > "$tmp/names"
run 0 stats show --openmetrics
for i in $(< "$tmp/names"); do
	grep -qE "^algate_$i(_bytes)?_total\{plugin=\"ftp\"\} " "$tmp/out" ||
		echo "$i is missing" >> "$tmp/err"
done
[ ! -s "$tmp/err" ] && [ -n "$i" ]; verdict $? "OpenMetrics: every counter"
# The alerts and the dashboard name only metrics that exist.
grep -oh 'algate_[a-z_]*' tools/prometheus/* | sort -u > "$tmp/names"
run 0 stats show --openmetrics
for i in $(< "$tmp/names"); do
	grep -q "^${i}[ {]" "$tmp/out" || echo "$i is missing" >> "$tmp/err"
done
[ ! -s "$tmp/err" ] && [ "$(wc -l < "$tmp/names")" -gt 20 ]
verdict $? "OpenMetrics: the metrics of alerts and dashboard"
REPLAY=/dev/null run 0 stats show --openmetrics &&
	grep -qx "algate_attachments 0" "$tmp/out" &&
	[ "$(tail -n 1 "$tmp/out")" = "# EOF" ]
verdict $? "OpenMetrics: nothing is loaded"
REPLAY_FAIL=3 run 1 stats show --openmetrics && [ ! -s "$tmp/out" ]
verdict $? "OpenMetrics: all or nothing"
run 2 stats show ftp --openmetrics && run 2 -j stats show --openmetrics
verdict $? "OpenMetrics: misuse"
run 1 -j monitor && python3 selftests/quick/schema.py \
	tools/monitor.schema.json < "$tmp/out" > "$tmp/seen" &&
	grep -qx "attach-new expect-expired expect-new flow-end lost plugin-new refused" \
		"$tmp/seen" || ! cat "$tmp/seen" >> "$tmp/err"
verdict $? "events, by their schema"
expected events 1 monitor

# Colours
on_terminal flow show && grep -q $'\033\\[31m' "$tmp/out"
verdict $? "colours on a terminal"
NO_COLOR=1 on_terminal flow show && grep -q detached "$tmp/out" &&
	! grep -q $'\033' "$tmp/out"
verdict $? "no colours with NO_COLOR"
TERM=dumb on_terminal flow show && ! grep -q $'\033' "$tmp/out"
verdict $? "no colours on a dumb terminal"

# Changes: a signal or a failure undoes them
for i in a b c; do
	sed "s/^plugin lines/plugin lines_$i/" "$root/selftests/golden/try/lines.alg" \
		> "$tmp/$i.alg"
done
export REPLAY_LOG=$tmp/log
log()	# COMMANDS...
{
	local got

	got=$(xargs < "$tmp/log")
	rm -f "$tmp/log"
	[ "$got" = "$*" ] || { echo "requests: $got" >> "$tmp/err"; false; }
}
run 0 plugin load "$tmp"/[abc].alg && log 1 1 1
verdict $? "three plug-ins are loaded"
REPLAY_SIGNAL=2 run 130 plugin load "$tmp"/[abc].alg && log 1 1 3 3 &&
	grep -q "all changes are undone" "$tmp/err"
verdict $? "Ctrl-C unloads the plug-ins that were loaded"
REPLAY_FAIL=3 run 1 plugin load "$tmp"/[abc].alg && log 1 1 1 3 3
verdict $? "so does a failure"
{
	echo "limit set flows 10"
	echo "attach add ftp tcp dport 2121"
	echo "attach add ftp tcp dport 2122"
} > "$tmp/saved"
run 0 restore "$tmp/saved" && log 11 12 5 5
verdict $? "three commands are restored"
REPLAY_SIGNAL=3 run 130 restore "$tmp/saved" && log 11 12 5 6 12
verdict $? "Ctrl-C undoes a part of a restore"
unset REPLAY_LOG
on_terminal plugin load "$tmp"/[abc].alg && grep -q "plug-ins: 2 of 3" "$tmp/out"
verdict $? "progress on a terminal"
run 0 plugin load "$tmp"/[abc].alg && [ ! -s "$tmp/err" ]
verdict $? "no progress elsewhere"

# Files written by hand, and a folder that plug-ins follow
mkdir -p "$tmp/dir" "$tmp/run"
export REPLAY_LOG=$tmp/log
cp "$tmp/a.alg" "$tmp/b.alg" "$tmp/dir"
{
	echo "plugin load lines_a"
	echo "attach add lines_a tcp dport 2121"
} > "$tmp/saved"
cp "$tmp/a.alg" "$tmp/dir/lines_a.alg"
ALGATE_PATH=$tmp/dir run 0 restore "$tmp/saved" && log 4 1 5
verdict $? "restore of a file that names a plug-in"
rm "$tmp/dir/lines_a.alg"
export RUNTIME_DIRECTORY=$tmp/run
sync()	# STATUS
{
	run "$1" plugin sync "$tmp/dir"
}
loaded()	# NAMES
{
	local got

	got=$(cut -d ' ' -f 1 "$tmp/run/plugins" | sort | xargs)
	[ "$got" = "$*" ] || { echo "list: $got" >> "$tmp/err"; false; }
}
sync 0 && loaded lines_a lines_b; verdict $? "sync: files come"
rm -f "$tmp/log" "$tmp/dir/a.alg"
sync 0 && loaded lines_b && grep -qx 3 "$tmp/log"; verdict $? "sync: a file goes"
rm -f "$tmp/log"
sed -i 's/open data/open date/' "$tmp/dir/b.alg"
cp "$tmp/c.alg" "$tmp/dir"
sync 1 && grep -q "b.alg:10:" "$tmp/err" && loaded lines_b lines_c &&
	! grep -qx 3 "$tmp/log"
verdict $? "sync: a broken file keeps its plug-in"
rm -f "$tmp/log"
cp "$tmp/c.alg" "$tmp/dir/d.alg"
sync 1 && grep -q "another file has" "$tmp/err" && loaded lines_b lines_c
verdict $? "sync: two files of the same plug-in"
rm -f "$tmp/log" "$tmp"/dir/*
REPLAY_FAIL=1 sync 1 && [ "$(wc -l < "$tmp/run/plugins")" = 1 ]
verdict $? "sync: a plug-in that cannot be unloaded stays in the list"
sync 0 && loaded ""; verdict $? "sync: all files are gone"
run 1 plugin sync "$tmp/none"; verdict $? "sync: no folder"
exit $fail

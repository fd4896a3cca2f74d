#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lib.sh - sourced by the scripts that run in the guest: measures, and writes
# the figures to /out, a line for each: TABLE ROW COLUMN FIGURE [NOTE].
# shellcheck disable=SC2034,SC2119,SC2154 # variables from ../lib.sh, and for who sources this

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh" > /dev/null
generator=$ROOT/build/bench/exchange
table=$(basename "$0" .sh)
invalid=0

# An entry that is being probed costs a packet 180 instructions more or less.
neighbour()	# NETNS DEV ADDRESS OF-NETNS OF-DEV
{
	ip -n "$1" neigh replace "$3" dev "$2" nud permanent \
		lladdr "$(ip -n "$4" -br link show "$5" | awk '{ print $3 }')"
}

neighbours()
{
	neighbour "$c0" eth0 "$r_lan" "$r" lan
	neighbour "$r" lan "$c0_ip" "$c0" eth0
	neighbour "$r" wan "$s_ip" "$s" eth0
	neighbour "$s" eth0 "$r_wan" "$r" wan
}

# Exchanges follow each other without a pause, in guest time that contains only
# their instructions: limits per second are not meant for that.
network()
{
	topo
	nat_masq
	neighbours
	modprobe -a nf_conntrack nf_nat
	sysctl -qw net.netfilter.nf_conntrack_expect_max=8192 \
		net.netfilter.nf_conntrack_max=262144
}

bench_module()
{
	load_module
	on "$r" "$ALGCTL" limit set expects 100000 rate 1000000 flows 1000000 \
		attachments 20000
}

figure()	# ROW COLUMN FIGURE [NOTE]
{
	local IFS=$'\t'

	echo "$table	$*" >> /out/figures
}

# The first word of the generator's output is the figure. A figure without the
# expected rewrites and expectations is invalid, with the reason.
measure()	# ROW COLUMN GENERATOR-ARGS...
{
	local row=$1 column=$2 out

	shift 2
	on "$r" conntrack -F > /dev/null 2>&1
	if out=$("$generator" "$@" "$c0" "$r" "$s" < /dev/null); then
		figure "$row" "$column" "${out%% *}" "$out"
	else
		echo "$table, $row, $column: $out" | comment
		figure "$row" "$column" invalid "${out##*exchange: }"
		invalid=1
	fi
}

# Processor time of a command, in ns, without waiting.
spent()	# COMMAND...
{
	python3 "$ROOT/selftests/bench/spent.py" "$@" 2> "$tmp/spent" ||
		echo invalid
	comment < "$tmp/spent" >&2
}

# Writes a file with a plug-in of this name that searches absent bytes.
plugin_file()	# NAME
{
	cat > "$tmp/$1.alg" <<-END
		plugin $1
		service tcp 2001
		service udp 2001
		frame lines max 16384
		expect data max 1 timeout 5m
		client: "PORT "i a:ip4 with commas "," p:port with commas end {
			open data tcp server -> a p
		}
		client: ... "DCC SEND " a:ip4 with decimal " " p:port {
			open data tcp server -> a p
		}
	END
}

load()	# FILE...
{
	"$ALGCTL" plugin load "$@"
}

attach()	# PLUGIN tcp|udp PORT
{
	on "$r" "$ALGCTL" attach add "$1" "$2" dport "$3"
}

detach()
{
	on "$r" "$ALGCTL" attach del "$1" "$2" dport "$3"
}

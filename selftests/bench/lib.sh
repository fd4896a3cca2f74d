#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lib.sh - sourced by the scripts that run in the guest: measures, and writes
# each figure to /out as a line: TABLE ROW COLUMN FIGURE [NOTE].
# shellcheck disable=SC2034,SC2119,SC2154 # variables of ../lib.sh, for scripts

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh" > /dev/null
generator=$ROOT/build/bench/exchange
table=$(basename "$0" .sh)
invalid=0

# Permanent neighbour entries: while the kernel probes an entry, a packet's cost
# varies by 180 instructions.
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

# Raises limits. Guest time counts only instructions, and the exchanges follow
# each other without a pause, so they would exceed limits per second.
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
		attachments 20000 ports 1024-65535
}

figure()	# ROW COLUMN FIGURE [NOTE]
{
	local IFS=$'\t'

	echo "$table	$*" >> /out/figures
}

# The first word of the generator's output is the figure. If rewrites or
# expectations are missing, the figure is invalid, and a note has the reason.
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

# Prints the processor time of a command, in ns.
spent()	# COMMAND...
{
	python3 "$ROOT/selftests/bench/spent.py" "$@" 2> "$tmp/spent" ||
		echo invalid
	comment < "$tmp/spent" >&2
}

# Assigns a helper of the kernel or a plug-in, by the same rules.
helper_rules()	# HELPER PROTO PORT
{
	router_nft <<-END
		table inet helper {
			ct helper it { type "$1" protocol $2; }
			chain prerouting {
				type filter hook prerouting priority filter;
				$2 dport $3 ct helper set "it"
			}
		}
	END
}

# Writes a plug-in NAME that searches for bytes that no message contains.
plugin_file()	# NAME
{
	cat > "$tmp/$1.alg" <<-END
		plugin $1
		service tcp 2001
		service udp 2001
		frame lines max 16384
		expect data max 1 timeout 5m
		begin client: [A-Za-z]
		client: "PORT "i a:ip4 with commas "," p:port with commas end {
			open data tcp server -> a p
		}
		client: ... "DCC SEND " a:ip4 with decimal " " p:port {
			open data tcp server -> a p
		}
	END
}

# Drops the datagrams at the server: only the first packet of a flow matters.
quiet()
{
	on "$s" nft -f - <<-END
		table inet quiet {
			chain prerouting {
				type filter hook prerouting priority raw;
				udp sport 4001-4004 drop
			}
		}
	END
}

# Loads and attaches a plug-in that opens what crowd.py announces.
plugin_crowd()	# TIMEOUT MAX PORTS
{
	cat > "$tmp/crowd.alg" <<-END
		plugin crowd
		service udp 4001
		frame datagram
		expect data max $2 timeout $1
		client: "TPORT " a:ip4 with commas "," p:port with commas end {
			open data tcp server -> a p ports $3
		}
		client: "UPORT " a:ip4 with commas "," p:port with commas end {
			open data udp server -> a p ports $3
		}
	END
	load "$tmp/crowd.alg"
	on "$r" "$ALGCTL" attach add crowd udp sport 4001
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

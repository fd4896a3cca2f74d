#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2317,SC2119 # functions are called by check
#
# Fifty clients (clients.sh) work for SOAK_TIME seconds over a bad network.
# Meanwhile, plug-ins are replaced, and attachments and namespaces are added and
# removed (changes.sh). No transfer is damaged, the counters add up, and nothing
# is left in the end.
# timeout: 900

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
for file in peers peers_irc_dcc peers_snmp peers_sunrpc; do
	# shellcheck source=/dev/null
	. "$ROOT/selftests/$file.sh"
done
# shellcheck source=selftests/vm/soak/clients.sh
. "$ROOT/selftests/vm/soak/clients.sh"
# shellcheck source=selftests/vm/soak/changes.sh
. "$ROOT/selftests/vm/soak/changes.sh"
need curl lftp tftp busybox sipp ngircd irssi script rpcbind rpcinfo showmount \
	snmpd snmpget socat tc unshare vsftpd in.tftpd

soak_time=${SOAK_TIME:-60}
population=50	# number of clients, each with its own address
spaces=10	# number of their namespaces
slow=${ALGATE_SLOW:-1}
patience=$((60 * slow))	# seconds until a client gives up
plugins=(ftp irc sip snmp sunrpc tftp)
protocols=(ftp21 ftp2121 lftp tftp dcc sip sunrpc snmp)
changes=(replace_one reload attach_more come_and_go look network)
workers=()

# lib.sh prints the state with the first failure. The state of all namespaces
# would be too long here.
state()
{
	on "$r" "$ALGCTL" stats show
}

# Prints a line, also to descriptor 3, whose output "selftests/run" shows at
# once.
progress()
{
	echo "# $*"
	{ echo "$*" >&3; } 2> /dev/null
}

addresses()
{
	local i ns

	for ((i = spaces; i < population; i++)); do
		ns=c$((i % spaces))
		ip -n "${!ns}" addr add "10.0.1.$((10 + i))/24" dev eth0 || return
	done
}

# Only control connections of the services are allowed. All other flows need an
# expectation.
only_services()
{
	router_nft <<-END
		table inet strict {
			chain forward {
				type filter hook forward priority filter; policy drop;
				ct state established,related accept
				iifname lan tcp dport { 21, 111, 2121, 6667 } accept
				iifname lan udp dport { 69, 111, 161, 5060 } accept
			}
		}
	END
}

servers_start()
{
	mkdir -p "$served"
	head -c 20000 /dev/urandom > "$served/small"
	vsftpd_start "$s" max_per_ip=0 max_clients=0 &&
		ftp_port=2121 pureftpd_start "$s" -c 200 -C 200 &&
		tftpd_start "$s" -c && ngircd_start "$s" && sunrpc_start "$s" &&
		snmpd_start "$s" &&
		start "$s" udp 5060 sipp -sn uas -i "$s_ip" -mi "$s_ip" -nostdin \
			-watchdog_interval 0 ||
		return
	# servers with different users write there
	chmod 777 "$served/in"
}

attach_all()
{
	local what files

	sed 's/^plugin ftp /plugin ftp2 /' "$PLUGINS/ftp.alg" > "$tmp/ftp2.alg"
	files=("${plugins[@]/#/$PLUGINS/}")
	"$ALGCTL" plugin load "${files[@]/%/.alg}" "$tmp/ftp2.alg" || return
	for what in "ftp tcp dport 21" "ftp2 tcp dport 2121" "irc tcp dport 6667" \
		"sip udp dport 5060" "sunrpc tcp dport 111" \
		"sunrpc udp dport 111" "snmp udp dport 161" "tftp udp dport 69"; do
		# shellcheck disable=SC2086 # words
		on "$r" "$ALGCTL" attach add $what || return
	done
	flows_anew
}

# --- figures

available()	# KiB
{
	awk '/^MemAvailable/ { print $2 }' /proc/meminfo
}

flows()
{
	on "$r" sh -c 'tail -n +2 /proc/net/algate/flows' | wc -l
}

expectations()
{
	on "$r" "$ALGCTL" expect show | wc -l
}

minute()
{
	local whole

	whole=$(tallied whole)
	progress "$((SECONDS - began)) s: $whole whole, $(tallied late) late," \
		"$(tallied damaged) damaged; $(times replace_one) replaced," \
		"$(times reload) reloaded, $(times come_and_go) namespaces;" \
		"$(flows) flows, $(expectations) expectations," \
		"$(($(available) / 1024)) MB available"
	[ "$whole" -gt "$whole_before" ] || stalled+=" $((SECONDS - began))"
	whole_before=$whole
}

# --- at the end

idle()	# all workers have ended
{
	local pid

	for pid in "${workers[@]}"; do
		[ ! -e "/proc/$pid" ] || { pstree_of "$pid"; return 1; }
	done
}

pstree_of()	# PID: prints the process and its newest descendants
{
	while [ -n "$1" ]; do
		tr '\0' ' ' < "/proc/$1/cmdline"
		echo
		set -- "$(pgrep -n -P "$1")"
	done
} 2> /dev/null

# When no expectation is open: opened = used + expired + cancelled. A permanent
# expectation is counted at its use and again at its end.
accounts()	# PLUGIN
{
	local name n=()

	for name in opened used expired cancelled; do
		n+=("$(counter "$r" "$1" "$name")")
	done
	echo "$1: opened ${n[0]}, used ${n[1]}, expired ${n[2]}, cancelled ${n[3]}"
	case $1 in
	sunrpc) [ "${n[0]}" = $((n[2] + n[3])) ] ;;
	sip) [ "${n[0]}" -ge $((n[2] + n[3])) ] &&
		[ "${n[0]}" -le $((n[1] + n[2] + n[3])) ] ;;
	*) [ "${n[0]}" = $((n[1] + n[2] + n[3])) ] ;;
	esac
}

quiet()	# there is no flow and no expectation
{
	[ "$(flows)" = 0 ] && [ "$(expectations)" = 0 ] &&
		[ "$(on "$r" conntrack -L expect 2> /dev/null | wc -l)" = 0 ]
}

# After deleting all conntrack entries, no flow and no expectation is left, also
# of flows that were just being set up.
nothing_left()
{
	on "$r" conntrack -F 2> /dev/null
	busywait 5 quiet || { on "$r" cat /proc/net/algate/flows; return 1; }
}

# An attempt of PROTOCOL succeeds while no other client works.
at_rest()	# PROTOCOL
{
	local dir=$tmp/rest before=0 ns=$c0

	mkdir -p "$dir"
	before=$(tallied whole "$1")
	case $1 in
	ftp21) try_ftp "$ns" 10.0.1.20 ;;
	ftp2121) try_ftp "$ns" 10.0.1.20 2121 ;;
	dcc) dcc_send "" alice bob "rest$SECONDS" && tally whole dcc ;;
	*) "try_$1" "$ns" 10.0.1.20 ;;
	esac
	[ "$(tallied whole "$1")" -gt "$before" ] ||
		{ tail -n 1 "$tmp/tally"; return 1; }
}

memory_back()
{
	local now

	now=$(available)
	echo "$memory KiB before, $now now"
	[ "$now" -gt $((memory - 32 * 1024)) ]
}

# --- the test

topo $spaces
addresses
nat_masq
only_services
: > "$tmp/tally"
: > "$tmp/wrong"
check "servers" servers_start || finish
load_module
check "plug-ins" attach_all || finish
check "bob listens" irssi_start "$s" bob "$s_ip"
check "alice, too" irssi_start "$c0" alice "$s_ip"
check "carol, too" irssi_start "$c1" carol "$s_ip"
for protocol in "${protocols[@]}"; do
	check "before: $protocol" at_rest "$protocol"
done
memory=$(available)

began=$SECONDS whole_before=0 stalled=
for change in "${changes[@]}"; do
	again "$change" "$change" &
	workers+=($!)
done
for ((i = 0; i < population; i++)); do
	client $i &
	workers+=($!)
done
for nick in alice carol; do
	irc_client $nick &
	workers+=($!)
done
while [ $((SECONDS - began)) -lt "$soak_time" ]; do
	left=$((soak_time + began - SECONDS))
	sleep $((left < 60 ? left : 60))
	minute
done
touch "$tmp/stop"
progress "$((SECONDS - began)) s: the last ones are waited for"
check "which end" busywait 240 idle || kill -9 "${workers[@]}"
wait "${workers[@]}" 2> /dev/null
impair del
minute

comment < <(sort "$tmp/tally" | cut -c 1-120 | uniq -c)
check "nothing is damaged" fails grep '^damaged' "$tmp/tally"
check "no minute without a transfer" test -z "$stalled"
for protocol in "${protocols[@]}"; do
	check "$protocol: some got through" test "$(tallied whole "$protocol")" -gt 1
done
check "no command failed" fails grep . "$tmp/wrong"
for change in "${changes[@]}"; do
	check "$change: $(times "$change") times" test "$(times "$change")" -gt 1
done
for protocol in "${protocols[@]}"; do
	check "after: $protocol" at_rest "$protocol"
done
check "nothing is left" nothing_left
for plugin in "${plugins[@]}" ftp2; do
	check "$plugin: opened is what became of it" accounts "$plugin"
	comment < "$tmp/check"
done
check "memory is back" memory_back
comment < "$tmp/check"
finish

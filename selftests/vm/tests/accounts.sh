#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# However an expectation ends, the counters add up at any time: opened is the
# sum of used, expired, cancelled and the present expectations.
# timeout: 120

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

cat > "$tmp/acc.alg" <<-END
	plugin acc
	service tcp 21
	frame lines max 512
	expect few max 2 timeout 2s
	expect long max 2 timeout 1h
	begin client: [A-Z]+ " "
	client: "FEW " p:port end { open few tcp any -> self p }
	client: "LONG " p:port end { open long tcp any -> self p }
	client: "MANY " p:port end { open long tcp any -> self p ports 3 }
	client: "BOTH " p:port " " q:port end {
		open long tcp any -> self p
		open long tcp any -> self q
	}
	client: "LESS " p:port " " q:port end {
		open long tcp peer -> self p
		open long tcp any -> self q
	}
	client: "TIED " a:ip " " p:port " " q:port end {
		open long tcp peer -> a p
		open long tcp any -> a q
	}
	client: "PEER " p:port " " q:port end {
		open long tcp peer -> self p
		open long tcp peer -> self q
	}
END

# Opens a connection whose client sends each line that is written to fd 3.
talk()
{
	mkfifo "$tmp/say"
	python3 "$ROOT/selftests/vm/say.py" "$c0" "$s" "$s_ip" 21 \
		< "$tmp/say" > "$tmp/heard" &
	talker=$!
	exec 3> "$tmp/say"
}

say()	# TEXT
{
	said=$((${said:-0} + 1))
	echo "$1" >&3
	busywait 10 heard || { cat "$tmp/heard"; return 1; }
}

heard()
{
	[ "$(wc -l < "$tmp/heard")" = "$said" ]
}

there()
{
	on "$r" "$ALGCTL" expect show | grep -c '^acc'
}

# Compares opened, used, expired, cancelled and the number of present
# expectations.
account()	# "N N N N N"
{
	local name now=''

	for name in opened used expired cancelled; do
		now+="$(counter "$r" acc "$name") "
	done
	now+=$(there)
	[ "$now" = "$1" ] || { echo "$now, not $1"; return 1; }
}

use()	# PORT
{
	on "$s" socat -u /dev/null "TCP4:$r_wan:$1,connect-timeout=3" ||
		true # nobody listens; the SYN alone uses the expectation
}

open_to_any()	# PORT
{
	on "$r" "$ALGCTL" expect show | grep "^acc .* any -> $r_wan:$1 "
}

open_to_peer()	# PORT
{
	! open_to_any "$1"
}

expect_max()	# NUMBER
{
	sysctl -qw "net.netfilter.nf_conntrack_expect_max=$1"
}

topo
nat_masq
load_module
most=$(sysctl -n net.netfilter.nf_conntrack_expect_max)
defer expect_max "$most"
check "load" "$ALGCTL" plugin load "$tmp/acc.alg" || finish
check "attach" on "$r" "$ALGCTL" attach add acc tcp dport 21
talk
check "open port 42001" say "LONG 42001"
check "one expectation is open" account "1 0 0 0 1"
check "open port 42002" say "LONG 42002"
check "two expectations are open" account "2 0 0 0 2"
check "open port 42002 again" say "LONG 42002"
check "the new expectation replaces the old one" account "3 0 0 1 2"
check "open a third port" say "LONG 42003"
check "the oldest expectation is evicted" account "4 0 0 2 2"
check "open more ports at once than the class allows" say "MANY 42010"
check "this is refused, and the others stay" account "4 0 0 2 2"
check "the refusal is counted as limit" counts "$r" acc limit 1
check "open the same port twice in a message" say "BOTH 42020 42020"
check "the second opening replaces the first" account "6 0 0 4 2"
check "open two ports in a message" say "BOTH 42030 42031"
check "both are open" account "8 0 0 6 2"
check "limit conntrack to two expectations" expect_max 2
check "narrow an open port, and open a new port of the same address" \
	say "TIED $c0_ip 42030 42050"
check "both are refused, and nothing changes" account "8 0 0 6 2"
check "the refusal is counted as no_port" counts "$r" acc no_port 1
check "the port is still open to any host" open_to_any 42030
check "open an open port and a new port in a message" say "BOTH 42030 42050"
check "the open port is renewed" account "9 0 0 7 2"
check "the new port is refused" counts "$r" acc no_port 2
check "narrow an open port, and open a new port" say "LESS 42030 42050"
check "the open port is replaced" account "10 0 0 8 2"
check "the new port is refused" counts "$r" acc no_port 3
check "the port is open to the peer alone" open_to_peer 42030
check "restore conntrack's limit" expect_max "$most"
check "narrow the same port twice in a message" say "PEER 42031 42031"
check "the second opening replaces the first" account "12 0 0 10 2"
check "send a packet to an open port" use 42030
check "this uses the expectation" account "12 1 0 10 1"
check "open a port for two seconds" say "FEW 42040"
check "open another port for two seconds" say "FEW 42041"
check "both time out" busywait 40 account "14 1 2 10 1"
exec 3>&-
wait "$talker"
check "delete conntrack's entry of the flow" on "$r" conntrack -F
check "the last expectation ends with it" busywait 20 account "14 1 2 11 0"
check "detach" on "$r" "$ALGCTL" attach del acc tcp dport 21
check "unload" busywait 5 "$ALGCTL" plugin unload acc
finish

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
	client: "FEW " p:port end { open few tcp any -> self p }
	client: "LONG " p:port end { open long tcp any -> self p }
	client: "MANY " p:port end { open long tcp any -> self p ports 3 }
	client: "BOTH " p:port " " q:port end {
		open long tcp any -> self p
		open long tcp any -> self q
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
check "one" say "LONG 2001"
check "is there" account "1 0 0 0 1"
check "two" say "LONG 2002"
check "are there" account "2 0 0 0 2"
check "the same again" say "LONG 2002"
check "takes its place" account "3 0 0 1 2"
check "a third one" say "LONG 2003"
check "takes the oldest one's" account "4 0 0 2 2"
check "more at once than the class takes" say "MANY 2010"
check "is refused, the others stay" account "4 0 0 2 2"
check "and counted" counts "$r" acc limit 1
check "the same twice" say "BOTH 2020 2020"
check "is one" account "6 0 0 4 2"
check "two at once" say "BOTH 2030 2031"
check "are two" account "8 0 0 6 2"
check "conntrack has room for no more" expect_max 2
check "one that is there, and one more" say "BOTH 2030 2050"
check "are refused, and leave all as it was" account "8 0 0 6 2"
check "and counted" counts "$r" acc no_port 1
check "conntrack has room" expect_max "$most"
check "a packet for one of them" use 2030
check "uses it" account "8 1 0 6 1"
check "short ones" say "FEW 2040"
check "two of them" say "FEW 2041"
check "run out" busywait 40 account "10 1 2 6 1"
exec 3>&-
wait "$talker"
check "the entry goes" on "$r" conntrack -F
check "and takes the last one along" busywait 20 account "10 1 2 7 0"
check "detach" on "$r" "$ALGCTL" attach del acc tcp dport 21
check "unload" busywait 5 "$ALGCTL" plugin unload acc
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2154,SC2119 # functions are called by check
#
# Three kinds of objects refer to a conntrack helper when its plug-in or the
# module is removed: flows, a deleted conntrack entry that a data connection
# still refers to, and rules of nft. Only a rule prevents the removal. The flows
# go on, and may end after the plug-in was loaded again.
# timeout: 120

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/talk.sh
. "$ROOT/selftests/talk.sh"
need python3

sed 's/^plugin ftp/plugin other/; s/^expect data .*/expect data max 1 timeout 2m/' \
	"$PLUGINS/ftp.alg" > "$tmp/other.alg"
sed 's/max 1 timeout 2m/max 4 timeout 1h/' "$tmp/other.alg" > "$tmp/more.alg"

rule()
{
	router_nft <<-END
		table ip helpers {
			ct helper files {
				type "ftp" protocol tcp
			}
			chain prerouting {
				type filter hook prerouting priority filter;
				tcp dport 2121 ct helper set "files"
			}
		}
	END
}

other_up()
{
	"$ALGCTL" plugin load "$tmp/other.alg" &&
		on "$r" "$ALGCTL" attach add other tcp dport 21
}

other_down()
{
	on "$r" "$ALGCTL" attach del other tcp dport 21 &&
		"$ALGCTL" plugin unload other
}

# Opens two flows: the first has a data connection, and its conntrack entry is
# deleted, but the data connection still refers to it. The second flow has an
# expectation.
hold()	# DELETED FLOW
{
	local port

	talk open "$1" && port=$answer && inspected "$1" 40000 &&
		talk data "$1" &&
		on "$r" conntrack -D -p tcp --sport "$port" --dport 21 &&
		talk open "$2" && inspected "$2" 40001
}

inspected()	# FLOW PORT
{
	says "$r_wan $2" talk port "$1" "$2"
}

ignored()	# FLOW PORT
{
	says "$c0_ip $2" talk port "$1" "$2"
}

goes_on()	# DELETED FLOW
{
	talk pass "$1" && ignored "$2" 40002
}

# Conntrack has NUMBER expectations, each with more than SECONDS left.
expects()	# NUMBER SECONDS
{
	on "$r" conntrack -L expect 2> /dev/null | awk -v n="$1" -v s="$2" '
		$1 > s	{ n-- }
			{ print }
		END	{ exit n }'
}

references()	# PLUGIN NUMBER
{
	"$ALGCTL" plugin show | grep "^$1 .*references $2 "
}

topo
nat_masq
strict tcp 21
load_module
talk_start 21
check "load" "$ALGCTL" plugin load "$PLUGINS/ftp.alg" || finish
check "a rule of nft names the plug-in" rule
check "the plug-in has a reference" references ftp 1

check "another plug-in" other_up
check "its flows: a deleted entry, and an expectation" hold a b
check "a rule's plug-in is not unloaded" refused "hold the plug-in" \
	"$ALGCTL" plugin unload ftp
check "the other is unloaded" other_down
check "no expectation is left" expects 0 0
check "its former flows go on" goes_on a b

check "load again" other_up
check "new flows are inspected" hold c d
check "old flows are not inspected" goes_on a b
check "an old flow ends" talk close a
check "another old flow ends" talk close b
check "new flows do not end" inspected d 40003

check "one expectation is open" expects 1 60
check "a replacement allows more, for longer" \
	"$ALGCTL" plugin replace "$tmp/more.alg"
check "open one more" inspected d 40004
check "open another" inspected d 40005
check "conntrack uses the new maximum and timeout" expects 2 3000

check "delete the rule" on "$r" nft delete table ip helpers
check "unload its plug-in" busywait 5 "$ALGCTL" plugin unload ftp
check "remove the module" busywait 5 rmmod algate
check "all flows go on" goes_on c d
load_module
check "load again" other_up
check "new flows are inspected" hold e f
check "old flows are not inspected" goes_on c d
check "an old flow ends" talk close c
check "another old flow ends" talk close d
check "new flows do not end" inspected f 40006
check "unload" other_down
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2154,SC2119 # functions are called by check
#
# A control connection that another router hands over, as conntrackd does: its
# next announcement is translated, and its open expectations keep their NAT.
# A connection whose inspection has ended is not inspected again.
# timeout: 120

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/talk.sh
. "$ROOT/selftests/talk.sh"
need python3

public=192.0.2.100
handover=$ROOT/build/$RELEASE/handover
declare -A port=()

opened()	# FLOW
{
	talk open "$1" && port[$1]=$answer
}

handed_over()	# FLOW [move|move-data|update]
{
	on "$r" "$handover" "${2:-move}" "$c0_ip" "${port[$1]}" "$s_ip"
}

translated()	# FLOW PORT
{
	says "$public $2" talk port "$1" "$2"
}

untouched()	# FLOW PORT
{
	says "$c0_ip $2" talk port "$1" "$2"
}

pickup()	# off|known|all
{
	on "$r" "$ALGCTL" limit set pickup "$1" &&
		on "$r" "$ALGCTL" limit show | grep -E "^pickup +$1 " &&
		on "$r" "$ALGCTL" save | grep -E "^limit set .* pickup $1( |$)"
}

functions()
{
	on "$r" "$handover" functions
}

each_has_a_name()
{
	local names

	names=$(functions) && [ -n "$names" ] &&
		[ "$(uniq <<< "$names")" = fn=algate ]
}

# A line behind an accepted AUTH ends the inspection.
encrypted()	# FLOW
{
	opened "$1" && translated "$1" 41000 && talk reply "$1" 3 200 Done &&
		talk cut "$1" 4 AUTH TLS && talk reply "$1" 3 234 Proceed &&
		talk cut "$1" 4 HELP
}

passive()	# FLOW
{
	talk cut "$1" 3 PASV &&
		says "227 Passive (192,0,2,2,160,7)" \
			talk reply "$1" 3 "227 Passive (192,0,2,2,160,7)"
}

forgotten()	# FLOW
{
	opened "$1" && translated "$1" 42000 &&
		on "$r" conntrack -D -p tcp --sport "${port[$1]}"
}

topo
nat_snat $public
strict tcp 21
plugin_up ftp tcp 21
check "talk" talk_start 21

check "a connection" opened a
check "its announcement is translated" translated a 40000
check "its expectation is dumped with a function" each_has_a_name
check "handed over with its expectation" handed_over a
check "the expectation has its function" each_has_a_name
check "and its translation" talk use a
check "the next announcement is translated" translated a 40001
check "and expected" talk use a
check "so is the next one" translated a 40002
check "and expected, too" talk use a
check "both directions resume" passive a
check "and count" counts "$r" ftp resumed 2

check "an encrypted connection" encrypted b
check "handed over with data" handed_over b move-data
check "is not inspected" untouched b 41001
check "another program sets its helper" handed_over b update
check "that changes nothing" untouched b 41002
check "without data nobody knows" handed_over b
check "that it was encrypted" translated b 41003

check "a connection" opened c
check "with data" translated c 41004
check "handed over" handed_over c move-data
check "its announcement is translated" translated c 41005

check "pickup is off" pickup off
check "a connection" opened d
check "is inspected" translated d 41006
check "handed over" handed_over d
check "it is not inspected" untouched d 41007
check "with a reason" counts "$r" ftp midstream 1

check "pickup is known" pickup known
check "a connection that conntrack forgot" forgotten e
check "is not inspected" untouched e 42001
check "pickup is all" pickup all
check "a connection that conntrack forgot" forgotten f
check "is inspected" translated f 42002
check "and expected" talk use f

check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
check "unload" busywait 5 "$ALGCTL" plugin unload ftp
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Traffic reaches each limit. Traffic beyond the limit passes unread and is
# counted, and other flows go on. "restore" sets saved limits again.
# timeout: 180

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/talk.sh
. "$ROOT/selftests/talk.sh"
need python3

limit_set()	# LIMIT NUMBER
{
	on "$r" "$ALGCTL" limit set "$1" "$2" && limit_is "$1" "$2"
}

limit_is()	# LIMIT NUMBER
{
	on "$r" "$ALGCTL" limit show > "$tmp/limits" || return
	grep -qE "^$1 +$2 " "$tmp/limits" || { cat "$tmp/limits"; return 1; }
}

# An announcement is rewritten, or passes unchanged.
rewritten()	# FLOW PORT
{
	says "$r_wan $2" talk port "$1" "$2"
}

unread()	# FLOW PORT
{
	says "$c0_ip $2" talk port "$1" "$2"
}

grows()	# COUNTER BY COMMAND...
{
	local counter=$1 by=$2 before after

	shift 2
	before=$(counter "$r" ftp "$counter")
	"$@" || return
	after=$(counter "$r" ftp "$counter")
	[ $((after - before)) = "$by" ] ||
		{ echo "$counter: $before -> $after, not $by more"; return 1; }
}

# The counter counts each packet of an uninspected flow; their number varies.
counted()	# COUNTER
{
	[ "$(counter "$r" ftp "$1")" -gt 0 ]
}

open_expectations()	# NUMBER
{
	local n

	n=$(on "$r" "$ALGCTL" expect show plugin ftp | wc -l)
	[ "$n" = "$1" ] || { echo "$n expectations, not $1"; return 1; }
}

# Of ANNOUNCED announcements, at most MOST are opened, and all others are
# counted as refused. If the clock's second changes meanwhile, the announcements
# of two seconds pass. No announcement passes if an earlier one used up this
# second.
most_refused()	# ANNOUNCED MOST
{
	local opened

	opened=$(tr ' ' '\n' <<< "$answer" | grep -c "^$r_wan:")
	echo "$opened opened: $answer"
	[ "$opened" -le "$2" ] && counts "$r" ftp limit $((refusals + $1 - opened))
}

save()	# FILE
{
	on "$r" "$ALGCTL" save > "$tmp/$1"
}

topo
nat_masq
plugin_up ftp tcp 21
check "talk" talk_start 21
for limit in "flows 65536" "expects 16384" "rate 32768" "kept 4096" \
	"attachments 16384"; do
	# shellcheck disable=SC2086 # words
	check "$limit unless set" limit_is $limit
done
check "save" save saved

check "two flows at most" limit_set flows 2
for flow in a b c; do
	check "flow $flow" talk open $flow
done
check "the first is inspected" rewritten a 41001
check "the second is inspected" rewritten b 41002
check "the third is not inspected" unread c 41003
check "the third flow is counted" counted flow_limit
check "three flows at most" limit_set flows 3
check "the first is still inspected" rewritten a 41004
check "flow d" talk open d
check "a new flow is inspected" rewritten d 41005

check "four expectations are open" open_expectations 4
check "five expectations at most" limit_set expects 5
check "a fifth is opened" rewritten a 41006
check "a sixth is refused" grows limit 1 unread b 41007
check "nothing was opened" open_expectations 5
check "use an expectation" says used talk use a
check "another can be opened" rewritten b 41009
check "a thousand expectations at most" limit_set expects 1000

check "no opening a second" limit_set rate 0
check "an opening is refused" grows limit 1 unread a 41010
check "one opening a second" limit_set rate 1
refusals=$(counter "$r" ftp limit)
check "five openings at once" talk ports d 41011 41012 41013 41014 41015
check "two of them pass at most" most_refused 5 2
check "another opening passes in another second" busywait 10 rewritten b 41016
check "as many a second as before" limit_set rate 32768

# a line that is longer than the smallest limit of kept bytes
line="227 Entering Passive Mode, and this is how that is done here: (${s_ip//./,},160,60)"
check "a line in two pieces" says "$line" talk reply a 70 "$line"
check "the first piece is kept, and joined" counts "$r" ftp joined 1
check "64 bytes kept" limit_set kept 64
check "a line in two pieces, which pass unread" \
	grows too_long 1 says "$line" talk reply a 70 "$line"
check "nothing is joined" counts "$r" ftp joined 1
check "the next line is read" rewritten a 41021
check "another flow's short pieces are kept" grows joined 1 \
	says "EPRT |1|$r_wan|41022|" talk cut d 12 "EPRT |1|$c0_ip|41022|"
check "less than 64 is refused" refused "out of range" \
	on "$r" "$ALGCTL" limit set kept 63

check "one attachment" limit_set attachments 1
check "a second is refused" refused "limit of attachments is reached" \
	on "$r" "$ALGCTL" attach add ftp tcp dport 2121
check "the first stays" rewritten a 41023

check "save" save small
check "restore the first ones" on "$r" "$ALGCTL" restore "$tmp/saved"
check "attachments as they were" limit_is attachments 16384
check "kept as it was" limit_is kept 4096
check "restore the small ones" on "$r" "$ALGCTL" restore "$tmp/small"
check "attachments" limit_is attachments 1
check "kept" limit_is kept 64
check "flows" limit_is flows 3
check "save" save again
check "what is restored is what was saved" cmp "$tmp/again" "$tmp/small"
check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21
finish

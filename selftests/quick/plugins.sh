#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests the plug-ins of plugins/ on captures of widely used clients and servers,
# and on odd messages; and the plug-in in plugins/README.
#
#	plugins.sh [-u]		-u: write the output into the golden files

root=$(cd "$(dirname "$0")/../.." && pwd)
golden=$root/selftests/golden
update=${1:-}
fail=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

verdict()	# STATUS NAME [FILE with the reason]
{
	if [ "$1" = 0 ]; then
		echo "ok plugins: $2"
	else
		echo "not ok plugins: $2"
		sed 's/^/# /' "${3:-/dev/null}" | head -n 60
		fail=1
	fi
}

make -s -C "$root" tools > "$tmp/make" 2>&1 || cat "$tmp/make"
algctl=$root/tools/algctl

# All captures use the same assumed NAT, but names are asked from outside.
try()	# PLUGIN CAPTURE
{
	local nat=(--snat 192.0.2.1 --dnat 198.51.100.222 --port-offset 1001)

	[[ $2 != *_v6.pcap ]] || nat=(--snat 2001:db8:2::1
		--dnat 2001:db8:ffff::222 --port-offset 1001)
	[ "$1" != dns ] || nat=(--dnat 198.51.100.222
		--map hosts=10.0.1.0/24=203.0.113.0/24)
	"$algctl" plugin try "$root/plugins/$1.alg" "$2" "${nat[@]}" 2>&1
}

same()	# NAME EXPECTED GOT
{
	if [ "$update" = -u ]; then
		cp "$3" "$2"
	fi
	diff -u "$2" "$3" > "$tmp/diff"
	verdict $? "$1" "$tmp/diff"
}

recorded()	# NAME PLUGIN
{
	try "$2" "$golden/try/$1.pcap" > "$tmp/out"
	same "recorded: $1" "$golden/try/$1.out" "$tmp/out"
}

# each message is a datagram of a capture
odd()	# NAME
{
	"$golden/datagrams.py" "$tmp/$1.pcap" 5060 "$golden/sip/$1"-*
	try sip "$tmp/$1.pcap" > "$tmp/out"
	same "odd messages: $1" "$golden/sip/$1.out" "$tmp/out"
}

# The messages of a document with torture tests. The public address is longer
# than the phone's, so Content-Length changes.
torture()	# NAME PUBLIC-ADDRESS
{
	"$golden/datagrams.py" "$tmp/$1.pcap" 5060 "$golden/sip/$1"-*
	"$algctl" plugin try "$root/plugins/sip.alg" "$tmp/$1.pcap" --snat "$2" \
		--port-offset 1001 > "$tmp/out" 2>&1
	same "torture tests: $1" "$golden/sip/$1.out" "$tmp/out"
}

# Prints the results without packet numbers, so that the results of differently
# cut streams can be compared.
heard()	# CAPTURE
{
	"$algctl" plugin try "$root/plugins/sip.alg" "$1" --snat 192.0.2.1 \
		--port-offset 1001 2>&1 | sed 's/^packet [0-9]*/packet/; /^counters/,$d'
}

cut_anywhere()	# MESSAGE...
{
	local f n=0 bad=0

	mkdir "$tmp/cut"
	"$golden/segments.py" "$tmp/cut" 5060 "$@"
	heard "$tmp/cut/0.pcap" > "$tmp/whole"
	for f in "$tmp/cut"/*.pcap; do
		heard "$f" > "$tmp/out"
		diff -u --label whole --label "${f##*/}" "$tmp/whole" "$tmp/out" \
			>> "$tmp/cut.diff" || bad=$((bad + 1))
		n=$((n + 1))
	done
	# Each message must be rewritten; otherwise nothing is compared.
	[ $bad = 0 ] && [ $n -gt 400 ] && [ "$(grep -c '^  after' "$tmp/whole")" = $# ]
	verdict $? "SIP over TCP, cut at every byte" "$tmp/cut.diff"
}

for f in "$root"/plugins/*.alg; do
	"$algctl" plugin check "$f" > "$tmp/out" 2>&1 &&
		! grep -q 'warning:' "$tmp/out"
	verdict $? "check: ${f##*/}" "$tmp/out"
done
for f in "$golden"/try/*.pcap; do
	name=${f##*/}
	name=${name%.pcap}
	plugin=${name%%_*}
	[ ! -e "$root/plugins/$plugin.alg" ] || recorded "$name" "$plugin"
done
odd legal
odd broken
odd dialogue
torture rfc4475 203.0.113.111
torture rfc5118-ipv6 2001:db8:ffff::beef
cut_anywhere "$golden/sip/dialogue-01.txt" "$golden/sip/dialogue-10.txt"

# After rewriting, no inside address is left, except in the user's SIP address.
awk '/^packet/ { after = 0 } /^  after/ { after = 1 }
     after && /10\.0\.1\.10/ && !/sip:10\.0\.1\.10@/' \
	"$golden/sip/legal.out" > "$tmp/left"
[ ! -s "$tmp/left" ]
verdict $? "odd messages: all addresses are found" "$tmp/left"

# Status 0: the plug-in opened or rewrote something in the capture; 1: it did
# not; 2: "plugin try" failed.
opens()	# CAPTURE PLUGIN OPTIONS...
{
	"$algctl" plugin try "$root/plugins/$2.alg" "$1" "${@:3}" > "$tmp/out" 2>&1
	grep -q "^counters" "$tmp/out" || return 2
	grep -qE '^  (open|after)' "$tmp/out"
}

# A flow that begins with another protocol opens and rewrites nothing.
begins()	# PLUGIN[_udp]
{
	local f got wanted

	: > "$tmp/begins"
	for f in "$tmp/begin/$1"-*.pcap; do
		opens "$f" "${1%_udp}" --snat 192.0.2.1 --dnat 198.51.100.222
		got=$?
		wanted=1
		[[ ${f##*/} != "$1"-own* ]] || wanted=0
		[ $got = $wanted ] || { echo "${f##*/}"; cat "$tmp/out"; } >> "$tmp/begins"
	done
	[ ! -s "$tmp/begins" ]
	verdict $? "what begins as $1, and nothing else, opens" "$tmp/begins"
}

mkdir "$tmp/begin"
"$golden/beginnings.py" "$tmp/begin"
for f in "$tmp/begin"/*-own.pcap; do
	f=${f##*/}
	begins "${f%-own.pcap}"
done
# The plug-ins without a recording: what their own conversations open and rewrite
for f in "$tmp"/begin/*-own.pcap; do
	name=${f##*/}
	name=${name%-own.pcap}
	plugin=${name%_udp}
	if ! compgen -G "$golden/try/$plugin*.pcap" > /dev/null; then
		echo "--- $name"
		try "$plugin" "$f" | sed '/^counters/,$d'
	fi
done > "$tmp/out"
same "conversations without a recording" "$golden/beginnings.out" "$tmp/out"

while read -r name plugin options; do
	# shellcheck disable=SC2086
	opens "$golden/closed/$name.pcap" "$plugin" $options
	[ $? = 1 ]
	verdict $? "closed: $name, $plugin" "$tmp/out"
done < "$golden/closed/LIST"

# A user's long message on a trunk: the next message opens as the first did.
for f in sip_trunk_4k sip_trunk_long; do
	"$algctl" plugin try "$root/plugins/sip.alg" "$golden/closed/$f.pcap" \
		--snat 203.0.113.1 > "$tmp/out" 2>&1
	[ "$(grep -c '^  open media' "$tmp/out")" = 2 ]
	verdict $? "closed: $f, the next message is read" "$tmp/out"
done

# A client inside announces ports of the router: without a range, the assumed
# NAT keeps them; otherwise it opens and writes others.
hijack()	# OPTIONS...
{
	"$algctl" plugin try "$root/plugins/irc.alg" \
		"$golden/closed/irc_hijack.pcap" --snat 203.0.113.1 "$@" \
		> "$tmp/out" 2>&1
	mapfile -t opened < <(sed -nE 's/^  open .*-> 203\.0\.113\.1:([0-9]+).*/\1/p' "$tmp/out")
	mapfile -t written < <(sed -nE 's/^  after .* 3405803777 ([0-9]+).*/\1/p' "$tmp/out")
	echo "opened ${opened[*]} written ${written[*]}" >> "$tmp/out"
}
hijack
[ "${opened[*]}" = "8443 3389" ] && [ "${written[*]}" = "8443 3389" ] &&
	hijack --ports 40000-40001 &&
	[ "${opened[*]}" = "40000 40001" ] && [ "${written[*]}" = "40000 40001" ] &&
	hijack --ports 3000-4000 &&
	[ "${opened[*]}" = "3000 3389" ] && [ "${written[*]}" = "3000 3389" ] &&
	hijack --ports 40000 &&
	[ "${opened[*]}" = 40000 ] && grep -q "refused no_port" "$tmp/out"
verdict $? "closed: irc_hijack, public ports come from a range" "$tmp/out"

# Two calls whose identifiers collide in a hash without a secret.
"$algctl" plugin try "$root/plugins/sip.alg" "$golden/closed/sip_hash.pcap" \
	--snat 192.0.2.1 --port-offset 1000 > "$tmp/out" 2>&1
mapfile -t calls < <(sed -nE 's/^  (open|close) media .*for ([0-9]+)$/\2/p' "$tmp/out")
[ ${#calls[@]} = 2 ] && [ "${calls[0]}" != "${calls[1]}" ]
verdict $? "closed: sip_hash, the other call's BYE closes nothing" "$tmp/out"

# A trunk: 200 calls ring before the first is answered. The answers, a call each
# second, open media.
call()	# NUMBER
{
	local body

	printf '%s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK%d\r\n' \
		"INVITE sip:b@10.0.1.10" "$1" > "$tmp/trunk/a$1.answer"
	printf 'Call-ID: c%d\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n' \
		"$1" >> "$tmp/trunk/a$1.answer"
	body=$(printf 'v=0\r\nc=IN IP4 10.0.1.10\r\nm=audio %d RTP/AVP 0\r\n_' \
		$((20000 + $1 * 2)))
	body=${body%_}
	sed 's/^INVITE sip:b@10.0.1.10 SIP.2.0/SIP\/2.0 200 OK/; /^Content-Length/,$d' \
		"$tmp/trunk/a$1.answer" > "$tmp/trunk/b$1"
	printf 'Content-Length: %d\r\n\r\n%s' ${#body} "$body" >> "$tmp/trunk/b$1"
}

mkdir "$tmp/trunk"
for n in {100..299}; do call "$n"; done
"$golden/datagrams.py" "$tmp/trunk.pcap" 5060 "$tmp/trunk"/*
try sip "$tmp/trunk.pcap" > "$tmp/out"
[ "$(grep -c '^  open media' "$tmp/out")" = 200 ]
verdict $? "the answers to 200 calls on a trunk open media" "$tmp/out"

# What a provider announces is for the phone alone, behind NAT and without NAT.
for options in "--snat 203.0.113.1" ""; do
	# shellcheck disable=SC2086
	"$algctl" plugin try "$root/plugins/sip.alg" \
		"$golden/closed/sip_any_server.pcap" $options > "$tmp/out" 2>&1
	[ "$(grep -c '^  open media udp 10.0.1.10 -> 192.0.2.2:' "$tmp/out")" = 8 ] &&
		! grep -q '^  open media udp any' "$tmp/out"
	verdict $? "closed: sip_any_server, only for the phone${options:+, SNAT}" "$tmp/out"
done

# Prints the transcript in the tutorial of plugins/README: commands after "$",
# each followed by its output. follow() runs the commands in a directory that
# looks like the project's.
transcript()
{
	sed -n '/^How to write a plug-in/,/^Advice/p' "$root/plugins/README" |
		sed -n '/^    [$] /,/^$/s/^    //p'
}

follow()
{
	local line

	while IFS= read -r line; do
		[[ $line = "$ "* ]] || continue
		echo "$line"
		(eval "${line#??}") 2>&1
	done < <(transcript)
}

mkdir "$tmp/newcomer"
ln -s "$root/selftests" "$tmp/newcomer/"
sed -n '/^    plugin game/,/^    [$]/{/^    [$]/d; s/^    //; p}' \
	"$root/plugins/README" > "$tmp/newcomer/game.alg"
# ignore the size of the program
sizes='/instructions/s/[0-9.][0-9.]*/N/g'
(cd "$tmp/newcomer" && PATH=${algctl%/*}:$PATH follow) |
	sed "$sizes" > "$tmp/out"
transcript | sed "$sizes" > "$tmp/shown"
[ -s "$tmp/shown" ] && diff -u "$tmp/shown" "$tmp/out" > "$tmp/diff"
verdict $? "README: its commands print what it says" "$tmp/diff"
sed '0,/p:port/s//p:prot/' "$tmp/newcomer/game.alg" > "$tmp/game.alg"
(cd "$tmp" && "$algctl" plugin check game.alg) > "$tmp/out" 2>&1
grep -A 2 '^    game.alg:.*error' "$root/plugins/README" | sed 's/^    //' |
	diff -u - "$tmp/out" > "$tmp/diff"
verdict $? "README: a mistake is shown as it says" "$tmp/diff"

# Module and compiler contain no code for a protocol, so no protocol's name.
names='ftp|tftp|irc|dcc|sip|sdp|rtsp|pptp|snmp|sunrpc|rpc|amanda|sane|h323|h225|h245|q931|dns'
names+='|netbios|xdmcp|talk|rsh|ssdp|upnp|mdns|slp|dhcpv6|skinny|sccp|mgcp|tns|socks|nfs4'
names+='|bittorrent|torrent|pna|realaudio|cuseeme|msrpc'
grep -rniwE "$names" "$root/kmod" "$root/include" "$root/tools/compiler" \
	--include='*.[ch]' > "$tmp/out"
[ $? = 1 ]
verdict $? "no protocol is named outside of plug-ins" "$tmp/out"

exit $fail

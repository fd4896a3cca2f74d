#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests algctl under ASan and UBSan, without root and without the module: help,
# misuse, completion, JSON, and the commands "plugin check", "plugin dump" and
# "plugin try".

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${ALGATE_BUILD:-$root/build/quick}
golden=$root/selftests/golden/try
export ASAN_OPTIONS=detect_leaks=1 LC_ALL=C
suite=cli

cd "$root" || exit 1
algctl=$build/algctl
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# shellcheck source=selftests/algctl.sh
. "$root/selftests/algctl.sh"

# no folder of this machine
export ALGATE_PATH=$tmp/none

# Runs algctl; standard error must contain WORDS.
says()	# WORDS STATUS ARGUMENTS...
{
	local words=$1

	shift
	run "$@" && grep -qF -- "$words" "$tmp/err" && [ ! -s "$tmp/out" ]
}

# Checks the help of a command, and of all commands below it, which the
# completion lists.
help_below()	# COMMAND...
{
	local -a below
	local help word

	run 0 "$@" -h && [ ! -s "$tmp/err" ] || return 1
	help=$(< "$tmp/out")
	[[ $help == "Usage: algctl"*"$*"* ]] || return 1
	[[ $help == *COMMAND* ]] || return 0
	mapfile -t below < <("$algctl" --complete "$@" "")
	for word in "${below[@]}"; do
		# the completion of a leaf lists its arguments, not commands
		if [ "$word" != help ] && grep -q "^  $word" <<< "$help"; then
			commands=$((commands + 1))
			help_below "$@" "$word" || return 1
		fi
	done
}

misuse()
{
	local line

	while read -r line; do
		# shellcheck disable=SC2086 # words
		says "algctl: " 2 $line || return 1
	done <<-END

		plugin
		nonsense
		p l
		plugin load
		plugin load --fast x
		plugin unload
		plugin show a b
		plugin set x media
		plugin set x media all
		plugin set a-name-that-is-too-long media peer
		plugin set x param programs
		plugin set x param programs 2-1
		plugin set x param programs 1,,2
		plugin set x param programs -1
		plugin set x param programs 4294967296
		plugin set x param programs $(seq -s, 1 2 129)
		plugin set x other programs 1
		plugin set x param a-name-that-is-too-long 1
		plugin set x param programs 1 2
		plugin set x map hosts
		plugin set x map hosts any
		plugin set x map hosts 10.0.0.1
		plugin set x map hosts 10.0.0.1=
		plugin set x map hosts 10.0.0.1=10.0.0.0/24
		plugin set x map hosts 10.0.0.1=::1
		plugin set x map hosts 10.0.0.1/24=10.0.1.0/24
		plugin set x map hosts 10.0.0.1=10.0.0.2 10.0.0.1=10.0.0.3
		plugin set x map hosts 10.0.0.1=10.0.0.2,10.0.0.3=10.0.0.2
		plugin set x map hosts $(seq 65 | sed 's/.*/10.0.0.&=10.0.1.&/' | paste -sd,)
		plugin set x map a-name-that-is-too-long ::1=::2
		plugin try x
		plugin try x y --snat 10.0.0.256
		plugin try x y --port-offset 1x
		plugin try x y --p 1
		plugin try x y --ports 0
		plugin try x y --ports 2-1
		plugin check -x
		attach add
		attach add x
		attach add x sctp dport 1
		attach add x tcp
		attach add x tcp dport
		attach add x tcp dport 0
		attach add x tcp dport 65536
		attach add x tcp dport 1e1
		attach add x tcp dport 1 dport 2
		attach add x tcp dport 1 sport 2
		attach add x tcp dport no-such-service
		attach add a-name-that-is-too-long tcp dport 1
		attach add x tcp dport 1 iif a-name-that-is-too-long
		attach add x tcp dport 1 from 10.0.0.1/8
		attach add x tcp dport 1 from 10.0.0.0/33
		attach add x tcp dport 1 from fe80::/129
		flow show proto icmp
		flow show from any
		flow show x
		flow forget from any
		flow forget to 10.0.0.1
		limit set
		limit set flows
		limit set flows -1
		limit set flows 4294967296
		limit set ports none
		limit set ports 0-1
		limit set ports 1-65536
		limit set ports 5-4
		limit set ports 1-2-3
		limit set reserved 80,
		limit set ports 18000-
		limit set ports -20000
		limit set reserved 80,90-85
		limit set reserved 80,,90
		limit set reserved 1-2-3
		limit set reserved $(seq -s, 1 2 129)
		monitor now
		save x
		restore
	END
}

complete()	# WANTED WORDS...
{
	local want=$1

	shift
	run 0 --complete "$@" && [ "$(xargs < "$tmp/out")" = "$want" ]
}

# Only if the module is not loaded, and the kernel allows netlink requests.
no_module()
{
	run 1 plugin show
	if [ ! -s "$tmp/err" ] || ! grep -q 'not loaded' "$tmp/err"; then
		echo "ok cli: without the module # SKIP it is loaded, or netlink is not to be had"
		return
	fi
	while read -r line; do
		# shellcheck disable=SC2086 # words
		says "algate: the module is not loaded (insmod kmod/algate.ko, or modprobe algate)" \
			1 $line
		verdict $? "without the module: $line"
	done <<-END
		plugin show
		-j plugin show x
		plugin load $golden/lines.alg
		plugin replace $golden/lines.alg $golden/datagrams.alg
		plugin unload x
		plugin set x media peer
		plugin set x param programs 7,100003-0x186a5
		plugin set x map hosts 10.0.0.0/8=11.0.0.0/8,::1=::2 10.0.0.1=11.0.0.2
		plugin set x map hosts none
		plugin dump x
		attach add x tcp dport ftp iif eth0 from 10.0.0.0/8
		attach del x udp sport 5060 from fd00::/8
		attach show
		flow show plugin x proto tcp from 10.0.0.0/8 to ::/0 dport 21
		flow forget plugin x proto udp from 10.0.0.0/8 dport 5060
		expect show plugin x
		stats show --explain --all
		limit show
		limit set flows 1 rate 0x10
		limit set ports 00000000000018000-0x4e20 reserved 90-95,80
		monitor
		save
		restore $tmp/saved
	END
}

golden_try()	# NAME STATUS ARGUMENTS...
{
	local name=$1

	shift
	run "$@" && diff -u "$golden/$name.out" "$tmp/out" > "$tmp/diff"
	verdict $? "try: $name"
	[ ! -s "$tmp/diff" ] || sed 's/^/# /' "$tmp/diff"
}

if ! make -s -C selftests algctl > "$tmp/out" 2> "$tmp/err"; then
	verdict 1 "it builds"
	exit 1
fi

commands=0
help_below; verdict $? "help at every level"
[ $commands -ge 20 ]; verdict $? "of all commands"
run 0 pl tr --help && grep -q -- --snat "$tmp/out"
verdict $? "help of an abbreviated command"
# The same output as COMMAND -h
helps_as()	# COMMAND WORDS...
{
	local words=$1

	shift
	# shellcheck disable=SC2086 # words
	run 0 $words -h && mv "$tmp/out" "$tmp/want" && run 0 "$@" &&
		diff "$tmp/want" "$tmp/out" >> "$tmp/err"
}

helps_as "" help && helps_as plugin plugin help && helps_as plugin help pl &&
	helps_as "plugin load" help plugin load &&
	helps_as "plugin load" plugin help load &&
	helps_as "attach show" attach list help && helps_as monitor monitor help
verdict $? "the word help"
says "unknown command" 2 help nonsense; verdict $? "help on no command"
run 0 plugin list -h && grep -q "^Usage: algctl plugin show" "$tmp/out" &&
	run 0 plugin -h && grep -q "^  show|list \[NAME\]" "$tmp/out"
verdict $? "list is a synonym of show"
run 0 attach li -h && says "unknown command" 2 limit list
verdict $? "an abbreviation of a synonym, and no synonym"
run 0 -V && [ "$(head -n 1 "$tmp/out")" = "algctl $(< VERSION)" ]
verdict $? "version"
misuse; verdict $? "misuse gives 2, and says why"
says "ambiguous" 2 s show; verdict $? "an ambiguous abbreviation"

complete "help" he; verdict $? "completion of help"
complete "load" help plugin lo; verdict $? "completion behind help"
complete "plugin" p; verdict $? "completion of a command"
complete "show set" limit ""; verdict $? "completion of what is below"
complete "tcp udp" attach add x ""; verdict $? "completion of alternatives"
complete "dport sport iif from" at a x tcp ""; verdict $? "completion of names"
complete "iif" attach add x tcp dport 1 i; verdict $? "completion of a name"
complete "lo" attach add x tcp iif lo; verdict $? "completion of a device"
complete ":file" plugin load ""; verdict $? "completion of files"
complete "--explain" stats show --e; verdict $? "completion of a switch"

cp "$golden/lines.alg" "$tmp/good.alg"
sed 's/open data/open date/' "$golden/lines.alg" > "$tmp/bad.alg"
run 0 plugin check "$golden/lines.alg" "$golden/datagrams.alg" &&
	[ "$(wc -l < "$tmp/out")" = 2 ]
verdict $? "check of good files"
run 0 -j plugin check "$tmp/good.alg" &&
	is_json 'd[0]["ok"] and d[0]["plugin"] == "lines" and d[0]["instructions"] > 10'
verdict $? "check of a good file, JSON"
says "bad.alg:10:" 1 plugin check "$tmp/bad.alg" && grep -q '\^' "$tmp/err"
verdict $? "check of a bad file"
run 1 plugin check --json "$tmp/good.alg" "$tmp/bad.alg" &&
	is_json '[x["ok"] for x in d] == [True, False] and d[1]["line"] == 10 and d[1]["column"] > 1 and d[1]["error"]'
verdict $? "check of a good and a bad file, JSON"
says "No such file" 1 plugin check "$tmp/none.alg"
verdict $? "check of a file that is not there"
run 0 plugin check - < "$tmp/good.alg"; verdict $? "check of stdin"
run 0 plugin dump "$tmp/good.alg" && [ "$(wc -l < "$tmp/out")" -gt 20 ]
verdict $? "dump of a file"
run 0 plugin dump -j "$tmp/good.alg" &&
	is_json 'd["plugin"] == "lines" and len(d["lines"]) > 20'
verdict $? "dump of a file, JSON"
timeout 120 "$algctl" plugin dump "$tmp/good.alg" > /dev/full 2> "$tmp/err"
[ $? = 1 ] && grep -q "cannot write" "$tmp/err"
verdict $? "output that cannot be written"

# Files of the standard folders
mkdir -p "$tmp/own" "$tmp/lib"
export ALGATE_PATH=$tmp/own:$tmp/lib
cp "$golden/lines.alg" "$golden/datagrams.alg" "$tmp/lib"
run 0 plugin check lines && grep -q "^$tmp/lib/lines.alg: plug-in" "$tmp/out"
verdict $? "a plug-in of the second folder"
cp "$golden/lines.alg" "$tmp/own"
run 0 plugin check lines datagrams.alg &&
	grep -q "^$tmp/own/lines.alg" "$tmp/out" &&
	grep -q "^$tmp/lib/datagrams.alg" "$tmp/out"
verdict $? "the first folder goes first"
(cd "$tmp" && cp lib/datagrams.alg lines && run 0 plugin check lines &&
	grep -q "^lines: plug-in" "$tmp/out")
verdict $? "a file of this name goes before all folders"
says "none: no such file, and no none.alg in $tmp/own:$tmp/lib" 1 \
	plugin load none
verdict $? "the message names the folders"
says "./lines: No such file" 1 plugin load ./lines
verdict $? "a word with a slash is a file"
run 0 plugin search && [ "$(wc -l < "$tmp/out")" = 3 ] &&
	run 0 plugin search GRAM && [ "$(wc -l < "$tmp/out")" = 1 ]
verdict $? "search"
run 0 -j plugin search 21 && is_json \
	'[(x["plugin"], x["services"][0]["proto"]) for x in d] == [("lines", "tcp")] * 2'
verdict $? "search of a port, JSON"
says "no plug-in found" 1 plugin search nothing
verdict $? "search in vain"
cp "$tmp/bad.alg" "$tmp/own/worse.alg"
run 1 plugin search && [ "$(wc -l < "$tmp/out")" = 3 ] &&
	grep -q "worse.alg:10:" "$tmp/err"
verdict $? "search beside a broken file"
complete ":file datagrams" plugin load da
verdict $? "completion of a plug-in's name"
sed 's/^plugin [a-z]*/plugin Q.931/' "$golden/lines.alg" > "$tmp/lib/Q.931.alg"
run 0 plugin check Q.931 &&
	grep -q "^$tmp/lib/Q.931.alg: plug-in Q.931 " "$tmp/out" &&
	run 0 -j plugin check Q.931 && is_json 'd[0]["plugin"] == "Q.931"' &&
	run 0 plugin dump "$tmp/lib/Q.931.alg" &&
	grep -q "^plugin Q.931: " "$tmp/out"
verdict $? "a name with capitals and a dot"
says "q.931: no such file" 1 plugin check q.931
verdict $? "other capitals are another name"
complete ":file Q.931" plugin load Q; verdict $? "completion of such a name"
ALGATE_PATH=$tmp/none

# Included files: in place, with the place of an error in its own file
mkdir -p "$tmp/inc/sub"
{
	head -n 5 "$tmp/good.alg"
	echo 'include "sub/rest.alg"	# the rules'
} > "$tmp/inc/all.alg"
tail -n +6 "$tmp/good.alg" > "$tmp/inc/sub/rest.alg"
run 0 plugin dump "$tmp/good.alg" &&
	sed 's/# line .*//' "$tmp/out" > "$tmp/want" &&
	run 0 plugin dump "$tmp/inc/all.alg" &&
	sed 's/# line .*//' "$tmp/out" | cmp - "$tmp/want"
verdict $? "an included file makes the same program"
printf '# one\ninclude "sub/head.alg"\ninclude "sub/rules.alg"\n# four\noops\n' \
	> "$tmp/inc/main.alg"
printf 'plugin p service udp\r\ninclude "frame.alg"\nflow a' \
	> "$tmp/inc/sub/head.alg"
printf 'frame datagram' > "$tmp/inc/sub/frame.alg"
printf '\n# \xc3\xbc\nclient: "a" { a = 1 }\n' > "$tmp/inc/sub/rules.alg"
says "main.alg:5:1: error" 1 plugin check "$tmp/inc/main.alg" &&
	grep -qx oops "$tmp/err"
verdict $? "an error behind included files"
sed -i s/oops// "$tmp/inc/main.alg"
run 0 plugin check "$tmp/inc/main.alg"; verdict $? "files that include files"
sed -i 's/a = 1/b = 1/' "$tmp/inc/sub/rules.alg"
says "sub/rules.alg:3:15: error" 1 plugin check "$tmp/inc/main.alg"
verdict $? "an error in an included file"
run 1 -j plugin check "$tmp/inc/main.alg" &&
	is_json 'd[0]["included"] == "sub/rules.alg" and d[0]["line"] == 3'
verdict $? "an error in an included file, JSON"
echo plugin > "$tmp/inc/end.alg"
says "end.alg:2:1: error" 1 plugin check "$tmp/inc/end.alg"
verdict $? "an error at the end of a file"
printf 'plugin p service udp\nframe datagram\ninclude "sub/open.alg"\n' \
	> "$tmp/inc/end.alg"
printf 'client: "a" {\n' > "$tmp/inc/sub/open.alg"
says "end.alg:4:1: error" 1 plugin check "$tmp/inc/end.alg"
verdict $? "an error at the end of a file, behind an included file"
# A definition in an included file
cp "$tmp/inc/sub/rules.alg" "$tmp/inc/rules.keep"
echo 'pattern addr = n:dec' > "$tmp/inc/sub/defs.alg"
printf 'include "defs.alg"\nclient: addr addr { a = n }\n' > "$tmp/inc/sub/rules.alg"
says "defs.alg:1:16: error" 1 plugin check "$tmp/inc/main.alg" &&
	grep -q 'rules.alg:2:14: note: the definition is used here' "$tmp/err"
verdict $? "an error in a definition of an included file"
printf 'client: "a" { if a { a = 1 } }\nclient: "ab" { a = 2 }\n' > "$tmp/inc/sub/rules.alg"
run 0 plugin check "$tmp/inc/main.alg" && grep -q '\^' "$tmp/err" &&
	grep -q "sub/rules.alg:2:9: warning: this rule is never tried" "$tmp/err"
verdict $? "a warning in an included file"
run 0 -j plugin check "$tmp/inc/main.alg" &&
	is_json '(d[0]["ok"] and d[0]["warnings"][0]["line"] == 2 and
		d[0]["warnings"][0]["included"] == "sub/rules.alg")'
verdict $? "a warning, JSON"
mv "$tmp/inc/rules.keep" "$tmp/inc/sub/rules.alg"
sed -i 's/datagram/datagrams/' "$tmp/inc/sub/frame.alg"
says "frame.alg:1:7: error" 1 plugin check "$tmp/inc/main.alg"
verdict $? "an error in a file that an included file includes"
sed -i 's,sub/head,sub/none,' "$tmp/inc/main.alg"
says 'main.alg:2: cannot include "sub/none.alg"' 1 \
	plugin check "$tmp/inc/main.alg"
verdict $? "an included file that does not exist"
echo 'include "self.alg"' > "$tmp/inc/self.alg"
says "include each other" 1 plugin check "$tmp/inc/self.alg"
verdict $? "a file that includes itself"
echo '#include "self.alg"' | cat - "$tmp/good.alg" > "$tmp/inc/comment.alg"
run 0 plugin check "$tmp/inc/comment.alg"
verdict $? "an include that is a comment"

# 256 KiB, with all included files
long()	# BYTES
{
	yes '# a comment of a line' | head -c $(($1 - 1))
	echo
}
{
	cat "$tmp/good.alg"
	long $((262144 - $(stat -c %s "$tmp/good.alg")))
} > "$tmp/long.alg"
run 0 plugin check "$tmp/long.alg"; verdict $? "a source of 262144 bytes"
echo >> "$tmp/long.alg"
says "longer than 262144 bytes" 1 plugin check "$tmp/long.alg"
verdict $? "a source of 262145 bytes"
long 262100 > "$tmp/inc/most.alg"
{
	echo 'include "most.alg"'
	cat "$tmp/good.alg"
} > "$tmp/inc/more.alg"
says "more.alg: the file is longer than 262144 bytes, with all files" 1 \
	plugin check "$tmp/inc/more.alg"
verdict $? "included files that are too long together"
tr '#' '\0' < "$tmp/good.alg" > "$tmp/nul.alg"
says "a NUL in the text" 1 plugin check "$tmp/nul.alg"
verdict $? "a source with a NUL"

{
	echo "# saved"
	echo "limit set flows 100 rate 5 ports 20000-29999 reserved 22,80-90"
	echo "plugin load - <<'END'"
	cat "$golden/lines.alg"
	echo "END"
	echo "attach add lines tcp dport 21 iif eth0"
} > "$tmp/saved"
sed 's/open data/open date/' "$tmp/saved" > "$tmp/bad"
says "bad:13:" 1 restore "$tmp/bad"
verdict $? "restore of a bad text"
sed '/^END/d' "$tmp/saved" > "$tmp/bad"
says "does not end" 1 restore "$tmp/bad"; verdict $? "restore of an endless text"
echo "plugin unload x" > "$tmp/bad"
says "bad:1: " 1 restore "$tmp/bad"; verdict $? "restore of another command"
no_module

python3 "$golden/capture.py" "$tmp" || exit 1
golden_try tcp 0 plugin try "$golden/lines.alg" "$tmp/tcp.pcap" \
	--snat 192.0.2.1 --dnat 203.0.113.5 --port-offset 1000
golden_try plain 0 plugin try "$golden/lines.alg" "$tmp/tcp.pcap"
golden_try udp 0 plugin try "$golden/datagrams.alg" "$tmp/udp.pcap" \
	snat 2001:db8:ffff::1 port-offset 1000
golden_try json 0 -j plugin try "$golden/datagrams.alg" "$tmp/udp.pcap" \
	--snat 2001:db8:ffff::1 --port-offset 1000
is_json 'len(d["events"]) == 4 and d["counters"]["used"] == 1'
verdict $? "try: valid JSON"
golden_try expect 0 plugin try "$golden/expect.alg" "$tmp/expect.pcap" \
	--snat 192.0.2.1
golden_try answer 0 plugin try "$golden/answer.alg" "$tmp/answer.pcap" \
	--snat 192.0.2.1
golden_try other 0 plugin try "$golden/other.alg" "$tmp/other.pcap" \
	--snat 192.0.2.1 --port-offset 1000
run 0 -j plugin try "$golden/other.alg" "$tmp/other.pcap" &&
	is_json '[e["opens"][0].get("plugin") for e in d["events"] if "opens" in e][:2] == ["Heir.1", None] and d["events"][0]["opens"][0]["given"]["kind"] == 2 and d["counters"]["no_plugin"] == 3 and d["rules"]["Heir.1:given"] == 1'
verdict $? "try: other plug-ins, JSON"
cp "$golden/other.alg" "$tmp/other.alg"
run 0 plugin try "$tmp/other.alg" "$tmp/other.pcap" &&
	! grep -q "^packet .* Heir.1 client message" "$tmp/out"
verdict $? "try: the other plug-in is nowhere"
ALGATE_PATH=$golden run 0 plugin try "$tmp/other.alg" "$tmp/other.pcap" &&
	grep -q "^packet .* Heir.1 client message" "$tmp/out"
verdict $? "try: the other plug-in is in a standard folder"
golden_try raw 0 plugin try "$golden/lines.alg" "$tmp/raw.pcap"
run 0 plugin try "$golden/lines.alg" "$tmp/tcp.pcap" --port 2121 &&
	! grep -q "^packet .*message" "$tmp/out"
verdict $? "try: another port"
says "bad.pcap: " 1 plugin try "$golden/lines.alg" "$tmp/bad.pcap" ||
	grep -q "truncated" "$tmp/err"
verdict $? "try: a capture that ends too early"
says "good.alg" 1 plugin try "$golden/lines.alg" "$tmp/good.alg"
verdict $? "try: a file that is no capture"
exit $fail

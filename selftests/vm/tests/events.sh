#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# algctl monitor reports each event at once, as text and as JSON. The numbers in
# events, listings and statistics agree.
# timeout: 180

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/talk.sh
. "$ROOT/selftests/talk.sh"
need python3

monitor_start()	# writes the output to $tmp/text and $tmp/json
{
	on "$r" "$ALGCTL" monitor >> "$tmp/text" 2>&1 &
	monitors=$!
	on "$r" "$ALGCTL" --json monitor >> "$tmp/json" 2>&1 &
	monitors="$monitors $!"
	# wait until both monitors have reported a first event
	busywait 20 monitor_probe
}

monitor_probe()
{
	"$ALGCTL" plugin load "$PLUGINS/tftp.alg" &&
		"$ALGCTL" plugin unload tftp &&
		grep -q 'plugin-del tftp' "$tmp/text" &&
		grep -q '"plugin-del"' "$tmp/json"
}

# FILE contains JSON objects, one on each line or all in a list. At least one
# object satisfies EXPRESSION.
any()	# FILE EXPRESSION over "d"
{
	python3 -c 'import json, sys
text = open(sys.argv[1]).read()
objects = json.loads(text) if text.startswith("[") else map(json.loads, text.splitlines())
sys.exit(not any(eval(f"({sys.argv[2]})", {"d": d}) for d in objects))' "$1" "$2" ||
		{ echo "not in $1: $2"; cat "$1"; return 1; }
}

text_has()	# REGEX: matches the joined lines of an event
{
	sed ':a; N; $!ba; s/\n  */ /g' "$tmp/text" | grep -qE "$1"
}

# Both monitors have reported EVENT: as text, REGEX matches the rest of the
# line; as JSON, the object satisfies EXPRESSION.
told()	# EVENT REGEX EXPRESSION
{
	busywait 30 text_has "^$1 $2" ||
		{ echo "no: $1 $2"; cat "$tmp/text"; return 1; }
	busywait 10 grep -q "\"$1\"" "$tmp/json" || return
	any "$tmp/json" "d['event'] == '$1' and $3"
}

# An object in the command's JSON list satisfies EXPRESSION.
listed()	# EXPRESSION COMMAND...
{
	local expression=$1

	shift
	on "$r" "$ALGCTL" --json "$@" > "$tmp/list" || return
	any "$tmp/list" "$expression"
}

none_listed()	# COMMAND...
{
	on "$r" "$ALGCTL" --json "$@" > "$tmp/list" || return
	python3 -c 'import json, sys; sys.exit(json.load(sys.stdin) != [])' \
		< "$tmp/list" || { cat "$tmp/list"; return 1; }
}

# Each opened expectation is used, expired, cancelled or still open.
balanced()
{
	on "$r" "$ALGCTL" --json expect show > "$tmp/expects" &&
		on "$r" "$ALGCTL" --json stats show ftp --all --explain > "$tmp/stats" &&
		python3 - "$tmp/expects" "$tmp/stats" "$@" <<-'END'
			import json, sys
			still = len(json.load(open(sys.argv[1])))
			(stats,) = json.load(open(sys.argv[2]))
			c = {name: v['value'] for name, v in stats['counters'].items()}
			assert all(v['meaning'] for v in stats['counters'].values())
			gone = c['used'] + c['expired'] + c['cancelled']
			sums = f"opened {c['opened']}, gone {gone}, still {still}"
			print(sums)
			sys.exit(c['opened'] != gone + still or
			         [c[n] for n in ('opened', 'used', 'expired', 'cancelled')]
			         != [int(n) for n in sys.argv[3:]])
		END
}

short_lived()
{
	sed 's/timeout 5m/timeout 1s/' "$PLUGINS/ftp.alg" > "$tmp/ftp.alg"
	"$ALGCTL" plugin replace "$tmp/ftp.alg"
}

topo 2
nat_masq
load_module
check "monitors" monitor_start

check "load" "$ALGCTL" plugin load "$PLUGINS/ftp.alg" || finish
check "loading is told" told plugin-new 'ftp generation 1 flows 0' \
	"d['plugin'] == 'ftp' and d['generation'] == 1"
check "attach" on "$r" "$ALGCTL" attach add ftp tcp dport 21 from 10.0.1.0/24
check "attaching is told" told attach-new 'ftp tcp dport 21 from 10.0.1.0/24' \
	"d['plugin'] == 'ftp' and d['dport'] == 21"

check "talk" talk_start 21
check "a flow" talk open a
port=$answer
check "an expectation" says "$r_wan 40001" talk port a 40001
check "opening is told" told expect-new \
	"ftp flow [0-9]+ data tcp $s_ip -> $r_wan:40001 real $c0_ip:40001 timeout" \
	"d['class'] == 'data' and d['from'] == '$s_ip' and
	d['to'] == '$r_wan:40001' and d['real'] == '$c0_ip:40001'"
check "it is listed" listed "d['plugin'] == 'ftp' and d['to'] == '$r_wan:40001'" \
	expect show plugin ftp
check "another plug-in" "$ALGCTL" plugin load "$PLUGINS/tftp.alg"
check "and is no other plug-in's" none_listed expect show plugin tftp
check "the flow is listed" listed "d['plugin'] == 'ftp' and
	d['orig']['src'] == '$c0_ip' and d['orig']['sport'] == $port and
	d['reply']['dst'] == '$r_wan' and d['counters']['opened'] == 1 and
	d['inspection'] == 'on'" flow show
for filter in "plugin ftp" "proto tcp" "from $c0_ip" "from 10.0.1.0/24" \
	"to $s_ip" "dport 21" "plugin ftp proto tcp from $c0_ip to $s_ip dport 21"; do
	# shellcheck disable=SC2086 # words
	check "flow show $filter" listed "d['orig']['sport'] == $port" \
		flow show $filter
done
for filter in "plugin tftp" "proto udp" "from $c1_ip" "to 10.0.1.0/24" \
	"dport 22" "plugin ftp proto tcp from $c0_ip to $s_ip dport 2121"; do
	# shellcheck disable=SC2086 # words
	check "flow show $filter: none" none_listed flow show $filter
done
check "which goes" "$ALGCTL" plugin unload tftp

check "use" says used talk use a
check "using is told" told expect-used "ftp flow [0-9]+ data .*-> $r_wan:40001" \
	"d['to'] == '$r_wan:40001'"
check "a bounce" says "$c1_ip 40002" talk port a 40002 "$c1_ip"
check "the refusal is told" told refused 'ftp flow [0-9]+ tcp .* third_party 1 ' \
	"d['counters'] == {'third_party': 1}"
check "another expectation" says "$r_wan 40003" talk port a 40003
check "the sums" balanced 2 1 0 0

check "replace" short_lived
check "replacing is told" told plugin-replaced 'ftp generation 2' \
	"d['plugin'] == 'ftp' and d['generation'] == 2 and d['flows'] == 1"
check "one that runs out" says "$r_wan 40004" talk port a 40004
check "running out is told" told expect-expired \
	'ftp flow [0-9]+$' "d['plugin'] == 'ftp' and 'to' not in d"
check "the sums" balanced 3 1 1 0

check "the flow ends" on "$r" conntrack -D -p tcp --dport 21
check "ending is told" told flow-end \
	"ftp flow [0-9]+ tcp $c0_ip:$port .* opened 3 used 1 expired 1 cancelled 1 " \
	"d['counters']['opened'] == 3 and d['counters']['used'] == 1 and
	d['counters']['expired'] == 1 and d['counters']['cancelled'] == 1 and
	d['counters']['third_party'] == 1"
check "no flow is listed" none_listed flow show
check "the sums" balanced 3 1 1 1

check "detach" on "$r" "$ALGCTL" attach del ftp tcp dport 21 from 10.0.1.0/24
check "detaching is told" told attach-del 'ftp tcp dport 21 from 10.0.1.0/24' \
	"d['dport'] == 21"
check "unload" "$ALGCTL" plugin unload ftp
check "unloading is told" told plugin-del 'ftp generation 2 flows 0 references 0' \
	"d['plugin'] == 'ftp' and d['references'] == 0"
# shellcheck disable=SC2086 # two numbers
kill $monitors
finish

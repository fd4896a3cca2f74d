#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Of several matching attachments, the most specific attachment applies, also
# among thousands of attachments that do not match.
# timeout: 120

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

names=(any p16 p24 p32 dev dev24)
declare -A where=(
	[any]="" [p16]="from 10.0.0.0/16" [p24]="from 10.0.1.0/24"
	[p32]="from 10.0.1.10/32" [dev]="iif lan" [dev24]="iif lan from 10.0.1.0/24"
)

copies()	# loads the plug-in ftp under many names
{
	local name files=()

	for name in "${names[@]}" src wrong; do
		sed "s/^plugin ftp/plugin $name/" "$PLUGINS/ftp.alg" \
			> "$tmp/$name.alg"
		files+=("$tmp/$name.alg")
	done
	"$ALGCTL" plugin load "${files[@]}"
}

attach()	# add|del PLUGIN
{
	# shellcheck disable=SC2086 # words
	on "$r" "$ALGCTL" attach "$1" "$2" tcp dport 21 ${where[$2]}
}

# Adds attachments that match no flow of this test.
crowd()	# THIRD
{
	local i

	for ((i = 0; i < 2000; i++)); do
		echo "attach add wrong tcp dport 21 from 10.$1.$((i / 256)).$((i % 256))/32"
	done > "$tmp/crowd"
	{
		echo "attach add wrong tcp dport 21 from 10.0.2.0/24"
		echo "attach add wrong tcp dport 21 iif wan from 10.0.1.10/32"
		echo "attach add wrong tcp dport 22 from 10.0.1.10/32"
		echo "attach add wrong tcp sport 20 from 10.0.1.10/32"
	} >> "$tmp/crowd"
	on "$r" "$ALGCTL" restore "$tmp/crowd"
}

opened()
{
	# shellcheck disable=SC2016 # awk expands the variables
	on "$r" awk '$2 == "opened" && $3 { print $1, $3 }' /proc/net/algate/stats
}

# The plug-in NAME inspects a new flow to ADDRESS.
wins()	# NAME [ADDRESS]
{
	local before after

	before=$(opened)
	python3 "$ROOT/selftests/vm/say.py" "$c0" "$s" "${2:-$s_ip}" 21 \
		<<< "${3:-PORT 10,0,1,10,156,64}" > /dev/null || return
	after=$(opened)
	after=$(comm -13 <(sort <<< "$before") <(sort <<< "$after"))
	[ "${after% *}" = "$1" ] || { echo "it is $after, not $1"; return 1; }
}

topo
nat_masq
load_module
check "load" copies || finish
check "thousands" crowd 9
for name in "${names[@]}"; do
	check "attach $name" attach add "$name"
done
check "one by the client's port" on "$r" "$ALGCTL" attach add src tcp sport 1
for name in dev24 dev p32 p24 p16 any; do
	check "$name wins" wins "$name"
	[ $name != dev ] || check "IPv6: has no prefix of IPv4" \
		wins dev "$s_ip6" "EPRT |2|$c0_ip6|40000|"
	check "detach $name" attach del "$name"
done
check "none" wins ""
check "unload" busywait 5 "$ALGCTL" plugin unload "${names[@]}"
finish

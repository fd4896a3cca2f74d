#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lib.sh - sourced by every test that needs a kernel: prints verdicts in KTAP,
# and makes namespaces that are deleted when the test exits. Sources topo.sh.
# shellcheck disable=SC2034 # variables for the tests

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ALGCTL=${ALGCTL:-$ROOT/tools/algctl}
PLUGINS=${PLUGINS:-$ROOT/plugins}
MODULE=$ROOT/build/$(uname -r)/algate.ko
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C.UTF-8

passed=0 failed=0 skipped=0
namespaces=() deferred=()

echo "KTAP version 1"

# --- verdicts

comment()
{
	sed 's/^/# /'
}

count()
{
	echo $((passed + failed + skipped))
}

ok()	# NAME
{
	passed=$((passed + 1))
	echo "ok $(count) $1"
}

# Only the first failure prints the state: printing takes seconds in an emulated
# VM.
not_ok()	# NAME [WHY]
{
	failed=$((failed + 1))
	echo "not ok $(count) $1${2:+: $2}"
	[ $failed -gt 1 ] || state 2>&1 | comment
}

skip()	# NAME WHY
{
	skipped=$((skipped + 1))
	echo "ok $(count) $1 # SKIP $2"
}

skip_all()	# WHY
{
	echo "1..0 # SKIP $1"
	exit 4
}

# Prints the output of a command only if the command fails.
check()	# NAME COMMAND...
{
	local name=$1 rc=0

	shift
	"$@" > "$tmp/check" 2>&1 || rc=$?
	if [ $rc = 0 ]; then
		ok "$name"
	else
		comment < "$tmp/check"
		not_ok "$name" "status $rc: $*"
	fi
	return $rc
}

# Counts each line "ok NAME" or "not ok NAME" of a program as a verdict of this
# test.
verdicts()	# PREFIX COMMAND...
{
	local line prefix=$1 rc=unknown

	shift
	while read -r line; do
		case $line in
		"ok "*) ok "$prefix: ${line#ok }" ;;
		"not ok "*) not_ok "$prefix: ${line#not ok }" ;;
		"status "*) rc=${line#status } ;;
		*) echo "# $line" ;;
		esac
	done < <("$@" 2>&1; echo "status $?")
	[ "$rc" = 0 ] || not_ok "$prefix: ${1##*/} ends well" "status $rc"
}

fails()	# COMMAND...: a negative control
{
	! "$@"
}

refused()	# TEXT COMMAND...: the command fails and prints TEXT
{
	local text=$1

	shift
	if "$@" > "$tmp/refused" 2>&1 || ! grep -q "$text" "$tmp/refused"; then
		cat "$tmp/refused"
		return 1
	fi
}

finish()
{
	echo "1..$(count)"
	echo "# $passed passed, $failed failed"
	[ $failed = 0 ] || exit 1
	[ $passed != 0 ] || exit 4
	exit 0
}

# Repeats the command until it succeeds. SECONDS suffices for an emulated machine
# that has its host for itself, so the limit is four times as long. ALGATE_SLOW
# multiplies it for debug kernels.
busywait()	# SECONDS COMMAND...
{
	local end=$((${EPOCHREALTIME/[^0-9]/} + $1 * 4 * ${ALGATE_SLOW:-1} * 1000000))

	shift
	until "$@"; do
		[ "${EPOCHREALTIME/[^0-9]/}" -lt $end ] || return 1
		sleep 0.05
	done
}

# --- cleanup at exit

defer()	# COMMAND...
{
	deferred=("$(printf '%q ' "$@")" "${deferred[@]}")
}

cleanup()
{
	local rc=$? ns command

	trap - EXIT
	for command in "${deferred[@]}"; do
		eval "$command"
	done
	# Without the redirection the shell would report each killed server.
	exec 2> /dev/null
	for ns in "${namespaces[@]}"; do
		ip netns pids "$ns" | xargs -r kill -9
		ip netns del "$ns"
	done
	# The kernel destroys a namespace in the background; until then the
	# namespace holds a reference to the module.
	[ -z "${loaded:-}" ] || busywait 20 unload || { echo "not ok module unloads"; rc=1; }
	rm -rf "$tmp"
	exit $rc
}

unload()
{
	rmmod algate || [ ! -d /sys/module/algate ]
}

tmp=$(mktemp -d)
chmod 755 "$tmp"	# for servers that drop their privileges
trap cleanup EXIT
trap 'exit 129' HUP INT TERM
[ "$(id -u)" = 0 ] || skip_all "needs root"

need()	# COMMAND...
{
	local command

	for command; do
		command -v "$command" > /dev/null || skip_all "no $command"
	done
}
need ip nft conntrack ethtool

# Ends the test with a failure, not a skip, if the module does not load.
load_module()
{
	if modprobe -a nf_conntrack nf_defrag_ipv4 nf_defrag_ipv6 nf_nat \
		nf_tables nft_ct nft_nat nft_masq nf_conntrack_netlink &&
		insmod "$MODULE"; then
		loaded=1
	else
		not_ok "the module loads" "$MODULE"
		finish
	fi
}

# Loads the plug-in NAME and attaches it on the router. flows_anew: the plug-in
# must see each flow from the first packet on.
plugin_up()	# NAME tcp|udp PORT
{
	load_module
	check "load" "$ALGCTL" plugin load "$PLUGINS/$1.alg" || finish
	check "attach" on "$r" "$ALGCTL" attach add "$1" "$2" dport "$3" || finish
	flows_anew
}

counter()	# NAMESPACE PLUGIN COUNTER
{
	# shellcheck disable=SC2016 # awk expands the variables
	on "$1" awk -v p="$2" -v c="$3" '$1 == p && $2 == c { print $3 }' \
		/proc/net/algate/stats
}

counts()	# NAMESPACE PLUGIN COUNTER VALUE
{
	local value

	value=$(counter "$1" "$2" "$3")
	[ "$value" = "$4" ] || { echo "$3 is $value, not $4"; return 1; }
}

# --- namespaces

on()	# NAMESPACE COMMAND...
{
	ip netns exec "$@"
}

setup_ns()	# VARIABLE...
{
	local var ns

	for var; do
		ns=$(mktemp -u "algate-$var-XXXXXX")
		ip netns add "$ns" || return
		namespaces+=("$ns")
		printf -v "$var" %s "$ns"
		ip -n "$ns" link set lo up
	done
}

state()
{
	local ns

	for ns in "${namespaces[@]}"; do
		echo "--- $ns"
		ip -n "$ns" -br addr
		ip -n "$ns" route
		ip -n "$ns" -6 route
		on "$ns" sh -c 'nft list ruleset; ss -Htuan
			conntrack -L; conntrack -L expect; tail -n +1 /proc/net/algate/*'
	done 2> /dev/null
}

# shellcheck source=selftests/topo.sh
. "$ROOT/selftests/topo.sh"

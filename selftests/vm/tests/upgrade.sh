#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions are called by check
#
# An upgrade: algctl of another version than the module goes on, and says so;
# the command of algctl(8) puts the new module in the place of the old.
# timeout: 120

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

version=/sys/module/algate/version
differs="the version is $(< "$ROOT/VERSION"), that of the module in the kernel"

# The module of another version is this module with another file of its version.
other_module()
{
	echo 0.9 > "$tmp/version"
	mount --bind "$tmp/version" "$version"
}

# Runs algctl with a pipe or a terminal as its output. The message about the
# versions must come TIMES times.
says()	# pipe|terminal TIMES STATUS ARGUMENTS...
{
	local out=$1 times=$2 status=$3 got=0
	local run=("$ALGCTL")

	shift 3
	[ "$out" = pipe ] || run=(python3 -c 'import pty, sys
sys.exit(pty.spawn(sys.argv[1:]) >> 8)' "$ALGCTL")
	"${run[@]}" "$@" > "$tmp/said" 2>&1 < /dev/null || got=$?
	cat "$tmp/said"
	[ "$(grep -c "$differs" "$tmp/said")" = "$times" ] &&
		[ "$got" = "$status" ]
}

prints_versions()	# MODULE
{
	"$ALGCTL" -V > "$tmp/versions"
	cat "$tmp/versions"
	[ "$(< "$tmp/versions")" = "algctl $(< "$ROOT/VERSION")
module $1" ]
}

# The command of the manual, with insmod, since the module is not installed here
swap()
{
	sed -n '/^\.Sh UPGRADES/,/^\.Sh SEE/p' "$ROOT/tools/algctl.8" |
		sed -n '/^algctl save/,/^\.Ed/p' |
		sed "/^\.Ed/d; s,modprobe algate,insmod $MODULE," \
		> "$tmp/swap"
	grep insmod "$tmp/swap" && PATH=${ALGCTL%/*}:$PATH sh -e "$tmp/swap"
}

shown()	# FILE
{
	"$ALGCTL" attach show && "$ALGCTL" plugin show ftp
}

generation()	# NUMBER
{
	"$ALGCTL" plugin show | grep "^ftp generation $1 "
}

load_module
check "both versions" prints_versions "$(< "$ROOT/VERSION")"
check "equal versions are no message" says terminal 0 0 plugin show
check "load" "$ALGCTL" plugin load "$PLUGINS/ftp.alg"
check "attach" "$ALGCTL" attach add ftp tcp dport 21
shown > "$tmp/before"

check "another module" other_module
check "both versions" prints_versions 0.9
check "a command goes on" says pipe 0 0 plugin show
check "a message on a terminal" says terminal 1 0 plugin show
check "a message with a failure" says pipe 1 1 plugin unload nothing
check "a single message" says terminal 1 1 plugin unload nothing
check "the first module" umount "$version"

check "a replacement" "$ALGCTL" plugin replace "$PLUGINS/ftp.alg"
check "is the second generation" generation 2
defer rm -f /run/algate.save
check "put the new module in the place of the old" swap
check "plug-in and attachment are back" cmp "$tmp/before" <(shown)
check "in the new module" generation 1
finish

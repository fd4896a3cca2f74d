#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# host.sh note|compare FILE - notes this machine's packages and enabled services
# in FILE, or compares both with FILE. Only packages of deps.sh and their
# dependencies may be new. No package may be missing, and no service may be
# newly enabled. Prints KTAP lines.
set -eu

here=$(cd "$(dirname "$0")" && pwd)

# An enabled service is a symbolic link, whether or not systemd runs.
state()
{
	dpkg-query -W -f '${db:Status-Abbrev} ${Package}:${Architecture}\n' |
		sed -n 's/^[hi]i  *//p' | sed 's/^/package /'
	find /etc/systemd /etc/rc[0-9S].d /etc/init.d 2> /dev/null |
		sed 's/^/service /'
}

verdict()	# NAME LINES: ok if LINES is empty
{
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n $1"
	else
		echo "$2" | sed 's/^/# /'
		echo "not ok $n $1"
		rc=1
	fi
}

# Prints the packages of stdin that deps.sh does not name and that are not
# automatically installed dependencies.
unasked()
{
	"$here/deps.sh" -l > "$tmp/asked"
	apt-mark showauto > "$tmp/auto"
	sed -n 's/^package \(.*\):[^:]*$/\1/p' |
		grep -vxF -f "$tmp/asked" -f "$tmp/auto" || true
}

case ${1:-}:$# in
note:2)
	mkdir -p "$(dirname "$2")"
	state | LC_ALL=C sort > "$2"
	;;
compare:2)
	n=0 rc=0
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	state | LC_ALL=C sort > "$tmp/now"
	LC_ALL=C comm -23 "$2" "$tmp/now" > "$tmp/gone"
	LC_ALL=C comm -13 "$2" "$tmp/now" > "$tmp/come"
	verdict "no package has gone" "$(grep ^package "$tmp/gone" || true)"
	verdict "packages have come only with those that deps.sh names" \
		"$(unasked < "$tmp/come")"
	verdict "services are enabled as they were" \
		"$(grep -h ^service "$tmp/gone" "$tmp/come" || true)"
	exit $rc
	;;
*)	echo "usage: host.sh note|compare FILE" >&2; exit 2 ;;
esac

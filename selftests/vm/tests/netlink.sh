#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions are called by check
#
# Permissions of the netlink family's commands: for root, for root in a user
# namespace, and for any user.
# timeout: 60

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3 setpriv unshare

anybody()
{
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

references()	# WANTED COMMAND...
{
	local wanted=$1 got

	shift
	# shellcheck disable=SC2016 # awk expands the variables
	got=$("$@" awk '$1 == "ftp" { print $6 }' /proc/net/algate/plugins)
	[ "$got" = "$wanted" ] || { echo "$got, not $wanted"; return 1; }
}

load_module
check "load" "$ALGCTL" plugin load "$PLUGINS/ftp.alg" || finish
# An ordinary user may have no access to the directory of the tests.
cp "$ROOT"/selftests/vm/{genl,pair}.py "$tmp"
chmod 644 "$tmp"/*.py
verdicts "root" python3 "$tmp/genl.py" root
verdicts "contained root" unshare -Urn python3 "$tmp/genl.py" contained
verdicts "anybody" anybody python3 "$tmp/genl.py" anybody
check "references in /proc: root" references 0
check "references in /proc: anybody" references - anybody
check "algctl: anybody may list" anybody "$ALGCTL" plugin show
check "algctl: not read the rules" refused "CAP_NET_ADMIN" \
	anybody "$ALGCTL" plugin show ftp
check "unload" "$ALGCTL" plugin unload ftp
finish

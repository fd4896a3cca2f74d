#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Conntrack accepts the first helper of a plug-in and refuses another. The load
# then removes the plug-in. If a rule has taken a reference to the first helper
# meanwhile, the plug-in stays loaded, and "plugin unload" removes it.
# timeout: 120

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"

# The plug-in's helper for TCP is registered first. The helper for UDP conflicts
# with the kernel's.
cat > "$tmp/both.alg" <<-END
	plugin tftp
	service tcp 69
	service udp 69
	frame lines max 512
	client: "x"
END
sed '/service udp/d' "$tmp/both.alg" > "$tmp/tcp.alg"

rules()
{
	while nft add table ip algate_helpers; do
		nft add ct helper ip algate_helpers files \
			'{ type "tftp" protocol tcp; }'
		nft delete table ip algate_helpers
	done > "$tmp/rules" 2>&1
}

load_refused()
{
	refused "$1" "$ALGCTL" plugin load "$tmp/both.alg"
}

loads()	# NUMBER
{
	local i

	for ((i = 0; i < $1; i++)); do
		load_refused "tftp" || return
		"$ALGCTL" plugin show | grep -q . || continue
		busywait 20 "$ALGCTL" plugin unload tftp || return
	done
}

none()
{
	! "$ALGCTL" plugin show | grep .
}

load_module
check "load the kernel's helper" modprobe nf_conntrack_tftp
check "the load is refused" load_refused "conntrack has a helper"
check "nothing is loaded" none
rules &
rules=$!
check "refused while rules come and go" loads 20
kill "$rules"
wait "$rules" 2> /dev/null
nft delete table ip algate_helpers 2> /dev/null
check "nothing is loaded still" none
check "TCP alone is no conflict" "$ALGCTL" plugin load "$tmp/tcp.alg"
check "unload" busywait 5 "$ALGCTL" plugin unload tftp
check "rmmod" rmmod nf_conntrack_tftp
check "both load" "$ALGCTL" plugin load "$tmp/both.alg"
check "unload both" busywait 5 "$ALGCTL" plugin unload tftp
finish

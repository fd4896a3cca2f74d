#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs in the guest. Measures the cost of a request and its reply without a
# helper, with the kernel's helper, and with a plug-in. The same
# nft rules assign both helpers.
# shellcheck disable=SC2317 # functions are called by each_case

# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

# Number of exchanges. The kernel frees memory later, in batches; with so many
# exchanges, one batch more or less changes the result by only 0.5 %.
n=4000

# exchange, the kernel's helper or -, plug-in, protocol, port
cases="
ftp-noop	ftp	ftp	tcp	21
ftp-port	ftp	ftp	tcp	21
ftp-227		ftp	ftp	tcp	21
irc-line	irc	irc	tcp	6667
irc-dcc		irc	irc	tcp	6667
tftp-new	tftp	tftp	udp	69
sip-options	sip	sip	udp	5060
sip-options-plain	sip	sip	udp	5060
sip-invite	sip	sip	udp	5060
sip-invite-plain	sip	sip	udp	5060
rtsp-setup	-	rtsp	tcp	554
pptp-call	-	pptp	tcp	1723
rpc-getport	-	sunrpc	udp	111
snmp-get	-	snmp	udp	161
"

each_case()	# FUNCTION
{
	local name helper plugin proto port

	# commands in the loop must not read the rest of the list
	while read -r name helper plugin proto port; do
		[ -z "$name" ] || "$1"
	done <<< "$cases"
}

without()
{
	measure "$name" without -n "$n" none "$name"
}

with_kernel()
{
	[ "$helper" != - ] || return
	modprobe -a "nf_conntrack_$helper" "nf_nat_$helper"
	helper_rules "$helper" "$proto" "$port"
	measure "$name" kernel -n "$n" helped "$name"
	on "$r" nft delete table inet helper
}

with_algate()
{
	if [ ! -e "$PLUGINS/$plugin.alg" ]; then
		figure "$name" algate missing "no plugins/$plugin.alg"
		return
	fi
	if ! load "$PLUGINS/$plugin.alg" ||
	   ! helper_rules "$plugin" "$proto" "$port"; then
		figure "$name" algate invalid "cannot be loaded"
		invalid=1
		return
	fi
	measure "$name" algate -n "$n" helped "$name"
	on "$r" nft delete table inet helper
	"$ALGCTL" plugin unload "$plugin"
}

network
each_case without
each_case with_kernel
modprobe -r nf_nat_{ftp,irc,tftp,sip} nf_conntrack_{ftp,irc,tftp,sip}
bench_module
each_case with_algate
exit $invalid

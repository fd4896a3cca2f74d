#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the cost of an INVITE and its answer on a flow that has opened
# expectations before; the memory of a flow after calls.

# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

# With 64, the limit of the plug-in, the eight oldest give way.
live()	# COLUMN
{
	local n

	for n in 0 8 56 64; do
		measure "$n live expectations" "$1" -n 100 -w 2 -x "$n" helped \
			sip-invite
	done
}

memory_used()
{
	on "$r" "$ALGCTL" limit show | awk '$1 == "memory_used" { print $2 }'
}

# The generator's first exchanges are calls, too. Flows end with the entries.
memory()	# CALLS
{
	local before after

	on "$r" conntrack -F > /dev/null 2>&1
	before=$(memory_used)
	"$generator" -n "$1" -w 0 helped sip-invite "$c0" "$r" "$s" \
		< /dev/null > "$tmp/calls" || { invalid=1; comment < "$tmp/calls"; }
	after=$(memory_used)
	figure "after $1 calls" bytes $((after - before))
}

network
modprobe -a nf_conntrack_sip nf_nat_sip
helper_rules sip udp 5060
live kernel
on "$r" nft delete table inet helper
modprobe -r nf_nat_sip nf_conntrack_sip
bench_module
load "$PLUGINS/sip.alg"
helper_rules sip udp 5060
live algate
table=memory
figure "a flow" bytes 256
for calls in 1 16 64; do
	memory "$calls"
done
exit $invalid

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# A plug-in is unloaded while the router itself sends datagrams for the plug-in,
# each in a new flow. A sender may be preempted after the flow got its helper,
# but before conntrack confirmed the flow. The kernel must print no warning.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
need python3

# Switches to full preemption, if the kernel can switch.
preempt()
{
	mount -t debugfs none /sys/kernel/debug 2> /dev/null
	[ -w /sys/kernel/debug/sched/preempt ] || return 0
	echo full > /sys/kernel/debug/sched/preempt
}

# Flows time out soon. The sender ignores errors, such as of a full table.
flood()
{
	on "$r" sysctl -qw net.netfilter.nf_conntrack_udp_timeout=1
	on "$r" python3 -c '
import contextlib, socket, sys
while True:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s, \
            contextlib.suppress(OSError):
        s.sendto(b"\0\1file\0octet\0", (sys.argv[1], 69))
' "$s_ip" &
	defer kill $!
}

inspected()
{
	[ "$(counter "$r" tftp messages)" -gt 0 ]
}

round()
{
	"$ALGCTL" plugin load "$PLUGINS/tftp.alg" &&
		on "$r" "$ALGCTL" attach add tftp udp dport 69 &&
		busywait 20 inspected &&
		on "$r" "$ALGCTL" attach del tftp udp dport 69 &&
		"$ALGCTL" plugin unload tftp
}

topo
nat_masq
load_module
check "preemption" preempt
flood
flood
flood
for i in 1 2 3 4 5 6; do
	check "load, inspect, unload $i" round
done
check "load" "$ALGCTL" plugin load "$PLUGINS/tftp.alg"
check "attach" on "$r" "$ALGCTL" attach add tftp udp dport 69
check "inspect" busywait 20 inspected
check "the module goes" busywait 10 rmmod algate
finish

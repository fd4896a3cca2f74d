#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# If an agent's reply or trap contains the agent's own address, the receiver
# gets the address that NAT shows for the agent. Other addresses pass unchanged
# unless the administrator maps them, and so does any message that is not of
# version 1 or 2c.
# timeout: 240

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
# shellcheck source=selftests/peers_snmp.sh
. "$ROOT/selftests/peers_snmp.sh"
need snmpd snmptrapd snmpget snmptrap

# c0 is the manager. The agent's own address is expected to be shown as OWN.
agent()	# NAME ADDRESS OWN ALL
{
	local version

	for version in 1 2c; do
		check "$1: get, version $version" snmp_own "$3" "$c0" $version "$2"
		check "$1: walk, version $version" \
			snmp_all "$4" snmpwalk "$c0" $version "$2"
	done
	check "$1: bulk walk" snmp_all "$4" snmpbulkwalk "$c0" 2c "$2"
	check "$1: version 3 passes" snmp_own $s_ip "$c0" 3 "$2"
}

shown()	# COMMAND...: waits for the line; otherwise prints the log's last line
{
	busywait 10 "$@" || { tail -n 1 "$tmp/snmptrapd.log"; return 1; }
}

trap1_as()	# ADDRESS AGENT SHOWN
{
	trap1 "$c0" "$1" "$2" && shown trap1_shown "$3" "$2"
}

trap2_as()	# COMMAND ADDRESS AGENT SHOWN
{
	trap2 "$1" "$c0" "$2" "$3" && shown trap2_shown "$4"
}

# c0 is the agent. Its address is expected to be shown as OWN.
traps()	# NAME ADDRESS OWN
{
	local command

	check "$1: trap, version 1" trap1_as "$2" "$c0_ip" "$3"
	for command in snmptrap snmpinform; do
		check "$1: $command, version 2c" \
			trap2_as $command "$2" "$c0_ip" "$3"
	done
	# The trap contains the address of another device.
	check "$1: for another, version 1" trap1_as "$2" 10.0.1.99 10.0.1.99
	check "$1: for another, version 2c" \
		trap2_as snmptrap "$2" 10.0.1.99 10.0.1.99
}

topo routed
check "agent" snmpd_start "$s" || finish
check "receiver" snmptrapd_start "$s" || finish
all="127.0.0.1 $s_ip"
agent "no NAT" $s_ip $s_ip "$all"
agent "no NAT, IPv6" $s_ip6 $s_ip "$all"
traps "no NAT" $s_ip "$c0_ip"

# Without the plug-in, the receiver gets the address inside.
nat_dnat udp 161
agent "DNAT without" $r_lan $s_ip "$all"
nat_masq
traps "SNAT without" $s_ip "$c0_ip"

nat_none
plugin_up snmp udp 161
check "attach for traps" on "$r" "$ALGCTL" attach add snmp udp dport 162
agent "no NAT with" $s_ip $s_ip "$all"
traps "no NAT with" $s_ip "$c0_ip"
check "nothing was rewritten" counts "$r" snmp rewritten 0

nat_dnat udp 161
agent "DNAT" $r_lan $r_lan "$r_lan 127.0.0.1"
nat_masq
agent "SNAT and DNAT" $r_lan $r_lan "$r_lan 127.0.0.1"
traps "SNAT" $s_ip $r_wan

# The administrator names the public addresses of two hosts.
check "map" on "$r" "$ALGCTL" plugin set snmp map hosts \
	10.0.1.99=203.0.113.99 10.0.1.77=$s_ip
agent "SNAT, map" $s_ip 10.0.1.77 "10.0.1.77 127.0.0.1"
check "SNAT, map: for another, version 1" \
	trap1_as $s_ip 10.0.1.99 203.0.113.99
check "SNAT, map: for another, version 2c" \
	trap2_as snmptrap $s_ip 10.0.1.99 203.0.113.99
check "detach" on "$r" "$ALGCTL" attach del snmp udp dport 161
check "detach for traps" on "$r" "$ALGCTL" attach del snmp udp dport 162
finish

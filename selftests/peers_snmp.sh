#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_snmp.sh - Net-SNMP's agent, manager and trap receiver (root/root.sh).
# Source it after peers.sh. Objects have numeric names, so no MIB is needed.
# shellcheck disable=SC2154 # tmp and the rest come from lib.sh

ip_ad_ent_addr=.1.3.6.1.2.1.4.20.1.1	# RFC 1213: a column of addresses
snmp_trap_address=.1.3.6.1.6.3.18.1.3.0	# RFC 3584: agent-addr in a v2 trap
snmp_enterprise=.1.3.6.1.4.1.8072.2.3	# Net-SNMP's examples
export SNMP_PERSISTENT_DIR=$tmp/snmp MIBS='' SNMPCONFPATH=$tmp/snmp

snmpd_start()	# NAMESPACE
{
	mkdir -p "$tmp/snmp"
	cat > "$tmp/snmpd.conf" <<-END
		rocommunity public
		rocommunity6 public
		createUser reader SHA password AES password
		rouser reader priv
	END
	start "$1" udp 161 snmpd -f -Lo -C -c "$tmp/snmpd.conf" \
		-p "$tmp/snmpd.pid" udp:161 udp6:161
}

# The trap receiver logs a line for each trap. The line of a v1 trap has the
# agent's address in the header, the line of a v2 trap in the objects.
snmptrapd_start()	# NAMESPACE
{
	mkdir -p "$tmp/snmp"
	printf '%s\n' 'disableAuthorization yes' \
		'format1 trap1 %q %a %v\n' 'format2 trap2 %v\n' > "$tmp/snmptrapd.conf"
	start "$1" udp 162 snmptrapd -f -Lo -n -On -C -c "$tmp/snmptrapd.conf" \
		-p "$tmp/snmptrapd.pid" udp:162 udp6:162
}

snmp()	# COMMAND NAMESPACE 1|2c|3 ADDRESS OBJECT...
{
	local command=$1 ns=$2 version=$3 address=$4 auth=(-c public)

	shift 4
	case $address in
	*:*) address="udp6:[$address]" ;;
	esac
	[ "$version" != 3 ] || auth=(-l authPriv -u reader -a SHA -A password
		-x AES -X password)
	on "$ns" "$command" -v "$version" "${auth[@]}" -t 2 -r 2 -Oqv \
		"$address" "$@"
}

# The agent reports the address WANTED when asked for the entry of $s_ip.
snmp_own()	# WANTED NAMESPACE VERSION ADDRESS
{
	local own

	own=$(snmp snmpget "$2" "$3" "$4" $ip_ad_ent_addr."$s_ip")
	[ "$own" = "$1" ] || { echo "$own is not $1"; return 1; }
}

# The agent reports the addresses WANTED. snmpwalk sends a request for each
# address; for snmpbulkwalk, a reply contains many addresses.
snmp_all()	# WANTED snmpwalk|snmpbulkwalk NAMESPACE VERSION ADDRESS
{
	local all

	all=$(snmp "$2" "$3" "$4" "$5" $ip_ad_ent_addr | sort | xargs)
	[ "$all" = "$1" ] || { echo "$all is not $1"; return 1; }
}

# The checks find a trap by its unique number.
trap_number=0
trap1()	# NAMESPACE ADDRESS AGENT: AGENT is in the header and in an object
{
	trap_number=$((trap_number + 1))
	snmp snmptrap "$1" 1 "$2" $snmp_enterprise "$3" 6 $trap_number '' \
		"$ip_ad_ent_addr.$3" a "$3"
}

trap2()	# snmptrap|snmpinform NAMESPACE ADDRESS AGENT
{
	trap_number=$((trap_number + 1))
	snmp "$1" "$2" 2c "$3" '' $snmp_enterprise.0.$trap_number \
		$snmp_trap_address a "$4"
}

trap1_shown()	# AGENT INSTANCE: the log has the last trap with these
{
	grep -qxF "trap1 .$trap_number $1 $ip_ad_ent_addr.$2 = IpAddress: $1" \
		"$tmp/snmptrapd.log"
}

trap2_shown()	# AGENT: the log has the last trap with this address
{
	grep -qxF "trap2 ${snmp_enterprise#.}.0.$trap_number IpAddress: $1" <(
		sed -n 's/^trap2 .*= OID: \.\([0-9.]*\).* = /trap2 \1 /p' \
			"$tmp/snmptrapd.log")
}

# shellcheck disable=SC2034 # for capture.sh
capture_filter='udp port 161 or udp port 162'
capture_snmp()
{
	snmpd_start "$s" || return
	snmptrapd_start "$s" || return
	snmp_own "$s_ip" "$c0" 1 "$s_ip" &&
		snmp_all "127.0.0.1 $s_ip" snmpbulkwalk "$c0" 2c "$s_ip" &&
		snmp_own "$s_ip" "$c0" 3 "$s_ip" &&
		trap1 "$c0" "$s_ip" "$c0_ip" &&
		trap2 snmptrap "$c0" "$s_ip" "$c0_ip" &&
		trap2 snmpinform "$c0" "$s_ip" "$c0_ip"
}

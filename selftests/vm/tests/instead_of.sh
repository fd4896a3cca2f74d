#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2154 # functions are called by exchange
#
# Programs from Debian's packages, and scripts for H.323, use each helper of the
# kernel, and then the plug-in of the same name, with the same rules of nft. The
# plug-in does no less, and opens nothing that nobody asked for. plugins/README
# shows the table.
# timeout: 1200
# kernels: 6.1 7.3

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
for peers in irc_dcc sip amanda sane pptp snmp netbios; do
	# shellcheck source=/dev/null # several
	. "$ROOT/selftests/peers_$peers.sh"
done
need python3 curl tftp irssi sipp amdump scanimage pptp snmpget nmblookup

# Name, protocol, and ports of each helper: the usual port is for the servers,
# the other port for instead_of.py.
helpers="ftp:tcp:21,2121 tftp:udp:69,6969 irc:tcp:6667,6668 sip:udp:5060,5062
	RAS:udp:1719,7719 Q.931:tcp:1720,7720 amanda:udp:10080,10081 sane:tcp:6566,6567 pptp:tcp:1723,1724
	snmp:udp:161,1161 snmp_trap:udp:162,1162 netbios-ns:udp:137,1137"
modules=(nf_nat_{ftp,tftp,irc,sip,h323,amanda,pptp,snmp_basic}
	nf_conntrack_{ftp,tftp,irc,sip,h323,amanda,sane,pptp,snmp,netbios_ns})

# Prints a line for each helper, with the values of NAME, PROTOCOL, PORTS, and the
# usual PORT.
each_helper()	# LINE
{
	local helper name protocol ports line

	for helper in $helpers; do
		IFS=: read -r name protocol ports <<< "$helper"
		line=${1//NAME/$name}
		line=${line//PROTOCOL/$protocol}
		line=${line//PORTS/$ports}
		echo "${line//PORT/${ports%,*}}"
	done
}

# The rules of both passes: the router masquerades, forwards the ports of its
# inner address to the server, and forwards no other new flow. It asks its network
# itself, and accepts no new flow of UDP.
ruleset()
{
	cat <<-END
		table inet instead {
			$(each_helper 'ct helper NAME { type "NAME" protocol PROTOCOL; }')
			chain assign {
				type filter hook prerouting priority filter;
				$(each_helper 'PROTOCOL dport { PORTS } ct helper set "NAME"')
			}
			chain own {
				type filter hook output priority filter;
				udp dport 137 ct helper set "netbios-ns"
				udp dport 161 ct helper set "snmp"
			}
			chain inwards {
				type nat hook prerouting priority dstnat;
				$(each_helper "ip daddr $r_lan PROTOCOL dport PORT dnat ip to $s_ip")
			}
			chain outwards {
				type nat hook postrouting priority srcnat;
				oifname wan masquerade
			}
			chain forward {
				type filter hook forward priority filter; policy drop;
				ct state established,related accept
				$(each_helper 'PROTOCOL dport { PORTS } accept')
				meta l4proto tcp reject with tcp reset
			}
			chain input {
				type filter hook input priority filter;
				ct state new meta l4proto udp drop
			}
		}
	END
}

rules_up()
{
	router_nft < "$tmp/rules"
}

# --- the table: a line for each exchange or attack, a column for each pass

lines=()
declare -A outcome

note()	# HELPER WHAT OUTCOME
{
	local line="$1: $2"

	[ $pass = algate ] || lines+=("$line")
	outcome[$pass:$line]=$3
	echo "# $pass, $line: $3"
}

table()
{
	local line name last=HELPER

	printf '%-11s %-46s %-7s %s\n' HELPER "CONVERSATION OR ATTACK" KERNEL ALGATE
	for line in "${lines[@]}"; do
		name=${line%%: *}
		[ "$name" != "$last" ] || name=
		last=${line%%: *}
		printf '%-11s %-46s %-7s %s\n' "$name" "${line#*: }" \
			"${outcome[kernel:$line]}" "${outcome[algate:$line]}"
	done
}

shown()
{
	sed -n '/^    HELPER /,/^$/{s/^    //p}' "$PLUGINS/README"
}

exchange()	# HELPER WHAT COMMAND...
{
	local word=works

	"${@:3}" > "$tmp/exchange" 2>&1 || { word=fails; comment < "$tmp/exchange"; }
	note "$1" "$2" $word
}

# Prints "opens" or "refuses".
tried()	# ATTACK
{
	"$ROOT/selftests/vm/instead_of.py" "$c1" "$s" "$r" "$c1_ip" $s_ip $r_wan \
		"$1" 2>&1 | tail -n 1
}

attack()	# HELPER WHAT ATTACK
{
	note "$1" "$2" "$(tried "$3")"
}

# Prints the number of expectations that the router has created, on the only
# processor of the guest: /proc has a line of hexadecimal numbers.
created()
{
	local names values i

	{ read -ra names; read -ra values; } < <(on "$r" cat /proc/net/stat/nf_conntrack)
	for i in "${!names[@]}"; do
		[ "${names[i]}" != expect_create ] || echo $((16#${values[i]}))
	done
}

# The command succeeds, and the helper served it.
expected()	# COMMAND...
{
	local before

	before=$(created)
	"$@" || return
	[ "$(created)" -gt "$before" ] || { echo "nothing was expected"; return 1; }
}

# --- all exchanges and attacks

refused_connections()
{
	grep -c "can't connect to" "$tmp/bob/log"
}

# Ends as soon as the client outside cannot connect.
dcc_over()	# REFUSED FILE
{
	dcc_arrived "$pass" bob "$2" || [ "$(refused_connections)" -gt "$1" ]
}

# The client's nickname is the name of the pass.
dcc_works()	# FILE
{
	local before

	before=$(refused_connections)
	dcc_offer "" "$pass" bob "$1"
	busywait 30 dcc_over "$before" "$1"
	dcc_arrived "$pass" bob "$1" || { tail "$tmp/bob/log"; return 1; }
}

sip_talks()	# FLOW ROUNDS CALLER-NS ADDRESS CALLEE-NS ADDRESS [HOST]
{
	sip_flow "$1" "${@:3}" && media_is "$2"
}

# The registrar's host calls the phone from another port than the registrar's.
sip_called()
{
	local contact

	sip_flow register "$c0" "$c0_ip" "$s" "$s_ip" && contact=$(sip_contact) || return
	sipp_from=5070 sip_talks call 1 "$s" "$s_ip" "$c0" "$c0_ip" "$contact"
}

# Both ends use the port 1719: a flow of the exchange before would go on.
h323_talks()	# TEST HOST
{
	on "$r" conntrack -D -p udp --dport 1719 2> /dev/null
	"$ROOT/selftests/vm/h323.py" "$c0" "$s" "$s_ip" "$2" "$1"
}

# Without the limit, a scan would wait long for the data connection.
scan_behind_dnat()
{
	scan_limit=8 expected sane_scan "$c0" "$r_lan"
}

pptp_talks()	# NAMESPACE INTERFACE ADDRESS
{
	pptp_call "$@" lcp-max-configure 5 && pptp_ping "$1" "$2"
}

trap1_told()
{
	trap1 "$c0" "$s_ip" "$c0_ip" && busywait 2 trap1_shown "$r_wan" "$c0_ip"
}

trap2_told()
{
	trap2 snmptrap "$c0" "$s_ip" "$c0_ip" && busywait 2 trap2_shown "$r_wan"
}

# Net-SNMP neither asks by broadcast nor answers.
agent_answers()
{
	[ "$(tried snmp)" = opens ]
}

nmb_answers()
{
	busywait 3 nmb_lookup "$r" 10.0.1.255 BOX "$c0_ip"
}

all()
{
	exchange ftp "curl and vsftpd, PORT" \
		expected ftp_get curl "$c0" port $s_ip
	exchange ftp "PASV, to a server behind DNAT" \
		expected ftp_get curl "$c0" pasv $r_lan
	attack ftp "PORT in the text that a web page posts" "ftp page"
	attack ftp "PORT with port 22" "ftp low"
	exchange tftp "tftp-hpa and tftpd-hpa" expected tftp_get tftpclient "$c0" $s_ip
	exchange tftp "the same, to a server behind DNAT" \
		expected tftp_get tftpclient "$c0" $r_lan
	attack tftp "a datagram that only begins as a request" "tftp"
	exchange irc "irssi and ngircd, a file" expected dcc_works "file-$pass"
	exchange irc "the same, blanks in the name" \
		expected dcc_works "file of $pass"
	attack irc "DCC in the text that a web page posts" "irc page"
	attack irc "DCC with port 22" "irc low"
	exchange sip "sipp, a call with audio and video" \
		expected sip_talks call 1 "$c0" "$c0_ip" "$s" $s_ip
	exchange sip "the same, to a registered phone" expected sip_called
	attack sip "an answer behind the refusal of a call" sip
	exchange RAS "scripts, a phone registers, and is called" \
		expected h323_talks register $s_ip
	exchange RAS "the same, at a gatekeeper behind DNAT" \
		expected h323_talks register $r_lan
	exchange RAS "a call that the gatekeeper sends to a port" \
		expected h323_talks admission $s_ip
	exchange RAS "the same, of a gatekeeper behind DNAT" \
		expected h323_talks admission $r_lan
	attack RAS "a registration that the gatekeeper rejects" "RAS rejected"
	attack RAS "a registration with port 22" "RAS low"
	exchange Q.931 "scripts, a call with fast connect" \
		expected h323_talks fast $s_ip
	exchange Q.931 "the same, to a phone behind DNAT" \
		expected h323_talks fast $r_lan
	exchange Q.931 "a call with the element Sending complete" \
		expected h323_talks complete $s_ip
	exchange Q.931 "a call with channels in its messages" \
		expected h323_talks tunnel $s_ip
	exchange Q.931 "the same call, to a phone behind DNAT" \
		expected h323_talks tunnel $r_lan
	attack Q.931 "a call in the text that a web page posts" "Q.931 page"
	attack Q.931 "a call with port 22" "Q.931 low"
	attack Q.931 "an answer that nobody asked for, with port 22" "Q.931 answer"
	exchange H.245 "scripts, a control channel and media" \
		expected h323_talks control $s_ip
	exchange H.245 "the same, to a phone behind DNAT" \
		expected h323_talks control $r_lan
	attack H.245 "an answer for a channel that nobody opened" H.245
	exchange amanda "amdump and amandad, a backup" \
		expected amanda_backup "$c0" $s_ip
	attack amanda "an answer that nobody asked for, with port 22" amanda
	exchange sane "scanimage and saned" expected sane_scan "$c0" $s_ip
	exchange sane "the same, to a server behind DNAT" \
		scan_behind_dnat
	attack sane "an answer with port 22" sane
	exchange pptp "pptp and pptpd, a call" \
		expected pptp_talks "$c0" one $s_ip
	exchange pptp "the same, of another client behind the address" \
		expected pptp_talks "$c1" two $s_ip
	exchange pptp "the same, to a server behind DNAT" \
		expected pptp_talks "$c0" three $r_lan
	pptp_end "$c0"
	pptp_end "$c1"
	exchange snmp "snmpget and snmpd, an agent behind DNAT" \
		snmp_own $r_lan "$c0" 1 $r_lan
	exchange snmp "broadcast of the router, scripts" \
		expected agent_answers
	exchange snmp_trap "snmptrap and snmptrapd, version 1" trap1_told
	exchange snmp_trap "the same, version 2c" trap2_told
	exchange netbios-ns "nmblookup of the router by broadcast, and nmbd" \
		expected nmb_answers
	attack netbios-ns "a broadcast of something else" netbios
}

# algate serves what the kernel's helper serves, and opens nothing.
no_less()	# LINE
{
	local kernel=${outcome[kernel:$1]} algate=${outcome[algate:$1]}

	echo "kernel $kernel, algate $algate"
	case $kernel-$algate in
	*-works|*-refuses|fails-fails) ;;
	*) return 1 ;;
	esac
}

topo 2
ruleset > "$tmp/rules"
# The kernel's helper for broadcasts looks for the broadcast address of a device.
ip -n "$r" addr del $r_lan/24 dev lan
ip -n "$r" addr add $r_lan/24 brd + dev lan
modprobe -a nf_conntrack nf_nat nf_tables nft_ct nft_nat nft_masq
check "vsftpd" vsftpd_start "$s"
check "tftpd" tftpd_start "$s"
check "ngircd" ngircd_start "$s"
check "irssi outside" irssi_start "$s" bob $s_ip
check "amandad" amandad_start "$s"
check "saned" saned_start "$s"
check "its picture" sane_draw "$s"
check "pptpd" pptpd_start "$s"
check "snmpd" snmpd_start "$s"
check "snmptrapd" snmptrapd_start "$s"
check "nmbd" nmbd_start "$c0" BOX
smb_config "$tmp/nmblookup" ASKER "interfaces = lan"

pass=kernel
check "the kernel's helpers" modprobe -a "${modules[@]}" || finish
check "rules" rules_up || finish
check "irssi inside" irssi_start "$c0" $pass $s_ip
all

check "the rules go" on "$r" nft delete table inet instead
flows_anew
check "and the kernel's helpers" busywait 20 modprobe -r "${modules[@]}" || finish

pass=algate
load_module
sed 's/^plugin snmp /plugin snmp_trap /' "$PLUGINS/snmp.alg" > "$tmp/snmp_trap.alg"
for helper in $helpers; do
	name=${helper%%:*}
	file=$PLUGINS/$name.alg
	[ -e "$file" ] || file=$tmp/$name.alg
	check "load $name" "$ALGCTL" plugin load "$file" || finish
done
# The plug-in Q.931 names H.245 for the flows that it expects, and no rule does.
check "load H.245" "$ALGCTL" plugin load "$PLUGINS/H.245.alg" || finish
check "the same rules" rules_up || finish
check "irssi inside" irssi_start "$c0" $pass $s_ip
all

table > "$tmp/table"
comment < "$tmp/table"
for line in "${lines[@]}"; do
	check "$line" no_less "$line"
done
check "plugins/README shows the table" diff -u <(shown) "$tmp/table"
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# An irssi behind the router offers files and chats to an irssi outside, which
# connects to the offered ports. The IRC server is outside, too.
# timeout: 600

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
# shellcheck source=selftests/peers_irc_dcc.sh
. "$ROOT/selftests/peers_irc_dcc.sh"
need ngircd irssi script

# Five DCC connections from outside. SHOWN is the address that the client
# outside sees in the offers.
offers()	# NAME NICK SHOWN
{
	check "$1: file" dcc_send "" "$2" bob "$2-plain"
	check "$1: the address is $3" irssi_shows bob "DCC SEND from $2 [$3 port"
	check "$1: file with blanks in its name" \
		dcc_send "" "$2" bob "$2 and blanks"
	check "$1: resumed" dcc_resume "$2" bob "$2-resumed"
	check "$1: passive, answered" \
		dcc_send -passive bob "$2" "$2-answered"
	check "$1: chat" dcc_chat "" "$2" bob "$2"
}

# The client outside sees the offer, but cannot connect.
without()	# NICK SHOWN
{
	dcc_offer "" "$1" bob "$1-lost"
	busywait 20 irssi_shows bob "DCC SEND from $1 [$2 port" &&
		busywait 20 irssi_shows bob "can't connect to $2"
}

# Two clients behind the same address offer a file at the same port. The
# receiver of the first offer accepts only after the second file has arrived.
same_port()
{
	local file=file7 nick

	irssi_types shy "/SET dcc_autoget OFF"
	for nick in with other; do
		irssi_types "$nick" "/SET dcc_port 40001"
	done
	dcc_offer "" with shy "$file"
	busywait 60 irssi_shows shy "DCC SEND from with [$r_wan port 40001]" ||
		{ tail "$tmp/shy/log"; return 1; }
	dcc_send "" other bob file8 || return
	if irssi_shows bob "DCC SEND from other [$r_wan port 40001]"; then
		echo "both are told the same port"
		return 1
	fi
	irssi_types shy "/DCC GET with"
	busywait 60 dcc_arrived with shy "$file" || { tail "$tmp/shy/log"; return 1; }
}

topo routed 2
check "server" ngircd_start "$s" || finish
check "outside" irssi_start "$s" bob $s_ip || finish
check "inside" irssi_start "$c0" plain $s_ip || finish
offers "no NAT" plain "$c0_ip"
check "inside, IPv6" irssi_start "$c0" plain6 $s_ip6
check "no NAT, IPv6: file" dcc_send "" plain6 bob file6

# As on the Internet, the outside has no route to the clients inside.
nat_masq
ip -n "$s" route del 10.0.1.0/24
ip -n "$s" -6 route del fd00:1::/64
check "inside, SNAT" irssi_start "$c0" masq $s_ip || finish
check "SNAT: a file to inside" dcc_send "" bob masq inward
check "SNAT: passive" dcc_send -passive masq bob outward
check "SNAT fails without the plug-in" without masq "$c0_ip"
check "inside, NAT66" irssi_start "$c0" masq6 $s_ip6 || finish
check "NAT66 fails without the plug-in" without masq6 "$c0_ip6"

strict tcp 6667
plugin_up irc tcp 6667
check "inside, plug-in" irssi_start "$c0" with $s_ip || finish
offers "SNAT" with $r_wan
check "an expectation for each" counts "$r" irc used 5
check "another inside" irssi_start "$c1" other $s_ip || finish
check "outside, who waits" irssi_start "$s" shy $s_ip || finish
check "two at one port" same_port
check "an expectation for both" counts "$r" irc used 7
check "inside, plug-in and IPv6" irssi_start "$c0" with6 $s_ip6 || finish
offers "NAT66" with6 $r_wan6
check "and on IPv6" counts "$r" irc used 12
nat_dnat tcp 6667
check "inside, by the router's address" irssi_start "$c0" dnat $r_lan || finish
offers "SNAT and DNAT" dnat $r_wan
nat_none
nat_dnat tcp 6667
ip -n "$s" route add 10.0.1.0/24 via $r_wan
check "inside, DNAT only" irssi_start "$c0" routed $r_lan || finish
offers "DNAT" routed "$c0_ip"
check "expectations for these" counts "$r" irc used 22
check "detach" on "$r" "$ALGCTL" attach del irc tcp dport 6667
finish

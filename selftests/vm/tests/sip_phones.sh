#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2119 # functions are called by check
#
# Two phones behind one address, both with port 5060, register with a proxy
# outside. Both phones talk with a phone outside, in calls from either side, and
# at the same time.
# timeout: 500

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=selftests/peers.sh
. "$ROOT/selftests/peers.sh"
# shellcheck source=selftests/peers_phone.sh
. "$ROOT/selftests/peers_phone.sh"
need kamailio baresip socat

phones_up()	# NAME udp|tcp
{
	check "$1: alice registers" phone_start "$c0" alice "$c0_ip" 5060 $s_ip "$2"
	check "$1: bob registers" phone_start "$c1" bob "$c1_ip" 5060 $s_ip "$2"
}

phones_down()	# NAME
{
	check "$1: alice leaves" phone_stop alice
	check "$1: bob leaves" phone_stop bob
}

talks()	# NAME
{
	check "$1: alice calls carol" phones_talk alice "$c0" carol "$s" "sip:carol@$s_ip"
	check "$1: carol calls bob" phones_talk carol "$s" bob "$c1" "sip:bob@$s_ip"
	check "$1: carol calls alice" phones_talk carol "$s" alice "$c0" "sip:alice@$s_ip"
}

# Carol talks to alice and bob at the same time, and both calls have media.
together()
{
	phones_reset "$c0" "$c1" "$s"
	phone_command "$c0" dial "sip:carol@$s_ip"
	busywait 20 phone_heard "$c0" 50 || return
	phone_command "$c1" dial "sip:carol@$s_ip"
	busywait 20 phone_heard "$c1" 50 && phones_reset "$c0" &&
		busywait 20 phone_heard "$c0" 50 || return
	phone_command "$c0" hangup
	phone_command "$c1" hangup
}

# The call is established, and alice sends media, but neither phone receives
# any.
deaf()
{
	phones_reset "$c0" "$s"
	phone_command "$c0" dial "sip:carol@$s_ip"
	busywait 20 phone_says carol "Call established" &&
		busywait 20 phone_heard "$c0" 50 out || return
	[ "$(phone_count "$c0" in)" = 0 ] && [ "$(phone_count "$s" in)" = 0 ]
}

topo routed 2
check "kamailio" kamailio_start "$s" $s_ip || finish
check "carol registers" phone_start "$s" carol $s_ip 5062 $s_ip || finish
phones_up "no NAT" udp
talks "no NAT"
phones_down "no NAT"
phones_up "no NAT, TCP" tcp
talks "no NAT, TCP"
phones_down "no NAT, TCP"

check "carol leaves" phone_stop carol
check "carol registers" phone_start "$s" carol $s_ip 5062 $s_ip || finish
clients_route del
strict udp 5060
strict tcp 5060
nat_masq
phones_up "without the plug-in" udp
check "without the plug-in nobody is heard" deaf
phones_down "without the plug-in"
if [ ! -e "$PLUGINS/sip.alg" ]; then
	skip "with the plug-in" "no plugins/sip.alg"
	finish
fi

plugin_up sip udp 5060
check "attach, TCP" on "$r" "$ALGCTL" attach add sip tcp dport 5060
phones_up "SNAT" udp
talks "SNAT"
check "SNAT: both talk at the same time" together
phones_down "SNAT"
phones_up "SNAT, TCP" tcp
talks "SNAT, TCP"
phones_down "SNAT, TCP"
check "detach" on "$r" "$ALGCTL" attach del sip udp dport 5060
check "detach, TCP" on "$r" "$ALGCTL" attach del sip tcp dport 5060
finish

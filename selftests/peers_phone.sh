#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_phone.sh - kamailio as SIP registrar and proxy, and baresip as phones
# (root/root.sh). Source it after peers.sh.
#
# The phone NAME answers each call and plays a tone. It uses ports from 20000 on
# for RTP; nftables counts the packets in both directions.
# shellcheck disable=SC2154 # variables from lib.sh

kamailio_start()	# NAMESPACE ADDRESS
{
	local modules

	modules=$(echo /usr/lib/*/kamailio/modules/)
	cat > "$tmp/kamailio.cfg" <<-END
		#!KAMAILIO
		debug=2
		log_stderror=yes
		children=1
		tcp_children=1
		auto_aliases=no
		listen=udp:$2:5060
		listen=tcp:$2:5060
		mpath="$modules"
		loadmodule "pv.so"
		loadmodule "sl.so"
		loadmodule "tm.so"
		loadmodule "rr.so"
		loadmodule "textops.so"
		loadmodule "siputils.so"
		loadmodule "usrloc.so"
		loadmodule "registrar.so"
		request_route {
			if (is_method("REGISTER")) {
				save("location");
				exit;
			}
			if (has_totag()) {
				loose_route();
				t_relay();
				exit;
			}
			if (is_method("CANCEL")) {
				t_relay();
				exit;
			}
			record_route();
			if (!lookup("location")) {
				sl_send_reply("404", "Not Found");
				exit;
			}
			t_relay();
		}
	END
	mkdir -p "$tmp/kamailio"
	start "$1" udp 5060 kamailio -DD -E -f "$tmp/kamailio.cfg" -Y "$tmp/kamailio" \
		-P "$tmp/kamailio/pid" -m 32 -M 4
}

# The counters are in a separate table, before any filter of the test.
phone_counters()	# NAMESPACE
{
	on "$1" nft -f - <<-END
		table inet phone {
			counter in { }
			counter out { }
			chain input {
				type filter hook input priority -200;
				udp dport 20000-20100 counter name in
			}
			chain output {
				type filter hook output priority -200;
				udp sport 20000-20100 counter name out
			}
		}
	END
}

phone_start()	# NAMESPACE NAME ADDRESS PORT REGISTRAR [udp|tcp]
{
	local ns=$1 name=$2 dir=$tmp/phone.$2

	mkdir -p "$dir"
	cat > "$dir/config" <<-END
		sip_listen $3:$4
		sip_cafile
		call_max_calls 4
		audio_source ausine,440
		audio_player aubridge,silent
		audio_alert aubridge,silent
		ausrc_srate 48000
		ausrc_channels 2
		audio_level no
		rtp_ports 20000-20100
		rtcp_mux no
		dns_server 127.0.0.1:53
		net_interface eth0
		ctrl_tcp_listen 127.0.0.1:4444
		module_path /usr/lib/baresip/modules
		module g711.so
		module ausine.so
		module aubridge.so
		module_app account.so
		module_app ctrl_tcp.so
		module_app menu.so
	END
	echo "<sip:$name@$5;transport=${6:-udp}>;regint=600;answermode=auto;medianat=" \
		> "$dir/accounts"
	on "$ns" nft list table inet phone > /dev/null 2>&1 || phone_counters "$ns"
	(exec ip netns exec "$ns" baresip -f "$dir") > "$dir/log" 2>&1 < /dev/null &
	echo $! > "$dir/pid"
	busywait 30 phone_says "$name" "200 OK" || { cat "$dir/log"; return 1; }
}

phone_says()	# NAME TEXT
{
	grep -aq "$2" "$tmp/phone.$1/log"
}

phone_command()	# NAMESPACE COMMAND [PARAMETER]
{
	local json="{\"command\":\"$2\",\"params\":\"${3:-}\"}"

	printf '%d:%s,' ${#json} "$json" |
		on "$1" socat -T 5 - TCP:127.0.0.1:4444,connect-timeout=5 \
		> "$tmp/phone.reply"
}

phone_count()	# NAMESPACE in|out
{
	on "$1" nft -j list counter inet phone "$2" | sed 's/.*"packets": \([0-9]*\).*/\1/'
}

phone_heard()	# NAMESPACE PACKETS [in|out]
{
	[ "$(phone_count "$1" "${3:-in}")" -ge "$2" ]
}

phones_reset()	# NAMESPACE...
{
	local ns

	for ns; do
		on "$ns" nft reset counters table inet phone > /dev/null
	done
}

phone_calls()	# NAME: prints the number of ended calls
{
	grep -ac 'terminated (duration' "$tmp/phone.$1/log"
}

phone_call_over()	# NAME BEFORE
{
	[ "$(phone_calls "$1")" -gt "$2" ]
}

# A call in which each phone receives at least 50 packets, a second of sound.
phones_talk()	# CALLER CALLER-NS CALLEE CALLEE-NS URI
{
	local caller callee rc=0

	caller=$(phone_calls "$1")
	callee=$(phone_calls "$3")
	phones_reset "$2" "$4"
	phone_command "$2" dial "$5"
	busywait 20 phone_heard "$2" 50 && busywait 20 phone_heard "$4" 50 || rc=1
	phone_command "$2" hangup
	busywait 20 phone_call_over "$1" "$caller" &&
		busywait 20 phone_call_over "$3" "$callee" || rc=1
	[ $rc = 0 ] || phones_story "$1" "$3"
	return $rc
}

phones_story()	# NAME...
{
	local name

	for name; do
		echo "--- $name"
		tr '\r' '\n' < "$tmp/phone.$name/log" | grep -a '[a-z]' | grep -av 'audio=[0-9]' | tail -n 25
	done
}

phone_stop()	# NAME
{
	kill "$(< "$tmp/phone.$1/pid")"
	busywait 20 phone_gone "$1"
}

phone_gone()	# NAME
{
	! kill -0 "$(< "$tmp/phone.$1/pid")" 2> /dev/null
}

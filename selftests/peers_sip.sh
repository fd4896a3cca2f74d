#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_sip.sh - SIP calls between two phones (root/root.sh). Source it after
# peers.sh.
#
# sipp plays both ends of vm/sip/*.flow. vm/media.py sends and counts the media
# that the session descriptions announce. $media/caller.msg and
# $media/callee.msg contain the messages that each end received.
# shellcheck disable=SC2154 # variables from lib.sh

sip=$ROOT/selftests/vm/sip
media=$tmp/media
sipp_calls=1	# number of simultaneous calls
sipp_transport=u1
sipp_from=5060	# the caller's port
rtp_packets=12	# of a call in each direction: two media, 5 RTP and 1 RTCP

# Stops the processes of the previous call, and removes its files.
media_start()	# CALLER-NS CALLEE-NS
{
	media_stop
	mkdir -p "$media"
	python3 "$ROOT/selftests/vm/media.py" "$1" "$2" "$media" $sipp_calls \
		> "$tmp/media.log" 2>&1 &
	media_pid=$!
	busywait 60 test -e "$media/counts" || { cat "$tmp/media.log"; return 1; }
}

media_stop()
{
	[ -z "${media_pid:-}" ] || { kill "$media_pid"; wait "$media_pid" || true; }
	media_pid=
	rm -rf "$media"
} 2> /dev/null

# sipp's keywords cannot be nested, so the scenario names its files relative to
# $media.
sipp_run()	# END NAMESPACE FLOW ADDRESS MEDIAPORT [OPTIONS...]
{
	local end=$1 ns=$2 flow=$3 address=$4 port=$5 from=5060 xml

	shift 5
	[ "$end" = callee ] || from=$sipp_from
	case $flow in
	/*) ;;
	*) flow=$sip/$flow ;;
	esac
	# Starting python takes longer than many calls do, so make each scenario
	# only once.
	xml=$tmp/${flow##*/}-$end.xml
	[ -s "$xml" ] || "$sip/scenario.py" "$flow.flow" "$end" > "$xml" || return
	cp "$xml" "$media/$end.xml" && cd "$media" || return
	# The four ports below the media's port are for sipp itself.
	exec ip netns exec "$ns" timeout $((4 * peer_limit)) sipp -sf "$end.xml" -nostdin \
		-i "$address" -p "$from" -mi "$address" -mp $((port - 4)) \
		-s callee -m $sipp_calls -l $sipp_calls -r $sipp_calls -t $sipp_transport \
		-cid_str "%u-%p@algate.test" -timeout_error -timeout $((3 * peer_limit)) \
		-trace_msg -message_file "$media/$end.msg" \
		-trace_err -error_file "$media/$end.err" "$@"
}

sipp_listens()	# NAMESPACE
{
	case $sipp_transport in
	t*) listens "$1" tcp 5060 ;;
	*) listens "$1" udp 5060 ;;
	esac
}

callee_start()	# NAMESPACE FLOW ADDRESS
{
	(sipp_run callee "$1" "$2" "$3" 30000) > "$media/callee.out" 2>&1 &
	callee=$!
	busywait 60 sipp_listens "$1" && return
	cat "$media"/callee.{out,err}
	kill "$callee"
	return 1
}

# Runs the flow; sipp must succeed at both ends.
sip_flow()	# FLOW CALLER-NS ADDRESS CALLEE-NS ADDRESS [HOST:PORT]
{
	local flow=$1 to=${6:-$5} rc=0

	case $to in
	*]*|*.*:*) ;;
	*:*) to="[$to]:5060" ;;
	*) to=$to:5060 ;;
	esac
	media_start "$2" "$4" && callee_start "$4" "$flow" "$5" || return
	(sipp_run caller "$2" "$flow" "$3" 20000 "$to") > "$media/caller.out" 2>&1 || rc=1
	# An end that has given up ignores further answers.
	[ $rc = 0 ] || kill "$callee" 2> /dev/null
	wait "$callee" || rc=1
	[ $rc = 0 ] || sip_story
	return $rc
}

sip_story()
{
	cat "$media/counts" "$tmp/media.log"
	tail -n 20 "$media"/*.err 2> /dev/null
	tail -n 100 "$media/callee.msg"
}

# All media of ROUNDS rounds arrived, from the announced addresses and ports.
media_is()	# ROUNDS
{
	local n=$(($1 * rtp_packets * sipp_calls))
	local want="received $n announced $n failed 0"

	[ "$(grep -c "^cal.* $want$" "$media/counts")" = 2 ] || { sip_story; return 1; }
}

# A message that END (caller or callee) received contains TEXT.
sip_told()	# END TEXT
{
	awk -v text="$2" '/^-{40}/ { on = 0 } /^(UDP|TCP) message received/ { on = 1 }
		on && index($0, text) { found = 1 } END { exit !found }' "$media/$1.msg"
}

sip_not_told()
{
	! sip_told "$@"
}

# Prints the contact of the phone that registered last. sipp runs the command
# that writes the file in the background, so wait for the file.
sip_contact()
{
	busywait 20 test -s "$media/contact" && cat "$media/contact"
}

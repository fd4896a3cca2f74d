#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_rtsp.sh - a server of films and its viewers (root/root.sh), after
# peers.sh. A film has a picture and a sound, which come from two pairs of
# ports of the server to two of the viewer, or in the control connection. VLC is
# not among the viewers: Debian builds it without live555, so it has no RTSP.
# shellcheck disable=SC2154 # variables from lib.sh

film=$tmp/film
film_packets=10		# of each medium are enough

# Debian's python3, even if another python3 precedes it in PATH. GStreamer makes
# its registry of plug-ins once, which takes time; on an emulated machine, the
# rest also takes longer than for other servers.
rtsp_start()	# NAMESPACE [PORT]
{
	gst-inspect-1.0 fakesink > "$tmp/gst" 2>&1 || { cat "$tmp/gst"; return 1; }
	start "$1" tcp "${2:-554}" /usr/bin/python3 \
		"$ROOT/selftests/vm/rtsp_server.py" "${2:-554}" ||
		busywait 60 listens "$1" tcp "${2:-554}"
}

rtsp_url()	# ADDRESS
{
	case $1 in
	*:*) echo "rtsp://[$1]/test" ;;
	*) echo "rtsp://$1/test" ;;
	esac
}

# Its trace has the messages that it sends.
ffmpeg_rtsp()	# NAMESPACE ADDRESS udp|tcp SECONDS
{
	on "$1" timeout "$4" ffmpeg -hide_banner -nostdin -loglevel trace \
		-rtsp_transport "$3" -analyzeduration 1000000 -i "$(rtsp_url "$2")" \
		-map 0:v -c copy -frames $film_packets -f framecrc "$film.0" \
		-map 0:a -c copy -frames $film_packets -f framecrc "$film.1" \
		> "$tmp/viewer" 2>&1
}

# It goes on until somebody has seen enough.
# On a slow machine gst-launch may give up one of the streams before it begins,
# or link none of them, without a word: it begins again.
gst_gave_up()
{
	grep -q "Delayed linking failed" "$tmp/viewer"
}

gst_is_done()
{
	${gst_done:-gst_has_seen} || gst_gave_up
}

gst_view()	# NAMESPACE ADDRESS udp|tcp SECONDS
{
	local rc=0 pid

	(exec ip netns exec "$1" gst-launch-1.0 -v -X stats rtspsrc \
		location="$(rtsp_url "$2")" protocols="$3" name=film \
		film. ! application/x-rtp,media=video ! fakesink name=sink0 sync=0 silent=0 \
		film. ! application/x-rtp,media=audio ! fakesink name=sink1 sync=0 silent=0) \
		> "$tmp/viewer" 2>&1 &
	pid=$!
	busywait "$4" gst_is_done || rc=1
	# With a TEARDOWN
	kill -INT $pid
	wait $pid
	return $rc
}

gst_rtsp()	# NAMESPACE ADDRESS udp|tcp SECONDS
{
	local try

	for try in 1 2 3 4; do
		gst_view "$1" "$2" "$3" $(($4 / 2)) && ! gst_gave_up && return
		echo "# viewer $try saw nothing"
	done
	return 1
}

gst_has_seen()
{
	local i

	for i in 0 1; do
		grep "sink$i: last-message = chain" "$tmp/viewer" | sed 's/^/0, /' > "$film.$i"
	done
	film_has 0 && film_has 1
}

# In the control connection the first medium that has enough ends ffmpeg's film.
film_has()	# STREAM
{
	[ "$(grep -c "^0, " "$film.$1")" -ge $((film_packets / 2)) ]
}

rtsp_play()	# CLIENT NAMESPACE ADDRESS udp|tcp
{
	rm -f "$film".[01]
	"$1_rtsp" "$2" "$3" "$4" 60 && film_has 0 && film_has 1 && return
	wc -l "$film".[01]
	grep -v " caps = " "$tmp/viewer" | tail -n 30 | cut -c 1-200
	return 1
}

# The film is sent to the router, and ends there.
film_lost()
{
	local packets

	packets=$(on "$r" nft list table inet lost |
		sed -n 's/.*counter packets \([0-9]*\).*/\1/p')
	[ "$packets" -ge $film_packets ]
}

# It was set up and played, but nothing has come.
rtsp_dark()	# NAMESPACE ADDRESS
{
	local rc=0

	router_nft <<-END
		table inet lost {
			chain input {
				type filter hook input priority filter
				iifname wan meta l4proto udp counter
			}
		}
	END
	gst_done=film_lost gst_rtsp "$1" "$2" udp 120 || rc=1
	# for its files: nothing may be in them
	gst_has_seen
	on "$r" nft delete table inet lost
	[ $rc = 0 ] && grep -q "PLAY " "$tmp/viewer" && ! grep -q "^0," "$film".[01]
}

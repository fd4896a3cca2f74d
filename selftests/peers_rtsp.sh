#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_rtsp.sh - an RTSP server and its viewers (root/root.sh). Source it after
# peers.sh. A film has a video and an audio stream. Each stream uses a pair of
# UDP ports at each end, or both streams use the control connection. VLC is no
# viewer here: Debian builds VLC without live555, so without RTSP.
# shellcheck disable=SC2154 # variables from lib.sh

film=$tmp/film
film_packets=10		# number of packets to wait for, in each stream

# /usr/bin/python3: Debian's python3 has GStreamer's bindings; another python3
# may precede it in PATH. gst-inspect-1.0 makes GStreamer's registry of plug-ins
# beforehand. On an emulated machine the server may still need more time than
# start() gives to a server, so wait longer.
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

# The log level "trace" prints the messages that ffmpeg sends.
ffmpeg_rtsp()	# NAMESPACE ADDRESS udp|tcp SECONDS
{
	on "$1" timeout "$4" ffmpeg -hide_banner -nostdin -loglevel trace \
		-rtsp_transport "$3" -analyzeduration 1000000 -i "$(rtsp_url "$2")" \
		-map 0:v -c copy -frames $film_packets -f framecrc "$film.0" \
		-map 0:a -c copy -frames $film_packets -f framecrc "$film.1" \
		> "$tmp/viewer" 2>&1
}

# On a slow machine, gst-launch may give up a stream before the stream begins,
# or silently link no stream. gst_rtsp() then starts another viewer.
gst_gave_up()
{
	grep -q "Delayed linking failed" "$tmp/viewer"
}

gst_is_done()
{
	${gst_done:-gst_has_seen} || gst_gave_up
}

# gst-launch plays until gst_is_done().
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
	# After SIGINT, gst-launch sends TEARDOWN.
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

# Half of the packets is enough: over the control connection, ffmpeg ends as
# soon as one stream has all its packets.
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

# The router has received the film's packets, and forwarded none.
film_lost()
{
	local packets

	packets=$(on "$r" nft list table inet lost |
		sed -n 's/.*counter packets \([0-9]*\).*/\1/p')
	[ "$packets" -ge $film_packets ]
}

# A viewer sets up and plays the film, but receives no packet.
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
	# gst_has_seen writes the received packets to files, which must be empty
	gst_has_seen
	on "$r" nft delete table inet lost
	[ $rc = 0 ] && grep -q "PLAY " "$tmp/viewer" && ! grep -q "^0," "$film".[01]
}

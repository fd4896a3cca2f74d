#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers_rtsp.sh - a server of films and its viewers (deps.sh peers), after
# peers.sh. A film has a picture and a sound, which come from two pairs of
# ports of the server to two of the viewer, or in the control connection.
# shellcheck disable=SC2154 # variables from lib.sh

film=$tmp/film
film_packets=10		# of each medium are enough

# Not the python3 that somebody may have in front of Debian's.
rtsp_start()	# NAMESPACE [PORT]
{
	start "$1" tcp "${2:-554}" /usr/bin/python3 \
		"$ROOT/selftests/vm/rtsp_server.py" "${2:-554}"
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

gst_rtsp()	# NAMESPACE ADDRESS udp|tcp SECONDS
{
	on "$1" timeout "$4" gst-launch-1.0 -v rtspsrc location="$(rtsp_url "$2")" \
		protocols="$3" name=film \
		film. ! application/x-rtp,media=video ! fakesink name=sink0 sync=0 silent=0 num-buffers=$film_packets \
		film. ! application/x-rtp,media=audio ! fakesink name=sink1 sync=0 silent=0 num-buffers=$film_packets \
		> "$tmp/viewer" 2>&1 || return
	grep 'sink0: last-message = chain' "$tmp/viewer" | sed 's/^/0, /' > "$film.0"
	grep 'sink1: last-message = chain' "$tmp/viewer" | sed 's/^/0, /' > "$film.1"
}

# In the control connection the first medium that has enough ends the film.
film_has()	# STREAM
{
	[ "$(grep -c "^0, " "$film.$1")" -ge $((film_packets / 2)) ]
}

rtsp_play()	# CLIENT NAMESPACE ADDRESS udp|tcp
{
	rm -f "$film".[01]
	"$1_rtsp" "$2" "$3" "$4" 60 && film_has 0 && film_has 1 && return
	tail -n 40 "$tmp/viewer" | cut -c 1-200
	return 1
}

# It was set up and played, but nothing has come.
rtsp_dark()	# CLIENT NAMESPACE ADDRESS
{
	rm -f "$film".[01]
	! "$1_rtsp" "$2" "$3" udp 15 && grep -q "PLAY " "$tmp/viewer" &&
		! grep -q "^0," "$film".[01]
}
